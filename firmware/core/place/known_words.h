/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words oopsmon.* that exist. A word of the command line that is none of them is a mistake
 * nobody would notice: Linux passes over it, and so would the monitor.
 */
#ifndef OM_CORE_KNOWN_WORDS_H
#define OM_CORE_KNOWN_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct unknown_words {
	uint32_t n;	  /* words oopsmon.* that do not exist */
	const char *word; /* the first of them, points into the line; NULL: there is none */
	size_t len;
	const char *nearest; /* the name it resembles, without "oopsmon."; NULL: none */
};

/**
 * known_words_check - the words oopsmon.* of a command line that do not exist
 * @line: NUL-terminated, any content
 * @out:  always written
 *
 * '-' and '_' are the same. A name resembles another if at most a third of its characters must
 * be changed, added or left out.
 */
void known_words_check(const char *line, struct unknown_words *out);

/* Name @i of those that exist, without "oopsmon."; NULL past the last one. */
const char *known_words_name(uint32_t i);

#endif
