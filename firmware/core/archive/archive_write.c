/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive.h"
#include "archive_log.h"
#include "core/base/crc32.h"

#include <string.h>

enum {
	PIECE_BYTES = 64,   /* read at a time */
	CHUNK_TRIES = 3,    /* places in a block that did not take a chunk */
	ERASED_IN_VAIN = 3, /* blocks for one chunk: each held evidence */
	CHUNK_MIN_BYTES = ARCHIVE_CHUNK_HEAD_BYTES + ARCHIVE_UNIT_BYTES
};

static const uint8_t zeros[ARCHIVE_CHUNK_HEAD_BYTES];

/* ---- programming -------------------------------------------------------------------------- */

static uint32_t offset_of(const struct archive *a, uint32_t at)
{
	return a->head * a->block_bytes + at;
}

/* True if @bytes are at @at of the newest block. */
static bool is_there(const struct archive *a, uint32_t at, const uint8_t *bytes, uint32_t len)
{
	uint8_t p[PIECE_BYTES];

	for (uint32_t n = 0; len > 0; at += n, bytes += n, len -= n) {
		n = len < sizeof(p) ? len : sizeof(p);
		if (!archive_log_read(a, a->head, at, p, n) || memcmp(p, bytes, n) != 0)
			return false;
	}
	return true;
}

static bool is_blank(const struct archive *a, uint32_t block, uint32_t at)
{
	const struct archive_flash *flash = a->flash;
	uint8_t p[PIECE_BYTES];

	if (flash->blank)
		return flash->blank(flash->ctx, block * a->block_bytes + at, a->block_bytes - at);
	for (; at < a->block_bytes; at += sizeof(p))
		if (!archive_log_read(a, block, at, p, sizeof(p)) ||
		    !archive_log_blank(p, sizeof(p)))
			return false;
	return true;
}

/* Only what is there afterwards counts, not what the driver says. */
static bool put(const struct archive *a, uint32_t at, const uint8_t *bytes, uint32_t len)
{
	(void)a->flash->program(a->flash->ctx, offset_of(a, at), bytes, len);
	return is_there(a, at, bytes, len);
}

/* @len bytes, filled up to a whole unit */
static bool put_payload(const struct archive *a, uint32_t at, const uint8_t *bytes, uint32_t len)
{
	const uint32_t whole = len & ~(uint32_t)(ARCHIVE_UNIT_BYTES - 1);
	uint8_t tail[ARCHIVE_UNIT_BYTES];

	if (whole > 0 && !put(a, at, bytes, whole))
		return false;
	if (whole == len)
		return true;
	memset(tail, 0xff, sizeof(tail));
	memcpy(tail, bytes + whole, len - whole);
	return put(a, at + whole, tail, sizeof(tail));
}

static void put_zeros(const struct archive *a, uint32_t at, uint32_t len)
{
	for (; len > 0; at += ARCHIVE_UNIT_BYTES, len -= ARCHIVE_UNIT_BYTES)
		(void)a->flash->program(a->flash->ctx, offset_of(a, at), zeros, ARCHIVE_UNIT_BYTES);
}

/* ---- after a power cut: a cell may read differently each time until it is programmed again --- */

/* Units that do not hold still are programmed with what they read as: if all of them together are
 * right, they are firm now.
 */
static void firm_payload(const struct archive *a, const struct archive_chunk *chunk)
{
	uint8_t p[ARCHIVE_UNIT_BYTES];

	for (uint32_t at = chunk->at; at < archive_log_end(chunk); at += sizeof(p)) {
		if (!archive_log_read(a, a->head, at, p, sizeof(p)))
			continue;
		(void)a->flash->program(a->flash->ctx, offset_of(a, at), p, sizeof(p));
	}
}

/* The place between the last chunk and @at: its last guard and head become zeros. */
static void firm_void(const struct archive *a)
{
	const uint32_t at = a->at - ARCHIVE_UNIT_BYTES;
	const uint32_t room = a->block_bytes - at;

	put_zeros(a, at, room < sizeof(zeros) ? room : sizeof(zeros));
}

static void firm_chunk(const struct archive *a)
{
	uint8_t head[ARCHIVE_UNIT_BYTES];
	struct archive_chunk chunk;

	if (archive_log_place(a, a->head, a->sequence, a->last, &chunk) != LOG_CHUNK) {
		/* it was one a moment ago */
		put_zeros(a, a->last, sizeof(zeros));
		return;
	}
	archive_log_chunk_head(&chunk, a->sequence, head);
	put_zeros(a, a->last, ARCHIVE_UNIT_BYTES);
	(void)a->flash->program(a->flash->ctx, offset_of(a, a->last + ARCHIVE_UNIT_BYTES), head,
				sizeof(head));
	firm_payload(a, &chunk);
}

/* The block after the newest one. */
static uint32_t next_block(const struct archive *a)
{
	return a->head + 1 < a->n_blocks ? a->head + 1 : 0;
}

/* If power failed when its head was programmed, and there is room in the block before, that head
 * must not turn up later as the newest one: zeros. Nothing that can be read is lost.
 */
static void firm_next(const struct archive *a)
{
	const uint32_t block = next_block(a);
	const uint32_t sequence = archive_log_sequence(a, block);

	if (sequence == 0 || sequence > a->sequence)
		(void)a->flash->program(a->flash->ctx, block * a->block_bytes, zeros,
					sizeof(zeros));
}

/* Nothing in doubt is left where the log ends, and @a says what is there now. */
static void settle(struct archive *a)
{
	uint8_t head[ARCHIVE_BLOCK_HEAD_BYTES];

	if (a->state != ARCHIVE_OURS || a->settled)
		return;
	firm_next(a);
	if (a->last == 0) {
		archive_log_block_head(a, a->head, a->sequence, head);
		(void)a->flash->program(a->flash->ctx, offset_of(a, 0), head, sizeof(head));
	}
	if (a->torn)
		firm_void(a);
	else if (a->last != 0)
		firm_chunk(a);
	archive_open(a, a->flash);
	a->settled = true;
}

/* ---- blocks ------------------------------------------------------------------------------- */

/* @block becomes the newest; nothing goes into it unless it is @erased and takes its head. */
static bool put_block_head(struct archive *a, uint32_t block, bool erased)
{
	uint8_t head[ARCHIVE_BLOCK_HEAD_BYTES];

	/* counted even if it fails: a head with one wrong bit is a head, and what a block that
	 * cannot be erased still shows is then too old to be read
	 */
	a->sequence++;
	a->head = block;
	a->at = ARCHIVE_BLOCK_HEAD_BYTES;
	a->last = 0;
	a->torn = false;
	archive_log_block_head(a, block, a->sequence, head);
	if (erased && put(a, 0, head, sizeof(head)))
		return true;
	a->at = a->block_bytes;
	a->n_bad++;
	return false;
}

static bool open_block(struct archive *a)
{
	const uint32_t block = next_block(a);

	if (a->flash->erase(a->flash->ctx, block) == OM_OK)
		a->n_erased++;
	return put_block_head(a, block, is_blank(a, block, 0));
}

/* Two turns of the ring must still have their numbers: clearing leaves out one. */
static bool is_used_up(const struct archive *a)
{
	return a->sequence > UINT32_MAX - 2 * a->n_blocks;
}

/* The next block that takes it, up to the one that the entry began in. @in_vain: blocks so far
 * that lost what they held and were of no use.
 */
static enum om_err open_next(struct archive *a, uint32_t *in_vain)
{
	const uint32_t most = a->number > 0 ? a->n_blocks - 1 : a->n_blocks;

	while (!is_used_up(a) && *in_vain < ERASED_IN_VAIN && a->sequence - a->first < most) {
		const uint32_t held = archive_log_sequence(a, next_block(a));

		if (open_block(a))
			return OM_OK;
		*in_vain += held != 0 && archive_log_sequence(a, a->head) != held;
	}
	return OM_E_NO_SPACE;
}

enum om_err archive_clear(struct archive *a,
			  void (*progress)(void *ctx, uint32_t done, uint32_t of), void *ctx)
{
	const uint32_t n_bad = a->n_bad;
	bool opened = false;

	settle(a);
	if (a->state == ARCHIVE_BLANK)
		return OM_OK;
	if (a->state != ARCHIVE_OURS)
		return OM_E_VARIANT;
	if (is_used_up(a))
		return OM_E_NO_SPACE;
	/* from the first new head on all that there was is too old to be read */
	a->sequence += a->n_blocks - 1;
	for (uint32_t n = 1; n <= a->n_blocks; n++) {
		if (open_block(a))
			opened = true;
		else
			put_zeros(a, 0, a->block_bytes);
		if (progress)
			progress(ctx, n, a->n_blocks);
	}
	a->entry = archive_log_newest(a);
	a->writing = false;
	if (!opened)
		return OM_E_NO_SPACE;
	return a->n_bad == n_bad ? OM_OK : OM_E_CORRUPT;
}

/* ---- entries ------------------------------------------------------------------------------ */

/* All of a blank partition is erased, but for a first head that a power cut tore. */
static enum om_err begin_first(struct archive *a)
{
	for (uint32_t block = 0; block < a->n_blocks; block++) {
		if (is_blank(a, block, block == 0 ? ARCHIVE_BLOCK_HEAD_BYTES : 0))
			continue;
		a->state = ARCHIVE_FOREIGN;
		return OM_E_VARIANT;
	}
	a->state = ARCHIVE_OURS;
	a->settled = true;
	/* erased as it is: not again. If it does not take the head, the next block will. */
	(void)put_block_head(a, 0, true);
	return OM_OK;
}

enum om_err archive_begin(struct archive *a)
{
	enum om_err err = OM_OK;

	settle(a);
	if (a->state == ARCHIVE_BLANK)
		err = begin_first(a);
	else if (a->state != ARCHIVE_OURS)
		err = OM_E_VARIANT;
	if (err != OM_OK)
		return err;
	/* a number is used up by the first chunk only */
	a->entry = archive_log_newest(a) + 1;
	a->first = a->sequence;
	a->off = 0;
	a->number = 0;
	a->writing = true;
	return OM_OK;
}

/* The place did not take the chunk: zeros over it, so that a walk passes over it. */
static void discard(struct archive *a, uint32_t end)
{
	const uint32_t from = a->at;

	put_zeros(a, from + ARCHIVE_CHUNK_HEAD_BYTES, end - from - ARCHIVE_CHUNK_HEAD_BYTES);
	put_zeros(a, from, ARCHIVE_CHUNK_HEAD_BYTES);
	a->n_bad++;
	archive_log_scan(a);
	/* a walk would not come this far, or not by this way: nothing more in this block */
	if (a->at != end)
		a->at = a->block_bytes;
}

static bool put_chunk(struct archive *a, struct span bytes, bool last)
{
	struct archive_chunk chunk = {
		.entry = a->entry,
		.number = a->number,
		.off = a->off,
		.bytes = (uint32_t)bytes.len,
		.last = last,
		.at = a->at + ARCHIVE_CHUNK_HEAD_BYTES,
		.crc = crc32_update(0, bytes.p, bytes.len),
	};
	uint8_t head[ARCHIVE_UNIT_BYTES];

	archive_log_chunk_head(&chunk, a->sequence, head);
	/* in this order: an erased guard says that nothing after it was touched */
	if (!put(a, a->at, zeros, ARCHIVE_UNIT_BYTES) ||
	    !put(a, a->at + ARCHIVE_UNIT_BYTES, head, sizeof(head)) ||
	    !put_payload(a, chunk.at, bytes.p, chunk.bytes)) {
		discard(a, archive_log_end(&chunk));
		return false;
	}
	if (a->number == 0)
		a->first = a->sequence;
	a->last = a->at;
	a->torn = false;
	a->at = archive_log_end(&chunk);
	a->off += chunk.bytes;
	a->number += a->number < 0xffff;
	return true;
}

/* As many of @bytes as fit into one chunk; their number goes to @n. */
static enum om_err append_some(struct archive *a, struct span bytes, bool last, uint32_t *n)
{
	uint32_t in_vain = 0;
	uint32_t tries = 0;

	/* a block takes CHUNK_TRIES turns, and ERASED_IN_VAIN blocks are erased */
	for (;;) {
		if (tries == CHUNK_TRIES || a->block_bytes - a->at < CHUNK_MIN_BYTES) {
			const enum om_err err = open_next(a, &in_vain);

			if (err != OM_OK)
				return err;
			tries = 0;
		}
		*n = a->block_bytes - a->at - ARCHIVE_CHUNK_HEAD_BYTES;
		if (*n > ARCHIVE_PAYLOAD_MAX)
			*n = ARCHIVE_PAYLOAD_MAX;
		if (*n > bytes.len)
			*n = (uint32_t)bytes.len;
		if (put_chunk(a, span_sub(bytes, 0, *n), last && *n == bytes.len))
			return OM_OK;
		if (++tries == CHUNK_TRIES || a->at == a->block_bytes)
			in_vain++;
	}
}

enum om_err archive_append(struct archive *a, struct span bytes, bool last)
{
	if (a->state != ARCHIVE_OURS)
		return OM_E_VARIANT;
	if (!a->writing || bytes.len > ~CHUNK_LAST - a->off)
		return OM_E_ARG;
	while (bytes.len > 0 || last) {
		uint32_t n;
		const enum om_err err = append_some(a, bytes, last, &n);

		if (err != OM_OK)
			return err;
		bytes = span_sub(bytes, n, bytes.len);
		if (bytes.len == 0)
			break;
	}
	a->writing = !last;
	return OM_OK;
}
