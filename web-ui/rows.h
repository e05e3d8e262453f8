/*
 * Rows: one thing of the store as the dashboard sees it, as JSON.
 *
 * A row is a pure function of a read transaction, the live values and the time. Every row has `key`
 * and `sequence`, the journal sequence of its last change (0 for what has none). A thing that is
 * not there gives `{"key":…, "removed":true}`, so whoever follows it learns that it has gone.
 *
 *	noun	  key			rows of a snapshot
 *	status	  "store"		the one
 *	product	  SKU			none: products are asked for by key
 *	order	  order			the open ones, then those that ended last
 *	delivery  delivery		the open ones
 *	transfer  transfer		the open ones
 *	count	  count			the open ones
 *	pick_list list			all there are
 *	label	  label			all that are bound or were heard
 *	sensor	  "<source>/<device>"	all that are adopted or were heard
 *	alarm	  alarm			those that stand, and those cleared within a day
 *	link	  "hq"			the one
 */
#pragma once

#include "node/arena.h"
#include "node/json_out.h"
#include "node/search.h"
#include "node/store.h"
#include "web-ui/limits.h"
#include "web-ui/live.h"

enum br_web_noun {
	BR_WEB_STATUS,
	BR_WEB_PRODUCT,
	BR_WEB_ORDER,
	BR_WEB_DELIVERY,
	BR_WEB_TRANSFER,
	BR_WEB_COUNT,
	BR_WEB_PICK_LIST,
	BR_WEB_LABEL,
	BR_WEB_SENSOR,
	BR_WEB_ALARM,
	BR_WEB_LINK,
	BR_WEB_NOUN_N
};
extern const char *const br_web_noun_names[BR_WEB_NOUN_N];
BR_MUST_CHECK bool br_web_noun_named(struct br_str name, enum br_web_noun *ret_noun);

#define BR_WEB_STATUS_KEY "store"
#define BR_WEB_LINK_KEY "hq"

struct br_web_status;
struct br_web_recent;

/* What rows are made from. Nothing in it outlives the transaction. */
struct br_web_view {
	struct br_txn *txn;
	const struct br_web_live *live;
	struct br_arena *arena;		    /* reset by br_web_row() and the queries */
	struct br_web_status *status;	    /* NULL: the status row is "unknown" */
	struct br_search *search;	    /* for queries that search */
	const struct br_web_recent *recent; /* NULL: a snapshot of orders has the open ones only */
	int64_t now_ms;			    /* unix ms */
	uint64_t head;			    /* the journal's last sequence */
	const char *store, *gln;	    /* the store's id and GLN, for events that are told */
	const char *currency;		    /* the store's: what orders are priced in */
	struct br_opener opener;	    /* of what persons said; all NULL: it is not shown */
	const unsigned char *secret;	    /* for decisions that are only tried: keys.h */
};

/*
 * Writes the row as the element or member `name`. 0, 1 when it was written as removed, or a
 * negative error of the transaction or the memory, after which `out` is to be thrown away.
 */
BR_MUST_CHECK int br_web_row(const struct br_web_view *view, enum br_web_noun noun,
	struct br_str key, struct br_json_out *out, const char *name);

/* A walk over the keys of a noun's snapshot. It holds no transaction: it goes on in any later one.
 */
struct br_web_walk {
	unsigned phase;
	size_t n;
	char key[BR_WEB_ROW_KEY_BYTES_MAX]; /* the last one, `n` bytes */
};

/* The next key, valid until the walk moves; false at the end. `walk` begins all zero. */
BR_MUST_CHECK bool br_web_walk_next(const struct br_web_view *view, enum br_web_noun noun,
	struct br_web_walk *walk, struct br_str *ret_key);

/* Writes the four members of a row that stands for nothing any more. */
void br_web_row_removed(
	struct br_str key, uint64_t sequence, struct br_json_out *out, const char *name);

/* The single nouns; as br_web_row(). */
int br_web_row_product(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_order(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_delivery(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_transfer(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_count(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_pick_list(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_label(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_sensor(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_alarm(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
int br_web_row_link(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);

/* The state of a label in one word, from what the ledger and the access points say. */
struct br_label;
const char *br_web_label_state(const struct br_label *label, const struct br_web_live_label *live);

/* The alarm that was raised first of those of a device that stand: its time, 0 when none stands. */
int64_t br_web_alarm_since(
	const struct br_web_view *view, struct br_str device, struct br_str channel);
