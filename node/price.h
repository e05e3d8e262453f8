/*
 * Prices: every price a product ever had, which one counts at an instant, and what the tills may
 * charge while the shelf labels are still behind.
 *
 * A price counts from `from` until `to` (open when absent) and has a kind. At an instant an
 * override counts before a promotion and that before the regular price; within a kind the one that
 * began last and has not ended; for the same beginning the one recorded later.
 *
 *	regular	   what the product costs
 *	promotion  a reduction that is announced, with the prior price beside it
 *	override   decided in this store for an emergency: needs a reason and an end, and HQ is told
 *
 * A price that begins or ends later has a timer (timer.h); when its time comes, also late after the
 * node was down, the timer's command puts a `price.effective` event into the journal, which labels
 * and dashboards follow. price.cancel takes back a price that has not begun, and ends a promotion
 * or an override that counts. Nothing is ever forgotten: a cancelled price stays in the history.
 *
 * An amount may be finer than the currency's smallest coin: petrol is sold at 1.799 a litre, and
 * what is measured is priced per kilogram. It is therefore never refused for that; what a line of a
 * sale comes to is rounded to what can be paid (br_sale_line_total).
 *
 * Price safety. The shopper must never pay more than the shelf says. A price that falls is charged
 * at once. A price that rises while labels are bound to the product is held:
 *
 *	        ┌─ changes, still above: held anew
 *	        ▼  │
 *	rises ► held ─┬─ every label shows it ────────► released
 *	              ├─ price_hold_minutes are over ─► released, an alarm names the labels
 *	              ├─ falls again ─────────────────► released
 *	              ├─ an override ─────────────────► released
 *	              └─ the last label leaves ───────► released
 *
 * The labels (esl/) drive it: they draw the price of br_price_at() and send price.release when all
 * of a product's labels show it. An override is a person's decision and is never held.
 *
 * The prior price of a reduction is that of the EU Price Indication Directive 98/6/EC, Article 6a,
 * as inserted by Directive (EU) 2019/2161: see price_prior.c for each paragraph.
 */
#pragma once

#include "node/command.h"
#include "node/product.h"

/* Stored in keys: never reorder, only add before BR_PRICE_KIND_N. */
enum br_price_kind {
	BR_PRICE_REGULAR,
	BR_PRICE_PROMOTION,
	BR_PRICE_OVERRIDE,
	BR_PRICE_HELD, /* the node's own: the old price while labels are behind a rise */
	BR_PRICE_KIND_N
};
extern const char *const br_price_kind_words[];

/* price.set, and the events price.set and price.overridden. Amounts in 1/1000 of the currency. */
struct br_price {
	struct br_str sku;
	uint8_t kind; /* enum br_price_kind; never HELD */
	int64_t amount;
	struct br_str currency; /* ISO 4217 */
	int64_t from_ms;	/* unix ms; set to the command's time when absent */
	int64_t to_ms;		/* unix ms; 0 = open */
	struct br_str source;	/* where it comes from: a campaign, a price list */
	struct br_str reason;
	struct br_str associate; /* who decided it, when a person here did */
};

/* What a row keeps of one price. */
struct br_price_row {
	uint8_t kind;
	int64_t amount;
	struct br_str currency;
	int64_t from_ms;
	int64_t to_ms;	      /* when it ends or ended; from_ms = it never counted; 0 = open */
	int64_t set_ms;	      /* unix ms: recorded */
	int64_t cancelled_ms; /* unix ms: taken back or ended before its time; 0 = not */
	struct br_str source, reason, associate;
	uint64_t sequence; /* of the event that set it: from the key, not stored */
};

struct br_price_cancel {
	struct br_str sku;
	uint8_t kind;
	int64_t from_ms; /* of the price that is meant; 0 = the one of the kind that counts now */
	struct br_str reason, associate;
};

struct br_price_cancelled {
	struct br_str sku;
	uint8_t kind;
	int64_t from_ms;
	uint64_t price; /* sequence of the event that set it */
	int64_t at_ms;	/* it ends then; not later than from_ms = it never counts */
	struct br_str reason, associate;
};

struct br_price_effective {
	struct br_str sku;
	int64_t at_ms;
	uint8_t kind;
	int64_t amount;
	struct br_str currency;
};

/* The tills charge `amount` until the labels show `target`, or `until`. */
struct br_price_held {
	struct br_str sku;
	int64_t at_ms;
	int64_t amount;
	struct br_str currency;
	int64_t until_ms;
	int64_t target;
};

enum br_price_release {
	BR_PRICE_RELEASE_SHOWN,	    /* every label shows it */
	BR_PRICE_RELEASE_HOLD_OVER, /* price_hold_minutes have passed */
	BR_PRICE_RELEASE_FALLEN,    /* the price is no longer above what the tills charge */
	BR_PRICE_RELEASE_OVERRIDE,  /* a person decided otherwise */
	BR_PRICE_RELEASE_NO_LABEL   /* nothing on a shelf says another price */
};
extern const char *const br_price_release_words[];

/* price.release, from the labels: reason shown. */
struct br_price_released_by_labels {
	struct br_str sku;
	uint64_t hold; /* sequence of the price.held that is meant; 0 = only the alarm stands */
};

struct br_price_released {
	struct br_str sku;
	int64_t at_ms;
	uint8_t reason;	  /* enum br_price_release */
	uint64_t hold;	  /* sequence of the price.held event */
	int64_t since_ms; /* when the hold began: with `hold` the row's key */
};

extern const struct br_shape br_price_shape, br_price_row_shape, br_price_cancel_shape,
	br_price_cancelled_shape, br_price_effective_shape, br_price_held_shape,
	br_price_release_shape, br_price_released_shape;

int br_price_decide_set(struct br_decision *decision, const void *body);
int br_price_decide_cancel(struct br_decision *decision, const void *body);
int br_price_decide_activate(struct br_decision *decision, const void *body);
int br_price_decide_release(struct br_decision *decision, const void *body);
int br_price_decide_hold_over(struct br_decision *decision, const void *body);
void br_price_apply_set(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_price_apply_cancelled(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
/* True when the price that was cancelled is in this ledger. */
BR_MUST_CHECK bool br_price_known(
	struct br_txn *txn, const struct br_price_cancelled *cancelled, struct br_arena *arena);
void br_price_apply_effective(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_price_apply_held(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_price_apply_released(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* The clock went back from `before_ms` to `after_ms`: see correction.h. */
void br_price_correct(
	struct br_txn *txn, int64_t after_ms, int64_t before_ms, struct br_arena *arena);

/*
 * For decide() of the labels' commands: `label` is about to leave the product. When it is the last
 * one, a hold on the product's price ends.
 */
void br_price_label_leaves(struct br_decision *decision, struct br_str sku, struct br_str label);

#define BR_CURRENCY_BYTES 4

struct br_price_quote {
	bool known; /* there is a price at that instant */
	enum br_price_kind kind;
	int64_t amount;		/* what counts */
	int64_t regular;	/* 0 when there is no regular price */
	bool promotion;		/* `amount` is a promotion's */
	bool override;		/* `amount` is this store's own, for an emergency */
	int64_t from_ms, to_ms; /* of the price that counts; to 0 = open */
	int64_t set_ms;		/* when that was recorded */
	/* Art. 6a: the lowest price of the period before the reduction; 0 unless `promotion`. */
	int64_t lowest_30d;
	int64_t prior_from_ms;		  /* since when prices were known in that period */
	char currency[BR_CURRENCY_BYTES]; /* NUL-terminated */
	/* Of br_price_till_at() alone: `amount` is the old price, the labels still get `target`. */
	bool held;
	int64_t held_until_ms, target;
};

/*
 * What counts at `at_ms`, past, present or planned: what the labels shall show. `known` is false
 * when nothing does. Errors are kept by the transaction.
 */
struct br_price_quote br_price_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena);

/*
 * What the tills charge at `at_ms`: the same, but for a rise that is held, and for a rise that was
 * recorded only after `at_ms`, which no till can have charged.
 */
struct br_price_quote br_price_till_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena);

/*
 * What counts after the next change behind `at_ms` that is planned; false when none is. *ret_at_ms
 * is its instant; a price may also end without another (`known` false).
 */
BR_MUST_CHECK bool br_price_next(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, int64_t *ret_at_ms, struct br_price_quote *ret_quote);

/*
 * All prices of a product, also ended, cancelled, planned and held ones, the latest beginning
 * first: at most BR_PRICES_PER_PRODUCT_SCAN_MAX of each kind. In the arena; texts point into the
 * store. Errors are kept by the transaction.
 */
unsigned br_price_rows(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	const struct br_price_row **ret_rows);

/*
 * The hold that stands at `at_ms`, or, without one, whether the alarm about labels that were too
 * late stands: then `sequence` is 0. False when there is neither.
 */
BR_MUST_CHECK bool br_price_unconfirmed(struct br_txn *txn, struct br_str sku, int64_t at_ms,
	struct br_arena *arena, uint64_t *ret_sequence);

/*
 * By how many per cent a promotion is below its prior price, rounded down; 0 when it is not. Any
 * announced percentage must be worked out from the prior price (Court of Justice, C-330/23).
 */
unsigned br_price_reduction(const struct br_price_quote *quote);

/*
 * What a price comes to with so many per cent off, rounded to what the currency can pay: the
 * proposal for goods near their date.
 */
int64_t br_price_marked_down(const struct br_price_quote *quote, uint64_t percent);

/*
 * The price per kg, l, m or piece from a price and a product's net content: amount * 1000 /
 * content, rounded half up to 1/1000. 0 when the content is not known.
 */
int64_t br_price_per_unit(int64_t amount, int64_t content);

/*
 * The unit price that is to be shown for a product (Directive 98/6/EC, Art. 2(b) and 3(1)), and per
 * what. What is sold loose has its selling price as the only one (Art. 3(3)). False when the net
 * content is not known, and when the unit price is the selling price of one piece (Art. 3(1)).
 */
BR_MUST_CHECK bool br_price_unit(const struct br_product *product, int64_t amount,
	int64_t *ret_unit_price, enum br_unit *ret_unit);
