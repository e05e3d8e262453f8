/*
 * What stands on a label that belongs to no product any more: nothing that a shopper could take for
 * an offer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crypto.h"
#include "node/log.h"
#include "tests/esl/label_shop.h"

#define L1 "0000000000A1"
#define L2 "0000000000A2"
#define MINUTE_MS INT64_C(60000)
#define PATH_BYTES 1024

/* A shop with one access point and label L1, which is bound to A and shows it. */
static struct air_label *shop_shown(struct shop *shop, const char *name, const char *type)
{
	struct air_label *label;

	shop_open(shop, name);
	(void)air_ap_add(&shop->air, "ap-1", 4);
	label = air_label_add(&shop->air, L1, type);
	shop_bind(shop, L1, "A");
	shop_pass(shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 1);
	return label;
}

/* Every pixel of the glass is white, whatever the daemon says, and the ledger knows. */
static void white_check(struct shop *shop, const struct air_label *label)
{
	size_t n = (label->display.w * (size_t)label->display.h + 7) / 8 *
		   br_display_planes(&label->display);
	unsigned char digest[BR_SHA256_BYTES], *planes = calloc(1, n);
	struct br_label row = shop_row(shop, label->id);

	REQUIRE(planes != NULL);
	br_sha256(planes, n, digest);
	free(planes);
	CHECK(!label->blank && memcmp(label->shown, digest, sizeof(label->shown)) == 0);
	CHECK(memcmp(row.shown, digest, sizeof(row.shown)) == 0);
	CHECK_INT(row.sku.n, 0);
	CHECK_INT(row.wanted_rev, 0);
	CHECK_INT(row.dirty_since, 0);
	shop_shows_check(shop, label);
}

static void test_an_unbound_label_turns_white(void)
{
	static const char *const types[] = {"bw29", "bwr42", "bw75"};

	for (size_t i = 0; i < BR_ARRAY_LEN(types); i++) {
		struct air_label *label;
		struct shop shop;

		label = shop_shown(&shop, types[i], types[i]);
		shop_unbind(&shop, L1);
		CHECK_INT(shop.air.jobs_seen, 2);
		shop_pass(&shop, 2 * MINUTE_MS, 1000);
		white_check(&shop, label);
		CHECK_INT(label->pictures, 2);
		/* That was it: neither time nor the product it had brings anything. */
		shop_price(&shop, "A", 260);
		shop_pass(&shop, 180 * MINUTE_MS, 10000);
		CHECK_INT(shop.air.jobs_seen, 2);
		CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_SHOWN, L1), 3);
		CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_FAILED, L1), 0);
		shop_close(&shop);
	}
}

static void test_what_is_under_way_does_not_come_to_it(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_shown(&shop, "under-way", "bw29");
	shop_price(&shop, "A", 260);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_QUEUED);
	shop_unbind(&shop, L1);
	CHECK_INT(shop.air.cancels_seen, 1);
	CHECK_INT(shop.air.job_n, 1);
	CHECK_INT(shop.labels->aps[0]->held, 1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	white_check(&shop, label);
	CHECK_INT(label->pictures, 2);
	shop_close(&shop);
}

/* Unbound in whatever phase its delivery is, it comes to be white. */
static void test_unbound_in_every_phase(void)
{
	static const enum br_label_phase phases[] = {BR_LABEL_STALE, BR_LABEL_READY,
		BR_LABEL_OFFERED, BR_LABEL_QUEUED, BR_LABEL_SENDING};

	for (size_t i = 0; i < BR_ARRAY_LEN(phases); i++) {
		struct air_label *label;
		struct shop shop;
		char name[32];

		(void)snprintf(name, sizeof(name), "phase-%zu", i);
		label = shop_shown(&shop, name, "bw29");
		shop.air.lenient = true;
		shop.connected = phases[i] != BR_LABEL_READY;
		shop.air.mute = phases[i] == BR_LABEL_OFFERED;
		if (phases[i] == BR_LABEL_STALE)
			air_ap_off(&shop.air, 0);
		shop_pump(&shop);
		shop_price(&shop, "A", 260);
		if (phases[i] == BR_LABEL_SENDING)
			air_ack(&shop.air, label, "sending", "");
		shop_pump(&shop);
		CHECK_INT(shop_label(&shop, L1)->phase, phases[i]);
		shop_unbind(&shop, L1);
		shop.connected = true;
		shop.air.mute = false;
		shop.air.aps[0].on = true;
		air_ap_state(&shop.air, 0);
		shop_pass(&shop, 5 * MINUTE_MS, 1000);
		white_check(&shop, label);
		shop_close(&shop);
	}
}

static void test_nothing_is_sent_anew_after_a_start(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_shown(&shop, "restart", "bw29");
	shop_unbind(&shop, L1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_restart(&shop);
	shop_pass(&shop, 10 * MINUTE_MS, 1000);
	white_check(&shop, label);
	CHECK_INT(shop.air.jobs_seen, 2);
	/* But what was not done before the start is done after it. */
	shop_bind(&shop, L1, "B");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 3);
	air_ap_off(&shop.air, 0);
	shop_pump(&shop);
	shop_unbind(&shop, L1);
	shop_restart(&shop);
	shop.air.aps[0].on = true;
	air_ap_state(&shop.air, 0);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	white_check(&shop, label);
	CHECK_INT(label->pictures, 4);
	shop_close(&shop);
}

/* A label that is moved to another product at once pays for one picture, not for two. */
static void test_a_new_product_supersedes_the_white(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_shown(&shop, "moved", "bw29");
	shop_unbind(&shop, L1);
	shop_bind(&shop, L1, "B");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_shows_check(&shop, label);
	CHECK_INT(label->pictures, 2);
	{
		struct br_label row = shop_row(&shop, L1);

		CHECK(br_label_clean(&row));
		CHECK_STR(row.sku, "B");
	}
	/* Nor does it pay for any when it gets back what it shows. */
	shop_unbind(&shop, L1);
	shop_bind(&shop, L1, "B");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 2);
	/* Bound to another one while that is under way, it never shows what came between. */
	shop_price(&shop, "B", 222);
	shop_bind(&shop, L1, "C");
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_shows_check(&shop, label);
	CHECK_INT(label->pictures, 3);
	shop_close(&shop);
}

/* Paper keeps its picture when the label forgets which it is: it is made white once more. */
static void test_a_label_that_forgot_its_picture_is_made_white_again(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_shown(&shop, "forgot", "bw29");
	shop_unbind(&shop, L1);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	label->blank = true;
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	white_check(&shop, label);
	CHECK_INT(label->pictures, 3);
	shop_close(&shop);
}

/* Nobody said that it is ours: it may be another store's, or show its own code to be scanned. */
static void test_a_label_that_was_never_bound_is_left_alone(void)
{
	struct air_label *label;
	struct shop shop;

	(void)shop_shown(&shop, "strange", "bw29");
	label = air_label_add(&shop.air, L2, "bw29");
	label->blank = false;
	memset(label->shown, 7, sizeof(label->shown));
	shop_pass(&shop, 30 * MINUTE_MS, 10000);
	CHECK_INT(shop.air.jobs_seen, 1);
	CHECK_INT(label->pictures, 0);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_SHOWN, L2), 0);
	CHECK(!shop_label(&shop, L2)->ours);
	shop_close(&shop);
}

/* The failed list is about products' labels; an unbound one is tried for ever, in silence. */
static void test_one_that_cannot_be_reached_is_tried_on(void)
{
	struct air_label *label;
	struct shop shop;

	label = shop_shown(&shop, "unreachable", "bw29");
	shop.air.refuse = 100;
	shop.air.refusal = "radio";
	shop_unbind(&shop, L1);
	shop_pass(&shop, 200 * MINUTE_MS, 10000);
	CHECK_INT(shop_events(&shop, BR_EVENT_LABEL_FAILED, L1), 0);
	CHECK(shop_label(&shop, L1)->tries > BR_LABEL_RETRIES);
	shop.air.refuse = 0;
	shop_pass(&shop, 70 * MINUTE_MS, 10000);
	white_check(&shop, label);
	shop_close(&shop);
}

static void test_a_product_that_is_gone_has_no_price(void)
{
	struct br_fault fault = {""};
	struct air_label *label;
	struct br_label row;
	struct br_text png;
	struct shop shop;

	label = shop_shown(&shop, "gone", "bw29");
	shop_price(&shop, "A", 260);
	CHECK_INT(shop.air.job_n, 1);
	CHECK_INT(bench_do(&shop.bench, "product.remove", "{'sku':'A'}"), 0);
	shop_pump(&shop);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	/* The shipped template says "not for sale". */
	shop_shows_check(&shop, label);
	row = shop_row(&shop, L1);
	CHECK(br_label_clean(&row));
	CHECK_INT(label->pictures, 2);
	br_text_init(&png, 1 << 20);
	CHECK_INT(br_labels_picture(shop.labels, BR_STR(L1), &png, &fault), 0);
	CHECK(png.n > 200);
	br_text_finish(&png);
	CHECK_INT(bench_do(&shop.bench, "product.upsert", "{'sku':'A','name':'Apple juice'}"), 0);
	shop_price(&shop, "A", 270);
	shop_pass(&shop, 2 * MINUTE_MS, 1000);
	shop_shows_check(&shop, label);
	CHECK_INT(label->pictures, 3);
	shop_close(&shop);
}

/* A folder with the shipped regular template of 2.9 inch and no other. */
static const char *lone_template(void)
{
	static char folder[PATH_BYTES];
	const char *source = getenv("BACKROOM_SOURCE");
	char command[4 * PATH_BYTES];

	REQUIRE(source != NULL);
	(void)snprintf(folder, sizeof(folder), "%s/templates", test_folder());
	(void)snprintf(command, sizeof(command),
		"mkdir -p '%s' && cp '%s/esl/templates/shelf-29-regular.json' '%s/'", folder,
		source, folder);
	REQUIRE(system(command) == 0);
	return folder;
}

static void test_without_a_template_for_it_it_turns_white_too(void)
{
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	struct br_fault fault = {""};
	struct air_label *label;
	struct br_text png;
	struct shop shop;

	label = shop_shown(&shop, "lone", "bw29");
	/* Which hash white has, an unbound label tells. */
	(void)air_label_add(&shop.air, L2, "bw29");
	shop_bind(&shop, L2, "B");
	shop_unbind(&shop, L2);
	CHECK(shop_hash(&shop, L2, &label->display, hash));
	shop.templates = lone_template();
	shop_restart(&shop);
	CHECK_INT(bench_do(&shop.bench, "product.remove", "{'sku':'A'}"), 0);
	shop_pump(&shop);
	shop_pass(&shop, 3 * MINUTE_MS, 1000);
	CHECK(memcmp(label->shown, hash, sizeof(hash)) == 0);
	CHECK_INT(shop_label(&shop, L1)->phase, BR_LABEL_RESTING);
	CHECK_TEXT(shop_label(&shop, L1)->error, "");
	br_text_init(&png, 1 << 20);
	CHECK_INT(br_labels_picture(shop.labels, BR_STR(L1), &png, &fault), 0);
	br_text_finish(&png);
	shop_close(&shop);
}

int main(int argc, char **argv)
{
	br_log_level_set(BR_LOG_ERR);
	TEST(test_an_unbound_label_turns_white);
	TEST(test_what_is_under_way_does_not_come_to_it);
	TEST(test_unbound_in_every_phase);
	TEST(test_nothing_is_sent_anew_after_a_start);
	TEST(test_a_new_product_supersedes_the_white);
	TEST(test_a_label_that_forgot_its_picture_is_made_white_again);
	TEST(test_a_label_that_was_never_bound_is_left_alone);
	TEST(test_one_that_cannot_be_reached_is_tried_on);
	TEST(test_a_product_that_is_gone_has_no_price);
	TEST(test_without_a_template_for_it_it_turns_white_too);
	return test_end(argc, argv);
}
