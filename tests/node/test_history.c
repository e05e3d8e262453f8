#include "node/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/event.h"
#include "node/varint.h"
#include "tests/node/bench.h"

#define MANY 3000

static struct br_txn *write_begin(struct bench *bench)
{
	struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(bench->store, true, &txn) == 0);
	return txn;
}

static void add(struct br_txn *txn, const char *key, uint64_t sequence)
{
	br_history_add(txn, BR_NOUN_PRODUCT, br_str_from(key), sequence);
}

/* The walk below `before` gives exactly what the sequences 0 … n - 1 have below it. */
static void walk_is(
	struct br_txn *txn, const char *key, const uint64_t *sequences, unsigned n, uint64_t before)
{
	struct br_history history;
	uint64_t sequence;
	unsigned at = n;

	while (at > 0 && before > 0 && sequences[at - 1] >= before)
		at--;
	br_history_begin(&history, txn, BR_NOUN_PRODUCT, br_str_from(key), before);
	while (br_history_next(&history, &sequence)) {
		REQUIRE(at > 0);
		CHECK_INT(sequence, sequences[--at]);
	}
	br_history_end(&history);
	CHECK_INT(at, 0);
	CHECK_INT(br_txn_error(txn), 0);
}

static void test_events_come_newest_first(void)
{
	static const uint64_t sequences[] = {1, 2, 200, 40000, UINT64_C(9000000000)};
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "newest");
	txn = write_begin(&bench);
	CHECK_INT(br_history_newest(txn, BR_NOUN_PRODUCT, BR_STR("A")), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(sequences); i++)
		add(txn, "A", sequences[i]);
	CHECK_INT(br_history_newest(txn, BR_NOUN_PRODUCT, BR_STR("A")), sequences[4]);
	walk_is(txn, "A", sequences, 5, 0);
	walk_is(txn, "A", sequences, 5, 40000);
	walk_is(txn, "A", sequences, 5, 40001);
	walk_is(txn, "A", sequences, 5, 1);
	/* All of them are one row. */
	CHECK_INT(br_txn_count(txn, BR_TABLE_HISTORY), 1);
	CHECK_INT(br_txn_commit(txn), 0);
	bench_close(&bench);
}

static void test_an_event_that_touches_twice_counts_once(void)
{
	static const uint64_t sequences[] = {7, 9};
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "twice");
	txn = write_begin(&bench);
	for (unsigned i = 0; i < 6; i++)
		add(txn, "A", sequences[i / 3]);
	walk_is(txn, "A", sequences, 2, 0);
	br_txn_abort(txn);
	bench_close(&bench);
}

static void test_things_with_similar_names_are_told_apart(void)
{
	static const char *const keys[] = {"", "A", "AB", "A B", "B", "\xFF", "\xFF\xFF"};
	struct bench bench;
	struct br_txn *txn;

	bench_open(&bench, "names");
	txn = write_begin(&bench);
	for (uint64_t i = 0; i < 3 * BR_ARRAY_LEN(keys); i++)
		add(txn, keys[i % BR_ARRAY_LEN(keys)], i + 1);
	br_history_add(txn, BR_NOUN_ORDER, BR_STR("A"), 77);
	for (uint64_t i = 0; i < BR_ARRAY_LEN(keys); i++) {
		uint64_t sequences[3] = {i + 1, i + 8, i + 15};

		walk_is(txn, keys[i], sequences, 3, 0);
	}
	CHECK_INT(br_history_newest(txn, BR_NOUN_ORDER, BR_STR("A")), 77);
	CHECK_INT(br_history_newest(txn, BR_NOUN_ORDER, BR_STR("AB")), 0);
	CHECK_INT(br_history_newest(txn, BR_NOUN_ALARM, BR_STR("A")), 0);
	br_txn_abort(txn);
	bench_close(&bench);
}

/* Steps of every size, through many blocks: nothing is lost at their borders, however one pages. */
static void test_a_long_history_is_many_small_rows(void)
{
	static uint64_t sequences[MANY];
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	struct bench bench;
	struct br_txn *txn;
	uint64_t bytes = 0;

	bench_open(&bench, "long");
	txn = write_begin(&bench);
	add(txn, "B", 1);
	for (unsigned i = 0; i < MANY; i++) {
		sequences[i] = (i > 0 ? sequences[i - 1] : 0) + 1 +
			       (test_random() & ((1u << test_random() % 20) - 1));
		add(txn, "A", sequences[i]);
	}
	add(txn, "B", sequences[MANY - 1] + 1);
	walk_is(txn, "A", sequences, MANY, 0);
	for (unsigned i = 0; i < 200; i++)
		walk_is(txn, "A", sequences, MANY,
			sequences[test_random() % MANY] + test_random() % 2);
	br_scan_begin(&scan, txn, BR_TABLE_HISTORY, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		CHECK(value.n <= BR_HISTORY_STEPS_BYTES_MAX + 1 + 10 + 2 + 4);
		bytes += key.n + value.n;
	}
	br_scan_end(&scan);
	CHECK(br_txn_count(txn, BR_TABLE_HISTORY) < MANY / 50);
	/* A row of its own would take thirty bytes and more for each. */
	CHECK(bytes < 3 * MANY);
	CHECK_INT(br_txn_commit(txn), 0);
	bench_close(&bench);
}

/* Puts a row for A that begins at `oldest`, with these steps. */
static void row_put(struct br_txn *txn, uint64_t oldest, uint64_t newest, const char *steps,
	size_t n, bool sealed)
{
	unsigned char bytes[64] = {1};
	struct br_key key;
	size_t end = 1;

	br_key_init(&key);
	br_key_add_u8(&key, BR_NOUN_PRODUCT);
	br_key_add_str(&key, BR_STR("A"));
	br_key_add_u64(&key, oldest);
	end += br_varint_put(bytes + end, newest);
	end += br_varint_put(bytes + end, n);
	memcpy(bytes + end, steps, n);
	end = br_checksum_put(bytes, end + n);
	if (!sealed)
		bytes[end - 1] ^= 1;
	br_txn_put(
		txn, BR_TABLE_HISTORY, br_key_str(&key), (struct br_str){(const char *)bytes, end});
}

static void test_a_damaged_row_is_an_error(void)
{
	static const struct {
		uint64_t oldest, newest;
		const char *steps;
		size_t n;
		bool sealed;
		int error;
	} rows[] = {
		{5, 9, "\x04", 1, true, 0},
		{5, 9, "\x04", 1, false, BR_E_CORRUPT},
		{5, 9, "\x03", 1, true, BR_E_CORRUPT},	   /* does not come to the oldest */
		{5, 9, "\x04\x00", 2, true, BR_E_CORRUPT}, /* a step of nothing */
		{5, 9, "\x04\x80", 2, true, BR_E_CORRUPT}, /* a step that breaks off */
		{5, 9, "\x20", 1, true, BR_E_CORRUPT},	   /* beyond the beginning */
		{5, 0, "", 0, true, BR_E_CORRUPT},
		{0, 0, "", 0, true, BR_E_CORRUPT},
		{5, 4, "", 0, true, BR_E_CORRUPT},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_history history;
		struct bench bench;
		struct br_txn *txn;
		uint64_t sequence;
		char name[32];

		(void)snprintf(name, sizeof(name), "damaged-%zu", i);
		bench_open(&bench, name);
		txn = write_begin(&bench);
		row_put(txn, rows[i].oldest, rows[i].newest, rows[i].steps, rows[i].n,
			rows[i].sealed);
		br_history_begin(&history, txn, BR_NOUN_PRODUCT, BR_STR("A"), 0);
		CHECK_INT(br_history_next(&history, &sequence), rows[i].error == 0);
		br_history_end(&history);
		CHECK_INT(br_txn_error(txn), rows[i].error);
		br_txn_abort(txn);
		bench_close(&bench);
	}
}

/* Any bytes give a walk or an error, never a step outside. */
static void test_any_bytes_are_a_row_or_corrupt(void)
{
	struct bench bench;
	unsigned whole = 0;

	bench_open(&bench, "any");
	for (unsigned round = 0; round < 3000; round++) {
		struct br_txn *txn = write_begin(&bench);
		size_t n = test_random() % 6;
		char steps[6];
		struct br_history history;
		uint64_t sequence, newest = 1 + test_random() % 300;

		for (size_t i = 0; i < n; i++)
			steps[i] =
				(char)(test_random() % 4 == 0 ? test_random() : test_random() % 9);
		row_put(txn, 1 + test_random() % newest, newest, steps, n, true);
		br_history_begin(&history, txn, BR_NOUN_PRODUCT, BR_STR("A"), 0);
		while (br_history_next(&history, &sequence))
			whole += sequence == newest;
		br_history_end(&history);
		CHECK(br_txn_error(txn) == 0 || br_txn_error(txn) == BR_E_CORRUPT);
		br_txn_abort(txn);
	}
	CHECK(whole > 5);
	bench_close(&bench);
}

static void test_a_row_is_told_in_words(void)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	struct bench bench;
	struct br_text text;
	struct br_txn *txn;

	bench_open(&bench, "words");
	txn = write_begin(&bench);
	br_text_init(&text, 1000);
	for (unsigned i = 0; i < 2; i++) {
		add(txn, "A", 4 + i);
		br_scan_begin(&scan, txn, BR_TABLE_HISTORY, none, none, false);
		REQUIRE(br_scan_next(&scan, &key, &value));
		br_text_clear(&text);
		br_history_row_text(key, value, &text);
		CHECK_STR(br_text_str(&text), i == 0 ? "1 event up to 4" : "2 events up to 5");
		br_scan_end(&scan);
	}
	br_text_clear(&text);
	br_history_row_text(BR_STR("?"), BR_STR("not a row"), &text);
	CHECK_STR(br_text_str(&text), "corrupt data");
	br_text_finish(&text);
	br_txn_abort(txn);
	bench_close(&bench);
}

/* What the journal says is what the history has, for every thing that the events touch. */
struct expected {
	struct br_txn *txn;
	uint64_t sequence;
};

static void touched(void *context, enum br_noun noun, struct br_str key)
{
	struct expected *expected = context;
	struct br_history history;
	uint64_t sequence = 0;

	br_history_begin(&history, expected->txn, noun, key, expected->sequence + 1);
	CHECK(br_history_next(&history, &sequence));
	CHECK_INT(sequence, expected->sequence);
	br_history_end(&history);
}

static void test_every_event_is_in_the_history_of_what_it_touches(void)
{
	struct bench bench;
	uint64_t head;

	bench_open(&bench, "all");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':2},"
			  "{'line':'2','sku':'B','quantity':1}]}"),
		0);
	CHECK_INT(bench_do(&bench, "order.accept", "{'order':'O'}"), 0);
	CHECK_INT(bench_do(&bench, "order.pick", "{'order':'O','line':'1'}"), 0);
	CHECK_INT(bench_do(&bench, "sale.record",
			  "{'till':'t','lines':[{'sku':'A','quantity':1,'price':1},{'sku':'A','"
			  "quantity':1,'price':1},"
			  "{'sku':'B','quantity':1,'price':1}]}"),
		0);
	head = br_core_head(bench.core);
	for (uint64_t sequence = 1; sequence <= head; sequence++) {
		struct br_event event = bench_event(&bench, sequence);
		struct expected expected = {bench.read, sequence};
		struct br_touch touch = {touched, &expected};

		if (br_event_type(&event)->history)
			br_event_type(&event)->touches(&event, &touch);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_events_come_newest_first);
	TEST(test_an_event_that_touches_twice_counts_once);
	TEST(test_things_with_similar_names_are_told_apart);
	TEST(test_a_long_history_is_many_small_rows);
	TEST(test_a_damaged_row_is_an_error);
	TEST(test_any_bytes_are_a_row_or_corrupt);
	TEST(test_a_row_is_told_in_words);
	TEST(test_every_event_is_in_the_history_of_what_it_touches);
	return test_end(argc, argv);
}
