/*
 * Prices: every price a product ever had, and which one counts at an instant.
 *
 * A price has a kind (regular or promotion) and counts from `from` until `to` (open when absent).
 * At an instant the promotion that began last and has not ended counts, else the regular price that
 * began last. For the same beginning the one recorded later wins. A price that begins or ends later
 * has a timer (timer.h); when its time comes, also late after the node was down, the timer's
 * command puts a `price.effective` event into the journal, which is what labels and dashboards
 * follow.
 *
 * The lowest price of the 30 days before a reduction is that of the EU Price Indication Directive
 * 98/6/EC, Article 6a, as inserted by Directive (EU) 2019/2161.
 */
#pragma once

#include "node/command.h"

enum br_price_kind { BR_PRICE_REGULAR, BR_PRICE_PROMOTION };
extern const char *const br_price_kind_words[];

/* The command price.set, the event and the row. Amounts in 1/1000 of the currency. */
struct br_price {
	struct br_str sku;
	uint8_t kind; /* enum br_price_kind */
	int64_t amount;
	struct br_str currency; /* ISO 4217 */
	int64_t from_ms;	/* unix ms; set to the command's time when absent */
	int64_t to_ms;		/* unix ms; 0 = open */
};

struct br_price_effective {
	struct br_str sku;
	int64_t at_ms;
	uint8_t kind;
	int64_t amount;
	struct br_str currency;
};

extern const struct br_shape br_price_shape, br_price_effective_shape;

int br_price_decide_set(struct br_decision *decision, const void *body);
int br_price_decide_activate(struct br_decision *decision, const void *body);
void br_price_apply_set(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_price_apply_effective(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

#define BR_CURRENCY_BYTES 4

struct br_price_quote {
	bool known;			  /* there is a price at that instant */
	int64_t amount;			  /* what the till charges */
	int64_t regular;		  /* 0 when there is no regular price */
	bool promotion;			  /* `amount` is a promotion's */
	int64_t from_ms, to_ms;		  /* of the price that counts */
	int64_t lowest_30d;		  /* before the reduction; 0 unless `promotion` */
	char currency[BR_CURRENCY_BYTES]; /* NUL-terminated */
};

/* What counts at `at_ms`; `known` false when nothing does. Errors are kept by the transaction. */
struct br_price_quote br_price_at(
	struct br_txn *txn, struct br_str sku, int64_t at_ms, struct br_arena *arena);

/*
 * The price per kg, l, m or piece from a price and a product's net content: amount * 1000 /
 * content, rounded half up to 1/1000. 0 when the content is not known.
 */
int64_t br_price_per_unit(int64_t amount, int64_t content);
