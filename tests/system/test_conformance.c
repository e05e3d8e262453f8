/*
 * backroom-conformance against HQ's program, which keeps every rule, and against the same HQ behind
 * a liar that breaks one rule on the way: then that rule must be the one that fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/authority.h"
#include "tests/system/store_node.h"

#define RUN_MS 240000
#define PATIENCE "15"
#define PATIENCE_WITH_LIARS "4"
#define SIDE_BY_SIDE 19 /* runs at a time */

static struct test_broker store_broker, hq_broker;
static struct test_process hq, record;
static char hq_file[TEST_PATH_BYTES];
static unsigned tls_port;

/* Every lie, and the rule that it breaks first of all. */
static const struct {
	const char *lie, *rule;
} lies[] = {
	{"deaf-to-checks", "check"},
	{"no-json", "line"},
	{"epoch-anew", "welcome-again"},
	{"welcome-unnamed", "named"},
	{"repeats-ignored", "repeat"},
	{"gap-jumped", "gap"},
	{"have-untold", "gap"},
	{"crc-mended", "crc"},
	{"other-store-taken", "garbage"},
	{"empty-dropped", "empty"},
	{"unknown-dropped", "future"},
	{"full-dropped", "full"},
	{"telemetry-dropped", "telemetry"},
	{"strangers-taken", "stranger"},
	{"commands-left-out", "commands"},
	{"commands-once", "resend"},
	{"commands-changed", "same"},
	{"hello-for-answer", "results"},
	{"answers-lost", "moves-on"},
	{"behind-ignored", "behind"},
	{"any-ledger-counts", "other-ledger"},
	{"verdicts-go-on", "verdict"},
	{"refused-uncovered", "verdict"},
	{"left-followed", "epoch-left"},
	{"reuse-followed", "sequence-reused"},
	{"past-changed", "recover"},
	{"past-cut", "recover"},
	{"same-denied", "compare-same"},
	{"marks-wrong", "compare-items"},
	{"sums-wrong", "compare-split"},
	{"bounds-open", "compare-split"},
	{"stated-forgotten", "compare-stated"},
	{"withdrawn-forgotten", "compare-withdrawn"},
	{"repairs-forgotten", "compare-repairs"},
	{"never-waits", "compare-wait"},
	{"recall-ignored", "recall"},
	{"revoked-too-much", "recall"},
	{"keep-for-revoke", "recall-once"},
	{"certificate-of-another", "certificate"},
};

static void hq_start(void)
{
	char *program = strdup(test_program("tests/peers/peer-hq")), port[16];
	const char *argv[] = {program, "--port", port, "--file", hq_file, "--generate", "24",
		"--resend", "400", "--authority", test_in_folder("authority.pem"),
		"--authority-key", test_in_folder("authority.key"), "--control",
		test_in_folder("hq.sock"), NULL};

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", hq_broker.port);
	test_process_start(&hq, "peer-hq", argv, NULL);
	REQUIRE(test_process_says(&hq, "connected to the broker", 10000));
	free(program);
}

static void test_everything_is_there(void)
{
	char extra[2048];

	test_authority_make("authority");
	test_shell("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		   "-subj /CN=truth -keyout truth.key -out truth.csr");
	(void)snprintf(hq_file, sizeof(hq_file), "%s/hq.sqlite", test_folder());
	test_broker_start(&store_broker, "store-broker", NULL);
	test_certificate_make("hq", "authority", "hq", "IP:127.0.0.1", -1, 90);
	test_certificate_make("store", "authority", "secure", "DNS:store", -1, 90);
	tls_port = test_port_free();
	(void)snprintf(extra, sizeof(extra),
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\n"
		"require_certificate true\nallow_anonymous true\n",
		tls_port, test_in_folder("authority.pem"), test_in_folder("hq.pem"),
		test_in_folder("hq.key"));
	test_broker_start(&hq_broker, "hq-broker", extra);
	hq_start();
	CHECK_HAS(
		store_node_hq_say("{\"cmd\":\"refuse\",\"type\":\"org.backroom.future.refused.v1\","
				  "\"code\":\"not_wanted\"}\n"),
		"\"ok\":true");
	store_node_record(&record, hq_broker.port, "dn/truth/#");
}

/* Starts the program as the store `id`, with up to eight words more. */
static void conformance_start(struct test_process *process, unsigned broker_port, const char *id,
	const char *const more[])
{
	char *program = strdup(test_program("cloud-sync/conformance/backroom-conformance"));
	char port[16];
	const char *argv[20] = {program, "--port", port, "--store", id, "--patience", PATIENCE};
	unsigned n = 7;

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", broker_port);
	for (; *more != NULL && n < BR_ARRAY_LEN(argv) - 1; more++)
		argv[n++] = *more;
	test_process_start(process, "run", argv, NULL);
	free(program);
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

/* Restarts HQ when the run asks for it: by a file that it makes, and one that it waits for. */
static void restart_on_wish(struct test_process *run, bool forget)
{
	char asked[TEST_PATH_BYTES], done[TEST_PATH_BYTES];
	int64_t end_ms = test_now_ms() + RUN_MS;

	(void)snprintf(asked, sizeof(asked), "%s/restart-asked", test_folder());
	(void)snprintf(done, sizeof(done), "%s/restart-done", test_folder());
	while (access(asked, F_OK) != 0 && test_now_ms() < end_ms && test_process_runs(run))
		test_sleep_ms(50);
	CHECK(access(asked, F_OK) == 0);
	test_process_kill(&hq);
	if (forget)
		(void)snprintf(hq_file, sizeof(hq_file), "%s/hq-anew.sqlite", test_folder());
	hq_start();
	(void)test_file_write(NULL, "restart-done", "");
}

static const char *restart_command(void)
{
	static char command[3 * TEST_PATH_BYTES];

	(void)snprintf(command, sizeof(command),
		"cd '%s' && rm -f restart-done && touch restart-asked && "
		"while [ ! -e restart-done ]; do sleep 0.1; done; rm -f restart-asked",
		test_folder());
	return command;
}

/* Straight at HQ's broker, with all there is to try, and HQ killed in the midst of it. */
static void test_an_hq_that_is_right_passes(void)
{
	const char *more[] = {
		"--request", test_in_folder("truth.csr"), "--restart", restart_command(), NULL};
	struct test_process run = {0};

	conformance_start(&run, hq_broker.port, "truth", more);
	restart_on_wish(&run, false);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, " passed, 0 failed, 0 not tried", 1000));
	if (run.code != 0)
		test_process_log_show(&run);
}

/* The same store comes a second time, as after a restore: its lanes are not empty any more. */
static void test_a_second_run_of_the_same_store_passes(void)
{
	const char *more[] = {NULL};
	struct test_process run = {0};

	conformance_start(&run, hq_broker.port, "truth", more);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, " passed, 0 failed, 3 not tried", 1000));
	if (run.code != 0)
		test_process_log_show(&run);
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
	conformance_start(&run, store_broker.port, "carried", more);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, "\"failed\":0,\"not_tried\":2}", 1000));
	CHECK_INT(test_process_stop(&liar), 0);
	CHECK(test_process_says(&liar, "told 0 lies", 1000));
}

/* As a store comes: with a certificate, and trusting one authority alone. */
static void test_the_way_over_tls(void)
{
	const char *right[] = {"--ca", test_in_folder("authority.pem"), "--certificate",
		test_in_folder("store.pem"), "--key", test_in_folder("store.key"), NULL};
	const char *nobody[] = {"--ca", test_in_folder("authority.pem"), NULL};
	const char *half[] = {"--ca", test_in_folder("authority.pem"), "--key",
		test_in_folder("store.key"), NULL};
	struct test_process run = {0};

	conformance_start(&run, tls_port, "secure", right);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, " passed, 0 failed, 2 not tried", 1000));
	conformance_start(&run, tls_port, "secure", nobody);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 1);
	CHECK(test_process_says(&run, "backroom-conformance: the broker: ", 1000));
	conformance_start(&run, tls_port, "secure", half);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 2);
}

static void lies_run(size_t from, size_t until)
{
	static struct test_process runs[SIDE_BY_SIDE], liars[SIDE_BY_SIDE];
	const char *more[] = {
		"--request", test_in_folder("truth.csr"), "--patience", PATIENCE_WITH_LIARS, NULL};

	memset(runs, 0, sizeof(runs));
	memset(liars, 0, sizeof(liars));
	for (size_t i = from; i < until; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "lie-%zu", i);
		/* A certificate is made out to the store that asks. */
		test_shell("openssl req -new -key truth.key -subj /CN=%s -out %s.csr", id, id);
		(void)strcat(id, ".csr");
		more[1] = test_in_folder(id);
		id[strlen(id) - 4] = '\0';
		liar_start(&liars[i - from], id, lies[i].lie);
		conformance_start(&runs[i - from], store_broker.port, id, more);
	}
	for (size_t i = from; i < until; i++) {
		struct test_process *run = &runs[i - from];
		char *log;

		CHECK(test_process_wait(run, RUN_MS));
		CHECK_INT(run->code, 1);
		log = test_file_read(run->log, NULL);
		CHECK_TEXT(outcome_of(log, lies[i].rule), "FAIL");
		if (strcmp(outcome_of(log, lies[i].rule), "FAIL") != 0) {
			printf("the lie %s is not found by the rule %s:\n", lies[i].lie,
				lies[i].rule);
			test_process_log_show(run);
		}
		free(log);
		CHECK_INT(test_process_stop(&liars[i - from]), 0);
	}
}

static void test_each_lie_breaks_its_rule(void)
{
	for (size_t from = 0; from < BR_ARRAY_LEN(lies); from += SIDE_BY_SIDE)
		lies_run(from, from + SIDE_BY_SIDE < BR_ARRAY_LEN(lies) ? from + SIDE_BY_SIDE
									: BR_ARRAY_LEN(lies));
}

/* HQ comes back without its file: what it had acknowledged is gone. */
static void test_an_hq_that_forgets_is_found(void)
{
	const char *more[] = {"--restart", restart_command(), NULL};
	struct test_process run = {0};
	char *log;

	conformance_start(&run, hq_broker.port, "forgotten", more);
	restart_on_wish(&run, true);
	CHECK(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 1);
	log = test_file_read(run.log, NULL);
	CHECK_TEXT(outcome_of(log, "durable"), "FAIL");
	free(log);
}

/* Nobody there, nobody answering, and words that are off. */
static void test_what_cannot_be_tried_is_said(void)
{
	const char *nothing[] = {NULL}, *wrong[] = {"--without", "no-such-rule", NULL};
	const char *list[] = {"--list", NULL}, *hasty[] = {"--patience", "1", NULL};
	struct test_process run = {0};

	conformance_start(&run, test_port_free(), "nobody", nothing);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 1);
	conformance_start(&run, hq_broker.port, "a/b", nothing);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 2);
	conformance_start(&run, hq_broker.port, "off", wrong);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 2);
	conformance_start(&run, hq_broker.port, "list", list);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 0);
	CHECK(test_process_says(&run, "a batch with a wrong crc32c", 1000));
	/* A broker without an HQ behind it. */
	(void)test_process_stop(&hq);
	conformance_start(&run, hq_broker.port, "alone", hasty);
	REQUIRE(test_process_wait(&run, RUN_MS));
	CHECK_INT(run.code, 1);
	CHECK(test_process_says(&run, "makes no sense without welcome", 1000));
	test_broker_stop(&hq_broker);
	test_broker_stop(&store_broker);
}

int main(int argc, char **argv)
{
	TEST(test_everything_is_there);
	TEST(test_an_hq_that_is_right_passes);
	TEST(test_a_second_run_of_the_same_store_passes);
	TEST(test_what_hq_says_is_valid);
	TEST(test_a_line_between_changes_nothing);
	TEST(test_the_way_over_tls);
	TEST(test_each_lie_breaks_its_rule);
	TEST(test_an_hq_that_forgets_is_found);
	TEST(test_what_cannot_be_tried_is_said);
	return test_end(argc, argv);
}
