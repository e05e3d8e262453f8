/* What can be asked about the orders of a product. */
#include "web-ui/query.h"

#include "node/product.h"
#include "node/reservation.h"

/* The least promised first: those that a sale of the last pieces would hit. */
BR_WEB_QUERY(product_reservations)
{
	struct br_reservation *reservations = NULL;
	unsigned n = 0;
	int result;

	if (!br_product_exists(view->txn, args->texts[0]))
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
			"product \"%.*s\": not in the catalogue", BR_STR_ARG(args->texts[0]));
	result = br_reservation_list(view->txn, args->texts[0], view->arena, &reservations, &n);
	if (result < 0)
		return result;
	br_assert(n <= BR_RESERVATIONS_MAX);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	for (unsigned i = 0; i < n; i++) {
		const struct br_reservation *reservation = &reservations[i];

		br_json_out_object(out, NULL);
		br_json_out_string(out, "order", reservation->order);
		br_json_out_milli(out, "quantity", reservation->quantity);
		br_json_out_puts(out, "state", br_order_state_words[reservation->state]);
		if (reservation->priority > 0)
			br_json_out_u64(out, "priority", reservation->priority);
		if (reservation->ready_by > 0)
			br_json_out_time(out, "ready_by", reservation->ready_by);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
