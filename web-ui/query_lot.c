/* What can be asked about lots: what of a product runs out of date, and when. */
#include "node/lot.h"
#include "node/product.h"
#include "web-ui/query.h"

static bool lot_visit(void *context, const struct br_lot *lot)
{
	struct br_json_out *out = context;

	br_assert(lot->quantity > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "lot", lot->lot);
	br_json_out_time(out, "expiry", lot->expiry_ms);
	br_json_out_milli(out, "quantity", lot->quantity);
	br_json_out_time(out, "since", lot->since_ms);
	br_json_out_bool(out, "marked_down", lot->marked_down);
	br_json_out_end(out);
	return true;
}

/* What is believed to lie there by date, the first to expire first. */
BR_WEB_QUERY(product_lots)
{
	struct br_lot_visit visit = {lot_visit, out};

	br_assert(args->texts[0].n > 0);
	if (!br_product_exists(view->txn, args->texts[0]))
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
			"product \"%.*s\": not known", BR_STR_ARG(args->texts[0]));
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_lot_walk(view->txn, args->texts[0], &visit);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
