/*
 * backroom-conformance against HQ's program, which keeps every rule, behind each of the brokers
 * that HQ may have; and against the same HQ behind a liar that breaks one rule on the way: then
 * that rule must be the one that fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/authority.h"
#include "tests/lib/nats.h"
#include "tests/lib/rabbitmq.h"
#include "tests/peers/liar.h"
#include "tests/system/store_node.h"

#define RUN_MS 240000
#define PATIENCE "15"
#define PATIENCE_WITH_LIARS "4"
#define SIDE_BY_SIDE 48 /* runs at a time */

/* What a run may ask of the person who looks after HQ. */
enum deed { RESTART, BACKUP, RESTORE, DEEDS };
static const char *const deed_words[DEEDS] = {"restart", "backup", "restore"};

/* HQ's program behind a broker, and the run against it. */
static struct office {
	const char *name;     /* of its files and its store */
	const char *patience; /* of its run */
	const char *resend;   /* its own pause between two tries, in ms */
	unsigned port;	      /* of its broker */
	struct test_process hq, run;
	char file[TEST_PATH_BYTES], commands[DEEDS][3 * TEST_PATH_BYTES], code[32];
	bool forgets; /* comes back from a restart without its file */
	bool silent;  /* says nothing of having been restored */
} hq = {.name = "truth", .patience = PATIENCE, .resend = "400"},
  nats_hq = {.name = "nats", .patience = "5", .resend = "3000"},
  rabbitmq_hq = {.name = "rabbitmq", .patience = PATIENCE, .resend = "400"};

static struct test_broker store_broker, hq_broker;
static struct test_nats nats;
static struct test_rabbitmq rabbitmq;
static struct test_process record;
static unsigned tls_port, enrol_port;

static void hq_start(struct office *office)
{
	char *program = strdup(test_program("tests/peers/peer-hq")), port[16];
	char control[TEST_PATH_BYTES];
	const char *argv[] = {program, "--port", port, "--file", office->file, "--generate", "24",
		"--resend", office->resend, "--authority", test_in_folder("authority.pem"),
		"--authority-key", test_in_folder("authority.key"), "--control", control, NULL};

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", office->port);
	(void)snprintf(control, sizeof(control), "%s/%s.sock", test_folder(), office->name);
	test_process_start(&office->hq, "peer-hq", argv, NULL);
	REQUIRE(test_process_says(&office->hq, "connected to the broker", 10000));
	free(program);
}

static const char *hq_say(const struct office *office, const char *line)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s.sock", office->name);
	return store_node_hq_say_to(name, line);
}

/* A file by which the run asks for a deed, and whose end it waits for. */
static const char *asked_path(const struct office *office, enum deed deed)
{
	static char path[TEST_PATH_BYTES];

	(void)snprintf(
		path, sizeof(path), "%s/%s-%s", test_folder(), office->name, deed_words[deed]);
	return path;
}

static void office_open(struct office *office, unsigned port)
{
	office->port = port;
	(void)snprintf(
		office->file, sizeof(office->file), "%s/%s.sqlite", test_folder(), office->name);
	for (unsigned deed = 0; deed < DEEDS; deed++) {
		const char *path = asked_path(office, (enum deed)deed);

		(void)snprintf(office->commands[deed], sizeof(office->commands[deed]),
			"touch '%s' && while [ -e '%s' ]; do sleep 0.1; done", path, path);
	}
	hq_start(office);
	CHECK_HAS(hq_say(office, "{\"cmd\":\"refuse\",\"type\":\"org.backroom.future.refused.v1\","
				 "\"code\":\"not_wanted\"}\n"),
		"\"ok\":true");
}

static void office_close(struct office *office)
{
	(void)test_process_stop(&office->hq);
}

static const char *code_make(struct office *office, const char *store)
{
	char line[128];
	const char *at;

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"enrol_code\",\"store\":\"%s\",\"minutes\":60}\n", store);
	at = strstr(hq_say(office, line), "\"code\":\"");
	REQUIRE(at != NULL);
	(void)snprintf(office->code, sizeof(office->code), "%.12s", at + 8);
	return office->code;
}

/* A certificate is made out to the store that asks: a request of that name. */
static const char *request_make(const char *store)
{
	char name[64];

	test_shell("openssl req -new -key truth.key -subj /CN=%s -out %s.csr", store, store);
	(void)snprintf(name, sizeof(name), "%s.csr", store);
	return test_in_folder(name);
}

static void deed_do(struct office *office, enum deed deed)
{
	test_process_kill(&office->hq);
	/* The log of the database belongs to it. */
	if (deed == BACKUP)
		test_shell("for f in %s.sqlite*; do cp $f kept-$f; done", office->name);
	if (deed == RESTORE) {
		test_shell("rm -f %s.sqlite*; for f in kept-%s.sqlite*; do cp $f ${f#kept-}; done",
			office->name, office->name);
		/* Without an epoch in its file it makes a new one. */
		if (!office->silent)
			store_node_hq_change(office->file, "DELETE FROM meta WHERE name='epoch'");
	}
	if (deed == RESTART && office->forgets)
		test_shell("rm -f %s.sqlite*", office->name);
	hq_start(office);
	REQUIRE(unlink(asked_path(office, deed)) == 0);
}

/* Does what the runs ask for until all of them have ended. */
static void offices_serve(struct office *const asking[], size_t n)
{
	int64_t end_ms = test_now_ms() + RUN_MS;
	size_t running = n;

	while (running > 0 && test_now_ms() < end_ms) {
		running = 0;
		for (size_t i = 0; i < n; i++) {
			for (unsigned deed = 0; deed < DEEDS; deed++)
				if (access(asked_path(asking[i], (enum deed)deed), F_OK) == 0)
					deed_do(asking[i], (enum deed)deed);
			running += test_process_runs(&asking[i]->run);
		}
		test_sleep_ms(50);
	}
	for (size_t i = 0; i < n; i++)
		CHECK(test_process_wait(&asking[i]->run, 1000));
}

static void test_everything_is_there(void)
{
	char extra[2048];

	test_authority_make("authority");
	test_shell("openssl ecparam -name prime256v1 -genkey -noout -out truth.key");
	test_broker_start(&store_broker, "store-broker", NULL);
	test_certificate_make("hq", "authority", "hq", "IP:127.0.0.1", -1, 90);
	test_certificate_make("store", "authority", "secure", "DNS:store", -1, 90);
	tls_port = test_port_free();
	enrol_port = test_port_free();
	(void)snprintf(extra, sizeof(extra),
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\n"
		"require_certificate true\nallow_anonymous true\n"
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\n",
		tls_port, test_in_folder("authority.pem"), test_in_folder("hq.pem"),
		test_in_folder("hq.key"), enrol_port, test_in_folder("authority.pem"),
		test_in_folder("hq.pem"), test_in_folder("hq.key"));
	test_broker_start(&hq_broker, "hq-broker", extra);
	test_nats_start(&nats, 1);
	test_rabbitmq_start(&rabbitmq);
	office_open(&hq, hq_broker.port);
	office_open(&nats_hq, nats.nodes[0].port);
	office_open(&rabbitmq_hq, rabbitmq.port);
	store_node_record(&record, hq_broker.port, "dn/truth/#");
}

/* Starts the program as the store `id`, with some words more. */
static void conformance_start(struct test_process *process, unsigned broker_port, const char *id,
	const char *patience, const char *const more[])
{
	char *program = strdup(test_program("cloud-sync/conformance/backroom-conformance"));
	char port[16];
	const char *argv[32] = {program, "--port", port, "--store", id, "--patience", patience};
	unsigned n = 7;

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", broker_port);
	for (; *more != NULL && n < BR_ARRAY_LEN(argv) - 1; more++)
		argv[n++] = *more;
	test_process_start(process, "run", argv, NULL);
	free(program);
}

/* As the store of the office's name, with all there is to try but a code: HQ's do not outlive it.
 */
static void office_try(struct office *office)
{
	const char *more[] = {"--request", request_make(office->name), "--restart",
		office->commands[RESTART], "--backup", office->commands[BACKUP], "--restore",
		office->commands[RESTORE], NULL};

	conformance_start(&office->run, office->port, office->name, office->patience, more);
}

/* Once more, with a code. */
static void office_try_again(struct office *office)
{
	const char *more[] = {"--request", request_make(office->name), "--code",
		code_make(office, office->name), NULL};

	conformance_start(&office->run, office->port, office->name, office->patience, more);
}

static void liar_start(struct test_process *liar, const char *id, const char *lie)
{
	char *program = strdup(test_program("tests/peers/peer-liar")), port[16], hq_port[16];
	const char *argv[] = {program, "--port", port, "--hq-port", hq_port, "--store", id,
		lie != NULL ? "--lie" : NULL, lie, NULL};

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", store_broker.port);
	(void)snprintf(hq_port, sizeof(hq_port), "%u", hq_broker.port);
	test_process_start(liar, "liar", argv, NULL);
	REQUIRE(test_process_says(liar, "carries", 10000));
	/* Until both of its subscriptions are there. */
	test_sleep_ms(300);
	free(program);
}

/* What the run says of a rule: "pass", "FAIL", "not tried", or "?". */
static const char *outcome_of(const char *log, const char *rule)
{
	static const char *const words[] = {"pass", "FAIL", "not tried"};
	char name[64];

	(void)snprintf(name, sizeof(name), " %s ", rule);
	for (const char *line = log; line != NULL && *line != '\0';
		line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
		const char *end = strchr(line, '\n');
		const char *at = strstr(line, name);

		if (at == NULL || (end != NULL && at > end) || at > line + 20)
			continue;
		for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
			if (strncmp(line, words[i], strlen(words[i])) == 0)
				return words[i];
	}
	return "?";
}

/* How the run ended and what it said; its log is shown when it is something else. */
static void run_must_say(struct test_process *run, int code, const char *words)
{
	bool says = test_process_says(run, words, 1000);

	CHECK_INT(run->code, code);
	CHECK(says);
	if (run->code != code || !says)
		test_process_log_show(run);
}

static struct office *const offices[] = {&hq, &nats_hq, &rabbitmq_hq};

/*
 * Straight at HQ's broker, HQ killed and restored in the midst of it; on all three brokers at a
 * time. One of the HQs makes longer pauses than the patience is.
 */
static void test_an_hq_that_is_right_passes_on_each_broker(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(offices); i++)
		office_try(offices[i]);
	offices_serve(offices, BR_ARRAY_LEN(offices));
	for (size_t i = 0; i < BR_ARRAY_LEN(offices); i++)
		run_must_say(&offices[i]->run, 0, " passed, 0 failed, 1 not tried");
}

/* The same store comes a second time, as after a restore: its lanes are not empty any more. */
static void test_a_second_run_of_the_same_store_passes(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(offices); i++)
		office_try_again(offices[i]);
	offices_serve(offices, BR_ARRAY_LEN(offices));
	for (size_t i = 0; i < BR_ARRAY_LEN(offices); i++)
		run_must_say(&offices[i]->run, 0, " passed, 0 failed, 3 not tried");
	office_close(&nats_hq);
	office_close(&rabbitmq_hq);
	test_nats_stop(&nats);
	test_rabbitmq_stop(&rabbitmq);
}

/* What HQ said in both runs is what the schemas say. */
static void test_what_hq_says_is_valid(void)
{
	(void)test_process_stop(&record);
	CHECK_INT(store_node_schema("messages", record.log), 0);
}

/* A liar that does not lie changes nothing. */
static void test_a_line_between_changes_nothing(void)
{
	const char *more[] = {"--json", NULL};
	struct test_process run = {0}, liar = {0};

	liar_start(&liar, "carried", NULL);
	conformance_start(&run, store_broker.port, "carried", PATIENCE, more);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, "\"failed\":0,\"not_tried\":4}", 1000));
	CHECK_INT(test_process_stop(&liar), 0);
	CHECK(test_process_says(&liar, "told 0 lies", 1000));
}

/*
 * As a store comes: with a certificate, and trusting one authority alone; and as one that has no
 * certificate yet, by the door that it has for that.
 */
static void test_the_way_over_tls(void)
{
	char door[16];
	const char *right[] = {"--ca", test_in_folder("authority.pem"), "--certificate",
		test_in_folder("store.pem"), "--key", test_in_folder("store.key"), "--request",
		request_make("secure"), "--code", code_make(&hq, "secure"), "--enrol-port", door,
		NULL};
	const char *nobody[] = {"--ca", test_in_folder("authority.pem"), NULL};
	const char *half[] = {"--ca", test_in_folder("authority.pem"), "--key",
		test_in_folder("store.key"), NULL};
	struct test_process run = {0};

	(void)snprintf(door, sizeof(door), "%u", enrol_port);
	conformance_start(&run, tls_port, "secure", PATIENCE, right);
	CHECK(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 0, " passed, 0 failed, 2 not tried");
	conformance_start(&run, tls_port, "secure", PATIENCE, nobody);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 1);
	CHECK(test_process_says(&run, "backroom-conformance: the broker: ", 1000));
	conformance_start(&run, tls_port, "secure", PATIENCE, half);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 2);
}

/* Certificates are asked for where they are lied about: HQ looks at few requests a minute. */
static void lie_start(
	size_t lie, struct test_process *liar, struct test_process *run, const char *id)
{
	const char *rule = peer_lie_rule(lie);
	const char *more[] = {NULL, NULL, NULL, NULL, NULL};

	if (strcmp(rule, "certificate") == 0 || strcmp(rule, "code") == 0) {
		more[0] = "--request";
		more[1] = request_make(id);
	}
	if (strcmp(rule, "code") == 0) {
		more[2] = "--code";
		more[3] = code_make(&hq, id);
	}
	liar_start(liar, id, peer_lie_name(lie));
	conformance_start(run, store_broker.port, id, PATIENCE_WITH_LIARS, more);
}

/* Behind them more is missing or too much, so more rules than one fail. */
static bool lie_is_wide(const char *name)
{
	static const char *const wide[] = {"no-json", "crc-mended", "other-store-taken",
		"empty-dropped", "unknown-dropped", "telemetry-dropped", "strangers-taken",
		"commands-left-out", "commands-once", "hello-for-answer", "verdicts-go-on",
		"same-denied", "stated-forgotten", "revoked-too-much"};

	for (size_t i = 0; i < BR_ARRAY_LEN(wide); i++)
		if (strcmp(wide[i], name) == 0)
			return true;
	return false;
}

/* Runs the lies side by side; false when there are no more. */
static bool lies_run(size_t from)
{
	static struct test_process runs[SIDE_BY_SIDE], liars[SIDE_BY_SIDE];
	size_t n = 0;

	memset(runs, 0, sizeof(runs));
	memset(liars, 0, sizeof(liars));
	for (; n < SIDE_BY_SIDE && peer_lie_name(from + n) != NULL; n++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "lie-%zu", from + n);
		lie_start(from + n, &liars[n], &runs[n], id);
	}
	for (size_t i = 0; i < n; i++) {
		const char *rule = peer_lie_rule(from + i);
		char *log;

		CHECK(test_process_wait(&runs[i], RUN_MS));
		CHECK_INT(runs[i].code, 1);
		log = test_file_read(runs[i].log, NULL);
		if (!CHECK_TEXT(outcome_of(log, rule), "FAIL") ||
			!CHECK(strstr(log, " 1 failed,") != NULL ||
				lie_is_wide(peer_lie_name(from + i)))) {
			printf("the lie %s is not found by the rule %s alone:\n",
				peer_lie_name(from + i), rule);
			test_process_log_show(&runs[i]);
		}
		free(log);
		CHECK_INT(test_process_stop(&liars[i]), 0);
	}
	return n > 0;
}

static void test_each_lie_breaks_its_rule(void)
{
	for (size_t from = 0; lies_run(from); from += SIDE_BY_SIDE)
		continue;
}

/*
 * HQ comes back from its backup and does not say so; then it comes back without its file: what it
 * had acknowledged is gone.
 */
static void test_an_hq_that_forgets_is_found(void)
{
	struct office *const one[] = {&hq};
	const char *restore[] = {
		"--backup", hq.commands[BACKUP], "--restore", hq.commands[RESTORE], NULL};
	const char *restart[] = {"--restart", hq.commands[RESTART], NULL};
	char *log;

	hq.silent = true;
	conformance_start(&hq.run, hq.port, "restored", PATIENCE, restore);
	offices_serve(one, 1);
	run_must_say(&hq.run, 1, " 1 failed, 3 not tried");
	log = test_file_read(hq.run.log, NULL);
	CHECK_TEXT(outcome_of(log, "restored"), "FAIL");
	free(log);
	hq.forgets = true;
	conformance_start(&hq.run, hq.port, "forgotten", PATIENCE, restart);
	offices_serve(one, 1);
	CHECK_INT(hq.run.code, 1);
	log = test_file_read(hq.run.log, NULL);
	CHECK_TEXT(outcome_of(log, "durable"), "FAIL");
	free(log);
}

/* Words that are off, before anything is connected: each is said, with exit code 2. */
static void test_wrong_words_are_said(void)
{
	static const struct {
		const char *words[4], *part;
	} rows[] = {
		{{"--without", "no-such-rule"}, "there is no such rule"},
		{{"--without", "9"}, "there is no such rule"},
		{{"--without", "2.1"}, "cannot be left out"},
		{{"--without", "welcome"}, "cannot be left out"},
		{{"--backup", "true"}, "--backup and --restore go together"},
		{{"--code", "ABCD-EFGH-JK"}, "--code: needs a --request"},
		{{"--enrol-port", "8884"}, "--enrol-port: needs a --code"},
		{{"--patience", "0"}, "--patience: allowed is 1 to 3600"},
		{{"--store", "a/b"}, "a/b: allowed are 1 to 64"},
		{{"--ca", "/nowhere"}, "/nowhere: cannot be read"},
		{{"--request", "/nowhere"}, "/nowhere: cannot be read"},
		{{"--request", "/dev/null"}, "is no certificate request"},
		{{"--certificate", "/dev/null"}, "go together, with --ca"},
		{{"--bogus"}, "--help tells the options"},
		{{"word"}, "word: is a word too many"},
	};
	const char *other[] = {"--request", request_make("somebody-else"), NULL};
	struct test_process run = {0};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		conformance_start(&run, hq_broker.port, "off", PATIENCE, rows[i].words);
		REQUIRE(test_process_wait(&run, RUN_MS));
		run_must_say(&run, 2, rows[i].part);
	}
	conformance_start(&run, hq_broker.port, "off", PATIENCE, other);
	REQUIRE(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 2, "is not made out to the store");
}

/* Nobody there, and nobody answering. */
static void test_what_cannot_be_tried_is_said(void)
{
	const char *nothing[] = {NULL}, *list[] = {"--list", NULL};
	struct test_process run = {0};

	conformance_start(&run, test_port_free(), "nobody", PATIENCE, nothing);
	REQUIRE(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 1, "Connection refused");
	conformance_start(&run, hq_broker.port, "list", PATIENCE, list);
	REQUIRE(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 0, "a batch with a wrong crc32c");
	/* A broker without an HQ behind it. */
	office_close(&hq);
	conformance_start(&run, hq_broker.port, "alone", "1", nothing);
	REQUIRE(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 1, "makes no sense without welcome");
	CHECK(test_process_says(&run, "no welcome on dn/alone/ctl within 1 s of the hello", 1000));
	test_broker_stop(&hq_broker);
	test_broker_stop(&store_broker);
}

/* Who does not want a section leaves it out, and what stands on it is no failure. */
static void test_sections_are_left_out(void)
{
	const char *more[] = {"--without", "3", "--without", "5.1", "--without", "6", "--without",
		"recall", "--without", "7.2", NULL};
	struct test_process run = {0};

	conformance_start(&run, hq_broker.port, "sections", PATIENCE, more);
	REQUIRE(test_process_wait(&run, RUN_MS));
	run_must_say(&run, 0, " passed, 0 failed, ");
	CHECK(test_process_says(&run, "left out by --without", 1000));
	CHECK(test_process_says(&run, "there is no past: no new epoch was followed", 1000));
	CHECK(test_process_says(&run, "HQ has no event of this epoch", 1000));
}

int main(int argc, char **argv)
{
	TEST(test_everything_is_there);
	TEST(test_an_hq_that_is_right_passes_on_each_broker);
	TEST(test_a_second_run_of_the_same_store_passes);
	TEST(test_what_hq_says_is_valid);
	TEST(test_a_line_between_changes_nothing);
	TEST(test_the_way_over_tls);
	TEST(test_each_lie_breaks_its_rule);
	TEST(test_wrong_words_are_said);
	TEST(test_sections_are_left_out);
	TEST(test_an_hq_that_forgets_is_found);
	TEST(test_what_cannot_be_tried_is_said);
	return test_end(argc, argv);
}
