/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same CRC-32 for megabytes: a tenth of the instructions of crc32_update(), for some memory.
 */
#ifndef OM_CORE_CRC32_LONG_H
#define OM_CORE_CRC32_LONG_H

#include <stddef.h>
#include <stdint.h>

enum { CRC32_LONG_WORDS = 3006 + 4096 }; /* of 64 bits, that crc32_long() works in */

/**
 * crc32_long - as crc32_update()
 * @work: CRC32_LONG_WORDS, overwritten
 */
uint32_t crc32_long(uint32_t crc, const uint8_t *p, size_t len, uint64_t *work);

#endif
