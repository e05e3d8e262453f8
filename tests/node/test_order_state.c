/* The flows row by row: every verb in every state of every method, and every move. */
#include <stdio.h>
#include <string.h>

#include "tests/node/order_bench.h"

/* One thing that may be asked: the way into the state, the verb, and the state behind it. */
struct row {
	const char *way, *verb;
	enum br_order_state from, to;
};

#define ROW(WAY, FROM, VERB, TO) \
	{ \
		WAY, VERB, BR_ORDER_##FROM, BR_ORDER_##TO \
	}

/* What both flows that pick here have in common, up to what is picked. */
#define PICKS_HERE \
	ROW("", OFFERED, "accept", ACCEPTED), ROW("", OFFERED, "reject", REJECTED), \
		ROW("", OFFERED, "hold", ON_HOLD), ROW("", OFFERED, "cancel", CANCELLED), \
		ROW("", OFFERED, "split", OFFERED), ROW("", OFFERED, "update", OFFERED), \
		ROW("accept", ACCEPTED, "pick1", PICKING), \
		ROW("accept", ACCEPTED, "pick", PICKED), \
		ROW("accept", ACCEPTED, "short1", ACCEPTED), \
		ROW("accept", ACCEPTED, "short", CANCELLED), \
		ROW("accept", ACCEPTED, "substitute1", PICKING), \
		ROW("accept", ACCEPTED, "substitute", PICKED), \
		ROW("accept", ACCEPTED, "hold", ON_HOLD), \
		ROW("accept", ACCEPTED, "cancel", CANCELLED), \
		ROW("accept", ACCEPTED, "split", ACCEPTED), \
		ROW("accept", ACCEPTED, "update", ACCEPTED), \
		ROW("accept pick1", PICKING, "pick1", PICKING), \
		ROW("accept pick1", PICKING, "pick", PICKED), \
		ROW("accept pick1", PICKING, "unpick", ACCEPTED), \
		ROW("accept pick1", PICKING, "short1", PICKING), \
		ROW("accept pick1", PICKING, "short", PICKED), \
		ROW("accept pick1", PICKING, "substitute1", PICKING), \
		ROW("accept pick1", PICKING, "hold", ON_HOLD), \
		ROW("accept pick1", PICKING, "cancel", CANCELLING), \
		ROW("accept pick1", PICKING, "split", PICKING), \
		ROW("accept pick2", PICKING, "split", PICKED), \
		ROW("accept pick1", PICKING, "update", PICKING), \
		ROW("accept pick", PICKED, "unpick1", PICKING), \
		ROW("accept pick", PICKED, "unpick", ACCEPTED), \
		ROW("accept pick", PICKED, "stage", STAGED), \
		ROW("accept pick", PICKED, "hold", ON_HOLD), \
		ROW("accept pick", PICKED, "cancel", CANCELLING), \
		ROW("accept pick", PICKED, "update", PICKED), \
		ROW("accept pick stage", STAGED, "stage", STAGED), \
		ROW("accept pick stage", STAGED, "hold", ON_HOLD), \
		ROW("accept pick stage", STAGED, "cancel", CANCELLING), \
		ROW("accept pick stage", STAGED, "update", STAGED), \
		ROW("accept hold", ON_HOLD, "release", ACCEPTED), \
		ROW("accept hold", ON_HOLD, "cancel", CANCELLED), \
		ROW("accept hold", ON_HOLD, "update", ON_HOLD), \
		ROW("hold", ON_HOLD, "release", OFFERED), \
		ROW("accept pick1 hold", ON_HOLD, "release", PICKING), \
		ROW("accept pick1 hold", ON_HOLD, "cancel", CANCELLING), \
		ROW("accept pick hold", ON_HOLD, "release", PICKED), \
		ROW("accept pick stage hold", ON_HOLD, "release", STAGED), \
		ROW("accept pick cancel", CANCELLING, "restock1", RESTOCKING), \
		ROW("accept pick cancel", CANCELLING, "restock", CANCELLED), \
		ROW("accept pick cancel", CANCELLING, "update", CANCELLING), \
		ROW("accept pick cancel restock1", RESTOCKING, "restock1", RESTOCKING), \
		ROW("accept pick cancel restock1", RESTOCKING, "restock", CANCELLED), \
		ROW("accept pick cancel restock1", RESTOCKING, "update", RESTOCKING)

static const struct row collect_rows[] = {
	PICKS_HERE,
	ROW("accept pick", PICKED, "ready", READY),
	ROW("accept pick stage", STAGED, "ready", READY),
	ROW("accept pick ready", READY, "stage", READY),
	ROW("accept pick ready", READY, "arrive", ARRIVED),
	ROW("accept pick ready", READY, "hand_over", HANDED_OVER),
	ROW("accept pick ready", READY, "expire", EXPIRED),
	ROW("accept pick ready", READY, "cancel", CANCELLING),
	ROW("accept pick ready", READY, "update", READY),
	ROW("accept pick ready arrive", ARRIVED, "arrive", ARRIVED),
	ROW("accept pick ready arrive", ARRIVED, "hand_over", HANDED_OVER),
	ROW("accept pick ready arrive", ARRIVED, "expire", EXPIRED),
	ROW("accept pick ready arrive", ARRIVED, "cancel", CANCELLING),
	ROW("accept pick ready arrive", ARRIVED, "update", ARRIVED),
	ROW("accept pick ready hand_over", HANDED_OVER, "close", CLOSED),
	ROW("accept pick ready hand_over", HANDED_OVER, "timer", CLOSED),
	ROW("accept pick ready hand_over", HANDED_OVER, "update", HANDED_OVER),
	ROW("accept pick ready expire", EXPIRED, "restock1", RESTOCKING),
	ROW("accept pick ready expire", EXPIRED, "restock", CLOSED),
	ROW("accept pick ready expire", EXPIRED, "update", EXPIRED),
	ROW("accept pick ready expire restock1", RESTOCKING, "restock", CLOSED),
};

static const struct row ship_rows[] = {
	PICKS_HERE,
	ROW("accept pick", PICKED, "pack", PACKED),
	ROW("accept pick stage", STAGED, "pack", PACKED),
	ROW("accept pick pack", PACKED, "ship", SHIPPED),
	ROW("accept pick pack", PACKED, "cancel", CANCELLING),
	ROW("accept pick pack", PACKED, "update", PACKED),
	ROW("accept pick pack ship", SHIPPED, "close", CLOSED),
	ROW("accept pick pack ship", SHIPPED, "timer", CLOSED),
	ROW("accept pick pack ship", SHIPPED, "update", SHIPPED),
};

static const struct row elsewhere_rows[] = {
	ROW("", OFFERED, "accept", ACCEPTED),
	ROW("", OFFERED, "reject", REJECTED),
	ROW("", OFFERED, "cancel", CANCELLED),
	ROW("", OFFERED, "update", OFFERED),
	ROW("accept", ACCEPTED, "ship", SHIPPED),
	ROW("accept", ACCEPTED, "cancel", CANCELLED),
	ROW("accept", ACCEPTED, "update", ACCEPTED),
	ROW("accept ship", SHIPPED, "close", CLOSED),
	ROW("accept ship", SHIPPED, "update", SHIPPED),
};

static const struct row return_rows[] = {
	ROW("", OFFERED, "receive1", RECEIVED),
	ROW("", OFFERED, "cancel", CANCELLED),
	ROW("", OFFERED, "update", OFFERED),
	ROW("receive1", RECEIVED, "receive1", RECEIVED),
	ROW("receive1", RECEIVED, "inspect", INSPECTED),
	ROW("receive2", RECEIVED, "inspect1", RECEIVED),
	ROW("receive1", RECEIVED, "update", RECEIVED),
	ROW("receive1 inspect", INSPECTED, "receive1", RECEIVED),
	ROW("receive1 inspect", INSPECTED, "refund", REFUND_DUE),
	ROW("receive1 inspect", INSPECTED, "update", INSPECTED),
	ROW("receive inspect refund", REFUND_DUE, "close", CLOSED),
	ROW("receive inspect refund", REFUND_DUE, "update", REFUND_DUE),
};

static const struct flow {
	const char *method;
	const struct row *rows;
	size_t n;
} flows[BR_FLOW_N] = {
	[BR_FLOW_COLLECT] = {"pickup", collect_rows, BR_ARRAY_LEN(collect_rows)},
	[BR_FLOW_SHIP] = {"ship_from_store", ship_rows, BR_ARRAY_LEN(ship_rows)},
	[BR_FLOW_ELSEWHERE] = {"endless_aisle", elsewhere_rows, BR_ARRAY_LEN(elsewhere_rows)},
	[BR_FLOW_RETURN] = {"return", return_rows, BR_ARRAY_LEN(return_rows)},
};

static struct bench bench;
static unsigned orders;

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':100000}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'receive','quantity':100000}"),
		0);
}

/* A new order that went this way. */
static const char *bring(const struct flow *flow, const char *way)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "O-%u", ++orders);
	order_offer(&bench, name, flow->method,
		strcmp(flow->method, "pickup") == 0 ? ",'collect_by':'2026-03-01T12:00:00Z'" : "");
	order_go(&bench, name, way);
	return name;
}

/* What is allowed leads where the row says; the moves that were seen are all that there are. */
static void test_every_row_leads_where_it_says(void)
{
	begin("rows");
	for (unsigned f = 0; f < BR_FLOW_N; f++) {
		bool seen[BR_ORDER_STATE_N][BR_ORDER_STATE_N] = {{false}};

		for (size_t i = 0; i < flows[f].n; i++) {
			const struct row *row = &flows[f].rows[i];
			const char *name = bring(&flows[f], row->way);
			uint64_t version = order_of(&bench, name).version;

			CHECK_INT(order_of(&bench, name).state, row->from);
			order_go(&bench, name, row->verb);
			if (!CHECK_INT(order_of(&bench, name).state, row->to))
				printf("%s: %s after \"%s\"\n", flows[f].method, row->verb,
					row->way);
			CHECK_INT(order_of(&bench, name).version, version + 1);
			CHECK(br_order_move_allowed(f, row->from, row->to));
			seen[row->from][row->to] = true;
		}
		for (unsigned from = 0; from < BR_ORDER_STATE_N; from++)
			for (unsigned to = 0; to < BR_ORDER_STATE_N; to++)
				if (from != to && !CHECK_INT(br_order_move_allowed(f, from, to),
							  seen[from][to]))
					printf("%s: %s to %s\n", flows[f].method,
						br_order_state_words[from],
						br_order_state_words[to]);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* The way into a state of a flow; NULL when there is none. */
static const char *way_into(const struct flow *flow, enum br_order_state state)
{
	static char way[120];

	if (state == BR_ORDER_OFFERED)
		return "";
	for (size_t i = 0; i < flow->n; i++) {
		const struct row *row = &flow->rows[i];

		if (row->to != state)
			continue;
		(void)snprintf(way, sizeof(way), "%s%s%s", row->way, row->way[0] != '\0' ? " " : "",
			row->verb);
		return way;
	}
	return NULL;
}

/* True when a row has the verb, with or without a digit, in that state. */
static bool row_exists(const struct flow *flow, enum br_order_state state, const char *verb)
{
	size_t n = strlen(verb);

	for (size_t i = 0; i < flow->n; i++) {
		const struct row *row = &flow->rows[i];

		if (row->from == state && strncmp(row->verb, verb, n) == 0 &&
			(row->verb[n] == '\0' || (row->verb[n] >= '0' && row->verb[n] <= '9')))
			return true;
	}
	return false;
}

/* Asks what no row has: refused with the state and what is allowed, and nothing changes. */
static void verb_refused(
	const struct flow *flow, const char *name, enum br_order_state state, const char *verb)
{
	uint64_t head = br_core_head(bench.core);
	struct br_order order = order_of(&bench, name);
	bool late = strcmp(verb, "cancel") == 0 &&
		    (order.counts.handed_over > 0 || order.counts.shipped > 0);

	CHECK_INT(order_do(&bench, name, verb), BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_HAS(bench.answer.message, br_order_state_words[state]);
	CHECK_HAS(bench.answer.message, verb);
	/* Only a cancel that comes when the goods have left is noted. */
	CHECK_INT(br_core_head(bench.core), head + late);
	CHECK_INT(order_of(&bench, name).version, order.version);
	for (unsigned other = 0; other < BR_VERB_EXPIRE; other++) {
		const char *allowed = strstr(bench.answer.message, "allowed is:");

		if (!CHECK(allowed != NULL))
			return;
		if (row_exists(flow, state, br_order_verb_words[other]))
			CHECK_HAS(allowed, br_order_verb_words[other]);
	}
}

static void test_every_other_verb_is_refused(void)
{
	begin("refused");
	for (unsigned f = 0; f < BR_FLOW_N; f++)
		for (unsigned state = 0; state < BR_ORDER_STATE_N; state++) {
			const char *way = way_into(&flows[f], state), *name;

			if (way == NULL)
				continue;
			name = bring(&flows[f], way);
			CHECK_INT(order_of(&bench, name).state, state);
			for (unsigned verb = 0; verb < BR_VERB_EXPIRE; verb++) {
				const char *word = br_order_verb_words[verb];
				bool may = row_exists(&flows[f], state, word);

				if (!CHECK_INT(br_order_verb_allowed(f, state, verb), may))
					printf("%s: %s, %s\n", flows[f].method, word,
						br_order_state_words[state]);
				if (!may)
					verb_refused(&flows[f], name, state, word);
			}
		}
	bench_close(&bench);
}

static void test_what_has_ended_is_no_longer_open(void)
{
	static const bool ended[BR_ORDER_STATE_N] = {
		[BR_ORDER_HANDED_OVER] = true,
		[BR_ORDER_SHIPPED] = true,
		[BR_ORDER_CLOSED] = true,
		[BR_ORDER_REJECTED] = true,
		[BR_ORDER_CANCELLED] = true,
	};

	begin("open");
	for (unsigned f = 0; f < BR_FLOW_N; f++)
		for (unsigned state = 0; state < BR_ORDER_STATE_N; state++) {
			const char *way = way_into(&flows[f], state), *name;
			struct br_key key;

			CHECK_INT(br_order_ended(state), ended[state]);
			if (way == NULL)
				continue;
			name = bring(&flows[f], way);
			key = br_key_of_str(br_str_from(name));
			CHECK_INT(br_txn_has(bench_read(&bench), BR_TABLE_ORDER_OPEN,
					  br_key_str(&key)),
				!ended[state]);
		}
	bench_close(&bench);
}

/* Which deadline counts, and what somebody has to do, in each state. */
static void test_deadlines_and_work(void)
{
	static const struct {
		enum br_method method;
		enum br_order_state state;
		int64_t due_ms;
		enum br_order_work work;
	} rows[] = {
		{BR_METHOD_PICKUP, BR_ORDER_OFFERED, 1, BR_WORK_ANSWER},
		{BR_METHOD_PICKUP, BR_ORDER_ACCEPTED, 2, BR_WORK_PICK},
		{BR_METHOD_PICKUP, BR_ORDER_PICKING, 2, BR_WORK_PICK},
		{BR_METHOD_CURBSIDE, BR_ORDER_PICKED, 2, BR_WORK_STAGE},
		{BR_METHOD_CURBSIDE, BR_ORDER_STAGED, 2, BR_WORK_STAGE},
		{BR_METHOD_PICKUP, BR_ORDER_READY, 3, BR_WORK_NONE},
		{BR_METHOD_CURBSIDE, BR_ORDER_ARRIVED, 3, BR_WORK_HAND_OVER},
		{BR_METHOD_PICKUP, BR_ORDER_HANDED_OVER, 0, BR_WORK_NONE},
		{BR_METHOD_PICKUP, BR_ORDER_ON_HOLD, 2, BR_WORK_NONE},
		{BR_METHOD_PICKUP, BR_ORDER_EXPIRED, 0, BR_WORK_RESTOCK},
		{BR_METHOD_PICKUP, BR_ORDER_CANCELLING, 0, BR_WORK_RESTOCK},
		{BR_METHOD_PICKUP, BR_ORDER_RESTOCKING, 0, BR_WORK_RESTOCK},
		{BR_METHOD_PICKUP, BR_ORDER_CLOSED, 0, BR_WORK_NONE},
		{BR_METHOD_SHIP_FROM_STORE, BR_ORDER_PICKED, 2, BR_WORK_PACK},
		{BR_METHOD_SHIP_FROM_STORE, BR_ORDER_STAGED, 2, BR_WORK_PACK},
		{BR_METHOD_SHIP_FROM_STORE, BR_ORDER_PACKED, 2, BR_WORK_HAND_OVER},
		{BR_METHOD_ENDLESS_AISLE, BR_ORDER_OFFERED, 1, BR_WORK_ANSWER},
		{BR_METHOD_ENDLESS_AISLE, BR_ORDER_ACCEPTED, 2, BR_WORK_NONE},
		{BR_METHOD_RETURN, BR_ORDER_OFFERED, 1, BR_WORK_RECEIVE},
		{BR_METHOD_RETURN, BR_ORDER_RECEIVED, 0, BR_WORK_INSPECT},
		{BR_METHOD_RETURN, BR_ORDER_INSPECTED, 0, BR_WORK_REFUND},
		{BR_METHOD_RETURN, BR_ORDER_REFUND_DUE, 0, BR_WORK_REFUND},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		struct br_order order = {.method = (uint8_t)rows[i].method,
			.state = (uint8_t)rows[i].state,
			.accept_by = 1,
			.ready_by = 2,
			.collect_by = 3};

		CHECK_INT(br_order_due_ms(&order), rows[i].due_ms);
		CHECK_INT(br_order_work(&order), rows[i].work);
	}
}

int main(int argc, char **argv)
{
	TEST(test_every_row_leads_where_it_says);
	TEST(test_every_other_verb_is_refused);
	TEST(test_what_has_ended_is_no_longer_open);
	TEST(test_deadlines_and_work);
	return test_end(argc, argv);
}
