/* What the tool says about itself: help, nearest names, the man page, what a shell completes. */
#include <stdio.h>
#include <string.h>

#include "node/tool.h"

#define HELP_BYTES_MAX (1u << 20)
#define NAME_BYTES 96
#define USAGE_WIDTH 40

/* Prints and releases; the exit code. */
static int text_show(struct br_text *text, FILE *stream)
{
	int code = br_text_error(text) == 0 && fputs(text->n > 0 ? text->bytes : "", stream) >= 0
			   ? 0
			   : 1;

	br_assert(stream != NULL);
	br_text_finish(text);
	return code;
}

/* "noun verb" of a call, and the noun alone. */
static void call_names(const struct br_call *call, char full[NAME_BYTES], char noun[NAME_BYTES])
{
	char verb[NAME_BYTES];

	br_call_noun(call, noun, NAME_BYTES);
	br_call_verb(call, verb, sizeof(verb));
	br_assert(noun[0] != '\0');
	(void)snprintf(full, NAME_BYTES, "%.40s%s%.40s", noun, verb[0] != '\0' ? " " : "", verb);
}

static void own_print(const struct br_tool_verb *verb, struct br_text *text)
{
	char call[80];

	br_assert(verb->run != NULL);
	(void)snprintf(call, sizeof(call), "%s%s%s %s", verb->noun, verb->verb[0] ? " " : "",
		verb->verb, verb->arguments);
	br_text_printf(text, "  %-*s %s\n", USAGE_WIDTH, call, verb->help);
}

/* What must be said of a call, and behind it or below it what it does. */
static void call_print(const struct br_call *call, struct br_text *text)
{
	const char *help = call->help != NULL ? call->help : "";
	struct br_text usage_line;

	br_text_init(&usage_line, 4096);
	br_call_usage(call, &usage_line);
	br_assert(usage_line.error == 0);
	if (usage_line.n <= USAGE_WIDTH)
		br_text_printf(text, "  %-*s %s\n", USAGE_WIDTH, usage_line.bytes, help);
	else
		br_text_printf(text, "  %s\n  %*s %s\n", usage_line.bytes, USAGE_WIDTH, "", help);
	br_text_finish(&usage_line);
}

/* An own verb hides the call with its name, which says the same with more words. */
static bool call_hidden(const char *full)
{
	char noun[NAME_BYTES], *verb;

	(void)snprintf(noun, sizeof(noun), "%s", full);
	verb = strchr(noun, ' ');
	if (verb == NULL)
		return br_tool_verb_find(noun, "") != NULL;
	*verb++ = '\0';
	br_assert(noun[0] != '\0');
	return br_tool_verb_find(noun, verb) != NULL;
}

/* One line for each verb of the noun; false when nothing has that name. */
static bool noun_print(const struct br_tool *tool, const char *name, struct br_text *text)
{
	char full[NAME_BYTES], noun[NAME_BYTES];
	bool any = false;

	br_assert(name != NULL);
	for (unsigned i = 0; i < br_tool_verb_n; i++)
		if (br_call_is(br_tool_verbs[i].noun, br_str_from(name))) {
			own_print(&br_tool_verbs[i], text);
			any = true;
		}
	for (unsigned i = 0; i < tool->call_n; i++) {
		const struct br_call *call = &tool->calls[i];

		call_names(call, full, noun);
		if (!br_call_is(noun, br_str_from(name)) || call_hidden(full))
			continue;
		call_print(call, text);
		any = true;
	}
	return any;
}

/* True when no call before this one has its noun: so that every noun is met once. */
static bool noun_is_new(const struct br_tool *tool, unsigned index, char noun[NAME_BYTES])
{
	char full[NAME_BYTES], other[NAME_BYTES];

	br_assert(index < tool->call_n);
	call_names(&tool->calls[index], full, noun);
	for (unsigned i = 0; i < index; i++) {
		call_names(&tool->calls[i], full, other);
		if (strcmp(noun, other) == 0)
			return false;
	}
	return true;
}

/* The verbs of one noun in a line; a noun without a verb says what it does. */
static void verbs_print(
	const struct br_tool *tool, unsigned first, const char *noun, struct br_text *text)
{
	char full[NAME_BYTES], other[NAME_BYTES];
	const char *separator = "";

	br_assert(first < tool->call_n);
	for (unsigned i = first; i < tool->call_n; i++) {
		const char *verb;

		call_names(&tool->calls[i], full, other);
		if (strcmp(noun, other) != 0)
			continue;
		verb = full + strlen(noun);
		br_text_printf(
			text, "%s%s", separator, verb[0] != '\0' ? verb + 1 : tool->calls[i].help);
		separator = ", ";
	}
}

static void nouns_print(const struct br_tool *tool, struct br_text *text)
{
	char noun[NAME_BYTES];

	br_assert(tool->call_n > 0);
	for (unsigned i = 0; i < tool->call_n; i++) {
		if (!noun_is_new(tool, i, noun))
			continue;
		br_text_printf(text, "  %-12s ", noun);
		verbs_print(tool, i, noun, text);
		br_text_putc(text, '\n');
	}
}

static const char usage[] = "usage: backroom NOUN VERB [WORD...] [--FIELD VALUE | FIELD=VALUE]... "
			    "[OPTION...]\n\n";

static const char options_text[] =
	"\n"
	"  -c, --config FILE   configuration (default /etc/backroom/backroom.conf)\n"
	"  -u, --url URL       the daemon's address instead of its socket\n"
	"  -j, --json          JSON for programs\n"
	"  -n, --limit N       rows at most\n"
	"      --columns A,B   these columns of a table\n"
	"      --id ID         the command's id, to say a call again without doing it twice\n"
	"      --happened TIME when a command happened, if not now\n"
	"      --dry-run       check a command and print it, or an import; send nothing\n"
	"  -f, --force         restore over a ledger that is there\n"
	"      --from-hq       restore without a backup: the central system fills the ledger\n"
	"  -q, --quiet         no progress\n"
	"  -h, --help          this text; after a noun its verbs, after a verb its fields\n"
	"  -V, --version       the version\n\n"
	"Exit code: 0 done, 1 it did not work or something is wrong, 2 bad call.\n";

static int all_help(const struct br_tool *tool)
{
	struct br_text text;

	br_text_init(&text, HELP_BYTES_MAX);
	br_text_puts(&text, usage);
	for (unsigned i = 0; i < br_tool_verb_n; i++)
		own_print(&br_tool_verbs[i], &text);
	br_text_puts(&text, "\nWhat the store knows and does; see backroom help NOUN and "
			    "backroom NOUN VERB --help:\n\n");
	nouns_print(tool, &text);
	br_assert(text.n > 0);
	br_text_puts(&text, options_text);
	return text_show(&text, stdout);
}

int br_tool_help(const struct br_tool *tool)
{
	struct br_text text;

	br_assert(tool->calls != NULL);
	if (tool->noun == NULL)
		return all_help(tool);
	br_text_init(&text, HELP_BYTES_MAX);
	if (tool->own != NULL) {
		br_text_puts(&text, usage);
		own_print(tool->own, &text);
	}
	if (tool->call != NULL) {
		br_text_puts(&text, tool->own != NULL ? "\nor with fields by name:\n\n" : "");
		br_call_help(tool->call, &text);
	} else if (tool->own == NULL && tool->verb == NULL) {
		br_text_puts(&text, usage);
		if (!noun_print(tool, tool->noun, &text)) {
			br_text_finish(&text);
			return br_tool_unknown(tool);
		}
	} else if (tool->own == NULL) {
		br_text_finish(&text);
		return br_tool_unknown(tool);
	}
	return text_show(&text, stdout);
}

/* Keeps the nearest of the names that were looked at. */
struct nearest {
	struct br_str wanted;
	size_t best;
	char name[NAME_BYTES];
};

static void nearest_look(struct nearest *nearest, const char *name)
{
	size_t far = br_str_distance(nearest->wanted, br_str_from(name));

	br_assert(name[0] != '\0');
	if (far >= nearest->best)
		return;
	nearest->best = far;
	(void)snprintf(nearest->name, sizeof(nearest->name), "%s", name);
}

int br_tool_unknown(const struct br_tool *tool)
{
	char full[NAME_BYTES], noun[NAME_BYTES], wanted[NAME_BYTES];
	struct nearest nearest = {.best = SIZE_MAX};
	struct br_text text;

	br_assert(tool->noun != NULL);
	br_text_init(&text, HELP_BYTES_MAX);
	(void)snprintf(wanted, sizeof(wanted), "%.40s%s%.40s", tool->noun,
		tool->verb != NULL ? " " : "", tool->verb != NULL ? tool->verb : "");
	if (tool->verb == NULL && noun_print(tool, tool->noun, &text)) {
		(void)fprintf(stderr, "backroom: \"%s\" needs a verb; these are there:\n", wanted);
		(void)text_show(&text, stderr);
		return 2;
	}
	nearest.wanted = br_str_from(wanted);
	for (unsigned i = 0; i < br_tool_verb_n; i++) {
		(void)snprintf(full, sizeof(full), "%s%s%s", br_tool_verbs[i].noun,
			br_tool_verbs[i].verb[0] ? " " : "", br_tool_verbs[i].verb);
		nearest_look(&nearest, full);
	}
	for (unsigned i = 0; i < tool->call_n; i++) {
		call_names(&tool->calls[i], full, noun);
		nearest_look(&nearest, full);
	}
	(void)fprintf(stderr, "backroom: no such call \"%s\"", wanted);
	/* What shares hardly a letter was not meant. */
	if (nearest.best <= strlen(wanted) / 2)
		(void)fprintf(stderr, ", the nearest is \"%s\"", nearest.name);
	(void)fprintf(stderr, "; ");
	if (noun_print(tool, tool->noun, &text))
		(void)fprintf(stderr, "these are there:\n");
	else
		(void)fprintf(stderr, "see backroom help\n");
	(void)text_show(&text, stderr);
	return 2;
}

int br_tool_man(struct br_tool *tool)
{
	char full[NAME_BYTES], noun[NAME_BYTES], other[NAME_BYTES];
	struct br_text text;

	br_assert(tool->argc == 0);
	br_text_init(&text, HELP_BYTES_MAX);
	for (unsigned i = 0; i < tool->call_n; i++) {
		if (!noun_is_new(tool, i, noun))
			continue;
		br_text_printf(&text, ".SS %s\n", noun);
		for (unsigned j = i; j < tool->call_n; j++) {
			call_names(&tool->calls[j], full, other);
			if (strcmp(noun, other) == 0)
				br_call_man(&tool->calls[j], &text);
		}
	}
	return text_show(&text, stdout);
}

/* One line a name that begins so, and each name once. */
static void candidate_add(struct br_text *text, const char *name, const char *begin)
{
	struct br_str rest = br_text_str(text);

	br_assert(name != NULL && begin != NULL);
	if (strncmp(name, begin, strlen(begin)) != 0 || name[0] == '\0')
		return;
	while (rest.n > 0)
		if (br_str_is(br_str_split(&rest, '\n'), name))
			return;
	br_text_printf(text, "%s\n", name);
}

static void names_complete(
	const struct br_tool *tool, const char *noun, const char *begin, struct br_text *text)
{
	char there[NAME_BYTES], verb[NAME_BYTES];

	br_assert(begin != NULL);
	for (unsigned i = 0; i < br_tool_verb_n; i++) {
		if (noun == NULL)
			candidate_add(text, br_tool_verbs[i].noun, begin);
		else if (strcmp(noun, br_tool_verbs[i].noun) == 0)
			candidate_add(text, br_tool_verbs[i].verb, begin);
	}
	for (unsigned i = 0; i < tool->call_n; i++) {
		br_call_noun(&tool->calls[i], there, sizeof(there));
		br_call_verb(&tool->calls[i], verb, sizeof(verb));
		if (noun == NULL)
			candidate_add(text, there, begin);
		else if (br_call_is(there, br_str_from(noun)))
			candidate_add(text, verb, begin);
	}
}

int br_tool_complete(const struct br_tool *tool)
{
	const char *const *words = tool->argv;
	const struct br_call *call;
	int argc = tool->argc;
	struct br_text text;

	br_assert(argc >= 0);
	br_text_init(&text, HELP_BYTES_MAX);
	/* What stands before the noun is no part of it: "help", and options with their values. */
	while (argc > 1 && (words[0][0] == '-' || strcmp(words[0], "help") == 0)) {
		bool pair = br_tool_option_takes_value(words[0]) && argc > 2;

		argc -= pair ? 2 : 1;
		words += pair ? 2 : 1;
	}
	call = argc > 2 ? br_call_find(tool->calls, tool->call_n, words[0], words[1]) : NULL;
	if (argc > 0 && argc <= 2)
		names_complete(tool, argc == 2 ? words[0] : NULL, words[argc - 1], &text);
	else if (call != NULL)
		br_call_complete(call, words + 2, (unsigned)argc - 2, &text);
	if (argc == 1)
		candidate_add(&text, "help", words[0]);
	if (argc > 0 && words[argc - 1][0] == '-')
		br_tool_options_write(&text);
	return text_show(&text, stdout);
}
