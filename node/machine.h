/*
 * What the machine itself says of its clock, for the timekeeper (timekeeper.h) and for programs
 * that run without the daemon.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/time_record.h"

/* The record's name in the state folder. */
#define BR_TIME_RECORD_NAME "clock"

/* Whether a time server keeps this machine's clock, as the kernel says (adjtimex(2)). */
bool br_machine_synchronised(void *context);

/*
 * Which start of the machine this is: what the service manager says in BACKROOM_BOOT, or else the
 * kernel; lower-case hexadecimal digits, "" when neither says it.
 */
void br_machine_boot(char ret_boot[BR_TIME_BOOT_BYTES]);

/*
 * The time for a program that runs beside or without the daemon, such as a restore: the machine's,
 * but never before what `known_ms` and the record in the state folder say has passed, and never
 * after BR_TIME_LATEST_MS.
 */
int64_t br_machine_time_ms(const char *state_dir, int64_t known_ms);
