/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OM_TOOLS_FOLDER_H
#define OM_TOOLS_FOLDER_H

#include <stdbool.h>

/* Makes a folder and those above it, as mkdir -p does; false: see errno. */
bool folder_make(const char *path);

#endif
