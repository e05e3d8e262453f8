#include "esl/brap.h"

#include <math.h>
#include <string.h>

#include "node/json.h"
#include "node/json_out.h"
#include "node/rules.h"

const char *const br_brap_status_words[] = {
	"queued", "sending", "shown", "failed", "superseded", "expired", "refused", NULL};

bool br_brap_topic_read(struct br_str topic, struct br_brap_topic *ret_topic)
{
	struct br_str rest = topic;

	if (!br_str_is(br_str_split(&rest, '/'), "brap") ||
		!br_str_is(br_str_split(&rest, '/'), "1"))
		return false;
	ret_topic->ap = br_str_split(&rest, '/');
	ret_topic->what = br_str_split(&rest, '/');
	ret_topic->label = rest;
	if (ret_topic->ap.n == 0 || ret_topic->ap.n > BR_WORD_BYTES_MAX ||
		!br_rule_slug.check(ret_topic->ap))
		return false;
	return rest.n == 0 || br_rule_label.check(rest);
}

static int payload_parse(
	struct br_str payload, size_t max, struct br_json **ret_root, struct br_fault *fault)
{
	if (payload.n > max)
		return br_fault_set(
			fault, BR_E_TOO_LARGE, "has %zu bytes, allowed are %zu", payload.n, max);
	return br_json_parse(payload, ret_root, fault);
}

static int64_t number_or(
	const struct br_json *object, const char *name, int64_t min, int64_t max, int64_t fallback)
{
	double number;

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

int br_brap_state_read(struct br_str payload, struct br_json **ret_root,
	struct br_brap_state *ret_state, struct br_fault *fault)
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
	state.win = (unsigned)number_or(root, "win", 1, 256, 1);
	state.msg_max = (uint32_t)number_or(root, "msg_max", 256, UINT32_MAX, 0);
	state.encoding = encoding_best(br_json_member(root, "enc"));
	state.model = text_or_empty(root, "model");
	state.fw = text_or_empty(root, "fw");
	*ret_state = state;
	*ret_root = BR_TAKE(root);
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

int br_brap_types_read(struct br_str payload, struct br_brap_type *types, unsigned *ret_n,
	unsigned *ret_refused, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = payload_parse(payload, BR_BRAP_JSON_BYTES_MAX, &root, fault);
	const struct br_json *displays = br_json_member(root, "displays");
	unsigned n = 0;

	if (result < 0)
		return result;
	if (br_json_kind(displays) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_E_INVALID, "displays: is missing or no object");
	*ret_refused = 0;
	BR_JSON_EACH (child, displays) {
		struct br_brap_type *type = &types[n];
		int64_t planes = number_or(child, "planes", 1, 2, number_or(child, "bpp", 1, 2, 0));

		if (n == BR_BRAP_TYPES_MAX ||
			!br_str_copy(br_json_name(child), type->name, sizeof(type->name))) {
			++*ret_refused;
			continue;
		}
		type->display = (struct br_display){
			.w = (uint16_t)number_or(child, "w", 0, UINT16_MAX, 0),
			.h = (uint16_t)number_or(child, "h", 0, UINT16_MAX, 0),
			.accent = planes == 2 ? accent_read(child) : BR_ACCENT_NONE,
			.rotation = (uint8_t)number_or(child, "rot", 0, 3, 0),
		};
		if (planes == 0 || br_display_check(&type->display, NULL) < 0)
			++*ret_refused;
		else
			n++;
	}
	*ret_n = n;
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
	};

	if (!br_rule_label.check(label) || !br_str_copy(label, seen.label, sizeof(seen.label)) ||
		!br_str_copy(text_or_empty(json, "type"), seen.type, sizeof(seen.type)))
		return false;
	seen.shows = hash_read(br_json_member(json, "shown"), seen.shown);
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
	*ret_ack = ack;
	return 0;
}

/* Puts the two bytes of length and the header in front. */
static void framed_add(struct br_text *text, const struct br_text *header, struct br_str bytes)
{
	br_assert(br_text_error(header) == 0 && header->n <= UINT16_MAX);
	br_text_putc(text, (char)(header->n >> 8));
	br_text_putc(text, (char)header->n);
	br_text_add_str(text, br_text_str(header));
	br_text_add_str(text, bytes);
}

void br_brap_job_write(const struct br_brap_job *job, struct br_str picture, struct br_text *text)
{
	unsigned planes = br_display_planes(&job->display);
	struct br_text header;
	struct br_json_out out;

	br_text_init(&header, BR_BRAP_JSON_BYTES_MAX);
	br_json_out_begin(&out, &header);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "job", job->job);
	br_json_out_u64(&out, "rev", job->rev);
	br_json_out_u64(&out, "page", 0);
	br_json_out_bool(&out, "show", true);
	br_json_out_u64(&out, "pri", 1);
	br_json_out_puts(&out, "enc", br_encoding_text(job->encoding));
	br_json_out_u64(&out, "w", job->display.w);
	br_json_out_u64(&out, "h", job->display.h);
	br_json_out_u64(&out, "bpp", planes);
	br_json_out_u64(&out, "len", job->picture_bytes);
	br_json_out_hex(&out, "sha256", job->hash, BR_PICTURE_HASH_BYTES);
	br_json_out_puts(&out, "refresh", "full");
	br_json_out_u64(&out, "boot", job->boot);
	br_json_out_end(&out);
	framed_add(text, &header, picture);
	br_text_finish(&header);
}

void br_brap_part_write(const struct br_brap_job *job, struct br_str bytes, struct br_text *text)
{
	struct br_text header;
	struct br_json_out out;

	br_text_init(&header, BR_BRAP_JSON_BYTES_MAX);
	br_json_out_begin(&out, &header);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "job", job->job);
	br_json_out_end(&out);
	framed_add(text, &header, bytes);
	br_text_finish(&header);
}
