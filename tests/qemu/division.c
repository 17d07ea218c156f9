/* SPDX-License-Identifier: BSD-2-Clause */
/* Division as the image does it, on a bare machine whose CPU has no instruction for it. */
#include <stdint.h>
#include <stdio.h>

static uint64_t state = 1;

/* Numbers of every length, and those at the ends more often than chance. */
static uint64_t number(uint32_t bits)
{
	static const uint64_t ends[] = { 1, 2, 3, 10, 255, 0x7fffffff, 0x80000000, 0xffffffff };
	uint64_t v;

	state = state * 6364136223846793005u + 1442695040888963407u;
	v = state >> 33 | state << 31;
	if (state >> 60 == 0)
		v = ends[state >> 40 & 7] << (bits == 64 ? state >> 50 & 32 : 0);
	else
		v >>= (state >> 20) % bits;
	return bits == 64 ? v : (uint32_t)v;
}

static int wrong(const char *what, uint64_t n, uint64_t d, uint64_t q, uint64_t r)
{
	printf("%s: %llx / %llx is not %llx, remainder %llx\n", what, (unsigned long long)n,
	       (unsigned long long)d, (unsigned long long)q, (unsigned long long)r);
	return 1;
}

int main(void)
{
	enum { TRIES = 200000 };
	uint32_t done = 0;

	for (uint32_t i = 0; i < TRIES; i++) {
		const volatile uint32_t n = (uint32_t)number(32),
					d = (uint32_t)number(32) | (i % 7 == 0);
		const volatile int32_t s = (int32_t)n, t = (int32_t)d;
		const volatile uint64_t wide = number(64), by = number(i % 2 ? 64 : 32);

		if (d) {
			const uint32_t q = n / d, r = n % d;

			if ((uint64_t)q * d + r != n || r >= d)
				return wrong("32 bits", n, d, q, r);
			done++;
		}
		if (d && !(s == INT32_MIN && t == -1)) {
			const int64_t q = s / t, r = s % t;

			if (q * t + r != s || (r < 0 ? -r : r) >= (t < 0 ? -(int64_t)t : t) ||
			    (r && (r < 0) != (s < 0)))
				return wrong("signed", n, d, (uint64_t)q, (uint64_t)r);
			done++;
		}
		if (by) {
			const uint64_t q = wide / by, r = wide % by;

			if (q * by + r != wide || r >= by)
				return wrong("64 bits", wide, by, q, r);
			done++;
		}
	}
	printf("%u divisions are right\n", (unsigned)done);
	return 0;
}
