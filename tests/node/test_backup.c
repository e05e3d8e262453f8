#include "node/backup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/keys_inside.h"
#include "node/hole.h"
#include "tests/node/bench.h"

#define STORE BR_STR("0412")

struct place {
	char s[640];
};

static struct place place(const char *name)
{
	struct place place;

	(void)snprintf(place.s, sizeof(place.s), "%s/%s", test_folder(), name);
	return place;
}

static bool there(const char *folder, const char *name)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* A bench's ledger backed up into the folder `name`. */
static struct place backup_made(struct bench *bench, const char *name)
{
	struct place folder = place(name);
	char ledger[64];
	struct br_fault fault = {.text = ""};

	(void)snprintf(ledger, sizeof(ledger), "%s-source", name);
	bench_open(bench, ledger);
	bench_catalogue(bench);
	CHECK_INT(br_backup(bench->store, bench->keys->store, folder.s, STORE, BENCH_NOW_MS, NULL,
			  &fault),
		0);
	CHECK_TEXT(fault.text, "");
	return folder;
}

static struct place state_dir(const char *name)
{
	struct place dir = place(name);

	REQUIRE(mkdir(dir.s, 0700) == 0);
	return dir;
}

static void test_a_backup_says_what_it_is(void)
{
	struct br_backup_manifest manifest;
	struct bench bench;
	struct place folder = backup_made(&bench, "says");

	REQUIRE(br_backup_manifest_read(folder.s, &manifest, NULL) == 0);
	CHECK_TEXT(manifest.store, "0412");
	CHECK_TEXT(manifest.epoch, br_core_epoch(bench.core));
	CHECK_INT(manifest.head, br_core_head(bench.core));
	CHECK_INT(manifest.layout, BR_LEDGER_LAYOUT);
	CHECK_INT(manifest.made_ms, BENCH_NOW_MS);
	CHECK(manifest.bytes > 0);
	CHECK_INT(strlen(manifest.sha256), 64);
	CHECK(!there(folder.s, "ledger/lock.mdb"));
	bench_close(&bench);
}

static void test_a_backup_never_overwrites(void)
{
	struct br_fault fault;
	struct bench bench;
	struct place folder = backup_made(&bench, "twice");

	CHECK_INT(br_backup(bench.store, NULL, folder.s, STORE, BENCH_NOW_MS, NULL, &fault),
		BR_E_EXISTS);
	CHECK_HAS(fault.text, "name a new folder");
	CHECK_INT(
		br_backup(bench.store, NULL, "/nowhere/backup", STORE, BENCH_NOW_MS, NULL, &fault),
		BR_E_NOT_FOUND);
	CHECK_INT(
		br_backup(bench.store, NULL, "", STORE, BENCH_NOW_MS, NULL, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "the name of a folder");
	bench_close(&bench);
}

static void test_a_restored_ledger_holds_the_same_under_a_new_epoch(void)
{
	struct br_backup_manifest manifest;
	struct bench bench, restored;
	struct place folder = backup_made(&bench, "same");
	struct place state = state_dir("same-state");
	struct br_fault fault = {.text = ""};

	/* What comes after the backup is not in it. */
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'C'}"), 0);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, false, &manifest, &fault), 0);
	CHECK_TEXT(fault.text, "");
	bench_open(&restored, "same-state/ledger");
	CHECK_INT(br_core_head(restored.core), br_hole_since(manifest.head, BENCH_NOW_MS));
	CHECK_INT(br_core_since(restored.core), br_hole_since(manifest.head, BENCH_NOW_MS));
	CHECK_INT(br_core_head(bench.core), manifest.head + 1);
	CHECK(strcmp(br_core_epoch(restored.core), br_core_epoch(bench.core)) != 0);
	CHECK_INT(bench_available(&restored, "A"), 10000);
	bench_verify(&restored);
	CHECK_INT(bench_do(&restored, "product.remove", "{'sku':'C'}"), 0);
	bench_close(&restored);
	bench_close(&bench);
}

static void test_a_ledger_that_is_there_is_kept(void)
{
	struct br_fault fault;
	struct bench bench, other;
	struct place folder = backup_made(&bench, "kept");
	struct place state = state_dir("kept-state");
	char kept[64];

	bench_open(&other, "kept-state/ledger");
	CHECK_INT(bench_do(&other, "product.upsert", "{'sku':'OLD','name':'old'}"), 0);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS + 77, false, NULL, &fault),
		BR_E_EXISTS);
	CHECK_HAS(fault.text, "--force restores over it");
	/* The bench stands for a daemon that is running. */
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS + 77, true, NULL, &fault),
		BR_E_BUSY);
	CHECK_HAS(fault.text, "in use by another process");
	bench_close(&other);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS + 77, true, NULL, &fault), 0);
	(void)snprintf(kept, sizeof(kept), "kept-state/ledger.before-%" PRId64, BENCH_NOW_MS + 77);
	bench_open(&other, kept);
	CHECK_INT(br_core_head(other.core), 1);
	bench_close(&other);
	bench_open(&other, "kept-state/ledger");
	CHECK_INT(br_core_since(other.core), br_hole_since(1, BENCH_NOW_MS + 77));
	bench_close(&other);
	bench_close(&bench);
}

/* With a clock that stands at 1970 two restores of a backup would give out the same numbers. */
/* The numbers of the next one lie behind those that the future's had. */
static void test_a_restore_while_the_clock_was_ahead_can_be_done_again(void)
{
	const int64_t ahead_ms = BENCH_NOW_MS + INT64_C(60) * 86400000;
	struct br_fault fault = {.text = ""};
	struct bench bench, other;
	struct place folder = backup_made(&bench, "ahead");
	struct place state = state_dir("ahead-state");
	struct br_hole hole;
	uint64_t future;

	CHECK_INT(br_restore(folder.s, state.s, STORE, ahead_ms, false, NULL, &fault), 0);
	bench_open(&other, "ahead-state/ledger");
	CHECK_INT(bench_do(&other, "product.upsert", "{'sku':'NEW','name':'new'}"), 0);
	future = br_core_head(other.core);
	CHECK(future > br_hole_since(0, BENCH_NOW_MS + 86400000));
	bench_close(&other);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, true, NULL, &fault), 0);
	bench_open(&other, "ahead-state/ledger");
	CHECK_INT(br_core_since(other.core), br_hole_since(future, 0));
	/* All that the future did comes back from HQ. */
	REQUIRE(br_hole_last(bench_read(&other), &other.arena, &hole) == 0);
	CHECK(hole.after < BR_HOLE_JUMP && hole.until > future);
	bench_close(&other);
	bench_close(&bench);
}

/* What cannot be read stops nobody, nor what kills whoever reads it. */
static void test_a_damaged_ledger_can_be_replaced(void)
{
	static const off_t cuts[] = {0, 1000, 8192, 12288};
	struct br_fault fault = {.text = ""};
	struct bench bench, other;
	struct place folder = backup_made(&bench, "broken");

	for (size_t i = 0; i < BR_ARRAY_LEN(cuts); i++) {
		char name[32], ledger[64], path[700];
		struct place state;

		(void)snprintf(name, sizeof(name), "broken-state-%zu", i);
		(void)snprintf(ledger, sizeof(ledger), "%s/ledger", name);
		state = state_dir(name);
		bench_open(&other, ledger);
		bench_catalogue(&other);
		bench_close(&other);
		(void)snprintf(path, sizeof(path), "%s/ledger/data.mdb", state.s);
		CHECK_INT(truncate(path, cuts[i]), 0);
		CHECK_INT(
			br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, true, NULL, &fault), 0);
		CHECK_TEXT(fault.text, "");
		bench_open(&other, ledger);
		CHECK_INT(br_core_since(other.core), br_hole_since(0, BENCH_NOW_MS));
		bench_close(&other);
	}
	bench_close(&bench);
}

static void test_a_clock_before_the_backup_is_refused(void)
{
	struct bench bench;
	struct place folder = backup_made(&bench, "clock");
	struct place state = state_dir("clock-state");
	struct br_fault fault = {""};

	CHECK_INT(br_restore(folder.s, state.s, STORE, 77, false, NULL, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "this machine's clock is wrong: it says 1970-01-01T00:00:00.077Z, "
			      "and the backup was made 2026-03-01T10:10:00.000Z; set the clock");
	CHECK_INT(
		br_restore(folder.s, state.s, STORE, BENCH_NOW_MS - 6 * 60000, false, NULL, &fault),
		BR_E_INVALID);
	CHECK_INT(
		br_restore(folder.s, state.s, STORE, BENCH_NOW_MS - 4 * 60000, false, NULL, &fault),
		0);
	bench_close(&bench);
}

/* Without a backup: an empty ledger under a new epoch, for HQ to fill. */
static void test_a_ledger_can_be_begun_for_hq_to_fill(void)
{
	struct place state = state_dir("anew-state");
	struct br_fault fault = {""};
	struct bench bench;
	struct br_hole hole;

	CHECK_INT(br_restore(NULL, state.s, STORE, BENCH_NOW_MS, false, NULL, &fault), 0);
	CHECK_INT(br_restore(NULL, state.s, STORE, BENCH_NOW_MS, false, NULL, &fault), BR_E_EXISTS);
	bench_open(&bench, "anew-state/ledger");
	CHECK_INT(br_core_head(bench.core), br_hole_since(0, BENCH_NOW_MS));
	REQUIRE(br_hole_open(bench_read(&bench), &bench.arena, &hole) == 0);
	CHECK_INT(hole.after, 0);
	bench_catalogue(&bench);
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_damaged_copy_is_refused(void)
{
	struct br_fault fault;
	struct bench bench;
	struct place folder = backup_made(&bench, "damaged");
	struct place state = state_dir("damaged-state");
	char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/ledger/data.mdb", folder.s);
	fd = open(path, O_WRONLY);
	REQUIRE(fd >= 0);
	REQUIRE(pwrite(fd, "X", 1, 9000) == 1);
	(void)close(fd);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, false, NULL, &fault),
		BR_E_CORRUPT);
	CHECK_HAS(fault.text, "is not what its manifest says");
	CHECK(!there(state.s, "ledger"));
	/* Not even a temporary folder is left. */
	CHECK_INT(rmdir(state.s), 0);
	bench_close(&bench);
}

static void test_another_stores_backup_is_refused(void)
{
	struct br_fault fault;
	struct bench bench;
	struct place folder = backup_made(&bench, "foreign");
	struct place state = state_dir("foreign-state");

	CHECK_INT(br_restore(folder.s, state.s, BR_STR("0413"), BENCH_NOW_MS, false, NULL, &fault),
		BR_E_INVALID);
	CHECK_TEXT(fault.text, "the backup is store \"0412\"'s, this node is store \"0413\"");
	bench_close(&bench);
}

static void test_a_bad_manifest_is_refused(void)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{"", BR_E_INVALID},
		{"{", BR_E_INVALID},
		{"[]", BR_E_INVALID},
		{"{'format':2}", BR_E_VERSION},
		{"{'format':1}", BR_E_INVALID},
		{"{'format':1,'store':'0412','epoch':'xyz','sha256':''}", BR_E_INVALID},
		{"{'format':1,'store':'0412','epoch':'0123456789abcdef','sha256':"
		 "'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',"
		 "'head':-1,'layout':1,'bytes':1,'time':'2026-03-01T00:00:00Z'}",
			BR_E_INVALID},
	};
	struct place folder = state_dir("manifest");
	struct br_backup_manifest manifest = {.head = 77};
	struct br_fault fault;

	CHECK_INT(br_backup_manifest_read(folder.s, &manifest, &fault), BR_E_NOT_FOUND);
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		test_file_write(folder.s, "manifest.json", bench_quote(bad[i].text));
		CHECK_INT(br_backup_manifest_read(folder.s, &manifest, &fault), bad[i].error);
		CHECK_HAS(fault.text, "manifest.json: ");
	}
	CHECK_INT(manifest.head, 77);
}

static void test_a_manifest_over_the_limit_is_refused(void)
{
	struct place folder = state_dir("big-manifest");
	struct br_backup_manifest manifest;
	struct br_fault fault;
	char *big = calloc(1, BR_BACKUP_MANIFEST_BYTES_MAX + 100);

	REQUIRE(big != NULL);
	memset(big, ' ', BR_BACKUP_MANIFEST_BYTES_MAX + 99);
	test_file_write(folder.s, "manifest.json", big);
	CHECK_INT(br_backup_manifest_read(folder.s, &manifest, &fault), BR_E_TOO_LARGE);
	free(big);
}

static void test_another_layout_is_refused(void)
{
	static const char *const layouts[] = {"9", "1"};
	static const char *const sentences[] = {
		"has layout 9, this program knows up to", "has layout 1, this program needs"};
	struct bench bench;
	struct place folder = backup_made(&bench, "layout"), state = state_dir("layout-state");
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(layouts); i++) {
		char text[400];

		(void)snprintf(text, sizeof(text),
			"{'format':1,'store':'0412','epoch':'0123456789abcdef','sha256':"
			"'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',"
			"'head':1,'layout':%s,'bytes':1,'time':'2026-03-01T00:00:00Z'}",
			layouts[i]);
		test_file_write(folder.s, "manifest.json", bench_quote(text));
		CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, false, NULL, &fault),
			BR_E_VERSION);
		CHECK_HAS(fault.text, sentences[i]);
	}
	bench_close(&bench);
}

/* A person restores as root, the daemon opens it as another. */
static void test_what_is_restored_belongs_to_the_state_folders_owner(void)
{
	static const char *const names[] = {
		"ledger", "ledger/data.mdb", "ledger/lock.mdb", "ledger/owner.lock"};
	struct bench bench;
	struct place folder = backup_made(&bench, "owner"), state = state_dir("owner-state");
	/* Only root can give files away; for others all is theirs before and after. */
	uid_t owner = geteuid() == 0 ? 12345 : geteuid();
	struct br_fault fault;

	REQUIRE(chown(state.s, owner, getegid()) == 0);
	CHECK_INT(br_restore(folder.s, state.s, STORE, BENCH_NOW_MS, false, NULL, &fault), 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(names); i++) {
		struct stat status;
		char path[1024];

		(void)snprintf(path, sizeof(path), "%s/%s", state.s, names[i]);
		REQUIRE(stat(path, &status) == 0);
		CHECK_INT(status.st_uid, owner);
	}
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_what_is_restored_belongs_to_the_state_folders_owner);
	TEST(test_a_backup_says_what_it_is);
	TEST(test_a_backup_never_overwrites);
	TEST(test_a_restored_ledger_holds_the_same_under_a_new_epoch);
	TEST(test_a_ledger_that_is_there_is_kept);
	TEST(test_a_restore_while_the_clock_was_ahead_can_be_done_again);
	TEST(test_a_damaged_ledger_can_be_replaced);
	TEST(test_a_clock_before_the_backup_is_refused);
	TEST(test_a_ledger_can_be_begun_for_hq_to_fill);
	TEST(test_a_damaged_copy_is_refused);
	TEST(test_another_stores_backup_is_refused);
	TEST(test_a_bad_manifest_is_refused);
	TEST(test_a_manifest_over_the_limit_is_refused);
	TEST(test_another_layout_is_refused);
	return test_end(argc, argv);
}
