#include "node/till_day.h"

#include "node/sale.h"
#include "node/tables.h"
#include "node/time.h"

static const struct br_field day_fields[] = {
	BR_U64(br_till_day, sales, 0, 0),
	BR_U64(br_till_day, returns, 0, 0),
	BR_U64(br_till_day, voids, 0, 0),
	BR_U64(br_till_day, lines, 0, 0),
	BR_MILLI(br_till_day, sold, 0, INT64_MAX),
	BR_MILLI(br_till_day, given_back, 0, INT64_MAX),
	BR_MILLI(br_till_day, voided, 0, INT64_MAX),
};
BR_DEFINE_SHAPE(br_till_day_shape, br_till_day, 1, day_fields);

static struct br_key day_key(int64_t at_ms, struct br_str till, struct br_str currency)
{
	char date[BR_TIME_TEXT_BYTES];
	struct br_key key;

	br_assert(till.n > 0);
	br_time_format(at_ms, date);
	key = br_key_of_str((struct br_str){date, BR_DATE_BYTES});
	br_key_add_str(&key, till);
	br_key_add_str(&key, currency);
	return key;
}

/* The sale itself is counted with its first line. */
void br_till_day_add(struct br_txn *txn, const struct br_event *event)
{
	const struct br_sold *sold = event->body;
	struct br_key key = day_key(event->happened_ms, sold->till, sold->currency);
	bool first = BR_LIST_AT(sold->lines, br_sold_line, 0)->line == 1;
	struct br_till_day day = {.sales = 0};
	int64_t amount = 0;

	br_assert(sold->lines.n > 0 && sold->lines.n <= BR_SALE_LINES_PER_EVENT_MAX);
	if (br_row_get(txn, BR_TABLE_TILL_DAY, br_key_str(&key), &br_till_day_shape, NULL, &day) <
		0)
		day = (struct br_till_day){.sales = 0};
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

		amount += br_sale_line_total(sold->currency, line->quantity, line->price);
	}
	day.lines += sold->lines.n;
	if (event->kind == BR_EVENT_SALE_RECORDED) {
		day.sales += first;
		day.sold += amount;
	} else if (event->kind == BR_EVENT_RETURN_RECORDED) {
		day.returns += first;
		day.given_back += amount;
	} else {
		br_assert(event->kind == BR_EVENT_SALE_VOIDED);
		day.voids += first;
		day.voided += amount;
	}
	br_row_put(txn, BR_TABLE_TILL_DAY, br_key_str(&key), &br_till_day_shape, &day);
}

void br_till_day_walk(struct br_txn *txn, struct br_str date, struct br_str till,
	void (*visit)(void *context, struct br_str till, struct br_str currency,
		const struct br_till_day *day),
	void *context)
{
	struct br_key prefix = br_key_of_str(date);
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_assert(date.n == BR_DATE_BYTES);
	if (till.n > 0)
		br_key_add_str(&prefix, till);
	br_scan_begin(&scan, txn, BR_TABLE_TILL_DAY, br_key_str(&prefix), none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_str day_of, name, currency;
		struct br_till_day day;
		int result = br_record_decode(&br_till_day_shape, value, NULL, &day);

		if (result == 0 &&
			(!br_key_take_str(&key, &day_of) || !br_key_take_str(&key, &name) ||
				!br_key_take_str(&key, &currency)))
			result = BR_E_CORRUPT;
		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		visit(context, name, currency, &day);
	}
	br_scan_end(&scan);
}

static void day_sum(void *context, struct br_str till, struct br_str currency BR_UNUSED,
	const struct br_till_day *day)
{
	struct br_till_day *sum = context;

	br_assert(till.n > 0);
	sum->sales += day->sales;
	sum->returns += day->returns;
	sum->voids += day->voids;
	sum->lines += day->lines;
}

struct br_till_day br_day_get(struct br_txn *txn, int64_t at_ms)
{
	struct br_till_day sum = {.sales = 0};
	struct br_str every = {NULL, 0};
	char date[BR_TIME_TEXT_BYTES];

	br_time_format(at_ms, date);
	br_till_day_walk(txn, (struct br_str){date, BR_DATE_BYTES}, every, day_sum, &sum);
	br_assert(sum.sales + sum.returns + sum.voids <= sum.lines);
	return sum;
}
