/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of an ftrace zone and their text form. Addresses stay numbers: symbols
 * need the dead kernel's System.map, which a boot stage does not have.
 * Source: Linux include/linux/pstore.h struct pstore_ftrace_record (4.10 and later)
 * and fs/pstore/inode.c pstore_ftrace_seq_show().
 */
#ifndef OM_CORE_FTRACE_H
#define OM_CORE_FTRACE_H

#include "err.h"
#include "span.h"

struct ftrace_entry {
	uint32_t cpu;
	uint64_t stamp; /* per-boot counter, not a time */
	uint64_t ip;	/* as stored: on 32-bit ARM the low bits carry the CPU */
	uint64_t parent_ip;
};

enum { FTRACE_LINE_BYTES = 160 };

/**
 * ftrace_entry_at - decode entry @i of an aligned run of entries
 * @entries:     whole entries, as record.text
 * @entry_bytes: 16 (32-bit) or 24 (64-bit)
 *
 * Returns OM_OK, OM_E_TRUNCATED (no such entry), OM_E_ARG.
 */
enum om_err ftrace_entry_at(struct span entries, uint32_t entry_bytes, uint32_t i,
			    struct ftrace_entry *out) OM_MUST_CHECK;

/**
 * ftrace_line - one entry as Linux prints it when it has no symbols
 * @out: NUL-terminated, with the newline; "CPU:0 ts:12 c0101234  c0105678  0xc0101234 <-
 * 0xc0105678\n"
 *
 * Returns the length without NUL.
 */
size_t ftrace_line(const struct ftrace_entry *e, uint32_t entry_bytes, char out[FTRACE_LINE_BYTES]);

#endif
