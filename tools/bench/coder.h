/* SPDX-License-Identifier: BSD-2-Clause */
/* One Reed-Solomon decoder of those that tools/bench_decode.py compares. */
#ifndef OM_BENCH_CODER_H
#define OM_BENCH_CODER_H

#include <stddef.h>
#include <stdint.h>

enum { DATA_BYTES = 128 };

/* Set up for blocks of DATA_BYTES and @n_roots parity bytes; false if that fails. */
_Bool coder_open(uint32_t n_roots);

/* Repair @block, data and parity; what is counted. Returns symbols repaired, -1: beyond repair. */
int coder_correct(uint8_t *block);

#endif
