/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive's place: what was asked for, held against the flash and what else lies in it. */
#include "partition.h"

#include "core/base/span.h"
#include "core/tree/cmdline.h"
#include "core/tree/dt.h"
#include "core/tree/node.h"

#include <libfdt.h>
#include <string.h>

enum {
	PATH_BYTES = 160, /* of a node that is changed or added */
	NAME_BYTES = 32,  /* of one, with its unit address */
};

static const char archive_name[] = "oopsmon";

struct cells {
	uint32_t n_addr, n_size;
};

/* The flash's partitions: whose children they are, and how those write their reg. */
struct table {
	int node;	/* "partitions" or the flash itself */
	bool dedicated; /* it is "partitions" */
	bool fresh;	/* there are none: a table of our own will be the first */
	bool readable;	/* Linux reads it too */
	struct cells cells;
};

struct part {
	int node; /* < 0: none */
	struct range range;
};

/* True if @name is @word, with a unit address or without. */
static bool name_is(const char *name, const char *word)
{
	size_t n = strlen(word);

	return strncmp(name, word, n) == 0 && (name[n] == '\0' || name[n] == '@');
}

static void cells_prop(struct cells *cells, const struct dt_walk *w)
{
	if (w->len < 4) /* longer ones Linux takes as well */
		return;
	if (strcmp(w->name, "#address-cells") == 0)
		cells->n_addr = (uint32_t)dt_number(w->value, 1);
	else if (strcmp(w->name, "#size-cells") == 0)
		cells->n_size = (uint32_t)dt_number(w->value, 1);
}

/* What @node's children write; a node without the properties hands on what holds for itself. */
static bool cells_of(const void *fdt, int node, struct cells *out)
{
	struct cells at[DT_DEPTH_MAX];
	struct dt_walk w;
	enum dt_event event;

	dt_walk_start(&w, fdt);
	while ((event = dt_walk_next(&w)) < DT_DONE && w.node <= node) {
		if (event == DT_NODE_END || w.depth >= DT_DEPTH_MAX)
			continue;
		if (event == DT_NODE)
			at[w.depth] = w.depth > 0 ? at[w.depth - 1] : (struct cells){ 1, 1 };
		else
			cells_prop(&at[w.depth], &w);
		if (w.node == node)
			*out = at[w.depth];
	}
	return out->n_addr >= 1 && out->n_addr <= 2 && out->n_size >= 1 && out->n_size <= 2;
}

/* Linux passes over children without reg, and in the old form those of another purpose. */
static bool is_part(const void *fdt, const struct table *t, int node)
{
	return fdt_getprop(fdt, node, "reg", NULL) &&
	       (t->dedicated || !fdt_getprop(fdt, node, "compatible", NULL));
}

static struct table table_find(const void *fdt, int flash)
{
	struct table t = { .node = flash, .readable = true, .fresh = true };
	int child, len;

	fdt_for_each_subnode(child, fdt, flash)
	{
		const char *name = fdt_get_name(fdt, child, NULL);

		if (!name || !name_is(name, "partitions")) {
			t.fresh = t.fresh && !is_part(fdt, &t, child);
			continue;
		}
		t.fresh = false;
		t.node = child;
		t.dedicated = true;
		t.readable = dt_is_compatible(fdt, child, "fixed-partitions");
		break;
	}
	if (t.fresh) { /* the usual case: no walk for its cells */
		t.cells = (struct cells){ 1, 1 };
		return t;
	}
	t.readable = cells_of(fdt, t.node, &t.cells) && t.readable;
	fdt_for_each_subnode(child, fdt, t.node)
	{
		if (!is_part(fdt, &t, child))
			continue;
		fdt_getprop(fdt, child, "reg", &len);
		/* one of another length, and Linux takes none */
		if ((uint32_t)len != 4 * (t.cells.n_addr + t.cells.n_size))
			t.readable = false;
	}
	return t;
}

/* The next partition after @p, from the first on if there is none. */
static bool part_next(const void *fdt, const struct table *t, struct part *p)
{
	const char *reg;

	if (t->fresh)
		return false;
	p->node = p->node < 0 ? fdt_first_subnode(fdt, t->node) : fdt_next_subnode(fdt, p->node);
	while (p->node >= 0 && !is_part(fdt, t, p->node))
		p->node = fdt_next_subnode(fdt, p->node);
	if (p->node < 0 || !t->readable)
		return false;
	reg = fdt_getprop(fdt, p->node, "reg", NULL);
	p->range = range_make(dt_number(reg, t->cells.n_addr),
			      dt_number(reg + (size_t)4 * t->cells.n_addr, t->cells.n_size));
	return true;
}

/* Does Linux call this partition "oopsmon"? */
static bool is_archive(const void *fdt, int node)
{
	int len;
	const char *label = fdt_getprop(fdt, node, "label", &len);

	if (!label)
		return name_is(fdt_get_name(fdt, node, NULL), archive_name);
	return len >= (int)sizeof(archive_name) &&
	       memcmp(label, archive_name, sizeof(archive_name)) == 0;
}

/* The first partition of that name; @more is set if there is another. */
static struct part archive_part(const void *fdt, const struct table *t, bool *more)
{
	struct part p = { .node = -1 }, own = { .node = -1 };

	*more = false;
	while (part_next(fdt, t, &p)) {
		if (!is_archive(fdt, p.node))
			continue;
		if (own.node < 0)
			own = p;
		else
			*more = true;
	}
	return own;
}

/* SIZE@OFFSET and nothing else. */
static bool option_read(const char *text, size_t len, struct range *out)
{
	uint64_t bytes, off;
	size_t used, used_off;

	if (cmdline_size(text, len, &bytes, &used) || bytes == 0 || used >= len ||
	    text[used] != '@')
		return false;
	text += used + 1;
	len -= used + 1;
	if (cmdline_size(text, len, &off, &used_off) || used_off != len)
		return false;
	*out = (struct range){ off, bytes };
	return true;
}

/* The board's default as device offsets. */
static bool board_place(const struct partition_input *in, struct range *out)
{
	const struct partition_default *d = &in->board;
	uint64_t off = 0;

	if (d->bytes == 0 || d->bank >= in->n_banks || d->from_end < d->bytes ||
	    d->from_end > in->banks[d->bank].bytes)
		return false;
	for (uint32_t i = 0; i < d->bank; i++)
		off += in->banks[i].bytes;
	off += in->banks[d->bank].bytes - d->from_end;
	*out = (struct range){ off, d->bytes };
	return true;
}

/* Which bank the place lies in; a notice if it is not within one. */
static uint32_t bank_find(const struct partition_input *in, struct partition *p)
{
	uint64_t off = p->asked.base_pa;
	uint32_t i = 0;

	if (p->asked.bytes == 0)
		return PARTITION_N_OUTSIDE;
	while (i < in->n_banks && off >= in->banks[i].bytes)
		off -= in->banks[i++].bytes;
	if (i == in->n_banks)
		return PARTITION_N_OUTSIDE;
	if (p->asked.bytes > in->banks[i].bytes - off)
		return i + 1 < in->n_banks ? PARTITION_N_CROSSES_BANKS : PARTITION_N_OUTSIDE;
	p->bank = i;
	p->bank_off = off;
	return 0;
}

/* Overlaps in the CPU's addresses, as device offsets. */
static uint32_t taken_check(const struct partition_input *in, struct partition *p)
{
	struct range here = { in->banks[p->bank].base_pa + p->bank_off, p->asked.bytes };

	for (uint32_t i = 0; i < in->n_taken; i++) {
		struct range r = in->taken[i];
		uint64_t from, to;

		if (!range_overlaps(here, r))
			continue;
		from = r.base_pa > here.base_pa ? r.base_pa : here.base_pa;
		to = range_end(r) < range_end(here) ? range_end(r) : range_end(here);
		p->conflict = (struct range){ p->asked.base_pa + (from - here.base_pa), to - from };
		return PARTITION_N_OVER_MONITOR;
	}
	return 0;
}

static uint32_t others_check(const void *fdt, const struct table *t, const struct part *own,
			     struct partition *p)
{
	struct part other = { .node = -1 };

	while (part_next(fdt, t, &other)) {
		bool view = p->source == PARTITION_NODE && other.range.bytes > p->asked.bytes &&
			    range_contains(other.range, p->asked);

		if (other.node == own->node || view || !range_overlaps(other.range, p->asked))
			continue;
		p->conflict = other.range;
		return PARTITION_N_OVER_PARTITION;
	}
	return 0;
}

/* Who says where, and what of it stops us at once. */
static uint32_t choose(const struct partition_input *in, const struct table *t,
		       const struct part *own, struct partition *out)
{
	size_t len = 0;
	const char *options = cmdline_last(in->bootargs, "oopsmon.archive", &len);

	if (options) {
		if (len == 4 && memcmp(options, "none", 4) == 0)
			return PARTITION_N_TURNED_OFF;
		if (!option_read(options, len, &out->asked))
			return PARTITION_N_OPTION_UNREADABLE;
		out->source = PARTITION_OPTION;
		return 0;
	}
	if (own->node >= 0) {
		out->asked = own->range;
		out->source = PARTITION_NODE;
		return 0;
	}
	if (!board_place(in, &out->asked))
		return PARTITION_N_NO_PLACE;
	out->source = PARTITION_BOARD;
	return t->readable ? 0 : PARTITION_N_TREE_UNREADABLE;
}

static bool same(struct range a, struct range b)
{
	return a.base_pa == b.base_pa && a.bytes == b.bytes;
}

/* Can a property of so many cells hold it? */
static bool cells_hold(uint32_t cells, uint64_t value)
{
	return cells == 2 || value <= UINT32_MAX;
}

static bool for_linux(const struct table *t, struct range r)
{
	return t->readable && cells_hold(t->cells.n_addr, r.base_pa) &&
	       cells_hold(t->cells.n_size, r.bytes);
}

void partition_find(const struct partition_input *in, struct partition *out)
{
	struct table t = table_find(in->fdt, in->node);
	bool more;
	struct part own = archive_part(in->fdt, &t, &more);
	uint32_t wrong;

	*out = (struct partition){ 0 };
	wrong = choose(in, &t, &own, out);
	if (!wrong)
		wrong = bank_find(in, out);
	if (!wrong)
		wrong = taken_check(in, out);
	if (!wrong)
		wrong = others_check(in->fdt, &t, &own, out);
	if (more)
		out->notices |= PARTITION_N_SECOND_NODE;
	if (wrong) {
		*out = (struct partition){ .notices = out->notices | wrong,
					   .asked = out->asked,
					   .conflict = out->conflict };
		return;
	}
	out->device_off = out->asked.base_pa;
	out->bytes = out->asked.bytes;
	if (own.node >= 0 && fdt_getprop(in->fdt, own.node, "read-only", NULL)) {
		out->read_only = true;
		out->notices |= PARTITION_N_READ_ONLY;
	}
	if (!for_linux(&t, out->asked))
		out->notices |= PARTITION_N_NOT_FOR_LINUX;
	else if (own.node >= 0 && !same(own.range, out->asked))
		out->notices |= PARTITION_N_NODE_MOVED;
}

enum partition_fit partition_fits(const struct partition *p, const struct partition_input *in,
				  const uint64_t *bank_bytes, uint32_t block_bytes)
{
	for (uint32_t i = 0; i <= p->bank && i < in->n_banks; i++)
		if (bank_bytes[i] != in->banks[i].bytes)
			return PARTITION_F_BANK_SIZE;
	/* no chip has other blocks; and no division is needed */
	if ((block_bytes & (block_bytes - 1)) != 0 ||
	    ((p->bank_off | p->bytes) & (block_bytes - 1)) != 0)
		return PARTITION_F_MISALIGNED;
	return PARTITION_FITS;
}

/* Appends "/NAME", or "/NAME@HEX" with @address; false if there is no room. */
static bool path_append(char path[PATH_BYTES], const char *name, const uint64_t *address)
{
	char text[NAME_BYTES];
	size_t n = strlen(path), len = strlen(name);

	if (address)
		len = node_unit_name(text, name, len, *address);
	else
		memcpy(text, name, len + 1);
	if (len + 1 >= PATH_BYTES - n)
		return false;
	path[n] = '/';
	memcpy(path + n + 1, text, len + 1);
	return true;
}

static enum om_err reg_edit(struct edits *list, const char *path, struct cells cells,
			    struct range r)
{
	uint8_t reg[NODE_REG_BYTES];

	return edits_prop(list, path, "reg", reg, node_reg(reg, cells.n_addr, cells.n_size, r));
}

/* A new table at @path + "/partitions". */
static enum om_err table_edit(struct edits *list, char path[PATH_BYTES])
{
	static const char compatible[] = "fixed-partitions";
	enum om_err err;

	if (!path_append(path, "partitions", NULL))
		return OM_E_NO_SPACE;
	err = edits_node(list, path);
	if (!err)
		err = edits_prop(list, path, "compatible", compatible, sizeof(compatible));
	if (!err)
		err = edits_u32(list, path, "#address-cells", 1);
	return err ? err : edits_u32(list, path, "#size-cells", 1);
}

/* A new partition below the table at @path. */
static enum om_err part_edit(struct edits *list, char path[PATH_BYTES], const char *name,
			     struct cells cells, struct range r)
{
	enum om_err err;

	if (!path_append(path, name, &r.base_pa))
		return OM_E_NO_SPACE;
	err = edits_node(list, path);
	if (!err)
		err = edits_prop(list, path, "label", archive_name, sizeof(archive_name));
	return err ? err : reg_edit(list, path, cells, r);
}

/* A name that is not there yet: to be there already would make it somebody else's node. */
static const char *free_name(const void *fdt, int parent, uint64_t address)
{
	char path[PATH_BYTES] = "";

	if (!path_append(path, "partition", &address) ||
	    fdt_subnode_offset(fdt, parent, path + 1) < 0)
		return "partition";
	return archive_name; /* with reg it would be the archive's own node */
}

static enum om_err plan_edits(const struct partition_input *in, const struct partition *p,
			      struct edits *list)
{
	struct range r = { p->device_off, p->bytes };
	struct table t = table_find(in->fdt, in->node);
	char path[PATH_BYTES];
	bool more;
	struct part own = archive_part(in->fdt, &t, &more);
	const char *name;
	enum om_err err = OM_OK;

	if (own.node >= 0 && same(own.range, r))
		return OM_OK;
	if (dt_path(in->fdt, own.node >= 0 ? own.node : t.node, path, sizeof(path)))
		return OM_E_NO_SPACE;
	if (own.node >= 0)
		return reg_edit(list, path, t.cells, r);
	name = t.fresh ? "partition" : free_name(in->fdt, t.node, r.base_pa);
	if (t.fresh)
		err = table_edit(list, path);
	if (!err)
		err = part_edit(list, path, name, t.cells, r);
	/* the others keep their mtd numbers */
	return err || t.fresh ? err : edits_last(list, path);
}

enum om_err partition_edits(const struct partition_input *in, const struct partition *p,
			    struct edits *list)
{
	uint32_t n = list->n, pool_used = list->pool_used;
	enum om_err err;

	if (p->notices & PARTITION_N_NOT_FOR_LINUX)
		return OM_OK;
	err = plan_edits(in, p, list);
	if (err) {
		list->n = n;
		list->pool_used = pool_used;
	}
	return err;
}
