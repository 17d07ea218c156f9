/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU counts: the generic timer, and cycles.
 *
 * The timer's virtual counter: reading it traps nowhere, in whatever mode and with whatever
 * settings the CPU was entered (start.S clears its offset where it may). Source: Arm DDI 0406C,
 * B4.1.93 (ID_PFR1), B8.1 and D5 (CNTFRQ, CNTVCT), B4.1.82 (ID_DFR0), B4.1.116 to 118 (PMCCNTR,
 * PMCNTENSET, PMCR).
 */
#include "arch/arch.h"

enum {
	ID_PFR1_TIMER = 0xf << 16,
	ID_DFR0_PMU_SHIFT = 24,
	PMU_NONE = 0xf, /* or 0 */
	PMCR_ENABLE = 1 << 0,
	PMCR_BY_64 = 1 << 3,
};

#define CYCLES_ENABLE 0x80000000u

bool arch_has_ticks(void)
{
	uint32_t features;

	__asm__ volatile("mrc p15, 0, %0, c0, c1, 1" : "=r"(features));
	return (features & ID_PFR1_TIMER) != 0;
}

uint64_t arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrrc p15, 1, %Q0, %R0, c14" : "=r"(ticks)::"memory");
	return ticks;
}

uint32_t arch_tick_hz(void)
{
	uint32_t hz;

	__asm__ volatile("mrc p15, 0, %0, c14, c0, 0" : "=r"(hz));
	return hz;
}

bool arch_cycles_start(bool may_start)
{
	uint32_t features, control, enabled;

	__asm__ volatile("mrc p15, 0, %0, c0, c1, 2" : "=r"(features));
	features = features >> ID_DFR0_PMU_SHIFT & 0xf;
	if (features == 0 || features == PMU_NONE)
		return false;
	__asm__ volatile("mrc p15, 0, %0, c9, c12, 0" : "=r"(control));
	__asm__ volatile("mrc p15, 0, %0, c9, c12, 1" : "=r"(enabled));
	if ((control & (PMCR_ENABLE | PMCR_BY_64)) == (PMCR_ENABLE | PMCR_BY_64) &&
	    (enabled & CYCLES_ENABLE))
		return true;
	if (!may_start)
		return false;
	__asm__ volatile("mcr p15, 0, %0, c9, c12, 0" ::"r"(control | PMCR_ENABLE | PMCR_BY_64));
	__asm__ volatile("mcr p15, 0, %0, c9, c12, 1\n\tisb" ::"r"(CYCLES_ENABLE));
	return true;
}

uint32_t arch_cycles(void)
{
	uint32_t cycles;

	__asm__ volatile("isb\n\tmrc p15, 0, %0, c9, c13, 0" : "=r"(cycles)::"memory");
	return cycles;
}
