#include "node/rights.h"

#include "node/limits.h"
#include "node/product.h"
#include "node/stock.h"

static const struct br_field rights_fields[] = {
	BR_MUST_TEXT(br_rights, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_rights, quantity, 1, BR_QUANTITY_MAX),
	BR_TEXT(br_rights, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_rights, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_rights_shape, br_rights, 1, rights_fields);

int br_rights_decide_grant(struct br_decision *decision, const void *body)
{
	const struct br_rights *rights = body;
	struct br_stock stock;
	struct br_str sku, none = {NULL, 0};
	int64_t available;
	int result = br_product_resolve(decision, rights->sku, none, "data", &sku);

	if (result != 0)
		return result;
	br_assert(rights->quantity > 0);
	stock = br_stock_get(decision->txn, sku);
	available = br_stock_available(decision->txn, sku, &stock, BR_CHANNEL_NONE);
	if (rights->quantity > available)
		return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_STOCK,
			"product \"%.*s\": %.10g are asked for, %.10g are free to be granted",
			BR_STR_ARG(sku), (double)rights->quantity / 1000,
			(double)(available > 0 ? available : 0) / 1000);
	br_decision_emit(decision, BR_EVENT_RIGHTS_GRANTED, rights);
	return 0;
}

int br_rights_decide_revoke(struct br_decision *decision, const void *body)
{
	const struct br_rights *rights = body;
	struct br_stock stock = br_stock_get(decision->txn, rights->sku);

	/* A product that has left the catalogue may have rights out still: they can be taken back.
	 */
	br_assert(rights->quantity > 0);
	if (rights->quantity > stock.rights)
		return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_RIGHTS,
			"product \"%.*s\": of the rights granted %.10g are unspent, more cannot be "
			"taken back",
			BR_STR_ARG(rights->sku), (double)stock.rights / 1000);
	br_decision_emit(decision, BR_EVENT_RIGHTS_REVOKED, rights);
	return 0;
}

void br_rights_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_rights *rights = event->body;
	bool granted = event->kind == BR_EVENT_RIGHTS_GRANTED;
	struct br_movement movement = {
		.sku = rights->sku,
		.kind = granted ? BR_MOVEMENT_GRANT : BR_MOVEMENT_REVOKE,
		.rights = granted ? rights->quantity : -rights->quantity,
		.reason = rights->reason,
	};

	br_assert(granted || event->kind == BR_EVENT_RIGHTS_REVOKED);
	visit->visit(visit->context, &movement);
}
