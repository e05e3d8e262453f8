/*
 * What the three files of the simulated access points share: the air, its labels, the access
 * points and their jobs. See ap.h.
 */
#pragma once

#include "tests/peers/ap.h"
#include "tests/peers/brap.h"
#include "tests/peers/picture.h"
#include "tests/peers/random.h"

#define LABEL_BYTES 17
#define RECENT 512 /* finished jobs that an access point still knows by id */
#define SEEN_MAX 50
#define TRIES_MAX 3
#define WEAK_MV 2100 /* below it a refresh would not end */

struct page {
	struct peer_picture picture; /* all zero: empty */
	char hash[PEER_BRAP_HASH_BYTES];
};

struct label {
	struct peer_air *air;
	char id[LABEL_BYTES];
	const struct peer_display *display;
	unsigned home; /* the access point that hears it best */
	struct page pages[PEER_BRAP_PAGES];
	unsigned page;
	char shown[PEER_BRAP_HASH_BYTES]; /* "": unknown, as after a reboot */
	char fw[33];
	const char *wake; /* why it woke last */
	int mv, rssi, tc;
	bool weak_told; /* that its battery is nearly empty */
	bool busy;	/* a transfer or refresh is under way */
	bool silent;	/* never checks in again */
	int64_t fast_until_ms, fast_every_ms;
	int64_t led_until_ms;
	struct peer_timer check_in;
};

enum job_state { JOB_ASSEMBLING, JOB_QUEUED, JOB_SENDING, JOB_STAGED, JOB_REFRESHING };

struct job {
	struct ap *ap;
	struct label *label;
	struct peer_brap_job head;
	struct peer_brap_command command; /* when is_command */
	bool is_command;
	enum job_state state;
	struct peer_picture picture;
	struct br_text parts[PEER_BRAP_PARTS_MAX + 1]; /* 0 came with the head */
	unsigned tries;
	int64_t born_ms;
	struct peer_timer timer;
};

/* How a job ended, for whoever sends it again. */
struct recent {
	char job[65];
	char st[12], err[12];
	int64_t rev;
};

struct ap {
	struct peer_air *air;
	unsigned index;
	char id[33];
	struct peer_mqtt_settings settings;
	struct peer_mqtt *mqtt; /* NULL while it is down */
	uint32_t boot;
	int64_t up_ms;
	struct job *jobs[PEER_AP_QUEUE_MAX];
	size_t job_n;
	struct recent recent[RECENT];
	size_t recent_at;
	/* The newest revision of each label's page that this boot has seen; by label and page. */
	int64_t (*revs)[PEER_BRAP_PAGES];
	struct label *seen[SEEN_MAX];
	size_t seen_n;
	struct peer_timer state_timer, seen_timer, restart_timer;
};

struct peer_air {
	struct peer_loop *loop;
	struct peer_air_settings settings;
	struct peer_air_stats stats;
	struct peer_random random;
	struct label *labels; /* settings.labels of them */
	struct ap *aps[PEER_APS_MAX];
	size_t ap_n;
	struct peer_timer roam, press;
	struct later *later; /* acknowledgements that are held back */
	FILE *shown_file;
};

/* ap.c: what an access point says. `label` may be NULL when it is unknown. */
struct ack {
	const char *job, *st, *err; /* err may be "" */
	int64_t rev;
	const struct label *label;
	unsigned tries;
	int64_t ms;
	int64_t retry_s; /* 0: none */
};
void ap_ack(struct ap *ap, const char *label_id, const struct ack *ack);
void ap_event(struct ap *ap, const char *label_id, const char *event);
void ap_seen(struct ap *ap, struct label *label);
bool ap_hears(const struct ap *ap, const struct label *label);

/* ap_job.c: what an access point does with jobs. */
void ap_take_job(struct ap *ap, const char *label_id, struct br_str payload);
void ap_take_part(struct ap *ap, const char *label_id, unsigned part, struct br_str payload);
void ap_take_command(struct ap *ap, const char *label_id, struct br_str payload);
/* The label is awake: its most urgent job is sent. */
void ap_serve(struct ap *ap, struct label *label);
/* All jobs of a label that has left; of the whole access point, without a word. */
void ap_jobs_fail(struct ap *ap, const struct label *label, const char *err);
void ap_jobs_forget(struct ap *ap);
size_t ap_jobs_of(const struct ap *ap, const struct label *label);

/* ap_label.c: what a label does. */
struct label *label_find(struct peer_air *air, struct br_str id);
void label_start(struct label *label);
void label_show(struct label *label, struct ap *ap, const char *job, int64_t rev);
void label_wake(struct label *label, int64_t every_s, int64_t for_s);
void label_reboot(struct label *label);
void label_finish(struct label *label);
int64_t label_next_ms(const struct label *label);
