/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in the way of a carve-out: one reading of a device tree and a command
 * line into plain facts. plan.c decides upon them; this file decides nothing.
 * Source: Linux drivers/of/fdt.c, drivers/of/of_reserved_mem.c, kernel/crash_core.c,
 * kernel/dma/contiguous.c, arch/arm/kernel/setup.c (6.1).
 */
#ifndef OM_CORE_SURVEY_H
#define OM_CORE_SURVEY_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/ramoops/geometry.h"
#include "options.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SURVEY_TREE_MAX = 64,	/* claims of the tree: as many children as Linux 6.1 takes */
	SURVEY_CLAIMS_MAX = 84, /* with the caller's and the plan's own */
	SURVEY_DEMANDS_MAX = 12,
};

enum survey_kind {
	SURVEY_LENT,	   /* the caller's */
	SURVEY_PAYLOAD,	   /* the caller's, gives way when RAM is small */
	SURVEY_MEMRESERVE, /* /memreserve/ */
	SURVEY_RESERVED,   /* static child of /reserved-memory */
	SURVEY_INITRD,	   /* linux,initrd-start and -end */
	SURVEY_BOOTARGS,   /* crashkernel= or cma= at a fixed place */
	SURVEY_DISABLED	   /* disabled child: nothing is there, but its unit address is taken */
};

/* Whose memory a range is, for a message. */
enum owner {
	OWNER_NONE,
	OWNER_MONITOR,	   /* this program */
	OWNER_KERNEL,	   /* where the kernel is unpacked */
	OWNER_INITRD,	   /* the caller's, or /chosen's */
	OWNER_DTB,	   /* the device tree itself */
	OWNER_STAGE,	   /* what a boot loader after us overwrites */
	OWNER_MEMRESERVE,  /* a /memreserve/ entry */
	OWNER_NODE,	   /* a child of /reserved-memory: its node says which */
	OWNER_CRASHKERNEL, /* crashkernel= */
	OWNER_CMA,	   /* cma= */
	OWNER_RAM_END,	   /* part of the range is RAM, part is not */
	OWNER_NO_RAM,	   /* none of it is RAM, or it is where no region can be */
	OWNER_SIZE,	   /* no region can have this size */
	OWNER_RAMOOPS,	   /* the tree's ramoops node */
	OWNER_PARAMETERS,  /* ramoops.mem_address= */
	OWNER_SEVERAL	   /* claims that were put together, as the list was full */
};

/* What is in the way. */
struct obstacle {
	struct range range;
	enum owner owner;
	int node; /* with OWNER_NODE: offset in the tree, -1: unknown */
};

struct survey_claim {
	struct range range;
	enum survey_kind kind;
	enum owner owner;
	int node;	  /* of a child of /reserved-memory, else -1 */
	uint32_t phandle; /* of that child, 0: none */
	bool is_plain;	  /* that child only reserves: nothing else in it or in the tree uses it */
	bool is_reusable; /* that child lends its memory to Linux meanwhile */
};

/* RAM that Linux will look for by itself, with us in place. */
struct survey_demand {
	uint64_t bytes;
	uint64_t align;	      /* a power of two */
	uint64_t align_least; /* tried when nothing fits with align */
	struct range window;  /* where to look */
	const char *windows;  /* alloc-ranges instead, NULL: window */
	uint32_t windows_bytes;
	enum owner owner;
	int node; /* child of /reserved-memory, -1: from the command line */
	uint32_t phandle;
};

/* A property whose length is not what the cell counts ask for; Linux refuses the node. */
struct wrong_length {
	const char *name; /* "reg" or "size"; NULL: none is wrong */
	uint32_t bytes;	  /* that it has */
	uint32_t needed;  /* of one entry */
};

/* A node that matters, with what its properties say. */
struct survey_node {
	int node;	     /* offset, -1: there is none */
	int parent;	     /* offset */
	bool under_reserved; /* child of /reserved-memory */
	bool under_root;     /* child of the root */
	bool has_reg;	     /* reg is readable, as the CPU addresses it, and not empty */
	struct range reg;    /* its first entry */
	bool has_no_map, has_reusable;
	struct wrong_length wrong;
	uint32_t region_phandle; /* memory-region, 0: none */
	uint32_t boot_log_bytes; /* boot-log-size of Rockchip's kernels; 0: none */
};

struct survey {
	uint32_t n_addr, n_size; /* cells of the root, 1 or 2 each */
	struct ranges banks;	 /* RAM that Linux will use: declared, cut by mem= */

	int reserved; /* offset of /reserved-memory, -1: there is none */
	bool reserved_has_cells, reserved_has_ranges; /* what Linux wants there is there */
	bool reserved_usable; /* Linux honours it, or will once it has cells and ranges */

	struct survey_node ramoops; /* first enabled one */
	bool second_ramoops;
	struct geometry geom;	     /* the node's numbers, 0 when absent or unreadable */
	uint32_t geom_present;	     /* bit i: option_words[i] is there as Linux wants it */
	uint32_t geom_wrong;	     /* bit i: it is there, but not as 32-bit number */
	struct survey_node retained; /* ours from an earlier pass */

	uint32_t n_claims, n_demands;
	struct survey_claim claims[SURVEY_CLAIMS_MAX];
	struct survey_demand demands[SURVEY_DEMANDS_MAX];
};

/**
 * survey_tree - read it all
 * @fdt:      passed dt_check()
 * @bootargs: NUL-terminated
 * @declared: set to all RAM the tree declares, not cut by mem=
 * @cpus:     set to the number of CPU nodes
 *
 * Returns OM_OK; OM_E_NOT_FOUND: no RAM is declared (the rest is filled in);
 *   OM_E_VARIANT: the root's cells are of no known form (nothing else is filled in).
 */
enum om_err survey_tree(struct survey *s, const void *fdt, const char *bootargs,
			struct ranges *declared, uint32_t *cpus) OM_MUST_CHECK;

/* Adds a claim; when its part of the list is full the last one there grows to cover it. */
void survey_claim(struct survey *s, const struct survey_claim *claim);

#endif
