/*
 * A display: what the glass of one hardware type can show.
 *
 * Access points report their displays at run time; the delivery makes one of these from the report
 * and hands it to the drawing and to the encodings. The size is the size as the shopper sees it;
 * `rotation` says how the controller's memory lies behind the glass, which only the encodings use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"

#define BR_DISPLAY_SIDE_MIN_PX 16
#define BR_DISPLAY_SIDE_MAX_PX 1600
#define BR_DISPLAY_AREA_MAX_PX (1600 * 1200)

/* The colours a picture is made of; the numbers are the palette's codes on the wire. */
enum br_colour { BR_COLOUR_WHITE, BR_COLOUR_BLACK, BR_COLOUR_RED };
#define BR_COLOUR_N 3

/* The pigment that stands for BR_COLOUR_RED: the glass of some three-colour labels is yellow. */
enum br_accent { BR_ACCENT_NONE, BR_ACCENT_RED, BR_ACCENT_YELLOW };

struct br_display {
	uint16_t w, h;	       /* pixels as seen */
	enum br_accent accent; /* none: one plane of black; else a second plane */
	/* Clockwise quarter turns of the controller's memory, 0–3; odd ones swap its sides. */
	uint8_t rotation;
};

/* The number of 1-bit planes: 1, or 2 with an accent colour. */
unsigned br_display_planes(const struct br_display *display);

/* 0, or BR_E_INVALID with the fault naming the value that is out of range. */
BR_MUST_CHECK int br_display_check(const struct br_display *display, struct br_fault *fault);

/* The display's memory as if it were a display: sides swapped for odd rotations, none of its own.
 */
struct br_display br_display_buffer(const struct br_display *display);

/* "white", "black" or "red": the names that templates use. */
const char *br_colour_text(enum br_colour colour);
