/* SPDX-License-Identifier: BSD-2-Clause */
/* A dead kernel's log in RAM: every era's, by VMCOREINFO and by shape, whole and damaged. */
#include "kmsg_writer.h"

#define OFF_32 (0xc0000000ULL - K_RAM_PA)
#define OFF_64 (0xffff800010000000ULL - K_RAM_PA)

static const struct row {
	const char *name;
	struct k_kernel kernel;
} rows[] = {
	{ "5.10, 32 bit", { .form = { false, 4 }, .off = OFF_32, .era = KMSG_RING } },
	{ "5.10, 64 bit", { .form = { false, 8 }, .off = OFF_64, .era = KMSG_RING } },
	{ "2025, 32 bit",
	  { .form = { false, 4 }, .newer = true, .off = OFF_32, .era = KMSG_RING } },
	{ "2025, 64 bit",
	  { .form = { false, 8 }, .newer = true, .off = OFF_64, .era = KMSG_RING } },
	{ "big-endian, 32 bit", { .form = { true, 4 }, .off = OFF_32, .era = KMSG_RING } },
	{ "big-endian, 64 bit", { .form = { true, 8 }, .off = OFF_64, .era = KMSG_RING } },
	{ "3.11, 32 bit",
	  { .form = { false, 4 },
	    .off = OFF_32,
	    .era = KMSG_RECORDS,
	    .log = "printk_log",
	    .head_bytes = sizeof(struct k_printk_log) } },
	{ "5.1 with callers, 64 bit",
	  { .form = { false, 8 },
	    .off = OFF_64,
	    .era = KMSG_RECORDS,
	    .log = "printk_log",
	    .head_bytes = sizeof(struct k_printk_log_caller) } },
	{ "3.5, big-endian, 32 bit",
	  { .form = { true, 4 },
	    .off = OFF_32,
	    .era = KMSG_RECORDS,
	    .log = "log",
	    .head_bytes = sizeof(struct k_printk_log) } },
};

/* From a ring that is not full yet to one that has begun anew many times. */
static const uint32_t amounts[] = { 5, 40, 64, 65, 130, 333 };

struct bench {
	struct k_kernel k;
	struct ram_bank bank;
	struct ram_memory memory;
	struct range range;
	struct effort effort;
	struct ram ram;
	uint8_t work[KMSG_WORK_BYTES];
	struct shape shape;
};

static struct workspace work_of(struct bench *b)
{
	return (struct workspace){ b->work, sizeof(b->work) };
}

static void make(struct bench *b, const struct row *row, uint32_t messages, struct prng *random)
{
	uint8_t *const ram = b->k.ram;

	b->k = row->kernel;
	b->k.ram = ram;
	k_begin(&b->k);
	for (uint32_t i = 0; i < messages; i++)
		k_message(&b->k, random);
	k_put_text(&b->k);
	b->bank = (struct ram_bank){ K_RAM_PA, { ram, K_RAM_BYTES } };
	b->memory = (struct ram_memory){ &b->bank, 1 };
	b->range = (struct range){ K_RAM_PA, K_RAM_BYTES };
	b->effort = (struct effort){ .left = 1 << 24 };
	b->ram = (struct ram){ ram_read_memory, &b->memory, &b->range, 1, &b->effort };
}

static struct bench *bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->k.ram = malloc(K_RAM_BYTES);
	assert_non_null(b->k.ram);
	return b;
}

static void bench_free(struct bench *b)
{
	free(b->k.ram);
	free(b);
}

static enum om_err open_text(struct bench *b, const uint64_t *off, struct kmsg_log *log)
{
	struct span text;

	if (vmcoreinfo_text((struct span){ b->k.ram + K_TEXT_AT, K_RAM_BYTES - K_TEXT_AT },
			    &text) != OM_OK)
		return OM_E_BAD_MAGIC;
	return kmsg_open(&b->ram, text, off, work_of(b), log);
}

static enum om_err open_shape(struct bench *b, struct kmsg_log *log)
{
	enum { STEP = 0x8000 };

	b->shape = (struct shape){ 0 };
	for (size_t i = 0; i < K_RAM_BYTES; i += STEP)
		shape_feed(&b->shape, K_RAM_PA + i,
			   span_sub((struct span){ b->k.ram, K_RAM_BYTES }, i,
				    STEP + SHAPE_BEYOND_BYTES),
			   STEP);
	return shape_open(&b->ram, &b->shape, work_of(b), log);
}

/* Records have no numbers: the oldest one that is there counts as the first. */
static uint32_t number_of(const struct k_kernel *k, uint64_t seq)
{
	return k->era == KMSG_RING ? (uint32_t)seq : (uint32_t)seq + k->oldest;
}

static void check_message(const struct k_kernel *k, const struct message *m)
{
	const uint32_t seq = number_of(k, m->seq);
	char prefix[MESSAGE_PREFIX_BYTES], want[MESSAGE_PREFIX_BYTES];
	const uint64_t usec = (seq + 1) * 1234567ULL / 1000;

	assert_true(seq >= k->oldest && seq < k->n);
	assert_int_equal(m->text.len, strlen(k->text[seq]));
	assert_memory_equal(m->text.p, k->text[seq], m->text.len);
	snprintf(want, sizeof(want), "<%u>[%5u.%06u] ", seq % 3 * 8 + seq % 8,
		 (unsigned)(usec / 1000000), (unsigned)(usec % 1000000));
	assert_int_equal(message_prefix(m, prefix), strlen(want));
	assert_memory_equal(prefix, want, strlen(want));
	assert_string_equal(m->subsystem, seq % 5 == 0 ? "amba" : "");
	assert_string_equal(m->device, seq % 5 == 0 ? "+amba:9000000.pl011" : "");
	if (k->era == KMSG_RING)
		assert_int_equal(m->caller_id, 0x80000000u + seq % 4);
}

/* Every message that the kernel still has, and no other. Returns how many. */
static uint32_t check_all(struct bench *b, const struct kmsg_log *log)
{
	struct kmsg_walk walk = { 0 };
	struct message m;
	uint32_t n = 0;

	while (kmsg_next(log, &walk, work_of(b), &m)) {
		assert_int_equal(m.label, MESSAGE_INTACT);
		assert_int_equal(number_of(&b->k, m.seq), b->k.oldest + n);
		check_message(&b->k, &m);
		n++;
	}
	assert_int_equal(n, b->k.n - b->k.oldest);
	return n;
}

static void test_whole(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 1 };
	uint32_t n = 0, began_anew = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		for (size_t k = 0; k < ARRAY_LEN(amounts); k++) {
			struct kmsg_log log;
			struct span text;
			uint64_t off;

			make(b, &rows[i], amounts[k], &random);
			began_anew += b->k.oldest > 0;
			assert_int_equal(open_text(b, NULL, &log), OM_OK);
			assert_true(log.release_seen);
			assert_string_equal(log.release, K_RELEASE);
			n += check_all(b, &log);

			/* where nobody says where RAM begins */
			assert_int_equal(
				vmcoreinfo_text((struct span){ b->k.ram + K_TEXT_AT, 4096 }, &text),
				OM_OK);
			assert_int_equal(kmsg_place(&b->ram, text, work_of(b), &off), OM_OK);
			assert_int_equal(off, rows[i].kernel.form.word_bytes == 4
						      ? 0xc0000000 - K_RAM_PA
						      : OFF_64);
			assert_int_equal(open_text(b, &off, &log), OM_OK);
			n += check_all(b, &log);
		}
	}
	print_message("  %u messages came back, %u logs had lost their beginning\n", n, began_anew);
	assert_true(n > 5000 && began_anew > 20);
	bench_free(b);
}

/* The text is gone. Before 5.10 nothing says where the oldest record is. */
static void test_shape(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 2 };
	uint32_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		for (size_t k = 0; k < ARRAY_LEN(amounts); k++) {
			struct kmsg_log log;

			make(b, &rows[i], amounts[k], &random);
			memset(b->k.ram + K_TEXT_AT, 0, 4096);
			if (b->k.era == KMSG_RECORDS && amounts[k] < 40)
				continue; /* too few for a chain */
			assert_int_equal(open_shape(b, &log), OM_OK);
			if (b->k.era == KMSG_RING) {
				n += check_all(b, &log);
				continue;
			}

			struct kmsg_walk walk = { 0 };
			struct message m;
			uint32_t here = 0;

			while (kmsg_next(&log, &walk, work_of(b), &m))
				if (m.label == MESSAGE_INTACT) {
					assert_non_null(m.text.p);
					here++;
				}
			assert_true(here + 8 >= b->k.n - b->k.oldest);
			n += here;
		}
	}
	print_message("  %u messages came back\n", n);
	assert_true(n > 2000);
	bench_free(b);
}

/* Overwritten at random: what is called intact is right, to the last byte. */
static void test_damage(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 3 };
	uint32_t n[3] = { 0 }, gone = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		for (uint32_t run = 0; run < 36; run++) {
			struct kmsg_log log;
			struct kmsg_walk walk = { 0 };
			struct message m;

			make(b, &rows[i], amounts[run % ARRAY_LEN(amounts)], &random);

			const bool text = run & 1;
			const size_t from = text ? K_DATA_AT : K_DESCS_AT;
			const size_t span = text ? 1u << K_SIZE_BITS : K_DATA_AT - K_DESCS_AT;
			const size_t at = from + prng_below(&random, (uint32_t)span);
			const size_t len = 64 + prng_below(&random, 1500);

			if (run & 2)
				memset(b->k.ram + at, 0, len);
			else
				prng_fill(&random, b->k.ram + at, len);
			if (open_text(b, NULL, &log) != OM_OK) {
				gone++;
				continue;
			}
			while (kmsg_next(&log, &walk, work_of(b), &m)) {
				n[m.label]++;
				if (m.label == MESSAGE_INTACT && b->k.era == KMSG_RING)
					check_message(&b->k, &m);
			}
		}
	}
	print_message("  %u intact, %u uncertain, %u gaps, %u logs gone\n", n[0], n[1], n[2], gone);
	assert_true(n[0] > 8000 && n[1] > 50 && n[2] > 100 && gone < 60);
	bench_free(b);
}

/* The newest message was being written when the kernel died. */
static void test_reserved(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) && rows[i].kernel.era == KMSG_RING; i++) {
		struct kmsg_log log;
		struct kmsg_walk walk = { 0 };
		struct message m;
		uint32_t n = 0, reserved = 0;

		CASE(rows[i].name);
		make(b, &rows[i], 30, &random);
		k_set_state(&b->k, 29, 0);
		k_put_info(&b->k, 29, 0);
		assert_int_equal(open_text(b, NULL, &log), OM_OK);
		while (kmsg_next(&log, &walk, work_of(b), &m)) {
			n++;
			if (!(m.why & MESSAGE_RESERVED))
				continue;
			reserved++;
			assert_int_equal(m.seq, 29);
			assert_int_equal(m.label, MESSAGE_UNCERTAIN);
			assert_int_equal(m.text.len, strlen(b->k.text[29]));
		}
		assert_int_equal(n, 30);
		assert_int_equal(reserved, 1);
	}
	bench_free(b);
}

/* Nothing that only looks like a log is one. */
static void test_no_log(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 5 };
	struct kmsg_log log;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		/* the text without its ring */
		make(b, &rows[i], 100, &random);
		memset(b->k.ram + K_UTS_AT, 0, K_RAM_BYTES - K_UTS_AT);
		assert_int_equal(open_text(b, NULL, &log), OM_E_NOT_FOUND);
		assert_int_equal(open_shape(b, &log), OM_E_NOT_FOUND);
		/* another kernel's text */
		make(b, &rows[i], 100, &random);
		b->k.ram[K_UTS_AT + 131]++;
		assert_int_equal(open_text(b, NULL, &log), OM_E_NOT_FOUND);
		/* a kernel's file: a ring that was never written to */
		make(b, &rows[i], 0, &random);
		assert_int_equal(open_text(b, NULL, &log), OM_E_NOT_FOUND);
		assert_int_equal(open_shape(b, &log), OM_E_NOT_FOUND);
	}
	/* numbers that count up, as tables have them */
	make(b, &rows[0], 0, &random);
	for (size_t at = 0; at + 88 < K_RAM_BYTES; at += 88)
		le64_store(b->k.ram + at, at / 88);
	assert_int_equal(open_shape(b, &log), OM_E_NOT_FOUND);
	bench_free(b);
}

static void test_random(void **state)
{
	enum { IMAGES = 400, BYTES = 256 << 10 };
	struct bench *b = bench_new();
	struct prng random = { 6 };
	uint32_t claimed = 0;

	(void)state;
	make(b, &rows[0], 0, &random);
	for (uint32_t i = 0; i < IMAGES; i++) {
		struct kmsg_log log;

		prng_fill(&random, b->k.ram, BYTES);
		b->shape = (struct shape){ 0 };
		shape_feed(&b->shape, K_RAM_PA, (struct span){ b->k.ram, BYTES }, BYTES);
		claimed += shape_open(&b->ram, &b->shape, work_of(b), &log) == OM_OK;
	}
	assert_int_equal(claimed, 0);
	bench_free(b);
}

/* Pointers and sizes that lead out of RAM or nowhere; all end, and soon. */
static void test_hostile(void **state)
{
	struct bench *b = bench_new();
	struct prng random = { 7 };
	uint32_t opened = 0;

	(void)state;
	for (uint32_t run = 0; run < 1500; run++) {
		const struct row *row = &rows[run % ARRAY_LEN(rows)];
		struct kmsg_log log;
		struct kmsg_walk walk = { 0 };
		struct message m;
		uint32_t n = 0;

		if (run % 50 < ARRAY_LEN(rows))
			make(b, row, 20, &random);
		b->effort = (struct effort){ .left = 200000 };
		for (uint32_t i = 0; i < 3; i++) {
			static const size_t places[] = { K_RB_AT, K_DESCS_AT, K_INFOS_AT,
							 K_DATA_AT };
			const size_t at =
				places[prng_below(&random, 4)] + prng_below(&random, 24) * 4;

			le32_store(b->k.ram + at, prng_next(&random) >> prng_below(&random, 32));
		}
		if (open_text(b, NULL, &log) != OM_OK)
			continue;
		opened++;
		while (kmsg_next(&log, &walk, work_of(b), &m))
			assert_true(++n < 200000);
		assert_true(b->effort.spent <= 200000);
	}
	print_message("  %u of 1500 opened\n", opened);
	assert_true(opened > 20);
	bench_free(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	cmocka_unit_test(test_shape),
		cmocka_unit_test(test_damage),	cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_no_log),	cmocka_unit_test(test_random),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
