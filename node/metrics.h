/*
 * Metrics: counters and gauges in one table, written as Prometheus text (format 0.0.4).
 *
 * Names are backroom_<noun>_<what>_<unit>. Adding is an atomic add on the table's entry, so any
 * thread may count. Gauges that are cheap to read are set by their owners when they change.
 */
#pragma once

#include <stdint.h>

#include "node/text.h"

enum br_metric {
	BR_METRIC_COMMANDS_ACCEPTED,
	BR_METRIC_COMMANDS_REFUSED,
	BR_METRIC_COMMANDS_REPEATED,
	BR_METRIC_COMMANDS_CONFLICT,
	BR_METRIC_COMMANDS_BUSY,
	BR_METRIC_COMMITS,
	BR_METRIC_EVENTS,
	BR_METRIC_JOURNAL_HEAD,
	BR_METRIC_STORE_USED_BYTES,
	BR_METRIC_STORE_MAP_BYTES,
	BR_METRIC_BUS_CONNECTED,
	BR_METRIC_BUS_MESSAGES_IN,
	BR_METRIC_BUS_MESSAGES_OUT,
	BR_METRIC_BUS_UNKNOWN_TOPIC,
	BR_METRIC_TILL_MALFORMED,
	BR_METRIC_SENSOR_READINGS,
	BR_METRIC_SENSOR_REFUSED,
	BR_METRIC_SENSORS,
	BR_METRIC_LABEL_JOBS,
	BR_METRIC_LABEL_SHOWN,
	BR_METRIC_LABEL_FAILED,
	BR_METRIC_LABEL_MALFORMED,
	BR_METRIC_LABELS_WAITING,
	BR_METRIC_LINK_UP,
	BR_METRIC_LINK_BACKLOG,
	BR_METRIC_LINK_OLDEST,
	BR_METRIC_LINK_BATCHES,
	BR_METRIC_LINK_MALFORMED,
	BR_METRIC_LINK_COMMANDS,
	BR_METRIC_LINK_CERTIFICATE_EXPIRY,
	BR_METRIC_FEED_PUBLISHED,
	BR_METRIC_WEB_CLIENTS,
	BR_METRIC_WEB_REQUESTS,
	BR_METRIC_WEB_REFUSED,
	BR_METRIC_WEB_SLOW,
	BR_METRIC_WEB_ROWS_UNREADABLE,
	BR_METRIC_N
};

void br_metric_add(enum br_metric metric, uint64_t by);
void br_metric_set(enum br_metric metric, uint64_t value);
uint64_t br_metric_get(enum br_metric metric);

/* Writes all of them with HELP and TYPE lines. */
void br_metrics_write(struct br_text *text);
