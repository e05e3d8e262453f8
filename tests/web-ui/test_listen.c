#include "web-ui/listen.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

static void test_only_addresses_are_taken(void)
{
	static const char *const good[] = {"127.0.0.1", "0.0.0.0", "::1", "::", "192.168.1.5"};
	static const char *const bad[] = {"", "localhost", "eth0", "1.2.3", "::g", "127.0.0.1:80"};
	struct br_fault fault;

	for (unsigned i = 0; i < BR_ARRAY_LEN(good); i++)
		CHECK_INT(br_listen_check(good[i], &fault), 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(bad); i++) {
		CHECK_INT(br_listen_check(bad[i], &fault), BR_E_INVALID);
		CHECK_HAS(fault.text, "allowed is an IPv4 or IPv6 address");
	}
}

static void test_addresses_are_told_apart(void)
{
	CHECK(br_listen_is_loopback("127.0.0.1") && br_listen_is_loopback("127.8.0.1"));
	CHECK(br_listen_is_loopback("::1") && !br_listen_is_loopback("::"));
	CHECK(!br_listen_is_loopback("192.168.1.5") && !br_listen_is_loopback("0.0.0.0"));
	CHECK(br_listen_is_wildcard("0.0.0.0") && br_listen_is_wildcard("::"));
	CHECK(!br_listen_is_wildcard("127.0.0.1"));
	CHECK(br_listen_is_v6("::1") && !br_listen_is_v6("127.0.0.1"));
}

static void test_our_own_end_is_told(void)
{
	char address[BR_LISTEN_ADDRESS_BYTES];
	int pair[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK_STR(br_listen_local(pair[0], address), "");
	CHECK_STR(br_listen_local(-1, address), "");
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void test_a_certificate_has_two_files(void)
{
	struct br_fault fault;

	CHECK_INT(br_listen_certificate(NULL, NULL, &fault), 0);
	CHECK_INT(br_listen_certificate("/dev/null", "/dev/null", &fault), 0);
	CHECK_INT(br_listen_certificate("/dev/null", NULL, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "needs both files");
	CHECK_INT(br_listen_certificate("/dev/null", "/nowhere", &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "cannot read /nowhere");
}

int main(int argc, char **argv)
{
	TEST(test_only_addresses_are_taken);
	TEST(test_addresses_are_told_apart);
	TEST(test_our_own_end_is_told);
	TEST(test_a_certificate_has_two_files);
	return test_end(argc, argv);
}
