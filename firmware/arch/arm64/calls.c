/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls out of the CPU's own world: SMC, HVC, and waiting. */
#include "arch/arch.h"

/* SMCCC 1.0 (Arm DEN 0028): function and arguments in w0-w3, result in w0; x4-x17 are not kept. */
#define CALL(name, insn)                                                                           \
	uint32_t name(uint32_t fn, uint32_t a1, uint32_t a2, uint32_t a3)                          \
	{                                                                                          \
		register uint64_t x0 __asm__("x0") = fn;                                           \
		register uint64_t x1 __asm__("x1") = a1;                                           \
		register uint64_t x2 __asm__("x2") = a2;                                           \
		register uint64_t x3 __asm__("x3") = a3;                                           \
                                                                                                   \
		__asm__ volatile(insn                                                              \
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                          \
				 :                                                                 \
				 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", \
				   "x14", "x15", "x16", "x17", "memory");                          \
		return (uint32_t)x0;                                                               \
	}

CALL(arch_smc, "smc #0")
CALL(arch_hvc, "hvc #0")

void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}
