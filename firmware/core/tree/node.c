/* SPDX-License-Identifier: BSD-2-Clause */
#include "node.h"

#include "core/base/digits.h"
#include "core/base/span.h"

#include <string.h>

size_t node_unit_name(char *out, const char *name, size_t len, uint64_t address)
{
	memcpy(out, name, len);
	out[len++] = '@';
	len += digits_put(out + len, address, 16, 1, '0');
	out[len] = '\0';
	return len;
}

static void cells_store(uint8_t *p, uint32_t n, uint64_t value)
{
	for (uint32_t i = 0; i < n; i++)
		be32_store(p + 4 * i, (uint32_t)(value >> (32 * (n - 1 - i))));
}

uint32_t node_reg(uint8_t out[NODE_REG_BYTES], uint32_t n_addr, uint32_t n_size, struct range r)
{
	cells_store(out, n_addr, r.base_pa);
	cells_store(out + 4 * n_addr, n_size, r.bytes);
	return 4 * (n_addr + n_size);
}
