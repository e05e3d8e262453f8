#include "node/task.h"

#include "node/limits.h"
#include "node/tables.h"

const char *const br_task_kind_words[] = {"answer", "pick", "pack", "stage", "hand_over", "restock",
	"inspect", "receive", "fill", "count", "approve", "markdown", "waste", "call", "other",
	NULL};
const char *const br_task_noun_words[] = {
	"task", "product", "order", "delivery", "count", "transfer", NULL};

static const struct br_field row_fields[] = {
	BR_TEXT(br_task_row, reason, 0, BR_NOTE_BYTES_MAX),
	BR_TIME(br_task_row, since),
	BR_TIME(br_task_row, due),
	BR_WORD(br_task_row, noun, br_task_noun_words),
	BR_U64(br_task_row, priority, 0, BR_TASK_PRIORITY_MAX),
	BR_BOOL(br_task_row, derived),
	BR_U64(br_task_row, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_task_row_shape, br_task_row, 1, row_fields);

/* Whose key a kept task of the kind has, and how urgent it is when nobody said. */
static const struct {
	enum br_task_noun noun;
	unsigned priority;
} kinds[BR_TASK_N] = {
	[BR_TASK_ANSWER] = {BR_TASK_OF_ORDER, 8},
	[BR_TASK_PICK] = {BR_TASK_OF_ORDER, 6},
	[BR_TASK_PACK] = {BR_TASK_OF_ORDER, 6},
	[BR_TASK_STAGE] = {BR_TASK_OF_ORDER, 6},
	[BR_TASK_HAND_OVER] = {BR_TASK_OF_ORDER, 9},
	[BR_TASK_RESTOCK] = {BR_TASK_OF_ORDER, 3},
	[BR_TASK_INSPECT] = {BR_TASK_OF_PRODUCT, 3},
	[BR_TASK_RECEIVE] = {BR_TASK_OF_DELIVERY, 5},
	[BR_TASK_FILL] = {BR_TASK_OF_PRODUCT, 4},
	[BR_TASK_COUNT] = {BR_TASK_OF_PRODUCT, 4},
	[BR_TASK_APPROVE] = {BR_TASK_OF_COUNT, 5},
	[BR_TASK_MARKDOWN] = {BR_TASK_OF_PRODUCT, 4},
	[BR_TASK_WASTE] = {BR_TASK_OF_PRODUCT, 5},
	[BR_TASK_CALL] = {BR_TASK_OF_ORDER, 8},
	[BR_TASK_OTHER] = {BR_TASK_OF_ITSELF, 5},
};

static struct br_key task_key(enum br_task_kind kind, struct br_str name)
{
	struct br_key key;

	br_assert(kind < BR_TASK_N && name.n > 0);
	br_key_init(&key);
	br_key_add_u8(&key, (uint8_t)kind);
	br_key_add_str(&key, name);
	return key;
}

void br_task_put(struct br_txn *txn, const struct br_event *event, enum br_task_kind kind,
	struct br_str key, struct br_str reason, int64_t due_ms)
{
	struct br_key at = task_key(kind, key);
	struct br_task_row old, row = {
					.reason = reason,
					.since = event->happened_ms,
					.due = due_ms,
					.noun = (uint8_t)kinds[kind].noun,
					.priority = kinds[kind].priority,
					.sequence = event->sequence,
				};

	br_assert(reason.n <= BR_REASON_BYTES_MAX);
	if (br_row_get(txn, BR_TABLE_TASK, br_key_str(&at), &br_task_row_shape, NULL, &old) == 0)
		row.since = old.since;
	br_row_put(txn, BR_TABLE_TASK, br_key_str(&at), &br_task_row_shape, &row);
}

void br_task_remove(struct br_txn *txn, enum br_task_kind kind, struct br_str key)
{
	struct br_key at = task_key(kind, key);

	br_assert(at.n > 1);
	br_txn_delete(txn, BR_TABLE_TASK, br_key_str(&at));
}

bool br_task_has(struct br_txn *txn, enum br_task_kind kind, struct br_str key)
{
	struct br_key at = task_key(kind, key);

	br_assert(at.n > 1);
	return br_txn_has(txn, BR_TABLE_TASK, br_key_str(&at));
}

/* The tasks that are kept, by kind. False when the visitor wants no more. */
static bool kept_walk(struct br_txn *txn, struct br_arena *arena, const struct br_task_visit *visit)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool more = true;

	br_assert(visit->visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_TASK, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_task task;
		struct br_task_row row;
		struct br_str name;
		uint8_t kind = (uint8_t)key.s[0];
		struct br_str rest = {key.s + 1, key.n - 1};
		int result = br_record_decode(&br_task_row_shape, value, arena, &row);

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

int br_task_walk(struct br_txn *txn, int64_t now_ms, struct br_arena *arena,
	const struct br_task_visit *visit)
{
	br_assert(now_ms > 0);
	br_arena_reset(arena);
	(void)kept_walk(txn, arena, visit);
	return br_txn_error(txn);
}
