/* The tool's verbs about the link to the central system: they know cloud-sync/. */
#include <inttypes.h>
#include <stdio.h>

#include "cloud-sync/check.h"
#include "node/crypto.h"
#include "node/tool.h"
#include "node/version.h"

#define CHECK_WAIT_MS 8000 /* for each answer: a mobile line may take seconds */

int br_tool_link_check(struct br_tool *tool)
{
	struct br_check_options options = {.config = &tool->config,
		.version = BR_VERSION,
		.known_ms = INT64_C(1000) * BR_BUILT_S,
		.wait_ms = CHECK_WAIT_MS};
	struct br_check_report report;
	struct br_text text;
	uint64_t number;

	br_assert(tool->argc == 0);
	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	if (br_random(&number, sizeof(number)) < 0) {
		(void)fprintf(stderr, "backroom: no random bytes\n");
		return 1;
	}
	(void)snprintf(options.id, sizeof(options.id), "%016" PRIx64, number);
	br_check_run(&options, &report);
	br_text_init(&text, 1 << 16);
	if (tool->json)
		br_check_write_json(&report, &text);
	else
		br_check_write(&report, &text);
	if (br_text_error(&text) == 0)
		(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return br_check_passed(&report) ? 0 : 1;
}
