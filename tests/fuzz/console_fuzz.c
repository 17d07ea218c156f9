/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which UART of somebody else's tree is the console. Input: the bits of an address that the CPU
 * has, less one (8 bits); the tree.
 */
#include "drivers/console_choice.h"
#include "trees.h"
#include "unit/no_registers.h"

static const struct driver *const uarts[] = { UART_DRIVERS, NULL };

static void check_console(const void *fdt, size_t bytes, uint64_t last_pa)
{
	const struct span blob = { fdt, bytes };
	static struct devices d, again;
	const struct device *uart = &d.dev[DRIVER_UART];

	memset(&d, 0x5a, sizeof(d));
	memset(&again, 0xa5, sizeof(again));
	devices_bind(fdt, uarts, last_pa, &d);
	devices_bind(fdt, uarts, last_pa, &again);
	require(d.console_doubt == again.console_doubt &&
			uart->driver == again.dev[DRIVER_UART].driver &&
			uart->reg.base_pa == again.dev[DRIVER_UART].reg.base_pa,
		"the same console again");
	require(d.console_doubt <= CONSOLE_OUT_OF_REACH, "a known doubt");
	if (d.console_doubt)
		require(d.console_named && lies_in((struct span){ (const uint8_t *)d.console_named,
								  strlen(d.console_named) + 1 },
						   blob),
			"what is named is a text in the tree");
	for (uint32_t i = 0; i < DRIVER_CLASSES; i++)
		require(i == DRIVER_UART || !d.dev[i].driver, "nothing but a UART");
	if (!uart->driver)
		return;
	require(uart->driver->class == DRIVER_UART, "a UART");
	require(uart_reg_fits(uart->reg, uart->reg_width, last_pa), "registers within reach");
	require(uart->reg_shift <= 3, "registers close to one another");
	require(uart->reg_width == 0 || uart->reg_width == 1 || uart->reg_width == 2 ||
			uart->reg_width == 4,
		"accesses that there are");
	require(console_rate_valid(uart->baud) == uart->baud && uart->baud, "a rate");
	if (uart->node >= 0)
		require(dt_enabled(fdt, uart->node), "an enabled node");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint64_t last_pa = UINT64_MAX >> (63 - take(&in, 1) % 64);
	const struct span tree = make_copy(in);
	size_t used = 0;

	if (dt_check(tree.p, tree.len, &used) == OM_OK)
		check_console(tree.p, used, last_pa);
	drop_copy(tree, in);
	return 0;
}
