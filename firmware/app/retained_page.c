/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retained page in RAM: found, read, written back. Mapped uncached, and writable
 * only while it is written, so that what survives is what was meant.
 */
#include "console.h"
#include "core/tree/dt.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

static struct retained_scratch scratch; /* too large for the stack */

static enum om_err decode_at(struct monitor *m, uint64_t pa)
{
	struct span page = { (const uint8_t *)(uintptr_t)pa, RETAINED_PAGE_BYTES };
	uint32_t copy = 0;
	enum om_err err = retained_decode(page, &scratch, &m->retained, &copy, &m->page_corrected);

	if (err == OM_OK || err == OM_E_CORRUPT || err == OM_E_VARIANT) {
		m->page_pa = pa;
		m->page_copy = err == OM_OK ? copy ^ 1 : 0;
	}
	return err;
}

static enum om_err read_at(struct monitor *m, uint64_t pa)
{
	struct range page = { pa, RETAINED_PAGE_BYTES };
	enum om_err err;

	if (arch_map(page, ARCH_EVIDENCE))
		return OM_E_NOT_FOUND;
	err = decode_at(m, pa);
	arch_unmap(page);
	return err;
}

/* The pages on both sides of a 2 MiB boundary, as far as they are in @piece. */
static enum om_err look_around(struct monitor *m, struct range piece, uint64_t boundary_pa)
{
	const bool mapped = boundary_pa > piece.base_pa && boundary_pa < range_end(piece) &&
			    arch_peek(boundary_pa);
	enum om_err err = OM_E_BAD_MAGIC;

	for (uint32_t side = 0; err && side < 2; side++) {
		const uint64_t pa = boundary_pa - side * RETAINED_PAGE_BYTES;
		const struct span bytes = { (const uint8_t *)(uintptr_t)pa, RETAINED_PAGE_BYTES };

		if (mapped && retained_resembles(bytes))
			err = decode_at(m, pa);
		else if (!mapped &&
			 range_contains(piece, (struct range){ pa, RETAINED_PAGE_BYTES }))
			err = read_at(m, pa);
	}
	return err;
}

/* Looks on both sides of every 2 MiB boundary of a piece of RAM. */
static enum om_err search_piece(struct monitor *m, struct range piece)
{
	enum om_err err = OM_E_BAD_MAGIC;
	uint64_t pa = range_end(piece) & ~(uint64_t)(PLAN_ALIGN_BYTES - 1);

	for (; err && pa && pa >= piece.base_pa; pa -= PLAN_ALIGN_BYTES)
		err = look_around(m, piece, pa);
	(void)!arch_peek(0);
	return err;
}

static struct range whole_pages(struct range r)
{
	const uint64_t base = r.base_pa & ~(uint64_t)(RETAINED_PAGE_BYTES - 1);
	const uint64_t end = range_end(r) + RETAINED_PAGE_BYTES - 1;

	return (struct range){ base, (end & ~(uint64_t)(RETAINED_PAGE_BYTES - 1)) - base };
}

/*
 * The plan may have moved since the last boot (other tree, other parameters), and the
 * crash in flight must not be lost: look through the banks.
 */
static enum om_err search(struct monitor *m)
{
	static struct ranges ram; /* too large for the stack */
	struct range ours = { m->plan.geom.base_pa, m->plan.geom.region_bytes };
	enum om_err err = OM_E_BAD_MAGIC;

	/* without a plan the last kernel's records are found all the same */
	if (!m->plan.banks.n && dt_banks(m->dtb, &m->plan.banks, &m->plan.cpus))
		return err;
	ram = m->plan.banks;
	(void)ranges_remove(&ram, (struct range){ (uint64_t)1 << 32, UINT64_MAX });
	(void)ranges_remove(&ram, m->entry->self);
	(void)ranges_remove(&ram, whole_pages((struct range){ m->entry->dtb_pa, m->dtb_bytes }));
	/* what somebody else has reserved may not even answer (secure memory) */
	room_remove_claims(&m->plan.work.survey, false, &ram);
	/* our own may hold the page of another plan */
	if (ranges_contain(&m->plan.banks, ours) && ranges_add(&ram, ours))
		return err;
	for (uint32_t i = 0; err && i < ram.n; i++)
		err = search_piece(m, ram.r[i]);
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

void page_read_step(void *ctx)
{
	struct monitor *m = ctx;
	enum om_err state = OM_E_NOT_FOUND;

	m->retained.boot_count = 1;
	if (m->plan.retained_pa)
		state = read_at(m, m->plan.retained_pa);
	if ((state == OM_E_BAD_MAGIC || state == OM_E_NOT_FOUND) && search(m) == OM_OK)
		state = OM_OK;
	m->page_state = state;
	if (state != OM_OK)
		return;
	m->warm = true;
	m->retained.boot_count++;
}

/* What the user should know of the page, once the verdict is told. */
void page_print(const struct monitor *m)
{
	enum om_err state = m->page_state;

	/* after a real power-off there is no page either, and nothing to say about it */
	if (m->verdict == VERDICT_UNVERIFIED && state != OM_OK && state != OM_E_VARIANT)
		notice(NOTICE_PAGE_DESTROYED,
		       "no usable retained page at 0x%llx: nothing is known of earlier starts, "
		       "records may be old; test the RAM if this comes again",
		       m->plan.retained_pa);
	if (state == OM_E_VARIANT)
		notice(NOTICE_PAGE_VERSION,
		       "the retained page at 0x%llx is of a newer oopsmon: started afresh, "
		       "records may be old",
		       m->page_pa);
	if (m->page_corrected)
		notice(NOTICE_PAGE_CORRECTED,
		       "%u bytes of the retained page had flipped and were repaired: this RAM "
		       "decays over a reset",
		       m->page_corrected);
}

static bool is_crash(enum verdict v)
{
	return v == VERDICT_PANIC || v == VERDICT_OOPS || v == VERDICT_EMERGENCY ||
	       v == VERDICT_ABRUPT;
}

_Static_assert((int)RETAINED_RESET == (int)ENTRY_RESET && (int)RETAINED_LINUX == (int)ENTRY_LINUX &&
		       (int)RETAINED_CALLED == (int)ENTRY_CALLED,
	       "the page names the kinds of entry by numbers of its own");

/* What the next boot needs to know. */
static void update(struct monitor *m)
{
	struct retained *r = &m->retained;
	/* On a clean boot the verdict line has told all there is; else the report must be out. */
	bool told = m->reported || !(verdict_is_news(m->verdict) || m->n_put_off);

	r->entry = (uint32_t)m->entry->kind;
	r->cpus = m->plan.cpus;
	r->faults = arch_faults() ? r->faults + 1 : 0;
	r->loop_count = is_crash(m->verdict) ? r->loop_count + 1 : 0;
	r->geom = m->plan.geom;
	if (m->once)
		once_store(m->once,
			   told					 ? ONCE_REPORTED
			   : m->options.mode == REPORT_MODE_NONE ? ONCE_SEEN
								 : ONCE_NEW,
			   r);
}

static void store(struct monitor *m)
{
	static uint8_t copy[RETAINED_COPY_BYTES];
	struct range page = { m->plan.retained_pa, RETAINED_PAGE_BYTES };
	uint8_t *to;

	if (!page.base_pa)
		return;
	if (m->page_pa != page.base_pa)
		m->page_copy = 0; /* a new place: nothing there to keep */
	m->retained.sequence++;
	retained_encode(&m->retained, &scratch, copy);
	if (!map_or_say(page, ARCH_UNCACHED, "the retained page"))
		return;
	to = (uint8_t *)(uintptr_t)page.base_pa;
	memcpy(to + m->page_copy * RETAINED_COPY_BYTES, copy, sizeof(copy));
	if (m->page_pa != page.base_pa)
		memset(to + RETAINED_COPY_BYTES, 0, RETAINED_COPY_BYTES);
	arch_unmap(page);
	if (m->warm && m->page_pa != page.base_pa)
		forget(m->page_pa);
	m->page_pa = page.base_pa;
	m->page_copy ^= 1;
}

void page_write_step(void *ctx)
{
	update(ctx);
	store(ctx);
}

/*
 * At once, so that a reset while the report is printed does not archive the same again. Without
 * a page from before there is no geometry in it yet, by which the next start finds the records.
 */
void page_archived(struct monitor *m, uint32_t id)
{
	m->retained.archived = id;
	if (m->warm)
		store(m);
}

void page_not_archived(struct monitor *m)
{
	m->retained.archived = 0;
	store(m);
}

void page_without_region(struct monitor *m)
{
	m->retained.geom = (struct geometry){ 0 };
	store(m);
}
