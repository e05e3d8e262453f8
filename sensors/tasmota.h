/*
 * Tasmota: plugs, probes, weighing shelves and Zigbee bridges on Wi-Fi.
 *
 *	tele/<t>/LWT                Online / Offline, the broker's will
 *	tele/<t>/SENSOR             {"Time":…, "<sensor>":{"<member>":…}, …, "TempUnit":"C"}
 *	tele/<t>/STATE              Wi-Fi, supply and switches
 *	stat/<t>/POWER…, RESULT     switches and buttons
 *	stat/<t>/STATUS8, 10, 11    the same as SENSOR and STATE, asked for
 *	tele/<t>/[<device>/]SENSOR  {"ZbReceived":{"<device>":{…}}}, from the Zigbee bridge inside
 *
 * Channels are named `<sensor>.<member>` ("DS18B20-1.Temperature"), members that are lists
 * `<sensor>.<member>.1` and so on. A device behind the Zigbee bridge has the id
 * `<bridge>/<its name>`, with its short address standing in for a name it has not got.
 *
 * `Time` is the device's local time without an offset. It is used when it says its offset
 * (SetOption52), when it is unix time (Time 3, or `Epoch`), or with the offset from the settings,
 * and then only within BR_TASMOTA_SKEW_MS of the receipt unless the message was retained: these
 * devices store nothing, so a farther time is a wrong offset. Before 2016 means "not set yet".
 *
 * A weight is in kg unless the message's own WeightUnit or the settings say grams. `Count` is sent
 * only from two items on: its absence is neither zero nor one.
 */
#pragma once

#include "sensors/adapter.h"

#define BR_TASMOTA_SKEW_MS INT64_C(900000)
#define BR_TASMOTA_OFFSET_UNKNOWN 10000

struct br_tasmota_settings {
	struct br_str source;	  /* this adapter's name */
	struct br_str full_topic; /* empty: "%prefix%/%topic%/" */
	int utc_offset_min; /* of the devices' clocks, −840…840; or BR_TASMOTA_OFFSET_UNKNOWN */
	bool weight_in_grams; /* the shelves are set to WeightRes 3 */
};

/* BR_E_INVALID with the fault filled for a setting that cannot be, BR_E_MEMORY. */
BR_MUST_CHECK int br_tasmota_create(const struct br_tasmota_settings *settings,
	struct br_adapter **ret_adapter, struct br_fault *fault);
