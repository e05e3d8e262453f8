#include "tests/bench/socket_pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define BUFFER_BYTES (256u << 10)
#define EVENTS 64
#define FRAME_TEXT 0x81
#define FRAME_PING 0x89
#define FRAME_PONG 0x8A

struct client {
	int fd;
	char *bytes; /* BUFFER_BYTES */
	size_t n;
};

struct bench_pool {
	struct client *clients;
	unsigned client_n;
	int epoll_fd;
	void (*frame)(void *owner, unsigned client, const char *text, size_t size);
	void *owner;
	bool enough;
};

static void bytes_send(const struct client *client, const char *bytes, size_t n)
{
	if (send(client->fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		bench_fail(NULL, "a client cannot send: %s", strerror(errno));
}

static void tcp_connect(struct client *client, unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail(NULL, "127.0.0.1:%u: %s", port, strerror(errno));
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	client->bytes = malloc(BUFFER_BYTES);
	br_assert(client->bytes != NULL);
}

/* RFC 6455, section 4.1. The key may be the same for all: nothing is kept secret by it. */
static void upgrade(struct client *client, unsigned port, const char *path)
{
	char request[512];
	const char *end = NULL;
	int n = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: backroom.v1\r\n\r\n",
		path, port);

	bytes_send(client, request, (size_t)n);
	while (end == NULL) {
		ssize_t got = recv(
			client->fd, client->bytes + client->n, BUFFER_BYTES - 1 - client->n, 0);

		if (got <= 0)
			bench_fail(NULL, "%s: the server closed the connection", path);
		client->n += (size_t)got;
		client->bytes[client->n] = '\0';
		end = strstr(client->bytes, "\r\n\r\n");
	}
	if (strncmp(client->bytes, "HTTP/1.1 101 ", 13) != 0)
		bench_fail(NULL, "%s: no WebSocket: %.100s", path, client->bytes);
	end += 4;
	client->n -= (size_t)(end - client->bytes);
	memmove(client->bytes, end, client->n);
}

struct bench_pool *bench_pool_create(unsigned port, const char *path, unsigned n,
	void (*frame)(void *owner, unsigned client, const char *text, size_t size), void *owner)
{
	struct bench_pool *pool = calloc(1, sizeof(*pool));

	br_assert(pool != NULL && n > 0);
	*pool = (struct bench_pool){.client_n = n, .frame = frame, .owner = owner};
	pool->clients = calloc(n, sizeof(*pool->clients));
	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	br_assert(pool->clients != NULL && pool->epoll_fd >= 0);
	for (unsigned i = 0; i < n; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		tcp_connect(&pool->clients[i], port);
		if (path != NULL)
			upgrade(&pool->clients[i], port, path);
		if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, pool->clients[i].fd, &event) < 0)
			bench_fail(NULL, "epoll: %s", strerror(errno));
	}
	return pool;
}

void bench_pool_destroy(struct bench_pool *pool)
{
	if (pool == NULL)
		return;
	for (unsigned i = 0; i < pool->client_n; i++) {
		(void)close(pool->clients[i].fd);
		free(pool->clients[i].bytes);
	}
	(void)close(pool->epoll_fd);
	free(pool->clients);
	free(pool);
}

/* A client's frame is masked; a mask of zeros leaves the bytes as they are. */
static void frame_send(const struct client *client, unsigned char kind, const char *text, size_t n)
{
	char bytes[8 + 4096];
	size_t head = n < 126 ? 2 : 4;

	br_assert(n <= 4096);
	bytes[0] = (char)kind;
	bytes[1] = (char)(0x80 | (n < 126 ? n : 126));
	bytes[2] = (char)(n >> 8);
	bytes[3] = (char)(n & 0xFF);
	memset(bytes + head, 0, 4);
	memcpy(bytes + head + 4, text, n);
	bytes_send(client, bytes, head + 4 + n);
}

void bench_pool_send(struct bench_pool *pool, unsigned client, const char *text)
{
	br_assert(client < pool->client_n);
	frame_send(&pool->clients[client], FRAME_TEXT, text, strlen(text));
}

size_t bench_frame_write(char *buffer, size_t size, const char *text, size_t n)
{
	size_t head = n < 126 ? 2 : 4;

	br_assert(n < 65536 && head + n <= size);
	buffer[0] = (char)FRAME_TEXT;
	buffer[1] = (char)(n < 126 ? n : 126);
	buffer[2] = (char)(n >> 8);
	buffer[3] = (char)(n & 0xFF);
	memcpy(buffer + head, text, n);
	return head + n;
}

/* Bytes of the frame at the front, 0 while it is not whole; its text at *ret_text. */
static size_t frame_at(
	const struct client *client, size_t from, const char **ret_text, size_t *ret_n)
{
	const unsigned char *at = (const unsigned char *)client->bytes + from;
	size_t left = client->n - from, head = 2, n;

	if (left < 2)
		return 0;
	n = at[1] & 0x7F;
	if (n == 126) {
		head = 4;
		if (left < head)
			return 0;
		n = (size_t)at[2] << 8 | at[3];
	} else if (n == 127) {
		head = 10;
		if (left < head)
			return 0;
		n = (size_t)at[6] << 24 | (size_t)at[7] << 16 | (size_t)at[8] << 8 | at[9];
	}
	if (head + n > BUFFER_BYTES)
		bench_fail(NULL, "a frame of %zu bytes is too large for a client", n);
	if (left < head + n)
		return 0;
	*ret_text = (const char *)at + head;
	*ret_n = n;
	return head + n;
}

static void frames_take(struct bench_pool *pool, unsigned number)
{
	struct client *client = &pool->clients[number];
	size_t from = 0, taken, n;
	const char *text;

	while ((taken = frame_at(client, from, &text, &n)) > 0) {
		unsigned char kind = (unsigned char)client->bytes[from];

		if (kind == FRAME_PING)
			frame_send(client, FRAME_PONG, text, n);
		else if (kind == FRAME_TEXT)
			pool->frame(pool->owner, number, text, n);
		else
			bench_fail(NULL, "client %u: unexpected frame %02x", number, kind);
		from += taken;
	}
	client->n -= from;
	memmove(client->bytes, client->bytes + from, client->n);
}

static void client_read(struct bench_pool *pool, unsigned number)
{
	struct client *client = &pool->clients[number];
	ssize_t got =
		recv(client->fd, client->bytes + client->n, BUFFER_BYTES - client->n, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		bench_fail(NULL, "client %u: the server closed the connection", number);
	client->n += (size_t)got;
	frames_take(pool, number);
}

void bench_pool_enough(struct bench_pool *pool)
{
	pool->enough = true;
}

void bench_pool_run(struct bench_pool *pool, int64_t until_us)
{
	struct epoll_event events[EVENTS];

	pool->enough = false;
	while (!pool->enough) {
		int64_t left_us = until_us - bench_now_us();
		int n;

		if (left_us <= 0)
			return;
		n = epoll_wait(pool->epoll_fd, events, EVENTS, (int)((left_us + 999) / 1000));
		for (int i = 0; i < n; i++)
			client_read(pool, events[i].data.u32);
	}
}
