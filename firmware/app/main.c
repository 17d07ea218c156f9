/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sequence from reset to Linux: the table at the end, read top-down, is docs/architecture.md
 * as code. A step that faults is reported and skipped (arch_try); Linux is started with whatever
 * the other steps achieved.
 */
#include "../board/board.h"
#include "carveout.h"
#include "console.h"
#include "core/tree/dt.h"
#include "drivers/clock.h"
#include "fetch.h"
#include "halt.h"
#include "kernel_log.h"
#include "machine.h"
#include "notice.h"
#include "own_tree.h"
#include "payload/new_tree.h"
#include "payload/payload.h"
#include "report.h"

/*
 * What the steps found, one after the other. Only this file sees all of it: each step below is
 * handed what it reads, and what it is to fill in.
 */
static struct boot {
	const struct entry *entry;
	struct wrapped wrapped;
	struct tree tree;
	uint64_t kernel_base_pa;
	struct bootargs bootargs;
	struct plan plan;
	struct archive_place place;
	struct page page;
	struct memory memory;
	struct crash crash;
	struct archived archived;
	struct packed packed;
	bool reported;	    /* a report came to its end */
	bool archive_asked; /* somebody wants to see the archive */
	bool over_records;  /* a payload may be where they were decoded */
	bool halted;	    /* the sequence is over: any number of faults is survived */
} boot;

/* Bits: the ones that faulted are left for the next start, in case of a reset. */
enum step_bit {
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
	STEP_MEMORY = 1 << 16,
	STEP_WRAPPED = 1 << 17,
	STEP_OWN_TREE = 1 << 18,
	STEP_UNTOUCHED = 1 << 19,
	STEP_PATCH = 1 << 20,
	STEP_MACHINE = 1 << 21,
	STEP_KMSG = 1 << 22,
};

struct step {
	enum step_bit bit;
	const char *name;
	void (*run)(void *ctx); /* a struct boot */
};

static const struct step *current; /* NULL: between steps */
static uint32_t faulted;	/* steps, of this start and of the one that was reset before it */
static uint32_t faulted_before; /* those of that one alone */

/*
 * Run one step; if it faults, the next one goes on. Steps that led to a reset are left out,
 * so that no fault that comes every time can keep the board from starting Linux.
 */
static void run(const struct step *s)
{
	if (faulted & s->bit) {
		notice(NOTICE_FAULTED_BEFORE,
		       "%s ended in a reset at the last start: left out; report it", s->name);
		return;
	}
	current = s;
	if (!arch_try(s->run, &boot))
		notice(NOTICE_STEP_SKIPPED, "%s was given up after a fault; going on", s->name);
	current = NULL;
}

/* ---- the steps ----------------------------------------------------------------------------- */

static void wrapped_step(void *ctx)
{
	struct boot *b = ctx;

	wrapped_find(b->entry, &b->wrapped);
}

static void tree_step(void *ctx)
{
	struct boot *b = ctx;

	tree_read(b->entry, (struct range){ b->entry->dtb_pa, DT_BYTES_MAX }, &b->tree);
	if (b->tree.err != OM_E_ARG)
		return;
	/* U-Boot leaves a tree in a FIT where it is, at a multiple of 4 */
	tree_read(b->entry, own_tree_align(b->entry->dtb_pa), &b->tree);
	b->tree.given_pa = b->entry->dtb_pa;
}

static void own_tree_step(void *ctx)
{
	struct boot *b = ctx;

	const struct range there = own_tree_place(b->entry, &b->wrapped);

	if (there.base_pa)
		tree_read(b->entry, there, &b->tree);
}

static void machine_step(void *ctx)
{
	struct boot *b = ctx;

	machine_look(b->entry, &b->tree);
}

static void bootargs_step(void *ctx)
{
	struct boot *b = ctx;

	bootargs_read(&b->tree, &b->bootargs);
}

static void plan_step(void *ctx)
{
	struct boot *b = ctx;

	carveout_make(b->entry, &b->wrapped, &b->tree, &b->bootargs, b->kernel_base_pa, &b->plan);
}

/* The board's part of the flash, and on to the end of what was wrapped. */
static struct range own_flash(const struct boot *b)
{
	const struct range rom = board.rom, payload = b->entry->payload;
	uint64_t end = payload.base_pa + payload.bytes + b->wrapped.file.bytes;

	/* at reset the CPU may see the flash at 0 */
	if (payload.base_pa < rom.base_pa)
		end += rom.base_pa;
	if (b->entry->kind == ENTRY_RESET && end > range_end(rom))
		return (struct range){ rom.base_pa, end - rom.base_pa };
	return rom;
}

static void archive_plan_step(void *ctx)
{
	struct boot *b = ctx;

	b->place.ours = own_flash(b);
	archive_place_find(&b->place);
}

static void page_read_step(void *ctx)
{
	struct boot *b = ctx;

	/* without a plan the last kernel's records are found all the same */
	if (!b->plan.banks.n && dt_banks(b->tree.dtb, &b->plan.banks, &b->plan.cpus) != OM_OK)
		b->plan.banks.n = 0;
	page_read(b->entry, &b->tree, &b->plan, &b->page);
}

static void memory_step(void *ctx)
{
	struct boot *b = ctx;

	memory_place(b->entry, &b->tree, &b->plan, &b->page, b->kernel_base_pa, &b->memory);
}

static void crash_read_step(void *ctx)
{
	struct boot *b = ctx;

	crash_read(&b->crash);
}

static void kernel_log_step(void *ctx)
{
	struct boot *b = ctx;

	kernel_log_read(&b->crash, b->entry);
}

static void verdict_step(void *ctx)
{
	struct boot *b = ctx;
	struct crash *c = &b->crash;

	crash_judge(c);
	if (c->verdict == VERDICT_COLD && (faulted & (STEP_PAGE | STEP_READ)))
		c->verdict = VERDICT_NO_LOG;
	if ((faulted & STEP_READ) && (b->plan.notices & PLAN_N_OUTSIDE_RAM))
		carveout_no_ram(&b->plan, &b->tree);
	verdict_print(c, &b->plan);
	if (crash_is_news(c))
		kernel_log_print();
	page_print(&b->page, c->verdict);
	carveout_print(&b->plan, &b->tree);
	bootargs_print(&b->bootargs);
}

static void archive_step(void *ctx)
{
	struct boot *b = ctx;

	archive_place_print(&b->place);
	archive_crash(&b->crash, &b->place, &b->packed, &b->page, &b->archived);
}

static void report_step(void *ctx)
{
	struct boot *b = ctx;

	b->reported = report_print(&b->crash, &b->archived, &b->packed);
}

static void fetch_step(void *ctx)
{
	struct boot *b = ctx;

	b->archive_asked = fetch_on_request(&b->crash, b->bootargs.line, b->reported,
					    b->place.partition.source != PARTITION_NONE);
}

static struct payload_input payload_of(struct boot *b)
{
	return (struct payload_input){ .entry = b->entry,
				       .tree = &b->tree,
				       .bootargs = &b->bootargs,
				       .memory = &b->memory,
				       .wrapped = &b->wrapped,
				       .partition = &b->place.edits,
				       .kernel_base_pa = b->kernel_base_pa,
				       .plan = &b->plan,
				       .page = &b->page };
}

static void kernel_size_step(void *ctx)
{
	struct boot *b = ctx;
	const struct payload_input in = payload_of(b);
	uint32_t *const bytes = &b->page.retained.running_bytes;

	*bytes = 0;
	if (b->entry->kind != ENTRY_CALLED) /* the caller knows what is next */
		*bytes = payload_running_bytes(&in);
}

static void page_write_step(void *ctx)
{
	struct boot *b = ctx;
	/* On a clean boot the verdict line has said all there is; else the report must be out. */
	const bool reported = b->reported || !crash_is_news(&b->crash);

	b->page.retained.reset_cause = b->tree.cause;
	page_write(&b->page, b->entry, &b->plan, b->crash.verdict, b->crash.once,
		   reported					  ? ONCE_REPORTED
		   : b->bootargs.options.mode == REPORT_MODE_NONE ? ONCE_SEEN
								  : ONCE_NEW);
}

static void archive_console_step(void *ctx)
{
	struct boot *b = ctx;
	const struct archive_desk desk = { &b->place, &b->memory, &b->page };

	archive_console_on_request(&desk, b->archive_asked);
}

static void payload_step(void *ctx)
{
	struct boot *b = ctx;
	const struct payload_input in = payload_of(b);

	kernel_log_forget();
	payload_start(&in, &b->over_records);
}

static void untouched_step(void *ctx)
{
	struct boot *b = ctx;

	payload_start_untouched(b->entry, &b->wrapped);
}

static void patch_step(void *ctx)
{
	struct boot *b = ctx;
	const struct payload_input in = payload_of(b);

	tree_patch(&in);
}

/* ---- the sequence -------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ STEP_MACHINE, "looking for clock and watchdogs", machine_step },
	{ STEP_BOOTARGS, "reading the command line", bootargs_step },
	{ STEP_PLAN, "planning the carve-out", plan_step },
	{ STEP_PLACE, "looking for the archive's place", archive_plan_step },
	{ STEP_PAGE, "looking for the retained page", page_read_step },
	/* nothing was written before, but to our own image */
	{ STEP_MEMORY, "looking for memory to work in", memory_step },
	{ STEP_READ, "reading the last kernel's records", crash_read_step },
	{ STEP_KMSG, "looking for the last kernel's own log", kernel_log_step },
	{ STEP_VERDICT, "printing the verdict", verdict_step },
	{ STEP_ARCHIVE, "archiving the last kernel's records", archive_step },
	/* these two only if there is something to report */
	{ STEP_REPORT, "reporting the last kernel's records", report_step },
	{ STEP_FETCH, "answering a request for the records", fetch_step },
	{ STEP_SIZE, "looking at the kernel's size", kernel_size_step },
	{ STEP_REMEMBER, "writing the retained page", page_write_step },
	{ STEP_CONSOLE, "showing the archive", archive_console_step },
};

/* Before the others, and after them. */
static const struct step find_wrapped = { STEP_WRAPPED, "looking for a wrapped kernel",
					  wrapped_step };
static const struct step read_tree = { STEP_TREE, "reading the device tree", tree_step };
static const struct step read_own_tree = { STEP_OWN_TREE, "reading the kernel's own device tree",
					   own_tree_step };
static const struct step start_untouched = { STEP_UNTOUCHED, "starting the kernel as it is",
					     untouched_step };
static const struct step patch_tree = { STEP_PATCH, "patching the device tree", patch_step };
static const struct step start_linux = { STEP_LINUX, "starting Linux", payload_step };
static const struct step start_plain = { STEP_PLAIN_LINUX, "starting Linux without a carve-out",
					 payload_step };

static _Noreturn void stop(const char *why)
{
	static struct halt h;
	struct boot *b = &boot;

	if (b->over_records)
		b->crash.n_facts = 0;
	h = (struct halt){ .tree = &b->tree,
			   .crash = &b->crash,
			   .archived = &b->archived,
			   .packed = &b->packed,
			   .options = &b->bootargs.options,
			   .desk = { &b->place, &b->memory, &b->page } };
	b->halted = true;
	halt(&h, why);
}

/* What a caller gets, docs/boot-contract.md, 1b; the called shim has results of its own. */
enum { CALL_NOTHING_NEW = 0, CALL_CRASH = 1, CALL_NO_TREE = 3 };

static _Noreturn void come_back(uint32_t result)
{
	con_drain();
	watchdogs_feed_now();
	arch_return(result);
}

static _Noreturn void without_tree(struct boot *b)
{
	tree_print_missing(b->entry, &b->tree);
	if (b->entry->kind == ENTRY_CALLED)
		come_back(CALL_NO_TREE);
	run(&start_untouched);
	stop("no device tree");
}

static void begin(struct boot *b, const struct entry *entry)
{
	b->entry = entry;
	if (arch_map(board.early_uart.reg, ARCH_DEVICE) == OM_OK)
		console_use(&board.early_uart);
	faulted = faulted_before = arch_kept();
	clock_find(NULL, false);
	(void)!clock_us(&b->packed.start_us);
	b->bootargs.options = (struct report_options)REPORT_DEFAULT;
	b->place.tree = &b->tree;
	b->place.bootargs = b->bootargs.line;
	b->crash.tree = &b->tree;
	b->crash.plan = &b->plan;
	b->crash.page = &b->page;
	b->crash.options = &b->bootargs.options;
	b->crash.memory = &b->memory;
}

_Noreturn void app_main(const struct entry *entry)
{
	struct boot *b = &boot;

	begin(b, entry);
	run(&find_wrapped);
	run(&read_tree);
	if (!b->tree.dtb && b->wrapped.present)
		run(&read_own_tree);
	if (entry->caches_on)
		notice(NOTICE_CACHES_ON,
		       "entered with MMU or data cache on, which no kernel expects: "
		       "switched off; let the stage before do so");
	wrapped_print(&b->wrapped);
	if (!b->tree.dtb)
		without_tree(b);
	b->kernel_base_pa = memory_base(entry, &b->tree);
	for (const struct step *s = steps; s < steps + sizeof(steps) / sizeof(steps[0]); s++) {
		if ((s->bit & (STEP_REPORT | STEP_FETCH)) && !report_is_due(&b->crash))
			continue;
		/* better no command line than a half of one: the tree's own stays */
		if (s->bit == STEP_PLAN && !b->bootargs.complete)
			b->bootargs.line[0] = '\0';
		if (s->bit == STEP_SIZE) {
			crash_unmap(&b->crash);
			kernel_log_unmap();
		}
		run(s);
	}
	if (entry->kind == ENTRY_CALLED) {
		run(&patch_tree);
		come_back(crash_is_news(&b->crash) ? CALL_CRASH : CALL_NOTHING_NEW);
	}
	run(&start_linux);
	if (faulted & STEP_LINUX) {
		b->plan.edits.n = 0;
		page_without_region(&b->page);
		run(&start_plain);
	}
	stop("no kernel was started");
}

/* ---- faults -------------------------------------------------------------------------------- */

static uint32_t current_bit(void)
{
	return current ? current->bit : STEP_NONE;
}

/* A loader whose registers fault would fault again when it is asked for the kernel. */
static void give_up_loader(uint64_t address)
{
	struct device *loader = &boot.tree.devices.dev[DRIVER_LOADER];

	if (range_contains(loader->reg, (struct range){ address, 1 }))
		loader->driver = NULL;
}

enum { REGS_PER_LINE = 28 / sizeof(long) };

/* Of the sequence's steps one may fault; what the halted monitor does may fault any time. */
bool app_fault(const struct arch_fault *f)
{
	const char *const during = boot.halted ? "halted"
				   : current   ? current->name
					       : "between steps";

	if (f->number == 1 && !boot.halted)
		faulted |= current_bit();
	if (current_bit() == STEP_TREE)
		console_use(&board.early_uart); /* the tree's own may be nowhere */
	if (current_bit() == STEP_BOOTARGS)
		give_up_loader(f->address);
	notice(NOTICE_FAULT,
	       "%s while %s: pc %08lx lr %08lx sp %08lx psr %08lx address %08lx status %03lx",
	       f->kind, during, f->pc, f->lr, f->sp, f->psr, f->address, f->status);
	for (uint32_t i = 0; i < f->n_r; i++)
		con_printf("%s%c%u %08lx%s", i % REGS_PER_LINE == 0 ? "oopsmon:   " : " ",
			   f->r_letter, i, f->r[i],
			   (i + 1) % REGS_PER_LINE == 0 || i + 1 == f->n_r ? "\n" : "");
	return f->number == 1 || boot.halted;
}

_Noreturn void app_fault_reset(void)
{
	const bool again = (faulted_before & current_bit()) != 0;

	faulted |= current_bit();
	if (again) /* at every start, and not in a step that could be left out */
		stop("the monitor faults at every start");
	payload_start_after_faults(boot.entry, &boot.wrapped);
	con_printf("oopsmon: second fault: resetting the board\n");
	arch_keep(faulted);
	boot.halted = true;
	board_reset(&boot.tree);
	stop("the monitor faulted twice");
}
