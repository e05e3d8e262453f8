/*
 * Calls: the commands and questions of the node as a person says them in words.
 *
 *	backroom order pick o-1 4006381333931 --quantity 2
 *	         ───┬────── ─┬─ ──────┬────── ──────┬─────
 *	         the call    words without a name   a pair
 *
 * Every command type that is not internal is a call (br_call_commands()), and so is every question
 * that the wiring knows. A call has a shape, and everything follows from it: how the words become a
 * body, which of them are refused and with which sentence, the help, the man page, what a shell
 * completes. So a command or a field that is added to its table can be said at once.
 *
 * A name's first part is the noun, the rest the verb. '_' and '-' are the same in verbs, fields and
 * words; "get" is said "show".
 */
#pragma once

#include "node/record.h"

#define BR_CALL_WORD_BYTES_MAX (1u << 20) /* one value, and a file that stands for one */
#define BR_CALL_PAIRS_MAX 512
#define BR_CALL_WORDS_MAX 16

struct br_call {
	const char *name; /* "order.pick" */
	const char *help; /* one sentence; NULL when its table has none */
	/* The fields that words without a name fill; NULL = the required ones, in their order. */
	const char *words;
	const struct br_shape *shape; /* of the command's body, or of the question's parameters */
	const char *path; /* a question's below /api/v1, with one {parameter} at most; NULL = a
			   * command */
};

/* A value with its field's name, such as `--quantity 2` or quantity=2; the texts are borrowed. */
struct br_call_pair {
	struct br_str name;
	struct br_str value;
	bool bare; /* no value was given: for a yes-or-no field this is yes */
};

/* What follows the noun and the verb. */
struct br_call_said {
	const char *words[BR_CALL_WORDS_MAX];
	unsigned word_n;
	struct br_call_pair pairs[BR_CALL_PAIRS_MAX];
	unsigned pair_n;
};

/* Writes one call for each command that people may send; returns how many, at most `max`. */
unsigned br_call_commands(struct br_call *ret_calls, unsigned max);

/* The noun and the verb as people say them: "pick-list", "hand-over"; the verb may be "". */
void br_call_noun(const struct br_call *call, char *buffer, size_t size);
void br_call_verb(const struct br_call *call, char *buffer, size_t size);

/* True when `said` means the name: '-' and '_' are the same. */
bool br_call_is(const char *name, struct br_str said);

/* The call of a noun and a verb ("" for a noun alone); NULL when there is none. */
const struct br_call *br_call_find(
	const struct br_call *calls, unsigned call_n, const char *noun, const char *verb);

/*
 * The field that a name means, in singular or plural for a list ("line" for lines); NULL when there
 * is none.
 */
const struct br_field *br_call_field(const struct br_shape *shape, struct br_str name);

/*
 * Reads a time as people write it: RFC 3339; by the clock on the wall (day.h) "2026-03-01 10:15" or
 * a date, which is its first instant; "now", or a distance from `now_ms` such as +30m, -2h, +3d (s,
 * m, h, d or w). False for anything else.
 */
BR_MUST_CHECK bool br_call_time(struct br_str value, int64_t now_ms, int64_t *ret_ms);

/*
 * Writes the body as a JSON object that br_record_from_json() takes with the call's shape. Numbers
 * and times may stand as people write them. A list is said by its items, each as
 * name=value,name=value (a comma in a value as "\,"), as JSON, or as @FILE with JSON; a single word
 * @FILE is the whole body, and @- is standard input. 0, or BR_E_INVALID with a sentence that names
 * the field and what is allowed.
 */
BR_MUST_CHECK int br_call_encode(const struct br_call *call, const struct br_call_said *said,
	int64_t now_ms, struct br_text *json, struct br_fault *fault);

/* Writes the address below /api/v1 that asks a question, from a body of br_call_encode(). */
void br_call_address(const struct br_call *call, const struct br_json *body, struct br_text *text);

/* Appends `text` percent-encoded for a URL's path or query (RFC 3986, section 2.1). */
void br_call_address_add(struct br_text *url, struct br_str text);

/* Writes one line without its end: "order pick ORDER [--line LINE]…". */
void br_call_usage(const struct br_call *call, struct br_text *text);

/* Writes the call's whole help: its usage, its sentence, every field with type, range and words. */
void br_call_help(const struct br_call *call, struct br_text *text);

/* Writes the call's paragraph of a man page. */
void br_call_man(const struct br_call *call, struct br_text *text);

/*
 * Writes what may stand in place of the last of `words`, one a line: the fields not given yet, or
 * the words of the field before.
 */
void br_call_complete(const struct br_call *call, const char *const *words, unsigned word_n,
	struct br_text *text);
