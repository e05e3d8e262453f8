#include "node/device.h"

#include "tests/node/bench.h"

#define DEVICE "zigbee2mqtt/cooler/dairy-1"
#define ALARM DEVICE "/temperature/high"

static struct br_device device_of(struct bench *bench)
{
	struct br_device device;

	REQUIRE(br_device_get(bench_read(bench), BR_STR(DEVICE), &bench->arena, &device) == 0);
	return device;
}

static struct br_alarm alarm_of(struct bench *bench)
{
	struct br_alarm alarm;

	REQUIRE(br_alarm_get(bench_read(bench), BR_STR(ALARM), &bench->arena, &alarm) == 0);
	return alarm;
}

static enum br_refusal named(struct bench *bench, const char *type)
{
	return bench_do(bench, type, "{'device':'" DEVICE "'}");
}

static enum br_refusal raise_alarm(struct bench *bench)
{
	return bench_do(bench, "alarm.raise",
		"{'alarm':'" ALARM "','device':'" DEVICE "','channel':'temperature','rule':'high',"
		"'severity':'problem','text':'8.2 \xC2\xB0"
		"C for 10 minutes','value':8.2}");
}

/* Between such limits no value lies: the alarm would stand whatever the sensor says. */
static void test_limits_that_no_value_can_keep_are_refused(void)
{
	static const struct {
		const char *channels, *sentence;
	} rows[] = {
		{"{'channel':'t','low':5,'high':5}",
			"channels[0] \"t\": low is 5 and high is 5, allowed is a low that is "
			"below high"},
		{"{'channel':'h'},{'channel':'t','low':-1,'high':-1.001}",
			"channels[1] \"t\": low is -1 and high is -1.001"},
		{"{'channel':'t','low':1},{'channel':'t','high':2}",
			"channels[1] \"t\": stands twice"},
	};
	struct bench bench;

	bench_open(&bench, "limits");
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "device.adopt",
				  "{'device':'" DEVICE "','channels':[%s]}", rows[i].channels),
			BR_REFUSAL_MALFORMED);
		CHECK_HAS(bench.answer.message, rows[i].sentence);
	}
	CHECK_INT(br_core_head(bench.core), 0);
	/* One limit alone, or one just above the other, is all right. */
	CHECK_INT(bench_do(&bench, "device.adopt",
			  "{'device':'" DEVICE "','channels':[{'channel':'a','low':5},"
			  "{'channel':'b','high':-5},{'channel':'c','low':0,'high':0.001}]}"),
		0);
	bench_close(&bench);
}

static void test_an_adopted_device_keeps_its_limits(void)
{
	const struct br_device_channel *channel;
	struct br_device device;
	struct bench bench;

	bench_open(&bench, "adopt");
	CHECK_INT(bench_do(&bench, "device.adopt",
			  "{'device':'" DEVICE "','name':'Dairy cooler','zone':'dairy','sku':'M',"
			  "'channels':[{'channel':'temperature','low':-1,'high':8,'delay_s':600},"
			  "{'channel':'humidity'}]}"),
		0);
	device = device_of(&bench);
	CHECK_STR(device.name, "Dairy cooler");
	CHECK_STR(device.zone, "dairy");
	CHECK_STR(device.sku, "M");
	CHECK_INT(device.state, BR_DEVICE_OK);
	CHECK_INT(device.since, BENCH_NOW_MS);
	REQUIRE(device.channels.n == 2);
	channel = BR_LIST_AT(device.channels, br_device_channel, 0);
	CHECK_STR(channel->channel, "temperature");
	CHECK_INT(channel->low, -1000);
	CHECK_INT(channel->high, 8000);
	CHECK_INT(channel->delay_s, 600);
	channel = BR_LIST_AT(device.channels, br_device_channel, 1);
	CHECK(channel->low == BR_LIMIT_NONE && channel->high == BR_LIMIT_NONE);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_device_is_lost_and_comes_back(void)
{
	struct bench bench;

	bench_open(&bench, "lost");
	CHECK_INT(named(&bench, "device.lost"), BR_REFUSAL_UNKNOWN_DEVICE);
	CHECK_INT(named(&bench, "device.adopt"), 0);
	CHECK_INT(named(&bench, "device.back"), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "is ok already");
	bench.now_ms += 60000;
	CHECK_INT(named(&bench, "device.lost"), 0);
	CHECK_INT(device_of(&bench).state, BR_DEVICE_LOST);
	CHECK_INT(device_of(&bench).since, BENCH_NOW_MS + 60000);
	CHECK_INT(named(&bench, "device.lost"), BR_REFUSAL_ALREADY);
	CHECK_INT(named(&bench, "device.back"), 0);
	CHECK_INT(device_of(&bench).state, BR_DEVICE_OK);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_forgotten_device_is_unknown(void)
{
	struct br_device device;
	struct bench bench;

	bench_open(&bench, "forget");
	CHECK_INT(named(&bench, "device.forget"), BR_REFUSAL_UNKNOWN_DEVICE);
	CHECK_INT(named(&bench, "device.adopt"), 0);
	CHECK_INT(named(&bench, "device.forget"), 0);
	CHECK_INT(br_device_get(bench_read(&bench), BR_STR(DEVICE), &bench.arena, &device),
		BR_E_NOT_FOUND);
	CHECK_INT(named(&bench, "device.back"), BR_REFUSAL_UNKNOWN_DEVICE);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_adopting_again_changes_the_limits(void)
{
	struct bench bench;

	bench_open(&bench, "again");
	CHECK_INT(named(&bench, "device.adopt"), 0);
	CHECK_INT(named(&bench, "device.lost"), 0);
	CHECK_INT(bench_do(&bench, "device.adopt",
			  "{'device':'" DEVICE "','channels':[{'channel':'t','low':1}]}"),
		0);
	CHECK_INT(device_of(&bench).channels.n, 1);
	CHECK_INT(device_of(&bench).state, BR_DEVICE_OK);
	bench_close(&bench);
}

static void test_one_thing_is_wrong_once(void)
{
	struct br_alarm alarm;
	struct bench bench;

	bench_open(&bench, "raise");
	CHECK_INT(raise_alarm(&bench), 0);
	CHECK_INT(raise_alarm(&bench), BR_REFUSAL_ALREADY);
	alarm = alarm_of(&bench);
	CHECK_STR(alarm.channel, "temperature");
	CHECK_INT(alarm.severity, BR_SEVERITY_PROBLEM);
	CHECK_INT(alarm.value, 8200);
	CHECK_INT(alarm.raised, BENCH_NOW_MS);
	CHECK_INT(alarm.cleared, 0);
	bench_close(&bench);
}

static void test_a_cleared_alarm_may_come_again(void)
{
	struct bench bench;

	bench_open(&bench, "clear");
	CHECK_INT(
		bench_do(&bench, "alarm.clear", "{'alarm':'" ALARM "'}"), BR_REFUSAL_UNKNOWN_ALARM);
	CHECK_INT(raise_alarm(&bench), 0);
	bench.now_ms += 1000;
	CHECK_INT(bench_do(&bench, "alarm.clear", "{'alarm':'" ALARM "'}"), 0);
	CHECK_INT(alarm_of(&bench).cleared, BENCH_NOW_MS + 1000);
	CHECK_INT(
		bench_do(&bench, "alarm.clear", "{'alarm':'" ALARM "'}"), BR_REFUSAL_UNKNOWN_ALARM);
	CHECK_INT(raise_alarm(&bench), 0);
	CHECK_INT(alarm_of(&bench).cleared, 0);
	CHECK_INT(alarm_of(&bench).raised, BENCH_NOW_MS + 1000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_acknowledging_says_who_and_why(void)
{
	struct br_alarm alarm;
	struct bench bench;

	bench_open(&bench, "acknowledge");
	CHECK_INT(bench_do(&bench, "alarm.acknowledge", "{'alarm':'" ALARM "','reason':'x'}"),
		BR_REFUSAL_UNKNOWN_ALARM);
	CHECK_INT(raise_alarm(&bench), 0);
	CHECK_INT(bench_do(&bench, "alarm.acknowledge", "{'alarm':'" ALARM "'}"),
		BR_REFUSAL_MALFORMED);
	CHECK_HAS(bench.answer.message, "say what was done");
	bench.actor = "web/anna";
	CHECK_INT(bench_do(&bench, "alarm.acknowledge",
			  "{'alarm':'" ALARM "','reason':'door was open'}"),
		0);
	alarm = alarm_of(&bench);
	CHECK_STR(alarm.acknowledged_by, "web/anna");
	CHECK_STR(alarm.reason, "door was open");
	CHECK_INT(alarm.acknowledged, BENCH_NOW_MS);
	CHECK_INT(bench_do(&bench, "alarm.acknowledge", "{'alarm':'" ALARM "','reason':'again'}"),
		BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "acknowledged already by web/anna");
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_limits_that_no_value_can_keep_are_refused);
	TEST(test_an_adopted_device_keeps_its_limits);
	TEST(test_a_device_is_lost_and_comes_back);
	TEST(test_a_forgotten_device_is_unknown);
	TEST(test_adopting_again_changes_the_limits);
	TEST(test_one_thing_is_wrong_once);
	TEST(test_a_cleared_alarm_may_come_again);
	TEST(test_acknowledging_says_who_and_why);
	return test_end(argc, argv);
}
