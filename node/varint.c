#include "node/varint.h"

#include "node/crc32c.h"

size_t br_varint_put(unsigned char *bytes, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (unsigned char)(value | 0x80);
	bytes[n++] = (unsigned char)value;
	br_assert(n <= BR_VARINT_BYTES_MAX);
	return n;
}

size_t br_varint_put_signed(unsigned char *bytes, int64_t value)
{
	uint64_t sign = value < 0 ? UINT64_MAX : 0;

	br_assert(bytes != NULL);
	return br_varint_put(bytes, (uint64_t)value << 1 ^ sign);
}

bool br_varint_take(struct br_str *bytes, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	br_assert(ret_value != NULL);
	for (i = 0; i < bytes->n && i < BR_VARINT_BYTES_MAX; i++) {
		uint64_t part = (unsigned char)bytes->s[i] & 0x7F;

		/* The tenth byte has one bit left, and a last byte of zero says nothing. */
		if (i == BR_VARINT_BYTES_MAX - 1 && part > 1)
			return false;
		value |= part << (7 * i);
		if (((unsigned char)bytes->s[i] & 0x80) != 0)
			continue;
		if (part == 0 && i > 0)
			return false;
		*bytes = (struct br_str){bytes->s + i + 1, bytes->n - i - 1};
		*ret_value = value;
		return true;
	}
	return false;
}

bool br_varint_take_signed(struct br_str *bytes, int64_t *ret_value)
{
	uint64_t value;

	br_assert(ret_value != NULL);
	if (!br_varint_take(bytes, &value))
		return false;
	*ret_value = (int64_t)(value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0));
	return true;
}

size_t br_checksum_put(unsigned char *bytes, size_t n)
{
	uint32_t crc = br_crc32c(bytes, n);
	size_t i;

	br_assert(bytes != NULL);
	for (i = 0; i < BR_CHECKSUM_BYTES; i++)
		bytes[n + i] = (unsigned char)(crc >> (8 * i));
	return n + BR_CHECKSUM_BYTES;
}

bool br_checksum_take(struct br_str *bytes)
{
	uint32_t crc = 0;
	size_t i;

	br_assert(bytes->n == 0 || bytes->s != NULL);
	if (bytes->n < BR_CHECKSUM_BYTES)
		return false;
	for (i = 0; i < BR_CHECKSUM_BYTES; i++)
		crc |= (uint32_t)(unsigned char)bytes->s[bytes->n - BR_CHECKSUM_BYTES + i]
		       << (8 * i);
	if (crc != br_crc32c(bytes->s, bytes->n - BR_CHECKSUM_BYTES))
		return false;
	bytes->n -= BR_CHECKSUM_BYTES;
	return true;
}
