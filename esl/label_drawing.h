/*
 * Finding out what a label should show: the request for a worker, and what becomes of its result.
 * For the files of the labels only.
 */
#pragma once

#include "esl/label_delivery.h"

/* Draws what is stale, as far as windows and workers go. */
void br_labels_draw(struct br_labels *labels);

/* A worker's result, whose bytes are taken or finished. */
void br_label_rendered(struct br_labels *labels, struct br_render_result *result);
