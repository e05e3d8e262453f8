/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
/* The keys of persons: made, found, destroyed, wrapped; and what a crash in between leaves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys_inside.h"
#include "tests/lib/test.h"

#define ANN BR_STR("cann")
#define BOB BR_STR("obob")

struct place {
	char s[640];
};

static struct place place(const char *name)
{
	struct place place;

	(void)snprintf(place.s, sizeof(place.s), "%s/%s", test_folder(), name);
	return place;
}

static struct br_keys *keys_open(const char *name, const char *master)
{
	struct br_keys_options options = {.master = master, .sync_off = true};
	struct br_fault fault = {.text = ""};
	struct br_keys *keys = NULL;

	(void)!br_keys_open(place(name).s, &options, &keys, &fault);
	CHECK_TEXT(fault.text, "");
	REQUIRE(keys != NULL);
	return keys;
}

static struct br_person_key key_made(struct br_keys *keys, struct br_str person, uint64_t born)
{
	struct br_person_key key = {.id = 0};

	REQUIRE(br_keys_make(keys, person, born, &key) == 0);
	REQUIRE(br_keys_commit(keys) == 0);
	return key;
}

static bool same(const struct br_person_key *a, const struct br_person_key *b)
{
	return a->id == b->id && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Does the file hold these bytes anywhere, in a page that is used or not? */
static bool file_has(const char *folder, const char *name, const void *bytes, size_t n)
{
	struct br_path path = br_path_in(folder, name);
	size_t size = 0;
	char *content;
	bool has;

	if (access(path.s, F_OK) < 0)
		return false;
	content = test_file_read(path.s, &size);
	has = memmem(content, size, bytes, n) != NULL;
	free(content);
	return has;
}

static bool found_anywhere(const char *name, const void *bytes, size_t n)
{
	struct place fresh = place(name);

	(void)strcat(fresh.s, ".new");
	return file_has(place(name).s, "data.mdb", bytes, n) ||
	       file_has(place(name).s, "data.old", bytes, n) ||
	       file_has(fresh.s, "data.mdb", bytes, n);
}

static void doom(struct br_keys_doomed *doomed, struct br_str person, uint64_t sequence)
{
	doomed->sequence = sequence;
	CHECK(br_str_copy(person, doomed->person, sizeof(doomed->person)));
}

static int destroy(struct br_keys *keys, struct br_str person, uint64_t sequence)
{
	struct br_keys_doomed doomed;
	struct br_fault fault = {.text = ""};

	doom(&doomed, person, sequence);
	return br_keys_destroy(keys, &doomed, 1, sequence, &fault);
}

static void test_a_key_is_found_again(void)
{
	struct br_keys *keys = keys_open("found", NULL);
	struct br_person_key ann = key_made(keys, ANN, 1), bob = key_made(keys, BOB, 2), got;

	CHECK(ann.id != 0 && bob.id != 0 && !same(&ann, &bob));
	CHECK_INT(br_keys_find(keys, ANN, 0, &got), 0);
	CHECK(same(&got, &ann));
	br_keys_close(keys);
	keys = keys_open("found", NULL);
	CHECK(!br_keys_fresh(keys));
	CHECK_INT(br_keys_get(keys, bob.id, &got), 0);
	CHECK(same(&got, &bob));
	CHECK_INT(br_keys_get(keys, bob.id + 1, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_find(keys, BR_STR("canna"), 0, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_find(keys, BR_STR("can"), 0, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_count(keys), 2);
	br_keys_close(keys);
}

static void test_the_newest_key_counts(void)
{
	struct br_keys *keys = keys_open("newest", NULL);
	struct br_person_key old = key_made(keys, ANN, 5), now = key_made(keys, ANN, 9), got;
	uint64_t restored;

	CHECK_INT(br_keys_find(keys, ANN, 0, &got), 0);
	CHECK(same(&got, &now));
	/* Erased at 9: a key that was born by then knew of it. */
	CHECK_INT(br_keys_find(keys, ANN, 9, &got), 0);
	CHECK_INT(br_keys_find(keys, ANN, 10, &got), BR_E_NOT_FOUND);
	/* Behind the journal's end: it was made before a backup was restored. */
	CHECK_INT(br_keys_make(keys, ANN, 500, &got), 0);
	restored = got.id;
	CHECK_INT(br_keys_commit(keys), 0);
	CHECK_INT(destroy(keys, ANN, 9), 0);
	CHECK_INT(br_keys_get(keys, old.id, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_get(keys, restored, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_get(keys, now.id, &got), 0);
	br_keys_close(keys);
}

static void test_a_key_of_an_open_turn_is_used_and_lost_with_it(void)
{
	struct br_keys *keys = keys_open("turn", NULL);
	struct br_person_key made, got;

	REQUIRE(br_keys_make(keys, ANN, 1, &made) == 0);
	CHECK_INT(br_keys_find(keys, ANN, 0, &got), 0);
	CHECK(same(&made, &got));
	/* Other threads see it with the commit. */
	CHECK_INT(br_keys_get(keys, made.id, &got), BR_E_NOT_FOUND);
	br_keys_close(keys);
	keys = keys_open("turn", NULL);
	CHECK_INT(br_keys_find(keys, ANN, 0, &got), BR_E_NOT_FOUND);
	REQUIRE(br_keys_make(keys, ANN, 1, &made) == 0);
	br_keys_unmake(keys, ANN, made.id);
	REQUIRE(br_keys_commit(keys) == 0);
	CHECK_INT(br_keys_count(keys), 0);
	CHECK_INT(br_keys_find(keys, ANN, 0, &got), BR_E_NOT_FOUND);
	br_keys_close(keys);
}

/* The test of the tests: before it is destroyed the key does stand in the file. */
static void test_a_destroyed_key_is_in_no_file(void)
{
	struct br_keys *keys = keys_open("gone", NULL);
	struct br_person_key ann, others[64], got;

	for (unsigned i = 0; i < BR_ARRAY_LEN(others); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "o%u", i);
		others[i] = key_made(keys, br_str_from(name), i + 1);
	}
	ann = key_made(keys, ANN, 70);
	CHECK(found_anywhere("gone", ann.bytes, sizeof(ann.bytes)));
	CHECK_INT(destroy(keys, ANN, 80), 0);
	CHECK(!found_anywhere("gone", ann.bytes, sizeof(ann.bytes)));
	CHECK_INT(br_keys_get(keys, ann.id, &got), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_erased(keys), 80);
	for (unsigned i = 0; i < BR_ARRAY_LEN(others); i++) {
		REQUIRE(br_keys_get(keys, others[i].id, &got) == 0);
		CHECK(same(&got, &others[i]));
	}
	/* The secret and the mark went along. */
	br_keys_close(keys);
	keys = keys_open("gone", NULL);
	CHECK_INT(br_keys_erased(keys), 80);
	CHECK_INT(br_keys_count(keys), BR_ARRAY_LEN(others));
	br_keys_close(keys);
	CHECK(access(br_path_in(place("gone").s, "data.old").s, F_OK) < 0);
}

static void test_the_secret_stays(void)
{
	unsigned char secret[BR_SECRET_BYTES];
	struct br_keys *keys = keys_open("secret", NULL);
	struct br_person_key ann = key_made(keys, ANN, 1);

	CHECK(br_keys_fresh(keys) && ann.id != 0);
	memcpy(secret, br_keys_secret(keys), sizeof(secret));
	CHECK_INT(destroy(keys, ANN, 2), 0);
	br_keys_close(keys);
	keys = keys_open("secret", NULL);
	CHECK(memcmp(secret, br_keys_secret(keys), sizeof(secret)) == 0);
	br_keys_close(keys);
}

/* Noting that there was nothing to destroy writes no file anew. */
static void test_nothing_to_destroy_is_only_noted(void)
{
	struct br_keys *keys = keys_open("note", NULL);
	struct br_person_key ann = key_made(keys, ANN, 1), got;
	struct stat before, after;
	struct br_path file = br_path_in(place("note").s, "data.mdb");

	REQUIRE(stat(file.s, &before) == 0);
	CHECK_INT(destroy(keys, BOB, 7), 0);
	CHECK_INT(br_keys_destroy(keys, NULL, 0, 9, NULL), 0);
	REQUIRE(stat(file.s, &after) == 0);
	CHECK_INT(before.st_ino, after.st_ino);
	br_keys_close(keys);
	keys = keys_open("note", NULL);
	CHECK_INT(br_keys_erased(keys), 9);
	CHECK_INT(br_keys_get(keys, ann.id, &got), 0);
	br_keys_close(keys);
}

static int step_fail(void *context, const char *step)
{
	return strcmp(context, step) == 0 ? BR_E_IO : 0;
}

/* Whoever dies at any step has, at the next start, either the whole old file or the whole new. */
static void test_a_crash_at_each_step(void)
{
	static char steps[][8] = {"build", "link", "rename", "wipe"};

	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++) {
		bool destroyed = strcmp(steps[i], "wipe") == 0;
		struct br_keys *keys = keys_open(steps[i], NULL);
		struct br_person_key ann = key_made(keys, ANN, 1), bob = key_made(keys, BOB, 1),
				     got;

		br_keys_fault_set(keys, step_fail, steps[i]);
		CHECK_INT(destroy(keys, ANN, 5), BR_E_IO);
		br_keys_close(keys);
		keys = keys_open(steps[i], NULL);
		CHECK_INT(br_keys_erased(keys), destroyed ? 5 : 0);
		CHECK_INT(br_keys_get(keys, ann.id, &got), destroyed ? BR_E_NOT_FOUND : 0);
		CHECK_INT(destroy(keys, ANN, 5), 0);
		CHECK(!found_anywhere(steps[i], ann.bytes, sizeof(ann.bytes)));
		CHECK_INT(br_keys_get(keys, bob.id, &got), 0);
		CHECK(same(&bob, &got));
		br_keys_close(keys);
		CHECK(access(br_path_in(place(steps[i]).s, "data.old").s, F_OK) < 0);
	}
}

/* After a swap that failed nobody gets a key of a file that may be the wrong one. */
static void test_a_failed_swap_gives_no_key(void)
{
	struct br_keys *keys = keys_open("failed", NULL);
	struct br_person_key ann = key_made(keys, ANN, 1), got;

	br_keys_fault_set(keys, step_fail, (char[]){"rename"});
	CHECK_INT(destroy(keys, ANN, 5), BR_E_IO);
	CHECK_INT(br_keys_get(keys, ann.id, &got), BR_E_IO);
	br_keys_close(keys);
}

static const char *master_written(const char *name, const char *text, mode_t mode)
{
	const char *path = test_file_write(NULL, name, text);

	REQUIRE(chmod(path, mode) == 0);
	return path;
}

#define MASTER "0123456789abcdef0123456789abcdef"

static void test_a_master_key_wraps(void)
{
	char master[700];
	unsigned char secret[BR_SECRET_BYTES];
	struct br_person_key ann, bob, got;
	struct br_keys *keys = keys_open("wrap", NULL);

	(void)snprintf(master, sizeof(master), "%s", master_written("master", MASTER, 0600));
	ann = key_made(keys, ANN, 1);
	memcpy(secret, br_keys_secret(keys), sizeof(secret));
	br_keys_close(keys);
	CHECK(found_anywhere("wrap", ann.bytes, sizeof(ann.bytes)));
	CHECK(found_anywhere("wrap", secret, sizeof(secret)));
	/* From now on: what was plain is wrapped, and no longer in the file. */
	keys = keys_open("wrap", master);
	CHECK_INT(br_keys_get(keys, ann.id, &got), 0);
	CHECK(same(&ann, &got));
	CHECK(memcmp(secret, br_keys_secret(keys), sizeof(secret)) == 0);
	bob = key_made(keys, BOB, 2);
	CHECK(!found_anywhere("wrap", ann.bytes, sizeof(ann.bytes)));
	CHECK(!found_anywhere("wrap", bob.bytes, sizeof(bob.bytes)));
	CHECK(!found_anywhere("wrap", secret, sizeof(secret)));
	CHECK_INT(destroy(keys, ANN, 5), 0);
	br_keys_close(keys);
	keys = keys_open("wrap", master);
	CHECK_INT(br_keys_get(keys, bob.id, &got), 0);
	CHECK(same(&bob, &got));
	br_keys_close(keys);
}

static void refuses(const char *name, const char *master, const char *sentence)
{
	struct br_keys_options options = {.master = master, .sync_off = true};
	struct br_fault fault = {.text = ""};
	struct br_keys *keys = NULL;

	CHECK_INT(br_keys_open(place(name).s, &options, &keys, &fault), BR_E_CRYPTO);
	CHECK_HAS(fault.text, sentence);
	CHECK(keys == NULL);
}

static void test_another_master_key_is_refused(void)
{
	char master[700], other[700];

	(void)snprintf(master, sizeof(master), "%s", master_written("right", MASTER, 0600));
	(void)snprintf(other, sizeof(other), "%s", master_written("other", MASTER "x", 0600));
	br_keys_close(keys_open("refuse", master));
	refuses("refuse", NULL, "wrapped with a master key and none is given");
	refuses("refuse", other, "wrapped with another master key");
	refuses("refuse", master_written("open", MASTER, 0640), "others than its owner");
	refuses("refuse", master_written("short", "0123456789", 0600), "32 to 4,096 bytes");
	refuses("refuse", "/nowhere/master", "No such file");
	br_keys_close(keys_open("refuse", master));
}

/* A wrapped key that was put under another id opens nothing. */
static void test_a_wrapped_key_is_bound_to_its_id(void)
{
	char master[700];
	unsigned char bytes[BR_PERSON_KEY_BYTES] = {7}, room[BR_WRAPPED_BYTES_MAX], got[32];
	struct br_str wrapped;
	struct br_keys *keys;

	(void)snprintf(master, sizeof(master), "%s", master_written("bound", MASTER, 0600));
	keys = keys_open("bound-keys", master);
	REQUIRE(br_keys_wrap(keys, BR_STR("a"), bytes, room, &wrapped) == 0);
	CHECK_INT(br_keys_unwrap(keys, BR_STR("a"), wrapped, got), 0);
	CHECK(memcmp(bytes, got, sizeof(bytes)) == 0);
	CHECK_INT(br_keys_unwrap(keys, BR_STR("b"), wrapped, got), BR_E_CORRUPT);
	for (size_t i = 0; i < wrapped.n; i++) {
		room[i] ^= 1;
		CHECK(br_keys_unwrap(keys, BR_STR("a"), wrapped, got) < 0);
		room[i] ^= 1;
		CHECK(br_keys_unwrap(keys, BR_STR("a"), (struct br_str){wrapped.s, i + 1}, got) <
				0 ||
			i + 1 == wrapped.n);
	}
	br_keys_close(keys);
}

/* No disk, at any call: an error, and the keys that were there before. */
static int nth_fail(void *context, const char *call)
{
	int *left = context;

	(void)call;
	return (*left)-- == 0 ? BR_E_DISK_FULL : 0;
}

static void test_a_full_disk_loses_no_key(void)
{
	bool passed = false;

	for (int n = 0; !passed && n < 50; n++) {
		struct br_keys *keys = keys_open("full", NULL);
		struct br_person_key ann = {.id = 0}, got;
		int left = n, result;

		br_store_fault_set(keys->store, nth_fail, &left);
		result = br_keys_make(keys, ANN, 1, &ann);
		if (result == 0)
			result = br_keys_commit(keys);
		passed = left >= 0;
		CHECK_INT(result, passed ? 0 : BR_E_DISK_FULL);
		br_keys_close(keys);
		keys = keys_open("full", NULL);
		CHECK_INT(br_keys_find(keys, ANN, 0, &got), passed ? 0 : BR_E_NOT_FOUND);
		br_keys_close(keys);
	}
	CHECK(passed);
}

/* A core that goes without its commit leaves nothing open behind it. */
static void test_what_is_given_up_was_never_made(void)
{
	struct br_keys *keys = keys_open("given-up", NULL);
	struct br_person_key key;
	uint64_t before = br_keys_count(keys);

	REQUIRE(br_keys_make(keys, BR_STR("c/1"), 7, &key) == 0);
	br_keys_abort(keys);
	CHECK_INT(br_keys_count(keys), before);
	/* With nothing to give up, too. */
	br_keys_abort(keys);
	CHECK_INT(br_keys_commit(keys), 0);
	CHECK_INT(br_keys_count(keys), before);
	br_keys_close(keys);
}

static void test_random_bytes_do_not_repeat(void)
{
	unsigned char a[BR_KEYS_RANDOM_BYTES], b[BR_KEYS_RANDOM_BYTES], few[3];
	struct br_keys *keys = keys_open("random", NULL);

	CHECK_INT(br_keys_random(keys, few, sizeof(few)), 0);
	CHECK_INT(br_keys_random(keys, a, sizeof(a)), 0);
	CHECK_INT(br_keys_random(keys, b, sizeof(b)), 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	/* What was handed out does not stay. */
	CHECK(memmem(keys, sizeof(*keys), b, 32) == NULL);
	br_keys_close(keys);
}

int main(int argc, char **argv)
{
	TEST(test_a_key_is_found_again);
	TEST(test_the_newest_key_counts);
	TEST(test_a_key_of_an_open_turn_is_used_and_lost_with_it);
	TEST(test_a_destroyed_key_is_in_no_file);
	TEST(test_the_secret_stays);
	TEST(test_nothing_to_destroy_is_only_noted);
	TEST(test_a_crash_at_each_step);
	TEST(test_a_failed_swap_gives_no_key);
	TEST(test_a_master_key_wraps);
	TEST(test_another_master_key_is_refused);
	TEST(test_a_wrapped_key_is_bound_to_its_id);
	TEST(test_a_full_disk_loses_no_key);
	TEST(test_what_is_given_up_was_never_made);
	TEST(test_random_bytes_do_not_repeat);
	return test_end(argc, argv);
}
