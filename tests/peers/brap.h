/*
 * brap/1, the access points' contract, as bytes: reads jobs and commands, knows the displays.
 * Pure; every payload gives a result or an error.
 */
#pragma once

#include "node/json.h"
#include "node/json_out.h"

#define PEER_BRAP_JSON_MAX 4096
#define PEER_BRAP_PICTURE_MAX (1024 * 1024)
#define PEER_BRAP_HASH_BYTES 33 /* 16 bytes in hex and the NUL */
#define PEER_BRAP_PAGES 4
#define PEER_BRAP_PARTS_MAX 64
#define PEER_BRAP_PART_MAX 16384 /* bytes of a part's message */

/* One hardware type that the simulated labels have. */
struct peer_display {
	const char *type;
	unsigned w, h, planes;
};

extern const struct peer_display peer_displays[];
#define PEER_DISPLAYS 3

/* The display of that type, or NULL. */
const struct peer_display *peer_display_find(struct br_str type);

/* The retained `types` message: all displays. */
void peer_brap_types(struct br_text *text);

/* The header of a job; the texts are copies. */
struct peer_brap_job {
	char job[65];
	char hash[PEER_BRAP_HASH_BYTES]; /* lower case */
	char enc[16];
	int64_t rev;
	unsigned page;
	bool show; /* false: store the page, keep what is on the glass */
	bool fast;
	int64_t at_ms, exp_ms; /* unix milliseconds, 0: none */
	unsigned pri;
	unsigned w, h, bpp;
	size_t len; /* of the whole picture, all parts together */
	uint32_t boot;
	bool has_boot;
};

/*
 * Splits u16 BE length, JSON header, picture bytes. Returns 0, or BR_E_INVALID with the fault set;
 * then the job id is still there when it could be read, else "".
 */
BR_MUST_CHECK int peer_brap_job_read(struct br_str payload, struct peer_brap_job *ret_job,
	struct br_str *ret_picture, struct br_fault *fault);

/*
 * A part of a job above the access point's message limit: the same framing with a header of at
 * least {job}, or the bare bytes. Returns the bytes, and the job id when there is one, else "".
 */
struct br_str peer_brap_part_read(struct br_str payload, char ret_job[65]);

enum peer_brap_op {
	PEER_OP_LED,
	PEER_OP_PAGE,
	PEER_OP_WAKE,
	PEER_OP_CANCEL,
	PEER_OP_FORGET,
	PEER_OP_NFC,
	PEER_OP_FW,
	PEER_OP_REBOOT,
	PEER_OP_UNKNOWN
};

struct peer_brap_command {
	char job[65]; /* its own id; for a cancel, the job to be cancelled */
	enum peer_brap_op op;
	int64_t exp_ms;
	int64_t page;		/* page{n} */
	int64_t every_s, for_s; /* wake */
	int64_t led_s;		/* led */
	char version[33];	/* fw */
};

BR_MUST_CHECK int peer_brap_command_read(
	struct br_str payload, struct peer_brap_command *ret_command, struct br_fault *fault);

/* The hash of a job: the first 16 bytes of SHA-256 in hex. */
void peer_brap_hash(struct br_str bytes, char ret_hash[PEER_BRAP_HASH_BYTES]);
