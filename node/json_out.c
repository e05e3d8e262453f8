#include "node/json_out.h"

#include <inttypes.h>
#include <math.h>

#include "node/limits.h"
#include "node/time.h"

void br_json_out_begin(struct br_json_out *out, struct br_text *text)
{
	br_assert(text->max > 0);
	*out = (struct br_json_out){.text = text};
}

static void escaped_add(struct br_text *text, struct br_str value)
{
	size_t from = 0, i;

	br_assert(value.s != NULL || value.n == 0);
	br_text_putc(text, '"');
	for (i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		br_text_add(text, value.s + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			br_text_printf(text, "\\%c", c);
		else if (c == '\n')
			br_text_puts(text, "\\n");
		else
			br_text_printf(text, "\\u%04x", c);
	}
	br_assert(from <= value.n);
	/* The empty string may have no address to add to. */
	if (from < value.n)
		br_text_add(text, value.s + from, value.n - from);
	br_text_putc(text, '"');
}

/* Writes the comma and the name that go before every value. */
static void value_begin(struct br_json_out *out, const char *name)
{
	uint32_t bit = 1u << out->depth;

	br_assert(out->depth < BR_JSON_OUT_DEPTH_MAX);
	br_assert(((out->objects & bit) != 0) == (name != NULL));
	if ((out->filled & bit) != 0)
		br_text_putc(out->text, ',');
	out->filled |= bit;
	if (name != NULL) {
		escaped_add(out->text, br_str_from(name));
		br_text_putc(out->text, ':');
	}
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
	value_begin(out, name);
	escaped_add(out->text, value);
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
	br_text_printf(out->text, "%" PRId64, value);
}

void br_json_out_u64(struct br_json_out *out, const char *name, uint64_t value)
{
	value_begin(out, name);
	br_text_printf(out->text, "%" PRIu64, value);
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
