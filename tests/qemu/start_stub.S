/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader in flash, in place of the monitor's own shim: copies a file to RAM and starts it as
 * Linux is started; or as no loader should, with MMU and caches on, on a flat map. The words after
 * the code are set by test_entries.py.
 */
	.syntax unified
	.arch armv7-a
	.text
	.arm
start:	cpsid	aif
	mrc	p15, 0, r0, c0, c0, 5
	tst	r0, #0xff
	bne	.
	adr	r3, words
	ldm	r3, {r4-r9, r11}		/* to, bytes, r0, r1, r2, from, table or 0 */
	mov	r12, r4
1:	ldr	r10, [r9], #4
	str	r10, [r12], #4
	subs	r5, r5, #4
	bhi	1b
	cmp	r11, #0
	beq	4f
	mrs	r0, cpsr
	and	r0, r0, #0x1f
	cmp	r0, #0x1a
	bne	2f
	mrc	p15, 4, r0, c1, c0, 0		/* HSCTLR: C, I */
	orr	r0, r0, #0x1000
	orr	r0, r0, #4
	mcr	p15, 4, r0, c1, c0, 0
	b	4f
2:	mov	r0, #0				/* sections, 1:1; cached from 1 GiB on */
3:	lsl	r1, r0, #20
	orr	r1, r1, #0xc00
	orr	r1, r1, #2
	cmp	r0, #0x400
	orrhs	r1, r1, #0x1000
	orrhs	r1, r1, #0xc
	str	r1, [r11, r0, lsl #2]
	add	r0, r0, #1
	cmp	r0, #0x1000
	blo	3b
	mov	r0, #0
	mcr	p15, 0, r0, c2, c0, 2		/* TTBCR */
	mcr	p15, 0, r11, c2, c0, 0		/* TTBR0 */
	mov	r0, #1
	mcr	p15, 0, r0, c3, c0, 0		/* DACR */
	mcr	p15, 0, r0, c8, c7, 0
	dsb
	isb
	mrc	p15, 0, r0, c1, c0, 0
	movw	r1, #0x1805			/* Z, I, C, M */
	orr	r0, r0, r1
	mcr	p15, 0, r0, c1, c0, 0
	isb
4:	dsb
	mov	r0, #0
	mcr	p15, 0, r0, c7, c5, 0
	isb
	mov	r0, r6
	mov	r1, r7
	mov	r2, r8
	bx	r4
	.balign	64
words:
