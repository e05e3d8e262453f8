/*
 * Simulated access points with their labels, speaking brap/1.
 *
 * The air holds the labels: what each shows, when it checks in, which access points hear it. An
 * access point holds jobs until their label checks in; when it restarts it forgets them, as real
 * ones do, and comes back with a new boot number. A job's way:
 *
 *	job ─► queued ─► sending ─► (refresh) ─► shown
 *	 │       │          └─ lost on the air: queued again, after three tries failed
 *	 │       ├─ an empty battery: failed
 *	 │       └─ newer revision: superseded;  time over: expired;  cancelled: superseded
 *	 └─ refused: no_label, no_space, busy, bad_type, bad_enc, bad_hash
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/peers/mqtt.h"

#define PEER_LABELS_MAX 20000
#define PEER_APS_MAX 16
#define PEER_AP_QUEUE_MAX 4096

struct peer_air;

struct peer_air_settings {
	uint64_t seed;
	int64_t labels, first; /* labels are numbered from `first` */
	const char *types;     /* "bwr29:75,bwr42:20,bw75:5": displays by weight */
	int64_t win, queue, msg_max;
	int64_t silent;		  /* the last so many labels are seen once and never again */
	int64_t weak;		  /* the first so many have a battery too empty for a picture */
	double check_in_s;	  /* the labels' own interval */
	int64_t refresh_ms;	  /* a full refresh; a fast one takes a fifth */
	int64_t bytes_per_second; /* over the air; 0: no time at all */
	double loss;		  /* share of transfers lost on the air */
	double lose_acks, duplicate, busy;
	int64_t delay_ms;  /* acknowledgements come up to so much later */
	double restart_s;  /* every access point restarts so often; 0: never */
	double roam_s;	   /* a label goes to another access point; 0: never */
	double presses;	   /* buttons and NFC tags touched a minute, all labels together */
	bool overlap;	   /* every access point hears every label */
	const char *glass; /* folder for <label>.png and shown.jsonl; NULL: none */
};

struct peer_air_stats {
	uint64_t jobs, parts, commands, queued, shown, failed, superseded, expired, cancelled;
	uint64_t refused, malformed, duplicates, foreign_boot;
	uint64_t needless; /* pictures that the label showed already */
	uint64_t lost;	   /* transfers */
	uint64_t acks_lost, restarts;
	uint64_t pending_max; /* most jobs held by one access point */
};

/*
 * Makes the labels; the loop outlives the air. BR_E_INVALID when the types do not read, BR_E_IO
 * when the glass folder cannot be written, with the fault set.
 */
BR_MUST_CHECK int peer_air_create(struct peer_loop *loop, const struct peer_air_settings *settings,
	struct peer_air **ret_air, struct br_fault *fault);
void peer_air_destroy(struct peer_air *air);

/* Adds an access point, named [a-z0-9-]{1,32}; `mqtt` is borrowed as long as the air. */
BR_MUST_CHECK int peer_air_add(
	struct peer_air *air, const char *ap, const struct peer_mqtt_settings *mqtt);

/* After the last peer_air_add(): shares the labels out and starts them. */
void peer_air_start(struct peer_air *air);

const struct peer_air_stats *peer_air_stats(const struct peer_air *air);

/* One line a label: label,type,ap. */
void peer_air_list(const struct peer_air *air, FILE *file);
