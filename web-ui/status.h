/*
 * The status: is the store all right? One row that says it in a word, with what needs somebody,
 * worst first.
 *
 *	problem		orders past their deadline, alarms of that severity, labels given up, the
 *			store's broker away, the disk nearly full, rows that cannot be read, a clock
 *			that cannot be believed
 *	attention	orders waiting to be accepted, other alarms, sensors lost or silent, labels
 *			that have not shown their picture for 15 minutes, stock below zero, HQ
 *			unreachable for a minute, the node's clock and HQ's apart, a restored ledger
 *			that HQ still fills, and for a week one that HQ could not fill
 *
 * The tables of labels and stock are large, so the few rows of them that are not in order are kept
 * here: found once at start, then followed by the events' touches. The rest is small and is looked
 * through when the row is worked out: when somebody asks, and for those who follow it at most once
 * a second.
 *
 * Belongs to the web thread.
 */
#pragma once

#include "web-ui/keymap.h"
#include "web-ui/rows.h"

#define BR_WEB_LABEL_LATE_MS (INT64_C(15) * 60 * 1000)
#define BR_WEB_LINK_LATE_MS 60000
#define BR_WEB_BROKER_LATE_MS 5000
#define BR_WEB_LOST_SHOWN_MS (INT64_C(7) * 86400 * 1000) /* what a restore has lost */
#define BR_WEB_UNRULY_MAX 200000 /* rows out of order that are followed, per table */

enum br_web_state { BR_WEB_OK, BR_WEB_ATTENTION, BR_WEB_PROBLEM };

struct br_web_status {
	struct br_keymap labels;   /* not clean: -> unix ms since, the lowest bit set when failed */
	struct br_keymap negative; /* SKUs with stock below zero -> unix ms since */
	bool loaded;
	bool dirty;	     /* something changed since the row was worked out */
	bool changed;	     /* the row says something else than when this was last cleared */
	uint32_t said;	     /* checksum of what it says */
	unsigned unreadable; /* rows of the ledger, as often as they were asked for */
	int64_t unreadable_since_ms;
	int64_t made_ms;
	enum br_web_state state;
	int64_t since_ms;   /* when it came into its state */
	struct br_text row; /* the row as it was last worked out */
};

void br_web_status_init(struct br_web_status *status);
void br_web_status_finish(struct br_web_status *status);

/* Looks through labels and stock once. 0 or the transaction's error. */
BR_MUST_CHECK int br_web_status_load(struct br_web_status *status, const struct br_web_view *view);

/* A label or a product has changed: looks at it again. */
void br_web_status_label(
	struct br_web_status *status, const struct br_web_view *view, struct br_str label);
void br_web_status_product(
	struct br_web_status *status, const struct br_web_view *view, struct br_str sku);

/* A row of the ledger cannot be read: the store is not all right before somebody has verified it.
 */
void br_web_status_unreadable(struct br_web_status *status, int64_t now_ms);

/* Anything else has changed, or time has gone on. */
void br_web_status_touch(struct br_web_status *status);

/* True when followers should be told again: it is dirty and what they have is old enough. */
bool br_web_status_due(const struct br_web_status *status, int64_t now_ms);

/*
 * The row, worked out when something changed since it was last. As br_web_row(); without a status
 * in the view its state is "unknown".
 */
int br_web_row_status(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name);
