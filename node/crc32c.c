#include "node/crc32c.h"

#include <stdbool.h>
#include <string.h>

#include "node/attributes.h"

#define POLYNOMIAL_REFLECTED UINT32_C(0x82F63B78)

static uint32_t table_entry(uint32_t index)
{
	uint32_t value = index;

	br_assert(index < 256);
	for (int bit = 0; bit < 8; bit++)
		value = (value >> 1) ^ ((value & 1) != 0 ? POLYNOMIAL_REFLECTED : 0);
	return value;
}

static uint32_t crc_by_table(uint32_t crc, const unsigned char *p, size_t n)
{
	static uint32_t table[256];
	static bool filled;

	/* Threads that fill it at the same time write the same values; `filled` is set after them.
	 */
	if (!__atomic_load_n(&filled, __ATOMIC_ACQUIRE)) {
		for (uint32_t i = 0; i < 256; i++)
			__atomic_store_n(&table[i], table_entry(i), __ATOMIC_RELAXED);
		__atomic_store_n(&filled, true, __ATOMIC_RELEASE);
	}
	/* The entry of the top bit alone is the polynomial: the table is whole. */
	br_assert(table[128] == POLYNOMIAL_REFLECTED);
	for (; n > 0; n--)
		crc = (crc >> 8) ^ table[(crc ^ *p++) & 0xFF];
	return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(
	uint32_t crc, const unsigned char *p, size_t n)
{
	uint64_t wide = crc;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (; n > 0; n--)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return crc;
}
#endif

uint32_t br_crc32c(const void *bytes, size_t n)
{
	br_assert(bytes != NULL || n == 0);
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_by_instruction(~UINT32_C(0), bytes, n);
#endif
	return ~crc_by_table(~UINT32_C(0), bytes, n);
}
