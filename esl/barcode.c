#include "esl/barcode.h"

#include <string.h>
#include <zint.h>

/* What one member of the family looks like; places count modules from the first bar. */
struct symbology {
	int zint;
	unsigned digits, modules, quiet_left, quiet_right;
	unsigned outside;   /* digits left of the bars, as many right of them for UPC-A */
	unsigned half;	    /* digits below each half */
	unsigned half_from; /* first module of the first of these */
	unsigned guard;	    /* modules of a tall guard at either end */
};

static const struct symbology ean13 = {BARCODE_EANX, 13, 95, 11, 7, 1, 6, 3, 3};
static const struct symbology upca = {BARCODE_UPCA, 12, 95, 9, 9, 1, 5, 10, 10};
static const struct symbology ean8 = {BARCODE_EANX, 8, 67, 7, 7, 0, 4, 3, 3};

#define DIGIT_MODULES 7
#define CENTRE_MODULES 5

static bool check_digit_right(struct br_str digits)
{
	unsigned sum = 0;

	br_assert(digits.n > 0);
	for (size_t i = 0; i < digits.n; i++)
		sum += (unsigned)(digits.s[i] - '0') * ((digits.n - i) % 2 == 0 ? 3 : 1);
	return sum % 10 == 0;
}

static bool all_digits(struct br_str text)
{
	br_assert(text.n == 0 || text.s != NULL);
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	return text.n > 0;
}

/* The symbology for the number, which loses its leading zeros; NULL when there is none. */
static const struct symbology *symbology_find(struct br_str *gtin)
{
	size_t drop = 0;

	br_assert(gtin->n == 8 || (gtin->n >= 12 && gtin->n <= 14));
	if (gtin->n == 14) {
		if (br_str_starts(*gtin, "000000"))
			drop = 6;
		else if (br_str_starts(*gtin, "00"))
			drop = 2;
		else if (br_str_starts(*gtin, "0"))
			drop = 1;
		else
			return NULL;
	}
	gtin->s += drop;
	gtin->n -= drop;
	return gtin->n == 8 ? &ean8 : gtin->n == 12 ? &upca : &ean13;
}

static void centres_set(const struct symbology *kind, struct br_barcode *barcode)
{
	unsigned right = kind->half_from + kind->half * DIGIT_MODULES + CENTRE_MODULES;
	unsigned n = 0;

	if (kind->outside > 0)
		barcode->centres[n++] = (int16_t)(-11);
	for (unsigned i = 0; i < kind->half; i++)
		barcode->centres[n++] = (int16_t)(2 * (kind->half_from + i * DIGIT_MODULES) + 7);
	for (unsigned i = 0; i < kind->half; i++)
		barcode->centres[n++] = (int16_t)(2 * (right + i * DIGIT_MODULES) + 7);
	if (n < kind->digits)
		barcode->centres[n++] = (int16_t)(2 * kind->modules + 11);
	br_assert(n == kind->digits);
}

static void guards_set(const struct symbology *kind, struct br_barcode *barcode)
{
	unsigned centre = (kind->modules - CENTRE_MODULES) / 2;

	br_assert(kind->modules <= BR_BARCODE_MODULES_MAX);
	for (unsigned i = 0; i < kind->modules; i++)
		barcode->guards[i] = i < kind->guard || i >= kind->modules - kind->guard ||
				     (i >= centre && i < centre + CENTRE_MODULES);
}

/* Runs zint and takes the modules over; its own drawing is not used. */
static int modules_make(const struct symbology *kind, struct br_str gtin,
	struct br_barcode *barcode, struct br_fault *fault)
{
	struct zint_symbol *symbol = ZBarcode_Create();
	int error = 0, result;

	if (symbol == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a barcode");
	symbol->symbology = kind->zint;
	/* Without its check digit, which zint adds: the length alone then says the symbol. */
	result = ZBarcode_Encode(symbol, (const unsigned char *)gtin.s, (int)gtin.n - 1);
	if (result >= ZINT_ERROR || symbol->rows < 1 || symbol->width != (int)kind->modules) {
		error = br_fault_set(fault,
			result == ZINT_ERROR_MEMORY ? BR_E_MEMORY : BR_E_INVALID,
			"no barcode of %.*s: %s", BR_STR_ARG(gtin), symbol->errtxt);
	} else {
		for (unsigned i = 0; i < kind->modules; i++)
			barcode->bars[i] = (symbol->encoded_data[0][i / 8] >> (i % 8) & 1) != 0;
		/* Every member of the family begins and ends with a bar. */
		br_assert(barcode->bars[0] && barcode->bars[kind->modules - 1]);
	}
	ZBarcode_Delete(symbol);
	return error;
}

int br_barcode_encode(struct br_str gtin, struct br_barcode *ret_barcode, struct br_fault *fault)
{
	struct br_barcode barcode = {.n = 0};
	const struct symbology *kind;
	int error;

	if (!all_digits(gtin) || (gtin.n != 8 && (gtin.n < 12 || gtin.n > 14)))
		return br_fault_set(fault, BR_E_INVALID,
			"\"%.*s\" is no GTIN; 8, 12, 13 or 14 digits are allowed",
			BR_STR_ARG(gtin));
	if (!check_digit_right(gtin))
		return br_fault_set(fault, BR_E_INVALID, "the GTIN %.*s has a wrong check digit",
			BR_STR_ARG(gtin));
	kind = symbology_find(&gtin);
	if (kind == NULL)
		return BR_BARCODE_NONE;
	br_assert(gtin.n == kind->digits);
	barcode.n = kind->modules;
	barcode.quiet_left = kind->quiet_left;
	barcode.quiet_right = kind->quiet_right;
	memcpy(barcode.digits, gtin.s, gtin.n);
	centres_set(kind, &barcode);
	guards_set(kind, &barcode);
	error = modules_make(kind, gtin, &barcode, fault);
	if (error < 0)
		return error;
	*ret_barcode = barcode;
	return 0;
}
