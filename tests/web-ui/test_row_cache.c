#include "web-ui/row_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static void test_a_row_is_made_once_and_shared(void)
{
	struct br_row_cache cache;
	struct br_str row;

	br_row_cache_init(&cache);
	CHECK(!br_row_cache_get(&cache, BR_WEB_ORDER, BR_STR("a"), &row));
	row = br_row_cache_put(&cache, BR_WEB_ORDER, BR_STR("a"), BR_STR("{1}"));
	CHECK_STR(row, "{1}");
	(void)br_row_cache_put(&cache, BR_WEB_LABEL, BR_STR("a"), BR_STR("{2}"));
	CHECK(br_row_cache_get(&cache, BR_WEB_ORDER, BR_STR("a"), &row));
	CHECK_STR(row, "{1}");
	CHECK(br_row_cache_get(&cache, BR_WEB_LABEL, BR_STR("a"), &row));
	CHECK_STR(row, "{2}");
	br_row_cache_drop(&cache, BR_WEB_ORDER, BR_STR("a"));
	CHECK(!br_row_cache_get(&cache, BR_WEB_ORDER, BR_STR("a"), &row));
	CHECK_INT(cache.made, 2);
	CHECK_INT(cache.shared, 2);
	br_row_cache_clear(&cache);
	CHECK(!br_row_cache_get(&cache, BR_WEB_LABEL, BR_STR("a"), &row));
	br_row_cache_finish(&cache);
}

static void test_a_full_cache_begins_anew(void)
{
	size_t n = 1u << 20;
	char *large = malloc(n), key[16];
	struct br_row_cache cache;
	struct br_str row;

	REQUIRE(large != NULL);
	memset(large, 'x', n);
	br_row_cache_init(&cache);
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(key, sizeof(key), "k%u", i);
		row = br_row_cache_put(
			&cache, BR_WEB_ORDER, br_str_from(key), (struct br_str){large, n});
		CHECK_INT(row.n, n);
		CHECK(row.s != large);
		CHECK(br_row_cache_get(&cache, BR_WEB_ORDER, br_str_from(key), &row));
	}
	CHECK(cache.pool.n <= BR_WEB_CACHE_BYTES_MAX);
	CHECK(!br_row_cache_get(&cache, BR_WEB_ORDER, BR_STR("k0"), &row));
	br_row_cache_finish(&cache);
	free(large);
}

static void test_what_cannot_be_kept_is_handed_on(void)
{
	char key[BR_WEB_ROW_KEY_BYTES_MAX + 2];
	struct br_row_cache cache;
	struct br_str row, name = {key, sizeof(key) - 1};

	memset(key, 'k', sizeof(key));
	br_row_cache_init(&cache);
	row = br_row_cache_put(&cache, BR_WEB_ORDER, name, BR_STR("{}"));
	CHECK_STR(row, "{}");
	CHECK(!br_row_cache_get(&cache, BR_WEB_ORDER, name, &row));
	br_row_cache_drop(&cache, BR_WEB_ORDER, name);
	br_row_cache_finish(&cache);
}

int main(int argc, char **argv)
{
	TEST(test_a_row_is_made_once_and_shared);
	TEST(test_a_full_cache_begins_anew);
	TEST(test_what_cannot_be_kept_is_handed_on);
	return test_end(argc, argv);
}
