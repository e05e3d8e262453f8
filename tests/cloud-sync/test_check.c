/*
 * The check of the link, as far as it goes without a broker: what it says, and HQ's answer to it.
 * The way itself is tests/system/test_check.c.
 */
#include "cloud-sync/check.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

static void test_hqs_answer_is_read(void)
{
	struct br_checked checked = {.time_ms = 1};

	CHECK_INT(br_checked_parse(BR_STR("{\"type\":\"checked\",\"id\":\"0123456789abcdef\","
					  "\"time\":\"2026-03-01T10:15:00.120Z\"}"),
			  &checked),
		0);
	CHECK_TEXT(checked.id, "0123456789abcdef");
	CHECK_INT(checked.time_ms, INT64_C(1772360100120));
	CHECK_INT(br_checked_parse(
			  BR_STR("{\"type\":\"checked\",\"id\":\"0123456789abcdef\"}"), &checked),
		0);
	CHECK_INT(checked.time_ms, 0);
}

static void test_whatever_else_hq_says_is_no_answer(void)
{
	static const char *const others[] = {"", "[]", "{}", "{\"type\":\"checked\"}",
		"{\"type\":\"ack\",\"id\":\"0123456789abcdef\"}",
		"{\"type\":\"checked\",\"id\":\"0123456789abcde\"}",
		"{\"type\":\"checked\",\"id\":\"0123456789abcdefg\"}",
		"{\"type\":\"checked\",\"id\":7}",
		"{\"type\":\"checked\",\"id\":\"0123456789abcdef\",\"time\":\"now\"}"};
	struct br_checked checked = {.time_ms = 1};

	for (size_t i = 0; i < BR_ARRAY_LEN(others); i++)
		CHECK_INT(br_checked_parse(br_str_from(others[i]), &checked), BR_E_INVALID);
	CHECK_INT(checked.time_ms, 1);
}

static void run(struct br_config *config, struct br_check_report *report)
{
	struct br_check_options options = {
		.config = config, .version = "0.1.0", .id = "0123456789abcdef", .wait_ms = 2000};

	config->link_enabled = true;
	br_check_run(&options, report);
}

static void test_without_a_host_nothing_is_tried(void)
{
	struct br_check_report report;
	struct br_config config;

	br_config_init(&config);
	run(&config, &report);
	CHECK(!br_check_passed(&report));
	CHECK_INT(report.configuration.outcome, BR_CHECK_FAILED);
	CHECK_HAS(report.configuration.said.text, "link.host: is empty");
	CHECK_INT(report.addresses[0].steps[BR_CHECK_NAME].outcome, BR_CHECK_UNTRIED);
	CHECK_INT(report.broker.outcome, BR_CHECK_UNTRIED);
}

static void test_both_reports_say_the_same(void)
{
	struct br_check_report report;
	struct br_config config;
	struct br_text text;

	br_config_init(&config);
	(void)snprintf(config.link_host, sizeof(config.link_host), "127.0.0.1");
	config.link_port = test_port_free();
	(void)snprintf(config.link_fallback_host, sizeof(config.link_fallback_host), "::1");
	config.link_fallback_port = test_port_free();
	(void)snprintf(config.broker_socket, sizeof(config.broker_socket), "/nowhere/mqtt.sock");
	run(&config, &report);
	CHECK_INT(report.address_n, 2);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_INT(report.addresses[i].steps[BR_CHECK_NAME].outcome, BR_CHECK_OK);
		CHECK_INT(report.addresses[i].steps[BR_CHECK_CONNECTION].outcome, BR_CHECK_FAILED);
		CHECK_INT(report.addresses[i].steps[BR_CHECK_TLS].outcome, BR_CHECK_UNTRIED);
	}
	br_text_init(&text, 1 << 16);
	br_check_write(&report, &text);
	CHECK_HAS(text.bytes, "configuration  ok         store 0001, certificate none\n127.0.0.1:");
	CHECK_HAS(text.bytes, "\n  connection     failed     127.0.0.1 refuses connections");
	CHECK_HAS(text.bytes, "→ ask HQ whether its broker runs at this port");
	CHECK_HAS(text.bytes, "\n  tls            not tried\n");
	CHECK_HAS(text.bytes, "\n  broker         failed     /nowhere/mqtt.sock: ");
	br_text_clear(&text);
	br_check_write_json(&report, &text);
	CHECK_HAS(text.bytes, "{\"passed\":false,\"node\":[");
	CHECK_HAS(text.bytes, "{\"step\":\"tls\",\"outcome\":\"not tried\"}");
	CHECK_HAS(text.bytes, "{\"host\":\"::1\",\"port\":");
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_hqs_answer_is_read);
	TEST(test_whatever_else_hq_says_is_no_answer);
	TEST(test_without_a_host_nothing_is_tried);
	TEST(test_both_reports_say_the_same);
	return test_end(argc, argv);
}
