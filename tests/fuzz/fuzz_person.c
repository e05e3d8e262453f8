/*
 * Fuzzes the opening of sealed texts and the unwrapping of keys: total on any bytes. Whatever is
 * sealed opens again to itself, in its own field only, and with one bit changed not at all. The
 * first byte says what the rest is: sealed bytes as they come, with the id of a key that is there,
 * a wrapped key, or a text to be sealed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/keys_inside.h"
#include "node/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_keys *keys;
static struct br_person_key key;
static char folder[] = "/tmp/fuzz-person-XXXXXX";

static void keys_remove(void)
{
	br_keys_close(BR_TAKE(keys));
	br_store_remove(folder);
}

static void keys_make(void)
{
	struct br_keys_options options = {.sync_off = true};

	br_assert(mkdtemp(folder) != NULL);
	br_assert(br_keys_open(folder, &options, &keys, NULL) == 0);
	br_assert(atexit(keys_remove) == 0);
	br_assert(br_keys_make(keys, BR_STR("oO"), 1, &key) == 0);
	br_assert(br_keys_commit(keys) == 0);
}

/* As JSON too, which must be written whatever comes of it. */
static int open_try(struct br_str sealed, const char *field, struct br_str want)
{
	struct br_opener opener = br_person_opener(keys);
	struct br_json_out out;
	struct br_text plain, json;
	int result;

	br_text_init(&plain, BR_PERSONAL_BYTES_MAX);
	result = br_person_open(keys, sealed, field, &plain);
	br_assert(result <= 0 && (result == 0 || plain.n == 0));
	if (want.s != NULL)
		br_assert(result == 0 && br_str_equal(br_text_str(&plain), want));
	br_text_finish(&plain);
	if (sealed.n == 0 || sealed.s[0] != BR_SEALED_MARK)
		return result;
	br_text_init(&json, 1 << 16);
	br_json_out_begin(&out, &json);
	out.opener = &opener;
	br_json_out_object(&out, NULL);
	br_json_out_personal(&out, field, sealed);
	br_json_out_end(&out);
	br_assert(br_text_error(&json) == 0 && json.n > 2);
	br_text_finish(&json);
	return result;
}

static void seal_try(struct br_str plain, uint8_t flip)
{
	struct br_arena arena;
	struct br_str sealed;
	char *copy;

	if (plain.n == 0 || plain.n > BR_PERSONAL_BYTES_MAX)
		return;
	br_arena_init(&arena, 1 << 16);
	br_assert(br_person_seal(keys, &key, "note", plain, &arena, &sealed) == 0);
	(void)open_try(sealed, "note", plain);
	br_assert(open_try(sealed, "person", (struct br_str){NULL, 0}) == BR_E_CORRUPT);
	copy = malloc(sealed.n);
	br_assert(copy != NULL);
	memcpy(copy, sealed.s, sealed.n);
	copy[flip % sealed.n] ^= (char)(1 << flip % 8);
	br_assert(open_try((struct br_str){copy, sealed.n}, "note", (struct br_str){NULL, 0}) < 0);
	free(copy);
	br_arena_finish(&arena);
}

static void unwrap_try(struct br_str wrapped)
{
	unsigned char plain[BR_PERSON_KEY_BYTES];

	if (wrapped.n > 0)
		br_assert(br_keys_unwrap(keys, BR_STR("name"), wrapped, plain) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_str none = {NULL, 0}, rest;
	char *copy;

	if (keys == NULL)
		keys_make();
	if (n < 2)
		return 0;
	/* Of its exact size, so that a read behind the end is seen. */
	copy = malloc(n - 1);
	br_assert(copy != NULL);
	memcpy(copy, bytes + 1, n - 1);
	rest = (struct br_str){copy, n - 1};
	if (bytes[0] % 4 == 1 && rest.n > BR_KEY_ID_BYTES) {
		struct br_key id = br_key_of_u64(key.id);

		copy[0] = BR_SEALED_MARK;
		memcpy(copy + 1, id.bytes, BR_KEY_ID_BYTES);
	}
	if (bytes[0] % 4 == 2)
		unwrap_try(rest);
	else if (bytes[0] % 4 == 3)
		seal_try(rest, bytes[0]);
	else
		(void)open_try(rest, "note", none);
	free(copy);
	return 0;
}
