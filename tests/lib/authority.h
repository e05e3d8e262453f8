/*
 * Certificates for a test, made by the openssl program in the test's folder: authorities, who they
 * sign for, from when until when, and whom they revoke.
 *
 * NAME.pem is a certificate and NAME.key its private key. Ends the test when something fails.
 */
#pragma once

/* The path of a file in the test's folder; valid until sixteen more were asked for. */
const char *test_in_folder(const char *name);

/* An authority: NAME.key and NAME.pem, good for ten years. */
void test_authority_make(const char *name);

/*
 * NAME.pem with its key, signed by the authority for who is `called` so ("IP:127.0.0.1",
 * "DNS:hq.example"), with the common name `common`; good from and until so many days from now.
 */
void test_certificate_make(const char *name, const char *authority, const char *common,
	const char *called, int from_days, int until_days);

/* NAME-both.pem: the key and the certificate in one file, as the link has them. */
void test_certificate_join(const char *name);

/* Signs the request NAME.csr for 90 days: NAME.pem. */
void test_request_sign(const char *name, const char *authority);

/* AUTHORITY.crl: those that it revoked, `name` (NULL for none) among them. */
void test_certificate_revoke(const char *authority, const char *name);

/* Runs a command of the shell in the test's folder. */
void test_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
