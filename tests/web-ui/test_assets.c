#include "web-ui/assets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/test.h"

static char folder[512];

static void folder_make(const char *name)
{
	(void)snprintf(folder, sizeof(folder), "%s/%s", test_folder(), name);
	REQUIRE(mkdir(folder, 0755) == 0);
}

#define PAGE \
	"{\"path\":\"/\",\"file\":\"index.html\",\"type\":\"text/html\",\"hash\":" \
	"\"00112233445566778899\"}"

static void test_files_are_served_at_their_paths(void)
{
	const struct br_asset *asset;
	struct br_assets *assets;
	struct br_fault fault;

	folder_make("app");
	test_file_write(folder, "index.html", "<p>");
	test_file_write(folder, "a-1.js", "a");
	test_file_write(folder, "a-1.js.gz", "z");
	test_file_write(folder, "assets.json",
		"[" PAGE ",{\"path\":\"/orders\",\"file\":\"index.html\",\"type\":\"text/html\","
		"\"hash\":\"00112233445566778899\"},{\"path\":\"/a-1.js\",\"file\":\"a-1.js\","
		"\"type\":\"text/"
		"javascript\",\"hash\":\"ffeeddccbbaa99887766\",\"gz\":\"a-1.js.gz\""
		"}]");
	REQUIRE(br_assets_read(folder, &assets, &fault) == 0);
	asset = br_assets_find(assets, BR_STR("/"));
	REQUIRE(asset != NULL);
	CHECK_STR(asset->bytes, "<p>");
	CHECK(!asset->immutable);
	CHECK_INT(asset->packed.n, 0);
	CHECK_TEXT(asset->etag, "\"0011223344556677\"");
	asset = br_assets_find(assets, BR_STR("/a-1.js"));
	REQUIRE(asset != NULL);
	CHECK_STR(asset->packed, "z");
	CHECK(asset->immutable);
	/* Places that the list does not know are the page's business; files are not. */
	CHECK(br_assets_find(assets, BR_STR("/place/of/the/app")) ==
		br_assets_find(assets, BR_STR("/")));
	CHECK(br_assets_find(assets, BR_STR("/b.js")) == NULL);
	CHECK(br_assets_find(assets, BR_STR("/../secret.txt")) == NULL);
	CHECK(br_assets_find(NULL, BR_STR("/")) == NULL);
	br_assets_destroy(assets);
}

static void test_tags_are_compared_as_the_standard_says(void)
{
	struct br_asset asset = {.etag = "\"abc\""};

	CHECK(br_asset_matches(&asset, BR_STR("\"abc\"")));
	CHECK(br_asset_matches(&asset, BR_STR("\"x\" , W/\"abc\"")));
	CHECK(br_asset_matches(&asset, BR_STR("*")));
	CHECK(!br_asset_matches(&asset, BR_STR("abc")));
	CHECK(!br_asset_matches(&asset, BR_STR("\"ab\"")));
	CHECK(!br_asset_matches(&asset, BR_STR("")));
}

static void test_a_wrong_list_is_refused_with_the_reason(void)
{
	static const struct {
		const char *list, *fault;
		int error;
	} cases[] = {
		{"{", "assets.json: not JSON", BR_E_INVALID},
		{"{}", "assets.json: must be a list", BR_E_INVALID},
		{"[]", "nothing is served at \"/\"", BR_E_INVALID},
		{"[{}]", "entry 1 must have path, file, type and hash", BR_E_INVALID},
		{"[{\"path\":\"x\",\"file\":\"index.html\",\"type\":\"t\",\"hash\":"
		 "\"00112233445566778899\"}]",
			"entry 1", BR_E_INVALID},
		{"[{\"path\":\"/\",\"file\":\"index.html\",\"type\":\"a\\r\\nb\",\"hash\":"
		 "\"00112233445566778899\"}]",
			"entry 1", BR_E_INVALID},
		{"[{\"path\":\"/\",\"file\":\"../index.html\",\"type\":\"t\",\"hash\":"
		 "\"00112233445566778899\"}]",
			"must be a name in the folder", BR_E_INVALID},
		{"[{\"path\":\"/\",\"file\":\"gone.html\",\"type\":\"t\",\"hash\":"
		 "\"00112233445566778899\"}]",
			"gone.html: No such file", BR_E_INVALID},
	};
	struct br_assets *assets = NULL;

	folder_make("wrong");
	test_file_write(folder, "index.html", "<p>");
	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++) {
		struct br_fault fault = {""};

		test_file_write(folder, "assets.json", cases[i].list);
		CHECK_INT(br_assets_read(folder, &assets, &fault), cases[i].error);
		CHECK_HAS(fault.text, cases[i].fault);
	}
	CHECK(assets == NULL);
}

static void test_a_folder_that_is_not_there_is_not_found(void)
{
	struct br_assets *assets = NULL;
	struct br_fault fault;

	CHECK_INT(br_assets_read("/nowhere/at/all", &assets, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "/nowhere/at/all/assets.json");
}

static void test_a_file_over_the_limit_is_refused(void)
{
	struct br_assets *assets = NULL;
	size_t n = BR_ASSET_BYTES_MAX + 1;
	char *large = malloc(n + 1);
	struct br_fault fault;

	REQUIRE(large != NULL);
	memset(large, 'x', n);
	large[n] = '\0';
	folder_make("large");
	test_file_write(folder, "index.html", large);
	test_file_write(folder, "assets.json", "[" PAGE "]");
	CHECK_INT(br_assets_read(folder, &assets, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "is larger than an asset may be");
	free(large);
}

int main(int argc, char **argv)
{
	TEST(test_files_are_served_at_their_paths);
	TEST(test_tags_are_compared_as_the_standard_says);
	TEST(test_a_wrong_list_is_refused_with_the_reason);
	TEST(test_a_folder_that_is_not_there_is_not_found);
	TEST(test_a_file_over_the_limit_is_refused);
	return test_end(argc, argv);
}
