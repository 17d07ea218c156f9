/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks are collected first, then sizes are guessed that put zones where marks are:
 * layout_make() says where exactly, so that no rule about places is known here. Of all guesses
 * the one with the most points is taken: for marks that are zones, for contents that suit
 * the kind of zone, for parity where the zone would end.
 */
#include "search.h"

#include "dmesg.h"
#include "rs.h"
#include "zone.h"

#include <string.h>

enum {
	ZONE_SIZE_MAX = 64 << 20, /* more than any header's numbers */
	LOOK_BYTES = 1024,	  /* of a log, to see what it is */
	PARITY_KEPT = 8,	  /* bytes of a header's parity that are compared */
	SIEVE_WORDS = 2048,
	SIEVE_SHIFT = 16,    /* 32 - log2(bits of the sieve) */
	SIZES = 21,	     /* 0 and the powers of two from SIZE_LEAST on */
	SIZE_LEAST = 1 << 7, /* smaller zones hold no line */
	BASES_MAX = 32,	     /* marks that a region in a dump may begin at */
	BASES_LENIENT = 8,
	STEPS_MAX = 600000,   /* marks looked at, all guesses together */
	ECC_MARKS = 16,	      /* zones whose parity is looked for */
	ECC_BITS_ENOUGH = 24, /* bits of parity that cannot all be right by chance */
	REPAIRED_MAX = 8,     /* missing zones that are looked at more closely */

	POINTS_EXACT = 4,
	POINTS_WRONG_BITS = 3,
	POINTS_MISSING = -4,
	POINTS_STRAY = -2,
	POINTS_STRAY_IN_LOG = -6, /* a zone's valid bytes would have overwritten it */
	POINTS_CAPACITY = 4,	  /* a ring that wrapped has just the size of this zone */
	POINTS_IMPOSSIBLE = -4,	  /* a log longer than its zone, or wrapped too early */
	POINTS_PARITY = 3,
	POINTS_OTHER_ERA = -6, /* the ftrace zones name a kernel that puts zones elsewhere */
	POINTS_UNUSED = -2,    /* the region's end is left over: sizes that do not divide */
	POINTS_ALONE = 8,      /* least for one zone alone in a dump */
};

/* What a zone's log looks like. */
enum looks { LOOKS_EMPTY, LOOKS_DMESG, LOOKS_KERNEL, LOOKS_TEXT, LOOKS_BINARY, LOOKS };

static const int8_t content_points[ZONE_KINDS][LOOKS] = {
	[ZONE_DMESG] = { 0, 6, -4, -2, -3 },
	[ZONE_CONSOLE] = { -1, -6, 6, 0, -3 }, /* Linux logs its boot there, no other text */
	[ZONE_PMSG] = { 0, -6, -3, 1, 1 },
	[ZONE_FTRACE] = { 0, -6, -4, -2, 0 },
};

/* What a mark's header and the bytes behind it say. */
struct fact {
	uint32_t start, size;
	int32_t most; /* points that this mark and all before it can be worth */
	uint8_t looks;
	uint8_t parity[PARITY_KEPT]; /* the beginning of what its header's parity should be */
};

struct guess {
	struct geometry geom;
	struct layout layout;
	uint32_t base;
	int32_t score;
	uint32_t nice; /* decides between guesses that explain the bytes equally well */
	uint32_t explained, missing, stray;
	uint32_t proven; /* zones with parity at their ends */
};

struct solver {
	struct span bytes;
	bool whole;
	struct mark *marks;
	struct fact *facts;
	uint32_t n;
	uint32_t version; /* what most ftrace marks say, 0: there are none */
	uint32_t ecc;
	uint32_t steps;
	struct rs rs;
	struct guess best;
	uint32_t lenient; /* marks a guess may lack of those it must have */
	bool any;
	bool rival; /* other places explain the bytes as well as the best guess's */
	uint32_t sieve[SIEVE_WORDS];
};

/* ---- marks ------------------------------------------------------------------------------ */

/* How many bits differ from a plain signature; past SEARCH_WRONG_BITS_MAX it counts no further. */
static uint32_t wrong_bits(uint32_t sig)
{
	uint32_t n = 0;

	for (uint32_t v = sig ^ ZONE_SIG; v && n <= SEARCH_WRONG_BITS_MAX; v &= v - 1)
		n++;
	return n;
}

/* Does a header of this byte order stand at @p, which has ZONE_HDR_BYTES? */
static bool mark_read(const uint8_t *p, bool big_endian, struct mark *out)
{
	const uint32_t start = big_endian ? be32_load(p + 4) : le32_load(p + 4);
	const uint32_t size = big_endian ? be32_load(p + 8) : le32_load(p + 8);

	if (size > ZONE_SIZE_MAX || start > size)
		return false; /* most bytes end here */

	const uint32_t sig = big_endian ? be32_load(p) : le32_load(p);
	const uint32_t wrong = wrong_bits(sig);

	out->version = ftrace_version(sig);
	if (!out->version && wrong > SEARCH_WRONG_BITS_MAX)
		return false;
	out->big_endian = big_endian;
	out->wrong_bits = (uint8_t)(wrong <= SEARCH_WRONG_BITS_MAX ? wrong : 0);
	return true;
}

static bool is_plain(const struct mark *m)
{
	return !m->version && !m->wrong_bits;
}

/* Of overlapping readings the likelier header: like @plain, a mark without doubt, if any. */
static uint32_t mark_rank(const struct mark *m, const struct mark *plain)
{
	if (!plain)
		return is_plain(m) * 4 + (m->off % 4 == 0);
	return is_plain(m) * 4 + (m->big_endian == plain->big_endian) * 2 +
	       ((m->off - plain->off) % 4 == 0);
}

/*
 * All signatures, those of ftrace zones too, have a 'C' at one end: the last byte in
 * little-endian memory, the first in big-endian. It comes seldom enough to look for. An ftrace
 * signature of a 6.1 kernel has two, and can be read in both orders.
 */
uint32_t search_marks(struct span bytes, uint64_t base, struct mark *marks, uint32_t max,
		      size_t *used)
{
	uint32_t n = 0;
	uint64_t floor = base; /* end of the last mark but one */
	const struct mark *plain = NULL;
	struct mark last_plain;
	const uint8_t *c;

	*used = bytes.len;
	for (size_t at = 0; at < bytes.len; at++) {
		c = memchr(bytes.p + at, 'C', bytes.len - at);
		if (!c)
			break;
		at = (size_t)(c - bytes.p);
		for (uint32_t order = 0; order < 2; order++) {
			const size_t off = order ? at : at - 3;
			struct mark m = { .off = base + off };

			if ((!order && at < 3) || m.off < floor ||
			    !span_has(bytes, off, ZONE_HDR_BYTES) ||
			    !mark_read(bytes.p + off, order == 1, &m))
				continue;
			if (n > 0 && m.off < marks[n - 1].off + ZONE_HDR_BYTES) {
				if (mark_rank(&m, plain) > mark_rank(&marks[n - 1], plain))
					marks[n - 1] = m;
				continue;
			}
			if (n == max) {
				*used = off;
				return n;
			}
			if (n > 0)
				floor = marks[n - 1].off + ZONE_HDR_BYTES;
			if (is_plain(&m)) {
				last_plain = m;
				plain = &last_plain;
			}
			marks[n++] = m;
		}
	}
	return n;
}

static uint32_t mark_off(const struct solver *s, uint32_t i)
{
	return (uint32_t)s->marks[i].off;
}

static uint32_t sieve_bit(uint32_t off)
{
	return off * 0x9e3779b1u >> SIEVE_SHIFT;
}

/* The first mark at or behind @off. */
static uint32_t mark_from(const struct solver *s, uint32_t off)
{
	uint32_t lo = 0;
	uint32_t hi = s->n;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (mark_off(s, mid) < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool mark_at(const struct solver *s, uint32_t off, uint32_t *i)
{
	const uint32_t bit = sieve_bit(off);

	if (!(s->sieve[bit / 32] >> bit % 32 & 1))
		return false;
	*i = mark_from(s, off);
	return *i < s->n && mark_off(s, *i) == off;
}

/* ---- what stands behind a mark ----------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "[   12.345678] " at the beginning of @s */
static bool is_stamp(struct span s)
{
	size_t i = 1;

	if (s.len < 16 || s.p[0] != '[')
		return false;
	while (i < 6 && s.p[i] == ' ')
		i++;
	while (i < 12 && i + 8 < s.len && is_digit(s.p[i]))
		i++;
	return is_digit(s.p[i - 1]) && i + 8 < s.len && s.p[i] == '.' && is_digit(s.p[i + 1]) &&
	       is_digit(s.p[i + 6]) && s.p[i + 7] == ']';
}

static bool has_kernel_lines(struct span s)
{
	size_t at = 0;

	while (at < s.len) {
		if (is_stamp(span_sub(s, at, s.len)))
			return true;

		const uint8_t *nl = memchr(s.p + at, '\n', s.len - at);

		if (!nl)
			return false;
		at = (size_t)(nl - s.p) + 1;
	}
	return false;
}

static bool is_log_head(struct span s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < 4 && i < s.len; i++)
		n += s.p[i] == '=';
	return n >= 3; /* one byte may be damaged */
}

static enum looks look(struct span log, bool ftrace)
{
	if (log.len == 0)
		return LOOKS_EMPTY;
	if (is_log_head(log))
		return LOOKS_DMESG;
	if (ftrace)
		return LOOKS_BINARY;
	if (has_kernel_lines(log))
		return LOOKS_KERNEL;
	return dmesg_looks_like_text(log) ? LOOKS_TEXT : LOOKS_BINARY;
}

/* Majority vote for the version that ftrace marks name. */
static void find_version(struct solver *s)
{
	uint32_t votes = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct mark *m = &s->marks[i];

		if (!m->version || m->wrong_bits > 0)
			continue;
		if (votes == 0)
			s->version = m->version;
		if (s->version == m->version)
			votes++;
		else
			votes--;
	}
}

static void fact_read(struct solver *s, uint32_t i)
{
	const struct mark *m = &s->marks[i];
	const uint8_t *p = s->bytes.p + mark_off(s, i);
	uint32_t (*const load)(const uint8_t *) = m->big_endian ? be32_load : le32_load;
	const uint32_t bit = sieve_bit(mark_off(s, i));
	struct fact f = { .start = load(p + 4), .size = load(p + 8) };
	const uint32_t len = f.size < LOOK_BYTES ? f.size : LOOK_BYTES;

	f.looks = (uint8_t)look(span_sub(s->bytes, mark_off(s, i) + ZONE_HDR_BYTES, len),
				m->version && !m->wrong_bits);
	s->facts[i] = f;
	s->sieve[bit / 32] |= 1u << bit % 32;
}

/* ---- ECC -------------------------------------------------------------------------------- */

static uint32_t kept(const struct solver *s)
{
	return s->rs.n_roots < PARITY_KEPT ? s->rs.n_roots : PARITY_KEPT;
}

/* Bits of data parity that are right in the first blocks of mark @i's zone, were it @bytes long. */
static uint32_t block_bits(const struct solver *s, uint32_t i, uint32_t bytes)
{
	struct zone_raw zone = { span_sub(s->bytes, mark_off(s, i), bytes), &s->rs, { 0 } };
	uint32_t good = 0;

	if (zone_shape(bytes, s->rs.n_roots, &zone.shape) != OM_OK)
		return 0;
	for (uint32_t b = 0; b < 4 && b * ZONE_BLOCK_BYTES < s->facts[i].size; b++) {
		uint8_t block[ZONE_BLOCK_BYTES];
		uint32_t len;
		uint32_t corrected;

		if (zone_block(&zone, b, block, &len, &corrected) != OM_OK || len == 0)
			break;
		good += corrected == 0;
	}
	return good * s->rs.n_roots * 8;
}

/* Bits of parity that vouch for mark @i's zone to be @bytes long; @repair: errors allowed. */
static uint32_t parity_bits(const struct solver *s, uint32_t i, uint32_t bytes, bool repair)
{
	const uint32_t ecc = s->rs.n_roots;
	struct zone_shape shape;
	uint8_t hdr[ZONE_HDR_BYTES];
	uint32_t corrected;

	if (zone_shape(bytes, ecc, &shape) != OM_OK || s->facts[i].size > shape.cap_bytes ||
	    !span_has(s->bytes, mark_off(s, i), bytes))
		return 0;

	const uint8_t *parity = s->bytes.p + mark_off(s, i) + shape.hdr_parity_off;

	if (memcmp(parity, s->facts[i].parity, kept(s)) == 0)
		return ecc * 8 + block_bits(s, i, bytes);
	memcpy(hdr, s->bytes.p + mark_off(s, i), ZONE_HDR_BYTES);
	if (!repair || rs_correct(&s->rs, hdr, ZONE_HDR_BYTES, parity, &corrected) != OM_OK)
		return 0;
	if (memcmp(hdr, s->bytes.p + mark_off(s, i), 4) != 0)
		return 0; /* zeros are a code word that is near, too */
	return (ecc - 2 * corrected) * 8 + block_bits(s, i, bytes);
}

static void expect_parity(struct solver *s, uint32_t n)
{
	uint8_t parity[RS_ROOTS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		rs_encode(&s->rs, s->bytes.p + mark_off(s, i), ZONE_HDR_BYTES, parity);
		memcpy(s->facts[i].parity, parity, kept(s));
	}
}

/* All that parity of this size says for the first zones. Small codes need neighbours that agree. */
static uint32_t ecc_bits(struct solver *s, uint32_t ecc, bool repair)
{
	const uint32_t n = s->n < ECC_MARKS ? s->n : ECC_MARKS;
	uint32_t bits = 0;

	if (rs_init(&s->rs, ecc) != OM_OK)
		return 0;
	expect_parity(s, n);
	for (uint32_t i = 0; i < n && bits < 8 * ECC_BITS_ENOUGH; i++) {
		const uint32_t end = i + 1 < s->n ? mark_off(s, i + 1) : (uint32_t)s->bytes.len;
		uint32_t most = parity_bits(s, i, end - mark_off(s, i), repair);

		/* a zone whose neighbour is lost, and the last one */
		for (uint32_t b = SIZE_LEAST; !most && b < 1u << 27; b *= 2) {
			most = parity_bits(s, i, b, repair && n == 1);
			if (most < ECC_BITS_ENOUGH) /* alone it proves nothing */
				most = 0;
		}
		bits += most;
	}
	return bits;
}

/* Sizes of codes, as bits. */
struct codes {
	uint32_t bits[RS_ROOTS_MAX / 32 + 1];
};

/*
 * Notes the codes that could have a zone's header and what stands before its end in one block:
 * the block's values at the code's first two roots, 1 and alpha, must be 0. That takes a few
 * instructions per code, and rules nearly all of them out.
 */
static void note_codes(const struct solver *s, uint32_t i, uint32_t bytes, struct codes *codes)
{
	const struct span zone = span_sub(s->bytes, mark_off(s, i), bytes);
	uint8_t at_one = 0;
	uint8_t header = 0; /* at alpha */
	uint8_t parity = 0; /* at alpha, divided by its first power: so it need not be shifted */

	if (zone.len < bytes || bytes < ZONE_HDR_BYTES)
		return;
	for (uint32_t k = 0; k < ZONE_HDR_BYTES; k++) {
		at_one ^= zone.p[k];
		header = (uint8_t)(header << 1 ^ (header >> 7) * 0x11d ^ zone.p[k]);
	}
	for (uint32_t ecc = 1; ecc <= RS_ROOTS_MAX && ecc < bytes - ZONE_HDR_BYTES; ecc++) {
		const uint8_t byte = zone.p[bytes - ecc];

		at_one ^= byte;
		parity ^= byte;
		parity = (uint8_t)(parity >> 1 ^ (parity & 1) * 0x8e);
		if (at_one == 0 && (parity == header || ecc == 1))
			codes->bits[ecc / 32] |= 1u << ecc % 32;
	}
}

/* The codes that the first zones' headers leave possible. */
static struct codes possible_codes(const struct solver *s)
{
	const uint32_t n = s->n < ECC_MARKS ? s->n : ECC_MARKS;
	struct codes codes = { 0 };

	if (n == 1) /* it may have suffered, and has no neighbour that has not */
		memset(&codes, 0xff, sizeof(codes));
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t end = i + 1 < s->n ? mark_off(s, i + 1) : (uint32_t)s->bytes.len;

		note_codes(s, i, end - mark_off(s, i), &codes);
		for (uint32_t bytes = SIZE_LEAST; bytes < 1u << 27; bytes *= 2)
			note_codes(s, i, bytes, &codes);
	}
	return codes;
}

/* Which ECC size? 0 if no parity is right anywhere. The likely ones may have suffered. */
static void find_ecc(struct solver *s)
{
	static const uint8_t likely[] = { 16, 8, 32, 64, 4, 24, 12, 48 };
	enum { N = sizeof(likely) };

	s->ecc = 0;
	for (uint32_t i = 0; i < N && !s->ecc; i++)
		if (ecc_bits(s, likely[i], false) >= ECC_BITS_ENOUGH)
			s->ecc = likely[i];

	struct codes codes = { 0 };

	if (!s->ecc)
		codes = possible_codes(s);
	for (uint32_t ecc = 1; ecc <= GEOMETRY_ECC_MAX && !s->ecc; ecc++)
		if (codes.bits[ecc / 32] >> ecc % 32 & 1 &&
		    ecc_bits(s, ecc, false) >= ECC_BITS_ENOUGH)
			s->ecc = ecc;
	for (uint32_t i = 0; i < N && !s->ecc; i++)
		if (ecc_bits(s, likely[i], true) >= ECC_BITS_ENOUGH)
			s->ecc = likely[i];
	if (s->ecc)
		expect_parity(s, s->n);
}

/* ---- one guess --------------------------------------------------------------------------- */

static bool suits(enum zone_kind kind, const struct mark *m)
{
	return kind == ZONE_FTRACE ? m->version != 0 : !m->version || m->wrong_bits > 0;
}

/* Points for mark @i being this zone's header. */
static int32_t zone_points(const struct solver *s, uint32_t i, const struct place *at,
			   struct guess *g)
{
	const struct mark *m = &s->marks[i];
	const struct fact *f = &s->facts[i];
	const bool damaged = m->wrong_bits > 0 && at->kind != ZONE_FTRACE;
	int32_t points = damaged ? POINTS_WRONG_BITS : POINTS_EXACT;
	struct zone_shape shape;

	if (zone_shape(at->bytes, s->ecc, &shape) != OM_OK)
		return POINTS_IMPOSSIBLE;
	points += content_points[at->kind][f->looks];
	if (f->size > shape.cap_bytes)
		points += POINTS_IMPOSSIBLE;
	else if (f->size > 0 && f->start != f->size)
		points += f->size == shape.cap_bytes ? POINTS_CAPACITY : POINTS_IMPOSSIBLE;

	const struct span zone = span_sub(s->bytes, mark_off(s, i), at->bytes);

	if (s->ecc && zone.len == at->bytes) {
		const bool right = memcmp(zone.p + shape.hdr_parity_off, f->parity, kept(s)) == 0;

		points += right ? POINTS_PARITY : -POINTS_PARITY;
		g->proven += right;
	}
	return points;
}

/* A mark that is no zone's header: inside @in's valid bytes it cannot be an old one. */
static int32_t stray_points(const struct solver *s, uint32_t off, const struct place *in,
			    uint32_t base)
{
	uint32_t i;

	if (!mark_at(s, base + in->off, &i) || off - base - in->off < ZONE_HDR_BYTES)
		return POINTS_STRAY;
	return off - base - in->off - ZONE_HDR_BYTES < s->facts[i].size ? POINTS_STRAY_IN_LOG
									: POINTS_STRAY;
}

/* Points for a zone without a mark, if something tells that it is one all the same. */
static int32_t missing_points(const struct solver *s, uint32_t base, const struct place *at)
{
	const struct span zone = span_sub(s->bytes, base + at->off, at->bytes);
	uint32_t word;

	if (zone.len < ZONE_HDR_BYTES + 8)
		return 0;
	if (at->kind == ZONE_DMESG && le32_load(zone.p + ZONE_HDR_BYTES) == 0x3d3d3d3d &&
	    is_digit(zone.p[ZONE_HDR_BYTES + 4]))
		return content_points[ZONE_DMESG][LOOKS_DMESG];
	if (!s->ecc || zone.len < at->bytes || zone_signature(zone, &s->rs, &word) != OM_OK)
		word = le32_load(zone.p);
	if (at->kind == ZONE_FTRACE)
		return ftrace_version(word) ? POINTS_WRONG_BITS : 0;
	if (wrong_bits(word) > SEARCH_WRONG_BITS_MAX)
		return 0;

	const uint32_t size = le32_load(zone.p + 8);
	const struct span log =
		span_sub(zone, ZONE_HDR_BYTES, size < LOOK_BYTES ? size : LOOK_BYTES);

	return POINTS_WRONG_BITS + content_points[at->kind][look(log, false)];
}

static void weigh_missing(struct solver *s, struct guess *g)
{
	struct place at;
	uint32_t left = REPAIRED_MAX;
	uint32_t i;

	for (uint32_t z = 0; left > 0 && layout_place(&g->layout, z, &at) == OM_OK; z++) {
		s->steps++;
		if (mark_at(s, g->base + at.off, &i))
			continue;
		s->steps += 100; /* ECC has to repair a header, or fails to */
		left--;
		g->score += missing_points(s, g->base, &at);
	}
}

/* What the marks can be worth if each is the zone that suits it best. */
static void expect_points(struct solver *s)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct fact *f = &s->facts[i];
		int32_t most = 0;

		for (uint32_t kind = 0; kind < ZONE_KINDS; kind++)
			if (suits((enum zone_kind)kind, &s->marks[i]) &&
			    content_points[kind][f->looks] > most)
				most = content_points[kind][f->looks];
		sum += POINTS_EXACT + most;
		sum += f->size > 0 && f->start != f->size ? POINTS_CAPACITY : 0;
		sum += s->ecc ? POINTS_PARITY : 0;
		f->most = sum;
	}
}

/* Could a guess with this many zones for the marks from @first to before @end be the best? */
static bool has_hope(const struct solver *s, const struct guess *g, uint32_t first, uint32_t end)
{
	const int32_t marks = (int32_t)(end - first);
	const int32_t zones = (int32_t)layout_zones(&g->layout);
	int32_t most = end ? s->facts[end - 1].most : 0;

	most -= first ? s->facts[first - 1].most : 0;
	if (marks > zones)
		most -= (marks - zones) * (POINTS_EXACT - POINTS_STRAY);
	else
		most += (zones - marks) * POINTS_MISSING + REPAIRED_MAX * POINTS_EXACT;
	return !s->any || g->score + most + 1 >= s->best.score;
}

static void weigh(struct solver *s, struct guess *g)
{
	const uint32_t zones = layout_zones(&g->layout);
	const uint32_t first = mark_from(s, g->base);
	uint32_t i = first;

	for (; i < s->n && mark_off(s, i) - g->base < g->geom.region_bytes; i++) {
		struct place at;

		if (!layout_around(&g->layout, mark_off(s, i) - g->base, &at)) {
			g->score += POINTS_STRAY;
		} else if (at.off == mark_off(s, i) - g->base && suits(at.kind, &s->marks[i])) {
			g->score += zone_points(s, i, &at, g);
			g->explained++;
		} else {
			g->score += stray_points(s, mark_off(s, i), &at, g->base);
		}
	}
	s->steps += i - first + 1;
	g->stray = i - first - g->explained;
	g->missing = zones - g->explained;
	g->score += POINTS_MISSING * (int32_t)g->missing;
	if (g->missing > 0 && g->missing <= REPAIRED_MAX && g->explained > 0)
		weigh_missing(s, g);
}

static uint32_t log2_of(uint32_t v)
{
	uint32_t n = 0;

	while (n < 31 && v >> (n + 1))
		n++;
	return n;
}

/*
 * Of sizes that explain the bytes alike: few kinds of zones; a region of a round size or, if that
 * is known, last zones that leave nothing of it unused; then a small console.
 */
static uint32_t niceness(const struct solver *s, const struct geometry *g)
{
	const uint32_t last = g->ftrace_bytes + g->pmsg_bytes;
	uint32_t nice = log2_of(last ? last : g->console_bytes);

	if (!s->whole)
		nice = log2_of(g->region_bytes & -g->region_bytes);
	nice += 32 * ((g->console_bytes == 0) + (g->pmsg_bytes == 0) + (g->ftrace_bytes == 0));
	return nice * 32 + 31 - log2_of(g->console_bytes);
}

static void keep_better(struct solver *s, struct guess *g)
{
	const struct guess *b = &s->best;

	g->nice = niceness(s, &g->geom);
	if (s->any && g->base == b->base && layout_same_places(&g->layout, &b->layout))
		return;
	if (s->any && (g->score < b->score || (g->score == b->score && g->nice <= b->nice))) {
		s->rival |= g->score + 1 >= b->score;
		return;
	}
	s->rival = s->any && b->score + 1 >= g->score;
	s->any = true;
	s->best = *g;
}

/* Points against this era, whatever the marks say. */
static int32_t era_points(const struct solver *s, const struct guess *g)
{
	enum { EXACT_BEFORE = 0x040a00 }; /* 4.10 */
	const struct layout *l = &g->layout;
	const bool exact = era_rules(l->era)->exact_records;
	uint32_t end = 0;
	int32_t points = 0;

	if (s->version && l->n_dmesg > 0 &&
	    (exact ? s->version >= EXACT_BEFORE
		   : s->version < EXACT_BEFORE && l->bytes[ZONE_DMESG] != g->geom.record_bytes))
		points += POINTS_OTHER_ERA;
	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++) {
		const uint32_t n = kind == ZONE_DMESG	 ? l->n_dmesg
				   : kind == ZONE_FTRACE ? l->n_ftrace
							 : 1;

		if (l->bytes[kind] && l->off[kind] + n * l->bytes[kind] > end)
			end = l->off[kind] + n * l->bytes[kind];
	}
	/* rounding loses a byte or two of each zone */
	if (l->n_dmesg > 0 && !(s->version && s->version < EXACT_BEFORE) &&
	    g->geom.region_bytes - end > 2 * layout_zones(l))
		points += POINTS_UNUSED;
	return points;
}

static void try_guess(struct solver *s, uint32_t base, const struct geometry *geom, enum era era,
		      uint32_t n_ftrace)
{
	struct guess g = { .geom = *geom, .base = base };

	if (n_ftrace > 1)
		g.geom.flags = GEOMETRY_FTRACE_PER_CPU;
	if (layout_make(&g.geom, era, n_ftrace, &g.layout) != OM_OK)
		return;
	g.score = era_points(s, &g);
	s->steps++;
	if (!has_hope(s, &g, mark_from(s, base), mark_from(s, base + g.geom.region_bytes)))
		return;
	weigh(s, &g);
	if (g.explained > 0)
		keep_better(s, &g);
}

/* ---- sizes to guess ---------------------------------------------------------------------- */

/* One way to lay zones out: two eras that differ in the order of pmsg and ftrace. */
struct manner {
	uint8_t pmsg_first, ftrace_first; /* enum era; the same: there is no such order */
	bool exact, even, pow2;
};

static const struct manner manners[] = {
	{ .pmsg_first = ERA_6_6, .ftrace_first = ERA_6_1_LTS, .even = true },
	{ .pmsg_first = ERA_6_2, .ftrace_first = ERA_4_10, .even = false },
	{ .pmsg_first = ERA_3_11, .ftrace_first = ERA_3_11, .exact = true },
	{ .pmsg_first = ERA_3_10, .ftrace_first = ERA_3_10, .exact = true, .pow2 = true },
};
enum { MANNERS = sizeof(manners) / sizeof(manners[0]) };

static uint32_t size_of(uint32_t i)
{
	return i ? (uint32_t)SIZE_LEAST << (i - 1) : 0;
}

/* How many CPUs' zones share @bytes from @off on, by the distance of the first two marks. */
static uint32_t count_cpus(const struct solver *s, uint32_t off, uint32_t bytes, bool even)
{
	uint32_t i;

	if (!bytes || !mark_at(s, off, &i) || !s->marks[i].version || i + 1 >= s->n ||
	    !s->marks[i + 1].version)
		return 1;

	const uint32_t step = mark_off(s, i + 1) - off;
	uint32_t n = bytes / step;

	if (n > GEOMETRY_CPUS_MAX)
		return 1;
	for (uint32_t tries = 0; tries < 8 && n > 1; tries++, n--)
		if ((bytes / n & (even ? ~1u : ~0u)) == step)
			return n;
	return 1;
}

/* Counts the places that a guess must have marks at. */
struct tally {
	uint32_t hits, misses;
};

static void probe(const struct solver *s, uint32_t off, bool ftrace, struct tally *t)
{
	uint32_t i;
	const bool hit = mark_at(s, off, &i) &&
			 suits(ftrace ? ZONE_FTRACE : ZONE_DMESG, &s->marks[i]);

	t->hits += hit;
	t->misses += !hit;
}

/* Sizes to try, and where they put the dmesg zones. */
struct trial {
	const struct geometry *g;
	const struct manner *m;
	uint32_t base;
	uint32_t n, stride; /* of dmesg zones */
};

/* One order of zones, if marks stand at the few places that matter. */
static void try_order(struct solver *s, const struct trial *t, bool pmsg_first)
{
	const struct geometry *g = t->g;
	const bool even = t->m->even;
	const uint32_t behind = t->base + t->n * t->stride;
	const uint32_t at = behind + g->console_bytes;
	const uint32_t ftrace_at = pmsg_first ? at + g->pmsg_bytes : at;
	const uint32_t cpus = t->m->exact ? 1 : count_cpus(s, ftrace_at, g->ftrace_bytes, even);
	const uint32_t each = g->ftrace_bytes / cpus & (even ? ~1u : ~0u);
	struct tally tally = { 0 };

	if (!t->m->exact && !even && t->stride % 2 == 0 && each % 2 == 0)
		return; /* nothing to round: tried already */
	if (g->console_bytes)
		probe(s, behind, false, &tally);
	if (g->ftrace_bytes)
		probe(s, ftrace_at, true, &tally);
	if (g->pmsg_bytes)
		probe(s, pmsg_first ? at : at + each * cpus, false, &tally);
	if (tally.misses > s->lenient)
		return;
	/* then dmesg zones must have been seen instead */
	if (tally.misses > 0 && tally.hits == 0 && t->n == 1)
		return;
	try_guess(s, t->base, g, (enum era)(pmsg_first ? t->m->pmsg_first : t->m->ftrace_first),
		  cpus);
}

/* Where this manner puts dmesg zones; false if it takes no such sizes. */
static bool trial_make(uint32_t base, const struct geometry *g, const struct manner *m,
		       struct trial *t)
{
	const uint32_t others = g->console_bytes + g->ftrace_bytes + g->pmsg_bytes;
	const uint32_t region = m->pow2 ? geometry_pow2(g->region_bytes) : g->region_bytes;

	*t = (struct trial){ .g = g, .m = m, .base = base };
	if (others > region || (m->pow2 && region == g->region_bytes))
		return false;
	if (!g->record_bytes)
		return true;
	t->n = (region - others) / g->record_bytes;
	if (t->n == 0)
		return false;
	t->stride = (region - others) / t->n;
	if (m->exact && !m->pow2 && t->stride == g->record_bytes)
		return false; /* as in later kernels: tried already */
	if (m->exact)
		t->stride = g->record_bytes;
	if (m->even)
		t->stride &= ~1u;
	return true;
}

/* One manner of laying out zones of these sizes. */
static void try_manner(struct solver *s, uint32_t base, const struct geometry *g,
		       const struct manner *m)
{
	struct tally tally = { 0 };
	struct trial t;

	if (s->steps >= STEPS_MAX || !trial_make(base, g, m, &t))
		return;
	if (t.n > 2 * s->n + REPAIRED_MAX)
		return; /* most of these zones would have no mark */
	for (uint32_t i = 1; i < 3 && i < t.n; i++)
		probe(s, base + i * t.stride, false, &tally);
	if (tally.misses > s->lenient || (tally.hits == 0 && tally.misses > 0))
		return;
	if (m->pmsg_first != m->ftrace_first && (g->pmsg_bytes || g->ftrace_bytes))
		try_order(s, &t, true);
	if (m->pmsg_first == m->ftrace_first || !g->pmsg_bytes == !g->ftrace_bytes)
		try_order(s, &t, false);
}

/* The bytes are the region: all sizes that could be. */
static void solve_whole(struct solver *s)
{
	struct geometry g = { .region_bytes = (uint32_t)s->bytes.len, .ecc_bytes = s->ecc };

	for (uint32_t i = 0; i < SIZES * SIZES * SIZES; i++) {
		g.console_bytes = size_of(i % SIZES);
		g.ftrace_bytes = size_of(i / SIZES % SIZES);
		g.pmsg_bytes = size_of(i / SIZES / SIZES);
		if ((uint64_t)g.console_bytes + g.ftrace_bytes + g.pmsg_bytes > g.region_bytes)
			continue;
		for (uint32_t r = 0; r < SIZES && size_of(r) <= g.region_bytes; r++) {
			g.record_bytes = size_of(r);
			for (uint32_t m = 0; m < MANNERS; m++)
				try_manner(s, 0, &g, &manners[m]);
		}
	}
}

/* A region that begins at @base with @n dmesg zones @stride apart: the sizes of the others. */
static void solve_tail(struct solver *s, uint32_t base, uint32_t n, uint32_t stride)
{
	struct geometry g = { .ecc_bytes = s->ecc };
	const uint32_t room = (uint32_t)s->bytes.len - base;
	uint32_t unused;

	if (n * (uint64_t)stride > room)
		return;
	/* some zone begins where the dmesg zones end */
	const bool begins = mark_at(s, base + n * stride, &unused) || s->lenient;
	const uint32_t end = begins ? SIZES * SIZES * SIZES : 1;

	g.record_bytes = geometry_pow2(stride);
	for (uint32_t i = 0; i < end && s->steps < STEPS_MAX; i++) {
		const uint32_t sizes[] = { size_of(i / SIZES / SIZES), size_of(i / SIZES % SIZES),
					   size_of(i % SIZES) };
		const uint32_t behind = base + n * stride;

		/* what follows the console must have a mark, or what follows that */
		if (sizes[0] && (sizes[1] || sizes[2]) &&
		    (sizes[0] > room || !mark_at(s, behind + sizes[0], &unused)) &&
		    (!s->lenient || !sizes[1] || !sizes[2] ||
		     (!mark_at(s, behind + sizes[0] + sizes[1], &unused) &&
		      !mark_at(s, behind + sizes[0] + sizes[2], &unused)))) {
			if (!s->lenient)
				i += SIZES * SIZES - 1 - i % (SIZES * SIZES);
			continue;
		}
		g.console_bytes = sizes[0];
		g.ftrace_bytes = sizes[1];
		g.pmsg_bytes = sizes[2];
		if ((uint64_t)n * stride + sizes[0] + sizes[1] + sizes[2] > room)
			continue;
		g.region_bytes = n * stride + sizes[0] + sizes[1] + sizes[2];
		s->steps++;
		for (uint32_t m = 0; m < MANNERS; m++)
			try_manner(s, base, &g, &manners[m]);
	}
}

/* dmesg zones from @base on, @stride apart: where could they end? Among the last marks. */
static void solve_run(struct solver *s, uint32_t base, uint32_t stride)
{
	enum { LAST = 4 };
	const uint32_t end = mark_off(s, s->n - 1);
	uint32_t last[LAST] = { 0 };
	uint32_t n_hits = 0;
	uint32_t misses = 0;
	uint32_t i;

	for (uint32_t k = 1; k <= SEARCH_MARKS_MAX && k <= (end - base) / stride; k++) {
		if (mark_at(s, base + k * stride, &i) && suits(ZONE_DMESG, &s->marks[i])) {
			last[n_hits++ % LAST] = k;
			misses = 0;
		} else if (++misses > GEOMETRY_CPUS_MAX) {
			break;
		}
	}
	for (uint32_t h = 0; h < LAST; h++) {
		if (h < n_hits)
			solve_tail(s, base, last[h], stride);
		if (h < n_hits && last[h] + 1 > 1)
			solve_tail(s, base, last[h] + 1, stride);
	}
	if (n_hits == 0)
		solve_tail(s, base, 1, stride);
}

/* The region begins at some mark. */
static void solve_within(struct solver *s)
{
	const uint32_t bases = s->lenient ? BASES_LENIENT : BASES_MAX;

	for (uint32_t b = 0; b < s->n && b < bases; b++) {
		const uint32_t base = mark_off(s, b);
		const int32_t before = b ? s->facts[b - 1].most : 0;

		if (s->any && s->facts[s->n - 1].most - before + 1 < s->best.score)
			break; /* what is left cannot be worth as much */
		solve_tail(s, base, 0, 0);
		for (uint32_t i = 1; i < SIZES; i++) /* one record and nothing else */
			solve_tail(s, base, 1, size_of(i));
		for (uint32_t i = b + 1; i < s->n && i <= b + 4; i++)
			if (mark_off(s, i) - base >= SIZE_LEAST)
				solve_run(s, base, mark_off(s, i) - base);
	}
}

static bool is_proven(const struct guess *g)
{
	return g->explained > 1 && g->missing == 0 && g->stray == 0 && g->proven == g->explained;
}

/* ---- everything in its place -------------------------------------------------------------- */

/* Could mark @i's zone be @bytes long? Without ECC nothing is asked. */
static bool may_end(const struct solver *s, uint32_t i, uint32_t bytes)
{
	struct zone_shape shape;

	if (!span_has(s->bytes, mark_off(s, i), bytes))
		return false;
	return !s->ecc || (zone_shape(bytes, s->ecc, &shape) == OM_OK &&
			   memcmp(s->bytes.p + mark_off(s, i) + shape.hdr_parity_off,
				  s->facts[i].parity, kept(s)) == 0);
}

/*
 * The zones behind the dmesg zones, one at each mark, as sizes: a console if there is to be
 * one, ftrace zones, which tell themselves, at most one more, which is pmsg. @last: bytes of
 * the last zone, which no mark ends. False: these marks cannot be so.
 */
static bool sizes_from_marks(const struct solver *s, uint32_t i, bool console, uint32_t last,
			     struct geometry *g)
{
	uint32_t cpus = 0;

	g->console_bytes = 0;
	g->ftrace_bytes = 0;
	g->pmsg_bytes = 0;
	for (uint32_t first = i; i < s->n; i++) {
		const uint32_t bytes = i + 1 < s->n ? mark_off(s, i + 1) - mark_off(s, i) : last;
		uint32_t *const to = console && i == first ? &g->console_bytes : &g->pmsg_bytes;

		if (s->marks[i].version && s->marks[i].wrong_bits > 0)
			return false; /* 4.4.0's is 2 bits from a plain one: not clear which */
		if (s->marks[i].version) {
			cpus++;
			g->ftrace_bytes += bytes;
		} else if (*to) {
			return false;
		} else {
			*to = bytes;
		}
	}
	if (cpus > 1) /* rounding has lost a few bytes */
		g->ftrace_bytes = geometry_pow2(g->ftrace_bytes + 2 * cpus);
	return !geometry_round(g); /* or a mark is missing among them */
}

/* @n dmesg zones as the marks have them, and one zone at each further mark. */
static void solve_exact(struct solver *s, uint32_t n, uint32_t stride)
{
	const uint32_t base = s->whole ? 0 : mark_off(s, 0);
	struct geometry g = { .ecc_bytes = s->ecc, .record_bytes = geometry_pow2(stride) };
	const bool has_last = n < s->n; /* a zone whose end no mark tells */

	for (uint32_t i = 0; i < (has_last ? 2 * SIZES : 1); i++) {
		const uint32_t last = has_last ? size_of(i / 2) : stride;

		if ((has_last && (!last || !may_end(s, s->n - 1, last))) ||
		    !sizes_from_marks(s, n, i % 2, last, &g))
			continue;
		g.region_bytes = (uint32_t)s->bytes.len;
		if (!s->whole)
			g.region_bytes =
				n * stride + g.console_bytes + g.ftrace_bytes + g.pmsg_bytes;
		if (g.region_bytes > s->bytes.len - base)
			continue;
		for (uint32_t m = 0; m < MANNERS; m++)
			try_manner(s, base, &g, &manners[m]);
	}
}

/*
 * As nearly all regions are: a mark for each zone, no mark else. The sizes are the distances of
 * the marks then, and few readings are left: how many of the zones that look like records are
 * some other kind's.
 */
static void solve_clean(struct solver *s)
{
	enum { OTHERS = 2 }; /* console and pmsg could be as large as records */
	const uint32_t first = mark_off(s, 0);
	const uint32_t stride = s->n > 1 ? mark_off(s, 1) - first : 0;
	uint32_t run = 0;

	if (s->n < 2 || (s->whole && first > 0) || stride < SIZE_LEAST)
		return;
	while (run < s->n && suits(ZONE_DMESG, &s->marks[run]) &&
	       mark_off(s, run) - first == run * stride)
		run++;
	for (uint32_t n = run; n > 0 && n + OTHERS >= run; n--)
		solve_exact(s, n, stride);
	solve_exact(s, 0, 0);
}

/* Does something at @off look like a zone, though it has no mark? */
static bool may_be_zone(const struct solver *s, uint32_t off)
{
	const struct span zone = span_sub(s->bytes, off, ZONE_HDR_BYTES + 4);

	if (zone.len < ZONE_HDR_BYTES + 4)
		return false;

	const uint32_t word = le32_load(zone.p);

	return wrong_bits(word) <= SEARCH_WRONG_BITS_MAX || ftrace_version(word) ||
	       is_log_head(span_sub(zone, ZONE_HDR_BYTES, 4));
}

/*
 * Could zone @at be two, the second of which has lost its mark? One of them has a round size. An
 * empty zone's parity is the same as its neighbour's, so that it could be the first one's end.
 */
static bool may_be_two(const struct solver *s, uint32_t base, const struct place *at)
{
	uint32_t mark;

	if (!mark_at(s, base + at->off, &mark))
		return true;
	for (uint32_t i = 1; i < SIZES && size_of(i) < at->bytes; i++) {
		const uint32_t ends[] = { size_of(i), at->bytes - size_of(i) };

		for (uint32_t e = 0; e < 2; e++)
			if (may_be_zone(s, base + at->off + ends[e]) ||
			    (s->ecc && may_end(s, mark, ends[e])))
				return true;
	}
	return false;
}

/*
 * Is there no need to look further? All marks are zones and all zones have marks. With parity at
 * each zone's end that is beyond doubt; else if no reading that lacks a zone could be worth as
 * much, even if each mark were what suits it best.
 */
static bool is_settled(const struct solver *s)
{
	const struct guess *b = &s->best;
	struct place at;

	if (!s->any || b->missing > 0 || b->stray > 0 || b->explained < s->n)
		return false;
	if (!is_proven(b) && b->score - 1 <= s->facts[s->n - 1].most + POINTS_MISSING)
		return false;
	/* several records of the same size are not two each */
	for (uint32_t z = b->layout.n_dmesg > 1 ? b->layout.n_dmesg : 0;
	     layout_place(&b->layout, z, &at) == OM_OK; z++)
		if (may_be_two(s, b->base, &at))
			return false;
	return true;
}

/* ---- the search -------------------------------------------------------------------------- */

static void settle(struct solver *s, struct found *out)
{
	const struct guess *b = &s->best;
	const uint32_t cpus = b->layout.n_ftrace ? b->layout.n_ftrace : 1;
	const struct span region = span_sub(s->bytes, b->base, b->geom.region_bytes);
	struct layout l;

	*out = (struct found){ .geom = b->geom,
			       .layout = b->layout,
			       .off = b->base,
			       .n_explained = b->explained,
			       .n_missing = b->missing,
			       .n_stray = b->stray,
			       .ecc_proven = b->proven > 0,
			       .sure = !s->rival && s->steps < STEPS_MAX };
	out->layout.why = LAYOUT_CONTENT;
	/* the same places by the usual way: that names the era and the writer */
	if (layout_detect(region, &b->geom, cpus, s->ecc ? &s->rs : NULL, &l) == OM_OK &&
	    layout_same_places(&l, &b->layout))
		out->layout = l;
}

/* All sizes; damage is allowed for if need be. */
static void solve_any(struct solver *s)
{
	s->any = false;
	s->rival = false;
	s->steps = 0;
	/* parity at the end of every zone leaves no room for doubt, and so for damage */
	for (s->lenient = 0; s->lenient < 2 && !(s->any && is_proven(&s->best)); s->lenient++) {
		if (s->whole)
			solve_whole(s);
		else
			solve_within(s);
	}
}

enum om_err search_region(struct span bytes, bool whole, struct workspace work, struct found *out)
{
	const size_t pad = -(uintptr_t)work.p & 7;
	const size_t need = pad + sizeof(struct solver) +
			    SEARCH_MARKS_MAX * (sizeof(struct mark) + sizeof(struct fact));
	size_t used;

	if (work.cap < need)
		return OM_E_NO_SPACE;
	bytes = span_sub(bytes, 0, UINT32_MAX - ZONE_SIZE_MAX * 8u);

	void *const memory = work.p + pad;
	struct solver *const s = memory;

	memset(s, 0, sizeof(*s));
	s->bytes = bytes;
	s->whole = whole;
	s->marks = (void *)(s + 1);
	s->facts = (void *)(s->marks + SEARCH_MARKS_MAX);
	s->n = search_marks(bytes, 0, s->marks, SEARCH_MARKS_MAX, &used);
	if (s->n == 0)
		return OM_E_NOT_FOUND;
	for (uint32_t i = 0; i < s->n; i++)
		fact_read(s, i);
	find_version(s);
	find_ecc(s);
	expect_points(s);
	solve_clean(s);
	if (!is_settled(s))
		solve_any(s);
	if (!s->any || (s->best.explained < 2 && !whole && s->best.score < POINTS_ALONE))
		return OM_E_NOT_FOUND;
	settle(s, out);
	return OM_OK;
}
