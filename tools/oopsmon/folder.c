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

/* The same where a link that is there will not do. */
static bool make_real(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return true;
	if (errno != EEXIST || lstat(path, &st) != 0)
		return false;
	errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	return S_ISDIR(st.st_mode);
}

/* Each folder of @path, from those of its first @from characters on. */
static bool make_each(const char *path, size_t from, bool (*make)(const char *path))
{
	char *part = strdup(path);
	bool good = part != NULL;

	for (char *at = part ? part + from : NULL; good && *at; at++) {
		if (at == part || *at != '/')
			continue;
		*at = '\0';
		good = make(part);
		*at = '/';
	}
	good = good && make(part);
	free(part); /* glibc's leaves errno alone */
	return good;
}

bool folder_make(const char *path)
{
	return make_each(path, 0, make_one);
}

bool folder_make_in(const char *base, const char *path)
{
	return folder_make(base) && make_each(path, strlen(base) + 1, make_real);
}
