#include "esl/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"
#include "esl/label_follow.h"
#include "esl/label_words.h"
#include "esl/png.h"
#include "node/crypto.h"
#include "node/log.h"
#include "node/metrics.h"

/* A better access point takes a label over from this much on, or when the old one fell silent. */
#define ROUTE_HYSTERESIS_DB 6
#define ROUTE_SILENT_MS (15 * 60000)
#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Check-ins are told in batches; so short a silence says nothing. */
#define QUIET_MIN_MS 60000
/* After the broker was away its news is taken in first. */
#define DEAF_GRACE_MS 5000

const struct br_labels_filter br_labels_filters[BR_LABELS_FILTERS] = {
	{"brap/1/+/state", 1},
	{"brap/1/+/types", 1},
	{"brap/1/+/seen", 0},
	{"brap/1/+/ack/+", 1},
	{"brap/1/+/event/+", 1},
};

int64_t br_labels_wall_ms(const struct br_labels *labels)
{
	return labels->options.clock->wall_ms(labels->options.clock->context);
}

int64_t br_labels_boot_ms(const struct br_labels *labels)
{
	return labels->options.clock->boot_ms(labels->options.clock->context);
}

struct br_label_place br_labels_place(const struct br_labels *labels)
{
	return (struct br_label_place){labels->options.link_host, labels->options.utc_offset_min};
}

void br_labels_lock(struct br_labels *labels)
{
	br_assert(pthread_mutex_lock(&labels->lock) == 0);
}

void br_labels_unlock(struct br_labels *labels)
{
	br_assert(pthread_mutex_unlock(&labels->lock) == 0);
}

/* The place of the first label that is not before `name`. */
static unsigned place_find(const struct br_labels *labels, struct br_str name)
{
	unsigned from = 0, to = labels->label_n;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (br_str_compare(br_str_from(labels->sorted[middle]->label), name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	br_assert(from <= labels->label_n);
	return from;
}

struct br_label_now *br_labels_get(const struct br_labels *labels, struct br_str label)
{
	unsigned place = place_find(labels, label);

	if (place < labels->label_n && br_str_is(label, labels->sorted[place]->label))
		return labels->sorted[place];
	return NULL;
}

const struct br_label_now *br_labels_find(const struct br_labels *labels, struct br_str label)
{
	return br_labels_get(labels, label);
}

const struct br_label_now *br_labels_next(const struct br_labels *labels, struct br_str after)
{
	unsigned place = after.n > 0 ? place_find(labels, after) : 0;

	br_assert(place <= labels->label_n);
	if (place < labels->label_n && br_str_is(after, labels->sorted[place]->label))
		place++;
	return place < labels->label_n ? labels->sorted[place] : NULL;
}

bool br_label_lost(const struct br_label_now *label, int64_t now_ms)
{
	int64_t quiet_ms = label->next_s > 0 ? (int64_t)label->next_s * 3000 : DAY_MS;

	if (quiet_ms > DAY_MS)
		quiet_ms = DAY_MS;
	if (quiet_ms < QUIET_MIN_MS)
		quiet_ms = QUIET_MIN_MS;
	return label->last_seen_ms > 0 && now_ms - label->last_seen_ms > quiet_ms;
}

/* Makes a label that is not known yet; NULL without memory. */
static struct br_label_now *label_create(struct br_labels *labels, struct br_str name)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label_now *label = calloc(1, sizeof(*label));

	br_assert(labels->label_n < BR_LABELS_MAX);
	if (label == NULL)
		return NULL;
	if (!br_str_copy(name, label->label, sizeof(label->label)) ||
		br_txn_begin(labels->options.ledger, false, &txn) < 0) {
		free(label);
		return NULL;
	}
	label->rssi = label->mv = label->tc = BR_BRAP_UNKNOWN;
	br_label_load(labels, label, txn);
	br_label_changed(labels, label);
	return label;
}

struct br_label_now *br_labels_ensure(struct br_labels *labels, struct br_str name)
{
	unsigned place = place_find(labels, name);
	struct br_label_now *label = br_labels_get(labels, name);

	if (label != NULL || labels->label_n == BR_LABELS_MAX)
		return label;
	label = label_create(labels, name);
	if (label == NULL)
		return NULL;
	br_assert(label->phase == BR_LABEL_RESTING && label->list == NULL);
	memmove(&labels->sorted[place + 1], &labels->sorted[place],
		(labels->label_n - place) * sizeof(labels->sorted[0]));
	labels->sorted[place] = label;
	labels->label_n++;
	return label;
}

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
	if (old.w == new.w &&
		old.h == new.h &&old.accent == new.accent &&old.rotation == new.rotation)
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

void br_labels_turn(struct br_labels *labels)
{
	bool done;

	br_labels_lock(labels);
	done = br_labels_follow(labels);
	br_labels_send(labels);
	br_labels_draw(labels);
	done = br_labels_say_waiting(labels) && done;
	br_labels_unlock(labels);
	if (!done)
		br_loop_again(labels->options.loop);
}

/* While the broker is away nobody can answer, and what was answered meanwhile comes first then. */
static bool hears(struct br_labels *labels)
{
	const struct br_publisher *publisher = &labels->options.publisher;
	int64_t grace_ms = br_labels_boot_ms(labels) + DEAF_GRACE_MS;

	if (!publisher->connected(publisher->context)) {
		labels->deaf = true;
		return false;
	}
	for (struct br_label_now *label = labels->under_way.first; labels->deaf && label != NULL;
		label = label->next)
		if (label->due_boot_ms < grace_ms)
			label->due_boot_ms = grace_ms;
	labels->deaf = false;
	return true;
}

void br_labels_tick(struct br_labels *labels)
{
	unsigned waiting;

	br_labels_lock(labels);
	if (hears(labels))
		br_labels_due(labels);
	(void)!br_labels_say_waiting(labels);
	waiting = labels->stranded.n + labels->ready.n + labels->under_way.n;
	for (unsigned i = 0; i < labels->ap_n; i++)
		waiting += labels->aps[i]->stale.n;
	br_labels_unlock(labels);
	br_metric_set(BR_METRIC_LABELS_WAITING, waiting);
}

static void render_done(void *owner, struct br_render_result *result)
{
	struct br_labels *labels = owner;

	br_assert(result->subject != NULL);
	br_labels_lock(labels);
	br_label_rendered(labels, result);
	br_labels_unlock(labels);
}

/* What is known of the display: the label's own, or that of the commonest label. */
static struct br_display preview_display(struct br_labels *labels, struct br_str name)
{
	struct br_display display = {.w = 296, .h = 128, .accent = BR_ACCENT_RED};
	const struct br_label_now *label;

	br_labels_lock(labels);
	label = br_labels_get(labels, name);
	if (label != NULL && label->display.w > 0)
		display = label->display;
	br_labels_unlock(labels);
	br_assert(display.w > 0 && display.h > 0);
	return display;
}

static int preview_request(struct br_labels *labels, struct br_str name, struct br_arena *arena,
	struct br_render_request *request, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label_place place = br_labels_place(labels);
	struct br_label row;
	int result = br_txn_begin(labels->options.ledger, false, &txn);

	br_assert(name.n > 0);
	if (result == 0)
		result = br_label_get(txn, name, arena, &row);
	if (result == BR_E_NOT_FOUND || (result == 0 && row.sku.n == 0))
		return br_fault_set(fault, BR_E_NOT_FOUND, "label %.*s is not bound to a product",
			BR_STR_ARG(name));
	if (result == 0)
		result = br_label_content_read(
			txn, row.sku, br_labels_wall_ms(labels), &place, arena, &request->content);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return br_fault_set(fault, result, "the ledger cannot be read");
	request->display = preview_display(labels, name);
	request->template = br_template_set_find(
		labels->templates, row.template, &request->display, request->content.state);
	if (request->template == NULL)
		return br_fault_set(fault, BR_E_NOT_FOUND, "no template fits %u by %u pixels",
			request->display.w, request->display.h);
	return 0;
}

int br_labels_picture(
	struct br_labels *labels, struct br_str label, struct br_text *png, struct br_fault *fault)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	struct br_render_request request = {.number = 0};
	struct br_arena arena;
	int result;

	br_arena_init(&arena, 1 << 20);
	result = preview_request(labels, label, &arena, &request, fault);
	if (result == 0) {
		br_assert(pthread_mutex_lock(&labels->preview_lock) == 0);
		result = br_draw_picture(labels->preview, request.template, &request.content.fields,
			&request.display, &picture, fault);
		br_assert(pthread_mutex_unlock(&labels->preview_lock) == 0);
	}
	if (result == 0)
		result = br_png_write(picture, png);
	br_arena_finish(&arena);
	return result;
}

/* Digits that no other start has: ids of jobs and commands begin with them. */
static int start_choose(struct br_labels *labels)
{
	unsigned char bytes[(sizeof(labels->start) - 1) / 2];
	int result = br_random(bytes, sizeof(bytes));

	for (size_t i = 0; i < sizeof(bytes) && result == 0; i++)
		(void)snprintf(labels->start + 2 * i, 3, "%02x", bytes[i]);
	br_assert(result < 0 || strlen(labels->start) == sizeof(labels->start) - 1);
	return result;
}

static int parts_create(struct br_labels *labels, struct br_fault *fault)
{
	const struct br_labels_options *options = &labels->options;
	int result = start_choose(labels);

	br_assert(labels->sorted == NULL && labels->render == NULL);
	labels->sorted = calloc(BR_LABELS_MAX + 1, sizeof(labels->sorted[0]));
	if (labels->sorted == NULL)
		result = BR_E_MEMORY;
	if (result < 0)
		return br_fault_set(fault, result, "labels: %s", br_error_text(result));
	result = br_template_set_load(options->templates, &labels->templates, fault);
	if (result == 0)
		result = br_draw_create(&labels->preview, fault);
	if (result == 0)
		result = br_render_create(options->loop, options->render_threads, render_done,
			labels, &labels->render, fault);
	return result;
}

int br_labels_create(const struct br_labels_options *options, struct br_labels **ret_labels,
	struct br_fault *fault)
{
	BR_CLEANUP(br_labels_cleanup) struct br_labels *labels = calloc(1, sizeof(*labels));
	int result;

	br_assert(options->templates != NULL && options->link_host != NULL);
	if (labels == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	labels->options = *options;
	br_assert(pthread_mutex_init(&labels->lock, NULL) == 0);
	br_assert(pthread_mutex_init(&labels->preview_lock, NULL) == 0);
	br_arena_init(&labels->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_arena_init(&labels->events, BR_COMMAND_ARENA_BYTES_MAX);
	labels->followed = br_core_head(options->core);
	result = parts_create(labels, fault);
	if (result == 0)
		*ret_labels = BR_TAKE(labels);
	return result;
}

void br_labels_destroy(struct br_labels *labels)
{
	if (labels == NULL)
		return;
	br_render_destroy(labels->render);
	for (unsigned i = 0; i < labels->label_n; i++) {
		br_text_finish(&labels->sorted[i]->bytes);
		free(labels->sorted[i]);
	}
	for (unsigned i = 0; i < labels->ap_n; i++)
		free(labels->aps[i]);
	free(labels->sorted);
	br_draw_destroy(labels->preview);
	br_template_set_destroy(labels->templates);
	br_arena_finish(&labels->arena);
	br_arena_finish(&labels->events);
	(void)pthread_mutex_destroy(&labels->lock);
	(void)pthread_mutex_destroy(&labels->preview_lock);
	free(labels);
}
