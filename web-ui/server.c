/* _GNU_SOURCE for pthread_setname_np(). */
#define _GNU_SOURCE
#include "web-ui/server.h"

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
#include "web-ui/exchange.h"
#include "web-ui/listen.h"

#define TICK_MS 100
#define SEARCH_PAUSE_MS 1
#define CHUNK_BYTES (32u << 10)
#define HEAD_BYTES 2048
#define RX_BYTES (16u << 10)
#define READ_BYTES (32u << 10) /* of a body at a time: the library's 4 KiB cost a poll each */
#define HEADER_BYTES 512
#define CLOSE_GRACE_S 5
#define REPEATS_MAX 16
#define ANSWERS_FIRST_MS 20  /* what has changed waits so long for the answers at most */
#define CLOSE_TRY_AGAIN 1013 /* RFC 6455, section 7.4, as registered with IANA */

/* What a connection has: libwebsockets keeps it zeroed until used, per protocol. */
struct connection {
	struct lws *wsi;
	struct connection *waiting; /* the next of those whose exchange waits for the core */
	struct br_exchange *exchange;
	struct br_session *session;
	struct br_text inbound; /* a message that comes in fragments */
	unsigned repeats;	/* how often the end of one body was told */
	bool asked;		/* to be told when the socket has room */
	bool closing;
};

struct br_web {
	struct lws_context *context;
	struct lws_vhost *vhost, *vhost_tool; /* the latter NULL without a unix socket */
	struct br_hub *hub;
	struct br_assets *assets;
	struct br_exchange_server exchanges;
	struct br_text outbound; /* the message at hand */
	struct connection *clients[BR_WEB_CLIENTS_MAX];
	unsigned client_n, connection_n;
	struct connection *waiting; /* a list */
	lws_sorted_usec_list_t timer;
	int64_t timer_ms; /* when it runs, in the hub's time; 0 = not set */
	char *hosts, *socket;
	int send_buffer_bytes;
	unsigned timeout_s;
	bool open_to_network, running, more;
	bool held;	      /* answers are on their way; what changed is said right behind them */
	bool woken, stopping; /* atomic: other threads set them */
	pthread_t thread;
};

static int web_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n);

static const struct lws_protocols protocols[] = {
	{"http", web_callback, sizeof(struct connection), RX_BYTES, 0, NULL, 0},
	{BR_WEB_SUBPROTOCOL, web_callback, sizeof(struct connection), RX_BYTES, 0, NULL, 0},
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

/* Null only while the context itself is made or ends. */
static struct br_web *web_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* The unix socket has a host of its own in libwebsockets' sense. */
static bool is_tool(struct lws *wsi)
{
	const struct br_web *web = web_of(wsi);

	br_assert(web != NULL);
	return web->vhost_tool != NULL && lws_get_vhost(wsi) == web->vhost_tool;
}

/* The library's request is a flag and not a counter: asking twice would look like being blocked. */
static void ask_writable(struct connection *connection)
{
	br_assert(connection->wsi != NULL);
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

	br_assert(size > 0);
	return n > 0 ? (struct br_str){buffer, (size_t)n} : (struct br_str){buffer, 0};
}

/* What the guard looks at; the texts lie in `texts`. */
struct guard_texts {
	char host[HEADER_BYTES], origin[HEADER_BYTES], local[BR_LISTEN_ADDRESS_BYTES];
};

static struct br_guard_request guard_get(struct lws *wsi, struct guard_texts *texts)
{
	struct br_guard_request guard;

	br_assert(texts != NULL);
	guard.host = header_get(wsi, WSI_TOKEN_HOST, texts->host, sizeof(texts->host));
	guard.origin = header_get(wsi, WSI_TOKEN_ORIGIN, texts->origin, sizeof(texts->origin));
	/* An origin that does not fit the buffer is a foreign one. */
	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0 && guard.origin.n == 0)
		guard.origin = BR_STR("null");
	guard.local = br_listen_local(lws_get_socket_fd(wsi), texts->local);
	return guard;
}

/* Writes the status line and the headers; false when they do not fit. */
static bool head_make(struct lws *wsi, const struct br_rest_response *response, unsigned char **at,
	unsigned char *end)
{
	struct br_exchange_header list[BR_EXCHANGE_HEADERS_MAX];
	unsigned n = br_exchange_headers(response, list);

	br_assert(response->status >= 200);
	if (lws_add_http_header_status(
		    wsi, response->status | LWSAHH_FLAG_NO_SERVER_NAME, at, end) != 0)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (lws_add_http_header_by_name(wsi, (const unsigned char *)list[i].name,
			    (const unsigned char *)list[i].value, (int)strlen(list[i].value), at,
			    end) != 0)
			return false;
	return (response->status == 304 ||
		       lws_add_http_header_content_length(wsi, response->body.n, at, end) == 0) &&
	       lws_finalize_http_header(wsi, at, end) == 0;
}

/* A refusal at a moment when no more callbacks are to be had: head and body in one write. */
static void refuse_now(struct lws *wsi, const struct br_rest_response *response)
{
	unsigned char buffer[LWS_PRE + HEAD_BYTES], *start = buffer + LWS_PRE, *at = start;
	unsigned char *end = buffer + sizeof(buffer);

	br_assert(response->status >= 400);
	if (!head_make(wsi, response, &at, end) || (size_t)(end - at) < response->body.n)
		return;
	if (response->body.n > 0)
		memcpy(at, response->body.s, response->body.n);
	at += response->body.n;
	(void)lws_write(wsi, start, (size_t)(at - start), LWS_WRITE_HTTP_HEADERS);
}

static void exchange_drop(struct connection *connection)
{
	struct connection **at = &web_of(connection->wsi)->waiting;

	br_assert(connection->wsi != NULL);
	while (*at != NULL && *at != connection)
		at = &(*at)->waiting;
	if (*at != NULL)
		*at = connection->waiting;
	br_exchange_destroy(connection->exchange);
	connection->exchange = NULL;
	connection->waiting = NULL;
	connection->repeats = 0;
}

/* The methods that are told apart; all others get the same 405. */
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

	br_assert(request->pair_n == 0);
	/* Every parameter takes its bytes and a NUL. */
	if ((size_t)lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) + BR_REST_PAIRS_MAX >= size)
		return false;
	for (int index = 0; (n = lws_hdr_copy_fragment(
				     wsi, buffer, (int)size, WSI_TOKEN_HTTP_URI_ARGS, index)) >= 0;
		index++) {
		struct br_str rest = {buffer, (size_t)n};

		if (n == 0)
			continue;
		if (request->pair_n == BR_REST_PAIRS_MAX)
			return false;
		request->pairs[request->pair_n].name = br_str_split(&rest, '=');
		request->pairs[request->pair_n++].value = rest;
		buffer += n + 1;
		size -= (size_t)n + 1;
	}
	return true;
}

/* Takes a request's head; every text that the exchange looks at lies in these buffers. */
static int request_take(struct connection *connection, struct br_str path)
{
	struct lws *wsi = connection->wsi;
	char args[2 * BR_WEB_PATH_BYTES_MAX], encoding[HEADER_BYTES], tags[HEADER_BYTES],
		length[24];
	struct br_exchange_head head = {.request = {.method = method_get(wsi), .path = path}};
	struct br_rest_request *request = &head.request;
	struct guard_texts texts;

	br_assert(path.n == 0 || path.s != NULL);
	/* What a request before it may have left must not outlive it. */
	exchange_drop(connection);
	if (br_exchange_create(&web_of(wsi)->exchanges, &connection->exchange) < 0)
		return -1;
	request->tool = is_tool(wsi);
	request->gzip =
		header_get(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, encoding, sizeof(encoding)).n > 0 &&
		strstr(encoding, "gzip") != NULL;
	request->if_none_match = header_get(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags, sizeof(tags));
	head.guard = guard_get(wsi, &texts);
	head.chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
	head.content_length =
		header_get(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof(length));
	head.address_too_long =
		path.n > BR_WEB_PATH_BYTES_MAX || !pairs_get(wsi, request, args, sizeof(args));
	switch (br_exchange_begin(connection->exchange, &head)) {
	case BR_EXCHANGE_READY:
		ask_writable(connection);
		return 0;
	case BR_EXCHANGE_REFUSE:
		refuse_now(wsi, &connection->exchange->response);
		return -1;
	default:
		return 0;
	}
}

/*
 * The body is there whole: its commands go to the core. To libwebsockets whatever follows on the
 * same connection is that body's end once more, as often as it looks, and at times it looks again
 * and again before it does anything else. So nothing is looked at while the core decides, and when
 * the end has been told too often the connection goes.
 */
static int body_complete(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);

	br_assert(connection->wsi != NULL);
	if (connection->exchange == NULL)
		return -1;
	if (connection->exchange->complete)
		return ++connection->repeats > REPEATS_MAX ? -1 : 0;
	if (br_exchange_complete(connection->exchange) == BR_EXCHANGE_READY) {
		ask_writable(connection);
		return 0;
	}
	connection->waiting = web->waiting;
	web->waiting = connection;
	/* The core's decision has its own limit of time. */
	lws_set_timeout(connection->wsi, NO_PENDING_TIMEOUT, 0);
	(void)lws_rx_flow_control(connection->wsi, 0);
	return 0;
}

/* Gives the answers to those whose commands have been decided; true when there is one. */
static bool waiting_serve(struct br_web *web)
{
	struct connection **at = &web->waiting;
	bool served = false;

	br_assert(web->hub != NULL);
	while (*at != NULL) {
		struct connection *connection = *at;

		if (!br_exchange_poll(connection->exchange)) {
			at = &connection->waiting;
			continue;
		}
		*at = connection->waiting;
		connection->waiting = NULL;
		/* Without this the socket is not written to either. */
		(void)lws_rx_flow_control(connection->wsi, 1);
		ask_writable(connection);
		served = true;
	}
	return served;
}

/*
 * The head, and behind it as much of the body as there is room for; -1 when all of it has left. A
 * connection has one request: libwebsockets 4.1 reads what was sent behind a request from memory
 * that it has freed.
 */
static int exchange_write(struct connection *connection)
{
	struct br_exchange *exchange = connection->exchange;
	struct br_str body = exchange->response.body;
	unsigned char buffer[LWS_PRE + HEAD_BYTES + CHUNK_BYTES], *start = buffer + LWS_PRE;
	unsigned char *at = start;
	bool bare = br_exchange_bare(exchange);
	size_t n = 0;

	br_assert(exchange->ready && exchange->sent <= body.n);
	if (exchange->head_sent && (bare || exchange->sent == body.n))
		return -1;
	if (!exchange->head_sent &&
		!head_make(connection->wsi, &exchange->response, &at, start + HEAD_BYTES))
		return -1;
	if (!bare)
		n = body.n - exchange->sent < CHUNK_BYTES ? body.n - exchange->sent : CHUNK_BYTES;
	if (n > 0)
		memcpy(at, body.s + exchange->sent, n);
	if (lws_write(connection->wsi, start, (size_t)(at - start) + n,
		    exchange->head_sent ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_HEADERS) < 0)
		return -1;
	exchange->head_sent = true;
	exchange->sent += n;
	if ((bare || exchange->sent == body.n) && lws_partial_buffered(connection->wsi) == 0)
		return -1;
	/* Each piece has this long to leave, and all of them together the exchange's own time. */
	lws_set_timeout(connection->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
		(int)web_of(connection->wsi)->timeout_s);
	ask_writable(connection);
	return 0;
}

static void changes_serve(struct br_web *web);

/* The socket has room. One that takes or gives its bytes one by one is not served for ever. */
static int exchange_go_on(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	int result = 0;

	connection->asked = false;
	br_assert(web->hub != NULL);
	if (connection->exchange == NULL || !connection->exchange->ready)
		return 0;
	if (br_exchange_late(connection->exchange))
		return -1;
	result = exchange_write(connection);
	changes_serve(web);
	return result;
}

/* A piece of a request's body. */
static int body_take(struct connection *connection, const void *bytes, size_t n)
{
	br_assert(n == 0 || bytes != NULL);
	if (connection->exchange == NULL)
		return 0;
	br_exchange_body(connection->exchange, bytes, n);
	return br_exchange_late(connection->exchange) ? -1 : 0;
}

/* 0 lets the upgrade go on; -1 hangs up, after the refusal was written. */
static int upgrade_check(struct lws *wsi, const char *protocol)
{
	struct br_web *web = web_of(wsi);
	char *path = NULL, offered[HEADER_BYTES];
	struct br_exchange_upgrade upgrade = {
		.protocol = br_str_from(protocol),
		.subprotocols = header_get(wsi, WSI_TOKEN_PROTOCOL, offered, sizeof(offered)),
		.tool = is_tool(wsi),
	};
	struct br_rest_response response;
	struct guard_texts texts;
	bool passes;
	int n = 0;

	br_assert(web->hub != NULL);
	upgrade.guard = guard_get(wsi, &texts);
	if (lws_http_get_uri_and_method(wsi, &path, &n) >= 0 && path != NULL)
		upgrade.path = (struct br_str){path, (size_t)n};
	br_rest_response_init(&response);
	passes = br_exchange_upgrade(&web->exchanges, &upgrade, &response);
	if (!passes)
		refuse_now(wsi, &response);
	br_rest_response_finish(&response);
	return passes ? 0 : -1;
}

static int client_open(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);

	br_assert(connection->session == NULL);
	if (web->client_n == BR_WEB_CLIENTS_MAX ||
		br_hub_session_open(web->hub, is_tool(connection->wsi), &connection->session) < 0)
		return -1;
	br_text_init(&connection->inbound, BR_WEB_FRAME_BYTES_MAX);
	web->clients[web->client_n++] = connection;
	return 0;
}

static void client_close(struct connection *connection)
{
	struct br_web *web = web_of(connection->wsi);
	unsigned i = 0;

	br_assert(web->client_n <= BR_WEB_CLIENTS_MAX);
	if (connection->session == NULL)
		return;
	while (web->clients[i] != connection) {
		i++;
		br_assert(i < web->client_n);
	}
	web->clients[i] = web->clients[--web->client_n];
	br_hub_session_close(web->hub, connection->session);
	connection->session = NULL;
	br_text_finish(&connection->inbound);
}

/* The reason goes with the close frame, for whoever reads a browser's log. */
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

	br_assert(web->client_n <= BR_WEB_CLIENTS_MAX);
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

/* Asks for room for those who have answers to get; true when there is one. */
static bool answers_serve(struct br_web *web)
{
	bool served = waiting_serve(web);

	br_assert(web->client_n <= BR_WEB_CLIENTS_MAX);
	for (unsigned i = 0; i < web->client_n; i++) {
		/* Nobody waits for one that was asked before and has no room yet. */
		if (web->clients[i]->asked || !br_session_answers(web->clients[i]->session))
			continue;
		ask_writable(web->clients[i]);
		served = true;
	}
	return served;
}

/* The first of the answers has left: now it is the turn of all who follow what has changed. */
static void changes_serve(struct br_web *web)
{
	if (!web->held)
		return;
	web->held = false;
	br_assert(web->hub != NULL);
	clients_serve(web);
}

static void timer_run(lws_sorted_usec_list_t *timer)
{
	struct br_web *web = lws_container_of(timer, struct br_web, timer);

	br_assert(web->hub != NULL);
	web->timer_ms = 0;
	web->held = false;
	if (web->more)
		web->more = br_hub_wake(web->hub);
	br_hub_tick(web->hub);
	(void)waiting_serve(web);
	clients_serve(web);
	if (br_hub_searching(web->hub))
		timer_set(web, SEARCH_PAUSE_MS);
}

/*
 * Called for every protocol of every host; the first one takes the flag. Whoever sent a command
 * waits for its answer, so answers go before the same news to a hundred others: sockets are written
 * in the order of their descriptors, and only those that were asked.
 */
static void wake_take(struct br_web *web)
{
	br_assert(web->hub != NULL);
	if (!__atomic_exchange_n(&web->woken, false, __ATOMIC_ACQ_REL))
		return;
	web->more = br_hub_wake(web->hub);
	if (answers_serve(web)) {
		web->held = true;
		timer_set(web, ANSWERS_FIRST_MS);
		return;
	}
	clients_serve(web);
}

static int message_take(struct connection *connection, const void *bytes, size_t n)
{
	struct br_web *web = web_of(connection->wsi);
	int64_t wait_ms = TICK_MS;

	br_assert(connection->session != NULL);
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

	br_assert(connection->session != NULL);
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
	changes_serve(web);
	if (br_session_due(connection->session, br_hub_now_ms(web->hub), &wait_ms))
		ask_writable(connection);
	else
		timer_set(web, wait_ms);
	return 0;
}

/* True for what concerns a connection: for these alone `user` is the connection's memory. */
static bool reason_is_connection(enum lws_callback_reasons reason)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLOSED:
		return true;
	default:
		return false;
	}
}

/* One request and its answer; libwebsockets calls these for both protocols. */
static int callback_http(
	struct connection *connection, enum lws_callback_reasons reason, void *in, size_t n)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return request_take(connection, (struct br_str){in, n});
	case LWS_CALLBACK_HTTP_BODY:
		return body_take(connection, in, n);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return body_complete(connection);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return exchange_go_on(connection);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		exchange_drop(connection);
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

/* The tool has some connections to itself, so that it finds in whatever the network does. */
static bool connections_full(struct lws *wsi)
{
	const struct br_web *web = web_of(wsi);

	br_assert(web->connection_n <= BR_WEB_CONNECTIONS_MAX + BR_WEB_CONNECTIONS_TOOL);
	return web->connection_n >=
	       BR_WEB_CONNECTIONS_MAX + (is_tool(wsi) ? BR_WEB_CONNECTIONS_TOOL : 0u);
}

/* A socket's own buffer is all that may wait outside of the session's limits. */
static void connection_begin(struct lws *wsi)
{
	struct br_web *web = web_of(wsi);

	/* The mark tells this kind of socket from the listening ones at its end. */
	lws_set_opaque_user_data(wsi, web);
	web->connection_n++;
	br_assert(web->connection_n > 0);
	if (web->send_buffer_bytes > 0)
		(void)setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF,
			&web->send_buffer_bytes, sizeof(web->send_buffer_bytes));
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
		*ret = connections_full(wsi);
		br_metric_add(BR_METRIC_WEB_REFUSED, (uint64_t)*ret);
		return true;
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		connection_begin(wsi);
		return true;
	case LWS_CALLBACK_WSI_DESTROY:
		if (lws_get_opaque_user_data(wsi) != web)
			return true;
		br_assert(web->connection_n > 0);
		web->connection_n--;
		return true;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		*ret = upgrade_check(wsi, in);
		return true;
	default:
		return false;
	}
}

/* libwebsockets' one door. What it hands out as `user` is zeroed and freed by it. */
static int web_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct connection *connection = user;
	int result = 0;

	if (web_of(wsi) == NULL || callback_server(wsi, reason, in, &result))
		return web_of(wsi) == NULL ? 0 : result;
	/* Callbacks of the TLS library hand out their own things as `user`. */
	if (connection == NULL || !reason_is_connection(reason))
		return 0;
	connection->wsi = wsi;
	return callback_ws(connection, reason, in, n);
}

/* The library's own lines; foreign input causes most of them, so they are for looking closer. */
static void log_take(int level BR_UNUSED, const char *line)
{
	br_log(BR_LOG_DEBUG, "web", "%.*s", (int)strcspn(line, "\n"), line);
}

/* Port 0 takes a free one, which only tests and the demo want. */
static int tcp_listen(
	struct br_web *web, const struct br_web_options *options, struct br_fault *fault)
{
	const char *address = options->address != NULL ? options->address : "127.0.0.1";
	struct lws_context_creation_info info = {
		.port = (int)options->port,
		.iface = br_listen_is_wildcard(address) ? NULL : address,
		.vhost_name = "backroom",
		.protocols = protocols,
		.headers = headers,
		.retry_and_idle_policy = &keep_alive,
		.timeout_secs_ah_idle = web->timeout_s,
		.alpn = "http/1.1",
		.options =
			LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
			/* Without this here as well, a certificate is passed over. */
			(options->certificate != NULL ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0) |
			(br_listen_is_v6(address) ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
		.ssl_cert_filepath = options->certificate,
		.ssl_private_key_filepath = options->key,
	};
	int result = br_listen_check(address, fault);

	br_assert(web->context != NULL);
	if (result == 0)
		result = br_listen_certificate(options->certificate, options->key, fault);
	if (result < 0)
		return result;
	web->open_to_network = !br_listen_is_loopback(address);
	web->vhost = lws_create_vhost(web->context, &info);
	if (web->vhost == NULL)
		return br_fault_set(fault, BR_E_BUSY,
			"web server: cannot listen on %s port %u: is another program there%s",
			address, options->port,
			options->certificate != NULL ? ", or the certificate wrong?" : "?");
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
		.timeout_secs_ah_idle = web->timeout_s,
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_UNIX_SOCK,
	};
	mode_t mask;

	br_assert(path[0] != '\0');
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

/* The limit of descriptors makes the library stop accepting before they run out. */
static int context_create(
	struct br_web *web, const struct br_web_options *options, struct br_fault *fault)
{
	struct lws_context_creation_info info = {
		.gid = -1,
		.uid = -1,
		.user = web,
		.timeout_secs = web->timeout_s,
		.pt_serv_buf_size = READ_BYTES,
		.fd_limit_per_thread = BR_WEB_CONNECTIONS_MAX + BR_WEB_CONNECTIONS_TOOL + 8,
		.options =
			LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
			(options->certificate != NULL ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
	};
	int result;

	br_assert(web->context == NULL);
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

	br_assert(web->assets == NULL);
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
		.keys = options->keys,
		.queue = options->queue,
		.clock = options->clock,
		.live = options->live != NULL ? options->live : &br_web_live_null,
		.store_id = options->store_id,
		.gln = options->gln,
		.store_name = options->store_name,
		.currency = options->currency,
		.epoch = options->epoch,
		.version = options->version,
		.open_to_network = web->open_to_network,
	};
	int result;

	br_assert(web->hub == NULL);
	result = br_hub_create(&hub, &web->hub, fault);
	web->exchanges = (struct br_exchange_server){
		.hub = web->hub,
		.assets = web->assets,
		.hosts = br_str_from(web->hosts),
	};
	return result;
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
	web->timeout_s = options->timeout_s > 0 ? options->timeout_s : BR_WEB_TIMEOUT_S;
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

	br_assert(web->context != NULL);
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
	br_assert(web->context != NULL);
}

void br_web_wake(struct br_web *web)
{
	br_assert(web->context != NULL);
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
	br_assert(web->vhost != NULL);
	return (unsigned)lws_get_vhost_listen_port(web->vhost);
}

bool br_web_open_to_network(const struct br_web *web)
{
	return web->open_to_network;
}
