#include "node/visit.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>

#include "node/time.h"

#define KEEPALIVE_S 30
#define STEP_MS 50
#define WAITING (-1) /* no answer yet; answers are 0 and more */
#define REFUSED 128  /* of an answer's codes, those from here on */

struct br_visit {
	struct mosquitto *client;
	const struct br_visit_options *options; /* of the call of br_visit_open() only */
	int64_t wait_ms;
	bool newest; /* MQTT 5 */
	bool lost;
	int connack, suback, puback; /* WAITING, or the broker's code */
	bool (*take)(void *context, struct br_str topic, struct br_str payload);
	void *take_context;
	bool taken;
};

static int64_t boot_now(void)
{
	return br_clock_system.boot_ms(br_clock_system.context);
}

static void connected_callback(struct mosquitto *client BR_UNUSED, void *userdata, int code,
	int flags BR_UNUSED, const mosquitto_property *properties BR_UNUSED)
{
	struct br_visit *visit = userdata;

	br_assert(code >= 0);
	visit->connack = code;
}

static void disconnected_callback(struct mosquitto *client BR_UNUSED, void *userdata,
	int code BR_UNUSED, const mosquitto_property *properties BR_UNUSED)
{
	struct br_visit *visit = userdata;

	br_assert(visit->client != NULL);
	visit->lost = true;
}

static void subscribed_callback(struct mosquitto *client BR_UNUSED, void *userdata,
	int id BR_UNUSED, int n, const int *granted, const mosquitto_property *properties BR_UNUSED)
{
	struct br_visit *visit = userdata;

	br_assert(n >= 0);
	visit->suback = n > 0 ? granted[0] : REFUSED;
}

static void published_callback(struct mosquitto *client BR_UNUSED, void *userdata, int id BR_UNUSED,
	int code, const mosquitto_property *properties BR_UNUSED)
{
	struct br_visit *visit = userdata;

	br_assert(code >= 0);
	visit->puback = code;
}

static void message_callback(struct mosquitto *client BR_UNUSED, void *userdata,
	const struct mosquitto_message *message, const mosquitto_property *properties BR_UNUSED)
{
	struct br_visit *visit = userdata;
	struct br_str payload = {message->payload, (size_t)message->payloadlen};

	br_assert(message->payloadlen >= 0);
	if (visit->take != NULL && !visit->taken)
		visit->taken =
			visit->take(visit->take_context, br_str_from(message->topic), payload);
}

/* Works on the connection until *answer is there or `done` holds; false when that comes not. */
static bool answer_wait(
	struct br_visit *visit, const int *answer, const bool *done, int64_t wait_ms)
{
	int64_t end_ms = boot_now() + wait_ms;

	br_assert((answer != NULL) != (done != NULL));
	while (!visit->lost && boot_now() < end_ms) {
		if (answer != NULL ? *answer != WAITING : *done)
			return true;
		if (mosquitto_loop(visit->client, STEP_MS, 1) != MOSQ_ERR_SUCCESS)
			visit->lost = true;
	}
	return answer != NULL ? *answer != WAITING : *done;
}

static int options_set(struct br_visit *visit)
{
	const struct br_visit_options *options = visit->options;
	const char *certificate = options->certificate[0] != '\0' ? options->certificate : NULL;
	int failed;

	br_assert(visit->client != NULL);
	mosquitto_connect_v5_callback_set(visit->client, connected_callback);
	mosquitto_disconnect_v5_callback_set(visit->client, disconnected_callback);
	mosquitto_subscribe_v5_callback_set(visit->client, subscribed_callback);
	mosquitto_publish_v5_callback_set(visit->client, published_callback);
	mosquitto_message_v5_callback_set(visit->client, message_callback);
	failed = mosquitto_int_option(visit->client, MOSQ_OPT_PROTOCOL_VERSION,
		visit->newest ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
	if (failed == 0 && options->ca[0] != '\0')
		failed = mosquitto_tls_set(visit->client, options->ca, NULL, certificate,
			certificate != NULL ? options->key : NULL, NULL);
	return failed;
}

static int refused_say(const struct br_visit *visit, struct br_fault *fault)
{
	br_assert(visit->connack > 0);
	return br_fault_set(fault, BR_E_INVALID, "the broker lets \"%s\" not in: %s",
		visit->options->client_id,
		visit->newest ? mosquitto_reason_string(visit->connack)
			      : mosquitto_connack_string(visit->connack));
}

static int connect_try(struct br_visit *visit, struct br_fault *fault)
{
	const struct br_visit_options *options = visit->options;
	int failed = options_set(visit);

	br_assert(visit->connack == WAITING);
	if (failed == 0)
		failed = mosquitto_connect(
			visit->client, options->host, (int)options->port, KEEPALIVE_S);
	if (failed == MOSQ_ERR_NOMEM)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	if (failed != 0)
		return br_fault_set(fault, BR_E_OFFLINE, "no connection: %s",
			failed == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(failed));
	if (!answer_wait(visit, &visit->connack, NULL, options->wait_ms))
		return br_fault_set(fault, BR_E_OFFLINE,
			visit->lost ? "the broker ends the connection at once"
				    : "the broker does not answer to MQTT");
	return visit->connack == 0 ? 0 : refused_say(visit, fault);
}

/* One try with one version; what was made is released when it fails. */
static int visit_try(const struct br_visit_options *options, bool newest,
	struct br_visit **ret_visit, int *ret_connack, struct br_fault *fault)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = calloc(1, sizeof(*visit));
	int result;

	if (visit == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	visit->options = options;
	visit->wait_ms = options->wait_ms;
	visit->newest = newest;
	visit->connack = visit->suback = visit->puback = WAITING;
	visit->client = mosquitto_new(options->client_id, !options->keep, visit);
	if (visit->client == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	result = connect_try(visit, fault);
	*ret_connack = visit->connack;
	br_assert(result <= 0);
	if (result == 0) {
		visit->options = NULL;
		*ret_visit = BR_TAKE(visit);
	}
	return result;
}

/* Both numbers say that the broker does not know the version, and some say it by hanging up. */
static bool version_is_unknown(int result, int connack)
{
	br_assert(result < 0);
	return connack == CONNACK_REFUSED_PROTOCOL_VERSION ||
	       connack == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION ||
	       (result == BR_E_OFFLINE && connack == WAITING);
}

int br_visit_open(
	const struct br_visit_options *options, struct br_visit **ret_visit, struct br_fault *fault)
{
	int connack = WAITING, result;

	br_assert(options->wait_ms > 0 && options->client_id[0] != '\0');
	br_assert(options->port <= 65535 && options->host[0] != '\0');
	(void)mosquitto_lib_init();
	/* A session that is kept is one of the bridge's, which speaks 3.1.1. */
	result =
		options->keep ? BR_E_OFFLINE : visit_try(options, true, ret_visit, &connack, fault);
	if (result < 0 && version_is_unknown(result, connack))
		result = visit_try(options, false, ret_visit, &connack, fault);
	return result;
}

void br_visit_close(struct br_visit *visit)
{
	if (visit == NULL)
		return;
	if (visit->client != NULL) {
		(void)mosquitto_disconnect(visit->client);
		mosquitto_destroy(visit->client);
	}
	free(visit);
}

static int lost_say(const struct br_visit *visit, const char *what, struct br_fault *fault)
{
	/* NATS and RabbitMQ, and every broker with MQTT 3.1.1, refuse by hanging up. */
	return br_fault_set(fault, visit->lost ? BR_E_INVALID : BR_E_OFFLINE,
		visit->lost ? "the broker ends the connection over %s"
			    : "the broker does not answer to %s",
		what);
}

int br_visit_subscribe(struct br_visit *visit, const char *filter, struct br_fault *fault)
{
	br_assert(visit->client != NULL && filter[0] != '\0');
	visit->suback = WAITING;
	if (mosquitto_subscribe(visit->client, NULL, filter, 1) != MOSQ_ERR_SUCCESS)
		visit->lost = true;
	if (!answer_wait(visit, &visit->suback, NULL, visit->wait_ms))
		return lost_say(visit, filter, fault);
	return visit->suback < REFUSED
		       ? 0
		       : br_fault_set(fault, BR_E_INVALID,
				 "the broker does not let this store read %s", filter);
}

int br_visit_publish(
	struct br_visit *visit, const char *topic, struct br_str payload, struct br_fault *fault)
{
	br_assert(visit->client != NULL && topic[0] != '\0');
	visit->puback = WAITING;
	if (mosquitto_publish(visit->client, NULL, topic, (int)payload.n, payload.s, 1, false) !=
		MOSQ_ERR_SUCCESS)
		visit->lost = true;
	if (!answer_wait(visit, &visit->puback, NULL, visit->wait_ms))
		return lost_say(visit, topic, fault);
	return visit->puback < REFUSED
		       ? 0
		       : br_fault_set(fault, BR_E_INVALID,
				 "the broker does not let this store write to %s", topic);
}

void br_visit_listen(struct br_visit *visit,
	bool (*take)(void *context, struct br_str topic, struct br_str payload), void *context)
{
	br_assert(take != NULL);
	visit->take = take;
	visit->take_context = context;
	visit->taken = false;
}

int br_visit_wait(struct br_visit *visit, int64_t wait_ms)
{
	br_assert(visit->take != NULL && wait_ms >= 0);
	(void)answer_wait(visit, NULL, &visit->taken, wait_ms);
	if (visit->taken)
		return 0;
	return visit->lost ? BR_E_OFFLINE : BR_E_NOT_FOUND;
}
