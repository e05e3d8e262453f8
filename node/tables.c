#include "node/tables.h"

#include <string.h>

#include "node/limits.h"

const char *const br_table_names[BR_TABLE_N] = {
	[BR_TABLE_JOURNAL] = "journal",
	[BR_TABLE_SEAL] = "seal",
	[BR_TABLE_STATE] = "state",
	[BR_TABLE_COMMAND] = "command",
	[BR_TABLE_CURSOR] = "cursor",
	[BR_TABLE_INBOX] = "inbox",
	[BR_TABLE_PRODUCT] = "product",
	[BR_TABLE_BARCODE] = "barcode",
	[BR_TABLE_BARCODE_OWN] = "barcode_own",
	[BR_TABLE_BARCODE_RULE] = "barcode_rule",
	[BR_TABLE_PRICE] = "price",
	[BR_TABLE_TIMER] = "timer",
	[BR_TABLE_POLICY] = "policy",
	[BR_TABLE_STOCK] = "stock",
	[BR_TABLE_LOT] = "lot",
	[BR_TABLE_LOT_EXPIRY] = "lot_expiry",
	[BR_TABLE_DELIVERY] = "delivery",
	[BR_TABLE_DELIVERY_LINE] = "delivery_line",
	[BR_TABLE_TRANSFER] = "transfer",
	[BR_TABLE_TRANSFER_LINE] = "transfer_line",
	[BR_TABLE_COUNT] = "count",
	[BR_TABLE_COUNT_LINE] = "count_line",
	[BR_TABLE_OPEN] = "open",
	[BR_TABLE_STOCK_POLICY] = "stock_policy",
	[BR_TABLE_HISTORY] = "history",
	[BR_TABLE_ORDER] = "order",
	[BR_TABLE_ORDER_LINE] = "order_line",
	[BR_TABLE_ORDER_OPEN] = "order_open",
	[BR_TABLE_ORDER_CODE] = "order_code",
	[BR_TABLE_CODE_TRY] = "code_try",
	[BR_TABLE_RESERVATION] = "reservation",
	[BR_TABLE_PICK_LIST] = "pick_list",
	[BR_TABLE_PICK_LIST_ORDER] = "pick_list_order",
	[BR_TABLE_LABEL] = "label",
	[BR_TABLE_LABEL_SKU] = "label_sku",
	[BR_TABLE_DEVICE] = "device",
	[BR_TABLE_ALARM] = "alarm",
	[BR_TABLE_TASK] = "task",
	[BR_TABLE_TILL_DAY] = "till_day",
	[BR_TABLE_SALE_BACK] = "sale_back",
	[BR_TABLE_PARKED] = "parked",
	[BR_TABLE_PARKED_LINE] = "parked_line",
	[BR_TABLE_BREACH] = "breach",
	[BR_TABLE_CONFLICT] = "conflict",
	[BR_TABLE_CUSTOMER] = "customer",
	[BR_TABLE_PERSON] = "person",
	[BR_TABLE_PERSON_ORDER] = "person_order",
	[BR_TABLE_RECONCILE] = "reconcile",
	[BR_TABLE_HOLE] = "hole",
	[BR_TABLE_RIGHTS] = "rights",
	[BR_TABLE_RIGHTS_SWEEP] = "rights_sweep",
	[BR_TABLE_SUMMARY] = "summary",
	[BR_TABLE_QUARANTINE] = "quarantine",
	[BR_TABLE_LABEL_DESIGN] = "label_design",
};

struct br_store_options br_ledger_options(bool read_only)
{
	return (struct br_store_options){
		.tables = br_table_names,
		.table_n = BR_TABLE_N,
		.map_bytes = BR_LEDGER_MAP_BYTES,
		.read_only = read_only,
		.layout = BR_LEDGER_LAYOUT,
	};
}

void br_row_put(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, const void *row)
{
	struct br_text text;

	br_assert(key.n > 0);
	br_text_init(&text, BR_RECORD_BYTES_MAX);
	br_record_encode(shape, row, &text);
	br_assert(br_text_error(&text) != BR_E_TOO_LARGE);
	if (br_text_error(&text) != 0)
		(void)br_txn_fail(txn, br_text_error(&text));
	else
		br_txn_put(txn, table, key, br_text_str(&text));
	br_text_finish(&text);
}

int br_row_get(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, struct br_arena *arena, void *ret_row)
{
	struct br_str bytes;
	int result = br_txn_get(txn, table, key, &bytes);

	br_assert(key.n > 0 && shape->size > 0);
	if (result < 0)
		return result;
	result = br_record_decode(shape, bytes, arena, ret_row);
	return result < 0 ? br_txn_fail(txn, result) : 0;
}

int br_row_get_copy(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, struct br_arena *arena, void *ret_row)
{
	struct br_str bytes;
	int result = br_txn_get(txn, table, key, &bytes);
	char *copy;

	br_assert(arena != NULL);
	if (result < 0)
		return result;
	copy = br_arena_take(arena, bytes.n);
	if (copy == NULL)
		return br_txn_fail(txn, BR_E_MEMORY);
	memcpy(copy, bytes.s, bytes.n);
	result = br_record_decode(shape, (struct br_str){copy, bytes.n}, arena, ret_row);
	return result < 0 ? br_txn_fail(txn, result) : 0;
}

void br_mark_put(struct br_txn *txn, enum br_table table, const struct br_key *key)
{
	br_assert(key->n > 0);
	br_txn_put(txn, table, br_key_str(key), (struct br_str){"", 0});
}

uint64_t br_cursor_get(struct br_txn *txn, struct br_str name)
{
	struct br_key key = br_key_of_str(name);
	uint64_t sequence = 0;
	struct br_str value;

	br_assert(name.n > 0);
	if (br_txn_get(txn, BR_TABLE_CURSOR, br_key_str(&key), &value) == 0 &&
		!br_key_take_u64(&value, &sequence))
		(void)br_txn_fail(txn, BR_E_CORRUPT);
	return sequence;
}

void br_cursor_put(struct br_txn *txn, struct br_str name, uint64_t sequence)
{
	struct br_key key = br_key_of_str(name);
	struct br_key value = br_key_of_u64(sequence);

	br_assert(name.n > 0);
	br_txn_put(txn, BR_TABLE_CURSOR, br_key_str(&key), br_key_str(&value));
}
