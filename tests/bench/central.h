/*
 * HQ behind its own broker, and an ear at that broker that hears what HQ says it has.
 *
 * HQ says so after its own durable commit (ack, welcome), so the moment in which the ear hears it
 * is when an event has arrived for good. The ear takes no part in anything: it subscribes to what
 * HQ sends to the stores, and to their answers to its commands.
 */
#pragma once

#include "tests/bench/node.h"

struct bench_central {
	struct test_broker broker;
	struct test_process program;
	char file[TEST_PATH_BYTES], control[108];
	struct bench_ear *ear;
};

/* Lanes as they stand in messages. */
#define BENCH_LANE_ORDERS "orders"
#define BENCH_LANE_STOCK "stock"

/* Starts HQ's broker and the ear. */
void bench_central_prepare(struct bench_central *central, const char *name);
void bench_central_finish(struct bench_central *central);

/* The broker again, with nothing in its memory. */
void bench_central_renew(struct bench_central *central);

/* Starts HQ with an empty file; `more` (NULL, or arguments ending in NULL) goes to the program. */
void bench_central_start(struct bench_central *central, const char *const more[]);
void bench_central_stop(struct bench_central *central);

/*
 * Waits until HQ has said that it has the lane of BENCH_STORE up to `sequence`, also when something
 * before it is missing; the microseconds (bench_now_us()) in which that was heard. Ends the program
 * when it does not come.
 */
int64_t bench_central_has(struct bench_central *central, const char *lane, uint64_t sequence);

/* The same for what has everything before it, too. */
int64_t bench_central_has_all(struct bench_central *central, const char *lane, uint64_t sequence);

/* What was heard so far, without waiting. */
bool bench_central_has_all_now(struct bench_central *central, const char *lane, uint64_t sequence);

/*
 * Counts from now on of how many stores other than BENCH_STORE HQ says that it has a lane up to
 * `sequence`; and waits until there are `n`: the microseconds in which the last of it was heard.
 */
void bench_central_others_expect(struct bench_central *central, uint64_t sequence);
int64_t bench_central_others_have(struct bench_central *central, size_t n);

/* The processor's time that HQ has had so far, in seconds. */
double bench_central_cpu_s(const struct bench_central *central);

/* When HQ first welcomed the store since it was started; waits for it. */
int64_t bench_central_welcomed(struct bench_central *central);
