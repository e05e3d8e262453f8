/* The rows of deliveries, transfers, counts and pick lists, without their lines: those are asked
 * for. */
#include "web-ui/rows.h"

#include "node/count.h"
#include "node/delivery.h"
#include "node/history.h"
#include "node/pick_list.h"
#include "node/transfer.h"
#include "web-ui/query_line.h"

/* What is not there any more, or never was; other errors go up. */
static int row_missing(int result, struct br_str key, struct br_json_out *out, const char *name)
{
	br_assert(result < 0);
	if (result != BR_E_NOT_FOUND)
		return result;
	br_web_row_removed(key, 0, out, name);
	return 1;
}

/* The members of the stored row, its sequence among them, and what may be asked of it now. */
static int row_write(struct br_str key, const struct br_shape *shape, const void *record,
	unsigned allowed, const char *const *verbs, struct br_json_out *out, const char *name)
{
	br_assert(key.n > 0 && record != NULL);
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_record_to_json(shape, record, out);
	br_web_allowed(allowed, verbs, out);
	br_json_out_end(out);
	return 0;
}

int br_web_row_delivery(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_delivery delivery;
	int result = br_delivery_get(view->txn, key, view->arena, &delivery);

	if (result < 0)
		return row_missing(result, key, out, name);
	br_assert(delivery.state < BR_DELIVERY_STATE_N);
	return row_write(key, &br_delivery_shape, &delivery, br_delivery_allowed(delivery.state),
		br_delivery_verb_words, out, name);
}

int br_web_row_transfer(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_transfer transfer;
	int result = br_transfer_get(view->txn, key, view->arena, &transfer);

	if (result < 0)
		return row_missing(result, key, out, name);
	br_assert(transfer.state < BR_TRANSFER_STATE_N);
	return row_write(key, &br_transfer_shape, &transfer, br_transfer_allowed(transfer.state),
		br_transfer_verb_words, out, name);
}

/* Nothing in it tells what was expected: the variances are counted when the count is closed. */
int br_web_row_count(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_count count;
	int result = br_count_get(view->txn, key, view->arena, &count);

	if (result < 0)
		return row_missing(result, key, out, name);
	br_assert(count.state < BR_COUNT_STATE_N);
	return row_write(key, &br_count_shape, &count, br_count_allowed(count.state),
		br_count_verb_words, out, name);
}

int br_web_row_pick_list(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_pick_list list;
	int result = br_pick_list_get(view->txn, key, view->arena, &list);

	if (result < 0)
		return row_missing(result, key, out, name);
	br_assert(list.order_n > 0);
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(
		out, "sequence", br_history_newest(view->txn, BR_NOUN_PICK_LIST, list.list));
	br_record_to_json(&br_pick_list_shape, &list, out);
	br_json_out_end(out);
	return 0;
}
