#include "tests/bench/probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define PAGE_BYTES 4096
#define PAGES 512
#define STEP 37 /* so that flushes do not lie side by side */

static void page_write(int fd, const char *path, const char page[PAGE_BYTES], unsigned number)
{
	if (pwrite(fd, page, PAGE_BYTES, (off_t)number * PAGE_BYTES) != PAGE_BYTES)
		bench_fail(NULL, "%s: cannot be written", path);
}

struct bench_flush bench_flush_measure(const char *folder, unsigned n)
{
	char path[512], page[PAGE_BYTES];
	double *times_ms = calloc(n, sizeof(*times_ms));
	struct bench_flush flush;
	int fd;

	br_assert(times_ms != NULL && n > 0);
	(void)snprintf(path, sizeof(path), "%s/flush", folder);
	memset(page, 'f', sizeof(page));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (unsigned i = 0; i < PAGES; i++)
		page_write(fd, path, page, i);
	/* Twice: the second flush finds nothing left of the file's making. */
	if (fsync(fd) < 0 || fsync(fd) < 0)
		bench_fail(NULL, "%s: cannot be written", path);
	for (unsigned i = 0; i < n; i++) {
		int64_t start_us = bench_now_us();

		page_write(fd, path, page, i * STEP % PAGES);
		if (fdatasync(fd) < 0)
			bench_fail(NULL, "%s: cannot be written", path);
		times_ms[i] = (double)(bench_now_us() - start_us) / 1000;
	}
	(void)close(fd);
	(void)unlink(path);
	flush.p50_ms = bench_quantile(times_ms, n, 0.5);
	flush.p99_ms = bench_quantile(times_ms, n, 0.99);
	free(times_ms);
	return flush;
}
