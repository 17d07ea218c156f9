/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions in which nothing says whether pmsg or ftrace comes first: what the zones are by the
 * other order.
 */
#ifndef OM_TOOLS_ORDER_H
#define OM_TOOLS_ORDER_H

#include "core/log/record.h"
#include "core/ramoops/record_read.h"

struct order_rival {
	uint32_t n;
	struct {
		uint32_t off; /* of a zone in the region */
		enum zone_kind kind, other;
	} at[2];
};

/* False: the order is known. */
bool order_rival(const struct region *r, struct order_rival *out);

#endif
