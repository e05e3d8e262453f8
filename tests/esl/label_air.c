#include "tests/esl/label_air.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/crypto.h"
#include "node/json.h"
#include "tests/esl/label_shop.h"

static const struct {
	const char *name;
	struct br_display display;
} displays[] = {
	{"bw29", {296, 128, BR_ACCENT_NONE, 1}},
	{"bwr42", {400, 300, BR_ACCENT_RED, 0}},
	{"bw75", {800, 480, BR_ACCENT_NONE, 0}},
};

static bool chance(unsigned percent)
{
	return percent > 0 && test_random() % 100 < percent;
}

void air_init(struct air *air, struct shop *shop)
{
	*air = (struct air){.shop = shop};
}

static void job_remove(struct air *air, struct air_job *job)
{
	br_text_finish(&job->bytes);
	*job = air->jobs[--air->job_n];
}

void air_finish(struct air *air)
{
	while (air->job_n > 0)
		job_remove(air, &air->jobs[0]);
	for (unsigned i = 0; i < air->message_n; i++)
		br_text_finish(&air->messages[i].payload);
}

static void hash_text(const unsigned char hash[BR_PICTURE_HASH_BYTES],
	char ret_text[2 * BR_PICTURE_HASH_BYTES + 1])
{
	for (unsigned i = 0; i < BR_PICTURE_HASH_BYTES; i++)
		(void)snprintf(ret_text + (size_t)2 * i, 3, "%02x", hash[i]);
}

/* Says something with JSON whose " are written as '. */
static void air_say(struct air *air, unsigned ap, const char *rest, const char *json)
{
	struct air_message *message = &air->messages[air->message_n];
	char topic[sizeof(message->topic)];

	br_assert(air->message_n < AIR_MESSAGES);
	message->due_ms = air->shop->boot_ms;
	if (air->delay_ms > 0)
		message->due_ms += (int64_t)(test_random() % (uint64_t)air->delay_ms);
	/* By way of a text of its own: message and name lie in the same struct. */
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/%s", air->aps[ap].name, rest);
	memcpy(message->topic, topic, sizeof(topic));
	br_text_init(&message->payload, BR_BRAP_SEEN_BYTES_MAX);
	br_text_puts(&message->payload, bench_quote(json));
	air->message_n++;
}

void air_ap_state(struct air *air, unsigned ap)
{
	const struct air_ap *point = &air->aps[ap];
	char text[512];

	(void)snprintf(text, sizeof(text),
		"{'on':true,'boot':%u,'win':%u,'q_max':%u,'msg_max':%u,'enc':['raw'%s]}",
		point->boot, point->win, point->q_max, point->msg_max,
		point->raw_only ? "" : ",'zlib12'");
	air_say(air, ap, "state", text);
}

static void types_say(struct air *air, unsigned ap)
{
	char text[1024] = "{'displays':{";

	for (unsigned i = 0; i < BR_ARRAY_LEN(displays); i++) {
		const struct br_display *display = &displays[i].display;
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n,
			"%s'%s':{'w':%u,'h':%u,'bpp':%u,'planes':%u,'rot':%u}", i > 0 ? "," : "",
			displays[i].name, display->w, display->h, br_display_planes(display),
			br_display_planes(display), display->rotation);
	}
	(void)strcat(text, "}}");
	air_say(air, ap, "types", text);
}

unsigned air_ap_add(struct air *air, const char *name, unsigned win)
{
	unsigned ap = air->ap_n++;
	struct air_ap *point = &air->aps[ap];

	br_assert(ap < AIR_APS);
	*point = (struct air_ap){.on = true, .boot = 7 + ap, .win = win};
	(void)snprintf(point->name, sizeof(point->name), "%s", name);
	types_say(air, ap);
	air_ap_state(air, ap);
	return ap;
}

void air_ap_restart(struct air *air, unsigned ap)
{
	struct air_ap *point = &air->aps[ap];

	for (unsigned i = air->job_n; i-- > 0;)
		if (air->jobs[i].ap == ap)
			job_remove(air, &air->jobs[i]);
	point->boot++;
	point->on = true;
	point->ended_n = 0;
	memset(point->newest, 0, sizeof(point->newest));
	air_ap_state(air, ap);
}

void air_ap_off(struct air *air, unsigned ap)
{
	air->aps[ap].on = false;
	air_say(air, ap, "state", "{'on':false}");
}

void air_retained(struct air *air)
{
	/* A node that starts anew does not remember which revision was reported last. */
	for (unsigned i = 0; i < air->label_n; i++)
		air->labels[i].known_rev = 0;
	for (unsigned ap = 0; ap < air->ap_n; ap++) {
		types_say(air, ap);
		if (air->aps[ap].on)
			air_ap_state(air, ap);
		else
			air_ap_off(air, ap);
	}
}

struct air_label *air_label_add(struct air *air, const char *id, const char *type)
{
	struct air_label *label = &air->labels[air->label_n++];

	br_assert(air->label_n <= AIR_LABELS);
	*label = (struct air_label){.blank = true, .check_in_ms = air->shop->boot_ms};
	(void)snprintf(label->id, sizeof(label->id), "%s", id);
	for (unsigned i = 0; i < AIR_APS; i++)
		label->rssi[i] = i == 0 ? -60 : INT32_MIN;
	for (unsigned i = 0; i < BR_ARRAY_LEN(displays); i++) {
		if (strcmp(displays[i].name, type) != 0)
			continue;
		label->type = displays[i].name;
		label->display = displays[i].display;
	}
	br_assert(label->type != NULL);
	return label;
}

struct air_label *air_label_find(struct air *air, const char *id)
{
	for (unsigned i = 0; i < air->label_n; i++)
		if (strcmp(air->labels[i].id, id) == 0)
			return &air->labels[i];
	return NULL;
}

/* What a message tells the node of a label's glass. */
static void known_set(struct air_label *label, const struct br_json *shown, uint64_t rev)
{
	struct br_str text;

	if (rev > 0 && rev < label->known_rev)
		return;
	if (rev > 0)
		label->known_rev = rev;
	label->is_known = true;
	memset(label->known, 0, sizeof(label->known));
	if (!br_json_string(shown, &text))
		return;
	for (unsigned i = 0; i < BR_PICTURE_HASH_BYTES; i++)
		REQUIRE(sscanf(text.s + (size_t)2 * i, "%2hhx", &label->known[i]) == 1);
}

static void news_note(struct air *air, const struct air_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str word, id;
	int64_t rev, msg_max;

	REQUIRE(br_json_parse(br_text_str(&message->payload), &root, NULL) == 0);
	for (unsigned ap = 0; ap < air->ap_n; ap++)
		if (strncmp(message->topic + 7, air->aps[ap].name, 4) == 0 &&
			br_json_i64(br_json_member(root, "msg_max"), &msg_max))
			air->aps[ap].told_msg_max = (uint32_t)msg_max;
	BR_JSON_EACH (entry, root) {
		char name[BR_BRAP_LABEL_BYTES];

		if (br_json_string(br_json_member(entry, "l"), &id) &&
			br_str_copy(id, name, sizeof(name)))
			known_set(air_label_find(air, name), br_json_member(entry, "shown"), 0);
	}
	if (br_json_string(br_json_member(root, "st"), &word) && br_str_is(word, "shown") &&
		br_json_i64(br_json_member(root, "rev"), &rev))
		known_set(air_label_find(air, strrchr(message->topic, '/') + 1),
			br_json_member(root, "shown"), (uint64_t)rev);
}

bool air_deliver(struct air *air)
{
	unsigned best = air->message_n;
	struct air_message taken;
	struct br_message message = {.qos = 1};

	for (unsigned i = 0; i < air->message_n; i++)
		if (air->messages[i].due_ms <= air->shop->boot_ms &&
			(best == air->message_n ||
				air->messages[i].due_ms < air->messages[best].due_ms))
			best = i;
	if (best == air->message_n || !air->shop->connected)
		return false;
	taken = air->messages[best];
	memmove(&air->messages[best], &air->messages[best + 1],
		(--air->message_n - best) * sizeof(taken));
	news_note(air, &taken);
	message.topic = br_str_from(taken.topic);
	message.payload = br_text_str(&taken.payload);
	br_labels_message(air->shop->labels, &message);
	br_text_finish(&taken.payload);
	return true;
}

static void ack_say(struct air *air, unsigned ap, const struct air_label *label, const char *job,
	uint64_t rev, const char *status, const char *more)
{
	char text[512], topic[64];

	if (air->mute || chance(air->lose_acks))
		return;
	(void)snprintf(text, sizeof(text), "{'job':'%s','rev':%" PRIu64 ",'st':'%s'%s}", job, rev,
		status, more);
	(void)snprintf(topic, sizeof(topic), "ack/%s", label->id);
	air_say(air, ap, topic, text);
	if (chance(air->double_acks))
		air_say(air, ap, topic, text);
}

static void job_say(struct air *air, struct air_job *job, const char *status, const char *more)
{
	job->answered = true;
	ack_say(air, job->ap, job->label, job->id, job->rev, status, more);
}

/* The last word on a job. */
static void job_end(struct air *air, struct air_job *job, const char *status, const char *error)
{
	struct air_ap *ap = &air->aps[job->ap];
	struct air_ended *ended = &ap->ended[ap->ended_n++ % AIR_ENDED];
	char more[96] = "", hash[2 * BR_PICTURE_HASH_BYTES + 1];

	hash_text(job->hash, hash);
	if (strcmp(status, "shown") == 0)
		(void)snprintf(more, sizeof(more), ",'shown':'%s'", hash);
	else if (error[0] != '\0')
		(void)snprintf(more, sizeof(more), ",'err':'%s','retry_s':20", error);
	job_say(air, job, status, more);
	*ended = (struct air_ended){.status = status, .rev = job->rev};
	memcpy(ended->id, job->id, sizeof(ended->id));
	memcpy(ended->hash, job->hash, sizeof(ended->hash));
	job_remove(air, job);
}

void air_ack(struct air *air, const struct air_label *label, const char *status, const char *more)
{
	for (unsigned i = air->job_n; i-- > 0;)
		if (air->jobs[i].label == label) {
			job_say(air, &air->jobs[i], status, more);
			return;
		}
	ack_say(air, 0, label, air->last_job, air->last_rev, status, more);
}

static struct air_job *job_find(struct air *air, unsigned ap, const char *id)
{
	for (unsigned i = 0; i < air->job_n; i++)
		if (air->jobs[i].ap == ap && strcmp(air->jobs[i].id, id) == 0)
			return &air->jobs[i];
	return NULL;
}

/* Splits what is framed; the test ends when it is not. */
static struct br_json *header_read(struct br_str payload, struct br_str *ret_rest)
{
	struct br_json *root = NULL;
	size_t n;

	REQUIRE(payload.n > 2);
	n = (size_t)((unsigned char)payload.s[0] << 8 | (unsigned char)payload.s[1]);
	REQUIRE(n <= payload.n - 2);
	REQUIRE(br_json_parse((struct br_str){payload.s + 2, n}, &root, NULL) == 0);
	*ret_rest = (struct br_str){payload.s + 2 + n, payload.n - 2 - n};
	return root;
}

static int64_t header_number(const struct br_json *root, const char *name)
{
	int64_t number = 0;

	REQUIRE(br_json_i64(br_json_member(root, name), &number));
	return number;
}

/* All bytes are there: they must be the picture that the hash names. */
static void picture_check(struct air *air, struct air_job *job)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	unsigned char digest[BR_SHA256_BYTES];
	struct br_fault fault = {""};
	struct br_text raw;
	int result;

	if (job->whole || job->bytes.n < job->picture_bytes)
		return;
	CHECK_INT(job->bytes.n, job->picture_bytes);
	result = br_decode_picture(
		br_text_str(&job->bytes), job->encoding, &job->label->display, &picture, &fault);
	CHECK_TEXT(fault.text, "");
	REQUIRE(result == 0);
	br_text_init(&raw, BR_ENCODED_BYTES_MAX);
	REQUIRE(br_encode_picture(picture, BR_ENCODING_RAW, &raw) == 0);
	br_sha256(raw.bytes, raw.n, digest);
	br_text_finish(&raw);
	CHECK(memcmp(digest, job->hash, sizeof(job->hash)) == 0);
	job->whole = true;
	job_say(air, job, "queued", "");
}

static void job_fill(struct air_job *job, const struct br_json *root)
{
	const struct br_display *display = &job->label->display;
	struct br_str text;

	job->rev = (uint64_t)header_number(root, "rev");
	job->picture_bytes = (size_t)header_number(root, "len");
	CHECK_INT(header_number(root, "w"), display->w);
	CHECK_INT(header_number(root, "h"), display->h);
	CHECK_INT(header_number(root, "bpp"), br_display_planes(display));
	REQUIRE(br_json_string(br_json_member(root, "enc"), &text));
	REQUIRE(br_encoding_find(text, &job->encoding));
	REQUIRE(br_json_string(br_json_member(root, "sha256"), &text) && text.n == 32);
	for (unsigned i = 0; i < BR_PICTURE_HASH_BYTES; i++)
		REQUIRE(sscanf(text.s + (size_t)2 * i, "%2hhx", &job->hash[i]) == 1);
}

/* What no access point may be asked for. */
static void job_check(struct air *air, const struct air_job *job)
{
	const struct air_label *label = job->label;
	unsigned unanswered = 0;

	for (unsigned i = 0; i < air->job_n; i++)
		unanswered += air->jobs[i].ap == job->ap && !air->jobs[i].answered;
	CHECK(air->lenient || unanswered <= air->aps[job->ap].win);
	CHECK(!label->is_known || memcmp(label->known, job->hash, sizeof(job->hash)) != 0);
	air->needless += !label->blank && memcmp(label->shown, job->hash, sizeof(job->hash)) == 0;
}

/* True for a job that was there before: it is told how it stands. */
static bool is_duplicate(struct air *air, unsigned ap, struct air_label *label, const char *id)
{
	const struct air_ap *point = &air->aps[ap];
	struct air_job *job = job_find(air, ap, id);
	char more[96], hash[2 * BR_PICTURE_HASH_BYTES + 1];

	air->resent += job != NULL;
	if (job != NULL) {
		if (job->whole)
			job_say(air, job, "queued", "");
		else
			br_text_clear(&job->bytes);
		return true;
	}
	for (unsigned i = 0; i < AIR_ENDED && i < point->ended_n; i++) {
		const struct air_ended *ended = &point->ended[i];

		if (strcmp(ended->id, id) != 0)
			continue;
		hash_text(ended->hash, hash);
		(void)snprintf(more, sizeof(more), ",'shown':'%s'", hash);
		ack_say(air, ap, label, id, ended->rev, ended->status,
			strcmp(ended->status, "shown") == 0 ? more : "");
		return true;
	}
	return false;
}

static const char *refusal_choose(struct air *air, const struct air_job *job)
{
	static const char *const errors[] = {"no_space", "bad_hash", "bad_type", "bad_enc", "radio",
		"timeout", "low_batt", "busy", "expired", "unsupported", "no_label", "what"};
	const struct air_ap *ap = &air->aps[job->ap];
	unsigned held = 0;

	for (unsigned i = 0; i < air->job_n; i++)
		held += air->jobs[i].ap == job->ap && air->jobs[i].label != job->label;
	if (job->label->rssi[job->ap] == INT32_MIN)
		return "no_label";
	if (ap->q_max > 0 && held >= ap->q_max)
		return "no_space";
	if (!chance(air->refuse))
		return NULL;
	return air->refusal != NULL ? air->refusal : errors[test_random() % BR_ARRAY_LEN(errors)];
}

/* Latest wins: false when this one is older than one that was seen. */
static bool newest_wins(struct air *air, const struct air_job *job)
{
	uint64_t *newest = &air->aps[job->ap].newest[job->label - air->labels];

	if (job->rev < *newest)
		return false;
	*newest = job->rev;
	return true;
}

static void others_supersede(
	struct air *air, unsigned ap, const struct air_label *label, const char *id)
{
	for (unsigned i = air->job_n; i-- > 0;)
		if (air->jobs[i].ap == ap && air->jobs[i].label == label &&
			strcmp(air->jobs[i].id, id) != 0)
			job_end(air, &air->jobs[i], "superseded", "");
}

static void job_take(struct air *air, unsigned ap, struct air_label *label, struct br_str payload)
{
	struct br_str rest, id;
	BR_CLEANUP(br_json_cleanup) struct br_json *root = header_read(payload, &rest);
	struct air_job *job = &air->jobs[air->job_n];
	const char *refusal;
	char name[BR_BRAP_JOB_BYTES];

	REQUIRE(br_json_string(br_json_member(root, "job"), &id));
	REQUIRE(br_str_copy(id, name, sizeof(name)));
	if (header_number(root, "boot") != air->aps[ap].boot || is_duplicate(air, ap, label, name))
		return;
	br_assert(air->job_n < AIR_JOBS);
	*job = (struct air_job){.ap = ap, .label = label};
	memcpy(job->id, name, sizeof(job->id));
	br_text_init(&job->bytes, BR_ENCODED_BYTES_MAX);
	job_fill(job, root);
	air->job_n++;
	air->jobs_seen++;
	memcpy(air->last_job, name, sizeof(name));
	memcpy(air->last_hash, job->hash, sizeof(job->hash));
	air->last_rev = job->rev;
	air->last_pri = header_number(root, "pri");
	air->last_encoding = job->encoding;
	job_check(air, job);
	refusal = refusal_choose(air, job);
	if (refusal != NULL) {
		job_end(air, job, "refused", refusal);
		return;
	}
	if (!newest_wins(air, job)) {
		job_end(air, job, "superseded", "");
		return;
	}
	others_supersede(air, ap, label, name);
	job = job_find(air, ap, name);
	br_text_add_str(&job->bytes, rest);
	picture_check(air, job);
}

static void part_take(struct air *air, unsigned ap, unsigned part, struct br_str payload)
{
	struct br_str rest, id;
	BR_CLEANUP(br_json_cleanup) struct br_json *root = header_read(payload, &rest);
	struct air_job *job;
	char name[BR_BRAP_JOB_BYTES];

	air->parts_seen++;
	REQUIRE(br_json_string(br_json_member(root, "job"), &id));
	REQUIRE(br_str_copy(id, name, sizeof(name)));
	CHECK(payload.n <= BR_BRAP_PART_BYTES);
	job = job_find(air, ap, name);
	if (job == NULL || job->whole)
		return;
	CHECK((part == 0) == (job->bytes.n == 0));
	br_text_add_str(&job->bytes, rest);
	picture_check(air, job);
}

static void command_take(struct air *air, unsigned ap, struct br_str payload)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct air_job *job = NULL;
	char name[BR_BRAP_JOB_BYTES] = "";
	struct br_str id, op;

	REQUIRE(br_json_parse(payload, &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "op"), &op) && br_str_is(op, "cancel"));
	REQUIRE(br_json_string(br_json_member(root, "job"), &id));
	REQUIRE(br_str_copy(id, name, sizeof(name)));
	air->cancels_seen++;
	job = job_find(air, ap, name);
	if (job != NULL)
		job_end(air, job, "superseded", "");
}

void air_take(struct air *air, const char *topic, struct br_str payload)
{
	char name[33], what[8], label[17];
	unsigned part, ap = 0;
	int n = sscanf(topic, "brap/1/%32[^/]/%7[^/]/%16[^/]/%u", name, what, label, &part);

	REQUIRE(n >= 3);
	while (ap < air->ap_n && strcmp(air->aps[ap].name, name) != 0)
		ap++;
	REQUIRE(ap < air->ap_n && air_label_find(air, label) != NULL);
	if (!air->aps[ap].on)
		return;
	CHECK(air->aps[ap].told_msg_max == 0 || payload.n <= air->aps[ap].told_msg_max);
	if (strcmp(what, "cmd") == 0)
		command_take(air, ap, payload);
	else if (n == 4)
		part_take(air, ap, part, payload);
	else
		job_take(air, ap, air_label_find(air, label), payload);
}

static void seen_say(struct air *air, unsigned ap, const struct air_label *label)
{
	char text[256], hash[2 * BR_PICTURE_HASH_BYTES + 1];
	unsigned pending = 0;

	for (unsigned i = 0; i < air->job_n; i++)
		pending += air->jobs[i].ap == ap && air->jobs[i].label == label;
	hash_text(label->shown, hash);
	(void)snprintf(text, sizeof(text),
		"[{'l':'%s','type':'%s','rssi':%d,'mv':2900,'tc':21,'next':%d,'shown':%s%s%s,"
		"'pend':%u}]",
		label->id, label->type, label->rssi[ap], AIR_CHECK_IN_MS / 1000,
		label->blank ? "" : "'", label->blank ? "null" : hash, label->blank ? "" : "'",
		pending);
	air_say(air, ap, "seen", text);
}

/* The label takes the job off its access point, or the air swallows it. */
static void job_serve(struct air *air, struct air_job *job)
{
	struct air_label *label = job->label;

	job_say(air, job, "sending", "");
	if (chance(air->radio_loss)) {
		if (++job->tries == 3)
			job_end(air, job, "failed", "radio");
		else
			job_say(air, job, "queued", "");
		return;
	}
	memcpy(label->shown, job->hash, sizeof(label->shown));
	label->blank = false;
	label->pictures++;
	job_end(air, job, "shown", "");
}

void air_check_in(struct air *air, struct air_label *label)
{
	label->check_in_ms = air->shop->boot_ms + AIR_CHECK_IN_MS;
	for (unsigned ap = 0; ap < air->ap_n; ap++)
		if (air->aps[ap].on && label->rssi[ap] != INT32_MIN)
			seen_say(air, ap, label);
	for (unsigned i = air->job_n; i-- > 0;) {
		struct air_job *job = &air->jobs[i];

		if (job->label == label && job->whole && air->aps[job->ap].on &&
			label->rssi[job->ap] != INT32_MIN)
			job_serve(air, job);
	}
}

void air_pass(struct air *air)
{
	for (unsigned i = 0; i < air->label_n; i++)
		if (!air->labels[i].silent && air->labels[i].check_in_ms <= air->shop->boot_ms)
			air_check_in(air, &air->labels[i]);
}
