#include "tests/peers/brap.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "node/time.h"
#include "tests/peers/digest.h"
#include "tests/peers/picture.h"

const struct peer_display peer_displays[PEER_DISPLAYS] = {
	{"bwr29", 296, 128, 2},
	{"bwr42", 400, 300, 2},
	{"bw75", 800, 480, 1},
};

const struct peer_display *peer_display_find(struct br_str type)
{
	for (size_t i = 0; i < PEER_DISPLAYS; i++)
		if (br_str_is(type, peer_displays[i].type))
			return &peer_displays[i];
	return NULL;
}

static void display_write(struct br_json_out *out, const struct peer_display *display)
{
	br_json_out_object(out, display->type);
	br_json_out_u64(out, "w", display->w);
	br_json_out_u64(out, "h", display->h);
	br_json_out_u64(out, "bpp", display->planes);
	br_json_out_u64(out, "planes", display->planes);
	br_json_out_array(out, "palette");
	br_json_out_puts(out, NULL, "white");
	br_json_out_puts(out, NULL, "black");
	if (display->planes == 2)
		br_json_out_puts(out, NULL, "red");
	br_json_out_end(out);
	br_json_out_i64(out, "rot", 0);
	br_json_out_puts(out, "order", "rows");
	br_json_out_array(out, "enc");
	br_json_out_puts(out, NULL, "raw");
	br_json_out_puts(out, NULL, "zlib12");
	br_json_out_end(out);
	br_json_out_bool(out, "led", true);
	br_json_out_i64(out, "btn", 1);
	br_json_out_bool(out, "nfc", true);
	br_json_out_end(out);
}

void peer_brap_types(struct br_text *text)
{
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_object(&out, "displays");
	for (size_t i = 0; i < PEER_DISPLAYS; i++)
		display_write(&out, &peer_displays[i]);
	br_json_out_end(&out);
	br_json_out_end(&out);
}

/* A member that may be absent; false when it is there and is no whole number within the range. */
static bool number(const struct br_json *root, const char *name, int64_t otherwise, int64_t min,
	int64_t max, int64_t *ret_number)
{
	const struct br_json *member = br_json_member(root, name);
	int64_t value = otherwise;

	if (member != NULL && br_json_kind(member) != BR_JSON_NULL &&
		(!br_json_i64(member, &value) || value < min || value > max))
		return false;
	*ret_number = value;
	return true;
}

static bool text(const struct br_json *root, const char *name, char *buffer, size_t size)
{
	struct br_str value = {"", 0};

	(void)!br_json_string(br_json_member(root, name), &value);
	return br_str_copy(value, buffer, size);
}

/* RFC 3339, or unix seconds, or (as it is far too late for seconds) unix milliseconds. */
static bool moment(const struct br_json *root, const char *name, int64_t *ret_ms)
{
	const struct br_json *member = br_json_member(root, name);
	struct br_str value;
	int64_t ms = 0;

	if (br_json_string(member, &value)) {
		if (!br_time_parse(value, &ms))
			return false;
	} else if (!number(root, name, 0, 0, BR_TIME_MAX_MS, &ms)) {
		return false;
	} else if (ms < INT64_C(100000000000)) {
		ms *= 1000;
	}
	*ret_ms = ms;
	return true;
}

/* The JSON header in front of the bytes; NULL when there is none. The caller frees it. */
static struct br_json *header_read(struct br_str payload, struct br_str *ret_rest)
{
	struct br_json *root = NULL;
	size_t n;

	if (payload.n < 4)
		return NULL;
	n = (size_t)(unsigned char)payload.s[0] << 8 | (unsigned char)payload.s[1];
	if (n == 0 || n > PEER_BRAP_JSON_MAX || n > payload.n - 2 || payload.s[2] != '{' ||
		br_json_parse((struct br_str){payload.s + 2, n}, &root, NULL) < 0)
		return NULL;
	*ret_rest = (struct br_str){payload.s + 2 + n, payload.n - 2 - n};
	return root;
}

static bool hash_read(const struct br_json *root, char hash[PEER_BRAP_HASH_BYTES])
{
	if (!text(root, "sha256", hash, PEER_BRAP_HASH_BYTES) ||
		strlen(hash) != PEER_BRAP_HASH_BYTES - 1)
		return false;
	for (char *c = hash; *c != '\0'; c++) {
		if (!isxdigit((unsigned char)*c))
			return false;
		*c = (char)tolower((unsigned char)*c);
	}
	return true;
}

static bool numbers_read(const struct br_json *root, struct peer_brap_job *job)
{
	int64_t page, pri, w, h, bpp, len, boot;

	if (!number(root, "rev", -1, 0, INT64_MAX, &job->rev) || job->rev < 0 ||
		!number(root, "page", 0, 0, PEER_BRAP_PAGES - 1, &page) ||
		!number(root, "pri", 1, 0, 3, &pri) ||
		!number(root, "w", 0, 1, PEER_PICTURE_SIDE_MAX, &w) ||
		!number(root, "h", 0, 1, PEER_PICTURE_SIDE_MAX, &h) ||
		!number(root, "bpp", 0, 1, 2, &bpp) ||
		!number(root, "len", -1, 1, PEER_BRAP_PICTURE_MAX, &len) || len < 0 ||
		!number(root, "boot", -1, 0, UINT32_MAX, &boot))
		return false;
	job->page = (unsigned)page;
	job->pri = (unsigned)pri;
	job->w = (unsigned)w;
	job->h = (unsigned)h;
	job->bpp = (unsigned)bpp;
	job->len = (size_t)len;
	job->has_boot = boot >= 0;
	job->boot = (uint32_t)boot;
	return true;
}

int peer_brap_job_read(struct br_str payload, struct peer_brap_job *ret_job,
	struct br_str *ret_picture, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = header_read(payload, ret_picture);
	char refresh[8];
	bool show = true;

	*ret_job = (struct peer_brap_job){.show = true};
	if (root == NULL)
		return br_fault_set(fault, BR_E_INVALID, "no length and JSON header in front");
	if (!text(root, "job", ret_job->job, sizeof(ret_job->job)) || ret_job->job[0] == '\0')
		return br_fault_set(fault, BR_E_INVALID, "job: 1 to 64 bytes are needed");
	if (!hash_read(root, ret_job->hash))
		return br_fault_set(fault, BR_E_INVALID, "sha256: 32 hex digits are needed");
	if (!numbers_read(root, ret_job))
		return br_fault_set(fault, BR_E_INVALID,
			"rev, page, pri, w, h, bpp, len or boot is out of range");
	if (!moment(root, "at", &ret_job->at_ms) || !moment(root, "exp", &ret_job->exp_ms))
		return br_fault_set(fault, BR_E_INVALID, "at or exp is no time");
	if (!text(root, "enc", ret_job->enc, sizeof(ret_job->enc)) ||
		!text(root, "refresh", refresh, sizeof(refresh)))
		return br_fault_set(fault, BR_E_INVALID, "enc or refresh is too long");
	if (br_json_bool(br_json_member(root, "show"), &show))
		ret_job->show = show;
	ret_job->fast = strcmp(refresh, "fast") == 0;
	return 0;
}

struct br_str peer_brap_part_read(struct br_str payload, char ret_job[65])
{
	struct br_str rest = payload;
	BR_CLEANUP(br_json_cleanup) struct br_json *root = header_read(payload, &rest);

	ret_job[0] = '\0';
	if (root == NULL || !text(root, "job", ret_job, 65) || ret_job[0] == '\0')
		return payload;
	return rest;
}

static enum peer_brap_op op_read(const struct br_json *root)
{
	static const char *const words[] = {
		"led", "page", "wake", "cancel", "forget", "nfc", "fw", "reboot"};
	struct br_str op;

	if (br_json_string(br_json_member(root, "op"), &op))
		for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
			if (br_str_is(op, words[i]))
				return (enum peer_brap_op)i;
	return PEER_OP_UNKNOWN;
}

/* An operation's own members stand beside `op`, or in an object named as the operation. */
static const struct br_json *op_members(const struct br_json *root)
{
	char op[16];
	const struct br_json *inner;

	if (!text(root, "op", op, sizeof(op)))
		return root;
	inner = br_json_member(root, op);
	return br_json_kind(inner) == BR_JSON_OBJECT ? inner : root;
}

int peer_brap_command_read(
	struct br_str payload, struct peer_brap_command *ret_command, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_brap_command command = {.op = PEER_OP_UNKNOWN};
	const struct br_json *members;
	int error;

	if (payload.n > PEER_BRAP_JSON_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "a command has at most %d bytes",
			PEER_BRAP_JSON_MAX);
	error = br_json_parse(payload, &root, fault);
	if (error < 0)
		return error;
	members = op_members(root);
	command.op = op_read(root);
	if (!text(root, "job", command.job, sizeof(command.job)) || command.job[0] == '\0')
		return br_fault_set(fault, BR_E_INVALID, "job: 1 to 64 bytes are needed");
	if (!moment(root, "exp", &command.exp_ms) ||
		!number(members, "n", 0, 0, 1000, &command.page) ||
		!number(members, "every_s", 0, 0, 86400, &command.every_s) ||
		!number(members, "for_s", 0, 0, 86400, &command.for_s) ||
		!number(members, "s", 0, 0, 86400, &command.led_s) ||
		!text(members, "ver", command.version, sizeof(command.version)))
		return br_fault_set(
			fault, BR_E_INVALID, "exp, n, every_s, for_s, s or ver is out of range");
	*ret_command = command;
	return 0;
}

void peer_brap_hash(struct br_str bytes, char ret_hash[PEER_BRAP_HASH_BYTES])
{
	uint8_t digest[PEER_SHA256_BYTES];

	peer_sha256(bytes.s, bytes.n, digest);
	peer_hex(digest, (PEER_BRAP_HASH_BYTES - 1) / 2, ret_hash);
}
