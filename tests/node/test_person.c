/* Sealed texts, one by one: whose they are, what opens them and what does not. */
#include "node/person.h"

#include <stdio.h>
#include <string.h>

#include "node/keys_inside.h"
#include "node/order.h"
#include "tests/lib/test.h"

static struct br_keys *keys;
static struct br_arena arena;
static struct br_person_key ann, bob;

static void begin(const char *name)
{
	struct br_keys_options options = {.sync_off = true};
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	REQUIRE(br_keys_open(path, &options, &keys, NULL) == 0);
	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_keys_make(keys, BR_STR("cann"), 1, &ann) == 0);
	REQUIRE(br_keys_make(keys, BR_STR("obob"), 1, &bob) == 0);
	REQUIRE(br_keys_commit(keys) == 0);
}

static void end(void)
{
	br_arena_finish(&arena);
	br_keys_close(keys);
}

static struct br_str sealed(const struct br_person_key *key, const char *field, const char *plain)
{
	struct br_str text = {NULL, 0};

	CHECK_INT(br_person_seal(keys, key, field, br_str_from(plain), &arena, &text), 0);
	return text;
}

/* What it opens to; "-" and the error when it does not. */
static const char *opened(struct br_str text, const char *field)
{
	static char plain[1024];
	struct br_text into;
	int result;

	br_text_init(&into, sizeof(plain) - 1);
	result = br_person_open(keys, text, field, &into);
	(void)snprintf(
		plain, sizeof(plain), "%.*s", (int)into.n, into.bytes != NULL ? into.bytes : "");
	if (result < 0)
		(void)snprintf(plain, sizeof(plain), "-%s", br_error_text(result));
	br_text_finish(&into);
	return plain;
}

#define CORRUPT opened((struct br_str){"x", 1}, "note")

static void test_what_is_sealed_opens_in_its_field_only(void)
{
	struct br_str text;
	char corrupt[64];

	begin("field");
	(void)snprintf(corrupt, sizeof(corrupt), "%s", CORRUPT);
	text = sealed(&ann, "note", "rings twice");
	CHECK_INT(text.n, strlen("rings twice") + BR_SEALED_BYTES_MORE);
	CHECK_INT(text.s[0], BR_SEALED_MARK);
	CHECK_TEXT(opened(text, "note"), "rings twice");
	CHECK_TEXT(opened(text, "person"), corrupt);
	CHECK_TEXT(opened(text, "notes"), corrupt);
	end();
}

/* The same words are never the same bytes: nobody can tell who said the same. */
static void test_the_same_words_look_different(void)
{
	struct br_str a, b;

	begin("same");
	a = sealed(&ann, "note", "leave it at the door");
	b = sealed(&ann, "note", "leave it at the door");
	CHECK(!br_str_equal(a, b));
	CHECK_TEXT(opened(b, "note"), "leave it at the door");
	end();
}

/* One person's words under another one's key: the id says whose they are, and is bound to them. */
static void test_the_key_is_bound(void)
{
	struct br_str text;
	struct br_key id;
	char copy[100], corrupt[64];

	begin("bound");
	(void)snprintf(corrupt, sizeof(corrupt), "%s", CORRUPT);
	text = sealed(&ann, "note", "hello");
	id = br_key_of_u64(bob.id);
	memcpy(copy, text.s, text.n);
	memcpy(copy + 1, id.bytes, id.n);
	CHECK_TEXT(opened((struct br_str){copy, text.n}, "note"), corrupt);
	end();
}

static void test_any_change_is_seen(void)
{
	struct br_str text;
	char copy[100];

	begin("change");
	text = sealed(&ann, "note", "hello");
	REQUIRE(text.n <= sizeof(copy));
	for (size_t i = 0; i < text.n; i++) {
		memcpy(copy, text.s, text.n);
		copy[i] ^= 4;
		CHECK_INT(opened((struct br_str){copy, text.n}, "note")[0], '-');
		CHECK_INT(opened((struct br_str){text.s, i}, "note")[0], '-');
	}
	end();
}

static void test_a_destroyed_key_opens_nothing(void)
{
	struct br_keys_doomed doomed = {.person = "cann", .sequence = 2};
	struct br_str text, other;
	struct br_text into;

	begin("destroyed");
	text = sealed(&ann, "note", "hello");
	other = sealed(&bob, "note", "goodbye");
	CHECK_INT(br_keys_destroy(keys, &doomed, 1, 2, NULL), 0);
	br_text_init(&into, 100);
	CHECK_INT(br_person_open(keys, text, "note", &into), BR_E_NOT_FOUND);
	br_text_finish(&into);
	CHECK_TEXT(opened(other, "note"), "goodbye");
	end();
}

/* As JSON: the plain text, null when it was erased, and nothing for whoever may not see it. */
static void test_what_json_says(void)
{
	struct br_keys_doomed doomed = {.person = "cann", .sequence = 2};
	struct br_str gone, there;
	struct br_opener opener;
	struct br_json_out out;
	struct br_text json;

	begin("json");
	gone = sealed(&ann, "person", "Ann");
	there = sealed(&bob, "note", "\"quoted\"");
	CHECK_INT(br_keys_destroy(keys, &doomed, 1, 2, NULL), 0);
	opener = br_person_opener(keys);
	br_text_init(&json, 1000);
	for (unsigned may = 0; may < 2; may++) {
		br_json_out_begin(&out, &json);
		out.opener = may ? &opener : NULL;
		br_json_out_object(&out, NULL);
		br_json_out_personal(&out, "person", gone);
		br_json_out_personal(&out, "note", there);
		br_json_out_personal(&out, "reason", BR_STR("nobody came for it"));
		br_json_out_personal(&out, "vehicle", (struct br_str){NULL, 0});
		br_json_out_end(&out);
	}
	CHECK_TEXT(json.bytes,
		"{\"reason\":\"nobody came for it\"}{\"person\":null,\"note\":\"\\\"quoted\\\"\","
		"\"reason\":\"nobody came for it\"}");
	br_text_finish(&json);
	end();
}

/* Fields that hold what people say are marked, in commands, events and rows alike. */
static void test_the_shapes_are_marked(void)
{
	static const struct {
		const struct br_shape *shape;
		const char *fields;
	} rows[] = {
		{&br_order_offer_shape, "person surname code vehicle note "},
		{&br_order_offered_shape, "person vehicle note "},
		{&br_order_line_offered_shape, "note "},
		{&br_order_moved_shape, "reason vehicle "},
		{&br_order_updated_shape, "person note "},
		{&br_order_cancel_late_shape, "reason "},
		{&br_order_shape, "person note reason vehicle "},
		{&br_order_line_shape, "note "},
		{&br_order_hand_over_shape, "surname code waived "},
		{&br_order_hold_shape, "reason "},
		{&br_order_pick_shape, ""},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		char marked[200] = "";

		for (unsigned f = 0; f < rows[i].shape->field_n; f++)
			if (rows[i].shape->fields[f].discretion != BR_DISCRETION_NONE) {
				(void)strcat(marked, rows[i].shape->fields[f].name);
				(void)strcat(marked, " ");
			}
		if (!CHECK(strcmp(marked, rows[i].fields) == 0))
			printf("%s: %s\n", rows[i].shape->name, marked);
		CHECK_INT(br_shape_discreet(rows[i].shape), rows[i].fields[0] != '\0');
	}
}

int main(int argc, char **argv)
{
	TEST(test_what_is_sealed_opens_in_its_field_only);
	TEST(test_the_same_words_look_different);
	TEST(test_the_key_is_bound);
	TEST(test_any_change_is_seen);
	TEST(test_a_destroyed_key_opens_nothing);
	TEST(test_what_json_says);
	TEST(test_the_shapes_are_marked);
	return test_end(argc, argv);
}
