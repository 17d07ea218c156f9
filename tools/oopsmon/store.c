/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK_BYTES = 1 << 20, PAGE_BYTES = 4096 };

static bool fail(const struct input *in, const char *why)
{
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: %s\n", in->program, in->name, why);
	return false;
}

/* Appends what is not zero, page by page. */
static void append(struct store *s, const uint8_t *from, size_t len)
{
	static const uint8_t zeros[PAGE_BYTES];
	uint8_t *const to = s->map + s->bytes.len;

	for (size_t i = 0; i < len; i += PAGE_BYTES) {
		const size_t n = len - i < PAGE_BYTES ? len - i : PAGE_BYTES;

		if (memcmp(from + i, zeros, n) != 0)
			memcpy(to + i, from + i, n);
	}
	s->bytes.len += len;
}

bool store_load(struct store *s, struct input *in, uint64_t off, size_t len)
{
	const size_t most = len ? len : STORE_BYTES_MAX;
	uint8_t *chunk = malloc(CHUNK_BYTES);
	bool more = input_seek(in, off);

	*s = (struct store){ .map_bytes = most > STORE_PAD_BYTES ? most : STORE_PAD_BYTES };
	s->map = mmap(NULL, s->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!chunk || s->map == MAP_FAILED) {
		free(chunk);
		return fail(in, "out of memory");
	}
	s->bytes.p = s->map;
	while (more && s->bytes.len < most) {
		const size_t left = most - s->bytes.len;
		const size_t want = left < CHUNK_BYTES ? left : CHUNK_BYTES;
		const size_t got = input_read(in, chunk, want);

		append(s, chunk, got);
		more = got == want;
	}
	more = more && !len && input_read(in, chunk, 1) > 0;
	free(chunk);
	if (!more)
		return true;
	store_free(s);
	return fail(in, "larger than a region can be: say where it is (--offset, --region-size)");
}

void store_pad(struct store *s, size_t len)
{
	if (len > s->bytes.len && len <= s->map_bytes)
		s->bytes.len = len;
}

void store_free(struct store *s)
{
	munmap(s->map, s->map_bytes);
}
