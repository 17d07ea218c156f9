/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive over any flash: reads stay inside, chunks lie in their blocks, what is called sound
 * has its CRC. Writing loses no sound chunk but by recycling, and touches nothing that is not ours.
 * The input is a geometry and what is done, then patches: bytes, heads with a right CRC, chunks.
 */
#include "core/archive/archive.h"
#include "core/base/crc32.h"
#include "fuzz.h"

enum { BLOCKS_MAX = 6, CHUNKS_MAX = 2048, PATCHES_MAX = 64 };

struct ram {
	struct archive_flash flash;
	uint8_t *bytes;
	uint32_t len;
	uint32_t n_written; /* programs and erases */
	uint32_t n_erased[BLOCKS_MAX];
};

static enum om_err ram_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	const struct ram *m = ctx;

	require(off <= m->len && len <= m->len - off, "a read inside");
	memcpy(to, m->bytes + off, len);
	return OM_OK;
}

static enum om_err ram_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	struct ram *m = ctx;

	require(off <= m->len && len <= m->len - off, "a program inside");
	require(off % ARCHIVE_UNIT_BYTES == 0 && len % ARCHIVE_UNIT_BYTES == 0, "whole units");
	for (uint32_t i = 0; i < len; i++)
		m->bytes[off + i] &= from[i];
	m->n_written++;
	return OM_OK;
}

static enum om_err ram_erase(void *ctx, uint32_t block)
{
	struct ram *m = ctx;

	require(block < m->flash.n_blocks, "an erase inside");
	memset(m->bytes + block * m->flash.block_bytes, 0xff, m->flash.block_bytes);
	m->n_erased[block]++;
	m->n_written++;
	return OM_OK;
}

static void make_ram(struct ram *m, struct span *in)
{
	const uint32_t size = take(in, 1);

	*m = (struct ram){ .flash = { .ctx = m,
				      .block_bytes = 4096u << size % 3,
				      .n_blocks = 1 + size / 3 % BLOCKS_MAX,
				      .read = ram_read,
				      .program = ram_program,
				      .erase = ram_erase } };
	m->len = m->flash.block_bytes * m->flash.n_blocks;
	m->bytes = make_bytes(m->len, 0xff);
}

/* ---- what stands there -------------------------------------------------------------------- */

static void write_at(struct ram *m, uint32_t off, const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len && off < m->len; i++)
		m->bytes[off++] = p[i];
}

/* No writer gives two blocks the same. */
static uint32_t sequence(const struct ram *m, uint32_t block, uint32_t turn)
{
	return turn * m->flash.n_blocks + block;
}

static void patch_head(struct ram *m, uint32_t block, struct span *in)
{
	uint8_t p[ARCHIVE_BLOCK_HEAD_BYTES] = "OOPSMONA";
	const uint32_t odd = take(in, 1);

	le32_store(p + 8, ARCHIVE_VERSION + (odd == 1));
	le32_store(p + 12, m->flash.block_bytes << (odd == 2));
	le32_store(p + 16, m->flash.n_blocks + (odd == 3));
	le32_store(p + 20, block + (odd == 4));
	le32_store(p + 24, sequence(m, block, odd == 5 ? take(in, 4) : take(in, 1)));
	le32_store(p + 28, take(in, 2));
	le32_store(p + 60, crc32_update(0, p, 60));
	write_at(m, block * m->flash.block_bytes, p, sizeof(p));
}

static void patch_chunk(struct ram *m, uint32_t block, struct span *in)
{
	uint8_t p[ARCHIVE_CHUNK_HEAD_BYTES] = { 0 };
	const uint32_t at = take(in, 2) % (m->flash.block_bytes / 32) * 32;
	const uint32_t off = block * m->flash.block_bytes + at;
	uint8_t *head = p + ARCHIVE_UNIT_BYTES;
	struct span payload;

	le32_store(head, 0x6b6e6843);
	le32_store(head + 4, sequence(m, block, take(in, 1)));
	le32_store(head + 8, take(in, 2));
	le32_store(head + 12, take(in, 4));
	le32_store(head + 16, take(in, 2));
	payload = take_span(in, le32_load(head + 16) & 0xff);
	le32_store(head + 20, crc32_update(0, payload.p, payload.len));
	le32_store(head + 28, crc32_update(0, head, 28));
	write_at(m, off, p, sizeof(p));
	write_at(m, off + sizeof(p), payload.p, (uint32_t)payload.len);
}

static void patch(struct ram *m, struct span *in)
{
	const uint32_t kind = take(in, 1);
	const uint32_t block = kind / 4 % m->flash.n_blocks;
	struct span bytes;
	uint32_t off;

	switch (kind % 4) {
	case 0:
		off = take(in, 3) % m->len;
		bytes = take_span(in, take(in, 1));
		write_at(m, off, bytes.p, (uint32_t)bytes.len);
		break;
	case 1:
		patch_head(m, block, in);
		break;
	case 2:
		patch_chunk(m, block, in);
		break;
	default:
		off = take(in, 3) % (m->len * 8);
		m->bytes[off / 8] ^= (uint8_t)(1u << off % 8);
		break;
	}
}

/* ---- what is read ------------------------------------------------------------------------- */

struct chunks {
	uint32_t n;
	struct archive_chunk at[CHUNKS_MAX];
	uint32_t sequence[CHUNKS_MAX];
	bool sound[CHUNKS_MAX];
};

static void check_chunk(const struct archive *a, const struct archive_chunk *c, uint32_t flash_len)
{
	require(c->block < a->n_blocks, "a block");
	require(c->bytes <= ARCHIVE_PAYLOAD_MAX && c->at <= a->block_bytes &&
			c->bytes <= a->block_bytes - c->at,
		"a chunk inside its block");
	require((uint64_t)c->block * a->block_bytes < flash_len, "a block inside the flash");
}

static void read_all(const struct ram *m, const struct archive *a, struct chunks *out)
{
	struct archive_walk w;

	out->n = 0;
	archive_walk_start(&w, a);
	while (out->n < CHUNKS_MAX && archive_walk_next(&w, &out->at[out->n])) {
		const struct archive_chunk *c = &out->at[out->n];
		uint8_t *p = make_bytes(ARCHIVE_PAYLOAD_MAX, 0);
		enum archive_check check;

		check_chunk(a, c, m->len);
		check = archive_payload(a, c, p);
		require(check == ARCHIVE_DAMAGED || crc32_update(0, p, c->bytes) == c->crc,
			"what is right has its CRC");
		out->sequence[out->n] = w.sequence;
		out->sound[out->n++] = check == ARCHIVE_SOUND;
		free(p);
	}
	require(out->n < CHUNKS_MAX, "no more chunks than fit");
}

static bool is_there(const struct chunks *all, const struct archive_chunk *c)
{
	for (uint32_t i = 0; i < all->n; i++)
		if (all->at[i].block == c->block && all->at[i].at == c->at &&
		    all->at[i].entry == c->entry && all->at[i].crc == c->crc && all->sound[i])
			return true;
	return false;
}

/* ---- what is done ------------------------------------------------------------------------- */

static void append(struct ram *m, struct archive *a, struct span *in)
{
	const uint32_t n = take(in, 2);
	uint8_t *p = make_bytes(n, (int)take(in, 1));
	const enum om_err err = archive_begin(a);

	if (err == OM_OK) {
		const enum om_err second = archive_append(a, (struct span){ p, n }, true);

		require(second == OM_OK || second == OM_E_NO_SPACE, "an error that is documented");
	} else {
		require(err == OM_E_VARIANT && m->n_written == 0, "others' flash is left alone");
	}
	free(p);
}

static void check_kept(const struct ram *m, const struct chunks *before)
{
	static struct chunks now;
	struct archive a;

	archive_open(&a, &m->flash);
	read_all(m, &a, &now);
	for (uint32_t i = 0; i < before->n; i++)
		require(!before->sound[i] || m->n_erased[before->at[i].block] > 0 ||
				a.sequence - before->sequence[i] >= a.n_blocks ||
				is_there(&now, &before->at[i]),
			"a sound chunk stays");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chunks before;
	struct span in = { data, size };
	struct archive a;
	struct ram m;
	uint32_t what;

	make_ram(&m, &in);
	what = take(&in, 1);
	for (uint32_t i = 0; i < PATCHES_MAX && in.len > 4; i++)
		patch(&m, &in);
	archive_open(&a, &m.flash);
	require((uint32_t)a.state <= ARCHIVE_DEAD && m.n_written == 0, "a state, nothing written");
	read_all(&m, &a, &before);
	if (what % 4 == 0) {
		const enum archive_state state = a.state;
		const enum om_err err = archive_clear(&a, NULL, NULL);

		require(err != OM_E_VARIANT || m.n_written == 0, "others' flash is left alone");
		/* no numbers are left for two turns of blocks */
		require(err == OM_OK || err == OM_E_VARIANT ||
				a.sequence > UINT32_MAX - 2 * a.n_blocks,
			"cleared");
		archive_open(&a, &m.flash);
		read_all(&m, &a, &before);
		require(state != ARCHIVE_OURS || err != OM_OK || before.n == 0, "nothing is left");
	} else {
		append(&m, &a, &in);
		check_kept(&m, &before);
	}
	free(m.bytes);
	return 0;
}
