#include "node/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/error.h"

void br_text_init(struct br_text *text, size_t max)
{
	br_assert(max > 0);
	*text = (struct br_text){.max = max};
}

void br_text_finish(struct br_text *text)
{
	br_assert(text->bytes != NULL || text->space == 0);
	free(text->bytes);
	*text = (struct br_text){.max = text->max};
}

void br_text_clear(struct br_text *text)
{
	br_assert(text->bytes != NULL || text->space == 0);
	text->n = 0;
	text->error = 0;
	if (text->bytes != NULL)
		text->bytes[0] = '\0';
}

/* Makes room for `n` more bytes and the NUL; on failure the text keeps the error. */
static bool text_reserve(struct br_text *text, size_t n)
{
	size_t space = text->space > 0 ? text->space : 256;
	char *bytes;

	br_assert(text->n <= text->max);
	br_assert(text->max > 0);
	if (text->error != 0)
		return false;
	if (n > text->max - text->n) {
		text->error = BR_E_TOO_LARGE;
		return false;
	}
	while (space < text->n + n + 1)
		space *= 2;
	if (space == text->space)
		return true;
	bytes = realloc(text->bytes, space);
	if (bytes == NULL) {
		text->error = BR_E_MEMORY;
		return false;
	}
	text->bytes = bytes;
	text->space = space;
	return true;
}

/* What nearly every append finds: no error, and room for `n` more bytes and the NUL. */
static bool text_has_room(const struct br_text *text, size_t n)
{
	return text->error == 0 && n < text->space - text->n && n <= text->max - text->n;
}

void br_text_add(struct br_text *text, const void *bytes, size_t n)
{
	if (!text_has_room(text, n) && !text_reserve(text, n))
		return;
	if (n > 0)
		memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
	br_assert(text->n < text->space && text->n <= text->max);
	text->bytes[text->n] = '\0';
}

void br_text_add_str(struct br_text *text, struct br_str str)
{
	br_text_add(text, str.s, str.n);
}

void br_text_puts(struct br_text *text, const char *literal)
{
	br_text_add(text, literal, strlen(literal));
}

void br_text_putc(struct br_text *text, char c)
{
	if (!text_has_room(text, 1) && !text_reserve(text, 1))
		return;
	text->bytes[text->n++] = c;
	br_assert(text->n < text->space);
	text->bytes[text->n] = '\0';
}

void br_text_printf(struct br_text *text, const char *format, ...)
{
	char small[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	br_assert(length >= 0);
	if (length < (int)sizeof(small)) {
		br_text_add(text, small, (size_t)length);
		return;
	}
	if (!text_reserve(text, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(text->bytes + text->n, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->n += (size_t)length;
	br_assert(text->n < text->space && text->n <= text->max);
}

/* Events are written by the million, and most of what they say is numbers: no printf() here. */
void br_text_add_u64(struct br_text *text, uint64_t value)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t at = sizeof(digits);

	do {
		br_assert(at > 0);
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	br_text_add(text, digits + at, sizeof(digits) - at);
}

void br_text_add_i64(struct br_text *text, int64_t value)
{
	if (value < 0)
		br_text_putc(text, '-');
	br_text_add_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void br_text_add_milli(struct br_text *text, int64_t value)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char decimals[4] = {'.'};
	size_t end = sizeof(decimals);

	if (value < 0)
		br_text_putc(text, '-');
	br_text_add_u64(text, size / 1000);
	if (size % 1000 == 0)
		return;
	decimals[1] = (char)('0' + size / 100 % 10);
	decimals[2] = (char)('0' + size / 10 % 10);
	decimals[3] = (char)('0' + size % 10);
	while (decimals[end - 1] == '0')
		end--;
	/* What is left of the division is above 0, so a digit stays behind the point. */
	br_assert(end >= 2);
	br_text_add(text, decimals, end);
}

struct br_str br_text_str(const struct br_text *text)
{
	br_assert(text->bytes != NULL || text->n == 0);
	return (struct br_str){text->bytes, text->n};
}

int br_text_error(const struct br_text *text)
{
	br_assert(text->error <= 0);
	return text->error;
}
