/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a Linux command line, and the values of them. Splits as Linux does (blanks, double
 * quotes, "--" ends the kernel's part; '-' and '_' are the same in names). Source: Linux
 * lib/cmdline.c, kernel/params.c, kernel/crash_core.c (6.1).
 */
#ifndef OM_CORE_CMDLINE_H
#define OM_CORE_CMDLINE_H

#include "core/base/err.h"
#include "core/base/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CMDLINE_BYTES_MAX = 4096 };

/* One word of a line; all pointers point into it. */
struct cmdline_word {
	const char *start;
	size_t len; /* all of it, quotes included */
	const char *name;
	size_t name_len;
	const char *value; /* after the '=', without quotes; the word's end if there is none */
	size_t value_len;
	bool has_value; /* there is a '=' */
};

/**
 * cmdline_word_next - the word at *@p, which then points after it
 * @line: NUL-terminated, any content
 * @p:    *@p is @line at first
 *
 * Returns false at the end of the line, at "--" and past CMDLINE_BYTES_MAX.
 */
bool cmdline_word_next(const char *line, const char **p, struct cmdline_word *out);

/* Characters of the "oopsmon." that the name begins with; 0: it is not a parameter of ours. */
size_t cmdline_own_prefix(const struct cmdline_word *w);

/* True if @have, @len characters, is @want, with '-' and '_' taken as the same. */
bool cmdline_name_is(const char *have, size_t len, const char *want);

/**
 * cmdline_next - the value of the next parameter @name
 * @line:  NUL-terminated, any content
 * @name:  without '='
 * @after: NULL to start, else the result of the previous call
 * @len:   length of the value
 *
 * Returns the value (not NUL-terminated, quotes removed; length 0 for a bare
 * word), NULL if there is none.
 */
const char *cmdline_next(const char *line, const char *name, const char *after, size_t *len);

/* The same of the last parameter @name, which is the one that counts; @len as it was if NULL. */
const char *cmdline_last(const char *line, const char *name, size_t *len);

/**
 * cmdline_size - a number with Linux's suffixes: "2M", "0x200000", "64k"
 * @text, @len: the digits; parsing stops where they end
 * @used:       characters taken (may be NULL)
 *
 * Returns OM_OK, OM_E_ARG (no digits), OM_E_TRUNCATED (beyond 64 bits).
 */
enum om_err cmdline_size(const char *text, size_t len, uint64_t *value, size_t *used) OM_MUST_CHECK;

/* A number, with a suffix or without, that is all of the text and at most @max. */
bool cmdline_whole_number(const char *text, size_t len, uint32_t max, uint32_t *value);

/**
 * cmdline_number - the last value of @name, a number with a suffix or without
 * @line: NUL-terminated
 * @max:  largest value taken
 * @out:  left as it is where the line does not have @name
 *
 * Returns false if the value is none or too large: @out is left as it is.
 */
bool cmdline_number(const char *line, const char *name, uint32_t max, uint32_t *out);

#endif
