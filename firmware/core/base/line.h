/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of words and numbers, written and read. The head of a report, the card of an archived
 * crash and the notes of a plan are made of them.
 */
#ifndef OM_CORE_LINE_H
#define OM_CORE_LINE_H

#include "span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_BYTES_MAX = 1024 /* the longest line, with its newline */ };

/* ---- writing ------------------------------------------------------------------------------ */

/* Text as it grows, LINE_BYTES_MAX at most; what does not fit is dropped. */
struct line {
	char *p; /* LINE_BYTES_MAX of the caller's; never ends with a NUL */
	size_t len;
};

void line_put_char(struct line *l, char c);
void line_put(struct line *l, const char *text);
/* @v in base @base, 10 or 16, with at least @width digits, at most 20 */
void line_put_digits(struct line *l, uint64_t v, uint32_t base, uint32_t width);
/* @word and @v */
void line_put_number(struct line *l, const char *word, uint32_t v);
void line_put_hex(struct line *l, const char *word, uint64_t v, uint32_t width);
/* A newline. Returns the length. */
size_t line_end(struct line *l);

/* ---- reading; all functions take any bytes ------------------------------------------------ */

/* The line at the beginning of @text, without its newline. False: none ends within LINE_BYTES_MAX.
 */
bool line_cut(struct span text, struct span *out);
/* Cuts the next word off @line; empty at its end. */
struct span line_word(struct span *line);
bool line_is(struct span s, const char *text);
/* Cuts @text off the beginning of @s if it is there. */
bool line_take(struct span *s, const char *text);
/* All of @s is a number in base @base, 10 or 16, at most @max. */
bool line_digits(struct span s, uint32_t base, uint64_t max, uint64_t *out);
/* All of @s is a number, decimal, or hexadecimal after 0x; line_number(): of 32 bits. */
bool line_number_64(struct span s, uint64_t *out);
bool line_number(struct span s, uint32_t *out);

#endif
