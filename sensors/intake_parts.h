/* What the files of the intake share; for them only. */
#pragma once

#include <pthread.h>

#include "sensors/intake.h"
#include "sensors/rule.h"

#define BR_INTAKE_ADAPTERS_MAX 4

/* The telemetry environment's tables: those of the series, and the devices' numbers. */
enum br_telemetry_table { BR_TELEMETRY_DEVICE = BR_SERIES_TABLES, BR_TELEMETRY_TABLES };

struct br_intake {
	struct br_intake_options options;
	struct br_adapter *adapters[BR_INTAKE_ADAPTERS_MAX];
	unsigned adapter_n;
	struct br_registry *registry;
	pthread_mutex_t lock;		/* over the registry, for the web thread */
	struct br_txn *txn;		/* of the telemetry, open during a turn */
	struct br_series_record record; /* of the message at hand */
	struct br_sensor *record_device;
	struct br_arena arena;
	uint64_t followed; /* the journal up to here is taken up */
	uint64_t commands; /* since the start, for ids */
	uint32_t number_next;
	unsigned expire_cursor;
};

struct br_sensor_moment br_intake_now(const struct br_intake *intake);

/* Puts and gets in the turn's telemetry transaction, which it begins. */
struct br_series_sink br_intake_series_sink(struct br_intake *intake);

/* Turns intents into commands. */
struct br_rule_sink br_intake_rule_sink(struct br_intake *intake);

/* Takes up all that is adopted and raised in the ledger. */
BR_MUST_CHECK int br_intake_restore(struct br_intake *intake, struct br_fault *fault);

/* Splits "<source>/<id>"; false when there is no '/'. */
BR_MUST_CHECK bool br_intake_device_split(
	struct br_str device, struct br_str *ret_source, struct br_str *ret_id);
