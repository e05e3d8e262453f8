/*
 * bench-hq: how many events one process of HQ takes from many stores, committed to its disk before
 * it acknowledges them; and what a store's connection takes of HQ's broker. The plan for a chain
 * of stores is worked out of these (cloud-sync/SCALE.md).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/central.h"
#include "tests/bench/feed.h"
#include "tests/bench/figure.h"
#include "tests/lib/test.h"

#define STORES 32
#define PRODUCTS 500
#define LINES 10
/* Alone a message costs as much as a batch, so a share of the events takes as long. */
#define ALONE_SHARE 8
#define CONNECTIONS_MAX 1000
#define WAIT_MS 120000

enum { FULL, ALONE, FULL_CPU, ALONE_CPU, CONNECTION };

static struct bench_figure figures[] = {
	[FULL] = {.name = "hq/events",
		.what = "ten-line sales of 32 stores in full batches, committed : a subscriber "
			"that "
			"counts",
		.unit = "events/s"},
	[ALONE] = {.name = "hq/events-alone",
		.what = "the same, each event a batch of its own : a subscriber that counts",
		.unit = "events/s"},
	[FULL_CPU] = {.name = "hq/cpu",
		.what = "HQ's processor time for each event in a full batch",
		.unit = "us"},
	[ALONE_CPU] = {.name = "hq/cpu-alone",
		.what = "HQ's processor time for each event that comes alone",
		.unit = "us"},
	[CONNECTION] = {.name = "hq/connection-memory",
		.what = "of HQ's broker, for a store that is connected and subscribed, without TLS",
		.unit = "kiB"},
};

struct chain {
	struct bench_central central;
	struct bench_feed feeds[2][STORES]; /* in full batches, and alone */
	struct bench_stream streams[2][STORES];
};

static void chain_open(struct chain *chain, const struct bench_run *run)
{
	unsigned sales = run->brief ? 20 : 2000;
	char path[TEST_PATH_BYTES];
	struct bench_shop shop;

	bench_central_prepare(&chain->central, "hq-broker");
	(void)snprintf(path, sizeof(path), "%s/shop", test_folder());
	bench_shop_open(&shop, path, false);
	bench_shop_stock(&shop, PRODUCTS);
	for (unsigned i = 0; i < sales; i++)
		bench_shop_sell(&shop, LINES);
	bench_shop_commit(&shop);
	for (unsigned i = 0; i < STORES; i++) {
		char store[16];

		(void)snprintf(store, sizeof(store), "%04u", i + 1);
		bench_feed_make(&chain->feeds[0][i], &shop, store, BR_LANE_STOCK, false);
		bench_feed_make_alone(
			&chain->feeds[1][i], &shop, store, BR_LANE_STOCK, sales / ALONE_SHARE);
		for (unsigned alone = 0; alone < 2; alone++)
			bench_stream_begin(
				&chain->streams[alone][i], &chain->feeds[alone][i], store, "stock");
	}
	bench_shop_close(&shop);
}

static void chain_close(struct chain *chain)
{
	for (unsigned alone = 0; alone < 2; alone++)
		for (unsigned i = 0; i < STORES; i++)
			bench_feed_finish(&chain->feeds[alone][i]);
	bench_central_finish(&chain->central);
}

static uint64_t events_of(const struct chain *chain, unsigned alone)
{
	return chain->feeds[alone][0].events * STORES;
}

static double rate_of(const struct chain *chain, unsigned alone, int64_t start_us, int64_t end_us)
{
	return (double)events_of(chain, alone) * 1e6 / (double)(end_us - start_us);
}

/* Until HQ has said to all stores that it has everything. */
static double hq_rate(struct chain *chain, unsigned alone, double *ret_cpu_us)
{
	int64_t start_us, end_us;
	double cpu_s;

	bench_central_start(&chain->central, NULL);
	bench_central_others_expect(&chain->central, chain->feeds[alone][0].last);
	cpu_s = bench_central_cpu_s(&chain->central);
	start_us = bench_now_us();
	bench_streams_publish(chain->streams[alone], STORES, chain->central.broker.socket);
	end_us = bench_central_others_have(&chain->central, STORES);
	*ret_cpu_us = (bench_central_cpu_s(&chain->central) - cpu_s) * 1e6 /
		      (double)events_of(chain, alone);
	bench_central_stop(&chain->central);
	return rate_of(chain, alone, start_us, end_us);
}

static double bare_rate(struct chain *chain, unsigned alone)
{
	struct test_process subscriber = {.pid = 0};
	char count[32];
	const char *argv[] = {test_program("tests/bench/bench-bare-subscriber"), "--socket",
		chain->central.broker.socket, "--filter", "up/+/+/stock", "--forget", "--count",
		count, NULL};
	int64_t start_us, end_us;

	(void)snprintf(count, sizeof(count), "%zu", chain->feeds[alone][0].n * STORES);
	test_process_start(&subscriber, "subscriber", argv, NULL);
	if (!test_process_says(&subscriber, "ready", WAIT_MS))
		bench_fail(&subscriber, "the subscriber does not begin");
	start_us = bench_now_us();
	bench_streams_publish(chain->streams[alone], STORES, chain->central.broker.socket);
	if (!test_process_says(&subscriber, "done", WAIT_MS))
		bench_fail(&subscriber, "the subscriber did not get all batches");
	end_us = bench_now_us();
	(void)test_process_stop(&subscriber);
	return rate_of(chain, alone, start_us, end_us);
}

static void bytes_send(int fd, const void *bytes, size_t n)
{
	if (write(fd, bytes, n) != (ssize_t)n)
		bench_fail(NULL, "HQ's broker does not read");
}

/* A string as MQTT writes it, its length first. */
static size_t string_put(unsigned char *at, const char *text)
{
	size_t n = strlen(text);

	at[0] = (unsigned char)(n >> 8);
	at[1] = (unsigned char)n;
	memcpy(at + 2, text, n);
	return n + 2;
}

/* CONNECT without a clean session and SUBSCRIBE to the three lanes down, as a bridge does it. */
static int store_connect(const char *socket_path, unsigned number)
{
	static const char *const lanes[] = {"orders", "catalog", "ctl"};
	unsigned char packet[256] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 0, 0, 45}, answer[4 + 7];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[64];
	size_t n = 12;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", socket_path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail(NULL, "HQ's broker takes no connection number %u", number);
	(void)snprintf(text, sizeof(text), "backroom-%05u", number);
	n += string_put(packet + n, text);
	packet[1] = (unsigned char)(n - 2);
	bytes_send(fd, packet, n);
	packet[0] = 0x82;
	packet[3] = 1;
	n = 4;
	for (unsigned i = 0; i < BR_ARRAY_LEN(lanes); i++) {
		(void)snprintf(text, sizeof(text), "dn/%05u/%s", number, lanes[i]);
		n += string_put(packet + n, text);
		packet[n++] = 1;
	}
	packet[1] = (unsigned char)(n - 2);
	packet[2] = 0;
	bytes_send(fd, packet, n);
	if (recv(fd, answer, sizeof(answer), MSG_WAITALL) != (ssize_t)sizeof(answer) ||
		answer[3] != 0)
		bench_fail(NULL, "HQ's broker does not welcome connection number %u", number);
	return fd;
}

static void connections_measure(struct chain *chain, unsigned n)
{
	static int fds[CONNECTIONS_MAX];
	double before_kb, after_kb;

	bench_central_renew(&chain->central);
	before_kb = bench_anonymous_kb(chain->central.broker.process.pid);
	for (unsigned i = 0; i < n; i++)
		fds[i] = store_connect(chain->central.broker.socket, i + 1);
	after_kb = bench_anonymous_kb(chain->central.broker.process.pid);
	for (unsigned i = 0; i < n; i++)
		(void)close(fds[i]);
	bench_figure_add(&figures[CONNECTION], (after_kb - before_kb) / n, 0);
	bench_central_renew(&chain->central);
}

static void run(const struct bench_run *run)
{
	static struct chain chain;

	chain_open(&chain, run);
	for (unsigned round = 0; round < run->rounds; round++)
		for (unsigned alone = 0; alone < 2; alone++) {
			double cpu_us, ours = hq_rate(&chain, alone, &cpu_us);

			bench_figure_add(&figures[FULL + alone], ours, bare_rate(&chain, alone));
			bench_figure_add(&figures[FULL_CPU + alone], cpu_us, 0);
		}
	connections_measure(&chain, run->brief ? 50 : CONNECTIONS_MAX);
	chain_close(&chain);
}

int main(int argc, char **argv)
{
	static const struct bench bench = {
		.name = "hq",
		.summary = "what one process of HQ and its broker bear",
		.figures = figures,
		.figure_n = BR_ARRAY_LEN(figures),
		.rounds = 3,
		.run = run,
	};

	return bench_main(argc, argv, &bench);
}
