/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader in flash, in place of the monitor's own shim: copies a file to RAM and starts it as
 * Linux is started. The words after the code are set by test_entries.py.
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
	ldm	r3, {r4-r9}			/* to, bytes, r0, r1, r2, from */
	mov	r12, r4
1:	ldr	r10, [r9], #4
	str	r10, [r12], #4
	subs	r5, r5, #4
	bhi	1b
	dsb
	mov	r0, #0
	mcr	p15, 0, r0, c7, c5, 0
	isb
	mov	r0, r6
	mov	r1, r7
	mov	r2, r8
	bx	r4
	.balign	64
words:
