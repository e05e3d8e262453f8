#include "esl/qr.h"

#include <errno.h>
#include <qrencode.h>

/* Returns 0, 1 when the symbol would be too large, or BR_E_MEMORY. */
static int level_try(const char *text, QRecLevel level, unsigned side_max, struct br_qr *qr,
	struct br_fault *fault)
{
	/* Version 0 lets the library choose the smallest; the hint only matters to Kanji. */
	QRcode *code = QRcode_encodeString(text, 0, level, QR_MODE_8, 1);
	int outcome = 0;

	if (code == NULL)
		return errno == ENOMEM ? br_fault_set(fault, BR_E_MEMORY, "no memory for a QR code")
				       : 1;
	br_assert(code->width >= 21);
	if ((unsigned)code->width > side_max || code->width > BR_QR_SIDE_MAX) {
		outcome = 1;
	} else {
		qr->side = (unsigned)code->width;
		for (unsigned i = 0; i < qr->side * qr->side; i++)
			qr->dark[i] = (code->data[i] & 1) != 0;
	}
	QRcode_free(code);
	return outcome;
}

int br_qr_encode(
	struct br_str text, unsigned side_max, struct br_qr *ret_qr, struct br_fault *fault)
{
	char buffer[BR_QR_TEXT_BYTES_MAX + 1];
	int outcome;

	br_assert(ret_qr != NULL);
	if (text.n == 0)
		return br_fault_set(fault, BR_E_INVALID, "an empty text for a QR code");
	if (!br_str_copy(text, buffer, sizeof(buffer)))
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"%zu bytes for a QR code; at most %d are allowed", text.n,
			BR_QR_TEXT_BYTES_MAX);
	outcome = level_try(buffer, QR_ECLEVEL_M, side_max, ret_qr, fault);
	if (outcome == 1)
		outcome = level_try(buffer, QR_ECLEVEL_L, side_max, ret_qr, fault);
	if (outcome != 1)
		return outcome;
	return br_fault_set(fault, BR_E_TOO_LARGE,
		"the QR code of %zu bytes needs more than the %u modules there is room for", text.n,
		side_max);
}
