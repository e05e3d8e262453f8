#include "sensors/rollup.h"

#include "node/error.h"
#include "node/varint.h"

#define ROLLUP_VERSION 1

int64_t br_rollup_start(int64_t t_ms, int64_t span_ms)
{
	br_assert(span_ms > 0);
	return t_ms <= 0 ? 0 : t_ms - t_ms % span_ms;
}

static int64_t sum_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

void br_rollup_merge(struct br_rollup *into, const struct br_rollup *other)
{
	br_assert(into != other);
	if (other->n == 0)
		return;
	br_assert(other->min <= other->max);
	if (into->n == 0) {
		into->min = other->min;
		into->max = other->max;
	}
	into->min = other->min < into->min ? other->min : into->min;
	into->max = other->max > into->max ? other->max : into->max;
	into->sum = sum_add(into->sum, other->sum);
	into->n = other->n > UINT32_MAX - into->n ? UINT32_MAX : into->n + other->n;
}

bool br_rollup_add(
	struct br_rollup *open, int64_t t_ms, int64_t value, struct br_rollup *ret_closed)
{
	struct br_rollup one = {.start_ms = br_rollup_start(t_ms, BR_MINUTE_MS),
		.min = value,
		.max = value,
		.sum = value,
		.n = 1};

	br_assert(open != ret_closed);
	if (open->n > 0 && one.start_ms < open->start_ms) {
		*ret_closed = one;
		return true;
	}
	if (open->n > 0 && one.start_ms == open->start_ms) {
		br_rollup_merge(open, &one);
		return false;
	}
	if (open->n == 0) {
		*open = one;
		return false;
	}
	*ret_closed = *open;
	*open = one;
	return true;
}

bool br_rollup_close(struct br_rollup *open, int64_t now_ms, struct br_rollup *ret_closed)
{
	br_assert(open->start_ms >= 0);
	br_assert(open != ret_closed);
	if (open->n == 0 || now_ms < open->start_ms + BR_MINUTE_MS)
		return false;
	*ret_closed = *open;
	*open = (struct br_rollup){.n = 0};
	return true;
}

int64_t br_rollup_mean(const struct br_rollup *rollup)
{
	int64_t half = rollup->n / 2, n = rollup->n;

	br_assert(rollup->min <= rollup->max);
	if (n == 0)
		return 0;
	/* Near the ends the half could overflow, and does not matter. */
	if (rollup->sum > INT64_MAX - half || rollup->sum < INT64_MIN + half)
		return rollup->sum / n;
	return (rollup->sum + (rollup->sum < 0 ? -half : half)) / n;
}

size_t br_rollup_encode(const struct br_rollup *rollup, unsigned char buffer[BR_ROLLUP_BYTES_MAX])
{
	size_t n = 0;

	br_assert(rollup->n > 0 && rollup->min <= rollup->max);
	buffer[n++] = ROLLUP_VERSION;
	n += br_varint_put(buffer + n, rollup->n);
	n += br_varint_put_signed(buffer + n, rollup->min);
	n += br_varint_put(buffer + n, (uint64_t)rollup->max - (uint64_t)rollup->min);
	n += br_varint_put_signed(buffer + n, rollup->sum);
	n = br_checksum_put(buffer, n);
	br_assert(n <= BR_ROLLUP_BYTES_MAX);
	return n;
}

int br_rollup_decode(struct br_str bytes, int64_t start_ms, struct br_rollup *ret_rollup)
{
	struct br_rollup rollup = {.start_ms = start_ms};
	uint64_t n, spread;

	br_assert(ret_rollup != NULL);
	if (!br_checksum_take(&bytes) || bytes.n == 0)
		return BR_E_CORRUPT;
	if ((unsigned char)bytes.s[0] > ROLLUP_VERSION)
		return BR_E_VERSION;
	if (bytes.s[0] != ROLLUP_VERSION)
		return BR_E_CORRUPT;
	bytes = (struct br_str){bytes.s + 1, bytes.n - 1};
	if (!br_varint_take(&bytes, &n) || !br_varint_take_signed(&bytes, &rollup.min) ||
		!br_varint_take(&bytes, &spread) || !br_varint_take_signed(&bytes, &rollup.sum))
		return BR_E_CORRUPT;
	if (bytes.n != 0 || n == 0 || n > UINT32_MAX ||
		spread > (uint64_t)INT64_MAX - (uint64_t)rollup.min)
		return BR_E_CORRUPT;
	rollup.n = (uint32_t)n;
	rollup.max = (int64_t)((uint64_t)rollup.min + spread);
	*ret_rollup = rollup;
	return 0;
}
