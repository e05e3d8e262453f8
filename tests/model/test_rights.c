/* rights.pml: clean within its bounds, and each of its mutants is found out. */
#include "tests/lib/test.h"
#include "tests/model/spin.h"

/* Mutants break what customers are promised, not only the books. */
#define MUTANT(WORD) "-DPROMISES_ONLY -DEVENTS=2 -D" WORD

static void test_no_unit_is_promised_twice(void)
{
	spin_clean("rights", "-DEVENTS=3 -DRECALLS=1", SPIN_STATES);
}

static void test_no_unit_is_promised_twice_with_more_recalls(void)
{
	spin_clean("rights", "-DEVENTS=3 -DRECALLS=2 -DCRASHES=0", SPIN_STATES);
}

static void test_rights_become_quiet(void)
{
	spin_clean("rights", "-DEVENTS=2 -DRECALLS=2", SPIN_CYCLES);
}

static void test_mutant_rights_come_back_by_a_timer(void)
{
	spin_caught("rights", MUTANT("TIMER"));
}

static void test_mutant_rights_are_taken_back_without_a_handshake(void)
{
	spin_caught("rights", MUTANT("NO_HANDSHAKE"));
}

static void test_mutant_hq_agrees_and_keeps_the_right(void)
{
	spin_caught("rights", MUTANT("HQ_KEEPS"));
}

static void test_mutant_rights_are_granted_of_what_is_promised(void)
{
	spin_caught("rights", MUTANT("GRANT_UNLOOKED"));
}

static void test_mutant_a_restored_store_grants_at_once(void)
{
	spin_caught("rights", MUTANT("GRANT_EARLY"));
}

static void test_mutant_a_restored_store_takes_orders_at_once(void)
{
	spin_caught("rights", MUTANT("COMMANDS_EARLY"));
}

static void test_mutant_a_restored_store_withdraws_its_grants(void)
{
	spin_caught("rights", MUTANT("WITHDRAW_GRANT"));
}

static void test_mutant_hq_sends_orders_before_its_commit(void)
{
	spin_caught("rights", MUTANT("SEND_BEFORE_COMMIT"));
}

static void test_mutant_a_command_that_comes_twice_counts_twice(void)
{
	spin_caught("rights", MUTANT("NO_MARK"));
}

int main(int argc, char **argv)
{
	TEST(test_no_unit_is_promised_twice);
	TEST(test_no_unit_is_promised_twice_with_more_recalls);
	TEST(test_rights_become_quiet);
	TEST(test_mutant_rights_come_back_by_a_timer);
	TEST(test_mutant_rights_are_taken_back_without_a_handshake);
	TEST(test_mutant_hq_agrees_and_keeps_the_right);
	TEST(test_mutant_rights_are_granted_of_what_is_promised);
	TEST(test_mutant_a_restored_store_grants_at_once);
	TEST(test_mutant_a_restored_store_takes_orders_at_once);
	TEST(test_mutant_a_restored_store_withdraws_its_grants);
	TEST(test_mutant_hq_sends_orders_before_its_commit);
	TEST(test_mutant_a_command_that_comes_twice_counts_twice);
	return test_end(argc, argv);
}
