/*
 * Fuzzes what a browser may send: messages of JSON-RPC, one a line, given to a client's session
 * whose host has no store behind it. Whatever comes, the session answers in JSON or lets go.
 */
/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "web-ui/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static uint64_t last_request;

static int fuzz_command(void *context BR_UNUSED, struct br_session *session BR_UNUSED,
	struct br_json *command, uint64_t request)
{
	br_assert(br_json_kind(command) == BR_JSON_OBJECT);
	br_json_free(command);
	last_request = request;
	return request % 7 == 0 ? BR_E_BUSY : 0;
}

static int fuzz_query(void *context BR_UNUSED, const struct br_web_query *query,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal)
{
	for (unsigned i = 0; query->params[i].name != NULL; i++)
		if (query->params[i].kind == BR_WEB_PARAM_TEXT)
			br_assert(args->texts[i].n <= (size_t)query->params[i].max);
		else
			br_assert(args->numbers[i] <= query->params[i].max);
	if (args->numbers[0] % 3 == 1)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product", "none");
	br_text_puts(text, "{}");
	return 0;
}

static void fuzz_hello(void *context BR_UNUSED, struct br_json_out *out)
{
	br_json_out_object(out, NULL);
	br_json_out_end(out);
}

static uint64_t fuzz_sequence(void *context BR_UNUSED)
{
	return 1000;
}

static bool fuzz_walk(void *context BR_UNUSED, enum br_web_noun noun BR_UNUSED,
	struct br_web_walk *walk, struct br_str *ret_key)
{
	*ret_key = BR_STR("key");
	return walk->phase++ < 3;
}

static int fuzz_row(void *context BR_UNUSED, enum br_web_noun noun BR_UNUSED, struct br_str key,
	struct br_str *ret_row)
{
	br_assert(key.n > 0 && key.n <= BR_WEB_ROW_KEY_BYTES_MAX);
	*ret_row = BR_STR("{\"key\":\"x\"}");
	return 0;
}

static int fuzz_changes(
	void *context BR_UNUSED, enum br_web_noun noun, uint64_t after, struct br_keymap *keys)
{
	br_assert(after <= 1000);
	return noun == BR_WEB_STATUS ? BR_E_UNSUPPORTED : br_keymap_put(keys, BR_STR("key"), 0);
}

/* Writes all that is due; every message must be one JSON object. */
static void session_drain(struct br_session *session, int64_t now_ms)
{
	struct br_text text;

	br_text_init(&text, 2u << 20);
	while (br_session_write(session, now_ms, &text)) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

		br_assert(br_text_error(&text) == 0);
		/* The parser refuses any text with \u0000 in it, and one error message names it. */
		if (memmem(text.bytes, text.n, "\\u0000", 6) == NULL) {
			br_assert(br_json_parse(br_text_str(&text), &root, NULL) == 0);
			br_assert(br_json_kind(root) == BR_JSON_OBJECT);
		}
		br_text_clear(&text);
	}
	br_text_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct br_session_host host = {
		.command = fuzz_command,
		.query = fuzz_query,
		.hello = fuzz_hello,
		.sequence = fuzz_sequence,
		.walk = fuzz_walk,
		.row = fuzz_row,
		.changes = fuzz_changes,
	};
	struct br_answer answer = {.outcome = BR_OUTCOME_ACCEPTED, .sequence = 1};
	struct br_str rest = {(const char *)bytes, n};
	struct br_session *session;
	int64_t now_ms = 1;

	if (n > BR_WEB_FRAME_BYTES_MAX)
		return 0;
	br_assert(br_session_create(&host, 1, "web", &session) == 0);
	while (rest.n > 0) {
		if (!br_session_receive(session, br_str_split(&rest, '\n')))
			break;
		br_session_mark(session, BR_WEB_ORDER, BR_STR("key"));
		br_session_mark_keys(session, BR_WEB_PRODUCT);
		if (now_ms % 7 == 0)
			br_session_renew(session);
		if (last_request > 0)
			br_session_answer(session, last_request, &answer, BR_STR("c"));
		last_request = 0;
		now_ms += 20;
		/* Some clients do not read for a while. */
		if (now_ms % 3 != 0)
			session_drain(session, now_ms);
	}
	session_drain(session, now_ms + 100);
	br_session_destroy(session);
	return 0;
}
