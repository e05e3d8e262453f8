/* _GNU_SOURCE for nftw() and asprintf(). */
#define _GNU_SOURCE
#include "tests/lib/test.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TESTS_MAX 256

static struct {
	struct {
		const char *name;
		void (*function)(void);
	} tests[TESTS_MAX];
	unsigned test_n, checks, failures;
	char *folder;
	uint64_t random;
} state;

void test_add(const char *name, void (*function)(void))
{
	br_assert(state.test_n < TESTS_MAX);
	state.tests[state.test_n].name = name;
	state.tests[state.test_n++].function = function;
}

static int entry_remove(const char *path, const struct stat *status BR_UNUSED, int flag BR_UNUSED,
	struct FTW *walk BR_UNUSED)
{
	return remove(path);
}

static void folder_remove(void)
{
	if (state.folder != NULL)
		(void)nftw(state.folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(state.folder);
	state.folder = NULL;
}

int test_end(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; i < state.test_n; i++) {
		unsigned before = state.failures;

		if (strstr(state.tests[i].name, only) == NULL)
			continue;
		state.tests[i].function();
		printf("%s %s\n", state.failures == before ? "ok  " : "FAIL", state.tests[i].name);
		fflush(stdout);
	}
	printf("%u checks, %u failed\n", state.checks, state.failures);
	folder_remove();
	return state.checks > 0 && state.failures == 0 ? 0 : 1;
}

void test_abandon(void)
{
	printf("abandoned: the test cannot go on\n");
	folder_remove();
	exit(1);
}

static bool counted(bool holds)
{
	/* Tests with threads check in all of them. */
	(void)__atomic_add_fetch(&state.checks, 1, __ATOMIC_RELAXED);
	if (!holds)
		(void)__atomic_add_fetch(&state.failures, 1, __ATOMIC_RELAXED);
	return holds;
}

bool test_check(bool holds, const char *expression, const char *file, int line)
{
	if (!holds)
		printf("%s:%d: does not hold: %s\n", file, line, expression);
	return counted(holds);
}

bool test_check_int(int64_t got, int64_t want, const char *expression, const char *file, int line)
{
	if (got != want)
		printf("%s:%d: %s is %" PRId64 ", wanted %" PRId64 "\n", file, line, expression,
			got, want);
	return counted(got == want);
}

bool test_check_text(
	const char *got, const char *want, const char *expression, const char *file, int line)
{
	return test_check_str(br_str_from(got), want, expression, file, line);
}

bool test_check_str(
	struct br_str got, const char *want, const char *expression, const char *file, int line)
{
	bool same = br_str_is(got, want);

	if (!same)
		printf("%s:%d: %s is \"%.*s\", wanted \"%s\"\n", file, line, expression,
			BR_STR_ARG(got), want);
	return counted(same);
}

bool test_check_has(
	const char *got, const char *part, const char *expression, const char *file, int line)
{
	bool has = got != NULL && strstr(got, part) != NULL;

	if (!has)
		printf("%s:%d: %s is \"%s\", which lacks \"%s\"\n", file, line, expression,
			got != NULL ? got : "(null)", part);
	return counted(has);
}

const char *test_folder(void)
{
	const char *base = getenv("TMPDIR");

	if (state.folder != NULL)
		return state.folder;
	if (asprintf(&state.folder, "%s/backroom-test-XXXXXX", base != NULL ? base : "/tmp") < 0 ||
		mkdtemp(state.folder) == NULL)
		test_abandon();
	/* For programs that end by themselves, without test_end(). */
	(void)atexit(folder_remove);
	return state.folder;
}

const char *test_file_write(const char *folder, const char *name, const char *text)
{
	static char path[4200];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : test_folder(), name);
	file = fopen(path, "we");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
		printf("cannot write %s\n", path);
		test_abandon();
	}
	return path;
}

char *test_file_read(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "rb");
	size_t space = 1 << 16, n = 0, got;
	char *bytes = malloc(space);

	if (file == NULL || bytes == NULL) {
		printf("cannot read %s\n", path);
		test_abandon();
	}
	while ((got = fread(bytes + n, 1, space - n - 1, file)) > 0) {
		n += got;
		if (n + 1 == space)
			bytes = realloc(bytes, space *= 2);
		br_assert(bytes != NULL);
	}
	bytes[n] = '\0';
	(void)fclose(file);
	if (ret_n != NULL)
		*ret_n = n;
	return bytes;
}

const char *test_data(const char *name)
{
	static char path[4096];
	const char *base = getenv("BACKROOM_DATA");

	(void)snprintf(path, sizeof(path), "%s/%s", base != NULL ? base : "", name);
	if (base != NULL && access(path, R_OK) == 0)
		return path;
	printf("left out: %s is not there (BACKROOM_DATA=%s)\n", name, base != NULL ? base : "");
	return NULL;
}

uint64_t test_random(void)
{
	if (state.random == 0) {
		const char *seed = getenv("TEST_SEED");

		state.random = seed != NULL ? strtoull(seed, NULL, 10) : 1;
		if (state.random == 0)
			state.random = 1;
		printf("TEST_SEED=%" PRIu64 "\n", state.random);
	}
	state.random ^= state.random >> 12;
	state.random ^= state.random << 25;
	state.random ^= state.random >> 27;
	return state.random * UINT64_C(0x2545F4914F6CDD1D);
}
