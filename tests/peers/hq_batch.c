/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/peers/hq_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/digest.h"

/* An event's id: the journal sequence with zeros in front. */
#define ID_DIGITS 20

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct br_str blanks_cut(struct br_str text)
{
	while (text.n > 0 && blank(text.s[0])) {
		text.s++;
		text.n--;
	}
	while (text.n > 0 && blank(text.s[text.n - 1]))
		text.n--;
	return text;
}

size_t peer_json_split(struct br_str array, struct br_str *ret_elements, size_t max)
{
	size_t n = 0, depth = 0, from = 1;
	bool in_string = false;

	for (size_t i = 0; i < array.n; i++) {
		char c = array.s[i];
		bool ends;

		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
			continue;
		}
		in_string = c == '"';
		depth += c == '[' || c == '{';
		ends = depth == 1 && (c == ',' || c == ']');
		depth -= c == ']' || c == '}';
		if (ends) {
			struct br_str element =
				blanks_cut((struct br_str){array.s + from, i - from});

			if (element.n > 0 && n++ < max)
				ret_elements[n - 1] = element;
			from = i + 1;
		}
	}
	return n;
}

/* The text of `events`, the last member: from its '[' to the ']' before the closing brace. */
static struct br_str events_text(struct br_str payload)
{
	static const char name[] = "\"events\"";
	const char *at = memmem(payload.s, payload.n, name, sizeof(name) - 1);
	struct br_str text = blanks_cut(payload);
	const char *end = text.s + text.n - 1;

	if (at == NULL || text.n == 0 || *end != '}')
		return (struct br_str){NULL, 0};
	for (at += sizeof(name) - 1; at < end && (blank(*at) || *at == ':'); at++)
		continue;
	while (end > at && blank(end[-1]))
		end--;
	if (at >= end || *at != '[' || end[-1] != ']')
		return (struct br_str){NULL, 0};
	return (struct br_str){at, (size_t)(end - at)};
}

static bool sequence_read(const struct br_json *root, const char *name, uint64_t *ret_sequence)
{
	int64_t number;

	if (!br_json_i64(br_json_member(root, name), &number) || number < 0)
		return false;
	*ret_sequence = (uint64_t)number;
	return true;
}

static bool text_read(const struct br_json *root, const char *name, char *buffer, size_t size)
{
	struct br_str text;

	return br_json_string(br_json_member(root, name), &text) && text.n > 0 &&
	       br_str_copy(text, buffer, size);
}

static bool is_epoch(const char *epoch)
{
	return strlen(epoch) == PEER_EPOCH_BYTES - 1 &&
	       strspn(epoch, "0123456789abcdef") == PEER_EPOCH_BYTES - 1;
}

static int event_read(const struct br_json *json, struct br_str raw, const char *store,
	struct peer_event *ret_event, struct br_fault *fault)
{
	struct br_str id, source, version;
	char wanted[80];
	int64_t sequence, number;

	if (!br_json_string(br_json_member(json, "specversion"), &version) ||
		!br_str_is(version, "1.0"))
		return br_fault_set(fault, BR_E_INVALID, "specversion: \"1.0\" is expected");
	if (!br_json_string(br_json_member(json, "id"), &id) || id.n != ID_DIGITS ||
		!br_str_to_i64(id, &sequence) || sequence < 1)
		return br_fault_set(
			fault, BR_E_INVALID, "id: a sequence of %d digits is expected", ID_DIGITS);
	(void)snprintf(wanted, sizeof(wanted), "/store/%s", store);
	if (!br_json_string(br_json_member(json, "source"), &source) || !br_str_is(source, wanted))
		return br_fault_set(fault, BR_E_INVALID, "source: \"%s\" is expected", wanted);
	if (!br_json_string(br_json_member(json, "type"), &ret_event->type) ||
		!br_str_starts(ret_event->type, "org.backroom."))
		return br_fault_set(fault, BR_E_INVALID, "type: org.backroom.… is expected");
	ret_event->subject = ret_event->time = BR_STR("");
	(void)!br_json_string(br_json_member(json, "subject"), &ret_event->subject);
	ret_event->withdrawn = ret_event->origin = 0;
	if (br_json_string(br_json_member(json, "origin"), &id) && br_str_to_i64(id, &number) &&
		number > 0)
		ret_event->origin = (uint64_t)number;
	if (br_str_is(ret_event->type, "org.backroom.event.withdrawn.v1") &&
		br_json_i64(br_json_member(br_json_member(json, "data"), "withdrawn"), &number) &&
		number > 0)
		ret_event->withdrawn = (uint64_t)number;
	if (!br_json_string(br_json_member(json, "time"), &ret_event->time))
		return br_fault_set(fault, BR_E_INVALID, "time: missing");
	ret_event->sequence = (uint64_t)sequence;
	ret_event->raw = raw;
	return 0;
}

static int head_read(struct peer_batch *batch, struct br_fault *fault)
{
	const struct br_json *root = batch->root;

	if (!text_read(root, "store", batch->store, sizeof(batch->store)) ||
		!text_read(root, "epoch", batch->epoch, sizeof(batch->epoch)) ||
		!text_read(root, "lane", batch->lane, sizeof(batch->lane)) ||
		!is_epoch(batch->epoch))
		return br_fault_set(
			fault, BR_E_INVALID, "store, lane or epoch (16 hex digits) is missing");
	if (!sequence_read(root, "prev_seq", &batch->prev_seq) ||
		!sequence_read(root, "first_seq", &batch->first_seq) ||
		!sequence_read(root, "last_seq", &batch->last_seq))
		return br_fault_set(
			fault, BR_E_INVALID, "prev_seq, first_seq or last_seq is no sequence");
	return 0;
}

static int events_read(struct peer_batch *batch, struct br_str text, struct br_fault *fault)
{
	struct br_str raws[PEER_BATCH_EVENTS_MAX];
	size_t n = peer_json_split(text, raws, PEER_BATCH_EVENTS_MAX), i = 0;
	uint64_t last = batch->prev_seq;
	int64_t wanted;

	if (n > PEER_BATCH_EVENTS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu events, %d are allowed", n,
			PEER_BATCH_EVENTS_MAX);
	if (!br_json_i64(br_json_member(batch->root, "n"), &wanted) || wanted != (int64_t)n)
		return br_fault_set(fault, BR_E_INVALID, "n is not the number of events, %zu", n);
	BR_JSON_EACH (json, br_json_member(batch->root, "events")) {
		int error = event_read(json, raws[i], batch->store, &batch->events[i], fault);

		if (error < 0)
			return error;
		if (batch->events[i].sequence <= last)
			return br_fault_set(fault, BR_E_INVALID,
				"event %" PRIu64 " does not come after %" PRIu64,
				batch->events[i].sequence, last);
		last = batch->events[i++].sequence;
	}
	br_assert(i == n);
	batch->event_n = n;
	/* Without events it says that there are none between prev_seq and last_seq. */
	if (n == 0 && batch->first_seq == batch->last_seq && batch->last_seq > batch->prev_seq)
		return 0;
	if (n == 0 || batch->events[0].sequence != batch->first_seq || last != batch->last_seq)
		return br_fault_set(
			fault, BR_E_INVALID, "first_seq and last_seq are not those of the events");
	return 0;
}

int peer_batch_parse(struct br_str payload, struct peer_batch *ret_batch, struct br_fault *fault)
{
	struct br_str text, told;
	char crc[9];
	int error;

	memset(ret_batch, 0, sizeof(*ret_batch));
	if (payload.n > PEER_BATCH_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu bytes, %d are allowed", payload.n,
			PEER_BATCH_BYTES_MAX);
	error = br_json_parse(payload, &ret_batch->root, fault);
	if (error == 0)
		error = head_read(ret_batch, fault);
	if (error < 0)
		return error;
	text = events_text(payload);
	if (text.n == 0 || br_json_kind(br_json_member(ret_batch->root, "events")) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "events: a list as last member expected");
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32, peer_crc32c(text.s, text.n));
	if (!br_json_string(br_json_member(ret_batch->root, "crc32c"), &told) ||
		!br_str_is(told, crc))
		return br_fault_set(fault, BR_E_CORRUPT, "crc32c is not %s", crc);
	return events_read(ret_batch, text, fault);
}

void peer_batch_finish(struct peer_batch *batch)
{
	br_json_free(batch->root);
	batch->root = NULL;
}
