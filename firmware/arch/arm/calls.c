/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls out of the CPU's own world: SMC, HVC, and waiting. */
#include "arch/arch.h"

/* SMCCC 1.0 (Arm DEN 0028): function and arguments in r0-r3, result in r0. */
#define CALL(name, insn)                                                                           \
	uint32_t name(uint32_t fn, uint32_t a1, uint32_t a2, uint32_t a3)                          \
	{                                                                                          \
		register uint32_t r0 __asm__("r0") = fn;                                           \
		register uint32_t r1 __asm__("r1") = a1;                                           \
		register uint32_t r2 __asm__("r2") = a2;                                           \
		register uint32_t r3 __asm__("r3") = a3;                                           \
                                                                                                   \
		__asm__ volatile(".arch_extension sec\n.arch_extension virt\n" insn                \
				 : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)                          \
				 :                                                                 \
				 : "r12", "memory");                                               \
		return r0;                                                                         \
	}

CALL(arch_smc, "smc #0")
CALL(arch_hvc, "hvc #0")

void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}
