/*
 * Discretion: what the core does with a command that says something of a shopper, before anything
 * of it is kept.
 *
 *	seen before?	the hash of its body leaves personal and secret fields out
 *	seal		the personal fields, with the person's key, made when there is none
 *	decide		sees sealed texts
 *	print		is kept with the answer; a command without events leaves no key behind
 *
 * The print compares what the hash leaves out. It is keyed with the person's own key: when that is
 * destroyed, it tells nothing any more either.
 *
 * Secret fields (a pick-up code, a surname) reach decide() as they are, because it keeps hashes of
 * them only; beside that they are nowhere.
 */
#pragma once

#include "node/command.h"
#include "node/person.h"

/* The id of the key, 0 for the node's secret, and a keyed hash cut to 128 bits. */
#define BR_PRINT_HASH_BYTES 16
#define BR_PRINT_BYTES (BR_KEY_ID_BYTES + BR_PRINT_HASH_BYTES)

struct br_discreet {
	const void *body; /* sealed */
	struct br_person person;
	struct br_person_key key; /* id 0: nobody's, and nothing is sealed */
	bool made;		  /* the key was, for this command */
	unsigned char print[BR_PRINT_BYTES];
	size_t print_n; /* 0 when the command says nothing that needs discretion */
};

/* The same command has the same hash, however its JSON was written and whoever it speaks of. */
BR_MUST_CHECK int br_discretion_hash(const struct br_command *command, struct br_arena *arena,
	unsigned char ret_hash[BR_BODY_HASH_BYTES]);

/*
 * May this be the command whose print was kept? 1, also when the print's key is destroyed; 0 when
 * it says something else; or an error of the keys.
 */
BR_MUST_CHECK int br_discretion_same(
	struct br_keys *keys, const struct br_command *command, struct br_str print);

/*
 * Seals the command's personal fields. `erased` is the sequence by which its person was erased in
 * this turn, found by `erased_of`; a new key is born at `born`. Personal fields of nobody known are
 * left out: such a command is refused.
 */
struct br_discretion_world {
	struct br_keys *keys;
	struct br_txn *txn;
	struct br_arena *arena;
	uint64_t born;
	uint64_t (*erased_of)(void *context, const char *person);
	void *context;
};
BR_MUST_CHECK int br_discretion_seal(const struct br_discretion_world *world,
	const struct br_command *command, struct br_discreet *ret_discretion);

/*
 * Behind the decision: makes the print, and takes back a key that nothing needs, because nothing of
 * the command was kept in an event.
 */
BR_MUST_CHECK int br_discretion_end(const struct br_discretion_world *world,
	const struct br_command *command, bool kept, struct br_discreet *discretion);
