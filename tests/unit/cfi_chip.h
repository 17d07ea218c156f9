/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NOR chips on a bus, cycle by cycle: Intel's and AMD's commands, chips side by side, 16-bit
 * chips in byte mode, buffers, locks; wrong on request. A cycle that no data sheet allows fails
 * the test. Every read takes a microsecond.
 */
#ifndef OM_TESTS_CFI_CHIP_H
#define OM_TESTS_CFI_CHIP_H

#include "drivers/clock.h"
#include "drivers/flash.h"
#include "drivers/mmio.h"
#include "support.h"

enum {
	CHIP_BASE = 0x4000000,
	CHIP_BYTES = 1 << 16,
	CHIP_BLOCKS = 7, /* four of 4 KiB, three of 16 KiB */
	CHIPS_MAX = 4,
	BUSY_READS = 5 /* until something is done */
};

enum chip_mode {
	ARRAY,
	QUERY,
	ID,
	STATUS,
	WORD,  /* a word to program comes next */
	ERASE, /* Intel: confirmation comes next */
	LOCK,
	BUF_COUNT, /* the number of words comes next */
	BUF_DATA,
	BUF_GO,
	KEY_1, /* AMD: of a command's keys one was seen */
	KEY_2,
	SETUP, /* AMD: the first half of an erase was */
	SETUP_1,
	SETUP_2,
	BUSY,	  /* AMD: its status is read */
	EXCEEDED, /* AMD: only a reset gets it out */
	ABORTED	  /* AMD: only keys and a reset do */
};

/* What is wrong with the chips of a row. */
enum chip_fault {
	SOUND,
	SILENT,	    /* no chip there */
	STUCK,	    /* never ready */
	FAILS,	    /* says that it failed, changes nothing */
	WEAK,	    /* says nothing, but bits stay */
	NO_VOLTAGE, /* Intel */
	LOCKED_AT_START,
	LOCKED_DOWN_AT_START, /* Intel */
	ABORTS,		      /* AMD: gives the buffer up */
	FULL		      /* Intel: no room in its buffer at once */
};

/* Chips of one kind, as they are plugged in. */
struct chip_kind {
	const char *name;
	uint32_t width, chips, narrow; /* narrow: 2, a 16-bit chip in byte mode */
	uint8_t commands;
	uint8_t buffer_log2; /* 0: none */
	uint8_t features;    /* Intel: 8 locks all at once, 0x20 each by itself */
	bool top;	     /* AMD: the small blocks are at the end */
};

struct chip {
	enum chip_mode mode;
	uint8_t status;
	uint32_t busy;	/* reads until it is done */
	uint8_t toggle; /* AMD: as read last */
	uint8_t error;	/* AMD: what it will say */
	bool suspended;
	uint32_t block, first, n_words; /* of a buffer */
	uint8_t buffer[CHIP_BYTES];
	bool given[CHIP_BYTES];
	uint8_t locks[CHIP_BLOCKS]; /* 1 locked, 2 locked down */
	uint8_t cells[CHIP_BYTES];
};

static struct chip chips[CHIPS_MAX];
static struct chip_kind bus;
static enum chip_fault fault;
static struct {
	uint32_t programs, buffers, erases, unlocks;
} done;
static uint8_t query[256]; /* by address */
static uint64_t ticks;
static uint32_t tick_hz;

static inline uint32_t lane_bytes(void)
{
	return bus.width / bus.chips;
}

/* ---- blocks ------------------------------------------------------------------------------- */

static inline uint32_t block_start(uint32_t block)
{
	if (bus.top)
		return block < 3 ? block * 16384 : 3 * 16384 + (block - 3) * 4096;
	return block < 4 ? block * 4096 : (block - 3) * 16384;
}

static inline uint32_t block_of(uint32_t cell)
{
	uint32_t block = 0;

	while (block + 1 < CHIP_BLOCKS && block_start(block + 1) <= cell)
		block++;
	return block;
}

static inline uint32_t block_end(uint32_t block)
{
	return block + 1 < CHIP_BLOCKS ? block_start(block + 1) : CHIP_BYTES;
}

/* ---- what the chips do --------------------------------------------------------------------- */

/* Bits stay that should go, of the last word in what is programmed. */
static inline void chip_clear(struct chip *c, uint32_t cell, const uint8_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		c->cells[cell + i] &= fault == WEAK && i == n - 1 ? from[i] | 1 : from[i];
}

static inline uint8_t chip_verdict(const struct chip *c, uint32_t cell, uint8_t kind)
{
	if (c->locks[block_of(cell)])
		return kind | 0x02;
	if (fault == NO_VOLTAGE)
		return kind | 0x08;
	return fault == FAILS ? kind : 0;
}

static inline void chip_begin(struct chip *c, uint32_t cell, uint8_t intel_kind)
{
	const uint8_t wrong = chip_verdict(c, cell, intel_kind);

	assert_false(c->suspended);
	c->busy = fault == STUCK ? UINT32_MAX : BUSY_READS;
	if (bus.commands == 2) {
		c->mode = BUSY;
		c->error = fault == FAILS ? 0x20 : 0;
	} else {
		c->mode = STATUS;
		c->status = (uint8_t)(c->status | wrong);
	}
}

static inline bool chip_obeys(const struct chip *c, uint32_t cell)
{
	return !chip_verdict(c, cell, 1) && fault != STUCK;
}

static inline void chip_program(struct chip *c, uint32_t cell, uint32_t v)
{
	uint8_t word[4];

	done.programs++;
	for (uint32_t i = 0; i < 4; i++)
		word[i] = (uint8_t)(v >> (8 * i));
	if (chip_obeys(c, cell))
		chip_clear(c, cell, word, lane_bytes());
	chip_begin(c, cell, 0x10);
}

static inline void chip_flush(struct chip *c)
{
	uint32_t last = 0;

	done.buffers++;
	for (uint32_t i = 0; i < CHIP_BYTES; i++) {
		if (!c->given[i])
			continue;
		if (chip_obeys(c, c->block))
			chip_clear(c, i, &c->buffer[i], 1);
		last = i;
	}
	chip_begin(c, last, 0x10);
	if (fault == ABORTS)
		c->error = 0x02;
}

static inline void chip_erase(struct chip *c, uint32_t cell)
{
	const uint32_t block = block_of(cell);

	done.erases++;
	if (chip_obeys(c, cell))
		memset(c->cells + block_start(block), 0xff, block_end(block) - block_start(block));
	if (fault == WEAK)
		c->cells[block_end(block) - 1] = 0xfe;
	chip_begin(c, cell, 0x20);
}

static inline void chip_unlock(struct chip *c, uint32_t cell)
{
	done.unlocks++;
	if (bus.features & 0x20)
		c->locks[block_of(cell)] &= 2;
	else
		memset(c->locks, 0, sizeof(c->locks)); /* as the older ones do it */
	chip_begin(c, cell, 0);
}

/* ---- buffers ------------------------------------------------------------------------------- */

static inline void buffer_open(struct chip *c, uint32_t cell)
{
	assert_true(bus.buffer_log2 > 0);
	c->block = cell;
	c->mode = BUF_COUNT;
	memset(c->given, 0, sizeof(c->given));
}

static inline void buffer_count(struct chip *c, uint32_t cell, uint32_t v)
{
	assert_int_equal(block_of(cell), block_of(c->block));
	c->n_words = (lane_bytes() == 1 ? v & 0xff : v & 0xffff) + 1;
	assert_true(c->n_words * lane_bytes() <= 1u << bus.buffer_log2);
	c->first = UINT32_MAX;
	c->mode = BUF_DATA;
}

static inline void buffer_word(struct chip *c, uint32_t cell, uint32_t v)
{
	if (c->first == UINT32_MAX)
		c->first = cell;
	assert_int_equal(cell >> bus.buffer_log2, c->first >> bus.buffer_log2);
	assert_int_equal(block_of(cell), block_of(c->block));
	for (uint32_t i = 0; i < lane_bytes(); i++) {
		c->buffer[cell + i] = (uint8_t)(v >> (8 * i));
		c->given[cell + i] = true;
	}
	if (--c->n_words == 0)
		c->mode = BUF_GO;
}

/* ---- Intel --------------------------------------------------------------------------------- */

static inline void intel_command(struct chip *c, uint32_t cell, uint8_t v)
{
	switch (v) {
	case 0xff:
		c->mode = ARRAY;
		break;
	case 0x98:
		c->mode = QUERY;
		break;
	case 0x90:
		c->mode = ID;
		break;
	case 0x50:
		c->status = 0x80;
		break;
	case 0x40:
		c->mode = WORD;
		break;
	case 0x20:
		c->mode = ERASE;
		break;
	case 0x60:
		c->mode = LOCK;
		break;
	case 0xe8:
		buffer_open(c, cell);
		c->busy = fault == FULL ? BUSY_READS : 0;
		break;
	case 0x00: /* a lane that a wrong guess of the shape leaves out */
	case 0xf0: /* not one of its own */
		break;
	default:
		fail_msg("no command: %x", v);
	}
}

static inline void intel_write(struct chip *c, uint32_t cell, uint32_t v)
{
	const uint8_t cmd = (uint8_t)v;

	if (c->busy && c->mode == STATUS && fault == STUCK) {
		if (cmd == 0xb0) {
			c->busy = 0;
			c->suspended = true;
			c->status |= 0x44;
		}
		return;
	}
	assert_int_equal(c->busy, 0);
	switch (c->mode) {
	case WORD:
		chip_program(c, cell, v);
		break;
	case ERASE:
		assert_int_equal(cmd, 0xd0);
		chip_erase(c, cell);
		break;
	case LOCK:
		assert_int_equal(cmd, 0xd0);
		chip_unlock(c, cell);
		break;
	case BUF_COUNT:
		buffer_count(c, cell, v);
		break;
	case BUF_DATA:
		buffer_word(c, cell, v);
		break;
	case BUF_GO:
		assert_int_equal(cmd, 0xd0);
		chip_flush(c);
		break;
	default:
		intel_command(c, cell, cmd);
	}
}

/* ---- AMD ----------------------------------------------------------------------------------- */

/* Is that the address of the first or second key? Higher bits do not count. */
static inline bool is_key(uint32_t cell, uint32_t number)
{
	if (bus.narrow == 2)
		return (cell & 0xfff) == (number == 1 ? 0xaaa : 0x555);
	return (cell / lane_bytes() & 0x7ff) == (number == 1 ? 0x555 : 0x2aa);
}

static inline void amd_command(struct chip *c, uint32_t cell, uint8_t v)
{
	c->mode = ARRAY;
	if (v == 0xf0)
		return;
	if (v == 0x25) {
		buffer_open(c, cell);
		return;
	}
	assert_true(is_key(cell, 1));
	if (v == 0xa0)
		c->mode = WORD;
	else if (v == 0x80)
		c->mode = SETUP;
	else
		fail_msg("no command: %x", v);
}

static inline void amd_key(struct chip *c, uint32_t cell, uint8_t v, uint32_t number,
			   enum chip_mode next)
{
	assert_true(is_key(cell, number));
	assert_int_equal(v, number == 1 ? 0xaa : 0x55);
	c->mode = next;
}

static inline void amd_write(struct chip *c, uint32_t cell, uint32_t v)
{
	const uint8_t cmd = (uint8_t)v;

	switch (c->mode) {
	case BUSY:
		if (fault == STUCK && cmd == 0xb0) {
			c->mode = ARRAY;
			c->suspended = true;
		}
		break; /* takes nothing else */
	case EXCEEDED:
		if (cmd == 0xf0)
			c->mode = ARRAY;
		break;
	case ABORTED: /* the keys, then a reset */
		if (cmd == 0xaa && is_key(cell, 1))
			c->first = 1;
		else if (cmd == 0x55 && is_key(cell, 2) && c->first == 1)
			c->first = 2;
		else if (cmd == 0xf0 && c->first == 2)
			c->mode = ARRAY;
		break;
	case KEY_1:
		amd_key(c, cell, cmd, 2, KEY_2);
		break;
	case KEY_2:
		amd_command(c, cell, cmd);
		break;
	case SETUP:
		amd_key(c, cell, cmd, 1, SETUP_1);
		break;
	case SETUP_1:
		amd_key(c, cell, cmd, 2, SETUP_2);
		break;
	case SETUP_2:
		assert_int_equal(cmd, 0x30);
		chip_erase(c, cell);
		break;
	case WORD:
		chip_program(c, cell, v);
		break;
	case BUF_COUNT:
		buffer_count(c, cell, v);
		break;
	case BUF_DATA:
		buffer_word(c, cell, v);
		break;
	case BUF_GO:
		assert_int_equal(cmd, 0x29);
		chip_flush(c);
		break;
	default:
		if (cmd == 0xf0)
			c->mode = ARRAY;
		else if (cmd == 0x98 && cell / (lane_bytes() * bus.narrow) == 0x55)
			c->mode = QUERY;
		else if (cmd == 0xaa && is_key(cell, 1))
			c->mode = KEY_1;
		/* Intel's and what goes elsewhere counts for nothing */
	}
}

/* DQ6 moves with every read while it works, DQ5 or DQ1 say that it never will end. */
static inline uint8_t amd_status(struct chip *c)
{
	c->toggle ^= 0x40;
	if (c->mode == ABORTED)
		return c->toggle | 0x02;
	return c->mode == EXCEEDED ? c->toggle | 0x20 : c->toggle;
}

/* ---- the bus ------------------------------------------------------------------------------- */

static inline void chip_time(struct chip *c)
{
	if (c->busy && c->busy != UINT32_MAX && --c->busy == 0 && c->mode == BUSY) {
		c->mode = c->error & 0x20 ? EXCEEDED : c->error & 2 ? ABORTED : ARRAY;
		c->first = 0;
	}
}

static inline uint32_t chip_read(struct chip *c, uint32_t cell)
{
	const uint32_t address = cell / (lane_bytes() * bus.narrow);
	uint32_t v = 0;

	chip_time(c);
	switch (c->mode) {
	case QUERY:
		return address < sizeof(query) ? query[address] : 0;
	case ID:
		assert_int_equal(cell - block_start(block_of(cell)), 2 * lane_bytes() * bus.narrow);
		return c->locks[block_of(cell)];
	case BUSY:
	case EXCEEDED:
	case ABORTED:
		return amd_status(c);
	case BUF_COUNT:
		return c->busy ? 0 : 0x80;
	case STATUS:
		return c->busy ? 0 : c->status;
	case ARRAY:
		for (uint32_t i = 0; i < lane_bytes(); i++)
			v |= (uint32_t)c->cells[cell + i] << (8 * i);
		return v;
	default:
		fail_msg("read in the middle of a command");
		return 0;
	}
}

static inline uint32_t bus_cycle(uint64_t pa, uint32_t width)
{
	const uint32_t off = (uint32_t)(pa - CHIP_BASE), cell = off / bus.width * lane_bytes();
	uint32_t v = 0;

	ticks += tick_hz / 1000000;
	assert_true(pa >= CHIP_BASE && off + width <= CHIP_BYTES * bus.chips);
	if (fault == SILENT)
		return 0;
	for (uint32_t i = 0; i < bus.chips; i++)
		v |= chip_read(&chips[i], cell) << (8 * lane_bytes() * i);
	return v >> (8 * (off % bus.width));
}

/* A wider read than the bus is several. */
static inline uint32_t bus_get(uint64_t pa, uint32_t width)
{
	uint32_t v = 0;

	if (width <= bus.width)
		return bus_cycle(pa, width);
	for (uint32_t i = 0; i < width; i += bus.width)
		v |= bus_cycle(pa + i, bus.width) << (8 * i);
	return v;
}

static inline void bus_put(uint64_t pa, uint32_t v, uint32_t width)
{
	const uint32_t off = (uint32_t)(pa - CHIP_BASE);

	assert_int_equal(width, bus.width);
	assert_true(pa >= CHIP_BASE && off % width == 0 && off + width <= CHIP_BYTES * bus.chips);
	if (fault == SILENT)
		return;
	for (uint32_t i = 0; i < bus.chips; i++)
		(bus.commands == 2 ? amd_write : intel_write)(
			&chips[i], off / bus.width * lane_bytes(), v >> (8 * lane_bytes() * i));
}

uint8_t mmio_read8(uint64_t pa)
{
	return (uint8_t)bus_get(pa, 1);
}

uint16_t mmio_read16(uint64_t pa)
{
	return (uint16_t)bus_get(pa, 2);
}

uint32_t mmio_read32(uint64_t pa)
{
	return bus_get(pa, 4);
}

void mmio_write8(uint64_t pa, uint8_t v)
{
	bus_put(pa, v, 1);
}

void mmio_write16(uint64_t pa, uint16_t v)
{
	bus_put(pa, v, 2);
}

void mmio_write32(uint64_t pa, uint32_t v)
{
	bus_put(pa, v, 4);
}

/* ---- the clock ----------------------------------------------------------------------------- */

uint64_t clock_ticks(void)
{
	return ticks;
}

uint32_t clock_hz(void)
{
	return tick_hz;
}

static inline bool all_readable(void)
{
	for (uint32_t i = 0; i < bus.chips; i++)
		if (chips[i].mode != ARRAY)
			return false;
	return true;
}

/* ---- a row --------------------------------------------------------------------------------- */

static inline void query_fill(void)
{
	/* from 0x10: magic, set, extended at 0x31; from 0x1b: voltages, times; 0x27: size, buffer
	 */
	static const uint8_t text[] = { 'Q', 'R', 'Y', 0, 0, 0x31, 0, 0, 0,  0, 0, 0x27, 0x36, 0, 0,
					7,   7,	  10,  0, 4, 4,	   4, 0, 16, 2, 0, 0,	 0,    2 };
	static const uint8_t regions[] = { 3, 0, 16, 0, 2, 0, 64, 0, 'P', 'R', 'I', '1', '3' };

	memset(query, 0, sizeof(query));
	memcpy(query + 0x10, text, sizeof(text));
	memcpy(query + 0x2d, regions, 8);
	memcpy(query + 0x35, regions + 8, 5);
	query[0x15] = 0x35;
	query[0x13] = bus.commands;
	query[0x2a] = bus.buffer_log2;
	query[0x35 + 5] = bus.features;
	if (bus.commands == 2)
		query[0x35 + 15] = bus.top ? 3 : 2;
}

/* Plug chips in; returns the bank's device. */
static inline struct device plug(const struct chip_kind *kind, enum chip_fault wrong)
{
	bus = *kind;
	fault = wrong;
	memset(&done, 0, sizeof(done));
	ticks = 12345;
	tick_hz = 1000000;
	for (uint32_t i = 0; i < CHIPS_MAX; i++) {
		struct chip *c = &chips[i];

		memset(c, 0, sizeof(*c));
		c->status = 0x80;
		memset(c->cells, 0x5a, CHIP_BYTES);
		memset(c->locks,
		       wrong == LOCKED_AT_START	       ? 1
		       : wrong == LOCKED_DOWN_AT_START ? 3
						       : 0,
		       CHIP_BLOCKS);
	}
	query_fill();
	return (struct device){ .driver = &driver_cfi_flash,
				.bank = { { CHIP_BASE, (uint64_t)CHIP_BYTES * kind->chips } },
				.n_banks = 1,
				.bank_width = kind->width };
}

#endif
