/*
 * Comparisons of the store's views with HQ's: when they are due, and that they find what differs
 * over a pipe that loses, doubles, delays and reorders, while the store works on and crashes. HQ's
 * side is the peers' own. TEST_SEED=n runs one world.
 */
#include "cloud-sync/comparison.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/tables.h"
#include "tests/cloud-sync/site.h"
#include "tests/peers/hq_projection.h"

#define SEEDS 60
#define PRODUCTS 30
#define MISTAKES_MAX 8
#define MINUTE_MS INT64_C(60000)
#define SESSION_MS_MAX (40 * MINUTE_MS)
#define MESSAGE_BYTES_MAX (64u << 10)

struct mistake {
	enum peer_view view;
	char key[16], value[64];
	uint64_t after;
};

struct world {
	struct site site;
	struct mistake mistakes[MISTAKES_MAX];
	size_t mistake_n;
	unsigned commands, answers, asks, repairs;
	bool silent; /* HQ answers no comparison */
};

static struct world world;

static void hq_command(struct world *w, const char *type, struct br_str body)
{
	char json[1024], id[32];

	(void)snprintf(id, sizeof(id), "hq-%u", ++w->commands);
	(void)snprintf(json, sizeof(json), "{\"id\":\"%s\",\"type\":\"%s\",\"data\":%.*s}", id,
		type, BR_STR_ARG(body));
	fake_hq_command(&w->site.hq, 1, id, json);
}

static void repair_command(void *context, const char *type, struct br_str body)
{
	struct world *w = context;

	w->repairs++;
	hq_command(w, type, body);
}

static bool up_take(struct site *site, const struct letter *letter);

static void world_begin(struct world *w, uint64_t seed)
{
	static unsigned worlds;
	char name[32];

	memset(w, 0, sizeof(*w));
	(void)snprintf(name, sizeof(name), "compared-%u", ++worlds);
	site_open(&w->site, name, SHOP_ID, seed, "00000000000000aa");
	w->site.up = up_take;
	w->site.context = w;
	for (unsigned i = 0; i < PRODUCTS; i++) {
		char body[128];

		(void)snprintf(
			body, sizeof(body), "{\"sku\":\"S%02u\",\"name\":\"Goods %u\"}", i, i);
		hq_command(w, "product.upsert", br_str_from(body));
		(void)snprintf(body, sizeof(body),
			"{\"sku\":\"S%02u\",\"amount\":%u.5,\"currency\":\"EUR\"}", i, 1 + i);
		hq_command(w, "price.set", br_str_from(body));
	}
	shop_connect(&w->site.shop, true, true);
}

static void world_end(struct world *w)
{
	site_close(&w->site);
}

static void mistakes_take(struct world *w, struct peer_projection *projection, bool events,
	uint64_t from, uint64_t until)
{
	for (size_t i = 0; i < w->mistake_n; i++) {
		const struct mistake *mistake = &w->mistakes[i];
		bool of_events =
			mistake->view == PEER_VIEW_STOCK || mistake->view == PEER_VIEW_ORDERS;

		if (of_events == events && mistake->after >= from && mistake->after < until)
			peer_projection_plant(projection, mistake->view, br_str_from(mistake->key),
				br_str_from(mistake->value));
	}
}

/* The lanes' events in the order of their sequences, with the mistakes between. */
static void events_fold(struct world *w, struct peer_projection *projection)
{
	size_t at[FAKE_LANES] = {0};
	uint64_t last = 0;

	for (;;) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		const struct fake_event *next = NULL;
		struct br_str type = {"", 0};
		unsigned lane = 0;

		for (unsigned i = 0; i < FAKE_LANES; i++) {
			const struct fake_lane *events = &w->site.hq.lanes[i];

			if (at[i] < events->n &&
				(next == NULL || events->events[at[i]].sequence < next->sequence)) {
				next = &events->events[at[i]];
				lane = i;
			}
		}
		mistakes_take(
			w, projection, true, last, next != NULL ? next->sequence : UINT64_MAX);
		if (next == NULL)
			return;
		at[lane]++;
		last = next->sequence;
		REQUIRE(br_json_parse(br_str_from(next->raw), &root, NULL) == 0);
		(void)!br_json_string(br_json_member(root, "type"), &type);
		peer_projection_event(
			projection, next->sequence, type, br_json_member(root, "data"));
	}
}

static const char *body_of(const char *json)
{
	const char *body = strstr(json, "\"data\":");

	REQUIRE(body != NULL);
	return body + strlen("\"data\":");
}

/* True when every command is answered; else HQ's own views cannot be compared yet. */
static bool commands_fold(struct world *w, struct peer_projection *projection)
{
	for (size_t i = 0; i < w->site.hq.outboxes[1].n; i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		const struct fake_command *command = &w->site.hq.outboxes[1].commands[i];
		struct br_str type = {"", 0}, body = br_str_from(body_of(command->json));

		if (command->outcome[0] == '\0')
			return false;
		REQUIRE(br_json_parse(br_str_from(command->json), &root, NULL) == 0);
		(void)!br_json_string(br_json_member(root, "type"), &type);
		body.n--; /* the command's own closing brace */
		if (strcmp(command->outcome, "accepted") == 0)
			peer_projection_command(
				projection, type, br_json_member(root, "data"), body);
		mistakes_take(w, projection, false, i + 1, i + 2);
	}
	return true;
}

static struct peer_projection *projection_make(
	struct world *w, enum peer_view view, bool *ret_ready)
{
	struct peer_projection *projection = peer_projection_create();

	*ret_ready = true;
	if (view == PEER_VIEW_STOCK || view == PEER_VIEW_ORDERS)
		events_fold(w, projection);
	else
		*ret_ready = commands_fold(w, projection);
	return projection;
}

static void differ_answer(struct world *w, struct peer_projection *projection,
	const struct peer_ranges_message *message, struct br_text *text)
{
	struct br_json_out out;
	uint64_t repairs = 0;

	BR_JSON_EACH (pair, message->differ) {
		const struct br_json *first = br_json_first(pair);
		struct br_str key, value;

		REQUIRE(br_json_string(first, &key) && br_json_string(br_json_next(first), &value));
		repairs += peer_projection_repair(projection, peer_view_named(message->view), key,
				   value, message->at_ms, repair_command, w) > 0;
	}
	peer_ranges_answer_begin(&out, message, text);
	br_json_out_u64(&out, "repairs", repairs);
	br_json_out_end(&out);
}

/* HQ keeps nothing of a session: every message is answered alone, from what it has then. */
static void ranges_answer(struct world *w, const struct br_json *root)
{
	struct peer_ranges_message message;
	struct peer_ranges_at at = {
		fake_hq_cum_seq(&w->site.hq, 0), fake_hq_cum_seq(&w->site.hq, 1)};
	struct peer_projection *projection;
	struct peer_ranges *ranges;
	struct br_json_out out;
	struct br_text text;
	bool ready;

	REQUIRE(peer_ranges_read(root, &message));
	w->asks++;
	projection = projection_make(w, peer_view_named(message.view), &ready);
	ranges = peer_ranges_create(message.key);
	br_text_init(&text, MESSAGE_BYTES_MAX);
	peer_projection_items(
		projection, peer_view_named(message.view), message.after, message.at_ms, ranges);
	if (message.differ != NULL) {
		differ_answer(w, projection, &message, &text);
	} else if (!ready) {
		peer_ranges_answer_begin(&out, &message, &text);
		br_json_out_bool(&out, "wait", true);
		br_json_out_end(&out);
	} else {
		REQUIRE(peer_ranges_answer(ranges, &message, at, &text));
	}
	w->answers++;
	if (!w->silent)
		w->site.hq.send(&w->site, "ctl", br_text_str(&text));
	br_text_finish(&text);
	peer_ranges_destroy(ranges);
	peer_projection_destroy(projection);
}

/* Comparisons are this test's own. */
static bool up_take(struct site *site, const struct letter *letter)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str type = {"", 0};

	REQUIRE(br_json_parse((struct br_str){letter->bytes, letter->n}, &root, NULL) == 0);
	(void)!br_json_string(br_json_member(root, "type"), &type);
	if (!br_str_is(type, "ranges"))
		return false;
	ranges_answer(site->context, root);
	return true;
}

static void world_run(struct world *w, int64_t end_ms)
{
	site_run(&w->site, end_ms);
}

static struct br_reconcile_row row_of(struct world *w, enum br_view view)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_reconcile_row row;
	struct br_arena arena;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_txn_begin(w->site.shop.store, false, &txn) == 0);
	row = br_reconcile_row_get(txn, view, &arena);
	/* The texts go with the arena. */
	row.last.session = row.last.reason = BR_STR("");
	br_arena_finish(&arena);
	return row;
}

static void submit(struct world *w, const char *type, const char *data)
{
	char json[512];

	(void)snprintf(json, sizeof(json), "{\"id\":\"w%" PRIu64 "\",\"type\":\"%s\",\"data\":%s}",
		++w->site.shop.command_n, type, data);
	shop_submit(&w->site.shop, json);
}

/* Some of a day's work: goods in, goods out, orders. */
static void shop_works(struct world *w, unsigned n)
{
	char data[256];

	while (n-- > 0) {
		unsigned sku = (unsigned)pipe_random(&w->site.pipe, PRODUCTS);
		unsigned order = (unsigned)pipe_random(&w->site.pipe, 20);

		switch (pipe_random(&w->site.pipe, 4)) {
		case 0:
			(void)snprintf(data, sizeof(data),
				"{\"sku\":\"S%02u\",\"kind\":\"receive\",\"quantity\":9}", sku);
			submit(w, "stock.move", data);
			break;
		case 1:
			(void)snprintf(data, sizeof(data),
				"{\"till\":\"t1\",\"lines\":[{\"sku\":\"S%02u\",\"quantity\":1,"
				"\"price\":1}]}",
				sku);
			submit(w, "sale.record", data);
			break;
		case 2:
			(void)snprintf(data, sizeof(data),
				"{\"order\":\"O%02u\",\"lines\":[{\"line\":\"1\",\"sku\":\"S%02u\","
				"\"quantity\":2}]}",
				order, sku);
			submit(w, "order.offer", data);
			break;
		default:
			(void)snprintf(data, sizeof(data), "{\"order\":\"O%02u\",\"partial\":true}",
				order);
			submit(w, "order.accept", data);
			break;
		}
	}
	shop_turn(&w->site.shop);
}

static void mistake_add(struct world *w, enum peer_view view, const char *key, const char *value)
{
	struct mistake *mistake = &w->mistakes[w->mistake_n++];
	bool events = view == PEER_VIEW_STOCK || view == PEER_VIEW_ORDERS;

	mistake->view = view;
	(void)snprintf(mistake->key, sizeof(mistake->key), "%s", key);
	(void)snprintf(mistake->value, sizeof(mistake->value), "%s", value);
	mistake->after = events ? br_core_head(w->site.shop.core) : w->site.hq.outboxes[1].n;
}

static void mistakes_make(struct world *w)
{
	mistake_add(w, PEER_VIEW_STOCK, "S03", "0|777|0|0|0|0|0|0|0|0");
	mistake_add(w, PEER_VIEW_STOCK, "Z9", "0|1000|0|0|0|0|0|0|0|0");
	mistake_add(w, PEER_VIEW_ORDERS, "O77", "accepted");
	mistake_add(w, PEER_VIEW_CATALOGUE, "S05", "{\"sku\":\"S05\",\"name\":\"Another\"}");
	mistake_add(w, PEER_VIEW_CATALOGUE, "S06", "");
	mistake_add(w, PEER_VIEW_PRICES, "S07",
		"{\"sku\":\"S07\",\"amount\":1.23,\"currency\":\"EUR\"}");
	submit(w, "product.remove", "{\"sku\":\"S08\"}");
	submit(w, "price.set", "{\"sku\":\"S09\",\"amount\":99,\"currency\":\"EUR\"}");
	shop_turn(&w->site.shop);
}

/* Runs until all views that were asked for have been compared; false when that takes too long. */
static bool answered(struct world *w)
{
	int64_t end_ms = w->site.shop.boot_ms + SESSION_MS_MAX;
	bool waits = true;

	while (waits && w->site.shop.boot_ms < end_ms) {
		world_run(w, w->site.shop.boot_ms + MINUTE_MS);
		waits = false;
		for (unsigned view = 0; view < BR_VIEW_N; view++) {
			struct br_reconcile_row row = row_of(w, view);

			waits = waits || row.asked > row.served;
		}
	}
	return !waits;
}

static unsigned failures(struct world *w)
{
	unsigned n = 0;

	for (unsigned view = 0; view < BR_VIEW_N; view++)
		n += row_of(w, view).last.outcome == BR_RECONCILE_FAILED;
	return n;
}

static void ask(struct world *w)
{
	submit(w, "link.reconcile", "{}");
	shop_turn(&w->site.shop);
}

/* Everything is still: the views are equal, one message each. */
static void all_equal(struct world *w)
{
	w->site.pipe.loss_percent = w->site.pipe.double_percent = 0;
	w->site.pipe.delay_min_ms = w->site.pipe.delay_max_ms = 10;
	world_run(w, w->site.shop.boot_ms + 30 * MINUTE_MS);
	ask(w);
	CHECK(answered(w));
	for (unsigned view = 0; view < BR_VIEW_N; view++) {
		struct br_reconcile_row row = row_of(w, view);

		if (!CHECK_INT(row.last.outcome, BR_RECONCILE_EQUAL))
			printf("%s: %" PRIu64 " differ\n", br_view_words[view], row.last.differing);
		CHECK_INT(row.last.rounds, 1);
		CHECK_INT(row.last.left, 0);
	}
	CHECK_INT(shop_state(&w->site.shop).comparison.phase, BR_COMPARISON_IDLE);
}

static void test_the_differences_are_found_and_repaired(void)
{
	struct world *w = &world;

	world_begin(w, 1);
	world_run(w, 5 * MINUTE_MS);
	shop_works(w, 60);
	world_run(w, w->site.shop.boot_ms + MINUTE_MS);
	all_equal(w);
	mistakes_make(w);
	world_run(w, w->site.shop.boot_ms + MINUTE_MS);
	ask(w);
	CHECK(answered(w));
	CHECK_INT(row_of(w, BR_VIEW_STOCK).last.differing, 2);
	CHECK_INT(row_of(w, BR_VIEW_STOCK).last.repaired, 2);
	CHECK_INT(row_of(w, BR_VIEW_ORDERS).last.differing, 1);
	CHECK_INT(row_of(w, BR_VIEW_CATALOGUE).last.differing, 3);
	CHECK_INT(row_of(w, BR_VIEW_CATALOGUE).last.repaired, 3);
	CHECK(row_of(w, BR_VIEW_PRICES).last.differing >= 2);
	CHECK(w->repairs >= 5);
	all_equal(w);
	world_end(w);
}

/* What the store did since the session began is left alone, and found equal the next time. */
static void test_what_is_on_its_way_is_no_difference(void)
{
	struct world *w = &world;
	struct br_reconcile_row row;

	world_begin(w, 2);
	world_run(w, 5 * MINUTE_MS);
	shop_works(w, 40);
	world_run(w, w->site.shop.boot_ms + MINUTE_MS);
	mistake_add(w, PEER_VIEW_STOCK, "S03", "0|777|0|0|0|0|0|0|0|0");
	mistake_add(w, PEER_VIEW_STOCK, "S04", "0|777|0|0|0|0|0|0|0|0");
	/* HQ's answers stay away until the product was touched again. */
	w->silent = true;
	ask(w);
	world_run(w, w->site.shop.boot_ms + 5000);
	CHECK_INT(shop_state(&w->site.shop).comparison.phase, BR_COMPARISON_ASKING);
	shop_adjust(&w->site.shop, "S04", -1);
	shop_turn(&w->site.shop);
	w->silent = false;
	CHECK(answered(w));
	row = row_of(w, BR_VIEW_STOCK);
	CHECK_INT(row.last.repaired, 1);
	CHECK_INT(row.last.left, 1);
	ask(w);
	CHECK(answered(w));
	CHECK_INT(row_of(w, BR_VIEW_STOCK).last.repaired, 1);
	all_equal(w);
	world_end(w);
}

/* HQ never answers: given up after ten minutes, said, and whoever asked is answered. */
static void test_a_silent_hq_is_given_up(void)
{
	struct world *w = &world;

	world_begin(w, 3);
	world_run(w, 5 * MINUTE_MS);
	w->silent = true;
	submit(w, "link.reconcile", "{\"view\":\"stock\"}");
	world_run(w, w->site.shop.boot_ms + 9 * MINUTE_MS);
	CHECK_INT(row_of(w, BR_VIEW_STOCK).served, 0);
	world_run(w, w->site.shop.boot_ms + 3 * MINUTE_MS);
	CHECK_INT(row_of(w, BR_VIEW_STOCK).last.outcome, BR_RECONCILE_FAILED);
	CHECK(row_of(w, BR_VIEW_STOCK).served > 0);
	/* 10, 20, 40 and then each 60 s. */
	CHECK(w->asks >= 8 && w->asks <= 14);
	CHECK_INT(shop_state(&w->site.shop).comparison.phase, BR_COMPARISON_IDLE);
	world_end(w);
}

static void test_answers_that_are_none_end_the_session(void)
{
	static const char *const answers[] = {
		"{\"type\":\"ranges\",\"session\":\"%s\",\"round\":1,\"view\":\"stock\","
		"\"refused\":"
		"\"no\"}",
		"{\"type\":\"ranges\",\"session\":\"%s\",\"round\":1,\"view\":\"stock\",\"at\":{"
		"\"orders\":0,\"stock\":0},\"answers\":[true]}",
		"{\"type\":\"ranges\",\"session\":\"%s\",\"round\":1,\"view\":\"stock\",\"at\":{"
		"\"orders\":1000000,\"stock\":1000000},\"answers\":[true,true]}",
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(answers); i++) {
		struct world *w = &world;
		char session[17] = "", answer[256];
		const char *at;

		world_begin(w, 4 + i);
		world_run(w, 5 * MINUTE_MS);
		shop_works(w, 10);
		world_run(w, w->site.shop.boot_ms + MINUTE_MS);
		w->silent = true;
		submit(w, "link.reconcile", "{\"view\":\"stock\"}");
		world_run(w, w->site.shop.boot_ms + 3000);
		REQUIRE(strstr(w->site.shop.last_payload, "\"ranges\"") != NULL);
		at = strstr(w->site.shop.last_payload, "\"session\":\"");
		REQUIRE(at != NULL);
		memcpy(session, at + 11, 16);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(answer, sizeof(answer), answers[i], session);
#pragma GCC diagnostic pop
		/* Of another session or round it is nothing. */
		shop_message(&w->site.shop, "backroom/dn/ctl",
			BR_STR("{\"type\":\"ranges\",\"session\":\"0123456789abcdef\",\"round\":1,"
			       "\"view\":\"stock\",\"refused\":\"no\"}"));
		CHECK_INT(shop_state(&w->site.shop).comparison.phase, BR_COMPARISON_ASKING);
		shop_message(&w->site.shop, "backroom/dn/ctl", br_str_from(answer));
		world_run(w, w->site.shop.boot_ms + 3000);
		CHECK_INT(row_of(w, BR_VIEW_STOCK).last.outcome, BR_RECONCILE_FAILED);
		shop_message(&w->site.shop, "backroom/dn/ctl", BR_STR("{\"type\":\"ranges\"}"));
		CHECK_INT(shop_state(&w->site.shop).figures.malformed, 1);
		world_end(w);
	}
}

/* One world: mistakes, loss, work that goes on, crashes; asked again until it succeeds. */
static void world_try(uint64_t seed)
{
	struct world *w = &world;
	unsigned tries = 0;

	world_begin(w, seed);
	world_run(w, 5 * MINUTE_MS);
	shop_works(w, 80);
	world_run(w, w->site.shop.boot_ms + 2 * MINUTE_MS);
	w->site.pipe.loss_percent = (unsigned)pipe_random(&w->site.pipe, 40);
	w->site.pipe.double_percent = (unsigned)pipe_random(&w->site.pipe, 30);
	w->site.pipe.delay_max_ms = 10 + (int64_t)pipe_random(&w->site.pipe, 4000);
	w->site.pipe.ordered = pipe_random(&w->site.pipe, 2) == 0;
	mistakes_make(w);
	do {
		ask(w);
		for (unsigned i = 0; i < 6; i++) {
			world_run(w,
				w->site.shop.boot_ms + (int64_t)pipe_random(&w->site.pipe, 40000));
			shop_works(w, (unsigned)pipe_random(&w->site.pipe, 6));
			if (pipe_random(&w->site.pipe, 4) == 0)
				shop_crash(&w->site.shop);
			if (pipe_random(&w->site.pipe, 6) == 0)
				pipe_spill(&w->site.pipe);
		}
		CHECK(answered(w));
	} while (failures(w) > 0 && ++tries < 10);
	CHECK(tries < 10);
	/* What was touched meanwhile was left: without loss a second one ends it. */
	w->site.pipe.loss_percent = 0;
	world_run(w, w->site.shop.boot_ms + 30 * MINUTE_MS);
	ask(w);
	CHECK(answered(w));
	all_equal(w);
	CHECK_INT(w->site.hq.violations, 0);
	world_end(w);
}

static void test_worlds_with_loss_and_crashes(void)
{
	const char *one = getenv("TEST_SEED");

	if (one != NULL) {
		world_try(strtoull(one, NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		world_try(seed * 7919);
		if (seed % 20 == 0)
			printf("%" PRIu64 " worlds, the last one with %u messages asked\n", seed,
				world.asks);
	}
}

/* A comparison alone, with a clock and a link that the test sets. */
struct alone {
	struct shop shop;
	struct br_comparison *comparison;
	struct br_comparison_link link;
	int64_t wall_ms, boot_ms;
};

static struct alone alone;

static int64_t alone_wall(void *context)
{
	return ((struct alone *)context)->wall_ms;
}

static int64_t alone_boot(void *context)
{
	return ((struct alone *)context)->boot_ms;
}

static uint32_t alone_roll(void *context)
{
	(void)context;
	return 10 * MINUTE_MS;
}

static void alone_open(const char *name, struct br_comparison_settings settings)
{
	static struct br_clock clock;

	memset(&alone, 0, sizeof(alone));
	clock = (struct br_clock){alone_wall, alone_boot, &alone};
	shop_open(&alone.shop, name);
	alone.boot_ms = 1000;
	/* 2026-03-01, an hour before midnight. */
	alone.wall_ms = INT64_C(1772319600000);
	alone.link = (struct br_comparison_link){.up = true, .hq_epoch = "00000000000000aa"};
	REQUIRE(br_comparison_create(alone.shop.core, alone.shop.store, &clock,
			(struct br_dice){alone_roll, NULL}, &settings, &alone.comparison) == 0);
}

static void alone_close(void)
{
	br_comparison_destroy(alone.comparison);
	shop_close(&alone.shop);
}

/* Lets time pass with ticks; the phase then. */
static enum br_comparison_phase alone_pass(int64_t ms)
{
	for (; ms >= 0; ms -= MINUTE_MS) {
		int64_t step_ms = ms < MINUTE_MS ? ms : MINUTE_MS;

		alone.wall_ms += step_ms;
		alone.boot_ms += step_ms;
		REQUIRE(br_comparison_tick(alone.comparison, &alone.link) == 0);
		REQUIRE(br_core_commit(alone.shop.core) == 0);
	}
	return br_comparison_state(alone.comparison).phase;
}

static void test_nights_begin_within_the_hour(void)
{
	alone_open("night", (struct br_comparison_settings){.hour = 3, .order_days = 30});
	CHECK_INT(alone_pass(4 * 60 * MINUTE_MS), BR_COMPARISON_IDLE);
	/* 03:00, and the dice said ten minutes. */
	CHECK_INT(alone_pass(9 * MINUTE_MS), BR_COMPARISON_IDLE);
	CHECK(alone_pass(2 * MINUTE_MS) != BR_COMPARISON_IDLE);
	CHECK_INT(br_comparison_state(alone.comparison).view, BR_VIEW_STOCK);
	alone_close();
	/* Never by itself. */
	alone_open("never", (struct br_comparison_settings){.hour = -1, .order_days = 30});
	CHECK_INT(alone_pass(48 * 60 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone_close();
	/* A link that is away has no nights. */
	alone_open("away", (struct br_comparison_settings){.hour = 3, .order_days = 30});
	alone.link.up = false;
	CHECK_INT(alone_pass(24 * 60 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone_close();
}

static void test_an_outage_is_followed_by_a_comparison(void)
{
	alone_open("outage", (struct br_comparison_settings){
				     .hour = -1, .outage_ms = 60 * MINUTE_MS, .order_days = 30});
	CHECK_INT(alone_pass(10 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone.link.up = false;
	CHECK_INT(alone_pass(50 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone.link.up = true;
	CHECK_INT(alone_pass(10 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone.link.up = false;
	CHECK_INT(alone_pass(70 * MINUTE_MS), BR_COMPARISON_IDLE);
	alone.link.up = true;
	CHECK(alone_pass(2 * MINUTE_MS) != BR_COMPARISON_IDLE);
	alone_close();
}

/* It waits until HQ has confirmed everything, and gives up after an hour. */
static void test_the_backlog_goes_first(void)
{
	struct br_fault fault;

	alone_open("backlog", (struct br_comparison_settings){.hour = -1, .order_days = 30});
	shop_catalogue(&alone.shop);
	alone.link.lanes[1].backlog = 5;
	CHECK(br_comparison_message(alone.comparison, BR_STR("{\"type\":\"reconcile\"}"), &fault));
	CHECK_INT(alone_pass(30 * MINUTE_MS), BR_COMPARISON_WAITING);
	alone.link.lanes[1].acked = br_core_head(alone.shop.core);
	CHECK_INT(alone_pass(4 * MINUTE_MS), BR_COMPARISON_ASKING);
	CHECK_INT(br_comparison_state(alone.comparison).items, 5);
	/* Another HQ knows nothing of the session. */
	alone.link.hq_epoch = "00000000000000bb";
	alone.link.lanes[1].acked = 0;
	CHECK_INT(alone_pass(0), BR_COMPARISON_IDLE);
	CHECK_INT(alone_pass(2 * MINUTE_MS), BR_COMPARISON_WAITING);
	CHECK_INT(br_comparison_state(alone.comparison).view, BR_VIEW_ORDERS);
	CHECK(alone_pass(57 * MINUTE_MS) == BR_COMPARISON_WAITING);
	CHECK_INT(alone_pass(5 * MINUTE_MS), BR_COMPARISON_WAITING);
	CHECK_INT(br_comparison_state(alone.comparison).view, BR_VIEW_CATALOGUE);
	CHECK(!br_comparison_message(alone.comparison, BR_STR("{\"type\":\"ack\"}"), &fault));
	alone_close();
}

int main(int argc, char **argv)
{
	shop_in_memory();
	/* Nights are those of the machine's zone. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
	TEST(test_the_differences_are_found_and_repaired);
	TEST(test_what_is_on_its_way_is_no_difference);
	TEST(test_a_silent_hq_is_given_up);
	TEST(test_answers_that_are_none_end_the_session);
	TEST(test_worlds_with_loss_and_crashes);
	TEST(test_nights_begin_within_the_hour);
	TEST(test_an_outage_is_followed_by_a_comparison);
	TEST(test_the_backlog_goes_first);
	return test_end(argc, argv);
}
