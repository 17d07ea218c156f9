/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset, memcmp and what strings need in place of newlib's: a fifth of the size, and
 * moving a device tree's tail (libfdt does it for every edit) takes 10 instructions for
 * 32 bytes, where newlib's memmove takes 4 a byte for overlapping ones.
 * Unaligned words are fine: the MMU is on and all of it is normal memory.
 */
	.syntax unified
	.arch armv7-a
	.text
	.thumb

	.macro	function name
	.balign	4
	.thumb_func
	.type	\name, %function
	.global	\name
\name:
	.endm

/* void *memmove(void *to, const void *from, size_t n): r0 stays, r12 moves */
	function memmove
	subs	r3, r0, r1
	cmp	r3, r2
	blo	backward			/* to begins inside from: start at the end */

	function memcpy
	mov	r12, r0
	eor	r3, r0, r1
	tst	r3, #3
	bne	2f				/* never aligned together: words as they come */
	b	1f
0:	ldrb	r3, [r1], #1			/* up to an aligned address */
	strb	r3, [r12], #1
	subs	r2, r2, #1
1:	cmp	r2, #0
	it	ne
	tstne	r12, #3
	bne	0b
	push	{r4-r10}
	b	1f
0:	ldm	r1!, {r3-r10}
	stm	r12!, {r3-r10}
1:	subs	r2, r2, #32
	bhs	0b
	add	r2, r2, #32
	pop	{r4-r10}
	b	2f
1:	ldr	r3, [r1], #4
	str	r3, [r12], #4
2:	subs	r2, r2, #4
	bhs	1b
	add	r2, r2, #4
	b	4f
3:	ldrb	r3, [r1], #1
	strb	r3, [r12], #1
4:	subs	r2, r2, #1
	bhs	3b
	bx	lr

backward:
	add	r1, r1, r2
	add	r12, r0, r2
	eor	r3, r12, r1
	tst	r3, #3
	bne	2f
	b	1f
0:	ldrb	r3, [r1, #-1]!
	strb	r3, [r12, #-1]!
	subs	r2, r2, #1
1:	cmp	r2, #0
	it	ne
	tstne	r12, #3
	bne	0b
	push	{r4-r10}
	b	1f
0:	ldmdb	r1!, {r3-r10}
	stmdb	r12!, {r3-r10}
1:	subs	r2, r2, #32
	bhs	0b
	add	r2, r2, #32
	pop	{r4-r10}
	b	2f
1:	ldr	r3, [r1, #-4]!
	str	r3, [r12, #-4]!
2:	subs	r2, r2, #4
	bhs	1b
	add	r2, r2, #4
	b	4f
3:	ldrb	r3, [r1, #-1]!
	strb	r3, [r12, #-1]!
4:	subs	r2, r2, #1
	bhs	3b
	bx	lr

/* void *memset(void *to, int byte, size_t n) */
	function memset
	mov	r12, r0
	uxtb	r1, r1
	orr	r1, r1, r1, lsl #8
	orr	r1, r1, r1, lsl #16
	mov	r3, r1
	b	1f
0:	str	r1, [r12], #4
	str	r3, [r12], #4
1:	subs	r2, r2, #8
	bhs	0b
	add	r2, r2, #8
	b	3f
2:	strb	r1, [r12], #1
3:	subs	r2, r2, #1
	bhs	2b
	bx	lr

/* int memcmp(const void *a, const void *b, size_t n) */
	function memcmp
	b	1f
0:	ldrb	r3, [r0], #1
	ldrb	r12, [r1], #1
	subs	r3, r3, r12
	bne	2f
1:	subs	r2, r2, #1
	bhs	0b
	movs	r3, #0
2:	mov	r0, r3
	bx	lr

/* int strcmp(const char *a, const char *b) */
	function strcmp
0:	ldrb	r2, [r0], #1
	ldrb	r3, [r1], #1
	cmp	r2, #1
	it	hs
	cmphs	r2, r3
	beq	0b
	subs	r0, r2, r3
	bx	lr

/* size_t strlen(const char *s) */
	function strlen
	mov	r1, r0
0:	ldrb	r2, [r1], #1
	cmp	r2, #0
	bne	0b
	subs	r0, r1, r0
	subs	r0, r0, #1
	bx	lr

/* char *strchr(const char *s, int c) */
	function strchr
	uxtb	r1, r1
0:	ldrb	r2, [r0], #1
	cmp	r2, r1
	beq	1f
	cmp	r2, #0
	bne	0b
	movs	r0, #1
1:	subs	r0, r0, #1
	bx	lr

/* int strncmp(const char *a, const char *b, size_t n) */
	function strncmp
	b	1f
0:	ldrb	r3, [r0], #1
	ldrb	r12, [r1], #1
	cmp	r3, r12
	bne	2f
	cbz	r3, 3f
1:	subs	r2, r2, #1
	bhs	0b
3:	movs	r0, #0
	bx	lr
2:	sub	r0, r3, r12
	bx	lr

/* size_t strnlen(const char *s, size_t n) */
	function strnlen
	mov	r2, r0
	b	1f
0:	ldrb	r3, [r2]
	cbz	r3, 2f
	adds	r2, r2, #1
1:	subs	r1, r1, #1
	bhs	0b
2:	subs	r0, r2, r0
	bx	lr

/* char *strrchr(const char *s, int c) */
	function strrchr
	uxtb	r1, r1
	movs	r2, #0
0:	ldrb	r3, [r0]
	cmp	r3, r1
	it	eq
	moveq	r2, r0
	adds	r0, r0, #1
	cmp	r3, #0
	bne	0b
	mov	r0, r2
	bx	lr

/* size_t strcspn(const char *s, const char *reject) */
	function strcspn
	push	{r4}
	mov	r2, r0
0:	ldrb	r3, [r2]
	cbz	r3, 2f
	mov	r12, r1
1:	ldrb	r4, [r12], #1
	cmp	r4, r3
	beq	2f
	cmp	r4, #0
	bne	1b
	adds	r2, r2, #1
	b	0b
2:	subs	r0, r2, r0
	pop	{r4}
	bx	lr

/* void *memchr(const void *s, int c, size_t n): four at a time, then the last or the found ones */
	function memchr
	push	{r4}
	uxtb	r1, r1
	orr	r12, r1, r1, lsl #8
	orr	r12, r12, r12, lsl #16
0:	subs	r2, r2, #4
	blo	1f
	ldr	r3, [r0], #4
	eor	r3, r3, r12			/* which byte is zero now? */
	sub	r4, r3, #0x01010101
	bics	r4, r4, r3
	tst	r4, #0x80808080
	beq	0b
	subs	r0, r0, #4
1:	adds	r2, r2, #4
	b	3f
2:	ldrb	r3, [r0], #1
	cmp	r3, r1
	beq	4f
3:	subs	r2, r2, #1
	bhs	2b
	movs	r0, #1
4:	subs	r0, r0, #1
	pop	{r4}
	bx	lr
