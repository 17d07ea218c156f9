/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report held against the files of one that was saved before. A crash's number alone does not
 * make two reports the same crash: anybody on the line can send a number. Nobody knows the texts
 * before they were sent.
 */
#ifndef OM_TOOLS_COMPARE_H
#define OM_TOOLS_COMPARE_H

#include "listener.h"

/* True if the files in @folder have every text of @r. False also if a file cannot be read. */
bool compare_has(const char *folder, const struct report *r);

/*
 * True if @r has every text that the files of its records in @folder have, so that they may be
 * replaced. A record without a file is not a difference.
 */
bool compare_is_in(const char *folder, const struct report *r);

#endif
