#include "node/gs1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/gs1_identifier.h"
#include "node/json.h"
#include "node/text.h"
#include "tests/lib/test.h"

static struct br_arena arena;

/* The elements as one text: "(01)09506000134352(10)ABC", and "" for what was refused. */
static const char *told(int result, const struct br_gs1 *gs1)
{
	static char buffer[2048];
	size_t n = 0;

	buffer[0] = '\0';
	for (unsigned i = 0; result == 0 && i < gs1->n; i++)
		n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "(%.*s)%.*s",
			BR_STR_ARG(gs1->elements[i].ai), BR_STR_ARG(gs1->elements[i].value));
	return buffer;
}

/* Reads an element string in which '^' stands for the separator. */
static int string_read(const char *text, struct br_gs1 *ret_gs1)
{
	static char buffer[1024];

	REQUIRE(strlen(text) < sizeof(buffer));
	(void)strcpy(buffer, text);
	for (char *p = buffer; *p != '\0'; p++)
		if (*p == '^')
			*p = BR_GS1_SEPARATOR;
	return br_gs1_element_string(br_str_from(buffer), ret_gs1);
}

static const char *string_of(const char *text)
{
	struct br_gs1 gs1;
	int result = string_read(text, &gs1);

	return told(result, &gs1);
}

static const char *link_of(const char *uri)
{
	struct br_gs1 gs1;
	int result = br_gs1_link(br_str_from(uri), &arena, &gs1);

	return told(result, &gs1);
}

static const char *bracketed_of(const char *text)
{
	struct br_gs1 gs1;
	int result = br_gs1_bracketed(br_str_from(text), &arena, &gs1);

	return told(result, &gs1);
}

static void test_element_strings(void)
{
	CHECK_TEXT(string_of("0109506000134352172612311"
			     "0ABC^21XYZ"),
		"(01)09506000134352(17)261231(10)ABC(21)XYZ");
	CHECK_TEXT(string_of("01095060001343523103000195"), "(01)09506000134352(3103)000195");
	/* A separator behind a value of fixed length harms nobody. */
	CHECK_TEXT(string_of("0109506000134352^10A^"), "(01)09506000134352(10)A");
	CHECK_TEXT(string_of("0109506000134353"), "");
	CHECK_TEXT(string_of("17261331"), "");
	CHECK_TEXT(string_of("17260230"), "");
	CHECK_TEXT(string_of("1726020"), "");
	CHECK_TEXT(string_of("89X"), "");
	CHECK_TEXT(string_of("3106000195"), "");
	CHECK_TEXT(string_of("10A B"), "");
	CHECK_TEXT(string_of("10A^10B"), "");
	CHECK_TEXT(string_of("10A^10A"), "(10)A");
	CHECK_TEXT(string_of(""), "");
}

static void test_bracketed_strings(void)
{
	CHECK_TEXT(bracketed_of("(01)09506000134352(10)A\\(1"), "(01)09506000134352(10)A(1");
	CHECK_TEXT(bracketed_of("(01)0950600013435"), "");
	CHECK_TEXT(bracketed_of("(01"), "");
	CHECK_TEXT(bracketed_of("01)09506000134352"), "");
	CHECK_TEXT(bracketed_of("(10)"), "");
	CHECK_TEXT(bracketed_of("(0)1"), "");
}

static void test_links(void)
{
	CHECK_TEXT(link_of("https://id.gs1.org/01/09506000134352/10/A%2FB?17=261231&x=1#top"),
		"(01)09506000134352(10)A/B(17)261231");
	/* Without the zeros in front, as on packages printed earlier. */
	CHECK_TEXT(link_of("https://brand.example/a/01/9506000134352"), "(01)09506000134352");
	CHECK_TEXT(link_of("https://brand.example/01/09506000134352/"), "");
	CHECK_TEXT(link_of("https://brand.example/01/09506000134352?99=A%2"), "");
	CHECK_TEXT(link_of("https://brand.example/01/09506000134352?10=A"), "");
	CHECK_TEXT(link_of("https://01/09506000134352"), "");
	CHECK_TEXT(link_of("ftp://a/01/09506000134352"), "");
	CHECK_TEXT(link_of("https://a"), "");
}

/* The standard's own spelling, so that it can be compared: '^' before all but fixed lengths. */
static const char *canonical(const struct br_gs1 *gs1)
{
	static char buffer[2048];
	bool open = true;
	size_t n = 0;

	for (unsigned i = 0; i < gs1->n; i++) {
		n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%s%.*s%.*s", open ? "^" : "",
			BR_STR_ARG(gs1->elements[i].ai), BR_STR_ARG(gs1->elements[i].value));
		open = !br_gs1_identifier_of(gs1->elements[i].ai)->fixed;
	}
	return buffer;
}

/* The vectors of the standard's reference engine. */
static struct br_json *vectors_load(void)
{
	const char *path = test_data("gs1/syntax/gs1-syntax-vectors.json");
	struct br_json *root = NULL;
	size_t n = 0;
	char *bytes;

	if (path == NULL)
		return NULL;
	bytes = test_file_read(path, &n);
	REQUIRE(br_json_parse((struct br_str){bytes, n}, &root, NULL) == 0);
	free(bytes);
	return root;
}

static const char *text_of(const struct br_json *vector, const char *name)
{
	struct br_str text;

	return br_json_string(br_json_member(vector, name), &text) ? text.s : "";
}

static bool truth_of(const struct br_json *vector, const char *name)
{
	bool truth = false;

	(void)!br_json_bool(br_json_member(vector, name), &truth);
	return truth;
}

static int string_vector(const struct br_json *vector, struct br_gs1 *ret_gs1)
{
	const char *text = text_of(vector, "element_string");

	return text[0] == '^' ? string_read(text + 1, ret_gs1) : BR_E_INVALID;
}

static int bracketed_vector(const struct br_json *vector, struct br_gs1 *ret_gs1)
{
	return br_gs1_bracketed(br_str_from(text_of(vector, "bracketed")), &arena, ret_gs1);
}

static int link_vector(const struct br_json *vector, struct br_gs1 *ret_gs1)
{
	return br_gs1_link(br_str_from(text_of(vector, "uri")), &arena, ret_gs1);
}

/*
 * Vectors that ask for an option of the reference engine, or for its absence: words in place of
 * identifiers, identifiers that the standard does not know, and GTINs without the zeros in front,
 * which a store had better read.
 */
static const char *const optional[] = {"https://a/gtin/12312312312333",
	"https://a/gtin/12312312312333/ser/ABC123", "https://a/sscc/006141411234567890",
	"https://a/01/2112345678900", "https://a/01/416000336108", "https://a/01/02345673",
	"https://a/8004/9520614141234567?01=2112345678900",
	"https://a/8004/9520614141234567?01=02345673",
	"https://example.com/01/09520123456788?99=XYZ&89=ABC123"};

static bool optional_is(const struct br_json *vector)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(optional); i++)
		if (strcmp(text_of(vector, "uri"), optional[i]) == 0)
			return true;
	return false;
}

/* Runs one group of vectors; the number that came out otherwise than the standard has it. */
static unsigned group_run(const struct br_json *root, const char *name,
	int (*read)(const struct br_json *vector, struct br_gs1 *ret_gs1), unsigned *ret_n)
{
	unsigned wrong = 0, n = 0;

	BR_JSON_EACH (vector, br_json_member(root, name)) {
		struct br_gs1 gs1;
		int result = read(vector, &gs1);
		const char *want = text_of(vector, "element_string");
		bool right = (result == 0) == truth_of(vector, "ok");

		br_arena_reset(&arena);
		result = read(vector, &gs1);
		if (right && result == 0 && read != string_vector)
			right = strcmp(canonical(&gs1), want) == 0;
		right |= optional_is(vector);
		if (!right)
			(void)printf("# otherwise: %s%s%s -> %s\n", text_of(vector, "uri"),
				text_of(vector, "bracketed"), want, told(result, &gs1));
		wrong += !right;
		n++;
	}
	*ret_n = n;
	return wrong;
}

static void test_the_vectors_of_the_standard(void)
{
	struct br_json *root = vectors_load();
	unsigned n;

	if (root == NULL)
		return;
	CHECK_INT(group_run(root, "process_element_string", string_vector, &n), 0);
	CHECK(n >= 79);
	CHECK_INT(group_run(root, "parse_bracketed_ai", bracketed_vector, &n), 0);
	CHECK(n >= 28);
	CHECK_INT(group_run(root, "parse_digital_link_uri", link_vector, &n), 0);
	CHECK(n >= 116);
	br_json_free(root);
}

int main(int argc, char **argv)
{
	int code;

	br_arena_init(&arena, 1 << 20);
	TEST(test_element_strings);
	TEST(test_bracketed_strings);
	TEST(test_links);
	TEST(test_the_vectors_of_the_standard);
	code = test_end(argc, argv);
	br_arena_finish(&arena);
	return code;
}
