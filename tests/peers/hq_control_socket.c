/* The control's connections: lines from unix sockets and standard input, see hq_control.h. */
/* _GNU_SOURCE for accept4(). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/peers/hq_control.h"

#define GUESTS_MAX 8

struct guest {
	struct peer_control *control;
	struct peer_source source;
	int fd, out_fd;
	size_t n;
	char line[PEER_CONTROL_LINE_MAX];
};

struct peer_control {
	struct peer_loop *loop;
	struct peer_control_target target;
	struct peer_source listener;
	int listen_fd;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct guest *guests[GUESTS_MAX];
	struct br_text answer;
};

static void guest_destroy(struct guest *guest)
{
	struct peer_control *control = guest->control;

	peer_loop_remove(control->loop, &guest->source);
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (control->guests[i] == guest)
			control->guests[i] = NULL;
	if (guest->fd != STDIN_FILENO)
		(void)close(guest->fd);
	free(guest);
}

static void guest_prepare(void *context, struct pollfd *ret_poll)
{
	const struct guest *guest = context;

	*ret_poll = (struct pollfd){.fd = guest->fd, .events = POLLIN};
}

/* Answers every whole line that has come. */
static void lines_answer(struct guest *guest)
{
	struct peer_control *control = guest->control;
	char *end;

	while ((end = memchr(guest->line, '\n', guest->n)) != NULL) {
		size_t n = (size_t)(end - guest->line);

		peer_control_line(
			&control->target, (struct br_str){guest->line, n}, &control->answer);
		br_text_putc(&control->answer, '\n');
		/* A guest that does not read its few answers loses them; a file that failed has
		 * none, and ends HQ with this turn. */
		if (peer_hq_store_commit(control->target.store) == 0)
			(void)!write(guest->out_fd, control->answer.bytes, control->answer.n);
		guest->n -= n + 1;
		memmove(guest->line, end + 1, guest->n);
	}
}

static void guest_ready(void *context, short revents BR_UNUSED)
{
	struct guest *guest = context;
	ssize_t got = read(guest->fd, guest->line + guest->n, sizeof(guest->line) - guest->n);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got > 0) {
		guest->n += (size_t)got;
		lines_answer(guest);
	}
	/* The end, an error, or a line that is longer than allowed. */
	if (got <= 0 || guest->n == sizeof(guest->line))
		guest_destroy(guest);
}

static void guest_create(struct peer_control *control, int fd, int out_fd)
{
	for (size_t i = 0; i < GUESTS_MAX; i++) {
		struct guest *guest;

		if (control->guests[i] != NULL)
			continue;
		guest = calloc(1, sizeof(*guest));
		br_assert(guest != NULL);
		guest->control = control;
		guest->fd = fd;
		guest->out_fd = out_fd;
		guest->source = (struct peer_source){guest_prepare, guest_ready, guest};
		control->guests[i] = guest;
		peer_loop_add(control->loop, &guest->source);
		return;
	}
	(void)close(fd);
}

static void listener_prepare(void *context, struct pollfd *ret_poll)
{
	const struct peer_control *control = context;

	*ret_poll = (struct pollfd){.fd = control->listen_fd, .events = POLLIN};
}

static void listener_ready(void *context, short revents BR_UNUSED)
{
	struct peer_control *control = context;
	int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		guest_create(control, fd, fd);
}

static int listen_on(struct peer_control *control, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (strlen(path) >= sizeof(address.sun_path)) {
		(void)fprintf(stderr, "--control %s: over %zu bytes\n", path,
			sizeof(address.sun_path) - 1);
		return BR_E_IO;
	}
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (control->listen_fd < 0 ||
		bind(control->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(control->listen_fd, GUESTS_MAX) < 0) {
		(void)fprintf(stderr, "--control %s: %s\n", path, strerror(errno));
		return BR_E_IO;
	}
	(void)snprintf(control->path, sizeof(control->path), "%s", path);
	control->listener = (struct peer_source){listener_prepare, listener_ready, control};
	peer_loop_add(control->loop, &control->listener);
	return 0;
}

int peer_control_create(struct peer_loop *loop, const struct peer_control_target *target,
	const char *path, bool use_stdin, struct peer_control **ret_control)
{
	struct peer_control *control = calloc(1, sizeof(*control));
	int error = 0;

	if (control == NULL)
		return BR_E_MEMORY;
	control->loop = loop;
	control->target = *target;
	control->listen_fd = -1;
	br_text_init(&control->answer, PEER_CONTROL_LINE_MAX);
	if (path != NULL)
		error = listen_on(control, path);
	if (error < 0) {
		peer_control_destroy(control);
		return error;
	}
	if (use_stdin)
		guest_create(control, STDIN_FILENO, STDOUT_FILENO);
	*ret_control = control;
	return 0;
}

void peer_control_destroy(struct peer_control *control)
{
	if (control == NULL)
		return;
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (control->guests[i] != NULL)
			guest_destroy(control->guests[i]);
	peer_loop_remove(control->loop, &control->listener);
	if (control->listen_fd >= 0)
		(void)close(control->listen_fd);
	if (control->path[0] != '\0')
		(void)unlink(control->path);
	br_text_finish(&control->answer);
	free(control);
}
