/* SPDX-License-Identifier: BSD-2-Clause */
#include "halt.h"

#include "console.h"
#include "fetch.h"
#include "kernel_log.h"
#include "machine.h"
#include "notice.h"
#include "report.h"
#include "transfer.h"

enum { RESET_MS = 2000 };

static void reset_now(void *ctx)
{
	const struct device *dev = ctx;

	dev->driver->ops.reset->reset(dev);
}

static void power_off_now(void *ctx)
{
	const struct device *dev = ctx;

	dev->driver->ops.reset->poweroff(dev);
}

/* Its registers may be nowhere: that is survived. */
static void ask_reset_device(const struct tree *tree, void (*fn)(void *))
{
	const struct device *dev = tree_device(tree, DRIVER_RESET);

	con_drain();
	if (dev)
		(void)arch_try(fn, (void *)(uintptr_t)dev);
}

static void reset_by_unit(void *ctx)
{
	const struct tree *tree = ctx;

	soc_reset(&tree->devices);
}

/* Some units take a watchdog for it, which has to run out. */
static void await_reset(void)
{
	struct wait w;

	wait_start(&w, RESET_MS);
	while (!wait_is_over(&w))
		arch_relax();
}

void board_reset(const struct tree *tree)
{
	ask_reset_device(tree, reset_now);
	if (arch_try(reset_by_unit, (void *)(uintptr_t)tree) && soc_can_reset(&tree->devices))
		await_reset();
	notice(NOTICE_NO_RESET, "no way to reset this board was found in the device tree: "
				"press its reset button");
}

static void power_off(const struct tree *tree)
{
	ask_reset_device(tree, power_off_now);
	con_printf("oopsmon: this board cannot be switched off from here\n");
}

static void show_archive(void *ctx)
{
	const struct halt *h = ctx;

	archive_console(&h->desk, true);
}

static void report_again(void *ctx)
{
	const struct halt *h = ctx;

	if (h->crash->n_facts == 0)
		con_printf("oopsmon: no records\n");
	else
		(void)report_print(h->crash, h->archived, h->packed);
}

static void send_records(void *ctx)
{
	const struct halt *h = ctx;

	fetch_records(h->crash);
}

static void send_region(void *ctx)
{
	const struct halt *h = ctx;

	fetch_region(h->crash);
}

/* The region is mapped while records are read, and not at any other time. */
static void with_region(const struct halt *h, void (*fn)(void *))
{
	if (h->crash->n_facts == 0 && h->crash->region.raw.len == 0) {
		con_printf("oopsmon: no records\n");
		return;
	}
	if (!crash_map(h->crash))
		return;
	(void)arch_try(fn, (void *)(uintptr_t)h);
	crash_unmap(h->crash);
	kernel_log_unmap();
}

static void answer(const struct halt *h, const char *why, int key)
{
	switch (key) {
	case 'r':
		con_printf("oopsmon: resetting\n");
		board_reset(h->tree);
		break;
	case 'o':
		power_off(h->tree);
		break;
	case 's':
		h->options->again = true; /* all of them, also the older ones */
		if (h->options->mode == REPORT_MODE_NONE)
			h->options->mode = REPORT_MODE_FULL;
		with_region(h, report_again);
		break;
	case 'y':
		with_region(h, send_records);
		break;
	case 'w':
		with_region(h, send_region);
		break;
	case 'a':
		(void)arch_try(show_archive, (void *)(uintptr_t)h);
		break;
	default:
		con_printf("oopsmon: halted: %s. Keys: s show records again, y send them by "
			   "YMODEM, w send the raw region, a archive in flash, r reset, o power "
			   "off, h this help\n",
			   why);
		break;
	}
}

_Noreturn void halt(const struct halt *h, const char *why)
{
	answer(h, why, 'h');
	for (;;) {
		int key = con_get();

		if (key >= 0)
			answer(h, why, key);
		else
			idle();
	}
}
