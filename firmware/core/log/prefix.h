/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes before the kernel's words in a line of a log: a level, a time, the caller's CPU
 * or task, and whatever a vendor's kernel, syslog, the journal or logcat put there. The parts
 * that every printk knows are always recognised; the others are learned from the log itself,
 * as what most of its lines begin with.
 * Source: Linux kernel/printk/printk.c (info_print_prefix); logs of vendors' kernels.
 */
#ifndef OM_CORE_PREFIX_H
#define OM_CORE_PREFIX_H

#include "core/base/span.h"

enum { PREFIX_PARTS_MAX = 8 };

struct prefix_part {
	uint8_t kind;
	uint8_t lines; /* of those looked at that begin so up to here */
	bool tight;    /* what follows does so without a blank: one there belongs to it */
	uint32_t word; /* hash of what is the same in all lines */
};

/* The form that the lines of one log share. */
struct prefix {
	uint32_t n;
	struct prefix_part part[PREFIX_PARTS_MAX];
	bool has_time; /* most lines carry a time in brackets */
	bool tight;    /* as the last part */
};

/* What a line says beside its words. */
struct prefix_facts {
	uint32_t caller; /* the same for all lines of one CPU or task, 0: it does not say */
	bool own;	 /* a line of the kernel's: it has a time, or no line has one */
};

/**
 * prefix_learn - see how the lines of a log begin
 * @text: any bytes, also none
 *
 * Reads a few lines, spread over the whole text.
 */
void prefix_learn(struct span text, struct prefix *out);

/**
 * prefix_cut - the kernel's words of a line
 * @line:  without its newline
 * @facts: NULL, or written
 *
 * Blanks at the beginning of what is returned belong to the words. Returns a part of @line.
 */
struct span prefix_cut(const struct prefix *form, struct span line, struct prefix_facts *facts);

/* @line without the level at its beginning, "<6>"; all of it if there is none. */
struct span prefix_cut_level(struct span line);

#endif
