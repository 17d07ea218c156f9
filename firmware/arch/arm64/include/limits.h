/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiler's own one wants a C library's. */
#ifndef OM_ARCH_ARM64_LIMITS_H
#define OM_ARCH_ARM64_LIMITS_H

#define CHAR_BIT  __CHAR_BIT__
#define INT_MAX	  __INT_MAX__
#define INT_MIN	  (-__INT_MAX__ - 1)
#define UINT_MAX  (__INT_MAX__ * 2U + 1U)
#define LONG_MAX  __LONG_MAX__
#define LONG_MIN  (-__LONG_MAX__ - 1L)
#define ULONG_MAX (__LONG_MAX__ * 2UL + 1UL)

#endif
