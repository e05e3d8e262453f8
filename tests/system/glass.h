/*
 * What a label shows against what it should show: two PNG files compared pixel by pixel, whatever
 * their encoding and palette. Reads what the product and the simulated access points write, palette
 * pictures of 1, 2, 4 or 8 bits without filters and interlace, by an own small reader.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/str.h"

enum glass_colour { GLASS_WHITE, GLASS_BLACK, GLASS_ACCENT };

struct glass {
	unsigned w, h;
	uint8_t *pixels; /* w * h of enum glass_colour; owned */
};

/* False with a printed sentence when the bytes are no such picture. */
BR_MUST_CHECK bool glass_read(struct br_str png, struct glass *ret_glass);
void glass_finish(struct glass *glass);

/* How many pixels differ; all of them when the sizes do. */
unsigned glass_differ(const struct glass *a, const struct glass *b);
