/* Errands: real programs beside a real loop. */
#include "node/errand.h"

#include <signal.h>
#include <string.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

static struct br_loop *loop;
static struct br_errand *errand;
static char said[256];
static size_t said_n;
static int ended_with, done_n;

static void done(void *owner BR_UNUSED, int code, struct br_str output)
{
	CHECK(br_str_copy(output, said, sizeof(said)) || output.n >= sizeof(said));
	said_n = output.n;
	ended_with = code;
	done_n++;
	br_loop_end(loop, 0);
}

/* A line of the shell, with so long to live. */
static int run(const char *line, int64_t wait_ms)
{
	const char *argv[] = {"/bin/sh", "-c", line, NULL};
	struct br_errand_options options = {.argv = argv, .wait_ms = wait_ms, .done = done};

	said[0] = '\0';
	said_n = 0;
	ended_with = 99;
	done_n = 0;
	REQUIRE(br_loop_create(&loop) == 0);
	REQUIRE(br_errand_start(loop, &options, &errand) == 0);
	CHECK(br_errand_runs(errand));
	CHECK_INT(br_loop_run(loop), 0);
	CHECK(!br_errand_runs(errand));
	CHECK_INT(done_n, 1);
	br_errand_destroy(BR_TAKE(errand));
	br_loop_destroy(BR_TAKE(loop));
	return ended_with;
}

static void test_what_it_says_and_how_it_ends(void)
{
	CHECK_INT(run("echo one; sleep 0.1; echo two; exit 3", 10000), 3);
	CHECK_TEXT(said, "one\ntwo\n");
	CHECK_INT(run("exit 0", 10000), 0);
	CHECK_TEXT(said, "");
	CHECK_INT(run("cat; echo gone >&2", 10000), 0);
	CHECK_TEXT(said, "");
}

static void test_signals_reach_it(void)
{
	sigset_t blocked, before;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
	CHECK_INT(run("kill -TERM $$; echo alive", 10000), -1);
	CHECK_TEXT(said, "");
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void test_too_long_and_too_much_end_it(void)
{
	int64_t begin_ms = test_now_ms();

	CHECK_INT(run("echo begun; exec sleep 60", 300), -1);
	CHECK_TEXT(said, "begun\n");
	CHECK_INT(run("exec yes", 20000), -1);
	CHECK_INT(said_n <= BR_ERRAND_BYTES_MAX, 1);
	/* It closes its output and lives on. */
	CHECK_INT(run("exec >&-; exec sleep 60", 20000), -1);
	CHECK(test_now_ms() - begin_ms < 15000);
}

static void test_what_is_not_there_cannot_be_run(void)
{
	const char *argv[] = {"/nowhere/program", NULL};
	struct br_errand_options options = {.argv = argv, .wait_ms = 1000, .done = done};

	REQUIRE(br_loop_create(&loop) == 0);
	CHECK_INT(br_errand_start(loop, &options, &errand), BR_E_NOT_FOUND);
	CHECK(errand == NULL);
	br_loop_destroy(BR_TAKE(loop));
}

static void test_one_that_is_destroyed_tells_nothing(void)
{
	const char *argv[] = {"/bin/sleep", "60", NULL};
	struct br_errand_options options = {.argv = argv, .wait_ms = 100000, .done = done};

	done_n = 0;
	REQUIRE(br_loop_create(&loop) == 0);
	REQUIRE(br_errand_start(loop, &options, &errand) == 0);
	br_errand_destroy(BR_TAKE(errand));
	CHECK_INT(done_n, 0);
	br_loop_destroy(BR_TAKE(loop));
}

int main(int argc, char **argv)
{
	TEST(test_what_it_says_and_how_it_ends);
	TEST(test_signals_reach_it);
	TEST(test_too_long_and_too_much_end_it);
	TEST(test_what_is_not_there_cannot_be_run);
	TEST(test_one_that_is_destroyed_tells_nothing);
	return test_end(argc, argv);
}
