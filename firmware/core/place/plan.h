/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The carve-out plan: which RAM the ramoops region and the retained page get, and
 * which device-tree edits tell Linux so. A pure function of the tree, the command
 * line and a list of claims: the same input gives the same answer on every boot,
 * which is what lets the next boot find the records. Applying the plan is
 * edits_apply()'s work.
 * Source: Linux Documentation/devicetree/bindings/reserved-memory/ramoops.yaml,
 * drivers/of/fdt.c __reserved_mem_check_root() (6.1).
 */
#ifndef OM_CORE_PLAN_H
#define OM_CORE_PLAN_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/ramoops/geometry.h"
#include "core/tree/edits.h"
#include "known_words.h"
#include "parameters.h"
#include "room.h"
#include "survey.h"

enum {
	PLAN_ALIGN_BYTES = 2 << 20,    /* computed regions; keeps Linux's section mappings whole */
	PLAN_RETAINED_BYTES = 4 << 10, /* the retained page, one MMU page */
	PLAN_CLAIMS_MAX = 16,
};

enum claim_kind {
	CLAIM_MONITOR, /* our image, data, stack, scratch */
	CLAIM_PAYLOAD, /* where the payload lies or decompresses to: gives way when RAM is small */
	CLAIM_INITRD,
	CLAIM_DTB,
	CLAIM_LATER_STAGE, /* what a boot loader after us overwrites */
};

struct claim {
	enum claim_kind kind;
	struct range range;
};

struct plan_input {
	const void *fdt;       /* passed dt_check() */
	const char *bootargs;  /* what Linux will get; NUL-terminated, may be "" */
	const char *modprobe;  /* ramoops' parameters in modprobe.d, see parameters.h; NULL: none */
	struct geometry board; /* defaults; base_pa 0 = compute, else a board's fixed place */
	bool other_stage; /* a boot loader starts before us or after us, see room_stage_area() */
	uint32_t n_claims;
	struct claim claims[PLAN_CLAIMS_MAX];
};

enum plan_source {
	PLAN_NONE,	 /* no carve-out: Linux boots without */
	PLAN_EXISTING,	 /* the tree's own ramoops node is kept */
	PLAN_PARAMETERS, /* ramoops.* parameters say where Linux will put it */
	PLAN_USER,	 /* oopsmon.region= or the board file */
	PLAN_COMPUTED
};

/* Facts worth a line on the console; bits of plan.notices. */
enum plan_notice {
	PLAN_N_NO_ROOM = 1 << 0,	/* nothing fits: booting without carve-out */
	PLAN_N_NO_MEMORY_NODE = 1 << 1, /* the tree declares no RAM */
	PLAN_N_NODE_MOVED = 1 << 2,	/* existing region collided (conflict): moved */
	PLAN_N_NODE_COMPLETED = 1 << 3, /* existing node lacked properties: added */
	PLAN_N_SIZES_ROUNDED = 1 << 4,	/* Linux would have rounded the sizes: done first */
	PLAN_N_SIZES_REPLACED = 1 << 5, /* sizes Linux would refuse: defaults taken */
	PLAN_N_OPTION_REFUSED =
		1 << 6, /* oopsmon.region= collides or is not RAM: computed instead */
	PLAN_N_OPTION_UNREADABLE = 1 << 7, /* an oopsmon.* value was not understood */
	PLAN_N_RSVMEM_UNUSABLE = 1
				 << 8, /* Linux ignores this /reserved-memory: /memreserve/ used */
	PLAN_N_SECOND_NODE = 1 << 9,   /* more than one ramoops node: Linux takes the first */
	PLAN_N_OUTSIDE_RAM = 1 << 10,  /* existing region is not in any memory node: kept */
	PLAN_N_NO_RETAINED = 1 << 11,  /* no room for the retained page */
	PLAN_N_TURNED_OFF = 1 << 12,   /* oopsmon.region=none */
	PLAN_N_UNCACHED = 1 << 13,     /* mem-type 2 would lose the last lines: 0 taken */
	PLAN_N_WRONG_LENGTH = 1 << 14, /* reg or size of the node: see wrong */
	PLAN_N_SIZE_UNUSED = 1 << 15,  /* no room of the node's size in its alloc-ranges */
	PLAN_N_BOOT_LOG = 1 << 16,     /* the region begins after Rockchip's boot log now */
	PLAN_N_WORD_UNKNOWN = 1 << 17, /* an oopsmon.* word that does not exist */
	PLAN_N_PARAMS_UNREADABLE = 1 << 18, /* Linux will not understand a ramoops.* parameter */
	PLAN_N_PARAMS_IGNORED = 1 << 19,    /* Linux makes no device of them: the node counts */
	PLAN_N_PARAMS_REFUSED = 1 << 20,    /* their place is somebody else's: see refused */
	PLAN_N_PARAMS_SHARED = 1 << 21,	    /* their place is kept, with a doubt: see refused */
	PLAN_N_PARAMS_WIN = 1 << 22,	    /* the tree's node said something else: rewritten */
	PLAN_N_PARAMS_NAMED = 1 << 23,	    /* mem_name: Linux chooses the place */
	PLAN_N_IN_STAGE = 1 << 24,	    /* a boot loader will overwrite the region: see stage */
};

/* What carveout_plan() needs to think; of no interest afterwards. */
struct plan_work {
	struct survey survey;
	struct room room;
};

struct plan {
	enum plan_source source;
	struct geometry geom; /* base_pa and sizes as Linux will see them; region_bytes 0: none */
	uint64_t retained_pa; /* first byte of the retained page, 0: none */
	uint32_t cpus;	      /* CPU nodes, for per-CPU ftrace */
	uint32_t notices;     /* enum plan_notice bits */
	struct obstacle conflict; /* with PLAN_N_NODE_MOVED, _OPTION_REFUSED: what was in the way */
	struct obstacle refused;  /* with PLAN_N_PARAMS_REFUSED, _SHARED: the same for these */
	struct range stage;	  /* with PLAN_N_IN_STAGE: where the boot loader lives */
	struct geometry
		earlier; /* where the tree's node was and is no more; region_bytes 0: none */
	bool earlier_is_readable;     /* it is RAM that nobody else has reserved */
	struct wrong_length wrong;    /* with PLAN_N_WRONG_LENGTH */
	int ramoops_node;	      /* of the tree, -1: there is none */
	uint32_t boot_log_bytes;      /* with PLAN_N_BOOT_LOG */
	struct parameters params;     /* ramoops.* as Linux reads them */
	struct unknown_words unknown; /* with PLAN_N_WORD_UNKNOWN */
	const char *bad_word;	      /* with PLAN_N_OPTION_UNREADABLE, of the command line */
	size_t bad_word_len;
	struct ranges banks;	/* all RAM the tree declares, not limited by mem= */
	struct ranges reserved; /* what must outlive the start of Linux: /memreserve/, static
				   /reserved-memory children, crashkernel=SIZE@ADDR, and the region
				   and retained page of this plan; not the caller's claims */
	struct edits edits;	/* to be applied by edits_apply() */
	struct plan_work work;	/* the planner's own */
};

/**
 * carveout_plan - decide
 * @in:  see above; the tree is only read
 * @out: always written; source PLAN_NONE when there is nothing to apply
 *
 * Order: the place that ramoops.* parameters give Linux, if it can be had; an existing ramoops node
 * (in /reserved-memory or elsewhere, reg or memory-region form) is kept and completed; else what
 * the user or the board asked for; else the end of the largest bank below 4 GiB, outside every
 * claim and, with @in->other_stage, of where a boot loader lives; an existing region or one that
 * was asked for stays there all the same, with a notice. Sizes the user gives win over those of an
 * existing node. The whole reasoning is in docs/carve-out.md. Claims also come from the tree:
 * /memreserve/, static and dynamic /reserved-memory, the initrd in /chosen, crashkernel= and mem=.
 * Returns OM_OK also without a carve-out (notices say why); OM_E_NO_SPACE if the
 *   edit list overflowed (then out->source is PLAN_NONE).
 */
enum om_err carveout_plan(const struct plan_input *in, struct plan *out) OM_MUST_CHECK;

#endif
