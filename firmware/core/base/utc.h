/* SPDX-License-Identifier: BSD-2-Clause */
/* Seconds since 1970 as a date, without libc's time zone machinery. */
#ifndef OM_CORE_UTC_H
#define OM_CORE_UTC_H

#include <stdint.h>

struct utc {
	uint32_t year, month, day, hour, minute, second;
};

/**
 * utc_of - civil date of a Unix time
 * @sec: seconds since 1970-01-01 00:00:00 UTC, 0 to 253402300799 (end of 9999)
 *
 * Returns 0, or -1 if @sec is out of range (@out unchanged).
 */
int utc_of(int64_t sec, struct utc *out);

#endif
