/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A word of 64 bits may be taken out of the message where it is added to three later ones: with
 * z = x^64 the CRC's polynomial divides z^3006 + z^2866 + z^2215 + 1. So word after word moves on
 * until only the last 3006 are left, and of these the CRC is made the slow way. That is three XORs
 * for eight bytes, and no table. XOR takes words as they are in memory, whatever the byte order.
 */
#include "crc32_long.h"

#include "crc32.h"
#include "span.h"
#include "xor4.h"

enum {
	FAR = 3006, /* words from one to those that it is added to */
	MIDDLE = 3006 - 2215,
	NEAR = 3006 - 2866,
	BLOCK = CRC32_LONG_WORDS - FAR,
};

/* The last words: nothing moves on from them. @moved: the FAR words before them */
static uint32_t finish(const uint64_t *in, const uint64_t *moved)
{
	uint32_t crc = ~(uint32_t)0; /* nothing came before */

	for (uint32_t i = 0; i < FAR; i++) {
		uint64_t word = in[i] ^ moved[i];

		if (i < MIDDLE)
			word ^= moved[i + FAR - MIDDLE];
		if (i < NEAR)
			word ^= moved[i + FAR - NEAR];
		crc = crc32_update(crc, (const uint8_t *)&word, sizeof(word));
	}
	return crc;
}

uint32_t crc32_long(uint32_t crc, const uint8_t *p, size_t len, uint64_t *work)
{
	const size_t odd = -(uintptr_t)p % 8;
	const uint64_t *in;
	size_t words;

	if (len < odd + 16 * FAR) /* not worth it */
		return crc32_update(crc, p, len);
	crc = crc32_update(crc, p, odd);
	p += odd;
	len -= odd;

	/* as if one word had come before, that moves on into the first one only: the CRC so far */
	memset(work, 0, FAR * sizeof(*work));
	le32_store((uint8_t *)work, ~crc);
	in = (const uint64_t *)__builtin_assume_aligned(p, 8);
	words = (len / 8 - FAR) & ~(size_t)1; /* xor4() takes two at a time */
	for (size_t done = 0, n; done < words; done += n) {
		n = words - done < BLOCK ? words - done : BLOCK;
		xor4(work + FAR, in + done, work, work + FAR - MIDDLE, work + FAR - NEAR, n);
		memmove(work, work + n, FAR * sizeof(*work));
	}
	crc = finish(in + words, work);
	words += FAR;
	return crc32_update(crc, p + words * 8, len - words * 8);
}
