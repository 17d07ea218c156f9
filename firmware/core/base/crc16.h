/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-16 as XMODEM has it: polynomial x^16 + x^12 + x^5 + 1, highest bit first, starting at 0.
 * Source: Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988), 7.
 */
#ifndef OM_CORE_CRC16_H
#define OM_CORE_CRC16_H

#include <stddef.h>
#include <stdint.h>

/* Of @len bytes at @p; over a block and its own CRC, high byte first, it is 0. */
uint16_t crc16(const uint8_t *p, size_t len);

#endif
