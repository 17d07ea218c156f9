/* SPDX-License-Identifier: BSD-2-Clause */
/* The CFI flash driver against a model of the bus and of the chips on it. */
#define OM_MMIO_MODEL
#include "arch/arch.h"
#include "core/span.h"
#include "drivers/flash.h"
#include "drivers/mmio.h"

#include "support.h"

enum { BASE = 0x4000000, CHIP_BYTES = 1 << 16, CHIPS_MAX = 4, ROOM = CHIP_BYTES * CHIPS_MAX };

enum mode { ARRAY, QUERY, ID, STATUS, PROGRAM, ERASE, LOCK };

/* What is wrong with the chips of a row. */
enum fault { SOUND, SILENT, STUCK_BUSY, FAILS, LOCKED_AT_START, LOCKED_DOWN, NONSENSE, OTHER_SET };

static struct chip {
	enum mode mode;
	uint8_t status;
	bool locked;
	uint8_t cells[CHIP_BYTES];
} chips[CHIPS_MAX];

static struct {
	uint32_t width, chips, narrow;
	enum fault fault;
} bus;
static uint32_t n_written; /* words and blocks */
static uint64_t now_us;

bool arch_time_us(uint64_t *us)
{
	*us = now_us += 10;
	return true;
}

static uint32_t lane_bytes(void)
{
	return bus.width / bus.chips;
}

/* What a chip says at one of its addresses in the query. */
static uint8_t query_byte(uint32_t address)
{
	/* four blocks of 4 KiB, then three of 16 KiB: a bottom-boot chip of 64 KiB */
	static const uint8_t text[] = { 'Q', 'R', 'Y', 1, 0, 0x31, 0,  0, 0, 0, 0,    /* 0x10 */
					0,   0,	  0,   0, 7, 0,	   9,  0, 4, 0, 4, 0, /* 0x1b */
					16,  1,	  0,   0, 0, 2,			      /* 0x27 */
					3,   0,	  16,  0, 2, 0,	   64, 0 };	      /* 0x2d */
	uint8_t byte = address >= 0x10 && address - 0x10 < sizeof(text) ? text[address - 0x10] : 0;

	if (bus.fault == NONSENSE && address == 0x2d)
		return 200;
	return bus.fault == OTHER_SET && address == 0x13 ? 2 : byte;
}

static uint32_t block_of(uint32_t cell, uint32_t *bytes)
{
	*bytes = cell < 4 * 4096 ? 4096 : 16384;
	return cell - cell % *bytes;
}

static uint32_t chip_read(struct chip *c, uint32_t cell)
{
	const uint32_t address = cell / (lane_bytes() * bus.narrow);
	uint32_t v = 0;

	switch (c->mode) {
	case QUERY:
		return query_byte(address);
	case ID:
		return bus.fault == LOCKED_DOWN ? 3 : c->locked;
	case ARRAY:
		for (uint32_t i = 0; i < lane_bytes(); i++)
			v |= (uint32_t)c->cells[cell + i] << (8 * i);
		return v;
	default:
		return bus.fault == STUCK_BUSY ? 0 : c->status;
	}
}

static void chip_program(struct chip *c, uint32_t cell, uint32_t v)
{
	n_written++;
	c->status = 0x80 | (c->locked ? 0x12 : bus.fault == FAILS ? 0x10 : 0);
	for (uint32_t i = 0; c->status == 0x80 && i < lane_bytes(); i++)
		c->cells[cell + i] &= (uint8_t)(v >> (8 * i));
	c->mode = STATUS;
}

static void chip_erase(struct chip *c, uint32_t cell)
{
	uint32_t bytes, start = block_of(cell, &bytes);

	n_written++;
	c->status = 0x80 | (c->locked ? 0x22 : bus.fault == FAILS ? 0x20 : 0);
	if (c->status == 0x80)
		memset(c->cells + start, 0xff, bytes);
	c->mode = STATUS;
}

static void chip_write(struct chip *c, uint32_t cell, uint32_t v)
{
	const enum mode before = c->mode;

	if (bus.fault == SILENT)
		return;
	if (before == PROGRAM) {
		chip_program(c, cell, v);
	} else if (before == ERASE || before == LOCK) {
		assert_int_equal(v & 0xff, 0xd0);
		if (before == ERASE)
			chip_erase(c, cell);
		c->locked &= before == ERASE;
		c->mode = STATUS;
	} else {
		switch (v & 0xff) {
		case 0xff:
			c->mode = ARRAY;
			break;
		case 0x98:
			if (cell / (lane_bytes() * bus.narrow) == 0x55)
				c->mode = QUERY;
			break;
		case 0x90:
			c->mode = ID;
			break;
		case 0x50:
			c->status = 0x80;
			break;
		case 0x40:
			c->mode = PROGRAM;
			break;
		case 0x20:
			c->mode = ERASE;
			break;
		case 0x60:
			c->mode = LOCK;
			break;
		default:
			break;
		}
	}
}

static uint32_t bus_read(uint64_t pa, uint32_t width)
{
	const uint32_t off = (uint32_t)(pa - BASE), cell = off / bus.width * lane_bytes();
	uint32_t v = 0;

	assert_true(off + width <= CHIP_BYTES * bus.chips);
	for (uint32_t i = 0; i < bus.chips; i++)
		v |= chip_read(&chips[i], cell) << (8 * lane_bytes() * i);
	return v >> (8 * (off % bus.width));
}

static void bus_write(uint64_t pa, uint32_t v, uint32_t width)
{
	const uint32_t off = (uint32_t)(pa - BASE);

	assert_int_equal(width, bus.width);
	for (uint32_t i = 0; i < bus.chips; i++)
		chip_write(&chips[i], off / bus.width * lane_bytes(), v >> (8 * lane_bytes() * i));
}

uint8_t mmio_read8(uint64_t pa)
{
	return (uint8_t)bus_read(pa, 1);
}
uint16_t mmio_read16(uint64_t pa)
{
	return (uint16_t)bus_read(pa, 2);
}
uint32_t mmio_read32(uint64_t pa)
{
	return bus_read(pa, 4);
}
void mmio_write8(uint64_t pa, uint8_t v)
{
	bus_write(pa, v, 1);
}
void mmio_write16(uint64_t pa, uint16_t v)
{
	bus_write(pa, v, 2);
}
void mmio_write32(uint64_t pa, uint32_t v)
{
	bus_write(pa, v, 4);
}

/* Chips of this shape and this fault; returns the bank's device. */
static struct device plug(uint32_t width, uint32_t n_chips, uint32_t narrow, enum fault fault)
{
	bus.width = width;
	bus.chips = n_chips;
	bus.narrow = narrow;
	bus.fault = fault;
	n_written = 0;
	for (uint32_t i = 0; i < CHIPS_MAX; i++) {
		chips[i] = (struct chip){ .status = 0x80, .locked = fault == LOCKED_AT_START };
		memset(chips[i].cells, 0x5a, CHIP_BYTES);
	}
	return (struct device){ .driver = &driver_cfi_flash,
				.bank = { { BASE, CHIP_BYTES * n_chips } },
				.n_banks = 1,
				.bank_width = width };
}

static const struct {
	const char *name;
	uint32_t width, chips, narrow;
} shapes[] = {
	{ "x8", 1, 1, 1 },	{ "x16 chip on 8 bits", 1, 1, 2 },
	{ "x16", 2, 1, 1 },	{ "two x8", 2, 2, 1 },
	{ "two x16", 4, 2, 1 }, { "four x8", 4, 4, 1 },
	{ "x32", 4, 1, 1 },	{ "two x16 chips on 8 bits each", 2, 2, 2 },
};

/* Every shape: found, one block erased, written, read; nothing else is changed. */
static void test_shapes(void **state)
{
	static const uint8_t text[12] = { 0, 1, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 8, 9, 10, 11 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		const uint32_t n = shapes[i].chips;
		struct device dev = plug(shapes[i].width, n, shapes[i].narrow, SOUND);
		const struct flash_ops *ops = dev.driver->ops.flash;
		uint32_t start, bytes, block = 16384 * n;
		uint8_t got[16];
		struct flash f;

		CASE(shapes[i].name);
		assert_int_equal(ops->probe(&dev, 0, &f), OM_OK);
		assert_int_equal(f.bytes, CHIP_BYTES * n);
		assert_int_equal(f.chips, n);
		assert_true(flash_block_at(&f, 4096 * n * 4 + 5, &start, &bytes));
		assert_int_equal(start, block);
		assert_int_equal(bytes, block);
		assert_true(flash_block_at(&f, 4096 * n + 1, &start, &bytes));
		assert_int_equal(bytes, 4096 * n);
		assert_false(flash_block_at(&f, CHIP_BYTES * n, &start, &bytes));
		assert_int_equal(ops->erase(&f, block + 4), OM_E_ARG);
		assert_int_equal(ops->erase(&f, block), OM_OK);
		assert_int_equal(ops->program(&f, block + 8, text, sizeof(text)), OM_OK);
		assert_int_equal(ops->read(&f, block + 8, got, sizeof(got)), OM_OK);
		assert_memory_equal(got, text, sizeof(text));
		assert_int_equal(got[12], 0xff);
		assert_int_equal(ops->read(&f, block - 4, got, 4), OM_OK);
		assert_int_equal(got[3], 0x5a);
		assert_int_equal(ops->read(&f, block * 2, got, 4), OM_OK);
		assert_int_equal(got[0], 0x5a);
		assert_int_equal(ops->program(&f, CHIP_BYTES * n - 4, text, 8), OM_E_ARG);
		assert_int_equal(ops->program(&f, block + 2, text, 4), OM_E_ARG);
	}
}

static void test_faults(void **state)
{
	static const struct {
		const char *name;
		enum fault fault;
		enum om_err probe, erase;
		uint32_t n_written;
	} rows[] = {
		{ "nothing there", SILENT, OM_E_NOT_FOUND, 0, 0 },
		{ "never ready", STUCK_BUSY, OM_OK, OM_E_TIMEOUT, 2 },
		{ "erase fails", FAILS, OM_OK, OM_E_CORRUPT, 2 },
		{ "locked after reset", LOCKED_AT_START, OM_OK, OM_OK, 2 },
		{ "locked down", LOCKED_DOWN, OM_OK, OM_E_CORRUPT, 0 },
		{ "regions that are not the chip", NONSENSE, OM_E_CORRUPT, 0, 0 },
		{ "another command set", OTHER_SET, OM_E_VARIANT, 0, 0 },
	};
	static const uint8_t text[4] = { 1, 2, 3, 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device dev = plug(4, 2, 1, rows[i].fault);
		const struct flash_ops *ops = dev.driver->ops.flash;
		struct flash f;
		uint8_t got;

		CASE(rows[i].name);
		assert_int_equal(ops->probe(&dev, 0, &f), rows[i].probe);
		if (rows[i].probe == OM_OK) {
			assert_int_equal(ops->erase(&f, 0), rows[i].erase);
			assert_int_equal(n_written, rows[i].n_written);
			assert_int_equal(ops->program(&f, 0, text, sizeof(text)), rows[i].erase);
		}
		assert_int_equal(ops->read(&f, 8192, &got, 1), OM_OK);
		if (rows[i].erase != OM_OK || rows[i].probe != OM_OK)
			assert_int_equal(got, 0x5a); /* read-array mode again */
	}
}

static void test_hostile_devices(void **state)
{
	struct device dev = plug(4, 2, 1, SOUND);
	struct flash f;

	(void)state;
	assert_int_equal(dev.driver->ops.flash->probe(&dev, 1, &f), OM_E_VARIANT);
	dev.bank[0].bytes = 512; /* less than the query needs */
	assert_int_equal(dev.driver->ops.flash->probe(&dev, 0, &f), OM_E_NOT_FOUND);
	dev.bank[0].bytes = CHIP_BYTES; /* less than the chips have */
	assert_int_equal(dev.driver->ops.flash->probe(&dev, 0, &f), OM_E_VARIANT);
	dev.bank_width = 3;
	assert_int_equal(dev.driver->ops.flash->probe(&dev, 0, &f), OM_E_VARIANT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_hostile_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
