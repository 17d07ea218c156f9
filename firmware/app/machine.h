/* SPDX-License-Identifier: BSD-2-Clause */
/* What every step uses of the machine: mapping memory, time, watchdogs, and waiting. */
#ifndef OM_APP_MACHINE_H
#define OM_APP_MACHINE_H

#include "tree.h"

/* arch_map() with a notice if it fails; @what: "the ramoops region". */
bool map_or_say(struct range range, enum arch_mem how, const char *what);

/**
 * machine_look - what the SoC itself has: a clock, watchdogs, the cause of the last reset
 * @tree: read; its cause is filled in
 *
 * A watchdog that an earlier stage left running is fed from now on, by idle(), by the console and
 * between pieces of long work; it is never started or stopped. With a caller nothing is started.
 */
void machine_look(const struct entry *entry, struct tree *tree);

/* Every wait calls this in its loop, and nothing else there takes time. */
void idle(void);

#endif
