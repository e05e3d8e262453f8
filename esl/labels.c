#include "esl/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"
#include "esl/label_drawing.h"
#include "esl/label_follow.h"
#include "esl/label_template.h"
#include "esl/label_words.h"
#include "esl/png.h"
#include "node/crypto.h"
#include "node/metrics.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Check-ins are told in batches; so short a silence says nothing. */
#define QUIET_MIN_MS 60000
/* After the broker was away its news is taken in first. */
#define DEAF_GRACE_MS 5000

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
	br_mutex_lock(&labels->lock);
}

void br_labels_unlock(struct br_labels *labels)
{
	br_mutex_unlock(&labels->lock);
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

	br_assert(now_ms >= 0);
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

	br_assert(labels->ap_n <= BR_ACCESS_POINTS_MAX);
	br_labels_lock(labels);
	if (hears(labels))
		br_labels_due(labels);
	(void)!br_labels_say_waiting(labels);
	waiting = labels->stranded.n + labels->ready.n + labels->under_way.n;
	for (unsigned i = 0; i < labels->ap_n; i++)
		waiting += labels->aps[i]->urgent.n + labels->aps[i]->stale.n;
	br_labels_unlock(labels);
	br_metric_set(BR_METRIC_LABELS_WAITING, waiting);
}

static void render_done(void *owner, struct br_render_result *result)
{
	struct br_labels *labels = owner;

	br_assert(result->subject != NULL);
	labels->drawings_done++;
	br_labels_lock(labels);
	br_label_rendered(labels, result);
	br_labels_unlock(labels);
	br_label_templates_release(labels);
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

int br_labels_picture(
	struct br_labels *labels, struct br_str label, struct br_text *png, struct br_fault *fault)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	struct br_render_request request = {.display = preview_display(labels, label)};
	struct br_arena arena;
	bool bound;
	int result;

	br_assert(label.n > 0);
	br_arena_init(&arena, 1 << 20);
	/* With the context that is kept for previews, one at a time; its template stays as long. */
	br_mutex_lock(&labels->preview_lock);
	result = br_label_request_fill(labels, label, &arena, &request, &bound, fault);
	if (result == 0 && !bound)
		result = br_fault_set(fault, BR_E_NOT_FOUND, "label %.*s is not bound to a product",
			BR_STR_ARG(label));
	if (result == 0)
		result = br_render_picture(labels->preview, &request, &picture, fault);
	br_mutex_unlock(&labels->preview_lock);
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
	result = br_label_place_check(&options->place, fault);
	if (result < 0) {
		br_fault_prefix(fault, "[labels]");
		return result;
	}
	result = br_template_set_load(options->templates, &labels->templates, fault);
	if (result == 0)
		result = br_label_templates_load(labels, fault);
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

	br_assert(options->templates != NULL && options->place.link_host != NULL);
	if (labels == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	labels->options = *options;
	br_mutex_init(&labels->lock);
	br_mutex_init(&labels->preview_lock);
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
	br_label_templates_finish(labels);
	br_template_set_destroy(labels->templates);
	br_arena_finish(&labels->arena);
	br_arena_finish(&labels->events);
	br_mutex_finish(&labels->lock);
	br_mutex_finish(&labels->preview_lock);
	free(labels);
}
