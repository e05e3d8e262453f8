/*
 * The templates that HQ has set (node/label_design.h), put in the place of the folder's. For the
 * files of the labels only.
 *
 * A worker or a preview may be drawing the one that is replaced: it is kept until no drawing is
 * under way.
 */
#pragma once

#include "esl/label_delivery.h"

/* At the start: all that the ledger has. One that cannot be read is told and left out. */
BR_MUST_CHECK int br_label_templates_load(struct br_labels *labels, struct br_fault *fault);

/* A part was journalled; with the last one the template changes, and labels are drawn anew. */
void br_label_template_follow(
	struct br_labels *labels, struct br_txn *txn, const struct br_label_design_part *part);

/* Destroys what was replaced, when nobody draws. */
void br_label_templates_release(struct br_labels *labels);

/* At the end, when the workers are gone. */
void br_label_templates_finish(struct br_labels *labels);
