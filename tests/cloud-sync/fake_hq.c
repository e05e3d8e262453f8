/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/cloud-sync/fake_hq_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/json_out.h"

#define RESEND_MS 5000

static const char *const up_words[FAKE_LANES] = {"orders", "stock", "telemetry"};
static const char *const down_words[FAKE_DOWN] = {"orders", "catalog"};

/* A text that lives as long as HQ, whatever becomes of who held it. */
struct fake_text {
	struct fake_text *next;
	char text[];
};

static char *text_keep(struct fake_hq *hq, struct br_str text)
{
	struct fake_text *kept = malloc(sizeof(*kept) + text.n + 1);

	br_assert(kept != NULL);
	memcpy(kept->text, text.s, text.n);
	kept->text[text.n] = '\0';
	kept->next = hq->texts;
	hq->texts = kept;
	return kept->text;
}

static void violation(struct fake_hq *hq, const char *what, struct br_str payload)
{
	hq->violations++;
	printf("HQ: %s: %.*s\n", what, (int)(payload.n < 300 ? payload.n : 300), payload.s);
}

void fake_hq_init(struct fake_hq *hq, const char *epoch,
	void (*send)(void *context, const char *lane, struct br_str payload), void *context)
{
	memset(hq, 0, sizeof(*hq));
	(void)snprintf(hq->store, sizeof(hq->store), "0412");
	(void)snprintf(hq->epoch, sizeof(hq->epoch), "%s", epoch);
	hq->followed = true; /* There was no HQ before it. */
	hq->credit = 32;
	hq->batch_commands_max = 256;
	hq->send = send;
	hq->context = context;
}

/* Keeps the first events only: as if the rest had never come. */
static void events_drop(struct fake_lane *lane, size_t keep)
{
	uint64_t last = keep > 0 && keep <= lane->n ? lane->events[keep - 1].sequence : 0;
	size_t n = 0;

	if (lane->n > keep)
		lane->n = keep;
	for (size_t i = 0; i < lane->piece_n; i++) {
		struct fake_piece piece = lane->pieces[i];

		if (piece.until > last)
			piece.until = last;
		if (piece.after < piece.until)
			lane->pieces[n++] = piece;
	}
	lane->piece_n = n;
}

uint64_t fake_hq_cum_seq(const struct fake_hq *hq, unsigned lane)
{
	const struct fake_lane *at = &hq->lanes[lane];

	return at->piece_n > 0 && at->pieces[0].after == 0 ? at->pieces[0].until : 0;
}

/* Joins a batch's numbers to what is there. */
static void piece_add(struct fake_lane *lane, uint64_t after, uint64_t until)
{
	size_t at = 0, n = 0;

	while (at < lane->piece_n && lane->pieces[at].until < after)
		at++;
	while (at + n < lane->piece_n && lane->pieces[at + n].after <= until) {
		const struct fake_piece *piece = &lane->pieces[at + n++];

		after = piece->after < after ? piece->after : after;
		until = piece->until > until ? piece->until : until;
	}
	br_assert(lane->piece_n - n + 1 <= FAKE_PIECES_MAX + 1);
	memmove(lane->pieces + at + 1, lane->pieces + at + n,
		(lane->piece_n - at - n) * sizeof(lane->pieces[0]));
	lane->pieces[at] = (struct fake_piece){after, until};
	lane->piece_n = lane->piece_n - n + 1;
}

static bool piece_known(const struct fake_lane *lane, uint64_t after, uint64_t until)
{
	for (size_t i = 0; i < lane->piece_n; i++)
		if (lane->pieces[i].after <= after && until <= lane->pieces[i].until)
			return true;
	return false;
}

/* Writes cum_seq and have into the object that is open. */
static void has_write(const struct fake_hq *hq, unsigned lane, struct br_json_out *out)
{
	const struct fake_lane *at = &hq->lanes[lane];

	br_json_out_u64(out, "cum_seq", fake_hq_cum_seq(hq, lane));
	br_json_out_array(out, "have");
	for (size_t i = 0; i < at->piece_n; i++) {
		if (at->pieces[i].after == 0)
			continue;
		br_json_out_array(out, NULL);
		br_json_out_u64(out, NULL, at->pieces[i].after);
		br_json_out_u64(out, NULL, at->pieces[i].until);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

void fake_hq_finish(struct fake_hq *hq)
{
	while (hq->texts != NULL) {
		struct fake_text *text = hq->texts;

		hq->texts = text->next;
		free(text);
	}
}

uint64_t fake_number_of(const struct br_json *json, const char *name)
{
	int64_t number = -1;

	(void)!br_json_i64(br_json_member(json, name), &number);
	return (uint64_t)number;
}

struct br_str fake_text_of(const struct br_json *json, const char *name)
{
	struct br_str text = {"", 0};

	(void)!br_json_string(br_json_member(json, name), &text);
	return text;
}

void fake_send(struct fake_hq *hq, const char *lane, struct br_text *text)
{
	br_assert(br_text_error(text) == 0);
	if (!hq->mute)
		hq->send(hq->context, lane, br_text_str(text));
	br_text_finish(text);
}

static void ack_send(struct fake_hq *hq, unsigned lane, struct br_str epoch)
{
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, FAKE_MESSAGE_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "ack");
	br_json_out_string(&out, "epoch", epoch);
	br_json_out_puts(&out, "lane", up_words[lane]);
	has_write(hq, lane, &out);
	br_json_out_array(&out, "nack");
	br_json_out_end(&out);
	br_json_out_i64(&out, "credit", hq->credit);
	br_json_out_end(&out);
	fake_send(hq, "ctl", &text);
}

/* From '[' to ']' of the last member. */
static struct br_str events_text(struct br_str payload)
{
	const char *at = memmem(payload.s, payload.n, "\"events\":[", 10);

	if (at == NULL || payload.n < 2 || payload.s[payload.n - 1] != '}')
		return (struct br_str){"", 0};
	at += 9;
	return (struct br_str){at, (size_t)(payload.s + payload.n - 1 - at)};
}

/* Takes the next element off the front of a JSON list without blanks. */
static struct br_str element_take(struct br_str *list)
{
	struct br_str element = {list->s + 1, 0};
	unsigned depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 1; i < list->n; i++) {
		char c = list->s[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
			continue;
		}
		quoted = c == '"';
		if (depth == 0 && (c == ',' || c == ']'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
	}
	element.n = i - 1;
	list->s += i;
	list->n -= i;
	return element;
}

struct fake_event *fake_event_find(struct fake_hq *hq, uint64_t sequence)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < hq->lanes[lane].n; i++)
			if (hq->lanes[lane].events[i].sequence == sequence)
				return &hq->lanes[lane].events[i];
	return NULL;
}

/* Keeps an event in its order, once. */
static bool event_take(
	struct fake_hq *hq, struct fake_lane *lane, uint64_t sequence, struct br_str raw)
{
	size_t at = lane->n;

	while (at > 0 && lane->events[at - 1].sequence > sequence)
		at--;
	if (at > 0 && lane->events[at - 1].sequence == sequence)
		return false;
	br_assert(lane->n < FAKE_EVENTS_MAX);
	memmove(lane->events + at + 1, lane->events + at, (lane->n - at) * sizeof(lane->events[0]));
	lane->events[at] =
		(struct fake_event){.sequence = sequence, .number = sequence, .known = sequence};
	lane->events[at].raw = text_keep(hq, raw);
	lane->n++;
	return true;
}

/* An event's stamp: HQ's own go on behind it, unless it is more than five minutes ahead. */
static void stamp_take(struct fake_hq *hq, struct br_str text, struct br_str raw)
{
	char digits[17];
	uint64_t stamp;

	if (!br_str_copy(text, digits, sizeof(digits)) || sscanf(digits, "%16" SCNx64, &stamp) != 1)
		violation(hq, "an event without a stamp", raw);
	else if (hq->clock_ms > 0 && (int64_t)(stamp >> 16) <= hq->clock_ms + 300000 &&
		 stamp > hq->stamp)
		hq->stamp = stamp;
}

/* Checks every event and takes those that are new. */
static void events_take(struct fake_hq *hq, unsigned which, const struct br_json *root,
	struct br_str list, bool take)
{
	struct fake_lane *lane = &hq->lanes[which];
	uint64_t last = fake_number_of(root, "prev_seq"), first = 0, n = 0;

	BR_JSON_EACH (event, br_json_member(root, "events")) {
		struct br_str raw = element_take(&list), id = fake_text_of(event, "id");
		int64_t sequence = 0;

		if (id.n != 20 || !br_str_to_i64(id, &sequence) || (uint64_t)sequence <= last ||
			!br_str_is(fake_text_of(event, "specversion"), "1.0"))
			violation(hq, "no CloudEvent in order", raw);
		stamp_take(hq, fake_text_of(event, "hlc"), raw);
		last = (uint64_t)sequence;
		if (n++ == 0)
			first = last;
		if (take) {
			bool fresh = event_take(hq, lane, last, raw);

			fake_event_settle(hq, fake_event_find(hq, last), event, fresh);
		}
	}
	/* A batch without events only says that there are none. */
	if (n == 0)
		first = last = fake_number_of(root, "last_seq");
	if (n > 256 || n != fake_number_of(root, "n") ||
		first != fake_number_of(root, "first_seq") ||
		last != fake_number_of(root, "last_seq"))
		violation(hq, "n, first_seq or last_seq are not those of the events", list);
	if (take)
		piece_add(lane, fake_number_of(root, "prev_seq"), last);
}

static unsigned lane_of(const char *word)
{
	unsigned lane = 0;

	while (strcmp(up_words[lane], word) != 0) {
		lane++;
		br_assert(lane < FAKE_LANES);
	}
	return lane;
}

static void batch_take(
	struct fake_hq *hq, unsigned lane, const struct br_json *root, struct br_str payload)
{
	struct br_str list = events_text(payload);
	uint64_t prev = fake_number_of(root, "prev_seq");
	struct fake_lane *at = &hq->lanes[lane];
	char crc[9];

	(void)snprintf(crc, sizeof(crc), "%08" PRIx32, br_crc32c(list.s, list.n));
	hq->batches++;
	if (payload.n > 64000 || !br_str_is(fake_text_of(root, "store"), hq->store) ||
		!br_str_is(fake_text_of(root, "lane"), up_words[lane]) ||
		!br_str_is(fake_text_of(root, "crc32c"), crc))
		violation(hq, "store, lane, size or crc32c is wrong", payload);
	if (!br_str_is(fake_text_of(root, "epoch"), hq->store_epoch)) {
		hq->old_epoch++;
	} else if (piece_known(at, prev, fake_number_of(root, "last_seq"))) {
		hq->duplicates++;
		events_take(hq, lane, root, list, false);
	} else {
		hq->gaps += prev > fake_hq_cum_seq(hq, lane);
		if (at->piece_n < FAKE_PIECES_MAX)
			events_take(hq, lane, root, list, true);
	}
	ack_send(hq, lane, fake_text_of(root, "epoch"));
	fake_verdicts_send(hq);
}

static uint64_t last_of(const struct fake_hq *hq)
{
	uint64_t last = 0;

	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		const struct fake_lane *at = &hq->lanes[lane];

		if (at->piece_n > 0 && at->pieces[at->piece_n - 1].until > last)
			last = at->pieces[at->piece_n - 1].until;
	}
	return last;
}

static void told_keep(struct fake_hq *hq, const struct br_json *hello)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		uint64_t head = fake_number_of(
			br_json_member(br_json_member(hello, "lanes"), up_words[lane]), "head");

		if (head < hq->since && head > hq->told)
			hq->told = head;
	}
}

/* A store that was restored has forgotten commands it had answered: HQ sends them again. */
static void down_rewind(struct fake_hq *hq, const struct br_json *hello)
{
	bool same = br_str_is(fake_text_of(hello, "hq_epoch"), hq->epoch);

	for (unsigned lane = 0; lane < FAKE_DOWN; lane++) {
		struct fake_outbox *outbox = &hq->outboxes[lane];
		uint64_t down = fake_number_of(br_json_member(hello, "down"), down_words[lane]);

		if (!same)
			down = 0;

		if (down >= outbox->cum_seq)
			continue;
		outbox->cum_seq = down;
		outbox->due_ms = 0;
		/* What it decides now, it decides with another stock. */
		for (size_t i = down; i < outbox->n; i++)
			outbox->commands[i].answers = 0;
	}
}

/* The next events of any lane behind `after`, in order. */
static const struct fake_event *event_next(const struct fake_hq *hq, uint64_t after)
{
	const struct fake_event *next = NULL;

	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < hq->lanes[lane].n; i++) {
			const struct fake_event *event = &hq->lanes[lane].events[i];

			if (event->sequence > after && !event->gone &&
				(next == NULL || event->sequence < next->sequence))
				next = event;
		}
	return next;
}

/* HQ has all of the lane up to here, as far as the store asks behind `after`. */
static uint64_t whole_of(const struct fake_hq *hq, unsigned lane, uint64_t after)
{
	uint64_t whole = fake_hq_cum_seq(hq, lane);

	for (unsigned i = 0; i < hq->left_n; i++)
		if (hq->begun[i].since > after && hq->begun[i].whole[lane] < whole)
			whole = hq->begun[i].whole[lane];
	return whole;
}

static void recover_take(struct fake_hq *hq, const struct br_json *root, struct br_str payload)
{
	uint64_t after = fake_number_of(root, "after"), until = fake_number_of(root, "until"),
		 at = after;
	const struct fake_event *event;
	struct br_text text;
	unsigned n = 0;

	if (!br_str_is(fake_text_of(root, "epoch"), hq->store_epoch))
		return;
	if (until >= hq->since || after > until)
		violation(hq, "a hole that is none", payload);
	br_text_init(&text, FAKE_MESSAGE_BYTES_MAX);
	br_text_printf(&text,
		"{\"type\":\"recovered\",\"epoch\":\"%s\",\"after\":%" PRIu64 ",\"until\":%" PRIu64
		",\"told\":%" PRIu64 ",\"whole\":{\"orders\":%" PRIu64 ",\"stock\":%" PRIu64
		",\"telemetry\":%" PRIu64 "},\"events\":[",
		hq->store_epoch, after, until, hq->told, whole_of(hq, 0, after),
		whole_of(hq, 1, after), whole_of(hq, 2, after));
	while ((event = event_next(hq, at)) != NULL && event->sequence <= until &&
		n < hq->batch_commands_max && text.n + strlen(event->raw) < 60000) {
		br_text_printf(&text, "%s%s", n++ > 0 ? "," : "", event->raw);
		at = event->sequence;
		hq->recovered++;
	}
	br_text_printf(&text, "],\"end\":%s}",
		event == NULL || event->sequence > until ? "true" : "false");
	fake_send(hq, "ctl", &text);
}

/* A restored store may decide otherwise what this HQ was answered by the one before it. */
static void answers_forget(struct fake_hq *hq)
{
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		for (size_t i = hq->outboxes[lane].cum_seq; i < hq->outboxes[lane].n; i++)
			hq->outboxes[lane].commands[i].answers = 0;
}

/* HQ's next stamp; it lives in the buffer. */
static const char *stamp_next(struct fake_hq *hq, char ret_text[17])
{
	uint64_t now = (uint64_t)hq->clock_ms << 16;

	hq->stamp = now > hq->stamp ? now : hq->stamp + 1;
	(void)snprintf(ret_text, 17, "%016" PRIx64, hq->stamp);
	return ret_text;
}

static void hello_take(struct fake_hq *hq, const struct br_json *root, struct br_str payload)
{
	struct br_str epoch = fake_text_of(root, "epoch");
	struct br_json_out out;
	struct br_text text;

	hq->hellos++;
	if (!br_str_is(fake_text_of(root, "store"), hq->store) || epoch.n != 16 ||
		br_json_kind(br_json_member(br_json_member(root, "down"), "catalog")) !=
			BR_JSON_NUMBER)
		violation(hq, "a hello without store, epoch or down", payload);
	/* A hello that was long on its way: that ledger is no more. */
	for (unsigned i = 0; i < hq->left_n; i++)
		if (br_str_is(epoch, hq->left[i]))
			return;
	/* Nor does an epoch that HQ never heard of while it was there come behind its successor. */
	if (!br_str_is(epoch, hq->store_epoch) && fake_number_of(root, "since") < hq->since)
		return;
	/* A restored store begins its epoch behind all numbers it ever gave out. */
	if (!br_str_is(epoch, hq->store_epoch)) {
		if (fake_number_of(root, "since") <= last_of(hq))
			violation(hq, "numbers of an earlier epoch are given out again", payload);
		br_assert(hq->left_n < FAKE_EPOCHS_MAX);
		hq->begun[hq->left_n].since = fake_number_of(root, "since");
		for (unsigned lane = 0; lane < FAKE_LANES; lane++)
			hq->begun[hq->left_n].whole[lane] = fake_hq_cum_seq(hq, lane);
		memcpy(hq->left[hq->left_n++], hq->store_epoch, sizeof(hq->store_epoch));
		answers_forget(hq);
		(void)!br_str_copy(epoch, hq->store_epoch, sizeof(hq->store_epoch));
		hq->since = fake_number_of(root, "since");
	}
	told_keep(hq, root);
	if (!hq->followed && br_str_is(fake_text_of(root, "hq_epoch"), hq->epoch)) {
		hq->followed = true;
		hq->followed_head = fake_number_of(
			br_json_member(br_json_member(root, "lanes"), up_words[0]), "head");
	}
	down_rewind(hq, root);
	br_text_init(&text, FAKE_MESSAGE_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "welcome");
	br_json_out_string(&out, "id", fake_text_of(root, "id"));
	br_json_out_puts(&out, "hq_epoch", hq->epoch);
	if (hq->epcis)
		br_json_out_bool(&out, "epcis", true);
	if (hq->clock_ms > 0) {
		char stamp[17];

		br_json_out_time(&out, "time", hq->clock_ms);
		br_json_out_puts(&out, "hlc", stamp_next(hq, stamp));
	}
	br_json_out_object(&out, "lanes");
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		br_json_out_object(&out, up_words[lane]);
		has_write(hq, lane, &out);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	fake_send(hq, "ctl", &text);
	fake_verdicts_send(hq);
}

static struct fake_command *command_find(struct fake_outbox *outbox, uint64_t hq_seq)
{
	for (size_t i = 0; i < outbox->n; i++)
		if (outbox->commands[i].hq_seq == hq_seq)
			return &outbox->commands[i];
	return NULL;
}

/* An answer is final: whatever comes later must be the same. */
static void result_take(struct fake_hq *hq, struct fake_outbox *outbox,
	const struct br_json *result, struct br_str payload)
{
	struct fake_command *command = command_find(outbox, fake_number_of(result, "hq_seq"));
	struct br_str outcome = fake_text_of(result, "outcome"),
		      code = fake_text_of(result, "code");

	if (command == NULL) {
		violation(hq, "a result for what was never sent", payload);
		return;
	}
	hq->answers++;
	if (command->answers++ > 0 &&
		(!br_str_is(outcome, command->outcome) || !br_str_is(code, command->code)))
		violation(hq, "another answer than the first time", payload);
	(void)!br_str_copy(outcome, command->outcome, sizeof(command->outcome));
	(void)!br_str_copy(code, command->code, sizeof(command->code));
}

static void answers_take(struct fake_hq *hq, const struct br_json *root, struct br_str payload)
{
	struct br_str lane = fake_text_of(root, "lane");
	struct fake_outbox *outbox = &hq->outboxes[br_str_is(lane, "catalog")];
	uint64_t cum_seq = fake_number_of(root, "cum_seq"), answered = outbox->cum_seq;

	if (br_json_kind(br_json_member(root, "epoch")) != BR_JSON_STRING)
		violation(hq, "an ack without the store's epoch", payload);
	/* What an earlier ledger answered, a restored one may have forgotten. */
	if (!br_str_is(fake_text_of(root, "hq_epoch"), hq->epoch) ||
		!br_str_is(fake_text_of(root, "epoch"), hq->store_epoch))
		return;
	if (cum_seq > outbox->n)
		violation(hq, "an ack for more than was sent", payload);
	BR_JSON_EACH (result, br_json_member(root, "results"))
		result_take(hq, outbox, result, payload);
	/* HQ moves on as far as it has answers: what is missing it asks for again. */
	while (answered < cum_seq && command_find(outbox, answered + 1) != NULL &&
		command_find(outbox, answered + 1)->answers > 0)
		answered++;
	outbox->cum_seq = answered;
}

void fake_hq_receive(struct fake_hq *hq, const char *lane, struct br_str payload, int64_t now_ms)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault;
	struct br_str type;

	if (payload.n > FAKE_MESSAGE_BYTES_MAX || br_json_parse(payload, &root, &fault) < 0) {
		violation(hq, "no JSON or too large", payload);
		return;
	}
	type = fake_text_of(root, "type");
	if (strcmp(lane, "ctl") != 0)
		batch_take(hq, lane_of(lane), root, payload);
	else if (br_str_is(type, "hello"))
		hello_take(hq, root, payload);
	else if (br_str_is(type, "ack"))
		answers_take(hq, root, payload);
	else if (br_str_is(type, "recover"))
		recover_take(hq, root, payload);
	else
		violation(hq, "an unknown message", payload);
	fake_hq_tick(hq, now_ms);
}

/* The stamp of HQ's own commands, as a member; nothing while it has no clock. */
static void stamp_member(struct fake_hq *hq, struct br_text *text)
{
	char stamp[17];

	if (hq->clock_ms > 0)
		br_text_printf(text, ",\"hlc\":\"%s\"", stamp_next(hq, stamp));
}

static void commands_send(struct fake_hq *hq, unsigned lane)
{
	struct fake_outbox *outbox = &hq->outboxes[lane];
	uint64_t prev = outbox->cum_seq;

	while (prev < outbox->n) {
		unsigned n = 0;
		struct br_text text;

		br_text_init(&text, FAKE_MESSAGE_BYTES_MAX);
		br_text_printf(&text, "{\"hq_epoch\":\"%s\",\"lane\":\"%s\",\"prev_seq\":%" PRIu64,
			hq->epoch, down_words[lane], prev);
		stamp_member(hq, &text);
		br_text_puts(&text, ",\"commands\":[");
		while (prev < outbox->n && n < hq->batch_commands_max && text.n < 60000) {
			const char *json = outbox->commands[prev].json;

			outbox->commands[prev].hq_seq = prev + 1;
			br_text_printf(&text, "%s{\"hq_seq\":%" PRIu64 ",%s", n++ > 0 ? "," : "",
				prev + 1, json + 1);
			prev++;
		}
		br_text_puts(&text, "]}");
		fake_send(hq, down_words[lane], &text);
	}
}

void fake_hq_tick(struct fake_hq *hq, int64_t now_ms)
{
	/* HQ knows whom to send to since the first hello. */
	if (hq->store_epoch[0] == '\0')
		return;
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++) {
		struct fake_outbox *outbox = &hq->outboxes[lane];

		if (outbox->cum_seq >= outbox->n || now_ms < outbox->due_ms)
			continue;
		commands_send(hq, lane);
		outbox->due_ms = now_ms + RESEND_MS;
	}
}

int64_t fake_hq_due_ms(const struct fake_hq *hq)
{
	int64_t due_ms = INT64_MAX;

	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		if (hq->store_epoch[0] != '\0' &&
			hq->outboxes[lane].cum_seq < hq->outboxes[lane].n &&
			hq->outboxes[lane].due_ms < due_ms)
			due_ms = hq->outboxes[lane].due_ms;
	return due_ms;
}

void fake_hq_command(struct fake_hq *hq, unsigned lane, const char *id, const char *json)
{
	struct fake_outbox *outbox = &hq->outboxes[lane];
	struct fake_command *command = &outbox->commands[outbox->n];

	br_assert(outbox->n < FAKE_COMMANDS_MAX && json[0] == '{');
	*command = (struct fake_command){.hq_seq = outbox->n + 1};
	(void)snprintf(command->id, sizeof(command->id), "%s", id);
	command->json = text_keep(hq, br_str_from(json));
	outbox->n++;
	outbox->due_ms = 0;
}

void fake_hq_restore(struct fake_hq *hq, const char *epoch, unsigned keep)
{
	br_assert(keep <= 10);
	(void)snprintf(hq->epoch, sizeof(hq->epoch), "%s", epoch);
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		events_drop(&hq->lanes[lane], hq->lanes[lane].n * keep / 10);
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++) {
		struct fake_outbox *outbox = &hq->outboxes[lane];

		outbox->cum_seq = 0;
		outbox->due_ms = 0;
		/* It forgot the answers, but expects the same ones again. */
	}
}

void fake_hq_return(struct fake_hq *hq, const struct fake_hq *copy, const char *epoch)
{
	struct fake_text *texts = hq->texts;

	br_assert(copy->send == hq->send && copy->context == hq->context);
	*hq = *copy;
	hq->texts = texts;
	(void)snprintf(hq->epoch, sizeof(hq->epoch), "%s", epoch);
	hq->followed = false;
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++) {
		hq->outboxes[lane].cum_seq = 0;
		hq->outboxes[lane].due_ms = 0;
	}
}

bool fake_hq_level(const struct fake_hq *hq)
{
	return hq->followed && fake_hq_cum_seq(hq, 0) >= hq->followed_head;
}

bool fake_hq_answered(const struct fake_hq *hq)
{
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		if (hq->outboxes[lane].cum_seq < hq->outboxes[lane].n)
			return false;
	return true;
}
