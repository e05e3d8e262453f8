/*
 * The contract's JSON Schemas (2020-12), one file for each event and each command: for whoever
 * connects another system and wants to check what comes and what goes, or to make types of it.
 *
 *	event/sale.recorded.json	the whole CloudEvent, as it stands in a batch
 *	command/price.set.json		the whole command, as the central system sends it
 *	index.json			all of them, with their lanes and what each is for
 *
 * They are written from the tables that the daemon works from, as the AsyncAPI document is, when
 * the project is built: no copy is kept that could tell another story. Each file stands alone.
 * `backroom contract schemas FOLDER` writes them.
 *
 * A schema is never narrower than the program: what the node writes is valid, and what is not valid
 * the node refuses. It may be wider, where a rule is no matter of form ("the barcode's check digit
 * is wrong"); such a rule stands in the description. Lengths of texts are bytes here and characters
 * there.
 */
#pragma once

#include "node/event.h"
#include "node/str.h"

/* Takes one file: its path below the folder, and its text. Negative ends the writing. */
struct br_contract_files {
	int (*file)(void *context, const char *path, struct br_str text);
	void *context;
	/* True for the name of a command that the central system may send. */
	bool (*central)(const char *type);
	/* The word for a lane. */
	const char *(*lane)(enum br_lane lane);
};

/* 0, what `file` returned, or BR_E_MEMORY. */
BR_MUST_CHECK int br_contract_schemas_write(
	const struct br_contract_files *files, const char *version);
