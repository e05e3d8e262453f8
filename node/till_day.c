#include "node/till_day.h"

#include "node/sale.h"
#include "node/tables.h"

#define QUARTER_MS (INT64_C(15) * 60 * 1000)

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

static uint64_t quarter_of(int64_t at_ms)
{
	return at_ms < 0 ? 0 : (uint64_t)(at_ms / QUARTER_MS);
}

static struct br_key day_key(struct br_str till, struct br_str currency, uint64_t quarter)
{
	struct br_key key = br_key_of_str(till);

	br_assert(till.n > 0);
	br_key_add_str(&key, currency);
	br_key_add_u64(&key, quarter);
	return key;
}

/* The sale itself is counted with its first line. */
void br_till_day_add(struct br_txn *txn, const struct br_event *event)
{
	const struct br_sold *sold = event->body;
	struct br_key key = day_key(sold->till, sold->currency, quarter_of(event->happened_ms));
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

struct day_row {
	struct br_str till, currency; /* in the store's own memory, until the transaction ends */
	uint64_t quarter;
	struct br_till_day sums;
};

/* The next row of the scan; false at its end, or when it cannot be read. */
static bool row_next(struct br_txn *txn, struct br_scan *scan, struct day_row *ret_row)
{
	struct br_str key, value;
	struct day_row row;
	int result;

	if (!br_scan_next(scan, &key, &value))
		return false;
	result = br_record_decode(&br_till_day_shape, value, NULL, &row.sums);
	if (result == 0 &&
		(!br_key_take_str(&key, &row.till) || !br_key_take_str(&key, &row.currency) ||
			!br_key_take_u64(&key, &row.quarter)))
		result = BR_E_CORRUPT;
	if (result < 0) {
		(void)br_txn_fail(txn, result);
		return false;
	}
	br_assert(row.till.n > 0);
	*ret_row = row;
	return true;
}

static void sums_add(struct br_till_day *sums, const struct br_till_day *more)
{
	sums->sales += more->sales;
	sums->returns += more->returns;
	sums->voids += more->voids;
	sums->lines += more->lines;
	sums->sold += more->sold;
	sums->given_back += more->given_back;
	sums->voided += more->voided;
	br_assert(sums->sales + sums->returns + sums->voids <= sums->lines);
}

/* What one till took in one currency. */
static struct br_till_day day_sum(
	struct br_txn *txn, const struct br_day *day, struct br_str till, struct br_str currency)
{
	struct br_key from = day_key(till, currency, quarter_of(day->from_ms));
	struct br_key to = day_key(till, currency, quarter_of(day->to_ms));
	struct br_str prefix = {(const char *)to.bytes, to.n - sizeof(uint64_t)};
	struct br_till_day sums = {.sales = 0};
	struct day_row row;
	struct br_scan scan;

	br_assert(day->from_ms < day->to_ms);
	br_scan_begin(&scan, txn, BR_TABLE_TILL_DAY, prefix, br_key_str(&from), false);
	while (row_next(txn, &scan, &row) && row.quarter < quarter_of(day->to_ms))
		sums_add(&sums, &row.sums);
	br_scan_end(&scan);
	return sums;
}

/* The first row from a key on. */
static bool row_first(struct br_txn *txn, const struct br_key *prefix, const struct br_key *from,
	struct day_row *ret_row)
{
	struct br_scan scan;
	bool there;

	br_assert(prefix->n <= from->n);
	br_scan_begin(&scan, txn, BR_TABLE_TILL_DAY, br_key_str(prefix), br_key_str(from), false);
	there = row_next(txn, &scan, ret_row);
	br_scan_end(&scan);
	return there;
}

void br_till_day_walk(struct br_txn *txn, const struct br_day *day, struct br_str till,
	void (*visit)(void *context, struct br_str till, struct br_str currency,
		const struct br_till_day *sums),
	void *context)
{
	struct br_key prefix, from;
	struct day_row row;

	br_assert(visit != NULL);
	br_key_init(&prefix);
	if (till.n > 0)
		br_key_add_str(&prefix, till);
	/* From the first row of one till and currency on to the first one of the next. */
	for (from = prefix; row_first(txn, &prefix, &from, &row);) {
		struct br_till_day sums = day_sum(txn, day, row.till, row.currency);

		if (sums.lines > 0)
			visit(context, row.till, row.currency, &sums);
		from = day_key(row.till, row.currency, UINT64_MAX);
	}
}

static void all_add(void *context, struct br_str till, struct br_str currency BR_UNUSED,
	const struct br_till_day *sums)
{
	struct br_till_day counts = *sums;

	br_assert(till.n > 0);
	counts.sold = counts.given_back = counts.voided = 0;
	sums_add(context, &counts);
}

struct br_till_day br_till_day_all(struct br_txn *txn, const struct br_day *day)
{
	struct br_str every = {NULL, 0};
	struct br_till_day all = {.sales = 0};

	br_till_day_walk(txn, day, every, all_add, &all);
	br_assert(all.sold == 0 && all.voided == 0);
	return all;
}
