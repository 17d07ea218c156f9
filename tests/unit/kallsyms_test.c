/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dead kernel's own symbols: tables as scripts/kallsyms.c of each era writes them, whole, damaged
 * and hostile. A name that is given is right.
 */
#include "core/printk/kallsyms.h"

#include <inttypes.h>

#include "support.h"

#define RAM_PA 0x40000000ULL
#define OFF_64 0xffff7fffd0000000ULL
#define OFF_32 0x80000000ULL

enum {
	RAM_BYTES = 1 << 20,
	TABLES_AT = 0x10000,
	TEXT_AT = 0x8000, /* of the kernel's code: the lowest address */
	SYMBOLS_MAX = 256 * 24 + 77,
	NAME_CAP = 300,
	PERCPU = 5 /* symbols with absolute addresses come first */
};

/* Between names and tokens, and where the values are. */
enum order { ORDER_6_1, ORDER_6_2, ORDER_6_3, ORDER_6_5 };

static const struct row {
	const char *name;
	struct ram_form form;
	enum kallsyms_values values;
	enum order order;
	uint32_t n;
} rows[] = {
	{ "6.1, 32 bit", { false, 4 }, VALUES_BASE, ORDER_6_1, SYMBOLS_MAX },
	{ "6.1, 64 bit", { false, 8 }, VALUES_BASE, ORDER_6_1, SYMBOLS_MAX },
	{ "6.1, per CPU", { false, 8 }, VALUES_PERCPU, ORDER_6_1, SYMBOLS_MAX },
	{ "6.1, addresses", { false, 8 }, VALUES_WORDS, ORDER_6_1, SYMBOLS_MAX },
	{ "6.2, 32 bit", { false, 4 }, VALUES_BASE, ORDER_6_2, SYMBOLS_MAX },
	{ "6.2, 64 bit", { false, 8 }, VALUES_BASE, ORDER_6_2, SYMBOLS_MAX - 1 },
	{ "6.3, 32 bit", { false, 4 }, VALUES_BASE, ORDER_6_3, SYMBOLS_MAX },
	{ "6.3, 64 bit", { false, 8 }, VALUES_BASE, ORDER_6_3, SYMBOLS_MAX - 2 },
	{ "6.5, 32 bit", { false, 4 }, VALUES_BASE, ORDER_6_5, SYMBOLS_MAX },
	{ "6.5, 64 bit", { false, 8 }, VALUES_BASE, ORDER_6_5, SYMBOLS_MAX },
	{ "own places, 64 bit", { false, 8 }, VALUES_PLACE, ORDER_6_5, SYMBOLS_MAX },
	{ "addresses of 32 bit", { false, 4 }, VALUES_PLAIN, ORDER_6_5, SYMBOLS_MAX },
	{ "big-endian, 32 bit", { true, 4 }, VALUES_BASE, ORDER_6_1, SYMBOLS_MAX },
	{ "big-endian, 64 bit", { true, 8 }, VALUES_BASE, ORDER_6_5, SYMBOLS_MAX },
	{ "a block exactly", { false, 8 }, VALUES_BASE, ORDER_6_1, 256 },
	{ "two blocks", { false, 8 }, VALUES_BASE, ORDER_6_5, 257 },
	{ "a few", { false, 4 }, VALUES_BASE, ORDER_6_3, 40 },
};

struct symbol {
	uint64_t address;
	char name[NAME_CAP]; /* its type first */
};

struct kernel {
	struct row row;
	uint64_t off; /* virtual less physical */
	struct symbol symbols[SYMBOLS_MAX];
	uint8_t bytes[RAM_BYTES];
	char text[1024];
	uint32_t names_at, markers_at, tokens_at, index_at, values_at, number_at, base_at, end_at;
	struct ram_bank bank;
	struct ram_memory memory;
	struct range range;
	struct effort effort;
	struct ram ram;
	uint8_t work[KALLSYMS_WORK_BYTES];
};

static struct kernel whole, hurt;

/* Single characters at their own codes; the codes of others are for what is frequent in names. */
static const char singles[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";
static const char *const frequent[] = { "tsys_", "_init", "T__", "mem", "drv_", "lock", "t", "_" };

static const char *token(uint32_t code, char one[2])
{
	one[0] = (char)code;
	one[1] = '\0';
	if (code && code < 128 && strchr(singles, (int)code))
		return one;
	return code >= 128 && code - 128 < ARRAY_LEN(frequent) ? frequent[code - 128] : "";
}

static void put(struct kernel *k, uint32_t at, uint64_t v, uint32_t bytes)
{
	assert_true(at + bytes <= RAM_BYTES);
	for (uint32_t i = 0; i < bytes; i++)
		k->bytes[at + i] = (uint8_t)(v >> 8 * (k->row.form.big_endian ? bytes - 1 - i : i));
}

static uint64_t va(const struct kernel *k, uint32_t at)
{
	const uint64_t there = RAM_PA + at + k->off;

	return k->row.form.word_bytes == 4 ? (uint32_t)there : there;
}

static uint32_t align(const struct kernel *k, uint32_t at)
{
	const uint32_t word = k->row.form.word_bytes;

	return (at + word - 1) / word * word;
}

/* ---- what the kernel has ------------------------------------------------------------------- */

static void name_symbol(struct symbol *s, uint32_t i)
{
	static const char *const stems[] = { "tsys_%u_init", "T__lock_mem%u", "tdrv_%u.isra.0",
					     "Dmem$%u", "WX%u" };

	snprintf(s->name, sizeof(s->name), stems[i % ARRAY_LEN(stems)], i);
	if (i % 97 == 50) /* longer, packed, than one byte can say */
		memset(s->name + strlen(s->name), 'q', 200);
}

static void name_symbols(struct kernel *k, struct prng *random)
{
	uint64_t at = va(k, TEXT_AT);
	const uint32_t first = k->row.values == VALUES_PERCPU ? PERCPU : 0;

	memset(k->symbols, 0, sizeof(k->symbols));
	for (uint32_t i = 0; i < k->row.n; i++) {
		struct symbol *s = &k->symbols[i];

		name_symbol(s, i);
		s->address = i < first ? 64 * (uint64_t)i : at;
		if (i >= first && i % 5)
			at += 1 + prng_below(random, 60);
		/* 79 system calls that are not built are one function in a stock kernel */
		if (i % 2000 == 1200)
			for (uint32_t j = 0; j < 79 && i + 1 < k->row.n; j++) {
				i++;
				name_symbol(&k->symbols[i], i);
				k->symbols[i].address = at;
			}
	}
	strcpy(k->symbols[first].name, "T_stext");
}

/* ---- its tables ---------------------------------------------------------------------------- */

static uint32_t pack(const char *name, uint8_t *to)
{
	uint32_t n = 0;

	while (*name) {
		uint32_t best = (uint8_t)*name;
		size_t len = 1;

		for (uint32_t i = 0; i < ARRAY_LEN(frequent); i++)
			if (strlen(frequent[i]) > len &&
			    strncmp(name, frequent[i], strlen(frequent[i])) == 0) {
				best = 128 + i;
				len = strlen(frequent[i]);
			}
		to[n++] = (uint8_t)best;
		name += len;
	}
	return n;
}

static uint32_t write_names(struct kernel *k, uint32_t at, uint32_t *markers)
{
	const uint32_t begin = at;

	for (uint32_t i = 0; i < k->row.n; i++) {
		uint8_t packed[NAME_CAP];
		const uint32_t n = pack(k->symbols[i].name, packed);

		if (i % 256 == 0)
			markers[i / 256] = at - begin;
		if (n > 0x7f)
			put(k, at++, (n & 0x7f) | 0x80, 1);
		put(k, at++, n > 0x7f ? n >> 7 : n, 1);
		memcpy(k->bytes + at, packed, n);
		at += n;
	}
	return at;
}

static uint32_t write_values(struct kernel *k, uint32_t at)
{
	const uint32_t word = k->row.form.word_bytes;
	const uint64_t base = va(k, TEXT_AT);

	k->values_at = at;
	for (uint32_t i = 0; i < k->row.n; i++) {
		const uint64_t a = k->symbols[i].address;

		switch (k->row.values) {
		case VALUES_BASE:
			put(k, at, a - base, 4);
			break;
		case VALUES_PERCPU:
			put(k, at, i < PERCPU ? a : base - a - 1, 4);
			break;
		case VALUES_PLACE:
			put(k, at, a - va(k, at), 4);
			break;
		case VALUES_PLAIN:
			put(k, at, a, 4);
			break;
		case VALUES_WORDS:
			put(k, at, a, word);
			break;
		}
		at += k->row.values == VALUES_WORDS ? word : 4;
	}
	k->base_at = align(k, at);
	put(k, k->base_at, base, word);
	return k->base_at + word;
}

static uint32_t write_tokens(struct kernel *k, uint32_t at)
{
	uint32_t places[256];
	char one[2];

	k->tokens_at = at;
	for (uint32_t i = 0; i < 256; i++) {
		const char *t = token(i, one);

		places[i] = at - k->tokens_at;
		memcpy(k->bytes + at, t, strlen(t) + 1);
		at += (uint32_t)strlen(t) + 1;
	}
	at = align(k, at);
	k->index_at = at;
	for (uint32_t i = 0; i < 256; i++, at += 2)
		put(k, at, places[i], 2);
	return at;
}

/* kallsyms_seqs_of_names, which nobody reads. */
static uint32_t write_order(struct kernel *k, uint32_t at, uint32_t bytes)
{
	for (uint32_t i = 0; i < k->row.n; i++, at += bytes)
		put(k, at, i * 7919 % k->row.n, bytes);
	return at;
}

static void write_tables(struct kernel *k)
{
	uint32_t markers[SYMBOLS_MAX / 256 + 1], at = TABLES_AT;
	const enum order order = k->row.order;

	if (order != ORDER_6_5)
		at = align(k, write_values(k, at));
	k->number_at = at;
	put(k, at, k->row.n, 4);
	k->names_at = align(k, at + 4);
	at = align(k, write_names(k, k->names_at, markers));
	k->markers_at = at;
	for (uint32_t i = 0; i < (k->row.n + 255) / 256; i++, at += 4)
		put(k, at, markers[i], 4);
	at = align(k, at);
	if (order == ORDER_6_2 || order == ORDER_6_3)
		at = align(k, write_order(k, at, order == ORDER_6_2 ? 4 : 3));
	at = align(k, write_tokens(k, at));
	if (order == ORDER_6_5)
		at = write_order(k, align(k, write_values(k, at)), 3);
	k->end_at = at;
}

static void write_text(struct kernel *k, uint64_t stext)
{
	const bool words = k->row.values == VALUES_WORDS;
	const bool has_base = k->row.values == VALUES_BASE || k->row.values == VALUES_PERCPU;
	int n = snprintf(k->text, sizeof(k->text),
			 "OSRELEASE=6.1.0-test\nSYMBOL(_stext)=%" PRIx64
			 "\nSYMBOL(kallsyms_names)=%" PRIx64 "\nSYMBOL(kallsyms_num_syms)=%" PRIx64
			 "\nSYMBOL(kallsyms_token_table)=%" PRIx64
			 "\nSYMBOL(kallsyms_token_index)=%" PRIx64 "\nSYMBOL(%s)=%" PRIx64 "\n",
			 stext, va(k, k->names_at), va(k, k->number_at), va(k, k->tokens_at),
			 va(k, k->index_at), words ? "kallsyms_addresses" : "kallsyms_offsets",
			 va(k, k->values_at));

	if (has_base)
		snprintf(k->text + n, sizeof(k->text) - (size_t)n,
			 "SYMBOL(kallsyms_relative_base)=%" PRIx64 "\n", va(k, k->base_at));
}

static uint64_t stext_of(const struct kernel *k)
{
	return k->symbols[k->row.values == VALUES_PERCPU ? PERCPU : 0].address;
}

/* The pointers are this one's own, also in a copy. */
static void settle(struct kernel *k)
{
	k->bank = (struct ram_bank){ RAM_PA, { k->bytes, sizeof(k->bytes) } };
	k->memory = (struct ram_memory){ &k->bank, 1 };
	k->range = (struct range){ RAM_PA, RAM_BYTES };
	k->effort = (struct effort){ .left = 4000000 };
	k->ram = (struct ram){ ram_read_memory, &k->memory, &k->range, 1, &k->effort };
}

static void make(struct kernel *k, const struct row *row)
{
	struct prng random = { 11 };

	k->row = *row;
	k->off = row->form.word_bytes == 4 ? OFF_32 : OFF_64;
	prng_fill(&random, k->bytes, sizeof(k->bytes));
	name_symbols(k, &random);
	write_tables(k);
	write_text(k, stext_of(k));
	settle(k);
}

static enum om_err open_kernel(struct kernel *k, struct kallsyms *out)
{
	const struct span text = { (const uint8_t *)k->text, strlen(k->text) };
	struct address_map map;

	address_at(text, &k->row.form, k->off, &map);
	return kallsyms_open(&k->ram, text, &map, (struct workspace){ k->work, sizeof(k->work) },
			     out);
}

static bool is_symbol(const struct symbol *want, const struct kallsyms_symbol *s)
{
	return s->address == want->address && s->type == want->name[0] &&
	       s->name.len == strlen(want->name + 1) &&
	       memcmp(s->name.p, want->name + 1, s->name.len) == 0;
}

/* ---- whole --------------------------------------------------------------------------------- */

static void test_all(void **state)
{
	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct kallsyms_walk w = { 0 };
		struct kallsyms_symbol s;
		struct kallsyms k;
		uint32_t n = 0;

		CASE(rows[r].name);
		make(&whole, &rows[r]);
		assert_int_equal(open_kernel(&whole, &k), OM_OK);
		assert_int_equal(k.n, rows[r].n);
		assert_int_equal(k.values, rows[r].values);
		assert_int_equal(k.markers_pa, RAM_PA + whole.markers_at);
		while (kallsyms_next(&k, &w, &s)) {
			assert_false(s.gap);
			assert_true(is_symbol(&whole.symbols[n], &s));
			n++;
		}
		assert_int_equal(n, rows[r].n);
	}
}

/* What kallsyms_find() has to say of @address; NULL: nothing. */
static const struct symbol *want_at(const struct kernel *k, uint64_t address, uint64_t *bytes)
{
	uint32_t i, first;

	for (i = 0; i < k->row.n && k->symbols[i].address <= address; i++)
		;
	if (i == 0 || i == k->row.n)
		return NULL;
	for (first = i - 1;
	     first > 0 && k->symbols[first - 1].address == k->symbols[i - 1].address;)
		first--;
	*bytes = k->symbols[i].address - k->symbols[first].address;
	return &k->symbols[first];
}

static void test_find(void **state)
{
	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct kallsyms_symbol s;
		struct prng random = { 5 };
		struct kallsyms k;
		uint32_t found = 0;

		CASE(rows[r].name);
		make(&whole, &rows[r]);
		assert_int_equal(open_kernel(&whole, &k), OM_OK);

		const uint64_t from = stext_of(&whole) - 100;
		const uint64_t to = whole.symbols[whole.row.n - 1].address + 100;

		for (uint32_t i = 0; i < 60; i++) {
			const uint64_t a = from + prng_below(&random, (uint32_t)(to - from));
			uint64_t bytes = 0, want_bytes = 0;
			const struct symbol *want = want_at(&whole, a, &want_bytes);

			whole.effort.left = 4000000;
			assert_int_equal(kallsyms_find(&k, a, &s, &bytes), want != NULL);
			if (!want)
				continue;
			assert_true(is_symbol(want, &s));
			assert_int_equal(bytes, want_bytes);
			found++;
		}
		assert_true(found >= 10);
	}
}

/* ---- not these ----------------------------------------------------------------------------- */

static void test_refused(void **state)
{
	static const struct {
		const char *name;
		enum om_err err;
	} cases[] = {
		{ "other _stext", OM_E_CORRUPT },
		{ "_stext between two", OM_E_CORRUPT },
		{ "no names in the text", OM_E_VARIANT },
		{ "no values in the text", OM_E_VARIANT },
		{ "a token is no text", OM_E_CORRUPT },
		{ "the index is another's", OM_E_CORRUPT },
		{ "markers do not rise", OM_E_CORRUPT },
		{ "no symbols", OM_E_CORRUPT },
		{ "more than there are", OM_E_CORRUPT },
		{ "base is not there", OM_E_CORRUPT },
		{ "outside of RAM", OM_E_CORRUPT },
	};
	struct kallsyms k;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CASE(cases[i].name);
		make(&hurt, &rows[1]);
		switch (i) {
		case 0:
			write_text(&hurt, hurt.symbols[700].address);
			break;
		case 1:
			write_text(&hurt, hurt.symbols[0].address - 4);
			break;
		case 2:
			strstr(hurt.text, "kallsyms_names")[0] = 'x';
			break;
		case 3:
			strstr(hurt.text, "kallsyms_offsets")[0] = 'x';
			break;
		case 4:
			hurt.bytes[hurt.tokens_at + 300] = 0x1b;
			break;
		case 5:
			put(&hurt, hurt.index_at + 200, 3, 2);
			break;
		case 6:
			put(&hurt, hurt.markers_at + 8, 1, 4);
			break;
		case 7:
			put(&hurt, hurt.number_at, 0, 4);
			break;
		case 8:
			put(&hurt, hurt.number_at, UINT32_MAX, 4);
			break;
		case 9:
			put(&hurt, hurt.base_at, 0, 8);
			break;
		case 10:
			hurt.off += RAM_BYTES;
			break;
		}
		assert_int_equal(open_kernel(&hurt, &k), cases[i].err);
	}
	make(&hurt, &rows[1]);
	assert_int_equal(kallsyms_open(&hurt.ram, (struct span){ 0 }, &(struct address_map){ 0 },
				       (struct workspace){ hurt.work, 100 }, &k),
			 OM_E_NO_SPACE);
}

/* ---- damaged ------------------------------------------------------------------------------- */

enum damage { ZEROS, ONES, RANDOM, COPY, DAMAGES };

/* Up to 8 KiB of the tables; what other things' memory looks like begins anywhere. */
static void damage(struct kernel *k, enum damage kind, struct prng *random)
{
	const uint32_t room = k->end_at - TABLES_AT;
	const uint32_t n = 512 + prng_below(random, 7680);
	const uint32_t at = TABLES_AT + prng_below(random, room - n);
	const uint32_t from = TABLES_AT + prng_below(random, room - n);

	if (kind == RANDOM)
		prng_fill(random, k->bytes + at, n);
	else if (kind == COPY)
		memmove(k->bytes + at, k->bytes + from, n);
	else
		memset(k->bytes + at, kind == ZEROS ? 0 : 0xff, n);
}

static void test_damaged(void **state)
{
	static const uint8_t some[] = { 0, 1, 2, 9, 10, 13 };
	uint32_t names = 0, gaps = 0, refused = 0;
	struct prng random = { 3 };

	(void)state;
	for (uint32_t t = 0; t < 96; t++) {
		struct kallsyms_walk w = { 0 };
		struct kallsyms_symbol s;
		struct kallsyms k;
		uint64_t before = 0;

		if (t % 16 == 0)
			make(&whole, &rows[some[t / 16]]);
		memcpy(&hurt, &whole, sizeof(hurt));
		settle(&hurt);
		damage(&hurt, (enum damage)(t % DAMAGES), &random);
		if (open_kernel(&hurt, &k) != OM_OK) {
			refused++;
			continue;
		}
		while (kallsyms_next(&k, &w, &s)) {
			assert_true(s.address >= before);
			before = s.address;
			gaps += s.gap;
			names += !s.gap;
			if (!s.gap)
				assert_true(is_symbol(&whole.symbols[w.i - 1], &s));
		}
	}
	print_message("  %u names are right, %u blocks left out, %u tables refused\n", names, gaps,
		      refused);
	assert_true(names > 30000 && gaps > 20 && refused > 5);
}

/* Beside damaged values nothing is said, also of addresses that are in them. */
static void test_find_damaged(void **state)
{
	struct prng random = { 9 };
	uint32_t said = 0, silent = 0;

	(void)state;
	make(&whole, &rows[1]);
	for (uint32_t t = 0; t < 120; t++) {
		const uint32_t i = prng_below(&random, whole.row.n - 1);
		const uint64_t a = whole.symbols[i].address;
		struct kallsyms_symbol s;
		uint64_t bytes, want_bytes = 0;
		struct kallsyms k;

		memcpy(&hurt, &whole, sizeof(hurt));
		settle(&hurt);
		damage(&hurt, (enum damage)(t % DAMAGES), &random);
		if (open_kernel(&hurt, &k) != OM_OK)
			continue;
		hurt.effort.left = 4000000;
		if (!kallsyms_find(&k, a, &s, &bytes)) {
			silent++;
			continue;
		}
		assert_true(is_symbol(want_at(&whole, a, &want_bytes), &s));
		assert_int_equal(bytes, want_bytes);
		said++;
	}
	assert_true(said >= 20 && silent >= 5);
}

/* ---- hostile ------------------------------------------------------------------------------- */

static void test_hostile(void **state)
{
	struct prng random = { 77 };
	uint32_t opened = 0, tries = 0;

	(void)state;
	make(&whole, &rows[15]);
	for (uint32_t t = 0; t < 3000; t++) {
		struct kallsyms_walk w = { 0 };
		struct kallsyms_symbol s;
		struct kallsyms k;
		uint64_t bytes;
		uint32_t n = 0;

		memcpy(&hurt, &whole, sizeof(hurt));
		settle(&hurt);
		for (uint32_t j = 0; j < 1 + t % 4; j++) {
			const uint32_t at = prng_below(&random, whole.end_at - TABLES_AT);

			hurt.bytes[TABLES_AT + at] = (uint8_t)prng_next(&random);
			if (t % 3 == 0)
				hurt.text[prng_below(&random, (uint32_t)strlen(hurt.text))] =
					"0123456789abcdef\n"[prng_below(&random, 17)];
		}
		hurt.effort.left = 200000;
		tries++;
		if (open_kernel(&hurt, &k) != OM_OK)
			continue;
		opened++;
		while (kallsyms_next(&k, &w, &s))
			n++;
		assert_true(n <= k.n);
		kallsyms_find(&k, ((uint64_t)prng_next(&random) << 32) | prng_next(&random), &s,
			      &bytes);
		assert_true(hurt.effort.spent <= 200000);
	}
	assert_true(tries == 3000 && opened > 100);
}

/* When the effort is used up the walk ends. */
static void test_effort(void **state)
{
	struct kallsyms_walk w = { 0 };
	struct kallsyms_symbol s;
	struct kallsyms k;
	uint32_t n = 0;

	(void)state;
	make(&whole, &rows[1]);
	assert_int_equal(open_kernel(&whole, &k), OM_OK);
	whole.effort.left = 10000;
	while (kallsyms_next(&k, &w, &s))
		n++;
	assert_true(n > 0 && n < rows[1].n && ram_is_over(&whole.ram));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	     cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_find_damaged), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_effort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
