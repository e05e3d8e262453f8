/* The diagnosis: what it makes of a check's report, and when it asks for one. */
#include "cloud-sync/diagnosis.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

static int64_t clock_boot_ms = 1000;
static struct br_loop *loop;
static struct br_diagnosis *diagnosis;
static struct br_loop_source *timer;
static char told[512];

static int64_t boot(void *context BR_UNUSED)
{
	return clock_boot_ms;
}

static const struct br_clock test_clock = {boot, boot, NULL};

static void tell(void *owner BR_UNUSED, const char *sentence)
{
	(void)snprintf(told, sizeof(told), "%s", sentence);
	br_loop_end(loop, 0);
}

static void time_over(void *owner BR_UNUSED)
{
	br_loop_end(loop, 0);
}

/* A stand-in for `backroom` that notes how it was called and says this. */
static void begin(const char *report)
{
	static char program[512];
	char script[1024];
	struct br_diagnosis_options options = {
		.clock = &test_clock, .config = "/c.conf", .told = tell, .program = program};

	(void)snprintf(script, sizeof(script), "#!/bin/sh\necho \"$@\" >>'%s'\necho '%s'\nexit 1\n",
		test_in_folder("calls"), report);
	(void)snprintf(program, sizeof(program), "%s", test_file_write(NULL, "program", script));
	REQUIRE(chmod(program, 0755) == 0);
	test_shell("rm -f calls && : >calls");
	told[0] = '\0';
	REQUIRE(br_loop_create(&loop) == 0);
	REQUIRE(br_loop_timer(loop, time_over, NULL, &timer) == 0);
	options.loop = loop;
	REQUIRE(br_diagnosis_create(&options, &diagnosis) == 0);
}

static void end(void)
{
	br_diagnosis_destroy(BR_TAKE(diagnosis));
	br_loop_source_destroy(BR_TAKE(timer));
	br_loop_destroy(BR_TAKE(loop));
}

/* So much later; runs the loop until it was told or a little time is over. */
static void after_ms(int64_t ms, bool down)
{
	clock_boot_ms += ms;
	br_diagnosis_tick(diagnosis, down);
	br_loop_timer_set(timer, 400);
	CHECK_INT(br_loop_run(loop), 0);
}

static int64_t calls(void)
{
	struct stat status;

	REQUIRE(stat(test_in_folder("calls"), &status) == 0);
	return status.st_size / (int64_t)strlen("--config /c.conf --json link check\n");
}

static const char report[] =
	"{\"passed\":false,\"node\":[{\"step\":\"bridge\",\"outcome\":\"failed\",\"said\":\"b\","
	"\"next\":\"c\"}],\"addresses\":[{\"host\":\"a\",\"steps\":[{\"step\":\"name\",\"outcome\":"
	"\"ok\"},{\"step\":\"tls\",\"outcome\":\"failed\",\"said\":\"it is revoked\",\"next\":"
	"\"enrol\"}]}]}";

static void test_the_first_failure_of_the_way_is_what_is_told(void)
{
	struct br_fault sentence = {"untouched"};

	CHECK_INT(br_diagnosis_read(br_str_from(report), &sentence), 0);
	CHECK_TEXT(sentence.text, "a: it is revoked: enrol");
	CHECK_INT(
		br_diagnosis_read(BR_STR("{\"passed\":false,\"addresses\":[],\"node\":[{"
					 "\"outcome\":\"failed\",\"said\":\"b\",\"next\":\"c\"}]}"),
			&sentence),
		0);
	CHECK_TEXT(sentence.text, "b: c");
}

/* The check has a connection of its own: only the bridge's can be at fault. */
static void test_a_way_without_failure_leaves_the_bridge(void)
{
	begin("{\"passed\":true,\"node\":[],\"addresses\":[{\"host\":\"a\",\"steps\":[{"
	      "\"step\":\"hq\",\"outcome\":\"ok\"}]}]}");
	after_ms(0, true);
	after_ms(BR_DIAGNOSIS_PATIENCE_MS, true);
	CHECK_INT(calls(), 1);
	CHECK_HAS(told, "HQ answers a check, but nothing comes through the bridge");
	CHECK_HAS(told, "systemctl restart mosquitto");
	end();
}

static void test_what_is_no_report_says_nothing(void)
{
	static const char *const others[] = {"", "backroom: no", "[]", "{}", "{\"passed\":1}"};
	struct br_fault sentence = {"untouched"};

	for (size_t i = 0; i < BR_ARRAY_LEN(others); i++)
		CHECK_INT(br_diagnosis_read(br_str_from(others[i]), &sentence), BR_E_INVALID);
	CHECK_TEXT(sentence.text, "untouched");
}

static void test_it_looks_after_a_minute_and_then_every_quarter(void)
{
	begin(report);
	after_ms(0, true);
	after_ms(BR_DIAGNOSIS_PATIENCE_MS - 1, true);
	CHECK_INT(calls(), 0);
	after_ms(1, true);
	CHECK_INT(calls(), 1);
	CHECK_TEXT(told, "a: it is revoked: enrol");
	after_ms(BR_DIAGNOSIS_AGAIN_MS - 1, true);
	CHECK_INT(calls(), 1);
	after_ms(1, true);
	CHECK_INT(calls(), 2);
	end();
}

static void test_a_link_that_is_up_is_left_alone(void)
{
	begin(report);
	after_ms(BR_DIAGNOSIS_AGAIN_MS, false);
	after_ms(0, true);
	/* It came back before the minute was over. */
	after_ms(BR_DIAGNOSIS_PATIENCE_MS - 1, false);
	after_ms(2, true);
	after_ms(BR_DIAGNOSIS_PATIENCE_MS - 1, true);
	CHECK_INT(calls(), 0);
	CHECK_TEXT(told, "");
	end();
}

static void test_a_program_that_is_not_there_is_told_in_the_log_alone(void)
{
	begin(report);
	test_shell("rm program");
	after_ms(0, true);
	after_ms(BR_DIAGNOSIS_PATIENCE_MS, true);
	CHECK_TEXT(told, "");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_the_first_failure_of_the_way_is_what_is_told);
	TEST(test_a_way_without_failure_leaves_the_bridge);
	TEST(test_what_is_no_report_says_nothing);
	TEST(test_it_looks_after_a_minute_and_then_every_quarter);
	TEST(test_a_link_that_is_up_is_left_alone);
	TEST(test_a_program_that_is_not_there_is_told_in_the_log_alone);
	return test_end(argc, argv);
}
