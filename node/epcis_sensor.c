/* What sensors have measured, in EPCIS's words. */
/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/epcis_inside.h"
#include "node/summary.h"

/* GS1's measurement types (CBV 2.0) and their units by UN/CEFACT Recommendation 20. */
static const struct measurement {
	const char *name, *unit; /* of the channels here */
	bool alone;		 /* the unit says it all, whatever the channel is called */
	const char *type, *uom;
} measurements[] = {
	{"temperature", "°C", true, "Temperature", "CEL"},
	{"humidity", "%", false, "RelativeHumidity", "P1"},
	{"pressure", "hPa", true, "Pressure", "A97"},
	{"voltage", "V", true, "Voltage", "VLT"},
	{"current", "A", true, "ElectricCurrent", "AMP"},
	{"power", "W", true, "Power", "WTT"},
	{"energy", "kWh", true, "Energy", "KWH"},
	{"illuminance", "lx", true, "Illuminance", "LUX"},
	{"weight", "kg", true, "Mass", "KGM"},
	{"distance", "cm", true, "Length", "CMT"},
};

/* By the unit, or by the channel's name where no unit is said; NULL when GS1 has none. */
static const struct measurement *measurement_of(struct br_str channel, struct br_str unit)
{
	br_assert(channel.s != NULL || channel.n == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(measurements); i++) {
		const struct measurement *found = &measurements[i];
		bool named = channel.n > 0 &&
			     memmem(channel.s, channel.n, found->name, strlen(found->name)) != NULL;

		if (unit.n > 0 ? br_str_is(unit, found->unit) && (named || found->alone) : named)
			return found;
	}
	return NULL;
}

/* What an alarm says was measured; NULL when it is about something else. */
static const struct measurement *excess_of(const struct br_alarm_raise *raise)
{
	if (raise->device.n == 0 ||
		!(br_str_is(raise->rule, "high") || br_str_is(raise->rule, "low")))
		return NULL;
	return measurement_of(raise->channel, (struct br_str){NULL, 0});
}

struct br_str br_epcis_measured(const struct br_event *event)
{
	const struct br_summary *summary = event->body;
	const struct br_alarm_raise *raise = event->body;

	br_assert(event->kind < BR_EVENT_N);
	if (event->kind == BR_EVENT_ALARM_RAISED && excess_of(raise) != NULL)
		return raise->device;
	if (event->kind != BR_EVENT_DEVICE_SUMMARISED)
		return (struct br_str){NULL, 0};
	for (uint32_t i = 0; i < summary->channels.n; i++) {
		const struct br_summary_channel *channel =
			BR_LIST_AT(summary->channels, br_summary_channel, i);

		if (measurement_of(channel->channel, channel->unit) != NULL)
			return summary->device;
	}
	return (struct br_str){NULL, 0};
}

/* The device that has measured, and when; both 0: just now. */
static void metadata_write(const struct br_event *event, struct br_str store, int64_t from_ms,
	int64_t until_ms, struct br_json_out *out)
{
	char uri[BR_EPCIS_URI_BYTES_MAX];

	br_assert((from_ms == 0) == (until_ms == 0));
	(void)snprintf(uri, sizeof(uri), "urn:backroom:device:%.*s:", BR_STR_ARG(store));
	br_epcis_uri_add(uri, br_epcis_measured(event));
	br_json_out_object(out, "sensorMetadata");
	br_json_out_puts(out, "deviceID", uri);
	if (until_ms > 0) {
		br_json_out_time(out, "startTime", from_ms);
		br_json_out_time(out, "endTime", until_ms);
	} else {
		br_json_out_time(out, "time", event->happened_ms);
	}
	br_json_out_end(out);
}

static void summary_write(const struct br_summary *summary, struct br_json_out *out)
{
	br_assert(summary->channels.n > 0);
	for (uint32_t i = 0; i < summary->channels.n; i++) {
		const struct br_summary_channel *channel =
			BR_LIST_AT(summary->channels, br_summary_channel, i);
		const struct measurement *found = measurement_of(channel->channel, channel->unit);

		if (found == NULL)
			continue;
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "type", found->type);
		br_json_out_milli(out, "minValue", channel->min);
		br_json_out_milli(out, "meanValue", channel->mean);
		br_json_out_milli(out, "maxValue", channel->max);
		br_json_out_puts(out, "uom", found->uom);
		br_json_out_end(out);
	}
}

void br_epcis_elements_write(
	const struct br_event *event, struct br_str store, struct br_json_out *out)
{
	const struct br_summary *summary = event->body;
	const struct br_alarm_raise *raise = event->body;
	bool summed = event->kind == BR_EVENT_DEVICE_SUMMARISED;

	br_assert(br_epcis_measured(event).n > 0);
	br_json_out_array(out, "sensorElementList");
	br_json_out_object(out, NULL);
	metadata_write(event, store, summed ? summary->from : 0, summed ? summary->until : 0, out);
	br_json_out_array(out, "sensorReport");
	if (summed) {
		summary_write(summary, out);
	} else {
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "type", excess_of(raise)->type);
		br_json_out_puts(out, "exception", "ALARM_CONDITION");
		br_json_out_milli(out, "value", raise->value);
		br_json_out_puts(out, "uom", excess_of(raise)->uom);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
}
