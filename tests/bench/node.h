/*
 * A node to be measured: a real broker set up as packaging/mosquitto says, and the daemon with a
 * configuration and a state directory of its own below the program's folder.
 */
#pragma once

#include "tests/lib/broker.h"
#include "tests/lib/process.h"

#define BENCH_STORE "bench" /* its id */

struct bench_node {
	char name[32];
	struct test_broker broker;
	struct test_process daemon;
	char state[TEST_PATH_BYTES], config[TEST_PATH_BYTES];
	unsigned port;	  /* of its API */
	unsigned hq_port; /* of HQ's broker; 0: the link is off */
	int notify_fd;	  /* where it says that it is ready */
	char notify[108];
	double ready_ms; /* from exec to READY=1, of the last start */
	void *http;	 /* the connection of bench_node_ask(), NULL until needed */
};

/* Makes folder and configuration and starts the broker; the state directory may be filled now. */
void bench_node_prepare(struct bench_node *node, const char *name);

/* The same with a bridge to HQ's broker on this port, as `backroom config bridge` writes it. */
void bench_node_prepare_linked(struct bench_node *node, const char *name, unsigned hq_port);

/* Starts the daemon and waits until it is ready; `flush_delay_us` goes on top of every flush. */
void bench_node_start(struct bench_node *node, long flush_delay_us);
void bench_node_stop(struct bench_node *node);

/* Stops the broker too and takes the state directory away. */
void bench_node_finish(struct bench_node *node);

/* The same broker with an empty memory, for a round in which nothing of the last one is left. */
void bench_broker_start(struct test_broker *broker, const char *name);

/*
 * GET, or POST when `body` is not NULL. Returns the answer's text, valid until the next call; ends
 * the program when there is none.
 */
const char *bench_node_ask(struct bench_node *node, const char *path, const char *body);

/* Posts commands that must all be accepted: `count` times `next` writes {id,type,data}. */
void bench_node_command_all(struct bench_node *node, unsigned count,
	void (*next)(void *context, unsigned number, char *buffer, size_t size), void *context);

/* Adopts the devices that `peer-sensors --flood --sensors n` plays: only those are stored. */
void bench_node_adopt(struct bench_node *node, unsigned n);

/* The value of a metric such as "backroom_journal_head". */
double bench_node_metric(struct bench_node *node, const char *name);

/* Waits until the metric has reached `value`; false when `wait_ms` are over. */
BR_MUST_CHECK bool bench_node_metric_reaches(
	struct bench_node *node, const char *name, double value, int64_t wait_ms);

/* Anonymous memory of the daemon; what it maps of the store's file is the kernel's to take back. */
double bench_node_anonymous_mb(const struct bench_node *node);
double bench_anonymous_kb(pid_t pid);
