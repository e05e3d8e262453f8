/* The tool's view of the configuration. */
#include <stdio.h>

#include "node/tool.h"

int br_tool_config_check(struct br_tool *tool)
{
	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	if (!tool->quiet)
		(void)printf("%s: all right\n", tool->config_path);
	return 0;
}

int br_tool_config_show(struct br_tool *tool)
{
	struct br_text text;

	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	br_text_init(&text, 1 << 20);
	br_config_write(&tool->config, &text);
	(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return 0;
}

int br_tool_config_man(struct br_tool *tool BR_UNUSED)
{
	struct br_text text;

	br_text_init(&text, 1 << 20);
	br_config_man(&text);
	(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return 0;
}
