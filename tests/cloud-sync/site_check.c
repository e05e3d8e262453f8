#include "tests/cloud-sync/site_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/person.h"
#include "node/tables.h"

#define ARENA_BYTES_MAX (1u << 20)

/* A comparison on its way through the journal. */
struct compare {
	const struct fake_lane *copy;
	size_t at; /* HQ's next event */
	unsigned differ;
	/* The numbers under which HQ knows what came back. */
	uint64_t origins[FAKE_EVENTS_MAX];
	size_t origin_n;
};

static bool came_back(const struct compare *compare, uint64_t sequence)
{
	for (size_t i = 0; i < compare->origin_n; i++)
		if (compare->origins[i] == sequence)
			return true;
	return false;
}

/* What HQ has and this journal has not was told by a ledger that is no more: it came back, or was
 * taken back. */
static void past_compare(struct compare *compare, const struct fake_event *event)
{
	/* How an earlier epoch began and ended is nothing to the next, nor what a label showed. */
	if (event->gone || strstr(event->raw, "\"type\":\"org.backroom.label.shown") != NULL ||
		strstr(event->raw, "\"type\":\"org.backroom.store.") != NULL ||
		strstr(event->raw, "\"type\":\"org.backroom.event.withdrawn") != NULL ||
		came_back(compare, event->sequence))
		return;
	printf("HQ has event %" PRIu64 ", the store has not: %s\n", event->sequence, event->raw);
	compare->differ++;
}

/*
 * HQ has the event as the store says it; with EPCIS's words, which stand at the end of its data,
 * when it was told while HQ wanted them.
 */
static bool raw_same(const char *raw, const char *text)
{
	const char *more = strstr(raw, ",\"epcis\":[{\"type\":\"");
	size_t n = more != NULL ? (size_t)(more - raw) : strlen(raw);

	return strncmp(raw, text, n) == 0 && strcmp(text + n, more != NULL ? "}}" : "") == 0;
}

static void event_compare(struct compare *compare, uint64_t sequence, const char *text)
{
	const struct fake_lane *copy = compare->copy;

	while (compare->at < copy->n && copy->events[compare->at].sequence < sequence)
		past_compare(compare, &copy->events[compare->at++]);
	if (compare->at < copy->n && copy->events[compare->at].sequence == sequence &&
		raw_same(copy->events[compare->at].raw, text)) {
		compare->at++;
		return;
	}
	printf("HQ has not event %" PRIu64 ": %s\n", sequence, text);
	compare->differ++;
}

static void origins_find(struct compare *compare, struct br_txn *txn, struct br_arena *arena)
{
	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event;

		br_arena_reset(arena);
		REQUIRE(br_event_get(txn, at, arena, &event) == 0);
		br_assert(compare->origin_n < FAKE_EVENTS_MAX);
		if (event.origin != 0)
			compare->origins[compare->origin_n++] = event.origin;
	}
}

unsigned site_lane_differences(struct site *site, unsigned lane)
{
	static const enum br_lane lanes[] = {BR_LANE_ORDERS, BR_LANE_STOCK, BR_LANE_TELEMETRY};
	struct br_opener opener = br_person_opener(site->shop.keys);
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	static struct compare compare;
	struct br_arena arena;
	struct br_text text;

	compare = (struct compare){.copy = &site->hq.lanes[lane]};
	br_arena_init(&arena, ARENA_BYTES_MAX);
	br_text_init(&text, ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(site->shop.store, false, &txn) == 0);
	origins_find(&compare, txn, &arena);
	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_json_out out;
		struct br_event event;

		br_arena_reset(&arena);
		REQUIRE(br_event_get(txn, at, &arena, &event) == 0);
		if (br_event_type(&event)->lane != lanes[lane])
			continue;
		br_text_clear(&text);
		br_json_out_begin(&out, &text);
		out.opener = &opener;
		br_event_to_json(&event, br_str_from(site->shop.id), &out, NULL);
		event_compare(&compare, at, text.bytes);
	}
	while (compare.at < compare.copy->n)
		past_compare(&compare, &compare.copy->events[compare.at++]);
	br_text_finish(&text);
	br_arena_finish(&arena);
	return compare.differ;
}
