/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image's first instructions (docs/boot-contract.md, 1): ARM state, SVC or HYP mode, MMU and
 * data cache off, in RAM that is ours from the file's first byte to its last. The file is a zImage
 * to whoever starts it. The code is position-independent; what has an address in it is relocated
 * here. Leaves by calling arch_start(), which does not return.
 */
#include "entry.h"
#include "fresh.inc"
#include "off.inc"

	.syntax unified
	.arch armv7-a
	.arch_extension virt
	.arm

	/* @reg: the run-time address of a symbol; the distance is a word in text */
	.macro	address reg, symbol
	ldr	\reg, 8001f
8000:	add	\reg, pc, \reg
	.subsection 1
8001:	.word	\symbol - (8000b + 8)
	.previous
	.endm

	/* Where a zImage begins; what follows is its header, by oopsmon.ld.S. */
	.section .first, "ax"
	.global	_start
_start:	b	from_linux
	.fill	8, 4, 0xe1a00000		/* nothing, as old loaders expect it */

	/*
	 * From the reset shim and the called shim. r0: kind of entry (entry.h), r1: reset: what follows
	 * the shim's file in flash, called: struct caller; r2: device tree; r3: where our memory begins. Nothing of it is in a cache.
	 */
	.section .head, "ax"
	.global	from_shim
from_shim:
	cpsid	aif
	mov	r9, r0
	mov	r8, r1
	mov	r7, r2
	mov	r11, r3
	b	move

	/*
	 * As Linux is started: r0 = 0, r1: machine type, r2: device tree or tags; MMU and data cache
	 * off; anywhere, at a multiple of 4. What a loader left in the cache of this file's bytes goes
	 * to memory before anything is written. A loader that left MMU or data cache on did not keep
	 * to the protocol: they are switched off here, and the app is told.
	 */
from_linux:
	cpsid	aif
	mov	r9, #SHIM_LINUX
	mov	r8, r1
	mov	r7, r2
	address	r11, _start
	address	r1, __file_end
	bl	clean
	mrs	r0, cpsr
	and	r0, r0, #MODE_MASK
	cmp	r0, #MODE_HYP
	caches_off r0, r2
	tst	r0, #5
	orrne	r9, r9, #SHIM_CACHES
	blne	clean				/* what was fetched meanwhile */
	b	move

	/* [r11, r1) to memory, by address. Uses r0 and r2. */
clean:	mov	r0, r11
1:	mcr	p15, 0, r0, c7, c14, 1		/* DCCIMVAC: clean and invalidate */
	add	r0, r0, #32			/* no ARMv7-A core has shorter lines */
	cmp	r0, r1
	blo	1b
	dsb
	bx	lr

	/*
	 * Where the image does not begin at a multiple of 16 KiB, it moves up within the file, so far
	 * that it does not overwrite this code.
	 */
move:	address	r4, _start
	address	r12, __file_end
	lsls	r0, r4, #18
	beq	moved
	ldr	r0, =MOVER_BYTES + TABLE_ALIGN - 1
	add	r5, r4, r0
	lsr	r5, r5, #14
	lsl	r5, r5, #14			/* r5: the new place */
	sub	r6, r5, r4
	address	r0, __load_end
	add	r1, r0, r6
1:	ldmdb	r0!, {r2, r3, r5, r10}
	stmdb	r1!, {r2, r3, r5, r10}
	cmp	r0, r4
	bhi	1b
	dsb
	mov	r0, #0
	mcr	p15, 0, r0, c7, c5, 0		/* ICIALLU */
	mcr	p15, 0, r0, c7, c5, 6		/* BPIALL */
	dsb
	isb
	adr	r0, moved
	add	r0, r0, r6
	bx	r0

	/* r7: device tree, r8: machine type, r9: kind, r11, r12: our memory's beginning and end */
	.global	moved
moved:
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
	address	r0, hyp_vectors
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
	address	r0, vectors
	mcr	p15, 0, r0, c12, c0, 0		/* VBAR */
	fresh	r0

	/* All relocations are of one kind: a word at an offset that counts from the image's start. */
	address	r4, _start
	address	r0, __rel_start
	address	r1, __rel_end
1:	cmp	r0, r1
	bhs	2f
	ldr	r2, [r0], #8
	ldr	r3, [r4, r2]
	add	r3, r3, r4
	str	r3, [r4, r2]
	b	1b

	/* Exceptions share one stack: a fault never comes back to where it was. */
2:	address	r0, __exception_stack_end
	msr	cpsr_c, #(MODE_FIQ | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_IRQ | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_ABT | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_UND | 0xc0)
	mov	sp, r0
	msr	cpsr_c, #(MODE_SVC | 0xc0)
	address	sp, __stack_end

	adr	r0, guard			/* -mstack-protector-guard=tls */
	mcr	p15, 0, r0, c13, c0, 3		/* TPIDRURO */

	mov	r3, #0
	mov	r4, #0
	mov	r5, #0
	mov	r6, #0
	address	r0, __bss_start
	address	r1, __bss_end
	bl	clear
	address	r0, __mmu_start
	address	r1, __mmu_end
	bl	clear

	mov	r0, r9
	mov	r1, r8
	mov	r2, r7
	mov	r3, r10
	push	{r11, r12}
	blx	arch_start			/* Thumb code */

clear:	stm	r0!, {r3-r6}			/* [r0, r1) with r3-r6, in steps of 32 */
	stm	r0!, {r3-r6}
	cmp	r0, r1
	blo	clear
	bx	lr
	.ltorg

	/* What the stack protector compares with is fixed: it has to catch bugs, not attackers. */
guard:	.word	0x6f6f7000
