#include "node/mutex.h"

#include "tests/lib/test.h"

#define ROUNDS 20000

static struct br_mutex mutex;
static unsigned count, inside;
static bool alone = true;

static void *count_up(void *unused BR_UNUSED)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		br_mutex_lock(&mutex);
		alone = alone && ++inside == 1;
		count++;
		inside--;
		br_mutex_unlock(&mutex);
	}
	return NULL;
}

static void test_one_thread_at_a_time(void)
{
	pthread_t threads[4];

	br_mutex_init(&mutex);
	for (unsigned i = 0; i < BR_ARRAY_LEN(threads); i++)
		REQUIRE(pthread_create(&threads[i], NULL, count_up, NULL) == 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(threads); i++)
		REQUIRE(pthread_join(threads[i], NULL) == 0);
	CHECK(alone);
	CHECK_INT(count, ROUNDS * BR_ARRAY_LEN(threads));
	br_mutex_finish(&mutex);
}

int main(int argc, char **argv)
{
	TEST(test_one_thread_at_a_time);
	return test_end(argc, argv);
}
