#include "tests/web-ui/web_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

#define RESPONSE_BYTES (2u << 20)
#define WAIT_MS 10000

static char buffer[RESPONSE_BYTES];

int web_connect(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REQUIRE(fd >= 0);
	REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

int web_connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static bool readable(int fd, int64_t wait_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, (int)(wait_ms > 0 ? wait_ms : 0)) > 0;
}

static void send_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		n -= (size_t)sent;
	}
}

/* Reads on until `n` bytes are in the buffer; false at the end of the connection or the time. */
static bool read_until(int fd, size_t *at, size_t n, int64_t deadline_ms)
{
	while (*at < n) {
		ssize_t got;

		if (*at >= sizeof(buffer) - 1 || !readable(fd, deadline_ms - test_now_ms()))
			return false;
		got = recv(fd, buffer + *at, n - *at, 0);
		if (got <= 0)
			return false;
		*at += (size_t)got;
		buffer[*at] = '\0';
	}
	return true;
}

struct web_response web_ask_on(int fd, const char *request)
{
	struct web_response response = {.head = buffer, .body = buffer};
	int64_t deadline_ms = test_now_ms() + WAIT_MS;
	size_t at = 0, length;
	const char *value;
	char *end;

	buffer[0] = '\0';
	if (request != NULL)
		send_all(fd, request, strlen(request));
	while ((end = strstr(buffer, "\r\n\r\n")) == NULL)
		if (!read_until(fd, &at, at + 1, deadline_ms))
			return response;
	*end = '\0';
	response.status = atoi(buffer + 9);
	response.body = end + 4;
	value = web_header(&response, "content-length");
	length = strtoul(value, NULL, 10);
	if (request != NULL && strncmp(request, "HEAD", 4) == 0)
		length = 0;
	if (read_until(fd, &at, (size_t)(response.body - buffer) + length, deadline_ms))
		response.body_n = length;
	return response;
}

struct web_response web_ask(unsigned port, const char *request)
{
	int fd = web_connect(port);
	struct web_response response = web_ask_on(fd, request);

	(void)close(fd);
	return response;
}

struct web_response web_get(unsigned port, const char *path)
{
	char request[1024];

	(void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
		path, port);
	return web_ask(port, request);
}

struct web_response web_post(unsigned port, const char *path, const char *body)
{
	size_t n = strlen(body) + 512;
	char *request = malloc(n);
	struct web_response response;

	REQUIRE(request != NULL);
	(void)snprintf(request, n,
		"POST %s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		path, port, strlen(body), body);
	response = web_ask(port, request);
	free(request);
	return response;
}

const char *web_header(const struct web_response *response, const char *name)
{
	static char value[1024];
	size_t n = strlen(name);

	value[0] = '\0';
	for (const char *line = response->head; line != NULL; line = strstr(line, "\r\n")) {
		line += line[0] == '\r' ? 2 : 0;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1 + strspn(line + n + 1, " ");
		(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r\n"), line);
		break;
	}
	return value;
}

static int socket_upgrade(int fd, unsigned port, const char *headers, int *ret_status)
{
	struct web_response response;
	char request[2048];

	(void)snprintf(request, sizeof(request),
		"GET /ws HTTP/1.1\r\n%sUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
		headers != NULL ? headers : "");
	if (headers == NULL)
		(void)snprintf(request, sizeof(request),
			"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nOrigin: http://127.0.0.1:%u\r\n"
			"Upgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: backroom.v1\r\n\r\n",
			port, port);
	response = web_ask_on(fd, request);
	if (ret_status != NULL)
		*ret_status = response.status;
	if (response.status == 101)
		return fd;
	(void)close(fd);
	return -1;
}

int web_socket_open(unsigned port, const char *headers, int *ret_status)
{
	return socket_upgrade(web_connect(port), port, headers, ret_status);
}

int web_socket_open_unix(const char *path)
{
	return socket_upgrade(web_connect_unix(path), 0, NULL, NULL);
}

void web_socket_send_frame(int fd, unsigned char first, const void *payload, size_t n)
{
	static const unsigned char mask[4] = {0x11, 0x22, 0x33, 0x44};
	unsigned char *frame = malloc(n + 14);
	size_t at = 2;

	REQUIRE(frame != NULL);
	frame[0] = first;
	if (n < 126) {
		frame[1] = (unsigned char)(0x80 | n);
	} else if (n < 65536) {
		frame[1] = 0x80 | 126;
		frame[at++] = (unsigned char)(n >> 8);
		frame[at++] = (unsigned char)n;
	} else {
		frame[1] = 0x80 | 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			frame[at++] = (unsigned char)((uint64_t)n >> shift);
	}
	memcpy(frame + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < n; i++)
		frame[at + i] = ((const unsigned char *)payload)[i] ^ mask[i % 4];
	send_all(fd, frame, at + n);
	free(frame);
}

void web_socket_send(int fd, const char *text, size_t fragment)
{
	size_t n = strlen(text), sent = 0;

	if (fragment == 0)
		fragment = n;
	do {
		size_t part = n - sent < fragment ? n - sent : fragment;
		unsigned char first = (unsigned char)(sent == 0 ? 1 : 0);

		if (sent + part == n)
			first |= 0x80;
		web_socket_send_frame(fd, first, text + sent, part);
		sent += part;
	} while (sent < n);
}

/* Reads one frame; its first byte, or -1. The payload is in the buffer. */
static int frame_read(int fd, int64_t deadline_ms, size_t *ret_n)
{
	size_t at = 0, n;
	int first;

	if (!read_until(fd, &at, 2, deadline_ms))
		return -1;
	first = (unsigned char)buffer[0];
	n = (unsigned char)buffer[1] & 0x7F;
	if (n == 126) {
		if (!read_until(fd, &at, 4, deadline_ms))
			return -1;
		n = (size_t)(unsigned char)buffer[2] << 8 | (unsigned char)buffer[3];
	} else if (n == 127) {
		if (!read_until(fd, &at, 10, deadline_ms))
			return -1;
		n = 0;
		for (int i = 2; i < 10; i++)
			n = n << 8 | (unsigned char)buffer[i];
	}
	at = 0;
	*ret_n = n;
	return n == 0 || read_until(fd, &at, n, deadline_ms) ? first : -1;
}

const char *web_socket_read(int fd, int64_t wait_ms, int *ret_close)
{
	int64_t deadline_ms = test_now_ms() + wait_ms;
	size_t n;

	if (ret_close != NULL)
		*ret_close = 0;
	for (;;) {
		int first;

		if (!readable(fd, deadline_ms - test_now_ms()))
			return NULL;
		first = frame_read(fd, test_now_ms() + WAIT_MS, &n);
		if (first < 0 || (first & 0x0F) == 8) {
			if (ret_close != NULL)
				*ret_close = first < 0 || n < 2 ? 1006
								: (unsigned char)buffer[0] << 8 |
									  (unsigned char)buffer[1];
			return NULL;
		}
		/* The server sends whole messages; pings are looked over. */
		if ((first & 0x0F) != 1)
			continue;
		CHECK_INT(first, 0x81);
		buffer[n] = '\0';
		return buffer;
	}
}

const char *web_socket_expect(int fd, const char *part, int64_t wait_ms)
{
	int64_t deadline_ms = test_now_ms() + wait_ms;
	const char *message;

	while ((message = web_socket_read(fd, deadline_ms - test_now_ms(), NULL)) != NULL)
		if (strstr(message, part) != NULL)
			return message;
	printf("no message came that holds \"%s\"\n", part);
	return NULL;
}
