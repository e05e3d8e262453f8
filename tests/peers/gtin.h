/*
 * GTINs as the peers make and check them (GS1 General Specifications, section 7.9: check digit
 * modulo 10 with weights 3 and 1 from the right).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

#define PEER_GTIN13_BYTES 14 /* 13 digits and the NUL */

/*
 * Writes the restricted GTIN-13 (prefix 20: numbers of a store's own) for number < 10^10:
 * "20", ten digits, check digit. Number 1 gives 2000000000015.
 */
void peer_gtin_restricted(uint64_t number, char ret_gtin[PEER_GTIN13_BYTES]);

/* True for 8, 12, 13 or 14 digits with the right check digit. */
bool peer_gtin_valid(struct br_str gtin);
