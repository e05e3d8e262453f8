/*
 * History: which events touched a thing, newest first.
 *
 * An index over the journal, for whoever asks what happened to one product or one order. A row
 * (BR_TABLE_HISTORY) is a block of one thing's sequences, so that the next event costs a byte or
 * three of the block and no row of its own, which would say the thing's name again:
 *
 *	noun, key, oldest sequence  ->  newest sequence | steps back from it to the oldest
 *
 * An event lengthens the thing's last block until the steps are BR_HISTORY_STEPS_BYTES_MAX, then
 * begins the next one. So the rows depend on the journal alone, and `backroom verify` rebuilds them
 * byte by byte.
 */
#pragma once

#include "node/store.h"
#include "node/text.h"

/* The things an event can touch; the number is stored in the rows' keys. */
enum br_noun {
	BR_NOUN_PRODUCT = 1,
	BR_NOUN_ORDER = 2,
	BR_NOUN_LABEL = 3,
	BR_NOUN_DEVICE = 4,
	BR_NOUN_ALARM = 5,
	BR_NOUN_DELIVERY = 6,
	BR_NOUN_TRANSFER = 7,
	BR_NOUN_COUNT = 8,
	BR_NOUN_PICK_LIST = 9,
	BR_NOUN_REFUSED = 10 /* an event in quarantine, by its sequence in decimal digits */
};
#define BR_NOUN_END 11

/*
 * At most so many bytes of steps in a block: some hundred events. More would save nothing worth
 * having and make every event copy more.
 */
#define BR_HISTORY_STEPS_BYTES_MAX 200

/*
 * Adds an event to a thing's history; once is enough, when the event touches it several times.
 * Sequences come in the journal's order. Errors are kept by the transaction.
 */
void br_history_add(struct br_txn *txn, enum br_noun noun, struct br_str key, uint64_t sequence);

/* The sequence of the last event that touched the thing, 0 when none did. */
uint64_t br_history_newest(struct br_txn *txn, enum br_noun noun, struct br_str key);

/*
 * A walk over a thing's history, newest first:
 *
 *	br_history_begin(&history, txn, BR_NOUN_PRODUCT, sku, before);
 *	while (br_history_next(&history, &sequence)) ...
 *	br_history_end(&history);
 *
 * Only sequences below `before` come; 0 = all. The struct must stay where it is meanwhile, and in a
 * write transaction no history may be added to. A row that does not decode ends the walk as an
 * error kept by the transaction.
 */
struct br_history {
	struct br_scan scan;
	struct br_key from; /* of the walk; begins with the prefix of the thing's rows */
	uint64_t before;
	uint64_t next; /* of the block at hand; 0 = the next block is to be read */
	struct br_str steps;
};

void br_history_begin(struct br_history *history, struct br_txn *txn, enum br_noun noun,
	struct br_str key, uint64_t before);
BR_MUST_CHECK bool br_history_next(struct br_history *history, uint64_t *ret_sequence);
void br_history_end(struct br_history *history);

/* What a row says, for people: "3 events up to 17". Takes damaged rows, too. */
void br_history_row_text(struct br_str key, struct br_str value, struct br_text *text);
