#include "node/hole.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/device.h"
#include "node/label.h"
#include "node/label_design.h"
#include "node/order.h"
#include "node/quarantine.h"
#include "tests/node/bench.h"

/*
 * HQ's memory: the events of one ledger as JSON, as they went up, to be brought to another one.
 */
static struct br_text memory;
static struct br_json *known;
static struct br_arena arena;

static void remember(struct bench *bench, uint64_t after)
{
	struct br_txn *txn = bench_read(bench);
	struct br_json_out out;
	struct br_fault fault;

	br_text_init(&memory, 1 << 20);
	br_json_out_begin(&out, &memory);
	br_json_out_array(&out, NULL);
	for (uint64_t at = br_journal_next(txn, after); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event = bench_event(bench, at);

		br_event_to_json(&event, BR_STR("0412"), &out, NULL);
		txn = bench_read(bench);
	}
	br_json_out_end(&out);
	REQUIRE(br_text_error(&memory) == 0);
	REQUIRE(br_json_parse(br_text_str(&memory), &known, &fault) == 0);
}

static void forget(void)
{
	br_json_free(BR_TAKE(known));
	br_text_finish(&memory);
	br_arena_finish(&arena);
}

/* HQ has all events up to here. */
static uint64_t whole = UINT64_MAX;

struct outcome {
	unsigned merged, withdrawn, known;
};

/* Brings all of it back in one turn. */
static struct outcome bring(struct bench *bench)
{
	struct outcome outcome = {0};

	BR_JSON_EACH (json, known) {
		struct br_event event;
		struct br_fault fault = {""};
		int result;

		br_arena_reset(&arena);
		if (!CHECK_INT(br_event_from_json(json, &arena, &event, &fault), 0))
			printf("%s\n", fault.text);
		result = br_core_recover(
			bench->core, &event, event.sequence > whole ? BR_DOUBT_GAP : BR_DOUBT_NONE);
		REQUIRE(result >= 0);
		outcome.merged += result == 1;
		outcome.withdrawn += result == 2;
		outcome.known += result == 0;
	}
	bench_commit(bench);
	return outcome;
}

static struct br_hole last_hole(struct bench *bench)
{
	struct br_hole hole;

	REQUIRE(br_hole_last(bench_read(bench), &bench->arena, &hole) == 0);
	return hole;
}

/* A ledger with the catalogue, as the backup has it, under a new epoch. */
static void restored_open(struct bench *bench, const char *name)
{
	br_arena_init(&arena, 1 << 20);
	bench_open(bench, name);
	bench_catalogue(bench);
	CHECK_INT(br_core_renew(bench->core, 0, bench->now_ms), 0);
}

#define OFFER \
	"{'order':'O1','lines':[{'line':'1','sku':'A','quantity':2},{'line':'2','sku':'B'," \
	"'quantity':1}]}"

/* What the first ledger did after its backup. */
static void past_open(struct bench *bench, const char *name)
{
	bench_open(bench, name);
	bench_catalogue(bench);
}

static void test_an_epoch_begins_beyond_all_numbers_given_out(void)
{
	struct bench bench;
	char epoch[17];
	uint64_t head, since;
	struct br_event event;

	bench_open(&bench, "epoch");
	bench_catalogue(&bench);
	head = br_core_head(bench.core);
	CHECK_INT(br_core_since(bench.core), 1);
	(void)snprintf(epoch, sizeof(epoch), "%s", br_core_epoch(bench.core));
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	since = br_hole_since(head, bench.now_ms);
	CHECK_INT(since % BR_HOLE_JUMP, 1);
	CHECK_INT(br_core_head(bench.core), since);
	CHECK_INT(br_core_since(bench.core), since);
	CHECK(strcmp(epoch, br_core_epoch(bench.core)) != 0);
	event = bench_event(&bench, since);
	CHECK_INT(event.kind, BR_EVENT_STORE_RESTORED);
	CHECK_STR(((const struct br_restored *)event.body)->previous, epoch);
	CHECK_INT(last_hole(&bench).after, head);
	CHECK_INT(last_hole(&bench).until, since - 1);
	CHECK(!last_hole(&bench).closed);
	bench_reopen(&bench);
	CHECK_INT(br_core_since(bench.core), since);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"), 0);
	CHECK_INT(br_core_head(bench.core), since + 1);
	bench_verify(&bench);
	/* And once more: a backup of the restored one. */
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	CHECK_INT(br_core_since(bench.core), since + BR_HOLE_JUMP);
	CHECK_INT(last_hole(&bench).after, since + 1);
	bench_verify(&bench);
	bench_close(&bench);
}

/* Twice the same backup: what the first one gave out in between must not be given out again. */
static void test_a_backup_can_be_restored_twice(void)
{
	CHECK(br_hole_since(600, BENCH_NOW_MS) <
		br_hole_since(600, BENCH_NOW_MS + BR_HOLE_UNIT_MS));
	/* Also when the clock stands at 1970 or goes back, a ledger goes on beyond itself. */
	CHECK_INT(br_hole_since(600, 0), BR_HOLE_JUMP + 1);
	CHECK(br_hole_since(br_hole_since(600, BENCH_NOW_MS), 0) >
		br_hole_since(600, BENCH_NOW_MS));
}

static void test_what_hq_has_comes_back(void)
{
	struct bench past, bench;
	struct outcome outcome;
	struct br_order order;
	uint64_t head;

	past_open(&past, "past");
	head = br_core_head(past.core);
	past.actor = "till/t1";
	CHECK_INT(bench_submit(&past, "s1", "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1}]}", true),
		0);
	past.actor = "hq";
	CHECK_INT(bench_submit(&past, "o1", "order.offer", OFFER, true), 0);
	CHECK_INT(bench_submit(&past, "o2", "order.accept", "{'order':'O1'}", true), 0);
	remember(&past, head);
	restored_open(&bench, "back");
	outcome = bring(&bench);
	CHECK_INT(outcome.merged, br_core_head(past.core) - head);
	CHECK_INT(outcome.withdrawn + outcome.known, 0);
	for (const char *sku = "A"; sku != NULL; sku = *sku == 'A' ? "B" : NULL)
		CHECK_INT(bench_available(&bench, sku), bench_available(&past, sku));
	REQUIRE(br_order_get(bench_read(&bench), BR_STR("O1"), &bench.arena, &order) == 0);
	CHECK_INT(order.state, BR_ORDER_ACCEPTED);
	CHECK_INT(last_hole(&bench).reached, br_core_head(past.core));
	CHECK_INT(last_hole(&bench).merged, outcome.merged);
	/* A second time changes nothing. */
	outcome = bring(&bench);
	CHECK_INT(outcome.merged + outcome.withdrawn, 0);
	/* Whoever sends a command of that time again is told that it is done. */
	bench.actor = "till/t1";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1}]}", true),
		0);
	CHECK_INT(bench_available(&bench, "A"), bench_available(&past, "A"));
	/* And the sale can be brought back, though its number is another one now. */
	CHECK_INT(bench_do(&bench, "return.record",
			  "{'till':'t1','sale':'s1','lines':[{'sku':'A','quantity':1}]}"),
		0);
	bench_verify(&bench);
	CHECK_INT(br_core_recovered(bench.core, last_hole(&bench).after, 99, bench.now_ms), 0);
	bench_commit(&bench);
	CHECK(last_hole(&bench).closed);
	CHECK_INT(last_hole(&bench).told, 99);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

static void test_what_was_done_again_is_withdrawn(void)
{
	struct bench past, bench;
	struct outcome outcome;
	struct br_event event;
	uint64_t head;

	past_open(&past, "past-again");
	head = br_core_head(past.core);
	past.actor = "till/t1";
	CHECK_INT(bench_submit(&past, "s1", "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1}]}", true),
		0);
	remember(&past, head);
	restored_open(&bench, "again");
	/* The till never heard the answer, and sends it to the restored store. */
	bench.actor = "till/t1";
	CHECK_INT(bench_submit(&bench, "s1", "sale.record",
			  "{'till':'t1','lines':[{'sku':'A','quantity':3,'price':1}]}", true),
		0);
	outcome = bring(&bench);
	CHECK_INT(outcome.withdrawn, 1);
	CHECK_INT(outcome.merged, 0);
	CHECK_INT(bench_available(&bench, "A"), 7000);
	event = bench_event(&bench, br_core_head(bench.core));
	CHECK_INT(event.kind, BR_EVENT_EVENT_WITHDRAWN);
	CHECK_INT(((const struct br_withdrawn *)event.body)->withdrawn, head + 1);
	CHECK_INT(((const struct br_withdrawn *)event.body)->reason, BR_WITHDRAWN_REPEATED);
	CHECK_INT(br_event_types[event.kind].lane, BR_LANE_ORDERS);
	CHECK_INT(last_hole(&bench).withdrawn, 1);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

#define ALARM "z/1/temperature/high"
#define PICTURE "'label':'0011AABBCCDD','hash':'000102030405060708090a0b0c0d0e0f','rev':5"

/* What a person said is as it was; what was measured the store finds out anew. */
static void test_of_telemetry_comes_back_what_somebody_said(void)
{
	struct bench past, bench;
	struct br_device device;
	struct br_label label;
	struct br_alarm alarm;
	struct br_event event;
	struct outcome outcome;
	uint64_t head;

	past_open(&past, "past-telemetry");
	head = br_core_head(past.core);
	CHECK_INT(bench_do(&past, "device.adopt", "{'device':'z/1','name':'Cold room'}"), 0);
	CHECK_INT(bench_do(&past, "device.adopt", "{'device':'z/2'}"), 0);
	CHECK_INT(bench_do(&past, "label.bind", "{'label':'0011AABBCCDD','sku':'A'}"), 0);
	CHECK_INT(bench_do(&past, "label.report", "{" PICTURE "}"), 0);
	CHECK_INT(bench_do(&past, "device.lost", "{'device':'z/1'}"), 0);
	CHECK_INT(bench_do(&past, "alarm.raise",
			  "{'alarm':'" ALARM "','rule':'high','severity':'problem','text':'warm'}"),
		0);
	CHECK_INT(bench_do(&past, "device.forget", "{'device':'z/1'}"), 0);
	remember(&past, head);
	restored_open(&bench, "telemetry");
	/* Somebody has adopted one of them again already. */
	CHECK_INT(bench_do(&bench, "device.adopt", "{'device':'z/2','name':'Door'}"), 0);
	outcome = bring(&bench);
	CHECK_INT(outcome.merged, 3);	 /* z/1 adopted and forgotten, the label bound */
	CHECK_INT(outcome.withdrawn, 3); /* z/2, the alarm, lost */
	CHECK_INT(outcome.known, 1);	 /* what the label showed */
	CHECK_INT(br_device_get(bench_read(&bench), BR_STR("z/1"), &bench.arena, &device),
		BR_E_NOT_FOUND);
	REQUIRE(br_device_get(bench_read(&bench), BR_STR("z/2"), &bench.arena, &device) == 0);
	CHECK_STR(device.name, "Door");
	REQUIRE(br_label_get(bench_read(&bench), BR_STR("0011AABBCCDD"), &bench.arena, &label) ==
		0);
	CHECK_STR(label.sku, "A");
	CHECK_INT(label.shown_rev, 0);
	CHECK_INT(br_alarm_get(bench_read(&bench), BR_STR(ALARM), &bench.arena, &alarm),
		BR_E_NOT_FOUND);
	/* Behind what was withdrawn as measured, the device could still be forgotten. */
	event = bench_event(&bench, br_core_head(bench.core) - 1);
	CHECK_INT(event.kind, BR_EVENT_EVENT_WITHDRAWN);
	CHECK_INT(((const struct br_withdrawn *)event.body)->reason, BR_WITHDRAWN_MEASURED);
	CHECK_INT(((const struct br_withdrawn *)event.body)->noun, 0);
	CHECK_STR(((const struct br_withdrawn *)event.body)->subject, ALARM);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* The order was known to the backup; both stores worked on it. What was done last, here, counts. */
static void test_what_has_moved_on_is_withdrawn(void)
{
	struct bench past, bench;
	struct outcome outcome;
	struct br_order order;
	uint64_t head;

	past_open(&past, "past-moved");
	CHECK_INT(bench_submit(&past, "o1", "order.offer", OFFER, true), 0);
	CHECK_INT(bench_submit(&past, "o2", "order.accept", "{'order':'O1'}", true), 0);
	head = br_core_head(past.core);
	CHECK_INT(bench_submit(&past, "o3", "order.cancel", "{'order':'O1'}", true), 0);
	CHECK_INT(bench_submit(&past, "m1", "stock.move",
			  "{'sku':'A','kind':'receive','quantity':5}", true),
		0);
	remember(&past, head);
	br_arena_init(&arena, 1 << 20);
	bench_open(&bench, "moved");
	bench_catalogue(&bench);
	CHECK_INT(bench_submit(&bench, "o1", "order.offer", OFFER, true), 0);
	CHECK_INT(bench_submit(&bench, "o2", "order.accept", "{'order':'O1'}", true), 0);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	CHECK_INT(bench_submit(&bench, "p1", "order.pick",
			  "{'order':'O1','line':'1','sku':'A','quantity':1}", true),
		0);
	outcome = bring(&bench);
	CHECK(outcome.withdrawn > 0);
	CHECK_INT(outcome.merged, 1);
	REQUIRE(br_order_get(bench_read(&bench), BR_STR("O1"), &bench.arena, &order) == 0);
	CHECK_INT(order.state, BR_ORDER_PICKING);
	/* The goods that were found are there all the same: sums commute. */
	CHECK_INT(bench_available(&bench, "A"), 13000);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* Two movements that HQ refuses; returns the number of the first, the second is behind it. */
static uint64_t refused_put(struct bench *bench)
{
	uint64_t first;

	for (unsigned i = 1; i <= 2; i++)
		CHECK_INT(bench_do(bench, "stock.move",
				  "{'sku':'A','kind':'receive','quantity':%u}", i),
			0);
	first = br_core_head(bench->core) - 1;
	for (uint64_t event = first; event <= first + 1; event++)
		CHECK_INT(bench_do(bench, "event.quarantine",
				  "{'event':%" PRIu64 ",'code':'no','message':'not now'}", event),
			0);
	return first;
}

/* What somebody did meanwhile with an event in quarantine counts, not what was done once. */
static void test_what_hq_refuses_stays_where_it_has_moved_on(void)
{
	struct br_quarantine_row row;
	struct bench past, bench;
	struct outcome outcome;
	uint64_t first, head;

	past_open(&past, "past-refused");
	first = refused_put(&past);
	head = br_core_head(past.core);
	for (uint64_t event = first; event <= first + 1; event++)
		CHECK_INT(bench_do(&past, "event.dismiss", "{'event':%" PRIu64 "}", event), 0);
	remember(&past, head);
	br_arena_init(&arena, 1 << 20);
	bench_open(&bench, "refused");
	bench_catalogue(&bench);
	CHECK_INT(refused_put(&bench), first);
	CHECK_INT(br_core_head(bench.core), head);
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	CHECK_INT(bench_do(&bench, "event.resend", "{'event':%" PRIu64 "}", first), 0);
	outcome = bring(&bench);
	CHECK_INT(outcome.withdrawn, 1);
	CHECK_INT(outcome.merged, 1);
	CHECK_INT(br_quarantine_get(bench_read(&bench), first, &bench.arena, &row), 0);
	CHECK(row.resent);
	CHECK_INT(br_quarantine_get(bench_read(&bench), first + 1, &bench.arena, &row),
		BR_E_NOT_FOUND);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* HQ tells its prices again behind the hole, and then what it took back of them. */
static void test_a_price_that_was_taken_back_waits_for_the_price(void)
{
	struct bench past, bench;
	struct outcome outcome;
	uint64_t head;

	past_open(&past, "past-price");
	head = br_core_head(past.core);
	CHECK_INT(bench_do(&past, "price.set",
			  "{'sku':'A','kind':'promotion','amount':1,'currency':'EUR',"
			  "'from':'2030-01-01T00:00:00Z'}"),
		0);
	CHECK_INT(bench_do(&past, "price.cancel",
			  "{'sku':'A','kind':'promotion','from':'2030-01-01T00:00:00Z'}"),
		0);
	remember(&past, head + 1);
	restored_open(&bench, "price");
	outcome = bring(&bench);
	CHECK_INT(outcome.withdrawn, 1);
	CHECK_INT(outcome.merged, 0);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* HQ got the last events first, and the first ones never. */
static void test_what_lacks_its_beginning_is_withdrawn(void)
{
	struct bench past, bench;
	struct outcome outcome;
	struct br_order order;
	uint64_t head;

	past_open(&past, "past-gap");
	head = br_core_head(past.core);
	CHECK_INT(bench_submit(&past, "o1", "order.offer", OFFER, true), 0);
	whole = br_core_head(past.core);
	CHECK_INT(bench_submit(&past, "m1", "stock.move",
			  "{'sku':'A','kind':'receive','quantity':5}", true),
		0);
	CHECK_INT(bench_submit(&past, "o2", "order.accept", "{'order':'O1'}", true), 0);
	remember(&past, head);
	restored_open(&bench, "gap");
	outcome = bring(&bench);
	whole = UINT64_MAX;
	CHECK_INT(outcome.withdrawn, 1);
	REQUIRE(br_order_get(bench_read(&bench), BR_STR("O1"), &bench.arena, &order) == 0);
	CHECK_INT(order.state, BR_ORDER_OFFERED);
	CHECK_INT(bench_available(&bench, "A"), 15000);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* HQ does not know that it lacks something: the order's own versions tell. */
static void test_an_order_without_its_beginning_is_withdrawn(void)
{
	struct bench past, bench;
	struct outcome outcome;
	struct br_order order;
	uint64_t offered;

	past_open(&past, "past-order");
	CHECK_INT(bench_submit(&past, "o1", "order.offer", OFFER, true), 0);
	offered = br_core_head(past.core);
	CHECK_INT(bench_submit(&past, "o2", "order.accept", "{'order':'O1'}", true), 0);
	/* Its last line, and what became of it. */
	remember(&past, offered - 1);
	restored_open(&bench, "order");
	outcome = bring(&bench);
	CHECK_INT(outcome.withdrawn, 2);
	CHECK_INT(outcome.merged, 0);
	CHECK(br_order_get(bench_read(&bench), BR_STR("O1"), &bench.arena, &order) < 0);
	bench_verify(&bench);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

static void test_outside_of_a_hole_nothing_comes_back(void)
{
	struct bench past, bench;
	struct outcome outcome;

	past_open(&past, "past-outside");
	CHECK_INT(bench_do(&past, "stock.move", "{'sku':'A','kind':'receive','quantity':1}"), 0);
	remember(&past, 0);
	br_arena_init(&arena, 1 << 20);
	bench_open(&bench, "outside");
	bench_catalogue(&bench);
	outcome = bring(&bench);
	CHECK_INT(outcome.merged + outcome.withdrawn, 0);
	CHECK_INT(bench_available(&bench, "A"), 10000);
	bench_close(&bench);
	bench_close(&past);
	forget();
}

/* A part of a template that no template has: it comes back, and nothing comes of it. */
static void test_a_part_that_no_template_has_is_passed_over(void)
{
	struct br_label_design_part part = {.template = BR_STR("shelf"),
		.text = BR_STR("{}"),
		.version = 1,
		.part = 5,
		.parts = 2};
	char name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1];
	struct br_event event = {.kind = BR_EVENT_TEMPLATE_CHANGED,
		.happened_ms = BENCH_NOW_MS,
		.recorded_ms = BENCH_NOW_MS,
		.command = BR_STR("c1"),
		.actor = BR_STR("hq"),
		.body = &part};
	struct bench bench;

	restored_open(&bench, "never");
	event.sequence = last_hole(&bench).after + 1;
	CHECK_INT(br_core_recover(bench.core, &event, BR_DOUBT_GAP), 1);
	bench_commit(&bench);
	CHECK(!br_label_design_next(bench_read(&bench), BR_STR(""), name));
	bench_verify(&bench);
	bench_close(&bench);
	br_arena_finish(&arena);
}

static void test_what_is_no_event_is_refused(void)
{
	static const struct {
		const char *json, *says;
	} bad[] = {
		{"{}", "type: "},
		{"{'type':'org.backroom.stock.moved.v2'}", "type: "},
		{"{'type':'org.backroom.stock.moved.v1','id':'7'}", "id: "},
		{"{'type':'org.backroom.stock.moved.v1','id':'00000000000000000007','time':'x'}",
			"time: "},
		{"{'type':'org.backroom.stock.moved.v1','id':'00000000000000000007',"
		 "'time':'2026-03-01T10:00:00Z','recordedtime':'2026-03-01T10:00:00Z'}",
			"commandid, actor: "},
		{"{'type':'org.backroom.stock.moved.v1','id':'00000000000000000007',"
		 "'time':'2026-03-01T10:00:00Z','recordedtime':'2026-03-01T10:00:00Z','commandid':'"
		 "c','actor':'a','data':{'sku':7}}",
			"data: "},
	};

	br_arena_init(&arena, 1 << 16);
	for (unsigned i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_json *json;
		struct br_event event;
		struct br_fault fault = {""};

		REQUIRE(br_json_parse(br_str_from(bench_quote(bad[i].json)), &json, &fault) == 0);
		CHECK(br_event_from_json(json, &arena, &event, &fault) < 0);
		CHECK_HAS(fault.text, bad[i].says);
		br_json_free(json);
	}
	br_arena_finish(&arena);
}

int main(int argc, char **argv)
{
	TEST(test_an_epoch_begins_beyond_all_numbers_given_out);
	TEST(test_a_backup_can_be_restored_twice);
	TEST(test_what_hq_has_comes_back);
	TEST(test_what_was_done_again_is_withdrawn);
	TEST(test_of_telemetry_comes_back_what_somebody_said);
	TEST(test_what_has_moved_on_is_withdrawn);
	TEST(test_what_hq_refuses_stays_where_it_has_moved_on);
	TEST(test_a_price_that_was_taken_back_waits_for_the_price);
	TEST(test_what_lacks_its_beginning_is_withdrawn);
	TEST(test_an_order_without_its_beginning_is_withdrawn);
	TEST(test_outside_of_a_hole_nothing_comes_back);
	TEST(test_a_part_that_no_template_has_is_passed_over);
	TEST(test_what_is_no_event_is_refused);
	return test_end(argc, argv);
}
