#include "node/label.h"

#include <string.h>

#include "node/price.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/tables.h"

#define LABEL_BYTES_MAX 16

static const struct br_field bind_fields[] = {
	BR_MUST_TEXT_RULED(br_label_bind, label, 12, LABEL_BYTES_MAX, &br_rule_label),
	BR_MUST_TEXT(br_label_bind, sku, 1, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_label_bind, template, 0, BR_WORD_BYTES_MAX, &br_rule_slug),
};
BR_DEFINE_SHAPE(br_label_bind_shape, br_label_bind, 1, bind_fields);

static const struct br_field unbind_fields[] = {
	BR_MUST_TEXT_RULED(br_label_unbind, label, 12, LABEL_BYTES_MAX, &br_rule_label),
};
BR_DEFINE_SHAPE(br_label_unbind_shape, br_label_unbind, 1, unbind_fields);

static const struct br_field wanted_fields[] = {
	BR_MUST_TEXT_RULED(br_label_wanted, label, 12, LABEL_BYTES_MAX, &br_rule_label),
	BR_BYTES(br_label_wanted, hash),
	BR_MUST_U64(br_label_wanted, rev, 1, 0),
};
BR_DEFINE_SHAPE(br_label_wanted_shape, br_label_wanted, 1, wanted_fields);

static const struct br_field shown_fields[] = {
	BR_MUST_TEXT_RULED(br_label_shown, label, 12, LABEL_BYTES_MAX, &br_rule_label),
	BR_BYTES(br_label_shown, hash),
	BR_U64(br_label_shown, rev, 0, 0),
	BR_TEXT_RULED(br_label_shown, ap, 0, BR_WORD_BYTES_MAX, &br_rule_slug),
};
BR_DEFINE_SHAPE(br_label_shown_shape, br_label_shown, 1, shown_fields);

static const struct br_field failed_fields[] = {
	BR_MUST_TEXT_RULED(br_label_failed, label, 12, LABEL_BYTES_MAX, &br_rule_label),
	BR_MUST_U64(br_label_failed, rev, 1, 0),
	BR_MUST_U64(br_label_failed, tries, 0, 0),
	BR_TEXT(br_label_failed, error, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_label_failed_shape, br_label_failed, 1, failed_fields);

static const struct br_field label_fields[] = {
	BR_MUST_TEXT_RULED(br_label, label, 12, LABEL_BYTES_MAX, &br_rule_label),
	BR_TEXT(br_label, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_label, template, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_label, ap, 0, BR_WORD_BYTES_MAX),
	BR_BYTES(br_label, wanted),
	BR_BYTES(br_label, shown),
	BR_U64(br_label, wanted_rev, 0, 0),
	BR_U64(br_label, shown_rev, 0, 0),
	BR_TIME(br_label, dirty_since),
	BR_TIME(br_label, shown_at),
	BR_TEXT(br_label, error, 0, BR_REASON_BYTES_MAX),
	BR_U64(br_label, tries, 0, 0),
	BR_MUST_U64(br_label, sequence, 1, 0),
	BR_TIME(br_label, since),
};
BR_DEFINE_SHAPE(br_label_shape, br_label, 1, label_fields);

int br_label_get(
	struct br_txn *txn, struct br_str label, struct br_arena *arena, struct br_label *ret_label)
{
	struct br_key key = br_key_of_str(label);

	return br_row_get(txn, BR_TABLE_LABEL, br_key_str(&key), &br_label_shape, arena, ret_label);
}

bool br_label_clean(const struct br_label *label)
{
	return label->wanted_rev > 0 && label->shown_rev > 0 &&
	       memcmp(label->wanted, label->shown, sizeof(label->wanted)) == 0;
}

bool br_label_any(struct br_txn *txn, struct br_str sku, struct br_str but)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, part, label;
	struct br_scan scan;
	bool found = false;

	br_assert(sku.n > 0);
	br_scan_begin(
		&scan, txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix), br_key_str(&prefix), false);
	while (!found && br_scan_next(&scan, &key, &value))
		found = br_key_take_str(&key, &part) && br_key_take_str(&key, &label) &&
			!br_str_equal(label, but);
	br_scan_end(&scan);
	return found;
}

/* Gets a label that must be bound, or refuses. */
static int label_bound(struct br_decision *decision, struct br_str name, struct br_label *ret_label)
{
	int result = br_label_get(decision->txn, name, decision->arena, ret_label);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND || (result == 0 && ret_label->sku.n == 0))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_LABEL,
			"label %.*s is not bound to a product", BR_STR_ARG(name));
	return result;
}

int br_label_decide_bind(struct br_decision *decision, const void *body)
{
	const struct br_label_bind *bind = body;
	struct br_label before;
	int result;

	br_assert(bind->sku.n > 0 && bind->label.n > 0);
	if (!br_product_exists(decision->txn, bind->sku))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(bind->sku));
	result = br_label_get(decision->txn, bind->label, decision->arena, &before);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	br_decision_emit(decision, BR_EVENT_LABEL_BOUND, bind);
	if (result == 0 && before.sku.n > 0 && !br_str_equal(before.sku, bind->sku))
		br_price_label_leaves(decision, before.sku, bind->label);
	return 0;
}

int br_label_decide_unbind(struct br_decision *decision, const void *body)
{
	const struct br_label_unbind *unbind = body;
	struct br_label label;
	int result = label_bound(decision, unbind->label, &label);

	if (result != 0)
		return result;
	br_decision_emit(decision, BR_EVENT_LABEL_UNBOUND, unbind);
	br_price_label_leaves(decision, label.sku, unbind->label);
	return 0;
}

int br_label_decide_want(struct br_decision *decision, const void *body)
{
	const struct br_label_wanted *wanted = body;
	struct br_label label;
	int result = label_bound(decision, wanted->label, &label);

	if (result != 0)
		return result;
	if (label.wanted_rev > 0 && memcmp(label.wanted, wanted->hash, sizeof(wanted->hash)) == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"label %.*s wants that picture already", BR_STR_ARG(wanted->label));
	br_assert(label.sku.n > 0);
	br_decision_emit(decision, BR_EVENT_LABEL_WANTED, wanted);
	return 0;
}

int br_label_decide_report(struct br_decision *decision, const void *body)
{
	const struct br_label_shown *shown = body;
	struct br_label label;
	int result = br_label_get(decision->txn, shown->label, decision->arena, &label);

	/* One that is not bound any more is still on a shelf, and what it shows matters. */
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_LABEL,
			"label %.*s was never bound to a product", BR_STR_ARG(shown->label));
	if (result != 0)
		return result;
	if (label.shown_rev > 0 && memcmp(label.shown, shown->hash, sizeof(shown->hash)) == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"label %.*s is known to show that picture", BR_STR_ARG(shown->label));
	br_assert(shown->label.n > 0);
	br_decision_emit(decision, BR_EVENT_LABEL_SHOWN, shown);
	return 0;
}

int br_label_decide_give_up(struct br_decision *decision, const void *body)
{
	const struct br_label_failed *failed = body;
	struct br_label label;
	int result = label_bound(decision, failed->label, &label);

	if (result == 0)
		br_decision_emit(decision, BR_EVENT_LABEL_FAILED, failed);
	return result;
}

static struct br_key sku_key(struct br_str sku, struct br_str label)
{
	struct br_key key = br_key_of_str(sku);

	br_assert(sku.n > 0 && label.n > 0);
	br_key_add_str(&key, label);
	return key;
}

static void bound_apply(struct br_txn *txn, const struct br_event *event, struct br_label *label)
{
	const struct br_label_bind *bind = event->body;
	struct br_key key;

	br_assert(bind->sku.n > 0);
	if (label->sku.n > 0) {
		key = sku_key(label->sku, bind->label);
		br_txn_delete(txn, BR_TABLE_LABEL_SKU, br_key_str(&key));
	}
	key = sku_key(bind->sku, bind->label);
	br_mark_put(txn, BR_TABLE_LABEL_SKU, &key);
	label->sku = bind->sku;
	label->template = bind->template;
	/* What was wanted before the binding counts no more: the next picture, also an equal one,
	 * is wanted anew and ends the label's being dirty. */
	label->wanted_rev = 0;
	memset(label->wanted, 0, sizeof(label->wanted));
	label->dirty_since = event->happened_ms;
	label->error = (struct br_str){NULL, 0};
	label->tries = 0;
}

static void unbound_apply(struct br_txn *txn, struct br_label *label)
{
	struct br_key key = sku_key(label->sku, label->label);

	br_assert(label->sku.n > 0);
	br_txn_delete(txn, BR_TABLE_LABEL_SKU, br_key_str(&key));
	label->sku = label->template = label->error = (struct br_str){NULL, 0};
	label->wanted_rev = label->tries = 0;
	label->dirty_since = 0;
	memset(label->wanted, 0, sizeof(label->wanted));
}

static void wanted_apply(const struct br_event *event, struct br_label *label)
{
	const struct br_label_wanted *wanted = event->body;

	br_assert(wanted->rev > 0 && label->sku.n > 0);
	memcpy(label->wanted, wanted->hash, sizeof(label->wanted));
	label->wanted_rev = wanted->rev;
	label->tries = 0;
	label->error = (struct br_str){NULL, 0};
	if (br_label_clean(label))
		label->dirty_since = 0;
	else if (label->dirty_since == 0)
		label->dirty_since = event->happened_ms;
	br_assert(br_label_clean(label) == (label->dirty_since == 0));
}

static void shown_apply(const struct br_event *event, struct br_label *label)
{
	const struct br_label_shown *shown = event->body;

	br_assert(event->sequence > 0);
	memcpy(label->shown, shown->hash, sizeof(label->shown));
	/* A report without a revision still proves a picture; its own sequence then stands in. */
	label->shown_rev = shown->rev > 0 ? shown->rev : event->sequence;
	label->shown_at = event->happened_ms;
	label->ap = shown->ap;
	if (br_label_clean(label)) {
		label->dirty_since = 0;
		label->tries = 0;
		label->error = (struct br_str){NULL, 0};
	} else if (label->dirty_since == 0 && label->sku.n > 0) {
		label->dirty_since = event->happened_ms;
	}
}

static struct br_str event_label(const struct br_event *event)
{
	br_assert(br_event_type(event)->shape->fields[0].kind == BR_FIELD_TEXT);
	/* Every label event's shape begins with the label's name. */
	return *(const struct br_str *)event->body;
}

void br_label_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(event_label(event));
	const struct br_label_failed *failed = event->body;
	struct br_label label = {.label = event_label(event)};
	struct br_label stored;

	br_assert(label.label.n > 0);
	if (br_row_get_copy(
		    txn, BR_TABLE_LABEL, br_key_str(&key), &br_label_shape, arena, &stored) == 0)
		label = stored;
	if (event->kind == BR_EVENT_LABEL_BOUND)
		bound_apply(txn, event, &label);
	else if (event->kind == BR_EVENT_LABEL_UNBOUND)
		unbound_apply(txn, &label);
	else if (event->kind == BR_EVENT_LABEL_WANTED)
		wanted_apply(event, &label);
	else if (event->kind == BR_EVENT_LABEL_SHOWN)
		shown_apply(event, &label);
	else {
		br_assert(event->kind == BR_EVENT_LABEL_FAILED);
		label.error = failed->error;
		label.tries = failed->tries;
	}
	/* Journalled in order, so a label's last event never moves back. */
	br_assert(label.sequence < event->sequence);
	label.sequence = event->sequence;
	label.since = event->happened_ms;
	br_row_put(txn, BR_TABLE_LABEL, br_key_str(&key), &br_label_shape, &label);
}
