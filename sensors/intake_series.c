/* Reading a channel's series for a chart, on any thread. */
#include <string.h>

#include "node/time.h"
#include "sensors/intake_parts.h"

/* Spans up to which raw records, and minutes, are read. */
#define RAW_SPAN_MS (INT64_C(6) * 3600 * 1000)
#define MINUTE_SPAN_MS (INT64_C(7) * 24 * 3600 * 1000)

/* What a chart's request means for the tables. */
struct chart {
	uint32_t device;
	uint8_t channel;
	enum br_series_table table;
	int64_t from_ms, to_ms, step_ms;
	struct br_series_point *points;
	unsigned n, max;
	__int128 sum; /* of the last point */
};

/* Adds one roll-up, or one reading as a roll-up of itself, to the step it falls into. */
static void chart_add(struct chart *chart, const struct br_rollup *rollup)
{
	int64_t step = rollup->start_ms - rollup->start_ms % chart->step_ms;
	struct br_series_point *point = chart->n > 0 ? &chart->points[chart->n - 1] : NULL;

	br_assert(rollup->n > 0);
	if (point == NULL || point->t_ms != step) {
		/* The steps are so long that all of them have room, see br_intake_series(). */
		br_assert(chart->n < chart->max);
		chart->sum = 0;
		point = &chart->points[chart->n++];
		*point = (struct br_series_point){
			.t_ms = step, .min = rollup->min, .max = rollup->max};
	}
	if (rollup->min < point->min)
		point->min = rollup->min;
	if (rollup->max > point->max)
		point->max = rollup->max;
	/* By the sum, so that steps of unlike density do not pull the mean, nor rounding does. */
	chart->sum += rollup->sum;
	point->n += rollup->n;
	point->mean = (int64_t)(chart->sum / (int64_t)point->n);
}

static void raw_add(struct chart *chart, struct br_str value, int64_t t_ms)
{
	struct br_series_record record;

	br_assert(chart->table == BR_SERIES_RAW);
	if (br_series_record_decode(value, t_ms, &record) < 0)
		return;
	for (unsigned i = 0; i < record.n; i++) {
		struct br_rollup one = {.start_ms = t_ms,
			.min = record.values[i].value,
			.max = record.values[i].value,
			.sum = record.values[i].value,
			.n = 1};

		/* What was doubted when it came would be the only thing to see on the chart. */
		if (record.values[i].channel == chart->channel &&
			(record.values[i].quality & BR_QUALITY_JUMP) == 0)
			chart_add(chart, &one);
	}
}

static void chart_read(struct chart *chart, struct br_txn *txn)
{
	struct br_str key, value;
	struct br_key from, to;
	struct br_scan scan;

	br_assert(chart->step_ms > 0 && chart->from_ms < chart->to_ms);
	br_series_key(&from, chart->table, chart->device, chart->channel, chart->from_ms, 0);
	br_series_key(&to, chart->table, chart->device, chart->channel, chart->to_ms, 0);
	br_scan_begin(&scan, txn, chart->table, (struct br_str){NULL, 0}, br_key_str(&from), false);
	while (br_scan_next(&scan, &key, &value) && br_str_compare(key, br_key_str(&to)) < 0) {
		struct br_series_position position;
		struct br_rollup rollup;

		if (br_series_key_read(chart->table, key, &position) < 0)
			continue;
		if (chart->table == BR_SERIES_RAW)
			raw_add(chart, value, position.t_ms);
		else if (br_rollup_decode(value, position.t_ms, &rollup) == 0 && rollup.n > 0)
			chart_add(chart, &rollup);
	}
	br_scan_end(&scan);
}

/* The device's number, the channel's and the unit, under the lock. */
static int channel_find(struct br_intake *intake, struct br_str device, struct br_str channel,
	struct chart *chart, const char **ret_unit)
{
	const struct br_registry *registry = br_intake_lock(intake);
	const struct br_sensor_channel *found = NULL;
	struct br_sensor *sensor = NULL;
	struct br_str source, id;

	if (br_intake_device_split(device, &source, &id))
		sensor = br_registry_find(registry, source, id);
	if (sensor != NULL)
		found = br_sensor_channel_find(sensor, channel);
	if (found != NULL) {
		chart->device = sensor->number;
		chart->channel = (uint8_t)br_sensor_channel_number(sensor, found);
		/* A channel that was restored and not heard yet has no kind. */
		*ret_unit = (unsigned)found->kind < BR_READING_KINDS
				    ? br_reading_kind_row(found->kind)->unit
				    : "";
	}
	br_intake_unlock(intake);
	return found != NULL ? 0 : BR_E_NOT_FOUND;
}

int br_intake_series(struct br_intake *intake, struct br_str device, struct br_str channel,
	int64_t from_ms, int64_t to_ms, unsigned points_max, struct br_series_point *points,
	unsigned *ret_n, int64_t *ret_step_ms, const char **ret_unit)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct chart chart = {
		.from_ms = from_ms, .to_ms = to_ms, .points = points, .max = points_max};
	int64_t span_ms = to_ms - from_ms, least_ms;
	int result;

	if (span_ms <= 0 || points_max < 2 || from_ms < 0 || to_ms > BR_TIME_MAX_MS)
		return BR_E_INVALID;
	result = channel_find(intake, device, channel, &chart, ret_unit);
	if (result == 0)
		result = br_txn_begin(intake->options.telemetry, false, &txn);
	if (result < 0)
		return result;
	chart.table = span_ms <= RAW_SPAN_MS	  ? BR_SERIES_RAW
		      : span_ms <= MINUTE_SPAN_MS ? BR_SERIES_MINUTE
						  : BR_SERIES_HOUR;
	least_ms = chart.table == BR_SERIES_RAW	     ? 1000
		   : chart.table == BR_SERIES_MINUTE ? BR_MINUTE_MS
						     : BR_HOUR_MS;
	/* Less a point, because the first step may begin before the span. */
	chart.step_ms = span_ms / (points_max - 1) + 1;
	chart.step_ms = (chart.step_ms + least_ms - 1) / least_ms * least_ms;
	br_assert(chart.step_ms >= least_ms && chart.step_ms % least_ms == 0);
	chart_read(&chart, txn);
	*ret_n = chart.n;
	*ret_step_ms = chart.step_ms;
	return br_txn_error(txn);
}
