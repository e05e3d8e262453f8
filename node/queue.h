/*
 * The command queue: how other threads (the web thread) put commands to the core.
 *
 * A bounded queue of commands, an eventfd that wakes the core's loop, and a way back for the
 * answers. The web thread pushes the command's parsed JSON; the core thread checks it, submits it,
 * and after the commit calls the queue owner's `answered`, which may only hand the answer over to
 * its own thread and return (lws_cancel_service()).
 */
#pragma once

#include "node/core.h"
#include "node/loop.h"

struct br_queue;

struct br_queued_answer {
	uint64_t connection, request; /* as given to br_queue_push() */
	char command[BR_ID_BYTES_MAX + 1];
	struct br_answer answer;
};

BR_MUST_CHECK int br_queue_create(struct br_loop *loop, struct br_core *core,
	const struct br_clock *clock, struct br_queue **ret_queue);
void br_queue_destroy(struct br_queue *queue);
BR_DEFINE_CLEANUP(queue, br_queue_destroy)

/* Called on the core thread after each answer was put where br_queue_take() finds it. */
void br_queue_on_answer(struct br_queue *queue, void (*answered)(void *owner), void *owner);

/* Somebody waits for a command that came alone: it goes before those of lists. */
enum br_queue_lane { BR_QUEUE_ALONE, BR_QUEUE_LIST, BR_QUEUE_LANE_N };

/*
 * Any thread: takes a command, whatever comes back, and wakes the core. `actor` is who sends it.
 * Every pushed command comes back once as an answer, in the order of pushing within its lane; what
 * is no command is answered "malformed". 0, or BR_E_BUSY when BR_COMMAND_QUEUE_MAX are waiting or
 * their answers were not taken.
 */
BR_MUST_CHECK int br_queue_push(struct br_queue *queue, enum br_queue_lane lane,
	struct br_json *command, struct br_str actor, uint64_t connection, uint64_t request);

/* Any thread: takes the oldest answer; false when there is none. */
BR_MUST_CHECK bool br_queue_take(struct br_queue *queue, struct br_queued_answer *ret_answer);
