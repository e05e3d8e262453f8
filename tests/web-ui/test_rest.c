#include "web-ui/rest.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/metrics.h"
#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

static struct hub_bench bench;
static struct br_assets *assets;
static struct br_rest_response response;

static void begin(const char *name)
{
	char folder[512];

	hub_bench_open(&bench, name);
	(void)snprintf(folder, sizeof(folder), "%s/%s-app", test_folder(), name);
	REQUIRE(mkdir(folder, 0755) == 0);
	test_file_write(folder, "index.html", "<p>page</p>");
	test_file_write(folder, "a-1.css", "a{}");
	test_file_write(folder, "a-1.css.gz", "packed");
	test_file_write(folder, "assets.json",
		"[{\"path\":\"/\",\"file\":\"index.html\",\"type\":\"text/html\",\"hash\":"
		"\"00112233445566778899\"},{\"path\":\"/a-1.css\",\"file\":\"a-1.css\",\"type\":"
		"\"text/css\",\"hash\":\"ffeeddccbbaa99887766\",\"gz\":\"a-1.css.gz\"}]");
	REQUIRE(br_assets_read(folder, &assets, NULL) == 0);
	br_rest_response_init(&response);
}

static void end(void)
{
	br_rest_response_finish(&response);
	br_assets_destroy(assets);
	hub_bench_close(&bench);
}

/* The body of the answer to a GET, as text. */
static const char *get(const char *path)
{
	struct br_rest_request request = {.method = BR_REST_GET, .path = br_str_from(path)};
	static char body[65536];

	br_rest_response_finish(&response);
	br_rest_response_init(&response);
	br_rest_get(bench.hub, assets, &request, &response);
	REQUIRE(br_str_copy(response.body, body, sizeof(body)));
	return body;
}

static void test_each_address_has_its_answer(void)
{
	static const struct {
		const char *path, *type, *part;
		unsigned status;
	} cases[] = {
		{"/", "text/html", "page", 200},
		{"/orders", "text/html", "page", 200},
		{"/a-1.css", "text/css", "a{}", 200},
		{"/b.css", "application/json", "not_found", 404},
		{"/healthz", "text/plain; charset=utf-8", "ok", 200},
		{"/metrics", "text/plain; version=0.0.4; charset=utf-8", "# HELP", 200},
		{"/ws", "application/json", "upgrade_required", 426},
		{"/api", "text/html", "page", 200},
		{"/api/v1", "application/json", "not_found", 404},
		{"/api/v1/", "application/json", "not_found", 404},
		{"/api/v12", "text/html", "page", 200},
		{"/api/v1/status", "application/json", "\"key\":\"store\"", 200},
		{"/api/v1/orders/O-1/history", "application/json", "\"what\":\"offered\"", 200},
		{"/api/v1/labels/0123456789AB", "application/json", "\"state\"", 200},
		{"/api/v1/labels/0123456789AB/picture.png", "image/png", "PNG", 200},
		{"/api/v1/labels/picture.png", "application/json", "unknown_label", 404},
		{"/api/v1/labels/x/picture.png", "application/json", "unknown_label", 404},
	};

	begin("addresses");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		CHECK_HAS(get(cases[i].path), cases[i].part);
		CHECK_TEXT(response.type, cases[i].type);
		if (!CHECK_INT(response.status, cases[i].status))
			printf("at %s\n", cases[i].path);
	}
	end();
}

static void test_what_may_be_kept_is_said(void)
{
	begin("kept");
	(void)get("/");
	CHECK_TEXT(response.cache, "no-cache");
	CHECK(!response.vary);
	(void)get("/a-1.css");
	CHECK_TEXT(response.cache, "public, max-age=31536000, immutable");
	CHECK(response.vary && !response.packed);
	(void)get("/api/v1/status");
	CHECK_TEXT(response.cache, "no-store");
	CHECK(response.etag == NULL);
	end();
}

static void test_packed_bytes_go_to_those_who_take_them(void)
{
	struct br_rest_request request = {
		.method = BR_REST_GET, .path = BR_STR("/a-1.css"), .gzip = true};

	begin("packed");
	br_rest_get(bench.hub, assets, &request, &response);
	CHECK(response.packed);
	CHECK_STR(response.body, "packed");
	request.if_none_match = BR_STR("\"ffeeddccbbaa9988\"");
	br_rest_response_init(&response);
	br_rest_get(bench.hub, assets, &request, &response);
	CHECK_INT(response.status, 304);
	CHECK_INT(response.body.n, 0);
	/* The page has no packed form here, so it goes as it is. */
	request =
		(struct br_rest_request){.method = BR_REST_GET, .path = BR_STR("/"), .gzip = true};
	br_rest_response_init(&response);
	br_rest_get(bench.hub, assets, &request, &response);
	CHECK(!response.packed);
	end();
}

static void test_methods_that_are_not_taken_say_which_are(void)
{
	static const struct {
		enum br_rest_method method;
		const char *path, *allow;
	} cases[] = {
		{BR_REST_OTHER, "/", "GET, HEAD"},
		{BR_REST_OTHER, "/api/v1/commands", "GET, HEAD"},
		{BR_REST_GET, "/api/v1/commands", "POST"},
		{BR_REST_HEAD, "/api/v1/commands", "POST"},
		{BR_REST_GET, "/api/v1/commands/check", "POST"},
	};

	begin("methods");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_rest_request request = {
			.method = cases[i].method, .path = br_str_from(cases[i].path)};

		br_rest_response_finish(&response);
		br_rest_response_init(&response);
		br_rest_get(bench.hub, assets, &request, &response);
		CHECK_INT(response.status, 405);
		CHECK_TEXT(response.allow, cases[i].allow);
	}
	end();
}

static void test_a_missing_app_is_said_at_every_place(void)
{
	struct br_assets *kept;

	begin("missing");
	kept = assets;
	assets = NULL;
	CHECK_HAS(get("/"), "its dashboard is not installed");
	CHECK_INT(response.status, 503);
	CHECK_HAS(get("/labels"), "its dashboard is not installed");
	CHECK_HAS(get("/app.js"), "the dashboard is not installed");
	CHECK_INT(response.status, 404);
	CHECK_HAS(get("/api/v1/status"), "\"key\":\"store\"");
	assets = kept;
	end();
}

/* Asking for what is not there is no bad request. */
static void test_what_is_refused_is_counted(void)
{
	uint64_t refused;

	begin("counted");
	refused = br_metric_get(BR_METRIC_WEB_REFUSED);
	(void)get("/api/v1/products/none");
	CHECK_INT(response.status, 404);
	CHECK_INT(br_metric_get(BR_METRIC_WEB_REFUSED), refused);
	(void)get("/api/v1/products/"
		  "12345678901234567890123456789012345678901234567890123456789012345");
	CHECK_INT(response.status, 400);
	CHECK_INT(br_metric_get(BR_METRIC_WEB_REFUSED), refused + 1);
	end();
}

static void test_errors_are_cut_at_whole_characters(void)
{
	char path[400] = "/api/v1/products/";
	const char *body;

	begin("cut");
	/* A SKU of 64 bytes is answered with its name, a longer one with the limit. */
	for (int i = 0; i < 21; i++)
		strcat(path, "\xE2\x82\xAC");
	body = get(path);
	CHECK_INT(response.status, 404);
	CHECK_HAS(body, "\xE2\x82\xAC\\\": not in the catalogue");
	strcat(path, "\xE2\x82\xAC");
	CHECK_HAS(get(path), "sku: has 66 bytes, allowed is 1 to 64");
	br_rest_error(&response, 400, "malformed", "%0400d", 1);
	CHECK(br_utf8_valid(response.body.s, response.body.n));
	CHECK(response.body.n < 400);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_each_address_has_its_answer);
	TEST(test_what_may_be_kept_is_said);
	TEST(test_packed_bytes_go_to_those_who_take_them);
	TEST(test_methods_that_are_not_taken_say_which_are);
	TEST(test_a_missing_app_is_said_at_every_place);
	TEST(test_what_is_refused_is_counted);
	TEST(test_errors_are_cut_at_whole_characters);
	return test_end(argc, argv);
}
