#include "web-ui/rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/metrics.h"
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

/* Puts the commands to the core, which takes them out of the tree. */
static void commands_put(struct br_hub *hub, struct br_web_job *job, struct br_json *root)
{
	const struct br_json *commands = br_json_member(root, "commands"), *each;
	int result = 0;

	if (!br_hub_job_batch(job)) {
		result = br_hub_job_add(hub, job, root);
	} else {
		while (result == 0 && (each = br_json_first(commands)) != NULL)
			result = br_hub_job_add(hub, job, br_json_take(commands, each));
		br_json_free(root);
	}
	/* The list was counted, and is within what a job may hold. */
	br_assert(result == 0 && br_hub_job_n(job) > 0);
}

/* True when a batch may be; else the response says what may. */
static bool batch_check(const struct br_json *root, struct br_rest_response *response)
{
	const struct br_json *commands = br_json_member(root, "commands");
	const struct br_json *brief = br_json_member(root, "brief");
	size_t n = br_json_count(commands);

	br_assert(commands != NULL);
	if (br_json_kind(commands) != BR_JSON_ARRAY || n == 0 || n > BR_WEB_BATCH_COMMANDS_MAX)
		br_rest_error(response, 400, "malformed",
			"commands: allowed is a list of 1 to %d commands",
			BR_WEB_BATCH_COMMANDS_MAX);
	else if (brief != NULL && br_json_kind(brief) != BR_JSON_BOOL)
		br_rest_error(response, 400, "malformed", "brief: is %s, allowed is true or false",
			br_json_kind_text(br_json_kind(brief)));
	else
		return true;
	return false;
}

/* A job for what the body holds: one command, or a list that was checked. */
static int job_begin(struct br_hub *hub, const struct br_rest_request *request,
	const struct br_json *root, struct br_web_job **ret_job, struct br_rest_response *response)
{
	bool batch = br_json_member(root, "commands") != NULL, brief = false;
	int result = br_hub_job_create(hub, request->tool, batch, ret_job);

	br_assert(result <= 0);
	if (result < 0)
		br_rest_error(response, 503, "busy", "%s", br_error_text(result));
	else if (batch && br_json_bool(br_json_member(root, "brief"), &brief) && brief)
		br_hub_job_shorten(*ret_job);
	return result;
}

int br_rest_post(struct br_hub *hub, const struct br_rest_request *request, struct br_str body,
	struct br_web_job **ret_job, struct br_rest_response *response)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_web_job *job;
	struct br_fault fault;

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
	if (br_json_member(root, "commands") != NULL && !batch_check(root, response))
		return 1;
	if (job_begin(hub, request, root, &job, response) < 0)
		return 1;
	if (!request->check) {
		commands_put(hub, job, BR_TAKE(root));
		*ret_job = job;
		return 0;
	}
	br_hub_job_check(hub, job, br_hub_job_batch(job) ? br_json_member(root, "commands") : root);
	br_rest_job(hub, job, response);
	br_hub_job_destroy(hub, job);
	return 1;
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

/* True when all there is to say of an answer is that the command was accepted. */
static bool answer_is_plain(const struct br_web_job_answer *answer)
{
	return answer->there && answer->answer.outcome == BR_OUTCOME_ACCEPTED &&
	       answer->answer.message[0] == '\0';
}

/* Among answers that are told in short each needs its command's place in the list. */
static void answer_write(const struct br_web_job *job, unsigned index, struct br_json_out *out)
{
	const struct br_web_job_answer *answer = br_hub_job_answer(job, index);
	struct br_answer late;

	br_assert(out->text != NULL);
	br_json_out_object(out, NULL);
	if (br_hub_job_brief(job))
		br_json_out_u64(out, "index", index);
	/* It may be decided yet; the same id sent again gets that decision. */
	if (!answer->there)
		br_answer_refuse(&late, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
			"no decision yet: send the same command again");
	br_answer_members(
		answer->there ? &answer->answer : &late, br_str_from(answer->command), out);
	br_json_out_end(out);
}

static void answers_write(const struct br_web_job *job, struct br_json_out *out)
{
	bool brief = br_hub_job_brief(job);
	uint64_t accepted = 0;

	br_assert(br_hub_job_batch(job));
	br_json_out_object(out, NULL);
	br_json_out_array(out, "answers");
	for (unsigned i = 0; i < br_hub_job_n(job); i++) {
		if (brief && answer_is_plain(br_hub_job_answer(job, i)))
			accepted++;
		else
			answer_write(job, i, out);
	}
	br_json_out_end(out);
	if (brief)
		br_json_out_u64(out, "accepted", accepted);
	br_json_out_end(out);
}

void br_rest_job(
	struct br_hub *hub, const struct br_web_job *job, struct br_rest_response *response)
{
	unsigned status = 200;
	struct br_json_out out;

	br_assert(br_hub_job_n(job) > 0);
	br_assert(br_hub_job_batch(job) || br_hub_job_n(job) == 1);
	if (br_hub_job_of_till(job)) {
		br_rest_till_job(hub, job, response);
		return;
	}
	br_json_out_begin(&out, &response->text);
	if (br_hub_job_batch(job)) {
		answers_write(job, &out);
	} else {
		status = br_rest_answer_status(br_hub_job_answer(job, 0));
		answer_write(job, 0, &out);
	}
	br_rest_json(response, status);
}
