/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the units of a SoC offer beside its devices: a counter of time, a watchdog, a reset of the
 * whole board, and the cause of the last one. soc.c is the table of the units that are known, one
 * line each; what is done with a register is data, and interpreted here.
 *
 * Nothing is cleared or stopped. Only soc_counter() starts something, and only where it may.
 */
#ifndef OM_DRIVERS_SOC_H
#define OM_DRIVERS_SOC_H

#include "drivers.h"

/* Why the board was reset, in barebox's words (its include/reset_source.h). The numbers are in the
   retained page (docs/retained-page.md). */
enum reset_cause {
	CAUSE_UNKNOWN,
	CAUSE_POR,   /* power on */
	CAUSE_RST,   /* software */
	CAUSE_WDG,   /* watchdog */
	CAUSE_WKE,   /* wake-up */
	CAUSE_JTAG,  /* debugger */
	CAUSE_THERM, /* too hot */
	CAUSE_EXT,   /* reset pin */
	CAUSE_BROWNOUT,
	RESET_CAUSES
};

enum { RESET_CAUSE_BYTES = 9 }; /* of its name, with the NUL and what fills up to it */

const char *reset_cause_name(enum reset_cause cause);

/**
 * soc_cause - what the SoC's registers say of the last reset
 * @from: the compatible string of the unit that says so
 *
 * Some collect causes until they are cleared, which is Linux's business: a later cause is named
 * before the power-on that was before it. A unit that an earlier stage has cleared says nothing.
 */
enum reset_cause soc_cause(const struct devices *d, const char **from);

/* Reset the board by the first unit that can. Comes back also if it can: some take half a second.
 */
void soc_reset(const struct devices *d);

/* Is there a unit that can? */
bool soc_can_reset(const struct devices *d);

/**
 * struct counter - something that counts at a known rate, and runs
 * @low_pa:  register of 32 bits
 * @high_pa: of the upper 32; 0: it has none
 */
struct counter {
	uint32_t hz;
	uint64_t low_pa, high_pa;
	bool down;
};

/**
 * soc_counter - the counter of the unit @i of @d
 * @may_start: one that is off, and that nobody uses, may be started
 *
 * Returns false if the unit has none, or counts at a rate that is not known, or less than 32 bits.
 */
bool soc_counter(const struct devices *d, uint32_t i, bool may_start, struct counter *out);

/* Rate of the CPU's generic timer as the tree has it, 0: it does not. */
uint32_t soc_timer_hz(const struct devices *d);

/**
 * watchdogs_find - remember the watchdogs of @d that are running
 * @d: must live as long as they are fed
 *
 * One that cannot be asked whether it runs counts as running, where feeding it does not start it.
 */
void watchdogs_find(const struct devices *d);

/* How many that are. */
uint32_t watchdogs_running(void);

/* Feed them; cheap enough for every turn of a loop, of which only some do it. */
void watchdogs_feed(void);

/* The same, now. */
void watchdogs_feed_now(void);

/* ---- for the files of the units alone -------------------------------------------------------- */

/* A register of the unit; outside of what the tree gives it: 0, and writes go nowhere. */
uint32_t soc_read(const struct soc_unit *u, uint32_t off);
void soc_write(const struct soc_unit *u, uint32_t off, uint32_t value);

/* Which counter a unit has. */
enum counter_kind {
	COUNTER_NONE,
	COUNTER_CPU, /* the generic timer, which has no registers */
	COUNTER_SYSREG,
	COUNTER_BCM2835,
	COUNTER_MCT,
	COUNTER_A9,
	COUNTER_SP804,
	COUNTER_SUN4I,
	COUNTER_ARMADA,
	COUNTER_DW,
	COUNTERS_PLAIN, /* those before are rows, the others functions */
	COUNTER_GPT = COUNTERS_PLAIN,
	COUNTER_TI32K,
	COUNTER_AM33,
};

enum counter_kind soc_counter_kind(const struct soc_unit *u);

#endif
