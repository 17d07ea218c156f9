/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one clock of a boot: the CPU's generic timer, else a counter of the SoC, else the CPU's
 * cycles, else none. Once found it stays. It only goes forward; where it begins means nothing.
 *
 * A time that is not known for sure is taken for longer than it is: what has a budget may end
 * early, never late.
 */
#ifndef OM_DRIVERS_CLOCK_H
#define OM_DRIVERS_CLOCK_H

#include "drivers.h"

/**
 * clock_find - look for a clock, unless there is one
 * @d:         devices, mapped; NULL: no tree was read yet, so only the CPU's own is looked for
 * @may_start: one that is off may be started, as no caller relies on it
 *
 * A counter that does not move is passed over.
 */
void clock_find(const struct devices *d, bool may_start);

/* Ticks a second; 0: there is no clock. */
uint32_t clock_hz(void);

/* Ticks. Of a counter of 32 bits: to be asked once in each of its turns, a minute at least. */
uint64_t clock_ticks(void);

/* Microseconds to @us; false if there is no clock. */
bool clock_us(uint64_t *us) OM_MUST_CHECK;

/*
 * Cycles are counted at an unknown rate, so they are taken for those of the slowest CPU there is.
 * A UART at a known rate tells more: it takes a character for each of @bits at most, so that CPU is
 * at least as fast as it has counted while many were sent.
 *
 * clock_sending - when sending characters begins, 0: that is of no use here
 * clock_sent    - @n of them were sent, with nothing else between them, at @baud
 */
uint32_t clock_sending(void);
void clock_sent(uint32_t since, uint32_t n, uint32_t baud);

#endif
