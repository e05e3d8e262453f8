/*
 * A real RabbitMQ with its MQTT plug-in for a test, as another HQ's broker: on loopback ports, with
 * an own Erlang cookie, port mapper and folder, apart from any other one of this machine. Debian's
 * package rabbitmq-server. It takes five to fifteen seconds to come up.
 */
#pragma once

#include "tests/lib/process.h"

struct test_rabbitmq {
	struct test_process mapper, server; /* epmd, and the broker in its Erlang machine */
	unsigned port;			    /* of MQTT; kept over restarts */
	unsigned mapper_port, peers_port;
	char folder[TEST_PATH_BYTES];
};

/* Starts it, lets everybody in, and waits until it listens. */
void test_rabbitmq_start(struct test_rabbitmq *rabbitmq);

/* Its sudden death, and a new life with what it had stored. */
void test_rabbitmq_kill(struct test_rabbitmq *rabbitmq);
void test_rabbitmq_restart(struct test_rabbitmq *rabbitmq);

/* Ends it without ceremony. */
void test_rabbitmq_stop(struct test_rabbitmq *rabbitmq);
