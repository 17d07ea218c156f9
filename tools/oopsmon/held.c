/* SPDX-License-Identifier: BSD-2-Clause */
#include "held.h"

#include "core/ramoops/search.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK_BYTES = 1 << 20, PAGE_BYTES = 4096 };

/* struct held's full is what the search wants to know */
_Static_assert((int)HELD_GRAIN_BYTES == (int)SEARCH_STRETCH_BYTES, "grains are stretches");

static struct held *held; /* the one whose grains the handler opens */

static bool fail(const struct input *in, const char *why)
{
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: %s\n", in->program, in->name, why);
	return false;
}

/* ---- empty grains ------------------------------------------------------------------------ */

static bool protect(const struct held *s, const struct held_window *w, int how)
{
	return mprotect(s->map + (size_t)w->first * HELD_GRAIN_BYTES,
			(size_t)w->n * HELD_GRAIN_BYTES, how) == 0;
}

static bool close_window(const struct held *s, struct held_window *w)
{
	uint8_t *const from = s->map + (size_t)w->first * HELD_GRAIN_BYTES;

	if (w->n && (madvise(from, (size_t)w->n * HELD_GRAIN_BYTES, MADV_DONTNEED) != 0 ||
		     !protect(s, w, PROT_NONE)))
		return false;
	w->n = 0;
	return true;
}

static bool is_open(const struct held *s, uint32_t grain)
{
	for (uint32_t i = 0; i < HELD_OPEN_MAX; i++)
		if (grain - s->open[i].first < s->open[i].n)
			return true;
	return false;
}

/* Makes an empty grain readable, and those beside it that the same window can show. */
static bool open_grain(struct held *s, uint32_t grain)
{
	struct held_window *const w = &s->open[s->next];
	const uint32_t from = grain - grain % HELD_WINDOW_GRAINS;
	const uint32_t end = (uint32_t)(s->map_bytes / HELD_GRAIN_BYTES);

	/* it is readable already: somebody writes there */
	if (s->full[grain] || is_open(s, grain) || !close_window(s, w))
		return false;
	*w = (struct held_window){ .first = grain, .n = 1 };
	while (w->first > from && !s->full[w->first - 1] && !is_open(s, w->first - 1)) {
		w->first--;
		w->n++;
	}
	while (w->first + w->n < end && w->first + w->n < from + HELD_WINDOW_GRAINS &&
	       !s->full[w->first + w->n] && !is_open(s, w->first + w->n))
		w->n++;
	s->next = (s->next + 1) % HELD_OPEN_MAX;
	return protect(s, w, PROT_READ);
}

/* What is no read of an empty grain ends the program, as it would without a handler. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;
	const uintptr_t map = held ? (uintptr_t)held->map : 0;
	const int error = errno;

	(void)context;
	if (!held || info->si_code != SEGV_ACCERR || at < map || at - map >= held->map_bytes ||
	    !open_grain(held, (uint32_t)((at - map) / HELD_GRAIN_BYTES)))
		signal(number, SIG_DFL);
	errno = error;
}

static void hold(struct held *s)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	held = s;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
}

/* ---- filling ----------------------------------------------------------------------------- */

/* One grain, or the beginning of the last one; of it the pages that are not zero. */
static bool fill_grain(struct held *s, uint32_t grain, const uint8_t *from, size_t len)
{
	const struct held_window w = { .first = grain, .n = 1 };
	uint8_t *const to = s->map + (size_t)grain * HELD_GRAIN_BYTES;

	if (span_is_zero((struct span){ from, len }))
		return true;
	if (!protect(s, &w, PROT_READ | PROT_WRITE))
		return false;
	s->full[grain] = true;
	for (size_t i = 0; i < len; i += PAGE_BYTES) {
		const size_t n = len - i < PAGE_BYTES ? len - i : PAGE_BYTES;

		if (!span_is_zero((struct span){ from + i, n }))
			memcpy(to + i, from + i, n);
	}
	return true;
}

/* @s holds whole grains so far. */
static bool append(struct held *s, const uint8_t *from, size_t len)
{
	uint32_t grain = (uint32_t)(s->bytes.len / HELD_GRAIN_BYTES);

	for (size_t i = 0; i < len; i += HELD_GRAIN_BYTES) {
		const size_t n = len - i < HELD_GRAIN_BYTES ? len - i : HELD_GRAIN_BYTES;

		if (!fill_grain(s, grain++, from + i, n))
			return false;
	}
	s->bytes.len += len;
	return true;
}

/* The input from its present place on, until @most bytes are held. @more: there may be others. */
static bool fill(struct held *s, struct input *in, size_t most, bool *more)
{
	uint8_t *chunk = malloc(CHUNK_BYTES);
	bool good = chunk != NULL;

	while (good && *more && s->bytes.len < most) {
		const size_t left = most - s->bytes.len;
		const size_t want = left < CHUNK_BYTES ? left : CHUNK_BYTES;
		const size_t got = input_read(in, chunk, want);

		good = append(s, chunk, got);
		*more = got == want;
	}
	free(chunk);
	return good;
}

bool held_load(struct held *s, struct input *in, uint64_t off, size_t len)
{
	const size_t most = len ? len : HELD_BYTES_MAX;
	const size_t room = most > HELD_PAD_BYTES ? most : HELD_PAD_BYTES;
	bool more = input_seek(in, off);
	uint8_t one;

	/* whole grains, so that none is cut */
	*s = (struct held){ .map_bytes = (room + HELD_GRAIN_BYTES - 1) &
					 ~(size_t)(HELD_GRAIN_BYTES - 1) };
	s->map = mmap(NULL, s->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		      -1, 0);
	if (s->map == MAP_FAILED)
		return fail(in, "out of memory");
	/* an empty window is read as the huge page of zeros that all share, where there is one */
	madvise(s->map, s->map_bytes, MADV_HUGEPAGE);
	s->bytes.p = s->map;
	hold(s);
	if (!fill(s, in, most, &more)) {
		held_free(s);
		return fail(in, "out of memory");
	}
	if (!more || len || input_read(in, &one, 1) == 0)
		return true;
	held_free(s);
	return fail(in, "larger than a region can be: say where it is (--offset, --region-size)");
}

void held_pad(struct held *s, size_t len)
{
	if (len > s->bytes.len && len <= s->map_bytes)
		s->bytes.len = len;
}

void held_free(struct held *s)
{
	signal(SIGSEGV, SIG_DFL);
	held = NULL;
	munmap(s->map, s->map_bytes);
}
