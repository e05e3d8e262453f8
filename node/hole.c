#include "node/hole.h"

#include <string.h>

#include "node/device.h"
#include "node/limits.h"
#include "node/order.h"
#include "node/price.h"
#include "node/tables.h"

const char *const br_withdrawal_words[] = {
	"repeated", "touched", "unreadable", "gap", "poison", "measured", NULL};

/* The longest name of anything that an event is about: an alarm's. */
#define SUBJECT_BYTES_MAX (BR_DEVICE_BYTES_MAX + 2 * BR_WORD_BYTES_MAX + 2)
#define EPOCH(S, F) BR_MUST_TEXT(S, F, BR_HOLE_EPOCH_BYTES, BR_HOLE_EPOCH_BYTES)

static const struct br_field restored_fields[] = {
	EPOCH(br_restored, epoch),
	EPOCH(br_restored, previous),
	BR_U64(br_restored, head, 0, 0),
};
BR_DEFINE_SHAPE(br_restored_shape, br_restored, 1, restored_fields);

static const struct br_field recovered_fields[] = {
	EPOCH(br_recovered, epoch),
	BR_U64(br_recovered, after, 0, 0),
	BR_U64(br_recovered, told, 0, 0),
};
BR_DEFINE_SHAPE(br_recovered_shape, br_recovered, 1, recovered_fields);

static const struct br_field withdrawn_fields[] = {
	BR_TEXT(br_withdrawn, subject, 0, SUBJECT_BYTES_MAX),
	BR_U64(br_withdrawn, noun, 0, BR_NOUN_END - 1),
	BR_MUST_TEXT(br_withdrawn, type, 1, BR_WORD_BYTES_MAX),
	BR_MUST_U64(br_withdrawn, withdrawn, 1, 0),
	BR_WORD(br_withdrawn, reason, br_withdrawal_words),
};
BR_DEFINE_SHAPE(br_withdrawn_shape, br_withdrawn, 1, withdrawn_fields);

static const struct br_field hole_fields[] = {
	BR_U64(br_hole, after, 0, 0),
	BR_U64(br_hole, until, 0, 0),
	BR_U64(br_hole, reached, 0, 0),
	BR_U64(br_hole, merged, 0, 0),
	BR_U64(br_hole, withdrawn, 0, 0),
	BR_BOOL(br_hole, closed),
	BR_U64(br_hole, told, 0, 0),
	{.name = "restored",
		.kind = BR_FIELD_TIME,
		.offset = offsetof(struct br_hole, restored_ms)},
	{.name = "last", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_hole, last_ms)},
};
BR_DEFINE_SHAPE(br_hole_shape, br_hole, 1, hole_fields);

uint64_t br_hole_since(uint64_t head, int64_t now_ms)
{
	uint64_t next = head / BR_HOLE_JUMP + 1;
	uint64_t units = now_ms > 0 ? (uint64_t)now_ms / BR_HOLE_UNIT_MS : 0;
	uint64_t since = (next > units ? next : units) * BR_HOLE_JUMP + 1;

	br_assert(since > head && since < UINT64_C(1) << 53);
	return since;
}

static void hole_put(struct br_txn *txn, const struct br_hole *hole)
{
	struct br_key key = br_key_of_u64(hole->after);

	br_assert(hole->after <= hole->reached && hole->reached <= hole->until);
	br_row_put(txn, BR_TABLE_HOLE, br_key_str(&key), &br_hole_shape, hole);
}

/* Walks the holes; the first one that is wanted. 0, BR_E_NOT_FOUND or an error of the transaction.
 */
static int hole_find(struct br_txn *txn, struct br_arena *arena, bool backwards,
	bool (*wanted)(const struct br_hole *hole, uint64_t sequence), uint64_t sequence,
	struct br_hole *ret_hole)
{
	struct br_str none = {NULL, 0}, key, value;
	int result = BR_E_NOT_FOUND;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_HOLE, none, none, backwards);
	while (result == BR_E_NOT_FOUND && br_scan_next(&scan, &key, &value)) {
		struct br_hole hole;

		/* The gaps between the members too: states are compared as bytes. */
		memset(&hole, 0, sizeof(hole));
		result = br_record_decode(&br_hole_shape, value, arena, &hole);
		br_assert(result < 0 || hole.after < hole.until);
		if (result == 0 && wanted(&hole, sequence))
			*ret_hole = hole;
		else if (result == 0)
			result = BR_E_NOT_FOUND;
	}
	br_scan_end(&scan);
	if (br_txn_error(txn) < 0)
		return br_txn_error(txn);
	return result < 0 && result != BR_E_NOT_FOUND ? br_txn_fail(txn, result) : result;
}

static bool hole_is_open(const struct br_hole *hole, uint64_t sequence BR_UNUSED)
{
	return !hole->closed;
}

static bool hole_holds(const struct br_hole *hole, uint64_t sequence)
{
	return hole->after < sequence && sequence <= hole->until;
}

static bool hole_any(const struct br_hole *hole, uint64_t sequence BR_UNUSED)
{
	return hole->until > 0;
}

int br_hole_open(struct br_txn *txn, struct br_arena *arena, struct br_hole *ret_hole)
{
	return hole_find(txn, arena, false, hole_is_open, 0, ret_hole);
}

int br_hole_last(struct br_txn *txn, struct br_arena *arena, struct br_hole *ret_hole)
{
	return hole_find(txn, arena, true, hole_any, 0, ret_hole);
}

uint64_t br_hole_lost(const struct br_hole *hole)
{
	br_assert(hole->after < hole->until);
	return hole->closed && hole->told > hole->reached ? hole->told - hole->reached : 0;
}

bool br_hole_holds(struct br_txn *txn, uint64_t sequence, struct br_arena *arena)
{
	struct br_hole hole;

	br_assert(sequence > 0);
	return hole_find(txn, arena, false, hole_holds, sequence, &hole) == 0;
}

/* The hole that `origin` lies in is filled up to there. */
static void hole_fill(struct br_txn *txn, struct br_arena *arena, uint64_t origin, bool merged,
	int64_t happened_ms)
{
	struct br_hole hole;
	int result = hole_find(txn, arena, false, hole_holds, origin, &hole);

	/* Only what was judged is journalled, and only events of a hole are. */
	br_assert(result != BR_E_NOT_FOUND);
	if (result < 0)
		return;
	br_assert(!hole.closed && origin > hole.reached);
	hole.reached = origin;
	hole.merged += merged;
	hole.withdrawn += !merged;
	hole.last_ms = happened_ms;
	hole_put(txn, &hole);
}

void br_hole_apply_origin(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->origin > 0);
	hole_fill(txn, arena, event->origin, true, event->happened_ms);
}

void br_hole_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	if (event->kind == BR_EVENT_STORE_RESTORED) {
		const struct br_restored *restored = event->body;

		br_assert(restored->head < event->sequence - 1);
		hole_put(txn, &(struct br_hole){.after = restored->head,
				      .until = event->sequence - 1,
				      .reached = restored->head,
				      .restored_ms = event->recorded_ms});
	} else if (event->kind == BR_EVENT_EVENT_WITHDRAWN) {
		const struct br_withdrawn *withdrawn = event->body;

		hole_fill(txn, arena, withdrawn->withdrawn, false, event->happened_ms);
	} else {
		const struct br_recovered *recovered = event->body;
		struct br_key key = br_key_of_u64(recovered->after);
		struct br_hole hole;

		br_assert(event->kind == BR_EVENT_STORE_RECOVERED);
		if (br_row_get(txn, BR_TABLE_HOLE, br_key_str(&key), &br_hole_shape, arena, &hole) <
			0)
			return;
		hole.closed = true;
		hole.told = recovered->told;
		hole_put(txn, &hole);
	}
}

/* The first thing that an event touches, by a name of its own. */
struct subject {
	struct br_withdrawn *withdrawn;
	struct br_arena *arena;
	int result;
};

static void subject_touch(void *context, enum br_noun noun, struct br_str name)
{
	struct subject *subject = context;
	char *copy;

	br_assert(noun > 0 && noun < BR_NOUN_END && name.n > 0);
	if (noun == BR_NOUN_PRODUCT || subject->withdrawn->noun > 0)
		return;
	copy = br_arena_take(subject->arena, name.n);
	if (copy == NULL) {
		subject->result = BR_E_MEMORY;
		return;
	}
	memcpy(copy, name.s, name.n);
	subject->withdrawn->noun = noun;
	subject->withdrawn->subject = (struct br_str){copy, name.n};
}

int br_hole_subject(
	const struct br_event *event, struct br_arena *arena, struct br_withdrawn *withdrawn)
{
	struct subject subject = {.withdrawn = withdrawn, .arena = arena};
	struct br_touch touch = {subject_touch, &subject};

	withdrawn->noun = 0;
	withdrawn->subject = br_event_types[event->kind].subject(event);
	br_event_types[event->kind].touches(event, &touch);
	/* Its device can still be adopted as it was. */
	if (withdrawn->reason == BR_WITHDRAWN_MEASURED)
		withdrawn->noun = 0;
	br_assert(withdrawn->subject.n <= SUBJECT_BYTES_MAX);
	return subject.result;
}

void br_hole_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_withdrawn *withdrawn = event->body;

	br_assert(event->kind == BR_EVENT_EVENT_WITHDRAWN);
	if (withdrawn->noun > 0)
		touch->touch(touch->context, (enum br_noun)withdrawn->noun, withdrawn->subject);
}

/* Looks whether somebody has changed one of the event's subjects since the restore. */
struct since {
	struct br_txn *txn;
	struct br_arena *arena;
	uint64_t until; /* the hole's */
	bool touched;
	bool subject; /* it has one that is more than a sum */
};

static void since_touch(void *context, enum br_noun noun, struct br_str name)
{
	struct since *since = context;
	uint64_t newest;
	struct br_event event;

	br_assert(name.n > 0);
	/* A product's stock is a sum: what happened since adds to it. */
	if (noun == BR_NOUN_PRODUCT || since->touched)
		return;
	since->subject = true;
	newest = br_history_newest(since->txn, noun, name);
	if (newest <= since->until || br_event_get(since->txn, newest, since->arena, &event) < 0)
		return;
	since->touched = event.origin == 0;
}

/* What was measured is measured anew; only what somebody decided comes back. */
static bool measured(enum br_event_kind kind)
{
	br_assert(kind < BR_EVENT_N);
	return br_event_types[kind].lane == BR_LANE_TELEMETRY && kind != BR_EVENT_DEVICE_ADOPTED &&
	       kind != BR_EVENT_DEVICE_FORGOTTEN && kind != BR_EVENT_LABEL_BOUND &&
	       kind != BR_EVENT_LABEL_UNBOUND;
}

/* Of this HQ has many, and each says only what was at its time: nobody takes it for the present. */
static bool passed_over(enum br_event_kind kind)
{
	return kind == BR_EVENT_LABEL_SHOWN || kind == BR_EVENT_DEVICE_SUMMARISED;
}

/*
 * An order's event builds on the version before it, which HQ may never have got, and what changes
 * no version on the order: without that it cannot have happened here.
 */
static bool order_lacks(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_shape *shape = br_event_types[event->kind].shape;
	const struct br_order_updated *updated = event->body;
	const struct br_order_moved *moved = event->body;
	bool moves = shape == &br_order_moved_shape;
	struct br_order order;

	br_assert(event->kind < BR_EVENT_N);
	/* Both begin with the order's name. */
	if (event->kind == BR_EVENT_ORDER_LINE_OFFERED || event->kind == BR_EVENT_ORDER_CANCEL_LATE)
		return br_order_get(txn, *(const struct br_str *)event->body, arena, &order) < 0;
	if (!moves && shape != &br_order_updated_shape)
		return false;
	return br_order_get(txn, moves ? moved->order : updated->order, arena, &order) < 0 ||
	       order.version + 1 != (moves ? moved->version : updated->version);
}

/*
 * HQ's prices do not come back as events but by HQ's commands, which are told again behind the
 * hole. What took one back is one of them, and is decided anew there: here it would take back
 * nothing, and its command would count as done.
 */
static bool price_lacks(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->kind < BR_EVENT_N);
	return event->kind == BR_EVENT_PRICE_CANCELLED && !br_price_known(txn, event->body, arena);
}

enum br_judgement br_hole_judge(struct br_txn *txn, const struct br_event *event, bool repeated,
	enum br_doubt doubt, struct br_arena *arena, enum br_withdrawal *ret_reason)
{
	struct br_hole hole = {.closed = true};
	struct since since = {.txn = txn, .arena = arena};
	struct br_touch touch = {since_touch, &since};

	/* What earlier restores did is of no use here: this one's hole takes theirs in. */
	if (event->kind == BR_EVENT_STORE_RESTORED || event->kind == BR_EVENT_STORE_RECOVERED ||
		(event->kind == BR_EVENT_EVENT_WITHDRAWN && event->body != NULL))
		return BR_JUDGED_KNOWN;
	if (hole_find(txn, arena, false, hole_holds, event->sequence, &hole) < 0 || hole.closed ||
		event->sequence <= hole.reached || passed_over(event->kind))
		return BR_JUDGED_KNOWN;
	if (measured(event->kind)) {
		*ret_reason = BR_WITHDRAWN_MEASURED;
		return BR_JUDGED_WITHDRAW;
	}
	if (doubt == BR_DOUBT_POISON) {
		*ret_reason = BR_WITHDRAWN_POISON;
		return BR_JUDGED_WITHDRAW;
	}
	/*
	 * A grant counts whatever became of its command: HQ may have spent it. Nothing was granted
	 * again meanwhile, for that waits until the hole is closed (rights.h).
	 */
	if (repeated && event->kind != BR_EVENT_RIGHTS_GRANTED) {
		*ret_reason = BR_WITHDRAWN_REPEATED;
		return BR_JUDGED_WITHDRAW;
	}
	/* Whatever has become of the order since: who was erased stays so. */
	if (event->kind == BR_EVENT_CUSTOMER_ERASED)
		return BR_JUDGED_MERGE;
	since.until = hole.until;
	br_event_types[event->kind].touches(event, &touch);
	if (!since.touched && !(doubt == BR_DOUBT_GAP && since.subject) &&
		!order_lacks(txn, event, arena) && !price_lacks(txn, event, arena))
		return BR_JUDGED_MERGE;
	*ret_reason = since.touched ? BR_WITHDRAWN_TOUCHED : BR_WITHDRAWN_GAP;
	return BR_JUDGED_WITHDRAW;
}
