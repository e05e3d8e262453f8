#include "esl/brap.h"

#include <math.h>
#include <string.h>

#include "node/json.h"
#include "node/json_out.h"
#include "node/rules.h"

/* A limit of the access point below this cannot be kept; it is passed over as if it were not said.
 */
#define MSG_BYTES_MIN 1024

const char *const br_brap_status_words[] = {
	"queued", "sending", "shown", "failed", "superseded", "expired", "refused", NULL};

static const char *const event_words[] = {
	"button1", "button2", "nfc", "boot", "lost", "found", "low_batt", "fw_fail"};

/* In the order of the enum. */
static const char *const what_words[] = {
	"state", "types", "seen", "ack", "event", "job", "cmd", NULL};

/* What stands behind the word: nothing, a label, or a label and the number of a job's part. */
static bool rest_read(enum br_brap_what what, struct br_str rest, struct br_str *ret_label)
{
	struct br_str label = br_str_split(&rest, '/');
	int64_t part;

	br_assert(what <= BR_BRAP_CMD);
	if (what < BR_BRAP_ACK)
		return label.n == 0 && rest.n == 0;
	if (!br_rule_label.check(label) ||
		(rest.n > 0 && (what != BR_BRAP_JOB || !br_str_to_i64(rest, &part) || part < 0)))
		return false;
	*ret_label = label;
	return true;
}

bool br_brap_topic_read(struct br_str topic, struct br_brap_topic *ret_topic)
{
	struct br_brap_topic parts = {.what = BR_BRAP_STATE};
	struct br_str rest = topic, word;
	unsigned i = 0;

	if (!br_str_is(br_str_split(&rest, '/'), "brap") ||
		!br_str_is(br_str_split(&rest, '/'), "1"))
		return false;
	parts.ap = br_str_split(&rest, '/');
	if (parts.ap.n == 0 || parts.ap.n > BR_WORD_BYTES_MAX || !br_rule_slug.check(parts.ap))
		return false;
	word = br_str_split(&rest, '/');
	while (what_words[i] != NULL && !br_str_is(word, what_words[i]))
		i++;
	parts.what = (enum br_brap_what)i;
	if (what_words[i] == NULL || !rest_read(parts.what, rest, &parts.label))
		return false;
	br_assert(parts.ap.n > 0 && parts.what <= BR_BRAP_CMD);
	*ret_topic = parts;
	return true;
}

static int payload_parse(
	struct br_str payload, size_t max, struct br_json **ret_root, struct br_fault *fault)
{
	br_assert(max > 0);
	if (payload.n > max)
		return br_fault_set(
			fault, BR_E_TOO_LARGE, "has %zu bytes, allowed are %zu", payload.n, max);
	return br_json_parse(payload, ret_root, fault);
}

static int64_t number_or(
	const struct br_json *object, const char *name, int64_t min, int64_t max, int64_t fallback)
{
	double number;

	br_assert(min <= max);
	if (!br_json_number(br_json_member(object, name), &number) || number < (double)min ||
		number > (double)max)
		return fallback;
	return (int64_t)round(number);
}

static struct br_str text_or_empty(const struct br_json *object, const char *name)
{
	struct br_str text = {NULL, 0};

	if (!br_json_string(br_json_member(object, name), &text) || text.n > BR_WORD_BYTES_MAX)
		return (struct br_str){NULL, 0};
	return text;
}

/* zlib12 when the list has it, else raw, which everybody takes. */
static enum br_encoding encoding_best(const struct br_json *list)
{
	enum br_encoding best = BR_ENCODING_RAW, encoding;

	BR_JSON_EACH (child, list) {
		struct br_str name;

		if (br_json_string(child, &name) && br_encoding_find(name, &encoding) &&
			encoding == BR_ENCODING_ZLIB12)
			best = encoding;
	}
	return best;
}

int br_brap_state_read(
	struct br_str payload, struct br_brap_state *ret_state, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_brap_state state = {.win = 1};
	int result = payload_parse(payload, BR_BRAP_JSON_BYTES_MAX, &root, fault);

	if (result < 0)
		return result;
	if (!br_json_bool(br_json_member(root, "on"), &state.on))
		return br_fault_set(
			fault, BR_E_INVALID, "on: is missing, allowed is true or false");
	state.boot = (uint32_t)number_or(root, "boot", 0, UINT32_MAX, 0);
	state.win = (unsigned)number_or(root, "win", 1, UINT32_MAX, 1);
	if (state.win > BR_BRAP_WIN_MAX)
		state.win = BR_BRAP_WIN_MAX;
	state.q_max = (unsigned)number_or(root, "q_max", 1, 1 << 20, 0);
	state.msg_max = (uint32_t)number_or(root, "msg_max", MSG_BYTES_MIN, UINT32_MAX, 0);
	state.encoding = encoding_best(br_json_member(root, "enc"));
	br_assert(state.win >= 1 && (state.msg_max == 0 || state.msg_max >= MSG_BYTES_MIN));
	*ret_state = state;
	return 0;
}

/* The accent of a display of two planes: yellow when its palette says so, else red. */
static enum br_accent accent_read(const struct br_json *display)
{
	BR_JSON_EACH (child, br_json_member(display, "palette")) {
		struct br_str name;

		if (br_json_string(child, &name) && br_str_is(name, "yellow"))
			return BR_ACCENT_YELLOW;
	}
	return BR_ACCENT_RED;
}

/* False for a display that cannot be: it is not known then, and its labels say so. */
static bool type_read(const struct br_json *json, struct br_brap_type *ret_type)
{
	int64_t planes = number_or(json, "planes", 1, 2, number_or(json, "bpp", 1, 2, 0));
	bool turned = br_json_member(json, "rot") != NULL;
	struct br_brap_type type = {
		.display = {
			.w = (uint16_t)number_or(json, "w", 0, UINT16_MAX, 0),
			.h = (uint16_t)number_or(json, "h", 0, UINT16_MAX, 0),
			.accent = planes == 2 ? accent_read(json) : BR_ACCENT_NONE,
			/* A rotation that cannot be must not pass for none. */
			.rotation = (uint8_t)number_or(json, "rot", 0, 3, turned ? UINT8_MAX : 0),
		}};

	if (planes == 0 || br_json_name(json).n == 0 ||
		!br_str_copy(br_json_name(json), type.name, sizeof(type.name)) ||
		br_display_check(&type.display, NULL) < 0)
		return false;
	br_assert(type.display.w > 0 && type.display.h > 0);
	*ret_type = type;
	return true;
}

int br_brap_types_read(struct br_str payload, struct br_brap_type *types, unsigned *ret_n,
	unsigned *ret_refused, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = payload_parse(payload, BR_BRAP_JSON_BYTES_MAX, &root, fault);
	const struct br_json *displays = br_json_member(root, "displays");
	unsigned n = 0, refused = 0;

	if (result < 0)
		return result;
	if (br_json_kind(displays) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_E_INVALID, "displays: is missing or no object");
	BR_JSON_EACH (child, displays) {
		if (n < BR_BRAP_TYPES_MAX && type_read(child, &types[n]))
			n++;
		else
			refused++;
	}
	br_assert(n <= BR_BRAP_TYPES_MAX);
	*ret_n = n;
	*ret_refused = refused;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A hash or null; false when the member is absent or neither. */
static bool hash_read(const struct br_json *value, unsigned char ret_hash[BR_PICTURE_HASH_BYTES])
{
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	struct br_str text;

	if (br_json_kind(value) == BR_JSON_NULL) {
		memset(ret_hash, 0, BR_PICTURE_HASH_BYTES);
		return true;
	}
	if (!br_json_string(value, &text) || text.n != 2 * sizeof(hash))
		return false;
	for (size_t i = 0; i < sizeof(hash); i++) {
		int high = digit(text.s[2 * i]), low = digit(text.s[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (unsigned char)(high << 4 | low);
	}
	memcpy(ret_hash, hash, sizeof(hash));
	return true;
}

static bool seen_entry_read(const struct br_json *json, struct br_brap_seen *ret_seen)
{
	struct br_str label = text_or_empty(json, "l");
	struct br_brap_seen seen = {
		.rssi = (int32_t)number_or(json, "rssi", -200, 100, BR_BRAP_UNKNOWN),
		.mv = (int32_t)number_or(json, "mv", 0, 100000, BR_BRAP_UNKNOWN),
		.tc = (int32_t)number_or(json, "tc", -100, 150, BR_BRAP_UNKNOWN),
		.next_s = (uint32_t)number_or(json, "next", 0, 7 * 86400, 0),
		.pend = (int32_t)number_or(json, "pend", 0, 1 << 20, BR_BRAP_UNKNOWN),
	};

	if (!br_rule_label.check(label) || !br_str_copy(label, seen.label, sizeof(seen.label)) ||
		!br_str_copy(text_or_empty(json, "type"), seen.type, sizeof(seen.type)))
		return false;
	seen.shows = hash_read(br_json_member(json, "shown"), seen.shown);
	br_assert(seen.label[0] != '\0');
	*ret_seen = seen;
	return true;
}

int br_brap_seen_read(struct br_str payload,
	void (*seen)(void *context, const struct br_brap_seen *seen), void *context,
	unsigned *ret_refused, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = payload_parse(payload, BR_BRAP_SEEN_BYTES_MAX, &root, fault);
	unsigned n = 0;

	if (result < 0)
		return result;
	if (br_json_kind(root) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "is no list of labels");
	*ret_refused = 0;
	BR_JSON_EACH (child, root) {
		struct br_brap_seen entry;

		if (n++ < BR_BRAP_SEEN_MAX && seen_entry_read(child, &entry))
			seen(context, &entry);
		else
			++*ret_refused;
	}
	return 0;
}

int br_brap_ack_read(struct br_str payload, struct br_brap_ack *ret_ack, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_brap_ack ack = {.rev = 0};
	int result = payload_parse(payload, BR_BRAP_JSON_BYTES_MAX, &root, fault);
	struct br_str job, status;
	unsigned i = 0;

	if (result < 0)
		return result;
	if (!br_json_string(br_json_member(root, "job"), &job) || job.n == 0 ||
		!br_str_copy(job, ack.job, sizeof(ack.job)))
		return br_fault_set(fault, BR_E_INVALID, "job: is missing or over 64 bytes");
	status = text_or_empty(root, "st");
	while (br_brap_status_words[i] != NULL && !br_str_is(status, br_brap_status_words[i]))
		i++;
	if (br_brap_status_words[i] == NULL)
		return br_fault_set(fault, BR_E_INVALID,
			"st: \"%.*s\" is unknown, allowed is one of: queued, sending, shown, "
			"failed, "
			"superseded, expired, refused",
			BR_STR_ARG(status));
	ack.status = (enum br_brap_status)i;
	ack.rev = (uint64_t)number_or(root, "rev", 0, INT64_C(1) << 53, 0);
	ack.retry_s = (uint32_t)number_or(root, "retry_s", 0, 86400, 0);
	ack.mv = (int32_t)number_or(root, "mv", 0, 100000, BR_BRAP_UNKNOWN);
	ack.rssi = (int32_t)number_or(root, "rssi", -200, 100, BR_BRAP_UNKNOWN);
	ack.shows = hash_read(br_json_member(root, "shown"), ack.shown);
	if (!br_str_copy(text_or_empty(root, "err"), ack.error, sizeof(ack.error)))
		ack.error[0] = '\0';
	br_assert(ack.job[0] != '\0' && ack.status <= BR_BRAP_REFUSED);
	*ret_ack = ack;
	return 0;
}

int br_brap_event_read(struct br_str payload, enum br_brap_event *ret_event, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = payload_parse(payload, BR_BRAP_JSON_BYTES_MAX, &root, fault);
	struct br_str word;

	if (result < 0)
		return result;
	word = text_or_empty(root, "ev");
	for (unsigned i = 0; i < BR_ARRAY_LEN(event_words); i++) {
		if (br_str_is(word, event_words[i])) {
			*ret_event = (enum br_brap_event)i;
			return 0;
		}
	}
	return br_fault_set(fault, BR_E_INVALID,
		"ev: \"%.*s\" is unknown, allowed is one of: button1, button2, nfc, boot, lost, "
		"found, low_batt, fw_fail",
		BR_STR_ARG(word));
}

/* Begins a header, whose two bytes of length are not known yet; returns where they stand. */
static size_t header_begin(struct br_json_out *out, struct br_text *text, const char *job)
{
	size_t at = text->n;

	br_assert(job[0] != '\0');
	br_text_add(text, "\0\0", 2);
	br_json_out_begin(out, text);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "job", job);
	return at;
}

static void header_end(struct br_json_out *out, size_t at, size_t bytes_max)
{
	struct br_text *text = out->text;
	size_t n;

	br_json_out_end(out);
	if (br_text_error(text) < 0)
		return;
	n = text->n - at - 2;
	br_assert(n > 0 && n + 2 <= bytes_max && n <= UINT16_MAX);
	text->bytes[at] = (char)(n >> 8);
	text->bytes[at + 1] = (char)n;
}

void br_brap_job_write(const struct br_brap_job *job, struct br_str picture, struct br_text *text)
{
	struct br_json_out out;
	size_t at = header_begin(&out, text, job->job);

	br_assert(picture.n == 0 || picture.n == job->picture_bytes);
	br_assert(job->priority <= 3);
	br_json_out_u64(&out, "rev", job->rev);
	br_json_out_u64(&out, "page", 0);
	br_json_out_bool(&out, "show", true);
	br_json_out_u64(&out, "pri", job->priority);
	br_json_out_puts(&out, "enc", br_encoding_text(job->encoding));
	br_json_out_u64(&out, "w", job->display.w);
	br_json_out_u64(&out, "h", job->display.h);
	br_json_out_u64(&out, "bpp", br_display_planes(&job->display));
	br_json_out_u64(&out, "len", job->picture_bytes);
	br_json_out_hex(&out, "sha256", job->hash, BR_PICTURE_HASH_BYTES);
	br_json_out_puts(&out, "refresh", "full");
	br_json_out_u64(&out, "boot", job->boot);
	header_end(&out, at, BR_BRAP_JOB_HEADER_BYTES_MAX);
	br_text_add_str(text, picture);
}

void br_brap_part_write(const struct br_brap_job *job, struct br_str bytes, struct br_text *text)
{
	struct br_json_out out;
	size_t at = header_begin(&out, text, job->job);

	br_assert(bytes.n > 0);
	header_end(&out, at, BR_BRAP_PART_HEADER_BYTES_MAX);
	br_text_add_str(text, bytes);
}

size_t br_brap_part_bytes(size_t picture_bytes, uint32_t msg_max)
{
	size_t message = msg_max < BR_BRAP_PART_BYTES ? msg_max : BR_BRAP_PART_BYTES;

	if (msg_max == 0 || picture_bytes + BR_BRAP_JOB_HEADER_BYTES_MAX <= msg_max)
		return 0;
	br_assert(message > BR_BRAP_PART_HEADER_BYTES_MAX);
	return message - BR_BRAP_PART_HEADER_BYTES_MAX;
}

void br_brap_cancel_write(const char *job, struct br_text *text)
{
	struct br_json_out out;

	br_assert(job[0] != '\0');
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "job", job);
	br_json_out_puts(&out, "op", "cancel");
	br_json_out_end(&out);
}
