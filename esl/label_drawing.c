#include "esl/label_drawing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esl/label_job.h"
#include "esl/label_words.h"
#include "node/label.h"

/* Drawings begun in one turn. */
#define DRAWINGS_MAX 16

/*
 * Fills a drawing's request from the ledger. False when there is nothing to draw, with the reason
 * in the fault unless the label is not bound any more.
 */
static bool request_fill(struct br_labels *labels, struct br_label_now *label,
	struct br_render_request *request, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label_place place = br_labels_place(labels);
	enum br_template_state state;
	struct br_label row;
	int result = br_txn_begin(labels->options.ledger, false, &txn);

	br_assert(fault->text[0] == '\0' && label->phase == BR_LABEL_STALE);
	br_arena_reset(&labels->arena);
	if (result == 0)
		result = br_label_get(txn, br_str_from(label->label), &labels->arena, &row);
	if (result == BR_E_NOT_FOUND || (result == 0 && row.sku.n == 0))
		return false;
	if (result == 0)
		result = br_label_content_read(txn, row.sku, br_labels_wall_ms(labels), &place,
			&labels->arena, &request->content);
	if (result < 0 && result != BR_E_NOT_FOUND) {
		(void)br_fault_set(fault, result, "the ledger: %s", br_error_text(result));
		return false;
	}
	state = request->content.state;
	request->template =
		br_template_set_find(labels->templates, row.template, &label->display, state);
	if (request->template == NULL)
		(void)br_fault_set(fault, BR_E_NOT_FOUND, "no template has %u by %u pixels",
			label->display.w, label->display.h);
	else if (state == BR_TEMPLATE_NOT_FOR_SALE && request->template->state != state)
		(void)br_fault_set(fault, BR_E_NOT_FOUND,
			"product \"%.*s\" is not in the catalogue", BR_STR_ARG(row.sku));
	return fault->text[0] == '\0';
}

/* Nothing can be drawn, for the reason that is given; an older picture must not come instead. */
static void drawing_failed(struct br_labels *labels, struct br_label_now *label, const char *reason)
{
	br_assert(label->phase == BR_LABEL_STALE || label->phase == BR_LABEL_RENDERING);
	br_label_job_cancel(labels, label);
	if (reason[0] != '\0')
		br_label_fail(labels, label, reason);
	else
		br_label_rest(labels, label, 0);
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
	int result;

	br_assert(label->phase == BR_LABEL_STALE && head > 0);
	label->job.rev = head > label->rev_least ? head : label->rev_least;
	label->drawn = false;
	if (!request_fill(labels, label, &request, &fault)) {
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

static bool ap_may_draw(const struct br_access_point *ap, int64_t now_ms)
{
	br_assert(ap->stale.first != NULL);
	if (!ap->on || ap->pause_boot_ms > now_ms || ap->unacked >= ap->win)
		return false;
	return ap->q_max == 0 || ap->unacked + ap->held < ap->q_max ||
	       ap->stale.first->older.id[0] != '\0';
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
		struct br_access_point *ap = labels->aps[(first + i) % labels->ap_n];

		while (ap->stale.first != NULL && ap_may_draw(ap, now_ms)) {
			if (drawings++ == DRAWINGS_MAX) {
				br_loop_again(labels->options.loop);
				return;
			}
			if (label_draw(labels, ap->stale.first) < 0)
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
