/*
 * What the ledger must be told of a label: which picture it should show, which one it says that it
 * shows, that it was given up, and that its product's price is on all glasses. For the files of the
 * labels only.
 *
 * A turn of the core takes so many commands, and none while its disk is full. So a word waits with
 * its label until there is room, and the latest of each sort is said then.
 */
#pragma once

#include "esl/label_delivery.h"

enum br_label_word {
	BR_LABEL_WORD_WANTED = 1, /* label.want: `hash`, unless the ledger has it */
	BR_LABEL_WORD_SHOWN = 2,  /* label.report: `shown` */
	BR_LABEL_WORD_FAILED = 4, /* label.give_up: `error` */
	/* price.release, when the tills wait for this product's labels and it was the last of them.
	 */
	BR_LABEL_WORD_SETTLED = 8
};

/*
 * Says it now, or as soon as there is room. Nothing is said of labels that were never bound, and of
 * those that are not bound any more only what they show.
 */
void br_label_say(struct br_labels *labels, struct br_label_now *label, enum br_label_word word);

/* Says what waits, as far as there is room; false when something still waits for this turn's end.
 */
bool br_labels_say_waiting(struct br_labels *labels);
