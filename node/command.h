/*
 * Commands: what somebody wants done, and the answer.
 *
 * Whatever changes the store arrives as a command: a till's sale, a scan, HQ's new price, a timer.
 * `decide` looks at the state and either emits events or refuses with a code and a sentence. It is
 * pure: the transaction is all it sees; the time is a field of the command. What a command says of
 * a shopper it sees sealed: the core does that before (discretion.h).
 *
 * An answer is final. It is stored with the command's id in the transaction of its events, and the
 * same command seen again gets it again, refusals too: otherwise a duplicate that comes late could
 * take effect after its sender was told "no". The same id with another body is a conflict.
 */
#pragma once

#include "node/error.h"
#include "node/event.h"
#include "node/json.h"
#include "node/limits.h"
#include "node/record.h"
#include "node/store.h"

enum br_outcome { BR_OUTCOME_ACCEPTED, BR_OUTCOME_REFUSED, BR_OUTCOME_CONFLICT, BR_OUTCOME_BUSY };
extern const char *const br_outcome_words[];

/* Why a command was refused: stable words for programs. Stored: never reorder, only add. */
enum br_refusal {
	BR_REFUSAL_NONE,
	BR_REFUSAL_MALFORMED,
	BR_REFUSAL_TOO_LARGE,
	BR_REFUSAL_UNKNOWN_TYPE,
	BR_REFUSAL_UNKNOWN_BARCODE,
	BR_REFUSAL_UNKNOWN_PRODUCT,
	BR_REFUSAL_UNKNOWN_PRICE,
	BR_REFUSAL_UNKNOWN_ORDER,
	BR_REFUSAL_UNKNOWN_LINE,
	BR_REFUSAL_UNKNOWN_LIST,
	BR_REFUSAL_UNKNOWN_SALE,
	BR_REFUSAL_UNKNOWN_DELIVERY,
	BR_REFUSAL_UNKNOWN_TRANSFER,
	BR_REFUSAL_UNKNOWN_COUNT,
	BR_REFUSAL_UNKNOWN_TASK,
	BR_REFUSAL_UNKNOWN_LABEL,
	BR_REFUSAL_UNKNOWN_DEVICE,
	BR_REFUSAL_UNKNOWN_ALARM,
	BR_REFUSAL_ILLEGAL_MOVE,
	BR_REFUSAL_VERSION,
	BR_REFUSAL_INSUFFICIENT_STOCK,
	BR_REFUSAL_INSUFFICIENT_RIGHTS,
	BR_REFUSAL_OUT_OF_SCOPE,
	BR_REFUSAL_WRONG_PRODUCT, /* a scan that is not what was expected */
	BR_REFUSAL_TOO_MUCH,	  /* more than is left */
	BR_REFUSAL_SUBSTITUTION,  /* the line's policy does not allow it */
	BR_REFUSAL_ON_LIST,	  /* somebody else has it on a pick list */
	BR_REFUSAL_WRONG_CODE,
	BR_REFUSAL_LOCKED, /* after too many wrong codes */
	BR_REFUSAL_BARCODE_TAKEN,
	BR_REFUSAL_CURRENCY,
	BR_REFUSAL_NO_PRICE,
	BR_REFUSAL_NOT_SOLD,
	BR_REFUSAL_ALREADY,
	BR_REFUSAL_CONFLICT,
	BR_REFUSAL_BUSY,
	BR_REFUSAL_STORE_FULL,
	BR_REFUSAL_EXPIRED,	/* goods out of date */
	BR_REFUSAL_NOT_ALLOWED, /* another person may, and the text says who */
	BR_REFUSAL_UNKNOWN_EVENT,
	BR_REFUSAL_POISON, /* this program ended while it was applying it, some times over */
	BR_REFUSAL_N
};
extern const char *const br_refusal_words[];

#define BR_BODY_HASH_BYTES 16
#define BR_MESSAGE_BYTES_MAX 320

struct br_answer {
	enum br_outcome outcome;
	enum br_refusal refusal;
	uint64_t sequence;		    /* of the first event; 0 when there was none */
	char message[BR_MESSAGE_BYTES_MAX]; /* why it was refused; of an accepted one a warning */
};

struct br_command_type;
struct br_time_state;

/* The actor of all commands that come from the central system, and of nothing else. */
#define BR_ACTOR_CENTRAL "hq"

struct br_command {
	struct br_str id;    /* 1–64 bytes, unique per actor */
	struct br_str actor; /* who: "till/t1", "hq", "web", "timer", … */
	const struct br_command_type *type;
	const void *body;    /* struct of the type's shape */
	int64_t happened_ms; /* the creator's time, or 0 for "now" */
	int64_t now_ms;	     /* the store's time when it arrived: timekeeper.h */
};

/* What decide() works on. */
struct br_decision {
	struct br_txn *txn; /* read only for decide */
	const struct br_command *command;
	struct br_arena *arena;
	struct br_answer *answer;
	const unsigned char *secret; /* of the hashes of short codes, BR_SECRET_BYTES: keys.h */
	/* Of types that are timed: what is known of the clock (timekeeper.h); NULL = nothing. */
	const struct br_time_state *time;
	struct br_emitted *first, **end; /* the events so far */
};

struct br_emitted {
	struct br_emitted *next;
	enum br_event_kind kind;
	const void *body;
};

/*
 * Adds an event; its body is copied into the arena, the texts and lists in it are not and must live
 * as long as the command or the transaction's reads. Running out of the arena fails the
 * transaction.
 */
void br_decision_emit(struct br_decision *decision, enum br_event_kind kind, const void *body);

/* Refuses: nothing of what was emitted takes effect. Returns BR_DECIDED_NO for the return
 * statement. */
#define BR_DECIDED_NO 1
/*
 * Returned in its place by a decide() that refused and still wants its events: for a refusal that
 * must leave a trace, such as a wrong code that counts.
 */
#define BR_DECIDED_NO_BUT 2
int br_decision_refuse(struct br_decision *decision, enum br_refusal refusal, const char *format,
	...) BR_PRINTF(3, 4);

/*
 * Accepts with a warning for the person who sent it, kept with the answer. The first one stays.
 */
void br_decision_warn(struct br_decision *decision, const char *format, ...) BR_PRINTF(2, 3);

struct br_command_type {
	const char *name; /* "sale.record" */
	const struct br_shape *shape;
	/*
	 * 0 = take the emitted events, BR_DECIDED_NO = refused, BR_DECIDED_NO_BUT = refused and
	 * the events are taken, negative = the store failed.
	 */
	int (*decide)(struct br_decision *decision, const void *body);
	bool internal; /* only the node's own parts may send it */
	bool timed;    /* decide() is told what is known of the clock */
	bool sheds; /* refused first when the store runs full: nothing a sale or an order needs */
	/* One sentence for people: the command-line tool's help and the contract say it. */
	const char *help;
	/*
	 * The fields that the tool's words fill when they come without a name, in this order with
	 * blanks between, such as "order reason"; "sku|barcode" takes either. NULL = all required.
	 */
	const char *words;
};

extern const struct br_command_type br_command_types[];
extern const unsigned br_command_type_n;

/* NULL when there is none. */
const struct br_command_type *br_command_type_named(struct br_str name);

/*
 * Reads {id, type, data, happened?} as written in the contract. Texts point into the JSON tree,
 * lists into the arena. 0, or BR_E_INVALID with *ret_refusal and the fault set; `id` is set in the
 * command as soon as it could be read, so that the refusal can name it.
 */
BR_MUST_CHECK int br_command_from_json(const struct br_json *json, struct br_arena *arena,
	struct br_command *ret_command, enum br_refusal *ret_refusal, struct br_fault *fault);

/* Writes the answer's members into the object that is open; `id` is null when it is empty. */
void br_answer_members(const struct br_answer *answer, struct br_str id, struct br_json_out *out);

/*
 * What the core would answer now, decided in a read transaction: nothing takes effect, and what is
 * decided before the command really comes may change the answer. 0 or an error of the transaction.
 */
BR_MUST_CHECK int br_command_check(struct br_txn *txn, const unsigned char *secret,
	const struct br_command *command, struct br_arena *arena, struct br_answer *ret_answer);

/* Writes {id, outcome, sequence, code?, message?, warning?} as an element or member. */
void br_answer_to_json(const struct br_answer *answer, struct br_str id, struct br_json_out *out,
	const char *name);

/* Fills an answer that is no decision of the core: malformed, busy, store_full. */
void br_answer_refuse(struct br_answer *answer, enum br_outcome outcome, enum br_refusal refusal,
	const char *message);
