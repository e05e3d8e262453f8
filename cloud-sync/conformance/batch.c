#include "cloud-sync/conformance/batch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/crc32c.h"
#include "node/time.h"

#define EVENTS_BYTES_MAX 63000
#define DATA_BYTES_MAX 1024
#define GRACE_MS 500

void conform_batch_begin(
	struct conform_play *play, struct conform_batch *batch, enum conform_lane lane)
{
	br_assert(lane < CONFORM_LANES);
	*batch = (struct conform_batch){.lane = lane, .prev = play->last[lane]};
	batch->last = batch->prev;
	(void)snprintf(batch->store, sizeof(batch->store), "%s", play->store);
	memcpy(batch->epoch, play->epoch, sizeof(batch->epoch));
	br_text_init(&batch->events, EVENTS_BYTES_MAX);
	br_json_out_begin(&batch->out, &batch->events);
	br_json_out_array(&batch->out, NULL);
}

static void past_keep(
	struct conform_play *play, enum conform_lane lane, uint64_t sequence, struct br_str event)
{
	struct conform_past *past = &play->past[play->past_n];

	br_assert(event.n > 0);
	if (play->past_n == CONFORM_PAST_MAX)
		return;
	*past = (struct conform_past){.sequence = sequence, .lane = lane};
	past->json = strndup(event.s, event.n);
	play->past_n += past->json != NULL;
}

static void event_head_write(
	struct conform_play *play, struct br_json_out *out, const char *type, const char *subject)
{
	char text[128];
	struct timespec now;
	int64_t now_ms;

	br_assert(type[0] != '\0');
	(void)clock_gettime(CLOCK_REALTIME, &now);
	now_ms = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
	br_json_out_puts(out, "specversion", "1.0");
	(void)snprintf(text, sizeof(text), "%020" PRIu64, play->sequence);
	br_json_out_puts(out, "id", text);
	(void)snprintf(text, sizeof(text), "/store/%s", play->store);
	br_json_out_puts(out, "source", text);
	(void)snprintf(text, sizeof(text), "org.backroom.%s.v1", type);
	br_json_out_puts(out, "type", text);
	br_json_out_puts(out, "subject", subject);
	br_json_out_time(out, "time", now_ms);
	br_json_out_time(out, "recordedtime", now_ms);
	(void)snprintf(text, sizeof(text), "%020" PRIu64, play->sequence);
	br_json_out_puts(out, "sequence", text);
	(void)snprintf(text, sizeof(text), "conformance-%" PRIu64, play->sequence);
	br_json_out_puts(out, "commandid", text);
	br_json_out_puts(out, "actor", "conformance");
	br_json_out_puts(out, "datacontenttype", "application/json");
}

void conform_batch_add(struct conform_play *play, struct conform_batch *batch, const char *type,
	const char *subject, const char *format, ...)
{
	char body[DATA_BYTES_MAX];
	size_t before = batch->events.n;
	va_list more;

	va_start(more, format);
	(void)vsnprintf(body, sizeof(body), format, more);
	va_end(more);
	for (char *c = body; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	play->sequence++;
	br_json_out_object(&batch->out, NULL);
	event_head_write(play, &batch->out, type, subject);
	br_json_out_raw(&batch->out, "data", br_str_from(body));
	br_json_out_end(&batch->out);
	br_assert(br_text_error(&batch->events) == 0);
	/* Behind the first one stands a comma. */
	before += batch->n > 0;
	if (batch->n++ == 0)
		batch->first = play->sequence;
	batch->last = play->sequence;
	if (batch->forgotten)
		return;
	play->last[batch->lane] = play->sequence;
	past_keep(play, batch->lane, play->sequence,
		(struct br_str){batch->events.bytes + before, batch->events.n - before});
}

void conform_batch_receive(
	struct conform_play *play, struct conform_batch *batch, unsigned sku, unsigned quantity)
{
	const char *subject = conform_sku(play, sku);

	br_assert(sku < CONFORM_SKUS && batch->lane == CONFORM_STOCK);
	conform_batch_add(play, batch, "stock.moved", subject,
		"{'sku':'%s','kind':'receive','bucket':'backroom','quantity':%u}", subject,
		quantity);
	play->backroom[sku] += INT64_C(1000) * quantity;
}

void conform_batch_spoil(struct conform_play *play, struct conform_batch *batch, unsigned sku)
{
	const char *subject = conform_sku(play, sku);

	br_assert(batch->lane == CONFORM_STOCK && batch->n == 0);
	batch->forgotten = true;
	conform_batch_add(play, batch, "stock.moved", subject,
		"{'sku':'%s','kind':'receive','bucket':'backroom','quantity':999}", subject);
}

void conform_batch_send(struct conform_play *play, struct conform_batch *batch)
{
	struct br_text text;
	struct br_json_out out;
	struct br_str events;
	char crc[9];

	/* The list is closed once. */
	if (batch->out.depth > 0)
		br_json_out_end(&batch->out);
	events = br_text_str(&batch->events);
	br_assert(batch->prev < batch->last && br_text_error(&batch->events) == 0);
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32,
		br_crc32c(events.s, events.n) ^ (batch->wrong_crc ? 1 : 0));
	br_text_init(&text, 65536);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "store", batch->store);
	br_json_out_puts(&out, "epoch", batch->epoch);
	br_json_out_puts(&out, "lane", conform_lane_words[batch->lane]);
	br_json_out_u64(&out, "prev_seq", batch->prev);
	br_json_out_u64(&out, "first_seq", batch->n > 0 ? batch->first : batch->last);
	br_json_out_u64(&out, "last_seq", batch->last);
	br_json_out_u64(&out, "n", batch->n);
	if (batch->thinned > 0)
		br_json_out_u64(&out, "thinned", batch->thinned);
	br_json_out_puts(&out, "crc32c", crc);
	br_json_out_raw(&out, "events", events);
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	if (batch->last > play->sent[batch->lane])
		play->sent[batch->lane] = batch->last;
	conform_play_send(play, conform_lane_words[batch->lane], br_text_str(&text));
	br_text_finish(&text);
}

void conform_batch_finish(struct conform_batch *batch)
{
	br_assert(batch->lane < CONFORM_LANES);
	br_text_finish(&batch->events);
}

void conform_batch_taken(struct conform_play *play, const struct conform_batch *batch)
{
	br_assert(!batch->forgotten && play->past_n <= CONFORM_PAST_MAX);
	/* Its own events alone: it may cover numbers of some that HQ did not take. */
	for (unsigned i = play->past_n; i > 0 && batch->n > 0; i--) {
		struct conform_past *past = &play->past[i - 1];

		if (past->sequence < batch->first)
			break;
		past->taken =
			past->taken || (past->lane == batch->lane && past->sequence <= batch->last);
	}
}

bool conform_batch_acked(struct conform_play *play, struct conform_batch *batch)
{
	struct conform_acked *acked = &play->acked[batch->lane];
	int64_t end_ms = conform_now_ms() + play->patience_ms;
	unsigned before = acked->n;

	br_assert(!batch->forgotten);
	conform_batch_send(play, batch);
	/* An ack of an earlier batch may come first. */
	for (int64_t left_ms = play->patience_ms; left_ms > 0 && !play->offline;
		left_ms = end_ms - conform_now_ms()) {
		if (!conform_play_await(play, &acked->n, before, left_ms))
			break;
		before = acked->n;
		if (strcmp(acked->epoch, batch->epoch) == 0 && acked->has.cum_seq >= batch->last) {
			conform_batch_taken(play, batch);
			return true;
		}
	}
	if (before == 0 || strcmp(acked->epoch, batch->epoch) != 0)
		return conform_fail(play, "no ack of the lane %s within %" PRId64 " s",
			conform_lane_words[batch->lane], play->patience_ms / 1000);
	return conform_fail(play, "the last ack says cum_seq %" PRIu64 ", %" PRIu64 " is expected",
		acked->has.cum_seq, batch->last);
}

bool conform_batch_deliver(struct conform_play *play, struct conform_batch *batch)
{
	bool acked = conform_batch_acked(play, batch);

	br_assert(play->sent[batch->lane] >= batch->last);
	conform_batch_finish(batch);
	return acked;
}

bool conform_batch_kept_out(
	struct conform_play *play, struct conform_batch *batch, const char *what)
{
	enum conform_lane lane = batch->lane;
	uint64_t stood = play->last[lane];

	br_assert(batch->forgotten);
	conform_batch_send(play, batch);
	conform_batch_finish(batch);
	/* HQ may take events and hellos in on different ways. */
	conform_play_rest(play, GRACE_MS);
	if (!conform_play_greet(play))
		return false;
	return play->has[lane].cum_seq == stood ||
	       conform_fail(play, "%s was taken: cum_seq went from %" PRIu64 " to %" PRIu64, what,
		       stood, play->has[lane].cum_seq);
}
