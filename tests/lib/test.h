/*
 * The test harness: plain programs, one behaviour per function.
 *
 *	static void test_lost_frames(void) { CHECK(...); CHECK_INT(got, 3); }
 *	int main(int argc, char **argv) { TEST(test_lost_frames); return test_end(argc, argv); }
 *
 * A failed check prints file, line and the values, is counted, and the function goes on. With an
 * argument the program runs only the functions whose name contains it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"
#include "node/str.h"

/* Declares one test function to be run by test_end(), in the order of the declarations. */
#define TEST(FUNCTION) test_add(#FUNCTION, FUNCTION)
void test_add(const char *name, void (*function)(void));

/* Runs what was added; 0 when every check held and at least one check was made, else 1. */
BR_MUST_CHECK int test_end(int argc, char **argv);

#define CHECK(EXPRESSION) test_check((EXPRESSION), #EXPRESSION, __FILE__, __LINE__)
#define CHECK_INT(GOT, WANT) \
	test_check_int((int64_t)(GOT), (int64_t)(WANT), #GOT, __FILE__, __LINE__)
#define CHECK_TEXT(GOT, WANT) test_check_text((GOT), (WANT), #GOT, __FILE__, __LINE__)
#define CHECK_STR(GOT, WANT) test_check_str((GOT), (WANT), #GOT, __FILE__, __LINE__)
/* The text contains the part. */
#define CHECK_HAS(GOT, PART) test_check_has((GOT), (PART), #GOT, __FILE__, __LINE__)
/* As CHECK, but ends the program: for what the rest of the test cannot go on without. */
#define REQUIRE(EXPRESSION) \
	do { \
		if (!test_check((EXPRESSION), #EXPRESSION, __FILE__, __LINE__)) \
			test_abandon(); \
	} while (0)

bool test_check(bool holds, const char *expression, const char *file, int line);
bool test_check_int(int64_t got, int64_t want, const char *expression, const char *file, int line);
bool test_check_text(
	const char *got, const char *want, const char *expression, const char *file, int line);
bool test_check_str(
	struct br_str got, const char *want, const char *expression, const char *file, int line);
bool test_check_has(
	const char *got, const char *part, const char *expression, const char *file, int line);
BR_NORETURN void test_abandon(void);

/* A new empty folder below $TMPDIR, removed with all in it when the program ends. */
const char *test_folder(void);

/*
 * Writes a text file into a folder, or into the test's own when that is NULL. The path is valid
 * until the next call.
 */
const char *test_file_write(const char *folder, const char *name, const char *text);

/* The whole file as text owned by the caller (free()), NUL-terminated; ends the test if unreadable.
 */
char *test_file_read(const char *path, size_t *ret_n);

/*
 * The path of a file in the data folder named by BACKROOM_DATA, or NULL, with a line saying that
 * this part was left out, when the variable or the file is absent. Valid until the next call.
 */
const char *test_data(const char *name);

/* A repeatable random number generator (xorshift64*); the seed is TEST_SEED or 1, and printed. */
uint64_t test_random(void);
