/* SPDX-License-Identifier: BSD-2-Clause */
#include "utc.h"

enum { DAY_SECONDS = 86400, DAYS_400_YEARS = 146097 };

/* Counts years from March, so that the leap day is the last day of a year. */
int utc_of(int64_t sec, struct utc *out)
{
	uint32_t days, of_day, era, day, year, month;

	if (sec < 0 || sec > 253402300799)
		return -1;
	days = (uint32_t)((uint64_t)sec / DAY_SECONDS) + 719468; /* since 0000-03-01 */
	of_day = (uint32_t)((uint64_t)sec % DAY_SECONDS);
	era = days / DAYS_400_YEARS;
	day = days % DAYS_400_YEARS;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= year * 365 + year / 4 - year / 100;
	month = (day * 5 + 2) / 153; /* 0: March */
	out->day = day - (month * 153 + 2) / 5 + 1;
	out->month = month < 10 ? month + 3 : month - 9;
	out->year = era * 400 + year + (out->month <= 2);
	out->hour = of_day / 3600;
	out->minute = of_day / 60 % 60;
	out->second = of_day % 60;
	return 0;
}
