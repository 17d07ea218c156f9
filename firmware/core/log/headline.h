/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log says of a crash: what happened first and last, who was running, where, the trace,
 * and whose fault it was. Works on the text of a dmesg record, of a console record and on any
 * other log alike. What is an event, and which events belong together: event.h. A crash in one
 * line, and in one word that is the same for the same bug: title.h. How a log ends: ending.h.
 * Source: Linux kernel/panic.c, kernel/module/main.c print_modules(), lib/dump_stack.c,
 * arch/{arm,arm64,riscv}/kernel/traps.c, arch/x86/kernel/dumpstack.c (3.10 to 6.19).
 */
#ifndef OM_CORE_HEADLINE_H
#define OM_CORE_HEADLINE_H

#include "core/base/span.h"
#include "event.h"

enum {
	HEADLINE_TRACE_MAX = 8,
	HEADLINE_MODULES_MAX = 4,
	HEADLINE_BLAMED_MAX = 3,
	HEADLINE_ROWS = 6 /* of headline_row(), before those of the trace */
};

/* Spans point into the text given; empty when not found. Prefixes are cut off. */
struct headline {
	struct span cause;    /* "Kernel panic - not syncing: ...", "Internal error: ...", ... */
	struct span fault;    /* "Unable to handle kernel ...", "WARNING: ..." that led to it */
	struct span cpu;      /* "CPU: 0 PID: 1 Comm: sh Not tainted 6.1.192 #2" */
	struct span pc;	      /* "PC is at ...", "pc : ...", "RIP: ..." or "epc : ..." */
	struct span lr;	      /* the same for the return address */
	struct span kernel;   /* "Linux version ..." */
	struct span hardware; /* "QEMU Standard PC", the value of "Hardware name: " */
	uint32_t n_trace;
	struct span trace[HEADLINE_TRACE_MAX];	   /* call trace, innermost first */
	uint32_t n_modules;			   /* lines: a long list is printed as several */
	struct span modules[HEADLINE_MODULES_MAX]; /* names after "Modules linked in:" */

	const struct event_kind *kind; /* of the first event of the chain; NULL: no crash */
	struct span root;	       /* its first line: the fault, else the cause */
	struct span event; /* all lines of the crash, from its first to its last, panic included */
	struct span blamed[HEADLINE_BLAMED_MAX]; /* functions, innermost first, no machinery */
	uint32_t n_blamed;
	struct span other; /* the second function of a race */
	uint8_t access;	   /* 'R', 'W': what was done to the memory; 0: not said */
	bool panicked;	   /* there was a panic, whatever led to it */
};

/**
 * headline_find - look through a log
 * @text: any bytes, also none
 *
 * Two passes at most, bounded by @text. Of several crashes the worst counts, of equals the last.
 */
void headline_find(struct span text, struct headline *out);

/**
 * headline_row - the lines to show of it, one after the other
 * @i:     from 0
 * @label: what to put before the line, "" for all lines of the trace but its first
 * @line:  empty: the log does not say it
 *
 * False: there is no row @i and none after it. The first HEADLINE_ROWS are always there, frames of
 * the trace follow.
 */
bool headline_row(const struct headline *h, uint32_t i, const char **label, struct span *line);

/* What the lines of a headline say. Spans point into the same text; empty: not said. */
struct headline_facts {
	enum event_class kind;
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

/* "panic", "oops", "bug", "lockup", "hung task", "rcu stall", ...; "" for EVENT_NONE. */
const char *headline_kind_name(enum event_class kind);

#endif
