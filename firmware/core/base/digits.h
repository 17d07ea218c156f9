/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as digits: the one place that divides them out. */
#ifndef OM_CORE_DIGITS_H
#define OM_CORE_DIGITS_H

#include <stdint.h>

enum { DIGITS_MAX = 20 /* of 64 bits in base 10 */ };

/**
 * digits_put - a number in digits, the first one first
 * @out:   room for @width characters, and for the number: DIGITS_MAX at most; no NUL is written
 * @base:  10 or 16
 * @width: characters at least, filled with @fill in front
 *
 * Returns the number of characters.
 */
uint32_t digits_put(char *out, uint64_t v, uint32_t base, uint32_t width, char fill);

#endif
