#include "tests/peers/mqtt.h"

#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FILTER_BYTES 256
#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 5000
#define KEEPALIVE_S 30
#define BEAT_MS 1000
#define MIDS 65536
#define PART_US 1000000
#define READS_MAX 200 /* packets a turn, so that timers get their share */

enum stage {
	STAGE_AWAY,	   /* no connection; the beat timer tries again */
	STAGE_CONNECTING,  /* TCP is there, CONNACK is not */
	STAGE_SUBSCRIBING, /* waiting for the SUBACKs */
	STAGE_UP
};

struct peer_mqtt {
	struct mosquitto *client;
	struct peer_loop *loop;
	struct peer_mqtt_events events;
	struct peer_source source;
	struct peer_timer beat; /* keep-alive once a second, or the next attempt to connect */
	char *address;
	int port;
	enum stage stage;
	int64_t pause_ms;
	unsigned clients_seen; /* makes the pause uneven */
	struct {
		char filter[FILTER_BYTES];
		int qos, mid;
		bool refused;
	} subscriptions[PEER_SUBSCRIPTIONS_MAX];
	size_t subscription_n, confirmed;
	uint64_t unacked[MIDS / 64]; /* bit per message id: QoS 1 and without PUBACK */
	size_t in_flight;	     /* bits that are set */
};

static void subscription_send(struct peer_mqtt *mqtt, size_t i)
{
	(void)mosquitto_subscribe(mqtt->client, &mqtt->subscriptions[i].mid,
		mqtt->subscriptions[i].filter, mqtt->subscriptions[i].qos);
}

static void is_up(struct peer_mqtt *mqtt)
{
	mqtt->stage = STAGE_UP;
	mqtt->pause_ms = PAUSE_FIRST_MS;
	if (mqtt->events.up != NULL)
		mqtt->events.up(mqtt->events.context);
}

static void on_connect(struct mosquitto *client BR_UNUSED, void *context, int code)
{
	struct peer_mqtt *mqtt = context;

	if (code != 0) {
		(void)fprintf(stderr, "the broker refused the connection: %s\n",
			mosquitto_connack_string(code));
		return;
	}
	mqtt->confirmed = 0;
	mqtt->stage = STAGE_SUBSCRIBING;
	for (size_t i = 0; i < mqtt->subscription_n; i++) {
		mqtt->subscriptions[i].refused = false;
		subscription_send(mqtt, i);
	}
	if (mqtt->subscription_n == 0)
		is_up(mqtt);
}

static void on_subscribe(struct mosquitto *client BR_UNUSED, void *context, int mid,
	int count BR_UNUSED, const int *granted)
{
	struct peer_mqtt *mqtt = context;

	for (size_t i = 0; i < mqtt->subscription_n; i++)
		if (mqtt->subscriptions[i].mid == mid && granted[0] > 2) {
			(void)fprintf(stderr, "the broker refused the subscription %s\n",
				mqtt->subscriptions[i].filter);
			mqtt->subscriptions[i].refused = true;
			return;
		}
	mqtt->confirmed++;
	if (mqtt->stage == STAGE_SUBSCRIBING && mqtt->confirmed >= mqtt->subscription_n)
		is_up(mqtt);
}

/* A cluster that has just lost a server refuses, and takes it a moment later. */
static void refused_retry(struct peer_mqtt *mqtt)
{
	br_assert(mqtt->stage != STAGE_AWAY);
	for (size_t i = 0; i < mqtt->subscription_n; i++)
		if (mqtt->subscriptions[i].refused) {
			mqtt->subscriptions[i].refused = false;
			subscription_send(mqtt, i);
		}
}

static void on_message(
	struct mosquitto *client BR_UNUSED, void *context, const struct mosquitto_message *message)
{
	struct peer_mqtt *mqtt = context;
	struct peer_message out = {
		.topic = message->topic,
		.payload = {message->payload, (size_t)message->payloadlen},
		.qos = message->qos,
		.retained = message->retain,
	};

	if (mqtt->events.message != NULL)
		mqtt->events.message(mqtt->events.context, &out);
}

static void on_publish(struct mosquitto *client BR_UNUSED, void *context, int mid)
{
	struct peer_mqtt *mqtt = context;
	uint64_t bit = UINT64_C(1) << (mid % 64);

	if ((mqtt->unacked[mid % MIDS / 64] & bit) != 0) {
		mqtt->unacked[mid % MIDS / 64] &= ~bit;
		mqtt->in_flight--;
	}
	if (mqtt->events.taken != NULL)
		mqtt->events.taken(mqtt->events.context, mid);
}

/* The connection is gone: tell the owner once, try again after the pause. */
static void is_down(struct peer_mqtt *mqtt)
{
	bool told = mqtt->stage == STAGE_UP;

	mqtt->stage = STAGE_AWAY;
	/* A pause between half and the whole of its length keeps many peers from moving as one. */
	peer_timer_set(mqtt->loop, &mqtt->beat,
		mqtt->pause_ms / 2 + mqtt->pause_ms * (mqtt->clients_seen++ * 37 % 51) / 100);
	mqtt->pause_ms = mqtt->pause_ms * 2 < PAUSE_LAST_MS ? mqtt->pause_ms * 2 : PAUSE_LAST_MS;
	if (told && mqtt->events.down != NULL)
		mqtt->events.down(mqtt->events.context);
}

static void try_to_connect(struct peer_mqtt *mqtt)
{
	mqtt->stage = STAGE_CONNECTING;
	if (mosquitto_connect(mqtt->client, mqtt->address, mqtt->port, KEEPALIVE_S) != 0)
		is_down(mqtt);
	else
		peer_timer_set(mqtt->loop, &mqtt->beat, BEAT_MS);
}

static void beat(void *context)
{
	struct peer_mqtt *mqtt = context;

	if (mqtt->stage == STAGE_AWAY) {
		try_to_connect(mqtt);
		return;
	}
	if (mosquitto_loop_misc(mqtt->client) != 0 || mosquitto_socket(mqtt->client) < 0) {
		is_down(mqtt);
		return;
	}
	refused_retry(mqtt);
	peer_timer_set(mqtt->loop, &mqtt->beat, BEAT_MS);
}

static void prepare(void *context, struct pollfd *ret_poll)
{
	struct peer_mqtt *mqtt = context;

	if (mqtt->stage == STAGE_AWAY)
		return;
	ret_poll->fd = mosquitto_socket(mqtt->client);
	ret_poll->events = mosquitto_want_write(mqtt->client) ? POLLIN | POLLOUT : POLLIN;
}

/* libmosquitto reads about one packet a call, whatever it is asked; the rest waits in the socket.
 */
static int packets_read(struct peer_mqtt *mqtt)
{
	int code = 0, waiting = 1;

	for (int i = 0; i < READS_MAX && code == 0 && waiting > 0; i++) {
		int fd;

		code = mosquitto_loop_read(mqtt->client, 1);
		fd = mosquitto_socket(mqtt->client);
		if (fd < 0 || ioctl(fd, FIONREAD, &waiting) < 0)
			waiting = 0;
	}
	return code;
}

static void ready(void *context, short revents)
{
	struct peer_mqtt *mqtt = context;
	int code = 0;

	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		code = packets_read(mqtt);
	if (code == 0 && mosquitto_want_write(mqtt->client))
		code = mosquitto_loop_write(mqtt->client, 1);
	if (mqtt->stage != STAGE_AWAY && (code != 0 || mosquitto_socket(mqtt->client) < 0))
		is_down(mqtt);
}

static int client_create(struct peer_mqtt *mqtt, const struct peer_mqtt_settings *settings)
{
	br_assert(settings->client != NULL || !settings->keep_session);
	(void)mosquitto_lib_init();
	mqtt->client = mosquitto_new(settings->client, !settings->keep_session, mqtt);
	mqtt->address = strdup(settings->socket != NULL ? settings->socket
			       : settings->host != NULL ? settings->host
							: "127.0.0.1");
	if (mqtt->client == NULL || mqtt->address == NULL)
		return BR_E_MEMORY;
	/* Port 0 is libmosquitto's way to say that the address is a unix socket. */
	mqtt->port = settings->socket != NULL ? 0
		     : settings->port != 0    ? (int)settings->port
					      : 1883;
	mosquitto_connect_callback_set(mqtt->client, on_connect);
	mosquitto_subscribe_callback_set(mqtt->client, on_subscribe);
	mosquitto_message_callback_set(mqtt->client, on_message);
	mosquitto_publish_callback_set(mqtt->client, on_publish);
	(void)mosquitto_int_option(mqtt->client, MOSQ_OPT_TCP_NODELAY, 1);
	(void)mosquitto_max_inflight_messages_set(mqtt->client, 0);
	if (settings->user != NULL &&
		mosquitto_username_pw_set(mqtt->client, settings->user, settings->password) != 0)
		return BR_E_INVALID;
	if (settings->will_topic != NULL &&
		mosquitto_will_set(mqtt->client, settings->will_topic, (int)strlen(settings->will),
			settings->will, 1, settings->will_retained) != 0)
		return BR_E_INVALID;
	return 0;
}

int peer_mqtt_create(struct peer_loop *loop, const struct peer_mqtt_settings *settings,
	const struct peer_mqtt_events *events, struct peer_mqtt **ret_mqtt)
{
	struct peer_mqtt *mqtt = calloc(1, sizeof(*mqtt));
	int error;

	if (mqtt == NULL)
		return BR_E_MEMORY;
	mqtt->loop = loop;
	mqtt->events = *events;
	mqtt->pause_ms = PAUSE_FIRST_MS;
	mqtt->source = (struct peer_source){prepare, ready, mqtt};
	mqtt->beat = (struct peer_timer){.fire = beat, .context = mqtt};
	error = client_create(mqtt, settings);
	if (error < 0) {
		peer_mqtt_destroy(mqtt);
		return error;
	}
	peer_loop_add(loop, &mqtt->source);
	peer_timer_set(loop, &mqtt->beat, 0);
	*ret_mqtt = mqtt;
	return 0;
}

/*
 * Sends what still waits, takes its acknowledgements, and says good-bye. libmosquitto closes right
 * behind the good-bye: with anything unread in the socket that would reset the connection, and the
 * broker would drop what it had not looked at yet.
 */
static void part(struct peer_mqtt *mqtt)
{
	int64_t end_us = peer_boot_us() + PART_US;

	while (mosquitto_socket(mqtt->client) >= 0 && peer_boot_us() < end_us) {
		bool full = mosquitto_want_write(mqtt->client);
		struct pollfd waits = {.fd = mosquitto_socket(mqtt->client),
			.events = full ? POLLIN | POLLOUT : POLLIN};

		if (!full && mqtt->in_flight == 0)
			break;
		(void)poll(&waits, 1, 50);
		if ((waits.revents & ~POLLOUT) != 0)
			(void)packets_read(mqtt);
		if (full)
			(void)mosquitto_loop_write(mqtt->client, 1);
	}
	(void)mosquitto_disconnect(mqtt->client);
}

void peer_mqtt_destroy(struct peer_mqtt *mqtt)
{
	if (mqtt == NULL)
		return;
	if (mqtt->client != NULL && mqtt->stage != STAGE_AWAY)
		part(mqtt);
	peer_loop_remove(mqtt->loop, &mqtt->source);
	peer_timer_clear(mqtt->loop, &mqtt->beat);
	mosquitto_destroy(mqtt->client);
	free(mqtt->address);
	free(mqtt);
	(void)mosquitto_lib_cleanup();
}

void peer_mqtt_drop(struct peer_mqtt *mqtt)
{
	int fd = mosquitto_socket(mqtt->client);

	if (fd < 0)
		return;
	/* Reading meets the end at once; libmosquitto then closes without a DISCONNECT packet. */
	(void)shutdown(fd, SHUT_RDWR);
	(void)mosquitto_loop_read(mqtt->client, 1);
	if (mqtt->stage != STAGE_AWAY)
		is_down(mqtt);
}

void peer_mqtt_subscribe(struct peer_mqtt *mqtt, const char *filter, int qos)
{
	size_t i = mqtt->subscription_n;

	br_assert(i < PEER_SUBSCRIPTIONS_MAX && strlen(filter) < FILTER_BYTES);
	(void)snprintf(mqtt->subscriptions[i].filter, FILTER_BYTES, "%s", filter);
	mqtt->subscriptions[i].qos = qos;
	mqtt->subscription_n++;
	if (mqtt->stage >= STAGE_SUBSCRIBING)
		subscription_send(mqtt, i);
}

bool peer_mqtt_is_up(const struct peer_mqtt *mqtt)
{
	return mqtt->stage == STAGE_UP;
}

bool peer_mqtt_is_full(const struct peer_mqtt *mqtt)
{
	return mosquitto_want_write(mqtt->client);
}

static void unacked_add(struct peer_mqtt *mqtt, int mid)
{
	uint64_t bit = UINT64_C(1) << (mid % 64);

	br_assert(mid > 0 && mid < MIDS);
	mqtt->in_flight += (mqtt->unacked[mid / 64] & bit) == 0;
	mqtt->unacked[mid / 64] |= bit;
}

int peer_mqtt_publish(struct peer_mqtt *mqtt, const char *topic, struct br_str payload, int qos,
	bool retained, int *ret_mid)
{
	int mid = 0, code;

	/* Offline, libmosquitto would queue the message and send it beside our own repetition. */
	if (mqtt->stage < STAGE_SUBSCRIBING)
		return BR_E_OFFLINE;
	code = mosquitto_publish(
		mqtt->client, &mid, topic, (int)payload.n, payload.s, qos, retained);
	if (ret_mid != NULL)
		*ret_mid = mid;
	switch (code) {
	case MOSQ_ERR_SUCCESS:
		if (qos > 0)
			unacked_add(mqtt, mid);
		return 0;
	case MOSQ_ERR_NOMEM:
		return BR_E_MEMORY;
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_PAYLOAD_SIZE:
	case MOSQ_ERR_MALFORMED_UTF8:
		return BR_E_INVALID;
	default:
		return BR_E_OFFLINE;
	}
}
