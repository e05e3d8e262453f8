/*
 * The lane of telemetry with real processes, and what HQ sets beside prices: a device and a label
 * reach HQ, its templates and its versions of the policy reach the store, and what is wrong with
 * one is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/store_node.h"

static struct store_node node;

static void hq_sends(const char *id, const char *type, const char *body)
{
	char text[3000];

	(void)snprintf(text, sizeof(text),
		"{\"cmd\":\"command\",\"lane\":\"catalog\",\"id\":\"%s\",\"type\":\"%s\",\"data\":%"
		"s}\n",
		id, type, body);
	CHECK_HAS(store_node_hq_say(text), "\"ok\":true");
}

static void test_devices_and_labels_reach_hq(void)
{
	store_node_start(&node, true, NULL);
	store_node_must(&node, 0, "", "product", "upsert", "A", "Apples", NULL, NULL);
	store_node_must(&node, 0, "", "device", "adopt", "zigbee2mqtt/fridge", NULL, NULL, NULL);
	store_node_must(&node, 0, "", "label", "bind", "0011AABBCCDD", "A", NULL, NULL);
	store_node_hq_must(&node,
		"select count(*) from event where lane='telemetry' and "
		"type='org.backroom.device.adopted.v1'",
		1);
	store_node_hq_must(&node,
		"select count(*) from event where lane='telemetry' and "
		"type='org.backroom.label.bound.v1'",
		1);
	store_node_must_say(&node, "/api/v1/link", "\"telemetry\":{\"backlog\":0,");
	/* Nothing of it is on another lane, nor anything of theirs on it. */
	CHECK_INT(store_node_hq_number(&node,
			  "select count(*) from event where (lane='telemetry') <> "
			  "(type like 'org.backroom.device.%' or type like 'org.backroom.label.%' "
			  "or type like 'org.backroom.alarm.%')"),
		0);
}

#define DESIGN \
	"{\\\"name\\\":\\\"shelf-29-regular\\\",\\\"version\\\":2,\\\"w\\\":296,\\\"h\\\":128," \
	"\\\"colours\\\":[\\\"white\\\",\\\"black\\\"],\\\"state\\\":\\\"regular\\\"," \
	"\\\"boxes\\\":[{\\\"type\\\":\\\"rect\\\",\\\"x\\\":0,\\\"y\\\":0,\\\"w\\\":%s," \
	"\\\"h\\\":9}]}"

static void design_send(const char *id, unsigned version, const char *width)
{
	char text[1000], body[1200];

	(void)snprintf(text, sizeof(text), DESIGN, width);
	(void)snprintf(body, sizeof(body),
		"{\"template\":\"shelf-29-regular\",\"version\":%u,\"text\":\"%s\"}", version,
		text);
	hq_sends(id, "template.set", body);
}

static void test_what_hq_sets_is_judged_and_answered(void)
{
	design_send("t1", 1, "100");
	store_node_hq_must(
		&node, "select count(*) from command where id='t1' and outcome='accepted'", 1);
	design_send("t2", 2, "1000");
	store_node_hq_must(&node,
		"select count(*) from command where id='t2' and outcome='refused' and "
		"code='malformed' and message like '%box 1 (rect)%'",
		1);
	design_send("t3", 1, "50");
	store_node_hq_must(
		&node, "select count(*) from command where id='t3' and code='version'", 1);
	hq_sends("p1", "policy.set", "{\"version\":4,\"code_tries\":3}");
	hq_sends("p2", "policy.set", "{\"version\":3,\"code_tries\":9}");
	store_node_hq_must(
		&node, "select count(*) from command where id='p1' and outcome='accepted'", 1);
	store_node_hq_must(&node,
		"select count(*) from command where id='p2' and code='version' and "
		"message like '%the policy has 4 already%'",
		1);
	store_node_must_say(&node, "/api/v1/policy", "\"code_tries\":3");
}

/* The template is the ledger's: it is there again after the process has died. */
static void test_a_restart_keeps_it(void)
{
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	design_send("t4", 1, "50");
	store_node_hq_must(
		&node, "select count(*) from command where id='t4' and code='version'", 1);
	store_node_must(&node, 0, "", "verify", NULL, NULL, NULL, NULL, NULL);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_devices_and_labels_reach_hq);
	TEST(test_what_hq_sets_is_judged_and_answered);
	TEST(test_a_restart_keeps_it);
	return test_end(argc, argv);
}
