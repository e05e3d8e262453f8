/*
 * PNG (ISO/IEC 15948) of a picture, for people: the dashboard's preview and the simulated access
 * point's files. One or two bits a pixel with the display's own colours as palette.
 */
#pragma once

#include "esl/picture.h"
#include "node/text.h"

/* No PNG of a picture is longer. */
#define BR_PNG_BYTES_MAX (BR_DISPLAY_AREA_MAX_PX / 4 + 16 * 1024)

/* Appends the PNG's bytes. Returns 0, BR_E_TOO_LARGE past the text's limit, or BR_E_MEMORY. */
BR_MUST_CHECK int br_png_write(const struct br_picture *picture, struct br_text *text);
