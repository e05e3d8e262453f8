#include "node/fold.h"

#include <glib.h>
#include <string.h>

/* Gathers one word's characters; what is over the limit is dropped. */
struct word_buffer {
	char bytes[BR_FOLD_WORD_BYTES_MAX];
	size_t n;
	bool full;
};

static void word_add(struct word_buffer *buffer, gunichar character)
{
	char bytes[6];
	int n = g_unichar_to_utf8(character, bytes);

	br_assert(buffer->n <= sizeof(buffer->bytes));
	br_assert(n > 0 && n <= 6);
	if (buffer->full || buffer->n + (size_t)n > sizeof(buffer->bytes)) {
		buffer->full = true;
		return;
	}
	memcpy(buffer->bytes + buffer->n, bytes, (size_t)n);
	buffer->n += (size_t)n;
}

/* Names in ASCII, which most are, need none of Unicode's tables. */
static bool ascii_only(struct br_str text)
{
	unsigned char all = 0;

	br_assert(text.s != NULL);
	for (size_t i = 0; i < text.n; i++)
		all |= (unsigned char)text.s[i];
	return all < 0x80;
}

/* As br_fold_words() for ASCII without NUL bytes. */
static void ascii_words(
	struct br_str text, void (*word)(void *context, struct br_str word), void *context)
{
	char bytes[BR_FOLD_WORD_BYTES_MAX];
	unsigned words = 0;
	size_t n = 0;

	for (size_t i = 0; i <= text.n && words < BR_FOLD_WORDS_MAX; i++) {
		char c = i < text.n ? text.s[i] : ' ';

		if (g_ascii_isalnum(c)) {
			if (n < sizeof(bytes))
				bytes[n++] = g_ascii_tolower(c);
			continue;
		}
		if (n > 0) {
			word(context, (struct br_str){bytes, n});
			words++;
		}
		n = 0;
	}
	br_assert(words <= BR_FOLD_WORDS_MAX);
}

void br_fold_words(
	struct br_str text, void (*word)(void *context, struct br_str word), void *context)
{
	struct word_buffer buffer = {.n = 0};
	unsigned words = 0;
	char *decomposed, *folded;

	if (text.n == 0)
		return;
	if (ascii_only(text) && memchr(text.s, '\0', text.n) == NULL) {
		ascii_words(text, word, context);
		return;
	}
	if (!br_utf8_valid(text.s, text.n))
		return;
	decomposed = g_utf8_normalize(text.s, (gssize)text.n, G_NORMALIZE_ALL);
	folded = g_utf8_casefold(decomposed, -1);
	for (const char *p = folded;; p = g_utf8_next_char(p)) {
		gunichar character = *p != '\0' ? g_utf8_get_char(p) : ' ';

		if (character != ' ' && g_unichar_ismark(character))
			continue;
		if (g_unichar_isalnum(character)) {
			word_add(&buffer, character);
			continue;
		}
		if (buffer.n > 0 && words < BR_FOLD_WORDS_MAX) {
			word(context, (struct br_str){buffer.bytes, buffer.n});
			words++;
		}
		buffer = (struct word_buffer){.n = 0};
		if (*p == '\0')
			break;
	}
	br_assert(words <= BR_FOLD_WORDS_MAX && buffer.n == 0);
	g_free(folded);
	g_free(decomposed);
}
