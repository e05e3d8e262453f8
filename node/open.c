#include "node/open.h"

#include "node/tables.h"

static struct br_key open_key(enum br_noun noun)
{
	struct br_key key;

	br_assert(noun >= BR_NOUN_PRODUCT && noun < BR_NOUN_END);
	br_key_init(&key);
	br_key_add_u8(&key, (uint8_t)noun);
	return key;
}

void br_open_set(struct br_txn *txn, enum br_noun noun, struct br_str name, bool open)
{
	struct br_key key = open_key(noun);

	br_assert(name.n > 0);
	br_key_add_str(&key, name);
	if (open)
		br_mark_put(txn, BR_TABLE_OPEN, &key);
	else
		br_txn_delete(txn, BR_TABLE_OPEN, br_key_str(&key));
}

void br_open_walk(struct br_txn *txn, enum br_noun noun,
	bool (*visit)(void *context, struct br_str key), void *context)
{
	struct br_key prefix = open_key(noun);
	struct br_str key, value, name;
	struct br_scan scan;
	bool more = true;

	br_assert(visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_OPEN, br_key_str(&prefix), br_key_str(&prefix), false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_str rest = {key.s + prefix.n, key.n - prefix.n};

		if (br_key_take_str(&rest, &name))
			more = visit(context, name);
		else
			(void)br_txn_fail(txn, BR_E_CORRUPT);
	}
	br_scan_end(&scan);
}
