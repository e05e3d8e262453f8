/* A label's job on the wire: published whole or in parts, and taken back. For the delivery only. */
#pragma once

#include "esl/label_delivery.h"

/*
 * Publishes the job and its parts to the label's access point. 0; BR_E_OFFLINE when the broker is
 * away (nothing is lost: send it again later); another error when this job cannot be sent.
 */
BR_MUST_CHECK int br_label_job_publish(struct br_labels *labels, const struct br_label_now *label);

/* Takes back what the access point has of the label. Best effort: it may be too late. */
void br_label_job_cancel(struct br_labels *labels, const struct br_label_now *label);
