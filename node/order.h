/*
 * Orders: a store's fulfilment orders, from the offer to the end, by every method.
 *
 *	collect (pickup, curbside):
 *	offered ─► accepted ─► picking ─► picked ─► staged ─► ready ─► arrived ─► handed_over
 *	   └► rejected                      └────────────────►┘ └─────────────────►┘ └► closed
 *	ready, arrived ─► expired (nobody came) ─► restocking ─► closed
 *
 *	ship (ship_from_store):
 *	… picked ─► staged ─► packed ─► shipped ─► closed
 *	      └──────────────►┘
 *	elsewhere (endless_aisle: ordered here, sent by the central system; holds nothing here):
 *	offered ─► accepted ─► shipped ─► closed
 *
 *	return (bought before, brought back):
 *	offered ─► received ─► inspected ─► refund_due ─► closed
 *
 *	any before ready ◄─► on_hold
 *	any before it is handed over or shipped ─► cancelling ─► restocking ─► cancelled
 *	                                     (at once cancelled when nothing is picked)
 *
 * A state is not set but follows: from the counters of the lines, from marks (accepted, held,
 * ready …) that the order's events set, and from the method's flow, by one function
 * (br_order_state_of). What may follow what is a table of each flow, asserted at every event. What
 * may be asked in a state is a second table, by verb: everything else is refused with the state and
 * what is allowed (illegal_move).
 *
 * `order.accept` checks and reserves in one transaction: the demand is summed per SKU over all
 * lines first, because two lines of one item each would both pass alone. From then on each unit of
 * a line is in exactly one place, at every event:
 *
 *	reserved + picked + short + substituted + handed_over + shipped <= ordered
 *
 * `picked` units lie in the stock's staged bucket until they leave or are put back. A reservation
 * is given back exactly once, however the order ends. All moves are one body of events
 * (br_order_moved): which lines' counters change, by how much, and from which bucket to which; so
 * the journal alone explains a product's numbers.
 */
#pragma once

#include "node/channel.h"
#include "node/command.h"

enum br_order_state {
	BR_ORDER_OFFERED, /* a return that is announced is offered, too */
	BR_ORDER_ACCEPTED,
	BR_ORDER_PICKING,
	BR_ORDER_PICKED, /* nothing is left to pick: what is missing is short or substituted */
	BR_ORDER_STAGED,
	BR_ORDER_READY,
	BR_ORDER_ARRIVED, /* the customer is here */
	BR_ORDER_HANDED_OVER,
	BR_ORDER_PACKED,
	BR_ORDER_SHIPPED,
	BR_ORDER_RECEIVED,
	BR_ORDER_INSPECTED,
	BR_ORDER_REFUND_DUE,
	BR_ORDER_ON_HOLD,
	BR_ORDER_EXPIRED, /* nobody came: the goods are to be put back */
	BR_ORDER_CANCELLING,
	BR_ORDER_RESTOCKING, /* some of the goods are back */
	BR_ORDER_CLOSED,
	BR_ORDER_REJECTED,
	BR_ORDER_CANCELLED,
	BR_ORDER_STATE_N
};
extern const char *const br_order_state_words[];

enum br_method {
	BR_METHOD_PICKUP,
	BR_METHOD_CURBSIDE,
	BR_METHOD_SHIP_FROM_STORE,
	BR_METHOD_ENDLESS_AISLE,
	BR_METHOD_RETURN,
	BR_METHOD_N
};
extern const char *const br_method_words[];

enum br_order_flow { BR_FLOW_COLLECT, BR_FLOW_SHIP, BR_FLOW_ELSEWHERE, BR_FLOW_RETURN, BR_FLOW_N };

enum br_payment { BR_PAYMENT_NONE, BR_PAYMENT_DUE, BR_PAYMENT_PAID };
extern const char *const br_payment_words[];

/* May another product take the place of one that is missing? */
enum br_substitution {
	BR_SUBSTITUTION_NONE,
	BR_SUBSTITUTION_SAME_BRAND,
	BR_SUBSTITUTION_ANY,
	BR_SUBSTITUTION_ASK /* only when the command says that the customer was asked */
};
extern const char *const br_substitution_words[];

/* What happens to what could not be picked. */
enum br_short_outcome { BR_SHORT_PARTIAL, BR_SHORT_OFFERED_BACK };
extern const char *const br_short_outcome_words[];

/* What can be asked of an order that is here; the commands are "order.<word>". */
enum br_order_verb {
	BR_VERB_ACCEPT,
	BR_VERB_REJECT,
	BR_VERB_HOLD,
	BR_VERB_RELEASE,
	BR_VERB_PICK,
	BR_VERB_UNPICK,
	BR_VERB_SHORT,
	BR_VERB_SUBSTITUTE,
	BR_VERB_STAGE,
	BR_VERB_READY,
	BR_VERB_ARRIVE,
	BR_VERB_HAND_OVER,
	BR_VERB_PACK,
	BR_VERB_SHIP,
	BR_VERB_CANCEL,
	BR_VERB_RESTOCK,
	BR_VERB_RECEIVE,
	BR_VERB_INSPECT,
	BR_VERB_REFUND,
	BR_VERB_CLOSE,
	BR_VERB_SPLIT,
	BR_VERB_UPDATE,
	BR_VERB_EXPIRE, /* by the timer only */
	BR_VERB_RETURN, /* of a return that refers to the order; no command */
	BR_VERB_N
};
extern const char *const br_order_verb_words[];

/*
 * Where goods are taken from or put to. The commands allow the beginning of this list: pick and
 * unpick up to display, restock up to damaged, inspect all. Not given: a pick takes from the shelf
 * and then from the back room, all others put onto the shelf.
 */
enum br_place {
	BR_PLACE_NONE,
	BR_PLACE_SHELF,
	BR_PLACE_BACKROOM,
	BR_PLACE_DISPLAY,
	BR_PLACE_DAMAGED,
	BR_PLACE_VENDOR /* leaves the store */
};

/* What a person has to do for the order now; follows from its state. */
enum br_order_work {
	BR_WORK_NONE,
	BR_WORK_ANSWER, /* accept or reject */
	BR_WORK_PICK,
	BR_WORK_PACK,
	BR_WORK_STAGE,
	BR_WORK_HAND_OVER,
	BR_WORK_RESTOCK,
	BR_WORK_RECEIVE,
	BR_WORK_INSPECT,
	BR_WORK_REFUND
};
extern const char *const br_order_work_words[];

#define BR_PERSON_BYTES_MAX 80
#define BR_BAY_BYTES_MAX 16
#define BR_CODE_BYTES_MIN 4
#define BR_CODE_BYTES_MAX 12
#define BR_PRIORITY_MAX 9
#define BR_PACKAGES_MAX 1000

struct br_order_offer_line {
	struct br_str line;	    /* the creator's id of the line */
	struct br_str sku, barcode; /* exactly one */
	int64_t quantity;
	int64_t price;
	uint8_t policy;	    /* enum br_substitution */
	bool rights;	    /* the central system spends rights that it holds */
	struct br_str note; /* for who picks */
};

/* order.offer */
struct br_order_offer {
	struct br_str order;
	struct br_str fo; /* the central system's fulfilment order, when that is another id */
	uint8_t channel, method;
	struct br_str customer; /* a reference, no personal data */
	struct br_str person;	/* who comes for it */
	/* Kept as keyed hashes only: pickup_code.h. */
	struct br_str surname, code;
	struct br_str vehicle, bay;
	int64_t placed, accept_by, ready_by, collect_by; /* unix ms, 0 = not given */
	uint64_t priority;				 /* 0..9, 9 is the most urgent */
	uint8_t payment;				 /* enum br_payment */
	struct br_str original;				 /* of a return: the order it came from */
	struct br_str note;
	struct br_list lines; /* of struct br_order_offer_line */
};

/*
 * order.accept, .reject, .hold, .release, .stage, .ready, .arrive, .pack, .ship, .cancel, .refund
 * and .close: each has its own shape with the members that it knows.
 */
struct br_order_step {
	struct br_str order;
	uint64_t version;	    /* 0, or the version the sender saw: another one is refused */
	struct br_str associate;    /* who did it */
	struct br_str reason;	    /* reject, hold: required; cancel, release, refund: optional */
	bool partial;		    /* accept: what is not available becomes short */
	int64_t until;		    /* hold: it ends by itself then; 0 = by order.release */
	struct br_str location;	    /* stage: required; ready: optional */
	struct br_str bay, vehicle; /* arrive */
	uint64_t packages;	    /* pack: 0 = 1 */
	struct br_str carrier, tracking; /* ship */
	int64_t amount;			 /* refund */
};

/*
 * order.pick, .unpick, .short, .substitute, .restock, .receive and .inspect: some of a line's
 * goods. The line is named by `line`, or found by the product: the first line that still wants it.
 * A scan together with `line` must be that line's product (wrong_product names what was expected).
 * Quantity 0: the weight in what was scanned, or one piece, but not more than is left; without a
 * scan all that is left. order.restock and order.inspect without line and product take all lines.
 *
 * A scan that says a date names the lot that the goods are of. What is out of date is not picked
 * (expired). Another lot than the first to expire may be, since the picker sees what lies there,
 * but the answer warns. The line remembers its lots: what is put back goes to the lot it came from.
 */
struct br_order_goods {
	struct br_str order;
	uint64_t version;
	struct br_str associate;
	struct br_str line, sku, barcode;
	int64_t quantity;
	uint8_t from; /* pick, substitute: enum br_place */
	uint8_t to;   /* unpick, restock, inspect: enum br_place */
	struct br_str reason;
	uint8_t outcome;    /* short: enum br_short_outcome */
	bool asked;	    /* substitute: the customer agreed; `line` is the one that is missing */
	struct br_str list; /* pick: the list it is on, may be left out */
};

/*
 * order.hand_over: by `order`, or by `surname` and `code`. An order with a code wants it, or the
 * reason why a person did without it.
 */
struct br_order_hand_over {
	struct br_str order;
	uint64_t version;
	struct br_str associate;
	struct br_str surname, code;
	struct br_str waived;
};

struct br_order_split_line {
	struct br_str line;
	int64_t quantity; /* 0 = all that is not picked yet */
};

/* order.split: takes lines that nobody picked yet into an order of their own. */
struct br_order_split {
	struct br_str order;
	uint64_t version;
	struct br_str associate, reason;
	struct br_str into;   /* the new order's id */
	struct br_list lines; /* of struct br_order_split_line */
};

/* order.update and order.updated: what is not given stays as it is. */
struct br_order_update {
	struct br_str order;
	uint64_t version;
	struct br_str associate;
	struct br_str person, surname;
	int64_t ready_by, collect_by;
	uint64_t priority; /* 1..9 */
	uint8_t payment;   /* 0 = as it is, else 1 + enum br_payment */
	struct br_str note;
};

#define BR_CODE_HASH_BYTES 16

/* order.offered: the order without its lines, which follow as events of their own. */
struct br_order_offered {
	struct br_str order, fo;
	uint8_t channel, method;
	struct br_str customer, person;
	unsigned char code_hash[BR_CODE_HASH_BYTES];	/* all 0 = none */
	unsigned char surname_hash[BR_CODE_HASH_BYTES]; /* all 0 = none */
	struct br_str vehicle, bay;
	int64_t placed, accept_by, ready_by, collect_by;
	uint64_t priority;
	uint8_t payment;
	struct br_str original;
	struct br_str parent; /* the order it was split from */
	bool provisional;     /* a return whose order is not known here */
	struct br_str note;
	uint64_t line_n;
	int64_t ordered; /* sum over the lines, whatever their units */
};

/* order.line_offered; the row of a line has the counters behind it. */
struct br_order_line_offered {
	struct br_str order;
	uint64_t index; /* from 0 */
	struct br_str line, sku;
	int64_t quantity, price;
	uint8_t policy;
	bool rights;
	struct br_str note;
	uint64_t substitutes; /* 1 + index of the line whose place it takes, 0 = none */
};

/* A line's counters; an order has the sums over its lines, a change what each gained. */
struct br_order_counts {
	int64_t ordered, reserved, picked;
	int64_t shortage; /* "short" in JSON */
	int64_t substituted;
	int64_t staged; /* of the picked ones: lie where the order is staged */
	int64_t handed_over, shipped;
	int64_t returned;  /* came back, on a return's line and on the line it was bought with */
	int64_t restocked; /* were put back after a cancel or a no-show, or inspected */
};

/* Of which lot some of a line's picked goods are; the number may be empty. */
struct br_order_lot {
	struct br_str lot;
	int64_t expiry; /* unix ms */
	int64_t quantity;
};
/* A line remembers so many; of others its order gives back as of what nobody named. */
#define BR_ORDER_LOTS_MAX 8
#define BR_ORDER_CHANGES_MAX (BR_ORDER_LINES_MAX * (1 + BR_ORDER_LOTS_MAX))

/*
 * What an event does to one line, and to the stock of its product. A line of whose goods several
 * lots are put back has a change for each.
 */
struct br_order_change {
	uint64_t index; /* of the line */
	struct br_str sku;
	struct br_order_counts counts;
	/* What each bucket gained; `staged` gains what `picked` gains. */
	int64_t backroom, shelf, display, damaged, to_inspect;
	int64_t rights;
	struct br_str lot; /* of the goods that moved, when it was said */
	int64_t expiry;	   /* unix ms; 0 = not said */
};

/* All of an order's events but those that offer it, from order.accepted to order.returned. */
struct br_order_moved {
	struct br_str order;
	uint64_t version; /* after it */
	uint8_t state;	  /* enum br_order_state, after it */
	struct br_str associate, reason;
	struct br_str location, bay, vehicle, carrier, tracking;
	struct br_str other; /* order split off, or return that brought goods back */
	uint64_t packages;
	int64_t until, amount;
	uint8_t outcome;	/* of what is short: enum br_short_outcome */
	bool waived;		/* handed over without the code; the reason says why */
	uint64_t left;		/* changes that follow in order.movements */
	struct br_list changes; /* of struct br_order_change; the first of them, if many */
};

/* order.movements: more changes of the order's event before it. */
struct br_order_movements {
	struct br_str order;
	uint8_t verb;  /* enum br_order_verb: of that event */
	uint8_t state; /* what the order became by it */
	uint64_t left; /* changes that follow in more events */
	struct br_list changes;
};

/*
 * order.cancel_late: a cancel was refused because the customer, or the carrier, has the goods. The
 * order is as it was; whoever paid the money back already hears of it by this event.
 */
struct br_order_cancel_late {
	struct br_str order;
	uint64_t version;		 /* of the order, which stays */
	uint8_t state;			 /* enum br_order_state */
	struct br_str associate, reason; /* of the cancel */
	int64_t handed_over, shipped;	 /* that left with the order, over all lines */
};

/* order.updated */
struct br_order_updated {
	struct br_str order;
	uint64_t version;
	uint8_t state;
	struct br_str associate, person;
	unsigned char surname_hash[BR_CODE_HASH_BYTES];
	int64_t ready_by, collect_by;
	uint64_t priority;
	uint8_t payment; /* as in br_order_update */
	struct br_str note;
};

struct br_order {
	struct br_str order, fo;
	uint8_t channel, method, state;
	struct br_str customer, person;
	unsigned char code_hash[BR_CODE_HASH_BYTES], surname_hash[BR_CODE_HASH_BYTES];
	int64_t placed, accept_by, ready_by, collect_by;
	uint64_t priority;
	uint8_t payment;
	struct br_str original, parent;
	bool provisional;
	struct br_str note, reason; /* reason: of the last event that gave one */
	struct br_str associate;    /* who did the last event, as far as said */
	struct br_str location, bay, vehicle, carrier, tracking;
	uint64_t packages;
	int64_t amount;	    /* to pay back */
	int64_t until;	    /* end of the hold */
	struct br_str list; /* the pick list it is on */
	uint64_t marks;	    /* bits of enum br_order_mark */
	uint64_t line_n;
	struct br_order_counts counts; /* sums over the lines, whatever their units */
	uint64_t version;	       /* 1 at the offer, one more with each event */
	uint64_t sequence;	       /* of the last event */
	int64_t since;		       /* unix ms: when it came into its state */
	int64_t timer;		       /* unix ms: its timer, 0 = none */
};

/* What an order's events left behind, beside the counters. */
enum br_order_mark {
	BR_MARK_ACCEPTED = 1 << 0,
	BR_MARK_REJECTED = 1 << 1,
	BR_MARK_HELD = 1 << 2,
	BR_MARK_STAGED = 1 << 3,
	BR_MARK_READY = 1 << 4,
	BR_MARK_ARRIVED = 1 << 5,
	BR_MARK_PACKED = 1 << 6,
	BR_MARK_EXPIRED = 1 << 7,
	BR_MARK_CANCELLED = 1 << 8,
	BR_MARK_REFUND = 1 << 9,
	BR_MARK_CLOSED = 1 << 10
};
#define BR_MARKS_MAX ((1 << 11) - 1)

struct br_order_line {
	struct br_str line, sku;
	int64_t price;
	uint8_t policy;
	bool rights;
	struct br_str note;
	uint64_t substitutes; /* 1 + index of the line whose place it takes, 0 = none */
	struct br_order_counts counts;
	/* Of struct br_order_lot, the first to expire first: of what is picked, or was and left
	 * the store since. */
	struct br_list lots;
};

extern const struct br_shape br_order_offer_shape, br_order_accept_shape, br_order_reject_shape,
	br_order_hold_shape, br_order_release_shape, br_order_pick_shape, br_order_unpick_shape,
	br_order_short_shape, br_order_substitute_shape, br_order_stage_shape, br_order_ready_shape,
	br_order_arrive_shape, br_order_hand_over_shape, br_order_pack_shape, br_order_ship_shape,
	br_order_cancel_shape, br_order_restock_shape, br_order_receive_shape,
	br_order_inspect_shape, br_order_refund_shape, br_order_close_shape, br_order_split_shape,
	br_order_update_shape;
extern const struct br_shape br_order_offered_shape, br_order_line_offered_shape,
	br_order_moved_shape, br_order_movements_shape, br_order_cancel_late_shape,
	br_order_updated_shape, br_order_shape, br_order_line_shape;

int br_order_decide_offer(struct br_decision *decision, const void *body);
int br_order_decide_accept(struct br_decision *decision, const void *body);
int br_order_decide_reject(struct br_decision *decision, const void *body);
int br_order_decide_hold(struct br_decision *decision, const void *body);
int br_order_decide_release(struct br_decision *decision, const void *body);
int br_order_decide_pick(struct br_decision *decision, const void *body);
int br_order_decide_unpick(struct br_decision *decision, const void *body);
int br_order_decide_short(struct br_decision *decision, const void *body);
int br_order_decide_substitute(struct br_decision *decision, const void *body);
int br_order_decide_stage(struct br_decision *decision, const void *body);
int br_order_decide_ready(struct br_decision *decision, const void *body);
int br_order_decide_arrive(struct br_decision *decision, const void *body);
int br_order_decide_hand_over(struct br_decision *decision, const void *body);
int br_order_decide_pack(struct br_decision *decision, const void *body);
int br_order_decide_ship(struct br_decision *decision, const void *body);
int br_order_decide_cancel(struct br_decision *decision, const void *body);
int br_order_decide_restock(struct br_decision *decision, const void *body);
int br_order_decide_receive(struct br_decision *decision, const void *body);
int br_order_decide_inspect(struct br_decision *decision, const void *body);
int br_order_decide_refund(struct br_decision *decision, const void *body);
int br_order_decide_close(struct br_decision *decision, const void *body);
int br_order_decide_split(struct br_decision *decision, const void *body);
int br_order_decide_update(struct br_decision *decision, const void *body);
int br_order_decide_timer(struct br_decision *decision, const void *body);

void br_order_apply_offered(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_line(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_moved(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_movements(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_cancel_late(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_apply_updated(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_order_movements(const struct br_event *event, const struct br_movement_visit *visit);

/*
 * The changes in an event of an order's move or of order.movements, and by which verb they came;
 * NULL for other events.
 */
const struct br_list *br_order_event_changes(
	const struct br_event *event, enum br_order_verb *ret_verb);

/* True, and the order's name and new state, for an event that ended an order. */
bool br_order_event_ends(const struct br_event *event, struct br_str *ret_order);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_order_get(struct br_txn *txn, struct br_str order, struct br_arena *arena,
	struct br_order *ret_order);
BR_MUST_CHECK int br_order_line_get(struct br_txn *txn, struct br_str order, uint32_t index,
	struct br_arena *arena, struct br_order_line *ret_line);

enum br_order_flow br_order_flow(enum br_method method);

/* The state that the method, the marks and the sums of the counters make. */
enum br_order_state br_order_state_of(const struct br_order *order);

/* May an order of this flow go from one state to another by one event? Staying is allowed. */
bool br_order_move_allowed(
	enum br_order_flow flow, enum br_order_state from, enum br_order_state to);

/* May this be asked in that state? */
bool br_order_verb_allowed(
	enum br_order_flow flow, enum br_order_state state, enum br_order_verb verb);

/* True once the store has nothing more to do for it: handed over, shipped, closed, rejected or
 * cancelled. It is no longer among BR_TABLE_ORDER_OPEN then. */
bool br_order_ended(enum br_order_state state);

/* The deadline that counts in this state (unix ms), 0 when there is none. */
int64_t br_order_due_ms(const struct br_order *order);

/* What a person has to do for it now; since order->since, due at br_order_due_ms(). */
enum br_order_work br_order_work(const struct br_order *order);

/* True when it has a pick-up code. */
bool br_order_has_code(const struct br_order *order);

/*
 * Calls `visit` for each order that is not ended, in the order of their ids, until it returns
 * false. The order's texts live in the arena until the next reset. Errors are kept by the
 * transaction.
 */
void br_order_open_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_order *order), void *context);
