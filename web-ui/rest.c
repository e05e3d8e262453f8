#include "web-ui/rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/metrics.h"
#include "web-ui/json_slice.h"
#include "web-ui/rest_till.h"

#define API "/api/v1"
#define JSON_TYPE "application/json"
#define NO_STORE "no-store"

static const char page_missing[] =
	"<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Backroom</title>"
	"</head>\n<body>\n<h1>Backroom is running, its dashboard is not installed</h1>\n<p>The "
	"node works; only the files of the browser app are missing. Set <code>root</code> in "
	"section <code>[web]</code> of the configuration to the folder that holds "
	"<code>assets.json</code>, or install the package that ships it, and restart the "
	"node.</p>\n<p>The API is at <a href=\"/api/v1/status\">/api/v1/status</a>, the metrics at "
	"<a href=\"/metrics\">/metrics</a>.</p>\n</body>\n</html>\n";

void br_rest_response_init(struct br_rest_response *response)
{
	memset(response, 0, sizeof(*response));
	br_text_init(&response->text, BR_WEB_ANSWER_BYTES_MAX);
}

void br_rest_response_finish(struct br_rest_response *response)
{
	br_text_finish(&response->text);
}

/* What is in the text is the body. */
static void body_set(struct br_rest_response *response, unsigned status, const char *type)
{
	br_assert(status >= 200 && br_text_error(&response->text) == 0);
	response->status = status;
	response->type = type;
	response->cache = NO_STORE;
	response->body = br_text_str(&response->text);
}

void br_rest_json(struct br_rest_response *response, unsigned status)
{
	br_text_putc(&response->text, '\n');
	if (br_text_error(&response->text) < 0)
		br_rest_error(response, 500, "internal", "no memory for the answer");
	else
		body_set(response, status, JSON_TYPE);
}

void br_rest_error(struct br_rest_response *response, unsigned status, const char *code,
	const char *format, ...)
{
	char message[BR_FAULT_BYTES_MAX];
	struct br_json_out out;
	va_list arguments;

	br_assert(status >= 400);
	/* What is not there was rightly asked for, and what breaks inside is not their doing. */
	if (status != 404 && status != 500)
		br_metric_add(BR_METRIC_WEB_REFUSED, 1);
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	message[br_utf8_cut(message, strlen(message))] = '\0';
	br_text_clear(&response->text);
	br_json_out_begin(&out, &response->text);
	br_json_out_object(&out, NULL);
	br_json_out_object(&out, "error");
	br_json_out_puts(&out, "code", code);
	br_json_out_puts(&out, "message", message);
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_text_putc(&response->text, '\n');
	/* Without the memory for a sentence the status has to do. */
	if (br_text_error(&response->text) < 0)
		br_text_clear(&response->text);
	body_set(response, status, JSON_TYPE);
}

/* Drawn when it is asked for: a picture is looked at seldom and is never older than its label. */
static void picture_get(struct br_hub *hub, struct br_str label, struct br_rest_response *response)
{
	const struct br_web_live *live = br_hub_live(hub);
	struct br_fault fault = {""};
	int result;

	br_assert(label.n > 0);
	br_text_finish(&response->text);
	br_text_init(&response->text, BR_WEB_PICTURE_BYTES_MAX);
	result = live->picture(live->context, label, &response->text, &fault);
	if (result == 0)
		result = br_text_error(&response->text);
	if (result == BR_E_NOT_FOUND)
		br_rest_error(response, 404, "unknown_label", "%s", fault.text);
	else if (result < 0)
		br_rest_error(response, 500, "internal", "the picture cannot be drawn: %s",
			fault.text[0] != '\0' ? fault.text : br_error_text(result));
	else
		body_set(response, 200, "image/png");
}

/* The label of "/labels/{id}/picture.png". */
static bool picture_label(struct br_str path, struct br_str *ret_label)
{
	static const char head[] = "/labels/", tail[] = "/picture.png";
	size_t around = sizeof(head) - 1 + sizeof(tail) - 1;

	br_assert(path.n == 0 || path.s != NULL);
	if (path.n <= around || !br_str_starts(path, head) ||
		memcmp(path.s + path.n - (sizeof(tail) - 1), tail, sizeof(tail) - 1) != 0)
		return false;
	*ret_label = (struct br_str){path.s + sizeof(head) - 1, path.n - around};
	return true;
}

/* The parameters of the address and the one of the path together. */
static unsigned pairs_join(const struct br_rest_request *request, const struct br_web_query *query,
	struct br_str value, struct br_web_pair pairs[BR_REST_PAIRS_MAX + 1])
{
	const char *open = strchr(query->path, '{');
	unsigned n = request->pair_n;

	br_assert(n <= BR_REST_PAIRS_MAX);
	memcpy(pairs, request->pairs, n * sizeof(pairs[0]));
	if (open != NULL) {
		pairs[n].name = (struct br_str){open + 1, strcspn(open + 1, "}")};
		pairs[n++].value = value;
	}
	return n;
}

/* The same table as JSON-RPC; the path's own parameter joins those of the address. */
static void query_get(struct br_hub *hub, const struct br_rest_request *request, struct br_str path,
	struct br_rest_response *response)
{
	struct br_web_pair pairs[BR_REST_PAIRS_MAX + 1];
	struct br_web_refusal refusal = {.status = 500, .code = "internal"};
	const struct br_web_query *query;
	struct br_web_args args;
	struct br_str value;
	int result;

	br_assert(request->pair_n <= BR_REST_PAIRS_MAX);
	query = br_web_query_at(path, &value);
	if (query == NULL) {
		br_rest_error(response, 404, "not_found",
			"no such address below " API ", see the API description");
		return;
	}
	result = br_web_args_from_pairs(
		query, pairs, pairs_join(request, query, value, pairs), &args, &refusal);
	if (result == 0)
		result = br_hub_query(hub, query, &args, &response->text, &refusal);
	if (result < 0) {
		br_rest_error(response, refusal.status, refusal.code, "%s", refusal.fault.text);
		return;
	}
	br_text_putc(&response->text, '\n');
	if (br_text_error(&response->text) < 0)
		br_rest_error(response, 413, "too_large", "the answer is larger than it may be");
	else
		body_set(response, 200, JSON_TYPE);
}

/* The tag is the content's own hash, so it is right across machines and reinstallations. */
static void asset_get(const struct br_assets *assets, const struct br_rest_request *request,
	struct br_rest_response *response)
{
	const struct br_asset *asset = br_assets_find(assets, request->path);

	br_assert(assets != NULL);
	if (asset == NULL) {
		br_rest_error(response, 404, "not_found", "nothing is served here");
		return;
	}
	response->status = br_asset_matches(asset, request->if_none_match) ? 304 : 200;
	response->type = asset->type;
	response->etag = asset->etag;
	response->cache = asset->immutable ? "public, max-age=31536000, immutable" : "no-cache";
	response->vary = asset->packed.n > 0;
	if (response->status == 304)
		return;
	response->packed = request->gzip && asset->packed.n > 0;
	response->body = response->packed ? asset->packed : asset->bytes;
}

/* Without the app every place says what is the matter, so that nobody looks for another fault. */
static void missing_get(const struct br_rest_request *request, struct br_rest_response *response)
{
	br_assert(request->path.n > 0);
	if (memchr(request->path.s, '.', request->path.n) != NULL) {
		br_rest_error(response, 404, "not_found", "the dashboard is not installed");
		return;
	}
	br_text_puts(&response->text, page_missing);
	body_set(response, 503, "text/html; charset=utf-8");
}

/* Read by a program that scrapes; it is no secret, but the guard stands before it as well. */
static void metrics_get(struct br_rest_response *response)
{
	br_metrics_write(&response->text);
	if (br_text_error(&response->text) < 0)
		br_rest_error(response, 500, "internal", "no memory for the metrics");
	else
		body_set(response, 200, "text/plain; version=0.0.4; charset=utf-8");
}

/* For a supervisor that asks often: it reads one page of the ledger. */
static void health_get(struct br_hub *hub, struct br_rest_response *response)
{
	int result = br_hub_healthy(hub);

	if (result < 0) {
		br_rest_error(response, 503, "internal", "the ledger cannot be read: %s",
			br_error_text(result));
		return;
	}
	br_text_puts(&response->text, "ok\n");
	body_set(response, 200, "text/plain; charset=utf-8");
}

/* "/api/v1x" is a place of the app, "/api/v1" and what is below it never. */
static bool path_is_api(struct br_str path, struct br_str *ret_rest)
{
	size_t n = sizeof(API) - 1;

	br_assert(path.n == 0 || path.s[0] == '/');
	if (!br_str_starts(path, API) || (path.n > n && path.s[n] != '/'))
		return false;
	*ret_rest = (struct br_str){path.s + n, path.n - n};
	return true;
}

/* The header is what RFC 9110, section 15.5.6, demands with the status. */
static void not_allowed(struct br_rest_response *response, const char *allow)
{
	br_assert(allow[0] != '\0');
	br_rest_error(response, 405, "method_not_allowed", "allowed here: %s", allow);
	response->allow = allow;
}

void br_rest_get(struct br_hub *hub, const struct br_assets *assets,
	const struct br_rest_request *request, struct br_rest_response *response)
{
	struct br_str rest, label;

	br_assert(request->method != BR_REST_POST);
	br_metric_add(BR_METRIC_WEB_REQUESTS, 1);
	if (request->method == BR_REST_OTHER)
		not_allowed(response, "GET, HEAD");
	else if (path_is_api(request->path, &rest) &&
		 (br_str_is(rest, "/commands") || br_str_is(rest, "/commands/check") ||
			 br_rest_till_path(rest, &label)))
		not_allowed(response, "POST");
	else if (path_is_api(request->path, &rest) && picture_label(rest, &label))
		picture_get(hub, label, response);
	else if (path_is_api(request->path, &rest))
		query_get(hub, request, rest, response);
	else if (br_str_is(request->path, "/metrics"))
		metrics_get(response);
	else if (br_str_is(request->path, "/healthz"))
		health_get(hub, response);
	else if (br_str_is(request->path, "/ws"))
		br_rest_error(response, 426, "upgrade_required",
			"this address is a WebSocket, subprotocol backroom.v1");
	else if (assets == NULL)
		missing_get(request, response);
	else
		asset_get(assets, request, response);
}

bool br_rest_post_allowed(struct br_rest_request *request, struct br_rest_response *response)
{
	struct br_str rest, till;

	br_assert(request->method == BR_REST_POST);
	request->till[0] = '\0';
	request->check = false;
	if (path_is_api(request->path, &rest) && br_str_is(rest, "/commands"))
		return true;
	if (path_is_api(request->path, &rest) && br_str_is(rest, "/commands/check")) {
		request->check = true;
		return true;
	}
	if (!path_is_api(request->path, &rest) || !br_rest_till_path(rest, &till)) {
		not_allowed(response, "GET, HEAD");
		return false;
	}
	if (br_till_name_valid(till) && br_str_copy(till, request->till, sizeof(request->till)))
		return true;
	br_rest_error(response, 404, "not_found",
		"a till's name is made of 1 to %d of a-z, 0-9 and '-'", BR_WORD_BYTES_MAX);
	return false;
}

/* Only for answers that the core did not make; the core reads the id itself. */
static struct br_str command_id(const struct br_json *command)
{
	struct br_str id = {NULL, 0};

	if (!br_json_string(br_json_member(command, "id"), &id))
		id = (struct br_str){NULL, 0};
	return id;
}

/* Puts each command of the list to the core; the tree and the text are walked side by side. */
static int batch_add(struct br_hub *hub, struct br_web_job *job, const struct br_json *commands,
	struct br_str text)
{
	const struct br_json *each = br_json_first(commands);
	struct br_str slice;
	int result = 0;

	br_assert(text.n > 0);
	while (each != NULL && result == 0 && br_json_slice_element(&text, &slice)) {
		result = br_hub_job_add(hub, job, slice, command_id(each));
		each = br_json_next(each);
	}
	return result;
}

/* Checks each command; the answers are there at once, and nothing takes effect. */
static int commands_check(struct br_hub *hub, const struct br_rest_request *request,
	const struct br_json *root, const struct br_json *commands,
	struct br_rest_response *response)
{
	struct br_web_job *job;
	int result = br_hub_job_create(hub, request->tool, commands != NULL, &job);

	br_assert(request->check);
	if (result < 0) {
		br_rest_error(response, 503, "busy", "%s", br_error_text(result));
		return 1;
	}
	if (commands == NULL)
		result = br_hub_job_check(hub, job, root, command_id(root));
	BR_JSON_EACH (command, commands)
		if (result == 0)
			result = br_hub_job_check(hub, job, command, command_id(command));
	/* The list was counted. */
	br_assert(result == 0 && br_hub_job_n(job) > 0);
	br_rest_job(hub, job, response);
	br_hub_job_destroy(hub, job);
	return 1;
}

static size_t slices_count(struct br_str text)
{
	struct br_str slice;
	size_t n = 0;

	br_assert(text.n > 0);
	while (br_json_slice_element(&text, &slice))
		n++;
	return n;
}

/*
 * The list of a batch, checked; NULL with the response set when it is none that may be. A body may
 * name its list twice, once with escapes: then the tree's list and the text's are not the same one.
 */
static const struct br_json *batch_check(const struct br_json *root, struct br_str body,
	struct br_str *ret_text, struct br_rest_response *response)
{
	const struct br_json *commands = br_json_member(root, "commands");
	size_t n = br_json_count(commands);

	br_assert(root != NULL);
	if (br_json_kind(commands) != BR_JSON_ARRAY || n == 0 || n > BR_WEB_BATCH_COMMANDS_MAX ||
		!br_json_slice_member(body, "commands", ret_text) || slices_count(*ret_text) != n) {
		br_rest_error(response, 400, "malformed",
			"commands: allowed is a list of 1 to %d commands",
			BR_WEB_BATCH_COMMANDS_MAX);
		return NULL;
	}
	return commands;
}

int br_rest_post(struct br_hub *hub, const struct br_rest_request *request, struct br_str body,
	struct br_web_job **ret_job, struct br_rest_response *response)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_json *commands = NULL;
	struct br_web_job *job;
	struct br_fault fault;
	struct br_str text = {NULL, 0};
	int result;

	br_assert(request->method == BR_REST_POST);
	br_metric_add(BR_METRIC_WEB_REQUESTS, 1);
	if (request->till[0] != '\0')
		return br_rest_till_post(hub, request->till, body, ret_job, response);
	if (br_json_parse(body, &root, &fault) < 0) {
		br_rest_error(response, 400, "malformed", "%s", fault.text);
		return 1;
	}
	if (br_json_kind(root) != BR_JSON_OBJECT) {
		br_rest_error(response, 400, "malformed",
			"the body is %s, allowed is a command {id, type, data, happened?} or "
			"{\"commands\": […]}",
			br_json_kind_text(br_json_kind(root)));
		return 1;
	}
	if (br_json_member(root, "commands") != NULL) {
		commands = batch_check(root, body, &text, response);
		if (commands == NULL)
			return 1;
	}
	if (request->check)
		return commands_check(hub, request, root, commands, response);
	result = br_hub_job_create(hub, request->tool, commands != NULL, &job);
	if (result < 0) {
		br_rest_error(response, 503, "busy", "%s", br_error_text(result));
		return 1;
	}
	result = commands != NULL ? batch_add(hub, job, commands, text)
				  : br_hub_job_add(hub, job, body, command_id(root));
	/* The lists were counted, and both are within what a job may hold. */
	br_assert(result == 0 && br_hub_job_n(job) > 0);
	*ret_job = job;
	return 0;
}

/* The status of a single command's answer; a batch is always 200 with an answer each. */
unsigned br_rest_answer_status(const struct br_web_job_answer *answer)
{
	if (!answer->there)
		return 504;
	if (answer->answer.outcome == BR_OUTCOME_BUSY)
		return 503;
	return answer->answer.outcome == BR_OUTCOME_REFUSED &&
			       answer->answer.refusal == BR_REFUSAL_MALFORMED
		       ? 400
		       : 200;
}

static void answer_write(const struct br_web_job_answer *answer, struct br_json_out *out)
{
	struct br_answer late;

	br_assert(out->text != NULL);
	if (answer->there) {
		br_answer_to_json(&answer->answer, br_str_from(answer->command), out, NULL);
		return;
	}
	/* It may be decided yet; the same id sent again gets that decision. */
	br_answer_refuse(&late, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
		"no decision yet: send the same command again");
	br_answer_to_json(&late, br_str_from(answer->command), out, NULL);
}

void br_rest_job(
	struct br_hub *hub, const struct br_web_job *job, struct br_rest_response *response)
{
	bool batch = br_hub_job_batch(job);
	unsigned n = br_hub_job_n(job), status = 200;
	struct br_json_out out;

	br_assert(br_hub_job_n(job) > 0);
	br_assert(batch || n == 1);
	if (br_hub_job_of_till(job)) {
		br_rest_till_job(hub, job, response);
		return;
	}
	br_json_out_begin(&out, &response->text);
	if (batch) {
		br_json_out_object(&out, NULL);
		br_json_out_array(&out, "answers");
	} else {
		status = br_rest_answer_status(br_hub_job_answer(job, 0));
	}
	for (unsigned i = 0; i < n; i++)
		answer_write(br_hub_job_answer(job, i), &out);
	if (batch) {
		br_json_out_end(&out);
		br_json_out_end(&out);
	}
	br_rest_json(response, status);
}
