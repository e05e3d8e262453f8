#include "cloud-sync/lane.h"

#include "node/tables.h"

static const char *const words[] = {[BR_LANE_NONE] = "none",
	[BR_LANE_ORDERS] = "orders",
	[BR_LANE_STOCK] = "stock",
	[BR_LANE_TELEMETRY] = "telemetry"};

_Static_assert(BR_LANE_NONE == 0 && BR_LANE_TELEMETRY == BR_LANES_UP, "a lane and its index");

const char *br_lane_word(enum br_lane lane)
{
	br_assert(lane > BR_LANE_NONE && lane <= BR_LANE_TELEMETRY);
	return words[lane];
}

unsigned br_lane_index(enum br_lane lane)
{
	br_assert(lane > BR_LANE_NONE && lane <= BR_LANE_TELEMETRY);
	return (unsigned)lane - 1;
}

enum br_lane br_lane_at(unsigned index)
{
	br_assert(index < BR_LANES_UP);
	return (enum br_lane)(index + 1);
}

enum br_lane br_lane_named(struct br_str word)
{
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		if (br_str_is(word, br_lane_word(br_lane_at(i))))
			return br_lane_at(i);
	return BR_LANE_NONE;
}

/* HQ does without this one. */
static bool event_thinned(
	const struct br_lane_walk *walk, enum br_event_kind kind, uint64_t sequence)
{
	br_assert(kind < BR_EVENT_N && sequence > 0);
	if (sequence > walk->until)
		return false;
	switch (kind) {
	case BR_EVENT_DEVICE_SUMMARISED:
		return sequence <= walk->thin.until[BR_THIN_SUMMARIES];
	case BR_EVENT_LABEL_SHOWN:
	case BR_EVENT_LABEL_FAILED:
		return sequence <= walk->thin.until[BR_THIN_LABELS];
	default:
		return false;
	}
}

void br_lane_walk_begin(struct br_lane_walk *walk, struct br_txn *txn, enum br_lane lane,
	uint64_t after, unsigned budget)
{
	br_assert(lane != BR_LANE_NONE && budget > 0);
	walk->from = br_key_of_u64(after + 1);
	walk->lane = lane;
	walk->left = budget;
	walk->ended = false;
	walk->error = 0;
	walk->at = after;
	walk->thin = (struct br_lane_thin){.until = {0}};
	walk->until = UINT64_MAX;
	walk->thinned = 0;
	br_scan_begin(&walk->scan, txn, BR_TABLE_JOURNAL, (struct br_str){NULL, 0},
		br_key_str(&walk->from), false);
}

bool br_lane_walk_next(struct br_lane_walk *walk, uint64_t *ret_sequence, struct br_str *ret_record)
{
	struct br_str key, record;

	while (walk->error == 0 && walk->left > 0) {
		enum br_event_kind kind;
		uint64_t sequence;

		if (!br_scan_next(&walk->scan, &key, &record)) {
			walk->ended = true;
			return false;
		}
		walk->left--;
		walk->error = br_event_kind_peek(record, &kind);
		if (walk->error == 0 && !br_key_take_u64(&key, &sequence))
			walk->error = BR_E_CORRUPT;
		if (walk->error < 0)
			return false;
		br_assert(sequence > walk->at);
		walk->at = sequence;
		if (br_event_types[kind].lane != walk->lane)
			continue;
		if (event_thinned(walk, kind, sequence)) {
			walk->thinned++;
			continue;
		}
		*ret_sequence = sequence;
		*ret_record = record;
		return true;
	}
	return false;
}

void br_lane_walk_unread(struct br_lane_walk *walk, uint64_t sequence)
{
	br_assert(walk->at == sequence && sequence > 0);
	walk->at = sequence - 1;
}

int br_lane_walk_end(struct br_lane_walk *walk)
{
	br_assert(walk->error <= 0);
	br_scan_end(&walk->scan);
	return walk->error != 0 ? walk->error : br_txn_error(walk->scan.txn);
}
