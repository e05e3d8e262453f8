/* What can be asked about rights: what the central system may promise, and what was asked back. */
#include "node/rights.h"
#include "node/stock.h"
#include "web-ui/query.h"

/* Products without an open recall are passed over quickly, but not without end. */
#define LOOKS_MAX 20000

struct listing {
	const struct br_web_view *view;
	struct br_json_out *out;
	unsigned left, looks;
	bool recalled;			/* only those with an open recall */
	char next[BR_ID_BYTES_MAX + 1]; /* the last product looked at */
	bool more;
};

static void row_write(struct listing *listing, struct br_str sku, const struct br_rights_row *row)
{
	struct br_stock stock = br_stock_get(listing->view->txn, sku);
	struct br_json_out *out = listing->out;

	br_assert(sku.n > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", sku);
	br_json_out_milli(out, "rights", stock.rights);
	br_json_out_milli(out, "demand", br_rights_demand(row, listing->view->now_ms));
	if (row->recalled > 0) {
		br_json_out_milli(out, "recalled", row->recalled);
		br_json_out_string(out, "recall", row->recall);
		br_json_out_time(out, "since", row->recalled_at);
		if (row->reason.n > 0)
			br_json_out_string(out, "reason", row->reason);
		if (row->associate.n > 0)
			br_json_out_string(out, "associate", row->associate);
	}
	br_json_out_end(out);
}

static bool rights_add(void *context, struct br_str sku, const struct br_rights_row *row)
{
	struct listing *listing = context;
	bool shown = !listing->recalled || row->recalled > 0;

	br_assert(listing->looks <= LOOKS_MAX);
	if (listing->looks == LOOKS_MAX || (shown && listing->left == 0)) {
		listing->more = true;
		return false;
	}
	listing->looks++;
	(void)!br_str_copy(sku, listing->next, sizeof(listing->next));
	if (shown) {
		listing->left--;
		row_write(listing, sku, row);
	}
	return br_text_error(listing->out->text) == 0;
}

BR_WEB_QUERY(rights_list)
{
	struct listing listing = {.view = view,
		.out = out,
		.left = (unsigned)args->numbers[2],
		.recalled = args->numbers[0] > 0};

	br_assert(args->numbers[2] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_rights_walk(view->txn, args->texts[1], rights_add, &listing);
	br_json_out_end(out);
	br_json_out_bool(out, "more", listing.more);
	if (listing.more)
		br_json_out_puts(out, "next", listing.next);
	br_json_out_end(out);
	return 0;
}
