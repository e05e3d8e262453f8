#include "node/reservation.h"

#include <string.h>

#include "node/order_inside.h"
#include "node/tables.h"

static const struct br_field row_fields[] = {
	BR_MUST_MILLI(br_reservation_row, quantity, 1, BR_QUANTITY_MAX),
};
BR_DEFINE_SHAPE(br_reservation_row_shape, br_reservation_row, 1, row_fields);

/*
 * A view beside the lines, by product: tills ask "whose is it?" with every sale of the last
 * pieces and cannot look through all open orders for it.
 */
void br_reservation_put(struct br_txn *txn, struct br_str sku, struct br_str order, uint32_t index,
	int64_t quantity)
{
	struct br_key key = br_key_of_str(sku);
	struct br_reservation_row row = {.quantity = quantity};

	br_assert(quantity >= 0);
	br_assert(sku.n > 0 && order.n > 0);
	br_key_add_str(&key, order);
	br_key_add_u32(&key, index);
	if (quantity > 0)
		br_row_put(txn, BR_TABLE_RESERVATION, br_key_str(&key), &br_reservation_row_shape,
			&row);
	else
		br_txn_delete(txn, BR_TABLE_RESERVATION, br_key_str(&key));
}

/* Total: a row of another form is BR_E_CORRUPT. */
static int reservation_read(struct br_txn *txn, struct br_str key, struct br_str value,
	struct br_arena *arena, struct br_reservation *ret_reservation)
{
	struct br_reservation reservation = {.index = 0};
	struct br_reservation_row row;
	struct br_order order;
	struct br_str sku;

	if (!br_key_take_str(&key, &sku) || !br_key_take_str(&key, &reservation.order) ||
		key.n != sizeof(uint32_t))
		return BR_E_CORRUPT;
	for (size_t i = 0; i < sizeof(uint32_t); i++)
		reservation.index = reservation.index << 8 | (unsigned char)key.s[i];
	if (br_record_decode(&br_reservation_row_shape, value, arena, &row) < 0 ||
		br_order_get(txn, reservation.order, arena, &order) < 0)
		return BR_E_CORRUPT;
	br_assert(row.quantity > 0);
	reservation.quantity = row.quantity;
	/*
	 * Read from the order and not kept in the row, because an update may change it at any
	 * time.
	 */
	reservation.priority = order.priority;
	reservation.ready_by = order.ready_by;
	reservation.state = order.state;
	*ret_reservation = reservation;
	return 0;
}

void br_reservation_walk(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_reservation *reservation), void *context)
{
	struct br_key prefix = br_key_of_str(sku);
	struct br_reservation reservation;
	struct br_str key, value;
	struct br_scan scan;

	br_scan_begin(
		&scan, txn, BR_TABLE_RESERVATION, br_key_str(&prefix), br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		if (reservation_read(txn, key, value, arena, &reservation) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		br_assert(reservation.order.n > 0);
		if (!visit(context, &reservation))
			break;
	}
	br_scan_end(&scan);
}

struct list {
	struct br_reservation *items;
	unsigned n;
};

/* Below 0 when `a` was promised less than `b`. */
static int promise_compare(const struct br_reservation *a, const struct br_reservation *b)
{
	int64_t a_ms = a->ready_by > 0 ? a->ready_by : INT64_MAX;
	int64_t b_ms = b->ready_by > 0 ? b->ready_by : INT64_MAX;

	br_assert(a->quantity > 0 && b->quantity > 0);
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a_ms != b_ms)
		return a_ms > b_ms ? -1 : 1;
	return br_str_compare(b->order, a->order);
}

/* Keeps the list sorted as it grows; when it is full the most promised one falls out. */
static bool list_add(void *context, const struct br_reservation *reservation)
{
	struct list *list = context;
	unsigned at = list->n < BR_RESERVATIONS_MAX ? list->n++ : BR_RESERVATIONS_MAX;

	br_assert(list->n <= BR_RESERVATIONS_MAX);
	while (at > 0 && promise_compare(reservation, &list->items[at - 1]) < 0) {
		if (at < BR_RESERVATIONS_MAX)
			list->items[at] = list->items[at - 1];
		at--;
	}
	if (at < BR_RESERVATIONS_MAX)
		list->items[at] = *reservation;
	return true;
}

void br_reservation_add(
	struct br_reservation *list, unsigned *n, const struct br_reservation *gained)
{
	unsigned i = 0;

	br_assert(gained->order.n > 0);
	while (i < *n &&
		(list[i].index != gained->index || !br_str_equal(list[i].order, gained->order)))
		i++;
	if (i < *n) {
		list[i].quantity += gained->quantity;
		br_assert(list[i].quantity >= 0);
		if (list[i].quantity == 0)
			memmove(&list[i], &list[i + 1], (--*n - i) * sizeof(*list));
		return;
	}
	/* One that gives up what no list had room for changes nothing here. */
	if (gained->quantity <= 0)
		return;
	for (i = (*n)++; i > 0 && promise_compare(gained, &list[i - 1]) < 0; i--)
		list[i] = list[i - 1];
	list[i] = *gained;
}

static bool count_add(void *context, const struct br_reservation *reservation)
{
	unsigned *n = context;

	br_assert(reservation->quantity > 0);
	return ++*n < BR_RESERVATIONS_MAX;
}

int br_reservation_list(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	struct br_reservation **ret_reservations, unsigned *ret_n)
{
	struct list list = {.n = 0};
	unsigned n = 0;

	/* Counted first: one decision may ask for many products, each with one or two orders. */
	br_reservation_walk(txn, sku, arena, count_add, &n);
	list.items = br_arena_take(arena, (n + 1) * sizeof(*list.items));
	if (list.items == NULL)
		return BR_E_MEMORY;
	br_reservation_walk(txn, sku, arena, list_add, &list);
	if (br_txn_error(txn) < 0)
		return br_txn_error(txn);
	br_assert(list.n <= BR_RESERVATIONS_MAX);
	*ret_reservations = list.items;
	*ret_n = list.n;
	return 0;
}
