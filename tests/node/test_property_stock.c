/*
 * Random commands against the rules of the stock: movements, deliveries, transfers, counts, rights,
 * policies and sales in turns, with restarts. After every commit the counters are what the
 * journal's events add up to in a model that knows nothing of the views, and what is in transit,
 * granted and in lots is what the deliveries, transfers, grants and receipts say. TEST_SEED repeats
 * a run, TEST_STEPS makes it longer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/count.h"
#include "node/delivery.h"
#include "node/lot.h"
#include "node/open.h"
#include "node/rights.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/task.h"
#include "node/transfer.h"
#include "tests/node/bench.h"

#define STEPS 3000
#define SKUS 6
#define NAMES 400 /* of deliveries, transfers and counts each */

struct world {
	struct bench bench;
	/* Summed up from the events' own fields, not from what they tell as movements. */
	int64_t buckets[SKUS][BR_BUCKET_N], rights[SKUS];
	uint64_t summed;
	unsigned deliveries, transfers, counts, accepted, refused, reopened;
	bool held;
};

static unsigned upto(unsigned n)
{
	return (unsigned)(test_random() % n);
}

/* Mostly whole, sometimes by weight, now and then nonsense. */
static const char *quantity(unsigned max)
{
	static char texts[4][16];
	static unsigned next;
	char *text = texts[next++ % 4];

	if (upto(5) == 0)
		(void)snprintf(text, sizeof(texts[0]), "%u.%03u", upto(max), 1 + upto(999));
	else
		(void)snprintf(
			text, sizeof(texts[0]), "%s%u", upto(20) == 0 ? "-" : "", 1 + upto(max));
	return text;
}

/* A name given out before, or the next one. */
static unsigned name_of(unsigned *n, bool fresh)
{
	if (fresh && *n < NAMES)
		return (*n)++;
	return upto(*n + 1);
}

static enum br_refusal tell(struct world *world, const char *type, const char *json)
{
	enum br_refusal refusal = bench_do(&world->bench, type, "%s", json);

	world->accepted += refusal == 0;
	world->refused += refusal != 0;
	return refusal;
}

static const char *date(unsigned days)
{
	static char text[BR_TIME_TEXT_BYTES];

	br_time_format(BENCH_NOW_MS + (int64_t)upto(days) * 86400000 - 5 * INT64_C(86400000), text);
	return text;
}

static void move(struct world *world)
{
	static const char *const froms[] = {"", "", "", ",'bucket':'backroom'", ",'bucket':'shelf'",
		",'bucket':'damaged'", ",'bucket':'returned'", ",'bucket':'display'",
		",'bucket':'staged'"};
	static const char *const tos[] = {
		"", "", "", ",'to':'backroom'", ",'to':'display'", ",'to':'damaged'"};
	char json[300], dated[80] = "";

	if (upto(3) == 0)
		(void)snprintf(dated, sizeof(dated), ",'expiry':'%s'%s", date(30),
			upto(2) == 0 ? ",'lot':'L1'" : "");
	(void)snprintf(json, sizeof(json),
		"{'sku':'S%u','kind':'%s','quantity':%s,'reason':'r'%s%s%s}", upto(SKUS + 1),
		br_move_kind_words[upto(BR_MOVE_N)], quantity(9), froms[upto(BR_ARRAY_LEN(froms))],
		tos[upto(BR_ARRAY_LEN(tos))], dated);
	(void)tell(world, "stock.move", json);
}

static void sell(struct world *world)
{
	char json[200];

	(void)snprintf(json, sizeof(json),
		"{'till':'t','lines':[{'sku':'S%u','quantity':%s,'price':1},{'sku':'S%u',"
		"'quantity':1,'price':1}]}",
		upto(SKUS), quantity(3), upto(SKUS));
	(void)tell(world, upto(6) == 0 ? "return.record" : "sale.record", json);
}

static void deliver(struct world *world)
{
	static const char *const ends[] = {"delivery.close", "delivery.cancel"};
	unsigned dice = upto(10), name = name_of(&world->deliveries, dice < 3);
	char json[300];

	if (dice < 3)
		(void)snprintf(json, sizeof(json),
			"{'delivery':'D%u','lines':[{'sku':'S%u','quantity':%s,'expiry':'%s'},"
			"{'sku':'S%u','quantity':%s}]}",
			name, upto(SKUS), quantity(20), date(20), upto(SKUS), quantity(20));
	else if (dice < 8)
		(void)snprintf(json, sizeof(json),
			"{'delivery':'D%u','sku':'S%u','quantity':%s,'damaged':%u,'to':'%s'}", name,
			upto(SKUS), quantity(9), upto(4) == 0 ? 1 : 0,
			upto(2) == 0 ? "shelf" : "backroom");
	else
		(void)snprintf(json, sizeof(json), "{'delivery':'D%u'}", name);
	(void)tell(world,
		dice < 3   ? "delivery.announce"
		: dice < 8 ? "delivery.receive"
			   : ends[upto(2)],
		json);
}

static void transfer(struct world *world)
{
	unsigned dice = upto(8), name = name_of(&world->transfers, dice < 3);
	char json[300];

	if (dice < 3)
		(void)snprintf(json, sizeof(json),
			"{'transfer':'T%u','to':'x','bucket':'%s','lines':[{'sku':'S%u','quantity':"
			"%s},{'sku':'S%u','quantity':%s}]}",
			name, upto(2) == 0 ? "shelf" : "backroom", upto(SKUS), quantity(3),
			upto(SKUS), quantity(3));
	else if (dice < 4)
		(void)snprintf(json, sizeof(json), "{'transfer':'T%u'}", name);
	else if (dice < 6)
		(void)snprintf(json, sizeof(json),
			"{'transfer':'T%u','lines':[{'sku':'S%u','quantity':%s}]}", name,
			upto(SKUS), quantity(3));
	else
		(void)snprintf(json, sizeof(json), "{'transfer':'T%u','outcome':'%s'}", name,
			upto(2) == 0 ? "lost" : "found");
	(void)tell(world,
		dice < 3   ? "transfer.send"
		: dice < 4 ? (upto(2) == 0 ? "transfer.cancel" : "transfer.confirm")
		: dice < 6 ? "transfer.confirm"
			   : "transfer.settle",
		json);
}

static void count(struct world *world)
{
	static const char *const steps[] = {
		"count.close", "count.close", "count.approve", "count.reject", "count.cancel"};
	unsigned dice = upto(10), name = name_of(&world->counts, dice < 2);
	char json[300];

	if (dice < 2)
		(void)snprintf(json, sizeof(json),
			"{'count':'C%u','skus':['S%u','S%u'],'bucket':'%s'}", name, upto(3),
			3 + upto(3), br_count_bucket_words[upto(4)]);
	else if (dice < 6)
		(void)snprintf(json, sizeof(json), "{'count':'C%u','sku':'S%u','quantity':%s%s}",
			name, upto(SKUS), quantity(15), upto(4) == 0 ? ",'again':true" : "");
	else
		(void)snprintf(json, sizeof(json), "{'count':'C%u'%s}", name,
			upto(3) > 0 ? ",'associate':'anna'" : "");
	(void)tell(world,
		dice < 2   ? "count.open"
		: dice < 6 ? "count.enter"
			   : steps[upto(BR_ARRAY_LEN(steps))],
		json);
}

/* What the store's formula leaves for the central system, worked out apart from the core. */
static int64_t free_of(struct world *world, const struct br_stock *stock, int64_t safety)
{
	br_assert(safety >= 0);
	world->held = world->held && stock->rights >= 0;
	return stock->buckets[BR_BUCKET_BACKROOM] + stock->buckets[BR_BUCKET_SHELF] -
	       stock->reserved - stock->rights - safety;
}

/* Every product has its own safety: its number in pieces, set at the start. */
static void grant(struct world *world)
{
	bool grants = upto(3) > 0;
	unsigned sku = upto(SKUS);
	struct br_stock stock;
	char json[120], name[8];
	bool done;

	(void)snprintf(json, sizeof(json), "{'sku':'S%u','quantity':%s}", sku, quantity(3));
	(void)snprintf(name, sizeof(name), "S%u", sku);
	/* Rights are given back by the central system, and by nobody else. */
	world->bench.actor = grants ? "test" : BR_ACTOR_CENTRAL;
	done = tell(world, grants ? "rights.grant" : "rights.revoke", json) == 0;
	world->bench.actor = "test";
	if (!done || !grants)
		return;
	stock = br_stock_get(bench_read(&world->bench), br_str_from(name));
	world->held = CHECK(free_of(world, &stock, (int64_t)sku * 1000) >= 0) && world->held;
}

static void policy(struct world *world)
{
	char json[120];

	(void)snprintf(json, sizeof(json),
		"{'sku':'S%u','name':'s','track_expiry':%s,'min':%u,'markdown_days':3}", upto(SKUS),
		upto(5) == 0 ? "false" : "true", upto(6));
	(void)tell(world, "product.upsert", json);
}

static unsigned sku_index(struct br_str sku)
{
	REQUIRE(sku.n == 2 && sku.s[0] == 'S' && sku.s[1] >= '0' && sku.s[1] < '0' + SKUS);
	return (unsigned)(sku.s[1] - '0');
}

static void moved_sum(struct world *world, const struct br_stock_moved *moved)
{
	int64_t *buckets = world->buckets[sku_index(moved->sku)];

	buckets[moved->bucket] += moved->quantity;
	if (moved->to_bucket > 0)
		buckets[moved->to_bucket - 1] -= moved->quantity;
	if (moved->kind == BR_MOVE_COUNT)
		CHECK_INT(buckets[moved->bucket], moved->counted);
}

static void sold_sum(struct world *world, const struct br_event *event)
{
	const struct br_sold *sold = event->body;

	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

		if (event->kind == BR_EVENT_SALE_RECORDED)
			world->buckets[sku_index(line->sku)][BR_BUCKET_SHELF] -= line->quantity;
		else
			world->buckets[sku_index(line->sku)][BR_BUCKET_RETURNED] += line->quantity;
	}
}

static void delivered_sum(struct world *world, const struct br_event *event)
{
	const struct br_delivery_received *received = event->body;
	const struct br_delivery_lines *lines = event->body;
	bool comes = event->kind == BR_EVENT_DELIVERY_LINES_ANNOUNCED;
	int64_t *buckets;

	if (event->kind == BR_EVENT_DELIVERY_RECEIVED) {
		buckets = world->buckets[sku_index(received->sku)];
		buckets[received->to == 0 ? BR_BUCKET_BACKROOM : BR_BUCKET_SHELF] +=
			received->quantity;
		buckets[BR_BUCKET_DAMAGED] += received->damaged;
		buckets[BR_BUCKET_TRANSIT_IN] -= received->transit;
		return;
	}
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		const struct br_delivery_event_line *line =
			BR_LIST_AT(lines->lines, br_delivery_event_line, i);

		world->buckets[sku_index(line->sku)][BR_BUCKET_TRANSIT_IN] +=
			comes ? line->quantity : -line->quantity;
	}
}

static void lines_sum(struct world *world, const struct br_event *event)
{
	const struct br_transfer_lines *lines = event->body;
	const struct br_count_adjusted *adjusted = event->body;

	if (event->kind == BR_EVENT_TRANSFER_LINES)
		for (uint32_t i = 0; i < lines->lines.n; i++) {
			const struct br_transfer_event_line *line =
				BR_LIST_AT(lines->lines, br_transfer_event_line, i);
			int64_t *buckets = world->buckets[sku_index(line->sku)];

			buckets[BR_BUCKET_TRANSIT_OUT] += line->transit;
			buckets[lines->bucket == 0 ? BR_BUCKET_BACKROOM : BR_BUCKET_SHELF] +=
				line->here;
		}
	else
		for (uint32_t i = 0; i < adjusted->lines.n; i++) {
			const struct br_count_variance *line =
				BR_LIST_AT(adjusted->lines, br_count_variance, i);

			world->buckets[sku_index(line->sku)][br_count_bucket(adjusted->bucket)] +=
				line->counted - line->expected;
		}
}

static void event_sum(struct world *world, const struct br_event *event)
{
	const struct br_rights *rights = event->body;

	switch (event->kind) {
	case BR_EVENT_STOCK_MOVED:
		moved_sum(world, event->body);
		return;
	case BR_EVENT_SALE_RECORDED:
	case BR_EVENT_RETURN_RECORDED:
		sold_sum(world, event);
		return;
	case BR_EVENT_DELIVERY_LINES_ANNOUNCED:
	case BR_EVENT_DELIVERY_RECEIVED:
	case BR_EVENT_DELIVERY_SHORT:
		delivered_sum(world, event);
		return;
	case BR_EVENT_TRANSFER_LINES:
	case BR_EVENT_COUNT_ADJUSTED:
		lines_sum(world, event);
		return;
	case BR_EVENT_RIGHTS_GRANTED:
	case BR_EVENT_RIGHTS_REVOKED:
		world->rights[sku_index(rights->sku)] += event->kind == BR_EVENT_RIGHTS_GRANTED
								 ? rights->quantity
								 : -rights->quantity;
		return;
	default:
		return;
	}
}

static void events_sum(struct world *world, struct br_txn *txn)
{
	uint64_t head = br_journal_head(txn);

	while (world->summed < head) {
		struct br_event event;

		br_arena_reset(&world->bench.arena);
		REQUIRE(br_event_get(txn, ++world->summed, &world->bench.arena, &event) == 0);
		event_sum(world, &event);
	}
}

/* What open deliveries still wait for, and open transfers have not arrived with. */
struct transit {
	struct world *world;
	struct br_txn *txn;
	int64_t in[SKUS], out[SKUS];
};

static bool delivery_visit(void *context, struct br_str key)
{
	struct transit *transit = context;
	struct br_arena *arena = &transit->world->bench.arena;
	struct br_delivery delivery;

	REQUIRE(br_delivery_get(transit->txn, key, arena, &delivery) == 0);
	for (uint64_t i = 0; i < delivery.line_n; i++) {
		struct br_delivery_line line;

		REQUIRE(br_delivery_line_get(transit->txn, key, i, arena, &line) == 0);
		transit->in[sku_index(line.sku)] += br_delivery_outstanding(&line);
	}
	return true;
}

static bool transfer_visit(void *context, struct br_str key)
{
	struct transit *transit = context;
	struct br_arena *arena = &transit->world->bench.arena;
	struct br_transfer row;

	REQUIRE(br_transfer_get(transit->txn, key, arena, &row) == 0);
	for (uint64_t i = 0; i < row.line_n; i++) {
		struct br_transfer_line line;

		REQUIRE(br_transfer_line_get(transit->txn, key, i, arena, &line) == 0);
		if (row.state == BR_TRANSFER_SENT || line.received < line.sent)
			transit->out[sku_index(line.sku)] +=
				line.sent - (row.state == BR_TRANSFER_SENT ? 0 : line.received);
	}
	return true;
}

static bool lot_visit(void *context, const struct br_lot *lot)
{
	int64_t *total = context;

	CHECK(lot->quantity > 0 && lot->expiry_ms > 0);
	*total += lot->quantity;
	return true;
}

static void holds(struct world *world, bool rule, const char *what)
{
	if (!rule && world->held)
		printf("broken after event %" PRIu64 ": %s\n", br_core_head(world->bench.core),
			what);
	world->held = CHECK(rule) && world->held;
}

static void tasks_check(
	struct world *world, struct br_txn *txn, struct br_str sku, const struct br_stock *stock)
{
	bool fill = stock->shelf_min > 0 && stock->buckets[BR_BUCKET_SHELF] < stock->shelf_min &&
		    stock->buckets[BR_BUCKET_BACKROOM] > 0;

	holds(world, br_task_has(txn, BR_TASK_FILL, sku) == fill, "the shelf's task");
	holds(world,
		br_task_has(txn, BR_TASK_INSPECT, sku) == (stock->buckets[BR_BUCKET_RETURNED] > 0),
		"the task of what came back");
	holds(world, br_stock_on_hand(stock) >= 0 || br_task_has(txn, BR_TASK_COUNT, sku),
		"less than nothing is no task");
}

static void sku_check(struct world *world, struct transit *transit, unsigned i)
{
	const char name[] = {'S', (char)('0' + i)};
	struct br_str sku = {name, sizeof(name)};
	struct br_stock stock = br_stock_get(transit->txn, sku);
	int64_t lots = 0, cover;
	struct br_lot_visit visit = {lot_visit, &lots};

	for (unsigned b = 0; b < BR_BUCKET_N; b++)
		holds(world, stock.buckets[b] == world->buckets[i][b],
			"a counter is not what the journal adds up to");
	holds(world, stock.rights == world->rights[i] && stock.rights >= 0, "rights");
	holds(world, stock.buckets[BR_BUCKET_STAGED] == 0 && stock.reserved == 0,
		"something was staged or reserved without an order");
	holds(world, stock.buckets[BR_BUCKET_TRANSIT_IN] == transit->in[i],
		"in transit is not what deliveries wait for");
	holds(world, stock.buckets[BR_BUCKET_TRANSIT_OUT] == transit->out[i],
		"sent is not what has not arrived");
	br_lot_walk(transit->txn, sku, &visit);
	cover = stock.buckets[BR_BUCKET_BACKROOM] + stock.buckets[BR_BUCKET_SHELF] +
		stock.buckets[BR_BUCKET_DISPLAY];
	holds(world, lots <= (cover > 0 ? cover : 0), "lots have more than there is");
	holds(world, stock.track_expiry || lots == 0, "a product without dates has lots");
	tasks_check(world, transit->txn, sku, &stock);
}

static void invariants_check(struct world *world)
{
	struct transit transit = {.world = world, .txn = bench_read(&world->bench)};

	events_sum(world, transit.txn);
	br_arena_reset(&world->bench.arena);
	br_open_walk(transit.txn, BR_NOUN_DELIVERY, delivery_visit, &transit);
	br_open_walk(transit.txn, BR_NOUN_TRANSFER, transfer_visit, &transit);
	for (unsigned i = 0; i < SKUS; i++)
		sku_check(world, &transit, i);
	holds(world, br_txn_error(transit.txn) == 0, "a row does not decode");
}

static void step(struct world *world)
{
	static void (*const makers[])(struct world * world) = {move, move, move, sell, deliver,
		deliver, deliver, transfer, transfer, count, count, count, grant, policy};

	/* A clock that is set back now and then must not matter. */
	world->bench.now_ms += upto(50) == 0 ? -5000 : (int64_t)upto(600000);
	makers[upto(BR_ARRAY_LEN(makers))](world);
	if (upto(400) == 0) {
		bench_reopen(&world->bench);
		world->reopened++;
	}
}

static void test_random_stock_commands_keep_every_invariant(void)
{
	const char *text = getenv("TEST_STEPS");
	uint64_t steps = text != NULL ? strtoull(text, NULL, 10) : STEPS;
	struct world *world = calloc(1, sizeof(*world));

	REQUIRE(world != NULL);
	world->held = true;
	bench_open(&world->bench, "property");
	CHECK_INT(bench_do(&world->bench, "policy.set",
			  "{'count_approve_above':4,'count_approve_amount':1000}"),
		0);
	for (unsigned i = 0; i < SKUS; i++) {
		CHECK_INT(bench_do(&world->bench, "product.upsert",
				  "{'sku':'S%u','name':'s','track_expiry':true}", i),
			0);
		CHECK_INT(bench_do(&world->bench, "stock.policy",
				  "{'scope':'sku','key':'S%u','safety':%u}", i, i),
			0);
	}
	for (uint64_t i = 0; i < steps && world->held; i++) {
		step(world);
		invariants_check(world);
	}
	CHECK(world->held);
	bench_verify(&world->bench);
	printf("%u accepted, %u refused, %u restarts, %" PRIu64 " events, %u deliveries, %u "
	       "transfers, %u counts\n",
		world->accepted, world->refused, world->reopened, br_core_head(world->bench.core),
		world->deliveries, world->transfers, world->counts);
	/* A run that reaches little proves little. */
	CHECK(steps < STEPS || (world->accepted > steps / 4 && world->refused > steps / 20));
	bench_close(&world->bench);
	free(world);
}

int main(int argc, char **argv)
{
	TEST(test_random_stock_commands_keep_every_invariant);
	return test_end(argc, argv);
}
