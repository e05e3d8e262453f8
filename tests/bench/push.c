/*
 * bench-push: a hundred browsers that watch the same products, a hundred changes a second, and how
 * long a change takes until the last of them has it.
 */
/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/figure.h"
#include "tests/bench/node.h"
#include "tests/bench/shop.h"
#include "tests/bench/socket_pool.h"
#include "tests/lib/test.h"

#define WATCHERS 100
#define COMMANDER WATCHERS /* one more client, which makes the changes */
#define CLIENTS (WATCHERS + 1)
#define PRODUCTS 20
#define PER_SECOND 100
#define CHANGES_MAX 1000
#define WAIT_US 30000000

enum { ANSWER_P50, ANSWER_P99, COMMAND_P50, COMMAND_P99 };

static struct bench_figure figures[] = {
	[ANSWER_P50] = {.name = "push/answer-p50",
		.what = "command's answer -> frame at the last of 100 browsers, p50",
		.unit = "ms"},
	[ANSWER_P99] = {.name = "push/answer-p99",
		.what = "command's answer -> frame at the last of 100 browsers, p99",
		.unit = "ms"},
	[COMMAND_P50] = {.name = "push/command-p50",
		.what = "command sent -> the last browser, p50 : 100 bare writes, p50",
		.unit = "ms"},
	[COMMAND_P99] = {.name = "push/command-p99",
		.what = "command sent -> the last browser, p99 : 100 bare writes, p99",
		.unit = "ms"},
};

/* The changes of one measurement and how far each client has come. */
struct fan {
	struct bench_pool *pool;
	int64_t sent_us[CHANGES_MAX], answered_us[CHANGES_MAX];
	uint64_t sequence[CHANGES_MAX]; /* 0 until the answer is there */
	uint64_t head[WATCHERS];	/* the latest sequence a client has seen */
	/* When the last client had passed a sequence, by change. */
	int64_t last_us[CHANGES_MAX];
	unsigned sent, answered, arrived;
	unsigned subscribed;
};

/* The number behind `"name":`, 0 when it is not there. */
static uint64_t number_after(const char *text, size_t n, const char *name)
{
	const char *at = memmem(text, n, name, strlen(name));
	uint64_t number = 0;

	if (at == NULL)
		return 0;
	for (at += strlen(name); at < text + n && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	return number;
}

/* Changes whose sequence every client has now seen have arrived. */
static void arrivals_note(struct fan *fan)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < WATCHERS; i++)
		least = fan->head[i] < least ? fan->head[i] : least;
	while (fan->arrived < fan->answered && fan->sequence[fan->arrived] <= least)
		fan->last_us[fan->arrived++] = bench_now_us();
	if (fan->arrived == CHANGES_MAX)
		bench_pool_enough(fan->pool);
}

static void commander_frame(struct fan *fan, const char *text, size_t n)
{
	uint64_t sequence = number_after(text, n, "\"sequence\":");

	if (sequence == 0)
		bench_fail(NULL, "a command was not accepted: %.*s", (int)n, text);
	br_assert(fan->answered < fan->sent);
	fan->answered_us[fan->answered] = bench_now_us();
	fan->sequence[fan->answered++] = sequence;
	arrivals_note(fan);
}

static void frame_seen(void *owner, unsigned client, const char *text, size_t n)
{
	struct fan *fan = owner;
	uint64_t sequence;

	if (client == COMMANDER) {
		commander_frame(fan, text, n);
		return;
	}
	if (memmem(text, n, "\"change\"", 8) == NULL) {
		if (memmem(text, n, "\"error\"", 7) != NULL)
			bench_fail(NULL, "subscribe: %.*s", (int)n, text);
		if (++fan->subscribed == WATCHERS)
			bench_pool_enough(fan->pool);
		return;
	}
	/* The first is that of the notification; those of its rows follow and are not newer. */
	sequence = number_after(text, n, "\"sequence\":");
	if (sequence > fan->head[client])
		fan->head[client] = sequence;
	arrivals_note(fan);
}

static void changes_send(struct fan *fan, unsigned changes)
{
	int64_t start_us = bench_now_us();

	for (unsigned i = 0; i < changes; i++) {
		char text[512], sku[32];

		bench_pool_run(fan->pool, start_us + (int64_t)i * 1000000 / PER_SECOND);
		bench_sku(i % PRODUCTS, sku, sizeof(sku));
		(void)snprintf(text, sizeof(text),
			"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"command\",\"params\":{\"id\":"
			"\"push-%" PRId64 "-%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"%s\","
			"\"kind\":\"receive\",\"quantity\":1}}}",
			i + 10, start_us, i, sku);
		fan->sent_us[fan->sent++] = bench_now_us();
		bench_pool_send(fan->pool, COMMANDER, text);
	}
	start_us = bench_now_us();
	while (fan->arrived < changes && bench_now_us() - start_us < WAIT_US)
		bench_pool_run(fan->pool, bench_now_us() + 20000);
	if (fan->arrived < changes)
		bench_fail(NULL, "%u of %u changes reached every browser", fan->arrived, changes);
}

/* Milliseconds from one moment of each change to its arrival at the last client. */
static void quantiles(
	const struct fan *fan, const int64_t *from_us, double *ret_p50, double *ret_p99)
{
	static double times[CHANGES_MAX];

	for (unsigned i = 0; i < fan->arrived; i++) {
		/* The answer may come after the last frame: they leave with the same commit. */
		int64_t taken_us = fan->last_us[i] - from_us[i];

		times[i] = taken_us > 0 ? (double)taken_us / 1000 : 0;
	}
	*ret_p50 = bench_quantile(times, fan->arrived, 0.5);
	*ret_p99 = bench_quantile(times, fan->arrived, 0.99);
}

/* Subscribes all watchers to the products; what they watch is the same for all. */
static void watchers_subscribe(struct fan *fan)
{
	char text[1024];
	size_t n = (size_t)snprintf(text, sizeof(text),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"noun\":"
		"\"product\",\"keys\":[");

	for (unsigned i = 0; i < PRODUCTS; i++) {
		char sku[32];

		bench_sku(i, sku, sizeof(sku));
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s\"%s\"", i > 0 ? "," : "", sku);
	}
	(void)snprintf(text + n, sizeof(text) - n, "]}}");
	for (unsigned i = 0; i < WATCHERS; i++)
		bench_pool_send(fan->pool, i, text);
	bench_pool_run(fan->pool, bench_now_us() + WAIT_US);
	if (fan->subscribed < WATCHERS)
		bench_fail(NULL, "%u of %u browsers subscribed", fan->subscribed, WATCHERS);
}

/* One frame about as long as a product's row to every client, the commander last. */
static void bare_write(const int clients[CLIENTS], uint64_t sequence)
{
	static char frame[1024], text[900];
	size_t whole;
	int n;

	memset(text, ' ', sizeof(text));
	n = snprintf(text, sizeof(text),
		"{\"method\":\"change\",\"params\":{\"sequence\":%" PRIu64 ",", sequence);
	text[n] = ' ';
	whole = bench_frame_write(frame, sizeof(frame), text, sizeof(text));
	for (unsigned i = 0; i < CLIENTS; i++)
		(void)!write(clients[i], frame, whole);
}

/* The baseline's server: every command is a frame to everybody, and that is all it does. */
BR_NORETURN static void bare_serve(int listener)
{
	static const char command[] = "\"method\":\"command\"";
	static char received[65536];
	int clients[CLIENTS];
	uint64_t sequence = 0;
	ssize_t n;

	for (unsigned i = 0; i < CLIENTS; i++) {
		clients[i] = accept(listener, NULL, NULL);
		if (clients[i] < 0)
			_exit(1);
	}
	while ((n = recv(clients[COMMANDER], received, sizeof(received), 0)) > 0) {
		const char *at = received, *end = received + n;

		/* Commands are small and come whole, but a late reader gets several at once. */
		while ((at = memmem(at, (size_t)(end - at), command, sizeof(command) - 1)) !=
			NULL) {
			at += sizeof(command) - 1;
			bare_write(clients, ++sequence);
		}
	}
	_exit(0);
}

static pid_t bare_start(unsigned *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t child;

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
		listen(listener, CLIENTS) < 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		bench_fail(NULL, "the baseline cannot listen");
	(void)fflush(NULL);
	child = fork();
	if (child == 0)
		bare_serve(listener);
	br_assert(child > 0);
	(void)close(listener);
	*ret_port = ntohs(address.sin_port);
	return child;
}

static void bare_measure(unsigned changes, double *ret_p50, double *ret_p99)
{
	static struct fan fan;
	unsigned port;
	pid_t child = bare_start(&port);

	fan = (struct fan){.pool = NULL};
	fan.pool = bench_pool_create(port, NULL, CLIENTS, frame_seen, &fan);
	changes_send(&fan, changes);
	quantiles(&fan, fan.sent_us, ret_p50, ret_p99);
	bench_pool_destroy(fan.pool);
	(void)waitpid(child, NULL, 0);
}

static void round_run(const struct bench_node *node, unsigned changes)
{
	static struct fan fan;
	double bare_p50, bare_p99, p50, p99;

	bare_measure(changes, &bare_p50, &bare_p99);
	fan = (struct fan){.pool = NULL};
	fan.pool = bench_pool_create(node->port, "/ws", CLIENTS, frame_seen, &fan);
	watchers_subscribe(&fan);
	changes_send(&fan, changes);
	quantiles(&fan, fan.answered_us, &p50, &p99);
	bench_figure_add(&figures[ANSWER_P50], p50, 0);
	bench_figure_add(&figures[ANSWER_P99], p99, 0);
	quantiles(&fan, fan.sent_us, &p50, &p99);
	bench_figure_add(&figures[COMMAND_P50], p50, bare_p50);
	bench_figure_add(&figures[COMMAND_P99], p99, bare_p99);
	bench_pool_destroy(fan.pool);
}

static void run(const struct bench_run *run)
{
	struct bench_node node;
	struct bench_shop shop;

	bench_node_prepare(&node, "node");
	bench_shop_open(&shop, node.state, false);
	bench_shop_stock(&shop, PRODUCTS);
	bench_shop_close(&shop);
	bench_node_start(&node, 0);
	for (unsigned round = 0; round < run->rounds; round++)
		round_run(&node, run->brief ? 30 : 500);
	bench_node_finish(&node);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "push",
		.summary = "100 browsers, 100 changes a second",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 5,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
