#include "node/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/key.h"
#include "tests/lib/test.h"

static const char *const tables[] = {"first", "second"};

static struct br_store_options options_plain(void)
{
	return (struct br_store_options){
		.tables = tables,
		.table_n = 2,
		.map_bytes = 64 << 20,
		.sync_off = true,
		.layout = 3,
	};
}

static const char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

static struct br_store *store_open(const char *name)
{
	struct br_store_options options = options_plain();
	struct br_store *store = NULL;

	REQUIRE(br_store_open(path_of(name), &options, &store, NULL) == 0);
	return store;
}

static struct br_txn *begin(struct br_store *store, bool write)
{
	struct br_txn *txn = NULL;

	REQUIRE(br_txn_begin(store, write, &txn) == 0);
	return txn;
}

/* Rows "a".."e" in the first table, "pa", "pb", "q" in the second. */
static void rows_put(struct br_store *store)
{
	static const char *const keys[] = {"a", "b", "c", "d", "e"};
	static const char *const others[] = {"pa", "pb", "q"};
	struct br_txn *txn = begin(store, true);

	for (size_t i = 0; i < BR_ARRAY_LEN(keys); i++)
		br_txn_put(txn, 0, br_str_from(keys[i]), br_str_from(keys[i]));
	for (size_t i = 0; i < BR_ARRAY_LEN(others); i++)
		br_txn_put(txn, 1, br_str_from(others[i]), BR_STR("x"));
	CHECK_INT(br_txn_commit(txn), 0);
}

static void test_rows_are_kept_over_a_restart(void)
{
	struct br_store *store = store_open("kept");
	struct br_txn *txn;
	struct br_str value;

	rows_put(store);
	br_store_close(store);
	store = store_open("kept");
	txn = begin(store, false);
	CHECK_INT(br_txn_get(txn, 0, BR_STR("c"), &value), 0);
	CHECK_STR(value, "c");
	CHECK_INT(br_txn_get(txn, 0, BR_STR("x"), &value), BR_E_NOT_FOUND);
	CHECK_INT(br_txn_error(txn), 0);
	CHECK(br_txn_has(txn, 1, BR_STR("q")) && !br_txn_has(txn, 0, BR_STR("q")));
	CHECK_INT(br_txn_count(txn, 0), 5);
	br_txn_abort(txn);
	br_store_close(store);
}

static void test_an_abort_leaves_nothing(void)
{
	struct br_store *store = store_open("abort");
	struct br_txn *txn;

	rows_put(store);
	txn = begin(store, true);
	br_txn_put(txn, 0, BR_STR("new"), BR_STR("x"));
	br_txn_delete(txn, 0, BR_STR("a"));
	br_txn_delete(txn, 0, BR_STR("never there"));
	br_txn_clear(txn, 1);
	CHECK_INT(br_txn_count(txn, 1), 0);
	CHECK_INT(br_txn_error(txn), 0);
	br_txn_abort(txn);
	txn = begin(store, false);
	CHECK(!br_txn_has(txn, 0, BR_STR("new")));
	CHECK(br_txn_has(txn, 0, BR_STR("a")));
	CHECK_INT(br_txn_count(txn, 1), 3);
	br_txn_abort(txn);
	br_store_close(store);
}

static void test_the_first_error_sticks(void)
{
	struct br_store *store = store_open("sticky");
	struct br_str value = BR_STR("kept"), key;
	struct br_scan scan;
	struct br_txn *txn;

	rows_put(store);
	txn = begin(store, true);
	CHECK_INT(br_txn_fail(txn, BR_E_CORRUPT), BR_E_CORRUPT);
	CHECK_INT(br_txn_fail(txn, BR_E_IO), BR_E_CORRUPT);
	br_txn_put(txn, 0, BR_STR("late"), BR_STR("x"));
	br_txn_delete(txn, 0, BR_STR("a"));
	br_txn_clear(txn, 0);
	CHECK_INT(br_txn_get(txn, 0, BR_STR("a"), &value), BR_E_CORRUPT);
	CHECK_STR(value, "kept");
	CHECK_INT(br_txn_count(txn, 0), 0);
	br_scan_begin(&scan, txn, 0, (struct br_str){NULL, 0}, (struct br_str){NULL, 0}, false);
	CHECK(!br_scan_next(&scan, &key, &value));
	br_scan_end(&scan);
	CHECK_INT(br_txn_commit(txn), BR_E_CORRUPT);
	txn = begin(store, false);
	CHECK(br_txn_has(txn, 0, BR_STR("a")) && !br_txn_has(txn, 0, BR_STR("late")));
	br_txn_abort(txn);
	br_store_close(store);
}

/* A reader sees the state at its beginning, whatever is committed meanwhile. */
static void test_readers_see_one_state(void)
{
	struct br_store *store = store_open("snapshot");
	struct br_txn *reader, *writer;

	rows_put(store);
	reader = begin(store, false);
	writer = begin(store, true);
	br_txn_delete(writer, 0, BR_STR("a"));
	CHECK_INT(br_txn_commit(writer), 0);
	CHECK(br_txn_has(reader, 0, BR_STR("a")));
	br_txn_abort(reader);
	reader = begin(store, false);
	CHECK(!br_txn_has(reader, 0, BR_STR("a")));
	br_txn_abort(reader);
	br_store_close(store);
}

/* Walks a table and gathers the keys' bytes. */
static const char *walked(
	struct br_txn *txn, unsigned table, const char *prefix, const char *from, bool backwards)
{
	static char keys[100];
	struct br_str key, value;
	struct br_scan scan;
	size_t n = 0;

	br_scan_begin(&scan, txn, table, br_str_from(prefix), br_str_from(from), backwards);
	while (br_scan_next(&scan, &key, &value)) {
		memcpy(keys + n, key.s, key.n);
		n += key.n;
		keys[n++] = ' ';
	}
	br_scan_end(&scan);
	keys[n > 0 ? n - 1 : 0] = '\0';
	return keys;
}

static void test_walks_in_both_directions(void)
{
	struct br_store *store = store_open("walk");
	struct br_txn *txn;

	rows_put(store);
	txn = begin(store, false);
	CHECK_TEXT(walked(txn, 0, NULL, NULL, false), "a b c d e");
	CHECK_TEXT(walked(txn, 0, NULL, NULL, true), "e d c b a");
	CHECK_TEXT(walked(txn, 0, NULL, "c", false), "c d e");
	CHECK_TEXT(walked(txn, 0, NULL, "bb", false), "c d e");
	CHECK_TEXT(walked(txn, 0, NULL, "c", true), "b a");
	CHECK_TEXT(walked(txn, 0, NULL, "cc", true), "c b a");
	CHECK_TEXT(walked(txn, 0, NULL, "z", false), "");
	CHECK_TEXT(walked(txn, 0, NULL, "z", true), "e d c b a");
	CHECK_TEXT(walked(txn, 0, NULL, "a", true), "");
	CHECK_TEXT(walked(txn, 1, "p", NULL, false), "pa pb");
	CHECK_TEXT(walked(txn, 1, "p", NULL, true), "pb pa");
	CHECK_TEXT(walked(txn, 1, "p", "pb", false), "pb");
	CHECK_TEXT(walked(txn, 1, "p", "pb", true), "pa");
	CHECK_TEXT(walked(txn, 1, "q", NULL, true), "q");
	CHECK_TEXT(walked(txn, 1, "r", NULL, true), "");
	CHECK_TEXT(walked(txn, 1, "o", NULL, true), "");
	CHECK_INT(br_txn_error(txn), 0);
	br_txn_abort(txn);
	br_store_close(store);
}

static void test_walks_of_an_empty_table_and_of_the_last_prefix(void)
{
	struct br_store *store = store_open("edges");
	struct br_txn *txn = begin(store, true);

	CHECK_TEXT(walked(txn, 0, NULL, NULL, false), "");
	CHECK_TEXT(walked(txn, 0, NULL, NULL, true), "");
	CHECK_TEXT(walked(txn, 0, "p", NULL, true), "");
	br_txn_put(txn, 0, BR_STR("\xFF\xFF"), BR_STR("x"));
	br_txn_put(txn, 0, BR_STR("\xFF"), BR_STR("x"));
	CHECK_TEXT(walked(txn, 0, "\xFF", NULL, true), "\xFF\xFF \xFF");
	CHECK_INT(br_txn_commit(txn), 0);
	br_store_close(store);
}

static void test_appending_takes_growing_keys_only(void)
{
	struct br_store *store = store_open("append");
	struct br_txn *txn = begin(store, true);

	for (uint64_t i = 1; i <= 100; i++) {
		struct br_key key = br_key_of_u64(i);

		br_txn_append(txn, 0, br_key_str(&key), BR_STR("x"));
	}
	CHECK_INT(br_txn_error(txn), 0);
	br_txn_append(txn, 0, BR_STR("\0\0\0"), BR_STR("x"));
	CHECK(br_txn_error(txn) < 0);
	CHECK(br_txn_commit(txn) < 0);
	br_store_close(store);
}

static void test_a_second_owner_is_refused(void)
{
	struct br_store_options options = options_plain();
	struct br_store *store = store_open("owner"), *second = NULL;
	struct br_fault fault;
	int fd, status;
	pid_t child;

	CHECK_INT(br_store_lock(path_of("owner"), &fd, &fault), BR_E_BUSY);
	CHECK_HAS(fault.text, "stop that one first");
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(br_store_open(path_of("owner"), &options, &second, NULL) == BR_E_BUSY ? 0
											    : 1);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	br_store_close(store);
	CHECK_INT(br_store_lock(path_of("owner"), &fd, NULL), 0);
	(void)close(fd);
	CHECK_INT(br_store_lock("/nowhere", &fd, &fault), BR_E_NOT_FOUND);
}

static void test_a_reader_opens_beside_the_owner(void)
{
	struct br_store_options options = options_plain();
	struct br_store *store = store_open("beside");
	pid_t child;
	int status;

	rows_put(store);
	options.read_only = true;
	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		/* Its own process, because LMDB wants an environment opened once in each. */
		struct br_store *reader = NULL;
		struct br_txn *txn = NULL;
		bool seen = br_store_open(path_of("beside"), &options, &reader, NULL) == 0 &&
			    br_txn_begin(reader, false, &txn) == 0 && br_txn_count(txn, 0) == 5;

		_exit(seen ? 0 : 1);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	br_store_close(store);
}

static void test_another_layout_is_refused(void)
{
	struct br_store_options options = options_plain();
	struct br_store *store = store_open("layout");
	struct br_fault fault;

	br_store_close(store);
	store = NULL;
	options.layout = 2;
	CHECK_INT(br_store_open(path_of("layout"), &options, &store, &fault), BR_E_VERSION);
	CHECK_HAS(fault.text, "the store has layout 3, this program knows up to 2");
	options.layout = 4;
	CHECK_INT(br_store_open(path_of("layout"), &options, &store, &fault), BR_E_VERSION);
	CHECK_HAS(fault.text, "the store has layout 3, this program needs 4 and cannot turn one");
	options.read_only = true;
	CHECK_INT(br_store_open(path_of("layout"), &options, &store, &fault), BR_E_VERSION);
	CHECK(store == NULL);
	br_store_close(store_open("layout"));
}

/* A verification that is killed must not make the daemon's file grow for ever. */
static void test_readers_that_died_are_swept(void)
{
	struct br_store *store = store_open("sweep");
	pid_t child;
	int status;

	rows_put(store);
	CHECK_INT(br_store_sweep(store), 0);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		struct br_store_options options = options_plain();
		struct br_store *reader = NULL;
		struct br_txn *txn = NULL;

		options.read_only = true;
		/* The path is made anew, since the store's own must not be used behind a fork. */
		_exit(br_store_open(path_of("sweep"), &options, &reader, NULL) == 0 &&
					br_txn_begin(reader, false, &txn) == 0 &&
					br_txn_count(txn, 0) == 5
				? 0
				: 1);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_INT(br_store_sweep(store), 1);
	CHECK_INT(br_store_sweep(store), 0);
	br_store_close(store);
}

static void test_what_is_no_store_is_refused(void)
{
	struct br_store_options options = options_plain();
	struct br_store *store = NULL;
	struct br_fault fault;
	char file[600];
	FILE *out;

	options.read_only = true;
	CHECK_INT(br_store_open(path_of("nothing"), &options, &store, &fault), BR_E_NOT_FOUND);
	options.read_only = false;
	CHECK_INT(br_store_open("/proc/nowhere/store", &options, &store, &fault), BR_E_NOT_FOUND);
	br_store_close(store_open("garbage"));
	(void)snprintf(file, sizeof(file), "%s/data.mdb", path_of("garbage"));
	out = fopen(file, "w");
	REQUIRE(out != NULL);
	for (int i = 0; i < 20000; i++)
		(void)fputs("garbage", out);
	(void)fclose(out);
	CHECK_INT(br_store_open(path_of("garbage"), &options, &store, &fault), BR_E_CORRUPT);
	CHECK(store == NULL);
}

static void test_a_full_map_is_said_and_survived(void)
{
	struct br_store_options options = options_plain();
	struct br_store *store = NULL;
	char big[2000] = {'x'};
	struct br_txn *txn;
	uint64_t rows;
	int result;

	options.map_bytes = 256 << 10;
	REQUIRE(br_store_open(path_of("full"), &options, &store, NULL) == 0);
	rows_put(store);
	do {
		txn = begin(store, true);
		rows = br_txn_count(txn, 0);
		for (uint64_t i = 0; i < 10; i++) {
			struct br_key key = br_key_of_u64(rows + i);

			br_txn_put(txn, 0, br_key_str(&key), (struct br_str){big, sizeof(big)});
		}
		result = br_txn_commit(txn);
	} while (result == 0);
	CHECK_INT(result, BR_E_MAP_FULL);
	/* What was committed before stands, and making room makes it work again. */
	txn = begin(store, true);
	CHECK_INT(br_txn_count(txn, 0), rows);
	br_txn_clear(txn, 0);
	CHECK_INT(br_txn_commit(txn), 0);
	rows_put(store);
	CHECK(br_store_usage(store).used_bytes <= br_store_usage(store).map_bytes);
	CHECK_INT(br_store_usage(store).map_bytes, 256 << 10);
	br_store_close(store);
}

static void test_a_copy_holds_the_same_and_never_overwrites(void)
{
	struct br_store *store = store_open("source"), *copy;
	struct br_txn *txn;
	struct br_fault fault;
	char file[600];

	rows_put(store);
	REQUIRE(br_store_copy(store, "/nowhere/data.mdb", &fault) == BR_E_NOT_FOUND);
	copy = store_open("target");
	br_store_close(copy);
	(void)snprintf(file, sizeof(file), "%s/data.mdb", path_of("target"));
	CHECK_INT(br_store_copy(store, file, &fault), BR_E_EXISTS);
	REQUIRE(unlink(file) == 0);
	CHECK_INT(br_store_copy(store, file, &fault), 0);
	copy = store_open("target");
	txn = begin(copy, false);
	CHECK_TEXT(walked(txn, 0, NULL, NULL, false), "a b c d e");
	br_txn_abort(txn);
	br_store_close(copy);
	br_store_close(store);
}

struct faults {
	const char *call;
	int error, left;
};

static int fault_after(void *context, const char *call)
{
	struct faults *faults = context;

	if (strcmp(call, faults->call) != 0 || faults->left-- > 0)
		return 0;
	return faults->error;
}

static void test_injected_faults_behave_as_real_ones(void)
{
	struct br_store *store = store_open("faults");
	struct faults faults = {"put", BR_E_DISK_FULL, 1};
	struct br_txn *txn;

	rows_put(store);
	br_store_fault_set(store, fault_after, &faults);
	txn = begin(store, true);
	br_txn_put(txn, 0, BR_STR("1"), BR_STR("x"));
	CHECK_INT(br_txn_error(txn), 0);
	br_txn_put(txn, 0, BR_STR("2"), BR_STR("x"));
	CHECK_INT(br_txn_commit(txn), BR_E_DISK_FULL);
	faults = (struct faults){"delete", BR_E_IO, 0};
	txn = begin(store, true);
	br_txn_delete(txn, 0, BR_STR("a"));
	CHECK_INT(br_txn_commit(txn), BR_E_IO);
	faults = (struct faults){"clear", BR_E_IO, 0};
	txn = begin(store, true);
	br_txn_clear(txn, 0);
	CHECK_INT(br_txn_commit(txn), BR_E_IO);
	faults = (struct faults){"commit", BR_E_IO, 0};
	txn = begin(store, true);
	br_txn_put(txn, 0, BR_STR("1"), BR_STR("x"));
	CHECK_INT(br_txn_commit(txn), BR_E_IO);
	br_store_fault_set(store, NULL, NULL);
	txn = begin(store, false);
	CHECK_TEXT(walked(txn, 0, NULL, NULL, false), "a b c d e");
	br_txn_abort(txn);
	br_store_close(store);
}

int main(int argc, char **argv)
{
	TEST(test_rows_are_kept_over_a_restart);
	TEST(test_an_abort_leaves_nothing);
	TEST(test_the_first_error_sticks);
	TEST(test_readers_see_one_state);
	TEST(test_walks_in_both_directions);
	TEST(test_walks_of_an_empty_table_and_of_the_last_prefix);
	TEST(test_appending_takes_growing_keys_only);
	TEST(test_a_second_owner_is_refused);
	TEST(test_a_reader_opens_beside_the_owner);
	TEST(test_another_layout_is_refused);
	TEST(test_readers_that_died_are_swept);
	TEST(test_what_is_no_store_is_refused);
	TEST(test_a_full_map_is_said_and_survived);
	TEST(test_a_copy_holds_the_same_and_never_overwrites);
	TEST(test_injected_faults_behave_as_real_ones);
	return test_end(argc, argv);
}
