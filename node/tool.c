#include "node/tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/crypto.h"
#include "node/time.h"
#include "node/version.h"

#define CONFIG_PATH "/etc/backroom/backroom.conf"

const struct br_tool_verb br_tool_verbs[] = {
	{"status", "", "", 0, 0, "Is the store all right? What needs somebody now.",
		br_tool_status},
	{"product", "show", "SKU|BARCODE", 1, 1, "One product: price, stock, labels.",
		br_tool_product_show},
	{"product", "find", "WORDS", 1, 16, "Products whose name, brand or SKU has the words.",
		br_tool_product_find},
	{"stock", "show", "SKU|BARCODE", 1, 1, "One product's stock by place, with its movements.",
		br_tool_stock_show},
	{"import", "products", "FILE.csv", 1, 1,
		"Products, with prices, from a CSV file; with ; or tabs also 2,49.",
		br_tool_import},
	{"import", "prices", "FILE.csv", 1, 1,
		"Prices, also future ones, from a CSV file; with ; or tabs also 2,49.",
		br_tool_import},
	{"import", "stock", "FILE.csv", 1, 1,
		"What lies where, from a CSV file; with ; or tabs also 0,5.", br_tool_import},
	{"import", "positions", "FILE.csv", 1, 1, "The planogram from a CSV file.", br_tool_import},
	{"export", "products", "[FILE.csv]", 0, 1, "The catalogue as `import products` reads it.",
		br_tool_export},
	{"export", "prices", "[FILE.csv]", 0, 1, "Prices that count or will count.",
		br_tool_export},
	{"export", "stock", "[FILE.csv]", 0, 1, "What lies where.", br_tool_export},
	{"export", "positions", "[FILE.csv]", 0, 1, "The planogram.", br_tool_export},
	{"journal", "tail", "[AFTER]", 0, 1, "The last events, or those after a sequence.",
		br_tool_journal_tail},
	{"command", "", "TYPE DATA", 2, 2, "Any command of the contract; DATA is JSON.",
		br_tool_command},
	{"verify", "", "", 0, 0, "Checks the journal and rebuilds all views to compare.",
		br_tool_verify},
	{"backup", "", "FOLDER", 1, 1, "A compact copy of the ledger in a new folder.",
		br_tool_backup},
	{"restore", "", "[FOLDER]", 0, 1,
		"The ledger from a backup, or --from-hq; --force over one that is there. The "
		"daemon must be stopped.",
		br_tool_restore},
	{"config", "check", "", 0, 0, "Checks the configuration.", br_tool_config_check},
	{"config", "show", "", 0, 0, "Every key with its value.", br_tool_config_show},
	{"config", "bridge", "", 0, 0, "Mosquitto's bridge to the central system, as a file.",
		br_tool_config_bridge},
	{"link", "check", "", 0, 0,
		"Goes the way to the central system step by step, and says what to do.",
		br_tool_link_check},
	{"link", "switch", "", 0, 0, "Lets the bridge change over to a certificate that waits.",
		br_tool_link_switch},
	{"enrol", "code", "CODE", 1, 1, "Gets the store's certificate by a one-time code.",
		br_tool_enrol_code},
	{"enrol", "request", "FILE", 1, 1, "Writes a request for a certificate into a new file.",
		br_tool_enrol_request},
	{"enrol", "certificate", "FILE", 1, 1, "Takes the certificate that was signed for it.",
		br_tool_enrol_certificate},
	{"contract", "", "", 0, 0, "The MQTT contract as AsyncAPI 3.0.", br_tool_contract},
	{"contract", "schemas", "FOLDER", 1, 1,
		"Writes a JSON Schema for each event and command into a folder.",
		br_tool_contract_schemas},
	{"config", "man", "", 0, 0, "The keys, as part of a man page.", br_tool_config_man},
	{"man", "", "", 0, 0, "What can be done with the store, as part of a man page.",
		br_tool_man},
};
const unsigned br_tool_verb_n = BR_ARRAY_LEN(br_tool_verbs);

const struct br_tool_verb *br_tool_verb_find(const char *noun, const char *verb)
{
	br_assert(noun != NULL && verb != NULL);
	for (unsigned i = 0; i < br_tool_verb_n; i++)
		if (strcmp(br_tool_verbs[i].noun, noun) == 0 &&
			strcmp(br_tool_verbs[i].verb, verb) == 0)
			return &br_tool_verbs[i];
	return NULL;
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

bool br_tool_time_write(struct br_str text, char *ret_text, size_t size)
{
	int64_t time_ms;
	struct tm parts;
	time_t seconds;

	br_assert(size > sizeof("2026-03-01 10:15:00"));
	if (text.n != BR_TIME_TEXT_BYTES - 1 || !br_time_parse(text, &time_ms))
		return false;
	seconds = (time_t)(time_ms / 1000);
	return localtime_r(&seconds, &parts) != NULL &&
	       strftime(ret_text, size, "%Y-%m-%d %H:%M:%S", &parts) > 0;
}

const char *br_tool_time(const struct br_json *object, const char *name)
{
	static char ring[4][32];
	static unsigned next;
	char *buffer = ring[next++ % BR_ARRAY_LEN(ring)];
	struct br_str text;

	br_assert(name[0] != '\0');
	return br_json_string(br_json_member(object, name), &text) &&
			       br_tool_time_write(text, buffer, sizeof(ring[0]))
		       ? buffer
		       : "-";
}

void br_tool_number_write(double number, char *buffer, size_t size)
{
	bool whole = number == nearbyint(number) && fabs(number) < 0x1p53;

	br_assert(size >= 26);
	(void)snprintf(buffer, size, whole ? "%.0f" : "%.15g", number);
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
	br_tool_number_write(number, buffer, sizeof(ring[0]));
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

/* An own verb that gets what it cannot use is refused: it would do more than was asked for. */
static bool own_takes(const struct br_tool *tool)
{
	const struct br_tool_verb *own = tool->own;

	br_assert(own != NULL);
	if (tool->argc < own->argument_min || tool->argc > own->argument_max) {
		(void)fprintf(stderr, "backroom: the call is\n  %s%s%s %s\n", own->noun,
			own->verb[0] != '\0' ? " " : "", own->verb, own->arguments);
		return false;
	}
	if (own->run == br_tool_command || ((!tool->dry_run || own->run == br_tool_import) &&
						   tool->id == NULL && tool->happened == NULL))
		return true;
	(void)fprintf(stderr, "backroom: --dry-run, --id and --happened are for commands\n");
	return false;
}

static int said_run(struct br_tool *tool)
{
	bool own = tool->own != NULL && (tool->said.pair_n == 0 || tool->call == NULL);

	br_assert(tool->noun != NULL);
	if (!own && tool->call == NULL)
		return br_tool_unknown(tool);
	if (own && !own_takes(tool))
		return 2;
	br_config_init(&tool->config);
	tool->config_read =
		br_config_read(&tool->config, tool->config_path, &tool->config_fault) == 0;
	return own ? tool->own->run(tool) : br_tool_call(tool);
}

int br_tool_main(int argc, char **argv, const struct br_call *calls, unsigned call_n)
{
	struct br_tool tool = {.config_path = CONFIG_PATH, .calls = calls, .call_n = call_n};

	br_assert(call_n > 0);
	if (!br_tool_line_read(&tool, argc, argv))
		return 2;
	if (tool.version) {
		(void)puts("backroom " BR_VERSION);
		return 0;
	}
	if (tool.complete)
		return br_tool_complete(&tool);
	if (tool.help)
		return br_tool_help(&tool);
	if (tool.noun == NULL)
		return br_tool_help(&tool) == 0 ? 2 : 1;
	return said_run(&tool);
}
