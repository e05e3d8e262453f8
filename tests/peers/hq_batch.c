/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/peers/hq_batch.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "node/text.h"
#include "tests/peers/digest.h"
#include "tests/peers/hq_scan.h"

/* An event's id: the journal sequence with zeros in front. */
#define ID_DIGITS 20
/* A batch without its events; longer heads belong to nobody's batch. */
#define HEAD_BYTES_MAX 4096

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

/* The members of an event that HQ looks at: their texts, n = 0 for one that is not there. */
struct members {
	struct br_str specversion, id, source, type, subject, time, hlc, origin, data;
};

static const struct {
	const char *name;
	size_t offset;
	bool text;
} member_table[] = {
	{"specversion", offsetof(struct members, specversion), true},
	{"id", offsetof(struct members, id), true},
	{"source", offsetof(struct members, source), true},
	{"type", offsetof(struct members, type), true},
	{"subject", offsetof(struct members, subject), true},
	{"time", offsetof(struct members, time), true},
	{"hlc", offsetof(struct members, hlc), true},
	{"origin", offsetof(struct members, origin), true},
	{"data", offsetof(struct members, data), false},
};

/* The texts of a parsed event, for one that has an escape in them. */
static int members_parse(struct peer_batch *batch, struct br_str raw, struct members *members,
	struct br_fault *fault)
{
	struct br_json **root = &batch->trees[batch->tree_n];
	int error = br_json_parse(raw, root, fault);

	br_assert(batch->tree_n < PEER_BATCH_EVENTS_MAX);
	if (error < 0)
		return error;
	batch->tree_n++;
	for (size_t i = 0; i < BR_ARRAY_LEN(member_table); i++) {
		struct br_str *text = (struct br_str *)((char *)members + member_table[i].offset);

		if (member_table[i].text &&
			!br_json_string(br_json_member(*root, member_table[i].name), text))
			*text = (struct br_str){NULL, 0};
	}
	return 0;
}

/* Where a member's text is to be put; NULL for those that nobody looks at. */
static struct br_str *member_place(struct members *members, struct br_str name, bool *ret_text)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(member_table); i++) {
		if (!br_str_is(name, member_table[i].name))
			continue;
		*ret_text = member_table[i].text;
		return (struct br_str *)((char *)members + member_table[i].offset);
	}
	return NULL;
}

static int members_read(struct peer_batch *batch, struct br_str raw, struct members *ret_members,
	struct br_fault *fault)
{
	struct members members = {.id = {NULL, 0}};
	struct br_str name, value, *place;
	struct peer_scan scan;
	bool text = false, escaped = false;

	peer_scan_begin(&scan, raw);
	if (!peer_scan_enter(&scan, '{'))
		return br_fault_set(fault, BR_E_INVALID, "an event is no object");
	while (peer_scan_member(&scan, &name, &value)) {
		place = member_place(&members, name, &text);
		if (place == NULL)
			continue;
		if (!text)
			*place = value;
		else if (!peer_scan_plain(value, place))
			escaped = true;
	}
	br_assert(scan.closed);
	*ret_members = members;
	return escaped ? members_parse(batch, raw, ret_members, fault) : 0;
}

/* Which other event it is about, and how. */
static void about_read(struct br_str body, struct peer_event *event)
{
	static const struct {
		const char *type, *member;
		enum peer_about about;
	} rows[] = {
		{"org.backroom.event.withdrawn.v1", "withdrawn", PEER_ABOUT_WITHDRAWN},
		{"org.backroom.event.quarantined.v1", "event", PEER_ABOUT_QUARANTINE},
		{"org.backroom.event.resent.v1", "event", PEER_ABOUT_QUARANTINE},
		{"org.backroom.event.accepted.v1", "event", PEER_ABOUT_QUARANTINE},
		{"org.backroom.event.dismissed.v1", "event", PEER_ABOUT_QUARANTINE},
		{"org.backroom.store.restored.v1", "head", PEER_ABOUT_RESTORED},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		int64_t number = 0;

		if (!br_str_is(event->type, rows[i].type) || br_json_parse(body, &root, NULL) < 0)
			continue;
		(void)!br_json_i64(br_json_member(root, rows[i].member), &number);
		event->about = number >= 0 ? rows[i].about : PEER_ABOUT_NONE;
		event->other = number > 0 ? (uint64_t)number : 0;
	}
}

static int event_read(struct peer_batch *batch, struct br_str raw, struct peer_event *ret_event,
	struct br_fault *fault)
{
	struct members members;
	char wanted[80];
	int64_t sequence, number;
	int error = members_read(batch, raw, &members, fault);

	if (error < 0)
		return error;
	if (!br_str_is(members.specversion, "1.0"))
		return br_fault_set(fault, BR_E_INVALID, "specversion: \"1.0\" is expected");
	if (members.id.n != ID_DIGITS || !br_str_to_i64(members.id, &sequence) || sequence < 1)
		return br_fault_set(
			fault, BR_E_INVALID, "id: a sequence of %d digits is expected", ID_DIGITS);
	(void)snprintf(wanted, sizeof(wanted), "/store/%s", batch->store);
	if (!br_str_is(members.source, wanted))
		return br_fault_set(fault, BR_E_INVALID, "source: \"%s\" is expected", wanted);
	if (!br_str_starts(members.type, "org.backroom."))
		return br_fault_set(fault, BR_E_INVALID, "type: org.backroom.… is expected");
	if (members.time.n == 0)
		return br_fault_set(fault, BR_E_INVALID, "time: missing");
	*ret_event = (struct peer_event){.sequence = (uint64_t)sequence,
		.type = members.type,
		.subject = members.subject.n > 0 ? members.subject : BR_STR(""),
		.time = members.time,
		.hlc = members.hlc,
		.raw = raw};
	if (br_str_to_i64(members.origin, &number) && number > 0)
		ret_event->origin = (uint64_t)number;
	about_read(members.data, ret_event);
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
	if (!sequence_read(root, "thinned", &batch->thinned))
		batch->thinned = 0;
	return 0;
}

/* The texts of the events; more than are allowed, or no JSON, are a fault. */
static int raws_read(
	struct br_str text, struct br_str *ret_raws, size_t *ret_n, struct br_fault *fault)
{
	struct br_str raw;
	struct peer_scan scan;
	size_t n = 0;

	peer_scan_begin(&scan, text);
	if (!peer_scan_enter(&scan, '['))
		return br_fault_set(fault, BR_E_INVALID, "events: a list is expected");
	while (peer_scan_element(&scan, &raw))
		if (n++ < PEER_BATCH_EVENTS_MAX)
			ret_raws[n - 1] = raw;
	if (!peer_scan_ended(&scan))
		return br_fault_set(fault, BR_E_INVALID, "not JSON: the events err at byte %zu",
			(size_t)(scan.at - text.s));
	if (n > PEER_BATCH_EVENTS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu events, %d are allowed", n,
			PEER_BATCH_EVENTS_MAX);
	*ret_n = n;
	return 0;
}

static int events_read(
	struct peer_batch *batch, const struct br_str *raws, size_t n, struct br_fault *fault)
{
	uint64_t last = batch->prev_seq;
	int64_t wanted;

	br_assert(n <= PEER_BATCH_EVENTS_MAX);
	if (!br_json_i64(br_json_member(batch->root, "n"), &wanted) || wanted != (int64_t)n)
		return br_fault_set(fault, BR_E_INVALID, "n is not the number of events, %zu", n);
	for (size_t i = 0; i < n; i++) {
		int error = event_read(batch, raws[i], &batch->events[i], fault);

		if (error < 0)
			return error;
		if (batch->events[i].sequence <= last)
			return br_fault_set(fault, BR_E_INVALID,
				"event %" PRIu64 " does not come after %" PRIu64,
				batch->events[i].sequence, last);
		last = batch->events[i].sequence;
	}
	batch->event_n = n;
	/* Without events it says that there are none between prev_seq and last_seq. */
	if (n == 0 && batch->first_seq == batch->last_seq && batch->last_seq > batch->prev_seq)
		return 0;
	if (n == 0 || batch->events[0].sequence != batch->first_seq || last != batch->last_seq)
		return br_fault_set(
			fault, BR_E_INVALID, "first_seq and last_seq are not those of the events");
	return 0;
}

/* What stands around the events: they are left out, and an empty list stands for them. */
static int root_read(struct peer_batch *batch, struct br_str payload, struct br_str events,
	struct br_fault *fault)
{
	struct br_str head = payload;
	struct br_text text;
	int error;

	br_text_init(&text, HEAD_BYTES_MAX);
	if (events.n > 0) {
		const char *behind = events.s + events.n;

		br_text_add(&text, payload.s, (size_t)(events.s - payload.s));
		br_text_puts(&text, "[]");
		br_text_add(&text, behind, (size_t)(payload.s + payload.n - behind));
		head = br_text_str(&text);
	}
	error = br_text_error(&text);
	if (error == 0)
		error = br_json_parse(head, &batch->root, fault);
	else
		error = br_fault_set(
			fault, BR_E_INVALID, "a head of more than %d bytes", HEAD_BYTES_MAX);
	br_text_finish(&text);
	return error;
}

int peer_batch_parse(struct br_str payload, struct peer_batch *ret_batch, struct br_fault *fault)
{
	struct br_str text, told, raws[PEER_BATCH_EVENTS_MAX];
	size_t n = 0;
	char crc[9];
	int error;

	memset(ret_batch, 0, offsetof(struct peer_batch, events));
	ret_batch->root = NULL;
	ret_batch->tree_n = 0;
	if (payload.n > PEER_BATCH_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu bytes, %d are allowed", payload.n,
			PEER_BATCH_BYTES_MAX);
	if (!br_utf8_valid(payload.s, payload.n))
		return br_fault_set(fault, BR_E_INVALID, "not well-formed UTF-8");
	text = events_text(payload);
	error = root_read(ret_batch, payload, text, fault);
	if (error == 0)
		error = head_read(ret_batch, fault);
	if (error < 0)
		return error;
	if (text.n == 0 || br_json_kind(br_json_member(ret_batch->root, "events")) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "events: a list as last member expected");
	error = raws_read(text, raws, &n, fault);
	if (error < 0)
		return error;
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32, peer_crc32c(text.s, text.n));
	if (!br_json_string(br_json_member(ret_batch->root, "crc32c"), &told) ||
		!br_str_is(told, crc))
		return br_fault_set(fault, BR_E_CORRUPT, "crc32c is not %s", crc);
	return events_read(ret_batch, raws, n, fault);
}

void peer_batch_finish(struct peer_batch *batch)
{
	for (size_t i = 0; i < batch->tree_n; i++)
		br_json_free(batch->trees[i]);
	batch->tree_n = 0;
	br_json_free(batch->root);
	batch->root = NULL;
}
