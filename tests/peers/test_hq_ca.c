/* HQ's authority: codes that count once, and what it signs. */
#include "tests/peers/hq_ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/json_out.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#define NOW_MS INT64_C(1800000000000)

static struct peer_ca *ca;
static struct br_text said;
static char *request; /* of the store 0412 */
static int64_t now_ms = NOW_MS;

static void begin(void)
{
	static char certificate[512], key[512];
	struct peer_ca_settings settings = {.seconds = 3600, .addresses = {"a:8883", "b:8883"}};
	struct br_fault fault = {""};

	test_authority_make("hq");
	test_shell("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		   "/CN=0412 -keyout s.key -out s.csr 2>/dev/null");
	(void)snprintf(certificate, sizeof(certificate), "%s", test_in_folder("hq.pem"));
	(void)snprintf(key, sizeof(key), "%s", test_in_folder("hq.key"));
	settings.certificate = certificate;
	settings.key = key;
	REQUIRE(peer_ca_open(&settings, &ca, &fault) == 0);
	request = test_file_read(test_in_folder("s.csr"), NULL);
	br_text_init(&said, 65536);
	now_ms += 3600000;
}

static void end(void)
{
	br_text_finish(&said);
	free(request);
	peer_ca_close(ca);
}

static const char *asked(const char *shop, const char *named, const char *pem, const char *code)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, 65536);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "id", "7");
	br_json_out_puts(&out, "store", named);
	br_json_out_puts(&out, "request", pem);
	if (code != NULL)
		br_json_out_puts(&out, "code", code);
	br_json_out_end(&out);
	REQUIRE(br_json_parse(br_text_str(&text), &root, NULL) == 0);
	peer_ca_answer(ca, shop, root, code != NULL, now_ms, &said);
	br_text_finish(&text);
	return said.bytes;
}

static void test_a_code_counts_once_for_one_request(void)
{
	char code[PEER_CA_CODE_BYTES], loose[32];

	begin();
	CHECK_HAS(asked("0412", "0412", request, "X"), "there is no code for this store");
	REQUIRE(peer_ca_code_make(ca, "0412", 10, now_ms, code));
	CHECK_INT(strlen(code), 12);
	CHECK_HAS(asked("0413", "0413", request, code), "there is no code for this store");
	/* Small letters without dashes do as well. */
	(void)snprintf(loose, sizeof(loose), "%.4s%.4s%.2s", code, code + 5, code + 10);
	for (char *c = loose; *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	CHECK_HAS(asked("0412", "0412", request, loose),
		"{\"type\":\"certificate\",\"id\":\"7\",\"certificate\":\"-----BEGIN CERT");
	CHECK_HAS(said.bytes, "\"addresses\":[\"a:8883\",\"b:8883\"]}");
	/* The answer was lost: the same again. Another key: used. */
	(void)snprintf(loose, sizeof(loose), "%.20s", said.bytes + 60);
	CHECK_HAS(asked("0412", "0412", request, code), loose);
	CHECK_HAS(asked("0412", "0412", "other", code), "the code was used already");
	end();
}

static void test_a_code_ends_by_time_and_by_guesses(void)
{
	char code[PEER_CA_CODE_BYTES];

	begin();
	REQUIRE(peer_ca_code_make(ca, "0412", 10, now_ms, code));
	now_ms += 10 * 60000 + 1;
	CHECK_HAS(asked("0412", "0412", request, code), "the code has ended");
	REQUIRE(peer_ca_code_make(ca, "0412", 10, now_ms, code));
	for (int i = 0; i < PEER_CA_TRIES_MAX; i++)
		CHECK_HAS(asked("0412", "0412", request, "ABCD"), "the code is wrong");
	CHECK_HAS(asked("0412", "0412", request, code), "guessed wrong too often");
	end();
}

static void test_requests_are_limited_by_the_minute(void)
{
	begin();
	for (int i = 0; i < PEER_CA_REQUESTS_PER_MINUTE; i++)
		(void)asked("0412", "0412", request, "X");
	CHECK_HAS(asked("0412", "0412", request, NULL), "too many requests");
	now_ms += 60000;
	CHECK_HAS(asked("0412", "0412", request, NULL), "\"type\":\"certificate\"");
	end();
}

static void test_only_the_own_name_is_signed(void)
{
	begin();
	CHECK_HAS(asked("0413", "0413", request, NULL), "not made out to this store");
	CHECK_HAS(asked("0412", "0413", request, NULL), "the store is not the topic's");
	CHECK_HAS(asked("0412", "0412", "no request", NULL), "cannot be read");
	end();
}

static void test_what_it_signs_openssl_takes(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str pem;

	begin();
	now_ms = (int64_t)1000 * time(NULL);
	REQUIRE(br_json_parse(br_str_from(asked("0412", "0412", request, NULL)), &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "certificate"), &pem));
	(void)test_file_write(NULL, "signed.pem", pem.s);
	test_shell("openssl verify -CAfile hq.pem signed.pem >/dev/null && "
		   "openssl x509 -in signed.pem -noout -checkend 3000 >/dev/null && "
		   "! openssl x509 -in signed.pem -noout -checkend 3700 >/dev/null && "
		   "openssl x509 -in signed.pem -noout -pubkey >p && "
		   "openssl pkey -in s.key -pubout | cmp - p");
	end();
}

static void test_files_that_are_no_authority_are_refused(void)
{
	struct peer_ca_settings settings = {.certificate = "/nowhere", .key = "/nowhere"};
	struct br_fault fault = {""};

	CHECK_INT(peer_ca_open(&settings, &ca, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "/nowhere and /nowhere are no authority");
}

int main(int argc, char **argv)
{
	TEST(test_a_code_counts_once_for_one_request);
	TEST(test_a_code_ends_by_time_and_by_guesses);
	TEST(test_requests_are_limited_by_the_minute);
	TEST(test_only_the_own_name_is_signed);
	TEST(test_what_it_signs_openssl_takes);
	TEST(test_files_that_are_no_authority_are_refused);
	return test_end(argc, argv);
}
