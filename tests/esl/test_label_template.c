/* A template that HQ sets comes to the glass, over restarts and whatever is drawn meanwhile. */
#include "esl/label_template.h"

#include <stdio.h>
#include <string.h>

#include "esl/label_follow.h"
#include "tests/esl/label_shop.h"

#define L1 "0000000000A1"
#define MINUTE_MS INT64_C(60000)

/* All white but a bar as wide as the number says. */
#define DESIGN(NAME, STATE) \
	"{\\\"name\\\":\\\"" NAME "\\\",\\\"version\\\":1,\\\"w\\\":296,\\\"h\\\":128," \
	"\\\"colours\\\":[\\\"white\\\",\\\"black\\\"],\\\"state\\\":\\\"" STATE "\\\",\\\"boxes" \
	"\\\":[{\\\"type\\\":\\\"rect\\\",\\\"x\\\":0,\\\"y\\\":0,\\\"w\\\":%u,\\\"h\\\":9}]}"

static struct air_label *begin(struct shop *shop, const char *name)
{
	struct air_label *label;

	br_label_design_check_set(br_label_design_is_template);
	shop_open(shop, name);
	(void)air_ap_add(&shop->air, "ap-1", 4);
	label = air_label_add(&shop->air, L1, "bw29");
	shop_bind(shop, L1, "A");
	air_check_in(&shop->air, label);
	shop_pump(shop);
	shop_pass(shop, 2 * MINUTE_MS, 1000);
	shop->bench.actor = "hq";
	return label;
}

static void end(struct shop *shop)
{
	shop->bench.actor = "test";
	shop_close(shop);
	br_label_design_check_set(NULL);
}

static enum br_refusal regular_set(struct shop *shop, unsigned version, unsigned width)
{
	char json[2000];

	(void)snprintf(json, sizeof(json),
		"{'template':'shelf-29-regular','version':%u,'text':\"" DESIGN(
			"shelf-29-regular", "regular") "\"}",
		version, width);
	return bench_do(&shop->bench, "template.set", "%s", json);
}

static void test_a_template_of_hq_takes_the_place_of_the_folders(void)
{
	unsigned char shipped[BR_PICTURE_HASH_BYTES], first[BR_PICTURE_HASH_BYTES];
	struct air_label *label;
	struct shop shop;

	label = begin(&shop, "place");
	CHECK(shop_hash(&shop, L1, &shop_label(&shop, L1)->display, shipped));
	CHECK_INT(label->pictures, 1);
	CHECK_INT(regular_set(&shop, 1, 100), 0);
	shop_pump(&shop);
	shop_pass(&shop, 5 * MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 2);
	shop_shows_check(&shop, label);
	CHECK(shop_hash(&shop, L1, &shop_label(&shop, L1)->display, first));
	CHECK(memcmp(shipped, first, sizeof(first)) != 0);
	/* The next version, and the same picture again after a restart. */
	CHECK_INT(regular_set(&shop, 2, 200), 0);
	shop_pump(&shop);
	shop_pass(&shop, 5 * MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 3);
	shop_shows_check(&shop, label);
	shop_restart(&shop);
	shop_pass(&shop, 5 * MINUTE_MS, 1000);
	shop_shows_check(&shop, label);
	CHECK_INT(label->pictures, 3);
	end(&shop);
}

/* Many versions while labels are drawn and looked at: nobody draws with what is gone. */
static void test_versions_that_come_quickly(void)
{
	struct air_label *label;
	struct shop shop;

	label = begin(&shop, "quick");
	for (unsigned i = 1; i <= 3 * BR_LABEL_DESIGNS_MAX; i++) {
		struct br_fault fault;
		struct br_text png;

		CHECK_INT(regular_set(&shop, i, 10 + i % 200), 0);
		CHECK(br_labels_follow(shop.labels));
		br_text_init(&png, 1 << 20);
		CHECK_INT(br_labels_picture(shop.labels, BR_STR(L1), &png, &fault), 0);
		br_text_finish(&png);
		if (i % 5 == 0)
			shop_pump(&shop);
	}
	shop_pump(&shop);
	shop_pass(&shop, 10 * MINUTE_MS, 1000);
	shop_shows_check(&shop, label);
	CHECK_INT(shop.labels->replaced_n, 0);
	end(&shop);
}

static void test_what_is_no_template_is_refused_with_the_box(void)
{
	static const struct bench_refused rows[] = {
		{"template.set", "{'template':'x','version':1,'text':'{}'}",
			"template \"x\": ", BR_REFUSAL_MALFORMED},
		{"template.set",
			"{'template':'other','version':1,'text':\"{\\\"name\\\":\\\"x\\\","
			"\\\"version\\\":1,"
			"\\\"w\\\":296,\\\"h\\\":128,\\\"colours\\\":[\\\"white\\\",\\\"black\\\"],"
			"\\\"state\\\":\\\"regular\\\",\\\"boxes\\\":[{\\\"type\\\":\\\"rect\\\","
			"\\\"x\\\":0,"
			"\\\"y\\\":0,\\\"w\\\":10,\\\"h\\\":9}]}\"}",
			"name: is \"x\"", BR_REFUSAL_MALFORMED},
	};
	struct air_label *label;
	struct shop shop;

	label = begin(&shop, "refused");
	bench_refuses(&shop.bench, rows, BR_ARRAY_LEN(rows));
	shop_pass(&shop, MINUTE_MS, 1000);
	CHECK_INT(label->pictures, 1);
	end(&shop);
}

int main(int argc, char **argv)
{
	TEST(test_a_template_of_hq_takes_the_place_of_the_folders);
	TEST(test_versions_that_come_quickly);
	TEST(test_what_is_no_template_is_refused_with_the_box);
	return test_end(argc, argv);
}
