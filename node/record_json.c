/* The JSON side of shapes: reading with refusals, writing, and the schema. */
#include "node/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/gs1.h"
#include "node/rules.h"
#include "node/time.h"

#define INTEGER_MAX INT64_C(9007199254740992)

/* The separator of GS1 codes is the one control character that means something, in a scan. */
static bool controls_free(struct br_str text, bool scan)
{
	for (size_t i = 0; i < text.n; i++)
		if (((unsigned char)text.s[i] < 0x20 || text.s[i] == 0x7F) &&
			!(scan && text.s[i] == BR_GS1_SEPARATOR))
			return false;
	return true;
}

static int kind_refuse(const struct br_json *json, const char *wanted, struct br_fault *fault)
{
	br_assert(wanted[0] != '\0');
	return br_fault_set(fault, BR_E_INVALID, "is %s, allowed is %s",
		br_json_kind_text(br_json_kind(json)), wanted);
}

static int u64_from_json(const struct br_field *field, const struct br_json *json, void *value,
	struct br_fault *fault)
{
	int64_t max = field->max > 0 ? field->max : INTEGER_MAX;
	int64_t number;

	br_assert(field->min >= 0 && field->min <= max);
	if (!br_json_i64(json, &number))
		return kind_refuse(json, "a whole number", fault);
	if (number < field->min || number > max)
		return br_fault_set(fault, BR_E_INVALID,
			"%" PRId64 " is out of range, allowed is %" PRId64 " to %" PRId64, number,
			field->min, max);
	*(uint64_t *)value = (uint64_t)number;
	return 0;
}

static int milli_from_json(const struct br_field *field, const struct br_json *json, void *value,
	struct br_fault *fault)
{
	int64_t number;

	br_assert(field->min <= field->max);
	if (!br_json_milli(json, &number))
		return kind_refuse(json, "a decimal number with at most 3 places", fault);
	if (number < field->min || number > field->max)
		return br_fault_set(fault, BR_E_INVALID,
			"%.15g is out of range, allowed is %.15g to %.15g", (double)number / 1000,
			(double)field->min / 1000, (double)field->max / 1000);
	*(int64_t *)value = number;
	return 0;
}

#define DAY_MS INT64_C(86400000)

/* Any instant of a day is that day: two labels with one date printed on them are of one lot. */
static int day_from_json(const struct br_json *json, void *value, struct br_fault *fault)
{
	struct br_str text;
	int64_t at_ms;

	if (br_json_kind(json) == BR_JSON_NULL)
		return 0;
	if (!br_json_string(json, &text) ||
		(!br_time_day_parse(text, &at_ms) && !br_time_parse(text, &at_ms)))
		return br_fault_set(fault, BR_E_INVALID,
			"allowed is a day such as \"2026-03-01\" or a time in it (RFC 3339)");
	*(int64_t *)value = at_ms - at_ms % DAY_MS;
	br_assert(*(int64_t *)value >= 0);
	return 0;
}

static int time_from_json(const struct br_json *json, void *value, struct br_fault *fault)
{
	struct br_str text;

	if (br_json_kind(json) == BR_JSON_NULL)
		return 0;
	if (!br_json_string(json, &text) || !br_time_parse(text, value))
		return br_fault_set(fault, BR_E_INVALID,
			"allowed is a time such as \"2026-03-01T10:15:00Z\" (RFC 3339)");
	return 0;
}

static int word_from_json(const struct br_field *field, const struct br_json *json, void *value,
	struct br_fault *fault)
{
	char allowed[160] = "";
	struct br_str text;

	br_assert(field->words[0] != NULL);
	if (!br_json_string(json, &text))
		return kind_refuse(json, "a text", fault);
	for (uint8_t i = 0; field->words[i] != NULL; i++) {
		size_t n = strlen(allowed);

		/* The word that stands for "not given" cannot be given. */
		if (field->words[i][0] == '\0')
			continue;
		if (br_str_is(text, field->words[i])) {
			*(uint8_t *)value = i;
			return 0;
		}
		if (n + strlen(field->words[i]) + 3 < sizeof(allowed)) {
			strcat(allowed, n > 0 ? ", " : "");
			strcat(allowed, field->words[i]);
		}
	}
	return br_fault_set(fault, BR_E_INVALID, "\"%.*s\" is unknown, allowed is one of: %s",
		(int)(text.n < 40 ? text.n : 40), text.s, allowed);
}

static int text_from_json(const struct br_field *field, const struct br_json *json, void *value,
	struct br_fault *fault)
{
	struct br_str text;

	br_assert(field->min >= 0 && field->min <= field->max);
	if (br_json_kind(json) == BR_JSON_NULL && !field->required)
		return 0;
	if (!br_json_string(json, &text))
		return kind_refuse(json, "a text", fault);
	if (text.n < (size_t)field->min || text.n > (size_t)field->max)
		return br_fault_set(fault, BR_E_INVALID,
			"has %zu bytes, allowed is %" PRId64 " to %" PRId64, text.n, field->min,
			field->max);
	if (!controls_free(text, field->rule == &br_rule_scan))
		return br_fault_set(fault, BR_E_INVALID, "control characters are not allowed");
	if (field->rule != NULL && text.n > 0 && !field->rule->check(text)) {
		/* The number of a card must not travel on in the refusal. */
		if (!br_rule_no_card.check(text))
			return br_fault_set(
				fault, BR_E_INVALID, "allowed is %s", field->rule->allowed);
		return br_fault_set(fault, BR_E_INVALID, "\"%.*s\" is not valid, allowed is %s",
			BR_STR_ARG(text), field->rule->allowed);
	}
	*(struct br_str *)value = text;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int bytes_from_json(const struct br_field *field, const struct br_json *json, void *value,
	struct br_fault *fault)
{
	unsigned char bytes[64];
	struct br_str text;

	br_assert(field->max > 0 && (size_t)field->max <= sizeof(bytes));
	if (br_json_kind(json) == BR_JSON_NULL)
		return 0;
	if (!br_json_string(json, &text))
		return kind_refuse(json, "a text", fault);
	if (text.n != 2 * (size_t)field->max)
		return br_fault_set(fault, BR_E_INVALID,
			"has %zu digits, allowed is %" PRId64 " hexadecimal digits", text.n,
			2 * field->max);
	for (size_t i = 0; i < text.n; i++) {
		int digit = hex_digit(text.s[i]);

		if (digit < 0)
			return br_fault_set(
				fault, BR_E_INVALID, "allowed are hexadecimal digits only");
		bytes[i / 2] = (unsigned char)(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
	}
	memcpy(value, bytes, (size_t)field->max);
	return 0;
}

static int field_from_json(const struct br_field *field, const struct br_json *json,
	struct br_arena *arena, void *record, struct br_fault *fault);

/* A list whose items have a single field is a list of plain values: ["a", "b"]. */
static int item_from_json(const struct br_shape *item, const struct br_json *json,
	struct br_arena *arena, void *record, struct br_fault *fault)
{
	br_assert(item->field_n > 0);
	if (item->field_n == 1 && br_json_kind(json) != BR_JSON_OBJECT)
		return field_from_json(&item->fields[0], json, arena, record, fault);
	return br_record_from_json(item, json, arena, record, fault);
}

static int list_from_json(const struct br_field *field, const struct br_json *json,
	struct br_arena *arena, struct br_list *ret_list, struct br_fault *fault)
{
	size_t n = br_json_count(json);
	uint32_t i = 0;

	br_assert(field->item != NULL && field->min >= 0 && field->min <= field->max);
	if (br_json_kind(json) == BR_JSON_NULL && !field->required)
		return 0;
	if (br_json_kind(json) != BR_JSON_ARRAY)
		return kind_refuse(json, "a list", fault);
	if (n < (size_t)field->min || n > (size_t)field->max)
		return br_fault_set(fault, BR_E_INVALID,
			"has %zu items, allowed is %" PRId64 " to %" PRId64, n, field->min,
			field->max);
	if (n == 0)
		return 0;
	ret_list->items = br_arena_take(arena, n * field->item->size);
	if (ret_list->items == NULL)
		return br_fault_set(
			fault, BR_E_TOO_LARGE, "needs more memory than one command may");
	ret_list->n = (uint32_t)n;
	BR_JSON_EACH (child, json) {
		int result = item_from_json(field->item, child, arena,
			(unsigned char *)ret_list->items + i * field->item->size, fault);

		if (result < 0) {
			char prefix[48];

			(void)snprintf(prefix, sizeof(prefix), "item %u", i);
			br_fault_prefix(fault, prefix);
			return result;
		}
		i++;
	}
	return 0;
}

static int field_from_json(const struct br_field *field, const struct br_json *json,
	struct br_arena *arena, void *record, struct br_fault *fault)
{
	void *value = (unsigned char *)record + field->offset;

	br_assert(field->name != NULL);
	switch (field->kind) {
	case BR_FIELD_U64:
		return u64_from_json(field, json, value, fault);
	case BR_FIELD_MILLI:
		return milli_from_json(field, json, value, fault);
	case BR_FIELD_TIME:
		return field->day ? day_from_json(json, value, fault)
				  : time_from_json(json, value, fault);
	case BR_FIELD_BOOL:
		return br_json_bool(json, value) ? 0 : kind_refuse(json, "true or false", fault);
	case BR_FIELD_WORD:
		return word_from_json(field, json, value, fault);
	case BR_FIELD_TEXT:
		return text_from_json(field, json, value, fault);
	case BR_FIELD_BYTES:
		return bytes_from_json(field, json, value, fault);
	case BR_FIELD_LIST:
		return list_from_json(field, json, arena, value, fault);
	}
	return BR_E_INVALID;
}

static const struct br_field *field_named(const struct br_shape *shape, struct br_str name)
{
	br_assert(shape->field_n > 0);
	for (unsigned i = 0; i < shape->field_n; i++)
		if (br_str_is(name, shape->fields[i].name))
			return &shape->fields[i];
	return NULL;
}

static int unknown_refuse(const struct br_shape *shape, struct br_str name, struct br_fault *fault)
{
	char allowed[200] = "";

	for (unsigned i = 0; i < shape->field_n; i++) {
		size_t n = strlen(allowed);

		if (n + strlen(shape->fields[i].name) + 3 >= sizeof(allowed))
			break;
		strcat(allowed, n > 0 ? ", " : "");
		strcat(allowed, shape->fields[i].name);
	}
	br_assert(strlen(allowed) < sizeof(allowed));
	return br_fault_set(fault, BR_E_INVALID, "%.*s: unknown member, allowed are: %s",
		(int)(name.n < 40 ? name.n : 40), name.s, allowed);
}

int br_record_from_json(const struct br_shape *shape, const struct br_json *json,
	struct br_arena *arena, void *ret_record, struct br_fault *fault)
{
	return br_record_from_json_beside(shape, json, NULL, arena, ret_record, fault);
}

int br_record_from_json_beside(const struct br_shape *shape, const struct br_json *json,
	const struct br_record_beside *beside, struct br_arena *arena, void *ret_record,
	struct br_fault *fault)
{
	uint64_t seen = 0;

	br_assert(shape->field_n <= 64);
	if (br_json_kind(json) != BR_JSON_OBJECT)
		return kind_refuse(json, "an object", fault);
	memset(ret_record, 0, shape->size);
	for (unsigned i = 0; i < shape->field_n; i++)
		if (shape->fields[i].kind == BR_FIELD_MILLI ||
			shape->fields[i].kind == BR_FIELD_U64)
			*(int64_t *)((unsigned char *)ret_record + shape->fields[i].offset) =
				shape->fields[i].absent;
	BR_JSON_EACH (child, json) {
		const struct br_field *field = field_named(shape, br_json_name(child));
		int result;

		if (field == NULL && beside != NULL && br_str_is(br_json_name(child), beside->name))
			continue;
		if (field == NULL)
			return unknown_refuse(shape, br_json_name(child), fault);
		br_assert((unsigned)(field - shape->fields) < shape->field_n);
		if ((seen >> (field - shape->fields) & 1) != 0)
			return br_fault_set(fault, BR_E_INVALID, "%s: stands twice", field->name);
		seen |= UINT64_C(1) << (field - shape->fields);
		result = field_from_json(field, child, arena, ret_record, fault);
		if (result < 0) {
			br_fault_prefix(fault, field->name);
			return result;
		}
	}
	for (unsigned i = 0; i < shape->field_n; i++)
		if (shape->fields[i].required && (seen >> i & 1) == 0)
			return br_fault_set(
				fault, BR_E_INVALID, "%s: is missing", shape->fields[i].name);
	return 0;
}

static void list_to_json(
	const struct br_field *field, const struct br_list *list, struct br_json_out *out);

static bool milli_written(const struct br_field *field, const void *record, int64_t value)
{
	const unsigned char *bytes = record;

	br_assert(field->kind == BR_FIELD_MILLI);
	if (field->when == NULL)
		return field->required || value != field->absent;
	br_assert(field->when->kind == BR_FIELD_WORD);
	return bytes[field->when->offset] == field->when_word;
}

/* Writes one field; with `bare` without its name, as an element of a list of plain values. */
static void field_to_json(
	const struct br_field *field, const void *record, struct br_json_out *out, bool bare)
{
	const void *value = (const unsigned char *)record + field->offset;
	const char *name = bare ? NULL : field->name;
	bool keep = bare || field->required;

	/* A list of lists would have no names to tell its items apart by. */
	br_assert(!bare || field->kind != BR_FIELD_LIST);
	switch (field->kind) {
	case BR_FIELD_U64:
		if (keep || *(const uint64_t *)value != (uint64_t)field->absent)
			br_json_out_u64(out, name, *(const uint64_t *)value);
		return;
	case BR_FIELD_MILLI:
		if (bare || milli_written(field, record, *(const int64_t *)value))
			br_json_out_milli(out, name, *(const int64_t *)value);
		return;
	case BR_FIELD_TIME:
		if (keep || *(const int64_t *)value != 0)
			br_json_out_time(out, name, *(const int64_t *)value);
		return;
	case BR_FIELD_BOOL:
		if (keep || *(const bool *)value)
			br_json_out_bool(out, name, *(const bool *)value);
		return;
	case BR_FIELD_WORD:
		if (field->words[*(const uint8_t *)value][0] != '\0')
			br_json_out_puts(out, name, field->words[*(const uint8_t *)value]);
		return;
	case BR_FIELD_TEXT:
		if (field->discretion == BR_DISCRETION_PERSONAL)
			br_json_out_personal(out, field->name, *(const struct br_str *)value);
		else if (keep || ((const struct br_str *)value)->n > 0)
			br_json_out_string(out, name, *(const struct br_str *)value);
		return;
	case BR_FIELD_BYTES:
		br_json_out_hex(out, name, value, (size_t)field->max);
		return;
	case BR_FIELD_LIST:
		if (keep || ((const struct br_list *)value)->n > 0)
			list_to_json(field, value, out);
		return;
	}
}

static void list_to_json(
	const struct br_field *field, const struct br_list *list, struct br_json_out *out)
{
	const struct br_shape *item = field->item;

	br_assert(list->items != NULL || list->n == 0);
	br_json_out_array(out, field->name);
	for (uint32_t i = 0; i < list->n; i++) {
		const void *record = (const unsigned char *)list->items + i * item->size;

		if (item->field_n == 1) {
			field_to_json(&item->fields[0], record, out, true);
			continue;
		}
		br_json_out_object(out, NULL);
		br_record_to_json(item, record, out);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

void br_record_to_json(const struct br_shape *shape, const void *record, struct br_json_out *out)
{
	br_assert(shape->field_n > 0);
	for (unsigned i = 0; i < shape->field_n; i++)
		field_to_json(&shape->fields[i], record, out, false);
}

static void field_schema(const struct br_field *field, const char *name, struct br_json_out *out);

static void number_schema(const struct br_field *field, struct br_json_out *out)
{
	char says[160] = "At most 3 decimal places.";

	br_assert(field->kind == BR_FIELD_U64 || field->kind == BR_FIELD_MILLI);
	if (field->kind == BR_FIELD_U64) {
		br_json_out_puts(out, "type", "integer");
		br_json_out_i64(out, "minimum", field->min);
		br_json_out_i64(out, "maximum", field->max > 0 ? field->max : INTEGER_MAX);
		return;
	}
	br_json_out_puts(out, "type", "number");
	/* No multipleOf: 2.49 is none of 0.001 to validators that count in binary floats. */
	br_json_out_milli(out, "minimum", field->min);
	br_json_out_milli(out, "maximum", field->max);
	if (field->when != NULL)
		(void)snprintf(says, sizeof(says),
			"At most 3 decimal places. Given when %s is %s, and only then.",
			field->when->name, field->when->words[field->when_word]);
	br_json_out_puts(out, "description", says);
}

static void text_schema(const struct br_field *field, struct br_json_out *out)
{
	br_assert(field->kind != BR_FIELD_LIST && field->kind != BR_FIELD_BOOL);
	if (field->discretion == BR_DISCRETION_PERSONAL && !field->required) {
		/* In what the node writes null says that it was erased. */
		br_json_out_array(out, "type");
		br_json_out_puts(out, NULL, "string");
		br_json_out_puts(out, NULL, "null");
		br_json_out_end(out);
	} else {
		br_json_out_puts(out, "type", "string");
	}
	if (field->kind == BR_FIELD_TIME) {
		br_json_out_puts(out, "format", "date-time");
	} else if (field->kind == BR_FIELD_WORD) {
		br_json_out_array(out, "enum");
		for (unsigned i = field->words[0][0] == '\0'; field->words[i] != NULL; i++)
			br_json_out_puts(out, NULL, field->words[i]);
		br_json_out_end(out);
	} else {
		int64_t digits = field->kind == BR_FIELD_BYTES ? 2 * field->max : 0;

		br_json_out_i64(out, "minLength", digits > 0 ? digits : field->min);
		br_json_out_i64(out, "maxLength", digits > 0 ? digits : field->max);
		if (digits > 0)
			br_json_out_puts(out, "pattern", "^[0-9a-fA-F]*$");
		if (field->rule != NULL)
			br_json_out_puts(out, "description", field->rule->allowed);
	}
}

static void list_schema(const struct br_field *field, struct br_json_out *out)
{
	br_assert(field->kind == BR_FIELD_LIST && field->item != NULL);
	br_json_out_puts(out, "type", "array");
	br_json_out_i64(out, "minItems", field->min);
	br_json_out_i64(out, "maxItems", field->max);
	if (field->item->field_n == 1)
		field_schema(&field->item->fields[0], "items", out);
	else
		br_record_schema(field->item, "items", NULL, NULL, out);
}

static void field_schema(const struct br_field *field, const char *name, struct br_json_out *out)
{
	br_json_out_object(out, name);
	if (field->kind == BR_FIELD_U64 || field->kind == BR_FIELD_MILLI)
		number_schema(field, out);
	else if (field->kind == BR_FIELD_BOOL)
		br_json_out_puts(out, "type", "boolean");
	else if (field->kind == BR_FIELD_LIST)
		list_schema(field, out);
	else
		text_schema(field, out);
	br_json_out_end(out);
}

void br_record_schema(const struct br_shape *shape, const char *name, const char *description,
	const struct br_record_beside *beside, struct br_json_out *out)
{
	br_assert(shape->field_n > 0);
	br_json_out_object(out, name);
	br_json_out_puts(out, "type", "object");
	if (description != NULL)
		br_json_out_puts(out, "description", description);
	br_json_out_object(out, "properties");
	for (unsigned i = 0; i < shape->field_n; i++)
		field_schema(&shape->fields[i], shape->fields[i].name, out);
	if (beside != NULL)
		br_json_out_raw(out, beside->name, br_str_from(beside->schema));
	br_json_out_end(out);
	br_json_out_array(out, "required");
	for (unsigned i = 0; i < shape->field_n; i++)
		if (shape->fields[i].required)
			br_json_out_puts(out, NULL, shape->fields[i].name);
	br_json_out_end(out);
	br_json_out_bool(out, "additionalProperties", false);
	br_json_out_end(out);
}
