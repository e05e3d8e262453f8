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
/* An answer to a batch of the backlog that took longer: too many of them are on their way. */
#define BACKLOG_TRIP_MAX_MS 500
/* Always free for live batches, while HQ's credit has room for both. */
#define LIVE_RESERVE 2
/* Of the pieces that are not sent yet; the newest is live. More would only scatter the backlog. */
#define PIECES_MAX 8

/* A batch on its way: where to find its events again. */
struct flight {
	uint64_t prev, first, last;
	unsigned n;
	int64_t first_recorded_ms;
	int64_t sent_ms; /* boot ms, of the last sending */
	unsigned sends;
	bool out;     /* sent, and not yet taken for lost */
	bool backlog; /* not of the newest piece when it was first sent */
	bool partly;  /* HQ has confirmed some of it */
	/* What is left out, and how many events of that before `first`: so that it is built the
	 * same when it is sent again. */
	struct br_lane_thin thin;
	uint64_t thinned;
};

/* No event of the lane is in (after, looked] but `thinned` ones: spares looking again. */
struct seen {
	uint64_t after, looked, thinned;
};

struct br_outbox {
	struct br_outbox_options options;
	char topic[32], cursor_name[16];
	uint64_t acked;
	uint64_t known;		    /* HQ can have nothing beyond this */
	struct br_stretches held;   /* what HQ has beyond `acked` */
	struct br_stretches unsent; /* the last piece is the live one and has no end */
	struct seen live_seen, backlog_seen;
	struct flight window[BR_LINK_WINDOW_BATCHES]; /* ascending */
	unsigned window_n;
	unsigned allowance; /* batches that may be out: grows with answers, 1 after a timeout */
	unsigned backlog_allowed; /* of them, of the backlog */
	unsigned credit;	  /* HQ's limit for all */
	bool yields;		  /* to other lanes: one batch at a time */
	unsigned timeouts;	  /* in a row, without an answer that confirmed anything */
	int64_t due_ms;		  /* boot ms: when the window counts as lost */
	int64_t round_trip_ms;
	/* The count of what waits: events of the lane in (acked, counted] that HQ does not hold. */
	uint64_t backlog, counted, head;
	bool count_ended;
	uint64_t oldest; /* sequence and time of the first event that was counted */
	int64_t oldest_ms;
	uint64_t batches_sent, batches_resent;
	struct br_lane_thin thin;
	uint64_t thinned; /* events left out of what was sent */
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
	outbox->acked = outbox->counted = outbox->head = options->cursor;
	(void)br_stretches_add(&outbox->unsent, options->cursor, UINT64_MAX);
	outbox->known = options->head;
	outbox->backlog_allowed = LIVE_RESERVE;
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

static const struct br_stretch *live_piece(const struct br_outbox *outbox)
{
	br_assert(outbox->unsent.n > 0);
	return &outbox->unsent.pieces[outbox->unsent.n - 1];
}

static void invariant_check(const struct br_outbox *outbox)
{
	uint64_t last = 0;

	br_assert(live_piece(outbox)->until == UINT64_MAX);
	br_assert(outbox->unsent.pieces[0].after >= outbox->acked);
	br_assert(outbox->held.n == 0 || outbox->held.pieces[0].after > outbox->acked);
	br_assert(outbox->window_n <= BR_LINK_WINDOW_BATCHES && outbox->allowance >= 1);
	for (unsigned i = 0; i < outbox->window_n; i++) {
		const struct flight *flight = &outbox->window[i];

		br_assert(flight->prev >= last && flight->prev < flight->first);
		br_assert(flight->first <= flight->last && flight->last > outbox->acked);
		br_assert(flight->last <= outbox->known);
		last = flight->last;
	}
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
	/* What HQ once had may be no event of this journal: only what is counted is its head. */
	outbox->counted = outbox->head = outbox->acked;
	outbox->count_ended = false;
}

/* Takes what HQ has confirmed off the count: exactly when `events` tells, else by a new count. */
static void backlog_reduce(struct br_outbox *outbox, uint64_t events, bool exact)
{
	if (exact) {
		br_assert(outbox->backlog >= events);
		outbox->backlog -= events;
		if (outbox->counted < outbox->acked)
			outbox->counted = outbox->acked;
	} else {
		count_again(outbox);
	}
	if (outbox->head < outbox->acked)
		outbox->head = outbox->acked;
}

static void round_trip_learn(struct br_outbox *outbox, int64_t took_ms)
{
	br_assert(outbox->round_trip_ms >= -1);
	if (took_ms < 0)
		return;
	outbox->round_trip_ms =
		outbox->round_trip_ms < 0 ? took_ms : (7 * outbox->round_trip_ms + took_ms) / 8;
}

/* A backlog that comes back slowly fills the line before the live events: fewer of it then. */
static void backlog_learn(struct br_outbox *outbox, int64_t took_ms)
{
	unsigned most = BR_LINK_WINDOW_BATCHES - LIVE_RESERVE;

	if (took_ms > BACKLOG_TRIP_MAX_MS && outbox->backlog_allowed > 1)
		outbox->backlog_allowed--;
	else if (took_ms < BACKLOG_TRIP_MAX_MS / 2 && outbox->backlog_allowed < most)
		outbox->backlog_allowed++;
	br_assert(outbox->backlog_allowed >= 1 && outbox->backlog_allowed <= most);
}

/* How far HQ has a batch. */
enum taken { TAKEN_NOT, TAKEN_PARTLY, TAKEN_WHOLE };

static enum taken flight_taken(const struct br_outbox *outbox, const struct flight *flight)
{
	bool partly = flight->prev < outbox->acked;

	br_assert(flight->prev < flight->first && flight->first <= flight->last);
	if (flight->last <= outbox->acked ||
		br_stretches_cover(&outbox->held, flight->first - 1, flight->last))
		return TAKEN_WHOLE;
	for (unsigned i = 0; i < outbox->held.n; i++)
		partly = partly || (outbox->held.pieces[i].after < flight->last &&
					   outbox->held.pieces[i].until > flight->prev);
	return partly ? TAKEN_PARTLY : TAKEN_NOT;
}

/* What was left out of a batch is left out of the count, and nothing else. */
static bool thin_same(const struct br_lane_thin *a, const struct br_lane_thin *b)
{
	for (unsigned i = 0; i < BR_THIN_N; i++)
		if (a->until[i] != b->until[i])
			return false;
	return true;
}

/* What an answer of HQ's has taken off the window. */
struct dropped {
	unsigned n;	 /* batches */
	uint64_t events; /* of them, those that were counted */
	bool exact;	 /* false: nobody knows how many events that were, see window_drop() */
	int64_t sent_ms; /* boot ms: the last sending that is known to have arrived; 0 for none */
};

/*
 * Drops the batches that are confirmed whole. How many events that were is not known when HQ has
 * confirmed parts of batches or the count has come to the midst of one.
 */
static struct dropped window_drop(struct br_outbox *outbox, int64_t now_ms)
{
	struct dropped dropped = {.exact = true};
	unsigned kept = 0;

	for (unsigned i = 0; i < outbox->window_n; i++) {
		struct flight *flight = &outbox->window[i];
		enum taken taken = flight_taken(outbox, flight);

		dropped.exact = dropped.exact && taken != TAKEN_PARTLY && !flight->partly &&
				thin_same(&flight->thin, &outbox->thin);
		flight->partly = taken == TAKEN_PARTLY;
		if (taken != TAKEN_WHOLE) {
			outbox->window[kept++] = *flight;
			continue;
		}
		if (flight->last <= outbox->counted)
			dropped.events += flight->n;
		else if (flight->first <= outbox->counted)
			dropped.exact = false;
		/* An answer to a batch sent twice does not tell which one it answers. */
		if (flight->sends > 1)
			continue;
		round_trip_learn(outbox, now_ms - flight->sent_ms);
		if (flight->backlog)
			backlog_learn(outbox, now_ms - flight->sent_ms);
		if (dropped.sent_ms < flight->sent_ms)
			dropped.sent_ms = flight->sent_ms;
	}
	dropped.n = outbox->window_n - kept;
	br_assert(kept <= outbox->window_n);
	outbox->window_n = kept;
	return dropped;
}

/*
 * What HQ lacks although it has what was sent well behind it was lost on its way. The timer alone
 * would not find it as long as answers to newer batches come.
 */
static void overtaken_lose(struct br_outbox *outbox, int64_t sent_ms)
{
	int64_t ahead_ms = TIMEOUT_MIN_MS;

	if (2 * outbox->round_trip_ms > ahead_ms)
		ahead_ms = 2 * outbox->round_trip_ms;
	br_assert(outbox->window_n <= BR_LINK_WINDOW_BATCHES && sent_ms >= 0);
	for (unsigned i = 0; i < outbox->window_n; i++)
		if (outbox->window[i].sent_ms + ahead_ms <= sent_ms)
			outbox->window[i].out = false;
}

/* True when HQ claims to hold what was never sent. */
static bool beyond(
	const struct br_outbox *outbox, uint64_t cum_seq, const struct br_stretches *held)
{
	br_assert(outbox->acked <= outbox->known);
	return cum_seq > outbox->known ||
	       (held->n > 0 && held->pieces[held->n - 1].until > outbox->known);
}

/* What HQ's word says that was not known before. */
struct word {
	bool news;     /* anything at all */
	bool surprise; /* some of that was not on its way */
};

/* HQ's word about what it has, put into the sets. */
static struct word word_take(
	struct br_outbox *outbox, uint64_t cum_seq, const struct br_stretches *held)
{
	struct br_stretches before = outbox->held;
	uint64_t acked = outbox->acked;
	bool surprise = br_stretches_remove(&outbox->unsent, 0, cum_seq);

	br_assert(cum_seq >= outbox->acked);
	outbox->acked = cum_seq;
	for (unsigned i = 0; i < held->n; i++) {
		struct br_stretch piece = held->pieces[i];

		surprise =
			br_stretches_remove(&outbox->unsent, piece.after, piece.until) || surprise;
		(void)br_stretches_add(&outbox->held, piece.after, piece.until);
	}
	(void)br_stretches_remove(&outbox->held, 0, cum_seq);
	/* What HQ holds right behind it belongs to it. */
	while (outbox->held.n > 0 && outbox->held.pieces[0].after <= outbox->acked) {
		outbox->acked = outbox->held.pieces[0].until;
		(void)br_stretches_remove(&outbox->held, 0, outbox->acked);
	}
	(void)br_stretches_remove(&outbox->unsent, 0, outbox->acked);
	return (struct word){
		.news = surprise || outbox->acked != acked || outbox->held.n != before.n ||
			memcmp(outbox->held.pieces, before.pieces,
				before.n * sizeof(before.pieces[0])) != 0,
		.surprise = surprise,
	};
}

enum br_ack_outcome br_outbox_ack(
	struct br_outbox *outbox, uint64_t cum_seq, const struct br_stretches *held, int64_t now_ms)
{
	uint64_t before = outbox->acked;
	struct dropped dropped;
	struct word word;

	if (beyond(outbox, cum_seq, held))
		return BR_ACK_BEYOND;
	if (cum_seq < outbox->acked || (cum_seq == outbox->acked && held->n == 0))
		return BR_ACK_REPEAT;
	word = word_take(outbox, cum_seq, held);
	dropped = window_drop(outbox, now_ms);
	/* What HQ only says again is no answer to what is on its way: the timer runs on. */
	if (!word.news && dropped.n == 0)
		return BR_ACK_REPEAT;
	backlog_reduce(outbox, dropped.events, dropped.exact && !word.surprise);
	overtaken_lose(outbox, dropped.sent_ms);
	outbox->timeouts = 0;
	outbox->allowance += dropped.n;
	if (outbox->allowance > BR_LINK_WINDOW_BATCHES)
		outbox->allowance = BR_LINK_WINDOW_BATCHES;
	timer_begin(outbox, now_ms);
	invariant_check(outbox);
	return outbox->acked > before ? BR_ACK_MOVED : BR_ACK_REPEAT;
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

void br_outbox_yield(struct br_outbox *outbox, bool yields)
{
	br_assert(outbox->allowance >= 1 && outbox->credit >= 1);
	outbox->yields = yields;
}

enum br_ack_outcome br_outbox_resume(
	struct br_outbox *outbox, uint64_t cum_seq, const struct br_stretches *held, int64_t now_ms)
{
	uint64_t before = outbox->acked;
	bool scattered = outbox->held.n > 0 || held->n > 0;

	if (beyond(outbox, cum_seq, held))
		return BR_ACK_BEYOND;
	outbox->window_n = 0;
	outbox->acked = outbox->held.n = outbox->unsent.n = 0;
	(void)br_stretches_add(&outbox->unsent, 0, UINT64_MAX);
	(void)word_take(outbox, cum_seq, held);
	outbox->timeouts = 0;
	outbox->allowance = BR_LINK_WINDOW_BATCHES;
	if (outbox->acked != before || scattered)
		count_again(outbox);
	if (outbox->head < outbox->acked)
		outbox->head = outbox->acked;
	timer_begin(outbox, now_ms);
	invariant_check(outbox);
	return outbox->acked > before ? BR_ACK_MOVED : BR_ACK_REPEAT;
}

/* Builds a batch and publishes it. 1, 0 with ret_batch->looked, or an error. */
static int batch_publish(struct br_outbox *outbox, struct br_txn *txn,
	struct br_batch_builder *builder, const struct br_publisher *publisher,
	struct br_batch_request request, struct br_batch *ret_batch)
{
	int result;

	request.store = outbox->options.store;
	request.epoch = outbox->options.epoch;
	request.lane = outbox->options.lane;
	request.budget = BUILD_BUDGET;
	br_assert(request.prev <= request.after && request.after <= request.until);
	result = br_batch_build(builder, txn, &request, ret_batch);
	if (result <= 0)
		return result;
	result = publisher->publish(
		publisher->context, outbox->topic, br_text_str(&builder->message), 1, false);
	if (result < 0)
		return BR_E_OFFLINE;
	outbox->batches_sent++;
	return 1;
}

static int flight_resend(struct br_outbox *outbox, struct br_txn *txn,
	struct br_batch_builder *builder, const struct br_publisher *publisher,
	struct flight *flight, int64_t now_ms)
{
	/* One without events was looked through to its end: so was what is left out of it. */
	struct br_batch_request request = {.prev = flight->prev,
		.after = flight->n > 0 ? flight->first - 1 : flight->last,
		.until = flight->last,
		.cover = flight->n == 0,
		.thin = flight->thin,
		.thinned = flight->thinned};
	struct br_batch batch;
	int result = batch_publish(outbox, txn, builder, publisher, request, &batch);

	if (result < 0)
		return result;
	br_assert(result == 1 && batch.first == flight->first && batch.last == flight->last);
	outbox->batches_resent++;
	flight->sent_ms = now_ms;
	flight->sends++;
	flight->out = true;
	return 1;
}

static void flight_insert(struct br_outbox *outbox, struct flight flight)
{
	unsigned at = outbox->window_n;

	br_assert(outbox->window_n < BR_LINK_WINDOW_BATCHES);
	while (at > 0 && outbox->window[at - 1].first > flight.first) {
		outbox->window[at] = outbox->window[at - 1];
		at--;
	}
	outbox->window[at] = flight;
	outbox->window_n++;
}

/* The next new batch of one piece. 1: sent, 0: it has none, 2: it was not looked through yet. */
static int piece_send(struct br_outbox *outbox, struct br_txn *txn,
	struct br_batch_builder *builder, const struct br_publisher *publisher,
	struct br_stretch piece, int64_t now_ms)
{
	bool backlog = piece.until != UINT64_MAX;
	struct seen *seen = backlog ? &outbox->backlog_seen : &outbox->live_seen;
	bool known = seen->after == piece.after && seen->looked > piece.after &&
		     seen->looked < piece.until;
	struct br_batch_request request = {.prev = piece.after,
		.after = known ? seen->looked : piece.after,
		.until = piece.until,
		.cover = backlog,
		.thin = outbox->thin,
		.thinned = known ? seen->thinned : 0};
	struct br_batch batch;
	int result = batch_publish(outbox, txn, builder, publisher, request, &batch);

	if (result < 0)
		return result;
	*seen = (struct seen){
		result > 0 ? batch.last : piece.after, batch.looked, batch.thinned_behind};
	if (result == 0)
		return batch.cut ? 2 : 0;
	(void)br_stretches_remove(&outbox->unsent, piece.after, batch.last);
	flight_insert(outbox, (struct flight){.prev = batch.prev,
				      .first = batch.first,
				      .last = batch.last,
				      .n = batch.n,
				      .first_recorded_ms = batch.first_recorded_ms,
				      .sent_ms = now_ms,
				      .sends = 1,
				      .out = true,
				      .backlog = backlog,
				      .thin = outbox->thin,
				      .thinned = batch.thinned_before});
	outbox->thinned += batch.thinned;
	if (outbox->known < batch.last)
		outbox->known = batch.last;
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

/* Too much waits: what is new from here on is sent ahead of it. */
static void backlog_part(struct br_outbox *outbox)
{
	struct br_stretch live = *live_piece(outbox);

	/* Behind the lane's last event, so that the batches of both pieces meet. */
	if (!outbox->count_ended || outbox->unsent.n >= PIECES_MAX || outbox->head <= live.after ||
		outbox->head - live.after <= BR_OUTBOX_BEHIND_MAX)
		return;
	br_assert(outbox->head <= outbox->counted);
	if (br_stretches_part(&outbox->unsent, outbox->head))
		outbox->live_seen = (struct seen){outbox->head, outbox->counted, 0};
	/* What is left out behind it has yet to be counted. */
	if (outbox->head < outbox->thin.until[BR_THIN_SUMMARIES])
		outbox->live_seen = (struct seen){.after = 0};
}

/*
 * More of telemetry waits than is of use to anybody: of what waits, the summaries are left out,
 * and when that is not enough, what labels showed. What comes behind it is told again.
 */
static void backlog_thin(struct br_outbox *outbox)
{
	for (unsigned i = 0; i < BR_THIN_N && outbox->count_ended; i++) {
		uint64_t most = outbox->options.thin_backlog[i];

		if (most == 0 || outbox->backlog <= most ||
			outbox->counted - outbox->thin.until[i] <= BR_OUTBOX_BEHIND_MAX)
			continue;
		br_assert(outbox->counted > outbox->thin.until[i]);
		outbox->thin.until[i] = outbox->counted;
		count_again(outbox);
		return;
	}
}

/* The first lost batch; counts those that are out. */
static struct flight *flight_lost(
	struct br_outbox *outbox, unsigned *ret_out, unsigned *ret_backlog)
{
	struct flight *lost = NULL;

	*ret_out = *ret_backlog = 0;
	for (unsigned i = outbox->window_n; i > 0; i--) {
		struct flight *flight = &outbox->window[i - 1];

		*ret_out += flight->out;
		*ret_backlog += flight->out && flight->backlog;
		if (!flight->out)
			lost = flight;
	}
	br_assert(*ret_backlog <= *ret_out);
	return lost;
}

/* One batch: a lost one, else a live one, else one of the backlog. As piece_send(). */
static int one_send(struct br_outbox *outbox, struct br_txn *txn, struct br_batch_builder *builder,
	const struct br_publisher *publisher, int64_t now_ms)
{
	unsigned limit = outbox->allowance < outbox->credit ? outbox->allowance : outbox->credit;
	unsigned reserve = limit > 2 * LIVE_RESERVE ? LIVE_RESERVE : 0;
	unsigned out, backlog;
	struct flight *lost = flight_lost(outbox, &out, &backlog);
	int result;

	br_assert(limit >= 1);
	if (out >= (outbox->yields ? 1 : limit))
		return 0;
	if (lost != NULL)
		return flight_resend(outbox, txn, builder, publisher, lost, now_ms);
	if (outbox->window_n == BR_LINK_WINDOW_BATCHES)
		return 0;
	result = piece_send(outbox, txn, builder, publisher, *live_piece(outbox), now_ms);
	if (result == 0 && outbox->unsent.n > 1 && backlog < outbox->backlog_allowed &&
		out + reserve < limit)
		result = piece_send(
			outbox, txn, builder, publisher, outbox->unsent.pieces[0], now_ms);
	return result;
}

int br_outbox_send(struct br_outbox *outbox, struct br_txn *txn, struct br_batch_builder *builder,
	const struct br_publisher *publisher, unsigned batches, int64_t now_ms)
{
	br_assert(batches > 0);
	if (now_ms >= outbox->due_ms)
		window_expire(outbox, now_ms);
	backlog_thin(outbox);
	backlog_part(outbox);
	for (unsigned i = 0; i < batches; i++) {
		bool first = outbox->window_n == 0;
		int result = one_send(outbox, txn, builder, publisher, now_ms);

		if (result != 1)
			return result < 0 ? result : result > 0;
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

/* HQ has it, though not all before it. */
static bool held(const struct br_outbox *outbox, uint64_t sequence)
{
	br_assert(sequence > 0);
	return sequence <= outbox->acked ||
	       (outbox->held.n > 0 && br_stretches_cover(&outbox->held, sequence - 1, sequence));
}

/* What was the oldest is confirmed, and nothing behind it is on its way: looks for the next. */
static int oldest_find(struct br_outbox *outbox, struct br_txn *txn, unsigned budget)
{
	struct br_lane_walk walk;
	struct br_str record;
	uint64_t sequence;
	int result = 0, ended;

	br_assert(outbox->backlog > 0);
	br_lane_walk_begin(&walk, txn, outbox->options.lane, outbox->acked, budget);
	walk.thin = outbox->thin;
	while (result == 0 && br_lane_walk_next(&walk, &sequence, &record)) {
		if (held(outbox, sequence))
			continue;
		result = oldest_keep(outbox, sequence, record);
		break;
	}
	ended = br_lane_walk_end(&walk);
	return result < 0 ? result : ended;
}

int br_outbox_count(struct br_outbox *outbox, struct br_txn *txn, unsigned budget)
{
	struct br_lane_walk walk;
	struct br_str record;
	uint64_t sequence;
	int result = 0, ended;

	if (outbox->backlog > 0 && outbox->oldest <= outbox->acked &&
		(outbox->window_n == 0 || outbox->window[0].first > outbox->unsent.pieces[0].after))
		result = oldest_find(outbox, txn, budget);
	br_lane_walk_begin(&walk, txn, outbox->options.lane, outbox->counted, budget);
	walk.thin = outbox->thin;
	while (result == 0 && br_lane_walk_next(&walk, &sequence, &record)) {
		if (outbox->head < sequence)
			outbox->head = sequence;
		if (!held(outbox, sequence) && outbox->backlog++ == 0)
			result = oldest_keep(outbox, sequence, record);
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
	state.behind = outbox->unsent.n > 1 || outbox->held.n > 0;
	state.head = outbox->head;
	state.backlog = outbox->backlog;
	state.counting = !outbox->count_ended;
	state.sent = outbox->batches_sent;
	state.resent = outbox->batches_resent;
	state.thinned = outbox->thinned;
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
