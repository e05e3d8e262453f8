/*
 * Every bench runs in its short mode and prints every figure that it lists; and the arithmetic of
 * figures. No test here looks at how fast anything is.
 */
#include "tests/bench/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"

#define RUN_MS 300000

/* Runs a program and returns what it printed, owned by the caller. */
static char *output_of(const char *name, const char *first, const char *second)
{
	struct test_process process = {.pid = 0};
	char program[64];
	const char *argv[] = {NULL, first, second, NULL};

	(void)snprintf(program, sizeof(program), "tests/bench/bench-%s", name);
	argv[0] = test_program(program);
	test_process_start(&process, name, argv, NULL);
	CHECK(test_process_wait(&process, RUN_MS));
	CHECK_INT(process.code, 0);
	if (process.code != 0)
		test_process_log_show(&process);
	test_process_kill(&process);
	return test_file_read(process.log, NULL);
}

/* The line of a figure as JSON: a name, a value above zero, a unit, and the two others. */
static void line_check(const char *line, size_t n, const char *name)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault = {""};
	struct br_str text = {NULL, 0};
	double value = -1, baseline = 0;
	bool held;

	REQUIRE(br_json_parse((struct br_str){line, n}, &root, &fault) == 0);
	CHECK(br_json_string(br_json_member(root, "bench"), &text));
	CHECK_STR(text, name);
	CHECK(br_json_number(br_json_member(root, "value"), &value));
	CHECK(value >= 0);
	CHECK(br_json_string(br_json_member(root, "unit"), &text));
	CHECK(text.n > 0);
	held = br_json_number(br_json_member(root, "baseline"), &baseline);
	CHECK(held || br_json_kind(br_json_member(root, "baseline")) == BR_JSON_NULL);
	CHECK_INT(
		br_json_kind(br_json_member(root, "ratio")), held ? BR_JSON_NUMBER : BR_JSON_NULL);
}

/* Line by line, what is listed is what comes. */
static void bench_check(const char *name)
{
	char *list = output_of(name, "--list", NULL);
	char *lines = output_of(name, "--short", "--json");
	const char *line = lines;
	unsigned figures = 0;

	for (char *figure = strtok(list, "\n"); figure != NULL; figure = strtok(NULL, "\n")) {
		size_t n = strcspn(line, "\n");

		CHECK(strncmp(figure, name, strlen(name)) == 0 && figure[strlen(name)] == '/');
		line_check(line, n, figure);
		line += n + (line[n] == '\n');
		figures++;
	}
	CHECK(figures > 0);
	CHECK_TEXT(line, "");
	free(list);
	free(lines);
}

static void test_intake(void)
{
	bench_check("intake");
}

static void test_till(void)
{
	bench_check("till");
}

static void test_core(void)
{
	bench_check("core");
}

static void test_persons(void)
{
	bench_check("persons");
}

static void test_catalogue(void)
{
	bench_check("catalogue");
}

static void test_labels(void)
{
	bench_check("labels");
}

static void test_push(void)
{
	bench_check("push");
}

static void test_reconcile(void)
{
	bench_check("reconcile");
}

static void test_sync(void)
{
	bench_check("sync");
}

static void test_contact(void)
{
	bench_check("contact");
}

static void test_hq(void)
{
	bench_check("hq");
}

static void test_start(void)
{
	bench_check("start");
}

static void test_table(void)
{
	char *table = output_of("core", "--short", NULL);

	CHECK_HAS(table, "decide, journal and views");
	CHECK_HAS(table, "lines/s");
	CHECK_HAS(table, "ratio");
	free(table);
}

static void test_quantile(void)
{
	double values[] = {5, 1, 4, 2, 3};

	CHECK_INT(bench_quantile(values, 5, 0.5), 3);
	CHECK_INT(bench_quantile(values, 5, 0.99), 5);
	CHECK_INT(bench_quantile(values, 5, 1), 5);
	CHECK_INT(bench_quantile(values, 5, 0), 1);
	CHECK_INT(bench_quantile(values, 4, 0.5), 2);
	CHECK_INT(bench_quantile(values, 0, 0.5), 0);
}

static void test_wrong_option(void)
{
	struct test_process process = {.pid = 0};
	const char *argv[] = {test_program("tests/bench/bench-core"), "--rounds", "1000000", NULL};

	test_process_start(&process, "wrong", argv, NULL);
	CHECK(test_process_wait(&process, RUN_MS));
	CHECK_INT(process.code, 2);
}

int main(int argc, char **argv)
{
	TEST(test_quantile);
	TEST(test_wrong_option);
	TEST(test_table);
	TEST(test_core);
	TEST(test_persons);
	TEST(test_catalogue);
	TEST(test_intake);
	TEST(test_till);
	TEST(test_labels);
	TEST(test_push);
	TEST(test_start);
	TEST(test_reconcile);
	TEST(test_sync);
	TEST(test_contact);
	TEST(test_hq);
	return test_end(argc, argv);
}
