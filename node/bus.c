#include "node/bus.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "node/limits.h"
#include "node/log.h"
#include "node/metrics.h"

#define KEEPALIVE_S 30
#define MISC_INTERVAL_MS 1000
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 10000
#define LISTENERS_MAX 8

struct route {
	char *filter;
	size_t literal_n; /* bytes of the filter that every topic it matches begins with */
	int qos;
	void (*message)(void *owner, const struct br_message *message);
	void *owner;
};

struct br_bus {
	struct br_loop *loop; /* borrowed */
	struct mosquitto *client;
	struct br_bus_options options; /* texts owned */
	struct br_loop_source *watch, *misc_timer, *retry_timer;
	struct route routes[BR_BUS_ROUTES_MAX];
	unsigned route_n;
	struct {
		void (*changed)(void *owner, bool connected);
		void *owner;
	} listeners[LISTENERS_MAX];
	unsigned listener_n;
	void (*published)(void *owner, int id);
	void *published_owner;
	int64_t retry_ms;
	unsigned turn_n; /* messages since the last br_bus_write() */
	bool connected, told_down;
};

static int bus_error(int code)
{
	switch (code) {
	case MOSQ_ERR_SUCCESS:
		return 0;
	case MOSQ_ERR_NOMEM:
		return BR_E_MEMORY;
	case MOSQ_ERR_NO_CONN:
	case MOSQ_ERR_CONN_LOST:
	case MOSQ_ERR_CONN_REFUSED:
		return BR_E_OFFLINE;
	case MOSQ_ERR_PAYLOAD_SIZE:
	case MOSQ_ERR_OVERSIZE_PACKET:
		return BR_E_TOO_LARGE;
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_MALFORMED_UTF8:
		return BR_E_INVALID;
	case MOSQ_ERR_ERRNO:
		return br_error_from_errno(errno);
	default:
		return BR_E_IO;
	}
}

static void listeners_tell(struct br_bus *bus, bool connected)
{
	br_assert(bus->listener_n <= LISTENERS_MAX);
	br_metric_set(BR_METRIC_BUS_CONNECTED, connected);
	for (unsigned i = 0; i < bus->listener_n; i++)
		bus->listeners[i].changed(bus->listeners[i].owner, connected);
}

static void connected_callback(
	struct mosquitto *client, void *userdata, int code, int flags BR_UNUSED)
{
	struct br_bus *bus = userdata;

	br_assert(bus->route_n <= BR_BUS_ROUTES_MAX);
	if (code != 0) {
		br_log(BR_LOG_ERR, "bus", "the broker refuses the connection: %s; trying again",
			mosquitto_connack_string(code));
		return;
	}
	bus->connected = true;
	bus->told_down = false;
	bus->retry_ms = RETRY_MIN_MS;
	br_log(BR_LOG_NOTICE, "bus", "connected to the store's broker");
	for (unsigned i = 0; i < bus->route_n; i++)
		if (mosquitto_subscribe(client, NULL, bus->routes[i].filter, bus->routes[i].qos) !=
			0)
			br_log(BR_LOG_ERR, "bus", "cannot subscribe %s", bus->routes[i].filter);
	listeners_tell(bus, true);
}

/* The descriptor goes with the connection: the watch must not outlive it. */
static void connection_drop(struct br_bus *bus)
{
	br_assert(bus->retry_ms >= RETRY_MIN_MS && bus->retry_ms <= RETRY_MAX_MS);
	br_loop_source_destroy(BR_TAKE(bus->watch));
	if (bus->connected) {
		bus->connected = false;
		listeners_tell(bus, false);
	}
	br_loop_timer_set(bus->retry_timer, bus->retry_ms);
	bus->retry_ms = bus->retry_ms * 2 < RETRY_MAX_MS ? bus->retry_ms * 2 : RETRY_MAX_MS;
	br_assert(bus->watch == NULL && !bus->connected);
}

static void disconnected_callback(
	struct mosquitto *client BR_UNUSED, void *userdata, int code BR_UNUSED)
{
	struct br_bus *bus = userdata;

	if (!bus->told_down)
		br_log(BR_LOG_WARNING, "bus",
			"the store's broker is away; trying again until it is back");
	bus->told_down = true;
	connection_drop(bus);
}

static void message_callback(struct mosquitto *client BR_UNUSED, void *userdata,
	const struct mosquitto_message *received)
{
	struct br_bus *bus = userdata;
	struct br_message message = {
		.topic = br_str_from(received->topic),
		.payload = {received->payload, (size_t)received->payloadlen},
		.qos = received->qos,
		.retained = received->retain,
	};

	br_assert(received->payloadlen >= 0);
	bus->turn_n++;
	br_metric_add(BR_METRIC_BUS_MESSAGES_IN, 1);
	for (unsigned i = 0; i < bus->route_n; i++) {
		bool matches = false;

		/* Nearly all routes differ there already, and the library measures both texts. */
		if (strncmp(bus->routes[i].filter, received->topic, bus->routes[i].literal_n) != 0)
			continue;
		if (mosquitto_topic_matches_sub(bus->routes[i].filter, received->topic, &matches) !=
				0 ||
			!matches)
			continue;
		bus->routes[i].message(bus->routes[i].owner, &message);
		return;
	}
	br_metric_add(BR_METRIC_BUS_UNKNOWN_TOPIC, 1);
}

static void published_callback(struct mosquitto *client BR_UNUSED, void *userdata, int id)
{
	struct br_bus *bus = userdata;

	if (bus->published != NULL)
		bus->published(bus->published_owner, id);
}

/*
 * Reads until the socket is empty or the turn has enough. A read that brought no message may have
 * taken another packet, so emptiness is asked of the kernel.
 */
static void socket_read(struct br_bus *bus)
{
	while (bus->watch != NULL && bus->turn_n < BR_TURN_MESSAGES_MAX) {
		unsigned before = bus->turn_n;
		int waiting = 0;

		if (mosquitto_loop_read(bus->client, 1) != 0)
			return;
		if (bus->turn_n > before)
			continue;
		if (mosquitto_socket(bus->client) < 0 ||
			ioctl(mosquitto_socket(bus->client), FIONREAD, &waiting) < 0 ||
			waiting == 0)
			return;
	}
}

static void socket_ready(void *owner, unsigned events)
{
	struct br_bus *bus = owner;

	if ((events & BR_LOOP_READ) != 0)
		socket_read(bus);
	/*
	 * The loop comes back to a descriptor that is still readable within the same turn. With the
	 * turn's share taken it is not looked at before br_bus_write(), so that the commit comes.
	 */
	if (bus->watch != NULL && bus->turn_n >= BR_TURN_MESSAGES_MAX)
		br_loop_watch_events(bus->watch, 0);
	/* What is writable now is written at the end of the turn, by br_bus_write(). */
}

/* Watches the connection's descriptor, which is a new one after every connect. */
static void socket_watch(struct br_bus *bus)
{
	br_assert(bus->watch == NULL);
	if (mosquitto_socket(bus->client) < 0 ||
		br_loop_watch(bus->loop, mosquitto_socket(bus->client),
			BR_LOOP_READ | BR_LOOP_WRITE, socket_ready, bus, &bus->watch) < 0)
		connection_drop(bus);
}

static void retry_fired(void *owner)
{
	struct br_bus *bus = owner;
	const char *host = bus->options.socket != NULL ? bus->options.socket : bus->options.host;
	int port = bus->options.socket != NULL ? 0 : bus->options.port;

	/* Only a lost connection sets the timer, and that one takes its watch along. */
	br_assert(bus->watch == NULL && !bus->connected);
	/* Blocks, but only ever on a unix socket or on loopback. */
	if (mosquitto_connect(bus->client, host, port, KEEPALIVE_S) == 0) {
		socket_watch(bus);
		return;
	}
	if (!bus->told_down)
		br_log(BR_LOG_WARNING, "bus", "no broker at %s; trying again until there is one",
			host);
	bus->told_down = true;
	connection_drop(bus);
}

static void misc_fired(void *owner)
{
	struct br_bus *bus = owner;

	if (bus->watch != NULL)
		(void)mosquitto_loop_misc(bus->client);
	br_loop_timer_set(bus->misc_timer, MISC_INTERVAL_MS);
}

static int texts_copy(struct br_bus *bus, const struct br_bus_options *options)
{
	const char *const *from[] = {
		&options->socket, &options->host, &options->username, &options->password};
	const char **to[] = {&bus->options.socket, &bus->options.host, &bus->options.username,
		&bus->options.password};

	br_assert(bus->options.host == NULL && bus->options.socket == NULL);
	bus->options.port = options->port;
	for (size_t i = 0; i < BR_ARRAY_LEN(from); i++) {
		if (*from[i] == NULL)
			continue;
		*to[i] = strdup(*from[i]);
		if (*to[i] == NULL)
			return BR_E_MEMORY;
	}
	return 0;
}

static int client_create(struct br_bus *bus, const struct br_bus_options *options)
{
	br_assert(bus->client == NULL && options->client_id != NULL);
	/* Not a clean session: the broker keeps QoS 1 messages while this process is away. */
	bus->client = mosquitto_new(options->client_id, false, bus);
	if (bus->client == NULL)
		return BR_E_MEMORY;
	/*
	 * The library writes acknowledgements by itself from within the read, unless it believes
	 * that a thread of its own does the writing. They must wait for the commit.
	 */
	if (mosquitto_threaded_set(bus->client, true) != 0)
		return BR_E_IO;
	mosquitto_connect_with_flags_callback_set(bus->client, connected_callback);
	mosquitto_disconnect_callback_set(bus->client, disconnected_callback);
	mosquitto_message_callback_set(bus->client, message_callback);
	mosquitto_publish_callback_set(bus->client, published_callback);
	if (options->username != NULL)
		return bus_error(mosquitto_username_pw_set(
			bus->client, options->username, options->password));
	return 0;
}

int br_bus_create(struct br_loop *loop, const struct br_bus_options *options,
	struct br_bus **ret_bus, struct br_fault *fault)
{
	BR_CLEANUP(br_bus_cleanup) struct br_bus *bus = calloc(1, sizeof(*bus));
	int result;

	if (bus == NULL || mosquitto_lib_init() != 0)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	bus->loop = loop;
	bus->retry_ms = RETRY_MIN_MS;
	result = texts_copy(bus, options);
	if (result == 0)
		result = client_create(bus, options);
	if (result == 0)
		result = br_loop_timer(loop, misc_fired, bus, &bus->misc_timer);
	if (result == 0)
		result = br_loop_timer(loop, retry_fired, bus, &bus->retry_timer);
	if (result < 0)
		return br_fault_set(fault, result, "the MQTT client cannot be made");
	*ret_bus = BR_TAKE(bus);
	return 0;
}

void br_bus_destroy(struct br_bus *bus)
{
	if (bus == NULL)
		return;
	bus->connected = false;
	bus->told_down = true;
	br_loop_source_destroy(bus->watch);
	if (bus->client != NULL) {
		mosquitto_disconnect_callback_set(bus->client, NULL);
		(void)mosquitto_disconnect(bus->client);
		(void)mosquitto_loop_write(bus->client, 1);
		mosquitto_destroy(bus->client);
	}
	br_loop_source_destroy(bus->misc_timer);
	br_loop_source_destroy(bus->retry_timer);
	for (unsigned i = 0; i < bus->route_n; i++)
		free(bus->routes[i].filter);
	free((void *)(uintptr_t)bus->options.socket);
	free((void *)(uintptr_t)bus->options.host);
	free((void *)(uintptr_t)bus->options.username);
	free((void *)(uintptr_t)bus->options.password);
	free(bus);
	(void)mosquitto_lib_cleanup();
}

/* Up to the first wildcard; "a/#" matches "a" too, so its slash is not certain. */
static size_t literal_bytes(const char *filter)
{
	size_t n = strcspn(filter, "+#");

	br_assert(filter[0] != '\0');
	return filter[n] == '#' && n > 0 ? n - 1 : n;
}

int br_bus_route(struct br_bus *bus, const char *filter, int qos,
	void (*message)(void *owner, const struct br_message *message), void *owner)
{
	char *copy;

	br_assert(bus->route_n < BR_BUS_ROUTES_MAX);
	br_assert(message != NULL && qos >= 0 && qos <= 1);
	if (mosquitto_sub_topic_check(filter) != 0)
		return BR_E_INVALID;
	copy = strdup(filter);
	if (copy == NULL)
		return BR_E_MEMORY;
	bus->routes[bus->route_n++] = (struct route){
		.filter = copy,
		.literal_n = literal_bytes(copy),
		.qos = qos,
		.message = message,
		.owner = owner,
	};
	return 0;
}

void br_bus_on_state(struct br_bus *bus, void (*changed)(void *owner, bool connected), void *owner)
{
	br_assert(changed != NULL);
	br_assert(bus->listener_n < LISTENERS_MAX);
	bus->listeners[bus->listener_n].changed = changed;
	bus->listeners[bus->listener_n++].owner = owner;
}

void br_bus_on_published(struct br_bus *bus, void (*published)(void *owner, int id), void *owner)
{
	br_assert(published != NULL);
	br_assert(bus->published == NULL);
	bus->published = published;
	bus->published_owner = owner;
}

void br_bus_start(struct br_bus *bus)
{
	br_assert(bus->watch == NULL);
	br_loop_timer_set(bus->misc_timer, MISC_INTERVAL_MS);
	br_loop_timer_set(bus->retry_timer, 0);
}

void br_bus_write(struct br_bus *bus)
{
	br_assert(bus->client != NULL);
	bus->turn_n = 0;
	/* A write that fails ends the connection, and the watch with it. */
	if (bus->watch != NULL && mosquitto_want_write(bus->client))
		(void)mosquitto_loop_write(bus->client, 1);
	if (bus->watch != NULL)
		br_loop_watch_events(bus->watch,
			BR_LOOP_READ | (mosquitto_want_write(bus->client) ? BR_LOOP_WRITE : 0u));
}

int br_bus_publish(struct br_bus *bus, const char *topic, struct br_str payload, int qos,
	bool retain, int *ret_id)
{
	int code;

	/* Offline the library would queue the message and still report a failure. */
	if (!bus->connected)
		return BR_E_OFFLINE;
	br_assert(payload.n <= (256u << 20));
	br_assert(qos >= 0 && qos <= 2 && bus->client != NULL);
	code = mosquitto_publish(
		bus->client, ret_id, topic, (int)payload.n, payload.s, qos, retain);
	if (code == 0)
		br_metric_add(BR_METRIC_BUS_MESSAGES_OUT, 1);
	return bus_error(code);
}

static int publisher_publish(
	void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	return br_bus_publish(context, topic, payload, qos, retain, NULL);
}

static bool publisher_connected(void *context)
{
	const struct br_bus *bus = context;

	return bus->connected;
}

struct br_publisher br_bus_publisher(struct br_bus *bus)
{
	return (struct br_publisher){publisher_publish, publisher_connected, bus};
}
