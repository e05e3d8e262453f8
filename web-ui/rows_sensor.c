/* The rows of sensors, alarms and the link to HQ. */
#include "web-ui/rows.h"

#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/hole.h"
#include "node/reconcile.h"
#include "node/tables.h"
#include "node/time.h"

int64_t br_web_alarm_since(
	const struct br_web_view *view, struct br_str device, struct br_str channel)
{
	struct br_str prefix, key, value;
	char text[BR_WEB_ROW_KEY_BYTES_MAX + 2];
	int64_t since = 0;
	struct br_scan scan;
	/* An alarm's name begins with its device's and its channel's. */
	int n = snprintf(text, sizeof(text), "%.*s/%.*s%s", BR_STR_ARG(device), BR_STR_ARG(channel),
		channel.n > 0 ? "/" : "");

	br_assert(device.n > 0);
	if (n < 0 || (size_t)n >= sizeof(text))
		return 0;
	prefix = (struct br_str){text, (size_t)n};
	br_scan_begin(&scan, view->txn, BR_TABLE_ALARM, prefix, prefix, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_alarm alarm;
		int result = br_record_decode(&br_alarm_shape, value, view->arena, &alarm);

		if (result < 0) {
			(void)br_txn_fail(view->txn, result);
			break;
		}
		/* "a/b" is a prefix of the device "a/b/c" as well. */
		if (alarm.cleared != 0 || !br_str_equal(alarm.device, device))
			continue;
		if (since == 0 || alarm.raised < since)
			since = alarm.raised;
	}
	br_scan_end(&scan);
	return since;
}

/* No limit is null: zero degrees is a limit. */
static void limit_write(struct br_json_out *out, const char *name, int64_t limit)
{
	br_assert(name[0] != '\0');
	if (limit != BR_LIMIT_NONE)
		br_json_out_milli(out, name, limit);
	else
		br_json_out_null(out, name);
}

/* A device has a handful of channels. */
static const struct br_device_channel *limits_find(
	const struct br_device *device, struct br_str channel)
{
	br_assert(device->channels.n <= BR_DEVICE_CHANNELS_MAX);
	for (uint32_t i = 0; i < device->channels.n; i++) {
		const struct br_device_channel *each =
			BR_LIST_AT(device->channels, br_device_channel, i);

		if (br_str_equal(each->channel, channel))
			return each;
	}
	return NULL;
}

/* One channel; `live` NULL for one that has limits but was never heard. */
static void channel_write(const struct br_web_view *view, const struct br_device *device,
	struct br_str channel, const struct br_web_live_channel *live, struct br_json_out *out)
{
	const struct br_device_channel *limits = limits_find(device, channel);

	br_assert(channel.n > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "channel", channel);
	if (live != NULL) {
		br_json_out_puts(out, "kind", live->kind);
		br_json_out_puts(out, "unit", live->unit);
	}
	if (live != NULL && live->has_value) {
		br_json_out_milli(out, "value", live->value);
		br_json_out_time(out, "observed", live->observed_ms);
	} else {
		br_json_out_null(out, "value");
	}
	limit_write(out, "low", limits != NULL ? limits->low : BR_LIMIT_NONE);
	limit_write(out, "high", limits != NULL ? limits->high : BR_LIMIT_NONE);
	br_json_out_bool(out, "alarm", br_web_alarm_since(view, device->device, channel) > 0);
	br_json_out_end(out);
}

/* A channel that has limits but was never heard is shown as well, so that its silence is seen. */
static bool live_has(const struct br_web_live_sensor *live, struct br_str channel)
{
	br_assert(live == NULL || live->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (unsigned i = 0; live != NULL && i < live->channel_n; i++)
		if (br_str_is(channel, live->channels[i].channel))
			return true;
	return false;
}

/* Those that were heard first, in the device's own order. */
static void channels_write(const struct br_web_view *view, const struct br_device *device,
	const struct br_web_live_sensor *live, struct br_json_out *out)
{
	br_assert(device->channels.n <= BR_DEVICE_CHANNELS_MAX);
	br_json_out_array(out, "channels");
	for (unsigned i = 0; live != NULL && i < live->channel_n; i++)
		channel_write(view, device, br_str_from(live->channels[i].channel),
			&live->channels[i], out);
	for (uint32_t i = 0; i < device->channels.n; i++) {
		struct br_str channel = BR_LIST_AT(device->channels, br_device_channel, i)->channel;

		if (!live_has(live, channel))
			channel_write(view, device, channel, NULL, out);
	}
	br_json_out_end(out);
}

/* The state in one word, and since when as far as that is known. */
static const char *sensor_state(const struct br_web_view *view, const struct br_device *device,
	bool adopted, const struct br_web_live_sensor *live, int64_t *ret_since_ms)
{
	int64_t alarm_ms = br_web_alarm_since(view, device->device, (struct br_str){NULL, 0});
	bool heard = live != NULL && live->last_seen_ms > 0;

	br_assert(device->state <= BR_DEVICE_LOST);
	*ret_since_ms = device->since;
	if (alarm_ms > 0) {
		*ret_since_ms = alarm_ms;
		return "alarm";
	}
	if (adopted && device->state == BR_DEVICE_LOST)
		return "stale";
	if (!heard)
		return "unknown";
	if (!live->stale)
		return "ok";
	*ret_since_ms = live->last_seen_ms;
	return "stale";
}

/* What a person has named wins over what the device says of itself. */
static void sensor_write(const struct br_web_view *view, const struct br_device *device,
	bool adopted, const struct br_web_live_sensor *live, struct br_json_out *out)
{
	struct br_str rest = device->device;
	struct br_str source = br_str_split(&rest, '/');
	struct br_str own = br_str_from(live != NULL ? live->name : "");
	struct br_str zone = br_str_from(live != NULL ? live->zone : "");
	int64_t since_ms;
	const char *state = sensor_state(view, device, adopted, live, &since_ms);

	br_assert(device->device.n > 0);
	br_json_out_string(out, "device", device->device);
	br_json_out_string(out, "source", source);
	br_json_out_string(out, "name", device->name.n > 0 ? device->name : own);
	br_json_out_string(out, "zone", device->zone.n > 0 ? device->zone : zone);
	if (device->sku.n > 0)
		br_json_out_string(out, "sku", device->sku);
	br_json_out_bool(out, "adopted", adopted);
	br_json_out_puts(out, "state", state);
	br_json_out_time(out, "since", since_ms);
	br_json_out_time(out, "last_seen", live != NULL ? live->last_seen_ms : 0);
	if (live != NULL && live->battery != BR_WEB_UNKNOWN)
		br_json_out_milli(out, "battery", live->battery);
	else
		br_json_out_null(out, "battery");
	channels_write(view, device, live, out);
}

int br_web_row_sensor(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_web_live_sensor live;
	bool heard = view->live->sensor(view->live->context, key, &live);
	struct br_device device = {.device = key};
	int result = key.n <= BR_DEVICE_BYTES_MAX
			     ? br_device_get(view->txn, key, view->arena, &device)
			     : BR_E_NOT_FOUND;

	br_assert(key.n > 0);
	if (result == BR_E_NOT_FOUND && !heard) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	br_assert(!heard || live.channel_n <= BR_DEVICE_CHANNELS_MAX);
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", device.sequence);
	sensor_write(view, &device, result == 0, heard ? &live : NULL, out);
	br_json_out_end(out);
	return 0;
}

/* What the text is about, piece by piece: a page that speaks another language makes its own. */
static void alarm_words_write(
	const struct br_web_view *view, const struct br_alarm *alarm, struct br_json_out *out)
{
	struct br_web_live_sensor live;
	struct br_device device = {.device = alarm->device};
	bool heard = view->live->sensor(view->live->context, alarm->device, &live);
	bool known = br_device_get(view->txn, alarm->device, view->arena, &device) == 0;
	const struct br_device_channel *limits =
		known ? limits_find(&device, alarm->channel) : NULL;

	br_assert(!heard || live.channel_n <= BR_DEVICE_CHANNELS_MAX);
	if (known && device.name.n > 0)
		br_json_out_string(out, "name", device.name);
	else
		br_json_out_puts(out, "name", heard ? live.name : "");
	for (unsigned i = 0; heard && i < live.channel_n; i++) {
		if (!br_str_is(alarm->channel, live.channels[i].channel))
			continue;
		br_json_out_puts(out, "kind", live.channels[i].kind);
		br_json_out_puts(out, "unit", live.channels[i].unit);
	}
	limit_write(out, "low", limits != NULL ? limits->low : BR_LIMIT_NONE);
	limit_write(out, "high", limits != NULL ? limits->high : BR_LIMIT_NONE);
}

int br_web_row_alarm(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_alarm alarm;
	int result = br_alarm_get(view->txn, key, view->arena, &alarm);

	br_assert(key.n > 0);
	if (result == BR_E_NOT_FOUND) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	if (result < 0)
		return result;
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", alarm.sequence);
	br_json_out_string(out, "alarm", alarm.alarm);
	br_json_out_string(out, "device", alarm.device);
	br_json_out_string(out, "channel", alarm.channel);
	br_json_out_string(out, "rule", alarm.rule);
	br_json_out_puts(out, "severity", br_severity_words[alarm.severity]);
	br_json_out_string(out, "text", alarm.text);
	br_json_out_milli(out, "value", alarm.value);
	alarm_words_write(view, &alarm, out);
	br_json_out_time(out, "raised", alarm.raised);
	br_json_out_time(out, "cleared", alarm.cleared);
	br_json_out_time(out, "acknowledged", alarm.acknowledged);
	br_json_out_string(out, "acknowledged_by", alarm.acknowledged_by);
	br_json_out_string(out, "reason", alarm.reason);
	br_json_out_end(out);
	return 0;
}

/* Lanes are members by name: the page has words for those of today. */
static void lanes_write(const struct br_web_live_link *link, struct br_json_out *out)
{
	br_assert(link->lane_n <= BR_WEB_LANES_MAX);
	br_json_out_object(out, "lanes");
	for (unsigned i = 0; i < link->lane_n; i++) {
		const struct br_web_live_lane *lane = &link->lanes[i];

		br_json_out_object(out, lane->name);
		br_json_out_u64(out, "backlog", lane->backlog);
		br_json_out_time(out, "oldest", lane->oldest_ms);
		br_json_out_u64(out, "acked", lane->acked);
		br_json_out_u64(out, "head", lane->head);
		br_json_out_u64(out, "thinned", lane->thinned);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

static void down_write(const struct br_web_live_link *link, struct br_json_out *out)
{
	br_assert(link->down_n <= BR_WEB_LANES_MAX);
	br_json_out_object(out, "down");
	for (unsigned i = 0; i < link->down_n; i++) {
		br_json_out_object(out, link->down[i].name);
		br_json_out_u64(out, "taken", link->down[i].taken);
		br_json_out_u64(out, "head", link->down[i].head);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

static void certificate_write(
	const struct br_web_live_certificate *certificate, struct br_json_out *out)
{
	static const char *const states[] = {
		"none", "good", "soon", "urgent", "over", "clock", "unreadable"};

	br_assert((size_t)certificate->state < BR_ARRAY_LEN(states));
	if (certificate->state == BR_WEB_CERTIFICATE_NONE) {
		br_json_out_null(out, "certificate");
		return;
	}
	br_json_out_object(out, "certificate");
	br_json_out_puts(out, "state", states[certificate->state]);
	br_json_out_time(out, "since", certificate->since_ms);
	br_json_out_time(out, "until", certificate->until_ms);
	br_json_out_i64(out, "days", certificate->days);
	br_json_out_puts(out, "text", certificate->text);
	br_json_out_end(out);
}

/* What the last comparison of each view with HQ's came to; views that never were are left out. */
static void comparisons_write(const struct br_web_view *view, struct br_json_out *out)
{
	br_json_out_object(out, "comparisons");
	for (unsigned i = 0; i < BR_VIEW_N; i++) {
		struct br_reconcile_row row = br_reconcile_row_get(view->txn, i, view->arena);

		br_assert(row.last.view == i);
		if (row.sequence == 0 && row.asked == 0)
			continue;
		br_json_out_object(out, br_view_words[i]);
		br_json_out_bool(out, "waits", row.asked > row.served);
		br_json_out_time(out, "at", row.at_ms);
		if (row.sequence > 0) {
			br_json_out_puts(
				out, "outcome", br_reconcile_outcome_words[row.last.outcome]);
			br_json_out_string(out, "reason", row.last.reason);
			br_json_out_u64(out, "compared", row.last.compared);
			br_json_out_u64(out, "differing", row.last.differing);
			br_json_out_u64(out, "repaired", row.last.repaired);
			br_json_out_u64(out, "left", row.last.left);
			br_json_out_u64(out, "rounds", row.last.rounds);
			br_json_out_u64(out, "bytes", row.last.up_bytes + row.last.dn_bytes);
		}
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

/* What the last restore left behind, and how much of it has come back from HQ: node/hole.h. */
static void restored_write(const struct br_web_view *view, struct br_json_out *out)
{
	struct br_hole hole;

	if (br_hole_last(view->txn, view->arena, &hole) < 0)
		return;
	br_assert(hole.after < hole.until);
	br_json_out_object(out, "restored");
	br_json_out_time(out, "at", hole.restored_ms);
	br_json_out_u64(out, "backup_head", hole.after);
	br_json_out_u64(out, "merged", hole.merged);
	br_json_out_u64(out, "withdrawn", hole.withdrawn);
	br_json_out_bool(out, "done", hole.closed);
	br_json_out_time(out, "until", hole.last_ms);
	br_json_out_u64(out, "lost", br_hole_lost(&hole));
	br_json_out_end(out);
}

/* Whole minutes: less is on the way here, and would change with every answer. */
static void hq_clock_write(const struct br_web_live_link *link, struct br_json_out *out)
{
	if (link->hq_clock_ms == BR_WEB_UNKNOWN)
		return;
	br_assert(link->hq_clock_ms > -BR_TIME_MAX_MS && link->hq_clock_ms < BR_TIME_MAX_MS);
	br_json_out_object(out, "hq_clock");
	br_json_out_i64(out, "minutes", link->hq_clock_ms / 60000);
	br_json_out_bool(out, "apart", link->hq_clock_apart);
	br_json_out_end(out);
}

int br_web_row_link(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	static const char *const states[] = {"off", "down", "up"};
	struct br_web_live_link link;
	uint64_t backlog = 0;
	int64_t oldest_ms = 0;

	if (!br_str_is(key, BR_WEB_LINK_KEY)) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	view->live->link(view->live->context, &link);
	br_assert(link.lane_n <= BR_WEB_LANES_MAX && link.state < BR_ARRAY_LEN(states));
	for (unsigned i = 0; i < link.lane_n; i++) {
		backlog += link.lanes[i].backlog;
		if (link.lanes[i].oldest_ms > 0 &&
			(oldest_ms == 0 || link.lanes[i].oldest_ms < oldest_ms))
			oldest_ms = link.lanes[i].oldest_ms;
	}
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", view->head);
	br_json_out_puts(out, "state", states[link.state]);
	br_json_out_time(out, "since", link.since_ms);
	br_json_out_puts(out, "hq", link.hq);
	if (link.fallback[0] != '\0')
		br_json_out_puts(out, "fallback", link.fallback);
	certificate_write(&link.certificate, out);
	br_json_out_u64(out, "backlog", backlog);
	lanes_write(&link, out);
	down_write(&link, out);
	br_json_out_time(out, "oldest_unacknowledged", oldest_ms);
	br_json_out_time(out, "last_ack", link.last_ack_ms);
	if (link.round_trip_ms != BR_WEB_UNKNOWN)
		br_json_out_i64(out, "round_trip_ms", link.round_trip_ms);
	else
		br_json_out_null(out, "round_trip_ms");
	hq_clock_write(&link, out);
	if (link.last_error[0] != '\0')
		br_json_out_puts(out, "last_error", link.last_error);
	else
		br_json_out_null(out, "last_error");
	if (link.comparing[0] != '\0')
		br_json_out_puts(out, "comparing", link.comparing);
	comparisons_write(view, out);
	restored_write(view, out);
	br_json_out_end(out);
	return 0;
}
