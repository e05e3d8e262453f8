#include "node/metrics.h"

#include <inttypes.h>

static const struct {
	const char *name;
	const char *labels; /* "" or {…} */
	const char *type;
	const char *help; /* NULL: the same family as the row before */
} rows[BR_METRIC_N] = {
	[BR_METRIC_COMMANDS_ACCEPTED] = {"backroom_command_answers_total", "{outcome=\"accepted\"}",
		"counter", "Commands answered, by outcome."},
	[BR_METRIC_COMMANDS_REFUSED] = {"backroom_command_answers_total", "{outcome=\"refused\"}",
		"counter", NULL},
	[BR_METRIC_COMMANDS_REPEATED] = {"backroom_command_answers_total", "{outcome=\"repeated\"}",
		"counter", NULL},
	[BR_METRIC_COMMANDS_CONFLICT] = {"backroom_command_answers_total", "{outcome=\"conflict\"}",
		"counter", NULL},
	[BR_METRIC_COMMANDS_BUSY] = {"backroom_command_answers_total", "{outcome=\"busy\"}",
		"counter", NULL},
	[BR_METRIC_COMMITS] = {"backroom_store_commits_total", "", "counter",
		"Transactions committed to the ledger."},
	[BR_METRIC_EVENTS] = {"backroom_journal_events_total", "", "counter",
		"Events written since the start."},
	[BR_METRIC_JOURNAL_HEAD] = {"backroom_journal_head", "", "gauge",
		"Sequence of the last event."},
	[BR_METRIC_STORE_USED_BYTES] = {"backroom_store_used_bytes", "", "gauge",
		"Bytes of the ledger in use."},
	[BR_METRIC_STORE_MAP_BYTES] = {"backroom_store_map_bytes", "", "gauge",
		"Bytes the ledger may grow to."},
	[BR_METRIC_BUS_CONNECTED] = {"backroom_bus_connected", "", "gauge",
		"1 while connected to the store's broker."},
	[BR_METRIC_BUS_MESSAGES_IN] = {"backroom_bus_received_messages_total", "", "counter",
		"MQTT messages received."},
	[BR_METRIC_BUS_MESSAGES_OUT] = {"backroom_bus_sent_messages_total", "", "counter",
		"MQTT messages sent."},
	[BR_METRIC_BUS_UNKNOWN_TOPIC] = {"backroom_bus_unknown_topic_messages_total", "", "counter",
		"MQTT messages on a topic that nothing here takes."},
	[BR_METRIC_TILL_MALFORMED] = {"backroom_till_malformed_messages_total", "", "counter",
		"Till messages that could not be read or were too large."},
	[BR_METRIC_SENSOR_READINGS] = {"backroom_sensor_readings_total", "", "counter",
		"Sensor readings taken."},
	[BR_METRIC_SENSOR_REFUSED] = {"backroom_sensor_refused_messages_total", "", "counter",
		"Sensor messages that could not be read."},
	[BR_METRIC_SENSORS] = {"backroom_sensor_devices", "", "gauge", "Sensors known."},
	[BR_METRIC_LABEL_JOBS] = {"backroom_label_jobs_total", "", "counter",
		"Pictures sent to access points."},
	[BR_METRIC_LABEL_SHOWN] = {"backroom_label_shown_total", "", "counter",
		"Pictures that labels reported to show."},
	[BR_METRIC_LABEL_FAILED] = {"backroom_label_failed_total", "", "counter",
		"Pictures given up after all quick retries."},
	[BR_METRIC_LABEL_MALFORMED] = {"backroom_label_malformed_messages_total", "", "counter",
		"Access-point messages that could not be read."},
	[BR_METRIC_LABELS_WAITING] = {"backroom_label_waiting", "", "gauge",
		"Labels that do not show what they should."},
	[BR_METRIC_LINK_UP] = {"backroom_link_up", "", "gauge",
		"1 while the central system answers."},
	[BR_METRIC_LINK_BACKLOG] = {"backroom_link_backlog_events", "", "gauge",
		"Events the central system has not confirmed."},
	[BR_METRIC_LINK_OLDEST] = {"backroom_link_oldest_unconfirmed_seconds", "", "gauge",
		"Age of the oldest event the central system has not confirmed; 0 = none waits."},
	[BR_METRIC_LINK_BATCHES] = {"backroom_link_batches_total", "", "counter",
		"Batches sent to the central system, repeats included."},
	[BR_METRIC_LINK_THINNED] = {"backroom_link_thinned_events_total", "", "counter",
		"Events of telemetry that were left out because too much waited."},
	[BR_METRIC_LINK_POISON] = {"backroom_link_poison_commands_total", "", "counter",
		"Commands of the central system that were refused because this program died of "
		"them."},
	[BR_METRIC_LINK_MALFORMED] = {"backroom_link_malformed_messages_total", "", "counter",
		"Messages of the central system that were refused."},
	[BR_METRIC_LINK_COMMANDS] = {"backroom_link_commands_total", "", "counter",
		"Commands of the central system taken."},
	[BR_METRIC_RECONCILE_SESSIONS] = {"backroom_reconcile_sessions_total", "", "counter",
		"Comparisons of a view with the central system that have ended."},
	[BR_METRIC_RECONCILE_FAILURES] = {"backroom_reconcile_failed_sessions_total", "", "counter",
		"Comparisons that were given up."},
	[BR_METRIC_RECONCILE_DIFFERENCES] = {"backroom_reconcile_differences_total", "", "counter",
		"Keys under which the central system held something else."},
	[BR_METRIC_RECONCILE_REPAIRS] = {"backroom_reconcile_repairs_total", "", "counter",
		"Of those the ones that were stated, or that the central system sends again."},
	[BR_METRIC_RECONCILE_BYTES] = {"backroom_reconcile_bytes_total", "", "counter",
		"Bytes of the comparisons' messages, both ways."},
	[BR_METRIC_LINK_CERTIFICATE_EXPIRY] = {"backroom_link_certificate_expiry_seconds", "",
		"gauge", "Unix time at which the first of the link's certificates ends; 0 = none."},
	[BR_METRIC_LINK_QUARANTINE] = {"backroom_link_quarantine_events", "", "gauge",
		"Events that the central system refuses and nobody has seen to yet."},
	[BR_METRIC_FEED_PUBLISHED] = {"backroom_feed_published_events_total", "", "counter",
		"Events published in the store."},
	[BR_METRIC_WEB_CLIENTS] = {"backroom_web_clients", "", "gauge",
		"Browsers connected by WebSocket."},
	[BR_METRIC_WEB_REQUESTS] = {"backroom_web_requests_total", "", "counter",
		"HTTP requests and WebSocket calls."},
	[BR_METRIC_WEB_REFUSED] = {"backroom_web_refused_requests_total", "", "counter",
		"Requests refused: foreign origin or host, oversize, malformed."},
	[BR_METRIC_WEB_SLOW] = {"backroom_web_slow_clients_total", "", "counter",
		"Browsers too slow for every change, which got a fresh snapshot."},
	[BR_METRIC_WEB_ROWS_UNREADABLE] = {"backroom_web_rows_unreadable_total", "", "counter",
		"Rows of the ledger that could not be read when somebody asked for them."},
	[BR_METRIC_CLOCK_DOUBTED] = {"backroom_clock_doubted", "", "gauge",
		"1 while the machine's clock cannot be believed."},
	[BR_METRIC_CLOCK_APART] = {"backroom_clock_apart_seconds", "", "gauge",
		"How far the machine's clock is from the time that the store goes by."},
	[BR_METRIC_LINK_CLOCK_AHEAD] = {"backroom_link_clock_ahead_total", "", "counter",
		"Stamps of the central system that were too far ahead to be followed."},
};

static uint64_t values[BR_METRIC_N];

void br_metric_add(enum br_metric metric, uint64_t by)
{
	br_assert(metric < BR_METRIC_N);
	(void)__atomic_add_fetch(&values[metric], by, __ATOMIC_RELAXED);
}

void br_metric_set(enum br_metric metric, uint64_t value)
{
	br_assert(metric < BR_METRIC_N);
	__atomic_store_n(&values[metric], value, __ATOMIC_RELAXED);
}

uint64_t br_metric_get(enum br_metric metric)
{
	br_assert(metric < BR_METRIC_N);
	return __atomic_load_n(&values[metric], __ATOMIC_RELAXED);
}

void br_metrics_write(struct br_text *text)
{
	for (unsigned i = 0; i < BR_METRIC_N; i++) {
		br_assert(rows[i].name != NULL);
		if (rows[i].help != NULL)
			br_text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name,
				rows[i].help, rows[i].name, rows[i].type);
		br_text_printf(
			text, "%s%s %" PRIu64 "\n", rows[i].name, rows[i].labels, br_metric_get(i));
	}
}
