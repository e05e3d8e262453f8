#include "node/order.h"

#include <stdio.h>
#include <string.h>

#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"

const char *const br_order_state_words[] = {
	"offered", "accepted", "picked", "ready", "handed_over", "cancelled", NULL};
const char *const br_method_words[] = {"pickup", "curbside", NULL};

/* The allowed moves: a bit of `to` for each state. */
#define TO(STATE) (1u << (STATE))
static const unsigned moves[BR_ORDER_STATE_N] = {
	[BR_ORDER_OFFERED] = TO(BR_ORDER_ACCEPTED) | TO(BR_ORDER_CANCELLED),
	[BR_ORDER_ACCEPTED] = TO(BR_ORDER_PICKED) | TO(BR_ORDER_CANCELLED),
	[BR_ORDER_PICKED] = TO(BR_ORDER_READY) | TO(BR_ORDER_CANCELLED),
	[BR_ORDER_READY] = TO(BR_ORDER_HANDED_OVER) | TO(BR_ORDER_CANCELLED),
	[BR_ORDER_HANDED_OVER] = 0,
	[BR_ORDER_CANCELLED] = 0,
};

static const enum br_event_kind move_events[BR_ORDER_STATE_N] = {
	[BR_ORDER_ACCEPTED] = BR_EVENT_ORDER_ACCEPTED,
	[BR_ORDER_PICKED] = BR_EVENT_ORDER_PICKED,
	[BR_ORDER_READY] = BR_EVENT_ORDER_READY,
	[BR_ORDER_HANDED_OVER] = BR_EVENT_ORDER_HANDED_OVER,
	[BR_ORDER_CANCELLED] = BR_EVENT_ORDER_CANCELLED,
};

static const struct br_field offer_line_fields[] = {
	BR_MUST_TEXT(br_order_offer_line, line, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_offer_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_order_offer_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_order_offer_line, price, 0, BR_AMOUNT_MAX),
};
static BR_DEFINE_SHAPE(offer_line_shape, br_order_offer_line, 1, offer_line_fields);

static const struct br_field offer_fields[] = {
	BR_MUST_TEXT(br_order_offer, order, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_order_offer, channel, br_channel_words),
	BR_WORD(br_order_offer, method, br_method_words),
	BR_TEXT(br_order_offer, customer, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_order_offer, placed),
	BR_TIME(br_order_offer, accept_by),
	BR_TIME(br_order_offer, ready_by),
	BR_TIME(br_order_offer, collect_by),
	BR_TEXT(br_order_offer, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_LIST(br_order_offer, lines, 1, BR_ORDER_LINES_MAX, &offer_line_shape),
};
BR_DEFINE_SHAPE(br_order_offer_shape, br_order_offer, 1, offer_fields);

static const struct br_field advance_fields[] = {
	BR_MUST_TEXT(br_order_advance, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_order_advance, to, br_order_state_words),
	BR_U64(br_order_advance, version, 0, 0),
	BR_TEXT(br_order_advance, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_advance_shape, br_order_advance, 1, advance_fields);

static const struct br_field offered_fields[] = {
	BR_MUST_TEXT(br_order_offered, order, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_order_offered, channel, br_channel_words),
	BR_WORD(br_order_offered, method, br_method_words),
	BR_TEXT(br_order_offered, customer, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_order_offered, placed),
	BR_TIME(br_order_offered, accept_by),
	BR_TIME(br_order_offered, ready_by),
	BR_TIME(br_order_offered, collect_by),
	BR_TEXT(br_order_offered, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_U64(br_order_offered, line_n, 1, BR_ORDER_LINES_MAX),
};
BR_DEFINE_SHAPE(br_order_offered_shape, br_order_offered, 1, offered_fields);

static const struct br_field line_offered_fields[] = {
	BR_MUST_TEXT(br_order_line_offered, order, 1, BR_ID_BYTES_MAX),
	BR_U64(br_order_line_offered, index, 0, BR_ORDER_LINES_MAX),
	BR_MUST_TEXT(br_order_line_offered, line, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_line_offered, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_order_line_offered, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_order_line_offered, price, 0, BR_AMOUNT_MAX),
};
BR_DEFINE_SHAPE(br_order_line_offered_shape, br_order_line_offered, 1, line_offered_fields);

/* A product may stand on all of an order's lines. */
#define MOVEMENT(F) \
	BR_MILLI(br_order_movement, F, -BR_ORDER_LINES_MAX *BR_QUANTITY_MAX, \
		BR_ORDER_LINES_MAX *BR_QUANTITY_MAX)
static const struct br_field movement_fields[] = {
	BR_MUST_TEXT(br_order_movement, sku, 1, BR_ID_BYTES_MAX),
	MOVEMENT(reserved),
	MOVEMENT(backroom),
	MOVEMENT(shelf),
	MOVEMENT(staged),
};
static BR_DEFINE_SHAPE(movement_shape, br_order_movement, 1, movement_fields);

static const struct br_field moved_fields[] = {
	BR_MUST_TEXT(br_order_moved, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_U64(br_order_moved, version, 1, 0),
	BR_TEXT(br_order_moved, reason, 0, BR_REASON_BYTES_MAX),
	BR_LIST(br_order_moved, movements, 0, BR_ORDER_MOVEMENTS_PER_EVENT_MAX, &movement_shape),
};
BR_DEFINE_SHAPE(br_order_moved_shape, br_order_moved, 1, moved_fields);

static const struct br_field movements_fields[] = {
	BR_MUST_TEXT(br_order_movements, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_order_movements, to, br_order_state_words),
	BR_MUST_LIST(br_order_movements, movements, 1, BR_ORDER_MOVEMENTS_PER_EVENT_MAX,
		&movement_shape),
};
BR_DEFINE_SHAPE(br_order_movements_shape, br_order_movements, 1, movements_fields);

static const struct br_field order_fields[] = {
	BR_MUST_TEXT(br_order, order, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_order, channel, br_channel_words),
	BR_WORD(br_order, method, br_method_words),
	BR_WORD(br_order, state, br_order_state_words),
	BR_TEXT(br_order, customer, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_order, placed),
	BR_TIME(br_order, accept_by),
	BR_TIME(br_order, ready_by),
	BR_TIME(br_order, collect_by),
	BR_TEXT(br_order, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_order, reason, 0, BR_REASON_BYTES_MAX),
	BR_U64(br_order, line_n, 1, BR_ORDER_LINES_MAX),
	BR_MUST_U64(br_order, version, 1, 0),
	BR_MUST_U64(br_order, sequence, 1, 0),
	BR_TIME(br_order, since),
};
BR_DEFINE_SHAPE(br_order_shape, br_order, 1, order_fields);

static const struct br_field line_fields[] = {
	BR_MUST_TEXT(br_order_line, line, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_order_line, ordered, 1, BR_QUANTITY_MAX),
	BR_MUST_MILLI(br_order_line, reserved, 0, BR_QUANTITY_MAX),
	BR_MUST_MILLI(br_order_line, picked, 0, BR_QUANTITY_MAX),
	BR_MUST_MILLI(br_order_line, handed_over, 0, BR_QUANTITY_MAX),
	BR_MILLI(br_order_line, price, 0, BR_AMOUNT_MAX),
};
BR_DEFINE_SHAPE(br_order_line_shape, br_order_line, 1, line_fields);

bool br_order_move_allowed(enum br_order_state from, enum br_order_state to)
{
	br_assert(from < BR_ORDER_STATE_N && to < BR_ORDER_STATE_N);
	return (moves[from] & TO(to)) != 0;
}

bool br_order_ended(enum br_order_state state)
{
	br_assert(state < BR_ORDER_STATE_N);
	return moves[state] == 0;
}

int64_t br_order_due_ms(const struct br_order *order)
{
	br_assert(order->state < BR_ORDER_STATE_N);
	switch (order->state) {
	case BR_ORDER_OFFERED:
		return order->accept_by;
	case BR_ORDER_ACCEPTED:
	case BR_ORDER_PICKED:
		return order->ready_by;
	case BR_ORDER_READY:
		return order->collect_by;
	default:
		return 0;
	}
}

int br_order_get(
	struct br_txn *txn, struct br_str order, struct br_arena *arena, struct br_order *ret_order)
{
	struct br_key key = br_key_of_str(order);

	return br_row_get(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, arena, ret_order);
}

static struct br_key line_key(struct br_str order, uint32_t index)
{
	struct br_key key = br_key_of_str(order);

	br_key_add_u32(&key, index);
	return key;
}

int br_order_line_get(struct br_txn *txn, struct br_str order, uint32_t index,
	struct br_arena *arena, struct br_order_line *ret_line)
{
	struct br_key key = line_key(order, index);

	return br_row_get(
		txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, arena, ret_line);
}

static void line_offer(
	struct br_decision *decision, const struct br_order_offer *offer, uint32_t index)
{
	const struct br_order_offer_line *line =
		BR_LIST_AT(offer->lines, br_order_offer_line, index);
	struct br_order_line_offered event = {
		.order = offer->order,
		.index = index,
		.line = line->line,
		.sku = line->sku,
		.quantity = line->quantity,
		.price = line->price,
	};

	br_assert(index < offer->lines.n);
	br_decision_emit(decision, BR_EVENT_ORDER_LINE_OFFERED, &event);
}

/* Unknown products and a line's id that stands twice. */
static int offer_lines_refuse(struct br_decision *decision, const struct br_order_offer *offer)
{
	br_assert(offer->lines.n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < offer->lines.n; i++) {
		const struct br_order_offer_line *line =
			BR_LIST_AT(offer->lines, br_order_offer_line, i);

		if (!br_product_exists(decision->txn, line->sku))
			return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
				"lines[%u].sku \"%.*s\": not in the catalogue", i,
				BR_STR_ARG(line->sku));
		for (uint32_t j = 0; j < i; j++)
			if (br_str_equal(line->line,
				    BR_LIST_AT(offer->lines, br_order_offer_line, j)->line))
				return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
					"lines[%u].line \"%.*s\": stands twice", i,
					BR_STR_ARG(line->line));
	}
	return 0;
}

int br_order_decide_offer(struct br_decision *decision, const void *body)
{
	const struct br_order_offer *offer = body;
	struct br_order_offered event = {
		.order = offer->order,
		.channel = offer->channel,
		.method = offer->method,
		.customer = offer->customer,
		.placed = offer->placed,
		.accept_by = offer->accept_by,
		.ready_by = offer->ready_by,
		.collect_by = offer->collect_by,
		.note = offer->note,
		.line_n = offer->lines.n,
	};
	struct br_order order;
	int result = br_order_get(decision->txn, offer->order, decision->arena, &order);

	br_assert(offer->lines.n > 0 && offer->lines.n <= BR_ORDER_LINES_MAX);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"order \"%.*s\" is here already and is %s", BR_STR_ARG(offer->order),
			br_order_state_words[order.state]);
	if (result != BR_E_NOT_FOUND)
		return result;
	result = offer_lines_refuse(decision, offer);
	if (result != 0)
		return result;
	br_decision_emit(decision, BR_EVENT_ORDER_OFFERED, &event);
	for (uint32_t i = 0; i < offer->lines.n; i++)
		line_offer(decision, offer, i);
	return 0;
}

/* Refuses a move that the table does not have, naming what it has. */
static int move_refuse(
	struct br_decision *decision, const struct br_order *order, enum br_order_state to)
{
	char allowed[80] = "";

	br_assert(!br_order_move_allowed(order->state, to));
	for (unsigned state = 0; state < BR_ORDER_STATE_N; state++) {
		if (!br_order_move_allowed(order->state, state))
			continue;
		strcat(allowed, allowed[0] != '\0' ? ", " : "");
		strcat(allowed, br_order_state_words[state]);
	}
	br_assert(strlen(allowed) < sizeof(allowed));
	return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
		"order \"%.*s\" is %s and cannot become %s, allowed is: %s",
		BR_STR_ARG(order->order), br_order_state_words[order->state],
		br_order_state_words[to], allowed[0] != '\0' ? allowed : "nothing");
}

/* One product's part of an order: its lines taken together. */
struct demand {
	struct br_str sku;
	int64_t ordered, reserved, picked;
};

/*
 * Adds the order's lines up by product, because two lines of one item each must not both count on
 * the same piece. Lines are at most BR_ORDER_LINES_MAX, so looking back at the earlier ones is
 * cheap.
 */
static int demands_sum(struct br_decision *decision, const struct br_order *order,
	struct demand demands[BR_ORDER_LINES_MAX], uint32_t *ret_n)
{
	uint32_t n = 0;

	br_assert(order->line_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < order->line_n; i++) {
		struct br_order_line line;
		uint32_t at = 0;
		int result =
			br_order_line_get(decision->txn, order->order, i, decision->arena, &line);

		if (result < 0)
			return result;
		while (at < n && !br_str_equal(demands[at].sku, line.sku))
			at++;
		if (at == n)
			demands[n++] = (struct demand){.sku = line.sku};
		demands[at].ordered += line.ordered;
		demands[at].reserved += line.reserved;
		demands[at].picked += line.picked;
	}
	br_assert(n <= order->line_n);
	*ret_n = n;
	return 0;
}

/* Checks that what is available covers the whole order. */
static int stock_refuse(struct br_decision *decision, enum br_channel channel,
	const struct demand *demands, uint32_t n)
{
	br_assert(n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < n; i++) {
		struct br_stock stock = br_stock_get(decision->txn, demands[i].sku);
		int64_t available =
			br_stock_available(decision->txn, demands[i].sku, &stock, channel);

		if (demands[i].ordered > available)
			return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_STOCK,
				"product \"%.*s\": the order needs %.10g, available is %.10g",
				BR_STR_ARG(demands[i].sku), (double)demands[i].ordered / 1000,
				(double)(available > 0 ? available : 0) / 1000);
	}
	return 0;
}

/* Picked goods come off the shelf, and from the back room what the shelf does not have. */
static void movement_pick(
	struct br_order_movement *movement, const struct br_stock *stock, int64_t quantity)
{
	int64_t shelf = stock->buckets[BR_BUCKET_SHELF];
	int64_t backroom = stock->buckets[BR_BUCKET_BACKROOM];
	int64_t missing = quantity - (shelf > 0 ? shelf : 0);
	int64_t from_backroom =
		missing > 0 && backroom > 0 ? (missing < backroom ? missing : backroom) : 0;

	br_assert(quantity >= 0);
	br_assert(from_backroom >= 0 && from_backroom <= quantity);
	movement->backroom = -from_backroom;
	movement->shelf = -(quantity - from_backroom);
	movement->staged = quantity;
}

/* What the move does to one product's stock. */
static struct br_order_movement movement_make(
	struct br_txn *txn, const struct demand *demand, enum br_order_state to)
{
	struct br_order_movement movement = {.sku = demand->sku};
	struct br_stock stock;

	br_assert(demand->reserved >= 0 && demand->picked >= 0);
	switch (to) {
	case BR_ORDER_ACCEPTED:
		movement.reserved = demand->ordered;
		break;
	case BR_ORDER_PICKED:
		stock = br_stock_get(txn, demand->sku);
		movement_pick(&movement, &stock, demand->reserved);
		movement.reserved = -demand->reserved;
		break;
	case BR_ORDER_HANDED_OVER:
		movement.staged = -demand->picked;
		break;
	case BR_ORDER_CANCELLED:
		movement.reserved = -demand->reserved;
		movement.staged = -demand->picked;
		movement.shelf = demand->picked;
		break;
	default:
		break;
	}
	return movement;
}

/* The movements of the order's products, in the arena; those that move nothing are left out. */
static int movements_make(struct br_decision *decision, const struct demand *demands, uint32_t n,
	enum br_order_state to, struct br_list *ret_movements)
{
	struct br_order_movement *movements =
		br_arena_take(decision->arena, (n + 1) * sizeof(*movements));
	uint32_t moved = 0;

	br_assert(n <= BR_ORDER_LINES_MAX);
	if (movements == NULL)
		return BR_E_MEMORY;
	for (uint32_t i = 0; i < n; i++) {
		struct br_order_movement made = movement_make(decision->txn, &demands[i], to);

		if (made.reserved != 0 || made.backroom != 0 || made.shelf != 0 || made.staged != 0)
			movements[moved++] = made;
	}
	*ret_movements = (struct br_list){movements, moved};
	return 0;
}

/* Emits the move with its first movements, and the rest behind it. */
static void move_emit(struct br_decision *decision, enum br_order_state to,
	struct br_order_moved *moved, const struct br_list *movements)
{
	for (uint32_t i = 0; i == 0 || i < movements->n; i += BR_ORDER_MOVEMENTS_PER_EVENT_MAX) {
		uint32_t left = movements->n - i;
		struct br_order_movements more = {
			.order = moved->order,
			.to = (uint8_t)to,
			.movements = {BR_LIST_AT(*movements, br_order_movement, i),
				left < BR_ORDER_MOVEMENTS_PER_EVENT_MAX
					? left
					: BR_ORDER_MOVEMENTS_PER_EVENT_MAX},
		};

		br_assert(i <= movements->n);
		moved->movements = more.movements;
		if (i == 0)
			br_decision_emit(decision, move_events[to], moved);
		else
			br_decision_emit(decision, BR_EVENT_ORDER_MOVEMENTS, &more);
	}
}

/* Decides a move that the table allows. */
static int move_decide(struct br_decision *decision, const struct br_order *order,
	const struct br_order_advance *advance)
{
	struct br_order_moved moved = {
		.order = advance->order, .version = order->version + 1, .reason = advance->reason};
	struct demand demands[BR_ORDER_LINES_MAX];
	struct br_list movements;
	uint32_t n;
	int result = demands_sum(decision, order, demands, &n);

	br_assert(advance->to != BR_ORDER_OFFERED);
	if (result == 0 && advance->to == BR_ORDER_ACCEPTED)
		result = stock_refuse(decision, order->channel, demands, n);
	if (result == 0)
		result = movements_make(decision, demands, n, advance->to, &movements);
	if (result == 0)
		move_emit(decision, advance->to, &moved, &movements);
	return result;
}

int br_order_decide_advance(struct br_decision *decision, const void *body)
{
	const struct br_order_advance *advance = body;
	struct br_order order;
	int result = br_order_get(decision->txn, advance->order, decision->arena, &order);

	br_assert(advance->to < BR_ORDER_STATE_N);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ORDER,
			"order \"%.*s\": not known here", BR_STR_ARG(advance->order));
	if (result < 0)
		return result;
	if (advance->version != 0 && advance->version != order.version)
		return br_decision_refuse(decision, BR_REFUSAL_VERSION,
			"order \"%.*s\" has changed: it is %s now (version %llu, not %llu)",
			BR_STR_ARG(order.order), br_order_state_words[order.state],
			(unsigned long long)order.version, (unsigned long long)advance->version);
	if (!br_order_move_allowed(order.state, advance->to))
		return move_refuse(decision, &order, advance->to);
	return move_decide(decision, &order, advance);
}

void br_order_apply_offered(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_order_offered *offered = event->body;
	struct br_key key = br_key_of_str(offered->order);
	struct br_order order = {
		.order = offered->order,
		.channel = offered->channel,
		.method = offered->method,
		.state = BR_ORDER_OFFERED,
		.customer = offered->customer,
		.placed = offered->placed,
		.accept_by = offered->accept_by,
		.ready_by = offered->ready_by,
		.collect_by = offered->collect_by,
		.note = offered->note,
		.line_n = offered->line_n,
		.version = 1,
		.sequence = event->sequence,
		.since = event->happened_ms,
	};

	br_assert(offered->line_n > 0);
	br_assert(offered->line_n <= BR_ORDER_LINES_MAX && event->sequence > 0);
	br_row_put(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, &order);
	br_mark_put(txn, BR_TABLE_ORDER_OPEN, &key);
}

void br_order_apply_line(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_order_line_offered *offered = event->body;
	struct br_key key = line_key(offered->order, (uint32_t)offered->index);
	struct br_order_line line = {
		.line = offered->line,
		.sku = offered->sku,
		.ordered = offered->quantity,
		.price = offered->price,
	};

	br_assert(offered->index < BR_ORDER_LINES_MAX);
	br_assert(offered->quantity > 0);
	br_row_put(txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, &line);
}

/* What a move into `to` does to one line. */
static void line_move(struct br_order_line *line, enum br_order_state to)
{
	br_assert(line->reserved >= 0 && line->picked >= 0 && line->handed_over >= 0);
	switch (to) {
	case BR_ORDER_ACCEPTED:
		line->reserved = line->ordered;
		break;
	case BR_ORDER_PICKED:
		line->picked = line->reserved;
		line->reserved = 0;
		break;
	case BR_ORDER_HANDED_OVER:
		line->handed_over = line->picked;
		line->picked = 0;
		break;
	case BR_ORDER_CANCELLED:
		line->reserved = line->picked = 0;
		break;
	default:
		break;
	}
	br_assert(line->reserved + line->picked + line->handed_over <= line->ordered);
}

static void lines_move(struct br_txn *txn, const struct br_order *order, enum br_order_state to,
	struct br_arena *arena)
{
	br_assert(order->line_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < order->line_n; i++) {
		struct br_key key = line_key(order->order, i);
		struct br_order_line line;

		if (br_row_get_copy(txn, BR_TABLE_ORDER_LINE, br_key_str(&key),
			    &br_order_line_shape, arena, &line) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			return;
		}
		line_move(&line, to);
		br_row_put(txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, &line);
	}
}

static enum br_order_state state_after(enum br_event_kind kind)
{
	for (unsigned state = 0; state < BR_ORDER_STATE_N; state++)
		if (state != BR_ORDER_OFFERED && move_events[state] == kind)
			return state;
	br_assert(false);
	return BR_ORDER_CANCELLED;
}

const struct br_list *br_order_event_movements(
	const struct br_event *event, enum br_order_state *ret_to)
{
	const struct br_order_movements *more = event->body;
	const struct br_order_moved *moved = event->body;

	br_assert(event->kind < BR_EVENT_N);
	if (event->kind == BR_EVENT_ORDER_MOVEMENTS) {
		*ret_to = more->to;
		return &more->movements;
	}
	if (event->kind < BR_EVENT_ORDER_ACCEPTED || event->kind > BR_EVENT_ORDER_CANCELLED)
		return NULL;
	*ret_to = state_after(event->kind);
	return &moved->movements;
}

void br_order_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	enum br_order_state to;
	const struct br_list *movements = br_order_event_movements(event, &to);

	br_assert(movements != NULL);
	br_assert(movements->n <= BR_ORDER_MOVEMENTS_PER_EVENT_MAX);
	for (uint32_t i = 0; i < movements->n; i++) {
		const struct br_order_movement *given =
			BR_LIST_AT(*movements, br_order_movement, i);
		struct br_movement movement = {.sku = given->sku, .reserved = given->reserved};

		movement.buckets[BR_BUCKET_BACKROOM] = given->backroom;
		movement.buckets[BR_BUCKET_SHELF] = given->shelf;
		movement.buckets[BR_BUCKET_STAGED] = given->staged;
		visit->visit(visit->context, &movement);
	}
}

void br_order_apply_moved(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_order_moved *moved = event->body;
	enum br_order_state to = state_after(event->kind);
	struct br_key key = br_key_of_str(moved->order);
	struct br_order order;

	if (br_row_get_copy(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, arena, &order) <
		0) {
		(void)br_txn_fail(txn, BR_E_CORRUPT);
		return;
	}
	br_assert(br_order_move_allowed(order.state, to));
	br_assert(moved->version == order.version + 1);
	lines_move(txn, &order, to, arena);
	order.state = (uint8_t)to;
	order.version = moved->version;
	order.sequence = event->sequence;
	order.since = event->happened_ms;
	order.reason = moved->reason;
	br_row_put(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, &order);
	if (br_order_ended(to))
		br_txn_delete(txn, BR_TABLE_ORDER_OPEN, br_key_str(&key));
}
