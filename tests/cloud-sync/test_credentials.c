/*
 * The watch over the link's certificates, with real ones and a clock that the test sets.
 */
#include "cloud-sync/credentials.h"

#include <stdio.h>
#include <string.h>

#include "node/metrics.h"
#include "node/timekeeper.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int64_t clock_wall_ms, clock_boot_ms;

static int64_t wall(void *context BR_UNUSED)
{
	return clock_wall_ms;
}

static int64_t boot(void *context BR_UNUSED)
{
	return clock_boot_ms;
}

static const struct br_clock test_clock = {wall, boot, NULL};
/* What the store knows; the machine's own while 0. */
static int64_t store_ms;

static int64_t store_wall(void *context BR_UNUSED)
{
	return store_ms != 0 ? store_ms : clock_wall_ms;
}

static const struct br_clock store_clock = {store_wall, boot, NULL};
static struct br_credentials *credentials;
static int64_t today_ms;

static void begin(const char *ca, const char *certificate)
{
	static char paths[2][512];
	struct br_credentials_options options = {.clock = &test_clock, .store = &store_clock};

	(void)snprintf(paths[0], sizeof(paths[0]), "%s", ca[0] != '\0' ? test_in_folder(ca) : "");
	(void)snprintf(paths[1], sizeof(paths[1]), "%s",
		certificate[0] != '\0' ? test_in_folder(certificate) : "");
	today_ms = br_clock_system.wall_ms(br_clock_system.context);
	options.ca = paths[0];
	options.certificate = paths[1];
	options.known_ms = today_ms - 2 * DAY_MS;
	clock_wall_ms = today_ms;
	clock_boot_ms = 1000;
	REQUIRE(br_credentials_create(&options, &credentials) == 0);
}

static struct br_credentials_state state(void)
{
	struct br_credentials_state now;

	br_credentials_state(credentials, &now);
	return now;
}

/* So many days later, and the minute is over. */
static struct br_credentials_state after_days(int days)
{
	clock_wall_ms = today_ms + days * DAY_MS;
	clock_boot_ms += BR_CREDENTIALS_INTERVAL_MS;
	br_credentials_tick(credentials);
	return state();
}

static void end(void)
{
	br_credentials_destroy(BR_TAKE(credentials));
}

static void test_without_tls_there_is_nothing_to_watch(void)
{
	begin("", "");
	CHECK_INT(state().condition, BR_CREDENTIALS_NONE);
	CHECK_TEXT(state().sentence, "");
	CHECK_INT(br_metric_get(BR_METRIC_LINK_CERTIFICATE_EXPIRY), 0);
	end();
}

static void test_the_days_left_are_counted_down(void)
{
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 60);
	begin("ca.pem", "store.pem");
	CHECK_INT(state().condition, BR_CREDENTIALS_GOOD);
	CHECK_INT(state().days, 59);
	CHECK_INT(br_metric_get(BR_METRIC_LINK_CERTIFICATE_EXPIRY), state().not_after_ms / 1000);
	CHECK(state().not_after_ms > today_ms + 59 * DAY_MS);
	CHECK_INT(after_days(29).condition, BR_CREDENTIALS_GOOD);
	CHECK_INT(after_days(31).condition, BR_CREDENTIALS_SOON);
	CHECK_INT(state().since_ms, today_ms + 31 * DAY_MS);
	CHECK_HAS(state().sentence, "the link's certificate is good for 28 days");
	CHECK_INT(after_days(40).since_ms, today_ms + 31 * DAY_MS);
	CHECK_INT(after_days(54).condition, BR_CREDENTIALS_URGENT);
	CHECK_INT(after_days(61).condition, BR_CREDENTIALS_OVER);
	CHECK_HAS(state().sentence, "ended");
	CHECK_INT(state().days, 0);
	end();
}

static void test_a_clock_that_cannot_be_is_named_and_not_the_certificate(void)
{
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 60);
	begin("ca.pem", "store.pem");
	/* A dead battery: the first day that the machine knows. */
	clock_wall_ms = 0;
	br_credentials_look(credentials);
	CHECK_INT(state().condition, BR_CREDENTIALS_CLOCK);
	CHECK_HAS(state().sentence, "clock is wrong: it says 1970-01-01 00:00 UTC");
	CHECK_INT(after_days(0).condition, BR_CREDENTIALS_GOOD);
	end();
}

/* Set a year ahead, the certificate would be over: but the store knows that it is not. */
static void test_a_clock_that_the_store_does_not_believe_is_named(void)
{
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 60);
	begin("ca.pem", "store.pem");
	store_ms = today_ms;
	CHECK_INT(after_days(365).condition, BR_CREDENTIALS_CLOCK);
	clock_wall_ms = today_ms - BR_TIME_APART_MS - 1;
	br_credentials_look(credentials);
	CHECK_INT(state().condition, BR_CREDENTIALS_CLOCK);
	clock_wall_ms = today_ms + BR_TIME_APART_MS;
	br_credentials_look(credentials);
	CHECK_INT(state().condition, BR_CREDENTIALS_GOOD);
	store_ms = 0;
	CHECK_INT(after_days(365).condition, BR_CREDENTIALS_OVER);
	end();
}

static void test_a_new_file_is_seen_within_a_minute(void)
{
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 5);
	begin("ca.pem", "store.pem");
	CHECK_INT(state().condition, BR_CREDENTIALS_URGENT);
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 90);
	clock_boot_ms += BR_CREDENTIALS_INTERVAL_MS - 1;
	br_credentials_tick(credentials);
	CHECK_INT(state().condition, BR_CREDENTIALS_URGENT);
	clock_boot_ms += 1;
	br_credentials_tick(credentials);
	CHECK_INT(state().condition, BR_CREDENTIALS_GOOD);
	end();
}

static void test_what_cannot_be_read_is_said_with_its_key(void)
{
	test_authority_make("ca");
	begin("ca.pem", "nowhere.pem");
	CHECK_INT(state().condition, BR_CREDENTIALS_UNREADABLE);
	CHECK_HAS(state().sentence, "link.certificate cannot be used: ");
	CHECK_HAS(state().sentence, "No such file");
	end();
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 90);
	begin("store.key", "store.pem");
	CHECK_INT(state().condition, BR_CREDENTIALS_UNREADABLE);
	CHECK_HAS(state().sentence, "link.ca cannot be used: no certificate");
	end();
}

static void test_an_authority_that_ends_first_is_the_one_told(void)
{
	test_authority_make("ca");
	test_certificate_make("store", "ca", "0412", "DNS:x", -1, 90);
	test_certificate_make("short", "ca", "issuing", "DNS:x", -1, 20);
	test_shell("cat ca.pem short.pem >both.pem");
	begin("both.pem", "store.pem");
	CHECK_INT(state().condition, BR_CREDENTIALS_SOON);
	CHECK_HAS(state().sentence, "an authority in link.ca is good for 19 days");
	end();
}

int main(int argc, char **argv)
{
	TEST(test_without_tls_there_is_nothing_to_watch);
	TEST(test_the_days_left_are_counted_down);
	TEST(test_a_clock_that_cannot_be_is_named_and_not_the_certificate);
	TEST(test_a_clock_that_the_store_does_not_believe_is_named);
	TEST(test_a_new_file_is_seen_within_a_minute);
	TEST(test_what_cannot_be_read_is_said_with_its_key);
	TEST(test_an_authority_that_ends_first_is_the_one_told);
	return test_end(argc, argv);
}
