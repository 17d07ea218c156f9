/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that `oopsmon wrap` reads, and what is wrong with those that it cannot use. */
#ifndef OM_TOOLS_WRAP_INPUT_H
#define OM_TOOLS_WRAP_INPUT_H

#include "wrapped.h"

#include <stdbool.h>
#include <sys/types.h>

enum { WRAP_INPUT_MAX = 256 << 20 /* far above any kernel */ };

/* A whole file in memory. */
struct loaded {
	const char *name;
	uint8_t *p; /* from malloc() */
	size_t len;
	const char
		*packed; /* "gzip", "xz": the file is, these are the bytes in it; NULL: it is not */
	dev_t device;
	ino_t inode;
};

/*
 * Reads @name, "-" for standard input; raw: a file as it is, packed or not. False after a message;
 * loaded_free() is due in any case.
 */
bool loaded_read(struct loaded *f, const char *program, const char *name);
bool loaded_read_raw(struct loaded *f, const char *program, const char *name);
void loaded_free(struct loaded *f);

static inline struct span loaded_span(const struct loaded *f)
{
	return (struct span){ f->p, f->len };
}

/* Says what is wrong with @f and what to do, a printf's format; returns false. */
bool refuse(const struct loaded *f, const char *program, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What there is to say of a kernel. */
struct kernel_file {
	enum wrapped_machine machine;
	bool is_efi; /* an EFI program, too */
};

/* Says that such a program is none any more. */
void say_no_efi(const struct loaded *f, const char *program, enum wrapped_machine machine);

/*
 * Each returns true if the file can be used, else false after a message with what to do.
 * - kernel: a zImage, perhaps with a device tree after it, with nothing after it if @takes_tree; or
 *   an arm64 Image, packed or not, never with a tree.
 * - stage: u-boot.bin or another program for the beginning of the flash, in ARM state.
 * - tree: a device tree; f->len becomes what its header says.
 */
bool check_kernel(const struct loaded *f, const char *program, bool takes_tree,
		  struct kernel_file *out);
bool check_stage(const struct loaded *f, const char *program);
bool check_tree(struct loaded *f, const char *program);

/* The monitor's file that is needed. */
struct wrap_wanted {
	enum wrapped_machine machine;
	enum wrap_entry entry;
	bool any_entry; /* a file that is named may be started otherwise */
};

/*
 * Reads the monitor's file that is @wanted: @name, else that of the machine's generic board
 * (WRAP_ENTRY_RESET: of QEMU's virt machine) in this installation, or in the build folder that this
 * program is in. False after a message. loaded_free() is due in any case.
 */
bool load_image(struct loaded *f, const char *program, const char *name,
		const struct wrap_wanted *wanted, struct wrap_image *out);

/* Says why what wrapped_find() found in @f, with @err, is of no use. */
void say_not_wrapped(const struct loaded *f, const char *program, enum om_err err);

/* "0.2.0" */
const char *version_text(uint32_t version, char out[24]);

#endif
