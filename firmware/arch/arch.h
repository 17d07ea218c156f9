/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every architecture offers: memory mapping, faults that can be survived,
 * hand-over to Linux. Implemented below arch/<name>/.
 */
#ifndef OM_ARCH_ARCH_H
#define OM_ARCH_ARCH_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/boot/kernel.h"

#include <stdbool.h>
#include <stdint.h>

/* Who started us, and how. */
enum entry_kind {
	ENTRY_RESET,  /* the CPU, at its reset vector: the shim brought us from flash to RAM */
	ENTRY_LINUX,  /* a loader that takes us for a Linux kernel */
	ENTRY_CALLED, /* a caller that waits for us to come back: U-Boot's `go` */
};

/**
 * struct entry - how we came and what memory is ours
 * @self:    the file that we came in, with room for stack and page tables: ours until we leave
 * @payload: what follows the file where it lies: a block and what that describes
 * (core/boot/wrap.h), if there is one; nothing was looked at yet. Empty: nothing follows
 * @dtb_pa:  where a device tree may be, or tags, or neither; nothing was looked at yet. 0: nobody
 * said
 * @caches_on: linux: a loader left MMU or data cache on, and may have dirty lines of anything
 *
 * Filled before the first line of app, and the only source of these facts.
 */
struct entry {
	enum entry_kind kind;
	struct range self;
	struct range payload;
	uint64_t dtb_pa;
	uint32_t machine; /* number of the machine type, 0: not said */
	uint32_t argc;	  /* called: words, the first is a name */
	uint64_t argv_pa;
	bool caches_on;
};

/* The app's first line; never comes back. @entry stays as it is. */
_Noreturn void app_main(const struct entry *entry);

/* How a piece of the address space may be used. Data is never executable. */
enum arch_mem {
	ARCH_NONE,     /* any access faults */
	ARCH_RAM,      /* cached, read and write */
	ARCH_RAM_RO,   /* cached, read only */
	ARCH_UNCACHED, /* normal memory, not cached, read and write: the retained page */
	ARCH_EVIDENCE, /* normal memory, not cached, read only: the carve-out */
	ARCH_DEVICE,   /* registers */
};

/**
 * arch_map - set how [base_pa, base_pa + bytes) may be used, mapped 1:1
 * @range: widened to whole 4 KiB pages
 *
 * The image, in struct entry's self, is mapped before the app runs and cannot be changed here.
 * Returns OM_OK; OM_E_NO_SPACE (no page table left); OM_E_ARG (beyond the address space, or part of
 * the image's own memory).
 */
enum om_err arch_map(struct range range, enum arch_mem how) OM_MUST_CHECK;

/* Let any access to the pages of @range fault again; ranges arch_map() refuses stay. */
void arch_unmap(struct range range);

/**
 * struct outer_cache - a cache that the CPU's own operations do not reach
 * @clean:   cleans and invalidates a range by physical address
 * @line_pa: register that takes the address of a line of 32 bytes to clean and invalidate, and has
 *           bit 0 set until that is done; mapped
 * @sync_pa: register that takes 0 and has bit 0 set until all is in memory
 */
struct outer_cache {
	void (*clean)(const struct outer_cache *cache, uint32_t first_pa, uint32_t last_pa);
	uint32_t line_pa, sync_pa;
};

/**
 * arch_outer_cache - there is one, and it is on
 * @cache: stays as it is
 *
 * From now on what is mapped ARCH_UNCACHED or ARCH_EVIDENCE is cleaned there first, and what we
 * wrote when we leave.
 */
void arch_outer_cache(const struct outer_cache *cache);

/**
 * arch_peek - map the page on each side of a boundary, to look at them and at nothing else
 * @boundary_pa: a multiple of 1 MiB; 0: none
 *
 * As arch_map() with ARCH_EVIDENCE, but for a tenth of the instructions, and the pages of the last
 * call go. Returns false if there is nothing on one of the sides, or something is mapped in the MiB
 * there: arch_map() is then the way.
 */
bool arch_peek(uint64_t boundary_pa) OM_MUST_CHECK;

/**
 * arch_try - call @fn and survive a fault in it
 *
 * A fault goes to app_fault(), which decides whether it ends @fn or resets the board; any number of
 * faults can be survived, one after the other. Not nested.
 * Returns true if @fn came back by itself.
 */
bool arch_try(void (*fn)(void *ctx), void *ctx);

/**
 * arch_keep - leave a word for the next start, should this one end in a reset
 * arch_kept - take it, and forget it
 *
 * Kept in RAM that Linux overwrites; 0 means none.
 */
void arch_keep(uint32_t word);
uint32_t arch_kept(void);

/* Number of faults since reset. */
uint32_t arch_faults(void);

/* The kind of kernel that arch_enter_linux() starts. */
extern const struct kernel_kind *const arch_kernel;

/**
 * arch_enter_linux - leave for good, as Linux's boot protocol asks
 * @entry_pa: first instruction of the kernel
 * @dtb_pa:   the device tree, or what else we were given
 * @machine:  number of the machine type; of no meaning with a device tree
 *
 * All memory written through the cache is cleaned; MMU and data cache are off;
 * interrupts masked; CPU mode as at entry.
 * Source: Linux Documentation/arm/booting.rst and arm64/booting.rst (6.1).
 */
_Noreturn void arch_enter_linux(uint64_t entry_pa, uint64_t dtb_pa, uint32_t machine);

/**
 * arch_return - go back to the caller, with everything as it was
 * @result: what the caller gets; 0: a report was made, or there was nothing to report
 *
 * Only of ENTRY_CALLED. Memory is cleaned as by arch_enter_linux().
 */
_Noreturn void arch_return(uint32_t result);

/* Secure monitor and hypervisor calls, for PSCI; argument registers as SMCCC. */
uint32_t arch_smc(uint32_t fn, uint32_t a1, uint32_t a2, uint32_t a3);
uint32_t arch_hvc(uint32_t fn, uint32_t a1, uint32_t a2, uint32_t a3);

/* Wait a little in a polling loop without burning power. */
void arch_relax(void);

/*
 * The CPU's generic timer. It counts from wherever it began, which a warm reset may or may not set
 * back: only differences mean anything. Both of the others only where arch_has_ticks() says so.
 * drivers/clock.h has the time; it asks these.
 */
bool arch_has_ticks(void);
uint64_t arch_ticks(void);
uint32_t arch_tick_hz(void); /* 0: no earlier stage has set it */

/**
 * arch_cycles_start - count the CPU's cycles
 * @may_start: nobody else uses that counter; else it is read if it runs as is wanted here
 *
 * Returns false if the CPU has no such counter, or it is off and must stay so.
 */
bool arch_cycles_start(bool may_start) OM_MUST_CHECK;

/* Cycles by 64; wraps. */
uint32_t arch_cycles(void);

/* A fault, as app_fault() gets it. */
struct arch_fault {
	const char *kind; /* "data abort", "prefetch abort", "undefined instruction", ... */
	unsigned long pc, lr, sp, psr;
	unsigned long address; /* faulting address, where the kind has one */
	unsigned long status;  /* fault status register */
	const unsigned long
		*r; /* general registers, @n_r of them, called by @r_letter and a number */
	uint32_t n_r;
	char r_letter;
	uint32_t number; /* since reset, from 1 */
	bool in_try; /* arch_try() can come back with false; else there is nothing to go back to */
};

/**
 * app_fault - what the app offers to the fault handler: report it, and decide
 *
 * Returns true if arch_try() is to come back. Otherwise, without arch_try(), and after a fault in
 * app_fault() itself, app_fault_reset() is called. A fault in that one stops the CPU.
 */
bool app_fault(const struct arch_fault *fault);
_Noreturn void app_fault_reset(void);

#endif
