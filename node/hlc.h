/*
 * Hybrid logical clocks (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks and
 * Consistent Snapshots in Globally Distributed Databases", OPODIS 2014).
 *
 * A stamp is close to the time, and yet whatever could have caused something has the smaller one:
 * also across nodes whose clocks are not quite the same. It is used for comparing what different
 * nodes did, and for nothing else: no rule goes by it, and the journal's sequence alone orders what
 * one store did.
 *
 *	63            16 15        0
 *	┌───────────────┬───────────┐
 *	│ unix ms       │ counter   │
 *	└───────────────┴───────────┘
 *
 * As text it is 16 lower-case hexadecimal digits, whose byte order is the stamps'.
 *
 *	something happens here    the larger of the time now and the last stamp and one
 *	a stamp comes from HQ     the next one here is larger
 *
 * A stamp that is more than BR_HLC_AHEAD_MS ahead of the time here comes from a clock that is
 * wrong: it is not followed, and whoever heard it says so. The same holds for the own last one
 * after the clock was corrected backwards: then stamps begin anew at the time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

#define BR_HLC_AHEAD_MS (INT64_C(5) * 60 * 1000)
#define BR_HLC_TEXT_BYTES 17 /* with the NUL */

/* The smallest stamp of an instant; times outside 0 to BR_TIME_MAX_MS are clamped. */
uint64_t br_hlc_at(int64_t unix_ms);

/* The time in a stamp, unix ms. */
int64_t br_hlc_ms(uint64_t stamp);

/* The stamp of what happens now, after `last`. */
uint64_t br_hlc_tick(uint64_t last, int64_t now_ms);

/* True when a stamp is too far ahead to be followed. */
bool br_hlc_ahead(uint64_t stamp, int64_t now_ms);

/* What the next stamp must be larger than, after `heard` came from another node. */
uint64_t br_hlc_hear(uint64_t last, uint64_t heard, int64_t now_ms);

void br_hlc_format(uint64_t stamp, char ret_text[BR_HLC_TEXT_BYTES]);

/* Reads what br_hlc_format() writes; false for anything else. */
BR_MUST_CHECK bool br_hlc_parse(struct br_str text, uint64_t *ret_stamp);
