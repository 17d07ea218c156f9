/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive.h"
#include "archive_log.h"
#include "core/base/crc32.h"

#include <string.h>

enum { FIRST_BYTES = 4096 /* of a torn first block that are looked at */ };

/* CRC-32 of any bytes and their CRC-32 after them. */
#define CRC_RESIDUE 0x2144df1cu
#define CRC_POLY    0xedb88320u

const char archive_log_magic[8] = { 'O', 'O', 'P', 'S', 'M', 'O', 'N', 'A' };

bool archive_log_read(const struct archive *a, uint32_t block, uint32_t at, uint8_t *to,
		      uint32_t len)
{
	const struct archive_flash *flash = a->flash;
	const uint64_t off = (uint64_t)block * a->block_bytes + at;

	/* heads of another geometry may claim more than there is */
	if (at > a->block_bytes || len > a->block_bytes - at ||
	    off + len > (uint64_t)flash->block_bytes * flash->n_blocks)
		return false;
	return flash->read(flash->ctx, (uint32_t)off, to, len) == OM_OK;
}

bool archive_log_blank(const uint8_t *p, uint32_t len)
{
	uint8_t all = 0xff;

	while (len-- > 0)
		all &= *p++;
	return all == 0xff;
}

/* A bit flipped in the last place changes the CRC by the polynomial, each place before it by one
 * step more: at most 8 * @len steps.
 */
enum archive_check archive_log_mend(uint8_t *p, uint32_t len, uint32_t wrong)
{
	uint32_t step = CRC_POLY;

	if (wrong == 0)
		return ARCHIVE_SOUND;
	for (uint32_t bit = len * 8; bit-- > 0;) {
		if (step == wrong) {
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			return ARCHIVE_CORRECTED;
		}
		step = step >> 1 ^ ((step & 1) ? CRC_POLY : 0);
	}
	return ARCHIVE_DAMAGED;
}

/* @p ends with the CRC of what is before. */
static bool head_mend(uint8_t *p, uint32_t len)
{
	return archive_log_mend(p, len, crc32_update(0, p, len) ^ CRC_RESIDUE) != ARCHIVE_DAMAGED;
}

uint32_t archive_log_newest(const struct archive *a)
{
	return a->entry - (a->writing && a->number == 0);
}

/* ---- blocks ------------------------------------------------------------------------------- */

void archive_log_block_head(const struct archive *a, uint32_t block, uint32_t sequence,
			    uint8_t *out)
{
	memset(out, 0, ARCHIVE_BLOCK_HEAD_BYTES);
	memcpy(out, archive_log_magic, sizeof(archive_log_magic));
	le32_store(out + BLOCK_VERSION, ARCHIVE_VERSION);
	le32_store(out + BLOCK_BYTES, a->block_bytes);
	le32_store(out + BLOCK_COUNT, a->n_blocks);
	le32_store(out + BLOCK_NUMBER, block);
	le32_store(out + BLOCK_SEQUENCE, sequence);
	le32_store(out + BLOCK_ENTRY, archive_log_newest(a));
	le32_store(out + BLOCK_CRC, crc32_update(0, out, BLOCK_CRC));
}

enum log_block archive_log_block(const struct archive *a, uint32_t block, uint8_t *p)
{
	if (archive_log_blank(p, ARCHIVE_BLOCK_HEAD_BYTES))
		return LOG_BLOCK_BLANK;
	if (!head_mend(p, ARCHIVE_BLOCK_HEAD_BYTES) ||
	    memcmp(p, archive_log_magic, sizeof(archive_log_magic)) != 0)
		return LOG_BLOCK_BAD;
	if (le32_load(p + BLOCK_VERSION) != ARCHIVE_VERSION)
		return LOG_BLOCK_NEWER;
	if (le32_load(p + BLOCK_SEQUENCE) == 0)
		return LOG_BLOCK_BAD;
	if (le32_load(p + BLOCK_BYTES) != a->block_bytes ||
	    le32_load(p + BLOCK_COUNT) != a->n_blocks)
		return LOG_BLOCK_OTHER;
	return le32_load(p + BLOCK_NUMBER) == block ? LOG_BLOCK_OURS : LOG_BLOCK_BAD;
}

/* What the first chunk says if the head is lost: rot must not hide a block. */
static uint32_t first_chunk_sequence(const struct archive *a, uint32_t block)
{
	uint8_t head[ARCHIVE_UNIT_BYTES];
	struct archive_chunk chunk;

	/* sequence 0: any */
	if (archive_log_place(a, block, 0, ARCHIVE_BLOCK_HEAD_BYTES, &chunk) != LOG_CHUNK ||
	    !archive_log_read(a, block, ARCHIVE_BLOCK_HEAD_BYTES + ARCHIVE_UNIT_BYTES, head,
			      sizeof(head)) ||
	    !head_mend(head, sizeof(head)))
		return 0;
	return le32_load(head + CHUNK_SEQUENCE);
}

uint32_t archive_log_sequence(const struct archive *a, uint32_t block)
{
	uint8_t p[ARCHIVE_BLOCK_HEAD_BYTES];
	enum log_block is;

	if (!archive_log_read(a, block, 0, p, sizeof(p)))
		return 0;
	is = archive_log_block(a, block, p);
	if (is == LOG_BLOCK_OURS)
		return le32_load(p + BLOCK_SEQUENCE);
	return is == LOG_BLOCK_BAD ? first_chunk_sequence(a, block) : 0;
}

/* ---- chunks ------------------------------------------------------------------------------- */

enum log_place archive_log_place(const struct archive *a, uint32_t block, uint32_t sequence,
				 uint32_t at, struct archive_chunk *out)
{
	uint8_t p[ARCHIVE_CHUNK_HEAD_BYTES];
	uint8_t *head = p + ARCHIVE_UNIT_BYTES;
	uint32_t size;

	if (at > a->block_bytes || a->block_bytes - at < sizeof(p))
		return LOG_FULL;
	if (!archive_log_read(a, block, at, p, sizeof(p)))
		return LOG_VOID;
	if (archive_log_blank(p, sizeof(p)))
		return LOG_ERASED;
	if (!head_mend(head, ARCHIVE_UNIT_BYTES) || le32_load(head) != CHUNK_MAGIC ||
	    (sequence != 0 && le32_load(head + CHUNK_SEQUENCE) != sequence))
		return LOG_VOID;
	size = le32_load(head + CHUNK_SIZE);
	*out = (struct archive_chunk){
		.entry = le32_load(head + CHUNK_ENTRY),
		.number = size >> 16,
		.off = le32_load(head + CHUNK_OFF) & ~CHUNK_LAST,
		.bytes = size & 0xffff,
		.last = (le32_load(head + CHUNK_OFF) & CHUNK_LAST) != 0,
		.block = block,
		.at = at + ARCHIVE_CHUNK_HEAD_BYTES,
		.crc = le32_load(head + CHUNK_PAYLOAD_CRC),
	};
	if (out->bytes > ARCHIVE_PAYLOAD_MAX || out->bytes > a->block_bytes - out->at)
		return LOG_VOID;
	return LOG_CHUNK;
}

void archive_log_chunk_head(const struct archive_chunk *chunk, uint32_t sequence, uint8_t *out)
{
	memset(out, 0, ARCHIVE_UNIT_BYTES);
	le32_store(out, CHUNK_MAGIC);
	le32_store(out + CHUNK_SEQUENCE, sequence);
	le32_store(out + CHUNK_ENTRY, chunk->entry);
	le32_store(out + CHUNK_OFF, chunk->off | (chunk->last ? CHUNK_LAST : 0));
	le32_store(out + CHUNK_SIZE, chunk->bytes | chunk->number << 16);
	le32_store(out + CHUNK_PAYLOAD_CRC, chunk->crc);
	le32_store(out + CHUNK_CRC, crc32_update(0, out, CHUNK_CRC));
}

uint32_t archive_log_end(const struct archive_chunk *chunk)
{
	return chunk->at +
	       (chunk->bytes + ARCHIVE_UNIT_BYTES - 1) / ARCHIVE_UNIT_BYTES * ARCHIVE_UNIT_BYTES;
}

bool archive_log_next(const struct archive *a, uint32_t block, uint32_t sequence, uint32_t *at,
		      struct archive_chunk *out)
{
	uint32_t end = *at; /* after what is not erased */

	/* every turn goes on by a unit */
	for (uint32_t p = *at;; p += ARCHIVE_UNIT_BYTES) {
		const enum log_place is = archive_log_place(a, block, sequence, p, out);

		if (is == LOG_CHUNK) {
			*at = p;
			return true;
		}
		if (is == LOG_VOID) {
			end = p + ARCHIVE_UNIT_BYTES;
			continue;
		}
		/* after a void it may be a payload of ones whose head is lost */
		if (is == LOG_FULL || end == *at || p - end >= ARCHIVE_PAYLOAD_MAX) {
			*at = end;
			return false;
		}
	}
}

void archive_log_scan(struct archive *a)
{
	struct archive_chunk chunk;
	uint32_t end = ARCHIVE_BLOCK_HEAD_BYTES;

	a->at = end;
	a->last = 0;
	while (archive_log_next(a, a->head, a->sequence, &a->at, &chunk)) {
		a->last = a->at;
		end = archive_log_end(&chunk);
		a->at = end;
		if (chunk.entry > a->entry)
			a->entry = chunk.entry;
	}
	a->torn = a->at != end;
}

/* ---- open --------------------------------------------------------------------------------- */

/* What all blocks' heads say. */
struct heads {
	uint32_t n_ours;
	uint32_t n_blank;
	uint32_t n_dead;
	bool newer;
	uint32_t version;
	bool other; /* with the geometry below */
	uint32_t block_bytes;
	uint32_t n_blocks;
};

static bool geometry_is_good(uint32_t block_bytes, uint32_t n_blocks)
{
	return block_bytes >= ARCHIVE_BLOCK_MIN_BYTES && block_bytes <= ARCHIVE_BLOCK_MAX_BYTES &&
	       (block_bytes & (block_bytes - 1)) == 0 && n_blocks >= ARCHIVE_BLOCKS_MIN &&
	       n_blocks <= ARCHIVE_BLOCKS_MAX && (uint64_t)block_bytes * n_blocks <= UINT32_MAX;
}

/* Returns the block's sequence. */
static uint32_t note_head(struct archive *a, struct heads *h, uint32_t block, uint8_t *p)
{
	switch (archive_log_block(a, block, p)) {
	case LOG_BLOCK_OURS:
		h->n_ours++;
		/* they rise; the newest may have lost its head */
		if (le32_load(p + BLOCK_ENTRY) > a->entry)
			a->entry = le32_load(p + BLOCK_ENTRY);
		return le32_load(p + BLOCK_SEQUENCE);
	case LOG_BLOCK_BLANK:
		h->n_blank++;
		return 0;
	case LOG_BLOCK_NEWER:
		h->newer = true;
		h->version = le32_load(p + BLOCK_VERSION);
		return 0;
	case LOG_BLOCK_OTHER:
		if (!h->other &&
		    geometry_is_good(le32_load(p + BLOCK_BYTES), le32_load(p + BLOCK_COUNT))) {
			h->other = true;
			h->block_bytes = le32_load(p + BLOCK_BYTES);
			h->n_blocks = le32_load(p + BLOCK_COUNT);
		}
		return 0;
	default:
		return first_chunk_sequence(a, block);
	}
}

/* Sets head, sequence, entry and n_used. */
static void read_heads(struct archive *a, struct heads *h)
{
	uint8_t p[ARCHIVE_BLOCK_HEAD_BYTES];

	for (uint32_t block = 0; block < a->n_blocks; block++) {
		uint32_t sequence;

		if (!archive_log_read(a, block, 0, p, sizeof(p))) {
			h->n_dead++;
			continue;
		}
		sequence = note_head(a, h, block, p);
		a->n_used += sequence != 0;
		if (sequence <= a->sequence)
			continue;
		a->sequence = sequence;
		a->head = block;
	}
	/* chunks alone do not show the geometry */
	if (h->n_ours == 0)
		a->sequence = 0;
}

/* True if block 0 may be what a power cut left of our first head. */
static bool first_is_torn(const struct archive *a)
{
	uint8_t is[ARCHIVE_BLOCK_HEAD_BYTES];
	uint8_t ours[ARCHIVE_BLOCK_HEAD_BYTES];

	archive_log_block_head(a, 0, 1, ours);
	/* if it is erased, it is another block that is not */
	if (!archive_log_read(a, 0, 0, is, sizeof(is)) || archive_log_blank(is, sizeof(is)))
		return false;
	for (uint32_t i = 0; i < sizeof(is); i++)
		if ((is[i] & ours[i]) != ours[i])
			return false;
	for (uint32_t at = sizeof(is); at < FIRST_BYTES; at += sizeof(is))
		if (!archive_log_read(a, 0, at, is, sizeof(is)) ||
		    !archive_log_blank(is, sizeof(is)))
			return false;
	return true;
}

/* A head of a later version may have its CRC elsewhere: the first 12 bytes stay. */
static bool first_is_newer(const struct archive *a, uint32_t *version)
{
	uint8_t p[BLOCK_BYTES];

	if (!archive_log_read(a, 0, 0, p, sizeof(p)) ||
	    memcmp(p, archive_log_magic, sizeof(archive_log_magic)) != 0)
		return false;
	*version = le32_load(p + BLOCK_VERSION);
	return *version > ARCHIVE_VERSION;
}

/* No block is ours. */
static enum archive_state state_without_head(struct archive *a, const struct heads *h)
{
	if (h->n_dead > 0)
		return ARCHIVE_DEAD;
	if (h->n_blank == a->n_blocks || (h->n_blank == a->n_blocks - 1 && first_is_torn(a)))
		return ARCHIVE_BLANK;
	return first_is_newer(a, &a->version) ? ARCHIVE_NEWER : ARCHIVE_FOREIGN;
}

static void open_other(struct archive *a, const struct heads *h)
{
	struct heads again = { 0 };

	a->state = ARCHIVE_OTHER;
	a->block_bytes = h->block_bytes;
	a->n_blocks = h->n_blocks;
	a->n_used = 0;
	read_heads(a, &again);
}

void archive_open(struct archive *a, const struct archive_flash *flash)
{
	struct heads h = { 0 };

	*a = (struct archive){ .flash = flash,
			       .state = ARCHIVE_DEAD,
			       .block_bytes = flash->block_bytes,
			       .n_blocks = flash->n_blocks };
	if (!geometry_is_good(a->block_bytes, a->n_blocks))
		return;
	read_heads(a, &h);
	if (h.newer) {
		a->state = ARCHIVE_NEWER;
		a->version = h.version;
		return;
	}
	if (a->sequence != 0)
		a->state = ARCHIVE_OURS;
	else if (h.other)
		open_other(a, &h);
	else
		a->state = state_without_head(a, &h);
	if (a->sequence != 0)
		archive_log_scan(a);
}
