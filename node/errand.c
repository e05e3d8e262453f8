/* _GNU_SOURCE for pipe2(). */
#define _GNU_SOURCE
#include "node/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/text.h"

#define REAP_MS 20    /* between two looks whether it has ended, once its output has */
#define REAP_LOOKS 50 /* then it is killed */

extern char **environ;

struct br_errand {
	struct br_loop *loop;
	struct br_loop_source *watch, *timer;
	void (*done)(void *owner, int code, struct br_str output);
	void *owner;
	struct br_text output;
	pid_t pid;	/* 0 once it was waited for */
	int fd;		/* its standard output, -1 once that has ended */
	unsigned looks; /* whether it has ended */
	bool killed, over;
};

static void done_tell(struct br_errand *errand, int status)
{
	int code = !errand->killed && WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	br_assert(errand->pid == 0 && !errand->over);
	errand->over = true;
	br_loop_timer_stop(errand->timer);
	errand->done(errand->owner, code, br_text_str(&errand->output));
}

static void output_end(struct br_errand *errand)
{
	br_assert(errand->fd >= 0);
	br_loop_source_destroy(BR_TAKE(errand->watch));
	(void)close(errand->fd);
	errand->fd = -1;
	br_loop_timer_set(errand->timer, 0);
}

/* It is over with it: whatever it still does helps nobody. */
static void errand_kill(struct br_errand *errand)
{
	br_assert(errand->pid > 0);
	errand->killed = true;
	(void)kill(errand->pid, SIGKILL);
	if (errand->fd >= 0)
		output_end(errand);
}

static void output_ready(void *owner, unsigned events BR_UNUSED)
{
	struct br_errand *errand = owner;
	char bytes[4096];
	ssize_t n = read(errand->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		output_end(errand);
		return;
	}
	br_text_add(&errand->output, bytes, (size_t)n);
	br_assert(errand->pid > 0);
	if (br_text_error(&errand->output) < 0)
		errand_kill(errand);
}

/* While the output lasts, the timer is the program's time; behind it, the look for its end. */
static void timer_fired(void *owner)
{
	struct br_errand *errand = owner;
	int status = 0;
	pid_t ended;

	if (errand->fd >= 0) {
		errand_kill(errand);
		return;
	}
	br_assert(errand->pid > 0 && !errand->over);
	ended = waitpid(errand->pid, &status, WNOHANG);
	if (ended == 0) {
		/* A program that closes its output and lives on does not what was asked for. */
		if (++errand->looks >= REAP_LOOKS)
			errand_kill(errand);
		br_loop_timer_set(errand->timer, REAP_MS);
		return;
	}
	errand->killed |= ended < 0;
	errand->pid = 0;
	done_tell(errand, status);
}

static int spawn(struct br_errand *errand, const char *const *argv, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int failed;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return ENOMEM;
	}
	failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (failed == 0)
		failed = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	/* Ours are blocked for the loop, and would be blocked for it. */
	if (failed == 0)
		failed = posix_spawnattr_setsigmask(&attributes, &none);
	if (failed == 0)
		failed = posix_spawnattr_setsigdefault(&attributes, &all);
	if (failed == 0)
		failed = posix_spawnattr_setflags(
			&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	br_assert(errand->pid == 0);
	if (failed == 0)
		failed = posix_spawn(&errand->pid, argv[0], &actions, &attributes,
			(char *const *)(uintptr_t)argv, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (failed != 0)
		errand->pid = 0;
	return failed;
}

int br_errand_start(struct br_loop *loop, const struct br_errand_options *options,
	struct br_errand **ret_errand)
{
	BR_CLEANUP(br_errand_cleanup) struct br_errand *errand = calloc(1, sizeof(*errand));
	int pipe_fds[2], failed, result;

	br_assert(options->argv[0] != NULL && options->wait_ms > 0 && options->done != NULL);
	if (errand == NULL)
		return BR_E_MEMORY;
	errand->fd = -1;
	errand->loop = loop;
	errand->done = options->done;
	errand->owner = options->owner;
	br_text_init(&errand->output, BR_ERRAND_BYTES_MAX);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return br_error_from_errno(errno);
	errand->fd = pipe_fds[0];
	failed = spawn(errand, options->argv, pipe_fds[1]);
	(void)close(pipe_fds[1]);
	if (failed != 0)
		return br_error_from_errno(failed);
	(void)fcntl(errand->fd, F_SETFL, O_NONBLOCK);
	result =
		br_loop_watch(loop, errand->fd, BR_LOOP_READ, output_ready, errand, &errand->watch);
	if (result == 0)
		result = br_loop_timer(loop, timer_fired, errand, &errand->timer);
	if (result < 0)
		return result;
	br_loop_timer_set(errand->timer, options->wait_ms);
	*ret_errand = BR_TAKE(errand);
	return 0;
}

void br_errand_destroy(struct br_errand *errand)
{
	if (errand == NULL)
		return;
	br_loop_source_destroy(errand->watch);
	br_loop_source_destroy(errand->timer);
	if (errand->fd >= 0)
		(void)close(errand->fd);
	/* A killed program ends at once: this does not wait for anybody's network. */
	if (errand->pid > 0) {
		(void)kill(errand->pid, SIGKILL);
		(void)waitpid(errand->pid, NULL, 0);
	}
	br_text_finish(&errand->output);
	free(errand);
}

bool br_errand_runs(const struct br_errand *errand)
{
	br_assert(errand->over == (errand->pid == 0));
	return !errand->over;
}
