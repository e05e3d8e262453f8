#include "cloud-sync/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/tables.h"

#define TIMEOUT_MIN_MS 2000
/* A third of it is added at random: the longest wait is 60 s. */
#define TIMEOUT_MAX_MS 45000
/* What was sent so shortly ago may still be answered: a nack for it is not obeyed. */
#define NACK_INTERVAL_MS 1000
#define BUILD_BUDGET 20000

/* A batch on its way: where to find its events again. */
struct flight {
	uint64_t prev, first, last;
	unsigned n;
	int64_t first_recorded_ms;
	int64_t sent_ms; /* boot ms, of the last sending */
	unsigned sends;
	bool out; /* sent, and not yet taken for lost */
};

struct br_outbox {
	struct br_outbox_options options;
	char topic[32], cursor_name[16];
	uint64_t acked;
	uint64_t known;	 /* HQ can have nothing beyond this */
	uint64_t sent;	 /* last event in the window, or acked */
	uint64_t looked; /* no event of the lane is in (sent, looked] */
	struct flight window[BR_LINK_WINDOW_BATCHES];
	unsigned window_n;
	unsigned allowance; /* batches that may be out: grows with answers, 1 after a timeout */
	unsigned credit;    /* HQ's limit for it */
	unsigned timeouts;  /* in a row, without an answer that moved `acked` */
	int64_t due_ms;	    /* boot ms: when the window counts as lost */
	int64_t round_trip_ms;
	/* The count of what waits: events of the lane in (acked, counted]. */
	uint64_t backlog, counted, head;
	bool count_ended;
	uint64_t oldest; /* sequence and time of the first event that was counted */
	int64_t oldest_ms;
	uint64_t batches_sent, batches_resent;
};

int br_outbox_create(const struct br_outbox_options *options, struct br_outbox **ret_outbox)
{
	struct br_outbox *outbox = calloc(1, sizeof(*outbox));

	if (outbox == NULL)
		return BR_E_MEMORY;
	br_assert(options->dice.roll != NULL && options->cursor <= options->head);
	outbox->options = *options;
	(void)snprintf(outbox->topic, sizeof(outbox->topic), "backroom/up/%s",
		br_lane_word(options->lane));
	(void)snprintf(outbox->cursor_name, sizeof(outbox->cursor_name), "hq/%s",
		br_lane_word(options->lane));
	outbox->acked = outbox->sent = outbox->looked = outbox->counted = outbox->head =
		options->cursor;
	outbox->known = options->head;
	outbox->allowance = outbox->credit = BR_LINK_WINDOW_BATCHES;
	outbox->due_ms = INT64_MAX;
	outbox->round_trip_ms = -1;
	*ret_outbox = outbox;
	return 0;
}

void br_outbox_destroy(struct br_outbox *outbox)
{
	free(outbox);
}

struct br_str br_outbox_cursor_name(const struct br_outbox *outbox)
{
	return br_str_from(outbox->cursor_name);
}

uint64_t br_outbox_acked(const struct br_outbox *outbox)
{
	return outbox->acked;
}

int64_t br_outbox_due_ms(const struct br_outbox *outbox)
{
	return outbox->due_ms;
}

static void invariant_check(const struct br_outbox *outbox)
{
	uint64_t prev = outbox->acked;

	br_assert(outbox->acked <= outbox->sent && outbox->sent <= outbox->looked);
	br_assert(outbox->window_n <= BR_LINK_WINDOW_BATCHES && outbox->allowance >= 1);
	for (unsigned i = 0; i < outbox->window_n; i++) {
		const struct flight *flight = &outbox->window[i];

		/* HQ may have confirmed a part of the first one only. */
		br_assert(flight->prev == prev || (i == 0 && flight->prev < prev));
		br_assert(flight->prev < flight->first && flight->first <= flight->last);
		prev = flight->last;
	}
	br_assert(prev == outbox->sent);
	br_assert((outbox->due_ms == INT64_MAX) == (outbox->window_n == 0));
}

/* How long to wait for HQ before sending again. */
static int64_t timeout_ms(const struct br_outbox *outbox)
{
	int64_t wait_ms = TIMEOUT_MIN_MS;

	if (2 * outbox->round_trip_ms > wait_ms)
		wait_ms = 2 * outbox->round_trip_ms;
	br_assert(wait_ms >= TIMEOUT_MIN_MS);
	for (unsigned i = 0; i < outbox->timeouts && wait_ms < TIMEOUT_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > TIMEOUT_MAX_MS)
		wait_ms = TIMEOUT_MAX_MS;
	/* Random, so that a thousand stores do not come back in the same second. */
	return wait_ms + outbox->options.dice.roll(outbox->options.dice.context) % (wait_ms / 3);
}

static void timer_begin(struct br_outbox *outbox, int64_t now_ms)
{
	outbox->due_ms = outbox->window_n > 0 ? now_ms + timeout_ms(outbox) : INT64_MAX;
}

static void count_again(struct br_outbox *outbox)
{
	br_assert(outbox->acked <= outbox->known);
	outbox->backlog = 0;
	outbox->counted = outbox->acked;
	outbox->count_ended = false;
}

/* Takes what HQ has confirmed off the count: exactly when `events` tells, else by a new count. */
static void backlog_reduce(struct br_outbox *outbox, uint64_t events, bool exact)
{
	if (exact && outbox->counted >= outbox->acked) {
		br_assert(outbox->backlog >= events);
		outbox->backlog -= events;
	} else {
		count_again(outbox);
	}
	if (outbox->head < outbox->acked)
		outbox->head = outbox->acked;
	br_assert(outbox->counted >= outbox->acked);
}

static void round_trip_learn(struct br_outbox *outbox, int64_t took_ms)
{
	br_assert(outbox->round_trip_ms >= -1);
	if (took_ms < 0)
		return;
	outbox->round_trip_ms =
		outbox->round_trip_ms < 0 ? took_ms : (7 * outbox->round_trip_ms + took_ms) / 8;
}

/* Drops the batches that are confirmed whole; returns how many. */
static unsigned window_drop(struct br_outbox *outbox, uint64_t cum_seq, int64_t now_ms,
	uint64_t *ret_events, uint64_t *ret_last)
{
	unsigned done = 0;

	*ret_events = 0;
	*ret_last = outbox->acked;
	while (done < outbox->window_n && outbox->window[done].last <= cum_seq) {
		const struct flight *flight = &outbox->window[done++];

		*ret_events += flight->n;
		*ret_last = flight->last;
		/* An answer to a batch sent twice does not tell which one it answers. */
		if (flight->sends == 1)
			round_trip_learn(outbox, now_ms - flight->sent_ms);
	}
	br_assert(*ret_last <= cum_seq && *ret_events >= done);
	outbox->window_n -= done;
	memmove(outbox->window, outbox->window + done,
		outbox->window_n * sizeof(outbox->window[0]));
	return done;
}

enum br_ack_outcome br_outbox_ack(struct br_outbox *outbox, uint64_t cum_seq, int64_t now_ms)
{
	bool whole = outbox->window_n == 0 || outbox->window[0].prev == outbox->acked;
	uint64_t events, last;
	unsigned done;

	br_assert(outbox->sent <= outbox->known);
	if (cum_seq > outbox->known)
		return BR_ACK_BEYOND;
	if (cum_seq <= outbox->acked)
		return BR_ACK_REPEAT;
	done = window_drop(outbox, cum_seq, now_ms, &events, &last);
	outbox->acked = cum_seq;
	if (outbox->sent < cum_seq)
		outbox->sent = cum_seq;
	if (outbox->looked < outbox->sent)
		outbox->looked = outbox->sent;
	backlog_reduce(outbox, events, whole && done > 0 && last == cum_seq);
	outbox->timeouts = 0;
	outbox->allowance += done;
	if (outbox->allowance > BR_LINK_WINDOW_BATCHES)
		outbox->allowance = BR_LINK_WINDOW_BATCHES;
	timer_begin(outbox, now_ms);
	invariant_check(outbox);
	return BR_ACK_MOVED;
}

bool br_outbox_nack(struct br_outbox *outbox, uint64_t first, uint64_t last, int64_t now_ms)
{
	bool found = false;

	for (unsigned i = 0; i < outbox->window_n; i++) {
		struct flight *flight = &outbox->window[i];

		br_assert(flight->sends > 0);
		if (flight->last < first || flight->first > last)
			continue;
		found = true;
		if (now_ms - flight->sent_ms >= NACK_INTERVAL_MS)
			flight->out = false;
	}
	return found;
}

void br_outbox_credit(struct br_outbox *outbox, unsigned credit)
{
	if (credit > BR_LINK_WINDOW_BATCHES)
		credit = BR_LINK_WINDOW_BATCHES;
	outbox->credit = credit > 0 ? credit : 1;
	br_assert(outbox->credit >= 1 && outbox->credit <= BR_LINK_WINDOW_BATCHES);
}

enum br_ack_outcome br_outbox_resume(struct br_outbox *outbox, uint64_t cum_seq, int64_t now_ms)
{
	uint64_t before = outbox->acked;

	if (cum_seq > outbox->known)
		return BR_ACK_BEYOND;
	outbox->window_n = 0;
	outbox->acked = outbox->sent = outbox->looked = cum_seq;
	outbox->timeouts = 0;
	outbox->allowance = BR_LINK_WINDOW_BATCHES;
	if (cum_seq != before)
		count_again(outbox);
	if (outbox->head < cum_seq)
		outbox->head = cum_seq;
	timer_begin(outbox, now_ms);
	invariant_check(outbox);
	return cum_seq > before ? BR_ACK_MOVED : BR_ACK_REPEAT;
}

/* Builds and publishes: the batch `flight` again, or the next new one into it. 1, 0 or an error. */
static int flight_send(struct br_outbox *outbox, struct br_txn *txn,
	struct br_batch_builder *builder, const struct br_publisher *publisher,
	struct flight *flight, int64_t now_ms)
{
	bool again = flight->sends > 0;
	struct br_batch_request request = {
		.store = outbox->options.store,
		.epoch = outbox->options.epoch,
		.lane = outbox->options.lane,
		.prev = again ? flight->prev : outbox->sent,
		.after = again ? flight->first - 1 : outbox->looked,
		.until = again ? flight->last : UINT64_MAX,
		.budget = BUILD_BUDGET,
	};
	struct br_batch batch;
	int result = br_batch_build(builder, txn, &request, &batch);

	if (result < 0)
		return result;
	if (result == 0) {
		br_assert(!again);
		outbox->looked = batch.looked;
		return 0;
	}
	br_assert(!again || (batch.first == flight->first && batch.last == flight->last));
	result = publisher->publish(
		publisher->context, outbox->topic, br_text_str(&builder->message), 1, false);
	if (result < 0)
		return BR_E_OFFLINE;
	*flight = (struct flight){batch.prev, batch.first, batch.last, batch.n,
		batch.first_recorded_ms, now_ms, flight->sends + 1, true};
	outbox->batches_sent++;
	outbox->batches_resent += again;
	if (!again) {
		br_assert(batch.first > outbox->sent && batch.looked >= batch.last);
		outbox->sent = batch.last;
		outbox->looked = batch.looked;
		if (outbox->known < batch.last)
			outbox->known = batch.last;
	}
	return 1;
}

/* HQ has been silent for too long: everything counts as lost, and goes out again one by one. */
static void window_expire(struct br_outbox *outbox, int64_t now_ms)
{
	br_assert(outbox->window_n > 0);
	for (unsigned i = 0; i < outbox->window_n; i++)
		outbox->window[i].out = false;
	outbox->timeouts++;
	outbox->allowance = 1;
	timer_begin(outbox, now_ms);
}

/* The place for the next sending: a lost batch, else a new one's; NULL when no more may be out. */
static struct flight *flight_next(struct br_outbox *outbox)
{
	unsigned limit = outbox->allowance < outbox->credit ? outbox->allowance : outbox->credit;
	unsigned out = 0;
	struct flight *lost = NULL;

	for (unsigned i = 0; i < outbox->window_n; i++) {
		if (outbox->window[i].out)
			out++;
		else if (lost == NULL)
			lost = &outbox->window[i];
	}
	br_assert(limit >= 1);
	if (out >= limit)
		return NULL;
	if (lost != NULL)
		return lost;
	if (outbox->window_n == BR_LINK_WINDOW_BATCHES)
		return NULL;
	outbox->window[outbox->window_n] = (struct flight){.out = false};
	return &outbox->window[outbox->window_n];
}

int br_outbox_send(struct br_outbox *outbox, struct br_txn *txn, struct br_batch_builder *builder,
	const struct br_publisher *publisher, unsigned batches, int64_t now_ms)
{
	int result = 1;

	br_assert(batches > 0);
	if (now_ms >= outbox->due_ms)
		window_expire(outbox, now_ms);
	for (unsigned i = 0; i < batches; i++) {
		struct flight *flight = flight_next(outbox);
		uint64_t looked = outbox->looked;
		bool first = outbox->window_n == 0;

		if (flight == NULL)
			return 0;
		result = flight_send(outbox, txn, builder, publisher, flight, now_ms);
		if (result < 0)
			return result;
		/* Nothing found: at the journal's end, or is the budget used up? */
		if (result == 0)
			return outbox->looked >= looked + BUILD_BUDGET;
		if (flight == &outbox->window[outbox->window_n])
			outbox->window_n++;
		if (first)
			timer_begin(outbox, now_ms);
	}
	invariant_check(outbox);
	return 1;
}

/* Keeps when the first event that waits was journalled. */
static int oldest_keep(struct br_outbox *outbox, uint64_t sequence, struct br_str record)
{
	struct br_arena arena;
	struct br_event event;
	int result;

	br_arena_init(&arena, 1u << 20);
	result = br_event_decode(sequence, record, &arena, &event);
	if (result == 0) {
		br_assert(sequence > outbox->acked);
		outbox->oldest = sequence;
		outbox->oldest_ms = event.recorded_ms;
	}
	br_arena_finish(&arena);
	return result;
}

int br_outbox_count(struct br_outbox *outbox, struct br_txn *txn, unsigned budget)
{
	struct br_lane_walk walk;
	struct br_str record;
	uint64_t sequence;
	int result = 0, ended;

	/* What was the oldest is confirmed, and nothing behind it is on its way: look for it. */
	if (outbox->backlog > 0 && outbox->window_n == 0 && outbox->oldest <= outbox->acked)
		count_again(outbox);
	br_lane_walk_begin(&walk, txn, outbox->options.lane, outbox->counted, budget);
	while (result == 0 && br_lane_walk_next(&walk, &sequence, &record)) {
		if (outbox->backlog++ == 0)
			result = oldest_keep(outbox, sequence, record);
		if (outbox->head < sequence)
			outbox->head = sequence;
	}
	ended = br_lane_walk_end(&walk);
	if (result < 0 || ended < 0)
		return result < 0 ? result : ended;
	br_assert(walk.at >= outbox->counted && outbox->head >= outbox->acked);
	outbox->counted = walk.at;
	outbox->count_ended = walk.ended;
	return walk.ended ? 0 : 1;
}

struct br_outbox_state br_outbox_state(const struct br_outbox *outbox)
{
	struct br_outbox_state state;

	memset(&state, 0, sizeof(state));
	state.acked = outbox->acked;
	state.head = outbox->head;
	state.backlog = outbox->backlog;
	state.counting = !outbox->count_ended;
	state.sent = outbox->batches_sent;
	state.resent = outbox->batches_resent;
	state.round_trip_ms = outbox->round_trip_ms;
	for (unsigned i = 0; i < outbox->window_n; i++)
		state.in_flight += outbox->window[i].out;
	br_assert(state.in_flight <= outbox->window_n);
	/* The first that was counted, unless it is confirmed: then the window begins with the
	 * oldest. */
	if (outbox->backlog > 0 && outbox->oldest > outbox->acked)
		state.oldest_ms = outbox->oldest_ms;
	else if (outbox->window_n > 0)
		state.oldest_ms = outbox->window[0].first_recorded_ms;
	return state;
}
