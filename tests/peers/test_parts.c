/* The small parts of the peers: barcodes, checksums, CSV, chance, times, command lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/peers/csv.h"
#include "tests/peers/digest.h"
#include "tests/peers/gtin.h"
#include "tests/peers/latency.h"
#include "tests/peers/loop.h"
#include "tests/peers/options.h"
#include "tests/peers/products.h"
#include "tests/peers/random.h"
#include "tests/peers/zip.h"

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	REQUIRE(file != NULL);
	(void)fputs(text, file);
	REQUIRE(fclose(file) == 0);
}

static const char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

static void test_restricted_gtins_have_their_check_digit(void)
{
	char gtin[PEER_GTIN13_BYTES];

	peer_gtin_restricted(1, gtin);
	CHECK_TEXT(gtin, "2000000000015");
	for (uint64_t i = 0; i < 2000; i++) {
		peer_gtin_restricted(i * 4999999, gtin);
		CHECK(peer_gtin_valid(br_str_from(gtin)));
	}
}

static void test_only_right_gtins_are_valid(void)
{
	static const char *const good[] = {
		"4006381333931", "96385074", "036000291452", "10614141000415"};
	static const char *const bad[] = {"4006381333932", "", "400638133393", "40063813339310000",
		"400638133393x", "-006381333931"};

	for (size_t i = 0; i < BR_ARRAY_LEN(good); i++)
		CHECK(peer_gtin_valid(br_str_from(good[i])));
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK(!peer_gtin_valid(br_str_from(bad[i])));
}

static void test_digests_match_their_standards(void)
{
	static const char long_text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t digest[PEER_SHA256_BYTES];
	char hex[2 * PEER_SHA256_BYTES + 1];

	CHECK_INT(peer_crc32c("123456789", 9), 0xE3069283);
	peer_sha256("abc", 3, digest);
	peer_hex(digest, sizeof(digest), hex);
	CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	peer_sha256("", 0, digest);
	peer_hex(digest, sizeof(digest), hex);
	CHECK_TEXT(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* 56 bytes: the length no longer fits behind the padding of the first block. */
	peer_sha256(long_text, strlen(long_text), digest);
	peer_hex(digest, sizeof(digest), hex);
	CHECK_TEXT(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_csv_reads_quotes_and_line_ends(void)
{
	struct peer_csv *csv = NULL;
	struct br_fault fault = {""};

	file_write(path_of("a.csv"), "\xEF\xBB\xBF"
				     "a,b,c\r\n1,\"x, \"\"y\"\"\nz\",\r\n\n2,b\"q,end");
	REQUIRE(peer_csv_open(path_of("a.csv"), &csv, &fault) == 0);
	CHECK_INT(peer_csv_column(csv, "a"), 0);
	CHECK_INT(peer_csv_column(csv, "c"), 2);
	CHECK_INT(peer_csv_column(csv, "d"), -1);
	REQUIRE(peer_csv_next(csv, &fault) == 1);
	CHECK_STR(peer_csv_field(csv, 0), "1");
	CHECK_STR(peer_csv_field(csv, 1), "x, \"y\"\nz");
	CHECK_STR(peer_csv_field(csv, 2), "");
	CHECK_STR(peer_csv_field(csv, -1), "");
	REQUIRE(peer_csv_next(csv, &fault) == 1);
	CHECK_STR(peer_csv_field(csv, 0), "");
	REQUIRE(peer_csv_next(csv, &fault) == 1);
	CHECK_STR(peer_csv_field(csv, 1), "b\"q");
	CHECK_STR(peer_csv_field(csv, 2), "end");
	CHECK_INT(peer_csv_next(csv, &fault), 0);
	peer_csv_close(csv);
}

static void test_csv_says_where_it_breaks(void)
{
	struct peer_csv *csv = NULL;
	struct br_fault fault = {""};

	CHECK_INT(peer_csv_open(path_of("none.csv"), &csv, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "none.csv");
	file_write(path_of("b.csv"), "a,b\n1,\"open");
	REQUIRE(peer_csv_open(path_of("b.csv"), &csv, &fault) == 0);
	CHECK_INT(peer_csv_next(csv, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "line 2");
	peer_csv_close(csv);
	file_write(path_of("c.csv"), "");
	CHECK_INT(peer_csv_open(path_of("c.csv"), &csv, &fault), BR_E_INVALID);
}

static void test_csv_writes_what_it_reads(void)
{
	static const char text[] = "a \"b\", c\nd";
	struct peer_csv *csv = NULL;
	FILE *file = fopen(path_of("d.csv"), "we");

	REQUIRE(file != NULL);
	(void)fputs("x,y\n", file);
	peer_csv_write(file, br_str_from(text));
	(void)fputc(',', file);
	peer_csv_write(file, BR_STR("plain"));
	REQUIRE(fclose(file) == 0);
	REQUIRE(peer_csv_open(path_of("d.csv"), &csv, NULL) == 0);
	REQUIRE(peer_csv_next(csv, NULL) == 1);
	CHECK_STR(peer_csv_field(csv, 0), text);
	CHECK_STR(peer_csv_field(csv, 1), "plain");
	peer_csv_close(csv);
}

static void test_only_small_windows_inflate(void)
{
	char plain[20000], back[20000];
	void *packed = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i >> 7);
	REQUIRE(peer_deflate(plain, sizeof(plain), 12, &packed, &n) == 0);
	CHECK_INT(peer_inflate12(packed, n, back, sizeof(back)), 0);
	CHECK(memcmp(plain, back, sizeof(plain)) == 0);
	CHECK_INT(peer_inflate12(packed, n, back, sizeof(back) - 1), BR_E_CORRUPT);
	CHECK_INT(peer_inflate12(packed, n - 1, back, sizeof(back)), BR_E_CORRUPT);
	free(packed);
	REQUIRE(peer_deflate(plain, sizeof(plain), 15, &packed, &n) == 0);
	CHECK_INT(peer_inflate12(packed, n, back, sizeof(back)), BR_E_CORRUPT);
	free(packed);
	CHECK_INT(peer_inflate12("nonsense", 8, back, sizeof(back)), BR_E_CORRUPT);
}

static void test_percentiles_are_near(void)
{
	static struct peer_latency latency;

	CHECK_INT(peer_latency_at(&latency, 0.5), 0);
	for (int64_t us = 1; us <= 100000; us++)
		peer_latency_add(&latency, us);
	CHECK(llabs(peer_latency_at(&latency, 0.50) - 50000) < 50000 / 30);
	CHECK(llabs(peer_latency_at(&latency, 0.99) - 99000) < 99000 / 30);
	CHECK_INT(peer_latency_at(&latency, 1.0), 100000);
	peer_latency_add(&latency, INT64_MAX);
	CHECK_INT(latency.max_us, INT64_MAX);
}

static void test_chance_repeats_and_is_even(void)
{
	struct peer_random a, b, c;
	unsigned counts[10] = {0};

	peer_random_init(&a, 7, 1);
	peer_random_init(&b, 7, 1);
	peer_random_init(&c, 7, 2);
	CHECK(peer_random_next(&a) == peer_random_next(&b));
	CHECK(peer_random_next(&a) != peer_random_next(&c));
	for (int i = 0; i < 100000; i++)
		counts[peer_random_below(&a, 10)]++;
	for (int i = 0; i < 10; i++)
		CHECK(counts[i] > 9500 && counts[i] < 10500);
	for (int i = 0; i < 1000; i++) {
		int64_t value = peer_random_range(&a, -3, 3);

		CHECK(value >= -3 && value <= 3);
		CHECK(peer_random_gap(&a, 5) >= 0 && peer_random_gap(&a, 5) <= 40);
	}
}

static void test_made_up_products_are_good_ones(void)
{
	static struct peer_product products[2000];
	unsigned scripts[3] = {0};

	for (uint64_t i = 0; i < 2000; i++) {
		struct peer_product again;

		peer_product_make(1, i, "EUR", &products[i]);
		peer_product_make(1, i, "EUR", &again);
		CHECK(memcmp(&products[i], &again, sizeof(again)) == 0);
		CHECK(peer_gtin_valid(br_str_from(products[i].gtin)));
		CHECK(products[i].price_milli >= 290 && products[i].price_milli < 100000);
		CHECK(br_utf8_valid(products[i].name, strlen(products[i].name)));
		scripts[0] += strcmp(products[i].lang, "ru") == 0;
		scripts[1] += strcmp(products[i].lang, "el") == 0;
		scripts[2] += strcmp(products[i].lang, "fa") == 0;
		for (uint64_t j = i > 100 ? i - 100 : 0; j < i; j++)
			CHECK(strcmp(products[i].name, products[j].name) != 0);
	}
	CHECK(scripts[0] > 100 && scripts[1] > 100 && scripts[2] > 100);
}

static struct fired {
	struct peer_loop *loop;
	int order[3], n;
} fired;

static void fire(void *context)
{
	fired.order[fired.n++] = *(int *)context;
	if (fired.n == 3)
		peer_loop_stop(fired.loop, 5);
}

static void test_timers_fire_in_order(void)
{
	static int numbers[] = {1, 2, 3, 4};
	struct peer_timer timers[4];

	REQUIRE(peer_loop_create(&fired.loop) == 0);
	for (int i = 0; i < 4; i++)
		timers[i] = (struct peer_timer){.fire = fire, .context = &numbers[i]};
	peer_timer_set(fired.loop, &timers[2], 30);
	peer_timer_set(fired.loop, &timers[0], 50);
	peer_timer_set(fired.loop, &timers[3], 20);
	peer_timer_set(fired.loop, &timers[1], 15);
	peer_timer_set(fired.loop, &timers[0], 2);
	peer_timer_clear(fired.loop, &timers[3]);
	CHECK_INT(peer_loop_run(fired.loop), 5);
	CHECK_INT(fired.order[0], 1);
	CHECK_INT(fired.order[1], 2);
	CHECK_INT(fired.order[2], 3);
	peer_loop_destroy(fired.loop);
}

static struct peer_broker broker;
static struct peer_list list;
static bool flag;
static double decimal;
static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(broker),
	{"flag", PEER_FLAG, &flag, "", "a flag", 0, 0},
	{"rate", PEER_DECIMAL, &decimal, "N", "a decimal", 0, 10},
	{"ap", PEER_LIST, &list, "ID", "a list", 0, 0},
};

static enum peer_options_outcome options_read(const char *a, const char *b, const char *c)
{
	char *argv[] = {
		"program", (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c};

	return peer_options_read(c != NULL   ? 4
				 : b != NULL ? 3
				 : a != NULL ? 2
					     : 1,
		argv, "summary", options, BR_ARRAY_LEN(options));
}

static void test_command_lines_are_checked(void)
{
	CHECK_INT(options_read("--port=1884", "--flag", NULL), PEER_OPTIONS_GO);
	CHECK_INT(broker.port, 1884);
	CHECK(flag);
	CHECK_INT(options_read("--rate", "2.5", "--ap=a"), PEER_OPTIONS_GO);
	CHECK(decimal > 2.4 && decimal < 2.6);
	CHECK_INT(options_read("--ap", "b", NULL), PEER_OPTIONS_GO);
	CHECK_INT(list.n, 2);
	CHECK_TEXT(list.items[1], "b");
	CHECK_INT(options_read("--port", "70000", NULL), PEER_OPTIONS_BAD);
	CHECK_INT(options_read("--port", NULL, NULL), PEER_OPTIONS_BAD);
	CHECK_INT(options_read("--rate", "x", NULL), PEER_OPTIONS_BAD);
	CHECK_INT(options_read("--nonsense", NULL, NULL), PEER_OPTIONS_BAD);
	CHECK_INT(options_read("word", NULL, NULL), PEER_OPTIONS_BAD);
	CHECK_INT(options_read("--help", NULL, NULL), PEER_OPTIONS_DONE);
}

int main(int argc, char **argv)
{
	TEST(test_restricted_gtins_have_their_check_digit);
	TEST(test_only_right_gtins_are_valid);
	TEST(test_digests_match_their_standards);
	TEST(test_csv_reads_quotes_and_line_ends);
	TEST(test_csv_says_where_it_breaks);
	TEST(test_csv_writes_what_it_reads);
	TEST(test_only_small_windows_inflate);
	TEST(test_percentiles_are_near);
	TEST(test_chance_repeats_and_is_even);
	TEST(test_made_up_products_are_good_ones);
	TEST(test_timers_fire_in_order);
	TEST(test_command_lines_are_checked);
	return test_end(argc, argv);
}
