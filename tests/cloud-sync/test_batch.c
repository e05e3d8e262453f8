#include "cloud-sync/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/order.h"
#include "node/sale.h"
#include "node/tables.h"
#include "tests/cloud-sync/shop.h"

static struct shop shop;
static struct br_batch_builder builder;

static struct br_batch_request request_for(enum br_lane lane, uint64_t after)
{
	return (struct br_batch_request){
		.store = BR_STR(SHOP_ID),
		.epoch = br_core_epoch(shop.core),
		.lane = lane,
		.prev = after,
		.after = after,
		.until = UINT64_MAX,
		.budget = 100000,
	};
}

static int build(const struct br_batch_request *request, struct br_batch *ret_batch)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	return br_batch_build(&builder, txn, request, ret_batch);
}

static void begin(const char *name)
{
	shop_open(&shop, name);
	shop_catalogue(&shop);
	br_batch_builder_init(&builder);
}

static void end(void)
{
	br_batch_builder_finish(&builder);
	shop_close(&shop);
}

static void test_a_batch_says_what_is_in_it(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_batch_request request;
	struct br_str text, crc;
	struct br_batch batch;
	int64_t number;
	char hex[9];
	char *list;

	begin("says");
	request = request_for(BR_LANE_STOCK, 0);
	REQUIRE(build(&request, &batch) == 1);
	CHECK_INT(batch.n, 5);
	CHECK_INT(batch.prev, 0);
	CHECK_INT(batch.first, 2);
	CHECK_INT(batch.last, 10);
	CHECK_INT(batch.looked, 10);
	CHECK_INT(batch.first_recorded_ms, SHOP_WALL_MS + 1000);
	text = br_text_str(&builder.message);
	REQUIRE(br_json_parse(text, &root, NULL) == 0);
	CHECK(br_json_i64(br_json_member(root, "n"), &number) && number == 5);
	CHECK(br_json_i64(br_json_member(root, "first_seq"), &number) && number == 2);
	CHECK(br_json_i64(br_json_member(root, "last_seq"), &number) && number == 10);
	list = strstr(text.s, "\"events\":") + 9;
	(void)snprintf(hex, sizeof(hex), "%08" PRIx32,
		br_crc32c(list, (size_t)(text.s + text.n - 1 - list)));
	CHECK(br_json_string(br_json_member(root, "crc32c"), &crc));
	CHECK_STR(crc, hex);
	CHECK_HAS(text.s, "\"store\":\"0412\"");
	CHECK_HAS(text.s, "\"id\":\"00000000000000000002\"");
	CHECK_HAS(text.s, "\"type\":\"org.backroom.stock.moved.v1\"");
	end();
}

static void test_the_same_request_gives_the_same_bytes(void)
{
	struct br_batch_request request;
	struct br_batch batch;
	char first[BR_BATCH_BYTES_MAX + 1];

	begin("same");
	request = request_for(BR_LANE_STOCK, 2);
	REQUIRE(build(&request, &batch) == 1);
	memcpy(first, builder.message.bytes, builder.message.n + 1);
	shop_adjust(&shop, "A", -1);
	shop_turn(&shop);
	request.until = batch.last;
	REQUIRE(build(&request, &batch) == 1);
	CHECK_TEXT(builder.message.bytes, first);
	end();
}

static void test_a_batch_is_limited_by_number_and_by_bytes(void)
{
	struct br_batch_request request;
	struct br_batch batch;
	uint64_t after = 0, events = 0;
	bool by_bytes = false;

	begin("limits");
	for (unsigned i = 0; i < 900; i++) {
		shop_adjust(&shop, "D", -1);
		if (i % 300 == 299)
			shop_turn(&shop);
	}
	for (;;) {
		request = request_for(BR_LANE_STOCK, after);
		if (build(&request, &batch) == 0)
			break;
		CHECK(batch.n <= BR_LINK_BATCH_EVENTS_MAX);
		CHECK(builder.message.n <= BR_BATCH_BYTES_MAX);
		/* Full means that the next event would not have fitted. */
		by_bytes = by_bytes || builder.message.n > BR_BATCH_BYTES_MAX - 1600;
		CHECK_INT(batch.prev, after);
		after = batch.last;
		events += batch.n;
	}
	CHECK_INT(events, 905);
	CHECK(by_bytes);
	CHECK_INT(after, br_core_head(shop.core));
	end();
}

static void test_events_of_other_lanes_are_passed_over(void)
{
	struct br_batch_request request;
	struct br_batch batch = {.n = 0};

	begin("skip");
	request = request_for(BR_LANE_ORDERS, 0);
	CHECK_INT(build(&request, &batch), 0);
	CHECK_INT(batch.looked, 10);
	shop_run(&shop, "{\"id\":\"o1\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\","
			"\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}}");
	/* Nothing is looked at twice: it goes on where it has looked. */
	request.after = batch.looked;
	request.budget = 2;
	CHECK_INT(build(&request, &batch), 1);
	CHECK_INT(batch.n, 2);
	CHECK_INT(batch.prev, 0);
	CHECK_INT(batch.first, 11);
	CHECK_HAS(builder.message.bytes, "\"prev_seq\":0,\"first_seq\":11");
	end();
}

static void test_a_budget_bounds_the_look(void)
{
	struct br_batch_request request;
	struct br_batch batch;

	begin("budget");
	request = request_for(BR_LANE_ORDERS, 0);
	request.budget = 3;
	CHECK_INT(build(&request, &batch), 0);
	CHECK_INT(batch.looked, 3);
	request.after = batch.looked;
	CHECK_INT(build(&request, &batch), 0);
	CHECK_INT(batch.looked, 6);
	end();
}

/* The longest JSON that a value of this field can become, its name, quotes and comma included. */
static uint64_t field_bound(const struct br_field *field)
{
	uint64_t bound = strlen(field->name) + 4, longest = 0;

	switch (field->kind) {
	case BR_FIELD_U64:
	case BR_FIELD_MILLI:
		return bound + 24;
	case BR_FIELD_TIME:
		return bound + 2 + BR_TIME_TEXT_BYTES;
	case BR_FIELD_BOOL:
		return bound + 5;
	case BR_FIELD_WORD:
		for (unsigned i = 0; field->words[i] != NULL; i++)
			if (strlen(field->words[i]) > longest)
				longest = strlen(field->words[i]);
		return bound + 2 + longest;
	case BR_FIELD_TEXT:
		/* Every byte may become \u00XX. */
		return bound + 2 + 6 * (uint64_t)field->max;
	case BR_FIELD_BYTES:
		return bound + 2 + 2 * (uint64_t)field->max;
	case BR_FIELD_LIST:
		bound += 2;
		for (unsigned i = 0; i < field->item->field_n; i++)
			longest += field_bound(&field->item->fields[i]);
		return bound + (uint64_t)field->max * (longest + 3);
	}
	return UINT64_MAX;
}

/*
 * The arithmetic of "one event always fits": from the tables of every event, whatever its texts
 * hold. Head: 12 members with their names, and the texts of store, subject, command and actor.
 */
static void test_no_event_can_be_too_large_for_a_batch(void)
{
	const uint64_t head = 600 + 4 * 6 * BR_ID_BYTES_MAX;
	uint64_t longest = 0;

	for (unsigned kind = 0; kind < BR_EVENT_N; kind++) {
		const struct br_event_type *type = &br_event_types[kind];
		uint64_t bound = head;

		if (type->lane == BR_LANE_NONE)
			continue;
		for (unsigned i = 0; i < type->shape->field_n; i++)
			bound += field_bound(&type->shape->fields[i]);
		if (bound > BR_BATCH_EVENT_BYTES_MAX)
			printf("%s: %" PRIu64 " bytes\n", type->name, bound);
		CHECK(bound <= BR_BATCH_EVENT_BYTES_MAX);
		if (bound > longest)
			longest = bound;
	}
	printf("the longest event HQ can get has at most %" PRIu64 " bytes\n", longest);
	CHECK(longest > 1000);
}

/* A sale of as many lines as one event may have. */
static void longest_sell(const char *sku, const char *quantity, const char *price)
{
	char json[12000];
	size_t n = (size_t)snprintf(json, sizeof(json),
		"{\"id\":\"s1\",\"type\":\"sale.record\",\"data\":{\"till\":\"t1\",\"lines\":[");

	for (unsigned i = 0; i < BR_SALE_LINES_PER_EVENT_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{\"sku\":\"%s\",\"quantity\":%s,\"price\":%s}", i > 0 ? "," : "", sku,
			quantity, price);
	(void)snprintf(json + n, sizeof(json) - n, "]}}");
	shop_run(&shop, json);
	CHECK_TEXT(shop.answer.message, "");
}

/* Events as bad as their limits allow, one after the other. */
static void test_the_worst_events_go_out_one_by_one(void)
{
	struct br_batch_request request;
	struct br_batch batch;
	char json[12000], note[2 * BR_NOTE_BYTES_MAX + 1] = "", sku[BR_ID_BYTES_MAX + 1];
	uint64_t after = 0, events = 0;

	begin("worst");
	for (unsigned i = 0; i < BR_NOTE_BYTES_MAX; i++)
		(void)strcat(note, "\\\"");
	memset(sku, 'x', BR_ID_BYTES_MAX);
	sku[BR_ID_BYTES_MAX] = '\0';
	(void)snprintf(json, sizeof(json),
		"{\"id\":\"big\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"%s\",\"name\":"
		"\"x\"}}",
		sku);
	shop_submit(&shop, json);
	(void)snprintf(json, sizeof(json),
		"{\"id\":\"o1\",\"type\":\"order.offer\",\"data\":{\"order\":\"O-1\",\"note\":\"%"
		"s\","
		"\"lines\":[{\"line\":\"1\",\"sku\":\"%s\",\"quantity\":1}]}}",
		note, sku);
	shop_run(&shop, json);
	CHECK_TEXT(shop.answer.message, "");
	longest_sell(sku, "999.999", "99999.999");
	for (unsigned lane = 0; lane < BR_LANES_UP; lane++) {
		for (after = 0;; after = batch.last) {
			request = request_for(br_lane_at(lane), after);
			if (build(&request, &batch) == 0)
				break;
			events += batch.n;
		}
	}
	CHECK(events >= 7);
	end();
}

/* What needs three bytes in a URI for each of its own, as often as one event may have it. */
static void test_the_worst_in_epcis_words_goes_out(void)
{
	struct br_batch_request request;
	struct br_batch batch;
	char json[12000], sku[BR_ID_BYTES_MAX + 1] = "", plain[200];
	size_t n;

	begin("worst epcis");
	builder.epcis = true;
	for (unsigned i = 0; i < BR_ID_BYTES_MAX / 2; i++)
		(void)strcat(sku, "é");
	(void)snprintf(json, sizeof(json),
		"{\"id\":\"big\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"%s\",\"name\":"
		"\"x\",\"sold_by\":\"weight\"}}",
		sku);
	shop_run(&shop, json);
	CHECK_TEXT(shop.answer.message, "");
	longest_sell(sku, "999999.999", "0.001");
	request = request_for(BR_LANE_STOCK, 0);
	CHECK_INT(build(&request, &batch), 1);
	n = builder.message.n;
	(void)snprintf(plain, sizeof(plain), "%s", strstr(builder.message.bytes, "\"epcis\""));
	CHECK_HAS(plain, "\"epcis\":[{\"type\":\"ObjectEvent\",\"eventID\":\"urn:uuid:");
	builder.epcis = false;
	CHECK_INT(build(&request, &batch), 1);
	CHECK(strstr(builder.message.bytes, "epcis") == NULL);
	printf("in EPCIS's words: %zu bytes more\n", n - builder.message.n);
	CHECK(n > builder.message.n && n - builder.message.n <= BR_EPCIS_BYTES_MAX);
	end();
}

static void test_a_damaged_record_is_an_error_and_not_sent(void)
{
	const char bytes[] = {1, BR_EVENT_STOCK_MOVED, ' ', 'n', 'o', ' ', 'r', 'e', 'c'};
	struct br_key key = br_key_of_u64(4);
	struct br_batch_request request;
	struct br_batch batch;
	struct br_txn *txn;

	begin("damaged");
	txn = br_core_txn(shop.core);
	br_txn_put(txn, BR_TABLE_JOURNAL, br_key_str(&key), (struct br_str){bytes, sizeof(bytes)});
	shop_turn(&shop);
	request = request_for(BR_LANE_STOCK, 0);
	CHECK_INT(build(&request, &batch), BR_E_CORRUPT);
	/* The lane that has nothing to do with it goes on. */
	request = request_for(BR_LANE_ORDERS, 0);
	CHECK_INT(build(&request, &batch), 0);
	txn = br_core_txn(shop.core);
	br_txn_put(txn, BR_TABLE_JOURNAL, br_key_str(&key), BR_STR("\001\177 of a newer program"));
	shop_turn(&shop);
	request = request_for(BR_LANE_STOCK, 0);
	CHECK_INT(build(&request, &batch), BR_E_VERSION);
	end();
}

static void test_lanes_have_names(void)
{
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		CHECK_INT(br_lane_index(br_lane_at(i)), i);
		CHECK_INT(br_lane_named(br_str_from(br_lane_word(br_lane_at(i)))), br_lane_at(i));
	}
	/* The order is the order of turns. */
	CHECK_TEXT(br_lane_word(br_lane_at(0)), "orders");
	CHECK_TEXT(br_lane_word(br_lane_at(BR_LANES_UP - 1)), "telemetry");
	CHECK_INT(br_lane_named(BR_STR("none")), BR_LANE_NONE);
	CHECK_INT(br_lane_named(BR_STR("")), BR_LANE_NONE);
}

int main(int argc, char **argv)
{
	TEST(test_a_batch_says_what_is_in_it);
	TEST(test_the_same_request_gives_the_same_bytes);
	TEST(test_a_batch_is_limited_by_number_and_by_bytes);
	TEST(test_events_of_other_lanes_are_passed_over);
	TEST(test_a_budget_bounds_the_look);
	TEST(test_no_event_can_be_too_large_for_a_batch);
	TEST(test_the_worst_events_go_out_one_by_one);
	TEST(test_the_worst_in_epcis_words_goes_out);
	TEST(test_a_damaged_record_is_an_error_and_not_sent);
	TEST(test_lanes_have_names);
	return test_end(argc, argv);
}
