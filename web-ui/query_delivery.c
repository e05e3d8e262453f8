/* What can be asked about deliveries: those somebody still has to receive, and one of them. */
#include "node/delivery.h"
#include "node/open.h"
#include "web-ui/query_line.h"

static void head_write(const struct br_delivery *delivery, struct br_json_out *out)
{
	br_assert(delivery->state < BR_DELIVERY_STATE_N);
	br_record_to_json(&br_delivery_shape, delivery, out);
	br_web_allowed(br_delivery_allowed(delivery->state), br_delivery_verb_words, out);
}

struct list {
	const struct br_web_view *view;
	struct br_json_out *out;
	int64_t left; /* rows that may still be written */
};

static bool list_visit(void *context, struct br_str key)
{
	struct list *list = context;
	struct br_delivery delivery;

	br_assert(key.n > 0);
	br_arena_reset(list->view->arena);
	if (br_delivery_get(list->view->txn, key, list->view->arena, &delivery) < 0) {
		(void)br_txn_fail(list->view->txn, BR_E_CORRUPT);
		return false;
	}
	br_json_out_object(list->out, NULL);
	head_write(&delivery, list->out);
	br_json_out_end(list->out);
	return --list->left > 0;
}

BR_WEB_QUERY(delivery_list)
{
	struct list list = {view, out, args->numbers[0]};

	(void)refusal;
	br_assert(args->numbers[0] >= 1);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_open_walk(view->txn, BR_NOUN_DELIVERY, list_visit, &list);
	br_json_out_end(out);
	br_json_out_bool(out, "more", list.left == 0);
	br_json_out_end(out);
	return 0;
}

static int line_write(
	const struct br_web_view *view, struct br_str name, uint64_t index, struct br_json_out *out)
{
	struct br_delivery_line line;
	int result = br_delivery_line_get(view->txn, name, index, view->arena, &line);

	if (result < 0)
		return result == BR_E_NOT_FOUND ? br_txn_fail(view->txn, BR_E_CORRUPT) : result;
	br_assert(line.sku.n > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_delivery_line_shape, &line, out);
	br_json_out_milli(out, "outstanding", br_delivery_outstanding(&line));
	br_web_line_product(view, line.sku, out);
	br_json_out_end(out);
	return 0;
}

BR_WEB_QUERY(delivery_get)
{
	struct br_str name = args->texts[0];
	struct br_delivery delivery;
	int result = br_delivery_get(view->txn, name, view->arena, &delivery);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_delivery",
			"delivery \"%.*s\": not known", BR_STR_ARG(name));
	if (result < 0)
		return result;
	br_json_out_object(out, NULL);
	head_write(&delivery, out);
	br_json_out_array(out, "lines");
	for (uint64_t i = 0; i < delivery.line_n && result == 0; i++)
		result = line_write(view, name, i, out);
	br_json_out_end(out);
	br_json_out_end(out);
	return result;
}
