/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "drivers/clock.h"
#include "drivers/soc.h"
#include "notice.h"

bool map_or_say(struct range range, enum arch_mem how, const char *what)
{
	enum om_err err = arch_map(range, how);

	if (err)
		notice(NOTICE_MAP, "%s at 0x%llx could not be mapped (%s): it is left out", what,
		       (unsigned long long)range.base_pa, om_err_name(err));
	return !err;
}

void machine_look(const struct entry *entry, struct tree *tree)
{
	tree->cause = soc_cause(&tree->devices, &tree->cause_from);
	watchdogs_find(&tree->devices);
	/* who called us may have a timer of its own there */
	clock_find(&tree->devices, entry->kind != ENTRY_CALLED);
}

void idle(void)
{
	arch_relax();
	watchdogs_feed();
}
