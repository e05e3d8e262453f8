#include "cloud-sync/conformance/post.h"

#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAITING_MAX 4096 /* messages that nobody has asked for yet */
#define OPEN_MS 15000
#define KEEPALIVE_S 30

struct waiting {
	char *topic, *payload; /* owned */
	size_t n;
	bool retained;
	int qos;
};

struct conform_post {
	struct mosquitto *client;
	struct waiting queue[WAITING_MAX];
	size_t first, n;
	struct waiting given; /* the one that the caller looks at */
	int connected;	      /* -1 = no answer yet, else the broker's code */
	int subscribed;	      /* -1 = no answer yet, else what was granted */
};

int64_t conform_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void waiting_free(struct waiting *waiting)
{
	free(waiting->topic);
	free(waiting->payload);
	*waiting = (struct waiting){.topic = NULL};
}

static void on_connect(struct mosquitto *client BR_UNUSED, void *context, int code)
{
	((struct conform_post *)context)->connected = code;
}

static void on_subscribe(struct mosquitto *client BR_UNUSED, void *context, int mid BR_UNUSED,
	int count, const int *granted)
{
	/* Who grants nothing refuses: 128, MQTT 3.1.1, 3.9.3. */
	((struct conform_post *)context)->subscribed = count > 0 ? granted[0] : 128;
}

/* What finds no room is lost, as on any line: HQ sends it again. */
static void on_message(
	struct mosquitto *client BR_UNUSED, void *context, const struct mosquitto_message *message)
{
	struct conform_post *post = context;
	struct waiting *place = &post->queue[(post->first + post->n) % WAITING_MAX];

	if (post->n == WAITING_MAX || message->payloadlen < 0)
		return;
	br_assert(place->topic == NULL);
	*place = (struct waiting){.topic = strdup(message->topic),
		.payload = malloc((size_t)message->payloadlen + 1),
		.n = (size_t)message->payloadlen,
		.retained = message->retain,
		.qos = message->qos};
	if (place->topic == NULL || place->payload == NULL) {
		waiting_free(place);
		return;
	}
	if (place->n > 0)
		memcpy(place->payload, message->payload, place->n);
	place->payload[place->n] = '\0';
	post->n++;
}

/* Lets the library work until *value is no longer -1; false when the time is over. */
static bool turn_until(struct conform_post *post, const int *value, int64_t wait_ms)
{
	int64_t end_ms = conform_now_ms() + wait_ms;

	br_assert(wait_ms > 0);
	while (*value == -1 && conform_now_ms() < end_ms)
		if (mosquitto_loop(post->client, 50, 1) != 0)
			return false;
	return *value != -1;
}

static int line_set(const struct conform_post_options *options, struct mosquitto *client,
	struct br_fault *fault)
{
	int code = 0;

	br_assert(options->user != NULL || options->password == NULL);
	if (options->user != NULL)
		code = mosquitto_username_pw_set(client, options->user, options->password);
	if (code == 0 && options->ca != NULL)
		code = mosquitto_tls_set(
			client, options->ca, NULL, options->certificate, options->key, NULL);
	if (code != 0)
		return br_fault_set(fault, BR_E_INVALID, "authority, certificate or key: %s",
			mosquitto_strerror(code));
	return 0;
}

static int connect_to(const struct conform_post_options *options, struct conform_post *post,
	struct br_fault *fault)
{
	int code;

	br_assert(post->connected == -1);
	code = mosquitto_connect(post->client, options->host, options->port, KEEPALIVE_S);

	if (code != 0)
		return br_fault_set(fault, BR_E_OFFLINE, "%s:%d: %s", options->host, options->port,
			mosquitto_strerror(code));
	if (!turn_until(post, &post->connected, OPEN_MS))
		return br_fault_set(fault, BR_E_OFFLINE,
			"%s:%d: the broker does not answer, or TLS failed", options->host,
			options->port);
	if (post->connected != 0)
		return br_fault_set(fault, BR_E_INVALID, "%s:%d: the broker refuses: %s",
			options->host, options->port, mosquitto_connack_string(post->connected));
	return 0;
}

int conform_post_open(const struct conform_post_options *options, struct conform_post **ret_post,
	struct br_fault *fault)
{
	struct conform_post *post = calloc(1, sizeof(*post));
	int result;

	if (post == NULL)
		return BR_E_MEMORY;
	br_assert(options->host != NULL && options->client != NULL);
	post->connected = post->subscribed = -1;
	(void)mosquitto_lib_init();
	post->client = mosquitto_new(options->client, true, post);
	result = post->client == NULL ? BR_E_MEMORY : line_set(options, post->client, fault);
	if (result == 0) {
		mosquitto_connect_callback_set(post->client, on_connect);
		mosquitto_subscribe_callback_set(post->client, on_subscribe);
		mosquitto_message_callback_set(post->client, on_message);
		(void)mosquitto_int_option(post->client, MOSQ_OPT_TCP_NODELAY, 1);
		result = connect_to(options, post, fault);
	}
	if (result < 0) {
		conform_post_close(post);
		return result;
	}
	*ret_post = post;
	return 0;
}

void conform_post_close(struct conform_post *post)
{
	if (post == NULL)
		return;
	br_assert(post->n <= WAITING_MAX && post->first < WAITING_MAX);
	if (post->client != NULL) {
		(void)mosquitto_disconnect(post->client);
		mosquitto_destroy(post->client);
	}
	for (size_t i = 0; i < post->n; i++)
		waiting_free(&post->queue[(post->first + i) % WAITING_MAX]);
	waiting_free(&post->given);
	free(post);
	(void)mosquitto_lib_cleanup();
}

int conform_post_subscribe(struct conform_post *post, const char *filter, struct br_fault *fault)
{
	br_assert(post->connected == 0);
	post->subscribed = -1;
	if (mosquitto_subscribe(post->client, NULL, filter, 1) != 0 ||
		!turn_until(post, &post->subscribed, OPEN_MS))
		return br_fault_set(fault, BR_E_OFFLINE, "%s: the broker does not answer", filter);
	if (post->subscribed > 2)
		return br_fault_set(
			fault, BR_E_INVALID, "%s: the broker refuses the subscription", filter);
	return 0;
}

int conform_post_send(struct conform_post *post, const char *topic, struct br_str payload)
{
	br_assert(payload.n > 0 && payload.n <= 65536);
	if (mosquitto_publish(post->client, NULL, topic, (int)payload.n, payload.s, 1, false) != 0)
		return BR_E_OFFLINE;
	return 0;
}

int conform_post_wait(struct conform_post *post, int64_t wait_ms, struct conform_letter *ret_letter)
{
	int64_t end_ms = conform_now_ms() + wait_ms;

	br_assert(wait_ms >= 0);
	waiting_free(&post->given);
	/* The line is looked at in any case, so that it lives while much is waiting. */
	do {
		int64_t left_ms = end_ms - conform_now_ms();

		if (mosquitto_loop(post->client,
			    post->n > 0 || left_ms < 0 ? 0 : (int)(left_ms < 50 ? left_ms : 50),
			    1) != 0)
			return BR_E_OFFLINE;
	} while (post->n == 0 && conform_now_ms() < end_ms);
	if (post->n == 0)
		return 0;
	post->given = post->queue[post->first];
	post->queue[post->first] = (struct waiting){.topic = NULL};
	post->first = (post->first + 1) % WAITING_MAX;
	post->n--;
	*ret_letter = (struct conform_letter){.topic = br_str_from(post->given.topic),
		.payload = {post->given.payload, post->given.n},
		.retained = post->given.retained,
		.qos = post->given.qos};
	return 1;
}
