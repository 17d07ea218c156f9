/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page of registers for UART drivers to be tested against, in place of MMIO: memory, with a log
 * of what is written, and one register that changes after some reads.
 */
#ifndef OM_TESTS_UART_REGS_H
#define OM_TESTS_UART_REGS_H

#define OM_MMIO_MODEL
#include "drivers/mmio.h"
#include "drivers/uart.h"
#include "support.h"

#define BASE  0x9000000u
#define NEVER UINT32_MAX

struct written {
	uint32_t reg, value, width;
};

static uint32_t regs[0x1000 / 4]; /* by offset / 4: one that is not a multiple has its bits too */
static uint8_t bytes[0x1000];	  /* of registers that are accessed as bytes, by offset */
static struct written writes[256];
static uint32_t n_writes, n_reads;

/* Reads of this register give `until` that many times, then what is in it. */
static struct {
	uint32_t reg, until, n;
} later;

/* What a write does beside; NULL: nothing. */
static void (*after_write)(uint32_t reg, uint32_t value);

static uint32_t model_read(uint64_t pa, uint32_t width)
{
	const uint32_t reg = (uint32_t)(pa - BASE);

	assert_true(reg < sizeof(bytes));
	assert_int_equal(reg % width, 0);
	n_reads++;
	if (reg == later.reg && later.n > 0) {
		later.n -= later.n != NEVER;
		return later.until;
	}
	return width == 1 ? bytes[reg] : regs[reg / 4];
}

static void model_write(uint64_t pa, uint32_t value, uint32_t width)
{
	const uint32_t reg = (uint32_t)(pa - BASE);

	assert_true(reg < sizeof(bytes));
	assert_int_equal(reg % width, 0);
	if (n_writes < ARRAY_LEN(writes))
		writes[n_writes++] = (struct written){ reg, value, width };
	if (width == 1)
		bytes[reg] = (uint8_t)value;
	else
		regs[reg / 4] = value;
	if (after_write)
		after_write(reg, value);
}

uint8_t mmio_read8(uint64_t pa)
{
	return (uint8_t)model_read(pa, 1);
}

uint16_t mmio_read16(uint64_t pa)
{
	return (uint16_t)model_read(pa, 2);
}

uint32_t mmio_read32(uint64_t pa)
{
	return model_read(pa, 4);
}

void mmio_write8(uint64_t pa, uint8_t value)
{
	model_write(pa, value, 1);
}

void mmio_write16(uint64_t pa, uint16_t value)
{
	model_write(pa, value, 2);
}

void mmio_write32(uint64_t pa, uint32_t value)
{
	model_write(pa, value, 4);
}

static inline void model_reset(void)
{
	memset(regs, 0, sizeof(regs));
	memset(bytes, 0, sizeof(bytes));
	n_writes = n_reads = 0;
	later.n = 0;
	after_write = NULL;
}

/* In each width that a driver may read it with. */
static inline void model_set(uint32_t reg, uint32_t value)
{
	regs[reg / 4] = value;
	bytes[reg] = (uint8_t)value;
}

/* A device of @driver as it is without a word of the tree on the layout. */
static inline struct device model_device(const struct driver *driver)
{
	const struct uart_model *m = driver->uart_model;

	return (struct device){ .driver = driver,
				.reg = { BASE, 0x1000 },
				.baud = 115200,
				.reg_shift = m ? m->reg_shift : 0,
				.reg_width = m ? m->width : 0 };
}

#endif
