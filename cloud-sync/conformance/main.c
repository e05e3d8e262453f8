/*
 * backroom-conformance: plays the part of a store against somebody's central system, and says which
 * rules of the contract it keeps. The rules stand in GUIDE.md, by their clauses.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloud-sync/conformance/certificate.h"
#include "cloud-sync/conformance/rule.h"
#include "node/version.h"

#define REQUEST_BYTES_MAX 16384
#define WITHOUT_MAX 64
#define PATIENCE_S_MAX 3600

static const char usage[] =
	"usage: backroom-conformance [OPTION]...\n"
	"Plays the part of a store against a central system, over its MQTT broker, and prints for\n"
	"each rule of the contract: pass, FAIL, or not tried. Use a store id of its own for it: "
	"what\n"
	"it sends are real events to the other side. Exit code 0: no rule failed, 1: one did, or\n"
	"nothing could be tried, 2: the command line is wrong.\n\n"
	"  --host HOST           the broker [127.0.0.1]\n"
	"  --port PORT           its port [1883]\n"
	"  --ca FILE             TLS: who signed the broker's certificate\n"
	"  --certificate FILE    TLS: the store's certificate\n"
	"  --key FILE            TLS: its private key\n"
	"  --user NAME           user name at the broker; the password is in $MQTT_PASSWORD\n"
	"  --store ID            the store to play [conformance- and random digits]\n"
	"  --patience SECONDS    how long to wait for an answer, and for a command to come\n"
	"                        again: longer than the pause between two tries [20]\n"
	"                        and longer by itself when these pauses are seen to be longer\n"
	"  --restart COMMAND     kills and starts the central system (rule durable)\n"
	"  --backup COMMAND      takes a backup of it, and ...\n"
	"  --restore COMMAND     ... puts it back to that backup (rule restored)\n"
	"  --request FILE        a certificate request in PEM, made out to the store, for it to\n"
	"                        sign (rule certificate)\n"
	"  --code CODE           a one-time code for the store, and the request (rule code)\n"
	"  --enrol-port PORT     where stores without a certificate come in [the same port]\n"
	"  --without RULE        leave a rule out, by name or clause, or all of a section by its\n"
	"                        number; may be given more than once\n"
	"  --json                the result as JSON\n"
	"  --trace               show every message\n"
	"  --list                print the rules and end\n"
	"  --help, --version\n";

static struct program {
	struct conform_post_options post;
	struct conform_post_options enrol;
	const char *store, *restart, *backup, *restore, *request_path, *code;
	int patience_s;
	bool json, trace, list;
	const char *without[WITHOUT_MAX];
	unsigned without_n;
	char id[CONFORM_ID_BYTES], request[REQUEST_BYTES_MAX];
	struct conform_play play;
	enum conform_outcome outcomes[64];
	char said[64][CONFORM_SAID_BYTES];
} program = {.post = {.host = "127.0.0.1", .port = 1883}, .patience_s = 20};

enum option_key {
	OPTION_HOST = 256,
	OPTION_PORT,
	OPTION_CA,
	OPTION_CERTIFICATE,
	OPTION_KEY,
	OPTION_USER,
	OPTION_STORE,
	OPTION_PATIENCE,
	OPTION_RESTART,
	OPTION_BACKUP,
	OPTION_RESTORE,
	OPTION_REQUEST,
	OPTION_CODE,
	OPTION_ENROL_PORT,
	OPTION_WITHOUT,
	OPTION_JSON,
	OPTION_TRACE,
	OPTION_LIST,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{"host", required_argument, NULL, OPTION_HOST},
	{"port", required_argument, NULL, OPTION_PORT},
	{"ca", required_argument, NULL, OPTION_CA},
	{"certificate", required_argument, NULL, OPTION_CERTIFICATE},
	{"key", required_argument, NULL, OPTION_KEY},
	{"user", required_argument, NULL, OPTION_USER},
	{"store", required_argument, NULL, OPTION_STORE},
	{"patience", required_argument, NULL, OPTION_PATIENCE},
	{"restart", required_argument, NULL, OPTION_RESTART},
	{"backup", required_argument, NULL, OPTION_BACKUP},
	{"restore", required_argument, NULL, OPTION_RESTORE},
	{"request", required_argument, NULL, OPTION_REQUEST},
	{"code", required_argument, NULL, OPTION_CODE},
	{"enrol-port", required_argument, NULL, OPTION_ENROL_PORT},
	{"without", required_argument, NULL, OPTION_WITHOUT},
	{"json", no_argument, NULL, OPTION_JSON},
	{"trace", no_argument, NULL, OPTION_TRACE},
	{"list", no_argument, NULL, OPTION_LIST},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

static bool complain(const char *text, const char *what)
{
	(void)fprintf(stderr, "backroom-conformance: %s: %s\n", what, text);
	return false;
}

static bool number_read(const char *text, const char *name, int max, int *ret_number)
{
	int64_t number;

	br_assert(max > 0);
	if (!br_str_to_i64(br_str_from(text), &number) || number < 1 || number > max) {
		(void)fprintf(stderr, "backroom-conformance: %s: allowed is 1 to %d\n", name, max);
		return false;
	}
	*ret_number = (int)number;
	return true;
}

/* By name, by clause, or by the section's number in front of the point. */
static bool is_called(const struct conform_rule *rule, const char *name)
{
	size_t n = strlen(name);

	br_assert(rule->clause[0] != '\0' && rule->name[0] != '\0');
	return strcmp(rule->name, name) == 0 || strcmp(rule->clause, name) == 0 ||
	       (n > 0 && strncmp(rule->clause, name, n) == 0 && rule->clause[n] == '.' &&
		       strchr(name, '.') == NULL);
}

static bool without_add(const char *name)
{
	bool known = false;

	br_assert(program.without_n <= WITHOUT_MAX);
	for (unsigned i = 1; i < conform_rule_n; i++)
		known = known || is_called(&conform_rules[i], name);
	if (!known && is_called(&conform_rules[0], name))
		return complain("cannot be left out: who has said no hello is no store", name);
	if (!known)
		return complain("there is no such rule; --list names them", name);
	if (program.without_n == WITHOUT_MAX)
		return complain("is one too many", name);
	program.without[program.without_n++] = name;
	return true;
}

/* What takes a text as it is; false for a key that does not. */
static bool text_set(int key, const char *text)
{
	const char **place = key == OPTION_HOST		 ? &program.post.host
			     : key == OPTION_CA		 ? &program.post.ca
			     : key == OPTION_CERTIFICATE ? &program.post.certificate
			     : key == OPTION_KEY	 ? &program.post.key
			     : key == OPTION_USER	 ? &program.post.user
			     : key == OPTION_STORE	 ? &program.store
			     : key == OPTION_RESTART	 ? &program.restart
			     : key == OPTION_BACKUP	 ? &program.backup
			     : key == OPTION_RESTORE	 ? &program.restore
			     : key == OPTION_REQUEST	 ? &program.request_path
			     : key == OPTION_CODE	 ? &program.code
							 : NULL;

	if (place != NULL)
		*place = text;
	return place != NULL;
}

static bool option_take(int key)
{
	if (text_set(key, optarg))
		return true;
	switch (key) {
	case OPTION_PORT:
		return number_read(optarg, "--port", 65535, &program.post.port);
	case OPTION_ENROL_PORT:
		return number_read(optarg, "--enrol-port", 65535, &program.enrol.port);
	case OPTION_PATIENCE:
		return number_read(optarg, "--patience", PATIENCE_S_MAX, &program.patience_s);
	case OPTION_WITHOUT:
		return without_add(optarg);
	case OPTION_JSON:
		program.json = true;
		return true;
	case OPTION_TRACE:
		program.trace = true;
		return true;
	case OPTION_LIST:
		program.list = true;
		return true;
	default:
		return false;
	}
}

static bool request_read(void)
{
	const char *fault;
	FILE *file;
	size_t n;

	br_assert(program.store != NULL);
	if (program.request_path == NULL)
		return true;
	file = fopen(program.request_path, "re");
	if (file == NULL)
		return complain("cannot be read", program.request_path);
	n = fread(program.request, 1, sizeof(program.request) - 1, file);
	(void)fclose(file);
	br_assert(n < sizeof(program.request));
	program.request[n] = '\0';
	fault = conform_request_fault(program.request, program.store);
	if (fault != NULL)
		return complain(fault, program.request_path);
	program.play.request = program.request;
	return true;
}

/* What may stand in a topic on every broker: see "The line" in the guide. */
static bool store_valid(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n < CONFORM_ID_BYTES && id[n] == '\0';
}

static bool file_readable(const char *path)
{
	return path == NULL || access(path, R_OK) == 0 || complain("cannot be read", path);
}

static bool words_check(void)
{
	br_assert(program.patience_s >= 1 && program.patience_s <= PATIENCE_S_MAX);
	if (program.store == NULL) {
		memcpy(program.id, "conformance-", 13);
		conform_random_text(4, program.id + 12);
		program.store = program.id;
	}
	if (!store_valid(program.store))
		return complain("allowed are 1 to 64 of A-Z a-z 0-9 _ and -", program.store);
	if ((program.post.certificate == NULL) != (program.post.key == NULL) ||
		(program.post.certificate != NULL && program.post.ca == NULL))
		return complain("--certificate and --key go together, with --ca", "TLS");
	if (!file_readable(program.post.ca) || !file_readable(program.post.certificate) ||
		!file_readable(program.post.key))
		return false;
	if ((program.backup == NULL) != (program.restore == NULL))
		return complain("--backup and --restore go together", "an HQ that is restored");
	if (program.code != NULL && program.request_path == NULL)
		return complain("needs a --request", "--code");
	if (program.enrol.port != 0 && program.code == NULL)
		return complain("needs a --code", "--enrol-port");
	program.post.password = program.post.user != NULL ? getenv("MQTT_PASSWORD") : NULL;
	return request_read();
}

static bool left_out(const struct conform_rule *rule)
{
	br_assert(program.without_n <= WITHOUT_MAX);
	for (unsigned i = 0; i < program.without_n && rule != &conform_rules[0]; i++)
		if (is_called(rule, program.without[i]))
			return true;
	return false;
}

/* A store that asks with a code has no certificate yet when it has a door of its own. */
static void enrol_set(const char *client)
{
	int port = program.enrol.port;

	br_assert(program.post.client != NULL);
	program.enrol = program.post;
	program.enrol.client = client;
	if (port != 0) {
		program.enrol.port = port;
		program.enrol.certificate = program.enrol.key = NULL;
	}
}

static void outcome_take(unsigned i, enum conform_outcome outcome, const char *said)
{
	const struct conform_rule *rule = &conform_rules[i];

	br_assert(i < BR_ARRAY_LEN(program.outcomes) && outcome <= CONFORM_FAILED);
	program.outcomes[i] = outcome;
	(void)snprintf(program.said[i], sizeof(program.said[i]), "%s", said);
	if (program.json)
		return;
	printf("%-9s  %-5s %-18s %s\n", conform_outcome_words[outcome], rule->clause, rule->name,
		rule->text);
	/* What keeps a row of rules from being tried is said once. */
	if (said[0] != '\0' && (i == 0 || strcmp(program.said[i], program.said[i - 1]) != 0))
		printf("%*s%s\n", 36, "", said);
	(void)fflush(stdout);
}

static unsigned outcomes_of(enum conform_outcome outcome)
{
	unsigned n = 0;

	br_assert(outcome <= CONFORM_FAILED);
	for (unsigned i = 0; i < conform_rule_n; i++)
		n += program.outcomes[i] == outcome;
	return n;
}

static void json_print(void)
{
	struct br_json_out out;
	struct br_text text;

	br_assert(conform_rule_n <= BR_ARRAY_LEN(program.outcomes));
	br_text_init(&text, 1 << 17);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "store", program.store);
	br_json_out_puts(&out, "version", BR_VERSION);
	br_json_out_array(&out, "rules");
	for (unsigned i = 0; i < conform_rule_n; i++) {
		br_json_out_object(&out, NULL);
		br_json_out_puts(&out, "clause", conform_rules[i].clause);
		br_json_out_puts(&out, "name", conform_rules[i].name);
		br_json_out_puts(&out, "outcome",
			program.outcomes[i] == CONFORM_FAILED
				? "fail"
				: conform_outcome_words[program.outcomes[i]]);
		if (program.said[i][0] != '\0')
			br_json_out_puts(&out, "message", program.said[i]);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_u64(&out, "passed", outcomes_of(CONFORM_PASSED));
	br_json_out_u64(&out, "failed", outcomes_of(CONFORM_FAILED));
	br_json_out_u64(&out, "not_tried", outcomes_of(CONFORM_UNTRIED));
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	printf("%s\n", text.bytes);
	br_text_finish(&text);
}

static int list_print(void)
{
	br_assert(conform_rule_n > 0);
	for (unsigned i = 0; i < conform_rule_n; i++)
		printf("%-5s %-18s %s\n", conform_rules[i].clause, conform_rules[i].name,
			conform_rules[i].text);
	return 0;
}

static int run(void)
{
	struct conform_play *play = &program.play;
	struct br_fault fault = {""};
	char client[CONFORM_ID_BYTES + 32], newcomer[CONFORM_ID_BYTES + 32];
	struct conform_post *post = NULL;
	int error;

	br_assert(store_valid(program.store));
	(void)snprintf(client, sizeof(client), "backroom-%s", program.store);
	(void)snprintf(newcomer, sizeof(newcomer), "backroom-%s-enrol", program.store);
	program.post.client = client;
	enrol_set(newcomer);
	error = conform_post_open(&program.post, &post, &fault);
	if (error < 0)
		return complain(fault.text[0] != '\0' ? fault.text : br_error_text(error),
			       "the broker")
			       ? 0
			       : 1;
	play->store = program.store;
	play->restart = program.restart;
	play->backup = program.backup;
	play->restore = program.restore;
	play->code = program.code;
	play->enrol = &program.enrol;
	play->patience_ms = program.patience_s * INT64_C(1000);
	play->trace = program.trace && !program.json;
	if (!conform_play_begin(play, post)) {
		conform_play_finish(play);
		conform_post_close(post);
		return complain(play->said, "the broker") ? 0 : 1;
	}
	if (!program.json)
		printf("store %s at %s:%d\n", program.store, program.post.host, program.post.port);
	conform_rules_run(play, left_out, outcome_take);
	conform_play_finish(play);
	conform_post_close(post);
	if (program.json)
		json_print();
	else
		printf("\n%u passed, %u failed, %u not tried\n", outcomes_of(CONFORM_PASSED),
			outcomes_of(CONFORM_FAILED), outcomes_of(CONFORM_UNTRIED));
	return outcomes_of(CONFORM_FAILED) > 0 || outcomes_of(CONFORM_PASSED) == 0;
}

int main(int argc, char **argv)
{
	int key;

	while ((key = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (key == OPTION_HELP)
			return fputs(usage, stdout) < 0;
		if (key == OPTION_VERSION)
			return puts("backroom-conformance " BR_VERSION) < 0;
		if (!option_take(key))
			return complain("--help tells the options", "wrong option") ? 0 : 2;
	}
	if (optind < argc)
		return complain("is a word too many", argv[optind]) ? 0 : 2;
	if (program.list)
		return list_print();
	return words_check() ? run() : 2;
}
