#include "esl/label_drawing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esl/label_job.h"
#include "esl/label_words.h"
#include "node/label.h"

/* Drawings begun in one turn. */
#define DRAWINGS_MAX 16

int br_label_request_fill(struct br_labels *labels, struct br_str name, struct br_arena *arena,
	struct br_render_request *request, bool *ret_bound, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	const struct br_display *display = &request->display;
	struct br_label row = {.sequence = 0};
	int result = br_txn_begin(labels->options.ledger, false, &txn);
	bool gone;

	br_assert(request->template == NULL && display->w > 0);
	if (result == 0)
		result = br_label_get(txn, name, arena, &row);
	if ((result == 0 || result == BR_E_NOT_FOUND) && row.sku.n == 0) {
		*ret_bound = false;
		return 0;
	}
	if (result == 0)
		result = br_label_content_read(txn, row.sku, br_labels_wall_ms(labels),
			&labels->options.place, arena, &request->content);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return br_fault_set(fault, result, "the ledger: %s", br_error_text(result));
	/* The template that people chose is for a product that there is. */
	gone = request->content.state == BR_TEMPLATE_NOT_FOR_SALE;
	request->template = br_template_set_find(labels->templates,
		gone ? (struct br_str){NULL, 0} : row.template, display, request->content.state);
	if (request->template == NULL)
		return br_fault_set(fault, BR_E_NOT_FOUND, "no template has %u by %u pixels",
			display->w, display->h);
	if (gone && request->template->state != BR_TEMPLATE_NOT_FOR_SALE)
		request->template = NULL;
	*ret_bound = true;
	return 0;
}

/* Nothing can be drawn, for the reason that is given; an older picture must not come instead. */
static void drawing_failed(struct br_labels *labels, struct br_label_now *label, const char *reason)
{
	br_assert(label->phase == BR_LABEL_STALE || label->phase == BR_LABEL_RENDERING);
	br_label_job_cancel(labels, label);
	br_label_fail(labels, label, reason);
}

/* 0, or BR_E_BUSY when the workers have enough to do; then nothing has changed. */
static int label_draw(struct br_labels *labels, struct br_label_now *label)
{
	struct br_render_request request = {
		.subject = label,
		.number = labels->drawings + 1,
		.display = label->display,
		.encoding = label->ap->encoding,
	};
	struct br_fault fault = {""};
	uint64_t head = br_core_head(labels->options.core);
	bool bound;
	int result;

	br_assert(label->phase == BR_LABEL_STALE && label->ours && head > 0);
	label->job.rev = head > label->rev_least ? head : label->rev_least;
	label->drawn = false;
	label->drawn_at = head;
	br_arena_reset(&labels->arena);
	result = br_label_request_fill(
		labels, br_str_from(label->label), &labels->arena, &request, &bound, &fault);
	if (result < 0) {
		drawing_failed(labels, label, fault.text);
		return 0;
	}
	result = br_render_submit(labels->render, &request);
	if (result < 0)
		return result;
	label->encoding = request.encoding;
	br_label_move(labels, label, BR_LABEL_RENDERING);
	label->drawing = ++labels->drawings;
	return 0;
}

/* The label that comes next at an access point; NULL when there is none, or no place for one. */
static struct br_label_now *label_next(const struct br_access_point *ap, int64_t now_ms)
{
	struct br_label_now *label = ap->urgent.first != NULL ? ap->urgent.first : ap->stale.first;

	if (label == NULL || !ap->on || ap->pause_boot_ms > now_ms || ap->unacked >= ap->win)
		return NULL;
	br_assert(label->phase == BR_LABEL_STALE && label->ap == ap);
	/* One that supersedes a job takes no further room. */
	if (ap->q_max > 0 && ap->unacked + ap->held >= ap->q_max && label->older.id[0] == '\0')
		return NULL;
	return label;
}

/*
 * Looks at access points, not at labels: thousands of stale ones cost nothing while their access
 * point is away or has enough. Another one begins each time, so that all come to their turn.
 */
void br_labels_draw(struct br_labels *labels)
{
	int64_t now_ms = br_labels_boot_ms(labels);
	unsigned drawings = 0, first = labels->ap_next++;

	br_assert(labels->ap_n <= BR_ACCESS_POINTS_MAX);
	for (unsigned i = 0; i < labels->ap_n; i++) {
		const struct br_access_point *ap = labels->aps[(first + i) % labels->ap_n];
		struct br_label_now *label;

		while ((label = label_next(ap, now_ms)) != NULL) {
			if (drawings++ == DRAWINGS_MAX) {
				br_loop_again(labels->options.loop);
				return;
			}
			if (label_draw(labels, label) < 0)
				return;
		}
	}
}

/* The picture that was drawn is not the one on the glass. */
static void picture_take(
	struct br_labels *labels, struct br_label_now *label, struct br_text *bytes)
{
	br_assert(label->phase == BR_LABEL_RENDERING && label->drawn);
	if (label->older.id[0] != '\0' &&
		memcmp(label->older.hash, label->hash, sizeof(label->hash)) == 0) {
		/* The change made no difference: the access point has this picture already. */
		label->job = label->older;
		label->due_boot_ms = br_label_patience_end(labels, label);
		br_label_move(labels, label, BR_LABEL_QUEUED);
		return;
	}
	br_assert(label->bytes.bytes == NULL);
	label->bytes = *bytes;
	*bytes = (struct br_text){.bytes = NULL};
	label->sends = 0;
	(void)snprintf(label->job.id, sizeof(label->job.id), "%s-%s-%" PRIu64, label->label,
		labels->start, ++labels->jobs);
	memcpy(label->job.hash, label->hash, sizeof(label->job.hash));
	if (label->ap->on)
		br_label_move(labels, label, BR_LABEL_READY);
	else
		br_label_drop(labels, label);
}

void br_label_rendered(struct br_labels *labels, struct br_render_result *result)
{
	struct br_label_now *label = result->subject;

	br_assert(label != NULL);
	/* Labels live as long as the process. One that was dropped meanwhile awaits another
	 * drawing or none. */
	if (label->phase != BR_LABEL_RENDERING || label->drawing != result->number) {
		br_text_finish(&result->bytes);
		return;
	}
	if (result->error < 0) {
		drawing_failed(labels, label, result->fault.text);
		br_text_finish(&result->bytes);
		return;
	}
	memcpy(label->hash, result->hash, sizeof(label->hash));
	label->drawn = true;
	br_label_say(labels, label, BR_LABEL_WORD_WANTED);
	if (br_label_is_shown(label, label->hash)) {
		br_label_job_cancel(labels, label);
		br_label_settle(labels, label);
	} else {
		picture_take(labels, label, &result->bytes);
	}
	br_text_finish(&result->bytes);
}
