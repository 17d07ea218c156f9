/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions that are in a trace because something was wrong, not because they are wrong:
 * they print, catch the exception, take the lock, count the memory. The one to blame is the
 * first that is none of these. The tables are data: a name more is one more row.
 */
#ifndef OM_CORE_MACHINERY_H
#define OM_CORE_MACHINERY_H

#include "core/base/span.h"

enum {
	MACHINERY_REPORT = 1u << 0,   /* prints, warns, panics, sanitizers, exception entry */
	MACHINERY_LOCK = 1u << 1,     /* locks, lockdep, preemption and RCU's markers */
	MACHINERY_MEMORY = 1u << 2,   /* allocators, string and list helpers, copies to and from */
	MACHINERY_WAIT = 1u << 3,     /* what a task that waits is in */
	MACHINERY_TICK = 1u << 4,     /* the interrupt that noticed a stall, and idle */
	MACHINERY_DISPATCH = 1u << 5, /* system calls, softirqs, work: what calls everything */
	MACHINERY_SYSCALL = 1u << 6,  /* the function of one system call, "__arm64_sys_mount" */
	MACHINERY_PRINT = 1u << 7,    /* prints the trace itself: never shown */
	MACHINERY_ALLOC = 1u << 8     /* makes an object for whoever leaks it */
};

/* The MACHINERY_ kinds that @function is, 0: none. */
uint32_t machinery_of(struct span function);

/* MACHINERY_PRINT alone, which takes less time. */
bool machinery_prints(struct span function);

#endif
