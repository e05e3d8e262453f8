#include "cloud-sync/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/cloud-sync/shop.h"

#define SENT_MAX 512

/* What the outbox published: first and last sequence of every batch. */
static struct {
	uint64_t prev, first, last;
} sent[SENT_MAX];
static unsigned sent_n, refuse;

static struct shop shop;
static struct br_batch_builder builder;
static struct br_outbox *outbox;
static uint32_t rolled;

static int publish(void *context BR_UNUSED, const char *topic, struct br_str payload,
	int qos BR_UNUSED, bool retain BR_UNUSED)
{
	CHECK_TEXT(topic, "backroom/up/stock");
	if (refuse > 0) {
		refuse--;
		return BR_E_TOO_LARGE;
	}
	REQUIRE(sent_n < SENT_MAX);
	CHECK_INT(
		sscanf(strstr(payload.s, "\"prev_seq\""),
			"\"prev_seq\":%" SCNu64 ",\"first_seq\":%" SCNu64 ",\"last_seq\":%" SCNu64,
			&sent[sent_n].prev, &sent[sent_n].first, &sent[sent_n].last),
		3);
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
	return rolled;
}

static void outbox_open(uint64_t cursor)
{
	struct br_outbox_options options = {
		.store = BR_STR(SHOP_ID),
		.epoch = br_core_epoch(shop.core),
		.lane = BR_LANE_STOCK,
		.cursor = cursor,
		.head = br_core_head(shop.core),
		.dice = {roll, NULL},
	};

	br_outbox_destroy(outbox);
	REQUIRE(br_outbox_create(&options, &outbox) == 0);
}

static int send_some(unsigned batches, int64_t now_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_outbox_send(outbox, txn, &builder, &publisher, batches, now_ms);
}

static void send_all(int64_t now_ms)
{
	while (send_some(4, now_ms) > 0)
		continue;
}

static int count(unsigned budget)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_outbox_count(outbox, txn, budget);
}

static void adjust(unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		shop_adjust(&shop, "A", i % 2 == 0 ? 1 : -1);
		if (i % 500 == 0 || i == n)
			shop_turn(&shop);
	}
}

static void begin(const char *name)
{
	sent_n = refuse = rolled = 0;
	shop_open(&shop, name);
	shop_catalogue(&shop);
	br_batch_builder_init(&builder);
	outbox_open(0);
}

static void end(void)
{
	br_outbox_destroy(BR_TAKE(outbox));
	br_batch_builder_finish(&builder);
	shop_close(&shop);
}

static struct br_outbox_state state(void)
{
	return br_outbox_state(outbox);
}

static const struct br_stretches nothing;

static enum br_ack_outcome ack(uint64_t cum_seq, int64_t now_ms)
{
	return br_outbox_ack(outbox, cum_seq, &nothing, now_ms);
}

static enum br_ack_outcome resume(uint64_t cum_seq, int64_t now_ms)
{
	return br_outbox_resume(outbox, cum_seq, &nothing, now_ms);
}

/* HQ has everything up to cum_seq and (after, until] beyond it. */
static enum br_ack_outcome ack_beyond(
	uint64_t cum_seq, uint64_t after, uint64_t until, int64_t now_ms)
{
	struct br_stretches held = {.pieces = {{after, until}}, .n = 1};

	return br_outbox_ack(outbox, cum_seq, &held, now_ms);
}

static void test_batches_follow_each_other_without_a_gap(void)
{
	begin("follow");
	adjust(1000);
	send_all(0);
	CHECK(sent_n > 4);
	CHECK_INT(sent[0].prev, 0);
	for (unsigned i = 1; i < sent_n; i++)
		CHECK_INT(sent[i].prev, sent[i - 1].last);
	CHECK_INT(sent[sent_n - 1].last, br_core_head(shop.core));
	CHECK_INT(state().in_flight, sent_n);
	CHECK_INT(ack(br_core_head(shop.core), 5), BR_ACK_MOVED);
	CHECK_INT(state().in_flight, 0);
	CHECK_INT(state().round_trip_ms, 5);
	CHECK_INT(br_outbox_due_ms(outbox), INT64_MAX);
	end();
}

static void test_publishing_alone_moves_nothing(void)
{
	begin("puback");
	send_all(0);
	CHECK_INT(sent_n, 1);
	CHECK_INT(br_outbox_acked(outbox), 0);
	CHECK_INT(shop_cursor(&shop, "hq/stock"), 0);
	end();
}

static void test_the_window_is_limited_by_size_and_credit(void)
{
	begin("window");
	adjust(6000);
	send_all(0);
	CHECK_INT(sent_n, BR_LINK_WINDOW_BATCHES);
	CHECK_INT(ack(sent[0].last, 1), BR_ACK_MOVED);
	send_all(1);
	CHECK_INT(sent_n, BR_LINK_WINDOW_BATCHES + 1);
	br_outbox_credit(outbox, 3);
	CHECK_INT(ack(sent[29].last, 2), BR_ACK_MOVED);
	send_all(2);
	CHECK_INT(state().in_flight, 3);
	/* No credit at all still allows one, or HQ's next word would never come. */
	br_outbox_credit(outbox, 0);
	CHECK_INT(ack(sent[sent_n - 1].last, 3), BR_ACK_MOVED);
	send_all(3);
	CHECK_INT(state().in_flight, 1);
	end();
}

static void test_silence_sends_again_with_growing_patience(void)
{
	int64_t now_ms = 0, last_ms = 0;

	begin("silence");
	send_all(now_ms);
	for (unsigned i = 0; i < 12; i++) {
		int64_t due_ms = br_outbox_due_ms(outbox), wait_ms = due_ms - now_ms;

		CHECK(wait_ms >= 2000 && wait_ms <= 60000 && wait_ms >= last_ms);
		send_all(due_ms - 1);
		CHECK_INT(sent_n, i + 1);
		send_all(due_ms);
		CHECK_INT(sent_n, i + 2);
		CHECK_INT(sent[i + 1].first, sent[0].first);
		CHECK_INT(sent[i + 1].last, sent[0].last);
		now_ms = due_ms;
		last_ms = wait_ms;
	}
	CHECK_INT(last_ms, 45000);
	CHECK_INT(state().resent, 12);
	/* An answer brings the patience back to where it began. */
	CHECK_INT(ack(sent[0].last, now_ms), BR_ACK_MOVED);
	adjust(1);
	send_all(now_ms);
	CHECK_INT(br_outbox_due_ms(outbox), now_ms + 2000);
	end();
}

static void test_the_wait_is_drawn_by_lot(void)
{
	begin("lot");
	rolled = 600;
	send_all(0);
	CHECK_INT(br_outbox_due_ms(outbox), 2600);
	rolled = UINT32_MAX;
	for (unsigned i = 0; i < 10; i++) {
		int64_t due_ms = br_outbox_due_ms(outbox);

		send_all(due_ms);
		CHECK(br_outbox_due_ms(outbox) - due_ms <= 60000);
	}
	end();
}

/* A slow link must not be filled with repeats: after silence one batch goes, then two, … */
static void test_after_silence_the_window_opens_slowly(void)
{
	unsigned window;
	int64_t now_ms;

	begin("slow");
	adjust(3000);
	send_all(0);
	window = sent_n;
	CHECK(window > 15);
	now_ms = br_outbox_due_ms(outbox);
	send_all(now_ms);
	CHECK_INT(sent_n, window + 1);
	CHECK_INT(sent[window].first, sent[0].first);
	CHECK_INT(ack(sent[0].last, now_ms), BR_ACK_MOVED);
	send_all(now_ms);
	CHECK_INT(sent_n, window + 3);
	CHECK_INT(sent[window + 1].first, sent[1].first);
	CHECK_INT(sent[window + 2].first, sent[2].first);
	/* The late ones had arrived after all. */
	CHECK_INT(ack(sent[10].last, now_ms), BR_ACK_MOVED);
	send_all(now_ms);
	CHECK_INT(sent[sent_n - 1].last, br_core_head(shop.core));
	CHECK_INT(state().resent, sent_n - window);
	CHECK(state().resent < window);
	end();
}

/* Ten seconds of round trip: waiting for less than twice that would send everything twice. */
static void test_a_slow_round_trip_is_learnt(void)
{
	begin("learn");
	send_all(0);
	CHECK_INT(ack(sent[0].last, 10000), BR_ACK_MOVED);
	adjust(1);
	send_all(10000);
	CHECK_INT(br_outbox_due_ms(outbox), 10000 + 20000);
	end();
}

static void test_acks_that_say_nothing_new_move_nothing(void)
{
	begin("nothing");
	adjust(500);
	send_all(0);
	CHECK_INT(ack(sent[1].last, 1), BR_ACK_MOVED);
	CHECK_INT(ack(sent[1].last, 2), BR_ACK_REPEAT);
	CHECK_INT(ack(sent[0].last, 2), BR_ACK_REPEAT);
	CHECK_INT(ack(0, 2), BR_ACK_REPEAT);
	CHECK_INT(br_outbox_acked(outbox), sent[1].last);
	CHECK_INT(ack(br_core_head(shop.core) + 1, 2), BR_ACK_BEYOND);
	CHECK_INT(ack(UINT64_MAX, 2), BR_ACK_BEYOND);
	CHECK_INT(br_outbox_acked(outbox), sent[1].last);
	end();
}

static void test_what_was_committed_but_never_sent_cannot_be_confirmed(void)
{
	begin("unsent");
	send_all(0);
	adjust(5);
	CHECK_INT(ack(br_core_head(shop.core), 1), BR_ACK_BEYOND);
	CHECK_INT(ack(sent[0].last, 1), BR_ACK_MOVED);
	end();
}

static void test_an_ack_may_end_inside_a_batch(void)
{
	begin("inside");
	adjust(500);
	CHECK_INT(count(100000), 0);
	send_all(0);
	CHECK_INT(ack(sent[0].last + 7, 1), BR_ACK_MOVED);
	CHECK_INT(br_outbox_acked(outbox), sent[0].last + 7);
	CHECK_INT(count(100000), 0);
	CHECK_INT(state().backlog, br_core_head(shop.core) - sent[0].last - 7);
	/* That batch is still sent whole; HQ passes over what it has. */
	send_all(br_outbox_due_ms(outbox));
	CHECK_INT(sent[sent_n - 1].first, sent[1].first);
	CHECK_INT(ack(br_core_head(shop.core), 2), BR_ACK_MOVED);
	CHECK_INT(count(100000), 0);
	CHECK_INT(state().backlog, 0);
	end();
}

/* HQ has the first half of a batch from an earlier run, and says so again and again. */
static void test_a_word_that_is_only_repeated_does_not_keep_a_batch_waiting(void)
{
	int64_t due_ms;

	begin("repeated");
	adjust(4);
	send_all(1000);
	CHECK_INT(sent_n, 1);
	CHECK_INT(ack(sent[0].last - 1, 1100), BR_ACK_MOVED);
	due_ms = br_outbox_due_ms(outbox);
	CHECK(due_ms <= 1100 + 2000);
	for (int64_t now_ms = 1200; now_ms < due_ms; now_ms += 100)
		CHECK_INT(ack_beyond(sent[0].last - 1, 0, sent[0].last - 1, now_ms), BR_ACK_REPEAT);
	CHECK_INT(br_outbox_due_ms(outbox), due_ms);
	send_all(due_ms);
	CHECK_INT(sent_n, 2);
	CHECK_INT(sent[1].last, sent[0].last);
	end();
}

/* One batch lost under a load that never pauses: the timer begins anew with each answer. */
static void test_a_lost_batch_is_sent_again_while_others_arrive(void)
{
	uint64_t lost_last, cum_seq;
	int64_t now_ms = 1000;

	begin("overtaken");
	send_all(now_ms);
	cum_seq = sent[sent_n - 1].last;
	CHECK_INT(ack(cum_seq, now_ms), BR_ACK_MOVED);
	adjust(1);
	send_all(now_ms);
	lost_last = sent[sent_n - 1].last;
	/* HQ takes what comes behind it, a second apart. */
	for (unsigned i = 0; i < 2; i++) {
		now_ms += 999;
		adjust(1);
		send_all(now_ms);
		(void)ack_beyond(cum_seq, lost_last, sent[sent_n - 1].last, now_ms + 10);
		send_all(now_ms + 10);
		CHECK_INT(state().resent, 0);
	}
	now_ms += 2;
	adjust(1);
	send_all(now_ms);
	(void)ack_beyond(cum_seq, lost_last, sent[sent_n - 1].last, now_ms + 10);
	send_all(now_ms + 10);
	CHECK_INT(state().resent, 1);
	CHECK_INT(sent[sent_n - 1].last, lost_last);
	/* Once: until something overtakes the repetition, too. */
	adjust(1);
	send_all(now_ms + 20);
	(void)ack_beyond(cum_seq, lost_last, sent[sent_n - 1].last, now_ms + 30);
	send_all(now_ms + 30);
	CHECK_INT(state().resent, 1);
	CHECK_INT(ack(sent[sent_n - 1].last, now_ms + 40), BR_ACK_MOVED);
	CHECK_INT(state().in_flight, 0);
	end();
}

static void test_a_nack_brings_its_batches_again_but_not_at_once(void)
{
	unsigned before;

	begin("nack");
	adjust(1000);
	send_all(0);
	before = sent_n;
	CHECK(br_outbox_nack(outbox, sent[1].first + 3, sent[2].first, 500));
	send_all(500);
	CHECK_INT(sent_n, before);
	CHECK(br_outbox_nack(outbox, sent[1].first + 3, sent[2].first, 1500));
	send_all(1500);
	CHECK_INT(sent_n, before + 2);
	CHECK_INT(sent[before].first, sent[1].first);
	CHECK_INT(sent[before + 1].first, sent[2].first);
	CHECK(!br_outbox_nack(outbox, UINT64_MAX - 1, UINT64_MAX, 9000));
	end();
}

static void test_a_refusing_publisher_loses_nothing(void)
{
	begin("refuse");
	adjust(500);
	refuse = 3;
	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(send_some(4, 0), BR_E_OFFLINE);
	CHECK_INT(sent_n, 0);
	CHECK_INT(state().in_flight, 0);
	send_all(0);
	CHECK_INT(sent[0].prev, 0);
	CHECK_INT(sent[sent_n - 1].last, br_core_head(shop.core));
	/* Also in the midst of sending again. */
	refuse = 1;
	CHECK_INT(send_some(4, br_outbox_due_ms(outbox)), BR_E_OFFLINE);
	send_all(br_outbox_due_ms(outbox));
	CHECK_INT(sent[sent_n - 1].first, sent[0].first);
	end();
}

static void test_the_welcome_resumes_where_hq_stands(void)
{
	uint64_t third;

	begin("resume");
	adjust(1000);
	send_all(0);
	third = sent[2].last;
	CHECK_INT(ack(sent[3].last, 1), BR_ACK_MOVED);
	/* HQ was restored: it has less than it said. */
	sent_n = 0;
	CHECK_INT(resume(third, 2), BR_ACK_REPEAT);
	CHECK_INT(br_outbox_acked(outbox), third);
	send_all(2);
	CHECK_INT(sent[0].prev, third);
	CHECK_INT(sent[sent_n - 1].last, br_core_head(shop.core));
	CHECK_INT(resume(br_core_head(shop.core), 3), BR_ACK_MOVED);
	CHECK_INT(resume(br_core_head(shop.core) + 1, 3), BR_ACK_BEYOND);
	CHECK_INT(br_outbox_acked(outbox), br_core_head(shop.core));
	end();
}

static void test_after_a_restart_it_goes_on_behind_the_cursor(void)
{
	begin("restart");
	adjust(300);
	outbox_open(200);
	send_all(0);
	CHECK_INT(sent[0].prev, 200);
	CHECK_INT(sent[0].first, 201);
	/* An answer to what was sent before the restart. */
	outbox_open(200);
	CHECK_INT(ack(250, 1), BR_ACK_MOVED);
	send_all(1);
	CHECK_INT(sent[sent_n - 1].prev, 250);
	end();
}

static void test_the_backlog_is_counted_in_slices(void)
{
	unsigned slices = 0;

	begin("count");
	adjust(300);
	while (count(50) == 1) {
		CHECK(state().counting);
		slices++;
	}
	CHECK(slices >= 6);
	CHECK(!state().counting);
	CHECK_INT(state().backlog, 305);
	CHECK_INT(state().head, br_core_head(shop.core));
	CHECK_INT(state().oldest_ms, SHOP_WALL_MS + 1000);
	shop.boot_ms = 50000;
	adjust(1);
	CHECK_INT(count(50), 0);
	CHECK_INT(state().backlog, 306);
	send_all(50000);
	CHECK_INT(ack(br_core_head(shop.core) - 1, 1), BR_ACK_MOVED);
	CHECK_INT(count(50), 0);
	CHECK_INT(state().backlog, 1);
	CHECK_INT(state().oldest_ms, SHOP_WALL_MS + 50000);
	end();
}

static void test_acks_take_off_the_count_without_a_new_one(void)
{
	uint64_t events;

	begin("subtract");
	adjust(1000);
	CHECK_INT(count(100000), 0);
	send_all(0);
	events = sent[1].last - sent[0].last;
	CHECK_INT(ack(sent[0].last, 1), BR_ACK_MOVED);
	CHECK(!state().counting);
	CHECK_INT(state().backlog, br_core_head(shop.core) - sent[0].last);
	CHECK_INT(ack(sent[1].last, 1), BR_ACK_MOVED);
	CHECK_INT(state().backlog, br_core_head(shop.core) - sent[0].last - events);
	CHECK(!state().counting);
	end();
}

static void count_all(void)
{
	while (count(100000) > 0)
		continue;
}

/* The store was cut off for long: what is new now reaches HQ before all that waits. */
static void test_live_goes_ahead_of_the_backlog(void)
{
	uint64_t old, backlog;
	unsigned before;

	begin("live");
	adjust(5000);
	old = br_core_head(shop.core);
	count_all();
	backlog = state().backlog;
	send_all(0);
	CHECK_INT(sent[0].prev, 0);
	CHECK(state().behind);
	before = sent_n;
	adjust(3);
	count_all();
	send_all(0);
	CHECK_INT(sent_n, before + 1);
	CHECK_INT(sent[before].prev, old);
	CHECK_INT(sent[before].first, old + 1);
	CHECK_INT(sent[before].last, old + 3);
	/* All of it arrives, each event once, and both ends meet. */
	CHECK_INT(ack_beyond(0, old, old + 3, 1), BR_ACK_REPEAT);
	CHECK_INT(state().backlog, backlog);
	for (unsigned i = 0; i < sent_n; i++) {
		if (i == before)
			continue;
		CHECK_INT(sent[i].prev, br_outbox_acked(outbox));
		CHECK_INT(ack(sent[i].last, 1), BR_ACK_MOVED);
		send_all(1);
	}
	CHECK_INT(br_outbox_acked(outbox), old + 3);
	CHECK_INT(state().backlog, 0);
	CHECK_INT(state().resent, 0);
	CHECK(!state().behind);
	end();
}

/* What HQ holds ahead of the rest is not sent again after a restart. */
static void test_what_hq_holds_is_not_sent_again(void)
{
	struct br_stretches held = {.pieces = {{300, 400}, {600, 700}}, .n = 2};

	begin("held");
	adjust(1000);
	outbox_open(0);
	count_all();
	CHECK_INT(br_outbox_resume(outbox, 100, &held, 0), BR_ACK_MOVED);
	count_all();
	CHECK_INT(state().backlog, br_core_head(shop.core) - 300);
	send_all(0);
	for (unsigned i = 0; i < sent_n; i++) {
		CHECK(sent[i].last <= 300 || sent[i].first > 400);
		CHECK(sent[i].last <= 600 || sent[i].first > 700);
	}
	/* The gap is filled: what was held belongs to what is confirmed. */
	CHECK_INT(ack(300, 1), BR_ACK_MOVED);
	CHECK_INT(br_outbox_acked(outbox), 400);
	CHECK_INT(ack(700, 1), BR_ACK_MOVED);
	CHECK_INT(ack(br_core_head(shop.core), 1), BR_ACK_MOVED);
	count_all();
	CHECK_INT(state().backlog, 0);
	end();
}

static void test_held_beyond_what_was_sent_is_refused(void)
{
	uint64_t head;

	begin("liar");
	head = br_core_head(shop.core);
	send_all(0);
	CHECK_INT(ack_beyond(0, head, head + 1, 1), BR_ACK_BEYOND);
	CHECK_INT(br_outbox_acked(outbox), 0);
	end();
}

/* A slow line: old events must not fill it, or a new one would wait behind them all. */
static void test_a_slow_line_gets_little_of_the_backlog_at_once(void)
{
	unsigned before;

	begin("slow-line");
	adjust(6000);
	count_all();
	send_all(0);
	before = state().in_flight;
	CHECK(before >= 1 && before <= 3);
	for (int64_t now_ms = 2000; now_ms < 12000; now_ms += 2000) {
		CHECK_INT(ack(sent[sent_n - 1].last, now_ms), BR_ACK_MOVED);
		send_all(now_ms);
	}
	CHECK_INT(state().in_flight, 1);
	/* Quick answers open it. */
	for (int64_t now_ms = 12000; now_ms < 12100; now_ms += 10) {
		(void)ack(sent[sent_n - 1].last, now_ms);
		send_all(now_ms);
	}
	CHECK(state().in_flight > 4 || br_outbox_acked(outbox) == br_core_head(shop.core));
	end();
}

/* Telemetry while orders and stock have much to send: a batch at a time, and never none. */
static void test_who_yields_has_one_batch_on_its_way(void)
{
	begin("yield");
	adjust(900);
	br_outbox_yield(outbox, true);
	send_all(0);
	CHECK_INT(sent_n, 1);
	CHECK_INT(ack(sent[0].last, 100), BR_ACK_MOVED);
	send_all(100);
	CHECK_INT(sent_n, 2);
	/* What is lost goes out again before all else. */
	send_all(br_outbox_due_ms(outbox));
	CHECK_INT(sent_n, 3);
	CHECK_INT(sent[2].first, sent[1].first);
	br_outbox_yield(outbox, false);
	CHECK_INT(ack(sent[1].last, 9000), BR_ACK_MOVED);
	send_all(9000);
	CHECK(sent_n > 4);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_batches_follow_each_other_without_a_gap);
	TEST(test_publishing_alone_moves_nothing);
	TEST(test_the_window_is_limited_by_size_and_credit);
	TEST(test_silence_sends_again_with_growing_patience);
	TEST(test_the_wait_is_drawn_by_lot);
	TEST(test_after_silence_the_window_opens_slowly);
	TEST(test_a_slow_round_trip_is_learnt);
	TEST(test_acks_that_say_nothing_new_move_nothing);
	TEST(test_what_was_committed_but_never_sent_cannot_be_confirmed);
	TEST(test_an_ack_may_end_inside_a_batch);
	TEST(test_a_word_that_is_only_repeated_does_not_keep_a_batch_waiting);
	TEST(test_a_lost_batch_is_sent_again_while_others_arrive);
	TEST(test_a_nack_brings_its_batches_again_but_not_at_once);
	TEST(test_a_refusing_publisher_loses_nothing);
	TEST(test_the_welcome_resumes_where_hq_stands);
	TEST(test_after_a_restart_it_goes_on_behind_the_cursor);
	TEST(test_the_backlog_is_counted_in_slices);
	TEST(test_acks_take_off_the_count_without_a_new_one);
	TEST(test_live_goes_ahead_of_the_backlog);
	TEST(test_what_hq_holds_is_not_sent_again);
	TEST(test_held_beyond_what_was_sent_is_refused);
	TEST(test_a_slow_line_gets_little_of_the_backlog_at_once);
	TEST(test_who_yields_has_one_batch_on_its_way);
	return test_end(argc, argv);
}
