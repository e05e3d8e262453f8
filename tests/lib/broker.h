/*
 * A real mosquitto for a test: on a free loopback port and on a unix socket, with its own
 * configuration and persistence folder below the test's folder.
 */
#pragma once

#include "tests/lib/process.h"

struct test_broker {
	struct test_process process;
	char name[32];
	unsigned port;	  /* kept over restarts */
	char socket[108]; /* path of the unix socket */
	char config[TEST_PATH_BYTES];
	char folder[TEST_PATH_BYTES]; /* for persistence; exists */
};

/*
 * Starts a broker that lets everybody in and waits until it listens. `extra` (NULL for none) is
 * added to the configuration as it stands: a bridge, persistence, limits, an ACL.
 */
void test_broker_start(struct test_broker *broker, const char *name, const char *extra);

/* Starts it again on the same port with the same configuration, after a stop or a kill. */
void test_broker_restart(struct test_broker *broker);

void test_broker_stop(struct test_broker *broker);
void test_broker_kill(struct test_broker *broker);
