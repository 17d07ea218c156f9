/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reed-Solomon over GF(2^16) across the lines of a report: parity lines from data lines, and
 * lost or damaged symbols from the rest. Symbols of 16 bits, so that one code spans all lines of
 * a group: with those of 8 bits (rs.h) a long report would be many groups of 255 lines, and at
 * 10 % lost lines one of them fails too often (docs/report-format-lines.md has the arithmetic).
 * A line is 27 symbols, little-endian; symbol i of all lines is one code word (a column).
 */
#ifndef OM_CORE_RS16_H
#define OM_CORE_RS16_H

#include "core/base/err.h"
#include "core/base/span.h"

enum {
	RS16_LINE_BYTES = 54, /* 27 symbols of 16 bits */
	RS16_COLUMNS = RS16_LINE_BYTES / 2,
	RS16_DATA_MAX = 1024,	  /* lines of a group */
	RS16_PARITY_MAX = 1024,	  /* and of their parity */
	RS16_ENCODE_BYTES = 5632, /* rs16_encode_bytes() of RS16_PARITY_MAX */
};

/* Bytes of workspace that rs16_parity() needs for @n_parity lines. */
size_t rs16_encode_bytes(uint32_t n_parity);

/**
 * rs16_parity - the parity lines of a group
 * @data:     n_data * RS16_LINE_BYTES bytes, line after line
 * @n_data:   1 to RS16_DATA_MAX
 * @n_parity: 0 to RS16_PARITY_MAX
 * @work:     rs16_encode_bytes()
 * @parity:   n_parity * RS16_LINE_BYTES bytes, written
 *
 * The code word is data(i) at x^(n_parity + i) and parity(i) at x^i, a multiple of
 * (x - a^0)...(x - a^(n_parity - 1)): it does not depend on how many data lines there are beyond
 * those that are not zero. Returns OM_OK, OM_E_ARG, OM_E_NO_SPACE.
 */
enum om_err rs16_parity(const uint8_t *data, uint32_t n_data, uint32_t n_parity,
			struct workspace work, uint8_t *parity) OM_MUST_CHECK;

/* What is known of one symbol of a received code word. */
enum rs16_state {
	RS16_KNOWN,   /* from a line whose check is right */
	RS16_SUSPECT, /* from a line whose check is wrong: may be right */
	RS16_LOST
};

/* Bytes of workspace that rs16_repair() needs for @n_parity lines: about 262 000 for tables. */
size_t rs16_repair_bytes(uint32_t n_parity);

/**
 * rs16_repair - repair one column
 * @symbols: n_data + n_parity symbols, data first; repaired in place on OM_OK
 * @states:  enum rs16_state of each
 * @n_data, @n_parity: as rs16_parity()
 * @work:    rs16_repair_bytes()
 * @repaired: symbols that were lost, or wrong; written on OM_OK
 *
 * Succeeds if lost + suspect <= n_parity: all suspect symbols are then computed anew; else if
 * lost + 2 * wrong + 2 <= n_parity, where only suspect symbols are wrong. With more of them wrong
 * it fails, or in at most one case in 2^32 gives a wrong answer: as often as a line's check.
 * A known symbol that is wrong is never repaired, but as long as lost + suspect < n_parity it is
 * noticed. Costs about (n_data + n_parity) * n_parity table look-ups, and some 10^5 for the tables.
 * Returns OM_OK; OM_E_CORRUPT: beyond that, @symbols untouched; OM_E_ARG; OM_E_NO_SPACE.
 */
enum om_err rs16_repair(uint16_t *symbols, const uint8_t *states, uint32_t n_data,
			uint32_t n_parity, struct workspace work, uint32_t *repaired) OM_MUST_CHECK;

#endif
