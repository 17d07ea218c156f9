/* SPDX-License-Identifier: BSD-2-Clause */
#include "xor4.h"

void xor4(uint64_t *to, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint64_t *d,
	  size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = a[i] ^ b[i] ^ c[i] ^ d[i];
}
