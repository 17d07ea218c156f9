/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reed-Solomon over GF(2^8) as Linux's persistent_ram uses it: polynomial 0x11d,
 * first root alpha^0, systematic, shortened, up to floor(roots/2) bytes repaired
 * per block. Knows nothing of zones.
 * Source: Linux fs/pstore/ram_core.c persistent_ram_init_ecc() (the parameters);
 * the decoder is the textbook one (Berlekamp-Massey, Chien, Forney).
 */
#ifndef OM_CORE_RS_H
#define OM_CORE_RS_H

#include "core/base/err.h"
#include "core/base/span.h"

enum {
	RS_ROOTS_MAX = 127,  /* most parity bytes per block */
	RS_SYMBOLS_MAX = 255 /* data + parity of one block */
};

/*
 * Processors with 64-bit words take eight bytes per step and spend 64 KiB of tables on it;
 * the image takes one byte per step and 4 KiB. OM_RS_SMALL asks for the image's way: its
 * tests run on the host.
 */
#if UINTPTR_MAX > 0xffffffff && !defined(OM_RS_SMALL)
typedef uint64_t rs_word;
enum { RS_STEP = 8, RS_TABLE_WORDS = 8192, RS_WORDS_MAX = 16 };
#else
typedef uint32_t rs_word;
enum { RS_STEP = 1, RS_TABLE_WORDS = 1024, RS_WORDS_MAX = 32 };
#endif

/* One code. Caller-owned, filled by rs_init(), constant afterwards. */
struct rs {
	uint32_t n_roots; /* parity bytes per block */
	uint32_t n_words; /* words that hold them */
	uint32_t bits;	  /* 8: a table has all values of a byte, 4: of half a byte */
	rs_word table[RS_TABLE_WORDS];
};

/**
 * rs_init - set up a code
 * @n_roots: parity bytes per block, 1 to RS_ROOTS_MAX
 *
 * Costs about 10 000 instructions in the image, up to 60 000 with 64-bit words. Returns
 * OM_OK, OM_E_ARG.
 */
enum om_err rs_init(struct rs *rs, uint32_t n_roots) OM_MUST_CHECK;

/**
 * rs_encode - parity of one block
 * @data:   @len bytes, 1 to 255 - n_roots; a short block is a shortened code
 * @parity: n_roots bytes, written, highest power first (Linux's stored order)
 */
void rs_encode(const struct rs *rs, const uint8_t *data, size_t len, uint8_t *parity);

/**
 * rs_correct - check one block, repair it in place if that is within reach
 * @data:      @len bytes, 1 to 255 - n_roots, repaired only on OM_OK
 * @parity:    n_roots stored parity bytes; not repaired, but their errors count
 * @corrected: symbols that were wrong, parity included; written on OM_OK
 *
 * Returns OM_OK, OM_E_CORRUPT (more than n_roots/2 wrong; @data untouched).
 * Costs one pass over the block when it is clean. With 64-bit words and 8 or 16 roots that pass
 * looks at 8 roots: up to 8 wrong symbols never escape it, of worse damage one block in 2^64 does.
 */
enum om_err rs_correct(const struct rs *rs, uint8_t *data, size_t len, const uint8_t *parity,
		       uint32_t *corrected) OM_MUST_CHECK;

#endif
