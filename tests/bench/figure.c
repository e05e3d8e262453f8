#include "tests/bench/figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/json_out.h"
#include "tests/lib/process.h"
#include "tests/lib/test.h"

#define RANGE_BYTES 48

void bench_figure_add(struct bench_figure *figure, double ours, double theirs)
{
	br_assert(figure->n < BENCH_ROUNDS_MAX);
	br_assert(isfinite(ours) && isfinite(theirs) && theirs >= 0);
	figure->ours[figure->n] = ours;
	figure->theirs[figure->n++] = theirs;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double bench_quantile(double *values, unsigned n, double share)
{
	unsigned index;

	br_assert(share >= 0 && share <= 1);
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(*values), by_value);
	index = (unsigned)ceil(share * n);
	return values[index > 0 ? index - 1 : 0];
}

int64_t bench_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void bench_fail(const struct test_process *log, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	if (log != NULL)
		test_process_log_show(log);
	test_abandon();
}

/* Least, middle and greatest of a figure's values. */
struct spread {
	double min, median, max;
};

static struct spread spread_of(const double *values, unsigned n)
{
	double sorted[BENCH_ROUNDS_MAX];
	struct spread spread;

	br_assert(n > 0 && n <= BENCH_ROUNDS_MAX);
	memcpy(sorted, values, n * sizeof(*values));
	spread.median = bench_quantile(sorted, n, 0.5);
	spread.min = sorted[0];
	spread.max = sorted[n - 1];
	return spread;
}

static bool has_baseline(const struct bench_figure *figure)
{
	return spread_of(figure->theirs, figure->n).min > 0;
}

static double ratio_of(const struct bench_figure *figure)
{
	double ratios[BENCH_ROUNDS_MAX];

	br_assert(has_baseline(figure));
	for (unsigned i = 0; i < figure->n; i++)
		ratios[i] = figure->ours[i] / figure->theirs[i];
	return bench_quantile(ratios, figure->n, 0.5);
}

/* Four digits that count. */
static const char *number_text(double value, char text[RANGE_BYTES])
{
	double size = fabs(value);

	(void)snprintf(text, RANGE_BYTES, "%.*f", size >= 1000 ? 0 : size >= 10 ? 1 : 3, value);
	return text;
}

static const char *spread_text(const struct spread *spread, char text[RANGE_BYTES])
{
	char low[RANGE_BYTES], high[RANGE_BYTES];

	(void)snprintf(text, RANGE_BYTES, "%.18s-%.18s", number_text(spread->min, low),
		number_text(spread->max, high));
	return text;
}

static void head_print(const struct bench *bench)
{
	printf("\n%s: %s\n", bench->name, bench->summary);
	printf("  %-66s %-10s %8s %-15s %8s %-15s %6s %5s\n", "what", "unit", "ours", " min-max",
		"baseline", " min-max", "ratio", "aim");
}

static void figure_print(const struct bench_figure *figure)
{
	struct spread ours = spread_of(figure->ours, figure->n);
	struct spread theirs = spread_of(figure->theirs, figure->n);
	char median[RANGE_BYTES], range[RANGE_BYTES];

	printf("  %-66s %-10s %8s %-15s", figure->what, figure->unit,
		number_text(ours.median, median), spread_text(&ours, range));
	if (has_baseline(figure))
		printf(" %8s %-15s %6.2f", number_text(theirs.median, median),
			spread_text(&theirs, range), ratio_of(figure));
	if (figure->aim > 0 && has_baseline(figure))
		printf(" %5.2f %s", figure->aim,
			ratio_of(figure) >= figure->aim ? "met" : "not met");
	printf("\n");
}

static void figure_json(const struct bench_figure *figure)
{
	struct br_text text;
	struct br_json_out out;

	br_text_init(&text, 1024);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "bench", figure->name);
	br_json_out_double(&out, "value", spread_of(figure->ours, figure->n).median);
	br_json_out_puts(&out, "unit", figure->unit);
	if (has_baseline(figure)) {
		br_json_out_double(&out, "baseline", spread_of(figure->theirs, figure->n).median);
		br_json_out_double(&out, "ratio", ratio_of(figure));
	} else {
		br_json_out_null(&out, "baseline");
		br_json_out_null(&out, "ratio");
	}
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	printf("%s\n", text.bytes);
	br_text_finish(&text);
}

static int figures_print(const struct bench *bench, bool json)
{
	int code = 0;

	if (!json)
		head_print(bench);
	for (unsigned i = 0; i < bench->figure_n; i++) {
		const struct bench_figure *figure = &bench->figures[i];

		if (figure->n == 0) {
			(void)fprintf(stderr, "%s: no value\n", figure->name);
			code = 1;
		} else if (json) {
			figure_json(figure);
		} else {
			figure_print(figure);
		}
	}
	return code;
}

static int help_print(const struct bench *bench)
{
	printf("Usage: bench-%s [--json] [--short] [--rounds N] [--list]\n%s.\n", bench->name,
		bench->summary);
	printf("  --json      one line of JSON a figure instead of a table\n"
	       "  --short     a few seconds in all: the figures are there, but mean nothing\n"
	       "  --rounds N  measure N times, 1 to %d [%u]\n"
	       "  --list      print the figures' names and measure nothing\n",
		BENCH_ROUNDS_MAX, bench->rounds);
	return 0;
}

static int list_print(const struct bench *bench)
{
	for (unsigned i = 0; i < bench->figure_n; i++)
		printf("%s\n", bench->figures[i].name);
	return 0;
}

int bench_main(int argc, char **argv, const struct bench *bench)
{
	struct bench_run run = {.rounds = bench->rounds};
	bool json = false;

	for (int i = 1; i < argc; i++) {
		int64_t rounds = 0;

		if (strcmp(argv[i], "--help") == 0)
			return help_print(bench);
		if (strcmp(argv[i], "--list") == 0)
			return list_print(bench);
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--short") == 0) {
			run.brief = true;
			run.rounds = 1;
		} else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc &&
			   br_str_to_i64(br_str_from(argv[i + 1]), &rounds) && rounds >= 1 &&
			   rounds <= BENCH_ROUNDS_MAX) {
			run.rounds = (unsigned)rounds;
			i++;
		} else {
			(void)help_print(bench);
			return 2;
		}
	}
	bench->run(&run);
	return figures_print(bench, json);
}
