#include "tests/peers/gtin.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/attributes.h"

/* The check digit for the `n` digits before it: the last of them weighs 3, the one before 1, … */
static char check_digit(const char *digits, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned)(digits[i] - '0') * ((n - i) % 2 == 1 ? 3 : 1);
	return (char)('0' + (10 - sum % 10) % 10);
}

void peer_gtin_restricted(uint64_t number, char ret_gtin[PEER_GTIN13_BYTES])
{
	br_assert(number < UINT64_C(10000000000));
	(void)snprintf(ret_gtin, PEER_GTIN13_BYTES, "20%010" PRIu64, number);
	ret_gtin[12] = check_digit(ret_gtin, 12);
	ret_gtin[13] = '\0';
}

bool peer_gtin_valid(struct br_str gtin)
{
	if (gtin.n != 8 && gtin.n != 12 && gtin.n != 13 && gtin.n != 14)
		return false;
	for (size_t i = 0; i < gtin.n; i++)
		if (gtin.s[i] < '0' || gtin.s[i] > '9')
			return false;
	return check_digit(gtin.s, gtin.n - 1) == gtin.s[gtin.n - 1];
}
