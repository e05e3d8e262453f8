#include "node/label_design.h"

#include <stdio.h>
#include <string.h>

#include "node/tables.h"
#include "tests/node/bench.h"

static struct bench bench;
static unsigned checked;

/* The labels' part here: a template begins with a brace. */
static int text_check(struct br_str template, struct br_str text, struct br_fault *fault)
{
	checked++;
	CHECK(template.n > 0);
	return text.s[0] == '{' ? 0 : br_fault_set(fault, BR_E_INVALID, "box 1: is no box");
}

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench.actor = "hq";
	checked = 0;
	br_label_design_check_set(text_check);
}

static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
	br_label_design_check_set(NULL);
}

/* A template of so many bytes, in letters of two bytes. */
static enum br_refusal set(const char *name, unsigned version, unsigned bytes)
{
	static char text[2 * BR_LABEL_DESIGN_BYTES_MAX];
	size_t n = 1;

	text[0] = '{';
	while (n + 2 <= bytes - 1) {
		memcpy(text + n, version % 2 == 0 ? "é" : "ß", 2);
		n += 2;
	}
	while (n < bytes - 1)
		text[n++] = ' ';
	text[n++] = '}';
	text[n] = '\0';
	return bench_do(&bench, "template.set", "{'template':'%s','version':%u,'text':'%s'}", name,
		version, text);
}

static size_t length_of(const char *name)
{
	struct br_text text;
	size_t n;

	br_text_init(&text, BR_LABEL_DESIGN_BYTES_MAX);
	REQUIRE(br_label_design_get(bench_read(&bench), br_str_from(name), &bench.arena, &text) ==
		0);
	n = text.n;
	CHECK(n < 2 || (text.bytes[0] == '{' && text.bytes[n - 1] == '}'));
	CHECK(br_utf8_valid(text.bytes, n));
	br_text_finish(&text);
	return n;
}

static void test_the_last_version_wins(void)
{
	uint64_t head;

	begin("version");
	CHECK_INT(set("shelf", 3, 4000), 0);
	CHECK_INT(length_of("shelf"), 4000);
	head = br_core_head(bench.core);
	CHECK_INT(set("shelf", 3, 100), BR_REFUSAL_VERSION);
	CHECK_INT(set("shelf", 2, 100), BR_REFUSAL_VERSION);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(length_of("shelf"), 4000);
	/* A shorter one leaves nothing of the longer one behind. */
	CHECK_INT(set("shelf", 4, 100), 0);
	CHECK_INT(length_of("shelf"), 100);
	end();
}

static void test_any_length_comes_back_whole(void)
{
	static const unsigned lengths[] = {2, 1399, 1400, 1401, 2799, 2800, 2801, 15999, 16000};

	begin("length");
	for (unsigned i = 0; i < BR_ARRAY_LEN(lengths); i++) {
		CHECK_INT(set("shelf", i + 1, lengths[i]), 0);
		CHECK_INT(length_of("shelf"), lengths[i]);
	}
	CHECK_INT(set("shelf", 90, BR_LABEL_DESIGN_BYTES_MAX + 1), BR_REFUSAL_MALFORMED);
	end();
}

static void test_templates_are_walked_by_name(void)
{
	char name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1] = "";

	begin("walk");
	CHECK(!br_label_design_next(bench_read(&bench), br_str_from(name), name));
	CHECK_INT(set("b", 1, 5000), 0);
	CHECK_INT(set("a", 1, 10), 0);
	CHECK_INT(set("bb", 1, 10), 0);
	REQUIRE(br_label_design_next(bench_read(&bench), br_str_from(name), name));
	CHECK_TEXT(name, "a");
	REQUIRE(br_label_design_next(bench_read(&bench), br_str_from(name), name));
	CHECK_TEXT(name, "b");
	REQUIRE(br_label_design_next(bench_read(&bench), br_str_from(name), name));
	CHECK_TEXT(name, "bb");
	CHECK(!br_label_design_next(bench_read(&bench), br_str_from(name), name));
	end();
}

static void test_what_may_not_be_is_refused_with_its_reason(void)
{
	static const struct bench_refused rows[] = {
		{"template.set", "{'template':'shelf','version':1,'text':'no template'}",
			"template \"shelf\": box 1: is no box", BR_REFUSAL_MALFORMED},
	};
	char name[16];

	begin("refused");
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(checked, 1);
	CHECK_INT(bench_do(&bench, "template.set", "{'template':'s','version':0,'text':'{}'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_INT(bench_do(&bench, "template.set", "{'template':'','version':1,'text':'{}'}"),
		BR_REFUSAL_MALFORMED);
	bench.actor = "web";
	CHECK_INT(set("shelf", 1, 10), BR_REFUSAL_NOT_ALLOWED);
	bench.actor = "hq";
	for (unsigned i = 0; i < BR_LABEL_DESIGNS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "t%u", i);
		CHECK_INT(set(name, 1, 10), 0);
	}
	CHECK_INT(set("one-more", 1, 10), BR_REFUSAL_TOO_MUCH);
	/* Those that there are can still be changed. */
	CHECK_INT(set("t7", 2, 20), 0);
	end();
}

static void test_a_missing_part_is_told(void)
{
	struct br_key key = br_key_of_str(BR_STR("shelf"));
	struct br_txn *txn = NULL;
	struct br_text text;

	begin("missing");
	CHECK_INT(set("shelf", 1, 4000), 0);
	REQUIRE(br_txn_begin(bench.store, true, &txn) == 0);
	br_key_add_u32(&key, 1);
	br_txn_delete(txn, BR_TABLE_LABEL_DESIGN, br_key_str(&key));
	br_text_init(&text, BR_LABEL_DESIGN_BYTES_MAX);
	CHECK_INT(br_label_design_get(txn, BR_STR("shelf"), &bench.arena, &text), BR_E_CORRUPT);
	br_txn_abort(txn);
	br_text_finish(&text);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_last_version_wins);
	TEST(test_any_length_comes_back_whole);
	TEST(test_templates_are_walked_by_name);
	TEST(test_what_may_not_be_is_refused_with_its_reason);
	TEST(test_a_missing_part_is_told);
	return test_end(argc, argv);
}
