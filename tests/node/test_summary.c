#include "node/summary.h"

#include <stdio.h>
#include <string.h>

#include "tests/node/bench.h"

#define CHANNEL "'channels':[{'channel':'temperature','unit':'°C','min':2,'mean':4,'max':9,'n':60}]"

static int64_t until_of(struct bench *bench, const char *device)
{
	return br_summary_until(
		bench_read(bench), br_str_from(device), bench->now_ms, &bench->arena);
}

static void test_each_summary_begins_where_the_last_one_ended(void)
{
	struct bench bench;
	struct br_event event;

	bench_open(&bench, "summary");
	CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'z/1'}"), 0);
	CHECK_INT(until_of(&bench, "z/1"), 0);
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T08:00:00Z',"
			  "'until':'2026-03-01T09:00:00Z'," CHANNEL "}"),
		0);
	CHECK_INT(until_of(&bench, "z/1"), INT64_C(1772355600000));
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_DEVICE_SUMMARISED);
	CHECK_INT(br_event_type(&event)->lane, BR_LANE_TELEMETRY);
	/* The same hour, or half of it, is not told twice. */
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T08:30:00Z',"
			  "'until':'2026-03-01T09:30:00Z'," CHANNEL "}"),
		BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T09:00:00Z',"
			  "'until':'2026-03-01T10:00:00Z'," CHANNEL "}"),
		0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_future_that_was_no_future_does_not_count(void)
{
	struct bench bench;

	bench_open(&bench, "future");
	CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'z/1'}"), 0);
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2036-03-01T08:00:00Z',"
			  "'until':'2036-03-01T09:00:00Z'," CHANNEL "}"),
		0);
	CHECK_INT(until_of(&bench, "z/1"), 0);
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T08:00:00Z',"
			  "'until':'2026-03-01T09:00:00Z'," CHANNEL "}"),
		0);
	/* Nor does one that was no future by an hour: what is measured until then is told. */
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T10:00:00Z',"
			  "'until':'2026-03-01T11:00:00Z'," CHANNEL "}"),
		0);
	CHECK_INT(until_of(&bench, "z/1"), 0);
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T09:00:00Z',"
			  "'until':'2026-03-01T10:00:00Z'," CHANNEL "}"),
		0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_what_is_no_summary_is_refused(void)
{
	static const struct bench_refused rows[] = {
		{"device.summarise",
			"{'device':'z/9','from':'2026-03-01T08:00:00Z',"
			"'until':'2026-03-01T09:00:00Z'," CHANNEL "}",
			"\"z/9\" is not adopted", BR_REFUSAL_UNKNOWN_DEVICE},
		{"device.summarise",
			"{'device':'z/1','from':'2026-03-01T08:00:00Z',"
			"'until':'2026-03-01T08:00:00Z'," CHANNEL "}",
			"a time behind `from`", BR_REFUSAL_MALFORMED},
		{"device.summarise",
			"{'device':'z/1','from':'2026-03-01T08:00:00Z',"
			"'until':'2026-03-08T09:00:00Z'," CHANNEL "}",
			"at most seven days", BR_REFUSAL_MALFORMED},
	};
	struct bench bench;

	bench_open(&bench, "refused");
	CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'z/1'}"), 0);
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(bench_do(&bench, "device.summarise",
			  "{'device':'z/1','from':'2026-03-01T08:00:00Z',"
			  "'until':'2026-03-01T09:00:00Z','channels':[]}"),
		BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_each_summary_begins_where_the_last_one_ended);
	TEST(test_a_future_that_was_no_future_does_not_count);
	TEST(test_what_is_no_summary_is_refused);
	return test_end(argc, argv);
}
