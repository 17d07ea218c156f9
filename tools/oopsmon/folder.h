/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OM_TOOLS_FOLDER_H
#define OM_TOOLS_FOLDER_H

#include <stdbool.h>

/* Makes the folder and those it is in, as `mkdir -p` does. False: errno says why. */
bool folder_make(const char *path);

/**
 * folder_make_in - make a folder below one that the user named
 * @base: as folder_make()
 * @path: begins with @base and a slash
 *
 * What is below @base was not named by the user: a link there is not followed, ELOOP.
 * False: errno says why.
 */
bool folder_make_in(const char *base, const char *path);

#endif
