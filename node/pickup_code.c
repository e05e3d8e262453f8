#include "node/pickup_code.h"

#include <string.h>

#include "node/crypto.h"
#include "node/fold.h"
#include "node/keys.h"
#include "node/policy.h"
#include "node/tables.h"

/* Keeps hashes of different things apart, though both come from the same secret. */
#define DOMAIN_CODE 'c'
#define DOMAIN_SURNAME 's'
#define FOLDED_BYTES_MAX (1 + BR_FOLD_WORDS_MAX * (BR_FOLD_WORD_BYTES_MAX + 1))

/* Whose tries a row of BR_TABLE_CODE_TRY counts: first byte of its key. */
enum tried { TRIED_ORDER = 1, TRIED_ACTOR = 2 };

static const struct br_field refused_fields[] = {
	BR_TEXT(br_code_refused, order, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_code_refused, associate, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_code_refused, order_tries, 0, 0),
	BR_U64(br_code_refused, actor_tries, 0, 0),
	BR_TIME(br_code_refused, locked),
};
BR_DEFINE_SHAPE(br_code_refused_shape, br_code_refused, 1, refused_fields);

static const struct br_field try_fields[] = {
	BR_U64(br_code_try, tries, 0, 0),
	BR_TIME(br_code_try, locked),
};
BR_DEFINE_SHAPE(br_code_try_shape, br_code_try, 1, try_fields);

/* With the secret of the keys: neither a journal nor a backup of it alone gives codes away. */
static void hash_make(const unsigned char *secret, const void *bytes, size_t n,
	unsigned char ret_hash[BR_CODE_HASH_BYTES])
{
	unsigned char digest[BR_SHA256_BYTES];

	br_assert(n > 0 && secret != NULL);
	br_hmac_sha256(secret, BR_SECRET_BYTES, bytes, n, digest);
	_Static_assert(BR_CODE_HASH_BYTES <= BR_SHA256_BYTES, "a hash is cut, not stretched");
	memcpy(ret_hash, digest, BR_CODE_HASH_BYTES);
}

/*
 * In capitals, as it is read aloud. The domain byte keeps a code that is also somebody's name
 * from having the name's hash.
 */
void br_pickup_code_hash(
	const unsigned char *secret, struct br_str code, unsigned char ret_hash[BR_CODE_HASH_BYTES])
{
	char bytes[1 + BR_CODE_BYTES_MAX] = {DOMAIN_CODE};

	br_assert(code.n > 0 && code.n <= BR_CODE_BYTES_MAX);
	for (size_t i = 0; i < code.n; i++) {
		char c = code.s[i];

		bytes[1 + i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	hash_make(secret, bytes, 1 + code.n, ret_hash);
}

struct folded {
	char bytes[FOLDED_BYTES_MAX];
	size_t n;
};

static void folded_add(void *context, struct br_str word)
{
	struct folded *folded = context;

	br_assert(folded->n + word.n + 1 <= sizeof(folded->bytes));
	memcpy(folded->bytes + folded->n, word.s, word.n);
	folded->n += word.n;
	folded->bytes[folded->n++] = ' ';
}

/* Folded like search words: who is called Müller may be written MULLER on the card. */
void br_pickup_surname_hash(const unsigned char *secret, struct br_str surname,
	unsigned char ret_hash[BR_CODE_HASH_BYTES])
{
	struct folded folded = {{DOMAIN_SURNAME}, 1};

	br_assert(surname.n <= BR_PERSON_BYTES_MAX);
	br_fold_words(surname, folded_add, &folded);
	hash_make(secret, folded.bytes, folded.n, ret_hash);
}

static struct br_key code_key(const unsigned char hash[BR_CODE_HASH_BYTES])
{
	struct br_key key;

	br_key_init(&key);
	for (unsigned i = 0; i < BR_CODE_HASH_BYTES; i++)
		br_key_add_u8(&key, hash[i]);
	br_assert(key.n == BR_CODE_HASH_BYTES);
	return key;
}

/* By the hash, so that a code alone finds its order without any code being kept in clear. */
void br_pickup_code_put(
	struct br_txn *txn, const unsigned char hash[BR_CODE_HASH_BYTES], struct br_str order)
{
	struct br_key key = code_key(hash);

	br_assert(order.n > 0);
	br_key_add_str(&key, order);
	br_mark_put(txn, BR_TABLE_ORDER_CODE, &key);
}

void br_pickup_code_delete(
	struct br_txn *txn, const unsigned char hash[BR_CODE_HASH_BYTES], struct br_str order)
{
	struct br_key key = code_key(hash);

	br_assert(order.n > 0);
	br_key_add_str(&key, order);
	br_txn_delete(txn, BR_TABLE_ORDER_CODE, br_key_str(&key));
}

/* Takes as long for the first wrong byte as for the last. */
static bool hash_equal(
	const unsigned char a[BR_CODE_HASH_BYTES], const unsigned char b[BR_CODE_HASH_BYTES])
{
	unsigned char different = 0;

	for (unsigned i = 0; i < BR_CODE_HASH_BYTES; i++)
		different |= (unsigned char)(a[i] ^ b[i]);
	return different == 0;
}

int br_pickup_code_find(struct br_decision *decision, struct br_str surname, struct br_str code,
	struct br_str *ret_order)
{
	struct br_txn *txn = decision->txn;
	unsigned char hash[BR_CODE_HASH_BYTES], surname_hash[BR_CODE_HASH_BYTES];
	struct br_str key, value, name;
	struct br_key prefix;
	struct br_scan scan;
	int result = BR_E_NOT_FOUND;

	br_pickup_code_hash(decision->secret, code, hash);
	br_pickup_surname_hash(decision->secret, surname, surname_hash);
	prefix = code_key(hash);
	br_scan_begin(
		&scan, txn, BR_TABLE_ORDER_CODE, br_key_str(&prefix), br_key_str(&prefix), false);
	while (result == BR_E_NOT_FOUND && br_scan_next(&scan, &key, &value)) {
		struct br_order order;

		br_assert(key.n > BR_CODE_HASH_BYTES);
		key = (struct br_str){key.s + BR_CODE_HASH_BYTES, key.n - BR_CODE_HASH_BYTES};
		if (!br_key_take_str(&key, &name) ||
			br_order_get(txn, name, decision->arena, &order) < 0) {
			result = br_txn_fail(txn, BR_E_CORRUPT);
		} else if (hash_equal(order.surname_hash, surname_hash)) {
			*ret_order = order.order;
			result = 0;
		}
	}
	br_scan_end(&scan);
	return br_txn_error(txn) < 0 ? br_txn_error(txn) : result;
}

static struct br_key try_key(enum tried tried, struct br_str name)
{
	struct br_key key;

	br_key_init(&key);
	br_key_add_u8(&key, (uint8_t)tried);
	br_key_add_str(&key, name);
	return key;
}

/*
 * A lock that is over begins a new count; so does one that is longer than any lock can be, because
 * the clock was set back since.
 */
static struct br_code_try try_get(
	struct br_txn *txn, enum tried tried, struct br_str name, int64_t now_ms)
{
	int64_t longest_ms = BR_CODE_LOCK_MINUTES_MAX * INT64_C(60000);
	struct br_key key = try_key(tried, name);
	struct br_code_try row = {.tries = 0};

	if (br_row_get(txn, BR_TABLE_CODE_TRY, br_key_str(&key), &br_code_try_shape, NULL, &row) <
			0 ||
		(row.locked > 0 && (row.locked <= now_ms || row.locked > now_ms + longest_ms)))
		return (struct br_code_try){.tries = 0};
	br_assert(row.tries > 0);
	return row;
}

static void try_put(
	struct br_txn *txn, enum tried tried, struct br_str name, uint64_t tries, int64_t locked_ms)
{
	struct br_key key = try_key(tried, name);
	struct br_code_try row = {.tries = tries, .locked = locked_ms};

	br_assert(tries > 0);
	br_row_put(txn, BR_TABLE_CODE_TRY, br_key_str(&key), &br_code_try_shape, &row);
}

static int try_refuse(struct br_decision *decision, const struct br_order *order,
	struct br_str associate, const struct br_code_try *by_order,
	const struct br_code_try *by_actor)
{
	struct br_policy policy = br_policy_get(decision->txn);
	struct br_code_refused refused = {
		.order = order != NULL ? order->order : (struct br_str){NULL, 0},
		.associate = associate,
		.order_tries = order != NULL ? by_order->tries + 1 : 0,
		.actor_tries = by_actor->tries + 1,
	};
	/*
	 * Counted twice: by order against who guesses one order's code, by who asks against who
	 * tries one code on all of them.
	 */
	bool locks = refused.order_tries >= policy.code_tries ||
		     refused.actor_tries >= policy.code_tries;

	br_assert(policy.code_tries > 0);
	if (locks)
		refused.locked = decision->command->now_ms +
				 (int64_t)policy.code_lock_minutes * INT64_C(60000);
	/* The refusal leaves its event, or a wrong code could be tried again and again. */
	br_decision_emit(decision, BR_EVENT_ORDER_CODE_REFUSED, &refused);
	(void)br_decision_refuse(decision, BR_REFUSAL_WRONG_CODE, "code: is not right%s",
		locks ? ", and there were too many wrong ones: wait, or ask for another proof"
		      : "");
	return BR_DECIDED_NO_BUT;
}

int br_pickup_code_check(struct br_decision *decision, const struct br_order *order,
	struct br_str associate, struct br_str code)
{
	int64_t now_ms = decision->command->now_ms;
	struct br_code_try by_actor =
		try_get(decision->txn, TRIED_ACTOR, decision->command->actor, now_ms);
	struct br_code_try by_order = {.tries = 0};
	unsigned char hash[BR_CODE_HASH_BYTES];

	br_assert(code.n > 0);
	if (order != NULL)
		by_order = try_get(decision->txn, TRIED_ORDER, order->order, now_ms);
	if (by_actor.locked > 0 || by_order.locked > 0)
		return br_decision_refuse(decision, BR_REFUSAL_LOCKED,
			"code: too many wrong ones, locked for the next %lld minutes",
			(long long)(((by_actor.locked > by_order.locked ? by_actor.locked
									: by_order.locked) -
					    now_ms + 59999) /
				    60000));
	br_pickup_code_hash(decision->secret, code, hash);
	if (order != NULL && hash_equal(hash, order->code_hash))
		return 0;
	return try_refuse(decision, order, associate, &by_order, &by_actor);
}

void br_pickup_code_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_code_refused *refused = event->body;

	br_assert(refused->actor_tries > 0);
	try_put(txn, TRIED_ACTOR, event->actor, refused->actor_tries, refused->locked);
	if (refused->order.n > 0)
		try_put(txn, TRIED_ORDER, refused->order, refused->order_tries, refused->locked);
}

void br_pickup_code_used(struct br_txn *txn, struct br_str order, struct br_str actor)
{
	struct br_key by_order = try_key(TRIED_ORDER, order);
	struct br_key by_actor = try_key(TRIED_ACTOR, actor);

	br_assert(order.n > 0);
	br_txn_delete(txn, BR_TABLE_CODE_TRY, br_key_str(&by_order));
	br_txn_delete(txn, BR_TABLE_CODE_TRY, br_key_str(&by_actor));
}
