/* Opening the keys: the master key, the secret, and wrapping what was not wrapped. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys_inside.h"

#define MASTER_PURPOSE "backroom keys 1"
#define MASTER_NAME_PURPOSE "backroom master name"

static int master_fault(struct br_fault *fault, const char *path, const char *what)
{
	br_assert(what[0] != '\0');
	return br_fault_set(fault, BR_E_CRYPTO, "%s: %s", path, what);
}

/*
 * A key that others on the machine can read would protect nothing while it seems to: that is
 * refused.
 */
static int master_read(
	const char *path, unsigned char ret_master[BR_GCM_KEY_BYTES], struct br_fault *fault)
{
	unsigned char bytes[BR_MASTER_BYTES_MAX + 1];
	struct stat file;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return master_fault(fault, path, strerror(errno));
	n = fstat(fd, &file) == 0 ? read(fd, bytes, sizeof(bytes)) : -1;
	(void)close(fd);
	if (n < 0)
		return master_fault(fault, path, "cannot be read");
	br_assert((size_t)n <= sizeof(bytes));
	if ((file.st_mode & 077) != 0)
		return master_fault(fault, path,
			"others than its owner may read it: chmod 0600, or the keys are not "
			"protected by it");
	if (n < BR_MASTER_BYTES_MIN || n > BR_MASTER_BYTES_MAX)
		return master_fault(fault, path,
			"a master key has 32 to 4,096 bytes, such as those of `head -c 32 "
			"/dev/urandom`");
	br_hmac_sha256(bytes, (size_t)n, MASTER_PURPOSE, strlen(MASTER_PURPOSE), ret_master);
	br_wipe(bytes, sizeof(bytes));
	return 0;
}

void br_keys_master_name(const struct br_keys *keys, unsigned char ret_name[BR_SHA256_BYTES])
{
	br_assert(keys->wraps);
	br_hmac_sha256(keys->master, sizeof(keys->master), MASTER_NAME_PURPOSE,
		strlen(MASTER_NAME_PURPOSE), ret_name);
}

void br_keys_secret_put(struct br_keys *keys, struct br_txn *txn)
{
	unsigned char room[BR_WRAPPED_BYTES_MAX], name[BR_SHA256_BYTES];
	struct br_str wrapped;
	int result = br_keys_wrap(keys, BR_KEYS_CODES, keys->secret, room, &wrapped);

	_Static_assert(BR_SECRET_BYTES == BR_PERSON_KEY_BYTES, "the secret is wrapped as keys are");
	if (result < 0)
		(void)br_txn_fail(txn, result);
	else
		br_txn_put(txn, BR_KEYS_SECRET, BR_KEYS_CODES, wrapped);
	br_wipe(room, sizeof(room));
	br_txn_put(txn, BR_KEYS_STATE, BR_KEYS_WHICH,
		(struct br_str){(char *)keys->identity, sizeof(keys->identity)});
	if (!keys->wraps)
		return;
	br_keys_master_name(keys, name);
	br_txn_put(txn, BR_KEYS_STATE, BR_KEYS_MASTER,
		(struct br_str){(char *)name, BR_KEYS_MASTER_NAME_BYTES});
}

/* Once in the life of a node: what was hashed with it could never be compared again. */
static int secret_make(struct br_keys *keys, struct br_fault *fault)
{
	struct br_txn *txn;
	int result = br_keys_random(keys, keys->secret, sizeof(keys->secret));

	br_assert(keys->store != NULL);
	if (result == 0)
		result = br_keys_random(keys, keys->identity, sizeof(keys->identity));
	if (result == 0)
		result = br_txn_begin(keys->store, true, &txn);
	if (result < 0)
		return br_fault_set(fault, result, "the secret cannot be made");
	br_keys_secret_put(keys, txn);
	result = br_txn_commit(txn);
	keys->fresh = true;
	return result < 0 ? br_fault_set(fault, result, "the secret cannot be kept") : 0;
}

static bool all_keep(void *context BR_UNUSED, const struct br_key_row *row)
{
	return row->person.n > 0;
}

/*
 * 1 when the keys are wrapped as they are to be, 0 when they are still to be wrapped, or an error:
 * going on with keys that do not open would make new ones beside them.
 */
static int master_check(struct br_keys *keys, struct br_txn *txn, struct br_fault *fault)
{
	unsigned char name[BR_SHA256_BYTES];
	struct br_str kept;
	int result = br_txn_get(txn, BR_KEYS_STATE, BR_KEYS_MASTER, &kept);

	br_assert(keys->store != NULL);
	if (result == BR_E_NOT_FOUND)
		return keys->wraps ? 0 : 1;
	if (result < 0)
		return br_fault_set(fault, result, "the keys cannot be read");
	if (!keys->wraps)
		return br_fault_set(fault, BR_E_CRYPTO,
			"the keys are wrapped with a master key and none is given: set [store] "
			"master_key, or give the service its credential");
	br_keys_master_name(keys, name);
	if (kept.n != BR_KEYS_MASTER_NAME_BYTES ||
		memcmp(kept.s, name, BR_KEYS_MASTER_NAME_BYTES) != 0)
		return br_fault_set(fault, BR_E_CRYPTO,
			"the keys are wrapped with another master key than the one that is given");
	return 1;
}

/* Reads the secret and the mark of the erasures; as master_check(). */
static int state_load(struct br_keys *keys, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str value;
	int result = br_txn_begin(keys->store, false, &txn), wrapped;

	if (result < 0)
		return br_fault_set(fault, result, "the keys cannot be read");
	result = br_txn_get(txn, BR_KEYS_SECRET, BR_KEYS_CODES, &value);
	if (result == BR_E_NOT_FOUND)
		return result;
	wrapped = result < 0 ? result : master_check(keys, txn, fault);
	if (wrapped < 0)
		return wrapped;
	result = value.n == 0 ? BR_E_CORRUPT
			      : br_keys_unwrap(keys, BR_KEYS_CODES, value, keys->secret);
	if (result == 0 && br_txn_get(txn, BR_KEYS_STATE, BR_KEYS_ERASED, &value) == 0 &&
		!br_key_take_u64(&value, &keys->erased))
		result = BR_E_CORRUPT;
	return result < 0 ? br_fault_set(fault, result, "the node's secret is damaged") : wrapped;
}

/* A new environment has no secret yet: that is how it is known. */
static int keys_load(struct br_keys *keys, struct br_fault *fault)
{
	int result = state_load(keys, fault);

	br_assert(keys->txn == NULL);
	if (result == BR_E_NOT_FOUND)
		return secret_make(keys, fault);
	if (result >= 0 && br_keys_identity(keys->store, keys->identity) < 0)
		return br_fault_set(fault, BR_E_CORRUPT, "the keys' identity is damaged");
	/* Into a new file, so that nothing stays plain in the old one. */
	return result == 0 ? br_keys_rewrite(keys, all_keep, NULL, fault) : result > 0 ? 0 : result;
}

int br_keys_open(const char *path, const struct br_keys_options *options, struct br_keys **ret_keys,
	struct br_fault *fault)
{
	BR_CLEANUP(br_keys_cleanup) struct br_keys *keys = calloc(1, sizeof(*keys));
	int result = 0;

	br_assert(path[0] != '\0');
	if (keys == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	br_mutex_init(&keys->lock);
	keys->random_at = sizeof(keys->random);
	keys->sync_off = options->sync_off;
	if (!br_str_copy(br_str_from(path), keys->path, sizeof(keys->path)))
		return br_fault_set(fault, BR_E_INVALID, "the path is over 4,000 bytes");
	keys->wraps = options->master != NULL && options->master[0] != '\0';
	if (keys->wraps)
		result = master_read(options->master, keys->master, fault);
	if (result == 0)
		result = br_keys_rewrite_clear(path, fault);
	if (result == 0)
		result = br_keys_store_open(path, keys->sync_off, false, &keys->store, fault);
	if (result == 0)
		result = keys_load(keys, fault);
	if (result == 0)
		*ret_keys = BR_TAKE(keys);
	return result;
}

/* Wiped before the memory is given back: what was open in it must not be found later. */
void br_keys_close(struct br_keys *keys)
{
	if (keys == NULL)
		return;
	br_txn_abort(keys->txn);
	br_store_close(keys->store);
	br_mutex_finish(&keys->lock);
	br_wipe(keys, sizeof(*keys));
	free(keys);
}
