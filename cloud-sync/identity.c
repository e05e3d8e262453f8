#include "cloud-sync/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/certificate_request.h"
#include "node/folder.h"

#define KEY_BYTES_MAX 8192

/* `file` with something behind it; empty when it would not fit, which no call of the system takes.
 */
static struct br_path beside(const char *file, const char *suffix)
{
	struct br_path path;
	int n = snprintf(path.s, sizeof(path.s), "%s.%s", file, suffix);

	br_assert(file[0] != '\0');
	if (n < 0 || n >= (int)sizeof(path.s))
		path.s[0] = '\0';
	return path;
}

/* Keys do not stay in memory that others get next. */
static void secret_finish(struct br_text *text)
{
	br_assert(text->space >= text->n);
	if (text->bytes != NULL)
		explicit_bzero(text->bytes, text->n);
	br_text_finish(text);
}

bool br_identity_is_ours(const char *certificate, const char *key)
{
	br_assert(certificate != NULL && key != NULL);
	return certificate[0] != '\0' && (key[0] == '\0' || strcmp(key, certificate) == 0);
}

/* Gives the file to the folder's owner, and its group the reading where that is meant. */
static int rights_set(const char *path, bool group_reads, struct br_fault *fault)
{
	struct br_path folder = br_path_parent(path);
	struct stat status;
	int result = 0;

	br_assert(path[0] != '\0');
	if (stat(folder.s, &status) < 0)
		return br_path_fault(fault, folder.s);
	if (geteuid() == 0 && chown(path, status.st_uid, status.st_gid) < 0)
		result = br_path_fault(fault, path);
	if (result == 0 && group_reads && (status.st_mode & S_ISGID) != 0 && chmod(path, 0640) < 0)
		result = br_path_fault(fault, path);
	return result;
}

/* A whole file appears in one step, or none. */
static int file_put(const char *path, struct br_str bytes, bool group_reads, struct br_fault *fault)
{
	struct br_path part = beside(path, "part");
	int result;

	br_assert(bytes.n > 0);
	/* What a run that died has left. */
	(void)unlink(part.s);
	result = br_file_write(part.s, bytes, fault);
	if (result == 0)
		result = rights_set(part.s, group_reads, fault);
	if (result == 0 && rename(part.s, path) < 0)
		result = br_path_fault(fault, path);
	if (result == 0)
		result = br_folder_sync(br_path_parent(path).s, fault);
	if (result < 0)
		(void)unlink(part.s);
	return result;
}

static int key_find(const char *path, struct br_text *key, struct br_fault *fault)
{
	int result = br_pem_read(path, key, fault);

	br_assert(path[0] != '\0');
	if (result != BR_E_NOT_FOUND)
		return result;
	br_text_clear(key);
	fault->text[0] = '\0';
	result = br_key_make(key, fault);
	if (result == 0)
		result = file_put(path, br_text_str(key), false, fault);
	return result;
}

int br_identity_begin(
	const char *file, const char *store_id, struct br_text *request, struct br_fault *fault)
{
	struct br_path path = beside(file, "request");
	struct br_text key;
	int result;

	br_assert(store_id[0] != '\0');
	br_text_init(&key, BR_CERTIFICATE_BYTES_MAX + 1);
	result = key_find(path.s, &key, fault);
	if (result == 0)
		result = br_request_make(br_text_str(&key), store_id, request, fault);
	secret_finish(&key);
	return result;
}

static int pem_check(struct br_str pem, struct br_str key, const struct br_identity_check *check,
	struct br_certificate *certificate, struct br_fault *fault)
{
	struct br_text authorities, crl;
	enum br_certificate_state state;
	int result = br_certificate_parse(pem, certificate, fault);

	br_text_init(&authorities, BR_CERTIFICATE_BYTES_MAX + 1);
	br_text_init(&crl, BR_CERTIFICATE_BYTES_MAX + 1);
	if (result == 0 && strcmp(certificate->name, check->store_id) != 0)
		result = br_fault_set(fault, BR_E_INVALID,
			"the certificate is made out to \"%s\", and this store is \"%s\"",
			certificate->name, check->store_id);
	if (result == 0)
		result = br_certificate_key_check(pem, key, fault);
	if (result == 0)
		result = br_pem_read(check->ca, &authorities, fault);
	if (result == 0 && check->crl[0] != '\0')
		result = br_pem_read(check->crl, &crl, fault);
	if (result == 0)
		result = br_certificate_signature_check(
			pem, br_text_str(&authorities), br_text_str(&crl), fault);
	br_text_finish(&authorities);
	br_text_finish(&crl);
	if (result < 0)
		return result;
	state = br_certificate_judge(certificate, check->now_ms, check->known_ms);
	if (state == BR_CERTIFICATE_CLOCK || state == BR_CERTIFICATE_OVER) {
		br_certificate_say(certificate, state, "the certificate", check->now_ms, fault);
		return BR_E_INVALID;
	}
	return 0;
}

int br_identity_take(const char *file, struct br_str pem, const struct br_identity_check *check,
	struct br_certificate *ret_certificate, struct br_fault *fault)
{
	struct br_path waiting = beside(file, "request"), fresh = beside(file, "new");
	struct br_certificate certificate;
	struct br_text key;
	int result;

	br_assert(check->store_id[0] != '\0' && check->ca[0] != '\0');
	br_text_init(&key, 2 * BR_CERTIFICATE_BYTES_MAX + KEY_BYTES_MAX);
	result = br_pem_read(waiting.s, &key, fault);
	if (result == BR_E_NOT_FOUND)
		result = br_fault_set(fault, BR_E_NOT_FOUND,
			"there is no request that waits for a certificate (%s)", waiting.s);
	if (result == 0)
		result = pem_check(pem, br_text_str(&key), check, &certificate, fault);
	if (result == 0) {
		br_text_putc(&key, '\n');
		br_text_add_str(&key, pem);
		result = br_text_error(&key);
	}
	if (result == 0)
		result = file_put(fresh.s, br_text_str(&key), true, fault);
	secret_finish(&key);
	if (result < 0)
		return result;
	/* Last: without it the same answer could not be taken again after a death. */
	(void)unlink(waiting.s);
	if (ret_certificate != NULL)
		*ret_certificate = certificate;
	return 0;
}

bool br_identity_waits(const char *file)
{
	br_assert(file != NULL);
	return file[0] != '\0' && access(beside(file, "new").s, F_OK) == 0;
}

const char *br_identity_waiting(const char *file)
{
	static struct br_path path;

	path = beside(file, "new");
	br_assert(path.s[0] != '\0');
	return path.s;
}

int br_identity_use(const char *file, struct br_fault *fault)
{
	struct br_path fresh = beside(file, "new"), old = beside(file, "old");

	br_assert(strcmp(fresh.s, old.s) != 0);
	if (access(fresh.s, F_OK) < 0)
		return br_path_fault(fault, fresh.s);
	/* A second name for it: the first is never missing. */
	if (access(file, F_OK) == 0) {
		(void)unlink(old.s);
		if (link(file, old.s) < 0)
			return br_path_fault(fault, old.s);
	}
	if (rename(fresh.s, file) < 0)
		return br_path_fault(fault, file);
	return br_folder_sync(br_path_parent(file).s, fault);
}

void br_identity_settle(const char *file)
{
	br_assert(file[0] != '\0');
	(void)unlink(beside(file, "old").s);
}
