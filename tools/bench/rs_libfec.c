/* SPDX-License-Identifier: BSD-2-Clause */
/* Debian's libfec, Phil Karn's decoder; the ones in Linux and Android descend from it. */
#include "coder.h"

#include <fec.h>

static void *code;

_Bool coder_open(uint32_t n_roots)
{
	code = init_rs_char(8, 0x11d, 0, 1, (int)n_roots, 255 - DATA_BYTES - (int)n_roots);
	return code != NULL;
}

int coder_correct(uint8_t *block)
{
	return decode_rs_char(code, block, NULL, 0);
}
