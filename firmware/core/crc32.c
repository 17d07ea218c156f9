/* SPDX-License-Identifier: BSD-2-Clause */
#include "crc32.h"

#include "span.h"

/* Remainder of each 4-bit value, reflected. */
static const uint32_t nibble[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

/* A remainder is linear: those of all 256 values are sums of those of the eight bits. */
#define SUMS_4(x, a, b) (x), (x) ^ (a), (x) ^ (b), (x) ^ (a) ^ (b)
#define SUMS_16(x, a, b, c, d)                                                                     \
	SUMS_4(x, a, b), SUMS_4((x) ^ (c), a, b), SUMS_4((x) ^ (d), a, b),                         \
		SUMS_4((x) ^ (c) ^ (d), a, b)
#define SUMS_64(x, a, b, c, d, e, f)                                                               \
	SUMS_16(x, a, b, c, d), SUMS_16((x) ^ (e), a, b, c, d), SUMS_16((x) ^ (f), a, b, c, d),    \
		SUMS_16((x) ^ (e) ^ (f), a, b, c, d)
#define SUMS_256(a, b, c, d, e, f, g, h)                                                           \
	SUMS_64(0u, a, b, c, d, e, f), SUMS_64(0u ^ (g), a, b, c, d, e, f),                        \
		SUMS_64(0u ^ (h), a, b, c, d, e, f), SUMS_64((g) ^ (h), a, b, c, d, e, f)

/* For 64-bit hosts: remainder of each byte value with 7, 6 ... 0 zero bytes behind it. */
static const uint32_t behind[8][256] = {
	{ SUMS_256(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256,
		   0x299dc2ed, 0x533b85da) },
	{ SUMS_256(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c,
		   0x440b7579, 0x8816eaf2) },
	{ SUMS_256(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536,
		   0x0f580a6c, 0x1eb014d8) },
	{ SUMS_256(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04,
		   0x58f35849, 0xb1e6b092) },
	{ SUMS_256(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e,
		   0x9b14583d, 0xed59b63b) },
	{ SUMS_256(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0,
		   0x709a8dc0, 0xe1351b80) },
	{ SUMS_256(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2,
		   0xf0794f05, 0x3b83984b) },
	{ SUMS_256(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8,
		   0x76dc4190, 0xedb88320) },
};

/* @crc: not inverted */
static uint32_t eight_bytes(uint32_t crc, const uint8_t *p)
{
	const uint64_t x = le64_load(p) ^ crc;

	return behind[0][x & 0xff] ^ behind[1][x >> 8 & 0xff] ^ behind[2][x >> 16 & 0xff] ^
	       behind[3][x >> 24 & 0xff] ^ behind[4][x >> 32 & 0xff] ^ behind[5][x >> 40 & 0xff] ^
	       behind[6][x >> 48 & 0xff] ^ behind[7][x >> 56];
}

uint32_t crc32_update(uint32_t crc, const uint8_t *p, size_t len)
{
	crc = ~crc;
	if (sizeof(void *) > 4)
		for (; len >= 8; len -= 8, p += 8)
			crc = eight_bytes(crc, p);
	while (len-- > 0) {
		crc ^= *p++;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}
