/*
 * Telemetry that has more to tell than it can: what is left out, that it is said, and that nobody
 * else ever misses anything. HQ is here what the contract makes of it, and no more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/outbox.h"
#include "tests/cloud-sync/pipe.h"
#include "tests/cloud-sync/shop.h"

#define SENT_MAX 2048
#define SUMMARIES_MAX 40
#define LABELS_MAX 120
#define SEEDS 10

static struct shop shop;
static struct br_batch_builder builder;
static struct br_outbox *outbox;
static struct pipe dice;
static enum br_lane lane;

/* What the outbox published. */
static struct sent {
	uint64_t prev, first, last, n, thinned;
	char *message;
} sent[SENT_MAX];
static unsigned sent_n;

/* HQ: pieces it has, and of them the events and how many were left out. */
static struct br_stretches has;
static uint64_t taken_n, taken_thinned, taken_alarms;

static uint64_t number_of(const char *message, const char *name)
{
	const char *at = strstr(message, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static int publish(void *context BR_UNUSED, const char *topic BR_UNUSED, struct br_str payload,
	int qos BR_UNUSED, bool retain BR_UNUSED)
{
	struct sent *at = &sent[sent_n];

	REQUIRE(sent_n < SENT_MAX);
	at->message = strndup(payload.s, payload.n);
	REQUIRE(at->message != NULL);
	at->prev = number_of(at->message, "\"prev_seq\":");
	at->first = number_of(at->message, "\"first_seq\":");
	at->last = number_of(at->message, "\"last_seq\":");
	at->n = number_of(at->message, "\"n\":");
	at->thinned = number_of(at->message, "\"thinned\":");
	sent_n++;
	return 0;
}

static bool connected(void *context BR_UNUSED)
{
	return true;
}

static const struct br_publisher publisher = {publish, connected, NULL};

static uint32_t roll(void *context BR_UNUSED)
{
	return 0;
}

static void outbox_open(void)
{
	struct br_outbox_options options = {
		.store = BR_STR(SHOP_ID),
		.epoch = br_core_epoch(shop.core),
		.lane = lane,
		.head = br_core_head(shop.core),
		.dice = {roll, NULL},
		.thin_backlog = {SUMMARIES_MAX, LABELS_MAX},
	};

	br_outbox_destroy(outbox);
	REQUIRE(br_outbox_create(&options, &outbox) == 0);
}

static void begin(const char *name, enum br_lane which)
{
	lane = which;
	sent_n = 0;
	has = (struct br_stretches){.n = 0};
	taken_n = taken_thinned = taken_alarms = 0;
	shop_open(&shop, name);
	shop_catalogue(&shop);
	shop_telemetry(&shop, SHOP_ADOPT);
	shop_telemetry(&shop, SHOP_BIND);
	shop_turn(&shop);
	br_batch_builder_init(&builder);
	outbox_open();
}

static void end(void)
{
	while (sent_n > 0)
		free(sent[--sent_n].message);
	br_outbox_destroy(BR_TAKE(outbox));
	br_batch_builder_finish(&builder);
	shop_close(&shop);
}

static void work(int64_t now_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	while (br_outbox_count(outbox, txn, 500) > 0)
		continue;
	(void)!br_outbox_send(outbox, txn, &builder, &publisher, 4, now_ms);
	REQUIRE(br_outbox_count(outbox, txn, 100000) == 0);
}

static unsigned alarms_of(const char *message)
{
	unsigned n = 0;

	for (const char *at = message; (at = strstr(at, "org.backroom.alarm.")) != NULL; at++)
		n++;
	return n;
}

/* HQ takes a batch, once. */
static void take(const struct sent *batch)
{
	if (br_stretches_cover(&has, batch->prev, batch->last))
		return;
	for (unsigned i = 0; i < has.n; i++)
		CHECK(batch->prev >= has.pieces[i].until || batch->last <= has.pieces[i].after);
	(void)br_stretches_add(&has, batch->prev, batch->last);
	taken_n += batch->n;
	taken_thinned += batch->thinned;
	taken_alarms += alarms_of(batch->message);
}

static void answer(int64_t now_ms)
{
	struct br_stretches beyond = has;
	uint64_t cum_seq = has.n > 0 && has.pieces[0].after == 0 ? has.pieces[0].until : 0;

	(void)br_stretches_remove(&beyond, 0, cum_seq);
	CHECK(br_outbox_ack(outbox, cum_seq, &beyond, now_ms) != BR_ACK_BEYOND);
}

/* How many events of the lane there are up to `until`, and how many alarms. */
static uint64_t journal_n(uint64_t until, uint64_t *ret_alarms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_lane_walk walk;
	struct br_str record;
	uint64_t sequence, n = 0;

	*ret_alarms = 0;
	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	br_lane_walk_begin(&walk, txn, lane, 0, 1000000);
	while (br_lane_walk_next(&walk, &sequence, &record) && sequence <= until) {
		enum br_event_kind kind;

		REQUIRE(br_event_kind_peek(record, &kind) == 0);
		n++;
		*ret_alarms += kind == BR_EVENT_ALARM_RAISED || kind == BR_EVENT_ALARM_CLEARED;
	}
	REQUIRE(br_lane_walk_end(&walk) == 0);
	return n;
}

static void summaries_add(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		shop_summary(&shop);
	shop_turn(&shop);
}

/* Numbers that are none of telemetry's; a turn takes so many. */
static void adjust(unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		shop_adjust(&shop, "A", 1);
		if (i % 400 == 0 || i == n)
			shop_turn(&shop);
	}
}

static void test_old_summaries_go_first_and_it_is_said(void)
{
	uint64_t alarms;

	begin("summaries", BR_LANE_TELEMETRY);
	for (unsigned i = 0; i < SUMMARIES_MAX; i++) {
		shop_summary(&shop);
		shop_telemetry(&shop, i % 2 == 0 ? SHOP_RAISE : SHOP_CLEAR);
		shop_telemetry(&shop, i % 2 == 0 ? SHOP_WANT : SHOP_REPORT);
	}
	/* The outbox counts numbers, and so few may as well be told. */
	adjust(BR_OUTBOX_BEHIND_MAX);
	work(0);
	REQUIRE(sent_n > 0);
	CHECK(strstr(sent[0].message, "device.summarised") == NULL);
	CHECK_HAS(sent[0].message, "label.shown");
	take(&sent[0]);
	CHECK_INT(taken_alarms, SUMMARIES_MAX);
	CHECK_INT(taken_n + taken_thinned, journal_n(sent[0].last, &alarms));
	CHECK_INT(br_outbox_state(outbox).thinned, taken_thinned);
	/* What comes now is told. */
	answer(100);
	CHECK_INT(br_outbox_state(outbox).backlog, 0);
	summaries_add(3);
	work(100);
	take(&sent[sent_n - 1]);
	CHECK_HAS(sent[sent_n - 1].message, "device.summarised");
	CHECK_INT(sent[sent_n - 1].n, 3);
	CHECK_INT(taken_n + taken_thinned, journal_n(UINT64_MAX, &alarms));
	end();
}

/* A lost batch goes out again as it was, whatever has been left out since. */
static void test_what_is_sent_again_is_the_same(void)
{
	begin("again", BR_LANE_TELEMETRY);
	summaries_add(10);
	work(0);
	REQUIRE(sent_n == 1);
	CHECK_INT(sent[0].thinned, 0);
	adjust(BR_OUTBOX_BEHIND_MAX);
	summaries_add(SUMMARIES_MAX + 10);
	work(br_outbox_due_ms(outbox));
	work(br_outbox_due_ms(outbox));
	REQUIRE(sent_n >= 2);
	CHECK_TEXT(sent[1].message, sent[0].message);
	/* The count knows that the ten were told. */
	take(&sent[0]);
	answer(90000);
	work(90000);
	for (unsigned i = 2; i < sent_n; i++)
		take(&sent[i]);
	answer(90000);
	work(90000);
	CHECK_INT(br_outbox_state(outbox).backlog, 0);
	end();
}

static void test_orders_and_stock_are_never_thinned(void)
{
	uint64_t alarms;

	begin("stock", BR_LANE_STOCK);
	adjust(BR_OUTBOX_BEHIND_MAX + 400);
	for (unsigned i = 0; i < 20; i++) {
		work(i);
		for (unsigned k = 0; k < sent_n; k++)
			take(&sent[k]);
		answer(i);
	}
	CHECK_INT(taken_thinned, 0);
	CHECK_INT(taken_n, journal_n(UINT64_MAX, &alarms));
	end();
}

static uint64_t chance(uint64_t limit)
{
	return pipe_random(&dice, limit);
}

/* Something happens: measured, alarms, labels, and stock that takes numbers between. */
static void store_works(void)
{
	for (uint64_t n = chance(chance(4) == 0 ? 300 : 20); n > 0; n--) {
		uint64_t what = chance(10);

		if (what < 4)
			shop_summary(&shop);
		else if (what < 7)
			shop_telemetry(&shop, chance(2) == 0 ? SHOP_WANT : SHOP_REPORT);
		else if (what == 7)
			shop_telemetry(&shop, chance(2) == 0 ? SHOP_RAISE : SHOP_CLEAR);
		else
			for (uint64_t k = chance(60); k > 0; k--)
				shop_adjust(&shop, "A", 1);
	}
	shop_turn(&shop);
}

static void line_works(unsigned *heard, int64_t now_ms)
{
	work(now_ms);
	while (*heard < sent_n) {
		if (chance(4) > 0)
			take(&sent[*heard]);
		(*heard)++;
	}
	if (chance(3) > 0)
		answer(now_ms);
}

/* HQ has everything: brings the line into order and lets it drain. */
static int64_t drain(unsigned *heard, int64_t now_ms)
{
	/* One last event, so that what is left out before it is covered. */
	shop_telemetry(&shop, SHOP_LOST);
	shop_telemetry(&shop, SHOP_BACK);
	shop_turn(&shop);
	for (unsigned i = 0; i < 60; i++) {
		work(now_ms);
		while (*heard < sent_n)
			take(&sent[(*heard)++]);
		answer(now_ms);
		now_ms = br_outbox_due_ms(outbox) < INT64_MAX ? br_outbox_due_ms(outbox)
							      : now_ms + 1000;
	}
	return now_ms;
}

static uint64_t left_out;

static void seed_run(uint64_t seed)
{
	unsigned heard = 0;
	int64_t now_ms = 0;
	uint64_t alarms;
	char name[32];

	(void)snprintf(name, sizeof(name), "seed-%" PRIu64, seed);
	pipe_init(&dice, seed);
	begin(name, BR_LANE_TELEMETRY);
	for (unsigned step = 0; step < 30; step++) {
		store_works();
		now_ms += (int64_t)chance(3000);
		if (chance(3) > 0)
			line_works(&heard, now_ms);
		if (chance(12) == 0) {
			/* The store restarts: it has forgotten what it left out. */
			outbox_open();
			answer(now_ms);
		}
	}
	now_ms = drain(&heard, now_ms);
	CHECK_INT(br_outbox_state(outbox).backlog, 0);
	CHECK_INT(has.n, 1);
	CHECK_INT(taken_n + taken_thinned, journal_n(has.pieces[0].until, &alarms));
	CHECK_INT(taken_alarms, alarms);
	left_out += taken_thinned;
	end();
	pipe_finish(&dice);
}

static void test_nothing_is_missing_that_was_not_said(void)
{
	left_out = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		seed_run(seed);
	printf("%u seeds, %" PRIu64 " events left out\n", SEEDS, left_out);
	CHECK(left_out > 500);
}

int main(int argc, char **argv)
{
	TEST(test_old_summaries_go_first_and_it_is_said);
	TEST(test_what_is_sent_again_is_the_same);
	TEST(test_orders_and_stock_are_never_thinned);
	TEST(test_nothing_is_missing_that_was_not_said);
	return test_end(argc, argv);
}
