/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log says in one line: the panic or oops headline, who was running, where,
 * and how the log ends. Works on the text of a dmesg record (lines with "<N>" and
 * "[time]" prefixes) and of a console record alike.
 * Source: Linux kernel/panic.c, kernel/reboot.c, arch/arm/kernel/traps.c,
 * arch/arm64/kernel/traps.c, lib/dump_stack.c, drivers/tty/sysrq.c (5.10 to 6.12).
 */
#ifndef OM_CORE_HEADLINE_H
#define OM_CORE_HEADLINE_H

#include "span.h"

enum { HEADLINE_TRACE_MAX = 8 };

/* Spans point into the text given; empty when not found. Prefixes are cut off. */
struct headline {
	struct span cause; /* "Kernel panic - not syncing: ...", "Internal error: ...", ... */
	struct span fault; /* "Unable to handle kernel ...", "BUG: ..." before it */
	struct span cpu;   /* "CPU: 0 PID: 1 Comm: sh Not tainted 6.1.192 #2" */
	struct span pc;	   /* "PC is at ..." or "pc : ..." */
	struct span lr;
	struct span kernel; /* "Linux version ..." */
	uint32_t n_trace;
	struct span trace[HEADLINE_TRACE_MAX]; /* call trace, innermost first */
};

/**
 * headline_find - look through a log
 * @text: any bytes, also none
 *
 * One pass, bounded by @text. The last crash in the text counts.
 */
void headline_find(struct span text, struct headline *out);

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
