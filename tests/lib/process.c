/* _GNU_SOURCE for environ and pipe2(). */
#define _GNU_SOURCE
#include "tests/lib/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define STOP_MS 10000
#define LOOK_MS 5
/*
 * Below those that Linux gives to connections of its own choice: a program that is started again
 * must find its port as it left it.
 */
#define PORT_FIRST 10000
#define PORTS 22000
#define LOG_SHOWN_BYTES 4000

int64_t test_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void test_sleep_ms(int64_t ms)
{
	struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		continue;
}

/* Everything between fork() and exec() may only use what is safe after a fork of a thread. */
BR_NORETURN static void child_run(
	const char *log, const char *const argv[], const char *const environment[], pid_t parent)
{
	sigset_t none;
	int fd;

	(void)setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	fd = open("/dev/null", O_RDONLY);
	if (fd >= 0)
		(void)dup2(fd, 0);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
		(void)putenv((char *)(uintptr_t)environment[i]);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	(void)dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void test_process_start(struct test_process *process, const char *name, const char *const argv[],
	const char *const environment[])
{
	static unsigned starts;
	pid_t parent = getpid();

	br_assert(process->pid == 0);
	(void)snprintf(process->name, sizeof(process->name), "%s", name);
	(void)snprintf(
		process->log, sizeof(process->log), "%s/%s-%u.log", test_folder(), name, ++starts);
	(void)fflush(NULL);
	process->code = -1;
	process->pid = fork();
	if (process->pid == 0)
		child_run(process->log, argv, environment, parent);
	if (process->pid < 0) {
		printf("%s: cannot be started: %s\n", name, strerror(errno));
		test_abandon();
	}
	/* Both sides do it, so the group exists whoever is first. */
	(void)setpgid(process->pid, process->pid);
}

static void ended(struct test_process *process, int status)
{
	process->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	process->pid = 0;
}

bool test_process_runs(struct test_process *process)
{
	int status;

	if (process->pid == 0)
		return false;
	if (waitpid(process->pid, &status, WNOHANG) == process->pid)
		ended(process, status);
	return process->pid != 0;
}

bool test_process_wait(struct test_process *process, int64_t wait_ms)
{
	int64_t end_ms = test_now_ms() + wait_ms;

	while (test_process_runs(process)) {
		if (test_now_ms() >= end_ms)
			return false;
		test_sleep_ms(LOOK_MS);
	}
	return true;
}

void test_process_kill(struct test_process *process)
{
	int status;

	if (!test_process_runs(process))
		return;
	(void)kill(-process->pid, SIGKILL);
	if (waitpid(process->pid, &status, 0) == process->pid)
		ended(process, status);
}

int test_process_stop(struct test_process *process)
{
	if (!test_process_runs(process))
		return process->code;
	(void)kill(process->pid, SIGTERM);
	if (!test_process_wait(process, STOP_MS)) {
		printf("%s: still runs %d ms after SIGTERM, killed\n", process->name, STOP_MS);
		test_process_kill(process);
	}
	return process->code;
}

static bool log_has(const struct test_process *process, const char *text)
{
	bool has;
	char *log;

	if (access(process->log, R_OK) < 0)
		return false;
	log = test_file_read(process->log, NULL);
	has = strstr(log, text) != NULL;
	free(log);
	return has;
}

bool test_process_says(struct test_process *process, const char *text, int64_t wait_ms)
{
	int64_t end_ms = test_now_ms() + wait_ms;

	for (;;) {
		/* Looked at before the log, so that a program's last words still count. */
		bool runs = test_process_runs(process);

		if (log_has(process, text))
			return true;
		if (!runs || test_now_ms() >= end_ms)
			return false;
		test_sleep_ms(LOOK_MS);
	}
}

void test_process_log_show(const struct test_process *process)
{
	size_t n;
	char *log;

	if (access(process->log, R_OK) < 0)
		return;
	log = test_file_read(process->log, &n);
	printf("--- %s said:\n%s---\n", process->name,
		n > LOG_SHOWN_BYTES ? log + n - LOG_SHOWN_BYTES : log);
	free(log);
}

/* Nobody listens there, and no connection of a moment ago lingers. */
static bool port_is_free(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool free;

	br_assert(fd >= 0);
	free = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	(void)close(fd);
	return free;
}

unsigned test_port_free(void)
{
	static unsigned asked;

	/* Programs that run beside each other begin far apart. */
	for (unsigned i = 0; i < PORTS; i++) {
		unsigned port = PORT_FIRST + ((unsigned)getpid() * 7919 + 101 * asked++) % PORTS;

		if (port_is_free(port))
			return port;
	}
	printf("no free port on the loopback from %d on\n", PORT_FIRST);
	test_abandon();
}

static bool listens(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool reached;

	br_assert(fd >= 0);
	reached = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	(void)close(fd);
	return reached;
}

bool test_port_opens(struct test_process *process, unsigned port, int64_t wait_ms)
{
	int64_t end_ms = test_now_ms() + wait_ms;

	while (!listens(port)) {
		if (!test_process_runs(process) || test_now_ms() > end_ms)
			return false;
		test_sleep_ms(LOOK_MS);
	}
	return true;
}

const char *test_program(const char *name)
{
	static char paths[4][TEST_PATH_BYTES];
	static unsigned next;
	const char *build = getenv("BACKROOM_BUILD");
	char *path = paths[next++ % BR_ARRAY_LEN(paths)];

	(void)snprintf(path, TEST_PATH_BYTES, "%s/%s", build != NULL ? build : ".", name);
	if (access(path, X_OK) < 0) {
		printf("%s: not built (BACKROOM_BUILD=%s)\n", path, build != NULL ? build : "");
		test_abandon();
	}
	return path;
}
