/*
 * An event that HQ refuses, between the daemon and HQ's program over two brokers: it stops nothing,
 * is shown, goes up again when somebody says so, and then both sides hold the same. Over a kill of
 * both sides, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

#define MOVED "org.backroom.stock.moved.v1"

static struct store_node node;

static void hq_refuses(const char *code)
{
	char line[200];

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"refuse\",\"type\":\"" MOVED "\",\"code\":\"%s\"}\n", code);
	CHECK_HAS(store_node_hq_say(line), "\"ok\":true");
}

/* The number of the event that HQ refused, as text. */
static const char *refused_number(void)
{
	static char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64,
		store_node_hq_number(&node, "select max(sequence) from event where type='" MOVED
					    "' and refused is not null"));
	return text;
}

static void test_what_hq_refuses_stops_nothing_and_is_shown(void)
{
	store_node_start(&node, true, NULL);
	store_node_must(&node, 0, "", "product", "upsert", "--sku", "A", "--name", "Apples");
	store_node_must(&node, 0, "", "stock", "move", "A", "receive", "10", NULL);
	store_node_hq_must(
		&node, "select count(*) from event where type='" MOVED "' and refused is null", 1);
	hq_refuses("unknown_sku");
	store_node_must(&node, 0, "", "stock", "move", "A", "receive", "5", NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "\"code\":\"unknown_sku\"");
	store_node_hq_must(&node,
		"select count(*) from event where type='org.backroom.event.quarantined.v1'", 1);
	store_node_must_say(&node, "/api/v1/status", "\"what\":\"events_refused\"");
	store_node_must(&node, 0, "unknown_sku", "quarantine", "list", NULL, NULL, NULL, NULL);
	/* Another event of its lane arrives behind it. */
	store_node_must(&node, 0, "", "stock", "policy", "sku", "A", "--safety", "1");
	store_node_hq_must(&node,
		"select count(*) from event where type='org.backroom.stock.policy_set.v1'", 1);
	store_node_must_say(&node, "/api/v1/link", "\"backlog\":0");
}

static void test_sent_again_it_may_be_refused_again(void)
{
	store_node_must(&node, 0, "", "event", "resend", refused_number(), NULL, NULL, NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "Z\",\"tries\":1}");
	/* Until HQ has heard that, it says so again, and the next try would take that for its
	 * answer. */
	store_node_hq_must(&node,
		"select count(*) from event where type='org.backroom.event.quarantined.v1'", 2);
}

/* Both die while it is on its way: it goes on. */
static void test_sent_again_it_counts_once_hq_takes_it(void)
{
	test_process_kill(&node.hq);
	store_node_must(&node, 0, "", "event", "resend", refused_number(), NULL, NULL, NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "\"resent\":true");
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	store_node_hq_start(&node);
	store_node_must_say(&node, "/api/v1/quarantine", "Z\",\"tries\":2}");
	hq_refuses("");
	store_node_must(&node, 0, "", "event", "resend", refused_number(), NULL, NULL, NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "{\"rows\":[],");
	store_node_hq_must(&node, "select count(*) from event where refused is not null", 0);
	store_node_hq_must(
		&node, "select count(*) from event where type='org.backroom.event.accepted.v1'", 1);
	store_node_must(&node, 0, "", "link", "reconcile", "stock", NULL, NULL, NULL);
	store_node_must_say(&node, "/api/v1/link", "\"outcome\":\"equal\"");
}

static void test_one_that_is_given_up_is_found_by_the_comparison(void)
{
	hq_refuses("unknown_sku");
	store_node_must(&node, 0, "", "stock", "move", "A", "receive", "7", NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "\"code\":\"unknown_sku\"");
	store_node_must(&node, 0, "", "event", "dismiss", refused_number(), "by hand", NULL, NULL);
	store_node_must_say(&node, "/api/v1/quarantine", "{\"rows\":[],");
	store_node_must(&node, 1, "not in quarantine", "event", "resend", refused_number(), NULL,
		NULL, NULL);
	store_node_must(&node, 0, "", "link", "reconcile", "stock", NULL, NULL, NULL);
	store_node_must_say(&node, "/api/v1/link", "\"outcome\":\"repaired\"");
	store_node_must(&node, 0, "clean", "verify", NULL, NULL, NULL, NULL, NULL);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_what_hq_refuses_stops_nothing_and_is_shown);
	TEST(test_sent_again_it_may_be_refused_again);
	TEST(test_sent_again_it_counts_once_hq_takes_it);
	TEST(test_one_that_is_given_up_is_found_by_the_comparison);
	return test_end(argc, argv);
}
