#include "sensors/tasmota_topic.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

static struct br_tasmota_pattern pattern;

static void pattern_is(const char *text)
{
	REQUIRE(br_tasmota_pattern_read(br_str_from(text), &pattern, NULL) == 0);
}

static void test_the_default_pattern(void)
{
	struct br_tasmota_topic topic;
	char filter[BR_SENSOR_FILTER_BYTES_MAX];

	pattern_is("%prefix%/%topic%/");
	REQUIRE(br_tasmota_pattern_match(&pattern, BR_STR("tele/shelf-a1/SENSOR"), &topic));
	CHECK_INT(topic.prefix, BR_TASMOTA_TELE);
	CHECK_STR(topic.device, "shelf-a1");
	CHECK_STR(topic.rest, "SENSOR");
	REQUIRE(br_tasmota_pattern_match(&pattern, BR_STR("stat/p/a/b"), &topic));
	CHECK_INT(topic.prefix, BR_TASMOTA_STAT);
	CHECK_STR(topic.rest, "a/b");
	br_tasmota_pattern_filter(&pattern, BR_TASMOTA_TELE, filter);
	CHECK_TEXT(filter, "tele/+/#");
	br_tasmota_pattern_filter(&pattern, BR_TASMOTA_STAT, filter);
	CHECK_TEXT(filter, "stat/+/#");
}

static void test_patterns_people_set(void)
{
	static const struct {
		const char *pattern, *topic, *device, *filter;
	} cases[] = {{"%topic%/%prefix%", "cooler/tele/LWT", "cooler", "+/tele/#"},
		{"a/b/%prefix%/%hostname%/", "a/b/tele/h-1/LWT", "h-1", "a/b/tele/+/#"},
		{"%prefix%/%id%/", "tele/DC4F22/LWT", "DC4F22", "tele/+/#"},
		{"my_%prefix%_x/%topic%/", "my_tele_x/c/LWT", "c", "my_tele_x/+/#"},
		{"%prefix%/dev-%topic%-1/", "tele/dev-c-1/LWT", "c", "tele/+/#"},
		{"%prefix%/%topic%/%id%/", "tele/c/DC4F22/LWT", "c", "tele/+/+/#"}};
	struct br_tasmota_topic topic;
	char filter[BR_SENSOR_FILTER_BYTES_MAX];

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		pattern_is(cases[i].pattern);
		REQUIRE(br_tasmota_pattern_match(&pattern, br_str_from(cases[i].topic), &topic));
		CHECK_STR(topic.device, cases[i].device);
		CHECK_STR(topic.rest, "LWT");
		br_tasmota_pattern_filter(&pattern, BR_TASMOTA_TELE, filter);
		CHECK_TEXT(filter, cases[i].filter);
	}
}

static void test_topics_of_another_pattern(void)
{
	static const char *const topics[] = {"", "tele", "tele/c", "tele/c/", "cmnd/c/POWER",
		"tele/dev-/SENSOR", "tele/dev-1/SENSOR", "tele/device/SENSOR", "tele//SENSOR"};
	struct br_tasmota_topic topic = {.prefix = BR_TASMOTA_STAT};

	pattern_is("%prefix%/dev-%topic%-1/");
	for (size_t i = 0; i < BR_ARRAY_LEN(topics); i++)
		CHECK(!br_tasmota_pattern_match(&pattern, br_str_from(topics[i]), &topic));
	CHECK_INT(topic.prefix, BR_TASMOTA_STAT);
}

static void test_patterns_that_cannot_be(void)
{
	static const char *const bad[] = {"", "/", "%topic%", "%prefix%", "%prefix%/x",
		"%prefix%%topic%/", "%prefix%/%prefix%/%topic%", "%prefix%/+/%topic%",
		"%prefix%/%topic%/#", "%prefix%//%topic%", "%prefix%/%what%/%topic%",
		"%prefix%/%topic", "/%prefix%/%topic%", "1/2/3/4/5/6/7/%prefix%/%topic%",
		"%prefix%/\xFF/%topic%"};
	struct br_fault fault;
	char huge[400];

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(br_tasmota_pattern_read(br_str_from(bad[i]), &pattern, &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, "FullTopic needs %prefix%");
	}
	memset(huge, 'a', sizeof(huge));
	(void)snprintf(huge + 300, 40, "/%%prefix%%/%%topic%%");
	CHECK_INT(br_tasmota_pattern_read(br_str_from(huge), &pattern, NULL), BR_E_INVALID);
}

int main(int argc, char **argv)
{
	TEST(test_the_default_pattern);
	TEST(test_patterns_people_set);
	TEST(test_topics_of_another_pattern);
	TEST(test_patterns_that_cannot_be);
	return test_end(argc, argv);
}
