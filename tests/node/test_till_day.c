#include "node/till_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/sale.h"
#include "tests/node/bench.h"

struct seen {
	struct bench *bench;
	unsigned n;
	char names[256];
	struct br_till_day last;
};

static void see(
	void *context, struct br_str till, struct br_str currency, const struct br_till_day *day)
{
	struct seen *seen = context;
	size_t n = strlen(seen->names);

	(void)snprintf(seen->names + n, sizeof(seen->names) - n, "%.*s/%.*s ", BR_STR_ARG(till),
		BR_STR_ARG(currency));
	seen->last = *day;
	seen->n++;
}

static struct seen walk(struct bench *bench, const char *date, const char *till)
{
	struct seen seen = {.bench = bench};
	struct br_day day;

	REQUIRE(br_day_read(br_str_from(date), &day));
	br_till_day_walk(bench_read(bench), &day, br_str_from(till), see, &seen);
	return seen;
}

static void sell(struct bench *bench, const char *till, const char *currency, const char *price)
{
	CHECK_INT(bench_do(bench, "sale.record",
			  "{'till':'%s','currency':'%s','lines':[{'sku':'B','quantity':1,'price':"
			  "%s},{'sku':'C','quantity':2,'price':%s}]}",
			  till, currency, price, price),
		0);
}

static void test_each_till_and_currency_has_its_own(void)
{
	struct bench bench;
	struct seen seen;

	bench_open(&bench, "own");
	bench_catalogue(&bench);
	sell(&bench, "t2", "EUR", "1");
	sell(&bench, "t1", "EUR", "2.5");
	sell(&bench, "t1", "CHF", "3");
	sell(&bench, "t1", "EUR", "0.5");
	seen = walk(&bench, "2026-03-01", "");
	CHECK_TEXT(seen.names, "t1/CHF t1/EUR t2/EUR ");
	seen = walk(&bench, "2026-03-01", "t1");
	CHECK_INT(seen.n, 2);
	CHECK_INT(seen.last.sales, 2);
	CHECK_INT(seen.last.lines, 4);
	CHECK_INT(seen.last.sold, 3 * 3000);
	/* A name is no beginning of another one. */
	sell(&bench, "t10", "EUR", "1");
	CHECK_INT(walk(&bench, "2026-03-01", "t1").n, 2);
	CHECK_INT(walk(&bench, "2026-03-02", "").n, 0);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_returns_and_voids_are_counted_apart(void)
{
	struct br_till_day sums;
	struct bench bench;
	struct seen seen;
	struct br_day day;

	bench_open(&bench, "apart");
	bench_catalogue(&bench);
	bench.actor = "till/t1";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record",
			  "{'till':'t1','currency':'EUR','lines':[{'sku':'B','quantity':3,"
			  "'price':2}]}",
			  true),
		0);
	CHECK_INT(bench_submit(&bench, "s2", "sale.record",
			  "{'till':'t1','currency':'EUR','lines':[{'sku':'B','quantity':1,"
			  "'price':7}]}",
			  true),
		0);
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'B','quantity':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "sale.void", "{'till':'t1','sale':'s2'}"), 0);
	seen = walk(&bench, "2026-03-01", "t1");
	CHECK_INT(seen.n, 1);
	CHECK_INT(seen.last.sales, 2);
	CHECK_INT(seen.last.returns, 1);
	CHECK_INT(seen.last.voids, 1);
	CHECK_INT(seen.last.sold, 13000);
	CHECK_INT(seen.last.given_back, 2000);
	CHECK_INT(seen.last.voided, 7000);
	CHECK_INT(seen.last.lines, 4);
	day = br_day_of(BENCH_NOW_MS);
	sums = br_till_day_all(bench_read(&bench), &day);
	CHECK_INT(sums.sales, 2);
	CHECK_INT(sums.voids, 1);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Money is counted on the day on which it was taken, however late the store hears of it. */
static void test_a_late_sale_belongs_to_its_day(void)
{
	struct bench bench;
	struct br_day day;

	bench_open(&bench, "late");
	bench_catalogue(&bench);
	sell(&bench, "t1", "EUR", "1");
	bench.happened_ms = BENCH_NOW_MS + 1000;
	bench.now_ms = BENCH_NOW_MS + 86400000;
	sell(&bench, "t1", "EUR", "1");
	bench.happened_ms = 0;
	sell(&bench, "t1", "EUR", "1");
	CHECK_INT(walk(&bench, "2026-03-01", "t1").last.sales, 2);
	CHECK_INT(walk(&bench, "2026-03-02", "t1").last.sales, 1);
	day = br_day_of(0);
	CHECK_INT(br_till_day_all(bench_read(&bench), &day).sales, 0);
	bench_close(&bench);
}

static void test_a_sale_of_many_events_is_one_sale(void)
{
	char json[4096] = "{'till':'t1','lines':[";
	struct br_till_day day;
	struct bench bench;

	bench_open(&bench, "many");
	bench_catalogue(&bench);
	for (unsigned i = 0; i < 45; i++) {
		size_t n = strlen(json);

		(void)snprintf(json + n, sizeof(json) - n,
			"%s{'sku':'B','quantity':1,'price':1.005}", i > 0 ? "," : "");
	}
	CHECK_INT(bench_do(&bench, "sale.record", "%s]}", json), 0);
	day = walk(&bench, "2026-03-01", "t1").last;
	CHECK_INT(day.sales, 1);
	CHECK_INT(day.lines, 45);
	CHECK_INT(day.sold, 45 * 1005);
	bench_close(&bench);
}

/* The same sales, and the clock on the wall says which of them are of one day. */
static void test_a_day_is_the_one_of_the_stores_zone(void)
{
	static const struct {
		const char *zone;
		unsigned first, second; /* sales of March 1 and 2 */
	} rows[] = {
		{"UTC", 2, 2},
		{"CET-1", 1, 3},
		{"EST5", 3, 1},
		/* Midnight is a quarter past six in the evening of Greenwich. */
		{"<+0545>-5:45", 1, 2},
	};
	/* 18:14, 23:30, 00:30 and 18:15 in UTC */
	static const int64_t times[] = {INT64_C(1772388840000), INT64_C(1772407800000),
		INT64_C(1772411400000), INT64_C(1772475300000)};
	struct bench bench;

	bench_open(&bench, "zone");
	bench_catalogue(&bench);
	bench.now_ms = BENCH_NOW_MS + INT64_C(7) * 86400000;
	for (size_t i = 0; i < BR_ARRAY_LEN(times); i++) {
		bench.happened_ms = times[i];
		sell(&bench, "t1", "EUR", "1");
	}
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		REQUIRE(setenv("TZ", rows[i].zone, 1) == 0);
		tzset();
		CHECK_INT(walk(&bench, "2026-03-01", "t1").last.sales, rows[i].first);
		CHECK_INT(walk(&bench, "2026-03-02", "").last.sales, rows[i].second);
	}
	REQUIRE(setenv("TZ", "UTC", 1) == 0);
	tzset();
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	REQUIRE(setenv("TZ", "UTC", 1) == 0);
	TEST(test_each_till_and_currency_has_its_own);
	TEST(test_returns_and_voids_are_counted_apart);
	TEST(test_a_late_sale_belongs_to_its_day);
	TEST(test_a_sale_of_many_events_is_one_sale);
	TEST(test_a_day_is_the_one_of_the_stores_zone);
	return test_end(argc, argv);
}
