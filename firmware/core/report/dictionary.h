/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What zlib has seen before a stream of a report begins (RFC 1950, preset dictionary): lines of
 * kernels' logs and the head of a report. Part of the format: every stream names its dictionary
 * by DICTIONARY_ID, and another text is another dictionary. The text to read is
 * docs/report-dictionary.txt. Here it is packed, as the image has no room to spare.
 * Source: tools/dictionary.py.
 */
#ifndef OM_CORE_DICTIONARY_H
#define OM_CORE_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

enum {
	DICTIONARY_BYTES = 16384,
	DICTIONARY_ID = 0x7d72cc4e /* its Adler-32, which is the DICTID of streams */
};

/* Raw deflate (RFC 1951) of the DICTIONARY_BYTES of text. */
extern const uint8_t dictionary_packed[];
extern const size_t dictionary_packed_bytes;

#endif
