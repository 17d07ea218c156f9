/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry as it is given out: its parts, its errors, and that it fits into the ring. */
#include "core/archive/archive_send.h"

#include "core/base/crc32.h"
#include "core/ramoops/record_read.h"
#include "flash_model.h"
#include "model.h"

enum {
	REGION = 0x40000,
	RECORD = 0x4000,
	CONSOLE = 0x10000,
	PMSG = 0x20000,
	DENSE = 0x1800,
	WORK = 0x40000,
	ENTRY_MAX = 0x80000,
	PUTS_MAX = 64
};

static const char log_text[] = "Panic#1 Part1\n<6>[    1.000001] Booting Linux\n"
			       "<0>[    2.000002] Kernel panic - not syncing: a test\n";

static struct {
	uint8_t raw[REGION];
	uint8_t work[WORK];
	uint64_t memory[CHAPTERS_BYTES_MIN / 8];
	struct region region;
	struct store store;
	struct record facts[8];
	const struct record *records[8];
	uint16_t numbers[8];
	struct report_job job;
} b;

/* What pmsg holds: the first packs to nothing smaller, the second to less and less as it goes on.
 */
enum text { NOISE, DENSE_THEN_THIN };

static void add_zones(const struct layout *l, enum text text)
{
	static uint8_t noise[PMSG];
	struct prng rng = { 5 };
	struct place at;

	prng_fill(&rng, noise, sizeof(noise));
	for (uint32_t i = 0; i < PMSG && text == DENSE_THEN_THIN; i++)
		if (i % REPORT_TAIL_BYTES >= DENSE)
			noise[i] = (uint8_t) "the same line\n"[i % 14];
	for (uint32_t i = 0; layout_place(l, i, &at) == OM_OK; i++) {
		struct model_zone z = model_open(b.raw + at.off, at.bytes, NULL, 0);

		if (at.kind == ZONE_DMESG && at.index == 0) {
			model_write(&z, "====1700000000.000007-D\n", 24);
			model_write(&z, log_text, sizeof(log_text) - 1);
		} else if (at.kind == ZONE_PMSG) {
			model_write(&z, noise, sizeof(noise));
		}
	}
}

/* A panic's log, and a pmsg zone full of what no packing makes smaller. */
static void make_job(enum text text)
{
	const struct geometry g = { .base_pa = 0x5fc00000,
				    .region_bytes = REGION,
				    .record_bytes = RECORD,
				    .console_bytes = CONSOLE,
				    .pmsg_bytes = PMSG };
	const struct workspace work = { b.work, WORK };
	struct layout l;
	uint32_t n = 0;

	memset(&b, 0, sizeof(b));
	assert_int_equal(layout_make(&g, ERA_6_6, 1, &l), OM_OK);
	add_zones(&l, text);
	assert_int_equal(region_open((struct span){ b.raw, REGION }, &g, 1, &b.region), OM_OK);
	b.region.digests = true;
	ramoops_store(&b.region, &b.store);
	for (uint32_t i = 0; i < b.store.n; i++)
		if (store_read(&b.store, i, 0, work, &b.facts[n]) == OM_OK) {
			b.records[n] = &b.facts[n];
			b.numbers[n++] = (uint16_t)i;
		}
	assert_int_equal(n, 2);
	b.job = (struct report_job){ .store = &b.store,
				     .head = { .id = report_id(b.records, n),
					       .monitor = "0.2.0",
					       .board = "a board",
					       .boot_count = 7,
					       .warm = true,
					       .verdict = VERDICT_PANIC,
					       .geom = b.region.geom,
					       .n_records = n },
				     .records = b.records,
				     .numbers = b.numbers,
				     .work = work,
				     .memory = { (uint8_t *)b.memory, sizeof(b.memory) } };
}

/* ---- a receiver --------------------------------------------------------------------------- */

struct receiver {
	uint8_t bytes[ENTRY_MAX];
	uint32_t len;
	uint32_t n_puts, n_last;
	uint32_t fail_at; /* this call, from 1; 0: none */
};

static struct receiver got;

static enum om_err receive(void *ctx, struct span bytes, bool last)
{
	struct receiver *r = ctx;

	assert_int_equal(r->n_last, 0); /* nothing comes after the end */
	if (++r->n_puts == r->fail_at)
		return OM_E_TIMEOUT;
	assert_true(bytes.len <= ENTRY_MAX - r->len);
	if (bytes.len)
		memcpy(r->bytes + r->len, bytes.p, bytes.len);
	r->len += (uint32_t)bytes.len;
	r->n_last += last;
	return OM_OK;
}

static enum om_err send(struct archive_send *s, uint32_t room, uint32_t fail_at)
{
	memset(&got, 0, sizeof(got));
	got.fail_at = fail_at;
	*s = (struct archive_send){
		.chapters = chapters_start(&b.job),
		.put = receive,
		.ctx = &got,
		.room_bytes = room,
	};
	return s->chapters ? archive_send(s) : OM_E_ARG;
}

/* Bytes of all streams after the card, their lengths and CRCs checked up to the entry's end. */
static uint32_t check_entry(void)
{
	const struct span all = { got.bytes, got.len };
	struct archive_card card;
	uint32_t streams = 0;
	size_t at;

	assert_int_equal(archive_card_read(all, &card, &at), OM_OK);
	assert_int_equal(card.id, b.job.head.id);
	assert_int_equal(card.boot_count, 7);
	assert_int_equal(card.verdict, VERDICT_PANIC);
	assert_int_equal(card.n_records, b.job.head.n_records);
	if (card.n_records) {
		assert_string_equal(card.headline, "Kernel panic - not syncing: a test");
		assert_int_equal(card.text_bytes, b.facts[0].text.len + b.facts[1].text.len);
		assert_true(card.has_time && card.time_s == 1700000000);
	}
	while (at < all.len) {
		assert_true(all.len - at >= ARCHIVE_STREAM_HEAD_BYTES);

		const struct archive_stream head = archive_stream_read(all.p + at);

		at += ARCHIVE_STREAM_HEAD_BYTES;
		assert_int_equal(head.kind, PACK_ZLIB);
		assert_true(head.bytes <= all.len - at);
		assert_int_equal(crc32_update(0, all.p + at, head.bytes), head.crc);
		at += head.bytes;
		streams += head.bytes;
	}
	return streams;
}

/* ---- tests -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum text text;
	uint32_t room;
	bool cut;
} rooms[] = {
	{ "no end", NOISE, UINT32_MAX, false },
	{ "more than enough", NOISE, 1 << 20, false },
	{ "half of it", NOISE, 0x10000, true },
	{ "one chapter, cut", NOISE, 0x2000, true },
	{ "hardly a head", NOISE, 1000, true },
	{ "none", NOISE, 0, true },
	{ "dense first, no end", DENSE_THEN_THIN, UINT32_MAX, false },
	{ "dense first, up to the dense part's end", DENSE_THEN_THIN, DENSE, true },
	{ "dense first, half of the dense part", DENSE_THEN_THIN, DENSE / 2, true },
};

static void test_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rooms); i++) {
		struct archive_send s;

		CASE(rooms[i].name);
		make_job(rooms[i].text);
		assert_int_equal(send(&s, rooms[i].room, 0), OM_OK);
		assert_int_equal(s.cut, rooms[i].cut);
		assert_int_equal(s.bytes, got.len);
		assert_int_equal(got.n_last, 1);

		const uint32_t streams = check_entry();

		assert_true(streams <= rooms[i].room);
		/* nothing is given away */
		if (rooms[i].cut && rooms[i].room > 0x800)
			assert_true(streams > rooms[i].room / 8 * 7);
	}
}

/* All that has a place is there, and yet not all there is. */
static void test_beyond(void **state)
{
	static const char line[] = "\nbeyond 12 300 611\n";
	struct archive_send s;

	(void)state;
	make_job(NOISE);
	b.job.head.beyond = (struct report_beyond){ 12, 300, 611 };
	assert_int_equal(send(&s, UINT32_MAX, 0), OM_OK);
	assert_true(s.cut);
	(void)check_entry();
	assert_non_null(memmem(got.bytes, got.len, line, sizeof(line) - 1));
}

static void test_no_records(void **state)
{
	struct archive_send s;

	(void)state;
	make_job(NOISE);
	b.job.head.n_records = 0;
	assert_int_equal(send(&s, UINT32_MAX, 0), OM_OK);
	assert_false(s.cut);
	(void)check_entry();
}

/* The first error is the answer, nothing is given out after it. */
static void test_errors(void **state)
{
	struct archive_send s;
	uint32_t n_puts;

	(void)state;
	make_job(NOISE);
	assert_int_equal(send(&s, UINT32_MAX, 0), OM_OK);
	n_puts = got.n_puts;
	assert_in_range(n_puts, 5, PUTS_MAX);
	for (uint32_t i = 1; i <= n_puts; i++) {
		assert_int_equal(send(&s, UINT32_MAX, i), OM_E_TIMEOUT);
		assert_int_equal(got.n_puts, i);
		assert_int_equal(s.bytes, got.len);
		assert_false(s.cut);
	}
	b.job.memory.cap--;
	assert_int_equal(send(&s, UINT32_MAX, 0), OM_E_ARG);
	assert_int_equal(got.n_puts, 0);
}

static const struct {
	uint32_t block_bytes, n_blocks;
} rings[] = { { 4096, 2 }, { 4096, 3 }, { 4096, 16 }, { 32768, 2 }, { 65536, 2 } };

static enum om_err append(void *ctx, struct span bytes, bool last)
{
	return archive_append(ctx, bytes, last);
}

/* Twice as much as there is flash, wherever in a block it begins. */
static void test_ring(void **state)
{
	(void)state;
	make_job(NOISE);
	for (size_t i = 0; i < ARRAY_LEN(rings); i++) {
		const uint32_t block_bytes = rings[i].block_bytes;
		struct flash_model m;
		uint8_t filler[ARCHIVE_PAYLOAD_MAX] = { 0 };

		print_message("  row: %u blocks of %u\n", rings[i].n_blocks, block_bytes);
		model_make(&m, block_bytes, rings[i].n_blocks, 32);
		for (uint32_t turn = 0; turn < 24; turn++) {
			const uint32_t len = 1 + block_bytes / 24 * turn % sizeof(filler);
			struct archive a;
			struct archive_send s = { .chapters = chapters_start(&b.job),
						  .put = append,
						  .ctx = &a };

			archive_open(&a, &m.flash);
			assert_int_equal(archive_begin(&a), OM_OK);
			assert_int_equal(archive_append(&a, (struct span){ filler, len }, true),
					 OM_OK);
			assert_int_equal(archive_begin(&a), OM_OK);
			s.room_bytes = archive_send_room(block_bytes, rings[i].n_blocks);
			assert_int_equal(archive_send(&s), OM_OK);
			assert_true(s.cut);
			assert_in_range(a.n_erased, 0, rings[i].n_blocks);
		}
		model_drop(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),	   cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_no_records), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
