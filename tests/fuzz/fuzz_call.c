/*
 * Fuzzes what people say to the tool: the first byte chooses a command, every line behind it is a
 * word or name=value. What is taken must be a body that the daemon reads; what is not, is refused
 * with a sentence. Files are left out: the words that name them would be opened.
 */
#include <stdlib.h>
#include <string.h>

#include "node/call.h"
#include "node/command.h"

#define NOW_MS INT64_C(1772359800000)
#define CALLS_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Words of the line, which the caller keeps; false when a file would be opened. */
static bool said_read(struct br_call_said *said, char *line)
{
	char *rest = line, *word;

	while ((word = strsep(&rest, "\n")) != NULL) {
		char *equals = strchr(word, '=');

		if (equals != NULL && said->pair_n < BR_CALL_PAIRS_MAX)
			said->pairs[said->pair_n++] =
				(struct br_call_pair){.name = {word, (size_t)(equals - word)},
					.value = br_str_from(equals + 1)};
		else if (said->word_n < BR_CALL_WORDS_MAX)
			said->words[said->word_n++] = word;
		if (strchr(word, '@') != NULL)
			return false;
	}
	return true;
}

/* The body behind an id and a type, as the daemon gets it. */
static void body_check(const struct br_call *call, struct br_str body)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.now_ms = NOW_MS};
	enum br_refusal refusal;
	struct br_arena arena;
	struct br_text text;

	br_text_init(&text, 4u << 20);
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_text_printf(&text, "{\"id\":\"x\",\"type\":\"%s\",\"data\":", call->name);
	br_text_add_str(&text, body);
	br_text_putc(&text, '}');
	br_assert(br_json_parse(br_text_str(&text), &root, NULL) == 0);
	br_assert(br_command_from_json(root, &arena, &command, &refusal, NULL) == 0);
	br_arena_finish(&arena);
	br_text_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct br_call_said said;
	struct br_call calls[CALLS_MAX];
	unsigned call_n = br_call_commands(calls, CALLS_MAX);
	const struct br_call *call;
	struct br_fault fault = {""};
	struct br_text json;
	char *line;

	if (n == 0 || (line = calloc(1, n)) == NULL)
		return 0;
	memcpy(line, bytes + 1, n - 1);
	call = &calls[bytes[0] % call_n];
	memset(&said, 0, sizeof(said));
	br_text_init(&json, 4u << 20);
	if (said_read(&said, line)) {
		if (br_call_encode(call, &said, NOW_MS, &json, &fault) == 0)
			body_check(call, br_text_str(&json));
		else
			br_assert(fault.text[0] != '\0');
	}
	br_text_finish(&json);
	free(line);
	return 0;
}
