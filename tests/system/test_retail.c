/*
 * A retailer's file through the till contract, in one process: every row once in the journal and
 * the sums equal, whatever was cut off before or behind a commit, and the same file again changes
 * nothing. A third of the sales is also placed as a pick-up order just before, so that orders and
 * tills compete for goods of which there are too few: no order is promised what another one holds,
 * and whatever the tills take from promised goods is recorded, sale by sale.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/breach.h"
#include "node/product.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/till.h"
#include "node/till_day.h"
#include "node/verify.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"
#include "tests/peers/csv.h"
#include "tests/peers/retail.h"
#include "tests/system/proof.h"

#define NOW_MS INT64_C(1309478400000) /* 2011-07-01, behind the last row */
#define ROWS 245903		      /* all of the file's */
#define CUTS 20
#define TURN_REQUESTS 20
#define SKUS_MAX 8192
#define ORDER_LINES_MAX 5

struct shop {
	struct br_store *store;
	struct br_keys *keys;
	struct br_core *core;
	struct br_till *till;
	struct br_clock clock;
	struct br_arena arena;
	uint64_t accepted, refused, conflicts, warnings; /* replies of tills */
	uint64_t promised, declined;			 /* orders */
	uint64_t cut;					 /* turns that were lost */
};

static struct shop shop;
static char state[TEST_PATH_BYTES], products[TEST_PATH_BYTES];

/* What the journal says of one product, added up in another way than the views do. */
struct counters {
	char sku[BR_ID_BYTES_MAX + 1];
	int64_t sellable, reserved, rights;
	int64_t taken_of_command, breached_of_command; /* of the command at hand */
	int64_t demanded;			       /* by the file: what is received at first */
};

static struct counters counters[SKUS_MAX];

static struct counters *counters_of(struct br_str sku)
{
	uint64_t at = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sku.n; i++)
		at = (at ^ (unsigned char)sku.s[i]) * UINT64_C(1099511628211);
	for (at %= SKUS_MAX; counters[at].sku[0] != '\0'; at = (at + 1) % SKUS_MAX)
		if (br_str_is(sku, counters[at].sku))
			return &counters[at];
	REQUIRE(br_str_copy(sku, counters[at].sku, sizeof(counters[at].sku)));
	return &counters[at];
}

static int reply_take(void *context BR_UNUSED, const char *topic BR_UNUSED, struct br_str payload,
	int qos BR_UNUSED, bool retain BR_UNUSED)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str outcome;

	REQUIRE(br_json_parse(payload, &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "outcome"), &outcome));
	shop.accepted += br_str_is(outcome, "accepted");
	shop.refused += br_str_is(outcome, "refused");
	shop.conflicts += br_str_is(outcome, "conflict");
	shop.warnings += br_json_member(root, "warning") != NULL;
	if (br_str_is(outcome, "refused"))
		printf("refused: %.*s\n", BR_STR_ARG(payload));
	return 0;
}

static bool connected(void *context BR_UNUSED)
{
	return true;
}

static int64_t clock_now(void *context BR_UNUSED)
{
	return NOW_MS;
}

static void shop_open(void)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_publisher publisher = {reply_take, connected, NULL};
	struct br_keys_options keys_options = {.sync_off = true};
	char path[TEST_PATH_BYTES + 16];

	(void)snprintf(path, sizeof(path), "%s/ledger", state);
	options.sync_off = true;
	shop.clock = (struct br_clock){clock_now, clock_now, NULL};
	REQUIRE(br_store_open(path, &options, &shop.store, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/keys", state);
	REQUIRE(br_keys_open(path, &keys_options, &shop.keys, NULL) == 0);
	REQUIRE(br_core_create(shop.store, shop.keys, &shop.core, NULL) == 0);
	REQUIRE(br_till_create(shop.core, shop.store, publisher, &shop.clock, "GBP", &shop.till) ==
		0);
}

/* The turn that is open is lost, as when the process dies. */
static void shop_close(void)
{
	br_till_destroy(BR_TAKE(shop.till));
	br_core_destroy(BR_TAKE(shop.core));
	br_keys_close(BR_TAKE(shop.keys));
	br_store_close(BR_TAKE(shop.store));
}

static void answer_count(
	void *owner BR_UNUSED, const struct br_ticket *ticket, const struct br_answer *answer)
{
	shop.promised += ticket->number == 1 && answer->outcome == BR_OUTCOME_ACCEPTED;
	shop.declined += ticket->number == 1 && answer->outcome == BR_OUTCOME_REFUSED;
	if (ticket->number == 0 && answer->outcome != BR_OUTCOME_ACCEPTED) {
		printf("%s: %s\n", ticket->command, answer->message);
		test_abandon();
	}
}

/* Puts a command, {id, type, data}, to the core; `promise` is one that may be refused. */
static void command(const char *json, bool promise)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_ticket ticket = {.deliver = answer_count, .number = promise};
	struct br_command asked = {.actor = BR_STR("hq"), .now_ms = NOW_MS};
	enum br_refusal refusal;
	struct br_fault fault = {""};

	br_arena_reset(&shop.arena);
	REQUIRE(br_json_parse(br_str_from(json), &root, &fault) == 0);
	if (br_command_from_json(root, &shop.arena, &asked, &refusal, &fault) < 0) {
		printf("%s: %s\n", json, fault.text);
		test_abandon();
	}
	REQUIRE(br_str_copy(asked.id, ticket.command, sizeof(ticket.command)));
	REQUIRE(br_core_submit(shop.core, &asked, &ticket) == 0);
}

static void turn_end(void)
{
	REQUIRE(br_core_commit(shop.core) == 0);
}

/* The file's products, each with some of what the file will ask for. */
static void catalogue_fill(const char *csv)
{
	struct peer_retail *retail = NULL;
	struct peer_csv *table = NULL;
	struct br_fault fault = {""};
	struct br_text text;
	unsigned number = 0;
	int sku, gtins;

	REQUIRE(peer_retail_open(csv, ROWS, 0, &retail, &fault) == 0);
	REQUIRE(peer_retail_products(retail, products, &fault) > 0);
	peer_retail_close(retail);
	REQUIRE(peer_csv_open(products, &table, &fault) == 0);
	sku = peer_csv_column(table, "sku");
	gtins = peer_csv_column(table, "gtins");
	br_text_init(&text, 4096);
	while (peer_csv_next(table, &fault) == 1) {
		struct br_str name = peer_csv_field(table, sku);
		int64_t most = counters_of(name)->demanded / 2000;

		br_text_clear(&text);
		br_text_printf(&text,
			"{\"id\":\"p%u\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"%.*s\","
			"\"name\":\"%.*s\",\"gtins\":[\"%.*s\"]}}",
			++number, BR_STR_ARG(name), BR_STR_ARG(name),
			BR_STR_ARG(peer_csv_field(table, gtins)));
		command(text.bytes, false);
		br_text_clear(&text);
		br_text_printf(&text,
			"{\"id\":\"r%u\",\"type\":\"stock.move\",\"data\":{\"sku\":\"%.*s\","
			"\"kind\":\"receive\",\"quantity\":%" PRId64 "}}",
			number, BR_STR_ARG(name), most > 0 ? most : 1);
		command(text.bytes, false);
		if (br_core_turn_n(shop.core) + 2 >= BR_TURN_COMMANDS_MAX)
			turn_end();
	}
	turn_end();
	br_text_finish(&text);
	peer_csv_close(table);
}

/* What the file sells in all, by product. */
static void demand_read(const char *csv)
{
	struct peer_csv *table = NULL;
	struct br_fault fault;
	int code, amount;

	REQUIRE(peer_csv_open(csv, &table, &fault) == 0);
	code = peer_csv_column(table, "StockCode");
	amount = peer_csv_column(table, "Quantity");
	for (int64_t i = 0; i < ROWS && peer_csv_next(table, &fault) == 1; i++) {
		int64_t quantity;

		REQUIRE(br_str_to_milli(peer_csv_field(table, amount), &quantity));
		if (quantity > 0)
			counters_of(peer_csv_field(table, code))->demanded += quantity;
	}
	peer_csv_close(table);
}

/* The sale's lines as an order that somebody places just before. */
static void order_place(const struct peer_draft *draft, const char *id)
{
	uint32_t line_n = draft->line_n < ORDER_LINES_MAX ? draft->line_n : ORDER_LINES_MAX;
	struct br_text text;

	br_text_init(&text, 1 << 16);
	br_text_printf(&text,
		"{\"id\":\"o-%s\",\"type\":\"order.offer\",\"data\":{\"order\":\"%s\",\"lines\":[",
		id, id);
	for (uint32_t i = 0; i < line_n; i++) {
		struct br_txn *txn = br_core_txn(shop.core);
		struct br_str sku;

		REQUIRE(br_product_by_barcode(txn, br_str_from(draft->lines[i].barcode), &sku) ==
			0);
		br_text_printf(&text,
			"%s{\"line\":\"%u\",\"sku\":\"%.*s\",\"quantity\":%" PRId64 "}",
			i > 0 ? "," : "", i + 1, BR_STR_ARG(sku),
			draft->lines[i].quantity_milli / 1000);
	}
	br_text_puts(&text, "]}}");
	command(text.bytes, false);
	br_text_clear(&text);
	br_text_printf(&text,
		"{\"id\":\"a-%s\",\"type\":\"order.accept\",\"data\":{\"order\":\"%s\"}}", id, id);
	command(text.bytes, true);
	br_text_finish(&text);
}

/* Requests that were sent in the turn that is open: what a till sends again when it is lost. */
struct outbox {
	struct peer_draft *drafts;
	struct peer_request requests[TURN_REQUESTS];
	unsigned n;
};

static void request_send(const struct peer_draft *draft, struct peer_request *request)
{
	struct br_message message = {.payload = br_text_str(&request->body), .qos = 1};
	char topic[128];

	/* By the request's own number, so that a repetition places the same orders. */
	if (draft->kind == PEER_SALE && request->number % 10 < 3)
		order_place(draft, request->id);
	(void)snprintf(topic, sizeof(topic), "backroom/v1/till/%s/request", request->till);
	message.topic = br_str_from(topic);
	br_till_message(shop.till, &message);
}

/* Sends the turn's requests; `cut` loses it before its end, `behind` only its replies. */
static void turn_play(struct outbox *outbox, bool cut, bool behind)
{
	for (unsigned round = 0; round < (cut || behind ? 2 : 1); round++) {
		for (unsigned i = 0; i < outbox->n; i++) {
			/* A turn takes no more; an order and its answer are two of them. */
			if (br_core_turn_n(shop.core) + 3 >= BR_TURN_COMMANDS_MAX)
				turn_end();
			request_send(&outbox->drafts[i], &outbox->requests[i]);
		}
		if (!cut || round > 0)
			turn_end();
		if (cut && round == 0) {
			shop_close();
			shop_open();
			shop.cut++;
		}
	}
	outbox->n = 0;
}

/* Plays the whole file; returns the requests. `turns_cut` of the turns are lost on the way. */
static uint64_t file_play(const char *csv, bool cuts)
{
	static struct outbox outbox;
	struct peer_retail *retail = NULL;
	struct peer_draft_source source;
	struct br_fault fault = {""};
	uint64_t number = 0, turn = 0;
	int got = 1;

	outbox.drafts = calloc(TURN_REQUESTS, sizeof(*outbox.drafts));
	REQUIRE(outbox.drafts != NULL);
	for (unsigned i = 0; i < TURN_REQUESTS; i++)
		peer_request_init(&outbox.requests[i]);
	REQUIRE(peer_retail_open(csv, ROWS, 0, &retail, &fault) == 0);
	source = peer_retail_source(retail);
	while (got > 0) {
		struct peer_request *request = &outbox.requests[outbox.n];

		got = source.next(source.context, &outbox.drafts[outbox.n], &fault);
		REQUIRE(got >= 0);
		if (got > 0) {
			request->number = ++number;
			(void)snprintf(request->till, sizeof(request->till), "till-%u",
				(unsigned)(number % 8) + 1);
			(void)snprintf(
				request->id, sizeof(request->id), "s%" PRIu64, request->number);
			REQUIRE(peer_request_write(request, &outbox.drafts[outbox.n]) == 0);
			outbox.n++;
		}
		if (outbox.n == TURN_REQUESTS || (got == 0 && outbox.n > 0)) {
			turn++;
			turn_play(&outbox, cuts && shop.cut < CUTS && turn % 2 == 0,
				cuts && turn % 7 == 0);
		}
	}
	peer_retail_close(retail);
	for (unsigned i = 0; i < TURN_REQUESTS; i++)
		peer_request_finish(&outbox.requests[i]);
	free(outbox.drafts);
	return number;
}

static unsigned breaches, breaches_wrong, promises_wrong;

/* The command that the walk over the journal is in, when it takes goods for its own sake. */
struct taking {
	struct counters *of[PEER_REQUEST_LINES_MAX]; /* of each of its movements */
	unsigned n;
	char command[BR_ID_BYTES_MAX + 1];
};

/* A movement and, when its command is looked at, where it is noted. */
static void movement_add(void *context, const struct br_movement *movement)
{
	struct counters *of = counters_of(movement->sku);
	struct taking *taking = context;
	int64_t gained = movement->buckets[BR_BUCKET_BACKROOM] + movement->buckets[BR_BUCKET_SHELF];

	of->sellable += gained;
	of->reserved += movement->reserved;
	of->rights += movement->rights;
	/* Whatever is promised lies there at that moment, and is not promised twice. */
	promises_wrong += movement->reserved > 0 && of->reserved + of->rights > of->sellable;
	if (taking == NULL)
		return;
	REQUIRE(taking->n < BR_ARRAY_LEN(taking->of));
	taking->of[taking->n++] = of;
	of->taken_of_command -= gained;
}

/* The promises that nothing lies behind. */
static int64_t shortage(const struct counters *of, int64_t sellable)
{
	int64_t promised = of->reserved + of->rights, lacks = promised - sellable;

	return lacks < 0 ? 0 : lacks < promised ? lacks : promised;
}

/* Behind its last event: what it took from promised goods is what it recorded. */
static void taking_settle(struct taking *taking)
{
	for (unsigned i = 0; i < taking->n; i++) {
		struct counters *of = taking->of[i];
		int64_t grown = shortage(of, of->sellable) -
				shortage(of, of->sellable + of->taken_of_command);

		/* A product on several lines is looked at with the first of them. */
		if (of->taken_of_command > 0 && grown != of->breached_of_command) {
			breaches_wrong++;
			printf("%s: %s: recorded %" PRId64 ", was %" PRId64 "\n", taking->command,
				of->sku, of->breached_of_command, grown);
		}
		of->taken_of_command = of->breached_of_command = 0;
	}
	taking->n = 0;
}

static void event_follow(const struct br_event *event, struct taking *taking)
{
	bool takes = event->kind == BR_EVENT_SALE_RECORDED || event->kind == BR_EVENT_STOCK_MOVED;
	struct br_movement_visit visit = {movement_add, takes ? taking : NULL};

	if (!br_str_is(event->command, taking->command))
		taking_settle(taking);
	if (takes)
		REQUIRE(br_str_copy(event->command, taking->command, sizeof(taking->command)));
	if (br_event_type(event)->movements != NULL)
		br_event_type(event)->movements(event, &visit);
	if (event->kind == BR_EVENT_STOCK_BREACHED) {
		const struct br_breached *breached = event->body;

		breaches++;
		CHECK(breached->quantity > 0 && taking->n > 0);
		counters_of(breached->sku)->breached_of_command += breached->quantity;
	}
}

/* Walks over the journal and counts for itself. */
static void journal_follow(void)
{
	static struct taking taking;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head;

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	head = br_journal_head(txn);
	for (uint64_t at = 1; at <= head; at++) {
		struct br_event event;

		br_arena_reset(&shop.arena);
		REQUIRE(br_event_get(txn, at, &shop.arena, &event) == 0);
		event_follow(&event, &taking);
	}
	taking_settle(&taking);
	/* The views say the same of every product. */
	for (unsigned i = 0; i < SKUS_MAX; i++) {
		struct br_stock stock;

		if (counters[i].sku[0] == '\0')
			continue;
		stock = br_stock_get(txn, br_str_from(counters[i].sku));
		CHECK_INT(br_stock_sellable(&stock), counters[i].sellable);
		CHECK_INT(stock.reserved, counters[i].reserved);
	}
}

static void ledger_verify(void)
{
	struct br_verify_options options = {.scratch = test_folder()};
	struct br_verify_report report = {.problems = 1};
	struct br_fault fault = {""};

	CHECK_INT(br_verify(shop.store, &options, &report, &fault), 0);
	CHECK_TEXT(fault.text, "");
	CHECK_INT(report.problems, 0);
}

/* What the tills' days add up to, and what the file says. */
static uint64_t sales_of_days;

static void day_add(void *context BR_UNUSED, struct br_str till BR_UNUSED,
	struct br_str currency BR_UNUSED, const struct br_till_day *day)
{
	sales_of_days += day->sales;
}

static void days_sum(void)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str every = {NULL, 0};

	REQUIRE(br_txn_begin(shop.store, false, &txn) == 0);
	for (int64_t at_ms = INT64_C(1288569600000); at_ms < NOW_MS;) {
		struct br_day day = br_day_of(at_ms);

		br_till_day_walk(txn, &day, every, day_add, NULL);
		at_ms = day.to_ms;
	}
}

static void test_a_retailers_file_is_played_to_the_row(void)
{
	const char *data = test_data("retail/online-retail-2010-12_2011-06.csv.gz");
	uint64_t requests, head, moving;
	char *csv;

	if (data == NULL) {
		/* Said by test_data(). */
		CHECK(data == NULL);
		return;
	}
	csv = strdup(data);
	(void)snprintf(state, sizeof(state), "%s/state", test_folder());
	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	REQUIRE(mkdir(state, 0700) == 0);
	br_arena_init(&shop.arena, 4 << 20);
	demand_read(csv);
	shop_open();
	catalogue_fill(csv);
	requests = file_play(csv, true);
	head = br_core_head(shop.core);
	printf("%" PRIu64 " requests in %d rows, %" PRIu64 " turns lost; %" PRIu64
	       " orders promised, %" PRIu64 " declined; %" PRIu64 " replies with a warning\n",
		requests, ROWS, shop.cut, shop.promised, shop.declined, shop.warnings);
	CHECK_INT(shop.cut, CUTS);
	CHECK_INT(shop.refused, 0);
	CHECK_INT(shop.conflicts, 0);
	CHECK(shop.accepted >= requests);
	CHECK(shop.promised > 20 && shop.declined > 20);
	/* The whole file once more: each has its first answer, and nothing moves. */
	shop.accepted = 0;
	CHECK_INT(file_play(csv, false), requests);
	CHECK_INT(br_core_head(shop.core), head);
	CHECK_INT(shop.accepted, requests);
	CHECK_INT(shop.conflicts, 0);
	journal_follow();
	printf("%u breaches recorded\n", breaches);
	CHECK(breaches > 100);
	CHECK_INT(breaches_wrong, 0);
	CHECK_INT(promises_wrong, 0);
	days_sum();
	CHECK(sales_of_days > 0 && sales_of_days <= requests);
	ledger_verify();
	shop_close();
	br_arena_finish(&shop.arena);
	CHECK_INT(proof_retail_differ(csv, ROWS, state, &moving), 0);
	CHECK(moving > ROWS / 10 * 9);
	free(csv);
}

int main(int argc, char **argv)
{
	TEST(test_a_retailers_file_is_played_to_the_row);
	return test_end(argc, argv);
}
