/*
 * The command-line tool: `backroom <noun> <verb> [ARGUMENT…] [--json]`.
 *
 * Each verb is one row of the table in tool.c and one function in a tool_<noun>.c. Text for people
 * by default, JSON for programs with --json; errors on standard error say what to do next. Exit
 * codes: 0 done, 1 it did not work or something is wrong with the store, 2 the words of the call
 * are off.
 *
 * Verbs that ask or change the store talk to the running daemon over its API, by the unix socket in
 * the configuration; `verify`, `backup` and `restore` work on the files when no daemon runs.
 */
#pragma once

#include <stdbool.h>

#include "node/config.h"
#include "node/error.h"
#include "node/json.h"
#include "node/text.h"

#define BR_TOOL_BODY_BYTES_MAX (64u << 20)

struct br_tool {
	struct br_config config;
	const char *config_path;
	bool config_read;
	struct br_fault config_fault; /* when the configuration could not be read */
	const char *url;	      /* --url: instead of the socket; NULL = the socket */
	bool json, force, quiet;
	const char *limit; /* --limit: 1 to 100000, as text; NULL = the verb's own */
	int argc;	   /* the verb's arguments */
	char **argv;
};

struct br_tool_verb {
	const char *noun, *verb; /* verb "" for a noun that is the verb itself */
	const char *arguments;
	int argument_min, argument_max;
	const char *help;
	int (*run)(struct br_tool *tool); /* the exit code */
};

extern const struct br_tool_verb br_tool_verbs[];
extern const unsigned br_tool_verb_n;

/* The whole program. */
int br_tool_main(int argc, char **argv);

/* Writes the sentence to standard error and returns 1. */
int br_tool_fail(const struct br_fault *fault);

/*
 * Asks the daemon: GET when `body` is NULL, else POST. 0 with *ret_json owned by the caller (also
 * for answers of the API that are errors: then negative and the fault is the API's own sentence).
 * BR_E_OFFLINE when no daemon answers, with a sentence that says how to start it.
 */
BR_MUST_CHECK int br_tool_ask(const struct br_tool *tool, const char *path,
	const struct br_str *body, struct br_json **ret_json, struct br_text *raw,
	struct br_fault *fault);

/* Appends `text` percent-encoded for a URL's path or query (RFC 3986, section 2.1). */
void br_tool_url_add(struct br_text *url, struct br_str text);

/* A new random command id: "tool-" and 16 hexadecimal digits. */
BR_MUST_CHECK int br_tool_id(char *buffer, size_t size);

/* True when progress is shown: on a terminal, for people who did not ask for quiet. */
bool br_tool_progress(const struct br_tool *tool);

/* Members for people; "-" when absent. The text lives as long as the JSON. */
const char *br_tool_text(const struct br_json *object, const char *name);

/* A number member as text in a static ring of buffers, "-" when absent. */
const char *br_tool_number(const struct br_json *object, const char *name);

int br_tool_status(struct br_tool *tool);
int br_tool_verify(struct br_tool *tool);
int br_tool_backup(struct br_tool *tool);
int br_tool_restore(struct br_tool *tool);
int br_tool_import_products(struct br_tool *tool);
int br_tool_product_show(struct br_tool *tool);
int br_tool_product_find(struct br_tool *tool);
int br_tool_stock_show(struct br_tool *tool);
int br_tool_stock_move(struct br_tool *tool);
int br_tool_journal_tail(struct br_tool *tool);
int br_tool_command(struct br_tool *tool);
int br_tool_config_check(struct br_tool *tool);
int br_tool_config_show(struct br_tool *tool);
int br_tool_config_man(struct br_tool *tool);
int br_tool_config_bridge(struct br_tool *tool);
int br_tool_contract(struct br_tool *tool);
