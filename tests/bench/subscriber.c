#include "tests/bench/subscriber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/limits.h"
#include "node/str.h"

#define FOREVER_MS INT64_C(86400000)

static void usage(const char *program)
{
	(void)fprintf(stderr,
		"Usage: %s --socket PATH [--filter TOPIC] [--qos 0|1] [--count N] "
		"[--database PATH] [--reply] [--forget]\n",
		program);
	exit(2);
}

void bench_subscriber_read(int argc, char **argv, struct bench_subscriber *ret_subscriber)
{
	struct bench_subscriber read = {.filter = "zigbee2mqtt/#", .qos = 1};

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		int64_t number = 0;

		if (strcmp(argv[i], "--reply") == 0 || strcmp(argv[i], "--forget") == 0) {
			read.reply = read.reply || argv[i][2] == 'r';
			read.forget = read.forget || argv[i][2] == 'f';
			continue;
		}
		if (value == NULL)
			usage(argv[0]);
		if (strcmp(argv[i], "--socket") == 0)
			read.socket = value;
		else if (strcmp(argv[i], "--filter") == 0)
			read.filter = value;
		else if (strcmp(argv[i], "--database") == 0)
			read.database = value;
		else if (!br_str_to_i64(br_str_from(value), &number) || number < 0)
			usage(argv[0]);
		else if (strcmp(argv[i], "--qos") == 0 && number <= 1)
			read.qos = (int)number;
		else if (strcmp(argv[i], "--count") == 0)
			read.count = number;
		else
			usage(argv[0]);
		i++;
	}
	if (read.socket == NULL)
		usage(argv[0]);
	*ret_subscriber = read;
}

static void say(const char *word)
{
	printf("%s\n", word);
	(void)fflush(stdout);
}

void bench_subscriber_run(const struct bench_subscriber *subscriber,
	void (*message)(void *owner, const struct bench_message *message),
	bool (*turn)(void *owner), void *owner, struct bench_receiver **ret_receiver)
{
	struct bench_receiver_options options = {
		.socket = subscriber->socket,
		.client_id = "bench-subscriber",
		.forget = subscriber->forget,
		.filter = subscriber->filter,
		.qos = subscriber->qos,
		.turn_max = BR_TURN_MESSAGES_MAX,
		.message = message,
		.turn = turn,
		.owner = owner,
	};
	struct bench_receiver *receiver = bench_receiver_create(&options);

	*ret_receiver = receiver;
	say("ready");
	while (!bench_receiver_run(receiver, FOREVER_MS))
		continue;
	say("done");
	bench_receiver_destroy(receiver);
}
