/* Calls: commands and questions in words, checked by their shapes before anything is sent. */
#include <stdio.h>

#include "node/time.h"
#include "node/tool.h"

/* What is wrong, and what the call is. */
static int refused(const struct br_tool *tool, const struct br_fault *fault)
{
	struct br_text usage;

	br_assert(fault->text[0] != '\0');
	br_text_init(&usage, 1 << 16);
	br_call_usage(tool->call, &usage);
	(void)fprintf(stderr, "backroom: %s\nThe call is: backroom %s\n", fault->text,
		br_text_error(&usage) == 0 ? usage.bytes : tool->call->name);
	br_text_finish(&usage);
	return 2;
}

/* Asks the question and prints the answer; the exit code. */
static int question_ask(struct br_tool *tool, struct br_str body)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *parameters = NULL;
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	struct br_text address, raw;
	struct br_fault fault;
	int result;

	br_assert(tool->call->path != NULL);
	br_text_init(&address, 1 << 16);
	br_text_init(&raw, BR_TOOL_BODY_BYTES_MAX);
	result = br_json_parse(body, &parameters, &fault);
	if (result == 0) {
		br_call_address(tool->call, parameters, &address);
		result = br_text_error(&address);
	}
	if (result == 0)
		result = br_tool_ask(tool, address.bytes, NULL, &answer, &raw, &fault);
	if (result < 0)
		(void)br_tool_fail(&fault);
	else if (tool->json)
		(void)printf("%s", raw.bytes);
	else
		br_tool_rows_print(answer, tool->columns);
	br_text_finish(&address);
	br_text_finish(&raw);
	return result < 0 ? 1 : 0;
}

int br_tool_call(struct br_tool *tool)
{
	const struct br_call *call = tool->call;
	struct br_fault fault;
	struct br_text body;
	int code;

	br_assert(call != NULL);
	if (call->path != NULL && (tool->dry_run || tool->id != NULL || tool->happened != NULL)) {
		(void)br_fault_set(&fault, BR_E_INVALID,
			"--dry-run, --id and --happened are for commands, and this is a question");
		return refused(tool, &fault);
	}
	br_text_init(&body, 4 * BR_CALL_WORD_BYTES_MAX);
	if (br_call_encode(call, &tool->said, br_clock_system.wall_ms(br_clock_system.context),
		    &body, &fault) < 0)
		code = refused(tool, &fault);
	else if (call->path != NULL)
		code = question_ask(tool, br_text_str(&body));
	else
		code = br_tool_send(tool, call->name, br_text_str(&body));
	br_text_finish(&body);
	return code;
}
