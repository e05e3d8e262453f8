/*
 * bench-bare-subscriber: takes messages with the same library calls as the daemon and only counts
 * them; with --reply it also answers tills, at once and without keeping anything. How fast this is
 * depends on the broker and the library alone, so it is what the daemon is held against.
 */
#include <stdio.h>
#include <string.h>

#include "node/attributes.h"
#include "tests/bench/subscriber.h"

struct counter {
	struct bench_subscriber options;
	struct bench_receiver *receiver;
	int64_t count;
};

/* The text behind `"id":"` up to the closing quote, as tills write it. */
static bool id_find(const struct bench_message *message, const char **ret_id, int *ret_n)
{
	static const char mark[] = "\"id\":\"";
	const char *end = message->payload + message->n;
	const char *at = message->payload, *close;

	while (at + sizeof(mark) <= end && memcmp(at, mark, sizeof(mark) - 1) != 0)
		at++;
	if (at + sizeof(mark) > end)
		return false;
	at += sizeof(mark) - 1;
	close = memchr(at, '"', (size_t)(end - at));
	if (close == NULL || close - at > 64)
		return false;
	*ret_id = at;
	*ret_n = (int)(close - at);
	return true;
}

/* backroom/v1/till/<till>/request is answered on …/reply. */
static void reply(struct counter *counter, const struct bench_message *message)
{
	char topic[256], text[256];
	const char *id;
	const char *last = strrchr(message->topic, '/');
	int id_n, n;

	if (last == NULL || last - message->topic > 200 || !id_find(message, &id, &id_n))
		return;
	(void)snprintf(
		topic, sizeof(topic), "%.*s/reply", (int)(last - message->topic), message->topic);
	n = snprintf(text, sizeof(text),
		"{\"id\":\"%.*s\",\"outcome\":\"accepted\",\"sequence\":%lld,\"lines\":10,"
		"\"total\":12.34}",
		id_n, id, (long long)counter->count);
	br_assert(n > 0 && (size_t)n < sizeof(text));
	bench_receiver_publish(counter->receiver, topic, text, (size_t)n, 1);
}

static void counted(void *owner, const struct bench_message *message)
{
	struct counter *counter = owner;

	counter->count++;
	if (counter->options.reply)
		reply(counter, message);
}

static bool enough(void *owner)
{
	const struct counter *counter = owner;

	return counter->options.count > 0 && counter->count >= counter->options.count;
}

int main(int argc, char **argv)
{
	struct counter counter = {.count = 0};

	bench_subscriber_read(argc, argv, &counter.options);
	bench_subscriber_run(&counter.options, counted, enough, &counter, &counter.receiver);
	return 0;
}
