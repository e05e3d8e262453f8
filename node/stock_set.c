#include "node/stock_set.h"

#include "node/breach.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/stock.h"

/* As br_bucket_words, behind a word for "not given". What is staged belongs to orders. */
static const char *const bucket_words[] = {"", "backroom", "shelf", "staged", "damaged", "returned",
	"in_transit_in", "in_transit_out", "display", NULL};

static const struct br_field set_fields[] = {
	BR_TEXT(br_stock_set, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_stock_set, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_WORD(br_stock_set, bucket, bucket_words),
	BR_MUST_MILLI(br_stock_set, quantity, 0, BR_QUANTITY_MAX),
	BR_TEXT(br_stock_set, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_stock_set_shape, br_stock_set, 1, set_fields);

int br_stock_set_decide(struct br_decision *decision, const void *body)
{
	const struct br_stock_set *set = body;
	struct br_stock_moved moved = {.kind = BR_MOVE_COUNT, .reason = set->reason};
	struct br_stock stock;
	int result;

	br_assert(set->bucket <= BR_BUCKET_N && set->quantity >= 0);
	result = br_product_resolve(decision, set->sku, set->barcode, "data", &moved.sku);
	if (result != 0)
		return result;
	moved.bucket = set->bucket > 0 ? (uint8_t)(set->bucket - 1) : BR_BUCKET_SHELF;
	if (moved.bucket == BR_BUCKET_STAGED)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"bucket: what is staged belongs to its order, allowed is any other bucket");
	stock = br_stock_get(decision->txn, moved.sku);
	moved.counted = set->quantity;
	moved.expected = stock.buckets[moved.bucket];
	moved.quantity = moved.counted - moved.expected;
	if (moved.quantity == 0)
		return 0;
	br_decision_emit(decision, BR_EVENT_STOCK_MOVED, &moved);
	if (!br_stock_bucket_sellable(moved.bucket))
		return 0;
	return br_breach_of(decision, moved.sku, -moved.quantity);
}
