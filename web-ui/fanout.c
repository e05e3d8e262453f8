#include "web-ui/fanout.h"

#include <stdio.h>

#include "node/customer.h"
#include "node/device.h"
#include "node/tables.h"

/* Where touched keys go: all nouns of a fan-out, or one noun of a client that resumes. */
struct sink {
	const struct br_web_view *view;
	struct br_keymap *maps[BR_WEB_NOUN_N]; /* NULL = not wanted */
	bool overflow, bindings;
};

/* A key that does not fit is remembered as an overflow, which a snapshot makes good. */
static void sink_put(struct sink *sink, enum br_web_noun noun, struct br_str key)
{
	br_assert(noun < BR_WEB_NOUN_N);
	if (sink->maps[noun] == NULL || key.n == 0)
		return;
	if (br_keymap_put(sink->maps[noun], key, 0) < 0)
		sink->overflow = true;
}

static void event_touch(void *context, enum br_noun noun, struct br_str key)
{
	static const enum br_web_noun nouns[BR_NOUN_END] = {
		[BR_NOUN_PRODUCT] = BR_WEB_PRODUCT,
		[BR_NOUN_ORDER] = BR_WEB_ORDER,
		[BR_NOUN_LABEL] = BR_WEB_LABEL,
		[BR_NOUN_DEVICE] = BR_WEB_SENSOR,
		[BR_NOUN_ALARM] = BR_WEB_ALARM,
		[BR_NOUN_DELIVERY] = BR_WEB_DELIVERY,
		[BR_NOUN_TRANSFER] = BR_WEB_TRANSFER,
		[BR_NOUN_COUNT] = BR_WEB_COUNT,
		[BR_NOUN_PICK_LIST] = BR_WEB_PICK_LIST,
	};

	br_assert(noun > 0 && noun < BR_NOUN_END);
	/* The quarantine is shown as a count, which follows the journal by itself. */
	if (noun == BR_NOUN_REFUSED)
		return;
	sink_put(context, nouns[noun], key);
}

/* The labels bound to a product. */
static void labels_touch(struct sink *sink, struct br_str sku)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, part, label;
	struct br_scan scan;

	br_assert(sku.n > 0);
	if (sink->maps[BR_WEB_LABEL] == NULL)
		return;
	br_scan_begin(&scan, sink->view->txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix),
		br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &part) && br_key_take_str(&key, &label))
			sink_put(sink, BR_WEB_LABEL, label);
	br_scan_end(&scan);
}

static void alarm_sensor_touch(struct sink *sink, struct br_str name)
{
	struct br_alarm alarm;

	br_assert(name.n > 0);
	if (sink->maps[BR_WEB_SENSOR] != NULL &&
		br_alarm_get(sink->view->txn, name, sink->view->arena, &alarm) == 0 &&
		alarm.device.n > 0)
		sink_put(sink, BR_WEB_SENSOR, alarm.device);
}

/* The alarms of a device, whose rows have its name and its limits. Their names begin with its own.
 */
static void device_alarms_touch(struct sink *sink, struct br_str device)
{
	char text[BR_DEVICE_BYTES_MAX + 2];
	int n = snprintf(text, sizeof(text), "%.*s/", BR_STR_ARG(device));
	struct br_str prefix = {text, (size_t)n}, key, value, alarm;
	struct br_scan scan;

	br_assert(n > 1 && (size_t)n < sizeof(text));
	if (sink->maps[BR_WEB_ALARM] == NULL)
		return;
	br_scan_begin(&scan, sink->view->txn, BR_TABLE_ALARM, prefix, prefix, false);
	while (br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &alarm))
			sink_put(sink, BR_WEB_ALARM, alarm);
	br_scan_end(&scan);
}

static bool order_touch(void *context, struct br_str order)
{
	sink_put(context, BR_WEB_ORDER, order);
	return true;
}

/* The orders show who they are for, and must not show it a moment longer. */
static void person_orders_touch(struct sink *sink, const struct br_event *event)
{
	struct br_person person;

	br_assert(sink->view->txn != NULL);
	if (event->kind == BR_EVENT_CUSTOMER_CHANGED)
		person = br_person_of_customer(((const struct br_customer *)event->body)->customer);
	else
		person = br_customer_erased_person(event->body);
	br_person_orders_walk(sink->view->txn, &person, order_touch, sink);
}

/* What an event changes beyond what it touches. Most bodies begin with the name of their thing. */
static void event_touch_besides(struct sink *sink, const struct br_event *event)
{
	struct br_str subject = br_event_type(event)->subject(event);

	br_assert(event->sequence > 0);
	switch (event->kind) {
	case BR_EVENT_PRODUCT_CHANGED:
	case BR_EVENT_PRODUCT_REMOVED:
	case BR_EVENT_PRICE_SET:
	case BR_EVENT_PRICE_OVERRIDDEN:
	case BR_EVENT_PRICE_CANCELLED:
	case BR_EVENT_PRICE_EFFECTIVE:
		labels_touch(sink, subject);
		return;
	case BR_EVENT_LABEL_BOUND:
	case BR_EVENT_LABEL_UNBOUND:
		sink->bindings = true;
		return;
	case BR_EVENT_DEVICE_ADOPTED:
	case BR_EVENT_DEVICE_FORGOTTEN:
		device_alarms_touch(sink, subject);
		return;
	case BR_EVENT_ALARM_RAISED:
	case BR_EVENT_ALARM_CLEARED:
	case BR_EVENT_ALARM_ACKNOWLEDGED:
		alarm_sensor_touch(sink, subject);
		return;
	case BR_EVENT_CUSTOMER_CHANGED:
	case BR_EVENT_CUSTOMER_ERASED:
		person_orders_touch(sink, event);
		return;
	default:
		return;
	}
}

/*
 * Reads events after `sequence`, at most `max`; returns the last one's sequence. `recent` may be
 * NULL. An event that does not decode is kept as the transaction's error.
 */
static uint64_t events_read(
	struct sink *sink, uint64_t sequence, unsigned max, struct br_web_recent *recent)
{
	struct br_touch touch = {event_touch, sink};
	struct br_key from = br_key_of_u64(sequence + 1);
	struct br_str key, value;
	struct br_scan scan;

	br_assert(sink->view->txn != NULL);
	br_scan_begin(&scan, sink->view->txn, BR_TABLE_JOURNAL, (struct br_str){NULL, 0},
		br_key_str(&from), false);
	while (max-- > 0 && br_scan_next(&scan, &key, &value)) {
		struct br_event event;
		int result;

		if (!br_key_take_u64(&key, &sequence))
			break;
		br_arena_reset(sink->view->arena);
		result = br_event_decode(sequence, value, sink->view->arena, &event);
		if (result < 0) {
			(void)br_txn_fail(sink->view->txn, result);
			break;
		}
		br_event_type(&event)->touches(&event, &touch);
		event_touch_besides(sink, &event);
		if (recent != NULL)
			br_web_recent_event(recent, &event);
	}
	br_scan_end(&scan);
	return sequence;
}

static struct sink sink_all(struct br_fanout *fanout, const struct br_web_view *view)
{
	struct sink sink = {.view = view};

	br_assert(view->txn != NULL);
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++)
		sink.maps[i] = &fanout->fresh[i];
	return sink;
}

/* The oldest note goes first; a client older than that gets a snapshot. */
static void version_note(struct br_fanout *fanout)
{
	unsigned at = (fanout->version_first + fanout->version_n) % BR_WEB_VERSIONS_MAX;

	br_assert(fanout->version_n <= BR_WEB_VERSIONS_MAX);
	fanout->versions[at].sequence = fanout->sequence;
	fanout->versions[at].version = fanout->live_version;
	if (fanout->version_n == BR_WEB_VERSIONS_MAX)
		fanout->version_first = (fanout->version_first + 1) % BR_WEB_VERSIONS_MAX;
	else
		fanout->version_n++;
}

/* What was there before the first client needs no telling: the snapshot has it. */
void br_fanout_init(struct br_fanout *fanout, uint64_t head)
{
	*fanout = (struct br_fanout){.sequence = head};
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++)
		br_keymap_init(&fanout->fresh[i], BR_WEB_FRESH_MAX);
}

void br_fanout_finish(struct br_fanout *fanout)
{
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++)
		br_keymap_finish(&fanout->fresh[i]);
}

void br_fanout_clear(struct br_fanout *fanout)
{
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++)
		br_keymap_clear(&fanout->fresh[i]);
	fanout->bindings = fanout->overflow = false;
}

int br_fanout_read(struct br_fanout *fanout, const struct br_web_view *view,
	struct br_web_recent *recent, bool *ret_more)
{
	struct sink sink = sink_all(fanout, view);

	br_assert(fanout->sequence <= view->head);
	fanout->sequence = events_read(&sink, fanout->sequence, BR_WEB_FANOUT_EVENTS_MAX, recent);
	fanout->bindings = fanout->bindings || sink.bindings;
	fanout->overflow = fanout->overflow || sink.overflow;
	*ret_more = fanout->sequence < view->head;
	return br_txn_error(view->txn);
}

/* Called under the live values' lock: it notes the key and nothing else. */
static void live_touch(void *owner, enum br_web_live_noun noun, struct br_str key)
{
	static const enum br_web_noun nouns[] = {
		[BR_WEB_LIVE_LABEL] = BR_WEB_LABEL,
		[BR_WEB_LIVE_SENSOR] = BR_WEB_SENSOR,
		[BR_WEB_LIVE_LINK] = BR_WEB_LINK,
	};

	br_assert(noun < BR_ARRAY_LEN(nouns));
	sink_put(owner, nouns[noun], key);
}

void br_fanout_live(struct br_fanout *fanout, const struct br_web_view *view)
{
	struct sink sink = sink_all(fanout, view);
	unsigned last = (fanout->version_first + fanout->version_n - 1) % BR_WEB_VERSIONS_MAX;

	br_assert(view->live != NULL);
	/* Noted before the look, so that a client at this sequence is told what comes now. */
	if (fanout->version_n == 0 || fanout->versions[last].sequence != fanout->sequence)
		version_note(fanout);
	fanout->live_version =
		view->live->changes(view->live->context, fanout->live_version, live_touch, &sink);
	fanout->overflow = fanout->overflow || sink.overflow;
}

/* The version live values had when a client at `sequence` was told last, or before. */
static bool version_find(const struct br_fanout *fanout, uint64_t sequence, uint64_t *ret_version)
{
	br_assert(fanout->version_n <= BR_WEB_VERSIONS_MAX);
	for (unsigned i = fanout->version_n; i-- > 0;) {
		unsigned at = (fanout->version_first + i) % BR_WEB_VERSIONS_MAX;

		if (fanout->versions[at].sequence > sequence)
			continue;
		*ret_version = fanout->versions[at].version;
		return true;
	}
	return false;
}

int br_fanout_changes(const struct br_fanout *fanout, const struct br_web_view *view,
	enum br_web_noun noun, uint64_t after, struct br_keymap *keys)
{
	struct sink sink = {.view = view};
	uint64_t version;

	br_assert(noun < BR_WEB_NOUN_N);
	br_assert(after <= fanout->sequence);
	/* Few rows, which change without an event. */
	if (noun == BR_WEB_STATUS || noun == BR_WEB_LINK || noun == BR_WEB_SENSOR)
		return BR_E_UNSUPPORTED;
	if (fanout->sequence - after > BR_WEB_RESUME_EVENTS_MAX)
		return BR_E_TOO_LARGE;
	sink.maps[noun] = keys;
	if (noun == BR_WEB_LABEL) {
		if (!version_find(fanout, after, &version))
			return BR_E_TOO_LARGE;
		(void)view->live->changes(view->live->context, version, live_touch, &sink);
	}
	(void)events_read(&sink, after, BR_WEB_RESUME_EVENTS_MAX, NULL);
	if (br_txn_error(view->txn) < 0)
		return br_txn_error(view->txn);
	return sink.overflow ? BR_E_TOO_LARGE : 0;
}
