/* What somebody in the store must do now: all tasks, the most urgent first. */
#include <stdlib.h>
#include <string.h>

#include "node/task.h"
#include "web-ui/query.h"

/* Far above what a store's day brings; past it the rest is left out and said so. */
#define TASKS_SORTED_MAX 8192

/* A task outlives the walk that tells it only as a copy. */
struct kept {
	struct br_task task;
	bool late;
	char key[BR_ID_BYTES_MAX + 1], reason[BR_NOTE_BYTES_MAX + BR_SEALED_BYTES_MORE];
};

struct keeping {
	struct kept *kept;
	size_t n, space;
	int64_t now_ms;
	bool more, out_of_memory;
};

/* Late first, then by priority, then what is due first, then the oldest, then by key. */
static int kept_compare(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;
	int64_t a_due = a->task.due_ms > 0 ? a->task.due_ms : INT64_MAX;
	int64_t b_due = b->task.due_ms > 0 ? b->task.due_ms : INT64_MAX;

	br_assert(a->task.kind < BR_TASK_N && b->task.kind < BR_TASK_N);
	if (a->late != b->late)
		return a->late ? -1 : 1;
	if (a->task.priority != b->task.priority)
		return a->task.priority > b->task.priority ? -1 : 1;
	if (a_due != b_due)
		return a_due < b_due ? -1 : 1;
	if (a->task.since_ms != b->task.since_ms)
		return a->task.since_ms < b->task.since_ms ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* Room for one more; false when there is none. */
static bool keeping_grow(struct keeping *keeping)
{
	size_t space = keeping->space == 0 ? 64 : 2 * keeping->space;
	struct kept *kept;

	br_assert(keeping->n <= keeping->space);
	if (keeping->n < keeping->space)
		return true;
	keeping->more = keeping->n >= TASKS_SORTED_MAX;
	if (keeping->more)
		return false;
	kept = realloc(keeping->kept, space * sizeof(*kept));
	keeping->out_of_memory = kept == NULL;
	if (kept == NULL)
		return false;
	keeping->kept = kept;
	keeping->space = space;
	return true;
}

static bool task_visit(void *context, const struct br_task *task)
{
	struct keeping *keeping = context;
	struct kept *kept;
	bool fits;

	br_assert(task->kind < BR_TASK_N);
	if (!keeping_grow(keeping))
		return false;
	kept = &keeping->kept[keeping->n++];
	kept->task = *task;
	kept->late = task->due_ms > 0 && task->due_ms < keeping->now_ms;
	fits = br_str_copy(task->key, kept->key, sizeof(kept->key)) &&
	       task->reason.n <= sizeof(kept->reason);
	br_assert(fits);
	/* It may be sealed, and then holds any bytes. */
	if (task->reason.n > 0)
		memcpy(kept->reason, task->reason.s, task->reason.n);
	kept->task.reason.s = NULL;
	return true;
}

static void task_write(const struct kept *kept, struct br_json_out *out)
{
	const struct br_task *task = &kept->task;

	br_assert(task->priority <= BR_TASK_PRIORITY_MAX);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "kind", br_task_kind_words[task->kind]);
	br_json_out_puts(out, "noun", br_task_noun_words[task->noun]);
	br_json_out_puts(out, "key", kept->key);
	if (task->reason.n == 0)
		br_json_out_puts(out, "reason", "");
	else
		br_json_out_personal(out, "reason", (struct br_str){kept->reason, task->reason.n});
	br_json_out_time(out, "since", task->since_ms);
	if (task->due_ms > 0)
		br_json_out_time(out, "due", task->due_ms);
	br_json_out_u64(out, "priority", task->priority);
	br_json_out_end(out);
}

BR_WEB_QUERY(task_list)
{
	struct keeping keeping = {.now_ms = view->now_ms};
	struct br_task_visit visit = {task_visit, &keeping};
	size_t limit = (size_t)args->numbers[0];
	int result = br_task_walk(view->txn, view->now_ms, view->arena, &visit);

	(void)refusal;
	br_assert(args->numbers[0] >= 1);
	if (result == 0 && keeping.out_of_memory)
		result = BR_E_MEMORY;
	if (result == 0) {
		if (keeping.n > 0)
			qsort(keeping.kept, keeping.n, sizeof(*keeping.kept), kept_compare);
		br_json_out_object(out, NULL);
		br_json_out_array(out, "rows");
		for (size_t i = 0; i < keeping.n && i < limit; i++)
			task_write(&keeping.kept[i], out);
		br_json_out_end(out);
		br_json_out_u64(out, "all", keeping.n);
		br_json_out_bool(out, "more", keeping.more || keeping.n > limit);
		br_json_out_end(out);
	}
	free(keeping.kept);
	return result;
}
