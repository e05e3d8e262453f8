#include "esl/display.h"

unsigned br_display_planes(const struct br_display *display)
{
	br_assert(display->accent <= BR_ACCENT_YELLOW);
	return display->accent == BR_ACCENT_NONE ? 1 : 2;
}

static bool side_allowed(unsigned side)
{
	return side >= BR_DISPLAY_SIDE_MIN_PX && side <= BR_DISPLAY_SIDE_MAX_PX;
}

int br_display_check(const struct br_display *display, struct br_fault *fault)
{
	if (!side_allowed(display->w) || !side_allowed(display->h))
		return br_fault_set(fault, BR_E_INVALID,
			"a display of %ux%u pixels; a side is %d to %d pixels", display->w,
			display->h, BR_DISPLAY_SIDE_MIN_PX, BR_DISPLAY_SIDE_MAX_PX);
	if (display->w * display->h > BR_DISPLAY_AREA_MAX_PX)
		return br_fault_set(fault, BR_E_INVALID,
			"a display of %ux%u pixels; at most %d pixels in all are allowed",
			display->w, display->h, BR_DISPLAY_AREA_MAX_PX);
	if (display->accent > BR_ACCENT_YELLOW)
		return br_fault_set(fault, BR_E_INVALID, "accent %d; 0, 1 or 2 is allowed",
			(int)display->accent);
	if (display->rotation > 3)
		return br_fault_set(fault, BR_E_INVALID,
			"rotation %u; 0 to 3 quarter turns are allowed", display->rotation);
	br_assert(display->w > 0 && display->h > 0);
	return 0;
}

struct br_display br_display_buffer(const struct br_display *display)
{
	struct br_display buffer = *display;

	br_assert(display->rotation < 4);
	if (display->rotation % 2 == 1) {
		buffer.w = display->h;
		buffer.h = display->w;
	}
	buffer.rotation = 0;
	return buffer;
}

const char *br_colour_text(enum br_colour colour)
{
	static const char *const texts[BR_COLOUR_N] = {"white", "black", "red"};

	br_assert((unsigned)colour < BR_COLOUR_N);
	return texts[colour];
}
