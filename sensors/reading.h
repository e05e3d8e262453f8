/*
 * A reading: one value that one channel of one device had at one time. Every adapter turns its
 * vendor's bytes into this record; the registry, the rules and the series know nothing else.
 *
 * Values are fixed point, 1/1000 of the unit of their kind (`4340` is 4.34 °C). There is one unit a
 * kind: adapters convert before they hand a reading over, so the kind tells the unit.
 *
 * The gate stands between the adapters and everybody who believes a reading:
 *
 *	            later than now + 5 s: set to now, flagged
 *	            out of the kind's range ──────────────► REFUSED
 *	reading ──► retained by the broker, no own time ──► UNDATED
 *	            older than the newest one, or 48 h ───► HISTORY
 *	            jumps faster than its kind can ───────► SUSPECT, until a second one agrees
 *	            else ─────────────────────────────────► CURRENT
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"
#include "node/str.h"

/* The names in the table are what is stored and configured; the numbers may change. */
enum br_reading_kind {
	BR_READING_TEMPERATURE,
	BR_READING_HUMIDITY,
	BR_READING_PRESSURE,
	BR_READING_BATTERY,
	BR_READING_BATTERY_LOW, /* 1 = the device itself says its battery is nearly empty */
	BR_READING_VOLTAGE,
	BR_READING_CURRENT,
	BR_READING_POWER,
	BR_READING_ENERGY,
	BR_READING_LINK_QUALITY, /* the radio's own scale, 0–255 or percent */
	BR_READING_SIGNAL,
	BR_READING_CONTACT, /* 1 = the contact is made: a door is closed; 0 = it is open */
	BR_READING_MOTION,  /* 1 = motion or a person is there */
	BR_READING_LEAK,
	BR_READING_SMOKE,
	BR_READING_VIBRATION,
	BR_READING_TAMPER,
	BR_READING_SWITCH, /* 1 = on */
	BR_READING_ILLUMINANCE,
	BR_READING_WEIGHT,
	BR_READING_COUNT,
	BR_READING_RAW, /* a converter's own number, kept for calibration */
	BR_READING_DISTANCE,
	BR_READING_CARBON_DIOXIDE,
	BR_READING_ORGANIC_VAPOUR,
	BR_READING_PARTICLES,
	BR_READING_MOISTURE,
	BR_READING_ACTION, /* an event, not a state: a button was used; `word` says how */
	BR_READING_KINDS   /* how many there are */
};

/* What is known about a kind; all values in 1/1000 of the unit. */
struct br_reading_kind_row {
	const char *name;
	const char *unit; /* as shown; empty when the value has none */
	int64_t min, max; /* outside of it no working sensor reports */
	int64_t rate_max; /* plausible change a second; 0 = any */
	int64_t step_max; /* plausible change between two readings however far apart; 0 = any */
	bool flag;	  /* only 0 and 1000 occur */
};

const struct br_reading_kind_row *br_reading_kind_row(enum br_reading_kind kind);

/* The kind of that name; false when there is none. */
BR_MUST_CHECK bool br_reading_kind_from(struct br_str name, enum br_reading_kind *ret_kind);

/* Flags of `quality`. */
#define BR_QUALITY_CLAMPED 0x01u  /* its time lay in the future and was set to now */
#define BR_QUALITY_LATE 0x02u	  /* older than the newest: history only */
#define BR_QUALITY_JUMP 0x04u	  /* changed faster than its kind can */
#define BR_QUALITY_RANGE 0x08u	  /* outside the range of its kind */
#define BR_QUALITY_RETAINED 0x10u /* kept by the broker, not sent just now */
#define BR_QUALITY_UNTIMED 0x20u  /* the device gave no usable time: it is the time of receipt */

struct br_reading {
	struct br_str source;  /* the adapter's name in the configuration */
	struct br_str device;  /* the device's id in that adapter's world */
	struct br_str channel; /* which of the device's values */
	struct br_str word;    /* for BR_READING_ACTION, else empty */
	enum br_reading_kind kind;
	unsigned quality;
	int64_t value;	     /* 1/1000 of the kind's unit */
	int64_t observed_ms; /* unix time of the observation */
	int64_t received_ms; /* unix time of receipt */
};

/*
 * A floating number as fixed point, rounded half away from zero. False when it is not finite or
 * beyond ±9·10^12, which no kind reaches.
 */
BR_MUST_CHECK bool br_reading_value(double number, int64_t *ret_value);

/* How far the future may reach before a time counts as wrong. */
#define BR_READING_FUTURE_MS INT64_C(5000)
/* What is older is never current, even as the first of its channel. */
#define BR_READING_AGE_MAX_MS (INT64_C(48) * 3600 * 1000)

enum br_reading_verdict {
	BR_VERDICT_CURRENT, /* the newest of its channel: shown, ruled on, stored */
	BR_VERDICT_HISTORY, /* stored under its own time, nothing else */
	BR_VERDICT_SUSPECT, /* stored raw; the next one confirms or drops it */
	BR_VERDICT_UNDATED, /* shown while nothing better is known, never stored or ruled on */
	BR_VERDICT_REFUSED  /* believed by nobody */
};

/* What the gate remembers of one channel; all zero to begin with. */
struct br_reading_gate {
	int64_t last_ms, last_value; /* the newest that was current */
	int64_t suspect_ms, suspect_value;
	bool has_last, has_suspect;
};

/*
 * Judges one reading at unix time `now_ms`, and sets its flags and, when clamped, its time. A
 * memory from the future (the node's own clock was set back) is forgotten, not defended.
 */
enum br_reading_verdict br_reading_gate_pass(
	struct br_reading_gate *gate, struct br_reading *reading, int64_t now_ms);
