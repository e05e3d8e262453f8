/* A call's words into a body: what people write becomes the JSON of its shape, or is refused. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/call.h"
#include "node/day.h"
#include "node/gtin.h"
#include "node/limits.h"
#include "node/time.h"

#define SHOWN_BYTES 60 /* of a wrong value in a sentence */

/* Where the values of one call end up. */
struct encoding {
	const struct br_call *call;
	const struct br_call_said *said;
	int64_t now_ms;
	struct br_json_out out;
	struct br_fault *fault;
	/* By pair and by word: the index of the field that it fills. */
	unsigned pair_fields[BR_CALL_PAIRS_MAX], word_fields[BR_CALL_WORDS_MAX];
};

static int value_refuse(struct encoding *encoding, const struct br_field *field,
	struct br_str value, const char *allowed)
{
	size_t n = value.n > SHOWN_BYTES ? br_utf8_cut(value.s, SHOWN_BYTES) : value.n;

	br_assert(allowed[0] != '\0');
	return br_fault_set(encoding->fault, BR_E_INVALID, "%s: \"%.*s\": allowed is %s",
		field->name, (int)n, value.s, allowed);
}

/* "+30m", "-2h", "+3d" from now; false when it is none. */
static bool distance_read(struct br_str value, int64_t now_ms, int64_t *ret_ms)
{
	static const char units[] = "smhdw";
	static const int64_t unit_ms[] = {1000, 60000, 3600000, 86400000, 604800000};
	const char *unit;
	int64_t n;

	br_assert(now_ms >= 0);
	if (value.n < 3 || (value.s[0] != '+' && value.s[0] != '-'))
		return false;
	unit = strchr(units, value.s[value.n - 1]);
	if (unit == NULL || *unit == '\0' ||
		!br_str_to_i64((struct br_str){value.s + 1, value.n - 2}, &n) || n < 0 ||
		n > BR_TIME_MAX_MS / unit_ms[unit - units])
		return false;
	n *= unit_ms[unit - units];
	*ret_ms = value.s[0] == '-' ? now_ms - n : now_ms + n;
	return *ret_ms >= 0 && *ret_ms <= BR_TIME_MAX_MS;
}

bool br_call_time(struct br_str value, int64_t now_ms, int64_t *ret_ms)
{
	struct br_day day;

	br_assert(value.s != NULL || value.n == 0);
	if (br_str_is(value, "now")) {
		*ret_ms = now_ms;
		return true;
	}
	if (br_time_parse(value, ret_ms) || distance_read(value, now_ms, ret_ms) ||
		br_day_time_read(value, ret_ms))
		return true;
	if (!br_day_read(value, &day) || day.from_ms < 0)
		return false;
	*ret_ms = day.from_ms;
	return true;
}

static bool truth_read(struct br_str value, bool *ret_truth)
{
	br_assert(value.s != NULL || value.n == 0);
	*ret_truth = br_str_is(value, "yes") || br_str_is(value, "true") || br_str_is(value, "1");
	return *ret_truth || br_str_is(value, "no") || br_str_is(value, "false") ||
	       br_str_is(value, "0");
}

/* The word of the table that is meant; what is none goes on as it is and is refused later. */
static struct br_str word_meant(const struct br_field *field, struct br_str value)
{
	br_assert(field->words != NULL);
	for (unsigned i = 0; field->words[i] != NULL; i++)
		if (br_call_is(field->words[i], value))
			return br_str_from(field->words[i]);
	return value;
}

static int number_write(struct encoding *encoding, const struct br_field *field,
	struct br_str value, const char *name)
{
	int64_t number;

	if (field->kind == BR_FIELD_U64) {
		if (!br_str_to_i64(value, &number))
			return value_refuse(encoding, field, value, "a whole number such as 12");
		br_json_out_i64(&encoding->out, name, number);
		return 0;
	}
	br_assert(field->kind == BR_FIELD_MILLI);
	if (!br_str_to_milli(value, &number))
		return value_refuse(encoding, field, value,
			"a decimal number with at most 3 places, such as 12 or 0.5");
	br_json_out_milli(&encoding->out, name, number);
	return 0;
}

/* Writes one value that is no list. `name` NULL: as an item of a list of plain values. */
static int plain_write(struct encoding *encoding, const struct br_field *field, struct br_str value,
	const char *name)
{
	int64_t time_ms;
	bool truth;

	br_assert(field->kind != BR_FIELD_LIST);
	if (!br_utf8_valid(value.s, value.n))
		return br_fault_set(encoding->fault, BR_E_INVALID, "%s: is not UTF-8", field->name);
	switch (field->kind) {
	case BR_FIELD_U64:
	case BR_FIELD_MILLI:
		return number_write(encoding, field, value, name);
	case BR_FIELD_TIME:
		if (field->day && br_time_day_parse(value, &time_ms)) {
			br_json_out_time(&encoding->out, name, time_ms);
			return 0;
		}
		if (!br_call_time(value, encoding->now_ms, &time_ms))
			return value_refuse(encoding, field, value,
				"a time such as 2026-03-01T10:15:00Z or \"2026-03-01 10:15\", "
				"a day such as 2026-03-01, now, or a distance such as +30m, +2h "
				"or -3d");
		br_json_out_time(&encoding->out, name, time_ms);
		return 0;
	case BR_FIELD_BOOL:
		if (!truth_read(value, &truth))
			return value_refuse(encoding, field, value, "yes or no");
		br_json_out_bool(&encoding->out, name, truth);
		return 0;
	case BR_FIELD_WORD:
		br_json_out_string(&encoding->out, name, word_meant(field, value));
		return 0;
	default:
		br_json_out_string(&encoding->out, name, value);
		return 0;
	}
}

static void trim(struct br_str *text)
{
	while (text->n > 0 && strchr(" \t\r\n", text->s[0]) != NULL) {
		text->s++;
		text->n--;
	}
	while (text->n > 0 && strchr(" \t\r\n", text->s[text->n - 1]) != NULL)
		text->n--;
}

/* Reads a file of JSON, "-" for standard input, and parses it once so that it can be put in. */
static int file_read(const char *name, struct br_text *text, struct br_fault *fault)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char piece[4096];
	size_t n;

	if (file == NULL)
		return br_fault_set(fault, BR_E_INVALID, "@%s: cannot be read", name);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		br_text_add(text, piece, n);
	n = (size_t)ferror(file);
	if (file != stdin)
		(void)fclose(file);
	if (n != 0 || br_text_error(text) < 0)
		return br_fault_set(fault, BR_E_INVALID, "@%s: %s", name,
			n != 0 ? "cannot be read" : "is larger than 1 MiB");
	br_assert(text->n <= BR_CALL_WORD_BYTES_MAX);
	return 0;
}

/* Puts JSON in: an array's items one after the other, anything else as one item. */
static int json_put(struct encoding *encoding, const struct br_field *field, struct br_str json)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

	if (br_json_parse(json, &root, encoding->fault) < 0) {
		br_fault_prefix(encoding->fault, field->name);
		return BR_E_INVALID;
	}
	trim(&json);
	if (br_json_kind(root) == BR_JSON_ARRAY) {
		json = (struct br_str){json.s + 1, json.n - 2};
		trim(&json);
	}
	br_assert(json.s != NULL);
	if (json.n > 0)
		br_json_out_raw(&encoding->out, NULL, json);
	return 0;
}

/* The part before the next comma, without the backslashes of commas that belong to it. */
static struct br_str part_take(struct br_str *rest, char *buffer, size_t size)
{
	size_t n = 0, i = 0;

	for (; i < rest->n && rest->s[i] != ','; i++) {
		if (rest->s[i] == '\\' && i + 1 < rest->n &&
			(rest->s[i + 1] == ',' || rest->s[i + 1] == '\\'))
			i++;
		if (n < size)
			buffer[n++] = rest->s[i];
	}
	i += i < rest->n;
	*rest = (struct br_str){rest->s + i, rest->n - i};
	br_assert(n <= size);
	return (struct br_str){buffer, n};
}

static int part_refuse(
	const struct encoding *encoding, const struct br_shape *item, struct br_str name)
{
	struct br_text parts;
	int result;

	br_text_init(&parts, 1 << 16);
	for (unsigned i = 0; i < item->field_n; i++)
		br_text_printf(&parts, "%s%s", i > 0 ? ", " : "", item->fields[i].name);
	br_assert(parts.error == 0);
	result = br_fault_set(encoding->fault, BR_E_INVALID,
		"%.*s: is no part of it; allowed is NAME=VALUE,NAME=VALUE with %s",
		(int)(name.n < SHOWN_BYTES ? name.n : SHOWN_BYTES), name.s,
		br_text_error(&parts) == 0 ? parts.bytes : "names");
	br_text_finish(&parts);
	return result;
}

/* "sku=A,quantity=2" as an object. */
static int item_write(struct encoding *encoding, const struct br_field *list, struct br_str value)
{
	char buffer[2 * BR_RECORD_BYTES_MAX];
	int result = 0;

	br_json_out_object(&encoding->out, NULL);
	while (result == 0 && value.n > 0) {
		struct br_str part = part_take(&value, buffer, sizeof(buffer));
		struct br_str name = br_str_split(&part, '=');
		const struct br_field *field = br_call_field(list->item, name);

		if (field == NULL)
			result = part_refuse(encoding, list->item, name);
		else if (field->kind == BR_FIELD_LIST)
			result = br_fault_set(encoding->fault, BR_E_INVALID,
				"%s: a list inside a list is said as JSON", field->name);
		else if (part.s == NULL && field->kind != BR_FIELD_BOOL)
			result = br_fault_set(encoding->fault, BR_E_INVALID,
				"%s: needs a value behind it, as %s=VALUE", field->name,
				field->name);
		else
			result = plain_write(encoding, field, part.s != NULL ? part : BR_STR("yes"),
				field->name);
	}
	br_json_out_end(&encoding->out);
	br_assert(result <= 0);
	if (result < 0)
		br_fault_prefix(encoding->fault, list->name);
	return result;
}

/* An item with one field needs no name for it. */
static bool item_is_plain(const struct br_shape *item, struct br_str value)
{
	struct br_str name = br_str_split(&value, '=');

	br_assert(item->field_n > 0);
	return item->field_n == 1 && (value.s == NULL || br_call_field(item, name) == NULL);
}

static int list_value_write(
	struct encoding *encoding, const struct br_field *list, struct br_str value)
{
	struct br_text text;
	char path[4096];
	int result;

	br_assert(list->kind == BR_FIELD_LIST);
	if (value.n > 1 && value.s[0] == '@') {
		if (!br_str_copy((struct br_str){value.s + 1, value.n - 1}, path, sizeof(path)))
			return value_refuse(encoding, list, value, "the name of a file");
		br_text_init(&text, BR_CALL_WORD_BYTES_MAX);
		result = file_read(path, &text, encoding->fault);
		if (result == 0)
			result = json_put(encoding, list, br_text_str(&text));
		br_text_finish(&text);
		return result;
	}
	if (value.n > 0 && (value.s[0] == '{' || value.s[0] == '['))
		return json_put(encoding, list, value);
	if (item_is_plain(list->item, value))
		return plain_write(encoding, &list->item->fields[0], value, NULL);
	return item_write(encoding, list, value);
}

/* A name that no field has: with the nearest one there is. */
static int unknown_refuse(const struct encoding *encoding, struct br_str name)
{
	const struct br_shape *shape = encoding->call->shape;
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (unsigned i = 0; i < shape->field_n; i++) {
		size_t far = br_str_distance(name, br_str_from(shape->fields[i].name));

		if (far < best) {
			best = far;
			nearest = shape->fields[i].name;
		}
	}
	br_assert(best == SIZE_MAX || nearest != NULL);
	if (nearest == NULL)
		return br_fault_set(encoding->fault, BR_E_INVALID,
			"\"%.*s\" is not known here, nothing can be given",
			(int)(name.n < SHOWN_BYTES ? name.n : SHOWN_BYTES), name.s);
	return br_fault_set(encoding->fault, BR_E_INVALID,
		"\"%.*s\" is not known here, the nearest is %s",
		(int)(name.n < SHOWN_BYTES ? name.n : SHOWN_BYTES), name.s, nearest);
}

static int pairs_assign(struct encoding *encoding)
{
	const struct br_shape *shape = encoding->call->shape;

	br_assert(encoding->said->pair_n <= BR_CALL_PAIRS_MAX);
	for (unsigned i = 0; i < encoding->said->pair_n; i++) {
		const struct br_field *field = br_call_field(shape, encoding->said->pairs[i].name);

		if (field == NULL)
			return unknown_refuse(encoding, encoding->said->pairs[i].name);
		encoding->pair_fields[i] = (unsigned)(field - shape->fields);
		if (encoding->said->pairs[i].bare && field->kind != BR_FIELD_BOOL)
			return br_fault_set(encoding->fault, BR_E_INVALID,
				"%s: needs a value behind it", field->name);
	}
	return 0;
}

static bool pair_given(const struct encoding *encoding, unsigned field)
{
	br_assert(field < encoding->call->shape->field_n);
	for (unsigned i = 0; i < encoding->said->pair_n; i++)
		if (encoding->pair_fields[i] == field)
			return true;
	return false;
}

/* What a scanner types rather than a person: a GTIN, or a GS1 code in one of its written forms. */
static bool is_scan(const char *word)
{
	struct br_str text = br_str_from(word);
	struct br_gtin gtin;

	br_assert(word != NULL);
	return br_gtin_parse(text, &gtin) || br_str_starts(text, "]") ||
	       br_str_starts(text, "(01)") || br_str_starts(text, "https://") ||
	       br_str_starts(text, "http://");
}

/*
 * The field for the next word: of "sku|barcode" the second for a scan, else the first; -1 when one
 * of them is given already.
 */
static int named_field(const struct encoding *encoding, struct br_str names, const char *word)
{
	const struct br_shape *shape = encoding->call->shape;
	const struct br_field *field[2];
	bool second;

	field[0] = br_call_field(shape, br_str_split(&names, '|'));
	field[1] = names.n > 0 ? br_call_field(shape, names) : field[0];
	/* The tables name fields that are there; a test looks at every row. */
	br_assert(field[0] != NULL && field[1] != NULL);
	if (pair_given(encoding, (unsigned)(field[0] - shape->fields)) ||
		pair_given(encoding, (unsigned)(field[1] - shape->fields)))
		return -1;
	second = field[1] != field[0] && is_scan(word);
	return (int)(field[second] - shape->fields);
}

/* The field that the next word without a name fills, from *rest or by *next; -1 for none. */
static int word_field(
	const struct encoding *encoding, struct br_str *rest, unsigned *next, const char *word)
{
	const struct br_shape *shape = encoding->call->shape;

	br_assert(*next <= shape->field_n);
	while (encoding->call->words != NULL && rest->n > 0) {
		int field = named_field(encoding, br_str_split(rest, ' '), word);

		if (field >= 0)
			return field;
	}
	while (encoding->call->words == NULL && *next < shape->field_n) {
		unsigned field = (*next)++;

		if (shape->fields[field].required && shape->fields[field].kind != BR_FIELD_LIST &&
			!pair_given(encoding, field))
			return (int)field;
	}
	return -1;
}

static int words_assign(struct encoding *encoding)
{
	struct br_str rest = br_str_from(encoding->call->words);
	unsigned next = 0;

	br_assert(encoding->said->word_n <= BR_CALL_WORDS_MAX);
	for (unsigned i = 0; i < encoding->said->word_n; i++) {
		int field = word_field(encoding, &rest, &next, encoding->said->words[i]);

		if (field < 0)
			return br_fault_set(encoding->fault, BR_E_INVALID,
				"\"%.60s\": is a word too many; give it a name, as in --FIELD "
				"%.60s",
				encoding->said->words[i], encoding->said->words[i]);
		encoding->word_fields[i] = (unsigned)field;
	}
	return 0;
}

/* Writes one given value of a field; a second one is refused unless the field is a list. */
static int value_write(struct encoding *encoding, unsigned index, struct br_str value, unsigned *n)
{
	const struct br_field *field = &encoding->call->shape->fields[index];

	br_assert(index < encoding->call->shape->field_n);
	if (field->kind != BR_FIELD_LIST) {
		if ((*n)++ > 0)
			return br_fault_set(
				encoding->fault, BR_E_INVALID, "%s: stands twice", field->name);
		return plain_write(encoding, field, value, field->name);
	}
	if ((*n)++ == 0)
		br_json_out_array(&encoding->out, field->name);
	return list_value_write(encoding, field, value);
}

/* Everything that was given for one field. */
static int field_write(struct encoding *encoding, unsigned index)
{
	const struct br_call_said *said = encoding->said;
	int result = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < said->word_n && result == 0; i++)
		if (encoding->word_fields[i] == index)
			result = value_write(encoding, index, br_str_from(said->words[i]), &n);
	for (unsigned i = 0; i < said->pair_n && result == 0; i++)
		if (encoding->pair_fields[i] == index)
			result = value_write(encoding, index,
				said->pairs[i].bare ? BR_STR("yes") : said->pairs[i].value, &n);
	br_assert(result <= 0);
	if (n > 0 && result == 0 && encoding->call->shape->fields[index].kind == BR_FIELD_LIST)
		br_json_out_end(&encoding->out);
	return result;
}

/* Reads the body as the daemon will, so that what is wrong is said before anything is sent. */
static int body_check(const struct br_call *call, struct br_str json, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_arena arena;
	int result = br_json_parse(json, &root, fault);
	void *record;

	br_assert(call->shape->size > 0);
	if (result < 0)
		return BR_E_INVALID;
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	record = br_arena_take(&arena, call->shape->size);
	result = record == NULL ? br_fault_set(fault, BR_E_INVALID, "out of memory")
				: br_record_from_json(call->shape, root, &arena, record, fault);
	br_arena_finish(&arena);
	return result < 0 ? BR_E_INVALID : 0;
}

/* A single word @FILE: the file is the body. */
static int whole_read(const struct br_call_said *said, struct br_text *json, struct br_fault *fault)
{
	struct br_text text;
	int result;

	br_assert(said->word_n > 0 && said->words[0][0] == '@');
	if (said->word_n > 1 || said->pair_n > 0)
		return br_fault_set(fault, BR_E_INVALID,
			"%.100s: stands for the whole body, nothing more can be given",
			said->words[0]);
	br_text_init(&text, BR_CALL_WORD_BYTES_MAX);
	result = file_read(said->words[0] + 1, &text, fault);
	br_text_add_str(json, br_text_str(&text));
	br_text_finish(&text);
	return result;
}

static int fields_write(struct encoding *encoding, struct br_text *json)
{
	int result;

	br_json_out_begin(&encoding->out, json);
	br_json_out_object(&encoding->out, NULL);
	result = pairs_assign(encoding);
	if (result == 0)
		result = words_assign(encoding);
	for (unsigned i = 0; i < encoding->call->shape->field_n && result == 0; i++)
		result = field_write(encoding, i);
	br_assert(result <= 0);
	if (result == 0)
		br_json_out_end(&encoding->out);
	return result;
}

int br_call_encode(const struct br_call *call, const struct br_call_said *said, int64_t now_ms,
	struct br_text *json, struct br_fault *fault)
{
	struct encoding encoding = {.call = call, .said = said, .now_ms = now_ms, .fault = fault};
	int result;

	br_assert(call->shape->field_n <= 64);
	if (said->word_n > 0 && said->words[0][0] == '@' && said->words[0][1] != '\0')
		result = whole_read(said, json, fault);
	else
		result = fields_write(&encoding, json);
	if (result == 0 && br_text_error(json) < 0)
		result = br_fault_set(fault, BR_E_INVALID, "is larger than a command may be");
	return result < 0 ? result : body_check(call, br_text_str(json), fault);
}
