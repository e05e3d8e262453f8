#include "cloud-sync/range_set.h"

#include <stdlib.h>
#include <string.h>

#include "node/crypto.h"
#include "node/error.h"

struct item {
	struct br_range_sum before; /* sum of the marks of all items before this one */
	uint32_t key_at;
};

struct br_range_set {
	unsigned char session[BR_RANGE_KEY_BYTES];
	struct item *items; /* one more than there are: the last one has the sum of all */
	size_t n, space;
	char *keys; /* one after the other */
	size_t keys_n, keys_space;
};

struct br_range_sum br_range_sum_add(struct br_range_sum a, struct br_range_sum b)
{
	struct br_range_sum sum = {a.high + b.high, a.low + b.low};

	/* What does not fit the lower half is carried into the upper one. */
	sum.high += sum.low < a.low;
	br_assert(sum.low - b.low == a.low);
	return sum;
}

struct br_range_sum br_range_sum_less(struct br_range_sum a, struct br_range_sum b)
{
	struct br_range_sum sum = {a.high - b.high, a.low - b.low};

	sum.high -= a.low < b.low;
	br_assert(br_range_sum_equal(br_range_sum_add(sum, b), a));
	return sum;
}

bool br_range_sum_equal(struct br_range_sum a, struct br_range_sum b)
{
	return a.high == b.high && a.low == b.low;
}

static void invariant_check(const struct br_range_set *set)
{
	br_assert(set->n < set->space && set->n <= BR_RANGE_ITEMS_MAX);
	br_assert(set->items[set->n].key_at == set->keys_n && set->keys_n <= set->keys_space);
}

int br_range_set_create(const unsigned char key[BR_RANGE_KEY_BYTES], struct br_range_set **ret_set)
{
	BR_CLEANUP(br_range_set_cleanup) struct br_range_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return BR_E_MEMORY;
	memcpy(set->session, key, sizeof(set->session));
	set->space = 64;
	set->items = calloc(set->space, sizeof(*set->items));
	if (set->items == NULL)
		return BR_E_MEMORY;
	invariant_check(set);
	*ret_set = BR_TAKE(set);
	return 0;
}

void br_range_set_destroy(struct br_range_set *set)
{
	if (set == NULL)
		return;
	/* It is destroyed half made, too, when memory was short. */
	br_assert(set->items != NULL || set->n == 0);
	free(set->items);
	free(set->keys);
	free(set);
}

/* Makes room for one more item and its key. */
static int space_make(struct br_range_set *set, size_t key_n)
{
	/* One more than there are, for the sum of all. */
	br_assert(key_n > 0);
	if (set->n + 2 > set->space) {
		struct item *items = reallocarray(set->items, set->space * 2, sizeof(*items));

		if (items == NULL)
			return BR_E_MEMORY;
		set->items = items;
		set->space *= 2;
	}
	if (set->keys_n + key_n > set->keys_space) {
		size_t space = (set->keys_space + key_n) * 2;
		char *keys = realloc(set->keys, space);

		if (keys == NULL)
			return BR_E_MEMORY;
		set->keys = keys;
		set->keys_space = space;
	}
	invariant_check(set);
	return 0;
}

static uint64_t number_read(const unsigned char bytes[8])
{
	uint64_t number = 0;

	br_assert(bytes != NULL);
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static struct br_range_sum mark_make(
	const struct br_range_set *set, struct br_str key, uint64_t version, struct br_str value)
{
	unsigned char message[1 + BR_ID_BYTES_MAX + 8 + BR_SHA256_BYTES];
	unsigned char hash[BR_SHA256_BYTES];
	size_t n = 0;

	br_assert(key.n > 0 && key.n <= BR_ID_BYTES_MAX);
	message[n++] = (unsigned char)key.n;
	memcpy(message + n, key.s, key.n);
	n += key.n;
	for (unsigned i = 0; i < 8; i++)
		message[n++] = (unsigned char)(version >> (56 - 8 * i));
	br_sha256(value.s, value.n, message + n);
	n += BR_SHA256_BYTES;
	br_hmac_sha256(set->session, sizeof(set->session), message, n, hash);
	return (struct br_range_sum){number_read(hash), number_read(hash + 8)};
}

int br_range_set_add(
	struct br_range_set *set, struct br_str key, uint64_t version, struct br_str value)
{
	struct item *item, *last;
	int result;

	if (key.n == 0 || key.n > BR_ID_BYTES_MAX ||
		(set->n > 0 && br_str_compare(key, br_range_set_key(set, set->n - 1)) <= 0))
		return BR_E_INVALID;
	if (set->n == BR_RANGE_ITEMS_MAX)
		return BR_E_TOO_LARGE;
	result = space_make(set, key.n);
	if (result < 0)
		return result;
	memcpy(set->keys + set->keys_n, key.s, key.n);
	set->keys_n += key.n;
	item = &set->items[set->n];
	last = &set->items[++set->n];
	last->before = br_range_sum_add(item->before, mark_make(set, key, version, value));
	last->key_at = (uint32_t)set->keys_n;
	invariant_check(set);
	return 0;
}

size_t br_range_set_n(const struct br_range_set *set)
{
	br_assert(set->n <= BR_RANGE_ITEMS_MAX);
	return set->n;
}

size_t br_range_set_bytes(const struct br_range_set *set)
{
	br_assert(set->space > 0);
	return sizeof(*set) + set->space * sizeof(*set->items) + set->keys_space;
}

struct br_str br_range_set_key(const struct br_range_set *set, size_t index)
{
	const struct item *item = &set->items[index];

	br_assert(index < set->n && item[1].key_at > item->key_at);
	return (struct br_str){set->keys + item->key_at, item[1].key_at - item->key_at};
}

struct br_range_sum br_range_set_mark(const struct br_range_set *set, size_t index)
{
	br_assert(index < set->n);
	return br_range_set_sum(set, index, index + 1);
}

size_t br_range_set_find(const struct br_range_set *set, struct br_str bound)
{
	size_t from = 0, until = set->n;

	br_assert(bound.n <= BR_ID_BYTES_MAX);
	while (from < until) {
		size_t middle = from + (until - from) / 2;

		if (br_str_compare(br_range_set_key(set, middle), bound) < 0)
			from = middle + 1;
		else
			until = middle;
	}
	br_assert(from <= set->n);
	return from;
}

struct br_range_sum br_range_set_sum(const struct br_range_set *set, size_t from, size_t until)
{
	br_assert(from <= until && until <= set->n);
	return br_range_sum_less(set->items[until].before, set->items[from].before);
}
