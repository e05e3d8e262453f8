#include "tests/peers/hq_ranges.h"

#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "node/time.h"
#include "tests/peers/digest.h"

#define BLOCK_BYTES 64
#define KEY_BYTES_MAX 64
#define MESSAGE_BYTES_MAX (1 + KEY_BYTES_MAX + 8 + PEER_SHA256_BYTES)
#define PART_BYTES_MAX 500 /* one part or item in JSON at most */

/* 128 bits as four words, the lowest first. */
struct number {
	uint32_t words[4];
};

struct item {
	char *key; /* owned */
	size_t key_n;
	size_t order; /* of adding */
	struct number mark;
};

struct peer_ranges {
	unsigned char key[PEER_RANGES_KEY_BYTES];
	struct item *items;
	struct number *sums; /* sums[i]: of the items before i; made when they are sorted */
	size_t n, space;
	bool sorted;
};

struct span {
	size_t from, until;
};

struct peer_ranges *peer_ranges_create(const unsigned char key[PEER_RANGES_KEY_BYTES])
{
	struct peer_ranges *ranges = calloc(1, sizeof(*ranges));

	br_assert(ranges != NULL);
	memcpy(ranges->key, key, sizeof(ranges->key));
	return ranges;
}

void peer_ranges_destroy(struct peer_ranges *ranges)
{
	if (ranges == NULL)
		return;
	for (size_t i = 0; i < ranges->n; i++)
		free(ranges->items[i].key);
	free(ranges->items);
	free(ranges->sums);
	free(ranges);
}

static struct number number_add(struct number a, struct number b)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < 4; i++) {
		carry += (uint64_t)a.words[i] + b.words[i];
		a.words[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return a;
}

/* a - b is a plus the complement of b, plus one. */
static struct number number_less(struct number a, struct number b)
{
	struct number one = {{1, 0, 0, 0}};

	for (unsigned i = 0; i < 4; i++)
		b.words[i] = ~b.words[i];
	return number_add(number_add(a, b), one);
}

static void number_hex(struct number number, char ret_text[33])
{
	uint8_t bytes[16];

	for (unsigned i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(number.words[3 - i / 4] >> (24 - 8 * (i % 4)));
	peer_hex(bytes, sizeof(bytes), ret_text);
}

/* RFC 2104; the key is shorter than a block. */
static void hmac(const unsigned char *key, size_t key_n, const unsigned char *message, size_t n,
	uint8_t ret_hash[PEER_SHA256_BYTES])
{
	unsigned char inner[BLOCK_BYTES + MESSAGE_BYTES_MAX];
	unsigned char outer[BLOCK_BYTES + PEER_SHA256_BYTES];

	br_assert(key_n <= BLOCK_BYTES && n <= MESSAGE_BYTES_MAX);
	memset(inner, 0x36, BLOCK_BYTES);
	memset(outer, 0x5c, BLOCK_BYTES);
	for (size_t i = 0; i < key_n; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	memcpy(inner + BLOCK_BYTES, message, n);
	peer_sha256(inner, BLOCK_BYTES + n, outer + BLOCK_BYTES);
	peer_sha256(outer, sizeof(outer), ret_hash);
}

static struct number mark_of(
	const struct peer_ranges *ranges, struct br_str key, uint64_t version, struct br_str value)
{
	unsigned char message[MESSAGE_BYTES_MAX];
	uint8_t hash[PEER_SHA256_BYTES];
	struct number mark = {{0}};
	size_t n = 0;

	br_assert(key.n <= KEY_BYTES_MAX);
	message[n++] = (unsigned char)key.n;
	for (size_t i = 0; i < key.n; i++)
		message[n++] = (unsigned char)key.s[i];
	for (int shift = 56; shift >= 0; shift -= 8)
		message[n++] = (unsigned char)(version >> shift);
	peer_sha256(value.s, value.n, message + n);
	n += PEER_SHA256_BYTES;
	hmac(ranges->key, sizeof(ranges->key), message, n, hash);
	for (unsigned i = 0; i < 16; i++)
		mark.words[3 - i / 4] |= (uint32_t)hash[i] << (24 - 8 * (i % 4));
	return mark;
}

void peer_ranges_add(
	struct peer_ranges *ranges, struct br_str key, uint64_t version, struct br_str value)
{
	struct item *item;

	if (ranges->n == ranges->space) {
		ranges->space = ranges->space * 2 + 64;
		ranges->items = reallocarray(ranges->items, ranges->space, sizeof(*ranges->items));
		br_assert(ranges->items != NULL);
	}
	item = &ranges->items[ranges->n];
	item->key = malloc(key.n + 1);
	br_assert(item->key != NULL && key.n > 0);
	memcpy(item->key, key.s, key.n);
	item->key_n = key.n;
	item->order = ranges->n++;
	item->mark = mark_of(ranges, key, version, value);
	ranges->sorted = false;
}

static int bytes_compare(const char *a, size_t a_n, const char *b, size_t b_n)
{
	int order = memcmp(a, b, a_n < b_n ? a_n : b_n);

	return order != 0 ? order : (a_n > b_n) - (a_n < b_n);
}

static int item_compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = bytes_compare(x->key, x->key_n, y->key, y->key_n);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static void sort(struct peer_ranges *ranges)
{
	size_t n = 0;

	if (ranges->sorted)
		return;
	if (ranges->n > 0)
		qsort(ranges->items, ranges->n, sizeof(*ranges->items), item_compare);
	for (size_t i = 0; i < ranges->n; i++) {
		struct item *item = &ranges->items[i];

		if (n > 0 && bytes_compare(ranges->items[n - 1].key, ranges->items[n - 1].key_n,
				     item->key, item->key_n) == 0)
			free(ranges->items[--n].key);
		ranges->items[n] = *item;
		ranges->items[n].order = n;
		n++;
	}
	ranges->n = n;
	free(ranges->sums);
	ranges->sums = calloc(n + 1, sizeof(*ranges->sums));
	br_assert(ranges->sums != NULL);
	for (size_t i = 0; i < n; i++)
		ranges->sums[i + 1] = number_add(ranges->sums[i], ranges->items[i].mark);
	ranges->sorted = true;
}

size_t peer_ranges_n(struct peer_ranges *ranges)
{
	sort(ranges);
	return ranges->n;
}

/* The first item that is not below the bound. */
static size_t find(const struct peer_ranges *ranges, struct br_str bound)
{
	size_t from = 0, until = ranges->n;

	while (from < until) {
		size_t middle = (from + until) / 2;
		const struct item *item = &ranges->items[middle];

		if (bound.n > 0 && bytes_compare(item->key, item->key_n, bound.s, bound.n) < 0)
			from = middle + 1;
		else
			until = middle;
	}
	return from;
}

static void sum_text(const struct peer_ranges *ranges, struct span span, char ret_text[33])
{
	number_hex(number_less(ranges->sums[span.until], ranges->sums[span.from]), ret_text);
}

static void part_write(const struct peer_ranges *ranges, struct span span, struct br_str upper,
	struct br_json_out *out)
{
	char sum[33];

	sum_text(ranges, span, sum);
	br_json_out_array(out, NULL);
	br_json_out_string(out, NULL, upper);
	br_json_out_u64(out, NULL, span.until - span.from);
	br_json_out_puts(out, NULL, sum);
	br_json_out_end(out);
}

static void split_write(const struct peer_ranges *ranges, struct span span, struct br_str upper,
	struct br_json_out *out)
{
	size_t n = span.until - span.from, from = span.from, parts = n * 2 / PEER_RANGES_LEAF;

	if (parts > PEER_RANGES_FANOUT)
		parts = PEER_RANGES_FANOUT;
	br_assert(parts >= 2);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "split");
	for (size_t i = 1; i <= parts; i++) {
		struct span part = {from, span.from + n * i / parts};
		bool last = i == parts;
		const struct item *next = last ? NULL : &ranges->items[part.until];

		part_write(
			ranges, part, last ? upper : (struct br_str){next->key, next->key_n}, out);
		from = part.until;
	}
	br_json_out_end(out);
	br_json_out_end(out);
}

static void items_write(const struct peer_ranges *ranges, struct span span, struct br_json_out *out)
{
	br_json_out_object(out, NULL);
	br_json_out_array(out, "items");
	for (size_t i = span.from; i < span.until; i++) {
		const struct item *item = &ranges->items[i];
		char mark[33];

		number_hex(item->mark, mark);
		br_json_out_array(out, NULL);
		br_json_out_string(out, NULL, (struct br_str){item->key, item->key_n});
		br_json_out_string(out, NULL, (struct br_str){mark, 16});
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
}

/* [lower, upper, count, sum], or three of them behind the upper bound before. */
static bool range_read(const struct br_json *json, struct br_str *lower, struct br_str *upper,
	int64_t *count, struct br_str *sum)
{
	const struct br_json *member = br_json_first(json);
	size_t n = br_json_count(json);

	*lower = *upper;
	if (br_json_kind(json) != BR_JSON_ARRAY || n < 3 || n > 4)
		return false;
	if (n == 4) {
		if (!br_json_string(member, lower))
			return false;
		member = br_json_next(member);
	}
	if (!br_json_string(member, upper))
		return false;
	member = br_json_next(member);
	return br_json_i64(member, count) && br_json_string(br_json_next(member), sum) &&
	       sum->n == 32 && lower->n <= KEY_BYTES_MAX && upper->n <= KEY_BYTES_MAX &&
	       (upper->n == 0 || bytes_compare(lower->n > 0 ? lower->s : "", lower->n, upper->s,
					 upper->n) < 0);
}

void peer_ranges_answer_begin(
	struct br_json_out *out, const struct peer_ranges_message *message, struct br_text *text)
{
	br_text_clear(text);
	br_json_out_begin(out, text);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "type", "ranges");
	br_json_out_string(out, "session", message->session);
	br_json_out_u64(out, "round", message->round);
	br_json_out_string(out, "view", message->view);
}

bool peer_ranges_answer(struct peer_ranges *ranges, const struct peer_ranges_message *message,
	struct peer_ranges_at at, struct br_text *text)
{
	struct br_str lower, upper = {"", 0}, sum;
	struct br_json_out out;
	int64_t count;

	sort(ranges);
	peer_ranges_answer_begin(&out, message, text);
	br_json_out_object(&out, "at");
	br_json_out_u64(&out, "orders", at.orders);
	br_json_out_u64(&out, "stock", at.stock);
	br_json_out_end(&out);
	br_json_out_array(&out, "answers");
	BR_JSON_EACH (range, message->ranges) {
		struct span span;
		char own[33];

		if (text->n + PEER_RANGES_FANOUT * PART_BYTES_MAX > PEER_RANGES_BYTES_MAX)
			break;
		if (!range_read(range, &lower, &upper, &count, &sum))
			return false;
		span = (struct span){
			find(ranges, lower), upper.n > 0 ? find(ranges, upper) : ranges->n};
		sum_text(ranges, span, own);
		if ((uint64_t)count == span.until - span.from && br_str_is(sum, own))
			br_json_out_bool(&out, NULL, true);
		else if (span.until - span.from <= PEER_RANGES_LEAF)
			items_write(ranges, span, &out);
		else
			split_write(ranges, span, upper, &out);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	return br_text_error(text) == 0;
}

static bool hex_value(char c, unsigned *ret_value)
{
	const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c) : NULL;

	if (at != NULL)
		*ret_value = (unsigned)(at - digits);
	return at != NULL;
}

bool peer_ranges_read(const struct br_json *root, struct peer_ranges_message *ret_message)
{
	struct peer_ranges_message message = {
		.ranges = br_json_member(root, "ranges"), .differ = br_json_member(root, "differ")};
	int64_t round, after;
	struct br_str type, key, time;

	if (!br_json_string(br_json_member(root, "type"), &type) || !br_str_is(type, "ranges") ||
		!br_json_string(br_json_member(root, "session"), &message.session) ||
		!br_json_string(br_json_member(root, "view"), &message.view) ||
		!br_json_string(br_json_member(root, "key"), &key) ||
		!br_json_i64(br_json_member(root, "round"), &round) || round < 0 ||
		!br_json_i64(br_json_member(root, "after"), &after) || after < 0 ||
		key.n != 2 * PEER_RANGES_KEY_BYTES ||
		(br_json_kind(message.ranges) == BR_JSON_ARRAY) ==
			(br_json_kind(message.differ) == BR_JSON_ARRAY))
		return false;
	for (size_t i = 0; i < PEER_RANGES_KEY_BYTES; i++) {
		unsigned high, low;

		if (!hex_value(key.s[2 * i], &high) || !hex_value(key.s[2 * i + 1], &low))
			return false;
		message.key[i] = (unsigned char)(high << 4 | low);
	}
	if (br_json_string(br_json_member(root, "time"), &time))
		(void)!br_time_parse(time, &message.at_ms);
	message.round = (uint64_t)round;
	message.after = (uint64_t)after;
	*ret_message = message;
	return true;
}
