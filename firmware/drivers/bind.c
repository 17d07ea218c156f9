/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding drivers to the nodes of a device tree, in one walk: a boot stage looks at
 * every node once, and libfdt's searches by path or phandle each cost a walk. Which of
 * the UARTs found is the console: console_choice.c.
 */
#include "console_choice.h"
#include "core/tree/dt.h"
#include "uart.h"

#include <string.h>

enum {
	CLOCKS_MAX = 8, /* fixed clocks remembered */
	BAUD_DEFAULT = 115200,
	SHIFT_MAX = 3,
};

#define ABSENT UINT32_MAX

struct clock {
	uint32_t phandle, hz;
};

/* The properties that matter here of the node the walk is in. */
struct node {
	int offset; /* -1: none */
	int depth;
	const char *compatible;
	uint32_t compatible_len;
	uint32_t phandle, clock_frequency, clocks, speed, bank_width, reg_offset; /* 0: absent */
	uint32_t reg_shift, reg_width;						  /* ABSENT */
	const char *reg;
	uint32_t reg_len;
	bool disabled, smc;
};

struct walk {
	struct match_index index;
	struct devices *out;
	struct node node;
	const char *name[DT_DEPTH_MAX];	 /* of the node and those above it, by depth */
	struct dt_bus bus[DT_DEPTH_MAX]; /* of the same */
	int off_depth; /* of a disabled node that the walk is in, DT_DEPTH_MAX: none */
	bool in_chosen;
	uint32_t n_clocks;
	struct clock clocks[CLOCKS_MAX];
	struct console_input console;
	struct uart_found uarts[UARTS_MAX];
	uint32_t soc_clock[SOC_UNITS_MAX];
};

static bool is(const char *value, uint32_t len, const char *word)
{
	size_t n = strlen(word) + 1;

	return len == n && memcmp(value, word, n) == 0;
}

static void note_chosen(struct console_input *c, const struct dt_walk *at)
{
	if (at->len < 2 || at->value[at->len - 1])
		return;
	if (strcmp(at->name, "stdout-path") == 0 ||
	    (strcmp(at->name, "linux,stdout-path") == 0 && !c->stdout_path))
		c->stdout_path = at->value;
	else if (strcmp(at->name, "bootargs") == 0)
		c->bootargs = at->value;
}

/* Where the number in a property goes, NULL: it is not one of these. */
static uint32_t *number_place(struct node *n, const char *name)
{
	switch (name[0]) {
	case 'b':
		return strcmp(name, "bank-width") == 0 ? &n->bank_width : NULL;
	case 'p':
		return strcmp(name, "phandle") == 0 ? &n->phandle : NULL;
	case 'c':
		if (strcmp(name, "clocks") == 0)
			return &n->clocks;
		if (strcmp(name, "clock-frequency") == 0)
			return &n->clock_frequency;
		return strcmp(name, "current-speed") == 0 ? &n->speed : NULL;
	case 'r':
		if (strcmp(name, "reg-shift") == 0)
			return &n->reg_shift;
		if (strcmp(name, "reg-io-width") == 0)
			return &n->reg_width;
		return strcmp(name, "reg-offset") == 0 ? &n->reg_offset : NULL;
	default:
		return NULL;
	}
}

/* A tree has hundreds of these: names are told apart by their first letter. */
static void note_prop(struct walk *w, const struct dt_walk *at)
{
	struct node *n = &w->node;
	const char first = at->name[0];
	uint32_t *number;

	if (w->in_chosen) {
		note_chosen(&w->console, at);
	} else if (first == 'c' && strcmp(at->name, "compatible") == 0) {
		n->compatible = at->value;
		n->compatible_len = at->len;
	} else if (first == 'r' && strcmp(at->name, "reg") == 0) {
		n->reg = at->value;
		n->reg_len = at->len;
	} else if (first == 's' && strcmp(at->name, "status") == 0) {
		n->disabled = !is(at->value, at->len, "okay") && !is(at->value, at->len, "ok");
	} else if (first == 'm' && strcmp(at->name, "method") == 0) {
		n->smc = is(at->value, at->len, "smc");
	} else if (first == '#' || (first == 'r' && at->name[1] == 'a')) {
		if (n->depth < DT_DEPTH_MAX)
			dt_bus_prop(&w->bus[n->depth], at);
	} else if (at->len >= 4) {
		number = number_place(n, at->name);
		if (number)
			*number = (uint32_t)dt_number(at->value, 1);
	}
}

static enum om_err get_reg(const struct walk *w, const struct node *n, uint32_t i,
			   struct range *out)
{
	return n->reg ? dt_bus_reg(w->bus, n->depth, n->reg, n->reg_len, i, out) : OM_E_NOT_FOUND;
}

/* The device of a node; false if it has no registers where it should. */
static bool make_device(const struct walk *w, const struct node *n, const struct driver *drv,
			struct device *dev)
{
	*dev = (struct device){ .driver = drv, .node = n->offset, .use_smc = n->smc };
	if (drv->class == DRIVER_FLASH) {
		dev->bank_width = n->bank_width;
		while (dev->n_banks < DEVICE_BANKS_MAX &&
		       get_reg(w, n, dev->n_banks, &dev->bank[dev->n_banks]) == OM_OK)
			dev->n_banks++;
	}
	return drv->class == DRIVER_RESET || get_reg(w, n, 0, &dev->reg) == OM_OK;
}

/* How a UART's registers are laid out: by the tree where that counts, else as its driver says. */
static void set_layout(const struct node *n, const struct uart_model *m, struct uart_found *u)
{
	u->reg_shift = m->reg_shift;
	u->reg_width = m->width;
	if (!m->layout_by_tree)
		return;
	if (n->reg_shift <= SHIFT_MAX)
		u->reg_shift = (uint8_t)n->reg_shift;
	if (n->reg_width == 1 || n->reg_width == 2 || n->reg_width == 4)
		u->reg_width = (uint8_t)n->reg_width;
	if (n->reg_offset < u->reg.bytes)
		u->reg = range_make(u->reg.base_pa + n->reg_offset, u->reg.bytes - n->reg_offset);
}

static void add_uart(struct walk *w, const struct node *n, const struct driver *drv)
{
	struct uart_found *u = &w->uarts[w->console.n_uarts];

	if (w->console.n_uarts == UARTS_MAX)
		return;
	*u = (struct uart_found){ .driver = drv,
				  .node = n->offset,
				  .clock = n->clocks,
				  .clock_hz = n->clock_frequency,
				  .baud = console_rate_valid(n->speed) };
	if (get_reg(w, n, 0, &u->reg) != OM_OK)
		return;
	if (drv->uart_model)
		set_layout(n, drv->uart_model, u);
	if (!uart_reg_fits(u->reg, u->reg_width, w->console.last_pa))
		return;
	if (n->depth <= UART_DEPTH_MAX) {
		u->depth = (uint8_t)n->depth;
		memcpy(u->name, &w->name[1], u->depth * sizeof(u->name[0]));
	}
	w->console.n_uarts++;
}

static void add_soc_unit(struct walk *w, const struct node *n, const struct driver *drv)
{
	struct devices *out = w->out;
	struct range reg = { 0 };

	if (out->n_soc == SOC_UNITS_MAX)
		return;
	if (get_reg(w, n, 0, &reg) != OM_OK)
		reg.bytes = 0;
	w->soc_clock[out->n_soc] = n->clocks;
	out->soc[out->n_soc++] = (struct soc_unit){
		.base_pa = reg.base_pa,
		.bytes = reg.bytes < SOC_UNIT_BYTES_MAX ? (uint32_t)reg.bytes : SOC_UNIT_BYTES_MAX,
		.kind = match_number(drv->compatible, n->compatible, n->compatible_len),
		.clock_hz = n->clock_frequency,
	};
}

/* All properties of the node are known: does a driver want it? */
static void node_done(struct walk *w)
{
	struct node *n = &w->node;
	const struct driver *drv;
	struct device dev;

	if (n->offset < 0)
		return;
	if (n->depth <= w->off_depth)
		w->off_depth = n->disabled ? n->depth : DT_DEPTH_MAX;
	if (!n->compatible)
		return;
	if (is(n->compatible, n->compatible_len, "fixed-clock") && n->phandle &&
	    n->clock_frequency && w->n_clocks < CLOCKS_MAX)
		w->clocks[w->n_clocks++] = (struct clock){ n->phandle, n->clock_frequency };
	drv = match_find(&w->index, n->compatible, n->compatible_len);
	if (!drv || n->depth >= w->off_depth)
		return;
	if (drv->class == DRIVER_UART)
		add_uart(w, n, drv);
	else if (drv->class == DRIVER_SOC)
		add_soc_unit(w, n, drv);
	else if (!w->out->dev[drv->class].driver && make_device(w, n, drv, &dev))
		w->out->dev[drv->class] = dev;
}

static void node_start(struct walk *w, const struct dt_walk *at)
{
	w->node = (struct node){
		.offset = at->node, .depth = at->depth, .reg_shift = ABSENT, .reg_width = ABSENT
	};
	if (at->depth < DT_DEPTH_MAX) {
		dt_bus_start(&w->bus[at->depth]);
		w->name[at->depth] = at->name;
	}
	w->in_chosen = at->depth == 1 && strcmp(at->name, "chosen") == 0;
	if (at->depth == 1 && strcmp(at->name, "aliases") == 0)
		w->console.aliases = at->node;
}

/* Rate of the fixed clock with this phandle, 0: there is none. */
static uint32_t fixed_hz(const struct walk *w, uint32_t phandle)
{
	for (uint32_t i = 0; i < w->n_clocks; i++)
		if (w->clocks[i].phandle == phandle)
			return w->clocks[i].hz;
	return 0;
}

static void settle_uart(struct walk *w)
{
	struct device *dev = &w->out->dev[DRIVER_UART];
	struct uart_found u;

	w->out->console_doubt = console_choose(&w->console, &u);
	w->out->console_named = w->console.stdout_path;
	if (!u.driver)
		return;
	*dev = (struct device){ .driver = u.driver,
				.reg = u.reg,
				.clock_hz = u.clock_hz,
				.baud = u.baud ? u.baud : BAUD_DEFAULT,
				.reg_shift = u.reg_shift,
				.reg_width = u.reg_width,
				.node = u.node };
	if (!dev->clock_hz)
		dev->clock_hz = fixed_hz(w, u.clock);
}

static void settle_soc(struct walk *w)
{
	for (uint32_t i = 0; i < w->out->n_soc; i++)
		if (!w->out->soc[i].clock_hz)
			w->out->soc[i].clock_hz = fixed_hz(w, w->soc_clock[i]);
}

void devices_bind(const void *fdt, const struct driver *const *list, uint64_t last_pa,
		  struct devices *out)
{
	struct walk w;
	struct dt_walk at;
	enum dt_event event;

	w.out = out;
	w.node.offset = -1;
	w.off_depth = DT_DEPTH_MAX;
	w.n_clocks = 0;
	w.console = (struct console_input){
		.fdt = fdt, .drivers = &w.index, .last_pa = last_pa, .uart = w.uarts, .aliases = -1
	};
	(void)match_index_make(list, &w.index);
	*out = (struct devices){ 0 };
	dt_walk_start(&at, fdt);
	do {
		event = dt_walk_next(&at);
		if (event == DT_PROP) {
			note_prop(&w, &at);
			continue;
		}
		node_done(&w);
		w.node.offset = -1;
		w.in_chosen = false;
		if (event == DT_NODE)
			node_start(&w, &at);
	} while (event < DT_DONE);
	settle_uart(&w);
	settle_soc(&w);
}
