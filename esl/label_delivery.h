/*
 * The delivery of one label's picture: its phases. For the files of the labels only.
 *
 *	RESTING ─changed─► STALE ─window free─► RENDERING ─differs─► READY ─commit─► OFFERED
 *	   ▲                 ▲                      │ same                           │ 5 s: again
 *	   ├─────────────────┼──────────────────────┘                                ▼ (4 sends)
 *	   ├◄────────── shown┼──────────────────── SENDING ◄─ sending ── QUEUED ◄─ queued
 *	   │                 └── changed meanwhile: latest wins ─┴──────────┘
 *	   └◄─ failed, refused, expired, silent: next try after 1, 2, 5, 15, 60 minutes, then hourly
 *
 * From RENDERING to OFFERED a label has a place in its access point's window. One that changes
 * while QUEUED or SENDING goes back to STALE at once and keeps the `older` job in mind: the new job
 * supersedes it at the access point, unless the new drawing comes to the same picture; then the
 * older job goes on. One that changes while OFFERED waits for the answer, so that the window holds.
 */
#pragma once

#include "esl/labels.h"
#include "node/label_design.h"
#include "node/mutex.h"

struct br_labels {
	struct br_labels_options options;
	/*
	 * HQ may change them: other threads look under preview_lock. What was replaced lives on
	 * until no drawing is under way that may have it.
	 */
	struct br_template_set *templates;
	struct br_template *replaced[BR_LABEL_DESIGNS_MAX];
	unsigned replaced_n;
	uint64_t drawings_done;
	struct br_render *render;
	struct br_draw *preview; /* for br_labels_picture(), under preview_lock */
	struct br_mutex lock, preview_lock;
	struct br_label_now **sorted; /* by label */
	unsigned label_n;
	struct br_access_point *aps[BR_ACCESS_POINTS_MAX];
	unsigned ap_n, ap_next;		/* the one that draws first in the next turn */
	struct br_label_list stranded;	/* STALE without an access point or a display */
	struct br_label_list ready;	/* READY */
	struct br_label_list under_way; /* RENDERING, and OFFERED to SENDING */
	struct br_label_list due;	/* RESTING until a time */
	struct br_label_now *words_first, *words_last;
	struct br_arena arena;	/* of the rows that are read */
	struct br_arena events; /* of the event that is followed, which outlives them */
	uint64_t followed;	/* the journal up to here is taken up */
	uint64_t drawings, jobs, commands;
	char start[17]; /* random digits of this start, so that no id comes twice */
	bool deaf;	/* the broker was away: deadlines wait */
};

/* Tries after the first, each later than the one before; then hourly, on the failed list. */
#define BR_LABEL_RETRIES 5

/* Moves a label into a phase and its list; the only writer of `phase`. */
void br_label_move(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to);

/* Puts it into the list that its phase, access point, display and time mean. */
void br_label_file(struct br_labels *labels, struct br_label_now *label);

/* Something that it shows may have changed: it is drawn anew as soon as that can be. */
void br_label_stale(struct br_labels *labels, struct br_label_now *label);

/* The same, but before all that nobody has just changed: after a start that is nearly all. */
void br_label_stale_urgently(struct br_labels *labels, struct br_label_now *label);

/* The same, but its stock alone has changed: soon enough is within the hour. */
void br_label_stale_lazily(struct br_labels *labels, struct br_label_now *label);

/* Ends what is under way without a result: the label is drawn and sent anew, elsewhere perhaps. */
void br_label_drop(struct br_labels *labels, struct br_label_now *label);

/* Comes to rest until `due_boot_ms`, or with 0 until something changes. */
void br_label_rest(struct br_labels *labels, struct br_label_now *label, int64_t due_boot_ms);

/* The label shows what it should, by all that is known. */
void br_label_settle(struct br_labels *labels, struct br_label_now *label);

/* The try failed: the next one comes later, and after the retries the ledger is told. */
void br_label_fail(struct br_labels *labels, struct br_label_now *label, const char *error);

/* The access point has the older job no more. */
void br_label_older_forget(struct br_label_now *label);

/* Changes the access point, or forgets it with NULL; what is under way at the old one ends. */
void br_label_route(
	struct br_labels *labels, struct br_label_now *label, struct br_access_point *ap);

/* How long to wait before the retry `step`, from 0 on. */
int64_t br_label_retry_ms(unsigned step);

/* Until when a report is waited for that must come by now and then: a moment on the boot clock. */
int64_t br_label_patience_end(struct br_labels *labels, const struct br_label_now *label);

/* True when the label has said that it shows this. */
bool br_label_is_shown(
	const struct br_label_now *label, const unsigned char hash[BR_PICTURE_HASH_BYTES]);

/* The access point went away, came back as it was, or came back having forgotten everything. */
void br_labels_ap_away(struct br_labels *labels, const struct br_access_point *ap);
void br_labels_ap_back(struct br_labels *labels, const struct br_access_point *ap);
void br_labels_ap_forgot(struct br_labels *labels, const struct br_access_point *ap);

/* Sends what is ready. */
void br_labels_send(struct br_labels *labels);

/* Deadlines and tries whose time has come. */
void br_labels_due(struct br_labels *labels);

/* People see something of the label that is new. */
void br_label_changed(struct br_labels *labels, struct br_label_now *label);
int64_t br_labels_wall_ms(const struct br_labels *labels);
int64_t br_labels_boot_ms(const struct br_labels *labels);
struct br_label_now *br_labels_get(const struct br_labels *labels, struct br_str label);
/* The label, made when it was not known; NULL when there are too many. */
struct br_label_now *br_labels_ensure(struct br_labels *labels, struct br_str name);
