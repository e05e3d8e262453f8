/*
 * Certificates, keys and requests beside the openssl program, which made or reads each of them.
 */
#include "node/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/certificate_request.h"
#include "node/time.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct br_text read_all(const char *name)
{
	struct br_fault fault = {""};
	struct br_text text;

	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX);
	if (br_pem_read(test_in_folder(name), &text, &fault) < 0)
		printf("%s\n", fault.text);
	REQUIRE(text.n > 0);
	return text;
}

static int64_t now_ms(void)
{
	return br_clock_system.wall_ms(br_clock_system.context);
}

static void world_make(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	test_authority_make("hq-ca");
	test_authority_make("stranger");
	test_certificate_make("store", "hq-ca", "0412", "DNS:store-0412", -1, 90);
	test_certificate_make("other", "stranger", "0412", "DNS:store-0412", -1, 20);
}

static void test_a_certificate_is_read_as_openssl_made_it(void)
{
	struct br_certificate certificate = {0};
	struct br_fault fault;
	struct br_text pem;

	world_make();
	test_certificate_join("store");
	pem = read_all("store-both.pem");
	CHECK_INT(br_certificate_parse(br_text_str(&pem), &certificate, &fault), 0);
	CHECK_TEXT(certificate.name, "0412");
	CHECK_TEXT(certificate.issuer, "hq-ca");
	CHECK_TEXT(certificate.serial, "1000");
	CHECK(llabs(certificate.not_before_ms - (now_ms() - DAY_MS)) < 3600 * 1000);
	CHECK(llabs(certificate.not_after_ms - (now_ms() + 90 * DAY_MS)) < 3600 * 1000);
	CHECK_INT(br_certificate_days(&certificate, now_ms()), 89);
	CHECK_INT(br_certificate_key_check(br_text_str(&pem), br_text_str(&pem), &fault), 0);
	br_text_finish(&pem);
}

static void test_any_bytes_are_refused_with_a_sentence(void)
{
	static const char *const bytes[] = {"", "abc", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	struct br_certificate certificate = {.serial = "untouched"};
	struct br_fault fault = {""};
	struct br_text text;

	for (size_t i = 0; i < BR_ARRAY_LEN(bytes); i++) {
		CHECK_INT(br_certificate_parse(br_str_from(bytes[i]), &certificate, &fault),
			BR_E_INVALID);
		CHECK_HAS(fault.text, "no certificate that can be read");
		CHECK_TEXT(certificate.serial, "untouched");
	}
	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX);
	CHECK_INT(br_pem_read(test_in_folder("nothing.pem"), &text, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "nothing.pem");
	test_shell("head -c 70000 /dev/zero | tr '\\0' a >large.pem");
	CHECK_INT(br_pem_read(test_in_folder("large.pem"), &text, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "65536");
	br_text_finish(&text);
}

static void test_a_key_of_somebody_else_is_refused(void)
{
	struct br_text pem, key;
	struct br_fault fault;

	world_make();
	pem = read_all("store.pem");
	key = read_all("other.key");
	CHECK_INT(br_certificate_key_check(br_text_str(&pem), br_text_str(&key), &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "not the certificate's");
	CHECK_INT(br_certificate_key_check(br_text_str(&pem), br_text_str(&pem), &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "no private key");
	br_text_finish(&pem);
	br_text_finish(&key);
}

static void test_who_signed_it_is_checked_and_who_was_revoked(void)
{
	struct br_text mine, theirs, authority, list;
	struct br_str none = {NULL, 0};
	struct br_fault fault;

	world_make();
	test_certificate_make("gone", "hq-ca", "0413", "DNS:x", -1, 90);
	mine = read_all("store.pem");
	theirs = read_all("other.pem");
	authority = read_all("hq-ca.pem");
	CHECK_INT(br_certificate_signature_check(
			  br_text_str(&mine), br_text_str(&authority), none, &fault),
		0);
	CHECK_INT(br_certificate_signature_check(
			  br_text_str(&theirs), br_text_str(&authority), none, &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "signed by \"stranger\"");
	br_text_finish(&theirs);
	test_certificate_revoke("hq-ca", "gone");
	list = read_all("hq-ca.crl");
	theirs = read_all("gone.pem");
	CHECK_INT(br_certificate_signature_check(
			  br_text_str(&mine), br_text_str(&authority), br_text_str(&list), &fault),
		0);
	CHECK_INT(br_certificate_signature_check(br_text_str(&theirs), br_text_str(&authority),
			  br_text_str(&list), &fault),
		BR_E_INVALID);
	CHECK_TEXT(fault.text, "the certificate of \"0413\" is revoked");
	CHECK_INT(br_certificate_signature_check(
			  br_text_str(&mine), br_text_str(&authority), br_text_str(&mine), &fault),
		BR_E_INVALID);
	CHECK_HAS(fault.text, "no list of revoked");
	br_text_finish(&mine);
	br_text_finish(&theirs);
	br_text_finish(&authority);
	br_text_finish(&list);
}

static void test_a_file_of_authorities_ends_with_the_first(void)
{
	struct br_certificate certificate;
	struct br_fault fault;
	struct br_text pem;

	world_make();
	test_shell("cat store.pem other.pem hq-ca.pem >three.pem");
	pem = read_all("three.pem");
	CHECK_INT(br_certificate_first_end(br_text_str(&pem), &certificate, &fault), 0);
	CHECK_TEXT(certificate.issuer, "stranger");
	br_text_finish(&pem);
}

static void said_as(
	int64_t days, int64_t known_days, enum br_certificate_state state, const char *says)
{
	struct br_certificate certificate = {
		.serial = "1", .not_before_ms = 100 * DAY_MS, .not_after_ms = 200 * DAY_MS};
	int64_t at_ms = days * DAY_MS;
	struct br_fault sentence;

	CHECK_INT(br_certificate_judge(&certificate, at_ms, known_days * DAY_MS), state);
	br_certificate_say(&certificate, state, "the store's certificate", at_ms, &sentence);
	CHECK_HAS(sentence.text, says);
}

static void test_the_time_left_is_judged_and_a_wrong_clock_is_told_apart(void)
{
	said_as(110, 0, BR_CERTIFICATE_GOOD, "good for 90 days, until 1970-07-20 00:00 UTC");
	said_as(170, 0, BR_CERTIFICATE_GOOD, "good for 30 days");
	said_as(171, 0, BR_CERTIFICATE_SOON, "good for 29 days");
	said_as(194, 0, BR_CERTIFICATE_URGENT, "good for 6 days");
	said_as(199, 0, BR_CERTIFICATE_URGENT, "good for 1 day,");
	said_as(201, 0, BR_CERTIFICATE_OVER, "ended 1970-07-20 00:00 UTC");
	/* The clock stands before the certificate was made, or before what was seen already. */
	said_as(99, 0, BR_CERTIFICATE_CLOCK, "clock is wrong: it says 1970-04-10 00:00 UTC");
	said_as(150, 151, BR_CERTIFICATE_CLOCK, "set the clock, the certificate is all right");
}

static void test_a_request_is_what_openssl_takes(void)
{
	struct br_certificate certificate;
	struct br_text key, request, pem;
	struct br_fault fault;

	world_make();
	br_text_init(&key, BR_CERTIFICATE_BYTES_MAX);
	br_text_init(&request, BR_CERTIFICATE_BYTES_MAX);
	REQUIRE(br_key_make(&key, &fault) == 0);
	REQUIRE(br_request_make(br_text_str(&key), "store_A-1", &request, &fault) == 0);
	(void)test_file_write(NULL, "own.key", key.bytes);
	(void)test_file_write(NULL, "own.csr", request.bytes);
	test_shell("openssl req -in own.csr -noout -verify -subject >own.txt 2>&1 && "
		   "grep -q 'CN = store_A-1' own.txt && "
		   "openssl pkey -in own.key -noout -text | grep -q prime256v1");
	test_request_sign("own", "hq-ca");
	pem = read_all("own.pem");
	CHECK_INT(br_certificate_parse(br_text_str(&pem), &certificate, &fault), 0);
	CHECK_TEXT(certificate.name, "store_A-1");
	CHECK_INT(br_certificate_key_check(br_text_str(&pem), br_text_str(&key), &fault), 0);
	br_text_finish(&pem);
	/* No two keys are the same. */
	br_text_init(&pem, BR_CERTIFICATE_BYTES_MAX);
	REQUIRE(br_key_make(&pem, &fault) == 0);
	CHECK(strcmp(pem.bytes, key.bytes) != 0);
	br_text_finish(&pem);
	br_text_finish(&key);
	br_text_finish(&request);
}

static void test_a_name_cannot_bring_more_into_the_request(void)
{
	static const char *const names[] = {"", "a,O=b", "a=b", "a/b", "a b", "ä"};
	struct br_text key, request;
	struct br_fault fault;

	br_text_init(&key, BR_CERTIFICATE_BYTES_MAX);
	br_text_init(&request, BR_CERTIFICATE_BYTES_MAX);
	REQUIRE(br_key_make(&key, &fault) == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++)
		CHECK_INT(br_request_make(br_text_str(&key), names[i], &request, &fault),
			BR_E_INVALID);
	CHECK_INT(br_request_make(BR_STR("no key"), "a", &request, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "no private key");
	CHECK_INT(request.n, 0);
	br_text_finish(&key);
	br_text_finish(&request);
}

int main(int argc, char **argv)
{
	TEST(test_a_certificate_is_read_as_openssl_made_it);
	TEST(test_any_bytes_are_refused_with_a_sentence);
	TEST(test_a_key_of_somebody_else_is_refused);
	TEST(test_who_signed_it_is_checked_and_who_was_revoked);
	TEST(test_a_file_of_authorities_ends_with_the_first);
	TEST(test_the_time_left_is_judged_and_a_wrong_clock_is_told_apart);
	TEST(test_a_request_is_what_openssl_takes);
	TEST(test_a_name_cannot_bring_more_into_the_request);
	return test_end(argc, argv);
}
