/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of kernels from 3.5 to 5.9: a ring of records of different lengths, each a header with
 * its own length, text and a dictionary; and of those before, a ring of characters.
 * Source: Linux kernel/printk.c 3.5 to 3.10, kernel/printk/printk.c 3.11 to 5.9.
 */
#ifndef OM_CORE_RECORDS_H
#define OM_CORE_RECORDS_H

#include "message.h"
#include "ram.h"
#include "vmcoreinfo.h"

struct records {
	struct ram_form form;
	struct records_layout layout;
	uint64_t buf_pa;
	uint32_t buf_bytes;
	uint32_t first, next; /* offsets of the oldest record and of the one to come */
};

/* Where a walk is. */
struct records_walk {
	uint32_t at;
	uint64_t n; /* messages so far: their sequence numbers, as the kernel's are not there */
	uint64_t ts_nsec;
	bool begun, wrapped, ended;
	bool after_gap;
};

/**
 * records_next - the next message
 * @walk: all zero before the first one
 *
 * Goes on after a gap with the next records that make a chain. False: there are no more.
 */
bool records_next(const struct ram *ram, const struct records *r, struct records_walk *walk,
		  struct workspace text, struct message *out);

/* A header at @head that a kernel can have written; @bytes: of its record. */
bool records_head(const struct ram_form *form, const struct records_layout *l, const uint8_t *head,
		  uint32_t *bytes, uint64_t *ts_nsec);

/* A ring of characters. */
struct chars {
	uint64_t buf_pa;
	uint32_t buf_bytes; /* a power of two */
	uint32_t end;	    /* log_end: characters so far, modulo 2^32 */
	uint32_t n;	    /* logged_chars: of these are there */
};

/* The next line, without its newline; @done: characters so far, 0 at first. */
bool chars_next(const struct ram *ram, const struct chars *c, uint32_t *done, struct workspace text,
		struct message *out);

#endif
