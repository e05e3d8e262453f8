#include "node/conflict.h"

#include "node/limits.h"
#include "node/tables.h"

#define CONFLICT_FIELDS \
	BR_MUST_TEXT(br_conflict, command, 1, BR_ID_BYTES_MAX), \
		BR_MUST_TEXT(br_conflict, actor, 1, BR_ID_BYTES_MAX), \
		BR_MUST_TEXT(br_conflict, type, 1, BR_WORD_BYTES_MAX), \
		BR_U64(br_conflict, first, 0, 0)
static const struct br_field conflict_fields[] = {CONFLICT_FIELDS};
BR_DEFINE_SHAPE(br_conflict_shape, br_conflict, 1, conflict_fields);

static const struct br_field row_fields[] = {
	CONFLICT_FIELDS,
	{.name = "at", .kind = BR_FIELD_TIME, .offset = offsetof(struct br_conflict, at_ms)},
};
BR_DEFINE_SHAPE(br_conflict_row_shape, br_conflict, 1, row_fields);

static struct br_key conflict_key(struct br_str actor, struct br_str command)
{
	struct br_key key = br_key_of_str(actor);

	br_assert(actor.n > 0 && command.n > 0);
	br_key_add_str(&key, command);
	return key;
}

bool br_conflict_known(struct br_txn *txn, struct br_str actor, struct br_str command)
{
	struct br_key key = conflict_key(actor, command);

	return br_txn_has(txn, BR_TABLE_CONFLICT, br_key_str(&key));
}

void br_conflict_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	struct br_conflict row = *(const struct br_conflict *)event->body;
	struct br_key key = conflict_key(row.actor, row.command);

	br_assert(event->kind == BR_EVENT_COMMAND_CONFLICTED);
	row.at_ms = event->recorded_ms;
	br_row_put(txn, BR_TABLE_CONFLICT, br_key_str(&key), &br_conflict_row_shape, &row);
}

void br_conflict_walk(struct br_txn *txn, struct br_arena *arena,
	bool (*visit)(void *context, const struct br_conflict *conflict), void *context)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;
	bool more = true;

	br_scan_begin(&scan, txn, BR_TABLE_CONFLICT, none, none, false);
	while (more && br_scan_next(&scan, &key, &value)) {
		struct br_conflict conflict;
		int result = br_record_decode(&br_conflict_row_shape, value, arena, &conflict);

		if (result < 0) {
			(void)br_txn_fail(txn, result);
			break;
		}
		br_assert(conflict.actor.n > 0);
		more = visit(context, &conflict);
	}
	br_scan_end(&scan);
}
