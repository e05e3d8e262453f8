#include "tests/cloud-sync/same.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/range_search.h"
#include "cloud-sync/view.h"
#include "tests/peers/hq_projection.h"

static const unsigned char session_key[BR_RANGE_KEY_BYTES] = {3, 1, 4, 1, 5};

static const enum peer_view peer_views[] = {[BR_VIEW_STOCK] = PEER_VIEW_STOCK,
	[BR_VIEW_ORDERS] = PEER_VIEW_ORDERS,
	[BR_VIEW_PRICES] = PEER_VIEW_PRICES,
	[BR_VIEW_CATALOGUE] = PEER_VIEW_CATALOGUE};

static int by_number(const void *a, const void *b)
{
	const struct fake_event *const *one = a, *const *two = b;

	return (*one)->number < (*two)->number ? -1 : (*one)->number > (*two)->number;
}

/* What counts of all lanes, in the order of history. */
static size_t events_gather(const struct fake_hq *hq, bool all, const struct fake_event **events)
{
	size_t n = 0;

	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < hq->lanes[lane].n; i++)
			if (!hq->lanes[lane].events[i].gone &&
				(all || !hq->lanes[lane].events[i].refused))
				events[n++] = &hq->lanes[lane].events[i];
	qsort(events, n, sizeof(events[0]), by_number);
	return n;
}

static struct peer_projection *projection_make(const struct fake_hq *hq, bool all)
{
	static const struct fake_event *events[FAKE_LANES * FAKE_EVENTS_MAX];
	struct peer_projection *projection = peer_projection_create();
	size_t n = events_gather(hq, all, events);

	for (size_t i = 0; i < n; i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_str type = {"", 0};

		REQUIRE(br_json_parse(br_str_from(events[i]->raw), &root, NULL) == 0);
		(void)!br_json_string(br_json_member(root, "type"), &type);
		peer_projection_event(
			projection, events[i]->number, type, br_json_member(root, "data"));
	}
	return projection;
}

static struct br_range_set *set_make(struct shop *shop, enum br_view view, int64_t at_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_range_set *set = NULL;
	struct br_view_walk walk;
	struct br_arena arena;
	struct br_text text;
	int more = 1;

	br_arena_init(&arena, 1 << 20);
	br_text_init(&text, 1 << 20);
	REQUIRE(br_range_set_create(session_key, &set) == 0);
	REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
	br_view_walk_begin(&walk, view, 0, at_ms);
	while (more > 0)
		more = br_view_walk_step(&walk, txn, set, 1000, &arena, &text);
	REQUIRE(more == 0);
	br_arena_finish(&arena);
	br_text_finish(&text);
	return set;
}

static void answer(struct peer_ranges *ranges, struct br_text *up, struct br_text *down)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_ranges_message message;

	REQUIRE(br_json_parse(br_text_str(up), &root, NULL) == 0);
	REQUIRE(peer_ranges_read(root, &message));
	REQUIRE(peer_ranges_answer(ranges, &message, (struct peer_ranges_at){0, 0}, down));
}

/* Both sides of a comparison, and what becomes of a difference. */
struct pair {
	struct shop *shop;
	struct peer_projection *projection;
	int64_t at_ms;
	void (*repair)(void *context, const char *type, struct br_str body);
	void *context;
};

static void difference_take(struct pair *pair, enum br_view view, struct br_str key)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_arena arena;
	struct br_text theirs, own;

	br_arena_init(&arena, 1 << 20);
	br_text_init(&theirs, 1 << 20);
	REQUIRE(br_txn_begin(pair->shop->store, false, &txn) == 0);
	REQUIRE(br_view_value(txn, view, key, pair->at_ms, &arena, &theirs) == 0);
	br_text_init(&own, 1 << 20);
	peer_projection_value(pair->projection, peer_views[view], key, 0, pair->at_ms, &own);
	if (pair->repair != NULL)
		(void)peer_projection_repair(pair->projection, peer_views[view], key,
			br_text_str(&theirs), pair->at_ms, pair->repair, pair->context);
	else
		printf("%s of \"%.*s\": HQ has \"%.*s\", the store \"%.*s\"\n", br_view_words[view],
			BR_STR_ARG(key), BR_STR_ARG(br_text_str(&own)),
			BR_STR_ARG(br_text_str(&theirs)));
	br_arena_finish(&arena);
	br_text_finish(&theirs);
	br_text_finish(&own);
}

static unsigned view_differences(struct pair *pair, enum br_view view)
{
	struct br_range_head head = {.session = "0123456789abcdef", .view = view};
	struct br_range_reply *reply = calloc(1, sizeof(*reply));
	struct peer_ranges *ranges = peer_ranges_create(session_key);
	struct br_range_set *set = set_make(pair->shop, view, pair->at_ms);
	struct br_range_search *search = NULL;
	struct br_text up, down;
	unsigned n;

	memcpy(head.key, session_key, sizeof(head.key));
	br_text_init(&up, BR_RANGE_MESSAGE_BYTES_MAX);
	br_text_init(&down, BR_RANGE_MESSAGE_BYTES_MAX);
	peer_projection_items(pair->projection, peer_views[view], 0, pair->at_ms, ranges);
	REQUIRE(reply != NULL && br_range_search_create(set, &head, &search) == 0);
	while (br_range_search_write(search, &up) > 0) {
		answer(ranges, &up, &down);
		REQUIRE(br_range_reply_parse(reply, br_text_str(&down), NULL) == 0);
		REQUIRE(br_range_search_take(search, reply, down.n, NULL) == 1);
	}
	n = (unsigned)br_range_search_found(search);
	for (unsigned i = 0; i < n; i++)
		difference_take(pair, view, br_range_search_difference(search, i).key);
	br_range_search_destroy(search);
	br_range_set_destroy(set);
	peer_ranges_destroy(ranges);
	br_range_reply_finish(reply);
	free(reply);
	br_text_finish(&up);
	br_text_finish(&down);
	return n;
}

unsigned same_differences(struct shop *shop, const struct fake_hq *hq, bool all)
{
	struct pair pair = {.shop = shop, .projection = projection_make(hq, all)};
	unsigned n =
		view_differences(&pair, BR_VIEW_STOCK) + view_differences(&pair, BR_VIEW_ORDERS);

	peer_projection_destroy(pair.projection);
	return n;
}

/* HQ's commands of the lane catalog that the store has accepted, in their order. */
static void commands_fold(const struct fake_hq *hq, struct peer_projection *projection)
{
	static const char data[] = "\"data\":";
	const struct fake_outbox *outbox = &hq->outboxes[1];

	for (size_t i = 0; i < outbox->n; i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		const char *json = outbox->commands[i].json, *body = strstr(json, data);
		struct br_str type = {"", 0};

		if (strcmp(outbox->commands[i].outcome, "accepted") != 0)
			continue;
		REQUIRE(body != NULL && br_json_parse(br_str_from(json), &root, NULL) == 0);
		body += sizeof(data) - 1;
		(void)!br_json_string(br_json_member(root, "type"), &type);
		peer_projection_command(projection, type, br_json_member(root, "data"),
			(struct br_str){body, strlen(body) - 1});
	}
}

unsigned same_catalogue_differences(struct shop *shop, const struct fake_hq *hq, int64_t at_ms,
	void (*repair)(void *context, const char *type, struct br_str body), void *context)
{
	struct pair pair = {shop, peer_projection_create(), at_ms, repair, context};
	unsigned n;

	commands_fold(hq, pair.projection);
	n = view_differences(&pair, BR_VIEW_CATALOGUE) + view_differences(&pair, BR_VIEW_PRICES);
	peer_projection_destroy(pair.projection);
	return n;
}
