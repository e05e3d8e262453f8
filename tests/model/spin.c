#include "tests/model/spin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

/* $1 folder, $2 model, $3 what to define for spin, $4 for the search, $5 the search's options. */
static const char script[] =
	"mkdir -p \"$1\" && cd \"$1\" && rm -f pan* && spin $3 -a \"$2\" && "
	"\"$TEST_MODEL_CC\" -O2 -w -DCOLLAPSE -DNOREDUCE -DMEMLIM=" SPIN_MEMORY_MIB
	" $4 -o pan pan.c && exec ./pan -m1000000 -w22 $5";

/* The number before the text, which the search prints at its end. */
static double number_before(const char *log, const char *text)
{
	const char *at = strstr(log, text);

	while (at != NULL && at > log && at[-1] != '\n')
		at--;
	return at != NULL ? strtod(at, NULL) : -1;
}

/* What the search printed; free(). */
static char *search_log(const char *model, const char *defines, enum spin_search search)
{
	char path[TEST_PATH_BYTES], folder[TEST_PATH_BYTES];
	const char *argv[] = {"/bin/sh", "-c", script, "spin", folder, path, defines,
		search == SPIN_CYCLES ? "-DNP" : "-DSAFETY", search == SPIN_CYCLES ? "-l" : "",
		NULL};
	const char *environment[] = {"TEST_MODEL_CC=" TEST_MODEL_CC, NULL};
	struct test_process process = {.pid = 0};
	char *log;

	(void)snprintf(
		path, sizeof(path), "%s/tests/model/%s.pml", getenv("BACKROOM_SOURCE"), model);
	(void)snprintf(folder, sizeof(folder), "%s/%s", test_folder(), model);
	test_process_start(&process, model, argv, environment);
	if (!CHECK(test_process_wait(&process, SPIN_WAIT_MS)))
		test_process_kill(&process);
	log = test_file_read(process.log, NULL);
	if (strstr(log, "errors: ") == NULL)
		(void)printf("%s\n", log);
	REQUIRE(strstr(log, "errors: ") != NULL);
	(void)printf("explored: %s %s%s: %.0f states, %.0f MB\n", model, defines,
		search == SPIN_CYCLES ? " (cycles)" : "", number_before(log, " states, "),
		number_before(log, "\ttotal actual memory usage"));
	return log;
}

void spin_clean(const char *model, const char *defines, enum spin_search search)
{
	char *log = search_log(model, defines, search);

	if (!CHECK_HAS(log, "errors: 0"))
		(void)printf("%s\n", log);
	CHECK(strstr(log, "Search not completed") == NULL);
	CHECK(strstr(log, "max search depth too small") == NULL);
	/* A model in which hardly anything can happen would be clean, too. */
	CHECK(number_before(log, " states, ") > 10000);
	free(log);
}

void spin_caught(const char *model, const char *defines)
{
	char *log = search_log(model, defines, SPIN_STATES);

	CHECK_HAS(log, "errors: 1");
	CHECK_HAS(log, "assertion violated");
	free(log);
}
