/*
 * Fields: the named values of one product that a label template may show.
 *
 * The delivery fills them from the store's views and hands them to the drawing. Names and texts are
 * borrowed and must live until the drawing has returned. An empty text counts as absent.
 *
 * The known names, so that a template's slip of the pen is found when it is read:
 *
 * - texts: name, brand, sku, gtin (14 digits), currency (ISO 4217), unit, origin, size, allergens,
 *   link, aisle, and the dates promo_from and promo_until ("2026-03-31", a time may follow);
 * - numbers: price, regular_price, lowest_30d, unit_price, deposit (in 1/1000 of the major unit),
 *   stock, rating (of 5), rating_count;
 * - the store's way of writing (format.h): decimal_mark, group_mark, digit_zero, currency_place,
 *   date_form;
 * - x_… for any value of the store's own, word_… for a fixed word in the store's language.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"

#define BR_FIELDS_MAX 64
#define BR_FIELD_BYTES_MAX 1024
#define BR_FIELD_NAME_BYTES_MAX 32

struct br_label_field {
	const char *name;
	bool number;
	struct br_str text; /* of a text */
	int64_t milli;	    /* of a number, times 1000 */
};

/* Starts empty as all zero. */
struct br_fields {
	unsigned n;
	struct br_label_field list[BR_FIELDS_MAX];
};

/*
 * Puts a value; one of the same name is replaced. Returns 0, BR_E_TOO_LARGE past BR_FIELDS_MAX or
 * BR_FIELD_BYTES_MAX, or BR_E_INVALID for a text that is not UTF-8.
 */
BR_MUST_CHECK int br_fields_text(struct br_fields *fields, const char *name, struct br_str text);
BR_MUST_CHECK int br_fields_milli(struct br_fields *fields, const char *name, int64_t milli);

/* The field, or NULL when absent or an empty text. */
const struct br_label_field *br_fields_find(const struct br_fields *fields, struct br_str name);

/* The text of a text field, or the empty slice. */
struct br_str br_fields_text_of(const struct br_fields *fields, const char *name);

/* True for a known field that is an amount of money. */
bool br_fields_money(struct br_str name);

/* True when templates may name it: one of the list above, or an own x_… or word_… name. */
bool br_fields_known(struct br_str name);
