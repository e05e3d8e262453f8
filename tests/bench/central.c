#include "tests/bench/central.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/bench/figure.h"
#include "tests/lib/test.h"
#include "tests/peers/mqtt.h"

#define WAIT_MS 120000
#define LANES 2
#define PIECES_MAX 64

/* What HQ has said of one lane. */
struct heard {
	uint64_t cum_seq;
	struct {
		uint64_t after, until;
	} beyond[PIECES_MAX];
	unsigned beyond_n;
	int64_t at_us;
};

struct bench_ear {
	struct peer_loop *loop;
	struct peer_mqtt *mqtt;
	struct heard lanes[LANES];
	int64_t welcomed_us;
	uint64_t others_until;		/* of each other store HQ is to have so much, */
	size_t others_n, others_wanted; /* and so many of them are there */
	int64_t others_us;
};

/* What is waited for. */
struct wanted {
	const struct bench_ear *ear;
	unsigned lane;
	uint64_t sequence;
	bool whole;
};

static unsigned lane_index(const char *lane)
{
	return strcmp(lane, BENCH_LANE_ORDERS) == 0 ? 0 : 1;
}

static uint64_t number_of(const struct br_json *json)
{
	int64_t number = 0;

	return br_json_i64(json, &number) && number > 0 ? (uint64_t)number : 0;
}

static void lane_hear(struct heard *heard, const struct br_json *json, int64_t now_us)
{
	heard->cum_seq = number_of(br_json_member(json, "cum_seq"));
	heard->beyond_n = 0;
	heard->at_us = now_us;
	BR_JSON_EACH (pair, br_json_member(json, "have")) {
		const struct br_json *after = br_json_first(pair);

		if (heard->beyond_n == PIECES_MAX)
			break;
		heard->beyond[heard->beyond_n].after = number_of(after);
		heard->beyond[heard->beyond_n++].until = number_of(br_json_next(after));
	}
}

static void message_hear(void *context, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct bench_ear *ear = context;
	int64_t now_us = bench_now_us();
	struct br_str type, lane;

	if (br_json_parse(message->payload, &root, NULL) < 0 ||
		!br_json_string(br_json_member(root, "type"), &type))
		return;
	if (strcmp(message->topic, "dn/" BENCH_STORE "/ctl") != 0) {
		if (ear->others_until > 0 &&
			number_of(br_json_member(root, "cum_seq")) >= ear->others_until) {
			ear->others_n++;
			ear->others_us = now_us;
		}
		return;
	}
	if (br_str_is(type, "ack") && br_json_string(br_json_member(root, "lane"), &lane)) {
		bool orders = br_str_is(lane, BENCH_LANE_ORDERS);

		lane_hear(&ear->lanes[orders ? 0 : 1], root, now_us);
	}
	if (br_str_is(type, "welcome") && ear->welcomed_us == 0)
		ear->welcomed_us = now_us;
}

static bool is_up(void *context)
{
	const struct bench_ear *ear = context;

	return peer_mqtt_is_up(ear->mqtt);
}

static void ear_open(struct bench_central *central)
{
	struct peer_mqtt_settings settings = {.socket = central->broker.socket};
	struct bench_ear *ear = calloc(1, sizeof(*ear));
	struct peer_mqtt_events events = {.message = message_hear, .context = ear};

	br_assert(ear != NULL && central->ear == NULL);
	if (peer_loop_create(&ear->loop) < 0 ||
		peer_mqtt_create(ear->loop, &settings, &events, &ear->mqtt) < 0)
		bench_fail(NULL, "no ear at HQ's broker");
	peer_mqtt_subscribe(ear->mqtt, "dn/+/ctl", 0);
	if (!peer_loop_until(ear->loop, is_up, ear, WAIT_MS))
		bench_fail(&central->broker.process, "HQ's broker does not answer");
	central->ear = ear;
}

static void ear_close(struct bench_central *central)
{
	struct bench_ear *ear = BR_TAKE(central->ear);

	if (ear == NULL)
		return;
	peer_mqtt_destroy(ear->mqtt);
	peer_loop_destroy(ear->loop);
	free(ear);
}

void bench_central_prepare(struct bench_central *central, const char *name)
{
	*central = (struct bench_central){.ear = NULL};
	(void)snprintf(central->file, sizeof(central->file), "%s/%s.sqlite", test_folder(), name);
	(void)snprintf(
		central->control, sizeof(central->control), "%s/%s.ctl", test_folder(), name);
	bench_broker_start(&central->broker, name);
	ear_open(central);
}

void bench_central_finish(struct bench_central *central)
{
	if (central->program.pid != 0)
		bench_central_stop(central);
	ear_close(central);
	test_broker_stop(&central->broker);
}

void bench_central_renew(struct bench_central *central)
{
	ear_close(central);
	test_broker_stop(&central->broker);
	test_broker_restart(&central->broker);
	ear_open(central);
}

void bench_central_start(struct bench_central *central, const char *const more[])
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	const char *argv[24] = {test_program("tests/peers/peer-hq"), "--socket",
		central->broker.socket, "--file", central->file, "--control", central->control,
		"--currency", "GBP"};
	unsigned n = 9;

	for (unsigned i = 0; i < BR_ARRAY_LEN(ends); i++) {
		char path[TEST_PATH_BYTES + 8];

		(void)snprintf(path, sizeof(path), "%s%s", central->file, ends[i]);
		(void)unlink(path);
	}
	for (unsigned i = 0; more != NULL && more[i] != NULL; i++)
		argv[n++] = more[i];
	memset(central->ear->lanes, 0, sizeof(central->ear->lanes));
	central->ear->welcomed_us = 0;
	central->ear->others_n = 0;
	test_process_start(&central->program, "peer-hq", argv, NULL);
	if (!test_process_says(&central->program, "connected", WAIT_MS))
		bench_fail(&central->program, "HQ does not begin");
}

void bench_central_stop(struct bench_central *central)
{
	int code = test_process_stop(&central->program);

	if (code != 0)
		bench_fail(&central->program, "HQ ended with %d", code);
}

static bool has(void *context)
{
	const struct wanted *wanted = context;
	const struct heard *heard = &wanted->ear->lanes[wanted->lane];

	if (heard->cum_seq >= wanted->sequence)
		return true;
	for (unsigned i = 0; i < heard->beyond_n && !wanted->whole; i++)
		if (heard->beyond[i].after < wanted->sequence &&
			wanted->sequence <= heard->beyond[i].until)
			return true;
	return false;
}

static int64_t wait_for(
	struct bench_central *central, const char *lane, uint64_t sequence, bool whole)
{
	struct wanted wanted = {central->ear, lane_index(lane), sequence, whole};

	if (!peer_loop_until(central->ear->loop, has, &wanted, WAIT_MS))
		bench_fail(&central->program, "HQ does not get event %llu of lane %s",
			(unsigned long long)sequence, lane);
	return central->ear->lanes[wanted.lane].at_us;
}

int64_t bench_central_has(struct bench_central *central, const char *lane, uint64_t sequence)
{
	return wait_for(central, lane, sequence, false);
}

int64_t bench_central_has_all(struct bench_central *central, const char *lane, uint64_t sequence)
{
	return wait_for(central, lane, sequence, true);
}

bool bench_central_has_all_now(struct bench_central *central, const char *lane, uint64_t sequence)
{
	struct wanted wanted = {central->ear, lane_index(lane), sequence, true};

	(void)peer_loop_turn(central->ear->loop, 0);
	return has(&wanted);
}

static bool others_have(void *context)
{
	const struct bench_ear *ear = context;

	return ear->others_n >= ear->others_wanted;
}

void bench_central_others_expect(struct bench_central *central, uint64_t sequence)
{
	central->ear->others_until = sequence;
	central->ear->others_n = 0;
}

int64_t bench_central_others_have(struct bench_central *central, size_t n)
{
	central->ear->others_wanted = n;
	if (!peer_loop_until(central->ear->loop, others_have, central->ear, WAIT_MS))
		bench_fail(&central->program, "HQ has all of %zu stores, not of %zu",
			central->ear->others_n, n);
	return central->ear->others_us;
}

double bench_central_cpu_s(const struct bench_central *central)
{
	char path[64];
	unsigned long user = 0, system = 0;
	const char *at;
	char *text;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)central->program.pid);
	text = test_file_read(path, NULL);
	/* The 14th and 15th word; the second is the name, in brackets. */
	at = strrchr(text, ')');
	if (at == NULL || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				  &user, &system) != 2)
		bench_fail(NULL, "%s: no times", path);
	free(text);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static bool was_welcomed(void *context)
{
	const struct bench_ear *ear = context;

	return ear->welcomed_us > 0;
}

int64_t bench_central_welcomed(struct bench_central *central)
{
	if (!peer_loop_until(central->ear->loop, was_welcomed, central->ear, WAIT_MS))
		bench_fail(&central->program, "HQ does not welcome the store");
	return central->ear->welcomed_us;
}
