/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node as a device tree writes it: its name with a unit address, its range as cells of reg.
 * Source: Devicetree Specification v0.4, 2.2.1 (node names) and 2.3.6 (reg).
 */
#ifndef OM_CORE_NODE_H
#define OM_CORE_NODE_H

#include "core/base/ranges.h"

#include <stddef.h>
#include <stdint.h>

enum {
	NODE_UNIT_BYTES = 18, /* "@", 16 digits, NUL */
	NODE_REG_BYTES = 16   /* two cells each for address and size */
};

/**
 * node_unit_name - "NAME@HEX", without leading zeros, lower case
 * @out:  room for @len + NODE_UNIT_BYTES; ends with a NUL
 * @name: @len characters
 *
 * Returns the length without the NUL.
 */
size_t node_unit_name(char *out, const char *name, size_t len, uint64_t address);

/**
 * node_reg - the value of reg for one range
 * @out:            big-endian, as in the tree
 * @n_addr, n_size: cells, at most 2 each; what they cannot hold is cut off at the top
 *
 * Returns the number of bytes.
 */
uint32_t node_reg(uint8_t out[NODE_REG_BYTES], uint32_t n_addr, uint32_t n_size, struct range r);

#endif
