/* The tool's view of the configuration. */
#include <stdio.h>
#include <string.h>

#include "node/json_out.h"
#include "node/tool.h"

/* The text of a document to standard output; the exit code. */
static int text_print(struct br_text *text)
{
	int code = br_text_error(text) == 0 && fputs(text->bytes, stdout) >= 0 ? 0 : 1;

	br_text_finish(text);
	return code;
}

int br_tool_config_check(struct br_tool *tool)
{
	struct br_json_out out;
	struct br_text text;

	br_assert(tool->argc == 0);
	if (!tool->json) {
		if (!tool->config_read)
			return br_tool_fail(&tool->config_fault);
		if (!tool->quiet)
			(void)printf("%s: all right\n", tool->config_path);
		return 0;
	}
	br_text_init(&text, 1 << 16);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "file", tool->config_path);
	br_json_out_bool(&out, "right", tool->config_read);
	if (!tool->config_read)
		br_json_out_puts(&out, "fault", tool->config_fault.text);
	br_json_out_end(&out);
	br_text_putc(&text, '\n');
	return text_print(&text) == 0 && tool->config_read ? 0 : 1;
}

/* {"store":{"id":…},…} by the table's sections. */
static void config_json(const struct br_config *config, struct br_text *text)
{
	const char *section = "";
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];
		const void *field = (const char *)config + key->offset;

		if (strcmp(section, key->section) != 0) {
			if (section[0] != '\0')
				br_json_out_end(&out);
			br_json_out_object(&out, key->section);
		}
		section = key->section;
		if (key->kind == BR_CONFIG_TEXT)
			br_json_out_puts(&out, key->key, field);
		else if (key->kind == BR_CONFIG_FLAG)
			br_json_out_bool(&out, key->key, *(const bool *)field);
		else
			br_json_out_i64(&out, key->key, *(const int64_t *)field);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_text_putc(text, '\n');
}

int br_tool_config_show(struct br_tool *tool)
{
	struct br_text text;

	br_assert(tool->argc == 0);
	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	br_text_init(&text, 1 << 20);
	if (tool->json)
		config_json(&tool->config, &text);
	else
		br_config_write(&tool->config, &text);
	return text_print(&text);
}

int br_tool_config_man(struct br_tool *tool BR_UNUSED)
{
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_config_man(&text);
	return text_print(&text);
}
