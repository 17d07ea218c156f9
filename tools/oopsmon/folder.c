/* SPDX-License-Identifier: BSD-2-Clause */
#include "folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool make_one(const char *path)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

bool folder_make(const char *path)
{
	char *part = strdup(path);
	bool good = part != NULL;

	for (char *at = part; good && *at; at++) {
		if (at == part || *at != '/')
			continue;
		*at = '\0';
		good = make_one(part);
		*at = '/';
	}
	good = good && make_one(part);
	free(part); /* glibc's leaves errno alone */
	return good;
}
