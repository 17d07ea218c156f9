/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding drivers to the nodes of a device tree, in one walk: a boot stage looks at
 * every node once, and libfdt's searches by path or phandle each cost a walk.
 */
#include "core/tree/dt.h"
#include "drivers.h"

#include <libfdt.h>
#include <string.h>

enum {
	CLOCKS_MAX = 8, /* fixed clocks remembered */
	BAUD_DEFAULT = 115200,
	BAUD_MIN = 300,
	BAUD_MAX = 10000000,
};

struct clock {
	uint32_t phandle, hz;
};

/* The properties that matter here of the node the walk is in. */
struct node {
	int offset; /* -1: none */
	const char *compatible;
	uint32_t compatible_len;
	uint32_t phandle, clock_frequency, clocks, speed, bank_width; /* 0: absent */
	const char *reg;
	uint32_t reg_len;
	bool disabled, smc;
	bool under_root;
};

struct walk {
	const void *fdt;
	const struct driver *const *list;
	struct devices *out;
	struct node node;
	uint32_t n_addr, n_size; /* cells of the root's children */
	bool in_root, in_chosen;
	const char *stdout_path; /* terminated; NULL: none */
	uint32_t n_uarts;
	uint32_t n_clocks;
	struct clock clocks[CLOCKS_MAX];
	uint32_t uart_clock; /* phandle of the clock of the UART taken */
};

const struct driver *driver_find(const char *compatible, size_t len,
				 const struct driver *const *list)
{
	while (len > 0) {
		size_t n = strnlen(compatible, len);

		if (n == len)
			return NULL;
		for (const struct driver *const *d = list; *d; d++)
			for (const char *const *c = (*d)->compatible; *c; c++)
				if (strcmp(*c, compatible) == 0)
					return *d;
		compatible += n + 1;
		len -= n + 1;
	}
	return NULL;
}

static bool is(const char *value, uint32_t len, const char *word)
{
	size_t n = strlen(word) + 1;

	return len == n && memcmp(value, word, n) == 0;
}

static void note_prop(struct walk *w, const struct dt_walk *at)
{
	struct node *n = &w->node;

	if (w->in_chosen) {
		bool named = strcmp(at->name, "stdout-path") == 0 ||
			     (strcmp(at->name, "linux,stdout-path") == 0 && !w->stdout_path);

		if (named && at->len > 1 && at->value[at->len - 1] == '\0')
			w->stdout_path = at->value;
	} else if (strcmp(at->name, "compatible") == 0) {
		n->compatible = at->value;
		n->compatible_len = at->len;
	} else if (strcmp(at->name, "reg") == 0) {
		n->reg = at->value;
		n->reg_len = at->len;
	} else if (strcmp(at->name, "status") == 0) {
		n->disabled = !is(at->value, at->len, "okay") && !is(at->value, at->len, "ok");
	} else if (strcmp(at->name, "method") == 0) {
		n->smc = is(at->value, at->len, "smc");
	} else if (at->len >= 4) {
		if (strcmp(at->name, "phandle") == 0)
			n->phandle = (uint32_t)dt_number(at->value, 1);
		else if (strcmp(at->name, "clocks") == 0)
			n->clocks = (uint32_t)dt_number(at->value, 1);
		else if (strcmp(at->name, "clock-frequency") == 0)
			n->clock_frequency = (uint32_t)dt_number(at->value, 1);
		else if (strcmp(at->name, "current-speed") == 0)
			n->speed = (uint32_t)dt_number(at->value, 1);
		else if (strcmp(at->name, "bank-width") == 0)
			n->bank_width = (uint32_t)dt_number(at->value, 1);
		else if (w->in_root && strcmp(at->name, "#address-cells") == 0)
			w->n_addr = (uint32_t)dt_number(at->value, 1);
		else if (w->in_root && strcmp(at->name, "#size-cells") == 0)
			w->n_size = (uint32_t)dt_number(at->value, 1);
	}
}

/* reg entry @i. The root's children need no translation, which saves a walk. */
static enum om_err get_reg(const struct walk *w, const struct node *n, uint32_t i,
			   struct range *out)
{
	const uint32_t bytes = 4 * (w->n_addr + w->n_size);
	const char *reg;

	if (!n->under_root || w->n_addr < 1 || w->n_addr > 2 || w->n_size > 2 || n->reg_len < bytes)
		return dt_reg(w->fdt, n->offset, i, out);
	if (n->reg_len / bytes <= i)
		return OM_E_NOT_FOUND;
	reg = n->reg + i * bytes;
	*out = range_make(dt_number(reg, w->n_addr), dt_number(reg + 4 * w->n_addr, w->n_size));
	return OM_OK;
}

/* The device of a node; false if it has no registers where it should. */
static bool make_device(const struct walk *w, const struct node *n, const struct driver *drv,
			struct device *dev)
{
	*dev = (struct device){ .driver = drv, .node = n->offset, .use_smc = n->smc };
	dev->baud = n->speed >= BAUD_MIN && n->speed <= BAUD_MAX ? n->speed : BAUD_DEFAULT;
	if (drv->class == DRIVER_FLASH) {
		dev->bank_width = n->bank_width;
		while (dev->n_banks < DEVICE_BANKS_MAX &&
		       get_reg(w, n, dev->n_banks, &dev->bank[dev->n_banks]) == OM_OK)
			dev->n_banks++;
	}
	return drv->class == DRIVER_RESET || get_reg(w, n, 0, &dev->reg) == OM_OK;
}

/* All properties of the node are known: does a driver want it? */
static void node_done(struct walk *w)
{
	struct node n = w->node;
	const struct driver *drv;
	struct device dev;

	w->node = (struct node){ .offset = -1 };
	if (n.offset < 0 || !n.compatible)
		return;
	if (is(n.compatible, n.compatible_len, "fixed-clock") && n.phandle && n.clock_frequency &&
	    w->n_clocks < CLOCKS_MAX)
		w->clocks[w->n_clocks++] = (struct clock){ n.phandle, n.clock_frequency };
	drv = driver_find(n.compatible, n.compatible_len, w->list);
	if (!drv || n.disabled || !make_device(w, &n, drv, &dev))
		return;
	w->n_uarts += drv->class == DRIVER_UART;
	if (w->out->dev[drv->class].driver)
		return;
	w->out->dev[drv->class] = dev;
	if (drv->class == DRIVER_UART)
		w->uart_clock = n.clocks;
}

/* The rate after the ':' of stdout-path, 0: none that makes sense. */
static uint32_t rate_of(const char *options)
{
	uint32_t rate = 0;

	for (; *options >= '0' && *options <= '9' && rate < BAUD_MAX; options++)
		rate = rate * 10 + (uint32_t)(*options - '0');
	return rate >= BAUD_MIN && rate <= BAUD_MAX ? rate : 0;
}

/* The first cell of a property, 0: there is none. */
static uint32_t cell_of(const struct walk *w, int node, const char *name)
{
	int len;
	const fdt32_t *cell = fdt_getprop(w->fdt, node, name, &len);

	return cell && len >= 4 ? fdt32_ld(cell) : 0;
}

/* Of several UARTs the one that stdout-path names (a path or an alias), if we can drive it. */
static void choose_uart(struct walk *w, size_t path_len)
{
	int len, offset = fdt_path_offset_namelen(w->fdt, w->stdout_path, (int)path_len);
	struct node n = { .offset = offset };
	const struct driver *drv;
	struct device dev;

	n.compatible = offset < 0 ? NULL : fdt_getprop(w->fdt, offset, "compatible", &len);
	if (!n.compatible || len <= 0)
		return;
	drv = driver_find(n.compatible, (size_t)len, w->list);
	n.speed = cell_of(w, offset, "current-speed");
	if (!drv || drv->class != DRIVER_UART || !make_device(w, &n, drv, &dev))
		return;
	w->out->dev[DRIVER_UART] = dev;
	w->uart_clock = cell_of(w, offset, "clocks");
}

static void settle_uart(struct walk *w)
{
	struct device *uart = &w->out->dev[DRIVER_UART];
	uint32_t rate = 0;

	if (w->stdout_path) {
		const char *colon = strchr(w->stdout_path, ':');

		if (w->n_uarts > 1)
			choose_uart(w, colon ? (size_t)(colon - w->stdout_path)
					     : strlen(w->stdout_path));
		rate = colon ? rate_of(colon + 1) : 0;
	}
	if (rate)
		uart->baud = rate;
	for (uint32_t i = 0; i < w->n_clocks; i++)
		if (w->clocks[i].phandle == w->uart_clock)
			uart->clock_hz = w->clocks[i].hz;
}

void devices_bind(const void *fdt, const struct driver *const *list, struct devices *out)
{
	struct walk w = { .fdt = fdt,
			  .list = list,
			  .out = out,
			  .node = { .offset = -1 },
			  .n_addr = 2,
			  .n_size = 1 };
	struct dt_walk at;
	enum dt_event event;

	*out = (struct devices){ 0 };
	dt_walk_start(&at, fdt);
	do {
		event = dt_walk_next(&at);
		if (event == DT_PROP) {
			note_prop(&w, &at);
			continue;
		}
		node_done(&w);
		w.in_chosen = event == DT_NODE && at.depth == 1 && strcmp(at.name, "chosen") == 0;
		w.in_root = event == DT_NODE && at.depth == 0;
		if (event == DT_NODE) {
			w.node.offset = at.node;
			w.node.under_root = at.depth == 1;
		}
	} while (event < DT_DONE);
	if (out->dev[DRIVER_UART].driver)
		settle_uart(&w);
}
