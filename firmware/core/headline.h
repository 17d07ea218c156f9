/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log says in one line: the panic or oops headline, who was running, where,
 * and how the log ends. Works on the text of a dmesg record (lines with "<N>" and
 * "[time]" prefixes) and of a console record alike.
 * Source: Linux kernel/panic.c, kernel/reboot.c, kernel/module/main.c print_modules(),
 * kernel/hung_task.c, kernel/watchdog.c, lib/dump_stack.c, drivers/tty/sysrq.c,
 * arch/{arm,arm64,riscv}/kernel/traps.c, arch/x86/kernel/dumpstack.c (3.10 to 6.12).
 */
#ifndef OM_CORE_HEADLINE_H
#define OM_CORE_HEADLINE_H

#include "span.h"

enum { HEADLINE_TRACE_MAX = 8, HEADLINE_MODULES_MAX = 4 };

/* Spans point into the text given; empty when not found. Prefixes are cut off. */
struct headline {
	struct span cause;    /* "Kernel panic - not syncing: ...", "Internal error: ...", ... */
	struct span fault;    /* "Unable to handle kernel ...", "BUG: ..." before it */
	struct span cpu;      /* "CPU: 0 PID: 1 Comm: sh Not tainted 6.1.192 #2" */
	struct span pc;	      /* "PC is at ...", "pc : ...", "RIP: ..." or "epc : ..." */
	struct span lr;	      /* the same for the return address */
	struct span kernel;   /* "Linux version ..." */
	struct span hardware; /* "QEMU Standard PC", the value of "Hardware name: " */
	uint32_t n_trace;
	struct span trace[HEADLINE_TRACE_MAX];	   /* call trace, innermost first */
	uint32_t n_modules;			   /* lines: a long list is printed as several */
	struct span modules[HEADLINE_MODULES_MAX]; /* names behind "Modules linked in:" */
};

/**
 * headline_find - look through a log
 * @text: any bytes, also none
 *
 * One pass, bounded by @text. The last crash in the text counts.
 */
void headline_find(struct span text, struct headline *out);

enum headline_kind {
	HEADLINE_NONE,	    /* no crash in the text */
	HEADLINE_PANIC,	    /* a panic that nothing below led to */
	HEADLINE_OOPS,	    /* a fault of the kernel itself, also if it ended in a panic */
	HEADLINE_BUG,	    /* BUG(), or a check that prints "BUG: " */
	HEADLINE_LOCKUP,    /* soft or hard */
	HEADLINE_HUNG_TASK, /* blocked for too long */
	HEADLINE_RCU_STALL
};

/* What the lines of a headline say. Spans point into the same text; empty: not said. */
struct headline_facts {
	enum headline_kind kind;
	bool panicked; /* there was a panic, whatever led to it */
	bool has_cpu, has_pid;
	uint32_t cpu, pid;
	struct span task;    /* name of the task that ran, of a hung task's: the one that hung */
	bool has_taint;	     /* the log says whether the kernel was tainted */
	struct span taint;   /* "G      D     E", empty: not tainted */
	struct span release; /* "6.1.192" */
};

/**
 * headline_facts - take a headline's lines apart
 * @h: as headline_find() left it; its text must still be there
 */
void headline_facts(const struct headline *h, struct headline_facts *out);

/* "panic", "oops", "bug", "lockup", "hung task", "rcu stall"; "" for NONE. */
const char *headline_kind_name(enum headline_kind kind);

enum ending {
	ENDING_EMPTY,	  /* no text */
	ENDING_ABRUPT,	  /* stops in the middle of life: hang, watchdog, reset button */
	ENDING_RESTART,	  /* "reboot: Restarting system" */
	ENDING_POWEROFF,  /* "reboot: Power down" or "reboot: System halted" */
	ENDING_EMERGENCY, /* sysrq-b, emergency_restart */
	ENDING_PANIC	  /* "Kernel panic - not syncing" among the last lines */
};

/**
 * headline_ending - how a console log ends
 * @text: the console record, oldest byte first; only its last 16 KiB are read
 */
enum ending headline_ending(struct span text);

#endif
