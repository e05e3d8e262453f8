/*
 * Currencies: how finely each can be paid, and how amounts are rounded to that.
 *
 * Amounts are in 1/1000 of the major unit everywhere, which holds every currency that shops use.
 * What a line, a unit price or a discount comes to is rounded to the currency's minor unit
 * (ISO 4217, table A.1: none for the yen, two decimals for most, three for the dinars); what is
 * paid in coins to the smallest coin, where a store rounds at all (policy.h: cash_step). Rounding
 * is half away from zero, so that a return gives back what the sale took.
 */
#pragma once

#include <stdint.h>

#include "node/str.h"

/* The currency's minor unit in 1/1000: 10 for EUR, 1000 for JPY, 1 for KWD. Unknown ones have 10.
 */
int64_t br_currency_minor(struct br_str currency);

/* The decimals that amounts of the currency are written with: 2 for EUR, 0 for JPY, 3 for KWD. */
unsigned br_currency_decimals(struct br_str currency);

/* `amount` rounded to the currency's minor unit. */
int64_t br_currency_round(struct br_str currency, int64_t amount);

/* `amount` rounded to a multiple of `step` > 0, half away from zero; kept below overflow. */
int64_t br_amount_round(int64_t amount, int64_t step);

/*
 * What is paid in cash for a total: rounded to the store's `cash_step`, and without one (0) to the
 * minor unit.
 */
int64_t br_currency_cash(struct br_str currency, int64_t total, int64_t cash_step);

/* Quantity (1/1000) times price (1/1000), rounded to the currency's minor unit; saturates. */
int64_t br_currency_line(struct br_str currency, int64_t quantity, int64_t price);
