#include "node/scan.h"

#include <string.h>

#include "node/gs1_identifier.h"
#include "node/product.h"
#include "node/time.h"

const char *const br_scan_form_words[] = {"gtin", "rule", "elements", "link", NULL};

/* Expands the eight digits of a UPC-E to UPC-A (General Specifications, section 5.2.2.4.2). */
static bool upc_e_expand(struct br_str code, char ret_digits[12])
{
	const char *d = code.s;
	char last;

	br_assert(code.n == 8);
	if (d[0] != '0' && d[0] != '1')
		return false;
	for (size_t i = 0; i < 8; i++)
		if (d[i] < '0' || d[i] > '9')
			return false;
	memset(ret_digits, '0', 12);
	last = d[6];
	ret_digits[0] = d[0];
	memcpy(ret_digits + 1, d + 1, 2);
	if (last <= '2') {
		ret_digits[3] = last;
		memcpy(ret_digits + 8, d + 3, 3);
	} else if (last == '3') {
		ret_digits[3] = d[3];
		memcpy(ret_digits + 9, d + 4, 2);
	} else if (last == '4') {
		memcpy(ret_digits + 3, d + 3, 2);
		ret_digits[10] = d[5];
	} else {
		memcpy(ret_digits + 3, d + 3, 3);
		ret_digits[10] = last;
	}
	ret_digits[11] = d[7];
	return true;
}

static const char *const element_symbologies[] = {"]C1", "]e0", "]d2", "]Q3", "]J1"};

static bool symbology_of_elements(struct br_str code)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(element_symbologies); i++)
		if (br_str_starts(code, element_symbologies[i]))
			return true;
	return false;
}

static struct br_str behind(struct br_str code, size_t n)
{
	br_assert(n <= code.n);
	return (struct br_str){code.s + n, code.n - n};
}

/* A GTIN on its own, or as GS1's ]E0 and ]E4 have it; `upc_e` when eight digits are a UPC-E. */
static int gtin_read(struct br_str code, bool upc_e, struct br_gtin *ret_gtin)
{
	char digits[12];

	if (upc_e && code.n == 8 && upc_e_expand(code, digits) &&
		br_gtin_parse((struct br_str){digits, sizeof(digits)}, ret_gtin))
		return 0;
	return br_gtin_parse(code, ret_gtin) ? 0 : BR_E_INVALID;
}

/* The last day of a month for day 00 (General Specifications, section 7.12). */
static int64_t date_ms(struct br_str digits)
{
	char text[] = "2000-00-00T00:00:00Z";
	int64_t at_ms = 0;

	br_assert(digits.n == 6 && br_gs1_date_valid(digits));
	/* Goods with a date are of this century; 80 to 99 can only be leftovers of the last. */
	if (digits.s[0] >= '8')
		memcpy(text, "19", 2);
	memcpy(text + 2, digits.s, 2);
	memcpy(text + 5, digits.s + 2, 2);
	memcpy(text + 8, digits.s + 4, 2);
	if (text[8] != '0' || text[9] != '0')
		return br_time_parse(br_str_from(text), &at_ms) ? at_ms : 0;
	for (int day = 31; day >= 28 && at_ms == 0; day--) {
		text[8] = (char)('0' + day / 10);
		text[9] = (char)('0' + day % 10);
		if (!br_time_parse(br_str_from(text), &at_ms))
			at_ms = 0;
	}
	return at_ms;
}

static int64_t expiry_of(const struct br_gs1 *gs1)
{
	static const char *const dates[] = {"17", "15", "16"};

	for (size_t i = 0; i < BR_ARRAY_LEN(dates); i++) {
		struct br_str digits = br_gs1_value(gs1, dates[i]);

		if (digits.n == 6)
			return date_ms(digits);
	}
	return 0;
}

/* Digits with so many decimals as 1/1000; what is finer is cut off. */
static int64_t digits_milli(struct br_str digits, int decimals)
{
	int64_t value = 0;

	br_assert(digits.n <= 15 && decimals >= 0 && decimals <= 9);
	for (size_t i = 0; i < digits.n; i++)
		value = value * 10 + digits.s[i] - '0';
	for (; decimals < 3; decimals++)
		value *= 10;
	for (; decimals > 3; decimals--)
		value /= 10;
	return value;
}

/* What one element says about quantity and price (section 3.6). */
static void measure_read(const struct br_gs1_element *element, struct br_scan_result *result)
{
	struct br_str ai = element->ai, value = element->value;
	int decimals = ai.n == 4 ? ai.s[3] - '0' : 0;

	br_assert(ai.n >= 2);
	if (br_str_is(ai, "30") || br_str_is(ai, "37"))
		result->quantity = digits_milli(value, 0);
	else if (ai.n == 4 &&
		 (br_str_starts(ai, "310") || br_str_starts(ai, "311") || br_str_starts(ai, "315")))
		result->quantity = digits_milli(value, decimals);
	else if (ai.n == 4 && br_str_starts(ai, "392"))
		result->price = digits_milli(value, decimals);
	if (ai.n == 4 && br_str_starts(ai, "393") && value.n > 3) {
		memcpy(result->currency, value.s, 3);
		result->price = digits_milli(behind(value, 3), decimals);
	}
	if (result->quantity < 0 || result->quantity > BR_QUANTITY_MAX)
		result->quantity = 0;
	if (result->price > BR_AMOUNT_MAX)
		result->price = -1;
}

/* The trade item of the elements; AI 02 is what a box holds. */
static int elements_read(
	const struct br_gs1 *gs1, struct br_gtin *ret_gtin, struct br_scan_result *result)
{
	struct br_str digits = br_gs1_value(gs1, "01");

	br_assert(gs1->n <= BR_GS1_ELEMENTS_MAX);
	if (digits.n == 0)
		digits = br_gs1_value(gs1, "02");
	if (digits.n == 0 || !br_gtin_parse(digits, ret_gtin))
		return BR_E_INVALID;
	result->lot = br_gs1_value(gs1, "10");
	result->serial = br_gs1_value(gs1, "21");
	result->expiry_ms = expiry_of(gs1);
	for (unsigned i = 0; i < gs1->n; i++)
		measure_read(&gs1->elements[i], result);
	return 0;
}

/*
 * A printer's mistake behind the GTIN must not keep a product from being sold: then the code says
 * which product it is, and nothing else.
 */
static int trade_item_read(struct br_str code, struct br_gtin *ret_gtin)
{
	br_assert(code.n <= BR_GS1_BYTES_MAX);
	if (!br_str_starts(code, "01") || code.n < 2 + BR_GTIN_DIGITS)
		return BR_E_INVALID;
	return br_gtin_parse((struct br_str){code.s + 2, BR_GTIN_DIGITS}, ret_gtin) ? 0
										    : BR_E_INVALID;
}

static bool link_is(struct br_str code)
{
	return br_str_starts(code, "http://") || br_str_starts(code, "https://") ||
	       br_str_starts(code, "HTTP://") || br_str_starts(code, "HTTPS://");
}

/* Reads whichever spelling the code has: the GTIN, and what else it says. */
static int code_read(struct br_str code, struct br_arena *arena, struct br_gtin *ret_gtin,
	struct br_scan_result *result)
{
	bool elements = symbology_of_elements(code), upc_e = br_str_starts(code, "]E0");
	struct br_gs1 gs1;
	int outcome;

	if (code.n >= 3 && code.s[0] == ']')
		code = behind(code, 3);
	/* The second part of a composite symbol says nothing that a till needs. */
	if (upc_e && code.n > 0 && memchr(code.s, '|', code.n) != NULL)
		code = br_str_split(&code, '|');
	if (code.n > 0 && code.s[0] == BR_GS1_SEPARATOR) {
		code = behind(code, 1);
		elements = true;
	}
	if (!elements && gtin_read(code, upc_e, ret_gtin) == 0)
		return 0;
	result->form = link_is(code) ? BR_SCAN_LINK : BR_SCAN_ELEMENTS;
	if (link_is(code))
		outcome = br_gs1_link(code, arena, &gs1);
	else if (!elements && code.n > 0 && code.s[0] == '(')
		outcome = br_gs1_bracketed(code, arena, &gs1);
	else
		outcome = br_gs1_element_string(code, &gs1);
	br_assert(result->form != BR_SCAN_GTIN);
	if (outcome == 0)
		return elements_read(&gs1, ret_gtin, result);
	return outcome == BR_E_INVALID && elements ? trade_item_read(code, ret_gtin) : outcome;
}

/* The store's own number by its rule. */
static int rule_resolve(struct br_txn *txn, const struct br_gtin *gtin, struct br_arena *arena,
	struct br_scan_result *result)
{
	struct br_barcode_parts parts;
	struct br_str sku;
	int outcome = br_barcode_rule_read(txn, gtin, arena, &parts);
	char *copy;

	if (outcome < 0)
		return outcome;
	br_assert(parts.item[0] != '\0');
	if (result->form == BR_SCAN_GTIN)
		result->form = BR_SCAN_RULE;
	if (parts.quantity > 0)
		result->quantity = parts.quantity;
	if (parts.price >= 0)
		result->price = parts.price;
	if (parts.sku[0] == '\0') {
		outcome = br_product_by_barcode(txn, br_str_from(parts.base), &result->sku);
		br_assert(outcome != BR_E_INVALID);
		return outcome;
	}
	sku = br_str_from(parts.sku);
	if (sku.n > BR_ID_BYTES_MAX || !br_product_exists(txn, sku))
		return BR_E_NOT_FOUND;
	copy = br_arena_take(arena, sku.n);
	if (copy == NULL)
		return BR_E_MEMORY;
	memcpy(copy, sku.s, sku.n);
	result->sku = (struct br_str){copy, sku.n};
	return 0;
}

int br_scan_resolve(struct br_txn *txn, struct br_str code, struct br_arena *arena,
	struct br_scan_result *ret_result)
{
	struct br_scan_result result = {.form = BR_SCAN_GTIN, .price = -1};
	struct br_gtin gtin;
	int outcome;

	br_assert(txn != NULL && arena != NULL);
	if (code.n == 0 || code.n > BR_GS1_BYTES_MAX)
		return BR_E_INVALID;
	outcome = code_read(code, arena, &gtin, &result);
	if (outcome < 0)
		return outcome;
	memcpy(result.gtin, gtin.digits, sizeof(result.gtin));
	outcome = br_product_by_barcode(txn, br_str_from(gtin.digits), &result.sku);
	if (outcome == BR_E_NOT_FOUND && gtin.restricted)
		outcome = rule_resolve(txn, &gtin, arena, &result);
	if (outcome < 0 && outcome != BR_E_NOT_FOUND)
		return outcome;
	*ret_result = result;
	return outcome;
}
