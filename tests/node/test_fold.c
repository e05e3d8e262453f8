#include "node/fold.h"

#include <string.h>

#include "node/text.h"
#include "tests/lib/test.h"

struct words {
	struct br_text text;
	unsigned n;
};

static void word_add(void *context, struct br_str word)
{
	struct words *words = context;

	br_text_puts(&words->text, words->n++ > 0 ? "|" : "");
	br_text_add_str(&words->text, word);
}

/* The words of `text` with a bar between them; the caller finishes the text. */
static struct words folded(struct br_str text)
{
	struct words words = {.n = 0};

	br_text_init(&words.text, 10000);
	br_fold_words(text, word_add, &words);
	return words;
}

static void test_words_in_many_scripts(void)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"Apple Juice 1.5L", "apple|juice|1|5l"},
		{"  --  ", ""},
		{"Straße", "strasse"},
		{"CRÈME Brûlée", "creme|brulee"},
		{"Ångström", "angstrom"},
		{"ΣΊΣΥΦΟΣ", "σισυφοσ"},
		{"Молоко Ёлка", "молоко|елка"},
		{"ﬁn", "fin"},
		{"שָׁלוֹם", "שלום"},
		{"牛乳", "牛乳"},
		{"ｶﾞﾑ", "カム"},
		{"a_b", "a|b"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct words words = folded(br_str_from(rows[i].text));

		CHECK_STR(br_text_str(&words.text), rows[i].words);
		br_text_finish(&words.text);
	}
}

static void test_composed_and_decomposed_letters_are_alike(void)
{
	struct words composed = folded(br_str_from("\xC3\xA9t\xC3\xA9"));
	struct words decomposed = folded(br_str_from("e\xCC\x81te\xCC\x81"));

	CHECK_STR(br_text_str(&composed.text), "ete");
	CHECK_STR(br_text_str(&decomposed.text), "ete");
	br_text_finish(&composed.text);
	br_text_finish(&decomposed.text);
}

static void test_words_are_cut_at_a_character(void)
{
	/* 31 bytes of 'a' and a letter of two bytes, which the limit would split. */
	struct words words = folded(br_str_from("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaжbbb c"));

	CHECK_STR(br_text_str(&words.text), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|c");
	br_text_finish(&words.text);
}

static void test_only_so_many_words_are_given(void)
{
	struct words words = folded(br_str_from("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18"));

	CHECK_INT(words.n, BR_FOLD_WORDS_MAX);
	br_text_finish(&words.text);
}

static void test_what_is_no_text_has_no_words(void)
{
	struct words words = folded(BR_STR("abc\xFF"));

	CHECK_INT(words.n, 0);
	br_text_finish(&words.text);
	words = folded((struct br_str){NULL, 0});
	CHECK_INT(words.n, 0);
	br_text_finish(&words.text);
}

int main(int argc, char **argv)
{
	TEST(test_words_in_many_scripts);
	TEST(test_composed_and_decomposed_letters_are_alike);
	TEST(test_words_are_cut_at_a_character);
	TEST(test_only_so_many_words_are_given);
	TEST(test_what_is_no_text_has_no_words);
	return test_end(argc, argv);
}
