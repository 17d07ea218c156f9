/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: what a crashed kernel left, one for each file that Linux would list in
 * /sys/fs/pstore, whatever medium it comes from. Facts and names only.
 */
#ifndef OM_CORE_RECORD_H
#define OM_CORE_RECORD_H

#include "core/base/effort.h"
#include "core/base/err.h"
#include "core/base/span.h"
#include "dmesg.h"
#include "ftrace.h"
#include "unpack.h"

/* What a record holds. */
enum zone_kind { ZONE_DMESG, ZONE_CONSOLE, ZONE_PMSG, ZONE_FTRACE, ZONE_KINDS };

enum quality {			  /* best first; a record has the worst that applies */
	       QUALITY_INTACT,	  /* parity or a checksum vouches for every byte */
	       QUALITY_CORRECTED, /* ECC repaired it: the bytes are right */
	       QUALITY_UNCHECKED, /* no ECC in this region: nothing speaks against the text,
				     nothing vouches for it */
	       QUALITY_SALVAGED,  /* some bytes may be wrong or missing; notes say why */
	       QUALITY_UNREADABLE /* nothing could be decoded: only raw bytes are given */
};

/* Bits of record.notes: why it is not intact. They are in reports (docs/report-format.md, Numbers).
 */
enum record_note {
	NOTE_HEADER_CORRUPT = 1 << 0, /* zone header beyond repair, raw values used */
	NOTE_BAD_BLOCKS = 1 << 1,     /* uncorrectable blocks inside the text */
	NOTE_STREAM_CUT = 1 << 2,     /* compressed stream ends early: text up to there */
	NOTE_STREAM_BAD = 1 << 3,     /* compressed stream breaks: text up to there */
	NOTE_NO_HEADER = 1 << 4,      /* no "====" line: all that is there is shown */
	NOTE_OUTPUT_CUT = 1 << 5,     /* text longer than the workspace: its first line and its
					 newest part, or its beginning (unpack_within()) */
	NOTE_ZONE_BAD = 1 << 6,	   /* start/size cannot be right: bytes as they lie in the zone */
	NOTE_ZONE_EMPTY = 1 << 7,  /* header says 0 bytes but text follows it */
	NOTE_NO_REASON = 1 << 8,   /* first line is not "Reason#n PartM" */
	NOTE_SIG_DAMAGED = 1 << 9, /* the zone's signature is wrong, by some bits or altogether */
	NOTE_STREAM_RESYNCED = 1 << 10, /* text from after stream damage is included */
	NOTE_HEAD_CUT = 1 << 11,	/* an older record whose head a newer one overwrote */
	NOTE_ENTRIES_LOST = 1 << 12,	/* ftrace: a CPU's zone could not be read */
	NOTE_ENTRIES_BAD = 1 << 13,	/* ftrace: some entries make no sense: holes */
	NOTE_HEAD_DAMAGED = 1 << 14,	/* the "====" line has wrong characters, but is one */
	NOTE_ORDER_GUESSED = 1 << 15,	/* with ZONE_BAD: printk's time stamps show where
					   the ring begins */
	NOTE_MENDED = 1 << 16,		/* another reading of the piece before: with its packed
					   stream mended, where Linux shows what came out */
	NOTE_TEXT_LOST = 1 << 17,	/* a part of its text was lost or left out on the way */
	NOTE_PART_LEFT = 1 << 18,	/* larger than the memory to read it: only its newest
					   part, and of a dump its first lines */
	NOTE_SEARCH_CUT = 1 << 19	/* its damaged stream was not searched to the end:
					   with more effort more of the text may be right */
};

struct record {
	enum zone_kind kind;
	bool is_kmsg;	   /* console: the kernel's own log in RAM, and no zone of pstore's */
	uint32_t index;	   /* N in Linux's file name kind-ramoops-N */
	uint32_t piece;	   /* kernels up to 5.4 append dumps in one zone: 0 is the first, which is
			      all Linux names; of @n_pieces */
	uint32_t n_pieces; /* at least 1 */
	bool has_mended;   /* the next piece is the same dump with its stream mended */
	enum quality quality;
	uint32_t notes;		  /* enum record_note bits */
	uint32_t corrected_bytes; /* as Linux counts them */
	uint32_t bad_blocks;
	uint32_t stored_bytes; /* valid bytes in the zone(s), header line included */
	uint32_t digest;       /* CRC-32 of the stored bytes: differs from crash to crash */

	/* dmesg records */
	bool has_time;
	int64_t time_sec; /* wall clock of the dying kernel, seconds since 1970 */
	uint32_t time_usec;
	enum reason reason;
	uint32_t count; /* dumps since that boot, from "Reason#count" */
	uint32_t part;
	enum packing packing;

	/* ftrace records: text is binary entries in Linux's order (ftrace.h) */
	struct ftrace_format ftrace; /* bytes 0: not ftrace */
	uint32_t writer;	     /* LINUX_VERSION_CODE from the zones' signature, 0: unknown */

	struct holes holes; /* stretches of the text not to be trusted */

	uint32_t effort; /* tokens with which it reads the same once more */

	struct span text; /* decoded bytes as Linux's file has them, without ECC notice;
			     in the workspace until it is used again */
};

/*
 * Linux's file name, "dmesg-ramoops-0"; a further piece has its number after it,
 * "dmesg-ramoops-0.1", a mended one a word, "dmesg-ramoops-0.mended". The kernel's own log, which
 * Linux lists nowhere, is "kmsg-ram-0". At most RECORD_NAME_BYTES with the NUL.
 */
enum { RECORD_NAME_BYTES = 40 };
#define RECORD_MIDDLE "-ramoops-"
#define RECORD_KMSG   "kmsg-ram-"
void record_name(const struct record *r, char out[RECORD_NAME_BYTES]);

/* The word before "-ramoops-" in it: "dmesg", "console", "pmsg", "ftrace". */
const char *record_kind(enum zone_kind kind);

const char *quality_name(enum quality q); /* "intact", "ECC-corrected", "unchecked", ... */

#endif
