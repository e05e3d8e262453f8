#include "cloud-sync/changeover.h"

#include <stdio.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "cloud-sync/identity.h"
#include "node/visit.h"

#define WAIT_MS 10000	/* for one answer */
#define BRIDGE_MS 90000 /* for the bridge: its pauses between tries grow up to 30 s */
#define CLIENT_ID_BYTES (BR_BRIDGE_NAME_BYTES + 16)

/* What the store's broker tells of its bridge. */
struct bridge_state {
	bool was_down, up_again;
};

/* Visits one address of HQ's broker with the certificate in `file`, and leaves. */
static int hq_visit(const struct br_config *config, unsigned address, const char *file,
	const char *client_id, bool keep, struct br_fault *fault)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	struct br_visit_options options = {
		.host = address == 0 ? config->link_host : config->link_fallback_host,
		.port = (unsigned)(address == 0 ? config->link_port : config->link_fallback_port),
		.ca = config->link_ca,
		.certificate = file,
		.key = file,
		.client_id = client_id,
		.keep = keep,
		.wait_ms = WAIT_MS,
	};
	int result;

	br_assert(address < 2 && file[0] != '\0');
	if (options.host[0] == '\0')
		return br_fault_set(fault, BR_E_NOT_FOUND, "no such address");
	result = br_visit_open(&options, &visit, fault);
	if (result < 0)
		br_fault_prefix(fault, options.host);
	return result;
}

/* 0 when HQ's broker takes it at one address at least. */
static int certificate_try(const struct br_config *config, const char *name, struct br_fault *fault)
{
	char client_id[CLIENT_ID_BYTES];
	struct br_fault second = {""};
	int result;

	(void)snprintf(client_id, sizeof(client_id), "%s-change", name);
	br_assert(br_identity_waits(config->link_certificate));
	result = hq_visit(
		config, 0, br_identity_waiting(config->link_certificate), client_id, false, fault);
	if (result < 0 && config->link_fallback_host[0] != '\0')
		result = hq_visit(config, 1, br_identity_waiting(config->link_certificate),
			client_id, false, &second);
	if (result < 0)
		br_fault_prefix(fault,
			"HQ's broker does not take the new certificate, the old one stays in use");
	return result;
}

static bool state_hear(void *context, struct br_str topic BR_UNUSED, struct br_str payload)
{
	struct bridge_state *state = context;
	bool up = br_str_is(payload, "1");

	state->was_down |= !up;
	state->up_again = state->was_down && up;
	br_assert(!state->up_again || state->was_down);
	return state->up_again;
}

static int shop_visit(const struct br_config *config, const char *name, struct bridge_state *state,
	struct br_visit **ret_visit, struct br_fault *fault)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	bool by_socket = config->broker_socket[0] != '\0';
	char client_id[CLIENT_ID_BYTES], topic[64 + BR_BRIDGE_NAME_BYTES];
	struct br_visit_options options = {
		.host = by_socket ? config->broker_socket : config->broker_host,
		.port = by_socket ? 0 : (unsigned)config->broker_port,
		.ca = "",
		.certificate = "",
		.key = "",
		.client_id = client_id,
		.wait_ms = WAIT_MS,
	};
	int result;

	(void)snprintf(client_id, sizeof(client_id), "%s-change", name);
	(void)snprintf(topic, sizeof(topic), "$SYS/broker/connection/%s/state", name);
	result = br_visit_open(&options, &visit, fault);
	br_assert(result <= 0);
	if (result == 0) {
		br_visit_listen(visit, state_hear, state);
		result = br_visit_subscribe(visit, topic, fault);
	}
	if (result < 0) {
		br_fault_prefix(fault, "the store's broker cannot be asked for its bridge");
		return result;
	}
	*ret_visit = BR_TAKE(visit);
	return 0;
}

int br_changeover_run(const struct br_config *config, struct br_fault *fault)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *shop = NULL;
	struct bridge_state state = {false, false};
	const char *file = config->link_certificate;
	char name[BR_BRIDGE_NAME_BYTES];
	struct br_fault unused = {""};
	int result;

	if (!br_identity_waits(file))
		return br_fault_set(fault, BR_E_NOT_FOUND, "no new certificate waits");
	br_bridge_name(config->store_id, name);
	result = certificate_try(config, name, fault);
	/* Before the bridge is called away: its going must not be missed. */
	if (result == 0)
		result = shop_visit(config, name, &state, &shop, fault);
	if (result == 0)
		result = br_identity_use(file, fault);
	if (result < 0)
		return result;
	br_assert(shop != NULL);
	/* At which of the two the bridge is, nobody says; at the other nobody is called away. */
	for (unsigned i = 0; i < 2; i++)
		(void)!hq_visit(config, i, file, name, true, &unused);
	if (br_visit_wait(shop, BRIDGE_MS) < 0)
		return br_fault_set(fault, BR_E_OFFLINE,
			"the new certificate is in place (the old one is kept as %.150s.old), but "
			"the bridge has not come back with it yet: `backroom link check` says why",
			file);
	br_identity_settle(file);
	return 0;
}
