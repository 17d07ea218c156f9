/* SPDX-License-Identifier: BSD-2-Clause */
#include "named.h"

#include "core/ramoops/zone.h"

bool named_open(const struct parameters *p, uint32_t cpus, struct named *out)
{
	*out = (struct named){ .geom = p->geom, .cpus = cpus, .left = NAMED_PLACES };
	out->geom.region_bytes = p->named_bytes <= INT32_MAX ? (uint32_t)p->named_bytes : 0;
	out->align = p->named_align > NAMED_ALIGN_MIN ? p->named_align : NAMED_ALIGN_MIN;
	geometry_round(&out->geom);
	return out->geom.region_bytes > 0 && geometry_check(&out->geom) == OM_OK;
}

/* How many of its zones have their headers; 0 if that is less than half of them. */
static uint32_t headers_at(const struct named *n, struct span region, bool *all)
{
	struct layout l;
	uint32_t zones;

	if (layout_detect(region, &n->geom, n->cpus, NULL, &l))
		return 0;
	zones = layout_zones(&l);
	*all = l.score >= zones;
	return l.score * 2 >= zones ? l.score : 0;
}

/* What headers_at() counts where one of the first two zones' headers is, else 0. */
static uint32_t look(struct named *n, const uint8_t *p, bool *all)
{
	n->left -= n->left < NAMED_TRY_PLACES ? n->left : NAMED_TRY_PLACES;
	return headers_at(n, (struct span){ p, n->geom.region_bytes }, all);
}

bool named_find(struct named *n, struct span memory, uint64_t base_pa)
{
	const uint32_t bytes = n->geom.region_bytes;
	const uint32_t record = n->geom.record_bytes;
	const uint32_t second = record < bytes - ZONE_HDR_BYTES ? record : 0;
	const uint64_t top = (base_pa + memory.len - bytes) & ~(n->align - 1);
	const size_t step = n->align < memory.len ? (size_t)n->align : memory.len;
	size_t at = (size_t)(top - base_pa), lowest = 0;
	uint32_t most = 0;
	bool all = false;

	if (memory.len < bytes || top < base_pa)
		return false;
	/* records are alike: a few of them further up fit nearly as well, so look on */
	while (n->left > 0 && !all) {
		const uint8_t *p = memory.p + at;

		n->left--;
		if (le32_load(p) == ZONE_SIG || le32_load(p + second) == ZONE_SIG) {
			const uint32_t found = look(n, p, &all);

			if (most == 0 && found && at > bytes)
				lowest = at - bytes;
			if (found > most) {
				most = found;
				n->geom.base_pa = base_pa + at;
			}
		}
		if (at - lowest < step)
			break;
		at -= step;
	}
	return most > 0;
}
