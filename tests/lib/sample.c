#include "tests/lib/sample.h"

#include <stdio.h>
#include <string.h>

/* A rule of its own needs an example here. */
void sample_value(const struct br_field *field, char *buffer, size_t size)
{
	static const char *const texts[] = {"A", "a", "1", "4006381333931", "EUR", "0123456789AB",
		"20", "1234", "A1B2", "2PIIIIIVVVVVC"};
	int64_t number = field->min > 1 ? field->min : 1;

	buffer[0] = '\0';
	if (field->kind == BR_FIELD_U64)
		(void)snprintf(buffer, size, "%lld", (long long)number);
	else if (field->kind == BR_FIELD_MILLI)
		(void)snprintf(buffer, size, "%lld.%03lld", (long long)(number / 1000),
			(long long)(number % 1000));
	else if (field->kind == BR_FIELD_TIME)
		(void)snprintf(buffer, size, "+1d");
	else if (field->kind == BR_FIELD_BOOL)
		(void)snprintf(buffer, size, "yes");
	else if (field->kind == BR_FIELD_WORD)
		(void)snprintf(buffer, size, "%s", field->words[field->words[0][0] == '\0']);
	else if (field->kind == BR_FIELD_BYTES)
		(void)snprintf(buffer, size, "%0*d", (int)(2 * field->max), 1);
	for (unsigned i = 0; field->kind == BR_FIELD_TEXT && i < BR_ARRAY_LEN(texts); i++)
		if (buffer[0] == '\0' && strlen(texts[i]) >= (size_t)field->min &&
			strlen(texts[i]) <= (size_t)field->max &&
			(field->rule == NULL || field->rule->check(br_str_from(texts[i]))))
			(void)snprintf(buffer, size, "%s", texts[i]);
	if (field->kind == BR_FIELD_TEXT && buffer[0] == '\0')
		printf("%s: no example here is right for it\n", field->name);
}

void sample_item(const struct br_shape *item, bool all, char *buffer, size_t size)
{
	size_t n = 0;
	char value[64];

	if (item->field_n == 1) {
		sample_value(&item->fields[0], buffer, size);
		return;
	}
	for (unsigned i = 0; i < item->field_n; i++) {
		if ((!all && !item->fields[i].required) || item->fields[i].kind == BR_FIELD_LIST)
			continue;
		sample_value(&item->fields[i], value, sizeof(value));
		n += (size_t)snprintf(buffer + n, size - n, "%s%s=%s", n > 0 ? "," : "",
			item->fields[i].name, value);
	}
	/* An item that needs nothing has something all the same. */
	if (n == 0) {
		sample_value(&item->fields[0], value, sizeof(value));
		(void)snprintf(buffer, size, "%s=%s", item->fields[0].name, value);
	}
}
