#include "esl/label_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/label.h"
#include "node/price.h"
#include "node/tables.h"

/* Of one turn's commands; the rest is for tills and people. */
#define COMMANDS_MAX (BR_TURN_COMMANDS_MAX / 2)

static void command_submit(struct br_labels *labels, const char *type, const void *body)
{
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("esl"),
		.type = br_command_type_named(br_str_from(type)),
		.body = body,
		.now_ms = br_labels_wall_ms(labels),
	};

	br_assert(command.type != NULL && command.type->internal);
	(void)snprintf(id, sizeof(id), "%s-%" PRIu64, labels->start, ++labels->commands);
	command.id = br_str_from(id);
	/* A failure stays with the turn, whose commit returns it and ends the process. */
	(void)!br_core_submit(labels->options.core, &command, NULL);
}

static void wanted_say(struct br_labels *labels, struct br_label_now *label)
{
	struct br_label_wanted wanted = {.label = br_str_from(label->label), .rev = label->job.rev};

	/* The ledger would refuse it, and keep the refusal. */
	if (label->wanted_known && memcmp(label->wanted, label->hash, sizeof(wanted.hash)) == 0)
		return;
	br_assert(wanted.rev > 0);
	memcpy(wanted.hash, label->hash, sizeof(wanted.hash));
	memcpy(label->wanted, label->hash, sizeof(label->wanted));
	label->wanted_known = true;
	command_submit(labels, "label.want", &wanted);
}

static void shown_say(struct br_labels *labels, const struct br_label_now *label)
{
	struct br_label_shown shown = {.label = br_str_from(label->label), .rev = label->shown_rev};

	br_assert(label->shown_known);
	memcpy(shown.hash, label->shown, sizeof(shown.hash));
	if (label->shown_ap != NULL)
		shown.ap = br_str_from(label->shown_ap->name);
	command_submit(labels, "label.report", &shown);
}

static void failed_say(struct br_labels *labels, const struct br_label_now *label)
{
	struct br_label_failed failed = {
		.label = br_str_from(label->label),
		.rev = label->job.rev,
		.tries = label->tries,
		.error = br_str_from(label->error),
	};

	br_assert(failed.rev > 0 && failed.tries > 0);
	command_submit(labels, "label.give_up", &failed);
}

/* True when the glass shows what was drawn from the ledger as it was at `sequence` or later. */
static bool shows_since(const struct br_label_now *label, uint64_t sequence)
{
	return label != NULL && label->bound && label->drawn && label->drawn_at >= sequence &&
	       br_label_is_shown(label, label->hash);
}

/* True when all labels of the product do. One that was not heard since the start proves nothing. */
static bool all_show_since(
	struct br_labels *labels, struct br_txn *txn, struct br_str sku, uint64_t sequence)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, name;
	struct br_scan scan;
	bool all = true;

	br_assert(sku.n > 0);
	br_scan_begin(
		&scan, txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix), br_key_str(&prefix), false);
	while (all && br_scan_next(&scan, &key, &value))
		all = br_key_take_str(&key, &name) && br_key_take_str(&key, &name) &&
		      shows_since(br_labels_get(labels, name), sequence);
	br_scan_end(&scan);
	return all;
}

/*
 * A price that rises is charged when every label of the product shows it. The core's own
 * transaction is read, because the hold may have been decided, or ended, in this very turn.
 */
static void settled_say(struct br_labels *labels, const struct br_label_now *label)
{
	struct br_txn *txn = br_core_txn(labels->options.core);
	struct br_price_released_by_labels release = {.hold = 0};
	char sku[BR_ID_BYTES_MAX + 1];
	struct br_label row;

	if (txn == NULL)
		return;
	br_arena_reset(&labels->arena);
	if (br_label_get(txn, br_str_from(label->label), &labels->arena, &row) < 0 ||
		row.sku.n == 0 || !br_str_copy(row.sku, sku, sizeof(sku)))
		return;
	release.sku = br_str_from(sku);
	if (!br_price_unconfirmed(
		    txn, release.sku, br_labels_wall_ms(labels), &labels->arena, &release.hold) ||
		!all_show_since(labels, txn, release.sku, release.hold))
		return;
	br_assert(label->bound && release.sku.n > 0);
	command_submit(labels, "price.release", &release);
}

/* Of a label that is not bound any more the ledger takes only what it shows. */
static unsigned words_allowed(const struct br_label_now *label)
{
	br_assert(label->ours || !label->bound);
	if (label->bound)
		return BR_LABEL_WORD_WANTED | BR_LABEL_WORD_SHOWN | BR_LABEL_WORD_FAILED |
		       BR_LABEL_WORD_SETTLED;
	return label->ours ? BR_LABEL_WORD_SHOWN : 0;
}

static void label_say(struct br_labels *labels, struct br_label_now *label)
{
	unsigned words = label->words & words_allowed(label);

	br_assert(!label->words_queued && label->words_next == NULL);
	label->words = 0;
	if ((words & BR_LABEL_WORD_WANTED) != 0 && label->drawn)
		wanted_say(labels, label);
	if ((words & BR_LABEL_WORD_SHOWN) != 0)
		shown_say(labels, label);
	/* It may have gone well meanwhile. */
	if ((words & BR_LABEL_WORD_FAILED) != 0 && label->tries > 0)
		failed_say(labels, label);
	if ((words & BR_LABEL_WORD_SETTLED) != 0)
		settled_say(labels, label);
}

bool br_labels_say_waiting(struct br_labels *labels)
{
	struct br_core *core = labels->options.core;
	const struct br_command_type *type = br_command_type_named(BR_STR("label.report"));

	br_assert(type != NULL);
	/* A full disk is waited for, not asked every turn. */
	if (br_core_sheds(core, type))
		return true;
	while (labels->words_first != NULL) {
		struct br_label_now *label = labels->words_first;

		if (br_core_turn_n(core) >= COMMANDS_MAX)
			return false;
		labels->words_first = label->words_next;
		if (labels->words_first == NULL)
			labels->words_last = NULL;
		label->words_next = NULL;
		label->words_queued = false;
		label_say(labels, label);
	}
	return true;
}

void br_label_say(struct br_labels *labels, struct br_label_now *label, enum br_label_word word)
{
	br_assert((labels->words_first == NULL) == (labels->words_last == NULL));
	if ((words_allowed(label) & word) == 0)
		return;
	label->words |= word;
	if (!label->words_queued) {
		br_assert(label->words_next == NULL);
		label->words_queued = true;
		*(labels->words_last != NULL ? &labels->words_last->words_next
					     : &labels->words_first) = label;
		labels->words_last = label;
	}
	(void)!br_labels_say_waiting(labels);
}
