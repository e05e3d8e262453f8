/* What the journal says about labels and products, taken up after each commit. For labels.c only.
 */
#pragma once

#include "esl/label_delivery.h"

/* Takes up the journal from where it stopped; false when there is more than one turn takes. */
BR_MUST_CHECK bool br_labels_follow(struct br_labels *labels);

/* What the ledger knows of the label: bound or not, what it wants and what it was said to show. */
void br_label_load(struct br_labels *labels, struct br_label_now *label, struct br_txn *txn);
