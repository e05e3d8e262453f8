/*
 * The store's identity as files, and its renewal over the link: with real keys and certificates, a
 * clock that the test sets, and HQ's answers from the test.
 */
#include "cloud-sync/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/json.h"
#include "node/json_out.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int64_t clock_wall_ms, clock_boot_ms;
static bool offline;
static unsigned sent_n;
static char sent_id[32];
static struct br_renewal *renewal;

static int64_t wall(void *context BR_UNUSED)
{
	return clock_wall_ms;
}

static int64_t boot(void *context BR_UNUSED)
{
	return clock_boot_ms;
}

static const struct br_clock test_clock = {wall, boot, NULL};

/* What leaves: its id, and its request as a file. */
static int publish(
	void *context BR_UNUSED, const char *topic, struct br_str payload, int qos, bool retain)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str id, request, type;

	CHECK_TEXT(topic, "backroom/up/ctl");
	CHECK(qos == 1 && !retain);
	if (offline)
		return BR_E_OFFLINE;
	REQUIRE(br_json_parse(payload, &root, NULL) == 0);
	REQUIRE(br_json_string(br_json_member(root, "type"), &type) &&
		br_str_is(type, "certificate_request"));
	REQUIRE(br_json_string(br_json_member(root, "id"), &id));
	REQUIRE(br_json_string(br_json_member(root, "request"), &request));
	REQUIRE(br_str_copy(id, sent_id, sizeof(sent_id)));
	(void)test_file_write(NULL, "sent.csr", request.s);
	sent_n++;
	return 0;
}

static bool is_there(const char *name)
{
	return access(test_in_folder(name), F_OK) == 0;
}

/* A store with a certificate of 90 days, of which so many are over. */
static void begin(int days)
{
	static char ca[512], certificate[512];
	struct br_renewal_options options = {.store_id = "0412",
		.key = "",
		.crl = "",
		.publisher = {.publish = publish},
		.clock = &test_clock};

	test_shell("rm -f store-both.pem*");
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 89);
	test_certificate_join("store");
	(void)snprintf(ca, sizeof(ca), "%s", test_in_folder("ca.pem"));
	(void)snprintf(certificate, sizeof(certificate), "%s", test_in_folder("store-both.pem"));
	options.ca = ca;
	options.certificate = certificate;
	clock_wall_ms = br_clock_system.wall_ms(NULL) + days * DAY_MS;
	clock_boot_ms = 1000;
	sent_n = 0;
	offline = false;
	REQUIRE(br_renewal_create(&options, &renewal) == 0);
}

static void end(void)
{
	br_renewal_destroy(BR_TAKE(renewal));
}

static enum br_renewal_stage after_ms(int64_t ms, bool up)
{
	clock_boot_ms += ms;
	br_renewal_tick(renewal, up);
	return br_renewal_stage(renewal);
}

/* HQ's answer with the certificate in a file, or its refusal. */
static void answer(const char *id, const char *file, const char *refusal)
{
	struct br_json_out out;
	struct br_text text;
	char *pem = NULL;

	br_text_init(&text, 65536);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", refusal != NULL ? "certificate_refused" : "certificate");
	br_json_out_puts(&out, "id", id);
	if (refusal != NULL) {
		br_json_out_puts(&out, "message", refusal);
	} else {
		pem = test_file_read(test_in_folder(file), NULL);
		br_json_out_puts(&out, "certificate", pem);
	}
	br_json_out_end(&out);
	br_renewal_answer(renewal, br_text_str(&text));
	br_text_finish(&text);
	free(pem);
}

static void test_nothing_is_asked_while_two_thirds_last(void)
{
	begin(55);
	CHECK_INT(after_ms(0, true), BR_RENEWAL_RESTING);
	CHECK_INT(sent_n, 0);
	CHECK(!is_there("store-both.pem.request"));
	end();
}

static void test_in_the_last_third_it_is_asked_until_it_is_answered(void)
{
	begin(62);
	/* Nobody to ask. */
	CHECK_INT(after_ms(0, false), BR_RENEWAL_RESTING);
	CHECK_INT(after_ms(BR_RENEWAL_WAIT_MS, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 1);
	CHECK(is_there("store-both.pem.request"));
	test_shell("cp sent.csr first.csr");
	CHECK_INT(after_ms(BR_RENEWAL_LOOK_MS, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 1);
	CHECK_INT(after_ms(BR_RENEWAL_AGAIN_MS, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 2);
	/* Of the same key, though a signature differs each time. */
	test_shell("openssl req -in first.csr -noout -pubkey >a && "
		   "openssl req -in sent.csr -noout -pubkey | cmp - a");
	test_request_sign("sent", "ca");
	answer(sent_id, "sent.pem", NULL);
	CHECK_INT(br_renewal_stage(renewal), BR_RENEWAL_READY);
	CHECK(is_there("store-both.pem.new") && !is_there("store-both.pem.request"));
	test_shell("openssl pkey -in store-both.pem.new -pubout | cmp - a");
	/* It waits, and nothing more is asked. */
	CHECK_INT(after_ms(BR_RENEWAL_AGAIN_MS, true), BR_RENEWAL_READY);
	CHECK_INT(sent_n, 2);
	end();
}

static void test_answers_that_are_not_the_own_one_change_nothing(void)
{
	begin(70);
	answer("0123456789abcdef", "store.pem", NULL);
	CHECK_INT(after_ms(0, true), BR_RENEWAL_ASKING);
	answer("0123456789abcdef", "store.pem", NULL);
	CHECK_TEXT(br_renewal_trouble(renewal), "");
	/* The certificate that is there already has another key. */
	answer(sent_id, "store.pem", NULL);
	CHECK_HAS(br_renewal_trouble(renewal), "not renewed: the private key is not the");
	test_certificate_make("late", "ca", "0412", "DNS:x", -9, -3);
	answer(sent_id, "late.pem", NULL);
	br_renewal_answer(renewal, BR_STR("{}"));
	CHECK_HAS(br_renewal_trouble(renewal), "not renewed: type: allowed is");
	CHECK_INT(br_renewal_stage(renewal), BR_RENEWAL_ASKING);
	CHECK(!is_there("store-both.pem.new"));
	end();
}

static void test_a_refusal_is_told_and_asked_again_after_a_day(void)
{
	begin(70);
	CHECK_INT(after_ms(0, true), BR_RENEWAL_ASKING);
	answer(sent_id, NULL, "this store is closed");
	CHECK_INT(br_renewal_stage(renewal), BR_RENEWAL_REFUSED);
	CHECK_TEXT(br_renewal_trouble(renewal),
		"the link's certificate is not renewed: this store is closed");
	CHECK_INT(after_ms(BR_RENEWAL_REFUSED_MS - 1, true), BR_RENEWAL_REFUSED);
	CHECK_INT(sent_n, 1);
	CHECK_INT(after_ms(BR_RENEWAL_LOOK_MS, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 2);
	end();
}

static void test_after_the_changeover_it_rests(void)
{
	struct br_fault fault;

	begin(70);
	CHECK_INT(after_ms(0, true), BR_RENEWAL_ASKING);
	test_request_sign("sent", "ca");
	/* It was signed today: let today be now. */
	clock_wall_ms = br_clock_system.wall_ms(NULL) + 1000;
	answer(sent_id, "sent.pem", NULL);
	CHECK_INT(br_renewal_stage(renewal), BR_RENEWAL_READY);
	REQUIRE(br_identity_use(test_in_folder("store-both.pem"), &fault) == 0);
	CHECK(is_there("store-both.pem.old") && !is_there("store-both.pem.new"));
	br_identity_settle(test_in_folder("store-both.pem"));
	CHECK(!is_there("store-both.pem.old"));
	CHECK_INT(after_ms(BR_RENEWAL_LOOK_MS, true), BR_RENEWAL_RESTING);
	CHECK_INT(br_identity_use(test_in_folder("store-both.pem"), &fault), BR_E_NOT_FOUND);
	end();
}

static void test_a_publisher_that_is_away_is_told_and_asked_again(void)
{
	begin(70);
	offline = true;
	CHECK_INT(after_ms(0, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 0);
	CHECK_HAS(br_renewal_trouble(renewal), "not renewed: the request cannot be sent: ");
	offline = false;
	CHECK_INT(after_ms(BR_RENEWAL_AGAIN_MS, true), BR_RENEWAL_ASKING);
	CHECK_INT(sent_n, 1);
	end();
}

static void test_a_wrong_clock_renews_nothing(void)
{
	begin(0);
	clock_wall_ms = 0;
	CHECK_INT(after_ms(0, true), BR_RENEWAL_RESTING);
	CHECK_INT(sent_n, 0);
	end();
}

/* After each step of the way, as a death would leave it, the way can be gone on. */
static void test_a_death_between_two_steps_loses_nothing(void)
{
	struct br_identity_check check = {.store_id = "0412", .crl = ""};
	struct br_text first, again, pem;
	struct br_fault fault = {""};
	char file[512];

	begin(0);
	(void)snprintf(file, sizeof(file), "%s", test_in_folder("store-both.pem"));
	check.ca = test_in_folder("ca.pem");
	check.now_ms = clock_wall_ms + 1000;
	br_text_init(&first, 8192);
	br_text_init(&again, 8192);
	br_text_init(&pem, BR_CERTIFICATE_BYTES_MAX);
	/* What a run that died in the midst of writing has left. */
	(void)test_file_write(NULL, "store-both.pem.request.part", "half");
	REQUIRE(br_identity_begin(file, "0412", &first, &fault) == 0);
	REQUIRE(br_identity_begin(file, "0412", &again, &fault) == 0);
	(void)test_file_write(NULL, "again.csr", again.bytes);
	test_shell("cp store-both.pem.request kept");
	test_request_sign("again", "ca");
	REQUIRE(br_pem_read(test_in_folder("again.pem"), &pem, &fault) == 0);
	REQUIRE(br_identity_take(file, br_text_str(&pem), &check, NULL, &fault) == 0);
	/* It died before it had forgotten the request: the same answer comes again. */
	test_shell("cp kept store-both.pem.request");
	CHECK_INT(br_identity_take(file, br_text_str(&pem), &check, NULL, &fault), 0);
	CHECK_INT(br_identity_take(file, br_text_str(&pem), &check, NULL, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, "there is no request that waits");
	/* It died between the two names of the old one and the new one's place. */
	test_shell("ln store-both.pem store-both.pem.old");
	CHECK_INT(br_identity_use(file, &fault), 0);
	test_shell("openssl pkey -in store-both.pem -pubout >a && "
		   "openssl x509 -in store-both.pem -noout -pubkey | cmp - a && "
		   "openssl pkey -in store-both.pem.old -pubout >b && ! cmp -s a b");
	br_text_finish(&first);
	br_text_finish(&again);
	br_text_finish(&pem);
	end();
}

static void test_only_one_file_for_both_is_ours(void)
{
	CHECK(br_identity_is_ours("/a", ""));
	CHECK(br_identity_is_ours("/a", "/a"));
	CHECK(!br_identity_is_ours("/a", "/b"));
	CHECK(!br_identity_is_ours("", ""));
}

int main(int argc, char **argv)
{
	TEST(test_nothing_is_asked_while_two_thirds_last);
	TEST(test_in_the_last_third_it_is_asked_until_it_is_answered);
	TEST(test_answers_that_are_not_the_own_one_change_nothing);
	TEST(test_a_refusal_is_told_and_asked_again_after_a_day);
	TEST(test_after_the_changeover_it_rests);
	TEST(test_a_publisher_that_is_away_is_told_and_asked_again);
	TEST(test_a_wrong_clock_renews_nothing);
	TEST(test_a_death_between_two_steps_loses_nothing);
	TEST(test_only_one_file_for_both_is_ours);
	return test_end(argc, argv);
}
