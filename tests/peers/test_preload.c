/* The libraries that make a disk slow or faulty, tried on programs that know nothing of them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

static char environment[8][1200];
static const char *environment_list[9];

static void environment_add(const char *name, const char *value)
{
	size_t n = 0;

	while (environment_list[n] != NULL)
		n++;
	REQUIRE(n < BR_ARRAY_LEN(environment));
	(void)snprintf(environment[n], sizeof(environment[n]), "%s=%s", name, value);
	environment_list[n] = environment[n];
}

static void environment_begin(const char *library)
{
	memset(environment_list, 0, sizeof(environment_list));
	environment_add("LD_PRELOAD", test_program(library));
}

/* Ten writes of one byte and a flush; returns how long it took in ms. */
static int64_t dd_run(const char *file, const char *extra, int *ret_code, char *said, size_t size)
{
	char to[600];
	const char *argv[] = {"dd", "if=/dev/zero", to, "bs=1", "count=10", extra, NULL};
	struct test_process dd = {0};
	int64_t start_ms = test_now_ms();
	char *log;

	(void)snprintf(to, sizeof(to), "of=%s/%s", test_folder(), file);
	test_process_start(&dd, "dd", argv, environment_list);
	REQUIRE(test_process_wait(&dd, 20000));
	*ret_code = dd.code;
	log = test_file_read(dd.log, NULL);
	(void)snprintf(said, size, "%s", log);
	free(log);
	return test_now_ms() - start_ms;
}

static void test_flushes_take_longer(void)
{
	char said[512];
	int code;

	environment_begin("tests/lib/preload/flush_delay.so");
	environment_add("BACKROOM_FLUSH_DELAY_US", "100000");
	CHECK(dd_run("slow", "conv=fsync", &code, said, sizeof(said)) >= 100);
	CHECK_INT(code, 0);
	CHECK(dd_run("slow", "conv=fdatasync", &code, said, sizeof(said)) >= 100);
	/* Every write of a descriptor with O_DSYNC is a flush. */
	CHECK(dd_run("slow", "oflag=dsync", &code, said, sizeof(said)) >= 1000);
	CHECK_INT(code, 0);
}

static void faults_set(const char *call, const char *error, const char *mode, const char *kind)
{
	char count[600];

	environment_begin("tests/lib/preload/fault.so");
	(void)snprintf(count, sizeof(count), "%s/count", test_folder());
	environment_add("BACKROOM_FAULT_PATH", "target");
	environment_add("BACKROOM_FAULT_CALL", call);
	environment_add("BACKROOM_FAULT_ERRNO", error);
	environment_add("BACKROOM_FAULT_MODE", mode);
	environment_add("BACKROOM_FAULT_KIND", kind);
	environment_add("BACKROOM_FAULT_COUNT", count);
}

static int64_t counted(void)
{
	char path[600];
	int64_t count;
	char *text;

	(void)snprintf(path, sizeof(path), "%s/count", test_folder());
	text = test_file_read(path, NULL);
	count = strtoll(text, NULL, 10);
	free(text);
	return count;
}

static void test_calls_are_counted(void)
{
	char said[512];
	int code;

	faults_set("0", "EIO", "once", "all");
	(void)dd_run("target-a", "conv=fsync", &code, said, sizeof(said));
	CHECK_INT(code, 0);
	CHECK_INT(counted(), 11);
	faults_set("0", "EIO", "once", "sync");
	(void)dd_run("target-a", "conv=fsync", &code, said, sizeof(said));
	CHECK_INT(counted(), 1);
}

static void test_the_nth_call_fails(void)
{
	char said[512];
	int code;

	faults_set("4", "ENOSPC", "once", "write");
	(void)dd_run("target-b", "conv=fsync", &code, said, sizeof(said));
	CHECK_INT(code, 1);
	CHECK_HAS(said, "No space left on device");
	CHECK_HAS(said, "3+0 records out");
	faults_set("1", "5", "on", "sync");
	(void)dd_run("target-b", "conv=fsync", &code, said, sizeof(said));
	CHECK_INT(code, 1);
	CHECK_HAS(said, "Input/output error");
	CHECK_HAS(said, "10+0 records out");
}

static void test_other_files_are_left_alone(void)
{
	char said[512];
	int code;

	faults_set("1", "EIO", "on", "all");
	(void)dd_run("another", "conv=fsync", &code, said, sizeof(said));
	CHECK_INT(code, 0);
	CHECK_HAS(said, "10+0 records out");
}

/* dd writes zeros; a text that is none of them kills nobody, and no text is no reason either. */
static void test_a_deadly_text_aborts_who_writes_it(void)
{
	char from[600], to[600];
	const char *argv[] = {"dd", from, to, NULL};
	struct test_process dd = {0};

	(void)snprintf(from, sizeof(from), "if=%s/words", test_folder());
	(void)snprintf(to, sizeof(to), "of=%s/target-c", test_folder());
	for (unsigned i = 0; i < 2; i++) {
		FILE *file = fopen(from + 3, "we");

		REQUIRE(file != NULL);
		(void)fprintf(file, "nothing of it, %s poison\n", i == 0 ? "no" : "the");
		(void)fclose(file);
		faults_set("0", "EIO", "once", "all");
		environment_add("BACKROOM_FAULT_DEADLY", "the poison");
		test_process_start(&dd, "dd", argv, environment_list);
		REQUIRE(test_process_wait(&dd, 20000));
		CHECK_INT(dd.code, i == 0 ? 0 : 128 + SIGABRT);
	}
}

int main(int argc, char **argv)
{
	TEST(test_flushes_take_longer);
	TEST(test_calls_are_counted);
	TEST(test_the_nth_call_fails);
	TEST(test_other_files_are_left_alone);
	TEST(test_a_deadly_text_aborts_who_writes_it);
	return test_end(argc, argv);
}
