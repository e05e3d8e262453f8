/*
 * Real nats-servers for a test, as another HQ's broker: JetStream with its MQTT listener, one of
 * them or a cluster, on loopback ports and below the test's folder. Debian's package nats-server.
 */
#pragma once

#include "tests/lib/process.h"

#define TEST_NATS_NODES_MAX 3

struct test_nats_node {
	struct test_process process;
	char name[16];
	unsigned port; /* of MQTT; kept over restarts */
	char config[TEST_PATH_BYTES];
};

struct test_nats {
	struct test_nats_node nodes[TEST_NATS_NODES_MAX];
	unsigned n;
};

/* Starts `n` of them, 1 or more as one cluster, and waits until MQTT's clients can come. */
void test_nats_start(struct test_nats *nats, unsigned n);

/* Kills one and, when it is wanted again, starts it with what it had stored. */
void test_nats_kill(struct test_nats *nats, unsigned node);
void test_nats_restart(struct test_nats *nats, unsigned node);

/* Ends all that run. */
void test_nats_stop(struct test_nats *nats);
