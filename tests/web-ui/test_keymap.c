#include "web-ui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "node/error.h"
#include "tests/lib/test.h"

static struct br_str key_of(unsigned number)
{
	static char text[16];

	(void)snprintf(text, sizeof(text), "key-%u", number);
	return br_str_from(text);
}

static void test_keys_keep_their_order_and_newest_value(void)
{
	struct br_keymap map;
	struct br_str key;
	uint32_t cursor = 0;
	uint64_t value;

	br_keymap_init(&map, 10);
	CHECK(!br_keymap_has(&map, BR_STR("a")));
	CHECK_INT(br_keymap_put(&map, BR_STR("b"), 1), 0);
	CHECK_INT(br_keymap_put(&map, BR_STR("a"), 2), 0);
	CHECK_INT(br_keymap_put(&map, BR_STR(""), 4), 0);
	CHECK_INT(br_keymap_put(&map, BR_STR("b"), 3), 0);
	CHECK_INT(map.count, 3);
	CHECK(br_keymap_next(&map, &cursor, &key, &value));
	CHECK_STR(key, "b");
	CHECK_INT(value, 3);
	CHECK(br_keymap_next(&map, &cursor, &key, &value));
	CHECK_STR(key, "a");
	CHECK(br_keymap_next(&map, &cursor, &key, &value));
	CHECK_STR(key, "");
	CHECK(!br_keymap_next(&map, &cursor, &key, &value));
	br_keymap_finish(&map);
}

static void test_a_full_map_refuses_new_keys_only(void)
{
	struct br_keymap map;
	uint64_t value = 0;

	br_keymap_init(&map, 100);
	for (unsigned i = 0; i < 100; i++)
		CHECK_INT(br_keymap_put(&map, key_of(i), i), 0);
	CHECK_INT(br_keymap_put(&map, key_of(100), 0), BR_E_TOO_LARGE);
	CHECK_INT(br_keymap_put(&map, key_of(50), 7), 0);
	CHECK(br_keymap_get(&map, key_of(50), &value));
	CHECK_INT(value, 7);
	br_keymap_remove(&map, key_of(3));
	CHECK_INT(br_keymap_put(&map, key_of(100), 1), 0);
	br_keymap_clear(&map);
	CHECK_INT(map.count, 0);
	CHECK(!br_keymap_get(&map, key_of(50), &value));
	CHECK_INT(br_keymap_put(&map, key_of(50), 9), 0);
	br_keymap_finish(&map);
}

static void test_a_walk_may_remove_what_it_is_at(void)
{
	struct br_keymap map;
	struct br_str key;
	uint32_t cursor = 0;
	uint64_t value;

	br_keymap_init(&map, 100);
	for (unsigned i = 0; i < 20; i++)
		CHECK_INT(br_keymap_put(&map, key_of(i), i), 0);
	while (br_keymap_next(&map, &cursor, &key, &value))
		if (value % 2 == 0)
			br_keymap_remove(&map, key);
	CHECK_INT(map.count, 10);
	CHECK(!br_keymap_has(&map, key_of(4)));
	CHECK(br_keymap_has(&map, key_of(5)));
	br_keymap_remove(&map, BR_STR("nothing"));
	CHECK_INT(map.count, 10);
	br_keymap_finish(&map);
}

/* Thousands of random steps, compared with a table that cannot be wrong. */
static void test_it_does_what_a_plain_table_does(void)
{
	enum { KEYS = 500, STEPS = 20000 };
	static bool there[KEYS];
	static uint64_t values[KEYS];
	struct br_keymap map;
	unsigned count = 0;
	uint64_t value;

	memset(there, 0, sizeof(there));
	br_keymap_init(&map, 400);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned number = (unsigned)(test_random() % KEYS);

		if (test_random() % 3 != 0) {
			int result = br_keymap_put(&map, key_of(number), i);

			if (result == 0) {
				count += !there[number];
				there[number] = true;
				values[number] = i;
			} else {
				CHECK(count == 400 && !there[number]);
			}
		} else {
			br_keymap_remove(&map, key_of(number));
			count -= there[number];
			there[number] = false;
		}
		CHECK_INT(map.count, count);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		CHECK_INT(br_keymap_get(&map, key_of(i), &value), there[i]);
		if (there[i])
			CHECK_INT(value, values[i]);
	}
	br_keymap_finish(&map);
}

int main(int argc, char **argv)
{
	TEST(test_keys_keep_their_order_and_newest_value);
	TEST(test_a_full_map_refuses_new_keys_only);
	TEST(test_a_walk_may_remove_what_it_is_at);
	TEST(test_it_does_what_a_plain_table_does);
	return test_end(argc, argv);
}
