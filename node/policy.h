/*
 * The store's policy: the limits and waiting times that rules need.
 *
 * decide() sees nothing but the ledger, so what it must know about how this store works stands
 * here and not in the configuration file. There is one row; what was never set has the default of
 * policy.c. The command policy.set changes the members it names and keeps the others; HQ and the
 * store's manager send it. It is all of the configuration that HQ may set: the file on the machine
 * (config.h) says how this machine is wired, and is nobody's but its administrator's. HQ may number
 * its versions: then the last one wins, whatever order they come in.
 */
#pragma once

#include "node/command.h"

/*
 * Art. 6a(5) of Directive 98/6/EC: when a reduction is increased step by step, a Member State may
 * let the prior price be that before the first step. "each" looks before every step by itself.
 */
enum br_policy_steps { BR_POLICY_STEPS_NONE, BR_POLICY_STEPS_EACH, BR_POLICY_STEPS_FIRST };
extern const char *const br_policy_steps_words[];

/*
 * Art. 6a(3): a Member State may have other rules for goods that deteriorate or expire rapidly.
 * "none" shows no prior price for products whose dates are kept (track_expiry).
 */
enum br_policy_perishable {
	BR_POLICY_PERISHABLE_UNSAID,
	BR_POLICY_PERISHABLE_AS_ALL,
	BR_POLICY_PERISHABLE_NONE
};
extern const char *const br_policy_perishable_words[];

#define BR_MANAGERS_MAX 16

struct br_policy_manager {
	struct br_str name; /* as `associate` in the commands of people */
};

/* The command policy.set, the event policy.changed and the row. */
#define BR_CODE_LOCK_MINUTES_MAX 1440

struct br_policy {
	/* Counts: a variance above either waits for somebody's approval. */
	int64_t count_approve_above;  /* 1/1000 of the product's unit */
	int64_t count_approve_amount; /* 1/1000 of the currency */
	/* Pick-up codes: so many wrong tries lock an order's code, for so long. */
	uint64_t code_tries;
	uint64_t code_lock_minutes;
	/* Orders. */
	uint64_t pick_list_minutes;   /* after its last pick a list goes back into the pool */
	uint64_t no_show_hours;	      /* after collect_by an order is restocked */
	uint64_t close_after_minutes; /* after the hand-over an order is closed */
	/* Prices. */
	uint64_t price_hold_minutes; /* a rising price waits so long for its labels; 0 = not */
	uint64_t override_hours;     /* the longest local override */
	uint64_t prior_price_days;   /* Art. 6a(2): not shorter than 30 days */
	/* Art. 6a(4): for products on the market shorter than that; 0 = no shorter period. */
	uint64_t prior_price_new_days;
	uint8_t prior_price_steps;	/* enum br_policy_steps */
	uint8_t prior_price_perishable; /* enum br_policy_perishable */
	/* Cash: 1/1000 of the currency to which a total in cash is rounded; 0 = not at all. */
	int64_t cash_step;
	/* Goods near their date. */
	uint64_t markdown_percent;
	/*
	 * Of struct br_policy_manager: who may approve or reject a count that waits for it; none =
	 * anybody who gives a name. A command empties the list by one name that is empty.
	 */
	struct br_list managers;
	/*
	 * Rights (rights_grant.h): HQ is heard so often, and sells on its own as long; 0 = it gets
	 * none by the policy. Products of which fewer are free, or that nobody counted or moved
	 * for so long, get none. What was spent is topped up so often.
	 */
	uint64_t rights_contact_minutes;
	int64_t rights_stock_min; /* 1/1000 of the product's unit */
	uint64_t rights_stale_days;
	uint64_t rights_top_up_minutes;
	struct br_str associate; /* who changed it last */
	/* Personal data: so long after the last order, unless the central system says until when.
	 */
	uint64_t person_days;
	uint64_t version; /* of the central system's; 0 = it never gave one */
};

extern const struct br_shape br_policy_shape;

int br_policy_decide(struct br_decision *decision, const void *body);
void br_policy_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * The policy that counts, without its managers, so that it needs no arena. Errors are kept by the
 * transaction, and then it is the default one. Texts point into the store.
 */
struct br_policy br_policy_get(struct br_txn *txn);

/* The same with the managers, whose list is in the arena. */
struct br_policy br_policy_get_all(struct br_txn *txn, struct br_arena *arena);

/*
 * Refuses an associate who is none of the managers (not_allowed, with those who are), or nobody
 * when anybody may. `what` is what they want to do, such as "approve count \"C-1\"". 0 when they
 * may.
 */
BR_MUST_CHECK int br_policy_manager_refuse(
	struct br_decision *decision, struct br_str associate, const char *what);
