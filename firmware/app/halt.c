/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the road: nothing to start. Stays alive, answers keys, never loops a reset. */
#include "console.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

static void power_off_now(void *ctx)
{
	const struct device *dev = ctx;

	dev->driver->ops.reset->poweroff(dev);
}

static void powered_off(struct monitor *m)
{
	struct device *dev = &m->devices.dev[DRIVER_RESET];

	con_drain();
	if (dev->driver)
		(void)arch_try(power_off_now, dev);
	con_printf("oopsmon: this board cannot be switched off from here\n");
}

static void show_archive(void *ctx)
{
	archive_console(ctx, true);
}

static void report_again(void *ctx)
{
	const struct monitor *m = ctx;

	if (m->n_facts == 0)
		con_printf("oopsmon: no records\n");
	else
		report_step(ctx);
}

/* The region is mapped while records are read, and not at any other time. */
static void with_region(struct monitor *m, void (*fn)(void *))
{
	if (m->n_facts == 0 && m->region.raw.len == 0) {
		con_printf("oopsmon: no records\n");
		return;
	}
	if (!crash_map(m))
		return;
	(void)arch_try(fn, m);
	crash_unmap(m);
}

static void answer(struct monitor *m, const char *why, int key)
{
	switch (key) {
	case 'r':
		con_printf("oopsmon: resetting\n");
		board_reset();
		break;
	case 'o':
		powered_off(m);
		break;
	case 's':
		m->options.again = true; /* all of them, also the older ones */
		if (m->options.mode == REPORT_MODE_NONE)
			m->options.mode = REPORT_MODE_FULL;
		with_region(m, report_again);
		break;
	case 'y':
		with_region(m, fetch_records);
		break;
	case 'w':
		with_region(m, fetch_region);
		break;
	case 'a':
		(void)arch_try(show_archive, m);
		break;
	default:
		con_printf("oopsmon: halted: %s. Keys: s show records again, y send them by "
			   "YMODEM, w send the raw region, a archive in flash, r reset, o power "
			   "off, h this help\n",
			   why);
		break;
	}
}

_Noreturn void halt(struct monitor *m, const char *why)
{
	m->halted = true;
	answer(m, why, 'h');
	for (;;) {
		int key = con_get();

		if (key >= 0)
			answer(m, why, key);
		else
			arch_relax();
	}
}
