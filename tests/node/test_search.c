#include "node/search.h"

#include <stdio.h>
#include <string.h>

#include "node/search_index.h"
#include "node/search_match.h"
#include "node/text.h"
#include "tests/node/bench.h"

static void hit_add(void *context, struct br_str sku)
{
	br_text_add_str(context, sku);
	br_text_putc(context, ' ');
}

/* The SKUs found, in the order found, each with a blank behind it. */
static const char *found(
	struct br_search *search, struct bench *bench, const char *query, unsigned limit)
{
	static char hits[8000];
	struct br_text text;

	br_text_init(&text, sizeof(hits) - 1);
	br_search_find(search, bench_read(bench), br_str_from(query), limit, hit_add, &text);
	REQUIRE(br_str_copy(br_text_str(&text), hits, sizeof(hits)));
	br_text_finish(&text);
	return hits;
}

/* The same by a search of its own. */
static const char *searched(struct bench *bench, const char *query, unsigned limit)
{
	BR_CLEANUP(br_search_cleanup) struct br_search *search = NULL;

	REQUIRE(br_search_create(&search) == 0);
	return found(search, bench, query, limit);
}

static void catalogue_of_scripts(struct bench *bench)
{
	static const char *const rows[] = {
		"{'sku':'en','name':'Apple Juice pressed','brand':'Orchard'}",
		"{'sku':'de','name':'Apfelsaft naturtr\xC3\xBC"
		"b, gro\xC3\x9F'}",
		"{'sku':'fr','name':'Cr\xC3\xA8me fra\xC3\xAE"
		"che'}",
		"{'sku':'ru','name':'Яблочный сок'}",
		"{'sku':'el','name':'Χυμός Μήλου'}",
		"{'sku':'fa','name':'آب سیب'}",
		"{'sku':'ja','name':'りんごジュース'}",
		"{'sku':'X-100','name':'Apple'}",
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_INT(bench_do(bench, "product.upsert", "%s", rows[i]), 0);
}

static void test_searching_in_many_scripts(void)
{
	static const struct {
		const char *query, *hits;
	} rows[] = {
		{"apple", "X-100 en "},
		{"APPLE JUI", "en "},
		{"jui app", "en "},
		{"orchard", "en "},
		{"apple apple", "X-100 en "},
		{"NATURTRUB", "de "},
		{"gross", "de "},
		{"creme", "fr "},
		{"яблоч", "ru "},
		{"СОК ЯБЛ", "ru "},
		{"μηλου", "el "},
		{"سیب", "fa "},
		{"りんご", "ja "},
		{"100", "X-100 "},
		{"x-100", "X-100 "},
		{"pple", ""},
		{"apple zebra", ""},
		{"", ""},
		{"-- !", ""},
	};
	struct bench bench;

	bench_open(&bench, "scripts");
	catalogue_of_scripts(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_TEXT(searched(&bench, rows[i].query, 10), rows[i].hits);
	bench_close(&bench);
}

static void test_a_search_stops_at_its_limit(void)
{
	struct bench bench;

	bench_open(&bench, "limit");
	for (int i = 0; i < 30; i++)
		CHECK_INT(
			bench_do(&bench, "product.upsert", "{'sku':'S%02d','name':'soap'}", i), 0);
	CHECK_TEXT(searched(&bench, "soap", 2), "S00 S01 ");
	bench_close(&bench);
}

static void test_a_scanned_barcode_is_a_search(void)
{
	struct bench bench;

	bench_open(&bench, "scan-search");
	bench_catalogue(&bench);
	CHECK_TEXT(searched(&bench, "2000000000015", 10), "A ");
	bench_close(&bench);
}

/* Changing a name must not leave its old words behind, nor take away what others share. */
static void test_a_changed_name_is_found_by_its_new_words_only(void)
{
	struct bench bench;

	bench_open(&bench, "renamed");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'red soap soap'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'B','name':'red brush'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'blue soap'}"), 0);
	CHECK_TEXT(searched(&bench, "red", 10), "B ");
	CHECK_TEXT(searched(&bench, "blue", 10), "A ");
	CHECK_TEXT(searched(&bench, "soap", 10), "A ");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_one_mistake_in_a_long_word_is_forgiven(void)
{
	static const struct {
		const char *query, *hits;
	} rows[] = {
		{"chocolate", "C "},
		{"chocolat", "C "},
		/* Left out, put in, replaced, swapped; at the beginning, inside and at the end. */
		{"hocolate", "C "},
		{"chcolate", "C "},
		{"choccolate", "C "},
		{"xchocolate", "C "},
		{"chocolatexx", ""},
		{"chokolate", "C "},
		{"khocolate", "C "},
		{"chocoalte", "C "},
		{"hcocolate", "C "},
		{"chocolaet", "C "},
		{"chokolade", ""},
		{"chocolate mikl", ""},
		{"mikl", ""},
		{"choklate milk", ""},
		{"chokolate milk", "C "},
		{"яблочнй", "R "},
		{"ябличный", "R "},
		{"яблчоный", "R "},
		{"биличный", ""},
	};
	struct bench bench;

	bench_open(&bench, "typos");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'C','name':'Milk chocolate'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'R','name':'яблочный сок'}"), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		CHECK_TEXT(searched(&bench, rows[i].query, 10), rows[i].hits);
	bench_close(&bench);
}

static void test_what_fits_exactly_goes_before_what_nearly_fits(void)
{
	struct bench bench;

	bench_open(&bench, "exact");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'plaster'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'B','name':'platter'}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"), 0);
	CHECK_TEXT(searched(&bench, "platter", 10), "B A ");
	CHECK_TEXT(searched(&bench, "platter", 1), "B ");
	bench_close(&bench);
}

static void sell(struct bench *bench, const char *sku, unsigned quantity)
{
	CHECK_INT(bench_do(bench, "sale.record",
			  "{'till':'t','currency':'EUR','lines':[{'sku':'%s','quantity':%u,'price':"
			  "1}]}",
			  sku, quantity),
		0);
}

static void test_what_is_in_stock_and_sells_comes_first(void)
{
	BR_CLEANUP(br_search_cleanup) struct br_search *search = NULL;
	struct bench bench;

	bench_open(&bench, "rank");
	REQUIRE(br_search_create(&search) == 0);
	for (unsigned i = 0; i < 5; i++)
		CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'%c','name':'soap%s'}",
				  'A' + (char)i, i == 1 ? "" : "box"),
			0);
	/* Whole words go first among equals. */
	CHECK_TEXT(found(search, &bench, "soap", 10), "B A C D E ");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'D','kind':'receive','quantity':9}"), 0);
	CHECK_TEXT(found(search, &bench, "soap", 10), "D B A C E ");
	sell(&bench, "E", 4);
	CHECK_TEXT(found(search, &bench, "soap", 10), "D B E A C ");
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'E','kind':'receive','quantity':9}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C','kind':'receive','quantity':99}"), 0);
	sell(&bench, "C", 40);
	CHECK_TEXT(found(search, &bench, "soap", 10), "C E D B A ");
	/* A search that begins now knows the same. */
	CHECK_TEXT(searched(&bench, "soap", 10), "C E D B A ");
	bench_close(&bench);
}

static void test_names_in_other_languages_are_found(void)
{
	struct bench bench;

	bench_open(&bench, "languages");
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'Apple juice','names':[{'lang':'fr','text':'Jus de "
			  "pomme'},{'lang':'de','text':'Apfelsaft'}]}"),
		0);
	CHECK_TEXT(searched(&bench, "pomme", 10), "A ");
	CHECK_TEXT(searched(&bench, "apfel jus", 10), "A ");
	bench_close(&bench);
}

/* What is removed, or comes back, while the search goes on. */
static void test_a_search_follows_the_catalogue(void)
{
	BR_CLEANUP(br_search_cleanup) struct br_search *search = NULL;
	struct bench bench;

	bench_open(&bench, "follow");
	REQUIRE(br_search_create(&search) == 0);
	CHECK_TEXT(found(search, &bench, "soap", 10), "");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'soap'}"), 0);
	CHECK_TEXT(found(search, &bench, "soap", 10), "A ");
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), 0);
	CHECK_TEXT(found(search, &bench, "soap", 10), "");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'A','name':'soap dish'}"), 0);
	CHECK_TEXT(found(search, &bench, "dish", 10), "A ");
	bench_close(&bench);
}

/* While it is filled in steps, the catalogue goes on changing. */
static void test_filling_in_steps_misses_nothing(void)
{
	BR_CLEANUP(br_search_cleanup) struct br_search *search = NULL;
	struct bench bench;

	bench_open(&bench, "steps");
	REQUIRE(br_search_create(&search) == 0);
	for (int i = 0; i < 20; i++)
		CHECK_INT(
			bench_do(&bench, "product.upsert", "{'sku':'S%02d','name':'soap'}", i), 0);
	CHECK(!br_search_follow(search, bench_read(&bench), 8));
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S03','name':'brush'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S15','name':'brush'}"), 0);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'S04'}"), 0);
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'S01a','name':'brush'}"), 0);
	CHECK(!br_search_follow(search, bench_read(&bench), 8));
	while (!br_search_follow(search, bench_read(&bench), 1))
		continue;
	CHECK_TEXT(found(search, &bench, "brush", 10), "S03 S15 S01a ");
	CHECK_TEXT(found(search, &bench, "soap", 3), "S00 S01 S02 ");
	CHECK(br_search_bytes(search) > 0);
	bench_close(&bench);
}

/* A model of the matching, word by word, that is slow and plain. */
#define MODEL_PRODUCTS 40
#define MODEL_WORDS 3
#define MODEL_BYTES 9

struct model {
	char words[MODEL_PRODUCTS][MODEL_WORDS][MODEL_BYTES];
	bool live[MODEL_PRODUCTS];
};

static void word_make(char *word)
{
	size_t n = 1 + test_random() % (MODEL_BYTES - 1);

	for (size_t i = 0; i < n; i++)
		word[i] = (char)('a' + test_random() % 3);
	word[n] = '\0';
}

/* True when some beginning of `word` is `query` with one edit. */
static bool near_model(const char *word, const char *query)
{
	size_t n = strlen(query), m = strlen(word);

	for (size_t i = 0; i < n; i++) {
		size_t rest = n - i;

		if (i > m || strncmp(word, query, i) != 0)
			return false;
		if (strncmp(word + i, query + i + 1, rest - 1) == 0)
			return true;
		if (i == m)
			return false;
		if (strncmp(word + i + 1, query + i + 1, rest - 1) == 0 ||
			strncmp(word + i + 1, query + i, rest) == 0)
			return true;
		if (rest > 1 && word[i] == query[i + 1] && word[i + 1] == query[i] &&
			strncmp(word + i + 2, query + i + 2, rest - 2) == 0)
			return true;
	}
	return false;
}

static bool matches_model(const struct model *model, unsigned product, char query[][MODEL_BYTES],
	unsigned n, bool near)
{
	for (unsigned q = 0; q < n; q++) {
		bool found_one = false;

		for (unsigned w = 0; w < MODEL_WORDS; w++) {
			const char *word = model->words[product][w];

			found_one |= strncmp(word, query[q], strlen(query[q])) == 0;
			found_one |= near && strlen(query[q]) >= BR_SEARCH_TYPO_LETTERS_MIN &&
				     near_model(word, query[q]);
		}
		if (!found_one)
			return false;
	}
	return true;
}

static void model_change(struct model *model, struct br_search_index *index)
{
	unsigned product = (unsigned)(test_random() % MODEL_PRODUCTS);
	char sku[8];

	(void)snprintf(sku, sizeof(sku), "%u", product);
	if (test_random() % 5 == 0) {
		model->live[product] = false;
		br_search_index_remove(index, br_str_from(sku));
		return;
	}
	model->live[product] = true;
	br_search_index_product(index, br_str_from(sku), 0);
	for (unsigned w = 0; w < MODEL_WORDS; w++) {
		word_make(model->words[product][w]);
		br_search_index_word(index, br_str_from(model->words[product][w]));
	}
}

/* What is found is exactly what the model finds, each once, what is right before what is near. */
static bool model_holds(const struct model *model, struct br_search_index *index,
	struct br_search_match *match, char query[][MODEL_BYTES], unsigned n)
{
	bool hit[MODEL_PRODUCTS] = {false}, held = true, near_seen = false;
	char text[MODEL_WORDS * (MODEL_BYTES + 1)] = "";
	unsigned hits;

	for (unsigned q = 0; q < n; q++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", query[q]);
	hits = br_search_match_run(match, index, br_str_from(text), BR_SEARCH_HITS_MAX);
	for (unsigned i = 0; i < hits; i++) {
		struct br_str sku = br_search_index_sku(index, match->hits[i].number);
		int64_t product = -1;

		held &= br_str_to_i64(sku, &product) && !hit[product];
		hit[product] = true;
		if (matches_model(model, (unsigned)product, query, n, false))
			held &= !near_seen;
		else
			near_seen = true;
	}
	for (unsigned i = 0; i < MODEL_PRODUCTS; i++)
		held &= hit[i] == (model->live[i] && matches_model(model, i, query, n, true));
	return held;
}

static void test_what_is_found_is_what_a_plain_model_finds(void)
{
	struct br_search_match match = {.space = 0};
	struct br_search_index index;
	struct model model = {.live = {false}};
	unsigned wrong = 0;

	br_search_index_init(&index);
	/* Enough changes that the dead are forgotten in between. */
	for (unsigned round = 0; round < 12000; round++) {
		char query[MODEL_WORDS][MODEL_BYTES];
		unsigned n = 1 + (unsigned)(test_random() % 2);

		model_change(&model, &index);
		if (round % 4 != 0)
			continue;
		for (unsigned q = 0; q < n; q++)
			word_make(query[q]);
		wrong += !model_holds(&model, &index, &match, query, n);
	}
	CHECK_INT(wrong, 0);
	CHECK(!index.failed && index.products.n < 6000);
	br_search_match_finish(&match);
	br_search_index_finish(&index);
}

int main(int argc, char **argv)
{
	TEST(test_searching_in_many_scripts);
	TEST(test_a_search_stops_at_its_limit);
	TEST(test_a_scanned_barcode_is_a_search);
	TEST(test_a_changed_name_is_found_by_its_new_words_only);
	TEST(test_one_mistake_in_a_long_word_is_forgiven);
	TEST(test_what_fits_exactly_goes_before_what_nearly_fits);
	TEST(test_what_is_in_stock_and_sells_comes_first);
	TEST(test_names_in_other_languages_are_found);
	TEST(test_a_search_follows_the_catalogue);
	TEST(test_filling_in_steps_misses_nothing);
	TEST(test_what_is_found_is_what_a_plain_model_finds);
	return test_end(argc, argv);
}
