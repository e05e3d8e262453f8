/* The command line as it was typed: options, noun, verb, words and fields. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "node/tool.h"

#define LIMIT_MAX 100 /* as the API allows for what the own verbs ask */

/* The tool's own options. A field of a call may have the name of one: there it is the field. */
struct option {
	const char *name;
	char letter; /* 0 = none */
	bool value;
	size_t offset; /* of the tool's member: bool, or const char * with a value */
};

static const struct option options[] = {
	{"config", 'c', true, offsetof(struct br_tool, config_path)},
	{"url", 'u', true, offsetof(struct br_tool, url)},
	{"limit", 'n', true, offsetof(struct br_tool, limit)},
	{"id", 0, true, offsetof(struct br_tool, id)},
	{"happened", 0, true, offsetof(struct br_tool, happened)},
	{"columns", 0, true, offsetof(struct br_tool, columns)},
	{"json", 'j', false, offsetof(struct br_tool, json)},
	{"force", 'f', false, offsetof(struct br_tool, force)},
	{"from-hq", 0, false, offsetof(struct br_tool, from_hq)},
	{"quiet", 'q', false, offsetof(struct br_tool, quiet)},
	{"dry-run", 0, false, offsetof(struct br_tool, dry_run)},
	{"help", 'h', false, offsetof(struct br_tool, help)},
	{"version", 'V', false, offsetof(struct br_tool, version)},
};

/* The command line, read word by word. */
struct line {
	struct br_tool *tool;
	int argc, next;
	char **argv;
	bool verb_done; /* what comes now belongs to the call */
};

static const struct option *option_named(struct br_str name, char letter)
{
	br_assert(name.n > 0 || letter != 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(options); i++)
		if (letter != 0 ? options[i].letter == letter : br_call_is(options[i].name, name))
			return &options[i];
	return NULL;
}

bool br_tool_option_takes_value(const char *word)
{
	const struct option *option = NULL;

	br_assert(word != NULL);
	if (strncmp(word, "--", 2) == 0 && word[2] != '\0')
		option = option_named(br_str_from(word + 2), 0);
	else if (word[0] == '-' && word[1] != '\0' && word[2] == '\0')
		option = option_named((struct br_str){NULL, 0}, word[1]);
	return option != NULL && option->value;
}

void br_tool_options_write(struct br_text *text)
{
	br_assert(text != NULL);
	for (unsigned i = 0; i < BR_ARRAY_LEN(options); i++)
		br_text_printf(text, "--%s\n", options[i].name);
}

static bool off(const char *sentence, const char *word)
{
	br_assert(sentence[0] != '\0');
	(void)fprintf(stderr, "backroom: %s: %s\n", word, sentence);
	return false;
}

/* The next word as a value; NULL when there is none. */
static const char *value_next(struct line *line)
{
	br_assert(line->next <= line->argc);
	return line->next < line->argc ? line->argv[line->next++] : NULL;
}

static bool limit_check(const char *text)
{
	int64_t number;

	br_assert(text != NULL);
	if (br_str_to_i64(br_str_from(text), &number) && number >= 1 && number <= LIMIT_MAX)
		return true;
	(void)fprintf(stderr, "backroom: --limit \"%s\": allowed is 1 to %d\n", text, LIMIT_MAX);
	return false;
}

static bool option_set(
	struct line *line, const struct option *option, const char *value, const char *word)
{
	unsigned char *member = (unsigned char *)line->tool + option->offset;

	br_assert(option->offset < sizeof(struct br_tool));
	if (!option->value) {
		*(bool *)member = true;
		return value == NULL || off("takes no value", word);
	}
	if (value == NULL)
		value = value_next(line);
	if (value == NULL)
		return off("needs a value behind it", word);
	*(const char **)member = value;
	return strcmp(option->name, "limit") != 0 || limit_check(value);
}

static bool pair_add(struct line *line, struct br_str name, const char *value)
{
	struct br_call_said *said = &line->tool->said;

	br_assert(said->pair_n <= BR_CALL_PAIRS_MAX);
	if (said->pair_n == BR_CALL_PAIRS_MAX)
		return off("more fields than one call may have", line->argv[line->next - 1]);
	said->pairs[said->pair_n++] = (struct br_call_pair){
		.name = name, .value = br_str_from(value), .bare = value == NULL};
	return true;
}

/* A field without '=': its value is the next word, which for yes or no may be left out. */
static bool field_read(struct line *line, const struct br_field *field, struct br_str name)
{
	const char *next = line->next < line->argc ? line->argv[line->next] : NULL;
	bool truth = field != NULL && field->kind == BR_FIELD_BOOL;

	br_assert(line->next > 0);
	if (next != NULL && strncmp(next, "--", 2) == 0)
		next = NULL;
	if (next != NULL && truth && strcmp(next, "yes") != 0 && strcmp(next, "no") != 0 &&
		strcmp(next, "true") != 0 && strcmp(next, "false") != 0)
		next = NULL;
	line->next += next != NULL;
	return pair_add(line, name, next);
}

/* "--name", "--name=value". */
static bool long_read(struct line *line, const char *word)
{
	const struct br_call *call = line->tool->call;
	const char *equals = strchr(word, '=');
	struct br_str name = {
		word + 2, equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2};
	const struct option *option = name.n > 0 ? option_named(name, 0) : NULL;
	const struct br_field *field = call != NULL ? br_call_field(call->shape, name) : NULL;

	br_assert(word[0] == '-' && word[1] == '-');
	if (option != NULL && (field == NULL || line->tool->own != NULL))
		return option_set(line, option, equals != NULL ? equals + 1 : NULL, word);
	if (call == NULL)
		return off("unrecognized option, see backroom --help", word);
	return equals != NULL ? pair_add(line, name, equals + 1) : field_read(line, field, name);
}

/* "-j", "-jq", "-n5", "-n 5". */
static bool short_read(struct line *line, const char *word)
{
	const struct br_call *call = line->tool->call;

	br_assert(word[0] == '-' && word[1] != '\0');
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct option *option = option_named((struct br_str){NULL, 0}, *letter);
		const char *value = letter[1] != '\0' ? letter + 1 : NULL;
		struct br_str name;

		if (option == NULL)
			return off("unrecognized option, see backroom --help", word);
		if (!option->value) {
			*(bool *)((unsigned char *)line->tool + option->offset) = true;
			continue;
		}
		/* What the call itself has is its own business, whatever its range. */
		name = br_str_from(option->name);
		if (line->tool->own == NULL && call != NULL &&
			br_call_field(call->shape, name) != NULL)
			return pair_add(line, name, value != NULL ? value : value_next(line));
		return option_set(line, option, value, word);
	}
	return true;
}

/* The first words are the noun and, where it has some, the verb. True when the word was one. */
static bool name_take(struct line *line, const char *word)
{
	struct br_tool *tool = line->tool;
	const struct br_tool_verb *own;
	const struct br_call *call;

	br_assert(!line->verb_done);
	if (tool->noun == NULL) {
		tool->help = tool->help || strcmp(word, "help") == 0;
		tool->complete = strcmp(word, "complete") == 0;
		if (tool->complete || strcmp(word, "help") == 0)
			return true;
		tool->noun = word;
		tool->own = br_tool_verb_find(word, "");
		tool->call = br_call_find(tool->calls, tool->call_n, word, "");
		return true;
	}
	line->verb_done = true;
	own = br_tool_verb_find(tool->noun, word);
	call = br_call_find(tool->calls, tool->call_n, tool->noun, word);
	/* A noun that stands alone has arguments behind it, no verbs. */
	if (own == NULL && call == NULL && (tool->own != NULL || tool->call != NULL))
		return false;
	tool->own = own;
	tool->call = call;
	tool->verb = word;
	return true;
}

static bool word_read(struct line *line, const char *word, bool plain)
{
	struct br_call_said *said = &line->tool->said;
	const struct br_call *call = line->tool->call;
	const char *equals = plain ? NULL : strchr(word, '=');
	struct br_str name = {word, equals != NULL ? (size_t)(equals - word) : 0};

	if (!line->verb_done && name_take(line, word))
		return true;
	br_assert(said->word_n <= BR_CALL_WORDS_MAX);
	if (call != NULL && name.n > 0 && br_call_field(call->shape, name) != NULL)
		return pair_add(line, name, equals + 1);
	if (said->word_n == BR_CALL_WORDS_MAX)
		return off("is a word too many", word);
	said->words[said->word_n++] = word;
	return true;
}

bool br_tool_line_read(struct br_tool *tool, int argc, char **argv)
{
	struct line line = {.tool = tool, .argc = argc, .argv = argv, .next = 1};
	bool plain = false, right = true;

	br_assert(argc >= 0 && tool->calls != NULL);
	/* What a shell wants completed is no call yet, and is left as it is. */
	while (right && !tool->complete && line.next < line.argc) {
		const char *word = argv[line.next++];

		if (!plain && strcmp(word, "--") == 0)
			plain = true;
		else if (plain || word[0] != '-' || word[1] == '\0' ||
			 isdigit((unsigned char)word[1]))
			right = word_read(&line, word, plain);
		else
			right = word[1] == '-' ? long_read(&line, word) : short_read(&line, word);
	}
	tool->argc = tool->complete ? line.argc - line.next : (int)tool->said.word_n;
	tool->argv = tool->complete ? (const char *const *)argv + line.next : tool->said.words;
	return right;
}
