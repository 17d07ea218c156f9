/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset shim (docs/boot-contract.md, 1): the flash's first bytes on boards whose reset vector is
 * ours. Copies the image that follows it to the board's window in RAM, and goes on there.
 * ARM state, SVC or HYP mode, MMU and caches off; runs in place, writes nothing but the window.
 */
#include "entry.h"
#include "fresh.inc"
#include "memory.h"

	.equ	ACTLR_SMP, 1 << 6

	.syntax unified
	.arch armv7-a
	.text
	.arm

	.global	window_pa
	.set	window_pa, OM_WINDOW_PA		/* for those who debug: where the image runs */

	.global	reset
reset:	b	start
	.org	0x3c				/* what this file is (core/boot/wrap.h) */
	.word	RESET_MAGIC, file_end - reset, OM_VERSION_NUMBER, OM_ROM_PA

start:	cpsid	aif
	mrc	p15, 0, r0, c0, c0, 5		/* MPIDR: only CPU 0 goes on */
	tst	r0, #0xff
	bne	park

	fresh	r0

	/*
	 * Cores whose ACTLR.SMP lets them take part in coherency want it before their caches are on;
	 * some keep the caches off without. It can be set in secure state only: HYP mode is not, and
	 * where a write traps in SVC mode the vector goes on after it.
	 * Source: the Technical Reference Manuals of these cores, ACTLR.
	 */
	mrs	r0, cpsr
	and	r0, r0, #MODE_MASK
	cmp	r0, #MODE_HYP
	beq	2f
	mrc	p15, 0, r0, c1, c0, 0		/* SCTLR: low vectors, in ARM state */
	bic	r0, r0, #(1 << 30)
	bic	r0, r0, #(1 << 13)
	mcr	p15, 0, r0, c1, c0, 0
	adr	r0, vectors
	mcr	p15, 0, r0, c12, c0, 0		/* VBAR */
	isb
	mrc	p15, 0, r0, c0, c0, 0		/* MIDR: who made it, and its number */
	lsr	r1, r0, #24
	ubfx	r0, r0, #4, #12
	cmp	r1, #0x41			/* Arm */
	bne	2f
	adr	r1, smp_cores
1:	ldrh	r2, [r1], #2
	cmp	r2, #0
	beq	2f
	cmp	r2, r0
	bne	1b
	mrc	p15, 0, r0, c1, c0, 1		/* ACTLR */
	tst	r0, #ACTLR_SMP
	orreq	r0, r0, #ACTLR_SMP
	mcreq	p15, 0, r0, c1, c0, 1
	isb
2:

	/* L1 data cache: undefined after power-on on some cores; discard it. */
	mcr	p15, 2, r0, c0, c0, 0		/* CSSELR: L1 data */
	isb
	mrc	p15, 1, r0, c0, c0, 0		/* CCSIDR */
	and	r1, r0, #7
	add	r1, r1, #4			/* r1: log2(line bytes) */
	ubfx	r2, r0, #3, #10			/* r2: last way */
	ubfx	r3, r0, #13, #15		/* r3: last set */
	clz	r4, r2				/* r4: shift of the way field */
1:	mov	r5, r3
2:	lsl	r6, r2, r4
	orr	r6, r6, r5, lsl r1
	mcr	p15, 0, r6, c7, c6, 2		/* DCISW */
	subs	r5, r5, #1
	bge	2b
	subs	r2, r2, #1
	bge	1b
	dsb

	adr	r0, image			/* in steps of 64; the image's end is a multiple of that */
	ldr	r1, =OM_WINDOW_PA
	ldr	r11, 8f
	add	r11, r11, r0
1:	ldm	r0!, {r3-r10}
	stm	r1!, {r3-r10}
	ldm	r0!, {r3-r10}
	stm	r1!, {r3-r10}
	cmp	r0, r11
	blo	1b
	dsb					/* nothing of the window was in a cache */
	isb

	mov	r0, #SHIM_RESET
	ldr	r1, 9f				/* what follows in flash (core/boot/wrap.h) */
	adr	r2, image
	add	r1, r1, r2
	ldr	r2, =OM_DTB_PA
	ldr	r3, =OM_WINDOW_PA
	ldr	pc, =OM_WINDOW_PA + IMAGE_ENTRY

	.balign	32
vectors:
	b	.
	movs	pc, lr				/* undefined instruction: go on after it */
	.rept	6
	b	.
	.endr

smp_cores:
	.hword	0xc05, 0xc07, 0xc09, 0xc0d, 0xc0e, 0xc0f, 0	/* Cortex-A5, A7, A9, A12, A17, A15 */

	/*
	 * Another CPU waits here, in flash, and touches no RAM: WFI and not WFE, as nothing but an
	 * interrupt ends it, so that no instruction is fetched while somebody programs the flash.
	 */
	.balign	4
park:
#ifdef OM_PEN_FLAGS_PA
	/*
	 * Linux starts it without PSCI: a register of the board gets the address, then an SGI comes.
	 * Both are Linux's (arch/arm/plat-versatile/platsmp.c, 6.1). For the SGI to end WFI, the GIC
	 * must hand it to this CPU, which takes no interrupt by it. It stays pending.
	 * Source: Arm IHI 0048B, 4.4.1 (GICC_CTLR), 4.4.2 (GICC_PMR).
	 */
	ldr	r0, =OM_PEN_GICC_PA
	mov	r1, #0xff
	str	r1, [r0, #4]			/* GICC_PMR: any priority */
	mov	r1, #1
	str	r1, [r0]			/* GICC_CTLR: enable */
	dsb
	ldr	r0, =OM_PEN_FLAGS_PA
1:	wfi
	ldr	r1, [r0]
	cmp	r1, #0
	beq	1b
	bx	r1
#else
	wfi					/* Linux starts it by PSCI, from elsewhere */
	b	park
#endif
	.ltorg

8:	.word	image_end - image
9:	.word	file_end - image

	.balign	64
image:
	.incbin	IMAGE
	.balign	64
image_end:
file_end:
