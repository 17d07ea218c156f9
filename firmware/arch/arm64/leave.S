/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void leave(const struct clean *own, const struct clean *dirty, uint64_t entry, uint64_t x0):
 * the way out, at the level that we are in.
 * @own:   pairs {first, end} of the image's memory that is mapped, ended by {0, 0}
 * @dirty: the same of all other memory that may be dirty in a data cache
 * Uses no stack. What is ours is cleaned before MMU and caches are off, as these lists are in it;
 * the rest after that, when nothing has to be mapped for it any more.
 * Source of the state that is left: Linux Documentation/arm64/booting.rst (6.1).
 */
#include "entry.h"
#include "level.inc"

	.text
	.type	leave, %function
	.global	leave
leave:	msr	daifset, #0xf
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	mov	x22, x3
	line_bytes x5, x4
	bl	clean_list
	caches_off x1, x2, x3
	mov	x19, x20
	bl	clean_list
	fresh	x1
	mov	x0, x22
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	br	x21

	/* The list at x19. Uses x1 and x2. */
clean_list:
	ldp	x1, x2, [x19], #16
	cmp	x1, x2
	b.eq	1f
	clean_range x1, x2, x5
	b	clean_list
1:	ret
