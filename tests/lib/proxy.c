/* _GNU_SOURCE for accept4(). */
#define _GNU_SOURCE
#include "tests/lib/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

#define PIECE_BYTES 16384
#define PIECES_MAX 64 /* waiting in one direction; then the sender is not read any more */

enum mode { MODE_PASS, MODE_CUT, MODE_FREEZE };

struct piece {
	int64_t due_ms;
	size_t n, sent;
	char bytes[PIECE_BYTES];
};

/* One direction of a connection: a ring of pieces that wait for their time. */
struct way {
	struct piece *ring[PIECES_MAX];
	size_t first, n;
	bool end; /* the sender has closed; passed on when the ring is empty */
};

struct line {
	int fds[2];	    /* the client, the target; -1: closed, and the other does not know */
	struct way ways[2]; /* ways[i] carries what came from fds[i] to fds[1 - i] */
};

struct test_proxy {
	pthread_t thread;
	int listen_fd, wake_fd;
	unsigned port, target_port;
	atomic_int mode;
	atomic_int strand; /* enum test_proxy_side to be closed, -1 for nothing to do */
	atomic_llong delay_ms;
	atomic_bool stop;
	atomic_ullong bytes;
	atomic_uint
		turns; /* counts the thread's turns, so that a cut is done when the call returns */
	struct line *lines[TEST_PROXY_LINES_MAX]; /* the thread's own */
	size_t line_n;
};

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void way_clear(struct way *way)
{
	for (size_t j = 0; j < way->n; j++)
		free(way->ring[(way->first + j) % PIECES_MAX]);
	way->n = 0;
}

static void line_close(struct line *line)
{
	for (int i = 0; i < 2; i++) {
		struct way *way = &line->ways[i];

		if (line->fds[i] >= 0)
			(void)close(line->fds[i]);
		way_clear(way);
	}
	free(line);
}

static bool line_is_stranded(const struct line *line)
{
	br_assert(line->fds[0] >= 0 || line->fds[1] >= 0);
	return line->fds[0] < 0 || line->fds[1] < 0;
}

static void lines_strand(struct test_proxy *proxy)
{
	int closed = atomic_exchange(&proxy->strand, -1);

	for (size_t i = 0; closed >= 0 && i < proxy->line_n; i++) {
		struct line *line = proxy->lines[i];

		if (line_is_stranded(line))
			continue;
		(void)close(line->fds[closed]);
		line->fds[closed] = -1;
		way_clear(&line->ways[0]);
		way_clear(&line->ways[1]);
	}
}

/* What the believing side says is read and lost; false when it has given up. */
static bool stranded_turn(struct line *line)
{
	int fd = line->fds[line->fds[0] < 0];
	char lost[PIECE_BYTES];
	ssize_t got = read(fd, lost, sizeof(lost));

	return got > 0 || (got < 0 && errno == EAGAIN);
}

static void lines_close(struct test_proxy *proxy)
{
	while (proxy->line_n > 0)
		line_close(proxy->lines[--proxy->line_n]);
}

static void no_delay(int fd)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void line_accept(struct test_proxy *proxy)
{
	int fd = accept4(proxy->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct sockaddr_in address = loopback(proxy->target_port);
	struct line *line;
	int target;

	if (fd < 0)
		return;
	target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	br_assert(target >= 0);
	if (proxy->mode == MODE_CUT || proxy->line_n == TEST_PROXY_LINES_MAX ||
		connect(target, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(target);
		(void)close(fd);
		return;
	}
	(void)fcntl(target, F_SETFL, O_NONBLOCK);
	no_delay(fd);
	no_delay(target);
	line = calloc(1, sizeof(*line));
	br_assert(line != NULL);
	line->fds[0] = fd;
	line->fds[1] = target;
	proxy->lines[proxy->line_n++] = line;
}

/* Reads what there is; false when the connection broke. */
static bool way_read(struct test_proxy *proxy, struct line *line, int i)
{
	struct way *way = &line->ways[i];
	struct piece *piece;
	ssize_t got;

	if (way->end || way->n == PIECES_MAX)
		return true;
	piece = malloc(sizeof(*piece));
	br_assert(piece != NULL);
	got = read(line->fds[i], piece->bytes, sizeof(piece->bytes));
	if (got <= 0) {
		free(piece);
		way->end = got == 0;
		return got == 0 || errno == EAGAIN;
	}
	piece->n = (size_t)got;
	piece->sent = 0;
	piece->due_ms = test_now_ms() + proxy->delay_ms;
	way->ring[(way->first + way->n++) % PIECES_MAX] = piece;
	return true;
}

/* Writes what is due; false when the connection broke or has ended. */
static bool way_write(struct test_proxy *proxy, struct line *line, int i)
{
	struct way *way = &line->ways[i];

	while (way->n > 0) {
		struct piece *piece = way->ring[way->first];
		ssize_t wrote;

		if (piece->due_ms > test_now_ms())
			return true;
		wrote = send(line->fds[1 - i], piece->bytes + piece->sent, piece->n - piece->sent,
			MSG_NOSIGNAL);
		if (wrote < 0)
			return errno == EAGAIN;
		proxy->bytes += (unsigned long long)wrote;
		piece->sent += (size_t)wrote;
		if (piece->sent < piece->n)
			return true;
		free(piece);
		way->first = (way->first + 1) % PIECES_MAX;
		way->n--;
	}
	return !way->end;
}

/* What to wait for, and how long at most until a delayed piece is due. */
static int polls_fill(struct test_proxy *proxy, struct pollfd *polls, size_t *ret_n)
{
	int64_t wait_ms = 1000, now_ms = test_now_ms();
	bool frozen = proxy->mode == MODE_FREEZE;

	polls[0] = (struct pollfd){.fd = proxy->wake_fd, .events = POLLIN};
	polls[1] = (struct pollfd){.fd = proxy->listen_fd, .events = POLLIN};
	*ret_n = 2;
	for (size_t i = 0; i < proxy->line_n; i++) {
		struct line *line = proxy->lines[i];

		for (int side = 0; side < 2; side++) {
			const struct way *in = &line->ways[side], *out = &line->ways[1 - side];
			struct pollfd *poll = &polls[(*ret_n)++];

			*poll = (struct pollfd){.fd = frozen ? -1 : line->fds[side]};
			if (!in->end && in->n < PIECES_MAX)
				poll->events |= POLLIN;
			if (out->n == 0)
				continue;
			if (out->ring[out->first]->due_ms <= now_ms)
				poll->events |= POLLOUT;
			else if (out->ring[out->first]->due_ms - now_ms < wait_ms)
				wait_ms = out->ring[out->first]->due_ms - now_ms;
			if (poll->events == 0)
				poll->fd = -1;
		}
	}
	return (int)wait_ms;
}

static void lines_turn(struct test_proxy *proxy, const struct pollfd *polls)
{
	for (size_t i = proxy->line_n; i-- > 0;) {
		struct line *line = proxy->lines[i];
		bool stranded = line_is_stranded(line);
		bool lives = !stranded || stranded_turn(line);

		for (int side = 0; side < 2 && !stranded; side++)
			if ((polls[2 + i * 2 + (size_t)side].revents & ~POLLOUT) != 0)
				lives = way_read(proxy, line, side) && lives;
		for (int side = 0; side < 2 && !stranded; side++)
			lives = way_write(proxy, line, side) && lives;
		if (lives)
			continue;
		line_close(line);
		proxy->lines[i] = proxy->lines[--proxy->line_n];
	}
}

static void *proxy_run(void *context)
{
	struct test_proxy *proxy = context;
	struct pollfd polls[2 + 2 * TEST_PROXY_LINES_MAX];
	uint64_t count;
	size_t n;

	while (!proxy->stop) {
		int wait_ms = polls_fill(proxy, polls, &n);

		(void)poll(polls, n, wait_ms);
		if (polls[0].revents != 0)
			(void)!read(proxy->wake_fd, &count, sizeof(count));
		if (proxy->mode == MODE_CUT)
			lines_close(proxy);
		else if (proxy->mode == MODE_PASS)
			lines_turn(proxy, polls);
		lines_strand(proxy);
		if (polls[1].revents != 0)
			line_accept(proxy);
		proxy->turns++;
	}
	lines_close(proxy);
	return NULL;
}

static void wake(struct test_proxy *proxy)
{
	(void)!write(proxy->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
}

/* Sets the mode and waits until a whole turn was made under it. */
static void mode_set(struct test_proxy *proxy, enum mode mode)
{
	unsigned turns = proxy->turns;

	proxy->mode = mode;
	while (proxy->turns - turns < 2) {
		wake(proxy);
		test_sleep_ms(1);
	}
}

struct test_proxy *test_proxy_start(unsigned port, unsigned target_port)
{
	struct test_proxy *proxy = calloc(1, sizeof(*proxy));
	struct sockaddr_in address;

	br_assert(proxy != NULL);
	proxy->port = port != 0 ? port : test_port_free();
	proxy->target_port = target_port;
	proxy->strand = -1;
	proxy->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	proxy->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	address = loopback(proxy->port);
	(void)setsockopt(proxy->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(proxy->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(proxy->listen_fd, TEST_PROXY_LINES_MAX) < 0 ||
		pthread_create(&proxy->thread, NULL, proxy_run, proxy) != 0) {
		printf("the proxy cannot listen on port %u: %s\n", proxy->port, strerror(errno));
		test_abandon();
	}
	return proxy;
}

void test_proxy_stop(struct test_proxy *proxy)
{
	if (proxy == NULL)
		return;
	proxy->stop = true;
	wake(proxy);
	(void)pthread_join(proxy->thread, NULL);
	(void)close(proxy->listen_fd);
	(void)close(proxy->wake_fd);
	free(proxy);
}

unsigned test_proxy_port(const struct test_proxy *proxy)
{
	return proxy->port;
}

void test_proxy_cut(struct test_proxy *proxy)
{
	mode_set(proxy, MODE_CUT);
}

void test_proxy_freeze(struct test_proxy *proxy)
{
	mode_set(proxy, MODE_FREEZE);
}

void test_proxy_strand(struct test_proxy *proxy, enum test_proxy_side closed)
{
	unsigned turns = proxy->turns;

	br_assert(closed == TEST_PROXY_CLIENT || closed == TEST_PROXY_TARGET);
	proxy->strand = (int)closed;
	while (proxy->turns - turns < 2) {
		wake(proxy);
		test_sleep_ms(1);
	}
}

void test_proxy_mend(struct test_proxy *proxy)
{
	mode_set(proxy, MODE_PASS);
}

void test_proxy_delay(struct test_proxy *proxy, int64_t delay_ms)
{
	proxy->delay_ms = delay_ms;
}

uint64_t test_proxy_bytes(const struct test_proxy *proxy)
{
	return proxy->bytes;
}
