/* Tasks that people and the central system make and end: task.create and task.done. */
#include "node/customer.h"
#include "node/limits.h"
#include "node/lot.h"
#include "node/product.h"
#include "node/tables.h"
#include "node/task_inside.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct br_field create_fields[] = {
	BR_MUST_TEXT(br_task_create, key, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_task_create, kind, br_task_kind_words),
	BR_PERSONAL(br_task_create, reason, 0, BR_NOTE_BYTES_MAX),
	BR_TIME(br_task_create, due),
	BR_U64(br_task_create, priority, 0, BR_TASK_PRIORITY_MAX),
	BR_TEXT(br_task_create, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_task_create_shape, br_task_create, 1, create_fields);

static const struct br_field done_fields[] = {
	BR_MUST_TEXT(br_task_done, key, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_task_done, kind, br_task_kind_words),
	BR_PERSONAL(br_task_done, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_task_done, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_task_done_shape, br_task_done, 1, done_fields);

int br_task_decide_create(struct br_decision *decision, const void *body)
{
	const struct br_task_create *create = body;

	br_assert(create->kind < BR_TASK_N);
	if (!br_task_kept_kind(create->kind))
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"kind: \"%s\" follows from what it is about, allowed is inspect, "
			"fill, "
			"count, call or other",
			br_task_kind_words[create->kind]);
	if (create->kind == BR_TASK_OTHER && create->reason.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"reason: is missing, it says what is to be done");
	if (create->kind != BR_TASK_OTHER && create->kind != BR_TASK_CALL &&
		!br_product_exists(decision->txn, create->key))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"key \"%.*s\": not in the catalogue", BR_STR_ARG(create->key));
	br_decision_emit(decision, BR_EVENT_TASK_CREATED, create);
	return 0;
}

/* Until when a product's lots want marking down, seen from `now_ms`; 0 when it is never. */
static int64_t markdown_until(
	struct br_txn *txn, struct br_str sku, int64_t now_ms, struct br_arena *arena)
{
	struct br_product product;

	br_assert(sku.n > 0);
	if (br_product_get(txn, sku, arena, &product) < 0 || product.markdown_days == 0)
		return 0;
	return now_ms + (int64_t)product.markdown_days * DAY_MS;
}

int br_task_decide_done(struct br_decision *decision, const void *body)
{
	const struct br_task_done *done = body;
	bool here = br_task_has(decision->txn, done->kind, done->key);

	br_assert(done->kind < BR_TASK_N);
	if (done->kind == BR_TASK_MARKDOWN)
		here = markdown_until(decision->txn, done->key, decision->command->now_ms,
			       decision->arena) > 0;
	if (!here)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_TASK,
			"task %s \"%.*s\": there is none that ends by being said done",
			br_task_kind_words[done->kind], BR_STR_ARG(done->key));
	/* That the customer was called, no movement can tell. */
	if (done->kind != BR_TASK_CALL && br_task_derived(decision->txn, done->kind, done->key))
		return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
			"task %s \"%.*s\": it follows from the stock and ends with the movement "
			"that does it",
			br_task_kind_words[done->kind], BR_STR_ARG(done->key));
	br_decision_emit(decision, BR_EVENT_TASK_DONE, done);
	return 0;
}

void br_task_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_task_create *create = event->body;
	const struct br_task_done *done = event->body;

	br_assert(event->kind == BR_EVENT_TASK_CREATED || event->kind == BR_EVENT_TASK_DONE);
	br_person_day_said(
		txn, event, event->kind == BR_EVENT_TASK_CREATED ? create->reason : done->reason);
	if (event->kind == BR_EVENT_TASK_CREATED)
		br_task_ask(txn, event, create);
	else if (done->kind == BR_TASK_MARKDOWN)
		br_lot_mark(
			txn, done->key, markdown_until(txn, done->key, event->recorded_ms, arena));
	else
		br_task_remove(txn, done->kind, done->key);
}
