#include "node/feed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/node/bench.h"

#define WINDOW 128
#define SENT_MAX 1000

/*
 * The bus and the loop of these tests, linked instead of node/bus.c and node/loop.c: what is
 * published is kept, and taken by the broker when the test says so.
 */
struct br_loop_source {
	void (*fired)(void *owner);
	void *owner;
	int64_t delay_ms; /* -1 = not set */
};

static struct br_loop_source timer;

static struct {
	bool connected;
	int refuse; /* BR_E_* for the next publish; 0 = takes it */
	int next_id;
	struct {
		int id, qos;
		bool retain;
		char topic[64];
		char *payload;
	} sent[SENT_MAX];
	unsigned sent_n;
	void (*published)(void *owner, int id);
	void (*changed)(void *owner, bool connected);
	void *owner;
} bus;

int br_loop_timer(struct br_loop *loop BR_UNUSED, void (*fired)(void *owner), void *owner,
	struct br_loop_source **ret_source)
{
	timer = (struct br_loop_source){fired, owner, -1};
	*ret_source = &timer;
	return 0;
}

void br_loop_timer_set(struct br_loop_source *source, int64_t delay_ms)
{
	source->delay_ms = delay_ms;
}

void br_loop_source_destroy(struct br_loop_source *source BR_UNUSED)
{
}

int br_bus_publish(struct br_bus *unused BR_UNUSED, const char *topic, struct br_str payload,
	int qos, bool retain, int *ret_id)
{
	if (bus.refuse != 0)
		return bus.refuse;
	if (!bus.connected)
		return BR_E_OFFLINE;
	REQUIRE(bus.sent_n < SENT_MAX);
	bus.sent[bus.sent_n].id = *ret_id = ++bus.next_id;
	bus.sent[bus.sent_n].qos = qos;
	bus.sent[bus.sent_n].retain = retain;
	(void)snprintf(bus.sent[bus.sent_n].topic, sizeof(bus.sent[0].topic), "%s", topic);
	bus.sent[bus.sent_n++].payload = strndup(payload.s, payload.n);
	return 0;
}

static bool publisher_connected(void *context BR_UNUSED)
{
	return bus.connected;
}

struct br_publisher br_bus_publisher(struct br_bus *unused BR_UNUSED)
{
	return (struct br_publisher){.connected = publisher_connected};
}

void br_bus_on_published(
	struct br_bus *unused BR_UNUSED, void (*published)(void *owner, int id), void *owner)
{
	bus.published = published;
	bus.owner = owner;
}

void br_bus_on_state(struct br_bus *unused BR_UNUSED, void (*changed)(void *owner, bool connected),
	void *owner BR_UNUSED)
{
	bus.changed = changed;
}

static void sent_forget(void)
{
	for (unsigned i = 0; i < bus.sent_n; i++)
		free(bus.sent[i].payload);
	bus.sent_n = 0;
}

static void connect(bool connected)
{
	bus.connected = connected;
	bus.changed(bus.owner, connected);
}

/* The broker has taken what was sent, from the `first` on, `n` of them. */
static void taken(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		bus.published(bus.owner, bus.sent[i].id);
}

static const struct br_epcis_place place = {BR_STR("0412"), BR_STR("")};

struct scene {
	struct bench bench;
	bool epcis;
	struct br_feed *feed;
};

static void feed_open(struct scene *scene)
{
	sent_forget();
	bus.refuse = 0;
	REQUIRE(br_feed_create(NULL, scene->bench.core, scene->bench.store, NULL, &place,
			scene->epcis, &scene->feed) == 0);
	connect(true);
}

static void scene_open(struct scene *scene, const char *name)
{
	*scene = (struct scene){.feed = NULL};
	bench_open(&scene->bench, name);
	feed_open(scene);
}

static void scene_close(struct scene *scene)
{
	br_feed_destroy(scene->feed);
	bench_close(&scene->bench);
	sent_forget();
}

static void turn(struct scene *scene)
{
	CHECK_INT(br_feed_keep(scene->feed), 0);
	bench_commit(&scene->bench);
	br_feed_send(scene->feed);
}

/* The timer's time has come. */
static void fire(void)
{
	REQUIRE(timer.delay_ms >= 0);
	timer.delay_ms = -1;
	timer.fired(timer.owner);
}

static uint64_t cursor(struct scene *scene)
{
	return br_cursor_get(bench_read(&scene->bench), BR_STR("feed"));
}

static void products_make(struct scene *scene, unsigned n)
{
	static unsigned made;

	for (unsigned i = 0; i < n; i++)
		CHECK_INT(bench_do(&scene->bench, "product.upsert", "{'sku':'P%u','name':'x'}",
				  ++made),
			0);
}

/* The sequence that a sent event names. */
static int64_t sequence_of(unsigned index)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str text;
	int64_t number = -1;

	REQUIRE(index < bus.sent_n);
	REQUIRE(br_json_parse(br_str_from(bus.sent[index].payload), &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "id"), &text));
	CHECK(br_str_to_i64(text, &number));
	CHECK_INT(text.n, 20);
	return number;
}

static void test_every_event_is_published_on_its_topic(void)
{
	struct scene scene;

	scene_open(&scene, "topics");
	bench_catalogue(&scene.bench);
	turn(&scene);
	CHECK_INT(bus.sent_n, 5);
	CHECK_TEXT(bus.sent[0].topic, "backroom/v1/event/product/changed");
	CHECK_TEXT(bus.sent[3].topic, "backroom/v1/event/stock/moved");
	CHECK_INT(bus.sent[0].qos, 1);
	CHECK(!bus.sent[0].retain);
	for (unsigned i = 0; i < 5; i++)
		CHECK_INT(sequence_of(i), i + 1);
	CHECK_HAS(bus.sent[0].payload, "\"specversion\":\"1.0\"");
	CHECK_HAS(bus.sent[0].payload, "\"source\":\"/store/0412\"");
	CHECK_HAS(bus.sent[0].payload, "\"type\":\"org.backroom.product.changed.v1\"");
	CHECK_HAS(bus.sent[0].payload, "\"subject\":\"A\"");
	scene_close(&scene);
}

static void test_events_speak_epcis_when_that_is_wanted(void)
{
	struct scene scene;

	scene_open(&scene, "epcis");
	br_feed_destroy(scene.feed);
	scene.epcis = true;
	feed_open(&scene);
	bench_catalogue(&scene.bench);
	turn(&scene);
	CHECK_INT(bus.sent_n, 5);
	CHECK(strstr(bus.sent[0].payload, "epcis") == NULL);
	CHECK_HAS(bus.sent[3].payload, ",\"epcis\":[{\"type\":\"ObjectEvent\",");
	CHECK_HAS(bus.sent[3].payload, "urn:backroom:store:0412");
	scene_close(&scene);
}

static void test_nothing_is_published_before_the_commit(void)
{
	struct scene scene;

	scene_open(&scene, "before");
	CHECK_INT(
		bench_submit(&scene.bench, "c1", "product.upsert", "{'sku':'A','name':'x'}", false),
		0);
	br_feed_send(scene.feed);
	CHECK_INT(bus.sent_n, 0);
	turn(&scene);
	CHECK_INT(bus.sent_n, 1);
	scene_close(&scene);
}

static void test_an_event_is_published_once_while_all_is_well(void)
{
	struct scene scene;

	scene_open(&scene, "once");
	products_make(&scene, 3);
	turn(&scene);
	turn(&scene);
	turn(&scene);
	CHECK_INT(bus.sent_n, 3);
	scene_close(&scene);
}

/* No more under way than the window, and on as soon as the broker takes some. */
static void test_the_window_holds(void)
{
	struct scene scene;

	scene_open(&scene, "window");
	products_make(&scene, 300);
	turn(&scene);
	CHECK_INT(bus.sent_n, WINDOW);
	turn(&scene);
	CHECK_INT(bus.sent_n, WINDOW);
	taken(0, 5);
	turn(&scene);
	CHECK_INT(bus.sent_n, WINDOW + 5);
	CHECK_INT(sequence_of(WINDOW + 4), WINDOW + 5);
	while (bus.sent_n < 300) {
		taken(0, bus.sent_n);
		turn(&scene);
	}
	CHECK_INT(sequence_of(299), 300);
	scene_close(&scene);
}

/* The cursor stands behind the last event before which nothing is missing. */
static void test_the_cursor_waits_for_the_oldest(void)
{
	struct scene scene;

	scene_open(&scene, "oldest");
	products_make(&scene, 5);
	turn(&scene);
	taken(1, 4);
	turn(&scene);
	CHECK_INT(cursor(&scene), 0);
	taken(0, 1);
	/* It is kept soon, not with a commit of its own at once. */
	turn(&scene);
	CHECK_INT(cursor(&scene), 0);
	fire();
	turn(&scene);
	CHECK_INT(cursor(&scene), 5);
	scene_close(&scene);
}

static void test_the_cursor_shares_a_commit_that_is_made_anyway(void)
{
	struct scene scene;

	scene_open(&scene, "shares");
	products_make(&scene, 2);
	turn(&scene);
	taken(0, 2);
	CHECK_INT(
		bench_submit(&scene.bench, "c1", "product.upsert", "{'sku':'Z','name':'x'}", false),
		0);
	turn(&scene);
	CHECK_INT(cursor(&scene), 2);
	scene_close(&scene);
}

/* Ids of other messages, and of what was asked twice, move nothing. */
static void test_foreign_ids_are_passed_over(void)
{
	struct scene scene;

	scene_open(&scene, "foreign");
	products_make(&scene, 2);
	turn(&scene);
	bus.published(bus.owner, 4711);
	taken(1, 1);
	taken(1, 1);
	turn(&scene);
	CHECK_INT(cursor(&scene), 0);
	taken(0, 1);
	turn(&scene);
	fire();
	turn(&scene);
	CHECK_INT(cursor(&scene), 2);
	scene_close(&scene);
}

static void test_a_lost_connection_repeats_what_was_not_taken(void)
{
	struct scene scene;

	scene_open(&scene, "lost");
	products_make(&scene, 4);
	turn(&scene);
	taken(0, 2);
	connect(false);
	products_make(&scene, 1);
	turn(&scene);
	CHECK_INT(bus.sent_n, 4);
	sent_forget();
	connect(true);
	/* The timer gives the loop a turn, though nothing else happens. */
	CHECK_INT(timer.delay_ms, 0);
	turn(&scene);
	CHECK_INT(bus.sent_n, 3);
	CHECK_INT(sequence_of(0), 3);
	CHECK_INT(sequence_of(2), 5);
	scene_close(&scene);
}

/* What the broker answers to the old connection's messages must not count for new ones. */
static void test_old_answers_after_a_reconnect_move_nothing(void)
{
	struct scene scene;
	int first_id;

	scene_open(&scene, "answers");
	products_make(&scene, 3);
	turn(&scene);
	first_id = bus.sent[0].id;
	connect(false);
	sent_forget();
	connect(true);
	for (int id = first_id; id < first_id + 3; id++)
		bus.published(bus.owner, id);
	turn(&scene);
	fire();
	turn(&scene);
	CHECK_INT(cursor(&scene), 0);
	CHECK_INT(bus.sent_n, 3);
	taken(0, 3);
	turn(&scene);
	fire();
	turn(&scene);
	CHECK_INT(cursor(&scene), 3);
	scene_close(&scene);
}

static void test_a_restart_goes_on_at_the_cursor(void)
{
	struct scene scene;

	scene_open(&scene, "restart");
	products_make(&scene, 6);
	turn(&scene);
	taken(0, 4);
	fire();
	turn(&scene);
	br_feed_destroy(scene.feed);
	bench_reopen(&scene.bench);
	feed_open(&scene);
	turn(&scene);
	CHECK_INT(bus.sent_n, 2);
	CHECK_INT(sequence_of(0), 5);
	scene_close(&scene);
}

static void test_a_refused_publish_is_tried_again(void)
{
	struct scene scene;

	scene_open(&scene, "refused");
	products_make(&scene, 2);
	bus.refuse = BR_E_OFFLINE;
	turn(&scene);
	CHECK_INT(bus.sent_n, 0);
	bus.refuse = 0;
	turn(&scene);
	CHECK_INT(bus.sent_n, 2);
	CHECK_INT(sequence_of(0), 1);
	scene_close(&scene);
}

/* Lines of standard error while `n` turns go by. */
static unsigned lines_said(struct scene *scene, unsigned n)
{
	char path[600], *text;
	int fd, kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	unsigned lines = 0;

	(void)snprintf(path, sizeof(path), "%s/stderr", test_folder());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && kept >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	while (n-- > 0)
		turn(scene);
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	(void)close(fd);
	text = test_file_read(path, NULL);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	free(text);
	return lines;
}

/* The log must not fill up with an event that waits. */
static void test_an_event_that_cannot_leave_is_told_once(void)
{
	struct scene scene;

	(void)unsetenv("JOURNAL_STREAM");
	scene_open(&scene, "told");
	bench_catalogue(&scene.bench);
	bus.refuse = BR_E_MEMORY;
	CHECK_INT(lines_said(&scene, 5), 1);
	CHECK_INT(lines_said(&scene, 5), 0);
	bus.refuse = 0;
	CHECK_INT(lines_said(&scene, 1), 0);
	CHECK_INT(bus.sent_n, 5);
	/* Another one is told again. */
	CHECK_INT(bench_do(&scene.bench, "product.upsert", "{'sku':'D','name':'d'}"), 0);
	bus.refuse = BR_E_MEMORY;
	CHECK_INT(lines_said(&scene, 3), 1);
	scene_close(&scene);
}

/* A quiet store makes no commit for the feed: everything stands still. */
static void test_a_quiet_store_stays_quiet(void)
{
	struct scene scene;
	uint64_t commits;

	scene_open(&scene, "quiet");
	products_make(&scene, 2);
	turn(&scene);
	taken(0, 2);
	turn(&scene);
	fire();
	turn(&scene);
	CHECK_INT(timer.delay_ms, -1);
	commits = br_core_figures(scene.bench.core).commits;
	for (unsigned i = 0; i < 5; i++)
		turn(&scene);
	CHECK_INT(br_core_figures(scene.bench.core).commits, commits);
	scene_close(&scene);
}

/* The largest events there are still fit: no event may ever stop the feed. */
static void test_the_largest_events_fit(void)
{
	static char json[200000];
	char name[BR_NAME_BYTES_MAX + 1];
	struct scene scene;
	size_t n;

	scene_open(&scene, "largest");
	/* Every byte of it is written as two. */
	memset(name, '\\', BR_NAME_BYTES_MAX);
	name[BR_NAME_BYTES_MAX] = '\0';
	n = (size_t)snprintf(json, sizeof(json),
		"{'sku':'A','name':'%s%s','gtins':['2000000000015']}", name, name);
	CHECK_INT(bench_do(&scene.bench, "product.upsert", "%s", json), 0);
	n = (size_t)snprintf(json, sizeof(json), "{'till':'t1','lines':[");
	for (unsigned i = 0; i < BR_SALE_LINES_MAX; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
			"%s{'sku':'A','quantity':1000,'price':99999.999}", i > 0 ? "," : "");
	(void)snprintf(json + n, sizeof(json) - n, "]}");
	CHECK_INT(bench_do(&scene.bench, "sale.record", "%s", json), 0);
	CHECK_TEXT(scene.bench.answer.message, "");
	turn(&scene);
	CHECK_INT(bus.sent_n, 1 + BR_SALE_LINES_MAX / BR_SALE_LINES_PER_EVENT_MAX);
	scene_close(&scene);
}

int main(int argc, char **argv)
{
	TEST(test_every_event_is_published_on_its_topic);
	TEST(test_events_speak_epcis_when_that_is_wanted);
	TEST(test_nothing_is_published_before_the_commit);
	TEST(test_an_event_is_published_once_while_all_is_well);
	TEST(test_the_window_holds);
	TEST(test_the_cursor_waits_for_the_oldest);
	TEST(test_the_cursor_shares_a_commit_that_is_made_anyway);
	TEST(test_foreign_ids_are_passed_over);
	TEST(test_a_lost_connection_repeats_what_was_not_taken);
	TEST(test_old_answers_after_a_reconnect_move_nothing);
	TEST(test_a_restart_goes_on_at_the_cursor);
	TEST(test_a_refused_publish_is_tried_again);
	TEST(test_an_event_that_cannot_leave_is_told_once);
	TEST(test_a_quiet_store_stays_quiet);
	TEST(test_the_largest_events_fit);
	return test_end(argc, argv);
}
