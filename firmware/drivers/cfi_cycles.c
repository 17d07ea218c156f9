/* SPDX-License-Identifier: BSD-2-Clause */
/* Bus cycles to one chip or several side by side, and how long to wait for them. */
#include "cfi.h"
#include "clock.h"
#include "soc.h"

enum {
	AMD_KEY_1 = 0x555, /* addresses; higher bits do not count */
	AMD_KEY_2 = 0x2aa,
	SUSPEND_POLLS = 1000
};

uint32_t cfi_bus_read(uint64_t pa, uint32_t width)
{
	if (width == 4)
		return mmio_read32(pa);
	return width == 2 ? mmio_read16(pa) : mmio_read8(pa);
}

static void bus_write(uint64_t pa, uint32_t width, uint32_t value)
{
	if (width == 4)
		mmio_write32(pa, value);
	else if (width == 2)
		mmio_write16(pa, (uint16_t)value);
	else
		mmio_write8(pa, (uint8_t)value);
}

static void send(const struct job *j, const struct cycle *c, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bus_write(j->base_pa + c[i].at, j->width, c[i].value);
}

/* Has it ended? Sets j->status, and j->failed if the chips of AMD's kind say so. */
static bool ended(struct job *j)
{
	const uint64_t pa = j->base_pa + j->wait_at;
	uint32_t before, moves, wrong;

	j->status = cfi_bus_read(pa, j->width);
	if (j->wait == WAIT_STATUS)
		return (j->status & j->ready) == j->ready;
	before = j->status;
	j->status = cfi_bus_read(pa, j->width);
	moves = (before ^ j->status) & j->toggles;
	if (!moves)
		return true;
	/* bit 5 or 1 of a chip whose bit 6 moves; it may have ended between the two reads */
	wrong = j->status & j->errors & (moves >> 1 | moves >> 5);
	if (!wrong)
		return false;
	before = cfi_bus_read(pa, j->width);
	moves = (before ^ cfi_bus_read(pa, j->width)) & j->toggles;
	j->failed = (wrong & (moves >> 1 | moves >> 5)) != 0;
	return j->failed;
}

/* Bounded by the clock, or by a number of reads. The time is taken before what it is about. */
static void wait(struct job *j)
{
	const uint64_t begin = j->limit_ticks ? clock_ticks() : 0;

	for (uint32_t i = 0; !j->late; i++) {
		watchdogs_feed(); /* to erase takes seconds */
		j->late = i == j->limit_polls ||
			  (j->limit_ticks && clock_ticks() - begin > j->limit_ticks);
		if (ended(j)) {
			j->late = false;
			return;
		}
	}
}

/* Busy chips take no other command; most can be asked to pause. */
static void give_up(struct job *j)
{
	send(j, &j->suspend, 1);
	for (uint32_t i = 0; i < SUSPEND_POLLS; i++)
		(void)cfi_bus_read(j->base_pa + j->wait_at, j->width);
}

void cfi_run(struct job *j)
{
	send(j, j->lead, j->n_lead);
	if (j->asks)
		wait(j);
	if (!j->late) {
		send(j, &j->count, j->n_count);
		for (uint32_t i = 0; i < j->n_data; i++)
			bus_write(j->base_pa + j->data_at + i * j->width, j->width, j->data[i]);
		send(j, &j->confirm, j->n_confirm);
		for (uint32_t i = 0; i < j->n_in; i++)
			j->in[i] = cfi_bus_read(j->base_pa + j->in_at + i * j->in_stride, j->width);
		if (j->wait != WAIT_NONE)
			wait(j);
	}
	if (j->late)
		give_up(j);
	send(j, j->back, j->n_back);
}

uint32_t cfi_each(const struct flash *f, uint32_t byte)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		out |= byte << (i * 8 * f->width / f->chips);
	return out;
}

uint32_t cfi_keys(const struct flash *f, uint32_t off, struct cycle *to)
{
	const uint32_t base = off & ~(AMD_KEY_SPAN * f->stride - 1);
	const uint32_t odd = f->stride > f->width ? f->width : 0; /* a narrow chip's 0x555 */

	to[0] = cfi_cycle(f, base + AMD_KEY_1 * f->stride, 0xaa);
	to[1] = cfi_cycle(f, base + AMD_KEY_2 * f->stride + odd, 0x55);
	return 2;
}
