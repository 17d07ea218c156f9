/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_log.h"

#include "console.h"
#include "core/printk/find.h"
#include "core/printk/kmsg_record.h"
#include "core/printk/shape.h"
#include "notice.h"
#include "stopwatch.h"

#include <string.h>

enum {
	PAGE = 4096,
	LOGS_MAX = 2,	       /* with more than one nobody knows which is the last kernel's */
	SHAPE_STEP = 64 << 10, /* bytes between two looks at the clock */
	TOKENS = 1 << 22,      /* reads of RAM that opening logs may take */
	NEAR_BYTES = 128 << 20 /* that are looked at where all of RAM costs too much */
};

/* One for all: there is one last kernel. */
static struct {
	struct ranges
		ram; /* that may have been the last kernel's; all addresses are within reach */
	struct range mapped; /* of it; empty: nothing is */
	struct effort effort;
	struct stopwatch watch;
	struct ram view;
	struct kmsg_log log[LOGS_MAX];
	uint32_t n_logs;
	const struct kmsg_log *found; /* NULL: none */
	struct kmsg_count count;
	struct store first; /* of the other records */
} k;

/* ---- RAM ----------------------------------------------------------------------------------- */

void kernel_log_unmap(void)
{
	if (k.mapped.bytes)
		arch_unmap(k.mapped);
	k.mapped.bytes = 0;
}

/* Stretches are mapped one after the other: each may take two page tables. */
static bool map_stretch(struct range r)
{
	if (k.mapped.base_pa == r.base_pa && k.mapped.bytes == r.bytes)
		return true;
	kernel_log_unmap();
	if (arch_map(r, ARCH_EVIDENCE) != OM_OK)
		return false;
	k.mapped = r;
	return true;
}

static bool read_ram(void *ctx, uint64_t pa, uint8_t *to, size_t n)
{
	(void)ctx;
	for (uint32_t i = 0; i < k.ram.n; i++) {
		if (!range_contains(k.ram.r[i], (struct range){ pa, n }))
			continue;
		if (!map_stretch(k.ram.r[i]))
			return false;
		memcpy(to, (const void *)(uintptr_t)pa, n);
		return true;
	}
	return false;
}

/*
 * RAM less what somebody has, and what we have written to. Where mapping means cleaning caches, no
 * more than what lies near the kernel.
 */
static void find_ram(const struct crash *c, const struct entry *entry)
{
	const struct memory *m = c->memory;
	const uint64_t reach = (uint64_t)UINTPTR_MAX & ~(uint64_t)(PAGE - 1);
	const uint64_t near = memory_base(entry, c->tree);

	k.ram = c->plan->banks;
	(void)ranges_remove(&k.ram, range_make(reach, UINT64_MAX));
	if (entry->kind == ENTRY_CALLED || entry->caches_on || c->tree->outer.clean) {
		(void)ranges_remove(&k.ram, range_make(0, near));
		(void)ranges_remove(&k.ram, range_make(near + NEAR_BYTES, UINT64_MAX));
	}
	room_remove_claims(&c->plan->work.survey, false, &k.ram);
	(void)ranges_remove(&k.ram, m->work);
	for (uint32_t i = 0; i < MEMORY_TAKEN; i++)
		if (i != MEMORY_LAST_LOG)
			(void)ranges_remove(&k.ram, m->in.taken[i]);
	(void)ranges_remove(&k.ram, geometry_range(&c->last));
	/* whole pages, as they are mapped */
	for (uint32_t i = 0; i < k.ram.n; i++) {
		struct range *const r = &k.ram.r[i];
		const uint64_t first = (r->base_pa + PAGE - 1) & ~(uint64_t)(PAGE - 1);
		const uint64_t end = range_end(*r) & ~(uint64_t)(PAGE - 1);

		*r = (struct range){ first, end > first ? end - first : 0 };
	}
	k.view = (struct ram){ .read = read_ram,
			       .banks = k.ram.r,
			       .n_banks = k.ram.n,
			       .whole = c->plan->banks.r,
			       .n_whole = c->plan->banks.n,
			       .effort = &k.effort };
}

/* ---- finding ------------------------------------------------------------------------------- */

static void add(const struct kmsg_log *log)
{
	for (uint32_t i = 0; i < k.n_logs && i < LOGS_MAX; i++)
		if (k.log[i].at_pa == log->at_pa)
			return;
	if (k.n_logs < LOGS_MAX)
		k.log[k.n_logs] = *log;
	k.n_logs++;
}

static void try_text(uint64_t pa, struct workspace work)
{
	static uint8_t page[PAGE];
	static struct kmsg_log log; /* too large for the stack */
	struct span text;

	if (ram_read(&k.view, pa, page, sizeof(page)) &&
	    vmcoreinfo_text((struct span){ page, sizeof(page) }, &text) == OM_OK &&
	    kmsg_open(&k.view, text, NULL, work, &log) == OM_OK)
		add(&log);
}

/* The first page of @r from @pa on that begins as VMCOREINFO does; the end of @r: none. */
static uint64_t next_text(struct range r, uint64_t pa)
{
	static const char mark[] = "OSRE";
	const uint8_t *p = (const uint8_t *)(uintptr_t)pa;
	/* one comparison a page, as there may be a million */
	const uint8_t *const last = (const uint8_t *)(uintptr_t)(range_end(r) - PAGE);
	uint32_t word;

	memcpy(&word, mark, sizeof(word));
	for (; p <= last && *(const uint32_t *)(const void *)p != word; p += PAGE)
		;
	return (uintptr_t)p;
}

static void find_by_text(struct workspace work)
{
	for (uint32_t i = 0; i < k.ram.n; i++) {
		const struct range r = k.ram.r[i];

		for (uint64_t pa = r.base_pa; pa < range_end(r) && !ram_is_over(&k.view);
		     pa += PAGE) {
			if (!map_stretch(r))
				break;
			pa = next_text(r, pa);
			if (pa < range_end(r) && vmcoreinfo_mark((const uint8_t *)(uintptr_t)pa))
				try_text(pa, work);
		}
	}
}

/* The piece of what may be looked at that @where has; empty: none. */
static struct range piece_of(struct range r, struct range where)
{
	const uint64_t first = r.base_pa > where.base_pa ? r.base_pa : where.base_pa;
	const uint64_t end = range_end(r) < range_end(where) ? range_end(r) : range_end(where);

	return (struct range){ first, end > first ? end - first : 0 };
}

static bool feed(struct shape *shape, struct range r)
{
	const struct deadline until = stopwatch_deadline(&k.watch);

	for (uint64_t off = 0; off < r.bytes; off += SHAPE_STEP) {
		const uint8_t *const p = (const uint8_t *)(uintptr_t)(r.base_pa + off);
		const uint64_t left = r.bytes - off;
		const uint64_t beyond = SHAPE_STEP + SHAPE_BEYOND_BYTES;

		if (deadline_is_over(&until))
			return false;
		shape_feed(shape, r.base_pa + off,
			   (struct span){ p, (size_t)(left < beyond ? left : beyond) },
			   (size_t)(left < SHAPE_STEP ? left : SHAPE_STEP));
	}
	return true;
}

/* @where: the memory that the last kernel ran in. */
static void find_by_shape(struct range where, struct workspace work)
{
	static struct kmsg_log log;
	struct shape *const shape = (struct shape *)(void *)work.p;
	const struct workspace rest = { work.p + sizeof(*shape), work.cap - sizeof(*shape) };

	if (work.cap < sizeof(*shape) + KMSG_WORK_BYTES)
		return;
	memset(shape, 0, sizeof(*shape));
	for (uint32_t i = 0; i < k.ram.n; i++) {
		const struct range piece = piece_of(k.ram.r[i], where);

		if (piece.bytes && map_stretch(k.ram.r[i]) && !feed(shape, piece))
			return;
	}
	if (shape_open(&k.view, shape, rest, &log) == OM_OK)
		add(&log);
}

/* Of several logs the one where the last kernel ran; NULL: nobody knows. */
static const struct kmsg_log *choose(struct range where)
{
	const struct kmsg_log *there = NULL;

	if (k.n_logs == 1)
		return &k.log[0];
	for (uint32_t i = 0; i < k.n_logs && i < LOGS_MAX; i++) {
		if (!range_contains(where, (struct range){ k.log[i].at_pa, 1 }))
			continue;
		if (there)
			return NULL;
		there = &k.log[i];
	}
	return k.n_logs <= LOGS_MAX ? there : NULL;
}

/* ---- as a record --------------------------------------------------------------------------- */

/* The other records, and after them this one. */
static enum om_err read_both(const void *ctx, uint32_t i, uint32_t piece, struct workspace work,
			     struct record *out)
{
	(void)ctx;
	if (i < k.first.n)
		return store_read(&k.first, i, piece, work, out);
	k.effort = (struct effort){ .left = EFFORT_ALL };
	if (!k.found)
		return OM_E_EMPTY;
	return piece ? OM_E_ARG : kmsg_record(k.found, work, out, &k.count);
}

static size_t bytes_of(const struct kmsg_log *log)
{
	enum { LINE_BYTES = 24 }; /* level, time and newline of a line */
	uint64_t bytes = log->records.buf_bytes + (uint64_t)log->chars.buf_bytes;

	if (log->era == KMSG_RING)
		bytes = ((uint64_t)1 << log->ring.head.size_bits) +
			(uint64_t)LINE_BYTES * ring_messages(&log->ring);
	bytes = KMSG_WORK_BYTES + bytes * 2;
	return bytes < UINT32_MAX ? (size_t)bytes : UINT32_MAX;
}

void kernel_log_forget(void)
{
	kernel_log_unmap();
	k.found = NULL;
}

/*
 * How that kernel ended is known, by a dump or a console log; or there are records of before: the
 * log in RAM may be of the same kernel as they are, if none has run since.
 */
static bool is_end_known(const struct crash *c)
{
	const struct evidence *e = &c->evidence;

	return e->console_new || e->n_known || e->n_panic || e->n_oops || e->n_emergency ||
	       e->n_shutdown;
}

void kernel_log_read(struct crash *c, const struct entry *entry)
{
	const struct range where = c->memory->in.taken[MEMORY_LAST_LOG];
	const uint32_t seconds = c->options->kmsg_seconds;

	if (!c->page->warm || !seconds || c->region_state != OM_OK || !c->once || !c->work.cap ||
	    is_end_known(c))
		return;
	stopwatch_start(&k.watch, (uint64_t)seconds * US_PER_S, 0);
	k.effort = (struct effort){ .left = TOKENS, .until = stopwatch_deadline(&k.watch) };
	find_ram(c, entry);
	find_by_text(c->work);
	if (!k.n_logs && where.bytes)
		find_by_shape(where, c->work);
	k.found = choose(where);
	if (k.found)
		crash_add_record(c, &k.first, read_both, bytes_of(k.found));
}

void kernel_log_print(void)
{
	const struct kmsg_count *const n = &k.count;

	if (!k.found)
		return;
	con_printf("oopsmon: the last kernel's own log was found in RAM: %u lines", n->lines);
	if (!n->lost && !n->lost_uncounted && !n->uncertain)
		con_printf(", complete");
	if (n->lost)
		con_printf(", %u messages lost", n->lost);
	else if (n->lost_uncounted)
		con_printf(", some messages lost");
	if (n->uncertain)
		con_printf(", %u uncertain", n->uncertain);
	if (n->reserved)
		con_printf(", %u being written", n->reserved);
	con_printf("\n");
}
