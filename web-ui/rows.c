#include "web-ui/rows.h"

#include <string.h>

#include "node/device.h"
#include "node/history.h"
#include "node/limits.h"
#include "node/tables.h"
#include "web-ui/recent.h"
#include "web-ui/status.h"

#define CLEARED_SHOWN_MS (INT64_C(24) * 3600 * 1000)

const char *const br_web_noun_names[BR_WEB_NOUN_N] = {
	[BR_WEB_STATUS] = "status",
	[BR_WEB_PRODUCT] = "product",
	[BR_WEB_ORDER] = "order",
	[BR_WEB_DELIVERY] = "delivery",
	[BR_WEB_TRANSFER] = "transfer",
	[BR_WEB_COUNT] = "count",
	[BR_WEB_PICK_LIST] = "pick_list",
	[BR_WEB_LABEL] = "label",
	[BR_WEB_SENSOR] = "sensor",
	[BR_WEB_ALARM] = "alarm",
	[BR_WEB_LINK] = "link",
};

/* Nouns are words on the wire, so that a message can be read by a person. */
bool br_web_noun_named(struct br_str name, enum br_web_noun *ret_noun)
{
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		if (!br_str_is(name, br_web_noun_names[i]))
			continue;
		*ret_noun = (enum br_web_noun)i;
		return true;
	}
	return false;
}

void br_web_row_removed(
	struct br_str key, uint64_t sequence, struct br_json_out *out, const char *name)
{
	br_assert(out->text != NULL);
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", sequence);
	br_json_out_bool(out, "removed", true);
	br_json_out_end(out);
}

int br_web_row(const struct br_web_view *view, enum br_web_noun noun, struct br_str key,
	struct br_json_out *out, const char *name)
{
	static int (*const writers[BR_WEB_NOUN_N])(const struct br_web_view *view,
		struct br_str key, struct br_json_out *out, const char *name) = {
		[BR_WEB_STATUS] = br_web_row_status,
		[BR_WEB_PRODUCT] = br_web_row_product,
		[BR_WEB_ORDER] = br_web_row_order,
		[BR_WEB_DELIVERY] = br_web_row_delivery,
		[BR_WEB_TRANSFER] = br_web_row_transfer,
		[BR_WEB_COUNT] = br_web_row_count,
		[BR_WEB_PICK_LIST] = br_web_row_pick_list,
		[BR_WEB_LABEL] = br_web_row_label,
		[BR_WEB_SENSOR] = br_web_row_sensor,
		[BR_WEB_ALARM] = br_web_row_alarm,
		[BR_WEB_LINK] = br_web_row_link,
	};
	int result;

	br_assert(view->txn != NULL);
	br_assert(view->live != NULL && view->arena != NULL);
	br_assert(noun < BR_WEB_NOUN_N);
	br_arena_reset(view->arena);
	/* A key that no row can have is one that is not there; it would not fit a table's key. */
	if (key.n == 0 || key.n > BR_WEB_ROW_KEY_BYTES_MAX) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	result = writers[noun](view, key, out, name);
	return br_txn_error(view->txn) < 0 ? br_txn_error(view->txn) : result;
}

/* The key is copied, because the walk outlives the transaction that the key lies in. */
static void walk_set(struct br_web_walk *walk, struct br_str key)
{
	br_assert(key.n <= sizeof(walk->key));
	memcpy(walk->key, key.s, key.n);
	walk->n = key.n;
}

static struct br_str walk_key(const struct br_web_walk *walk)
{
	br_assert(walk->n <= sizeof(walk->key));
	return (struct br_str){walk->key, walk->n};
}

/* The key after `after` in a table keyed by one text, with its value; an empty `after` is none. */
static bool table_next(struct br_txn *txn, enum br_table table, struct br_str after,
	struct br_str *ret_key, struct br_str *ret_value)
{
	struct br_str from = {NULL, 0}, bytes;
	struct br_key begin;
	struct br_scan scan;
	bool found;

	br_assert(table < BR_TABLE_N);
	br_assert(after.n <= BR_WEB_ROW_KEY_BYTES_MAX);
	if (after.n > 0) {
		begin = br_key_of_str(after);
		/* One more byte sorts right behind the key itself. */
		br_key_add_u8(&begin, 0);
		from = br_key_str(&begin);
	}
	br_scan_begin(&scan, txn, table, (struct br_str){NULL, 0}, from, false);
	found = br_scan_next(&scan, &bytes, ret_value) && br_key_take_str(&bytes, ret_key) &&
		ret_key->n > 0 && ret_key->n <= BR_WEB_ROW_KEY_BYTES_MAX;
	br_scan_end(&scan);
	return found;
}

static bool order_next(
	const struct br_web_view *view, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_str key, value;

	br_assert(view->txn != NULL);
	if (walk->phase == 0) {
		if (table_next(view->txn, BR_TABLE_ORDER_OPEN, walk_key(walk), &key, &value)) {
			walk_set(walk, key);
			*ret_key = walk_key(walk);
			return true;
		}
		walk->phase = 1;
	}
	/* From here on the phase counts the orders that ended. */
	if (view->recent == NULL || !br_web_recent_at(view->recent, walk->phase - 1, &key))
		return false;
	walk->phase++;
	walk_set(walk, key);
	*ret_key = walk_key(walk);
	return true;
}

/* What is open of a noun, behind the walk's last key. */
static bool open_next(const struct br_web_view *view, enum br_noun noun, struct br_web_walk *walk,
	struct br_str *ret_key)
{
	struct br_key prefix, from;
	struct br_str bytes, value, key;
	struct br_scan scan;
	bool found;

	br_assert(walk->n <= BR_ID_BYTES_MAX);
	br_key_init(&prefix);
	br_key_add_u8(&prefix, (uint8_t)noun);
	from = prefix;
	if (walk->n > 0) {
		br_key_add_str(&from, walk_key(walk));
		/* One more byte sorts right behind the key itself. */
		br_key_add_u8(&from, 0);
	}
	br_scan_begin(
		&scan, view->txn, BR_TABLE_OPEN, br_key_str(&prefix), br_key_str(&from), false);
	found = br_scan_next(&scan, &bytes, &value);
	if (found) {
		bytes = (struct br_str){bytes.s + prefix.n, bytes.n - prefix.n};
		found = br_key_take_str(&bytes, &key) && key.n > 0 && key.n <= BR_ID_BYTES_MAX;
	}
	if (found)
		walk_set(walk, key);
	br_scan_end(&scan);
	*ret_key = walk_key(walk);
	return found;
}

/* A list whose last order has left is in the table no more. */
static bool pick_list_next(
	const struct br_web_view *view, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_str key, value;

	br_assert(view->txn != NULL);
	if (!table_next(view->txn, BR_TABLE_PICK_LIST, walk_key(walk), &key, &value))
		return false;
	walk_set(walk, key);
	*ret_key = walk_key(walk);
	return true;
}

/* Takes whichever of the ledger's and the live next key comes first. */
static bool merged_next(struct br_web_walk *walk, bool in_table, struct br_str table_key,
	bool in_live, struct br_str live_key, struct br_str *ret_key)
{
	br_assert(!in_table || table_key.n > 0);
	if (!in_table && !in_live)
		return false;
	if (!in_table || (in_live && br_str_compare(live_key, table_key) < 0))
		table_key = live_key;
	walk_set(walk, table_key);
	*ret_key = walk_key(walk);
	return true;
}

/* A label may be in the ledger only, be heard only, or both; each comes once. */
static bool label_next(
	const struct br_web_view *view, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_web_live_label live;
	struct br_str key = {NULL, 0}, value;
	bool in_table = table_next(view->txn, BR_TABLE_LABEL, walk_key(walk), &key, &value);
	bool in_live = view->live->label_next(view->live->context, walk_key(walk), &live);

	br_assert(view->live != NULL);
	return merged_next(
		walk, in_table, key, in_live, br_str_from(in_live ? live.label : ""), ret_key);
}

/* As with labels: what is adopted and what is heard are two sets. */
static bool sensor_next(
	const struct br_web_view *view, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_web_live_sensor live;
	struct br_str key = {NULL, 0}, value;
	bool in_table = table_next(view->txn, BR_TABLE_DEVICE, walk_key(walk), &key, &value);
	bool in_live = view->live->sensor_next(view->live->context, walk_key(walk), &live);

	br_assert(view->live != NULL);
	return merged_next(
		walk, in_table, key, in_live, br_str_from(in_live ? live.device : ""), ret_key);
}

/* Alarms stay in their table when they are cleared; what is old is passed over. */
static bool alarm_next(
	const struct br_web_view *view, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_str key, value;
	struct br_alarm alarm;

	br_assert(view->arena != NULL);
	while (table_next(view->txn, BR_TABLE_ALARM, walk_key(walk), &key, &value)) {
		int result;

		br_arena_reset(view->arena);
		walk_set(walk, key);
		result = br_record_decode(&br_alarm_shape, value, view->arena, &alarm);
		if (result < 0) {
			(void)br_txn_fail(view->txn, result);
			return false;
		}
		if (alarm.cleared != 0 && alarm.cleared < view->now_ms - CLEARED_SHOWN_MS)
			continue;
		*ret_key = walk_key(walk);
		return true;
	}
	return false;
}

/* Status and link are walks of one. */
static bool single_next(struct br_web_walk *walk, const char *key, struct br_str *ret_key)
{
	br_assert(key[0] != '\0');
	if (walk->phase > 0)
		return false;
	walk->phase = 1;
	*ret_key = br_str_from(key);
	return true;
}

bool br_web_walk_next(const struct br_web_view *view, enum br_web_noun noun,
	struct br_web_walk *walk, struct br_str *ret_key)
{
	br_assert(noun < BR_WEB_NOUN_N);
	br_assert(walk->n <= sizeof(walk->key));
	switch (noun) {
	case BR_WEB_STATUS:
		return single_next(walk, BR_WEB_STATUS_KEY, ret_key);
	case BR_WEB_LINK:
		return single_next(walk, BR_WEB_LINK_KEY, ret_key);
	case BR_WEB_ORDER:
		return order_next(view, walk, ret_key);
	case BR_WEB_DELIVERY:
		return open_next(view, BR_NOUN_DELIVERY, walk, ret_key);
	case BR_WEB_TRANSFER:
		return open_next(view, BR_NOUN_TRANSFER, walk, ret_key);
	case BR_WEB_COUNT:
		return open_next(view, BR_NOUN_COUNT, walk, ret_key);
	case BR_WEB_PICK_LIST:
		return pick_list_next(view, walk, ret_key);
	case BR_WEB_LABEL:
		return label_next(view, walk, ret_key);
	case BR_WEB_SENSOR:
		return sensor_next(view, walk, ret_key);
	case BR_WEB_ALARM:
		return alarm_next(view, walk, ret_key);
	default:
		return false;
	}
}
