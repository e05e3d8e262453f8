/* Backups and the keys of persons: what a restored node can read, and what stays erased. */
#include "node/backup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/keys_inside.h"
#include "node/person.h"
#include "tests/node/order_bench.h"

#define STORE BR_STR("0412")

static struct bench bench;

static struct br_path place(const char *name)
{
	return br_path_in(test_folder(), name);
}

/* The bench's two environments as a state folder has them, and back. */
static struct br_path state_of(const char *name, bool with_ledger, bool with_keys)
{
	char folder[64], keys[80];
	struct br_path state;

	(void)snprintf(folder, sizeof(folder), "%s-state", name);
	(void)snprintf(keys, sizeof(keys), "%s-keys", name);
	state = place(folder);
	REQUIRE(mkdir(state.s, 0700) == 0);
	if (with_ledger)
		REQUIRE(rename(place(name).s, br_path_in(state.s, "ledger").s) == 0);
	if (with_keys)
		REQUIRE(rename(place(keys).s, br_path_in(state.s, "keys").s) == 0);
	return state;
}

static void state_open(const struct br_path *state, const char *name)
{
	char keys[80];

	(void)snprintf(keys, sizeof(keys), "%s-keys", name);
	REQUIRE(rename(br_path_in(state->s, "ledger").s, place(name).s) == 0);
	REQUIRE(rename(br_path_in(state->s, "keys").s, place(keys).s) == 0);
	bench_open(&bench, name);
}

/* How many entries of the folder begin so. */
static unsigned entries(const struct br_path *folder, const char *prefix)
{
	DIR *dir = opendir(folder->s);
	struct dirent *entry;
	unsigned n = 0;

	REQUIRE(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	(void)closedir(dir);
	return n;
}

/* Two orders of two people, and a backup of them. */
static struct br_path backup_made(const char *name)
{
	struct br_fault fault = {.text = ""};
	char folder[64];
	struct br_path backup;

	(void)snprintf(folder, sizeof(folder), "%s-backup", name);
	backup = place(folder);
	bench_open(&bench, name);
	bench_catalogue(&bench);
	order_offer(&bench, "O1", "pickup", ",'person':'Grimhilde','code':'AB12'");
	order_offer(&bench, "O2", "pickup", ",'person':'Kunigunde'");
	CHECK_INT(br_backup(bench.store, bench.keys->store, backup.s, STORE, BENCH_NOW_MS, NULL,
			  &fault),
		0);
	CHECK_TEXT(fault.text, "");
	return backup;
}

static void restored(const struct br_path *backup, const struct br_path *state)
{
	struct br_fault fault = {.text = ""};

	CHECK_INT(br_restore(backup->s, state->s, STORE, BENCH_NOW_MS, true, NULL, &fault), 0);
	CHECK_TEXT(fault.text, "");
	CHECK_INT(entries(state, "keys.restore"), 0);
	CHECK_INT(entries(state, "ledger.restore"), 0);
}

static void reads(const char *order, const char *want)
{
	CHECK_STR(bench_plain(&bench, "person", order_of(&bench, order).person), want);
}

/* A new disk: the orders that are open can be handed over, by name and by code. */
static void test_a_new_disk_gets_the_backups_keys(void)
{
	struct br_path backup = backup_made("disk"), state;
	struct br_person_key key;

	CHECK_INT(br_keys_find(bench.keys, BR_STR("oO1"), 0, &key), 0);
	bench_close(&bench);
	state = state_of("disk", false, false);
	restored(&backup, &state);
	state_open(&state, "restored");
	CHECK(!br_keys_fresh(bench.keys));
	reads("O1", "Grimhilde");
	reads("O2", "Kunigunde");
	order_go(&bench, "O1", "accept pick ready");
	CHECK_INT(bench_do(&bench, "order.hand_over", "{'order':'O1','code':'AB12'}"), 0);
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O1','associate':'eva'}"), 0);
	reads("O1", "erased");
	reads("O2", "Kunigunde");
	bench_verify(&bench);
	bench_close(&bench);
}

/* Erased since the backup: the node's own keys stay, and so does the erasure. */
static void test_an_erasure_since_the_backup_is_honoured(void)
{
	struct br_path backup = backup_made("since"), state;
	struct br_person_key key;

	CHECK_INT(br_keys_find(bench.keys, BR_STR("oO1"), 0, &key), 0);
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O1','associate':'eva'}"), 0);
	bench_close(&bench);
	state = state_of("since", true, true);
	restored(&backup, &state);
	CHECK_INT(entries(&state, "keys.before"), 0);
	/* Out of the way of the bench, which keeps it under the same name. */
	state_open(&state, "since");
	CHECK_INT(br_keys_get(bench.keys, key.id, &key), BR_E_NOT_FOUND);
	reads("O1", "erased");
	reads("O2", "Kunigunde");
	bench_verify(&bench);
	bench_close(&bench);
}

/* Who came after the backup is forgotten with it, and so is their key: nobody would erase it. */
static void test_who_came_since_the_backup_has_no_key(void)
{
	struct br_path backup = backup_made("after"), state;
	struct br_person_key key;

	order_offer(&bench, "O3", "pickup", ",'person':'Adelgunde'");
	CHECK_INT(br_keys_find(bench.keys, BR_STR("oO3"), 0, &key), 0);
	CHECK_INT(br_keys_count(bench.keys), 3);
	bench_close(&bench);
	state = state_of("after", true, true);
	restored(&backup, &state);
	state_open(&state, "after");
	CHECK_INT(br_keys_get(bench.keys, key.id, &key), BR_E_NOT_FOUND);
	CHECK_INT(br_keys_count(bench.keys), 2);
	reads("O1", "Grimhilde");
	reads("O2", "Kunigunde");
	bench_close(&bench);
}

/* A new machine has run once before somebody restores: its keys are others, and made way for. */
static void test_another_nodes_keys_make_way(void)
{
	struct br_path backup = backup_made("way"), state;

	bench_close(&bench);
	bench_open(&bench, "young");
	bench_catalogue(&bench);
	bench_close(&bench);
	state = state_of("young", true, true);
	restored(&backup, &state);
	CHECK_INT(entries(&state, "keys.before"), 1);
	state_open(&state, "young");
	reads("O1", "Grimhilde");
	bench_close(&bench);
}

static void test_damaged_keys_are_refused(void)
{
	struct br_path backup = backup_made("damaged"), state, file;
	struct br_fault fault = {.text = ""};
	FILE *stream;

	bench_close(&bench);
	state = state_of("damaged", false, false);
	file = br_path_in(backup.s, "keys/data.mdb");
	stream = fopen(file.s, "r+b");
	REQUIRE(stream != NULL && fseek(stream, 5000, SEEK_SET) == 0);
	REQUIRE(fputc('x', stream) == 'x' && fclose(stream) == 0);
	CHECK_INT(br_restore(backup.s, state.s, STORE, BENCH_NOW_MS, true, NULL, &fault),
		BR_E_CORRUPT);
	CHECK_HAS(fault.text, "keys/data.mdb is not what its manifest says");
	CHECK_INT(entries(&state, "keys"), 0);
	CHECK_INT(entries(&state, "ledger"), 0);
	REQUIRE(unlink(file.s) == 0);
	CHECK_INT(br_restore(backup.s, state.s, STORE, BENCH_NOW_MS, true, NULL, &fault),
		BR_E_NOT_FOUND);
	CHECK_INT(entries(&state, "keys"), 0);
}

/* Only their owner may read what opens everything. */
static void test_the_keys_of_a_backup_are_the_owners(void)
{
	struct br_path backup = backup_made("mode");
	struct stat file;

	REQUIRE(stat(br_path_in(backup.s, "keys/data.mdb").s, &file) == 0);
	CHECK_INT(file.st_mode & 0777, 0600);
	REQUIRE(stat(br_path_in(backup.s, "keys").s, &file) == 0);
	CHECK_INT(file.st_mode & 0777, 0700);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_a_new_disk_gets_the_backups_keys);
	TEST(test_an_erasure_since_the_backup_is_honoured);
	TEST(test_who_came_since_the_backup_has_no_key);
	TEST(test_another_nodes_keys_make_way);
	TEST(test_damaged_keys_are_refused);
	TEST(test_the_keys_of_a_backup_are_the_owners);
	return test_end(argc, argv);
}
