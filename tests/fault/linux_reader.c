/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux would show of a region: a model of its reader, bugs included, to set our
 * decoder beside. tests/fault/test_linux_reader.py holds it against what real kernels
 * showed, damaged regions among them. ftrace is left out: its text is the reading kernel's.
 *
 *     linux_reader RECORD CONSOLE FTRACE PMSG ECC CPUS WRITER < region
 *
 * CPUS 0: one ftrace zone. WRITER 0 to 5: enum era. Writes "NAME BYTES\n" and the bytes of
 * each file, without the ECC notice.
 *
 * Source: Linux 6.1 and 6.12, fs/pstore/ram.c, ram_core.c, platform.c (docs/ramoops.md and
 * what was seen of real kernels); our own words.
 */
#include "core/ecc/rs.h"
#include "core/ramoops/geometry.h"
#include "core/ramoops/zone.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define Z_SOLO /* the pinned zlib is built without an allocator of its own */
#include <zlib.h>

struct reader {
	uint8_t *region;
	size_t len;
	struct geometry g;
	struct layout layout;
	struct rs rs;
};

struct old_log {
	uint8_t *p;
	size_t len;
};

static void show(const char *kind, uint32_t index, const char *suffix, const uint8_t *p, size_t n)
{
	printf("%s-ramoops-%u%s %zu\n", kind, index, suffix, n);
	fwrite(p, 1, n, stdout);
}

static void correct(const struct reader *r, uint8_t *data, size_t n, const uint8_t *parity)
{
	uint32_t corrected;

	if (r->g.ecc_bytes > 0 && rs_correct(&r->rs, data, n, parity, &corrected) != OM_OK)
		return; /* Linux counts it and goes on with what is there */
}

/* Probing: the zone's old log, NULL if Linux takes the zone for empty or foreign. */
static struct old_log probe(const struct reader *r, struct place at)
{
	uint8_t *zone = r->region + at.off;
	struct zone_shape shape;
	struct old_log none = { NULL, 0 };

	if (at.off + (size_t)at.bytes > r->len ||
	    zone_shape(at.bytes, r->g.ecc_bytes, &shape) != OM_OK)
		return none;
	correct(r, zone, ZONE_HDR_BYTES, zone + shape.hdr_parity_off);

	const uint32_t start = le32_load(zone + 4);
	const uint32_t size = le32_load(zone + 8);

	if (le32_load(zone) != ZONE_SIG || size == 0 || size > shape.cap_bytes || start > size)
		return none;

	uint8_t *ring = zone + ZONE_HDR_BYTES;

	for (uint32_t off = 0; off < size; off += ZONE_BLOCK_BYTES) {
		const uint32_t left = shape.cap_bytes - off;

		correct(r, ring + off, left < ZONE_BLOCK_BYTES ? left : ZONE_BLOCK_BYTES,
			zone + shape.parity_off + off / ZONE_BLOCK_BYTES * r->g.ecc_bytes);
	}

	struct old_log log = { malloc(size), size };

	memcpy(log.p, ring + start, size - start);
	memcpy(log.p + size - start, ring, start);
	return log;
}

static size_t skip_space(const struct old_log *log, size_t i)
{
	while (i < log->len && (isspace(log->p[i]) || log->p[i] == 0xa0))
		i++;
	return i;
}

/* One number as the kernel's scanf takes it; 0: there is none. */
static size_t skip_number(const struct old_log *log, size_t i, bool sign)
{
	size_t from = skip_space(log, i);

	if (sign && from < log->len && log->p[from] == '-')
		from++;
	i = from;
	while (i < log->len && isdigit(log->p[i]))
		i++;
	return i > from ? i : 0;
}

/* Length of the header line, 0: Linux drops the record. */
static size_t header(const struct old_log *log, bool *compressed)
{
	size_t i;

	*compressed = false;
	if (log->len < 4 || memcmp(log->p, "====", 4) != 0)
		return 0;
	i = skip_number(log, 4, true);
	if (i == 0 || i >= log->len || log->p[i] != '.')
		return 0;
	i = skip_number(log, i + 1, false);
	if (i == 0)
		return 0;
	if (i + 1 < log->len && log->p[i] == '-') {
		*compressed = log->p[i + 1] == 'C';
		i += 2;
	}
	return skip_space(log, i); /* its newline, and whatever white space follows */
}

/* Most text the reading kernel has room for, from the room in its records. */
static size_t room_for(const struct reader *r, size_t cap)
{
	if (era_rules(r->layout.era)->pmsg_first && era_rules(r->layout.era)->even)
		return 3 * cap; /* 6.6 and later */
	return cap >= 4000 && cap <= 10000 ? cap * 100 / 45 : cap * 100 / 60;
}

static void *take(void *opaque, unsigned int items, unsigned int size)
{
	(void)opaque;
	return calloc(items, size);
}

static void give(void *opaque, void *address)
{
	(void)opaque;
	free(address);
}

/* False if the stream does not come to its end: Linux shows the packed bytes then. */
static bool inflated(const struct reader *r, const uint8_t *p, size_t n, struct old_log *text)
{
	const struct era_rules *rules = era_rules(r->layout.era);
	struct zone_shape shape;
	z_stream z = { .zalloc = take, .zfree = give };

	if (zone_shape(r->layout.bytes[ZONE_DMESG], r->g.ecc_bytes, &shape) != OM_OK)
		return false;
	text->len = room_for(r, shape.cap_bytes);
	text->p = malloc(text->len);
	z.next_in = (Bytef *)p;
	z.avail_in = (uInt)n;
	z.next_out = text->p;
	z.avail_out = (uInt)text->len;
	if (inflateInit2(&z, rules->pmsg_first && rules->even ? -15 : -11) != Z_OK)
		return false;

	const bool good = inflate(&z, Z_FINISH) == Z_STREAM_END;

	text->len -= z.avail_out;
	inflateEnd(&z);
	return good && text->len > 0;
}

/* False if the listing ends here: a record without text does that in Linux. */
static bool show_dmesg(const struct reader *r, uint32_t index, const struct old_log *log)
{
	bool compressed;
	const size_t n = header(log, &compressed);
	struct old_log text = { NULL, 0 };

	if (n == 0)
		return true;
	if (n == log->len)
		return false;
	if (compressed && inflated(r, log->p + n, log->len - n, &text))
		show("dmesg", index, "", text.p, text.len);
	else
		show("dmesg", index, compressed ? ".enc.z" : "", log->p + n, log->len - n);
	free(text.p);
	return true;
}

static void show_all(struct reader *r)
{
	struct place at;

	for (uint32_t i = 0; layout_place(&r->layout, i, &at) == OM_OK; i++) {
		if (at.kind == ZONE_FTRACE)
			continue;

		struct old_log log = probe(r, at);
		bool go_on = true;

		if (log.p && at.kind == ZONE_DMESG)
			go_on = show_dmesg(r, at.index, &log);
		else if (log.p)
			show(at.kind == ZONE_PMSG ? "pmsg" : "console", 0, "", log.p, log.len);
		free(log.p);
		if (!go_on)
			return;
	}
}

int main(int argc, char **argv)
{
	enum { LONGEST = 64 << 20 };
	struct reader r = { 0 };
	uint32_t number[7];

	if (argc != 8)
		return 2;
	for (int i = 0; i < 7; i++)
		number[i] = (uint32_t)strtoul(argv[i + 1], NULL, 0);
	r.region = malloc(LONGEST);
	r.len = fread(r.region, 1, LONGEST, stdin);
	r.g = (struct geometry){ .region_bytes = (uint32_t)r.len,
				 .record_bytes = number[0],
				 .console_bytes = number[1],
				 .ftrace_bytes = number[2],
				 .pmsg_bytes = number[3],
				 .ecc_bytes = number[4],
				 .flags = number[5] > 0 ? GEOMETRY_FTRACE_PER_CPU : 0 };
	geometry_round(&r.g);
	if (layout_make(&r.g, (enum era)number[6], number[5] > 0 ? number[5] : 1, &r.layout) !=
	    OM_OK)
		return 2;
	if (r.g.ecc_bytes > 0 && rs_init(&r.rs, r.g.ecc_bytes) != OM_OK)
		return 2;
	show_all(&r);
	free(r.region);
	return 0;
}
