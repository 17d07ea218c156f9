/* SPDX-License-Identifier: BSD-2-Clause */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
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
