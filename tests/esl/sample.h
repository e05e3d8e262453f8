/*
 * What several label tests need: displays, products in several scripts, and templates from text.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "esl/draw.h"
#include "tests/lib/test.h"

static const struct br_display sample_29 = {296, 128, BR_ACCENT_NONE, 0};
static const struct br_display sample_29_red = {296, 128, BR_ACCENT_RED, 0};

BR_UNUSED static void sample_text(struct br_fields *fields, const char *name, const char *text)
{
	REQUIRE(br_fields_text(fields, name, br_str_from(text)) == 0);
}

BR_UNUSED static void sample_milli(struct br_fields *fields, const char *name, int64_t milli)
{
	REQUIRE(br_fields_milli(fields, name, milli) == 0);
}

/* A product with every field that the shipped templates may show. */
struct sample_product {
	const char *name, *brand, *gtin, *currency, *unit, *origin, *link;
	int64_t price, unit_price, regular_price, lowest_30d;
	bool persian;
};

static const struct sample_product sample_products[] = {
	{"Organic Fairtrade Coffee Espresso, whole beans 500 g", "Casa Verde", "04006381333931",
		"EUR", "kg", "Peru", "https://shop.example/01/04006381333931", 8490, 16980, 10990,
		9490, false},
	{"Шоколад «Алёнка» молочный с фундуком и изюмом, 200 г", "Красный Октябрь",
		"04600051000057", "RUB", "кг", "Россия", "https://shop.example/01/04600051000057",
		189900, 949500, 229900, 199900, false},
	{"Εξαιρετικό παρθένο ελαιόλαδο Καλαμάτας, φιάλη 750 ml", "Ελαιώνες Μεσσηνίας",
		"05201234567894", "EUR", "λίτρο", "Ελλάδα",
		"https://shop.example/01/05201234567894", 12350, 16470, 14800, 13990, false},
	{"چای سیاه ممتاز ایرانی لاهیجان با عطر برگاموت ۵۰۰ گرم", "گلستان", "06260000000019", "IRR",
		"کیلوگرم", "ایران", "https://shop.example/01/06260000000019", 1250000000,
		2500000000, 1490000000, 1350000000, true},
	{"Professional stainless-steel espresso machine with double boiler, PID temperature "
	 "control, rotary pump and integrated grinder, 230 V",
		"Maschinenfabrik Außergewöhnlich GmbH & Co. KG", "02012345678903", "USD", "piece",
		"Bundesrepublik Deutschland",
		"https://very-long-name.shop.example/01/02012345678903", 1234567000, 1234567000,
		1334567000, 1299999990, false},
	{"Milk", "", "00000096385074", "GBP", "", "", "https://id.gs1.org/01/00000096385074", 990,
		0, 0, 0, false},
	{"Root beer", "Barq's", "00012345678905", "USD", "fl oz", "USA",
		"https://shop.example/01/00012345678905", 1990, 160, 2490, 1990, false},
};

BR_UNUSED static void sample_fill(struct br_fields *fields, const struct sample_product *product)
{
	*fields = (struct br_fields){.n = 0};
	sample_text(fields, "name", product->name);
	sample_text(fields, "brand", product->brand);
	sample_text(fields, "sku", "104-2231");
	sample_text(fields, "gtin", product->gtin);
	sample_text(fields, "currency", product->currency);
	sample_text(fields, "origin", product->origin);
	sample_text(fields, "link", product->link);
	sample_text(fields, "unit", product->unit);
	sample_text(fields, "promo_until", "2026-03-31T23:59:59Z");
	sample_text(fields, "allergens", "May contain traces of milk, nuts and soya.");
	sample_milli(fields, "price", product->price);
	sample_milli(fields, "stock", 12000);
	sample_milli(fields, "rating", 3500);
	sample_milli(fields, "rating_count", 1287000);
	if (product->unit_price > 0)
		sample_milli(fields, "unit_price", product->unit_price);
	if (product->regular_price > 0)
		sample_milli(fields, "regular_price", product->regular_price);
	if (product->lowest_30d > 0)
		sample_milli(fields, "lowest_30d", product->lowest_30d);
	if (product->persian) {
		sample_text(fields, "digit_zero", "۰");
		sample_text(fields, "group_mark", "٬");
		sample_text(fields, "decimal_mark", "٫");
		sample_text(fields, "word_offer", "تخفیف");
		sample_text(fields, "word_lowest", "کمترین قیمت ۳۰ روز");
	}
}

/* A parsed template of 296×128 pixels with these boxes (a JSON list without its brackets). */
BR_UNUSED static struct br_template *sample_template(const char *boxes)
{
	struct br_template *template = NULL;
	struct br_fault fault = {""};
	char json[8192];
	int n = snprintf(json, sizeof(json),
		"{\"name\":\"t\",\"version\":1,\"w\":296,\"h\":128,\"colours\":[\"white\","
		"\"black\",\"red\"],\"state\":\"regular\",\"boxes\":[%s]}",
		boxes);

	REQUIRE(n > 0 && n < (int)sizeof(json));
	if (br_template_parse(br_str_from(json), &template, &fault) < 0)
		printf("%s\n", fault.text);
	REQUIRE(template != NULL);
	return template;
}

/* The smallest area that holds every pixel of the colour; w is 0 when there is none. */
BR_UNUSED static struct br_area sample_ink(const struct br_picture *picture, enum br_colour colour)
{
	const struct br_display *display = br_picture_display(picture);
	int left = display->w, top = display->h, right = -1, bottom = -1;

	for (int y = 0; y < display->h; y++) {
		for (int x = 0; x < display->w; x++) {
			if (br_picture_get(picture, x, y) != colour)
				continue;
			left = x < left ? x : left;
			right = x > right ? x : right;
			top = y < top ? y : top;
			bottom = y > bottom ? y : bottom;
		}
	}
	if (right < 0)
		return (struct br_area){0, 0, 0, 0};
	return (struct br_area){left, top, right - left + 1, bottom - top + 1};
}

BR_UNUSED static unsigned sample_count(
	const struct br_picture *picture, struct br_area area, enum br_colour colour)
{
	unsigned count = 0;

	for (int y = area.y; y < area.y + area.h; y++)
		for (int x = area.x; x < area.x + area.w; x++)
			count += br_picture_get(picture, x, y) == colour;
	return count;
}
