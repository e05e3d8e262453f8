/*
 * The keys: one for each person, and the node's own secret. The environment `keys`.
 *
 * What says something of a shopper is kept sealed with a key of that person (person.h). To erase
 * the person is to destroy the key: the journal stays whole, and nobody reads those texts again.
 *
 *	made ─► durable ─► used in the ledger ─► erased there ─► destroyed here
 *
 * A key is durable before the ledger's commit that needs it: br_keys_commit() comes before that
 * commit. A key that nothing uses is harmless, one that is missing is a loss. Destroying comes
 * after the commit that says so, and is not done before the file that had the key is gone: what is
 * left is written into a new file, which takes the old one's place, and the old one is overwritten.
 * How far the journal's erasures are done stands in that same file, so that an interrupted one goes
 * on at the next start.
 *
 * A person may have several keys: whoever was erased and comes again gets a new one. `born` is the
 * journal's last sequence when the key was made; an erasure with a greater one means the key.
 *
 * With a master key (a file that lies elsewhere, or the service manager's credential) the keys are
 * wrapped with AES-256-GCM: then this file alone, or a backup of it, opens nothing.
 *
 * Written by the core thread only; br_keys_get() may be called by any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/limits.h"
#include "node/str.h"

#define BR_KEY_ID_BYTES 8
#define BR_PERSON_KEY_BYTES 32
#define BR_SECRET_BYTES 32
/* A person is 'c' and the customer's id, or 'o' and the order's: person.h. */
#define BR_PERSON_NAME_BYTES_MAX (1 + BR_ID_BYTES_MAX)
#define BR_KEYS_IDENTITY_BYTES 16
#define BR_MASTER_BYTES_MIN 32
#define BR_MASTER_BYTES_MAX 4096

struct br_keys;

struct br_keys_options {
	const char *master; /* path of the master key's file; NULL or "" = keys are not wrapped */
	bool sync_off;	    /* for tests: a crash of the machine may ruin the file */
};

/* One key as it is used. */
struct br_person_key {
	uint64_t id; /* random, never 0 */
	unsigned char bytes[BR_PERSON_KEY_BYTES];
};

/*
 * Opens or creates the environment in the folder `path`; a new one gets its secret. Keys that were
 * not wrapped are, once a master key is given. Errors: those of br_store_open(), BR_E_CRYPTO (the
 * master key is missing, too short, or another one than the keys were wrapped with).
 */
BR_MUST_CHECK int br_keys_open(const char *path, const struct br_keys_options *options,
	struct br_keys **ret_keys, struct br_fault *fault);
void br_keys_close(struct br_keys *keys);
BR_DEFINE_CLEANUP(keys, br_keys_close)

/* True when br_keys_open() had to create it. */
bool br_keys_fresh(const struct br_keys *keys);

/* The key of the hashes of short codes, BR_SECRET_BYTES; as long as the keys are open. */
const unsigned char *br_keys_secret(const struct br_keys *keys);

/*
 * The person's newest key: 0, BR_E_NOT_FOUND, or an error. With `erased` greater than 0 only one
 * that was born since that sequence.
 */
BR_MUST_CHECK int br_keys_find(
	struct br_keys *keys, struct br_str person, uint64_t erased, struct br_person_key *ret_key);

/* Makes one in this turn's transaction. */
BR_MUST_CHECK int br_keys_make(
	struct br_keys *keys, struct br_str person, uint64_t born, struct br_person_key *ret_key);

/* Takes back a key of this turn that nothing needs. */
void br_keys_unmake(struct br_keys *keys, struct br_str person, uint64_t id);

/* Makes this turn's keys durable; 0 when there are none, too. */
BR_MUST_CHECK int br_keys_commit(struct br_keys *keys);

/* Gives up what was made or taken back since, as the ledger gives up its turn. */
void br_keys_abort(struct br_keys *keys);

/* The key with this id, from any thread: 0, BR_E_NOT_FOUND (destroyed), or an error. */
BR_MUST_CHECK int br_keys_get(struct br_keys *keys, uint64_t id, struct br_person_key *ret_key);

/* Random bytes for nonces, for the core thread: 0 or BR_E_CRYPTO. */
BR_MUST_CHECK int br_keys_random(struct br_keys *keys, void *ret_bytes, size_t n);

/* Up to which sequence of the journal the erasures are done. */
uint64_t br_keys_erased(const struct br_keys *keys);

/* A person whose keys are to be destroyed, as far as they were born before the sequence. */
struct br_keys_doomed {
	char person[BR_PERSON_NAME_BYTES_MAX + 1];
	uint64_t sequence;
};

/*
 * Destroys the persons' keys, and notes that the erasures up to `upto` are done. With no persons it
 * only notes it, without writing the file anew. No turn of the keys may be open. After an error the
 * process must end: the erasure goes on at the next start.
 */
BR_MUST_CHECK int br_keys_destroy(struct br_keys *keys, const struct br_keys_doomed *doomed,
	unsigned n, uint64_t upto, struct br_fault *fault);

/*
 * Destroys the keys of all persons whom `known` does not know; *ret_n is how many. For the start:
 * what a crash, or a restore of an older ledger, left without anybody who would ever erase it.
 */
BR_MUST_CHECK int br_keys_sweep(struct br_keys *keys,
	bool (*known)(void *context, struct br_str person), void *context, uint64_t *ret_n,
	struct br_fault *fault);

/* Keys there are. */
uint64_t br_keys_count(struct br_keys *keys);

/*
 * For tests: asked before each step of destroying, by name; its non-zero return happens instead, as
 * if the process had died there. NULL turns it off.
 */
void br_keys_fault_set(
	struct br_keys *keys, int (*fault)(void *context, const char *step), void *context);

/*
 * Opens the environment in the folder `path` for reading only, as it lies there: for a backup, from
 * another process than the daemon's. BR_E_NOT_FOUND when there is none.
 */
struct br_store;
BR_MUST_CHECK int br_keys_look(
	const char *path, struct br_store **ret_store, struct br_fault *fault);

/*
 * What tells these keys from others, however often they were written anew: made with them, and no
 * secret. BR_E_NOT_FOUND when the environment has none.
 */
BR_MUST_CHECK int br_keys_identity(
	struct br_store *store, unsigned char ret_identity[BR_KEYS_IDENTITY_BYTES]);
