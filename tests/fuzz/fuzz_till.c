/*
 * Fuzzes what tills send: any bytes on any till's topic, with a real core behind it. Whatever
 * comes, a message on a till's own topic gets exactly one reply that is JSON and says an outcome.
 */
/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "node/json.h"
#include "node/tables.h"
#include "node/till.h"

#define NOW_MS INT64_C(1772359800000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_core *core;
static struct br_till *till;
static unsigned replies;

static int64_t clock_now(void *context BR_UNUSED)
{
	return NOW_MS;
}

static int reply_take(
	void *context BR_UNUSED, const char *topic, struct br_str payload, int qos, bool retain)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str outcome;

	br_assert(br_str_starts(br_str_from(topic), "backroom/v1/till/"));
	br_assert(qos == 1 && !retain);
	br_assert(br_json_parse(payload, &root, NULL) == 0);
	br_assert(br_json_string(br_json_member(root, "outcome"), &outcome) && outcome.n > 0);
	replies++;
	return 0;
}

static bool always_connected(void *context BR_UNUSED)
{
	return true;
}

static void send(struct br_str topic, struct br_str payload)
{
	struct br_message message = {.topic = topic, .payload = payload, .qos = 1};

	br_till_message(till, &message);
	br_assert(br_core_commit(core) == 0);
}

/* A small shop, so that sales and look-ups find something. */
static void product_put(struct br_core *shop)
{
	static const char text[] =
		"{\"id\":\"1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\","
		"\"name\":\"Apples\",\"gtins\":[\"2000000000015\"]}}";
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("fuzz"), .now_ms = NOW_MS};
	enum br_refusal refusal;
	struct br_arena arena;

	br_arena_init(&arena, 1 << 20);
	br_assert(br_json_parse(br_str_from(text), &root, NULL) == 0);
	br_assert(br_command_from_json(root, &arena, &command, &refusal, NULL) == 0);
	br_assert(br_core_submit(shop, &command, NULL) == 0 && br_core_commit(shop) == 0);
	br_arena_finish(&arena);
}

static void shop_make(void)
{
	static const struct br_clock clock = {clock_now, clock_now, NULL};
	struct br_publisher publisher = {reply_take, always_connected, NULL};
	struct br_store_options options = br_ledger_options(false);
	char folder[] = "/tmp/backroom-fuzz-XXXXXX";
	struct br_keys_options keys_options = {.sync_off = true};
	char path[64];
	struct br_keys *keys;
	struct br_store *store;

	options.sync_off = true;
	br_assert(mkdtemp(folder) != NULL);
	br_assert(br_store_open(folder, &options, &store, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	br_assert(br_keys_open(path, &keys_options, &keys, NULL) == 0);
	br_assert(br_core_create(store, keys, &core, NULL) == 0);
	br_assert(br_till_create(core, store, publisher, &clock, "EUR", &till) == 0);
	product_put(core);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_str input = {(const char *)bytes, n};
	unsigned before;

	if (core == NULL)
		shop_make();
	before = replies;
	send(BR_STR("backroom/v1/till/t1/request"), input);
	br_assert(replies == before + 1);
	/* A topic of any shape may stay without a reply, and has no other effect. */
	if (n > 0 && n < BR_TOPIC_BYTES_MAX)
		send(input, BR_STR("{}"));
	return 0;
}
