#include "web-ui/guard.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define HOST_BYTES_MAX 255

/* The parts of "host[:port]" or "[v6][:port]". */
struct authority {
	struct br_str host; /* without brackets */
	struct br_str port; /* empty = the scheme's own */
	bool bracketed;
};

static bool digits_only(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	return true;
}

/*
 * Refuses what it does not understand: nothing that is let through may be read otherwise
 * elsewhere.
 */
static bool authority_parse(struct br_str text, struct authority *ret_authority)
{
	struct authority authority = {.host = text};
	const char *end;

	br_assert(text.n == 0 || text.s != NULL);
	if (text.n == 0 || text.n > HOST_BYTES_MAX)
		return false;
	if (text.s[0] == '[') {
		end = memchr(text.s, ']', text.n);
		if (end == NULL)
			return false;
		authority.host = (struct br_str){text.s + 1, (size_t)(end - text.s) - 1};
		authority.port = (struct br_str){end + 1, text.n - authority.host.n - 2};
		authority.bracketed = true;
		if (authority.port.n > 0 && authority.port.s[0] != ':')
			return false;
		if (authority.port.n > 0)
			authority.port =
				(struct br_str){authority.port.s + 1, authority.port.n - 1};
	} else {
		authority.host = br_str_split(&text, ':');
		authority.port = text;
	}
	if (authority.host.n == 0 || !digits_only(authority.port))
		return false;
	*ret_authority = authority;
	return true;
}

/* Host names are alike without regard to case (RFC 4343). */
static bool host_is(struct br_str host, struct br_str name)
{
	return host.n == name.n && host.n > 0 && strncasecmp(host.s, name.s, host.n) == 0;
}

static bool address_parse(struct br_str host, int family, void *ret_address)
{
	char text[INET6_ADDRSTRLEN + 1];

	br_assert(family == AF_INET || family == AF_INET6);
	return br_str_copy(host, text, sizeof(text)) && inet_pton(family, text, ret_address) == 1;
}

static bool host_is_loopback(const struct authority *authority)
{
	struct in6_addr v6;
	struct in_addr v4;

	br_assert(authority->host.n > 0);
	if (authority->bracketed)
		return address_parse(authority->host, AF_INET6, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
	if (host_is(authority->host, BR_STR("localhost")))
		return true;
	return address_parse(authority->host, AF_INET, &v4) && ntohl(v4.s_addr) >> 24 == 127;
}

/* True when both are the same IPv6 or IPv4 address, however they are written. */
static bool host_is_address(const struct authority *authority, struct br_str local)
{
	int family = authority->bracketed ? AF_INET6 : AF_INET;
	unsigned char a[sizeof(struct in6_addr)] = {0}, b[sizeof(struct in6_addr)] = {0};

	br_assert(authority->host.n > 0);
	/* A wildcard socket for both families tells IPv4 addresses in IPv6 form. */
	if (!authority->bracketed && br_str_starts(local, "::ffff:"))
		local = (struct br_str){local.s + 7, local.n - 7};
	return address_parse(authority->host, family, a) && address_parse(local, family, b) &&
	       memcmp(a, b, sizeof(a)) == 0;
}

/* Configured names answer with every port, since a proxy in front has its own. */
static bool host_is_listed(struct br_str host, struct br_str hosts)
{
	br_assert(host.n > 0);
	while (hosts.n > 0)
		if (host_is(host, br_str_split(&hosts, ' ')))
			return true;
	return false;
}

/* "https://host:port" gives "host:port"; false for "null" and everything else. */
static bool origin_authority(struct br_str origin, struct br_str *ret_text, struct br_str *ret_port)
{
	static const char *const schemes[] = {"http://", "https://"};
	static const char *const ports[] = {"80", "443"};

	br_assert(origin.n > 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (!br_str_starts(origin, schemes[i]))
			continue;
		*ret_text = (struct br_str){origin.s + n, origin.n - n};
		*ret_port = br_str_from(ports[i]);
		return true;
	}
	return false;
}

/* The whole authority must be the same: another port on this machine is another program's page. */
static bool origin_passes(struct br_str origin, const struct authority *host, struct br_str hosts)
{
	struct br_str text, own_port;
	struct authority authority;

	br_assert(host->host.n > 0);
	if (!origin_authority(origin, &text, &own_port) || !authority_parse(text, &authority))
		return false;
	if (host_is_listed(authority.host, hosts))
		return true;
	if (!host_is(authority.host, host->host))
		return false;
	/* The scheme's own port may be written or left out on either side. */
	return br_str_equal(authority.port.n > 0 ? authority.port : own_port,
		host->port.n > 0 ? host->port : own_port);
}

enum br_guard_verdict br_guard_check(const struct br_guard_request *request, struct br_str hosts)
{
	struct authority host;

	if (!authority_parse(request->host, &host))
		return BR_GUARD_HOST;
	if (!host_is_loopback(&host) && !host_is_address(&host, request->local) &&
		!host_is_listed(host.host, hosts))
		return BR_GUARD_HOST;
	if (request->origin.n > 0 && !origin_passes(request->origin, &host, hosts))
		return BR_GUARD_ORIGIN;
	return BR_GUARD_PASS;
}
