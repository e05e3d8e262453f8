/*
 * The disk's own speed: how long one flush takes on the file system that a bench uses.
 *
 * No durable answer can come faster than this, so it stands beside all that waits for one.
 */
#pragma once

struct bench_flush {
	double p50_ms, p99_ms;
};

/* Appends a page and calls fdatasync(), `n` times, in a file below `folder`. */
struct bench_flush bench_flush_measure(const char *folder, unsigned n);
