#include "tests/cloud-sync/shop.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud-sync/bridge.h"
#include "node/correction.h"
#include "node/tables.h"
#include "node/timer.h"
#include "node/summary.h"

int64_t shop_true_ms(const struct shop *shop)
{
	return SHOP_WALL_MS + shop->boot_ms;
}

int64_t shop_now_ms(const struct shop *shop)
{
	return shop->clock.wall_ms(shop->clock.context);
}

static int64_t machine_wall(void *context)
{
	const struct shop *shop = context;

	return shop_true_ms(shop) + shop->skew_ms;
}

/* There is no time server. */
static bool synchronised(void *context BR_UNUSED)
{
	return false;
}

static int64_t clock_boot(void *context)
{
	const struct shop *shop = context;

	return shop->boot_ms;
}

static void time_hear(void *owner, int64_t hq_ms, int64_t uncertain_ms)
{
	struct shop *shop = owner;

	shop->hq_ms = hq_ms;
	shop->hq_uncertain_ms = uncertain_ms;
}

static uint32_t dice_roll(void *context)
{
	struct shop *shop = context;

	shop->dice = shop->dice * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(shop->dice >> 32);
}

/* As the bus: what cannot go out now is refused, never queued. */
static int publish(void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	struct shop *shop = context;

	CHECK_INT(qos, 1);
	CHECK(!retain);
	CHECK(payload.n < sizeof(shop->last_payload));
	/* The link must not publish while the bridge is away: the broker would queue it. */
	CHECK(shop->bus && shop->bridge);
	if (!shop->bus)
		return BR_E_OFFLINE;
	if (shop->publish_fails > 0) {
		shop->publish_fails--;
		return BR_E_OFFLINE;
	}
	shop->published++;
	(void)snprintf(shop->last_topic, sizeof(shop->last_topic), "%s", topic);
	memcpy(shop->last_payload, payload.s, payload.n);
	shop->last_payload[payload.n] = '\0';
	if (shop->out != NULL)
		shop->out(shop->out_context, topic, payload);
	return 0;
}

static bool connected(void *context)
{
	const struct shop *shop = context;

	return shop->bus;
}

static void record_path(const struct shop *shop, char ret_path[600])
{
	(void)snprintf(ret_path, 600, "%s-clock", shop->path);
}

static void keeper_begin(struct shop *shop)
{
	char path[600];
	struct br_timekeeper_options options = {
		.machine = &shop->machine,
		.synchronised = synchronised,
		.path = path,
		.boot = "the-only-start",
		.built_ms = SHOP_WALL_MS - INT64_C(10) * 24 * 3600 * 1000,
		.journal_ms = br_core_latest_ms(shop->core),
		.journal_at = br_core_head(shop->core),
	};

	record_path(shop, path);
	REQUIRE(br_timekeeper_create(&options, &shop->keeper) == 0);
	shop->clock = *br_timekeeper_clock(shop->keeper);
}

/* What the process makes anew each time it starts. */
static void process_begin(struct shop *shop)
{
	struct br_publisher publisher = {publish, connected, shop};
	struct br_link_options link_options = {
		.store_id = shop->id,
		.version = "0.1.0",
		.dice = {dice_roll, shop},
		.time = {time_hear, shop},
		.enabled = true,
		/* Never by itself: tests ask for it. */
		.reconcile = {.hour = -1, .order_days = 30},
	};
	struct br_fault fault = {""};

	REQUIRE(br_core_create(shop->store, shop->keys, &shop->core, &fault) == 0);
	if (shop->keeps_time)
		keeper_begin(shop);
	REQUIRE(br_link_create(NULL, shop->core, shop->store, publisher, &shop->clock,
			&link_options, &shop->link, &fault) == 0);
}

static void process_end(struct shop *shop)
{
	br_link_destroy(BR_TAKE(shop->link));
	br_timekeeper_destroy(BR_TAKE(shop->keeper));
	br_core_destroy(BR_TAKE(shop->core));
	shop->clock = shop->machine;
}

static void parts_open(struct shop *shop)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys_options = {.sync_off = true};
	struct br_fault fault = {""};
	char path[sizeof(shop->path) + 8];

	/* Here only the process crashes, never the machine. */
	options.sync_off = true;
	REQUIRE(br_store_open(shop->path, &options, &shop->store, &fault) == 0);
	(void)snprintf(path, sizeof(path), "%s-keys", shop->path);
	REQUIRE(br_keys_open(path, &keys_options, &shop->keys, &fault) == 0);
	process_begin(shop);
}

static void parts_close(struct shop *shop)
{
	process_end(shop);
	br_keys_close(BR_TAKE(shop->keys));
	br_store_close(BR_TAKE(shop->store));
}

void shop_in_memory(void)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
}

void shop_open_as(struct shop *shop, const char *name, const char *id)
{
	memset(shop, 0, sizeof(*shop));
	(void)snprintf(shop->id, sizeof(shop->id), "%s", id);
	(void)snprintf(shop->path, sizeof(shop->path), "%s/%s", test_folder(), name);
	shop->machine = shop->clock = (struct br_clock){machine_wall, clock_boot, shop};
	shop->boot_ms = 1000;
	shop->dice = 1;
	parts_open(shop);
}

void shop_open(struct shop *shop, const char *name)
{
	shop_open_as(shop, name, SHOP_ID);
}

void shop_time_keep(struct shop *shop)
{
	process_end(shop);
	shop->keeps_time = true;
	process_begin(shop);
}

void shop_close(struct shop *shop)
{
	parts_close(shop);
}

void shop_remove(struct shop *shop)
{
	char path[sizeof(shop->path) + 8], record[600];

	parts_close(shop);
	br_store_remove(shop->path);
	(void)snprintf(path, sizeof(path), "%s-keys", shop->path);
	br_store_remove(path);
	(void)snprintf(path, sizeof(path), "%s-backup", shop->path);
	br_store_remove(path);
	record_path(shop, record);
	(void)unlink(record);
}

void shop_crash(struct shop *shop)
{
	bool bus = shop->bus, bridge = shop->bridge;

	shop->crashes++;
	shop->bus = shop->bridge = false;
	if (shop->files_stay) {
		process_end(shop);
		br_keys_abort(shop->keys);
		br_store_fault_set(shop->store, NULL, NULL);
		process_begin(shop);
	} else {
		parts_close(shop);
		parts_open(shop);
	}
	shop_connect(shop, bus, bridge);
}

static void backup_path(const struct shop *shop, char ret_path[600])
{
	(void)snprintf(ret_path, 600, "%s-backup", shop->path);
}

void shop_backup(struct shop *shop)
{
	struct br_fault fault;
	char path[600], file[620];

	backup_path(shop, path);
	br_store_remove(path);
	REQUIRE(mkdir(path, 0700) == 0);
	(void)snprintf(file, sizeof(file), "%s/data.mdb", path);
	REQUIRE(br_store_copy(shop->store, file, &fault) == 0);
}

bool shop_restore(struct shop *shop)
{
	bool bus = shop->bus, bridge = shop->bridge;
	char path[600];

	backup_path(shop, path);
	if (access(path, F_OK) < 0)
		return false;
	shop->bus = shop->bridge = false;
	shop->answered = 0;
	parts_close(shop);
	br_store_remove(shop->path);
	REQUIRE(rename(path, shop->path) == 0);
	parts_open(shop);
	REQUIRE(br_core_renew(shop->core, 0, shop_now_ms(shop)) == 0);
	parts_close(shop);
	parts_open(shop);
	shop_connect(shop, bus, bridge);
	return true;
}

void shop_message(struct shop *shop, const char *topic, struct br_str payload)
{
	struct br_message message = {
		.topic = br_str_from(topic), .payload = payload, .qos = 1, .retained = false};

	br_link_message(shop->link, &message);
}

void shop_say(struct shop *shop, const char *topic, const char *format, ...)
{
	char payload[2048];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(payload, sizeof(payload), format, arguments);
	va_end(arguments);
	REQUIRE(n >= 0 && (size_t)n < sizeof(payload));
	shop_message(shop, topic, (struct br_str){payload, (size_t)n});
	shop_turn(shop);
}

void shop_connect(struct shop *shop, bool bus, bool bridge)
{
	char topic[64];

	if (bus != shop->bus) {
		shop->bus = bus;
		shop->bridge = false;
		br_link_connected(shop->link, bus);
	}
	if (bus && bridge != shop->bridge) {
		shop->bridge = bridge;
		(void)snprintf(
			topic, sizeof(topic), "$SYS/broker/connection/backroom-%s/state", shop->id);
		shop_message(shop, topic, bridge ? BR_STR("1") : BR_STR("0"));
	}
}

static int commit_fails(void *context BR_UNUSED, const char *call)
{
	return strcmp(call, "commit") == 0 ? BR_E_IO : 0;
}

static void answer_keep(
	void *owner, const struct br_ticket *ticket BR_UNUSED, const struct br_answer *answer)
{
	struct shop *shop = owner;

	shop->answer = *answer;
	shop->answers++;
	if (answer->sequence > shop->answered)
		shop->answered = answer->sequence;
}

/* As the schedule does it, before anything else. */
static void time_correct(struct shop *shop)
{
	static const struct br_correct body = {.why = BR_STR("set back")};
	struct br_command command = {.actor = BR_STR("timer"), .now_ms = shop_now_ms(shop)};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = shop};
	char id[32];

	if (!br_correction_due(br_core_latest_ms(shop->core), command.now_ms))
		return;
	(void)snprintf(id, sizeof(id), "correct-%" PRIu64, ++shop->command_n);
	command.id = br_str_from(id);
	command.type = br_command_type_named(BR_STR("clock.correct"));
	command.body = &body;
	REQUIRE(br_core_submit(shop->core, &command, &ticket) == 0);
}

void shop_turn(struct shop *shop)
{
	enum shop_fate fate = shop->fate != NULL ? shop->fate(shop->fate_context) : SHOP_LIVES;
	struct br_fault fault;

	if (shop->keeper != NULL)
		REQUIRE(br_timekeeper_tick(shop->keeper, br_core_head(shop->core), &fault) == 0);
	time_correct(shop);
	if (fate == SHOP_DIES_AT_COMMIT) {
		br_store_fault_set(shop->store, commit_fails, NULL);
		(void)!br_core_commit(shop->core);
		shop_crash(shop);
		return;
	}
	REQUIRE(br_core_commit(shop->core) == 0);
	if (fate != SHOP_DIES_BEHIND_COMMIT)
		REQUIRE(br_link_turn(shop->link) == 0);
	if (fate != SHOP_LIVES)
		shop_crash(shop);
}

void shop_wait(struct shop *shop, int64_t wait_ms)
{
	int64_t end_ms = shop->boot_ms + wait_ms;

	for (;;) {
		int64_t due_ms = br_link_due_ms(shop->link);

		if (due_ms > end_ms)
			break;
		if (due_ms > shop->boot_ms)
			shop->boot_ms = due_ms;
		br_link_tick(shop->link);
		shop_turn(shop);
	}
	shop->boot_ms = end_ms;
}

void shop_submit(struct shop *shop, const char *json)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("test")};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = shop};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_fault fault = {""};

	command.now_ms = shop_now_ms(shop);
	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(json), &root, &fault) == 0);
	if (br_command_from_json(root, &arena, &command, &refusal, &fault) < 0)
		printf("%s: %s\n", json, fault.text);
	REQUIRE(fault.text[0] == '\0');
	REQUIRE(br_core_submit(shop->core, &command, &ticket) == 0);
	br_arena_finish(&arena);
}

void shop_timers(struct shop *shop)
{
	struct br_timer timer, after;
	bool more, behind = false;

	time_correct(shop);
	do {
		BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
		struct br_timer_fired fired;
		struct br_command command = {.actor = BR_STR("timer"), .now_ms = shop_now_ms(shop)};
		struct br_ticket ticket = {.deliver = answer_keep, .owner = shop};
		char id[32];

		REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
		more = br_timer_next(txn, behind ? &after : NULL, &timer) &&
		       timer.at_ms <= command.now_ms;
		br_txn_abort(BR_TAKE(txn));
		if (!more)
			continue;
		(void)snprintf(id, sizeof(id), "timer-%" PRIu64, ++shop->command_n);
		fired = (struct br_timer_fired){br_str_from(timer.key), timer.at_ms};
		command.id = br_str_from(id);
		command.type = br_command_type_named(br_str_from(br_timer_commands[timer.kind]));
		command.body = &fired;
		REQUIRE(br_core_submit(shop->core, &command, &ticket) == 0);
		after = timer;
		behind = true;
	} while (more);
}

void shop_run(struct shop *shop, const char *json)
{
	shop_submit(shop, json);
	shop_turn(shop);
}

#define LABEL "\"label\":\"0011AABBCCDD\""
#define PICTURE "\"hash\":\"000102030405060708090a0b0c0d0e0f\",\"rev\":5"

void shop_telemetry(struct shop *shop, enum shop_telemetry what)
{
	static const struct {
		const char *type, *body;
	} commands[SHOP_TELEMETRY_N] = {
		[SHOP_ADOPT] = {"device.adopt", "\"device\":\"z/1\",\"name\":\"Cold room\""},
		[SHOP_FORGET] = {"device.forget", "\"device\":\"z/1\""},
		[SHOP_LOST] = {"device.lost", "\"device\":\"z/1\""},
		[SHOP_BACK] = {"device.back", "\"device\":\"z/1\""},
		[SHOP_RAISE] = {"alarm.raise", "\"alarm\":\"z/1/temperature/high\","
					       "\"rule\":\"high\",\"severity\":\"problem\","
					       "\"text\":\"too warm\",\"value\":9.5"},
		[SHOP_CLEAR] = {"alarm.clear", "\"alarm\":\"z/1/temperature/high\""},
		[SHOP_BIND] = {"label.bind", LABEL ",\"sku\":\"A\""},
		[SHOP_UNBIND] = {"label.unbind", LABEL},
		[SHOP_WANT] = {"label.want", LABEL "," PICTURE},
		[SHOP_REPORT] = {"label.report", LABEL "," PICTURE},
	};
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("sensors"), .now_ms = shop_now_ms(shop)};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = shop};
	struct br_arena arena;
	struct br_fault fault;
	char id[32], json[300];
	void *body;

	/* Most of these only the store's own parts may say, which do so without JSON. */
	REQUIRE(what < SHOP_TELEMETRY_N);
	br_arena_init(&arena, 1 << 20);
	(void)snprintf(id, sizeof(id), "telemetry-%" PRIu64, ++shop->command_n);
	(void)snprintf(json, sizeof(json), "{%s}", commands[what].body);
	REQUIRE(br_json_parse(br_str_from(json), &root, &fault) == 0);
	command.id = br_str_from(id);
	command.type = br_command_type_named(br_str_from(commands[what].type));
	body = br_arena_take(&arena, command.type->shape->size);
	REQUIRE(br_record_from_json(command.type->shape, root, &arena, body, &fault) == 0);
	command.body = body;
	REQUIRE(br_core_submit(shop->core, &command, &ticket) == 0);
	br_arena_finish(&arena);
}

void shop_summary(struct shop *shop)
{
	struct br_summary_channel channel = {.channel = BR_STR("t"), .max = 1000, .n = 1};
	struct br_summary summary = {.device = BR_STR("z/1"),
		.from = SHOP_WALL_MS / 2 + shop->summary_n * 60000,
		.channels = {.items = &channel, .n = 1}};
	struct br_command command = {.actor = BR_STR("sensors"),
		.now_ms = shop_now_ms(shop),
		.type = br_command_type_named(BR_STR("device.summarise")),
		.body = &summary};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = shop};
	char id[32];

	summary.until = summary.from + 60000;
	shop->summary_n++;
	(void)snprintf(id, sizeof(id), "summary-%" PRIu64, ++shop->command_n);
	command.id = br_str_from(id);
	REQUIRE(br_core_submit(shop->core, &command, &ticket) == 0);
}

void shop_adjust(struct shop *shop, const char *sku, int quantity)
{
	char json[256];

	(void)snprintf(json, sizeof(json),
		"{\"id\":\"adjust-%" PRIu64 "\",\"type\":\"stock.move\",\"data\":{\"sku\":\"%s\","
		"\"kind\":\"adjust\",\"quantity\":%d,\"reason\":\"broken\"}}",
		++shop->command_n, sku, quantity);
	shop_submit(shop, json);
}

void shop_catalogue(struct shop *shop)
{
	for (char sku = 'A'; sku <= 'E'; sku++) {
		char json[256];

		(void)snprintf(json, sizeof(json),
			"{\"id\":\"product-%c\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"%"
			"c\","
			"\"name\":\"Product %c\"}}",
			sku, sku, sku);
		shop_submit(shop, json);
		(void)snprintf(json, sizeof(json),
			"{\"id\":\"receive-%c\",\"type\":\"stock.move\",\"data\":{\"sku\":\"%c\","
			"\"kind\":\"receive\",\"quantity\":1000}}",
			sku, sku);
		shop_submit(shop, json);
	}
	shop_turn(shop);
	CHECK_INT(shop->answer.outcome, BR_OUTCOME_ACCEPTED);
}

struct br_link_state shop_state(const struct shop *shop)
{
	struct br_link_state state;

	br_link_state(shop->link, &state);
	return state;
}

uint64_t shop_cursor(struct shop *shop, const char *name)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
	return br_cursor_get(txn, br_str_from(name));
}
