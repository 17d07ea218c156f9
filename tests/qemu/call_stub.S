/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A caller in flash, as U-Boot is one: copies the called form to RAM, fills every register that the
 * shim promises to give back with a pattern, calls it, and compares. Runs on a flat map with MMU and
 * caches on, if it is not entered in HYP mode. Ends with one line on the UART: "back: R, wrong: M",
 * R what the call returned, M a bit for each register that differs. The words after the code are set
 * by test_entries.py.
 */
	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.text
	.arm

	.equ	TABLE, 0x5e000000		/* first-level table; state before and after the call */
	.equ	BEFORE, 0x5e010000
	.equ	AFTER, 0x5e011000
	.equ	STACK, 0x5e020000
	.equ	ARGV, 0x5e020100
	.equ	UART, 0x09000000

	.macro	set op, n, m, op2, value
	ldr	r2, =\value
	mcr	p15, \op, r2, \n, \m, \op2
	.endm
	.macro	look op, n, m, op2
	mrc	p15, \op, r2, \n, \m, \op2
	str	r2, [r12], #4
	.endm

start:	cpsid	aif
	mrc	p15, 0, r0, c0, c0, 5
	tst	r0, #0xff
	bne	.
	adrl	r3, words
	ldm	r3, {r4-r9}			/* to, bytes, argc, argv[1]: 8 digits, from */
	mov	r12, r4
	ldr	r9, [r3, #20]
1:	ldr	r10, [r9], #4
	str	r10, [r12], #4
	subs	r5, r5, #4
	bhi	1b
	ldr	r0, =ARGV			/* argv, then the digits and a zero */
	add	r1, r0, #32
	str	r1, [r0]
	str	r1, [r0, #4]
	ldr	r7, [r3, #12]
	ldr	r8, [r3, #16]
	stm	r1, {r7, r8}
	mov	r2, #0
	str	r2, [r1, #8]

	ldr	sp, =STACK
	set	0, c13, c0, 1, 0x11111101	/* CONTEXTIDR */
	set	0, c13, c0, 3, 0x22222222	/* TPIDRURO */
	set	0, c12, c0, 0, 0x33333320	/* VBAR */
	mrs	r2, cpsr
	and	r2, r2, #0x1f
	cmp	r2, #0x1a
	beq	hyp

	/* Sections, 1:1: RAM and flash cached, the rest device. */
	ldr	r0, =TABLE
	mov	r1, #0
1:	lsl	r2, r1, #20
	movw	r3, #0x0c02			/* device */
	movt	r3, #0
	cmp	r1, #0x90
	blo	2f
	cmp	r1, #0x400
	blo	3f
2:	orr	r3, r3, #0x1000			/* TEX 001, C, B: write-back, write-allocate */
	orr	r3, r3, #0xc
3:	orr	r2, r2, r3
	str	r2, [r0, r1, lsl #2]
	add	r1, r1, #1
	cmp	r1, #0x1000
	blo	1b
	set	0, c2, c0, 2, 0			/* TTBCR */
	set	0, c2, c0, 0, TABLE		/* TTBR0 */
	set	0, c2, c0, 1, TABLE + 0x4000	/* TTBR1 */
	set	0, c3, c0, 0, 0x55555555	/* DACR */
	set	0, c10, c2, 0, 0x000a81a8	/* PRRR */
	set	0, c10, c2, 1, 0x44e048e0	/* NMRR */
	mov	r2, #0
	mcr	p15, 0, r2, c8, c7, 0
	dsb
	isb
	mrc	p15, 0, r2, c1, c0, 0
	movw	r3, #0x1805			/* Z, I, C, M */
	orr	r2, r2, r3
	mcr	p15, 0, r2, c1, c0, 0
	isb
	.irp	mode, 0xd1, 0xd2, 0xd7, 0xdb
	msr	cpsr_c, #\mode
	ldr	sp, =0x44444400 + \mode
	ldr	lr, =0x55555500 + \mode
	ldr	r2, =0x60000000 + \mode
	msr	spsr_cxsf, r2
	.endr
	msr	cpsr_c, #0xd3
	b	call

hyp:	set	4, c1, c1, 2, 0x000033ff	/* HCPTR */
	set	4, c1, c1, 0, 0x00000002	/* HCR */
	set	4, c12, c0, 0, 0x66666660	/* HVBAR */
	set	0, c2, c0, 2, 0x80000000	/* TTBCR.EAE: 64-bit TTBRs */
	ldr	r2, =0x5e000000
	mov	r3, #0x00aa0000
	mcrr	p15, 0, r2, r3, c2
	mcrr	p15, 1, r2, r3, c2
	set	0, c10, c2, 0, 0xff440c04	/* MAIR0 */
	.irp	mode, fiq, irq, abt, und, svc
	adr	r2, hyp
	msr	sp_\mode, r2
	msr	lr_\mode, r2
	.endr
	ldr	r2, =0x77777770
	msr	elr_hyp, r2
	b	call

call:	ldr	r4, =0x04040404
	ldr	r5, =0x05050505
	ldr	r6, =0x06060606
	ldr	r7, =0x07070707
	ldr	r8, =0x08080808
	ldr	r9, =0x09090909
	ldr	r10, =0x10101010
	ldr	r11, =0x11111111
	ldr	r12, =BEFORE
	bl	state
	adrl	r3, words
	ldr	r12, [r3]
	ldr	r0, [r3, #8]
	ldr	r1, =ARGV
	blx	r12
	ldr	r12, =AFTER
	bl	state
	mov	r6, r0

	/* Compare, and say it. */
	ldr	r0, =BEFORE
	ldr	r1, =AFTER
	mov	r4, #0
	mov	r5, #0
1:	ldr	r2, [r0], #4
	ldr	r3, [r1], #4
	cmp	r2, r3
	addne	r4, r4, #1
	movne	r7, r5
	add	r5, r5, #1
	cmp	r5, #48
	blo	1b
	ldr	r1, =UART
	adrl	r2, text
	bl	say
	mov	r0, r6
	bl	digits
	adrl	r2, wrong
	bl	say
	mov	r0, r4
	bl	digits
	adrl	r2, last
	bl	say
	mov	r0, r7
	bl	digits
	adrl	r2, line
	bl	say
	b	.

	/* Registers to [r12]; r0 stays. */
state:	stm	r12!, {r4-r11, sp}
	mrs	r2, cpsr
	bic	r2, r2, #0xf8000000		/* flags are the caller's to lose */
	str	r2, [r12], #4
	mrs	r2, spsr
	str	r2, [r12], #4
	look	0, c1, c0, 0
	look	0, c1, c0, 1
	look	0, c2, c0, 2
	mrc	p15, 0, r2, c0, c1, 4
	and	r2, r2, #0xf
	cmp	r2, #5
	mov	r3, #0
	mrrchs	p15, 0, r2, r3, c2
	mrclo	p15, 0, r2, c2, c0, 0
	str	r2, [r12], #4
	str	r3, [r12], #4
	mov	r3, #0
	mrc	p15, 0, r2, c0, c1, 4
	and	r2, r2, #0xf
	cmp	r2, #5
	mrrchs	p15, 1, r2, r3, c2
	mrclo	p15, 0, r2, c2, c0, 1
	str	r2, [r12], #4
	str	r3, [r12], #4
	look	0, c3, c0, 0
	look	0, c10, c2, 0
	look	0, c10, c2, 1
	look	0, c12, c0, 0
	look	0, c13, c0, 1
	look	0, c13, c0, 3
	mrs	r2, cpsr
	and	r2, r2, #0x1f
	cmp	r2, #0x1a
	beq	1f
	mov	r3, r12				/* FIQ mode has an r12 of its own */
	.irp	mode, 0xd1, 0xd2, 0xd7, 0xdb
	msr	cpsr_c, #\mode
	mrs	r2, spsr
	stm	r3, {r2, sp, lr}
	add	r3, r3, #12
	.endr
	msr	cpsr_c, #0xd3
	bx	lr
1:	.irp	mode, fiq, irq, abt, und, svc
	mrs	r2, spsr_\mode
	mrs	r3, sp_\mode
	str	r2, [r12], #4
	str	r3, [r12], #4
	.endr
	look	4, c1, c0, 0			/* HSCTLR */
	look	4, c1, c1, 0
	look	4, c1, c1, 2
	look	4, c1, c1, 3
	look	4, c12, c0, 0
	look	4, c14, c1, 0
	look	4, c2, c0, 2
	mrrc	p15, 4, r2, r3, c14
	str	r2, [r12], #4
	str	r3, [r12], #4
	mrrc	p15, 6, r2, r3, c2		/* VTTBR: nobody's business */
	str	r2, [r12], #4
	mrrc	p15, 4, r2, r3, c2		/* HTTBR */
	str	r2, [r12], #4
	mrs	r2, elr_hyp
	str	r2, [r12], #4
	bx	lr

say:	ldrb	r3, [r2], #1
	cmp	r3, #0
	bxeq	lr
	str	r3, [r1]
	b	say
digits:	mov	r2, #8
1:	ror	r0, r0, #28
	and	r3, r0, #0xf
	cmp	r3, #10
	addlo	r3, r3, #'0'
	addhs	r3, r3, #'a' - 10
	str	r3, [r1]
	subs	r2, r2, #1
	bne	1b
	bx	lr
	.ltorg
text:	.asciz	"back: "
wrong:	.asciz	", wrong: "
last:	.asciz	", last: "
line:	.asciz	"\r\n"
	.balign	64
words:
