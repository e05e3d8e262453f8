/* What can be asked about pick lists: who picks what, and the walk through the store. */
#include "node/lot.h"
#include "node/pick_list.h"
#include "web-ui/query_line.h"

struct list {
	struct br_json_out *out;
	int64_t left; /* rows that may still be written */
};

static bool list_visit(void *context, const struct br_pick_list *list)
{
	struct list *lists = context;

	br_assert(list->list.n > 0);
	br_json_out_object(lists->out, NULL);
	br_record_to_json(&br_pick_list_shape, list, lists->out);
	br_json_out_end(lists->out);
	return --lists->left > 0;
}

BR_WEB_QUERY(pick_list_list)
{
	struct list lists = {out, args->numbers[0]};

	(void)refusal;
	br_assert(args->numbers[0] >= 1);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_pick_list_each(view->txn, view->arena, list_visit, &lists);
	br_json_out_end(out);
	br_json_out_bool(out, "more", lists.left == 0);
	br_json_out_end(out);
	return 0;
}

static bool order_visit(void *context, struct br_str order)
{
	struct br_json_out *out = context;

	br_assert(order.n > 0);
	br_json_out_string(out, NULL, order);
	return true;
}

/* The lot to take, where there are lots: what expires first is sold first. */
static void lot_write(const struct br_web_view *view, struct br_str sku, struct br_json_out *out)
{
	struct br_lot lot;

	br_assert(sku.n > 0);
	if (!br_lot_first(view->txn, sku, view->now_ms, &lot))
		return;
	br_json_out_string(out, "lot", lot.lot);
	br_json_out_time(out, "expiry", lot.expiry_ms);
}

static void line_write(
	const struct br_web_view *view, const struct br_pick_line *line, struct br_json_out *out)
{
	br_assert(line->order.n > 0 && line->line.n > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "order", line->order);
	br_json_out_string(out, "line", line->line);
	br_json_out_string(out, "sku", line->sku);
	br_web_line_product(view, line->sku, out);
	br_json_out_milli(out, "quantity", line->reserved);
	br_json_out_milli(out, "picked", line->picked);
	br_json_out_puts(out, "policy", br_substitution_words[line->policy]);
	br_json_out_personal(out, "note", line->note);
	if (line->image.n > 0)
		br_json_out_string(out, "image", line->image);
	br_record_to_json(&br_position_shape, &line->position, out);
	lot_write(view, line->sku, out);
	br_json_out_end(out);
}

/* As many lines as fit into an answer; the rest comes as soon as the first are picked. */
BR_WEB_QUERY(pick_list_get)
{
	uint32_t n = 0, limit = (uint32_t)args->numbers[1];
	struct br_str name = args->texts[0];
	struct br_pick_line *lines = NULL;
	struct br_pick_list list;
	int result = br_pick_list_get(view->txn, name, view->arena, &list);

	br_assert(name.n > 0);
	if (result == 0)
		result = br_pick_list_lines(view->txn, name, view->arena, &lines, &n);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_list",
			"pick list \"%.*s\": not known", BR_STR_ARG(name));
	if (result < 0)
		return result;
	br_json_out_object(out, NULL);
	br_record_to_json(&br_pick_list_shape, &list, out);
	br_json_out_array(out, "orders");
	br_pick_list_orders(view->txn, name, order_visit, out);
	br_json_out_end(out);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < n && i < limit; i++)
		line_write(view, &lines[i], out);
	br_json_out_end(out);
	br_json_out_bool(out, "more", n > limit);
	br_json_out_end(out);
	return 0;
}
