/* What the files of the intake share; for them only. */
#pragma once

#include "node/mutex.h"
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
	struct br_mutex lock;		/* over the registry, for the web thread */
	struct br_txn *txn;		/* of the telemetry, open during a turn */
	struct br_series_record record; /* of the message at hand */
	struct br_sensor *record_device;
	struct br_sensor_moment message_now; /* when it came: one moment for all its readings */
	struct br_arena arena;		     /* of the rows that are read */
	struct br_arena events; /* of the event or device that is followed, which outlives them */
	char start[17]; /* random digits of this start, so that no command's id comes twice */
	bool hears;	/* the broker is there */
	bool renew;	/* numbers and channels' names may be missing in the telemetry */
	bool orphans;	/* alarms may stand whose device or channel is gone */
	int64_t pause_boot_ms; /* after a failed commit nothing is stored until then */
	uint64_t followed;     /* the journal up to here is taken up */
	uint64_t commands;     /* since the start, for ids */
	uint32_t number_next;
	unsigned flush_cursor;	 /* the device whose minutes are looked at next */
	unsigned summary_cursor; /* the device that is summed up next */
	bool thin;		 /* space is short: summaries are of a day */
	struct br_key expire_at; /* the device whose old rows are looked at next, in
				    BR_TELEMETRY_DEVICE */
};

/* intake.c */

struct br_sensor_moment br_intake_now(const struct br_intake *intake);
/* The turn's telemetry transaction, begun when needed; NULL when that fails. */
struct br_txn *br_intake_txn(struct br_intake *intake);
/* Puts and gets in the turn's telemetry transaction; for a while after a failure into nothing. */
struct br_series_sink br_intake_series_sink(struct br_intake *intake);
/* Splits "<source>/<id>"; false when there is no '/'. */
BR_MUST_CHECK bool br_intake_device_split(
	struct br_str device, struct br_str *ret_source, struct br_str *ret_id);
struct br_sensor *br_intake_device_find(struct br_intake *intake, struct br_str name);

/* intake_rule.c: conclusions become commands. */

/* Submits a command: 0, or BR_E_BUSY when it must be tried again later. */
BR_MUST_CHECK int br_intake_submit(
	struct br_intake *intake, const char *type, const void *body, int64_t happened_ms);
struct br_rule_sink br_intake_rule_sink(struct br_intake *intake);
/* A channel's name as the ledger has room for it. */
struct br_str br_intake_channel_word(const struct br_sensor_channel *channel);
/* The standing alarms of the ledger, taken up for all devices, or for the one of that name. */
void br_intake_alarms_restore(
	struct br_intake *intake, struct br_txn *ledger, struct br_str device);
/* Clears alarms that no rule can clear any more, a few at a time. */
void br_intake_orphans_clear(struct br_intake *intake);

/* intake_follow.c: what the ledger says about devices. */

/* Takes up all that is adopted and raised in the ledger. */
BR_MUST_CHECK int br_intake_restore(struct br_intake *intake, struct br_fault *fault);
/* An adopted device has another id from now on: the ledger and its series follow. */
void br_intake_device_renamed(
	struct br_intake *intake, struct br_sensor *device, const char *former);
/* Stores the numbers and the names of channels of all adopted devices. */
void br_intake_renew(struct br_intake *intake);

/* intake_summary.c: what the devices measured, for HQ; a few devices at a time. */
void br_intake_summarise(struct br_intake *intake);

/* intake_keep.c: minutes that have ended, rows that are too old; a bounded number at a time. */
void br_intake_minutes_close(struct br_intake *intake);
void br_intake_expire(struct br_intake *intake);
