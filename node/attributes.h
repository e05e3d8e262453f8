/*
 * The compiler attributes and the assertion that all of Backroom uses.
 *
 * br_assert() guards the program's own invariants and stays in release builds: a broken invariant
 * must stop the process before it can reach the store. Bad input from outside is never asserted.
 */
#pragma once

#include <stddef.h>

/* The caller must look at the result: every function that can fail carries it. */
#define BR_MUST_CHECK __attribute__((warn_unused_result))

/* Checks printf-style arguments; FORMAT and FIRST count from 1. */
#define BR_PRINTF(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))

/* Runs FN(&variable) when the variable goes out of scope. FN takes a pointer to the variable. */
#define BR_CLEANUP(FN) __attribute__((cleanup(FN)))

#define BR_UNUSED __attribute__((unused))
#define BR_NORETURN __attribute__((noreturn))

#define BR_ARRAY_LEN(A) (sizeof(A) / sizeof((A)[0]))

/* Makes the cleanup function `br_<noun>_destroyp` for `struct br_<noun> *`. */
#define BR_DEFINE_CLEANUP(NOUN, DESTROY) \
	BR_UNUSED static inline void br_##NOUN##_cleanup(struct br_##NOUN **pointer) \
	{ \
		DESTROY(*pointer); \
	}

BR_NORETURN void br_assert_failed(const char *expression, const char *file, int line);

#define br_assert(EXPRESSION) \
	((EXPRESSION) ? (void)0 : br_assert_failed(#EXPRESSION, __FILE__, __LINE__))

/*
 * Hands the pointer out of a cleanup variable: returns its value and clears the variable, so that
 * the move of ownership stands on one visible line.
 */
#define BR_TAKE(VARIABLE) \
	__extension__({ \
		__typeof__(VARIABLE) br_taken_ = (VARIABLE); \
		(VARIABLE) = NULL; \
		br_taken_; \
	})
