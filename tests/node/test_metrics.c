#include "node/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

#define THREADS 4
#define ADDS 20000

/* All metrics as text; the caller frees it. */
static char *metrics_text(void)
{
	struct br_text text;
	char *copy;

	br_text_init(&text, 1 << 20);
	br_metrics_write(&text);
	REQUIRE(br_text_error(&text) == 0);
	copy = strdup(text.bytes);
	REQUIRE(copy != NULL);
	br_text_finish(&text);
	return copy;
}

static void test_counts_and_sets(void)
{
	uint64_t before = br_metric_get(BR_METRIC_EVENTS);

	br_metric_add(BR_METRIC_EVENTS, 1);
	br_metric_add(BR_METRIC_EVENTS, 41);
	CHECK_INT(br_metric_get(BR_METRIC_EVENTS) - before, 42);
	br_metric_set(BR_METRIC_LABELS_WAITING, 7);
	CHECK_INT(br_metric_get(BR_METRIC_LABELS_WAITING), 7);
	br_metric_set(BR_METRIC_LABELS_WAITING, 0);
	CHECK_INT(br_metric_get(BR_METRIC_LABELS_WAITING), 0);
}

static void *many_adds(void *unused BR_UNUSED)
{
	for (unsigned i = 0; i < ADDS; i++)
		br_metric_add(BR_METRIC_WEB_REQUESTS, 1);
	return NULL;
}

static void test_threads_lose_no_count(void)
{
	uint64_t before = br_metric_get(BR_METRIC_WEB_REQUESTS);
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, many_adds, NULL) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		REQUIRE(pthread_join(threads[i], NULL) == 0);
	CHECK_INT(br_metric_get(BR_METRIC_WEB_REQUESTS) - before, THREADS * ADDS);
}

static bool made_of(struct br_str text, const char *letters)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr(letters, text.s[i]) == NULL)
			return false;
	return text.n > 0;
}

/* One sample line: name, labels, blank, a whole number. */
static void sample_check(struct br_str line, struct br_str family, bool counter)
{
	struct br_str name, labels = line;
	int64_t value;

	name = br_str_split(&labels, ' ');
	CHECK(br_str_to_i64(labels, &value));
	labels = name;
	name = br_str_split(&labels, '{');
	CHECK(br_str_equal(name, family));
	CHECK(made_of(name, "abcdefghijklmnopqrstuvwxyz_"));
	CHECK(br_str_starts(name, "backroom_"));
	CHECK_INT(counter, name.n > 6 && memcmp(name.s + name.n - 6, "_total", 6) == 0);
	if (labels.n > 0)
		CHECK_INT(labels.s[labels.n - 1], '}');
}

/* The text format 0.0.4: every family once, HELP and TYPE before its samples, all together. */
static void test_the_text_is_what_prometheus_reads(void)
{
	char *text = metrics_text();
	struct br_str rest = br_str_from(text), family = {NULL, 0};
	unsigned samples = 0, families = 0;
	bool counter = false;

	CHECK_INT(text[strlen(text) - 1], '\n');
	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');

		if (!br_str_starts(line, "# ")) {
			sample_check(line, family, counter);
			samples++;
			continue;
		}
		if (br_str_starts(line, "# HELP ")) {
			char needle[128];

			line.s += 7;
			line.n -= 7;
			family = br_str_split(&line, ' ');
			families++;
			CHECK(line.n > 10 && line.s[line.n - 1] == '.');
			REQUIRE(br_str_copy(family, needle + 7, sizeof(needle) - 8));
			memcpy(needle, "# HELP ", 7);
			strcat(needle, " ");
			CHECK(strstr(strstr(text, needle) + 1, needle) == NULL);
			continue;
		}
		CHECK(br_str_starts(line, "# TYPE "));
		line.s += 7;
		line.n -= 7;
		CHECK(br_str_equal(br_str_split(&line, ' '), family));
		counter = br_str_is(line, "counter");
		CHECK(counter || br_str_is(line, "gauge"));
	}
	CHECK_INT(samples, BR_METRIC_N);
	CHECK(families > 0 && families < BR_METRIC_N);
	free(text);
}

static void test_the_text_has_the_values(void)
{
	char *text;

	br_metric_set(BR_METRIC_JOURNAL_HEAD, UINT64_MAX);
	br_metric_set(BR_METRIC_COMMANDS_REFUSED, 5);
	text = metrics_text();
	CHECK_HAS(text, "\nbackroom_journal_head 18446744073709551615\n");
	CHECK_HAS(text, "\nbackroom_command_answers_total{outcome=\"refused\"} 5\n");
	free(text);
}

int main(int argc, char **argv)
{
	TEST(test_counts_and_sets);
	TEST(test_threads_lose_no_count);
	TEST(test_the_text_is_what_prometheus_reads);
	TEST(test_the_text_has_the_values);
	return test_end(argc, argv);
}
