/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of ftrace zones, of every kernel: what they look like, their order, their text form.
 * Addresses are numbers here; symbols need the dead kernel's System.map, which a boot stage
 * does not have.
 * Source: Linux include/linux/pstore.h struct pstore_ftrace_record (4.10 and later),
 * fs/pstore/internal.h (3.6 to 4.9), fs/pstore/inode.c pstore_ftrace_seq_show() and
 * pstore_ftrace_combine_log() (docs/ramoops.md).
 */
#ifndef OM_CORE_FTRACE_H
#define OM_CORE_FTRACE_H

#include "core/base/err.h"
#include "core/base/holes.h"
#include "core/base/span.h"

/* How one kernel stores an entry: ip, parent_ip, then a stamp, or the CPU, or nothing. */
struct ftrace_format {
	uint32_t bytes;	    /* 24, 16, 12 or 8; 0: not known */
	uint32_t cpu_in_ip; /* bits of ip that hold the CPU (32-bit ARM): 1 or 3; 0: it is elsewhere
			     */
	bool wide;	    /* addresses of 64 bits */
	bool stamped;	    /* 64 bits of stamp: 4.10 and later */
	bool big_endian;
};

struct ftrace_entry {
	uint32_t cpu;
	uint64_t stamp; /* per-boot counter, not a time; 0 up to 4.9 */
	uint64_t ip;	/* as stored, with the bits of cpu_in_ip */
	uint64_t parent_ip;
};

enum {
	FTRACE_STAMPED = 0x040a00, /* the first version whose entries have stamps */
	FTRACE_BYTES_32 = 16,	   /* an entry with stamp of a 32-bit kernel */
	FTRACE_BYTES_64 = 24,	   /* of a 64-bit one, with stamp or without */
	FTRACE_LOGS_MAX = 64,
	FTRACE_NAME_MAX = 192, /* of a symbol; longer ones are cut */
	FTRACE_LINE_BYTES = 96 + 2 * FTRACE_NAME_MAX
};

/* The logs of a record: one, or one per CPU. */
struct ftrace_logs {
	struct ftrace_format format;
	uint32_t n;	     /* 1 to FTRACE_LOGS_MAX */
	struct span *at;     /* of CPU i if n > 1; oldest byte first; len 0: none; the caller's */
	const uint8_t *base; /* offsets in @bad count from here: all logs lie after */
	struct holes bad;    /* bytes that are known to be damaged */
};

/**
 * ftrace_entry_at - decode entry @i of a run of whole entries
 * @entries: record.text
 *
 * Returns OM_OK, OM_E_TRUNCATED (no such entry), OM_E_ARG (a format without bytes).
 */
enum om_err ftrace_entry_at(struct span entries, const struct ftrace_format *f, uint32_t i,
			    struct ftrace_entry *out) OM_MUST_CHECK;

/**
 * ftrace_find_format - what the entries of some logs look like
 * @logs: format.big_endian must be right, the rest of it is filled in; each log ends with a
 *        whole entry, but may begin with a part of one
 * @version: LINUX_VERSION_CODE of the writer, which decides about stamps if it can be; 0:
 *        unknown
 *
 * Looks at the newest entries of each log. The format with the most bytes that make sense
 * wins. Where both of 32-bit ARM's ways to store a CPU fit, it is in ip; where both masks
 * fit, it is 3.
 * Returns false if no format makes any sense; format is then the most usual one.
 */
bool ftrace_find_format(struct ftrace_logs *logs, uint32_t version);

/**
 * ftrace_merge - the entries of several logs in one run
 * @logs: format must be known; used up
 * @to:   room for all of them; not used if only one log has entries, which then stays in place
 * @out:  whole entries
 * @holes: the entries in it that hold damaged bytes or make no sense
 *
 * Linux's order: of the logs' first entries the oldest comes next, of equal ones that of
 * the later CPU. A log whose stamps jump back (two boots in one ring) stays as it is, and
 * an entry whose stamp makes no sense stays after the one before it.
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err ftrace_merge(struct ftrace_logs *logs, struct workspace to, struct span *out,
			 struct holes *holes) OM_MUST_CHECK;

/* The names of an entry's addresses, NUL-terminated. */
struct ftrace_names {
	const char *ip;	    /* "function", of ip without the bits of cpu_in_ip */
	const char *parent; /* "function+0x58/0xf0" */
};

/**
 * ftrace_line - one entry as Linux prints it
 * @names: NULL, or a NULL in it: as Linux without symbols
 * @out: NUL-terminated, with the newline:
 *       "CPU:0 ts:12 c0101234  c0105678  0xc0101234 <- 0xc0105678\n"
 *       "CPU:0 ts:12 c0101234  c0105678  schedule <- worker_thread+0x58/0xf0\n"
 *       and without stamp, as up to 4.9: "0 c0101234  c0105678  ...\n"
 *
 * Returns the length without NUL.
 */
size_t ftrace_line(const struct ftrace_entry *e, const struct ftrace_format *f,
		   const struct ftrace_names *names, char out[FTRACE_LINE_BYTES]);

#endif
