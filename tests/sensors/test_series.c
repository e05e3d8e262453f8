#include "sensors/series.h"

#include <stdio.h>
#include <string.h>

#include "node/time.h"
#include "node/varint.h"
#include "tests/lib/test.h"

#define NOW INT64_C(1772360100000) /* 10:15:00 */
#define ROWS_MAX 4096

/* The tables as a plain list in memory; the n-th call fails when asked to. */
static struct {
	struct {
		enum br_series_table table;
		char key[32], value[BR_SERIES_RECORD_BYTES_MAX];
		size_t key_n, value_n;
	} rows[ROWS_MAX];
	unsigned n, calls, fail_at;
} store;

static int row_find(enum br_series_table table, struct br_str key)
{
	for (unsigned i = 0; i < store.n; i++)
		if (store.rows[i].table == table && store.rows[i].key_n == key.n &&
			memcmp(store.rows[i].key, key.s, key.n) == 0)
			return (int)i;
	return -1;
}

static int store_put(
	void *context BR_UNUSED, enum br_series_table table, struct br_str key, struct br_str value)
{
	int row = row_find(table, key);

	br_assert(store.n < ROWS_MAX && key.n <= 32 && value.n <= BR_SERIES_RECORD_BYTES_MAX);
	if (++store.calls == store.fail_at)
		return BR_E_DISK_FULL;
	if (row < 0)
		row = (int)store.n++;
	store.rows[row].table = table;
	store.rows[row].key_n = key.n;
	store.rows[row].value_n = value.n;
	memcpy(store.rows[row].key, key.s, key.n);
	memcpy(store.rows[row].value, value.s, value.n);
	return 0;
}

static int store_get(void *context BR_UNUSED, enum br_series_table table, struct br_str key,
	struct br_str *ret_value)
{
	int row = row_find(table, key);

	if (++store.calls == store.fail_at)
		return BR_E_IO;
	if (row < 0)
		return BR_E_NOT_FOUND;
	*ret_value = (struct br_str){store.rows[row].value, store.rows[row].value_n};
	return 0;
}

static const struct br_series_sink sink = {.put = store_put, .get = store_get};

static struct br_registry *registry;
static struct br_sensor *device;
static struct br_series_record record;

static struct br_sensor_moment at(int64_t ms)
{
	return (struct br_sensor_moment){.wall_ms = NOW + ms, .boot_ms = 1000000 + ms};
}

static void cooler_create(void)
{
	struct br_sensor_settings settings;

	memset(&store, 0, sizeof(store));
	memset(&record, 0, sizeof(record));
	br_sensor_settings_init(&settings);
	REQUIRE(br_registry_create(10, &registry) == 0);
	REQUIRE(br_registry_adopt(registry, BR_STR("zigbee"), BR_STR("cooler"), 0x01020304,
			&settings, at(0), &device, NULL) == 0);
}

static void cooler_destroy(void)
{
	br_registry_destroy(registry);
	registry = NULL;
}

static int add_at(
	const char *channel, int64_t value, int64_t t_ms, unsigned quality, int64_t now_ms)
{
	struct br_reading reading = {.source = BR_STR("zigbee"),
		.device = BR_STR("cooler"),
		.channel = br_str_from(channel),
		.kind = BR_READING_TEMPERATURE,
		.quality = quality,
		.value = value,
		.observed_ms = NOW + t_ms,
		.received_ms = NOW + now_ms};
	struct br_registry_taken taken;

	REQUIRE(br_registry_take(registry, &reading, at(now_ms), &taken) == 0);
	return br_series_add(&record, &taken, &sink);
}

static int add(const char *channel, int64_t value, int64_t t_ms, unsigned quality)
{
	return add_at(channel, value, t_ms, quality, t_ms);
}

static bool rollup_stored(
	enum br_series_table table, uint8_t channel, int64_t start_ms, struct br_rollup *ret_rollup)
{
	struct br_key key;
	int row;

	br_series_key(&key, table, device->number, channel, start_ms, 0);
	row = row_find(table, br_key_str(&key));
	return row >= 0 &&
	       br_rollup_decode((struct br_str){store.rows[row].value, store.rows[row].value_n},
		       start_ms, ret_rollup) == 0;
}

static void test_keys_sort_by_device_channel_and_time(void)
{
	struct br_key key, next;

	br_series_key(&key, BR_SERIES_MINUTE, 1, 2, NOW, 0);
	CHECK_INT(key.n, 13);
	br_series_key(&next, BR_SERIES_MINUTE, 1, 2, NOW + 1, 0);
	CHECK(br_str_compare(br_key_str(&key), br_key_str(&next)) < 0);
	br_series_key(&key, BR_SERIES_MINUTE, 1, 3, 0, 0);
	CHECK(br_str_compare(br_key_str(&next), br_key_str(&key)) < 0);
	br_series_key(&next, BR_SERIES_MINUTE, 2, 0, 0, 0);
	CHECK(br_str_compare(br_key_str(&key), br_key_str(&next)) < 0);
	br_series_key(&key, BR_SERIES_RAW, 1, 0, NOW, 1023);
	br_series_key(&next, BR_SERIES_RAW, 1, 0, NOW + 1, 0);
	CHECK(br_str_compare(br_key_str(&key), br_key_str(&next)) < 0);
}

static void test_keys_come_back(void)
{
	struct br_series_position got;
	struct br_key key;

	br_series_key(&key, BR_SERIES_RAW, 0xFFFFFFFF, 3, BR_TIME_MAX_MS, 1023);
	REQUIRE(br_series_key_read(BR_SERIES_RAW, br_key_str(&key), &got) == 0);
	CHECK(got.device == 0xFFFFFFFF);
	CHECK_INT(got.t_ms, BR_TIME_MAX_MS);
	CHECK_INT(got.tie, 1023);
	br_series_key(&key, BR_SERIES_HOUR, 7, 3, NOW, 0);
	REQUIRE(br_series_key_read(BR_SERIES_HOUR, br_key_str(&key), &got) == 0);
	CHECK_INT(got.channel, 3);
	CHECK_INT(got.t_ms, NOW);
	CHECK_INT(br_series_key_read(BR_SERIES_RAW, br_key_str(&key), &got), BR_E_CORRUPT);
	CHECK_INT(br_series_key_read(BR_SERIES_CHANNEL, br_key_str(&key), &got), BR_E_CORRUPT);
	br_series_key(&key, BR_SERIES_CHANNEL, 7, 3, NOW, 0);
	CHECK_INT(key.n, 5);
	REQUIRE(br_series_key_read(BR_SERIES_CHANNEL, br_key_str(&key), &got) == 0);
	CHECK_INT(got.channel, 3);
	CHECK_INT(br_series_key_read(BR_SERIES_HOUR, BR_STR(""), &got), BR_E_CORRUPT);
	CHECK_INT(br_series_key_read(BR_SERIES_HOUR,
			  BR_STR("\0\0\0\1\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), &got),
		BR_E_CORRUPT);
}

static void test_a_record_comes_back(void)
{
	struct br_series_record want = {.t_ms = NOW}, got;
	unsigned char bytes[BR_SERIES_RECORD_BYTES_MAX];
	size_t n;

	for (unsigned i = 0; i < BR_SERIES_RECORD_VALUES_MAX; i++)
		want.values[want.n++] = (struct br_series_value){.channel = (uint8_t)i,
			.quality = (uint8_t)(i * 3),
			.value = i % 2 == 0 ? INT64_MAX : INT64_MIN};
	n = br_series_record_encode(&want, bytes);
	REQUIRE(br_series_record_decode((struct br_str){(const char *)bytes, n}, NOW, &got) == 0);
	CHECK_INT(got.t_ms, NOW);
	REQUIRE(got.n == want.n);
	for (unsigned i = 0; i < want.n; i++) {
		CHECK_INT(got.values[i].channel, want.values[i].channel);
		CHECK_INT(got.values[i].quality, want.values[i].quality);
		CHECK_INT(got.values[i].value, want.values[i].value);
	}
	for (size_t cut = 0; cut < n; cut++)
		CHECK_INT(br_series_record_decode(
				  (struct br_str){(const char *)bytes, cut}, NOW, &got),
			BR_E_CORRUPT);
}

static void test_sealed_nonsense_is_noticed(void)
{
	static const struct {
		unsigned char bytes[8];
		size_t n;
		int error;
	} bad[] = {{{0}, 0, BR_E_CORRUPT}, {{1}, 1, BR_E_CORRUPT}, {{0, 0, 0, 0}, 4, BR_E_CORRUPT},
		{{9, 0, 0, 0}, 4, BR_E_VERSION}, {{1, 0, 0}, 3, BR_E_CORRUPT},
		{{1, 0, 0, 0x80}, 4, BR_E_CORRUPT}, {{1, 0, 0, 2, 0}, 5, BR_E_CORRUPT}};
	unsigned char bytes[80] = {1};
	struct br_series_record got = {.n = 5};
	size_t n;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		memcpy(bytes, bad[i].bytes, bad[i].n);
		n = br_checksum_put(bytes, bad[i].n);
		CHECK_INT(br_series_record_decode((struct br_str){(const char *)bytes, n}, 0, &got),
			bad[i].error);
	}
	/* One value more than a message has. */
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 1;
	n = br_checksum_put(bytes, 1 + 3 * (BR_SERIES_RECORD_VALUES_MAX + 1));
	CHECK_INT(br_series_record_decode((struct br_str){(const char *)bytes, n}, 0, &got),
		BR_E_CORRUPT);
	CHECK_INT(got.n, 5);
}

static void test_one_message_is_one_raw_record(void)
{
	struct br_series_record got;
	struct br_series_position position;
	struct br_str key;

	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(add("b", 5000, 0, 0), 0);
	CHECK_INT(store.n, 0);
	CHECK_INT(br_series_record_put(&record, device, &sink), 0);
	CHECK_INT(br_series_record_put(&record, device, &sink), 0);
	REQUIRE(store.n == 1);
	key = (struct br_str){store.rows[0].key, store.rows[0].key_n};
	REQUIRE(br_series_key_read(BR_SERIES_RAW, key, &position) == 0);
	CHECK_INT(position.device, 0x01020304);
	CHECK_INT(position.t_ms, NOW);
	REQUIRE(br_series_record_decode((struct br_str){store.rows[0].value, store.rows[0].value_n},
			position.t_ms, &got) == 0);
	REQUIRE(got.n == 2);
	CHECK_INT(got.values[0].channel, 0);
	CHECK_INT(got.values[0].value, 4000);
	CHECK_INT(got.values[1].channel, 1);
	CHECK_INT(got.values[1].value, 5000);
	cooler_destroy();
}

static void test_two_messages_of_one_millisecond_are_both_kept(void)
{
	cooler_create();
	for (int i = 0; i < 3; i++) {
		CHECK_INT(add("a", 4000 + i, 0, 0), 0);
		CHECK_INT(br_series_record_put(&record, device, &sink), 0);
	}
	CHECK_INT(store.n, 3);
	cooler_destroy();
}

static void test_a_reading_of_another_time_begins_a_new_record(void)
{
	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(add("b", 4000, 1, 0), 0);
	CHECK_INT(store.n, 1);
	CHECK_INT(br_series_record_put(&record, device, &sink), 0);
	CHECK_INT(store.n, 2);
	cooler_destroy();
}

static void test_more_values_than_a_record_holds(void)
{
	cooler_create();
	for (unsigned i = 0; i <= BR_SERIES_RECORD_VALUES_MAX; i++)
		CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(store.n, 1);
	CHECK_INT(record.n, 1);
	cooler_destroy();
}

static void test_minutes_and_hours_add_up(void)
{
	struct br_rollup got;

	cooler_create();
	for (int64_t second = 0; second < 180; second += 20)
		CHECK_INT(add("a", 4000 + second, second * 1000, 0), 0);
	CHECK_INT(br_series_flush(registry, NOW + 179999, &sink), 0);
	CHECK(!rollup_stored(BR_SERIES_MINUTE, 0, NOW + 120000, &got));
	CHECK_INT(br_series_flush(registry, NOW + 180000, &sink), 0);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW, &got));
	CHECK_INT(got.n, 3);
	CHECK_INT(got.min, 4000);
	CHECK_INT(got.max, 4040);
	CHECK_INT(br_rollup_mean(&got), 4020);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW + 120000, &got));
	CHECK_INT(got.max, 4160);
	REQUIRE(rollup_stored(BR_SERIES_HOUR, 0, NOW - 900000, &got));
	CHECK_INT(got.n, 9);
	CHECK_INT(got.min, 4000);
	CHECK_INT(got.max, 4160);
	CHECK_INT(got.sum, 9 * 4080);
	cooler_destroy();
}

static void test_a_restart_in_a_minute_loses_nothing(void)
{
	struct br_rollup got;

	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	CHECK_INT(add("a", 6000, 30000, 0), 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW, &got));
	CHECK_INT(got.n, 2);
	REQUIRE(rollup_stored(BR_SERIES_HOUR, 0, NOW - 900000, &got));
	CHECK_INT(got.n, 2);
	CHECK_INT(got.sum, 10000);
	cooler_destroy();
}

static void test_late_readings_reach_their_own_minute(void)
{
	struct br_rollup got;

	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(add("a", 5000, 70000, 0), 0);
	CHECK_INT(add_at("a", 4500, 30000, 0, 70000), 0);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW, &got));
	CHECK_INT(got.n, 2);
	CHECK_INT(got.sum, 8500);
	REQUIRE(rollup_stored(BR_SERIES_HOUR, 0, NOW - 900000, &got));
	CHECK_INT(got.n, 2);
	cooler_destroy();
}

static void test_a_suspect_is_kept_raw_only(void)
{
	struct br_rollup got;

	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(add("a", 85000, 100, 0), 0);
	CHECK_INT(record.n, 1);
	CHECK_INT(record.values[0].quality, BR_QUALITY_JUMP);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW, &got));
	CHECK_INT(got.max, 4000);
	cooler_destroy();
}

static void test_what_is_not_to_be_kept_is_not(void)
{
	cooler_create();
	CHECK_INT(add("a", 4000, 0, BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED), 0);
	CHECK_INT(add("a", 999000, 0, 0), 0);
	CHECK_INT(record.n, 0);
	br_registry_release(registry, device);
	CHECK_INT(add("a", 4000, 1000, 0), 0);
	CHECK_INT(record.n, 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	CHECK_INT(store.calls, 0);
	cooler_destroy();
}

static void test_a_stored_minute_that_is_damaged_is_replaced(void)
{
	struct br_rollup got;

	cooler_create();
	CHECK_INT(add("a", 4000, 0, 0), 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	store.rows[0].value[1] ^= 1;
	CHECK_INT(add("a", 4500, 1000, 0), 0);
	CHECK_INT(br_series_flush(registry, BR_TIME_MAX_MS, &sink), 0);
	REQUIRE(rollup_stored(BR_SERIES_MINUTE, 0, NOW, &got));
	CHECK_INT(got.n, 1);
	CHECK_INT(got.sum, 4500);
	cooler_destroy();
}

/* One message, its record and a flush: the n-th call fails, until no call is left to fail. */
static void test_every_failure_of_the_store_is_told(void)
{
	unsigned n = 0;
	int error;

	do {
		cooler_create();
		store.fail_at = ++n;
		error = add("a", 4000, 0, 0);
		if (error == 0)
			error = br_series_record_put(&record, device, &sink);
		if (error == 0)
			error = add("a", 4000, 60000, 0);
		if (error == 0)
			error = br_series_flush(registry, BR_TIME_MAX_MS, &sink);
		if (error == 0)
			error = br_series_channels_put(device, &sink);
		CHECK(error == 0 || error == BR_E_DISK_FULL || error == BR_E_IO);
		CHECK((error == 0) == (store.calls < n));
		cooler_destroy();
	} while (error != 0 && n < 100);
	CHECK_INT(n, 11);
}

static void test_names_of_channels_are_kept(void)
{
	struct br_key key;
	int row;

	cooler_create();
	CHECK_INT(add("temperature", 4000, 0, 0), 0);
	CHECK_INT(add("humidity", 4000, 0, 0), 0);
	CHECK_INT(br_series_channels_put(device, &sink), 0);
	br_series_key(&key, BR_SERIES_CHANNEL, device->number, 1, 0, 0);
	row = row_find(BR_SERIES_CHANNEL, br_key_str(&key));
	REQUIRE(row >= 0);
	CHECK_STR(((struct br_str){store.rows[row].value, store.rows[row].value_n}), "humidity");
	cooler_destroy();
}

static void test_what_is_too_old(void)
{
	struct br_series_position from_at, to_at;
	struct br_key from, to, kept;

	br_series_expired(BR_SERIES_RAW, 7, 3, NOW, &from, &to);
	REQUIRE(br_series_key_read(BR_SERIES_RAW, br_key_str(&from), &from_at) == 0);
	REQUIRE(br_series_key_read(BR_SERIES_RAW, br_key_str(&to), &to_at) == 0);
	CHECK_INT(from_at.device, 7);
	CHECK_INT(from_at.t_ms, 0);
	CHECK_INT(to_at.t_ms, NOW - 48 * BR_HOUR_MS);
	br_series_key(&kept, BR_SERIES_RAW, 7, 0, NOW - 48 * BR_HOUR_MS, 0);
	CHECK(br_str_compare(br_key_str(&kept), br_key_str(&to)) >= 0);
	br_series_expired(BR_SERIES_HOUR, 7, 3, NOW, &from, &to);
	REQUIRE(br_series_key_read(BR_SERIES_HOUR, br_key_str(&to), &to_at) == 0);
	CHECK_INT(to_at.channel, 3);
	CHECK_INT(to_at.t_ms, NOW - INT64_C(396) * 24 * BR_HOUR_MS);
	br_series_expired(BR_SERIES_MINUTE, 7, 3, 1000, &from, &to);
	CHECK(br_str_equal(br_key_str(&from), br_key_str(&to)));
}

int main(int argc, char **argv)
{
	TEST(test_keys_sort_by_device_channel_and_time);
	TEST(test_keys_come_back);
	TEST(test_a_record_comes_back);
	TEST(test_sealed_nonsense_is_noticed);
	TEST(test_one_message_is_one_raw_record);
	TEST(test_two_messages_of_one_millisecond_are_both_kept);
	TEST(test_a_reading_of_another_time_begins_a_new_record);
	TEST(test_more_values_than_a_record_holds);
	TEST(test_minutes_and_hours_add_up);
	TEST(test_a_restart_in_a_minute_loses_nothing);
	TEST(test_late_readings_reach_their_own_minute);
	TEST(test_a_suspect_is_kept_raw_only);
	TEST(test_what_is_not_to_be_kept_is_not);
	TEST(test_a_stored_minute_that_is_damaged_is_replaced);
	TEST(test_every_failure_of_the_store_is_told);
	TEST(test_names_of_channels_are_kept);
	TEST(test_what_is_too_old);
	return test_end(argc, argv);
}
