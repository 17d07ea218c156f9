/* SPDX-License-Identifier: BSD-2-Clause */
#include "crc16.h"

uint16_t crc16(const uint8_t *p, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		/* the eight steps at once: each of the polynomial's three terms, moved twice */
		uint32_t t = (crc >> 8 ^ p[i]) & 0xff;

		t ^= t >> 4;
		crc = (crc << 8 ^ t << 12 ^ t << 5 ^ t) & 0xffff;
	}
	return (uint16_t)crc;
}
