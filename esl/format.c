#include "esl/format.h"

#include <string.h>

#include "node/time.h"

#define NO_BREAK_SPACE "\xC2\xA0"

/*
 * The decimals are those that shops print: the minor unit of ISO 4217, but none where its coins are
 * no longer in use. An amount that has more shows them all the same.
 */
struct currency {
	char code[4];
	uint8_t decimals;
	bool before, right_to_left;
	const char *symbol;
};

static const struct currency currencies[] = {
	{"AED", 2, false, true, "د.إ"},
	{"AUD", 2, true, false, "$"},
	{"BGN", 2, false, false, "лв."},
	{"BHD", 3, false, true, "د.ب"},
	{"BRL", 2, true, false, "R$"},
	{"CAD", 2, true, false, "$"},
	{"CLP", 0, true, false, "$"},
	{"CNY", 2, true, false, "¥"},
	{"CZK", 2, false, false, "Kč"},
	{"DKK", 2, false, false, "kr."},
	{"EUR", 2, false, false, "€"},
	{"GBP", 2, true, false, "£"},
	{"HUF", 0, false, false, "Ft"},
	{"ILS", 2, true, false, "₪"},
	{"INR", 2, true, false, "₹"},
	{"IQD", 0, false, true, "د.ع"},
	{"IRR", 0, false, true, "ریال"},
	{"ISK", 0, false, false, "kr"},
	{"JOD", 3, false, true, "د.أ"},
	{"JPY", 0, true, false, "¥"},
	{"KRW", 0, true, false, "₩"},
	{"KWD", 3, false, true, "د.ك"},
	{"KZT", 0, false, false, "₸"},
	{"MXN", 2, true, false, "$"},
	{"NOK", 2, false, false, "kr"},
	{"NZD", 2, true, false, "$"},
	{"OMR", 3, false, true, "ر.ع"},
	{"PLN", 2, false, false, "zł"},
	{"RON", 2, false, false, "lei"},
	{"RSD", 2, false, false, "RSD"},
	{"RUB", 2, false, false, "₽"},
	{"SAR", 2, false, true, "ر.س"},
	{"SEK", 2, false, false, "kr"},
	{"TND", 3, false, true, "د.ت"},
	{"TRY", 2, true, false, "₺"},
	{"UAH", 2, false, false, "₴"},
	{"USD", 2, true, false, "$"},
	{"VND", 0, false, false, "₫"},
};

static int mark_read(const struct br_fields *fields, const char *name, struct br_str *mark,
	struct br_fault *fault)
{
	struct br_str given = br_fields_text_of(fields, name);

	br_assert(mark->n <= BR_FORMAT_MARK_BYTES_MAX);
	if (given.n > BR_FORMAT_MARK_BYTES_MAX)
		return br_fault_set(fault, BR_E_INVALID, "%s has %zu bytes; at most %d are allowed",
			name, given.n, BR_FORMAT_MARK_BYTES_MAX);
	if (given.n > 0)
		*mark = given;
	return 0;
}

/* A zero is usable when it is one character and its nine followers differ in the last byte only. */
static int zero_read(
	const struct br_fields *fields, struct br_format *format, struct br_fault *fault)
{
	struct br_str zero = br_fields_text_of(fields, "digit_zero");
	unsigned char last;

	if (zero.n == 0)
		return 0;
	last = (unsigned char)zero.s[zero.n - 1];
	if (zero.n > BR_FORMAT_MARK_BYTES_MAX || last > 0xBF - 9 ||
		br_utf8_cut(zero.s, zero.n - 1) != 0 || (zero.n == 1 && last != '0'))
		return br_fault_set(fault, BR_E_INVALID,
			"digit_zero is \"%.*s\"; it must be the digit zero of a script",
			BR_STR_ARG(zero));
	br_assert(zero.s != NULL && zero.n > 0);
	format->zero = zero;
	return 0;
}

static int place_read(
	const struct br_fields *fields, struct br_format *format, struct br_fault *fault)
{
	struct br_str place = br_fields_text_of(fields, "currency_place");

	br_assert(!format->place_given);
	if (place.n == 0)
		return 0;
	if (!br_str_is(place, "before") && !br_str_is(place, "after"))
		return br_fault_set(fault, BR_E_INVALID,
			"currency_place is \"%.*s\"; \"before\" or \"after\" is allowed",
			BR_STR_ARG(place));
	format->place_given = true;
	format->before = br_str_is(place, "before");
	return 0;
}

static int date_form_read(
	const struct br_fields *fields, struct br_format *format, struct br_fault *fault)
{
	static const char *const forms[] = {"d.m.y", "d/m/y", "m/d/y", "y-m-d"};
	struct br_str form = br_fields_text_of(fields, "date_form");

	br_assert(format->date_mark != '\0');
	if (form.n == 0)
		return 0;
	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++) {
		if (!br_str_is(form, forms[i]))
			continue;
		format->date_mark = form.s[1];
		for (size_t j = 0; j < 3; j++)
			format->date_order[j] = form.s[2 * j];
		return 0;
	}
	return br_fault_set(fault, BR_E_INVALID,
		"date_form is \"%.*s\"; d.m.y, d/m/y, m/d/y and y-m-d are allowed",
		BR_STR_ARG(form));
}

int br_format_read(
	const struct br_fields *fields, struct br_format *ret_format, struct br_fault *fault)
{
	struct br_format format = {.decimal_mark = BR_STR("."),
		.group_mark = BR_STR(","),
		.zero = BR_STR("0"),
		.date_order = {'d', 'm', 'y'},
		.date_mark = '.'};
	int error = mark_read(fields, "decimal_mark", &format.decimal_mark, fault);

	if (error == 0)
		error = mark_read(fields, "group_mark", &format.group_mark, fault);
	if (error == 0)
		error = zero_read(fields, &format, fault);
	if (error == 0)
		error = place_read(fields, &format, fault);
	if (error == 0)
		error = date_form_read(fields, &format, fault);
	if (error < 0)
		return error;
	br_assert(format.zero.n > 0 && format.decimal_mark.n > 0);
	*ret_format = format;
	return 0;
}

static void digit_add(const struct br_format *format, unsigned digit, struct br_text *text)
{
	br_assert(digit < 10 && format->zero.n > 0);
	br_text_add(text, format->zero.s, format->zero.n - 1);
	br_text_putc(text, (char)((unsigned char)format->zero.s[format->zero.n - 1] + digit));
}

/* Appends `digits` digits of a number, leading zeros included. */
static void digits_add(
	const struct br_format *format, uint64_t number, unsigned digits, struct br_text *text)
{
	uint64_t weight = 1;

	br_assert(digits > 0 && digits <= 20);
	for (unsigned i = 1; i < digits; i++)
		weight *= 10;
	for (unsigned left = digits; left > 0; left--, weight /= 10)
		digit_add(format, (unsigned)(number / weight % 10), text);
}

static void whole_add(
	const struct br_format *format, bool negative, uint64_t whole, struct br_text *text)
{
	uint64_t groups[7];
	unsigned n = 0, first;

	do {
		groups[n++] = whole % 1000;
		whole /= 1000;
	} while (whole > 0);
	br_assert(n <= BR_ARRAY_LEN(groups));
	if (negative)
		br_text_puts(text, "-");
	first = groups[n - 1] > 99 ? 3 : groups[n - 1] > 9 ? 2 : 1;
	digits_add(format, groups[n - 1], first, text);
	while (--n > 0) {
		br_text_add_str(text, format->group_mark);
		digits_add(format, groups[n - 1], 3, text);
	}
}

static uint64_t milli_size(int64_t milli)
{
	return milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;
}

/* The decimals a number of thousandths needs: 0 to 3. */
static unsigned decimals_needed(uint64_t size)
{
	unsigned thousandths = (unsigned)(size % 1000);

	br_assert(thousandths < 1000);
	if (thousandths == 0)
		return 0;
	return thousandths % 100 == 0 ? 1 : thousandths % 10 == 0 ? 2 : 3;
}

static void decimals_add(
	const struct br_format *format, uint64_t size, unsigned decimals, struct br_text *text)
{
	static const unsigned weights[] = {1000, 100, 10, 1};

	br_assert(decimals >= 1 && decimals <= 3);
	digits_add(format, size % 1000 / weights[decimals], decimals, text);
}

void br_format_number(const struct br_format *format, int64_t milli, struct br_text *text)
{
	uint64_t size = milli_size(milli);
	unsigned decimals = decimals_needed(size);

	br_assert(format->decimal_mark.n > 0);
	whole_add(format, milli < 0, size / 1000, text);
	if (decimals == 0)
		return;
	br_text_add_str(text, format->decimal_mark);
	decimals_add(format, size, decimals, text);
}

static bool currency_code(struct br_str code)
{
	if (code.n != 3)
		return false;
	br_assert(code.s != NULL);
	for (size_t i = 0; i < 3; i++)
		if (code.s[i] < 'A' || code.s[i] > 'Z')
			return false;
	return true;
}

/* Sets the symbol and its place; returns the currency's number of decimals. */
static unsigned currency_apply(
	const struct br_format *format, struct br_str code, struct br_money *money)
{
	bool before = false;
	unsigned decimals = 2;

	memcpy(money->code, code.s, 3);
	money->symbol = money->code;
	for (size_t i = 0; i < BR_ARRAY_LEN(currencies); i++) {
		if (!br_str_is(code, currencies[i].code))
			continue;
		money->symbol = currencies[i].symbol;
		money->right_to_left = currencies[i].right_to_left;
		before = currencies[i].before;
		decimals = currencies[i].decimals;
	}
	money->before = format->place_given ? format->before : before;
	br_assert(money->symbol != NULL && decimals <= 3);
	return decimals;
}

/* Moves what a small text holds into a NUL-terminated buffer; the sizes are fixed above. */
static void text_move(struct br_text *text, char *buffer, size_t size)
{
	bool fits = text->error == 0 && br_str_copy(br_text_str(text), buffer, size);

	br_assert(fits || text->error == BR_E_MEMORY);
	br_text_clear(text);
}

int br_format_money(const struct br_format *format, int64_t milli, struct br_str currency,
	struct br_money *ret_money, struct br_fault *fault)
{
	struct br_money money = {.symbol = ""};
	uint64_t size = milli_size(milli);
	unsigned decimals = 2, needed = decimals_needed(size);
	struct br_text text;
	int error;

	if (currency.n > 0 && !currency_code(currency))
		return br_fault_set(fault, BR_E_INVALID,
			"currency is \"%.*s\"; a code of three capital letters is allowed",
			BR_STR_ARG(currency));
	if (currency.n > 0)
		decimals = currency_apply(format, currency, &money);
	decimals = decimals > needed ? decimals : needed;
	br_text_init(&text, BR_MONEY_BYTES_MAX - 1);
	whole_add(format, milli < 0, size / 1000, &text);
	error = br_text_error(&text);
	text_move(&text, money.whole, sizeof(money.whole));
	if (decimals > 0 && error == 0) {
		decimals_add(format, size, decimals, &text);
		text_move(&text, money.decimals, sizeof(money.decimals));
		br_text_add_str(&text, format->decimal_mark);
		text_move(&text, money.mark, sizeof(money.mark));
	}
	br_text_finish(&text);
	if (error < 0)
		return br_fault_set(fault, error, "no memory for an amount");
	br_assert(money.whole[0] != '\0' && (money.mark[0] != '\0') == (decimals > 0));
	*ret_money = money;
	/* An unlisted currency shows its code, which lives in the result itself. */
	if (money.symbol == money.code)
		ret_money->symbol = ret_money->code;
	return 0;
}

void br_money_write(const struct br_money *money, bool symbol, struct br_text *text)
{
	bool shown = symbol && money->symbol[0] != '\0';
	size_t length = strlen(money->symbol);

	br_assert(money->whole[0] != '\0');
	if (shown && money->before) {
		br_text_puts(text, money->symbol);
		/* A word stands off the number, a sign such as $ stands close to it. */
		if (length > 2 && (unsigned char)money->symbol[0] < 0xE2)
			br_text_puts(text, NO_BREAK_SPACE);
	}
	br_text_puts(text, money->whole);
	br_text_puts(text, money->mark);
	br_text_puts(text, money->decimals);
	if (shown && !money->before) {
		br_text_puts(text, NO_BREAK_SPACE);
		br_text_puts(text, money->symbol);
	}
}

int br_format_date(const struct br_format *format, struct br_str date, struct br_text *text,
	struct br_fault *fault)
{
	char day_start[] = "0000-00-00T00:00:00Z";
	int64_t unix_ms;

	br_assert(format->date_mark != '\0');
	if (date.n >= 10)
		memcpy(day_start, date.s, 10);
	if (date.n < 10 || (date.n > 10 && date.s[10] != 'T' && date.s[10] != ' ') ||
		!br_time_parse(br_str_from(day_start), &unix_ms))
		return br_fault_set(fault, BR_E_INVALID,
			"\"%.*s\" is no date; one such as 2026-03-31 is allowed", BR_STR_ARG(date));
	for (size_t i = 0; i < 3; i++) {
		char part = format->date_order[i];
		size_t from = part == 'y' ? 0 : part == 'm' ? 5 : 8;

		if (i > 0)
			br_text_putc(text, format->date_mark);
		for (size_t j = 0; j < (part == 'y' ? 4u : 2u); j++)
			digit_add(format, (unsigned)(day_start[from + j] - '0'), text);
	}
	return 0;
}
