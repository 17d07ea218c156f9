/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compression of kernel logs for a slow line and a small flash: predicts every bit from what
 * stood before it in several contexts, and codes what it did not expect (arithmetic coding).
 * The model starts from a text of kernel phrases, so that short logs gain as well. Integers
 * only; every processor gives the same bytes.
 * Source: docs/report-format-squeeze.md.
 */
#ifndef OM_CORE_SQUEEZE_H
#define OM_CORE_SQUEEZE_H

#include "err.h"
#include "span.h"

enum {
	SQUEEZE_STATE_BYTES = 384 << 10, /* workspace of either direction, 8-byte aligned */
	SQUEEZE_OUT_MIN = 64		 /* the least room for a stream: one byte of text fits */
};

struct squeeze_model; /* lives in the workspace */

struct squeeze {
	struct squeeze_model *model;
	uint32_t low, high;
	uint8_t *out;
	size_t cap, len; /* len: bytes written */
};

/**
 * squeeze_start - begin a stream
 * @state: SQUEEZE_STATE_BYTES, 8-byte aligned, lent until squeeze_end(); any content
 * @out:   @cap bytes, at least SQUEEZE_OUT_MIN, written from the start
 *
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err squeeze_start(struct squeeze *s, struct workspace state, uint8_t *out,
			  size_t cap) OM_MUST_CHECK;

/**
 * squeeze_put - more text
 *
 * Returns how many bytes of @text were taken: fewer than all once @out has no room for more.
 * What was taken is always decoded completely, room for the end is kept back.
 */
size_t squeeze_put(struct squeeze *s, struct span text);

/* Ends the stream, which says itself where its text ends; s->len is its length then. */
void squeeze_end(struct squeeze *s);

enum unsqueeze_end {
	UNSQUEEZE_MORE, /* there may be more */
	UNSQUEEZE_DONE, /* the stream's own end; u->at is its length */
	UNSQUEEZE_CUT	/* the input ended first; all text given so far is certain */
};

struct unsqueeze {
	struct squeeze_model *model;
	uint32_t low, high, code;
	uint32_t unknown; /* lowest bytes of code that lie behind the input */
	struct span in;
	size_t at; /* input bytes taken */
	enum unsqueeze_end end;
};

/**
 * unsqueeze_start - begin to read a stream
 * @state: as squeeze_start()
 * @in:    the stream, any bytes; may go on behind its end or be cut short
 *
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err unsqueeze_start(struct unsqueeze *u, struct workspace state,
			    struct span in) OM_MUST_CHECK;

/**
 * unsqueeze_get - the next bytes of text
 * @out: @len bytes
 *
 * Returns how many were given; fewer than @len only at the end, see u->end. Damaged input gives
 * wrong text, never an error: the container's CRCs tell.
 */
size_t unsqueeze_get(struct unsqueeze *u, uint8_t *out, size_t len);

#endif
