/* The row of an order with its lines. */
#include "web-ui/rows.h"

#include "node/customer.h"
#include "node/order.h"
#include "node/product.h"

/* What was never given is left out: an empty note is no note. */
static void text_or_skip(struct br_json_out *out, const char *name, struct br_str value)
{
	br_assert(name[0] != '\0');
	if (value.n > 0)
		br_json_out_string(out, name, value);
}

/* The same for times, whose zero means "not given". */
static void time_or_skip(struct br_json_out *out, const char *name, int64_t unix_ms)
{
	br_assert(name[0] != '\0');
	if (unix_ms > 0)
		br_json_out_time(out, name, unix_ms);
}

/* The buttons of the page follow from this list; the table of verbs stays in one place. */
static void allowed_write(const struct br_order *order, struct br_json_out *out)
{
	br_assert(order->state < BR_ORDER_STATE_N);
	br_json_out_array(out, "allowed");
	for (unsigned verb = 0; verb < BR_VERB_EXPIRE; verb++)
		if (br_order_verb_allowed(br_order_flow(order->method), order->state, verb))
			br_json_out_puts(out, NULL, br_order_verb_words[verb]);
	br_json_out_end(out);
}

/* A counter that never counted is left out: most orders have none short and none returned. */
static void count_or_skip(struct br_json_out *out, const char *name, int64_t milli)
{
	br_assert(milli >= 0);
	if (milli > 0)
		br_json_out_milli(out, name, milli);
}

static void counts_write(const struct br_order_counts *counts, struct br_json_out *out)
{
	br_json_out_milli(out, "quantity", counts->ordered);
	br_json_out_milli(out, "picked", counts->picked);
	count_or_skip(out, "reserved", counts->reserved);
	count_or_skip(out, "short", counts->shortage);
	count_or_skip(out, "substituted", counts->substituted);
	count_or_skip(out, "staged", counts->staged);
	count_or_skip(out, "handed_over", counts->handed_over);
	count_or_skip(out, "shipped", counts->shipped);
	count_or_skip(out, "returned", counts->returned);
	count_or_skip(out, "restocked", counts->restocked);
}

/* Which lots the line's goods are of, as far as scans said so. */
static void lots_write(const struct br_order_line *line, struct br_json_out *out)
{
	br_assert(line->lots.n <= BR_ORDER_LOTS_MAX);
	if (line->lots.n == 0)
		return;
	br_json_out_array(out, "lots");
	for (uint32_t i = 0; i < line->lots.n; i++) {
		const struct br_order_lot *lot = BR_LIST_AT(line->lots, br_order_lot, i);

		br_json_out_object(out, NULL);
		br_json_out_string(out, "lot", lot->lot);
		br_json_out_time(out, "expiry", lot->expiry);
		br_json_out_milli(out, "quantity", lot->quantity);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

/* Names are those of the catalogue now: the order keeps the SKU only. */
static int lines_write(
	const struct br_web_view *view, const struct br_order *order, struct br_json_out *out)
{
	struct br_order_line lines[BR_ORDER_LINES_MAX];
	int result = 0;

	br_assert(order->line_n <= BR_ORDER_LINES_MAX);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < order->line_n && result == 0; i++) {
		struct br_order_line *line = &lines[i];
		struct br_product product;

		result = br_order_line_get(view->txn, order->order, i, view->arena, line);
		if (result < 0)
			break;
		br_json_out_object(out, NULL);
		br_json_out_string(out, "line", line->line);
		br_json_out_string(out, "sku", line->sku);
		if (br_product_get(view->txn, line->sku, view->arena, &product) == 0) {
			br_json_out_string(out, "name", product.name);
			br_json_out_puts(out, "sold_by", br_sold_by_words[product.sold_by]);
		}
		counts_write(&line->counts, out);
		br_json_out_milli(out, "price", line->price);
		if (line->policy != BR_SUBSTITUTION_NONE)
			br_json_out_puts(out, "policy", br_substitution_words[line->policy]);
		/* A substitute comes behind the line whose place it takes. */
		if (line->substitutes > 0 && line->substitutes <= i)
			br_json_out_string(out, "substitutes", lines[line->substitutes - 1].line);
		br_json_out_personal(out, "note", line->note);
		lots_write(line, out);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	return result == BR_E_NOT_FOUND ? br_txn_fail(view->txn, BR_E_CORRUPT) : result;
}

/* What is known only of some orders, by their method and how far they are. */
static void extras_write(const struct br_order *order, struct br_json_out *out)
{
	text_or_skip(out, "fo", order->fo);
	br_json_out_personal(out, "person", order->person);
	br_json_out_personal(out, "vehicle", order->vehicle);
	text_or_skip(out, "bay", order->bay);
	text_or_skip(out, "location", order->location);
	text_or_skip(out, "carrier", order->carrier);
	text_or_skip(out, "tracking", order->tracking);
	text_or_skip(out, "original", order->original);
	text_or_skip(out, "parent", order->parent);
	text_or_skip(out, "list", order->list);
	text_or_skip(out, "associate", order->associate);
	if (order->packages > 0)
		br_json_out_u64(out, "packages", order->packages);
	if (order->state >= BR_ORDER_REFUND_DUE && order->amount > 0)
		br_json_out_milli(out, "amount", order->amount);
	if (order->provisional)
		br_json_out_bool(out, "provisional", true);
	if (order->priority > 0)
		br_json_out_u64(out, "priority", order->priority);
	if (order->payment != BR_PAYMENT_NONE)
		br_json_out_puts(out, "payment", br_payment_words[order->payment]);
	br_json_out_bool(out, "code", br_order_has_code(order));
	time_or_skip(out, "until", order->until);
	time_or_skip(out, "due", br_order_due_ms(order));
	br_json_out_puts(out, "work", br_order_work_words[br_order_work(order)]);
}

/* What the central system says of its customer, as far as it is here. */
static void known_write(
	const struct br_web_view *view, const struct br_order *order, struct br_json_out *out)
{
	struct br_customer customer;

	if (order->customer.n == 0 ||
		br_customer_get(view->txn, order->customer, view->arena, &customer) < 0)
		return;
	br_assert(customer.customer.n > 0);
	br_json_out_object(out, "known");
	br_json_out_personal(out, "name", customer.name);
	br_json_out_personal(out, "contact", customer.contact);
	br_json_out_personal(out, "loyalty", customer.loyalty);
	br_json_out_end(out);
}

int br_web_row_order(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_order order;
	int result = br_order_get(view->txn, key, view->arena, &order);

	br_assert(key.n > 0);
	if (result == BR_E_NOT_FOUND) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	if (result < 0)
		return result;
	br_assert(order.state < BR_ORDER_STATE_N);
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", order.sequence);
	br_json_out_string(out, "order", order.order);
	br_json_out_puts(out, "channel", br_channel_words[order.channel]);
	br_json_out_puts(out, "method", br_method_words[order.method]);
	br_json_out_puts(out, "state", br_order_state_words[order.state]);
	br_json_out_time(out, "since", order.since);
	text_or_skip(out, "customer", order.customer);
	time_or_skip(out, "placed", order.placed);
	time_or_skip(out, "accept_by", order.accept_by);
	time_or_skip(out, "ready_by", order.ready_by);
	time_or_skip(out, "collect_by", order.collect_by);
	br_json_out_personal(out, "note", order.note);
	br_json_out_personal(out, "reason", order.reason);
	extras_write(&order, out);
	known_write(view, &order, out);
	br_json_out_u64(out, "version", order.version);
	/* Of the lines' prices and of what is to be paid back. */
	br_json_out_puts(out, "currency", view->currency);
	allowed_write(&order, out);
	result = lines_write(view, &order, out);
	br_json_out_end(out);
	return result;
}
