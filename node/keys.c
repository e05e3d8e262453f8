#include "node/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys_inside.h"

/* First byte of a key in the file. */
enum wrapping { WRAPPING_NONE, WRAPPING_GCM };

static const char *const table_names[BR_KEYS_TABLE_N] = {
	[BR_KEYS_KEY] = "key",
	[BR_KEYS_PERSON] = "person",
	[BR_KEYS_SECRET] = "secret",
	[BR_KEYS_STATE] = "state",
};

static const struct br_field key_row_fields[] = {
	BR_TEXT(br_key_row, person, 1, BR_PERSON_NAME_BYTES_MAX),
	BR_U64(br_key_row, born, 0, 0),
	BR_TEXT(br_key_row, wrapped, 1, BR_WRAPPED_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_key_row_shape, br_key_row, 1, key_row_fields);

int br_keys_store_open(const char *path, bool sync_off, bool read_only, struct br_store **ret_store,
	struct br_fault *fault)
{
	struct br_store_options options = {
		.tables = table_names,
		.table_n = BR_KEYS_TABLE_N,
		.map_bytes = BR_KEYS_MAP_BYTES,
		.sync_off = sync_off,
		.read_only = read_only,
		.layout = BR_KEYS_LAYOUT,
	};

	br_assert(path[0] != '\0');
	return br_store_open(path, &options, ret_store, fault);
}

/* What a wrapped key is bound to: a key that was moved to another id opens nothing. */
static struct br_str id_name(const struct br_key *key)
{
	br_assert(key->n == BR_KEY_ID_BYTES);
	return br_key_str(key);
}

int br_keys_random(struct br_keys *keys, void *ret_bytes, size_t n)
{
	br_assert(n > 0 && n <= BR_KEYS_RANDOM_BYTES);
	/* Seeding the generator costs more than all the bytes it gives: they are made in advance.
	 */
	if (n > BR_KEYS_RANDOM_BYTES - keys->random_at) {
		int result = br_random(keys->random, sizeof(keys->random));

		if (result < 0)
			return result;
		keys->random_at = 0;
	}
	memcpy(ret_bytes, keys->random + keys->random_at, n);
	/* A key that was handed out must not stay here. */
	br_wipe(keys->random + keys->random_at, n);
	keys->random_at += n;
	return 0;
}

int br_keys_wrap(struct br_keys *keys, struct br_str name,
	const unsigned char bytes[BR_PERSON_KEY_BYTES], unsigned char room[BR_WRAPPED_BYTES_MAX],
	struct br_str *ret_wrapped)
{
	struct br_gcm_bound bound = {name.s, name.n};
	unsigned char *nonce = room + 1, *sealed = nonce + BR_GCM_NONCE_BYTES;
	int result;

	br_assert(name.n > 0);
	if (!keys->wraps) {
		room[0] = WRAPPING_NONE;
		memcpy(room + 1, bytes, BR_PERSON_KEY_BYTES);
		*ret_wrapped = (struct br_str){(char *)room, 1 + BR_PERSON_KEY_BYTES};
		return 0;
	}
	room[0] = WRAPPING_GCM;
	result = br_keys_random(keys, nonce, BR_GCM_NONCE_BYTES);
	if (result < 0)
		return result;
	br_gcm_seal(keys->master, nonce, bound, bytes, BR_PERSON_KEY_BYTES, sealed,
		sealed + BR_PERSON_KEY_BYTES);
	*ret_wrapped = (struct br_str){(char *)room, BR_WRAPPED_BYTES_MAX};
	return 0;
}

/* Total: what is no wrapped key is BR_E_CORRUPT. */
int br_keys_unwrap(const struct br_keys *keys, struct br_str name, struct br_str wrapped,
	unsigned char ret_bytes[BR_PERSON_KEY_BYTES])
{
	const unsigned char *bytes = (const unsigned char *)wrapped.s;
	const unsigned char *sealed = bytes + 1 + BR_GCM_NONCE_BYTES;

	br_assert(name.n > 0 && wrapped.n > 0);
	if (bytes[0] == WRAPPING_NONE && wrapped.n == 1 + BR_PERSON_KEY_BYTES) {
		memcpy(ret_bytes, bytes + 1, BR_PERSON_KEY_BYTES);
		return 0;
	}
	if (bytes[0] != WRAPPING_GCM || wrapped.n != BR_WRAPPED_BYTES_MAX)
		return BR_E_CORRUPT;
	if (!keys->wraps)
		return BR_E_CRYPTO;
	return br_gcm_open(keys->master, bytes + 1, (struct br_gcm_bound){name.s, name.n}, sealed,
		BR_PERSON_KEY_BYTES, sealed + BR_PERSON_KEY_BYTES, ret_bytes);
}

/* Begins this turn's transaction when there is none. */
static int turn_begin(struct br_keys *keys)
{
	br_assert(keys->store != NULL);
	return keys->txn != NULL ? 0 : br_txn_begin(keys->store, true, &keys->txn);
}

/* Reads a key inside a transaction: 0, BR_E_NOT_FOUND or an error. */
static int key_read(
	const struct br_keys *keys, struct br_txn *txn, uint64_t id, struct br_person_key *ret_key)
{
	struct br_key key = br_key_of_u64(id);
	struct br_person_key found = {.id = id};
	struct br_key_row row;
	struct br_str bytes;
	int result = br_txn_get(txn, BR_KEYS_KEY, br_key_str(&key), &bytes);

	if (result == 0)
		result = br_record_decode(&br_key_row_shape, bytes, NULL, &row);
	if (result == 0 && row.wrapped.n == 0)
		result = BR_E_CORRUPT;
	if (result == 0)
		result = br_keys_unwrap(keys, id_name(&key), row.wrapped, found.bytes);
	if (result == 0)
		*ret_key = found;
	br_wipe(&found, sizeof(found));
	return result;
}

int br_keys_get(struct br_keys *keys, uint64_t id, struct br_person_key *ret_key)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = BR_E_IO;

	/* Held for one look, so that no reader is left when the file is swapped. */
	br_mutex_lock(&keys->lock);
	if (keys->store != NULL)
		result = br_txn_begin(keys->store, false, &txn);
	if (result == 0)
		result = key_read(keys, txn, id, ret_key);
	br_txn_abort(BR_TAKE(txn));
	br_mutex_unlock(&keys->lock);
	br_assert(result <= 0);
	return result;
}

/* The newest key's id and birth: 0, BR_E_NOT_FOUND or an error. */
static int newest_find(
	struct br_txn *txn, struct br_str person, uint64_t *ret_born, uint64_t *ret_id)
{
	struct br_key prefix = br_key_of_str(person), from = prefix;
	struct br_str key, value, name;
	struct br_scan scan;
	int result = BR_E_NOT_FOUND;

	br_assert(person.n > 0 && person.n <= BR_PERSON_NAME_BYTES_MAX);
	br_key_add_u64(&from, UINT64_MAX);
	br_key_add_u64(&from, UINT64_MAX);
	br_scan_begin(&scan, txn, BR_KEYS_PERSON, br_key_str(&prefix), br_key_str(&from), true);
	if (br_scan_next(&scan, &key, &value))
		result = br_key_take_str(&key, &name) && br_key_take_u64(&key, ret_born) &&
					 br_key_take_u64(&key, ret_id)
				 ? 0
				 : BR_E_CORRUPT;
	br_scan_end(&scan);
	return result;
}

/* Through the open turn, so that two commands of one turn share the key that the first made. */
int br_keys_find(
	struct br_keys *keys, struct br_str person, uint64_t erased, struct br_person_key *ret_key)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *read = NULL;
	uint64_t born = 0, id = 0;
	int result = 0;

	br_assert(keys->store != NULL);
	if (keys->txn == NULL)
		result = br_txn_begin(keys->store, false, &read);
	if (result == 0)
		result = newest_find(keys->txn != NULL ? keys->txn : read, person, &born, &id);
	if (result == 0 && born < erased)
		result = BR_E_NOT_FOUND;
	if (result == 0)
		result = key_read(keys, keys->txn != NULL ? keys->txn : read, id, ret_key);
	return result;
}

static struct br_key person_key(struct br_str person, uint64_t born, uint64_t id)
{
	struct br_key key = br_key_of_str(person);

	br_assert(id > 0);
	br_key_add_u64(&key, born);
	br_key_add_u64(&key, id);
	return key;
}

/* Both tables in one transaction: a key that no person leads to could never be destroyed. */
static void key_put(struct br_txn *txn, uint64_t id, const struct br_key_row *row)
{
	struct br_key key = br_key_of_u64(id), by_person = person_key(row->person, row->born, id);
	struct br_text text;

	br_assert(row->person.n > 0 && row->wrapped.n > 0);
	br_text_init(&text, BR_RECORD_BYTES_MAX);
	br_record_encode(&br_key_row_shape, row, &text);
	if (br_text_error(&text) != 0)
		(void)br_txn_fail(txn, br_text_error(&text));
	else
		br_txn_put(txn, BR_KEYS_KEY, br_key_str(&key), br_text_str(&text));
	br_txn_put(txn, BR_KEYS_PERSON, br_key_str(&by_person), (struct br_str){"", 0});
	br_wipe(text.bytes, text.n);
	br_text_finish(&text);
}

/* An id is random and not counted up: a backup that was put back must not give one out again. */
int br_keys_make(
	struct br_keys *keys, struct br_str person, uint64_t born, struct br_person_key *ret_key)
{
	unsigned char room[BR_WRAPPED_BYTES_MAX];
	struct br_key_row row = {.person = person, .born = born};
	struct br_person_key made;
	struct br_key key;
	struct br_txn *txn;
	int result = turn_begin(keys);

	if (result < 0)
		return result;
	txn = keys->txn;
	br_assert(person.n > 0 && person.n <= BR_PERSON_NAME_BYTES_MAX);
	do {
		result = br_keys_random(keys, &made.id, sizeof(made.id));
		key = br_key_of_u64(made.id);
	} while (result == 0 && (made.id == 0 || br_txn_has(txn, BR_KEYS_KEY, br_key_str(&key))));
	if (result == 0)
		result = br_keys_random(keys, made.bytes, sizeof(made.bytes));
	if (result == 0)
		result = br_keys_wrap(keys, id_name(&key), made.bytes, room, &row.wrapped);
	if (result < 0)
		return br_txn_fail(txn, result);
	key_put(txn, made.id, &row);
	br_wipe(room, sizeof(room));
	*ret_key = made;
	br_wipe(&made, sizeof(made));
	return br_txn_error(txn);
}

/*
 * Inside the turn that made it nobody can have read it, and it never reaches the file: so this is
 * no erasure, and needs no new file.
 */
void br_keys_unmake(struct br_keys *keys, struct br_str person, uint64_t id)
{
	struct br_key key = br_key_of_u64(id), by_person;
	struct br_key_row row;
	struct br_str bytes;

	br_assert(keys->txn != NULL && person.n > 0);
	if (br_txn_get(keys->txn, BR_KEYS_KEY, br_key_str(&key), &bytes) < 0 ||
		br_record_decode(&br_key_row_shape, bytes, NULL, &row) < 0) {
		(void)br_txn_fail(keys->txn, BR_E_CORRUPT);
		return;
	}
	by_person = person_key(person, row.born, id);
	br_txn_delete(keys->txn, BR_KEYS_KEY, br_key_str(&key));
	br_txn_delete(keys->txn, BR_KEYS_PERSON, br_key_str(&by_person));
}

int br_keys_commit(struct br_keys *keys)
{
	/* One commit for all keys of a turn, as the ledger has one for all its commands. */
	return keys->txn == NULL ? 0 : br_txn_commit(BR_TAKE(keys->txn));
}

void br_keys_abort(struct br_keys *keys)
{
	/* After a destruction that failed there may be no store, and then nothing is open. */
	br_assert(keys->txn == NULL || keys->store != NULL);
	br_txn_abort(BR_TAKE(keys->txn));
}

uint64_t br_keys_erased(const struct br_keys *keys)
{
	br_assert(keys != NULL);
	return keys->erased;
}

const unsigned char *br_keys_secret(const struct br_keys *keys)
{
	br_assert(keys != NULL);
	return keys->secret;
}

bool br_keys_fresh(const struct br_keys *keys)
{
	br_assert(keys != NULL);
	return keys->fresh;
}

uint64_t br_keys_count(struct br_keys *keys)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	br_assert(keys->store != NULL && keys->txn == NULL);
	return br_txn_begin(keys->store, false, &txn) < 0 ? 0 : br_txn_count(txn, BR_KEYS_KEY);
}

void br_keys_fault_set(
	struct br_keys *keys, int (*fault)(void *context, const char *step), void *context)
{
	keys->fault = fault;
	keys->fault_context = context;
}

/* As it lies there: whoever copies wrapped keys needs no master key for it. */
int br_keys_look(const char *path, struct br_store **ret_store, struct br_fault *fault)
{
	br_assert(path[0] != '\0');
	return br_keys_store_open(path, false, true, ret_store, fault);
}

int br_keys_identity(struct br_store *store, unsigned char ret_identity[BR_KEYS_IDENTITY_BYTES])
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str value;
	int result = br_txn_begin(store, false, &txn);

	if (result == 0)
		result = br_txn_get(txn, BR_KEYS_STATE, BR_KEYS_WHICH, &value);
	if (result == 0 && value.n != BR_KEYS_IDENTITY_BYTES)
		result = BR_E_CORRUPT;
	if (result == 0)
		memcpy(ret_identity, value.s, BR_KEYS_IDENTITY_BYTES);
	br_assert(result <= 0);
	return result;
}
