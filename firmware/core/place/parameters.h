/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module parameters of Linux's ramoops: ramoops.mem_address= and the others on the command
 * line, or "options ramoops ..." of modprobe.d. Read as Linux reads them, which differs from
 * oopsmon.* words: numbers take no suffix, and a value that is not understood leaves the one
 * before it.
 *
 * Built into the kernel, ramoops makes a device of the parameters before those of the tree exist
 * (postcore_initcall against arch_initcall_sync), and the tree's node is refused. As a module it
 * takes the tree's node, whose device is there first; modprobe hands over the words of the
 * command line as well.
 * Source: Linux fs/pstore/ram.c ramoops_register_dummy(), ramoops_init(), kernel/params.c,
 * lib/kstrtox.c, mm/memblock.c reserve_mem() (6.1 and 6.12); kmod libkmod/libkmod-config.c.
 */
#ifndef OM_CORE_PARAMETERS_H
#define OM_CORE_PARAMETERS_H

#include "core/ramoops/geometry.h"

#include <stdbool.h>

enum {
	PARAMETERS_SIZE_DEFAULT = 4096, /* of each zone that has no parameter (MIN_MEM_SIZE) */
	PARAMETERS_NAME_MAX = 15	/* characters of a name in reserve_mem= */
};

struct parameters {
	uint32_t n; /* words for ramoops that were understood */
	bool has_address;
	uint64_t address;     /* mem_address */
	uint64_t bytes;	      /* mem_size; 0: Linux makes nothing of the parameters */
	struct geometry geom; /* the other numbers as Linux takes them, not rounded yet */
	const char *name;     /* mem_name, points into the text; NULL: none */
	size_t name_len;
	uint64_t named_bytes; /* of the reserve_mem= with that name; 0: there is none */
	uint64_t named_align; /* a power of two */
	uint32_t bad;	      /* words that Linux will not understand */
	const char *bad_word; /* the first of them, points into the text */
	size_t bad_word_len;
	bool bad_is_suffix; /* its value is a number with a suffix */
};

/**
 * parameters_read - what ramoops is given
 * @line:     the kernel's command line, NUL-terminated, any content
 * @modprobe: parameters without "ramoops.", as they are in modprobe.d; NULL: none. The words
 *            of @line count more, as they do for modprobe
 * @out:      always written; points into both texts
 *
 * geom.flags is GEOMETRY_FTRACE_PER_CPU, which Linux sets; max_reason is what max_reason and
 * dump_oops amount to; ecc_bytes is 16 for ecc=1.
 */
void parameters_read(const char *line, const char *modprobe, struct parameters *out);

#endif
