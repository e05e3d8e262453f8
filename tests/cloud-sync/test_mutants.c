/*
 * A test of the test: mistakes planted in the product, each of which the simulation of a chain must
 * find within CHAIN_MUTANT_SEEDS seeds. Each is a program of its own (mutant.c), made from the
 * product's own source with one place replaced (mutants/). CHAIN_MUTANT runs one alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/lib/test.h"

static const char *const mutants[] = {CHAIN_MUTANTS};

/* Runs one; true when it was found out, with the seed and how. */
static bool mutant_run(const char *name, unsigned *ret_seed, char ret_found[400])
{
	char command[1024], line[512];
	FILE *output;
	int status;

	(void)snprintf(command, sizeof(command), "exec timeout 60 '%s/mutant-%s' 2>&1",
		CHAIN_MUTANT_FOLDER, name);
	output = popen(command, "r");
	REQUIRE(output != NULL);
	*ret_seed = 0;
	(void)snprintf(ret_found, 400, "the process ended");
	while (fgets(line, sizeof(line), output) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		(void)sscanf(line, "seed %u", ret_seed);
		if (strncmp(line, "found ", 6) == 0 || strstr(line, "ssert") != NULL ||
			strstr(line, "does not hold") != NULL)
			(void)snprintf(ret_found, 400, "%.390s", line);
	}
	status = pclose(output);
	/* `timeout` says 124: then it only hung. */
	return status != 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 124) && *ret_seed > 0;
}

static void test_each_mistake_is_found(void)
{
	const char *only = getenv("CHAIN_MUTANT");

	for (size_t i = 0; i < BR_ARRAY_LEN(mutants); i++) {
		unsigned seed;
		char found[400];
		bool broken;

		if (only != NULL && strcmp(only, mutants[i]) != 0)
			continue;
		broken = mutant_run(mutants[i], &seed, found);
		if (broken)
			printf("%s, seed %u: %s\n", mutants[i], seed, found);
		else
			printf("%s: not found within %u seeds\n", mutants[i], seed);
		CHECK(broken);
	}
}

int main(int argc, char **argv)
{
	TEST(test_each_mistake_is_found);
	return test_end(argc, argv);
}
