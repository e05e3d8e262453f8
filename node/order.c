#include "node/order.h"

#include <string.h>

#include "node/order_inside.h"
#include "node/product.h"
#include "node/scan.h"
#include "node/stock.h"
#include "node/tables.h"

/*
 * The row is the truth that decisions see: it was written by the events so far, in the same
 * transaction as they, so that nothing can stand between the two.
 */
int br_order_get(
	struct br_txn *txn, struct br_str order, struct br_arena *arena, struct br_order *ret_order)
{
	struct br_key key = br_key_of_str(order);

	return br_row_get(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, arena, ret_order);
}

/*
 * Lines are rows of their own: an order of a hundred lines would not fit into one record, and a
 * pick should not write the ninety-nine others again.
 */
struct br_key br_order_line_key(struct br_str order, uint32_t index)
{
	struct br_key key = br_key_of_str(order);

	br_key_add_u32(&key, index);
	return key;
}

int br_order_line_get(struct br_txn *txn, struct br_str order, uint32_t index,
	struct br_arena *arena, struct br_order_line *ret_line)
{
	struct br_key key = br_order_line_key(order, index);

	return br_row_get(
		txn, BR_TABLE_ORDER_LINE, br_key_str(&key), &br_order_line_shape, arena, ret_line);
}

/* All zero stands for "none": a real hash is that once in 2^128 orders. */
bool br_order_has_code(const struct br_order *order)
{
	static const unsigned char none[BR_CODE_HASH_BYTES];

	return memcmp(order->code_hash, none, sizeof(none)) != 0;
}

/* Over an index, since a store keeps ninety days of orders and has a hundred open ones. */
void br_order_open_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_order *order), void *context)
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_order order;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_ORDER_OPEN, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &name) || br_order_get(txn, name, arena, &order) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		if (!visit(context, &order))
			break;
	}
	br_scan_end(&scan);
}

/*
 * The counters are named one by one, because a struct summed as an array would go wrong in
 * silence when somebody adds a member of another kind.
 */
void br_order_counts_add(struct br_order_counts *counts, const struct br_order_counts *gained)
{
	counts->ordered += gained->ordered;
	counts->reserved += gained->reserved;
	counts->picked += gained->picked;
	counts->shortage += gained->shortage;
	counts->substituted += gained->substituted;
	counts->staged += gained->staged;
	counts->handed_over += gained->handed_over;
	counts->shipped += gained->shipped;
	counts->returned += gained->returned;
	counts->restocked += gained->restocked;
}

/*
 * Each unit in one place: what is returned or restocked is in one of those places, too, and
 * counts beside.
 */
bool br_order_counts_hold(const struct br_order_counts *counts)
{
	return counts->ordered >= 0 && counts->reserved >= 0 && counts->picked >= 0 &&
	       counts->shortage >= 0 && counts->substituted >= 0 && counts->staged >= 0 &&
	       counts->handed_over >= 0 && counts->shipped >= 0 && counts->returned >= 0 &&
	       counts->restocked >= 0 && counts->staged <= counts->picked &&
	       counts->reserved + counts->picked + counts->shortage + counts->substituted +
			       counts->handed_over + counts->shipped <=
		       counts->ordered;
}

int br_order_plan_begin(struct br_decision *decision, enum br_order_verb verb, struct br_str order,
	uint64_t version, struct br_order_plan **ret_plan)
{
	struct br_order_plan *plan = br_arena_take(decision->arena, sizeof(*plan));
	uint32_t lots = 0;
	int result;

	if (plan == NULL)
		return br_txn_fail(decision->txn, BR_E_MEMORY);
	result = br_order_get(decision->txn, order, decision->arena, &plan->order);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ORDER,
			"order \"%.*s\": not known here", BR_STR_ARG(order));
	if (result < 0)
		return result;
	/*
	 * Before the verb is looked at: who saw an older order must learn that it changed, even
	 * when what they want would be allowed by chance.
	 */
	if (version != 0 && version != plan->order.version)
		return br_decision_refuse(decision, BR_REFUSAL_VERSION,
			"order \"%.*s\" has changed: it is %s now (version %llu, not %llu)",
			BR_STR_ARG(order), br_order_state_words[plan->order.state],
			(unsigned long long)plan->order.version, (unsigned long long)version);
	if (!br_order_verb_allowed(br_order_flow(plan->order.method), plan->order.state, verb))
		return br_order_verb_refuse(decision, &plan->order, verb);
	br_assert(plan->order.line_n <= BR_ORDER_LINES_MAX);
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		result = br_order_line_get(
			decision->txn, order, i, decision->arena, &plan->lines[i]);
		if (result < 0)
			return br_txn_fail(decision->txn, BR_E_CORRUPT);
		lots += plan->lines[i].lots.n;
	}
	plan->decision = decision;
	plan->verb = verb;
	plan->event.order = order;
	plan->event.version = plan->order.version + 1;
	/* One for each line and lot, and one for the line that a substitute adds. */
	result = br_order_plan_room(plan, (uint32_t)plan->order.line_n + lots + 1);
	if (result == 0)
		*ret_plan = plan;
	return result;
}

int br_order_step_begin(struct br_decision *decision, enum br_order_verb verb,
	const struct br_order_step *step, struct br_order_plan **ret_plan)
{
	int result = br_order_plan_begin(decision, verb, step->order, step->version, ret_plan);

	if (result != 0)
		return result;
	br_assert(*ret_plan != NULL);
	(*ret_plan)->event.associate = step->associate;
	(*ret_plan)->event.reason = step->reason;
	return 0;
}

int br_order_plan_room(struct br_order_plan *plan, uint32_t change_max)
{
	br_assert(change_max > 0 && change_max <= BR_ORDER_CHANGES_MAX + 1);
	plan->changes = br_arena_take(plan->decision->arena, change_max * sizeof(*plan->changes));
	if (plan->changes == NULL)
		return br_txn_fail(plan->decision->txn, BR_E_MEMORY);
	plan->change_max = change_max;
	return 0;
}

struct br_order_change *br_order_plan_change(struct br_order_plan *plan, uint32_t index)
{
	br_assert(index < plan->order.line_n);
	for (uint32_t i = 0; i < plan->change_n; i++)
		if (plan->changes[i].index == index)
			return &plan->changes[i];
	return br_order_plan_add(plan, index);
}

struct br_order_change *br_order_plan_add(struct br_order_plan *plan, uint32_t index)
{
	struct br_order_change *change = &plan->changes[plan->change_n];

	br_assert(index < plan->order.line_n);
	br_assert(plan->change_n < plan->change_max);
	*change = (struct br_order_change){.index = index, .sku = plan->lines[index].sku};
	plan->change_n++;
	return change;
}

/* Summed over the changes, because a line of several lots has one for each. */
struct br_order_counts br_order_plan_counts(const struct br_order_plan *plan, uint32_t index)
{
	struct br_order_counts counts = plan->lines[index].counts;

	br_assert(index < plan->order.line_n);
	for (uint32_t i = 0; i < plan->change_n; i++)
		if (plan->changes[i].index == index)
			br_order_counts_add(&counts, &plan->changes[i].counts);
	return counts;
}

/* Emits the event with its first changes, and the rest behind it. */
static void plan_emit(struct br_order_plan *plan)
{
	for (uint32_t i = 0; i == 0 || i < plan->change_n; i += BR_ORDER_CHANGES_PER_EVENT_MAX) {
		uint32_t rest = plan->change_n - i;
		uint32_t n = rest < BR_ORDER_CHANGES_PER_EVENT_MAX ? rest
								   : BR_ORDER_CHANGES_PER_EVENT_MAX;
		struct br_order_movements more = {
			.order = plan->event.order,
			.verb = (uint8_t)plan->verb,
			.state = plan->event.state,
			.left = rest - n,
			.changes = {&plan->changes[i], n},
		};

		br_assert(i <= plan->change_n);
		plan->event.changes = more.changes;
		plan->event.left = more.left;
		/*
		 * The first event carries the words, so that a reader of one event knows what
		 * happened; what follows is numbers only.
		 */
		if (i == 0)
			br_decision_emit(
				plan->decision, br_order_verb_event(plan->verb), &plan->event);
		else
			br_decision_emit(plan->decision, BR_EVENT_ORDER_MOVEMENTS, &more);
	}
}

int br_order_plan_end(struct br_order_plan *plan)
{
	struct br_order *order = &plan->order;
	enum br_order_state before = order->state;

	for (uint32_t i = 0; i < plan->change_n; i++) {
		struct br_order_counts counts =
			br_order_plan_counts(plan, (uint32_t)plan->changes[i].index);

		br_assert(br_order_counts_hold(&counts));
		br_order_counts_add(&order->counts, &plan->changes[i].counts);
	}
	/*
	 * The same function as in apply: if both did not come to one state, the assertion there
	 * would stop the store at once and not weeks later.
	 */
	order->marks = br_order_marks_after(plan->verb, order->marks);
	order->state = (uint8_t)br_order_state_of(order);
	br_assert(br_order_move_allowed(br_order_flow(order->method), before, order->state));
	plan->event.state = order->state;
	plan_emit(plan);
	return 0;
}

struct br_breach_shift br_order_plan_shift(
	const struct br_order_plan *plan, uint32_t index, int64_t reserved, int64_t taken)
{
	br_assert(index < plan->order.line_n);
	return (struct br_breach_shift){
		.sku = plan->lines[index].sku,
		.held = {.order = plan->order.order,
			.index = index,
			.quantity = reserved,
			.priority = plan->order.priority,
			.ready_by = plan->order.ready_by,
			.state = plan->order.state},
		.taken = taken,
	};
}

/* Names the products that are still to be dealt with: what a scan should have been. */
static void expected_tell(const struct br_order_plan *plan,
	int64_t (*left)(const struct br_order_counts *counts), struct br_text *text)
{
	unsigned named = 0;

	br_assert(left != NULL);
	for (uint32_t i = 0; i < plan->order.line_n && named < 3; i++) {
		struct br_product product;

		if (left(&plan->lines[i].counts) <= 0)
			continue;
		br_text_printf(text, "%s\"%.*s\"", named++ > 0 ? ", " : "",
			BR_STR_ARG(plan->lines[i].sku));
		if (br_product_get(plan->decision->txn, plan->lines[i].sku, plan->decision->arena,
			    &product) == 0)
			br_text_printf(text, " (%.*s)", BR_STR_ARG(product.name));
	}
	if (named == 0)
		br_text_puts(text, "nothing more");
}

/* What would have been right is worth more to a picker than that this is wrong. */
static int scan_refuse(struct br_order_plan *plan, struct br_str sku,
	int64_t (*left)(const struct br_order_counts *counts))
{
	struct br_text text;
	int result;

	br_assert(sku.n > 0);
	br_text_init(&text, BR_MESSAGE_BYTES_MAX);
	expected_tell(plan, left, &text);
	result = br_decision_refuse(plan->decision, BR_REFUSAL_WRONG_PRODUCT,
		"product \"%.*s\" is not what order \"%.*s\" waits for, expected is: %s",
		BR_STR_ARG(sku), BR_STR_ARG(plan->order.order),
		text.bytes != NULL ? text.bytes : "another one");
	br_text_finish(&text);
	return result;
}

/* The line that the command names, together with what was scanned. */
static int line_named(
	struct br_order_plan *plan, struct br_str line, struct br_str sku, uint32_t *ret_index)
{
	uint32_t i = 0;

	br_assert(line.n > 0);
	while (i < plan->order.line_n && !br_str_equal(plan->lines[i].line, line))
		i++;
	if (i == plan->order.line_n)
		return br_decision_refuse(plan->decision, BR_REFUSAL_UNKNOWN_LINE,
			"line \"%.*s\": order \"%.*s\" has no such line", BR_STR_ARG(line),
			BR_STR_ARG(plan->order.order));
	if (sku.n > 0 && !br_str_equal(sku, plan->lines[i].sku))
		return br_decision_refuse(plan->decision, BR_REFUSAL_WRONG_PRODUCT,
			"product \"%.*s\" is not that of line \"%.*s\", expected is \"%.*s\"",
			BR_STR_ARG(sku), BR_STR_ARG(line), BR_STR_ARG(plan->lines[i].sku));
	*ret_index = i;
	return 0;
}

/* The first line of the product that still wants it, or the last one of it at all. */
static int line_scanned(struct br_order_plan *plan, struct br_str sku,
	int64_t (*left)(const struct br_order_counts *counts), uint32_t *ret_index)
{
	uint32_t found = BR_ORDER_LINES_MAX;

	br_assert(sku.n > 0);
	for (uint32_t i = 0; i < plan->order.line_n; i++) {
		if (!br_str_equal(plan->lines[i].sku, sku))
			continue;
		found = i;
		if (left(&plan->lines[i].counts) > 0)
			break;
	}
	if (found == BR_ORDER_LINES_MAX)
		return scan_refuse(plan, sku, left);
	*ret_index = found;
	return 0;
}

/*
 * What a scan stands for: the weight in it, or one piece; all that is left when nothing was scanned
 * or less is left. A weighed piece is never just what was ordered, and counts as that.
 */
static int64_t quantity_scanned(const struct br_scan_result *scan, int64_t rest)
{
	int64_t quantity = scan->quantity > 0 ? scan->quantity : 1000;

	br_assert(scan->quantity >= 0);
	return scan->sku.n > 0 && quantity < rest ? quantity : rest;
}

int br_order_goods_find(struct br_order_plan *plan, const struct br_order_goods *goods,
	int64_t (*left)(const struct br_order_counts *counts), uint32_t *ret_index,
	int64_t *ret_quantity)
{
	bool scanned = goods->sku.n > 0 || goods->barcode.n > 0;
	struct br_scan_result scan = {.sku = {NULL, 0}};
	int64_t rest, quantity = goods->quantity;
	uint32_t index = 0;
	int result = 0;

	if (!scanned && goods->line.n == 0)
		return br_decision_refuse(plan->decision, BR_REFUSAL_MALFORMED,
			"line: is missing, as are sku and barcode; one of them is needed");
	if (scanned)
		result = br_product_resolve_scan(
			plan->decision, goods->sku, goods->barcode, "data", &scan);
	if (result == 0)
		result = goods->line.n > 0 ? line_named(plan, goods->line, scan.sku, &index)
					   : line_scanned(plan, scan.sku, left, &index);
	if (result != 0)
		return result;
	br_assert(index < plan->order.line_n);
	/*
	 * Whatever the verb is: a piece that goes back says its lot as well as one that is
	 * picked.
	 */
	br_order_lot_scanned(plan, &scan);
	rest = left(&plan->lines[index].counts);
	if (quantity == 0)
		quantity = quantity_scanned(&scan, rest);
	/* Nothing left is told as one piece too many, because a scan is one piece. */
	if (quantity > rest || rest <= 0)
		return br_decision_refuse(plan->decision, BR_REFUSAL_TOO_MUCH,
			"quantity: %.10g of line \"%.*s\", left to %s is %.10g",
			(double)(quantity > 0 ? quantity : 1000) / 1000,
			BR_STR_ARG(plan->lines[index].line), br_order_verb_words[plan->verb],
			(double)(rest > 0 ? rest : 0) / 1000);
	*ret_index = index;
	*ret_quantity = quantity;
	return 0;
}

void br_order_change_take(
	struct br_order_change *change, struct br_txn *txn, enum br_place from, int64_t quantity)
{
	struct br_stock stock;
	int64_t shelf, backroom, missing, from_backroom;

	br_assert(quantity > 0 && from <= BR_PLACE_DISPLAY);
	if (from == BR_PLACE_DISPLAY)
		change->display -= quantity;
	else if (from == BR_PLACE_BACKROOM)
		change->backroom -= quantity;
	else if (from == BR_PLACE_SHELF)
		change->shelf -= quantity;
	if (from != BR_PLACE_NONE)
		return;
	/* Off the shelf, and from the back room what the shelf does not have. */
	stock = br_stock_get(txn, change->sku);
	shelf = stock.buckets[BR_BUCKET_SHELF];
	backroom = stock.buckets[BR_BUCKET_BACKROOM];
	missing = quantity - (shelf > 0 ? shelf : 0);
	from_backroom = missing > 0 && backroom > 0 ? (missing < backroom ? missing : backroom) : 0;
	br_assert(from_backroom >= 0 && from_backroom <= quantity);
	change->backroom -= from_backroom;
	change->shelf -= quantity - from_backroom;
}

void br_order_change_put(struct br_order_change *change, enum br_place to, int64_t quantity)
{
	br_assert(quantity > 0 && to <= BR_PLACE_VENDOR);
	if (to == BR_PLACE_BACKROOM)
		change->backroom += quantity;
	else if (to == BR_PLACE_DISPLAY)
		change->display += quantity;
	else if (to == BR_PLACE_DAMAGED)
		change->damaged += quantity;
	else if (to != BR_PLACE_VENDOR)
		change->shelf += quantity;
}
