/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the monitor would print on a board: its own drivers, bound to the tree. */
#include "plan.h"
#include "text.h"

#include "core/tree/dt.h"

#include <inttypes.h>
#include <string.h>

static const struct driver *const uarts[] = { UART_DRIVERS, NULL };

static const struct {
	const char *name, *text;
} doubts[] = {
	[CONSOLE_AS_NAMED] = { "none", "" },
	[CONSOLE_NO_NODE] = { "no node", "which leads to no node" },
	[CONSOLE_NO_DRIVER] = { "no driver", "for which the monitor has no driver" },
	[CONSOLE_DISABLED] = { "disabled", "which is disabled" },
	[CONSOLE_OUT_OF_REACH] = { "out of reach",
				   "whose registers are above 4 GiB, where 32 bits do not reach" },
};

void plan_console_find(const void *fdt, struct plan_console *out)
{
	static struct devices d; /* too large for a stack */
	const struct device *uart = &d.dev[DRIVER_UART];

	devices_bind(fdt, uarts, UINT32_MAX, &d);
	*out = (struct plan_console){ .doubt = doubts[d.console_doubt].name };
	if (d.console_doubt != CONSOLE_AS_NAMED) {
		out->why = doubts[d.console_doubt].text;
		out->named = d.console_named;
	}
	if (!uart->driver)
		return;
	out->driver = uart->driver->name;
	out->base_pa = uart->reg.base_pa;
	if (uart->node < 0 || dt_path(fdt, uart->node, out->path, sizeof(out->path)))
		out->path[0] = '\0';
}

void plan_console_write(FILE *f, const struct plan_console *c)
{
	if (c->driver)
		fprintf(f, "console   %s at 0x%08" PRIx64, c->driver, c->base_pa);
	else
		fputs("console   none", f);
	if (c->path[0]) {
		fputs(", ", f);
		text_escaped(f, (struct span){ (const uint8_t *)c->path, strlen(c->path) });
	}
	if (c->why) {
		fputs("; stdout-path names ", f);
		if (c->named)
			text_escaped(f,
				     (struct span){ (const uint8_t *)c->named, strlen(c->named) });
		fprintf(f, ", %s", c->why);
	} else if (!c->driver) {
		fputs("; the tree has no enabled UART for which the monitor has a driver", f);
	}
	fputc('\n', f);
}
