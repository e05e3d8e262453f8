/*
 * Fuzzes the decoder of stored records: the first byte chooses the shape, an event or a row of the
 * history, the rest is a record whose checksum is made right, so that the fields are reached. What
 * decodes must encode again, to something that decodes to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "node/breach.h"
#include "node/conflict.h"
#include "node/crc32c.h"
#include "node/customer.h"
#include "node/device.h"
#include "node/event.h"
#include "node/history.h"
#include "node/label.h"
#include "node/order.h"
#include "node/pick_list.h"
#include "node/pickup_code.h"
#include "node/parked.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/quarantine.h"
#include "node/reconcile.h"
#include "node/reservation.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/till_day.h"
#include "node/timer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct br_shape *const shapes[] = {&br_product_shape, &br_price_shape,
	&br_price_row_shape, &br_price_cancel_shape, &br_price_cancelled_shape,
	&br_price_held_shape, &br_price_released_shape, &br_policy_shape, &br_timer_fired_shape,
	&br_stock_row_shape, &br_stock_moved_shape, &br_sale_shape, &br_sold_shape,
	&br_sale_return_shape, &br_sale_void_shape, &br_sold_back_shape, &br_sale_back_shape,
	&br_till_day_shape, &br_breached_shape, &br_breach_row_shape, &br_park_shape,
	&br_unpark_shape, &br_parked_made_shape, &br_parked_lines_shape, &br_parked_line_shape,
	&br_parked_shape, &br_conflict_shape, &br_conflict_row_shape, &br_order_offer_shape,
	&br_order_shape, &br_order_line_shape, &br_label_shape, &br_device_shape, &br_alarm_shape,
	&br_device_adopt_shape, &br_order_moved_shape, &br_order_movements_shape,
	&br_order_updated_shape, &br_order_pick_shape, &br_order_hand_over_shape,
	&br_order_split_shape, &br_order_cancel_late_shape, &br_code_refused_shape,
	&br_pick_list_make_shape, &br_pick_list_made_shape, &br_pick_list_shape,
	&br_reservation_row_shape, &br_reconcile_ended_shape, &br_reconcile_row_shape,
	&br_quarantine_ask_shape, &br_quarantined_shape, &br_quarantine_named_shape,
	&br_quarantine_step_shape, &br_quarantine_row_shape, &br_stock_stated_shape,
	&br_order_stated_shape, &br_customer_shape, &br_customer_erase_shape,
	&br_customer_erased_shape, &br_person_row_shape};

static void json_write(const struct br_shape *shape, const void *record)
{
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_record_to_json(shape, record, &out);
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	br_text_finish(&text);
}

static void record_try(const struct br_shape *shape, struct br_str bytes, struct br_arena *arena)
{
	void *record = br_arena_take(arena, shape->size), *again;
	struct br_text first, second;

	br_assert(record != NULL);
	if (br_record_decode(shape, bytes, arena, record) < 0)
		return;
	br_text_init(&first, 1 << 20);
	br_text_init(&second, 1 << 20);
	br_record_encode(shape, record, &first);
	again = br_arena_take(arena, shape->size);
	if (again != NULL && br_record_decode(shape, br_text_str(&first), arena, again) == 0) {
		br_record_encode(shape, again, &second);
		br_assert(br_str_equal(br_text_str(&first), br_text_str(&second)));
		json_write(shape, again);
	}
	br_text_finish(&first);
	br_text_finish(&second);
}

static void event_try(struct br_str bytes, struct br_arena *arena)
{
	struct br_event event;
	struct br_json_out out;
	struct br_text text;

	if (br_event_decode(1, bytes, arena, &event) < 0)
		return;
	br_text_init(&text, 1 << 20);
	br_json_out_begin(&out, &text);
	br_event_to_json(&event, BR_STR("0412"), &out, NULL);
	br_text_finish(&text);
}

/* A row of the history of product A, whose oldest sequence is small. */
static void history_try(struct br_str bytes)
{
	struct br_key key;
	struct br_text text;

	br_key_init(&key);
	br_key_add_u8(&key, BR_NOUN_PRODUCT);
	br_key_add_str(&key, BR_STR("A"));
	br_key_add_u64(&key, 1 + bytes.n % 7);
	br_text_init(&text, 1 << 20);
	br_history_row_text(br_key_str(&key), bytes, &text);
	br_assert(text.n > 0);
	br_text_finish(&text);
}

static void crc_write(unsigned char *bytes, size_t n)
{
	uint32_t crc = br_crc32c(bytes, n);

	for (int i = 0; i < 4; i++)
		bytes[n + (size_t)i] = (unsigned char)(crc >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_arena arena;
	unsigned char *record;

	if (n < 2)
		return 0;
	/* Of its exact size, so that a read behind the end is seen. */
	record = malloc(n - 1 + 4);
	br_assert(record != NULL);
	memcpy(record, bytes + 1, n - 1);
	crc_write(record, n - 1);
	br_arena_init(&arena, 1 << 20);
	if (bytes[0] < BR_ARRAY_LEN(shapes))
		record_try(shapes[bytes[0]], (struct br_str){(char *)record, n + 3}, &arena);
	else if (bytes[0] == UINT8_MAX)
		history_try((struct br_str){(char *)record, n + 3});
	else
		event_try((struct br_str){(char *)record, n + 3}, &arena);
	br_arena_finish(&arena);
	free(record);
	return 0;
}
