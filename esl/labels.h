/*
 * The labels of the store: brings every bound label to show what its product says.
 *
 *	journal ─► stale ─► render ─► wanted ─► job at the access point ─► the label's own report
 *	             ▲                                                         │
 *	             └──────────── retries, other access point, restart ◄──────┘
 *
 * What a label should show is never stored as a picture: it is drawn from the ledger when the label
 * is first heard after a start, when its product changes, and when it must be sent again. A picture
 * that the label says it shows is never sent. Only the label's own report makes it clean. A label
 * that is unbound is brought to show nothing: the price on it would be nobody's. See
 * label_delivery.h for the phases of one label.
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

enum br_label_phase {
	BR_LABEL_RESTING,   /* nothing to do, or waiting for its next try */
	BR_LABEL_STALE,	    /* what it should show may have changed: to be drawn */
	BR_LABEL_RENDERING, /* at a worker */
	BR_LABEL_READY,	    /* drawn; the job leaves after the commit */
	BR_LABEL_OFFERED,   /* sent; no answer yet */
	BR_LABEL_QUEUED,    /* the access point has it */
	BR_LABEL_SENDING    /* the label is taking it */
};
#define BR_LABEL_PHASES 7

struct br_label_now;

struct br_label_list {
	struct br_label_now *first, *last;
	unsigned n;
};

struct br_access_point {
	char name[BR_WORD_BYTES_MAX + 1];
	bool on;
	uint32_t boot;
	unsigned win;	  /* jobs without an answer it takes at once */
	unsigned q_max;	  /* jobs it can hold, 0 = not said */
	unsigned unacked; /* labels from RENDERING to OFFERED: never more than `win` */
	unsigned held;	  /* labels whose job it has */
	uint32_t msg_max; /* bytes of a message, 0 = not said */
	enum br_encoding encoding;
	int64_t pause_boot_ms; /* it asked for patience until then */
	int64_t last_ms;       /* unix ms of its last message */
	struct br_brap_type types[BR_BRAP_TYPES_MAX];
	unsigned type_n;
	/* Those heard best here whose display is known: what people wait for, and the rest. */
	struct br_label_list urgent, stale;
};

/* A picture on its way. */
struct br_label_job {
	char id[BR_BRAP_JOB_BYTES]; /* "" = none */
	uint64_t rev;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
};

/* One label as it is known in memory. */
struct br_label_now {
	char label[BR_BRAP_LABEL_BYTES];
	char type[BR_WORD_BYTES_MAX + 1];
	struct br_display display;  /* w 0 = not known yet */
	struct br_access_point *ap; /* where it was heard best; NULL = not heard since the start */
	bool bound;
	bool ours; /* bound, or was once: then its glass is kept white */
	enum br_label_phase phase;
	int32_t route_rssi, rssi, mv, tc;
	int64_t heard_boot_ms; /* on the route, for the 6 dB rule's end */
	int64_t last_seen_ms;  /* unix ms, 0 = never */
	uint32_t next_s;
	int64_t changed_ms; /* unix ms of the last change that people see */
	/* What it says that it shows (all zero: nothing), and what it should by the last drawing.
	 */
	unsigned char shown[BR_PICTURE_HASH_BYTES], hash[BR_PICTURE_HASH_BYTES];
	bool shown_known, drawn;
	uint64_t drawn_at; /* while `drawn`: the drawing is of the ledger at this sequence or later
			    */
	uint64_t shown_rev;
	const struct br_access_point *shown_ap; /* that told; NULL = from before the start */
	/* The delivery under way. */
	struct br_label_job job;
	struct br_label_job older; /* a newer picture is under way, the access point has this one */
	enum br_encoding encoding; /* of the bytes */
	struct br_text bytes;	   /* the encoded picture, while READY or OFFERED */
	uint64_t drawing;	   /* the number of the drawing that is awaited */
	uint64_t rev_least;	   /* revisions below it are old to some access point */
	bool again;		   /* changed while OFFERED */
	bool urgent;		   /* somebody changed its product or binding */
	bool lazy;		   /* only its stock has changed */
	unsigned sends, tries;
	unsigned idle;	     /* reports in a row that the access point has no job for it */
	unsigned doubts;     /* times it denied what was reported as shown */
	int64_t due_boot_ms; /* next deadline or try, 0 = none */
	char error[BR_REASON_BYTES_MAX + 1];  /* of the last try that failed */
	struct br_label_now *next, *previous; /* in `list` */
	struct br_label_list *list;	      /* NULL = at rest with nothing due */
	/* What the ledger must be told: see label_words.h. */
	unsigned words;
	bool words_queued, wanted_known;
	unsigned char wanted[BR_PICTURE_HASH_BYTES]; /* as the ledger has it */
	struct br_label_now *words_next;
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
	struct br_label_place place;
	unsigned render_threads;
};

/*
 * Reads the templates and starts the workers. BR_E_INVALID also when br_label_place_check() says
 * so.
 */
BR_MUST_CHECK int br_labels_create(const struct br_labels_options *options,
	struct br_labels **ret_labels, struct br_fault *fault);
void br_labels_destroy(struct br_labels *labels);
BR_DEFINE_CLEANUP(labels, br_labels_destroy)

/* What to subscribe: a topic filter and its QoS, all routed to br_labels_message(). */
struct br_labels_filter {
	const char *filter;
	int qos;
};
#define BR_LABELS_FILTERS 5
extern const struct br_labels_filter br_labels_filters[BR_LABELS_FILTERS];

/* A message on one of the filters; `owner` is the labels. */
void br_labels_message(void *owner, const struct br_message *message);

/*
 * After each commit: follows the journal, sends what is ready, draws what is stale. What it submits
 * to the core waits for a further turn, which the caller sees to.
 */
void br_labels_turn(struct br_labels *labels);

/* About once a second: deadlines, tries that are due. */
void br_labels_tick(struct br_labels *labels);

/*
 * Any thread: the PNG of what the label should show. BR_E_NOT_FOUND when it is not bound or no
 * template fits its display. A label that was never heard is drawn as a 2.9 inch one.
 */
BR_MUST_CHECK int br_labels_picture(
	struct br_labels *labels, struct br_str label, struct br_text *png, struct br_fault *fault);

/*
 * For br_label_design_check_set(): 0 when the text is a template of that name, else a sentence that
 * says what is wrong with it.
 */
BR_MUST_CHECK int br_label_design_is_template(
	struct br_str template, struct br_str text, struct br_fault *fault);

/* Any thread: the labels stay as they are until unlocked. Keep it short. */
void br_labels_lock(struct br_labels *labels);
void br_labels_unlock(struct br_labels *labels);
/* Under the lock: one label, or the first behind `after` in byte order; NULL when there is none. */
const struct br_label_now *br_labels_find(const struct br_labels *labels, struct br_str label);
const struct br_label_now *br_labels_next(const struct br_labels *labels, struct br_str after);
/* Under the lock: true when it has missed three check-ins, or a day. */
bool br_label_lost(const struct br_label_now *label, int64_t now_ms);
