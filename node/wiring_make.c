/* Making the parts and joining them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/crypto.h"
#include "node/folder.h"
#include "node/label_design.h"
#include "node/log.h"
#include "node/machine.h"
#include "node/notify.h"
#include "node/tables.h"
#include "node/version.h"
#include "node/wiring_parts.h"

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

static void bus_changed(void *owner, bool connected)
{
	struct br_wiring *wiring = owner;

	br_assert(wiring->link != NULL && wiring->intake != NULL);
	wiring->bus_connected = connected;
	br_link_connected(wiring->link, connected);
	br_intake_connected(wiring->intake, connected);
}

static int loop_make(struct br_wiring *wiring, struct br_fault *fault)
{
	int result = br_loop_create(&wiring->loop);

	br_assert(result < 0 || wiring->loop != NULL);
	if (result == 0)
		result = br_loop_signals(wiring->loop, reload, wiring);
	if (result == 0)
		result = br_loop_watchdog(wiring->loop);
	return result < 0 ? br_fault_set(fault, result, "the event loop cannot be made") : 0;
}

static int store_open(struct br_wiring *wiring, const char *name,
	const struct br_store_options *options, struct br_store **ret_store, struct br_fault *fault)
{
	char path[sizeof(wiring->config.state_dir) + 16];

	br_assert(wiring->config.state_dir[0] != '\0');
	if (mkdir(wiring->config.state_dir, 0700) < 0 && errno != EEXIST)
		return br_fault_set(fault, br_error_from_errno(errno),
			"%s: %s: make the folder, or set [store] state_dir",
			wiring->config.state_dir, strerror(errno));
	(void)snprintf(path, sizeof(path), "%s/%s", wiring->config.state_dir, name);
	return br_store_open(path, options, ret_store, fault);
}

/*
 * The master key may come from the configuration or, without a path that has to be kept secret,
 * from the service manager: LoadCredential=backroom.master in the unit.
 */
static int keys_open(struct br_wiring *wiring, struct br_fault *fault)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct br_path master = {.s = ""};
	struct br_keys_options options = {.master = wiring->config.master_key};
	int result;

	if (options.master[0] == '\0' && credentials != NULL) {
		master = br_path_in(credentials, "backroom.master");
		options.master = access(master.s, F_OK) == 0 ? master.s : "";
	}
	result = br_keys_open(
		br_path_in(wiring->config.state_dir, "keys").s, &options, &wiring->keys, fault);
	br_assert(result < 0 || wiring->keys != NULL);
	return result;
}

static int stores_open(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_store_options ledger = br_ledger_options(false);
	struct br_store_options telemetry = br_telemetry_options();
	int result = store_open(wiring, "ledger", &ledger, &wiring->ledger, fault);

	br_assert(wiring->core == NULL);
	if (result == 0)
		result = store_open(wiring, "telemetry", &telemetry, &wiring->telemetry, fault);
	if (result == 0)
		result = keys_open(wiring, fault);
	if (result == 0)
		result = br_core_create(wiring->ledger, wiring->keys, &wiring->core, fault);
	if (result == 0 && br_keys_fresh(wiring->keys) && br_core_head(wiring->core) > 0)
		br_log(BR_LOG_ERR, "keys",
			"the keys are gone: what persons said reads as erased, and no pick-up code "
			"is right any more; restore a backup if that was not meant");
	return result;
}

/* When the journal's last event was recorded; 0 for none. */
static int64_t journal_time_ms(const struct br_wiring *wiring)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head = br_core_head(wiring->core);
	struct br_event event = {0};
	struct br_arena arena;

	br_assert(wiring->core != NULL);
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	if (head == 0 || br_txn_begin(wiring->ledger, false, &txn) < 0 ||
		br_event_get(txn, head, &arena, &event) < 0)
		event.recorded_ms = 0;
	br_arena_finish(&arena);
	return event.recorded_ms;
}

static void time_state(void *owner, struct br_time_state *ret_state)
{
	br_timekeeper_state(owner, ret_state);
}

static int clock_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_path path = br_path_in(wiring->config.state_dir, BR_TIME_RECORD_NAME);
	char boot[BR_TIME_BOOT_BYTES];
	struct br_timekeeper_options options = {
		.machine = wiring->machine,
		.synchronised = br_machine_synchronised,
		.path = path.s,
		.boot = boot,
		.built_ms = INT64_C(1000) * BR_BUILT_S,
		.journal_ms = journal_time_ms(wiring),
		.journal_at = br_core_head(wiring->core),
	};
	int result;

	br_machine_boot(boot);
	result = br_timekeeper_create(&options, &wiring->timekeeper);
	if (result < 0)
		return br_fault_set(fault, result, "the clock: %s", br_error_text(result));
	wiring->clock = br_timekeeper_clock(wiring->timekeeper);
	br_assert(wiring->clock != wiring->machine);
	br_core_clock_set(wiring->core,
		(struct br_core_clock){time_state, br_timekeeper_vouched, wiring->timekeeper});
	return 0;
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

	br_assert(wiring->loop != NULL && wiring->bus == NULL);
	(void)snprintf(client_id, sizeof(client_id), "backroom-%s", config->store_id);
	return br_bus_create(wiring->loop, &options, &wiring->bus, fault);
}

/* The core's own neighbours. */
static int node_parts_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_publisher publisher = br_bus_publisher(wiring->bus);
	struct br_epcis_place place = {
		br_str_from(wiring->config.store_id), br_str_from(wiring->config.store_gln)};
	int result = br_till_create(wiring->core, wiring->ledger, publisher, wiring->clock,
		wiring->config.currency, &wiring->till);

	br_assert(wiring->core != NULL && wiring->bus != NULL);
	if (result == 0)
		result = br_feed_create(wiring->loop, wiring->core, wiring->ledger, wiring->bus,
			&place, wiring->config.broker_epcis, &wiring->feed);
	if (result == 0)
		result = br_schedule_create(wiring->loop, wiring->core, wiring->ledger,
			wiring->clock, &wiring->schedule);
	if (result == 0)
		result = br_queue_create(wiring->loop, wiring->core, wiring->clock, &wiring->queue);
	return result < 0 ? br_fault_set(fault, result, "out of memory while starting") : 0;
}

static int intake_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_intake_options options = {
		.core = wiring->core,
		.ledger = wiring->ledger,
		.telemetry = wiring->telemetry,
		.clock = wiring->clock,
		.zigbee2mqtt_base = wiring->config.zigbee2mqtt_base,
		.tasmota_topic = wiring->config.tasmota_topic,
		.tasmota_grams = wiring->config.tasmota_grams,
		.utc_offset_min = (int)wiring->config.utc_offset_min,
		.summary_hours =
			wiring->config.link_enabled ? (unsigned)wiring->config.summary_hours : 0,
	};

	br_assert(wiring->core != NULL && wiring->telemetry != NULL);
	return br_intake_create(&options, &wiring->intake, fault);
}

static int labels_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_labels_options options = {
		.loop = wiring->loop,
		.core = wiring->core,
		.ledger = wiring->ledger,
		.clock = wiring->clock,
		.publisher = br_bus_publisher(wiring->bus),
		.templates = wiring->config.label_templates,
		.place =
			{
				.link_host = wiring->config.label_link_host,
				.utc_offset_min = (int)wiring->config.utc_offset_min,
				.decimal_mark = wiring->config.decimal_mark,
				.group_mark = wiring->config.group_mark,
				.digit_zero = wiring->config.digit_zero,
				.date_form = wiring->config.date_form,
			},
		.render_threads = (unsigned)wiring->config.render_threads,
	};

	br_assert(wiring->core != NULL && wiring->bus != NULL);
	br_label_design_check_set(br_label_design_is_template);
	return br_labels_create(&options, &wiring->labels, fault);
}

/*
 * For jitter alone, rolled with every answer of HQ's: the machine's entropy is asked for once,
 * which takes a tenth of a millisecond, and stretched from then on (Marsaglia's xorshift). Without
 * entropy every store waits the same, no worse.
 */
static uint32_t dice_roll(void *context)
{
	uint64_t *state = context;

	if (*state == 0 && (br_random(state, sizeof(*state)) < 0 || *state == 0))
		*state = 1;
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	br_assert(*state != 0);
	return (uint32_t)(*state >> 32);
}

/* Without TLS there is nothing to watch. */
static int credentials_make(struct br_wiring *wiring, struct br_fault *fault)
{
	const struct br_config *config = &wiring->config;
	struct br_credentials_options options = {
		.ca = config->link_enabled ? config->link_ca : "",
		.certificate = config->link_enabled ? config->link_certificate : "",
		.known_ms = wiring->clock->wall_ms(wiring->clock->context) - BR_TIME_APART_MS,
		.clock = wiring->machine,
		.store = wiring->clock,
	};
	struct br_renewal_options renewal = {
		.store_id = config->store_id,
		.ca = options.ca,
		.certificate = options.certificate,
		.key = config->link_key,
		.crl = config->link_crl,
		.known_ms = options.known_ms,
		.publisher = br_bus_publisher(wiring->bus),
		.clock = wiring->clock,
	};
	int result = br_credentials_create(&options, &wiring->credentials);

	if (result == 0)
		result = br_renewal_create(&renewal, &wiring->renewal);
	br_assert(result < 0 || (wiring->credentials != NULL && wiring->renewal != NULL));
	return result < 0 ? br_fault_set(fault, result, "out of memory while starting") : 0;
}

static int link_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_link_options options = {
		.store_id = wiring->config.store_id,
		.gln = wiring->config.store_gln,
		.version = BR_VERSION,
		.dice = {dice_roll, &wiring->dice},
		.certificate = br_renewal_answer,
		.certificate_owner = wiring->renewal,
		.time = {br_timekeeper_heard, wiring->timekeeper},
		.enabled = wiring->config.link_enabled,
		.reconcile =
			{
				.hour = wiring->config.link_reconcile_hour,
				.outage_ms = wiring->config.link_reconcile_outage_hours * 3600000,
				.order_days = wiring->config.link_reconcile_order_days,
			},
	};

	br_assert(wiring->core != NULL && wiring->bus != NULL);
	return br_link_create(wiring->loop, wiring->core, wiring->ledger,
		br_bus_publisher(wiring->bus), wiring->clock, &options, &wiring->link, fault);
}

/* `backroom` lies beside this program in a build folder, and in bin/ beside sbin/ when installed.
 */
static void tool_find(char *ret_path, size_t size)
{
	static const char *const places[] = {"backroom", "../bin/backroom"};
	char own[2048];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;

	br_assert(size > sizeof(own) + 32);
	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash != NULL)
		slash[1] = '\0';
	for (unsigned i = 0; i < BR_ARRAY_LEN(places); i++) {
		(void)snprintf(ret_path, size, "%s%s", own, places[i]);
		if (access(ret_path, X_OK) == 0)
			return;
	}
}

static int diagnosis_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_diagnosis_options options = {
		.loop = wiring->loop,
		.clock = wiring->clock,
		.program = wiring->tool_path,
		.config = wiring->config_path,
		.told = br_link_told,
		.owner = wiring->link,
	};
	int result;

	tool_find(wiring->tool_path, sizeof(wiring->tool_path));
	br_assert(wiring->link != NULL && wiring->config_path[0] != '\0');
	result = br_diagnosis_create(&options, &wiring->diagnosis);
	return result < 0 ? br_fault_set(fault, result, "out of memory while starting") : 0;
}

/* Who gets which messages; the tills first, because people wait for them. */
static int routes_make(struct br_wiring *wiring, struct br_fault *fault)
{
	struct br_bus *bus = wiring->bus;
	int result = br_bus_route(bus, BR_TILL_FILTER, 1, br_till_message, wiring->till);
	const char *filter;

	br_assert(wiring->till != NULL && wiring->labels != NULL);
	br_assert(wiring->link != NULL && wiring->intake != NULL);
	for (unsigned i = 0; i < BR_LABELS_FILTERS && result == 0; i++)
		result = br_bus_route(bus, br_labels_filters[i].filter, br_labels_filters[i].qos,
			br_labels_message, wiring->labels);
	if (result == 0 && wiring->config.link_enabled)
		result = br_bus_route(bus, BR_LINK_FILTER_DOWN, 1, br_link_message, wiring->link);
	if (result == 0 && wiring->config.link_enabled)
		result = br_bus_route(bus, BR_LINK_FILTER_STATE, 1, br_link_message, wiring->link);
	for (unsigned i = 0; result == 0 && (filter = br_intake_filter(wiring->intake, i)) != NULL;
		i++)
		result = br_bus_route(bus, filter, 1, br_intake_message, wiring->intake);
	br_bus_on_state(bus, bus_changed, wiring);
	return result < 0 ? br_fault_set(fault, result, "a topic cannot be subscribed") : 0;
}

static int web_make(struct br_wiring *wiring, struct br_fault *fault)
{
	const struct br_config *config = &wiring->config;
	struct br_web_options options = {
		.ledger = wiring->ledger,
		.keys = wiring->keys,
		.queue = wiring->queue,
		.clock = wiring->clock,
		.live = &wiring->live,
		.address = config->web_listen,
		.port = (unsigned)config->web_port,
		.socket = config->web_socket,
		.root = config->web_root,
		.hosts = config->web_hosts,
		.certificate = config->web_certificate[0] != '\0' ? config->web_certificate : NULL,
		.key = config->web_key[0] != '\0' ? config->web_key : NULL,
		.store_id = config->store_id,
		.gln = config->store_gln,
		.store_name = config->store_name,
		.currency = config->currency,
		.epoch = br_core_epoch(wiring->core),
		.version = BR_VERSION,
	};
	int result;

	/* The web thread reads from all the others: it is made last. */
	br_assert(wiring->queue != NULL && wiring->labels != NULL && wiring->link != NULL);
	wiring->live = br_wiring_live(wiring);
	br_wiring_show(wiring);
	result = br_web_create(&options, &wiring->web, fault);
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

int br_wiring_make(struct br_wiring *wiring, struct br_fault *fault)
{
	static int (*const steps[])(struct br_wiring * wiring, struct br_fault * fault) = {
		loop_make, stores_open, clock_make, bus_make, node_parts_make, intake_make,
		labels_make, credentials_make, link_make, diagnosis_make, routes_make, web_make};
	int result = 0;

	br_assert(wiring->clock != NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(steps) && result == 0; i++)
		result = steps[i](wiring, fault);
	return result;
}
