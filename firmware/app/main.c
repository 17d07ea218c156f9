/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sequence from reset to Linux. Read it top-down: every line is one step of
 * docs/architecture.md. A step that faults is reported and skipped (arch_try);
 * Linux is started with whatever the other steps achieved.
 */
#include "console.h"
#include "monitor.h"
#include "notice.h"

_Noreturn void app_main(void);

static struct monitor monitor;

static const char *step_name = "starting";

/* Run one step; false if it faulted. */
static bool step(const char *name, void (*fn)(void *))
{
	bool fine;

	step_name = name;
	fine = arch_try(fn, &monitor);
	if (!fine)
		notice(NOTICE_STEP_SKIPPED,
		       "%s was given up after a fault; going on to start Linux", name);
	return fine;
}

_Noreturn void app_main(void)
{
	struct monitor *m = &monitor;
	bool have_tree;

	if (arch_map(board.early_uart.reg, ARCH_DEVICE) == OM_OK)
		console_use(&board.early_uart);

	have_tree = step("reading the device tree", tree_step) && m->dtb;
	if (have_tree) {
		step("planning the carve-out", plan_step);
		step("looking for the retained page", page_read_step);
		step("reading the last kernel's records", crash_read_step);
		verdict_tell(m);
		plan_tell(m);
		if (verdict_is_news(m->verdict))
			step("telling the last kernel's records", report_step);
		step("writing the retained page", page_write_step);
		step("starting Linux", payload_step);
		halt(m, "no kernel was started");
	}
	halt(m, "no device tree");
}

void app_fault_report(const struct arch_fault *f)
{
	notice(NOTICE_FAULT,
	       "%s while %s: pc %08x lr %08x sp %08x psr %08x address %08x status %03x", f->kind,
	       step_name, f->pc, f->lr, f->sp, f->psr, f->address, f->status);
	for (uint32_t i = 0; i < 13; i++)
		con_printf("%sr%u %08x%s", i % 7 == 0 ? "oopsmon:   " : " ", i, f->r[i],
			   i % 7 == 6 || i == 12 ? "\n" : "");
	if (f->number > 1)
		con_printf("oopsmon: second fault: resetting the board\n");
}

_Noreturn void app_fault_reset(void)
{
	board_reset();
	for (;;)
		arch_relax();
}

void board_reset(void)
{
	const struct device *dev = &monitor.devices.dev[DRIVER_RESET];

	con_drain();
	if (dev->driver)
		dev->driver->ops.reset->reset(dev);
	notice(NOTICE_NO_RESET, "no way to reset this board was found in the device tree: "
				"press its reset button");
}

bool map_or_say(struct range range, enum arch_mem how, const char *what)
{
	enum om_err err = arch_map(range, how);

	if (err)
		notice(NOTICE_MAP, "%s at 0x%llx could not be mapped (%s): it is left out", what,
		       (unsigned long long)range.base_pa, om_err_name(err));
	return !err;
}
