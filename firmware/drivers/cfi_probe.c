/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What chips are in a bank, by their CFI query.
 * Source: JEDEC JESD68.01 (query), JEP137B (command sets); Intel 290702 (28FxxxK3: locks of single
 * blocks); Spansion S29GL-N rev. B8 (command set 2).
 */
#include "cfi.h"

enum {
	CMD_QUERY = 0x98,
	Q_ENTER = 0x55,
	Q_FIRST = 0x10, /* "QRY" */
	Q_COMMANDS = 0x13,
	Q_EXTENDED = 0x15, /* where the part of this command set begins */
	Q_TIMES = 0x1f,	   /* typical: write, buffer, block, chip; then the longest, as factors */
	Q_BYTES = 0x27,
	Q_BUFFER = 0x2a,
	Q_REGIONS = 0x2c,
	Q_END = 0x80,
	X_FEATURES = 5, /* Intel, in the extended table: bits */
	X_LOCKS = 1 << 3,
	X_LOCKS_EACH = 1 << 5,
	X_BOOT = 0xf, /* AMD: where the small blocks are */
	X_BOOT_TOP = 3,
	X_BYTES = 0x10,
	SIZE_LOG2_MAX = 28,
	PROGRAM_US_MIN = 1000,
	PROGRAM_US_MAX = 1000000,
	ERASE_US_MIN = 1000000,
	ERASE_US_MAX = 30000000
};

/* Bytes of the first chip's query from Q_FIRST on, by their addresses. */
struct query {
	uint8_t byte[Q_END - Q_FIRST];
};

static uint32_t q8(const struct query *q, uint32_t address)
{
	return q->byte[address - Q_FIRST];
}

static uint32_t q16(const struct query *q, uint32_t address)
{
	return q8(q, address) | q8(q, address + 1) << 8;
}

/* Read it with chips of this shape; false: not all on the bus say "QRY". */
static bool ask(const struct flash *f, struct query *q)
{
	uint32_t words[Q_END - Q_FIRST] = { 0 };
	/* which commands they take is not known yet: the way back is that of both */
	struct job j = { .base_pa = f->base_pa,
			 .width = f->width,
			 .lead = { cfi_cycle(f, 0, AMD_RESET), cfi_cycle(f, 0, CMD_READ_ARRAY),
				   cfi_cycle(f, Q_ENTER * f->stride, CMD_QUERY) },
			 .n_lead = 3,
			 .in = words,
			 .in_at = Q_FIRST * f->stride,
			 .in_stride = f->stride,
			 .n_in = Q_END - Q_FIRST,
			 .back = { cfi_cycle(f, 0, AMD_RESET), cfi_cycle(f, 0, CMD_READ_ARRAY) },
			 .n_back = 2 };

	cfi_run(&j);
	for (uint32_t i = 0; i < Q_END - Q_FIRST; i++)
		q->byte[i] = (uint8_t)words[i];
	return words[0] == cfi_each(f, 'Q') && words[1] == cfi_each(f, 'R') &&
	       words[2] == cfi_each(f, 'Y');
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

static enum om_err read_geometry(struct flash *f, const struct query *q, uint64_t room)
{
	const uint32_t log2 = q8(q, Q_BYTES);
	uint64_t sum = 0;

	f->n_regions = q8(q, Q_REGIONS);
	if (log2 > SIZE_LOG2_MAX || f->n_regions < 1 || f->n_regions > FLASH_REGIONS_MAX)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < f->n_regions; i++) {
		struct flash_region *r = &f->regions[i];
		const uint32_t at = Q_REGIONS + 1 + 4 * i, size = q16(q, at + 2);

		r->n_blocks = q16(q, at) + 1;
		r->block_bytes = (size ? size * 256 : 128) * f->chips;
		if (r->block_bytes & (r->block_bytes - 1))
			return OM_E_CORRUPT;
		sum += (uint64_t)r->n_blocks * r->block_bytes;
	}
	f->bytes = (uint32_t)(1u << log2) * f->chips;
	if (sum != f->bytes)
		return OM_E_CORRUPT;
	return f->bytes > room ? OM_E_VARIANT : OM_OK;
}

/* Chips of AMD's kind list their regions as if the small blocks were at the bottom. */
static void turn_regions(struct flash *f)
{
	const uint32_t last = f->n_regions - 1;

	if (f->regions[0].block_bytes >= f->regions[last].block_bytes)
		return;
	for (uint32_t i = 0; i < f->n_regions / 2; i++) {
		const struct flash_region r = f->regions[i];

		f->regions[i] = f->regions[last - i];
		f->regions[last - i] = r;
	}
}

/* The part of the query that only this command set has, if it is there. */
static void read_extended(struct flash *f, const struct query *q)
{
	const uint32_t at = q16(q, Q_EXTENDED);

	if (at < Q_FIRST || at > Q_END - X_BYTES || q8(q, at) != 'P' || q8(q, at + 1) != 'R' ||
	    q8(q, at + 2) != 'I')
		return;
	if (f->commands == FLASH_INTEL) {
		f->unlocks_one = q8(q, at + X_FEATURES) & X_LOCKS_EACH;
		f->has_lock_state = f->unlocks_one || q8(q, at + X_FEATURES) & X_LOCKS;
	} else if (q8(q, at + X_BOOT) == X_BOOT_TOP) {
		turn_regions(f);
	}
}

/* How much goes into the chips' buffers; a block begins where a buffer does. */
static void read_buffer(struct flash *f, const struct query *q)
{
	const uint32_t log2 = q16(q, Q_BUFFER), most = f->width * STEP_WORDS;

	f->buffer_bytes = f->width;
	if (log2 == 0 || q8(q, Q_TIMES + 1) == 0)
		return;
	f->buffer_bytes = (1u << (log2 < 10 ? log2 : 10)) * f->chips;
	for (uint32_t i = 0; i < f->n_regions; i++)
		if (f->buffer_bytes > f->regions[i].block_bytes)
			f->buffer_bytes = f->regions[i].block_bytes;
	if (f->buffer_bytes > STEP_BYTES)
		f->buffer_bytes = STEP_BYTES;
	if (f->buffer_bytes > most) /* the count is a byte where a chip has no more lines */
		f->buffer_bytes = most;
	if (f->buffer_bytes < f->width)
		f->buffer_bytes = f->width;
}

static enum om_err read_query(struct flash *f, const struct query *q, uint64_t room)
{
	const uint32_t commands = q16(q, Q_COMMANDS);
	uint32_t buffer_us;
	enum om_err err;

	if (commands != 1 && commands != 2 && commands != 3)
		return OM_E_VARIANT;
	f->commands = commands == 2 ? FLASH_AMD : FLASH_INTEL;
	f->program_us =
		longest(q8(q, Q_TIMES), q8(q, Q_TIMES + 4), 1, PROGRAM_US_MIN, PROGRAM_US_MAX);
	buffer_us =
		longest(q8(q, Q_TIMES + 1), q8(q, Q_TIMES + 5), 1, PROGRAM_US_MIN, PROGRAM_US_MAX);
	if (buffer_us > f->program_us)
		f->program_us = buffer_us;
	f->erase_us =
		longest(q8(q, Q_TIMES + 2), q8(q, Q_TIMES + 6), 1000, ERASE_US_MIN, ERASE_US_MAX);
	err = read_geometry(f, q, room);
	if (err)
		return err;
	if (f->commands == FLASH_AMD && f->bytes < AMD_KEY_SPAN * f->stride)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < f->n_regions; i++)
		if (f->regions[i].block_bytes < f->width)
			return OM_E_CORRUPT;
	read_buffer(f, q);
	read_extended(f, q);
	return OM_OK;
}

/*
 * A chip is as wide as its share of the bus, or twice that and runs in its narrow mode, where
 * its addresses are twice as far apart.
 */
enum om_err cfi_probe(const struct device *dev, uint32_t bank, struct flash *f)
{
	*f = (struct flash){ .dev = dev, .width = dev->bank_width };
	if (bank >= dev->n_banks || (f->width != 1 && f->width != 2 && f->width != 4))
		return OM_E_VARIANT;
	f->base_pa = dev->bank[bank].base_pa;
	for (f->chips = f->width; f->chips >= 1; f->chips /= 2)
		for (uint32_t narrow = 1; narrow <= 2; narrow++) {
			struct query q;

			f->stride = f->width * narrow;
			if ((uint64_t)f->stride * Q_END <= dev->bank[bank].bytes && ask(f, &q))
				return read_query(f, &q, dev->bank[bank].bytes);
		}
	return OM_E_NOT_FOUND;
}
