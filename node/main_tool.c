/* backroom: the command-line tool. See node/tool.h. */
#include <stdio.h>

#include "cloud-sync/bridge.h"
#include "node/tool.h"
#include "node/version.h"
#include "node/wiring_contract.h"

/* The verb that needs to know an adapter. */
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

/* And the one that knows them all. */
int br_tool_contract(struct br_tool *tool BR_UNUSED)
{
	struct br_text text;
	int result;

	br_text_init(&text, 8u << 20);
	br_contract_write(&text, BR_VERSION, br_wiring_channels, br_wiring_channel_n);
	result = br_text_error(&text);
	if (result == 0)
		(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	return br_tool_main(argc, argv);
}
