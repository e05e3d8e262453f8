/*
 * The command-line tool against a real daemon: every verb for people and for programs, calls that
 * are off, a daemon that is away, imports, and a backup's way back, also with HQ behind it.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/system/proof.h"
#include "node/hole.h"
#include "tests/system/store_node.h"

#define CATCH_UP_MS 60000

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

/* The call is done and prints one JSON document and nothing else; the caller frees it. */
#define PRINTS(RET_JSON, ...) \
	do { \
		struct br_fault fault_ = {""}; \
		char *said_; \
		CHECK_INT(TOOL(&said_, __VA_ARGS__, "--json"), 0); \
		*(RET_JSON) = NULL; \
		CHECK_INT(br_json_parse(br_str_from(said_), (RET_JSON), &fault_), 0); \
		if (*(RET_JSON) == NULL) \
			printf("%s: %s\n", fault_.text, said_); \
		free(said_); \
	} while (0)

static const char *text_of(const struct br_json *json, const char *member)
{
	struct br_str text;

	return br_json_string(br_json_member(json, member), &text) ? text.s : "(no text)";
}

static int64_t number_of(const struct br_json *json, const char *member)
{
	int64_t number;

	return br_json_i64(br_json_member(json, member), &number) ? number : -1;
}

/* A file in the test's folder; the path is valid until the next call. */
static const char *file_write(const char *name, const char *text)
{
	return test_file_write(NULL, name, text);
}

static int64_t journal_head(void)
{
	struct br_json *root;
	int64_t head;

	PRINTS(&root, "journal", "tail", "--limit", "1");
	head = number_of(root, "head");
	br_json_free(root);
	return head;
}

/* All verbs, so that none comes without being looked at here. */
static const struct {
	const char *noun, *verb; /* NULL: the noun alone */
} verbs[] = {{"status", NULL}, {"product", "show"}, {"product", "find"}, {"stock", "show"},
	{"import", "products"}, {"import", "prices"}, {"import", "stock"}, {"import", "positions"},
	{"export", "products"}, {"export", "prices"}, {"export", "stock"}, {"export", "positions"},
	{"journal", "tail"}, {"command", NULL}, {"verify", NULL}, {"backup", NULL},
	{"restore", NULL}, {"config", "check"}, {"config", "show"}, {"config", "bridge"},
	{"config", "man"}, {"link", "check"}, {"link", "switch"}, {"enrol", "code"},
	{"enrol", "request"}, {"enrol", "certificate"}, {"contract", NULL}, {"contract", "schemas"},
	{"man", NULL}};

/* Lines of the help that name a verb: they begin with two blanks and a letter. */
static unsigned verb_lines(const char *help)
{
	const char *end = strstr(help, "\nWhat the store knows and does");
	unsigned n = 0;

	for (const char *line = help; line != NULL && (end == NULL || line < end);
		line = strchr(line + 1, '\n'))
		n += strncmp(line, "\n  ", 3) == 0 && line[3] >= 'a' && line[3] <= 'z';
	return n;
}

/* Calls about the call itself: they need neither daemon nor configuration. */
static void test_help_names_every_verb(void)
{
	char *said, call[80];

	CHECK_INT(TOOL(&said, "--help"), 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(verbs); i++) {
		(void)snprintf(call, sizeof(call), "\n  %s%s%s ", verbs[i].noun,
			verbs[i].verb != NULL ? " " : "",
			verbs[i].verb != NULL ? verbs[i].verb : "");
		CHECK_HAS(said, call);
	}
	CHECK_INT(verb_lines(said), BR_ARRAY_LEN(verbs));
	CHECK_HAS(said, "Exit code: 0 done");
	free(said);
	SAYS(0, "usage: backroom", "-h");
	SAYS(0, "usage: backroom", "help");
	SAYS(0, "backroom 0.", "--version");
}

static void test_help_behind_a_noun_names_its_verbs(void)
{
	char *said;

	CHECK_INT(TOOL(&said, "config", "--help"), 0);
	CHECK_HAS(said, "config check");
	CHECK_HAS(said, "config show");
	CHECK_INT(verb_lines(said), 4);
	free(said);
	/* Own verbs stand beside those of the tables. */
	SAYS(0, "stock show SKU|BARCODE", "help", "stock");
	SAYS(0, "stock move SKU|BARCODE KIND QUANTITY [REASON]", "help", "stock");
	/* Asked for help, no verb does anything. */
	for (unsigned i = 0; i < BR_ARRAY_LEN(verbs); i++)
		SAYS(0, verbs[i].noun, verbs[i].noun, "--help", verbs[i].verb);
	SAYS(2, "no such call \"nonsense\"", "nonsense", "--help");
	SAYS(2, "no such call \"stock nonsense\"", "help", "stock", "nonsense");
}

static void test_words_that_are_off(void)
{
	char *said;

	CHECK_INT(TOOL(&said, "stock", "shw", "A"), 2);
	CHECK_HAS(said, "no such call \"stock shw\", the nearest is \"stock show\"; these are");
	CHECK_HAS(said, "stock show SKU|BARCODE");
	CHECK(strstr(said, "product show") == NULL);
	free(said);
	SAYS(2, "no such call \"nonsense\"", "nonsense");
	SAYS(2, "the nearest is \"product find\"", "prodct", "find");
	SAYS(2, "\"stock\" needs a verb; these are there:\n  stock show", "stock");
	SAYS(2, "the call is\n  product show SKU|BARCODE", "product", "show");
	SAYS(2, "the call is\n  product show SKU|BARCODE", "product", "show", "A", "B");
	SAYS(2, "stock move SKU|BARCODE KIND QUANTITY [REASON]", "stock", "move", "A", "receive");
	SAYS(2, "backup FOLDER", "backup");
	SAYS(2, "unrecognized option", "status", "--nonsense");
	SAYS(2, "--limit: needs a value", "status", "--limit");
}

static void test_arguments_that_are_off(void)
{
	char long_text[2300] = ""; /* twice as long as JSON */

	SAYS(2, "--limit \"x\": allowed is 1 to 100\n", "journal", "tail", "--limit", "x");
	SAYS(2, "--limit \"0\": allowed is 1", "journal", "tail", "--limit", "0");
	SAYS(2, "--limit \"5&q=\": allowed is 1", "product", "find", "x", "-n", "5&q=");
	SAYS(2, "a sequence and a limit are whole numbers", "journal", "tail", "now");
	SAYS(2, "quantity: \"many\": allowed is a decimal number", "stock", "move", "A", "receive",
		"many");
	SAYS(2, "--dry-run, --id and --happened are for commands", "verify", "--dry-run");
	SAYS(2, "DATA: not JSON", "command", "product.upsert", "{");
	memset(long_text, '"', sizeof(long_text) - 1);
	SAYS(2, "reason: has 2299 bytes, allowed is 0 to 120", "stock", "move", "A", "receive", "1",
		long_text);
}

static void test_a_call_without_words_shows_the_help(void)
{
	SAYS(2, "usage: backroom", "--quiet");
}

static void test_a_daemon_that_is_away(void)
{
	char sentence[300];

	(void)snprintf(
		sentence, sizeof(sentence), "backroom: the daemon does not answer at %s", node.api);
	SAYS(1, sentence, "status");
	SAYS(1, "start it with `systemctl start backroom`", "status");
	SAYS(1, sentence, "product", "show", "A");
	SAYS(1, sentence, "product", "find", "A");
	SAYS(1, sentence, "stock", "show", "A");
	SAYS(1, sentence, "stock", "move", "A", "receive", "1");
	SAYS(1, sentence, "journal", "tail");
	SAYS(1, sentence, "journal", "tail", "7");
	SAYS(1, sentence, "command", "product.upsert", "{}");
	SAYS(1, sentence, "status", "--json");
	SAYS(1, sentence, "import", "products", file_write("a.csv", "sku,name\nA,x\n"));
	SAYS(1, "nothing was imported", "import", "products",
		file_write("a.csv", "sku,name\nA,x\n"));
	/* The files are there all the same. */
	SAYS(1, "No such file", "verify");
	SAYS(1, "does not answer at http://127.0.0.1:1", "--url", "http://127.0.0.1:1", "status");
}

static void test_a_configuration_that_is_away(void)
{
	SAYS(1, "/nonexistent/x.conf: No such file", "--config", "/nonexistent/x.conf", "status");
	SAYS(1, "/nonexistent/x.conf: No such file", "--config", "/nonexistent/x.conf", "verify");
	SAYS(1, "/nonexistent/x.conf: No such file", "--config", "/nonexistent/x.conf", "config",
		"check");
	/* What needs none works all the same. */
	SAYS(0, ".SS [store]", "--config", "/nonexistent/x.conf", "config", "man");
}

static void test_configuration_verbs(void)
{
	struct br_json *root;

	SAYS(0, "backroom.conf: all right", "config", "check");
	PRINTS(&root, "config", "check");
	CHECK_HAS(text_of(root, "file"), "backroom.conf");
	br_json_free(root);
	SAYS(0, "\nid = 0412\n", "config", "show");
	SAYS(0, "; What people call the store.\nname = Test store\n", "config", "show");
	PRINTS(&root, "config", "show");
	CHECK_TEXT(text_of(br_json_member(root, "store"), "id"), "0412");
	CHECK_INT(number_of(br_json_member(root, "web"), "port"), node.web_port);
	br_json_free(root);
	SAYS(0, ".TP\n.B currency\n", "config", "man");
	SAYS(0, "\"asyncapi\": \"3.0.0\"", "contract");
	/* Without a central system there is nothing to bridge to. */
	SAYS(1, "link.host: is empty", "config", "bridge");
	SAYS(1, "the link is switched off", "link", "check");
}

static void test_a_bad_configuration_for_programs(void)
{
	const char *path = file_write("bad.conf", "[web]\nport = 99999\n");
	char *said;

	CHECK_INT(TOOL(&said, "--config", path, "config", "check", "--json"), 1);
	CHECK_HAS(said, "\"right\":false,\"fault\":\"");
	CHECK_HAS(said, "line 2: [web] port = \\\"99999\\\": allowed is 0 to 65535");
	free(said);
	SAYS(1, "line 2: [web] port", "--config", path, "config", "show");
	SAYS(1, "line 2: [web] port", "--config", path, "status");
}

static void test_the_daemon_starts(void)
{
	store_node_daemon_start(&node);
	CHECK(test_process_runs(&node.daemon));
}

static void test_an_import_reads_what_spreadsheets_write(void)
{
	struct br_json *root;

	/* A point and a comma in one number are none, and say so with line and column. */
	SAYS(1,
		"line 2: column \"price\", value \"1.002,99\": is a text, allowed is a decimal "
		"number",
		"import", "products", file_write("tea.csv", "sku;name;price\ntea;Tea;1.002,99\n"));
	SAYS(0, "2 products read, 4 commands sent, 0 refused", "import", "products",
		file_write("tea.csv",
			"\xEF\xBB\xBFsku;name;brand;gtins;price;content;content_unit\r\n"
			"tea;Green tea;Leaf;4006381333931|2000000000015;2.99;0.25;kg\r\n"
			"\"caf\xC3\xA9 1\";\"Caf\xC3\xA9; \"\"roasted\"\"\";;;7;;\r\n"));
	PRINTS(&root, "product", "show", "caf\xC3\xA9 1");
	CHECK_TEXT(text_of(root, "name"), "Caf\xC3\xA9; \"roasted\"");
	CHECK_INT(number_of(root, "price"), 7);
	CHECK_TEXT(text_of(root, "currency"), "GBP");
	br_json_free(root);
}

static void test_an_import_again_changes_nothing(void)
{
	const char text[] = "sku,name,gtins,price,currency\n"
			    "milk,Milk 1 l,4012345678901,1.09,GBP\n"
			    "rice,Rice,,2,GBP\n";
	struct br_json *root;
	int64_t head;

	PRINTS(&root, "import", "products", file_write("twice.csv", text));
	CHECK_INT(number_of(root, "rows"), 2);
	CHECK_INT(number_of(root, "commands"), 4);
	CHECK_INT(number_of(root, "refused"), 0);
	br_json_free(root);
	head = journal_head();
	SAYS(0, "2 products read, 4 commands sent, 0 refused", "import", "products",
		file_write("twice.csv", text));
	CHECK_INT(journal_head(), head);
}

static void test_bad_lines_are_all_told_and_nothing_is_imported(void)
{
	int64_t head = journal_head();
	const char *path = file_write("bad.csv", "sku,name,gtins,sold_by,price\n"
						 "ok-1,Fine,,piece,1\n"
						 ",No SKU,,piece,1\n"
						 "bad-2,Wrong barcode,4006381333933,piece,1\n"
						 "bad-3,\"Two\nlines\",,by ear,x\n"
						 "bad-4,Too much,,piece,1,2,3\n"
						 "ok-2,Fine,,piece,\n");
	char *said;

	CHECK_INT(TOOL(&said, "import", "products", path), 1);
	CHECK_HAS(said, "line 3: column \"sku\", value \"\": has 0 bytes, allowed is 1 to 64\n");
	CHECK_HAS(said, "line 4: column \"gtins\", value \"4006381333933\": item 0: "
			"\"4006381333933\" is not valid, allowed is 8");
	/* A field over two lines: the row has the number of its first one. */
	CHECK_HAS(said, "line 5: column \"name\", value \"Two\nlines\": control characters are "
			"not allowed\n");
	/* Both of a line's commands are looked at. */
	CHECK_HAS(said, "line 5: column \"price\", value \"x\": is a text, allowed is");
	CHECK_HAS(said, "line 5: column \"sold_by\", value \"by ear\": ");
	CHECK_HAS(said, "line 7: has 7 columns, the header has 5\n");
	CHECK_HAS(said, "backroom: 6 faults in 6 lines\nbackroom: nothing was imported\n");
	free(said);
	CHECK_INT(journal_head(), head);
	SAYS(1, "not in the catalogue", "product", "show", "ok-1");
}

/* One fault hides no other: neither in the same line nor in the line's other command. */
static void test_all_bad_cells_of_a_line_are_told(void)
{
	int64_t head = journal_head();
	char *said;

	CHECK_INT(TOOL(&said, "import", "products",
			  file_write("cells.csv", "sku,name,gtins,fragile,min,price,currency\n"
						  "c-1,Fine,,yes,1,1,EUR\n"
						  "c-1,Again,123,,,abc,\n"
						  ",,123,oui,some,abc,gold\n")),
		1);
	CHECK_HAS(said, "line 3: column \"sku\", value \"c-1\": stands in line 2, too\n");
	CHECK_HAS(said, "line 3: column \"gtins\", value \"123\": ");
	CHECK_HAS(said, "line 3: column \"price\", value \"abc\": ");
	CHECK_HAS(said, "line 4: column \"sku\", value \"\": ");
	CHECK_HAS(said, "line 4: column \"name\", value \"\": ");
	CHECK_HAS(said, "line 4: column \"gtins\", value \"123\": ");
	CHECK_HAS(said, "line 4: column \"fragile\", value \"oui\": ");
	CHECK_HAS(said, "line 4: column \"min\", value \"some\": ");
	CHECK_HAS(said, "line 4: column \"price\", value \"abc\": ");
	CHECK_HAS(said, "line 4: column \"currency\", value \"gold\": ");
	CHECK_HAS(said, "backroom: 10 faults in 3 lines\nbackroom: nothing was imported\n");
	free(said);
	CHECK_INT(journal_head(), head);
}

/* Where the comma parts no columns it may be a number's; what may mean thousands is not guessed. */
static void test_a_decimal_comma_is_understood(void)
{
	SAYS(0, "5 products read, 10 commands sent, 0 refused", "import", "products",
		file_write("comma.csv", "sku;name;price\nk-1;Comma;2,49\nk-2;Comma;0,500\n"
					"k-3;Comma;1234,5\nk-4;Point;2.49\nk-5;None;3\n"));
	SAYS(0, "2.49", "product", "show", "k-1");
	SAYS(0, "0.5", "product", "show", "k-2");
	SAYS(0, "1234.5", "product", "show", "k-3");
	SAYS(0, "2.49", "product", "show", "k-4");
	SAYS(0, "1 prices read, 1 commands sent, 0 refused", "import", "prices",
		file_write("comma.csv", "sku\tprice\nk-1\t3,99\n"));
	SAYS(0, "3.99", "product", "show", "k-1");
	SAYS(1, "line 2: column \"price\", value \"1,234\": may mean thousands, allowed is a point",
		"import", "products", file_write("comma.csv", "sku;name;price\nk-6;Six;1,234\n"));
	SAYS(1, "line 2: column \"price\", value \"1.234,50\": is a text", "import", "products",
		file_write("comma.csv", "sku;name;price\nk-6;Six;1.234,50\n"));
	SAYS(1, "line 2: column \"price\", value \"2,49\": is a text", "import", "products",
		file_write("comma.csv", "sku,name,price\nk-6,Six,\"2,49\"\n"));
	SAYS(1, "not in the catalogue", "product", "show", "k-6");
}

static void test_files_that_are_no_list_of_products(void)
{
	SAYS(1, "x.csv: cannot be read", "import", "products", "/nonexistent/x.csv");
	SAYS(1, "the file is empty", "import", "products", file_write("b.csv", ""));
	SAYS(1, "line 1: the column name is needed", "import", "products",
		file_write("b.csv", "sku,brand\n1,x\n"));
	SAYS(1, "line 1: column \"colour\" is unknown; allowed are sku, name, lang", "import",
		"products", file_write("b.csv", "sku,name,colour\n1,x,red\n"));
	SAYS(1, "line 1: column \"sku\" stands twice", "import", "products",
		file_write("b.csv", "sku,name,sku\n1,x,2\n"));
	SAYS(1, "line 2: not UTF-8", "import", "products",
		file_write("b.csv", "sku,name\n1,K\xE4se\n"));
	SAYS(1, "line 3: a quote is opened and never closed", "import", "products",
		file_write("b.csv", "sku,name\n1,x\n2,\"y\n3,z\n"));
	SAYS(1, "nothing was imported", "import", "products",
		file_write("b.csv", "sku,name\n1,x\n2,\"y\n3,z\n"));
	SAYS(1, "not in the catalogue", "product", "show", "1");
}

/* Only the daemon knows whose a barcode is; the line is told, and nothing is imported. */
static void test_what_the_daemon_refuses_is_told_with_its_line(void)
{
	char *said;

	CHECK_INT(TOOL(&said, "import", "products",
			  file_write("taken.csv", "sku,name,gtins\n"
						  "other,Other,\n"
						  "thief,Thief,4006381333931\n"
						  "third,Third,\n")),
		1);
	CHECK_HAS(
		said, "line 3: column \"gtins\": barcode 4006381333931 belongs to product \"tea\"");
	CHECK_HAS(said, "backroom: 1 fault in 3 lines\nbackroom: nothing was imported\n");
	free(said);
	SAYS(1, "not in the catalogue", "product", "show", "third");
}

/* A file that says two things of one product, or gives one barcode to two of them. */
static void test_what_stands_in_the_file_twice_is_told(void)
{
	SAYS(1, "line 4: column \"sku\", value \"D1\": stands in line 2, too", "import", "products",
		file_write("d.csv", "sku,name\nD1,a\nD2,b\nD1,c\n"));
	SAYS(1, "line 3: column \"gtins\", value \"12345670\": stands in line 2, too", "import",
		"products",
		file_write("d.csv", "sku,name,gtins\nD1,a,00000012345670\nD2,b,12345670\n"));
	SAYS(1, "not in the catalogue", "product", "show", "D2");
}

static void test_a_dry_run_checks_and_sends_nothing(void)
{
	int64_t head = journal_head();

	SAYS(0, "2 products read, all are good, nothing was sent", "import", "products",
		"--dry-run",
		file_write("dry.csv", "sku\tname\tprice\ndry-1\tDry\t1\ndry-2\tDry\t2\n"));
	SAYS(1, "line 2: column \"gtins\": barcode 4006381333931", "import", "products",
		"--dry-run", file_write("dry.csv", "sku,name,gtins\ndry-1,D,4006381333931\n"));
	SAYS(2, "--dry-run", "status", "--dry-run");
	CHECK_INT(journal_head(), head);
	SAYS(1, "not in the catalogue", "product", "show", "dry-1");
}

static void test_every_column_of_a_product_is_imported(void)
{
	const char *path = file_write("wide.csv",
		"sku,name,names,age,fragile,deposit,rating,min,max,track_expiry,supplier\n"
		"W-1,Rum,fr: Rhum|de: Rum,18,yes,0.25,4.5,2,12,true,S-1\n"
		"W-2,Water,,,no,,,,,0,\n");
	struct br_json *root;

	SAYS(0, "2 products read, 2 commands sent, 0 refused", "import", "products", path);
	PRINTS(&root, "product", "show", "W-1");
	CHECK_INT(number_of(root, "age"), 18);
	CHECK_INT(number_of(root, "max"), 12);
	CHECK_TEXT(text_of(root, "supplier"), "S-1");
	CHECK_TEXT(text_of(br_json_first(br_json_member(root, "names")), "text"), "Rhum");
	br_json_free(root);
	SAYS(1, "line 2: column \"fragile\", value \"oui\": allowed is yes or no", "import",
		"products", file_write("w.csv", "sku,name,fragile\nW-3,x,oui\n"));
}

static void test_prices_stock_and_positions_are_imported(void)
{
	static const char stock[] = "sku;bucket;quantity\nW-1;shelf;3\nW-1;backroom;9\nW-2;;1.5\n";
	static const char places[] = "sku,department,aisle,bay,shelf,position\n"
				     "W-1,drinks,4,2,1,7\nW-1,till,,,,\nW-2,drinks,5,,,\n";
	static const char *const wrong[] = {
		"line 2: column \"aisle\", value \"seventeen letters\": ",
		"line 2: column \"bay\", value \"seventeen letters\": ",
		"line 4: column \"bay\", value \"seventeen letters\": ", "3 faults"};
	struct br_json *root;
	int64_t head;

	SAYS(0, "2 prices read, 2 commands sent, 0 refused", "import", "prices",
		file_write("p.csv", "sku,kind,price,from\nW-1,regular,9.99,\n"
				    "W-1,promotion,7.99,2030-01-01T00:00:00Z\n"));
	SAYS(0, "3 stock read, 3 commands sent, 0 refused", "import", "stock",
		file_write("s.csv", stock));
	SAYS(0, "3 positions read, 2 commands sent, 0 refused", "import", "positions",
		file_write("l.csv", places));
	PRINTS(&root, "product", "show", "W-1");
	CHECK_INT(number_of(root, "on_hand"), 12);
	CHECK_INT(br_json_count(br_json_member(root, "positions")), 2);
	br_json_free(root);
	/* Again, nothing changes. */
	head = journal_head();
	SAYS(0, "0 refused", "import", "stock", file_write("s.csv", stock));
	SAYS(0, "0 refused", "import", "positions", file_write("l.csv", places));
	CHECK_INT(journal_head(), head);
	SAYS(1, "line 3: column \"sku\": ", "import", "stock",
		file_write("s.csv", "sku,quantity\nW-1,1\nnone,1\n"));
	SAYS(1,
		"line 4: column \"sku\", value \"W-1\": the rows of one product must stand "
		"together",
		"import", "positions", file_write("l.csv", "sku,aisle\nW-1,1\nW-2,1\nW-1,2\n"));
	/* Each bad cell of each row is told, and the row it stands in. */
	for (unsigned i = 0; i < BR_ARRAY_LEN(wrong); i++)
		SAYS(1, wrong[i], "import", "positions",
			file_write("l.csv", "sku,aisle,bay\n"
					    "W-1,seventeen letters,seventeen letters\nW-1,1,2\n"
					    "W-1,3,seventeen letters\n"));
	CHECK_INT(journal_head(), head);
}

/* What was exported is imported again without a change. */
static void test_an_export_is_an_import(void)
{
	static const char *const nouns[] = {"products", "prices", "stock", "positions"};
	char path[TEST_PATH_BYTES], *text;
	int64_t head = journal_head();

	for (size_t i = 0; i < BR_ARRAY_LEN(nouns); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s-out.csv", test_folder(), nouns[i]);
		SAYS(0, "written", "export", nouns[i], path);
		SAYS(0, "0 refused", "import", nouns[i], path);
	}
	CHECK_INT(journal_head(), head);
	(void)snprintf(path, sizeof(path), "%s/products-out.csv", test_folder());
	text = test_file_read(path, NULL);
	CHECK_HAS(text, "sku,name,lang,names,brand,gtins,");
	CHECK_HAS(text, "\nW-1,Rum,,fr: Rhum|de: Rum,,,piece,");
	CHECK_HAS(text, "\"Caf\xC3\xA9; \"\"roasted\"\"\"");
	free(text);
	SAYS(0, "W-1,till,,,,\n", "export", "positions");
	SAYS(0, "W-2,shelf,1.5,\n", "export", "stock");
	SAYS(1, "cannot be written", "export", "stock", "/nonexistent/x.csv");
}

/* More than one request to the daemon may hold. */
static void test_a_long_import(void)
{
	size_t n = 0, space = 1 << 20;
	char *text = malloc(space);
	struct br_json *root;

	REQUIRE(text != NULL);
	n = (size_t)snprintf(text, space, "sku,name,price\n");
	for (unsigned i = 0; i < 3000; i++)
		n += (size_t)snprintf(text + n, space - n, "long-%u,Product number %u %0100u,%u\n",
			i, i, i, i % 97);
	PRINTS(&root, "import", "products", file_write("long.csv", text));
	CHECK_INT(number_of(root, "rows"), 3000);
	CHECK_INT(number_of(root, "commands"), 6000);
	br_json_free(root);
	SAYS(0, "long-2999  Product number 2999", "product", "show", "long-2999");
	free(text);
}

static void test_showing_a_product(void)
{
	struct br_json *root;

	SAYS(0, "tea  Green tea\n  brand      Leaf\n  price      2.99 GBP\n  on hand    0,",
		"product", "show", "tea");
	SAYS(0, "tea  Green tea", "product", "show", "4006381333931");
	SAYS(0, "  barcode    4006381333931\n", "product", "show", "2000000000015");
	PRINTS(&root, "product", "show", "4006381333931");
	CHECK_TEXT(text_of(root, "sku"), "tea");
	CHECK_TEXT(text_of(root, "unit_price_base"), "kg");
	br_json_free(root);
	SAYS(1, "backroom: product \"none\": not in the catalogue", "product", "show", "none");
	SAYS(1, "4012345678918", "product", "show", "4012345678918");
}

static void test_finding_products(void)
{
	struct br_json *root;

	SAYS(0, "tea ", "product", "find", "gre", "TEA");
	SAYS(0, "caf\xC3\xA9 1", "product", "find", "cafe");
	SAYS(0, "Nothing found", "product", "find", "zzz");
	PRINTS(&root, "product", "find", "product", "number", "--limit", "3");
	CHECK_INT(br_json_count(br_json_member(root, "rows")), 3);
	br_json_free(root);
}

/* A line of the stock's places as the tool prints it. */
static const char *row(const char *name, const char *quantity)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "\n  %-16s %10s\n", name, quantity);
	return text;
}

static void test_moving_and_showing_stock(void)
{
	struct br_json *root;

	SAYS(0, "accepted, sequence ", "stock", "move", "tea", "receive", "12.5");
	SAYS(0, "accepted, sequence ", "stock", "move", "tea", "fill", "4");
	SAYS(0, "accepted, sequence ", "stock", "move", "tea", "count", "3", "counted twice");
	PRINTS(&root, "stock", "move", "tea", "adjust", "-1", "broken");
	CHECK_TEXT(text_of(root, "outcome"), "accepted");
	br_json_free(root);
	SAYS(0, row("backroom", "8.5"), "stock", "show", "tea");
	SAYS(0, row("shelf", "2"), "stock", "show", "tea");
	SAYS(0, row("available", "10.5"), "stock", "show", "tea");
	SAYS(0, "counted twice", "stock", "show", "4006381333931");
	PRINTS(&root, "stock", "show", "tea");
	CHECK_INT(number_of(br_json_member(root, "buckets"), "shelf"), 2);
	br_json_free(root);
	SAYS(1, "refused: ", "stock", "move", "none", "receive", "1");
	SAYS(2, "kind: \"borrow\" is unknown, allowed is one of: receive", "stock", "move", "tea",
		"borrow", "1");
	SAYS(1, "not in the catalogue", "stock", "show", "none");
}

/* Money has its currency's decimals, small lists and prices stand in their cell, times are local.
 */
static void test_what_stands_in_a_cell(void)
{
	SAYS(0, "accepted", "price", "set", "tea", "3.5", "GBP", "--from", "2099-07-01 08:30");
	SAYS(0, "2099-07-01 08:30:00  change  tea  Green tea  2.99 GBP  3.50 GBP\n", "price",
		"planned");
	SAYS(0, "3.50  GBP", "price", "history", "tea");
	SAYS(0, "accepted", "stock", "policy", "category", "none", "--buffer",
		"channel=web,quantity=2", "--buffer", "channel=app,quantity=0.5");
	SAYS(0, "web 2, app 0.5\n", "stock-policy", "list");
	SAYS(2, "web: is no part of it; allowed is NAME=VALUE,NAME=VALUE with channel, quantity",
		"stock", "policy", "category", "none", "--buffer", "web=2");
	SAYS(2, "no such call \"lot\"; see backroom help", "lot");
	SAYS(0, "--kind WORD             regular (if left out), promotion, override\n", "price",
		"set", "--help");
}

static void test_any_command(void)
{
	struct br_json *root;
	char *said;

	SAYS(0, "accepted, sequence", "command", "product.upsert",
		"{\"sku\":\"any\",\"name\":\"x\"}");
	PRINTS(&root, "command", "order.offer",
		"{\"order\":\"o-1\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":[{\"line\":"
		"\"1\",\"sku\":\"tea\",\"quantity\":1}]}");
	CHECK(number_of(root, "sequence") > 0);
	br_json_free(root);
	/* Refused: for programs the answer, for people the sentence, and never a 0. */
	CHECK_INT(TOOL(&said, "command", "order.pick", "{\"order\":\"none\",\"line\":\"1\"}",
			  "--json"),
		1);
	CHECK_HAS(said, "\"outcome\":\"refused\"");
	CHECK_HAS(said, "\"code\":\"unknown_order\"");
	free(said);
	SAYS(1, "backroom: refused: ", "command", "order.pick",
		"{\"order\":\"none\",\"line\":\"1\"}");
	SAYS(1, "type: \"nothing.do\" is no command", "command", "nothing.do", "{}");
	SAYS(1, "data: colour: unknown member", "command", "product.upsert", "{\"colour\":1}");
}

static void test_the_journals_tail(void)
{
	int64_t head = journal_head();
	struct br_json *root;
	char after[32], id[32];

	(void)snprintf(after, sizeof(after), "%lld", (long long)head - 3);
	(void)snprintf(id, sizeof(id), "%020lld", (long long)head);
	SAYS(0, id, "journal", "tail");
	SAYS(0, "org.backroom.order.line_offered.v1", "journal", "tail", "--limit", "2");
	PRINTS(&root, "journal", "tail", after);
	CHECK_INT(br_json_count(br_json_member(root, "rows")), 3);
	br_json_free(root);
	PRINTS(&root, "journal", "tail", "--limit", "5");
	CHECK_INT(br_json_count(br_json_member(root, "rows")), 5);
	br_json_free(root);
	PRINTS(&root, "journal", "tail", "999999999");
	CHECK_INT(br_json_count(br_json_member(root, "rows")), 0);
	br_json_free(root);
}

static void test_the_stores_status(void)
{
	struct br_json *root;

	SAYS(0, "The store ", "status");
	SAYS(0, " 1 open orders, ", "status");
	PRINTS(&root, "status");
	CHECK_INT(number_of(br_json_member(root, "counts"), "orders_open"), 1);
	br_json_free(root);
}

static void test_an_address_instead_of_the_socket(void)
{
	char url[64];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", node.web_port);
	SAYS(0, "tea  Green tea", "--url", url, "product", "show", "tea");
	SAYS(0, "tea  Green tea", "--config", "/nonexistent/x.conf", "--url", url, "product",
		"show", "tea");
}

static void test_verifying(void)
{
	struct br_json *root;
	bool clean = false;

	SAYS(0, "rows of views: clean.", "verify");
	PRINTS(&root, "verify");
	CHECK(br_json_bool(br_json_member(root, "clean"), &clean) && clean);
	CHECK_INT(number_of(root, "head"), journal_head());
	CHECK_INT(number_of(root, "problems"), 0);
	br_json_free(root);
}

static void test_a_backup_and_its_way_back(void)
{
	char folder[TEST_PATH_BYTES], other[TEST_PATH_BYTES];
	struct br_json *root;
	int64_t head = journal_head();

	(void)snprintf(folder, sizeof(folder), "%s/a \"good\" backup", test_folder());
	(void)snprintf(other, sizeof(other), "%s/backup-2", test_folder());
	PRINTS(&root, "backup", folder);
	CHECK_TEXT(text_of(root, "folder"), folder);
	CHECK_TEXT(text_of(root, "store"), "0412");
	CHECK_INT(number_of(root, "head"), head);
	br_json_free(root);
	SAYS(1, "a backup never overwrites, name a new folder", "backup", folder);
	SAYS(0, "Backed up to ", "backup", other);
	SAYS(0, "accepted", "stock", "move", "tea", "receive", "100");
	/* A ledger that is there, and one that is in use, are not replaced in silence. */
	SAYS(1, "--force restores over it", "restore", folder);
	SAYS(1, "in use by another process", "restore", folder, "--force");
	CHECK_INT(test_process_stop(&node.daemon), 0);
	SAYS(1, "is there already", "restore", folder);
	SAYS(1, "No such file", "restore", "/nonexistent/backup", "--force");
	PRINTS(&root, "restore", folder, "--force");
	CHECK_INT(number_of(root, "head"), head);
	br_json_free(root);
	/* Files can be checked without a daemon. */
	SAYS(0, "clean.", "verify");
	store_node_daemon_start(&node);
	/* The new epoch begins beyond all numbers that were given out since. */
	CHECK(journal_head() > head);
	CHECK_INT((uint64_t)journal_head() % BR_HOLE_JUMP, 1);
	SAYS(0, row("available", "10.5"), "stock", "show", "tea");
	SAYS(0, "accepted", "stock", "move", "tea", "receive", "1");
	SAYS(0, "clean.", "verify");
}

static void test_a_damaged_backup_is_refused(void)
{
	char folder[TEST_PATH_BYTES], command[3 * TEST_PATH_BYTES];
	int64_t head = journal_head();

	(void)snprintf(folder, sizeof(folder), "%s/damaged", test_folder());
	SAYS(0, "Backed up to ", "backup", folder);
	(void)snprintf(command, sizeof(command),
		"printf x | dd of='%s/ledger/data.mdb' bs=1 seek=5000 conv=notrunc 2>/dev/null",
		folder);
	REQUIRE(system(command) == 0);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	SAYS(1, "it is damaged or was changed", "restore", folder, "--force");
	store_node_daemon_start(&node);
	CHECK_INT(journal_head(), head);
}

/* How many kept ledgers lie beside the one in use. */
static unsigned kept_ledgers(void)
{
	DIR *folder = opendir(node.state);
	struct dirent *entry;
	unsigned n = 0;

	REQUIRE(folder != NULL);
	while ((entry = readdir(folder)) != NULL)
		n += strncmp(entry->d_name, "ledger.before-", 14) == 0;
	(void)closedir(folder);
	return n;
}

static void test_the_old_ledger_is_kept(void)
{
	CHECK_INT(kept_ledgers(), 1);
}

static void test_the_store_ends_well(void)
{
	CHECK(test_process_runs(&node.daemon));
	store_node_stop(&node);
}

static void till_start(struct test_process *till, const char *ledger)
{
	char *program = strdup(test_program("tests/peers/peer-till"));
	char products[TEST_PATH_BYTES], port[16];
	const char *argv[] = {program, "--port", port, "--products", products, "--tills", "3",
		"--rate", "1500", "--in-flight", "4", "--timeout", "500", "--ledger", ledger, NULL};

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", node.broker.port);
	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	test_process_start(till, "peer-till", argv, NULL);
	free(program);
}

static void products_import(void)
{
	char command[3 * TEST_PATH_BYTES], products[TEST_PATH_BYTES];

	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(command, sizeof(command), "'%s' --print-products 100 --currency GBP > '%s'",
		test_program("tests/peers/peer-hq"), products);
	REQUIRE(system(command) == 0);
	SAYS(0, "100 products read", "import", "products", products);
}

/* How many of HQ's rows are so, of those that count. */
static int64_t hq_events(const char *what, const char *where)
{
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		"select coalesce(%s,0) from event where not withdrawn and %s", what, where);
	return store_node_hq_number(&node, sql);
}

static const char *whole_number(const char *before, int64_t number)
{
	static char text[64];

	CHECK(number > 1000000000000000);
	(void)snprintf(text, sizeof(text), "%s%" PRId64 "\n", before, number);
	return text;
}

/*
 * A restored store gets back what HQ knows of the time since its backup, and goes on under a new
 * epoch: afterwards HQ has each sale that a till was told of, once, and so has the store.
 */
static void test_a_restored_store_goes_on_with_hq(void)
{
	char folder[TEST_PATH_BYTES], tills[TEST_PATH_BYTES];
	struct test_process till = {0};
	struct br_json *root;
	struct proof proof;
	int64_t backed_up, told;

	store_node_start(&node, true, NULL);
	(void)snprintf(folder, sizeof(folder), "%s/hot", test_folder());
	(void)snprintf(tills, sizeof(tills), "%s/tills.jsonl", test_folder());
	SAYS(0, "\nconnection backroom-0412\n", "config", "bridge");
	products_import();
	till_start(&till, tills);
	test_sleep_ms(1500);
	/* Beside the sales, which go on. */
	PRINTS(&root, "backup", folder);
	backed_up = number_of(root, "head");
	br_json_free(root);
	printf("%s", store_node_hq_say("{\"cmd\":\"price\",\"sku\":\"A000001\",\"amount\":77}\n"));
	test_sleep_ms(1500);
	(void)test_process_stop(&till);
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	CHECK(journal_head() > backed_up);
	SAYS(0, "price      77 GBP", "product", "show", "A000001");
	SAYS(0, "clean.", "verify");
	told = hq_events("count(*)", "type='org.backroom.sale.recorded.v1'");
	CHECK(told > 0);
	CHECK_INT(test_process_stop(&node.daemon), 0);
	SAYS(0, "Restored from ", "restore", folder, "--force");
	store_node_daemon_start(&node);
	/* What the store does not know any more comes back. */
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	CHECK(hq_events("count(*)", "type='org.backroom.store.recovered.v1'") == 1);
	/* Its numbers are long now, and stand there with all their digits. */
	SAYS(0, whole_number("sequence             ", journal_head()), "link", "show");
	CHECK(store_node_hq_number(
		      &node, "select count(*) from event where body like '%\"origin\":%'") > 0);
	till_start(&till, tills);
	test_sleep_ms(1500);
	(void)test_process_stop(&till);
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	SAYS(0, "clean.", "verify");
	SAYS(0, "price      77 GBP", "product", "show", "A000001");
	CHECK_INT(test_process_stop(&node.daemon), 0);
	proof = proof_read(tills, node.state);
	CHECK_INT(proof.doubled, 0);
	CHECK_INT(proof.missing, 0);
	CHECK(hq_events("count(*)", "type='org.backroom.sale.recorded.v1'") > told);
	CHECK_INT(hq_events("count(*)", "lane='stock'"), proof.stock_events);
	/* The node is lost with its backups: a new one has nothing but the store's identity. */
	SAYS(1, "either the FOLDER of a backup or --from-hq", "restore", folder, "--from-hq");
	/* Nothing in it tells of the restore before: only the clock tells their numbers apart. */
	test_sleep_ms(10000);
	SAYS(0, "An empty ledger is in place", "restore", "--from-hq", "--force");
	store_node_daemon_start(&node);
	REQUIRE(store_node_quiet(&node, CATCH_UP_MS));
	SAYS(0, "clean.", "verify");
	CHECK_INT(test_process_stop(&node.daemon), 0);
	told = (int64_t)proof.acknowledged;
	proof = proof_read(tills, node.state);
	CHECK_INT(proof.acknowledged, told);
	CHECK_INT(proof.missing, 0);
	CHECK_INT(proof.doubled, 0);
	CHECK_INT(hq_events("count(*)", "lane='stock'"), proof.stock_events);
	(void)test_process_stop(&node.hq);
	test_broker_stop(&node.hq_broker);
	test_broker_stop(&node.broker);
}

int main(int argc, char **argv)
{
	store_node_prepare(&node, false, NULL);
	TEST(test_help_names_every_verb);
	TEST(test_help_behind_a_noun_names_its_verbs);
	TEST(test_words_that_are_off);
	TEST(test_arguments_that_are_off);
	TEST(test_a_call_without_words_shows_the_help);
	TEST(test_a_daemon_that_is_away);
	TEST(test_a_configuration_that_is_away);
	TEST(test_configuration_verbs);
	TEST(test_a_bad_configuration_for_programs);
	TEST(test_the_daemon_starts);
	TEST(test_an_import_reads_what_spreadsheets_write);
	TEST(test_an_import_again_changes_nothing);
	TEST(test_bad_lines_are_all_told_and_nothing_is_imported);
	TEST(test_all_bad_cells_of_a_line_are_told);
	TEST(test_a_decimal_comma_is_understood);
	TEST(test_files_that_are_no_list_of_products);
	TEST(test_what_the_daemon_refuses_is_told_with_its_line);
	TEST(test_what_stands_in_the_file_twice_is_told);
	TEST(test_a_dry_run_checks_and_sends_nothing);
	TEST(test_every_column_of_a_product_is_imported);
	TEST(test_prices_stock_and_positions_are_imported);
	TEST(test_an_export_is_an_import);
	TEST(test_a_long_import);
	TEST(test_showing_a_product);
	TEST(test_finding_products);
	TEST(test_moving_and_showing_stock);
	TEST(test_what_stands_in_a_cell);
	TEST(test_any_command);
	TEST(test_the_journals_tail);
	TEST(test_the_stores_status);
	TEST(test_an_address_instead_of_the_socket);
	TEST(test_verifying);
	TEST(test_a_backup_and_its_way_back);
	TEST(test_a_damaged_backup_is_refused);
	TEST(test_the_old_ledger_is_kept);
	TEST(test_the_store_ends_well);
	TEST(test_a_restored_store_goes_on_with_hq);
	return test_end(argc, argv);
}
