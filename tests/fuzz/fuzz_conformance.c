/*
 * Fuzzes the conformance program: HQ is whoever answers. The input is a row of messages with a byte
 * 0x1e between them, the first byte of each telling its topic; the rules get one whenever they
 * wait.
 */
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/conformance/rule.h"
#include "tests/cloud-sync/fake_post.h"

#define SEPARATOR 0x1e
#define MESSAGES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct input {
	const char *at, *end;
	unsigned given;
} input;

static bool letter_next(void *context BR_UNUSED, struct conform_letter *ret_letter)
{
	static const char *const topics[] = {
		"dn/0412/ctl", "dn/0412/catalog", "dn/0412/orders", "dn"};
	const char *stop;
	size_t n;

	if (input.at == input.end || input.given++ == MESSAGES_MAX)
		return false;
	n = (size_t)(input.end - input.at);
	stop = memchr(input.at, SEPARATOR, n);
	if (stop == NULL)
		stop = input.end;
	n = (size_t)(stop - input.at);
	*ret_letter = (struct conform_letter){
		.topic = br_str_from(topics[n > 0 ? (unsigned char)input.at[0] % 4 : 3]),
		.payload = {input.at + (n > 0), n > 0 ? n - 1 : 0},
		.qos = 1};
	input.at = stop + (stop < input.end);
	return true;
}

static bool nothing_left_out(const struct conform_rule *rule BR_UNUSED)
{
	return false;
}

static void told(unsigned index, enum conform_outcome outcome, const char *said)
{
	br_assert(index < conform_rule_n);
	br_assert(outcome == CONFORM_PASSED || said[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct conform_play *play = calloc(1, sizeof(*play));

	br_assert(play != NULL);
	input = (struct input){(const char *)bytes, (const char *)bytes + n, 0};
	fake_post = (struct fake_post){.next = letter_next};
	play->store = "0412";
	play->patience_ms = 1000;
	/* Half of them rule by rule, whatever failed before: so that each meets an answer at all.
	 */
	if (conform_play_begin(play, NULL) && n % 2 == 0)
		conform_rules_run(play, nothing_left_out, told);
	for (unsigned i = 0; i < conform_rule_n && n % 2 != 0; i++) {
		play->said[0] = '\0';
		told(i, conform_rules[i].run(play), play->said);
		conform_play_check(play);
	}
	conform_play_finish(play);
	free(play);
	return 0;
}
