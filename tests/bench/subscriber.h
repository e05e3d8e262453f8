/*
 * The command line that the baseline subscribers share, and the words by which a bench follows
 * them: "ready" once they are subscribed, "done" once they have taken what was asked.
 */
#pragma once

#include "tests/bench/receiver.h"

struct bench_subscriber {
	const char *socket;   /* --socket PATH of the broker */
	const char *filter;   /* --filter TOPIC [zigbee2mqtt/#] */
	const char *database; /* --database PATH; NULL when not given */
	int qos;	      /* --qos 0|1 [1] */
	int64_t count;	      /* --count N messages, then the end; 0 = never */
	bool reply;	      /* --reply: answer as the store answers a till */
	bool forget;	      /* --forget: nothing is kept for it when it has ended */
};

/* Reads the options; prints what is allowed and ends the program when they are wrong. */
void bench_subscriber_read(int argc, char **argv, struct bench_subscriber *ret_subscriber);

/* Subscribes, says "ready", runs until `turn` has enough, and says "done". */
void bench_subscriber_run(const struct bench_subscriber *subscriber,
	void (*message)(void *owner, const struct bench_message *message),
	bool (*turn)(void *owner), void *owner, struct bench_receiver **ret_receiver);
