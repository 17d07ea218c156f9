/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset (docs/boot-contract.md, 1): ARM state, SVC or HYP mode, MMU and caches off.
 * Runs in place from flash page 0, which is unmapped once the MMU is on. Leaves by
 * calling arch_start(entered_hyp), which does not return.
 */
	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.section .start, "ax"
	.arm

	.equ	MODE_MASK, 0x1f
	.equ	MODE_FIQ, 0x11
	.equ	MODE_IRQ, 0x12
	.equ	MODE_SVC, 0x13
	.equ	MODE_ABT, 0x17
	.equ	MODE_HYP, 0x1a
	.equ	MODE_UND, 0x1b
	.equ	IRQS_OFF, 0x1c0			/* A, I and F masked */

	.global	_start
_start:
	cpsid	aif
	mrc	p15, 0, r0, c0, c0, 5		/* MPIDR: only CPU 0 goes on */
	tst	r0, #0xff
	bne	park

	mov	r10, #0				/* r10: entered in HYP mode? */
	mrs	r0, cpsr
	and	r0, r0, #MODE_MASK
	cmp	r0, #MODE_HYP
	bne	in_svc

	/*
	 * HYP mode has its own MMU format; work in SVC instead and come back
	 * through an HVC that hyp_vectors answers (leave.S).
	 */
	mov	r10, #1
	ldr	r0, =hyp_vectors
	mcr	p15, 4, r0, c12, c0, 0		/* HVBAR */
	mov	r0, #0
	mcr	p15, 4, r0, c1, c1, 0		/* HCR: trap nothing */
	mcr	p15, 4, r0, c1, c1, 3		/* HSTR: trap nothing */
	mcr	p15, 4, r0, c1, c1, 2		/* HCPTR: trap nothing */
	mrc	p15, 4, r0, c14, c1, 0		/* CNTHCTL: counter and timer for SVC */
	orr	r0, r0, #3
	mcr	p15, 4, r0, c14, c1, 0
	mov	r0, #0
	mcrr	p15, 4, r0, r0, c14		/* CNTVOFF: one time for all */
	mov	r0, #(MODE_SVC | IRQS_OFF)
	msr	spsr_cxsf, r0
	adr	r0, in_svc
	msr	elr_hyp, r0
	eret

in_svc:
	msr	cpsr_c, #(MODE_SVC | 0xc0)
	mrc	p15, 0, r0, c1, c0, 0		/* SCTLR */
	ldr	r1, =0x72003807			/* TE, AFE, TRE, EE, V, I, Z, C, A, M off */
	bic	r0, r0, r1
	mcr	p15, 0, r0, c1, c0, 0
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0		/* VBAR */
	mov	r0, #0
	mcr	p15, 0, r0, c8, c7, 0		/* TLBIALL */
	mcr	p15, 0, r0, c7, c5, 0		/* ICIALLU */
	mcr	p15, 0, r0, c7, c5, 6		/* BPIALL */
	dsb
	isb

	/* L1 data cache: undefined after power-on on some cores; discard it. */
	mcr	p15, 2, r0, c0, c0, 0		/* CSSELR: L1 data */
	isb
	mrc	p15, 1, r0, c0, c0, 0		/* CCSIDR */
	and	r1, r0, #7
	add	r1, r1, #4			/* r1: log2(line bytes) */
	ubfx	r2, r0, #3, #10			/* r2: last way */
	ubfx	r3, r0, #13, #15		/* r3: last set */
	clz	r4, r2				/* r4: shift of the way field */
1:	mov	r5, r3
2:	lsl	r6, r2, r4
	orr	r6, r6, r5, lsl r1
	mcr	p15, 0, r6, c7, c6, 2		/* DCISW */
	subs	r5, r5, #1
	bge	2b
	subs	r2, r2, #1
	bge	1b
	dsb

	/* Exceptions share one stack: a fault never comes back to where it was. */
	ldr	r0, =__exception_stack_end
	msr	cpsr_c, #(MODE_FIQ | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_IRQ | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_ABT | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_UND | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_SVC | 0xc0)
	ldr	sp, =__stack_end

	ldr	r0, =__data_load
	ldr	r1, =__data_start
	ldr	r2, =__data_end
	bl	copy
	ldr	r0, =__ramtext_load
	ldr	r1, =__ramtext_start
	ldr	r2, =__ramtext_end
	bl	copy
	ldr	r0, =__consts_load
	ldr	r1, =__consts_start
	ldr	r2, =__consts_end
	bl	copy
	mov	r3, #0
	mov	r4, #0
	mov	r5, #0
	mov	r6, #0
	ldr	r1, =__bss_start
	ldr	r2, =__bss_end
	bl	clear
	ldr	r1, =__mmu_start
	ldr	r2, =__consts_start
	bl	clear

	mov	r0, r10
	ldr	r1, =arch_start
	bx	r1				/* may be Thumb code */

copy:	cmp	r1, r2				/* [r1, r2) from r0, in steps of 16 */
	ldmlo	r0!, {r3-r6}
	stmlo	r1!, {r3-r6}
	blo	copy
	bx	lr

clear:	cmp	r1, r2				/* [r1, r2) with r3-r6, in steps of 16 */
	stmlo	r1!, {r3-r6}
	blo	clear
	bx	lr

park:	wfe					/* another CPU: Linux starts it by PSCI */
	b	park
	.ltorg
