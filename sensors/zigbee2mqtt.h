/*
 * Zigbee2MQTT, 1.x and 2.x.
 *
 *	<base>/<friendly name>                flat JSON: what changed, and often what did not
 *	<base>/<friendly name>/<member>       one bare value, when the bridge's `output` says so
 *	<base>/<friendly name>/availability   `online` (1.x) or {"state":"online"} (2.x)
 *	<base>/bridge/state                   the same two forms, about the bridge
 *	<base>/bridge/devices                 the list of devices: names, units, addresses
 *	<base>/bridge/event                   of which `device_leave` matters
 *
 * Before the list has arrived the whole topic is taken as the name, except for a closing
 * `/availability`, `/set` and `/get`. Once a complete list is known, a topic that matches none of
 * its names is a group or a stranger and is refused. The device id is the friendly name; a rename
 * is recognised by the hardware address and reported.
 *
 * Values have no time of their own unless the bridge's `last_seen` option is on; all three of its
 * forms are read (ISO 8601 in UTC or with an offset, unix milliseconds).
 */
#pragma once

#include "sensors/adapter.h"

struct br_zigbee2mqtt_settings {
	struct br_str source; /* this adapter's name */
	struct br_str base;   /* base topic without a closing '/'; may have several levels */
};

/* BR_E_INVALID with the fault filled for a name or base that cannot be, BR_E_MEMORY. */
BR_MUST_CHECK int br_zigbee2mqtt_create(const struct br_zigbee2mqtt_settings *settings,
	struct br_adapter **ret_adapter, struct br_fault *fault);
