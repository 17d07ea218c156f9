/* SPDX-License-Identifier: BSD-2-Clause */
/* Register access; unit tests link their own model in place of these. */
#ifndef OM_DRIVERS_MMIO_H
#define OM_DRIVERS_MMIO_H

#include <stdint.h>

#ifdef OM_MMIO_MODEL
uint32_t mmio_read32(uint64_t pa);
void mmio_write32(uint64_t pa, uint32_t value);
#else
static inline uint32_t mmio_read32(uint64_t pa)
{
	return *(volatile uint32_t *)(uintptr_t)pa;
}

static inline void mmio_write32(uint64_t pa, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)pa = value;
}
#endif

#endif
