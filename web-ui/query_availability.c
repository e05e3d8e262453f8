/* What may still be promised of a product, channel by channel: each keeps its own buffer back. */
#include "node/product.h"
#include "node/stock.h"
#include "web-ui/query.h"

BR_WEB_QUERY(product_availability)
{
	struct br_str sku = args->texts[0];
	struct br_stock stock;

	br_assert(sku.n > 0);
	if (!br_product_exists(view->txn, sku))
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
			"product \"%.*s\": not known", BR_STR_ARG(sku));
	stock = br_stock_get(view->txn, sku);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	for (unsigned channel = 0; channel < BR_CHANNEL_N; channel++) {
		int64_t available = br_stock_available(view->txn, sku, &stock, channel);

		br_json_out_object(out, NULL);
		br_json_out_puts(out, "channel", br_channel_words[channel]);
		br_json_out_milli(out, "available", available > 0 ? available : 0);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
