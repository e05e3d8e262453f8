/*
 * Fuzzes what comes from HQ: the input is a row of messages, each one byte that chooses the topic,
 * then its payload up to the next byte 0x1e. "@" in a payload stands for the store's epoch, "~" for
 * HQ's, "$" for the journal's head, "%" for the session of the comparison that asks and "^" for its
 * round, which no fuzzer would guess. Every message has a turn of its own, with its commit; in
 * between the store sells and time passes. The ledger lives on for some inputs.
 */
/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/link.h"
#include "node/log.h"
#include "node/tables.h"

#define HQ_EPOCH "00000000000000aa"
#define MESSAGES_MAX 64
#define SEPARATOR 0x1e
#define JOURNAL_MAX 50

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_store *ledger;
static struct br_core *core;
static struct br_keys *keys;
static int64_t boot_ms = 1000;

static int64_t clock_read(void *context)
{
	(void)context;
	return boot_ms;
}

static const struct br_clock fuzz_clock = {clock_read, clock_read, NULL};

static uint32_t roll(void *context)
{
	(void)context;
	return 7;
}

/* Of the last comparison's message: 16 hexadecimal digits, and a number. */
static char session[17] = "0000000000000000", round_text[24] = "1";

static void asked_keep(struct br_str payload)
{
	const char *at = memmem(payload.s, payload.n, "\"session\":\"", 11);
	const char *number = memmem(payload.s, payload.n, "\"round\":", 8);

	if (at == NULL || number == NULL)
		return;
	memcpy(session, at + 11, 16);
	(void)snprintf(round_text, sizeof(round_text), "%llu", strtoull(number + 8, NULL, 10));
}

static int publish(void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	(void)context;
	br_assert(strncmp(topic, "backroom/up/", 12) == 0 && qos == 1 && !retain);
	br_assert(payload.n > 0 && payload.n <= 64000);
	asked_keep(payload);
	return 0;
}

static bool connected(void *context)
{
	(void)context;
	return true;
}

static void command_run(const char *json)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("fuzz"), .now_ms = 1000};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_fault fault;

	br_arena_init(&arena, 1 << 20);
	br_assert(br_json_parse(br_str_from(json), &root, &fault) == 0);
	br_assert(br_command_from_json(root, &arena, &command, &refusal, &fault) == 0);
	br_assert(br_core_submit(core, &command, NULL) == 0);
	br_arena_finish(&arena);
}

static char folder[40];

static void ledger_remove(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	br_store_close(BR_TAKE(ledger));
	br_keys_close(BR_TAKE(keys));
	br_store_remove(path);
	br_store_remove(folder);
}

/* A new one now and then: a long journal makes every input slow. */
static void ledger_make(void)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys_options = {.sync_off = true};
	char path[64];

	if (ledger != NULL)
		ledger_remove();
	else
		br_assert(atexit(ledger_remove) == 0);
	(void)snprintf(folder, sizeof(folder), "/tmp/fuzz-link-XXXXXX");
	options.sync_off = true;
	options.map_bytes = 64 << 20;
	br_log_level_set(BR_LOG_ERR);
	br_assert(mkdtemp(folder) != NULL);
	br_assert(br_store_open(folder, &options, &ledger, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	br_assert(br_keys_open(path, &keys_options, &keys, NULL) == 0);
	br_assert(br_core_create(ledger, keys, &core, NULL) == 0);
	command_run("{\"id\":\"1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":"
		    "\"a\"}}");
	br_assert(br_core_commit(core) == 0);
}

static void stock_move(void)
{
	static unsigned moves;
	char json[200];

	(void)snprintf(json, sizeof(json),
		"{\"id\":\"m%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
		"\"receive\",\"quantity\":1}}",
		++moves);
	command_run(json);
}

static void turn(struct br_link *link)
{
	br_assert(br_core_commit(core) == 0);
	br_assert(br_link_turn(link) == 0);
}

/* Puts the epochs where their signs are. */
static void payload_fill(struct br_text *text, const uint8_t *bytes, size_t n)
{
	br_text_clear(text);
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '@')
			br_text_puts(text, br_core_epoch(core));
		else if (bytes[i] == '~')
			br_text_puts(text, HQ_EPOCH);
		else if (bytes[i] == '%')
			br_text_puts(text, session);
		else if (bytes[i] == '^')
			br_text_puts(text, round_text);
		else if (bytes[i] == '$')
			br_text_printf(text, "%llu", (unsigned long long)br_core_head(core));
		else
			br_text_putc(text, (char)bytes[i]);
	}
}

static void message_give(
	struct br_link *link, struct br_text *text, uint8_t choice, const uint8_t *bytes, size_t n)
{
	static const char *const topics[] = {"backroom/dn/ctl", "backroom/dn/orders",
		"backroom/dn/catalog", "backroom/dn/x", "$SYS/broker/connection/backroom-1/state"};
	struct br_message message = {
		.topic = br_str_from(topics[choice % BR_ARRAY_LEN(topics)]), .qos = 1};
	uint64_t acked[BR_LANES_UP];
	struct br_link_state state;

	br_link_state(link, &state);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		acked[i] = state.figures.rewinds == 0 ? state.lanes[i].acked : 0;
	payload_fill(text, bytes, n);
	message.payload = br_text_str(text);
	br_link_message(link, &message);
	if ((choice & 0x40) != 0)
		stock_move();
	turn(link);
	boot_ms += (choice & 0x80) != 0 ? 31000 : 10;
	br_link_tick(link);
	turn(link);
	br_link_state(link, &state);
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		br_assert(state.lanes[i].acked <= br_core_head(core));
		br_assert(state.figures.rewinds > 0 || state.lanes[i].acked >= acked[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_link_options options = {.store_id = "1",
		.version = "0",
		.dice = {roll, NULL},
		.enabled = true,
		.reconcile = {.hour = -1, .order_days = 30}};
	struct br_publisher publisher = {publish, connected, NULL};
	struct br_link *link = NULL;
	const uint8_t *end = bytes + n;
	struct br_message bridge = {
		.topic = BR_STR("$SYS/broker/connection/backroom-1/state"), .payload = BR_STR("1")};
	struct br_text text;

	/* A core takes few listeners: every input has its own, over the same ledger. */
	if (ledger != NULL)
		br_assert(br_core_create(ledger, keys, &core, NULL) == 0);
	if (ledger == NULL || br_core_head(core) > JOURNAL_MAX) {
		br_core_destroy(BR_TAKE(core));
		ledger_make();
	}
	br_text_init(&text, 1 << 20);
	br_assert(br_link_create(
			  NULL, core, ledger, publisher, &fuzz_clock, &options, &link, NULL) == 0);
	br_link_connected(link, true);
	br_link_message(link, &bridge);
	turn(link);
	for (unsigned i = 0; i < MESSAGES_MAX && bytes < end; i++) {
		const uint8_t *stop = memchr(bytes, SEPARATOR, (size_t)(end - bytes));

		if (stop == NULL)
			stop = end;
		message_give(link, &text, bytes[0], bytes + 1,
			stop > bytes ? (size_t)(stop - bytes - 1) : 0);
		bytes = stop + (stop < end);
	}
	br_link_destroy(link);
	br_core_destroy(BR_TAKE(core));
	br_text_finish(&text);
	return 0;
}
