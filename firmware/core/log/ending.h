/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a log ends: with a panic, with the last words of an orderly end, or in the middle of life.
 * Source: Linux kernel/reboot.c, kernel/kexec_core.c, kernel/panic.c, drivers/tty/sysrq.c,
 * kernel/sys.c (3.10), arch/arm/kernel/machine_kexec.c (3.10 to 6.19).
 */
#ifndef OM_CORE_ENDING_H
#define OM_CORE_ENDING_H

#include "core/base/span.h"

enum ending {
	ENDING_EMPTY,	  /* no text */
	ENDING_ABRUPT,	  /* stops in the middle of life: hang, watchdog, reset button */
	ENDING_RESTART,	  /* "reboot: Restarting system", "Starting new kernel" */
	ENDING_POWEROFF,  /* "reboot: Power down" or "reboot: System halted" */
	ENDING_EMERGENCY, /* sysrq-b, emergency_restart */
	ENDING_PANIC	  /* "Kernel panic - not syncing" among the last lines */
};

/**
 * ending_of - how a console log ends
 * @text: the console record, oldest byte first; only its last 16 KiB are read
 */
enum ending ending_of(struct span text);

#endif
