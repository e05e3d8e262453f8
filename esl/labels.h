/*
 * The labels of the store: brings every bound label to show what its product says.
 *
 *	journal ─► stale ─► render ─► wanted ─► job at the access point ─► the label's own report
 *	             ▲                                                         │
 *	             └──────────── retries, other access point, restart ◄──────┘
 *
 * What a label should show is never stored as a picture: it is drawn from the ledger when the label
 * is first heard after a start, when its product changes, and when it must be sent again. An equal
 * hash is never sent. Only the label's own report makes it clean. See label_delivery.h for the
 * phases of one label.
 *
 * Runs on the core thread; other threads look between br_labels_lock() and br_labels_unlock().
 */
#pragma once

#include "esl/brap.h"
#include "esl/render.h"
#include "esl/template_set.h"
#include "node/bus.h"
#include "node/core.h"

#define BR_LABELS_MAX 40000 /* bound and merely seen ones together */
#define BR_ACCESS_POINTS_MAX 64

#define BR_LABELS_FILTER "brap/1/+/#"

enum br_label_phase {
	BR_LABEL_RESTING,   /* nothing to do, or waiting for its next try */
	BR_LABEL_STALE,	    /* what it should show may have changed: to be drawn */
	BR_LABEL_RENDERING, /* at a worker */
	BR_LABEL_READY,	    /* drawn; the job leaves after the commit */
	BR_LABEL_OFFERED,   /* sent; no answer yet */
	BR_LABEL_QUEUED,    /* the access point has it */
	BR_LABEL_SENDING    /* the label is taking it */
};

struct br_access_point {
	char name[BR_WORD_BYTES_MAX + 1];
	bool on;
	uint32_t boot;
	unsigned win, in_flight;
	uint32_t msg_max;
	enum br_encoding encoding;
	int64_t last_ms; /* unix ms of its last message */
	struct br_brap_type types[BR_BRAP_TYPES_MAX];
	unsigned type_n;
};

/* One label as it is known in memory. */
struct br_label_now {
	char label[BR_BRAP_LABEL_BYTES];
	char type[BR_WORD_BYTES_MAX + 1];
	struct br_display display;  /* w 0 = not known yet */
	struct br_access_point *ap; /* where it was heard best; NULL = not heard since the start */
	bool bound;
	enum br_label_phase phase;
	bool again; /* changed while under way: stale once that has ended */
	int32_t route_rssi, rssi, mv, tc;
	int64_t heard_boot_ms; /* on the route, for the 6 dB rule's end */
	int64_t last_seen_ms;  /* unix ms, 0 = never */
	uint32_t next_s;
	unsigned char shown[BR_PICTURE_HASH_BYTES]; /* as the ledger has it */
	bool shown_known;
	int64_t changed_ms; /* unix ms */
	/* The delivery under way. */
	char job[BR_BRAP_JOB_BYTES];
	uint64_t rev;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	struct br_text bytes; /* the encoded picture, from READY until `queued` */
	unsigned sends, tries;
	int64_t due_boot_ms;		      /* next deadline or try */
	struct br_label_now *next, *previous; /* in the list of its phase */
};

struct br_labels;

struct br_labels_options {
	/* Borrowed, outlive the labels. */
	struct br_loop *loop;
	struct br_core *core;
	struct br_store *ledger;
	const struct br_clock *clock;
	struct br_publisher publisher;
	const char *templates; /* folder */
	const char *link_host;
	unsigned render_threads;
};

/* Reads the templates and starts the workers. */
BR_MUST_CHECK int br_labels_create(const struct br_labels_options *options,
	struct br_labels **ret_labels, struct br_fault *fault);
void br_labels_destroy(struct br_labels *labels);
BR_DEFINE_CLEANUP(labels, br_labels_destroy)

/* A message on BR_LABELS_FILTER; `owner` is the labels. */
void br_labels_message(void *owner, const struct br_message *message);

/* After each commit: follows the journal, sends what is ready, draws what is stale. */
void br_labels_turn(struct br_labels *labels);

/* About once a second: deadlines, tries that are due. */
void br_labels_tick(struct br_labels *labels);

/*
 * Any thread: the PNG of what the label should show. BR_E_NOT_FOUND when it is not bound or no
 * template fits its display. A label that was never heard is drawn as a 2.9 inch one.
 */
BR_MUST_CHECK int br_labels_picture(
	struct br_labels *labels, struct br_str label, struct br_text *png, struct br_fault *fault);

/* Any thread: the labels stay as they are until unlocked. Keep it short. */
void br_labels_lock(struct br_labels *labels);
void br_labels_unlock(struct br_labels *labels);
/* Under the lock: one label, or the first behind `after` in byte order; NULL when there is none. */
const struct br_label_now *br_labels_find(const struct br_labels *labels, struct br_str label);
const struct br_label_now *br_labels_next(const struct br_labels *labels, struct br_str after);
/* Under the lock: true when it has missed three check-ins, or a day. */
bool br_label_lost(const struct br_label_now *label, int64_t now_ms);
