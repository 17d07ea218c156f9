/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flash memory as its drivers offer it. Offsets are from a bank's start; the caller has mapped
 * as registers (ARCH_DEVICE) what is touched: for probe() the bank's first page, else the erase
 * block, and what is read. Where a block is less than 16 KiB, the 16 KiB that it is in.
 * The bank may hold the image: that runs from RAM. Chips are left so that they can be read.
 */
#ifndef OM_DRIVERS_FLASH_H
#define OM_DRIVERS_FLASH_H

#include "drivers.h"

enum { FLASH_REGIONS_MAX = 4 };

/* Erase blocks of one size, one after the other. */
struct flash_region {
	uint32_t n_blocks;
	uint32_t block_bytes; /* of all interleaved chips together; a power of two */
};

enum flash_commands { FLASH_INTEL, FLASH_AMD };

/* Why a program() or erase() failed. */
enum flash_failure {
	FLASH_FINE,
	FLASH_LATE,	 /* not ready in time */
	FLASH_PROGRAM,	 /* the chip says so, or other bytes are there than were given */
	FLASH_ERASE,	 /* the chip says so */
	FLASH_PROTECTED, /* locked, or locked down, or nothing changed and no error */
	FLASH_VOLTAGE,	 /* the programming voltage is too low */
	FLASH_SUSPENDED	 /* an operation begun before stands still and is in the way */
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
	uint32_t buffer_bytes;	       /* written at once by all chips; width: a word at a time */
	enum flash_commands commands;
	bool has_lock_state;	    /* Intel: a block's lock can be read */
	bool unlocks_one;	    /* Intel: and taken away without all others' */
	enum flash_failure failure; /* of the last program() or erase() */
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
	/* True if all of these bytes are 0xff. Reads words: a whole partition may be asked for. */
	bool (*blank)(const struct flash *f, uint32_t off, uint32_t len);
	/**
	 * program - clear bits
	 * @from: may be anywhere, in the same flash as well
	 *
	 * Returns OM_OK; OM_E_CORRUPT: f->failure says why; OM_E_TIMEOUT; OM_E_ARG: beyond the
	 * bank. The bank can be read after any of them.
	 */
	enum om_err (*program)(struct flash *f, uint32_t off, const uint8_t *from, uint32_t len);
	/* Erase the block that begins at @off. Errors as program(). */
	enum om_err (*erase)(struct flash *f, uint32_t off);
};

/**
 * flash_block_at - the erase block that holds a byte
 *
 * Returns false if @off is after the bank's end.
 */
bool flash_block_at(const struct flash *f, uint32_t off, uint32_t *start, uint32_t *bytes);

/* f->failure for messages: "it is protected"; "" for FLASH_FINE and values not in the enum. */
const char *flash_failure_text(enum flash_failure failure);

#endif
