/*
 * Fuzzes what a store reads about certificates: HQ's answers, and PEM out of files. The first byte
 * chooses which.
 */
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/check.h"
#include "cloud-sync/enrol.h"
#include "node/certificate.h"
#include "node/certificate_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void pem_read(struct br_str pem)
{
	struct br_certificate certificate;
	struct br_str none = {NULL, 0};
	struct br_fault fault, sentence;

	if (br_certificate_parse(pem, &certificate, &fault) == 0) {
		enum br_certificate_state state =
			br_certificate_judge(&certificate, INT64_C(1800000000000), 0);

		br_assert(strlen(certificate.name) < sizeof(certificate.name));
		br_certificate_say(&certificate, state, "it", INT64_C(1800000000000), &sentence);
	}
	(void)!br_certificate_first_end(pem, &certificate, &fault);
	(void)!br_certificate_key_check(pem, pem, &fault);
	(void)!br_certificate_signature_check(pem, pem, none, &fault);
	(void)!br_certificate_signature_check(pem, pem, pem, &fault);
}

static void request_make(struct br_str key)
{
	struct br_fault fault;
	struct br_text text;

	br_text_init(&text, 65536);
	(void)!br_request_make(key, "0412", &text, &fault);
	br_text_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct br_enrol_answer answer;
	struct br_str rest = {(char *)(uintptr_t)bytes + 1, n - 1};
	struct br_checked checked;
	struct br_fault fault;

	if (n == 0)
		return 0;
	switch (bytes[0] % 4) {
	case 0:
		if (br_enrol_answer_parse(rest, &answer, &fault) == 0)
			br_assert(answer.refused || answer.certificate[0] != '\0');
		break;
	case 1:
		if (br_checked_parse(rest, &checked) == 0)
			br_assert(strlen(checked.id) == BR_CHECK_ID_BYTES - 1);
		break;
	case 2:
		pem_read(rest);
		break;
	default:
		request_make(rest);
		break;
	}
	return 0;
}
