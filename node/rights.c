#include "node/rights.h"

#include "node/hole.h"
#include "node/limits.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"

#define DEMAND_SECONDS ((int64_t)BR_RIGHTS_DEMAND_DAYS * 24 * 3600)
/* Far more than any store sells; the product with DEMAND_SECONDS fits into 63 bits. */
#define DEMAND_MAX (BR_QUANTITY_MAX * 1000)

static const struct br_field rights_fields[] = {
	BR_MUST_TEXT(br_rights, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_rights, quantity, 1, BR_QUANTITY_MAX),
	BR_TEXT(br_rights, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_rights, associate, 0, BR_WORD_BYTES_MAX),
	{BR_FIELD_AT(br_rights, recall, BR_FIELD_TEXT), .max = BR_ID_BYTES_MAX, .since = 2},
};
BR_DEFINE_SHAPE(br_rights_shape, br_rights, 2, rights_fields);

static const struct br_field keep_fields[] = {
	BR_MUST_TEXT(br_rights_keep, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_rights_keep, recall, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_rights_keep, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_rights_keep_shape, br_rights_keep, 1, keep_fields);

static const struct br_field row_fields[] = {
	BR_MILLI(br_rights_row, demand, 0, DEMAND_MAX),
	BR_TIME(br_rights_row, demand_at),
	BR_MILLI(br_rights_row, recalled, 0, BR_QUANTITY_MAX),
	BR_TIME(br_rights_row, recalled_at),
	BR_TEXT(br_rights_row, recall, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_rights_row, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_rights_row, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_rights_row_shape, br_rights_row, 1, row_fields);

int br_rights_central_refuse(struct br_decision *decision, const char *what)
{
	br_assert(what[0] != '\0');
	if (br_str_is(decision->command->actor, BR_ACTOR_CENTRAL))
		return 0;
	return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
		"only the central system may %s; rights.recall asks it to", what);
}

bool br_rights_forgotten(struct br_decision *decision)
{
	struct br_hole hole;

	br_assert(decision->arena != NULL);
	return br_hole_open(decision->txn, decision->arena, &hole) == 0;
}

struct br_rights_row br_rights_get(struct br_txn *txn, struct br_str sku, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(sku);
	struct br_rights_row row = {.demand = 0};

	br_assert(sku.n > 0);
	if (br_row_get_copy(
		    txn, BR_TABLE_RIGHTS, br_key_str(&key), &br_rights_row_shape, arena, &row) < 0)
		return (struct br_rights_row){.demand = 0};
	return row;
}

static void row_put(struct br_txn *txn, struct br_str sku, const struct br_rights_row *row)
{
	struct br_key key = br_key_of_str(sku);

	br_assert((row->recalled > 0) == (row->recall.n > 0));
	br_row_put(txn, BR_TABLE_RIGHTS, br_key_str(&key), &br_rights_row_shape, row);
}

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
	if (br_rights_forgotten(decision))
		return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"this store was restored: nothing is granted until the central system has "
			"told what was granted before");
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

/* The recall is named after the command that causes it: that name is never given twice. */
static void recall_emit(struct br_decision *decision, const struct br_rights *asked)
{
	struct br_rights recalled = *asked;

	br_assert(asked->quantity > 0);
	recalled.recall = decision->command->id;
	br_decision_emit(decision, BR_EVENT_RIGHTS_RECALLED, &recalled);
}

int br_rights_decide_recall(struct br_decision *decision, const void *body)
{
	const struct br_rights *rights = body;
	struct br_stock stock = br_stock_get(decision->txn, rights->sku);
	struct br_rights_row row = br_rights_get(decision->txn, rights->sku, decision->arena);

	br_assert(rights->quantity > 0);
	if (row.recalled > 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"product \"%.*s\": the central system was asked for %.10g already and has "
			"not answered yet",
			BR_STR_ARG(rights->sku), (double)row.recalled / 1000);
	if (rights->quantity > stock.rights)
		return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_RIGHTS,
			"product \"%.*s\": of the rights granted %.10g are unspent, more cannot be "
			"asked back",
			BR_STR_ARG(rights->sku), (double)stock.rights / 1000);
	recall_emit(decision, rights);
	return br_txn_error(decision->txn);
}

void br_rights_recall(struct br_decision *decision, struct br_str sku, int64_t quantity)
{
	struct br_rights rights = {.sku = sku,
		.quantity = quantity < BR_QUANTITY_MAX ? quantity : BR_QUANTITY_MAX,
		.reason = BR_STR("what was granted is gone")};

	br_assert(sku.n > 0 && quantity > 0);
	if (br_rights_get(decision->txn, sku, decision->arena).recalled == 0)
		recall_emit(decision, &rights);
}

/*
 * What the central system says it has given up is the store's again, also when the recall that it
 * quotes is not known here any more.
 */
int br_rights_decide_revoke(struct br_decision *decision, const void *body)
{
	const struct br_rights *rights = body;
	struct br_stock stock = br_stock_get(decision->txn, rights->sku);
	int result = br_rights_central_refuse(decision, "give rights back");

	if (result != 0)
		return result;
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

int br_rights_decide_keep(struct br_decision *decision, const void *body)
{
	const struct br_rights_keep *keep = body;
	int result = br_rights_central_refuse(decision, "say what is spent");
	struct br_rights_row row;

	if (result != 0)
		return result;
	row = br_rights_get(decision->txn, keep->sku, decision->arena);
	br_assert(keep->recall.n > 0);
	if (row.recalled == 0 || !br_str_equal(row.recall, keep->recall))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"product \"%.*s\": no recall \"%.*s\" is open", BR_STR_ARG(keep->sku),
			BR_STR_ARG(keep->recall));
	br_decision_emit(decision, BR_EVENT_RIGHTS_KEPT, keep);
	return br_txn_error(decision->txn);
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

static void recall_close(struct br_rights_row *row)
{
	br_assert(row->recalled > 0);
	row->recalled = 0;
	row->recalled_at = 0;
	row->recall = row->reason = row->associate = (struct br_str){NULL, 0};
}

void br_rights_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_rights_keep *kept = event->body;
	const struct br_rights *rights = event->body;
	bool keeps = event->kind == BR_EVENT_RIGHTS_KEPT;
	struct br_str sku = keeps ? kept->sku : rights->sku;
	struct br_str recall = keeps ? kept->recall : rights->recall;
	struct br_rights_row row = br_rights_get(txn, sku, arena);

	if (event->kind == BR_EVENT_RIGHTS_RECALLED) {
		/*
		 * One that a restore forgot may come back while a later one is open: both will be
		 * answered, and what is asked for last counts.
		 */
		br_assert(rights->quantity > 0 && recall.n > 0);
		row.recalled = rights->quantity;
		row.recalled_at = event->recorded_ms;
		row.recall = recall;
		row.reason = rights->reason;
		row.associate = rights->associate;
	} else if (event->kind != BR_EVENT_RIGHTS_GRANTED) {
		br_assert(keeps || event->kind == BR_EVENT_RIGHTS_REVOKED);
		/* Rights that are given back unasked leave a recall as it is. */
		if (row.recalled == 0 || !br_str_equal(row.recall, recall))
			return;
		recall_close(&row);
	}
	row_put(txn, sku, &row);
}

int64_t br_rights_demand(const struct br_rights_row *row, int64_t now_ms)
{
	int64_t passed = (now_ms - row->demand_at) / 1000;

	br_assert(row->demand >= 0 && row->demand <= DEMAND_MAX);
	/* A clock that was set back lets nothing grow. */
	if (passed <= 0)
		return row->demand;
	return passed < DEMAND_SECONDS ? row->demand * (DEMAND_SECONDS - passed) / DEMAND_SECONDS
				       : 0;
}

void br_rights_demanded(struct br_txn *txn, const struct br_event *event, struct br_str sku,
	int64_t quantity, struct br_arena *arena)
{
	struct br_rights_row row = br_rights_get(txn, sku, arena);

	br_assert(quantity >= 0);
	row.demand = br_rights_demand(&row, event->recorded_ms) + quantity;
	if (row.demand > DEMAND_MAX)
		row.demand = DEMAND_MAX;
	if (event->recorded_ms > row.demand_at)
		row.demand_at = event->recorded_ms;
	row_put(txn, sku, &row);
}

void br_rights_walk(struct br_txn *txn, struct br_str after,
	bool (*visit)(void *context, struct br_str sku, const struct br_rights_row *row),
	void *context)
{
	struct br_str none = {NULL, 0}, from = none, bytes, value, sku;
	struct br_key start;
	struct br_scan scan;
	bool more = true;

	if (after.n > 0) {
		start = br_key_of_str(after);
		/* Nothing sorts between a key and the same with a zero byte more. */
		br_key_add_u8(&start, 0);
		from = br_key_str(&start);
	}
	br_assert(visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_RIGHTS, none, from, false);
	while (more && br_scan_next(&scan, &bytes, &value)) {
		struct br_rights_row row;
		int result = br_key_take_str(&bytes, &sku) ? 0 : BR_E_CORRUPT;

		/* A row without lists takes nothing from the arena. */
		if (result == 0)
			result = br_record_decode(&br_rights_row_shape, value, NULL, &row);
		if (result < 0)
			(void)br_txn_fail(txn, result);
		more = result == 0 && visit(context, sku, &row);
	}
	br_scan_end(&scan);
}
