/*
 * The bus: the daemon's one connection to the store's MQTT broker (libmosquitto's only user).
 *
 * It connects to the unix socket or to loopback only, subscribes what its users route, and
 * reconnects by itself. QoS 1 messages are acknowledged after the turn in which they came was
 * committed: the loop reads, the core commits, and only br_bus_write() lets the acknowledgements
 * and what was published out. So a message that the broker has handed over is either in the store
 * or comes again; users must bear repeats.
 *
 * A turn reads at most BR_TURN_MESSAGES_MAX messages, or some more while own messages wait for
 * their acknowledgement; the rest waits in the socket.
 *
 * Everything here runs on the core thread. Users see the interface `struct br_publisher` for
 * sending, so that tests can stand in for the broker.
 */
#pragma once

#include <stdbool.h>

#include "node/error.h"
#include "node/loop.h"
#include "node/str.h"
#include "node/time.h"

#define BR_TOPIC_BYTES_MAX 256
#define BR_BUS_ROUTES_MAX 64

struct br_message {
	struct br_str topic; /* as published; valid during the call */
	struct br_str payload;
	int qos;
	bool retained;
};

/* How a noun sends: 0, BR_E_OFFLINE (nothing was queued: send it again later), or another error. */
struct br_publisher {
	int (*publish)(
		void *context, const char *topic, struct br_str payload, int qos, bool retain);
	bool (*connected)(void *context);
	void *context;
};

struct br_bus;

struct br_bus_options {
	const char *socket; /* path of the broker's unix socket, or NULL */
	const char *host;   /* "127.0.0.1" or "::1" when there is no socket */
	int port;
	const char *client_id;		 /* stable: the broker keeps the session under it */
	const char *username, *password; /* NULL = none */
};

BR_MUST_CHECK int br_bus_create(struct br_loop *loop, const struct br_bus_options *options,
	struct br_bus **ret_bus, struct br_fault *fault);
void br_bus_destroy(struct br_bus *bus);
BR_DEFINE_CLEANUP(bus, br_bus_destroy)

/*
 * Routes messages whose topic matches `filter` (MQTT wildcards) to `message`, and subscribes it
 * with `qos` (0 or 1) at every connect. The first matching route gets the message. At most
 * BR_BUS_ROUTES_MAX, before br_bus_start(). BR_E_INVALID when the filter is none.
 */
BR_MUST_CHECK int br_bus_route(struct br_bus *bus, const char *filter, int qos,
	void (*message)(void *owner, const struct br_message *message), void *owner);

/* Told when the connection to the local broker comes and goes; at most 8. */
void br_bus_on_state(struct br_bus *bus, void (*changed)(void *owner, bool connected), void *owner);

/* Begins connecting; later failures are retried with a back-off of 0.5 to 10 s. */
void br_bus_start(struct br_bus *bus);

/* Sends what is queued, acknowledgements included: once per turn, after the commit. */
void br_bus_write(struct br_bus *bus);

struct br_publisher br_bus_publisher(struct br_bus *bus);

/*
 * As the publisher does, and sets *ret_id (may be NULL), which `published` names once the local
 * broker has taken a QoS 1 message. One user may ask to be told.
 */
BR_MUST_CHECK int br_bus_publish(struct br_bus *bus, const char *topic, struct br_str payload,
	int qos, bool retain, int *ret_id);
void br_bus_on_published(struct br_bus *bus, void (*published)(void *owner, int id), void *owner);
