/* The tool's way to the daemon: HTTP over the unix socket, or a URL, by libcurl. */
#include <curl/curl.h>
#include <stdio.h>

#include "node/tool.h"

#define CONNECT_TIMEOUT_S 3L
#define ANSWER_TIMEOUT_S 60L
#define URL_BYTES 8192

static size_t body_write(char *bytes, size_t size, size_t n, void *user)
{
	struct br_text *text = user;

	br_text_add(text, bytes, size * n);
	return br_text_error(text) == 0 ? size * n : 0;
}

static int curl_prepare(CURL *curl, const struct br_tool *tool, const char *path,
	const struct br_str *body, struct br_text *raw)
{
	char url[URL_BYTES];
	int failed = 0, n = snprintf(url, sizeof(url), "%s/api/v1%s",
				tool->url != NULL ? tool->url : "http://localhost", path);

	br_assert(curl != NULL && path[0] == '/');
	if (n < 0 || (size_t)n >= sizeof(url))
		return BR_E_TOO_LARGE;
	failed |= curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK;
	if (tool->url == NULL)
		failed |= curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
				  tool->config.web_socket) != CURLE_OK;
	failed |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") != CURLE_OK;
	failed |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S) != CURLE_OK;
	failed |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_TIMEOUT_S) != CURLE_OK;
	failed |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_write) != CURLE_OK;
	failed |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, raw) != CURLE_OK;
	if (body != NULL) {
		failed |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				  (curl_off_t)body->n) != CURLE_OK;
		failed |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->s) != CURLE_OK;
	}
	return failed ? BR_E_MEMORY : 0;
}

/* The API's own sentence out of {"error":{"code","message"}}. */
static int error_read(
	const struct br_json *json, const char *path, long status, struct br_fault *fault)
{
	const struct br_json *error = br_json_member(json, "error");
	struct br_str message;

	br_assert(status >= 400);
	if (br_json_string(br_json_member(error, "message"), &message))
		return br_fault_set(fault, status == 404 ? BR_E_NOT_FOUND : BR_E_INVALID, "%.*s",
			BR_STR_ARG(message));
	return br_fault_set(fault, BR_E_INVALID, "%s: the daemon answers with %ld", path, status);
}

static int offline(const struct br_tool *tool, CURLcode code, struct br_fault *fault)
{
	br_assert(code != CURLE_OK);
	if (!tool->config_read && tool->url == NULL)
		return br_fault_set(fault, BR_E_OFFLINE, "%s", tool->config_fault.text);
	return br_fault_set(fault, BR_E_OFFLINE,
		"the daemon does not answer at %s (%s): start it with `systemctl start backroom`, "
		"or name another configuration with --config",
		tool->url != NULL ? tool->url : tool->config.web_socket, curl_easy_strerror(code));
}

int br_tool_ask(const struct br_tool *tool, const char *path, const struct br_str *body,
	struct br_json **ret_json, struct br_text *raw, struct br_fault *fault)
{
	struct br_text own;
	CURL *curl = curl_easy_init();
	struct br_json *json = NULL;
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	long status = 0;
	CURLcode code;
	int result;

	br_assert(path[0] == '/');
	br_text_init(&own, BR_TOOL_BODY_BYTES_MAX);
	if (raw == NULL)
		raw = &own;
	br_text_clear(raw);
	result = curl != NULL && headers != NULL ? curl_prepare(curl, tool, path, body, raw)
						 : BR_E_MEMORY;
	if (result < 0) {
		result = br_fault_set(fault, result, "%s",
			result == BR_E_TOO_LARGE ? "the question is too long" : "out of memory");
		goto release;
	}
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		result = offline(tool, code, fault);
		goto release;
	}
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	result = br_json_parse(br_text_str(raw), &json, fault);
	/* A refused command is an answer, not an error of the API, whatever its status. */
	if (result == 0 && status >= 400 &&
		br_json_kind(br_json_member(json, "outcome")) == BR_JSON_ABSENT)
		result = error_read(json, path, status, fault);
	if (result == 0)
		*ret_json = BR_TAKE(json);
release:
	br_json_free(json);
	br_text_finish(&own);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return result;
}
