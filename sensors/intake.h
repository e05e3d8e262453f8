/*
 * The intake: where sensors meet the node.
 *
 *	bus ─► adapters ─► registry ─┬─► series, in the telemetry environment
 *	                             └─► rules ─► commands (alarm.raise, device.lost, …)
 *	journal: device.adopted, device.forgotten ─► registry
 *	hours of the series ─► device.summarise, for HQ
 *
 * Messages and the journal are worked on by the core thread; the web thread looks at the registry
 * between br_intake_lock() and br_intake_unlock(). Readings are gathered in one telemetry
 * transaction per turn.
 */
#pragma once

#include "node/bus.h"
#include "node/core.h"
#include "sensors/registry.h"
#include "sensors/series.h"

struct br_intake;

struct br_intake_options {
	/* Borrowed, outlive the intake. */
	struct br_core *core;
	struct br_store *ledger, *telemetry;
	const struct br_clock *clock;
	const char *zigbee2mqtt_base; /* "" = none */
	const char *tasmota_topic;    /* FullTopic, "" = none */
	int utc_offset_min;	      /* of the Tasmota devices' clocks */
	bool tasmota_grams;	      /* their weighing shelves are set to WeightRes 3 */
	unsigned summary_hours;	      /* of which HQ gets a summary of each device, 0 = none */
};

/* The options to open the telemetry environment with. */
struct br_store_options br_telemetry_options(void);

/* Takes up adopted devices and standing alarms from the ledger. */
BR_MUST_CHECK int br_intake_create(const struct br_intake_options *options,
	struct br_intake **ret_intake, struct br_fault *fault);
void br_intake_destroy(struct br_intake *intake);
BR_DEFINE_CLEANUP(intake, br_intake_destroy)

/* The topic filters to route to br_intake_message(), from 0 on; NULL past the last. */
const char *br_intake_filter(const struct br_intake *intake, unsigned number);

/* A message; `owner` is the intake. */
void br_intake_message(void *owner, const struct br_message *message);

/*
 * The broker comes and goes. While it is away, and before it is there for the first time, no
 * silence counts; then silences begin anew.
 */
void br_intake_connected(struct br_intake *intake, bool connected);

/* About once a second: delays, silences, minutes that have ended, what is too old; all bounded. */
void br_intake_tick(struct br_intake *intake);

/*
 * Ends the turn's telemetry transaction: 0, or a negative error, after which the readings of the
 * turn are lost and for a minute nothing is stored but what makes room. Watching goes on.
 */
BR_MUST_CHECK int br_intake_commit(struct br_intake *intake);

/* After the ledger's commit: takes up what the journal says about devices. */
void br_intake_follow(struct br_intake *intake);

/* Stores the open minutes; before the end. */
void br_intake_flush(struct br_intake *intake);

/* While space is short the summaries for HQ are of a day each: fewer, with nothing missing. */
void br_intake_thin(struct br_intake *intake, bool thin);

/* For another thread: the registry stays as it is until unlocked. Keep it short. */
const struct br_registry *br_intake_lock(struct br_intake *intake);
void br_intake_unlock(struct br_intake *intake);

/* One point of a series; all in 1/1000 of the unit. */
struct br_series_point {
	int64_t t_ms;
	int64_t min, mean, max;
	uint64_t n;
};

/*
 * Reads a channel's series from the telemetry environment on any thread: at most `points_max` (2 at
 * least) steps of the same length between the two times, from raw records (short spans), minutes or
 * hours. Values that were doubted are left out. 0 with *ret_n points, *ret_step_ms and the unit (a
 * constant text); BR_E_NOT_FOUND for an unknown device or channel, BR_E_INVALID for an impossible
 * span.
 */
BR_MUST_CHECK int br_intake_series(struct br_intake *intake, struct br_str device,
	struct br_str channel, int64_t from_ms, int64_t to_ms, unsigned points_max,
	struct br_series_point *points, unsigned *ret_n, int64_t *ret_step_ms,
	const char **ret_unit);
