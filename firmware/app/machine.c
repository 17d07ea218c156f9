/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "notice.h"

bool map_or_say(struct range range, enum arch_mem how, const char *what)
{
	enum om_err err = arch_map(range, how);

	if (err)
		notice(NOTICE_MAP, "%s at 0x%llx could not be mapped (%s): it is left out", what,
		       (unsigned long long)range.base_pa, om_err_name(err));
	return !err;
}

void idle(void)
{
	arch_relax();
}
