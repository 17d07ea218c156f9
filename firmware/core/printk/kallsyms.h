/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of a dead kernel's functions, from its own tables in RAM, where VMCOREINFO says that
 * they are: 6.0 and newer. RAM may be damaged: a name is given only if the block of 256 that it is
 * in is whole. Its names must end where the next block's begin, its addresses must rise and fit
 * those of the other blocks. The tables have no checksum: a few bytes that changed in a name or an
 * address, and still are what such tables hold, are not seen.
 * Source: Linux scripts/kallsyms.c, kernel/kallsyms.c, kernel/crash_core.c, 6.0 to 6.18.
 */
#ifndef OM_CORE_KALLSYMS_H
#define OM_CORE_KALLSYMS_H

#include "address.h"
#include "core/base/err.h"

enum {
	KALLSYMS_NAME_MAX = 511,   /* KSYM_NAME_LEN less its NUL */
	KALLSYMS_WORK_BYTES = 9216 /* tokens, one name packed, one unpacked */
};

/* How the table of values gives an address. */
enum kallsyms_values {
	VALUES_BASE,   /* plus kallsyms_relative_base */
	VALUES_PERCPU, /* the same of negative ones, the others are addresses */
	VALUES_PLACE,  /* plus the value's own address: no kallsyms_relative_base, 64 bit */
	VALUES_PLAIN,  /* they are addresses: 32 bit and no kallsyms_relative_base */
	VALUES_WORDS   /* kallsyms_addresses */
};

struct kallsyms {
	const struct ram *ram;
	struct address_map map;
	uint32_t n;
	uint64_t names_pa, markers_pa, values_pa;
	uint64_t values_va, base;
	enum kallsyms_values values;
	struct workspace work;
};

struct kallsyms_symbol {
	uint64_t address;
	char type;	  /* as nm has them: t and T are functions */
	struct span name; /* in the caller's work memory, until the next call */
	bool gap;	  /* from @address on, up to the next symbol, names are not known */
};

/**
 * kallsyms_open - find the tables and see that they are this kernel's
 * @ram:  stays with @out
 * @text: its VMCOREINFO
 * @map:  where its image is, as find.h found it (struct kmsg_log.map)
 * @work: KALLSYMS_WORK_BYTES, stays with @out
 * @out:  written on OM_OK
 *
 * The symbol _stext has to have the address that @text gives it.
 * Returns OM_OK; OM_E_VARIANT: @text does not name the tables; OM_E_NO_SPACE: @work is too small;
 * OM_E_CORRUPT: they are not there, or are damaged where all names depend on it.
 */
enum om_err kallsyms_open(const struct ram *ram, struct span text, const struct address_map *map,
			  struct workspace work, struct kallsyms *out) OM_MUST_CHECK;

/* Zero is the beginning. */
struct kallsyms_walk {
	uint32_t i;	   /* of the symbol */
	uint32_t off;	   /* of its name */
	uint64_t address;  /* of the last one */
	uint32_t from, to; /* blocks whose values fit each other */
};

/**
 * kallsyms_next - the next symbol, addresses rising
 *
 * False: there are no more. A block that is damaged is one symbol with @out->gap; if it has the
 * address of the symbol before, it is not known how far that one reaches.
 */
bool kallsyms_next(const struct kallsyms *k, struct kallsyms_walk *walk,
		   struct kallsyms_symbol *out);

/**
 * kallsyms_find - the symbol that an address is in: the first of those with its address
 * @bytes: up to the next one
 *
 * False: there is none, or its block is damaged.
 */
bool kallsyms_find(const struct kallsyms *k, uint64_t address, struct kallsyms_symbol *out,
		   uint64_t *bytes);

#endif
