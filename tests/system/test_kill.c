/*
 * Everything dies at random under load: the daemon, the store's broker, HQ's broker, HQ; and the
 * line between the brokers is cut, silent, half-open and slow. Afterwards nothing that was
 * acknowledged is lost or doubled, on either side.
 * BACKROOM_KILL_SECONDS sets for how long (default 60; ten minutes with BACKROOM_TEST_LONG, which
 * also leaves the bridge its own keepalive).
 */
#include <stdlib.h>

#include "tests/system/storm.h"

#define KEEPALIVE_S 5 /* the shortest that mosquitto takes */

static struct test_broker hq_broker;

static bool broker_dies(void *owner)
{
	test_broker_kill(owner);
	test_broker_restart(owner);
	return true;
}

static void test_random_deaths_and_cuts_lose_and_double_nothing(void)
{
	const char *wanted = getenv("BACKROOM_KILL_SECONDS");
	bool is_long = getenv("BACKROOM_TEST_LONG") != NULL;
	struct storm_settings settings = {
		.seconds = wanted != NULL ? atoll(wanted)
			   : is_long	  ? 600
					  : 60,
		.keepalive_s = is_long ? 0 : KEEPALIVE_S,
	};
	struct storm_broker broker = {.name = "mosquitto", .die = broker_dies, .owner = &hq_broker};

	test_broker_start(&hq_broker, "hq-broker", NULL);
	broker.hq_port = broker.bridge_port = hq_broker.port;
	storm_run(&broker, &settings);
	test_broker_stop(&hq_broker);
}

int main(int argc, char **argv)
{
	TEST(test_random_deaths_and_cuts_lose_and_double_nothing);
	return test_end(argc, argv);
}
