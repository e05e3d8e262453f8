/* What the files of EPCIS share; nobody else includes it. */
#pragma once

#include "node/epcis.h"

#define BR_EPCIS_URI_BYTES_MAX 512

/* Adds the text, percent-encoded where a URI needs that (RFC 3986, section 2.3). */
void br_epcis_uri_add(char uri[BR_EPCIS_URI_BYTES_MAX], struct br_str text);

/*
 * The device whose measurements the event tells, as far as EPCIS has words for them: what a device
 * has measured in a time (device.summarised), or what was too high or too low (alarm.raised). Empty
 * for all other events.
 */
struct br_str br_epcis_measured(const struct br_event *event);

/* Writes these measurements as the member sensorElementList. */
void br_epcis_elements_write(
	const struct br_event *event, struct br_str store, struct br_json_out *out);
