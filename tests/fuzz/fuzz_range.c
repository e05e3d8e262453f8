/*
 * Fuzzes HQ's answers in a comparison of ranges: the input is a row of messages with a byte 0x1e
 * between them, each given to a search over a small set that waits for an answer. "@" in a message
 * stands for the round that is asked, which no fuzzer would guess for long.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/range_search.h"

#define KEYS 40
#define SEPARATOR 0x1e
#define MESSAGES_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct br_range_set *set;
static struct br_range_reply reply;
static struct br_text asked, given;

static void set_make(void)
{
	static const unsigned char key[BR_RANGE_KEY_BYTES] = {7};

	br_assert(br_range_set_create(key, &set) == 0);
	for (unsigned i = 0; i < KEYS; i++) {
		char text[3];
		int text_n = snprintf(text, sizeof(text), "%02u", i % 100);

		br_assert(br_range_set_add(
				  set, (struct br_str){text, (size_t)text_n}, 0, BR_STR("v")) == 0);
	}
	br_text_init(&asked, BR_RANGE_MESSAGE_BYTES_MAX);
	br_text_init(&given, 1 << 20);
}

static void message_fill(const uint8_t *bytes, size_t n, uint64_t round)
{
	br_text_clear(&given);
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '@')
			br_text_printf(&given, "%" PRIu64, round);
		else
			br_text_putc(&given, (char)bytes[i]);
	}
}

/* Asks and gives one message; false when the search has ended or is to be given up. */
static bool message_give(struct br_range_search *search, const uint8_t *bytes, size_t n)
{
	size_t found = br_range_search_found(search);
	struct br_fault fault;

	if (br_range_search_write(search, &asked) <= 0)
		return false;
	br_assert(asked.n > 0 && asked.n <= BR_RANGE_MESSAGE_BYTES_MAX);
	message_fill(bytes, n, br_range_search_figures(search).rounds + 1);
	if (br_range_reply_parse(&reply, br_text_str(&given), &fault) < 0)
		return true;
	if (br_range_search_take(search, &reply, given.n, &fault) < 0)
		return false;
	for (; found < br_range_search_found(search); found++)
		br_assert(br_range_search_difference(search, found).key.n <= BR_ID_BYTES_MAX);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_range_head head = {.session = "0123456789abcdef", .view = BR_VIEW_STOCK};
	struct br_range_search *search = NULL;
	const uint8_t *end = bytes + n;

	if (set == NULL)
		set_make();
	br_assert(br_range_search_create(set, &head, &search) == 0);
	for (unsigned i = 0; i < MESSAGES_MAX && bytes < end; i++) {
		const uint8_t *stop = memchr(bytes, SEPARATOR, (size_t)(end - bytes));

		if (stop == NULL)
			stop = end;
		if (!message_give(search, bytes, (size_t)(stop - bytes)))
			break;
		bytes = stop + (stop < end);
	}
	br_range_search_destroy(search);
	br_range_reply_finish(&reply);
	return 0;
}
