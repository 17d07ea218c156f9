/* SPDX-License-Identifier: BSD-2-Clause */
/* The sizes that are known for the region are held against the headers and parity in it. */
#include "core/ramoops/search.h"
#include "crash.h"
#include "machine.h"
#include "notice.h"

/*
 * Is there anything to say? Not where all is in place, and other headers are an earlier kernel's:
 * they do not fit better, or their zones are empty. RAM that no kernel is known to have left may
 * hold anything: there, only parity or a whole region is a reason.
 */
static bool is_news(const struct crash *c, const struct fit *f, const struct found *found)
{
	enum { ZONES_MIN = 4 };
	const bool whole = f->n_missing + f->n_unproven + f->n_overlong == 0;

	if (f->which != FIT_OTHER)
		return c->page->warm && f->n_outside > 0 && !whole;
	if (!c->page->warm && !found->ecc_proven &&
	    (found->n_explained < ZONES_MIN || !found->sure || found->n_missing || found->n_stray))
		return false;
	return !whole || f->n_filled > 0 || found->geom.ecc_bytes != c->region.geom.ecc_bytes;
}

static void say(const struct crash *c, const struct fit *f)
{
	uint32_t n;
	const char *const why = fit_why(f, &n);

	notice(NOTICE_SIZES_UNFIT,
	       "the sizes known for the ramoops region at 0x%llx do not fit: %u %s: %s",
	       (unsigned long long)c->last.base_pa, n, why,
	       f->which == FIT_OTHER ? "it is read by those that the bytes show"
				     : "no others fit better");
}

/* Opens the region by what the search made of it. */
static void take(struct crash *c, struct found *found)
{
	const struct span raw = span_sub(c->region.raw, found->off, found->geom.region_bytes);

	crash_unmap(c);
	found->geom.base_pa = c->last.base_pa + found->off;
	c->last = found->geom;
	if (!crash_map(c)) {
		c->region_state = OM_E_NOT_FOUND;
		return;
	}
	c->region_state = region_open_found(raw, found, &c->region);
}

void fit_region(struct crash *c)
{
	const struct search_known known = { .geom = c->region.geom, .sizes = SEARCH_ALL };
	const struct layout *const l = &c->region.layout;
	const bool has_ecc = c->region.geom.ecc_bytes > 0;
	const struct range room = { c->memory->scratch.base_pa, SEARCH_WORK_BYTES };
	const struct workspace work = { (uint8_t *)(uintptr_t)room.base_pa, SEARCH_WORK_BYTES };
	const bool doubtful = search_is_doubtful(c->region.raw, l, has_ecc ? &c->region.rs : NULL);
	struct found found;
	struct fit fit;

	if ((!doubtful && (has_ecc || l->score == 0)) ||
	    !map_or_say(room, ARCH_RAM, "memory for a search") ||
	    (!doubtful && !search_has_parity(c->region.raw, l, work)) ||
	    search_check(c->region.raw, &known, l, work, &fit, &found) != OM_OK ||
	    !is_news(c, &fit, &found))
		return;
	say(c, &fit);
	if (fit.which == FIT_OTHER)
		take(c, &found);
}
