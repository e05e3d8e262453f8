#include "web-ui/query_line.h"

#include "node/open.h"
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

struct open_list {
	const struct br_web_view *view;
	int (*row)(const struct br_web_view *view, struct br_str key, struct br_json_out *out);
	struct br_json_out *out;
	int64_t left; /* rows that may still be written */
};

static bool open_visit(void *context, struct br_str key)
{
	struct open_list *list = context;

	br_assert(key.n > 0 && list->left > 0);
	br_arena_reset(list->view->arena);
	br_json_out_object(list->out, NULL);
	if (list->row(list->view, key, list->out) < 0) {
		(void)br_txn_fail(list->view->txn, BR_E_CORRUPT);
		return false;
	}
	br_json_out_end(list->out);
	return --list->left > 0;
}

void br_web_open_list(const struct br_web_view *view, enum br_noun noun, int64_t limit,
	int (*row)(const struct br_web_view *view, struct br_str key, struct br_json_out *out),
	struct br_json_out *out)
{
	struct open_list list = {view, row, out, limit};

	br_assert(limit >= 1);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_open_walk(view->txn, noun, open_visit, &list);
	br_json_out_end(out);
	br_json_out_bool(out, "more", list.left == 0);
	br_json_out_end(out);
}
