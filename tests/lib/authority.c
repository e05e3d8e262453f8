#include "tests/lib/authority.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/process.h"
#include "tests/lib/test.h"

const char *test_in_folder(const char *name)
{
	static char paths[16][TEST_PATH_BYTES];
	static unsigned next;
	char *path = paths[next++ % BR_ARRAY_LEN(paths)];

	(void)snprintf(path, TEST_PATH_BYTES, "%s/%s", test_folder(), name);
	return path;
}

void test_shell(const char *format, ...)
{
	char command[6144];
	va_list arguments;
	int n = snprintf(command, sizeof(command), "cd '%s' && ", test_folder());

	br_assert(n > 0 && n < (int)sizeof(command));
	va_start(arguments, format);
	(void)vsnprintf(command + n, sizeof(command) - (size_t)n, format, arguments);
	va_end(arguments);
	if (system(command) != 0) {
		printf("failed: %s\n", command);
		test_abandon();
	}
}

/* openssl signs with dates of its own choice only as an authority with a folder of its own. */
void test_authority_make(const char *name)
{
	test_shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "
		   "3650 -subj '/CN=%s' -keyout %s.key -out %s.pem 2>>openssl.log && "
		   "mkdir -p %s.ca && : >%s.ca/index && echo 1000 >%s.ca/serial && "
		   "echo 01 >%s.ca/crlnumber && printf '"
		   "[ca]\\ndefault_ca=d\\n[d]\\ndatabase=%s.ca/index\\nserial=%s.ca/serial\\n"
		   "crlnumber=%s.ca/crlnumber\\nnew_certs_dir=%s.ca\\ndefault_md=sha256\\n"
		   "default_crl_days=30\\nunique_subject=no\\npolicy=p\\n"
		   "[p]\\ncommonName=supplied\\n' >%s.conf",
		name, name, name, name, name, name, name, name, name, name, name, name);
}

static void date_write(int days, char text[16])
{
	time_t then = time(NULL) + (time_t)days * 86400;
	struct tm parts;

	br_assert(gmtime_r(&then, &parts) != NULL);
	br_assert(strftime(text, 16, "%Y%m%d%H%M%SZ", &parts) == 15);
}

void test_certificate_make(const char *name, const char *authority, const char *common,
	const char *called, int from_days, int until_days)
{
	char from[16], until[16];

	date_write(from_days, from);
	date_write(until_days, until);
	test_shell("echo 'subjectAltName=%s' >%s.ext && "
		   "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		   "'/CN=%s' -keyout %s.key -out %s.csr 2>>openssl.log && "
		   "openssl ca -batch -notext -config %s.conf -cert %s.pem -keyfile %s.key "
		   "-startdate %s -enddate %s -extfile %s.ext -in %s.csr -out %s.pem "
		   "2>>openssl.log",
		called, name, common, name, name, authority, authority, authority, from, until,
		name, name, name);
}

void test_certificate_join(const char *name)
{
	test_shell("cat %s.key %s.pem >%s-both.part && mv %s-both.part %s-both.pem", name, name,
		name, name, name);
}

void test_request_sign(const char *name, const char *authority)
{
	test_shell("openssl ca -batch -notext -config %s.conf -cert %s.pem -keyfile %s.key "
		   "-days 90 -in %s.csr -out %s.pem 2>>openssl.log",
		authority, authority, authority, name, name);
}

void test_certificate_revoke(const char *authority, const char *name)
{
	if (name != NULL)
		test_shell("openssl ca -config %s.conf -cert %s.pem -keyfile %s.key -revoke %s.pem "
			   "2>>openssl.log",
			authority, authority, authority, name);
	test_shell("openssl ca -config %s.conf -cert %s.pem -keyfile %s.key -gencrl -out %s.crl "
		   "2>>openssl.log",
		authority, authority, authority, authority);
}
