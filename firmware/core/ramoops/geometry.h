/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geometry: the sizes a ramoops region was given, and the layout of zones that
 * follows from them. A region has no directory, so these numbers are all there
 * is. Knows nothing of zone contents beyond the signatures it compares.
 * Source: Linux fs/pstore/ram.c, ramoops_probe() and ramoops_init_przs(), in the
 * versions named at each rule (docs/ramoops.md).
 */
#ifndef OM_CORE_GEOMETRY_H
#define OM_CORE_GEOMETRY_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/base/span.h"
#include "core/ecc/rs.h"
#include "core/log/record.h"

/* Numbers of a ramoops node; names follow the properties of ramoops.yaml. */
struct geometry {
	uint64_t base_pa;	/* reg: first byte of the region */
	uint32_t region_bytes;	/* reg: size, used as it is since 3.11 */
	uint32_t record_bytes;	/* record-size */
	uint32_t console_bytes; /* console-size */
	uint32_t ftrace_bytes;	/* ftrace-size, all CPUs together */
	uint32_t pmsg_bytes;	/* pmsg-size */
	uint32_t ecc_bytes;	/* ecc-size: parity bytes per 128-byte block, literal */
	uint32_t flags;		/* flags: GEOMETRY_FTRACE_PER_CPU */
	uint32_t max_reason;	/* max-reason: 1 panic, 2 oops, 3 emergency, 4 shutdown */
	uint32_t mem_type;	/* mem-type: 0 write-combine, 1 uncached */
};

enum {
	GEOMETRY_FTRACE_PER_CPU = 1, /* RAMOOPS_FLAG_FTRACE_PER_CPU */
	GEOMETRY_ECC_MAX = 127,	     /* 128 data + parity must stay within 255 symbols */
	GEOMETRY_CPUS_MAX = 64,	     /* most per-CPU ftrace zones looked for */
};

/* What a board asks for unless it has reasons of its own: docs/carve-out.md says why. */
#define GEOMETRY_DEFAULT                                                                           \
	{                                                                                          \
		.region_bytes = 2 << 20, .record_bytes = 64 << 10, .console_bytes = 256 << 10,     \
		.ftrace_bytes = 128 << 10, .pmsg_bytes = 128 << 10, .ecc_bytes = 16,               \
		.flags = GEOMETRY_FTRACE_PER_CPU, .max_reason = 2,                                 \
	}

/* Where the region is; empty: there is none. */
static inline struct range geometry_range(const struct geometry *g)
{
	return (struct range){ g->base_pa, g->region_bytes };
}

/*
 * Kernels that lay zones out alike; within one, nothing ever changed (docs/ramoops.md). The numbers
 * are in reports (docs/report-format.md, Numbers).
 */
enum era {
	ERA_3_10 = 0,	 /* 3.10: the region's size is a power of two as well */
	ERA_3_11 = 1,	 /* 3.11 to 4.9 (pmsg since 4.0): dmesg zones are record-size, no more */
	ERA_4_10 = 2,	 /* 4.10 to 6.1: dmesg zones share all the room, ftrace can be per CPU */
	ERA_6_1_LTS = 3, /* 6.1.192: the same with even sizes */
	ERA_6_2 = 4,	 /* 6.2 to 6.5: pmsg comes before ftrace */
	ERA_6_6 = 5,	 /* 6.6 and later: the same with even sizes */
	ERAS
};

/* What an era does; the oldest ones lack what the later ones have. */
struct era_rules {
	bool region_pow2;   /* the region's size is rounded down to a power of two */
	bool exact_records; /* dmesg zones have record-size; the rest of the region is unused */
	bool pmsg_first;    /* pmsg before ftrace */
	bool even;	    /* zone sizes are rounded down to even */
};

/* The rules of @era; those of the newest for a value that is none. */
const struct era_rules *era_rules(enum era era);

/* With the bits of eras: of the one from 3.11 to 4.9 only the kernels that have pmsg, from 4.0 on.
 */
enum { ERAS_WITH_PMSG = 1 << ERAS };

/* Of @eras those that can have written a pmsg zone, and that bit. */
uint32_t eras_with_pmsg(uint32_t eras);

/* The kernels of several eras, a bit each: "4.10 and later", "3.10 to 6.1, 6.6 and later". */
enum { ERA_NAMES_BYTES = 80 };
void era_names(uint32_t eras, char out[ERA_NAMES_BYTES]);

/* Which evidence chose between the eras. */
enum layout_why {
	LAYOUT_ALIKE,	   /* every era lays these sizes out in the same way */
	LAYOUT_VERSION,	   /* the ftrace zones' signature names the kernel's version */
	LAYOUT_SIGNATURES, /* only this era has its zones where signatures are */
	LAYOUT_CONTENT,	   /* what is in the zones fits this era only */
	LAYOUT_ASSUMED	   /* nothing decides: the newest era that fits */
};

/* How one kernel era lays zones into a region. */
struct layout {
	enum era era;
	enum layout_why why;
	uint32_t n_dmesg;	   /* dmesg zones */
	uint32_t dmesg_zone_bytes; /* each; often larger than record-size */
	uint32_t n_ftrace;	   /* 1, or the writer's nr_cpu_ids with per-CPU ftrace */
	uint32_t ftrace_zone_bytes;
	uint32_t off[ZONE_KINDS];   /* offset of the first zone of each kind */
	uint32_t bytes[ZONE_KINDS]; /* bytes of each zone of that kind, 0: there is none */
	uint32_t writer_version;    /* LINUX_VERSION_CODE from the ftrace signature, 0: unknown */
	uint32_t score;		    /* zones whose signature stood where this layout says */
	uint32_t rivals; /* a bit for each era with pmsg and ftrace elsewhere that is as likely */
};

/* One zone's place in the region. */
struct place {
	enum zone_kind kind;
	uint32_t index; /* N of dmesg zone N or CPU of an ftrace zone, else 0 */
	uint32_t off;	/* bytes from the region's first byte */
	uint32_t bytes; /* header, data and parity */
};

/* The largest power of two that is not above @v; 0 for 0. */
uint32_t geometry_pow2(uint32_t v);

/**
 * geometry_round - round the sizes as Linux will
 * @g: sizes as the user or the node gives them; changed in place
 *
 * record, console, ftrace and pmsg sizes go down to a power of two; 0 stays 0.
 * Returns true if anything changed (the caller says so aloud).
 */
bool geometry_round(struct geometry *g);

/**
 * geometry_check - would Linux's ramoops accept these sizes?
 * @g: rounded sizes
 *
 * Returns OM_OK; OM_E_EMPTY: region or all four sizes are 0; OM_E_TRUNCATED: the
 *   sizes exceed the region, or leave no room for one record; OM_E_NO_SPACE:
 *   parity does not fit some zone; OM_E_VARIANT: ecc above GEOMETRY_ECC_MAX
 *   (Linux writes such a region but dies reading it).
 */
enum om_err geometry_check(const struct geometry *g) OM_MUST_CHECK;

/**
 * layout_make - the zones of one era
 * @g:        rounded sizes, any values
 * @n_ftrace: ftrace zones, 1 to GEOMETRY_CPUS_MAX; taken as 1 without per-CPU flag and
 *            before 4.10
 * @out:      written only on OM_OK; score and writer_version are 0, why is LAYOUT_ALIKE
 *
 * Linux refuses zones without room for a byte and its parity, and so does this: every zone of
 * a layout has a shape (zone.h). Returns OM_OK, OM_E_TRUNCATED (the zones exceed the region or
 *   hold nothing, or no record fits), OM_E_NO_SPACE (no room for parity), OM_E_VARIANT (ecc too
 *   large), OM_E_EMPTY (no zone at all), OM_E_ARG.
 * Source: Linux fs/pstore/ram.c ramoops_probe(), ramoops_init_przs(), 3.10 to 6.18;
 * ram_core.c persistent_ram_init_ecc().
 */
enum om_err layout_make(const struct geometry *g, enum era era, uint32_t n_ftrace,
			struct layout *out) OM_MUST_CHECK;

/*
 * The eras that lay these sizes out as @l does, a bit each, and ERAS_WITH_PMSG; only those of the
 * writer's version if that is known, though older than pmsg: vendors brought it to those.
 */
uint32_t layout_eras(const struct geometry *g, const struct layout *l);

/* Do these have the same zones in the same places? Eras may differ. */
bool layout_same_places(const struct layout *a, const struct layout *b);

/**
 * layout_detect - which era wrote this region? evidence decides
 * @region: the whole region, any bytes; read only, a few bytes per zone
 * @g:      rounded sizes
 * @cpus:   CPU nodes of the device tree, 0 if unknown; other counts are tried too
 * @rs:     code of the zones' parity, NULL: no ECC
 * @out:    the layout with most signatures in place; why says what decided
 *
 * Where places of two eras have as many signatures, what is in the zones counts: a
 * signature amid another zone's valid bytes was written after them. What is left goes to the
 * newest era and to @cpus; if these zones have something in them, out->rivals has the others.
 * The era is the one the ftrace zones' version belongs to, if that has these places, else the
 * newest that has them.
 *
 * Signatures may be damaged: they are repaired by ECC before they are judged, unless all
 * zones of one era are in place. Returns as layout_make().
 */
enum om_err layout_detect(struct span region, const struct geometry *g, uint32_t cpus,
			  const struct rs *rs, struct layout *out) OM_MUST_CHECK;

/**
 * ftrace_version - the kernel version in an ftrace zone's signature
 * @sig: the zone's first word, in the writer's byte order
 *
 * Returns its LINUX_VERSION_CODE, 0 if no kernel from 3 to 15 would write @sig (a plain
 * ZONE_SIG among them).
 */
uint32_t ftrace_version(uint32_t sig);

/* The same of a signature in either byte order. */
uint32_t ftrace_version_either(uint32_t sig);

/* Bytes from the region's first one to the end of its last zone. */
uint32_t layout_end(const struct layout *l);

/* Number of zones of a layout. */
uint32_t layout_zones(const struct layout *l);

/**
 * layout_place - place of zone @i, in the order dmesg..., console, pmsg, ftrace...
 *
 * Returns OM_OK, OM_E_ARG if @i is past the last zone.
 */
enum om_err layout_place(const struct layout *l, uint32_t i, struct place *out) OM_MUST_CHECK;

/* The zone that has byte @off of the region, its first or any other; false: none has. */
bool layout_around(const struct layout *l, uint32_t off, struct place *out);

#endif
