/*
 * Runs one of the models of this folder through spin: every state that its bounds allow is visited.
 *
 * All files are written below the test's own folder. The compiler is the one that compiled the
 * project. A run may take SPIN_MEMORY_MIB and SPIN_WAIT_MS; beyond either the check fails, as it
 * does when the search was cut short.
 */
#pragma once

#define SPIN_MEMORY_MIB "1000"
#define SPIN_WAIT_MS 300000

/* What a search looks for. Both find every broken assertion and every state it ends in. */
enum spin_search {
	SPIN_STATES, /* nothing else: the fast one */
	SPIN_CYCLES, /* what goes on for ever, too: each cycle is one that never becomes quiet */
};

/* The model, as bounded by `defines` ("-DEVENTS=2 -DRECALLS=1"), has no fault. */
void spin_clean(const char *model, const char *defines, enum spin_search search);

/* The mutant of the model that `defines` makes is found out by an assertion. */
void spin_caught(const char *model, const char *defines);
