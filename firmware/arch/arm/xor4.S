/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core/base/xor4.h: 19 instructions for 16 bytes, where a compiler's loads of single words make 46.
 */
	.syntax unified
	.arch armv7-a
	.text
	.arm
	.type	xor4, %function
	.global	xor4
xor4:	push	{r4-r11, lr}
	add	r11, sp, #36			/* after what was pushed: d, n */
	ldr	r12, [r11, #4]
	ldr	r11, [r11]
	lsrs	lr, r12, #1
	beq	2f
	mov	r12, r3				/* r0: to, r1: a, r2: b, r12: c, r11: d */
1:	ldm	r1!, {r3-r6}
	ldm	r2!, {r7-r10}
	eor	r3, r3, r7
	eor	r4, r4, r8
	eor	r5, r5, r9
	eor	r6, r6, r10
	ldm	r12!, {r7-r10}
	eor	r3, r3, r7
	eor	r4, r4, r8
	eor	r5, r5, r9
	eor	r6, r6, r10
	ldm	r11!, {r7-r10}
	eor	r3, r3, r7
	eor	r4, r4, r8
	eor	r5, r5, r9
	eor	r6, r6, r10
	stm	r0!, {r3-r6}
	subs	lr, lr, #1
	bne	1b
2:	pop	{r4-r11, pc}
