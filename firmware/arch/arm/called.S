/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Called shim (docs/boot-contract.md, 1b): the image as a function of its caller, as U-Boot's `go`
 * calls it. Saves what it or the monitor changes, makes a copy of the image that follows it, switches
 * MMU and caches off, starts the copy, and gives all of it back. The image itself stays as it is, so
 * that it can be called again. r0: number of words, r1: the words, of which the second is the device
 * tree's address in hexadecimal. Returns 0 in r0, else no report was made (1: no tree, 2: caches on).
 */
#include "entry.h"
#include "off.inc"

	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.text
	.arm

	/* Every register, by its MRC, in the order in which it is saved and given back. */
	.macro	of_pl1 do
	\do	0, c2, c0, 2			/* TTBCR */
	\do	0, c3, c0, 0			/* DACR */
	\do	0, c10, c2, 0			/* MAIR0, PRRR */
	\do	0, c10, c2, 1			/* MAIR1, NMRR */
	\do	0, c12, c0, 0			/* VBAR */
	\do	0, c13, c0, 1			/* CONTEXTIDR */
	\do	0, c13, c0, 3			/* TPIDRURO */
	.endm
	.macro	of_hyp do
	\do	4, c1, c1, 0			/* HCR */
	\do	4, c1, c1, 2			/* HCPTR */
	\do	4, c1, c1, 3			/* HSTR */
	\do	4, c12, c0, 0			/* HVBAR */
	\do	4, c14, c1, 0			/* CNTHCTL */
	.endm
	.macro	save op, n, m, op2
	mrc	p15, \op, r2, \n, \m, \op2
	str	r2, [r12], #4
	.endm
	.macro	give op, n, m, op2
	ldr	r2, [r12], #4
	mcr	p15, \op, r2, \n, \m, \op2
	.endm
	/* Stack pointer, link register and saved status of the modes that faults use; at r3. */
	.macro	save_mode mode
	msr	cpsr_c, #(\mode | 0xc0)
	mrs	r2, spsr
	stm	r3, {r2, sp, lr}
	add	r3, r3, #12
	.endm
	.macro	give_mode mode
	msr	cpsr_c, #(\mode | 0xc0)
	ldm	r3, {r2, sp, lr}
	add	r3, r3, #12
	msr	spsr_cxsf, r2
	.endm
	.macro	save_banked mode
	mrs	r2, spsr_\mode
	mrs	r3, sp_\mode
	mrs	r4, lr_\mode
	stm	r12!, {r2-r4}
	.endm
	.macro	give_banked mode
	ldm	r12!, {r2-r4}
	msr	spsr_\mode, r2
	msr	sp_\mode, r3
	msr	lr_\mode, r4
	.endm
	/* @flags: Z set if in HYP mode */
	.macro	is_hyp
	mrs	r2, cpsr
	and	r2, r2, #MODE_MASK
	cmp	r2, #MODE_HYP
	.endm

	.global	called
called:
	/*
	 * A Cortex-A5 or A9 has its second cache outside (PL310), where the cleaning below does not
	 * reach: with data caches on, what we write and run would be partly there and not in memory.
	 */
	mrc	p15, 0, r2, c0, c0, 0		/* MIDR: who made it, and its number */
	lsr	r3, r2, #24
	ubfx	r2, r2, #4, #12
	cmp	r3, #0x41			/* Arm */
	bne	1f
	movw	r3, #0xc05
	cmp	r2, r3
	movw	r3, #0xc09
	cmpne	r2, r3
	bne	1f
	mrc	p15, 0, r2, c1, c0, 0		/* SCTLR.C */
	tst	r2, #4
	movne	r0, #2
	bxne	lr
1:	adrl	r12, saved
	stm	r12!, {r4-r11, lr}
	mrs	r2, cpsr
	mrs	r3, spsr
	str	sp, [r12], #4
	stm	r12!, {r2, r3}
	cpsid	aif

	/* The tree's address: hexadecimal digits, after 0x or not. */
	mov	r8, #0
	cmp	r0, #2
	blo	2f
	ldr	r3, [r1, #4]
1:	ldrb	r4, [r3], #1
	orr	r4, r4, #0x20
	cmp	r4, #'x'
	beq	1b
	sub	r5, r4, #'0'
	cmp	r5, #10
	blo	3f
	sub	r5, r4, #'a'
	cmp	r5, #6
	bhs	2f
	add	r5, r5, #10
3:	orr	r8, r5, r8, lsl #4
	b	1b
2:	adrl	r3, words
	stm	r3, {r0, r1}
	adrl	r2, back
	str	r2, [r3, #8]

	adrl	r3, image
	ldr	r9, image_bytes
	add	r9, r3, r9			/* r9: the copy */
	mov	r4, r9
	mov	r5, r9
1:	ldm	r3!, {r2, r6, r7, r10}		/* both begin and end at multiples of 16, from here */
	stm	r4!, {r2, r6, r7, r10}
	cmp	r3, r5
	blo	1b
	str	r9, copy_pa

	of_pl1	save
	mrc	p15, 0, r2, c0, c1, 4		/* ID_MMFR0: with long descriptors, TTBRs have 64 bits */
	and	r2, r2, #0xf
	cmp	r2, #5
	blo	1f
	mrrc	p15, 0, r2, r3, c2
	mrrc	p15, 1, r4, r5, c2
	b	2f
1:	mrc	p15, 0, r2, c2, c0, 0		/* TTBR0 */
	mrc	p15, 0, r4, c2, c0, 1		/* TTBR1 */
	mov	r3, #0
	mov	r5, #0
2:	stm	r12!, {r2-r5}
	mrc	p15, 0, r9, c1, c0, 0		/* SCTLR */
	str	r9, [r12], #4

	is_hyp
	beq	1f
	mov	r3, r12				/* FIQ mode has an r12 of its own */
	save_mode MODE_FIQ
	save_mode MODE_IRQ
	save_mode MODE_ABT
	save_mode MODE_UND
	msr	cpsr_c, #(MODE_SVC | 0xc0)
	b	2f
1:	save_banked fiq
	save_banked irq
	save_banked abt
	save_banked und
	save_banked svc
	of_hyp	save
	mrrc	p15, 4, r2, r3, c14		/* CNTVOFF */
	mrs	r4, elr_hyp
	stm	r12!, {r2-r4}
	mrc	p15, 4, r2, c1, c0, 0		/* HSCTLR */
	str	r2, [r12], #4

	/* To memory with all of our file, what was saved too; then off, and once more. */
2:	bl	clean
	is_hyp
	caches_off r2, r2
	bl	clean
	bl	fresh

	mov	r0, #SHIM_CALLED
	adrl	r1, words
	mov	r2, r8
	adrl	r3, called
	ldr	r4, copy_pa
	add	r4, r4, #IMAGE_ENTRY
	bx	r4

	/* From leave.S: MMU and caches off, in the mode that we were called in. r2: the result */
back:	mov	r0, r2
	adrl	r12, saved + 12 * 4
	of_pl1	give
	mrc	p15, 0, r2, c0, c1, 4
	and	r2, r2, #0xf
	cmp	r2, #5
	ldm	r12!, {r2-r5}
	mcrrhs	p15, 0, r2, r3, c2
	mcrrhs	p15, 1, r4, r5, c2
	mcrlo	p15, 0, r2, c2, c0, 0
	mcrlo	p15, 0, r4, c2, c0, 1
	ldr	r9, [r12], #4			/* SCTLR */
	is_hyp
	beq	1f
	mov	r3, r12
	give_mode MODE_FIQ
	give_mode MODE_IRQ
	give_mode MODE_ABT
	give_mode MODE_UND
	msr	cpsr_c, #(MODE_SVC | 0xc0)
	bl	fresh
	mcr	p15, 0, r9, c1, c0, 0
	b	2f
1:	give_banked fiq
	give_banked irq
	give_banked abt
	give_banked und
	give_banked svc
	of_hyp	give
	ldm	r12!, {r2-r4}
	mcrr	p15, 4, r2, r3, c14
	msr	elr_hyp, r4
	mcr	p15, 0, r9, c1, c0, 0
	bl	fresh
	ldr	r2, [r12]
	mcr	p15, 4, r2, c1, c0, 0		/* HSCTLR */
2:	isb
	adrl	r12, saved
	ldm	r12!, {r4-r11, lr}
	ldr	sp, [r12], #4
	ldm	r12, {r2, r3}
	msr	spsr_cxsf, r3
	msr	cpsr_cxsf, r2
	bx	lr				/* the caller may be Thumb code */

	/* Clean and invalidate our file by address. Uses r2-r5. */
clean:	mrc	p15, 0, r2, c0, c0, 1		/* CTR: smallest data cache line, in words */
	ubfx	r2, r2, #16, #4
	mov	r3, #4
	lsl	r2, r3, r2
	adrl	r3, called
	ldr	r4, bytes
	add	r4, r3, r4
1:	mcr	p15, 0, r3, c7, c14, 1		/* DCCIMVAC */
	add	r3, r3, r2
	cmp	r3, r4
	blo	1b
	dsb
	bx	lr

	/* Nothing translated or fetched before counts any more. Uses r2. */
fresh:	is_hyp
	mov	r2, #0
	mcreq	p15, 4, r2, c8, c7, 0		/* TLBIALLH */
	mcr	p15, 0, r2, c8, c7, 0		/* TLBIALL */
	mcr	p15, 0, r2, c7, c5, 0		/* ICIALLU */
	mcr	p15, 0, r2, c7, c5, 6		/* BPIALL */
	dsb
	isb
	bx	lr

bytes:	.word	file_end - called
image_bytes:
	.word	image_end - image
copy_pa:
	.word	0
words:	.word	0, 0, 0				/* struct caller (mmu.c) */
saved:	.fill	64, 4, 0

	.balign	32
image:
	.incbin	IMAGE
	.balign	16
image_end:
	.fill	COPY_BYTES			/* all the memory that the image needs */
file_end:
