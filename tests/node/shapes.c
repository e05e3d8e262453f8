#include "tests/node/shapes.h"

#include <string.h>

#include "node/barcode_rule.h"
#include "node/breach.h"
#include "node/conflict.h"
#include "node/correction.h"
#include "node/count.h"
#include "node/crc32c.h"
#include "node/delivery.h"
#include "node/hole.h"
#include "node/device.h"
#include "node/label.h"
#include "node/label_design.h"
#include "node/lot.h"
#include "node/order.h"
#include "node/pick_list.h"
#include "node/pickup_code.h"
#include "node/parked.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/quarantine.h"
#include "node/reconcile.h"
#include "node/rights_grant.h"
#include "node/reservation.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/stock_policy.h"
#include "node/task.h"
#include "node/stock_set.h"
#include "node/summary.h"
#include "node/till_day.h"
#include "node/timer.h"
#include "node/transfer.h"

/* Lists longer than this prove nothing more. */
#define ITEMS_MAX 20

const struct br_shape *const shapes_all[] = {&br_product_shape, &br_product_removed_shape,
	&br_product_place_shape, &br_stock_set_shape, &br_barcode_rule_shape,
	&br_barcode_unrule_shape, &br_price_shape, &br_timer_fired_shape, &br_price_effective_shape,
	&br_price_row_shape, &br_price_cancel_shape, &br_price_cancelled_shape,
	&br_price_held_shape, &br_price_release_shape, &br_price_released_shape, &br_policy_shape,
	&br_stock_move_shape, &br_stock_moved_shape, &br_stock_row_shape, &br_sale_shape,
	&br_sold_shape, &br_order_offer_shape, &br_order_accept_shape, &br_order_hold_shape,
	&br_order_arrive_shape, &br_order_ship_shape, &br_order_pick_shape, &br_order_short_shape,
	&br_order_substitute_shape, &br_order_inspect_shape, &br_order_hand_over_shape,
	&br_order_split_shape, &br_order_update_shape, &br_order_offered_shape,
	&br_order_line_offered_shape, &br_order_moved_shape, &br_order_movements_shape,
	&br_order_shape, &br_order_line_shape, &br_label_bind_shape, &br_label_unbind_shape,
	&br_label_wanted_shape, &br_label_shown_shape, &br_label_failed_shape, &br_label_shape,
	&br_device_adopt_shape, &br_device_named_shape, &br_device_shape, &br_alarm_raise_shape,
	&br_alarm_named_shape, &br_alarm_shape, &br_sale_return_shape, &br_sale_void_shape,
	&br_sold_back_shape, &br_sale_back_shape, &br_till_day_shape, &br_breached_shape,
	&br_breach_row_shape, &br_park_shape, &br_unpark_shape, &br_parked_made_shape,
	&br_parked_lines_shape, &br_parked_line_shape, &br_parked_shape, &br_conflict_shape,
	&br_conflict_row_shape, &br_restored_shape, &br_recovered_shape, &br_withdrawn_shape,
	&br_hole_shape, &br_summary_shape, &br_summary_row_shape, &br_label_design_shape,
	&br_label_design_part_shape, &br_label_design_row_shape, &br_hole_shape,
	&br_quarantine_ask_shape, &br_quarantined_shape, &br_quarantine_named_shape,
	&br_quarantine_step_shape, &br_quarantine_row_shape, &br_correct_shape, &br_corrected_shape,
	/* Orders. */
	&br_order_updated_shape, &br_order_cancel_late_shape, &br_code_refused_shape,
	&br_code_try_shape, &br_reservation_row_shape, &br_pick_list_make_shape,
	&br_pick_list_hand_over_shape, &br_pick_list_end_shape, &br_pick_list_made_shape,
	&br_pick_list_extended_shape, &br_pick_list_shape,
	/* Stock, deliveries, transfers, counts and tasks. */
	&br_stock_policy_shape, &br_stock_policy_row_shape, &br_lot_row_shape, &br_rights_shape,
	&br_rights_keep_shape, &br_rights_row_shape, &br_rights_swept_shape, &br_rights_sweep_shape,
	&br_order_resource_shape, &br_delivery_announce_shape, &br_delivery_receive_shape,
	&br_delivery_end_shape, &br_delivery_announced_shape, &br_delivery_lines_shape,
	&br_delivery_received_shape, &br_delivery_ended_shape, &br_delivery_shape,
	&br_delivery_line_shape, &br_transfer_send_shape, &br_transfer_confirm_shape,
	&br_transfer_settle_shape, &br_transfer_cancel_shape, &br_transfer_moved_shape,
	&br_transfer_lines_shape, &br_transfer_shape, &br_transfer_line_shape, &br_count_open_shape,
	&br_count_enter_shape, &br_count_step_shape, &br_count_opened_shape, &br_count_listed_shape,
	&br_count_entered_shape, &br_count_moved_shape, &br_count_adjusted_shape, &br_count_shape,
	&br_count_line_shape, &br_task_create_shape, &br_task_done_shape, &br_task_row_shape,
	/* The central system. */
	&br_reconcile_ask_shape, &br_reconcile_ended_shape, &br_reconcile_row_shape,
	&br_stock_state_shape, &br_stock_stated_shape, &br_order_state_shape,
	&br_order_stated_shape};
const unsigned shapes_all_n = BR_ARRAY_LEN(shapes_all);

static bool record_fill(
	const struct br_shape *shape, void *record, struct br_arena *arena, uint64_t (*next)(void));

static int64_t number_between(int64_t min, int64_t max, uint64_t (*next)(void))
{
	uint64_t span = (uint64_t)max - (uint64_t)min;

	/* The bounds themselves come often, because that is where mistakes are. */
	if (next() % 8 == 0)
		return next() % 2 == 0 ? min : max;
	return span == UINT64_MAX ? (int64_t)next()
				  : (int64_t)((uint64_t)min + next() % (span + 1));
}

static bool text_fill(const struct br_field *field, struct br_str *text, struct br_arena *arena,
	uint64_t (*next)(void))
{
	size_t n = (size_t)number_between(field->min, field->max, next);
	char *bytes = br_arena_take(arena, n + 1);

	if (bytes == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)('0' + next() % 75);
	*text = (struct br_str){bytes, n};
	return true;
}

static bool list_fill(const struct br_field *field, struct br_list *list, struct br_arena *arena,
	uint64_t (*next)(void))
{
	int64_t max = field->max < ITEMS_MAX ? field->max : ITEMS_MAX;

	list->n = (uint32_t)number_between(field->min, max, next);
	list->items = br_arena_take(arena, list->n * field->item->size + 1);
	for (uint32_t i = 0; i < list->n && list->items != NULL; i++)
		if (!record_fill(
			    field->item, (char *)list->items + i * field->item->size, arena, next))
			return false;
	return list->items != NULL;
}

static bool field_fill(
	const struct br_field *field, void *value, struct br_arena *arena, uint64_t (*next)(void))
{
	uint8_t words = 0, first;

	switch (field->kind) {
	case BR_FIELD_U64:
		*(uint64_t *)value = (uint64_t)number_between(
			field->min, field->max > 0 ? field->max : INT64_C(9007199254740992), next);
		return true;
	case BR_FIELD_MILLI:
		*(int64_t *)value = number_between(field->min, field->max, next);
		return true;
	case BR_FIELD_TIME:
		*(int64_t *)value = number_between(0, INT64_C(253402300799999), next);
		if (field->day)
			*(int64_t *)value -= *(int64_t *)value % INT64_C(86400000);
		return true;
	case BR_FIELD_BOOL:
		*(bool *)value = next() % 2 == 0;
		return true;
	case BR_FIELD_WORD:
		while (field->words[words] != NULL)
			words++;
		/* "" stands for "not given", which a required one never is. */
		first = field->required && field->words[0][0] == '\0';
		*(uint8_t *)value = (uint8_t)(first + next() % (uint64_t)(words - first));
		return true;
	case BR_FIELD_TEXT:
		return text_fill(field, value, arena, next);
	case BR_FIELD_BYTES:
		for (int64_t i = 0; i < field->max; i++)
			((unsigned char *)value)[i] = (unsigned char)next();
		return true;
	case BR_FIELD_LIST:
		return list_fill(field, value, arena, next);
	}
	return false;
}

static bool record_fill(
	const struct br_shape *shape, void *record, struct br_arena *arena, uint64_t (*next)(void))
{
	for (unsigned i = 0; i < shape->field_n; i++)
		if (!field_fill(&shape->fields[i], (char *)record + shape->fields[i].offset, arena,
			    next))
			return false;
	return true;
}

void *shape_random(const struct br_shape *shape, struct br_arena *arena, uint64_t (*next)(void))
{
	void *record = br_arena_take(arena, shape->size);

	return record != NULL && record_fill(shape, record, arena, next) ? record : NULL;
}

static bool list_equal(
	const struct br_field *field, const struct br_list *a, const struct br_list *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!shape_equal(field->item, (const char *)a->items + i * field->item->size,
			    (const char *)b->items + i * field->item->size))
			return false;
	return true;
}

static bool field_equal(const struct br_field *field, const void *a, const void *b)
{
	switch (field->kind) {
	case BR_FIELD_BOOL:
	case BR_FIELD_WORD:
		return *(const uint8_t *)a == *(const uint8_t *)b;
	case BR_FIELD_TEXT:
		return br_str_equal(*(const struct br_str *)a, *(const struct br_str *)b);
	case BR_FIELD_BYTES:
		return memcmp(a, b, (size_t)field->max) == 0;
	case BR_FIELD_LIST:
		return list_equal(field, a, b);
	default:
		return *(const int64_t *)a == *(const int64_t *)b;
	}
}

bool shape_equal(const struct br_shape *shape, const void *a, const void *b)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		size_t offset = shape->fields[i].offset;

		if (!field_equal(
			    &shape->fields[i], (const char *)a + offset, (const char *)b + offset))
			return false;
	}
	return true;
}

void shape_reseal(unsigned char *bytes, size_t n)
{
	uint32_t crc = br_crc32c(bytes, n - 4);

	for (int i = 0; i < 4; i++)
		bytes[n - 4 + (size_t)i] = (unsigned char)(crc >> (8 * i));
}
