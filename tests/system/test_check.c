/*
 * `backroom link check` on a store whose way to HQ is broken at one step after the other: by real
 * brokers, certificates, lists and rights. No daemon runs.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/authority.h"
#include "tests/system/store_node.h"

static struct store_node node;

/* HQ's broker, with a listener for each thing that can be wrong about it. */
static struct {
	unsigned right, elsewhere, stranger, ended, future, revoking;
} ports;

static const struct {
	const char *name;
	unsigned *port;
} listeners[] = {{"hq", &ports.right}, {"elsewhere", &ports.elsewhere},
	{"of-stranger", &ports.stranger}, {"ended", &ports.ended}, {"future", &ports.future},
	{"hq", &ports.revoking}};

static void certificates_make(void)
{
	test_authority_make("authority");
	test_authority_make("stranger");
	test_certificate_make("hq", "authority", "hq", "IP:127.0.0.1,DNS:localhost", -1, 90);
	test_certificate_make("elsewhere", "authority", "hq.example", "DNS:hq.example", -1, 90);
	test_certificate_make("of-stranger", "stranger", "hq", "IP:127.0.0.1", -1, 90);
	test_certificate_make("ended", "authority", "hq", "IP:127.0.0.1", -90, -2);
	test_certificate_make("future", "authority", "hq", "IP:127.0.0.1", 2, 90);
	test_certificate_make("store", "authority", "0412", "DNS:store-0412", -1, 90);
	test_certificate_make("old-store", "authority", "0412", "DNS:store-0412", -90, -1);
	test_certificate_make("other-store", "authority", "0413", "DNS:store-0413", -1, 90);
	test_certificate_make("strange-store", "stranger", "0412", "DNS:store-0412", -1, 90);
	test_certificate_make("revoked-store", "authority", "0412", "DNS:store-0412", -1, 90);
	test_certificate_revoke("authority", "revoked-store");
	test_certificate_revoke("stranger", NULL);
	test_certificate_join("store");
}

/* HQ's own program is nobody to its broker, and may do all; a store is who its certificate says. */
static void hq_broker_start(const char *rights)
{
	char extra[16384];
	size_t n = 0;

	(void)test_file_write(NULL, "rights", rights);
	for (size_t i = 0; i < BR_ARRAY_LEN(listeners); i++) {
		const char *name = listeners[i].name;

		*listeners[i].port = test_port_free();
		n += (size_t)snprintf(extra + n, sizeof(extra) - n,
			"listener %u 127.0.0.1\ncafile %s\ncertfile %s.pem\nkeyfile %s.key\n"
			"require_certificate true\nuse_identity_as_username true\n",
			*listeners[i].port, test_in_folder("authority.pem"), test_in_folder(name),
			test_in_folder(name));
	}
	n += (size_t)snprintf(extra + n, sizeof(extra) - n, "crlfile %s\nacl_file %s\n",
		test_in_folder("authority.crl"), test_in_folder("rights"));
	REQUIRE(n < sizeof(extra));
	test_broker_start(&node.hq_broker, "hq-broker", extra);
}

static void link_write(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void link_write(const char *format, ...)
{
	char text[4096];
	va_list arguments;
	int n = snprintf(text, sizeof(text), "[link]\nenabled = yes\nca = %s\n",
		test_in_folder("authority.pem"));

	va_start(arguments, format);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, arguments);
	va_end(arguments);
	(void)test_file_write(test_in_folder("conf.d"), "link.conf", text);
}

/* To that listener with that certificate, "" for none. */
static void link_to(unsigned port, const char *certificate)
{
	char files[2048] = "";

	if (certificate[0] != '\0')
		(void)snprintf(files, sizeof(files), "certificate = %s.pem\nkey = %s.key\n",
			test_in_folder(certificate), test_in_folder(certificate));
	link_write("host = 127.0.0.1\nport = %u\n%s", port, files);
}

/* Runs it as JSON; the text is the caller's. */
static char *check(int code)
{
	char *said = NULL;

	CHECK_INT(store_node_tool(&node, &said, "--json", "link", "check", (char *)NULL), code);
	REQUIRE(said != NULL);
	return said;
}

/* It fails at that step with that sentence; what comes before is all right, the rest untried. */
static void fails_at(const char *step, const char *sentence)
{
	static const char *const steps[] = {
		"name", "connection", "tls", "clock", "credentials", "topics", "hq"};
	char *said = check(1), part[128];
	const char *outcome = "ok", *addresses = strstr(said, "\"addresses\"");

	REQUIRE(addresses != NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++) {
		bool here = strcmp(steps[i], step) == 0;

		(void)snprintf(part, sizeof(part), "\"step\":\"%s\",\"outcome\":\"%s\"", steps[i],
			here ? "failed" : outcome);
		CHECK_HAS(addresses, part);
		if (here)
			outcome = "not tried";
	}
	CHECK_HAS(said, sentence);
	CHECK_HAS(said, "\"next\":\"");
	free(said);
}

static void test_all_is_well_and_said_so(void)
{
	static const char rights[] = "topic readwrite #\nuser 0412\ntopic write up/+/0412/#\n"
				     "topic read dn/0412/#\n";
	char *said, *bridge = NULL;

	certificates_make();
	store_node_prepare(&node, false, NULL);
	REQUIRE(mkdir(test_in_folder("conf.d"), 0755) == 0);
	hq_broker_start(rights);
	link_write("host = 127.0.0.1\nport = %u\nfallback_host = localhost\nfallback_port = %u\n"
		   "certificate = %s\n",
		ports.right, ports.right, test_in_folder("store-both.pem"));
	REQUIRE(store_node_tool(&node, &bridge, "config", "bridge", (char *)NULL) == 0);
	CHECK_HAS(bridge, "\naddresses 127.0.0.1:");
	(void)test_file_write(NULL, "bridge.conf", bridge);
	free(bridge);
	test_shell("cat bridge.conf >>'%s'", node.broker.config);
	test_broker_stop(&node.broker);
	test_broker_restart(&node.broker);
	store_node_hq_start(&node);
	REQUIRE(test_process_says(&node.hq, "connected to the broker", 10000));
	REQUIRE(test_process_says(&node.hq_broker.process, "as backroom-0412 ", 10000));
	CHECK_INT(store_node_tool(&node, &said, "link", "check", (char *)NULL), 0);
	printf("%s", said);
	CHECK_HAS(said, "configuration  ok         store 0412, certificate 1");
	CHECK_HAS(said, "\nlocalhost:");
	CHECK_HAS(said, "  tls            ok         \"hq\", signed by \"authority\"\n");
	CHECK_HAS(said, "  hq             ok         answers\n");
	CHECK_HAS(said, "  bridge         ok         connected\n");
	CHECK(strstr(said, "failed") == NULL && strstr(said, "not tried") == NULL);
	free(said);
	said = check(0);
	CHECK_HAS(
		said, "{\"passed\":true,\"node\":[{\"step\":\"configuration\",\"outcome\":\"ok\"");
	free(said);
	/* Neither the bridge nor anybody else was sent away for it. */
	CHECK(!test_process_says(&node.hq_broker.process, "already connected", 1));
}

static void test_a_configuration_that_is_not_complete(void)
{
	static const struct {
		const char *lines, *says;
	} cases[] = {
		{"enabled = no\n", "switched off"},
		{"host =\n", "link.host: is empty"},
		{"host = a\ncertificate = /nowhere.pem\n",
			"link.certificate: /nowhere.pem: No such"},
	};
	char *said;

	for (size_t i = 0; i < BR_ARRAY_LEN(cases); i++) {
		link_write("%s", cases[i].lines);
		said = check(1);
		CHECK_HAS(said, cases[i].says);
		CHECK_HAS(said, "\"step\":\"broker\",\"outcome\":\"not tried\"");
		CHECK(strstr(said, "\"ok\"") == NULL);
		free(said);
	}
	/* The key of another, and another store's certificate. */
	link_write("host = a\ncertificate = %s\nkey = %s\n", test_in_folder("store.pem"),
		test_in_folder("hq.key"));
	said = check(1);
	CHECK_HAS(said, "link.certificate: the private key is not the certificate's");
	free(said);
	link_to(ports.right, "other-store");
	said = check(1);
	CHECK_HAS(said, "is made out to \\\"0413\\\", and this store is \\\"0412\\\"");
	free(said);
}

static void test_a_name_that_nobody_knows(void)
{
	link_write("host = hq.invalid\n");
	fails_at("name", "the name hq.invalid is not found");
}

static void test_a_port_at_which_nobody_listens(void)
{
	link_to(test_port_free(), "store");
	fails_at("connection", "127.0.0.1 refuses connections at port");
}

static void test_a_port_without_tls(void)
{
	link_to(node.hq_broker.port, "store");
	fails_at("tls", "what listens at port");
}

static void test_a_broker_of_another_authority(void)
{
	link_to(ports.stranger, "store");
	fails_at("tls", "signed by \\\"stranger\\\", which is none of the authorities in link.ca");
}

static void test_a_broker_of_another_name(void)
{
	link_to(ports.elsewhere, "store");
	fails_at("tls", "is made out to \\\"hq.example\\\" and not to 127.0.0.1");
}

static void test_a_broker_whose_certificate_is_revoked(void)
{
	test_certificate_revoke("authority", "hq");
	link_write("host = 127.0.0.1\nport = %u\ncertificate = %s\ncrl = %s\n", ports.right,
		test_in_folder("store-both.pem"), test_in_folder("authority.crl"));
	fails_at("tls", "the certificate of HQ's broker, \\\"hq\\\", is revoked");
}

static void test_dates_that_do_not_fit(void)
{
	link_to(ports.ended, "store");
	fails_at("clock", "the certificate of HQ's broker ended ");
	/* It was made by somebody whose clock works. */
	link_to(ports.future, "store");
	fails_at("clock", "this machine's clock is wrong");
}

static void test_credentials_that_hq_does_not_take(void)
{
	link_to(ports.right, "");
	fails_at("credentials", "HQ's broker wants a certificate of the store and got none");
	link_to(ports.right, "strange-store");
	fails_at("credentials", "HQ's broker does not know who signed the store's certificate");
	link_to(ports.right, "old-store");
	fails_at("credentials", "the store's certificate ended ");
	link_to(ports.revoking, "revoked-store");
	fails_at("credentials", "HQ's broker says that the store's certificate is revoked");
}

static void test_the_second_address_is_tried_whatever_the_first_is(void)
{
	char *said;

	link_write("host = 127.0.0.1\nport = %u\nfallback_host = 127.0.0.1\nfallback_port = %u\n"
		   "certificate = %s\n",
		test_port_free(), ports.right, test_in_folder("store-both.pem"));
	said = check(1);
	CHECK_HAS(said, "\"step\":\"connection\",\"outcome\":\"failed\"");
	CHECK_HAS(said, "\"step\":\"hq\",\"outcome\":\"ok\",\"said\":\"answers\"");
	free(said);
}

static void test_a_store_that_may_not_write(void)
{
	test_broker_stop(&node.hq_broker);
	hq_broker_start("topic readwrite #\nuser 0412\ntopic read dn/0412/#\n");
	link_to(ports.right, "store");
	fails_at("topics", "the broker does not let this store write to up/");
}

static void test_hq_is_silent(void)
{
	/* Nobody behind the broker. */
	(void)test_process_stop(&node.hq);
	test_broker_stop(&node.hq_broker);
	hq_broker_start("topic readwrite #\nuser 0412\ntopic readwrite #\n");
	link_to(ports.right, "store");
	fails_at("hq", "HQ's broker is there, and HQ does not answer");
}

static void test_the_stores_own_broker_and_bridge(void)
{
	char *said = check(1);

	/* The bridge has lost its broker. */
	CHECK_HAS(said, "\"step\":\"bridge\",\"outcome\":\"failed\",\"said\":\"the bridge is not");
	free(said);
	test_shell("sed -i '/^# The bridge from/,$d' '%s'", node.broker.config);
	test_broker_stop(&node.broker);
	test_broker_restart(&node.broker);
	said = check(1);
	CHECK_HAS(said, "the store's broker has no bridge for this store");
	CHECK_HAS(said, "backroom config bridge | sudo tee");
	free(said);
	test_broker_stop(&node.broker);
	said = check(1);
	CHECK_HAS(said, "\"step\":\"broker\",\"outcome\":\"failed\"");
	CHECK_HAS(said, "\"step\":\"bridge\",\"outcome\":\"not tried\"");
	free(said);
	test_broker_stop(&node.hq_broker);
}

int main(int argc, char **argv)
{
	TEST(test_all_is_well_and_said_so);
	TEST(test_a_configuration_that_is_not_complete);
	TEST(test_a_name_that_nobody_knows);
	TEST(test_a_port_at_which_nobody_listens);
	TEST(test_a_port_without_tls);
	TEST(test_a_broker_of_another_authority);
	TEST(test_a_broker_of_another_name);
	TEST(test_dates_that_do_not_fit);
	TEST(test_credentials_that_hq_does_not_take);
	TEST(test_a_broker_whose_certificate_is_revoked);
	TEST(test_the_second_address_is_tried_whatever_the_first_is);
	TEST(test_a_store_that_may_not_write);
	TEST(test_hq_is_silent);
	TEST(test_the_stores_own_broker_and_bridge);
	return test_end(argc, argv);
}
