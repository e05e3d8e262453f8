/*
 * The delivery of one label's picture: its phases, for labels.c only.
 *
 *	RESTING ─changed─► STALE ─window free─► RENDERING ─differs─► READY ─commit─► OFFERED
 *	   ▲                                        │ same                            │ 5 s: again
 *	   ├────────────────────────────────────────┘                                 ▼ (4 sends)
 *	   ├◄─────────────── shown ──────────── SENDING ◄── sending ──── QUEUED ◄── queued
 *	   └◄─ failed, refused, expired, silent: next try after 1, 2, 5, 15, 60 minutes, then hourly
 *
 * READY to SENDING count against the access point's window.
 */
#pragma once

#include <pthread.h>

#include "esl/labels.h"

struct br_label_list {
	struct br_label_now *first, *last;
	unsigned n;
};

struct br_labels {
	struct br_labels_options options;
	struct br_template_set *templates;
	struct br_render *render;
	struct br_draw *preview; /* for br_labels_picture(), under preview_lock */
	pthread_mutex_t lock, preview_lock;
	struct br_label_now **sorted; /* by label */
	unsigned label_n;
	struct br_access_point *aps[BR_ACCESS_POINTS_MAX];
	unsigned ap_n;
	struct br_label_list stale, ready, under_way, resting;
	struct br_arena arena;
	uint64_t followed; /* the journal up to here is taken up */
	uint64_t commands; /* since the start, for ids */
	uint64_t jobs;
};

/* Moves a label into a phase and its list; the only writer of `phase`. */
void br_label_move(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to);

/* Something that it shows may have changed. */
void br_label_stale(struct br_labels *labels, struct br_label_now *label);

/* Ends what is under way without a result: the label is drawn and sent anew, elsewhere perhaps. */
void br_label_drop(struct br_labels *labels, struct br_label_now *label);

/* An access point's word on a job. */
void br_label_acked(
	struct br_labels *labels, struct br_label_now *label, const struct br_brap_ack *ack);

/* A worker's result. */
void br_label_rendered(struct br_labels *labels, struct br_render_result *result);

/* Reports to the ledger what the label itself says it shows, unless that is known. */
void br_label_report(struct br_labels *labels, struct br_label_now *label,
	const unsigned char hash[BR_PICTURE_HASH_BYTES], uint64_t rev);

/* Sends what is ready; draws what is stale as far as windows go. */
void br_labels_send(struct br_labels *labels);
void br_labels_draw(struct br_labels *labels);

int64_t br_labels_wall_ms(const struct br_labels *labels);
int64_t br_labels_boot_ms(const struct br_labels *labels);
struct br_label_now *br_labels_get(const struct br_labels *labels, struct br_str label);
