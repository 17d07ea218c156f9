/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two lines at the head of a dmesg record: the binary-safe header that ramoops puts
 * before everything ("====1700000000.000007-C"), and the first line of the text itself
 * ("Panic#1 Part1"). Knows nothing of zones and compression.
 * Source: Linux fs/pstore/ram.c ramoops_write_kmsg_hdr(), fs/pstore/platform.c
 * pstore_dump(), 3.10 to 6.18.
 */
#ifndef OM_CORE_DMESG_H
#define OM_CORE_DMESG_H

#include "core/base/err.h"
#include "core/base/span.h"

enum reason { /* kmsg_dump reason as text in the record, Linux 3.10 to 6.18 */
	      REASON_NONE,
	      REASON_PANIC,
	      REASON_OOPS,
	      REASON_EMERGENCY,
	      REASON_SHUTDOWN,
	      REASON_RESTART, /* up to 5.7, as are Halt and Poweroff */
	      REASON_HALT,
	      REASON_POWEROFF,
	      REASON_UNKNOWN
};

struct dmesg_header {
	bool has_time;	 /* false if the seconds exceed 64 bits */
	int64_t sec;	 /* since 1970, by the dying kernel's clock */
	uint32_t usec;	 /* an integer in every era, padded with zeros since 4.18 */
	bool compressed; /* type 'C'; absent up to 3.11, any other letter means plain */
	uint32_t bytes;	 /* length of the header, its one newline included */
	uint32_t wrong;	 /* its characters that no writer put there; 0 if it is whole */
};

/**
 * dmesg_header - the "====" line
 * @log: a dmesg zone's log, any bytes
 *
 * Takes exactly one newline: Linux's own reader swallows all white space after the
 * header, which breaks compressed streams that start with such a byte.
 * Returns OM_OK, OM_E_NOT_FOUND.
 */
enum om_err dmesg_header(struct span log, struct dmesg_header *out) OM_MUST_CHECK;

/**
 * dmesg_header_near - the "====" line, of which some characters are wrong
 * @log: a dmesg zone's log whose dmesg_header() was not found
 *
 * Up to DMESG_HEADER_WRONG_MAX characters may be wrong, the newline among them. Or it is
 * missing, which no writer leaves but Linux takes. has_time is false if a digit of the time
 * was hit so that it shows; a type that was hit is known by what follows.
 * Returns OM_OK, OM_E_NOT_FOUND.
 */
enum { DMESG_HEADER_WRONG_MAX = 3 };
enum om_err dmesg_header_near(struct span log, struct dmesg_header *out) OM_MUST_CHECK;

struct dmesg_title {
	enum reason reason;
	uint32_t count; /* dumps since that boot, starts at 1 */
	uint32_t part;
};

/**
 * dmesg_title - the first line of the text, "Reason#count PartN"
 * @text: decoded text, any bytes
 *
 * Returns OM_OK, OM_E_NOT_FOUND.
 */
enum om_err dmesg_title(struct span text, struct dmesg_title *out) OM_MUST_CHECK;

/**
 * dmesg_looks_like_text - could this be part of a kernel log?
 *
 * True if nearly all of the first 1 KiB of @s is printable ASCII, newlines, returns or
 * tabs; false if it is empty.
 */
bool dmesg_looks_like_text(struct span s);

/**
 * dmesg_has_levels - does every line but the first begin with its "<N>"?
 * @text: a whole record's text, title line included
 *
 * printk gives every line one, also those of one message. Raw deflate carries no
 * checksum, so this is the only sign of a flipped bit that leaves the stream whole.
 */
bool dmesg_has_levels(struct span text);

/**
 * dmesg_stamp - the time in a log line, "<6>[    1.234567] text" or without "<6>"
 * @line: the line's first byte and what follows
 * @usec: written on OM_OK
 *
 * Returns OM_OK, OM_E_NOT_FOUND.
 */
enum om_err dmesg_stamp(struct span line, uint64_t *usec) OM_MUST_CHECK;

const char *reason_name(enum reason r); /* "Panic", ... as Linux writes it; "" for NONE */

#endif
