/* SPDX-License-Identifier: BSD-2-Clause */
#include "order.h"

bool order_rival(const struct region *r, struct order_rival *out)
{
	static const enum zone_kind kinds[] = { ZONE_PMSG, ZONE_FTRACE };
	const struct layout *l = &r->layout;

	out->n = 0;
	if (!l->rivals)
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		out->at[out->n].off = l->off[kinds[i]];
		out->at[out->n].kind = kinds[i];
		out->at[out->n].other = kinds[1 - i];
		out->n += l->bytes[kinds[i]] > 0;
	}
	return out->n > 0;
}
