#include "node/person.h"

#include <string.h>

#include "node/crypto.h"
#include "node/order.h"
#include "node/time.h"

#define ID_AT 1
#define NONCE_AT (ID_AT + BR_KEY_ID_BYTES)
#define SEALED_AT (NONCE_AT + BR_GCM_NONCE_BYTES)
/* The key's id and the field's name. */
#define BOUND_BYTES_MAX (BR_KEY_ID_BYTES + BR_WORD_BYTES_MAX)
#define DATE_BYTES 10 /* of a time as text: "2026-03-01" */
/* Orders split from each other: a chain that is longer is no chain. */
#define PARENTS_MAX 100

_Static_assert(SEALED_AT + BR_GCM_TAG_BYTES == BR_SEALED_BYTES_MORE, "what shapes leave room for");

static struct br_person person_of(char kind, struct br_str id)
{
	struct br_person person = {.name = ""};

	br_assert(id.n > 0 && id.n <= BR_ID_BYTES_MAX);
	person.name[0] = kind;
	memcpy(person.name + 1, id.s, id.n);
	return person;
}

/* The kinds are kept apart by a byte, since a customer may be called as an order is. */
struct br_person br_person_of_customer(struct br_str customer)
{
	br_assert(customer.n > 0);
	return person_of(BR_PERSON_CUSTOMER, customer);
}

struct br_person br_person_of_order(struct br_str order)
{
	br_assert(order.n > 0);
	return person_of(BR_PERSON_ORDER, order);
}

struct br_person br_person_of_day(int64_t unix_ms)
{
	char text[BR_TIME_TEXT_BYTES];

	br_time_format(unix_ms, text);
	return person_of(BR_PERSON_DAY, (struct br_str){text, DATE_BYTES});
}

/* A text member of the shape; NULL when there is none, empty when it was not given. */
static const struct br_str *member_of(
	const struct br_shape *shape, const void *body, const char *name)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];

		if (field->kind == BR_FIELD_TEXT && strcmp(field->name, name) == 0)
			return (const struct br_str *)((const char *)body + field->offset);
	}
	return NULL;
}

struct br_person br_person_of_command(
	struct br_txn *txn, const struct br_command *command, struct br_arena *arena)
{
	const struct br_shape *shape = command->type->shape;
	const struct br_str *customer = member_of(shape, command->body, "customer");
	const struct br_str *name = member_of(shape, command->body, "order"), *parent;
	struct br_order order;

	br_assert(command->now_ms >= 0);
	if (customer != NULL && customer->n > 0)
		return br_person_of_customer(*customer);
	if (customer == NULL && name == NULL)
		return br_person_of_day(command->now_ms);
	if (name == NULL || name->n == 0)
		return (struct br_person){.name = ""};
	if (br_order_get(txn, *name, arena, &order) == 0)
		return br_person_of_order_row(txn, &order, arena);
	/* The order is not there yet: it is the one that this makes, or nobody's. */
	if (shape == &br_order_offer_shape)
		return br_person_of_order(*name);
	if (shape != &br_order_offered_shape)
		return (struct br_person){.name = ""};
	parent = member_of(shape, command->body, "parent");
	if (parent->n > 0 && br_order_get(txn, *parent, arena, &order) == 0)
		return br_person_of_order_row(txn, &order, arena);
	return br_person_of_order(*name);
}

struct br_person br_person_of_order_row(
	struct br_txn *txn, const struct br_order *order, struct br_arena *arena)
{
	struct br_order at = *order;

	/* What was split off says of the same person what the first order did. */
	for (unsigned i = 0; at.customer.n == 0 && at.parent.n > 0 && i < PARENTS_MAX; i++)
		if (br_order_get(txn, at.parent, arena, &at) < 0)
			break;
	br_assert(at.order.n > 0);
	return at.customer.n > 0 ? br_person_of_customer(at.customer)
				 : br_person_of_order(at.order);
}

/* What a sealed text is bound to beside its key. */
static struct br_gcm_bound bound_make(
	unsigned char room[BOUND_BYTES_MAX], const unsigned char *id, const char *field)
{
	size_t n = strlen(field);

	br_assert(n > 0 && n <= BR_WORD_BYTES_MAX);
	memcpy(room, id, BR_KEY_ID_BYTES);
	memcpy(room + BR_KEY_ID_BYTES, field, n);
	return (struct br_gcm_bound){room, BR_KEY_ID_BYTES + n};
}

/*
 * The length is told by what is sealed: to hide it would cost each order some hundred bytes of its
 * record, for what a length tells of a name.
 */
int br_person_seal(struct br_keys *keys, const struct br_person_key *key, const char *field,
	struct br_str plain, struct br_arena *arena, struct br_str *ret_sealed)
{
	unsigned char *sealed = br_arena_take(arena, plain.n + BR_SEALED_BYTES_MORE);
	struct br_key id = br_key_of_u64(key->id);
	unsigned char room[BOUND_BYTES_MAX];
	int result;

	br_assert(key->id != 0 && plain.n > 0);
	if (sealed == NULL)
		return BR_E_MEMORY;
	sealed[0] = BR_SEALED_MARK;
	memcpy(sealed + ID_AT, id.bytes, BR_KEY_ID_BYTES);
	result = br_keys_random(keys, sealed + NONCE_AT, BR_GCM_NONCE_BYTES);
	if (result < 0)
		return result;
	br_gcm_seal(key->bytes, sealed + NONCE_AT, bound_make(room, id.bytes, field), plain.s,
		plain.n, sealed + SEALED_AT, sealed + SEALED_AT + plain.n);
	*ret_sealed = (struct br_str){(char *)sealed, plain.n + BR_SEALED_BYTES_MORE};
	return 0;
}

/* The key's id comes first, so that an erased text is told from a damaged one without a key. */
int br_person_open(
	struct br_keys *keys, struct br_str sealed, const char *field, struct br_text *text)
{
	const unsigned char *bytes = (const unsigned char *)sealed.s;
	unsigned char room[BOUND_BYTES_MAX];
	char plain[BR_PERSONAL_BYTES_MAX];
	struct br_person_key key;
	struct br_str rest;
	uint64_t id;
	size_t n;
	int result;

	if (sealed.n < BR_SEALED_BYTES_MORE || bytes[0] != BR_SEALED_MARK ||
		sealed.n - BR_SEALED_BYTES_MORE > sizeof(plain))
		return BR_E_CORRUPT;
	n = sealed.n - BR_SEALED_BYTES_MORE;
	rest = (struct br_str){sealed.s + ID_AT, BR_KEY_ID_BYTES};
	if (!br_key_take_u64(&rest, &id))
		return BR_E_CORRUPT;
	result = br_keys_get(keys, id, &key);
	if (result < 0)
		return result;
	br_assert(key.id == id);
	result = br_gcm_open(key.bytes, bytes + NONCE_AT, bound_make(room, bytes + ID_AT, field),
		bytes + SEALED_AT, n, bytes + SEALED_AT + n, plain);
	br_wipe(&key, sizeof(key));
	if (result == 0)
		br_text_add(text, plain, n);
	br_wipe(plain, sizeof(plain));
	return result;
}

/* JSON knows nothing of keys: this is all that it has of them. */
static int opener_open(void *context, struct br_str sealed, const char *field, struct br_text *room)
{
	br_assert(context != NULL);
	return br_person_open(context, sealed, field, room);
}

struct br_opener br_person_opener(struct br_keys *keys)
{
	br_assert(keys != NULL);
	return (struct br_opener){opener_open, keys};
}
