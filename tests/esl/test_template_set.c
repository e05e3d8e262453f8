#include "esl/template_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/test.h"

/* A new folder below the test's own. */
static const char *folder_make(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	REQUIRE(mkdir(path, 0700) == 0);
	return path;
}

static void template_write(
	const char *folder, const char *file, const char *name, unsigned w, const char *state)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"{\"name\":\"%s\",\"version\":1,\"w\":%u,\"h\":128,\"colours\":[\"white\","
		"\"black\"],\"state\":\"%s\",\"boxes\":[{\"type\":\"text\",\"x\":0,\"y\":0,\"w\":"
		"100,\"h\":30,\"text\":\"{name}\",\"size\":20}]}",
		name, w, state);
	test_file_write(folder, file, text);
}

static const char *found(const struct br_template_set *set, const char *name, uint16_t w,
	enum br_template_state state)
{
	struct br_display display = {w, 128, BR_ACCENT_NONE, 0};
	const struct br_template *template =
		br_template_set_find(set, br_str_from(name), &display, state);

	return template != NULL ? template->name : "none";
}

static void test_the_shipped_templates(void)
{
	BR_CLEANUP(br_template_set_cleanup) struct br_template_set *set = NULL;
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_display display = {800, 480, BR_ACCENT_RED, 0};
	struct br_fault fault = {""};
	char folder[4096];

	(void)snprintf(folder, sizeof(folder), "%s/esl/templates", source != NULL ? source : ".");
	REQUIRE(br_template_set_load(folder, &set, &fault) == 0);
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_REGULAR), "shelf-29-regular");
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_PROMOTION), "shelf-29-promotion");
	CHECK_TEXT(
		br_template_set_find(set, (struct br_str){NULL, 0}, &display, BR_TEMPLATE_PROMOTION)
			->name,
		"shelf-75-promotion");
	/* Every size has a template for each state that is derived. */
	for (unsigned i = 0; i < 3; i++) {
		static const struct br_display sizes[] = {{296, 128, BR_ACCENT_RED, 0},
			{400, 300, BR_ACCENT_NONE, 0}, {800, 480, BR_ACCENT_YELLOW, 0}};
		static const enum br_template_state states[] = {
			BR_TEMPLATE_REGULAR, BR_TEMPLATE_PROMOTION, BR_TEMPLATE_NOT_FOR_SALE};

		for (unsigned j = 0; j < BR_ARRAY_LEN(states); j++) {
			const struct br_template *template = br_template_set_find(
				set, (struct br_str){NULL, 0}, &sizes[i], states[j]);

			REQUIRE(template != NULL);
			CHECK_INT(template->state, states[j]);
		}
	}
}

static void test_which_template_a_label_gets(void)
{
	BR_CLEANUP(br_template_set_cleanup) struct br_template_set *set = NULL;
	const char *folder = folder_make("which");
	struct br_fault fault = {""};

	/* The order is that of the names, not of the files. */
	template_write(folder, "1.json", "z", 296, "regular");
	template_write(folder, "2.json", "m", 296, "regular");
	template_write(folder, "3.json", "p", 296, "promotion");
	template_write(folder, "4.json", "a", 400, "regular");
	test_file_write(folder, "readme.txt", "not a template");
	test_file_write(folder, ".hidden.json", "not a template");
	REQUIRE(br_template_set_load(folder, &set, &fault) == 0);
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_REGULAR), "m");
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_PROMOTION), "p");
	/* Without one for the state a regular one does. */
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_SOLD_OUT), "m");
	CHECK_TEXT(found(set, "", 400, BR_TEMPLATE_PROMOTION), "a");
	/* By its name, as long as it fits. */
	CHECK_TEXT(found(set, "z", 296, BR_TEMPLATE_PROMOTION), "z");
	CHECK_TEXT(found(set, "a", 296, BR_TEMPLATE_REGULAR), "m");
	CHECK_TEXT(found(set, "unknown", 296, BR_TEMPLATE_REGULAR), "m");
	CHECK_TEXT(found(set, "", 300, BR_TEMPLATE_REGULAR), "none");
}

static void test_an_empty_folder_is_a_set_of_none(void)
{
	BR_CLEANUP(br_template_set_cleanup) struct br_template_set *set = NULL;
	struct br_fault fault = {""};

	CHECK_INT(br_template_set_load(folder_make("empty"), &set, &fault), 0);
	REQUIRE(set != NULL);
	CHECK_TEXT(found(set, "", 296, BR_TEMPLATE_REGULAR), "none");
}

static void test_a_folder_that_is_not_there(void)
{
	struct br_template_set *set = NULL;
	struct br_fault fault = {""};

	CHECK_INT(br_template_set_load("/nowhere/at/all", &set, &fault), BR_E_NOT_FOUND);
	CHECK_TEXT(
		fault.text, "/nowhere/at/all: No such file or directory: set [labels] templates");
	CHECK(set == NULL);
}

static void test_a_name_that_stands_twice(void)
{
	struct br_template_set *set = NULL;
	const char *folder = folder_make("twice");
	struct br_fault fault = {""};

	template_write(folder, "1.json", "same", 296, "regular");
	template_write(folder, "2.json", "same", 400, "regular");
	CHECK_INT(br_template_set_load(folder, &set, &fault), BR_E_EXISTS);
	CHECK_HAS(fault.text, "2.json: the name \"same\" stands in another file already");
	CHECK(set == NULL);
}

static void test_a_file_that_is_no_template(void)
{
	struct br_template_set *set = NULL;
	const char *folder = folder_make("wrong");
	struct br_fault fault = {""};
	char *large = malloc(BR_TEMPLATE_BYTES_MAX + 2);

	REQUIRE(large != NULL);
	template_write(folder, "a.json", "good", 296, "regular");
	test_file_write(folder, "b.json", "{\"name\":\"x\"}");
	CHECK(br_template_set_load(folder, &set, &fault) < 0);
	CHECK_HAS(fault.text, "/b.json: ");
	memset(large, ' ', BR_TEMPLATE_BYTES_MAX + 1);
	large[BR_TEMPLATE_BYTES_MAX + 1] = '\0';
	test_file_write(folder, "b.json", large);
	CHECK_INT(br_template_set_load(folder, &set, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "/b.json: is over 64 KiB");
	free(large);
	CHECK(set == NULL);
}

static void test_a_folder_in_place_of_a_file(void)
{
	struct br_template_set *set = NULL;
	struct br_fault fault = {""};
	const char *folder = folder_make("folder");
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/x.json", folder);
	REQUIRE(mkdir(path, 0700) == 0);
	CHECK_INT(br_template_set_load(folder, &set, &fault), BR_E_IO);
	CHECK_HAS(fault.text, "x.json: cannot be read");
}

static void test_there_is_a_limit(void)
{
	struct br_template_set *set = NULL;
	const char *folder = folder_make("many");
	struct br_fault fault = {""};
	char file[32];

	for (unsigned i = 0; i <= BR_TEMPLATES_MAX; i++) {
		(void)snprintf(file, sizeof(file), "%03u.json", i);
		template_write(folder, file, file, 296, "regular");
	}
	CHECK_INT(br_template_set_load(folder, &set, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "256.json: more than 256 templates");
}

int main(int argc, char **argv)
{
	TEST(test_the_shipped_templates);
	TEST(test_which_template_a_label_gets);
	TEST(test_an_empty_folder_is_a_set_of_none);
	TEST(test_a_folder_that_is_not_there);
	TEST(test_a_name_that_stands_twice);
	TEST(test_a_file_that_is_no_template);
	TEST(test_a_folder_in_place_of_a_file);
	TEST(test_there_is_a_limit);
	return test_end(argc, argv);
}
