/*
 * A mutex whose calls do not fail: what makes them fail is a mistake of the program, which ends it.
 *
 * Over what the core thread changes and another one looks at: the queue of commands, the registry
 * of sensors, the labels, the state that is shown. Held for as long as copying takes, never across
 * I/O; only previews of labels are drawn one at a time under a mutex of their own.
 */
#pragma once

#include <pthread.h>

struct br_mutex {
	pthread_mutex_t mutex; /* for those who wait on a condition */
};

void br_mutex_init(struct br_mutex *mutex);
void br_mutex_finish(struct br_mutex *mutex);
void br_mutex_lock(struct br_mutex *mutex);
void br_mutex_unlock(struct br_mutex *mutex);
