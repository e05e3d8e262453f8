/* Working out what is to be done: the tasks that follow from the store's state. */
#include <stdio.h>
#include <string.h>

#include "node/count.h"
#include "node/delivery.h"
#include "node/lot.h"
#include "node/open.h"
#include "node/order.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/tables.h"
#include "node/task_inside.h"
#include "node/transfer.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)
/* A delivery is a task from so long before it is expected. */
#define DELIVERY_AHEAD_MS (12 * HOUR_MS)
/* As far ahead as the catalogue may ask for a markdown (product.h). */
#define MARKDOWN_DAYS_MAX 365
/* Lots looked at for one list: bounds the work of a store whose dates nobody looks after. */
#define LOTS_MAX 20000
#define REASON_BYTES_MAX 96

/* One list being made. */
struct walk {
	struct br_txn *txn;
	int64_t now_ms;
	struct br_arena *arena;
	const struct br_task_visit *visit;
	bool more;
	unsigned lots;
};

/* Hands a derived task on; true while the visitor wants more. */
static bool give(struct walk *walk, struct br_task *task)
{
	br_assert(walk->more && task->key.n > 0);
	task->priority = task->priority > 0 ? task->priority : br_task_kind_priority(task->kind);
	walk->more = walk->visit->visit(walk->visit->context, task);
	return walk->more;
}

/* The task that an order's work is; BR_TASK_OTHER = nothing of anybody. */
static const struct {
	enum br_task_kind kind;
	const char *reason;
} order_tasks[] = {
	[BR_WORK_NONE] = {BR_TASK_OTHER, NULL},
	[BR_WORK_ANSWER] = {BR_TASK_ANSWER, "waits to be accepted"},
	[BR_WORK_PICK] = {BR_TASK_PICK, "is to be picked"},
	[BR_WORK_PACK] = {BR_TASK_PACK, "is picked, pack it"},
	[BR_WORK_STAGE] = {BR_TASK_STAGE, "is picked, make it ready"},
	[BR_WORK_HAND_OVER] = {BR_TASK_HAND_OVER, "is waited for now"},
	[BR_WORK_RESTOCK] = {BR_TASK_RESTOCK, "goes back to its shelves"},
	[BR_WORK_RECEIVE] = {BR_TASK_RECEIVE, "is to come back"},
	[BR_WORK_INSPECT] = {BR_TASK_INSPECT, "came back, look at it"},
	[BR_WORK_REFUND] = {BR_TASK_CALL, "is to be paid back"},
};

static bool order_visit(void *context, const struct br_order *order)
{
	struct walk *walk = context;
	enum br_order_work work = br_order_work(order);
	struct br_task task = {
		.kind = order_tasks[work].kind,
		.noun = BR_TASK_OF_ORDER,
		.key = order->order,
		.since_ms = order->since,
		.due_ms = br_order_due_ms(order),
	};
	const char *reason = order_tasks[work].reason;

	br_assert(work < BR_ARRAY_LEN(order_tasks));
	/* What is ready is nobody's work, but it must not be forgotten. */
	if (order->state == BR_ORDER_READY) {
		task.kind = BR_TASK_HAND_OVER;
		reason = "waits for its customer";
	}
	if (reason == NULL)
		return true;
	task.reason = br_str_from(reason);
	/* The customer's priority can only raise that of the work. */
	task.priority = br_task_kind_priority(task.kind);
	if (order->priority > task.priority)
		task.priority = (unsigned)order->priority;
	return give(walk, &task);
}

static void orders_walk(struct walk *walk)
{
	br_assert(walk->txn != NULL);
	br_order_open_walk(walk->txn, walk->arena, order_visit, walk);
}

static bool delivery_visit(void *context, struct br_str key)
{
	struct walk *walk = context;
	struct br_delivery delivery;
	struct br_task task;

	br_assert(key.n > 0);
	br_arena_reset(walk->arena);
	if (br_delivery_get(walk->txn, key, walk->arena, &delivery) < 0)
		return true;
	if (delivery.state == BR_DELIVERY_ANNOUNCED &&
		delivery.expected > walk->now_ms + DELIVERY_AHEAD_MS)
		return true;
	task = (struct br_task){
		.kind = BR_TASK_RECEIVE,
		.noun = BR_TASK_OF_DELIVERY,
		.key = delivery.delivery,
		.reason = delivery.state == BR_DELIVERY_RECEIVING
				  ? BR_STR("is being received: close it when all is here")
				  : BR_STR("is expected"),
		.since_ms = delivery.since,
		.due_ms = delivery.expected,
	};
	return give(walk, &task);
}

static bool transfer_visit(void *context, struct br_str key)
{
	struct walk *walk = context;
	struct br_transfer transfer;
	struct br_task task;

	br_assert(key.n > 0);
	br_arena_reset(walk->arena);
	if (br_transfer_get(walk->txn, key, walk->arena, &transfer) < 0 ||
		transfer.state != BR_TRANSFER_DIFFERS)
		return true;
	task = (struct br_task){
		.kind = BR_TASK_APPROVE,
		.noun = BR_TASK_OF_TRANSFER,
		.key = transfer.transfer,
		.reason = BR_STR("not all arrived as it was sent: say what became of it"),
		.since_ms = transfer.since,
	};
	return give(walk, &task);
}

static bool count_visit(void *context, struct br_str key)
{
	struct walk *walk = context;
	struct br_count count;
	struct br_task task;

	br_assert(key.n > 0);
	br_arena_reset(walk->arena);
	if (br_count_get(walk->txn, key, walk->arena, &count) < 0)
		return true;
	task = (struct br_task){
		.kind = count.state == BR_COUNT_OPEN ? BR_TASK_COUNT : BR_TASK_APPROVE,
		.noun = BR_TASK_OF_COUNT,
		.key = count.count,
		.reason = count.state == BR_COUNT_OPEN
				  ? BR_STR("a count is open")
				  : BR_STR("a count differs by more than goes without approval"),
		.since_ms = count.since,
		.due_ms = count.state == BR_COUNT_OPEN ? count.due : 0,
	};
	return give(walk, &task);
}

/* The first of a product's lots that wants the same thing done. */
struct first_lot {
	int64_t now_ms;
	bool waste;
	bool found;
	int64_t expiry_ms; /* of the one found, and its number */
	char lot[BR_LOT_BYTES_MAX + 1];
	int64_t quantity; /* of all of them together */
	int64_t until_ms;
};

static bool first_visit(void *context, const struct br_lot *lot)
{
	struct first_lot *first = context;
	bool expired = br_lot_expired(lot->expiry_ms, first->now_ms);

	br_assert(lot->quantity > 0);
	if (lot->expiry_ms >= first->until_ms)
		return false;
	if (expired != first->waste || (!expired && lot->marked_down))
		return true;
	if (!first->found) {
		first->expiry_ms = lot->expiry_ms;
		first->found = br_str_copy(lot->lot, first->lot, sizeof(first->lot));
	}
	first->quantity += lot->quantity;
	return true;
}

/* Appends what the store's policy would take for them now. */
static void markdown_propose(struct walk *walk, struct br_str sku, char *reason, size_t size)
{
	struct br_price_quote quote = br_price_at(walk->txn, sku, walk->now_ms, walk->arena);
	uint64_t percent = br_policy_get(walk->txn).markdown_percent;
	size_t n = strlen(reason);

	br_assert(n < size && percent <= 100);
	if (quote.known)
		(void)snprintf(reason + n, size - n, ", %.10g %s with %u %% off",
			(double)br_price_marked_down(&quote, percent) / 1000, quote.currency,
			(unsigned)percent);
}

/* A product's expired lots are one task, and those to be marked down another. */
static bool lot_visit(void *context, const struct br_lot *lot)
{
	struct walk *walk = context;
	struct first_lot first = {.now_ms = walk->now_ms,
		.waste = br_lot_expired(lot->expiry_ms, walk->now_ms),
		.until_ms = walk->now_ms};
	struct br_lot_visit visit = {first_visit, &first};
	struct br_product product;
	char reason[REASON_BYTES_MAX];
	struct br_task task;

	br_assert(lot->sku.n > 0);
	if (walk->lots++ >= LOTS_MAX || (!first.waste && lot->marked_down))
		return walk->lots <= LOTS_MAX;
	br_arena_reset(walk->arena);
	if (!first.waste) {
		if (br_product_get(walk->txn, lot->sku, walk->arena, &product) < 0)
			return true;
		first.until_ms += (int64_t)product.markdown_days * DAY_MS;
		if (lot->expiry_ms >= first.until_ms)
			return true;
	}
	br_lot_walk(walk->txn, lot->sku, &visit);
	/* Each of the product's lots comes by here; the first of them speaks for all. */
	if (first.expiry_ms != lot->expiry_ms || !br_str_is(lot->lot, first.lot))
		return true;
	(void)snprintf(reason, sizeof(reason), "%.10g %s", (double)first.quantity / 1000,
		first.waste ? "past their date" : "near their date");
	if (!first.waste)
		markdown_propose(walk, lot->sku, reason, sizeof(reason));
	task = (struct br_task){
		.kind = first.waste ? BR_TASK_WASTE : BR_TASK_MARKDOWN,
		.noun = BR_TASK_OF_PRODUCT,
		.key = lot->sku,
		.reason = br_str_from(reason),
		.since_ms = first.waste ? br_lot_end(lot->expiry_ms)
					: lot->expiry_ms - (int64_t)product.markdown_days * DAY_MS,
		.due_ms = br_lot_end(lot->expiry_ms),
	};
	return give(walk, &task);
}

int br_task_walk(struct br_txn *txn, int64_t now_ms, struct br_arena *arena,
	const struct br_task_visit *visit)
{
	struct walk walk = {.txn = txn, .now_ms = now_ms, .arena = arena, .visit = visit};
	struct br_lot_visit lots = {lot_visit, &walk};

	br_assert(now_ms > 0 && visit->visit != NULL);
	walk.more = true;
	orders_walk(&walk);
	if (walk.more)
		br_open_walk(txn, BR_NOUN_DELIVERY, delivery_visit, &walk);
	if (walk.more)
		br_open_walk(txn, BR_NOUN_COUNT, count_visit, &walk);
	if (walk.more)
		br_open_walk(txn, BR_NOUN_TRANSFER, transfer_visit, &walk);
	if (walk.more)
		br_lot_walk_until(txn, now_ms + MARKDOWN_DAYS_MAX * DAY_MS, &lots);
	if (walk.more)
		walk.more = br_task_kept_walk(txn, arena, visit);
	return br_txn_error(txn);
}
