/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parallel NOR flash that answers a CFI query, with the commands of Intel and Sharp (sets 1
 * and 3) or of AMD and Fujitsu (set 2): one chip or several side by side on a bus of 8, 16 or
 * 32 bits.
 *
 * cfi_probe.c finds out what is there, cfi_cycles.c talks to it; this reads, programs and erases.
 * Source: JEDEC JESD68.01 (query), JEP137B (command sets); Intel 290606 (28FxxxJ3) and 290702
 * (28FxxxK3: locks of single blocks); Spansion S29GL-N rev. B8 (command set 2).
 */
#include "cfi.h"
#include "clock.h"

enum {
	CMD_READ_ID = 0x90,
	CMD_CLEAR_STATUS = 0x50,
	CMD_PROGRAM = 0x40,
	CMD_BUFFER = 0xe8,
	CMD_ERASE = 0x20,
	CMD_CONFIRM = 0xd0,
	CMD_LOCK_SETUP = 0x60,
	CMD_SUSPEND = 0xb0,
	STATUS_READY = 0x80,
	STATUS_ERASE_SUSPENDED = 0x40,
	STATUS_ERASE = 0x20,
	STATUS_PROGRAM = 0x10,
	STATUS_VOLTAGE = 0x08,
	STATUS_PROGRAM_SUSPENDED = 0x04,
	STATUS_LOCKED = 0x02,
	LOCK_ADDRESS = 2, /* in a block, in the identifier's mode */
	LOCKED = 1,
	LOCKED_DOWN = 2,
	AMD_PROGRAM = 0xa0,
	AMD_BUFFER = 0x25,
	AMD_BUFFER_GO = 0x29,
	AMD_ERASE_SETUP = 0x80,
	AMD_ERASE = 0x30,
	AMD_TOGGLES = 0x40,  /* DQ6, while it works */
	AMD_EXCEEDED = 0x20, /* DQ5 */
	AMD_ABORTED = 0x02,  /* DQ1, of a buffer */
	POLLS_PER_US = 16    /* without a clock: flash is not read faster than that */
};

/* A command of AMD's, which goes where the first of the keys before it went. */
static struct cycle keyed(const struct flash *f, const struct job *j, uint32_t byte)
{
	return cfi_cycle(f, j->lead[0].at, byte);
}

/* What every job has that changes or reads something at @off. */
static void job_make(struct job *j, const struct flash *f, uint32_t off, uint32_t limit_us)
{
	const uint32_t ticks_per_us = (clock_hz() + 999999) / 1000000;

	*j = (struct job){ .base_pa = f->base_pa,
			   .width = f->width,
			   .limit_ticks = (uint64_t)limit_us * ticks_per_us,
			   .limit_polls = ticks_per_us ? UINT32_MAX : limit_us * POLLS_PER_US,
			   .wait_at = off,
			   .ready = cfi_each(f, STATUS_READY),
			   .toggles = cfi_each(f, AMD_TOGGLES),
			   .errors = cfi_each(f, AMD_EXCEEDED),
			   .suspend = cfi_cycle(f, off, CMD_SUSPEND) };
	if (f->commands == FLASH_AMD) {
		j->wait = WAIT_TOGGLE;
		j->n_lead = cfi_keys(f, off, j->lead);
		/* ends an aborted buffer as well, which takes no plain reset */
		j->n_back = cfi_keys(f, off, j->back);
		j->back[j->n_back++] = keyed(f, j, AMD_RESET);
	} else {
		j->wait = WAIT_STATUS;
		j->lead[j->n_lead++] = cfi_cycle(f, off, CMD_CLEAR_STATUS);
		j->back[j->n_back++] = cfi_cycle(f, off, CMD_CLEAR_STATUS);
		j->back[j->n_back++] = cfi_cycle(f, off, CMD_READ_ARRAY);
	}
}

/* What went wrong; @otherwise: what an error that says nothing else is. */
static enum flash_failure failure_of(const struct flash *f, const struct job *j,
				     enum flash_failure otherwise)
{
	const uint32_t status = cfi_any(f, j->status);

	if (j->late)
		return FLASH_LATE;
	if (j->wait == WAIT_TOGGLE)
		return j->failed ? otherwise : FLASH_FINE;
	if (status & STATUS_LOCKED)
		return FLASH_PROTECTED;
	if (status & STATUS_VOLTAGE)
		return FLASH_VOLTAGE;
	if (status & (STATUS_ERASE_SUSPENDED | STATUS_PROGRAM_SUSPENDED))
		return FLASH_SUSPENDED;
	return status & (STATUS_ERASE | STATUS_PROGRAM) ? otherwise : FLASH_FINE;
}

static enum om_err failed(struct flash *f, enum flash_failure why)
{
	f->failure = why;
	if (why == FLASH_FINE)
		return OM_OK;
	return why == FLASH_LATE ? OM_E_TIMEOUT : OM_E_CORRUPT;
}

static enum om_err cfi_read(const struct flash *f, uint32_t off, uint8_t *to, uint32_t len)
{
	for (uint32_t i = 0; i < len;) {
		const uint64_t pa = f->base_pa + off + i;

		if ((off + i) % 4 || len - i < 4) {
			to[i++] = mmio_read8(pa);
		} else {
			const uint32_t word = mmio_read32(pa);

			for (uint32_t k = 0; k < 4; k++)
				to[i++] = (uint8_t)(word >> (8 * k));
		}
	}
	return OM_OK;
}

static bool cfi_blank(const struct flash *f, uint32_t off, uint32_t len)
{
	enum { AT_A_TIME = 32 };
	const uint64_t pa = f->base_pa + off;
	uint32_t all = UINT32_MAX;
	uint32_t i = 0;

	for (; i < len && (off + i) % 4; i++)
		all &= mmio_read8(pa + i) | 0xffffff00;
	for (; len - i >= AT_A_TIME && all == UINT32_MAX; i += AT_A_TIME) {
		const uint64_t at = pa + i;

		all = mmio_read32(at) & mmio_read32(at + 4) & mmio_read32(at + 8) &
		      mmio_read32(at + 12) & mmio_read32(at + 16) & mmio_read32(at + 20) &
		      mmio_read32(at + 24) & mmio_read32(at + 28);
	}
	for (; i < len && all == UINT32_MAX; i++)
		all &= mmio_read8(pa + i) | 0xffffff00;
	return all == UINT32_MAX;
}

static uint32_t lock_of(const struct flash *f, uint32_t block)
{
	uint32_t word = 0;
	struct job j;

	job_make(&j, f, block, f->program_us);
	j.lead[j.n_lead++] = cfi_cycle(f, block, CMD_READ_ID);
	j.in = &word;
	j.in_at = block + LOCK_ADDRESS * f->stride;
	j.n_in = 1;
	j.wait = WAIT_NONE;
	cfi_run(&j);
	return cfi_any(f, word);
}

/*
 * Chips that start with all blocks locked need this before anything is written. A block that is
 * locked down is somebody's options, and so is any lock that only goes with all others: left so.
 */
static enum flash_failure unlock(const struct flash *f, uint32_t block)
{
	uint32_t lock = f->has_lock_state ? lock_of(f, block) : 0;
	enum flash_failure why;
	struct job j;

	if (!(lock & (LOCKED | LOCKED_DOWN)))
		return FLASH_FINE;
	if (lock & LOCKED_DOWN || !f->unlocks_one)
		return FLASH_PROTECTED;
	job_make(&j, f, block, f->program_us);
	j.lead[j.n_lead++] = cfi_cycle(f, block, CMD_LOCK_SETUP);
	j.confirm = cfi_cycle(f, block, CMD_CONFIRM);
	j.n_confirm = 1;
	cfi_run(&j);
	why = failure_of(f, &j, FLASH_PROTECTED);
	if (why == FLASH_FINE && lock_of(f, block) & LOCKED)
		return FLASH_PROTECTED;
	return why;
}

/* Some words of one buffer, on their way. */
struct step {
	uint32_t at; /* of the first */
	uint32_t n;
	uint32_t before[STEP_WORDS], want[STEP_WORDS];
	bool clears; /* there are bits to clear */
};

/* Bytes around those asked for are given as they are. */
static void step_make(const struct flash *f, struct step *s, uint32_t off, const uint8_t *from,
		      uint32_t len)
{
	s->at = off - off % f->width;
	s->n = (off + len - s->at + f->width - 1) / f->width;
	s->clears = false;
	for (uint32_t i = 0; i < s->n; i++) {
		const uint32_t at = s->at + i * f->width;
		uint32_t word = cfi_bus_read(f->base_pa + at, f->width);

		s->before[i] = word;
		for (uint32_t k = 0; k < f->width; k++) {
			if (at + k < off || at + k - off >= len)
				continue;
			word &= ~(0xffu << (8 * k));
			word |= (uint32_t)from[at + k - off] << (8 * k);
		}
		s->want[i] = word;
		s->clears |= word != UINT32_MAX >> (32 - 8 * f->width);
	}
}

static void step_commands(const struct flash *f, const struct step *s, struct job *j)
{
	const uint32_t last = s->at + (s->n - 1) * f->width;

	j->data = s->want;
	j->data_at = s->at;
	j->n_data = s->n;
	j->wait_at = last;
	if (s->n == 1) {
		j->lead[j->n_lead++] = f->commands == FLASH_AMD ? keyed(f, j, AMD_PROGRAM)
								: cfi_cycle(f, s->at, CMD_PROGRAM);
		return;
	}
	j->count = cfi_cycle(f, s->at, s->n - 1);
	j->n_count = j->n_confirm = 1;
	if (f->commands == FLASH_AMD) {
		j->lead[j->n_lead++] = cfi_cycle(f, s->at, AMD_BUFFER);
		j->confirm = cfi_cycle(f, s->at, AMD_BUFFER_GO);
		j->errors |= cfi_each(f, AMD_ABORTED);
	} else {
		j->lead[j->n_lead++] = cfi_cycle(f, s->at, CMD_BUFFER);
		j->confirm = cfi_cycle(f, s->at, CMD_CONFIRM);
		j->asks = true;
		j->wait_at = s->at;
	}
}

/* Is there what was wanted? Chips of AMD's kind do nothing to a protected block, and say nothing.
 */
static enum flash_failure step_check(const struct flash *f, const struct step *s)
{
	enum flash_failure why = FLASH_FINE;

	for (uint32_t i = 0; i < s->n; i++) {
		const uint32_t now = cfi_bus_read(f->base_pa + s->at + i * f->width, f->width);

		if (now == s->want[i])
			continue;
		if (now != s->before[i] || now == (s->before[i] & s->want[i]))
			return FLASH_PROGRAM;
		why = FLASH_PROTECTED;
	}
	return why;
}

static enum flash_failure step_run(const struct flash *f, uint32_t off, const uint8_t *from,
				   uint32_t len)
{
	enum flash_failure why;
	struct step s;
	struct job j;

	step_make(f, &s, off, from, len);
	if (!s.clears)
		return FLASH_FINE;
	job_make(&j, f, s.at, f->program_us);
	step_commands(f, &s, &j);
	cfi_run(&j);
	why = failure_of(f, &j, FLASH_PROGRAM);
	return why == FLASH_FINE ? step_check(f, &s) : why;
}

static enum om_err cfi_program(struct flash *f, uint32_t off, const uint8_t *from, uint32_t len)
{
	uint32_t block = 0, bytes = 0;
	enum flash_failure why = FLASH_FINE;

	if (off > f->bytes || len > f->bytes - off)
		return OM_E_ARG;
	while (why == FLASH_FINE && len > 0) {
		const uint32_t room = f->buffer_bytes - off % f->buffer_bytes;
		const uint32_t n = room < len ? room : len;

		if (bytes == 0 || off - block >= bytes) {
			if (!flash_block_at(f, off, &block, &bytes))
				return OM_E_ARG;
			why = unlock(f, block);
		}
		if (why == FLASH_FINE)
			why = step_run(f, off, from, n);
		off += n;
		from += n;
		len -= n;
	}
	return failed(f, why);
}

static enum om_err cfi_erase(struct flash *f, uint32_t off)
{
	enum flash_failure why;
	uint32_t start, bytes;
	struct job j;

	if (!flash_block_at(f, off, &start, &bytes) || start != off)
		return OM_E_ARG;
	why = unlock(f, off);
	if (why != FLASH_FINE)
		return failed(f, why);
	job_make(&j, f, off, f->erase_us);
	if (f->commands == FLASH_AMD) {
		j.lead[j.n_lead++] = keyed(f, &j, AMD_ERASE_SETUP);
		j.n_lead += cfi_keys(f, off, &j.lead[j.n_lead]);
		j.lead[j.n_lead++] = cfi_cycle(f, off, AMD_ERASE);
	} else {
		j.lead[j.n_lead++] = cfi_cycle(f, off, CMD_ERASE);
		j.confirm = cfi_cycle(f, off, CMD_CONFIRM);
		j.n_confirm = 1;
	}
	cfi_run(&j);
	why = failure_of(f, &j, FLASH_ERASE);
	/* as in step_check(); Intel's kind would have said so */
	if (why == FLASH_FINE && f->commands == FLASH_AMD && !cfi_blank(f, off, bytes))
		why = FLASH_PROTECTED;
	return failed(f, why);
}

static const struct flash_ops ops = {
	.probe = cfi_probe,
	.read = cfi_read,
	.blank = cfi_blank,
	.program = cfi_program,
	.erase = cfi_erase,
};

const struct driver driver_cfi_flash = {
	.name = "CFI flash",
	.class = DRIVER_FLASH,
	.compatible = "cfi-flash\0",
	.ops.flash = &ops,
};
