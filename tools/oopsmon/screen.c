/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include "core/armor.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 1000,    /* for a reader of standard output that is slow */
	REPORT_LINE_MIN = 20,  /* shorter pieces of a damaged line are shown */
	REPORT_LINE_MAX = 128, /* a report's line and what noise adds to it */
};

void screen_begin(struct screen *s, bool on, bool many)
{
	*s = (struct screen){ .on = on, .many = many, .terminal = on && isatty(STDOUT_FILENO) };
}

/* ---- to standard output ------------------------------------------------------------------- */

/* Waits for room; a full pipe or a stopped terminal must not stop the listening. */
static bool is_ready(struct screen *s)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (poll(&p, 1, s->stuck ? 0 : PATIENCE_MS) <= 0) {
		s->stuck = true;
		return false;
	}
	s->stuck = false;
	return true;
}

void screen_flush(struct screen *s)
{
	size_t done = 0;

	while (done < s->n_out && !s->broken && is_ready(s)) {
		const ssize_t n = write(STDOUT_FILENO, s->out + done, s->n_out - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			s->broken = true;
	}
	s->n_out = 0;
}

static void put(struct screen *s, const char *text, size_t len)
{
	if (s->n_out + len > sizeof(s->out))
		screen_flush(s);
	if (len <= sizeof(s->out)) {
		memcpy(s->out + s->n_out, text, len);
		s->n_out += len;
	}
}

static void wipe_status(struct screen *s)
{
	if (!s->status[0])
		return;
	put(s, "\r\033[K", 4);
	s->status[0] = '\0';
}

void screen_status(struct screen *s, const char *text)
{
	if (!s->terminal || strcmp(text, s->status) == 0)
		return;
	if (s->mid_line)
		put(s, "\r\n", 2);
	s->mid_line = false;
	wipe_status(s);
	snprintf(s->status, sizeof(s->status), "%s", text);
	put(s, s->status, strlen(s->status));
	screen_flush(s);
}

void screen_say(struct screen *s, const char *format, ...)
{
	va_list args;

	wipe_status(s);
	if (s->terminal && s->mid_line) {
		put(s, "\r\n", 2);
		s->mid_line = false;
	}
	screen_flush(s);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

/* ---- escape sequences --------------------------------------------------------------------- */

/*
 * Terminal sequences are the board's affair if it alone has the terminal. With several boards
 * only colours pass, and into a file or a pipe none.
 */
static bool may_pass(const struct screen *s, const struct view *v)
{
	if (!s->terminal)
		return false;
	return !s->many || (v->sequence[1] == '[' && v->sequence[v->escape - 1] == 'm');
}

/* True while @c belongs to a sequence; those of more than 15 characters end there. */
static bool take_sequence(struct screen *s, struct view *v, char c)
{
	if (!v->escape && c != '\033')
		return false;
	v->sequence[v->escape++] = c;
	if (v->escape == 1 || (v->escape == 2 && c == '['))
		return true;

	const bool is_final = v->escape == 2 ? c != '(' : (unsigned char)c >= 0x40;

	if (!is_final && v->escape < sizeof(v->sequence))
		return true;
	if (may_pass(s, v))
		put(s, v->sequence, v->escape);
	v->escape = 0;
	return true;
}

static void show(struct screen *s, struct view *v, const char *text, size_t len)
{
	const bool raw = s->terminal && !s->many;

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (!raw && take_sequence(s, v, c))
			continue;
		if (!raw && (c == '\r' || c == '\0' || (s->many && c != '\t' && c >= 0 && c < ' ')))
			continue;
		put(s, &c, 1);
	}
	if (len > 0)
		s->mid_line = text[len - 1] != '\n';
}

/* ---- lines -------------------------------------------------------------------------------- */

static bool is_body(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!armor_is_char((uint8_t)text[i]) && text[i] != '{' && text[i] != '}')
			return false;
	return true;
}

/* A report's line, sound or, while a report is open, damaged by the line's noise. */
static bool is_of_report(const char *line, size_t len, bool in_report)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len < REPORT_LINE_MIN || line[0] != '{' || !is_body(line, len))
		return false;
	return in_report || (len == ARMOR_LINE_CHARS && line[len - 1] == '}');
}

static void show_held(struct screen *s, struct view *v, bool whole)
{
	if (v->n_line == 0 && !(whole && s->many))
		return;
	wipe_status(s);
	if (s->many) {
		put(s, v->label, strlen(v->label));
		put(s, ": ", 2);
	}
	show(s, v, v->line, v->n_line);
	if (s->many) {
		/* colours end with the line: the next one may be of another board */
		if (s->terminal && memchr(v->line, '\033', v->n_line))
			put(s, "\033[m", 3);
		put(s, "\n", 1);
		s->mid_line = false;
		v->escape = 0;
	}
	v->n_line = 0;
}

/* Several boards: lines are gathered until they are whole. */
static void feed_gathered(struct screen *s, struct view *v, char c, bool in_report)
{
	if (c == '\n') {
		if (is_of_report(v->line, v->n_line, in_report))
			v->n_line = 0;
		else
			show_held(s, v, true);
		return;
	}
	v->line[v->n_line++] = c;
	if (v->n_line == sizeof(v->line))
		show_held(s, v, true);
}

/* One board: everything at once, but for what may become a report's line. */
static void feed_direct(struct screen *s, struct view *v, char c, bool in_report)
{
	if (v->n_line == 0 && (v->mid_line || c != '{')) {
		wipe_status(s);
		show(s, v, &c, 1);
	} else if (c == '\n' && is_of_report(v->line, v->n_line, in_report)) {
		v->n_line = 0;
	} else {
		v->line[v->n_line++] = c;
		if (c == '\n' || v->n_line == REPORT_LINE_MAX)
			show_held(s, v, false);
	}
	v->mid_line = v->n_line == 0 && c != '\n' && c != '\r';
}

void screen_feed(struct screen *s, struct view *v, const uint8_t *bytes, size_t len, bool in_report)
{
	if (!s->on)
		return;
	for (size_t i = 0; i < len; i++) {
		if (s->many)
			feed_gathered(s, v, (char)bytes[i], in_report);
		else
			feed_direct(s, v, (char)bytes[i], in_report);
	}
}

void screen_idle(struct screen *s, struct view *v)
{
	if (v->n_line == 0)
		return;
	v->mid_line = true;
	show_held(s, v, false);
}
