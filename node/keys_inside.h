/*
 * What the files of the keys share: the environment's tables and rows, and how a key lies in them.
 * Nobody else includes it, but tests that look at the raw rows.
 */
#pragma once

#include "node/crypto.h"
#include "node/keys.h"
#include "node/mutex.h"
#include "node/record.h"
#include "node/store.h"

#define BR_KEYS_LAYOUT 1
#define BR_KEYS_MAP_BYTES (UINT64_C(1) << 30)
/* How a key is wrapped, the nonce, the key and the tag. */
#define BR_WRAPPED_BYTES_MAX (1 + BR_GCM_NONCE_BYTES + BR_PERSON_KEY_BYTES + BR_GCM_TAG_BYTES)
#define BR_KEYS_RANDOM_BYTES 1024
#define BR_KEYS_MASTER_NAME_BYTES 16

enum br_keys_table {
	BR_KEYS_KEY,	/* id u64 -> key */
	BR_KEYS_PERSON, /* person, born u64, id u64 -> nothing */
	BR_KEYS_SECRET, /* name -> wrapped */
	BR_KEYS_STATE,	/* name -> value */
	BR_KEYS_TABLE_N
};

/* Keys of BR_KEYS_STATE. */
#define BR_KEYS_ERASED BR_STR("erased")	 /* u64: the journal's erasures are done up to it */
#define BR_KEYS_MASTER BR_STR("master")	 /* which master key wraps, absent when none does */
#define BR_KEYS_WHICH BR_STR("identity") /* BR_KEYS_IDENTITY_BYTES */
/* Key of BR_KEYS_SECRET. */
#define BR_KEYS_CODES BR_STR("codes")

struct br_key_row {
	struct br_str person;
	uint64_t born;
	struct br_str wrapped;
};
extern const struct br_shape br_key_row_shape;

struct br_keys {
	struct br_store *store; /* NULL while it is swapped, and after that has failed */
	struct br_txn *txn;	/* of this turn's new keys, NULL when there are none */
	/* Over `store` while it is swapped, and over readers on other threads. */
	struct br_mutex lock;
	char path[4096 - 32];
	bool wraps, sync_off, fresh;
	unsigned char master[BR_GCM_KEY_BYTES];
	unsigned char secret[BR_SECRET_BYTES];
	unsigned char identity[BR_KEYS_IDENTITY_BYTES];
	unsigned char random[BR_KEYS_RANDOM_BYTES]; /* not yet used from `random_at` on */
	size_t random_at;
	uint64_t erased;
	int (*fault)(void *context, const char *step); /* NULL outside tests */
	void *fault_context;
};

/* Opens the environment in `path` into *ret_store. */
BR_MUST_CHECK int br_keys_store_open(const char *path, bool sync_off, bool read_only,
	struct br_store **ret_store, struct br_fault *fault);

/*
 * A key as it lies in the file: plain behind a zero byte, or wrapped; `name` is bound to it. The
 * result points into `room`.
 */
BR_MUST_CHECK int br_keys_wrap(struct br_keys *keys, struct br_str name,
	const unsigned char bytes[BR_PERSON_KEY_BYTES], unsigned char room[BR_WRAPPED_BYTES_MAX],
	struct br_str *ret_wrapped);
BR_MUST_CHECK int br_keys_unwrap(const struct br_keys *keys, struct br_str name,
	struct br_str wrapped, unsigned char ret_bytes[BR_PERSON_KEY_BYTES]);

/* Says which master key wraps, and nothing about it. */
void br_keys_master_name(const struct br_keys *keys, unsigned char ret_name[BR_SHA256_BYTES]);

/* Puts the secret, the identity and the master key's name into a transaction. */
void br_keys_secret_put(struct br_keys *keys, struct br_txn *txn);

/*
 * Writes the environment anew: `keep` says for each key whether it goes on. Returns when the old
 * file is overwritten and gone.
 */
BR_MUST_CHECK int br_keys_rewrite(struct br_keys *keys,
	bool (*keep)(void *context, const struct br_key_row *row), void *context,
	struct br_fault *fault);

/* Removes what an interrupted rewrite left in the folder; before the environment is opened. */
BR_MUST_CHECK int br_keys_rewrite_clear(const char *path, struct br_fault *fault);
