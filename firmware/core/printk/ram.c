/* SPDX-License-Identifier: BSD-2-Clause */
#include "ram.h"

bool ram_has(const struct ram *ram, uint64_t pa, uint64_t n)
{
	for (uint32_t i = 0; i < ram->n_banks; i++) {
		const struct range b = ram->banks[i];

		if (pa >= b.base_pa && pa - b.base_pa <= b.bytes && n <= b.bytes - (pa - b.base_pa))
			return true;
	}
	return false;
}

uint64_t ram_bytes(const struct ram *ram)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < ram->n_banks; i++)
		n += ram->banks[i].bytes;
	return n;
}

bool ram_is_over(const struct ram *ram)
{
	return ram->effort && ram->effort->left == 0;
}

static bool spend(struct effort *e)
{
	if (!e)
		return true;
	if (e->left == 0 || (e->spent % 1024 == 0 && deadline_is_over(&e->until))) {
		e->left = 0;
		e->cut = true;
		return false;
	}
	e->left--;
	e->spent++;
	return true;
}

bool ram_read(const struct ram *ram, uint64_t pa, void *to, size_t n)
{
	return ram_has(ram, pa, n) && spend(ram->effort) && ram->read(ram->ctx, pa, to, n);
}

bool ram_read_memory(void *ctx, uint64_t pa, uint8_t *to, size_t n)
{
	const struct ram_memory *m = ctx;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct ram_bank *b = &m->banks[i];

		if (pa < b->base_pa || pa - b->base_pa > b->bytes.len ||
		    n > b->bytes.len - (size_t)(pa - b->base_pa))
			continue;
		if (n)
			memcpy(to, b->bytes.p + (size_t)(pa - b->base_pa), n);
		return true;
	}
	return false;
}

uint64_t ram_load(const struct ram_form *form, const uint8_t *p, uint32_t bytes)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < bytes; i++)
		v = v << 8 | p[form->big_endian ? i : bytes - 1 - i];
	return v;
}

bool ram_word(const struct ram *ram, const struct ram_form *form, uint64_t pa, uint64_t *value)
{
	uint8_t raw[8];

	if (!ram_read(ram, pa, raw, form->word_bytes))
		return false;
	*value = ram_load(form, raw, form->word_bytes);
	return true;
}
