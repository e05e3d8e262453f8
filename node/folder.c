/* _GNU_SOURCE for renameat2(). */
#define _GNU_SOURCE
#include "node/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/crypto.h"

int br_path_fault(struct br_fault *fault, const char *path)
{
	br_assert(errno > 0);
	return br_fault_set(fault, br_error_from_errno(errno), "%s: %s", path, strerror(errno));
}

struct br_path br_path_in(const char *folder, const char *name)
{
	struct br_path path;
	int length = snprintf(path.s, sizeof(path.s), "%s/%s", folder, name);

	br_assert(name[0] != '\0');
	if (length < 0 || length >= (int)sizeof(path.s))
		path.s[0] = '\0';
	return path;
}

struct br_path br_path_parent(const char *path)
{
	struct br_path parent;
	char *slash;

	(void)snprintf(parent.s, sizeof(parent.s), "%s", path);
	while ((slash = strrchr(parent.s, '/')) != NULL && slash[1] == '\0' && slash != parent.s)
		*slash = '\0';
	if (slash == NULL)
		(void)strcpy(parent.s, ".");
	else
		slash[slash == parent.s] = '\0';
	br_assert(parent.s[0] != '\0');
	return parent;
}

int br_folder_sync(const char *path, struct br_fault *fault)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return br_path_fault(fault, path);
	if (fsync(fd) < 0)
		result = br_path_fault(fault, path);
	(void)close(fd);
	return result;
}

int br_folder_place(const char *from, const char *to, struct br_fault *fault)
{
	br_assert(strcmp(from, to) != 0);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		return br_path_fault(fault, to);
	return br_folder_sync(br_path_parent(to).s, fault);
}

int br_file_write(const char *path, struct br_str bytes, struct br_fault *fault)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int result = 0;

	if (fd < 0)
		return br_path_fault(fault, path);
	while (bytes.n > 0 && result == 0) {
		ssize_t n = write(fd, bytes.s, bytes.n);

		if (n < 0) {
			result = br_path_fault(fault, path);
			break;
		}
		br_assert((size_t)n <= bytes.n);
		bytes.s += n;
		bytes.n -= (size_t)n;
	}
	if (result == 0 && fsync(fd) < 0)
		result = br_path_fault(fault, path);
	(void)close(fd);
	return result;
}

static int stream_copy(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	br_assert(from >= 0 && to >= 0);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, bytes + done, (size_t)(n - done));

			if (written < 0)
				return -1;
			br_assert(written <= n - done);
			done += written;
		}
	return n < 0 || fsync(to) < 0 ? -1 : 0;
}

int br_file_copy(const char *from, const char *to, struct br_fault *fault)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, result = 0;

	if (in < 0)
		return br_path_fault(fault, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || stream_copy(in, out) < 0)
		result = br_path_fault(fault, to);
	if (out >= 0)
		(void)close(out);
	(void)close(in);
	return result;
}

int br_file_measure(
	const char *path, uint64_t *ret_bytes, char ret_sha256[65], struct br_fault *fault)
{
	unsigned char digest[BR_SHA256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int result;

	if (fd < 0)
		return br_path_fault(fault, path);
	result = fstat(fd, &status) < 0 ? BR_E_IO : br_sha256_file(fd, digest);
	(void)close(fd);
	if (result < 0)
		return br_fault_set(fault, result, "%s: cannot be read", path);
	br_assert(status.st_size >= 0);
	*ret_bytes = (uint64_t)status.st_size;
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(ret_sha256 + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
