/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in a wrapped file, for people and for machines. */
#ifndef OM_TOOLS_WRAP_INFO_H
#define OM_TOOLS_WRAP_INFO_H

#include "wrapped.h"

/* Prints it on standard output. @name is the file's, @w what wrapped_find() found in it. */
void wrap_info_text(const char *name, struct span file, const struct wrapped *w);

/* The same as JSON (docs/json.md, "Wrapped files"); false if it could not be written. */
bool wrap_info_json(const char *name, struct span file, const struct wrapped *w);

#endif
