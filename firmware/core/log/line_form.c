/* SPDX-License-Identifier: BSD-2-Clause */
#include "line_form.h"

#include <string.h>

enum {
	CLOCK_SLACK = 1, /* seconds that lines of several CPUs may be out of order */
	TITLE_MAX = 64	 /* bytes in which a record's own first line ends */
};

static uint32_t count_digits(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *q = p;

	while (q < end && *q >= '0' && *q <= '9')
		q++;
	return (uint32_t)(q - p);
}

/* Is the character at @p a @c? */
static enum line_form form_at(const uint8_t *p, const uint8_t *end, uint8_t c)
{
	if (p >= end || *p == LINE_LOST)
		return LINE_OPEN;
	return *p == c ? LINE_RIGHT : LINE_WRONG;
}

static uint32_t number(const uint8_t *p, uint32_t n)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < n; i++)
		value = value * 10 + p[i] - '0';
	return value;
}

/* "[    0.123456]" at @p. */
static enum line_form stamp_form(const uint8_t *p, const uint8_t *end, struct line_clock *clock)
{
	const uint8_t *time = p + 1;
	enum line_form form = form_at(p, end, '[');

	if (form != LINE_RIGHT)
		return form;
	for (p = time; p < end && *p == ' ';)
		p++;

	const uint32_t n_sec = count_digits(p, end);
	const uint8_t *dot = p + n_sec;

	form = form_at(dot, end, '.');
	if (form != LINE_RIGHT)
		return form;
	if (n_sec == 0 || n_sec > 9 || dot - time < 5)
		return LINE_WRONG;

	const uint32_t n_usec = count_digits(dot + 1, end);

	form = form_at(dot + 1 + n_usec, end, ']');
	if (form != LINE_RIGHT)
		return form;
	if (n_usec != 6)
		return LINE_WRONG;

	const uint32_t sec = number(p, n_sec);

	form = sec + CLOCK_SLACK < clock->sec ? LINE_WRONG : LINE_RIGHT;
	clock->sec = sec;
	return form;
}

enum line_form line_form(const uint8_t *p, const uint8_t *end, struct line_clock *clock)
{
	enum line_form form = form_at(p, end, '<');

	if (form != LINE_RIGHT)
		return form;

	const uint32_t n = count_digits(p + 1, end);

	form = form_at(p + 1 + n, end, '>');
	if (form != LINE_RIGHT || !clock->stamped)
		return form;
	return n < 1 || n > 4 ? LINE_WRONG : stamp_form(p + n + 2, end, clock);
}

void line_clock_start(struct line_clock *clock, struct span text)
{
	const uint8_t *p = memchr(text.p, '\n', text.len < TITLE_MAX ? text.len : TITLE_MAX);

	*clock = (struct line_clock){ true, 0 };
	clock->stamped = !p || line_form(p + 1, text.p + text.len, clock) != LINE_WRONG;
	clock->sec = 0;
}
