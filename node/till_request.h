/*
 * What a till asks, however it came: over MQTT (till.h) or over HTTP (web-ui). One shape holds all
 * members; a table says for each type which of them it takes and which it needs, so that a member
 * that would be lost in silence is refused.
 *
 *	sale, return, void, adjust,	become commands of the actor "till/<till>": the reply
 *	park, unpark, hand_over		leaves after the commit, and a repeated id gets it again
 *	price, stock, order, parked,	look-ups: answered from what is committed (till_look.h)
 *	totals
 *
 * No member takes the number of a payment card, and texts that people type are refused when they
 * hold one.
 */
#pragma once

#include "node/command.h"

enum br_till_type {
	BR_TILL_SALE,
	BR_TILL_RETURN,
	BR_TILL_VOID,
	BR_TILL_ADJUST,
	BR_TILL_PARK,
	BR_TILL_UNPARK,
	BR_TILL_HAND_OVER,
	BR_TILL_PRICE, /* look-ups, from here on */
	BR_TILL_STOCK,
	BR_TILL_ORDER,
	BR_TILL_PARKED,
	BR_TILL_TOTALS,
	BR_TILL_TYPE_N
};
extern const char *const br_till_type_words[];

struct br_till_request {
	struct br_str id;
	uint8_t type;	  /* enum br_till_type */
	int64_t happened; /* unix ms, 0 = now */
	struct br_str associate;
	struct br_str currency;
	struct br_list lines; /* of struct br_sale_line */
	int64_t total;
	struct br_str sale, sale_till; /* the sale that comes back, and whose it was */
	struct br_str parked;
	bool drop;
	struct br_str barcode, sku;
	int64_t quantity;
	struct br_str reason, note;
	struct br_str order, surname, code;
	struct br_str waived; /* why an order is handed over without its code */
	struct br_str date;   /* the store's, "2026-03-01"; empty = today */
};

extern const struct br_shape br_till_request_shape;

/*
 * Reads a request. Texts point into the JSON tree, lists into the arena. 0, BR_E_INVALID or
 * BR_E_TOO_LARGE with the fault naming the member.
 */
BR_MUST_CHECK int br_till_request_read(const struct br_json *json, struct br_arena *arena,
	struct br_till_request *ret_request, struct br_fault *fault);

/* The id as far as it can be read, for the reply to what cannot be; else empty. */
struct br_str br_till_request_id(const struct br_json *json);

bool br_till_request_looks(const struct br_till_request *request);

/*
 * The command that a request means, which is no look-up: id, type, body and time; actor and clock
 * are the caller's. `currency` is the store's. The body lies in the arena. 0 or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_till_request_command(const struct br_till_request *request, const char *till,
	const char *currency, struct br_arena *arena, struct br_command *ret_command);

/* True for what a till may be called: what a topic and an address may carry. */
bool br_till_name_valid(struct br_str name);

#define BR_TILL_ACTOR_BYTES (sizeof("till/") + BR_WORD_BYTES_MAX)
/* "till/<till>" */
void br_till_actor(const char *till, char ret_actor[BR_TILL_ACTOR_BYTES]);

/* What the reply to a command needs to know of its request. */
struct br_till_asked {
	uint8_t type;
	bool charged; /* `total` is known: every line came with its price */
	uint32_t line_n;
	int64_t total; /* 1/1000 of the currency */
};
struct br_till_asked br_till_request_asked(const struct br_till_request *request);
