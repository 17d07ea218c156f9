/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OM_CORE_XOR4_H
#define OM_CORE_XOR4_H

#include <stddef.h>
#include <stdint.h>

/**
 * xor4 - to[i] = a[i] ^ b[i] ^ c[i] ^ d[i], for i from 0 to @n - 1 in this order
 * @n: even; two words are taken at a time
 *
 * @b, @c and @d may lie before @to in the same array, two words or more: what was written is read
 * again then. An architecture may have one of its own (arch/arm/xor4.S), which the image links.
 */
void xor4(uint64_t *to, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint64_t *d,
	  size_t n);

#endif
