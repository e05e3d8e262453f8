#include "esl/label_content.h"

#include <stdio.h>
#include <string.h>

#include "esl/format.h"
#include "node/price.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/time.h"

#define LINK_BYTES 160

/* The store's ways of writing together: see br_label_place_check(). */
#define WRITING_BYTES_MAX 32

/* SKU, name, brand, origin, GTIN, link, currency, unit, date and writing at their limits. */
_Static_assert(BR_LABEL_CONTENT_BYTES >= BR_ID_BYTES_MAX + 3 * BR_NAME_BYTES_MAX + BR_GTIN_DIGITS +
						 LINK_BYTES + BR_CURRENCY_BYTES +
						 BR_WORD_BYTES_MAX + BR_TIME_TEXT_BYTES +
						 WRITING_BYTES_MAX,
	"one product's texts must fit");

/* Copies a text into the content and sets the field. */
static void text_put(struct br_label_content *content, const char *name, struct br_str text)
{
	struct br_str copy = {content->bytes + content->used, text.n};

	if (text.n == 0)
		return;
	br_assert(text.n <= sizeof(content->bytes) - content->used);
	memcpy(content->bytes + content->used, text.s, text.n);
	if (br_fields_text(&content->fields, name, copy) == 0)
		content->used += text.n;
}

static void milli_put(struct br_label_content *content, const char *name, int64_t value)
{
	/* The fields of one product are fewer than the limit. */
	int result = br_fields_milli(&content->fields, name, value);

	br_assert(result == 0);
}

/* The store's ways of writing, by the names of their fields. */
#define WRITINGS 4
static const char *const writing_names[WRITINGS] = {
	"decimal_mark", "group_mark", "digit_zero", "date_form"};

/* What is given of one, else the empty text. */
static struct br_str writing_of(const struct br_label_place *place, unsigned i)
{
	const char *const texts[WRITINGS] = {
		place->decimal_mark, place->group_mark, place->digit_zero, place->date_form};

	br_assert(i < WRITINGS);
	return br_str_from(texts[i] != NULL ? texts[i] : "");
}

int br_label_place_check(const struct br_label_place *place, struct br_fault *fault)
{
	struct br_fields fields = {.n = 0};
	struct br_format format;

	br_assert(place->link_host != NULL);
	for (unsigned i = 0; i < WRITINGS; i++) {
		struct br_str text = writing_of(place, i);

		if (text.n > WRITING_BYTES_MAX / WRITINGS ||
			br_fields_text(&fields, writing_names[i], text) < 0)
			return br_fault_set(fault, BR_E_INVALID, "%s is too long or not UTF-8",
				writing_names[i]);
	}
	return br_format_read(&fields, &format, fault);
}

/*
 * The number of what lies on the shelf: the first one, but rather that of a piece than that of a
 * case (a GTIN-14 that begins with 1 to 9), which has no symbol that tills read.
 */
static bool gtin_choose(const struct br_product *product, struct br_gtin *ret_gtin)
{
	bool found = false;

	br_assert(product->sku.n > 0);
	for (uint32_t i = 0; i < product->gtins.n; i++) {
		struct br_gtin gtin;

		if (!br_gtin_parse(BR_LIST_AT(product->gtins, br_barcode, i)->gtin, &gtin) ||
			(found && gtin.digits[0] != '0'))
			continue;
		*ret_gtin = gtin;
		found = true;
		if (gtin.digits[0] == '0')
			return true;
	}
	return found;
}

static void gtin_put(struct br_label_content *content, const struct br_product *product,
	const struct br_label_place *place)
{
	struct br_gtin gtin;
	char link[LINK_BYTES];

	if (!gtin_choose(product, &gtin))
		return;
	text_put(content, "gtin", (struct br_str){gtin.digits, BR_GTIN_DIGITS});
	if (place->link_host[0] == '\0')
		return;
	/* GS1 Digital Link URI Syntax, clause 4: the key for a GTIN is 01 with 14 digits. */
	(void)snprintf(link, sizeof(link), "https://%.120s/01/%s", place->link_host, gtin.digits);
	text_put(content, "link", br_str_from(link));
}

/* The last day on which something that ends at `to_ms` still counts, by the store's own clock. */
static void last_day_put(struct br_label_content *content, const char *name, int64_t to_ms,
	const struct br_label_place *place)
{
	char date[BR_TIME_TEXT_BYTES];

	br_assert(to_ms > 0);
	br_time_format(to_ms - 1 + place->utc_offset_min * INT64_C(60000), date);
	text_put(content, name, (struct br_str){date, sizeof("2026-03-31") - 1});
}

static void price_put(struct br_label_content *content, const struct br_product *product,
	const struct br_price_quote *quote, const struct br_label_place *place)
{
	enum br_unit unit;
	int64_t unit_price;

	br_assert(quote->known || !quote->promotion);
	if (!quote->known)
		return;
	milli_put(content, "price", quote->amount);
	text_put(content, "currency", br_str_from(quote->currency));
	if (br_price_unit(product, quote->amount, &unit_price, &unit)) {
		milli_put(content, "unit_price", unit_price);
		text_put(content, "unit", br_str_from(br_unit_words[unit]));
	}
	if (!quote->promotion)
		return;
	content->state = BR_TEMPLATE_PROMOTION;
	if (quote->regular > 0)
		milli_put(content, "regular_price", quote->regular);
	if (quote->lowest_30d > 0)
		milli_put(content, "lowest_30d", quote->lowest_30d);
	if (quote->to_ms > 0)
		last_day_put(content, "promo_until", quote->to_ms, place);
}

int br_label_content_read(struct br_txn *txn, struct br_str sku, int64_t now_ms,
	const struct br_label_place *place, struct br_arena *arena,
	struct br_label_content *ret_content)
{
	struct br_label_content *content = ret_content;
	struct br_price_quote quote;
	struct br_product product;
	struct br_stock stock;
	int result;

	br_assert(sku.n > 0);
	content->fields.n = 0;
	content->used = 0;
	content->state = BR_TEMPLATE_REGULAR;
	for (unsigned i = 0; i < WRITINGS; i++)
		text_put(content, writing_names[i], writing_of(place, i));
	text_put(content, "sku", sku);
	result = br_product_get(txn, sku, arena, &product);
	if (result == BR_E_NOT_FOUND)
		content->state = BR_TEMPLATE_NOT_FOR_SALE;
	if (result < 0)
		return result;
	text_put(content, "name", product.name);
	text_put(content, "brand", product.brand);
	text_put(content, "origin", product.origin);
	gtin_put(content, &product, place);
	quote = br_price_at(txn, sku, now_ms, arena);
	price_put(content, &product, &quote, place);
	stock = br_stock_get(txn, sku);
	milli_put(content, "stock", br_stock_available(txn, sku, &stock, BR_CHANNEL_NONE));
	return br_txn_error(txn);
}

void br_label_content_moved(struct br_label_content *to, const struct br_label_content *from)
{
	br_assert(to->used == from->used && to->fields.n == from->fields.n);
	for (unsigned i = 0; i < to->fields.n; i++) {
		struct br_str *text = &to->fields.list[i].text;

		if (text->n > 0)
			text->s = to->bytes + (from->fields.list[i].text.s - from->bytes);
	}
}
