/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each line is a template. In it, %r is the plan's region, %e where the tree's node was, %c what
 * is in the way and %d what to do about it, %q and %D the same for ramoops.* parameters, %a the
 * place these ask for, %t where a boot loader lives, %l the property of a wrong length, %w and %u
 * words that are not understood, %s the sizes, %b bytes of a boot log, %m the name of mem_name.
 */
#include "plan_notes.h"

#include "core/base/line.h"
#include "core/tree/dt.h"

static const struct {
	uint32_t bit;
	uint16_t code;
	const char *text;
} notes[PLAN_NOTES] = {
	{ PLAN_N_NO_ROOM, PLAN_NOTE_NO_ROOM,
	  "no room for a carve-out: crashes of this boot will not be kept; ask for a smaller one "
	  "with oopsmon.region=256K" },
	{ PLAN_N_NO_MEMORY_NODE, 202,
	  "the device tree declares no memory, or a boot loader fills it in: no carve-out; add a "
	  "memory node" },
	{ PLAN_N_NODE_MOVED, 203,
	  "the tree's ramoops region %e collides with %c: moved to %r; earlier records are at the "
	  "old place; %d" },
	{ PLAN_N_NODE_COMPLETED, 204,
	  "the tree's ramoops node lacks what Linux needs, which is added; complete it in the "
	  "device tree" },
	{ PLAN_N_SIZES_ROUNDED, 205,
	  "ramoops sizes rounded down to powers of two, as Linux does: %s; give such sizes" },
	{ PLAN_N_SIZES_REPLACED, 206,
	  "Linux would refuse the ramoops sizes asked for: defaults taken; they must fit the "
	  "region together" },
	{ PLAN_N_OPTION_REFUSED, 207,
	  "oopsmon.region= cannot be had because of %c: %r taken instead; %d, or ask for another "
	  "place or size" },
	{ PLAN_N_OPTION_UNREADABLE, 208,
	  "%w was not understood: default taken; sizes look like 2M, 64K or 0x10000" },
	{ PLAN_N_RSVMEM_UNUSABLE, 209,
	  "Linux ignores this tree's /reserved-memory: /memreserve/ is used; give it the root's "
	  "#address-cells and #size-cells, and empty ranges" },
	{ PLAN_N_SECOND_NODE, 210,
	  "the tree has more than one ramoops node: Linux takes the first; remove the others" },
	{ PLAN_N_OUTSIDE_RAM, 211,
	  "the ramoops region %r is in no memory node: kept as it is; check its address if "
	  "records never appear" },
	{ PLAN_N_NO_RETAINED, 212,
	  "no room for the retained page: a crash cannot be told from old records; make room "
	  "beside %r" },
	{ PLAN_N_UNCACHED, 214,
	  "ramoops mem-type 2 leaves a crash's last lines in the caches: the tree's node gets 0; "
	  "give 0 or 1" },
	{ PLAN_N_WRONG_LENGTH, 215,
	  "%l: Linux refuses it, %r taken instead; correct it in the device tree" },
	{ PLAN_N_SIZE_UNUSED, 216,
	  "no room for the size that the ramoops node asks for within its alloc-ranges: %r taken "
	  "instead; ask for less or widen alloc-ranges" },
	{ PLAN_N_BOOT_LOG, 217,
	  "boot-log-size: the first %b bytes of the ramoops region are the boot stages' log, which "
	  "only Rockchip's kernel skips: the property is removed and the region is %r for every "
	  "kernel; do the same in the device tree" },
	{ PLAN_N_WORD_UNKNOWN, 218, "%u" },
	{ PLAN_N_PARAMS_UNREADABLE, 219, "%w" },
	{ PLAN_N_PARAMS_IGNORED, 220,
	  "Linux ignores the ramoops.* parameters, as mem_size is missing or the sizes do not fit "
	  "it: the tree's node decides, %r; give mem_address, mem_size and sizes that fit, or "
	  "remove the parameters" },
	{ PLAN_N_PARAMS_REFUSED, 221,
	  "ramoops.mem_address= asks for %a, which collides with %q: not used. A kernel with "
	  "ramoops built in still writes there, and those records are not read; one with ramoops "
	  "as a module uses %r. Remove the ramoops.* parameters, or %D" },
	{ PLAN_N_PARAMS_SHARED, 222,
	  "ramoops.mem_address= asks for %a, which is also wanted by %q: kept and reserved, as "
	  "Linux writes there; %D" },
	{ PLAN_N_PARAMS_WIN, 223,
	  "the ramoops.* parameters differ from the tree's ramoops node, and a kernel with ramoops "
	  "built in takes the parameters: the node is rewritten to %r, %s; remove one of the two" },
	{ PLAN_N_PARAMS_NAMED, 224,
	  "ramoops.mem_name=%m: Linux 6.12 and later choose the place by reserve_mem=, and it is "
	  "not known beforehand: after a crash it is looked for; give mem_address= and mem_size= "
	  "instead, or use %r" },
	{ PLAN_N_TURNED_OFF, PLAN_NOTE_TURNED_OFF,
	  "no carve-out: turned off by oopsmon.region=none" },
	{ PLAN_N_IN_STAGE, 227,
	  "the ramoops region %r is where a boot loader such as U-Boot lives, %t, and overwrites "
	  "it "
	  "at each start: kept all the same; choose an address below that" },
};

/* What each owner is called, and what can be done about it. */
static const struct {
	const char *name, *remedy;
} owners[] = {
	[OWNER_NONE] = { "lack of room", "make room" },
	[OWNER_MONITOR] = { "the monitor itself", "choose another address" },
	[OWNER_KERNEL] = { "the kernel being unpacked", "choose an address above it (oopsmon plan "
							"--payload=ADDR,SIZE counts the "
							"kernel's own size)" },
	[OWNER_INITRD] = { "the initrd", "load the initrd elsewhere or choose another address" },
	[OWNER_DTB] = { "the device tree itself",
			"load the tree elsewhere or choose another address" },
	[OWNER_STAGE] = { "a boot loader's memory", "choose another address" },
	[OWNER_MEMRESERVE] = { "a /memreserve/ entry", "move one of them in the device tree" },
	[OWNER_NODE] = { "", "move one of them in the device tree" },
	[OWNER_CRASHKERNEL] = { "crashkernel= on the command line",
				"remove crashkernel= or move it" },
	[OWNER_CMA] = { "cma= on the command line", "remove cma= or move it" },
	[OWNER_RAM_END] = { "the end of RAM", "choose an address that is RAM as a whole" },
	[OWNER_NO_RAM] = { "an address where no region can be",
			   "choose one that is RAM, on 4 KiB, below 4 GiB" },
	[OWNER_SIZE] = { "its own size", "give it a size that ramoops takes" },
	[OWNER_RAMOOPS] = { "the tree's ramoops node", "change or remove that node" },
	[OWNER_PARAMETERS] = { "ramoops.mem_address=", "remove one of them" },
	[OWNER_SEVERAL] = { "reservations of the device tree", "choose another address" },
};

/* Text from outside: nothing that a terminal could take for a command. */
static void put_outside(struct line *l, const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < 80 && text[i]; i++)
		line_put_char(l, text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
}

static void put_range(struct line *l, struct range r)
{
	static const char *const units[] = { " bytes)", " KiB)", " MiB)", " GiB)" };
	uint64_t size = r.bytes;
	uint32_t unit = 0;

	if (r.bytes == 0) {
		line_put(l, "no carve-out");
		return;
	}
	line_put_hex(l, "0x", r.base_pa, 8);
	line_put_hex(l, "-0x", range_end(r) - 1, 8);
	for (; (size & 1023) == 0 && unit < 3; unit++)
		size >>= 10;
	line_put(l, " (");
	line_put_digits(l, size, 10, 1);
	line_put(l, units[unit]);
}

static void put_path(struct line *l, const void *fdt, int node)
{
	char path[160];

	if (node < 0 || dt_path(fdt, node, path, sizeof(path)))
		line_put(l, "a node of /reserved-memory");
	else
		put_outside(l, path, sizeof(path));
}

static void put_obstacle(struct line *l, const void *fdt, const struct obstacle *o)
{
	if (o->owner == OWNER_NODE)
		put_path(l, fdt, o->node);
	else
		line_put(l, owners[o->owner].name);
	if (o->range.bytes == 0)
		return;
	line_put(l, ", ");
	put_range(l, o->range);
}

static void put_sizes(struct line *l, const struct geometry *g)
{
	line_put_hex(l, "record 0x", g->record_bytes, 1);
	line_put_hex(l, " console 0x", g->console_bytes, 1);
	line_put_hex(l, " ftrace 0x", g->ftrace_bytes, 1);
	line_put_hex(l, " pmsg 0x", g->pmsg_bytes, 1);
	line_put_number(l, " ecc ", g->ecc_bytes);
}

/* The word that is at fault, and for ramoops.* what Linux does with it. */
static void put_word(struct line *l, const struct plan *p, uint32_t bit)
{
	const struct parameters *have = &p->params;

	if (bit == PLAN_N_OPTION_UNREADABLE) {
		put_outside(l, p->bad_word, p->bad_word_len);
		return;
	}
	put_outside(l, have->bad_word, have->bad_word_len);
	line_put(l,
		 have->bad_is_suffix
			 ? ": Linux takes no suffix here and passes over it; write the number out, "
			   "as in 0x100000"
			 : ": Linux does not understand it and passes over it; correct it");
}

static void put_unknown(struct line *l, const struct unknown_words *u)
{
	put_outside(l, u->word, u->len);
	line_put(l, " does not exist and does nothing; ");
	if (u->nearest) {
		line_put(l, "did you mean oopsmon.");
		line_put(l, u->nearest);
		line_put(l, "?");
		return;
	}
	line_put(l, "there are:");
	for (uint32_t i = 0; known_words_name(i); i++) {
		line_put(l, i ? ", " : " ");
		line_put(l, known_words_name(i));
	}
}

static void put_wrong(struct line *l, const struct plan *p, const void *fdt)
{
	put_path(l, fdt, p->ramoops_node);
	line_put(l, "/");
	line_put(l, p->wrong.name);
	line_put_number(l, " has ", p->wrong.bytes);
	line_put_number(l, " bytes where ", p->wrong.needed);
	line_put(l, " are needed");
}

static void put_field(struct line *l, const struct plan *p, const void *fdt, uint32_t bit,
		      char what)
{
	const struct range region = geometry_range(&p->geom);
	const struct range earlier = geometry_range(&p->earlier);

	if (what == 'r')
		put_range(l, region);
	else if (what == 'e')
		put_range(l, earlier);
	else if (what == 'a')
		put_range(l, range_make(p->params.address, p->params.bytes));
	else if (what == 't')
		put_range(l, p->stage);
	else if (what == 'c')
		put_obstacle(l, fdt, &p->conflict);
	else if (what == 'q')
		put_obstacle(l, fdt, &p->refused);
	else if (what == 'd')
		line_put(l, owners[p->conflict.owner].remedy);
	else if (what == 'D')
		line_put(l, owners[p->refused.owner].remedy);
	else if (what == 's')
		put_sizes(l, &p->geom);
	else if (what == 'w')
		put_word(l, p, bit);
	else if (what == 'u')
		put_unknown(l, &p->unknown);
	else if (what == 'l')
		put_wrong(l, p, fdt);
	else if (what == 'b')
		line_put_digits(l, p->boot_log_bytes, 10, 1);
	else if (what == 'm')
		put_outside(l, p->params.name, p->params.name_len);
}

uint32_t plan_note(const struct plan *p, const void *fdt, uint32_t i, char text[PLAN_NOTE_BYTES])
{
	struct line l = { text, 0 };

	if (i >= PLAN_NOTES || !(p->notices & notes[i].bit))
		return 0;
	for (const char *t = notes[i].text; *t; t++) {
		if (*t == '%' && t[1])
			put_field(&l, p, fdt, notes[i].bit, *++t);
		else
			line_put_char(&l, *t);
	}
	text[l.len < PLAN_NOTE_BYTES ? l.len : PLAN_NOTE_BYTES - 1] = 0;
	return notes[i].code;
}
