/*
 * HQ's broker need not be mosquitto: the same store, bridge, HQ and blows as in test_kill.c, with
 * NATS, with a cluster of three NATS servers of which one dies for good, and with RabbitMQ.
 * BACKROOM_BROKERS_SECONDS sets for how long each (default 10; 300 with BACKROOM_TEST_LONG).
 */
#include <stdlib.h>

#include "tests/lib/nats.h"
#include "tests/lib/rabbitmq.h"
#include "tests/system/storm.h"

#define KEEPALIVE_S 5
/*
 * A cluster with a dead server lets in by lot, bridge and HQ alike (cloud-sync/README.md, "Traps"):
 * half a minute as a rule, but luck may take several.
 */
#define LUCK_MS 420000

static void storm_over(const struct storm_broker *broker)
{
	const char *wanted = getenv("BACKROOM_BROKERS_SECONDS");
	bool is_long = getenv("BACKROOM_TEST_LONG") != NULL;
	struct storm_settings settings = {
		.seconds = wanted != NULL ? atoll(wanted)
			   : is_long	  ? 300
					  : 10,
		.keepalive_s = KEEPALIVE_S,
	};

	storm_run(broker, &settings);
}

static bool nats_dies(void *owner)
{
	test_nats_kill(owner, 0);
	test_nats_restart(owner, 0);
	return true;
}

static void test_nats(void)
{
	static struct test_nats nats;
	struct storm_broker broker = {.name = "nats", .die = nats_dies, .owner = &nats};

	test_nats_start(&nats, 1);
	broker.hq_port = broker.bridge_port = nats.nodes[0].port;
	storm_over(&broker);
	test_nats_stop(&nats);
}

/* The one that the bridge prefers; it stays dead. */
static bool node_dies(void *owner)
{
	struct test_nats *nats = owner;
	bool lived = test_process_runs(&nats->nodes[0].process);

	test_nats_kill(nats, 0);
	return lived;
}

static void test_a_cluster_of_nats_without_one_of_three(void)
{
	static struct test_nats nats;
	struct storm_broker broker = {
		.name = "nats-cluster", .die = node_dies, .patience_ms = LUCK_MS, .owner = &nats};

	test_nats_start(&nats, 3);
	broker.first_port = nats.nodes[0].port;
	broker.bridge_port = nats.nodes[1].port;
	broker.hq_port = nats.nodes[2].port;
	storm_over(&broker);
	CHECK(!test_process_runs(&nats.nodes[0].process));
	test_nats_stop(&nats);
}

/* Once: it takes so long to come back. */
static bool rabbitmq_dies(void *owner)
{
	static bool died;

	if (died)
		return false;
	died = true;
	test_rabbitmq_kill(owner);
	test_rabbitmq_restart(owner);
	return true;
}

static void test_rabbitmq(void)
{
	static struct test_rabbitmq rabbitmq;
	struct storm_broker broker = {.name = "rabbitmq", .die = rabbitmq_dies, .owner = &rabbitmq};

	test_rabbitmq_start(&rabbitmq);
	broker.hq_port = broker.bridge_port = rabbitmq.port;
	storm_over(&broker);
	test_rabbitmq_stop(&rabbitmq);
}

int main(int argc, char **argv)
{
	TEST(test_nats);
	TEST(test_a_cluster_of_nats_without_one_of_three);
	TEST(test_rabbitmq);
	return test_end(argc, argv);
}
