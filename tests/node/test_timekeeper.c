#include "node/timekeeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/machine.h"
#include "tests/lib/test.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
/* 2026-03-01T10:10:00Z, and a day long before on which the program was built. */
#define NOW_MS INT64_C(1772359800000)
#define BUILT_MS (NOW_MS - 100 * DAY_MS)

/* A machine whose clocks the test sets. */
struct machine {
	struct br_clock clock;
	int64_t wall_ms, boot_ms;
	bool synchronised;
	char path[512];
	const char *boot;
	struct br_timekeeper *keeper;
	uint64_t journal_at;
	int64_t journal_ms;
};

static int64_t machine_wall(void *context)
{
	return ((const struct machine *)context)->wall_ms;
}

static int64_t machine_boot(void *context)
{
	return ((const struct machine *)context)->boot_ms;
}

static bool machine_synchronised(void *context)
{
	return ((const struct machine *)context)->synchronised;
}

static void machine_init(struct machine *machine, const char *name)
{
	*machine = (struct machine){
		.clock = {machine_wall, machine_boot, machine},
		.wall_ms = NOW_MS,
		.boot_ms = 1000,
		.boot = "aa",
	};
	(void)snprintf(machine->path, sizeof(machine->path), "%s/%s", test_folder(), name);
}

static void keeper_start(struct machine *machine)
{
	struct br_timekeeper_options options = {
		.machine = &machine->clock,
		.synchronised = machine_synchronised,
		.context = machine,
		.path = machine->path,
		.boot = machine->boot,
		.built_ms = BUILT_MS,
		.journal_ms = machine->journal_ms,
		.journal_at = machine->journal_at,
	};

	REQUIRE(br_timekeeper_create(&options, &machine->keeper) == 0);
}

static void keeper_stop(struct machine *machine)
{
	br_timekeeper_destroy(machine->keeper);
	machine->keeper = NULL;
}

/* The power is gone for a while: the clock says `wall_ms` then, and the BOOTTIME begins anew. */
static void power_cut(struct machine *machine, int64_t wall_ms)
{
	machine->boot = strcmp(machine->boot, "aa") == 0 ? "bb" : "aa";
	machine->boot_ms = 500;
	machine->wall_ms = wall_ms;
	machine->synchronised = false;
}

static int64_t now_of(struct machine *machine)
{
	const struct br_clock *clock = br_timekeeper_clock(machine->keeper);

	return clock->wall_ms(clock->context);
}

static void pass(struct machine *machine, int64_t ms)
{
	machine->wall_ms += ms;
	machine->boot_ms += ms;
}

static void tick(struct machine *machine)
{
	struct br_fault fault;

	REQUIRE(br_timekeeper_tick(machine->keeper, machine->journal_at, &fault) == 0);
}

static struct br_time_state state_of(struct machine *machine)
{
	struct br_time_state state;

	br_timekeeper_state(machine->keeper, &state);
	return state;
}

/* Condition and source in words, such as "behind kept". */
static const char *says(struct machine *machine)
{
	static char text[32];
	struct br_time_state state = state_of(machine);

	(void)snprintf(text, sizeof(text), "%s %s", br_time_condition_words[state.condition],
		br_time_source_words[state.source]);
	return text;
}

static bool disputed(struct machine *machine)
{
	struct br_time_state state = state_of(machine);

	return br_time_disputed(&state);
}

static void test_a_clock_that_nothing_speaks_against_is_followed(void)
{
	struct machine machine;

	machine_init(&machine, "followed");
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "good machine");
	CHECK_INT(now_of(&machine), NOW_MS);
	pass(&machine, 30 * DAY_MS);
	CHECK_INT(now_of(&machine), NOW_MS + 30 * DAY_MS);
	machine.synchronised = true;
	tick(&machine);
	CHECK_TEXT(says(&machine), "good server");
	CHECK_INT(br_timekeeper_clock(machine.keeper)
			  ->boot_ms(br_timekeeper_clock(machine.keeper)->context),
		machine.boot_ms);
	keeper_stop(&machine);
}

static void test_a_dead_battery_goes_on_from_the_last_time_known(void)
{
	struct machine machine;

	machine_init(&machine, "battery");
	keeper_start(&machine);
	pass(&machine, HOUR_MS);
	tick(&machine);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "behind kept");
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS);
	CHECK_INT(state_of(&machine).since_ms, NOW_MS + HOUR_MS);
	CHECK_INT(state_of(&machine).apart_ms, 5000 - NOW_MS - HOUR_MS);
	pass(&machine, 10 * MINUTE_MS);
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + 10 * MINUTE_MS);
	/* Another cut before anybody has set it. */
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + 10 * MINUTE_MS);
	/* A time server comes back. */
	machine.wall_ms = NOW_MS + 3 * DAY_MS;
	machine.synchronised = true;
	tick(&machine);
	CHECK_TEXT(says(&machine), "good server");
	CHECK_INT(now_of(&machine), NOW_MS + 3 * DAY_MS);
	keeper_stop(&machine);
}

static void test_somebody_may_set_the_clock_of_a_machine_that_was_off(void)
{
	struct machine machine;

	machine_init(&machine, "by-hand");
	keeper_start(&machine);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	/* Too early still, then too late to be true, then right. */
	machine.wall_ms = NOW_MS - 6 * MINUTE_MS;
	CHECK_TEXT(says(&machine), "behind kept");
	machine.wall_ms = NOW_MS + BR_TIME_OFF_MS + 6 * MINUTE_MS;
	CHECK_TEXT(says(&machine), "ahead kept");
	machine.wall_ms = NOW_MS + 2 * DAY_MS;
	CHECK_TEXT(says(&machine), "good machine");
	CHECK_INT(now_of(&machine), NOW_MS + 2 * DAY_MS);
	/* From now on it is known how long the machine runs. */
	machine.wall_ms += DAY_MS;
	CHECK_TEXT(says(&machine), "ahead kept");
	keeper_stop(&machine);
}

static void test_a_jump_while_the_store_is_open_does_not_get_through(void)
{
	static const int64_t jumps_ms[] = {-NOW_MS + 1, -DAY_MS, -6 * MINUTE_MS, 6 * MINUTE_MS,
		HOUR_MS, 365 * DAY_MS, INT64_C(200) * 365 * DAY_MS};

	for (size_t i = 0; i < BR_ARRAY_LEN(jumps_ms); i++) {
		struct machine machine;

		machine_init(&machine, "jump");
		keeper_start(&machine);
		pass(&machine, HOUR_MS);
		CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS);
		machine.wall_ms += jumps_ms[i];
		CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS);
		CHECK_TEXT(says(&machine), jumps_ms[i] < 0 ? "behind kept" : "ahead kept");
		pass(&machine, MINUTE_MS);
		CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + MINUTE_MS);
		/* Who ends the daemon and starts it again changes nothing. */
		keeper_stop(&machine);
		pass(&machine, MINUTE_MS);
		keeper_start(&machine);
		CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + 2 * MINUTE_MS);
		CHECK_TEXT(says(&machine), jumps_ms[i] < 0 ? "behind kept" : "ahead kept");
		/* Set right again, it is believed by itself. */
		machine.wall_ms = NOW_MS + HOUR_MS + 2 * MINUTE_MS + 1000;
		CHECK_TEXT(says(&machine), "good machine");
		CHECK_INT(now_of(&machine), machine.wall_ms);
		keeper_stop(&machine);
		(void)unlink(machine.path);
	}
}

static void test_small_steps_cannot_add_up(void)
{
	struct machine machine;

	machine_init(&machine, "steps");
	keeper_start(&machine);
	for (int i = 0; i < 100; i++) {
		machine.wall_ms += 10000;
		pass(&machine, 1000);
		(void)now_of(&machine);
	}
	CHECK(now_of(&machine) <= NOW_MS + 100 * 1000 + BR_TIME_APART_MS);
	CHECK_TEXT(says(&machine), "ahead kept");
	keeper_stop(&machine);
}

static void test_time_stands_still_rather_than_go_back_a_little(void)
{
	struct machine machine;

	machine_init(&machine, "stand");
	keeper_start(&machine);
	machine.wall_ms -= 4 * MINUTE_MS;
	CHECK_INT(now_of(&machine), NOW_MS);
	pass(&machine, 3 * MINUTE_MS);
	CHECK_INT(now_of(&machine), NOW_MS);
	CHECK_TEXT(says(&machine), "good machine");
	pass(&machine, 2 * MINUTE_MS);
	CHECK_INT(now_of(&machine), NOW_MS + MINUTE_MS);
	keeper_stop(&machine);
}

static void test_only_a_time_server_sets_it_back_by_much(void)
{
	struct machine machine;

	machine_init(&machine, "back");
	keeper_start(&machine);
	machine.wall_ms -= HOUR_MS;
	CHECK_INT(now_of(&machine), NOW_MS);
	machine.synchronised = true;
	CHECK_INT(now_of(&machine), NOW_MS - HOUR_MS);
	CHECK_TEXT(says(&machine), "good server");
	/* It is what is kept from now on, over a cut, though the journal knows of a later time. */
	machine.journal_at = 7;
	tick(&machine);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	machine.journal_ms = NOW_MS;
	keeper_start(&machine);
	CHECK_INT(now_of(&machine), NOW_MS - HOUR_MS);
	keeper_stop(&machine);
}

static void test_hq_is_the_second_witness(void)
{
	struct machine machine;

	machine_init(&machine, "witness");
	keeper_start(&machine);
	/* It agrees with the clock that jumped: the time before was wrong. */
	machine.wall_ms -= HOUR_MS;
	CHECK_TEXT(says(&machine), "behind kept");
	br_timekeeper_heard(machine.keeper, machine.wall_ms + 1000, 200);
	CHECK_TEXT(says(&machine), "good machine");
	CHECK_INT(now_of(&machine), NOW_MS - HOUR_MS);
	CHECK_INT(state_of(&machine).hq_apart_ms, 1100);
	/* It agrees with the time that is kept: that goes on. */
	machine.wall_ms += HOUR_MS;
	br_timekeeper_heard(machine.keeper, NOW_MS - HOUR_MS + 1000, 200);
	CHECK_TEXT(says(&machine), "ahead kept");
	CHECK_INT(now_of(&machine), NOW_MS - HOUR_MS);
	/* It agrees with neither: nothing moves, and it is said. */
	br_timekeeper_heard(machine.keeper, NOW_MS + DAY_MS, 200);
	CHECK_INT(now_of(&machine), NOW_MS - HOUR_MS);
	CHECK_INT(state_of(&machine).hq_apart_ms, DAY_MS + HOUR_MS + 100);
	keeper_stop(&machine);
}

static void test_hq_tells_a_machine_that_was_off_the_time(void)
{
	struct machine machine;

	machine_init(&machine, "tells");
	keeper_start(&machine);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	/* Before what has passed for certain, or after nobody knows how long on the way. */
	br_timekeeper_heard(machine.keeper, NOW_MS - HOUR_MS, 200);
	CHECK_TEXT(says(&machine), "behind kept");
	br_timekeeper_heard(machine.keeper, NOW_MS + HOUR_MS, BR_TIME_APART_MS + 1);
	CHECK_TEXT(says(&machine), "behind kept");
	CHECK_INT(now_of(&machine), NOW_MS);
	br_timekeeper_heard(machine.keeper, NOW_MS + HOUR_MS, 200);
	CHECK_TEXT(says(&machine), "behind hq");
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + 100);
	/* That is believed once: what HQ says later does not move the time any more. */
	br_timekeeper_heard(machine.keeper, NOW_MS + 2 * HOUR_MS, 200);
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + 100);
	CHECK(disputed(&machine));
	/* It stays HQ's time when the daemon ends, and is what was last known after another cut. */
	keeper_stop(&machine);
	pass(&machine, MINUTE_MS);
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "behind hq");
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS + MINUTE_MS + 100);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "behind kept");
	machine.wall_ms = NOW_MS + HOUR_MS;
	CHECK_TEXT(says(&machine), "good machine");
	keeper_stop(&machine);
}

static void test_what_hq_is_measured_by_may_move(void)
{
	struct machine machine;

	machine_init(&machine, "measured");
	keeper_start(&machine);
	CHECK(!disputed(&machine));
	br_timekeeper_heard(machine.keeper, NOW_MS + 6 * MINUTE_MS, 0);
	CHECK(disputed(&machine));
	pass(&machine, HOUR_MS);
	CHECK_INT(state_of(&machine).hq_apart_ms, 6 * MINUTE_MS);
	/* A time server sets the machine's clock, by less than makes it doubtful. */
	machine.wall_ms += 4 * MINUTE_MS;
	machine.synchronised = true;
	tick(&machine);
	CHECK_INT(state_of(&machine).hq_apart_ms, 2 * MINUTE_MS);
	CHECK(!disputed(&machine));
	keeper_stop(&machine);
}

static void test_nobody_follows_a_clock_past_the_last_time(void)
{
	struct machine machine;

	machine_init(&machine, "last");
	keeper_start(&machine);
	machine.wall_ms = BR_TIME_LATEST_MS + MINUTE_MS;
	br_timekeeper_heard(machine.keeper, BR_TIME_LATEST_MS - MINUTE_MS, 0);
	CHECK_TEXT(says(&machine), "ahead kept");
	CHECK_INT(now_of(&machine), NOW_MS);
	keeper_stop(&machine);
}

static void test_nothing_is_so_since_a_time_to_come(void)
{
	struct machine machine;

	machine_init(&machine, "since");
	machine.synchronised = true;
	keeper_start(&machine);
	CHECK_INT(state_of(&machine).since_ms, NOW_MS);
	machine.wall_ms -= DAY_MS;
	tick(&machine);
	CHECK_TEXT(says(&machine), "good server");
	CHECK_INT(state_of(&machine).since_ms, NOW_MS - DAY_MS);
	keeper_stop(&machine);
}

static void test_a_person_vouches_for_the_time_that_is_kept(void)
{
	struct machine machine;

	machine_init(&machine, "vouched");
	keeper_start(&machine);
	keeper_stop(&machine);
	power_cut(&machine, 5000);
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "behind kept");
	br_timekeeper_vouched(machine.keeper, NOW_MS);
	CHECK_TEXT(says(&machine), "behind person");
	CHECK_INT(now_of(&machine), NOW_MS);
	/* So the machine's clock may be anywhere: it is known how long the machine runs. */
	machine.wall_ms = NOW_MS + DAY_MS;
	CHECK_TEXT(says(&machine), "ahead person");
	pass(&machine, HOUR_MS);
	tick(&machine);
	keeper_stop(&machine);
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "ahead person");
	CHECK_INT(now_of(&machine), NOW_MS + HOUR_MS);
	/* HQ agrees with the machine's clock: two against one. */
	br_timekeeper_heard(machine.keeper, machine.wall_ms, 0);
	CHECK_TEXT(says(&machine), "good machine");
	CHECK_INT(now_of(&machine), NOW_MS + DAY_MS + HOUR_MS);
	keeper_stop(&machine);
}

static void test_a_person_vouches_for_the_machines_clock(void)
{
	static const int64_t jumps_ms[] = {-DAY_MS, -HOUR_MS, HOUR_MS, 300 * DAY_MS};

	for (size_t i = 0; i < BR_ARRAY_LEN(jumps_ms); i++) {
		struct machine machine;

		machine_init(&machine, "machine");
		keeper_start(&machine);
		machine.wall_ms += jumps_ms[i];
		CHECK_INT(now_of(&machine), NOW_MS);
		/* As exact as somebody reads it off a watch. */
		br_timekeeper_vouched(machine.keeper, machine.wall_ms + 3 * MINUTE_MS);
		CHECK_TEXT(says(&machine), "good machine");
		CHECK_INT(now_of(&machine), NOW_MS + jumps_ms[i]);
		keeper_stop(&machine);
		keeper_start(&machine);
		CHECK_TEXT(says(&machine), "good machine");
		keeper_stop(&machine);
		(void)unlink(machine.path);
	}
}

static void test_a_person_says_another_time(void)
{
	struct machine machine;

	machine_init(&machine, "another");
	keeper_start(&machine);
	/* The machine's clock is a month ahead, which nobody noticed at the start. */
	CHECK_TEXT(says(&machine), "good machine");
	br_timekeeper_vouched(machine.keeper, NOW_MS - 30 * DAY_MS);
	CHECK_TEXT(says(&machine), "ahead person");
	CHECK_INT(now_of(&machine), NOW_MS - 30 * DAY_MS);
	CHECK_INT(state_of(&machine).since_ms, NOW_MS - 30 * DAY_MS);
	pass(&machine, HOUR_MS);
	CHECK_INT(now_of(&machine), NOW_MS - 30 * DAY_MS + HOUR_MS);
	/* Somebody sets it. */
	machine.wall_ms -= 30 * DAY_MS;
	CHECK_TEXT(says(&machine), "good machine");
	br_timekeeper_vouched(machine.keeper, machine.wall_ms + 300 * DAY_MS);
	CHECK_TEXT(says(&machine), "behind person");
	CHECK_INT(now_of(&machine), machine.wall_ms + 300 * DAY_MS);
	keeper_stop(&machine);
}

static void test_what_nobody_can_vouch_for(void)
{
	static const int64_t times_ms[] = {0, BUILT_MS - 1, BR_TIME_LATEST_MS + 1, INT64_MAX};
	struct machine machine;

	machine_init(&machine, "nobody");
	keeper_start(&machine);
	CHECK_INT(state_of(&machine).earliest_ms, BUILT_MS);
	for (size_t i = 0; i < BR_ARRAY_LEN(times_ms); i++) {
		br_timekeeper_vouched(machine.keeper, times_ms[i]);
		CHECK_TEXT(says(&machine), "good machine");
		CHECK_INT(now_of(&machine), NOW_MS);
	}
	br_timekeeper_vouched(machine.keeper, BR_TIME_LATEST_MS);
	CHECK_INT(now_of(&machine), BR_TIME_LATEST_MS);
	CHECK_TEXT(says(&machine), "behind person");
	/* A time server is right whatever anybody says. */
	machine.synchronised = true;
	tick(&machine);
	CHECK_INT(now_of(&machine), NOW_MS);
	br_timekeeper_vouched(machine.keeper, NOW_MS - DAY_MS);
	CHECK_TEXT(says(&machine), "good server");
	CHECK_INT(now_of(&machine), NOW_MS);
	keeper_stop(&machine);
}

static void test_a_dispute_with_hq_is_said_and_nothing_moves(void)
{
	struct machine machine;

	machine_init(&machine, "dispute");
	keeper_start(&machine);
	br_timekeeper_heard(machine.keeper, NOW_MS + 4 * MINUTE_MS, 0);
	CHECK(!disputed(&machine));
	br_timekeeper_heard(machine.keeper, NOW_MS - 20 * MINUTE_MS, 0);
	CHECK(disputed(&machine));
	CHECK_INT(state_of(&machine).hq_apart_ms, -20 * MINUTE_MS);
	CHECK_INT(now_of(&machine), NOW_MS);
	CHECK_TEXT(says(&machine), "good machine");
	keeper_stop(&machine);
}

static void test_without_a_record_the_journal_knows(void)
{
	struct machine machine;

	machine_init(&machine, "journal");
	machine.wall_ms = 5000;
	keeper_start(&machine);
	CHECK_INT(now_of(&machine), BUILT_MS);
	CHECK_TEXT(says(&machine), "behind kept");
	/* Nothing is known but the day of the build: any time behind it may be true. */
	machine.wall_ms = NOW_MS + 1000 * DAY_MS;
	CHECK_TEXT(says(&machine), "good machine");
	keeper_stop(&machine);
	(void)unlink(machine.path);
	power_cut(&machine, 5000);
	machine.journal_at = 12;
	machine.journal_ms = NOW_MS;
	keeper_start(&machine);
	CHECK_INT(now_of(&machine), NOW_MS);
	machine.wall_ms = NOW_MS + 1000 * DAY_MS;
	CHECK_TEXT(says(&machine), "ahead kept");
	keeper_stop(&machine);
	/* A machine that died before its minute was over: the journal is ahead of the record. */
	power_cut(&machine, 5000);
	machine.journal_at = 13;
	machine.journal_ms = NOW_MS + DAY_MS;
	keeper_start(&machine);
	CHECK_INT(now_of(&machine), NOW_MS + DAY_MS);
	keeper_stop(&machine);
}

static void test_a_damaged_record_is_none(void)
{
	static const char *const bad[] = {"", "\n", "backroom-clock 2 ",
		"backroom-clock 2 1772359800000 1000 0 0 3 aa 00000000\n",
		"backroom-clock 3 1772359800000 1000 0 0 3 aa 00000000\n"};
	struct br_time_record record = {NOW_MS, 1000, 42, true, BR_TIME_PERSON, "0a-9"};
	struct br_time_record back = {.open = false};
	char line[BR_TIME_RECORD_BYTES];
	size_t n = br_time_record_write(&record, line);
	struct machine machine;

	CHECK_INT(line[n - 1], '\n');
	CHECK_INT(br_time_record_read((struct br_str){line, n}, &back), 0);
	CHECK_INT(back.time_ms, NOW_MS);
	CHECK_INT(back.boot_ms, 1000);
	CHECK_INT(back.journal_at, 42);
	CHECK(back.open);
	CHECK_INT(back.by, BR_TIME_PERSON);
	CHECK_TEXT(back.boot, "0a-9");
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++)
		CHECK_INT(br_time_record_read(br_str_from(bad[i]), &back), BR_E_CORRUPT);
	/* Every byte counts. */
	for (size_t i = 0; i < n; i++) {
		line[i] ^= 1;
		CHECK_INT(br_time_record_read((struct br_str){line, n}, &back), BR_E_CORRUPT);
		line[i] ^= 1;
		CHECK_INT(br_time_record_read((struct br_str){line, i}, &back), BR_E_CORRUPT);
	}
	machine_init(&machine, "damaged");
	(void)test_file_write(NULL, "damaged", "backroom-clock 2 nonsense\n");
	keeper_start(&machine);
	CHECK_TEXT(says(&machine), "good machine");
	keeper_stop(&machine);
	CHECK_INT(br_time_record_load(machine.path, &back), 0);
	CHECK_INT(back.time_ms, NOW_MS);
}

static void test_the_record_is_kept_once_a_minute(void)
{
	struct br_time_record record;
	struct machine machine;

	machine_init(&machine, "minute");
	keeper_start(&machine);
	tick(&machine);
	REQUIRE(br_time_record_load(machine.path, &record) == 0);
	CHECK_INT(record.time_ms, NOW_MS);
	pass(&machine, MINUTE_MS - 1);
	machine.journal_at = 9;
	tick(&machine);
	REQUIRE(br_time_record_load(machine.path, &record) == 0);
	CHECK_INT(record.time_ms, NOW_MS);
	pass(&machine, 1);
	tick(&machine);
	REQUIRE(br_time_record_load(machine.path, &record) == 0);
	CHECK_INT(record.time_ms, NOW_MS + MINUTE_MS);
	CHECK_INT(record.journal_at, 9);
	CHECK(!record.open);
	/* A correction does not wait. */
	machine.wall_ms += DAY_MS;
	machine.synchronised = true;
	tick(&machine);
	REQUIRE(br_time_record_load(machine.path, &record) == 0);
	CHECK_INT(record.time_ms, NOW_MS + MINUTE_MS + DAY_MS);
	keeper_stop(&machine);
}

static void test_a_record_that_cannot_be_written_is_told(void)
{
	struct br_fault fault = {""};
	struct machine machine;

	machine_init(&machine, "no/such/folder");
	keeper_start(&machine);
	CHECK(br_timekeeper_tick(machine.keeper, 0, &fault) < 0);
	CHECK_HAS(fault.text, "no/such/folder");
	CHECK_INT(now_of(&machine), NOW_MS);
	keeper_stop(&machine);
}

/*
 * Whatever the clock, the power and HQ do: the time given never goes back by more than it stands
 * still for unless a server or HQ said so, and never leaves the truth while the machine runs.
 */
static void test_random_jumps(void)
{
	struct machine machine;
	int64_t truth_ms = NOW_MS, given_ms = 0;
	bool off = false, forward = true, near = true;

	machine_init(&machine, "random");
	keeper_start(&machine);
	for (int i = 0; i < 3000; i++) {
		unsigned what = (unsigned)(test_random() % 10);
		int64_t step_ms = (int64_t)(test_random() % (uint64_t)HOUR_MS), now_ms;

		truth_ms += step_ms;
		pass(&machine, step_ms);
		/* After a cut any time of the next months might be the right one. */
		if (what == 0 && !off)
			machine.wall_ms = (int64_t)(test_random() % (uint64_t)(2 * NOW_MS));
		if (what == 1) {
			machine.wall_ms = truth_ms;
			off = false;
		}
		if (what == 2 || what == 3) {
			keeper_stop(&machine);
			if (what == 3)
				power_cut(&machine, 5000);
			off |= what == 3;
			keeper_start(&machine);
		}
		now_ms = now_of(&machine);
		forward &= now_ms >= given_ms;
		/* The cuts take no time here, so nothing is lost either. */
		near &= now_ms <= truth_ms + 2 * BR_TIME_APART_MS &&
			now_ms >= truth_ms - 2 * BR_TIME_APART_MS;
		given_ms = now_ms;
		tick(&machine);
	}
	CHECK(forward);
	CHECK(near);
	keeper_stop(&machine);
}

static void test_what_this_machine_says(void)
{
	char boot[BR_TIME_BOOT_BYTES] = "", again[BR_TIME_BOOT_BYTES] = "";
	struct br_time_record record = {.boot_ms = 1};
	struct br_fault fault;
	char path[512];

	(void)br_machine_synchronised(NULL);
	br_machine_boot(boot);
	br_machine_boot(again);
	CHECK_TEXT(boot, again);
	CHECK_INT(setenv("BACKROOM_BOOT", "0a1b-2c", 1), 0);
	br_machine_boot(boot);
	CHECK_TEXT(boot, "0a1b2c");
	CHECK_INT(setenv("BACKROOM_BOOT", "not one", 1), 0);
	br_machine_boot(boot);
	CHECK_TEXT(boot, again);
	CHECK_INT(unsetenv("BACKROOM_BOOT"), 0);
	/* The machine's time, unless something is known to have passed. */
	CHECK(br_machine_time_ms(test_folder(), 0) >
		br_clock_system.wall_ms(br_clock_system.context) - 1000);
	CHECK_INT(br_machine_time_ms(test_folder(), BR_TIME_LATEST_MS - 1), BR_TIME_LATEST_MS - 1);
	CHECK_INT(br_machine_time_ms(test_folder(), BR_TIME_MAX_MS), BR_TIME_LATEST_MS);
	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), BR_TIME_RECORD_NAME);
	record.time_ms = BR_TIME_LATEST_MS - 5000;
	CHECK_INT(br_time_record_keep(path, &record, &fault), 0);
	CHECK_INT(br_machine_time_ms(test_folder(), 0), BR_TIME_LATEST_MS - 5000);
	/* Of this very start of the machine: it has gone on since. */
	(void)snprintf(record.boot, sizeof(record.boot), "%s", again);
	CHECK_INT(br_time_record_keep(path, &record, &fault), 0);
	CHECK_INT(br_machine_time_ms(test_folder(), 0),
		again[0] != '\0' ? BR_TIME_LATEST_MS : BR_TIME_LATEST_MS - 5000);
	(void)unlink(path);
}

int main(int argc, char **argv)
{
	TEST(test_a_clock_that_nothing_speaks_against_is_followed);
	TEST(test_a_dead_battery_goes_on_from_the_last_time_known);
	TEST(test_somebody_may_set_the_clock_of_a_machine_that_was_off);
	TEST(test_a_jump_while_the_store_is_open_does_not_get_through);
	TEST(test_small_steps_cannot_add_up);
	TEST(test_time_stands_still_rather_than_go_back_a_little);
	TEST(test_only_a_time_server_sets_it_back_by_much);
	TEST(test_hq_is_the_second_witness);
	TEST(test_hq_tells_a_machine_that_was_off_the_time);
	TEST(test_a_dispute_with_hq_is_said_and_nothing_moves);
	TEST(test_what_hq_is_measured_by_may_move);
	TEST(test_nobody_follows_a_clock_past_the_last_time);
	TEST(test_nothing_is_so_since_a_time_to_come);
	TEST(test_a_person_vouches_for_the_time_that_is_kept);
	TEST(test_a_person_vouches_for_the_machines_clock);
	TEST(test_a_person_says_another_time);
	TEST(test_what_nobody_can_vouch_for);
	TEST(test_without_a_record_the_journal_knows);
	TEST(test_a_damaged_record_is_none);
	TEST(test_the_record_is_kept_once_a_minute);
	TEST(test_a_record_that_cannot_be_written_is_told);
	TEST(test_random_jumps);
	TEST(test_what_this_machine_says);
	return test_end(argc, argv);
}
