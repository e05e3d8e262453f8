#include "web-ui/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Names are refused: looking them up would make the start depend on a network. */
int br_listen_check(const char *address, struct br_fault *fault)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	br_assert(address != NULL);
	if (inet_pton(br_listen_is_v6(address) ? AF_INET6 : AF_INET, address, bytes) == 1)
		return 0;
	return br_fault_set(fault, BR_E_INVALID,
		"web listen \"%s\": allowed is an IPv4 or IPv6 address", address);
}

bool br_listen_is_v6(const char *address)
{
	br_assert(address != NULL);
	return strchr(address, ':') != NULL;
}

bool br_listen_is_wildcard(const char *address)
{
	br_assert(address != NULL);
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

bool br_listen_is_loopback(const char *address)
{
	br_assert(address != NULL);
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Asked of the socket itself, so that a machine whose address changes needs no restart. */
struct br_str br_listen_local(int fd, char buffer[BR_LISTEN_ADDRESS_BYTES])
{
	struct sockaddr_storage storage = {0};
	socklen_t n = sizeof(storage);
	const void *bytes;

	br_assert(buffer != NULL);
	buffer[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&storage, &n) < 0)
		return br_str_from(buffer);
	if (storage.ss_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)&storage)->sin6_addr;
	else if (storage.ss_family == AF_INET)
		bytes = &((const struct sockaddr_in *)&storage)->sin_addr;
	else
		return br_str_from(buffer);
	if (inet_ntop(storage.ss_family, bytes, buffer, BR_LISTEN_ADDRESS_BYTES) == NULL)
		buffer[0] = '\0';
	return br_str_from(buffer);
}

int br_listen_certificate(const char *certificate, const char *key, struct br_fault *fault)
{
	const char *files[] = {certificate, key};

	if ((certificate == NULL) != (key == NULL))
		return br_fault_set(
			fault, BR_E_INVALID, "web certificate and key: HTTPS needs both files");
	for (unsigned i = 0; i < BR_ARRAY_LEN(files); i++)
		if (files[i] != NULL && access(files[i], R_OK) < 0)
			return br_fault_set(fault, BR_E_INVALID,
				"web certificate: cannot read %s: %s", files[i], strerror(errno));
	return 0;
}
