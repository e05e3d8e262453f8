#include "tests/cloud-sync/refused.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/hole.h"
#include "node/tables.h"

#define ARENA_BYTES_MAX (1u << 20)

struct choice {
	bool (*fits)(const struct br_quarantine_row *row);
	unsigned skip;
	uint64_t event;
};

static bool row_choose(void *context, const struct br_quarantine_row *row)
{
	struct choice *choice = context;

	if (!choice->fits(row))
		return true;
	choice->event = row->last.event;
	return choice->skip-- > 0;
}

bool refused_waits(const struct br_quarantine_row *row)
{
	return !row->resent;
}

uint64_t refused_count(struct shop *shop)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
	return br_quarantine_count(txn);
}

uint64_t refused_choose(
	struct shop *shop, bool (*fits)(const struct br_quarantine_row *row), unsigned skip)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct choice choice = {.fits = fits, .skip = skip};
	struct br_arena arena;

	br_arena_init(&arena, ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
	br_quarantine_walk(txn, 0, &arena, row_choose, &choice);
	br_arena_finish(&arena);
	return choice.event;
}

/* One event that is or was in quarantine, by the journal. */
struct patient {
	uint64_t event;
	bool in, resent;
};

struct ward {
	struct patient patients[BR_QUARANTINE_MAX];
	unsigned n, differ;
	struct br_txn *txn; /* borrowed, as the arena */
	struct br_arena *arena;
	const struct fake_hq *hq;
};

static struct patient *patient_get(struct ward *ward, uint64_t event)
{
	for (unsigned i = 0; i < ward->n; i++)
		if (ward->patients[i].event == event)
			return &ward->patients[i];
	br_assert(ward->n < BR_QUARANTINE_MAX);
	ward->patients[ward->n] = (struct patient){.event = event};
	return &ward->patients[ward->n++];
}

static void differ(struct ward *ward, const char *what, uint64_t event)
{
	printf("quarantine, event %" PRIu64 ": %s\n", event, what);
	ward->differ++;
}

/* A step must be one of the diagram; what a restore gave back may speak of what did not come. */
static void step_take(struct ward *ward, const struct br_event *event)
{
	const struct br_quarantine_step *step = event->body;
	const struct br_quarantined *quarantined = event->body;
	bool refused = event->kind == BR_EVENT_EVENT_QUARANTINED;
	struct patient *patient = patient_get(ward, refused ? quarantined->event : step->event);

	if (event->origin != 0 &&
		(refused ? br_hole_holds(ward->txn, patient->event, ward->arena) : !patient->in))
		return;
	if (refused && patient->in && !patient->resent && event->origin == 0)
		differ(ward, "is refused twice", event->sequence);
	if (!refused && !patient->in)
		differ(ward, "speaks of what is not in quarantine", event->sequence);
	if (event->kind == BR_EVENT_EVENT_RESENT && patient->resent)
		differ(ward, "is sent again while it is on its way", event->sequence);
	patient->in = refused || event->kind == BR_EVENT_EVENT_RESENT;
	patient->resent = event->kind == BR_EVENT_EVENT_RESENT;
}

static void journal_take(struct ward *ward)
{
	for (uint64_t at = br_journal_next(ward->txn, 0); at > 0;
		at = br_journal_next(ward->txn, at)) {
		struct br_event event;

		br_arena_reset(ward->arena);
		REQUIRE(br_event_get(ward->txn, at, ward->arena, &event) == 0);
		if (event.kind >= BR_EVENT_EVENT_QUARANTINED &&
			event.kind <= BR_EVENT_EVENT_DISMISSED)
			step_take(ward, &event);
	}
}

/* What the store has, HQ has, and the journal says so. */
static bool row_compare(void *context, const struct br_quarantine_row *row)
{
	struct ward *ward = context;
	struct patient *patient = patient_get(ward, row->last.event);
	bool found = false;

	if (!patient->in || patient->resent != row->resent)
		differ(ward, "the journal says something else than the row", row->last.event);
	if (row->resent)
		differ(ward, "was sent again, and HQ has not answered", row->last.event);
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < ward->hq->lanes[lane].n; i++) {
			const struct fake_event *event = &ward->hq->lanes[lane].events[i];

			found = found || (event->known == row->last.event &&
						 fake_hq_sets_aside(ward->hq, event));
		}
	if (!found)
		differ(ward, "HQ does not refuse it", row->last.event);
	return true;
}

/* What HQ has set aside, the store has. */
static void aside_compare(struct ward *ward)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < ward->hq->lanes[lane].n; i++) {
			const struct fake_event *event = &ward->hq->lanes[lane].events[i];
			struct br_quarantine_row row;

			br_arena_reset(ward->arena);
			if (fake_hq_sets_aside(ward->hq, event) &&
				br_quarantine_get(ward->txn, event->known, ward->arena, &row) < 0)
				differ(ward, "HQ refuses it, the store does not know",
					event->known);
		}
}

unsigned refused_differences(struct shop *shop, const struct fake_hq *hq)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	static struct ward ward; /* large */
	struct br_arena arena;

	br_arena_init(&arena, ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(shop->store, false, &txn) == 0);
	ward = (struct ward){.txn = txn, .arena = &arena, .hq = hq};
	journal_take(&ward);
	br_quarantine_walk(txn, 0, &arena, row_compare, &ward);
	for (unsigned i = 0; i < ward.n; i++) {
		struct br_quarantine_row row;

		if (ward.patients[i].in &&
			br_quarantine_get(txn, ward.patients[i].event, &arena, &row) < 0)
			differ(&ward, "stands in the journal, and has no row",
				ward.patients[i].event);
	}
	aside_compare(&ward);
	br_arena_finish(&arena);
	return ward.differ;
}
