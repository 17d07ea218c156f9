/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A region of a 6.1 kernel: zones to write to, and its records read through region_open() and
 * record_read().
 */
#ifndef OM_TESTS_RECORD_BENCH_H
#define OM_TESTS_RECORD_BENCH_H

#include "core/log/record.h"
#include "core/ramoops/record_read.h"

#include "core/base/crc32.h"
#include "core/log/ftrace.h"
#include "model.h"
#include "streams.h"

enum {
	REGION = 0x10000,
	RECORD = 0x2000,
	CONSOLE = 0x2000,
	FTRACE = 0x1000,
	PMSG = 0x1000,
	V_6_1 = 0x0601c0,
	WORK = 0x20000
};

struct bench {
	uint8_t raw[REGION];
	uint8_t before[REGION];
	uint8_t work[WORK];
	struct geometry g;
	struct rs rs;
	struct region region;
	struct model_zone dmesg[8], console, pmsg, ftrace[4];
};

static struct bench b;

static inline struct span raw_region(void)
{
	return (struct span){ b.raw, REGION };
}

/* A region as a 6.1 kernel leaves it right after probe: all zones there, nothing in them. */
static inline void fresh_region(uint32_t ecc, uint32_t cpus)
{
	struct layout l;
	struct place at;

	memset(b.raw, 0, sizeof(b.raw));
	b.g = (struct geometry){ .region_bytes = REGION,
				 .record_bytes = RECORD,
				 .console_bytes = CONSOLE,
				 .ftrace_bytes = FTRACE,
				 .pmsg_bytes = PMSG,
				 .ecc_bytes = ecc,
				 .flags = cpus > 1 ? GEOMETRY_FTRACE_PER_CPU : 0 };
	if (ecc)
		assert_int_equal(rs_init(&b.rs, ecc), OM_OK);
	assert_int_equal(layout_make(&b.g, ERA_6_1_LTS, cpus, &l), OM_OK);
	for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++) {
		struct model_zone z = model_open(b.raw + at.off, at.bytes, ecc ? &b.rs : NULL,
						 at.kind == ZONE_FTRACE ? V_6_1 : 0);

		if (at.kind == ZONE_DMESG && at.index < ARRAY_LEN(b.dmesg))
			b.dmesg[at.index] = z;
		if (at.kind == ZONE_CONSOLE)
			b.console = z;
		if (at.kind == ZONE_PMSG)
			b.pmsg = z;
		if (at.kind == ZONE_FTRACE && at.index < ARRAY_LEN(b.ftrace))
			b.ftrace[at.index] = z;
	}
}

static inline void open_region(uint32_t cpus)
{
	memcpy(b.before, b.raw, REGION);
	assert_int_equal(region_open(raw_region(), &b.g, cpus, &b.region), OM_OK);
}

static inline enum om_err read_kind(enum zone_kind kind, uint32_t index, struct record *out)
{
	const struct layout *l = &b.region.layout;
	const uint32_t i = kind == ZONE_DMESG ? index : l->n_dmesg + (uint32_t)kind - 1;
	enum om_err err =
		record_read(&b.region, i, 0, (struct workspace){ b.work, sizeof(b.work) }, out);

	if (err == OM_OK)
		assert_int_equal(out->kind, kind);
	assert_memory_equal(b.raw, b.before, REGION); /* read only */
	return err;
}

static inline void assert_text(const struct record *r, const char *want)
{
	assert_int_equal(r->text.len, strlen(want));
	assert_memory_equal(r->text.p, want, r->text.len);
}

static inline void assert_nothing_anywhere(enum om_err want)
{
	for (uint32_t i = 0; i < region_records(&b.region); i++) {
		struct record r;

		assert_int_equal(
			record_read(&b.region, i, 0, (struct workspace){ b.work, WORK }, &r), want);
	}
}

static inline void write_plain(struct model_zone *z, const char *head, const char *body)
{
	model_write(z, head, strlen(head));
	model_write(z, body, strlen(body));
}

static inline void write_packed(struct model_zone *z, const uint8_t *stream, size_t len)
{
	static const char head[] = "====1700000000.000007-C\n";

	model_write(z, head, sizeof(head) - 1);
	model_write(z, stream, len);
}

static inline size_t entry_32(uint8_t *p, uint32_t i)
{
	le32_store(p, (0xc0100000 + i * 52) | (i & 3));
	le32_store(p + 4, 0xc0200000 + i * 36);
	le64_store(p + 8, 100 + i);
	return FTRACE_BYTES_32;
}

static inline size_t entry_64(uint8_t *p, uint32_t i, uint32_t cpu)
{
	le64_store(p, 0xffff800080100000 + i * 52);
	le64_store(p + 8, 0xffff800080200000 + i * 36);
	le64_store(p + 16, (uint64_t)(100 + i) << 8 | cpu);
	return FTRACE_BYTES_64;
}

#endif
