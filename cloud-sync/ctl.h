/*
 * Control messages: what HQ and the store tell each other about the lanes, beside the events and
 * the commands themselves.
 *
 *	up  {"type":"hello", …}       who and where the store is; at every connection and every 30 s
 *	dn  {"type":"welcome", …}     HQ's answer: its epoch, and how far it has each lane
 *	up  {"type":"certificate_request", …}   before the link's certificate ends (enrol.h)
 *	dn  {"type":"certificate", …}, {"type":"certificate_refused", …}
 *	up  {"type":"check", …}       is HQ there? asked by `backroom link check` alone (check.h)
 *	dn  {"type":"checked", …}     it is; nothing to the daemon, which hears it, too
 *	dn  {"type":"refused", …}     HQ cannot follow this epoch of the store: its code says why
 *	dn  {"type":"ack", …}         HQ has committed a lane's events up to cum_seq, and `have`
 *
 * A hello's `down` tells how far commands were taken, so that HQ can go back for a store that was
 * restored. It is no answer: HQ asks again for what it has no result of.
 *
 *	up  {"type":"recover", …}, dn {"type":"recovered", …}     recovery.h
 *	dn  {"type":"verdict", …}     refused for good, taken after all: quarantine_link.h
 *
 * Reading is total and pure: any JSON gives a message or a fault that says what is wrong.
 */
#pragma once

#include "cloud-sync/lane.h"
#include "cloud-sync/stretch.h"

/* An epoch as text: 16 lower-case hexadecimal digits and NUL. */
#define BR_EPOCH_TEXT_BYTES (2 * 8 + 1)
#define BR_CTL_RANGES_MAX 32

/* Lanes from HQ: BR_DOWN_ORDERS is worked on first. */
enum br_down { BR_DOWN_ORDERS, BR_DOWN_CATALOG, BR_DOWN_N };
/* "orders", "catalog" */
extern const char *const br_down_words[BR_DOWN_N];

/* True for 16 lower-case hexadecimal digits. */
bool br_epoch_valid(struct br_str epoch);

enum br_ctl_kind { BR_CTL_ACK, BR_CTL_WELCOME, BR_CTL_REFUSED, BR_CTL_CHECKED, BR_CTL_CERTIFICATE };

/* Why HQ refuses the epoch that a hello named. */
enum br_ctl_refusal {
	BR_CTL_EPOCH_LEFT,     /* the store has had another one since: two nodes are alive */
	BR_CTL_SEQUENCE_REUSED /* HQ has such numbers already, with other events */
};

struct br_ctl_range {
	uint64_t first, last;
};

/* What HQ has of a lane: all up to cum_seq, and pieces beyond it ("have":[[after,until],…]). */
struct br_ctl_has {
	uint64_t cum_seq;
	struct br_stretches beyond;
};

struct br_ctl {
	enum br_ctl_kind kind;
	/* Of the store; empty in a welcome that does not say it. */
	char epoch[BR_EPOCH_TEXT_BYTES];
	/* ack */
	enum br_lane lane;
	struct br_ctl_has has;
	struct br_ctl_range nack[BR_CTL_RANGES_MAX];
	unsigned nack_n;
	unsigned credit; /* batches; the full window when the ack does not say */
	/* refused */
	enum br_ctl_refusal refusal;
	/* welcome: the hello that it answers, "" when HQ does not say; HQ's epoch */
	char hello[BR_EPOCH_TEXT_BYTES];
	char hq_epoch[BR_EPOCH_TEXT_BYTES];
	int64_t time_ms;		      /* HQ's clock, unix ms; 0 = not said */
	uint64_t hlc;			      /* HQ's stamp (node/hlc.h), 0 = not said */
	struct br_ctl_has lanes[BR_LANES_UP]; /* by br_lane_index() */
	bool telemetry;			      /* HQ names that lane: it takes such events */
	bool epcis;			      /* HQ wants EPCIS's words in events, too */
};

/* Reads a message that is JSON, by its `type`: 0, or BR_E_INVALID or BR_E_TOO_LARGE with the fault
 * set. */
BR_MUST_CHECK int br_ctl_read(
	const struct br_json *root, struct br_ctl *ret_ctl, struct br_fault *fault);

struct br_hello {
	struct br_str store;
	const char *id; /* 16 hexadecimal digits: the welcome repeats them */
	const char *epoch, *version;
	uint64_t since;		     /* the epoch's first sequence */
	const char *hq_epoch;	     /* the last one known, or "" */
	uint64_t heads[BR_LANES_UP]; /* the lanes' last events, by br_lane_index() */
	uint64_t down[BR_DOWN_N];    /* the last command taken of each lane of that epoch */
	int64_t now_ms;		     /* unix ms */
	uint64_t hlc;		     /* stamp: node/hlc.h */
};

/* Reads a member with a stamp of a message from HQ; one that is missing is 0. */
BR_MUST_CHECK int br_ctl_hlc_read(
	const struct br_json *root, const char *name, uint64_t *ret_hlc, struct br_fault *fault);

/* Failures stay in the text. */
void br_hello_write(const struct br_hello *hello, struct br_text *text);
