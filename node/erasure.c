#include "node/erasure.h"

#include <stdlib.h>
#include <string.h>

#include "node/customer.h"
#include "node/person.h"
#include "node/tables.h"

int br_erasures_init(struct br_erasures *erasures, struct br_keys *keys)
{
	*erasures = (struct br_erasures){.keys = keys};
	erasures->doomed = calloc(BR_ERASURES_MAX, sizeof(*erasures->doomed));
	br_assert(erasures->n == 0);
	return erasures->doomed != NULL ? 0 : BR_E_MEMORY;
}

void br_erasures_finish(struct br_erasures *erasures)
{
	free(erasures->doomed);
	*erasures = (struct br_erasures){.n = 0};
}

/* The sequence goes along: whoever comes back in the same turn has a key that is younger. */
void br_erasures_add(struct br_erasures *erasures, const struct br_event *event)
{
	struct br_person person = br_customer_erased_person(event->body);
	struct br_keys_doomed *doomed = &erasures->doomed[erasures->n++];

	br_assert(erasures->n <= BR_ERASURES_MAX && event->kind == BR_EVENT_CUSTOMER_ERASED);
	_Static_assert(sizeof(doomed->person) == sizeof(person.name), "both are a person's name");
	memcpy(doomed->person, person.name, sizeof(doomed->person));
	doomed->sequence = event->sequence;
}

uint64_t br_erasures_of(void *context, const char *person)
{
	const struct br_erasures *erasures = context;

	br_assert(erasures->n <= BR_ERASURES_MAX);
	for (unsigned i = erasures->n; i > 0; i--)
		if (strcmp(erasures->doomed[i - 1].person, person) == 0)
			return erasures->doomed[i - 1].sequence;
	return 0;
}

/* All of a turn's at once, because the file of the keys is written anew for them. */
int br_erasures_commit(struct br_erasures *erasures, uint64_t upto, struct br_fault *fault)
{
	int result = 0;

	br_assert(erasures->n == 0 || erasures->keys != NULL);
	if (erasures->n > 0)
		result =
			br_keys_destroy(erasures->keys, erasures->doomed, erasures->n, upto, fault);
	erasures->n = 0;
	return result;
}

/* The erasures behind `after`, as many as are destroyed together; 1 while there may be more. */
static int erasures_collect(struct br_erasures *erasures, struct br_store *store,
	struct br_arena *arena, uint64_t after, uint64_t *ret_upto)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_key from = br_key_of_u64(after + 1);
	struct br_str none = {NULL, 0}, key, record;
	struct br_scan scan;
	int result = br_txn_begin(store, false, &txn);

	if (result < 0)
		return result;
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_key_str(&from), false);
	while (result == 0 && erasures->n < BR_ERASURES_MAX && br_scan_next(&scan, &key, &record)) {
		enum br_event_kind kind;
		struct br_event event;
		uint64_t sequence = 0;

		result = !br_key_take_u64(&key, &sequence) ? BR_E_CORRUPT
							   : br_event_kind_peek(record, &kind);
		if (result < 0)
			break;
		*ret_upto = sequence;
		if (kind != BR_EVENT_CUSTOMER_ERASED)
			continue;
		br_arena_reset(arena);
		result = br_event_decode(sequence, record, arena, &event);
		if (result == 0)
			br_erasures_add(erasures, &event);
	}
	br_scan_end(&scan);
	return result < 0 ? result : erasures->n == BR_ERASURES_MAX;
}

/* An erasure that a crash, or a backup, came between is done before anybody can read again. */
static int erasures_catch_up(struct br_erasures *erasures, struct br_store *store,
	struct br_arena *arena, struct br_fault *fault)
{
	uint64_t upto = br_keys_erased(erasures->keys), before = upto;
	int more = 1;

	while (more > 0) {
		more = erasures_collect(erasures, store, arena, upto, &upto);
		if (more < 0)
			return br_fault_set(fault, more, "the journal's erasures cannot be read");
		if (br_erasures_commit(erasures, upto, fault) < 0)
			return BR_E_IO;
	}
	br_assert(upto >= before);
	return upto == before ? 0 : br_keys_destroy(erasures->keys, NULL, 0, upto, fault);
}

static bool person_known(void *context, struct br_str person)
{
	struct br_key key = br_key_of_str(person);

	br_assert(person.n > 0);
	return br_txn_has(context, BR_TABLE_PERSON, br_key_str(&key));
}

/*
 * Everybody who has a key is kept for some time or other (customer.h). Who is not is left from a
 * turn that never was, or from what a restored ledger forgot, and nothing would ever erase them.
 */
static int orphans_sweep(
	struct br_erasures *erasures, struct br_store *store, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t n = 0;
	int result = br_txn_begin(store, false, &txn);

	br_assert(erasures->n == 0);
	if (result < 0)
		return br_fault_set(fault, result, "cannot read the ledger");
	return br_keys_sweep(erasures->keys, person_known, txn, &n, fault);
}

/* Before anybody can read: what was answered as erased must not be found once more. */
int br_erasures_continue(struct br_erasures *erasures, struct br_store *store,
	struct br_arena *arena, struct br_fault *fault)
{
	int result = erasures_catch_up(erasures, store, arena, fault);

	br_assert(erasures->keys != NULL);
	return result < 0 ? result : orphans_sweep(erasures, store, fault);
}
