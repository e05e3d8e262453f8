/*
 * The command-line tool as a person uses it: a working day said in words. And every command and
 * every question of the tables through the real tool, whatever they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/json.h"
#include "tests/lib/sample.h"
#include "tests/system/store_node.h"
#include "web-ui/query.h"

static struct store_node node;

#define TOOL(RET_OUTPUT, ...) store_node_tool(&node, (RET_OUTPUT), __VA_ARGS__, (char *)NULL)

/* The call ends with this code and says this. */
#define SAYS(CODE, PART, ...) \
	do { \
		char *said_; \
		CHECK_INT(TOOL(&said_, __VA_ARGS__), (CODE)); \
		CHECK_HAS(said_, (PART)); \
		free(said_); \
	} while (0)

static struct br_json *json_of(const char *text)
{
	struct br_json *root = NULL;
	struct br_fault fault = {""};

	if (!CHECK_INT(br_json_parse(br_str_from(text), &root, &fault), 0))
		printf("%s: %s\n", fault.text, text);
	return root;
}

static int64_t number_of(const struct br_json *json, const char *member)
{
	int64_t number;

	return br_json_i64(br_json_member(json, member), &number) ? number : -1;
}

/* A file as an argument names it; valid until the next call. */
static const char *file_write(const char *name, const char *text)
{
	static char path[TEST_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "@%s", test_file_write(NULL, name, text));
	return path;
}

/* "order.hand_over" as noun and verb. */
static void name_split(const char *name, char noun[64], char verb[64])
{
	struct br_str rest = br_str_from(name);

	REQUIRE(br_str_copy(br_str_split(&rest, '.'), noun, 64));
	REQUIRE(br_str_copy(rest, verb, 64));
}

/* Runs the tool with words that stand in one text, parted by blanks; quotes as in a shell. */
static int tool_line(char **ret_output, const char *line)
{
	/* The tool is called by a shell, which takes the quotes away that are put around a word. */
	char quoted[8192];

	(void)snprintf(quoted, sizeof(quoted), "--quiet' %s '--quiet", line);
	return TOOL(ret_output, quoted);
}

/* What is needed of a command, said with a dry run: what comes out is what the daemon reads. */
static void command_walk(const struct br_command_type *type)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.now_ms = 0};
	char noun[64], verb[64], value[512], *said;
	struct br_fault fault = {""};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_text line;

	name_split(type->name, noun, verb);
	SAYS(0, "usage: backroom ", noun, verb, "--help");
	br_text_init(&line, 1 << 16);
	br_text_printf(&line, "%s %s --dry-run", noun, verb);
	for (unsigned i = 0; i < type->shape->field_n; i++) {
		const struct br_field *field = &type->shape->fields[i];

		if (!field->required)
			continue;
		if (field->kind == BR_FIELD_LIST)
			sample_item(field->item, false, value, sizeof(value));
		else
			sample_value(field, value, sizeof(value));
		br_text_printf(&line, " --%s '%s'", field->name, value);
	}
	br_arena_init(&arena, 1 << 20);
	if (!CHECK_INT(tool_line(&said, line.bytes), 0))
		printf("%s: %s\n", line.bytes, said);
	root = json_of(said);
	if (root != NULL &&
		!CHECK_INT(br_command_from_json(root, &arena, &command, &refusal, &fault), 0))
		printf("%s: %s\n", said, fault.text);
	CHECK(command.type == type);
	br_arena_finish(&arena);
	br_text_finish(&line);
	free(said);
}

static void test_every_command_is_reachable(void)
{
	for (unsigned i = 0; i < br_command_type_n; i++)
		if (!br_command_types[i].internal)
			command_walk(&br_command_types[i]);
}

static void test_commands_of_the_node_itself_are_not(void)
{
	SAYS(2, "no such call \"label want\"", "label", "want");
	SAYS(2, "no such call \"alarm raise\"", "alarm", "raise", "--help");
}

/* The page that is installed was written by the tool, from the same tables. */
static void test_the_manual_lists_every_command(void)
{
	const char *build = getenv("BACKROOM_BUILD");
	char path[TEST_PATH_BYTES], noun[64], verb[64], line[160];
	char *page;

	(void)snprintf(path, sizeof(path), "%s/packaging/backroom.1", build != NULL ? build : ".");
	page = test_file_read(path, NULL);
	for (unsigned i = 0; i < br_command_type_n; i++) {
		if (br_command_types[i].internal)
			continue;
		name_split(br_command_types[i].name, noun, verb);
		(void)snprintf(line, sizeof(line), "\n.SS %s\n", noun);
		for (char *c = line; *c != '\0'; c++)
			*c = *c == '_' ? '-' : *c;
		CHECK_HAS(page, line);
		/* troff has its own way with dashes. */
		(void)snprintf(line, sizeof(line), "\n%.*s",
			(int)strcspn(br_command_types[i].help, "-\\"), br_command_types[i].help);
		CHECK_HAS(page, line);
	}
	CHECK_HAS(page, "\n.SH EXIT STATUS\n");
	free(page);
}

/* The verbs that are no calls stand in the page by hand, so the help is compared with it. */
static void test_the_manual_lists_the_tools_own_verbs(void)
{
	const char *build = getenv("BACKROOM_BUILD");
	char path[TEST_PATH_BYTES], name[64], *page, *help, *own;
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "%s/packaging/backroom.1", build != NULL ? build : ".");
	page = test_file_read(path, NULL);
	own = strstr(page, ".SH THE TOOL'S OWN VERBS\n");
	REQUIRE(own != NULL && strstr(own, ".SH WHAT THE STORE") != NULL);
	*strstr(own, ".SH WHAT THE STORE") = '\0';
	CHECK_INT(TOOL(&help, "help"), 0);
	for (const char *line = strstr(help, "\n  "); line != NULL && strncmp(line, "\n  ", 3) == 0;
		line = strchr(line + 1, '\n')) {
		size_t end = strspn(line + 3, "abcdefghijklmnopqrstuvwxyz- ");

		while (end > 0 && line[2 + end] == ' ')
			end--;
		(void)snprintf(name, sizeof(name), "%.*s", (int)end, line + 3);
		if (!CHECK(strstr(own, name) != NULL))
			printf("not in the manual: %s\n", name);
		n++;
	}
	CHECK(n > 10);
	free(help);
	free(page);
}

static void test_the_daemon_starts(void)
{
	store_node_daemon_start(&node);
	CHECK(test_process_runs(&node.daemon));
}

/* Every question gets an answer, or is told that the thing is not there. */
static void question_walk(const struct br_web_query *query)
{
	char noun[64], verb[64], *said;
	struct br_text line;
	int code;

	name_split(query->name, noun, verb);
	SAYS(0, query->help, noun, verb, "--help");
	br_text_init(&line, 1 << 16);
	br_text_printf(&line, "%s %s", noun, verb);
	for (unsigned i = 0; query->params[i].name != NULL; i++)
		if (query->params[i].kind == BR_WEB_PARAM_NUMBER)
			br_text_printf(&line, " %s=%lld", query->params[i].name,
				(long long)query->params[i].otherwise);
		else if (query->params[i].required)
			br_text_printf(&line, " %s=%s", query->params[i].name,
				query->params[i].kind == BR_WEB_PARAM_TEXT ? "nothing"
				: strcmp(query->params[i].name, "to") == 0 ? "now"
									   : "-1h");
	code = tool_line(&said, line.bytes);
	if (!CHECK(code == 0 || code == 1) || !CHECK(strstr(said, "no such address") == NULL) ||
		!CHECK(strstr(said, "parameter") == NULL))
		printf("%s: %s\n", line.bytes, said);
	free(said);
	br_text_puts(&line, " --json");
	if (tool_line(&said, line.bytes) == 0)
		br_json_free(json_of(said));
	free(said);
	br_text_finish(&line);
}

static void test_every_question_is_reachable(void)
{
	for (unsigned i = 0; i < br_web_query_n; i++)
		question_walk(&br_web_queries[i]);
}

static void test_goods_come_in(void)
{
	SAYS(0, "accepted, sequence ", "product", "upsert", "tea", "Green tea", "--gtin",
		"4006381333931", "--gtin", "2000000000015", "brand=Leaf");
	SAYS(0, "accepted, sequence ", "product", "upsert", "sku=rice", "name=Rice, 1 kg");
	SAYS(0, "accepted, sequence ", "price", "set", "tea", "2.99", "GBP");
	SAYS(0, "accepted, sequence ", "stock", "move", "4006381333931", "receive", "12.5");
	SAYS(0, "accepted, sequence ", "stock", "move", "tea", "fill", "quantity=4");
	SAYS(0, "accepted, sequence ", "stock", "move", "tea", "adjust", "-1", "broken");
	SAYS(0, "  barcode    2000000000015\n", "product", "show", "tea");
}

static void test_what_is_there_is_shown_as_a_table(void)
{
	char *said;

	CHECK_INT(TOOL(&said, "product", "movements", "tea"), 0);
	CHECK_HAS(said, "sequence  time  ");
	CHECK_HAS(said, "receive");
	CHECK_HAS(said, "broken");
	free(said);
	CHECK_INT(TOOL(&said, "product", "movements", "sku=tea", "--limit", "2", "--columns",
			  "kind,quantity"),
		0);
	CHECK_HAS(said, "adjust");
	CHECK(strstr(said, "receive") == NULL && strstr(said, "sequence  ") == NULL);
	free(said);
	SAYS(0, "sku                  tea\n", "product", "show", "--sku", "tea");
	SAYS(0, "buckets\n", "product", "get", "sku=tea");
	SAYS(0, "There is nothing.", "alarm", "list");
	SAYS(0, "kind                 product\n", "scan", "4006381333931");
	SAYS(1, "not in the catalogue", "product", "show", "--sku", "none");
	SAYS(2, "limit: 5000 is out of range, allowed is 1 to", "product", "movements", "tea",
		"--limit", "5000");
	SAYS(2, "\"colour\" is not known here", "product", "movements", "tea", "--colour", "red");
	SAYS(2, "are for commands, and this is a question", "link", "show", "--dry-run");
}

static void test_an_order_is_placed(void)
{
	char *said;

	SAYS(0, "accepted, sequence ", "order", "offer", "o-1", "--channel", "web", "--method",
		"pickup", "--ready-by", "+2h", "--line", "line=1,sku=tea,quantity=2", "--lines",
		"[{\"line\":\"2\",\"sku\":\"rice\",\"quantity\":1}]");
	SAYS(0, "accepted, sequence ", "order", "offer",
		file_write("order.json",
			"{\"order\":\"o-2\",\"channel\":\"store\",\"method\":\"pickup\",\"lines\":"
			"[{\"line\":\"1\",\"sku\":\"tea\",\"quantity\":1}]}"));
	SAYS(0, "accepted, sequence ", "order", "offer", "o-3", "--line",
		file_write("lines.json", "[{\"line\":\"1\",\"sku\":\"tea\",\"quantity\":1}]"));
	CHECK_INT(TOOL(&said, "order", "list"), 0);
	/* Neither the key, which is the order, nor its sequence says anything to people. */
	CHECK(strncmp(said, "order  ", 7) == 0);
	CHECK(strstr(said, "sequence") == NULL);
	CHECK_HAS(said, "o-1");
	CHECK_HAS(said, "o-2");
	CHECK_HAS(said, "o-3");
	free(said);
	SAYS(0, "o-1\n", "order", "show", "o-1");
	SAYS(0, "offered", "order", "history", "order=o-1");
	SAYS(1, "o-9", "order", "show", "o-9");
	SAYS(2, "lines: quantity: \"two\": allowed is a decimal number", "order", "offer", "o-4",
		"--line", "line=1,sku=tea,quantity=two");
	SAYS(2, "The call is: backroom order offer ", "order", "offer", "o-4");
}

static void test_a_repeat_is_done_once(void)
{
	struct br_json *first, *again;
	char *said[2];

	CHECK_INT(TOOL(&said[0], "stock", "move", "tea", "receive", "3", "--id", "van-1", "-j"), 0);
	CHECK_INT(
		TOOL(&said[1], "stock", "move", "tea", "receive", "3", "--id=van-1", "--json"), 0);
	CHECK_TEXT(said[1], said[0]);
	first = json_of(said[0]);
	again = json_of(said[1]);
	CHECK(number_of(first, "sequence") > 0);
	CHECK_INT(number_of(again, "sequence"), number_of(first, "sequence"));
	br_json_free(first);
	br_json_free(again);
	free(said[0]);
	free(said[1]);
	SAYS(0, "(id van-1)", "stock", "move", "tea", "receive", "3", "--id", "van-1");
	SAYS(1, "backroom: conflict: ", "stock", "move", "tea", "receive", "4", "--id", "van-1");
	SAYS(2, "--id: allowed is 1 to 64 bytes", "stock", "move", "tea", "receive", "1", "--id",
		"");
}

static void test_refusals_are_sentences_and_codes(void)
{
	char *said;

	SAYS(1, "backroom: refused: ", "stock", "move", "none", "receive", "1");
	CHECK_INT(TOOL(&said, "stock", "move", "none", "receive", "1", "--json"), 1);
	CHECK_HAS(said, "\"code\":\"unknown_product\"");
	free(said);
	SAYS(2, "kind: \"borrow\" is unknown, allowed is one of: receive", "stock", "move", "tea",
		"borrow", "1");
	SAYS(2, "--happened \"x\": allowed is a time", "stock", "move", "tea", "receive", "1",
		"--happened", "x");
}

/* From the customer's click to the hand-over, by scans and by the code. */
static void test_an_order_is_picked_and_handed_over(void)
{
	SAYS(0, "accepted", "order", "offer", "p-1", "--method", "pickup", "--code", "K7M4",
		"--surname", "Miller", "--line", "line=1,sku=tea,quantity=2,policy=same-brand");
	SAYS(1, "refused: order \"p-1\" (pickup) is offered: pick is not allowed, allowed is:",
		"order", "pick", "p-1", "4006381333931");
	SAYS(0, "accepted", "order", "accept", "p-1");
	SAYS(1, "refused: ", "order", "pick", "--order", "p-1", "--barcode", "4012345678918");
	SAYS(0, "accepted", "order", "pick", "--order", "p-1", "--barcode", "4006381333931",
		"--quantity", "2", "--associate", "ann");
	SAYS(0, "accepted", "order", "stage", "p-1", "A1");
	SAYS(0, "accepted", "order", "ready", "p-1");
	SAYS(0, "state                ready\n", "order", "show", "p-1");
	SAYS(0, "p-1    web", "order", "list", "--state", "ready");
	SAYS(1, "refused: code: is not right", "order", "hand-over", "p-1", "XXXX");
	SAYS(0, "accepted", "order", "hand_over", "p-1", "--code", "K7M4");
	SAYS(1, "refused: ", "order", "hand-over", "p-1", "K7M4");
	SAYS(0, "handed_over", "order", "history", "p-1");
}

static void test_a_part_of_it_comes_back(void)
{
	SAYS(0, "accepted", "order", "offer", "r-1", "--method", "return", "--original", "p-1",
		"--line", "line=1,sku=tea,quantity=1");
	SAYS(0, "accepted", "order", "receive", "r-1", "4006381333931");
	SAYS(0, "accepted", "order", "inspect", "r-1", "tea", "1", "shelf");
	SAYS(0, "accepted", "order", "refund", "r-1", "2.99");
	SAYS(0, "accepted", "order", "close", "r-1");
	SAYS(0, "state                closed\n", "order", "show", "r-1");
}

static void test_a_walk_with_a_list(void)
{
	SAYS(0, "accepted", "order", "offer", "w-1", "--line", "line=1,sku=tea,quantity=1");
	SAYS(0, "accepted", "order", "accept", "w-1");
	SAYS(0, "accepted", "pick-list", "make", "walk", "ann", "--order", "w-1");
	SAYS(1, "refused: ", "order", "pick", "w-1", "tea", "--list", "walk", "--associate", "ben");
	SAYS(0, "accepted", "pick_list", "hand_over", "walk", "ben", "--associate=ann");
	SAYS(0, "accepted", "order", "pick", "w-1", "tea", "--list", "walk", "--associate", "ben");
	SAYS(0, "accepted", "order", "cancel", "w-1", "changed their mind");
	SAYS(0, "accepted", "order", "restock", "w-1", "tea", "1");
	SAYS(0, "state                cancelled\n", "order", "show", "w-1");
}

/* A delivery that is announced, received by its barcode, and closed with something missing. */
static void test_a_delivery_comes(void)
{
	SAYS(0, "accepted", "product", "upsert", "salt", "Salt", "--gtin", "4012345678901");
	SAYS(0, "accepted", "delivery", "announce", "d-1", "--sender", "Mine", "--expected", "now",
		"--line", "sku=salt,quantity=5");
	SAYS(0, "accepted", "delivery", "receive", "d-1", "4012345678901", "4", "--associate",
		"ann");
	SAYS(0, "accepted", "delivery", "close", "d-1");
	SAYS(0, "on hand    4,", "product", "show", "salt");
	SAYS(1, "refused: ", "delivery", "receive", "d-1", "salt", "1");
	SAYS(0, "  receive  ", "product", "movements", "salt");
}

static void test_goods_are_counted(void)
{
	SAYS(0, "accepted", "count", "open", "c-1", "--scope", "sku", "--sku", "salt", "--bucket",
		"backroom");
	SAYS(0, "accepted", "count", "enter", "c-1", "4012345678901", "2", "--place", "left");
	SAYS(0, "accepted", "count", "enter", "c-1", "salt", "3", "--place", "right");
	SAYS(0, "accepted", "count", "close", "c-1");
	SAYS(0, "on hand    5,", "product", "show", "salt");
	SAYS(0, "  count  ", "product", "movements", "salt");
}

/* It is done, and what it means for others is said behind it. */
static void test_what_is_taken_may_come_with_a_warning(void)
{
	char *said;

	SAYS(0, "accepted", "price", "set", "salt", "0.79", "GBP");
	SAYS(0, "accepted", "rights", "grant", "salt", "5");
	CHECK_INT(TOOL(&said, "sale", "record", "t1", "--line", "barcode=4012345678901,quantity=2"),
		0);
	CHECK_HAS(said, "accepted, sequence ");
	CHECK_HAS(said, "\nbut: 2 of \"salt\" was granted");
	free(said);
}

/* A dry run changes nothing, and what it prints can be sent as it is. */
static void test_a_dry_run_sends_nothing(void)
{
	struct br_json *root;
	char *said;

	CHECK_INT(TOOL(&said, "stock", "move", "tea", "receive", "100", "--dry-run", "--id", "d-1",
			  "--happened", "2026-03-01T10:00:00Z"),
		0);
	CHECK_TEXT(said,
		"{\"id\":\"d-1\",\"type\":\"stock.move\",\"happened\":"
		"\"2026-03-01T10:00:00.000Z\",\"data\":{\"sku\":\"tea\",\"kind\":\"receive\","
		"\"quantity\":100}}\n");
	root = json_of(said);
	br_json_free(root);
	free(said);
	CHECK_INT(TOOL(&said, "product", "movements", "tea", "--json"), 0);
	CHECK(strstr(said, "\"quantity\":100") == NULL);
	free(said);
}

static void test_a_lost_answer_is_told_with_its_id(void)
{
	CHECK_INT(test_process_stop(&node.daemon), 0);
	SAYS(1, "say it again with --id tool-", "stock", "move", "tea", "receive", "1");
	SAYS(1, "say it again with --id van-2: whatever became of it, it is done once", "stock",
		"move", "tea", "receive", "1", "--id", "van-2");
	SAYS(1, "the daemon does not answer", "order", "list");
	store_node_daemon_start(&node);
	SAYS(0, "(id van-2)", "stock", "move", "tea", "receive", "1", "--id", "van-2");
}

static void test_words_like_numbers_and_options(void)
{
	/* Behind "--" everything is a word, and a value may begin with a dash. */
	SAYS(0, "accepted", "stock", "move", "tea", "adjust", "--quantity", "-0.5",
		"reason=broken");
	SAYS(0, "accepted", "stock", "move", "--", "tea", "adjust", "-0.5", "broken");
	SAYS(2, "reason: needs a value behind it", "stock", "move", "tea", "adjust", "1",
		"--reason", "--json");
	SAYS(0, "accepted", "stock", "move", "tea", "adjust", "1", "--reason=--json");
	SAYS(2, "\"five\": is a word too many", "stock", "move", "tea", "adjust", "1", "why",
		"five");
	SAYS(2, "takes no value", "stock", "move", "tea", "adjust", "1", "--dry-run=yes");
	SAYS(2, "unrecognized option", "stock", "move", "tea", "adjust", "1", "-x");
}

static void test_the_shell_completes(void)
{
	SAYS(0, "stock\n", "complete", "sto");
	SAYS(0, "help\n", "complete", "he");
	SAYS(0, "move\n", "complete", "stock", "m");
	SAYS(0, "show\n", "complete", "help", "order", "");
	SAYS(0, "--barcode\n", "complete", "stock", "move", "--");
	SAYS(0, "receive\n", "complete", "stock", "move", "--kind", "");
	SAYS(0, "stock\n", "complete", "-j", "--limit", "5", "help", "sto");
	SAYS(0, "--dry-run\n", "complete", "stock", "move", "-");
	SAYS(0, "", "complete", "nonsense", "more", "");
}

static void test_the_store_ends_well(void)
{
	SAYS(0, "clean.", "verify");
	CHECK(test_process_runs(&node.daemon));
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	store_node_prepare(&node, false, NULL);
	TEST(test_every_command_is_reachable);
	TEST(test_commands_of_the_node_itself_are_not);
	TEST(test_the_manual_lists_every_command);
	TEST(test_the_manual_lists_the_tools_own_verbs);
	TEST(test_the_daemon_starts);
	TEST(test_every_question_is_reachable);
	TEST(test_goods_come_in);
	TEST(test_what_is_there_is_shown_as_a_table);
	TEST(test_an_order_is_placed);
	TEST(test_a_repeat_is_done_once);
	TEST(test_refusals_are_sentences_and_codes);
	TEST(test_an_order_is_picked_and_handed_over);
	TEST(test_a_part_of_it_comes_back);
	TEST(test_a_walk_with_a_list);
	TEST(test_a_delivery_comes);
	TEST(test_goods_are_counted);
	TEST(test_what_is_taken_may_come_with_a_warning);
	TEST(test_a_dry_run_sends_nothing);
	TEST(test_a_lost_answer_is_told_with_its_id);
	TEST(test_words_like_numbers_and_options);
	TEST(test_the_shell_completes);
	TEST(test_the_store_ends_well);
	return test_end(argc, argv);
}
