#include "node/call.h"

#include <stdio.h>
#include <string.h>

#include "node/command.h"

unsigned br_call_commands(struct br_call *ret_calls, unsigned max)
{
	unsigned n = 0;

	br_assert(ret_calls != NULL);
	for (unsigned i = 0; i < br_command_type_n && n < max; i++) {
		const struct br_command_type *type = &br_command_types[i];

		if (!type->internal)
			ret_calls[n++] = (struct br_call){.name = type->name,
				.help = type->help,
				.words = type->words,
				.shape = type->shape};
	}
	br_assert(n <= max);
	return n;
}

/* Copies `text` as it is said. */
static void said_copy(struct br_str text, char *buffer, size_t size)
{
	br_assert(size > 0);
	if (!br_str_copy(text, buffer, size))
		return;
	for (char *c = buffer; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
}

void br_call_noun(const struct br_call *call, char *buffer, size_t size)
{
	struct br_str rest = br_str_from(call->name);

	br_assert(rest.n > 0);
	said_copy(br_str_split(&rest, '.'), buffer, size);
}

void br_call_verb(const struct br_call *call, char *buffer, size_t size)
{
	struct br_str rest = br_str_from(call->name);

	br_assert(rest.n > 0);
	(void)br_str_split(&rest, '.');
	/* Questions have the names of methods; people show things. */
	if (call->path != NULL && br_str_is(rest, "get"))
		rest = BR_STR("show");
	said_copy(rest, buffer, size);
}

bool br_call_is(const char *name, struct br_str said)
{
	br_assert(name != NULL);
	for (size_t i = 0; i < said.n; i++) {
		char a = name[i] == '_' ? '-' : name[i];
		char b = said.s[i] == '_' ? '-' : said.s[i];

		if (a != b || a == '\0')
			return false;
	}
	return name[said.n] == '\0';
}

/* A question's verb is taken as its method has it, too. */
static bool verb_is(const struct br_call *call, const char *verb)
{
	char there[BR_ID_BYTES_MAX];

	br_assert(verb != NULL);
	br_call_verb(call, there, sizeof(there));
	if (call->path != NULL && strcmp(verb, "get") == 0)
		verb = "show";
	return br_call_is(there, br_str_from(verb));
}

const struct br_call *br_call_find(
	const struct br_call *calls, unsigned call_n, const char *noun, const char *verb)
{
	char there[BR_ID_BYTES_MAX];

	br_assert(noun != NULL);
	for (unsigned i = 0; i < call_n; i++) {
		br_call_noun(&calls[i], there, sizeof(there));
		if (br_call_is(there, br_str_from(noun)) && verb_is(&calls[i], verb))
			return &calls[i];
	}
	return NULL;
}

/* True when `said` is the singular of the list's name: "line" of lines, "entry" of entries. */
static bool singular_is(const char *name, struct br_str said)
{
	size_t n = strlen(name);
	char one[BR_ID_BYTES_MAX];

	br_assert(n > 0);
	if (n < 3 || n >= sizeof(one) || name[n - 1] != 's')
		return false;
	memcpy(one, name, n + 1);
	one[n - 1] = '\0';
	if (br_call_is(one, said))
		return true;
	one[n - 2] = '\0';
	if (one[n - 3] == 'i')
		one[n - 3] = 'y';
	return name[n - 2] == 'e' && br_call_is(one, said);
}

const struct br_field *br_call_field(const struct br_shape *shape, struct br_str name)
{
	br_assert(shape != NULL);
	for (unsigned i = 0; i < shape->field_n; i++)
		if (br_call_is(shape->fields[i].name, name))
			return &shape->fields[i];
	for (unsigned i = 0; i < shape->field_n; i++)
		if (shape->fields[i].kind == BR_FIELD_LIST &&
			singular_is(shape->fields[i].name, name))
			return &shape->fields[i];
	return NULL;
}

void br_call_address_add(struct br_text *url, struct br_str text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	br_assert(text.s != NULL || text.n == 0);
	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] != '\0' && strchr(plain, text.s[i]) != NULL)
			br_text_putc(url, text.s[i]);
		else
			br_text_printf(url, "%%%02X", (unsigned char)text.s[i]);
	}
}

static void value_add(struct br_text *url, const struct br_json *value)
{
	struct br_str text;
	int64_t number;

	br_assert(br_json_kind(value) != BR_JSON_ABSENT);
	if (br_json_string(value, &text))
		br_call_address_add(url, text);
	else if (br_json_i64(value, &number))
		br_text_printf(url, "%lld", (long long)number);
}

void br_call_address(const struct br_call *call, const struct br_json *body, struct br_text *text)
{
	const char *open, *close;
	char separator = '?', inside[BR_ID_BYTES_MAX] = "";

	br_assert(call->path != NULL && call->path[0] == '/');
	open = strchr(call->path, '{');
	if (open == NULL) {
		br_text_puts(text, call->path);
	} else {
		close = strchr(open, '}');
		br_assert(close != NULL);
		(void)snprintf(inside, sizeof(inside), "%.*s", (int)(close - open - 1), open + 1);
		br_text_add(text, call->path, (size_t)(open - call->path));
		value_add(text, br_json_member(body, inside));
		br_text_puts(text, close + 1);
	}
	BR_JSON_EACH (member, body) {
		if (br_str_is(br_json_name(member), inside))
			continue;
		br_text_putc(text, separator);
		br_text_add_str(text, br_json_name(member));
		br_text_putc(text, '=');
		value_add(text, member);
		separator = '&';
	}
}
