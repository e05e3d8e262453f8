#include "tests/cloud-sync/pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/attributes.h"

void pipe_init(struct pipe *pipe, uint64_t seed)
{
	memset(pipe, 0, sizeof(*pipe));
	pipe->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	pipe->delay_min_ms = pipe->delay_max_ms = 10;
	pipe->ordered = true;
}

void pipe_finish(struct pipe *pipe)
{
	pipe_spill(pipe);
	for (unsigned i = 0; i < PIPE_TAKEN_MAX; i++)
		free(pipe->taken[i].bytes);
}

uint64_t pipe_random(struct pipe *pipe, uint64_t limit)
{
	br_assert(limit > 0 && pipe->random != 0);
	pipe->random ^= pipe->random >> 12;
	pipe->random ^= pipe->random << 25;
	pipe->random ^= pipe->random >> 27;
	return (pipe->random * UINT64_C(2685821657736338717) >> 16) % limit;
}

static void letter_post(struct pipe *pipe, enum pipe_way way, const char *topic,
	struct br_str payload, int64_t now_ms)
{
	struct letter *letter = &pipe->letters[pipe->n];
	uint64_t span = (uint64_t)(pipe->delay_max_ms - pipe->delay_min_ms) + 1;

	if (pipe->n == PIPE_LETTERS_MAX || pipe_random(pipe, 100) < pipe->loss_percent) {
		pipe->lost++;
		return;
	}
	*letter = (struct letter){.way = way, .n = payload.n, .number = pipe->posted};
	(void)snprintf(letter->topic, sizeof(letter->topic), "%s", topic);
	letter->bytes = malloc(payload.n + 1);
	br_assert(letter->bytes != NULL);
	if (payload.n > 0)
		memcpy(letter->bytes, payload.s, payload.n);
	letter->bytes[payload.n] = '\0';
	letter->due_ms = now_ms + pipe->delay_min_ms + (int64_t)pipe_random(pipe, span);
	if (pipe->ordered && letter->due_ms < pipe->last_due_ms[way])
		letter->due_ms = pipe->last_due_ms[way];
	pipe->last_due_ms[way] = letter->due_ms;
	pipe->n++;
}

void pipe_post(struct pipe *pipe, enum pipe_way way, const char *topic, struct br_str payload,
	int64_t now_ms)
{
	pipe->posted++;
	letter_post(pipe, way, topic, payload, now_ms);
	if (pipe_random(pipe, 100) >= pipe->double_percent)
		return;
	pipe->doubled++;
	letter_post(pipe, way, topic, payload, now_ms);
}

/* The letter that comes first: by time, then in the order of posting. */
static size_t letter_first(const struct pipe *pipe)
{
	size_t first = 0;

	for (size_t i = 1; i < pipe->n; i++)
		if (pipe->letters[i].due_ms < pipe->letters[first].due_ms ||
			(pipe->letters[i].due_ms == pipe->letters[first].due_ms &&
				pipe->letters[i].number < pipe->letters[first].number))
			first = i;
	return first;
}

int64_t pipe_due_ms(const struct pipe *pipe)
{
	return pipe->n > 0 ? pipe->letters[letter_first(pipe)].due_ms : INT64_MAX;
}

bool pipe_take(struct pipe *pipe, int64_t now_ms, struct letter *ret_letter)
{
	size_t first = letter_first(pipe);

	if (pipe->n == 0 || pipe->letters[first].due_ms > now_ms)
		return false;
	*ret_letter = pipe->letters[first];
	pipe->letters[first] = pipe->letters[--pipe->n];
	free(pipe->taken[pipe->taken_at].bytes);
	pipe->taken[pipe->taken_at] = *ret_letter;
	pipe->taken_at = (pipe->taken_at + 1) % PIPE_TAKEN_MAX;
	return true;
}

void pipe_spill(struct pipe *pipe)
{
	while (pipe->n > 0) {
		free(pipe->letters[--pipe->n].bytes);
		pipe->lost++;
	}
}

void pipe_repeat(struct pipe *pipe, int64_t now_ms)
{
	for (unsigned i = 0; i < PIPE_TAKEN_MAX; i++) {
		/* A copy, so that no compiler fears that a letter is written over itself. */
		struct letter letter = pipe->taken[(pipe->taken_at + i) % PIPE_TAKEN_MAX];

		if (letter.bytes == NULL)
			continue;
		pipe->doubled++;
		letter_post(pipe, letter.way, letter.topic, (struct br_str){letter.bytes, letter.n},
			now_ms);
	}
}
