/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMU and caches: a 1:1 map in the short-descriptor format, which every ARMv7-A core
 * has. Only what is used is mapped, so a stray pointer faults and the CPU cannot
 * fetch ahead into memory that belongs to Linux.
 * Source: ARMv7-A ARM, B3.5 (short descriptors), B3.8 (attributes, TEX remap off).
 */
#include "arch/arch.h"
#include "core/boot/wrap.h"
#include "core/boot/zimage.h"
#include "entry.h"

#include <stddef.h>

enum {
	SECTION_BYTES = 1 << 20,
	PAGE_BYTES = 1 << 12,
	L1_ENTRIES = 4096,
	L2_ENTRIES = 256,
	L2_TABLES = 16,
	CLEAN_MAX = 24,
	LINE_BYTES_MIN = 32, /* of an ARMv7-A data cache */

	L1_TYPE_MASK = 3,
	L1_TABLE = 1,
	L1_SECTION = 2,
	L2_PAGE = 2,
};

/* TTBR0, beside the table's address. */
enum {
	TTBR_C = 1 << 0,	 /* inner cacheable, where IRGN is not there */
	TTBR_RGN_WBWA = 1 << 3,	 /* RGN = 01 */
	TTBR_IRGN_WBWA = 1 << 6, /* IRGN = 01, in bits 0 and 6 */
};

/* Attribute bits in small-page positions; section() moves them. */
enum {
	PAGE_XN = 1 << 0,
	PAGE_B = 1 << 2,
	PAGE_C = 1 << 3,
	PAGE_AP_RW = 1 << 4,	      /* AP[2:0] = 001: privileged read and write */
	PAGE_AP_RO = 1 << 4 | 1 << 9, /* AP[2:0] = 101: privileged read only */
	PAGE_TEX1 = 1 << 6,
	PAGE_CACHED = PAGE_TEX1 | PAGE_C | PAGE_B, /* normal, write-back, write-allocate */
	PAGE_UNCACHED = PAGE_TEX1,		   /* normal, non-cacheable */
	PAGE_DEVICE = PAGE_B,			   /* shareable device */
};

struct clean {
	uint32_t first, end;
};

extern char __image_start[], __rodata_start[], __rodata_end[], __guard_start[], __guard_end[],
	__image_end[];

_Static_assert((int)ENTRY_RESET == SHIM_RESET && (int)ENTRY_LINUX == SHIM_LINUX &&
		       (int)ENTRY_CALLED == SHIM_CALLED,
	       "entry.h numbers the kinds of entry for assembly");

/* Made by called.S. */
struct caller {
	uint32_t argc, argv, back;
};

_Noreturn void arch_start(uint32_t kind, uint32_t machine, uint32_t dtb_pa, uint32_t entered_hyp,
			  uint32_t first, uint32_t end);
_Noreturn void leave(const struct clean *clean, uint32_t entry, uint32_t r2, uint32_t hyp,
		     uint32_t line_pa, uint32_t sync_pa, uint32_t r1);

static uint32_t l1[L1_ENTRIES] __attribute__((aligned(16384), section(".bss.mmu")));
static uint32_t l2[L2_TABLES][L2_ENTRIES] __attribute__((aligned(1024), section(".bss.mmu")));
/* arch_peek(): the last page of a section, the first one of the next. */
static uint32_t peek_table[2][L2_ENTRIES] __attribute__((aligned(1024), section(".bss.mmu")));
static uint32_t l2_used[L2_TABLES];	  /* valid entries; 0: free, and all zeroes */
static struct clean dirty[CLEAN_MAX + 1]; /* what leave() has to clean; ended by zeroes */
static uint32_t n_dirty;
static bool hyp;
static bool running;
static struct entry entry;
static uint32_t back; /* where the called shim goes on */
static const struct outer_cache *outer;
static struct range own; /* what is mapped of it, from the beginning */

static uint32_t page_bits(enum arch_mem how)
{
	static const uint16_t bits[] = {
		[ARCH_NONE] = 0,
		[ARCH_RAM] = PAGE_CACHED | PAGE_AP_RW | PAGE_XN,
		[ARCH_RAM_RO] = PAGE_CACHED | PAGE_AP_RO | PAGE_XN,
		[ARCH_UNCACHED] = PAGE_UNCACHED | PAGE_AP_RW | PAGE_XN,
		[ARCH_EVIDENCE] = PAGE_UNCACHED | PAGE_AP_RO | PAGE_XN,
		[ARCH_DEVICE] = PAGE_DEVICE | PAGE_AP_RW | PAGE_XN,
	};

	return how == ARCH_NONE ? 0 : bits[how] | L2_PAGE;
}

/* The same attributes in a section descriptor. */
static uint32_t section_bits(uint32_t page)
{
	if (!page)
		return 0;
	return L1_SECTION | (page & (PAGE_B | PAGE_C)) | (page & PAGE_XN) << 4 |
	       (page & (3 << 4)) << 6 | (page & (7 << 6)) << 6 | (page & (1 << 9)) << 6;
}

/*
 * Where walks of the tables do not look into the first-level data cache (Cortex-A8: ID_MMFR3[23:20]
 * is 0), a descriptor must be written through to where they do; where they do look, it costs
 * little.
 */
static void clean_to_walks(const uint32_t *at, const uint32_t *last)
{
	for (; running && at <= last; at += LINE_BYTES_MIN / sizeof(*at))
		__asm__ volatile("mcr p15, 0, %0, c7, c11, 1" ::"r"(at) : "memory"); /* DCCMVAU */
}

static __attribute__((noinline)) void put(uint32_t *at, uint32_t descriptor)
{
	*at = descriptor;
	clean_to_walks(at, at);
}

static void tables_changed(void)
{
	if (!running)
		return;
	__asm__ volatile("dsb\n"
			 "mcr p15, 0, %0, c8, c7, 0\n" /* TLBIALL */
			 "dsb\n"
			 "isb" ::"r"(0)
			 : "memory");
}

/* A table that no section uses; all of its entries are zero. NULL: none is left. */
static uint32_t *table_free(void)
{
	for (uint32_t i = L2_TABLES; i-- > 0;)
		if (!l2_used[i])
			return l2[i];
	return NULL;
}

/* The second-level table of a section, made when needed. NULL: none is left. */
static uint32_t *table_of(uint32_t section)
{
	uint32_t old = l1[section];
	uint32_t *table;

	if ((old & L1_TYPE_MASK) == L1_TABLE)
		return (uint32_t *)(uintptr_t)(old & ~0x3ffu);
	table = table_free();
	if (!table)
		return NULL;
	if ((old & L1_TYPE_MASK) == L1_SECTION) {
		/* the section's attributes, back in page positions, for all its pages */
		uint32_t page = L2_PAGE | (old & (PAGE_B | PAGE_C)) | (old >> 4 & PAGE_XN) |
				(old >> 6 & (3 << 4)) | (old >> 6 & (7 << 6)) |
				(old >> 6 & (1 << 9));

		for (uint32_t i = 0; i < L2_ENTRIES; i++)
			put(&table[i], (section << 20 | i << 12) | page);
		l2_used[(table - l2[0]) / L2_ENTRIES] = L2_ENTRIES;
		tables_changed(); /* the table is whole before a walk can meet it */
	}
	put(&l1[section], (uint32_t)(uintptr_t)table | L1_TABLE);
	return table;
}

/* Pages of one section; a table whose last page goes is given back. */
static enum om_err map_in_section(uint32_t first, uint32_t last, uint32_t bits)
{
	const uint32_t section = first >> 8;
	uint32_t *table;
	uint32_t n;

	if (!bits && !l1[section])
		return OM_OK;
	table = table_of(section);
	if (!table)
		return OM_E_NO_SPACE;
	n = l2_used[(table - l2[0]) / L2_ENTRIES];
	for (uint32_t page = first; page <= last; page++) {
		uint32_t *at = &table[page & 0xff];

		n += (bits != 0) - (*at != 0);
		*at = bits ? (page << 12 | bits) : 0;
	}
	clean_to_walks(&table[first & 0xf8], &table[last & 0xff]);
	l2_used[(table - l2[0]) / L2_ENTRIES] = n;
	if (!n) {
		put(&l1[section], 0);
		tables_changed(); /* before another section gets it */
	}
	return OM_OK;
}

/* @first, @last: page numbers, inclusive */
static enum om_err map_pages(uint32_t first, uint32_t last, uint32_t bits)
{
	for (uint32_t section = first >> 8; section <= last >> 8; section++) {
		const uint32_t start = section << 8 > first ? section << 8 : first;
		const uint32_t end = (section << 8 | 0xff) < last ? section << 8 | 0xff : last;
		enum om_err err = OM_OK;

		if (end - start == 0xff && (l1[section] & L1_TYPE_MASK) != L1_TABLE)
			l1[section] = bits ? (section << 20 | section_bits(bits)) : 0;
		else
			err = map_in_section(start, end, bits);
		if (err)
			return err;
	}
	/* from the beginning of a line on, so that the last one is met */
	clean_to_walks(&l1[first >> 8 & ~7u], &l1[last >> 8]);
	return OM_OK;
}

static enum om_err note_dirty(uint32_t first, uint32_t end)
{
	for (uint32_t i = 0; i < n_dirty; i++)
		if (dirty[i].first <= first && end <= dirty[i].end)
			return OM_OK;
	if (n_dirty == CLEAN_MAX)
		return OM_E_NO_SPACE;
	dirty[n_dirty++] = (struct clean){ first, end };
	return OM_OK;
}

void arch_outer_cache(const struct outer_cache *cache)
{
	outer = cache;
}

/*
 * Pages that were just mapped uncached: what a caller has of them in its caches goes to memory
 * first. Nobody else leaves lines there.
 */
static void clean_callers(uint32_t first, uint32_t last)
{
	uint32_t at = first;

	if (entry.kind == ENTRY_CALLED || entry.caches_on)
		do /* DCCIMVAC */
			__asm__ volatile("mcr p15, 0, %0, c7, c14, 1" ::"r"(at) : "memory");
		while ((at += LINE_BYTES_MIN) - 1 != last); /* whole pages */
	__asm__ volatile("dsb" ::: "memory");
	if (!outer)
		return;
	outer->clean(outer, first, last);
}

static enum om_err map(uint32_t base, uint32_t last, enum arch_mem how)
{
	enum om_err err;

	/* Every cached mapping ends in a clean; the last page of memory is left out of it. */
	if ((how == ARCH_RAM || how == ARCH_RAM_RO) && (last >> 12) != 0xfffff) {
		err = note_dirty(base & ~0xfffu, (last | 0xfff) + 1);
		if (err)
			return err;
	}
	err = map_pages(base >> 12, last >> 12, page_bits(how));
	tables_changed();
	if (!err && (how == ARCH_UNCACHED || how == ARCH_EVIDENCE))
		clean_callers(base & ~0xfffu, last | 0xfff);
	return err;
}

enum om_err arch_map(struct range range, enum arch_mem how)
{
	if (range.bytes == 0 || range.bytes > (uint64_t)1 << 32 || range.base_pa > UINT32_MAX ||
	    range_end(range) > (uint64_t)1 << 32)
		return OM_E_ARG;
	if (range_overlaps(range, own))
		return OM_E_ARG;
	return map((uint32_t)range.base_pa, (uint32_t)(range_end(range) - 1), how);
}

void arch_unmap(struct range range)
{
	enum om_err err = arch_map(range, ARCH_NONE);

	(void)err; /* taking away needs no memory, but for a page out of a section */
}

/* The sections on both sides of a boundary: with the tables for it, or without. */
static void peek_sections(uint32_t at, bool mapped)
{
	for (uint32_t side = 0; side < 2; side++)
		put(&l1[at - 1 + side],
		    mapped ? (uint32_t)(uintptr_t)peek_table[side] | L1_TABLE : 0);
}

bool arch_peek(uint64_t boundary_pa)
{
	static uint32_t last; /* section after the boundary that is mapped, 0: none */
	const uint32_t at = boundary_pa >> 32 ? 0 : (uint32_t)boundary_pa >> 20;
	const uint32_t page = at << 20 | page_bits(ARCH_EVIDENCE);

	if (last)
		peek_sections(last, false);
	last = at && !l1[at - 1] && !l1[at] ? at : 0;
	if (last) {
		put(&peek_table[0][L2_ENTRIES - 1], page - PAGE_BYTES);
		put(&peek_table[1][0], page);
		peek_sections(at, true);
	}
	tables_changed();
	if (last)
		clean_callers((at << 20) - PAGE_BYTES, (at << 20) + PAGE_BYTES - 1);
	return last != 0;
}

static void map_own(const char *first, const char *end, uint32_t bits)
{
	(void)map_pages((uint32_t)(uintptr_t)first >> 12, ((uint32_t)(uintptr_t)end - 1) >> 12,
			bits);
}

/*
 * Walks go through the cache with the attributes that the tables are mapped with: write-back,
 * write-allocate, not shareable. The inner ones have other bits with the multiprocessing
 * extensions. Source: Arm DDI 0406C, B4.1.154 (TTBR0), B4.1.106 (MPIDR).
 */
static uint32_t walk_bits(void)
{
	uint32_t mpidr;

	__asm__("mrc p15, 0, %0, c0, c0, 5" : "=r"(mpidr));
	return TTBR_RGN_WBWA | (mpidr >> 31 ? TTBR_IRGN_WBWA : TTBR_C);
}

static void mmu_on(void)
{
	const uint32_t ttbr0 = (uint32_t)(uintptr_t)l1 | walk_bits();
	uint32_t sctlr;

	__asm__ volatile("mcr p15, 0, %0, c2, c0, 0\n" /* TTBR0 */
			 "mcr p15, 0, %1, c2, c0, 2\n" /* TTBCR: short descriptors, TTBR0 only */
			 "mcr p15, 0, %2, c3, c0, 0\n" /* DACR: domain 0 checks permissions */
			 "mcr p15, 0, %1, c8, c7, 0\n" /* TLBIALL */
			 "dsb\n"
			 "isb" ::"r"(ttbr0),
			 "r"(0), "r"(1)
			 : "memory");
	__asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(sctlr));
	sctlr |= 1 << 0 | 1 << 2 | 1 << 11 | 1 << 12; /* M, C, Z, I */
	__asm__ volatile("mcr p15, 0, %0, c1, c0, 0\n"
			 "isb" ::"r"(sctlr)
			 : "memory");
	running = true;
}

/*
 * Called by start.S with all of the image in place, bss cleared, and the MMU off.
 * @machine: linux: number of the machine type; called: where struct caller is; reset: the flash
 *           after the shim's file
 * @first, @end: the memory that is ours; the image may have moved up in it
 */
_Noreturn void arch_start(uint32_t kind, uint32_t machine, uint32_t dtb_pa, uint32_t entered_hyp,
			  uint32_t first, uint32_t end)
{
	const uint32_t start = (uint32_t)(uintptr_t)__image_start;

	hyp = entered_hyp != 0;
	entry.caches_on = (kind & SHIM_CACHES) != 0;
	kind &= ~(uint32_t)SHIM_CACHES;
	entry.kind = (enum entry_kind)kind;
	entry.dtb_pa = dtb_pa;
	if (kind == SHIM_LINUX) {
		const uint32_t whole = *(const uint32_t *)(uintptr_t)(first + WRAP_END_OFF);

		entry.machine = machine;
		if (whole > end - first && whole <= ~end)
			entry.payload = (struct range){ end, whole - (end - first) };
	} else if (kind == SHIM_RESET) {
		entry.payload = (struct range){ machine, WRAP_BLOCK_BYTES };
	} else {
		const struct caller *caller = (const struct caller *)(uintptr_t)machine;

		entry.argc = caller->argc;
		entry.argv_pa = caller->argv;
		back = caller->back;
	}
	entry.self = (struct range){ first, end - first };
	own = (struct range){ start, (uint32_t)(uintptr_t)__image_end - start };
	map_own(__image_start, __rodata_start, L2_PAGE | PAGE_CACHED | PAGE_AP_RO);
	map_own(__rodata_start, __rodata_end, page_bits(ARCH_RAM_RO));
	map_own(__rodata_end, __guard_start, page_bits(ARCH_RAM));
	map_own(__guard_end, __image_end, page_bits(ARCH_RAM));
	(void)note_dirty(start, (uint32_t)range_end(own));
	mmu_on();
	app_main(&entry);
}

const struct kernel_kind *const arch_kernel = &kernel_zimage;

static _Noreturn void go(uint32_t entry_pa, uint32_t r2, uint32_t r1)
{
	leave(dirty, entry_pa, r2, hyp, outer ? outer->line_pa : 0, outer ? outer->sync_pa : 0, r1);
}

_Noreturn void arch_enter_linux(uint64_t entry_pa, uint64_t dtb_pa, uint32_t machine)
{
	go((uint32_t)entry_pa, (uint32_t)dtb_pa, machine);
}

_Noreturn void arch_return(uint32_t result)
{
	go(back, result, 0);
}
