/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void leave(const struct range32 *clean, entry, r2, hyp, line_pa, sync_pa, r1): the way out.
 * @clean: {first, end} pairs of memory that may be dirty in the data cache, ended by {0, 0}
 * @r1, @r2: what whoever is started or returned to finds there
 * @line_pa, @sync_pa: registers of an outer cache, 0: there is none (struct outer_cache)
 * Uses no stack: what it would push could stay in the cache. Cleaning is by
 * address; set/way operations do not reach other levels' owners (ARMv7 ARM, B2.2.7).
 * Source of the state that is left: Linux Documentation/arm/booting.rst (6.1).
 */
#include "fresh.inc"

	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.text
	.arm
	.type	leave, %function
	.global	leave
leave:
	cpsid	aif
	ldm	sp, {r11, r12}			/* line_pa, sync_pa */
	mov	r7, r0
	mov	r8, r1				/* entry */
	mov	r9, r2
	mov	r10, r3				/* entered in HYP mode? */
	ldr	r3, [sp, #8]			/* r1 */

	mrc	p15, 0, r4, c0, c0, 1		/* CTR: smallest data cache line, in words */
	ubfx	r4, r4, #16, #4
	mov	r5, #4
	lsl	r4, r5, r4
1:	ldm	r0!, {r5, r6}
	cmp	r5, r6
	beq	3f
2:	mcr	p15, 0, r5, c7, c14, 1		/* DCCIMVAC: clean and invalidate */
	add	r5, r5, r4
	cmp	r5, r6
	blo	2b
	b	1b
3:	dsb
	cmp	r11, #0
	beq	7f
4:	ldm	r7!, {r5, r6}			/* the outer cache has now what the lines had */
	cmp	r5, r6
	mov	r0, r12
	beq	6f
	mov	r0, r11
5:	bl	outer
	add	r5, r5, #32
	cmp	r5, r6
	blo	5b
	b	4b
6:	mov	r5, #0
	bl	outer
	dsb
7:
	mrc	p15, 0, r0, c1, c0, 0		/* SCTLR: MMU, caches, branch prediction off */
	ldr	r1, =0x1805
	bic	r0, r0, r1
	mcr	p15, 0, r0, c1, c0, 0
	isb
	fresh	r0

	mov	r0, #0				/* as Linux wants it: 0, machine type, tree */
	mov	r1, r3
	mov	r2, r9
	mov	r3, r8
	cmp	r10, #0
	bxeq	r3
	hvc	#0				/* hyp_vectors: goes to r3 in HYP mode */

	/* Write r5 to the register r0 and wait until it is done; if it never is, give all of it up. */
outer:	str	r5, [r0]
	mov	r2, #1 << 17
1:	ldr	r1, [r0]
	tst	r1, #1
	bxeq	lr
	subs	r2, r2, #1
	bne	1b
	b	7b
	.ltorg
