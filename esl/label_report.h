/*
 * What access points and labels say of pictures: how jobs fare, and what is on the glass. For the
 * files of the labels only.
 */
#pragma once

#include "esl/label_delivery.h"

/* What the label itself says that it shows, by `ap`; `rev` 0 when it named none. */
void br_label_shows(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const unsigned char hash[BR_PICTURE_HASH_BYTES],
	uint64_t rev);

/* How many jobs its access point says that it has for the label. */
void br_label_pending(struct br_labels *labels, struct br_label_now *label, unsigned jobs);

/* An access point's word on a job. */
void br_label_acked(struct br_labels *labels, struct br_label_now *label,
	struct br_access_point *ap, const struct br_brap_ack *ack);
