#include "cloud-sync/enrol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/crypto.h"
#include "node/json.h"
#include "node/json_out.h"
#include "node/limits.h"

int br_enrol_id_make(char ret_id[BR_ENROL_ID_BYTES])
{
	uint64_t number = 0;
	int result = br_random(&number, sizeof(number));

	br_assert(BR_ENROL_ID_BYTES == 2 * sizeof(number) + 1);
	if (result == 0)
		(void)snprintf(ret_id, BR_ENROL_ID_BYTES, "%016" PRIx64, number);
	return result;
}

void br_enrol_request_write(const struct br_enrol_request *request, struct br_text *text)
{
	struct br_json_out out;

	br_assert(strlen(request->id) == BR_ENROL_ID_BYTES - 1 && request->request.n > 0);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "certificate_request");
	br_json_out_puts(&out, "store", request->store_id);
	br_json_out_puts(&out, "id", request->id);
	br_json_out_string(&out, "request", request->request);
	if (request->code != NULL)
		br_json_out_puts(&out, "code", request->code);
	br_json_out_end(&out);
}

/* A text of 1 to `size` - 1 bytes. */
static int text_read(const struct br_json *root, const char *name, char *ret_text, size_t size,
	struct br_fault *fault)
{
	struct br_str text;

	br_assert(size > 1);
	if (!br_json_string(br_json_member(root, name), &text) || text.n == 0 ||
		!br_str_copy(text, ret_text, size))
		return br_fault_set(fault, BR_E_INVALID, "%s: allowed is a text of 1 to %zu bytes",
			name, size - 1);
	return 0;
}

/* Addresses are for people to compare: a line of them must stay one. */
static bool address_is_plain(struct br_str address)
{
	br_assert(address.n > 0);
	for (size_t i = 0; i < address.n; i++)
		if ((unsigned char)address.s[i] <= 0x20 || address.s[i] == 0x7F)
			return false;
	return true;
}

static int addresses_read(
	const struct br_json *root, struct br_enrol_answer *answer, struct br_fault *fault)
{
	const struct br_json *list = br_json_member(root, "addresses");

	if (br_json_kind(list) == BR_JSON_ABSENT)
		return 0;
	if (br_json_kind(list) != BR_JSON_ARRAY || br_json_count(list) > BR_ENROL_ADDRESSES_MAX)
		return br_fault_set(fault, BR_E_INVALID, "addresses: allowed are at most %d",
			BR_ENROL_ADDRESSES_MAX);
	BR_JSON_EACH (item, list) {
		struct br_str address;

		if (!br_json_string(item, &address) || address.n == 0 ||
			!address_is_plain(address) ||
			!br_str_copy(address, answer->addresses[answer->address_n],
				BR_ENROL_ADDRESS_BYTES))
			return br_fault_set(fault, BR_E_INVALID,
				"addresses: allowed are texts \"host:port\" of at most %d bytes",
				BR_ENROL_ADDRESS_BYTES - 1);
		answer->address_n++;
	}
	br_assert(answer->address_n <= BR_ENROL_ADDRESSES_MAX);
	return 0;
}

int br_enrol_answer_parse(
	struct br_str payload, struct br_enrol_answer *ret_answer, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_enrol_answer answer = {.address_n = 0};
	struct br_str type = {NULL, 0};
	int result;

	if (payload.n > BR_LINK_MESSAGE_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu bytes, allowed are %u", payload.n,
			BR_LINK_MESSAGE_BYTES_MAX);
	result = br_json_parse(payload, &root, fault);
	if (result < 0)
		return result;
	(void)!br_json_string(br_json_member(root, "type"), &type);
	answer.refused = br_str_is(type, "certificate_refused");
	if (!answer.refused && !br_str_is(type, "certificate"))
		return br_fault_set(fault, BR_E_INVALID,
			"type: allowed is \"certificate\" or \"certificate_refused\"");
	result = text_read(root, "id", answer.id, sizeof(answer.id), fault);
	if (result == 0 && answer.refused)
		result = text_read(root, "message", answer.message, sizeof(answer.message), fault);
	if (result == 0 && !answer.refused)
		result = text_read(
			root, "certificate", answer.certificate, sizeof(answer.certificate), fault);
	if (result == 0)
		result = addresses_read(root, &answer, fault);
	br_assert(result <= 0);
	if (result == 0)
		*ret_answer = answer;
	return result;
}
