/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/cloud-sync/fake_hq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/json_out.h"

#define RESEND_MS 5000
#define MESSAGE_BYTES_MAX (64u << 10)

static const char *const up_words[FAKE_LANES] = {"orders", "stock"};
static const char *const down_words[FAKE_LANES] = {"orders", "catalog"};

static void violation(struct fake_hq *hq, const char *what, struct br_str payload)
{
	hq->violations++;
	printf("HQ: %s: %.*s\n", what, (int)(payload.n < 300 ? payload.n : 300), payload.s);
}

void fake_hq_init(struct fake_hq *hq, const char *epoch,
	void (*send)(void *context, const char *lane, struct br_str payload), void *context)
{
	memset(hq, 0, sizeof(*hq));
	(void)snprintf(hq->epoch, sizeof(hq->epoch), "%s", epoch);
	hq->credit = 32;
	hq->batch_commands_max = 256;
	hq->send = send;
	hq->context = context;
}

static void events_drop(struct fake_lane *lane, size_t keep)
{
	while (lane->n > keep)
		free(lane->events[--lane->n].raw);
	lane->cum_seq = keep > 0 ? lane->events[keep - 1].sequence : 0;
}

void fake_hq_finish(struct fake_hq *hq)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		events_drop(&hq->lanes[lane], 0);
		for (size_t i = 0; i < hq->outboxes[lane].n; i++)
			free(hq->outboxes[lane].commands[i].json);
	}
}

static uint64_t number_of(const struct br_json *json, const char *name)
{
	int64_t number = -1;

	(void)!br_json_i64(br_json_member(json, name), &number);
	return (uint64_t)number;
}

static struct br_str text_of(const struct br_json *json, const char *name)
{
	struct br_str text = {"", 0};

	(void)!br_json_string(br_json_member(json, name), &text);
	return text;
}

static void send_out(struct fake_hq *hq, const char *lane, struct br_text *text)
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

	br_text_init(&text, MESSAGE_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "ack");
	br_json_out_string(&out, "epoch", epoch);
	br_json_out_puts(&out, "lane", up_words[lane]);
	br_json_out_u64(&out, "cum_seq", hq->lanes[lane].cum_seq);
	br_json_out_array(&out, "nack");
	br_json_out_end(&out);
	br_json_out_i64(&out, "credit", hq->credit);
	br_json_out_end(&out);
	send_out(hq, "ctl", &text);
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

static void event_take(struct fake_lane *lane, uint64_t sequence, struct br_str raw)
{
	br_assert(lane->n < FAKE_EVENTS_MAX);
	lane->events[lane->n].sequence = sequence;
	lane->events[lane->n].raw = strndup(raw.s, raw.n);
	br_assert(lane->events[lane->n].raw != NULL);
	lane->n++;
}

/* Checks every event and takes those that are new. */
static void events_take(struct fake_hq *hq, unsigned which, const struct br_json *root,
	struct br_str list, bool take)
{
	struct fake_lane *lane = &hq->lanes[which];
	uint64_t last = number_of(root, "prev_seq"), first = 0, n = 0;

	BR_JSON_EACH (event, br_json_member(root, "events")) {
		struct br_str raw = element_take(&list), id = text_of(event, "id");
		int64_t sequence = 0;

		if (id.n != 20 || !br_str_to_i64(id, &sequence) || (uint64_t)sequence <= last ||
			!br_str_is(text_of(event, "specversion"), "1.0"))
			violation(hq, "no CloudEvent in order", raw);
		last = (uint64_t)sequence;
		if (n++ == 0)
			first = last;
		if (take && last > lane->cum_seq)
			event_take(lane, last, raw);
	}
	if (n == 0 || n > 256 || n != number_of(root, "n") ||
		first != number_of(root, "first_seq") || last != number_of(root, "last_seq"))
		violation(hq, "n, first_seq or last_seq are not those of the events", list);
	if (take)
		lane->cum_seq = last;
}

static void batch_take(
	struct fake_hq *hq, unsigned lane, const struct br_json *root, struct br_str payload)
{
	struct br_str list = events_text(payload);
	uint64_t cum_seq = hq->lanes[lane].cum_seq;
	char crc[9];

	(void)snprintf(crc, sizeof(crc), "%08" PRIx32, br_crc32c(list.s, list.n));
	hq->batches++;
	if (payload.n > 64000 || !br_str_is(text_of(root, "store"), "0412") ||
		!br_str_is(text_of(root, "lane"), up_words[lane]) ||
		!br_str_is(text_of(root, "crc32c"), crc))
		violation(hq, "store, lane, size or crc32c is wrong", payload);
	if (!br_str_is(text_of(root, "epoch"), hq->store_epoch)) {
		hq->old_epoch++;
	} else if (number_of(root, "last_seq") <= cum_seq) {
		hq->duplicates++;
		events_take(hq, lane, root, list, false);
	} else if (number_of(root, "prev_seq") > cum_seq) {
		hq->gaps++;
	} else {
		events_take(hq, lane, root, list, true);
	}
	ack_send(hq, lane, text_of(root, "epoch"));
}

static void hello_take(struct fake_hq *hq, const struct br_json *root, struct br_str payload)
{
	struct br_str epoch = text_of(root, "epoch");
	struct br_json_out out;
	struct br_text text;

	hq->hellos++;
	if (!br_str_is(text_of(root, "store"), "0412") || epoch.n != 16 ||
		br_json_kind(br_json_member(br_json_member(root, "down"), "catalog")) !=
			BR_JSON_NUMBER)
		violation(hq, "a hello without store, epoch or down", payload);
	/* A new epoch of the store: its cursors begin at 0, the old events are put aside. */
	if (!br_str_is(epoch, hq->store_epoch)) {
		(void)!br_str_copy(epoch, hq->store_epoch, sizeof(hq->store_epoch));
		for (unsigned lane = 0; lane < FAKE_LANES; lane++)
			events_drop(&hq->lanes[lane], 0);
	}
	br_text_init(&text, MESSAGE_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "welcome");
	br_json_out_puts(&out, "hq_epoch", hq->epoch);
	br_json_out_object(&out, "lanes");
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		br_json_out_u64(&out, up_words[lane], hq->lanes[lane].cum_seq);
	br_json_out_end(&out);
	br_json_out_end(&out);
	send_out(hq, "ctl", &text);
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
	struct fake_command *command = command_find(outbox, number_of(result, "hq_seq"));
	struct br_str outcome = text_of(result, "outcome"), code = text_of(result, "code");

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
	struct br_str lane = text_of(root, "lane");
	struct fake_outbox *outbox = &hq->outboxes[br_str_is(lane, "catalog")];
	uint64_t cum_seq = number_of(root, "cum_seq"), answered = outbox->cum_seq;

	if (!br_str_is(text_of(root, "hq_epoch"), hq->epoch))
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

	if (payload.n > MESSAGE_BYTES_MAX || br_json_parse(payload, &root, &fault) < 0) {
		violation(hq, "no JSON or too large", payload);
		return;
	}
	type = text_of(root, "type");
	if (strcmp(lane, "ctl") != 0)
		batch_take(hq, strcmp(lane, "stock") == 0, root, payload);
	else if (br_str_is(type, "hello"))
		hello_take(hq, root, payload);
	else if (br_str_is(type, "ack"))
		answers_take(hq, root, payload);
	else
		violation(hq, "an unknown message", payload);
	fake_hq_tick(hq, now_ms);
}

static void commands_send(struct fake_hq *hq, unsigned lane)
{
	struct fake_outbox *outbox = &hq->outboxes[lane];
	uint64_t prev = outbox->cum_seq;

	while (prev < outbox->n) {
		unsigned n = 0;
		struct br_text text;

		br_text_init(&text, MESSAGE_BYTES_MAX);
		br_text_printf(&text,
			"{\"hq_epoch\":\"%s\",\"lane\":\"%s\",\"prev_seq\":%" PRIu64
			",\"commands\":[",
			hq->epoch, down_words[lane], prev);
		while (prev < outbox->n && n < hq->batch_commands_max && text.n < 60000) {
			const char *json = outbox->commands[prev].json;

			outbox->commands[prev].hq_seq = prev + 1;
			br_text_printf(&text, "%s{\"hq_seq\":%" PRIu64 ",%s", n++ > 0 ? "," : "",
				prev + 1, json + 1);
			prev++;
		}
		br_text_puts(&text, "]}");
		send_out(hq, down_words[lane], &text);
	}
}

void fake_hq_tick(struct fake_hq *hq, int64_t now_ms)
{
	/* HQ knows whom to send to since the first hello. */
	if (hq->store_epoch[0] == '\0')
		return;
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
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

	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
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
	command->json = strdup(json);
	br_assert(command->json != NULL);
	outbox->n++;
	outbox->due_ms = 0;
}

void fake_hq_restore(struct fake_hq *hq, const char *epoch, unsigned keep)
{
	br_assert(keep <= 10);
	(void)snprintf(hq->epoch, sizeof(hq->epoch), "%s", epoch);
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		struct fake_outbox *outbox = &hq->outboxes[lane];

		events_drop(&hq->lanes[lane], hq->lanes[lane].n * keep / 10);
		outbox->cum_seq = 0;
		outbox->due_ms = 0;
		/* It forgot the answers, but expects the same ones again. */
	}
}

bool fake_hq_answered(const struct fake_hq *hq)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		if (hq->outboxes[lane].cum_seq < hq->outboxes[lane].n)
			return false;
	return true;
}
