/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image's first instructions (docs/boot-contract.md, 1d): EL1, EL2 or EL3, MMU and data cache
 * off, at a multiple of 4 KiB in RAM that is ours from the file's first byte to its last. The file
 * is an arm64 Image to whoever starts it. The code is position-independent; what has an address in
 * it is relocated here. Leaves by calling arch_start(), which does not return.
 */
#include "entry.h"
#include "level.inc"
#include "el3.inc"

	.macro	address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	/* Where an Image begins; what follows is its header, by layout.inc. */
	.section .first, "ax"
	.global	_start
_start:	b	from_linux
	nop

	/*
	 * From the reset shim and the called shim. x0: kind of entry (entry.h), x1: reset: what
	 * follows the shim's file in flash, 0: unknown; called: struct caller; x2: device tree; x3: where our
	 * memory begins. Nothing of it is in a cache.
	 */
	.section .head, "ax"
	.global	from_shim
from_shim:
	msr	daifset, #0xf
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	mov	x22, x3
	address	x23, __own_end
	b	begin

	/*
	 * As Linux is started: x0: device tree; MMU and data cache off. What a loader left in the
	 * cache of this file's bytes goes to memory before anything is written. A loader that left
	 * MMU or data cache on did not keep to the protocol: they are switched off here, and the app
	 * is told. Nor did one that starts us at EL3: no kernel is entered there.
	 */
from_linux:
	msr	daifset, #0xf
	mov	x19, #SHIM_LINUX
	mov	x20, #0
	mov	x21, x0
	address	x22, _start
	address	x23, __file_end
	bl	clean
	caches_off x0, x1, x2
	mov	x1, #(SCTLR_M | SCTLR_C)
	tst	x0, x1
	b.eq	1f
	orr	x19, x19, #SHIM_CACHES
	bl	clean				/* what was fetched meanwhile */
1:
	/* x19: kind, x20: argument, x21: device tree, x22, x23: our memory's beginning and end */
begin:	msr	spsel, #1
	mrs	x0, CurrentEL
	cmp	x0, #(3 << 2)
	b.ne	1f
	cmp	x19, #SHIM_CALLED		/* who calls us there wants us back there */
	b.eq	1f
	leave_el3
1:	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.ne	1f
	mrs	x0, hcr_el2			/* with E2H other registers have these names */
	tbz	x0, #HCR_E2H_BIT, 1f
	bic	x0, x0, #(1 << HCR_E2H_BIT)
	msr	hcr_el2, x0
	isb
1:	by_level x0, 2f, 3f, 3f
2:	ldr	x0, =SCTLR_EL1_ONES
	b	4f
3:	ldr	x0, =SCTLR_EL23_ONES
4:	write_el sctlr, x0, x1
	isb
	address	x0, vectors
	write_el vbar, x0, x1
	fresh	x0

	/* All relocations are of one kind: a word at an offset gets the image's place and an addend. */
	address	x4, _start
	address	x0, __rel_start
	address	x1, __rel_end
1:	cmp	x0, x1
	b.hs	2f
	ldp	x2, x3, [x0], #16		/* offset, kind */
	ldr	x3, [x0], #8			/* addend */
	add	x3, x3, x4
	str	x3, [x4, x2]
	b	1b

2:	address	x0, __stack_end
	mov	sp, x0
	address	x0, guard			/* -mstack-protector-guard-reg=sp_el0 */
	msr	sp_el0, x0

	address	x0, __bss_start
	address	x1, __bss_end
	bl	clear
	address	x0, __mmu_start
	address	x1, __mmu_end
	bl	clear

	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
	mov	x4, x23
	mov	x29, #0
	bl	arch_start

clear:	stp	xzr, xzr, [x0], #16		/* [x0, x1), in steps of 32 */
	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	clear
	ret

	/* [x22, x23) to memory, by address. Uses x0-x2. */
clean:	line_bytes x2, x1
	mov	x0, x22
	clean_range x0, x23, x2
	ret
	.ltorg

	/* What the stack protector compares with is fixed: it has to catch bugs, not attackers. */
	.balign	8
guard:	.quad	0x6f6f70006d6f6e00
