/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation tables: a 1:1 map of up to 48 bits with pages of 4 KiB and blocks of 2 MiB.
 * Source: Arm DDI 0487, D8.3 (descriptors), D8.5 (attributes), D8.16 (break before make).
 */
#ifndef OM_ARCH_ARM64_TABLES_H
#define OM_ARCH_ARM64_TABLES_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_SHIFT = 12, PAGE_BYTES = 1 << PAGE_SHIFT };

/* Attributes of a page, all but its address and its kind; a block has the same. */
#define PAGE_VALID   (UINT64_C(1) << 0)
#define PAGE_ATTR(n) ((uint64_t)(n) << 2) /* of MAIR_ELx */
#define PAGE_AP1     (UINT64_C(1) << 6)	  /* EL1: also from EL0, else 1 */
#define PAGE_RO	     (UINT64_C(1) << 7)
#define PAGE_INNER   (UINT64_C(3) << 8) /* inner shareable */
#define PAGE_AF	     (UINT64_C(1) << 10)
#define PAGE_PXN     (UINT64_C(1) << 53) /* EL1 alone */
#define PAGE_XN	     (UINT64_C(1) << 54)

/* The table of level 0, for TTBR0_ELx. */
uint64_t tables_root(void);

/* From now on what is written may be walked: @el is where. */
void tables_running(uint32_t el);

/**
 * tables_map - the pages from @first_pa to @last_pa, both within a page that is meant
 * @bits: 0: any access faults
 *
 * Returns OM_OK; OM_E_NO_SPACE: no table is left.
 */
enum om_err tables_map(uint64_t first_pa, uint64_t last_pa, uint64_t bits) OM_MUST_CHECK;

/* arch_peek() with the attributes of the two pages; until the next tables_map(). */
bool tables_peek(uint64_t boundary_pa, uint64_t bits) OM_MUST_CHECK;

#endif
