/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/peers/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/json.h"
#include "node/json_out.h"

#define RUN_BYTES 17
#define LINE_BYTES_MAX (PEER_REQUEST_BYTES_MAX + 1024)

struct peer_ledger {
	int fd;
	bool sync;
	char run[RUN_BYTES];
	uint64_t number;
	int64_t row;
	struct br_text line;
	struct peer_request *unanswered; /* owned, in the order they were made */
	size_t unanswered_n;
};

/* The bytes of the last member of a line, which is the object named `name`. */
static struct br_str last_member(struct br_str line, const char *name)
{
	char mark[32];
	const char *at;
	int n = snprintf(mark, sizeof(mark), ",\"%s\":", name);

	br_assert(n > 0 && (size_t)n < sizeof(mark));
	at = memmem(line.s, line.n, mark, (size_t)n);
	if (at == NULL)
		return (struct br_str){NULL, 0};
	at += n;
	return (struct br_str){at, (size_t)(line.s + line.n - at) - 1};
}

static int send_read(struct peer_ledger *ledger, struct br_str line, const struct br_json *root)
{
	struct peer_request request;
	const struct br_json *body = br_json_member(root, "request");
	struct br_str id, till, type, bytes = last_member(line, "request");
	int64_t number, lines;

	peer_request_init(&request);
	if (!br_json_string(br_json_member(root, "send"), &id) ||
		!br_json_string(br_json_member(root, "till"), &till) ||
		!br_json_i64(br_json_member(root, "n"), &number) ||
		!br_json_i64(br_json_member(root, "row"), &request.row_end) ||
		!br_json_i64(br_json_member(root, "lines"), &lines) ||
		!br_json_string(br_json_member(body, "type"), &type) ||
		!peer_request_kind_parse(type, &request.kind) ||
		!br_str_copy(id, request.id, sizeof(request.id)) ||
		!br_str_copy(till, request.till, sizeof(request.till)))
		return BR_E_INVALID;
	if (ledger->unanswered_n == PEER_LEDGER_UNANSWERED_MAX)
		return BR_E_TOO_LARGE;
	request.number = (uint64_t)number;
	request.line_n = (uint32_t)lines;
	br_text_add_str(&request.body, bytes);
	if (br_text_error(&request.body) < 0) {
		peer_request_finish(&request);
		return BR_E_INVALID;
	}
	ledger->unanswered[ledger->unanswered_n++] = request;
	if (request.number > ledger->number)
		ledger->number = request.number;
	if (request.row_end > ledger->row)
		ledger->row = request.row_end;
	return 0;
}

static void answered(struct peer_ledger *ledger, struct br_str id)
{
	struct peer_request *list = ledger->unanswered;

	for (size_t i = 0; i < ledger->unanswered_n; i++) {
		if (!br_str_is(id, list[i].id))
			continue;
		peer_request_finish(&list[i]);
		ledger->unanswered_n--;
		memmove(list + i, list + i + 1, (ledger->unanswered_n - i) * sizeof(*list));
		return;
	}
}

static int line_read(struct peer_ledger *ledger, struct br_str line)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str text;

	if (br_json_parse(line, &root, NULL) < 0)
		return BR_E_INVALID;
	if (br_json_string(br_json_member(root, "run"), &text))
		return br_str_copy(text, ledger->run, sizeof(ledger->run)) ? 0 : BR_E_INVALID;
	if (br_json_string(br_json_member(root, "reply"), &text)) {
		answered(ledger, text);
		return 0;
	}
	return send_read(ledger, line, root);
}

/* Reads all whole lines and cuts off what a kill left half-written. */
static int file_read(struct peer_ledger *ledger, const char *path, struct br_fault *fault)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t space = 0, line_n = 0;
	off_t whole = 0;
	ssize_t got;
	int error = 0;

	if (file == NULL)
		return br_fault_set(fault, BR_E_IO, "%s: %s", path, strerror(errno));
	while (error == 0 && (got = getline(&line, &space, file)) > 0) {
		if (line[got - 1] != '\n')
			break;
		line_n++;
		whole += got;
		error = line_read(ledger, (struct br_str){line, (size_t)got - 1});
	}
	free(line);
	(void)fclose(file);
	if (error < 0)
		return br_fault_set(
			fault, error, "%s: line %zu is not a till's record", path, line_n);
	if (ftruncate(ledger->fd, whole) < 0)
		return br_fault_set(fault, BR_E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int peer_ledger_open(
	const char *path, bool sync, struct peer_ledger **ret_ledger, struct br_fault *fault)
{
	struct peer_ledger *ledger = calloc(1, sizeof(*ledger));
	int error;

	if (ledger == NULL)
		return BR_E_MEMORY;
	ledger->sync = sync;
	br_text_init(&ledger->line, LINE_BYTES_MAX);
	ledger->unanswered = calloc(PEER_LEDGER_UNANSWERED_MAX, sizeof(*ledger->unanswered));
	ledger->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (ledger->unanswered == NULL)
		error = BR_E_MEMORY;
	else if (ledger->fd < 0)
		error = br_fault_set(fault, BR_E_IO, "%s: %s", path, strerror(errno));
	else
		error = file_read(ledger, path, fault);
	if (error < 0) {
		peer_ledger_close(ledger);
		return error;
	}
	*ret_ledger = ledger;
	return 0;
}

void peer_ledger_close(struct peer_ledger *ledger)
{
	if (ledger == NULL)
		return;
	for (size_t i = 0; i < ledger->unanswered_n; i++)
		peer_request_finish(&ledger->unanswered[i]);
	free(ledger->unanswered);
	br_text_finish(&ledger->line);
	if (ledger->fd >= 0)
		(void)close(ledger->fd);
	free(ledger);
}

const char *peer_ledger_run(const struct peer_ledger *ledger)
{
	return ledger->run;
}

uint64_t peer_ledger_number(const struct peer_ledger *ledger)
{
	return ledger->number;
}

int64_t peer_ledger_row(const struct peer_ledger *ledger)
{
	return ledger->row;
}

bool peer_ledger_take_unanswered(struct peer_ledger *ledger, struct peer_request *ret_request)
{
	if (ledger->unanswered_n == 0)
		return false;
	peer_request_finish(ret_request);
	*ret_request = ledger->unanswered[0];
	ledger->unanswered_n--;
	memmove(ledger->unanswered, ledger->unanswered + 1,
		ledger->unanswered_n * sizeof(*ledger->unanswered));
	return true;
}

/* One write for the whole line; the file is opened for appending. */
static int line_write(struct peer_ledger *ledger, bool sync)
{
	int error = br_text_error(&ledger->line);
	ssize_t wrote;

	if (error < 0)
		return error;
	br_text_putc(&ledger->line, '\n');
	wrote = write(ledger->fd, ledger->line.bytes, ledger->line.n);
	if (wrote != (ssize_t)ledger->line.n)
		return wrote < 0 ? br_error_from_errno(errno) : BR_E_DISK_FULL;
	return sync && fdatasync(ledger->fd) < 0 ? br_error_from_errno(errno) : 0;
}

int peer_ledger_run_set(struct peer_ledger *ledger, const char *run)
{
	struct br_json_out out;

	br_assert(ledger->run[0] == '\0' && strlen(run) < RUN_BYTES && run[0] != '\0');
	(void)snprintf(ledger->run, sizeof(ledger->run), "%s", run);
	br_text_clear(&ledger->line);
	br_json_out_begin(&out, &ledger->line);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "run", run);
	br_json_out_end(&out);
	return line_write(ledger, ledger->sync);
}

int peer_ledger_send(struct peer_ledger *ledger, const struct peer_request *request)
{
	struct br_json_out out;

	br_text_clear(&ledger->line);
	br_json_out_begin(&out, &ledger->line);
	br_json_out_object(&out, NULL);
	br_json_out_u64(&out, "n", request->number);
	br_json_out_puts(&out, "till", request->till);
	br_json_out_i64(&out, "row", request->row_end);
	br_json_out_u64(&out, "lines", request->line_n);
	br_json_out_puts(&out, "send", request->id);
	br_json_out_raw(&out, "request", br_text_str(&request->body));
	br_json_out_end(&out);
	return line_write(ledger, ledger->sync);
}

int peer_ledger_reply(struct peer_ledger *ledger, const char *id, struct br_str answer)
{
	struct br_json_out out;

	br_text_clear(&ledger->line);
	br_json_out_begin(&out, &ledger->line);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "reply", id);
	br_json_out_raw(&out, "answer", answer);
	br_json_out_end(&out);
	return line_write(ledger, false);
}
