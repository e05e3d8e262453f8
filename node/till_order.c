#include "node/till_order.h"

#include "node/product.h"
#include "node/sale.h"

static void line_write(struct br_json_out *out, struct br_txn *txn,
	const struct br_order_line *line, int64_t due, struct br_arena *arena)
{
	struct br_product product;

	br_assert(line->sku.n > 0 && due >= 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "line", line->line);
	br_json_out_string(out, "sku", line->sku);
	/* A product that has left the catalogue since has no name any more. */
	if (br_product_get(txn, line->sku, arena, &product) == 0)
		br_json_out_string(out, "name", product.name);
	br_json_out_milli(out, "ordered", line->counts.ordered);
	br_json_out_milli(out, "quantity", due);
	br_json_out_milli(out, "price", line->price);
	br_json_out_end(out);
}

static int lines_write(struct br_json_out *out, struct br_txn *txn, const struct br_order *order,
	struct br_str currency, struct br_arena *arena, int64_t *ret_total)
{
	int64_t total = 0;
	int result = 0;

	br_assert(order->line_n <= UINT32_MAX);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < order->line_n && result == 0; i++) {
		struct br_order_line line;
		int64_t due;

		result = br_order_line_get(txn, order->order, i, arena, &line);
		if (result < 0)
			break;
		due = line.counts.ordered - line.counts.shortage - line.counts.substituted;
		if (due < 0)
			due = 0;
		line_write(out, txn, &line, due, arena);
		total += br_sale_line_total(currency, due, line.price > 0 ? line.price : 0);
	}
	br_json_out_end(out);
	*ret_total = total;
	return result;
}

int br_till_order_write(struct br_json_out *out, struct br_txn *txn, const struct br_order *order,
	const char *currency, struct br_arena *arena)
{
	int64_t total = 0;
	int result;

	br_assert(order->order.n > 0 && order->state < BR_ORDER_STATE_N);
	br_json_out_string(out, "order", order->order);
	br_json_out_puts(out, "state", br_order_state_words[order->state]);
	br_json_out_puts(out, "method", br_method_words[order->method]);
	br_json_out_puts(out, "payment", br_payment_words[order->payment]);
	br_json_out_personal(out, "person", order->person);
	if (order->location.n > 0)
		br_json_out_string(out, "location", order->location);
	if (order->bay.n > 0)
		br_json_out_string(out, "bay", order->bay);
	if (br_order_has_code(order))
		br_json_out_bool(out, "code_needed", true);
	result = lines_write(out, txn, order, br_str_from(currency), arena, &total);
	br_json_out_milli(out, "total", total);
	br_json_out_puts(out, "currency", currency);
	return result;
}
