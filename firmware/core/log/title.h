/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A crash in one line, and in one word: a title that people read, a signature that programs
 * compare. Neither holds anything that is another the next time: no address, time, pid or CPU.
 * Both are made from the text, so they are the same for a dump, a report, an archive and a
 * plain log. docs/titles.md says how, and for which kinds other programs say it differently.
 */
#ifndef OM_CORE_TITLE_H
#define OM_CORE_TITLE_H

#include "headline.h"

enum {
	TITLE_BYTES = 160,    /* with the NUL */
	SIGNATURE_BYTES = 64, /* with the NUL */
	SIGNATURE_VERSION = 1 /* counts up when other functions or words go into the hash */
};

/**
 * title_write - "KASAN: use-after-free Read in vb2_core_poll"
 * @out: TITLE_BYTES; printable ASCII, cut where it is too long; "" if there was no crash
 */
void title_write(const struct headline *h, char out[TITLE_BYTES]);

/**
 * signature_write - "vb2_core_poll-1-9d3fa02c"
 * @out: SIGNATURE_BYTES: the function to blame (else the kind), the version, eight hexadecimal
 *	 digits over the title and the functions that led to it; "" if there was no crash
 */
void signature_write(const struct headline *h, char out[SIGNATURE_BYTES]);

#endif
