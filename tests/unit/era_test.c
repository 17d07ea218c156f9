/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernels wrote a region, by the signatures and the places of its zones, and why. */
#include "core/ramoops/geometry.h"

#include "core/ramoops/zone.h"
#include "support.h"

enum {
	V_3_10 = 0x030a69,
	V_3_14 = 0x030e01,
	V_4_9 = 0x040950,
	V_5_10 = 0x050adf,
	V_6_1 = 0x0601c0,
	V_6_3 = 0x060308,
	V_6_12 = 0x060c6b
};

enum { REGION = 0x40000 };
static uint8_t region[REGION];

static void store_sig(uint32_t off, uint32_t sig, bool big)
{
	if (big)
		be32_store(region + off, sig);
	else
		le32_store(region + off, sig);
}

/* Signatures as a kernel of this era leaves them, over what was there. */
static void sign(const struct geometry *g, enum era era, uint32_t cpus, uint32_t version, bool big)
{
	struct layout l;

	assert_int_equal(layout_make(g, era, cpus, &l), OM_OK);
	for (uint32_t i = 0; i < layout_zones(&l); i++) {
		struct place at;

		assert_int_equal(layout_place(&l, i, &at), OM_OK);
		store_sig(at.off, ZONE_SIG ^ (at.kind == ZONE_FTRACE ? version : 0), big);
	}
}

struct writer {
	enum era era;
	uint32_t cpus, version;
};

static const struct {
	const char *name;
	struct geometry g;
	struct writer before; /* an older kernel's signatures, version 0: none */
	struct writer writer;
	uint32_t cpus_told;
	bool big_endian;
} eras[] = {
	{ "6.12",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_6_6, 1, V_6_12 },
	  1,
	  false },
	{ "6.1",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  1,
	  false },
	{ "6.1, big-endian",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  1,
	  true },
	{ "6.1 after 6.12, larger ftrace",
	  { 0, REGION, 0x2000, 0x4000, 0x4000, 0x2000, 16, 0, 2, 0 },
	  { ERA_6_6, 1, V_6_12 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  1,
	  false },
	{ "6.12 after 6.1, larger ftrace",
	  { 0, REGION, 0x2000, 0x4000, 0x4000, 0x2000, 16, 0, 2, 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  { ERA_6_6, 1, V_6_12 },
	  1,
	  false },
	{ "6.12 after 6.1, larger pmsg",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x4000, 16, 0, 2, 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  { ERA_6_6, 1, V_6_12 },
	  1,
	  false },
	{ "4 CPUs, told",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 4, V_6_1 },
	  4,
	  false },
	{ "4 CPUs, not told",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 4, V_6_1 },
	  0,
	  false },
	{ "4 CPUs, told 8",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_6_6, 4, V_6_12 },
	  8,
	  false },
	{ "6 CPUs, told 5",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 6, V_6_1 },
	  5,
	  false },
	{ "3 CPUs, odd zones of 5.10",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_4_10, 3, V_5_10 },
	  0,
	  false },
	{ "64 CPUs",
	  { 0, REGION, 0x2000, 0x4000, 0x8000, 0x2000, 0, 1, 2, 0 },
	  { 0 },
	  { ERA_6_6, 64, V_6_12 },
	  0,
	  false },
	{ "4.0: version code near the plain signature",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 1, 0x040000 },
	  1,
	  false },
	{ "4.9, records do not divide",
	  { 0, REGION, 0x8000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  1,
	  false },
	{ "4.9, big-endian, told 4 CPUs it does not use",
	  { 0, REGION, 0x8000, 0x4000, 0x2000, 0x2000, 16, 1, 2, 0 },
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  4,
	  true },
	{ "3.10, power of two",
	  { 0, REGION - 0x800, 0x2000, 0x4000, 0x2000, 0, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_3_10, 1, V_3_10 },
	  1,
	  false },
	{ "6.12 after 4.9, records do not divide",
	  { 0, REGION, 0x8000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { ERA_3_11, 1, V_4_9 },
	  { ERA_6_6, 1, V_6_12 },
	  1,
	  false },
	{ "4.9 after 6.12, records do not divide",
	  { 0, REGION, 0x8000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0 },
	  { ERA_6_6, 1, V_6_12 },
	  { ERA_3_11, 1, V_4_9 },
	  1,
	  false },
	{ "no pmsg",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  1,
	  false },
};

static void detect_row(size_t i, uint32_t spoiled_zone)
{
	const struct geometry *g = &eras[i].g;
	const struct writer *w = &eras[i].writer;
	struct layout want;
	struct layout l;

	memset(region, 0, sizeof(region));
	if (eras[i].before.version)
		sign(g, eras[i].before.era, eras[i].before.cpus, eras[i].before.version, false);
	sign(g, w->era, w->cpus, w->version, eras[i].big_endian);
	assert_int_equal(layout_make(g, w->era, w->cpus, &want), OM_OK);
	if (spoiled_zone < layout_zones(&want)) {
		struct place at;

		assert_int_equal(layout_place(&want, spoiled_zone, &at), OM_OK);
		region[at.off + 1] ^= 0x40;
	}
	assert_int_equal(
		layout_detect((struct span){ region, REGION }, g, eras[i].cpus_told, NULL, &l),
		OM_OK);
	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++) {
		if (want.bytes[kind] == 0)
			continue;
		assert_int_equal(l.off[kind], want.off[kind]);
		assert_int_equal(l.bytes[kind], want.bytes[kind]);
	}
	assert_int_equal(l.n_ftrace, want.n_ftrace);
	if (spoiled_zone < layout_zones(&want))
		return;
	assert_int_equal(l.score, layout_zones(&want));
	assert_int_equal(l.writer_version, w->version);
}

static void test_detect(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(eras); i++) {
		CASE(eras[i].name);
		detect_row(i, UINT32_MAX);
	}
}

/* One damaged signature, whichever, does not mislead where the CPU count is known. */
static void test_detect_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(eras); i++) {
		if (eras[i].cpus_told != eras[i].writer.cpus || eras[i].before.version)
			continue;
		CASE(eras[i].name);
		for (uint32_t zone = 0; zone < 40; zone++)
			detect_row(i, zone);
	}
}

/*
 * Every header with as much damage as its parity repairs: the order is still found, by the
 * repaired signatures.
 */
static void test_detect_repairs(void **state)
{
	const struct geometry *g = &eras[1].g;
	struct layout want;
	struct layout l;
	struct rs rs;
	struct place at;

	(void)state;
	memset(region, 0, sizeof(region));
	sign(g, ERA_6_1_LTS, 1, V_6_1, false);
	assert_int_equal(rs_init(&rs, 16), OM_OK);
	assert_int_equal(layout_make(g, ERA_6_1_LTS, 1, &want), OM_OK);
	for (uint32_t i = 0; layout_place(&want, i, &at) == OM_OK; i++) {
		rs_encode(&rs, region + at.off, ZONE_HDR_BYTES, region + at.off + at.bytes - 16);
		for (uint32_t k = 0; k < 8; k++)
			region[at.off + k] ^= 0x81;
	}
	assert_int_equal(layout_detect((struct span){ region, REGION }, g, 1, &rs, &l), OM_OK);
	assert_int_equal(l.era, ERA_6_1_LTS);
	assert_int_equal(l.writer_version, V_6_1);
}

/* Of ftrace zones that name different kernels the majority counts. */
static void test_detect_majority(void **state)
{
	const struct geometry *g = &eras[6].g; /* 4 CPUs */
	struct layout l;

	(void)state;
	memset(region, 0, sizeof(region));
	sign(g, ERA_6_1_LTS, 4, V_6_1, false);
	assert_int_equal(layout_make(g, ERA_6_1_LTS, 4, &l), OM_OK);
	store_sig(l.off[ZONE_FTRACE], ZONE_SIG ^ V_5_10, false);
	assert_int_equal(layout_detect((struct span){ region, REGION }, g, 4, NULL, &l), OM_OK);
	assert_int_equal(l.writer_version, V_6_1);
	assert_int_equal(l.n_ftrace, 4);
}

/* Nothing to go by: the newest order, even sizes, the CPUs told. */
static void test_detect_nothing(void **state)
{
	const struct geometry g = eras[6].g;
	struct prng rng = { 7 };

	(void)state;
	for (uint32_t fill = 0; fill < 3; fill++) {
		struct layout l;

		memset(region, fill == 1 ? 0xff : 0, sizeof(region));
		if (fill == 2)
			prng_fill(&rng, region, sizeof(region));
		assert_int_equal(layout_detect((struct span){ region, REGION }, &g, 4, NULL, &l),
				 OM_OK);
		assert_int_equal(l.era, ERA_6_6);
		assert_int_equal(l.n_ftrace, 4);
		assert_int_equal(l.score, 0);
		assert_int_equal(l.writer_version, 0);
	}
}

/* ---- which era, and why? ------------------------------------------------------------------- */

/* A zone's valid bytes, as its header says; the bytes themselves stay unless @text is given. */
static void fill(uint32_t off, uint32_t size, const char *text)
{
	le32_store(region + off + 4, size);
	le32_store(region + off + 8, size);
	if (text)
		memcpy(region + off + ZONE_HDR_BYTES, text, strlen(text));
}

#define DIVIDES                                                                                    \
	{                                                                                          \
		0, REGION, 0x2000, 0x4000, 0x2000, 0x2000, 16, 0, 2, 0                             \
	}
/* D / n is 0x2222 here, 0x2223 before it was made even */
#define UNEVEN                                                                                     \
	{                                                                                          \
		0, 0x4000 + 9 * 0x2223, 0x2000, 0x4000, 0, 0, 16, 0, 2, 0                          \
	}
#define STRIDES                                                                                    \
	{                                                                                          \
		0, REGION, 0x8000, 0x8000, 0x2000, 0x2000, 16, 0, 2, 0                             \
	}
#define NO_ORDER                                                                                   \
	{                                                                                          \
		0, REGION, 0x8000, 0x4000, 0, 0x2000, 16, 0, 2, 0                                  \
	}

static const struct {
	const char *name;
	struct geometry g;
	struct writer before; /* an older kernel's signatures, version 0: none */
	struct writer writer;
	uint32_t lost;	  /* bits of zones whose signatures were lost */
	uint32_t data;	  /* bits of the writer's zones with 0x2800 valid bytes */
	uint32_t stale;	  /* the same for the kernel before */
	const char *text; /* at the beginning of the writer's zones with data */
	enum era era;
	enum layout_why why;
} whys[] = {
	{ "6.12", DIVIDES, { 0 }, { ERA_6_6, 1, V_6_12 }, 0, 0, 0, NULL, ERA_6_6, LAYOUT_VERSION },
	{ "6.3", DIVIDES, { 0 }, { ERA_6_2, 1, V_6_3 }, 0, 0, 0, NULL, ERA_6_2, LAYOUT_VERSION },
	{ "6.1",
	  DIVIDES,
	  { 0 },
	  { ERA_4_10, 1, V_6_1 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_1_LTS,
	  LAYOUT_VERSION },
	{ "5.10",
	  DIVIDES,
	  { 0 },
	  { ERA_4_10, 1, V_5_10 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_4_10,
	  LAYOUT_VERSION },
	{ "4.9", DIVIDES, { 0 }, { ERA_3_11, 1, V_4_9 }, 0, 0, 0, NULL, ERA_3_11, LAYOUT_VERSION },
	{ "3.10",
	  DIVIDES,
	  { 0 },
	  { ERA_3_10, 1, V_3_10 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_3_10,
	  LAYOUT_VERSION },
	{ "4.9, records do not divide",
	  STRIDES,
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_3_11,
	  LAYOUT_VERSION },
	{ "4.9, no ftrace",
	  NO_ORDER,
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_3_11,
	  LAYOUT_SIGNATURES },
	{ "6.12, no ftrace: newest of those alike",
	  NO_ORDER,
	  { 0 },
	  { ERA_6_6, 1, V_6_12 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_SIGNATURES },
	{ "odd zones",
	  UNEVEN,
	  { 0 },
	  { ERA_4_10, 1, V_5_10 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_2,
	  LAYOUT_SIGNATURES },
	{ "even zones",
	  UNEVEN,
	  { 0 },
	  { ERA_6_1_LTS, 1, V_6_1 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_SIGNATURES },
	{ "all alike",
	  { 0, REGION, 0x2000, 0x4000, 0, 0x2000, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_ALIKE },
	{ "all alike but named",
	  { 0, REGION, 0x2000, 0x4000, 0x2000, 0, 16, 0, 2, 0 },
	  { 0 },
	  { ERA_3_11, 1, V_3_14 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_3_11,
	  LAYOUT_ALIKE },
	{ "nothing there",
	  STRIDES,
	  { 0 },
	  { ERA_6_6, 1, V_6_12 },
	  ~0u,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_ASSUMED },
	{ "pmsg and ftrace lost",
	  DIVIDES,
	  { 0 },
	  { ERA_4_10, 1, V_5_10 },
	  3u << 29,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_ASSUMED },
	{ "all signatures but one lost, a log begins",
	  NO_ORDER,
	  { 0 },
	  { ERA_3_11, 1, V_4_9 },
	  ~1u,
	  2,
	  0,
	  "====1700000000.000001-D",
	  ERA_3_11,
	  LAYOUT_CONTENT },
	{ "4.9 over 6.12, whose marks all stand",
	  NO_ORDER,
	  { ERA_6_6, 1, V_6_12 },
	  { ERA_3_11, 1, V_4_9 },
	  0,
	  0,
	  0x80,
	  NULL,
	  ERA_3_11,
	  LAYOUT_CONTENT },
	{ "6.12 over 4.9, whose marks all stand",
	  NO_ORDER,
	  { ERA_3_11, 1, V_4_9 },
	  { ERA_6_6, 1, V_6_12 },
	  0,
	  0,
	  0x80,
	  NULL,
	  ERA_6_6,
	  LAYOUT_CONTENT },
	{ "6.12 over 4.9, nothing tells",
	  NO_ORDER,
	  { ERA_3_11, 1, V_4_9 },
	  { ERA_6_6, 1, V_6_12 },
	  0,
	  0,
	  0,
	  NULL,
	  ERA_6_6,
	  LAYOUT_ASSUMED },
};

static void write_zones(const struct geometry *g, const struct writer *w, uint32_t data,
			const char *text)
{
	struct layout l;
	struct place at;

	if (!w->version)
		return;
	sign(g, w->era, w->cpus, w->version, false);
	assert_int_equal(layout_make(g, w->era, w->cpus, &l), OM_OK);
	for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK && i < 32; i++)
		if (data >> i & 1)
			fill(at.off, 0x2800, text);
}

static void test_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
		const struct geometry *g = &whys[i].g;
		const struct writer *w = &whys[i].writer;
		struct layout want;
		struct layout l;
		struct place at;

		CASE(whys[i].name);
		memset(region, 0, sizeof(region));
		write_zones(g, &whys[i].before, whys[i].stale, NULL);
		write_zones(g, w, whys[i].data, whys[i].text);
		assert_int_equal(layout_make(g, w->era, w->cpus, &want), OM_OK);
		for (uint32_t z = 0; layout_place(&want, z, &at) == OM_OK && z < 32; z++)
			if (whys[i].lost >> z & 1)
				le32_store(region + at.off, 0);
		assert_int_equal(layout_detect((struct span){ region, REGION }, g, 1, NULL, &l),
				 OM_OK);
		assert_int_equal(l.era, whys[i].era);
		assert_int_equal(l.why, whys[i].why);
		if (l.why != LAYOUT_ASSUMED)
			assert_true(layout_same_places(&l, &want));
	}
}

/* ---- neither pmsg nor ftrace has its signature ----------------------------------------------- */

enum holds { HOLDS_NOTHING, HOLDS_TEXT, HOLDS_CALLS, HOLDS_NOISE };

static const struct {
	const char *name;
	enum era written;
	uint32_t ftrace, pmsg; /* sizes; where they differ the zones overlap by the other order */
	enum holds in_pmsg, in_ftrace;
	bool pmsg_first; /* what is found */
	enum layout_why why;
	uint32_t rivals; /* eras of the other order */
} ties[] = {
#define T      0x2000, 0x2000, HOLDS_TEXT, HOLDS_CALLS
#define TO_6_1 (1 << ERA_6_2) - 1
	{ "6.1: both tell", ERA_6_1_LTS, T, false, LAYOUT_CONTENT, 0 },
	{ "6.12: both tell", ERA_6_6, T, true, LAYOUT_CONTENT, 0 },
	{ "6.1: pmsg tells", ERA_6_1_LTS, 0x2000, 0x2000, HOLDS_TEXT, HOLDS_NOTHING, false,
	  LAYOUT_CONTENT, 0 },
	{ "6.1: ftrace tells", ERA_6_1_LTS, 0x2000, 0x2000, HOLDS_NOTHING, HOLDS_CALLS, false,
	  LAYOUT_CONTENT, 0 },
	{ "6.12: ftrace tells", ERA_6_6, 0x2000, 0x2000, HOLDS_NOISE, HOLDS_CALLS, true,
	  LAYOUT_CONTENT, 0 },
	{ "6.1: larger ftrace", ERA_6_1_LTS, 0x4000, 0x2000, HOLDS_TEXT, HOLDS_CALLS, false,
	  LAYOUT_CONTENT, 0 },
	{ "noise in both", ERA_6_1_LTS, 0x2000, 0x2000, HOLDS_NOISE, HOLDS_NOISE, true,
	  LAYOUT_ASSUMED, TO_6_1 },
	{ "text in both", ERA_6_1_LTS, 0x2000, 0x2000, HOLDS_TEXT, HOLDS_TEXT, true, LAYOUT_ASSUMED,
	  TO_6_1 },
	{ "nothing in both", ERA_6_1_LTS, 0x2000, 0x2000, HOLDS_NOTHING, HOLDS_NOTHING, true,
	  LAYOUT_ASSUMED, 0 },
};

static void hold(const struct layout *l, enum zone_kind kind, enum holds what)
{
	static const char line[] = "the network is slow\n";
	uint8_t *p = region + l->off[kind];
	struct prng rng = { 9 + kind };

	memset(p, 0, l->bytes[kind]);
	if (what == HOLDS_NOISE)
		prng_fill(&rng, p, l->bytes[kind]);
	for (uint32_t at = ZONE_HDR_BYTES; at < 0x400; at++) {
		if (what == HOLDS_TEXT)
			p[at] = (uint8_t)line[at % (sizeof(line) - 1)];
		if (what == HOLDS_CALLS && at % 8 == 4) {
			le32_store(p + at, 0x80010000 + prng_below(&rng, 1 << 20) * 4);
			le32_store(p + at + 4, 0xffff8000);
		}
	}
}

static void test_ties(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ties); i++) {
		const struct geometry g = { 0, REGION, 0x2000, 0x4000, ties[i].ftrace, ties[i].pmsg,
					    0, 0,      2,      0 };
		struct layout want;
		struct layout l;

		CASE(ties[i].name);
		memset(region, 0, sizeof(region));
		assert_int_equal(layout_make(&g, ties[i].written, 1, &want), OM_OK);
		sign(&g, ties[i].written, 1, V_6_1, false);
		hold(&want, ZONE_PMSG, ties[i].in_pmsg);
		hold(&want, ZONE_FTRACE, ties[i].in_ftrace);
		assert_int_equal(layout_detect((struct span){ region, REGION }, &g, 1, NULL, &l),
				 OM_OK);
		assert_int_equal(l.off[ZONE_PMSG] < l.off[ZONE_FTRACE], ties[i].pmsg_first);
		assert_int_equal(l.why, ties[i].why);
		assert_int_equal(l.rivals, ties[i].rivals);
	}
}

static void test_ftrace_version(void **state)
{
	(void)state;
	assert_int_equal(ftrace_version(0x43434b14), 0x040950); /* 4.9.80 */
	assert_int_equal(ftrace_version(0x43414384), 0x0601c0); /* 6.1.192 */
	assert_int_equal(ftrace_version(0x43415046), 0x061202); /* 6.18.2 */
	assert_int_equal(ftrace_version(ZONE_SIG), 0);
	assert_int_equal(ftrace_version(0), 0);
	assert_int_equal(ftrace_version(0xffffffff), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_detect_damaged),
		cmocka_unit_test(test_detect_repairs),
		cmocka_unit_test(test_detect_majority),
		cmocka_unit_test(test_detect_nothing),
		cmocka_unit_test(test_ftrace_version),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_ties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
