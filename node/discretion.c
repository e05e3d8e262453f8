#include "node/discretion.h"

#include <string.h>

#include "node/crypto.h"

/* Large enough for any command's record. */
#define RECORD_BYTES_MAX BR_COMMAND_ARENA_BYTES_MAX

/* Blank and not sealed: a sealed text is another one each time, and its hash with it. */
static bool text_blank(
	void *context BR_UNUSED, const struct br_field *field BR_UNUSED, struct br_str *text)
{
	br_assert(text->n > 0);
	*text = (struct br_str){NULL, 0};
	return true;
}

int br_discretion_hash(const struct br_command *command, struct br_arena *arena,
	unsigned char ret_hash[BR_BODY_HASH_BYTES])
{
	const struct br_shape *shape = command->type->shape;
	const void *body = command->body;
	unsigned char digest[BR_SHA256_BYTES];
	struct br_text text;
	int result;

	br_assert(command->type != NULL && command->body != NULL);
	if (br_shape_discreet(shape))
		body = br_record_rewrite(shape, body, arena, text_blank, NULL);
	if (body == NULL)
		return BR_E_MEMORY;
	br_text_init(&text, RECORD_BYTES_MAX);
	br_record_encode(shape, body, &text);
	result = br_text_error(&text);
	br_sha256_two(command->type->name, strlen(command->type->name), text.bytes, text.n, digest);
	br_text_finish(&text);
	memcpy(ret_hash, digest, BR_BODY_HASH_BYTES);
	return result;
}

/* The print of the plain command under a key. */
static int print_make(const unsigned char key[BR_PERSON_KEY_BYTES], uint64_t id,
	const struct br_command *command, unsigned char ret_print[BR_PRINT_BYTES])
{
	struct br_key name = br_key_of_u64(id);
	unsigned char digest[BR_SHA256_BYTES];
	struct br_text text;
	int result;

	br_text_init(&text, RECORD_BYTES_MAX);
	br_record_encode(command->type->shape, command->body, &text);
	result = br_text_error(&text);
	if (result == 0) {
		br_hmac_sha256(key, BR_PERSON_KEY_BYTES, text.bytes, text.n, digest);
		br_assert(name.n == BR_KEY_ID_BYTES);
		memcpy(ret_print, name.bytes, BR_KEY_ID_BYTES);
		memcpy(ret_print + BR_KEY_ID_BYTES, digest, BR_PRINT_HASH_BYTES);
		br_wipe(text.bytes, text.n);
	}
	br_text_finish(&text);
	return result;
}

int br_discretion_same(struct br_keys *keys, const struct br_command *command, struct br_str print)
{
	struct br_str rest = {print.s, print.n};
	unsigned char now[BR_PRINT_BYTES];
	struct br_person_key key;
	uint64_t id;
	int result;

	if (!br_shape_discreet(command->type->shape))
		return 1;
	/* Kept without a print: it said nothing of anybody. */
	if (print.n == 0)
		return !br_record_discreet(command->type->shape, command->body);
	if (print.n != BR_PRINT_BYTES || !br_key_take_u64(&rest, &id))
		return BR_E_CORRUPT;
	if (id == 0) {
		result = print_make(br_keys_secret(keys), 0, command, now);
	} else {
		result = br_keys_get(keys, id, &key);
		/* Erased since: what was said then nobody can compare, so the id counts. */
		if (result == BR_E_NOT_FOUND)
			return 1;
		if (result == 0)
			result = print_make(key.bytes, id, command, now);
		br_wipe(&key, sizeof(key));
	}
	return result < 0 ? result : memcmp(now, print.s, sizeof(now)) == 0;
}

/* What sealing one command's texts needs. */
struct sealing {
	const struct br_discretion_world *world;
	const struct br_person_key *key;
	int error;
};

static bool text_seal(void *context, const struct br_field *field, struct br_str *text)
{
	struct sealing *sealing = context;
	const char *name = field->sealed_as != NULL ? field->sealed_as : field->name;

	if (field->discretion != BR_DISCRETION_PERSONAL)
		return true;
	br_assert(text->n <= (size_t)field->max);
	if (sealing->key->id == 0) {
		*text = (struct br_str){NULL, 0};
		return true;
	}
	sealing->error = br_person_seal(
		sealing->world->keys, sealing->key, name, *text, sealing->world->arena, text);
	return sealing->error == 0;
}

/* The person's key, or a new one when there is none or it is doomed. */
static int key_take(const struct br_discretion_world *world, struct br_discreet *discretion)
{
	struct br_str name = br_str_from(discretion->person.name);
	uint64_t erased = world->erased_of(world->context, discretion->person.name);
	int result = br_keys_find(world->keys, name, erased, &discretion->key);

	br_assert(name.n > 0);
	if (result != BR_E_NOT_FOUND)
		return result;
	discretion->made = true;
	return br_keys_make(world->keys, name, world->born, &discretion->key);
}

/* Most commands say nothing of anybody, and pay for it with one look at their shape. */
int br_discretion_seal(const struct br_discretion_world *world, const struct br_command *command,
	struct br_discreet *ret_discretion)
{
	const struct br_shape *shape = command->type->shape;
	struct br_discreet discretion = {.body = command->body};
	struct sealing sealing = {.world = world, .key = &discretion.key};
	int result = 0;

	*ret_discretion = discretion;
	if (!br_record_discreet(shape, command->body))
		return 0;
	br_assert(world->keys != NULL);
	discretion.print_n = BR_PRINT_BYTES;
	/* A code alone is nobody's: it needs no key, as it is kept nowhere. */
	if (br_record_personal(shape, command->body))
		discretion.person = br_person_of_command(world->txn, command, world->arena);
	if (discretion.person.name[0] != '\0')
		result = key_take(world, &discretion);
	if (result < 0)
		return result;
	discretion.body =
		br_record_rewrite(shape, command->body, world->arena, text_seal, &sealing);
	if (discretion.body == NULL)
		return sealing.error < 0 ? sealing.error : BR_E_MEMORY;
	*ret_discretion = discretion;
	return 0;
}

/* After the decision, because only then it is known whether anything needs the key. */
int br_discretion_end(const struct br_discretion_world *world, const struct br_command *command,
	bool kept, struct br_discreet *discretion)
{
	const unsigned char *key = discretion->key.bytes;
	uint64_t id = discretion->key.id;
	int result = 0;

	br_assert(!discretion->made || id != 0);
	if (!kept && discretion->made) {
		br_keys_unmake(world->keys, br_str_from(discretion->person.name), id);
		id = 0;
	}
	if (id == 0)
		key = br_keys_secret(world->keys);
	if (discretion->print_n > 0)
		result = print_make(key, id, command, discretion->print);
	br_wipe(&discretion->key, sizeof(discretion->key));
	return result;
}
