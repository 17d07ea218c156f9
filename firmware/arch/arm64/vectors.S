/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors: every exception saves the registers as struct arm64_frame and calls
 * arch_fault(), which does not come back here. Also the two halves of arch_try(), the way out of
 * a fault. The frame is at the top of a stack of its own: the work's may be what has faulted.
 */
#include "entry.h"
#include "frame.h"
#include "level.inc"

	.section .vectors, "ax"
	.macro	entry kind
	.balign	128
	msr	tpidr_el0, x0
	mov	x0, #\kind
	b	common
	.endm

	.balign	2048
	.global	vectors
vectors:					/* with SP_EL0, with SP_ELx, from below */
	.rept	4
	entry	FAULT_SYNC
	entry	FAULT_IRQ
	entry	FAULT_FIQ
	entry	FAULT_SERROR
	.endr

common:	msr	spsel, #1
	msr	tpidrro_el0, x1
	adrp	x1, __exception_stack_end
	add	x1, x1, :lo12:__exception_stack_end
	sub	x1, x1, #FRAME_BYTES
	stp	x2, x3, [x1, #16]
	mrs	x2, tpidr_el0
	mrs	x3, tpidrro_el0
	stp	x2, x3, [x1]
	mov	x2, sp
	str	x2, [x1, #FRAME_SP]
	mov	sp, x1
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x1, x0
	read_el	x0, elr
	str	x0, [sp, #FRAME_PC]
	read_el	x0, spsr
	str	x0, [sp, #FRAME_PSR]
	read_el	x0, esr
	str	x0, [sp, #FRAME_ESR]
	read_el	x0, far
	str	x0, [sp, #FRAME_FAR]
	mov	x0, sp
	mov	x29, #0
	bl	arch_fault

	/* void reset_call(void (*fn)(void)): on the stack of the work that was given up */
	.text
	.type	reset_call, %function
	.global	reset_call
reset_call:
	adrp	x1, __stack_end
	add	x1, x1, :lo12:__stack_end
	mov	sp, x1
	br	x0

	.type	try_call, %function
	.global	try_call
/* bool try_call(void (*fn)(void *), void *ctx, uint64_t *saved_sp): true if fn came back */
try_call:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x29, sp
	str	x29, [x2]
	mov	x3, x0
	mov	x0, x1
	blr	x3
	mov	w0, #1
1:	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.type	try_abandon, %function
	.global	try_abandon
/* void try_abandon(uint64_t saved_sp): come back from try_call() with false */
try_abandon:
	mov	sp, x0
	mov	w0, #0
	b	1b
