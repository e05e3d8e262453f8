/*
 * Tasmota's FullTopic: the pattern by which each device builds its topics.
 *
 * The default is `%prefix%/%topic%/`, but people set what they like (`shop/%topic%/%prefix%/`,
 * `%prefix%_store/%hostname%/`). `%prefix%` becomes `tele` or `stat`; `%topic%`, `%hostname%` and
 * `%id%` name the device, the first of them in the pattern being its id here. What follows the
 * pattern is the message's kind: `SENSOR`, `LWT`, `STATUS8`. A token stands for one topic level or
 * a part of one, never for several.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"
#include "sensors/limits.h"

#define BR_TASMOTA_LEVELS_MAX 8

enum br_tasmota_token {
	BR_TASMOTA_LITERAL, /* no token: the level is the text */
	BR_TASMOTA_PREFIX,
	BR_TASMOTA_NAME, /* the token that names the device */
	BR_TASMOTA_OTHER /* a further name: any text */
};

/* One level: `before`, the token's text, `after`. */
struct br_tasmota_level {
	enum br_tasmota_token token;
	struct br_str before, after; /* into the pattern's text */
};

struct br_tasmota_pattern {
	struct br_tasmota_level levels[BR_TASMOTA_LEVELS_MAX];
	unsigned level_n;
	char text[BR_SENSOR_FILTER_BYTES_MAX];
};

enum br_tasmota_prefix { BR_TASMOTA_TELE, BR_TASMOTA_STAT };

struct br_tasmota_topic {
	enum br_tasmota_prefix prefix;
	struct br_str device;
	struct br_str rest; /* behind the pattern: "SENSOR", "2916/SENSOR"; never empty */
};

/*
 * Reads a pattern; a closing '/' may be missing, as in the device. The pattern must stay where it
 * is afterwards. BR_E_INVALID with the fault filled when it has no %prefix%, no name, two tokens in
 * one level, a wildcard, an unknown token, or more levels than the limit.
 */
BR_MUST_CHECK int br_tasmota_pattern_read(
	struct br_str text, struct br_tasmota_pattern *ret_pattern, struct br_fault *fault);

/* Writes the topic filter for one prefix into `filter`. */
void br_tasmota_pattern_filter(const struct br_tasmota_pattern *pattern,
	enum br_tasmota_prefix prefix, char filter[BR_SENSOR_FILTER_BYTES_MAX]);

/* Takes a topic apart; false when it is not of this pattern. Slices point into the topic. */
BR_MUST_CHECK bool br_tasmota_pattern_match(const struct br_tasmota_pattern *pattern,
	struct br_str topic, struct br_tasmota_topic *ret_topic);
