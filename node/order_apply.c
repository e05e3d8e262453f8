/* What an order's events do to the views. */
#include <string.h>

#include "node/customer.h"
#include "node/order_inside.h"
#include "node/pick_list.h"
#include "node/pickup_code.h"
#include "node/reservation.h"
#include "node/rights.h"
#include "node/tables.h"
#include "node/task.h"
#include "node/time.h"
#include "node/timer.h"

/*
 * Every event of an order writes its row again: it is small, and version and sequence change
 * with each.
 */
static void order_put(struct br_txn *txn, const struct br_order *order)
{
	struct br_key key = br_key_of_str(order->order);

	br_assert(order->version > 0 && order->state < BR_ORDER_STATE_N);
	br_row_put(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, order);
}

/* The row, copied, because the writes that follow change what its texts would point to. */
static bool order_take(
	struct br_txn *txn, struct br_str name, struct br_arena *arena, struct br_order *ret_order)
{
	struct br_key key = br_key_of_str(name);

	br_assert(name.n > 0);
	if (br_row_get_copy(
		    txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, arena, ret_order) == 0)
		return true;
	(void)br_txn_fail(txn, BR_E_CORRUPT);
	return false;
}

void br_order_apply_offered(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_offered *offered = event->body;
	struct br_key key = br_key_of_str(offered->order);
	struct br_order order = {
		.order = offered->order,
		.fo = offered->fo,
		.channel = offered->channel,
		.method = offered->method,
		.state = BR_ORDER_OFFERED,
		.customer = offered->customer,
		.person = offered->person,
		.vehicle = offered->vehicle,
		.bay = offered->bay,
		.placed = offered->placed,
		.accept_by = offered->accept_by,
		.ready_by = offered->ready_by,
		.collect_by = offered->collect_by,
		.priority = offered->priority,
		.payment = offered->payment,
		.original = offered->original,
		.parent = offered->parent,
		.provisional = offered->provisional,
		.note = offered->note,
		.line_n = offered->line_n,
		.counts = {.ordered = offered->ordered},
		.version = 1,
		.sequence = event->sequence,
		.since = event->happened_ms,
	};

	br_assert(offered->line_n > 0);
	br_assert(offered->line_n <= BR_ORDER_LINES_MAX && event->sequence > 0);
	memcpy(order.code_hash, offered->code_hash, sizeof(order.code_hash));
	memcpy(order.surname_hash, offered->surname_hash, sizeof(order.surname_hash));
	order_put(txn, &order);
	br_person_offered(txn, event, &order, arena);
	br_mark_put(txn, BR_TABLE_ORDER_OPEN, &key);
	if (br_order_has_code(&order))
		br_pickup_code_put(txn, order.code_hash, order.order);
}

void br_order_apply_line(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_line_offered *offered = event->body;
	struct br_key key = br_order_line_key(offered->order, (uint32_t)offered->index);
	struct br_order_line line = {
		.line = offered->line,
		.sku = offered->sku,
		.price = offered->price,
		.policy = offered->policy,
		.rights = offered->rights,
		.note = offered->note,
		.substitutes = offered->substitutes,
		.counts = {.ordered = offered->quantity},
	};
	struct br_order order;

	br_assert(offered->index < BR_ORDER_LINES_MAX);
	br_assert(offered->quantity > 0);
	if (br_person_sealed(offered->note) && order_take(txn, offered->order, arena, &order))
		br_person_said(txn, event, &order, arena);
	/* A substitute comes when the order is on its way; the first lines it counted itself. */
	if (offered->substitutes > 0) {
		if (!order_take(txn, offered->order, arena, &order))
			return;
		br_assert(order.line_n == offered->index);
		order.line_n++;
		order.counts.ordered += offered->quantity;
		order_put(txn, &order);
	}
	br_row_put(txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, &line);
}

/* What online customers ask for, so that rights are granted of what they will ask for. */
static void demand_follow(struct br_txn *txn, const struct br_event *event,
	const struct br_order *order, const struct br_order_change *change, struct br_str sku,
	struct br_arena *arena)
{
	enum br_order_verb verb;

	br_assert(order->channel < BR_CHANNEL_N);
	if (!br_channel_online(order->channel) || change->counts.reserved <= 0)
		return;
	if (br_order_event_changes(event, &verb) != NULL && verb == BR_VERB_ACCEPT)
		br_rights_demanded(txn, event, sku, change->counts.reserved, arena);
}

static void line_change(struct br_txn *txn, const struct br_event *event, struct br_order *order,
	const struct br_order_change *change, struct br_arena *arena)
{
	struct br_key key = br_order_line_key(order->order, (uint32_t)change->index);
	struct br_order_line line;

	br_assert(change->index < order->line_n);
	if (br_row_get_copy(txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, arena,
		    &line) < 0) {
		(void)br_txn_fail(txn, BR_E_CORRUPT);
		return;
	}
	br_order_counts_add(&line.counts, &change->counts);
	br_order_counts_add(&order->counts, &change->counts);
	br_assert(br_order_counts_hold(&line.counts));
	br_order_lots_follow(txn, &line, change, arena);
	br_row_put(txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, &line);
	if (change->counts.reserved != 0)
		br_reservation_put(
			txn, line.sku, order->order, (uint32_t)change->index, line.counts.reserved);
	demand_follow(txn, event, order, change, line.sku, arena);
	/* Where a picker found less than the ledger says, somebody has to count. */
	if (change->counts.shortage > 0 && event->kind == BR_EVENT_ORDER_SHORTED)
		br_task_put(txn, event, BR_TASK_COUNT, line.sku, BR_STR("picked short"), 0);
}

static void lines_change(struct br_txn *txn, const struct br_event *event, struct br_order *order,
	const struct br_list *changes, struct br_arena *arena)
{
	br_assert(changes->n <= BR_ORDER_CHANGES_PER_EVENT_MAX);
	for (uint32_t i = 0; i < changes->n && br_txn_error(txn) == 0; i++)
		line_change(txn, event, order, BR_LIST_AT(*changes, br_order_change, i), arena);
}

/* Winds the order's timer for the state it is in. */
static void timer_wind(struct br_txn *txn, struct br_order *order)
{
	int64_t at_ms = br_order_timer_ms(txn, order);

	/* A promise in the year 9999 plus a day is still a time that can be written down. */
	if (at_ms > BR_TIME_MAX_MS)
		at_ms = BR_TIME_MAX_MS;
	if (at_ms == order->timer)
		return;
	br_assert(at_ms >= 0);
	/* A mark that stayed would be asked about, and refused, every minute from then on. */
	if (order->timer > 0)
		br_timer_delete(txn, BR_TIMER_ORDER, order->order, order->timer);
	if (at_ms > 0)
		br_timer_put(txn, BR_TIMER_ORDER, order->order, at_ms);
	order->timer = at_ms;
}

/* An order is on a list only while it is to be picked; a pick keeps the list alive. */
static void list_follow(struct br_txn *txn, const struct br_event *event, struct br_order *order,
	struct br_arena *arena)
{
	if (order->list.n == 0)
		return;
	br_assert(event->sequence > 0);
	if (event->kind == BR_EVENT_ORDER_PICKED)
		br_pick_list_picked(txn, order->list, event->recorded_ms, arena);
	if (order->state == BR_ORDER_ACCEPTED || order->state == BR_ORDER_PICKING)
		return;
	/* What is left of the list goes on without it; the last order takes the list with it. */
	br_pick_list_leave(txn, order->list, order->order, arena);
	order->list = (struct br_str){NULL, 0};
}

/* What belongs to an order only as long as the store has to do with it. */
static void order_leave(struct br_txn *txn, const struct br_event *event, struct br_order *order)
{
	struct br_key key = br_key_of_str(order->order);

	br_assert(br_order_ended(order->state));
	br_txn_delete(txn, BR_TABLE_ORDER_OPEN, br_key_str(&key));
	if (!br_order_has_code(order))
		return;
	br_pickup_code_delete(txn, order->code_hash, order->order);
	br_pickup_code_used(txn, order->order,
		event->kind == BR_EVENT_ORDER_HANDED_OVER ? event->actor
							  : (struct br_str){NULL, 0});
}

/* Nobody need be called about an order that waits for nothing any more. */
static void call_follow(
	struct br_txn *txn, const struct br_event *event, const struct br_order *order)
{
	br_assert(order->counts.reserved >= 0 && order->counts.shortage >= 0);
	if (br_order_ended(order->state) ||
		(order->counts.reserved == 0 && order->counts.shortage == 0))
		br_task_follow(txn, event, BR_TASK_CALL, order->order, false,
			BR_STR("it waits for nothing"));
}

static void text_set(struct br_str *text, struct br_str value)
{
	br_assert(value.n == 0 || value.s != NULL);
	if (value.n > 0)
		*text = value;
}

/* What the event says beside its counters; what it does not say stays. */
static void words_set(
	struct br_order *order, const struct br_order_moved *moved, enum br_order_verb verb)
{
	br_assert(verb < BR_VERB_N);
	/*
	 * Who did the last thing is not kept from the one before: nobody may stand there for
	 * what another did.
	 */
	order->associate = moved->associate;
	/* An order that goes on is not held or short any more: why it was, its history tells. */
	if (verb == BR_VERB_RELEASE || verb == BR_VERB_READY || verb == BR_VERB_PACK)
		order->reason = (struct br_str){NULL, 0};
	else
		text_set(&order->reason, moved->reason);
	text_set(&order->location, moved->location);
	text_set(&order->bay, moved->bay);
	text_set(&order->vehicle, moved->vehicle);
	text_set(&order->carrier, moved->carrier);
	text_set(&order->tracking, moved->tracking);
	if (moved->packages > 0)
		order->packages = moved->packages;
	if (verb == BR_VERB_REFUND)
		order->amount = moved->amount;
	if (verb == BR_VERB_HOLD || verb == BR_VERB_RELEASE)
		order->until = moved->until;
}

void br_order_apply_moved(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_moved *moved = event->body;
	enum br_order_verb verb = br_order_event_verb(event->kind);
	enum br_order_state before;
	struct br_order order;

	if (!order_take(txn, moved->order, arena, &order))
		return;
	/*
	 * The journal is believed, but not blindly: what no flow allows cannot have been
	 * decided, so it is the store that is broken.
	 */
	before = order.state;
	br_assert(br_order_move_allowed(br_order_flow(order.method), before, moved->state));
	br_assert(moved->version == order.version + 1);
	lines_change(txn, event, &order, &moved->changes, arena);
	if (br_txn_error(txn) < 0)
		return;
	order.marks = br_order_marks_after(verb, order.marks);
	order.state = moved->state;
	br_assert(moved->left > 0 || br_order_state_of(&order) == order.state);
	words_set(&order, moved, verb);
	order.version = moved->version;
	order.sequence = event->sequence;
	/*
	 * Since when it is so is what people ask; a note or another pick does not begin it anew.
	 */
	if (order.state != before)
		order.since = event->happened_ms;
	list_follow(txn, event, &order, arena);
	timer_wind(txn, &order);
	if (br_order_ended(order.state) && !br_order_ended(before)) {
		order_leave(txn, event, &order);
		br_person_ended(txn, event, &order, arena);
	}
	if (br_person_sealed(moved->reason) || br_person_sealed(moved->vehicle))
		br_person_said(txn, event, &order, arena);
	if (moved->left == 0)
		call_follow(txn, event, &order);
	order_put(txn, &order);
}

void br_order_apply_movements(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_movements *more = event->body;
	struct br_order order;

	if (!order_take(txn, more->order, arena, &order))
		return;
	/* The marks and the timer were set by the event before, which knows the verb. */
	br_assert(order.state == more->state);
	lines_change(txn, event, &order, &more->changes, arena);
	if (br_txn_error(txn) < 0)
		return;
	br_assert(more->left > 0 || br_order_state_of(&order) == order.state);
	order.sequence = event->sequence;
	if (more->left == 0)
		call_follow(txn, event, &order);
	order_put(txn, &order);
}

void br_order_apply_updated(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	static const unsigned char none[BR_CODE_HASH_BYTES];
	const struct br_order_updated *updated = event->body;
	struct br_order order;

	if (!order_take(txn, updated->order, arena, &order))
		return;
	br_assert(updated->version == order.version + 1);
	br_assert(updated->state == order.state);
	text_set(&order.person, updated->person);
	text_set(&order.note, updated->note);
	if (memcmp(updated->surname_hash, none, sizeof(none)) != 0)
		memcpy(order.surname_hash, updated->surname_hash, sizeof(order.surname_hash));
	if (updated->ready_by > 0)
		order.ready_by = updated->ready_by;
	if (updated->collect_by > 0)
		order.collect_by = updated->collect_by;
	if (updated->priority > 0)
		order.priority = updated->priority;
	if (updated->payment > 0)
		order.payment = (uint8_t)(updated->payment - 1);
	order.associate = updated->associate;
	order.version = updated->version;
	order.sequence = event->sequence;
	timer_wind(txn, &order);
	if (br_person_sealed(updated->person) || br_person_sealed(updated->note))
		br_person_said(txn, event, &order, arena);
	order_put(txn, &order);
}

/* Nothing becomes of the order; its history and the central system have the event. */
void br_order_apply_cancel_late(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_cancel_late *late = event->body;
	struct br_order order;

	br_assert(late->handed_over > 0 || late->shipped > 0);
	if (!order_take(txn, late->order, arena, &order))
		return;
	if (br_person_sealed(late->reason))
		br_person_said(txn, event, &order, arena);
}

const struct br_list *br_order_event_changes(
	const struct br_event *event, enum br_order_verb *ret_verb)
{
	const struct br_order_movements *more = event->body;
	const struct br_order_moved *moved = event->body;

	br_assert(event->kind < BR_EVENT_N);
	if (event->kind == BR_EVENT_ORDER_MOVEMENTS) {
		*ret_verb = more->verb;
		return &more->changes;
	}
	if (event->kind < BR_EVENT_ORDER_ACCEPTED || event->kind > BR_EVENT_ORDER_RETURNED)
		return NULL;
	*ret_verb = br_order_event_verb(event->kind);
	return &moved->changes;
}

bool br_order_event_ends(const struct br_event *event, struct br_str *ret_order)
{
	const struct br_order_moved *moved = event->body;

	br_assert(event->kind < BR_EVENT_N);
	if (event->kind < BR_EVENT_ORDER_ACCEPTED || event->kind > BR_EVENT_ORDER_RETURNED ||
		event->kind == BR_EVENT_ORDER_RETURNED || !br_order_ended(moved->state))
		return false;
	*ret_order = moved->order;
	return true;
}

/* What people call it when a verb moves goods, or promises. */
static enum br_movement_kind verb_movement(
	enum br_order_verb verb, const struct br_order_change *change)
{
	static const uint8_t kinds[BR_VERB_N] = {
		[BR_VERB_ACCEPT] = BR_MOVEMENT_RESERVE,
		[BR_VERB_PICK] = BR_MOVEMENT_PICK,
		[BR_VERB_UNPICK] = BR_MOVEMENT_UNPICK,
		[BR_VERB_SHORT] = BR_MOVEMENT_RELEASE,
		[BR_VERB_SUBSTITUTE] = BR_MOVEMENT_RELEASE,
		[BR_VERB_HAND_OVER] = BR_MOVEMENT_HAND_OVER,
		[BR_VERB_SHIP] = BR_MOVEMENT_SHIP,
		[BR_VERB_CANCEL] = BR_MOVEMENT_RELEASE,
		[BR_VERB_RESTOCK] = BR_MOVEMENT_RESTOCK,
		[BR_VERB_RECEIVE] = BR_MOVEMENT_RETURN,
		[BR_VERB_INSPECT] = BR_MOVEMENT_INSPECT,
		[BR_VERB_SPLIT] = BR_MOVEMENT_RELEASE,
	};

	br_assert(verb < BR_VERB_N);
	/*
	 * The line that is replaced gives up what it held; only the one that replaces it takes
	 * goods.
	 */
	if (verb == BR_VERB_SUBSTITUTE && change->counts.picked > 0)
		return BR_MOVEMENT_PICK;
	return kinds[verb];
}

/* One line's part; spent rights are a movement of their own, since people ask for them. */
static void change_visit(const struct br_order_change *change, enum br_order_verb verb,
	struct br_str order, struct br_str reason, const struct br_movement_visit *visit)
{
	struct br_movement movement = {.sku = change->sku,
		.kind = verb_movement(verb, change),
		.reserved = change->counts.reserved,
		.lot = change->lot,
		.expiry_ms = change->expiry,
		.reason = reason,
		.source = order};
	struct br_movement spent = {.sku = change->sku,
		.kind = BR_MOVEMENT_SPEND,
		.reserved = -change->rights,
		.rights = change->rights,
		.source = order};

	br_assert(change->rights <= 0);
	if (change->rights != 0) {
		visit->visit(visit->context, &spent);
		movement.reserved -= spent.reserved;
	}
	movement.buckets[BR_BUCKET_STAGED] = change->counts.picked;
	movement.buckets[BR_BUCKET_BACKROOM] = change->backroom;
	movement.buckets[BR_BUCKET_SHELF] = change->shelf;
	movement.buckets[BR_BUCKET_DISPLAY] = change->display;
	movement.buckets[BR_BUCKET_DAMAGED] = change->damaged;
	movement.buckets[BR_BUCKET_RETURNED] = change->to_inspect;
	/*
	 * Shorts of what was never reserved, and returns counted on the line that they were
	 * bought with, move nothing in this store.
	 */
	if (movement.reserved != 0 || change->counts.picked != 0 || change->backroom != 0 ||
		change->shelf != 0 || change->display != 0 || change->damaged != 0 ||
		change->to_inspect != 0)
		visit->visit(visit->context, &movement);
}

void br_order_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	enum br_order_verb verb = BR_VERB_N;
	const struct br_list *changes = br_order_event_changes(event, &verb);
	struct br_str order = *(const struct br_str *)event->body;
	struct br_str reason = {NULL, 0};

	br_assert(changes != NULL);
	br_assert(changes->n <= BR_ORDER_CHANGES_PER_EVENT_MAX);
	if (event->kind != BR_EVENT_ORDER_MOVEMENTS)
		reason = ((const struct br_order_moved *)event->body)->reason;
	for (uint32_t i = 0; i < changes->n; i++)
		change_visit(BR_LIST_AT(*changes, br_order_change, i), verb, order, reason, visit);
}
