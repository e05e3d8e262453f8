#include "cloud-sync/link_inside.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/log.h"
#include "node/tables.h"

#define BATCHES_PER_TURN 4 /* of one lane */
#define COUNT_BUDGET 20000 /* records of the journal in one turn, for one lane */
#define RETRY_MS 1000	   /* after the publisher refused */
#define HELLO_BYTES_MAX 4096

static int64_t hello_wait_ms(const struct br_link *link)
{
	int64_t wait_ms = BR_LINK_HELLO_INTERVAL_MS;

	if (!link->greeted && link->hello_tries < 4)
		wait_ms = BR_LINK_HELLO_FIRST_MS << link->hello_tries;
	br_assert(wait_ms >= BR_LINK_HELLO_FIRST_MS && wait_ms <= 2 * BR_LINK_HELLO_INTERVAL_MS);
	/* A little sooner, at random, so that stores that came back together drift apart. */
	return wait_ms - link->options.dice.roll(link->options.dice.context) % (wait_ms / 8);
}

static int hello_send(struct br_link *link, int64_t now_ms)
{
	char id[BR_EPOCH_TEXT_BYTES];
	struct br_hello hello = {
		.store = br_str_from(link->store_id),
		.epoch = br_core_epoch(link->core),
		.since = br_core_since(link->core),
		.id = id,
		.version = link->options.version,
		.hq_epoch = br_inbox_epoch_known(link->inbox),
		.now_ms = br_link_wall_ms(link),
		.hlc = br_core_stamp(link->core, br_link_wall_ms(link)),
	};
	struct br_text text;
	int result;

	br_assert(link->connected && link->bridge);
	link->hello_n++;
	(void)snprintf(id, sizeof(id), "%08" PRIx32 "%08" PRIx32, link->hello_run, link->hello_n);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		hello.heads[i] = br_outbox_state(link->outboxes[i]).head;
	for (unsigned i = 0; i < BR_DOWN_N; i++)
		hello.down[i] = br_inbox_mark(link->inbox, i);
	br_text_init(&text, HELLO_BYTES_MAX);
	br_hello_write(&hello, &text);
	result = br_text_error(&text);
	br_assert(result != BR_E_TOO_LARGE);
	if (result == 0)
		result = link->publisher.publish(
			link->publisher.context, "backroom/up/ctl", br_text_str(&text), 1, false);
	br_text_finish(&text);
	if (result < 0)
		return result;
	link->figures.hellos++;
	link->hello_open = true;
	link->hello_sent_ms = now_ms;
	link->hello_due_ms = now_ms + hello_wait_ms(link);
	link->hello_tries++;
	return 0;
}

/* The journal cannot be read: that lane stands, the other goes on, and a person must look. */
static void lane_stop(struct br_link *link, unsigned i, int error)
{
	struct br_fault fault;

	br_assert(error < 0 && !link->stuck[i]);
	link->stuck[i] = true;
	(void)br_fault_set(&fault, error,
		"the lane %s stands: the journal cannot be read (%s); run `backroom verify`",
		br_lane_word(br_lane_at(i)), br_error_text(error));
	br_link_trouble(link, fault.text);
	br_log(BR_LOG_ERR, "link", "%s", fault.text);
}

/* Counts what the lane has. 1: there is more to count, 0 or an error of the store. */
static int lane_count(struct br_link *link, struct br_txn *txn, unsigned i)
{
	int counted = br_outbox_count(link->outboxes[i], txn, COUNT_BUDGET);

	br_assert(!link->stuck[i]);
	if (counted == BR_E_CORRUPT || counted == BR_E_VERSION) {
		lane_stop(link, i, counted);
		return 0;
	}
	return counted == BR_E_MEMORY ? 0 : counted;
}

/* One lane's share of a turn: sends, then counts. 1: there is more, 0 or an error of the store. */
static int lane_turn(struct br_link *link, struct br_txn *txn, unsigned i, int64_t now_ms)
{
	int sent = 0, counted;

	if (link->stuck[i] || link->declined[i])
		return 0;
	br_assert(!link->greeted || (link->connected && link->bridge));
	if (link->greeted && now_ms >= link->retry_ms)
		sent = br_outbox_send(link->outboxes[i], txn, &link->builder, &link->publisher,
			BATCHES_PER_TURN, now_ms);
	if (sent == BR_E_OFFLINE || sent == BR_E_MEMORY) {
		link->retry_ms = now_ms + RETRY_MS;
		sent = 0;
	}
	if (sent == BR_E_CORRUPT || sent == BR_E_VERSION) {
		lane_stop(link, i, sent);
		return 0;
	}
	counted = sent < 0 ? sent : lane_count(link, txn, i);
	return counted < 0 ? counted : sent > 0 || counted > 0;
}

/* Orders or stock have so much to tell that telemetry must stand back. */
static bool others_are_behind(const struct br_link *link)
{
	bool behind = false;

	for (unsigned i = 0; i < BR_LANES_UP; i++)
		behind = behind || (br_lane_at(i) != BR_LANE_TELEMETRY && !link->stuck[i] &&
					   br_outbox_state(link->outboxes[i]).behind);
	return behind;
}

/* What was committed is read in a transaction of its own, which ends before anything else runs. */
int br_link_lanes_turn(struct br_link *link, int64_t now_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->fatal == 0);
	for (unsigned i = 0; i < BR_LANES_UP && result >= 0; i++) {
		int more;

		if (br_lane_at(i) == BR_LANE_TELEMETRY)
			br_outbox_yield(link->outboxes[i], others_are_behind(link));
		more = lane_turn(link, txn, i, now_ms);
		result = more < 0 ? more : result | more;
	}
	return result;
}

/*
 * A hello tells how far each lane goes. An HQ that was restored knows from it what it has not heard
 * yet, so what this turn has committed must be in it. 1: not all is counted, 0 or an error.
 */
int br_link_heads_count(struct br_link *link)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->connected && link->bridge);
	for (unsigned i = 0; i < BR_LANES_UP && result >= 0; i++) {
		int more = link->stuck[i] ? 0 : lane_count(link, txn, i);

		result = more < 0 ? more : result | more;
	}
	return result;
}

/* The window is full: what does not fit waits, and a hello asks HQ for a word soon. */
static int window_wait(struct br_link *link, int result, int64_t now_ms)
{
	int64_t hello_ms = link->hello_sent_ms + BR_LINK_HELLO_FIRST_MS;

	br_assert(result != BR_E_BUSY || link->window.out == BR_CTL_WINDOW);
	if (result != BR_E_BUSY)
		return result;
	link->window_ms = now_ms + RETRY_MS;
	if (link->hello_due_ms > hello_ms)
		link->hello_due_ms = hello_ms;
	return 0;
}

/* What the store asks HQ, beside its hellos. */
static int questions_send(
	struct br_link *link, const struct br_publisher *publisher, int64_t now_ms)
{
	int result = br_comparison_send(link->comparison, publisher);

	br_assert(link->greeted);
	if (result == 0)
		result = br_recovery_send(link->recovery, publisher, now_ms);
	return result;
}

/* Tells HQ what it waits for; a publisher that refuses is asked again later. */
void br_link_answers_send(struct br_link *link, int64_t now_ms)
{
	struct br_publisher publisher = br_ctl_window_publisher(&link->window);
	int result = 0;

	if (!link->connected || !link->bridge || now_ms < link->retry_ms)
		return;
	/* The answers go first: a hello that told the marks alone would make HQ skip them. */
	if (now_ms >= link->window_ms)
		result = window_wait(link, br_inbox_send(link->inbox, &publisher), now_ms);
	if (result == 0 && now_ms >= link->hello_due_ms) {
		result = br_link_heads_count(link);
		if (result == 0)
			result = hello_send(link, now_ms);
	}
	if (result >= 0 && link->greeted && now_ms >= link->window_ms)
		result = window_wait(link, questions_send(link, &publisher, now_ms), now_ms);
	if (result < 0)
		link->retry_ms = now_ms + RETRY_MS;
}

/* When there may be something to ask HQ; not before the window is looked at again. */
int64_t br_link_questions_due_ms(const struct br_link *link, int64_t now_ms)
{
	int64_t due_ms = br_comparison_due_ms(link->comparison);

	if (link->greeted)
		due_ms = br_link_sooner(due_ms, br_recovery_due_ms(link->recovery));
	br_assert(due_ms >= 0 && link->window_ms >= 0);
	if (due_ms < link->window_ms)
		due_ms = link->window_ms;
	return link->window_ms > now_ms ? br_link_sooner(due_ms, link->window_ms) : due_ms;
}
