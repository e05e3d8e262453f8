/* _GNU_SOURCE for pthread_setname_np(). */
#define _GNU_SOURCE
#include "web-ui/server.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/log.h"
#include "node/metrics.h"
#include "web-ui/assets.h"
#include "web-ui/guard.h"
#include "web-ui/hub.h"
#include "web-ui/rest.h"

#define SUBPROTOCOL "backroom.v1"
#define TICK_MS 100
#define CHUNK_BYTES (32u << 10)
#define HEAD_BYTES 2048
#define RX_BYTES (16u << 10)
#define DISCARD_BYTES_MAX (4u << 20) /* of a body that is too large, read so the answer arrives */
#define HEADER_BYTES 512
#define CLOSE_GRACE_S 5
#define CLOSE_TRY_AGAIN 1013 /* RFC 6455, section 7.4, as registered with IANA */

/* One HTTP request and its answer. */
struct exchange {
	struct exchange *next; /* of those that wait for the core */
	struct lws *wsi;
	struct br_rest_request request; /* without its texts, once the answer is made */
	struct br_rest_response response;
	struct br_text body;
	struct br_web_job *job;
	size_t sent;
	bool ready, head_sent, discards, closes, head_only;
};

/* What a connection has: libwebsockets keeps it zeroed until used, per protocol. */
struct connection {
	struct lws *wsi;
	struct exchange *exchange;
	struct br_session *session;
	struct br_text inbound; /* a message that comes in fragments */
	bool asked;		/* to be told when the socket has room */
	bool closing;
};

struct br_web {
	struct lws_context *context;
	struct lws_vhost *vhost, *vhost_tool; /* the latter NULL without a unix socket */
	struct br_hub *hub;
	struct br_assets *assets;
	struct br_text outbound; /* the message at hand */
	struct connection *clients[BR_WEB_CLIENTS_MAX];
	unsigned client_n, connection_n;
	struct exchange *waiting;
	lws_sorted_usec_list_t timer;
	int64_t timer_ms; /* when it runs, in the hub's time; 0 = not set */
	char *hosts, *socket;
	int send_buffer_bytes;
	bool open_to_network, running, more;
	bool woken, stopping; /* atomic: other threads set them */
	pthread_t thread;
};

static int web_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n);

static const struct lws_protocols protocols[] = {
	{"http", web_callback, sizeof(struct connection), RX_BYTES, 0, NULL, 0},
	{SUBPROTOCOL, web_callback, sizeof(struct connection), RX_BYTES, 0, NULL, 0},
	{NULL, NULL, 0, 0, 0, NULL, 0},
};

/*
 * On every response. libwebsockets has a list of its own for this, but a second
 * Content-Security-Policy beside ours would forbid the blob: pictures of the camera scanner.
 */
static const struct lws_protocol_vhost_options headers[] = {
	{&headers[1], NULL, "content-security-policy:",
		"default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; object-src "
		"'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	{&headers[2], NULL, "x-content-type-options:", "nosniff"},
	{&headers[3], NULL, "x-frame-options:", "deny"},
	{&headers[4], NULL, "cross-origin-resource-policy:", "same-origin"},
	{NULL, NULL, "referrer-policy:", "no-referrer"},
};

static const lws_retry_bo_t keep_alive = {
	.secs_since_valid_ping = 20,
	.secs_since_valid_hangup = 50,
};

static struct br_web *web_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

static bool is_tool(struct lws *wsi)
{
	const struct br_web *web = web_of(wsi);

	return web->vhost_tool != NULL && lws_get_vhost(wsi) == web->vhost_tool;
}

static void ask_writable(struct connection *connection)
{
	if (connection->asked)
		return;
	connection->asked = true;
	(void)lws_callback_on_writable(connection->wsi);
}

/* A request's header as text in `buffer`; empty when it is not there, or too long to be right. */
static struct br_str header_get(
	struct lws *wsi, enum lws_token_indexes token, char *buffer, int size)
{
	int n = lws_hdr_copy(wsi, buffer, size, token);

	return n > 0 ? (struct br_str){buffer, (size_t)n} : (struct br_str){buffer, 0};
}

/* Our own address of the connection, as text. */
static struct br_str local_address(struct lws *wsi, char *buffer, socklen_t size)
{
	struct sockaddr_storage storage = {0};
	const struct sockaddr *address = (const struct sockaddr *)&storage;
	socklen_t n = sizeof(storage);
	const void *bytes;

	buffer[0] = '\0';
	if (getsockname(lws_get_socket_fd(wsi), (struct sockaddr *)&storage, &n) < 0)
		return br_str_from(buffer);
	bytes = address->sa_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)address)->sin_addr;
	if (inet_ntop(address->sa_family, bytes, buffer, size) == NULL)
		buffer[0] = '\0';
	return br_str_from(buffer);
}

/* True when the request may pass; else the response says why not. */
static bool guard_pass(struct lws *wsi, struct br_rest_response *response)
{
	const struct br_web *web = web_of(wsi);
	char host[HEADER_BYTES], origin[HEADER_BYTES], local[INET6_ADDRSTRLEN];
	struct br_guard_request request;
	enum br_guard_verdict verdict;

	/* Who may open the unix socket is decided by its mode. */
	if (is_tool(wsi))
		return true;
	request.host = header_get(wsi, WSI_TOKEN_HOST, host, sizeof(host));
	request.origin = header_get(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin));
	/* An origin that does not fit the buffer is a foreign one. */
	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0 && request.origin.n == 0)
		request.origin = BR_STR("null");
	request.local = local_address(wsi, local, sizeof(local));
	verdict = br_guard_check(&request, br_str_from(web->hosts));
	if (verdict == BR_GUARD_PASS)
		return true;
	br_metric_add(BR_METRIC_WEB_REFUSED, 1);
	if (verdict == BR_GUARD_HOST)
		br_rest_error(response, 403, "foreign_host",
			"the Host header is none of this node's names; allowed are localhost, its "
			"own address, and `hosts` in section [web] of the configuration");
	else
		br_rest_error(response, 403, "foreign_origin",
			"the Origin header is another site's; only the node's own pages may ask");
	return false;
}

static bool header_add(struct lws *wsi, const char *name, const char *value, unsigned char **at,
	unsigned char *end)
{
	return value == NULL ||
	       lws_add_http_header_by_name(wsi, (const unsigned char *)name,
		       (const unsigned char *)value, (int)strlen(value), at, end) == 0;
}

/* Writes the status line and the headers; false when they do not fit. */
static bool head_make(struct lws *wsi, const struct br_rest_response *response, bool closes,
	unsigned char **at, unsigned char *end)
{
	unsigned code = response->status | LWSAHH_FLAG_NO_SERVER_NAME;

	br_assert(response->status >= 200);
	return lws_add_http_header_status(wsi, code, at, end) == 0 &&
	       header_add(wsi, "content-type:", response->type, at, end) &&
	       header_add(wsi, "cache-control:", response->cache, at, end) &&
	       header_add(wsi, "etag:", response->etag, at, end) &&
	       header_add(wsi, "allow:", response->allow, at, end) &&
	       header_add(wsi, "content-encoding:", response->packed ? "gzip" : NULL, at, end) &&
	       header_add(wsi, "vary:", response->vary ? "accept-encoding" : NULL, at, end) &&
	       header_add(wsi, "connection:", closes ? "close" : NULL, at, end) &&
	       (response->status == 304 ||
		       lws_add_http_header_content_length(wsi, response->body.n, at, end) == 0) &&
	       lws_finalize_http_header(wsi, at, end) == 0;
}

/* A refusal at a moment when no more callbacks are to be had: head and body in one write. */
static void refuse_now(struct lws *wsi, const struct br_rest_response *response)
{
	unsigned char buffer[LWS_PRE + HEAD_BYTES], *start = buffer + LWS_PRE, *at = start;
	unsigned char *end = buffer + sizeof(buffer);

	if (!head_make(wsi, response, true, &at, end) || (size_t)(end - at) < response->body.n)
		return;
	if (response->body.n > 0)
		memcpy(at, response->body.s, response->body.n);
	at += response->body.n;
	(void)lws_write(wsi, start, (size_t)(at - start), LWS_WRITE_HTTP_HEADERS);
}

static void exchange_destroy(struct br_web *web, struct exchange *exchange)
{
	struct exchange **at = &web->waiting;

	if (exchange == NULL)
		return;
	while (*at != NULL && *at != exchange)
		at = &(*at)->next;
	if (*at != NULL)
		*at = exchange->next;
	br_hub_job_destroy(web->hub, exchange->job);
	br_rest_response_finish(&exchange->response);
	br_text_finish(&exchange->body);
	free(exchange);
}

static struct exchange *exchange_create(struct connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange == NULL)
		return NULL;
	exchange->wsi = connection->wsi;
	br_rest_response_init(&exchange->response);
	br_text_init(&exchange->body, BR_WEB_BODY_BYTES_MAX);
	connection->exchange = exchange;
	return exchange;
}

static void exchange_ready(struct connection *connection)
{
	br_assert(connection->exchange->response.status != 0);
	connection->exchange->ready = true;
	ask_writable(connection);
}

static enum br_rest_method method_get(struct lws *wsi)
{
	char *path;
	int n;

	switch (lws_http_get_uri_and_method(wsi, &path, &n)) {
	case LWSHUMETH_GET:
		return BR_REST_GET;
	case LWSHUMETH_HEAD:
		return BR_REST_HEAD;
	case LWSHUMETH_POST:
		return BR_REST_POST;
	default:
		return BR_REST_OTHER;
	}
}

/* The parameters of the address, in `buffer`; false when they are too many or too long. */
static bool pairs_get(struct lws *wsi, struct br_rest_request *request, char *buffer, size_t size)
{
	int n;

	/* Every parameter takes its bytes and a NUL. */
	if ((size_t)lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) + BR_REST_PAIRS_MAX >= size)
		return false;
	for (int index = 0; (n = lws_hdr_copy_fragment(
				     wsi, buffer, (int)size, WSI_TOKEN_HTTP_URI_ARGS, index)) >= 0;
		index++) {
		struct br_str rest = {buffer, (size_t)n};
		struct br_web_pair *pair = &request->pairs[request->pair_n];

		if (n == 0)
			continue;
		if (request->pair_n++ == BR_REST_PAIRS_MAX)
			return false;
		pair->name = br_str_split(&rest, '=');
		pair->value = rest;
		buffer += n + 1;
		size -= (size_t)n + 1;
	}
	return true;
}

/* Reads what decides over the answer of a GET, and makes it. */
static void get_take(struct connection *connection, struct br_str path)
{
	struct br_web *web = web_of(connection->wsi);
	struct exchange *exchange = connection->exchange;
	struct br_rest_request *request = &exchange->request;
	char args[2 * BR_WEB_PATH_BYTES_MAX], encoding[HEADER_BYTES], tags[HEADER_BYTES];
	struct br_str encodings = header_get(
		connection->wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, encoding, sizeof(encoding));

	request->path = path;
	request->gzip = encodings.n > 0 && strstr(encoding, "gzip") != NULL;
	request->if_none_match =
		header_get(connection->wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags, sizeof(tags));
	if (path.n > BR_WEB_PATH_BYTES_MAX ||
		!pairs_get(connection->wsi, request, args, sizeof(args)))
		br_rest_error(&exchange->response, 414, "too_large",
			"the address is too long, allowed are %d bytes and %d parameters",
			BR_WEB_PATH_BYTES_MAX, BR_REST_PAIRS_MAX);
	else
		br_rest_get(web->hub, web->assets, request, &exchange->response);
	/* The texts lie in this function's buffers. */
	*request = (struct br_rest_request){.method = request->method, .tool = request->tool};
	exchange_ready(connection);
}

/* The length of the body: 0 when there is none, -1 when it is not said in a way that we take. */
static int64_t body_length(struct lws *wsi, bool post)
{
	char text[24];
	struct br_str length = header_get(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
	int64_t n;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return -1;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) == 0)
		return post ? -1 : 0;
	return br_str_to_i64(length, &n) && n >= 0 ? n : -1;
}

/* 0 when the body is awaited, else the connection ends after what was said. */
static int post_take(struct connection *connection, struct br_str path, int64_t length)
{
	struct exchange *exchange = connection->exchange;
	struct br_rest_response *response = &exchange->response;

	exchange->request.path = path;
	if (!br_rest_post_allowed(&exchange->request, response))
		exchange->discards = true;
	exchange->request.path = (struct br_str){NULL, 0};
	if (!exchange->discards && length > BR_WEB_BODY_BYTES_MAX) {
		br_rest_error(response, 413, "too_large", "the body has %lld bytes, allowed are %u",
			(long long)length, BR_WEB_BODY_BYTES_MAX);
		exchange->discards = true;
	}
	if (!exchange->discards || length <= DISCARD_BYTES_MAX)
		return 0;
	refuse_now(connection->wsi, response);
	return -1;
}

static int request_take(struct connection *connection, struct br_str path)
{
	enum br_rest_method method = method_get(connection->wsi);
	int64_t length = body_length(connection->wsi, method == BR_REST_POST);
	struct exchange *exchange = exchange_create(connection);

	if (exchange == NULL)
		return -1;
	exchange->request.method = method;
	exchange->request.tool = is_tool(connection->wsi);
	exchange->head_only = method == BR_REST_HEAD;
	if (length < 0 || (length > 0 && method != BR_REST_POST)) {
		br_rest_error(&exchange->response, length < 0 ? 411 : 400,
			length < 0 ? "length_required" : "malformed",
			length < 0 ? "a body needs a Content-Length; chunked ones are not taken"
				   : "only a POST may have a body");
		refuse_now(connection->wsi, &exchange->response);
		return -1;
	}
	if (!guard_pass(connection->wsi, &exchange->response)) {
		if (length > 0) {
			refuse_now(connection->wsi, &exchange->response);
			return -1;
		}
		exchange_ready(connection);
		return 0;
	}
	if (method == BR_REST_POST)
		return post_take(connection, path, length);
	get_take(connection, path);
	return 0;
}

static void body_take(struct connection *connection, const void *bytes, size_t n)
{
	struct exchange *exchange = connection->exchange;

	if (exchange != NULL && !exchange->discards && !exchange->ready)
		br_text_add(&exchange->body, bytes, n);
}

/* The body is there whole: its commands go to the core. */
static int body_complete(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	struct exchange *exchange = connection->exchange;

	if (exchange == NULL)
		return -1;
	if (exchange->ready)
		return 0;
	if (!exchange->discards && br_text_error(&exchange->body) < 0) {
		br_rest_error(&exchange->response, 413, "too_large",
			"the body is larger than %u bytes", BR_WEB_BODY_BYTES_MAX);
		exchange->discards = true;
	}
	if (!exchange->discards &&
		br_rest_post(web->hub, &exchange->request, br_text_str(&exchange->body),
			&exchange->job, &exchange->response) == 0) {
		exchange->next = web->waiting;
		web->waiting = exchange;
		/* The core's decision has its own limit of time. */
		lws_set_timeout(connection->wsi, NO_PENDING_TIMEOUT, 0);
		return 0;
	}
	exchange_ready(connection);
	return 0;
}

/* Gives the answers to those whose commands have been decided. */
static void waiting_serve(struct br_web *web)
{
	struct exchange **at = &web->waiting;

	while (*at != NULL) {
		struct exchange *exchange = *at;

		if (!br_hub_job_done(web->hub, exchange->job)) {
			at = &exchange->next;
			continue;
		}
		*at = exchange->next;
		exchange->next = NULL;
		br_rest_job(exchange->job, &exchange->response);
		exchange_ready(lws_wsi_user(exchange->wsi));
	}
}

static int exchange_end(struct connection *connection)
{
	bool closes = connection->exchange->closes;

	exchange_destroy(web_of(connection->wsi), connection->exchange);
	connection->exchange = NULL;
	if (closes)
		return -1;
	return lws_http_transaction_completed(connection->wsi) != 0 ? -1 : 0;
}

static int head_write(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	unsigned char buffer[LWS_PRE + HEAD_BYTES], *start = buffer + LWS_PRE, *at = start;
	bool bare = exchange->head_only || exchange->response.status == 304 ||
		    exchange->response.body.n == 0;

	if (!head_make(connection->wsi, &exchange->response, exchange->closes, &at,
		    buffer + sizeof(buffer)) ||
		lws_write(connection->wsi, start, (size_t)(at - start),
			bare ? LWS_WRITE_HTTP_HEADERS | LWS_WRITE_H2_STREAM_END
			     : LWS_WRITE_HTTP_HEADERS) < 0)
		return -1;
	exchange->head_sent = true;
	if (bare)
		return exchange_end(connection);
	ask_writable(connection);
	return 0;
}

/* One write per call: the head, then the body chunk by chunk. */
static int exchange_write(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	unsigned char buffer[LWS_PRE + CHUNK_BYTES];
	size_t left, n;

	connection->asked = false;
	if (exchange == NULL || !exchange->ready)
		return 0;
	if (!exchange->head_sent)
		return head_write(connection);
	br_assert(exchange->sent < exchange->response.body.n);
	left = exchange->response.body.n - exchange->sent;
	n = left < CHUNK_BYTES ? left : CHUNK_BYTES;
	memcpy(buffer + LWS_PRE, exchange->response.body.s + exchange->sent, n);
	if (lws_write(connection->wsi, buffer + LWS_PRE, n,
		    n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	exchange->sent += n;
	if (n == left)
		return exchange_end(connection);
	ask_writable(connection);
	return 0;
}

/* 0 lets the upgrade go on, 1 after a refusal was written, -1 hangs up. */
static int upgrade_check(struct lws *wsi, const char *protocol)
{
	struct br_web *web = web_of(wsi);
	char *path = NULL, offered[HEADER_BYTES];
	struct br_rest_response response;
	struct br_str subprotocols = header_get(wsi, WSI_TOKEN_PROTOCOL, offered, sizeof(offered));
	int n = 0;

	br_rest_response_init(&response);
	if (lws_http_get_uri_and_method(wsi, &path, &n) < 0)
		path = NULL;
	if (protocol == NULL || strcasecmp(protocol, "websocket") != 0)
		br_rest_error(&response, 400, "malformed", "the only upgrade is to websocket");
	else if (!guard_pass(wsi, &response))
		br_assert(response.status == 403);
	else if (path == NULL || n != 3 || memcmp(path, "/ws", 3) != 0)
		br_rest_error(&response, 404, "not_found", "the WebSocket is at /ws");
	else if (subprotocols.n == 0 || strstr(offered, SUBPROTOCOL) == NULL)
		br_rest_error(&response, 400, "malformed",
			"Sec-WebSocket-Protocol: must offer " SUBPROTOCOL);
	else if (web->client_n == BR_WEB_CLIENTS_MAX)
		br_rest_error(&response, 503, "busy", "%d clients are connected, no more are taken",
			BR_WEB_CLIENTS_MAX);
	if (response.status != 0) {
		br_metric_add(BR_METRIC_WEB_REFUSED, response.status != 403);
		refuse_now(wsi, &response);
	}
	n = response.status != 0 ? -1 : 0;
	br_rest_response_finish(&response);
	return n;
}

static int client_open(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	int fd = lws_get_socket_fd(connection->wsi);

	if (web->client_n == BR_WEB_CLIENTS_MAX ||
		br_hub_session_open(web->hub, is_tool(connection->wsi), &connection->session) < 0)
		return -1;
	br_text_init(&connection->inbound, BR_WEB_FRAME_BYTES_MAX);
	web->clients[web->client_n++] = connection;
	if (web->send_buffer_bytes > 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &web->send_buffer_bytes,
			sizeof(web->send_buffer_bytes));
	return 0;
}

static void client_close(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	unsigned i = 0;

	if (connection->session == NULL)
		return;
	while (web->clients[i] != connection)
		br_assert(++i < web->client_n);
	web->clients[i] = web->clients[--web->client_n];
	br_hub_session_close(web->hub, connection->session);
	connection->session = NULL;
	br_text_finish(&connection->inbound);
}

static int close_with(struct connection *connection, enum lws_close_status status, const char *why)
{
	unsigned char text[64];
	size_t n = strlen(why);

	br_assert(n < sizeof(text));
	memcpy(text, why, n);
	lws_close_reason(connection->wsi, status, text, n);
	return -1;
}

static void timer_run(lws_sorted_usec_list_t *timer);

/* Runs the timer `wait_ms` from now, unless it runs before. */
static void timer_set(struct br_web *web, int64_t wait_ms)
{
	int64_t due_ms = br_hub_now_ms(web->hub) + wait_ms;

	if (web->timer_ms != 0 && web->timer_ms <= due_ms)
		return;
	web->timer_ms = due_ms;
	lws_sul_schedule(web->context, 0, &web->timer, timer_run,
		(lws_usec_t)(wait_ms > 0 ? wait_ms : 0) * 1000 + 1);
}

/* Asks for room for everyone who has something to say, and comes back when the next one has. */
static void clients_serve(struct br_web *web)
{
	int64_t now_ms = br_hub_now_ms(web->hub), wait_ms = TICK_MS;

	for (unsigned i = 0; i < web->client_n; i++) {
		struct connection *client = web->clients[i];

		if (client->asked)
			br_session_blocked(client->session, now_ms);
		else if (br_session_due(client->session, now_ms, &wait_ms))
			ask_writable(client);
		if (client->closing || !br_session_too_slow(client->session, now_ms))
			continue;
		client->closing = true;
		br_metric_add(BR_METRIC_WEB_SLOW, 1);
		ask_writable(client);
		/* A socket without room takes no close frame either. */
		lws_set_timeout(client->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_GRACE_S);
	}
	timer_set(web, web->more ? 0 : wait_ms);
}

static void timer_run(lws_sorted_usec_list_t *timer)
{
	struct br_web *web = lws_container_of(timer, struct br_web, timer);

	web->timer_ms = 0;
	if (web->more)
		web->more = br_hub_wake(web->hub);
	br_hub_tick(web->hub);
	waiting_serve(web);
	clients_serve(web);
}

/* Called for every protocol of every host; the first one takes the flag. */
static void wake_take(struct br_web *web)
{
	if (!__atomic_exchange_n(&web->woken, false, __ATOMIC_ACQ_REL))
		return;
	web->more = br_hub_wake(web->hub);
	waiting_serve(web);
	clients_serve(web);
}

static int message_take(struct connection *connection, const void *bytes, size_t n)
{
	struct br_web *web = web_of(connection->wsi);
	int64_t wait_ms = TICK_MS;

	if (lws_frame_is_binary(connection->wsi))
		return close_with(
			connection, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "only text is taken");
	if (lws_is_first_fragment(connection->wsi))
		br_text_clear(&connection->inbound);
	br_text_add(&connection->inbound, bytes, n);
	if (br_text_error(&connection->inbound) < 0)
		return close_with(connection, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
			"a message may have 65536 bytes");
	if (!lws_is_final_fragment(connection->wsi) ||
		lws_remaining_packet_payload(connection->wsi) > 0)
		return 0;
	br_metric_add(BR_METRIC_WEB_REQUESTS, 1);
	if (!br_hub_receive(web->hub, connection->session, br_text_str(&connection->inbound)))
		return close_with(connection, LWS_CLOSE_STATUS_POLICY_VIOLATION,
			"too many answers wait to be read");
	br_text_clear(&connection->inbound);
	if (br_session_due(connection->session, br_hub_now_ms(web->hub), &wait_ms))
		ask_writable(connection);
	return 0;
}

static int message_write(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	static const unsigned char frame_room[LWS_PRE];
	int64_t wait_ms = TICK_MS;
	size_t n;

	connection->asked = false;
	if (connection->closing)
		return close_with(
			connection, (enum lws_close_status)CLOSE_TRY_AGAIN, "too slow, try again");
	br_text_clear(&web->outbound);
	/* libwebsockets writes the frame's head into the room before the message. */
	br_text_add(&web->outbound, frame_room, LWS_PRE);
	if (!br_hub_write(web->hub, connection->session, &web->outbound))
		return 0;
	if (br_text_error(&web->outbound) < 0)
		return close_with(connection, (enum lws_close_status)CLOSE_TRY_AGAIN, "no memory");
	n = web->outbound.n - LWS_PRE;
	if (lws_write(connection->wsi, (unsigned char *)web->outbound.bytes + LWS_PRE, n,
		    LWS_WRITE_TEXT) < (int)n)
		return -1;
	if (br_session_due(connection->session, br_hub_now_ms(web->hub), &wait_ms))
		ask_writable(connection);
	else
		timer_set(web, wait_ms);
	return 0;
}

static int callback_http(
	struct connection *connection, enum lws_callback_reasons reason, void *in, size_t n)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return request_take(connection, (struct br_str){in, n});
	case LWS_CALLBACK_HTTP_BODY:
		body_take(connection, in, n);
		return 0;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return body_complete(connection);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return exchange_write(connection);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		exchange_destroy(web_of(connection->wsi), connection->exchange);
		connection->exchange = NULL;
		return 0;
	default:
		return 0;
	}
}

static int callback_ws(
	struct connection *connection, enum lws_callback_reasons reason, void *in, size_t n)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		return client_open(connection);
	case LWS_CALLBACK_RECEIVE:
		return message_take(connection, in, n);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return message_write(connection);
	case LWS_CALLBACK_CLOSED:
		client_close(connection);
		return 0;
	default:
		return callback_http(connection, reason, in, n);
	}
}

/* Callbacks that belong to the server and not to one connection's exchange. */
static bool callback_server(struct lws *wsi, enum lws_callback_reasons reason, void *in, int *ret)
{
	struct br_web *web = web_of(wsi);

	*ret = 0;
	switch (reason) {
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		wake_take(web);
		return true;
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		*ret = web->connection_n >= BR_WEB_CONNECTIONS_MAX;
		br_metric_add(BR_METRIC_WEB_REFUSED, (uint64_t)*ret);
		return true;
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		/* The mark tells this kind of socket from the listening ones at its end. */
		lws_set_opaque_user_data(wsi, web);
		web->connection_n++;
		return true;
	case LWS_CALLBACK_WSI_DESTROY:
		if (lws_get_opaque_user_data(wsi) == web)
			web->connection_n--;
		return true;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		*ret = upgrade_check(wsi, in);
		return true;
	default:
		return false;
	}
}

static int web_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct connection *connection = user;
	int result;

	if (web_of(wsi) == NULL || callback_server(wsi, reason, in, &result))
		return web_of(wsi) == NULL ? 0 : result;
	if (connection == NULL)
		return 0;
	connection->wsi = wsi;
	return callback_ws(connection, reason, in, n);
}

/* The library's own lines; foreign input causes most of them, so they are for looking closer. */
static void log_take(int level BR_UNUSED, const char *line)
{
	br_log(BR_LOG_DEBUG, "web", "%.*s", (int)strcspn(line, "\n"), line);
}

static bool address_is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

static bool address_is_wildcard(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool address_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int address_check(const char *address, struct br_fault *fault)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(address_is_v6(address) ? AF_INET6 : AF_INET, address, bytes) == 1)
		return 0;
	return br_fault_set(fault, BR_E_INVALID,
		"web listen \"%s\": allowed is an IPv4 or IPv6 address", address);
}

static int tcp_listen(
	struct br_web *web, const struct br_web_options *options, struct br_fault *fault)
{
	const char *address = options->address != NULL ? options->address : "127.0.0.1";
	struct lws_context_creation_info info = {
		.port = (int)options->port,
		.iface = address_is_wildcard(address) ? NULL : address,
		.vhost_name = "backroom",
		.protocols = protocols,
		.headers = headers,
		.retry_and_idle_policy = &keep_alive,
		.keepalive_timeout = 60,
		.alpn = "http/1.1",
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
			   (address_is_v6(address) ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
		.ssl_cert_filepath = options->certificate,
		.ssl_private_key_filepath = options->key,
	};
	int result = address_check(address, fault);

	if (result < 0)
		return result;
	if ((options->certificate == NULL) != (options->key == NULL))
		return br_fault_set(
			fault, BR_E_INVALID, "web certificate and key: HTTPS needs both files");
	web->open_to_network = !address_is_loopback(address);
	web->vhost = lws_create_vhost(web->context, &info);
	if (web->vhost == NULL)
		return br_fault_set(fault, BR_E_BUSY,
			"web server: cannot listen on %s port %u%s; is another program there?",
			address, options->port,
			options->certificate != NULL ? ", or read the certificate" : "");
	return 0;
}

static int unix_listen(struct br_web *web, const char *path, struct br_fault *fault)
{
	struct lws_context_creation_info info = {
		.iface = path,
		.vhost_name = "backroom-tool",
		.protocols = protocols,
		.headers = headers,
		.retry_and_idle_policy = &keep_alive,
		.keepalive_timeout = 60,
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_UNIX_SOCK,
	};
	mode_t mask;

	web->socket = strdup(path);
	if (web->socket == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for the web server");
	/* The socket must not be open to others for the moment before its mode is set. */
	mask = umask(0117);
	web->vhost_tool = lws_create_vhost(web->context, &info);
	(void)umask(mask);
	if (web->vhost_tool == NULL || chmod(path, 0660) < 0)
		return br_fault_set(fault, BR_E_IO,
			"web server: cannot make the unix socket %s; does its folder exist?", path);
	return 0;
}

static int context_create(
	struct br_web *web, const struct br_web_options *options, struct br_fault *fault)
{
	struct lws_context_creation_info info = {
		.gid = -1,
		.uid = -1,
		.user = web,
		.timeout_secs = 10,
		.fd_limit_per_thread = BR_WEB_CONNECTIONS_MAX + 16,
		.options =
			LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			(options->certificate != NULL ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
	};
	int result;

	lws_set_log_level(LLL_ERR | LLL_WARN, log_take);
	web->context = lws_create_context(&info);
	if (web->context == NULL)
		return br_fault_set(fault, BR_E_IO, "the web server cannot be set up");
	result = tcp_listen(web, options, fault);
	if (result == 0 && options->socket != NULL && options->socket[0] != '\0')
		result = unix_listen(web, options->socket, fault);
	return result;
}

/* A missing app is no reason not to serve the store: the page says what to do. */
static int assets_open(struct br_web *web, const char *root, struct br_fault *fault)
{
	int result;

	if (root == NULL || root[0] == '\0')
		return 0;
	result = br_assets_read(root, &web->assets, fault);
	if (result != BR_E_NOT_FOUND)
		return result;
	br_log(BR_LOG_WARNING, "web", "%s: the dashboard's page will say so", fault->text);
	return 0;
}

static int hub_open(
	struct br_web *web, const struct br_web_options *options, struct br_fault *fault)
{
	struct br_hub_options hub = {
		.ledger = options->ledger,
		.queue = options->queue,
		.clock = options->clock,
		.live = options->live != NULL ? options->live : &br_web_live_null,
		.store_id = options->store_id,
		.store_name = options->store_name,
		.currency = options->currency,
		.epoch = options->epoch,
		.version = options->version,
		.open_to_network = web->open_to_network,
	};

	return br_hub_create(&hub, &web->hub, fault);
}

int br_web_create(
	const struct br_web_options *options, struct br_web **ret_web, struct br_fault *fault)
{
	BR_CLEANUP(br_web_cleanup) struct br_web *web = calloc(1, sizeof(*web));
	struct br_fault unheard;
	int result;

	if (fault == NULL)
		fault = &unheard;
	if (web == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for the web server");
	br_assert(options->ledger != NULL && options->queue != NULL && options->clock != NULL);
	br_text_init(&web->outbound, BR_WEB_ANSWER_BYTES_MAX + BR_WEB_PIECE_BYTES);
	web->send_buffer_bytes = options->send_buffer_bytes;
	web->hosts = strdup(options->hosts != NULL ? options->hosts : "");
	if (web->hosts == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for the web server");
	result = assets_open(web, options->root, fault);
	if (result == 0)
		result = context_create(web, options, fault);
	if (result == 0)
		result = hub_open(web, options, fault);
	if (result < 0)
		return result;
	timer_set(web, 0);
	*ret_web = BR_TAKE(web);
	return 0;
}

void br_web_destroy(struct br_web *web)
{
	if (web == NULL)
		return;
	br_web_stop(web);
	/* Its callbacks give back the connections' exchanges and sessions to the hub. */
	if (web->context != NULL)
		lws_context_destroy(web->context);
	if (web->socket != NULL)
		(void)unlink(web->socket);
	br_hub_destroy(web->hub);
	br_assets_destroy(web->assets);
	br_text_finish(&web->outbound);
	free(web->hosts);
	free(web->socket);
	free(web);
}

static void *web_run(void *context)
{
	struct br_web *web = context;

	while (!__atomic_load_n(&web->stopping, __ATOMIC_ACQUIRE))
		if (lws_service(web->context, 0) < 0)
			break;
	return NULL;
}

int br_web_start(struct br_web *web)
{
	sigset_t all, before;
	int code;

	br_assert(!web->running);
	/* Signals are the core thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&web->thread, NULL, web_run, web);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0)
		return br_error_from_errno(code);
	(void)pthread_setname_np(web->thread, "web");
	web->running = true;
	return 0;
}

void br_web_stop(struct br_web *web)
{
	if (web == NULL || !web->running)
		return;
	__atomic_store_n(&web->stopping, true, __ATOMIC_RELEASE);
	lws_cancel_service(web->context);
	(void)pthread_join(web->thread, NULL);
	web->running = false;
}

void br_web_wake(struct br_web *web)
{
	/* One wake is under way already: it will see what is new now, too. */
	if (!__atomic_exchange_n(&web->woken, true, __ATOMIC_ACQ_REL))
		lws_cancel_service(web->context);
}

void br_web_committed(void *web, uint64_t head BR_UNUSED)
{
	br_web_wake(web);
}

void br_web_answered(void *web)
{
	br_web_wake(web);
}

unsigned br_web_port(const struct br_web *web)
{
	return (unsigned)lws_get_vhost_listen_port(web->vhost);
}

bool br_web_open_to_network(const struct br_web *web)
{
	return web->open_to_network;
}
