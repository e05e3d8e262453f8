#include "cloud-sync/batch.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/crc32c.h"

/* What `events` may take; one event too many is written before it is seen to be too many. */
#define EVENTS_BYTES_MAX (BR_BATCH_BYTES_MAX - BR_BATCH_HEAD_BYTES_MAX)
#define ARENA_BYTES_MAX (1u << 20)

_Static_assert(BR_BATCH_BYTES_MAX <= BR_LINK_MESSAGE_BYTES_MAX, "a batch is one message");
_Static_assert(BR_BATCH_EVENT_BYTES_MAX + 2 <= EVENTS_BYTES_MAX, "one event always fits");

void br_batch_builder_init(struct br_batch_builder *builder)
{
	br_text_init(&builder->events, EVENTS_BYTES_MAX + BR_BATCH_EVENT_BYTES_MAX + 2);
	br_text_init(&builder->message, BR_BATCH_BYTES_MAX);
	br_arena_init(&builder->arena, ARENA_BYTES_MAX);
	builder->opener = (struct br_opener){.open = NULL};
	builder->epcis = false;
	builder->gln = (struct br_str){NULL, 0};
}

void br_batch_builder_finish(struct br_batch_builder *builder)
{
	br_text_finish(&builder->events);
	br_text_finish(&builder->message);
	br_arena_finish(&builder->arena);
}

static void head_write(struct br_batch_builder *builder, const struct br_batch_request *request,
	const struct br_batch *batch)
{
	struct br_str events = br_text_str(&builder->events);
	struct br_json_out out;
	char crc[9];

	br_assert(batch->prev < batch->first && batch->first <= batch->last);
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32, br_crc32c(events.s, events.n));
	br_text_clear(&builder->message);
	br_json_out_begin(&out, &builder->message);
	br_json_out_object(&out, NULL);
	br_json_out_string(&out, "store", request->store);
	br_json_out_puts(&out, "epoch", request->epoch);
	br_json_out_puts(&out, "lane", br_lane_word(request->lane));
	br_json_out_u64(&out, "prev_seq", batch->prev);
	br_json_out_u64(&out, "first_seq", batch->first);
	br_json_out_u64(&out, "last_seq", batch->last);
	br_json_out_u64(&out, "n", batch->n);
	if (batch->thinned > 0)
		br_json_out_u64(&out, "thinned", batch->thinned);
	br_json_out_puts(&out, "crc32c", crc);
	br_json_out_raw(&out, "events", events);
	br_json_out_end(&out);
	br_assert(builder->message.n <= events.n + BR_BATCH_HEAD_BYTES_MAX);
}

static int event_write(struct br_batch_builder *builder, struct br_txn *txn, struct br_str store,
	const struct br_event *event, struct br_json_out *out)
{
	struct br_epcis_place place = {store, builder->gln};

	br_assert(event->sequence > 0);
	if (builder->epcis)
		return br_epcis_event_to_json(&place, txn, event, &builder->arena, out);
	br_event_to_json(event, store, out, NULL);
	return 0;
}

/* 1 when the event is in, 0 when the batch is full without it, or an error. */
static int event_add(struct br_batch_builder *builder, struct br_txn *txn,
	const struct br_batch_request *request, struct br_json_out *out, struct br_batch *batch,
	uint64_t sequence, struct br_str record)
{
	size_t before = builder->events.n;
	struct br_event event;
	int result;

	br_arena_reset(&builder->arena);
	result = br_event_decode(sequence, record, &builder->arena, &event);
	if (result == 0)
		result = event_write(builder, txn, request->store, &event, out);
	if (result < 0)
		return result;
	br_assert(br_text_error(&builder->events) != BR_E_TOO_LARGE);
	if (br_text_error(&builder->events) != 0)
		return br_text_error(&builder->events);
	br_assert(builder->events.n - before <= BR_BATCH_EVENT_BYTES_MAX);
	br_assert(sequence > batch->last);
	/* One byte is for the closing ']'. */
	if (builder->events.n + 1 > EVENTS_BYTES_MAX) {
		br_assert(batch->n > 0);
		builder->events.n = before;
		builder->events.bytes[before] = '\0';
		return 0;
	}
	if (batch->n++ == 0) {
		batch->first = sequence;
		batch->first_recorded_ms = event.recorded_ms;
	}
	batch->last = sequence;
	return 1;
}

/* Tells where what was left out belongs, when the walk has ended. */
static void thinned_share(const struct br_batch_request *request, const struct br_lane_walk *walk,
	struct br_batch *batch)
{
	uint64_t all = request->thinned + walk->thinned;

	br_assert(batch->thinned_before <= batch->thinned && batch->thinned <= all);
	/* A batch without events covers all that was looked at, or is none. */
	if (batch->n == 0 && batch->last > 0)
		batch->thinned = batch->thinned_before = all;
	batch->thinned_behind = all - batch->thinned;
}

/* Adds the lane's events as far as they fit. 1, 0 at one that does not, or an error. */
static int events_gather(struct br_batch_builder *builder, struct br_txn *txn,
	const struct br_batch_request *request, struct br_lane_walk *walk, struct br_json_out *out,
	struct br_batch *batch)
{
	struct br_str record;
	uint64_t sequence;
	int result = 1;

	br_assert(batch->n == 0 && batch->last == 0);
	while (result > 0 && batch->n < BR_LINK_BATCH_EVENTS_MAX &&
		br_lane_walk_next(walk, &sequence, &record)) {
		result = sequence <= request->until
				 ? event_add(builder, txn, request, out, batch, sequence, record)
				 : 0;
		if (result > 0)
			batch->thinned = request->thinned + walk->thinned;
		if (batch->n == 1)
			batch->thinned_before = batch->thinned;
		if (result == 0)
			br_lane_walk_unread(walk, sequence);
	}
	return result;
}

int br_batch_build(struct br_batch_builder *builder, struct br_txn *txn,
	const struct br_batch_request *request, struct br_batch *ret_batch)
{
	struct br_batch batch = {.prev = request->prev};
	struct br_lane_walk walk;
	struct br_json_out out;
	int result, ended;

	br_assert(request->prev <= request->after && request->store.n <= BR_ID_BYTES_MAX);
	br_assert(!request->cover || request->until < UINT64_MAX);
	br_text_clear(&builder->events);
	br_json_out_begin(&out, &builder->events);
	out.opener = builder->opener.open != NULL ? &builder->opener : NULL;
	br_json_out_array(&out, NULL);
	br_lane_walk_begin(&walk, txn, request->lane, request->after, request->budget);
	walk.thin = request->thin;
	walk.until = request->until;
	result = events_gather(builder, txn, request, &walk, &out, &batch);
	ended = br_lane_walk_end(&walk);
	if (result < 0 || ended < 0)
		return result < 0 ? result : ended;
	br_json_out_end(&out);
	batch.looked = walk.at;
	batch.cut = walk.left == 0 && !walk.ended;
	br_assert(batch.looked >= batch.last && batch.n <= BR_LINK_BATCH_EVENTS_MAX);
	if (batch.n == 0 && request->cover && !batch.cut)
		batch.first = batch.last = batch.looked = request->until;
	thinned_share(request, &walk, &batch);
	if (batch.last > 0)
		head_write(builder, request, &batch);
	result = br_text_error(&builder->message);
	if (result < 0)
		return result;
	*ret_batch = batch;
	return batch.last > 0;
}
