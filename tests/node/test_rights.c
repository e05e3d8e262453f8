#include "node/rights.h"

#include <stdio.h>
#include <string.h>

#include "node/stock.h"
#include "tests/node/bench.h"

static int64_t rights_of(struct bench *bench, const char *sku)
{
	return br_stock_get(bench_read(bench), br_str_from(sku)).rights;
}

/* Each row asks for something on top of what the rows before left: A begins with 10. */
static void test_rights_are_granted_and_revoked_within_what_there_is(void)
{
	static const struct {
		const char *command, *data;
		enum br_refusal refusal;
		int64_t rights, available;
	} rows[] = {
		{"rights.grant", "{'sku':'A','quantity':4}", 0, 4000, 6000},
		{"rights.grant", "{'sku':'A','quantity':6.001}", BR_REFUSAL_INSUFFICIENT_STOCK,
			4000, 6000},
		{"rights.grant", "{'sku':'A','quantity':6}", 0, 10000, 0},
		{"rights.grant", "{'sku':'A','quantity':0.001}", BR_REFUSAL_INSUFFICIENT_STOCK,
			10000, 0},
		{"rights.revoke", "{'sku':'A','quantity':10.001}", BR_REFUSAL_INSUFFICIENT_RIGHTS,
			10000, 0},
		{"rights.revoke", "{'sku':'A','quantity':3}", 0, 7000, 3000},
		{"stock.policy", "{'scope':'sku','key':'A','safety':2}", 0, 7000, 1000},
		{"rights.grant", "{'sku':'A','quantity':2}", BR_REFUSAL_INSUFFICIENT_STOCK, 7000,
			1000},
		{"stock.move", "{'sku':'A','kind':'display','bucket':'backroom','quantity':1}", 0,
			7000, 0},
		{"sale.record", "{'till':'t','lines':[{'sku':'A','quantity':5,'price':1}]}", 0,
			7000, -5000},
		{"rights.grant", "{'sku':'A','quantity':1}", BR_REFUSAL_INSUFFICIENT_STOCK, 7000,
			-5000},
		{"rights.revoke", "{'sku':'A','quantity':7}", 0, 0, 2000},
		{"rights.revoke", "{'sku':'A','quantity':1}", BR_REFUSAL_INSUFFICIENT_RIGHTS, 0,
			2000},
	};
	struct bench bench;

	bench_open(&bench, "rights");
	bench_catalogue(&bench);
	bench.actor = BR_ACTOR_CENTRAL;
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), rows[i].refusal);
		CHECK_INT(rights_of(&bench, "A"), rows[i].rights);
		CHECK_INT(bench_available(&bench, "A"), rows[i].available);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_rights_of_a_removed_product_can_be_taken_back(void)
{
	struct bench bench;

	bench_open(&bench, "removed");
	bench_catalogue(&bench);
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), 0);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "rights.revoke", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(rights_of(&bench, "A"), 0);
	bench_close(&bench);
}

static void test_what_rights_refuse(void)
{
	static const char *const rows[] = {"{'sku':'A','quantity':0}", "{'sku':'A','quantity':-1}",
		"{'sku':'A'}", "{'quantity':1}", "{'sku':'A','quantity':1000001}"};
	struct bench bench;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "rights.grant", "%s", rows[i]), BR_REFUSAL_MALFORMED);
		CHECK_INT(bench_do(&bench, "rights.revoke", "%s", rows[i]), BR_REFUSAL_MALFORMED);
	}
	CHECK_INT(rights_of(&bench, "A"), 0);
	bench_close(&bench);
}

static struct br_rights_row row_of(struct bench *bench, const char *sku)
{
	return br_rights_get(bench_read(bench), br_str_from(sku), &bench->arena);
}

/* Ten of A are granted, and six of them asked back as the command "R". */
static void recall_begin(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(bench_do(bench, "rights.grant", "{'sku':'A','quantity':10}"), 0);
	CHECK_INT(bench_submit(bench, "R", "rights.recall",
			  "{'sku':'A','quantity':6,'reason':'a party','associate':'kim'}", true),
		0);
}

static void test_a_recall_leaves_the_rights_where_they_are(void)
{
	const struct br_rights *recalled;
	struct br_rights_row row;
	struct br_event event;
	struct bench bench;

	recall_begin(&bench, "recall");
	event = bench_event(&bench, bench.answer.sequence);
	recalled = event.body;
	CHECK_INT(event.kind, BR_EVENT_RIGHTS_RECALLED);
	CHECK_INT(br_event_types[event.kind].lane, BR_LANE_ORDERS);
	CHECK_STR(recalled->recall, "R");
	CHECK_INT(rights_of(&bench, "A"), 10000);
	CHECK_INT(bench_available(&bench, "A"), 0);
	/* It is open over a restart, and one at a time is. */
	bench_reopen(&bench);
	row = row_of(&bench, "A");
	CHECK_INT(row.recalled, 6000);
	CHECK_INT(row.recalled_at, bench.now_ms);
	CHECK_STR(row.recall, "R");
	CHECK_STR(row.reason, "a party");
	CHECK_STR(row.associate, "kim");
	CHECK_INT(
		bench_do(&bench, "rights.recall", "{'sku':'A','quantity':1}"), BR_REFUSAL_ALREADY);
	CHECK_HAS(bench.answer.message, "was asked for 6 already");
	CHECK_INT(bench_do(&bench, "rights.recall", "{'sku':'B','quantity':1}"),
		BR_REFUSAL_INSUFFICIENT_RIGHTS);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_recall_ends_when_it_is_answered(void)
{
	static const struct {
		const char *command, *data;
		int64_t recalled, rights;
	} rows[] = {
		{"rights.revoke", "{'sku':'A','quantity':6,'recall':'R'}", 0, 4000},
		/* The rest of it is spent. */
		{"rights.revoke", "{'sku':'A','quantity':1,'recall':'R'}", 0, 9000},
		{"rights.keep", "{'sku':'A','recall':'R','reason':'spent'}", 0, 10000},
		/* Given back unasked, or as the answer to another one. */
		{"rights.revoke", "{'sku':'A','quantity':2}", 6000, 8000},
		{"rights.revoke", "{'sku':'A','quantity':2,'recall':'Q'}", 6000, 8000},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct bench bench;
		char name[16];

		(void)snprintf(name, sizeof(name), "answer-%zu", i);
		recall_begin(&bench, name);
		bench.actor = BR_ACTOR_CENTRAL;
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), 0);
		CHECK_INT(rights_of(&bench, "A"), rows[i].rights);
		CHECK_INT(row_of(&bench, "A").recalled, rows[i].recalled);
		bench_verify(&bench);
		bench_close(&bench);
	}
}

static void test_only_the_central_system_gives_rights_back(void)
{
	static const struct bench_refused rows[] = {
		{"rights.revoke", "{'sku':'A','quantity':1}", "only the central system may give",
			BR_REFUSAL_NOT_ALLOWED},
		{"rights.revoke", "{'sku':'A','quantity':1,'recall':'R'}", "rights.recall asks it",
			BR_REFUSAL_NOT_ALLOWED},
		{"rights.keep", "{'sku':'A','recall':'R'}", "only the central system may say",
			BR_REFUSAL_NOT_ALLOWED},
		{"rights.request", "{'sku':'A','quantity':1}", "only the central system may ask",
			BR_REFUSAL_NOT_ALLOWED},
	};
	struct bench bench;

	recall_begin(&bench, "handshake");
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK_INT(rights_of(&bench, "A"), 10000);
	bench.actor = BR_ACTOR_CENTRAL;
	CHECK_INT(bench_do(&bench, "rights.keep", "{'sku':'A','recall':'Q'}"), BR_REFUSAL_ALREADY);
	CHECK_INT(bench_do(&bench, "rights.keep", "{'sku':'A'}"), BR_REFUSAL_MALFORMED);
	CHECK_INT(row_of(&bench, "A").recalled, 6000);
	bench_close(&bench);
}

/* No time that passes gives a right back, whatever timers there are. */
static void test_no_timer_gives_rights_back(void)
{
	struct bench bench;

	recall_begin(&bench, "timer");
	bench.now_ms += INT64_C(400) * 24 * 3600 * 1000;
	CHECK_INT(bench_do(&bench, "rights.sweep", "{'key':'store','at':'2026-03-01T10:10:00Z'}"),
		BR_REFUSAL_ALREADY);
	CHECK_INT(rights_of(&bench, "A"), 10000);
	CHECK_INT(row_of(&bench, "A").recalled, 6000);
	bench_close(&bench);
}

static void test_a_sale_of_what_was_granted_recalls_it(void)
{
	struct br_rights_row row;
	struct bench bench;

	bench_open(&bench, "breach");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':9,'price':1}]}"),
		0);
	row = row_of(&bench, "A");
	CHECK_INT(row.recalled, 3000);
	CHECK_STR(row.reason, "what was granted is gone");
	CHECK_INT(rights_of(&bench, "A"), 4000);
	/* The next one finds it open, and says no more. */
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':1,'price':1}]}"),
		0);
	CHECK_INT(row_of(&bench, "A").recalled, 3000);
	bench_verify(&bench);
	bench_close(&bench);
}

static void accept(struct bench *bench, const char *order, const char *channel, unsigned n)
{
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'%s','channel':'%s','lines':[{'line':'1','sku':'B',"
			  "'quantity':%u},{'line':'2','sku':'B','quantity':1}]}",
			  order, channel, n),
		0);
	CHECK_INT(bench_do(bench, "order.accept", "{'order':'%s'}", order), 0);
}

static void test_demand_is_what_online_orders_ask_for_and_fades(void)
{
	const int64_t week_ms = INT64_C(7) * 24 * 3600 * 1000;
	struct br_rights_row row;
	struct bench bench;

	bench_open(&bench, "demand");
	bench_catalogue(&bench);
	accept(&bench, "O-1", "web", 3);
	accept(&bench, "O-2", "store", 5);
	row = row_of(&bench, "B");
	CHECK_INT(row.demand, 4000);
	CHECK_INT(br_rights_demand(&row, bench.now_ms), 4000);
	CHECK_INT(br_rights_demand(&row, bench.now_ms + week_ms), 3000);
	CHECK_INT(br_rights_demand(&row, bench.now_ms + 4 * week_ms), 0);
	/* A clock that was set back lets nothing grow. */
	CHECK_INT(br_rights_demand(&row, bench.now_ms - week_ms), 4000);
	bench.now_ms += week_ms;
	accept(&bench, "O-3", "app", 1);
	CHECK_INT(row_of(&bench, "B").demand, 5000);
	bench_verify(&bench);
	bench_close(&bench);
}

static bool walk_visit(void *context, struct br_str sku, const struct br_rights_row *row)
{
	char *met = context;

	CHECK(row->recalled > 0);
	(void)snprintf(met + strlen(met), 8, "%.*s", BR_STR_ARG(sku));
	return strlen(met) < 2;
}

static void test_the_walk_goes_on_behind_a_product(void)
{
	struct br_str none = {NULL, 0};
	struct bench bench;
	char met[16] = "";

	bench_open(&bench, "walk");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'C','kind':'receive','quantity':5}"), 0);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(
			bench_do(&bench, "rights.grant", "{'sku':'%c','quantity':1}", 'A' + i), 0);
		CHECK_INT(
			bench_do(&bench, "rights.recall", "{'sku':'%c','quantity':1}", 'A' + i), 0);
	}
	br_rights_walk(bench_read(&bench), none, walk_visit, met);
	CHECK_TEXT(met, "AB");
	met[0] = '\0';
	br_rights_walk(bench_read(&bench), BR_STR("B"), walk_visit, met);
	CHECK_TEXT(met, "C");
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_rights_are_granted_and_revoked_within_what_there_is);
	TEST(test_rights_of_a_removed_product_can_be_taken_back);
	TEST(test_what_rights_refuse);
	TEST(test_a_recall_leaves_the_rights_where_they_are);
	TEST(test_a_recall_ends_when_it_is_answered);
	TEST(test_only_the_central_system_gives_rights_back);
	TEST(test_no_timer_gives_rights_back);
	TEST(test_a_sale_of_what_was_granted_recalls_it);
	TEST(test_demand_is_what_online_orders_ask_for_and_fades);
	TEST(test_the_walk_goes_on_behind_a_product);
	return test_end(argc, argv);
}
