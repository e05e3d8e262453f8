#include "node/task.h"

#include "node/limits.h"
#include "node/tables.h"
#include "node/task_inside.h"

const char *const br_task_kind_words[] = {"answer", "pick", "pack", "stage", "hand_over", "restock",
	"inspect", "receive", "fill", "count", "approve", "markdown", "waste", "call", "other",
	NULL};
const char *const br_task_noun_words[] = {
	"task", "product", "order", "delivery", "count", "transfer", NULL};

static const struct br_field row_fields[] = {
	BR_PERSONAL(br_task_row, reason, 0, BR_NOTE_BYTES_MAX),
	BR_TIME(br_task_row, since),
	BR_TIME(br_task_row, due),
	BR_WORD(br_task_row, noun, br_task_noun_words),
	BR_U64(br_task_row, priority, 0, BR_TASK_PRIORITY_MAX),
	BR_BOOL(br_task_row, derived),
	BR_U64(br_task_row, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_task_row_shape, br_task_row, 1, row_fields);

/* Whose key a task of the kind has, how urgent it is when nobody said, and whether it is kept. */
static const struct {
	enum br_task_noun noun;
	unsigned priority;
	bool kept;
} kinds[BR_TASK_N] = {
	[BR_TASK_ANSWER] = {BR_TASK_OF_ORDER, 8, false},
	[BR_TASK_PICK] = {BR_TASK_OF_ORDER, 6, false},
	[BR_TASK_PACK] = {BR_TASK_OF_ORDER, 6, false},
	[BR_TASK_STAGE] = {BR_TASK_OF_ORDER, 6, false},
	[BR_TASK_HAND_OVER] = {BR_TASK_OF_ORDER, 9, false},
	[BR_TASK_RESTOCK] = {BR_TASK_OF_ORDER, 3, false},
	[BR_TASK_INSPECT] = {BR_TASK_OF_PRODUCT, 3, true},
	[BR_TASK_RECEIVE] = {BR_TASK_OF_DELIVERY, 5, false},
	[BR_TASK_FILL] = {BR_TASK_OF_PRODUCT, 4, true},
	[BR_TASK_COUNT] = {BR_TASK_OF_PRODUCT, 4, true},
	[BR_TASK_APPROVE] = {BR_TASK_OF_COUNT, 5, false},
	[BR_TASK_MARKDOWN] = {BR_TASK_OF_PRODUCT, 4, false},
	[BR_TASK_WASTE] = {BR_TASK_OF_PRODUCT, 5, false},
	[BR_TASK_CALL] = {BR_TASK_OF_ORDER, 8, true},
	[BR_TASK_OTHER] = {BR_TASK_OF_ITSELF, 5, true},
};

bool br_task_kept_kind(enum br_task_kind kind)
{
	br_assert(kind < BR_TASK_N);
	return kinds[kind].kept;
}

unsigned br_task_kind_priority(enum br_task_kind kind)
{
	br_assert(kind < BR_TASK_N);
	return kinds[kind].priority;
}

static struct br_key task_key(enum br_task_kind kind, struct br_str name)
{
	struct br_key key;

	br_assert(kind < BR_TASK_N && name.n > 0);
	br_key_init(&key);
	br_key_add_u8(&key, (uint8_t)kind);
	br_key_add_str(&key, name);
	return key;
}

/* Reads the task that is kept under a key; the reason points into the store. */
static bool row_get(struct br_txn *txn, const struct br_key *key, struct br_task_row *ret_row)
{
	br_assert(key->n > 1);
	return br_row_get(txn, BR_TABLE_TASK, br_key_str(key), &br_task_row_shape, NULL, ret_row) ==
	       0;
}

static struct br_task_row row_make(
	const struct br_event *event, enum br_task_kind kind, struct br_str reason)
{
	br_assert(kinds[kind].kept && reason.n <= BR_NOTE_BYTES_MAX + BR_SEALED_BYTES_MORE);
	return (struct br_task_row){
		.reason = reason,
		.since = event->happened_ms,
		.noun = (uint8_t)kinds[kind].noun,
		.priority = kinds[kind].priority,
		.sequence = event->sequence,
	};
}

/* Puts what somebody asked for; how long it has been so stays. */
static void row_ask(struct br_txn *txn, const struct br_key *key, struct br_task_row *row)
{
	struct br_task_row old;

	br_assert(!row->derived);
	if (row_get(txn, key, &old))
		row->since = old.since;
	br_row_put(txn, BR_TABLE_TASK, br_key_str(key), &br_task_row_shape, row);
}

void br_task_put(struct br_txn *txn, const struct br_event *event, enum br_task_kind kind,
	struct br_str key, struct br_str reason, int64_t due_ms)
{
	struct br_key at = task_key(kind, key);
	struct br_task_row row = row_make(event, kind, reason);

	br_assert(reason.n <= BR_REASON_BYTES_MAX);
	row.due = due_ms;
	row_ask(txn, &at, &row);
}

void br_task_ask(
	struct br_txn *txn, const struct br_event *event, const struct br_task_create *create)
{
	struct br_key at = task_key(create->kind, create->key);
	struct br_task_row row = row_make(event, create->kind, create->reason);

	br_assert(create->priority <= BR_TASK_PRIORITY_MAX);
	row.due = create->due;
	if (create->priority > 0)
		row.priority = create->priority;
	row_ask(txn, &at, &row);
}

void br_task_follow(struct br_txn *txn, const struct br_event *event, enum br_task_kind kind,
	struct br_str key, bool wanted, struct br_str reason)
{
	struct br_key at = task_key(kind, key);
	struct br_task_row old, row = row_make(event, kind, reason);
	bool kept = row_get(txn, &at, &old);

	br_assert(reason.n > 0);
	row.derived = true;
	if (wanted && !kept)
		br_row_put(txn, BR_TABLE_TASK, br_key_str(&at), &br_task_row_shape, &row);
	else if (!wanted && kept && old.derived)
		br_txn_delete(txn, BR_TABLE_TASK, br_key_str(&at));
}

void br_task_remove(struct br_txn *txn, enum br_task_kind kind, struct br_str key)
{
	struct br_key at = task_key(kind, key);

	br_assert(kinds[kind].kept);
	br_txn_delete(txn, BR_TABLE_TASK, br_key_str(&at));
}

bool br_task_has(struct br_txn *txn, enum br_task_kind kind, struct br_str key)
{
	struct br_key at = task_key(kind, key);

	br_assert(at.n > 1);
	return br_txn_has(txn, BR_TABLE_TASK, br_key_str(&at));
}

bool br_task_derived(struct br_txn *txn, enum br_task_kind kind, struct br_str key)
{
	struct br_key at = task_key(kind, key);
	struct br_task_row row;

	br_assert(key.n > 0);
	return row_get(txn, &at, &row) && row.derived;
}

bool br_task_kept_walk(
	struct br_txn *txn, struct br_arena *arena, const struct br_task_visit *visit)
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_scan scan;
	bool more = true;

	br_assert(visit->visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_TASK, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		uint8_t kind = (uint8_t)key.s[0];
		struct br_str rest = {key.s + 1, key.n - 1};
		struct br_task task;
		struct br_task_row row;
		int result;

		br_arena_reset(arena);
		result = br_record_decode(&br_task_row_shape, value, arena, &row);
		if (result == 0 && (kind >= BR_TASK_N || !br_key_take_str(&rest, &name)))
			result = BR_E_CORRUPT;
		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		task = (struct br_task){
			.kind = (enum br_task_kind)kind,
			.noun = (enum br_task_noun)row.noun,
			.key = name,
			.reason = row.reason,
			.since_ms = row.since,
			.due_ms = row.due,
			.priority = (unsigned)row.priority,
		};
		more = visit->visit(visit->context, &task);
	}
	br_scan_end(&scan);
	return more;
}
