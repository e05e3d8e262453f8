#include "esl/fields.h"

/* The field's place, a new one at the end, or NULL when the list is full. */
static struct br_label_field *place_find(struct br_fields *fields, const char *name)
{
	br_assert(fields->n <= BR_FIELDS_MAX);
	for (unsigned i = 0; i < fields->n; i++)
		if (br_str_is(br_str_from(fields->list[i].name), name))
			return &fields->list[i];
	if (fields->n == BR_FIELDS_MAX)
		return NULL;
	return &fields->list[fields->n++];
}

int br_fields_text(struct br_fields *fields, const char *name, struct br_str text)
{
	struct br_label_field *field;

	br_assert(name != NULL);
	if (text.n > BR_FIELD_BYTES_MAX)
		return BR_E_TOO_LARGE;
	if (!br_utf8_valid(text.s, text.n))
		return BR_E_INVALID;
	field = place_find(fields, name);
	if (field == NULL)
		return BR_E_TOO_LARGE;
	*field = (struct br_label_field){.name = name, .text = text};
	return 0;
}

int br_fields_milli(struct br_fields *fields, const char *name, int64_t milli)
{
	struct br_label_field *field;

	br_assert(name != NULL);
	field = place_find(fields, name);
	if (field == NULL)
		return BR_E_TOO_LARGE;
	*field = (struct br_label_field){.name = name, .number = true, .milli = milli};
	return 0;
}

const struct br_label_field *br_fields_find(const struct br_fields *fields, struct br_str name)
{
	br_assert(fields->n <= BR_FIELDS_MAX);
	for (unsigned i = 0; i < fields->n; i++) {
		const struct br_label_field *field = &fields->list[i];

		if (br_str_is(name, field->name))
			return field->number || field->text.n > 0 ? field : NULL;
	}
	return NULL;
}

struct br_str br_fields_text_of(const struct br_fields *fields, const char *name)
{
	const struct br_label_field *field = br_fields_find(fields, br_str_from(name));

	if (field == NULL || field->number)
		return (struct br_str){NULL, 0};
	br_assert(field->text.n > 0);
	return field->text;
}

static bool name_well_formed(struct br_str name)
{
	if (name.n == 0 || name.n > BR_FIELD_NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];

		if (!(c >= 'a' && c <= 'z') && !(i > 0 && ((c >= '0' && c <= '9') || c == '_')))
			return false;
	}
	return true;
}

bool br_fields_money(struct br_str name)
{
	static const char *const amounts[] = {
		"price", "regular_price", "unit_price", "lowest_30d", "deposit"};

	br_assert(name.n == 0 || name.s != NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(amounts); i++)
		if (br_str_is(name, amounts[i]))
			return true;
	return false;
}

bool br_fields_known(struct br_str name)
{
	static const char *const known[] = {"name", "brand", "sku", "gtin", "price", "currency",
		"unit_price", "unit", "regular_price", "lowest_30d", "promo_from", "promo_until",
		"origin", "stock", "link", "deposit", "size", "allergens", "aisle", "rating",
		"rating_count", "decimal_mark", "group_mark", "digit_zero", "currency_place",
		"date_form"};

	if (!name_well_formed(name))
		return false;
	br_assert(name.n > 0 && name.n <= BR_FIELD_NAME_BYTES_MAX);
	for (size_t i = 0; i < BR_ARRAY_LEN(known); i++)
		if (br_str_is(name, known[i]))
			return true;
	return br_str_starts(name, "x_") || br_str_starts(name, "word_");
}
