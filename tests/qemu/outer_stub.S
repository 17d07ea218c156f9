/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With CALLER: code in flash that calls the called form, which follows it, with the data cache on,
 * off, on, and prints what each call returned. Else: what is in the form in place of the image; it
 * prints an i and returns 7. UART, FORM_PA and FORM_BYTES come from test_outer_cache.py.
 */
	.syntax unified
	.arch armv7-a
	.text
	.arm
#ifdef CALLER
	cpsid	aif
	ldr	r0, =FORM_PA
	adr	r1, form
	ldr	r2, =FORM_BYTES
1:	ldr	r3, [r1], #4
	str	r3, [r0], #4
	subs	r2, r2, #4
	bhi	1b
	ldr	sp, =FORM_PA
	mov	r4, #4				/* SCTLR.C */
	mov	r5, #3
2:	mrc	p15, 0, r0, c1, c0, 0
	bic	r0, r0, #4
	orr	r0, r0, r4
	mcr	p15, 0, r0, c1, c0, 0
	isb
	mov	r0, #2
	adr	r1, argv
	ldr	r3, =FORM_PA
	blx	r3
	add	r0, r0, #'0'
	ldr	r1, =UART
	str	r0, [r1]
	eor	r4, r4, #4
	subs	r5, r5, #1
	bne	2b
	mov	r0, #'\n'
	str	r0, [r1]
	b	.
	.ltorg
argv:	.word	digits, digits
digits:	.asciz	"60000000"
	.balign	64
form:
#else
	.fill	19, 4, 0			/* the shim goes on at 0x4c */
	ldr	r4, =UART
	mov	r5, #'i'
	str	r5, [r4]
	ldr	r3, [r1, #8]			/* where the shim goes on */
	mov	r2, #7
	bx	r3
	.ltorg
#endif
