#include "node/wiring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/notify.h"
#include "node/wiring_parts.h"

#define TICK_MS 1000
#define DISK_TICKS 5
/* Free bytes on the disk under which only sales and orders, or nothing, is taken. */
#define DISK_FREE_MOST (UINT64_C(64) << 20)
#define DISK_FREE_ALL (UINT64_C(16) << 20)

static enum br_shed shed_due(const struct br_wiring *wiring, uint64_t used_bytes)
{
	uint64_t max = (uint64_t)wiring->config.ledger_max_mb << 20;

	br_assert(max > 0);
	if (used_bytes >= max || wiring->disk_free_bytes < DISK_FREE_ALL)
		return BR_SHED_ALL;
	if (used_bytes >= max / 10 * 8 || wiring->disk_free_bytes < DISK_FREE_MOST)
		return BR_SHED_MOST;
	return BR_SHED_NOTHING;
}

/* Every turn, so that a full ledger is met before a commit meets it. */
static void account(struct br_wiring *wiring)
{
	static const char *const sentences[] = {"there is space again: everything is taken",
		"space runs out: only sales and orders are taken until there is more",
		"the disk is full: nothing is taken until there is space"};
	uint64_t used_bytes = br_store_usage(wiring->ledger).used_bytes;
	enum br_shed shed = shed_due(wiring, used_bytes);

	br_assert((size_t)shed < BR_ARRAY_LEN(sentences));
	br_metric_set(BR_METRIC_STORE_USED_BYTES, used_bytes);
	br_intake_thin(wiring->intake,
		used_bytes >= ((uint64_t)wiring->config.ledger_max_mb << 20) / 10 * 6);
	if (shed == wiring->shed)
		return;
	br_log(shed == BR_SHED_NOTHING ? BR_LOG_NOTICE : BR_LOG_ERR, "store", "%s",
		sentences[shed]);
	wiring->shed = shed;
	br_core_shed(wiring->core, shed);
}

/*
 * The disk fills by others too, and asking costs a system call: now and then. So does a reader that
 * died, which keeps the files from using their space again.
 */
static void disk_look(struct br_wiring *wiring)
{
	unsigned dead = br_store_sweep(wiring->ledger) + br_store_sweep(wiring->telemetry);
	struct statvfs disk;

	br_assert(wiring->config.state_dir[0] != '\0');
	if (dead > 0)
		br_log(BR_LOG_NOTICE, "store",
			"%u readers died while they read; their places are free again", dead);
	wiring->disk_free_bytes = UINT64_MAX;
	if (statvfs(wiring->config.state_dir, &disk) == 0)
		wiring->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
}

static void figures_show(struct br_wiring *wiring)
{
	struct br_core_figures figures = br_core_figures(wiring->core);

	/* Every command is counted once, whatever became of it. */
	br_assert(figures.refused + figures.repeated + figures.conflicts <= figures.commands);
	br_metric_set(BR_METRIC_COMMANDS_ACCEPTED,
		figures.commands - figures.refused - figures.repeated - figures.conflicts);
	br_metric_set(BR_METRIC_COMMANDS_REFUSED, figures.refused);
	br_metric_set(BR_METRIC_COMMANDS_REPEATED, figures.repeated);
	br_metric_set(BR_METRIC_COMMANDS_CONFLICT, figures.conflicts);
	br_metric_set(BR_METRIC_COMMITS, figures.commits);
	br_metric_set(BR_METRIC_EVENTS, figures.events);
	br_metric_set(BR_METRIC_JOURNAL_HEAD, br_core_head(wiring->core));
}

/* Says once what has become of the machine's clock, and keeps the time that is known. */
static void time_look(struct br_wiring *wiring)
{
	static const char *const sentences[] = {
		[BR_TIME_GOOD] = "this machine's clock can be believed",
		[BR_TIME_BEHIND] =
			"this machine's clock says a time that has passed for certain: set "
			"it, or see to its time server and its battery; until then the "
			"time goes on from the last that was known",
		[BR_TIME_AHEAD] =
			"this machine's clock says a time that cannot have come yet: set it, "
			"or see to its time server; until then the time goes on from the "
			"last that was known",
	};
	enum br_time_condition before = wiring->time_state.condition;
	struct br_time_state *state = &wiring->time_state;
	struct br_fault fault;

	br_timekeeper_state(wiring->timekeeper, state);
	br_assert((size_t)state->condition < BR_ARRAY_LEN(sentences));
	if (state->condition != before)
		br_log(state->condition == BR_TIME_GOOD ? BR_LOG_NOTICE : BR_LOG_ERR, "clock", "%s",
			sentences[state->condition]);
	br_metric_set(BR_METRIC_CLOCK_DOUBTED, state->condition != BR_TIME_GOOD);
	br_metric_set(BR_METRIC_CLOCK_APART,
		(uint64_t)(state->apart_ms < 0 ? -state->apart_ms : state->apart_ms) / 1000);
	if (br_timekeeper_tick(wiring->timekeeper, br_core_head(wiring->core), &fault) < 0)
		br_log(BR_LOG_WARNING, "clock", "the time is not kept for the next start: %s",
			fault.text);
}

static void tick(void *owner)
{
	struct br_wiring *wiring = owner;

	br_assert(wiring->tick_timer != NULL && wiring->web != NULL);
	br_loop_timer_set(wiring->tick_timer, TICK_MS);
	time_look(wiring);
	br_intake_tick(wiring->intake);
	br_labels_tick(wiring->labels);
	br_credentials_tick(wiring->credentials);
	br_renewal_tick(wiring->renewal, wiring->link_state.condition == BR_LINK_UP);
	br_diagnosis_tick(wiring->diagnosis, wiring->link_state.condition == BR_LINK_DOWN);
	br_wiring_show(wiring);
	br_web_wake(wiring->web);
	if (wiring->ticks++ % DISK_TICKS == 0)
		disk_look(wiring);
}

/* Cursors first, so that they share the commit; then the answers leave with it. */
static int turn_commit(struct br_wiring *wiring)
{
	int result = br_feed_keep(wiring->feed);

	br_assert(wiring->core != NULL && wiring->intake != NULL);
	if (result == 0)
		result = br_core_commit(wiring->core);
	if (result < 0)
		br_log(BR_LOG_ERR, "store",
			"the ledger cannot be written (%s): stopping without an answer to what "
			"was under way; its senders ask again",
			br_error_text(result));
	/* Telemetry is not state: losing a turn of it is told and survived. */
	if (br_intake_commit(wiring->intake) < 0)
		br_log(BR_LOG_WARNING, "telemetry", "the readings of this turn are not stored");
	return result;
}

/* The end of a turn; a negative return ends the process. */
static int turn(void *owner)
{
	struct br_wiring *wiring = owner;
	int result = turn_commit(wiring);

	br_assert(wiring->link != NULL && wiring->bus != NULL);
	if (result < 0)
		return result;
	br_intake_follow(wiring->intake);
	br_labels_turn(wiring->labels);
	br_schedule_arm(wiring->schedule);
	br_feed_send(wiring->feed);
	result = br_link_turn(wiring->link);
	if (result < 0) {
		br_log(BR_LOG_ERR, "link", "the ledger cannot be read or written (%s): stopping",
			br_error_text(result));
		return result;
	}
	/* What the parts have submitted meanwhile is committed by a turn of its own. */
	if (br_core_open(wiring->core))
		br_loop_again(wiring->loop);
	br_bus_write(wiring->bus);
	account(wiring);
	figures_show(wiring);
	return 0;
}

int br_wiring_create(const struct br_config *config, const char *config_path,
	struct br_wiring **ret_wiring, struct br_fault *fault)
{
	BR_CLEANUP(br_wiring_cleanup) struct br_wiring *wiring = calloc(1, sizeof(*wiring));
	int result;

	if (wiring == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	wiring->config = *config;
	wiring->machine = wiring->clock = &br_clock_system;
	br_mutex_init(&wiring->shown_lock);
	if (!br_str_copy(
		    br_str_from(config_path), wiring->config_path, sizeof(wiring->config_path)))
		return br_fault_set(fault, BR_E_INVALID, "the configuration's path is too long");
	result = br_wiring_make(wiring, fault);
	if (result == 0)
		result = br_loop_timer(wiring->loop, tick, wiring, &wiring->tick_timer);
	if (result == 0)
		*ret_wiring = BR_TAKE(wiring);
	return result;
}

void br_wiring_destroy(struct br_wiring *wiring)
{
	if (wiring == NULL)
		return;
	/* The web thread reads from all the others: it goes first. */
	br_web_destroy(wiring->web);
	br_queue_destroy(wiring->queue);
	br_diagnosis_destroy(wiring->diagnosis);
	br_link_destroy(wiring->link);
	br_renewal_destroy(wiring->renewal);
	br_credentials_destroy(wiring->credentials);
	br_labels_destroy(wiring->labels);
	if (wiring->intake != NULL)
		br_intake_flush(wiring->intake);
	br_intake_destroy(wiring->intake);
	br_schedule_destroy(wiring->schedule);
	br_feed_destroy(wiring->feed);
	br_till_destroy(wiring->till);
	br_bus_destroy(wiring->bus);
	br_loop_source_destroy(wiring->tick_timer);
	br_core_destroy(wiring->core);
	br_timekeeper_destroy(wiring->timekeeper);
	br_keys_close(wiring->keys);
	br_store_close(wiring->telemetry);
	br_store_close(wiring->ledger);
	br_loop_destroy(wiring->loop);
	br_mutex_finish(&wiring->shown_lock);
	free(wiring);
}

/* That the process ends on purpose, for the next one, with all that is still open. */
static int purpose_keep(struct br_wiring *wiring)
{
	int result = br_link_end(wiring->link);

	br_assert(result <= 0);
	return result < 0 ? result : turn_commit(wiring);
}

int br_wiring_run(struct br_wiring *wiring)
{
	char status[128];
	int result = br_web_start(wiring->web);

	br_assert(wiring->web != NULL && wiring->tick_timer != NULL);
	if (result < 0) {
		br_log(BR_LOG_ERR, "start", "the dashboard's thread cannot be started (%s)",
			br_error_text(result));
		return result;
	}
	disk_look(wiring);
	br_metric_set(BR_METRIC_STORE_MAP_BYTES, (uint64_t)wiring->config.ledger_max_mb << 20);
	br_loop_on_turn(wiring->loop, turn, wiring);
	br_loop_timer_set(wiring->tick_timer, 0);
	br_bus_start(wiring->bus);
	(void)snprintf(status, sizeof(status), "Running; journal at %llu",
		(unsigned long long)br_core_head(wiring->core));
	br_notify_ready(status);
	br_log(BR_LOG_NOTICE, "start", "store %s is running, dashboard on %s://%s:%u/",
		wiring->config.store_id,
		wiring->config.web_certificate[0] != '\0' ? "https" : "http",
		wiring->config.web_listen, br_web_port(wiring->web));
	result = br_loop_run(wiring->loop);
	br_notify_stopping();
	br_log(BR_LOG_NOTICE, "stop", "stopping");
	return result < 0 ? result : purpose_keep(wiring);
}
