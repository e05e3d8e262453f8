#include "node/queue.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "node/metrics.h"
#include "tests/lib/process.h"
#include "tests/node/bench.h"

#define MOVE "{'id':'%s','type':'stock.move','data':{'sku':'A','kind':'receive','quantity':1}}"

struct scene {
	struct bench bench;
	struct br_clock clock;
	struct br_loop *loop;
	struct br_queue *queue;
	struct br_loop_source *timer, *watch;
	unsigned answered; /* calls of the callback */
	unsigned turns;
	int end_fd, wake_fd; /* of the test with threads */
};

static int64_t wall_ms(void *context)
{
	return ((const struct scene *)context)->bench.now_ms;
}

static void answered(void *owner)
{
	struct scene *scene = owner;
	uint64_t one = 1;

	scene->answered++;
	if (scene->wake_fd >= 0)
		(void)!write(scene->wake_fd, &one, sizeof(one));
}

static int turn(void *owner)
{
	struct scene *scene = owner;

	scene->turns++;
	return br_core_commit(scene->bench.core);
}

static void time_over(void *owner)
{
	br_loop_end(((struct scene *)owner)->loop, 0);
}

static void scene_open(struct scene *scene, const char *name)
{
	memset(scene, 0, sizeof(*scene));
	scene->wake_fd = scene->end_fd = -1;
	bench_open(&scene->bench, name);
	bench_catalogue(&scene->bench);
	scene->clock = (struct br_clock){.wall_ms = wall_ms, .context = scene};
	REQUIRE(br_loop_create(&scene->loop) == 0);
	br_loop_on_turn(scene->loop, turn, scene);
	REQUIRE(br_loop_timer(scene->loop, time_over, scene, &scene->timer) == 0);
	REQUIRE(br_queue_create(scene->loop, scene->bench.core, &scene->clock, &scene->queue) == 0);
	br_queue_on_answer(scene->queue, answered, scene);
}

static void scene_close(struct scene *scene)
{
	br_queue_destroy(scene->queue);
	br_loop_source_destroy(scene->timer);
	br_loop_source_destroy(scene->watch);
	br_loop_destroy(scene->loop);
	bench_close(&scene->bench);
}

/* Lets the core work until nothing is answered any more. */
static void run(struct scene *scene)
{
	unsigned before;

	do {
		before = scene->answered;
		br_loop_timer_set(scene->timer, 20);
		CHECK_INT(br_loop_run(scene->loop), 0);
	} while (scene->answered != before);
}

static int push(struct scene *scene, const char *json, uint64_t connection, uint64_t request)
{
	struct br_json *command;

	REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &command, NULL) == 0);
	return br_queue_push(
		scene->queue, BR_QUEUE_ALONE, command, BR_STR("web"), connection, request);
}

static int move_push(struct scene *scene, const char *id, uint64_t request)
{
	char json[256];

	(void)snprintf(json, sizeof(json), MOVE, id);
	return push(scene, json, 1, request);
}

static void test_an_answer_comes_back_with_its_numbers(void)
{
	struct br_queued_answer answer;
	struct scene scene;

	scene_open(&scene, "numbers");
	CHECK_INT(push(&scene,
			  "{'id':'c1','type':'stock.move','data':{'sku':'A','kind':'receive',"
			  "'quantity':1}}",
			  UINT64_MAX, UINT64_MAX - 1),
		0);
	CHECK(!br_queue_take(scene.queue, &answer));
	run(&scene);
	CHECK_INT(scene.answered, 1);
	REQUIRE(br_queue_take(scene.queue, &answer));
	CHECK(answer.connection == UINT64_MAX && answer.request == UINT64_MAX - 1);
	CHECK_TEXT(answer.command, "c1");
	CHECK_INT(answer.answer.outcome, BR_OUTCOME_ACCEPTED);
	CHECK_INT(answer.answer.sequence, 6);
	CHECK(!br_queue_take(scene.queue, &answer));
	CHECK_STR(bench_event(&scene.bench, 6).actor, "web");
	CHECK_INT(bench_event(&scene.bench, 6).recorded_ms, BENCH_NOW_MS);
	scene_close(&scene);
}

static void test_commands_of_a_turn_are_answered_in_order(void)
{
	struct br_queued_answer answer;
	struct scene scene;
	char id[32];

	scene_open(&scene, "order");
	for (unsigned i = 0; i < 50; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		CHECK_INT(move_push(&scene, id, i), 0);
	}
	run(&scene);
	for (unsigned i = 0; i < 50; i++) {
		REQUIRE(br_queue_take(scene.queue, &answer));
		CHECK_INT(answer.request, i);
		CHECK_INT(answer.answer.sequence, 6 + i);
	}
	/* All of them shared one commit: five of the catalogue, and theirs. */
	CHECK_INT(br_core_figures(scene.bench.core).commits, 6);
	scene_close(&scene);
}

static void test_what_is_no_command_is_answered_too(void)
{
	static const struct {
		const char *json, *command, *message;
		enum br_refusal refusal;
	} cases[] = {
		{"'text'", "", "object", BR_REFUSAL_MALFORMED},
		{"[]", "", "object", BR_REFUSAL_MALFORMED},
		{"{'type':'stock.move','data':{}}", "", "id", BR_REFUSAL_MALFORMED},
		{"{'id':'c2','type':'nothing.do','data':{}}", "c2", "nothing.do",
			BR_REFUSAL_UNKNOWN_TYPE},
		{"{'id':'c3','type':'stock.move','data':{'sku':7}}", "c3", "sku: is a number",
			BR_REFUSAL_MALFORMED},
		{"{'id':'c4','type':'price.activate','data':{}}", "c4", "price.activate",
			BR_REFUSAL_UNKNOWN_TYPE},
	};
	struct br_queued_answer answer;
	struct scene scene;

	scene_open(&scene, "malformed");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++)
		CHECK_INT(push(&scene, cases[i].json, 3, i), 0);
	run(&scene);
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		REQUIRE(br_queue_take(scene.queue, &answer));
		CHECK_INT(answer.request, i);
		CHECK_TEXT(answer.command, cases[i].command);
		CHECK_INT(answer.answer.outcome, BR_OUTCOME_REFUSED);
		CHECK_INT(answer.answer.refusal, cases[i].refusal);
		CHECK_HAS(answer.answer.message, cases[i].message);
	}
	CHECK_INT(br_core_head(scene.bench.core), 5);
	scene_close(&scene);
}

static void test_the_queue_is_bounded(void)
{
	uint64_t before = br_metric_get(BR_METRIC_COMMANDS_BUSY);
	struct br_queued_answer answer;
	struct scene scene;
	char id[32];

	scene_open(&scene, "bounded");
	for (unsigned i = 0; i < BR_COMMAND_QUEUE_MAX; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		CHECK_INT(move_push(&scene, id, i), 0);
	}
	CHECK_INT(move_push(&scene, "over", 0), BR_E_BUSY);
	CHECK_INT(br_metric_get(BR_METRIC_COMMANDS_BUSY) - before, 1);
	run(&scene);
	/* Decided, but nobody took the answers: there is no room for more of them. */
	CHECK_INT(scene.answered, BR_COMMAND_QUEUE_MAX);
	CHECK_INT(move_push(&scene, "over", 0), BR_E_BUSY);
	REQUIRE(br_queue_take(scene.queue, &answer));
	CHECK_INT(answer.request, 0);
	CHECK_INT(move_push(&scene, "over", 4711), 0);
	run(&scene);
	for (unsigned i = 1; i < BR_COMMAND_QUEUE_MAX; i++) {
		REQUIRE(br_queue_take(scene.queue, &answer));
		CHECK_INT(answer.request, i);
		CHECK_INT(answer.answer.outcome, BR_OUTCOME_ACCEPTED);
	}
	REQUIRE(br_queue_take(scene.queue, &answer));
	CHECK_INT(answer.request, 4711);
	CHECK(!br_queue_take(scene.queue, &answer));
	scene_close(&scene);
}

/* A part of a turn is the queue's: more waits for the next one and is never answered busy. */
static void test_more_than_a_turn_takes_needs_several(void)
{
	struct scene scene;
	char id[32];

	scene_open(&scene, "turns");
	for (unsigned i = 0; i < BR_TURN_COMMANDS_MAX + 20; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		CHECK_INT(move_push(&scene, id, i), 0);
	}
	run(&scene);
	CHECK_INT(scene.answered, BR_TURN_COMMANDS_MAX + 20);
	CHECK_INT(br_core_head(scene.bench.core), 5 + BR_TURN_COMMANDS_MAX + 20);
	CHECK_INT(br_core_figures(scene.bench.core).commits, 5 + 3);
	scene_close(&scene);
}

/* Who imports a long list makes nobody wait behind all of it. */
static void test_what_came_alone_goes_before_lists(void)
{
	static const uint64_t order[] = {10, 11, 0, 1, 2};
	struct br_queued_answer answer;
	struct br_json *command;
	struct scene scene;
	char json[256], id[16];

	scene_open(&scene, "lanes");
	for (uint64_t i = 0; i < 3; i++) {
		(void)snprintf(id, sizeof(id), "l%u", (unsigned)i);
		(void)snprintf(json, sizeof(json), MOVE, id);
		REQUIRE(br_json_parse(br_str_from(bench_quote(json)), &command, NULL) == 0);
		CHECK_INT(br_queue_push(scene.queue, BR_QUEUE_LIST, command, BR_STR("tool"), 1, i),
			0);
	}
	CHECK_INT(move_push(&scene, "c1", 10), 0);
	CHECK_INT(move_push(&scene, "c2", 11), 0);
	run(&scene);
	for (unsigned i = 0; i < BR_ARRAY_LEN(order); i++) {
		REQUIRE(br_queue_take(scene.queue, &answer));
		CHECK_INT(answer.request, order[i]);
		CHECK_INT(answer.answer.sequence, 6 + i);
	}
	scene_close(&scene);
}

static void test_an_actor_may_have_all_its_bytes(void)
{
	char actor[BR_ID_BYTES_MAX];
	struct br_json *command;
	struct scene scene;

	scene_open(&scene, "pushes");
	memset(actor, 'a', sizeof(actor));
	REQUIRE(br_json_parse(BR_STR("{}"), &command, NULL) == 0);
	CHECK_INT(br_queue_push(scene.queue, BR_QUEUE_LIST, command,
			  (struct br_str){actor, sizeof(actor)}, 1, 1),
		0);
	run(&scene);
	CHECK_INT(scene.answered, 1);
	scene_close(&scene);
}

static void test_what_waits_goes_with_the_queue(void)
{
	struct scene scene;

	scene_open(&scene, "goes");
	CHECK_INT(move_push(&scene, "c1", 1), 0);
	CHECK_INT(move_push(&scene, "c2", 2), 0);
	run(&scene);
	CHECK_INT(move_push(&scene, "c3", 3), 0);
	br_queue_destroy(NULL);
	/* Neither the command that waits nor the answers are lost memory. */
	scene_close(&scene);
}

/* A store that fails is told by the turn's commit; no answer leaves. */
static int commit_fails(void *context BR_UNUSED, const char *call)
{
	return strcmp(call, "commit") == 0 ? BR_E_DISK_FULL : 0;
}

static void test_a_failed_commit_answers_nothing(void)
{
	struct scene scene;

	scene_open(&scene, "fails");
	br_store_fault_set(scene.bench.store, commit_fails, NULL);
	CHECK_INT(move_push(&scene, "c1", 1), 0);
	CHECK_INT(br_loop_run(scene.loop), BR_E_DISK_FULL);
	CHECK_INT(scene.answered, 0);
	br_store_fault_set(scene.bench.store, NULL, NULL);
	scene_close(&scene);
}

static void end_ready(void *owner, unsigned events BR_UNUSED)
{
	br_loop_end(((struct scene *)owner)->loop, 0);
}

static void *core_run(void *owner)
{
	struct scene *scene = owner;
	int result = br_loop_run(scene->loop);

	br_assert(result == 0);
	return NULL;
}

/* Waits until the core says that there is an answer. */
static void answers_wait(struct scene *scene)
{
	struct pollfd wait = {.fd = scene->wake_fd, .events = POLLIN};
	uint64_t count;

	REQUIRE(poll(&wait, 1, 10000) == 1);
	REQUIRE(read(scene->wake_fd, &count, sizeof(count)) == sizeof(count));
}

/* The core in a thread of its own, as in the daemon, and this one in the place of the web's. */
static void test_two_threads(void)
{
	enum { COMMANDS = 5000 };
	unsigned pushed = 0, taken = 0, busy = 0;
	struct br_queued_answer answer;
	uint64_t one = 1;
	struct scene scene;
	pthread_t core;
	char id[32];

	scene_open(&scene, "threads");
	scene.wake_fd = eventfd(0, EFD_CLOEXEC);
	scene.end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	REQUIRE(scene.wake_fd >= 0 && scene.end_fd >= 0);
	REQUIRE(br_loop_watch(scene.loop, scene.end_fd, BR_LOOP_READ, end_ready, &scene,
			&scene.watch) == 0);
	REQUIRE(pthread_create(&core, NULL, core_run, &scene) == 0);
	while (taken < COMMANDS) {
		int result = 0;

		while (pushed < COMMANDS && result == 0) {
			(void)snprintf(id, sizeof(id), "c%u", pushed);
			result = move_push(&scene, id, pushed);
			pushed += result == 0;
		}
		busy += result == BR_E_BUSY;
		answers_wait(&scene);
		while (br_queue_take(scene.queue, &answer)) {
			CHECK_INT(answer.request, taken);
			CHECK_INT(answer.answer.outcome, BR_OUTCOME_ACCEPTED);
			taken++;
		}
	}
	REQUIRE(write(scene.end_fd, &one, sizeof(one)) == sizeof(one));
	REQUIRE(pthread_join(core, NULL) == 0);
	CHECK_INT(scene.answered, COMMANDS);
	CHECK_INT(br_core_head(scene.bench.core), 5 + COMMANDS);
	printf("%u times full\n", busy);
	(void)close(scene.wake_fd);
	scene_close(&scene);
	(void)close(scene.end_fd);
}

int main(int argc, char **argv)
{
	TEST(test_an_answer_comes_back_with_its_numbers);
	TEST(test_commands_of_a_turn_are_answered_in_order);
	TEST(test_what_is_no_command_is_answered_too);
	TEST(test_the_queue_is_bounded);
	TEST(test_more_than_a_turn_takes_needs_several);
	TEST(test_what_came_alone_goes_before_lists);
	TEST(test_an_actor_may_have_all_its_bytes);
	TEST(test_what_waits_goes_with_the_queue);
	TEST(test_a_failed_commit_answers_nothing);
	TEST(test_two_threads);
	return test_end(argc, argv);
}
