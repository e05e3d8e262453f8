#include "node/breach.h"

#include <string.h>

#include "node/rights.h"
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

static const struct br_field resource_fields[] = {
	BR_MUST_TEXT(br_order_resource, order, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_resource, line, 0, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_resource, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_order_resource, quantity, 1, BR_QUANTITY_MAX),
};
BR_DEFINE_SHAPE(br_order_resource_shape, br_order_resource, 1, resource_fields);

static const struct br_field row_fields[] = {
	BREACHED_FIELDS,
	BR_TEXT(br_breached, sale, 0, BR_ID_BYTES_MAX),
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_breached, at_ms)},
};
BR_DEFINE_SHAPE(br_breach_row_shape, br_breached, 1, row_fields);

/* Promises that nothing lies behind. */
static int64_t shortage(const struct br_stock *stock)
{
	int64_t promised = stock->reserved + stock->rights;
	int64_t lacks = promised - br_stock_sellable(stock);

	br_assert(stock->reserved >= 0 && stock->rights >= 0);
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
	int64_t lacks = shortage(stock);

	br_assert(lacks >= 0);
	return lacks - lesser(lacks, stock->rights);
}

/* Who is promised a product, the least promised first, and how much of all that is not there. */
struct promises {
	struct br_reservation *list;
	unsigned n;
	int64_t lacking;
};

/* What a line of an order lacks: the first units of the list are those that are not there. */
static int64_t line_lacks(const struct promises *promises, struct br_str order, uint32_t index)
{
	int64_t at = 0;

	br_assert(order.n > 0 && promises->lacking >= 0);
	for (unsigned i = 0; i < promises->n && at < promises->lacking; i++) {
		const struct br_reservation *held = &promises->list[i];

		if (held->index == index && br_str_equal(held->order, order))
			return lesser(held->quantity, promises->lacking - at);
		at += held->quantity;
	}
	return 0;
}

/* What is lacking beyond those that are listed, when there are more than can be. */
static int64_t unlisted_lack(const struct promises *promises)
{
	int64_t at = 0;

	for (unsigned i = 0; i < promises->n; i++)
		at += promises->list[i].quantity;
	br_assert(at >= 0);
	return at < promises->lacking ? promises->lacking - at : 0;
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
	/*
	 * Nobody is called for it: no customer has an order on it yet, and the central system
	 * hears it by the event, and is asked for the rights.
	 */
	br_decision_emit(decision, BR_EVENT_STOCK_BREACHED, &breached);
	br_rights_recall(decision, sku, quantity);
	br_decision_warn(decision,
		"%.10g of \"%.*s\" was granted to the central system for orders it may promise",
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

/* How much more the one that stands at `i` lacks than before; 0 when it does not. */
static int64_t lack_gained(const struct promises *before, const struct promises *after, unsigned i)
{
	const struct br_reservation *held = &after->list[i];
	int64_t gained = line_lacks(after, held->order, held->index) -
			 line_lacks(before, held->order, held->index);

	br_assert(i < after->n);
	return gained > 0 ? gained : 0;
}

/* Behind the breaches, so that whoever reads them in order knows what is gone before it is asked.
 */
static void resources_emit(struct br_decision *decision, struct br_str sku,
	const struct promises *before, const struct promises *after)
{
	br_assert(sku.n > 0);
	for (unsigned i = 0; i < after->n; i++) {
		struct br_order_resource wanted = {.order = after->list[i].order,
			.sku = sku,
			.quantity = lack_gained(before, after, i)};

		if (wanted.quantity == 0)
			continue;
		wanted.line = line_name(decision, &after->list[i]);
		br_decision_emit(decision, BR_EVENT_ORDER_RESOURCE_WANTED, &wanted);
	}
}

/* Those that lack more than before, each by how much more. */
static int reservations_emit(struct br_decision *decision, struct br_str till, struct br_str sku,
	const struct promises *before, const struct promises *after)
{
	struct hits hits = {
		.decision = decision,
		.breached = {.sku = sku, .kind = BR_BREACH_RESERVATION, .till = till},
	};
	int64_t unlisted = unlisted_lack(after) - unlisted_lack(before);
	int result = 0;

	br_assert(after->lacking > 0);
	for (unsigned i = 0; i < after->n && result == 0; i++) {
		const struct br_reservation *held = &after->list[i];
		int64_t gained = lack_gained(before, after, i);

		if (gained == 0)
			continue;
		result = hit_add(&hits, held, gained);
		br_decision_warn(decision, "%.10g of \"%.*s\" is promised to order %.*s",
			(double)gained / 1000, BR_STR_ARG(sku), BR_STR_ARG(held->order));
	}
	/* More reservations than are listed: the rest is told without names. */
	if (result == 0 && unlisted > 0)
		hits.breached.quantity += unlisted;
	if (result == 0 && hits.breached.quantity > 0)
		result = hits_emit(&hits);
	if (result == 0)
		resources_emit(decision, sku, before, after);
	return result;
}

/* The list as it is, and as it will be when each of `gained` holds so much more. */
static int promises_make(struct br_decision *decision, struct br_str sku,
	const struct br_reservation *gained, unsigned gained_n, struct promises *ret_before,
	struct promises *ret_after)
{
	int result = br_reservation_list(
		decision->txn, sku, decision->arena, &ret_before->list, &ret_before->n);

	if (result < 0)
		return result;
	ret_after->n = ret_before->n;
	ret_after->list = br_arena_take(
		decision->arena, (ret_before->n + gained_n + 1) * sizeof(*ret_after->list));
	if (ret_after->list == NULL)
		return BR_E_MEMORY;
	memcpy(ret_after->list, ret_before->list, ret_before->n * sizeof(*ret_after->list));
	for (unsigned i = 0; i < gained_n; i++)
		br_reservation_add(ret_after->list, &ret_after->n, &gained[i]);
	br_assert(ret_after->n <= ret_before->n + gained_n);
	return 0;
}

/* All that happens to one product in a decision. */
struct shift {
	struct br_str till; /* whose sale it is; empty = none's */
	int64_t taken, rights;
	struct br_reservation *gained;
	unsigned gained_n;
};

static int product_breach(
	struct br_decision *decision, struct br_str sku, const struct shift *shift)
{
	struct br_stock stock = br_stock_get(decision->txn, sku), after = stock;
	struct promises promises = {.lacking = orders_shortage(&stock)}, then = {.n = 0};
	int64_t rights;
	int result;

	br_assert(sku.n > 0);
	after.buckets[BR_BUCKET_SHELF] -= shift->taken;
	after.rights += shift->rights;
	for (unsigned i = 0; i < shift->gained_n; i++)
		after.reserved += shift->gained[i].quantity;
	then.lacking = orders_shortage(&after);
	rights = (shortage(&after) - then.lacking) - (shortage(&stock) - promises.lacking);
	if (rights > 0)
		rights_emit(decision, shift->till, sku, rights);
	/* Nearly always nobody lacks anything, or what is taken was nobody's. */
	if (then.lacking == 0 || (shift->gained_n == 0 && then.lacking == promises.lacking))
		return 0;
	result = promises_make(decision, sku, shift->gained, shift->gained_n, &promises, &then);
	return result < 0 ? result
			  : reservations_emit(decision, shift->till, sku, &promises, &then);
}

int br_breach_of_sale(struct br_decision *decision, struct br_str till,
	const struct br_sold_line *lines, uint32_t line_n)
{
	struct shift shift = {.till = till};
	int result = 0;

	br_assert(line_n > 0);
	for (uint32_t i = 0; i < line_n && result == 0; i++) {
		struct br_stock stock = br_stock_get(decision->txn, lines[i].sku);

		/* Of most products nothing is promised, and then no other line needs a look. */
		if (stock.reserved == 0 && stock.rights == 0)
			continue;
		shift.taken = demand_from(lines, line_n, i);
		if (shift.taken > 0)
			result = product_breach(decision, lines[i].sku, &shift);
	}
	return result;
}

int br_breach_of(struct br_decision *decision, struct br_str sku, int64_t taken)
{
	struct shift shift = {.taken = taken};

	br_assert(sku.n > 0);
	return taken > 0 ? product_breach(decision, sku, &shift) : 0;
}

/* The product's part of all shifts from `from` on, where it stands first. */
static void shifts_gather(const struct br_breach_shift *shifts, unsigned shift_n, unsigned from,
	struct shift *gathered)
{
	br_assert(from < shift_n);
	gathered->taken = gathered->rights = 0;
	gathered->gained_n = 0;
	for (unsigned i = from; i < shift_n; i++) {
		if (!br_str_equal(shifts[i].sku, shifts[from].sku))
			continue;
		gathered->taken += shifts[i].taken;
		gathered->rights += shifts[i].rights;
		gathered->gained[gathered->gained_n++] = shifts[i].held;
	}
}

int br_breach_of_shifts(
	struct br_decision *decision, const struct br_breach_shift *shifts, unsigned shift_n)
{
	struct shift gathered = {.taken = 0};
	int result = 0;

	br_assert(shifts != NULL || shift_n == 0);
	gathered.gained = br_arena_take(decision->arena, (shift_n + 1) * sizeof(*gathered.gained));
	if (gathered.gained == NULL)
		return BR_E_MEMORY;
	for (unsigned i = 0; i < shift_n && result == 0; i++) {
		bool told = false;

		for (unsigned before = 0; before < i && !told; before++)
			told = br_str_equal(shifts[before].sku, shifts[i].sku);
		if (told)
			continue;
		shifts_gather(shifts, shift_n, i, &gathered);
		result = product_breach(decision, shifts[i].sku, &gathered);
	}
	return result;
}

/* Something that the order still waits for is not there. */
static bool order_hit(struct br_txn *txn, struct br_str name, struct br_arena *arena)
{
	struct br_order order;
	struct br_order_line line;

	br_assert(name.n > 0);
	if (br_order_get(txn, name, arena, &order) < 0)
		return false;
	for (uint32_t i = 0; i < order.line_n; i++) {
		struct promises promises;
		struct br_stock stock;

		if (br_order_line_get(txn, name, i, arena, &line) < 0 || line.counts.reserved == 0)
			continue;
		stock = br_stock_get(txn, line.sku);
		promises.lacking = orders_shortage(&stock);
		if (promises.lacking > 0 && (br_reservation_list(txn, line.sku, arena,
						     &promises.list, &promises.n) < 0 ||
						    line_lacks(&promises, name, i) > 0))
			return true;
	}
	return false;
}

/* A split and the acceptance behind it move a promise from one order to another. */
static bool event_splits(const struct br_event *event)
{
	enum br_order_verb verb = BR_VERB_N;

	br_assert(event->kind < BR_EVENT_N);
	return br_order_event_changes(event, &verb) != NULL &&
	       (verb == BR_VERB_SPLIT || verb == BR_VERB_ACCEPT);
}

/* Nobody need be called any more about a product that they do not lack. */
static void calls_end(
	struct br_txn *txn, const struct br_event *event, struct br_str sku, struct br_arena *arena)
{
	struct br_reservation *reservations;
	unsigned n;

	br_assert(sku.n > 0);
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

void br_breach_follow(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	const struct br_stock *before, const struct br_stock *after, struct br_arena *arena)
{
	br_assert(sku.n > 0);
	/* Nobody lacked anything, or nothing came and nobody stepped back. */
	if (orders_shortage(before) == 0 || (orders_shortage(after) >= orders_shortage(before) &&
						    after->reserved == before->reserved))
		return;
	/* A split gives back what the next event takes again: nothing came that covers anybody. */
	if (!event_splits(event))
		calls_end(txn, event, sku, arena);
}

/*
 * What an order that was split off lacks its parent may have lacked before: then the call goes with
 * the goods. All movements of the split are behind us, the breach is the last of its events.
 */
static void parent_follow(struct br_txn *txn, const struct br_event *event, struct br_str name,
	struct br_arena *arena)
{
	char parent[BR_ID_BYTES_MAX + 1];
	struct br_order order;

	br_assert(name.n > 0);
	if (br_order_get(txn, name, arena, &order) == 0 && order.parent.n > 0 &&
		br_task_has(txn, BR_TASK_CALL, order.parent) &&
		!order_hit(txn, order.parent, arena) &&
		br_str_copy(order.parent, parent, sizeof(parent)))
		br_task_follow(txn, event, BR_TASK_CALL, br_str_from(parent), false, CALL_REASON);
}

void br_breach_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	struct br_breached row = *(const struct br_breached *)event->body;
	struct br_key key = br_key_of_u64(br_event_number(event));

	br_assert(event->kind == BR_EVENT_STOCK_BREACHED && row.quantity > 0);
	row.sale = event->command;
	row.at_ms = event->happened_ms;
	br_row_put(txn, BR_TABLE_BREACH, br_key_str(&key), &br_breach_row_shape, &row);
	/* The order may be short when it is picked: the customer hears it from the store first. */
	for (uint32_t i = 0; i < row.orders.n; i++) {
		struct br_str order = BR_LIST_AT(row.orders, br_breach_order, i)->order;

		br_task_follow(txn, event, BR_TASK_CALL, order, true, CALL_REASON);
		parent_follow(txn, event, order, arena);
	}
	/* What one order lacks now another one may have lacked before. */
	if (row.kind == BR_BREACH_RESERVATION)
		calls_end(txn, event, row.sku, arena);
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
