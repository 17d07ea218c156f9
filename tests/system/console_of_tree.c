/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which UART the monitor takes for its console:
 *
 *     console_of_tree BITS TREE.dtb...
 *
 * BITS of an address are what the CPU has. A line for each tree: the file, then the driver, the
 * address and its node, or "none", and a word of doubt if stdout-path names something else. No
 * register is touched: to read one ends the program.
 */
#include "core/tree/dt.h"
#include "drivers/drivers.h"
#include "unit/no_registers.h"

#include <stdio.h>
#include <stdlib.h>

static const struct driver *const uarts[] = { UART_DRIVERS, NULL };

static void print_console(const char *file, const void *fdt, uint64_t last_pa)
{
	static const char *const doubts[] = {
		[CONSOLE_AS_NAMED] = "",
		[CONSOLE_NO_NODE] = " no-node",
		[CONSOLE_NO_DRIVER] = " no-driver",
		[CONSOLE_DISABLED] = " disabled",
		[CONSOLE_OUT_OF_REACH] = " out-of-reach",
	};
	static struct devices d;
	const struct device *uart = &d.dev[DRIVER_UART];
	char path[256] = "-";

	devices_bind(fdt, uarts, last_pa, &d);
	if (uart->driver && uart->node >= 0 && dt_path(fdt, uart->node, path, sizeof(path)))
		exit(3);
	if (uart->driver)
		printf("%s: %s 0x%llx %s%s\n", file, uart->driver->name,
		       (unsigned long long)uart->reg.base_pa, path, doubts[d.console_doubt]);
	else
		printf("%s: none%s\n", file, doubts[d.console_doubt]);
}

int main(int argc, char **argv)
{
	static _Alignas(8) uint8_t blob[DT_BYTES_MAX];
	const unsigned bits = argc > 2 ? (unsigned)atoi(argv[1]) : 0;

	if (bits != 32 && bits != 64) {
		fprintf(stderr, "usage: console_of_tree 32|64 TREE.dtb...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t len, used;

		if (!f)
			return 1;
		len = fread(blob, 1, sizeof(blob), f);
		fclose(f);
		if (dt_check(blob, len, &used))
			return 1;
		print_console(argv[i], blob, UINT64_MAX >> (64 - bits));
	}
	return 0;
}
