/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and its like in place of a C library's: plain C that keeps no state. Words are taken
 * where both sides are aligned alike, so that nothing depends on unaligned access.
 * Moving a device tree's tail and a kernel's file is what takes time here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD = sizeof(uint64_t), WORDS = 8 };

/* Any bytes may be looked at as words. */
typedef uint64_t __attribute__((may_alias)) word_t;

/* Words from low to high, @n bytes at most; both sides are aligned. Returns the bytes that are
 * done. */
static size_t words_up(uint8_t *to, const uint8_t *from, size_t n)
{
	word_t *t = (word_t *)(void *)to;
	const word_t *f = (const word_t *)(const void *)from;
	size_t left = n;

	for (; left >= WORDS * WORD; left -= WORDS * WORD, t += WORDS, f += WORDS) {
		/* all are read before one is written: the two may overlap */
		const uint64_t a = f[0], b = f[1], c = f[2], d = f[3];
		const uint64_t e = f[4], g = f[5], h = f[6], i = f[7];

		t[0] = a, t[1] = b, t[2] = c, t[3] = d;
		t[4] = e, t[5] = g, t[6] = h, t[7] = i;
	}
	for (; left >= WORD; left -= WORD)
		*t++ = *f++;
	return n - left;
}

/* The same from high to low: @to and @from are the ends. */
static size_t words_down(uint8_t *to, const uint8_t *from, size_t n)
{
	word_t *t = (word_t *)(void *)to;
	const word_t *f = (const word_t *)(const void *)from;
	size_t left = n;

	for (; left >= WORDS * WORD; left -= WORDS * WORD) {
		const uint64_t a = f[-1], b = f[-2], c = f[-3], d = f[-4];
		const uint64_t e = f[-5], g = f[-6], h = f[-7], i = f[-8];

		t[-1] = a, t[-2] = b, t[-3] = c, t[-4] = d;
		t[-5] = e, t[-6] = g, t[-7] = h, t[-8] = i;
		t -= WORDS, f -= WORDS;
	}
	for (; left >= WORD; left -= WORD)
		*--t = *--f;
	return n - left;
}

static bool aligned_alike(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

static void move_up(uint8_t *to, const uint8_t *from, size_t n)
{
	if (aligned_alike(to, from)) {
		size_t done;

		for (; n && (uintptr_t)to % WORD; n--)
			*to++ = *from++;
		done = words_up(to, from, n);
		to += done, from += done, n -= done;
	}
	for (; n; n--)
		*to++ = *from++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	move_up(to, from, n);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *t = (uint8_t *)to + n;
	const uint8_t *f = (const uint8_t *)from + n;

	if ((uintptr_t)to - (uintptr_t)from >= n) {
		move_up(to, from, n);
		return to;
	}
	if (aligned_alike(t, f)) {
		size_t done;

		for (; n && (uintptr_t)t % WORD; n--)
			*--t = *--f;
		done = words_down(t, f, n);
		t -= done, f -= done, n -= done;
	}
	for (; n; n--)
		*--t = *--f;
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	const uint64_t all = (uint8_t)byte * UINT64_C(0x0101010101010101);
	uint8_t *t = to;

	for (; n && (uintptr_t)t % WORD; n--)
		*t++ = (uint8_t)byte;
	for (; n >= 4 * WORD; n -= 4 * WORD, t += 4 * WORD) {
		word_t *w = (word_t *)(void *)t;

		w[0] = all, w[1] = all, w[2] = all, w[3] = all;
	}
	for (; n; n--)
		*t++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++)
		if (*p == (uint8_t)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t n)
{
	size_t len = 0;

	while (len < n && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (uint8_t)*a - (uint8_t)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do
		if (*s == (char)c)
			last = s;
	while (*s++);
	return (char *)(uintptr_t)last;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}
