/*
 * Summaries of what was measured, for HQ: from the hours of the series, device by device, so that
 * a tick stays short and the commands of an hour are spread over it.
 */
#include <string.h>

#include "node/summary.h"
#include "sensors/intake_parts.h"

/* Devices looked at in one tick: all of them have their turn in a quarter of an hour. */
#define DEVICES_PER_TICK 3
/* The last minutes of an hour are stored by then. */
#define LATE_MS (2 * BR_MINUTE_MS)
#define DAY_HOURS 24
/* The ledger keeps values up to here; a counter may pass it. */
#define VALUE_MAX INT64_C(1000000000000)

void br_intake_thin(struct br_intake *intake, bool thin)
{
	br_assert(intake->registry != NULL);
	intake->thin = thin;
}

static int64_t value_cut(int64_t value)
{
	return value > VALUE_MAX ? VALUE_MAX : value < -VALUE_MAX ? -VALUE_MAX : value;
}

/* All hours of one channel between the two times, as one. */
static void channel_read(struct br_txn *txn, uint32_t device, uint8_t channel, int64_t from_ms,
	int64_t until_ms, struct br_rollup *ret_sum)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_key from, until;
	struct br_scan scan;

	br_assert(device != 0 && from_ms < until_ms);
	memset(ret_sum, 0, sizeof(*ret_sum));
	br_series_key(&from, BR_SERIES_HOUR, device, channel, from_ms, 0);
	br_series_key(&until, BR_SERIES_HOUR, device, channel, until_ms, 0);
	br_scan_begin(&scan, txn, BR_SERIES_HOUR, none, br_key_str(&from), false);
	while (br_scan_next(&scan, &key, &value) && br_str_compare(key, br_key_str(&until)) < 0) {
		struct br_rollup hour;

		/* What is damaged is left out: telemetry is not state. */
		if (br_rollup_decode(value, from_ms, &hour) == 0)
			br_rollup_merge(ret_sum, &hour);
	}
	br_scan_end(&scan);
}

/* Of all channels that measured anything; returns how many. */
static unsigned channels_read(struct br_intake *intake, const struct br_sensor *device,
	int64_t from_ms, int64_t until_ms, struct br_summary_channel *channels)
{
	struct br_txn *txn = br_intake_txn(intake);
	unsigned n = 0;

	br_assert(device->channel_n <= BR_DEVICE_CHANNELS_MAX);
	for (unsigned i = 0; i < device->channel_n && txn != NULL; i++) {
		const struct br_sensor_channel *channel = &device->channels[i];
		struct br_rollup sum;

		channel_read(txn, device->number, (uint8_t)i, from_ms, until_ms, &sum);
		if (sum.n == 0)
			continue;
		channels[n++] = (struct br_summary_channel){
			.channel = br_intake_channel_word(channel),
			.unit = br_str_from((unsigned)channel->kind < BR_READING_KINDS
						    ? br_reading_kind_row(channel->kind)->unit
						    : ""),
			.min = value_cut(sum.min),
			.mean = value_cut(br_rollup_mean(&sum)),
			.max = value_cut(sum.max),
			.n = sum.n,
		};
	}
	return n;
}

/* From where on nothing has been told, as far as it is worth telling. */
static int64_t begin_ms(struct br_intake *intake, struct br_txn *ledger, struct br_str device,
	int64_t now_ms, int64_t until_ms, int64_t period_ms)
{
	int64_t from_ms;

	br_arena_reset(&intake->arena);
	from_ms = br_summary_until(ledger, device, now_ms, &intake->arena);
	br_assert(period_ms <= BR_SUMMARY_PERIOD_MS_MAX);
	if (from_ms == 0)
		return until_ms - period_ms;
	return from_ms < until_ms - BR_SUMMARY_PERIOD_MS_MAX ? until_ms - BR_SUMMARY_PERIOD_MS_MAX
							     : from_ms;
}

/* Submits the summary of one device when it is due. BR_E_BUSY: there is no room now. */
static int device_summarise(
	struct br_intake *intake, struct br_txn *ledger, const struct br_sensor *device)
{
	struct br_summary_channel channels[BR_DEVICE_CHANNELS_MAX];
	unsigned hours = intake->thin ? DAY_HOURS : intake->options.summary_hours;
	int64_t period_ms = hours * BR_HOUR_MS, now_ms = br_intake_now(intake).wall_ms;
	struct br_summary summary;
	char name[BR_SENSOR_NAME_BYTES];

	br_assert(device->adopted && device->number != 0 && hours > 0 && hours <= DAY_HOURS);
	br_sensor_name(device, name);
	summary.device = br_str_from(name);
	summary.until = br_rollup_start(now_ms - LATE_MS, BR_HOUR_MS);
	summary.from = begin_ms(intake, ledger, summary.device, now_ms, summary.until, period_ms);
	if (summary.from < 0 || summary.until - summary.from < period_ms)
		return 0;
	summary.channels = (struct br_list){
		.items = channels,
		.n = channels_read(intake, device, summary.from, summary.until, channels),
	};
	if (summary.channels.n == 0)
		return 0;
	return br_intake_submit(intake, "device.summarise", &summary, summary.until);
}

void br_intake_summarise(struct br_intake *intake)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	unsigned looked = 0;
	int result = 0;

	if (intake->options.summary_hours == 0 ||
		br_txn_begin(intake->options.ledger, false, &txn) < 0)
		return;
	while (looked < DEVICES_PER_TICK && result == 0) {
		unsigned at = intake->summary_cursor;
		struct br_sensor *device =
			br_registry_next(intake->registry, &intake->summary_cursor);

		if (device == NULL) {
			intake->summary_cursor = 0;
			return;
		}
		if (!device->adopted || device->number == 0)
			continue;
		looked++;
		result = device_summarise(intake, txn, device);
		/* It has its turn again when there is room. */
		if (result < 0)
			intake->summary_cursor = at;
	}
}
