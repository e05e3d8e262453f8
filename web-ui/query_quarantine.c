/* What can be asked about the quarantine: the events that the central system refuses. */
#include "node/quarantine.h"
#include "web-ui/query.h"

struct listing {
	struct br_json_out *out;
	uint64_t left;
	bool more;
};

static bool event_add(void *context, const struct br_quarantine_row *row)
{
	struct listing *listing = context;

	br_assert(row->last.event > 0);
	listing->more = listing->left == 0;
	if (listing->more)
		return false;
	listing->left--;
	br_json_out_object(listing->out, NULL);
	br_record_to_json(&br_quarantine_row_shape, row, listing->out);
	br_json_out_end(listing->out);
	return br_text_error(listing->out->text) == 0;
}

BR_WEB_QUERY(quarantine_list)
{
	struct listing listing = {.out = out, .left = (uint64_t)args->numbers[1]};

	br_assert(args->numbers[0] >= 0 && args->numbers[1] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_quarantine_walk(view->txn, (uint64_t)args->numbers[0], view->arena, event_add, &listing);
	br_json_out_end(out);
	br_json_out_bool(out, "more", listing.more);
	br_json_out_u64(out, "count", br_quarantine_count(view->txn));
	br_json_out_end(out);
	return 0;
}
