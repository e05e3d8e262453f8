#include "node/key.h"

#include <string.h>

void br_key_init(struct br_key *key)
{
	key->n = 0;
}

static void key_add(struct br_key *key, const void *bytes, size_t n)
{
	br_assert(key->n <= sizeof(key->bytes));
	br_assert(n <= sizeof(key->bytes) - key->n);
	if (n > 0)
		memcpy(key->bytes + key->n, bytes, n);
	key->n += n;
}

static void number_add(struct br_key *key, uint64_t value, size_t n)
{
	unsigned char bytes[8];

	br_assert(n <= sizeof(bytes));
	br_assert(n == sizeof(bytes) || value >> (8 * n) == 0);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(value >> (8 * (n - 1 - i)));
	key_add(key, bytes, n);
}

void br_key_add_u8(struct br_key *key, uint8_t value)
{
	number_add(key, value, 1);
}

void br_key_add_u32(struct br_key *key, uint32_t value)
{
	number_add(key, value, 4);
}

void br_key_add_u64(struct br_key *key, uint64_t value)
{
	number_add(key, value, 8);
}

void br_key_add_str(struct br_key *key, struct br_str str)
{
	key_add(key, str.s, str.n);
	br_key_add_u8(key, 0);
}

struct br_str br_key_str(const struct br_key *key)
{
	br_assert(key->n <= sizeof(key->bytes));
	return (struct br_str){(const char *)key->bytes, key->n};
}

bool br_key_take_u64(struct br_str *rest, uint64_t *ret_value)
{
	uint64_t value = 0;

	br_assert(rest->s != NULL || rest->n == 0);
	if (rest->n < 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | (unsigned char)rest->s[i];
	rest->s += 8;
	rest->n -= 8;
	*ret_value = value;
	return true;
}

bool br_key_take_str(struct br_str *rest, struct br_str *ret_str)
{
	br_assert(rest->s != NULL || rest->n == 0);
	if (rest->n == 0 || memchr(rest->s, 0, rest->n) == NULL)
		return false;
	*ret_str = br_str_split(rest, '\0');
	return true;
}

struct br_key br_key_of_str(struct br_str str)
{
	struct br_key key;

	br_key_init(&key);
	br_key_add_str(&key, str);
	br_assert(key.n == str.n + 1);
	return key;
}

struct br_key br_key_of_u64(uint64_t value)
{
	struct br_key key;

	br_key_init(&key);
	br_key_add_u64(&key, value);
	br_assert(key.n == sizeof(value));
	return key;
}
