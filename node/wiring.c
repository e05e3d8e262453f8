#include "node/wiring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "node/bus.h"
#include "node/core.h"
#include "node/feed.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "node/notify.h"
#include "node/queue.h"
#include "node/schedule.h"
#include "node/tables.h"
#include "node/till.h"
#include "node/version.h"
#include "web-ui/server.h"

#define ACCOUNT_INTERVAL_MS 5000
/* Free bytes on the disk under which only sales and orders, or nothing, is taken. */
#define DISK_FREE_MOST (UINT64_C(64) << 20)
#define DISK_FREE_ALL (UINT64_C(16) << 20)

struct br_wiring {
	struct br_config config;
	char config_path[4096];
	const struct br_clock *clock;
	struct br_loop *loop;
	struct br_store *ledger;
	struct br_core *core;
	struct br_bus *bus;
	struct br_queue *queue;
	struct br_till *till;
	struct br_feed *feed;
	struct br_schedule *schedule;
	struct br_web *web;
	struct br_loop_source *account_timer;
	enum br_shed shed;
};

static void reload(void *owner)
{
	struct br_wiring *wiring = owner;
	struct br_config config;
	struct br_fault fault;

	br_notify_reloading();
	br_config_init(&config);
	if (br_config_read(&config, wiring->config_path, &fault) < 0) {
		br_log(BR_LOG_ERR, "config", "%s; the old configuration stays", fault.text);
	} else {
		/* What is open or listening cannot change under way; that needs a restart. */
		br_log_level_set((enum br_log_level)config.log_level);
		br_log(BR_LOG_NOTICE, "config",
			"read again: the log level counts now, the rest at the next start");
	}
	br_notify_ready("Running");
}

static enum br_shed shed_due(struct br_wiring *wiring)
{
	struct br_store_usage usage = br_store_usage(wiring->ledger);
	uint64_t max = (uint64_t)wiring->config.ledger_max_mb << 20;
	uint64_t disk_free = UINT64_MAX;
	struct statvfs disk;

	br_metric_set(BR_METRIC_STORE_USED_BYTES, usage.used_bytes);
	br_metric_set(BR_METRIC_STORE_MAP_BYTES, max);
	if (statvfs(wiring->config.state_dir, &disk) == 0)
		disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (usage.used_bytes >= max || disk_free < DISK_FREE_ALL)
		return BR_SHED_ALL;
	if (usage.used_bytes >= max / 10 * 8 || disk_free < DISK_FREE_MOST)
		return BR_SHED_MOST;
	return BR_SHED_NOTHING;
}

/* Looks at disk and map every few seconds, so that a full disk is met before a commit meets it. */
static void account(void *owner)
{
	static const char *const sentences[] = {"there is space again: everything is taken",
		"space runs out: only sales and orders are taken until there is more",
		"the disk is full: nothing is taken until there is space"};
	struct br_wiring *wiring = owner;
	enum br_shed shed = shed_due(wiring);

	if (shed != wiring->shed)
		br_log(shed == BR_SHED_NOTHING ? BR_LOG_NOTICE : BR_LOG_ERR, "store", "%s",
			sentences[shed]);
	wiring->shed = shed;
	br_core_shed(wiring->core, shed);
	br_loop_timer_set(wiring->account_timer, ACCOUNT_INTERVAL_MS);
}

static void figures_show(struct br_wiring *wiring)
{
	struct br_core_figures figures = br_core_figures(wiring->core);

	br_metric_set(BR_METRIC_COMMANDS_ACCEPTED,
		figures.commands - figures.refused - figures.repeated - figures.conflicts);
	br_metric_set(BR_METRIC_COMMANDS_REFUSED, figures.refused);
	br_metric_set(BR_METRIC_COMMANDS_REPEATED, figures.repeated);
	br_metric_set(BR_METRIC_COMMANDS_CONFLICT, figures.conflicts);
	br_metric_set(BR_METRIC_COMMITS, figures.commits);
	br_metric_set(BR_METRIC_EVENTS, figures.events);
	br_metric_set(BR_METRIC_JOURNAL_HEAD, br_core_head(wiring->core));
}

/* The end of a turn; a negative return ends the process. */
static int turn(void *owner)
{
	struct br_wiring *wiring = owner;
	int result = br_feed_keep(wiring->feed);

	if (result == 0)
		result = br_core_commit(wiring->core);
	if (result < 0) {
		br_log(BR_LOG_ERR, "store",
			"the ledger cannot be written (%s): stopping without an answer to what "
			"was under way; its senders ask again",
			br_error_text(result));
		return result;
	}
	figures_show(wiring);
	br_schedule_arm(wiring->schedule);
	br_feed_send(wiring->feed);
	br_bus_write(wiring->bus);
	return 0;
}

static int state_folder(const struct br_config *config, struct br_fault *fault)
{
	if (mkdir(config->state_dir, 0700) == 0 || errno == EEXIST)
		return 0;
	return br_fault_set(fault, br_error_from_errno(errno),
		"%s: %s: make the folder or set "
		"[store] state_dir",
		config->state_dir, strerror(errno));
}

static int ledger_open(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_store_options options = br_ledger_options(false);
	char path[sizeof(wiring->config.state_dir) + 16];
	int result = state_folder(&wiring->config, fault);

	(void)snprintf(path, sizeof(path), "%s/ledger", wiring->config.state_dir);
	if (result == 0)
		result = br_store_open(path, &options, &wiring->ledger, fault);
	if (result == 0)
		result = br_core_create(wiring->ledger, &wiring->core, fault);
	return result;
}

static int bus_make(struct br_wiring *wiring, struct br_fault *fault)
{
	const struct br_config *config = &wiring->config;
	char client_id[sizeof(config->store_id) + 16];
	struct br_bus_options options = {
		.socket = config->broker_socket[0] != '\0' ? config->broker_socket : NULL,
		.host = config->broker_host,
		.port = (int)config->broker_port,
		.client_id = client_id,
	};

	(void)snprintf(client_id, sizeof(client_id), "backroom-%s", config->store_id);
	return br_bus_create(wiring->loop, &options, &wiring->bus, fault);
}

/* The parts that live on the bus, with their routes. */
static int bus_parts_make(struct br_wiring *wiring)
{
	struct br_publisher publisher = br_bus_publisher(wiring->bus);
	int result = br_till_create(wiring->core, wiring->ledger, publisher, wiring->clock,
		wiring->config.currency, &wiring->till);

	if (result == 0)
		result = br_feed_create(wiring->loop, wiring->core, wiring->ledger, wiring->bus,
			wiring->config.store_id, &wiring->feed);
	if (result == 0)
		result = br_schedule_create(wiring->loop, wiring->core, wiring->ledger,
			wiring->clock, &wiring->schedule);
	if (result == 0)
		result =
			br_bus_route(wiring->bus, BR_TILL_FILTER, 1, br_till_message, wiring->till);
	return result;
}

static int web_make(struct br_wiring *wiring, struct br_fault *fault)
{
	const struct br_config *config = &wiring->config;
	struct br_web_options options = {
		.ledger = wiring->ledger,
		.queue = wiring->queue,
		.clock = wiring->clock,
		.address = config->web_listen,
		.port = (unsigned)config->web_port,
		.socket = config->web_socket,
		.root = config->web_root,
		.hosts = config->web_hosts,
		.store_id = config->store_id,
		.store_name = config->store_name,
		.currency = config->currency,
		.epoch = br_core_epoch(wiring->core),
		.version = BR_VERSION,
	};
	int result = br_web_create(&options, &wiring->web, fault);

	if (result < 0)
		return result;
	br_core_listen(wiring->core, (struct br_core_listener){br_web_committed, wiring->web});
	br_queue_on_answer(wiring->queue, br_web_answered, wiring->web);
	if (br_web_open_to_network(wiring->web))
		br_log(BR_LOG_WARNING, "web",
			"the dashboard listens on %s without a log-in: everybody on that network "
			"can change the store",
			config->web_listen);
	return 0;
}

static int parts_make(struct br_wiring *wiring, struct br_fault *fault)
{
	int result = br_loop_create(&wiring->loop);

	if (result == 0)
		result = br_loop_signals(wiring->loop, reload, wiring);
	if (result == 0)
		result = br_loop_watchdog(wiring->loop);
	if (result < 0)
		return br_fault_set(fault, result, "the event loop cannot be made");
	result = ledger_open(wiring, fault);
	if (result == 0)
		result = bus_make(wiring, fault);
	if (result < 0)
		return result;
	result = bus_parts_make(wiring);
	if (result == 0)
		result = br_queue_create(wiring->loop, wiring->core, wiring->clock, &wiring->queue);
	if (result == 0)
		result = br_loop_timer(wiring->loop, account, wiring, &wiring->account_timer);
	if (result < 0)
		return br_fault_set(fault, result, "out of memory while starting");
	return web_make(wiring, fault);
}

int br_wiring_create(const struct br_config *config, const char *config_path,
	struct br_wiring **ret_wiring, struct br_fault *fault)
{
	BR_CLEANUP(br_wiring_cleanup) struct br_wiring *wiring = calloc(1, sizeof(*wiring));
	int result;

	if (wiring == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	wiring->config = *config;
	wiring->clock = &br_clock_system;
	if (!br_str_copy(
		    br_str_from(config_path), wiring->config_path, sizeof(wiring->config_path)))
		return br_fault_set(fault, BR_E_INVALID, "the configuration's path is too long");
	result = parts_make(wiring, fault);
	if (result == 0)
		*ret_wiring = BR_TAKE(wiring);
	return result;
}

void br_wiring_destroy(struct br_wiring *wiring)
{
	if (wiring == NULL)
		return;
	/* The web thread reads the ledger and pushes into the queue: it goes first. */
	br_web_destroy(wiring->web);
	br_queue_destroy(wiring->queue);
	br_schedule_destroy(wiring->schedule);
	br_feed_destroy(wiring->feed);
	br_till_destroy(wiring->till);
	br_bus_destroy(wiring->bus);
	br_loop_source_destroy(wiring->account_timer);
	br_core_destroy(wiring->core);
	br_store_close(wiring->ledger);
	br_loop_destroy(wiring->loop);
	free(wiring);
}

int br_wiring_run(struct br_wiring *wiring)
{
	char status[128];
	int result = br_web_start(wiring->web);

	if (result < 0)
		return result;
	br_loop_on_turn(wiring->loop, turn, wiring);
	br_loop_timer_set(wiring->account_timer, 0);
	br_bus_start(wiring->bus);
	(void)snprintf(status, sizeof(status), "Running; journal at %llu",
		(unsigned long long)br_core_head(wiring->core));
	br_notify_ready(status);
	br_log(BR_LOG_NOTICE, "start", "store %s is running, dashboard on http://%s:%u/",
		wiring->config.store_id, wiring->config.web_listen, br_web_port(wiring->web));
	result = br_loop_run(wiring->loop);
	br_notify_stopping();
	br_log(BR_LOG_NOTICE, "stop", "stopping");
	return result;
}
