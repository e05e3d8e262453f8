/*
 * The air under test: access points and labels that speak brap/1, without radio or broker.
 *
 * An access point holds jobs until their label checks in. What it answers is put off, lost, doubled
 * or refused as the test wants. It checks everything it is sent against the contract: headers,
 * lengths, hashes over the raw planes, the size of messages, its window, and that a picture that
 * the label has reported as shown is never sent.
 */
#pragma once

#include "esl/brap.h"

#define AIR_APS 3
#define AIR_LABELS 24
#define AIR_JOBS 128
#define AIR_MESSAGES 4096
#define AIR_CHECK_IN_MS 60000

struct shop;

struct air_label {
	char id[BR_BRAP_LABEL_BYTES];
	const char *type;
	struct br_display display;
	int32_t rssi[AIR_APS]; /* INT32_MIN = not heard there */
	unsigned char shown[BR_PICTURE_HASH_BYTES];
	bool blank, silent;
	int64_t check_in_ms;
	/* As the node has been told last, and by which revision. */
	unsigned char known[BR_PICTURE_HASH_BYTES];
	bool is_known;
	uint64_t known_rev;
	unsigned pictures; /* put onto the glass */
};

struct air_job {
	char id[BR_BRAP_JOB_BYTES];
	unsigned ap;
	struct air_label *label;
	uint64_t rev;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	enum br_encoding encoding;
	size_t picture_bytes;
	struct br_text bytes;
	bool whole, answered;
	unsigned tries;
};

/* How a job ended, for whoever sends it again. */
struct air_ended {
	char id[BR_BRAP_JOB_BYTES];
	const char *status;
	uint64_t rev;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
};
#define AIR_ENDED 64

struct air_ap {
	char name[BR_WORD_BYTES_MAX + 1];
	bool on;
	uint32_t boot;
	unsigned win, q_max;
	uint32_t msg_max, told_msg_max; /* the limit it has, and that the node has heard of */
	bool raw_only;
	uint64_t newest[AIR_LABELS]; /* revision seen since its start, by label */
	struct air_ended ended[AIR_ENDED];
	unsigned ended_n;
};

struct air_message {
	int64_t due_ms;
	char topic[128];
	struct br_text payload;
};

struct air {
	struct shop *shop;
	struct air_ap aps[AIR_APS];
	unsigned ap_n;
	struct air_label labels[AIR_LABELS];
	unsigned label_n;
	struct air_job jobs[AIR_JOBS];
	unsigned job_n;
	struct air_message messages[AIR_MESSAGES];
	unsigned message_n;
	/* Faults, in percent. */
	unsigned lose_acks, double_acks, radio_loss, refuse;
	int64_t delay_ms;    /* messages come up to so much later, so in any order */
	const char *refusal; /* the error of refusals; NULL = any */
	bool lenient;	     /* lost answers let the window be passed */
	bool mute;	     /* nobody answers jobs */
	/* What happened. */
	unsigned jobs_seen, parts_seen, cancels_seen, resent, needless;
	char last_job[BR_BRAP_JOB_BYTES];
	uint64_t last_rev;
	int64_t last_pri;
	enum br_encoding last_encoding;
	unsigned char last_hash[BR_PICTURE_HASH_BYTES];
};

void air_init(struct air *air, struct shop *shop);
void air_finish(struct air *air);

/* An access point comes up: says state and types. */
unsigned air_ap_add(struct air *air, const char *name, unsigned win);
void air_ap_state(struct air *air, unsigned ap);
void air_ap_restart(struct air *air, unsigned ap);
void air_ap_off(struct air *air, unsigned ap);

/* Types: "bw29", "bwr42", "bw75". Heard by access point 0 with -60 dBm until changed. */
struct air_label *air_label_add(struct air *air, const char *id, const char *type);
struct air_label *air_label_find(struct air *air, const char *id);

/* The label checks in now: seen, and its jobs are done. */
void air_check_in(struct air *air, struct air_label *label);

/* What the node publishes. */
void air_take(struct air *air, const char *topic, struct br_str payload);

/* Hands due messages to the node; false when there was none. */
bool air_deliver(struct air *air);

/* Check-ins that are due. */
void air_pass(struct air *air);

/* The retained messages, as a new subscriber gets them. */
void air_retained(struct air *air);

/* An acknowledgement of the newest job of that label at that access point. */
void air_ack(struct air *air, const struct air_label *label, const char *status, const char *more);
