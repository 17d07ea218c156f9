/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of one entry of the archive, as far as they are certain. Its chunks say where they
 * belong and may say anything: only what they bring takes memory and time.
 */
#ifndef OM_TOOLS_ENTRY_BODY_H
#define OM_TOOLS_ENTRY_BODY_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that follow each other in the entry. */
struct body_run {
	uint32_t off, end; /* in the entry */
	size_t at;	   /* in entry_body.bytes */
};

struct entry_body {
	uint8_t *bytes;
	size_t n_bytes, bytes_cap;
	struct body_run *runs; /* after body_settle(): rising, none touches another */
	size_t n_runs, runs_cap;
	uint32_t len;	/* end of the chunk that reaches furthest, certain or not */
	uint64_t there; /* bytes of all chunks together, certain or not */
	uint32_t end;	/* of the last chunk, if ended */
	bool ended;	/* the last chunk is there */
	uint32_t stray; /* chunks that no entry can have */
};

/* For the next entry; memory is kept. */
void body_clear(struct entry_body *b);
void body_free(struct entry_body *b);

/* Bytes that are certain; @off + @len fits in 32 bits. False: no memory. */
bool body_put(struct entry_body *b, uint32_t off, const uint8_t *bytes, uint32_t len);

/*
 * Orders what came: of bytes that came twice those of the run that begins first are kept, of two
 * that begin at the same place those that came first. False: no memory.
 */
bool body_settle(struct entry_body *b);

/* The certain bytes from @at on, @len at most; settled. */
struct span body_from(const struct entry_body *b, uint32_t at, uint32_t len);

/* True if certain bytes are after some that are not; settled. */
bool body_has_gap(const struct entry_body *b);

#endif
