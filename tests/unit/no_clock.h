/* SPDX-License-Identifier: BSD-2-Clause */
/* For what is not about time: there is no clock, and watchdogs are only counted as fed. */
#ifndef OM_TESTS_NO_CLOCK_H
#define OM_TESTS_NO_CLOCK_H

#include "drivers/clock.h"
#include "drivers/soc.h"

static uint32_t n_fed;

void watchdogs_feed(void)
{
	n_fed++;
}

uint32_t clock_sending(void)
{
	return 0;
}

void clock_sent(uint32_t since, uint32_t n, uint32_t baud)
{
	(void)since;
	(void)n;
	(void)baud;
}

#endif
