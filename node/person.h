/*
 * Persons: whose a text is, and how it is sealed and opened.
 *
 * A person is a customer whom the central system knows, or, when an order names none, whoever that
 * order is for. Each has a key of their own (keys.h). What is said of somebody in words that name
 * no order, such as a task's, is sealed with a key of the day that it was said on.
 *
 * The fields that say something of a shopper are marked in the shapes (BR_PERSONAL): the core seals
 * them before it decides, so that nothing behind it, the journal, the views, the command table,
 * backups and the feed, ever has them plain; they are opened where a person or the central system
 * reads JSON (br_json_out_personal).
 *
 *	command ─► core: seal ─► decide ─► journal, views ─► JSON: open ─► dashboard, till, HQ
 *	                 └ key of the person, made when first needed
 *
 * A sealed text is a mark, the key's id, a nonce, the ciphertext and a tag: AES-256-GCM, NIST SP
 * 800-38D. Bound to it are the key's id, which is one person's, and the field's name: a text that
 * is put into another field does not open, and under another key even less. Nothing tells what was
 * in it but its length.
 *
 *	0x01 | id 8 | nonce 12 | ciphertext n | tag 16
 */
#pragma once

#include "node/json_out.h"
#include "node/keys.h"
#include "node/limits.h"
#include "node/record.h"
#include "node/store.h"

/* What a person's name begins with. */
#define BR_PERSON_CUSTOMER 'c'
#define BR_PERSON_ORDER 'o'
#define BR_PERSON_DAY 'd'

struct br_person {
	char name[BR_PERSON_NAME_BYTES_MAX + 1]; /* empty: nobody is known */
};

/* Beside a customer whom an order names. */
struct br_person br_person_of_customer(struct br_str customer);
/* Whose an order is that names no customer; `order` is the first of those it was split from. */
struct br_person br_person_of_order(struct br_str order);

/* All those who are spoken of on a day, in UTC. */
struct br_person br_person_of_day(int64_t unix_ms);

/*
 * Whose the personal texts of a command are, by its member `customer`, else by the order that its
 * member `order` names; nobody when that order is not there and the command does not make it. The
 * day's when it has no such members.
 */
struct br_command;
struct br_person br_person_of_command(
	struct br_txn *txn, const struct br_command *command, struct br_arena *arena);

/* The same of an order that is there. */
struct br_order;
struct br_person br_person_of_order_row(
	struct br_txn *txn, const struct br_order *order, struct br_arena *arena);

/* Seals one text into the arena: 0, BR_E_MEMORY or BR_E_CRYPTO. */
BR_MUST_CHECK int br_person_seal(struct br_keys *keys, const struct br_person_key *key,
	const char *field, struct br_str plain, struct br_arena *arena, struct br_str *ret_sealed);

/*
 * Appends the plain text of a sealed one: 0, BR_E_NOT_FOUND (erased), BR_E_CORRUPT (not what was
 * sealed), or an error of the keys. Total: any bytes may come. From any thread.
 */
BR_MUST_CHECK int br_person_open(
	struct br_keys *keys, struct br_str sealed, const char *field, struct br_text *text);

/* For JSON whose reader may see what persons said; holds as long as the keys. */
struct br_opener br_person_opener(struct br_keys *keys);
