/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of a kernel: says with what it was started, "kernel: R0 R1 R2", on the PL011 of QEMU's
 * virt machine. A zImage by its header.
 */
	.syntax unified
	.arch armv7-a
	.text
	.arm
	.equ	UART, 0x09000000

start:	b	code
	.org	0x24
	.word	0x016f2818, 0, end - start, 0x04030201
code:	ldr	r4, =UART
	mov	r6, r1
	mov	r7, r2
	mov	r5, r0
	adr	r8, text
	bl	say
	bl	number
	mov	r5, r6
	bl	number
	mov	r5, r7
	bl	number
	adr	r8, newline
	bl	say
	b	.

/* r8: a string */
say:	ldrb	r0, [r8], #1
	cmp	r0, #0
	bxeq	lr
	str	r0, [r4]
	b	say

/* r5, in hexadecimal after a blank */
number:	mov	r0, #' '
	str	r0, [r4]
	mov	r9, #8
1:	lsr	r0, r5, #28
	lsl	r5, r5, #4
	cmp	r0, #10
	addlo	r0, r0, #'0'
	addhs	r0, r0, #('a' - 10)
	str	r0, [r4]
	subs	r9, r9, #1
	bne	1b
	bx	lr

text:	.asciz	"kernel:"
newline:
	.asciz	"\r\n"
	.balign	4
	.ltorg
end:
