/*
 * Fuzzes commands from outside: JSON text, read, decided and applied on a small ledger, whose turn
 * is then thrown away so that every input meets the same state.
 */
/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core.h"
#include "node/tables.h"

#define NOW_MS INT64_C(1772359800000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_store *ledger;
static struct br_keys *keys;

/* Submits one command; true when it was one. */
static bool command_try(struct br_core *core, struct br_str text)
{
	struct br_command command = {.actor = BR_STR("fuzz"), .now_ms = NOW_MS};
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_fault fault = {.text = ""};
	enum br_refusal refusal;
	struct br_arena arena;
	bool is_command;

	if (br_json_parse(text, &json, &fault) < 0)
		return false;
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	is_command = br_command_from_json(json, &arena, &command, &refusal, &fault) == 0;
	if (is_command)
		br_assert(br_core_submit(core, &command, NULL) == 0);
	else
		br_assert(fault.text[0] != '\0' && refusal != BR_REFUSAL_NONE);
	br_arena_finish(&arena);
	return is_command;
}

/* What commands can be about: products, stock, an order in each state on the way, a label. */
static const char *const state[] = {
	"{\"id\":\"1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":\"a\","
	"\"gtins\":[\"2000000000015\"]}}",
	"{\"id\":\"2\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"B\",\"name\":\"b\"}}",
	"{\"id\":\"3\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":\"receive\","
	"\"quantity\":50}}",
	"{\"id\":\"4\",\"type\":\"order.offer\",\"data\":{\"order\":\"O\",\"lines\":[{\"line\":"
	"\"1\",\"sku\":\"A\",\"quantity\":2}]}}",
	"{\"id\":\"5\",\"type\":\"order.offer\",\"data\":{\"order\":\"P\",\"lines\":[{\"line\":"
	"\"1\",\"sku\":\"A\",\"quantity\":2}]}}",
	"{\"id\":\"6\",\"type\":\"order.accept\",\"data\":{\"order\":\"P\"}}",
	"{\"id\":\"7\",\"type\":\"label.bind\",\"data\":{\"label\":\"000000000001\",\"sku\":"
	"\"A\"}}",
	"{\"id\":\"8\",\"type\":\"price.set\",\"data\":{\"sku\":\"A\",\"amount\":2,\"currency\":"
	"\"EUR\"}}",
};

static void ledger_make(void)
{
	struct br_store_options options = br_ledger_options(false);
	static char folder[] = "/tmp/fuzz-command-XXXXXX";
	struct br_keys_options keys_options = {.sync_off = true};
	struct br_core *core = NULL;
	char path[64];

	options.sync_off = true;
	options.map_bytes = 64 << 20;
	br_assert(mkdtemp(folder) != NULL);
	br_assert(br_store_open(folder, &options, &ledger, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	br_assert(br_keys_open(path, &keys_options, &keys, NULL) == 0);
	br_assert(br_core_create(ledger, keys, &core, NULL) == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(state); i++)
		br_assert(command_try(core, br_str_from(state[i])));
	br_assert(br_core_commit(core) == 0);
	br_core_destroy(core);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_core *core = NULL;

	if (ledger == NULL)
		ledger_make();
	br_assert(br_core_create(ledger, keys, &core, NULL) == 0);
	/* Twice: the second time it is known, or refused as it was. */
	if (command_try(core, (struct br_str){(const char *)bytes, n})) {
		(void)command_try(core, (struct br_str){(const char *)bytes, n});
		br_assert(br_core_figures(core).repeated <= 1);
	}
	br_core_destroy(core);
	return 0;
}
