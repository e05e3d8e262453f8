/*
 * A hub over a filled ledger whose core runs when the test says so: what is pushed stays in the
 * queue until then.
 */
#pragma once

#include "node/loop.h"
#include "tests/web-ui/ledger.h"
#include "web-ui/hub.h"

struct hub_bench {
	struct ledger ledger;
	struct fake_live fake;
	struct br_loop *loop;
	struct br_queue *queue;
	struct br_hub *hub;
	struct br_clock clock;
	int64_t boot_ms;
};

void hub_bench_open(struct hub_bench *bench, const char *name);
void hub_bench_close(struct hub_bench *bench);

/* One turn of the core: takes what was pushed, commits, and wakes the hub. */
void hub_bench_turn(struct hub_bench *bench);

/* Runs a command in the ledger and wakes the hub. */
void hub_bench_run(struct hub_bench *bench, const char *type, const char *body);
