/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 as in IEEE 802.3 and zlib (reflected, polynomial 0xedb88320). A table of
 * 16 words instead of 256: size counts more than speed here.
 */
#ifndef OM_CORE_CRC32_H
#define OM_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/**
 * crc32_update - the CRC of some bytes, in one go or in pieces
 * @crc: 0 to start, else the result for the bytes before @p
 * @p:   @len bytes; may be NULL if @len is 0
 *
 * crc32_update(0, "123456789", 9) is 0xcbf43926.
 */
uint32_t crc32_update(uint32_t crc, const uint8_t *p, size_t len);

#endif
