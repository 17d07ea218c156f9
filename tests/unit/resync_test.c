/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged deflate streams: how much of a log comes back, against what zlib gives, and that
 * text called certain is. Damage comes from seeds; the shares are printed with each row.
 */
#include "core/log/resync.h"

#include "streams.h"

enum { TEXT_BYTES = 18000, RUNS = 5, BLOCK = 128, RUN_BYTES = 16 };

static char text[LOG_CAP];
static size_t text_len;
static uint8_t stream[LOG_STREAM_CAP];
static uint8_t damaged[LOG_STREAM_CAP];
static uint8_t room[RESYNC_STATE_BYTES + LOG_CAP * 2];
static uint8_t plain[LOG_CAP];

static const struct way {
	const char *name;
	int window_bits;
	int mem_level;
} ways[] = {
	{ "raw, 2 KiB window (4.17 to 6.5)", -11, 8 },
	{ "raw, 32 KiB window (6.6 and later)", -15, 8 },
	{ "zlib, 4 KiB window, small blocks (3.12 to 4.16)", -12, 4 },
};

static const struct span none; /* nothing of zlib's to compare */

static struct workspace all_room(void)
{
	return (struct workspace){ room, sizeof(room) };
}

/* Characters of the original that stand in @got, in runs of 16 or whole lines. */
struct share {
	double runs;
	double lines;
};

static struct share share_of(struct span got)
{
	size_t runs = 0;
	size_t lines = 0;

	for (size_t i = 0; i + RUN_BYTES <= text_len; i += RUN_BYTES)
		runs += memmem(got.p, got.len, text + i, RUN_BYTES) ? RUN_BYTES : 0;
	for (const char *p = text; p < text + text_len;) {
		const char *end = memchr(p, '\n', (size_t)(text + text_len - p));
		const size_t n = (size_t)(end - p) + 1;

		lines += memmem(got.p, got.len, p, n) ? n : 0;
		p += n;
	}
	return (struct share){ 100.0 * (double)runs / (double)text_len,
			       100.0 * (double)lines / (double)text_len };
}

static void *take_memory(void *opaque, unsigned int items, unsigned int size)
{
	(void)opaque;
	return calloc(items, size);
}

static void give_memory(void *opaque, void *p)
{
	(void)opaque;
	free(p);
}

/* What zlib gives, and of that what Linux shows: nothing unless the stream ends well. */
static struct span zlib_text(size_t len, bool *whole)
{
	z_stream z = { .zalloc = take_memory, .zfree = give_memory };

	z.next_in = damaged;
	z.avail_in = (uInt)len;
	z.next_out = plain;
	z.avail_out = sizeof(plain);
	assert_int_equal(inflateInit2(&z, -15), Z_OK);
	*whole = inflate(&z, Z_FINISH) == Z_STREAM_END;

	const size_t left = z.avail_out;

	inflateEnd(&z);
	return (struct span){ plain, sizeof(plain) - left };
}

/* Every run of text outside of the holes stands in the original. */
static void assert_certain(const struct salvaged *s)
{
	size_t at = 0;

	for (uint32_t i = 0; i <= s->holes.n; i++) {
		const size_t end = i < s->holes.n ? s->holes.at[i].off : s->text.len;

		if (end > at)
			assert_non_null(memmem(text, text_len, s->text.p + at, end - at));
		if (i < s->holes.n)
			at = end + s->holes.at[i].len;
	}
}

enum damage { FLIPS, BLOCKS_TOLD, BLOCKS_UNTOLD };

static const struct {
	const char *name;
	enum damage damage;
	uint32_t n;
	double runs[ARRAY_LEN(ways)]; /* at least, in percent */
} rows[] = {
	{ "1 bit flip", FLIPS, 1, { 70, 70, 70 } },
	{ "2 bit flips", FLIPS, 2, { 50, 50, 50 } },
	{ "6 bit flips", FLIPS, 6, { 20, 20, 20 } },
	{ "40 bit flips", FLIPS, 40, { 5, 5, 5 } },
	{ "1 block lost, known", BLOCKS_TOLD, 1, { 30, 30, 30 } },
	{ "3 blocks lost, known", BLOCKS_TOLD, 3, { 15, 15, 15 } },
	{ "5 blocks lost, known", BLOCKS_TOLD, 5, { 5, 5, 5 } },
	{ "1 block lost, not known", BLOCKS_UNTOLD, 1, { 20, 20, 20 } },
	{ "5 blocks lost, not known", BLOCKS_UNTOLD, 5, { 2, 2, 2 } },
};

/* The first block's header is left alone: without it nothing at all can be read. */
enum { SPARED = BLOCK };

static void do_damage(struct prng *rng, size_t row, size_t len, struct holes *bad)
{
	memcpy(damaged, stream, len);
	for (uint32_t i = 0; i < rows[row].n; i++) {
		if (rows[row].damage == FLIPS) {
			const uint32_t bit =
				SPARED * 8 + prng_below(rng, (uint32_t)(len - SPARED) * 8);

			damaged[bit / 8] ^= (uint8_t)(1 << bit % 8);
			continue;
		}

		const uint32_t at =
			SPARED + prng_below(rng, (uint32_t)(len - SPARED) / BLOCK) * BLOCK;

		prng_fill(rng, damaged + at, BLOCK);
		if (rows[row].damage == BLOCKS_TOLD)
			holes_add(bad, at, BLOCK);
	}
}

static void test_series(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		text_len = log_text(text, TEXT_BYTES, 1 + w);

		const size_t len =
			log_stream(text, text_len, ways[w].window_bits, ways[w].mem_level, stream);

		print_message("%s: %zu characters in %zu bytes\n", ways[w].name, text_len, len);
		print_message("  %-24s  %13s  %13s  %13s\n", "percent in runs, in lines", "Linux",
			      "zlib", "here");
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			struct prng rng = { 77 + i };
			struct share linux_sum = { 0 };
			struct share zlib_sum = { 0 };
			struct share sum = { 0 };

			for (uint32_t run = 0; run < RUNS; run++) {
				struct holes bad = { 0 };
				struct salvaged s;
				bool whole;

				do_damage(&rng, i, len, &bad);

				const struct share z = share_of(zlib_text(len, &whole));

				assert_int_equal(resync_text((struct span){ damaged, len },
							     bad.n ? &bad : NULL, none, all_room(),
							     &s),
						 OM_OK);
				if (bad.n)
					assert_certain(&s);

				const struct share mine = share_of(s.text);

				linux_sum.runs += whole ? z.runs : 0;
				linux_sum.lines += whole ? z.lines : 0;
				zlib_sum.runs += z.runs;
				zlib_sum.lines += z.lines;
				sum.runs += mine.runs;
				sum.lines += mine.lines;
			}
			print_message("  %-24s   %5.1f  %5.1f   %5.1f  %5.1f   %5.1f  %5.1f\n",
				      rows[i].name, linux_sum.runs / RUNS, linux_sum.lines / RUNS,
				      zlib_sum.runs / RUNS, zlib_sum.lines / RUNS, sum.runs / RUNS,
				      sum.lines / RUNS);
			assert_true(sum.runs / RUNS >= rows[i].runs[w]);
		}
	}
}

/* A stream that is whole after all comes out whole. */
static void test_clean(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		struct salvaged s;

		CASE(ways[w].name);
		text_len = log_text(text, TEXT_BYTES, 10 + w);

		const size_t len =
			log_stream(text, text_len, ways[w].window_bits, ways[w].mem_level, stream);

		assert_int_equal(
			resync_text((struct span){ stream, len }, NULL, none, all_room(), &s),
			OM_OK);
		assert_int_equal(s.text.len, text_len);
		assert_memory_equal(s.text.p, text, text_len);
		assert_int_equal(s.holes.n, 0);
		assert_false(s.resynced);
		assert_false(s.full);
	}
}

/* One bit of the first block's code tables is found and put right. */
static void test_header_flips(void **state)
{
	struct prng rng = { 9 };
	uint32_t n_right = 0;

	(void)state;
	text_len = log_text(text, TEXT_BYTES, 20);

	const size_t len = log_stream(text, text_len, -11, 8, stream);

	for (uint32_t i = 0; i < 12; i++) {
		const uint32_t bit = 3 + prng_below(&rng, 60 * 8);
		struct salvaged s;

		memcpy(damaged, stream, len);
		damaged[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (resync_text((struct span){ damaged, len }, NULL, none, all_room(), &s) == OM_OK)
			n_right += s.text.len == text_len && memcmp(s.text.p, text, text_len) == 0;
	}
	print_message("  %u of 12 spoilt tables mended\n", n_right);
	assert_true(n_right >= 6);
}

static const struct {
	const char *name;
	const char *hex;
	enum om_err err;
} strangers[] = {
	{ "nothing", "", OM_E_VARIANT },
	{ "zeros", "0000000000000000", OM_E_VARIANT },
	{ "stored block of nothing", "010000ffff", OM_E_VARIANT },
	{ "reserved block type", "07ffffffffffffff", OM_E_VARIANT },
	{ "stored block, cut", "010400fbff6162", OM_OK },
};

static void test_strangers(void **state)
{
	struct prng rng = { 6 };
	struct salvaged s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		uint8_t in[64];
		const size_t len = from_hex(strangers[i].hex, in, sizeof(in));

		CASE(strangers[i].name);
		assert_int_equal(resync_text((struct span){ in, len }, NULL, none, all_room(), &s),
				 strangers[i].err);
	}
	for (uint32_t i = 0; i < 200; i++) {
		uint8_t in[300];
		struct holes bad = { 0 };
		const size_t len = prng_below(&rng, sizeof(in));
		uint8_t *exact = malloc(len + 1);

		prng_fill(&rng, in, sizeof(in));
		in[0] = i % 2 ? 5 : in[0]; /* a dynamic block */
		memcpy(exact, in, len);
		holes_add(&bad, prng_below(&rng, 300), prng_below(&rng, 400));
		holes_add(&bad, prng_below(&rng, 300), 1);
		if (resync_text((struct span){ exact, len }, i % 3 ? &bad : NULL, none, all_room(),
				&s) == OM_OK)
			assert_true(s.text.p >= room && s.text.len <= sizeof(room));
		free(exact);
	}
}

/* A clock that ends after so many looks. */
static uint32_t looks_left(void *ctx)
{
	uint32_t *looks = ctx;

	return *looks > 0 ? (*looks)-- : 0;
}

/* Salvages @job's stream with @effort; true: the same text with what it spent, and no clock. */
static bool repeats(struct resync_job *job, struct effort effort)
{
	struct effort again;
	struct salvaged s;
	size_t len;

	job->effort = &effort;
	assert_int_equal(resync_within(job, all_room(), &s), OM_OK);
	len = s.text.len;
	memcpy(plain, s.text.p, len);
	again = (struct effort){ .left = effort.cut ? effort.spent : EFFORT_ALL };
	job->effort = &again;
	assert_int_equal(resync_within(job, all_room(), &s), OM_OK);
	assert_int_equal(again.spent, effort.spent);
	assert_int_equal(again.cut, effort.cut);
	assert_int_equal(s.text.len, len);
	assert_memory_equal(s.text.p, plain, len);
	return effort.cut;
}

/* What a search takes is counted; with less it ends sooner, and the same effort does the same. */
static void test_effort(void **state)
{
	enum { PARTS = 8 };
	struct prng rng = { 40 };
	uint32_t n_cut = 0, n_timed = 0;

	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		struct salvaged s;
		struct effort all = { .left = EFFORT_ALL };
		struct resync_job job = { .in = { damaged, 0 }, .effort = &all };
		struct holes bad = { 0 };
		size_t len;

		CASE(ways[w].name);
		text_len = log_text(text, TEXT_BYTES, 50 + w);
		job.in.len =
			log_stream(text, text_len, ways[w].window_bits, ways[w].mem_level, stream);
		do_damage(&rng, 2, job.in.len, &bad);
		assert_int_equal(resync_text(job.in, NULL, none, all_room(), &s), OM_OK);
		len = s.text.len;
		memcpy(plain, s.text.p, len);
		assert_int_equal(resync_within(&job, all_room(), &s), OM_OK);
		print_message("    %u tokens for %zu bytes\n", all.spent, job.in.len);
		assert_false(all.cut);
		assert_int_equal(all.left, EFFORT_ALL - all.spent);
		assert_in_range(all.spent, PARTS, 100000 + 600 * job.in.len);
		assert_int_equal(s.text.len, len);
		assert_memory_equal(s.text.p, plain, len);
		for (uint32_t part = 0; part < PARTS; part++)
			n_cut += repeats(&job, (struct effort){ .left = all.spent / PARTS * part });
		for (uint32_t looks = 0; looks < PARTS; looks++) {
			uint32_t left = looks * looks;
			const struct deadline until = { looks_left, &left };

			n_timed += repeats(&job,
					   (struct effort){ .left = EFFORT_ALL, .until = until });
		}
	}
	print_message("  %u searches ended by their effort, %u by the clock\n", n_cut, n_timed);
	assert_int_equal(n_cut, PARTS * ARRAY_LEN(ways));
	assert_true(n_timed >= ARRAY_LEN(ways));
}

/* Any room: never written past, and said if the text does not fit. */
static void test_any_room(void **state)
{
	(void)state;
	text_len = log_text(text, 3000, 30);

	const size_t len = log_stream(text, text_len, -15, 8, stream);

	for (size_t cap = 0; cap < RESYNC_STATE_BYTES + len + text_len + 300; cap += 397) {
		uint8_t *exact = malloc(cap + 1);
		struct salvaged s;
		const enum om_err err = resync_text((struct span){ stream, len }, NULL, none,
						    (struct workspace){ exact, cap }, &s);

		if (cap < RESYNC_STATE_BYTES + len + 1) {
			assert_int_equal(err, OM_E_NO_SPACE);
		} else {
			const size_t fits = cap - RESYNC_STATE_BYTES - len;

			assert_int_equal(err, OM_OK);
			assert_int_equal(s.full, fits <= text_len);
			assert_int_equal(s.text.len, fits < text_len ? fits : text_len);
			assert_memory_equal(s.text.p, text, s.text.len);
		}
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),	     cmocka_unit_test(test_effort),
		cmocka_unit_test(test_any_room),     cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_header_flips), cmocka_unit_test(test_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
