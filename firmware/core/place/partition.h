/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in the flash the archive is, and the device-tree edits that make Linux show that place
 * as an mtd named "oopsmon". A pure function of the tree, the command line and the board's
 * default; only partition_fits() needs the flash to have been probed.
 *
 * Offsets are those of the device Linux makes of the flash node: the banks one after the other
 * in the order of reg (Linux drivers/mtd/maps/physmap-core.c, drivers/mtd/mtdconcat.c, 6.1).
 * Partitions are read as drivers/mtd/parsers/ofpart_core.c (6.1) does: children of a child
 * "partitions" that is compatible with "fixed-partitions"; without a child "partitions", children
 * of the flash node itself that have reg and no compatible. #address-cells and #size-cells come
 * from the nearest node above that has them.
 */
#ifndef OM_CORE_PARTITION_H
#define OM_CORE_PARTITION_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/tree/edits.h"

#include <stdbool.h>
#include <stdint.h>

enum { PARTITION_BANKS_MAX = 4 };

/* Where the archive is unless somebody says otherwise: at the end of a bank. */
struct partition_default {
	uint64_t bytes;	   /* 0: the board has none */
	uint64_t from_end; /* first byte, counted back from the bank's end; >= bytes */
	uint32_t bank;
};

struct partition_input {
	const void *fdt;	   /* passed dt_check() */
	int node;		   /* of the bound flash, its offset in @fdt */
	const struct range *banks; /* as the CPU addresses them, in the order of reg */
	uint32_t n_banks;	   /* 1 to PARTITION_BANKS_MAX */
	const char *bootargs;	   /* NUL-terminated, any content */
	struct partition_default board;
	const struct range *taken; /* the monitor's image, payloads: physical addresses */
	uint32_t n_taken;
};

enum partition_source {
	PARTITION_NONE,	  /* no archive; notices say why */
	PARTITION_OPTION, /* oopsmon.archive=SIZE@OFFSET */
	PARTITION_NODE,	  /* the tree's partition labelled "oopsmon" */
	PARTITION_BOARD,  /* the board's default */
};

/* Facts worth a line on the console; bits of partition.notices. All but the last four mean: no
   archive. */
enum partition_notice {
	PARTITION_N_TURNED_OFF = 1 << 0,	/* oopsmon.archive=none */
	PARTITION_N_OPTION_UNREADABLE = 1 << 1, /* neither none nor SIZE@OFFSET */
	PARTITION_N_NO_PLACE = 1 << 2, /* no options, no node, no board default in this flash */
	PARTITION_N_OUTSIDE = 1 << 3,  /* is not within the device */
	PARTITION_N_CROSSES_BANKS = 1 << 4,   /* goes over the end of a bank */
	PARTITION_N_OVER_MONITOR = 1 << 5,    /* overlaps one of .taken: see conflict */
	PARTITION_N_OVER_PARTITION = 1 << 6,  /* overlaps another partition: see conflict */
	PARTITION_N_TREE_UNREADABLE = 1 << 7, /* other partitions are not known */
	PARTITION_N_SECOND_NODE = 1 << 8,     /* more than one is labelled so: the first taken */
	PARTITION_N_READ_ONLY = 1 << 9,	      /* the node has read-only: nothing is written */
	PARTITION_N_NODE_MOVED =
		1 << 10, /* the option asks for another place: the node is moved there */
	PARTITION_N_NOT_FOR_LINUX = 1 << 11, /* archive, but Linux cannot be shown it */
};

struct partition {
	enum partition_source source;
	uint32_t bank;	       /* index of banks */
	uint64_t bank_off;     /* bytes from the bank's start */
	uint64_t bytes;	       /* 0 if there is no archive */
	uint64_t device_off;   /* bytes from the device's start, as Linux counts */
	bool read_only;	       /* the archive is read, never written or erased */
	uint32_t notices;      /* enum partition_notice bits */
	struct range asked;    /* device offsets: the place looked at, empty if there was none */
	struct range conflict; /* device offsets: what it overlaps */
};

/**
 * partition_find - decide where the archive is
 * @in:  see above; the tree is only read
 * @out: always written completely
 *
 * Order: oopsmon.archive=; the tree's partition labelled "oopsmon" (or so named, without a
 * label); the board's default. What was asked for and cannot be had is not replaced by the next
 * in order: a place nobody named is not written to. The place lies within one bank, clear of
 * @in->taken and of other partitions; only a labelled one may lie wholly within a larger one, as
 * trees that also name the whole flash have it. Alignment is checked by partition_fits().
 */
void partition_find(const struct partition_input *in, struct partition *out);

enum partition_fit {
	PARTITION_FITS,
	PARTITION_F_BANK_SIZE,	/* a bank up to this one is not as large as reg says */
	PARTITION_F_MISALIGNED, /* begins or ends within an erase block */
};

/**
 * partition_fits - check the place against the flash as it was probed
 * @p:           source is not PARTITION_NONE
 * @in:          as given to partition_find()
 * @bank_bytes:  what each bank was found to have, in->n_banks numbers. Linux joins the banks
 *               by these and not by reg, so that offsets after a smaller bank differ
 * @block_bytes: the erase block there, > 0
 *
 * Nothing is rounded: what does not fit is refused.
 */
enum partition_fit partition_fits(const struct partition *p, const struct partition_input *in,
				  const uint64_t *bank_bytes, uint32_t block_bytes);

/**
 * partition_edits - what makes Linux show the place as mtd "oopsmon"
 * @in, @p: as partition_find() left them; source is not PARTITION_NONE
 * @list:   edits are added: at most 7; none when the tree has the partition at that place, or
 *          with PARTITION_N_NOT_FOR_LINUX
 *
 * A labelled node that is elsewhere gets a new reg and keeps its name. Else a node is added
 * after the partitions that are there, which keep their mtd numbers, or below a new node
 * "partitions". Applying is edits_apply()'s work, with EDITS_GROWTH_BYTES to spare as ever.
 * Returns OM_OK; OM_E_NO_SPACE (the list is full, or the flash node's path is too long): then
 *   nothing was added.
 */
enum om_err partition_edits(const struct partition_input *in, const struct partition *p,
			    struct edits *list) OM_MUST_CHECK;

#endif
