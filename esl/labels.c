#include "esl/labels.h"

#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"
#include "esl/label_delivery.h"
#include "esl/png.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/price.h"
#include "node/tables.h"

/* A better access point takes a label over from this much on, or when the old one fell silent. */
#define ROUTE_HYSTERESIS_DB 6
#define ROUTE_SILENT_MS (15 * 60000)
#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Events followed in one turn: the rest comes in the next one. */
#define FOLLOW_EVENTS_MAX 2000

int64_t br_labels_wall_ms(const struct br_labels *labels)
{
	return labels->options.clock->wall_ms(labels->options.clock->context);
}

int64_t br_labels_boot_ms(const struct br_labels *labels)
{
	return labels->options.clock->boot_ms(labels->options.clock->context);
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

	if (place < labels->label_n && br_str_is(after, labels->sorted[place]->label))
		place++;
	return place < labels->label_n ? labels->sorted[place] : NULL;
}

bool br_label_lost(const struct br_label_now *label, int64_t now_ms)
{
	int64_t quiet_ms = label->next_s > 0 ? (int64_t)label->next_s * 3000 : DAY_MS;

	if (quiet_ms > DAY_MS)
		quiet_ms = DAY_MS;
	return label->last_seen_ms > 0 && now_ms - label->last_seen_ms > quiet_ms;
}

/* What the ledger knows of the label. */
static void label_load(struct br_labels *labels, struct br_label_now *label)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label row;

	br_arena_reset(&labels->arena);
	label->bound = false;
	if (br_txn_begin(labels->options.ledger, false, &txn) < 0 ||
		br_label_get(txn, br_str_from(label->label), &labels->arena, &row) < 0)
		return;
	label->bound = row.sku.n > 0;
	label->shown_known = row.shown_rev > 0;
	memcpy(label->shown, row.shown, sizeof(label->shown));
}

/* The label, made when it was not known; NULL when there are too many. */
static struct br_label_now *label_ensure(struct br_labels *labels, struct br_str name)
{
	unsigned place = place_find(labels, name);
	struct br_label_now *label = br_labels_get(labels, name);

	if (label != NULL || labels->label_n == BR_LABELS_MAX)
		return label;
	label = calloc(1, sizeof(*label));
	if (label == NULL || !br_str_copy(name, label->label, sizeof(label->label))) {
		free(label);
		return NULL;
	}
	label->rssi = label->mv = label->tc = BR_BRAP_UNKNOWN;
	br_text_init(&label->bytes, BR_ENCODED_BYTES_MAX);
	memmove(&labels->sorted[place + 1], &labels->sorted[place],
		(labels->label_n - place) * sizeof(labels->sorted[0]));
	labels->sorted[place] = label;
	labels->label_n++;
	label->next = NULL;
	label->previous = labels->resting.last;
	*(labels->resting.last != NULL ? &labels->resting.last->next : &labels->resting.first) =
		label;
	labels->resting.last = label;
	labels->resting.n++;
	label_load(labels, label);
	return label;
}

/* The access point, made when it was not known; NULL when there are too many. */
static struct br_access_point *ap_ensure(struct br_labels *labels, struct br_str name)
{
	struct br_access_point *ap;

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
	return ap;
}

/* The access point forgot everything: whatever was under way there is sent anew. */
static void ap_forgot(struct br_labels *labels, const struct br_access_point *ap)
{
	for (unsigned i = 0; i < labels->label_n; i++) {
		struct br_label_now *label = labels->sorted[i];

		if (label->ap == ap && label->phase >= BR_LABEL_READY)
			br_label_drop(labels, label);
	}
}

static void state_take(struct br_labels *labels, struct br_access_point *ap, struct br_str payload,
	struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_brap_state state;

	if (br_brap_state_read(payload, &root, &state, fault) < 0) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	if (ap->on != state.on)
		br_log(BR_LOG_NOTICE, "access point", "%s is %s", ap->name,
			state.on ? "there" : "away; its labels wait or are heard by another one");
	ap->on = state.on;
	if (!state.on)
		return;
	if (ap->boot != state.boot)
		ap_forgot(labels, ap);
	ap->boot = state.boot;
	ap->win = state.win;
	ap->msg_max = state.msg_max;
	ap->encoding = state.encoding;
}

/* The display of a type at this access point; w 0 when it is not known. */
static struct br_display display_of(const struct br_access_point *ap, const char *type)
{
	for (unsigned i = 0; i < ap->type_n; i++)
		if (strcmp(ap->types[i].name, type) == 0)
			return ap->types[i].display;
	return (struct br_display){.w = 0};
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
	for (unsigned i = 0; i < labels->label_n; i++) {
		struct br_label_now *label = labels->sorted[i];

		if (label->ap != ap || label->display.w > 0)
			continue;
		label->display = display_of(ap, label->type);
		br_label_stale(labels, label);
	}
}

/* The label is heard best here now; a picture under way elsewhere ends there. */
static void route_change(
	struct br_labels *labels, struct br_label_now *label, struct br_access_point *ap)
{
	if (label->phase >= BR_LABEL_RENDERING)
		br_label_drop(labels, label);
	label->ap = ap;
}

static void route_choose(struct br_labels *labels, struct br_label_now *label,
	struct br_access_point *ap, int32_t rssi)
{
	int64_t now_ms = br_labels_boot_ms(labels);
	bool better = label->ap == NULL || label->ap == ap || !label->ap->on ||
		      now_ms - label->heard_boot_ms > ROUTE_SILENT_MS ||
		      rssi >= label->route_rssi + ROUTE_HYSTERESIS_DB;

	if (!better)
		return;
	if (label->ap != ap)
		route_change(labels, label, ap);
	label->route_rssi = rssi;
	label->heard_boot_ms = now_ms;
}

/* One batch's context. */
struct seen_batch {
	struct br_labels *labels;
	struct br_access_point *ap;
};

static void seen_take(void *context, const struct br_brap_seen *seen)
{
	const struct seen_batch *batch = context;
	struct br_labels *labels = batch->labels;
	struct br_label_now *label = label_ensure(labels, br_str_from(seen->label));
	bool first, other;

	if (label == NULL) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	first = label->last_seen_ms == 0;
	route_choose(labels, label, batch->ap, seen->rssi);
	label->last_seen_ms = label->changed_ms = br_labels_wall_ms(labels);
	label->rssi = seen->rssi;
	label->mv = seen->mv;
	label->tc = seen->tc;
	if (seen->next_s > 0)
		label->next_s = seen->next_s;
	if (strcmp(label->type, seen->type) != 0 || label->display.w == 0) {
		memcpy(label->type, seen->type, sizeof(label->type));
		label->display = display_of(batch->ap, label->type);
		first = true;
	}
	other = seen->shows && (!label->shown_known || memcmp(label->shown, seen->shown,
							       sizeof(label->shown)) != 0);
	if (other)
		br_label_report(labels, label, seen->shown, 0);
	/* While a job is under way its own end tells what is shown. */
	if (first || (other && label->phase == BR_LABEL_RESTING))
		br_label_stale(labels, label);
}

static void ack_take(
	struct br_labels *labels, struct br_str name, struct br_str payload, struct br_fault *fault)
{
	struct br_label_now *label = br_labels_get(labels, name);
	struct br_brap_ack ack;

	if (br_brap_ack_read(payload, &ack, fault) < 0) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	if (label == NULL)
		return;
	label->changed_ms = br_labels_wall_ms(labels);
	if (ack.mv != BR_BRAP_UNKNOWN)
		label->mv = ack.mv;
	br_label_acked(labels, label, &ack);
}

void br_labels_message(void *owner, const struct br_message *message)
{
	struct br_labels *labels = owner;
	struct seen_batch batch = {.labels = labels};
	struct br_fault fault = {""};
	struct br_brap_topic topic;
	unsigned refused = 0;

	if (!br_brap_topic_read(message->topic, &topic)) {
		br_metric_add(BR_METRIC_LABEL_MALFORMED, 1);
		return;
	}
	/* Our own jobs and commands come back, since the filter covers the whole contract. */
	if (br_str_is(topic.what, "job") || br_str_is(topic.what, "cmd"))
		return;
	br_labels_lock(labels);
	batch.ap = ap_ensure(labels, topic.ap);
	if (batch.ap == NULL) {
		br_labels_unlock(labels);
		br_log(BR_LOG_ERR, "access point", "%.*s is one too many, %d are taken",
			BR_STR_ARG(topic.ap), BR_ACCESS_POINTS_MAX);
		return;
	}
	batch.ap->last_ms = br_labels_wall_ms(labels);
	if (br_str_is(topic.what, "state"))
		state_take(labels, batch.ap, message->payload, &fault);
	else if (br_str_is(topic.what, "types"))
		types_take(labels, batch.ap, message->payload, &fault);
	else if (br_str_is(topic.what, "ack"))
		ack_take(labels, topic.label, message->payload, &fault);
	else if (br_str_is(topic.what, "seen")) {
		if (br_brap_seen_read(message->payload, seen_take, &batch, &refused, &fault) < 0)
			refused++;
		br_metric_add(BR_METRIC_LABEL_MALFORMED, refused);
	}
	br_labels_unlock(labels);
	if (fault.text[0] != '\0')
		br_log(BR_LOG_INFO, "access point", "%.*s: %s", BR_STR_ARG(message->topic),
			fault.text);
}

/* A product changed: every label bound to it may have to show something else. */
static void product_follow(struct br_labels *labels, struct br_txn *txn, struct br_str sku)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_str key, value, name;
	struct br_scan scan;

	br_scan_begin(
		&scan, txn, BR_TABLE_LABEL_SKU, br_key_str(&prefix), br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_label_now *label;

		if (!br_key_take_str(&key, &name) || !br_key_take_str(&key, &name))
			continue;
		label = br_labels_get(labels, name);
		if (label == NULL)
			continue;
		label->tries = 0;
		br_label_stale(labels, label);
	}
	br_scan_end(&scan);
}

static void event_follow(struct br_labels *labels, struct br_txn *txn, const struct br_event *event)
{
	/* The bodies of these begin with the SKU, or with the label. */
	struct br_str first = *(const struct br_str *)event->body;
	struct br_label_now *label;

	switch (event->kind) {
	case BR_EVENT_PRODUCT_CHANGED:
	case BR_EVENT_PRODUCT_REMOVED:
	case BR_EVENT_PRICE_SET:
	case BR_EVENT_PRICE_EFFECTIVE:
		product_follow(labels, txn, first);
		return;
	case BR_EVENT_LABEL_BOUND:
		label = label_ensure(labels, first);
		if (label == NULL)
			return;
		label->bound = true;
		label->tries = 0;
		br_label_stale(labels, label);
		return;
	case BR_EVENT_LABEL_UNBOUND:
		label = br_labels_get(labels, first);
		if (label == NULL)
			return;
		label->bound = false;
		br_label_drop(labels, label);
		return;
	default:
		return;
	}
}

/* False when there is more to follow than one turn takes. */
static bool journal_follow(struct br_labels *labels)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(labels->options.core);
	unsigned n = 0;

	if (labels->followed == head || br_txn_begin(labels->options.ledger, false, &txn) < 0)
		return true;
	while (labels->followed < head && n++ < FOLLOW_EVENTS_MAX) {
		struct br_event event;

		br_arena_reset(&labels->arena);
		if (br_event_get(txn, ++labels->followed, &labels->arena, &event) == 0)
			event_follow(labels, txn, &event);
	}
	return labels->followed == head;
}

void br_labels_turn(struct br_labels *labels)
{
	br_labels_lock(labels);
	if (!journal_follow(labels))
		br_loop_again(labels->options.loop);
	br_labels_send(labels);
	br_labels_draw(labels);
	br_labels_unlock(labels);
}

static void render_done(void *owner, struct br_render_result *result)
{
	struct br_labels *labels = owner;

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
	return display;
}

static int preview_request(struct br_labels *labels, struct br_str name, struct br_arena *arena,
	struct br_render_request *request, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label row;
	int result = br_txn_begin(labels->options.ledger, false, &txn);

	if (result == 0)
		result = br_label_get(txn, name, arena, &row);
	if (result == BR_E_NOT_FOUND || (result == 0 && row.sku.n == 0))
		return br_fault_set(fault, BR_E_NOT_FOUND, "label %.*s is not bound to a product",
			BR_STR_ARG(name));
	if (result == 0)
		result = br_label_content_read(txn, row.sku, br_labels_wall_ms(labels),
			labels->options.link_host, arena, &request->content);
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
	struct br_render_request request = {.token = 0};
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

int br_labels_create(const struct br_labels_options *options, struct br_labels **ret_labels,
	struct br_fault *fault)
{
	BR_CLEANUP(br_labels_cleanup) struct br_labels *labels = calloc(1, sizeof(*labels));
	int result;

	if (labels == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	labels->options = *options;
	br_assert(pthread_mutex_init(&labels->lock, NULL) == 0);
	br_assert(pthread_mutex_init(&labels->preview_lock, NULL) == 0);
	br_arena_init(&labels->arena, BR_COMMAND_ARENA_BYTES_MAX);
	labels->sorted = calloc(BR_LABELS_MAX + 1, sizeof(labels->sorted[0]));
	if (labels->sorted == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	labels->followed = br_core_head(options->core);
	result = br_template_set_load(options->templates, &labels->templates, fault);
	if (result == 0)
		result = br_draw_create(&labels->preview, fault);
	if (result == 0)
		result = br_render_create(options->loop, options->render_threads, render_done,
			labels, &labels->render, fault);
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
	(void)pthread_mutex_destroy(&labels->lock);
	(void)pthread_mutex_destroy(&labels->preview_lock);
	free(labels);
}
