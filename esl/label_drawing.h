/*
 * Finding out what a label should show: the request for a worker, and what becomes of its result.
 * For the files of the labels only.
 */
#pragma once

#include "esl/label_delivery.h"

/*
 * Fills in what a label shows by the ledger, on the request's display: its product's content and
 * template. Without a template the picture is white: nothing on it may be taken for an offer, when
 * the label is not bound (*ret_bound false), or when its product is gone and the store has no
 * template that says so. The content's texts are the request's own; the arena is for reading.
 * 0, BR_E_NOT_FOUND when no template has the display's size, or an error of the store. Any thread.
 */
BR_MUST_CHECK int br_label_request_fill(struct br_labels *labels, struct br_str name,
	struct br_arena *arena, struct br_render_request *request, bool *ret_bound,
	struct br_fault *fault);

/* Draws what is stale, as far as windows and workers go. */
void br_labels_draw(struct br_labels *labels);

/* A worker's result, whose bytes are taken or finished. */
void br_label_rendered(struct br_labels *labels, struct br_render_result *result);
