/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of a stack trace taken apart, as any architecture from Linux 3.10 on writes it:
 *	" f+0x10/0x20 [mod]"			arm64, x86, riscv
 *	" f from g+0x10/0x20"			arm
 *	"[<c0101010>] (f) from [<c0202020>] (g+0x10/0x20)"	arm up to 5.19
 *	" [<ffffff8008081234>] ? f+0x10/0x20", " 0xffffffc08005a134", with file:line or "[inline]"
 * Source: Linux arch/{arm,arm64,x86,riscv,mips,powerpc}/kernel/{traps,stacktrace,dumpstack}.c,
 * scripts/decode_stacktrace.sh.
 */
#ifndef OM_CORE_FRAMES_H
#define OM_CORE_FRAMES_H

#include "core/base/span.h"

struct frame {
	struct span function; /* "vfs_write"; empty: an address alone */
	struct span module;   /* "mt76"; empty: the kernel itself, or not said */
	struct span place;    /* "fs/read_write.c:592"; empty: not said */
	struct span caller;   /* "g" of arm's "f from g"; empty: the line names one function */
	uint64_t address;     /* valid if has_address */
	bool has_address;
	bool has_offset; /* "+0x10" stood after the function */
	bool at_start;	 /* "+0x0": the call was the last of the function before this one */
	bool guess;	 /* "? f": found on the stack, not necessarily called */
	bool inlined;	 /* "[inline]" */
};

/**
 * frame_parse - take a line of a trace apart
 * @line: without its prefix, blanks at its beginning as printed
 * @out:  written only if true is returned; points into @line
 *
 * False if it is no such line.
 */
bool frame_parse(struct span line, struct frame *out);

/**
 * frame_function - the function at the beginning of @s
 * @s: "f+0x10/0x20 [mod]", "0xc0101010", "[<c0101010>] f+0x10", "(f)"
 *
 * For what comes after "PC is at", "RIP: 0010:" and their like; false: no function there.
 */
bool frame_function(struct span s, struct span *function);

/* "f.isra.0.cold" is "f": the part that a compiler did not add. */
struct span frame_base(struct span function);

#endif
