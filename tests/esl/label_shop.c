#include "tests/esl/label_shop.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"

#define LINK_HOST "id.example"

static int64_t wall_read(void *context)
{
	/* The preview's thread looks at the clock while it is moved on. */
	return atomic_load(&((struct shop *)context)->wall_ms);
}

static int64_t boot_read(void *context)
{
	return atomic_load(&((struct shop *)context)->boot_ms);
}

static int shop_publish(
	void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	struct shop *shop = context;

	CHECK_INT(qos, 1);
	CHECK(!retain);
	if (!shop->connected)
		return BR_E_OFFLINE;
	if (shop->publish_error < 0)
		return shop->publish_error;
	if (shop->fail_publish > 0) {
		shop->fail_publish--;
		return BR_E_OFFLINE;
	}
	air_take(&shop->air, topic, payload);
	return 0;
}

static bool shop_connected(void *context)
{
	return ((const struct shop *)context)->connected;
}

static bool is_drawing(struct shop *shop)
{
	const struct br_label_now *label = NULL;

	while ((label = br_labels_next(
			shop->labels, br_str_from(label != NULL ? label->label : ""))) != NULL)
		if (label->phase == BR_LABEL_RENDERING)
			return true;
	return false;
}

static int shop_turn(void *owner)
{
	struct shop *shop = owner;

	REQUIRE(br_core_commit(shop->bench.core) == 0);
	br_labels_turn(shop->labels);
	/* What is drawn comes first, so that a run does not depend on how fast that is. */
	if (br_core_turn_n(shop->bench.core) > 0)
		br_loop_again(shop->loop);
	else if (is_drawing(shop))
		return 0;
	else if (air_deliver(&shop->air))
		br_loop_again(shop->loop);
	else
		br_loop_end(shop->loop, 0);
	return 0;
}

static void labels_create(struct shop *shop)
{
	const char *source = getenv("BACKROOM_SOURCE");
	char templates[4096];
	struct br_fault fault = {""};
	struct br_labels_options options = {
		.loop = shop->loop,
		.core = shop->bench.core,
		.ledger = shop->bench.store,
		.clock = &shop->clock,
		.publisher = {shop_publish, shop_connected, shop},
		.templates = templates,
		.place = {.link_host = LINK_HOST},
		.render_threads = 1,
	};

	(void)snprintf(
		templates, sizeof(templates), "%s/esl/templates", source != NULL ? source : ".");
	if (shop->templates != NULL)
		options.templates = shop->templates;
	if (br_labels_create(&options, &shop->labels, &fault) < 0) {
		printf("%s\n", fault.text);
		test_abandon();
	}
}

void shop_open(struct shop *shop, const char *name)
{
	*shop = (struct shop){.wall_ms = BENCH_NOW_MS, .boot_ms = 1000000, .connected = true};
	shop->clock = (struct br_clock){wall_read, boot_read, shop};
	bench_open(&shop->bench, name);
	REQUIRE(br_loop_create(&shop->loop) == 0);
	br_loop_on_turn(shop->loop, shop_turn, shop);
	air_init(&shop->air, shop);
	labels_create(shop);
	bench_catalogue(&shop->bench);
	shop_price(shop, "A", 250);
	shop_price(shop, "B", 199);
	shop_price(shop, "C", 1099);
}

void shop_close(struct shop *shop)
{
	bench_verify(&shop->bench);
	br_labels_destroy(shop->labels);
	air_finish(&shop->air);
	br_loop_destroy(shop->loop);
	bench_close(&shop->bench);
}

void shop_restart(struct shop *shop)
{
	br_labels_destroy(BR_TAKE(shop->labels));
	bench_reopen(&shop->bench);
	labels_create(shop);
	air_retained(&shop->air);
	shop_pump(shop);
}

void shop_pump(struct shop *shop)
{
	br_loop_again(shop->loop);
	REQUIRE(br_loop_run(shop->loop) == 0);
}

void shop_pass(struct shop *shop, int64_t ms, int64_t step_ms)
{
	for (int64_t passed = 0; passed < ms; passed += step_ms) {
		(void)atomic_fetch_add(&shop->wall_ms, step_ms);
		(void)atomic_fetch_add(&shop->boot_ms, step_ms);
		shop->bench.now_ms = shop->wall_ms;
		air_pass(&shop->air);
		br_labels_tick(shop->labels);
		shop_pump(shop);
	}
}

void shop_say(struct shop *shop, const char *topic, const char *format, ...)
{
	char text[8192];
	va_list arguments;
	struct br_message message = {.topic = br_str_from(topic), .qos = 1};
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	REQUIRE(n >= 0 && (size_t)n < sizeof(text));
	message.payload = br_str_from(bench_quote(text));
	br_labels_message(shop->labels, &message);
	shop_pump(shop);
}

void shop_price(struct shop *shop, const char *sku, int64_t cents)
{
	CHECK_INT(bench_do(&shop->bench, "price.set",
			  "{'sku':'%s','amount':%" PRId64 ".%02" PRId64 ",'currency':'EUR'}", sku,
			  cents / 100, cents % 100),
		0);
	shop_pump(shop);
}

void shop_bind(struct shop *shop, const char *label, const char *sku)
{
	CHECK_INT(bench_do(&shop->bench, "label.bind", "{'label':'%s','sku':'%s'}", label, sku), 0);
	shop_pump(shop);
}

void shop_unbind(struct shop *shop, const char *label)
{
	CHECK_INT(bench_do(&shop->bench, "label.unbind", "{'label':'%s'}", label), 0);
	shop_pump(shop);
}

const struct br_label_now *shop_label(struct shop *shop, const char *label)
{
	const struct br_label_now *found = br_labels_find(shop->labels, br_str_from(label));

	REQUIRE(found != NULL);
	return found;
}

struct br_label shop_row(struct shop *shop, const char *label)
{
	struct br_label row = {.sequence = 0};

	REQUIRE(br_label_get(bench_read(&shop->bench), br_str_from(label), &shop->bench.arena,
			&row) == 0);
	return row;
}

unsigned shop_events(struct shop *shop, enum br_event_kind kind, const char *label)
{
	struct br_txn *txn = bench_read(&shop->bench);
	unsigned n = 0;

	for (uint64_t i = br_journal_head(txn); i > 0; i--) {
		struct br_event event;

		REQUIRE(br_event_get(txn, i, &shop->bench.arena, &event) == 0);
		n += event.kind == kind && br_str_is(*(const struct br_str *)event.body, label);
	}
	return n;
}

/* The same as the daemon asks a worker for, put together apart from it. */
static bool request_make(struct shop *shop, const char *label, struct br_render_request *request)
{
	struct br_txn *txn = bench_read(&shop->bench);
	struct br_label_place place = {.link_host = LINK_HOST};
	struct br_str name = {NULL, 0};
	struct br_label row;
	int result;

	if (br_label_get(txn, br_str_from(label), &shop->bench.arena, &row) < 0)
		return false;
	if (row.sku.n == 0)
		return true;
	result = br_label_content_read(
		txn, row.sku, shop->wall_ms, &place, &shop->bench.arena, &request->content);
	if (result == 0)
		name = row.template;
	request->template = br_template_set_find(
		shop->labels->templates, name, &request->display, request->content.state);
	return request->template != NULL;
}

bool shop_hash(struct shop *shop, const char *label, const struct br_display *display,
	unsigned char ret_hash[BR_PICTURE_HASH_BYTES])
{
	struct br_render_request request = {.display = *display};
	struct br_render_result result = {.error = BR_E_NOT_FOUND};
	static struct br_draw *draw;
	struct br_fault fault = {""};

	REQUIRE(draw != NULL || br_draw_create(&draw, &fault) == 0);
	if (request_make(shop, label, &request))
		br_render_now(draw, &request, &result);
	br_text_finish(&result.bytes);
	memcpy(ret_hash, result.hash, BR_PICTURE_HASH_BYTES);
	return result.error == 0;
}

void shop_shows_check(struct shop *shop, const struct air_label *label)
{
	unsigned char hash[BR_PICTURE_HASH_BYTES];

	CHECK(shop_hash(shop, label->id, &label->display, hash));
	CHECK(!label->blank && memcmp(hash, label->shown, sizeof(hash)) == 0);
	CHECK_INT(shop_label(shop, label->id)->phase, BR_LABEL_RESTING);
}
