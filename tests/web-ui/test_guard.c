#include "web-ui/guard.h"

#include "tests/lib/test.h"

static enum br_guard_verdict check(const char *host, const char *origin, const char *local)
{
	struct br_guard_request request = {
		.host = br_str_from(host),
		.origin = br_str_from(origin),
		.local = br_str_from(local),
	};

	return br_guard_check(&request, BR_STR("store.example  shop"));
}

static void test_only_our_own_names_are_hosts(void)
{
	static const struct {
		const char *host;
		enum br_guard_verdict verdict;
	} cases[] = {
		{"localhost", BR_GUARD_PASS},
		{"LOCALHOST:8080", BR_GUARD_PASS},
		{"127.0.0.1", BR_GUARD_PASS},
		{"127.9.8.7:1", BR_GUARD_PASS},
		{"[::1]:8080", BR_GUARD_PASS},
		{"[0:0:0:0:0:0:0:1]", BR_GUARD_PASS},
		{"192.168.1.5:8080", BR_GUARD_PASS},
		{"store.example", BR_GUARD_PASS},
		{"Shop:443", BR_GUARD_PASS},
		{"192.168.1.6", BR_GUARD_HOST},
		{"evil.example", BR_GUARD_HOST},
		{"localhost.evil.example", BR_GUARD_HOST},
		{"127.0.0.1.evil.example", BR_GUARD_HOST},
		{"127.1", BR_GUARD_HOST},
		{"localhost:80:80", BR_GUARD_HOST},
		{"localhost:x", BR_GUARD_HOST},
		{"::1", BR_GUARD_HOST},
		{"[::1", BR_GUARD_HOST},
		{"[::1]8080", BR_GUARD_HOST},
		{"[127.0.0.1]", BR_GUARD_HOST},
		{"", BR_GUARD_HOST},
		{":80", BR_GUARD_HOST},
		{"store.example,localhost", BR_GUARD_HOST},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++)
		if (!CHECK_INT(check(cases[i].host, "", "192.168.1.5"), cases[i].verdict))
			CHECK_TEXT("for the host", cases[i].host);
}

static void test_our_address_is_ours_however_it_is_written(void)
{
	CHECK_INT(check("192.168.1.5", "", "::ffff:192.168.1.5"), BR_GUARD_PASS);
	CHECK_INT(check("[fd00::5]:80", "", "fd00:0:0:0::5"), BR_GUARD_PASS);
	CHECK_INT(check("[fd00::6]", "", "fd00::5"), BR_GUARD_HOST);
	CHECK_INT(check("0.0.0.0", "", ""), BR_GUARD_HOST);
}

static void test_only_the_nodes_own_pages_may_ask(void)
{
	static const struct {
		const char *host, *origin;
		enum br_guard_verdict verdict;
	} cases[] = {
		{"localhost:8080", "http://localhost:8080", BR_GUARD_PASS},
		{"localhost", "http://localhost:80", BR_GUARD_PASS},
		{"localhost:443", "https://localhost", BR_GUARD_PASS},
		{"[::1]:8080", "http://[::1]:8080", BR_GUARD_PASS},
		{"localhost:8080", "https://store.example", BR_GUARD_PASS},
		{"localhost:8080", "http://localhost:3000", BR_GUARD_ORIGIN},
		{"localhost:8080", "http://localhost", BR_GUARD_ORIGIN},
		{"localhost:8080", "http://127.0.0.1:8080", BR_GUARD_ORIGIN},
		{"localhost", "http://evil.example", BR_GUARD_ORIGIN},
		{"localhost", "http://localhost.evil.example", BR_GUARD_ORIGIN},
		{"localhost", "http://localhost@evil.example", BR_GUARD_ORIGIN},
		{"localhost", "null", BR_GUARD_ORIGIN},
		{"localhost", "file://", BR_GUARD_ORIGIN},
		{"localhost", "http://", BR_GUARD_ORIGIN},
		{"localhost", "chrome-extension://localhost", BR_GUARD_ORIGIN},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(cases); i++)
		if (!CHECK_INT(check(cases[i].host, cases[i].origin, ""), cases[i].verdict))
			CHECK_TEXT("for the origin", cases[i].origin);
}

int main(int argc, char **argv)
{
	TEST(test_only_our_own_names_are_hosts);
	TEST(test_our_address_is_ours_however_it_is_written);
	TEST(test_only_the_nodes_own_pages_may_ask);
	return test_end(argc, argv);
}
