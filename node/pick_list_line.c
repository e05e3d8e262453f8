/* What is on a pick list, in the order in which one walk through the store comes past it. */
#include <stdlib.h>

#include "node/pick_list.h"
#include "node/product.h"
#include "node/tables.h"

void br_pick_list_each(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_pick_list *list), void *context)
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_pick_list list;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_PICK_LIST, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &name) ||
			br_pick_list_get(txn, name, arena, &list) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		br_assert(list.order_n > 0);
		if (!visit(context, &list))
			break;
	}
	br_scan_end(&scan);
}

void br_pick_list_orders(struct br_txn *txn, struct br_str list,
	bool (*visit)(void *context, struct br_str order), void *context)
{
	struct br_key prefix = br_key_of_str(list);
	struct br_str key, value, name;
	struct br_scan scan;

	br_assert(list.n > 0);
	br_scan_begin(&scan, txn, BR_TABLE_PICK_LIST_ORDER, br_key_str(&prefix),
		br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &name) || !br_key_take_str(&key, &name)) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		if (!visit(context, name))
			break;
	}
	br_scan_end(&scan);
}

/* The list's lines as they are gathered. */
struct gathering {
	struct br_txn *txn;
	struct br_arena *arena;
	struct br_pick_line *lines;
	uint32_t n, space;
	int error;
};

/* Room for one line more: doubled when it is out, the old room stays with the arena. */
static struct br_pick_line *line_room(struct gathering *gathering)
{
	uint32_t space = gathering->space > 0 ? 2 * gathering->space : 64;
	struct br_pick_line *lines;

	br_assert(gathering->n <= gathering->space);
	if (gathering->n < gathering->space)
		return &gathering->lines[gathering->n++];
	lines = br_arena_take(gathering->arena, space * sizeof(*lines));
	if (lines == NULL) {
		gathering->error = BR_E_MEMORY;
		return NULL;
	}
	for (uint32_t i = 0; i < gathering->n; i++)
		lines[i] = gathering->lines[i];
	gathering->lines = lines;
	gathering->space = space;
	return &gathering->lines[gathering->n++];
}

static void line_gather(struct gathering *gathering, struct br_str order, uint32_t index,
	const struct br_order_line *line)
{
	struct br_pick_line *room = line_room(gathering);
	struct br_product product;

	br_assert(line->counts.reserved > 0);
	if (room == NULL)
		return;
	*room = (struct br_pick_line){
		.order = order,
		.line = line->line,
		.sku = line->sku,
		.index = index,
		.reserved = line->counts.reserved,
		.picked = line->counts.picked,
		.policy = line->policy,
		.note = line->note,
	};
	if (br_product_get(gathering->txn, line->sku, gathering->arena, &product) < 0)
		return;
	room->name = product.name;
	room->image = product.image;
	if (product.positions.n > 0)
		room->position = *BR_LIST_AT(product.positions, br_position, 0);
}

static bool order_gather(void *context, struct br_str name)
{
	struct gathering *gathering = context;
	struct br_order order;

	br_assert(name.n > 0);
	if (br_order_get(gathering->txn, name, gathering->arena, &order) < 0) {
		gathering->error = br_txn_fail(gathering->txn, BR_E_CORRUPT);
		return false;
	}
	for (uint32_t i = 0; i < order.line_n && gathering->error == 0; i++) {
		struct br_order_line line;

		if (br_order_line_get(gathering->txn, name, i, gathering->arena, &line) < 0)
			gathering->error = br_txn_fail(gathering->txn, BR_E_CORRUPT);
		else if (line.counts.reserved > 0)
			line_gather(gathering, order.order, i, &line);
	}
	return gathering->error == 0;
}

static int line_compare(const void *a, const void *b)
{
	const struct br_pick_line *left = a, *right = b;
	int result = br_position_compare(&left->position, &right->position);

	br_assert(left->sku.n > 0 && right->sku.n > 0);
	if (result == 0)
		result = br_str_compare(left->sku, right->sku);
	if (result == 0)
		result = br_str_compare(left->order, right->order);
	return result != 0 ? result : (left->index > right->index) - (left->index < right->index);
}

int br_pick_list_lines(struct br_txn *txn, struct br_str list, struct br_arena *arena,
	struct br_pick_line **ret_lines, uint32_t *ret_n)
{
	struct gathering gathering = {.txn = txn, .arena = arena};
	struct br_pick_list row;
	int result = br_pick_list_get(txn, list, arena, &row);

	if (result < 0)
		return result;
	br_pick_list_orders(txn, list, order_gather, &gathering);
	if (gathering.error < 0)
		return gathering.error;
	br_assert(gathering.n <= BR_PICK_LINES_MAX);
	if (gathering.n > 1)
		qsort(gathering.lines, gathering.n, sizeof(*gathering.lines), line_compare);
	*ret_lines = gathering.lines;
	*ret_n = gathering.n;
	return 0;
}
