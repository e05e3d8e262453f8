/*
 * brap/1: the access-point contract as bytes. Reads what access points say, writes what they get.
 *
 * Pure and total: any payload gives a result or a sentence. Unknown members are ignored, as the
 * contract asks. The contract itself is in README.md of this folder.
 */
#pragma once

#include "esl/display.h"
#include "esl/encode.h"
#include "node/error.h"
#include "node/label.h"
#include "node/limits.h"

#define BR_BRAP_JSON_BYTES_MAX 4096
#define BR_BRAP_SEEN_BYTES_MAX 16384 /* a batch of 50 */
#define BR_BRAP_SEEN_MAX 50
#define BR_BRAP_PART_BYTES 16384 /* a part with its header */
#define BR_BRAP_LABEL_BYTES 17	 /* 16 digits and NUL */
#define BR_BRAP_JOB_BYTES 65
#define BR_BRAP_TYPES_MAX 32
#define BR_BRAP_WIN_MAX 256 /* an access point that takes more gets so many */

/* What a topic is about. Access points say the first five; jobs and commands are ours to them. */
enum br_brap_what {
	BR_BRAP_STATE,
	BR_BRAP_TYPES,
	BR_BRAP_SEEN,
	BR_BRAP_ACK,
	BR_BRAP_EVENT,
	BR_BRAP_JOB,
	BR_BRAP_CMD
};

/* "brap/1/<ap>/<what>", and with "/<label>" behind it from `ack` on; a job may have "/<part>". */
struct br_brap_topic {
	struct br_str ap, label; /* point into the topic; label is empty for the first three */
	enum br_brap_what what;
};
/* False when it is no topic of the contract. */
BR_MUST_CHECK bool br_brap_topic_read(struct br_str topic, struct br_brap_topic *ret_topic);

struct br_brap_state {
	bool on;
	uint32_t boot;
	unsigned win;	/* jobs without an answer at once, up to BR_BRAP_WIN_MAX; 1 when not said */
	unsigned q_max; /* jobs it can hold; 0 = not said */
	uint32_t msg_max;	   /* bytes of a message; 0 = not said */
	enum br_encoding encoding; /* the best one it takes */
};
BR_MUST_CHECK int br_brap_state_read(
	struct br_str payload, struct br_brap_state *ret_state, struct br_fault *fault);

struct br_brap_type {
	char name[BR_WORD_BYTES_MAX + 1];
	struct br_display display;
};
/* Reads up to BR_BRAP_TYPES_MAX displays; impossible ones are left out and counted. */
BR_MUST_CHECK int br_brap_types_read(struct br_str payload, struct br_brap_type *types,
	unsigned *ret_n, unsigned *ret_refused, struct br_fault *fault);

#define BR_BRAP_UNKNOWN INT32_MIN

struct br_brap_seen {
	char label[BR_BRAP_LABEL_BYTES];
	char type[BR_WORD_BYTES_MAX + 1];
	int32_t rssi, mv, tc; /* dBm, mV, °C; BR_BRAP_UNKNOWN = not said */
	uint32_t next_s;      /* seconds to the next check-in, 0 = not said */
	int32_t pend; /* jobs that the access point has for it; BR_BRAP_UNKNOWN = not said */
	bool shows;   /* `shown` was said: a hash or null */
	unsigned char shown[BR_PICTURE_HASH_BYTES]; /* all zero for null */
};
/* Calls `seen` for each label of the batch; entries that cannot be read are counted. */
BR_MUST_CHECK int br_brap_seen_read(struct br_str payload,
	void (*seen)(void *context, const struct br_brap_seen *seen), void *context,
	unsigned *ret_refused, struct br_fault *fault);

enum br_brap_status {
	BR_BRAP_QUEUED,
	BR_BRAP_SENDING,
	BR_BRAP_SHOWN,
	BR_BRAP_FAILED,
	BR_BRAP_SUPERSEDED,
	BR_BRAP_EXPIRED,
	BR_BRAP_REFUSED
};
extern const char *const br_brap_status_words[];

struct br_brap_ack {
	char job[BR_BRAP_JOB_BYTES];
	uint64_t rev;
	enum br_brap_status status;
	char error[BR_WORD_BYTES_MAX + 1];
	uint32_t retry_s;
	bool shows;
	unsigned char shown[BR_PICTURE_HASH_BYTES];
	int32_t mv, rssi;
};
BR_MUST_CHECK int br_brap_ack_read(
	struct br_str payload, struct br_brap_ack *ret_ack, struct br_fault *fault);

/* What a label, or the access point about it, has to tell beside jobs. */
enum br_brap_event {
	BR_BRAP_BUTTON1,
	BR_BRAP_BUTTON2,
	BR_BRAP_NFC,
	BR_BRAP_BOOT,
	BR_BRAP_LOST,
	BR_BRAP_FOUND,
	BR_BRAP_LOW_BATT,
	BR_BRAP_FW_FAIL
};
BR_MUST_CHECK int br_brap_event_read(
	struct br_str payload, enum br_brap_event *ret_event, struct br_fault *fault);

struct br_brap_job {
	const char *job;
	uint64_t rev;
	uint32_t boot;
	unsigned priority; /* 0 first, 3 last */
	struct br_display display;
	enum br_encoding encoding;
	const unsigned char *hash; /* BR_PICTURE_HASH_BYTES */
	size_t picture_bytes;	   /* of the whole picture */
};

/* The length and the header of a job or a part are never longer than these. */
#define BR_BRAP_JOB_HEADER_BYTES_MAX 512
#define BR_BRAP_PART_HEADER_BYTES_MAX 96

/* Appends the length, the JSON header and, when `picture` is not empty, the picture. */
void br_brap_job_write(const struct br_brap_job *job, struct br_str picture, struct br_text *text);

/* Appends a part of a job: the length, a header of {job}, and the bytes. */
void br_brap_part_write(const struct br_brap_job *job, struct br_str bytes, struct br_text *text);

/*
 * The bytes of the picture that one part may carry, so that no message of the job is longer than
 * the access point takes; 0 when the whole picture fits behind the job's own header.
 */
size_t br_brap_part_bytes(size_t picture_bytes, uint32_t msg_max);

/* Appends the command that takes a job back. */
void br_brap_cancel_write(const char *job, struct br_text *text);
