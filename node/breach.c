#include "node/breach.h"

#include <string.h>

#include "node/reservation.h"
#include "node/rules.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/task.h"

/* Tills, waste, counts: to the customer it is all the same. */
#define CALL_REASON BR_STR("what it was promised is gone")

const char *const br_breach_kind_words[] = {"reservation", "rights", NULL};

static const struct br_field order_fields[] = {
	BR_MUST_TEXT(br_breach_order, order, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_breach_order, line, 0, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_breach_order, quantity, 1, BR_QUANTITY_MAX),
};
static BR_DEFINE_SHAPE(order_shape, br_breach_order, 1, order_fields);

#define BREACHED_FIELDS \
	BR_MUST_TEXT(br_breached, sku, 1, BR_ID_BYTES_MAX), \
		BR_MUST_WORD(br_breached, kind, br_breach_kind_words), \
		BR_MUST_MILLI(br_breached, quantity, 1, INT64_MAX), \
		BR_TEXT(br_breached, till, 0, BR_WORD_BYTES_MAX), \
		BR_LIST(br_breached, orders, 0, BR_BREACH_ORDERS_PER_EVENT_MAX, &order_shape)
static const struct br_field breached_fields[] = {BREACHED_FIELDS};
BR_DEFINE_SHAPE(br_breached_shape, br_breached, 1, breached_fields);

static const struct br_field row_fields[] = {
	BREACHED_FIELDS,
	BR_TEXT(br_breached, sale, 0, BR_ID_BYTES_MAX),
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_breached, at_ms)},
};
BR_DEFINE_SHAPE(br_breach_row_shape, br_breached, 1, row_fields);

/* Promises that nothing would lie behind, were `taken` more gone. */
static int64_t shortage(const struct br_stock *stock, int64_t taken)
{
	int64_t promised = stock->reserved + stock->rights;
	int64_t lacks = promised + taken - br_stock_sellable(stock);

	br_assert(stock->reserved >= 0 && stock->rights >= 0 && taken >= 0);
	if (lacks < 0)
		return 0;
	return lacks < promised ? lacks : promised;
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What orders wait for in vain: the rights that nobody spent yet give way to them. */
static int64_t orders_shortage(const struct br_stock *stock)
{
	int64_t lacks = shortage(stock, 0);

	br_assert(lacks >= 0);
	return lacks - lesser(lacks, stock->rights);
}

/* What all lines from `from` on sell of this one's product; 0 when an earlier line was asked. */
static int64_t demand_from(const struct br_sold_line *lines, uint32_t line_n, uint32_t from)
{
	int64_t demand = 0;

	br_assert(from < line_n);
	for (uint32_t i = 0; i < from; i++)
		if (br_str_equal(lines[i].sku, lines[from].sku))
			return 0;
	for (uint32_t i = from; i < line_n; i++)
		if (br_str_equal(lines[i].sku, lines[from].sku))
			demand += lines[i].quantity;
	return demand;
}

static void rights_emit(
	struct br_decision *decision, struct br_str till, struct br_str sku, int64_t quantity)
{
	struct br_breached breached = {
		.sku = sku, .kind = BR_BREACH_RIGHTS, .quantity = quantity, .till = till};

	br_assert(quantity > 0);
	br_decision_emit(decision, BR_EVENT_STOCK_BREACHED, &breached);
	br_decision_warn(decision,
		"%.3f of \"%.*s\" was granted to the central system for orders it may promise",
		(double)quantity / 1000, BR_STR_ARG(sku));
}

/* The order's lines that a shortage hits, on their way into events. */
struct hits {
	struct br_decision *decision;
	struct br_breached breached;
	struct br_breach_order orders[BR_BREACH_ORDERS_PER_EVENT_MAX];
};

/* What is gathered becomes an event of its own: its list must outlive this stack. */
static int hits_emit(struct hits *hits)
{
	size_t bytes = hits->breached.orders.n * sizeof(struct br_breach_order);
	void *orders = bytes > 0 ? br_arena_take(hits->decision->arena, bytes) : NULL;

	br_assert(hits->breached.quantity > 0);
	if (bytes > 0 && orders == NULL)
		return BR_E_MEMORY;
	if (bytes > 0)
		memcpy(orders, hits->orders, bytes);
	hits->breached.orders.items = orders;
	br_decision_emit(hits->decision, BR_EVENT_STOCK_BREACHED, &hits->breached);
	hits->breached.orders = (struct br_list){NULL, 0};
	hits->breached.quantity = 0;
	return 0;
}

/* The id of the order's line, in the arena; empty when the line cannot be read. */
static struct br_str line_name(
	struct br_decision *decision, const struct br_reservation *reservation)
{
	struct br_order_line line;

	br_assert(reservation->quantity > 0);
	if (br_order_line_get(decision->txn, reservation->order, reservation->index,
		    decision->arena, &line) < 0)
		return (struct br_str){NULL, 0};
	return line.line;
}

static int hit_add(struct hits *hits, const struct br_reservation *reservation, int64_t quantity)
{
	uint32_t n = hits->breached.orders.n;

	br_assert(quantity > 0 && n < BR_BREACH_ORDERS_PER_EVENT_MAX);
	hits->orders[n] = (struct br_breach_order){
		reservation->order, line_name(hits->decision, reservation), quantity};
	hits->breached.orders.n++;
	hits->breached.quantity += quantity;
	return n + 1 == BR_BREACH_ORDERS_PER_EVENT_MAX ? hits_emit(hits) : 0;
}

/*
 * Those that the shortage from `before` to `after` hits, the least promised first: the first
 * `before` units in that order were hit by earlier sales.
 */
static int reservations_emit(struct br_decision *decision, struct br_str till, struct br_str sku,
	int64_t before, int64_t after)
{
	struct hits hits = {
		.decision = decision,
		.breached = {.sku = sku, .kind = BR_BREACH_RESERVATION, .till = till},
	};
	struct br_reservation *reservations;
	int64_t at = 0;
	unsigned n;
	int result = br_reservation_list(decision->txn, sku, decision->arena, &reservations, &n);

	br_assert(before >= 0 && after > before);
	for (unsigned i = 0; i < n && result == 0 && at < after; i++) {
		int64_t from = at > before ? at : before;

		at += reservations[i].quantity;
		if (lesser(at, after) <= from)
			continue;
		result = hit_add(&hits, &reservations[i], lesser(at, after) - from);
		br_decision_warn(decision, "%.3f of \"%.*s\" is promised to order %.*s",
			(double)(after - before) / 1000, BR_STR_ARG(sku),
			BR_STR_ARG(reservations[i].order));
	}
	/* More reservations than are listed: the rest is told without names. */
	if (result == 0 && at < after)
		hits.breached.quantity += after - (at > before ? at : before);
	if (result == 0 && hits.breached.quantity > 0)
		result = hits_emit(&hits);
	return result;
}

static int product_breach(struct br_decision *decision, struct br_str till, struct br_str sku,
	const struct br_stock *stock, int64_t taken)
{
	int64_t before = shortage(stock, 0), after = shortage(stock, taken);
	int64_t rights_before = lesser(before, stock->rights);
	int64_t rights_after = lesser(after, stock->rights);

	br_assert(after >= before && rights_after >= rights_before);
	if (rights_after > rights_before)
		rights_emit(decision, till, sku, rights_after - rights_before);
	if (after - rights_after == before - rights_before)
		return 0;
	return reservations_emit(decision, till, sku, before - rights_before, after - rights_after);
}

int br_breach_of_sale(struct br_decision *decision, struct br_str till,
	const struct br_sold_line *lines, uint32_t line_n)
{
	int result = 0;

	br_assert(line_n > 0);
	for (uint32_t i = 0; i < line_n && result == 0; i++) {
		struct br_stock stock = br_stock_get(decision->txn, lines[i].sku);
		int64_t demand;

		/* Of most products nothing is promised, and then no other line needs a look. */
		if (stock.reserved == 0 && stock.rights == 0)
			continue;
		demand = demand_from(lines, line_n, i);
		if (demand > 0)
			result = product_breach(decision, till, lines[i].sku, &stock, demand);
	}
	return result;
}

int br_breach_of(struct br_decision *decision, struct br_str sku, int64_t taken)
{
	struct br_str no_till = {NULL, 0};
	struct br_stock stock;

	br_assert(sku.n > 0);
	if (taken <= 0)
		return 0;
	stock = br_stock_get(decision->txn, sku);
	return product_breach(decision, no_till, sku, &stock, taken);
}

/* What the order still waits for of a product, at `index`, lies in the part that is not covered. */
static bool line_hit(struct br_txn *txn, const struct br_order_line *line, struct br_str order,
	uint32_t index, struct br_arena *arena)
{
	struct br_stock stock = br_stock_get(txn, line->sku);
	int64_t lacking = orders_shortage(&stock), at = 0;
	struct br_reservation *reservations;
	unsigned n;

	br_assert(line->counts.reserved > 0);
	if (lacking == 0)
		return false;
	if (br_reservation_list(txn, line->sku, arena, &reservations, &n) < 0)
		return true;
	for (unsigned i = 0; i < n && at < lacking; i++) {
		if (reservations[i].index == index && br_str_equal(reservations[i].order, order))
			return true;
		at += reservations[i].quantity;
	}
	return false;
}

static bool order_hit(struct br_txn *txn, struct br_str name, struct br_arena *arena)
{
	struct br_order order;
	struct br_order_line line;

	br_assert(name.n > 0);
	if (br_order_get(txn, name, arena, &order) < 0)
		return false;
	for (uint32_t i = 0; i < order.line_n; i++)
		if (br_order_line_get(txn, name, i, arena, &line) == 0 &&
			line.counts.reserved > 0 && line_hit(txn, &line, name, i, arena))
			return true;
	return false;
}

void br_breach_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	const struct br_stock *before, const struct br_stock *after, struct br_arena *arena)
{
	struct br_reservation *reservations;
	unsigned n;

	br_assert(sku.n > 0);
	/* A split gives back what the next event takes again: nothing came that covers anybody. */
	if (orders_shortage(after) >= orders_shortage(before) ||
		event->kind == BR_EVENT_ORDER_SPLIT)
		return;
	if (br_reservation_list(txn, sku, arena, &reservations, &n) < 0) {
		(void)br_txn_fail(txn, BR_E_MEMORY);
		return;
	}
	for (unsigned i = 0; i < n && br_txn_error(txn) == 0; i++) {
		/* Copied, because the next read must not find it moved by the write. */
		char name[BR_ID_BYTES_MAX + 1];

		if (!br_task_has(txn, BR_TASK_CALL, reservations[i].order) ||
			order_hit(txn, reservations[i].order, arena) ||
			!br_str_copy(reservations[i].order, name, sizeof(name)))
			continue;
		br_task_follow(txn, event, BR_TASK_CALL, br_str_from(name), false, CALL_REASON);
		/* What is left of the list pointed into the store before that write. */
		if (br_reservation_list(txn, sku, arena, &reservations, &n) < 0)
			(void)br_txn_fail(txn, BR_E_MEMORY);
	}
}

void br_breach_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	struct br_breached row = *(const struct br_breached *)event->body;
	struct br_key key = br_key_of_u64(event->sequence);

	br_assert(event->kind == BR_EVENT_STOCK_BREACHED && row.quantity > 0);
	row.sale = event->command;
	row.at_ms = event->happened_ms;
	br_row_put(txn, BR_TABLE_BREACH, br_key_str(&key), &br_breach_row_shape, &row);
	/* The order may be short when it is picked: the customer hears it from the store first. */
	for (uint32_t i = 0; i < row.orders.n; i++)
		br_task_follow(txn, event, BR_TASK_CALL,
			BR_LIST_AT(row.orders, br_breach_order, i)->order, true, CALL_REASON);
}

void br_breach_walk(struct br_txn *txn, uint64_t before, struct br_arena *arena,
	bool (*visit)(void *context, uint64_t sequence, const struct br_breached *breached),
	void *context)
{
	struct br_key from = br_key_of_u64(before);
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool more = true;

	br_scan_begin(
		&scan, txn, BR_TABLE_BREACH, none, before > 0 ? br_key_str(&from) : none, true);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_breached breached;
		uint64_t sequence = 0;
		int result = br_record_decode(&br_breach_row_shape, value, arena, &breached);

		if (result == 0 && !br_key_take_u64(&key, &sequence))
			result = BR_E_CORRUPT;
		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		br_assert(sequence > 0);
		more = visit(context, sequence, &breached);
	}
	br_scan_end(&scan);
}
