/* SPDX-License-Identifier: BSD-2-Clause */
#include "tables.h"

#include "level.h"

#include <stddef.h>

enum {
	ENTRIES = 512,
	TABLES = 24, /* a lone page takes three */
	LAST_LEVEL = 3,
	BLOCK_LEVEL = 2,
	BLOCK_SHIFT = 21,
};

#define BLOCK_BYTES (UINT64_C(1) << BLOCK_SHIFT)

#define IS_TABLE     (UINT64_C(1) << 1) /* levels 0 to 2; at level 3 the same bit is a page's */
#define ADDRESS_BITS UINT64_C(0x0000fffffffff000)

static uint64_t root[ENTRIES] __attribute__((aligned(PAGE_BYTES), section(".bss.mmu")));
static uint64_t pool[TABLES][ENTRIES] __attribute__((aligned(PAGE_BYTES), section(".bss.mmu")));
/* tables_peek(): the pages on both sides of a boundary. */
static uint64_t peek_table[2][ENTRIES] __attribute__((aligned(PAGE_BYTES), section(".bss.mmu")));
static uint32_t used[TABLES]; /* valid entries and 1; 0: free, and all zeroes */
static uint32_t running;      /* level of the walks, 0: none yet */
static uint64_t peeked;	      /* tables_peek(): boundary that is mapped, 0: none */

uint64_t tables_root(void)
{
	return (uintptr_t)root;
}

void tables_running(uint32_t el)
{
	running = el;
}

static void changed(void)
{
	if (running)
		forget_translations(running);
}

/* The entries that a table has, 0: not one of the pool. */
static uint32_t *used_of(const uint64_t *table)
{
	return table >= pool[0] && table < pool[0] + TABLES * ENTRIES
		       ? &used[(size_t)(table - pool[0]) / ENTRIES]
		       : NULL;
}

static uint32_t index_at(uint64_t pa, uint32_t lvl)
{
	return (uint32_t)(pa >> (PAGE_SHIFT + 9 * (LAST_LEVEL - lvl))) & (ENTRIES - 1);
}

/* One entry of @table. An entry that counts is never changed into another one that does. */
static void put(uint64_t *table, uint32_t i, uint64_t entry)
{
	volatile uint64_t *const at = &table[i];
	const uint64_t old = *at;
	uint32_t *const n = used_of(table);

	if (old == entry)
		return;
	if (n)
		*n += (entry != 0) - (old != 0);
	if (old && entry) {
		*at = 0;
		changed();
	}
	*at = entry;
}

static uint64_t *table_at(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & ADDRESS_BITS);
}

static bool is_table(uint64_t entry)
{
	return (entry & (PAGE_VALID | IS_TABLE)) == (PAGE_VALID | IS_TABLE);
}

static uint64_t *table_free(void)
{
	for (uint32_t i = 0; i < TABLES; i++)
		if (!used[i])
			return pool[i];
	return NULL;
}

/* A table in place of the entry: empty, or with a block's pages. NULL: none is left. */
static uint64_t *split(uint64_t *table, uint32_t i)
{
	const uint64_t old = table[i];
	uint64_t *const below = table_free();

	if (!below)
		return NULL;
	*used_of(below) = 1;
	if (old)
		for (uint32_t page = 0; page < ENTRIES; page++)
			put(below, page, (old + ((uint64_t)page << PAGE_SHIFT)) | IS_TABLE);
	put(table, i, (uintptr_t)below | PAGE_VALID | IS_TABLE);
	return below;
}

/*
 * The table of @lvl that has @pa; those on the way to it are in @way. @make: with those that are
 * missing. NULL: there is none, or none is left; *@last is the level of the last one then.
 */
static uint64_t *walk(uint64_t pa, uint32_t lvl, bool make, uint64_t *way[LAST_LEVEL + 1],
		      uint32_t *last)
{
	uint64_t *table = root;

	for (uint32_t at = 0;; at++) {
		const uint32_t i = index_at(pa, at);

		*last = at;
		way[at] = table;
		if (at == lvl)
			return table;
		if (is_table(table[i]))
			table = table_at(table[i]);
		else if (make || table[i])
			table = split(table, i);
		else
			return NULL;
		if (!table)
			return NULL;
	}
}

/* Tables on the way to @pa, from @lvl up, whose last entry has gone. */
static void prune(uint64_t pa, uint32_t lvl, uint64_t *const way[LAST_LEVEL + 1])
{
	for (; lvl > 0 && lvl <= LAST_LEVEL && *used_of(way[lvl]) == 1; lvl--) {
		put(way[lvl - 1], index_at(pa, lvl - 1), 0);
		changed(); /* before another place gets the table */
		*used_of(way[lvl]) = 0;
	}
}

/* The 2 MiB at @pa as one entry. False: single pages are mapped there, or it takes a table. */
static bool map_block(uint64_t pa, uint64_t bits)
{
	uint64_t *way[LAST_LEVEL + 1];
	uint32_t last;
	uint64_t *const table = walk(pa, BLOCK_LEVEL, bits != 0, way, &last);
	const uint32_t i = index_at(pa, BLOCK_LEVEL);

	if (!table && !bits)
		return true;
	if (table && !is_table(table[i]))
		put(table, i, bits ? pa | bits : 0);
	prune(pa, last, way);
	return table && !is_table(table[i]);
}

/* One side of a boundary: with the table for it, or without. False: something is mapped there. */
static bool peek_side(uint64_t pa, uint64_t *below, bool mapped)
{
	const uint64_t entry = (uintptr_t)below | PAGE_VALID | IS_TABLE;
	uint64_t *way[LAST_LEVEL + 1];
	uint32_t last;
	uint64_t *const table = walk(pa, BLOCK_LEVEL, mapped, way, &last);
	const uint32_t i = index_at(pa, BLOCK_LEVEL);
	const bool is_free = table && (!table[i] || table[i] == entry);

	if (is_free)
		put(table, i, mapped ? entry : 0);
	prune(pa, last, way);
	return is_free;
}

bool tables_peek(uint64_t boundary_pa, uint64_t bits)
{
	const uint64_t low = boundary_pa - PAGE_BYTES;
	/* within 2 MiB both are in one table */
	const uint32_t second = boundary_pa % BLOCK_BYTES ? 0 : 1;
	bool done = false;

	if (peeked) {
		const uint32_t was = peeked % BLOCK_BYTES ? 0 : 1;

		(void)peek_side(peeked - PAGE_BYTES, peek_table[0], false);
		(void)peek_side(peeked, peek_table[was], false);
		put(peek_table[0], index_at(peeked - PAGE_BYTES, LAST_LEVEL), 0);
		put(peek_table[was], index_at(peeked, LAST_LEVEL), 0);
		changed();
	}
	peeked = 0;
	if (boundary_pa) {
		put(peek_table[0], index_at(low, LAST_LEVEL), low | bits | IS_TABLE);
		put(peek_table[second], index_at(boundary_pa, LAST_LEVEL),
		    boundary_pa | bits | IS_TABLE);
		peeked = boundary_pa;
		done = peek_side(low, peek_table[0], true) &&
		       peek_side(boundary_pa, peek_table[second], true);
		if (!done)
			(void)!tables_peek(0, 0);
	}
	changed();
	return done;
}

/* Pages within 2 MiB. */
static enum om_err map_within(uint64_t first, uint64_t end, uint64_t bits)
{
	uint64_t *way[LAST_LEVEL + 1];
	uint32_t last;
	uint64_t *const table = walk(first, LAST_LEVEL, bits != 0, way, &last);

	for (uint64_t pa = first; table && pa != end; pa += PAGE_BYTES)
		put(table, index_at(pa, LAST_LEVEL), bits ? pa | bits | IS_TABLE : 0);
	prune(first, last, way);
	return table || !bits ? OM_OK : OM_E_NO_SPACE;
}

enum om_err tables_map(uint64_t first_pa, uint64_t last_pa, uint64_t bits)
{
	const uint64_t end = (last_pa | (PAGE_BYTES - 1)) + 1;
	uint64_t pa = first_pa & ~(uint64_t)(PAGE_BYTES - 1);
	enum om_err err = OM_OK;

	if (peeked) /* no page of ours goes into its tables */
		(void)!tables_peek(0, 0);
	while (pa != end && !err) {
		const uint64_t next =
			(pa | (BLOCK_BYTES - 1)) + 1 < end ? (pa | (BLOCK_BYTES - 1)) + 1 : end;

		if (next - pa != BLOCK_BYTES || !map_block(pa, bits))
			err = map_within(pa, next, bits);
		pa = next;
	}
	changed();
	return err;
}
