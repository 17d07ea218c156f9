/* SPDX-License-Identifier: BSD-2-Clause */
/* The sizes that are known for the region are held against the headers and parity in it. */
#include "core/ramoops/search.h"
#include "monitor.h"
#include "notice.h"

/*
 * Is there anything to say? Not where all is in place, and other headers are an earlier kernel's:
 * they do not fit better, or their zones are empty. RAM that no kernel is known to have left may
 * hold anything: there, only parity or a whole region is a reason.
 */
static bool is_news(const struct monitor *m, const struct fit *f, const struct found *found)
{
	enum { ZONES_MIN = 4 };
	const bool whole = f->n_missing + f->n_unproven + f->n_overlong == 0;

	if (f->which != FIT_OTHER)
		return m->warm && f->n_outside > 0 && !whole;
	if (!m->warm && !found->ecc_proven &&
	    (found->n_explained < ZONES_MIN || !found->sure || found->n_missing || found->n_stray))
		return false;
	return !whole || f->n_filled > 0 || found->geom.ecc_bytes != m->region.geom.ecc_bytes;
}

static void say(const struct monitor *m, const struct fit *f)
{
	uint32_t n;
	const char *const why = fit_why(f, &n);

	notice(NOTICE_SIZES_UNFIT,
	       "the sizes known for the ramoops region at 0x%llx do not fit: %u %s: %s",
	       (unsigned long long)m->last.base_pa, n, why,
	       f->which == FIT_OTHER ? "it is read by those that the bytes show"
				     : "no others fit better");
}

/* Opens the region by what the search made of it. */
static void take(struct monitor *m, struct found *found)
{
	const struct span raw = span_sub(m->region.raw, found->off, found->geom.region_bytes);

	crash_unmap(m);
	found->geom.base_pa = m->last.base_pa + found->off;
	m->last = found->geom;
	if (!crash_map(m)) {
		m->region_state = OM_E_NOT_FOUND;
		return;
	}
	m->region_state = region_open_found(raw, found, &m->region);
}

void fit_region(struct monitor *m)
{
	const struct search_known known = { .geom = m->region.geom, .sizes = SEARCH_ALL };
	const struct layout *const l = &m->region.layout;
	const bool has_ecc = m->region.geom.ecc_bytes > 0;
	const struct range room = { m->memory.scratch.base_pa, SEARCH_WORK_BYTES };
	const struct workspace work = { (uint8_t *)(uintptr_t)room.base_pa, SEARCH_WORK_BYTES };
	const bool doubtful = search_is_doubtful(m->region.raw, l, has_ecc ? &m->region.rs : NULL);
	struct found found;
	struct fit fit;

	if ((!doubtful && (has_ecc || l->score == 0)) ||
	    !map_or_say(room, ARCH_RAM, "memory for a search") ||
	    (!doubtful && !search_has_parity(m->region.raw, l, work)) ||
	    search_check(m->region.raw, &known, l, work, &fit, &found) != OM_OK ||
	    !is_news(m, &fit, &found))
		return;
	say(m, &fit);
	if (fit.which == FIT_OTHER)
		take(m, &found);
}
