/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include "mmio.h"
#include "soc.h"

enum {
	US_PER_SEC = 1000000,
	MOVES_READS = 1 << 16, /* more than a tick of 32 kHz takes */

	/* of arch_cycles(), which counts by 64 */
	CYCLES_HZ_MIN = 200000000 / 64,
	CYCLES_HZ_MAX = 3000000000u / 64,
	SENT_MIN = 32, /* characters: fewer fit into a FIFO */
	SENT_MORE = 2, /* that may have been on their way before */
	/* of a character; with parity or a second stop bit one more, and an eighth is taken off */
	BITS = 10,
};

static struct {
	enum { NO_CLOCK, CPU_TIMER, SOC_COUNTER, CPU_CYCLES } kind;
	uint32_t hz;
	struct counter counter;
	uint32_t last;	/* of 32 bits: as it was read */
	uint64_t ticks; /* of 32 bits: all of them */
	/* cycles: ticks are microseconds */
	uint32_t cycles_hz;
	uint64_t rest; /* cycles times 1000000 that are no microsecond yet */
} clock;

static uint32_t low_word(void)
{
	uint32_t low;

	if (clock.kind == CPU_CYCLES)
		return arch_cycles();
	low = mmio_read32(clock.counter.low_pa);
	return clock.counter.down ? ~low : low;
}

/* Two words that belong together: the upper one may change between the reads, but not twice. */
static uint64_t both_words(void)
{
	uint32_t high = mmio_read32(clock.counter.high_pa);
	uint32_t low = mmio_read32(clock.counter.low_pa);
	const uint32_t again = mmio_read32(clock.counter.high_pa);

	if (again != high) {
		high = again;
		low = mmio_read32(clock.counter.low_pa);
	}
	return (uint64_t)high << 32 | low;
}

uint64_t clock_ticks(void)
{
	uint32_t now, passed;

	if (clock.kind == NO_CLOCK)
		return 0;
	if (clock.kind == CPU_TIMER)
		return arch_ticks();
	if (clock.kind == SOC_COUNTER && clock.counter.high_pa)
		return both_words();
	now = low_word();
	passed = now - clock.last;
	clock.last = now;
	if (clock.kind == SOC_COUNTER)
		return clock.ticks += passed;
	clock.rest += (uint64_t)passed * US_PER_SEC;
	clock.ticks += clock.rest / clock.cycles_hz;
	clock.rest %= clock.cycles_hz;
	return clock.ticks;
}

uint32_t clock_hz(void)
{
	return clock.kind == NO_CLOCK ? 0 : clock.hz;
}

bool clock_us(uint64_t *us)
{
	const uint32_t hz = clock_hz();
	uint64_t ticks;

	if (hz == 0)
		return false;
	ticks = clock_ticks();
	*us = ticks / hz * US_PER_SEC + ticks % hz * US_PER_SEC / hz;
	return true;
}

/* ---- which one ------------------------------------------------------------------------------- */

/* Takes a clock if it moves. */
static bool take(uint32_t kind, uint32_t hz)
{
	uint64_t begin;

	clock.kind = kind;
	clock.hz = hz;
	clock.ticks = clock.rest = 0;
	if (hz && kind != CPU_TIMER)
		clock.last = low_word();
	begin = clock_ticks();
	for (uint32_t i = 0; i < MOVES_READS && hz; i++)
		if (clock_ticks() != begin)
			return true;
	clock.kind = NO_CLOCK;
	return false;
}

static bool take_counter(const struct devices *d, bool may_start)
{
	for (uint32_t i = 0; i < d->n_soc; i++)
		if (soc_counter(d, i, may_start, &clock.counter) &&
		    take(SOC_COUNTER, clock.counter.hz))
			return true;
	return false;
}

void clock_find(const struct devices *d, bool may_start)
{
	if (clock.kind != NO_CLOCK)
		return;
	if (arch_has_ticks() && take(CPU_TIMER, arch_tick_hz() ? arch_tick_hz()
						: d	       ? soc_timer_hz(d)
							       : 0))
		return;
	if (!d || take_counter(d, false) || (may_start && take_counter(d, true)))
		return;
	clock.cycles_hz = CYCLES_HZ_MIN;
	if (arch_cycles_start(may_start))
		(void)take(CPU_CYCLES, US_PER_SEC);
}

/* ---- the rate of cycles ---------------------------------------------------------------------- */

uint32_t clock_sending(void)
{
	return clock.kind == CPU_CYCLES ? arch_cycles() | 1 : 0;
}

void clock_sent(uint32_t since, uint32_t n, uint32_t baud)
{
	uint64_t hz;

	if (!since || n < SENT_MIN)
		return;
	hz = (uint64_t)(arch_cycles() - since) * baud / ((uint64_t)(n + SENT_MORE) * BITS);
	hz -= hz / 8;
	if (hz > CYCLES_HZ_MAX)
		hz = CYCLES_HZ_MAX;
	if (hz <= clock.cycles_hz)
		return;
	(void)clock_ticks(); /* what has passed is counted by the old rate */
	clock.rest = 0;
	clock.cycles_hz = (uint32_t)hz;
}
