/*
 * The contract as a document: AsyncAPI 3.0 with every channel, command and event.
 *
 * It is written from the same tables that the daemon works from, so it cannot tell another story.
 * `backroom contract` prints it; the copy in the repository is compared with it by a test. JSON is
 * YAML too, so AsyncAPI's tools read it as it is.
 */
#pragma once

#include "node/record.h"

struct br_contract_channel {
	const char *name;    /* key in the document */
	const char *address; /* topic, {parameters} in braces */
	bool receives;	     /* the daemon subscribes; else it publishes */
	int qos;
	bool retain;
	const char *title, *description;
	/* The payload: a shape, or JSON Schema text; both NULL = all events as CloudEvents. */
	const struct br_shape *shape;
	const char *schema;
};

/* Puts line breaks and two blanks a level between the members: for people and for diffs. */
void br_contract_indent(struct br_str json, struct br_text *text);

/* Writes the whole document, indented for people. */
void br_contract_write(struct br_text *text, const char *version,
	const struct br_contract_channel *channels, unsigned channel_n);
