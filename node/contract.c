#include "node/contract.h"

#include <stdio.h>
#include <string.h>

#include "node/command.h"
#include "node/epcis.h"

#define DOCUMENT_BYTES_MAX (4u << 20)

static void info_write(struct br_json_out *out, const char *version)
{
	br_assert(version[0] != '\0');
	br_json_out_puts(out, "asyncapi", "3.0.0");
	br_json_out_object(out, "info");
	br_json_out_puts(out, "title", "Backroom, the edge node of one store");
	br_json_out_puts(out, "version", version);
	br_json_out_puts(out, "description",
		"MQTT inside the store, and over the bridge to the central system. Quantities and "
		"money are decimals with at most 3 places, times RFC 3339 in UTC, ids opaque texts "
		"of 1 to 64 bytes. Whatever must not be lost is answered after the commit and sent "
		"again until then: the broker's acknowledgement proves nothing.");
	br_json_out_object(out, "license");
	br_json_out_puts(out, "name", "Apache-2.0");
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_object(out, "servers");
	br_json_out_object(out, "store");
	br_json_out_puts(out, "host", "127.0.0.1:1883");
	br_json_out_puts(out, "protocol", "mqtt");
	br_json_out_puts(out, "protocolVersion", "3.1.1");
	br_json_out_puts(out, "description", "The store's own Mosquitto.");
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_puts(out, "defaultContentType", "application/json");
}

/* {"<till>": {}} for every {parameter} in the address. */
static void parameters_write(struct br_json_out *out, const char *address)
{
	const char *p = strchr(address, '{');

	if (p == NULL)
		return;
	br_json_out_object(out, "parameters");
	for (; p != NULL; p = strchr(p, '{')) {
		size_t n = strcspn(p, "}") - 1;
		char name[64];

		br_assert(n < sizeof(name));
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
		br_json_out_object(out, name);
		br_json_out_end(out);
		p++;
	}
	br_json_out_end(out);
}

static void payload_write(struct br_json_out *out, const struct br_contract_channel *channel)
{
	br_assert(channel->shape == NULL || channel->schema == NULL);
	if (channel->shape != NULL) {
		br_record_schema(channel->shape, "payload", NULL, NULL, out);
	} else if (channel->schema != NULL) {
		br_json_out_raw(out, "payload", br_str_from(channel->schema));
	} else {
		br_json_out_object(out, "payload");
		br_json_out_puts(out, "$ref", "#/components/schemas/event");
		br_json_out_end(out);
	}
}

static void channel_write(struct br_json_out *out, const struct br_contract_channel *channel)
{
	br_assert(channel->name[0] != '\0' && channel->address[0] != '\0');
	br_json_out_object(out, channel->name);
	br_json_out_puts(out, "address", channel->address);
	br_json_out_puts(out, "title", channel->title);
	br_json_out_puts(out, "description", channel->description);
	parameters_write(out, channel->address);
	br_json_out_object(out, "messages");
	br_json_out_object(out, "message");
	payload_write(out, channel);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
}

static void operation_write(struct br_json_out *out, const struct br_contract_channel *channel)
{
	char reference[128];

	br_assert(channel->qos >= 0 && channel->qos <= 2);
	br_json_out_object(out, channel->name);
	br_json_out_puts(out, "action", channel->receives ? "receive" : "send");
	br_json_out_object(out, "channel");
	(void)snprintf(reference, sizeof(reference), "#/channels/%s", channel->name);
	br_json_out_puts(out, "$ref", reference);
	br_json_out_end(out);
	br_json_out_object(out, "bindings");
	br_json_out_object(out, "mqtt");
	br_json_out_i64(out, "qos", channel->qos);
	br_json_out_bool(out, "retain", channel->retain);
	br_json_out_puts(out, "bindingVersion", "0.2.0");
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
}

static void texts_schema(struct br_json_out *out, const char *const *names, unsigned n)
{
	br_assert(n > 0);
	for (unsigned i = 0; i < n; i++) {
		br_json_out_object(out, names[i]);
		br_json_out_puts(out, "type", "string");
		br_json_out_end(out);
	}
}

/* CloudEvents 1.0 around one of the events' data. */
static void event_schema_write(struct br_json_out *out)
{
	static const char *const attributes[] = {"specversion", "id", "source", "type", "subject",
		"time", "recordedtime", "sequence", "commandid", "actor", "datacontenttype"};

	br_json_out_object(out, "event");
	br_json_out_puts(out, "type", "object");
	br_json_out_puts(out, "description",
		"CloudEvents 1.0, structured JSON. `id` is the journal's sequence with 20 digits; "
		"`type` "
		"is org.backroom.<name>.v1; `data` follows the schema event.<name>.");
	br_json_out_object(out, "properties");
	texts_schema(out, attributes, BR_ARRAY_LEN(attributes));
	texts_schema(out, (const char *const[]){"hlc"}, 1);
	br_json_out_object(out, "data");
	br_json_out_array(out, "oneOf");
	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		char reference[128];

		(void)snprintf(reference, sizeof(reference), "#/components/schemas/event.%s",
			br_event_types[i].name);
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "$ref", reference);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_array(out, "required");
	for (unsigned i = 0; i < BR_ARRAY_LEN(attributes); i++)
		br_json_out_puts(out, NULL, attributes[i]);
	br_json_out_puts(out, NULL, "data");
	br_json_out_end(out);
	br_json_out_end(out);
}

static void answer_schema_write(struct br_json_out *out)
{
	br_json_out_object(out, "answer");
	br_json_out_puts(out, "type", "object");
	br_json_out_object(out, "properties");
	br_json_out_object(out, "outcome");
	br_json_out_array(out, "enum");
	for (unsigned i = 0; br_outcome_words[i] != NULL; i++)
		br_json_out_puts(out, NULL, br_outcome_words[i]);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_object(out, "code");
	br_json_out_array(out, "enum");
	for (unsigned i = 1; br_refusal_words[i] != NULL; i++)
		br_json_out_puts(out, NULL, br_refusal_words[i]);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_end(out);
}

static void schemas_write(struct br_json_out *out)
{
	char name[96];

	br_json_out_object(out, "components");
	br_json_out_object(out, "schemas");
	event_schema_write(out);
	answer_schema_write(out);
	for (unsigned i = 0; i < BR_EVENT_N; i++) {
		const struct br_event_type *type = &br_event_types[i];

		(void)snprintf(name, sizeof(name), "event.%s", type->name);
		br_record_schema(type->shape, name, NULL,
			br_epcis_tells((enum br_event_kind)i) ? &br_event_beside : NULL, out);
	}
	for (unsigned i = 0; i < br_command_type_n; i++) {
		if (br_command_types[i].internal)
			continue;
		(void)snprintf(name, sizeof(name), "command.%s", br_command_types[i].name);
		br_record_schema(
			br_command_types[i].shape, name, br_command_types[i].help, NULL, out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
}

void br_contract_indent(struct br_str json, struct br_text *text)
{
	unsigned depth = 0;
	bool quoted = false, escaped = false;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.s[i];
		bool opens = !quoted && (c == '{' || c == '[');
		bool closes = !quoted && (c == '}' || c == ']');
		bool empty =
			opens && i + 1 < json.n && (json.s[i + 1] == '}' || json.s[i + 1] == ']');

		if (c == '"' && !escaped)
			quoted = !quoted;
		escaped = c == '\\' && !escaped;
		if (closes) {
			br_assert(depth > 0);
			depth--;
			br_text_printf(text, "\n%*s", (int)(2 * depth), "");
		}
		br_text_putc(text, c);
		if (empty) {
			br_text_putc(text, json.s[++i]);
		} else if (opens || (!quoted && c == ',')) {
			depth += opens;
			br_text_printf(text, "\n%*s", (int)(2 * depth), "");
		} else if (!quoted && c == ':') {
			br_text_putc(text, ' ');
		}
	}
	br_assert(depth == 0 && !quoted);
	br_text_putc(text, '\n');
}

void br_contract_write(struct br_text *text, const char *version,
	const struct br_contract_channel *channels, unsigned channel_n)
{
	struct br_json_out out;
	struct br_text json;

	br_assert(channel_n > 0);
	br_text_init(&json, DOCUMENT_BYTES_MAX);
	br_json_out_begin(&out, &json);
	br_json_out_object(&out, NULL);
	info_write(&out, version);
	br_json_out_object(&out, "channels");
	for (unsigned i = 0; i < channel_n; i++)
		channel_write(&out, &channels[i]);
	br_json_out_end(&out);
	br_json_out_object(&out, "operations");
	for (unsigned i = 0; i < channel_n; i++)
		operation_write(&out, &channels[i]);
	br_json_out_end(&out);
	schemas_write(&out);
	br_json_out_end(&out);
	if (br_text_error(&json) == 0)
		br_contract_indent(br_text_str(&json), text);
	else
		text->error = br_text_error(&json);
	br_text_finish(&json);
}
