#include "sensors/tasmota_topic.h"

#include <string.h>

static const struct {
	const char *text;
	enum br_tasmota_token token;
} tokens[] = {{"%prefix%", BR_TASMOTA_PREFIX}, {"%topic%", BR_TASMOTA_NAME},
	{"%hostname%", BR_TASMOTA_NAME}, {"%id%", BR_TASMOTA_NAME}};

static const char *const prefixes[] = {[BR_TASMOTA_TELE] = "tele", [BR_TASMOTA_STAT] = "stat"};

static bool has_char(struct br_str text, char c)
{
	return text.n > 0 && memchr(text.s, c, text.n) != NULL;
}

/* Splits one level around its token; false when it has two or an unknown one. */
static bool level_read(struct br_str text, struct br_tasmota_level *ret_level)
{
	struct br_str after = text, before = br_str_split(&after, '%');
	size_t i;

	br_assert(before.n <= text.n);
	if (!has_char(text, '%')) {
		*ret_level = (struct br_tasmota_level){BR_TASMOTA_LITERAL, text, {NULL, 0}};
		return text.n > 0;
	}
	after = (struct br_str){text.s + before.n, text.n - before.n};
	for (i = 0; i < BR_ARRAY_LEN(tokens); i++) {
		size_t n = strlen(tokens[i].text);

		if (!br_str_starts(after, tokens[i].text))
			continue;
		after = (struct br_str){after.s + n, after.n - n};
		*ret_level = (struct br_tasmota_level){tokens[i].token, before, after};
		return !has_char(after, '%');
	}
	return false;
}

static int pattern_refuse(struct br_fault *fault, const char *why)
{
	br_assert(why != NULL);
	return br_fault_set(fault, BR_E_INVALID,
		"a Tasmota FullTopic needs %%prefix%% and one of %%topic%%, %%hostname%%, %%id%%, "
		"each in a level of its own, in at most %d levels without wildcards: %s",
		BR_TASMOTA_LEVELS_MAX, why);
}

/* Reads the levels of the pattern's own text and counts its prefixes and names. */
static bool levels_read(struct br_tasmota_pattern *pattern, unsigned *ret_prefixes)
{
	struct br_str rest = br_str_from(pattern->text);
	unsigned prefix_n = 0, name_n = 0;

	br_assert(pattern->level_n == 0);
	while (rest.n > 0) {
		struct br_tasmota_level *level = &pattern->levels[pattern->level_n];

		if (pattern->level_n == BR_TASMOTA_LEVELS_MAX ||
			!level_read(br_str_split(&rest, '/'), level))
			return false;
		prefix_n += level->token == BR_TASMOTA_PREFIX;
		if (level->token == BR_TASMOTA_NAME && name_n++ > 0)
			level->token = BR_TASMOTA_OTHER;
		pattern->level_n++;
	}
	*ret_prefixes = prefix_n;
	return name_n > 0;
}

int br_tasmota_pattern_read(
	struct br_str text, struct br_tasmota_pattern *ret_pattern, struct br_fault *fault)
{
	unsigned prefix_n = 0;

	br_assert(ret_pattern != NULL);
	if (text.n > 0 && text.s[text.n - 1] == '/')
		text.n--;
	/* Wildcards and the two levels that may follow must fit a filter as well. */
	if (text.n == 0 || text.n > BR_SENSOR_FILTER_BYTES_MAX - 8 ||
		!br_utf8_valid(text.s, text.n))
		return pattern_refuse(fault, "empty, too long or not UTF-8");
	if (has_char(text, '+') || has_char(text, '#'))
		return pattern_refuse(fault, "it has a wildcard");
	ret_pattern->level_n = 0;
	if (!br_str_copy(text, ret_pattern->text, sizeof(ret_pattern->text)) ||
		!levels_read(ret_pattern, &prefix_n))
		return pattern_refuse(fault, "a level is empty, unknown or one too many");
	if (prefix_n != 1)
		return pattern_refuse(fault, "%prefix% must be there once");
	br_assert(ret_pattern->level_n >= 1);
	return 0;
}

static void filter_add(char filter[BR_SENSOR_FILTER_BYTES_MAX], size_t *n, struct br_str part)
{
	br_assert(*n + part.n < BR_SENSOR_FILTER_BYTES_MAX);
	if (part.n > 0)
		memcpy(filter + *n, part.s, part.n);
	*n += part.n;
	filter[*n] = '\0';
}

void br_tasmota_pattern_filter(const struct br_tasmota_pattern *pattern,
	enum br_tasmota_prefix prefix, char filter[BR_SENSOR_FILTER_BYTES_MAX])
{
	size_t n = 0;
	unsigned i;

	br_assert(pattern->level_n >= 1 && pattern->level_n <= BR_TASMOTA_LEVELS_MAX);
	for (i = 0; i < pattern->level_n; i++) {
		const struct br_tasmota_level *level = &pattern->levels[i];

		if (level->token == BR_TASMOTA_PREFIX) {
			filter_add(filter, &n, level->before);
			filter_add(filter, &n, br_str_from(prefixes[prefix]));
			filter_add(filter, &n, level->after);
		} else if (level->token == BR_TASMOTA_LITERAL) {
			filter_add(filter, &n, level->before);
		} else {
			/* MQTT has no wildcard for a part of a level; the match sees to it. */
			filter_add(filter, &n, BR_STR("+"));
		}
		filter_add(filter, &n, BR_STR("/"));
	}
	filter_add(filter, &n, BR_STR("#"));
}

static bool prefix_from(struct br_str text, enum br_tasmota_prefix *ret_prefix)
{
	br_assert(ret_prefix != NULL);
	if (br_str_is(text, prefixes[BR_TASMOTA_TELE]))
		*ret_prefix = BR_TASMOTA_TELE;
	else if (br_str_is(text, prefixes[BR_TASMOTA_STAT]))
		*ret_prefix = BR_TASMOTA_STAT;
	else
		return false;
	return true;
}

/* Matches one level of a topic; the token's text is set in *ret_part. */
static bool level_match(
	const struct br_tasmota_level *level, struct br_str text, struct br_str *ret_part)
{
	struct br_str head = level->before, tail = level->after;

	br_assert(ret_part != NULL);
	if (level->token == BR_TASMOTA_LITERAL)
		return br_str_equal(text, level->before);
	if (text.n <= head.n + tail.n)
		return false;
	if (head.n > 0 && memcmp(text.s, head.s, head.n) != 0)
		return false;
	if (tail.n > 0 && memcmp(text.s + text.n - tail.n, tail.s, tail.n) != 0)
		return false;
	*ret_part = (struct br_str){text.s + head.n, text.n - head.n - tail.n};
	return true;
}

bool br_tasmota_pattern_match(const struct br_tasmota_pattern *pattern, struct br_str topic,
	struct br_tasmota_topic *ret_topic)
{
	struct br_tasmota_topic found = {.prefix = BR_TASMOTA_TELE};
	unsigned i;

	br_assert(pattern->level_n >= 1 && pattern->level_n <= BR_TASMOTA_LEVELS_MAX);
	for (i = 0; i < pattern->level_n; i++) {
		const struct br_tasmota_level *level = &pattern->levels[i];
		struct br_str part = {NULL, 0};

		if (topic.n == 0 || !level_match(level, br_str_split(&topic, '/'), &part))
			return false;
		if (level->token == BR_TASMOTA_PREFIX && !prefix_from(part, &found.prefix))
			return false;
		if (level->token == BR_TASMOTA_NAME)
			found.device = part;
	}
	if (topic.n == 0)
		return false;
	found.rest = topic;
	*ret_topic = found;
	return true;
}
