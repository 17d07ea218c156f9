/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the whole tree finds the nodes that matter; their properties are
 * then read on the spot. A node's facts are pointers into the tree.
 */
#include "survey.h"
#include "core/tree/cmdline.h"
#include "core/tree/dt.h"
#include "options.h"

#include <libfdt.h>
#include <string.h>

enum {
	MIB = 1 << 20,
	CMA_ALIGN = 4 * MIB,	  /* largest CMA_MIN_ALIGNMENT_BYTES with 4 KiB pages */
	CRASH_ALIGN = 128 * MIB,  /* CRASH_ALIGN of arch/arm */
	CRASH_ALIGN_64 = 2 * MIB, /* and of arch/arm64 */
};

enum {
	P_SIZES, /* option_words[], in their order */
	P_REG = P_SIZES + OPTION_WORDS,
	P_STATUS,
	P_RANGES,
	P_ADDRESS_CELLS,
	P_SIZE_CELLS,
	P_SIZE,
	P_ALIGNMENT,
	P_ALLOC_RANGES,
	P_PHANDLE,
	P_COMPATIBLE,
	P_NO_MAP,
	P_REUSABLE,
	P_MEMORY_REGION,
	P_BOOT_LOG,
	P_UNBUFFERED,
	P_NO_DUMP_OOPS,
	P_INITRD_START,
	P_INITRD_END,
	P_COUNT
};

static const char *const names[] = {
	[P_REG - P_REG] = "reg",
	[P_STATUS - P_REG] = "status",
	[P_RANGES - P_REG] = "ranges",
	[P_ADDRESS_CELLS - P_REG] = "#address-cells",
	[P_SIZE_CELLS - P_REG] = "#size-cells",
	[P_SIZE - P_REG] = "size",
	[P_ALIGNMENT - P_REG] = "alignment",
	[P_ALLOC_RANGES - P_REG] = "alloc-ranges",
	[P_PHANDLE - P_REG] = "phandle",
	[P_COMPATIBLE - P_REG] = "compatible",
	[P_NO_MAP - P_REG] = "no-map",
	[P_REUSABLE - P_REG] = "reusable",
	[P_MEMORY_REGION - P_REG] = "memory-region",
	[P_BOOT_LOG - P_REG] = "boot-log-size",
	[P_UNBUFFERED - P_REG] = "unbuffered",
	[P_NO_DUMP_OOPS - P_REG] = "no-dump-oops",
	[P_INITRD_START - P_REG] = "linux,initrd-start",
	[P_INITRD_END - P_REG] = "linux,initrd-end",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == P_COUNT - P_REG, "one name per property");

/* The properties of one node; value NULL: it has none of that name. */
struct facts {
	const char *value[P_COUNT];
	uint32_t len[P_COUNT];
};

static bool present(const struct facts *f, uint32_t i)
{
	return f->value[i] != NULL;
}

/* A property of one or two cells. */
static bool number(const struct facts *f, uint32_t i, uint64_t *out)
{
	if (!present(f, i) || (f->len[i] != 4 && f->len[i] != 8))
		return false;
	*out = dt_number(f->value[i], f->len[i] / 4);
	return true;
}

static uint32_t number_or(const struct facts *f, uint32_t i, uint32_t otherwise)
{
	return present(f, i) && f->len[i] == 4 ? (uint32_t)dt_number(f->value[i], 1) : otherwise;
}

static bool enabled(const struct facts *f)
{
	return !present(f, P_STATUS) || dt_list_has(f->value[P_STATUS], f->len[P_STATUS], "okay") ||
	       dt_list_has(f->value[P_STATUS], f->len[P_STATUS], "ok");
}

/* Collects the properties that follow; returns the event after them. */
static enum dt_event facts_next(struct dt_walk *w, struct facts *f)
{
	enum dt_event event;

	memset(f, 0, sizeof(*f));
	while ((event = dt_walk_next(w)) == DT_PROP) {
		for (uint32_t i = 0; i < P_COUNT; i++) {
			const char *name = i < P_REG ? option_words[i].name : names[i - P_REG];

			if (w->name[0] != name[0] || strcmp(w->name, name) != 0)
				continue;
			f->value[i] = w->value;
			f->len[i] = w->len;
			break;
		}
	}
	return event;
}

static void facts_of(const void *fdt, int node, struct facts *f)
{
	struct dt_walk w;

	dt_walk_start_at(&w, fdt, node);
	dt_walk_next(&w);
	facts_next(&w, f);
}

void survey_claim(struct survey *s, const struct survey_claim *claim)
{
	bool of_tree = claim->kind == SURVEY_MEMRESERVE || claim->kind == SURVEY_RESERVED ||
		       claim->kind == SURVEY_BOOTARGS || claim->kind == SURVEY_DISABLED;
	uint32_t max = of_tree ? SURVEY_TREE_MAX : SURVEY_CLAIMS_MAX;
	struct survey_claim *last = &s->claims[max - 1];
	uint64_t base, end;

	if (claim->range.bytes == 0)
		return;
	if (s->n_claims < max) {
		s->claims[s->n_claims++] = *claim;
		return;
	}
	base = claim->range.base_pa < last->range.base_pa ? claim->range.base_pa
							  : last->range.base_pa;
	end = range_end(claim->range) > range_end(last->range) ? range_end(claim->range)
							       : range_end(last->range);
	*last = (struct survey_claim){ .range = { base, end - base },
				       .kind = of_tree ? SURVEY_RESERVED : SURVEY_LENT,
				       .owner = OWNER_SEVERAL,
				       .node = -1 };
}

static void claim_range(struct survey *s, enum survey_kind kind, enum owner owner, struct range r)
{
	survey_claim(
		s, &(struct survey_claim){ .range = r, .kind = kind, .owner = owner, .node = -1 });
}

/* A demand too many is not looked after: Linux then finds its place or says so. */
static void demand_add(struct survey *s, const struct survey_demand *d)
{
	if (d->bytes > 0 && s->n_demands < SURVEY_DEMANDS_MAX)
		s->demands[s->n_demands++] = *d;
}

/* ---- /reserved-memory ----------------------------------------------------------- */

/* Static entries of a child. */
static void child_static(struct survey *s, const struct facts *f, int node, uint32_t n_addr,
			 uint32_t n_size)
{
	uint32_t step = 4 * (n_addr + n_size);
	enum survey_kind kind = enabled(f) ? SURVEY_RESERVED : SURVEY_DISABLED;
	uint64_t phandle = 0;

	(void)number(f, P_PHANDLE, &phandle);
	for (uint32_t off = 0; step <= f->len[P_REG] - off; off += step) {
		const char *p = f->value[P_REG] + off;

		survey_claim(s, &(struct survey_claim){
					.range = range_make(dt_number(p, n_addr),
							    dt_number(p + 4 * n_addr, n_size)),
					.kind = kind,
					.owner = OWNER_NODE,
					.node = node,
					.phandle = (uint32_t)phandle,
					.is_plain = !phandle && !present(f, P_COMPATIBLE),
					.is_reusable = present(f, P_REUSABLE) });
	}
}

/* Linux refuses a size that has not as many cells as the root's sizes. */
static void child_dynamic(struct survey *s, const struct facts *f, int node, uint32_t n_addr,
			  uint32_t n_size)
{
	struct survey_demand d = {
		.align = 1, .owner = OWNER_NODE, .node = node, .window = { 0, UINT64_MAX }
	};
	const uint32_t n_cells = n_addr + n_size;
	uint64_t value;

	if (f->len[P_SIZE] != 4 * n_size || !number(f, P_SIZE, &d.bytes))
		return;
	if (number(f, P_ALIGNMENT, &value) && value != 0 && (value & (value - 1)) == 0)
		d.align = value;
	if (present(f, P_REUSABLE) && d.align < CMA_ALIGN)
		d.align = CMA_ALIGN;
	d.align_least = d.align;
	if (present(f, P_ALLOC_RANGES) && f->len[P_ALLOC_RANGES] % (4 * n_cells) == 0) {
		d.windows = f->value[P_ALLOC_RANGES];
		d.windows_bytes = f->len[P_ALLOC_RANGES];
	}
	if (number(f, P_PHANDLE, &value))
		d.phandle = (uint32_t)value;
	demand_add(s, &d);
}

static void survey_reserved(struct survey *s, const void *fdt)
{
	struct dt_walk w;
	struct facts f;
	enum dt_event event;
	uint32_t n_addr, n_size;
	bool has_children;

	dt_walk_start_at(&w, fdt, s->reserved);
	dt_walk_next(&w);
	event = facts_next(&w, &f);
	has_children = event == DT_NODE;
	n_addr = number_or(&f, P_ADDRESS_CELLS, 0);
	n_size = number_or(&f, P_SIZE_CELLS, 0);
	s->reserved_has_cells = n_addr == s->n_addr && n_size == s->n_size;
	s->reserved_has_ranges = present(&f, P_RANGES);
	/* a translation would put children elsewhere than where Linux reserves them */
	s->reserved_usable = (s->reserved_has_cells || !has_children) && f.len[P_RANGES] == 0;

	/* children with cells of their own kind are understood even if Linux ignores them */
	if (n_addr < 1 || n_addr > 2 || n_size < 1 || n_size > 2)
		return;
	while (event == DT_NODE || (event == DT_NODE_END && w.depth >= 0)) {
		int node = w.node;
		bool is_child = event == DT_NODE && w.depth == 1;

		event = facts_next(&w, &f);
		if (!is_child)
			continue;
		if (present(&f, P_REG))
			child_static(s, &f, node, n_addr, n_size);
		else if (enabled(&f) && s->reserved_usable)
			child_dynamic(s, &f, node, n_addr, n_size);
	}
}

/*
 * A node below a /reserved-memory that has no ranges yet has no address for Linux; once they
 * are added, its reg is what it says.
 */
static void place_without_ranges(const struct survey *s, struct survey_node *n)
{
	if (n->has_reg || !n->under_reserved || !s->reserved_usable)
		return;
	for (uint32_t i = s->n_claims; i > 0; i--) {
		if (s->claims[i - 1].node != n->node)
			continue;
		n->has_reg = true;
		n->reg = s->claims[i - 1].range;
	}
}

/* ---- the command line ------------------------------------------------------------ */

/* The parts of the declared banks that lie in @allowed; without any bank all of it. */
static void banks_allow(struct ranges *banks, const struct ranges *declared, struct range allowed)
{
	enum om_err err = OM_OK;

	if (declared->n == 0)
		err = ranges_add(banks, allowed);
	for (uint32_t i = 0; i < declared->n && !err; i++) {
		struct range r = declared->r[i];
		uint64_t base = r.base_pa > allowed.base_pa ? r.base_pa : allowed.base_pa;
		uint64_t end = range_end(r) < range_end(allowed) ? range_end(r)
								 : range_end(allowed);

		if (base < end)
			err = ranges_add(banks, (struct range){ base, end - base });
	}
}

/* mem=SIZE[@ADDR]: the first takes the place of all banks, later ones add (arch/arm). */
static void survey_mem(struct survey *s, const struct ranges *declared, const char *bootargs)
{
	bool limited = false;
	const char *at = NULL;
	size_t len, used;

	while ((at = cmdline_next(bootargs, "mem", at, &len))) {
		uint64_t bytes, base = declared->n > 0 ? declared->r[0].base_pa : 0;

		if (cmdline_size(at, len, &bytes, &used) || bytes == 0)
			continue;
		if (used < len && at[used] == '@' &&
		    cmdline_size(at + used + 1, len - used - 1, &base, NULL))
			continue;
		if (!limited)
			s->banks.n = 0;
		limited = true;
		banks_allow(&s->banks, declared, range_make(base, bytes));
	}
}

static uint64_t ram_bytes(const struct ranges *banks)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < banks->n; i++)
		sum += banks->r[i].bytes;
	return sum;
}

/*
 * The size in SIZE or in START-[END]:SIZE,..., the latter by the amount of RAM; *@used
 * counts what was read. 0: none.
 */
static uint64_t crash_bytes(const char *text, size_t len, uint64_t ram, size_t *used)
{
	uint64_t chosen = 0;
	size_t at = 0;
	size_t n;

	*used = len;
	if (!memchr(text, ':', len))
		return cmdline_size(text, len, &chosen, used) ? 0 : chosen;
	while (at < len) {
		uint64_t start, end = UINT64_MAX, bytes;

		if (cmdline_size(text + at, len - at, &start, &n))
			return 0;
		at += n;
		if (at >= len || text[at++] != '-')
			return 0;
		if (at < len && text[at] != ':') {
			if (cmdline_size(text + at, len - at, &end, &n))
				return 0;
			at += n;
		}
		if (at >= len || text[at++] != ':' || cmdline_size(text + at, len - at, &bytes, &n))
			return 0;
		at += n;
		if (chosen == 0 && ram >= start && ram < end)
			chosen = bytes;
		if (at >= len || text[at] != ',')
			break;
		at++;
	}
	*used = at;
	return chosen;
}

static void survey_crashkernel(struct survey *s, const char *bootargs)
{
	const char *at = NULL;
	size_t len, used;
	uint64_t base;

	while ((at = cmdline_next(bootargs, "crashkernel", at, &len))) {
		uint64_t bytes = crash_bytes(at, len, ram_bytes(&s->banks), &used);

		if (bytes == 0)
			continue;
		if (used < len && at[used] == '@') {
			if (!cmdline_size(at + used + 1, len - used - 1, &base, NULL))
				claim_range(s, SURVEY_BOOTARGS, OWNER_CRASHKERNEL,
					    range_make(base, bytes));
			continue;
		}
		demand_add(s, &(struct survey_demand){ .bytes = bytes,
						       .owner = OWNER_CRASHKERNEL,
						       .align = CRASH_ALIGN,
						       .align_least = CRASH_ALIGN_64,
						       .window = { 0, UINT64_MAX },
						       .node = -1 });
	}
}

/* cma=SIZE[@START[-END]]; without END the place is fixed. */
static void survey_cma(struct survey *s, const char *bootargs)
{
	const char *at = NULL;
	size_t len, used, n;

	while ((at = cmdline_next(bootargs, "cma", at, &len))) {
		uint64_t bytes, start = 0, end = UINT64_MAX;

		if (cmdline_size(at, len, &bytes, &used))
			continue;
		if (used < len && at[used] == '@') {
			if (cmdline_size(at + used + 1, len - used - 1, &start, &n))
				continue;
			used += 1 + n;
			if (used >= len || at[used] != '-') {
				claim_range(s, SURVEY_BOOTARGS, OWNER_CMA,
					    range_make(start, bytes));
				continue;
			}
			if (cmdline_size(at + used + 1, len - used - 1, &end, NULL) || end < start)
				continue;
		}
		demand_add(s, &(struct survey_demand){ .bytes = bytes,
						       .owner = OWNER_CMA,
						       .align = CMA_ALIGN,
						       .align_least = CMA_ALIGN,
						       .window = { start, end - start },
						       .node = -1 });
	}
}

/* ---- the rest of the tree ---------------------------------------------------------- */

static void survey_memreserve(struct survey *s, const void *fdt)
{
	int n = fdt_num_mem_rsv(fdt);

	for (int i = 0; i < n; i++) {
		uint64_t base, bytes;

		if (fdt_get_mem_rsv(fdt, i, &base, &bytes) == 0)
			claim_range(s, SURVEY_MEMRESERVE, OWNER_MEMRESERVE,
				    range_make(base, bytes));
	}
}

static void survey_chosen(struct survey *s, const void *fdt, int node)
{
	struct facts f;
	uint64_t start, end;

	facts_of(fdt, node, &f);
	if (number(&f, P_INITRD_START, &start) && number(&f, P_INITRD_END, &end) && end > start)
		claim_range(s, SURVEY_INITRD, OWNER_INITRD, (struct range){ start, end - start });
}

/* Whether reg and size have the lengths that the parent's cell counts ask for. */
static void node_lengths(struct survey_node *n, const void *fdt, const struct facts *f)
{
	uint32_t n_addr, n_size;

	if (dt_cells(fdt, n->parent, &n_addr, &n_size) || n_addr == 0 || n_size == 0)
		return;
	if (present(f, P_REG) &&
	    (f->len[P_REG] == 0 || f->len[P_REG] % (4 * (n_addr + n_size)) != 0))
		n->wrong = (struct wrong_length){ "reg", f->len[P_REG], 4 * (n_addr + n_size) };
	else if (!present(f, P_REG) && n->under_reserved && present(f, P_SIZE) &&
		 f->len[P_SIZE] != 4 * n_size)
		n->wrong = (struct wrong_length){ "size", f->len[P_SIZE], 4 * n_size };
}

/* Fills in what the node says about its place. */
static void node_place(struct survey_node *n, const void *fdt, const struct facts *f)
{
	uint64_t phandle, bytes;

	node_lengths(n, fdt, f);
	if (number(f, P_BOOT_LOG, &bytes) && bytes <= INT32_MAX)
		n->boot_log_bytes = (uint32_t)bytes;
	n->has_reg = dt_reg(fdt, n->node, 0, &n->reg) == OM_OK && n->reg.bytes > 0;
	n->has_no_map = present(f, P_NO_MAP);
	n->has_reusable = present(f, P_REUSABLE);
	if (f->len[P_MEMORY_REGION] >= 4)
		n->region_phandle = (uint32_t)dt_number(f->value[P_MEMORY_REGION], 1);
	else if (number(f, P_MEMORY_REGION, &phandle))
		n->region_phandle = (uint32_t)phandle;
}

/* 64-bit sizes are those of Android's trees, which Linux reads as 0. */
static void node_sizes(struct survey *s, const struct facts *f)
{
	s->geom = (struct geometry){ .max_reason = present(f, P_NO_DUMP_OOPS) ? 1 : 2,
				     .mem_type = present(f, P_UNBUFFERED) };
	for (uint32_t i = 0; i < OPTION_WORDS; i++) {
		uint64_t value;

		if (!present(f, P_SIZES + i))
			continue;
		if (!number(f, P_SIZES + i, &value) || value > INT32_MAX) {
			s->geom_wrong |= 1U << i;
			continue;
		}
		*option_number(&s->geom, i) = (uint32_t)value;
		if (f->len[P_SIZES + i] == 4)
			s->geom_present |= 1U << i;
		else
			s->geom_wrong |= 1U << i;
	}
}

/* A node that is compatible with ramoops or our own. */
static void candidate(struct survey *s, const void *fdt, const struct survey_node *n, bool ramoops)
{
	struct survey_node *slot = ramoops ? &s->ramoops : &s->retained;
	struct facts f;

	facts_of(fdt, n->node, &f);
	if (!enabled(&f))
		return;
	if (slot->node >= 0) {
		s->second_ramoops |= ramoops;
		return;
	}
	*slot = *n;
	node_place(slot, fdt, &f);
	if (ramoops)
		node_sizes(s, &f);
}

/* The pass over the whole tree. */
static void survey_nodes(struct survey *s, const void *fdt)
{
	struct dt_walk w;
	enum dt_event event;
	int parent[DT_DEPTH_MAX] = { 0 };
	int chosen = -1;

	dt_walk_start(&w, fdt);
	while ((event = dt_walk_next(&w)) < DT_DONE) {
		if (w.depth < 0 || w.depth >= DT_DEPTH_MAX)
			continue;
		if (event == DT_NODE) {
			parent[w.depth] = w.node;
			if (w.depth != 1)
				continue;
			if (s->reserved < 0 && strcmp(w.name, "reserved-memory") == 0)
				s->reserved = w.node;
			else if (chosen < 0 && strcmp(w.name, "chosen") == 0)
				chosen = w.node;
		} else if (event == DT_PROP && w.depth > 0 && w.name[0] == 'c' &&
			   strcmp(w.name, "compatible") == 0) {
			bool ramoops = dt_list_has(w.value, w.len, "ramoops");
			struct survey_node n = { .node = w.node,
						 .parent = parent[w.depth - 1],
						 .under_root = w.depth == 1 };

			n.under_reserved = w.depth == 2 && s->reserved == n.parent;
			if (ramoops || dt_list_has(w.value, w.len, "oopsmon,retained"))
				candidate(s, fdt, &n, ramoops);
		}
	}
	if (chosen >= 0)
		survey_chosen(s, fdt, chosen);
}

enum om_err survey_tree(struct survey *s, const void *fdt, const char *bootargs,
			struct ranges *declared, uint32_t *cpus)
{
	enum om_err err;

	s->n_claims = 0;
	s->n_demands = 0;
	s->reserved = -1;
	s->reserved_has_cells = s->reserved_has_ranges = s->reserved_usable = false;
	s->second_ramoops = false;
	s->geom = (struct geometry){ 0 };
	s->geom_present = s->geom_wrong = 0;
	s->ramoops = s->retained = (struct survey_node){ .node = -1 };
	err = dt_cells(fdt, 0, &s->n_addr, &s->n_size);
	if (err || s->n_size == 0)
		return OM_E_VARIANT;

	err = dt_banks(fdt, declared, cpus);
	s->banks = *declared;
	survey_mem(s, declared, bootargs);
	survey_nodes(s, fdt);
	survey_memreserve(s, fdt);
	if (s->reserved >= 0)
		survey_reserved(s, fdt);
	place_without_ranges(s, &s->ramoops);
	place_without_ranges(s, &s->retained);
	survey_crashkernel(s, bootargs);
	survey_cma(s, bootargs);
	return s->banks.n > 0 ? OM_OK : OM_E_NOT_FOUND;
}
