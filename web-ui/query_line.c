#include "web-ui/query_line.h"

#include "node/product.h"

void br_web_line_product(const struct br_web_view *view, struct br_str sku, struct br_json_out *out)
{
	struct br_product product;

	br_assert(sku.n > 0);
	/* A product that left the catalogue is still known by its SKU. */
	if (br_product_get(view->txn, sku, view->arena, &product) < 0)
		return;
	br_json_out_string(out, "name", product.name);
	br_json_out_puts(out, "sold_by", br_sold_by_words[product.sold_by]);
}

void br_web_allowed(unsigned allowed, const char *const *words, struct br_json_out *out)
{
	br_assert(words[0] != NULL);
	br_json_out_array(out, "allowed");
	for (unsigned i = 0; words[i] != NULL; i++)
		if ((allowed >> i & 1) != 0)
			br_json_out_puts(out, NULL, words[i]);
	br_json_out_end(out);
}
