#include "node/verb.h"

#include <stdio.h>

int br_verb_check(struct br_decision *decision, const struct br_verbs *verbs, struct br_str key,
	unsigned state, unsigned verb)
{
	unsigned allowed = verbs->allowed[state];
	char words[120] = "";
	size_t n = 0;

	br_assert(verb < 32 && verbs->words[verb] != NULL);
	if ((allowed & (1u << verb)) != 0)
		return 0;
	for (unsigned i = 0; verbs->words[i] != NULL; i++)
		if ((allowed & (1u << i)) != 0)
			n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s",
				n > 0 ? ", " : "", verbs->words[i]);
	br_assert(n < sizeof(words));
	return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
		"%s \"%.*s\" is %s: %s is not allowed, allowed is %s", verbs->noun, BR_STR_ARG(key),
		verbs->states[state], verbs->words[verb], n > 0 ? words : "nothing");
}
