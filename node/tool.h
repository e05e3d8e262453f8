/*
 * The command-line tool: `backroom <noun> <verb> [WORD…] [--field value | field=value]… [--json]`.
 *
 * Two tables say what can be said. The tool's own verbs are rows of br_tool_verbs, with one
 * function each in a tool_<noun>.c. Everything else is a call (node/call.h): all commands of the
 * node and all questions of its API, made from their own tables, so that what is added there can be
 * said here. When both know a noun and a verb, the own one is meant unless fields are given by
 * name.
 *
 * Text for people by default, JSON for programs with --json; errors on standard error say what to
 * do next. Exit codes: 0 done, 1 it did not work or something is wrong with the store, 2 the words
 * of the call are off.
 *
 * Verbs that ask or change the store talk to the running daemon over its API, by the unix socket in
 * the configuration; `verify`, `backup` and `restore` work on the files when no daemon runs.
 */
#pragma once

#include <stdbool.h>

#include "node/call.h"
#include "node/config.h"
#include "node/error.h"
#include "node/json.h"
#include "node/text.h"

#define BR_TOOL_BODY_BYTES_MAX (64u << 20)

struct br_tool_verb;

struct br_tool {
	struct br_config config;
	const char *config_path;
	bool config_read;
	struct br_fault config_fault; /* when the configuration could not be read */
	const char *url;	      /* --url: instead of the socket; NULL = the socket */
	bool json, force, from_hq, quiet, help, version;
	bool complete;	      /* a shell asks what may come next: argv is all that was typed */
	bool dry_run;	      /* --dry-run: check and print, send nothing */
	const char *limit;    /* --limit: 1 to 100, as text; NULL = the verb's own */
	const char *id;	      /* --id: the command's; NULL = a new one */
	const char *happened; /* --happened: when it was; NULL = now */
	const char *columns;  /* --columns: of a table, with commas between; NULL = what fits */
	int argc;	      /* the own verb's arguments: the same as said.words */
	const char *const *argv;

	const char *noun, *verb;	/* as they were said; NULL when they were not */
	const struct br_tool_verb *own; /* the verb that they name, or NULL */
	const struct br_call *call;	/* the call that they name, or NULL */
	struct br_call_said said;	/* what was said beyond them */
	const struct br_call *calls;	/* all there are, in the order of their tables */
	unsigned call_n;
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

/* The whole program, with all calls there are. */
int br_tool_main(int argc, char **argv, const struct br_call *calls, unsigned call_n);

/*
 * Reads the command line into the tool: options, noun, verb, words and fields. False when it is
 * off; the sentence is printed then.
 */
BR_MUST_CHECK bool br_tool_line_read(struct br_tool *tool, int argc, char **argv);

/* True for an option such as "--config" or "-n", whose value is the next word. */
bool br_tool_option_takes_value(const char *word);

/* Writes all options, one a line. */
void br_tool_options_write(struct br_text *text);

/* The own verb of a noun and a verb ("" for a noun alone), or NULL. */
const struct br_tool_verb *br_tool_verb_find(const char *noun, const char *verb);

/* Prints the help for what was said, all of it for a NULL noun; the exit code. */
int br_tool_help(const struct br_tool *tool);

/* Says that nobody knows the noun or the verb, and what is nearest; returns 2. */
int br_tool_unknown(const struct br_tool *tool);

/*
 * Sends {id, type, happened, data} with what the options say, and prints the answer. With --dry-run
 * it prints the command. The exit code.
 */
int br_tool_send(struct br_tool *tool, const char *type, struct br_str data);

/* Sends a command or asks a question as it was said; the exit code. */
int br_tool_call(struct br_tool *tool);

/*
 * Prints an answer of the API for people: {rows: [...]} as a table, anything else member by member.
 * `columns` names the table's columns, NULL takes those that fit the screen.
 */
void br_tool_rows_print(const struct br_json *answer, const char *columns);

/* `backroom complete WORD…`: what may stand in place of the last word, one a line. */
int br_tool_complete(const struct br_tool *tool);

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

/*
 * Requests to one path, several under way at once: for lists that are too long for one. Whoever
 * sends keeps the body until its answer has come. `answered` gets each answer with the number of
 * its flight, which is free again, and may send once more with it; its negative result ends the
 * wait that brought it.
 *
 *	create ──► send, wait for a free flight, send, wait … ──► finish ──► destroy
 */
#define BR_TOOL_FLIGHTS 6
struct br_tool_fleet;
BR_MUST_CHECK int br_tool_fleet_create(const struct br_tool *tool, const char *path,
	int (*answered)(
		void *context, unsigned flight, const struct br_json *root, struct br_fault *fault),
	void *context, struct br_tool_fleet **ret_fleet, struct br_fault *fault);
void br_tool_fleet_destroy(struct br_tool_fleet *fleet);
BR_MUST_CHECK int br_tool_fleet_send(
	struct br_tool_fleet *fleet, unsigned flight, struct br_str body, struct br_fault *fault);
/* Waits until a flight is free. */
BR_MUST_CHECK int br_tool_fleet_wait(
	struct br_tool_fleet *fleet, unsigned *ret_flight, struct br_fault *fault);
/* Waits until all have come back. */
BR_MUST_CHECK int br_tool_fleet_finish(struct br_tool_fleet *fleet, struct br_fault *fault);

/* A new random command id: "tool-" and 16 hexadecimal digits. */
BR_MUST_CHECK int br_tool_id(char *buffer, size_t size);

/* True when progress is shown: on a terminal, for people who did not ask for quiet. */
bool br_tool_progress(const struct br_tool *tool);

/* Members for people; "-" when absent. The text lives as long as the JSON. */
const char *br_tool_text(const struct br_json *object, const char *name);

/* A time as the clock on the wall here shows it: "2026-03-01 10:15:00". False for what is none. */
BR_MUST_CHECK bool br_tool_time_write(struct br_str text, char *ret_text, size_t size);

/* A time member as text in a static ring of buffers, "-" when absent. */
const char *br_tool_time(const struct br_json *object, const char *name);

/* A number as people write it; whole ones, such as sequences, with all their digits. */
void br_tool_number_write(double number, char *buffer, size_t size);

/* A number member as text in a static ring of buffers, "-" when absent. */
const char *br_tool_number(const struct br_json *object, const char *name);

int br_tool_status(struct br_tool *tool);
int br_tool_verify(struct br_tool *tool);
int br_tool_backup(struct br_tool *tool);
int br_tool_restore(struct br_tool *tool);
int br_tool_import(struct br_tool *tool);
int br_tool_export(struct br_tool *tool);
int br_tool_product_show(struct br_tool *tool);
int br_tool_product_find(struct br_tool *tool);
int br_tool_stock_show(struct br_tool *tool);
int br_tool_journal_tail(struct br_tool *tool);
int br_tool_command(struct br_tool *tool);
int br_tool_config_check(struct br_tool *tool);
int br_tool_config_show(struct br_tool *tool);
int br_tool_config_man(struct br_tool *tool);
int br_tool_config_bridge(struct br_tool *tool);
int br_tool_link_check(struct br_tool *tool);
int br_tool_link_switch(struct br_tool *tool);
int br_tool_enrol_code(struct br_tool *tool);
int br_tool_enrol_request(struct br_tool *tool);
int br_tool_enrol_certificate(struct br_tool *tool);
int br_tool_contract(struct br_tool *tool);
int br_tool_contract_schemas(struct br_tool *tool);
int br_tool_man(struct br_tool *tool);
