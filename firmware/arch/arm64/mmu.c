/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMU and caches at the exception level that we are in: a 1:1 map of what is used and nothing
 * else, so that a stray pointer faults and the CPU cannot fetch ahead into memory that belongs to
 * Linux. Source: Arm DDI 0487, D8 (translation), D19.2 (TCR_ELx, MAIR_ELx, SCTLR_ELx).
 */
#include "arch/arch.h"
#include "core/boot/image64.h"
#include "core/boot/wrap.h"
#include "entry.h"
#include "level.h"
#include "tables.h"

#include <stddef.h>

enum {
	CLEAN_MAX = 24,
	LINE_BYTES_MIN = 16, /* of a data cache: CTR_EL0 may say so */
	OWN_PARTS = 2,

	ATTR_DEVICE = 0,   /* nGnRE */
	ATTR_UNCACHED = 1, /* normal, non-cacheable */
	ATTR_CACHED = 2,   /* normal, write-back, read and write allocate */
	MAIR = 0x04 | 0x44 << 8 | 0xff << 16,

	PA_BITS_MAX = 48,
};

/* TCR_ELx: 48 bits by TTBR0, 4 KiB, walks write-back and inner shareable as the tables' map. */
#define TCR_T0SZ      UINT64_C(16)
#define TCR_IRGN_WBWA (UINT64_C(1) << 8)
#define TCR_ORGN_WBWA (UINT64_C(1) << 10)
#define TCR_INNER     (UINT64_C(3) << 12)
#define TCR_EL1_EPD1  (UINT64_C(1) << 23) /* no walks by TTBR1 */
#define TCR_EL23_ONES (UINT64_C(1) << 31 | UINT64_C(1) << 23)

struct clean {
	uint64_t first, end;
};

extern char __image_start[], __rodata_start[], __rodata_end[], __guard_start[], __guard_end[],
	__image_end[];

_Static_assert((int)ENTRY_RESET == SHIM_RESET && (int)ENTRY_LINUX == SHIM_LINUX &&
		       (int)ENTRY_CALLED == SHIM_CALLED,
	       "entry.h numbers the kinds of entry for assembly");

/* Made by called.S. */
struct caller {
	uint64_t argc, argv, back;
};

_Noreturn void arch_start(uint64_t kind, uint64_t arg, uint64_t dtb_pa, uint64_t first,
			  uint64_t end);
_Noreturn void leave(const struct clean *own, const struct clean *dirty, uint64_t entry,
		     uint64_t x0);

static struct clean dirty[CLEAN_MAX + 1];     /* what leave() has to clean; ended by zeroes */
static struct clean own_clean[OWN_PARTS + 1]; /* the same of the image */
static uint32_t n_dirty;
static uint32_t el;
static uint64_t pa_end; /* of what the CPU can address */
static struct entry entry;
static uint64_t back;	 /* where the called shim goes on */
static struct range own; /* what is mapped of it, from the beginning */

/* At EL1 both bits keep code out; at EL2 and EL3 there is one, and bit 6 is 1. */
static uint64_t page_bits(enum arch_mem how)
{
	static const uint16_t bits[] = {
		[ARCH_NONE] = 0,
		[ARCH_RAM] = PAGE_ATTR(ATTR_CACHED) | PAGE_INNER,
		[ARCH_RAM_RO] = PAGE_ATTR(ATTR_CACHED) | PAGE_INNER | PAGE_RO,
		[ARCH_UNCACHED] = PAGE_ATTR(ATTR_UNCACHED) | PAGE_INNER,
		[ARCH_EVIDENCE] = PAGE_ATTR(ATTR_UNCACHED) | PAGE_INNER | PAGE_RO,
		[ARCH_DEVICE] = PAGE_ATTR(ATTR_DEVICE),
	};

	if (how == ARCH_NONE)
		return 0;
	return bits[how] | PAGE_VALID | PAGE_AF | PAGE_XN | (el == 1 ? PAGE_PXN : PAGE_AP1);
}

static enum om_err note_dirty(uint64_t first, uint64_t end)
{
	for (uint32_t i = 0; i < n_dirty; i++)
		if (dirty[i].first <= first && end <= dirty[i].end)
			return OM_OK;
	if (n_dirty == CLEAN_MAX)
		return OM_E_NO_SPACE;
	dirty[n_dirty++] = (struct clean){ first, end };
	return OM_OK;
}

/* No board with an AArch64 CPU has one that needs us. */
void arch_outer_cache(const struct outer_cache *cache)
{
	(void)cache;
}

/*
 * Pages that were just mapped uncached: what a caller has of them in its caches goes to memory
 * first. Nobody else leaves lines there.
 */
static void clean_callers(uint64_t first, uint64_t last)
{
	if (entry.kind != ENTRY_CALLED && !entry.caches_on)
		return;
	for (uint64_t at = first; at <= last; at += LINE_BYTES_MIN)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb sy" ::: "memory");
}

enum om_err arch_map(struct range range, enum arch_mem how)
{
	const uint64_t mask = PAGE_BYTES - 1;
	uint64_t first, last;
	enum om_err err;

	if (range.bytes == 0 || range.bytes > pa_end || range.base_pa > pa_end - range.bytes ||
	    range_overlaps(range, own))
		return OM_E_ARG;
	first = range.base_pa & ~mask;
	last = (range_end(range) - 1) | mask;
	/* Every cached mapping ends in a clean. */
	if (how == ARCH_RAM || how == ARCH_RAM_RO) {
		err = note_dirty(first, last + 1);
		if (err)
			return err;
	}
	err = tables_map(first, last, page_bits(how));
	if (!err && (how == ARCH_UNCACHED || how == ARCH_EVIDENCE))
		clean_callers(first, last);
	return err;
}

void arch_unmap(struct range range)
{
	enum om_err err = arch_map(range, ARCH_NONE);

	(void)err; /* taking away needs no memory, but for a page out of a block */
}

bool arch_peek(uint64_t boundary_pa)
{
	const bool done = boundary_pa < pa_end &&
			  tables_peek(boundary_pa, page_bits(ARCH_EVIDENCE));

	if (done)
		clean_callers(boundary_pa - PAGE_BYTES, boundary_pa + PAGE_BYTES - 1);
	return done;
}

static void map_own(const char *first, const char *end, uint64_t bits)
{
	(void)!tables_map((uintptr_t)first, (uintptr_t)end - 1, bits);
}

/* As many bits as the CPU has, 48 at most: how ID_AA64MMFR0_EL1 and TCR_ELx say it. */
static uint64_t pa_size(void)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, PA_BITS_MAX };
	uint64_t size;

	__asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(size));
	size &= 0xf;
	if (size >= sizeof(bits))
		size = sizeof(bits) - 1;
	pa_end = UINT64_C(1) << bits[size];
	return size;
}

static void mmu_on(void)
{
	const uint64_t tcr = TCR_T0SZ | TCR_IRGN_WBWA | TCR_ORGN_WBWA | TCR_INNER;
	const uint64_t size = pa_size();
	const uint64_t on = SCTLR_M | SCTLR_C | SCTLR_I;

	write_at_level(el, mair, MAIR);
	write_at_level(el, tcr,
		       tcr | (el == 1 ? TCR_EL1_EPD1 | size << 32 : TCR_EL23_ONES | size << 16));
	write_at_level(el, ttbr0, tables_root());
	forget_translations(el);
	write_at_level(el, sctlr, on | (el == 1 ? SCTLR_EL1_ONES : SCTLR_EL23_ONES));
	__asm__ volatile("isb" ::: "memory");
	tables_running(el);
}

static uint64_t le64_at(uint64_t pa)
{
	const volatile uint64_t *p = (const volatile uint64_t *)(uintptr_t)pa;

	return *p;
}

/*
 * Called by start.S with all of the image in place, bss cleared, and the MMU off.
 * @arg: called: where struct caller is; reset: the flash after the shim's file, 0: unknown
 * @first, @end: the memory that is ours
 */
_Noreturn void arch_start(uint64_t kind, uint64_t arg, uint64_t dtb_pa, uint64_t first,
			  uint64_t end)
{
	const uint64_t start = (uintptr_t)__image_start;
	const uint64_t exec = PAGE_RO | PAGE_VALID | PAGE_AF | PAGE_ATTR(ATTR_CACHED) | PAGE_INNER;

	el = level();
	entry.caches_on = (kind & SHIM_CACHES) != 0;
	kind &= ~(uint64_t)SHIM_CACHES;
	entry.kind = (enum entry_kind)kind;
	entry.dtb_pa = dtb_pa;
	if (kind == SHIM_LINUX) {
		const uint64_t whole = le64_at(first + HEAD_SIZE_OFF);

		if (whole > end - first && whole <= ~end)
			entry.payload = (struct range){ end, whole - (end - first) };
	} else if (kind == SHIM_RESET && arg) {
		entry.payload = (struct range){ arg, WRAP_BLOCK_BYTES };
	} else if (kind == SHIM_CALLED) {
		const struct caller *caller = (const struct caller *)(uintptr_t)arg;

		entry.argc = (uint32_t)caller->argc;
		entry.argv_pa = caller->argv;
		back = caller->back;
	}
	entry.self = (struct range){ first, end - first };
	own = (struct range){ start, (uintptr_t)__image_end - start };
	map_own(__image_start, __rodata_start, exec | (el == 1 ? PAGE_XN : PAGE_AP1));
	map_own(__rodata_start, __rodata_end, page_bits(ARCH_RAM_RO));
	map_own(__rodata_end, __guard_start, page_bits(ARCH_RAM));
	map_own(__guard_end, __image_end, page_bits(ARCH_RAM));
	own_clean[0] = (struct clean){ start, (uintptr_t)__guard_start };
	own_clean[1] = (struct clean){ (uintptr_t)__guard_end, range_end(own) };
	mmu_on();
	app_main(&entry);
}

const struct kernel_kind *const arch_kernel = &kernel_image64;

_Noreturn void arch_enter_linux(uint64_t entry_pa, uint64_t dtb_pa, uint32_t machine)
{
	(void)machine;
	leave(own_clean, dirty, entry_pa, dtb_pa);
}

_Noreturn void arch_return(uint32_t result)
{
	leave(own_clean, dirty, back, result);
}
