/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the CFI flash driver share. What is to be done is a list of bus cycles, which
 * cfi_cycles.c carries out; cfi_probe.c asks the chips what they are; cfi_flash.c reads, programs
 * and erases.
 */
#ifndef OM_DRIVERS_CFI_H
#define OM_DRIVERS_CFI_H

#include "flash.h"
#include "mmio.h"

enum {
	CMD_READ_ARRAY = 0xff, /* Intel's way back to where the bank can be read */
	AMD_RESET = 0xf0,      /* AMD's */
	AMD_KEY_SPAN = 0x800,  /* addresses that the keys take */
	STEP_BYTES = 512,      /* written at most at once: they wait on the stack */
	STEP_WORDS = 256,
	LEAD_MAX = 6 /* cycles */
};

struct cycle {
	uint32_t at, value;
};

enum job_wait { WAIT_NONE, WAIT_STATUS, WAIT_TOGGLE };

/*
 * Cycles to the chips: lead, count, data, confirm; then words are read, or an end is waited for;
 * then whatever happened the way back to where the bank can be read.
 */
struct job {
	uint64_t base_pa;
	uint32_t width;
	uint32_t n_lead, n_count, n_data, n_confirm, n_in, n_back;
	struct cycle lead[LEAD_MAX], count, confirm, suspend, back[3];
	bool asks; /* the chips have to be ready before the rest */
	const uint32_t *data;
	uint32_t data_at;
	uint32_t *in;
	uint32_t in_at, in_stride;
	enum job_wait wait;
	uint32_t wait_at;
	uint32_t ready;		  /* WAIT_STATUS: bits of all chips */
	uint32_t toggles, errors; /* WAIT_TOGGLE: AMD_* bits of all chips */
	uint64_t limit_ticks;	  /* 0: no clock */
	uint32_t limit_polls;

	uint32_t status; /* out: as read last */
	bool late, failed;
};

uint32_t cfi_bus_read(uint64_t pa, uint32_t width);

/* Carries @j out; its out fields say how that went. */
void cfi_run(struct job *j);

/* @byte where each chip on the bus has its low byte. */
uint32_t cfi_each(const struct flash *f, uint32_t byte);

/* What all chips on the bus say, as if they were one. */
static inline uint32_t cfi_any(const struct flash *f, uint32_t word)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		out |= word >> (i * 8 * f->width / f->chips) & 0xff;
	return out;
}

/* The cycle that sends @byte to every chip, @at bytes into the bank. */
static inline struct cycle cfi_cycle(const struct flash *f, uint32_t at, uint32_t byte)
{
	return (struct cycle){ at, cfi_each(f, byte) };
}

/* AMD's keys before a command, in the part of the bank that @off is in; how many there are. */
uint32_t cfi_keys(const struct flash *f, uint32_t off, struct cycle *to);

/* flash_ops.probe: what is in this bank, by its CFI query. */
enum om_err cfi_probe(const struct device *dev, uint32_t bank, struct flash *f);

#endif
