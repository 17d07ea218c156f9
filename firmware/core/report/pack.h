/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of reports and of the archive: text to a zlib stream with a preset dictionary
 * (dictionary.h), and back. Any zlib reads them that is given docs/report-dictionary.txt.
 * Source: RFC 1950, RFC 1951; docs/report-format.md, "Streams".
 */
#ifndef OM_CORE_PACK_H
#define OM_CORE_PACK_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/log/unpack.h"

enum {
	PACK_KEPT_BYTES = 16 << 10,	  /* of a workspace: the dictionary, from pack_open() on */
	PACK_STATE_BYTES = 280 << 10,	  /* workspace of pack_text() */
	PACK_READ_STATE_BYTES = 60 << 10, /* workspace of pack_read() */
	PACK_TEXT_MAX = 128 << 10,	  /* most text in one stream of ours */
	PACK_PLAIN_MAX = 53 << 10,	  /* text that fits a stream even if nothing gets smaller */
	PACK_STREAM_MAX = PACK_PLAIN_MAX + 64 /* bytes of one stream of ours */
};

/* How a stream is packed: in an archive it is beside the stream's length. */
enum pack_kind {
	PACK_MODEL = 0, /* by oopsmon 0.1, which had a compression of its own */
	PACK_ZLIB = 1
};

/* What to say of PACK_MODEL. */
#define PACK_MODEL_TEXT "packed by 0.1: use that version's oopsmon"

/**
 * pack_open - makes a workspace ready for any number of pack_text() and pack_read()
 * @state: PACK_STATE_BYTES or PACK_READ_STATE_BYTES, any content
 *
 * Unpacks the dictionary to its first PACK_KEPT_BYTES: the others may be used for anything
 * between two calls. Costs about 0.2 M instructions.
 */
void pack_open(struct workspace state);

/**
 * pack_text - compress
 * @text:  at most PACK_TEXT_MAX
 * @state: PACK_STATE_BYTES, opened
 * @out:   @cap bytes
 *
 * Every processor gives the same bytes. Returns the stream's length; 0: @out has no room for it.
 */
size_t pack_text(struct span text, struct workspace state, uint8_t *out, size_t cap);

/* What the beginning of a stream, any bytes, shows. */
bool pack_is_zlib(struct span stream);	/* zlib, with a preset dictionary */
bool pack_is_model(struct span stream); /* a report's, packed by oopsmon 0.1 */

/* Adler-32 of the dictionary that a zlib stream asks for; 0: it does not, or is cut. */
uint32_t pack_dictionary(struct span stream);

struct pack_reading {
	enum unpack_end end;
	size_t used;	     /* bytes of the stream that were taken */
	size_t text_bytes;   /* written to @out */
	uint32_t dictionary; /* OM_E_NOT_FOUND: the one that is asked for */
};

/**
 * pack_read - the text of a stream
 * @stream: any bytes; may go on after its end or be cut short
 * @state:  PACK_READ_STATE_BYTES, opened
 * @out:    @cap bytes
 *
 * A stream that is cut gives all text up to there. Damaged input may give wrong text before it is
 * noticed: the container's CRC shows it. Returns OM_OK; OM_E_VARIANT: no zlib stream with a
 * dictionary; OM_E_NOT_FOUND: with another dictionary; OM_E_TRUNCATED: it is shorter than a
 * stream's head; OM_E_NO_SPACE: @state is too small.
 */
enum om_err pack_read(struct span stream, struct workspace state, uint8_t *out, size_t cap,
		      struct pack_reading *r) OM_MUST_CHECK;

#endif
