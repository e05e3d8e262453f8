/*
 * The way to HQ with TLS: HQ's broker has a certificate of its own authority and wants one of every
 * store, and the bridge is the one that the tool writes. What HQ's broker shows decides: with the
 * right certificate orders, stock and commands cross; with any other nothing leaves, the link says
 * so, and what waited goes out when the certificate is right again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/proxy.h"
#include "tests/system/store_node.h"

#define WAIT_MS 60000
/*
 * As far away as HQ is. On loopback the answer may be there before mosquitto 2.0.11 has looked for
 * it: a handshake that fails so early leaves its bridge twice in a table, and the broker hangs.
 */
#define WAY_MS 15

static struct store_node node;
static struct test_proxy *line; /* from the store's broker to HQ's */

static const char *in_folder(const char *name)
{
	static char paths[4][TEST_PATH_BYTES];
	static unsigned next;
	char *path = paths[next++ % BR_ARRAY_LEN(paths)];

	(void)snprintf(path, TEST_PATH_BYTES, "%s/%s", test_folder(), name);
	return path;
}

static void run(const char *command)
{
	if (system(command) != 0) {
		printf("failed: %s\n", command);
		test_abandon();
	}
}

/* An authority: NAME.key and NAME.pem. */
static void authority_make(const char *name)
{
	char command[2048];

	(void)snprintf(command, sizeof(command),
		"cd '%s' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-days 2 -subj '/CN=%s' -keyout %s.key -out %s.pem 2>>openssl.log",
		test_folder(), name, name, name);
	run(command);
}

/* A certificate NAME.pem with its key, for who is called so, by the authority. */
static void certificate_make(const char *name, const char *authority, const char *called)
{
	char command[4096];

	(void)snprintf(command, sizeof(command),
		"cd '%s' && echo 'subjectAltName=%s' >%s.ext && "
		"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		"'/CN=%s' -keyout %s.key -out %s.csr 2>>openssl.log && "
		"openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days 2 "
		"-extfile %s.ext -out %s.pem 2>>openssl.log",
		test_folder(), called, name, name, name, name, name, authority, authority, name,
		name);
	run(command);
}

/* What HQ's broker shows from its next start on. */
static void hq_shows(const char *name)
{
	char command[2048];

	(void)snprintf(command, sizeof(command),
		"cd '%s' && cp %s.pem shown.pem && cp %s.key shown.key", test_folder(), name, name);
	run(command);
}

static void hq_restarts_with(const char *name)
{
	test_broker_stop(&node.hq_broker);
	hq_shows(name);
	test_broker_restart(&node.hq_broker);
}

static void file_write(const char *path, const char *mode, const char *text)
{
	FILE *file = fopen(path, mode);

	REQUIRE(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* HQ's program comes in by the plain listener of its own machine, the store by the other. */
static void hq_broker_start(void)
{
	char extra[4 * TEST_PATH_BYTES];
	unsigned tls_port = test_port_free();

	hq_shows("hq");
	(void)snprintf(extra, sizeof(extra),
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\n"
		"require_certificate true\nuse_identity_as_username true",
		tls_port, in_folder("authority.pem"), in_folder("shown.pem"),
		in_folder("shown.key"));
	test_broker_start(&node.hq_broker, "hq-broker", extra);
	line = test_proxy_start(0, tls_port);
	test_proxy_delay(line, WAY_MS);
}

/* As an administrator does it: the keys, the tool's bridge into the broker's files, its restart. */
static void link_configure(void)
{
	char text[4 * TEST_PATH_BYTES], *bridge = NULL;

	REQUIRE(mkdir(in_folder("conf.d"), 0755) == 0);
	(void)snprintf(text, sizeof(text),
		"[link]\nenabled = yes\nhost = 127.0.0.1\nport = %u\nca = %s\ncertificate = %s\n"
		"key = %s\n",
		test_proxy_port(line), in_folder("authority.pem"), in_folder("store-0412.pem"),
		in_folder("store-0412.key"));
	file_write(in_folder("conf.d/link.conf"), "we", text);
	REQUIRE(store_node_tool(&node, &bridge, "config", "bridge", (char *)NULL) == 0);
	CHECK_HAS(bridge, "\nbridge_cafile ");
	CHECK(strstr(bridge, "insecure") == NULL);
	file_write(node.broker.config, "ae", bridge);
	free(bridge);
	test_broker_stop(&node.broker);
	test_broker_restart(&node.broker);
}

static bool hq_has(const char *sql, int64_t at_least)
{
	int64_t end_ms = test_now_ms() + WAIT_MS;

	while (store_node_hq_number(&node, sql) < at_least && test_now_ms() < end_ms)
		test_sleep_ms(100);
	return store_node_hq_number(&node, sql) >= at_least;
}

static int64_t hq_stock_events(void)
{
	return store_node_hq_number(&node, "select count(*) from event where lane='stock'");
}

static void receive_one(void)
{
	CHECK_INT(store_node_tool(
			  &node, NULL, "stock", "move", "A000001", "receive", "1", (char *)NULL),
		0);
}

static void test_orders_stock_and_commands_cross(void)
{
	authority_make("authority");
	authority_make("stranger");
	certificate_make("hq", "authority", "IP:127.0.0.1");
	certificate_make("hq-of-stranger", "stranger", "IP:127.0.0.1");
	certificate_make("hq-elsewhere", "authority", "DNS:hq.example");
	certificate_make("store-0412", "authority", "DNS:store-0412");
	store_node_prepare(&node, false, NULL);
	node.linked = true;
	(void)snprintf(node.hq_file, sizeof(node.hq_file), "%s", in_folder("hq.sqlite"));
	hq_broker_start();
	link_configure();
	node.hq_more[0] = "--generate";
	node.hq_more[1] = "20";
	store_node_hq_start(&node);
	store_node_daemon_start(&node);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	/* Down: the catalogue and the orders, each answered. Up: what came of them. */
	CHECK(store_node_says(&node, "/api/v1/status", "\"products\":20", WAIT_MS));
	CHECK(hq_has(
		"select count(*) from command where lane='catalog' and outcome='accepted'", 40));
	CHECK_HAS(store_node_hq_say(
			  "{\"cmd\":\"order\",\"lines\":[{\"sku\":\"A000001\",\"quantity\":2}"
			  "]}\n"),
		"\"ok\":true");
	CHECK(hq_has("select count(*) from command where lane='orders' and outcome='accepted'", 1));
	CHECK(hq_has("select count(*) from event where type='org.backroom.order.offered.v1'", 1));
	receive_one();
	CHECK(hq_has("select count(*) from event where lane='stock' and subject='A000001' and "
		     "type='org.backroom.stock.moved.v1'",
		1));
	/* HQ's broker knows the store by its certificate, not by what it calls itself. */
	CHECK(test_process_says(&node.hq_broker.process, "u'store-0412'", 1));
}

/* Nothing crosses, the link is down and says why, and the store works on. */
static void refused_as(const char *certificate)
{
	int64_t before;

	hq_restarts_with(certificate);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"down\"", WAIT_MS));
	before = hq_stock_events();
	receive_one();
	CHECK(store_node_says(&node, "/api/v1/link",
		"a certificate is not accepted (link.ca, link.certificate)", WAIT_MS));
	CHECK(store_node_says(&node, "/metrics", "\nbackroom_link_up 0\n", 1000));
	CHECK_INT(store_node_metric(&node, "backroom_link_backlog_events"), 1);
	CHECK(store_node_metric(&node, "backroom_link_oldest_unconfirmed_seconds") >= 5);
	CHECK(!test_process_says(&node.hq_broker.process, "as backroom-0412", 1));
	CHECK_INT(hq_stock_events(), before);
	/* The sentence sends people to the log of the store's broker: it must be there. */
	CHECK(test_process_says(&node.broker.process, "certificate verify failed", 1));
	/* With the right one all goes on by itself. */
	hq_restarts_with("hq");
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	CHECK(store_node_says(&node, "/metrics", "\nbackroom_link_backlog_events 0\n", WAIT_MS));
	CHECK_INT(hq_stock_events(), before + 1);
	CHECK(store_node_says(
		&node, "/metrics", "\nbackroom_link_oldest_unconfirmed_seconds 0\n", 2000));
}

static void test_a_broker_of_another_authority_is_refused(void)
{
	refused_as("hq-of-stranger");
}

static void test_a_broker_of_another_name_is_refused(void)
{
	refused_as("hq-elsewhere");
}

static void test_the_store_ends_well(void)
{
	char *output;

	CHECK_INT(store_node_tool(&node, &output, "verify", (char *)NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	store_node_stop(&node);
	test_proxy_stop(line);
}

int main(int argc, char **argv)
{
	TEST(test_orders_stock_and_commands_cross);
	TEST(test_a_broker_of_another_authority_is_refused);
	TEST(test_a_broker_of_another_name_is_refused);
	TEST(test_the_store_ends_well);
	return test_end(argc, argv);
}
