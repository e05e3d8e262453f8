/*
 * A storm over a whole store: tills and online orders as fast as they come, while whatever the link
 * is made of dies, is cut, falls silent or gets slow, a few things at a time; then all is mended
 * and the time is taken until both sides hold the same again. Round by round HQ sets other prices
 * and refuses what becomes of orders, which somebody sends again afterwards. In the end the proof
 * from the files of all of them that nothing was lost or doubled.
 *
 *	tills ──► store's broker ══ bridge ══ line (tests/lib/proxy) ══► HQ's broker ──► HQ
 *	              ▲   │
 *	              daemon
 *
 * HQ's broker is the caller's: any that speaks MQTT.
 */
#pragma once

#include "tests/lib/proxy.h"
#include "tests/system/store_node.h"

/* HQ's broker, started by the caller and alive when the storm begins. */
struct storm_broker {
	const char *name;
	unsigned hq_port, bridge_port; /* the bridge's is behind the line */
	/* Goes before `bridge_port` for the bridge, and not through the line; 0: there is none. */
	unsigned first_port;
	/*
	 * Its sudden death, and its new life on the same ports; the storm begins with it. False: it
	 * is spared this time, and the line is cut instead.
	 */
	bool (*die)(void *owner);
	/* So much longer than others it may take to let everybody in. */
	int64_t patience_ms;
	void *owner;
};

struct storm_settings {
	int64_t seconds;      /* for how long rounds are begun */
	unsigned keepalive_s; /* of the bridge; 0 for the product's own */
};

/*
 * The whole of it, with checks: first contact, rounds, the end of the load, a comparison that finds
 * nothing, and the proof. Prints the times to converge as p50 and p99. Call it once in a program
 * for each broker; all it started is ended when it returns.
 */
void storm_run(const struct storm_broker *broker, const struct storm_settings *settings);
