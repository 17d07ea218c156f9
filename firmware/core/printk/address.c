/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"

#include "vmcoreinfo.h"

#define X86_IMAGE_VA 0xffffffff80000000ULL

/* CONFIG_VMSPLIT_3G, _2G, _1G, _3G_OPT; 0x80000000 is MIPS's KSEG0, too. */
static const uint64_t splits_32[] = { 0xc0000000, 0x80000000, 0x40000000, 0xb0000000 };

/* Where kernels that say nothing have their image: powerpc, s390, mips. */
static const uint64_t offs_64[] = { 0xc000000000000000ULL, 0, X86_IMAGE_VA };

enum { N_SPLITS = sizeof(splits_32) / sizeof(splits_32[0]) };
enum { N_OFFS = sizeof(offs_64) / sizeof(offs_64[0]) };

static uint32_t log2_of(uint64_t v)
{
	uint32_t n = 0;

	while (v > 1) {
		v >>= 1;
		n++;
	}
	return n;
}

/* SYMBOL(swapper_pg_dir), in the image. */
static void use_tables(struct span text, enum address_tables kind, struct address_map *m)
{
	uint64_t va;

	if (!vmcoreinfo_symbol(text, "swapper_pg_dir", &va))
		return;
	m->tables = kind;
	m->root_pa = va - m->image_off;
}

static void use_arm64(struct span text, struct address_map *m, bool low_half)
{
	uint64_t bits = 48, t1sz, phys, page = 4096;
	struct span line = text;

	vmcoreinfo_number(text, "VA_BITS", &bits);
	if (bits < 36 || bits > 52)
		bits = 48;
	/* before 5.4 all RAM was in the upper half of what kernels address */
	if (vmcoreinfo_number(text, "PHYS_OFFSET", &phys))
		m->linear_off = 0 - (1ULL << (low_half ? bits : bits - 1)) - phys;
	if (vmcoreinfo_number(text, "TCR_EL1_T1SZ", &t1sz) && t1sz >= 12 && t1sz <= 28)
		bits = 64 - t1sz;
	if (vmcoreinfo_pagesize(line, &page) && page != 4096 && page != 16384 && page != 65536)
		page = 4096;
	m->page_bits = log2_of(page);
	m->va_bits = (uint32_t)bits;
	use_tables(text, TABLES_ARM64, m);
}

static void use_others(struct span text, struct address_map *m, bool low_half)
{
	uint64_t v, base;

	if (vmcoreinfo_number(text, "kimage_voffset", &v)) {
		use_arm64(text, m, low_half);
	} else if (vmcoreinfo_number(text, "phys_base", &v)) {
		m->page_bits = 12;
		m->va_bits = vmcoreinfo_number(text, "pgtable_l5_enabled", &v) && v ? 57 : 48;
		use_tables(text, TABLES_X86, m);
	} else if (vmcoreinfo_number(text, "phys_ram_base", &base) &&
		   vmcoreinfo_number(text, "PAGE_OFFSET", &v)) {
		m->linear_off = v - base;
	}
}

void address_at(struct span text, const struct ram_form *form, uint64_t image_off,
		struct address_map *out)
{
	*out = (struct address_map){ .form = *form, .image_off = image_off };
	if (form->word_bytes == 8)
		use_others(text, out, true);
}

bool address_known(struct span text, uint64_t *image_off)
{
	uint64_t v;

	if (vmcoreinfo_number(text, "kimage_voffset", image_off) ||
	    vmcoreinfo_number(text, "va_kernel_pa_offset", image_off))
		return true;
	if (!vmcoreinfo_number(text, "phys_base", &v))
		return false;
	*image_off = X86_IMAGE_VA - v;
	return true;
}

bool address_guess(struct span text, const struct ram_form *form, const struct ram *ram, uint32_t i,
		   struct address_map *out)
{
	const struct range *const banks = ram->whole ? ram->whole : ram->banks;
	const uint32_t n_banks = ram->whole ? ram->n_whole : ram->n_banks;
	uint64_t off, v;

	if (form->word_bytes == 4) {
		if (i / N_SPLITS >= n_banks)
			return false;
		address_at(text, form, splits_32[i % N_SPLITS] - banks[i / N_SPLITS].base_pa, out);
		return true;
	}
	if (!address_known(text, &off)) {
		if (i >= N_OFFS)
			return false;
		address_at(text, form, offs_64[i], out);
		return true;
	}
	/* arm64's numbers can mean two maps of all RAM */
	if (i > (vmcoreinfo_number(text, "kimage_voffset", &v) ? 1u : 0u))
		return false;
	address_at(text, form, off, out);
	use_others(text, out, i == 0);
	return true;
}

/*
 * Down the tables from the root. Both kinds have 8-byte entries, a page of them at each level; a
 * short entry maps all that is below it.
 * Source: Arm Architecture Reference Manual, D8.3 (VMSAv8-64 descriptors); Intel SDM vol. 3, 4.5.
 */
static bool walk(const struct ram *ram, const struct address_map *m, uint64_t va, uint64_t *pa)
{
	const bool arm = m->tables == TABLES_ARM64;
	const uint32_t bits = m->page_bits - 3;
	uint32_t level = (m->va_bits - m->page_bits + bits - 1) / bits;
	uint64_t at = m->root_pa;

	while (level-- > 0) {
		const uint32_t shift = m->page_bits + level * bits;
		const uint32_t width = shift + bits > m->va_bits ? m->va_bits - shift : bits;
		uint64_t entry, to;

		if (!ram_word(ram, &m->form, at + 8 * (va >> shift & ((1ULL << width) - 1)),
			      &entry) ||
		    !(entry & 1))
			return false;
		to = entry & 0x0000ffffffffffffULL & ~((1ULL << m->page_bits) - 1);
		if (arm && m->page_bits == 16)
			to |= (entry >> 12 & 15) << 48;
		if (level == 0 || (arm ? !(entry & 2) : entry >> 7 & 1)) {
			*pa = (to & ~((1ULL << shift) - 1)) | (va & ((1ULL << shift) - 1));
			return true;
		}
		at = to;
	}
	return false;
}

bool address_translate(const struct ram *ram, const struct address_map *m, enum address_way way,
		       uint64_t va, uint64_t *pa)
{
	if (way == WAY_TABLES)
		return m->tables != TABLES_NONE && walk(ram, m, va, pa);
	if (way == WAY_LINEAR && !m->linear_off)
		return false;
	*pa = va - (way == WAY_LINEAR ? m->linear_off : m->image_off);
	if (m->form.word_bytes == 4)
		*pa &= UINT32_MAX;
	return true;
}
