#include "node/verify.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/crypto.h"
#include "node/product.h"
#include "node/stock.h"
#include "tests/node/bench.h"

/* Writes into the ledger behind the core's back. */
static void row_put(struct bench *bench, unsigned table, struct br_str key, struct br_str value)
{
	struct br_txn *txn;

	REQUIRE(br_txn_begin(bench->store, true, &txn) == 0);
	if (value.s != NULL)
		br_txn_put(txn, table, key, value);
	else
		br_txn_delete(txn, table, key);
	REQUIRE(br_txn_commit(txn) == 0);
}

static struct br_verify_report verify(struct bench *bench)
{
	struct br_verify_options options = {.scratch = test_folder()};
	struct br_verify_report report = {.problems = 0};
	struct br_fault fault;

	REQUIRE(br_verify(bench->store, &options, &report, &fault) == 0);
	return report;
}

/* A ledger with something in every kind of table. */
static void ledger_fill(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(bench_do(bench, "price.set",
			  "{'sku':'A','amount':2.5,'currency':'EUR','to':'2026-04-01T00:00:00Z'}"),
		0);
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':2}]}"),
		0);
	CHECK_INT(bench_do(bench, "order.accept", "{'order':'O'}"), 0);
	CHECK_INT(bench_do(bench, "label.bind", "{'label':'00000218B3A91F01','sku':'A'}"), 0);
	CHECK_INT(bench_do(bench, "device.adopt", "{'device':'z/fridge'}"), 0);
	CHECK_INT(bench_do(bench, "alarm.raise", "{'alarm':'x','rule':'r','text':'warm'}"), 0);
	CHECK_INT(bench_do(bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':1,'price':2.5}]}"),
		0);
}

static void test_a_sound_ledger_is_clean(void)
{
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "sound");
	report = verify(&bench);
	CHECK_INT(report.problems, 0);
	CHECK_INT(report.head, br_core_head(bench.core));
	CHECK_INT(report.events, report.head);
	CHECK(report.rebuilt && report.rows > 20);
	bench_close(&bench);
}

static void test_an_empty_ledger_is_clean(void)
{
	struct bench bench;

	bench_open(&bench, "empty");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_seals_are_compared(void)
{
	struct br_verify_report report;
	struct br_key key = br_key_of_u64(BR_SEAL_INTERVAL);
	struct bench bench;

	bench_open(&bench, "seals");
	bench_catalogue(&bench);
	for (unsigned i = 0; i < BR_SEAL_INTERVAL; i++)
		(void)bench_do(&bench, "stock.move",
			"{'sku':'C','kind':'adjust','quantity':%u,'reason':'r'}", 1 + i);
	report = verify(&bench);
	CHECK_INT(report.problems, 0);
	CHECK_INT(report.seals, 1);
	row_put(&bench, BR_TABLE_SEAL, br_key_str(&key),
		BR_STR("not a hash at all, but 32 bytes!"));
	report = verify(&bench);
	CHECK_INT(report.problems, 1);
	CHECK_HAS(report.findings[0], "seal after record 1024: the hash chain");
	row_put(&bench, BR_TABLE_SEAL, br_key_str(&key), (struct br_str){NULL, 0});
	report = verify(&bench);
	CHECK_HAS(report.findings[0], "seal after record 1024: is missing");
	bench_close(&bench);
}

static void test_a_changed_record_breaks_the_chain(void)
{
	struct br_key second = br_key_of_u64(2), third = br_key_of_u64(3);
	struct br_verify_report report;
	struct br_str value;
	struct bench bench;
	char copy[512];

	ledger_fill(&bench, "changed");
	REQUIRE(br_txn_get(bench_read(&bench), BR_TABLE_JOURNAL, br_key_str(&second), &value) == 0);
	memcpy(copy, value.s, value.n);
	/* A record that is sound by itself, but was not written there. */
	row_put(&bench, BR_TABLE_JOURNAL, br_key_str(&third), (struct br_str){copy, value.n});
	report = verify(&bench);
	CHECK_INT(report.problems, 1);
	CHECK(!report.rebuilt);
	CHECK_HAS(report.findings[0], "the hash chain over the journal does not come to it");
	copy[9] ^= 1;
	row_put(&bench, BR_TABLE_JOURNAL, br_key_str(&third), (struct br_str){copy, value.n});
	report = verify(&bench);
	CHECK_INT(report.problems, 2);
	CHECK_HAS(report.findings[0], "journal 3: ");
	bench_close(&bench);
}

static void test_a_missing_record_is_named(void)
{
	struct br_key third = br_key_of_u64(3);
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "missing");
	row_put(&bench, BR_TABLE_JOURNAL, br_key_str(&third), (struct br_str){NULL, 0});
	report = verify(&bench);
	CHECK(report.problems >= 1);
	CHECK_HAS(report.findings[0], "journal: 4 follows on 2, records are missing");
	bench_close(&bench);
}

static void test_a_foreign_key_in_the_journal_is_named(void)
{
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "foreign");
	row_put(&bench, BR_TABLE_JOURNAL, BR_STR("x"), BR_STR("y"));
	report = verify(&bench);
	CHECK_INT(report.problems, 1);
	CHECK_HAS(report.findings[0], "a key that is no sequence");
	bench_close(&bench);
}

static void test_a_view_that_differs_is_told_by_field(void)
{
	const struct br_movement four = {.sku = BR_STR("A"), .buckets[BR_BUCKET_SHELF] = 4000};
	struct br_event none = {.sequence = 1};
	struct br_verify_report report;
	struct br_txn *txn;
	struct bench bench;

	ledger_fill(&bench, "differs");
	REQUIRE(br_txn_begin(bench.store, true, &txn) == 0);
	br_stock_add(txn, &none, &four, NULL);
	REQUIRE(br_txn_commit(txn) == 0);
	report = verify(&bench);
	CHECK_INT(report.problems, 1);
	CHECK(report.rebuilt);
	CHECK_TEXT(report.findings[0], "stock \"A\": shelf is 3, the journal gives -1");
	bench_close(&bench);
}

/* Rows of the history are told by what they hold, not by their bytes. */
static void test_a_history_that_differs_is_told_in_words(void)
{
	struct br_verify_report report;
	struct br_txn *txn;
	struct bench bench;

	ledger_fill(&bench, "history");
	REQUIRE(br_txn_begin(bench.store, true, &txn) == 0);
	br_history_add(txn, BR_NOUN_PRODUCT, BR_STR("A"), 999);
	REQUIRE(br_txn_commit(txn) == 0);
	report = verify(&bench);
	CHECK_INT(report.problems, 1);
	CHECK_HAS(report.findings[0], "history 1 \"A\" 1: is ");
	CHECK_HAS(report.findings[0], " events up to 999, the journal gives ");
	bench_close(&bench);
}

static void test_rows_too_many_and_too_few_are_told(void)
{
	struct br_key open = br_key_of_str(BR_STR("O")), ghost = br_key_of_str(BR_STR("ghost"));
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "rows");
	row_put(&bench, BR_TABLE_ORDER_OPEN, br_key_str(&open), (struct br_str){NULL, 0});
	row_put(&bench, BR_TABLE_ORDER_OPEN, br_key_str(&ghost), (struct br_str){"", 0});
	row_put(&bench, BR_TABLE_BARCODE_OWN, BR_STR("02000000000015"), BR_STR("B"));
	row_put(&bench, BR_TABLE_DEVICE, BR_STR("z/fridge\0"), BR_STR("?"));
	report = verify(&bench);
	CHECK_INT(report.problems, 4);
	CHECK_TEXT(report.findings[0],
		"barcode_own \"02000000000015\": is \"B\", the journal gives \"A\"");
	CHECK_TEXT(report.findings[1], "order_open \"O\": is missing, the journal gives it");
	CHECK_TEXT(
		report.findings[2], "order_open \"ghost\": is there, the journal does not give it");
	CHECK_HAS(report.findings[3], "device \"z/fridge\": cannot be read");
	bench_close(&bench);
}

static void test_findings_over_the_list_are_counted(void)
{
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "many");
	for (unsigned i = 0; i < 50; i++) {
		struct br_key key = br_key_of_u64(i);

		row_put(&bench, BR_TABLE_HISTORY, br_key_str(&key), (struct br_str){"", 0});
	}
	report = verify(&bench);
	CHECK_INT(report.problems, 50);
	CHECK_INT(report.finding_n, BR_VERIFY_FINDINGS_MAX);
	CHECK_HAS(report.findings[0], "(not of this table's form)");
	bench_close(&bench);
}

static void test_state_and_cursors_are_checked(void)
{
	struct br_key cursor = br_key_of_str(BR_STR("hq/stock"));
	struct br_key value = br_key_of_u64(1000);
	struct br_verify_report report;
	struct bench bench;

	ledger_fill(&bench, "state");
	row_put(&bench, BR_TABLE_CURSOR, br_key_str(&cursor), br_key_str(&value));
	row_put(&bench, BR_TABLE_STATE, BR_STATE_EPOCH, BR_STR("x"));
	report = verify(&bench);
	CHECK_INT(report.problems, 2);
	CHECK_HAS(report.findings[0], "the epoch is missing or damaged");
	CHECK_HAS(report.findings[1], "cursor \"hq/stock\": is at 1000, the journal ends at");
	bench_close(&bench);
}

/* Goes on selling while it is told of the progress, as a live daemon would. */
static void sell_meanwhile(void *context, enum br_verify_step step, uint64_t done, uint64_t total)
{
	struct bench *bench = context;

	CHECK(done <= total && br_verify_step_words[step] != NULL);
	CHECK_INT(bench_do(bench, "sale.record",
			  "{'till':'t1','lines':[{'sku':'B','quantity':1,'price':2}]}"),
		0);
}

static void test_a_store_in_use_is_verified(void)
{
	struct br_verify_report report = {.problems = 1};
	struct br_verify_options options = {.progress = sell_meanwhile};
	struct bench bench;
	uint64_t before;

	ledger_fill(&bench, "live");
	before = br_core_head(bench.core);
	options.scratch = test_folder();
	options.context = &bench;
	REQUIRE(br_verify(bench.store, &options, &report, NULL) == 0);
	CHECK_INT(report.problems, 0);
	CHECK(report.rebuilt && report.head > before);
	CHECK(br_core_head(bench.core) > before + 10);
	bench_close(&bench);
}

static void test_a_scratch_folder_that_is_not_there_is_said(void)
{
	struct br_verify_options options = {.scratch = "/nowhere/at/all"};
	struct br_verify_report report = {.problems = 77};
	struct br_fault fault;
	struct bench bench;

	ledger_fill(&bench, "scratch");
	CHECK_INT(br_verify(bench.store, &options, &report, &fault), BR_E_IO);
	CHECK_HAS(fault.text, "/nowhere/at/all");
	CHECK_INT(report.problems, 77);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_sound_ledger_is_clean);
	TEST(test_an_empty_ledger_is_clean);
	TEST(test_seals_are_compared);
	TEST(test_a_changed_record_breaks_the_chain);
	TEST(test_a_missing_record_is_named);
	TEST(test_a_foreign_key_in_the_journal_is_named);
	TEST(test_a_view_that_differs_is_told_by_field);
	TEST(test_a_history_that_differs_is_told_in_words);
	TEST(test_rows_too_many_and_too_few_are_told);
	TEST(test_findings_over_the_list_are_counted);
	TEST(test_state_and_cursors_are_checked);
	TEST(test_a_store_in_use_is_verified);
	TEST(test_a_scratch_folder_that_is_not_there_is_said);
	return test_end(argc, argv);
}
