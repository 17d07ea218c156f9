/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes to decode, front to back: a file, a pipe, a device, packed with xz or gzip or
 * not. One way of reading for all of them, so that memory is bounded whatever they are
 * and a file that shrinks meanwhile is an error message and not a signal.
 */
#ifndef OM_TOOLS_INPUT_H
#define OM_TOOLS_INPUT_H

#include "progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpacking; /* the state of xz or gzip */

struct input {
	const char *program, *name; /* for messages; "-" is standard input */
	int fd;
	bool is_file;	     /* regular: its size is known */
	bool is_device;	     /* /dev/mem: an offset is a physical address; not flash */
	uint64_t file_bytes; /* of a regular file, packed as it is; else 0 */
	const char *packed;  /* "xz", "gzip", NULL: the bytes are as they are */
	const char *damage;  /* why the bytes end before they should; NULL: they do not */
	uint64_t off;	     /* of the next byte that input_read() gives */
	uint64_t taken;	     /* bytes taken from the file */
	/* of a sparse file: zeros up to hole_end, then bytes up to data_end */
	uint64_t hole_end, data_end;
	struct unpacking *unpacking;
	struct progress *progress;
	/* the caller's: is given all that input_read() gives, too; NULL: nobody */
	void (*tap)(void *arg, const uint8_t *bytes, size_t len);
	void *tap_arg;
};

/**
 * input_open - open @name and look what it is
 * @progress: gets how far reading is; stays the caller's
 *
 * Returns false after a message. input_close() is due after true only.
 */
bool input_open(struct input *in, const char *program, const char *name, struct progress *progress);
void input_close(struct input *in);

/**
 * input_read - the next bytes, unpacked
 *
 * Returns @len, or less only at the end; then in->damage says whether that came too early.
 */
size_t input_read(struct input *in, uint8_t *to, size_t len);

/* Goes on at @off, which is not before in->off; false if the input ends before that. */
bool input_seek(struct input *in, uint64_t off);

#endif
