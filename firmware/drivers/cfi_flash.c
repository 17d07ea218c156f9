/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parallel NOR flash that answers a CFI query, with the commands of Intel and Sharp (sets 1
 * and 3): one chip or several side by side on a bus of 8, 16 or 32 bits.
 * Source: JEDEC JESD68.01 (query), JEP137B (command sets), Intel 290606 (28FxxxJ3: commands).
 */
#include "arch/arch.h"
#include "flash.h"
#include "mmio.h"

enum {
	/* commands, the same to every chip on the bus */
	CMD_READ_ARRAY = 0xff,
	CMD_QUERY = 0x98,
	CMD_READ_ID = 0x90,
	CMD_CLEAR_STATUS = 0x50,
	CMD_PROGRAM = 0x40,
	CMD_ERASE = 0x20,
	CMD_CONFIRM = 0xd0,
	CMD_LOCK_SETUP = 0x60,
	STATUS_READY = 0x80,
	STATUS_FAILED = 0x3a, /* erase, program, voltage, block locked */
	LOCK_ADDRESS = 2,     /* in a block, in the identifier's mode */
	LOCKED = 1,
	LOCKED_DOWN = 2,

	/* addresses of the query */
	Q_ENTER = 0x55,
	Q_MAGIC = 0x10,
	Q_COMMANDS = 0x13,
	Q_TIMES = 0x1f, /* typical: write, buffer, block, chip; then the longest, as factors */
	Q_BYTES = 0x27,
	Q_REGIONS = 0x2c,
	SIZE_LOG2_MAX = 28,

	POLLS_MAX = 1 << 28, /* without a clock */
	PROGRAM_US_MIN = 1000,
	PROGRAM_US_MAX = 1000000,
	ERASE_US_MIN = 1000000,
	ERASE_US_MAX = 30000000,
};

static uint32_t bus_read(const struct flash *f, uint32_t off)
{
	if (f->width == 4)
		return mmio_read32(f->base_pa + off);
	return f->width == 2 ? mmio_read16(f->base_pa + off) : mmio_read8(f->base_pa + off);
}

static void bus_write(const struct flash *f, uint32_t off, uint32_t value)
{
	if (f->width == 4)
		mmio_write32(f->base_pa + off, value);
	else if (f->width == 2)
		mmio_write16(f->base_pa + off, (uint16_t)value);
	else
		mmio_write8(f->base_pa + off, (uint8_t)value);
}

/* @byte where each chip on the bus has its low byte. */
static uint32_t each(const struct flash *f, uint32_t byte)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		out |= byte << (i * 8 * f->width / f->chips);
	return out;
}

static void command(const struct flash *f, uint32_t off, uint32_t byte)
{
	bus_write(f, off, each(f, byte));
}

/* A byte of the first chip's query. */
static uint32_t query(const struct flash *f, uint32_t address)
{
	return bus_read(f, address * f->stride) & 0xff;
}

static uint32_t query16(const struct flash *f, uint32_t address)
{
	return query(f, address) | query(f, address + 1) << 8;
}

/* Do all chips on the bus say "QRY"? */
static bool answers(const struct flash *f)
{
	static const char magic[] = { 'Q', 'R', 'Y' };

	command(f, Q_ENTER * f->stride, CMD_QUERY);
	for (uint32_t i = 0; i < sizeof(magic); i++)
		if (bus_read(f, (Q_MAGIC + i) * f->stride) != each(f, (uint8_t)magic[i]))
			return false;
	return true;
}

/* A time of 2^@typical_log2 us or ms, at most 2^@factor_log2 times that. */
static uint32_t longest(uint32_t typical_log2, uint32_t factor_log2, uint32_t unit_us, uint32_t min,
			uint32_t max)
{
	uint64_t us = unit_us;

	us <<= typical_log2 < 24 ? typical_log2 : 24;
	us <<= factor_log2 < 16 ? factor_log2 : 16;
	return us < min ? min : us > max ? max : (uint32_t)us;
}

static enum om_err read_geometry(struct flash *f, uint64_t room)
{
	const uint32_t log2 = query(f, Q_BYTES);
	uint64_t sum = 0;

	f->n_regions = query(f, Q_REGIONS);
	if (log2 > SIZE_LOG2_MAX || f->n_regions < 1 || f->n_regions > FLASH_REGIONS_MAX)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < f->n_regions; i++) {
		struct flash_region *r = &f->regions[i];
		const uint32_t at = Q_REGIONS + 1 + 4 * i, size = query16(f, at + 2);

		r->n_blocks = query16(f, at) + 1;
		r->block_bytes = (size ? size * 256 : 128) * f->chips;
		sum += (uint64_t)r->n_blocks * r->block_bytes;
	}
	f->bytes = (uint32_t)(1u << log2) * f->chips;
	if (sum != f->bytes)
		return OM_E_CORRUPT;
	return f->bytes > room ? OM_E_VARIANT : OM_OK;
}

static enum om_err read_query(struct flash *f, uint64_t room)
{
	const uint32_t commands = query16(f, Q_COMMANDS);

	if (commands != 1 && commands != 3)
		return OM_E_VARIANT;
	f->program_us = longest(query(f, Q_TIMES), query(f, Q_TIMES + 4), 1, PROGRAM_US_MIN,
				PROGRAM_US_MAX);
	f->erase_us = longest(query(f, Q_TIMES + 2), query(f, Q_TIMES + 6), 1000, ERASE_US_MIN,
			      ERASE_US_MAX);
	return read_geometry(f, room);
}

/*
 * A chip is as wide as its share of the bus, or twice that and runs in its narrow mode, where
 * its addresses are twice as far apart.
 */
static enum om_err cfi_probe(const struct device *dev, uint32_t bank, struct flash *f)
{
	*f = (struct flash){ .dev = dev, .width = dev->bank_width };
	if (bank >= dev->n_banks || (f->width != 1 && f->width != 2 && f->width != 4))
		return OM_E_VARIANT;
	f->base_pa = dev->bank[bank].base_pa;
	for (f->chips = f->width; f->chips >= 1; f->chips /= 2)
		for (uint32_t narrow = 1; narrow <= 2; narrow++) {
			enum om_err err;

			f->stride = f->width * narrow;
			if ((uint64_t)f->stride * 256 > dev->bank[bank].bytes || !answers(f)) {
				command(f, 0, CMD_READ_ARRAY);
				continue;
			}
			err = read_query(f, dev->bank[bank].bytes);
			command(f, 0, CMD_READ_ARRAY);
			return err;
		}
	return OM_E_NOT_FOUND;
}

static enum om_err cfi_read(const struct flash *f, uint32_t off, uint8_t *to, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		to[i] = mmio_read8(f->base_pa + off + i);
	return OM_OK;
}

/* Until every chip is ready; back to where the bank can be read. */
static enum om_err finish(const struct flash *f, uint32_t off, uint32_t limit_us)
{
	const uint32_t ready = each(f, STATUS_READY);
	uint64_t begin = 0, now = 0;
	const bool has_clock = arch_time_us(&begin);
	uint32_t status = bus_read(f, off);

	for (uint32_t i = 0; (status & ready) != ready && i < POLLS_MAX; i++) {
		if (has_clock && arch_time_us(&now) && now - begin > limit_us)
			break;
		status = bus_read(f, off);
	}
	command(f, off, CMD_CLEAR_STATUS);
	command(f, off, CMD_READ_ARRAY);
	if ((status & ready) != ready)
		return OM_E_TIMEOUT;
	return status & each(f, STATUS_FAILED) ? OM_E_CORRUPT : OM_OK;
}

/*
 * Chips that start with all blocks locked need this before anything is written. A block that is
 * locked down is somebody's wish: it is left so.
 */
static enum om_err unlock(const struct flash *f, uint32_t off)
{
	uint32_t lock;

	command(f, off, CMD_READ_ID);
	lock = bus_read(f, off + LOCK_ADDRESS * f->stride);
	command(f, off, CMD_READ_ARRAY);
	if (lock & each(f, LOCKED_DOWN))
		return OM_E_CORRUPT;
	if (!(lock & each(f, LOCKED)))
		return OM_OK;
	command(f, off, CMD_LOCK_SETUP);
	command(f, off, CMD_CONFIRM);
	return finish(f, off, f->program_us);
}

static enum om_err cfi_program(const struct flash *f, uint32_t off, const uint8_t *from,
			       uint32_t len)
{
	uint32_t start = 0, bytes = 0;
	enum om_err err = OM_OK;

	if (!flash_block_at(f, off, &start, &bytes) || off % 4 || len % 4 || len > f->bytes - off)
		return OM_E_ARG;
	for (uint32_t i = 0; !err && i < len; i += f->width) {
		uint32_t word = 0;

		if ((i == 0 || off + i == start + bytes) &&
		    flash_block_at(f, off + i, &start, &bytes))
			err = unlock(f, start);
		for (uint32_t k = 0; k < f->width; k++)
			word |= (uint32_t)from[i + k] << (8 * k);
		if (err || word == UINT32_MAX >> (32 - 8 * f->width))
			continue; /* nothing to clear */
		command(f, off + i, CMD_PROGRAM);
		bus_write(f, off + i, word);
		err = finish(f, off + i, f->program_us);
	}
	return err;
}

static enum om_err cfi_erase(const struct flash *f, uint32_t off)
{
	uint32_t start, bytes;
	enum om_err err;

	if (!flash_block_at(f, off, &start, &bytes) || start != off)
		return OM_E_ARG;
	err = unlock(f, off);
	if (err)
		return err;
	command(f, off, CMD_ERASE);
	command(f, off, CMD_CONFIRM);
	return finish(f, off, f->erase_us);
}

bool flash_block_at(const struct flash *f, uint32_t off, uint32_t *start, uint32_t *bytes)
{
	uint32_t begin = 0;

	for (uint32_t i = 0; i < f->n_regions; i++) {
		const struct flash_region *r = &f->regions[i];
		const uint32_t len = r->n_blocks * r->block_bytes;

		if (off - begin < len) {
			*start = off - (off - begin) % r->block_bytes;
			*bytes = r->block_bytes;
			return true;
		}
		begin += len;
	}
	return false;
}

static const char *const compatible[] = { "cfi-flash", NULL };

static const struct flash_ops ops = {
	.probe = cfi_probe,
	.read = cfi_read,
	.program = cfi_program,
	.erase = cfi_erase,
};

const struct driver driver_cfi_flash = {
	.name = "CFI flash",
	.class = DRIVER_FLASH,
	.compatible = compatible,
	.ops.flash = &ops,
};
