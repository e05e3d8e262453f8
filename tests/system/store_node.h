/*
 * A whole store for a system test: a real broker, the real daemon with its configuration and state
 * below the test's folder, HQ's broker and program when wanted, and the tool.
 */
#pragma once

#include "tests/lib/broker.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"

struct store_node {
	struct test_broker broker, hq_broker;
	struct test_process daemon, hq;
	char config[TEST_PATH_BYTES], state[TEST_PATH_BYTES], api[108], hq_file[TEST_PATH_BYTES];
	unsigned web_port;
	unsigned hq_port; /* of HQ's broker, for HQ's program */
	bool linked;
	const char *environment[8]; /* of the daemon, NULL at the end */
	const char *hq_more[16];    /* further arguments of peer-hq, NULL at the end */
};

/*
 * Starts broker and daemon and waits until it is ready. `linked`: with HQ's broker, the bridge and
 * peer-hq behind it. `more` (NULL for none) is added to the configuration file.
 */
void store_node_start(struct store_node *node, bool linked, const char *more);

/* The steps of it, for tests that do them one by one. Preparing clears all that is in *node. */
void store_node_prepare(struct store_node *node, bool linked, const char *more);

/*
 * Linked by an HQ's broker that the caller has started: on `hq_port` for HQ's program, and behind
 * `bridge_port` for the bridge. `keepalive_s` above 0 goes before the bridge's own, to learn sooner
 * that a line is dead.
 */
void store_node_prepare_to(struct store_node *node, unsigned hq_port, unsigned bridge_port,
	unsigned keepalive_s, const char *more);

void store_node_daemon_start(struct store_node *node);
void store_node_hq_start(struct store_node *node);

void store_node_stop(struct store_node *node);

/* Runs the tool with the node's configuration; returns its exit code, *ret_output is the caller's.
 */
int store_node_tool(struct store_node *node, char **ret_output, const char *word, ...)
	__attribute__((sentinel));

/* What the API answers at `path`, cut to `size`; false when it does not answer. */
bool store_node_answer(struct store_node *node, const char *path, char *ret_answer, size_t size);

/* Waits until `path` of the API answers with a text that has `part`; false when the time is over.
 */
bool store_node_says(struct store_node *node, const char *path, const char *part, int64_t wait_ms);

/* The number behind `name` in /metrics; -1 when it is not there. */
int64_t store_node_metric(struct store_node *node, const char *name);

/*
 * Waits until nothing moves any more: the broker is connected, the journal stands still for some
 * seconds, and HQ has confirmed all of it. False when the time is over.
 */
bool store_node_quiet(struct store_node *node, int64_t wait_ms);

/* One number out of HQ's file by SQL; -1 when it cannot be read now. */
int64_t store_node_hq_number(struct store_node *node, const char *sql);

/*
 * Holds a file against the contract's schemas with another's validator: the exit code of
 * tests/lib/schema, which says what the verbs are. What is wrong is printed.
 */
int store_node_schema(const char *verb, const char *file);

/* Writes all that passes HQ's broker on `filter` into a file, a topic and a message a line. */
void store_node_record(struct test_process *record, unsigned port, const char *filter);

/* One line to HQ's control socket, and its answer; the text is valid until the next call. */
const char *store_node_hq_say(const char *line);
/* To the socket of that name in the test's folder, where there is more than one HQ. */
const char *store_node_hq_say_to(const char *socket_name, const char *line);
/* As store_node_hq_say() until HQ, which may have just started, agrees; else the test ends. */
void store_node_hq_do(const char *line);

/* Changes the file of an HQ that does not run, by SQL. */
void store_node_hq_change(const char *file, const char *sql);

/* What a test wants to come true within a minute; it says what did not. */
#define STORE_NODE_WAIT_MS 60000
/* The tool ends with `code` and says `part`; the words end with the first NULL. */
void store_node_must(struct store_node *node, int code, const char *part, const char *noun,
	const char *verb, const char *a, const char *b, const char *c, const char *d);
/* The API answers at `path` with a text that has `part`. */
void store_node_must_say(struct store_node *node, const char *path, const char *part);
/* HQ's file has the number. */
void store_node_hq_must(struct store_node *node, const char *sql, int64_t wanted);
