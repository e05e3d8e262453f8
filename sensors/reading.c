#include "sensors/reading.h"

#include <math.h>

#define VALUE_MAX 9e12

#define MILLI INT64_C(1000)
#define FLAG_ROW(NAME) \
	{ \
		NAME, "", 0, MILLI, 0, 0, true \
	}

/*
 * The ranges are those of sensors on sale, not of nature: −127 °C and 65535 W are a broken wire. A
 * step limit stands beside the rate because after an hour's silence a rate alone allows anything;
 * the 85 °C of a DS18B20 that has just been powered must not pass as a reading.
 */
static const struct br_reading_kind_row kind_rows[BR_READING_KINDS] = {
	[BR_READING_TEMPERATURE] = {"temperature", "°C", -90 * MILLI, 200 * MILLI, MILLI,
		35 * MILLI, false},
	[BR_READING_HUMIDITY] = {"humidity", "%", 0, 100 * MILLI, 10 * MILLI, 0, false},
	[BR_READING_PRESSURE] = {"pressure", "hPa", 300 * MILLI, 1200 * MILLI, 2 * MILLI,
		100 * MILLI, false},
	[BR_READING_BATTERY] = {"battery", "%", 0, 100 * MILLI, 0, 0, false},
	[BR_READING_BATTERY_LOW] = FLAG_ROW("battery_low"),
	[BR_READING_VOLTAGE] = {"voltage", "V", 0, 500 * MILLI, 0, 0, false},
	[BR_READING_CURRENT] = {"current", "A", -200 * MILLI, 200 * MILLI, 0, 0, false},
	[BR_READING_POWER] = {"power", "W", -60000 * MILLI, 60000 * MILLI, 0, 0, false},
	[BR_READING_ENERGY] = {"energy", "kWh", 0, 100000000 * MILLI, 0, 0, false},
	[BR_READING_LINK_QUALITY] = {"link_quality", "", 0, 255 * MILLI, 0, 0, false},
	[BR_READING_SIGNAL] = {"signal", "dBm", -150 * MILLI, 30 * MILLI, 0, 0, false},
	[BR_READING_CONTACT] = FLAG_ROW("contact"),
	[BR_READING_MOTION] = FLAG_ROW("motion"),
	[BR_READING_LEAK] = FLAG_ROW("leak"),
	[BR_READING_SMOKE] = FLAG_ROW("smoke"),
	[BR_READING_VIBRATION] = FLAG_ROW("vibration"),
	[BR_READING_TAMPER] = FLAG_ROW("tamper"),
	[BR_READING_SWITCH] = FLAG_ROW("switch"),
	[BR_READING_ILLUMINANCE] = {"illuminance", "lx", 0, 200000 * MILLI, 0, 0, false},
	[BR_READING_WEIGHT] = {"weight", "kg", -100 * MILLI, 5000 * MILLI, 0, 0, false},
	[BR_READING_COUNT] = {"count", "", 0, 5000000000 * MILLI, 0, 0, false},
	[BR_READING_RAW] = {"raw", "", -5000000000 * MILLI, 5000000000 * MILLI, 0, 0, false},
	[BR_READING_DISTANCE] = {"distance", "cm", 0, 10000 * MILLI, 0, 0, false},
	[BR_READING_CARBON_DIOXIDE] = {"carbon_dioxide", "ppm", 0, 50000 * MILLI, 0, 0, false},
	[BR_READING_ORGANIC_VAPOUR] = {"organic_vapour", "ppb", 0, 100000 * MILLI, 0, 0, false},
	[BR_READING_PARTICLES] = {"particles", "µg/m³", 0, 10000 * MILLI, 0, 0, false},
	[BR_READING_MOISTURE] = {"moisture", "%", 0, 100 * MILLI, 0, 0, false},
	[BR_READING_ACTION] = {"action", "", MILLI, MILLI, 0, 0, false},
};

const struct br_reading_kind_row *br_reading_kind_row(enum br_reading_kind kind)
{
	br_assert((unsigned)kind < BR_READING_KINDS);
	br_assert(kind_rows[kind].name != NULL);
	return &kind_rows[kind];
}

bool br_reading_kind_from(struct br_str name, enum br_reading_kind *ret_kind)
{
	unsigned kind;

	br_assert(ret_kind != NULL);
	for (kind = 0; kind < BR_READING_KINDS; kind++) {
		if (!br_str_is(name, kind_rows[kind].name))
			continue;
		*ret_kind = (enum br_reading_kind)kind;
		return true;
	}
	return false;
}

bool br_reading_value(double number, int64_t *ret_value)
{
	br_assert(ret_value != NULL);
	if (!isfinite(number) || fabs(number) > VALUE_MAX)
		return false;
	*ret_value = (int64_t)round(number * 1000.0);
	return true;
}

static bool value_in_range(const struct br_reading *reading)
{
	const struct br_reading_kind_row *row = br_reading_kind_row(reading->kind);

	br_assert(row->min <= row->max);
	if (row->flag)
		return reading->value == 0 || reading->value == MILLI;
	return reading->value >= row->min && reading->value <= row->max;
}

/* Whether the value can have moved from `from` to the reading's in the time between. */
static bool change_is_plausible(const struct br_reading *reading, int64_t from, int64_t from_ms)
{
	const struct br_reading_kind_row *row = br_reading_kind_row(reading->kind);
	int64_t change = reading->value > from ? reading->value - from : from - reading->value;
	int64_t gap_ms = reading->observed_ms - from_ms;
	int64_t allowed;

	br_assert(row->step_max >= 0 && row->rate_max >= 0);
	br_assert(gap_ms >= 0);
	if (row->rate_max == 0)
		return true;
	/* Devices round their times to seconds; a day bounds the product. */
	gap_ms = gap_ms < 1000 ? 1000 : gap_ms > 86400000 ? 86400000 : gap_ms;
	allowed = row->rate_max * gap_ms / 1000;
	if (row->step_max != 0 && allowed > row->step_max)
		allowed = row->step_max;
	return change <= allowed;
}

/* True when it may become the newest: it follows the last one, or agrees with a suspect. */
static bool gate_believes(const struct br_reading_gate *gate, const struct br_reading *reading)
{
	br_assert(!gate->has_last || gate->last_ms <= reading->observed_ms);
	if (!gate->has_last || change_is_plausible(reading, gate->last_value, gate->last_ms))
		return true;
	return gate->has_suspect && gate->suspect_ms <= reading->observed_ms &&
	       change_is_plausible(reading, gate->suspect_value, gate->suspect_ms);
}

enum br_reading_verdict br_reading_gate_pass(
	struct br_reading_gate *gate, struct br_reading *reading, int64_t now_ms)
{
	const unsigned undated = BR_QUALITY_RETAINED | BR_QUALITY_UNTIMED;

	br_assert((unsigned)reading->kind < BR_READING_KINDS);
	if (reading->observed_ms > now_ms + BR_READING_FUTURE_MS) {
		reading->observed_ms = now_ms;
		reading->quality |= BR_QUALITY_CLAMPED;
	}
	if (!value_in_range(reading)) {
		reading->quality |= BR_QUALITY_RANGE;
		return BR_VERDICT_REFUSED;
	}
	if ((reading->quality & undated) == undated)
		return BR_VERDICT_UNDATED;
	if (gate->has_last && gate->last_ms > now_ms + BR_READING_FUTURE_MS)
		*gate = (struct br_reading_gate){0};
	if (reading->observed_ms < now_ms - BR_READING_AGE_MAX_MS ||
		(gate->has_last && reading->observed_ms < gate->last_ms)) {
		reading->quality |= BR_QUALITY_LATE;
		return BR_VERDICT_HISTORY;
	}
	if (!gate_believes(gate, reading)) {
		reading->quality |= BR_QUALITY_JUMP;
		gate->suspect_ms = reading->observed_ms;
		gate->suspect_value = reading->value;
		gate->has_suspect = true;
		return BR_VERDICT_SUSPECT;
	}
	gate->last_ms = reading->observed_ms;
	gate->last_value = reading->value;
	gate->has_last = true;
	gate->has_suspect = false;
	return BR_VERDICT_CURRENT;
}
