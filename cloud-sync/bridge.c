#include "cloud-sync/bridge.h"

#include <stdio.h>
#include <string.h>

#include "node/crypto.h"

/* Below what NAT boxes and mobile networks forget. */
#define KEEPALIVE_S 45

/*
 * All that crosses, and no more: what else somebody publishes below backroom/up/ stays in the
 * store. A topic has one direction, and the two have different prefixes: no message comes back.
 */
static const struct {
	const char *lane;
	bool up;
} topics[] = {
	{"orders", true},
	{"stock", true},
	{"telemetry", true},
	{"ctl", true},
	{"orders", false},
	{"catalog", false},
	{"ctl", false},
};

int br_bridge_store_check(const char *store_id, struct br_fault *fault)
{
	size_t n = strspn(
		store_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	if (n == 0 || store_id[n] != '\0' || n > 64)
		return br_fault_set(fault, BR_E_INVALID,
			"store.id: \"%.64s\" cannot stand in a topic, allowed are 1 to 64 of A-Z "
			"a-z 0-9 _ -",
			store_id);
	return 0;
}

void br_link_shard(const char *store_id, char ret_shard[BR_SHARD_BYTES])
{
	unsigned char digest[BR_SHA256_BYTES];

	br_assert(store_id[0] != '\0');
	br_sha256(store_id, strlen(store_id), digest);
	(void)snprintf(ret_shard, BR_SHARD_BYTES, "%02x", digest[0]);
}

void br_bridge_name(const char *store_id, char ret_name[BR_BRIDGE_NAME_BYTES])
{
	int n = snprintf(ret_name, BR_BRIDGE_NAME_BYTES, "backroom-%s", store_id);

	br_assert(n > 0 && n < BR_BRIDGE_NAME_BYTES);
}

/* A line break would begin a setting of its own. */
static int value_check(const char *key, const char *value, bool blanks, struct br_fault *fault)
{
	br_assert(key[0] != '\0');
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F || (*c == ' ' && !blanks))
			return br_fault_set(fault, BR_E_INVALID,
				"link.%s: control characters%s are not allowed", key,
				blanks ? "" : " and blanks");
	return 0;
}

static int address_check(const char *host, int64_t port, const char *host_key, const char *port_key,
	struct br_fault *fault)
{
	int result = value_check(host_key, host, false, fault);

	/* Mosquitto takes what is behind the last colon for the port, and nothing for nobody. */
	if (result == 0 && (port < 1 || port > 65535))
		result = br_fault_set(
			fault, BR_E_INVALID, "link.%s: allowed is 1 to 65535", port_key);
	return result;
}

static int tls_check(const struct br_config *config, struct br_fault *fault)
{
	int result = value_check("ca", config->link_ca, true, fault);

	if (result == 0)
		result = value_check("certificate", config->link_certificate, true, fault);
	if (result == 0)
		result = value_check("key", config->link_key, true, fault);
	if (result == 0 && config->link_certificate[0] == '\0' && config->link_key[0] != '\0')
		result = br_fault_set(
			fault, BR_E_INVALID, "link.key: is of no use without link.certificate");
	if (result == 0 && config->link_certificate[0] != '\0' && config->link_ca[0] == '\0')
		result = br_fault_set(fault, BR_E_INVALID,
			"link.ca: is needed with link.certificate, to know HQ's broker by");
	return result;
}

int br_bridge_check(const struct br_config *config, struct br_fault *fault)
{
	int result = br_bridge_store_check(config->store_id, fault);

	if (result == 0 && config->link_host[0] == '\0')
		result = br_fault_set(fault, BR_E_INVALID,
			"link.host: is empty, the name or address of HQ's broker is needed");
	if (result == 0)
		result = address_check(config->link_host, config->link_port, "host", "port", fault);
	if (result == 0 && config->link_fallback_host[0] != '\0')
		result = address_check(config->link_fallback_host, config->link_fallback_port,
			"fallback_host", "fallback_port", fault);
	if (result == 0)
		result = tls_check(config, fault);
	return result;
}

const char *br_bridge_key_file(const struct br_config *config)
{
	br_assert(config->link_certificate[0] != '\0' || config->link_key[0] == '\0');
	return config->link_key[0] != '\0' ? config->link_key : config->link_certificate;
}

/* With two addresses the first is the one that counts: mosquitto goes back to it. */
static void addresses_write(const struct br_config *config, struct br_text *text)
{
	br_assert(config->link_host[0] != '\0');
	if (config->link_fallback_host[0] == '\0') {
		br_text_printf(text, "address %s:%d\n", config->link_host, (int)config->link_port);
		return;
	}
	br_text_printf(text, "addresses %s:%d %s:%d\n", config->link_host, (int)config->link_port,
		config->link_fallback_host, (int)config->link_fallback_port);
	br_text_puts(text, "# The second is for while the first does not answer.\n"
			   "round_robin false\n");
}

static void tls_write(const struct br_config *config, struct br_text *text)
{
	/* br_bridge_check() has seen to it. */
	br_assert(config->link_certificate[0] == '\0' || config->link_ca[0] != '\0');
	br_assert(config->link_certificate[0] != '\0' || config->link_key[0] == '\0');
	if (config->link_ca[0] == '\0') {
		br_text_puts(
			text, "# link.ca is empty: no TLS, for a line that is safe without.\n");
		return;
	}
	br_text_printf(text, "bridge_cafile %s\n", config->link_ca);
	if (config->link_certificate[0] != '\0')
		br_text_printf(text, "bridge_certfile %s\nbridge_keyfile %s\n",
			config->link_certificate, br_bridge_key_file(config));
}

static void topics_write(const char *store_id, struct br_text *text)
{
	char shard[BR_SHARD_BYTES];

	br_link_shard(store_id, shard);
	br_assert(strlen(shard) == BR_SHARD_BYTES - 1);
	for (unsigned i = 0; i < BR_ARRAY_LEN(topics); i++)
		if (topics[i].up)
			br_text_printf(text, "topic %s out 1 backroom/up/ up/%s/%s/\n",
				topics[i].lane, shard, store_id);
		else
			br_text_printf(text, "topic %s in 1 backroom/dn/ dn/%s/\n", topics[i].lane,
				store_id);
}

int br_bridge_write(const struct br_config *config, struct br_text *text, struct br_fault *fault)
{
	char name[BR_BRIDGE_NAME_BYTES];
	int result = br_bridge_check(config, fault);

	if (result < 0)
		return result;
	br_bridge_name(config->store_id, name);
	br_text_puts(text,
		"# The bridge from the store's broker to HQ's. Written by `backroom`; changes here "
		"are lost.\n");
	br_text_printf(text, "connection %s\n", name);
	addresses_write(config, text);
	br_text_puts(text, "bridge_protocol_version mqttv311\n"
			   "# HQ's broker need not be mosquitto.\n"
			   "try_private false\n"
			   "# Nothing under $SYS goes out.\n"
			   "notifications true\n"
			   "notifications_local_only true\n"
			   "# A retained message would be sent again at every connection.\n"
			   "bridge_outgoing_retain false\n"
			   "# What is on its way outlives a lost connection; the ids must stay.\n"
			   "cleansession false\n");
	br_text_printf(text, "remote_clientid %s\nlocal_clientid %s-bridge\n", name, name);
	br_text_printf(text, "keepalive_interval %d\n", KEEPALIVE_S);
	br_text_puts(text,
		"start_type automatic\n"
		"# Seconds: soon after a cut, then further and further apart at random.\n"
		"restart_timeout 2 30\n");
	tls_write(config, text);
	topics_write(config->store_id, text);
	result = br_text_error(text);
	return result < 0
		       ? br_fault_set(fault, result, "the bridge file: %s", br_error_text(result))
		       : 0;
}
