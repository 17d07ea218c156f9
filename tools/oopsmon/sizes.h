/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that say where in the input a region is and what sizes its zones have, for
 * the sub-commands that read one; and the answer after a device tree was asked as well.
 */
#ifndef OM_TOOLS_SIZES_H
#define OM_TOOLS_SIZES_H

#include "input.h"
#include "sink.h"

#include "core/ramoops/geometry.h"

#include <argp.h>

struct sizes {
	const char *program;  /* for messages, set by the caller */
	struct geometry geom; /* region_bytes 0: unknown */
	uint32_t given;	      /* bit per option that was there */
	uint32_t cpus;
	uint64_t offset, dump_base;
	const char *dtb;   /* NULL: none */
	bool find_per_cpu; /* nobody says if ftrace has a zone per CPU: signatures do */
	bool force;	   /* the sizes count whatever the bytes say */

	/* written by sizes_settle() */
	enum geometry_from from; /* FROM_SEARCH: nobody says, search */
	uint64_t off;		 /* of the region in the input, or where searching starts */
	bool has_address;	 /* the input's bytes have addresses: */
	uint64_t address;	 /* that of byte 0 */
	uint32_t known;		 /* SEARCH_* bits of the sizes that somebody gave */
	uint32_t boot_log_bytes; /* a zone that Rockchip's kernel puts before the others */
};

/* A child parser for argp; its input is a struct sizes. */
extern const struct argp sizes_argp;

/**
 * sizes_settle - put together what options, device tree and kind of input say
 *
 * Options count more than the tree. Returns false after a message.
 */
bool sizes_settle(struct sizes *s, const struct input *in);

/**
 * sizes_names - what the sizes came from, for a message
 * @found: sizes that the bytes show: only options that say otherwise are named; NULL: all are
 *
 * "board.dtb", "--record-size", "--record-size, --ecc-size"; in @out.
 */
enum { SIZES_NAMES_BYTES = 256 };
void sizes_names(const struct sizes *s, const struct geometry *found, char out[SIZES_NAMES_BYTES]);

#endif
