#include "node/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/crypto.h"
#include "node/version.h"

#define CONFIG_PATH "/etc/backroom/backroom.conf"
#define LIMIT_MAX 100 /* as the API allows */
#define NUMBERS_MAX 4
#define NUMBER_BYTES 32

const struct br_tool_verb br_tool_verbs[] = {
	{"status", "", "", 0, 0, "Is the store all right? What needs somebody now.",
		br_tool_status},
	{"product", "show", "SKU|BARCODE", 1, 1, "One product: price, stock, labels.",
		br_tool_product_show},
	{"product", "find", "WORDS", 1, 16, "Products whose name, brand or SKU has the words.",
		br_tool_product_find},
	{"stock", "show", "SKU|BARCODE", 1, 1, "One product's stock by place, with its movements.",
		br_tool_stock_show},
	{"stock", "move", "SKU KIND QUANTITY [REASON]", 3, 4,
		"Receive, adjust, count, fill or waste.", br_tool_stock_move},
	{"import", "products", "FILE.csv", 1, 1, "Products and prices from a CSV file.",
		br_tool_import_products},
	{"journal", "tail", "[AFTER]", 0, 1, "The last events, or those after a sequence.",
		br_tool_journal_tail},
	{"command", "", "TYPE DATA", 2, 2, "Any command of the contract; DATA is JSON.",
		br_tool_command},
	{"verify", "", "", 0, 0, "Checks the journal and rebuilds all views to compare.",
		br_tool_verify},
	{"backup", "", "FOLDER", 1, 1, "A compact copy of the ledger in a new folder.",
		br_tool_backup},
	{"restore", "", "FOLDER", 1, 1, "The ledger from a backup; the daemon must be stopped.",
		br_tool_restore},
	{"config", "check", "", 0, 0, "Checks the configuration.", br_tool_config_check},
	{"config", "show", "", 0, 0, "Every key with its value.", br_tool_config_show},
	{"config", "bridge", "", 0, 0, "Mosquitto's bridge to the central system, as a file.",
		br_tool_config_bridge},
	{"contract", "", "", 0, 0, "The MQTT contract as AsyncAPI 3.0.", br_tool_contract},
	{"config", "man", "", 0, 0, "The keys, as part of a man page.", br_tool_config_man},
};
const unsigned br_tool_verb_n = BR_ARRAY_LEN(br_tool_verbs);

static void verb_print(const struct br_tool_verb *verb, FILE *stream)
{
	char call[80];

	br_assert(verb->run != NULL);
	(void)snprintf(call, sizeof(call), "%s%s%s %s", verb->noun, verb->verb[0] ? " " : "",
		verb->verb, verb->arguments);
	(void)fprintf(stream, "  %-40s %s\n", call, verb->help);
}

/* Prints the verbs of one noun, of all for NULL; false when there is no such noun. */
static bool verbs_print(const char *noun, FILE *stream)
{
	bool any = false;

	for (unsigned i = 0; i < br_tool_verb_n; i++)
		if (noun == NULL || strcmp(noun, br_tool_verbs[i].noun) == 0) {
			verb_print(&br_tool_verbs[i], stream);
			any = true;
		}
	return any;
}

/* The exit code. */
static int help_print(const char *noun)
{
	(void)puts("usage: backroom NOUN VERB [ARGUMENT...] [OPTION...]\n");
	if (!verbs_print(noun, stdout)) {
		(void)fprintf(
			stderr, "backroom: nothing is called \"%s\", see backroom --help\n", noun);
		return 2;
	}
	(void)puts("\n"
		   "  -c, --config FILE   configuration (default " CONFIG_PATH ")\n"
		   "  -u, --url URL       the daemon's address instead of its socket\n"
		   "  -j, --json          JSON for programs\n"
		   "  -n, --limit N       rows at most, 1 to 100\n"
		   "  -f, --force         restore over a ledger that is there\n"
		   "  -q, --quiet         no progress\n"
		   "  -h, --help          this text; after a noun, its verbs\n"
		   "  -V, --version       the version\n\n"
		   "Exit code: 0 done, 1 it did not work or something is wrong, 2 bad call.");
	return 0;
}

int br_tool_fail(const struct br_fault *fault)
{
	(void)fprintf(stderr, "backroom: %s\n", fault->text);
	return 1;
}

bool br_tool_progress(const struct br_tool *tool)
{
	return !tool->quiet && !tool->json && isatty(STDERR_FILENO) != 0;
}

const char *br_tool_text(const struct br_json *object, const char *name)
{
	struct br_str text;

	br_assert(name[0] != '\0');
	/* The tree's texts end in NUL. */
	return br_json_string(br_json_member(object, name), &text) && text.n > 0 ? text.s : "-";
}

const char *br_tool_number(const struct br_json *object, const char *name)
{
	static char ring[8][32];
	static unsigned next;
	char *buffer = ring[next++ % BR_ARRAY_LEN(ring)];
	double number;

	br_assert(name[0] != '\0');
	if (!br_json_number(br_json_member(object, name), &number))
		return "-";
	(void)snprintf(buffer, sizeof(ring[0]), "%.15g", number);
	return buffer;
}

int br_tool_id(char *buffer, size_t size)
{
	unsigned char bytes[8];
	int result = br_random(bytes, sizeof(bytes));
	uint64_t number = 0;

	br_assert(size >= sizeof("tool-0123456789abcdef"));
	for (size_t i = 0; i < sizeof(bytes); i++)
		number = number << 8 | bytes[i];
	(void)snprintf(buffer, size, "tool-%016" PRIx64, number);
	return result;
}

/* True for a number of rows; else says what is allowed. */
static bool limit_check(const char *text)
{
	int64_t number;

	if (br_str_to_i64(br_str_from(text), &number) && number >= 1 && number <= LIMIT_MAX)
		return true;
	(void)fprintf(stderr, "backroom: --limit \"%s\": allowed is 1 to %d\n", text, LIMIT_MAX);
	return false;
}

/*
 * A negative number is an argument, which getopt would take for an option: it gets a blank in front
 * for as long as the options are read.
 */
static char numbers[NUMBERS_MAX][NUMBER_BYTES];

static void numbers_mark(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc && n < NUMBERS_MAX; i++)
		if (argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9' &&
			strlen(argv[i]) < NUMBER_BYTES - 1) {
			(void)snprintf(numbers[n], NUMBER_BYTES, " %s", argv[i]);
			argv[i] = numbers[n++];
		}
}

static void numbers_unmark(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		for (unsigned n = 0; n < NUMBERS_MAX; n++)
			if (argv[i] == numbers[n])
				argv[i]++;
}

/* Reads the options; false when the program shall end with *ret_code. */
static bool options_read(struct br_tool *tool, int argc, char **argv, bool *ret_help, int *ret_code)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"url", required_argument, NULL, 'u'},
		{"json", no_argument, NULL, 'j'},
		{"limit", required_argument, NULL, 'n'},
		{"force", no_argument, NULL, 'f'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*ret_code = 0;
	while ((option = getopt_long(argc, argv, "c:u:jn:fqhV", options, NULL)) != -1) {
		if (option == 'c')
			tool->config_path = optarg;
		else if (option == 'u')
			tool->url = optarg;
		else if (option == 'j')
			tool->json = true;
		else if (option == 'n' && limit_check(optarg))
			tool->limit = optarg;
		else if (option == 'f')
			tool->force = true;
		else if (option == 'q')
			tool->quiet = true;
		else if (option == 'h')
			*ret_help = true;
		else if (option == 'V') {
			(void)puts("backroom " BR_VERSION);
			return false;
		} else {
			*ret_code = 2;
			return false;
		}
	}
	return true;
}

/* The verb that the words name, and how many words it took; NULL when there is none. */
static const struct br_tool_verb *verb_find(int argc, char **argv, int *ret_words)
{
	for (unsigned i = 0; i < br_tool_verb_n; i++) {
		const struct br_tool_verb *verb = &br_tool_verbs[i];
		bool single = verb->verb[0] == '\0';

		if (argc < 1 || strcmp(argv[0], verb->noun) != 0)
			continue;
		if (!single && (argc < 2 || strcmp(argv[1], verb->verb) != 0))
			continue;
		*ret_words = single ? 1 : 2;
		br_assert(*ret_words <= argc);
		return verb;
	}
	return NULL;
}

static int verb_run(struct br_tool *tool, const struct br_tool_verb *verb)
{
	br_assert(verb->argument_min <= verb->argument_max && tool->argc >= 0);
	if (tool->argc < verb->argument_min || tool->argc > verb->argument_max) {
		(void)fprintf(stderr, "backroom: the call is\n");
		verb_print(verb, stderr);
		return 2;
	}
	br_config_init(&tool->config);
	tool->config_read =
		br_config_read(&tool->config, tool->config_path, &tool->config_fault) == 0;
	return verb->run(tool);
}

int br_tool_main(int argc, char **argv)
{
	struct br_tool tool = {.config_path = CONFIG_PATH};
	const struct br_tool_verb *verb;
	bool help = false;
	int words, code;

	numbers_mark(argc, argv);
	if (!options_read(&tool, argc, argv, &help, &code))
		return code;
	numbers_unmark(argc, argv);
	argc -= optind;
	argv += optind;
	if (help)
		return help_print(argc > 0 ? argv[0] : NULL);
	if (argc == 0)
		return help_print(NULL) == 0 ? 2 : 1;
	verb = verb_find(argc, argv, &words);
	if (verb == NULL) {
		(void)fprintf(stderr, "backroom: no such call \"%s%s%s\"; these are there:\n",
			argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		if (!verbs_print(argv[0], stderr))
			(void)verbs_print(NULL, stderr);
		return 2;
	}
	br_assert(words >= 1 && words <= argc);
	tool.argc = argc - words;
	tool.argv = argv + words;
	return verb_run(&tool, verb);
}
