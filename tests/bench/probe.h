/*
 * The disk's own speed: how long one flush takes on the file system that a bench uses.
 *
 * No durable answer can come faster than this, so it stands beside all that waits for one.
 */
#pragma once

struct bench_flush {
	double p50_ms, p99_ms;
};

/*
 * Writes a page and calls fdatasync(), `n` times, in a file below `folder`. The pages exist before,
 * as nearly all of a store's do: a file that grows is slower, because its size is flushed too.
 */
struct bench_flush bench_flush_measure(const char *folder, unsigned n);
