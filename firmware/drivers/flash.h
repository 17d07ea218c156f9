/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flash memory as its drivers offer it. Offsets are from a bank's start; the caller has mapped
 * the bank as registers (ARCH_DEVICE), and does not run from it.
 */
#ifndef OM_DRIVERS_FLASH_H
#define OM_DRIVERS_FLASH_H

#include "drivers.h"

enum { FLASH_REGIONS_MAX = 4 };

/* Erase blocks of one size, one behind the other. */
struct flash_region {
	uint32_t n_blocks;
	uint32_t block_bytes; /* of all interleaved chips together */
};

/* One bank as it was found. */
struct flash {
	const struct device *dev;
	uint64_t base_pa;
	uint32_t bytes;
	uint32_t width;	 /* bytes of the bus: 1, 2, 4 */
	uint32_t chips;	 /* side by side on it */
	uint32_t stride; /* bytes from one address of a chip to the next, times chips */
	uint32_t n_regions;
	struct flash_region regions[FLASH_REGIONS_MAX];
	uint32_t program_us, erase_us; /* longest times of one write, one block */
};

struct flash_ops {
	/**
	 * probe - what is in a bank
	 * @bank: index of dev->bank
	 *
	 * Returns OM_OK; OM_E_NOT_FOUND: nothing answers; OM_E_VARIANT: commands, or numbers that
	 * have no driver here; OM_E_CORRUPT: the answer makes no sense.
	 */
	enum om_err (*probe)(const struct device *dev, uint32_t bank, struct flash *out);
	/* Copy bytes [off, off + len); the caller stays within the bank. */
	enum om_err (*read)(const struct flash *f, uint32_t off, uint8_t *to, uint32_t len);
	/**
	 * program - clear bits
	 * @off, @len: multiples of 4
	 *
	 * Returns OM_OK; OM_E_CORRUPT: the chip says that it failed, or that the block is
	 * protected; OM_E_TIMEOUT. The bank can be read after any of them.
	 */
	enum om_err (*program)(const struct flash *f, uint32_t off, const uint8_t *from,
			       uint32_t len);
	/* Erase the block that begins at @off. Errors as program(). */
	enum om_err (*erase)(const struct flash *f, uint32_t off);
};

/**
 * flash_block_at - the erase block that holds a byte
 *
 * Returns false if @off is behind the bank's end.
 */
bool flash_block_at(const struct flash *f, uint32_t off, uint32_t *start, uint32_t *bytes);

#endif
