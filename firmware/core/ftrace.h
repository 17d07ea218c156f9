/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of an ftrace zone and their text form. Addresses stay numbers: symbols
 * need the dead kernel's System.map, which a boot stage does not have.
 * Source: Linux include/linux/pstore.h struct pstore_ftrace_record (4.10 and later),
 * fs/pstore/internal.h (before) and fs/pstore/inode.c pstore_ftrace_seq_show().
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

enum {
	FTRACE_BYTES_32 = 16, /* an entry of a 32-bit kernel: ip, parent_ip, 64-bit ts */
	FTRACE_BYTES_64 = 24, /* of a 64-bit one: three 64-bit words */
	FTRACE_LINE_BYTES = 160
};

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
 * ftrace_sense - how much of a log's end makes sense as entries of one size
 * @log: one zone's log; ends with a whole entry, but may begin with half of one
 *
 * Returns bytes of the newest entries; compare it for both sizes.
 */
uint32_t ftrace_sense(struct span log, uint32_t entry_bytes);

/**
 * ftrace_merge - the logs of several CPUs in one
 * @logs: whole entries each; used up
 * @to:   room for all of them
 *
 * Linux's order: of the logs' first entries the oldest comes next, of equal ones that of
 * the later CPU. A log whose stamps jump back (two boots in one ring) stays as it is.
 */
struct span ftrace_merge(struct span *logs, uint32_t n, uint32_t entry_bytes, uint8_t *to);

/**
 * ftrace_line - one entry as Linux prints it when it has no symbols
 * @out: NUL-terminated, with the newline:
 *       "CPU:0 ts:12 c0101234  c0105678  0xc0101234 <- 0xc0105678\n"
 *
 * Returns the length without NUL.
 */
size_t ftrace_line(const struct ftrace_entry *e, uint32_t entry_bytes, char out[FTRACE_LINE_BYTES]);

#endif
