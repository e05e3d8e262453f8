/* Commands from the tool: any of the contract, and stock movements in a shorter form. */
#include <stdio.h>

#include "node/json_out.h"
#include "node/tool.h"

/* Sends {id, type, data} and prints the answer. */
static int command_send(struct br_tool *tool, const char *type, struct br_str data)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	struct br_text body, raw;
	struct br_json_out out;
	struct br_fault fault;
	struct br_str request, outcome;
	char id[32];
	int code = 0;

	br_assert(data.n > 0);
	if (br_tool_id(id, sizeof(id)) < 0)
		return 1;
	br_text_init(&body, 1 << 20);
	br_text_init(&raw, BR_TOOL_BODY_BYTES_MAX);
	br_json_out_begin(&out, &body);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "id", id);
	br_json_out_puts(&out, "type", type);
	br_json_out_raw(&out, "data", data);
	br_json_out_end(&out);
	request = br_text_str(&body);
	if (br_tool_ask(tool, "/commands", &request, &answer, &raw, &fault) < 0)
		code = br_tool_fail(&fault);
	else if (!br_json_string(br_json_member(answer, "outcome"), &outcome) ||
		 !br_str_is(outcome, "accepted"))
		code = 1;
	if (answer != NULL && tool->json)
		(void)printf("%s\n", raw.bytes);
	else if (answer != NULL && code == 0)
		(void)printf("accepted, sequence %s\n", br_tool_number(answer, "sequence"));
	else if (answer != NULL)
		(void)fprintf(stderr, "backroom: %s: %s\n", br_tool_text(answer, "outcome"),
			br_tool_text(answer, "message"));
	br_text_finish(&body);
	br_text_finish(&raw);
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
	return command_send(tool, tool->argv[0], br_str_from(tool->argv[1]));
}

int br_tool_stock_move(struct br_tool *tool)
{
	struct br_json_out out;
	struct br_text data;
	int64_t quantity;
	int code;

	br_assert(tool->argc >= 3);
	if (!br_str_to_milli(br_str_from(tool->argv[2]), &quantity)) {
		(void)fprintf(stderr, "backroom: \"%s\" is no quantity such as 12 or 0.5\n",
			tool->argv[2]);
		return 2;
	}
	br_text_init(&data, 4096);
	br_json_out_begin(&out, &data);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "sku", tool->argv[0]);
	br_json_out_puts(&out, "kind", tool->argv[1]);
	br_json_out_milli(&out, "quantity", quantity);
	if (tool->argc > 3)
		br_json_out_puts(&out, "reason", tool->argv[3]);
	br_json_out_end(&out);
	if (br_text_error(&data) < 0) {
		(void)fprintf(stderr, "backroom: the arguments are too long\n");
		code = 2;
	} else {
		code = command_send(tool, "stock.move", br_text_str(&data));
	}
	br_text_finish(&data);
	return code;
}
