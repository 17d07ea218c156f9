/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Division for CPUs that have no instruction for it (Cortex-A5, A8, A9), in place of libgcc's: that
 * is unrolled for speed and takes 1.6 KB, and the monitor divides a few thousand times in a start.
 * A division by zero ends, with any result.
 * Source: Run-time ABI for the Arm Architecture (IHI 0043), section 5.3.
 */
	.syntax unified
	.arch armv7-a
	.text
	.thumb

	.macro	function name
	.thumb_func
	.type	\name, %function
	.global	\name
\name:
	.endm

/* r0 / r1: the quotient in r0, the remainder in r1; changes r2 and r3, nothing else */
	.balign	4
	function __aeabi_uidiv
	function __aeabi_uidivmod
	clz	r2, r0
	clz	r3, r1
	subs	r3, r3, r2			/* bits that the quotient has, less one */
	mov	r2, #0
	bmi	1f
	lsl	r1, r1, r3
0:	lsl	r2, r2, #1
	cmp	r0, r1
	itt	hs
	subhs	r0, r0, r1
	addhs	r2, r2, #1
	lsr	r1, r1, #1
	subs	r3, r3, #1
	bpl	0b
1:	mov	r1, r0
	mov	r0, r2
	bx	lr

/* The same with signs: the quotient is rounded towards zero, the remainder has the sign of r0. */
	.balign	4
	function __aeabi_idiv
	function __aeabi_idivmod
	push	{r4, r5, r6, lr}
	eor	r4, r0, r1
	movs	r5, r0
	it	mi
	rsbmi	r0, r0, #0
	cmp	r1, #0
	it	mi
	rsbmi	r1, r1, #0
	bl	__aeabi_uidivmod
	cmp	r4, #0
	it	mi
	rsbmi	r0, r0, #0
	cmp	r5, #0
	it	mi
	rsbmi	r1, r1, #0
	pop	{r4, r5, r6, pc}

/* r1:r0 / r3:r2: the quotient in r1:r0, the remainder in r3:r2 */
	.balign	4
	function __aeabi_uldivmod
	orrs	r12, r1, r3
	bne	0f
	push	{r4, lr}			/* both fit 32 bits, as nearly always */
	mov	r1, r2
	bl	__aeabi_uidivmod
	mov	r2, r1
	mov	r1, #0
	mov	r3, #0
	pop	{r4, pc}
0:	push	{r4, r5, r6, lr}
	mov	r4, #0				/* r5:r4: what is left so far */
	mov	r5, #0
	mov	r6, #64
1:	adds	r0, r0, r0			/* the next bit comes in, the quotient's goes in after it */
	adcs	r1, r1, r1
	adcs	r4, r4, r4
	adcs	r5, r5, r5
	bcs	2f
	cmp	r5, r3
	it	eq
	cmpeq	r4, r2
	blo	3f
2:	subs	r4, r4, r2
	sbc	r5, r5, r3
	add	r0, r0, #1
3:	subs	r6, r6, #1
	bne	1b
	mov	r2, r4
	mov	r3, r5
	pop	{r4, r5, r6, pc}
