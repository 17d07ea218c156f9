/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What zlib has seen before a stream of a report begins (RFC 1950, preset dictionary): lines of
 * kernels' logs and the head of a report. Part of the format: every stream names its dictionary
 * by DICTIONARY_ID, and another text is another dictionary.
 * Source: tools/dictionary.py; the same bytes are docs/report-dictionary.txt.
 */
#ifndef OM_CORE_DICTIONARY_H
#define OM_CORE_DICTIONARY_H

enum {
	DICTIONARY_BYTES = 16384,
	DICTIONARY_ID = 0x7d72cc4e /* its Adler-32, which is the DICTID of streams */
};

/* Lines, each with its newline; a NUL after the last that is no part of it. */
extern const char dictionary[DICTIONARY_BYTES + 1];

#endif
