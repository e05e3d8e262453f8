/*
 * Messages of type "ranges" on backroom/up/ctl and backroom/dn/ctl: the store asks, HQ answers.
 *
 *	up  {"type":"ranges","session":"0123456789abcdef","round":2,"view":"stock",
 *	     "key":"<32 hex digits>","after":0,"time":"2026-03-01T02:10:00.000Z",
 *	     "ranges":[["","A7",6250,"<32 hex digits>"],["B2",6250,"…"],…]}
 *	dn  {"type":"ranges","session":"0123456789abcdef","round":2,"view":"stock",
 *	     "at":{"orders":812,"stock":80417},
 *	     "answers":[true,{"split":[["A9",391,"…"],…]},{"items":[["B1","<16 hex digits>"],…]}]}
 *
 * A range is [lower, upper, count, sum]; with three members it begins where the one before it
 * ended. An answer belongs to the range in the same place:
 *
 *	true	the same here
 *	split	parts [upper, count, sum] of HQ's side, in order and without a gap, from the range's
 *		lower to its upper bound
 *	items	all of HQ's items in the range: [key, the first 8 bytes of its mark]
 *
 * Fewer answers than ranges: the message was full, the store asks for the rest again. `at` says up
 * to which event of each lane HQ's side is. When everything is compared, the store tells the keys
 * that differ in a view that HQ owns, each with the text of its own value (of prices only; else it
 * is empty), and HQ sends its commands for them:
 *
 *	up  {"type":"ranges",…,"round":9,"differ":[["A","<the store's value>"],["B",""]]}
 *	dn  {"type":"ranges",…,"round":9,"repairs":2}
 *	dn  {"type":"ranges",…,"round":9,"refused":"…"}     instead of any answer: why it cannot
 *	dn  {"type":"ranges",…,"round":9,"wait":true}       not yet: it has commands on their way
 *
 * Told to wait, the store asks the same again after a while.
 *
 * And HQ may ask for a comparison, of all views when it names none:
 *
 *	dn  {"type":"reconcile","views":["stock"]}
 *
 * Each message tells everything that HQ must know to answer it, so HQ keeps nothing but what it
 * likes to cache. Reading is total and pure: any bytes give a message or a fault.
 */
#pragma once

#include "cloud-sync/range_set.h"
#include "node/json.h"
#include "node/json_out.h"
#include "node/reconcile.h"

#define BR_RANGE_MESSAGE_BYTES_MAX 60000
#define BR_RANGES_PER_MESSAGE 512
#define BR_RANGE_PARTS_MAX 2048 /* of all answers of a message, and items the same */
#define BR_RANGE_ITEMS_TOLD_MAX 4096

#define BR_SESSION_TEXT_BYTES (2 * 8 + 1)

/* What every message of a session says. */
struct br_range_head {
	char session[BR_SESSION_TEXT_BYTES]; /* 16 lower-case hexadecimal digits */
	enum br_view view;
	unsigned char key[BR_RANGE_KEY_BYTES];
	/* orders: of ended ones only those whose last event is behind it are compared */
	uint64_t after;
	int64_t at_ms; /* unix ms; prices: those that count then, or will */
};

struct br_range {
	struct br_str lower, upper;
	uint64_t count;
	struct br_range_sum sum;
};

/* Opens a message up to where its ranges or keys begin; br_json_out_end() twice ends it. */
void br_range_message_begin(struct br_json_out *out, struct br_text *text,
	const struct br_range_head *head, uint64_t round, const char *list);
/* `before` is the range written before it, NULL for the first. */
void br_range_write(
	struct br_json_out *out, const struct br_range *range, const struct br_range *before);
/* True while another range or key surely fits. */
bool br_range_message_fits(const struct br_text *text);

enum br_range_told { BR_RANGE_SAME, BR_RANGE_SPLIT, BR_RANGE_ITEMS };

struct br_range_item {
	struct br_str key;
	uint64_t mark; /* the first 8 bytes */
};

/* One range's answer: `n` of the reply's parts or items from `first` on. */
struct br_range_answer {
	enum br_range_told told;
	unsigned first, n;
};

enum br_range_reply_kind {
	BR_REPLY_ANSWERS,
	BR_REPLY_REPAIRS,
	BR_REPLY_REFUSED,
	BR_REPLY_WAIT,
	BR_REPLY_RECONCILE /* no reply: HQ asks for sessions */
};

/* What HQ said. Large: one is kept and used again. Texts live until the next parse or finish. */
struct br_range_reply {
	enum br_range_reply_kind kind;
	char session[BR_SESSION_TEXT_BYTES];
	uint64_t round;
	enum br_view view;
	uint64_t orders, stock; /* `at` */
	uint64_t repairs;
	struct br_str refused;
	bool views[BR_VIEW_N]; /* reconcile */
	unsigned answer_n, part_n, item_n;
	struct br_range_answer answers[BR_RANGES_PER_MESSAGE];
	struct br_range parts[BR_RANGE_PARTS_MAX]; /* lower is empty in an answer's first one */
	struct br_range_item items[BR_RANGE_ITEMS_TOLD_MAX];
	struct br_json *root; /* owned */
};

/*
 * Takes the parsed message, whose ownership moves in any case. 0, or BR_E_INVALID or BR_E_TOO_LARGE
 * with the fault set; *reply is empty then.
 */
BR_MUST_CHECK int br_range_reply_read(
	struct br_range_reply *reply, struct br_json *root, struct br_fault *fault);
BR_MUST_CHECK int br_range_reply_parse(
	struct br_range_reply *reply, struct br_str payload, struct br_fault *fault);
void br_range_reply_finish(struct br_range_reply *reply);
