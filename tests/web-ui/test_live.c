#include "web-ui/live.h"

#include <string.h>

#include "tests/lib/test.h"

static void never(void *owner, enum br_web_live_noun noun BR_UNUSED, struct br_str key BR_UNUSED)
{
	++*(unsigned *)owner;
}

/* What stands in when a node has no labels, sensors or link must say so in every way. */
static void test_the_null_knows_nothing(void)
{
	const struct br_web_live *live = &br_web_live_null;
	struct br_web_live_sensor sensor = {.device = "as before"};
	struct br_web_live_label label = {.label = "as before"};
	struct br_web_live_series series;
	struct br_web_live_link link;
	struct br_fault fault = {""};
	struct br_text png;
	unsigned told = 0;

	br_text_init(&png, 100);
	CHECK(!live->label(live->context, BR_STR("0123456789AB"), &label));
	CHECK(!live->label_next(live->context, BR_STR(""), &label));
	CHECK_TEXT(label.label, "as before");
	CHECK(!live->sensor(live->context, BR_STR("a/b"), &sensor));
	CHECK(!live->sensor_next(live->context, BR_STR(""), &sensor));
	CHECK_TEXT(sensor.device, "as before");
	live->link(live->context, &link);
	CHECK_INT(link.state, BR_WEB_LINK_OFF);
	CHECK_INT(link.lane_n, 0);
	CHECK(link.round_trip_ms == BR_WEB_UNKNOWN);
	CHECK_INT(live->changes(live->context, 7, never, &told), 7);
	CHECK_INT(told, 0);
	CHECK_INT(
		live->picture(live->context, BR_STR("0123456789AB"), &png, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "draws no labels");
	CHECK_INT(png.n, 0);
	CHECK_INT(live->series(live->context, BR_STR("a/b"), BR_STR("c"), 0, 1, 10, &series),
		BR_E_NOT_FOUND);
	br_text_finish(&png);
}

int main(int argc, char **argv)
{
	TEST(test_the_null_knows_nothing);
	return test_end(argc, argv);
}
