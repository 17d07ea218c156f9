/* SPDX-License-Identifier: BSD-2-Clause */
/* A record's text in the forms people read. */
#ifndef OM_TOOLS_TEXT_H
#define OM_TOOLS_TEXT_H

#include "symbols.h"

#include "core/log/record.h"

#include <stdio.h>

/* Bytes of the dead kernel, made harmless for a terminal (core/base/escape.h). */
void text_escaped(FILE *f, struct span text);

/*
 * The same, each line after "| ": none of them can pass for one of ours. With @symbols a
 * line with bare addresses has their names below it, after "= ".
 */
void text_quoted(FILE *f, struct span text, const struct symbols *symbols);

/* A record's own file: its bytes, or the lines of its ftrace entries. @symbols may be NULL. */
void text_record(FILE *f, const struct record *r, const struct symbols *symbols);

/* Android's log in the lines of logcat; bytes that are no entry are left out. */
void text_logcat(FILE *f, struct span pmsg);

#endif
