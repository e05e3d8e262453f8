#include "node/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/test.h"

/* A service manager's socket; the environment names it. */
static int manager_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", test_folder());
	(void)unlink(address.sun_path);
	REQUIRE(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	REQUIRE(setenv("NOTIFY_SOCKET", address.sun_path, 1) == 0);
	return fd;
}

static void manager_close(int fd)
{
	(void)unsetenv("NOTIFY_SOCKET");
	(void)close(fd);
}

/* The next datagram, whole. */
static const char *manager_hears(int fd)
{
	static char bytes[1024];
	ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, 0);

	bytes[n > 0 ? n : 0] = '\0';
	return bytes;
}

static void test_ready_brings_the_status(void)
{
	int fd = manager_open();

	br_notify_ready("Running; journal at 7");
	CHECK_TEXT(manager_hears(fd), "READY=1\nSTATUS=Running; journal at 7");
	manager_close(fd);
}

/* systemd matches a reload's end to its beginning by the time, which it demands. */
static void test_reloading_brings_the_time(void)
{
	static const char begin[] = "RELOADING=1\nMONOTONIC_USEC=";
	int fd = manager_open();
	const char *heard;

	br_notify_reloading();
	heard = manager_hears(fd);
	CHECK_HAS(heard, begin);
	CHECK(strtoull(heard + sizeof(begin) - 1, NULL, 10) > 0);
	manager_close(fd);
}

static void test_stopping_and_status(void)
{
	int fd = manager_open();

	br_notify_status("HQ is away");
	CHECK_TEXT(manager_hears(fd), "STATUS=HQ is away");
	br_notify_stopping();
	CHECK_TEXT(manager_hears(fd), "STOPPING=1");
	manager_close(fd);
}

static void test_nothing_happens_without_a_manager(void)
{
	int fd = manager_open();
	char byte;

	(void)unsetenv("NOTIFY_SOCKET");
	br_notify_ready("x");
	br_notify_reloading();
	br_notify_status("x");
	br_notify_stopping();
	CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) < 0);
	/* Nor with one that is gone. */
	(void)setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	br_notify_ready("x");
	CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) < 0);
	manager_close(fd);
}

int main(int argc, char **argv)
{
	TEST(test_ready_brings_the_status);
	TEST(test_reloading_brings_the_time);
	TEST(test_stopping_and_status);
	TEST(test_nothing_happens_without_a_manager);
	return test_end(argc, argv);
}
