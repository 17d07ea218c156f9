/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder of firmware/core. */
#include "coder.h"

#include "core/ecc/rs.h"

static struct rs rs;

_Bool coder_open(uint32_t n_roots)
{
	return rs_init(&rs, n_roots) == OM_OK;
}

int coder_correct(uint8_t *block)
{
	uint32_t corrected;

	if (rs_correct(&rs, block, DATA_BYTES, block + DATA_BYTES, &corrected) != OM_OK)
		return -1;
	return (int)corrected;
}
