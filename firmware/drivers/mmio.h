/* SPDX-License-Identifier: BSD-2-Clause */
/* Register access; unit tests link their own model in place of these. */
#ifndef OM_DRIVERS_MMIO_H
#define OM_DRIVERS_MMIO_H

#include <stdint.h>

#ifdef OM_MMIO_MODEL
uint8_t mmio_read8(uint64_t pa);
uint16_t mmio_read16(uint64_t pa);
uint32_t mmio_read32(uint64_t pa);
void mmio_write8(uint64_t pa, uint8_t value);
void mmio_write16(uint64_t pa, uint16_t value);
void mmio_write32(uint64_t pa, uint32_t value);
#else
static inline uint8_t mmio_read8(uint64_t pa)
{
	return *(volatile uint8_t *)(uintptr_t)pa;
}

static inline uint16_t mmio_read16(uint64_t pa)
{
	return *(volatile uint16_t *)(uintptr_t)pa;
}

static inline uint32_t mmio_read32(uint64_t pa)
{
	return *(volatile uint32_t *)(uintptr_t)pa;
}

static inline void mmio_write8(uint64_t pa, uint8_t value)
{
	*(volatile uint8_t *)(uintptr_t)pa = value;
}

static inline void mmio_write16(uint64_t pa, uint16_t value)
{
	*(volatile uint16_t *)(uintptr_t)pa = value;
}

static inline void mmio_write32(uint64_t pa, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)pa = value;
}
#endif

#endif
