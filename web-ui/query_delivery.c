/* What can be asked about deliveries: those somebody still has to receive, and one of them. */
#include "node/delivery.h"
#include "web-ui/query_line.h"

static void head_write(const struct br_delivery *delivery, struct br_json_out *out)
{
	br_assert(delivery->state < BR_DELIVERY_STATE_N);
	br_record_to_json(&br_delivery_shape, delivery, out);
	br_web_allowed(br_delivery_allowed(delivery->state), br_delivery_verb_words, out);
}

static int row_write(const struct br_web_view *view, struct br_str key, struct br_json_out *out)
{
	struct br_delivery delivery;
	int result = br_delivery_get(view->txn, key, view->arena, &delivery);

	br_assert(key.n > 0);
	if (result == 0)
		head_write(&delivery, out);
	return result;
}

BR_WEB_QUERY(delivery_list)
{
	(void)refusal;
	br_web_open_list(view, BR_NOUN_DELIVERY, args->numbers[0], row_write, out);
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
