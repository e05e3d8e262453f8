/*
 * LD_PRELOAD: makes the n-th write or flush on certain files fail, to see what the program does.
 *
 *	BACKROOM_FAULT_PATH    only files whose path contains this text (needed)
 *	BACKROOM_FAULT_CALL    which call fails, counted from 1; 0 or absent: none fails
 *	BACKROOM_FAULT_ERRNO   EIO (default), ENOSPC, EDQUOT, EROFS, or a number
 *	BACKROOM_FAULT_MODE    once (default), or on: that call and every later one
 *	BACKROOM_FAULT_KIND    write, sync, or all (default)
 *	BACKROOM_FAULT_COUNT   file that holds the number of calls so far, as text
 *	BACKROOM_FAULT_DEADLY  a text: the program that is about to write it is aborted
 *
 * Counted are write, pwrite, writev, pwritev, fsync and fdatasync. A call that fails does nothing:
 * no byte is written and nothing is flushed.
 *
 * For a program built with the address sanitiser add ASAN_OPTIONS=verify_asan_link_order=0.
 */
/* _GNU_SOURCE for RTLD_NEXT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	const char *path, *deadly;
	unsigned long call;
	int number;
	bool from_then_on, writes, syncs;
	int count_fd;
	int (*fsync)(int);
	int (*fdatasync)(int);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*pwritev)(int, const struct iovec *, int, off_t);
} real;

static atomic_ulong calls;

/* Assigning through a void pointer is what POSIX prescribes for functions from dlsym(). */
static void find(void *place, const char *name)
{
	*(void **)place = dlsym(RTLD_NEXT, name);
	if (*(void **)place == NULL)
		abort();
}

static int number_of(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}};

	for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i].name) == 0)
			return names[i].number;
	return text != NULL ? atoi(text) : EIO;
}

static bool is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

__attribute__((constructor)) static void start(void)
{
	const char *kind = getenv("BACKROOM_FAULT_KIND"), *call = getenv("BACKROOM_FAULT_CALL");
	const char *count = getenv("BACKROOM_FAULT_COUNT");

	if (real.pwritev != NULL)
		return;
	find(&real.fsync, "fsync");
	find(&real.fdatasync, "fdatasync");
	find(&real.write, "write");
	find(&real.pwrite, "pwrite");
	find(&real.writev, "writev");
	real.path = getenv("BACKROOM_FAULT_PATH");
	real.deadly = getenv("BACKROOM_FAULT_DEADLY");
	real.call = call != NULL ? strtoul(call, NULL, 10) : 0;
	real.number = number_of(getenv("BACKROOM_FAULT_ERRNO"));
	real.from_then_on = is(getenv("BACKROOM_FAULT_MODE"), "on");
	real.writes = !is(kind, "sync");
	real.syncs = !is(kind, "write");
	real.count_fd =
		count != NULL ? open(count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	/* Last: it says that all the others are there. */
	find(&real.pwritev, "pwritev");
}

static bool is_watched(int fd)
{
	char link[64], path[4096];
	ssize_t n;

	if (real.path == NULL || fd == real.count_fd)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strstr(path, real.path) != NULL;
}

static void count_write(unsigned long call)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lu\n", call);

	if (real.count_fd >= 0 && n > 0)
		(void)!real.pwrite(real.count_fd, text, (size_t)n, 0);
}

/* True, with errno set, when this call is to fail. */
static bool fails(int fd, bool sync)
{
	unsigned long call;
	int saved = errno;

	start();
	if ((sync && !real.syncs) || (!sync && !real.writes) || !is_watched(fd)) {
		errno = saved;
		return false;
	}
	call = atomic_fetch_add(&calls, 1) + 1;
	count_write(call);
	errno = saved;
	if (real.call == 0 || call < real.call || (call > real.call && !real.from_then_on))
		return false;
	errno = real.number;
	return true;
}

/* As an assertion ends a program that works on something it cannot bear. */
static void die_of(int fd, const struct iovec *pieces, int n)
{
	int saved = errno;

	start();
	for (int i = 0; real.deadly != NULL && is_watched(fd) && i < n; i++)
		if (memmem(pieces[i].iov_base, pieces[i].iov_len, real.deadly,
			    strlen(real.deadly)) != NULL)
			abort();
	errno = saved;
}

static void die_of_bytes(int fd, const void *bytes, size_t n)
{
	struct iovec piece = {.iov_len = n};

	/* iovec is for reading and writing; here nothing is changed. */
	memcpy(&piece.iov_base, &bytes, sizeof(bytes));
	die_of(fd, &piece, 1);
}

int fsync(int fd)
{
	return fails(fd, true) ? -1 : real.fsync(fd);
}

int fdatasync(int fd)
{
	return fails(fd, true) ? -1 : real.fdatasync(fd);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	die_of_bytes(fd, bytes, n);
	return fails(fd, false) ? -1 : real.write(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	die_of_bytes(fd, bytes, n);
	return fails(fd, false) ? -1 : real.pwrite(fd, bytes, n, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
	die_of_bytes(fd, bytes, n);
	return fails(fd, false) ? -1 : real.pwrite(fd, bytes, n, offset);
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
	die_of(fd, pieces, n);
	return fails(fd, false) ? -1 : real.writev(fd, pieces, n);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int n, off_t offset)
{
	die_of(fd, pieces, n);
	return fails(fd, false) ? -1 : real.pwritev(fd, pieces, n, offset);
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int n, off64_t offset)
{
	die_of(fd, pieces, n);
	return fails(fd, false) ? -1 : real.pwritev(fd, pieces, n, offset);
}
