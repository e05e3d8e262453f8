/* What HQ is told of the readings: an hour, a day, or nothing, and never anything twice. */
#include <stdio.h>
#include <string.h>

#include "node/summary.h"
#include "node/time.h"
#include "sensors/intake_parts.h"
#include "tests/node/bench.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define FRIDGE "zigbee2mqtt/fridge"

static struct bench bench;
static struct br_store *telemetry;
static struct br_intake *intake;
static struct br_clock the_clock;
static int64_t wall_ms;
static unsigned hours;

static int64_t clock_read(void *context BR_UNUSED)
{
	return wall_ms;
}

static void intake_open(void)
{
	struct br_intake_options options = {
		.core = bench.core,
		.ledger = bench.store,
		.telemetry = telemetry,
		.clock = &the_clock,
		.zigbee2mqtt_base = "zigbee2mqtt",
		.tasmota_topic = "",
		.summary_hours = hours,
	};
	struct br_fault fault;

	REQUIRE(br_intake_create(&options, &intake, &fault) == 0);
	br_intake_connected(intake, true);
}

static void turn(void)
{
	bench.now_ms = wall_ms;
	bench_commit(&bench);
	CHECK_INT(br_intake_commit(intake), 0);
	br_intake_follow(intake);
}

static void begin(const char *name, unsigned summary_hours)
{
	struct br_store_options options = br_telemetry_options();
	struct br_fault fault;
	char path[600];

	hours = summary_hours;
	/* On the hour, so that the tests can count. */
	wall_ms = br_rollup_start(BENCH_NOW_MS, HOUR_MS);
	the_clock = (struct br_clock){clock_read, clock_read, NULL};
	bench_open(&bench, name);
	options.sync_off = true;
	(void)snprintf(path, sizeof(path), "%s-telemetry", bench.path);
	REQUIRE(br_store_open(path, &options, &telemetry, &fault) == 0);
	intake_open();
	CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'" FRIDGE "','name':'Dairy'}"), 0);
	turn();
}

static void end(void)
{
	turn();
	bench_verify(&bench);
	br_intake_destroy(BR_TAKE(intake));
	br_store_close(BR_TAKE(telemetry));
	bench_close(&bench);
}

static void fridge_say(const char *json)
{
	struct br_message message = {.topic = BR_STR("zigbee2mqtt/fridge"), .qos = 1};

	message.payload = br_str_from(bench_quote(json));
	br_intake_message(intake, &message);
	turn();
}

static void pass(int64_t ms)
{
	for (int64_t step_ms = MINUTE_MS / 2; ms > 0; ms -= step_ms) {
		wall_ms += step_ms;
		br_intake_tick(intake);
		turn();
	}
}

/* The last summary of the journal; how many there are. */
static unsigned summaries(struct br_summary *ret_last)
{
	struct br_txn *txn = bench_read(&bench);
	unsigned n = 0;

	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event = bench_event(&bench, at);

		txn = bench_read(&bench);
		if (event.kind != BR_EVENT_DEVICE_SUMMARISED)
			continue;
		n++;
		*ret_last = *(const struct br_summary *)event.body;
	}
	return n;
}

static void test_an_hour_is_told_once_with_what_was_measured(void)
{
	const struct br_summary_channel *channel;
	struct br_summary last = {.from = 0};
	int64_t begin_ms;

	begin("hour", 1);
	begin_ms = wall_ms;
	fridge_say("{'temperature':4,'battery':80}");
	pass(10 * MINUTE_MS);
	fridge_say("{'temperature':7}");
	pass(10 * MINUTE_MS);
	fridge_say("{'temperature':4}");
	CHECK_INT(summaries(&last), 0);
	pass(42 * MINUTE_MS);
	CHECK_INT(summaries(&last), 1);
	CHECK_STR(last.device, FRIDGE);
	CHECK_INT(last.from, begin_ms);
	CHECK_INT(last.until, begin_ms + HOUR_MS);
	REQUIRE(last.channels.n == 2);
	for (uint32_t i = 0; i < 2; i++) {
		channel = BR_LIST_AT(last.channels, br_summary_channel, i);
		if (br_str_is(channel->channel, "battery")) {
			CHECK_INT(channel->n, 1);
			CHECK_STR(channel->unit, "%");
			continue;
		}
		CHECK_STR(channel->channel, "temperature");
		CHECK_STR(channel->unit, "°C");
		CHECK_INT(channel->min, 4000);
		CHECK_INT(channel->mean, 5000);
		CHECK_INT(channel->max, 7000);
		CHECK_INT(channel->n, 3);
	}
	/* Nothing was measured in the next hour: nothing is told, also after a restart. */
	br_intake_destroy(BR_TAKE(intake));
	intake_open();
	pass(2 * HOUR_MS);
	CHECK_INT(summaries(&last), 1);
	end();
}

static void test_while_space_is_short_a_summary_is_of_a_day(void)
{
	struct br_summary last = {.from = 0};
	int64_t from_ms;

	begin("day", 1);
	fridge_say("{'temperature':4}");
	pass(HOUR_MS + 4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 1);
	from_ms = last.until;
	br_intake_thin(intake, true);
	for (unsigned i = 0; i < 23; i++) {
		fridge_say("{'temperature':5}");
		pass(HOUR_MS);
	}
	CHECK_INT(summaries(&last), 1);
	pass(HOUR_MS);
	CHECK_INT(summaries(&last), 2);
	CHECK_INT(last.from, from_ms);
	CHECK_INT(last.until, from_ms + 24 * HOUR_MS);
	CHECK_INT(BR_LIST_AT(last.channels, br_summary_channel, 0)->n, 23);
	/* There is space again. */
	br_intake_thin(intake, false);
	fridge_say("{'temperature':5}");
	pass(HOUR_MS);
	CHECK_INT(summaries(&last), 3);
	CHECK_INT(last.until - last.from, HOUR_MS);
	end();
}

/* What the core would refuse waits, and comes in one piece: nothing is missing afterwards. */
static void test_what_is_not_taken_waits(void)
{
	struct br_summary last = {.from = 0};
	int64_t from_ms;

	begin("full", 1);
	from_ms = wall_ms;
	br_core_shed(bench.core, BR_SHED_MOST);
	for (unsigned i = 0; i < 5; i++) {
		fridge_say("{'temperature':5}");
		pass(HOUR_MS);
	}
	pass(4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 0);
	br_core_shed(bench.core, BR_SHED_NOTHING);
	pass(MINUTE_MS);
	CHECK_INT(summaries(&last), 1);
	/* It never had one: one period is told, the first one of its life. */
	CHECK_INT(last.until, from_ms + 5 * HOUR_MS);
	CHECK_INT(last.from, from_ms + 4 * HOUR_MS);
	br_core_shed(bench.core, BR_SHED_MOST);
	for (unsigned i = 0; i < 5; i++) {
		fridge_say("{'temperature':5}");
		pass(HOUR_MS);
	}
	br_core_shed(bench.core, BR_SHED_NOTHING);
	pass(4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 2);
	CHECK_INT(last.from, from_ms + 5 * HOUR_MS);
	CHECK_INT(last.until, from_ms + 10 * HOUR_MS);
	CHECK_INT(BR_LIST_AT(last.channels, br_summary_channel, 0)->n, 5);
	end();
}

static void test_zero_hours_tell_nothing(void)
{
	struct br_summary last;

	begin("zero", 0);
	fridge_say("{'temperature':5}");
	pass(3 * HOUR_MS);
	CHECK_INT(summaries(&last), 0);
	end();
}

/* A week is the most that is made up for; and a clock that was wrong does not silence a device. */
static void test_a_long_gap_and_a_wrong_clock(void)
{
	struct br_summary last = {.from = 0};

	begin("gap", 1);
	fridge_say("{'temperature':5}");
	pass(HOUR_MS + 4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 1);
	wall_ms += 30 * 24 * HOUR_MS;
	fridge_say("{'temperature':6}");
	pass(HOUR_MS + 4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 2);
	CHECK_INT(last.until - last.from, BR_SUMMARY_PERIOD_MS_MAX);
	/* It was wrong after all. */
	wall_ms -= 29 * 24 * HOUR_MS;
	br_intake_destroy(BR_TAKE(intake));
	intake_open();
	fridge_say("{'temperature':7}");
	pass(HOUR_MS + 4 * MINUTE_MS);
	CHECK_INT(summaries(&last), 3);
	CHECK_INT(BR_LIST_AT(last.channels, br_summary_channel, 0)->max, 7000);
	CHECK(last.until <= wall_ms);
	end();
}

static void test_many_devices_share_the_ticks(void)
{
	struct br_summary last;
	char text[100];

	begin("many", 1);
	for (unsigned i = 0; i < 40; i++) {
		struct br_message message = {.qos = 1, .payload = BR_STR("{\"temperature\":5}")};

		CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'zigbee2mqtt/d%u'}", i), 0);
		turn();
		(void)snprintf(text, sizeof(text), "zigbee2mqtt/d%u", i);
		message.topic = br_str_from(text);
		br_intake_message(intake, &message);
		turn();
	}
	pass(HOUR_MS + MINUTE_MS);
	for (unsigned i = 0; i < 20; i++) {
		unsigned before = summaries(&last);

		pass(MINUTE_MS / 2);
		CHECK(summaries(&last) - before <= 3);
	}
	CHECK_INT(summaries(&last), 40);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_an_hour_is_told_once_with_what_was_measured);
	TEST(test_while_space_is_short_a_summary_is_of_a_day);
	TEST(test_what_is_not_taken_waits);
	TEST(test_zero_hours_tell_nothing);
	TEST(test_a_long_gap_and_a_wrong_clock);
	TEST(test_many_devices_share_the_ticks);
	return test_end(argc, argv);
}
