/*
 * bench-intake: sensor messages through a real broker into the store, against a subscriber that
 * only counts, and against two ways on SQLite; without and with a slow disk.
 *
 * Each measurement has a broker of its own, so that nothing of the last one waits in a queue. Time
 * runs from the start of the flood until the last message is stored (or counted); what a program
 * needs to start before the flood is not in it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/intake.h"
#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/lib/test.h"

#define SENSORS 200
#define MESSAGES_TOTAL "backroom_bus_received_messages_total"
#define WAIT_MS 120000
/* Piped through the shell a message costs a commit, so fewer of them take as long. */
#define PIPE_SHARE 60

/* For each quality of service, at each disk. */
enum { BARE, GROUP, PIPE, GROUP_1, PIPE_1, GROUP_5, PIPE_5, KINDS };

#define QOS_FIGURES(QOS) \
	{.name = "intake/qos" QOS, \
		.what = "QoS " QOS " into the store : bare subscriber that counts", \
		.unit = "messages/s", \
		.aim = 0.8}, \
		{.name = "intake/qos" QOS "-sqlite-group", \
			.what = "QoS " QOS " : C on SQLite, group commit", \
			.unit = "messages/s"}, \
		{.name = "intake/qos" QOS "-sqlite-pipe", \
			.what = "QoS " QOS " : mosquitto_sub | sqlite3", \
			.unit = "messages/s"}, \
		{.name = "intake/qos" QOS "-sqlite-group-1ms", \
			.what = "QoS " QOS ", flush +1 ms : C on SQLite, group commit", \
			.unit = "messages/s"}, \
		{.name = "intake/qos" QOS "-sqlite-pipe-1ms", \
			.what = "QoS " QOS ", flush +1 ms : mosquitto_sub | sqlite3", \
			.unit = "messages/s"}, \
		{.name = "intake/qos" QOS "-sqlite-group-5ms", \
			.what = "QoS " QOS ", flush +5 ms : C on SQLite, group commit", \
			.unit = "messages/s"}, \
	{ \
		.name = "intake/qos" QOS "-sqlite-pipe-5ms", \
		.what = "QoS " QOS ", flush +5 ms : mosquitto_sub | sqlite3", .unit = "messages/s" \
	}

static struct bench_figure figures[] = {QOS_FIGURES("1"), QOS_FIGURES("0")};

/* One measurement: so many messages, so served, to a disk so slow. */
struct trial {
	int qos;
	int64_t count;
	long delay_us;
};

static const char *text_of(char buffer[32], int64_t number)
{
	(void)snprintf(buffer, 32, "%" PRId64, number);
	return buffer;
}

static void flood_start(
	struct test_process *flood, const struct test_broker *broker, const struct trial *trial)
{
	char qos[32], count[32], sensors[32];
	const char *argv[] = {test_program("tests/peers/peer-sensors"), "--socket", broker->socket,
		"--flood", "0", "--qos", text_of(qos, trial->qos), "--count",
		text_of(count, trial->count), "--sensors", text_of(sensors, SENSORS), NULL};

	*flood = (struct test_process){.pid = 0};
	test_process_start(flood, "flood", argv, NULL);
}

static double rate_since(int64_t start_us, int64_t count)
{
	return (double)count * 1e6 / (double)(bench_now_us() - start_us);
}

/* What is added to a program's environment for a slow disk. */
struct slow {
	char preload[TEST_PATH_BYTES + 16], delay[64];
	const char *environment[4];
};

static const char *const *slow_environment(struct slow *slow, long delay_us)
{
	(void)snprintf(slow->preload, sizeof(slow->preload), "LD_PRELOAD=%s",
		test_program("tests/lib/preload/flush_delay.so"));
	(void)snprintf(slow->delay, sizeof(slow->delay), "BACKROOM_FLUSH_DELAY_US=%ld", delay_us);
	slow->environment[0] = slow->preload;
	slow->environment[1] = slow->delay;
	slow->environment[2] = "ASAN_OPTIONS=verify_asan_link_order=0";
	slow->environment[3] = NULL;
	return delay_us > 0 ? slow->environment : NULL;
}

/* Floods a subscriber that says "ready" and "done". */
static double subscriber_rate(const struct trial *trial, const char *program, const char *database)
{
	struct test_process subscriber = {.pid = 0}, flood;
	struct test_broker broker;
	struct slow slow;
	char qos[32], count[32];
	const char *argv[] = {test_program(program), "--socket", NULL, "--qos",
		text_of(qos, trial->qos), "--count", text_of(count, trial->count),
		database != NULL ? "--database" : NULL, database, NULL};
	int64_t start_us;
	double rate;

	bench_broker_start(&broker, "baseline");
	argv[2] = broker.socket;
	test_process_start(
		&subscriber, "subscriber", argv, slow_environment(&slow, trial->delay_us));
	if (!test_process_says(&subscriber, "ready", WAIT_MS))
		bench_fail(&subscriber, "the subscriber does not begin");
	start_us = bench_now_us();
	flood_start(&flood, &broker, trial);
	if (!test_process_says(&subscriber, "done", WAIT_MS))
		bench_fail(&subscriber, "the subscriber did not get all messages");
	rate = rate_since(start_us, trial->count);
	(void)test_process_stop(&flood);
	(void)test_process_stop(&subscriber);
	test_broker_stop(&broker);
	return rate;
}

static double group_rate(const struct trial *trial)
{
	static unsigned databases;
	char path[TEST_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/group-%u.sqlite", test_folder(), ++databases);
	return subscriber_rate(trial, "tests/bench/bench-sqlite-subscriber", path);
}

/*
 * What a user would pipe together: mosquitto_sub makes a statement of every message, sqlite3
 * commits each by itself.
 */
static double pipe_rate(const struct trial *all)
{
	static unsigned databases;
	struct trial trial = *all;
	struct test_process shell = {.pid = 0}, flood;
	struct test_broker broker;
	struct slow slow;
	char command[3 * TEST_PATH_BYTES];
	const char *argv[] = {"sh", "-c", command, NULL};
	int64_t start_us;
	double rate;

	trial.count = all->count / PIPE_SHARE;
	bench_broker_start(&broker, "pipe");
	(void)snprintf(command, sizeof(command),
		"(echo 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE "
		"reading(time, topic, payload);'; echo ready >&2; exec mosquitto_sub "
		"--unix '%s' -q %d -C %" PRId64 " -t 'zigbee2mqtt/#' "
		"-F \"INSERT INTO reading VALUES('%%U', '%%t', '%%p');\") | sqlite3 "
		"'%s/pipe-%u.sqlite'",
		broker.socket, trial.qos, trial.count, test_folder(), ++databases);
	test_process_start(&shell, "pipe", argv, slow_environment(&slow, trial.delay_us));
	if (!test_process_says(&shell, "ready", WAIT_MS))
		bench_fail(&shell, "the pipe does not begin");
	/* Nothing tells when mosquitto_sub has subscribed. */
	test_sleep_ms(200);
	start_us = bench_now_us();
	flood_start(&flood, &broker, &trial);
	if (!test_process_wait(&shell, WAIT_MS))
		bench_fail(&shell, "mosquitto_sub | sqlite3 did not get all messages");
	rate = rate_since(start_us, trial.count);
	(void)test_process_stop(&flood);
	test_broker_stop(&broker);
	return rate;
}

/* Sends so many messages; how many a second the daemon took, until it had taken all of them. */
static double flood_take(struct bench_node *node, const struct trial *trial)
{
	double before = bench_node_metric(node, MESSAGES_TOTAL), rate;
	int64_t start_us = bench_now_us();
	struct test_process flood;

	flood_start(&flood, &node->broker, trial);
	/* The turn that takes the last ones commits them at once. */
	if (!bench_node_metric_reaches(
		    node, MESSAGES_TOTAL, before + (double)trial->count, WAIT_MS))
		bench_fail(&node->daemon, "the daemon did not get all messages");
	rate = rate_since(start_us, trial->count);
	(void)test_process_stop(&flood);
	return rate;
}

/* Messages in the telemetry environment, read from the file. */
static uint64_t stored_count(const struct bench_node *node)
{
	struct br_store_options options = br_telemetry_options();
	struct br_store *store = NULL;
	struct br_txn *txn = NULL;
	struct br_fault fault = {""};
	char path[TEST_PATH_BYTES + 16];
	uint64_t count;

	options.read_only = true;
	(void)snprintf(path, sizeof(path), "%s/telemetry", node->state);
	if (br_store_open(path, &options, &store, &fault) < 0 ||
		br_txn_begin(store, false, &txn) < 0)
		bench_fail(NULL, "%s: %s", path, fault.text);
	count = br_txn_count(txn, BR_SERIES_RAW);
	br_txn_abort(txn);
	br_store_close(store);
	return count;
}

static double node_rate(const struct trial *trial)
{
	struct trial first = {.qos = 1, .count = 2 * SENSORS};
	struct bench_node node;
	double rate;
	uint64_t stored;

	bench_node_prepare(&node, "node");
	bench_node_start(&node, trial->delay_us);
	bench_node_adopt(&node, SENSORS);
	(void)flood_take(&node, &first);
	rate = flood_take(&node, trial);
	bench_node_stop(&node);
	stored = stored_count(&node);
	if (stored != (uint64_t)(trial->count + first.count))
		bench_fail(&node.daemon, "%" PRIu64 " messages are stored, %" PRId64 " were sent",
			stored, trial->count + first.count);
	bench_node_finish(&node);
	return rate;
}

static double bare_rate(const struct trial *trial)
{
	return subscriber_rate(trial, "tests/bench/bench-bare-subscriber", NULL);
}

/*
 * Ours and the baseline one right after the other; who is first changes from round to round, so
 * that a machine that grows busier or calmer meanwhile favours none.
 */
static void pair_measure(struct bench_figure *figure, const struct trial *trial,
	double (*baseline)(const struct trial *trial))
{
	double ours, theirs;

	if (figure->n % 2 == 0) {
		ours = node_rate(trial);
		theirs = baseline(trial);
	} else {
		theirs = baseline(trial);
		ours = node_rate(trial);
	}
	bench_figure_add(figure, ours, theirs);
}

/* Both ways on SQLite, and ours, at one disk. */
static void disk_round(struct bench_figure *row, struct trial trial, long delay_us)
{
	trial.delay_us = delay_us;
	pair_measure(&row[0], &trial, group_rate);
	/* Hundreds of times slower or more: our own value of a moment ago is good enough. */
	bench_figure_add(&row[1], row[0].ours[row[0].n - 1], pipe_rate(&trial));
}

static void run(const struct bench_run *run)
{
	for (unsigned round = 0; round < run->rounds; round++) {
		for (int qos = 0; qos <= 1; qos++) {
			struct bench_figure *row = &figures[qos == 1 ? 0 : KINDS];
			struct trial trial = {.qos = qos, .count = run->brief ? 2000 : 60000};

			pair_measure(&row[BARE], &trial, bare_rate);
			disk_round(&row[GROUP], trial, 0);
			disk_round(&row[GROUP_1], trial, 1000);
			disk_round(&row[GROUP_5], trial, 5000);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "intake",
		.summary = "sensor messages through a real broker into the store",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
