#include "tests/peers/hq_stamp.h"

#include <inttypes.h>
#include <stdio.h>

#define AHEAD_MS (5 * 60 * 1000)

const char *peer_stamp_next(
	struct peer_stamp *stamp, int64_t now_ms, char ret_text[PEER_STAMP_BYTES])
{
	uint64_t now = (uint64_t)now_ms << 16;

	stamp->last = now > stamp->last ? now : stamp->last + 1;
	br_assert(stamp->last >= now);
	(void)snprintf(ret_text, PEER_STAMP_BYTES, "%016" PRIx64, stamp->last);
	return ret_text;
}

void peer_stamp_hear(struct peer_stamp *stamp, struct br_str text, int64_t now_ms)
{
	uint64_t heard = 0;

	if (text.n != PEER_STAMP_BYTES - 1)
		return;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];
		bool digit = c >= '0' && c <= '9';

		if (!digit && !(c >= 'a' && c <= 'f'))
			return;
		heard = heard << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
	}
	br_assert(now_ms >= 0);
	if ((int64_t)(heard >> 16) > now_ms + AHEAD_MS)
		stamp->ahead++;
	else if (heard > stamp->last)
		stamp->last = heard;
}
