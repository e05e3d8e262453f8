/*
 * The format: how the store writes numbers, money and dates.
 *
 * It is read from the fields, since it is the store's and not the template's:
 *	decimal_mark    "." unless given, at most 4 bytes
 *	group_mark      "," unless given, between groups of three digits; a blank is allowed
 *	digit_zero      the zero of the script's digits, such as "۰"; the other nine follow it
 *	currency_place  "before" or "after" the number; by the currency unless given
 *	date_form       "d.m.y" unless given, or "d/m/y", "m/d/y", "y-m-d"
 *
 * Money is never rounded: a price that is no whole number of the currency's smallest coin shows the
 * decimals it has, because a label must not promise less than the till takes.
 */
#pragma once

#include "esl/fields.h"
#include "node/text.h"

#define BR_FORMAT_MARK_BYTES_MAX 4
#define BR_MONEY_BYTES_MAX 160

struct br_format {
	struct br_str decimal_mark, group_mark;
	struct br_str zero; /* one character whose last byte may grow by nine */
	bool place_given, before;
	char date_order[3]; /* of 'd', 'm', 'y' */
	char date_mark;
};

/* An amount, cut into what a price is set from; all NUL-terminated texts. */
struct br_money {
	char whole[BR_MONEY_BYTES_MAX]; /* with sign and group marks */
	char decimals[4 * BR_FORMAT_MARK_BYTES_MAX];
	char mark[BR_FORMAT_MARK_BYTES_MAX + 1]; /* empty when there are no decimals */
	const char *symbol;			 /* of the currency; empty when it has no code */
	char code[4];	    /* what the symbol points to for unlisted currencies */
	bool before;	    /* the symbol stands left of the number */
	bool right_to_left; /* the symbol's own script runs right to left */
};

/* Returns 0 or BR_E_INVALID naming the field; the format borrows from the fields. */
BR_MUST_CHECK int br_format_read(
	const struct br_fields *fields, struct br_format *ret_format, struct br_fault *fault);

/* Appends the number with group marks and only the decimals it has. */
void br_format_number(const struct br_format *format, int64_t milli, struct br_text *text);

/*
 * Cuts an amount of a currency (three capital letters, or empty for none). Returns 0, or
 * BR_E_INVALID when the code is not one.
 */
BR_MUST_CHECK int br_format_money(const struct br_format *format, int64_t milli,
	struct br_str currency, struct br_money *ret_money, struct br_fault *fault);

/* Appends an amount as running text, with its symbol when asked for. */
void br_money_write(const struct br_money *money, bool symbol, struct br_text *text);

/* Appends a date given as "2026-03-31…"; BR_E_INVALID when it is none. */
BR_MUST_CHECK int br_format_date(const struct br_format *format, struct br_str date,
	struct br_text *text, struct br_fault *fault);
