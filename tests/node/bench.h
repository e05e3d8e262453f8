/*
 * A bench for tests of the core: a ledger in a folder of its own, commands written as JSON, and the
 * last answer that was delivered.
 *
 * JSON is written with ' instead of ", because that reads better in C.
 */
#pragma once

#include "node/core.h"
#include "tests/lib/test.h"

/* 2026-03-01T10:10:00Z: the clock of a fresh bench. */
#define BENCH_NOW_MS INT64_C(1772359800000)

struct bench {
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_arena arena; /* of the reads below; grows until bench_close() */
	struct br_txn *read;   /* of bench_read() */
	char path[512];
	int64_t now_ms, happened_ms;
	const char *actor;
	unsigned answers; /* delivered so far */
	struct br_answer answer;
	struct br_ticket ticket; /* as it came back with the last answer */
};

/* A new ledger named `name` in the test's folder. */
void bench_open(struct bench *bench, const char *name);

/* Closes and opens the same ledger, as a restart does. */
void bench_reopen(struct bench *bench);
void bench_close(struct bench *bench);

/*
 * Submits a command of `type` (internal ones too) with the data made by the format, under a new id,
 * and commits. Returns the refusal (0 = accepted); a malformed body is refused as such.
 */
enum br_refusal bench_do(struct bench *bench, const char *type, const char *format, ...)
	BR_PRINTF(3, 4);

/* The same under the given id; without committing, when `commit` is false. */
enum br_refusal bench_submit(
	struct bench *bench, const char *id, const char *type, const char *json, bool commit);

/* A command that is refused, and a part of the sentence that says why. */
struct bench_refused {
	const char *command, *data, *sentence;
	enum br_refusal refusal;
};
/* Every row is refused as it says. */
void bench_refuses(struct bench *bench, const struct bench_refused *rows, size_t n);

/* Ends the turn. */
void bench_commit(struct bench *bench);

/* A read transaction over what is committed now; the one before is ended. */
struct br_txn *bench_read(struct bench *bench);

/* What a personal text says: opened when it is sealed, "erased" when nobody can any more. */
struct br_str bench_plain(struct bench *bench, const char *field, struct br_str text);

/* Product A (barcode 2000000000015), B and C, with 10, 20 and 0 pieces received. */
void bench_catalogue(struct bench *bench);

/* Available pieces of a SKU, in 1/1000. */
int64_t bench_available(struct bench *bench, const char *sku);
/* What lies in one bucket. */
int64_t bench_bucket(struct bench *bench, const char *sku, unsigned bucket);

/* The event with `sequence`; its texts live until the next bench_read(). */
struct br_event bench_event(struct bench *bench, uint64_t sequence);

/* br_verify() of the bench's store finds nothing. */
void bench_verify(struct bench *bench);

/* Replaces ' by " in a copy that lives until the next call but three. */
const char *bench_quote(const char *json);
