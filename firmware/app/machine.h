/* SPDX-License-Identifier: BSD-2-Clause */
/* What every step uses of the machine: mapping memory, and waiting. */
#ifndef OM_APP_MACHINE_H
#define OM_APP_MACHINE_H

#include "arch/arch.h"

/* arch_map() with a notice if it fails; @what: "the ramoops region". */
bool map_or_say(struct range range, enum arch_mem how, const char *what);

/* Every wait calls this in its loop, and nothing else there takes time. */
void idle(void);

#endif
