#include "tests/node/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/person.h"
#include "node/stock.h"
#include "node/verify.h"

#define JSON_BYTES_MAX 200000

static void answer_keep(void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct bench *bench = owner;

	bench->answer = *answer;
	bench->ticket = *ticket;
	bench->answers++;
}

static void store_open(struct bench *bench)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys_options = {.sync_off = true};
	struct br_fault fault = {.text = ""};
	char keys[sizeof(bench->path) + 8];

	/* Nothing here tests what a crash of the machine leaves. */
	options.sync_off = true;
	(void)snprintf(keys, sizeof(keys), "%s-keys", bench->path);
	if (br_store_open(bench->path, &options, &bench->store, &fault) < 0 ||
		br_keys_open(keys, &keys_options, &bench->keys, &fault) < 0 ||
		br_core_create(bench->store, bench->keys, &bench->core, &fault) < 0) {
		printf("%s\n", fault.text);
		test_abandon();
	}
}

void bench_open(struct bench *bench, const char *name)
{
	*bench = (struct bench){.now_ms = BENCH_NOW_MS, .actor = "test"};
	(void)snprintf(bench->path, sizeof(bench->path), "%s/%s", test_folder(), name);
	br_arena_init(&bench->arena, 64 << 20);
	store_open(bench);
}

static void store_close(struct bench *bench)
{
	br_txn_abort(BR_TAKE(bench->read));
	br_core_destroy(BR_TAKE(bench->core));
	br_keys_close(BR_TAKE(bench->keys));
	br_store_close(BR_TAKE(bench->store));
}

void bench_reopen(struct bench *bench)
{
	store_close(bench);
	store_open(bench);
}

void bench_close(struct bench *bench)
{
	store_close(bench);
	br_arena_finish(&bench->arena);
}

const char *bench_quote(const char *json)
{
	static char buffers[4][JSON_BYTES_MAX];
	static unsigned next;
	char *buffer = buffers[next++ % 4];
	size_t n = strlen(json);

	br_assert(n < JSON_BYTES_MAX);
	for (size_t i = 0; i <= n; i++)
		buffer[i] = json[i] == '\'' ? '"' : json[i];
	return buffer;
}

enum br_refusal bench_submit(
	struct bench *bench, const char *id, const char *type, const char *json, bool commit)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.id = br_str_from(id),
		.actor = br_str_from(bench->actor),
		.type = br_command_type_named(br_str_from(type)),
		.happened_ms = bench->happened_ms,
		.now_ms = bench->now_ms};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = bench};
	struct br_arena arena;
	struct br_fault fault;
	void *body;

	REQUIRE(command.type != NULL);
	br_arena_init(&arena, 4 << 20);
	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &root, &fault) == 0);
	body = br_arena_take(&arena, command.type->shape->size);
	command.body = body;
	REQUIRE(br_str_copy(command.id, ticket.command, sizeof(ticket.command)));
	if (br_record_from_json(command.type->shape, root, &arena, body, &fault) < 0) {
		br_answer_refuse(
			&bench->answer, BR_OUTCOME_REFUSED, BR_REFUSAL_MALFORMED, fault.text);
	} else {
		REQUIRE(br_core_submit(bench->core, &command, &ticket) == 0);
		if (commit)
			bench_commit(bench);
	}
	br_arena_finish(&arena);
	return bench->answer.refusal;
}

enum br_refusal bench_do(struct bench *bench, const char *type, const char *format, ...)
{
	static char json[JSON_BYTES_MAX];
	static unsigned commands; /* through all benches, which may share what they hold */
	va_list arguments;
	char id[32];

	(void)snprintf(id, sizeof(id), "bench-%u", ++commands);
	va_start(arguments, format);
	(void)vsnprintf(json, sizeof(json), format, arguments);
	va_end(arguments);
	return bench_submit(bench, id, type, json, true);
}

void bench_refuses(struct bench *bench, const struct bench_refused *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(bench_do(bench, rows[i].command, "%s", rows[i].data), rows[i].refusal);
		CHECK_HAS(bench->answer.message, rows[i].sentence);
	}
}

void bench_commit(struct bench *bench)
{
	REQUIRE(br_core_commit(bench->core) == 0);
}

struct br_txn *bench_read(struct bench *bench)
{
	br_txn_abort(BR_TAKE(bench->read));
	REQUIRE(br_txn_begin(bench->store, false, &bench->read) == 0);
	return bench->read;
}

struct br_str bench_plain(struct bench *bench, const char *field, struct br_str text)
{
	struct br_text plain;
	char *copy;
	int result;

	if (text.n == 0 || text.s[0] != BR_SEALED_MARK)
		return text;
	br_text_init(&plain, BR_PERSONAL_BYTES_MAX);
	result = br_person_open(bench->keys, text, field, &plain);
	copy = br_arena_take(&bench->arena, plain.n + 1);
	REQUIRE(copy != NULL && (result == 0 || result == BR_E_NOT_FOUND));
	memcpy(copy, result == 0 ? plain.bytes : "", plain.n);
	text = result == 0 ? (struct br_str){copy, plain.n} : BR_STR("erased");
	br_text_finish(&plain);
	return text;
}

void bench_catalogue(struct bench *bench)
{
	CHECK_INT(bench_do(bench, "product.upsert",
			  "{'sku':'A','name':'Apple juice','gtins':['2000000000015']}"),
		0);
	CHECK_INT(bench_do(bench, "product.upsert", "{'sku':'B','name':'Bread'}"), 0);
	CHECK_INT(bench_do(bench, "product.upsert", "{'sku':'C','name':'Carrots'}"), 0);
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'A','kind':'receive','quantity':10}"), 0);
	CHECK_INT(bench_do(bench, "stock.move", "{'sku':'B','kind':'receive','quantity':20}"), 0);
}

int64_t bench_available(struct bench *bench, const char *sku)
{
	struct br_txn *txn = bench_read(bench);
	struct br_stock stock = br_stock_get(txn, br_str_from(sku));

	return br_stock_available(txn, br_str_from(sku), &stock, BR_CHANNEL_NONE);
}

int64_t bench_bucket(struct bench *bench, const char *sku, unsigned bucket)
{
	struct br_stock stock = br_stock_get(bench_read(bench), br_str_from(sku));

	br_assert(bucket < BR_BUCKET_N);
	return stock.buckets[bucket];
}

struct br_event bench_event(struct bench *bench, uint64_t sequence)
{
	struct br_event event;

	REQUIRE(br_event_get(bench_read(bench), sequence, &bench->arena, &event) == 0);
	return event;
}

void bench_verify(struct bench *bench)
{
	struct br_verify_options options = {.scratch = test_folder()};
	struct br_verify_report report = {.problems = 1};
	struct br_fault fault = {.text = ""};
	int result = br_verify(bench->store, &options, &report, &fault);

	CHECK_TEXT(fault.text, "");
	CHECK_INT(result, 0);
	CHECK_INT(report.problems, 0);
	CHECK(report.rebuilt);
	for (unsigned i = 0; i < report.finding_n; i++)
		printf("verify: %s\n", report.findings[i]);
}
