#include "node/contract_schema.h"

#include <stdio.h>

#include "node/command.h"
#include "node/contract.h"
#include "node/epcis.h"

#define FILE_BYTES_MAX (1u << 20)
#define PATH_BYTES 96
#define SEQUENCE_PATTERN "^[0-9]{20}$"

/* One file while it is written. */
struct sheet {
	struct br_text json, text;
	struct br_json_out out;
};

static void sheet_begin(struct sheet *sheet)
{
	br_text_init(&sheet->json, FILE_BYTES_MAX);
	br_text_init(&sheet->text, 2 * FILE_BYTES_MAX);
	br_json_out_begin(&sheet->out, &sheet->json);
	br_json_out_object(&sheet->out, NULL);
}

/* Hands the file over, and gives back what it was written in. */
static int sheet_end(struct sheet *sheet, const struct br_contract_files *files, const char *path)
{
	int result;

	br_assert(path[0] != '\0');
	br_json_out_end(&sheet->out);
	result = br_text_error(&sheet->json);
	if (result == 0) {
		br_contract_indent(br_text_str(&sheet->json), &sheet->text);
		result = br_text_error(&sheet->text);
	}
	if (result == 0)
		result = files->file(files->context, path, br_text_str(&sheet->text));
	br_text_finish(&sheet->json);
	br_text_finish(&sheet->text);
	return result;
}

static void head_write(struct sheet *sheet, const char *noun, const char *name, const char *says)
{
	char id[PATH_BYTES];

	br_assert(name[0] != '\0');
	(void)snprintf(id, sizeof(id), "urn:backroom:%s:%s:v1", noun, name);
	br_json_out_puts(&sheet->out, "$schema", "https://json-schema.org/draft/2020-12/schema");
	br_json_out_puts(&sheet->out, "$id", id);
	br_json_out_puts(&sheet->out, "title", name);
	if (says != NULL)
		br_json_out_puts(&sheet->out, "description", says);
	br_json_out_puts(&sheet->out, "type", "object");
}

/* {"type": "string", MORE: VALUE} under the name. */
static void text_member(
	struct br_json_out *out, const char *name, const char *more, const char *value)
{
	br_assert((more == NULL) == (value == NULL));
	br_json_out_object(out, name);
	br_json_out_puts(out, "type", "string");
	if (more != NULL)
		br_json_out_puts(out, more, value);
	br_json_out_end(out);
}

static void const_member(struct br_json_out *out, const char *name, const char *value)
{
	br_json_out_object(out, name);
	br_json_out_puts(out, "const", value);
	br_json_out_end(out);
}

static void id_member(struct br_json_out *out, const char *name)
{
	br_json_out_object(out, name);
	br_json_out_puts(out, "type", "string");
	br_json_out_i64(out, "minLength", 1);
	br_json_out_i64(out, "maxLength", BR_ID_BYTES_MAX);
	br_json_out_end(out);
}

static void required_write(struct br_json_out *out, const char *const *names, unsigned n)
{
	br_assert(n > 0);
	br_json_out_array(out, "required");
	for (unsigned i = 0; i < n; i++)
		br_json_out_puts(out, NULL, names[i]);
	br_json_out_end(out);
}

static int event_write(const struct br_contract_files *files, const struct br_event_type *type)
{
	static const char *const required[] = {"specversion", "id", "source", "type", "subject",
		"time", "recordedtime", "sequence", "commandid", "actor", "datacontenttype",
		"data"};
	char path[PATH_BYTES], name[PATH_BYTES];
	struct sheet sheet;
	struct br_json_out *out = &sheet.out;

	(void)snprintf(path, sizeof(path), "event/%s.json", type->name);
	(void)snprintf(name, sizeof(name), "org.backroom.%s.v1", type->name);
	sheet_begin(&sheet);
	head_write(&sheet, "event", type->name,
		"CloudEvents 1.0, structured JSON. `id` and `sequence` are the number in the "
		"store's journal; `left` tells how many events of the same command follow; "
		"`origin` is the number it had before the store was restored; `hlc` is a hybrid "
		"logical stamp, only for comparing with other nodes.");
	br_json_out_object(out, "properties");
	const_member(out, "specversion", "1.0");
	text_member(out, "id", "pattern", SEQUENCE_PATTERN);
	text_member(out, "source", "pattern", "^/store/[A-Za-z0-9_-]{1,64}$");
	const_member(out, "type", name);
	text_member(out, "subject", NULL, NULL);
	text_member(out, "time", "format", "date-time");
	text_member(out, "recordedtime", "format", "date-time");
	text_member(out, "sequence", "pattern", SEQUENCE_PATTERN);
	text_member(out, "hlc", "pattern", "^[0-9a-f]{16}$");
	id_member(out, "commandid");
	id_member(out, "actor");
	br_json_out_object(out, "left");
	br_json_out_puts(out, "type", "integer");
	br_json_out_i64(out, "minimum", 1);
	br_json_out_end(out);
	text_member(out, "origin", "pattern", SEQUENCE_PATTERN);
	const_member(out, "datacontenttype", "application/json");
	br_record_schema(type->shape, "data", NULL,
		br_epcis_tells((enum br_event_kind)(type - br_event_types)) ? &br_event_beside
									    : NULL,
		out);
	br_json_out_end(out);
	required_write(out, required, BR_ARRAY_LEN(required));
	return sheet_end(&sheet, files, path);
}

static int command_write(const struct br_contract_files *files, const struct br_command_type *type)
{
	static const char *const required[] = {"id", "type", "data"};
	char path[PATH_BYTES];
	struct sheet sheet;
	struct br_json_out *out = &sheet.out;

	br_assert(!type->internal);
	(void)snprintf(path, sizeof(path), "command/%s.json", type->name);
	sheet_begin(&sheet);
	head_write(&sheet, "command", type->name, type->help);
	br_json_out_object(out, "properties");
	br_json_out_object(out, "hq_seq");
	br_json_out_puts(out, "type", "integer");
	br_json_out_i64(out, "minimum", 1);
	br_json_out_puts(out, "description",
		"In a batch from the central system: one more than the command before.");
	br_json_out_end(out);
	id_member(out, "id");
	const_member(out, "type", type->name);
	text_member(out, "happened", "format", "date-time");
	br_record_schema(type->shape, "data", NULL, NULL, out);
	br_json_out_end(out);
	required_write(out, required, BR_ARRAY_LEN(required));
	return sheet_end(&sheet, files, path);
}

static int index_write(const struct br_contract_files *files, const char *version)
{
	struct sheet sheet;
	struct br_json_out *out = &sheet.out;

	br_assert(version[0] != '\0');
	sheet_begin(&sheet);
	br_json_out_puts(out, "version", version);
	br_json_out_object(out, "events");
	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		br_json_out_object(out, br_event_types[i].name);
		/* Without a lane it stays in the store. */
		if (br_event_types[i].lane != BR_LANE_NONE)
			br_json_out_puts(out, "lane", files->lane(br_event_types[i].lane));
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_object(out, "commands");
	for (unsigned i = 0; i < br_command_type_n; i++) {
		const struct br_command_type *type = &br_command_types[i];

		if (type->internal)
			continue;
		br_json_out_object(out, type->name);
		br_json_out_bool(out, "central", files->central(type->name));
		if (type->help != NULL)
			br_json_out_puts(out, "for", type->help);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	return sheet_end(&sheet, files, "index.json");
}

int br_contract_schemas_write(const struct br_contract_files *files, const char *version)
{
	int result = index_write(files, version);

	br_assert(result <= 0);
	for (unsigned i = 0; i < BR_EVENT_N && result == 0; i++)
		result = event_write(files, &br_event_types[i]);
	for (unsigned i = 0; i < br_command_type_n && result == 0; i++)
		if (!br_command_types[i].internal)
			result = command_write(files, &br_command_types[i]);
	return result;
}
