/* Commands from the tool: any of the contract as JSON, and every one in words. */
#include <stdio.h>
#include <string.h>

#include "node/json_out.h"
#include "node/limits.h"
#include "node/time.h"
#include "node/tool.h"

#define BODY_BYTES_MAX (4u << 20)

/* {id, type, happened?, data}. Returns 0, or 2 with the sentence said. */
static int body_write(struct br_tool *tool, const char *type, const char *id, struct br_str data,
	struct br_text *body)
{
	struct br_json_out out;
	int64_t happened_ms = 0;

	br_assert(data.n > 0);
	if (id[0] == '\0' || strlen(id) > BR_ID_BYTES_MAX || !br_utf8_valid(id, strlen(id))) {
		(void)fprintf(stderr, "backroom: --id: allowed is 1 to %d bytes of UTF-8\n",
			BR_ID_BYTES_MAX);
		return 2;
	}
	if (tool->happened != NULL &&
		!br_call_time(br_str_from(tool->happened),
			br_clock_system.wall_ms(br_clock_system.context), &happened_ms)) {
		(void)fprintf(stderr,
			"backroom: --happened \"%s\": allowed is a time such as "
			"\"2026-03-01 10:15\", 2026-03-01T10:15:00Z or -2h\n",
			tool->happened);
		return 2;
	}
	br_json_out_begin(&out, body);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "id", id);
	br_json_out_puts(&out, "type", type);
	if (tool->happened != NULL)
		br_json_out_time(&out, "happened", happened_ms);
	br_json_out_raw(&out, "data", data);
	br_json_out_end(&out);
	if (br_text_error(body) == 0)
		return 0;
	(void)fprintf(stderr, "backroom: the command is larger than one may be\n");
	return 2;
}

/* The answer for people; the exit code. */
static int answer_print(const struct br_json *answer, const char *id)
{
	const char *outcome = br_tool_text(answer, "outcome");
	const char *sequence = br_tool_number(answer, "sequence");

	br_assert(id[0] != '\0');
	if (strcmp(outcome, "accepted") != 0) {
		(void)fprintf(stderr, "backroom: %s: %s (id %s)\n", outcome,
			br_tool_text(answer, "message"), id);
		return 1;
	}
	if (strcmp(sequence, "-") == 0)
		(void)printf("accepted, nothing had to change (id %s)\n", id);
	else
		(void)printf("accepted, sequence %s (id %s)\n", sequence, id);
	/* It is done, and somebody should know what it means. */
	if (br_json_kind(br_json_member(answer, "warning")) == BR_JSON_STRING)
		(void)printf("but: %s\n", br_tool_text(answer, "warning"));
	return 0;
}

/* Sends the body and prints the answer; the exit code. */
static int body_send(struct br_tool *tool, struct br_str body, const char *id)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	struct br_fault fault;
	struct br_str outcome;
	struct br_text raw;
	int code = 0;

	br_assert(body.n > 0);
	br_text_init(&raw, BR_TOOL_BODY_BYTES_MAX);
	if (br_tool_ask(tool, "/commands", &body, &answer, &raw, &fault) < 0) {
		code = br_tool_fail(&fault);
		/* The answer may have been lost behind the commit. */
		(void)fprintf(stderr,
			"backroom: say it again with --id %s: whatever became of it, it is done "
			"once\n",
			id);
	} else if (tool->json) {
		(void)printf("%s", raw.bytes);
		code = br_json_string(br_json_member(answer, "outcome"), &outcome) &&
				       br_str_is(outcome, "accepted")
			       ? 0
			       : 1;
	} else {
		code = answer_print(answer, id);
	}
	br_text_finish(&raw);
	return code;
}

int br_tool_send(struct br_tool *tool, const char *type, struct br_str data)
{
	struct br_text body;
	char own[32] = "";
	const char *id = tool->id != NULL ? tool->id : own;
	int code;

	br_assert(type[0] != '\0');
	if (tool->id == NULL && br_tool_id(own, sizeof(own)) < 0) {
		(void)fprintf(stderr, "backroom: no random bytes for the command's id\n");
		return 1;
	}
	br_text_init(&body, BODY_BYTES_MAX);
	code = body_write(tool, type, id, data, &body);
	if (code == 0 && tool->dry_run)
		(void)printf("%s\n", body.bytes);
	else if (code == 0)
		code = body_send(tool, br_text_str(&body), id);
	br_text_finish(&body);
	return code;
}

int br_tool_command(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *data = NULL;
	struct br_fault fault;

	br_assert(tool->argc == 2);
	if (br_json_parse(br_str_from(tool->argv[1]), &data, &fault) < 0) {
		br_fault_prefix(&fault, "DATA");
		(void)br_tool_fail(&fault);
		return 2;
	}
	return br_tool_send(tool, tool->argv[0], br_str_from(tool->argv[1]));
}
