/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small questions about a bounded text: its lines, how it begins, what is in it. For all
 * that read logs. Nothing here knows what a log means.
 */
#ifndef OM_CORE_TEXT_H
#define OM_CORE_TEXT_H

#include "span.h"

#include <string.h>

static inline bool text_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_is_hex(uint8_t c)
{
	return text_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool text_is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A letter, digit or underscore: what a name in C is made of. */
static inline bool text_is_name(uint8_t c)
{
	return text_is_letter(c) || text_is_digit(c) || c == '_';
}

/* What is left of @s after its first @n bytes. */
static inline struct span text_skip(struct span s, size_t n)
{
	return span_sub(s, n, s.len);
}

/* The next line of @text without its newline; @text moves to the line after it. */
static inline struct span text_line(struct span *text)
{
	const uint8_t *end = memchr(text->p, '\n', text->len);
	const size_t n = end ? (size_t)(end - text->p) : text->len;
	const size_t used = n + (end != NULL);
	const struct span line = { text->p, n };

	*text = (struct span){ text->p + used, text->len - used };
	return line;
}

/* True if @s begins with the word @with, which has at least one character. */
bool text_begins(struct span s, const char *with);

/* True if @s begins with @with, which is then taken off. */
bool text_take(struct span *s, const char *with);

/* Offset of @word in @s, s.len if it is not there. */
size_t text_find(struct span s, const char *word);

static inline bool text_contains(struct span s, const char *word)
{
	return text_find(s, word) < s.len;
}

/* What comes after the first @word in @s, empty if it is not there. */
struct span text_after(struct span s, const char *word);

/* What comes before the first @word in @s, all of @s if it is not there. */
struct span text_before(struct span s, const char *word);

/* @s without the blanks (and tabs) at its beginning. */
struct span text_unindented(struct span s);

/* @s without blanks and carriage returns at its end. */
struct span text_trimmed(struct span s);

/* The decimal number at the beginning of @s; false, *@value unchanged: none that fits. */
bool text_number(struct span s, uint32_t *value);

/**
 * text_hex - the hexadecimal number at the beginning of @s
 * @value: its last 64 bits
 *
 * Returns its digits, 0 if there is none.
 */
size_t text_hex(struct span s, uint64_t *value);

/* The same bytes. */
bool text_same(struct span a, struct span b);

#endif
