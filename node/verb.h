/*
 * Verbs: what can be asked of a thing that has states, and the sentence when it cannot.
 *
 * A noun with states keeps one table: for each state the verbs that are allowed, as bits. Whatever
 * the table does not have is refused as an illegal move that names the state and what is allowed.
 */
#pragma once

#include "node/command.h"

struct br_verbs {
	const char *noun;	   /* "delivery" */
	const char *const *words;  /* of the verbs, NULL at the end */
	const char *const *states; /* words of the states */
	const unsigned *allowed;   /* by state: bits of verbs */
};

/* 0 when `state` allows `verb`, else refuses and returns BR_DECIDED_NO. */
BR_MUST_CHECK int br_verb_check(struct br_decision *decision, const struct br_verbs *verbs,
	struct br_str key, unsigned state, unsigned verb);
