#include "node/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"

#define CURSOR BR_STR("feed")
#define WINDOW_EVENTS 128
#define EVENT_BYTES_MAX (16384 + BR_EPCIS_BYTES_MAX)
/* The cursor is kept this often when nothing else commits: a repeat costs less than a flush. */
#define KEEP_INTERVAL_MS 2000

struct br_feed {
	struct br_core *core;	/* borrowed */
	struct br_store *store; /* borrowed */
	struct br_bus *bus;	/* borrowed */
	struct br_epcis_place place;
	bool epcis;
	struct br_loop_source *timer;
	struct br_arena arena;
	struct br_text text;
	/* What the broker has not taken yet, in the journal's order. */
	struct {
		int id;
		uint64_t sequence;
		bool taken;
	} window[WINDOW_EVENTS];
	unsigned window_first, window_n;
	uint64_t sent, taken, kept; /* sequences */
	uint64_t told;		    /* the last one that could not leave and was logged */
	bool due;
};

static void published(void *owner, int id)
{
	struct br_feed *feed = owner;

	br_assert(feed->window_n <= WINDOW_EVENTS && feed->taken <= feed->sent);
	for (unsigned i = 0; i < feed->window_n; i++) {
		unsigned at = (feed->window_first + i) % WINDOW_EVENTS;

		if (feed->window[at].id == id && !feed->window[at].taken) {
			feed->window[at].taken = true;
			break;
		}
	}
	while (feed->window_n > 0 && feed->window[feed->window_first].taken) {
		feed->taken = feed->window[feed->window_first].sequence;
		feed->window_first = (feed->window_first + 1) % WINDOW_EVENTS;
		feed->window_n--;
	}
}

/* A new connection: what was under way is sent again from the last event that was taken. */
static void connection_changed(void *owner, bool connected)
{
	struct br_feed *feed = owner;

	br_assert(feed->taken <= feed->sent);
	feed->window_n = 0;
	feed->sent = feed->taken;
	if (connected)
		br_loop_timer_set(feed->timer, 0);
}

/* Wakes the loop: the turn that follows keeps the cursor and sends. */
static void timer_fired(void *owner)
{
	struct br_feed *feed = owner;

	feed->due = true;
}

int br_feed_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	struct br_bus *bus, const struct br_epcis_place *place, bool epcis,
	struct br_feed **ret_feed)
{
	BR_CLEANUP(br_feed_cleanup) struct br_feed *feed = calloc(1, sizeof(*feed));
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result;

	if (feed == NULL)
		return BR_E_MEMORY;
	feed->core = core;
	feed->store = store;
	feed->bus = bus;
	feed->place = *place;
	feed->epcis = epcis;
	br_arena_init(&feed->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_text_init(&feed->text, EVENT_BYTES_MAX);
	result = br_loop_timer(loop, timer_fired, feed, &feed->timer);
	if (result == 0)
		result = br_txn_begin(store, false, &txn);
	if (result < 0)
		return result;
	feed->sent = feed->taken = feed->kept = br_cursor_get(txn, CURSOR);
	br_bus_on_published(bus, published, feed);
	br_bus_on_state(bus, connection_changed, feed);
	*ret_feed = BR_TAKE(feed);
	return 0;
}

void br_feed_destroy(struct br_feed *feed)
{
	if (feed == NULL)
		return;
	br_loop_source_destroy(feed->timer);
	br_arena_finish(&feed->arena);
	br_text_finish(&feed->text);
	free(feed);
}

int br_feed_keep(struct br_feed *feed)
{
	br_assert(feed->kept <= feed->taken);
	if (feed->taken == feed->kept)
		return 0;
	if (!feed->due && br_core_turn_n(feed->core) == 0)
		return 0;
	feed->kept = feed->taken;
	return br_core_cursor(feed->core, CURSOR, feed->taken);
}

/* The topic of an event: its type's dot becomes the level. */
static void topic_write(const struct br_event *event, char topic[BR_TOPIC_BYTES_MAX])
{
	char *dot;

	(void)snprintf(
		topic, BR_TOPIC_BYTES_MAX, "backroom/v1/event/%s", br_event_type(event)->name);
	dot = strchr(topic, '.');
	br_assert(dot != NULL);
	*dot = '/';
	br_assert(strchr(dot, '.') == NULL);
}

static int event_publish(struct br_feed *feed, struct br_txn *txn, uint64_t sequence)
{
	unsigned at = (feed->window_first + feed->window_n) % WINDOW_EVENTS;
	char topic[BR_TOPIC_BYTES_MAX];
	struct br_json_out out;
	struct br_event event;
	int result;

	br_assert(feed->window_n < WINDOW_EVENTS);
	/* In the journal's order and without a gap: the cursor is one number. */
	br_assert(sequence > feed->sent);
	br_arena_reset(&feed->arena);
	result = br_event_get(txn, sequence, &feed->arena, &event);
	if (result < 0)
		return result;
	topic_write(&event, topic);
	br_text_clear(&feed->text);
	br_json_out_begin(&out, &feed->text);
	if (feed->epcis)
		result = br_epcis_event_to_json(&feed->place, txn, &event, &feed->arena, &out);
	else
		br_event_to_json(&event, feed->place.store, &out, NULL);
	if (result == 0)
		result = br_text_error(&feed->text);
	if (result == 0)
		result = br_bus_publish(
			feed->bus, topic, br_text_str(&feed->text), 1, false, &feed->window[at].id);
	if (result < 0)
		return result;
	feed->window[at].sequence = sequence;
	feed->window[at].taken = false;
	feed->window_n++;
	feed->sent = sequence;
	br_metric_add(BR_METRIC_FEED_PUBLISHED, 1);
	return 0;
}

void br_feed_send(struct br_feed *feed)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_publisher publisher = br_bus_publisher(feed->bus);
	uint64_t head = br_core_head(feed->core);
	int result = 0;

	br_assert(feed->taken <= feed->sent && feed->sent <= head);
	feed->due = false;
	if (feed->taken != feed->kept)
		br_loop_timer_set(feed->timer, KEEP_INTERVAL_MS);
	if (feed->sent == head || feed->window_n == WINDOW_EVENTS ||
		!publisher.connected(publisher.context))
		return;
	if (br_txn_begin(feed->store, false, &txn) < 0)
		return;
	/* The journal may leave numbers out: hole.h. */
	while (feed->sent < head && feed->window_n < WINDOW_EVENTS && result == 0)
		result = event_publish(feed, txn, br_journal_next(txn, feed->sent));
	/* It is tried again every turn, which is a thousand times a second at worst. */
	if (result < 0 && result != BR_E_OFFLINE && feed->told != feed->sent + 1) {
		feed->told = feed->sent + 1;
		br_log(BR_LOG_ERR, "feed",
			"event %llu cannot be published (%s); run `backroom verify`",
			(unsigned long long)feed->sent + 1, br_error_text(result));
	}
}
