/* SPDX-License-Identifier: BSD-2-Clause */
#include "console_choice.h"

#include "core/tree/cmdline.h"
#include "core/tree/dt.h"
#include "uart.h"

#include <libfdt.h>
#include <string.h>

enum {
	BAUD_MIN = 300,
	BAUD_MAX = 10000000,
	PAGE_BYTES = 4096,
	PATH_BYTES = 256,
	ALIAS_NONE = 1 << 30,
};

uint32_t console_rate_valid(uint32_t rate)
{
	return rate >= BAUD_MIN && rate <= BAUD_MAX ? rate : 0;
}

uint32_t console_rate_of(const char *digits, size_t len)
{
	uint32_t rate = 0;

	for (size_t i = 0; i < len && digits[i] >= '0' && digits[i] <= '9' && rate < BAUD_MAX; i++)
		rate = rate * 10 + (uint32_t)(digits[i] - '0');
	return console_rate_valid(rate);
}

bool uart_reg_fits(struct range reg, uint32_t width, uint64_t last_pa)
{
	return reg.bytes > 0 && reg.base_pa <= last_pa && reg.bytes - 1 <= last_pa - reg.base_pa &&
	       reg.base_pa % (width ? width : 4) == 0;
}

/* A component of a path: the whole name, or what is before its unit address. */
static bool is_component(const char *name, const char *path, size_t len)
{
	return strncmp(name, path, len) == 0 && (name[len] == '\0' || name[len] == '@');
}

/* Slashes may be repeated, and end it. */
static bool has_path(const struct uart_found *u, const char *path, size_t len)
{
	const char *const end = path + len;

	for (uint32_t i = 0; i < u->depth; i++) {
		const char *start;

		while (path < end && *path == '/')
			path++;
		for (start = path; path < end && *path != '/';)
			path++;
		if (path == start || !is_component(u->name[i], start, (size_t)(path - start)))
			return false;
	}
	while (path < end && *path == '/')
		path++;
	return u->depth > 0 && path == end;
}

static const struct uart_found *by_path(const struct console_input *in, const char *path,
					size_t len)
{
	for (uint32_t i = 0; i < in->n_uarts; i++)
		if (has_path(&in->uart[i], path, len))
			return &in->uart[i];
	return NULL;
}

/* One to three digits, ALIAS_NONE: something else. */
static uint32_t number_of(const char *digits, size_t len)
{
	uint32_t n = 0;

	if (len < 1 || len > 3)
		return ALIAS_NONE;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return ALIAS_NONE;
		n = n * 10 + (uint32_t)(digits[i] - '0');
	}
	return n;
}

/* The number N of an alias "serialN", ALIAS_NONE: it is not one. */
static uint32_t alias_number(const char *name)
{
	static const char serial[] = "serial";
	const size_t len = sizeof(serial) - 1;

	return strncmp(name, serial, len) == 0 ? number_of(name + len, strlen(name + len))
					       : ALIAS_NONE;
}

/* The value of alias @name, @len characters; NULL: there is none. */
static const char *alias(const struct console_input *in, const char *name, size_t len)
{
	struct dt_walk w;

	if (in->aliases < 0)
		return NULL;
	dt_walk_start_at(&w, in->fdt, in->aliases);
	(void)dt_walk_next(&w);
	while (dt_walk_next(&w) == DT_PROP)
		if (strncmp(w.name, name, len) == 0 && !w.name[len] && w.len > 1 &&
		    !w.value[w.len - 1])
			return w.value;
	return NULL;
}

/* By a path, or an alias. */
static const struct uart_found *by_name(const struct console_input *in, const char *name,
					size_t len)
{
	const char *start;

	if (len > 0 && *name == '/')
		return by_path(in, name, len);
	start = alias(in, name, len); /* nothing may follow it: no UART is in another one */
	return start ? by_path(in, start, strlen(start)) : NULL;
}

/* The UART of alias serialN; @n: ALIAS_NONE takes the lowest that there is. */
static const struct uart_found *by_number(const struct console_input *in, uint32_t n)
{
	const struct uart_found *found = NULL;
	uint32_t lowest = ALIAS_NONE;
	struct dt_walk w;

	if (in->aliases < 0)
		return NULL;
	dt_walk_start_at(&w, in->fdt, in->aliases);
	(void)dt_walk_next(&w);
	while (dt_walk_next(&w) == DT_PROP) {
		const uint32_t number = alias_number(w.name);
		const struct uart_found *u;

		if (number >= lowest || (n != ALIAS_NONE && number != n) || w.len < 2 ||
		    w.value[w.len - 1])
			continue;
		u = by_path(in, w.value, strlen(w.value));
		if (u) {
			found = u;
			lowest = number;
		}
	}
	return found;
}

/* What is left of a word of a command line, taken apart at its commas. */
struct words {
	const char *p;
	size_t len;
};

/* The next part; of length 0 at the end. */
static struct words next_part(struct words *w)
{
	const char *comma = memchr(w->p, ',', w->len);
	const struct words part = { w->p, comma ? (size_t)(comma - w->p) : w->len };
	const size_t used = part.len + (comma != NULL);

	w->p += used;
	w->len -= used;
	return part;
}

static bool part_is(struct words part, const char *word)
{
	return part.len == strlen(word) && memcmp(part.p, word, part.len) == 0;
}

/* "ttymxc1" */
static const struct uart_found *by_tty(const struct console_input *in, struct words name)
{
	const struct uart_found *u;
	size_t n = name.len;

	while (n > 0 && name.p[n - 1] >= '0' && name.p[n - 1] <= '9')
		n--;
	if (number_of(name.p + n, name.len - n) == ALIAS_NONE)
		return NULL;
	u = by_number(in, number_of(name.p + n, name.len - n));
	return u && match_list_has(u->driver->linux_names, name.p, n) ? u : NULL;
}

static const struct driver *by_linux_name(const struct console_input *in, struct words name)
{
	for (const struct driver *const *d = in->drivers->list; *d; d++)
		if (match_list_has((*d)->linux_names, name.p, name.len))
			return *d;
	return NULL;
}

/* "pl011,0x9000000", "uart8250,mmio32,0x1c28000": @rest is what follows the name */
static bool by_address(const struct console_input *in, struct words name, struct words *rest,
		       struct uart_found *out)
{
	static const struct {
		const char *word;
		uint8_t shift, width;
	} layouts[] = { { "mmio", 0, 1 }, { "mmio16", 1, 2 }, { "mmio32", 2, 4 } };
	struct words part = next_part(rest);
	struct uart_found u = { .node = -1, .reg_width = 1 };
	uint64_t pa;
	size_t used;

	for (uint32_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (!part_is(part, layouts[i].word))
			continue;
		u.reg_shift = layouts[i].shift;
		u.reg_width = layouts[i].width;
		part = next_part(rest);
		break;
	}
	if (cmdline_size(part.p, part.len, &pa, &used) || used != part.len)
		return false;
	for (uint32_t i = 0; i < in->n_uarts; i++) {
		if (in->uart[i].reg.base_pa == pa) {
			*out = in->uart[i];
			return true;
		}
	}
	u.driver = by_linux_name(in, name);
	if (!u.driver)
		return false;
	if (!u.driver->uart_model || !u.driver->uart_model->layout_by_tree)
		u.reg_shift = u.reg_width = 0;
	u.reg = range_make(pa, PAGE_BYTES - pa % PAGE_BYTES);
	*out = u;
	return uart_reg_fits(u.reg, u.reg_width, in->last_pa);
}

/* The value of an earlycon= or console= word. */
static bool by_word(const struct console_input *in, const char *value, size_t len,
		    struct uart_found *out)
{
	struct words rest = { value, len };
	const struct words name = next_part(&rest);
	const struct uart_found *u = by_tty(in, name);
	uint32_t baud;

	if (u)
		*out = *u;
	else if (!by_address(in, name, &rest, out))
		return false;
	baud = console_rate_of(rest.p, rest.len);
	if (baud)
		out->baud = baud;
	return true;
}

static bool by_bootargs(const struct console_input *in, struct uart_found *out)
{
	static const char *const names[] = { "earlycon", "console" };
	struct uart_found u;
	bool found = false;
	size_t len;

	for (uint32_t i = 0; i < 2 && in->bootargs && !found; i++)
		for (const char *v = NULL; (v = cmdline_next(in->bootargs, names[i], v, &len));)
			if (by_word(in, v, len, &u)) {
				*out = u;
				found = true;
			}
	return found;
}

/* Is it, and is every node above it? */
static bool is_enabled(const void *fdt, int node)
{
	char path[PATH_BYTES];

	if (dt_path(fdt, node, path, sizeof(path)))
		return dt_enabled(fdt, node);
	for (int i = 1; path[i]; i++)
		if (path[i] == '/' && !dt_enabled(fdt, fdt_path_offset_namelen(fdt, path, i)))
			return false;
	return dt_enabled(fdt, node);
}

/* Rare: looks at the tree once more, to say what is wrong with the node. */
static enum console_doubt doubt_of(const struct console_input *in, const char *path, size_t len)
{
	const int node = fdt_path_offset_namelen(in->fdt, path, (int)len);
	const struct driver *d;
	const char *compatible;
	int n = 0;

	if (node < 0)
		return CONSOLE_NO_NODE;
	if (!is_enabled(in->fdt, node))
		return CONSOLE_DISABLED;
	compatible = fdt_getprop(in->fdt, node, "compatible", &n);
	d = compatible && n > 0 ? match_find(in->drivers, compatible, (size_t)n) : NULL;
	return d && d->class == DRIVER_UART ? CONSOLE_OUT_OF_REACH : CONSOLE_NO_DRIVER;
}

enum console_doubt console_choose(const struct console_input *in, struct uart_found *out)
{
	enum console_doubt doubt = CONSOLE_AS_NAMED;
	const struct uart_found *u = NULL;

	*out = (struct uart_found){ .node = -1 };
	if (in->stdout_path) {
		const size_t len = strcspn(in->stdout_path, ":");
		const char *options = in->stdout_path + len;

		u = by_name(in, in->stdout_path, len);
		if (u) {
			const uint32_t baud =
				*options ? console_rate_of(options + 1, strlen(options + 1)) : 0;

			*out = *u;
			out->baud = baud ? baud : u->baud;
			return CONSOLE_AS_NAMED;
		}
		doubt = doubt_of(in, in->stdout_path, len);
	}
	u = by_number(in, 0);
	if (!u && by_bootargs(in, out))
		return doubt;
	if (!u)
		u = by_number(in, ALIAS_NONE);
	if (!u && in->n_uarts > 0)
		u = &in->uart[0];
	if (u)
		*out = *u;
	return doubt;
}
