/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors: every exception saves the registers as struct arm_frame and
 * calls arch_fault(), which does not come back here. Also the two halves of
 * arch_try(), the way out of a fault.
 */
#include "frame.h"

	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.section .vectors, "ax"
	.arm

	.balign	32
	.global	vectors
vectors:
	b	.				/* reset: does not come through here */
	b	undefined
	b	supervisor
	b	prefetch
	b	data
	b	.				/* reserved */
	b	irq
	b	fiq

	/* HYP mode: HVC (from leave.S) enters r3 in HYP mode, nothing else is expected. */
	.balign	32
	.global	hyp_vectors
hyp_vectors:
	b	.
	b	.
	b	.
	b	.
	b	.
	bx	r3				/* HVC from SVC */
	b	.
	b	.

/* @kind: enum arm_fault; @back: what the CPU added to the address in lr */
	.macro	entry name, kind, back
\name:	sub	lr, lr, #\back
	sub	sp, sp, #FRAME_BYTES
	stm	sp, {r0-r12}
	str	lr, [sp, #FRAME_PC]
	mrs	r1, spsr
	str	r1, [sp, #FRAME_PSR]
	mov	r0, sp
	mov	r4, #\kind
	b	common
	.endm

	entry	undefined, FAULT_UNDEFINED, 4
	entry	supervisor, FAULT_SUPERVISOR, 4
	entry	prefetch, FAULT_PREFETCH, 4
	entry	data, FAULT_DATA, 8
	entry	irq, FAULT_IRQ, 4
	entry	fiq, FAULT_FIQ, 4

common:	/* r0: frame, r4: kind. Into SVC mode, on the exception stack below the frame. */
	cpsid	aif, #0x13
	str	sp, [r0, #FRAME_SP]
	str	lr, [r0, #FRAME_LR]
	mov	sp, r0
	mov	r1, r4
	bl	arch_fault

	/* void reset_call(void (*fn)(void)): on the stack of the work that was given up */
	.type	reset_call, %function
	.global	reset_call
reset_call:
	ldr	r1, 2f
1:	add	sp, pc, r1
	bx	r0
2:	.word	__stack_end - (1b + 8)

	.text
	.thumb
	.thumb_func
	.type	try_call, %function
	.global	try_call
/* bool try_call(void (*fn)(void *), void *ctx, uint32_t *saved_sp): true if fn came back */
try_call:
	push	{r4-r11, lr}
	sub	sp, sp, #4
	str	sp, [r2]
	mov	r3, r0
	mov	r0, r1
	blx	r3
	mov	r0, #1
	add	sp, sp, #4
	pop	{r4-r11, pc}

	.thumb_func
	.type	try_abandon, %function
	.global	try_abandon
/* void try_abandon(uint32_t saved_sp): come back from try_call() with false */
try_abandon:
	mov	sp, r0
	mov	r0, #0
	add	sp, sp, #4
	pop	{r4-r11, pc}
