/* backroom: the command-line tool. See node/tool.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cloud-sync/bridge.h"
#include "cloud-sync/inbox.h"
#include "node/contract_schema.h"
#include "node/tool.h"
#include "node/version.h"
#include "node/wiring_contract.h"
#include "web-ui/query.h"

#define CALLS_MAX 512
#define QUESTIONS_MAX 256
#define WORDS_BYTES 128
#define VALUE_BYTES 16 /* room for any field's value */

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

/* Where the schemas go, and what went wrong. */
struct schema_folder {
	const char *path;
	struct br_fault fault;
};

static int folder_make(struct schema_folder *folder, const char *below)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, below);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return br_fault_set(&folder->fault, BR_E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

static int schema_file(void *context, const char *name, struct br_str text)
{
	struct schema_folder *folder = context;
	char path[1024];
	bool written;
	FILE *file;

	br_assert(text.n > 0);
	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "we");
	written = file != NULL && fwrite(text.s, 1, text.n, file) == text.n;
	if ((file == NULL || fclose(file) != 0) || !written)
		return br_fault_set(&folder->fault, BR_E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int br_tool_contract_schemas(struct br_tool *tool)
{
	struct schema_folder folder = {.path = tool->argv[0]};
	const struct br_contract_files files = {schema_file, &folder, br_inbox_takes, br_lane_word};
	int result;

	br_assert(tool->argc == 1);
	(void)br_fault_set(&folder.fault, BR_E_MEMORY, "no memory");
	result = folder_make(&folder, "");
	if (result == 0)
		result = folder_make(&folder, "event");
	if (result == 0)
		result = folder_make(&folder, "command");
	if (result == 0)
		result = br_contract_schemas_write(&files, BR_VERSION);
	return result < 0 ? br_tool_fail(&folder.fault) : 0;
}

/* A question's parameters are the fields of a shape, as a command's are: one way to say both. */
struct question {
	struct br_field fields[BR_WEB_PARAMS_MAX];
	struct br_shape shape;
	char words[WORDS_BYTES];
};

static struct br_field parameter_field(const struct br_web_param *param, unsigned index)
{
	static const enum br_field_kind kinds[] = {[BR_WEB_PARAM_TEXT] = BR_FIELD_TEXT,
		[BR_WEB_PARAM_NUMBER] = BR_FIELD_U64,
		[BR_WEB_PARAM_TIME] = BR_FIELD_TIME};

	br_assert(param->kind < BR_ARRAY_LEN(kinds) && param->min >= 0);
	return (struct br_field){.name = param->name,
		.kind = kinds[param->kind],
		.offset = (uint16_t)(index * VALUE_BYTES),
		.required = param->required,
		.min = param->min,
		.max = param->max};
}

/* Words without a name fill what is needed first, then texts; how many and from where has a name.
 */
static bool field_is_word(const struct br_field *field, unsigned pass)
{
	br_assert(field->name != NULL);
	if (pass == 0)
		return field->required;
	return !field->required && field->kind == BR_FIELD_TEXT &&
	       strcmp(field->name, "after") != 0;
}

static void words_write(struct question *question)
{
	size_t n = 0;

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < question->shape.field_n; i++)
			if (field_is_word(&question->fields[i], pass))
				n += (size_t)snprintf(question->words + n, WORDS_BYTES - n, "%s%s",
					n > 0 ? " " : "", question->fields[i].name);
	br_assert(n < WORDS_BYTES);
}

static struct br_call question_call(const struct br_web_query *query, struct question *question)
{
	unsigned n = 0;

	br_assert(query->path != NULL);
	for (; query->params[n].name != NULL; n++)
		question->fields[n] = parameter_field(&query->params[n], n);
	question->shape = (struct br_shape){.name = query->name,
		.version = 1,
		.size = (n + 1) * VALUE_BYTES,
		.fields = question->fields,
		.field_n = n};
	words_write(question);
	return (struct br_call){.name = query->name,
		.help = query->help,
		.words = question->words,
		.shape = &question->shape,
		.path = query->path};
}

/* The commands come first: where both have a name, the command is meant. */
int main(int argc, char **argv)
{
	static struct question questions[QUESTIONS_MAX];
	static struct br_call calls[CALLS_MAX];
	unsigned n = br_call_commands(calls, CALLS_MAX);

	br_assert(br_web_query_n <= QUESTIONS_MAX && n + br_web_query_n <= CALLS_MAX);
	for (unsigned i = 0; i < br_web_query_n; i++)
		calls[n++] = question_call(&br_web_queries[i], &questions[i]);
	return br_tool_main(argc, argv, calls, n);
}
