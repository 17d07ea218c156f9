/* SPDX-License-Identifier: BSD-2-Clause */
#include "crash_folder.h"

#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	COPIES_MAX = 99, /* folders of one name that are tried */
	COMPARE_BYTES = 1 << 16
};

bool crash_folder_begin(struct crash_folder *f, const char *base)
{
	*f = (struct crash_folder){ .base = base };
	if (!folder_make(base))
		return false;
	errno = EEXIST;
	for (uint32_t i = 0; i < COPIES_MAX && errno == EEXIST; i++) {
		free(f->aside);
		f->aside = NULL;
		if (asprintf(&f->aside, "%s/.oopsmon-%d-%u", base, (int)getpid(), (unsigned)i) < 0)
			break;
		if (mkdir(f->aside, 0777) == 0)
			return true;
	}
	free(f->aside); /* glibc's leaves errno alone */
	f->aside = NULL;
	return false;
}

bool crash_folder_add(struct crash_folder *f, const char *name)
{
	char **names = realloc(f->names, (f->n_names + 1) * sizeof(*names));

	if (!names)
		return false;
	f->names = names;
	names[f->n_names] = strdup(name);
	if (!names[f->n_names])
		return false;
	f->n_names++;
	return true;
}

/* "@folder/@name"; NULL: no memory */
static char *path_in(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) >= 0)
		return path;
	errno = ENOMEM;
	return NULL;
}

static bool streams_equal(FILE *a, FILE *b)
{
	static uint8_t left[COMPARE_BYTES], right[COMPARE_BYTES];
	size_t n;

	do {
		n = fread(left, 1, sizeof(left), a);
		if (fread(right, 1, sizeof(right), b) != n || memcmp(left, right, n) != 0)
			return false;
	} while (n == sizeof(left));
	return !ferror(a) && !ferror(b);
}

/* True if @path is a plain file, and no link to one, with the bytes of @ours. */
static bool same_file(const char *ours, const char *path)
{
	struct stat here, there;
	FILE *a = NULL, *b = NULL;
	bool same = lstat(ours, &here) == 0 && lstat(path, &there) == 0 && S_ISREG(there.st_mode) &&
		    here.st_size == there.st_size;

	if (same) {
		a = fopen(ours, "rb");
		b = fopen(path, "rb");
		same = a && b && streams_equal(a, b);
	}
	if (a)
		fclose(a);
	if (b)
		fclose(b);
	return same;
}

/* True if none of the files is in @folder with other bytes. */
static bool is_ours(const struct crash_folder *f, const char *folder)
{
	bool ours = true;

	for (uint32_t i = 0; i < f->n_names && ours; i++) {
		char *from = path_in(f->aside, f->names[i]);
		char *to = path_in(folder, f->names[i]);
		struct stat st;

		ours = from && to &&
		       ((lstat(to, &st) != 0 && errno == ENOENT) || same_file(from, to));
		free(from);
		free(to);
	}
	return ours;
}

/* Moves what is not there yet; the rest is there, and stays as it is. */
static bool move_all(const struct crash_folder *f, const char *folder)
{
	bool good = true;

	for (uint32_t i = 0; i < f->n_names && good; i++) {
		char *from = path_in(f->aside, f->names[i]);
		char *to = path_in(folder, f->names[i]);
		struct stat st;

		good = from && to;
		if (good && lstat(to, &st) != 0)
			good = rename(from, to) == 0;
		free(from);
		free(to);
	}
	return good;
}

/* The parents of "@base/@name" are made; false: errno. */
static bool make_parents(const char *base, const char *path)
{
	char *parent = strdup(path);
	char *slash = parent ? strrchr(parent, '/') : NULL;
	bool good = slash != NULL;

	if (!good)
		errno = ENOMEM;
	else
		*slash = '\0';
	good = good && (strcmp(parent, base) == 0 || folder_make_in(base, parent));
	free(parent);
	return good;
}

/* The first folder of this name that is new, or ours. False: errno, and what @path is about. */
static bool choose(const struct crash_folder *f, const char *name, char **path)
{
	for (uint32_t copy = 1; copy <= COPIES_MAX; copy++) {
		char number[16] = "";
		struct stat st;

		if (copy > 1)
			snprintf(number, sizeof(number), "-%u", (unsigned)copy);
		free(*path);
		*path = NULL;
		if (asprintf(path, "%s/%s%s", f->base, name, number) < 0) {
			*path = NULL;
			errno = ENOMEM;
			return false;
		}
		if ((copy == 1 && !make_parents(f->base, *path)) ||
		    (mkdir(*path, 0777) != 0 && errno != EEXIST))
			return false;
		if (lstat(*path, &st) == 0 && S_ISDIR(st.st_mode) && is_ours(f, *path))
			return true;
	}
	errno = EEXIST;
	return false;
}

bool crash_folder_settle(struct crash_folder *f, const char *name, char **path)
{
	bool good = true;
	int error = 0;

	*path = NULL;
	if (f->n_names > 0) {
		good = choose(f, name, path) && move_all(f, *path);
		error = errno;
	}
	crash_folder_drop(f);
	errno = error;
	return good;
}

void crash_folder_drop(struct crash_folder *f)
{
	while (f->n_names > 0) {
		char *name = f->names[--f->n_names];
		char *path = path_in(f->aside, name);

		if (path)
			unlink(path);
		free(path);
		free(name);
	}
	free(f->names);
	if (f->aside)
		rmdir(f->aside);
	free(f->aside);
	*f = (struct crash_folder){ 0 };
}
