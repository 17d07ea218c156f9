/* SPDX-License-Identifier: BSD-2-Clause */
#include "dmesg.h"

#include <string.h>

enum {
	SEC_DIGITS_MAX = 20, /* of an unsigned 64-bit number */
	USEC_DIGITS_MAX = 7, /* a million is possible if the clock was read badly */
	COUNT_DIGITS_MAX = 10,
	LEVEL_DIGITS_MAX = 4, /* facility * 8 + level */
	SAMPLE_BYTES = 1024
};

static const char *const reasons[] = {
	[REASON_NONE] = "",
	[REASON_PANIC] = "Panic",
	[REASON_OOPS] = "Oops",
	[REASON_EMERGENCY] = "Emergency",
	[REASON_SHUTDOWN] = "Shutdown",
	[REASON_RESTART] = "Restart",
	[REASON_HALT] = "Halt",
	[REASON_POWEROFF] = "Poweroff",
	[REASON_UNKNOWN] = "Unknown",
};

enum { N_REASONS = sizeof(reasons) / sizeof(reasons[0]) };

const char *reason_name(enum reason r)
{
	return (uint32_t)r < N_REASONS ? reasons[r] : "";
}

/* Bytes not looked at yet. */
struct cursor {
	struct span left;
};

static bool take_char(struct cursor *c, char ch)
{
	if (c->left.len == 0 || c->left.p[0] != (uint8_t)ch)
		return false;
	c->left = span_sub(c->left, 1, c->left.len);
	return true;
}

static bool take_word(struct cursor *c, const char *word)
{
	const size_t n = strlen(word);

	if (c->left.len < n || memcmp(c->left.p, word, n) != 0)
		return false;
	c->left = span_sub(c->left, n, c->left.len);
	return true;
}

/* 1 to @digits_max digits; *fits is false if the number exceeds @limit. */
static bool take_number(struct cursor *c, uint32_t digits_max, uint64_t limit, uint64_t *value,
			bool *fits)
{
	uint64_t v = 0;
	uint32_t n = 0;

	*fits = true;
	for (; n < digits_max && n < c->left.len; n++) {
		uint32_t digit = (uint32_t)c->left.p[n] - '0';

		if (digit > 9)
			break;
		if (v >> 60 != 0) /* else ten times it cannot wrap */
			*fits = false;
		v = v * 10 + digit;
		if (v > limit)
			*fits = false;
	}
	if (n == 0)
		return false;
	c->left = span_sub(c->left, n, c->left.len);
	*value = v;
	return true;
}

enum om_err dmesg_header(struct span log, struct dmesg_header *out)
{
	struct cursor c = { log };
	struct dmesg_header h = { 0 };
	uint64_t sec = 0;
	uint64_t usec = 0;
	bool usec_fits;

	if (!take_word(&c, "===="))
		return OM_E_NOT_FOUND;

	bool negative = take_char(&c, '-');

	if (!take_number(&c, SEC_DIGITS_MAX, INT64_MAX, &sec, &h.has_time) || !take_char(&c, '.') ||
	    !take_number(&c, USEC_DIGITS_MAX, UINT32_MAX, &usec, &usec_fits))
		return OM_E_NOT_FOUND;
	if (take_char(&c, '-')) {
		if (c.left.len == 0)
			return OM_E_NOT_FOUND;
		h.compressed = c.left.p[0] == 'C';
		c.left = span_sub(c.left, 1, c.left.len);
	}
	if (!take_char(&c, '\n'))
		return OM_E_NOT_FOUND;

	if (h.has_time) {
		h.sec = negative ? -(int64_t)sec : (int64_t)sec;
		h.usec = (uint32_t)usec;
	}
	h.bytes = (uint32_t)(log.len - c.left.len);
	*out = h;
	return OM_OK;
}

enum om_err dmesg_title(struct span text, struct dmesg_title *out)
{
	struct cursor c = { text };
	uint32_t reason = REASON_PANIC;
	uint64_t count = 0;
	uint64_t part = 0;
	bool count_fits;
	bool part_fits;

	while (reason < N_REASONS && !take_word(&c, reasons[reason]))
		reason++;
	if (reason == N_REASONS)
		return OM_E_NOT_FOUND;
	if (!take_char(&c, '#') ||
	    !take_number(&c, COUNT_DIGITS_MAX, UINT32_MAX, &count, &count_fits) ||
	    !take_word(&c, " Part") ||
	    !take_number(&c, COUNT_DIGITS_MAX, UINT32_MAX, &part, &part_fits) ||
	    !take_char(&c, '\n') || !count_fits || !part_fits)
		return OM_E_NOT_FOUND;

	*out = (struct dmesg_title){ (enum reason)reason, (uint32_t)count, (uint32_t)part };
	return OM_OK;
}

bool dmesg_looks_like_text(struct span s)
{
	const size_t n = s.len < SAMPLE_BYTES ? s.len : SAMPLE_BYTES;
	size_t strange = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.p[i];

		strange += !((c >= ' ' && c <= '~') || c == '\n' || c == '\t' || c == '\r');
	}
	return n > 0 && strange <= n / 8;
}

bool dmesg_has_levels(struct span text)
{
	struct cursor c = { text };

	for (;;) {
		const uint8_t *end = memchr(c.left.p, '\n', c.left.len);
		uint64_t level;
		bool fits;

		if (!end)
			return false; /* the last line is whole too */
		c.left = span_sub(c.left, (size_t)(end - c.left.p) + 1, c.left.len);
		if (c.left.len == 0)
			return true;
		if (!take_char(&c, '<') ||
		    !take_number(&c, LEVEL_DIGITS_MAX, 9999, &level, &fits) || !take_char(&c, '>'))
			return false;
	}
}
