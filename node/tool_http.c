/* The tool's way to the daemon: HTTP over the unix socket, or a URL, by libcurl. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* One request on its way, with the connection it is made on. */
struct flight {
	CURL *curl;
	struct br_text raw;
	bool busy;
};

struct br_tool_fleet {
	const struct br_tool *tool;
	char path[64];
	int (*answered)(
		void *context, unsigned flight, const struct br_json *root, struct br_fault *fault);
	void *context;
	CURLM *multi;
	struct curl_slist *headers;
	struct flight flights[BR_TOOL_FLIGHTS];
};

int br_tool_fleet_create(const struct br_tool *tool, const char *path,
	int (*answered)(
		void *context, unsigned flight, const struct br_json *root, struct br_fault *fault),
	void *context, struct br_tool_fleet **ret_fleet, struct br_fault *fault)
{
	struct br_tool_fleet *fleet = calloc(1, sizeof(*fleet));
	bool made = fleet != NULL;

	br_assert(path[0] == '/' && strlen(path) < sizeof(fleet->path));
	if (fleet == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	fleet->tool = tool;
	fleet->answered = answered;
	fleet->context = context;
	(void)snprintf(fleet->path, sizeof(fleet->path), "%s", path);
	fleet->multi = curl_multi_init();
	fleet->headers = curl_slist_append(NULL, "Content-Type: application/json");
	made = fleet->multi != NULL && fleet->headers != NULL;
	for (unsigned i = 0; i < BR_TOOL_FLIGHTS; i++) {
		br_text_init(&fleet->flights[i].raw, BR_TOOL_BODY_BYTES_MAX);
		fleet->flights[i].curl = curl_easy_init();
		made = made && fleet->flights[i].curl != NULL;
	}
	if (!made) {
		br_tool_fleet_destroy(fleet);
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	}
	*ret_fleet = fleet;
	return 0;
}

void br_tool_fleet_destroy(struct br_tool_fleet *fleet)
{
	if (fleet == NULL)
		return;
	for (unsigned i = 0; i < BR_TOOL_FLIGHTS; i++) {
		struct flight *flight = &fleet->flights[i];

		if (flight->busy)
			(void)curl_multi_remove_handle(fleet->multi, flight->curl);
		curl_easy_cleanup(flight->curl);
		br_text_finish(&flight->raw);
	}
	(void)curl_multi_cleanup(fleet->multi);
	curl_slist_free_all(fleet->headers);
	free(fleet);
}

int br_tool_fleet_send(
	struct br_tool_fleet *fleet, unsigned number, struct br_str body, struct br_fault *fault)
{
	struct flight *flight = &fleet->flights[number];
	int result;

	br_assert(number < BR_TOOL_FLIGHTS && !flight->busy);
	br_text_clear(&flight->raw);
	result = curl_prepare(flight->curl, fleet->tool, fleet->path, &body, &flight->raw);
	if (result == 0 &&
		(curl_easy_setopt(flight->curl, CURLOPT_HTTPHEADER, fleet->headers) != CURLE_OK ||
			curl_multi_add_handle(fleet->multi, flight->curl) != CURLM_OK))
		result = BR_E_MEMORY;
	if (result < 0)
		return br_fault_set(fault, result, "out of memory");
	flight->busy = true;
	return 0;
}

/* Takes the answer of a request that has ended. */
static int flight_land(
	struct br_tool_fleet *fleet, unsigned number, CURLcode code, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct flight *flight = &fleet->flights[number];
	long status = 0;
	int result;

	br_assert(flight->busy);
	(void)curl_multi_remove_handle(fleet->multi, flight->curl);
	flight->busy = false;
	if (code != CURLE_OK)
		return offline(fleet->tool, code, fault);
	(void)curl_easy_getinfo(flight->curl, CURLINFO_RESPONSE_CODE, &status);
	result = br_json_parse(br_text_str(&flight->raw), &root, fault);
	if (result == 0 && status >= 400)
		result = error_read(root, fleet->path, status, fault);
	return result == 0 ? fleet->answered(fleet->context, number, root, fault) : result;
}

/* Takes all answers that are there. */
static int fleet_take(struct br_tool_fleet *fleet, struct br_fault *fault)
{
	CURLMsg *message;
	int running, left, result = 0;

	if (curl_multi_perform(fleet->multi, &running) != CURLM_OK)
		return br_fault_set(fault, BR_E_IO, "the requests cannot go on");
	while (result == 0 && (message = curl_multi_info_read(fleet->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		unsigned i = 0;

		while (i < BR_TOOL_FLIGHTS && fleet->flights[i].curl != message->easy_handle)
			i++;
		br_assert(i < BR_TOOL_FLIGHTS);
		result = flight_land(fleet, i, code, fault);
	}
	return result;
}

/* True when one is free; its number. */
static bool fleet_free(const struct br_tool_fleet *fleet, unsigned *ret_number, unsigned *ret_busy)
{
	bool found = false;

	*ret_busy = 0;
	for (unsigned i = 0; i < BR_TOOL_FLIGHTS; i++) {
		*ret_busy += fleet->flights[i].busy;
		if (!fleet->flights[i].busy && !found) {
			*ret_number = i;
			found = true;
		}
	}
	br_assert(*ret_busy <= BR_TOOL_FLIGHTS);
	return found;
}

/* Waits until no more than `busy_max` are under way. */
static int fleet_wait(struct br_tool_fleet *fleet, unsigned busy_max, unsigned *ret_number,
	struct br_fault *fault)
{
	unsigned number = 0, busy;
	int result = fleet_take(fleet, fault);

	br_assert(busy_max < BR_TOOL_FLIGHTS);
	while (result == 0 && (!fleet_free(fleet, &number, &busy) || busy > busy_max)) {
		if (curl_multi_poll(fleet->multi, NULL, 0, 1000, NULL) != CURLM_OK)
			return br_fault_set(fault, BR_E_IO, "the requests cannot go on");
		result = fleet_take(fleet, fault);
	}
	if (result == 0)
		*ret_number = number;
	return result;
}

int br_tool_fleet_wait(struct br_tool_fleet *fleet, unsigned *ret_number, struct br_fault *fault)
{
	return fleet_wait(fleet, BR_TOOL_FLIGHTS - 1, ret_number, fault);
}

int br_tool_fleet_finish(struct br_tool_fleet *fleet, struct br_fault *fault)
{
	unsigned number;

	br_assert(fleet != NULL);
	return fleet_wait(fleet, 0, &number, fault);
}
