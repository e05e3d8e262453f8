#include "sensors/intake.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"
#include "sensors/intake_parts.h"
#include "tests/node/bench.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define FRIDGE "zigbee2mqtt/fridge"
#define SHELF "tasmota/freezer"

/* A store room under test: ledger, telemetry, clock, and the intake on top of them. */
struct room {
	struct bench bench;
	struct br_store *telemetry;
	struct br_intake *intake;
	struct br_clock clock;
	int64_t wall_ms, boot_ms;
	char path[600];
	int failure; /* of the next commits of the telemetry */
	bool grams;  /* Tasmota's shelves send them, from the next start on */
};

static int64_t wall_read(void *context)
{
	return ((const struct room *)context)->wall_ms;
}

static int64_t boot_read(void *context)
{
	return ((const struct room *)context)->boot_ms;
}

static void telemetry_open(struct room *room)
{
	struct br_store_options options = br_telemetry_options();
	struct br_fault fault = {""};

	options.sync_off = true;
	(void)snprintf(room->path, sizeof(room->path), "%s-telemetry", room->bench.path);
	REQUIRE(br_store_open(room->path, &options, &room->telemetry, &fault) == 0);
}

static void intake_open(struct room *room)
{
	struct br_fault fault = {""};
	struct br_intake_options options = {
		.core = room->bench.core,
		.ledger = room->bench.store,
		.telemetry = room->telemetry,
		.clock = &room->clock,
		.zigbee2mqtt_base = "zigbee2mqtt",
		.tasmota_topic = "%prefix%/%topic%/",
		.tasmota_grams = room->grams,
	};

	if (br_intake_create(&options, &room->intake, &fault) < 0) {
		printf("%s\n", fault.text);
		test_abandon();
	}
	br_intake_connected(room->intake, true);
}

static void room_open(struct room *room, const char *name)
{
	*room = (struct room){.wall_ms = BENCH_NOW_MS, .boot_ms = 1000000};
	room->clock = (struct br_clock){wall_read, boot_read, room};
	bench_open(&room->bench, name);
	telemetry_open(room);
	intake_open(room);
}

/* The end of a turn, as the wiring has it. */
static void turn(struct room *room)
{
	bench_commit(&room->bench);
	CHECK(br_intake_commit(room->intake) == room->failure ||
		br_intake_commit(room->intake) == 0);
	br_intake_follow(room->intake);
	if (br_core_turn_n(room->bench.core) > 0)
		bench_commit(&room->bench);
	room->bench.now_ms = room->wall_ms;
}

static void room_close(struct room *room)
{
	turn(room);
	bench_verify(&room->bench);
	br_intake_flush(room->intake);
	br_intake_destroy(room->intake);
	br_store_close(room->telemetry);
	bench_close(&room->bench);
}

static void room_restart(struct room *room, bool telemetry_lost)
{
	turn(room);
	br_intake_flush(room->intake);
	br_intake_destroy(BR_TAKE(room->intake));
	br_store_close(BR_TAKE(room->telemetry));
	bench_reopen(&room->bench);
	if (telemetry_lost) {
		char file[700];

		(void)snprintf(file, sizeof(file), "%s/data.mdb", room->path);
		REQUIRE(remove(file) == 0);
	}
	telemetry_open(room);
	intake_open(room);
}

/* Time passes in steps of a second, each with a tick and a turn. */
static void pass(struct room *room, int64_t ms, int64_t step_ms)
{
	for (int64_t passed = 0; passed < ms; passed += step_ms) {
		room->wall_ms += step_ms;
		room->boot_ms += step_ms;
		room->bench.now_ms = room->wall_ms;
		br_intake_tick(room->intake);
		turn(room);
	}
}

static void say(struct room *room, const char *topic, const char *format, ...) BR_PRINTF(3, 4);

static void say(struct room *room, const char *topic, const char *format, ...)
{
	struct br_message message = {.topic = br_str_from(topic), .qos = 1};
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	message.payload = br_str_from(bench_quote(text));
	br_intake_message(room->intake, &message);
	turn(room);
}

static void fridge_say(struct room *room, int celsius)
{
	say(room, "zigbee2mqtt/fridge", "{'temperature':%d,'battery':80}", celsius);
}

/* The fridge reports every minute. */
static void fridge_run(struct room *room, int celsius, unsigned minutes)
{
	for (unsigned i = 0; i < minutes; i++) {
		fridge_say(room, celsius);
		pass(room, MINUTE_MS, 10000);
	}
}

static void fridge_adopt(struct room *room)
{
	CHECK_INT(bench_do(&room->bench, "device.adopt",
			  "{'device':'" FRIDGE "','name':'Dairy fridge','zone':'dairy','channels':["
			  "{'channel':'temperature','low':1,'high':7,'delay_s':300}]}"),
		0);
	turn(room);
}

static unsigned events(struct room *room, enum br_event_kind kind)
{
	struct br_txn *txn = bench_read(&room->bench);
	unsigned n = 0;

	for (uint64_t i = br_journal_head(txn); i > 0; i--)
		n += bench_event(&room->bench, i).kind == kind;
	return n;
}

static const struct br_sensor *sensor(struct room *room, const char *name)
{
	return br_intake_device_find(room->intake, br_str_from(name));
}

static uint8_t device_state(struct room *room, const char *name)
{
	struct br_device device;

	REQUIRE(br_device_get(bench_read(&room->bench), br_str_from(name), &room->bench.arena,
			&device) == 0);
	return device.state;
}

/* The points of the channel in the last so many hours. */
static unsigned chart(struct room *room, const char *device, const char *channel, int64_t span_ms,
	unsigned max, struct br_series_point *points, int64_t *ret_step_ms)
{
	const char *unit = "none";
	unsigned n = 0;

	CHECK_INT(br_intake_series(room->intake, br_str_from(device), br_str_from(channel),
			  room->wall_ms - span_ms, room->wall_ms + 1, max, points, &n, ret_step_ms,
			  &unit),
		0);
	CHECK(strcmp(unit, "none") != 0);
	CHECK(n <= max);
	return n;
}

static void test_an_alarm_is_raised_once_and_cleared(void)
{
	struct br_alarm alarm;
	struct room room;

	room_open(&room, "alarm");
	fridge_adopt(&room);
	fridge_run(&room, 5, 5);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 0);
	/* Beyond the limit, but not for long enough yet. */
	fridge_run(&room, 9, 4);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 0);
	fridge_run(&room, 9, 30);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	REQUIRE(br_alarm_get(bench_read(&room.bench), BR_STR(FRIDGE "/temperature/high"),
			&room.bench.arena, &alarm) == 0);
	CHECK_STR(alarm.device, FRIDGE);
	CHECK_STR(alarm.channel, "temperature");
	CHECK_STR(alarm.rule, "high");
	CHECK_INT(alarm.severity, BR_SEVERITY_PROBLEM);
	CHECK_INT(alarm.value, 9000);
	CHECK_STR(alarm.text, "Dairy fridge: temperature 9.0 °C is above its limit of 7.0 °C");
	CHECK_INT(bench_do(&room.bench, "alarm.acknowledge",
			  "{'alarm':'" FRIDGE "/temperature/high','reason':'door was open'}"),
		0);
	turn(&room);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 0);
	fridge_run(&room, 5, 2);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	/* The next time it is another alarm. */
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2);
	room_close(&room);
}

static void test_both_vendors_are_heard(void)
{
	struct room room;
	unsigned n = 0;

	room_open(&room, "vendors");
	while (br_intake_filter(room.intake, n) != NULL)
		n++;
	CHECK(n >= 2);
	CHECK_INT(bench_do(&room.bench, "device.adopt",
			  "{'device':'" SHELF "','name':'Freezer','channels':[{'channel':"
			  "'DS18B20.Temperature','high':-15}]}"),
		0);
	turn(&room);
	say(&room, "tele/freezer/SENSOR", "{'DS18B20':{'Temperature':-20.5},'TempUnit':'C'}");
	fridge_say(&room, 5);
	REQUIRE(sensor(&room, SHELF) != NULL && sensor(&room, FRIDGE) != NULL);
	CHECK_INT(sensor(&room, SHELF)->channels[0].value, -20500);
	CHECK(!sensor(&room, FRIDGE)->adopted);
	say(&room, "tele/freezer/SENSOR", "{'DS18B20':{'Temperature':-10.5},'TempUnit':'C'}");
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 0); /* a jump waits for a second one */
	pass(&room, MINUTE_MS, 1000);
	say(&room, "tele/freezer/SENSOR", "{'DS18B20':{'Temperature':-10.5},'TempUnit':'C'}");
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	room_close(&room);
}

/* The same number is a thousand times as much, unless the message names its unit. */
static void test_shelves_that_send_grams(void)
{
	struct room room;

	room_open(&room, "grams");
	say(&room, "tele/freezer/SENSOR", "{'HX711':{'Weight':3.842}}");
	REQUIRE(sensor(&room, SHELF) != NULL);
	CHECK_INT(sensor(&room, SHELF)->channels[0].value, 3842);
	room.grams = true;
	room_restart(&room, false);
	say(&room, "tele/freezer/SENSOR", "{'HX711':{'Weight':2500}}");
	REQUIRE(sensor(&room, SHELF) != NULL);
	CHECK_INT(sensor(&room, SHELF)->channels[0].value, 2500);
	pass(&room, MINUTE_MS, 1000);
	say(&room, "tele/freezer/SENSOR", "{'HX711':{'Weight':2.75},'WeightUnit':'kg'}");
	CHECK_INT(sensor(&room, SHELF)->channels[0].value, 2750);
	room_close(&room);
}

static void test_a_silent_device_is_lost_once_and_comes_back(void)
{
	struct room room;

	room_open(&room, "lost");
	fridge_adopt(&room);
	fridge_run(&room, 5, 10);
	pass(&room, 30 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 1);
	CHECK_INT(device_state(&room, FRIDGE), BR_DEVICE_LOST);
	fridge_run(&room, 5, 2);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_BACK), 1);
	CHECK_INT(device_state(&room, FRIDGE), BR_DEVICE_OK);
	room_close(&room);
}

static void test_while_the_broker_is_away_nobody_is_lost(void)
{
	struct room room;

	room_open(&room, "deaf");
	fridge_adopt(&room);
	fridge_run(&room, 5, 10);
	br_intake_connected(room.intake, false);
	pass(&room, 5 * HOUR_MS, MINUTE_MS);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 0);
	/* Back again, its silence counts from now on. */
	br_intake_connected(room.intake, true);
	pass(&room, 2 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 0);
	pass(&room, 10 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 1);
	room_close(&room);
}

static void test_a_restart_knows_what_stands(void)
{
	struct room room;
	uint32_t number;

	room_open(&room, "restart");
	fridge_adopt(&room);
	CHECK_INT(bench_do(&room.bench, "device.adopt",
			  "{'device':'zigbee2mqtt/door','channels':[]}"),
		0);
	turn(&room);
	say(&room, "zigbee2mqtt/door", "{'battery':5,'contact':true}");
	fridge_run(&room, 5, 3);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2); /* high, and the door's battery */
	pass(&room, 30 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 1);
	number = sensor(&room, FRIDGE)->number;
	room_restart(&room, false);
	CHECK_INT(sensor(&room, FRIDGE)->number, number);
	CHECK_TEXT(sensor(&room, FRIDGE)->channels[0].settings.name, "temperature");
	CHECK_TEXT(sensor(&room, FRIDGE)->channels[1].settings.name, "battery");
	CHECK_TEXT(sensor(&room, FRIDGE)->name, "Dairy fridge");
	pass(&room, 10 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 1);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_BACK), 0);
	fridge_run(&room, 9, 3);
	say(&room, "zigbee2mqtt/door", "{'battery':5,'contact':true}");
	CHECK_INT(events(&room, BR_EVENT_DEVICE_BACK), 1);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 0);
	fridge_run(&room, 5, 3);
	say(&room, "zigbee2mqtt/door", "{'battery':95,'contact':true}");
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 2);
	room_close(&room);
}

static void test_telemetry_may_be_deleted_between_runs(void)
{
	struct br_series_point points[100];
	struct room room;
	int64_t step_ms;

	room_open(&room, "deleted");
	fridge_adopt(&room);
	CHECK_INT(bench_do(&room.bench, "device.adopt",
			  "{'device':'zigbee2mqtt/door','channels':[]}"),
		0);
	turn(&room);
	say(&room, "zigbee2mqtt/door", "{'battery':5}");
	fridge_run(&room, 9, 12);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2);
	room_restart(&room, true);
	CHECK(sensor(&room, FRIDGE)->adopted);
	CHECK(sensor(&room, FRIDGE)->number != sensor(&room, "zigbee2mqtt/door")->number);
	CHECK_INT(chart(&room, FRIDGE, "temperature", HOUR_MS, 100, points, &step_ms), 0);
	/* The door's channel is not known any more: its alarm is cleared rather than left to stand
	 * for ever, and raised again by its next reading. */
	pass(&room, 5000, 1000);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	say(&room, "zigbee2mqtt/door", "{'battery':5}");
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 3);
	fridge_run(&room, 9, 12);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 3);
	CHECK(chart(&room, FRIDGE, "temperature", HOUR_MS, 100, points, &step_ms) > 10);
	room_close(&room);
}

static void test_a_series_is_read_back(void)
{
	struct br_series_point points[400];
	struct room room;
	int64_t step_ms, sum = 0;
	uint64_t readings = 0;
	unsigned n;

	room_open(&room, "series");
	fridge_adopt(&room);
	/* Three a minute for two hours: 4.001, 4.002, 4.003. */
	for (unsigned i = 0; i < 360; i++) {
		say(&room, "zigbee2mqtt/fridge", "{'temperature':4.00%u}", i % 3 + 1);
		pass(&room, 20000, 10000);
	}
	n = chart(&room, FRIDGE, "temperature", 2 * HOUR_MS, 61, points, &step_ms);
	CHECK(n >= 60 && n <= 61);
	CHECK(step_ms >= 120000 && step_ms < 130000);
	for (unsigned i = 0; i < n; i++) {
		CHECK(points[i].min >= 4001 && points[i].max <= 4003);
		CHECK(i == 0 || points[i].t_ms == points[i - 1].t_ms + step_ms);
		readings += points[i].n;
		sum += points[i].mean;
	}
	CHECK_INT(readings, 360);
	CHECK(sum / n == 4001 || sum / n == 4002);
	/* Long spans come from the minutes and hours, and have all of it too. */
	n = chart(&room, FRIDGE, "temperature", 24 * HOUR_MS, 400, points, &step_ms);
	CHECK(n >= 28 && n <= 32);
	CHECK_INT(points[n / 2].mean, 4002);
	n = chart(&room, FRIDGE, "temperature", 20 * 24 * HOUR_MS, 400, points, &step_ms);
	CHECK(n == 2 || n == 3);
	CHECK_INT(step_ms % HOUR_MS, 0);
	room_close(&room);
}

static void test_the_mean_is_not_pulled_by_rounding(void)
{
	struct br_series_point points[2];
	struct room room;
	int64_t step_ms;

	room_open(&room, "mean");
	fridge_adopt(&room);
	for (unsigned i = 0; i < 600; i++) {
		say(&room, "zigbee2mqtt/fridge", "{'temperature':%s}", i % 2 == 0 ? "4" : "4.001");
		pass(&room, 1000, 1000);
	}
	CHECK(chart(&room, FRIDGE, "temperature", 11 * MINUTE_MS, 2, points, &step_ms) > 0);
	CHECK(points[0].mean == 4000 || points[0].mean == 4001);
	room_close(&room);
}

static void test_any_span_fits_its_points(void)
{
	struct br_series_point points[200];
	struct room room;

	room_open(&room, "spans");
	fridge_adopt(&room);
	for (unsigned i = 0; i < 300; i++) {
		fridge_say(&room, 4 + (int)(i % 2));
		pass(&room, 7000, 7000);
	}
	for (unsigned i = 0; i < 3000; i++) {
		int64_t span_ms = 1 + (int64_t)(test_random() % (uint64_t)(9 * 24 * HOUR_MS >>
									   (test_random() % 20)));
		int64_t from_ms = room.wall_ms - (int64_t)(test_random() % 2200000);
		unsigned max = 2 + (unsigned)(test_random() % 199), n = 0;
		const char *unit;
		int64_t step_ms;

		CHECK_INT(br_intake_series(room.intake, BR_STR(FRIDGE), BR_STR("temperature"),
				  from_ms, from_ms + span_ms, max, points, &n, &step_ms, &unit),
			0);
		CHECK(n <= max && step_ms > 0);
		CHECK_TEXT(unit, "°C");
		if (n > 0)
			CHECK(points[n - 1].t_ms < from_ms + span_ms);
	}
	room_close(&room);
}

static void test_impossible_spans_and_unknown_channels(void)
{
	struct br_series_point points[4];
	const char *unit;
	struct room room;
	int64_t step_ms;
	unsigned n;

	room_open(&room, "impossible");
	fridge_adopt(&room);
#define SERIES(DEVICE, CHANNEL, FROM, TO, MAX) \
	br_intake_series(room.intake, BR_STR(DEVICE), BR_STR(CHANNEL), FROM, TO, MAX, points, &n, \
		&step_ms, &unit)
	CHECK_INT(SERIES(FRIDGE, "temperature", 10, 10, 4), BR_E_INVALID);
	CHECK_INT(SERIES(FRIDGE, "temperature", -10, 10, 4), BR_E_INVALID);
	CHECK_INT(SERIES(FRIDGE, "temperature", 0, 10, 1), BR_E_INVALID);
	CHECK_INT(SERIES(FRIDGE, "temperature", 0, INT64_MAX, 4), BR_E_INVALID);
	CHECK_INT(SERIES(FRIDGE, "humidity", 0, 10, 4), BR_E_NOT_FOUND);
	CHECK_INT(SERIES("zigbee2mqtt/other", "temperature", 0, 10, 4), BR_E_NOT_FOUND);
	CHECK_INT(SERIES("nonsense", "temperature", 0, 10, 4), BR_E_NOT_FOUND);
	/* A channel that was set but not heard yet has no unit. */
	CHECK_INT(SERIES(FRIDGE, "temperature", 0, 10, 4), 0);
	CHECK_TEXT(unit, "");
	CHECK_INT(n, 0);
#undef SERIES
	room_close(&room);
}

static void test_a_doubted_value_is_not_on_the_chart(void)
{
	struct br_series_point points[50];
	struct room room;
	int64_t step_ms;
	unsigned n;

	room_open(&room, "doubted");
	fridge_adopt(&room);
	fridge_run(&room, 4, 3);
	fridge_say(&room, 85); /* a DS18B20 that has just been powered */
	pass(&room, MINUTE_MS, 10000);
	fridge_run(&room, 4, 3);
	n = chart(&room, FRIDGE, "temperature", HOUR_MS, 50, points, &step_ms);
	CHECK(n > 0);
	for (unsigned i = 0; i < n; i++)
		CHECK_INT(points[i].max, 4000);
	room_close(&room);
}

/* Rows in one of the telemetry's tables. */
static uint64_t rows(struct room *room, unsigned table)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(room->telemetry, false, &txn) == 0);
	return br_txn_count(txn, table);
}

static void test_old_rows_go_a_bounded_number_at_a_time(void)
{
	struct room room;
	uint64_t before, least;

	room_open(&room, "expire");
	fridge_adopt(&room);
	for (unsigned i = 0; i < 2000; i++) {
		fridge_say(&room, 4);
		room.wall_ms += 2000;
		room.boot_ms += 2000;
	}
	pass(&room, 2 * MINUTE_MS, 1000);
	CHECK_INT(rows(&room, BR_SERIES_RAW), 2000);
	CHECK(rows(&room, BR_SERIES_MINUTE) >= 100);
	CHECK(rows(&room, BR_SERIES_HOUR) >= 2);
	/* The clock goes on by more than two days: raw records go, the rest stays. */
	br_intake_connected(room.intake, false);
	pass(&room, 50 * HOUR_MS, 50 * HOUR_MS);
	before = rows(&room, BR_SERIES_RAW);
	CHECK(before < 2000 && before >= 900);
	pass(&room, 10000, 1000);
	CHECK_INT(rows(&room, BR_SERIES_RAW), 0);
	CHECK(rows(&room, BR_SERIES_MINUTE) >= 100);
	/* What a forgotten device has left goes too, after its thirteen months. */
	CHECK_INT(bench_do(&room.bench, "device.forget", "{'device':'" FRIDGE "'}"), 0);
	turn(&room);
	least = rows(&room, BR_SERIES_MINUTE);
	pass(&room, 400 * 24 * HOUR_MS, 400 * 24 * HOUR_MS);
	pass(&room, 10000, 1000);
	CHECK(least > 0);
	CHECK_INT(rows(&room, BR_SERIES_MINUTE), 0);
	CHECK_INT(rows(&room, BR_SERIES_HOUR), 0);
	room_close(&room);
}

static int commit_fails(void *context, const char *call)
{
	const struct room *room = context;

	return strcmp(call, "commit") == 0 ? room->failure : 0;
}

static void test_telemetry_that_cannot_be_stored_stops_nothing(void)
{
	struct br_series_point points[100];
	struct room room;
	int64_t step_ms;
	unsigned n;

	room_open(&room, "full");
	room.failure = BR_E_DISK_FULL;
	br_store_fault_set(room.telemetry, commit_fails, &room);
	/* Even adopting and alarming go on. */
	fridge_adopt(&room);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	CHECK_INT(chart(&room, FRIDGE, "temperature", HOUR_MS, 100, points, &step_ms), 0);
	room.failure = 0;
	pass(&room, 3 * MINUTE_MS, 1000);
	fridge_run(&room, 9, 5);
	n = chart(&room, FRIDGE, "temperature", HOUR_MS, 100, points, &step_ms);
	CHECK(n >= 4);
	/* The numbers that were lost with it are there again, so that a restart finds the series.
	 */
	room_restart(&room, false);
	CHECK(chart(&room, FRIDGE, "temperature", HOUR_MS, 100, points, &step_ms) >= n);
	CHECK_TEXT(sensor(&room, FRIDGE)->channels[1].settings.name, "battery");
	room_close(&room);
}

/* Any of its writes, not only the last one. */
static int call_fails(void *context, const char *call BR_UNUSED)
{
	const struct room *room = context;

	return room->failure < 0 && test_random() % 4 == 0 ? room->failure : 0;
}

static void test_every_write_of_the_telemetry_may_fail(void)
{
	for (int error = 0; error < 3; error++) {
		static const int errors[] = {BR_E_IO, BR_E_MAP_FULL, BR_E_DISK_FULL};
		char name[32];
		struct room room;

		(void)snprintf(name, sizeof(name), "write-%d", error);
		room_open(&room, name);
		fridge_adopt(&room);
		room.failure = errors[error];
		br_store_fault_set(room.telemetry, call_fails, &room);
		for (unsigned i = 0; i < 300; i++) {
			room.failure = test_random() % 3 == 0 ? errors[error] : 0;
			fridge_say(&room, 4 + (int)(test_random() % 2));
			pass(&room, 11000, 11000);
		}
		room.failure = 0;
		pass(&room, 2 * MINUTE_MS, 1000);
		CHECK(sensor(&room, FRIDGE)->adopted);
		room_close(&room);
	}
}

static void test_a_full_turn_puts_an_alarm_off(void)
{
	struct room room;

	room_open(&room, "room");
	fridge_adopt(&room);
	fridge_run(&room, 9, 3);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "fill-%u", i);
		(void)bench_submit(
			&room.bench, id, "product.upsert", "{'sku':'X','name':'x'}", false);
	}
	room.wall_ms += 10 * MINUTE_MS;
	room.boot_ms += 10 * MINUTE_MS;
	fridge_say(&room, 9);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 0);
	pass(&room, 1000, 1000);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	/* So does a disk that is full. */
	br_core_shed(room.bench.core, BR_SHED_MOST);
	fridge_run(&room, 4, 3);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 0);
	br_core_shed(room.bench.core, BR_SHED_NOTHING);
	pass(&room, 1000, 1000);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	room_close(&room);
}

static void test_a_forgotten_device_leaves_no_alarm(void)
{
	struct room room;

	room_open(&room, "forgotten");
	fridge_adopt(&room);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	CHECK_INT(bench_do(&room.bench, "device.forget", "{'device':'" FRIDGE "'}"), 0);
	turn(&room);
	CHECK(!sensor(&room, FRIDGE)->adopted);
	pass(&room, 2000, 1000);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	/* Adopted again it is watched again. */
	fridge_adopt(&room);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2);
	room_close(&room);
}

static void test_other_peoples_alarms_are_left_alone(void)
{
	struct room room;

	room_open(&room, "others");
	CHECK_INT(bench_do(&room.bench, "alarm.raise",
			  "{'alarm':'store/disk','rule':'disk','text':'The disk is full.'}"),
		0);
	CHECK_INT(bench_do(&room.bench, "alarm.raise",
			  "{'alarm':'x/y/high','rule':'high','text':'By hand.'}"),
		0);
	room_restart(&room, false);
	pass(&room, 5000, 1000);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 0);
	room_close(&room);
}

static void test_adopted_again_a_lost_device_is_lost_again(void)
{
	struct room room;

	room_open(&room, "again");
	fridge_adopt(&room);
	fridge_run(&room, 9, 10);
	pass(&room, 30 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 1);
	/* To the ledger an adopted device is all right: that must not stay so. */
	fridge_adopt(&room);
	CHECK_INT(device_state(&room, FRIDGE), BR_DEVICE_OK);
	pass(&room, 10 * MINUTE_MS, 10000);
	CHECK_INT(events(&room, BR_EVENT_DEVICE_LOST), 2);
	CHECK_INT(device_state(&room, FRIDGE), BR_DEVICE_LOST);
	/* Its standing alarm is known still. */
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	fridge_run(&room, 5, 3);
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	room_close(&room);
}

static void devices_say(struct room *room, const char *name)
{
	say(room, "zigbee2mqtt/bridge/devices",
		"[{'ieee_address':'0x00124b0001020304','type':'EndDevice','friendly_name':'%s',"
		"'supported':true,'definition':{'model':'M1','vendor':'V'}}]",
		name);
}

static void test_a_renamed_device_stays_adopted(void)
{
	struct br_series_point points[100];
	struct br_device device;
	struct room room;
	int64_t step_ms;
	uint32_t number;

	room_open(&room, "renamed");
	devices_say(&room, "fridge");
	fridge_adopt(&room);
	fridge_run(&room, 9, 12);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	number = sensor(&room, FRIDGE)->number;
	devices_say(&room, "dairy/fridge 2");
	pass(&room, 2000, 1000);
	CHECK(sensor(&room, FRIDGE) == NULL);
	REQUIRE(sensor(&room, "zigbee2mqtt/dairy/fridge 2") != NULL);
	CHECK(sensor(&room, "zigbee2mqtt/dairy/fridge 2")->adopted);
	CHECK_INT(sensor(&room, "zigbee2mqtt/dairy/fridge 2")->number, number);
	CHECK_INT(
		br_device_get(bench_read(&room.bench), BR_STR(FRIDGE), &room.bench.arena, &device),
		BR_E_NOT_FOUND);
	CHECK_INT(br_device_get(bench_read(&room.bench), BR_STR("zigbee2mqtt/dairy/fridge 2"),
			  &room.bench.arena, &device),
		0);
	CHECK_STR(device.name, "Dairy fridge");
	CHECK_INT(device.channels.n, 1);
	/* The alarm goes on under the new name. */
	for (unsigned i = 0; i < 10; i++) {
		say(&room, "zigbee2mqtt/dairy/fridge 2", "{'temperature':9}");
		pass(&room, MINUTE_MS, 10000);
	}
	CHECK_INT(events(&room, BR_EVENT_ALARM_CLEARED), 1);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 2);
	room_restart(&room, false);
	CHECK_INT(sensor(&room, "zigbee2mqtt/dairy/fridge 2")->number, number);
	CHECK(chart(&room, "zigbee2mqtt/dairy/fridge 2", "temperature", HOUR_MS, 100, points,
		      &step_ms) > 15);
	room_close(&room);
}

static void test_a_long_channel_name_is_cut_between_characters(void)
{
	static const char long_name[] = "DS18B20-1.Température-très-élevée";
	struct room room;

	room_open(&room, "long-name");
	CHECK(strlen(long_name) > BR_WORD_BYTES_MAX);
	CHECK_INT(bench_do(&room.bench, "device.adopt", "{'device':'zigbee2mqtt/x','channels':[]}"),
		0);
	turn(&room);
	{
		struct br_reading reading = {.source = BR_STR("zigbee2mqtt"),
			.device = BR_STR("x"),
			.channel = br_str_from(long_name),
			.kind = BR_READING_BATTERY,
			.value = 5000,
			.observed_ms = room.wall_ms,
			.received_ms = room.wall_ms};
		struct br_rule_sink rules = br_intake_rule_sink(room.intake);
		struct br_registry_taken taken;

		REQUIRE(br_registry_take(room.intake->registry, &reading,
				br_intake_now(room.intake), &taken) == 0);
		br_rule_reading(&taken, br_intake_now(room.intake), &rules);
	}
	turn(&room);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	room_close(&room);
}

static void test_a_flood_of_nonsense_is_counted(void)
{
	static const char *const payloads[] = {"", "{", "null", "[1]", "{'temperature':'x'}",
		"{'temperature':1e400}", "{'temperature':{}}", "\xFF\xFE"};
	uint64_t refused = br_metric_get(BR_METRIC_SENSOR_REFUSED);
	struct room room;

	room_open(&room, "flood");
	fridge_adopt(&room);
	for (unsigned i = 0; i < 4000; i++) {
		char topic[64];

		(void)snprintf(topic, sizeof(topic),
			i % 2 == 0 ? "zigbee2mqtt/s%u" : "tele/s%u/SENSOR", i);
		say(&room, topic, "%s", payloads[i % BR_ARRAY_LEN(payloads)]);
		say(&room, topic, "{'temperature':%u,'X':{'Temperature':3}}", i % 50);
	}
	CHECK(br_metric_get(BR_METRIC_SENSOR_REFUSED) > refused + 1000);
	/* Strangers made room for each other, and none of them is stored. */
	CHECK(br_registry_counts(room.intake->registry).devices <= BR_SENSOR_DEVICES_MAX);
	CHECK(sensor(&room, FRIDGE) != NULL);
	CHECK_INT(rows(&room, BR_SERIES_RAW), 0);
	fridge_run(&room, 9, 10);
	CHECK_INT(events(&room, BR_EVENT_ALARM_RAISED), 1);
	say(&room, "what/is/this", "{}");
	room_close(&room);
}

struct reader {
	struct room *room;
	atomic_bool ending;
	atomic_uint found;
};

static void *reader_run(void *argument)
{
	struct reader *reader = argument;

	while (!atomic_load(&reader->ending)) {
		const struct br_registry *registry = br_intake_lock(reader->room->intake);
		const struct br_sensor *device =
			br_registry_find(registry, BR_STR("zigbee2mqtt"), BR_STR("fridge"));
		struct br_series_point points[50];
		const char *unit;
		int64_t step_ms;
		unsigned n;

		atomic_fetch_add(
			&reader->found, device != NULL && device->channels[0].has_value ? 1 : 0);
		br_intake_unlock(reader->room->intake);
		(void)!br_intake_series(reader->room->intake, BR_STR(FRIDGE), BR_STR("temperature"),
			BENCH_NOW_MS, BENCH_NOW_MS + HOUR_MS, 50, points, &n, &step_ms, &unit);
	}
	return NULL;
}

static void test_another_thread_may_look(void)
{
	struct reader reader = {.ending = false};
	pthread_t thread;
	struct room room;

	room_open(&room, "thread");
	fridge_adopt(&room);
	reader.room = &room;
	REQUIRE(pthread_create(&thread, NULL, reader_run, &reader) == 0);
	/* As often as it takes the other thread to get its turns, within reason. */
	for (unsigned i = 0; i < 20 || (i < 5000 && atomic_load(&reader.found) < 20); i++) {
		devices_say(&room, "fridge");
		fridge_run(&room, 9, 2);
	}
	atomic_store(&reader.ending, true);
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK(reader.found > 0);
	room_close(&room);
}

int main(int argc, char **argv)
{
	br_log_level_set(BR_LOG_ERR);
	TEST(test_an_alarm_is_raised_once_and_cleared);
	TEST(test_both_vendors_are_heard);
	TEST(test_shelves_that_send_grams);
	TEST(test_a_silent_device_is_lost_once_and_comes_back);
	TEST(test_while_the_broker_is_away_nobody_is_lost);
	TEST(test_a_restart_knows_what_stands);
	TEST(test_telemetry_may_be_deleted_between_runs);
	TEST(test_a_series_is_read_back);
	TEST(test_the_mean_is_not_pulled_by_rounding);
	TEST(test_any_span_fits_its_points);
	TEST(test_impossible_spans_and_unknown_channels);
	TEST(test_a_doubted_value_is_not_on_the_chart);
	TEST(test_old_rows_go_a_bounded_number_at_a_time);
	TEST(test_telemetry_that_cannot_be_stored_stops_nothing);
	TEST(test_every_write_of_the_telemetry_may_fail);
	TEST(test_a_full_turn_puts_an_alarm_off);
	TEST(test_a_forgotten_device_leaves_no_alarm);
	TEST(test_other_peoples_alarms_are_left_alone);
	TEST(test_adopted_again_a_lost_device_is_lost_again);
	TEST(test_a_renamed_device_stays_adopted);
	TEST(test_a_long_channel_name_is_cut_between_characters);
	TEST(test_a_flood_of_nonsense_is_counted);
	TEST(test_another_thread_may_look);
	return test_end(argc, argv);
}
