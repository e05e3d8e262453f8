#include "cloud-sync/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/link_inside.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/person.h"
#include "node/tables.h"

#define LOG_INTERVAL_MS 10000

const char *const br_link_condition_words[] = {"off", "down", "up"};

static void invariant_check(const struct br_link *link)
{
	br_assert(link->core != NULL && link->store != NULL && link->inbox != NULL);
	br_assert(link->options.enabled == (link->condition != BR_LINK_OFF));
	/* HQ can only have answered over a bridge that is there. */
	br_assert(!link->greeted || (link->connected && link->bridge));
	br_assert(!link->bridge || (link->connected && link->bridge_heard));
	br_assert(link->fatal <= 0);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		br_assert(link->cursors[i] <= br_core_head(link->core));
}

/* Keeps what went wrong for people, and logs it unless much of it comes at once. */
void br_link_trouble(struct br_link *link, const char *text)
{
	int64_t now_ms = br_link_boot_ms(link);

	br_assert(text[0] != '\0');
	(void)snprintf(link->last_error, sizeof(link->last_error), "%s", text);
	link->last_error_ms = br_link_wall_ms(link);
	if (link->logged_ms != 0 && now_ms - link->logged_ms < LOG_INTERVAL_MS)
		return;
	link->logged_ms = now_ms;
	br_log(BR_LOG_WARNING, "link", "HQ: %s", text);
}

/* A message from HQ that cannot be followed: counted, said, and nothing else happens. */
void br_link_refuse(struct br_link *link, const char *text)
{
	br_assert(link->options.enabled);
	br_metric_add(BR_METRIC_LINK_MALFORMED, 1);
	br_link_trouble(link, text);
}

static void inbox_refused(void *owner, const char *text)
{
	br_link_refuse(owner, text);
}

static void inbox_stamp(void *owner, uint64_t stamp)
{
	struct br_link *link = owner;
	struct br_fault sentence;

	br_assert(link->options.enabled);
	if (br_hq_clock_stamp(&link->hq_clock, stamp, &sentence))
		br_link_trouble(link, sentence.text);
}

/* HQ has said something that is as the contract wants it. */
void br_link_hear(struct br_link *link)
{
	br_assert(link->options.enabled);
	link->heard_ms = br_link_boot_ms(link);
	link->window_ms = 0;
	br_ctl_window_open(&link->window);
}

static void inbox_valid(void *owner)
{
	br_link_hear(owner);
}

static void core_committed(void *owner, uint64_t head)
{
	struct br_link *link = owner;

	br_assert(head == br_core_head(link->core));
	link->stirred = true;
}

static void timer_fired(void *owner)
{
	br_link_tick(owner);
}

static int outboxes_create(struct br_link *link)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_outbox_options options = {
		.store = br_str_from(link->store_id),
		.epoch = br_core_epoch(link->core),
		.head = br_core_head(link->core),
		.dice = link->options.dice,
	};
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->outboxes[0] == NULL);
	for (unsigned i = 0; i < BR_LANES_UP && result == 0; i++) {
		char name[16];

		options.lane = br_lane_at(i);
		if (options.lane == BR_LANE_TELEMETRY) {
			options.thin_backlog[BR_THIN_SUMMARIES] = BR_OUTBOX_THIN_SUMMARIES;
			options.thin_backlog[BR_THIN_LABELS] = BR_OUTBOX_THIN_LABELS;
		}
		(void)snprintf(name, sizeof(name), "hq/%s", br_lane_word(options.lane));
		options.cursor = link->cursors[i] = br_cursor_get(txn, br_str_from(name));
		result = br_txn_error(txn);
		/* A cursor beyond the journal is no work of this program. */
		if (result == 0 && options.cursor > options.head)
			result = BR_E_CORRUPT;
		if (result == 0)
			result = br_outbox_create(&options, &link->outboxes[i]);
	}
	return result;
}

static int parts_create(struct br_link *link, struct br_loop *loop)
{
	struct br_inbox_listener listener = {inbox_valid, inbox_refused, inbox_stamp, link};
	int result = outboxes_create(link);

	br_assert(link->inbox == NULL && link->timer == NULL);
	if (result == 0)
		result = br_inbox_create(
			link->core, link->store, link->clock, listener, &link->inbox);
	if (result == 0)
		result = br_comparison_create(link->core, link->store, link->clock,
			link->options.dice, &link->options.reconcile, &link->comparison);
	if (result == 0)
		result = br_recovery_create(link->core, link->store, link->clock, &link->recovery);
	if (result == 0)
		result = br_quarantine_link_create(link->core, link->store, link->clock,
			link->options.dice, &link->quarantine);
	if (result == 0 && loop != NULL)
		result = br_loop_timer(loop, timer_fired, link, &link->timer);
	return result;
}

int br_link_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	struct br_publisher publisher, const struct br_clock *clock,
	const struct br_link_options *options, struct br_link **ret_link, struct br_fault *fault)
{
	BR_CLEANUP(br_link_cleanup) struct br_link *link = calloc(1, sizeof(*link));
	char name[BR_BRIDGE_NAME_BYTES];
	int result;

	br_assert(publisher.publish != NULL && options->dice.roll != NULL);
	if (link == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	br_batch_builder_init(&link->builder);
	link->builder.opener = br_person_opener(br_core_keys(core));
	link->builder.gln = br_str_from(options->gln != NULL ? options->gln : "");
	result = options->enabled ? br_bridge_store_check(options->store_id, fault) : 0;
	if (result < 0)
		return result;
	link->core = core;
	link->store = store;
	link->publisher = publisher;
	br_ctl_window_init(&link->window, publisher);
	link->clock = clock;
	link->options = *options;
	link->hello_run = options->dice.roll(options->dice.context);
	link->hq_clock =
		(struct br_hq_clock){.core = core, .clock = clock, .listener = options->time};
	(void)snprintf(link->store_id, sizeof(link->store_id), "%s", options->store_id);
	br_bridge_name(link->store_id, name);
	(void)snprintf(link->state_topic, sizeof(link->state_topic),
		"$SYS/broker/connection/%s/state", name);
	result = parts_create(link, loop);
	if (result < 0)
		return br_fault_set(fault, result, "the link to HQ: its cursors or marks: %s",
			br_error_text(result));
	link->condition = options->enabled ? BR_LINK_DOWN : BR_LINK_OFF;
	link->since_ms = br_link_wall_ms(link);
	link->round_trip_ms = -1;
	link->due_ms = link->bridge_due_ms = INT64_MAX;
	link->stirred = true;
	br_core_listen(core, (struct br_core_listener){core_committed, link});
	*ret_link = BR_TAKE(link);
	return 0;
}

void br_link_destroy(struct br_link *link)
{
	if (link == NULL)
		return;
	br_loop_source_destroy(link->timer);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		br_outbox_destroy(link->outboxes[i]);
	br_comparison_destroy(link->comparison);
	br_inbox_destroy(link->inbox);
	br_recovery_destroy(link->recovery);
	br_quarantine_link_destroy(link->quarantine);
	br_batch_builder_finish(&link->builder);
	free(link);
}

static void condition_update(struct br_link *link, int64_t now_ms)
{
	enum br_link_condition condition = BR_LINK_DOWN;

	if (link->greeted && now_ms - link->heard_ms > BR_LINK_SILENCE_MS) {
		link->greeted = false;
		br_link_trouble(link, "HQ has not answered for 90 s, though its broker is there");
	}
	if (link->connected && link->bridge && link->greeted)
		condition = BR_LINK_UP;
	br_assert(link->condition != BR_LINK_OFF);
	if (condition == link->condition)
		return;
	link->condition = condition;
	link->since_ms = br_link_wall_ms(link);
	br_metric_set(BR_METRIC_LINK_UP, condition == BR_LINK_UP);
	br_log(BR_LOG_NOTICE, "link", "the link to HQ is %s; %s",
		br_link_condition_words[condition],
		condition == BR_LINK_UP ? "events are sent"
					: "the store works on, events wait in the journal");
}

/* When the link next wants to be called, and has the timer set so. */
static void due_update(struct br_link *link, int64_t now_ms)
{
	int64_t due_ms = INT64_MAX;

	if (link->connected && link->bridge)
		due_ms = br_link_sooner(due_ms, link->hello_due_ms);
	due_ms = br_link_sooner(due_ms, link->bridge_due_ms);
	for (unsigned i = 0; i < BR_LANES_UP && link->greeted; i++)
		if (!link->stuck[i] && !link->declined[i])
			due_ms = br_link_sooner(due_ms, br_outbox_due_ms(link->outboxes[i]));
	if (link->greeted)
		due_ms = br_link_sooner(due_ms, link->heard_ms + BR_LINK_SILENCE_MS + 1);
	due_ms = br_link_sooner(due_ms, br_link_questions_due_ms(link, now_ms));
	/* What the publisher refuses waits, whatever is due. */
	if (due_ms < link->retry_ms)
		due_ms = link->retry_ms;
	if (link->retry_ms > now_ms)
		due_ms = br_link_sooner(due_ms, link->retry_ms);
	if (link->more || br_inbox_waits(link->inbox) || br_recovery_waits(link->recovery) ||
		br_quarantine_link_waits(link->quarantine))
		due_ms = now_ms;
	br_assert(due_ms >= 0);
	link->due_ms = due_ms;
	if (link->timer == NULL)
		return;
	if (due_ms == INT64_MAX)
		br_loop_timer_stop(link->timer);
	else
		br_loop_timer_set(link->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* The earlier of two times, of which 0 is none. */
static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms == 0 || (b_ms > 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* In a lane that HQ does not take nothing waits. */
struct br_outbox_state br_link_lane(const struct br_link *link, unsigned i)
{
	struct br_outbox_state state = br_outbox_state(link->outboxes[i]);

	br_assert(i < BR_LANES_UP);
	if (link->declined[i]) {
		state.behind = state.counting = false;
		state.backlog = state.in_flight = 0;
		state.oldest_ms = 0;
	}
	return state;
}

/* For /metrics: what waits, and how long the oldest of it has waited. */
static void figures_show(struct br_link *link)
{
	uint64_t backlog = 0, sent = 0, thinned = 0;

	link->oldest_ms = 0;
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		struct br_outbox_state state = br_link_lane(link, i);

		backlog += state.backlog;
		sent += state.sent;
		thinned += state.thinned;
		link->oldest_ms = earlier(link->oldest_ms, state.oldest_ms);
	}
	br_assert(link->oldest_ms >= 0);
	br_metric_set(BR_METRIC_LINK_BACKLOG, backlog);
	br_metric_set(BR_METRIC_LINK_BATCHES, sent);
	br_metric_set(BR_METRIC_LINK_THINNED, thinned);
}

/* Grows from turn to turn, also when nothing else happens. A clock that was set back shows 0. */
static void age_show(const struct br_link *link)
{
	int64_t age_ms = link->oldest_ms > 0 ? br_link_wall_ms(link) - link->oldest_ms : 0;

	br_assert(link->options.enabled);
	br_metric_set(BR_METRIC_LINK_OLDEST, age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
}

int br_link_turn(struct br_link *link)
{
	int64_t now_ms;

	if (link->fatal != 0 || !link->options.enabled)
		return link->fatal;
	if (!link->stirred) {
		age_show(link);
		return 0;
	}
	invariant_check(link);
	link->stirred = false;
	now_ms = br_link_boot_ms(link);
	br_inbox_turn_end(link->inbox);
	br_link_answers_send(link, now_ms);
	br_link_bridge_look(link, now_ms);
	condition_update(link, now_ms);
	link->fatal = br_link_lanes_turn(link, now_ms);
	if (link->fatal < 0)
		return link->fatal;
	link->more = link->fatal > 0;
	link->fatal = br_quarantine_link_show(link->quarantine);
	if (link->fatal < 0)
		return link->fatal;
	figures_show(link);
	age_show(link);
	due_update(link, now_ms);
	return 0;
}

int br_link_end(struct br_link *link)
{
	int result = link->fatal;

	br_assert(link->inbox != NULL && link->recovery != NULL);
	if (result == 0)
		result = br_inbox_end(link->inbox);
	return result < 0 ? result : br_recovery_end(link->recovery);
}

void br_link_told(void *owner, const char *sentence)
{
	struct br_link *link = owner;

	br_assert(link->options.enabled);
	br_link_trouble(link, sentence);
}

int64_t br_link_due_ms(const struct br_link *link)
{
	return link->stirred ? 0 : link->due_ms;
}

void br_link_state(const struct br_link *link, struct br_link_state *ret_state)
{
	struct br_link_state state;

	/* The gaps between the members too: whoever asks may compare two states as bytes. */
	memset(&state, 0, sizeof(state));
	state.condition = link->condition;
	state.since_ms = link->since_ms;
	state.connected = link->connected;
	state.bridge = link->bridge;
	state.greeted = link->greeted;
	state.last_ack_ms = link->last_ack_ms;
	state.round_trip_ms = link->round_trip_ms;
	state.last_error_ms = link->last_error_ms;
	state.figures = link->figures;
	memcpy(state.hq, br_inbox_epoch_known(link->inbox), sizeof(state.hq));
	memcpy(state.last_error, link->last_error, sizeof(state.last_error));
	state.comparison = br_comparison_state(link->comparison);
	state.figures.inbox = br_inbox_figures(link->inbox);
	state.figures.clock_ahead = link->hq_clock.ahead_n;
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		const struct br_outbox_state *lane = &state.lanes[i];

		state.lanes[i] = br_link_lane(link, i);
		state.backlog += lane->backlog;
		state.figures.batches += lane->sent;
		state.figures.resent += lane->resent;
		state.oldest_ms = earlier(state.oldest_ms, lane->oldest_ms);
		if (lane->round_trip_ms >= 0)
			state.round_trip_ms = lane->round_trip_ms;
	}
	for (unsigned i = 0; i < BR_DOWN_N; i++) {
		state.down[i] = br_inbox_mark(link->inbox, i);
		state.down_heads[i] = br_inbox_head(link->inbox, i);
	}
	state.restored = br_recovery_hole(link->recovery, &state.hole);
	memcpy(ret_state, &state, sizeof(state));
}
