/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of one crash in the folder of all: its files are made in a hidden one and moved
 * when all of them are there. A file that is there already is never written over: if one of the
 * same name has other bytes, the crash gets the next folder, NAME-2, NAME-3 and so on.
 */
#ifndef OM_TOOLS_CRASH_FOLDER_H
#define OM_TOOLS_CRASH_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct crash_folder {
	const char *base; /* the folder of all crashes; the caller's */
	char *aside;	  /* where the files are made, NULL: nowhere */
	char **names;	  /* of the files made */
	uint32_t n_names;
};

/* Makes @base, and in it the hidden folder. False: errno; nothing is to be freed. */
bool crash_folder_begin(struct crash_folder *f, const char *base);

/* Takes note of a file that was made as f->aside/@name. False: no memory. */
bool crash_folder_add(struct crash_folder *f, const char *name);

/**
 * crash_folder_settle - give the files their place
 * @name: of the crash's folder, may have folders before it: "archive-0x0/0001-oops-8badf00d"
 * @path: the folder that has them now, for free(); NULL if there are no files. Where nothing
 *        new was written it has had the same files before. After an error the one that it was
 *        about, or NULL.
 *
 * Frees what crash_folder_begin() took, in any case. False: errno.
 */
bool crash_folder_settle(struct crash_folder *f, const char *name, char **path);

/* Removes the files made, and frees; nothing happens after crash_folder_settle(). */
void crash_folder_drop(struct crash_folder *f);

#endif
