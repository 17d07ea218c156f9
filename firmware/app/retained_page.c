/* SPDX-License-Identifier: BSD-2-Clause */
#include "retained_page.h"

#include "machine.h"
#include "notice.h"

#include <string.h>

static struct retained_scratch scratch; /* too large for the stack */

static enum om_err decode_at(struct page *p, uint64_t pa)
{
	struct span page = { (const uint8_t *)(uintptr_t)pa, RETAINED_PAGE_BYTES };
	uint32_t copy = 0;
	enum om_err err = retained_decode(page, &scratch, &p->retained, &copy, &p->corrected);

	if (err == OM_OK || err == OM_E_CORRUPT || err == OM_E_VARIANT) {
		p->pa = pa;
		p->copy = err == OM_OK ? copy ^ 1 : 0;
	}
	return err;
}

static enum om_err read_at(struct page *p, uint64_t pa)
{
	struct range page = { pa, RETAINED_PAGE_BYTES };
	enum om_err err;

	if (arch_map(page, ARCH_EVIDENCE))
		return OM_E_NOT_FOUND;
	err = decode_at(p, pa);
	arch_unmap(page);
	return err;
}

/* The pages on both sides of a 2 MiB boundary, as far as they are in @piece. */
static enum om_err look_around(struct page *p, struct range piece, uint64_t boundary_pa)
{
	const bool mapped = boundary_pa > piece.base_pa && boundary_pa < range_end(piece) &&
			    arch_peek(boundary_pa);
	enum om_err err = OM_E_BAD_MAGIC;

	for (uint32_t side = 0; err && side < 2; side++) {
		const uint64_t pa = boundary_pa - side * RETAINED_PAGE_BYTES;
		const struct span bytes = { (const uint8_t *)(uintptr_t)pa, RETAINED_PAGE_BYTES };

		if (mapped && retained_resembles(bytes))
			err = decode_at(p, pa);
		else if (!mapped &&
			 range_contains(piece, (struct range){ pa, RETAINED_PAGE_BYTES }))
			err = read_at(p, pa);
	}
	return err;
}

/* Looks on both sides of every 2 MiB boundary of a piece of RAM. */
static enum om_err search_piece(struct page *p, struct range piece)
{
	enum om_err err = OM_E_BAD_MAGIC;
	uint64_t pa = range_end(piece) & ~(uint64_t)(PLAN_ALIGN_BYTES - 1);

	for (; err && pa && pa >= piece.base_pa; pa -= PLAN_ALIGN_BYTES)
		err = look_around(p, piece, pa);
	(void)!arch_peek(0);
	return err;
}

static struct range whole_pages(struct range r)
{
	const uint64_t base = r.base_pa & ~(uint64_t)(RETAINED_PAGE_BYTES - 1);
	const uint64_t end = range_end(r) + RETAINED_PAGE_BYTES - 1;

	return (struct range){ base, (end & ~(uint64_t)(RETAINED_PAGE_BYTES - 1)) - base };
}

/* Other tree, other parameters: the crash in flight must not be lost. */
static enum om_err search(const struct entry *entry, const struct tree *tree,
			  const struct plan *plan, struct page *out)
{
	static struct ranges ram; /* too large for the stack */
	const struct range ours = geometry_range(&plan->geom);
	enum om_err err = OM_E_BAD_MAGIC;

	ram = plan->banks;
	(void)ranges_remove(&ram, (struct range){ (uint64_t)1 << 32, UINT64_MAX });
	(void)ranges_remove(&ram, entry->self);
	if (entry->kind == ENTRY_LINUX)
		(void)ranges_remove(&ram, whole_pages(entry->payload));
	(void)ranges_remove(&ram, whole_pages(tree_range(tree)));
	/* what somebody else has reserved may not even answer (secure memory) */
	room_remove_claims(&plan->work.survey, false, &ram);
	/* our own may hold the page of another plan */
	if (ranges_contain(&plan->banks, ours) && ranges_add(&ram, ours))
		return err;
	for (uint32_t i = 0; err && i < ram.n; i++)
		err = search_piece(out, ram.r[i]);
	return err;
}

/* A page left at an old place must not speak up again when the plan moves back. */
static void forget(uint64_t pa)
{
	struct range page = { pa, RETAINED_PAGE_BYTES };

	if (arch_map(page, ARCH_UNCACHED))
		return;
	memset((void *)(uintptr_t)pa, 0, RETAINED_PAGE_BYTES);
	arch_unmap(page);
}

void page_read(const struct entry *entry, const struct tree *tree, const struct plan *plan,
	       struct page *out)
{
	enum om_err state = OM_E_NOT_FOUND;

	out->retained.boot_count = 1;
	out->planned_pa = plan->retained_pa;
	if (out->planned_pa)
		state = read_at(out, out->planned_pa);
	if ((state == OM_E_BAD_MAGIC || state == OM_E_NOT_FOUND) &&
	    search(entry, tree, plan, out) == OM_OK)
		state = OM_OK;
	out->state = state;
	if (state != OM_OK)
		return;
	out->warm = true;
	out->retained.boot_count++;
}

void page_print(const struct page *page, enum verdict verdict)
{
	const enum om_err state = page->state;

	/* after a real power-off there is no page either, and nothing to say about it */
	if (verdict == VERDICT_UNVERIFIED && state != OM_OK && state != OM_E_VARIANT)
		notice(NOTICE_PAGE_DESTROYED,
		       "no usable retained page at 0x%llx: nothing is known of earlier starts, "
		       "records may be old; test the RAM if this comes again",
		       page->planned_pa);
	if (state == OM_E_VARIANT)
		notice(NOTICE_PAGE_VERSION,
		       "the retained page at 0x%llx is of a newer oopsmon: started afresh, "
		       "records may be old",
		       page->pa);
	if (page->corrected)
		notice(NOTICE_PAGE_CORRECTED,
		       "%u bytes of the retained page had flipped and were repaired: this RAM "
		       "decays over a reset",
		       page->corrected);
}

static bool is_crash(enum verdict v)
{
	return v == VERDICT_PANIC || v == VERDICT_OOPS || v == VERDICT_EMERGENCY ||
	       v == VERDICT_ABRUPT;
}

_Static_assert((int)RETAINED_RESET == (int)ENTRY_RESET && (int)RETAINED_LINUX == (int)ENTRY_LINUX &&
		       (int)RETAINED_CALLED == (int)ENTRY_CALLED,
	       "the page names the kinds of entry by numbers of its own");

static void store(struct page *p)
{
	static uint8_t copy[RETAINED_COPY_BYTES];
	const struct range page = { p->planned_pa, RETAINED_PAGE_BYTES };
	uint8_t *to;

	if (!page.base_pa)
		return;
	if (p->pa != page.base_pa)
		p->copy = 0; /* a new place: nothing there to keep */
	p->retained.sequence++;
	retained_encode(&p->retained, &scratch, copy);
	if (!map_or_say(page, ARCH_UNCACHED, "the retained page"))
		return;
	to = (uint8_t *)(uintptr_t)page.base_pa;
	memcpy(to + p->copy * RETAINED_COPY_BYTES, copy, sizeof(copy));
	if (p->pa != page.base_pa)
		memset(to + RETAINED_COPY_BYTES, 0, RETAINED_COPY_BYTES);
	arch_unmap(page);
	if (p->warm && p->pa != page.base_pa)
		forget(p->pa);
	p->pa = page.base_pa;
	p->copy ^= 1;
}

void page_write(struct page *page, const struct entry *entry, const struct plan *plan,
		enum verdict verdict, const struct once *once, enum once_state reported)
{
	struct retained *r = &page->retained;

	page->planned_pa = plan->retained_pa; /* reading it may have been left out */
	r->entry = (uint32_t)entry->kind;
	r->cpus = plan->cpus;
	r->faults = arch_faults() ? r->faults + 1 : 0;
	r->loop_count = is_crash(verdict) ? r->loop_count + 1 : 0;
	r->geom = plan->geom;
	if (once)
		once_store(once, reported, r);
	store(page);
}

void page_archived(struct page *page, uint32_t id)
{
	page->retained.archived = id;
	if (page->warm)
		store(page);
}

void page_not_archived(struct page *page)
{
	page->retained.archived = 0;
	store(page);
}

void page_without_region(struct page *page)
{
	page->retained.geom = (struct geometry){ 0 };
	store(page);
}
