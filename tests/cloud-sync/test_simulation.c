/*
 * The whole link against a stand-in for HQ over a pipe that loses, doubles, delays and reorders,
 * with crashes of the store, cut bridges, restored HQs, and commands that the store dies of
 * whenever it applies them. Everything follows from the seed.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/hlc.h"
#include "node/tables.h"
#include "tests/cloud-sync/refused.h"
#include "tests/cloud-sync/same.h"
#include "tests/cloud-sync/site.h"
#include "tests/cloud-sync/site_check.h"

#define SEEDS 200
#define STEPS 120
#define HEAL_MS_MAX (30 * 60 * 1000)
#define DEADLY_MAX 2 /* more of them in a row would rest for longer than that */

struct world {
	struct site site;
	uint64_t seed;
	unsigned commands, orders, epochs, restores, jumps;
	unsigned deadly, deaths; /* commands that the store dies of, and how often it did */
	int64_t hq_off_ms;	 /* how far HQ's clock is off */
	int64_t restore_off_ms;	 /* and the store's was at its last restore */
	bool bridge_wanted, bus_wanted;
};

static struct world world;

static uint64_t chance(struct world *w, uint64_t limit)
{
	return site_chance(&w->site, limit);
}

static void epoch_text(struct world *w, char epoch[17])
{
	(void)snprintf(epoch, 17, "%08x%08x", (unsigned)w->seed, ++w->epochs);
}

/* The process ends, as by an assertion, while it applies what it cannot bear. */
static enum shop_fate fate(void *context)
{
	struct world *w = context;
	struct br_str key, value;
	struct br_scan scan;
	bool applied;

	if (!br_core_open(w->site.shop.core))
		return SHOP_LIVES;
	br_scan_begin(&scan, br_core_txn(w->site.shop.core), BR_TABLE_PRODUCT, BR_STR("DEADLY"),
		BR_STR("DEADLY"), false);
	applied = br_scan_next(&scan, &key, &value);
	br_scan_end(&scan);
	w->deaths += applied;
	return applied ? SHOP_DIES_AT_COMMIT : SHOP_LIVES;
}

static void world_begin(struct world *w, uint64_t seed)
{
	static unsigned worlds;
	char name[32], epoch[17];

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	(void)snprintf(name, sizeof(name), "world-%u", ++worlds);
	epoch_text(w, epoch);
	site_open(&w->site, name, SHOP_ID, seed, epoch);
	site_rough(&w->site);
	w->site.scattered = true;
	w->site.hq.batch_commands_max = 1 + (unsigned)chance(w, 20);
	w->site.hq.credit = (unsigned)chance(w, 34);
	w->site.hq.epcis = w->seed % 2 == 1;
	w->site.hq.refuse_one_in = 4 * (unsigned)chance(w, 8);
	w->bus_wanted = w->bridge_wanted = true;
	w->site.shop.fate = fate;
	w->site.shop.fate_context = w;
	shop_catalogue(&w->site.shop);
}

static void world_end(struct world *w)
{
	site_close(&w->site);
}

static void world_run(struct world *w, int64_t end_ms)
{
	w->site.hq.clock_ms = SHOP_WALL_MS + w->site.shop.boot_ms + w->hq_off_ms;
	site_run(&w->site, end_ms);
}

static void hq_command(struct world *w)
{
	static const char *const bodies[] = {
		"{\"id\":\"hq-%u\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"N%u\",\"name\":"
		"\"New\"}}",
		"{\"id\":\"hq-%u\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"\",\"name\":\"%"
		"u\"}}",
		"{\"id\":\"hq-%u\",\"type\":\"no.such\",\"data\":{\"n\":%u}}",
		"{\"id\":\"hq-%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"A\",\"kind\":"
		"\"adjust\","
		"\"quantity\":%u,\"reason\":\"HQ\"}}",
		"{\"id\":\"\",\"type\":\"product.remove\",\"n\":%u,\"data\":{\"sku\":\"%u\"}}",
	};
	char json[512], id[32];
	unsigned n = ++w->commands;

	(void)snprintf(id, sizeof(id), "hq-%u", n);
	if (w->deadly < DEADLY_MAX && (w->seed + n) % 20 == 0) {
		w->deadly++;
		(void)snprintf(json, sizeof(json),
			"{\"id\":\"hq-%u\",\"type\":\"product.upsert\",\"data\":{\"sku\":"
			"\"DEADLY-%u\",\"name\":\"Deadly\"}}",
			n, n);
		fake_hq_command(&w->site.hq, 1, id, json);
		return;
	}
	if (chance(w, 3) == 0) {
		w->orders++;
		(void)snprintf(json, sizeof(json),
			"{\"id\":\"hq-%u\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-%u\","
			"\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}",
			n, w->orders);
		fake_hq_command(&w->site.hq, 0, id, json);
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(json, sizeof(json), bodies[chance(w, 2) * chance(w, 5)], n, n);
#pragma GCC diagnostic pop
	fake_hq_command(&w->site.hq, 1, id, json);
}

/* Somebody sends an event that HQ refused once more; false when none waits for it. */
static bool quarantine_resend(struct world *w)
{
	uint64_t event = refused_choose(&w->site.shop, refused_waits, UINT_MAX);
	char json[160];

	if (event == 0)
		return false;
	(void)snprintf(json, sizeof(json),
		"{\"id\":\"resend-%" PRIu64
		"\",\"type\":\"event.resend\",\"data\":{\"event\":%" PRIu64 "}}",
		++w->site.shop.command_n, event);
	shop_submit(&w->site.shop, json);
	return true;
}

static void shop_works(struct world *w)
{
	char json[256];

	for (unsigned i = (unsigned)chance(w, 6) * (unsigned)chance(w, 5); i > 0; i--)
		shop_adjust(&w->site.shop, "B", -1);
	if (w->orders > 0 && chance(w, 2) == 0) {
		(void)snprintf(json, sizeof(json),
			"{\"id\":\"accept-%" PRIu64 "\",\"type\":\"order.accept\",\"data\":{"
			"\"order\":\"O-%u\"}}",
			++w->site.shop.command_n, 1 + (unsigned)chance(w, w->orders));
		shop_submit(&w->site.shop, json);
	}
	if (chance(w, 10) == 0)
		(void)quarantine_resend(w);
	for (unsigned i = (unsigned)chance(w, 3); i > 0; i--)
		shop_telemetry(&w->site.shop, (enum shop_telemetry)chance(w, SHOP_TELEMETRY_N));
}

/* Somebody sets a clock, right or wrong. The store's time stands still for less than ten minutes.
 */
static void clock_jump(struct world *w)
{
	static const int64_t minutes[] = {0, 0, 4, -4, 20, -20, 360, -360, 1440, -1440};
	int64_t off_ms = minutes[chance(w, BR_ARRAY_LEN(minutes))] * 60000;

	if (chance(w, 3) == 0)
		w->hq_off_ms = off_ms;
	else if (off_ms >= w->site.shop.skew_ms || off_ms < w->site.shop.skew_ms - 600000)
		w->site.shop.skew_ms = off_ms;
	w->jumps++;
}

/*
 * Its disk is gone, and yesterday's backup is put in its place. Who restores sees to the clock: one
 * that is behind would give numbers out twice.
 */
static void restore(struct world *w)
{
	if (w->site.shop.skew_ms < w->restore_off_ms)
		w->site.shop.skew_ms = w->restore_off_ms;
	w->restore_off_ms = w->site.shop.skew_ms;
	w->restores += shop_restore(&w->site.shop);
}

static void step(struct world *w)
{
	char epoch[17];

	switch (chance(w, 44)) {
	case 0:
		/* With something decided and not committed, or without. */
		shop_works(w);
		shop_crash(&w->site.shop);
		return;
	case 1:
		pipe_spill(&w->site.pipe);
		return;
	case 2:
	case 3:
		w->bridge_wanted = !w->bridge_wanted;
		break;
	case 4:
		w->bus_wanted = !w->bus_wanted;
		break;
	case 5:
		w->site.shop.publish_fails = (unsigned)chance(w, 4);
		return;
	case 6:
		epoch_text(w, epoch);
		fake_hq_restore(&w->site.hq, epoch, (unsigned)chance(w, 11));
		return;
	case 7:
	case 8:
	case 9:
	case 10:
		for (unsigned i = (unsigned)chance(w, 6); i > 0; i--)
			hq_command(w);
		return;
	case 11:
		shop_backup(&w->site.shop);
		return;
	case 12:
		restore(w);
		return;
	case 13:
	case 14:
		clock_jump(w);
		return;
	default:
		shop_works(w);
		shop_turn(&w->site.shop);
		return;
	}
	shop_connect(&w->site.shop, w->bus_wanted, w->bridge_wanted);
}

/* Every accepted command made its events once: no command id stands behind two first events. */
static void commands_compare(struct world *w)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	unsigned offered = 0, wanted = 0;
	struct br_arena arena;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_txn_begin(w->site.shop.store, false, &txn) == 0);
	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event;

		br_arena_reset(&arena);
		REQUIRE(br_event_get(txn, at, &arena, &event) == 0);
		offered += br_str_is(event.actor, "hq") &&
			   (event.kind == BR_EVENT_ORDER_OFFERED ||
				   event.kind == BR_EVENT_PRODUCT_CHANGED);
		/* What belongs to the store HQ cannot do. */
		CHECK(!br_str_is(event.actor, "hq") || event.kind != BR_EVENT_STOCK_MOVED);
	}
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		for (size_t i = 0; i < w->site.hq.outboxes[lane].n; i++) {
			const struct fake_command *command = &w->site.hq.outboxes[lane].commands[i];
			bool good = strstr(command->json, "order.offer") != NULL ||
				    strstr(command->json, "\"New\"") != NULL;

			wanted += good;
			CHECK_TEXT(command->outcome, good ? "accepted" : "refused");
		}
	CHECK_INT(offered, wanted);
	br_arena_finish(&arena);
}

/* Stamps grow with the journal, and are near its times, but where the clock went back. */
static void stamps_check(struct world *w)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_arena arena;
	uint64_t last = 0;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_txn_begin(w->site.shop.store, false, &txn) == 0);
	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event;

		br_arena_reset(&arena);
		REQUIRE(br_event_get(txn, at, &arena, &event) == 0);
		/* What came back, or did not, has the times of long ago. */
		if (event.origin > 0 || event.kind == BR_EVENT_EVENT_WITHDRAWN)
			continue;
		CHECK(event.hlc > last || br_hlc_ahead(last, event.recorded_ms));
		CHECK(!br_hlc_ahead(event.hlc, event.recorded_ms + 1));
		last = event.hlc;
	}
	br_arena_finish(&arena);
}

static bool caught_up(struct world *w)
{
	struct br_link_state state = shop_state(&w->site.shop);

	/* An HQ that was put back says so with its next welcome. */
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		if (state.lanes[lane].acked != fake_hq_cum_seq(&w->site.hq, lane))
			return false;
	return site_caught_up(&w->site) && fake_hq_verdicts_heard(&w->site.hq) &&
	       refused_count(&w->site.shop) == 0;
}

/* The pipe is mended: whatever happened before, everything arrives within a bounded time. */
static void world_heal(struct world *w)
{
	int64_t end_ms = w->site.shop.boot_ms + HEAL_MS_MAX;

	site_mend(&w->site);
	/* HQ has put right what was wrong, and people send again what it refused. */
	w->site.hq.refuse_one_in = 0;
	while (w->site.shop.boot_ms < end_ms && !caught_up(w)) {
		while (quarantine_resend(w))
			shop_turn(&w->site.shop);
		world_run(w, w->site.shop.boot_ms + 1000);
	}
	if (!CHECK(caught_up(w)))
		printf("seed %" PRIu64 "\n", w->seed);
}

static void world_check(struct world *w)
{
	struct br_link_state state = shop_state(&w->site.shop);

	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		if (!CHECK_INT(site_lane_differences(&w->site, lane), 0))
			printf("seed %" PRIu64 "\n", w->seed);
	commands_compare(w);
	stamps_check(w);
	CHECK_INT(same_differences(&w->site.shop, &w->site.hq, false), 0);
	CHECK_INT(refused_differences(&w->site.shop, &w->site.hq), 0);
	CHECK_INT(w->site.hq.violations, 0);
	CHECK_INT(state.oldest_ms, 0);
	CHECK_INT(state.lanes[0].acked, fake_hq_cum_seq(&w->site.hq, 0));
	CHECK_INT(state.lanes[1].acked, fake_hq_cum_seq(&w->site.hq, 1));
	CHECK_INT(state.lanes[1].head, fake_hq_cum_seq(&w->site.hq, 1));
	CHECK_INT(state.lanes[2].acked, fake_hq_cum_seq(&w->site.hq, 2));
	CHECK_INT(state.figures.malformed, 0);
	CHECK_INT(state.figures.acks_beyond, 0);
}

static void test_nothing_is_lost_and_nothing_comes_twice(void)
{
	uint64_t lost = 0, doubled = 0, posted = 0, rewinds = 0, events = 0, restores = 0;
	uint64_t telemetry = 0, refusals = 0, jumps = 0, ahead = 0, deadly = 0, deaths = 0;
	/* TEST_SEED runs one world alone, to look at it. */
	const char *only = getenv("TEST_SEED");
	uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;

	for (uint64_t seed = first; seed <= (only != NULL ? first : SEEDS); seed++) {
		world_begin(&world, seed);
		for (unsigned i = 0; i < STEPS; i++) {
			world_run(&world, world.site.shop.boot_ms + (int64_t)chance(&world, 3000));
			step(&world);
		}
		world_heal(&world);
		world_check(&world);
		posted += world.site.pipe.posted;
		lost += world.site.pipe.lost;
		doubled += world.site.pipe.doubled;
		restores += world.restores;
		rewinds += shop_state(&world.site.shop).figures.rewinds;
		ahead += shop_state(&world.site.shop).figures.clock_ahead;
		jumps += world.jumps;
		deadly += world.deadly;
		deaths += world.deaths;
		events += world.site.hq.lanes[0].n + world.site.hq.lanes[1].n;
		telemetry += world.site.hq.lanes[2].n;
		refusals += world.site.hq.refusals;
		world_end(&world);
	}
	printf("%d seeds: %" PRIu64 " events; of %" PRIu64 " messages %" PRIu64 " lost, %" PRIu64
	       " doubled; HQ went back %" PRIu64 " times, %" PRIu64 " stores were restored, "
	       "%" PRIu64 " of telemetry, HQ refused %" PRIu64 ", %" PRIu64
	       " clock jumps, HQ's clock ahead %" PRIu64 " times, %" PRIu64
	       " deadly commands, %" PRIu64 " deaths of them\n",
		SEEDS, events, posted, lost, doubled, rewinds, restores, telemetry, refusals, jumps,
		ahead, deadly, deaths);
	/* Else the simulation has not tried what it is for. */
	CHECK(only != NULL ||
		(lost > 1000 && doubled > 1000 && rewinds > 10 && restores > 100 &&
			events > 10000 && telemetry > 1000 && refusals > 1000 && jumps > 500 &&
			ahead > 50 && deadly > 100 && deaths > 3 * deadly));
}

/* After a month without HQ everything goes out, and no more often than the window allows. */
static void test_a_long_backlog_drains(void)
{
	struct br_link_state state;
	int64_t begin_ms;

	world_begin(&world, 7);
	world.site.hq.refuse_one_in = 0;
	world.site.pipe.loss_percent = world.site.pipe.double_percent = 0;
	world.site.pipe.delay_min_ms = world.site.pipe.delay_max_ms = 50;
	world.site.hq.credit = 32;
	for (unsigned i = 0; i < 3500; i++) {
		shop_adjust(&world.site.shop, "C", i % 2 == 0 ? 1 : -1);
		if (i % 500 == 499)
			shop_turn(&world.site.shop);
	}
	shop_turn(&world.site.shop);
	state = shop_state(&world.site.shop);
	CHECK_INT(state.lanes[br_lane_index(BR_LANE_STOCK)].backlog, 3505);
	CHECK_INT(state.oldest_ms, SHOP_WALL_MS + 1000);
	CHECK_INT(world.site.shop.published, 0);
	shop_connect(&world.site.shop, true, true);
	begin_ms = world.site.shop.boot_ms;
	while (!caught_up(&world) && world.site.shop.boot_ms < begin_ms + 60000)
		world_run(&world, world.site.shop.boot_ms + 10);
	state = shop_state(&world.site.shop);
	printf("3,505 events in %" PRIu64 " batches within %d ms of simulated time\n",
		state.figures.batches, (int)(world.site.shop.boot_ms - begin_ms));
	CHECK_INT(state.backlog, 0);
	CHECK_INT(state.figures.resent, 0);
	CHECK(world.site.shop.boot_ms - begin_ms < 1000);
	CHECK_INT(site_lane_differences(&world.site, 1), 0);
	world_end(&world);
}

/* A store that lost its journal's newest part may not pass as the same: HQ's word stops it. */
static void test_hq_with_more_than_was_sent_stops_the_lane(void)
{
	world_begin(&world, 9);
	world.site.hq.refuse_one_in = 0;
	world.site.pipe.loss_percent = world.site.pipe.double_percent = 0;
	shop_connect(&world.site.shop, true, true);
	world_run(&world, world.site.shop.boot_ms + 20000);
	CHECK(caught_up(&world));
	world.site.hq.lanes[1].pieces[0].until += 1000;
	shop_crash(&world.site.shop);
	world_run(&world, world.site.shop.boot_ms + 120000);
	CHECK_INT(shop_state(&world.site.shop).condition, BR_LINK_DOWN);
	CHECK_HAS(shop_state(&world.site.shop).last_error, "never sent under its epoch");
	CHECK(shop_state(&world.site.shop).figures.acks_beyond >= 2);
	CHECK_INT(shop_state(&world.site.shop).figures.batches, 0);
	world_end(&world);
}

int main(int argc, char **argv)
{
	shop_in_memory();
	TEST(test_nothing_is_lost_and_nothing_comes_twice);
	TEST(test_a_long_backlog_drains);
	TEST(test_hq_with_more_than_was_sent_stops_the_lane);
	return test_end(argc, argv);
}
