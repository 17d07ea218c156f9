/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of an armored report: 54 bytes each, with a number and a check, as 77 printable
 * characters. Bytes to characters and back; knows nothing of what the bytes mean.
 * Source: docs/report-format-lines.md.
 */
#ifndef OM_CORE_ARMOR_H
#define OM_CORE_ARMOR_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/ecc/rs16.h"

enum {
	ARMOR_PAYLOAD_BYTES = RS16_LINE_BYTES,
	ARMOR_BODY_BYTES = 60,		/* number (2, little-endian), payload, check (4) */
	ARMOR_BODY_CHARS = 75,		/* 5 for each 4 bytes */
	ARMOR_LINE_CHARS = 77,		/* with { and } around it: fits a terminal of 80 columns */
	ARMOR_DATA_MAX = RS16_DATA_MAX, /* data lines of one group; numbers 0 to n_data - 1 */
	ARMOR_PARITY_MAX =
		RS16_PARITY_MAX, /* parity lines; numbers n_data to n_data + n_parity - 1 */
	ARMOR_LINES_MAX = ARMOR_DATA_MAX + ARMOR_PARITY_MAX,
	ARMOR_TAG_MAX = 2047,
};

/*
 * What all lines of a group have in common. A line's check is the CRC-32 of its number and
 * payload, exclusive-or the group's key: every sound line gives the key back, so that no line
 * is special and none may not be lost.
 */
struct armor_group {
	uint32_t n_data;   /* 1 to ARMOR_DATA_MAX */
	uint32_t n_parity; /* 0 to ARMOR_PARITY_MAX */
	uint32_t tag;	   /* 0 to ARMOR_TAG_MAX: tells groups of the same size apart */
};

/* The key of a group: (n_data - 1) << 22 | n_parity << 11 | tag. */
uint32_t armor_key(const struct armor_group *g);

/* The group of a key; OM_E_CORRUPT: more than ARMOR_PARITY_MAX parity lines. */
enum om_err armor_group_of(uint32_t key, struct armor_group *out) OM_MUST_CHECK;

/**
 * armor_parity_lines - how many parity lines a group gets
 * @n_data:  1 to ARMOR_DATA_MAX
 * @percent: wanted share of the data lines, 0 to 100 (above: 100)
 *
 * max(percent * n_data / 100, 12 + min(percent, 15) * n_data / 150), the first rounded down, the
 * second up. So small groups get more than their share: 12 lines for a burst, and as many more
 * as keep, from 15 % on, a report that lost 5 % of its lines below one incomplete in a million
 * (docs/report-format-lines.md has the arithmetic). 0 gives 0.
 */
uint32_t armor_parity_lines(uint32_t n_data, uint32_t percent);

/**
 * armor_line - one line
 * @payload: ARMOR_PAYLOAD_BYTES
 * @out:     ARMOR_LINE_CHARS characters, no newline, no NUL
 */
void armor_line(uint32_t key, uint32_t number, const uint8_t *payload, char *out);

/* One received line. */
struct armor_body {
	uint32_t number; /* as the line says; not to be trusted unless key fits */
	uint32_t key;	 /* CRC-32 of number and payload ^ check */
	uint8_t payload[ARMOR_PAYLOAD_BYTES];
	uint32_t bad; /* bit i: characters 5i to 5i+4 are none that a writer puts there, so bytes
			 4i to 4i+3 of the body are unknown (zeros here, and the key fits if
			 that is what they were) */
};

/**
 * armor_read - the bytes of a line
 * @chars: ARMOR_BODY_CHARS, what stood between { and }; any bytes
 *
 * Always gives a body; only its key, compared with that of other lines, says whether it is
 * sound.
 */
void armor_read(const char *chars, struct armor_body *out);

/* True for the 85 characters of a body: printable, but none of space " & ' < > \ ` { }. */
bool armor_is_char(uint8_t c);

#endif
