/* backroom: the command-line tool. See node/tool.h. */
#include <stdio.h>

#include "cloud-sync/bridge.h"
#include "node/tool.h"

/* The one verb that needs to know an adapter. */
int br_tool_config_bridge(struct br_tool *tool)
{
	struct br_text text;
	struct br_fault fault;
	int result;

	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	br_text_init(&text, 1 << 16);
	result = br_bridge_write(&tool->config, &text, &fault);
	if (result == 0)
		(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return result < 0 ? br_tool_fail(&fault) : 0;
}

int main(int argc, char **argv)
{
	return br_tool_main(argc, argv);
}
