#include "node/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "node/metrics.h"
#include "node/mutex.h"

/*
 * With so many commands a turn is full for the queue: others find room in it, and who gets its
 * answers can send the next commands while the core works on those that wait.
 */
#define TURN_SHARE (BR_TURN_COMMANDS_MAX / 2)

struct entry {
	struct br_json *command; /* owned */
	char actor[BR_ID_BYTES_MAX + 1];
	uint64_t connection, request;
};

/* A ring of what waits. */
struct lane {
	struct entry entries[BR_COMMAND_QUEUE_MAX];
	unsigned first, n;
};

struct br_queue {
	struct br_core *core; /* borrowed, as the loop */
	struct br_loop *loop;
	const struct br_clock *clock;
	struct br_loop_source *watch;
	struct br_arena arena;
	int event_fd;
	void (*answered)(void *owner);
	void *answered_owner;
	struct br_mutex lock; /* over the rings */
	struct lane lanes[BR_QUEUE_LANE_N];
	struct br_queued_answer answers[BR_COMMAND_QUEUE_MAX];
	unsigned answer_first, answer_n;
	unsigned under_way; /* pushed and not yet taken back as answers: bounds the rings */
};

static void answer_put(struct br_queue *queue, const struct br_queued_answer *answer)
{
	br_mutex_lock(&queue->lock);
	br_assert(queue->answer_n < BR_COMMAND_QUEUE_MAX);
	br_assert(queue->answer_n < queue->under_way);
	queue->answers[(queue->answer_first + queue->answer_n++) % BR_COMMAND_QUEUE_MAX] = *answer;
	br_mutex_unlock(&queue->lock);
	if (queue->answered != NULL)
		queue->answered(queue->answered_owner);
}

/* The ticket carries the request in `number` and the connection in `figure`. */
static void answer_deliver(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct br_queued_answer queued = {
		.connection = (uint64_t)ticket->figure,
		.request = ticket->number,
		.answer = *answer,
	};

	if (answer->outcome == BR_OUTCOME_BUSY)
		br_metric_add(BR_METRIC_COMMANDS_BUSY, 1);
	memcpy(queued.command, ticket->command, sizeof(queued.command));
	answer_put(owner, &queued);
}

/* Submits one entry; what is no command is answered at once. */
static int entry_submit(struct br_queue *queue, const struct entry *entry)
{
	struct br_command command = {.actor = br_str_from(entry->actor),
		.now_ms = queue->clock->wall_ms(queue->clock->context)};
	struct br_ticket ticket = {.deliver = answer_deliver,
		.owner = queue,
		.number = entry->request,
		.figure = (int64_t)entry->connection};
	enum br_refusal refusal;
	struct br_answer answer;
	struct br_fault fault;
	int result;

	br_assert(entry->command != NULL);
	br_arena_reset(&queue->arena);
	result = br_command_from_json(entry->command, &queue->arena, &command, &refusal, &fault);
	if (!br_str_copy(command.id, ticket.command, sizeof(ticket.command)))
		ticket.command[0] = '\0';
	if (result == 0)
		return br_core_submit(queue->core, &command, &ticket);
	br_answer_refuse(&answer, BR_OUTCOME_REFUSED, refusal, fault.text);
	answer_deliver(queue, &ticket, &answer);
	return 0;
}

static bool entry_take(struct br_queue *queue, struct entry *ret_entry)
{
	struct lane *lane = queue->lanes;
	bool taken;

	br_mutex_lock(&queue->lock);
	while (lane->n == 0 && lane < &queue->lanes[BR_QUEUE_LANE_N - 1])
		lane++;
	br_assert(lane->n <= queue->under_way && lane->first < BR_COMMAND_QUEUE_MAX);
	taken = lane->n > 0;
	if (taken) {
		*ret_entry = lane->entries[lane->first];
		lane->first = (lane->first + 1) % BR_COMMAND_QUEUE_MAX;
		lane->n--;
	}
	br_mutex_unlock(&queue->lock);
	return taken;
}

static void queue_wake(struct br_queue *queue)
{
	uint64_t one = 1;
	ssize_t written = write(queue->event_fd, &one, sizeof(one));

	br_assert(queue->event_fd >= 0);
	/* A full counter wakes as well as a new one. */
	br_assert(written == sizeof(one) || errno == EAGAIN);
}

static void queue_ready(void *owner, unsigned events BR_UNUSED)
{
	struct br_queue *queue = owner;
	struct entry entry;
	uint64_t count;

	if (read(queue->event_fd, &count, sizeof(count)) < 0)
		return;
	while (br_core_turn_n(queue->core) < TURN_SHARE && entry_take(queue, &entry)) {
		int result = entry_submit(queue, &entry);

		br_json_free(entry.command);
		/* The turn's commit returns the same error and ends the process. */
		if (result < 0)
			return;
	}
	if (br_core_turn_n(queue->core) < TURN_SHARE)
		return;
	/* There may be more than one turn takes: the rest is taken in the next one. */
	queue_wake(queue);
	br_loop_again(queue->loop);
}

int br_queue_create(struct br_loop *loop, struct br_core *core, const struct br_clock *clock,
	struct br_queue **ret_queue)
{
	BR_CLEANUP(br_queue_cleanup) struct br_queue *queue = calloc(1, sizeof(*queue));
	int result;

	if (queue == NULL)
		return BR_E_MEMORY;
	queue->core = core;
	queue->loop = loop;
	queue->clock = clock;
	br_arena_init(&queue->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_mutex_init(&queue->lock);
	queue->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (queue->event_fd < 0)
		return br_error_from_errno(errno);
	result = br_loop_watch(
		loop, queue->event_fd, BR_LOOP_READ, queue_ready, queue, &queue->watch);
	if (result == 0)
		*ret_queue = BR_TAKE(queue);
	return result;
}

void br_queue_destroy(struct br_queue *queue)
{
	struct entry entry;

	if (queue == NULL)
		return;
	br_loop_source_destroy(queue->watch);
	while (entry_take(queue, &entry))
		br_json_free(entry.command);
	if (queue->event_fd >= 0)
		(void)close(queue->event_fd);
	br_arena_finish(&queue->arena);
	br_mutex_finish(&queue->lock);
	free(queue);
}

void br_queue_on_answer(struct br_queue *queue, void (*answered)(void *owner), void *owner)
{
	br_assert(answered != NULL);
	br_assert(queue->answered == NULL);
	queue->answered = answered;
	queue->answered_owner = owner;
}

int br_queue_push(struct br_queue *queue, enum br_queue_lane which, struct br_json *command,
	struct br_str actor, uint64_t connection, uint64_t request)
{
	struct lane *lane = &queue->lanes[which];
	struct entry entry = {.command = command, .connection = connection, .request = request};
	bool named = br_str_copy(actor, entry.actor, sizeof(entry.actor)), room, first;

	br_assert(command != NULL && named && which < BR_QUEUE_LANE_N);
	br_mutex_lock(&queue->lock);
	room = queue->under_way < BR_COMMAND_QUEUE_MAX;
	/* The core takes all there are, and wakes itself for what a turn has no room for. */
	first = lane->n == 0;
	if (room) {
		br_assert(lane->n < BR_COMMAND_QUEUE_MAX);
		lane->entries[(lane->first + lane->n++) % BR_COMMAND_QUEUE_MAX] = entry;
		queue->under_way++;
	}
	br_assert(lane->n + queue->answer_n <= queue->under_way);
	br_mutex_unlock(&queue->lock);
	if (!room) {
		br_metric_add(BR_METRIC_COMMANDS_BUSY, 1);
		br_json_free(command);
		return BR_E_BUSY;
	}
	if (first)
		queue_wake(queue);
	return 0;
}

bool br_queue_take(struct br_queue *queue, struct br_queued_answer *ret_answer)
{
	bool taken;

	br_mutex_lock(&queue->lock);
	br_assert(queue->answer_n <= queue->under_way);
	taken = queue->answer_n > 0;
	if (taken) {
		br_assert(queue->under_way > 0);
		*ret_answer = queue->answers[queue->answer_first];
		queue->answer_first = (queue->answer_first + 1) % BR_COMMAND_QUEUE_MAX;
		queue->answer_n--;
		queue->under_way--;
	}
	br_mutex_unlock(&queue->lock);
	return taken;
}
