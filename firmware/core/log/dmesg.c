/* SPDX-License-Identifier: BSD-2-Clause */
#include "dmesg.h"

#include <string.h>

enum {
	SEC_DIGITS_MAX = 20, /* of an unsigned 64-bit number */
	USEC_DIGITS_MAX = 7, /* a million is possible if the clock was read badly */
	COUNT_DIGITS_MAX = 10,
	LEVEL_DIGITS_MAX = 4, /* facility * 8 + level */
	STAMP_DIGITS_MAX = 10,
	HEADER_BYTES_MIN = 10, /* "====0.0-D\n" */
	HEADER_BYTES_MAX = 36,
	TYPE_SAMPLE_BYTES = 32,
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

/* Linux's sscanf() takes white space before a number. */
static void skip_blanks(struct cursor *c)
{
	while (take_char(c, ' ') || take_char(c, '\t'))
		;
}

/* "seconds.microseconds" */
static bool take_time(struct cursor *c, struct dmesg_header *h)
{
	bool negative;
	bool usec_fits;
	uint64_t sec = 0;
	uint64_t usec = 0;

	skip_blanks(c);
	negative = take_char(c, '-');
	if (!take_number(c, SEC_DIGITS_MAX, INT64_MAX, &sec, &h->has_time) || !take_char(c, '.'))
		return false;
	skip_blanks(c);
	if (!take_number(c, USEC_DIGITS_MAX, UINT32_MAX, &usec, &usec_fits))
		return false;
	if (h->has_time) {
		h->sec = negative ? -(int64_t)sec : (int64_t)sec;
		h->usec = (uint32_t)usec;
	}
	return true;
}

/* All but the newline. */
static bool take_header(struct cursor *c, struct dmesg_header *h)
{
	if (!take_word(c, "====") || !take_time(c, h))
		return false;
	/* a newline is not a type: it ends the line */
	if (c->left.len > 1 && c->left.p[1] != '\n' && take_char(c, '-')) {
		h->compressed = c->left.p[0] == 'C';
		c->left = span_sub(c->left, 1, c->left.len);
	}
	return true;
}

enum om_err dmesg_header(struct span log, struct dmesg_header *out)
{
	struct cursor c = { log };
	struct dmesg_header h = { 0 };

	if (!take_header(&c, &h) || !take_char(&c, '\n'))
		return OM_E_NOT_FOUND;
	h.bytes = (uint32_t)(log.len - c.left.len);
	*out = h;
	return OM_OK;
}

/* Characters that are wrong if @p is a header of @n bytes, @n_usec of them microseconds. */
static uint32_t wrong_chars(const uint8_t *p, uint32_t n, uint32_t n_usec)
{
	const uint32_t dash = n - 3;
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool right = p[i] >= '0' && p[i] <= '9';

		if (i < 4)
			right = p[i] == '=';
		else if (i == dash)
			right = p[i] == '-';
		else if (i == dash + 1)
			right = p[i] == 'C' || p[i] == 'D';
		else if (i == dash + 2)
			right = p[i] == '\n';
		else if (i == dash - n_usec - 1)
			right = p[i] == '.';
		wrong += !right;
	}
	return wrong;
}

/* The length of a header line with at most DMESG_HEADER_WRONG_MAX wrong characters, 0: none. */
static uint32_t nearest_line(struct span log, uint32_t *least)
{
	uint32_t best = 0;

	*least = DMESG_HEADER_WRONG_MAX;
	for (uint32_t n = HEADER_BYTES_MIN; n <= HEADER_BYTES_MAX && n <= log.len; n++) {
		for (uint32_t n_usec = 1; n_usec <= 6 && n_usec + 9 <= n; n_usec++) {
			const uint32_t wrong = wrong_chars(log.p, n, n_usec);

			if (wrong > *least)
				continue; /* of equal ones the longer: digits do not follow */
			*least = wrong;
			best = n;
		}
	}
	return best;
}

enum om_err dmesg_header_near(struct span log, struct dmesg_header *out)
{
	struct cursor c = { log };
	struct dmesg_header h = { 0 };
	struct dmesg_title title;
	const bool loose = take_header(&c, &h);

	/* no newline at all: the text begins right after the type */
	if (loose && dmesg_title(c.left, &title) == OM_OK) {
		h.bytes = (uint32_t)(log.len - c.left.len);
		h.wrong = 1;
		*out = h;
		return OM_OK;
	}

	uint32_t wrong;
	const uint32_t n = nearest_line(log, &wrong);

	if (n == 0)
		return OM_E_NOT_FOUND;
	h = (struct dmesg_header){ .wrong = wrong };
	c.left = span_sub(log, 4, n - 7);
	h.has_time = take_time(&c, &h) && c.left.len == 0 && h.has_time;
	h.bytes = n;
	h.compressed = log.p[n - 2] == 'C' ||
		       !dmesg_looks_like_text(span_sub(log, n, TYPE_SAMPLE_BYTES));
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

enum om_err dmesg_stamp(struct span line, uint64_t *usec)
{
	struct cursor c = { line };
	uint64_t sec = 0;
	uint64_t frac = 0;
	uint64_t level;
	bool fits;

	if (take_char(&c, '<') &&
	    !(take_number(&c, LEVEL_DIGITS_MAX, 9999, &level, &fits) && take_char(&c, '>')))
		return OM_E_NOT_FOUND;
	if (!take_char(&c, '['))
		return OM_E_NOT_FOUND;
	skip_blanks(&c);
	if (!take_number(&c, STAMP_DIGITS_MAX, UINT32_MAX, &sec, &fits) || !take_char(&c, '.') ||
	    !take_number(&c, 6, 999999, &frac, &fits) || c.left.len == 0 ||
	    (c.left.p[0] != ']' && c.left.p[0] != ' '))
		return OM_E_NOT_FOUND;
	*usec = sec * 1000000 + frac;
	return OM_OK;
}
