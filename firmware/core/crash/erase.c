/* SPDX-License-Identifier: BSD-2-Clause */
#include "erase.h"

enum om_err erase_place(const struct layout *l, uint32_t i, struct place *out)
{
	struct place p;
	enum om_err err = layout_place(l, i, &p);

	if (err != OM_OK)
		return err;
	if (p.kind == ZONE_FTRACE) {
		if (p.index > 0)
			return OM_E_ARG; /* all CPUs' zones are one record */
		p.bytes *= l->n_ftrace;
	}
	*out = p;
	return OM_OK;
}
