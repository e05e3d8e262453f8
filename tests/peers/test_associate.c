/* peer-associate against a store's HTTP interface that is written out by hand. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/peers/http.h"
#include "tests/peers/loop.h"

#define REQUEST_BYTES 8192

/* One order and two products behind a port; connections are closed after each answer. */
static struct store {
	int listen_fd;
	unsigned port;
	const char *state;
	unsigned version, asked;
	int64_t on_hand[2], shelf[2]; /* pieces of A/1 and B */
	unsigned refuse_busy;	      /* commands answered with 503 */
	char ids[4096];		      /* of commands, each followed by a blank */
} store;

static void answer(int fd, int status, const char *body)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		status, strlen(body), body);

	REQUIRE(n > 0 && (size_t)n < sizeof(text));
	REQUIRE(write(fd, text, (size_t)n) == n);
}

static void orders_answer(int fd, const char *request)
{
	char wanted[64], body[512] = "{\"rows\":[],\"more\":false}";

	(void)snprintf(wanted, sizeof(wanted), "state=%s&", store.state);
	if (strstr(request, wanted) != NULL)
		(void)snprintf(body, sizeof(body),
			"{\"rows\":[{\"order\":\"W 1\",\"state\":\"%s\",\"version\":%u}]}",
			store.state, store.version);
	answer(fd, 200, body);
}

static void products_answer(int fd)
{
	char body[512];

	(void)snprintf(body, sizeof(body),
		"{\"rows\":[{\"sku\":\"A/"
		"1\",\"on_hand\":%d,\"buckets\":{\"shelf\":%d,\"backroom\":%d}},"
		"{\"sku\":\"B\",\"on_hand\":%d,\"buckets\":{\"shelf\":%d,\"backroom\":%d}}]}",
		(int)store.on_hand[0], (int)store.shelf[0],
		(int)(store.on_hand[0] - store.shelf[0]), (int)store.on_hand[1],
		(int)store.shelf[1], (int)(store.on_hand[1] - store.shelf[1]));
	answer(fd, 200, body);
}

static const char *stock_take(const struct br_json *body)
{
	struct br_str sku, kind;
	int64_t quantity_milli;
	size_t i;

	REQUIRE(br_json_string(br_json_member(body, "sku"), &sku));
	REQUIRE(br_json_string(br_json_member(body, "kind"), &kind));
	REQUIRE(br_json_milli(br_json_member(body, "quantity"), &quantity_milli));
	CHECK(quantity_milli > 0);
	i = br_str_is(sku, "B") ? 1 : 0;
	if (br_str_is(kind, "receive"))
		store.on_hand[i] += quantity_milli / 1000;
	else if (br_str_is(kind, "fill"))
		store.shelf[i] += quantity_milli / 1000;
	CHECK(store.shelf[i] <= store.on_hand[i]);
	return "{\"outcome\":\"accepted\",\"sequence\":1}";
}

static const char *order_take(struct br_str verb, const struct br_json *body)
{
	static const struct {
		const char *verb, *state;
	} states[] = {{"accept", "accepted"}, {"pick", "picked"}, {"ready", "ready"},
		{"hand_over", "handed_over"}, {"cancel", "cancelled"}};
	struct br_str id, line;
	int64_t version;

	REQUIRE(br_json_string(br_json_member(body, "order"), &id));
	CHECK_STR(id, "W 1");
	/* Each line is picked by itself, whatever happens to the others meanwhile. */
	if (br_str_is(verb, "pick")) {
		REQUIRE(br_json_string(br_json_member(body, "line"), &line));
		CHECK_STR(line, "l");
	} else {
		REQUIRE(br_json_i64(br_json_member(body, "version"), &version));
		CHECK_INT(version, store.version);
	}
	if (br_str_is(verb, "accept") && store.on_hand[1] < 3)
		return "{\"outcome\":\"refused\",\"code\":\"insufficient_stock\",\"message\":"
		       "\"B\"}";
	for (size_t i = 0; i < BR_ARRAY_LEN(states); i++)
		if (br_str_is(verb, states[i].verb))
			store.state = states[i].state;
	store.version++;
	return "{\"outcome\":\"accepted\",\"sequence\":2}";
}

static void command_answer(int fd, const char *request)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const char *text = strstr(request, "\r\n\r\n");
	struct br_str id, type;
	size_t n = strlen(store.ids);

	REQUIRE(text != NULL && br_json_parse(br_str_from(text + 4), &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "id"), &id));
	REQUIRE(br_json_string(br_json_member(root, "type"), &type));
	(void)snprintf(store.ids + n, sizeof(store.ids) - n, "%.*s ", BR_STR_ARG(id));
	if (store.refuse_busy > 0) {
		store.refuse_busy--;
		answer(fd, 503, "{\"error\":{\"code\":\"busy\"}}");
	} else if (br_str_starts(type, "order.")) {
		(void)br_str_split(&type, '.');
		answer(fd, 200, order_take(type, br_json_member(root, "data")));
	} else {
		CHECK_STR(type, "stock.move");
		answer(fd, 200, stock_take(br_json_member(root, "data")));
	}
}

/* Reads one request, waiting for its body; clients of a test are not slow. */
static void guest_serve(int fd)
{
	static char request[REQUEST_BYTES];
	const char *length, *body = NULL;
	size_t n = 0, wanted = SIZE_MAX;
	ssize_t got;

	while (n < wanted && n + 1 < sizeof(request) &&
		(got = read(fd, request + n, sizeof(request) - 1 - n)) > 0) {
		n += (size_t)got;
		request[n] = '\0';
		body = strstr(request, "\r\n\r\n");
		length = strstr(request, "Content-Length: ");
		if (body != NULL)
			wanted = (size_t)(body + 4 - request) +
				 (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
	}
	store.asked++;
	if (body == NULL)
		return;
	if (strncmp(request, "POST /api/v1/commands ", 22) == 0)
		command_answer(fd, request);
	else if (strncmp(request, "GET /api/v1/orders/W%201 ", 25) == 0)
		answer(fd, 200,
			"{\"order\":\"W 1\",\"lines\":[{\"line\":\"l\",\"sku\":\"B\","
			"\"quantity\":3,\"reserved\":3}]}");
	else if (strncmp(request, "GET /api/v1/orders?", 19) == 0)
		orders_answer(fd, request);
	else if (strncmp(request, "GET /api/v1/products?", 21) == 0)
		products_answer(fd);
	else
		answer(fd, 404, "{\"error\":{\"code\":\"unknown\"}}");
}

static void prepare(void *context BR_UNUSED, struct pollfd *ret_poll)
{
	*ret_poll = (struct pollfd){.fd = store.listen_fd, .events = POLLIN};
}

static void ready(void *context BR_UNUSED, short revents BR_UNUSED)
{
	int fd = accept(store.listen_fd, NULL, NULL);

	if (fd < 0)
		return;
	guest_serve(fd);
	(void)close(fd);
}

static struct peer_source source = {prepare, ready, NULL};

static struct peer_loop *store_open(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct peer_loop *loop = NULL;
	socklen_t n = sizeof(address);

	memset(&store, 0, sizeof(store));
	store.state = "offered";
	store.version = 1;
	store.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(store.listen_fd >= 0);
	REQUIRE(bind(store.listen_fd, (struct sockaddr *)&address, n) == 0);
	REQUIRE(listen(store.listen_fd, 8) == 0);
	REQUIRE(getsockname(store.listen_fd, (struct sockaddr *)&address, &n) == 0);
	store.port = ntohs(address.sin_port);
	REQUIRE(peer_loop_create(&loop) == 0);
	peer_loop_add(loop, &source);
	return loop;
}

static void store_close(struct peer_loop *loop)
{
	(void)close(store.listen_fd);
	peer_loop_destroy(loop);
}

static void associate_start(
	struct test_process *associate, const char *restock, const char *cancel, const char *target)
{
	static char port[16];
	const char *argv[] = {test_program("tests/peers/peer-associate"), "--port", port, "--speed",
		"200", "--poll", "0.1", "--restock", restock, "--cancel", cancel, "--target",
		target, NULL};

	(void)snprintf(port, sizeof(port), "%u", store.port);
	test_process_start(associate, "associate", argv, NULL);
}

static bool is_over(void *context)
{
	return strcmp(store.state, context) == 0;
}

static bool is_stocked(void *context BR_UNUSED)
{
	return store.shelf[0] > 0 && store.shelf[1] > 0;
}

static bool is_filled(void *context BR_UNUSED)
{
	return store.shelf[0] > 6 && store.shelf[1] > 6;
}

static void test_an_order_is_worked_through(void)
{
	static char over[] = "handed_over";
	struct test_process associate = {0};
	struct peer_loop *loop = store_open();
	char *log, first[64];

	store.refuse_busy = 1;
	associate_start(&associate, "0", "0", "40");
	/* Nothing of B is there: a delivery comes first. */
	CHECK(peer_loop_until(loop, is_over, over, 20000));
	CHECK(store.on_hand[1] >= 3);
	CHECK_INT(store.version, 5);
	/* What was busy came again under its own id. */
	REQUIRE(sscanf(store.ids, "%60s", first) == 1);
	CHECK(strstr(store.ids + strlen(first), first) != NULL);
	CHECK_INT(test_process_stop(&associate), 0);
	log = test_file_read(associate.log, NULL);
	CHECK_HAS(
		log, "accepted 1, picked 1, ready 1, handed over 1, cancelled 0, short of stock 1");
	CHECK_HAS(log, "strange answers 0");
	free(log);
	store_close(loop);
}

static void test_orders_are_cancelled_too(void)
{
	static char over[] = "cancelled";
	struct test_process associate = {0};
	struct peer_loop *loop = store_open();

	store.on_hand[1] = 10;
	associate_start(&associate, "0", "1", "40");
	CHECK(peer_loop_until(loop, is_over, over, 20000));
	CHECK_INT(test_process_stop(&associate), 0);
	store_close(loop);
}

static void test_what_runs_low_is_delivered(void)
{
	struct test_process associate = {0};
	struct peer_loop *loop = store_open();

	store.state = "handed_over";
	store.on_hand[0] = -7;
	store.shelf[0] = -7;
	store.on_hand[1] = 100;
	associate_start(&associate, "1", "0", "40");
	CHECK(peer_loop_until(loop, is_stocked, NULL, 20000));
	CHECK_INT(store.on_hand[0], 40);
	CHECK_INT(store.on_hand[1], 100);
	CHECK_INT(store.shelf[0], 20);
	CHECK_INT(store.shelf[1], 20);
	CHECK_INT(test_process_stop(&associate), 0);
	store_close(loop);
}

/* Half of the target is less than what makes a shelf low. */
static void test_a_narrow_target_fills_to_what_is_low(void)
{
	struct test_process associate = {0};
	struct peer_loop *loop = store_open();

	store.state = "handed_over";
	store.on_hand[0] = store.on_hand[1] = 10;
	store.shelf[0] = store.shelf[1] = 6;
	associate_start(&associate, "1", "0", "9");
	CHECK(peer_loop_until(loop, is_filled, NULL, 20000));
	CHECK_INT(store.shelf[0], 8);
	CHECK_INT(test_process_stop(&associate), 0);
	store_close(loop);
}

static void test_a_store_that_is_away_is_waited_for(void)
{
	struct peer_http *http = NULL;
	struct br_text text;

	br_text_init(&text, 1024);
	REQUIRE(peer_http_create("http://127.0.0.1:1", &http) == 0);
	CHECK_INT(peer_http_ask(http, "/", NULL, &text), BR_E_OFFLINE);
	br_text_clear(&text);
	peer_http_escape(&text, BR_STR("a/b ü"));
	CHECK_STR(br_text_str(&text), "a%2Fb%20%C3%BC");
	peer_http_destroy(http);
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_an_order_is_worked_through);
	TEST(test_orders_are_cancelled_too);
	TEST(test_what_runs_low_is_delivered);
	TEST(test_a_narrow_target_fills_to_what_is_low);
	TEST(test_a_store_that_is_away_is_waited_for);
	return test_end(argc, argv);
}
