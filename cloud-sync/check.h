/*
 * The check of the link: goes the way to HQ step by step, and says of each whether it is all right,
 * and of the first that is not what to do about it. What lies behind that one is not tried.
 *
 *	configuration ─┬─► each address:  name ─► connection ─► tls ─► clock ─► credentials ─┐
 *	               │                  hq ◄─ topics ◄─────────────────────────────────────┘
 *	               └─► the store's own broker ─► its bridge
 *
 * It makes connections of its own, under a client id of its own: neither the bridge nor the daemon
 * notices, and neither need run. HQ is asked with a message that it answers whatever else it does:
 *
 *	up  {"type":"check","store":…,"id":…,"time":…}     dn  {"type":"checked","id":…,"time":…}
 *
 * It blocks for up to a minute: for the command-line tool.
 */
#pragma once

#include "node/config.h"
#include "node/json_out.h"

#define BR_CHECK_ID_BYTES 17 /* 16 hexadecimal digits and NUL */

enum br_check_outcome { BR_CHECK_UNTRIED, BR_CHECK_OK, BR_CHECK_FAILED };
/* "not tried", "ok", "failed" */
extern const char *const br_check_outcome_words[];

enum br_check_part {
	BR_CHECK_NAME,
	BR_CHECK_CONNECTION,
	BR_CHECK_TLS,
	BR_CHECK_CLOCK,
	BR_CHECK_CREDENTIALS,
	BR_CHECK_TOPICS,
	BR_CHECK_HQ,
	BR_CHECK_PARTS
};
/* "name", "connection", "tls", "clock", "credentials", "topics", "hq" */
extern const char *const br_check_part_words[];

struct br_check_step {
	enum br_check_outcome outcome;
	struct br_fault said; /* what was found; empty when not tried */
	struct br_fault next; /* what to do; empty unless failed */
};

struct br_check_address {
	const char *host; /* the configuration's */
	int64_t port;
	struct br_check_step steps[BR_CHECK_PARTS];
};

struct br_check_report {
	struct br_check_step configuration;
	struct br_check_address addresses[2];
	unsigned address_n;
	struct br_check_step broker, bridge; /* of the store */
};

struct br_check_options {
	const struct br_config *config; /* borrowed by the report, too */
	const char *version;
	int64_t known_ms;	    /* unix ms that has passed for certain */
	char id[BR_CHECK_ID_BYTES]; /* of the message to HQ: random */
	int64_t wait_ms;	    /* for each single answer */
};

void br_check_run(const struct br_check_options *options, struct br_check_report *ret_report);

/* True when every step is all right. */
bool br_check_passed(const struct br_check_report *report);

/* For people, and as JSON for programs. Failures stay in the text. */
void br_check_write(const struct br_check_report *report, struct br_text *text);
void br_check_write_json(const struct br_check_report *report, struct br_text *text);

/* The answer to a check: reading is total. BR_E_INVALID for anything else. */
struct br_checked {
	char id[BR_CHECK_ID_BYTES];
	int64_t time_ms; /* HQ's clock, unix ms; 0 = not said */
};
BR_MUST_CHECK int br_checked_parse(struct br_str payload, struct br_checked *ret_checked);
