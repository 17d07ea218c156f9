/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset shim (docs/boot-contract.md, 1): the flash's first bytes on boards whose reset vector is
 * ours. At EL3 it sets up what the levels below cannot; then it copies the image that follows it to
 * the board's window in RAM, and goes on there, where the image leaves EL3 (start.S): the flash may be
 * the secure world's alone. MMU and caches off; runs in place, writes nothing but the window.
 */
#include "entry.h"
#include "memory.h"
#include "level.inc"

	.text
	.global	window_pa
	.set	window_pa, OM_WINDOW_PA		/* for those who debug: where the image runs */

	.global	reset
reset:	b	start
	.org	0x3c				/* what this file is (core/boot/wrap.h) */
	.word	RESET_MAGIC, file_end - reset, OM_VERSION_NUMBER, OM_ROM_PA

start:	msr	daifset, #0xf
	mrs	x0, mpidr_el1			/* only CPU 0 goes on */
	ldr	x1, =0xff00ffffff
	tst	x0, x1
	b.ne	park

	fresh	x0
	mrs	x0, CurrentEL
	cmp	x0, #(3 << 2)
	b.ne	in_place

	/*
	 * Cores whose CPUECTLR.SMPEN lets them take part in coherency want it before their caches are
	 * on. Source: the Technical Reference Manuals of Cortex-A53, A57, A72 and A73.
	 */
	mrs	x0, midr_el1			/* who made it, and its number */
	lsr	w1, w0, #24
	ubfx	w0, w0, #4, #12
	cmp	w1, #0x41			/* Arm */
	b.ne	2f
	adr	x1, smp_cores
1:	ldrh	w2, [x1], #2
	cbz	w2, 2f
	cmp	w2, w0
	b.ne	1b
	mrs	x0, S3_1_C15_C2_1		/* CPUECTLR_EL1 */
	orr	x0, x0, #(1 << 6)
	msr	S3_1_C15_C2_1, x0
	isb
2:
	/* The rate of the system counter, which others only read. */
	mrs	x0, cntfrq_el0
	cbnz	x0, 1f
	ldr	x0, =OM_TIMER_HZ
	msr	cntfrq_el0, x0
1:
	/*
	 * Every interrupt is the non-secure world's (group 1), and of any priority.
	 * Source: Arm IHI 0048B, 4.3.4, 4.4.1 and 4.4.2; Arm IHI 0069, 12.9 and 12.11.
	 */
	ldr	x1, =OM_GICD_PA
	ldr	w2, [x1, #4]			/* GICD_TYPER: 32 interrupts, less one of these */
	and	w2, w2, #0x1f
	mrs	x3, id_aa64pfr0_el1
	ubfx	x3, x3, #24, #4
	cbz	x3, 1f
	mov	w0, #0x37			/* GICD_CTLR: affinity routing in both worlds, all groups on */
	str	w0, [x1]
1:	add	x1, x1, #0x80			/* GICD_IGROUPR */
	mov	w0, #-1
2:	str	w0, [x1], #4
	subs	w2, w2, #1
	b.ge	2b
	cbz	x3, 4f
	ldr	x1, =OM_GICR_PA			/* CPU 0's; awake, and its interrupts too */
	ldr	w0, [x1, #0x14]			/* GICR_WAKER */
	and	w0, w0, #~2
	str	w0, [x1, #0x14]
	mov	w2, #0x10000
3:	ldr	w0, [x1, #0x14]
	tbz	w0, #2, 3f
	subs	w2, w2, #1
	b.ne	3b
3:	add	x1, x1, #0x10000
	mov	w0, #-1
	str	w0, [x1, #0x80]			/* GICR_IGROUPR0 */
	b	5f
4:	ldr	x1, =OM_GICC_PA
	mov	w0, #0xff
	str	w0, [x1, #4]			/* GICC_PMR */
5:	dsb	sy
in_place:
	caches_off x0, x1, x2

	/* L1 data cache: undefined after power-on on some cores; discard it. */
	msr	csselr_el1, xzr
	isb
	mrs	x0, ccsidr_el1
	and	x1, x0, #7
	add	x1, x1, #4			/* x1: log2(line bytes) */
	ubfx	x2, x0, #3, #10			/* x2: last way */
	ubfx	x3, x0, #13, #15		/* x3: last set */
	clz	w4, w2				/* x4: shift of the way field */
1:	mov	x5, x3
2:	lsl	x6, x2, x4
	lsl	x7, x5, x1
	orr	x6, x6, x7
	dc	isw, x6
	subs	x5, x5, #1
	b.ge	2b
	subs	x2, x2, #1
	b.ge	1b
	dsb	sy

	adr	x0, image			/* in steps of 64; the image's end is a multiple of that */
	ldr	x1, =OM_WINDOW_PA
	ldr	x11, 8f
	add	x11, x11, x0
1:	ldp	x2, x3, [x0], #16
	ldp	x4, x5, [x0], #16
	ldp	x6, x7, [x0], #16
	ldp	x8, x9, [x0], #16
	stp	x2, x3, [x1], #16
	stp	x4, x5, [x1], #16
	stp	x6, x7, [x1], #16
	stp	x8, x9, [x1], #16
	cmp	x0, x11
	b.lo	1b
	dsb	sy				/* nothing of the window was in a cache */
	isb

	mov	x0, #SHIM_RESET
	ldr	x1, 9f				/* what follows in flash (core/boot/wrap.h) */
	adr	x2, image
	add	x1, x1, x2
	mrs	x2, CurrentEL
	cmp	x2, #(3 << 2)
	csel	x1, x1, xzr, ne			/* nobody below EL3 may be able to read it */
	ldr	x2, =OM_DTB_PA
	ldr	x3, =OM_WINDOW_PA
	add	x5, x3, #IMAGE_ENTRY
	br	x5

smp_cores:
	.hword	0xd03, 0xd07, 0xd08, 0xd09, 0	/* Cortex-A53, A57, A72, A73 */

	/* Another CPU waits here, in flash, and touches no RAM. Linux starts it by PSCI, from elsewhere. */
	.balign	4
park:	wfi
	b	park
	.ltorg

	.balign	8
8:	.quad	image_end - image
9:	.quad	file_end - image

	.balign	64
image:
	.incbin	IMAGE
	.balign	64
image_end:
file_end:
