#include "esl/labels.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"
#include "tests/esl/label_shop.h"

#define L1 "0000000000A1"
#define ACK_TOPIC "brap/1/ap-1/ack/" L1
#define L2 "0000000000A2"
#define MINUTE_MS INT64_C(60000)

/* A shop with one access point and label L1, which has checked in and is bound to A. */
static struct air_label *shop_simple(struct shop *shop, const char *name, const char *type)
{
	struct air_label *label;

	shop_open(shop, name);
	(void)air_ap_add(&shop->air, "ap-1", 4);
	label = air_label_add(&shop->air, L1, type);
	shop_bind(shop, L1, "A");
	air_check_in(&shop->air, label);
	shop_pump(shop);
	return label;
}

static unsigned stale_n(const struct br_access_point *ap)
{
	return ap->urgent.n + ap->stale.n;
}

/* The label shows what its product says, and the ledger knows. */
static void clean_check(struct shop *shop, const struct air_label *label)
{
	struct br_label row = shop_row(shop, label->id);

	CHECK(br_label_clean(&row));
	CHECK_INT(row.dirty_since, 0);
	shop_shows_check(shop, label);
}

static void test_a_bound_label_comes_to_show_its_product(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "happy", "bw29");
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	CHECK(shop_row(&shop, L1).dirty_since > 0);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	CHECK_STR(shop_row(&shop, L1).ap, "ap-1");
	/* And nothing more is sent or told for hours. */
	shop_pass(&shop, 180 * MINUTE_MS, 10000);
	CHECK_INT(shop.air.jobs_seen, 1);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_WANTED, L1), 1);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_SHOWN, L1), 2); /* blank, then the picture */
	shop_close(&shop);
}

static void test_a_change_that_makes_no_difference_sends_nothing(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "same", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(bench_do(&shop.bench, "product.upsert",
			  "{'sku':'A','name':'Apple juice','gtins':['2000000000015'],'category':"
			  "'Drinks'}"),
		0);
	shop_pump(&shop);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.air.jobs_seen, 1);
	/* Nor does it disturb a job that waits for its label. */
	shop_price(&shop, "A", 251);
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK_INT(bench_do(&shop.bench, "product.upsert",
			  "{'sku':'A','name':'Apple juice','gtins':['2000000000015']}"),
		0);
	shop_pump(&shop);
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	CHECK_INT(shop.labels->aps[0]->held, 1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 2);
	shop_close(&shop);
}

static void test_the_latest_price_supersedes_at_once(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "latest", "bw29");
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_price(&shop, "A", 260);
	shop_price(&shop, "A", 270);
	CHECK_INT(shop.air.jobs_seen, 3);
	CHECK_INT(shop.air.job_n, 1);
	CHECK_INT(shop.labels->aps[0]->held, 1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	CHECK_INT(shop.labels->aps[0]->unacked, 0);
	shop_close(&shop);
}

static void test_a_label_that_is_taking_a_picture_is_superseded_too(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "sending", "bw29");
	air_ack(&shop.air, label, "sending", "");
	shop_pump(&shop);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_SENDING);
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_change_while_offered_waits_for_the_answer(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "offered");
	(void)air_ap_add(&shop.air, "ap-1", 1);
	label = air_label_add(&shop.air, L1, "bw29");
	shop.air.mute = true;
	shop_bind(&shop, L1, "A");
	air_check_in(&shop.air, label);
	shop_pump(&shop);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop.air.mute = false;
	air_ack(&shop.air, label, "queued", "");
	shop_pump(&shop);
	CHECK_INT(shop.air.jobs_seen, 2);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	shop_close(&shop);
}

static void test_an_unanswered_offer_gives_way_to_a_change(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "unanswered", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop.air.mute = shop.air.lenient = true;
	shop_price(&shop, "A", 260);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	shop_price(&shop, "A", 270);
	shop_pass(&shop, 6000, 1000);
	CHECK_INT(shop.air.jobs_seen, 3);
	CHECK_INT(shop.air.resent, 0);
	shop.air.mute = false;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_price_that_goes_back_takes_the_job_back(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "back", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.job_n, 1);
	shop_price(&shop, "A", 250);
	CHECK_INT(shop.air.job_n, 0);
	CHECK_INT(shop.air.cancels_seen, 1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	shop_close(&shop);
}

static void test_a_late_drawing_is_not_taken_for_a_newer_one(void)
{
	struct br_render_result late = {.hash = {1, 2, 3}};
	struct br_label_now *label;
	struct shop shop;
	uint64_t number;

	(void)shop_simple(&shop, "late", "bw29");
	label = br_labels_get(shop.labels, BR_STR(L1));
	br_label_stale(shop.labels, label);
	br_labels_draw(shop.labels);
	CHECK_INT(label->phase, BR_LABEL_RENDERING);
	number = label->drawing;
	/* Changed again: the first drawing is not awaited any more, though it will come. */
	br_label_stale(shop.labels, label);
	br_labels_draw(shop.labels);
	CHECK_INT(label->phase, BR_LABEL_RENDERING);
	CHECK(label->drawing != number);
	late.subject = label;
	late.number = number;
	br_text_init(&late.bytes, 10);
	br_text_puts(&late.bytes, "old");
	br_label_rendered(shop.labels, &late);
	CHECK_INT(label->phase, BR_LABEL_RENDERING);
	CHECK(!label->drawn);
	shop_pump(&shop);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, air_label_find(&shop.air, L1));
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_close(&shop);
}

static void test_dropped_while_drawing_is_drawn_again(void)
{
	struct br_label_now *label;
	struct shop shop;

	(void)shop_simple(&shop, "dropped", "bw29");
	label = br_labels_get(shop.labels, BR_STR(L1));
	br_label_stale(shop.labels, label);
	br_labels_draw(shop.labels);
	br_label_drop(shop.labels, label);
	CHECK_INT(label->phase, BR_LABEL_STALE);
	CHECK_INT(shop.labels->aps[0]->unacked, 0);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	shop_pump(&shop);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, air_label_find(&shop.air, L1));
	shop_close(&shop);
}

static void test_acknowledgements_come_twice(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "twice");
	shop.air.double_acks = 100;
	(void)air_ap_add(&shop.air, "ap-1", 4);
	label = air_label_add(&shop.air, L1, "bw29");
	shop_bind(&shop, L1, "A");
	for (int64_t price = 260; price < 265; price++) {
		shop_price(&shop, "A", price);
		shop_pass(&shop, 2 * MINUTE_MS, 1000);
		clean_check(&shop, label);
	}
	CHECK_INT(label->pictures, 5);
	CHECK_INT(shop.air.jobs_seen, 5);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_SHOWN, L1), 6);
	shop_close(&shop);
}

static void test_an_old_word_of_shown_is_not_believed(void)
{
	char old[2 * BR_PICTURE_HASH_BYTES + 1] = "";
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "oldword", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	for (unsigned i = 0; i < BR_PICTURE_HASH_BYTES; i++)
		(void)snprintf(old + (size_t)2 * i, 3, "%02x", label->shown[i]);
	shop_price(&shop, "A", 260);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_say(&shop, ACK_TOPIC, "{'job':'%s-1','rev':1,'st':'shown','shown':'%s'}", L1, old);
	clean_check(&shop, label);
	CHECK_INT(shop.air.jobs_seen, 2);
	/* But what a job from before the start says counts, when it is news. */
	label->is_known = false;
	shop_say(&shop, ACK_TOPIC, "{'job':'other','rev':100000,'st':'shown','shown':'%s'}", old);
	CHECK_INT(shop.air.jobs_seen, 3);
	shop_close(&shop);
}

static void test_a_blank_label_gets_its_picture_again(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "blank", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	label->blank = true;
	air_check_in(&shop.air, label);
	shop_pump(&shop);
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK(shop_row(&shop, L1).dirty_since > 0);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_label_that_keeps_denying_is_sent_ever_more_slowly(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "denying", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* Each time it has said "shown", its next check-in says that it is blank. */
	for (int64_t i = 0; i < 120; i++) {
		label->blank = true;
		label->is_known = false;
		shop_pass(&shop, MINUTE_MS, 1000);
	}
	CHECK(shop.air.jobs_seen >= 5);
	CHECK(shop.air.jobs_seen <= 10);
	shop_close(&shop);
}

static void test_a_picture_that_is_there_after_all_ends_the_job(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "after-all", "bw29");
	/* The label took it, but the access point lost the word of it. */
	memcpy(label->shown, shop.air.last_hash, sizeof(label->shown));
	label->blank = false;
	shop_say(&shop, "brap/1/ap-1/seen",
		"[{'l':'%s','type':'bw29','rssi':-60,'next':60,'shown':'"
		"%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x'}]",
		L1, label->shown[0], label->shown[1], label->shown[2], label->shown[3],
		label->shown[4], label->shown[5], label->shown[6], label->shown[7], label->shown[8],
		label->shown[9], label->shown[10], label->shown[11], label->shown[12],
		label->shown[13], label->shown[14], label->shown[15]);
	clean_check(&shop, label);
	CHECK_INT(shop.air.cancels_seen, 1);
	CHECK_INT(shop.air.job_n, 0);
	shop_close(&shop);
}

static void test_another_picture_than_sent_is_a_failure(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "other", "bw29");
	air_ack(&shop.air, label, "shown", ",'shown':'00112233445566778899aabbccddeeff'");
	shop_pump(&shop);
	CHECK_TEXT(shop_label(&shop, L1)->error, "shows another picture than it was sent");
	CHECK_INT(shop_label(&shop, L1)->tries, 1);
	CHECK(shop_row(&shop, L1).dirty_since > 0);
	shop_pass(&shop, 59000, 59000);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_retries_come_ever_more_slowly_and_end_on_the_failed_list(void)
{
	static const int64_t minutes[] = {1, 2, 5, 15, 60, 60, 60};
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "retries");
	shop.air.refuse = 100;
	shop.air.refusal = "radio";
	(void)air_ap_add(&shop.air, "ap-1", 4);
	label = air_label_add(&shop.air, L1, "bw29");
	shop_bind(&shop, L1, "A");
	air_check_in(&shop.air, label);
	shop_pump(&shop);
	for (unsigned i = 0; i < BR_ARRAY_LEN(minutes); i++) {
		CHECK_INT(shop.air.jobs_seen, i + 1);
		CHECK_INT(shop_label(&shop, L1)->tries, i + 1);
		CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_FAILED, L1), i >= 5);
		shop_pass(&shop, minutes[i] * MINUTE_MS - 1000, minutes[i] * MINUTE_MS - 1000);
		CHECK_INT(shop.air.jobs_seen, i + 1);
		shop_pass(&shop, 1000, 1000);
	}
	CHECK_STR(shop_row(&shop, L1).error, "radio");
	CHECK_INT(shop_row(&shop, L1).tries, 6);
	/* A restart does not put it on the list twice. */
	shop_restart(&shop);
	shop_pass(&shop, 200 * MINUTE_MS, 10000);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_FAILED, L1), 1);
	/* A new price is a new beginning. */
	shop.air.refuse = 0;
	shop_price(&shop, "A", 260);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(shop_row(&shop, L1).error.n, 0);
	shop_close(&shop);
}

static void test_an_access_point_that_is_busy_is_left_alone(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "busy", "bw29");
	(void)air_label_add(&shop.air, L2, "bw29");
	shop_bind(&shop, L2, "B");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.air.jobs_seen, 2);
	shop.air.refuse = 100;
	shop.air.refusal = "busy"; /* for 20 s */
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.jobs_seen, 3);
	shop.air.refuse = 0;
	shop_price(&shop, "B", 210);
	shop_pass(&shop, 19000, 1000);
	CHECK_INT(shop.air.jobs_seen, 3);
	CHECK_INT(shop_label(&shop, L1)->tries, 0);
	shop_pass(&shop, 1000, 1000);
	CHECK_INT(shop.air.jobs_seen, 5);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_an_offer_without_answer_is_sent_again(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "mute");
	shop.air.mute = shop.air.lenient = true;
	(void)air_ap_add(&shop.air, "ap-1", 4);
	label = air_label_add(&shop.air, L1, "bw29");
	label->check_in_ms = INT64_MAX;
	shop_bind(&shop, L1, "A");
	air_check_in(&shop.air, label);
	label->check_in_ms = INT64_MAX;
	shop_pump(&shop);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_pass(&shop, 4000, 1000);
	CHECK_INT(shop.air.resent, 0);
	shop_pass(&shop, 1000, 1000);
	CHECK_INT(shop.air.resent, 1);
	shop_pass(&shop, 10000, 1000);
	CHECK_INT(shop.air.resent, 3);
	shop_pass(&shop, 10000, 1000);
	CHECK_INT(shop.air.resent, 3);
	CHECK_TEXT(shop_label(&shop, L1)->error, "no answer from the access point");
	CHECK_INT(shop.labels->aps[0]->unacked, 0);
	shop_close(&shop);
}

static void test_a_label_that_never_reports_is_given_up_and_tried_again(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "silent", "bw29");
	label->silent = true;
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	shop_pass(&shop, 10 * MINUTE_MS, 10000);
	CHECK_TEXT(shop_label(&shop, L1)->error, "no report from the label");
	CHECK_INT(shop.labels->aps[0]->held, 0);
	CHECK(br_label_lost(shop_label(&shop, L1), shop.wall_ms));
	label->silent = false;
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK(!br_label_lost(shop_label(&shop, L1), shop.wall_ms));
	shop_close(&shop);
}

/* The job ended and the word of it never came: the access point's own reports tell. */
static void test_a_last_word_that_was_lost_is_noticed(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "last-word", "bw29");
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	br_text_finish(&shop.air.jobs[--shop.air.job_n].bytes);
	/* Once may be said of the time before the job. */
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','rssi':-60,'pend':0}]", L1);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','rssi':-60}]", L1);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','rssi':-60,'pend':1}]", L1);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','rssi':-60,'pend':0}]", L1);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	/* Another one never had it. */
	shop_say(&shop, "brap/1/ap-2/state", "{'on':true,'boot':1}");
	shop_say(&shop, "brap/1/ap-2/seen", "[{'l':'%s','rssi':-60,'pend':0}]", L1);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','rssi':-60,'pend':0}]", L1);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_RESTING);
	CHECK_TEXT(shop_label(&shop, L1)->error, "the access point has the job no more");
	CHECK_INT(shop.labels->aps[0]->held, 0);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(shop.air.jobs_seen, 2);
	shop_close(&shop);
}

static void test_an_access_point_with_a_newer_revision_is_overtaken(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "superseded");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	label = air_label_add(&shop.air, L1, "bw29");
	shop.air.aps[0].newest[0] = 1000000;
	shop_bind(&shop, L1, "A");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK(shop.air.jobs_seen > 1 && shop.air.jobs_seen < 10);
	CHECK(shop.air.last_rev >= 1000000);
	/* A restart does not begin below it again. */
	shop_restart(&shop);
	shop_price(&shop, "A", 260);
	shop.air.jobs_seen = 0;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.air.jobs_seen, 1);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_an_access_point_that_always_supersedes_does_not_spin(void)
{
	struct shop shop;

	shop_open(&shop, "spin");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	(void)air_label_add(&shop.air, L1, "bw29");
	shop.air.aps[0].newest[0] = UINT64_MAX;
	shop_bind(&shop, L1, "A");
	shop_pass(&shop, 10 * MINUTE_MS, 1000);
	CHECK(shop.air.jobs_seen < 25);
	CHECK_TEXT(shop_label(&shop, L1)->error, "the access point has a newer picture");
	shop_close(&shop);
}

static void test_an_access_point_that_restarts_gets_everything_again(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "reboot", "bw29");
	CHECK_INT(shop.air.job_n, 1);
	air_ap_restart(&shop.air, 0);
	CHECK_INT(shop.air.job_n, 0);
	shop_pump(&shop);
	CHECK_INT(shop.air.job_n, 1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	CHECK_INT(shop_label(&shop, L1)->tries, 0);
	shop_close(&shop);
}

static void test_an_access_point_that_was_away_goes_on_with_what_it_has(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "away", "bw29");
	air_ap_off(&shop.air, 0);
	shop_pass(&shop, 60 * MINUTE_MS, 10000);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	CHECK_INT(shop_label(&shop, L1)->tries, 0);
	/* A price that changes meanwhile waits for it, and goes as soon as it is there. */
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop.air.aps[0].on = true;
	air_ap_state(&shop.air, 0);
	shop_pump(&shop);
	CHECK_INT(shop.air.jobs_seen, 2);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	shop_close(&shop);
}

static void test_an_offer_to_an_access_point_that_went_away_comes_again(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "away-offered");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	label = air_label_add(&shop.air, L1, "bw29");
	shop_pass(&shop, 1000, 1000);
	/* It is gone before the node hears of it. */
	shop.air.aps[0].on = false;
	shop_bind(&shop, L1, "A");
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	air_ap_off(&shop.air, 0);
	shop_pass(&shop, 10 * MINUTE_MS, 1000);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	CHECK_INT(shop_label(&shop, L1)->tries, 0);
	shop.air.aps[0].on = true;
	air_ap_state(&shop.air, 0);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_another_access_point_takes_over(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "over", "bw29");
	(void)air_ap_add(&shop.air, "ap-2", 4);
	/* 5 dB better is not enough, 6 dB are; the job at the old one is taken back. */
	label->rssi[1] = -55;
	shop_say(&shop, "brap/1/ap-2/seen", "[{'l':'%s','type':'bw29','rssi':-55,'shown':null}]",
		L1);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-1");
	label->rssi[1] = -54;
	shop_say(&shop, "brap/1/ap-2/seen", "[{'l':'%s','type':'bw29','rssi':-54,'shown':null}]",
		L1);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-2");
	CHECK_INT(shop.air.cancels_seen, 1);
	CHECK_INT(shop.air.job_n, 1);
	CHECK_INT(shop.air.jobs[0].ap, 1);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	CHECK_INT(shop.labels->aps[1]->held, 1);
	/* While it is taking a picture no signal is good enough. */
	air_ack(&shop.air, label, "sending", "");
	shop_pump(&shop);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','type':'bw29','rssi':-10,'shown':null}]",
		L1);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-2");
	/* But an access point that is gone loses it at once. */
	air_ap_off(&shop.air, 1);
	shop_pump(&shop);
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','type':'bw29','rssi':-80,'shown':null}]",
		L1);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-1");
	label->rssi[1] = INT32_MIN;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_route_that_fell_silent_is_left(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "fell-silent", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	(void)air_ap_add(&shop.air, "ap-2", 4);
	label->rssi[0] = INT32_MIN;
	label->rssi[1] = -90;
	shop_pass(&shop, 14 * MINUTE_MS, 10000);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-1");
	shop_pass(&shop, 4 * MINUTE_MS, 10000);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-2");
	shop_price(&shop, "A", 260);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_an_access_point_that_does_not_hear_the_label_is_forgotten(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "no-label", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	label->rssi[0] = INT32_MIN;
	shop_price(&shop, "A", 260);
	CHECK(shop_label(&shop, L1)->ap == NULL);
	CHECK_TEXT(shop_label(&shop, L1)->error, "the access point does not hear it");
	label->rssi[0] = -60;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

/* Who says that it lost a label is left at once, though the next one hears it worse. */
static void test_an_access_point_that_lost_the_label_is_left(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "lost", "bw29");
	(void)air_ap_add(&shop.air, "ap-2", 4);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* Only the one that has it can lose it. */
	shop_say(&shop, "brap/1/ap-2/event/" L1, "{'ev':'lost'}");
	shop_say(&shop, "brap/1/ap-1/event/" L1, "{'ev':'found'}");
	shop_say(&shop, "brap/1/ap-1/event/" L2, "{'ev':'lost'}");
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-1");
	shop_price(&shop, "A", 260);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	label->rssi[0] = INT32_MIN;
	label->rssi[1] = -85;
	shop_say(&shop, "brap/1/ap-1/event/" L1, "{'ev':'lost'}");
	CHECK(shop_label(&shop, L1)->ap == NULL);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_STALE);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	CHECK_INT(shop.air.cancels_seen, 1);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	CHECK_TEXT(shop_label(&shop, L1)->ap->name, "ap-2");
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_the_window_is_never_passed(void)
{
	char id[BR_BRAP_LABEL_BYTES];
	struct shop shop;

	shop_open(&shop, "window");
	(void)air_ap_add(&shop.air, "ap-1", 3);
	shop.air.delay_ms = 4000;
	for (unsigned i = 0; i < AIR_LABELS; i++) {
		(void)snprintf(id, sizeof(id), "0000000000%02X", i);
		(void)air_label_add(&shop.air, id, i % 2 == 0 ? "bw29" : "bwr42");
		shop_bind(&shop, id, i % 3 == 0 ? "A" : "B");
	}
	for (int64_t minute = 0; minute < 10; minute++) {
		shop_price(&shop, "A", 300 + minute);
		for (unsigned second = 0; second < 60; second++) {
			shop_pass(&shop, 1000, 1000);
			CHECK(shop.labels->aps[0]->unacked <= 3);
		}
	}
	shop.air.delay_ms = 0;
	shop_pass(&shop, 20 * MINUTE_MS, 1000);
	for (unsigned i = 0; i < AIR_LABELS; i++)
		clean_check(&shop, &shop.air.labels[i]);
	CHECK_INT(shop.air.resent, 0);
	CHECK_INT(shop.labels->aps[0]->unacked, 0);
	CHECK_INT(shop.labels->aps[0]->held, 0);
	shop_close(&shop);
}

/* After a start all labels are drawn anew; a price that changes then does not wait behind them. */
static void test_what_somebody_changed_goes_first(void)
{
	struct air_label *label = NULL;
	char id[BR_BRAP_LABEL_BYTES];
	struct shop shop;

	shop_open(&shop, "first");
	(void)air_ap_add(&shop.air, "ap-1", 1);
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "0000000000%02X", i);
		label = air_label_add(&shop.air, id, "bw29");
		shop_bind(&shop, id, i < 19 ? "A" : "B");
	}
	shop_pass(&shop, 5 * MINUTE_MS, 1000);
	/* None of them shows anything any more, and their access point answers to nothing. */
	for (unsigned i = 0; i < 20; i++)
		shop.air.labels[i].blank = true;
	shop.air.mute = shop.air.lenient = true;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.labels->aps[0]->unacked, 1);
	CHECK(shop.labels->aps[0]->stale.n > 10);
	CHECK_INT(shop.labels->aps[0]->urgent.n, 0);
	CHECK_INT(shop.air.last_pri, 2);
	shop_price(&shop, "B", 222);
	CHECK(shop_label(&shop, label->id)->urgent);
	CHECK_INT(shop.labels->aps[0]->urgent.n, 1);
	/* It is the next one that has a place in the window. */
	for (unsigned i = 0; i < 60 && shop_label(&shop, label->id)->phase == BR_LABEL_STALE; i++)
		shop_pass(&shop, 1000, 1000);
	CHECK_INT(shop_label(&shop, label->id)->phase, BR_LABEL_OFFERED);
	CHECK_INT(shop.air.last_pri, 1);
	CHECK(shop.labels->aps[0]->stale.n > 10);
	shop.air.mute = false;
	shop_pass(&shop, 15 * MINUTE_MS, 1000);
	for (unsigned i = 0; i < 20; i++) {
		clean_check(&shop, &shop.air.labels[i]);
		CHECK(!shop_label(&shop, shop.air.labels[i].id)->urgent);
	}
	shop_close(&shop);
}

static void test_a_full_queue_is_not_filled_further(void)
{
	char id[BR_BRAP_LABEL_BYTES];
	struct shop shop;

	shop_open(&shop, "queue");
	(void)air_ap_add(&shop.air, "ap-1", 2);
	shop.air.aps[0].q_max = 3;
	air_ap_state(&shop.air, 0);
	for (unsigned i = 0; i < 8; i++) {
		(void)snprintf(id, sizeof(id), "0000000000%02X", i);
		air_check_in(&shop.air, air_label_add(&shop.air, id, "bw29"));
		shop_bind(&shop, id, "A");
	}
	shop_pass(&shop, 30000, 1000);
	CHECK_INT(shop.air.jobs_seen, 3);
	CHECK_INT(shop.labels->aps[0]->held, 3);
	/* Who supersedes takes no further room: three more jobs, in the places of the first. */
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.jobs_seen, 6);
	CHECK_INT(shop.air.job_n, 3);
	shop_pass(&shop, 10 * MINUTE_MS, 1000);
	for (unsigned i = 0; i < 8; i++)
		clean_check(&shop, &shop.air.labels[i]);
	shop_close(&shop);
}

static void test_large_pictures_go_in_parts(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "parts");
	(void)air_ap_add(&shop.air, "ap-1", 2);
	shop.air.aps[0].raw_only = true;
	shop.air.aps[0].msg_max = 20000;
	air_ap_state(&shop.air, 0);
	label = air_label_add(&shop.air, L1, "bw75");
	shop_bind(&shop, L1, "A");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(shop.air.parts_seen, 3); /* 48,000 bytes, 16,288 in each */
	/* The access point's limit is the smaller one here. */
	shop.air.aps[0].msg_max = 4096;
	air_ap_state(&shop.air, 0);
	shop_pump(&shop);
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.parts_seen, 3 + 12);
	/* When the broker goes away in the middle of it, all comes again. */
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop.fail_publish = 1;
	shop_price(&shop, "A", 270);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_READY);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_an_encoding_that_is_refused_is_not_used_again(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "enc");
	(void)air_ap_add(&shop.air, "ap-1", 2);
	label = air_label_add(&shop.air, L1, "bw29");
	shop.air.refuse = 100;
	shop.air.refusal = "bad_enc";
	shop_pass(&shop, 1000, 1000);
	shop_bind(&shop, L1, "A");
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK_INT(shop.labels->aps[0]->encoding, BR_ENCODING_RAW);
	CHECK_INT(shop.air.last_encoding, BR_ENCODING_RAW);
	CHECK_TEXT(shop_label(&shop, L1)->error, "bad_enc");
	shop.air.refuse = 0;
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_the_encoding_is_that_of_the_bytes(void)
{
	struct br_label_now *now;
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "enc-change", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* Drawn for zlib12; before it is sent the access point says that it takes raw only. */
	shop.connected = false;
	shop_price(&shop, "A", 260);
	now = br_labels_get(shop.labels, BR_STR(L1));
	CHECK_INT(now->phase, BR_LABEL_READY);
	CHECK_INT(now->encoding, BR_ENCODING_ZLIB12);
	shop_say(&shop, "brap/1/ap-1/state", "{'on':true,'boot':7,'win':4,'enc':['raw']}");
	shop.connected = true;
	shop_pump(&shop);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_restart_derives_everything_anew(void)
{
	struct air_label *first, *second;
	struct shop shop;

	first = shop_simple(&shop, "restart", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	second = air_label_add(&shop.air, L2, "bwr42");
	shop_bind(&shop, L2, "B");
	air_check_in(&shop.air, second);
	shop_pump(&shop);
	CHECK_INT(shop_label(&shop, L2)->phase, BR_LABEL_QUEUED);
	shop_restart(&shop);
	CHECK(br_labels_find(shop.labels, BR_STR(L1)) == NULL);
	/* A price that changes before the labels are heard counts as well. */
	shop_price(&shop, "B", 210);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, first);
	clean_check(&shop, second);
	CHECK_INT(first->pictures, 1);
	/* The old job may have been served at the check-in that brought the news. */
	CHECK(second->pictures <= 2);
	CHECK_INT(shop.air.needless, 0);
	shop_close(&shop);
}

static void test_the_word_of_a_job_from_before_the_start_counts(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "before", "bw29");
	shop_restart(&shop);
	/* The label is not heard of yet; the access point tells how the old job ended. */
	memcpy(label->shown, shop.air.last_hash, sizeof(label->shown));
	shop_say(&shop, ACK_TOPIC,
		"{'job':'%s','rev':%" PRIu64 ",'st':'shown','shown':'"
		"%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x'}",
		shop.air.last_job, shop.air.last_rev, label->shown[0], label->shown[1],
		label->shown[2], label->shown[3], label->shown[4], label->shown[5], label->shown[6],
		label->shown[7], label->shown[8], label->shown[9], label->shown[10],
		label->shown[11], label->shown[12], label->shown[13], label->shown[14],
		label->shown[15]);
	label->blank = false;
	{
		struct br_label row = shop_row(&shop, L1);

		CHECK(br_label_clean(&row));
		CHECK_STR(row.ap, "ap-1");
	}
	br_text_finish(&shop.air.jobs[--shop.air.job_n].bytes);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_close(&shop);
}

static void test_while_the_broker_is_away_no_deadline_counts(void)
{
	struct air_label *label;
	struct shop shop;

	shop_open(&shop, "broker");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	shop.air.mute = shop.air.lenient = true;
	label = air_label_add(&shop.air, L1, "bw29");
	shop_bind(&shop, L1, "A");
	air_check_in(&shop.air, label);
	shop_pump(&shop);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	shop.connected = false;
	shop.air.mute = false;
	shop_pass(&shop, 120 * MINUTE_MS, 10000);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_OFFERED);
	CHECK_INT(shop_label(&shop, L1)->tries, 0);
	shop.connected = true;
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_ready_job_waits_for_the_broker(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "ready", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop.connected = false;
	shop_price(&shop, "A", 260);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_READY);
	/* A change of a picture that has not left yet costs nothing but the drawing. */
	shop_price(&shop, "A", 270);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_READY);
	shop.connected = true;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(shop.air.jobs_seen, 2);
	/* Nor is one sent that the label turns out to show. */
	shop.connected = false;
	shop_price(&shop, "A", 280);
	{
		struct br_label_now *now = br_labels_get(shop.labels, BR_STR(L1));
		unsigned char hash[BR_PICTURE_HASH_BYTES];

		memcpy(hash, now->hash, sizeof(hash));
		memcpy(label->shown, hash, sizeof(hash));
		br_label_shows(shop.labels, now, now->ap, hash, 0);
	}
	shop.connected = true;
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.air.jobs_seen, 2);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_words_for_the_ledger_wait_for_room(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "room", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* Somebody else has filled the turn: more than half of it is not for labels. */
	shop_price(&shop, "A", 260);
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX / 2; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "fill-%u", i);
		(void)bench_submit(&shop.bench, id, "stock.move",
			"{'sku':'B','kind':'receive','quantity':1}", false);
	}
	air_check_in(&shop.air, label);
	(void)air_deliver(&shop.air);
	while (air_deliver(&shop.air))
		;
	CHECK_INT(br_core_turn_n(shop.bench.core), BR_TURN_COMMANDS_MAX / 2);
	CHECK(shop.labels->words_first != NULL);
	shop_pump(&shop);
	CHECK(shop.labels->words_first == NULL);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_words_for_the_ledger_wait_for_the_disk(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "disk", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_price(&shop, "A", 260);
	br_core_shed(shop.bench.core, BR_SHED_MOST);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	{
		struct br_label row = shop_row(&shop, L1);

		CHECK(!br_label_clean(&row));
	}
	CHECK_INT(label->pictures, 2);
	br_core_shed(shop.bench.core, BR_SHED_NOTHING);
	shop_pass(&shop, 2000, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_what_cannot_be_drawn_says_why(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "undrawable", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* Without a price there is nothing to show; the drawing names the box. */
	CHECK_INT(bench_do(&shop.bench, "product.upsert", "{'sku':'D','name':'Dates'}"), 0);
	/* A job at the access point must not come to the glass either. */
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.job_n, 1);
	shop_bind(&shop, L1, "D");
	CHECK_INT(shop.air.job_n, 0);
	CHECK_HAS(shop_label(&shop, L1)->error, "(price)");
	shop_pass(&shop, 90 * MINUTE_MS, 10000);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_FAILED, L1), 1);
	CHECK(shop_row(&shop, L1).error.n > 0);
	shop_price(&shop, "D", 100);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_display_without_template_says_so(void)
{
	struct shop shop;

	shop_open(&shop, "no-template");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	shop_pump(&shop);
	shop_say(&shop, "brap/1/ap-1/types", "{'displays':{'odd':{'w':200,'h':200,'bpp':1}}}");
	shop_say(
		&shop, "brap/1/ap-1/seen", "[{'l':'%s','type':'odd','rssi':-60,'shown':null}]", L1);
	shop_bind(&shop, L1, "A");
	CHECK_TEXT(shop_label(&shop, L1)->error, "no template has 200 by 200 pixels");
	/* A type that its access point never told of keeps the label waiting, at no cost. */
	(void)air_label_add(&shop.air, L2, "bw29");
	shop_say(&shop, "brap/1/ap-1/seen", "[{'l':'%s','type':'unheard','rssi':-60}]", L2);
	shop_bind(&shop, L2, "A");
	CHECK_INT(shop_label(&shop, L2)->phase, BR_LABEL_STALE);
	CHECK_INT(shop.labels->stranded.n, 1);
	shop_say(&shop, "brap/1/ap-1/types",
		"{'displays':{'unheard':{'w':296,'h':128,'bpp':1,'rot':1}}}");
	CHECK_INT(shop_label(&shop, L2)->phase, BR_LABEL_QUEUED);
	shop_close(&shop);
}

static void test_thousands_of_stale_labels_cost_nothing_while_none_can_be_drawn(void)
{
	const struct br_label_now *label = NULL;
	char id[BR_BRAP_LABEL_BYTES];
	struct shop shop;
	int64_t bound_ms;

	shop_open(&shop, "thousands");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	air_ap_off(&shop.air, 0);
	shop_pump(&shop);
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(id, sizeof(id), "00000000%04X", i);
		(void)bench_submit(&shop.bench, id, "label.bind",
			bench_quote("{'label':'000000000000','sku':'A'}"), false);
		(void)bench_do(&shop.bench, "label.bind", "{'label':'%s','sku':'A'}", id);
		if (i % 2 == 0)
			shop_say(&shop, "brap/1/ap-1/seen",
				"[{'l':'%s','type':'bw29','rssi':-60,'shown':null}]", id);
	}
	shop_pump(&shop);
	CHECK_INT(stale_n(shop.labels->aps[0]) + shop.labels->stranded.n, 3000);
	bound_ms = shop.wall_ms;
	for (unsigned i = 0; i < 200; i++)
		shop_pass(&shop, 1000, 1000);
	while ((label = br_labels_next(
			shop.labels, br_str_from(label != NULL ? label->label : ""))) != NULL)
		CHECK_INT(label->changed_ms, bound_ms);
	CHECK_INT(shop.labels->drawings, 0);
	shop_close(&shop);
}

static void test_a_picture_for_an_access_point_that_left_is_drawn_anew(void)
{
	struct br_label_now *now;
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "left", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	now = br_labels_get(shop.labels, BR_STR(L1));
	/* It leaves while a picture for it is ready … */
	shop.connected = false;
	shop_price(&shop, "A", 260);
	CHECK_INT(now->phase, BR_LABEL_READY);
	shop_say(&shop, "brap/1/ap-1/state", "{'on':false}");
	CHECK_INT(now->phase, BR_LABEL_STALE);
	CHECK_INT(shop.labels->aps[0]->unacked, 0);
	shop.connected = true;
	shop_say(&shop, "brap/1/ap-1/state", "{'on':true,'boot':7,'win':4,'enc':['raw']}");
	CHECK_INT(now->phase, BR_LABEL_QUEUED);
	/* … and while one is drawn. */
	br_label_stale(shop.labels, now);
	br_labels_draw(shop.labels);
	CHECK_INT(now->phase, BR_LABEL_RENDERING);
	shop_price(&shop, "B", 270);
	br_label_stale(shop.labels, now);
	br_labels_draw(shop.labels);
	shop_bind(&shop, L1, "C");
	br_label_stale(shop.labels, now);
	br_labels_draw(shop.labels);
	CHECK_INT(now->phase, BR_LABEL_RENDERING);
	br_label_older_forget(now);
	shop_say(&shop, "brap/1/ap-1/state", "{'on':false}");
	CHECK(now->phase <= BR_LABEL_STALE);
	shop_say(&shop, "brap/1/ap-1/state", "{'on':true,'boot':7,'win':4,'enc':['raw']}");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_every_word_of_failure_is_a_try(void)
{
	static const struct {
		const char *status, *more, *error;
	} cases[] = {
		{"failed", ",'err':'radio'", "radio"},
		{"failed", "", "failed"},
		{"expired", "", "expired"},
		{"refused", ",'err':'low_batt','mv':2100", "low_batt"},
		{"refused", ",'err':'no_such_error_is_known'", "no_such_error_is_known"},
		{"refused", "", "refused"},
	};
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "failures", "bw29");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		shop_price(&shop, "A", 300 + i);
		air_ack(&shop.air, label, cases[i].status, cases[i].more);
		shop_pump(&shop);
		CHECK_TEXT(shop_label(&shop, L1)->error, cases[i].error);
		CHECK_INT(shop_label(&shop, L1)->tries, 1);
		CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_RESTING);
		CHECK_INT(shop.labels->aps[0]->held, 0);
	}
	CHECK_INT(shop_label(&shop, L1)->mv, 2100);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_an_access_point_that_is_full_is_left_alone_for_longer(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "no-space", "bw29");
	shop_say(&shop, ACK_TOPIC, "{'job':'%s','st':'refused','err':'no_space'}",
		shop.air.last_job);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_STALE);
	shop_pass(&shop, 29000, 1000);
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_pass(&shop, 1000, 1000);
	CHECK_INT(shop.air.jobs_seen, 2);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_job_that_cannot_be_sent_does_not_hold_up_the_others(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "unsendable", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop.publish_error = BR_E_TOO_LARGE;
	shop_price(&shop, "A", 260);
	CHECK_TEXT(shop_label(&shop, L1)->error, br_error_text(BR_E_TOO_LARGE));
	CHECK_INT(shop.labels->ready.n, 0);
	shop.publish_error = 0;
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_display_that_changes_is_drawn_anew(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "display", "bw29");
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	label->display.rotation = 3;
	shop_say(&shop, "brap/1/ap-1/types",
		"{'displays':{'bw29':{'w':296,'h':128,'bpp':1,'rot':3}}}");
	CHECK_INT(shop.air.jobs_seen, 2);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	CHECK_INT(label->pictures, 1);
	shop_close(&shop);
}

static void test_many_that_cannot_be_drawn_all_say_so(void)
{
	char id[BR_BRAP_LABEL_BYTES];
	struct shop shop;

	shop_open(&shop, "many");
	(void)air_ap_add(&shop.air, "ap-1", 4);
	shop_pump(&shop);
	shop_say(&shop, "brap/1/ap-1/types", "{'displays':{'odd':{'w':200,'h':200,'bpp':1}}}");
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(id, sizeof(id), "0000000000%02X", i);
		(void)bench_do(&shop.bench, "label.bind", "{'label':'%s','sku':'A'}", id);
	}
	shop_pump(&shop);
	for (unsigned i = 0; i < 100; i++) {
		struct br_message message = {.topic = BR_STR("brap/1/ap-1/seen")};
		char text[128];

		(void)snprintf(text, sizeof(text), "[{'l':'0000000000%02X','type':'odd'}]", i);
		message.payload = br_str_from(bench_quote(text));
		br_labels_message(shop.labels, &message);
	}
	CHECK_INT(stale_n(shop.labels->aps[0]), 100);
	/* A few in each turn, so that tills need not wait. */
	for (unsigned i = 0; i < 7; i++)
		shop_pump(&shop);
	CHECK_INT(stale_n(shop.labels->aps[0]), 0);
	CHECK_INT(shop.labels->due.n, 100);
	shop_close(&shop);
}

/* How a phase is reached from rest: each is one move behind the one before. */
static void phase_reach(struct shop *shop, struct br_label_now *label, enum br_label_phase phase)
{
	label->due_boot_ms = 0;
	for (unsigned next = BR_LABEL_STALE; next <= phase; next++)
		br_label_move(shop->labels, label, (enum br_label_phase)next);
}

static void test_every_move_keeps_the_counts(void)
{
	static const bool allowed[BR_LABEL_PHASES][BR_LABEL_PHASES] = {
		[BR_LABEL_RESTING] = {[BR_LABEL_STALE] = true},
		[BR_LABEL_STALE] = {[BR_LABEL_RESTING] = true, [BR_LABEL_RENDERING] = true},
		[BR_LABEL_RENDERING] = {[BR_LABEL_RESTING] = true,
			[BR_LABEL_STALE] = true,
			[BR_LABEL_READY] = true,
			[BR_LABEL_QUEUED] = true},
		[BR_LABEL_READY] = {[BR_LABEL_RESTING] = true,
			[BR_LABEL_STALE] = true,
			[BR_LABEL_OFFERED] = true},
		[BR_LABEL_OFFERED] = {[BR_LABEL_RESTING] = true,
			[BR_LABEL_STALE] = true,
			[BR_LABEL_OFFERED] = true,
			[BR_LABEL_QUEUED] = true,
			[BR_LABEL_SENDING] = true},
		[BR_LABEL_QUEUED] = {[BR_LABEL_RESTING] = true,
			[BR_LABEL_STALE] = true,
			[BR_LABEL_QUEUED] = true,
			[BR_LABEL_SENDING] = true},
		[BR_LABEL_SENDING] = {[BR_LABEL_RESTING] = true,
			[BR_LABEL_STALE] = true,
			[BR_LABEL_QUEUED] = true,
			[BR_LABEL_SENDING] = true},
	};
	const struct br_access_point *ap;
	struct br_label_now *label;
	struct shop shop;

	(void)shop_simple(&shop, "moves", "bw29");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	label = br_labels_get(shop.labels, BR_STR(L1));
	ap = shop.labels->aps[0];
	for (unsigned from = 0; from < BR_LABEL_PHASES; from++) {
		for (unsigned to = 0; to < BR_LABEL_PHASES; to++) {
			if (!allowed[from][to])
				continue;
			phase_reach(&shop, label, (enum br_label_phase)from);
			br_label_move(shop.labels, label, (enum br_label_phase)to);
			CHECK_INT(label->phase, to);
			CHECK_INT(ap->unacked, to >= BR_LABEL_RENDERING && to <= BR_LABEL_OFFERED);
			CHECK_INT(ap->held, to >= BR_LABEL_QUEUED);
			CHECK_INT(stale_n(ap), to == BR_LABEL_STALE);
			CHECK_INT(shop.labels->ready.n, to == BR_LABEL_READY);
			CHECK_INT(shop.labels->under_way.n,
				to == BR_LABEL_RENDERING || to >= BR_LABEL_OFFERED);
			if (to != BR_LABEL_RESTING)
				br_label_move(shop.labels, label, BR_LABEL_RESTING);
		}
	}
	CHECK_INT(ap->unacked + ap->held + stale_n(ap), 0);
	shop_close(&shop);
}

/* What an order keeps back is not to be had any more, and the label says so. */
static void test_an_order_changes_the_stock_on_the_label(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "kept", "bw75"); /* its template shows the stock */
	CHECK_INT(bench_do(&shop.bench, "stock.move", "{'sku':'A','kind':'receive','quantity':9}"),
		0);
	CHECK_INT(bench_do(&shop.bench, "order.offer",
			  "{'order':'O','lines':[{'line':'1','sku':'A','quantity':4}]}"),
		0);
	/* The first picture, and the one with what was received; an offer keeps nothing back. */
	shop_pass(&shop, 70 * MINUTE_MS, 10000);
	CHECK_INT(shop.air.jobs_seen, 2);
	CHECK_INT(bench_do(&shop.bench, "order.accept", "{'order':'O'}"), 0);
	shop_pass(&shop, 70 * MINUTE_MS, 10000);
	CHECK_INT(shop.air.jobs_seen, 3);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_stock_alone_is_drawn_within_the_hour(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_simple(&shop, "stock", "bw75"); /* its template shows the stock */
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(shop.air.jobs_seen, 1);
	for (unsigned i = 0; i < 10; i++) {
		CHECK_INT(bench_do(&shop.bench, "sale.record",
				  "{'till':'t1','lines':[{'sku':'A','quantity':1,'price':2.5}]}"),
			0);
		shop_pass(&shop, 5 * MINUTE_MS, 10000);
	}
	CHECK_INT(shop.air.jobs_seen, 1);
	shop_pass(&shop, 15 * MINUTE_MS, 10000);
	CHECK_INT(shop.air.jobs_seen, 2);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_malformed_messages_are_counted_and_change_nothing(void)
{
	static const char *const payloads[] = {"", "{", "[]", "null", "{'on':1}", "{'displays':[]}",
		"{'job':'x','st':'eaten'}", "[{'l':'x'}]", "[1,2,{}]"};
	static const char *const topics[] = {
		"brap/1/ap-1/state", "brap/1/ap-1/types", "brap/1/ap-1/seen", ACK_TOPIC};
	struct air_label *label;
	struct shop shop;
	uint64_t before;

	label = shop_simple(&shop, "malformed", "bw29");
	before = br_metric_get(BR_METRIC_LABEL_MALFORMED);
	for (unsigned i = 0; i < BR_ARRAY_LEN(topics); i++)
		for (unsigned n = 0; n < BR_ARRAY_LEN(payloads); n++)
			shop_say(&shop, topics[i], "%s", payloads[n]);
	CHECK(br_metric_get(BR_METRIC_LABEL_MALFORMED) >= before + 30);
	before = br_metric_get(BR_METRIC_LABEL_MALFORMED);
	shop_say(&shop, "brap/2/ap-1/state", "{'on':true}");
	shop_say(&shop, "brap/1/AP/state", "{'on':true}");
	shop_say(&shop, "brap/1/ap-1/ack/nolabel", "{'job':'x','st':'shown'}");
	CHECK_INT(br_metric_get(BR_METRIC_LABEL_MALFORMED), before + 3);
	/* Our own messages, seen again by whoever subscribes more, are none. */
	shop_say(&shop, "brap/1/ap-1/job/" L1, "{}");
	shop_say(&shop, "brap/1/ap-1/job/" L1 "/3", "{}");
	shop_say(&shop, "brap/1/ap-1/cmd/" L1, "{}");
	shop_say(&shop, "brap/1/ap-1/event/" L1, "{'ev':'button1'}");
	CHECK_INT(br_metric_get(BR_METRIC_LABEL_MALFORMED), before + 3);
	shop_say(&shop, "brap/1/ap-1/event/" L1, "{'ev':'button9'}");
	shop_say(&shop, "brap/1/ap-1/event/" L1, "lost");
	CHECK_INT(br_metric_get(BR_METRIC_LABEL_MALFORMED), before + 5);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void test_a_way_of_writing_that_cannot_be_is_refused(void)
{
	struct br_labels_options options;
	struct br_labels *labels = NULL;
	struct br_fault fault = {""};
	struct shop shop;

	shop_open(&shop, "writing");
	options = shop.labels->options;
	options.templates = "nowhere";
	options.place.date_form = "soon";
	CHECK_INT(br_labels_create(&options, &labels, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "[labels]: date_form is \"soon\"; d.m.y, ");
	CHECK(labels == NULL);
	shop_close(&shop);
}

static void test_access_points_have_a_limit(void)
{
	char topic[64];
	struct shop shop;

	shop_open(&shop, "limit");
	for (unsigned i = 0; i < BR_ACCESS_POINTS_MAX + 5; i++) {
		(void)snprintf(topic, sizeof(topic), "brap/1/ap-%u/state", i);
		shop_say(&shop, topic, "{'on':true,'boot':1}");
	}
	CHECK_INT(shop.labels->ap_n, BR_ACCESS_POINTS_MAX);
	shop_close(&shop);
}

static void test_the_preview_is_the_picture(void)
{
	struct br_fault fault = {""};
	struct br_text png;
	struct shop shop;

	(void)shop_simple(&shop, "preview", "bwr42");
	br_text_init(&png, 1 << 20);
	CHECK_INT(br_labels_picture(shop.labels, BR_STR(L1), &png, &fault), 0);
	CHECK(png.n > 100 && memcmp(png.bytes, "\x89PNG", 4) == 0);
	br_text_clear(&png);
	CHECK_INT(br_labels_picture(shop.labels, BR_STR(L2), &png, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "is not bound");
	/* Bound, but never heard: as on the commonest label. */
	shop_bind(&shop, L2, "B");
	CHECK_INT(br_labels_picture(shop.labels, BR_STR(L2), &png, &fault), 0);
	br_text_finish(&png);
	shop_close(&shop);
}

/* A reader as the web thread is one. */
struct reader {
	struct shop *shop;
	atomic_bool ending;
	atomic_uint found;
};

static void *reader_run(void *argument)
{
	struct reader *reader = argument;
	struct br_labels *labels = reader->shop->labels;

	while (!atomic_load(&reader->ending)) {
		const struct br_label_now *label;
		struct br_fault fault = {""};
		struct br_text png;

		br_labels_lock(labels);
		label = br_labels_next(labels, (struct br_str){NULL, 0});
		if (label != NULL && label->phase <= BR_LABEL_SENDING)
			atomic_fetch_add(&reader->found, 1);
		br_labels_unlock(labels);
		br_text_init(&png, 1 << 20);
		(void)!br_labels_picture(labels, BR_STR(L1), &png, &fault);
		br_text_finish(&png);
	}
	return NULL;
}

static void test_another_thread_may_look(void)
{
	struct reader reader = {.ending = false};
	struct air_label *label;
	pthread_t thread;
	struct shop shop;

	label = shop_simple(&shop, "thread", "bw29");
	reader.shop = &shop;
	REQUIRE(pthread_create(&thread, NULL, reader_run, &reader) == 0);
	/* As often as it takes the other thread to get its turns, within reason. */
	for (int64_t i = 0; i < 20 || (i < 2000 && atomic_load(&reader.found) < 5); i++) {
		shop_price(&shop, "A", 300 + i % 50);
		shop_pass(&shop, MINUTE_MS, 10000);
	}
	atomic_store(&reader.ending, true);
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK(atomic_load(&reader.found) > 0);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	clean_check(&shop, label);
	shop_close(&shop);
}

static void random_fault(struct shop *shop)
{
	struct air *air = &shop->air;
	unsigned ap = (unsigned)(test_random() % air->ap_n);

	switch (test_random() % 12) {
	case 0:
		air_ap_restart(air, ap);
		return;
	case 1:
		air_ap_off(air, ap);
		return;
	case 2:
	case 3:
		air->aps[ap].on = true;
		air_ap_state(air, ap);
		return;
	case 4:
		shop_restart(shop);
		return;
	case 5:
		shop->connected = !shop->connected;
		return;
	case 6:
		air->labels[test_random() % air->label_n].blank = true;
		return;
	case 7:
		air->labels[test_random() % air->label_n].rssi[ap] =
			test_random() % 3 == 0 ? INT32_MIN : -(int32_t)(40 + test_random() % 50);
		return;
	case 8:
		air->aps[ap].msg_max = test_random() % 2 == 0 ? 0 : 2048;
		return;
	case 9:
		air->aps[ap].raw_only = test_random() % 2 == 0;
		return;
	default:
		shop->fail_publish = (unsigned)(test_random() % 4);
		return;
	}
}

static void random_deed(struct shop *shop)
{
	static const char *const skus[] = {"A", "B", "C"};
	const char *sku = skus[test_random() % 3];
	const char *label = shop->air.labels[test_random() % shop->air.label_n].id;

	switch (test_random() % 8) {
	case 0:
		(void)bench_do(&shop->bench, "label.unbind", "{'label':'%s'}", label);
		break;
	case 1:
	case 2:
		shop_bind(shop, label, sku);
		break;
	default:
		/* Few prices, so that they go back and forth too. */
		shop_price(shop, sku, 200 + (int64_t)(test_random() % 4));
		break;
	}
	shop_pump(shop);
}

static void everything_well_again(struct shop *shop)
{
	struct air *air = &shop->air;

	air->lose_acks = air->double_acks = air->radio_loss = air->refuse = 0;
	air->delay_ms = 0;
	shop->connected = true;
	shop->fail_publish = 0;
	for (unsigned ap = 0; ap < air->ap_n; ap++) {
		air->aps[ap].on = true;
		air_ap_state(air, ap);
	}
	for (unsigned i = 0; i < air->label_n; i++)
		air->labels[i].rssi[i % air->ap_n] = -50;
	/* The slowest try comes after an hour, and a job of an access point that forgot it after
	 * two check-ins. */
	shop_pass(shop, 150 * MINUTE_MS, 5000);
}

static void random_run(const char *name)
{
	static const char *const types[] = {"bw29", "bwr42", "bw29", "bw75"};
	char id[BR_BRAP_LABEL_BYTES];
	unsigned heard = 0;
	struct shop shop;

	shop_open(&shop, name);
	shop.air.lenient = true;
	shop.air.lose_acks = (unsigned)(test_random() % 30);
	shop.air.double_acks = (unsigned)(test_random() % 30);
	shop.air.radio_loss = (unsigned)(test_random() % 30);
	shop.air.refuse = (unsigned)(test_random() % 20);
	shop.air.delay_ms = (int64_t)(test_random() % 8000);
	(void)air_ap_add(&shop.air, "ap-1", 1 + (unsigned)(test_random() % 4));
	(void)air_ap_add(&shop.air, "ap-2", 1 + (unsigned)(test_random() % 4));
	for (unsigned i = 0; i < 12; i++) {
		(void)snprintf(id, sizeof(id), "0000000000%02X", i);
		air_label_add(&shop.air, id, types[i % 4])->rssi[i % 2] = -70;
	}
	for (unsigned step = 0; step < 600; step++) {
		if (test_random() % 4 == 0)
			random_deed(&shop);
		if (test_random() % 12 == 0)
			random_fault(&shop);
		shop_pass(&shop, 2000, 2000);
	}
	everything_well_again(&shop);
	for (unsigned i = 0; i < shop.air.label_n; i++) {
		const struct br_label_now *now = shop_label(&shop, shop.air.labels[i].id);

		if (now->bound)
			clean_check(&shop, &shop.air.labels[i]);
		else if (now->ours)
			shop_shows_check(&shop, &shop.air.labels[i]);
		heard += now->bound;
	}
	CHECK(heard > 0 && shop.air.jobs_seen > 20);
	for (unsigned ap = 0; ap < shop.labels->ap_n; ap++) {
		CHECK_INT(shop.labels->aps[ap]->unacked, 0);
		CHECK_INT(shop.labels->aps[ap]->held, 0);
	}
	shop_close(&shop);
}

static void test_whatever_happens_all_labels_come_right(void)
{
	random_run("random-1");
	random_run("random-2");
	random_run("random-3");
}

int main(int argc, char **argv)
{
	/* Access points come and go here all the time. */
	br_log_level_set(BR_LOG_ERR);
	TEST(test_a_bound_label_comes_to_show_its_product);
	TEST(test_a_change_that_makes_no_difference_sends_nothing);
	TEST(test_the_latest_price_supersedes_at_once);
	TEST(test_a_label_that_is_taking_a_picture_is_superseded_too);
	TEST(test_a_change_while_offered_waits_for_the_answer);
	TEST(test_an_unanswered_offer_gives_way_to_a_change);
	TEST(test_a_price_that_goes_back_takes_the_job_back);
	TEST(test_a_late_drawing_is_not_taken_for_a_newer_one);
	TEST(test_dropped_while_drawing_is_drawn_again);
	TEST(test_acknowledgements_come_twice);
	TEST(test_an_old_word_of_shown_is_not_believed);
	TEST(test_a_blank_label_gets_its_picture_again);
	TEST(test_a_label_that_keeps_denying_is_sent_ever_more_slowly);
	TEST(test_a_picture_that_is_there_after_all_ends_the_job);
	TEST(test_another_picture_than_sent_is_a_failure);
	TEST(test_retries_come_ever_more_slowly_and_end_on_the_failed_list);
	TEST(test_an_access_point_that_is_busy_is_left_alone);
	TEST(test_an_offer_without_answer_is_sent_again);
	TEST(test_a_label_that_never_reports_is_given_up_and_tried_again);
	TEST(test_a_last_word_that_was_lost_is_noticed);
	TEST(test_an_access_point_with_a_newer_revision_is_overtaken);
	TEST(test_an_access_point_that_always_supersedes_does_not_spin);
	TEST(test_an_access_point_that_restarts_gets_everything_again);
	TEST(test_an_access_point_that_was_away_goes_on_with_what_it_has);
	TEST(test_an_offer_to_an_access_point_that_went_away_comes_again);
	TEST(test_another_access_point_takes_over);
	TEST(test_a_route_that_fell_silent_is_left);
	TEST(test_an_access_point_that_does_not_hear_the_label_is_forgotten);
	TEST(test_an_access_point_that_lost_the_label_is_left);
	TEST(test_the_window_is_never_passed);
	TEST(test_what_somebody_changed_goes_first);
	TEST(test_a_full_queue_is_not_filled_further);
	TEST(test_large_pictures_go_in_parts);
	TEST(test_an_encoding_that_is_refused_is_not_used_again);
	TEST(test_the_encoding_is_that_of_the_bytes);
	TEST(test_a_restart_derives_everything_anew);
	TEST(test_the_word_of_a_job_from_before_the_start_counts);
	TEST(test_while_the_broker_is_away_no_deadline_counts);
	TEST(test_a_ready_job_waits_for_the_broker);
	TEST(test_words_for_the_ledger_wait_for_room);
	TEST(test_words_for_the_ledger_wait_for_the_disk);
	TEST(test_what_cannot_be_drawn_says_why);
	TEST(test_a_display_without_template_says_so);
	TEST(test_thousands_of_stale_labels_cost_nothing_while_none_can_be_drawn);
	TEST(test_a_picture_for_an_access_point_that_left_is_drawn_anew);
	TEST(test_every_word_of_failure_is_a_try);
	TEST(test_an_access_point_that_is_full_is_left_alone_for_longer);
	TEST(test_a_job_that_cannot_be_sent_does_not_hold_up_the_others);
	TEST(test_a_display_that_changes_is_drawn_anew);
	TEST(test_many_that_cannot_be_drawn_all_say_so);
	TEST(test_every_move_keeps_the_counts);
	TEST(test_stock_alone_is_drawn_within_the_hour);
	TEST(test_an_order_changes_the_stock_on_the_label);
	TEST(test_malformed_messages_are_counted_and_change_nothing);
	TEST(test_a_way_of_writing_that_cannot_be_is_refused);
	TEST(test_access_points_have_a_limit);
	TEST(test_the_preview_is_the_picture);
	TEST(test_another_thread_may_look);
	TEST(test_whatever_happens_all_labels_come_right);
	return test_end(argc, argv);
}
