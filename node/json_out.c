#include "node/json_out.h"

#include <math.h>
#include <string.h>

#include "node/limits.h"
#include "node/time.h"

/* Names and values up to here are put together before they are appended: one append each. */
#define SHORT_BYTES 120

void br_json_out_begin(struct br_json_out *out, struct br_text *text)
{
	br_assert(text->max > 0);
	*out = (struct br_json_out){.text = text};
}

/* Where the first character stands that must be escaped; n for none. */
static size_t plain_length(struct br_str value)
{
	size_t n = 0;

	br_assert(value.s != NULL || value.n == 0);
	while (n < value.n && (unsigned char)value.s[n] >= 0x20 && value.s[n] != '"' &&
		value.s[n] != '\\')
		n++;
	return n;
}

static void escaped_add(struct br_text *text, struct br_str value)
{
	br_text_putc(text, '"');
	for (;;) {
		size_t n = plain_length(value);
		unsigned char c;

		/* The empty string may have no address to add from. */
		if (n > 0)
			br_text_add(text, value.s, n);
		if (n == value.n)
			break;
		c = (unsigned char)value.s[n];
		br_assert(n < value.n);
		value.s += n + 1;
		value.n -= n + 1;
		if (c == '"' || c == '\\')
			br_text_printf(text, "\\%c", c);
		else if (c == '\n')
			br_text_puts(text, "\\n");
		else
			br_text_printf(text, "\\u%04x", c);
	}
	br_text_putc(text, '"');
}

/* Writes the comma and the name that go before every value; short names in one piece. */
static void value_begin(struct br_json_out *out, const char *name)
{
	uint32_t bit = 1u << out->depth;
	bool follows = (out->filled & bit) != 0;
	char head[SHORT_BYTES + 4];
	struct br_str text;
	size_t n = 0;

	br_assert(out->depth < BR_JSON_OUT_DEPTH_MAX);
	br_assert(((out->objects & bit) != 0) == (name != NULL));
	out->filled |= bit;
	if (follows)
		head[n++] = ',';
	text = name != NULL ? br_str_from(name) : (struct br_str){NULL, 0};
	if (name != NULL && text.n <= SHORT_BYTES && plain_length(text) == text.n) {
		head[n++] = '"';
		memcpy(head + n, text.s, text.n);
		n += text.n;
		head[n++] = '"';
		head[n++] = ':';
		name = NULL;
	}
	br_assert(n <= sizeof(head));
	br_text_add(out->text, head, n);
	if (name == NULL)
		return;
	escaped_add(out->text, text);
	br_text_putc(out->text, ':');
}

static void level_begin(struct br_json_out *out, const char *name, bool object)
{
	uint32_t bit;

	value_begin(out, name);
	br_assert(out->depth + 1 < BR_JSON_OUT_DEPTH_MAX);
	out->depth++;
	bit = 1u << out->depth;
	out->filled &= ~bit;
	out->objects = object ? out->objects | bit : out->objects & ~bit;
	br_text_putc(out->text, object ? '{' : '[');
}

void br_json_out_object(struct br_json_out *out, const char *name)
{
	level_begin(out, name, true);
}

void br_json_out_array(struct br_json_out *out, const char *name)
{
	level_begin(out, name, false);
}

void br_json_out_end(struct br_json_out *out)
{
	br_assert(out->depth > 0);
	br_text_putc(out->text, (out->objects & (1u << out->depth)) != 0 ? '}' : ']');
	out->depth--;
}

void br_json_out_string(struct br_json_out *out, const char *name, struct br_str value)
{
	char quoted[SHORT_BYTES + 2];

	value_begin(out, name);
	/* Nearly all that is written is a short text in which nothing needs an escape. */
	if (value.n > SHORT_BYTES || plain_length(value) < value.n) {
		escaped_add(out->text, value);
		return;
	}
	quoted[0] = quoted[value.n + 1] = '"';
	if (value.n > 0)
		memcpy(quoted + 1, value.s, value.n);
	br_text_add(out->text, quoted, value.n + 2);
}

void br_json_out_personal(struct br_json_out *out, const char *name, struct br_str value)
{
	struct br_text plain;
	int result;

	br_assert(name != NULL);
	if (value.n == 0)
		return;
	if (value.s[0] != BR_SEALED_MARK) {
		br_json_out_string(out, name, value);
		return;
	}
	if (out->opener == NULL)
		return;
	br_text_init(&plain, BR_PERSONAL_BYTES_MAX);
	result = out->opener->open(out->opener->context, value, name, &plain);
	if (result == 0 && br_text_error(&plain) == 0)
		br_json_out_string(out, name, br_text_str(&plain));
	else
		br_json_out_null(out, name);
	br_text_finish(&plain);
}

void br_json_out_puts(struct br_json_out *out, const char *name, const char *value)
{
	br_json_out_string(out, name, br_str_from(value));
}

void br_json_out_i64(struct br_json_out *out, const char *name, int64_t value)
{
	value_begin(out, name);
	br_text_add_i64(out->text, value);
}

void br_json_out_u64(struct br_json_out *out, const char *name, uint64_t value)
{
	value_begin(out, name);
	br_text_add_u64(out->text, value);
}

void br_json_out_milli(struct br_json_out *out, const char *name, int64_t value)
{
	value_begin(out, name);
	br_text_add_milli(out->text, value);
}

void br_json_out_double(struct br_json_out *out, const char *name, double value)
{
	if (!isfinite(value)) {
		br_json_out_null(out, name);
		return;
	}
	value_begin(out, name);
	br_text_printf(out->text, "%.6g", value);
}

void br_json_out_bool(struct br_json_out *out, const char *name, bool value)
{
	value_begin(out, name);
	br_text_puts(out->text, value ? "true" : "false");
}

void br_json_out_null(struct br_json_out *out, const char *name)
{
	value_begin(out, name);
	br_text_puts(out->text, "null");
}

void br_json_out_time(struct br_json_out *out, const char *name, int64_t unix_ms)
{
	char buffer[BR_TIME_TEXT_BYTES];

	if (unix_ms == 0) {
		br_json_out_null(out, name);
		return;
	}
	br_time_format(unix_ms, buffer);
	br_json_out_puts(out, name, buffer);
}

void br_json_out_hex(struct br_json_out *out, const char *name, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t i;

	br_assert(n > 0);
	value_begin(out, name);
	br_text_putc(out->text, '"');
	for (i = 0; i < n; i++) {
		br_text_putc(out->text, digits[p[i] >> 4]);
		br_text_putc(out->text, digits[p[i] & 15]);
	}
	br_text_putc(out->text, '"');
}

void br_json_out_raw(struct br_json_out *out, const char *name, struct br_str json)
{
	value_begin(out, name);
	br_text_add_str(out->text, json);
}
