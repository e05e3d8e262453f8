/*
 * Random commands against the rules of stock and orders: thousands of them, in turns of random
 * size, with repeats, conflicts and restarts, and after every commit the invariants. TEST_SEED
 * repeats a run, TEST_STEPS makes it longer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/breach.h"
#include "node/customer.h"
#include "node/lot.h"
#include "node/order.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/timer.h"
#include "tests/node/bench.h"

#define STEPS 4000
#define SKUS 12
#define ORDERS_MAX 2000
#define SENT_MAX 512
#define GROUP_MAX 30

/* A command that was sent, and its answer, for sending it again. */
struct sent {
	char id[24], actor[16], type[24], json[2400];
	struct br_answer answer;
	bool answered;
};

struct world {
	struct bench bench;
	struct sent sent[SENT_MAX];
	uint64_t sent_n;
	unsigned orders; /* named O0, O1, … so far */
	/* Summed up from the journal's events, apart from the views. */
	int64_t reserved[SKUS], rights[SKUS],
		sellable[SKUS]; /* sellable: in the back room and on the shelf */
	int64_t on_hand[SKUS];
	uint64_t summed;	     /* the last event in on_hand */
	bool told[ORDERS_MAX][SKUS]; /* a breach has named the order for the product */
	unsigned accepted, refused, repeated, conflicts, reopened;
	/* Who was erased at least once, from the journal. */
	struct br_person erased[ORDERS_MAX];
	unsigned erased_n, unreadable;
	unsigned lots; /* how often a product had any */
	unsigned lot_picks;
	unsigned reached[BR_ORDER_STATE_N]; /* events that left an order in that state */
	bool split; /* the last event took lines out of an order that another one accepts */
	bool held;
};

static unsigned upto(unsigned n)
{
	return (unsigned)(test_random() % n);
}

/* A quantity as JSON: mostly whole, sometimes by weight. */
static const char *quantity(unsigned max)
{
	static char text[16];

	if (upto(4) == 0)
		(void)snprintf(text, sizeof(text), "%u.%03u", upto(max), 1 + upto(999));
	else
		(void)snprintf(text, sizeof(text), "%u", 1 + upto(max));
	return text;
}

static unsigned sku_index(struct br_str sku);

static const char *gtin_of(unsigned i)
{
	static const char *const gtins[] = {"2000000000015", "4006381333931", "036000291452",
		"40170725", "20000004", "10614141000415"};

	return gtins[i % BR_ARRAY_LEN(gtins)];
}

/* Each product's own, of 14 digits; the check digit is that of GS1 (section 7.9). */
static const char *own_gtin(unsigned sku)
{
	static char gtin[24];
	unsigned sum = 0;

	(void)snprintf(gtin, sizeof(gtin), "0401%09u", sku);
	for (unsigned i = 0; i < 13; i++)
		sum += (unsigned)(gtin[i] - '0') * (i % 2 == 0 ? 3 : 1);
	(void)snprintf(gtin + 13, sizeof(gtin) - 13, "%u", (10 - sum % 10) % 10);
	return gtin;
}

static void product_make(struct world *world BR_UNUSED, struct sent *sent)
{
	unsigned sku = upto(SKUS);

	(void)strcpy(sent->type, "product.upsert");
	if (upto(8) == 0)
		(void)snprintf(sent->json, sizeof(sent->json), "{'sku':'S%u','name':'thing %u'}",
			sku, upto(100));
	else
		(void)snprintf(sent->json, sizeof(sent->json),
			"{'sku':'S%u','name':'thing %u','brand':'b%u','gtins':['%s','%s'],"
			"'track_expiry':%s}",
			sku, upto(100), upto(5), gtin_of(upto(6)), own_gtin(sku),
			upto(8) == 0 ? "false" : "true");
}

static void removal_make(struct world *world BR_UNUSED, struct sent *sent)
{
	(void)strcpy(sent->type, "product.remove");
	(void)snprintf(sent->json, sizeof(sent->json), "{'sku':'S%u'}", upto(SKUS + 1));
}

static void price_make(struct world *world, struct sent *sent)
{
	char to[BR_TIME_TEXT_BYTES];
	bool ends = upto(2) == 0;

	br_time_format(world->bench.now_ms + upto(1000000), to);
	(void)strcpy(sent->type, "price.set");
	(void)snprintf(sent->json, sizeof(sent->json),
		"{'sku':'S%u','kind':'%s','amount':%s,'currency':'EUR'%s%s%s}", upto(SKUS),
		upto(2) == 0 ? "regular" : "promotion", quantity(20), ends ? ",'to':'" : "",
		ends ? to : "", ends ? "'" : "");
}

static void move_make(struct world *world BR_UNUSED, struct sent *sent)
{
	static const char *const kinds[] = {"receive", "receive", "receive", "adjust", "adjust",
		"count", "fill", "fill", "waste"};
	static const char *const buckets[] = {
		"", "", "", ",'bucket':'backroom'", ",'bucket':'display'", ",'bucket':'staged'"};

	unsigned kind = upto(BR_ARRAY_LEN(kinds));
	char lot[48] = "";

	if (kind < 3 && upto(3) > 0)
		(void)snprintf(lot, sizeof(lot), ",'expiry':'2026-03-%02u','lot':'l%u'",
			1 + upto(6), upto(3));
	(void)strcpy(sent->type, "stock.move");
	(void)snprintf(sent->json, sizeof(sent->json),
		"{'sku':'S%u','kind':'%s','quantity':%s%s,'reason':'r'%s%s}", upto(SKUS),
		kinds[kind], upto(8) == 0 ? "-" : "", quantity(kind < 3 ? 60 : 12),
		buckets[upto(BR_ARRAY_LEN(buckets))], lot);
}

static void till_make(struct world *world BR_UNUSED, struct sent *sent)
{
	unsigned lines = upto(20) == 0 ? 25 : 1 + upto(4);
	size_t n;

	(void)strcpy(sent->type, upto(6) == 0 ? "return.record" : "sale.record");
	n = (size_t)snprintf(sent->json, sizeof(sent->json), "{'till':'t%u','lines':[", upto(3));
	for (unsigned i = 0; i < lines; i++) {
		char sku[8];
		bool scanned = upto(4) == 0;

		(void)snprintf(sku, sizeof(sku), "S%u", upto(SKUS));
		n += (size_t)snprintf(sent->json + n, sizeof(sent->json) - n,
			"%s{'%s':'%s','quantity':%s,'price':1}", i > 0 ? "," : "",
			scanned ? "barcode" : "sku", scanned ? gtin_of(upto(6)) : sku, quantity(3));
	}
	(void)snprintf(sent->json + n, sizeof(sent->json) - n, "]}");
}

static void offer_make(struct world *world, struct sent *sent)
{
	unsigned lines = 1 + upto(5), order = world->orders;
	unsigned method = upto(2) == 0 ? BR_METHOD_PICKUP : upto(BR_METHOD_N);
	size_t n;

	/* Now and then an order that is there already. */
	if (upto(10) == 0 && world->orders > 0)
		order = upto(world->orders);
	else if (world->orders < ORDERS_MAX)
		world->orders++;
	(void)strcpy(sent->type, "order.offer");
	n = (size_t)snprintf(sent->json, sizeof(sent->json),
		"{'order':'O%u','note':'n',%s'method':'%s'%s%s,'lines':[", order,
		upto(4) == 0 ? "'customer':'C-1'," : "", br_method_words[method],
		upto(4) == 0 ? ",'collect_by':'2026-03-02T10:00:00Z'" : "",
		method < BR_METHOD_SHIP_FROM_STORE && upto(4) == 0 ? ",'code':'CODE1'" : "");
	for (unsigned i = 0; i < lines; i++)
		n += (size_t)snprintf(sent->json + n, sizeof(sent->json) - n,
			"%s{'line':'%u','sku':'S%u','quantity':%s,'policy':'%s'%s}",
			i > 0 ? "," : "", i, upto(SKUS), quantity(4),
			br_substitution_words[upto(4)], upto(4) == 0 ? ",'rights':true" : "");
	(void)snprintf(sent->json + n, sizeof(sent->json) - n, "]%s}",
		method == BR_METHOD_RETURN && world->orders > 0 && upto(2) == 0 ? ",'original':'O1'"
										: "");
}

/* Often what ends an order or leads nowhere; those come more seldom. */
static bool verb_dull(unsigned verb)
{
	return (verb == BR_VERB_CANCEL || verb == BR_VERB_REJECT || verb == BR_VERB_UPDATE ||
		       verb == BR_VERB_HOLD || verb == BR_VERB_UNPICK || verb == BR_VERB_SHORT ||
		       verb == BR_VERB_SPLIT) &&
	       upto(12) != 0;
}

/* A verb that the order's committed state allows, or any at all. */
static unsigned verb_choose(struct world *world, const char *name)
{
	unsigned verb = upto(BR_VERB_EXPIRE), tries = 0;
	struct br_order order;

	if (upto(12) == 0 || br_order_get(bench_read(&world->bench), br_str_from(name),
				     &world->bench.arena, &order) < 0)
		return verb;
	while (tries++ < 200 &&
		(!br_order_verb_allowed(br_order_flow(order.method), order.state, verb) ||
			verb_dull(verb)))
		verb = upto(BR_VERB_EXPIRE);
	return verb;
}

/* Mostly one of the order's own lines, whole or in part; now and then something that does not fit.
 */
static size_t goods_make(struct world *world, const char *name, char *json, size_t size)
{
	struct br_order_line line;
	struct br_order order;
	size_t n = 0;

	if (upto(8) != 0 &&
		br_order_get(bench_read(&world->bench), br_str_from(name), &world->bench.arena,
			&order) == 0 &&
		br_order_line_get(world->bench.read, br_str_from(name),
			upto((unsigned)order.line_n), &world->bench.arena, &line) == 0)
		n += (size_t)snprintf(json + n, size - n, ",'line':'%.*s'", BR_STR_ARG(line.line));
	/* A label that says which lot the piece is of; some are out of date. */
	if (n > 0 && upto(3) > 0)
		n += (size_t)snprintf(json + n, size - n, ",'barcode':'(01)%s(17)2603%02u(10)l%u'",
			own_gtin(sku_index(line.sku)), 1 + upto(6), upto(3));
	else if (n == 0 || upto(20) == 0)
		n += (size_t)snprintf(json + n, size - n, ",'sku':'S%u'", upto(SKUS));
	if (upto(3) == 0)
		n += (size_t)snprintf(json + n, size - n, ",'quantity':%s", quantity(3));
	return n;
}

/* What a verb wants beside the order. */
static void verb_rest(struct world *world, const char *name, unsigned verb, char *json, size_t size)
{
	char until[BR_TIME_TEXT_BYTES];
	size_t n = 0;

	json[0] = '\0';
	if (verb == BR_VERB_PICK || verb == BR_VERB_UNPICK || verb == BR_VERB_SHORT ||
		verb == BR_VERB_SUBSTITUTE || verb == BR_VERB_RECEIVE ||
		((verb == BR_VERB_RESTOCK || verb == BR_VERB_INSPECT) && upto(2) == 0))
		n = goods_make(world, name, json, size);
	if (verb == BR_VERB_SUBSTITUTE)
		(void)snprintf(
			json, size, ",'line':'%u','sku':'S%u','asked':true", upto(5), upto(SKUS));
	else if (verb == BR_VERB_REJECT || verb == BR_VERB_SHORT)
		(void)snprintf(json + n, size - n, ",'reason':'r'");
	else if (verb == BR_VERB_INSPECT && upto(2) == 0)
		(void)snprintf(json + n, size - n, ",'to':'vendor'");
	else if (verb == BR_VERB_ACCEPT && upto(2) == 0)
		(void)snprintf(json, size, ",'partial':true");
	else if (verb == BR_VERB_STAGE)
		(void)snprintf(json, size, ",'location':'rack %u'", upto(9));
	else if (verb == BR_VERB_UPDATE)
		(void)snprintf(json, size, ",'note':'note %u','priority':%u", upto(9), 1 + upto(9));
	else if (verb == BR_VERB_HAND_OVER)
		(void)snprintf(json, size, ",'code':'CODE%u'", upto(4) == 0 ? 2 : 1);
	else if (verb == BR_VERB_SPLIT)
		(void)snprintf(json, size, ",'into':'O%u','lines':[{'line':'%u'%s}]",
			world->orders < ORDERS_MAX ? world->orders++ : 0, upto(5),
			upto(2) == 0 ? ",'quantity':1" : "");
	if (verb != BR_VERB_HOLD)
		return;
	br_time_format(world->bench.now_ms + upto(10000000), until);
	(void)snprintf(json, size, ",'reason':'r','until':'%s'", until);
}

/* Mostly one that is open, so that many come to their end; now and then any, or none at all. */
static void order_choose(struct world *world, char *name, size_t size)
{
	unsigned skip = upto(12), n = 0;
	struct br_str none = {NULL, 0}, key, value, order;
	struct br_scan scan;

	(void)snprintf(name, size, "O%u", upto(world->orders + 1));
	if (upto(15) == 0)
		return;
	br_scan_begin(&scan, bench_read(&world->bench), BR_TABLE_ORDER_OPEN, none, none, false);
	while (n++ <= skip && br_scan_next(&scan, &key, &value))
		if (br_key_take_str(&key, &order))
			(void)snprintf(name, size, "%.*s", BR_STR_ARG(order));
	br_scan_end(&scan);
}

static void verb_make(struct world *world, struct sent *sent)
{
	char name[BR_ID_BYTES_MAX + 1], rest[200];
	unsigned verb;

	order_choose(world, name, sizeof(name));
	verb = verb_choose(world, name);
	verb_rest(world, name, verb, rest, sizeof(rest));
	(void)snprintf(sent->type, sizeof(sent->type), "order.%s", br_order_verb_words[verb]);
	(void)snprintf(sent->json, sizeof(sent->json), "{'order':'%s'%s%s}", name, rest,
		upto(20) == 0 ? ",'version':2" : "");
}

/* A timer that stands, or one that does not. */
static void timer_make(struct world *world, struct sent *sent)
{
	struct br_timer timer = {.kind = BR_TIMER_ORDER, .at_ms = 1000, .key = "O1"};
	char at[BR_TIME_TEXT_BYTES];

	if (upto(8) != 0 && br_timer_next(bench_read(&world->bench), NULL, &timer))
		for (unsigned i = upto(6); i > 0; i--)
			(void)!br_timer_next(world->bench.read, &timer, &timer);
	br_time_format(timer.at_ms, at);
	(void)snprintf(sent->type, sizeof(sent->type), "%s", br_timer_commands[timer.kind]);
	if (br_command_type_named(br_str_from(sent->type)) == NULL)
		(void)strcpy(sent->type, "order.timer");
	(void)snprintf(sent->json, sizeof(sent->json), "{'key':'%s','at':'%s'}", timer.key, at);
}

static void pick_list_make(struct world *world BR_UNUSED, struct sent *sent)
{
	static const char *const bodies[] = {"'associate':'ann','kind':'wave','max':5",
		"'associate':'ann','kind':'batch','max':2", "'to':'bob'", "'reason':'r'"};
	static const char *const types[] = {
		"pick_list.make", "pick_list.make", "pick_list.hand_over", "pick_list.end"};
	unsigned kind = upto(BR_ARRAY_LEN(types));

	(void)strcpy(sent->type, types[kind]);
	(void)snprintf(sent->json, sizeof(sent->json), "{'list':'L%u',%s}", upto(6), bodies[kind]);
}

static void label_make(struct world *world BR_UNUSED, struct sent *sent)
{
	static const char *const types[] = {"label.bind", "label.bind", "label.unbind",
		"label.want", "label.report", "label.give_up"};
	unsigned kind = upto(BR_ARRAY_LEN(types)), label = upto(6);

	(void)strcpy(sent->type, types[kind]);
	if (kind < 2)
		(void)snprintf(sent->json, sizeof(sent->json),
			"{'label':'00000000000%X','sku':'S%u'}", label, upto(SKUS));
	else if (kind == 2)
		(void)snprintf(sent->json, sizeof(sent->json), "{'label':'00000000000%X'}", label);
	else if (kind < 5)
		(void)snprintf(sent->json, sizeof(sent->json),
			"{'label':'00000000000%X','hash':'%032X','rev':%u}", label, upto(3),
			1 + upto(9));
	else
		(void)snprintf(sent->json, sizeof(sent->json),
			"{'label':'00000000000%X','rev':1,'tries':%u}", label, upto(9));
}

static void device_make(struct world *world BR_UNUSED, struct sent *sent)
{
	static const char *const types[] = {
		"device.adopt", "device.forget", "device.lost", "device.back"};

	(void)strcpy(sent->type, types[upto(BR_ARRAY_LEN(types))]);
	(void)snprintf(sent->json, sizeof(sent->json), "{'device':'z/d%u'}", upto(4));
}

static void alarm_make(struct world *world BR_UNUSED, struct sent *sent)
{
	static const char *const types[] = {"alarm.raise", "alarm.clear", "alarm.acknowledge"};
	static const char *const rests[] = {",'rule':'high','text':'warm'", "", ",'reason':'door'"};
	unsigned kind = upto(BR_ARRAY_LEN(types));

	(void)strcpy(sent->type, types[kind]);
	(void)snprintf(
		sent->json, sizeof(sent->json), "{'alarm':'z/d%u/t/high'%s}", upto(4), rests[kind]);
}

static void erase_make(struct world *world, struct sent *sent)
{
	(void)strcpy(sent->type, "customer.erase");
	if (upto(4) == 0)
		(void)strcpy(sent->json, "{'customer':'C-1','associate':'eva'}");
	else
		(void)snprintf(sent->json, sizeof(sent->json), "{'order':'O%u','associate':'eva'}",
			upto(world->orders + 1));
}

/* How often each kind of command comes. */
static const struct {
	void (*make)(struct world *world, struct sent *sent);
	unsigned weight;
} makers[] = {{product_make, 8}, {removal_make, 1}, {price_make, 3}, {move_make, 25},
	{till_make, 20}, {offer_make, 6}, {verb_make, 60}, {timer_make, 6}, {pick_list_make, 2},
	{label_make, 8}, {device_make, 3}, {alarm_make, 3}, {erase_make, 1}};

static void command_make(struct world *world, struct sent *sent)
{
	unsigned sum = 0, at;

	for (size_t i = 0; i < BR_ARRAY_LEN(makers); i++)
		sum += makers[i].weight;
	at = upto(sum);
	for (size_t i = 0; i < BR_ARRAY_LEN(makers); i++) {
		if (at < makers[i].weight) {
			makers[i].make(world, sent);
			return;
		}
		at -= makers[i].weight;
	}
}

/* Notes a rule that was broken, once each run in words. */
static void holds(struct world *world, bool rule, const char *what)
{
	if (!rule && world->held)
		printf("broken after event %" PRIu64 ": %s\n", br_core_head(world->bench.core),
			what);
	world->held &= rule;
}

static struct sent *sent_at(struct world *world, uint64_t number)
{
	return &world->sent[number % SENT_MAX];
}

/* The first answer is kept; every later one for the same command must be the same. */
static void answer_check(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct world *world = owner;
	struct sent *sent = sent_at(world, ticket->number);

	if (ticket->count == 1) {
		holds(world, answer->outcome == BR_OUTCOME_CONFLICT, "a conflict was not seen");
		world->conflicts++;
		return;
	}
	if (!sent->answered) {
		sent->answer = *answer;
		sent->answered = true;
		world->accepted += answer->outcome == BR_OUTCOME_ACCEPTED;
		world->refused += answer->outcome == BR_OUTCOME_REFUSED;
		return;
	}
	world->repeated++;
	holds(world,
		answer->outcome == sent->answer.outcome &&
			answer->refusal == sent->answer.refusal &&
			answer->sequence == sent->answer.sequence &&
			strcmp(answer->message, sent->answer.message) == 0,
		"a repeated command got another answer");
}

/* Submits what stands in `sent`; `conflicting` changes the body under the same id. */
static void submit(struct world *world, uint64_t number, bool conflicting)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct sent *sent = sent_at(world, number);
	const char *type = conflicting ? "product.remove" : sent->type;
	const char *json = conflicting ? "{'sku':'another body'}" : sent->json;
	struct br_command command = {.id = br_str_from(sent->id),
		.actor = br_str_from(sent->actor),
		.type = br_command_type_named(br_str_from(type)),
		.now_ms = world->bench.now_ms};
	struct br_ticket ticket = {
		.deliver = answer_check, .owner = world, .number = number, .count = conflicting};
	struct br_arena arena;
	struct br_fault fault;
	void *body;

	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &root, &fault) == 0);
	body = br_arena_take(&arena, command.type->shape->size);
	/* Bodies that are no commands never reach the core. */
	if (br_record_from_json(command.type->shape, root, &arena, body, &fault) == 0) {
		command.body = body;
		REQUIRE(br_core_submit(world->bench.core, &command, &ticket) == 0);
	}
	br_arena_finish(&arena);
}

static void step(struct world *world)
{
	/* Not so old that the place of a repeated one is taken before its answer comes. */
	uint64_t oldest = world->sent_n > SENT_MAX / 2 ? world->sent_n - SENT_MAX / 2 : 0;
	unsigned dice = upto(100);
	struct sent *sent;

	/* A clock that is set back now and then must not matter. */
	world->bench.now_ms += upto(50) == 0 ? -5000 : (int64_t)upto(60000);
	if (world->sent_n > 0 && dice < 10) {
		submit(world, oldest + test_random() % (world->sent_n - oldest), false);
		return;
	}
	if (world->sent_n > 0 && dice < 13) {
		uint64_t number = oldest + test_random() % (world->sent_n - oldest);

		/* What was malformed under that id is not known to the core. */
		if (sent_at(world, number)->answered)
			submit(world, number, true);
		return;
	}
	sent = sent_at(world, world->sent_n);
	sent->answered = false;
	(void)snprintf(sent->id, sizeof(sent->id), "c-%" PRIu64, world->sent_n);
	(void)snprintf(sent->actor, sizeof(sent->actor), "test/%u", upto(3));
	command_make(world, sent);
	submit(world, world->sent_n++, false);
}

/* The number in "S7" or "O123". */
static unsigned number_of(struct br_str name, unsigned below)
{
	int64_t number = -1;

	REQUIRE(name.n > 1 && br_str_to_i64((struct br_str){name.s + 1, name.n - 1}, &number));
	REQUIRE(number >= 0 && number < below);
	return (unsigned)number;
}

static unsigned sku_index(struct br_str sku)
{
	return number_of(sku, SKUS);
}

static bool bucket_on_hand(unsigned bucket)
{
	return bucket == BR_BUCKET_BACKROOM || bucket == BR_BUCKET_SHELF ||
	       bucket == BR_BUCKET_STAGED || bucket == BR_BUCKET_DISPLAY;
}

static bool bucket_sellable(unsigned bucket)
{
	return bucket == BR_BUCKET_BACKROOM || bucket == BR_BUCKET_SHELF;
}

/* What an order's event does to the sums, read from its changes and not from its movements. */
static void order_sum(struct world *world, const struct br_event *event)
{
	enum br_order_verb verb = BR_VERB_N;
	const struct br_list *changes = br_order_event_changes(event, &verb);

	for (uint32_t i = 0; changes != NULL && i < changes->n; i++) {
		const struct br_order_change *change = BR_LIST_AT(*changes, br_order_change, i);
		unsigned sku = sku_index(change->sku);

		world->reserved[sku] += change->counts.reserved;
		world->lot_picks += change->expiry != 0;
		world->rights[sku] += change->rights;
		world->sellable[sku] += change->backroom + change->shelf;
		world->on_hand[sku] +=
			change->backroom + change->shelf + change->display + change->counts.picked;
		/* Without rights, what is promised anew must be there. */
		if (verb == BR_VERB_ACCEPT && change->rights == 0 && change->counts.reserved > 0 &&
			!world->split)
			holds(world,
				world->reserved[sku] + world->rights[sku] <= world->sellable[sku],
				"an order was accepted over what was available");
	}
	if (changes != NULL && event->kind != BR_EVENT_ORDER_MOVEMENTS)
		world->reached[((const struct br_order_moved *)event->body)->state]++;
	world->split = event->kind == BR_EVENT_ORDER_SPLIT;
}

/* Adds up what the events say, in another way than the views do. */
static void event_sum(struct world *world, const struct br_event *event)
{
	const struct br_stock_moved *moved = event->body;
	const struct br_sold *sold = event->body;
	const struct br_breached *breached = event->body;

	if (event->kind == BR_EVENT_STOCK_MOVED) {
		unsigned sku = sku_index(moved->sku), from = moved->bucket, to = moved->to_bucket;

		world->on_hand[sku] += bucket_on_hand(from) ? moved->quantity : 0;
		world->sellable[sku] += bucket_sellable(from) ? moved->quantity : 0;
		world->on_hand[sku] -= to > 0 && bucket_on_hand(to - 1) ? moved->quantity : 0;
		world->sellable[sku] -= to > 0 && bucket_sellable(to - 1) ? moved->quantity : 0;
	} else if (event->kind == BR_EVENT_SALE_RECORDED) {
		for (uint32_t i = 0; i < sold->lines.n; i++) {
			const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

			world->on_hand[sku_index(line->sku)] -= line->quantity;
			world->sellable[sku_index(line->sku)] -= line->quantity;
		}
	} else if (event->kind == BR_EVENT_STOCK_BREACHED) {
		for (uint32_t i = 0; i < breached->orders.n; i++)
			world->told[number_of(
				BR_LIST_AT(breached->orders, br_breach_order, i)->order,
				ORDERS_MAX)][sku_index(breached->sku)] = true;
	} else {
		order_sum(world, event);
	}
}

static void events_sum(struct world *world, struct br_txn *txn)
{
	uint64_t head = br_journal_head(txn);

	holds(world, head == br_core_head(world->bench.core), "the journal ends elsewhere");
	while (world->summed < head) {
		struct br_event event;

		REQUIRE(br_event_get(txn, ++world->summed, &world->bench.arena, &event) == 0);
		event_sum(world, &event);
		if (event.kind == BR_EVENT_CUSTOMER_ERASED && world->erased_n < ORDERS_MAX)
			world->erased[world->erased_n++] = br_customer_erased_person(event.body);
	}
}

/* One line of an order: each unit in one place, and nothing held that the state does not hold. */
static void line_check(
	struct world *world, const struct br_order *order, const struct br_order_line *line)
{
	const struct br_order_counts *counts = &line->counts;
	int64_t lots = 0;

	holds(world,
		counts->reserved + counts->picked + counts->shortage + counts->substituted +
				counts->handed_over + counts->shipped <=
			counts->ordered,
		"a unit is in two places");
	holds(world, counts->reserved >= 0 && counts->picked >= counts->staged,
		"less than nothing is held");
	holds(world, counts->restocked <= counts->ordered, "more is put back than was ordered");
	for (uint32_t i = 0; i < line->lots.n; i++)
		lots += BR_LIST_AT(line->lots, br_order_lot, i)->quantity;
	holds(world, lots <= counts->picked + counts->handed_over + counts->shipped,
		"a line has more of its lots than goods");
	if (br_order_ended(order->state))
		holds(world, counts->reserved == 0 && counts->picked == 0,
			"an ended order holds goods");
}

/* The order's own sums are those of its lines, and its state follows from them. */
static void order_check(struct world *world, struct br_txn *txn, const struct br_order *order)
{
	struct br_order_counts sums = {.ordered = 0};
	struct br_order_line line;

	for (uint32_t i = 0; i < order->line_n; i++) {
		REQUIRE(br_order_line_get(txn, order->order, i, &world->bench.arena, &line) == 0);
		line_check(world, order, &line);
		sums.ordered += line.counts.ordered;
		sums.reserved += line.counts.reserved;
		sums.picked += line.counts.picked;
		sums.handed_over += line.counts.handed_over;
		sums.shipped += line.counts.shipped;
		sums.returned += line.counts.returned;
	}
	holds(world,
		sums.ordered == order->counts.ordered && sums.reserved == order->counts.reserved &&
			sums.picked == order->counts.picked &&
			sums.handed_over == order->counts.handed_over &&
			sums.shipped == order->counts.shipped &&
			sums.returned == order->counts.returned,
		"an order's sums are not those of its lines");
	holds(world, br_order_state_of(order) == (enum br_order_state)order->state,
		"a state does not follow from the counters");
	holds(world,
		order->timer == 0 || br_timer_has(txn, BR_TIMER_ORDER, order->order, order->timer),
		"an order's timer does not stand");
	holds(world,
		order->list.n == 0 || order->state == BR_ORDER_ACCEPTED ||
			order->state == BR_ORDER_PICKING,
		"an order that is not to be picked is on a list");
}

/* What was said of whoever an order is for is read, unless they were erased. */
static void person_check(struct world *world, struct br_txn *txn, const struct br_order *order)
{
	struct br_person person = br_person_of_order_row(txn, order, &world->bench.arena);
	struct br_str note = bench_plain(&world->bench, "note", order->note);
	struct br_key key = br_key_of_str(br_str_from(person.name));
	struct br_person_row row;
	bool erased = false;

	for (unsigned i = 0; i < world->erased_n && !erased; i++)
		erased = strcmp(world->erased[i].name, person.name) == 0;
	holds(world, erased || !br_str_is(note, "erased"), "somebody cannot be read any more");
	holds(world, order->note.n == 0 || br_person_sealed(order->note), "a note is plain");
	world->unreadable += br_str_is(note, "erased");
	if (br_order_ended(order->state))
		return;
	holds(world,
		br_row_get(txn, BR_TABLE_PERSON, br_key_str(&key), &br_person_row_shape, NULL,
			&row) == 0 &&
			row.open_n > 0 && row.timer == 0,
		"nobody is kept for an open order");
}

/* Sums what the orders in `table` hold, checking each. */
static void orders_sum(struct world *world, struct br_txn *txn, enum br_table table,
	int64_t reserved[SKUS], int64_t staged[SKUS])
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_scan scan;

	br_scan_begin(&scan, txn, table, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_order_line line;
		struct br_order order;

		REQUIRE(br_key_take_str(&key, &name));
		REQUIRE(br_order_get(txn, name, &world->bench.arena, &order) == 0);
		holds(world, table == BR_TABLE_ORDER || !br_order_ended(order.state),
			"an ended order is among the open ones");
		order_check(world, txn, &order);
		person_check(world, txn, &order);
		for (uint32_t i = 0; i < order.line_n; i++) {
			REQUIRE(br_order_line_get(txn, name, i, &world->bench.arena, &line) == 0);
			reserved[sku_index(line.sku)] += line.counts.reserved;
			staged[sku_index(line.sku)] += line.counts.picked;
		}
	}
	br_scan_end(&scan);
}

static bool lot_sum(void *context, const struct br_lot *lot)
{
	*(int64_t *)context += lot->quantity;
	return true;
}

/* The lots together are never more than lies there. */
static void lots_check(
	struct world *world, struct br_txn *txn, struct br_str sku, const struct br_stock *stock)
{
	int64_t cover = br_stock_sellable(stock) + stock->buckets[BR_BUCKET_DISPLAY], sum = 0;
	struct br_lot_visit visit = {lot_sum, &sum};

	br_lot_walk(txn, sku, &visit);
	holds(world, sum <= (cover > 0 ? cover : 0), "there are more lots than goods");
	world->lots += sum > 0;
}

/* Whoever waits for what is not there was told, however it came that it is missing for them. */
static void lacks_check(
	struct world *world, struct br_txn *txn, unsigned sku, const struct br_stock *stock)
{
	int64_t lacking = stock->reserved + stock->rights - br_stock_sellable(stock);
	struct br_reservation *held;
	unsigned n;
	char name[8];

	lacking -= stock->rights < lacking ? stock->rights : lacking;
	(void)snprintf(name, sizeof(name), "S%u", sku);
	if (lacking <= 0)
		return;
	REQUIRE(br_reservation_list(txn, br_str_from(name), &world->bench.arena, &held, &n) == 0);
	for (unsigned i = 0; i < n && lacking > 0; lacking -= held[i++].quantity)
		holds(world, world->told[number_of(held[i].order, ORDERS_MAX)][sku],
			"an order lacks something and was not told");
}

/* The rules that hold after every commit; `all` looks at ended orders, too. */
static void invariants_check(struct world *world, bool all)
{
	int64_t reserved[SKUS] = {0}, staged[SKUS] = {0};
	struct br_txn *txn = bench_read(&world->bench);
	char sku[8];

	br_arena_reset(&world->bench.arena);
	events_sum(world, txn);
	orders_sum(world, txn, all ? BR_TABLE_ORDER : BR_TABLE_ORDER_OPEN, reserved, staged);
	for (unsigned i = 0; i < SKUS; i++) {
		struct br_stock stock;

		(void)snprintf(sku, sizeof(sku), "S%u", i);
		stock = br_stock_get(txn, br_str_from(sku));
		holds(world, stock.reserved == reserved[i],
			"reserved is not the sum over the open orders");
		holds(world, stock.buckets[BR_BUCKET_STAGED] == staged[i],
			"staged is not the sum over the open orders");
		holds(world, staged[i] >= 0 && stock.reserved >= 0, "less than nothing is held");
		holds(world, br_stock_on_hand(&stock) == world->on_hand[i],
			"on hand is not what the journal adds up to");
		holds(world, stock.reserved == world->reserved[i],
			"reserved is not what the journal adds up to");
		holds(world,
			br_stock_available(txn, br_str_from(sku), &stock, BR_CHANNEL_NONE) ==
				world->sellable[i] - world->reserved[i] - stock.rights,
			"available is not what its formula says");
		lacks_check(world, txn, i, &stock);
		lots_check(world, txn, br_str_from(sku), &stock);
	}
	holds(world, br_txn_error(txn) == 0, "a row does not decode");
}

static void turn(struct world *world)
{
	unsigned size = 1 + upto(upto(4) == 0 ? GROUP_MAX : 4);

	for (unsigned i = 0; i < size; i++)
		step(world);
	if (upto(60) == 0) {
		/* The process ends in the middle of a turn: nothing of it may have happened. */
		uint64_t head = br_core_head(world->bench.core);

		bench_reopen(&world->bench);
		world->reopened++;
		holds(world, br_core_head(world->bench.core) == head, "an open turn left events");
		invariants_check(world, true);
		return;
	}
	bench_commit(&world->bench);
	invariants_check(world, false);
}

static void test_random_commands_keep_every_invariant(void)
{
	const char *text = getenv("TEST_STEPS");
	uint64_t steps = text != NULL ? strtoull(text, NULL, 10) : STEPS;
	struct world *world = calloc(1, sizeof(*world));
	unsigned states = 0;

	REQUIRE(world != NULL);
	world->held = true;
	bench_open(&world->bench, "property");
	for (unsigned i = 0; i < SKUS; i++)
		CHECK_INT(bench_do(&world->bench, "product.upsert",
				  "{'sku':'S%u','name':'s','gtins':['%s'],'track_expiry':true}", i,
				  own_gtin(i)),
			0);
	while (world->sent_n < steps && world->held)
		turn(world);
	CHECK(world->held);
	invariants_check(world, true);
	CHECK(world->held);
	bench_verify(&world->bench);
	printf("%" PRIu64 " commands, %u accepted, %u refused, %u repeated, %u conflicts, "
	       "%u restarts, %" PRIu64 " events, %u orders, %u moves of named lots\n",
		world->sent_n, world->accepted, world->refused, world->repeated, world->conflicts,
		world->reopened, br_core_head(world->bench.core), world->orders, world->lot_picks);
	for (unsigned i = 0; i < BR_ORDER_STATE_N; i++) {
		states += world->reached[i] > 0;
		printf("%s %u%s", br_order_state_words[i], world->reached[i],
			i < BR_ORDER_STATE_N - 1 ? ", " : "\n");
	}
	/* A run that reaches little proves little. */
	CHECK(steps < STEPS ||
		(world->accepted > steps / 4 && world->refused > steps / 20 &&
			world->repeated > 50 && world->conflicts > 20 && states > 16 &&
			world->lot_picks > 5 && world->lots > 0 && world->unreadable > 0));
	bench_close(&world->bench);
	free(world);
}

int main(int argc, char **argv)
{
	TEST(test_random_commands_keep_every_invariant);
	return test_end(argc, argv);
}
