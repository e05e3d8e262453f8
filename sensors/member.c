#include "sensors/member.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_BYTES_MAX 40

static int name_compare(struct br_str name, const char *other)
{
	int order = strncmp(name.s, other, name.n);

	br_assert(other != NULL);
	/* A name that is a prefix of the other comes before it. */
	return order != 0 ? order : other[name.n] == '\0' ? 0 : -1;
}

const struct br_member *br_member_find(
	const struct br_member *table, size_t count, struct br_str name)
{
	size_t low = 0, high = count;

	if (name.n == 0)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = name_compare(name, table[middle].name);

		if (order == 0)
			return &table[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	br_assert(low == high);
	return NULL;
}

bool br_member_table_is_sorted(const struct br_member *table, size_t count)
{
	size_t i;

	br_assert(table != NULL);
	for (i = 1; i < count; i++)
		if (strcmp(table[i - 1].name, table[i].name) >= 0)
			return false;
	return true;
}

static double units_apply(
	const struct br_member *member, double number, const struct br_member_units *units)
{
	br_assert(member->form == BR_MEMBER_NUMBER);
	if (member->factor != 0)
		number *= member->factor;
	if (units == NULL)
		return number;
	if (member->kind == BR_READING_TEMPERATURE && units->fahrenheit)
		return (number - 32.0) / 1.8;
	if (member->kind == BR_READING_PRESSURE && units->pressure_factor != 0)
		return number * units->pressure_factor;
	if (member->kind == BR_READING_WEIGHT && units->weight_factor != 0)
		return number * units->weight_factor;
	return number;
}

static void number_emit(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, double number, const struct br_member_units *units)
{
	int64_t value;

	br_assert(member->form == BR_MEMBER_NUMBER);
	if (!br_reading_value(units_apply(member, number, units), &value)) {
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NUMBER, channel);
		return;
	}
	br_adapter_emit(call, channel, member->kind, value, (struct br_str){NULL, 0});
}

/*
 * A plain decimal such as "-12.5e3". strtod() alone would also take "nan", "inf" and hexadecimal,
 * so the characters are looked at first.
 */
static bool text_is_number(struct br_str text, double *ret_number)
{
	char buffer[NUMBER_BYTES_MAX], *end;
	double number;

	br_assert(ret_number != NULL);
	if (text.n == 0 || !br_str_copy(text, buffer, sizeof(buffer)))
		return false;
	if (strspn(buffer, "+-.0123456789eE") != text.n)
		return false;
	number = strtod(buffer, &end);
	if (*end != '\0')
		return false;
	*ret_number = number;
	return true;
}

static bool text_is(struct br_str text, const char *word)
{
	return text.n == strlen(word) && strncasecmp(text.s, word, text.n) == 0;
}

static bool text_is_flag(struct br_str text, bool *ret_flag)
{
	bool on = text_is(text, "on") || text_is(text, "true") || text_is(text, "1");

	br_assert(ret_flag != NULL);
	if (!on && !text_is(text, "off") && !text_is(text, "false") && !text_is(text, "0"))
		return false;
	*ret_flag = on;
	return true;
}

static bool value_is_flag(const struct br_json *value, bool *ret_flag)
{
	struct br_str text;
	int64_t number;

	br_assert(br_json_kind(value) != BR_JSON_NULL);
	if (br_json_bool(value, ret_flag))
		return true;
	if (br_json_i64(value, &number) && (number == 0 || number == 1)) {
		*ret_flag = number == 1;
		return true;
	}
	return br_json_string(value, &text) && text_is_flag(text, ret_flag);
}

static void flag_emit(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, bool flag)
{
	bool meant = flag != (member->form == BR_MEMBER_UNFLAG);

	br_assert(br_reading_kind_row(member->kind)->flag);
	br_adapter_emit(call, channel, member->kind, meant ? 1000 : 0, (struct br_str){NULL, 0});
}

/*
 * An empty word is how old bridges take a button's word back: nothing happened. A retained one
 * happened before we listened, and acting on it now would be wrong.
 */
static void event_emit(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, struct br_str word)
{
	br_assert(member->kind == BR_READING_ACTION);
	if (word.n == 0 || call->message->retained)
		return;
	if (word.n > BR_SENSOR_WORD_BYTES_MAX)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NAME, channel);
	else
		br_adapter_emit(call, channel, member->kind, 1000, word);
}

static void number_take(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, const struct br_json *value, const struct br_member_units *units)
{
	struct br_str text;
	double number;

	br_assert(member->form == BR_MEMBER_NUMBER);
	if (br_json_number(value, &number) ||
		(br_json_string(value, &text) && text_is_number(text, &number)))
		number_emit(call, member, channel, number, units);
	else if (br_json_kind(value) == BR_JSON_NUMBER)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_NUMBER, channel);
	else
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_TYPE, channel);
}

void br_member_take(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, const struct br_json *value, const struct br_member_units *units)
{
	struct br_str word;
	bool flag;

	br_assert(call->device.n > 0);
	br_assert(value != NULL);
	if (br_json_kind(value) == BR_JSON_NULL)
		return;
	if (member->form == BR_MEMBER_NUMBER)
		number_take(call, member, channel, value, units);
	else if (member->form == BR_MEMBER_EVENT && br_json_string(value, &word))
		event_emit(call, member, channel, word);
	else if (member->form != BR_MEMBER_EVENT && value_is_flag(value, &flag))
		flag_emit(call, member, channel, flag);
	else if (member->form != BR_MEMBER_STATE || br_json_kind(value) != BR_JSON_STRING)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_TYPE, channel);
}

void br_member_take_text(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, struct br_str text, const struct br_member_units *units)
{
	double number;
	bool flag;

	br_assert(channel.n > 0);
	if (text.n == 0 || br_str_is(text, "null"))
		return;
	if (member->form == BR_MEMBER_EVENT)
		event_emit(call, member, channel, text);
	else if (member->form == BR_MEMBER_NUMBER && text_is_number(text, &number))
		number_emit(call, member, channel, number, units);
	else if (member->form != BR_MEMBER_NUMBER && text_is_flag(text, &flag))
		flag_emit(call, member, channel, flag);
	else if (member->form != BR_MEMBER_STATE)
		br_adapter_refuse(call, BR_SENSOR_REFUSAL_TYPE, channel);
}
