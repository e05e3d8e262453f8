/*
 * Any bytes as what an access point says: the first byte chooses the kind of message, the rest is
 * its payload, or its topic. Everything is read or refused with a sentence, and what is read keeps
 * to its limits.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esl/brap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void topic_fuzz(struct br_str topic)
{
	struct br_brap_topic parts;

	if (!br_brap_topic_read(topic, &parts))
		return;
	br_assert(parts.ap.n > 0 && parts.ap.n <= BR_WORD_BYTES_MAX);
	br_assert(parts.what <= BR_BRAP_CMD);
	br_assert(parts.label.n == (parts.what < BR_BRAP_ACK ? 0u : parts.label.n));
	br_assert(parts.what < BR_BRAP_ACK || parts.label.n == 12 || parts.label.n == 16);
}

static void state_fuzz(struct br_str payload)
{
	struct br_fault fault = {""};
	struct br_brap_state state;

	if (br_brap_state_read(payload, &state, &fault) < 0) {
		br_assert(fault.text[0] != '\0');
		return;
	}
	br_assert(state.win >= 1 && state.win <= BR_BRAP_WIN_MAX);
	br_assert(state.msg_max == 0 || br_brap_part_bytes(SIZE_MAX / 2, state.msg_max) > 0);
}

static void types_fuzz(struct br_str payload)
{
	struct br_brap_type types[BR_BRAP_TYPES_MAX];
	struct br_fault fault = {""};
	unsigned types_n, refused;

	if (br_brap_types_read(payload, types, &types_n, &refused, &fault) < 0) {
		br_assert(fault.text[0] != '\0');
		return;
	}
	br_assert(types_n <= BR_BRAP_TYPES_MAX);
	for (unsigned i = 0; i < types_n; i++)
		br_assert(
			types[i].name[0] != '\0' && br_display_check(&types[i].display, NULL) == 0);
}

static void seen_check(void *context, const struct br_brap_seen *seen)
{
	unsigned *count = context;

	++*count;
	br_assert(*count <= BR_BRAP_SEEN_MAX);
	br_assert(strlen(seen->label) == 12 || strlen(seen->label) == 16);
	br_assert(seen->next_s <= 7 * 86400);
}

static void seen_fuzz(struct br_str payload)
{
	struct br_fault fault = {""};
	unsigned count = 0, refused;

	if (br_brap_seen_read(payload, seen_check, &count, &refused, &fault) < 0)
		br_assert(fault.text[0] != '\0' && count == 0);
}

static void ack_fuzz(struct br_str payload)
{
	struct br_fault fault = {""};
	struct br_brap_ack ack;

	if (br_brap_ack_read(payload, &ack, &fault) < 0) {
		br_assert(fault.text[0] != '\0');
		return;
	}
	br_assert(ack.job[0] != '\0' && ack.status <= BR_BRAP_REFUSED);
	br_assert(ack.rev <= UINT64_C(1) << 53);
}

static void event_fuzz(struct br_str payload)
{
	enum br_brap_event event;
	struct br_fault fault = {""};

	if (br_brap_event_read(payload, &event, &fault) < 0)
		br_assert(fault.text[0] != '\0');
	else
		br_assert(event <= BR_BRAP_FW_FAIL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static void (*const kinds[])(struct br_str) = {
		topic_fuzz, state_fuzz, types_fuzz, seen_fuzz, ack_fuzz, event_fuzz};

	if (n > 0)
		kinds[bytes[0] % BR_ARRAY_LEN(kinds)](
			(struct br_str){(const char *)bytes + 1, n - 1});
	return 0;
}
