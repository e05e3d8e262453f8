/*
 * How a store gets its certificate, keeps it and loses it: by a one-time code, by a file, by the
 * daemon's own renewal over the link, and how its revocation is told. HQ's broker is a real one
 * with three doors: for HQ, for stores with a certificate, and for those without.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/authority.h"
#include "tests/lib/proxy.h"
#include "tests/system/store_node.h"

#define WAIT_MS 60000
/* As far away as HQ is: see test_tls.c. */
#define WAY_MS 15

static struct store_node node;
static unsigned tls_port, enrol_port;
static struct test_proxy *line;

/* Nobody without a certificate may do more here than ask for one. */
static const char rights[] = "topic write enrol/+/request\ntopic read enrol/+/answer\n"
			     "user hq\ntopic readwrite #\n"
			     "user 0412\ntopic write up/+/0412/#\ntopic read dn/0412/#\n";

static void hq_broker_start(void)
{
	char extra[8192];

	tls_port = test_port_free();
	enrol_port = test_port_free();
	test_shell("printf 'hq:secret\\n' >passwords && mosquitto_passwd -U passwords");
	(void)test_file_write(NULL, "password", "secret");
	(void)test_file_write(NULL, "rights", rights);
	(void)snprintf(extra, sizeof(extra),
		"password_file %s\nacl_file %s\n"
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\ncrlfile %s\n"
		"require_certificate true\nuse_identity_as_username true\n"
		"listener %u 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\n",
		test_in_folder("passwords"), test_in_folder("rights"), tls_port,
		test_in_folder("authority.pem"), test_in_folder("hq.pem"), test_in_folder("hq.key"),
		test_in_folder("authority.crl"), enrol_port, test_in_folder("authority.pem"),
		test_in_folder("hq.pem"), test_in_folder("hq.key"));
	test_broker_start(&node.hq_broker, "hq-broker", extra);
	line = test_proxy_start(0, tls_port);
	test_proxy_delay(line, WAY_MS);
}

static void hq_start(void)
{
	static char authority[TEST_PATH_BYTES], key[TEST_PATH_BYTES], password[TEST_PATH_BYTES];
	static char address[64];
	const char *more[] = {"--authority", authority, "--authority-key", key, "--user", "hq",
		"--password-file", password, "--generate", "5", "--address", address};

	(void)snprintf(authority, sizeof(authority), "%s", test_in_folder("authority.pem"));
	(void)snprintf(key, sizeof(key), "%s", test_in_folder("authority.key"));
	(void)snprintf(password, sizeof(password), "%s", test_in_folder("password"));
	(void)snprintf(address, sizeof(address), "mqtt.hq.example:8883");
	for (size_t i = 0; i < BR_ARRAY_LEN(more); i++)
		node.hq_more[i] = more[i];
	store_node_hq_start(&node);
	if (!test_process_says(&node.hq, "connected to the broker", 10000)) {
		test_process_log_show(&node.hq);
		test_process_log_show(&node.hq_broker.process);
		test_abandon();
	}
}

static void link_configure(unsigned port)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		"[link]\nenabled = yes\nhost = 127.0.0.1\nport = %u\nenrol_port = %u\nca = %s\n"
		"certificate = %s\n",
		port, enrol_port, test_in_folder("authority.pem"),
		test_in_folder("link/store.pem"));
	(void)test_file_write(test_in_folder("conf.d"), "link.conf", text);
}

/* Runs `backroom` with up to three words, and compares code and what it says. */
static void says(int code, const char *part, const char *a, const char *b, const char *c)
{
	char *said = NULL;

	CHECK_INT(store_node_tool(&node, &said, a, b, c, (char *)NULL), code);
	CHECK_HAS(said, part);
	free(said);
}

static int mode_of(const char *name)
{
	struct stat status;

	return stat(test_in_folder(name), &status) == 0 ? (int)(status.st_mode & 07777) : -1;
}

static bool is_there(const char *name)
{
	return access(test_in_folder(name), F_OK) == 0;
}

/* The code out of HQ's answer. */
static const char *code_get(int minutes)
{
	static char code[16];
	char ask[128];
	const char *at;

	(void)snprintf(ask, sizeof(ask),
		"{\"cmd\":\"enrol_code\",\"store\":\"0412\",\"minutes\":%d}\n", minutes);
	at = strstr(store_node_hq_say(ask), "\"code\":\"");
	REQUIRE(at != NULL);
	(void)snprintf(code, sizeof(code), "%.12s", at + 8);
	return code;
}

static void test_without_a_right_code_there_is_no_certificate(void)
{
	test_authority_make("authority");
	test_certificate_revoke("authority", NULL);
	test_certificate_make("hq", "authority", "hq", "IP:127.0.0.1", -1, 90);
	store_node_prepare(&node, false, NULL);
	node.linked = true;
	(void)snprintf(node.hq_file, sizeof(node.hq_file), "%s", test_in_folder("hq.sqlite"));
	hq_broker_start();
	REQUIRE(mkdir(test_in_folder("conf.d"), 0755) == 0);
	/* As the package makes it: what is written there is for the folder's group to read. */
	REQUIRE(mkdir(test_in_folder("link"), 0750) == 0);
	REQUIRE(chmod(test_in_folder("link"), 02750) == 0);
	link_configure(test_proxy_port(line));
	hq_start();
	says(1, "HQ says: there is no code for this store", "enrol", "code", "ABCD-EFGH-JK");
	(void)code_get(60);
	says(1, "HQ says: the code is wrong", "enrol", "code", "ABCD-EFGH-JK");
	/* One key for all tries, which nobody else may read. */
	CHECK_INT(mode_of("link/store.pem.request"), 0600);
	CHECK(!is_there("link/store.pem") && !is_there("link/store.pem.new"));
	says(1, "HQ says: the code has ended", "enrol", "code", code_get(0));
	for (int i = 0; i < 5; i++)
		says(1, "HQ says: ", "enrol", "code", "wrong");
	says(1, "guessed wrong too often", "enrol", "code", "wrong");
}

static void test_a_code_gets_the_certificate_once(void)
{
	char code[16], *said = NULL;

	(void)snprintf(code, sizeof(code), "%s", code_get(60));
	CHECK_INT(store_node_tool(&node, &said, "enrol", "code", code, (char *)NULL), 0);
	CHECK_HAS(said, " for store 0412, good until ");
	CHECK_HAS(said, "backroom config bridge | sudo tee");
	CHECK_HAS(said, "HQ says that its first address is mqtt.hq.example:8883");
	free(said);
	CHECK_INT(mode_of("link/store.pem"), 0640);
	CHECK(!is_there("link/store.pem.request") && !is_there("link/store.pem.new"));
	test_shell("openssl verify -CAfile authority.pem link/store.pem >/dev/null && "
		   "openssl x509 -in link/store.pem -noout -subject | grep -q 'CN = 0412'");
	says(1, "the code was used already", "enrol", "code", code);
	CHECK(is_there("link/store.pem"));
}

static void bridge_start(void)
{
	char *bridge = NULL;

	REQUIRE(store_node_tool(&node, &bridge, "config", "bridge", (char *)NULL) == 0);
	(void)test_file_write(NULL, "bridge.conf", bridge);
	free(bridge);
	test_shell("cat bridge.conf >>'%s'", node.broker.config);
	test_broker_stop(&node.broker);
	test_broker_restart(&node.broker);
}

static void test_with_it_the_link_comes_up(void)
{
	bridge_start();
	store_node_daemon_start(&node);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	CHECK(store_node_says(&node, "/api/v1/link", "\"certificate\":{\"state\":\"good\"", 5000));
	CHECK_HAS(node.hq_broker.name, "hq");
	says(0, "answers", "link", "check", NULL);
}

static void receive_one(void)
{
	CHECK_INT(store_node_tool(
			  &node, NULL, "stock", "move", "A000001", "receive", "1", (char *)NULL),
		0);
}

/* What HQ's broker knows to be used: the serial of the store's certificate, as it is in the file.
 */
static void serial_read(char serial[64])
{
	char *text;

	test_shell("openssl x509 -in link/store.pem -noout -serial >serial.txt");
	text = test_file_read(test_in_folder("serial.txt"), NULL);
	(void)snprintf(serial, 64, "%s", text);
	free(text);
}

static void test_a_file_brings_the_next_one_in_without_a_restart(void)
{
	char before[64], after[64];

	CHECK(store_node_says(&node, "/api/v1/status", "\"products\":5", WAIT_MS));
	serial_read(before);
	says(0, "take ", "enrol", "request", test_in_folder("store.csr"));
	says(1, "File exists", "enrol", "request", test_in_folder("store.csr"));
	says(1, "No such file", "enrol", "certificate", test_in_folder("nothing.pem"));
	/* Signed for somebody else, and by somebody else. */
	test_certificate_make("other", "authority", "0412", "DNS:x", -1, 90);
	says(1, "not the certificate's", "enrol", "certificate", test_in_folder("other.pem"));
	test_authority_make("stranger");
	test_shell("cp store.csr strange.csr");
	test_request_sign("strange", "stranger");
	says(1, "signed by \"stranger\"", "enrol", "certificate", test_in_folder("strange.pem"));
	CHECK(is_there("link/store.pem.request"));
	receive_one();
	/* Two thirds of its life are over: the daemon will renew it. */
	test_shell(
		"openssl ca -batch -notext -config authority.conf -cert authority.pem -keyfile "
		"authority.key -startdate $(date -u -d '-60 days' +%%Y%%m%%d%%H%%M%%SZ) -enddate "
		"$(date -u -d '+20 days' +%%Y%%m%%d%%H%%M%%SZ) -in store.csr -out store.pem "
		"2>>openssl.log");
	says(0, " for store 0412, good until ", "enrol", "certificate",
		test_in_folder("store.pem"));
	serial_read(after);
	CHECK(strcmp(before, after) != 0);
	CHECK(!is_there("link/store.pem.old") && !is_there("link/store.pem.new"));
	CHECK(test_process_says(&node.hq_broker.process, "already connected, closing old", 1));
	CHECK(!test_process_says(&node.broker.process, "terminating", 1));
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	receive_one();
	CHECK(store_node_says(&node, "/metrics", "\nbackroom_link_backlog_events 0\n", WAIT_MS));
	CHECK_INT(store_node_hq_number(&node,
			  "select count(*) from event where lane='stock' and subject='A000001'"),
		2);
}

static void test_the_daemon_renews_it_before_it_ends(void)
{
	char before[64], after[64];
	int64_t end_ms = test_now_ms() + 3 * WAIT_MS;

	serial_read(before);
	/* The watch and the renewal look once a minute. */
	while (!is_there("link/store.pem.new") && test_now_ms() < end_ms)
		test_sleep_ms(200);
	CHECK(is_there("link/store.pem.new"));
	CHECK_INT(mode_of("link/store.pem.new"), 0640);
	CHECK(!is_there("link/store.pem.request"));
	CHECK(test_process_says(&node.daemon, "HQ has signed a new certificate", 1000));
	/* Until it is used the link goes on with the old one. */
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", 1));
	receive_one();
	says(0, "the bridge is back with the new certificate", "link", "switch", NULL);
	serial_read(after);
	CHECK(strcmp(before, after) != 0);
	says(0, "no new certificate waits", "link", "switch", NULL);
	CHECK(store_node_says(&node, "/metrics", "\nbackroom_link_backlog_events 0\n", WAIT_MS));
	CHECK_INT(store_node_hq_number(&node,
			  "select count(*) from event where lane='stock' and subject='A000001'"),
		3);
}

/* What HQ's broker does not take must not replace what it takes. */
static void test_a_new_certificate_that_hq_refuses_is_not_used(void)
{
	char before[64], after[64];

	serial_read(before);
	says(0, "take ", "enrol", "request", test_in_folder("next.csr"));
	test_request_sign("next", "authority");
	test_certificate_revoke("authority", "next");
	test_broker_stop(&node.hq_broker);
	test_broker_restart(&node.hq_broker);
	says(1, "the old one stays in use", "enrol", "certificate", test_in_folder("next.pem"));
	serial_read(after);
	CHECK_TEXT(after, before);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	REQUIRE(unlink(test_in_folder("link/store.pem.new")) == 0);
}

static void test_a_revoked_store_is_refused_and_told_so(void)
{
	test_shell("cp link/store.pem mine.pem");
	test_certificate_revoke("authority", "mine");
	test_broker_stop(&node.hq_broker);
	test_broker_restart(&node.hq_broker);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"down\"", WAIT_MS));
	receive_one();
	says(1, "HQ's broker breaks off", "link", "check", NULL);
	/* The test's line does not pass on the last words of a lost connection. */
	link_configure(tls_port);
	says(1, "HQ's broker says that the store's certificate is revoked", "link", "check", NULL);
	link_configure(test_proxy_port(line));
	CHECK_INT(store_node_metric(&node, "backroom_link_backlog_events"), 1);
	/* The daemon looks into it by itself. */
	CHECK(store_node_says(
		&node, "/api/v1/link", "breaks off when it has seen the store", 90000));
	/* HQ lets it in again, by a new code, and what waited goes out. */
	says(0, " for store 0412, good until ", "enrol", "code", code_get(60));
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
	CHECK(store_node_says(&node, "/metrics", "\nbackroom_link_backlog_events 0\n", WAIT_MS));
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
	TEST(test_without_a_right_code_there_is_no_certificate);
	TEST(test_a_code_gets_the_certificate_once);
	TEST(test_with_it_the_link_comes_up);
	TEST(test_a_file_brings_the_next_one_in_without_a_restart);
	TEST(test_the_daemon_renews_it_before_it_ends);
	TEST(test_a_new_certificate_that_hq_refuses_is_not_used);
	TEST(test_a_revoked_store_is_refused_and_told_so);
	TEST(test_the_store_ends_well);
	return test_end(argc, argv);
}
