/*
 * Customers: whom the central system knows, as far as this store needs it, and for no longer.
 *
 *	customer.upsert ─► kept, sealed with the customer's key (person.h)
 *	customer.erase ──► customer.erased ─► the key is destroyed (keys.h)
 *	time is over ────┘
 *
 * How long: a customer until the time that the central system gave, else the policy's person_days.
 * Whoever has an order here that is not ended is kept until person_days after its end; so is the
 * person of an order that names no customer. Then a timer erases them, on the full hour, because
 * the keys are written anew each time.
 *
 * Erasing takes no order away: goods, prices and times stay, and the customer's id, which says
 * nothing by itself. Names, vehicles, notes and reasons read as erased from then on.
 */
#pragma once

#include "node/command.h"
#include "node/order.h"
#include "node/person.h"

#define BR_CONTACT_BYTES_MAX 120
#define BR_CONSENTS_MAX 8

/* Something that the customer allows, such as "email" or "substitute". */
struct br_consent {
	struct br_str purpose;
	int64_t given; /* unix ms, 0 = not said */
};

/* customer.upsert, customer.changed and the row: BR_TABLE_CUSTOMER. */
struct br_customer {
	struct br_str customer; /* the central system's id: a reference, no personal data */
	uint64_t version;	/* the central system's; an older one is refused, 0 = not said */
	struct br_str name, contact, loyalty;
	struct br_list consents; /* of struct br_consent */
	int64_t until;		 /* unix ms; 0 = the policy's person_days from now */
};

/* customer.erase: by customer, or by one of the orders of whoever it is. */
struct br_customer_erase {
	struct br_str customer, order;
	struct br_str associate; /* a manager, unless the central system asks */
};

enum br_erased_why { BR_ERASED_ASKED, BR_ERASED_EXPIRED };

/*
 * customer.erased: exactly one of customer, order, which is the first of those split from it, and
 * day, such as "2026-03-01", for what was said then in words that name no order.
 */
struct br_customer_erased {
	struct br_str customer, order, day;
	uint8_t why; /* enum br_erased_why */
	struct br_str associate;
};

/* How long a person is kept: BR_TABLE_PERSON. */
struct br_person_row {
	uint64_t open_n; /* orders that are not ended */
	int64_t ended;	 /* unix ms: when the last one did, 0 = none yet */
	int64_t until;	 /* unix ms: the customer is kept, 0 = not */
	int64_t timer;	 /* unix ms: its timer, 0 = none */
	bool said;	 /* something of them is sealed: without it there is nothing to erase */
};

extern const struct br_shape br_customer_shape, br_customer_erase_shape, br_customer_erased_shape,
	br_person_row_shape;

int br_customer_decide_upsert(struct br_decision *decision, const void *body);
int br_customer_decide_erase(struct br_decision *decision, const void *body);
/* By the timers: of customers, and of those who are known by an order only. */
int br_customer_decide_timer(struct br_decision *decision, const void *body);
int br_customer_decide_forget(struct br_decision *decision, const void *body);
int br_customer_decide_forget_day(struct br_decision *decision, const void *body);

void br_customer_apply_changed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_customer_apply_erased(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* Whom an event erases. */
struct br_person br_customer_erased_person(const struct br_customer_erased *erased);

/*
 * For the orders' apply: an order is there, has ended; something was said of its person, which
 * br_person_sealed() tells of a text.
 */
void br_person_offered(struct br_txn *txn, const struct br_event *event,
	const struct br_order *order, struct br_arena *arena);
void br_person_ended(struct br_txn *txn, const struct br_event *event, const struct br_order *order,
	struct br_arena *arena);
void br_person_said(struct br_txn *txn, const struct br_event *event, const struct br_order *order,
	struct br_arena *arena);

bool br_person_sealed(struct br_str text);

/* For other nouns' apply: when the text is sealed, it is with the key of the event's day. */
void br_person_day_said(struct br_txn *txn, const struct br_event *event, struct br_str text);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_customer_get(struct br_txn *txn, struct br_str customer,
	struct br_arena *arena, struct br_customer *ret_customer);

/*
 * Calls `visit` for each order of a person, in the order of their ids, until it returns false.
 * Errors are kept by the transaction.
 */
void br_person_orders_walk(struct br_txn *txn, const struct br_person *person,
	bool (*visit)(void *context, struct br_str order), void *context);
