#include "node/currency.h"

#include <stdbool.h>
#include <string.h>

/* ISO 4217, table A.1: the codes without decimals and with three; all others have two. */
static const char whole[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/* CLF and UYW have four, which no shop's price uses: they are kept as finely as amounts are. */
static const char thousandths[] = "BHD IQD JOD KWD LYD OMR TND CLF UYW";

/* Three letters that begin at a code's place in the list. */
static bool list_has(const char *list, struct br_str code)
{
	br_assert(strlen(list) % 4 == 3);
	if (code.n != 3)
		return false;
	for (const char *at = list; at[0] != '\0'; at += at[3] == '\0' ? 3 : 4)
		if (memcmp(at, code.s, 3) == 0)
			return true;
	return false;
}

int64_t br_currency_minor(struct br_str currency)
{
	br_assert(currency.s != NULL || currency.n == 0);
	if (list_has(whole, currency))
		return 1000;
	return list_has(thousandths, currency) ? 1 : 10;
}

unsigned br_currency_decimals(struct br_str currency)
{
	int64_t minor = br_currency_minor(currency);

	br_assert(minor == 1000 || minor == 10 || minor == 1);
	return minor == 1000 ? 0 : minor == 10 ? 2 : 3;
}

int64_t br_amount_round(int64_t amount, int64_t step)
{
	int64_t rest = amount % step, down = amount - rest;

	br_assert(step > 0);
	if ((rest < 0 ? -rest : rest) < step - step / 2)
		return down;
	/* At the very ends of the range there is no next step. */
	if (amount > 0)
		return down > INT64_MAX - step ? down : down + step;
	return down < INT64_MIN + step ? down : down - step;
}

int64_t br_currency_round(struct br_str currency, int64_t amount)
{
	return br_amount_round(amount, br_currency_minor(currency));
}

int64_t br_currency_cash(struct br_str currency, int64_t total, int64_t cash_step)
{
	br_assert(cash_step >= 0);
	if (cash_step == 0)
		return br_currency_round(currency, total);
	return br_amount_round(total, cash_step);
}

int64_t br_currency_line(struct br_str currency, int64_t quantity, int64_t price)
{
	int64_t minor = br_currency_minor(currency);
	/* Rounded once: to thousandths first would lift 0.0145 to 0.015 and that to 0.02. */
	__int128 product = (__int128)quantity * price, step = (__int128)minor * 1000;
	__int128 rest = product % step, steps = product / step;

	br_assert(minor > 0);
	if ((rest < 0 ? -rest : rest) * 2 >= step)
		steps += product > 0 ? 1 : -1;
	if (steps > INT64_MAX / minor)
		return INT64_MAX / minor * minor;
	if (steps < -(INT64_MAX / minor))
		return -(INT64_MAX / minor * minor);
	return (int64_t)steps * minor;
}
