#include "esl/label_follow.h"

#include <string.h>

#include "esl/label_job.h"
#include "esl/label_template.h"
#include "esl/label_words.h"
#include "node/label.h"
#include "node/tables.h"

/* Events followed in one turn: the rest comes in the next one. */
#define FOLLOW_EVENTS_MAX 1000
/* More tries than anybody waits for; only a damaged row has them. */
#define TRIES_MAX 1000000

void br_label_load(struct br_labels *labels, struct br_label_now *label, struct br_txn *txn)
{
	struct br_label row;

	br_assert(label->label[0] != '\0');
	br_arena_reset(&labels->arena);
	label->bound = label->ours = false;
	label->wanted_known = false;
	if (br_label_get(txn, br_str_from(label->label), &labels->arena, &row) < 0)
		return;
	label->ours = true;
	label->bound = row.sku.n > 0;
	/* One that was given up before the start is not given up a second time. */
	label->tries = row.error.n > 0 && row.tries < TRIES_MAX ? (unsigned)row.tries : 0;
	label->rev_least = row.wanted_rev > row.shown_rev ? row.wanted_rev : row.shown_rev;
	label->wanted_known = row.wanted_rev > 0;
	memcpy(label->wanted, row.wanted, sizeof(label->wanted));
	/* What the label has said itself since the start is newer than what the ledger knows. */
	if (label->shown_known || row.shown_rev == 0)
		return;
	label->shown_known = true;
	memcpy(label->shown, row.shown, sizeof(label->shown));
}

/* A label was bound or unbound: how it is by now, the ledger knows. */
static void binding_follow(struct br_labels *labels, struct br_txn *txn, struct br_str name)
{
	struct br_label_now *label = br_labels_ensure(labels, name);

	if (label == NULL)
		return;
	br_label_load(labels, label, txn);
	label->drawn = false;
	label->tries = label->doubts = 0;
	label->error[0] = '\0';
	br_label_changed(labels, label);
	if (label->bound) {
		if (label->shown_known)
			br_label_say(labels, label, BR_LABEL_WORD_SHOWN);
		br_label_stale_urgently(labels, label);
		return;
	}
	/* Nothing more of the product shall come to the glass, and what is there shall go. */
	br_label_job_cancel(labels, label);
	br_label_drop(labels, label);
	br_label_stale_urgently(labels, label);
}

/* A product changed: every label bound to it may have to show something else. */
static void product_follow(
	struct br_labels *labels, struct br_txn *txn, struct br_str sku, bool stock_only)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, name;
	struct br_scan scan;

	br_assert(sku.n > 0);
	br_scan_begin(
		&scan, txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix), br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_label_now *label;

		if (!br_key_take_str(&key, &name) || !br_key_take_str(&key, &name))
			continue;
		label = br_labels_get(labels, name);
		if (label == NULL)
			continue;
		if (stock_only) {
			br_label_stale_lazily(labels, label);
			continue;
		}
		label->tries = label->doubts = 0;
		br_label_stale_urgently(labels, label);
	}
	br_scan_end(&scan);
}

struct touched {
	struct br_labels *labels;
	struct br_txn *txn;
};

static void stock_touched(void *context, enum br_noun noun, struct br_str key)
{
	const struct touched *touched = context;

	br_assert(touched->txn != NULL);
	if (noun == BR_NOUN_PRODUCT && key.n > 0)
		product_follow(touched->labels, touched->txn, key, true);
}

static void event_follow(struct br_labels *labels, struct br_txn *txn, const struct br_event *event)
{
	struct touched touched = {labels, txn};
	struct br_touch touch = {stock_touched, &touched};
	/* The bodies of these begin with the SKU, or with the label. */
	struct br_str first = *(const struct br_str *)event->body;

	br_assert(event->kind < BR_EVENT_N);
	switch (event->kind) {
	case BR_EVENT_PRODUCT_CHANGED:
	case BR_EVENT_PRODUCT_REMOVED:
	case BR_EVENT_PRICE_SET:
	case BR_EVENT_PRICE_OVERRIDDEN:
	case BR_EVENT_PRICE_CANCELLED:
	case BR_EVENT_PRICE_EFFECTIVE:
		product_follow(labels, txn, first, false);
		return;
	case BR_EVENT_LABEL_BOUND:
	case BR_EVENT_LABEL_UNBOUND:
		binding_follow(labels, txn, first);
		return;
	case BR_EVENT_TEMPLATE_CHANGED:
		br_label_template_follow(labels, txn, event->body);
		return;
	case BR_EVENT_STOCK_MOVED:
	case BR_EVENT_SALE_RECORDED:
	case BR_EVENT_RETURN_RECORDED:
	case BR_EVENT_SALE_VOIDED:
	case BR_EVENT_ORDER_ACCEPTED:
	case BR_EVENT_ORDER_PICKED:
	case BR_EVENT_ORDER_HANDED_OVER:
	case BR_EVENT_ORDER_CANCELLED:
	case BR_EVENT_ORDER_MOVEMENTS:
		br_event_type(event)->touches(event, &touch);
		return;
	default:
		return;
	}
}

bool br_labels_follow(struct br_labels *labels)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(labels->options.core);
	unsigned n = 0;

	br_assert(labels->followed <= head);
	if (labels->followed == head || br_txn_begin(labels->options.ledger, false, &txn) < 0)
		return true;
	while (labels->followed < head && n++ < FOLLOW_EVENTS_MAX) {
		struct br_event event;

		br_arena_reset(&labels->events);
		if (br_event_get(txn, ++labels->followed, &labels->events, &event) == 0)
			event_follow(labels, txn, &event);
	}
	return labels->followed == head;
}
