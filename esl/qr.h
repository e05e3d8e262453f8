/*
 * A QR code (ISO/IEC 18004): the square of modules for a text, on labels a GS1 Digital Link such as
 * https://shop.example/01/09506000134352. The drawing calls this and paints the modules.
 */
#pragma once

#include "node/error.h"
#include "node/str.h"

/* Version 10: 213 bytes at level M, more than a link on a shelf label can need. */
#define BR_QR_SIDE_MAX 57
#define BR_QR_TEXT_BYTES_MAX 213
/* White modules that must surround the symbol. */
#define BR_QR_QUIET 4

struct br_qr {
	unsigned side; /* modules */
	bool dark[BR_QR_SIDE_MAX * BR_QR_SIDE_MAX];
};

/*
 * The smallest symbol of the text that has at most `side_max` modules: with error correction level
 * M, else with L. Returns 0, BR_E_TOO_LARGE when neither fits, BR_E_INVALID for an empty text, or
 * BR_E_MEMORY.
 */
BR_MUST_CHECK int br_qr_encode(
	struct br_str text, unsigned side_max, struct br_qr *ret_qr, struct br_fault *fault);
