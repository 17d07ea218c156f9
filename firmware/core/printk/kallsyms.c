/* SPDX-License-Identifier: BSD-2-Clause */
#include "kallsyms.h"

#include "vmcoreinfo.h"

enum {
	TOKENS = 256,
	BLOCK = 256, /* names between two markers */
	SYMBOLS_MAX = 1 << 22,
	ALIASES_MAX = 64, /* looked through for one name */
	FILL_MAX = 16,	  /* symbols at the lowest address; more: something was written over them */
	STRETCH_MIN = 16, /* blocks: 16 KiB of values */
	PACKED_MAX = 512, /* a token has a character at least */
	LENGTH_BYTES = 2,
	SHORT_BYTES = 66, /* most names are shorter, packed */
	TOKEN_BYTES_MAX = 4096,
	TOKEN_READ = 64,
	/* in the work memory */
	AT_INDEX = 0,
	AT_TOKENS = AT_INDEX + 2 * TOKENS,
	AT_PACKED = AT_TOKENS + TOKEN_BYTES_MAX,
	AT_NAME = AT_PACKED + LENGTH_BYTES + PACKED_MAX,
	AT_END = AT_NAME + 1 + KALLSYMS_NAME_MAX
};
_Static_assert((int)AT_END <= (int)KALLSYMS_WORK_BYTES, "the work memory is too small");

/* ---- tokens -------------------------------------------------------------------------------- */

static bool is_character(uint8_t c)
{
	return c > ' ' && c <= '~';
}

static uint32_t token_at(const struct kallsyms *k, uint32_t i)
{
	const uint8_t *p = k->work.p + AT_INDEX + (size_t)2 * i;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* TOKENS texts, each with its NUL: their places go to the index. */
static bool load_tokens(const struct kallsyms *k, uint64_t pa)
{
	uint8_t *const to = k->work.p + AT_TOKENS;
	uint8_t *const index = k->work.p + AT_INDEX;
	uint32_t n = 0, begin = 0;

	for (uint32_t at = 0; at < TOKEN_BYTES_MAX; at++) {
		if (at % TOKEN_READ == 0 && !ram_read(k->ram, pa + at, to + at, TOKEN_READ))
			return false;
		if (to[at] != 0) {
			if (!is_character(to[at]))
				return false;
			continue;
		}
		index[2 * n] = (uint8_t)begin;
		index[2 * n + 1] = (uint8_t)(begin >> 8);
		begin = at + 1;
		if (++n == TOKENS)
			return true;
	}
	return false;
}

/* The kernel's own index says the same. */
static bool agrees_index(const struct kallsyms *k, uint64_t pa)
{
	for (uint32_t i = 0; i < TOKENS; i++) {
		uint8_t raw[2];

		if (!ram_read(k->ram, pa + 2 * i, raw, sizeof(raw)) ||
		    ram_load(&k->map.form, raw, sizeof(raw)) != token_at(k, i))
			return false;
	}
	return true;
}

/* ---- values and markers -------------------------------------------------------------------- */

static bool load_32(const struct kallsyms *k, uint64_t pa, uint32_t *value)
{
	uint8_t raw[4];

	if (!ram_read(k->ram, pa, raw, sizeof(raw)))
		return false;
	*value = (uint32_t)ram_load(&k->map.form, raw, sizeof(raw));
	return true;
}

static uint64_t address_from(const struct kallsyms *k, uint32_t i, uint32_t value)
{
	const uint64_t wide = (uint64_t)(int64_t)(int32_t)value;

	switch (k->values) {
	case VALUES_BASE:
		return k->base + value;
	case VALUES_PERCPU:
		return (int32_t)value >= 0 ? value : k->base - 1 - wide;
	case VALUES_PLACE:
		return k->values_va + 4 * (uint64_t)i + wide;
	case VALUES_PLAIN:
	case VALUES_WORDS:
		break;
	}
	return value;
}

static bool address_of(const struct kallsyms *k, uint32_t i, uint64_t *address)
{
	const uint32_t word = k->map.form.word_bytes;
	uint32_t value;

	if (i >= k->n)
		return false;
	if (k->values == VALUES_WORDS)
		return ram_word(k->ram, &k->map.form, k->values_pa + (uint64_t)word * i, address);
	if (!load_32(k, k->values_pa + 4 * (uint64_t)i, &value))
		return false;
	*address = address_from(k, i, value);
	if (word == 4)
		*address &= UINT32_MAX;
	return true;
}

static uint32_t blocks_of(const struct kallsyms *k)
{
	return (k->n + BLOCK - 1) / BLOCK;
}

static bool marker_of(const struct kallsyms *k, uint32_t block, uint32_t *off)
{
	return load_32(k, k->markers_pa + 4 * (uint64_t)block, off);
}

/* Where block @block ends, names rounded up to a word: the markers follow them. */
static bool block_end(const struct kallsyms *k, uint32_t block, uint32_t *off)
{
	if (block + 1 < blocks_of(k))
		return marker_of(k, block + 1, off);
	*off = (uint32_t)(k->markers_pa - k->names_pa);
	return true;
}

/* Each block begins after the one before, far enough for its names and not farther. */
static bool are_markers(const struct kallsyms *k)
{
	const uint64_t room = k->markers_pa - k->names_pa;
	uint32_t before = 0, off;

	for (uint32_t b = 0; b < blocks_of(k); b++) {
		if (!marker_of(k, b, &off) || off >= room)
			return false;
		if (b == 0 ? off != 0
			   : off < before + 2 * BLOCK ||
				     off - before > (PACKED_MAX + LENGTH_BYTES) * BLOCK)
			return false;
		before = off;
	}
	return true;
}

/*
 * The markers have no symbol in VMCOREINFO. They follow the names, and the tokens follow them; from
 * 6.2 to 6.4 the names' order is between: of 4, later 3 bytes each.
 */
static bool find_markers(struct kallsyms *k, uint64_t tokens_pa)
{
	const uint64_t word = k->map.form.word_bytes;

	for (uint32_t each = 0; each <= 4; each = each ? each + 1 : 3) {
		const uint64_t order = (tokens_pa - (uint64_t)each * k->n) / word * word;
		const uint64_t at = (order - 4 * (uint64_t)blocks_of(k)) / word * word;

		if (at <= k->names_pa || at - k->names_pa > UINT32_MAX || at > tokens_pa)
			continue;
		k->markers_pa = at;
		if (are_markers(k))
			return true;
	}
	return false;
}

/* ---- names --------------------------------------------------------------------------------- */

/* The bytes of the packed name at @off after its length, in the work memory; NULL: none are. */
static const uint8_t *load_packed(const struct kallsyms *k, uint32_t off, uint32_t *len,
				  uint32_t *next)
{
	uint8_t *const raw = k->work.p + AT_PACKED;
	const uint64_t room = k->markers_pa - k->names_pa;
	uint32_t n = SHORT_BYTES, head = 1;

	if (off >= room)
		return NULL;
	if (n > room - off)
		n = (uint32_t)(room - off);
	if (n < LENGTH_BYTES || !ram_read(k->ram, k->names_pa + off, raw, n))
		return NULL;
	*len = raw[0];
	if (raw[0] & 0x80) {
		*len = (raw[0] & 0x7fu) | (uint32_t)raw[1] << 7;
		head = 2;
	}
	if (*len == 0 || *len > PACKED_MAX || head + *len > room - off)
		return NULL;
	if (head + *len > n && !ram_read(k->ram, k->names_pa + off, raw, head + *len))
		return NULL;
	*next = off + head + *len;
	return raw + head;
}

/* The name at @off, its type first. False: no kernel has it. */
static bool unpack(const struct kallsyms *k, uint32_t off, struct span *name, uint32_t *next)
{
	/* nm's, without debugging and undefined symbols */
	static const char types[] = { 'a', 'b', 'c', 'd', 'g', 'i', 'p', 'r', 's', 't', 'v', 'w' };
	const uint8_t *const tokens = k->work.p + AT_TOKENS;
	uint8_t *const to = k->work.p + AT_NAME;
	uint32_t len = 0, n = 0;
	const uint8_t *packed = load_packed(k, off, &len, next);

	if (!packed)
		return false;
	for (uint32_t i = 0; i < len; i++) {
		const uint8_t *t = tokens + token_at(k, packed[i]);

		if (*t == 0)
			return false;
		for (; *t; t++) {
			if (n == 1 + KALLSYMS_NAME_MAX)
				return false;
			to[n++] = *t;
		}
	}
	if (n < 2 || !memchr(types, to[0] | 0x20, sizeof(types)))
		return false;
	*name = (struct span){ to, n };
	return true;
}

/* ---- blocks -------------------------------------------------------------------------------- */

/* Each is one, and together they end where the next block begins. */
static bool are_names_whole(const struct kallsyms *k, uint32_t block)
{
	const uint32_t left = k->n - block * BLOCK;
	uint32_t off, end;
	struct span name;

	if (!marker_of(k, block, &off) || !block_end(k, block, &end))
		return false;
	for (uint32_t i = 0; i < BLOCK && i < left; i++)
		if (!unpack(k, off, &name, &off) || off > end)
			return false;
	return end - off < (block + 1 < blocks_of(k) ? 1u : k->map.form.word_bytes);
}

/* What is left of a table over which one byte was written, at one of its ends. */
static bool is_fill(const struct kallsyms *k, uint64_t address)
{
	const uint64_t zeros = address_from(k, 0, 0), ones = address_from(k, 0, UINT32_MAX);

	return k->values != VALUES_PLACE &&
	       (address == zeros || address == ones || address == UINT64_MAX);
}

/* The values of @block rise, and are no fill. */
static bool are_values_good(const struct kallsyms *k, uint32_t block)
{
	const uint32_t first = block * BLOCK;
	uint64_t lowest = 0, before = 0, address;
	uint32_t n = 0, n_fill = 0;

	for (; n < BLOCK && first + n < k->n; n++) {
		if (!address_of(k, first + n, &address) || address < before)
			return false;
		if (n == 0)
			lowest = address;
		n_fill += is_fill(k, address);
		before = address;
	}
	return n_fill <= FILL_MAX && (n < BLOCK || before > lowest);
}

/* The addresses of @block's first and last symbol. */
static bool ends_of(const struct kallsyms *k, uint32_t block, uint64_t *first, uint64_t *last)
{
	const uint32_t at = block * BLOCK;

	return address_of(k, at, first) &&
	       address_of(k, k->n - at > BLOCK ? at + BLOCK - 1 : k->n - 1, last);
}

static bool are_joined(const struct kallsyms *k, uint32_t block)
{
	uint64_t first, last, next, next_last;

	return ends_of(k, block, &first, &last) && ends_of(k, block + 1, &next, &next_last) &&
	       last <= next;
}

/* Blocks [from, to), each good and joined to the next. */
struct stretch {
	uint32_t from, to;
};

/* The one that @block is in, as far as @max blocks to either side; none: empty. */
static struct stretch stretch_of(const struct kallsyms *k, uint32_t block, uint32_t max)
{
	struct stretch s = { block, block };

	if (!are_values_good(k, block))
		return s;
	s.to++;
	while (s.to < blocks_of(k) && s.to - block <= max && are_joined(k, s.to - 1) &&
	       are_values_good(k, s.to))
		s.to++;
	while (s.from > 0 && block - s.from < max && are_joined(k, s.from - 1) &&
	       are_values_good(k, s.from - 1))
		s.from--;
	return s;
}

/*
 * What was written over a part of the values may rise, too, and even join: so a stretch has to be
 * long, or all there is, and of a block beside damage it is not known how far the damage goes.
 */
static bool are_values_whole(const struct kallsyms *k, uint32_t block, struct stretch s)
{
	const uint32_t n = blocks_of(k);

	if (block < s.from || block >= s.to || (block == s.from && block > 0) ||
	    (block == s.to - 1 && block < n - 1))
		return false;
	return s.to - s.from >= STRETCH_MIN || s.to - s.from == n;
}

/* Blocks before it with higher addresses, and after it with lower ones, are the fewer ones. */
static bool fits_others(const struct kallsyms *k, uint32_t block)
{
	const uint32_t n = blocks_of(k);
	uint64_t first, last, own_first, own_last;
	uint32_t before = 0, after = 0;

	if (!ends_of(k, block, &own_first, &own_last))
		return false;
	for (uint32_t b = 0; b < n; b++) {
		if (!ends_of(k, b, &first, &last))
			return false;
		before += b < block && last > own_first;
		after += b > block && first < own_last;
	}
	return 2 * before <= block && 2 * after <= n - 1 - block;
}

static bool is_whole(const struct kallsyms *k, uint32_t block, struct stretch s)
{
	return are_values_whole(k, block, s) && are_names_whole(k, block) && fits_others(k, block);
}

/* The same, of one block that is asked for. */
static bool is_one_whole(const struct kallsyms *k, uint32_t block)
{
	return is_whole(k, block, stretch_of(k, block, STRETCH_MIN));
}

static void fill(uint64_t address, struct span name, struct kallsyms_symbol *out)
{
	*out = (struct kallsyms_symbol){ .address = address,
					 .type = (char)name.p[0],
					 .name = { name.p + 1, name.len - 1 } };
}

/* Symbol @i of a block that is whole. */
static bool load_symbol(const struct kallsyms *k, uint32_t i, struct kallsyms_symbol *out)
{
	uint64_t address;
	struct span name;
	uint32_t off;

	if (!address_of(k, i, &address) || !marker_of(k, i / BLOCK, &off))
		return false;
	for (uint32_t j = 0; j <= i % BLOCK; j++)
		if (!unpack(k, off, &name, &off))
			return false;
	fill(address, name, out);
	return true;
}

/* ---- looking up ---------------------------------------------------------------------------- */

/* The first symbol of the last address up to @address. */
static bool locate(const struct kallsyms *k, uint64_t address, uint32_t *at)
{
	uint32_t low = 0, high = k->n;
	uint64_t there, same;

	while (high - low > 1) {
		const uint32_t mid = low + (high - low) / 2;

		if (!address_of(k, mid, &there))
			return false;
		if (there <= address)
			low = mid;
		else
			high = mid;
	}
	if (!address_of(k, low, &there) || there > address)
		return false;
	while (low > 0 && address_of(k, low - 1, &same) && same == there)
		low--;
	*at = low;
	return true;
}

bool kallsyms_find(const struct kallsyms *k, uint64_t address, struct kallsyms_symbol *out,
		   uint64_t *bytes)
{
	uint64_t there, next = 0;
	uint32_t at, i;

	if (!locate(k, address, &at) || !address_of(k, at, &there))
		return false;
	for (i = at + 1; i < k->n; i++) {
		if (!address_of(k, i, &next))
			return false;
		if (next != there)
			break;
	}
	/* both ends of it, or what is between them is not known */
	if (i >= k->n || next <= address || !is_one_whole(k, at / BLOCK) ||
	    (i / BLOCK != at / BLOCK && !is_one_whole(k, i / BLOCK)))
		return false;
	*bytes = next - there;
	return load_symbol(k, at, out);
}

static bool has(const struct kallsyms *k, const char *name, uint64_t address)
{
	struct kallsyms_symbol s;
	uint32_t at;

	if (!locate(k, address, &at))
		return false;
	for (uint32_t i = at; i < k->n && i - at < ALIASES_MAX; i++) {
		if ((i == at || i % BLOCK == 0) && !is_one_whole(k, i / BLOCK))
			return false;
		if (!load_symbol(k, i, &s) || s.address != address)
			return false;
		if (s.name.len == strlen(name) && memcmp(s.name.p, name, s.name.len) == 0)
			return true;
	}
	return false;
}

/* A symbol of VMCOREINFO that has the same address in the tables. */
static bool is_this_kernel(const struct kallsyms *k, struct span text)
{
	static const char *const both[] = { "_stext", "swapper_pg_dir", "init_uts_ns" };

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		uint64_t va;

		if (vmcoreinfo_symbol(text, both[i], &va) && has(k, both[i], va))
			return true;
	}
	return false;
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool place_of(const struct kallsyms *k, uint64_t va, uint64_t *pa)
{
	return address_translate(k->ram, &k->map, WAY_IMAGE, va, pa);
}

static bool decides(struct kallsyms *k, struct span text, const enum kallsyms_values *ways,
		    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		k->values = ways[i];
		if (is_this_kernel(k, text))
			return true;
	}
	return false;
}

/* Which of the ways gives a symbol its address. */
static enum om_err open_values(struct kallsyms *k, struct span text)
{
	static const enum kallsyms_values with_base[] = { VALUES_BASE, VALUES_PERCPU };
	static const enum kallsyms_values without[] = { VALUES_PLACE, VALUES_PLAIN };
	static const enum kallsyms_values words[] = { VALUES_WORDS };
	uint64_t base_va, base_pa;
	bool found;

	if (vmcoreinfo_symbol(text, "kallsyms_addresses", &k->values_va)) {
		if (!place_of(k, k->values_va, &k->values_pa))
			return OM_E_CORRUPT;
		found = decides(k, text, words, 1);
	} else if (!vmcoreinfo_symbol(text, "kallsyms_offsets", &k->values_va)) {
		return OM_E_VARIANT;
	} else if (!place_of(k, k->values_va, &k->values_pa)) {
		return OM_E_CORRUPT;
	} else if (!vmcoreinfo_symbol(text, "kallsyms_relative_base", &base_va)) {
		found = decides(k, text, without, 2);
	} else {
		found = place_of(k, base_va, &base_pa) &&
			ram_word(k->ram, &k->map.form, base_pa, &k->base) &&
			decides(k, text, with_base, 2);
	}
	return found ? OM_OK : OM_E_CORRUPT;
}

enum om_err kallsyms_open(const struct ram *ram, struct span text, const struct address_map *map,
			  struct workspace work, struct kallsyms *out)
{
	struct kallsyms k = { .ram = ram, .map = *map, .work = work };
	uint64_t names, number, tokens, index, pa;

	if (work.cap < KALLSYMS_WORK_BYTES)
		return OM_E_NO_SPACE;
	if (!vmcoreinfo_symbol(text, "kallsyms_names", &names) ||
	    !vmcoreinfo_symbol(text, "kallsyms_num_syms", &number) ||
	    !vmcoreinfo_symbol(text, "kallsyms_token_table", &tokens) ||
	    !vmcoreinfo_symbol(text, "kallsyms_token_index", &index))
		return OM_E_VARIANT;
	if (!place_of(&k, number, &pa) || !load_32(&k, pa, &k.n) || k.n < 2 || k.n > SYMBOLS_MAX ||
	    !place_of(&k, index, &index) || !place_of(&k, names, &k.names_pa) ||
	    !place_of(&k, tokens, &pa) || !load_tokens(&k, pa) || !agrees_index(&k, index) ||
	    !find_markers(&k, pa))
		return OM_E_CORRUPT;

	const enum om_err err = open_values(&k, text);

	if (err == OM_OK)
		*out = k;
	return err;
}

/* ---- all of them --------------------------------------------------------------------------- */

/* The names of this block are not known. */
static void fill_gap(const struct kallsyms *k, struct kallsyms_walk *w, struct kallsyms_symbol *out)
{
	const uint32_t block = w->i / BLOCK;
	uint64_t address = w->address;

	/* where it begins is not known either: then neither is where the last name ends */
	if (!are_values_whole(k, block, (struct stretch){ w->from, w->to }) ||
	    !fits_others(k, block) || !address_of(k, w->i, &address))
		address = w->address;
	*out = (struct kallsyms_symbol){ .address = address, .gap = true };
	w->i = k->n - w->i > BLOCK ? w->i + BLOCK : k->n;
}

/* At the beginning of a block: is it whole? */
static bool begin_block(const struct kallsyms *k, struct kallsyms_walk *w)
{
	const uint32_t block = w->i / BLOCK;

	/* a stretch is looked at once: the one before ended here */
	if (block >= w->to) {
		const struct stretch s = stretch_of(k, block, UINT32_MAX);

		w->from = s.from;
		w->to = s.to;
	}
	return is_whole(k, block, (struct stretch){ w->from, w->to }) &&
	       marker_of(k, block, &w->off);
}

bool kallsyms_next(const struct kallsyms *k, struct kallsyms_walk *w, struct kallsyms_symbol *out)
{
	struct span name;
	uint64_t address;

	if (w->i >= k->n || ram_is_over(k->ram))
		return false;
	if (w->i % BLOCK == 0 && !begin_block(k, w)) {
		fill_gap(k, w, out);
		return true;
	}
	if (!address_of(k, w->i, &address) || !unpack(k, w->off, &name, &w->off))
		return false;
	fill(address, name, out);
	w->address = address;
	w->i++;
	return true;
}
