/*
 * Programs that a test starts: each in its own process group, with its output in a file, and bound
 * to die with the test, so that nothing outlives it however it ends.
 *
 * What cannot be started ends the test (test_abandon); the time limits are the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "node/attributes.h"

#define TEST_PATH_BYTES 512
#define TEST_ARGUMENTS_MAX 64

/* All zero is a program that never ran. */
struct test_process {
	pid_t pid; /* 0 when nothing runs */
	char name[48];
	char log[TEST_PATH_BYTES]; /* standard output and error, a new file at every start */
	int code;		   /* exit code of the last run; 128 + signal when killed by one */
};

/*
 * Starts argv (ending in NULL; argv[0] is a path or found in PATH). `environment` (NULL, or "K=V"
 * texts ending in NULL) is added to the test's own. The log is <test_folder>/<name>-<n>.log.
 */
void test_process_start(struct test_process *process, const char *name, const char *const argv[],
	const char *const environment[]);

/* True when the program has ended within the time; then `code` holds how. */
bool test_process_wait(struct test_process *process, int64_t wait_ms);

bool test_process_runs(struct test_process *process);

/* SIGTERM, and SIGKILL for what is left after 10 s; returns the exit code. Takes one at rest. */
int test_process_stop(struct test_process *process);

/* SIGKILL to the whole group, and reaps. Takes one at rest. */
void test_process_kill(struct test_process *process);

/* True as soon as the log contains the text; false when the time is over or the program ended. */
bool test_process_says(struct test_process *process, const char *text, int64_t wait_ms);

/* Prints the last lines of the log: for a test that failed. */
void test_process_log_show(const struct test_process *process);

/* A port of 127.0.0.1 that nobody listens on at this moment, and no connection takes by itself. */
unsigned test_port_free(void);

/* Waits until the program takes connections on the port; false when it ended or the time is over.
 */
bool test_port_opens(struct test_process *process, unsigned port, int64_t wait_ms);

/* The path of a built program, such as "tests/peers/peer-till", below BACKROOM_BUILD. */
const char *test_program(const char *name);

void test_sleep_ms(int64_t ms);

/* CLOCK_BOOTTIME in milliseconds. */
int64_t test_now_ms(void);
