#include "node/knock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/pem.h>
#include <mbedtls/ssl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/crypto.h"
#include "node/time.h"

#define ADDRESSES_MAX 8	   /* of one name that are tried */
#define FLIGHT_BYTES 16384 /* all that a client says before it listens again */
#define ALERT_CLOSE 0
#define ALERT_HANDSHAKE_FAILURE 40
#define ALERT_PROTOCOL_VERSION 70

/* One knock under way. */
struct knocker {
	const struct br_knock_options *options;
	struct br_knock *knock;
	int fd;
	int64_t end_ms; /* boot ms */
	unsigned char flight[FLIGHT_BYTES];
	size_t flight_n;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt authorities, own;
	mbedtls_x509_crl crl;
	mbedtls_pk_context key;
};

static int64_t boot_now(void)
{
	return br_clock_system.boot_ms(br_clock_system.context);
}

/* Waits until the socket can be read or written; false when the time is over. */
static bool socket_wait(const struct knocker *knocker, short events)
{
	struct pollfd one = {.fd = knocker->fd, .events = events};
	int64_t left_ms = knocker->end_ms - boot_now();

	br_assert(knocker->fd >= 0);
	return left_ms > 0 && poll(&one, 1, (int)left_ms) == 1;
}

static int connect_one(struct knocker *knocker, const struct addrinfo *address)
{
	socklen_t size = sizeof(int);
	int error = 0;

	br_assert(knocker->fd < 0);
	knocker->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->ai_protocol);
	if (knocker->fd < 0)
		return errno;
	if (connect(knocker->fd, address->ai_addr, address->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (!socket_wait(knocker, POLLOUT))
			error = ETIMEDOUT;
		else if (getsockopt(knocker->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
	}
	if (error != 0) {
		(void)close(knocker->fd);
		knocker->fd = -1;
	}
	return error;
}

static void connection_say(struct knocker *knocker, int error)
{
	const struct br_knock_options *options = knocker->options;

	br_assert(error > 0);
	if (error == ECONNREFUSED)
		(void)br_fault_set(&knocker->knock->fault, BR_E_OFFLINE,
			"%s refuses connections at port %u: no broker listens there",
			knocker->knock->address, options->port);
	else if (error == ETIMEDOUT)
		(void)br_fault_set(&knocker->knock->fault, BR_E_OFFLINE,
			"%s does not answer at port %u: there is no way there, or a firewall drops "
			"what is sent",
			knocker->knock->address, options->port);
	else
		(void)br_fault_set(&knocker->knock->fault, BR_E_OFFLINE,
			"%s cannot be reached at port %u: %s", knocker->knock->address,
			options->port, strerror(error));
}

/* Tries what the name stands for, one after the other; true with a connection. */
static bool connect_any(struct knocker *knocker, const struct addrinfo *list)
{
	int64_t begin_ms = boot_now();
	unsigned tries = 0;
	int error = ETIMEDOUT;

	knocker->end_ms = begin_ms + knocker->options->wait_ms;
	for (const struct addrinfo *at = list; at != NULL && tries < ADDRESSES_MAX;
		at = at->ai_next, tries++) {
		(void)getnameinfo(at->ai_addr, at->ai_addrlen, knocker->knock->address,
			sizeof(knocker->knock->address), NULL, 0, NI_NUMERICHOST);
		error = connect_one(knocker, at);
		if (error == 0)
			break;
	}
	knocker->knock->took_ms = boot_now() - begin_ms;
	if (error != 0)
		connection_say(knocker, error);
	br_assert((error == 0) == (knocker->fd >= 0));
	return error == 0;
}

static bool name_and_connection(struct knocker *knocker)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char port[16];
	bool connected;
	int error;

	(void)snprintf(port, sizeof(port), "%u", knocker->options->port);
	error = getaddrinfo(knocker->options->host, port, &hints, &list);
	if (error != 0) {
		(void)br_fault_set(&knocker->knock->fault, BR_E_OFFLINE,
			"the name %.100s is not found: %s", knocker->options->host,
			gai_strerror(error));
		return false;
	}
	br_assert(list != NULL);
	knocker->knock->reached = BR_KNOCK_CONNECTION;
	connected = connect_any(knocker, list);
	freeaddrinfo(list);
	return connected;
}

/*
 * What the library says is kept until it listens, and leaves in one piece: a broker that refuses
 * the first of it hangs up, and a second piece would then meet a dead connection before the reason
 * was read.
 */
static int bytes_send(void *context, const unsigned char *bytes, size_t n)
{
	struct knocker *knocker = context;

	br_assert(knocker->flight_n <= FLIGHT_BYTES);
	if (n > FLIGHT_BYTES - knocker->flight_n)
		return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
	memcpy(knocker->flight + knocker->flight_n, bytes, n);
	knocker->flight_n += n;
	return (int)n;
}

static bool flight_send(struct knocker *knocker)
{
	size_t done = 0;

	br_assert(knocker->flight_n <= FLIGHT_BYTES);
	while (done < knocker->flight_n) {
		ssize_t sent = -1;

		if (socket_wait(knocker, POLLOUT))
			sent = send(knocker->fd, knocker->flight + done, knocker->flight_n - done,
				MSG_NOSIGNAL);
		if (sent < 0)
			return false;
		done += (size_t)sent;
	}
	knocker->flight_n = 0;
	return true;
}

static int bytes_receive(void *context, unsigned char *bytes, size_t n)
{
	struct knocker *knocker = context;
	ssize_t got;

	/* What cannot be sent any more may still have been answered. */
	(void)flight_send(knocker);
	if (!socket_wait(knocker, POLLIN))
		return MBEDTLS_ERR_SSL_TIMEOUT;
	got = recv(knocker->fd, bytes, n, 0);
	br_assert(got <= (ssize_t)n);
	/* Zero is the other side's end, which is what a lost connection is, too. */
	return got > 0 ? (int)got : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int bytes_roll(void *context BR_UNUSED, unsigned char *bytes, size_t n)
{
	return br_random(bytes, n) == 0 ? 0 : MBEDTLS_ERR_SSL_HW_ACCEL_FAILED;
}

/* The library wants its texts with a NUL that counts. */
static struct br_text text_with_nul(struct br_str pem)
{
	struct br_text text;

	br_text_init(&text, BR_CERTIFICATE_BYTES_MAX + 2);
	br_text_add_str(&text, pem);
	br_text_putc(&text, '\0');
	br_assert(text.error == BR_E_TOO_LARGE || text.n == pem.n + 1 || text.error != 0);
	return text;
}

static bool credentials_load(struct knocker *knocker)
{
	const struct br_knock_options *options = knocker->options;
	struct br_text texts[4] = {text_with_nul(options->authorities),
		text_with_nul(options->certificate), text_with_nul(options->key),
		text_with_nul(options->crl)};
	const unsigned char *bytes[4];
	int failed = 0;

	for (unsigned i = 0; i < 4; i++) {
		failed |= texts[i].error;
		bytes[i] = (const unsigned char *)texts[i].bytes;
	}
	br_assert(options->authorities.n > 0);
	if (failed == 0)
		failed = mbedtls_x509_crt_parse(&knocker->authorities, bytes[0], texts[0].n);
	if (failed == 0 && options->certificate.n > 0)
		failed = mbedtls_x509_crt_parse(&knocker->own, bytes[1], texts[1].n);
	if (failed == 0 && options->certificate.n > 0)
		failed = mbedtls_pk_parse_key(&knocker->key, bytes[2], texts[2].n, NULL, 0);
	if (failed == 0 && options->crl.n > 0)
		failed = mbedtls_x509_crl_parse(&knocker->crl, bytes[3], texts[3].n);
	for (unsigned i = 0; i < 4; i++) {
		if (texts[i].bytes != NULL)
			explicit_bzero(texts[i].bytes, texts[i].n);
		br_text_finish(&texts[i]);
	}
	if (failed != 0)
		(void)br_fault_set(&knocker->knock->fault, BR_E_INVALID,
			"link.ca, link.certificate, link.key or link.crl cannot be read as PEM");
	return failed == 0;
}

/* An address in digits, which certificates name otherwise than hosts; its length, 0 = a name. */
static size_t digits_of(const char *host, unsigned char ret_bytes[16])
{
	if (inet_pton(AF_INET, host, ret_bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, host, ret_bytes) == 1 ? 16 : 0;
}

/* RFC 5280, 4.2.1.6: an iPAddress is the bytes; the library compares names only. */
static bool address_is_named(const mbedtls_x509_crt *peer, const unsigned char *bytes, size_t n)
{
	br_assert(n == 4 || n == 16);
	for (const mbedtls_x509_sequence *at = &peer->subject_alt_names; at != NULL; at = at->next)
		if (at->buf.tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7) && at->buf.len == n &&
			memcmp(at->buf.p, bytes, n) == 0)
			return true;
	return false;
}

static bool ssl_prepare(struct knocker *knocker)
{
	unsigned char digits[16];
	int failed = mbedtls_ssl_config_defaults(&knocker->config, MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	/* All that is wrong is wanted, not the first of it. */
	mbedtls_ssl_conf_authmode(&knocker->config, MBEDTLS_SSL_VERIFY_OPTIONAL);
	mbedtls_ssl_conf_rng(&knocker->config, bytes_roll, NULL);
	mbedtls_ssl_conf_ca_chain(&knocker->config, &knocker->authorities,
		knocker->options->crl.n > 0 ? &knocker->crl : NULL);
	if (failed == 0 && knocker->options->certificate.n > 0)
		failed = mbedtls_ssl_conf_own_cert(&knocker->config, &knocker->own, &knocker->key);
	if (failed == 0)
		failed = mbedtls_ssl_setup(&knocker->ssl, &knocker->config);
	if (failed == 0 && digits_of(knocker->options->host, digits) == 0)
		failed = mbedtls_ssl_set_hostname(&knocker->ssl, knocker->options->host);
	br_assert(knocker->fd >= 0);
	mbedtls_ssl_set_bio(&knocker->ssl, knocker, bytes_send, bytes_receive, NULL);
	if (failed != 0)
		(void)br_fault_set(&knocker->knock->fault, BR_E_CRYPTO, "TLS cannot be begun here");
	return failed == 0;
}

static void peer_copy(struct knocker *knocker, const mbedtls_x509_crt *peer)
{
	unsigned char pem[8192];
	size_t n = 0;

	br_assert(!knocker->knock->peer_known);
	/* By its text, so that one place alone knows what stands in a certificate. */
	if (mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n",
		    peer->raw.p, peer->raw.len, pem, sizeof(pem), &n) == 0)
		knocker->knock->peer_known = br_certificate_parse(br_str_from((char *)pem),
						     &knocker->knock->peer, NULL) == 0;
}

/* Also in a handshake that did not come to its end. */
static const mbedtls_x509_crt *peer_of(const mbedtls_ssl_context *ssl)
{
	br_assert(ssl->conf != NULL);
	if (ssl->session != NULL)
		return ssl->session->peer_cert;
	return ssl->session_negotiate != NULL ? ssl->session_negotiate->peer_cert : NULL;
}

/* What the broker has shown, but for its dates; true when that is right. */
static bool peer_judge(struct knocker *knocker)
{
	const mbedtls_x509_crt *peer = peer_of(&knocker->ssl);
	const char *host = knocker->options->host;
	struct br_fault *fault = &knocker->knock->fault;
	uint32_t flags = mbedtls_ssl_get_verify_result(&knocker->ssl);
	unsigned char digits[16];
	size_t n = digits_of(host, digits);

	if (peer == NULL)
		return true;
	peer_copy(knocker, peer);
	if (n > 0 && !address_is_named(peer, digits, n))
		flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	br_assert(fault->text[0] == '\0');
	if ((flags & MBEDTLS_X509_BADCERT_REVOKED) != 0)
		(void)br_fault_set(fault, BR_E_INVALID,
			"the certificate of HQ's broker, \"%s\", is revoked",
			knocker->knock->peer.name);
	else if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
		(void)br_fault_set(fault, BR_E_INVALID,
			"the certificate of HQ's broker was signed by \"%s\", which is none of the "
			"authorities in link.ca",
			knocker->knock->peer.issuer);
	else if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0)
		(void)br_fault_set(fault, BR_E_INVALID,
			"the certificate of HQ's broker is made out to \"%s\" and not to %.100s",
			knocker->knock->peer.name, host);
	else if ((flags & (MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE |
				  MBEDTLS_X509_BADCRL_NOT_TRUSTED)) != 0)
		(void)br_fault_set(fault, BR_E_INVALID,
			"the list in link.crl is too old, or of another authority");
	return fault->text[0] == '\0';
}

static void alert_take(struct knocker *knocker, int alert)
{
	struct br_knock *knock = knocker->knock;

	br_assert(alert >= 0 && alert <= 255);
	if (alert == ALERT_PROTOCOL_VERSION && !knock->peer_known) {
		knock->foreign = true;
		knock->reached = BR_KNOCK_OPEN;
		return;
	}
	/* Before our certificate is sent, the alert is about something else. */
	if (knocker->ssl.state < MBEDTLS_SSL_CLIENT_CERTIFICATE) {
		(void)br_fault_set(&knock->fault, BR_E_OFFLINE,
			"HQ's broker breaks TLS off with alert %d: it allows no version or method "
			"that is known here",
			alert);
		return;
	}
	knock->alert = alert;
	knock->reached = BR_KNOCK_OPEN;
	(void)br_fault_set(
		&knock->fault, BR_E_INVALID, "HQ's broker %s", br_knock_alert_text(alert));
}

static void handshake_say(struct knocker *knocker, int failed)
{
	struct br_fault *fault = &knocker->knock->fault;

	br_assert(failed != 0);
	if (failed == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		alert_take(knocker, knocker->ssl.in_msg[1]);
	else if (failed == MBEDTLS_ERR_SSL_CONN_EOF && knocker->knock->peer_known)
		alert_take(knocker, ALERT_CLOSE);
	else if (failed == MBEDTLS_ERR_SSL_TIMEOUT)
		(void)br_fault_set(fault, BR_E_OFFLINE,
			"what listens at port %u does not answer to TLS: perhaps it is the port "
			"without",
			knocker->options->port);
	else if (failed == MBEDTLS_ERR_SSL_CONN_EOF)
		(void)br_fault_set(fault, BR_E_OFFLINE,
			"what listens at port %u ends the connection instead of speaking TLS: "
			"perhaps it is the port without",
			knocker->options->port);
	else
		(void)br_fault_set(fault, BR_E_OFFLINE,
			"what listens at port %u does not speak TLS as it should (-0x%04x)",
			knocker->options->port, (unsigned)-failed);
}

static void tls_try(struct knocker *knocker)
{
	bool right;
	int failed;

	if (!credentials_load(knocker) || !ssl_prepare(knocker))
		return;
	knocker->end_ms = boot_now() + knocker->options->wait_ms;
	do
		failed = mbedtls_ssl_handshake(&knocker->ssl);
	while (failed == MBEDTLS_ERR_SSL_WANT_READ || failed == MBEDTLS_ERR_SSL_WANT_WRITE);
	right = peer_judge(knocker);
	/* Who is the wrong one may also refuse us: that says nothing. */
	if (!right)
		return;
	if (failed != 0)
		handshake_say(knocker, failed);
	else
		knocker->knock->reached = BR_KNOCK_OPEN;
	br_assert(
		knocker->knock->reached == BR_KNOCK_OPEN || knocker->knock->fault.text[0] != '\0');
}

void br_knock(const struct br_knock_options *options, struct br_knock *ret_knock)
{
	struct knocker knocker = {.options = options, .knock = ret_knock, .fd = -1};

	br_assert(options->wait_ms > 0 && options->port <= 65535);
	*ret_knock = (struct br_knock){.reached = BR_KNOCK_NAME, .alert = -1};
	mbedtls_ssl_init(&knocker.ssl);
	mbedtls_ssl_config_init(&knocker.config);
	mbedtls_x509_crt_init(&knocker.authorities);
	mbedtls_x509_crt_init(&knocker.own);
	mbedtls_x509_crl_init(&knocker.crl);
	mbedtls_pk_init(&knocker.key);
	if (name_and_connection(&knocker)) {
		ret_knock->reached = options->authorities.n > 0 ? BR_KNOCK_TLS : BR_KNOCK_OPEN;
		if (options->authorities.n > 0)
			tls_try(&knocker);
	}
	if (knocker.fd >= 0)
		(void)close(knocker.fd);
	mbedtls_pk_free(&knocker.key);
	mbedtls_x509_crl_free(&knocker.crl);
	mbedtls_x509_crt_free(&knocker.own);
	mbedtls_x509_crt_free(&knocker.authorities);
	mbedtls_ssl_config_free(&knocker.config);
	mbedtls_ssl_free(&knocker.ssl);
}

const char *br_knock_alert_text(int alert)
{
	static const struct {
		int alert;
		const char *text;
	} texts[] = {
		{ALERT_HANDSHAKE_FAILURE, "wants a certificate of the store and got none"},
		{42, "cannot read the store's certificate"},
		{43, "does not take this kind of certificate"},
		{44, "says that the store's certificate is revoked"},
		{45, "says that the store's certificate, or its own list of revoked ones, has "
		     "ended"},
		{46, "does not take the store's certificate"},
		{48, "does not know who signed the store's certificate"},
		{49, "lets this store not in"},
		{116, "wants a certificate of the store and got none"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(texts); i++)
		if (texts[i].alert == alert)
			return texts[i].text;
	br_assert(alert >= 0);
	return "breaks off when it has seen the store's certificate";
}
