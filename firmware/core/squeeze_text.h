/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the model of squeeze.c has seen before it begins: the head of a report, and phrases that
 * stand in the log of every Linux on ARM. Part of the format: another text is another format.
 */
#ifndef OM_CORE_SQUEEZE_TEXT_H
#define OM_CORE_SQUEEZE_TEXT_H

enum { SQUEEZE_TEXT_BYTES = 3072 };

/* Lines, each with its newline; a NUL behind the last that is no part of the text. */
extern const char squeeze_text[SQUEEZE_TEXT_BYTES + 1];

#endif
