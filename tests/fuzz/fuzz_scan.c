/*
 * Fuzzes what scanners send: any bytes, against a shop with a product and rules for its own codes.
 * Whatever comes gives a product, "unknown" or "invalid"; what is said of a product is within the
 * limits that its fields have everywhere else.
 */
/* _GNU_SOURCE for mkdtemp(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core.h"
#include "node/scan.h"

#define NOW_MS INT64_C(1772359800000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_store *store;
static struct br_core *core;

static void command_do(const char *text)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.actor = BR_STR("fuzz"), .now_ms = NOW_MS};
	enum br_refusal refusal;
	struct br_arena arena;

	br_arena_init(&arena, 1 << 20);
	br_assert(br_json_parse(br_str_from(text), &root, NULL) == 0);
	br_assert(br_command_from_json(root, &arena, &command, &refusal, NULL) == 0);
	br_assert(br_core_submit(core, &command, NULL) == 0 && br_core_commit(core) == 0);
	br_arena_finish(&arena);
}

static void shop_make(void)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys_options = {.sync_off = true};
	char folder[] = "/tmp/backroom-fuzz-XXXXXX", path[64];
	struct br_keys *keys;

	options.sync_off = true;
	br_assert(mkdtemp(folder) != NULL);
	br_assert(br_store_open(folder, &options, &store, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	br_assert(br_keys_open(path, &keys_options, &keys, NULL) == 0);
	br_assert(br_core_create(store, keys, &core, NULL) == 0);
	command_do(
		"{\"id\":\"1\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"A\",\"name\":\"a\","
		"\"gtins\":[\"09506000134352\",\"2012345000001\"]}}");
	command_do(
		"{\"id\":\"2\",\"type\":\"barcode.rule\",\"data\":{\"prefix\":\"20\",\"pattern\":"
		"\"20IIIIIPPPPPC\",\"decimals\":2}}");
	command_do(
		"{\"id\":\"3\",\"type\":\"barcode.rule\",\"data\":{\"prefix\":\"02\",\"pattern\":"
		"\"02IIIIIVWWWWC\",\"decimals\":3,\"sku_prefix\":\"P\"}}");
}

static void result_check(const struct br_scan_result *result)
{
	br_assert(strlen(result->gtin) == BR_GTIN_DIGITS && result->form < BR_SCAN_FORM_N);
	br_assert(result->lot.n <= 20 && result->serial.n <= 20);
	br_assert(result->quantity >= 0 && result->quantity <= BR_QUANTITY_MAX);
	br_assert(result->price >= -1 && result->price <= BR_AMOUNT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_scan_result result;
	struct br_arena arena;
	struct br_txn *txn;
	char *code = malloc(n > 0 ? n : 1);
	int outcome;

	if (core == NULL)
		shop_make();
	/* Of its exact size, so that a read behind the end is seen. */
	br_assert(code != NULL);
	memcpy(code, bytes, n);
	br_arena_init(&arena, 1 << 20);
	br_assert(br_txn_begin(store, false, &txn) == 0);
	outcome = br_scan_resolve(txn, (struct br_str){code, n}, &arena, &result);
	br_assert(outcome == 0 || outcome == BR_E_NOT_FOUND || outcome == BR_E_INVALID);
	if (outcome != BR_E_INVALID)
		result_check(&result);
	if (outcome == 0)
		br_assert(result.sku.n > 0);
	br_txn_abort(txn);
	br_arena_finish(&arena);
	free(code);
	return 0;
}
