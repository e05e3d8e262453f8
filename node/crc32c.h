/*
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected; RFC 3720, appendix B.4): closes every
 * stored record and every batch on the way to HQ. Uses the processor's own instruction where there
 * is one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint32_t br_crc32c(const void *bytes, size_t n);
