#include <inttypes.h>
#include <string.h>

#include "tests/cloud-sync/fake_hq_inside.h"

#define VERDICTS_MAX 64

/* The last word of the store about an event in quarantine: "" for none. */
static struct br_str quarantine_word(const struct fake_hq *hq, uint64_t sequence)
{
	const struct fake_lane *orders = &hq->lanes[0];

	for (size_t i = orders->n; i > 0; i--) {
		const char *raw = orders->events[i - 1].raw, *type;

		if (orders->events[i - 1].about != sequence || orders->events[i - 1].gone ||
			orders->events[i - 1].restored)
			continue;
		type = strstr(raw, "\"type\":\"org.backroom.event.");
		br_assert(type != NULL);
		return (struct br_str){type + 27, strcspn(type + 27, ".")};
	}
	return (struct br_str){"", 0};
}

/* What a restore has forgotten is spoken of by the number that it came back under. */
static bool forgotten(const struct fake_hq *hq, const struct fake_event *event)
{
	for (size_t i = 0; i < hq->lanes[0].n; i++)
		if (hq->lanes[0].events[i].restored &&
			hq->lanes[0].events[i].about < event->known &&
			event->known < hq->lanes[0].events[i].sequence)
			return true;
	return false;
}

/* The store has not heard, as far as HQ knows. */
static bool verdict_open(const struct fake_hq *hq, const struct fake_event *event)
{
	struct br_str word;

	if (!event->noted || event->gone || forgotten(hq, event))
		return false;
	word = quarantine_word(hq, event->known);
	if (event->refused)
		return !br_str_is(word, "quarantined") && !br_str_is(word, "dismissed");
	return br_str_is(word, "resent") || br_str_is(word, "quarantined");
}

void fake_verdicts_send(struct fake_hq *hq)
{
	struct br_text text;
	unsigned n = 0;

	br_text_init(&text, FAKE_MESSAGE_BYTES_MAX);
	br_text_printf(
		&text, "{\"type\":\"verdict\",\"epoch\":\"%s\",\"events\":[", hq->store_epoch);
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < hq->lanes[lane].n && n < VERDICTS_MAX; i++) {
			const struct fake_event *event = &hq->lanes[lane].events[i];

			if (!verdict_open(hq, event))
				continue;
			br_text_printf(&text, "%s{\"event\":%" PRIu64 ",%s}", n++ > 0 ? "," : "",
				event->known,
				event->refused ? "\"code\":\"no\",\"message\":\"not now\""
					       : "\"accepted\":true");
		}
	br_text_puts(&text, "]}");
	if (n > 0)
		fake_send(hq, "ctl", &text);
	else
		br_text_finish(&text);
}

bool fake_hq_verdicts_heard(const struct fake_hq *hq)
{
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		for (size_t i = 0; i < hq->lanes[lane].n; i++)
			if (verdict_open(hq, &hq->lanes[lane].events[i]))
				return false;
	return true;
}

bool fake_hq_sets_aside(const struct fake_hq *hq, const struct fake_event *event)
{
	return event->refused && !event->gone && !forgotten(hq, event) &&
	       !br_str_is(quarantine_word(hq, event->known), "dismissed");
}

/*
 * By a rule that the event's number decides; what is told of the quarantine may not be refused. An
 * HQ that decides by events judges one alike under whatever number it comes, also when it was
 * restored since: else it would have built on what it now refuses.
 */
static bool event_refused(
	const struct fake_hq *hq, const struct fake_event *event, struct br_str type)
{
	uint64_t sequence = hq->took != NULL ? event->number : event->known;

	return hq->refuse_one_in > 0 && !br_str_starts(type, "org.backroom.event.") &&
	       (hq->refuses == NULL || hq->refuses(hq->owner, type)) &&
	       (sequence * UINT64_C(0x9E3779B97F4A7C15) >> 32) % hq->refuse_one_in == 0;
}

/* The one that counts of an event that came back: it keeps its first number. */
static struct fake_event *event_counts(struct fake_hq *hq, uint64_t sequence)
{
	struct fake_event *event = fake_event_find(hq, sequence);
	struct fake_event *first = event != NULL ? fake_event_find(hq, event->number) : NULL;

	return first != NULL ? first : event;
}

/*
 * Where HQ stands with an event that it has not had before, or has refused. From when it counts,
 * whoever wants to know of it is told.
 */
static void event_judge(struct fake_hq *hq, struct fake_event *event, const struct br_json *json)
{
	event->refused = event_refused(hq, event, fake_text_of(json, "type"));
	event->noted = event->noted || event->refused || quarantine_word(hq, event->known).n > 0;
	hq->refusals += event->refused;
	if (!event->refused && !event->gone && hq->took != NULL)
		hq->took(hq->owner, json);
}

static void event_judge_anew(struct fake_hq *hq, struct fake_event *event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	int result = br_json_parse(br_str_from(event->raw), &json, NULL);

	br_assert(result == 0 && event->refused);
	event_judge(hq, event, json);
}

/* What a restored store got back it tells again: under its old number it counts once. */
static void origin_settle(struct fake_hq *hq, struct fake_event *event, const struct br_json *json)
{
	struct fake_event *other;
	int64_t origin = 0;

	if (!br_str_to_i64(fake_text_of(json, "origin"), &origin))
		return;
	other = fake_event_find(hq, (uint64_t)origin);
	event->number = (uint64_t)origin;
	event->gone = other != NULL;
	/* It was refused under its old number, and is judged by the new one. */
	if (other != NULL && other->refused && event->sequence > other->known) {
		other->known = event->sequence;
		event_judge_anew(hq, other);
	}
}

/* What is told of the quarantine: `asks` when the store wants the event judged anew. */
static void word_settle(
	struct fake_hq *hq, struct fake_event *event, const struct br_json *data, bool asks)
{
	struct fake_event *other;

	event->about = fake_number_of(data, "event");
	other = event_counts(hq, event->about);
	if (other == NULL)
		return;
	other->noted = true;
	if (asks && other->refused)
		event_judge_anew(hq, other);
}

static void event_withdraw(struct fake_hq *hq, struct fake_event *event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;

	if (event == NULL || event->gone)
		return;
	event->gone = true;
	hq->withdrawn++;
	if (!event->refused && hq->withdrew != NULL &&
		br_json_parse(br_str_from(event->raw), &json, NULL) == 0)
		hq->withdrew(hq->owner, json);
}

void fake_event_settle(
	struct fake_hq *hq, struct fake_event *event, const struct br_json *json, bool fresh)
{
	const struct br_json *data = br_json_member(json, "data");
	struct br_str type = fake_text_of(json, "type");

	br_assert(event != NULL);
	origin_settle(hq, event, json);
	if (br_str_is(type, "org.backroom.event.withdrawn.v1")) {
		event_withdraw(hq, fake_event_find(hq, fake_number_of(data, "withdrawn")));
	} else if (br_str_is(type, "org.backroom.store.restored.v1")) {
		event->restored = true;
		event->about = fake_number_of(data, "head");
	} else if (br_str_starts(type, "org.backroom.event.")) {
		word_settle(
			hq, event, data, fresh && br_str_is(type, "org.backroom.event.resent.v1"));
	}
	if (fresh && !event->gone)
		event_judge(hq, event, json);
}
