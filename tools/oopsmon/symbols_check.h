/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a System.map or vmlinux is of the kernel that wrote a log: by the functions that the
 * log names itself ("f+0x1c/0x40"), their addresses where it has them, the functions that ftrace
 * recorded, and the kernel's banner.
 * Symbols of another build would give wrong names that look right.
 */
#ifndef OM_TOOLS_SYMBOLS_CHECK_H
#define OM_TOOLS_SYMBOLS_CHECK_H

#include "symbols.h"

#include "core/log/record.h"

enum {
	CHECK_MOVES_MAX = 16, /* distances between log and file that are counted */
	CHECK_TRACED_MAX = 256,
	CHECK_KERNEL_BYTES = 512
};

/* Set to zeros, then one or more symbols_check_text() of one kernel's logs. */
struct symbols_check {
	uint32_t n_frames;  /* "f+0x1c/0x40" of the kernel itself, its modules' left out */
	uint32_t n_unknown; /* of these: no such function, or it has another length */
	uint32_t n_placed;  /* of the others those with an address beside them */
	struct {
		uint64_t by; /* the address in the log is so much higher than in the file */
		uint32_t n;
	} moves[CHECK_MOVES_MAX];
	uint32_t n_moves;
	bool has_offset; /* "Kernel Offset: 0x..." */
	uint64_t offset;
	uint32_t n_traced;
	uint64_t traced[CHECK_TRACED_MAX]; /* from ftrace: near the beginning of a function each */
	char kernel[CHECK_KERNEL_BYTES];   /* "Linux version ..."; "": the log does not have it */
	char release[64];		   /* "6.1.192" of the "CPU: 0 PID: 1" line */
};

/* Functions that were traced, of ftrace entries as core/log/ftrace.h has them. */
void symbols_check_ftrace(struct symbols_check *c, const struct record *r);

void symbols_check_text(struct symbols_check *c, const struct symbols *s, struct span text);

/**
 * symbols_check_end - the judgement
 * @s:      is given what it takes to find addresses of this log (symbols_move())
 * @why:    if the answer is false: "14 of 16 named frames stand elsewhere", for a message; may have
 *          bytes of the log and of the file. If it is true and not empty: what speaks against it
 *
 * A log that names no function, and no kernel, speaks against none.
 */
bool symbols_check_end(const struct symbols_check *c, struct symbols *s, char *why, size_t cap);

#endif
