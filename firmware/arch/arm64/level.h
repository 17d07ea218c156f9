/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the exception level that we are in. */
#ifndef OM_ARCH_ARM64_LEVEL_H
#define OM_ARCH_ARM64_LEVEL_H

#include <stdint.h>

/* 1, 2 or 3. */
static inline uint32_t level(void)
{
	uint64_t el;

	__asm__("mrs %0, CurrentEL" : "=r"(el));
	return (uint32_t)el >> 2;
}

/* write_at_level(el, tcr, v): TCR_EL1, TCR_EL2 or TCR_EL3 */
#define write_at_level(el, name, value)                                                            \
	do {                                                                                       \
		const uint64_t v_ = (value);                                                       \
                                                                                                   \
		if ((el) == 1)                                                                     \
			__asm__ volatile("msr " #name "_el1, %0" ::"r"(v_) : "memory");            \
		else if ((el) == 2)                                                                \
			__asm__ volatile("msr " #name "_el2, %0" ::"r"(v_) : "memory");            \
		else                                                                               \
			__asm__ volatile("msr " #name "_el3, %0" ::"r"(v_) : "memory");            \
	} while (0)

/* Nothing that was translated before counts any more. */
static inline void forget_translations(uint32_t el)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	if (el == 1)
		__asm__ volatile("tlbi vmalle1" ::: "memory");
	else if (el == 2)
		__asm__ volatile("tlbi alle2" ::: "memory");
	else
		__asm__ volatile("tlbi alle3" ::: "memory");
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

#endif
