/*
 * Figures: what a bench measures, kept over its rounds and shown beside what it is held against.
 *
 *	static struct bench_figure figures[] = {{.name = "core/lines", .unit = "lines/s", …}, …};
 *	static void run(const struct bench_run *run)
 *	{ … bench_figure_add(&figures[0], ours, theirs); }
 *	int main(int argc, char **argv) { return bench_main(argc, argv, &bench); }
 *
 * A round adds one value of ours and one of the baseline, measured one right after the other, since
 * a machine that others use too is not the same a minute later. What is shown are medians, and the
 * ratio is the median of the rounds' own ratios. No bench fails for being slow.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/attributes.h"

#define BENCH_ROUNDS_MAX 64

struct bench_figure {
	const char *name; /* "intake/qos1": what --json calls it */
	const char *what; /* for people, with what it is held against */
	const char *unit; /* "messages/s", "ms", … */
	double aim;	  /* the ratio to reach; 0 = none is set */
	/* Filled by bench_figure_add(). */
	double ours[BENCH_ROUNDS_MAX], theirs[BENCH_ROUNDS_MAX];
	unsigned n;
};

struct bench_run {
	bool brief;	 /* a few seconds in all, to see that every figure is there */
	unsigned rounds; /* how often to measure */
};

struct bench {
	const char *name;
	const char *summary; /* one line */
	struct bench_figure *figures;
	unsigned figure_n;
	unsigned rounds; /* unless asked otherwise */
	void (*run)(const struct bench_run *run);
};

/* One round's values; `theirs` is 0 where there is no baseline. */
void bench_figure_add(struct bench_figure *figure, double ours, double theirs);

/*
 * The program of a bench. Options: --json, --short, --rounds N, --list (the figures' names), and
 * --help. Returns the exit code: 1 when a figure was left without a value.
 */
BR_MUST_CHECK int bench_main(int argc, char **argv, const struct bench *bench);

/* The value that `share` of the `n` values stay at or below; sorts them. 0 when n is 0. */
double bench_quantile(double *values, unsigned n, double share);

/* CLOCK_BOOTTIME in microseconds, comparable between processes. */
int64_t bench_now_us(void);

/* Ends the program with a sentence and what `log` (NULL = none) of a program says. */
struct test_process;
BR_NORETURN void bench_fail(const struct test_process *log, const char *format, ...)
	BR_PRINTF(2, 3);
