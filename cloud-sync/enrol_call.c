/* Asking HQ for the first certificate, over TLS that only HQ has a certificate for. */
#include <stdio.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "cloud-sync/enrol.h"
#include "cloud-sync/identity.h"
#include "node/config.h"
#include "node/visit.h"

#define WAIT_MS 15000
#define TOPIC_BYTES 128
#define REQUEST_BYTES_MAX 16384

/* One call under way. */
struct call {
	const struct br_config *config;
	char id[BR_ENROL_ID_BYTES];
	struct br_text message;
	struct br_enrol_answer *answer;
};

/* Others' answers pass by here, too: only the own id counts. */
static bool answer_hear(void *context, struct br_str topic BR_UNUSED, struct br_str payload)
{
	struct call *call = context;

	br_assert(call->id[0] != '\0');
	return br_enrol_answer_parse(payload, call->answer, NULL) == 0 &&
	       strcmp(call->answer->id, call->id) == 0;
}

static int message_make(struct call *call, const char *code, struct br_fault *fault)
{
	struct br_enrol_request request = {
		.store_id = call->config->store_id, .id = call->id, .code = code};
	struct br_text pem;
	int result = br_enrol_id_make(call->id);

	br_assert(call->message.n == 0);
	br_text_init(&pem, REQUEST_BYTES_MAX);
	if (result < 0)
		(void)br_fault_set(fault, result, "no random bytes");
	if (result == 0)
		result = br_identity_begin(
			call->config->link_certificate, call->config->store_id, &pem, fault);
	if (result == 0) {
		request.request = br_text_str(&pem);
		br_enrol_request_write(&request, &call->message);
		result = br_text_error(&call->message);
	}
	br_text_finish(&pem);
	return result;
}

static int address_call(struct call *call, const char *host, struct br_fault *fault)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	char client_id[BR_BRIDGE_NAME_BYTES + 8], name[BR_BRIDGE_NAME_BYTES];
	char up[TOPIC_BYTES], down[TOPIC_BYTES];
	struct br_visit_options options = {
		.host = host,
		.port = (unsigned)call->config->link_enrol_port,
		.ca = call->config->link_ca,
		.certificate = "",
		.key = "",
		.client_id = client_id,
		.wait_ms = WAIT_MS,
	};
	int result;

	br_bridge_name(call->config->store_id, name);
	(void)snprintf(client_id, sizeof(client_id), "%s-enrol", name);
	(void)snprintf(up, sizeof(up), "enrol/%s/request", call->config->store_id);
	(void)snprintf(down, sizeof(down), "enrol/%s/answer", call->config->store_id);
	br_assert(call->message.n > 0);
	result = br_visit_open(&options, &visit, fault);
	if (result < 0)
		return result;
	br_visit_listen(visit, answer_hear, call);
	result = br_visit_subscribe(visit, down, fault);
	if (result == 0)
		result = br_visit_publish(visit, up, br_text_str(&call->message), fault);
	if (result == 0 && br_visit_wait(visit, WAIT_MS) < 0)
		result = br_fault_set(fault, BR_E_OFFLINE,
			"HQ's broker is there, and HQ does not answer: does it know the store %s?",
			call->config->store_id);
	return result;
}

int br_enrol_call(const struct br_config *config, const char *code,
	struct br_enrol_answer *ret_answer, struct br_fault *fault)
{
	const char *hosts[2] = {config->link_host, config->link_fallback_host};
	struct call call = {.config = config, .answer = ret_answer};
	int result;

	br_assert(config->link_ca[0] != '\0' && code[0] != '\0');
	br_text_init(&call.message, 4 * REQUEST_BYTES_MAX);
	result = message_make(&call, code, fault);
	if (result == 0)
		result = BR_E_OFFLINE;
	for (unsigned i = 0; i < 2 && result == BR_E_OFFLINE && call.message.n > 0; i++) {
		if (hosts[i][0] == '\0')
			continue;
		result = address_call(&call, hosts[i], fault);
		if (result < 0)
			br_fault_prefix(fault, hosts[i]);
	}
	br_text_finish(&call.message);
	if (result == 0 && ret_answer->refused)
		result = br_fault_set(fault, BR_E_INVALID, "HQ says: %.280s", ret_answer->message);
	return result;
}
