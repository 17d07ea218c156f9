/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RAM of a dead kernel, as what looks for its log sees it: banks of physical memory, read in
 * small pieces through one function, so that it may be memory itself or a file of gigabytes.
 */
#ifndef OM_CORE_RAM_H
#define OM_CORE_RAM_H

#include "core/base/effort.h"
#include "core/base/ranges.h"
#include "core/base/span.h"

struct ram {
	/* Copies [@pa, @pa + @n), which lies in one bank; false: it cannot be read. */
	bool (*read)(void *ctx, uint64_t pa, uint8_t *to, size_t n);
	void *ctx;
	const struct range *banks;
	uint32_t n_banks;
	struct effort *effort; /* a token for each read, NULL: all it takes */
	/* the banks that the dead kernel had, where only pieces may be read; NULL: the same */
	const struct range *whole;
	uint32_t n_whole;
};

/**
 * ram_read - copy bytes of physical memory
 * @to: room for @n
 *
 * False, and @to is not to be used: not all of [@pa, @pa + @n) is in one bank, it cannot be read,
 * or the effort is used up.
 */
bool ram_read(const struct ram *ram, uint64_t pa, void *to, size_t n);

/* No effort is left: whoever reads on gets nothing. */
bool ram_is_over(const struct ram *ram);

/* Bytes in all banks. */
uint64_t ram_bytes(const struct ram *ram);

/* Is all of it in one bank? */
bool ram_has(const struct ram *ram, uint64_t pa, uint64_t n);

/* A bank that is memory, for ram_read_memory(), whose ctx is an array of them, as many as banks. */
struct ram_bank {
	uint64_t base_pa;
	struct span bytes;
};

struct ram_memory {
	const struct ram_bank *banks;
	uint32_t n;
};
bool ram_read_memory(void *ctx, uint64_t pa, uint8_t *to, size_t n);

/* How the dead kernel kept numbers. */
struct ram_form {
	bool big_endian;
	uint8_t word_bytes; /* of a long and a pointer: 4 or 8 */
};

/* A number of @bytes (1 to 8) at @p. */
uint64_t ram_load(const struct ram_form *form, const uint8_t *p, uint32_t bytes);

/* The word at @pa; false as ram_read(). */
bool ram_word(const struct ram *ram, const struct ram_form *form, uint64_t pa, uint64_t *value);

#endif
