/*
 * The bridge: mosquitto's own connection from the store's broker to HQ's, as configuration text.
 *
 * The text keeps to what mosquitto, NATS and RabbitMQ all bear: MQTT 3.1.1, QoS 1, nothing retained
 * upwards, no `$` topic out, prefixes that do not overlap, and never `both` directions on a topic.
 *
 * HQ's broker may have two addresses, of which the first is used whenever it answers.
 *
 * The certificate and the key may be one file, and are then replaced in one step: mosquitto reads
 * them anew at every connection of the bridge, and needs no restart for a new certificate.
 *
 *	store's broker                  HQ's broker
 *	backroom/up/<lane>       ──►    up/<shard>/<store>/<lane>
 *	backroom/dn/<lane>       ◄──    dn/<store>/<lane>
 */
#pragma once

#include "node/config.h"

/* Two hexadecimal digits and NUL. */
#define BR_SHARD_BYTES 3
/* "backroom-", a store id and NUL. */
#define BR_BRIDGE_NAME_BYTES (9 + 64 + 1)

/* A store id stands in topics: 1 to 64 of A-Z a-z 0-9 _ and -. Else BR_E_INVALID. */
BR_MUST_CHECK int br_bridge_store_check(const char *store_id, struct br_fault *fault);

/*
 * The first two hexadecimal digits of SHA-256 of the store id: HQ's workers split the stores by
 * them.
 */
void br_link_shard(const char *store_id, char ret_shard[BR_SHARD_BYTES]);

/*
 * The bridge's client id on HQ's broker, which also names its state on the local one:
 * $SYS/broker/connection/<name>/state holds 1 or 0.
 */
void br_bridge_name(const char *store_id, char ret_name[BR_BRIDGE_NAME_BYTES]);

/* The settings of the link as the bridge needs them, or BR_E_INVALID with the key to look at. */
BR_MUST_CHECK int br_bridge_check(const struct br_config *config, struct br_fault *fault);

/* The file with the node's private key, "" when it has none. */
const char *br_bridge_key_file(const struct br_config *config);

/*
 * Writes the connection for mosquitto.conf. BR_E_INVALID when a value cannot stand in it (the fault
 * names the key and what is allowed), BR_E_MEMORY.
 */
BR_MUST_CHECK int br_bridge_write(
	const struct br_config *config, struct br_text *text, struct br_fault *fault);
