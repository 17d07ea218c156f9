/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generic timer's counter. The virtual one: reading it traps nowhere, in whatever mode
 * and with whatever settings the CPU was entered (start.S clears its offset where it may).
 * Source: Arm DDI 0406C, B4.1.93 (ID_PFR1), B8.1 and D5 (CNTFRQ, CNTVCT).
 */
#include "arch/arch.h"

enum { ID_PFR1_TIMER = 0xf << 16, US_PER_SEC = 1000000 };

uint64_t arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrrc p15, 1, %Q0, %R0, c14" : "=r"(ticks)::"memory");
	return ticks;
}

uint32_t arch_tick_hz(void)
{
	uint32_t features, hz;

	__asm__ volatile("mrc p15, 0, %0, c0, c1, 1" : "=r"(features));
	if (!(features & ID_PFR1_TIMER))
		return 0;
	__asm__ volatile("mrc p15, 0, %0, c14, c0, 0" : "=r"(hz));
	return hz; /* 0: no earlier stage has set it */
}

bool arch_time_us(uint64_t *us)
{
	const uint32_t hz = arch_tick_hz();
	uint64_t ticks;

	if (hz == 0)
		return false;
	ticks = arch_ticks();
	*us = ticks / hz * US_PER_SEC + ticks % hz * US_PER_SEC / hz;
	return true;
}
