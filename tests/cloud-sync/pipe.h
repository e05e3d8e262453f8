/*
 * A pipe between the store and HQ that loses, doubles, delays and reorders, as a bridge between two
 * brokers does on a bad day. Everything it does follows from its seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/str.h"

#define PIPE_LETTERS_MAX 4096
#define PIPE_TAKEN_MAX 16
#define PIPE_TOPIC_BYTES 64

enum pipe_way { PIPE_UP, PIPE_DOWN };

struct letter {
	enum pipe_way way;
	char topic[PIPE_TOPIC_BYTES];
	char *bytes; /* owned by the pipe */
	size_t n;
	int64_t due_ms;
	uint64_t number; /* order of posting */
};

struct pipe {
	uint64_t random;
	unsigned loss_percent, double_percent;
	int64_t delay_min_ms, delay_max_ms;
	bool ordered; /* letters of one way never overtake each other */
	struct letter letters[PIPE_LETTERS_MAX];
	size_t n;
	uint64_t posted, lost, doubled;
	int64_t last_due_ms[2];
	/* What was taken last: a broker that starts again may bring it once more. */
	struct letter taken[PIPE_TAKEN_MAX];
	unsigned taken_at;
};

/* A pipe that loses nothing and takes 10 ms. */
void pipe_init(struct pipe *pipe, uint64_t seed);
void pipe_finish(struct pipe *pipe);

/* A repeatable random number below `limit` (> 0). */
uint64_t pipe_random(struct pipe *pipe, uint64_t limit);

void pipe_post(struct pipe *pipe, enum pipe_way way, const char *topic, struct br_str payload,
	int64_t now_ms);

/* Takes the next letter that is due; its bytes are the pipe's until the next sixteen are taken. */
bool pipe_take(struct pipe *pipe, int64_t now_ms, struct letter *ret_letter);

/* When the next letter is due; INT64_MAX for none. */
int64_t pipe_due_ms(const struct pipe *pipe);

/* Loses everything that is under way. */
void pipe_spill(struct pipe *pipe);

/* Brings what was taken last once more. */
void pipe_repeat(struct pipe *pipe, int64_t now_ms);
