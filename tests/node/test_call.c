#include "node/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/time.h"
#include "tests/lib/sample.h"
#include "tests/lib/test.h"
#include "tests/node/bench.h"

#define CALLS_MAX 512

static const char *const colours[] = {"", "dark_red", "green", NULL};

struct tag {
	struct br_str tag;
};
struct part {
	struct br_str name;
	int64_t size, on;
	uint8_t colour;
	struct br_list tags;
};
/* One field of every kind. */
struct sample {
	struct br_str sku, barcode, note;
	uint64_t count;
	int64_t amount, at_ms;
	bool gift;
	uint8_t colour;
	unsigned char hash[2];
	struct br_list parts, entries;
};

static const struct br_field tag_fields[] = {BR_TEXT(tag, tag, 1, 5)};
static BR_DEFINE_SHAPE(tag_shape, tag, 1, tag_fields);
static const struct br_field part_fields[] = {
	BR_MUST_TEXT(part, name, 1, 10),
	BR_MILLI(part, size, 0, 9000),
	BR_DAY(part, on),
	BR_WORD(part, colour, colours),
	BR_LIST(part, tags, 0, 2, &tag_shape),
};
static BR_DEFINE_SHAPE(part_shape, part, 1, part_fields);
static const struct br_field sample_fields[] = {
	BR_TEXT(sample, sku, 0, 8),
	BR_TEXT(sample, barcode, 0, 14),
	BR_MUST_MILLI(sample, amount, -5000, 5000),
	BR_U64(sample, count, 0, 9),
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct sample, at_ms)},
	BR_BOOL(sample, gift),
	BR_WORD(sample, colour, colours),
	BR_TEXT(sample, note, 0, 20),
	BR_BYTES(sample, hash),
	BR_LIST(sample, parts, 0, 3, &part_shape),
	BR_LIST(sample, entries, 0, 3, &tag_shape),
};
static BR_DEFINE_SHAPE(sample_shape, sample, 1, sample_fields);

static const struct br_call sample_call = {.name = "thing.do_it",
	.help = "Does it.",
	.words = "sku|barcode amount note",
	.shape = &sample_shape};

struct asked {
	struct br_str order;
	uint64_t limit;
	int64_t from_ms;
};
static const struct br_field asked_fields[] = {
	BR_MUST_TEXT(asked, order, 1, 64),
	BR_U64(asked, limit, 1, 100),
	{.name = "from", .kind = BR_FIELD_TIME, .offset = offsetof(struct asked, from_ms)},
};
static BR_DEFINE_SHAPE(asked_shape, asked, 1, asked_fields);
static const struct br_call question = {.name = "order.get",
	.help = "One order.",
	.shape = &asked_shape,
	.path = "/orders/{order}/history"};

/* Reads the words of a line, parted by ';': with '=' a pair, with '!' behind it a bare one. */
static void said_read(struct br_call_said *said, const char *line)
{
	struct br_str rest = br_str_from(line);
	static char kept[BR_CALL_WORDS_MAX][300];

	memset(said, 0, sizeof(*said));
	while (rest.n > 0) {
		struct br_str word = br_str_split(&rest, ';'), value = word, name;

		name = br_str_split(&value, '=');
		if (word.n > 0 && word.s[word.n - 1] == '!') {
			name = (struct br_str){word.s, word.n - 1};
			said->pairs[said->pair_n++] =
				(struct br_call_pair){.name = name, .bare = true};
		} else if (name.n < word.n) {
			said->pairs[said->pair_n++] =
				(struct br_call_pair){.name = name, .value = value};
		} else {
			REQUIRE(br_str_copy(word, kept[said->word_n], sizeof(kept[said->word_n])));
			said->words[said->word_n] = kept[said->word_n];
			said->word_n++;
		}
	}
}

/* What the words parted by ';' become, or the sentence that refuses them. */
static const char *encoded(const struct br_call *call, const char *line)
{
	static char text[4096];
	struct br_call_said said;
	struct br_fault fault = {""};
	struct br_text json;

	said_read(&said, line);
	br_text_init(&json, 1 << 20);
	if (br_call_encode(call, &said, BENCH_NOW_MS, &json, &fault) == 0)
		(void)snprintf(text, sizeof(text), "%s", json.bytes);
	else
		(void)snprintf(text, sizeof(text), "%s", fault.text);
	br_text_finish(&json);
	return text;
}
#define ENCODES(LINE, JSON) CHECK_TEXT(encoded(&sample_call, (LINE)), bench_quote(JSON))
#define REFUSES(LINE, PART) CHECK_HAS(encoded(&sample_call, (LINE)), (PART))

static void test_words_fill_the_fields_that_the_table_names(void)
{
	ENCODES("A;1", "{'sku':'A','amount':1}");
	ENCODES("A;-1;hello", "{'sku':'A','amount':-1,'note':'hello'}");
	ENCODES("4006381333931;1", "{'barcode':'4006381333931','amount':1}");
	ENCODES("(01)40063813;1", "{'barcode':'(01)40063813','amount':1}");
	/* What is given by name takes no word, and neither does its other half. */
	ENCODES("sku=A;1", "{'sku':'A','amount':1}");
	ENCODES("barcode=12;1;n", "{'barcode':'12','amount':1,'note':'n'}");
	ENCODES("A;amount=2;n", "{'sku':'A','amount':2,'note':'n'}");
	REFUSES("A;1;n;more", "\"more\": is a word too many");
	REFUSES("A", "amount: is missing");
}

static void test_without_such_a_list_words_fill_what_is_required(void)
{
	struct br_call call = sample_call;

	call.words = NULL;
	CHECK_TEXT(encoded(&call, "0.5"), "{\"amount\":0.5}");
	CHECK_HAS(encoded(&call, "0.5;A"), "\"A\": is a word too many");
	CHECK_HAS(encoded(&call, ""), "amount: is missing");
}

static void test_values_are_as_people_write_them(void)
{
	ENCODES("amount=1;count=7;gift=yes;colour=dark-red;hash=00ff",
		"{'amount':1,'count':7,'gift':true,'colour':'dark_red','hash':'00ff'}");
	ENCODES("amount=1;gift!", "{'amount':1,'gift':true}");
	ENCODES("amount=1;gift=no", "{'amount':1,'gift':false}");
	ENCODES("amount=1;at=2026-03-01T10:15:00+01:00",
		"{'amount':1,'at':'2026-03-01T09:15:00.000Z'}");
	/* Without a zone it is the store's. */
	ENCODES("amount=1;at=2026-03-01", "{'amount':1,'at':'2026-02-28T22:00:00.000Z'}");
	ENCODES("amount=1;at=2026-03-01 10:15", "{'amount':1,'at':'2026-03-01T08:15:00.000Z'}");
	ENCODES("amount=1;at=2026-07-01T10:15:30", "{'amount':1,'at':'2026-07-01T07:15:30.000Z'}");
	ENCODES("amount=1;at=now", "{'amount':1,'at':'2026-03-01T10:10:00.000Z'}");
	ENCODES("amount=1;at=+30m", "{'amount':1,'at':'2026-03-01T10:40:00.000Z'}");
	ENCODES("amount=1;at=-2h", "{'amount':1,'at':'2026-03-01T08:10:00.000Z'}");
	ENCODES("amount=1;at=+1d", "{'amount':1,'at':'2026-03-02T10:10:00.000Z'}");
	ENCODES("amount=1;at=+1w", "{'amount':1,'at':'2026-03-08T10:10:00.000Z'}");
	ENCODES("amount=1;at=+90s", "{'amount':1,'at':'2026-03-01T10:11:30.000Z'}");
}

static void test_wrong_values_are_refused_with_what_is_allowed(void)
{
	REFUSES("amount=many", "amount: \"many\": allowed is a decimal number");
	REFUSES("amount=1.2345", "amount: \"1.2345\": allowed is a decimal number");
	REFUSES("amount=6", "amount: 6 is out of range, allowed is -5 to 5");
	REFUSES("amount=1;count=1.5", "count: \"1.5\": allowed is a whole number");
	REFUSES("amount=1;count=10", "count: 10 is out of range, allowed is 0 to 9");
	REFUSES("amount=1;gift=maybe", "gift: \"maybe\": allowed is yes or no");
	REFUSES("amount=1;colour=blue", "colour: \"blue\" is unknown, allowed is one of: dark_red");
	REFUSES("amount=1;hash=0", "hash: has 1 digits, allowed is 4 hexadecimal digits");
	REFUSES("amount=1;at=tomorrow", "at: \"tomorrow\": allowed is a time such as 2026");
	REFUSES("amount=1;at=+m", "at: \"+m\": allowed is a time");
	REFUSES("amount=1;at=+5y", "at: \"+5y\": allowed is a time");
	REFUSES("amount=1;at=+99999999999w", "allowed is a time");
	REFUSES("amount=1;at=-9999w", "allowed is a time");
	REFUSES("amount=1;at=2026-02-30", "at: \"2026-02-30\": allowed is a time");
	REFUSES("amount=1;sku=123456789", "sku: has 9 bytes, allowed is 0 to 8");
	REFUSES("amount=1;note=\xFF", "note: is not UTF-8");
	/* A long wrong value is cut at a character's border. */
	REFUSES("amount=\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
		"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
		"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
		"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9",
		"\xC3\xA9\": allowed is a decimal");
}

static void test_names_that_are_off(void)
{
	REFUSES("amout=1", "\"amout\" is not known here, the nearest is amount");
	REFUSES("amount=1;amount=2", "amount: stands twice");
	REFUSES("gift!;amount=1;gift=no", "gift: stands twice");
	REFUSES("amount!", "amount: needs a value behind it");
	REFUSES("A;amount=", "amount: \"\": allowed is a decimal number");
}

static void test_a_list_is_said_by_its_items(void)
{
	ENCODES("amount=1;part=name=x,size=2;part=name=y,colour=dark-red",
		"{'amount':1,'parts':[{'name':'x','size':2},{'name':'y','colour':'dark_red'}]}");
	/* In the plural as well, and as JSON, one or many, mixed. */
	ENCODES("amount=1;parts={\"name\":\"x\"};parts=[{\"name\":\"y\"},{\"name\":\"z\"}]",
		"{'amount':1,'parts':[{'name':'x'},{'name':'y'},{'name':'z'}]}");
	ENCODES("amount=1;parts=[]", "{'amount':1,'parts':[]}");
	/* A day is the same one in every zone. */
	ENCODES("amount=1;part=name=x,on=2026-03-01",
		"{'amount':1,'parts':[{'name':'x','on':'2026-03-01T00:00:00.000Z'}]}");
	ENCODES("amount=1;part=name=a\\,b\\\\c", "{'amount':1,'parts':[{'name':'a,b\\\\c'}]}");
	/* A list of plain values, whose name is not made plural by an s alone. */
	ENCODES("amount=1;entry=a;entry=b;entries=[\"c\"]", "{'amount':1,'entries':['a','b','c']}");
	ENCODES("amount=1;entry=b=a", "{'amount':1,'entries':['b=a']}");
	ENCODES("amount=1;entry=tag=a", "{'amount':1,'entries':[{'tag':'a'}]}");
}

static void test_lists_that_are_off(void)
{
	REFUSES("amount=1;part=nme=x",
		"parts: nme: is no part of it; allowed is NAME=VALUE,NAME=VALUE with name, size");
	REFUSES("amount=1;part=x", "parts: x: is no part of it");
	REFUSES("amount=1;part=name=x,size=big", "parts: size: \"big\": allowed is a decimal");
	REFUSES("amount=1;part=name=x,tags=a", "parts: tags: a list inside a list is said as JSON");
	REFUSES("amount=1;part=name=x,size", "parts: size: needs a value behind it");
	REFUSES("amount=1;part=size=2", "parts: item 0: name: is missing");
	REFUSES("amount=1;parts={\"name\":", "parts: ");
	REFUSES("amount=1;parts=[1]", "parts: item 0: is a number, allowed is an object");
	REFUSES("amount=1;entry=a;entry=b;entry=c;entry=d",
		"entries: has 4 items, allowed is 0 to 3");
	REFUSES("amount=1;entry=abcdef", "entries: item 0: has 6 bytes, allowed is 1 to 5");
	REFUSES("amount=1;parts=@/nonexistent/x", "@/nonexistent/x: cannot be read");
}

static void test_files(void)
{
	char line[600], *large = malloc(BR_CALL_WORD_BYTES_MAX + 2);

	(void)snprintf(line, sizeof(line), "amount=1;parts=@%s",
		test_file_write(
			NULL, "parts.json", "\n[ {\"name\":\"x\"},\n {\"name\":\"y\"} ]\n"));
	CHECK_HAS(encoded(&sample_call, line), "{\"name\":\"x\"},\n {\"name\":\"y\"}]}");
	(void)snprintf(line, sizeof(line), "amount=1;part=@%s",
		test_file_write(NULL, "part.json", "{\"name\":\"x\"}"));
	ENCODES(line, "{'amount':1,'parts':[{'name':'x'}]}");
	(void)snprintf(line, sizeof(line), "@%s",
		test_file_write(NULL, "body.json", "{\"amount\":1,\"sku\":\"A\"}"));
	ENCODES(line, "{'amount':1,'sku':'A'}");
	strcat(line, ";more");
	REFUSES(line, "stands for the whole body");
	(void)snprintf(
		line, sizeof(line), "@%s", test_file_write(NULL, "bad.json", "{\"amount\":\"x\"}"));
	REFUSES(line, "amount: is a text, allowed is a decimal number");
	(void)snprintf(line, sizeof(line), "@%s", test_file_write(NULL, "empty.json", ""));
	REFUSES(line, "JSON");
	REFUSES("@/nonexistent/x", "@/nonexistent/x: cannot be read");
	REQUIRE(large != NULL);
	memset(large, ' ', BR_CALL_WORD_BYTES_MAX + 1);
	large[BR_CALL_WORD_BYTES_MAX + 1] = '\0';
	(void)snprintf(line, sizeof(line), "@%s", test_file_write(NULL, "large.json", large));
	REFUSES(line, "is larger than 1 MiB");
	free(large);
}

static const char *address(const char *json)
{
	static char text[512];
	struct br_text out;
	struct br_json *root;

	br_text_init(&out, sizeof(text) - 1);
	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &root, NULL) == 0);
	br_call_address(&question, root, &out);
	(void)snprintf(text, sizeof(text), "%s", out.bytes);
	br_json_free(root);
	br_text_finish(&out);
	return text;
}

static void test_a_question_becomes_an_address(void)
{
	CHECK_TEXT(address("{'order':'o-1'}"), "/orders/o-1/history");
	CHECK_TEXT(address("{'order':'a/b c','limit':5}"), "/orders/a%2Fb%20c/history?limit=5");
	CHECK_TEXT(address("{'order':'x','limit':5,'from':'2026-03-01T00:00:00.000Z'}"),
		"/orders/x/history?limit=5&from=2026-03-01T00%3A00%3A00.000Z");
	CHECK_TEXT(encoded(&question, "o-1;limit=5"), "{\"order\":\"o-1\",\"limit\":5}");
	CHECK_HAS(
		encoded(&question, "o-1;limit=500"), "limit: 500 is out of range, allowed is 1 to");
	CHECK_HAS(encoded(&question, ""), "order: is missing");
}

static void test_names_as_people_say_them(void)
{
	const struct br_call calls[] = {sample_call, question, {.name = "scan", .path = "/scan"}};
	char buffer[64];

	br_call_noun(&sample_call, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "thing");
	br_call_verb(&sample_call, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "do-it");
	br_call_verb(&question, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "show");
	br_call_verb(&calls[2], buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "");
	CHECK(br_call_find(calls, 3, "thing", "do-it") == &calls[0]);
	CHECK(br_call_find(calls, 3, "thing", "do_it") == &calls[0]);
	CHECK(br_call_find(calls, 3, "order", "show") == &calls[1]);
	CHECK(br_call_find(calls, 3, "order", "get") == &calls[1]);
	CHECK(br_call_find(calls, 3, "scan", "") == &calls[2]);
	CHECK(br_call_find(calls, 3, "thing", "get") == NULL);
	CHECK(br_call_find(calls, 3, "thing", "") == NULL);
	CHECK(br_call_field(&sample_shape, BR_STR("entry")) == &sample_fields[10]);
	CHECK(br_call_field(&sample_shape, BR_STR("part")) == &sample_fields[9]);
	CHECK(br_call_field(&sample_shape, BR_STR("note")) == &sample_fields[7]);
	CHECK(br_call_field(&sample_shape, BR_STR("notes")) == NULL);
	CHECK(br_call_field(&sample_shape, BR_STR("")) == NULL);
}

static void test_the_help_tells_of_every_field(void)
{
	struct br_text text;

	br_text_init(&text, 1 << 16);
	br_call_help(&sample_call, &text);
	CHECK_HAS(text.bytes,
		"usage: backroom thing do-it SKU|BARCODE AMOUNT [NOTE] [--FIELD VALUE]");
	CHECK_HAS(text.bytes, "\n\nDoes it.\n\n");
	CHECK_HAS(text.bytes, "\n  --amount NUMBER         needed; -5 to 5\n");
	CHECK_HAS(text.bytes, "\n  --count NUMBER          0 to 9\n");
	CHECK_HAS(text.bytes, "\n  --at TIME               such as 2026-");
	CHECK_HAS(text.bytes, "\n  --gift [no]             yes when given\n");
	CHECK_HAS(text.bytes, "\n  --colour WORD           dark_red, green\n");
	CHECK_HAS(text.bytes, "\n  --hash HEX              4 hexadecimal digits\n");
	CHECK_HAS(text.bytes,
		"\n  --part NAME=VALUE,...   again for each, up to 3, or --parts @FILE");
	CHECK_HAS(text.bytes, "\n      name=TEXT               needed; up to 10 bytes\n");
	CHECK_HAS(text.bytes, "\n  --entry TEXT            again for each, up to 3\n");
	CHECK_HAS(text.bytes, "\n  --id ID ");
	br_text_clear(&text);
	br_call_help(&question, &text);
	CHECK_HAS(text.bytes, "usage: backroom order show ORDER [--FIELD VALUE]...\n");
	CHECK(strstr(text.bytes, "--id") == NULL);
	br_text_clear(&text);
	br_call_man(&sample_call, &text);
	CHECK_HAS(text.bytes, ".TP\n.B thing do\\-it SKU|BARCODE AMOUNT [NOTE]");
	CHECK_HAS(text.bytes, "\nDoes it.\nFields: \\fBsku\\fR, ");
	br_text_finish(&text);
}

/* The candidates for the last of the words, which are parted by blanks. */
static const char *completed(const char *line)
{
	static char copy[256], text[1024];
	const char *words[16];
	unsigned n = 0;
	struct br_text out;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	words[n++] = copy;
	for (char *c = copy; *c != '\0'; c++)
		if (*c == ' ') {
			*c = '\0';
			words[n++] = c + 1;
		}
	br_text_init(&out, sizeof(text) - 1);
	br_call_complete(&sample_call, words, n, &out);
	(void)snprintf(text, sizeof(text), "%s", out.n > 0 ? out.bytes : "");
	br_text_finish(&out);
	return text;
}

static void test_what_a_shell_completes(void)
{
	CHECK_TEXT(completed("--"), "--sku\n--barcode\n--amount\n--count\n--at\n--gift\n--colour\n"
				    "--note\n--hash\n--part\n--entry\n");
	/* What is given is not said again, unless it is a list. */
	CHECK_TEXT(completed("--sku A --barcode 1 --amount 1 --count 1 --gift --part name=x --"),
		"--at\n--colour\n--note\n--hash\n--part\n--entry\n");
	CHECK_TEXT(completed("--colour "), "dark_red\ngreen\n");
	CHECK_TEXT(completed("--sku "), "");
	CHECK_TEXT(completed("A"), "");
}

/* A command read back as the daemon reads it. */
static void command_check(const struct br_call *call, const char *body, bool all)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.now_ms = 0};
	enum br_refusal refusal = BR_REFUSAL_NONE;
	struct br_fault fault = {""};
	struct br_arena arena;
	struct br_text text;

	br_text_init(&text, 1 << 16);
	br_arena_init(&arena, 1 << 20);
	br_text_printf(&text, "{\"id\":\"x\",\"type\":\"%s\",\"data\":%s}", call->name, body);
	if (!CHECK_INT(br_json_parse(br_text_str(&text), &root, &fault), 0) ||
		!CHECK_INT(br_command_from_json(root, &arena, &command, &refusal, &fault), 0))
		printf("%s %s: %s\n", call->name, body, fault.text);
	for (unsigned i = 0; i < call->shape->field_n; i++)
		if ((all || call->shape->fields[i].required) &&
			!CHECK(br_json_member(br_json_member(root, "data"),
				       call->shape->fields[i].name) != NULL))
			printf("%s: %s is lost\n", call->name, call->shape->fields[i].name);
	br_arena_finish(&arena);
	br_text_finish(&text);
}

static void command_say(const struct br_call *call, bool all)
{
	char values[64][512];
	struct br_call_said said = {.word_n = 0};
	struct br_fault fault = {""};
	struct br_text json;

	for (unsigned i = 0; i < call->shape->field_n; i++) {
		const struct br_field *field = &call->shape->fields[i];

		if (!all && !field->required)
			continue;
		if (field->kind == BR_FIELD_LIST)
			sample_item(field->item, all, values[i], sizeof(values[i]));
		else
			sample_value(field, values[i], sizeof(values[i]));
		said.pairs[said.pair_n++] = (struct br_call_pair){
			.name = br_str_from(field->name), .value = br_str_from(values[i])};
	}
	br_text_init(&json, 1 << 20);
	if (CHECK_INT(br_call_encode(call, &said, BENCH_NOW_MS, &json, &fault), 0))
		command_check(call, json.bytes, all);
	else
		printf("%s: %s\n", call->name, fault.text);
	br_text_finish(&json);
}

static void test_every_command_can_be_said(void)
{
	struct br_call calls[CALLS_MAX];
	unsigned n = br_call_commands(calls, CALLS_MAX), there = 0;

	for (unsigned i = 0; i < br_command_type_n; i++)
		there += !br_command_types[i].internal;
	CHECK_INT(n, there);
	for (unsigned i = 0; i < n; i++) {
		char noun[64], verb[64];

		br_call_noun(&calls[i], noun, sizeof(noun));
		br_call_verb(&calls[i], verb, sizeof(verb));
		if (!CHECK(verb[0] != '\0' && br_call_find(calls, n, noun, verb) == &calls[i]))
			printf("%s: cannot be found\n", calls[i].name);
		command_say(&calls[i], false);
		command_say(&calls[i], true);
	}
}

static void test_every_command_explains_itself(void)
{
	struct br_call calls[CALLS_MAX];
	unsigned n = br_call_commands(calls, CALLS_MAX);
	struct br_text text;
	char option[80];

	br_text_init(&text, 1 << 16);
	for (unsigned i = 0; i < n; i++) {
		const char *help = calls[i].help;

		if (!CHECK(help != NULL && help[0] != '\0' && help[strlen(help) - 1] == '.'))
			printf("%s: give it a sentence in br_command_types\n", calls[i].name);
		br_text_clear(&text);
		br_call_help(&calls[i], &text);
		for (unsigned f = 0; f < calls[i].shape->field_n; f++) {
			const struct br_field *field = &calls[i].shape->fields[f];

			if (field->kind == BR_FIELD_LIST)
				continue;
			(void)snprintf(option, sizeof(option), "\n  --%s ", field->name);
			for (char *c = option; *c != '\0'; c++)
				*c = *c == '_' ? '-' : *c;
			CHECK_HAS(text.bytes, option);
		}
	}
	br_text_finish(&text);
}

static void test_words_without_a_name_are_fields(void)
{
	struct br_call calls[CALLS_MAX];
	unsigned n = br_call_commands(calls, CALLS_MAX);

	for (unsigned i = 0; i < n; i++) {
		struct br_str rest = br_str_from(calls[i].words);

		while (rest.n > 0) {
			struct br_str names = br_str_split(&rest, ' ');

			while (names.n > 0) {
				struct br_str name = br_str_split(&names, '|');

				if (!CHECK(br_call_field(calls[i].shape, name) != NULL))
					printf("%s: no field is called %.*s\n", calls[i].name,
						BR_STR_ARG(name));
			}
		}
	}
}

int main(int argc, char **argv)
{
	REQUIRE(setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4", 1) == 0);
	TEST(test_words_fill_the_fields_that_the_table_names);
	TEST(test_without_such_a_list_words_fill_what_is_required);
	TEST(test_values_are_as_people_write_them);
	TEST(test_wrong_values_are_refused_with_what_is_allowed);
	TEST(test_names_that_are_off);
	TEST(test_a_list_is_said_by_its_items);
	TEST(test_lists_that_are_off);
	TEST(test_files);
	TEST(test_a_question_becomes_an_address);
	TEST(test_names_as_people_say_them);
	TEST(test_the_help_tells_of_every_field);
	TEST(test_what_a_shell_completes);
	TEST(test_every_command_can_be_said);
	TEST(test_every_command_explains_itself);
	TEST(test_words_without_a_name_are_fields);
	return test_end(argc, argv);
}
