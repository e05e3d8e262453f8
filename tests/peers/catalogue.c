#include "tests/peers/catalogue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/json_out.h"
#include "tests/peers/csv.h"
#include "tests/peers/loop.h"

#define DAY_MS INT64_C(86400000)
#define BODY_BYTES_MAX 4096

void peer_catalogue_finish(struct peer_catalogue *catalogue)
{
	free(catalogue->items);
	*catalogue = (struct peer_catalogue){.n = 0};
}

static struct peer_product *item_add(struct peer_catalogue *catalogue)
{
	/* Doubling whenever the number reaches a power of two needs no second counter. */
	if ((catalogue->n & (catalogue->n - 1)) == 0) {
		size_t space = catalogue->n > 0 ? catalogue->n * 2 : 1;

		catalogue->items = realloc(catalogue->items, space * sizeof(*catalogue->items));
		br_assert(catalogue->items != NULL);
	}
	return &catalogue->items[catalogue->n++];
}

void peer_catalogue_generate(
	struct peer_catalogue *catalogue, uint64_t seed, size_t n, const char *currency)
{
	for (size_t i = 0; i < n; i++) {
		struct peer_product *product = item_add(catalogue);

		peer_product_make(seed, catalogue->n - 1, currency, product);
	}
}

/* Copies a column into a text of the product; false when it does not fit. */
static bool column(struct peer_csv *csv, const char *name, char *buffer, size_t size)
{
	return br_str_copy(peer_csv_field(csv, peer_csv_column(csv, name)), buffer, size);
}

static bool column_milli(struct peer_csv *csv, const char *name, int64_t *ret_milli)
{
	struct br_str text = peer_csv_field(csv, peer_csv_column(csv, name));

	return text.n == 0 || br_str_to_milli(text, ret_milli);
}

static int row_read(struct peer_csv *csv, const char *currency, struct peer_product *ret_product,
	struct br_fault *fault)
{
	struct peer_product product = {.content_milli = 0};
	struct br_str gtins = peer_csv_field(csv, peer_csv_column(csv, "gtins"));
	struct br_str gtin = br_str_split(&gtins, ' ');

	if (!column(csv, "sku", product.sku, sizeof(product.sku)) || product.sku[0] == '\0' ||
		!column(csv, "name", product.name, sizeof(product.name)) ||
		product.name[0] == '\0' ||
		!column(csv, "lang", product.lang, sizeof(product.lang)) ||
		!column(csv, "brand", product.brand, sizeof(product.brand)) ||
		!column(csv, "sold_by", product.sold_by, sizeof(product.sold_by)) ||
		!column(csv, "content_unit", product.content_unit, sizeof(product.content_unit)) ||
		!column(csv, "currency", product.currency, sizeof(product.currency)) ||
		!column(csv, "category", product.category, sizeof(product.category)) ||
		!column(csv, "origin", product.origin, sizeof(product.origin)))
		return br_fault_set(fault, BR_E_INVALID,
			"line %" PRIu64 ": sku or name is missing, or a text is too long",
			peer_csv_line(csv));
	if ((gtin.n > 0 && !peer_gtin_valid(gtin)) ||
		!br_str_copy(gtin, product.gtin, sizeof(product.gtin)) ||
		!column_milli(csv, "content", &product.content_milli) ||
		!column_milli(csv, "price", &product.price_milli))
		return br_fault_set(fault, BR_E_INVALID,
			"line %" PRIu64 ": the GTIN, the content or the price is not one",
			peer_csv_line(csv));
	if (product.sold_by[0] == '\0')
		(void)snprintf(product.sold_by, sizeof(product.sold_by), "piece");
	if (product.currency[0] == '\0')
		(void)snprintf(product.currency, sizeof(product.currency), "%.3s", currency);
	*ret_product = product;
	return 0;
}

int peer_catalogue_read(struct peer_catalogue *catalogue, const char *path, const char *currency,
	struct br_fault *fault)
{
	struct peer_csv *csv = NULL;
	struct peer_product product;
	int error = peer_csv_open(path, &csv, fault), got;

	if (error < 0)
		return error;
	while (error == 0 && (got = peer_csv_next(csv, fault)) != 0) {
		error = got < 0 ? got : row_read(csv, currency, &product, fault);
		if (error == 0 && catalogue->n == PEER_PRODUCTS_MAX)
			error = br_fault_set(
				fault, BR_E_TOO_LARGE, "over %d products", PEER_PRODUCTS_MAX);
		if (error == 0)
			*item_add(catalogue) = product;
	}
	peer_csv_close(csv);
	return error;
}

static void loaded(void *context, const struct peer_product *product)
{
	*item_add(context) = *product;
}

void peer_catalogue_load(struct peer_catalogue *catalogue, struct peer_hq_store *store)
{
	peer_hq_store_products(store, loaded, catalogue);
}

void peer_catalogue_save(const struct peer_catalogue *catalogue, struct peer_hq_store *store)
{
	for (size_t i = 0; i < catalogue->n; i++)
		peer_hq_store_product_put(store, &catalogue->items[i]);
}

struct peer_product *peer_catalogue_find(const struct peer_catalogue *catalogue, struct br_str sku)
{
	for (size_t i = 0; i < catalogue->n; i++)
		if (br_str_is(sku, catalogue->items[i].sku))
			return &catalogue->items[i];
	return NULL;
}

static void optional(struct br_json_out *out, const char *name, const char *value)
{
	if (value[0] != '\0')
		br_json_out_puts(out, name, value);
}

static void product_body(struct br_text *text, const struct peer_product *product)
{
	struct br_json_out out;

	br_text_clear(text);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "sku", product->sku);
	br_json_out_puts(&out, "name", product->name);
	optional(&out, "lang", product->lang);
	optional(&out, "brand", product->brand);
	br_json_out_array(&out, "gtins");
	if (product->gtin[0] != '\0')
		br_json_out_puts(&out, NULL, product->gtin);
	br_json_out_end(&out);
	br_json_out_puts(&out, "sold_by", product->sold_by);
	if (product->content_milli > 0) {
		br_json_out_milli(&out, "content", product->content_milli);
		br_json_out_puts(&out, "content_unit", product->content_unit);
	}
	optional(&out, "origin", product->origin);
	optional(&out, "category", product->category);
	br_json_out_end(&out);
	br_assert(br_text_error(text) == 0);
}

void peer_catalogue_tell(
	const struct peer_catalogue *catalogue, struct peer_hq *hq, const char *shop)
{
	struct br_text body;
	int64_t now_ms = peer_wall_ms(), today_ms = now_ms - now_ms % DAY_MS;

	br_text_init(&body, BODY_BYTES_MAX);
	for (size_t i = 0; i < catalogue->n; i++) {
		const struct peer_product *product = &catalogue->items[i];

		product_body(&body, product);
		(void)peer_hq_command(
			hq, shop, PEER_DOWN_CATALOG, NULL, "product.upsert", br_text_str(&body));
		if (product->price_milli > 0)
			(void)peer_catalogue_tell_price(hq, shop, product->sku, "regular",
				product->price_milli, product->currency, today_ms, 0);
	}
	br_text_finish(&body);
}

uint64_t peer_catalogue_tell_price(struct peer_hq *hq, const char *shop, const char *sku,
	const char *kind, int64_t amount_milli, const char *currency, int64_t from_ms,
	int64_t to_ms)
{
	struct br_json_out out;
	struct br_text body;
	uint64_t hq_seq;

	br_text_init(&body, BODY_BYTES_MAX);
	br_json_out_begin(&out, &body);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "sku", sku);
	br_json_out_puts(&out, "kind", kind);
	br_json_out_milli(&out, "amount", amount_milli);
	br_json_out_puts(&out, "currency", currency);
	br_json_out_time(&out, "from", from_ms > 0 ? from_ms : peer_wall_ms());
	if (to_ms > 0)
		br_json_out_time(&out, "to", to_ms);
	br_json_out_end(&out);
	br_assert(br_text_error(&body) == 0);
	hq_seq =
		peer_hq_command(hq, shop, PEER_DOWN_CATALOG, NULL, "price.set", br_text_str(&body));
	br_text_finish(&body);
	return hq_seq;
}
