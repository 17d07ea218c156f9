/* SPDX-License-Identifier: BSD-2-Clause */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 3 /* leftovers of a run that was killed are removed; who makes more, wins */ };

/* A new file, never one that is there, nor what a link leads to. */
static int make_new(const char *path)
{
	int fd = -1;

	for (uint32_t i = 0; i < TRIES && fd < 0; i++) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd < 0 && (errno != EEXIST || unlink(path) != 0))
			break;
	}
	return fd;
}

bool outfile_open(struct outfile *o, const char *folder, const char *name)
{
	int fd;

	*o = (struct outfile){ 0 };
	if (asprintf(&o->path, "%s/%s", folder, name) < 0)
		o->path = NULL;
	if (asprintf(&o->aside, "%s/.%s.new", folder, name) < 0)
		o->aside = NULL;
	errno = ENOMEM;
	if (!o->path || !o->aside)
		return false;
	fd = make_new(o->aside);
	if (fd < 0)
		return false;
	o->f = fdopen(fd, "wb");
	if (o->f)
		return true;
	close(fd);
	unlink(o->aside);
	return false;
}

/* A device that the user names, as /dev/null: it is written to. */
static bool open_device(struct outfile *o, const char *path)
{
	const int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);

	o->f = fd >= 0 ? fdopen(fd, "wb") : NULL;
	if (!o->f && fd >= 0)
		close(fd);
	return o->f != NULL;
}

bool outfile_open_path(struct outfile *o, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct stat there;
	char *folder;
	bool good;

	*o = (struct outfile){ 0 };
	if (*name == '\0') {
		errno = *path ? EISDIR : ENOENT;
		return false;
	}
	if (lstat(path, &there) == 0 && S_ISCHR(there.st_mode))
		return open_device(o, path);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
		errno = S_ISDIR(there.st_mode) ? EISDIR : EEXIST;
		return false;
	}
	/* "/name" is in "", which outfile_open() puts its slash after */
	folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	good = folder && outfile_open(o, folder, name);
	free(folder);
	return good;
}

bool outfile_would_replace(const char *path, dev_t device, ino_t inode)
{
	struct stat there;

	return stat(path, &there) == 0 && there.st_dev == device && there.st_ino == inode;
}

bool outfile_sync(struct outfile *o)
{
	return fflush(o->f) == 0 && !ferror(o->f) && fsync(fileno(o->f)) == 0;
}

bool outfile_close(struct outfile *o, bool good)
{
	int error = errno;

	if (!o->f)
		return false;
	/* the write that failed may be long ago */
	if (ferror(o->f) && good)
		error = error ? error : EIO;
	good = good && !ferror(o->f);
	if (fclose(o->f) != 0 && good) {
		good = false;
		error = errno;
	}
	o->f = NULL;
	if (!o->aside) {
		errno = error;
		return good;
	}
	if (good && rename(o->aside, o->path) != 0) {
		good = false;
		error = errno;
	}
	if (!good)
		unlink(o->aside);
	errno = error;
	return good;
}

void outfile_free(struct outfile *o)
{
	free(o->path);
	free(o->aside);
	*o = (struct outfile){ 0 };
}
