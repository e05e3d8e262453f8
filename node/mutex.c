#include "node/mutex.h"

#include "node/attributes.h"

void br_mutex_init(struct br_mutex *mutex)
{
	int code = pthread_mutex_init(&mutex->mutex, NULL);

	br_assert(code == 0);
}

void br_mutex_finish(struct br_mutex *mutex)
{
	(void)pthread_mutex_destroy(&mutex->mutex);
}

void br_mutex_lock(struct br_mutex *mutex)
{
	int code = pthread_mutex_lock(&mutex->mutex);

	br_assert(code == 0);
}

void br_mutex_unlock(struct br_mutex *mutex)
{
	int code = pthread_mutex_unlock(&mutex->mutex);

	br_assert(code == 0);
}
