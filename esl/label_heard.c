/* What access points say: themselves, their displays, whom they hear, and how jobs fare. */
#include <stdlib.h>
#include <string.h>

#include "esl/label_report.h"
#include "node/log.h"
#include "node/metrics.h"

/* A better access point takes a label over from this much on, or when the old one fell silent. */
#define ROUTE_HYSTERESIS_DB 6
#define ROUTE_SILENT_MS (15 * 60000)

const struct br_labels_filter br_labels_filters[BR_LABELS_FILTERS] = {
	{"brap/1/+/state", 1},
	{"brap/1/+/types", 1},
	{"brap/1/+/seen", 0},
	{"brap/1/+/ack/+", 1},
	{"brap/1/+/event/+", 1},
};

/* The access point, made when it was not known; NULL when there are too many. */
static struct br_access_point *ap_ensure(struct br_labels *labels, struct br_str name)
{
	struct br_access_point *ap;

	br_assert(name.n > 0 && labels->ap_n <= BR_ACCESS_POINTS_MAX);
	for (unsigned i = 0; i < labels->ap_n; i++)
		if (br_str_is(name, labels->aps[i]->name))
			return labels->aps[i];
	if (labels->ap_n == BR_ACCESS_POINTS_MAX)
		return NULL;
	ap = calloc(1, sizeof(*ap));
	if (ap == NULL || !br_str_copy(name, ap->name, sizeof(ap->name))) {
		free(ap);
		return NULL;
	}
	ap->win = 1;
	labels->aps[labels->ap_n++] = ap;
	br_assert(labels->ap_n <= BR_ACCESS_POINTS_MAX);
	return ap;
}

static void state_take(struct br_labels *labels, struct br_access_point *ap, struct br_str payload,
	struct br_fault *fault)
{
	struct br_brap_state state;
	bool was_on = ap->on, other_boot;

	if (br_brap_state_read(payload, &state, fault) < 0) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	if (was_on != state.on)
		br_log(BR_LOG_NOTICE, "access point", "%s is %s", ap->name,
			state.on ? "there" : "away; its labels wait or are heard by another one");
	ap->on = state.on;
	if (!state.on) {
		br_labels_ap_away(labels, ap);
		return;
	}
	other_boot = ap->boot != state.boot;
	ap->boot = state.boot;
	ap->win = state.win;
	br_assert(ap->win >= 1);
	ap->q_max = state.q_max;
	ap->msg_max = state.msg_max;
	ap->encoding = state.encoding;
	if (other_boot) {
		ap->pause_boot_ms = 0;
		br_labels_ap_forgot(labels, ap);
	} else if (!was_on) {
		br_labels_ap_back(labels, ap);
	}
}

/* The display of a type at this access point; w 0 when it is not known. */
static struct br_display display_of(const struct br_access_point *ap, const char *type)
{
	br_assert(ap->type_n <= BR_BRAP_TYPES_MAX);
	for (unsigned i = 0; i < ap->type_n; i++)
		if (strcmp(ap->types[i].name, type) == 0)
			return ap->types[i].display;
	return (struct br_display){.w = 0};
}

/* Takes the display that the label's access point says it has; another one is drawn anew. */
static void display_take(struct br_labels *labels, struct br_label_now *label)
{
	struct br_display old = label->display, new = display_of(label->ap, label->type);

	br_assert(label->ap != NULL);
	if (new.w == old.w &&new.h == old.h &&new.accent == old.accent &&new.rotation ==
		old.rotation)
		return;
	label->display = new;
	label->drawn = false;
	br_label_file(labels, label);
	if (label->phase > BR_LABEL_STALE)
		br_label_drop(labels, label);
	br_label_stale(labels, label);
	br_label_changed(labels, label);
}

static void types_take(struct br_labels *labels, struct br_access_point *ap, struct br_str payload,
	struct br_fault *fault)
{
	unsigned refused;

	if (br_brap_types_read(payload, ap->types, &ap->type_n, &refused, fault) < 0) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	br_metric_add(BR_METRIC_LABEL_MALFORMED, refused);
	br_assert(ap->type_n <= BR_BRAP_TYPES_MAX);
	for (unsigned i = 0; i < labels->label_n; i++)
		if (labels->sorted[i]->ap == ap)
			display_take(labels, labels->sorted[i]);
}

/* True when the label is to be reached by `ap` from now on. */
static bool route_better(const struct br_label_now *label, const struct br_access_point *ap,
	int32_t rssi, int64_t now_ms)
{
	const struct br_access_point *old = label->ap;

	br_assert(ap != NULL);
	if (old == NULL || old == ap)
		return true;
	if (old->on != ap->on)
		return ap->on;
	if (now_ms - label->heard_boot_ms > ROUTE_SILENT_MS)
		return true;
	/* A picture that crosses the air just now is not taken away for a better signal. */
	return label->phase != BR_LABEL_SENDING && rssi >= label->route_rssi + ROUTE_HYSTERESIS_DB;
}

/* One batch's context. */
struct seen_batch {
	struct br_labels *labels;
	struct br_access_point *ap;
};

static void figures_take(
	struct br_labels *labels, struct br_label_now *label, const struct br_brap_seen *seen)
{
	br_assert(strcmp(label->label, seen->label) == 0);
	label->last_seen_ms = br_labels_wall_ms(labels);
	label->rssi = seen->rssi;
	label->mv = seen->mv;
	label->tc = seen->tc;
	if (seen->next_s > 0)
		label->next_s = seen->next_s;
	br_label_changed(labels, label);
}

static void seen_take(void *context, const struct br_brap_seen *seen)
{
	const struct seen_batch *batch = context;
	struct br_labels *labels = batch->labels;
	struct br_label_now *label = br_labels_ensure(labels, br_str_from(seen->label));
	int64_t now_ms = br_labels_boot_ms(labels);

	if (label == NULL) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	figures_take(labels, label, seen);
	if (seen->type[0] != '\0')
		memcpy(label->type, seen->type, sizeof(label->type));
	if (route_better(label, batch->ap, seen->rssi, now_ms)) {
		br_label_route(labels, label, batch->ap);
		label->route_rssi = seen->rssi;
		label->heard_boot_ms = now_ms;
	}
	display_take(labels, label);
	if (seen->shows)
		br_label_shows(labels, label, batch->ap, seen->shown, 0);
	if (seen->pend != BR_BRAP_UNKNOWN && label->ap == batch->ap)
		br_label_pending(labels, label, (unsigned)seen->pend);
	/* Heard for the first time since the start: what it should show is not known yet. */
	if (!label->drawn && label->phase == BR_LABEL_RESTING && label->due_boot_ms == 0)
		br_label_stale(labels, label);
}

static void ack_take(struct br_labels *labels, struct br_access_point *ap, struct br_str name,
	struct br_str payload, struct br_fault *fault)
{
	struct br_label_now *label;
	struct br_brap_ack ack;

	if (br_brap_ack_read(payload, &ack, fault) < 0) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	/* After a start the word of a job from before it may be the first that is heard. */
	label = ack.status == BR_BRAP_SHOWN ? br_labels_ensure(labels, name)
					    : br_labels_get(labels, name);
	if (label == NULL)
		return;
	if (ack.mv != BR_BRAP_UNKNOWN)
		label->mv = ack.mv;
	br_label_changed(labels, label);
	br_label_acked(labels, label, ap, &ack);
}

/*
 * Who has lost a label is not asked to reach it any more: whoever hears it next takes it over, be
 * it ever so faint. What the other events mean shows in the next check-in.
 */
static void event_take(struct br_labels *labels, const struct br_access_point *ap,
	struct br_str name, struct br_str payload, struct br_fault *fault)
{
	struct br_label_now *label = br_labels_get(labels, name);
	enum br_brap_event event;

	br_assert(ap != NULL);
	if (br_brap_event_read(payload, &event, fault) < 0)
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
	else if (event == BR_BRAP_LOST && label != NULL && label->ap == ap)
		br_label_route(labels, label, NULL);
}

static void message_take(struct br_labels *labels, struct br_access_point *ap,
	const struct br_brap_topic *topic, struct br_str payload, struct br_fault *fault)
{
	struct seen_batch batch = {labels, ap};
	unsigned refused = 0;

	br_assert(ap != NULL && topic->what <= BR_BRAP_CMD);
	switch (topic->what) {
	case BR_BRAP_STATE:
		state_take(labels, ap, payload, fault);
		return;
	case BR_BRAP_TYPES:
		types_take(labels, ap, payload, fault);
		return;
	case BR_BRAP_SEEN:
		if (br_brap_seen_read(payload, seen_take, &batch, &refused, fault) < 0)
			refused = 1;
		br_metric_add(BR_METRIC_LABEL_MALFORMED, refused);
		return;
	case BR_BRAP_ACK:
		ack_take(labels, ap, topic->label, payload, fault);
		return;
	case BR_BRAP_EVENT:
		event_take(labels, ap, topic->label, payload, fault);
		return;
	case BR_BRAP_JOB:
	case BR_BRAP_CMD:
		return;
	}
}

void br_labels_message(void *owner, const struct br_message *message)
{
	struct br_labels *labels = owner;
	struct br_fault fault = {""};
	struct br_brap_topic topic;
	struct br_access_point *ap;

	if (!br_brap_topic_read(message->topic, &topic)) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	br_labels_lock(labels);
	ap = ap_ensure(labels, topic.ap);
	if (ap != NULL) {
		ap->last_ms = br_labels_wall_ms(labels);
		message_take(labels, ap, &topic, message->payload, &fault);
	}
	br_labels_unlock(labels);
	if (ap == NULL)
		(void)br_fault_set(&fault, BR_E_TOO_LARGE,
			"is of one access point too many, %d are taken", BR_ACCESS_POINTS_MAX);
	if (fault.text[0] != '\0')
		br_log(BR_LOG_INFO, "access point", "%.*s: %s", BR_STR_ARG(message->topic),
			fault.text);
}
