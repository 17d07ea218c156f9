/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions whose text is known, then damaged: what is called right must be right. Input: ecc
 * size and flags, 8 bits each; lengths of the logs, 16 bits each; then errors: offset in the
 * region, 16 bits, and the value XORed there. With FLAG_BOUNDED no code word gets
 * more errors than it can stand, and everything has to come back.
 */
#include "core/log/record.h"
#include "core/ramoops/record_read.h"
#include "core/ramoops/zone.h"
#include "fuzz.h"

#define Z_SOLO
#include <zlib.h>

enum {
	FLAG_BOUNDED = 1,
	FLAG_WRAPPED = 2,
	FLAG_ZLIB = 4,
	FLAG_LEVEL_SHIFT = 4, /* of zlib's effort, 0 to 9 */
	RECORD_BYTES = 0x600,
	CONSOLE_BYTES = 0x400,
	PMSG_BYTES = 0x200,
	REGION_BYTES = 2 * RECORD_BYTES + CONSOLE_BYTES + PMSG_BYTES,
	N_ZONES = 4,
	LINE_BYTES = 40,
	PACKED_TEXT_BYTES = 6000,
	SURE_ECC = 32 /* so many errors do not happen to make another code word */
};

static const uint32_t zone_bytes[N_ZONES] = { RECORD_BYTES, RECORD_BYTES, CONSOLE_BYTES,
					      PMSG_BYTES };
static const char head_plain[] = "====1700000000.000007-D\n";
static const char head_packed[] = "====1700000000.000007-C\n";
static const char title[] = "Panic#1 Part1\n";

struct known {
	struct zone_shape shape[N_ZONES];
	uint32_t off[N_ZONES];
	uint8_t log[N_ZONES][REGION_BYTES]; /* as a writer appends it */
	uint8_t packed[PACKED_TEXT_BYTES];  /* what is packed in zone 1 */
	size_t log_len[N_ZONES];
	struct span text[N_ZONES]; /* as it must be read */
};

/* A log's lines; returns the bytes. */
static size_t put_lines(uint8_t *out, size_t len)
{
	size_t n = 0;

	for (uint32_t i = 0; n + LINE_BYTES <= len; i++)
		n += (size_t)sprintf((char *)out + n, "<6>[%5u.%06u] unit %u: %x\n", i / 7 + 1,
				     i * 7919 % 1000000, i, i * 2654435761u % 65521);
	return n;
}

static size_t put_text(uint8_t *out, size_t len)
{
	const size_t n = sizeof(title) - 1;

	memcpy(out, title, n);
	return n + put_lines(out + n, len);
}

static void *give(void *opaque, unsigned int items, unsigned int size)
{
	(void)opaque;
	return calloc(items, size);
}

static void take_back(void *opaque, void *p)
{
	(void)opaque;
	free(p);
}

/* Packs @len bytes as Linux does; returns the stream's length, 0 if it does not fit. */
static size_t pack(const uint8_t *text, size_t len, uint32_t flags, uint8_t *out, size_t cap)
{
	z_stream z = { .zalloc = give, .zfree = take_back };
	const int level = (int)(flags >> FLAG_LEVEL_SHIFT) % 10;
	int rc;

	z.next_in = (z_const Bytef *)text;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	require(deflateInit2(&z, level, Z_DEFLATED, flags & FLAG_ZLIB ? 12 : -15, 8,
			     Z_DEFAULT_STRATEGY) == Z_OK,
		"zlib starts");
	rc = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return rc == Z_STREAM_END ? cap - z.avail_out : 0;
}

static void put_plain(struct known *k, uint32_t i, size_t len)
{
	const size_t head = sizeof(head_plain) - 1;
	size_t n;

	memcpy(k->log[i], head_plain, head);
	n = put_text(k->log[i] + head, len);
	k->log_len[i] = head + n;
	k->text[i] = (struct span){ k->log[i] + head, n };
}

static void put_packed(struct known *k, uint32_t i, size_t len, uint32_t flags)
{
	const size_t head = sizeof(head_packed) - 1;
	const size_t room = k->shape[i].cap_bytes - head;
	size_t n = 0;

	memcpy(k->log[i], head_packed, head);
	for (; n == 0; len /= 2) {
		const size_t text = put_text(k->packed, len);

		n = pack(k->packed, text, flags, k->log[i] + head, room);
		k->text[i] = (struct span){ k->packed, text };
	}
	k->log_len[i] = head + n;
}

/* The zone as a kernel leaves it once the log was written. */
static void put_zone(uint8_t *zone, const struct zone_shape *s, const struct rs *rs,
		     const uint8_t *log, size_t len)
{
	const uint32_t size = len < s->cap_bytes ? (uint32_t)len : s->cap_bytes;
	uint8_t *data = zone + ZONE_HDR_BYTES;

	for (size_t i = len - size; i < len; i++)
		data[i % s->cap_bytes] = log[i];
	le32_store(zone, ZONE_SIG);
	le32_store(zone + 4, (uint32_t)(len < s->cap_bytes ? len : len % s->cap_bytes));
	le32_store(zone + 8, size);
	for (uint32_t i = 0; i * ZONE_BLOCK_BYTES < s->cap_bytes; i++) {
		const uint32_t left = s->cap_bytes - i * ZONE_BLOCK_BYTES;

		rs_encode(rs, data + i * ZONE_BLOCK_BYTES,
			  left < ZONE_BLOCK_BYTES ? left : ZONE_BLOCK_BYTES,
			  zone + s->parity_off + i * s->ecc_bytes);
	}
	rs_encode(rs, zone, ZONE_HDR_BYTES, zone + s->hdr_parity_off);
}

static uint8_t *make_region(struct known *k, const struct rs *rs, struct span *in, uint32_t flags)
{
	uint8_t *raw = make_bytes(REGION_BYTES, 0);
	uint32_t off = 0;

	for (uint32_t i = 0; i < N_ZONES; i++) {
		const size_t wanted = take(in, 2);
		struct zone_shape *s = &k->shape[i];

		require(zone_shape(zone_bytes[i], rs->n_roots, s) == OM_OK, "zones have room");

		const size_t room = s->cap_bytes - 80; /* head line, title */

		if (i == 0) {
			put_plain(k, i, LINE_BYTES + wanted % (room - LINE_BYTES));
		} else if (i == 1) {
			put_packed(k, i, LINE_BYTES + wanted % (PACKED_TEXT_BYTES - 100), flags);
		} else {
			const size_t most = flags & FLAG_WRAPPED ? REGION_BYTES : room;
			size_t n = put_lines(k->log[i], LINE_BYTES + wanted % (most - LINE_BYTES));

			k->log_len[i] = n;
			k->text[i] = (struct span){ k->log[i], n };
			if (n > s->cap_bytes)
				k->text[i] = span_sub(k->text[i], n - s->cap_bytes, n);
		}
		k->off[i] = off;
		put_zone(raw + off, s, rs, k->log[i], k->log_len[i]);
		off += zone_bytes[i];
	}
	return raw;
}

/* The code word that holds a byte of a zone: block, or after them all the header. */
static uint32_t word_of(const struct zone_shape *s, uint32_t off)
{
	if (off < ZONE_HDR_BYTES || off >= s->hdr_parity_off)
		return s->n_blocks;
	if (off < s->parity_off)
		return (off - ZONE_HDR_BYTES) / ZONE_BLOCK_BYTES;
	return (off - s->parity_off) / s->ecc_bytes;
}

/* Carries the input's errors out, as many as each code word stands if @bounded. */
static void do_damage(const struct known *k, uint8_t *raw, struct span in, bool bounded)
{
	uint8_t *hit = make_bytes(REGION_BYTES, 0);
	uint32_t *errors = (uint32_t *)(void *)make_bytes(REGION_BYTES * sizeof(*errors), 0);

	while (in.len > 0) {
		const uint32_t at = take(&in, 2) % REGION_BYTES;
		const uint8_t value = (uint8_t)take(&in, 1);
		uint32_t i = N_ZONES - 1;

		while (at < k->off[i])
			i--;

		/* zones are apart in the list by their offsets */
		uint32_t *n = &errors[k->off[i] + word_of(&k->shape[i], at - k->off[i])];

		if (bounded && (hit[at] || *n >= k->shape[i].ecc_bytes / 2))
			continue;
		hit[at] = 1;
		raw[at] ^= value;
		++*n;
	}
	free(hit);
	free(errors);
}

/* Up to the first hole only good bytes were read, if the zone's header was good. */
static void check_packed(struct span want, const struct record *r)
{
	const uint32_t notes = NOTE_BAD_BLOCKS | NOTE_STREAM_BAD | NOTE_STREAM_CUT |
			       NOTE_STREAM_RESYNCED;
	const size_t end = r->holes.n ? r->holes.at[0].off : r->text.len;

	if (r->notes & ~notes || r->quality != QUALITY_SALVAGED || r->packing == PACKING_NONE)
		return;
	require(end <= want.len && memcmp(r->text.p, want.p, end) == 0,
		"unpacked from good bytes means right");
}

static void check_record(const struct known *k, uint32_t i, enum om_err err, const struct record *r,
			 bool bounded)
{
	const struct span want = k->text[i];

	if (bounded) {
		require(err == OM_OK, "a record within reach is there");
		require(r->quality == QUALITY_INTACT || r->quality == QUALITY_CORRECTED,
			"a record within reach is right");
		require(same_bytes(r->text, want), "the text that was written");
	}
	if (err != OM_OK)
		return;
	if (r->quality == QUALITY_INTACT ||
	    (r->quality == QUALITY_CORRECTED && k->shape[i].ecc_bytes >= SURE_ECC))
		require(same_bytes(r->text, want), "what is called right is right");
	if (!(r->notes & NOTE_BAD_BLOCKS) || k->shape[i].ecc_bytes < SURE_ECC)
		return;
	if (i == 1)
		check_packed(want, r);
	if (r->notes != NOTE_BAD_BLOCKS || i == 1)
		return;
	require(r->text.len == want.len, "bad blocks leave the text its length");
	for (uint32_t at = 0; at < want.len; at++)
		require(r->text.p[at] == want.p[at] || holes_touch(&r->holes, at, 1),
			"what is wrong lies in a hole");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct region region;
	static struct rs rs;
	static struct known known;
	struct span in = { data, size };
	const uint32_t ecc = 2 + take(&in, 1) % 63;
	const uint32_t flags = take(&in, 1);
	const struct geometry g = { .region_bytes = REGION_BYTES,
				    .record_bytes = 0x400,
				    .console_bytes = CONSOLE_BYTES,
				    .pmsg_bytes = PMSG_BYTES,
				    .ecc_bytes = ecc };

	require(rs_init(&rs, ecc) == OM_OK, "a code");

	uint8_t *raw = make_region(&known, &rs, &in, flags);

	do_damage(&known, raw, in, flags & FLAG_BOUNDED);
	if (region_open((struct span){ raw, REGION_BYTES }, &g, 0, &region) == OM_OK) {
		const size_t cap = region_work_bytes(&region);
		const struct workspace work = { make_bytes(cap, 0xee), cap };

		for (uint32_t i = 0; region_records(&region) == N_ZONES && i < N_ZONES; i++) {
			struct record r;
			const enum om_err err = record_read(&region, i, 0, work, &r);

			check_record(&known, i, err, &r, flags & FLAG_BOUNDED);
		}
		free(work.p);
	}
	free(raw);
	return 0;
}
