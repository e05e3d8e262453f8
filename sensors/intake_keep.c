/* What time does to the series: minutes end and are stored, old rows go. */
#include <string.h>

#include "sensors/intake_parts.h"

/* Devices whose minutes are looked at in one tick: all of them have their turn in ten. */
#define CLOSE_DEVICES (BR_SENSOR_DEVICES_MAX / 10)
/* Devices whose old rows are looked at in one tick, and rows deleted at most. */
#define EXPIRE_DEVICES 4
#define EXPIRE_ROWS_MAX 1024
#define EXPIRE_ROUND 64

static void device_minutes_close(struct br_intake *intake, struct br_sensor *device, int64_t now_ms)
{
	struct br_series_sink series = br_intake_series_sink(intake);
	struct br_rollup closed;

	br_assert(device->number != 0 && device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (unsigned i = 0; i < device->channel_n; i++)
		if (br_rollup_close(&device->channels[i].minute, now_ms, &closed))
			(void)!br_series_minute_merge(device->number, (uint8_t)i, &closed, &series);
}

void br_intake_minutes_close(struct br_intake *intake)
{
	int64_t now_ms = br_intake_now(intake).wall_ms;

	for (unsigned i = 0; i < CLOSE_DEVICES; i++) {
		struct br_sensor *device =
			br_registry_next(intake->registry, &intake->flush_cursor);

		if (device == NULL) {
			intake->flush_cursor = 0;
			return;
		}
		if (!device->adopted)
			continue;
		(void)br_intake_lock(intake);
		device_minutes_close(intake, device, now_ms);
		br_intake_unlock(intake);
	}
}

/* Deletes what lies between two keys; what is left of the budget, 0 when there may be more. */
static unsigned range_expire(struct br_txn *txn, enum br_series_table table,
	const struct br_key *from, const struct br_key *to, unsigned budget)
{
	struct br_key doomed[EXPIRE_ROUND];
	unsigned n = EXPIRE_ROUND;

	br_assert(budget <= EXPIRE_ROWS_MAX);
	while (n == EXPIRE_ROUND && budget > 0) {
		struct br_str key, value, none = {NULL, 0};
		struct br_scan scan;

		n = 0;
		br_scan_begin(&scan, txn, table, none, br_key_str(from), false);
		while (n < EXPIRE_ROUND && n < budget && br_scan_next(&scan, &key, &value) &&
			br_str_compare(key, br_key_str(to)) < 0) {
			br_assert(key.n <= sizeof(doomed[n].bytes));
			memcpy(doomed[n].bytes, key.s, key.n);
			doomed[n++].n = key.n;
		}
		br_scan_end(&scan);
		for (unsigned i = 0; i < n; i++)
			br_txn_delete(txn, table, br_key_str(&doomed[i]));
		budget -= n;
	}
	return budget;
}

/* Of one device, adopted still or not; what is left of the budget. */
static unsigned device_expire(struct br_txn *txn, uint32_t number, int64_t now_ms, unsigned budget)
{
	static const enum br_series_table tables[] = {BR_SERIES_MINUTE, BR_SERIES_HOUR};
	struct br_key from, to;

	br_assert(number != 0);
	br_series_expired(BR_SERIES_RAW, number, 0, now_ms, &from, &to);
	budget = range_expire(txn, BR_SERIES_RAW, &from, &to, budget);
	for (uint8_t channel = 0; channel < BR_DEVICE_CHANNELS_MAX; channel++) {
		for (unsigned i = 0; i < BR_ARRAY_LEN(tables) && budget > 0; i++) {
			br_series_expired(tables[i], number, channel, now_ms, &from, &to);
			budget = range_expire(txn, tables[i], &from, &to, budget);
		}
	}
	return budget;
}

/* The next device that ever had a series, from `expire_at` on; begins again behind the last. */
static bool number_next(
	struct br_intake *intake, struct br_txn *txn, struct br_key *ret_key, uint32_t *ret_number)
{
	struct br_str key, value, none = {NULL, 0};
	struct br_scan scan;
	uint64_t number = 0;
	bool found;

	br_scan_begin(&scan, txn, BR_TELEMETRY_DEVICE, none, br_key_str(&intake->expire_at), false);
	found = br_scan_next(&scan, &key, &value);
	if (found && key.n <= sizeof(ret_key->bytes)) {
		memcpy(ret_key->bytes, key.s, key.n);
		ret_key->n = key.n;
		if (!br_key_take_u64(&value, &number) || number > UINT32_MAX)
			number = 0;
	}
	br_scan_end(&scan);
	*ret_number = (uint32_t)number;
	if (!found)
		intake->expire_at.n = 0;
	return found;
}

/* A few devices at a time, round and round: no table is ever walked whole. */
void br_intake_expire(struct br_intake *intake)
{
	int64_t now_ms = br_intake_now(intake).wall_ms;
	struct br_txn *txn = br_intake_txn(intake);
	unsigned budget = EXPIRE_ROWS_MAX;
	struct br_key key;
	uint32_t number;

	for (unsigned i = 0; i < EXPIRE_DEVICES && txn != NULL; i++) {
		if (!number_next(intake, txn, &key, &number))
			return;
		if (number != 0)
			budget = device_expire(txn, number, now_ms, budget);
		intake->expire_at = key;
		/* One that has more stays the next one. */
		if (budget == 0)
			return;
		br_assert(key.n < sizeof(key.bytes));
		intake->expire_at.bytes[intake->expire_at.n++] = 0;
	}
}
