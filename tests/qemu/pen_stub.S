/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the monitor's image after the reset shim: says that it runs, waits for a key, and starts
 * the other CPUs as Linux does on this board. Each writes its number; "arrived: NNN" has all of them.
 * The keys: g sets the flags register and sends the SGI, s sends the SGI alone. FLAGS, GICD, UART and
 * WINDOW come from test_pen.py.
 */
	.syntax unified
	.arch armv7-a
	.text
	.arm
stub:	.fill	19, 4, 0			/* the shim goes on at 0x4c */
	ldr	r4, =UART
	adr	r5, ready
	bl	say
1:	ldr	r0, [r4, #0x18]			/* UARTFR: a key? */
	tst	r0, #0x10
	bne	1b
	ldr	r6, [r4]
	cmp	r6, #'g'
	bne	2f
	ldr	r1, =FLAGS
	mvn	r0, #0
	str	r0, [r1, #4]			/* clear all */
	adr	r0, other
	str	r0, [r1]			/* set */
	dsb
2:	ldr	r1, =GICD
	mov	r0, #1
	str	r0, [r1]			/* GICD_CTLR: enable */
	ldr	r0, =1 << 24			/* GICD_SGIR: SGI 0 to all others */
	str	r0, [r1, #0xf00]
	cmp	r6, #'g'
	bne	1b
	adr	r2, arrived
3:	ldmia	r2, {r5, r6, r7}
	cmp	r5, #0
	cmpne	r6, #0
	cmpne	r7, #0
	beq	3b
	mov	r8, r2
	adr	r5, text
	bl	say
	adr	r5, arrived
	bl	say_words
	adr	r5, line
	bl	say
	b	.

	/* The other CPUs, by the pen: without a stack, into a word for each. */
other:	mrc	p15, 0, r0, c0, c0, 5
	and	r0, r0, #3
	adr	r1, arrived
	add	r2, r0, #'0'
	sub	r0, r0, #1
	str	r2, [r1, r0, lsl #2]
	dsb
	b	.

say:	ldrb	r0, [r5], #1
	cmp	r0, #0
	bxeq	lr
	str	r0, [r4]
	b	say
say_words:
	ldr	r0, [r5], #4
	cmp	r0, #0
	bxeq	lr
	str	r0, [r4]
	b	say_words
	.ltorg
ready:	.asciz	"ready\r\n"
text:	.asciz	"arrived: "
line:	.asciz	"\r\n"
	.balign	4
arrived:
	.word	0, 0, 0, 0
