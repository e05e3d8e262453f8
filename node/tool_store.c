/* The tool's work on the files: verify, backup, restore. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/backup.h"
#include "node/folder.h"
#include "node/json_out.h"
#include "node/keys.h"
#include "node/machine.h"
#include "node/tables.h"
#include "node/time.h"
#include "node/tool.h"
#include "node/verify.h"
#include "node/version.h"

/* Opens the ledger for reading; fine beside a running daemon. */
static int ledger_open(
	const struct br_tool *tool, struct br_store **ret_store, struct br_fault *fault)
{
	struct br_store_options options = br_ledger_options(true);
	char path[BR_CONFIG_VALUE_BYTES + 16];

	if (!tool->config_read)
		return br_fault_set(fault, BR_E_INVALID, "%s", tool->config_fault.text);
	(void)snprintf(path, sizeof(path), "%s/ledger", tool->config.state_dir);
	return br_store_open(path, &options, ret_store, fault);
}

static void progress_print(void *context, enum br_verify_step step, uint64_t done, uint64_t total)
{
	const struct br_tool *tool = context;

	br_assert(step <= BR_VERIFY_VIEWS && done <= total);
	if (!br_tool_progress(tool))
		return;
	(void)fprintf(stderr, "\r%-10s %llu of %llu   ", br_verify_step_words[step],
		(unsigned long long)done, (unsigned long long)total);
}

static void report_json(const struct br_verify_report *report)
{
	struct br_json_out out;
	struct br_text text;

	br_assert(report->finding_n <= BR_VERIFY_FINDINGS_MAX);
	br_text_init(&text, 1 << 20);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "clean", report->problems == 0);
	br_json_out_u64(&out, "head", report->head);
	br_json_out_u64(&out, "events", report->events);
	br_json_out_u64(&out, "seals", report->seals);
	br_json_out_u64(&out, "rows", report->rows);
	br_json_out_u64(&out, "problems", report->problems);
	br_json_out_bool(&out, "rebuilt", report->rebuilt);
	br_json_out_array(&out, "findings");
	for (unsigned i = 0; i < report->finding_n; i++)
		br_json_out_puts(&out, NULL, report->findings[i]);
	br_json_out_end(&out);
	br_json_out_end(&out);
	(void)printf("%s\n", text.bytes);
	br_text_finish(&text);
}

static void report_print(const struct br_verify_report *report)
{
	br_assert(report->finding_n <= report->problems);
	for (unsigned i = 0; i < report->finding_n; i++)
		(void)printf("  %s\n", report->findings[i]);
	if (report->problems > report->finding_n)
		(void)printf("  and %llu more\n",
			(unsigned long long)(report->problems - report->finding_n));
	(void)printf(
		"%llu events, %llu seals, %llu rows of views: ", (unsigned long long)report->events,
		(unsigned long long)report->seals, (unsigned long long)report->rows);
	if (report->problems == 0)
		(void)puts("clean.");
	else
		(void)printf("%llu problems. Keep this state folder as it is, and restore a backup "
			     "with `backroom restore`.\n",
			(unsigned long long)report->problems);
}

int br_tool_verify(struct br_tool *tool)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	/* The views of a large store may be more than what lies in memory as /tmp. */
	const char *base = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	struct br_path scratch = br_path_in(base, "backroom-verify-XXXXXX");
	struct br_verify_options options = {
		.scratch = scratch.s, .progress = progress_print, .context = tool};
	struct br_verify_report *report = calloc(1, sizeof(*report));
	struct br_fault fault;
	int code = 1;

	br_assert(tool->argc == 0);
	if (report == NULL || mkdtemp(scratch.s) == NULL) {
		(void)fprintf(stderr, "backroom: no folder can be made in %s\n", base);
		free(report);
		return 1;
	}
	if (ledger_open(tool, &store, &fault) < 0 ||
		br_verify(store, &options, report, &fault) < 0) {
		(void)br_tool_fail(&fault);
	} else {
		if (br_tool_progress(tool))
			(void)fprintf(stderr, "\r%40s\r", "");
		if (tool->json)
			report_json(report);
		else
			report_print(report);
		code = report->problems == 0 ? 0 : 1;
	}
	(void)rmdir(scratch.s);
	free(report);
	return code;
}

/* The daemon may know of a later time than the machine's clock: node/timekeeper.h. */
static int64_t now_ms(const struct br_tool *tool)
{
	return br_machine_time_ms(tool->config.state_dir, 0);
}

/* Without a backup only the program's age tells that the clock is wrong. */
static int time_check(const struct br_tool *tool, struct br_fault *fault)
{
	char text[BR_TIME_TEXT_BYTES];

	if (now_ms(tool) >= INT64_C(1000) * BR_BUILT_S)
		return 0;
	br_time_format(now_ms(tool), text);
	return br_fault_set(fault, BR_E_INVALID,
		"this machine's clock is wrong: it says %s; set the clock, then restore", text);
}

static void manifest_json(const char *folder, const struct br_backup_manifest *manifest)
{
	struct br_json_out out;
	struct br_text text;

	br_assert(strlen(manifest->epoch) == 16);
	br_text_init(&text, 1 << 20);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "folder", folder);
	br_json_out_puts(&out, "store", manifest->store);
	br_json_out_puts(&out, "epoch", manifest->epoch);
	br_json_out_u64(&out, "head", manifest->head);
	br_json_out_u64(&out, "bytes", manifest->bytes);
	br_json_out_time(&out, "made", manifest->made_ms);
	br_json_out_end(&out);
	if (br_text_error(&text) == 0)
		(void)printf("%s\n", text.bytes);
	br_text_finish(&text);
}

static void manifest_print(const struct br_tool *tool, const char *folder,
	const struct br_backup_manifest *manifest, const char *what)
{
	char made[BR_TIME_TEXT_BYTES];

	if (tool->json) {
		manifest_json(folder, manifest);
		return;
	}
	br_time_format(manifest->made_ms, made);
	(void)printf("%s %s: store %s up to event %llu, %llu bytes, made %s\n", what, folder,
		manifest->store, (unsigned long long)manifest->head,
		(unsigned long long)manifest->bytes, made);
}

int br_tool_backup(struct br_tool *tool)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL, *keys = NULL;
	struct br_backup_manifest manifest;
	struct br_fault fault;

	br_assert(tool->argc == 1);
	if (ledger_open(tool, &store, &fault) < 0 ||
		br_keys_look(br_path_in(tool->config.state_dir, "keys").s, &keys, &fault) < 0 ||
		br_backup(store, keys, tool->argv[0], br_str_from(tool->config.store_id),
			now_ms(tool), &manifest, &fault) < 0)
		return br_tool_fail(&fault);
	manifest_print(tool, tool->argv[0], &manifest, "Backed up to");
	return 0;
}

int br_tool_restore(struct br_tool *tool)
{
	struct br_backup_manifest manifest;
	struct br_fault fault;

	br_assert(tool->argc <= 1);
	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	if (tool->from_hq == (tool->argc == 1)) {
		(void)br_fault_set(&fault, BR_E_INVALID,
			"restore: either the FOLDER of a backup or --from-hq is needed");
		return br_tool_fail(&fault);
	}
	if (time_check(tool, &fault) < 0)
		return br_tool_fail(&fault);
	if (br_restore(tool->from_hq ? NULL : tool->argv[0], tool->config.state_dir,
		    br_str_from(tool->config.store_id), now_ms(tool), tool->force, &manifest,
		    &fault) < 0)
		return br_tool_fail(&fault);
	if (!tool->from_hq)
		manifest_print(tool, tool->argv[0], &manifest, "Restored from");
	else if (tool->json)
		(void)printf("{\"from_hq\":true}\n");
	else
		(void)printf("An empty ledger is in place. Start the daemon: it gets from the "
			     "central system what that knows of this store (`backroom status` "
			     "shows how far it is).\n");
	return 0;
}
