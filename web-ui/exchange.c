#include "web-ui/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int br_exchange_create(const struct br_exchange_server *server, struct br_exchange **ret_exchange)
{
	struct br_exchange *exchange = calloc(1, sizeof(*exchange));

	br_assert(server->hub != NULL);
	if (exchange == NULL)
		return BR_E_MEMORY;
	exchange->server = server;
	exchange->due_ms = br_hub_now_ms(server->hub) + BR_WEB_EXCHANGE_MS_MAX;
	br_rest_response_init(&exchange->response);
	br_text_init(&exchange->body, BR_WEB_BODY_BYTES_MAX);
	*ret_exchange = exchange;
	return 0;
}

/* A job that is dropped here is decided all the same, and its answer finds nobody. */
void br_exchange_destroy(struct br_exchange *exchange)
{
	if (exchange == NULL)
		return;
	br_hub_job_destroy(exchange->server->hub, exchange->job);
	br_rest_response_finish(&exchange->response);
	br_text_finish(&exchange->body);
	free(exchange);
}

/* The guard stands before everything else, so a foreign page learns nothing from an error. */
bool br_exchange_guard(const struct br_exchange_server *server, bool tool,
	const struct br_guard_request *guard, struct br_rest_response *response)
{
	enum br_guard_verdict verdict = tool ? BR_GUARD_PASS : br_guard_check(guard, server->hosts);

	br_assert(response->status == 0);
	if (verdict == BR_GUARD_PASS)
		return true;
	if (verdict == BR_GUARD_HOST)
		br_rest_error(response, 403, "foreign_host",
			"the Host header is none of this node's names; allowed are localhost, its "
			"own address, and `hosts` in section [web] of the configuration");
	else
		br_rest_error(response, 403, "foreign_origin",
			"the Origin header is another site's; only the node's own pages may ask");
	return false;
}

/* HTTP/2 without TLS asks for an upgrade as well; only the WebSocket is offered. */
static bool protocol_is_websocket(struct br_str protocol)
{
	return protocol.n == 9 && strncasecmp(protocol.s, "websocket", protocol.n) == 0;
}

/* True when one of the comma-separated names is ours. */
static bool subprotocol_offered(struct br_str offered)
{
	br_assert(offered.n == 0 || offered.s != NULL);
	while (offered.n > 0) {
		struct br_str name = br_str_split(&offered, ',');

		while (name.n > 0 && *name.s == ' ')
			name = (struct br_str){name.s + 1, name.n - 1};
		while (name.n > 0 && name.s[name.n - 1] == ' ')
			name.n--;
		if (br_str_is(name, BR_WEB_SUBPROTOCOL))
			return true;
	}
	return false;
}

bool br_exchange_upgrade(const struct br_exchange_server *server,
	const struct br_exchange_upgrade *upgrade, struct br_rest_response *response)
{
	br_assert(response->status == 0);
	if (!br_exchange_guard(server, upgrade->tool, &upgrade->guard, response))
		return false;
	if (!protocol_is_websocket(upgrade->protocol))
		br_rest_error(response, 400, "malformed", "the only upgrade is to websocket");
	else if (!br_str_is(upgrade->path, "/ws"))
		br_rest_error(response, 404, "not_found", "the WebSocket is at /ws");
	else if (!subprotocol_offered(upgrade->subprotocols))
		br_rest_error(response, 400, "malformed",
			"Sec-WebSocket-Protocol: must offer " BR_WEB_SUBPROTOCOL);
	else if (br_hub_session_n(server->hub) >= BR_WEB_CLIENTS_MAX)
		br_rest_error(response, 503, "busy", "%d clients are connected, no more are taken",
			BR_WEB_CLIENTS_MAX);
	else
		return true;
	return false;
}

/* From here on the answer does not change any more. */
static enum br_exchange_step exchange_ready(struct br_exchange *exchange)
{
	br_assert(exchange->response.status != 0);
	exchange->ready = true;
	return BR_EXCHANGE_READY;
}

/* The length of the body: 0 when there is none, -1 when it is not said in a way that we take. */
static int64_t body_length(const struct br_exchange_head *head)
{
	int64_t n;

	br_assert(head->request.method <= BR_REST_OTHER);
	if (head->chunked)
		return -1;
	if (head->content_length.n == 0)
		return head->request.method == BR_REST_POST ? -1 : 0;
	return br_str_to_i64(head->content_length, &n) && n >= 0 ? n : -1;
}

static enum br_exchange_step post_begin(
	struct br_exchange *exchange, const struct br_exchange_head *head, int64_t length)
{
	struct br_rest_request request = head->request;

	br_assert(length >= 0);
	exchange->discards = !br_rest_post_allowed(&request, &exchange->response);
	exchange->request.check = request.check;
	memcpy(exchange->request.till, request.till, sizeof(request.till));
	if (!exchange->discards && length > BR_WEB_BODY_BYTES_MAX) {
		br_rest_error(&exchange->response, 413, "too_large",
			"the body has %lld bytes, allowed are %u", (long long)length,
			BR_WEB_BODY_BYTES_MAX);
		exchange->discards = true;
	}
	/* An answer in the middle of a body may be lost, so a body that is not huge is read. */
	return exchange->discards && length > BR_EXCHANGE_DISCARD_BYTES_MAX ? BR_EXCHANGE_REFUSE
									    : BR_EXCHANGE_BODY;
}

/*
 * The order matters: what cannot be read to its end is refused first, then the foreign, then the
 * wrong.
 */
enum br_exchange_step br_exchange_begin(
	struct br_exchange *exchange, const struct br_exchange_head *head)
{
	const struct br_rest_request *request = &head->request;
	int64_t length = body_length(head);

	br_assert(!exchange->ready);
	exchange->request = (struct br_rest_request){
		.method = request->method,
		.tool = request->tool,
	};
	if (length < 0) {
		br_rest_error(&exchange->response, 411, "length_required",
			"a body needs a Content-Length; chunked ones are not taken");
		return BR_EXCHANGE_REFUSE;
	}
	if (length > 0 && request->method != BR_REST_POST) {
		br_rest_error(&exchange->response, 400, "malformed", "only a POST may have a body");
		return BR_EXCHANGE_REFUSE;
	}
	if (!br_exchange_guard(exchange->server, request->tool, &head->guard, &exchange->response))
		return length > 0 ? BR_EXCHANGE_REFUSE : exchange_ready(exchange);
	if (request->method == BR_REST_POST)
		return post_begin(exchange, head, length);
	if (head->address_too_long)
		br_rest_error(&exchange->response, 414, "too_large",
			"the address is too long, allowed are %d bytes and %d parameters",
			BR_WEB_PATH_BYTES_MAX, BR_REST_PAIRS_MAX);
	else
		br_rest_get(exchange->server->hub, exchange->server->assets, request,
			&exchange->response);
	return exchange_ready(exchange);
}

void br_exchange_body(struct br_exchange *exchange, const void *bytes, size_t n)
{
	br_assert(n == 0 || bytes != NULL);
	if (!exchange->discards && !exchange->ready)
		br_text_add(&exchange->body, bytes, n);
}

enum br_exchange_step br_exchange_complete(struct br_exchange *exchange)
{
	br_assert(!exchange->complete && exchange->job == NULL);
	exchange->complete = true;
	if (exchange->discards || exchange->ready)
		return exchange_ready(exchange);
	/* More came than its length had said. */
	if (br_text_error(&exchange->body) < 0) {
		br_rest_error(&exchange->response, 413, "too_large",
			"the body is larger than %u bytes", BR_WEB_BODY_BYTES_MAX);
		return exchange_ready(exchange);
	}
	if (br_rest_post(exchange->server->hub, &exchange->request, br_text_str(&exchange->body),
		    &exchange->job, &exchange->response) == 0)
		return BR_EXCHANGE_WAIT;
	return exchange_ready(exchange);
}

/* Asked on every wake, so it must be cheap while nothing has come. */
bool br_exchange_poll(struct br_exchange *exchange)
{
	br_assert(exchange->server != NULL);
	if (exchange->ready)
		return true;
	if (exchange->job == NULL || !br_hub_job_done(exchange->server->hub, exchange->job))
		return false;
	br_rest_job(exchange->server->hub, exchange->job, &exchange->response);
	(void)exchange_ready(exchange);
	return true;
}

/* Asked whenever a piece came or may leave: what stands still is the server's to notice. */
bool br_exchange_late(const struct br_exchange *exchange)
{
	br_assert(exchange->due_ms > 0);
	return br_hub_now_ms(exchange->server->hub) >= exchange->due_ms;
}

bool br_exchange_bare(const struct br_exchange *exchange)
{
	br_assert(exchange->ready);
	return exchange->request.method == BR_REST_HEAD || exchange->response.status == 304 ||
	       exchange->response.body.n == 0;
}

/* The security headers are on every response and not in this list: the server adds them itself. */
unsigned br_exchange_headers(const struct br_rest_response *response,
	struct br_exchange_header ret_headers[BR_EXCHANGE_HEADERS_MAX])
{
	const struct br_exchange_header all[] = {
		{"content-type:", response->type},
		{"cache-control:", response->cache},
		{"etag:", response->etag},
		{"allow:", response->allow},
		{"content-encoding:", response->packed ? "gzip" : NULL},
		{"vary:", response->vary ? "accept-encoding" : NULL},
		{"connection:", "close"},
	};
	unsigned n = 0;

	for (unsigned i = 0; i < BR_ARRAY_LEN(all); i++)
		if (all[i].value != NULL)
			ret_headers[n++] = all[i];
	br_assert(n <= BR_EXCHANGE_HEADERS_MAX);
	return n;
}
