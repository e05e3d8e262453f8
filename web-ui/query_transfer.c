/* What can be asked about transfers: those that are not settled yet, and one of them. */
#include "node/transfer.h"
#include "web-ui/query_line.h"

static void head_write(const struct br_transfer *transfer, struct br_json_out *out)
{
	br_assert(transfer->state < BR_TRANSFER_STATE_N);
	br_record_to_json(&br_transfer_shape, transfer, out);
	br_web_allowed(br_transfer_allowed(transfer->state), br_transfer_verb_words, out);
}

static int row_write(const struct br_web_view *view, struct br_str key, struct br_json_out *out)
{
	struct br_transfer transfer;
	int result = br_transfer_get(view->txn, key, view->arena, &transfer);

	br_assert(key.n > 0);
	if (result == 0)
		head_write(&transfer, out);
	return result;
}

BR_WEB_QUERY(transfer_list)
{
	(void)refusal;
	br_web_open_list(view, BR_NOUN_TRANSFER, args->numbers[0], row_write, out);
	return 0;
}

static int line_write(const struct br_web_view *view, const struct br_transfer *transfer,
	uint64_t index, struct br_json_out *out)
{
	struct br_transfer_line line;
	int result = br_transfer_line_get(view->txn, transfer->transfer, index, view->arena, &line);

	if (result < 0)
		return result == BR_E_NOT_FOUND ? br_txn_fail(view->txn, BR_E_CORRUPT) : result;
	br_assert(line.sku.n > 0);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_transfer_line_shape, &line, out);
	br_web_line_product(view, line.sku, out);
	br_json_out_end(out);
	return 0;
}

BR_WEB_QUERY(transfer_get)
{
	struct br_str name = args->texts[0];
	struct br_transfer transfer;
	int result = br_transfer_get(view->txn, name, view->arena, &transfer);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_transfer",
			"transfer \"%.*s\": not known", BR_STR_ARG(name));
	if (result < 0)
		return result;
	br_json_out_object(out, NULL);
	head_write(&transfer, out);
	br_json_out_array(out, "lines");
	for (uint64_t i = 0; i < transfer.line_n && result == 0; i++)
		result = line_write(view, &transfer, i, out);
	br_json_out_end(out);
	br_json_out_end(out);
	return result;
}
