#include "tests/bench/receiver.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "tests/bench/figure.h"

#define KEEPALIVE_S 30
#define CONNECT_MS 10000
#define MISC_INTERVAL_MS 1000

struct bench_receiver {
	struct bench_receiver_options options;
	struct mosquitto *client;
	uint64_t received;
	int64_t misc_us; /* when the library last looked after its keep-alive */
	bool subscribed, lost;
};

static void connected(struct mosquitto *client, void *userdata, int code)
{
	struct bench_receiver *receiver = userdata;

	if (code != 0 || mosquitto_subscribe(client, NULL, receiver->options.filter,
				 receiver->options.qos) != 0)
		bench_fail(NULL, "the broker refuses the connection");
}

static void subscribed(struct mosquitto *client BR_UNUSED, void *userdata, int id BR_UNUSED,
	int qos_count, const int *granted)
{
	struct bench_receiver *receiver = userdata;

	receiver->subscribed = qos_count == 1 && granted[0] == receiver->options.qos;
}

static void disconnected(struct mosquitto *client BR_UNUSED, void *userdata, int code BR_UNUSED)
{
	struct bench_receiver *receiver = userdata;

	receiver->lost = true;
}

static void received(
	struct mosquitto *client BR_UNUSED, void *userdata, const struct mosquitto_message *message)
{
	struct bench_receiver *receiver = userdata;
	struct bench_message passed = {
		.topic = message->topic,
		.payload = message->payload,
		.n = (size_t)message->payloadlen,
	};

	receiver->received++;
	receiver->options.message(receiver->options.owner, &passed);
}

/* The same reading as node/bus.c: packets one by one, until nothing waits in the socket. */
static void socket_read(struct bench_receiver *receiver)
{
	uint64_t until = receiver->received + receiver->options.turn_max;

	while (!receiver->lost && receiver->received < until) {
		uint64_t before = receiver->received;
		int waiting = 0;

		if (mosquitto_loop_read(receiver->client, 1) != MOSQ_ERR_SUCCESS)
			return;
		if (receiver->received == before &&
			(ioctl(mosquitto_socket(receiver->client), FIONREAD, &waiting) < 0 ||
				waiting == 0))
			return;
	}
}

/* One turn; true when the owner has enough. */
static bool turn(struct bench_receiver *receiver, int wait_ms)
{
	uint64_t before = receiver->received;
	struct pollfd watched = {.fd = mosquitto_socket(receiver->client), .events = POLLIN};
	bool enough = false;

	if (mosquitto_want_write(receiver->client))
		watched.events |= POLLOUT;
	if (poll(&watched, 1, wait_ms) > 0 && (watched.revents & (POLLIN | POLLHUP)) != 0)
		socket_read(receiver);
	if (receiver->lost)
		bench_fail(NULL, "the broker closed the connection");
	if (receiver->received > before && receiver->options.turn != NULL)
		enough = receiver->options.turn(receiver->options.owner);
	if (mosquitto_want_write(receiver->client))
		(void)mosquitto_loop_write(receiver->client, 1);
	if (bench_now_us() - receiver->misc_us > MISC_INTERVAL_MS * 1000) {
		receiver->misc_us = bench_now_us();
		(void)mosquitto_loop_misc(receiver->client);
	}
	return enough;
}

bool bench_receiver_run(struct bench_receiver *receiver, int64_t wait_ms)
{
	int64_t end_us = bench_now_us() + wait_ms * 1000;

	do {
		int64_t left_ms = (end_us - bench_now_us() + 999) / 1000;

		if (turn(receiver, left_ms < 0			? 0
				   : left_ms < MISC_INTERVAL_MS ? (int)left_ms
								: MISC_INTERVAL_MS))
			return true;
	} while (bench_now_us() < end_us);
	return false;
}

struct bench_receiver *bench_receiver_create(const struct bench_receiver_options *options)
{
	struct bench_receiver *receiver = calloc(1, sizeof(*receiver));
	int64_t end_us = bench_now_us() + CONNECT_MS * 1000;

	br_assert(receiver != NULL && options->turn_max > 0);
	receiver->options = *options;
	(void)mosquitto_lib_init();
	receiver->client = mosquitto_new(options->client_id, options->forget, receiver);
	br_assert(receiver->client != NULL);
	/* As the bus does: the library then leaves the writing to us. */
	(void)mosquitto_threaded_set(receiver->client, true);
	mosquitto_connect_callback_set(receiver->client, connected);
	mosquitto_disconnect_callback_set(receiver->client, disconnected);
	mosquitto_subscribe_callback_set(receiver->client, subscribed);
	mosquitto_message_callback_set(receiver->client, received);
	if (mosquitto_connect(receiver->client, options->socket, 0, KEEPALIVE_S) !=
		MOSQ_ERR_SUCCESS)
		bench_fail(NULL, "no broker at %s", options->socket);
	while (!receiver->subscribed && bench_now_us() < end_us)
		(void)turn(receiver, 10);
	if (!receiver->subscribed)
		bench_fail(NULL, "the broker does not confirm %s", options->filter);
	return receiver;
}

void bench_receiver_destroy(struct bench_receiver *receiver)
{
	if (receiver == NULL)
		return;
	mosquitto_disconnect_callback_set(receiver->client, NULL);
	(void)mosquitto_disconnect(receiver->client);
	(void)mosquitto_loop_write(receiver->client, 1);
	mosquitto_destroy(receiver->client);
	(void)mosquitto_lib_cleanup();
	free(receiver);
}

void bench_receiver_publish(
	struct bench_receiver *receiver, const char *topic, const char *payload, size_t n, int qos)
{
	int code = mosquitto_publish(receiver->client, NULL, topic, (int)n, payload, qos, false);

	if (code != MOSQ_ERR_SUCCESS)
		bench_fail(NULL, "cannot publish on %s: %s", topic, mosquitto_strerror(code));
}
