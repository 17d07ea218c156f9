/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sequence from reset to Linux. Read it top-down: every line is one step of
 * docs/architecture.md. A step that faults is reported and skipped (arch_try);
 * Linux is started with whatever the other steps achieved.
 */
#include "console.h"
#include "monitor.h"
#include "notice.h"

static struct monitor monitor;

/* Bits: the ones that faulted are left for the next start, in case of a reset. */
enum step {
	STEP_NONE = 1 << 0,
	STEP_TREE = 1 << 1,
	STEP_PLAN = 1 << 2,
	STEP_PAGE = 1 << 3,
	STEP_READ = 1 << 4,
	STEP_VERDICT = 1 << 5,
	STEP_REPORT = 1 << 6,
	STEP_REMEMBER = 1 << 7,
	STEP_LINUX = 1 << 8,
	STEP_PLAIN_LINUX = 1 << 9,
	STEP_BOOTARGS = 1 << 10,
	STEP_FETCH = 1 << 11,
	STEP_ARCHIVE = 1 << 12,
	STEP_PLACE = 1 << 13,
	STEP_CONSOLE = 1 << 14,
	STEP_SIZE = 1 << 15,
};

static const char *step_name;
static enum step current;
static uint32_t faulted;	/* steps, of this start and of the one that was reset before it */
static uint32_t faulted_before; /* those of that one alone */

/*
 * Run one step; if it faults, the next one goes on. Steps that led to a reset are left out,
 * so that no fault that comes every time can keep the board from starting Linux.
 */
static void step(enum step id, const char *name, void (*fn)(void *))
{
	if (faulted & id) {
		notice(NOTICE_FAULTED_BEFORE,
		       "%s ended in a reset at the last start: left out; report it", name);
		return;
	}
	current = id;
	step_name = name;
	if (!arch_try(fn, &monitor))
		notice(NOTICE_STEP_SKIPPED, "%s was given up after a fault; going on", name);
	current = STEP_NONE;
	step_name = "between steps";
}

static void verdict_step(void *ctx)
{
	struct monitor *m = ctx;

	/* from what was read: a fault may have cut that short */
	if (m->n_facts)
		report_order(m->facts, m->n_facts, m->order);
	m->evidence.warm = m->warm;
	m->verdict = verdict_of(&m->evidence);
	if (m->verdict == VERDICT_COLD && (faulted & (STEP_PAGE | STEP_READ)))
		m->verdict = VERDICT_NO_LOG;
	if ((faulted & STEP_READ) && (m->plan.notices & PLAN_N_OUTSIDE_RAM))
		plan_without_node(m);
	verdict_print(m);
	page_print(m);
	plan_print(m);
	options_print(m);
}

static _Noreturn void come_back(uint32_t result)
{
	con_drain();
	arch_return(result);
}

_Noreturn void app_main(const struct entry *entry)
{
	struct monitor *m = &monitor;

	m->entry = entry;
	step_name = "starting"; /* a variable with an initial value costs a page of flash */
	current = STEP_NONE;
	if (arch_map(board.early_uart.reg, ARCH_DEVICE) == OM_OK)
		console_use(&board.early_uart);
	faulted = faulted_before = arch_kept();
	m->has_clock = arch_time_us(&m->start_us);
	m->options = (struct report_options)REPORT_DEFAULT;

	step(STEP_TREE, "reading the device tree", tree_step);
	if (m->dtb) {
		memory_base(m);
		step(STEP_BOOTARGS, "reading the command line", bootargs_step);
		if (!m->has_bootargs)
			m->bootargs[0] = '\0'; /* better none than a half: the tree's own stay */
		step(STEP_PLAN, "planning the carve-out", plan_step);
		step(STEP_PLACE, "looking for the archive's place", archive_plan_step);
		step(STEP_PAGE, "looking for the retained page", page_read_step);
		memory_place(m); /* nothing was written before, but to our own image */
		step(STEP_READ, "reading the last kernel's records", crash_read_step);
		step(STEP_VERDICT, "telling the verdict", verdict_step);
		step(STEP_ARCHIVE, "archiving the last kernel's records", archive_step);
		if (report_is_due(m)) {
			step(STEP_REPORT, "telling the last kernel's records", report_step);
			step(STEP_FETCH, "answering a request for the records", fetch_step);
		}
		crash_unmap(m);
		if (entry->kind == ENTRY_CALLED)
			m->retained.running_bytes = 0; /* the caller knows what is next */
		else
			step(STEP_SIZE, "looking at the kernel's size", kernel_size_step);
		step(STEP_REMEMBER, "writing the retained page", page_write_step);
		step(STEP_CONSOLE, "showing the archive", archive_console_step);
		if (entry->kind == ENTRY_CALLED)
			come_back(0);
		step(STEP_LINUX, "starting Linux", payload_step);
		if (faulted & STEP_LINUX) {
			m->plan.edits.n = 0;
			page_without_region(m);
			step(STEP_PLAIN_LINUX, "starting Linux without a carve-out", payload_step);
		}
		halt(m, "no kernel was started");
	}
	if (entry->kind == ENTRY_CALLED)
		come_back(1);
	halt(m, "no device tree");
}

/* A loader whose registers fault would fault again when it is asked for the kernel. */
static void give_up_loader(uint64_t address)
{
	struct device *loader = &monitor.devices.dev[DRIVER_LOADER];

	if (range_contains(loader->reg, (struct range){ address, 1 }))
		loader->driver = NULL;
}

/* Of the sequence's steps one may fault; what the halted monitor does may fault any time. */
bool app_fault(const struct arch_fault *f)
{
	if (f->number == 1 && !monitor.halted)
		faulted |= current;
	if (current == STEP_TREE)
		console_use(&board.early_uart); /* the tree's own may be nowhere */
	if (current == STEP_BOOTARGS)
		give_up_loader(f->address);
	notice(NOTICE_FAULT,
	       "%s while %s: pc %08x lr %08x sp %08x psr %08x address %08x status %03x", f->kind,
	       monitor.halted ? "halted" : step_name, f->pc, f->lr, f->sp, f->psr, f->address,
	       f->status);
	for (uint32_t i = 0; i < 13; i++)
		con_printf("%sr%u %08x%s", i % 7 == 0 ? "oopsmon:   " : " ", i, f->r[i],
			   i % 7 == 6 || i == 12 ? "\n" : "");
	return f->number == 1 || monitor.halted;
}

_Noreturn void app_fault_reset(void)
{
	bool again = (faulted_before & current) != 0;

	faulted |= current;
	if (again) /* at every start, and not in a step that could be left out */
		halt(&monitor, "the monitor faults at every start");
	con_printf("oopsmon: second fault: resetting the board\n");
	arch_keep(faulted);
	monitor.halted = true;
	board_reset();
	halt(&monitor, "the monitor faulted twice");
}

static void reset_now(void *ctx)
{
	const struct device *dev = ctx;

	dev->driver->ops.reset->reset(dev);
}

void board_reset(void)
{
	struct device *dev = &monitor.devices.dev[DRIVER_RESET];

	con_drain();
	if (dev->driver)
		(void)arch_try(reset_now, dev);
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
