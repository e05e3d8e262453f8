#include "node/verify_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/barcode_rule.h"
#include "node/breach.h"
#include "node/conflict.h"
#include "node/count.h"
#include "node/delivery.h"
#include "node/device.h"
#include "node/history.h"
#include "node/hole.h"
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
#include "node/reservation.h"
#include "node/rights_grant.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/stock_policy.h"
#include "node/summary.h"
#include "node/task.h"
#include "node/till_day.h"
#include "node/transfer.h"

/* Fields named in one sentence. */
#define FIELDS_NAMED_MAX 3
#define VALUE_BYTES_MAX 4000

/*
 * What each table's keys are made of ('s' a text closed by a zero byte, '1', '4' and '8' a number
 * of so many bytes, 'r' all the rest as a text) and its rows' shape, NULL when they are no records.
 */
static const struct {
	const char *parts;
	const struct br_shape *shape;
} tables[BR_TABLE_N] = {
	[BR_TABLE_JOURNAL] = {"8", NULL},
	[BR_TABLE_SEAL] = {"8", NULL},
	[BR_TABLE_STATE] = {"r", NULL},
	[BR_TABLE_COMMAND] = {"ss", NULL},
	[BR_TABLE_CURSOR] = {"s", NULL},
	[BR_TABLE_INBOX] = {"s", NULL},
	[BR_TABLE_PRODUCT] = {"s", &br_product_shape},
	[BR_TABLE_BARCODE] = {"r", NULL},
	[BR_TABLE_BARCODE_OWN] = {"r", NULL},
	[BR_TABLE_BARCODE_RULE] = {"s", &br_barcode_rule_shape},
	[BR_TABLE_PRICE] = {"s188", &br_price_row_shape},
	[BR_TABLE_TIMER] = {"81s", NULL},
	[BR_TABLE_POLICY] = {"s", &br_policy_shape},
	[BR_TABLE_STOCK] = {"s", &br_stock_row_shape},
	[BR_TABLE_LOT] = {"s8s", &br_lot_row_shape},
	[BR_TABLE_LOT_EXPIRY] = {"8ss", NULL},
	[BR_TABLE_DELIVERY] = {"s", &br_delivery_shape},
	[BR_TABLE_DELIVERY_LINE] = {"s4", &br_delivery_line_shape},
	[BR_TABLE_TRANSFER] = {"s", &br_transfer_shape},
	[BR_TABLE_TRANSFER_LINE] = {"s4", &br_transfer_line_shape},
	[BR_TABLE_COUNT] = {"s", &br_count_shape},
	[BR_TABLE_COUNT_LINE] = {"ss", &br_count_line_shape},
	[BR_TABLE_OPEN] = {"1s", NULL},
	[BR_TABLE_STOCK_POLICY] = {"1s", &br_stock_policy_row_shape},
	[BR_TABLE_HISTORY] = {"1s8", NULL},
	[BR_TABLE_ORDER] = {"s", &br_order_shape},
	[BR_TABLE_ORDER_LINE] = {"s4", &br_order_line_shape},
	[BR_TABLE_ORDER_OPEN] = {"s", NULL},
	[BR_TABLE_ORDER_CODE] = {"88s", NULL},
	[BR_TABLE_CODE_TRY] = {"1s", &br_code_try_shape},
	[BR_TABLE_RESERVATION] = {"ss4", &br_reservation_row_shape},
	[BR_TABLE_PICK_LIST] = {"s", &br_pick_list_shape},
	[BR_TABLE_PICK_LIST_ORDER] = {"ss", NULL},
	[BR_TABLE_LABEL] = {"s", &br_label_shape},
	[BR_TABLE_LABEL_SKU] = {"ss", NULL},
	[BR_TABLE_DEVICE] = {"s", &br_device_shape},
	[BR_TABLE_ALARM] = {"s", &br_alarm_shape},
	[BR_TABLE_TASK] = {"1s", &br_task_row_shape},
	[BR_TABLE_TILL_DAY] = {"ss8", &br_till_day_shape},
	[BR_TABLE_SALE_BACK] = {"84", &br_sale_back_shape},
	[BR_TABLE_PARKED] = {"s", &br_parked_shape},
	[BR_TABLE_PARKED_LINE] = {"s4", &br_parked_line_shape},
	[BR_TABLE_BREACH] = {"8", &br_breach_row_shape},
	[BR_TABLE_CONFLICT] = {"ss", &br_conflict_row_shape},
	[BR_TABLE_RECONCILE] = {"s", &br_reconcile_row_shape},
	[BR_TABLE_HOLE] = {"8", &br_hole_shape},
	[BR_TABLE_RIGHTS] = {"s", &br_rights_row_shape},
	[BR_TABLE_RIGHTS_SWEEP] = {"s", &br_rights_sweep_shape},
	[BR_TABLE_SUMMARY] = {"s", &br_summary_row_shape},
	[BR_TABLE_QUARANTINE] = {"8", &br_quarantine_row_shape},
	[BR_TABLE_LABEL_DESIGN] = {"s4", &br_label_design_row_shape},
};

/* Appends bytes as a quoted text, whatever they are: what is not printable stands as \xNN. */
static void bytes_add(struct br_text *text, struct br_str bytes)
{
	bool plain = br_utf8_valid(bytes.s, bytes.n);

	br_assert(bytes.s != NULL || bytes.n == 0);
	br_text_putc(text, '"');
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.s[i];

		if (c < 0x20 || c == 0x7F || (!plain && c >= 0x80))
			br_text_printf(text, "\\x%02x", c);
		else
			br_text_putc(text, (char)c);
	}
	br_text_putc(text, '"');
}

/* Takes a big-endian number of `n` bytes off the front; false when there are fewer. */
static bool number_take(struct br_str *rest, size_t n, uint64_t *ret_number)
{
	uint64_t number = 0;

	br_assert(n <= sizeof(number));
	if (rest->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		number = number << 8 | (unsigned char)rest->s[i];
	rest->s += n;
	rest->n -= n;
	*ret_number = number;
	return true;
}

static bool part_add(struct br_text *text, char part, struct br_str *rest)
{
	struct br_str str = *rest;
	uint64_t number;

	br_assert(part != '\0');
	if (part >= '1' && part <= '8') {
		if (!number_take(rest, (size_t)(part - '0'), &number))
			return false;
		br_text_printf(text, "%" PRIu64, number);
		return true;
	}
	br_assert(part == 's' || part == 'r');
	if (part == 's' && !br_key_take_str(rest, &str))
		return false;
	if (part == 'r')
		*rest = (struct br_str){NULL, 0};
	bytes_add(text, str);
	return true;
}

/* Hands the text over, cut at a character's border. */
static void text_give(struct br_text *text, char *ret_text, size_t size)
{
	size_t n = text->n;

	br_assert(size > 0);
	if (n >= size)
		n = br_utf8_cut(text->bytes, size - 1);
	if (n > 0)
		memcpy(ret_text, text->bytes, n);
	ret_text[n] = '\0';
	br_text_finish(text);
}

void br_verify_key_text(enum br_table table, struct br_str key, char ret_text[BR_VERIFY_KEY_BYTES])
{
	struct br_str rest = key;
	struct br_text text;

	br_assert(table < BR_TABLE_N && tables[table].parts != NULL);
	br_text_init(&text, VALUE_BYTES_MAX);
	for (const char *part = tables[table].parts; *part != '\0'; part++) {
		if (text.n > 0)
			br_text_putc(&text, ' ');
		if (part_add(&text, *part, &rest))
			continue;
		br_text_clear(&text);
		rest = key;
		break;
	}
	if (rest.n > 0) {
		br_text_puts(&text, text.n > 0 ? " and " : "(not of this table's form) ");
		bytes_add(&text, rest);
	}
	text_give(&text, ret_text, BR_VERIFY_KEY_BYTES);
}

/* One field of a row as JSON: its value, or "not set". */
static void field_write(
	const struct br_shape *shape, unsigned field, const void *row, struct br_text *text)
{
	struct br_shape one = *shape;
	struct br_json_out out;

	br_assert(field < shape->field_n);
	one.fields = &shape->fields[field];
	one.field_n = 1;
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_record_to_json(&one, row, &out);
	br_json_out_end(&out);
}

/* The part behind `{"name":` and before `}`. */
static struct br_str field_value(const struct br_field *field, const struct br_text *text)
{
	size_t skip = strlen(field->name) + 4;

	br_assert(text->n >= 2 && text->bytes[text->n - 1] == '}');
	if (text->n <= skip)
		return BR_STR("not set");
	br_assert(text->bytes[skip - 1] == ':');
	return (struct br_str){text->bytes + skip, text->n - skip - 1};
}

static void fields_compare(
	const struct br_shape *shape, const void *stored, const void *rebuilt, struct br_text *text)
{
	struct br_text a, b;
	unsigned named = 0;

	br_assert(stored != NULL && rebuilt != NULL);
	br_text_init(&a, VALUE_BYTES_MAX);
	br_text_init(&b, VALUE_BYTES_MAX);
	for (unsigned i = 0; i < shape->field_n && named < FIELDS_NAMED_MAX; i++) {
		br_text_clear(&a);
		br_text_clear(&b);
		field_write(shape, i, stored, &a);
		field_write(shape, i, rebuilt, &b);
		if (br_str_equal(br_text_str(&a), br_text_str(&b)))
			continue;
		br_text_puts(text, named++ > 0 ? "; " : "");
		br_text_printf(text, "%s is ", shape->fields[i].name);
		br_text_add_str(text, field_value(&shape->fields[i], &a));
		br_text_puts(text, ", the journal gives ");
		br_text_add_str(text, field_value(&shape->fields[i], &b));
	}
	if (named == 0)
		br_text_puts(text, "is written in another form than the journal gives");
	br_text_finish(&a);
	br_text_finish(&b);
}

static void value_tell(
	enum br_table table, struct br_str key, struct br_str value, struct br_text *text)
{
	br_assert(tables[table].shape == NULL);
	if (table == BR_TABLE_HISTORY)
		br_history_row_text(key, value, text);
	else
		bytes_add(text, value);
}

/* Rows that are no records hold a text, a block of the history, or nothing. */
static void values_compare(enum br_table table, struct br_str key, struct br_str stored,
	struct br_str rebuilt, struct br_text *text)
{
	br_assert(!br_str_equal(stored, rebuilt));
	br_text_puts(text, "is ");
	value_tell(table, key, stored, text);
	br_text_puts(text, ", the journal gives ");
	value_tell(table, key, rebuilt, text);
}

void br_verify_row_difference(enum br_table table, struct br_str key, struct br_str stored,
	struct br_str rebuilt, struct br_arena *arena, char *ret_text, size_t size)
{
	const struct br_shape *shape = tables[table].shape;
	void *a = NULL, *b = NULL;
	struct br_text text;
	int result = BR_E_MEMORY;

	br_assert(table < BR_TABLE_N && size > 0);
	br_text_init(&text, VALUE_BYTES_MAX);
	if (shape == NULL) {
		values_compare(table, key, stored, rebuilt, &text);
		text_give(&text, ret_text, size);
		return;
	}
	a = br_arena_take(arena, shape->size);
	b = br_arena_take(arena, shape->size);
	if (a != NULL && b != NULL)
		result = br_record_decode(shape, stored, arena, a);
	if (result < 0)
		br_text_printf(&text, "cannot be read: %s", br_error_text(result));
	else if (br_record_decode(shape, rebuilt, arena, b) == 0)
		fields_compare(shape, a, b, &text);
	else
		br_text_puts(&text, "the journal gives a row that cannot be read");
	text_give(&text, ret_text, size);
}
