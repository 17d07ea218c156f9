/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of a tree's UARTs is the console. The first of these that can be used here:
 *
 *   1. /chosen/stdout-path, or linux,stdout-path: a path or an alias
 *   2. the alias serial0
 *   3. earlycon= of /chosen/bootargs, then console=, of several the last one: a UART by its
 *      address ("pl011,0x9000000", "uart8250,mmio32,0x1c28000"), also one that no node has, or by
 *      its number ("ttymxc1": the alias serial1, if it is one of that driver)
 *   4. the UART with the lowest alias of the name serialN, else the first one in the tree
 *
 * A UART can be used if its node and all nodes above it are enabled, it has a driver, and its
 * registers can be reached. Source: Linux drivers/of/base.c, of_alias_scan();
 * drivers/tty/serial/earlycon.c; Documentation/admin-guide/kernel-parameters.txt (6.1).
 */
#ifndef OM_DRIVERS_CONSOLE_CHOICE_H
#define OM_DRIVERS_CONSOLE_CHOICE_H

#include "match.h"

enum {
	UARTS_MAX = 20,	   /* ones beyond are left out */
	UART_DEPTH_MAX = 8 /* one that is deeper in the tree is found by no path */
};

/* A UART that can be used. */
struct uart_found {
	const struct driver *driver; /* NULL: none was found */
	struct range reg;
	int node;		  /* -1: no node has it */
	uint32_t clock, clock_hz; /* phandle of its clock; clock-frequency of the node itself */
	uint32_t baud;		  /* 0: not said */
	uint8_t reg_shift, reg_width;
	uint8_t depth;
	const char *name[UART_DEPTH_MAX]; /* of its ancestor of depth 1 and so on, and its own */
};

/* What the walk over the tree found. */
struct console_input {
	const void *fdt;
	const struct match_index *drivers;
	uint64_t last_pa; /* that can be reached */
	const struct uart_found *uart;
	uint32_t n_uarts;
	int aliases;		 /* the node, -1: none */
	const char *stdout_path; /* these two end with a NUL; NULL: none */
	const char *bootargs;
};

/**
 * console_choose - the console; no register is touched
 * @out: its baud is that of where it is named, if that says one
 *
 * Returns why it is not the UART that stdout-path names.
 */
enum console_doubt console_choose(const struct console_input *in, struct uart_found *out);

/* True if all registers can be reached, with accesses of @width bytes (0: of 4). */
bool uart_reg_fits(struct range reg, uint32_t width, uint64_t last_pa);

/* @rate, 0 if it makes no sense; the same of one in digits, which end where others follow. */
uint32_t console_rate_valid(uint32_t rate);
uint32_t console_rate_of(const char *digits, size_t len);

#endif
