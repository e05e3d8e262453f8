#include "web-ui/rest_till.h"

#include "node/person.h"
#include "node/till_look.h"
#include "node/till_reply.h"

#define TILL "/till/"
/* A request written anew as a command: its texts may grow by escapes. */
#define COMMAND_BYTES_MAX (2u << 20)

bool br_rest_till_path(struct br_str path, struct br_str *ret_till)
{
	size_t n = sizeof(TILL) - 1;

	br_assert(path.n == 0 || path.s != NULL);
	if (path.n <= n || !br_str_starts(path, TILL))
		return false;
	*ret_till = (struct br_str){path.s + n, path.n - n};
	return true;
}

/* A refusal that needs no core, as the reply to a single request. */
static int reply_refuse(struct br_rest_response *response, struct br_str id, const char *message)
{
	struct br_json_out out;

	br_assert(message[0] != '\0');
	br_text_clear(&response->text);
	br_json_out_begin(&out, &response->text);
	br_till_reply_refuse(&out, id, BR_OUTCOME_REFUSED, BR_REFUSAL_MALFORMED, message);
	br_rest_json(response, 400);
	return 1;
}

static int request_look(struct br_hub *hub, const char *till, const struct br_till_request *request,
	struct br_arena *arena, struct br_rest_response *response)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	const struct br_hub_options *options = br_hub_options(hub);
	int result = br_txn_begin(options->ledger, false, &txn);
	struct br_till_view view = {
		.txn = txn,
		.now_ms = options->clock->wall_ms(options->clock->context),
		.currency = options->currency,
		.arena = arena,
		.opener = br_person_opener(options->keys),
	};

	br_assert(br_till_request_looks(request));
	if (result == 0)
		result = br_till_look(&view, till, request, &response->text);
	if (result < 0)
		br_rest_error(response, 500, "internal", "the ledger cannot be read: %s",
			br_error_text(result));
	else
		br_rest_json(response, 200);
	return 1;
}

/* Writes the request as the command that it means: {id, type, happened?, data}. */
static int command_write(struct br_hub *hub, const char *till,
	const struct br_till_request *request, struct br_arena *arena, struct br_text *text)
{
	const char *currency = br_hub_options(hub)->currency;
	struct br_command command = {.now_ms = 0};
	struct br_json_out out;
	int result = br_till_request_command(request, till, currency, arena, &command);

	br_assert(!br_till_request_looks(request));
	if (result < 0)
		return result;
	br_text_clear(text);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_string(&out, "id", command.id);
	br_json_out_puts(&out, "type", command.type->name);
	if (command.happened_ms != 0)
		br_json_out_time(&out, "happened", command.happened_ms);
	br_json_out_object(&out, "data");
	br_record_to_json(command.type->shape, command.body, &out);
	br_json_out_end(&out);
	br_json_out_end(&out);
	return br_text_error(text);
}

/* Puts a request to the core; what it cannot mean is its answer. */
static int request_add(struct br_hub *hub, struct br_web_job *job, const char *till,
	const struct br_json *json, struct br_arena *arena, struct br_text *text)
{
	struct br_till_request request;
	struct br_till_asked asked;
	struct br_json *command;
	struct br_fault fault;

	br_arena_reset(arena);
	if (br_till_request_read(json, arena, &request, &fault) < 0)
		return br_hub_job_add_refused(
			job, br_till_request_id(json), BR_REFUSAL_MALFORMED, fault.text);
	if (br_till_request_looks(&request))
		return br_hub_job_add_refused(job, request.id, BR_REFUSAL_MALFORMED,
			"type: a look-up stands alone, not in a list");
	if (command_write(hub, till, &request, arena, text) < 0 ||
		br_json_parse(br_text_str(text), &command, &fault) < 0)
		return br_hub_job_add_refused(job, request.id, BR_REFUSAL_TOO_LARGE,
			"needs more memory than one request may");
	asked = br_till_request_asked(&request);
	br_assert(text->n > 0);
	return br_hub_job_add_asked(hub, job, command, &asked);
}

static int requests_add(struct br_hub *hub, struct br_web_job *job, const char *till,
	const struct br_json *root, struct br_arena *arena)
{
	const struct br_json *requests = br_json_member(root, "requests");
	struct br_text text;
	int result = 0;

	br_text_init(&text, COMMAND_BYTES_MAX);
	if (requests == NULL)
		result = request_add(hub, job, till, root, arena, &text);
	BR_JSON_EACH (request, requests) {
		if (result == 0)
			result = request_add(hub, job, till, request, arena, &text);
	}
	br_text_finish(&text);
	/* The list was counted, and is within what a job may hold. */
	br_assert(result == 0);
	return result;
}

static int job_begin(struct br_hub *hub, const char *till, const struct br_json *root,
	struct br_arena *arena, struct br_web_job **ret_job, struct br_rest_response *response)
{
	struct br_web_job *job;
	int result = br_hub_job_create(hub, false, br_json_member(root, "requests") != NULL, &job);

	if (result < 0) {
		br_rest_error(response, 503, "busy", "%s", br_error_text(result));
		return 1;
	}
	br_hub_job_till(job, till);
	result = requests_add(hub, job, till, root, arena);
	br_assert(result == 0 && br_hub_job_n(job) > 0);
	*ret_job = job;
	return 0;
}

/* True when the list of a batch may be; else the response says why not. */
static bool batch_check(const struct br_json *root, struct br_rest_response *response)
{
	const struct br_json *requests = br_json_member(root, "requests");
	size_t n = br_json_count(requests);

	br_assert(requests != NULL);
	if (br_json_kind(requests) == BR_JSON_ARRAY && n > 0 && n <= BR_WEB_BATCH_COMMANDS_MAX &&
		br_json_count(root) == 1)
		return true;
	br_rest_error(response, 400, "malformed",
		"requests: allowed is a list of 1 to %d requests and nothing beside it",
		BR_WEB_BATCH_COMMANDS_MAX);
	return false;
}

int br_rest_till_post(struct br_hub *hub, const char *till, struct br_str body,
	struct br_web_job **ret_job, struct br_rest_response *response)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_till_request request;
	struct br_arena arena;
	struct br_fault fault;
	int result;

	br_assert(till[0] != '\0');
	if (br_json_parse(body, &root, &fault) < 0)
		return reply_refuse(response, (struct br_str){NULL, 0}, fault.text);
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	if (br_json_member(root, "requests") != NULL)
		result = batch_check(root, response)
				 ? job_begin(hub, till, root, &arena, ret_job, response)
				 : 1;
	else if (br_till_request_read(root, &arena, &request, &fault) < 0)
		result = reply_refuse(response, br_till_request_id(root), fault.text);
	else if (br_till_request_looks(&request))
		result = request_look(hub, till, &request, &arena, response);
	else
		result = job_begin(hub, till, root, &arena, ret_job, response);
	br_arena_finish(&arena);
	return result;
}

static void reply_write(struct br_hub *hub, const struct br_web_job_answer *answer,
	struct br_arena *arena, struct br_json_out *out)
{
	struct br_str id = br_str_from(answer->command);

	/* It may be decided yet; the same id sent again gets that decision. */
	if (!answer->there)
		br_till_reply_refuse(out, id, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
			"no decision yet: send the same request again");
	else
		br_till_reply_answer(out, id, &answer->asked, &answer->answer,
			br_hub_options(hub)->ledger, br_hub_options(hub)->currency, arena);
	br_assert(out->text != NULL);
}

void br_rest_till_job(
	struct br_hub *hub, const struct br_web_job *job, struct br_rest_response *response)
{
	bool batch = br_hub_job_batch(job);
	unsigned n = br_hub_job_n(job);
	struct br_arena arena;
	struct br_json_out out;

	br_assert(br_hub_job_of_till(job) && (batch || n == 1));
	br_arena_init(&arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_json_out_begin(&out, &response->text);
	if (batch) {
		br_json_out_object(&out, NULL);
		br_json_out_array(&out, "replies");
	}
	for (unsigned i = 0; i < n; i++)
		reply_write(hub, br_hub_job_answer(job, i), &arena, &out);
	if (batch) {
		br_json_out_end(&out);
		br_json_out_end(&out);
	}
	br_arena_finish(&arena);
	br_rest_json(response, batch ? 200 : br_rest_answer_status(br_hub_job_answer(job, 0)));
}
