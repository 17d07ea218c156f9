/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is made in a folder where others may write as well, or whose disk may fill up. It
 * is written under a name of its own and moved in place when it is whole: nobody sees half a
 * file, an older one stays until then, and a link that somebody put there is replaced, not
 * followed.
 */
#ifndef OM_TOOLS_OUTFILE_H
#define OM_TOOLS_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct outfile {
	FILE *f;     /* to write to */
	char *path;  /* what it will be, for messages; NULL: out of memory */
	char *aside; /* what it is now; NULL: a device */
};

/*
 * Begins FOLDER/NAME. outfile_close() is due in any case. False: errno says why, and @o->path is
 * where.
 */
bool outfile_open(struct outfile *o, const char *folder, const char *name);

/*
 * The same for a path as a user gives it. A character device such as /dev/null is written to;
 * other devices, pipes, and links to any of them are neither followed nor replaced: EEXIST, and
 * EISDIR where a folder is. @o->path may be NULL: name @path in messages.
 */
bool outfile_open_path(struct outfile *o, const char *path);

/* True if @path names the file that is @inode of @device: what is made there would replace it. */
bool outfile_would_replace(const char *path, dev_t device, ino_t inode);

/* Brings what was written to the disk, before it gets its name. False: outfile_close() says why. */
bool outfile_sync(struct outfile *o);

/*
 * Moves it in place if @good and all was written, else removes it. False: it is not there, errno
 * says why. @o->path is valid until outfile_free().
 */
bool outfile_close(struct outfile *o, bool good);

void outfile_free(struct outfile *o);

#endif
