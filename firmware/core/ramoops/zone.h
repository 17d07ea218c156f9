/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One persistent-RAM zone: 12-byte header, ring of data, parity after it. Turns
 * a zone's raw bytes into the log it holds, ECC applied, ring unwrapped. Knows
 * nothing of what the log means, nor where the zone lies in a region.
 * Source: Linux fs/pstore/ram_core.c, 3.10 to 6.18 (docs/ramoops.md).
 */
#ifndef OM_CORE_ZONE_H
#define OM_CORE_ZONE_H

#include "core/base/err.h"
#include "core/base/holes.h"
#include "core/base/span.h"
#include "core/ecc/rs.h"

enum {
	ZONE_SIG = 0x43474244,	/* PERSISTENT_RAM_SIG, "DBGC" in little-endian memory */
	ZONE_HDR_BYTES = 12,	/* sig, start, size: three 32-bit words */
	ZONE_BLOCK_BYTES = 128, /* data bytes per parity block */
	ZONE_SIG_WRONG_MAX = 4, /* wrong bits in what is still taken for a signature */
};

/* Where the parts of a zone of a given size lie. */
struct zone_shape {
	uint32_t zone_bytes;
	uint32_t ecc_bytes;
	uint32_t cap_bytes;	 /* capacity of the ring, at offset ZONE_HDR_BYTES */
	uint32_t n_blocks;	 /* parity slots for data blocks */
	uint32_t parity_off;	 /* parity of block 0 */
	uint32_t hdr_parity_off; /* parity of the header */
};

/* What a zone holds and how well it was kept. */
struct zone {
	struct zone_shape shape;
	uint32_t sig;		 /* after header repair, in the writer's byte order */
	uint32_t start;		 /* next write position */
	uint32_t size;		 /* valid bytes */
	uint32_t sig_wrong_bits; /* of the signature in the byte order that fits better */
	bool big_endian;	 /* the writer's byte order */
	bool wrapped;		 /* the ring has overwritten its oldest bytes */
	bool header_corrupt; /* ECC could not repair the header; raw values were sane and used */
	uint32_t header_corrected; /* wrong symbols in the header */
	uint32_t corrected_bytes;  /* as Linux counts: header and data, parity symbols included */
	uint32_t bad_blocks;	   /* uncorrectable blocks, the header counted as one */
	uint32_t left_bytes;	   /* of the log: not in the text, which had no room for all */
	struct span text;	   /* the log, oldest byte first; in the workspace */
	struct holes holes;	   /* stretches of the text in uncorrectable blocks */
};

/**
 * zone_shape - the parts of a zone
 * @zone_bytes: whole zone
 * @ecc_bytes:  0: no ECC, else parity bytes per block, up to GEOMETRY_ECC_MAX
 *
 * Returns OM_OK, OM_E_TRUNCATED (smaller than a header and one byte),
 *   OM_E_NO_SPACE (parity leaves no payload), OM_E_VARIANT (ecc too large).
 * Source: ram_core.c persistent_ram_init_ecc(), 3.10 and later.
 */
enum om_err zone_shape(uint32_t zone_bytes, uint32_t ecc_bytes,
		       struct zone_shape *out) OM_MUST_CHECK;

/**
 * zone_signature - a zone's first word with ECC applied, nothing else checked
 * @raw, @rs: as zone_read()
 * @sig:      written on OM_OK, as a little-endian word
 *
 * For ftrace zones, whose signature depends on the kernel. Returns OM_OK and the
 * errors of zone_shape().
 */
enum om_err zone_signature(struct span raw, const struct rs *rs, uint32_t *sig) OM_MUST_CHECK;

/* The same of a header that parity makes right; false: there is none, or it is beyond repair. */
bool zone_proven_signature(struct span raw, const struct rs *rs, uint32_t *sig);

/**
 * zone_read - copy a zone out, repair the copy, find its log
 * @raw:     the whole zone, any bytes at all; read once, never written
 * @rs:      code for the zone's parity, NULL: no ECC
 * @sig_xor: 0, or the value XORed into the signature (ftrace: LINUX_VERSION_CODE)
 * @work:    the zone's capacity, raw.len is always enough; receives the log, repaired and
 *           unwrapped
 * @out:     written on OM_OK and, as far as known, on OM_E_EMPTY, OM_E_BAD_MAGIC and
 *           OM_E_TRUNCATED (shape, counts, sig, start, size, byte order; text then empty)
 *
 * Only blocks that hold valid bytes are checked, as Linux does. An uncorrectable
 * block keeps its raw bytes and is counted.
 * Returns OM_OK; OM_E_EMPTY: size 0; OM_E_BAD_MAGIC: not a zone (cold boot, other
 *   geometry); OM_E_TRUNCATED: start > size or size > capacity; OM_E_NO_SPACE: @work
 *   too small; and the errors of zone_shape().
 */
enum om_err zone_read(struct span raw, const struct rs *rs, uint32_t sig_xor, struct workspace work,
		      struct zone *out) OM_MUST_CHECK;

/**
 * zone_read_part - as zone_read(), with as much memory as there is
 * @work: at least one byte
 *
 * Where the log has no room, its newest bytes are read; out->left_bytes says how many are not.
 * Blocks that have none of the bytes read are not checked.
 */
enum om_err zone_read_part(struct span raw, const struct rs *rs, uint32_t sig_xor,
			   struct workspace work, struct zone *out) OM_MUST_CHECK;

/* A zone without its header: its bytes and how they are laid out. */
struct zone_raw {
	struct span bytes;
	const struct rs *rs; /* NULL: no ECC */
	struct zone_shape shape;
};

/**
 * zone_log - the log of a zone by any start and size, copied out and repaired
 * @work: the zone's capacity
 * @z:    start and size say how the ring is to be read; text, holes and counts are written
 *
 * For headers that cannot be right. Returns OM_OK, OM_E_EMPTY, OM_E_TRUNCATED as
 *   zone_read(), OM_E_NO_SPACE; on errors the text is empty.
 */
enum om_err zone_log(const struct zone_raw *zone, struct workspace work,
		     struct zone *z) OM_MUST_CHECK;

/**
 * zone_log_part - as zone_log(), with as much memory as there is
 * @work: at least one byte
 * @keep: if there is no room for all, so much of the log's beginning comes, and then the newest
 *        bytes; @z->left_bytes between them do not
 */
enum om_err zone_log_part(const struct zone_raw *zone, struct workspace work, uint32_t keep,
			  struct zone *z) OM_MUST_CHECK;

/**
 * zone_block - one data block as it lies in the zone, repaired if possible
 * @i:   block; it holds the bytes of the ring from i * ZONE_BLOCK_BYTES on
 * @out: ZONE_BLOCK_BYTES of room
 * @len: bytes in it: the last block may be short; 0 past the last one
 * @corrected: wrong symbols found, 0 without ECC
 *
 * Returns OM_OK, OM_E_CORRUPT: beyond repair, @out has the raw bytes.
 */
enum om_err zone_block(const struct zone_raw *zone, uint32_t i, uint8_t *out, uint32_t *len,
		       uint32_t *corrected) OM_MUST_CHECK;

/*
 * True if start and size are what a completed write leaves: equal, or size the capacity, be
 * it that of a writer with more parity than this zone was read with.
 * A reset between the two updates, and damage, leave others that Linux reads all the same.
 */
bool zone_is_sane(const struct zone *z);

/* How many bits of @v are 1: by how much two words differ. */
uint32_t zone_bits(uint32_t v);

#endif
