#include "node/stock_policy.h"

#include "node/limits.h"
#include "node/product.h"
#include "node/tables.h"

/* A product's record with all its lists, to look up its category. */
#define PRODUCT_ARENA_BYTES_MAX (64u << 10)

const char *const br_policy_scope_words[] = {"default", "category", "sku", NULL};

static const struct br_field buffer_fields[] = {
	BR_MUST_WORD(br_stock_buffer, channel, br_channel_words),
	BR_MUST_MILLI(br_stock_buffer, quantity, 0, BR_QUANTITY_MAX),
};
static BR_DEFINE_SHAPE(buffer_shape, br_stock_buffer, 1, buffer_fields);

static const struct br_field policy_fields[] = {
	BR_TEXT(br_stock_policy, key, 0, BR_PATH_BYTES_MAX),
	BR_WORD(br_stock_policy, scope, br_policy_scope_words),
	BR_MILLI(br_stock_policy, safety, 0, BR_QUANTITY_MAX),
	BR_LIST(br_stock_policy, buffers, 0, BR_CHANNEL_N, &buffer_shape),
	BR_BOOL(br_stock_policy, remove),
	BR_TEXT(br_stock_policy, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_stock_policy_shape, br_stock_policy, 1, policy_fields);

/* The stored row: the channels by name, so that it is read without memory of its own. */
struct stock_policy_row {
	int64_t safety;
	int64_t web, app, marketplace, phone, kiosk, store;
};

#define ROW_MILLI(F) BR_MILLI(stock_policy_row, F, 0, BR_QUANTITY_MAX)
static const struct br_field row_fields[] = {
	ROW_MILLI(safety),
	ROW_MILLI(web),
	ROW_MILLI(app),
	ROW_MILLI(marketplace),
	ROW_MILLI(phone),
	ROW_MILLI(kiosk),
	ROW_MILLI(store),
};
BR_DEFINE_SHAPE(br_stock_policy_row_shape, stock_policy_row, 1, row_fields);

static struct br_key policy_key(enum br_policy_scope scope, struct br_str name)
{
	struct br_key key;

	br_assert(scope <= BR_SCOPE_SKU);
	br_key_init(&key);
	br_key_add_u8(&key, (uint8_t)scope);
	br_key_add_str(&key, name);
	return key;
}

/* What the scope says of the key that it takes. */
static int key_refuse(struct br_decision *decision, const struct br_stock_policy *policy)
{
	br_assert(policy->scope <= BR_SCOPE_SKU);
	if (policy->scope == BR_SCOPE_DEFAULT && policy->key.n > 0)
		return br_decision_refuse(
			decision, BR_REFUSAL_MALFORMED, "key: the whole store's policy has none");
	if (policy->scope != BR_SCOPE_DEFAULT && policy->key.n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"key: is missing, a \"%s\" policy needs one",
			br_policy_scope_words[policy->scope]);
	if (policy->scope != BR_SCOPE_SKU || policy->remove)
		return 0;
	if (policy->key.n > BR_ID_BYTES_MAX || !br_product_exists(decision->txn, policy->key))
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_PRODUCT,
			"key \"%.*s\": not in the catalogue", BR_STR_ARG(policy->key));
	return 0;
}

static int buffers_refuse(struct br_decision *decision, const struct br_list *buffers)
{
	unsigned seen = 0;

	br_assert(buffers->n <= BR_CHANNEL_N);
	for (uint32_t i = 0; i < buffers->n; i++) {
		uint8_t channel = BR_LIST_AT(*buffers, br_stock_buffer, i)->channel;

		if ((seen & (1u << channel)) != 0)
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"buffers[%u].channel: \"%s\" stands twice", i,
				br_channel_words[channel]);
		seen |= 1u << channel;
	}
	return 0;
}

int br_stock_policy_decide(struct br_decision *decision, const void *body)
{
	const struct br_stock_policy *policy = body;
	int result = key_refuse(decision, policy);
	struct br_key key = policy_key(policy->scope, policy->key);

	if (result == 0)
		result = buffers_refuse(decision, &policy->buffers);
	if (result != 0)
		return result;
	br_assert(policy->safety >= 0);
	/* Taking away what is not there changes nothing, and leaves no event that says it did. */
	if (policy->remove && !br_txn_has(decision->txn, BR_TABLE_STOCK_POLICY, br_key_str(&key)))
		return 0;
	br_decision_emit(decision, BR_EVENT_STOCK_POLICY_SET, policy);
	return 0;
}

void br_stock_policy_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_stock_policy *policy = event->body;
	struct br_key key = policy_key(policy->scope, policy->key);
	struct stock_policy_row row = {.safety = policy->safety};
	int64_t *const buffers[BR_CHANNEL_N] = {
		&row.web, &row.app, &row.marketplace, &row.phone, &row.kiosk, &row.store};

	if (policy->remove) {
		br_txn_delete(txn, BR_TABLE_STOCK_POLICY, br_key_str(&key));
		return;
	}
	for (uint32_t i = 0; i < policy->buffers.n; i++) {
		const struct br_stock_buffer *buffer =
			BR_LIST_AT(policy->buffers, br_stock_buffer, i);

		br_assert(buffer->channel < BR_CHANNEL_N);
		*buffers[buffer->channel] = buffer->quantity;
	}
	br_row_put(txn, BR_TABLE_STOCK_POLICY, br_key_str(&key), &br_stock_policy_row_shape, &row);
}

static struct br_stock_kept row_kept(const struct stock_policy_row *row)
{
	br_assert(row->safety >= 0);
	return (struct br_stock_kept){
		.safety = row->safety,
		.buffers = {row->web, row->app, row->marketplace, row->phone, row->kiosk,
			row->store},
	};
}

/* True and the row when that very scope has a policy. */
static bool policy_get(struct br_txn *txn, enum br_policy_scope scope, struct br_str name,
	struct br_stock_kept *ret_kept)
{
	struct br_key key = policy_key(scope, name);
	struct stock_policy_row row;

	br_assert(scope <= BR_SCOPE_SKU);
	if (br_row_get(txn, BR_TABLE_STOCK_POLICY, br_key_str(&key), &br_stock_policy_row_shape,
		    NULL, &row) < 0)
		return false;
	*ret_kept = row_kept(&row);
	return true;
}

/* Tries the product's category path, then ever shorter ones: "a/b/c", "a/b", "a". */
static bool category_get(struct br_txn *txn, struct br_str sku, struct br_stock_kept *ret_kept)
{
	struct br_product product;
	struct br_arena arena;
	struct br_str path;
	bool found = false;

	br_assert(sku.n > 0);
	br_arena_init(&arena, PRODUCT_ARENA_BYTES_MAX);
	if (br_product_get(txn, sku, &arena, &product) == 0) {
		path = product.category;
		while (path.n > 0 && !found) {
			found = policy_get(txn, BR_SCOPE_CATEGORY, path, ret_kept);
			while (path.n > 0 && path.s[path.n - 1] != '/')
				path.n--;
			while (path.n > 0 && path.s[path.n - 1] == '/')
				path.n--;
		}
	}
	br_arena_finish(&arena);
	return found;
}

/* True when any category has a policy: without one no product's record need be read. */
static bool categories_any(struct br_txn *txn)
{
	struct br_str key, value;
	struct br_key prefix;
	struct br_scan scan;
	bool any;

	br_key_init(&prefix);
	br_key_add_u8(&prefix, BR_SCOPE_CATEGORY);
	br_assert(prefix.n == 1);
	br_scan_begin(
		&scan, txn, BR_TABLE_STOCK_POLICY, br_key_str(&prefix), br_key_str(&prefix), false);
	any = br_scan_next(&scan, &key, &value);
	br_scan_end(&scan);
	return any;
}

struct br_stock_kept br_stock_kept(struct br_txn *txn, struct br_str sku)
{
	struct br_stock_kept kept = {.safety = 0};
	struct br_str none = {NULL, 0};

	br_assert(sku.n > 0);
	/* Most stores have no policy, and then this costs next to nothing. */
	if (br_txn_count(txn, BR_TABLE_STOCK_POLICY) == 0)
		return kept;
	if (!policy_get(txn, BR_SCOPE_SKU, sku, &kept) &&
		!(categories_any(txn) && category_get(txn, sku, &kept)))
		(void)policy_get(txn, BR_SCOPE_DEFAULT, none, &kept);
	return kept;
}

void br_stock_policy_walk(struct br_txn *txn,
	bool (*visit)(void *context, enum br_policy_scope scope, struct br_str key,
		const struct br_stock_kept *kept),
	void *context)
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct stock_policy_row row;
	struct br_scan scan;
	bool more = true;
	uint8_t scope;

	br_assert(visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_STOCK_POLICY, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_stock_kept kept;

		/* The scope is the key's first byte. */
		scope = key.n > 0 ? (uint8_t)key.s[0] : UINT8_MAX;
		key = (struct br_str){key.s + (key.n > 0), key.n - (key.n > 0)};
		if (scope > BR_SCOPE_SKU || !br_key_take_str(&key, &name) ||
			br_record_decode(&br_stock_policy_row_shape, value, NULL, &row) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		kept = row_kept(&row);
		more = visit(context, scope, name, &kept);
	}
	br_scan_end(&scan);
}
