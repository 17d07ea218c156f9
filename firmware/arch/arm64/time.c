/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU counts: the generic timer, which every AArch64 core has. The virtual counter can be
 * read at every level. Source: Arm DDI 0487G, D13.8.1 (CNTFRQ_EL0), D13.8.30 (CNTVCT_EL0).
 */
#include "arch/arch.h"

bool arch_has_ticks(void)
{
	return true;
}

uint64_t arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

uint32_t arch_tick_hz(void)
{
	uint64_t hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return (uint32_t)hz;
}

/* Cycles are for CPUs without that timer. */
bool arch_cycles_start(bool may_start)
{
	(void)may_start;
	return false;
}

uint32_t arch_cycles(void)
{
	return 0;
}
