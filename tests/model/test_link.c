/* link.pml: clean within its bounds, and each of its mutants is found out. */
#include "tests/lib/test.h"
#include "tests/model/spin.h"

#define STORE_RESTORED "-DRESTORED=STORE -DOWNS=1 -DCOMMANDS=1 "
#define HQ_RESTORED "-DRESTORED=HQ -DOWNS=1 -DCOMMANDS=2 "
#define LOSSES_ONLY "-DRESTORED=NOBODY -DLOSSY -DOWNS=1 -DCOMMANDS=1 "

static void test_a_store_restored_from_a_backup(void)
{
	spin_clean("link", "-DRESTORED=STORE -DOWNS=2 -DCOMMANDS=1 -DCRASHES=1", SPIN_STATES);
}

static void test_a_store_restored_from_a_backup_becomes_quiet(void)
{
	spin_clean("link", "-DRESTORED=STORE -DOWNS=1 -DCOMMANDS=1 -DCRASHES=1", SPIN_CYCLES);
}

static void test_a_store_restored_from_a_backup_becomes_quiet_in_spite_of_losses(void)
{
	spin_clean(
		"link", "-DRESTORED=STORE -DLOSSY -DOWNS=2 -DCOMMANDS=0 -DCRASHES=1", SPIN_CYCLES);
}

static void test_an_hq_restored_from_a_backup(void)
{
	spin_clean("link", "-DRESTORED=HQ -DOWNS=1 -DCOMMANDS=2 -DCRASHES=1", SPIN_STATES);
}

static void test_an_hq_restored_from_a_backup_becomes_quiet(void)
{
	spin_clean("link", "-DRESTORED=HQ -DLOSSY -DOWNS=1 -DCOMMANDS=1 -DCRASHES=1", SPIN_CYCLES);
}

static void test_losses_and_crashes_become_quiet(void)
{
	spin_clean(
		"link", "-DRESTORED=NOBODY -DLOSSY -DOWNS=1 -DCOMMANDS=2 -DCRASHES=1", SPIN_CYCLES);
}

static void test_mutant_ack_before_commit(void)
{
	spin_caught("link", STORE_RESTORED "-DACK_BEFORE_COMMIT");
}

static void test_mutant_the_inbox_skips_its_mark(void)
{
	spin_caught("link", STORE_RESTORED "-DNO_MARK");
}

static void test_mutant_a_restored_store_gives_numbers_again(void)
{
	spin_caught("link", STORE_RESTORED "-DNUMBER_AGAIN");
}

static void test_mutant_a_restored_store_gets_nothing_back(void)
{
	spin_caught("link", STORE_RESTORED "-DNO_RECOVERY");
}

static void test_mutant_what_was_done_again_is_merged_too(void)
{
	spin_caught("link", STORE_RESTORED "-DMERGE_ALL");
}

static void test_mutant_a_restored_hq_keeps_its_epoch(void)
{
	spin_caught("link", HQ_RESTORED "-DHQ_EPOCH_AGAIN");
}

static void test_mutant_nothing_is_sent_again(void)
{
	spin_caught("link", LOSSES_ONLY "-DNO_RESEND");
}

static void test_mutant_a_repeat_is_not_acknowledged(void)
{
	spin_caught("link", LOSSES_ONLY "-DNO_SECOND_ACK");
}

int main(int argc, char **argv)
{
	TEST(test_a_store_restored_from_a_backup);
	TEST(test_a_store_restored_from_a_backup_becomes_quiet);
	TEST(test_a_store_restored_from_a_backup_becomes_quiet_in_spite_of_losses);
	TEST(test_an_hq_restored_from_a_backup);
	TEST(test_an_hq_restored_from_a_backup_becomes_quiet);
	TEST(test_losses_and_crashes_become_quiet);
	TEST(test_mutant_ack_before_commit);
	TEST(test_mutant_the_inbox_skips_its_mark);
	TEST(test_mutant_a_restored_store_gives_numbers_again);
	TEST(test_mutant_a_restored_store_gets_nothing_back);
	TEST(test_mutant_what_was_done_again_is_merged_too);
	TEST(test_mutant_a_restored_hq_keeps_its_epoch);
	TEST(test_mutant_nothing_is_sent_again);
	TEST(test_mutant_a_repeat_is_not_acknowledged);
	return test_end(argc, argv);
}
