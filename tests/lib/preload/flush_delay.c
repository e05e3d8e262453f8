/*
 * LD_PRELOAD: makes every flush to the disk take BACKROOM_FLUSH_DELAY_US longer, because a store
 * PC's disk flushes in milliseconds and a developer's in microseconds.
 *
 * A flush is fsync(), fdatasync(), msync(MS_SYNC), and any write to a file that was opened with
 * O_DSYNC or O_SYNC: LMDB writes its meta page through such a descriptor at every commit.
 *
 * For a program built with the address sanitiser add ASAN_OPTIONS=verify_asan_link_order=0.
 */
/* _GNU_SOURCE for RTLD_NEXT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct {
	long delay_us;
	int (*fsync)(int);
	int (*fdatasync)(int);
	int (*msync)(void *, size_t, int);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*pwritev)(int, const struct iovec *, int, off_t);
} real;

/* Assigning through a void pointer is what POSIX prescribes for functions from dlsym(). */
static void find(void *place, const char *name)
{
	*(void **)place = dlsym(RTLD_NEXT, name);
	if (*(void **)place == NULL)
		abort();
}

__attribute__((constructor)) static void start(void)
{
	const char *delay = getenv("BACKROOM_FLUSH_DELAY_US");

	find(&real.fsync, "fsync");
	find(&real.fdatasync, "fdatasync");
	find(&real.msync, "msync");
	find(&real.write, "write");
	find(&real.pwrite, "pwrite");
	find(&real.writev, "writev");
	find(&real.pwritev, "pwritev");
	real.delay_us = delay != NULL ? strtol(delay, NULL, 10) : 0;
}

/* Another library's constructor may write before ours has run. */
static void ready(void)
{
	if (real.pwritev == NULL)
		start();
}

static void pause_us(long us)
{
	struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	int saved = errno;

	while (us > 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
	errno = saved;
}

/* Pauses when the descriptor flushes with every write. */
static ssize_t after_write(int fd, ssize_t result)
{
	int saved = errno, flags;

	if (real.delay_us > 0 && result >= 0) {
		flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && (flags & (O_DSYNC | O_SYNC)) != 0)
			pause_us(real.delay_us);
	}
	errno = saved;
	return result;
}

int fsync(int fd)
{
	ready();
	pause_us(real.delay_us);
	return real.fsync(fd);
}

int fdatasync(int fd)
{
	ready();
	pause_us(real.delay_us);
	return real.fdatasync(fd);
}

int msync(void *address, size_t n, int flags)
{
	ready();
	if ((flags & MS_SYNC) != 0)
		pause_us(real.delay_us);
	return real.msync(address, n, flags);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	ready();
	return after_write(fd, real.write(fd, bytes, n));
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	ready();
	return after_write(fd, real.pwrite(fd, bytes, n, offset));
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
	ready();
	return after_write(fd, real.pwrite(fd, bytes, n, offset));
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
	ready();
	return after_write(fd, real.writev(fd, pieces, n));
}

ssize_t pwritev(int fd, const struct iovec *pieces, int n, off_t offset)
{
	ready();
	return after_write(fd, real.pwritev(fd, pieces, n, offset));
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int n, off64_t offset)
{
	ready();
	return after_write(fd, real.pwritev(fd, pieces, n, offset));
}
