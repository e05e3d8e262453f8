/* The row of an order with its lines. */
#include "web-ui/rows.h"

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

/* The buttons of the page follow from this list; the table of moves stays in one place. */
static void allowed_write(const struct br_order *order, struct br_json_out *out)
{
	br_assert(order->state < BR_ORDER_STATE_N);
	br_json_out_array(out, "allowed");
	for (unsigned to = 0; to < BR_ORDER_STATE_N; to++)
		if (br_order_move_allowed(order->state, (enum br_order_state)to))
			br_json_out_puts(out, NULL, br_order_state_words[to]);
	br_json_out_end(out);
}

/* Names are those of the catalogue now: the order keeps the SKU only. */
static int lines_write(
	const struct br_web_view *view, const struct br_order *order, struct br_json_out *out)
{
	int result = 0;

	br_assert(order->line_n <= BR_ORDER_LINES_MAX);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < order->line_n && result == 0; i++) {
		struct br_order_line line;
		struct br_product product;

		result = br_order_line_get(view->txn, order->order, i, view->arena, &line);
		if (result < 0)
			break;
		br_json_out_object(out, NULL);
		br_json_out_string(out, "line", line.line);
		br_json_out_string(out, "sku", line.sku);
		if (br_product_get(view->txn, line.sku, view->arena, &product) == 0) {
			br_json_out_string(out, "name", product.name);
			br_json_out_puts(out, "sold_by", br_sold_by_words[product.sold_by]);
		}
		br_json_out_milli(out, "quantity", line.ordered);
		/* What was handed over had been picked before. */
		br_json_out_milli(out, "picked", line.picked + line.handed_over);
		br_json_out_milli(out, "price", line.price);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	return result == BR_E_NOT_FOUND ? br_txn_fail(view->txn, BR_E_CORRUPT) : result;
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
	text_or_skip(out, "note", order.note);
	text_or_skip(out, "reason", order.reason);
	br_json_out_u64(out, "version", order.version);
	allowed_write(&order, out);
	result = lines_write(view, &order, out);
	br_json_out_end(out);
	return result;
}
