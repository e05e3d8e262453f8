#include "node/hlc.h"

#include <inttypes.h>
#include <stdio.h>

#include "node/time.h"

#define COUNTER_BITS 16

_Static_assert(BR_TIME_MAX_MS < INT64_C(1) << (64 - COUNTER_BITS), "a time fits a stamp");

uint64_t br_hlc_at(int64_t unix_ms)
{
	int64_t clamped = unix_ms < 0 ? 0 : unix_ms > BR_TIME_MAX_MS ? BR_TIME_MAX_MS : unix_ms;

	br_assert(clamped >= 0);
	return (uint64_t)clamped << COUNTER_BITS;
}

int64_t br_hlc_ms(uint64_t stamp)
{
	return (int64_t)(stamp >> COUNTER_BITS);
}

bool br_hlc_ahead(uint64_t stamp, int64_t now_ms)
{
	return br_hlc_ms(stamp) > now_ms + BR_HLC_AHEAD_MS;
}

uint64_t br_hlc_tick(uint64_t last, int64_t now_ms)
{
	uint64_t now = br_hlc_at(now_ms), next = now;

	/* A counter that is full carries into the milliseconds, which are then ahead by one. */
	if (last >= now && !br_hlc_ahead(last, now_ms))
		next = last + 1;
	br_assert(next >= now);
	return next;
}

uint64_t br_hlc_hear(uint64_t last, uint64_t heard, int64_t now_ms)
{
	if (br_hlc_ahead(heard, now_ms))
		return last;
	/* An own one that is ahead is given up at the next tick: it must not hide the other's. */
	return heard > last || br_hlc_ahead(last, now_ms) ? heard : last;
}

void br_hlc_format(uint64_t stamp, char ret_text[BR_HLC_TEXT_BYTES])
{
	int length = snprintf(ret_text, BR_HLC_TEXT_BYTES, "%016" PRIx64, stamp);

	br_assert(length == BR_HLC_TEXT_BYTES - 1);
}

bool br_hlc_parse(struct br_str text, uint64_t *ret_stamp)
{
	uint64_t stamp = 0;

	if (text.n != BR_HLC_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		if (c >= '0' && c <= '9')
			stamp = stamp << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			stamp = stamp << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_stamp = stamp;
	return true;
}
